/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that openapi.json says what the server says: every path is there, every document has every
 * field that it must have, each of its type, and none that is not described; and that the pages'
 * api.ts has the same fields.
 */
#include "tests/control/serve.h"

enum { OPENAPI_PLACE_BYTES = 512, OPENAPI_DEPTH_MAX = 24 };

static json_t *openapi;

static char *openapi_read(const char *name, size_t *bytes) {
    char path[TEMPORARY_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", getenv("SPILL_SOURCE"), name);
    char *const text = temporary_read(path, bytes);
    CHECK(text != NULL);
    return text;
}

static void openapi_load(void) {
    size_t bytes = 0;
    json_error_t error;
    char *const text = openapi_read("coordinator/control/openapi.json", &bytes);
    openapi = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (openapi == NULL) {
        CHECK_FAIL("line %d: %s", error.line, error.text);
    }
    free(text);
}

static const json_t *openapi_schemas(void) {
    return json_object_get(json_object_get(openapi, "components"), "schemas");
}

static const json_t *openapi_follow(const json_t *schema) {
    static const char prefix[] = "#/components/schemas/";
    const char *const reference = json_string_value(json_object_get(schema, "$ref"));
    if (reference == NULL) {
        return schema;
    }
    CHECK(strncmp(reference, prefix, sizeof prefix - 1) == 0);
    const json_t *const found = json_object_get(openapi_schemas(), reference + sizeof prefix - 1);
    CHECK(found != NULL);
    return found;
}

static bool openapi_type(const char *type, const json_t *value) {
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(type, "null") == 0 && json_is_null(value));
}

/* Whether a value is as a schema says; if not, `wrong` says where. */
static bool openapi_fits(const json_t *described, const json_t *value, const char *place, int depth,
                         char wrong[OPENAPI_PLACE_BYTES]) {
    const json_t *const schema = openapi_follow(described);
    const json_t *const type = json_object_get(schema, "type");
    size_t i = 0;
    json_t *element = NULL;
    const char *name = NULL;
    char inside[OPENAPI_PLACE_BYTES];
    CHECK_LT(depth, OPENAPI_DEPTH_MAX);
    snprintf(wrong, OPENAPI_PLACE_BYTES, "%s", place);
    json_array_foreach(json_object_get(schema, "oneOf"), i, element) {
        if (openapi_fits(element, value, place, depth + 1, wrong)) {
            return true;
        }
    }
    if (json_object_get(schema, "oneOf") != NULL) {
        return false;
    }
    bool fits = json_is_string(type) && openapi_type(json_string_value(type), value);
    json_array_foreach(type, i, element) {
        fits = fits || openapi_type(json_string_value(element), value);
    }
    const json_t *const words = json_object_get(schema, "enum");
    bool listed = words == NULL;
    json_array_foreach(words, i, element) {
        listed = listed || json_equal(element, value);
    }
    if (!fits || !listed) {
        return false;
    }
    json_array_foreach(value, i, element) {
        snprintf(inside, sizeof inside, "%.400s[%zu]", place, i);
        if (!openapi_fits(json_object_get(schema, "items"), element, inside, depth + 1, wrong)) {
            return false;
        }
    }
    json_array_foreach(json_object_get(schema, "required"), i, element) {
        if (json_is_object(value) && json_object_get(value, json_string_value(element)) == NULL) {
            snprintf(wrong, OPENAPI_PLACE_BYTES, "%.400s lacks %s", place,
                     json_string_value(element));
            return false;
        }
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, element) {
        const json_t *const member = json_object_get(json_object_get(schema, "properties"), name);
        snprintf(inside, sizeof inside, "%.400s.%s", place, name);
        if (member == NULL) {
            snprintf(wrong, OPENAPI_PLACE_BYTES, "%.400s is not described", inside);
            return false;
        }
        if (!openapi_fits(member, element, inside, depth + 1, wrong)) {
            return false;
        }
    }
    return true;
}

static void openapi_check(const char *schema_name, const json_t *value) {
    char wrong[OPENAPI_PLACE_BYTES] = "";
    const json_t *const schema = json_object_get(openapi_schemas(), schema_name);
    CHECK(schema != NULL);
    if (!openapi_fits(schema, value, schema_name, 0, wrong)) {
        CHECK_FAIL("%s", wrong);
    }
}

/* Asks, and compares with what the path's operation says of that answer. */
static void openapi_ask(int role, const char *path, const char *body, unsigned code) {
    char bare[OPENAPI_PLACE_BYTES];
    char number[16];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(path, "?"), path);
    snprintf(number, sizeof number, "%u", code);
    const json_t *const operation = json_object_get(
        json_object_get(json_object_get(openapi, "paths"), bare), body == NULL ? "get" : "post");
    const json_t *const response = json_object_get(json_object_get(operation, "responses"), number);
    if (response == NULL) {
        CHECK_FAIL("%s: %u is not described", path, code);
    }
    const json_t *const schema = json_object_get(
        json_object_get(json_object_get(response, "content"), "application/json"), "schema");
    CHECK(schema != NULL);
    json_t *const answer = test_ask(role, path, body, code);
    char wrong[OPENAPI_PLACE_BYTES] = "";
    if (!openapi_fits(schema, answer, path, 0, wrong)) {
        CHECK_FAIL("%s", wrong);
    }
    json_decref(answer);
}

TEST(openapi, every_answer_is_as_described) {
    static struct page page;
    openapi_load();
    test_begin();
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/forecast", NULL, 404);
    openapi_ask(-1, "/api/v1/state", NULL, 401);
    openapi_ask(OVERVIEW_OBSERVER, "/api/v1/control", "{\"do\":\"start\"}", 403);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/control", "{\"do\":\"pause\"}", 409);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/control", "{\"do\":\"dance\"}", 400);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/control", "{\"do\":\"start\"}", 200);
    page_open(&page, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    PAGE_UNTIL(&page, page.states == 1);
    test_command("{\"do\":\"ad_hoc\",\"to\":[\"nl-csirt\"],\"title\":\"A\",\"text\":\"B\",\"type\":"
                 "\"task\",\"tlp\":\"green\"}");
    test_command("{\"do\":\"jump\",\"to_ms\":14400000}");
    PAGE_UNTIL(&page, test_clock(page.state, "now_ms") >= 14400000);
    openapi_check("State", page.state);
    for (int role = 0; role < OVERVIEW_ROLE_COUNT; role++) {
        openapi_ask(role, "/api/v1/scenario", NULL, 200);
        openapi_ask(role, "/api/v1/state", NULL, 200);
    }
    const struct network *const network = scenario_network(test.play.scenario);
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        char path[OPENAPI_PLACE_BYTES];
        snprintf(path, sizeof path, "/api/v1/why?asset=%s",
                 network_asset_id(network, (struct asset_ref){i}));
        openapi_ask(OVERVIEW_CONTROL, path, NULL, 200);
    }
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/why?asset=none", NULL, 404);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/why", NULL, 400);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/but-for?asset=nl-station-a&root=campaign%3Arelay-wiper",
                NULL, 200);
    openapi_ask(OVERVIEW_OBSERVER, "/api/v1/but-for?asset=nl-water&root=x", NULL, 403);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/forecast", "{}", 202);
    PAGE_UNTIL(&page, page.forecasts == 1);
    openapi_ask(OVERVIEW_CONTROL, "/api/v1/forecast", NULL, 200);
    CHECK(page.last_delta != NULL);
    openapi_check("Delta", page.last_delta);
    page_close(&page);
    json_decref(openapi);
    test_end();
}

TEST(openapi, every_path_is_served) {
    const char *path = NULL;
    const char *method = NULL;
    json_t *operations = NULL;
    json_t *operation = NULL;
    openapi_load();
    test_begin();
    json_object_foreach(json_object_get(openapi, "paths"), path, operations) {
        json_object_foreach(operations, method, operation) {
            const bool post = strcmp(method, "post") == 0;
            /* To those who may not: 401 or 403; where nothing is, it would be 404 or 405. */
            json_decref(test_ask(post ? OVERVIEW_OBSERVER : -1, path, post ? "{}" : NULL,
                                 post ? 403 : 401));
        }
    }
    json_decref(openapi);
    test_end();
}

/* ---- api.ts ---- */

/* Copies the names of an interface's own members, each between two spaces. */
static bool openapi_members(const char *source, const char *name, char *members, size_t room) {
    char head[128];
    snprintf(head, sizeof head, "export interface %s {", name);
    const char *at = strstr(source, head);
    if (at == NULL) {
        return false;
    }
    size_t used = (size_t)snprintf(members, room, " ");
    int depth = 1;
    bool begins = true; /* A member may begin here. */
    for (at += strlen(head); depth > 0; at++) {
        CHECK(*at != '\0');
        if (at[0] == '/' && at[1] == '/') {
            at += strcspn(at, "\n");
            begins = depth == 1;
            continue;
        }
        depth += (*at == '{') - (*at == '}');
        const size_t bytes = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (begins && depth == 1 && bytes > 0) {
            CHECK_LT(used + bytes + 2, room);
            used += (size_t)snprintf(members + used, room - used, "%.*s ", (int)bytes, at);
            at += bytes;
            begins = false;
        }
        begins = (begins && *at == ' ') || (depth == 1 && (*at == ';' || *at == '\n'));
    }
    return true;
}

TEST(openapi, pages_know_the_same_fields) {
    static char members[4096];
    size_t bytes = 0;
    size_t compared = 0;
    const char *name = NULL;
    json_t *schema = NULL;
    openapi_load();
    char *const read = openapi_read("coordinator/pages/src/api.ts", &bytes);
    char *const source = calloc(bytes + 1, 1);
    CHECK(source != NULL);
    memcpy(source, read, bytes);
    free(read);
    json_object_foreach((json_t *)(uintptr_t)openapi_schemas(), name, schema) {
        const char *field = NULL;
        json_t *described = NULL;
        size_t count = 0;
        if (!openapi_members(source, name, members, sizeof members)) {
            continue;
        }
        compared++;
        json_object_foreach(json_object_get(schema, "properties"), field, described) {
            char wanted[128];
            snprintf(wanted, sizeof wanted, " %s ", field);
            if (strstr(members, wanted) == NULL) {
                CHECK_FAIL("api.ts: %s has no %s, but%s", name, field, members);
            }
        }
        for (const char *at = members + 1; *at != '\0'; at++) {
            count += *at == ' ';
        }
        if (count != json_object_size(json_object_get(schema, "properties"))) {
            CHECK_FAIL("api.ts: %s has%s, openapi.json others", name, members);
        }
    }
    CHECK_LT((size_t)15, compared);
    free(source);
    json_decref(openapi);
}
