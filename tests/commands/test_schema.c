/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that the JSON Schema and the loader agree: on the scenarios that we ship, and on every one
 * of thousands of small changes to them. The validator here is written from the specification of
 * JSON Schema, for the keywords that ours uses.
 */
#include "coordinator/scenario/scenario.h"

#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/fault.h"
#include "coordinator/scenario/yaml.h"
#include "tests/check.h"
#include "tests/scenario/sample.h"
#include "tests/support/program.h"

/* ---- A validator ---- */

enum { PATTERNS_MAX = 32 };

static struct {
    const char *pattern;
    regex_t compiled;
} patterns[PATTERNS_MAX];
static size_t pattern_count;

static bool matches(const char *pattern, const char *text) {
    size_t at = 0;
    while (at < pattern_count && strcmp(patterns[at].pattern, pattern) != 0) {
        at++;
    }
    if (at == pattern_count) {
        CHECK_LT(pattern_count, PATTERNS_MAX);
        patterns[at].pattern = pattern;
        CHECK_EQ(regcomp(&patterns[at].compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
        pattern_count++;
    }
    return regexec(&patterns[at].compiled, text, 0, NULL, 0) == 0;
}

static void forget_patterns(void) {
    while (pattern_count > 0) {
        pattern_count--;
        regfree(&patterns[pattern_count].compiled);
    }
}

static bool validate(const json_t *root, const json_t *schema, const json_t *value);

static bool is_type(const json_t *type, const json_t *value) {
    if (json_is_array(type)) {
        size_t at;
        json_t *one;
        json_array_foreach(type, at, one) {
            if (is_type(one, value)) {
                return true;
            }
        }
        return false;
    }
    const char *const name = json_string_value(type);
    return (strcmp(name, "string") == 0 && json_is_string(value)) ||
           (strcmp(name, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(name, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(name, "object") == 0 && json_is_object(value)) ||
           (strcmp(name, "array") == 0 && json_is_array(value));
}

static bool any_equal(const json_t *array, const json_t *value) {
    size_t at;
    json_t *one;
    json_array_foreach(array, at, one) {
        if (json_equal(one, value)) {
            return true;
        }
    }
    return false;
}

static bool any_valid(const json_t *root, const json_t *schemas, const json_t *value) {
    size_t at;
    json_t *one;
    json_array_foreach(schemas, at, one) {
        if (validate(root, one, value)) {
            return true;
        }
    }
    return false;
}

static bool all_valid(const json_t *root, const json_t *schema, const json_t *array) {
    size_t at;
    json_t *one;
    json_array_foreach(array, at, one) {
        if (!validate(root, schema, one)) {
            return false;
        }
    }
    return true;
}

static bool is_unique(const json_t *array) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        for (size_t j = 0; j < i; j++) {
            if (json_equal(json_array_get(array, i), json_array_get(array, j))) {
                return false;
            }
        }
    }
    return true;
}

static bool members_valid(const json_t *root, const json_t *schema, const json_t *object) {
    const json_t *const properties = json_object_get(schema, "properties");
    const json_t *const additional = json_object_get(schema, "additionalProperties");
    const json_t *const names = json_object_get(schema, "propertyNames");
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) {
        const json_t *const property = json_object_get(properties, key);
        if (names != NULL && !matches(json_string_value(json_object_get(names, "pattern")), key)) {
            return false;
        }
        if (property != NULL ? !validate(root, property, member)
                             : json_is_false(additional) ||
                                   (additional != NULL && !validate(root, additional, member))) {
            return false;
        }
    }
    return true;
}

static bool has_required(const json_t *required, const json_t *object) {
    size_t at;
    json_t *name;
    json_array_foreach(required, at, name) {
        if (json_object_get(object, json_string_value(name)) == NULL) {
            return false;
        }
    }
    return true;
}

/* The definition that "#/$defs/x" names. */
static const json_t *resolve_ref(const json_t *root, const char *ref) {
    static const char prefix[] = "#/$defs/";
    CHECK_EQ(strncmp(ref, prefix, strlen(prefix)), 0);
    const json_t *const found =
        json_object_get(json_object_get(root, "$defs"), ref + strlen(prefix));
    CHECK(found != NULL);
    return found;
}

static size_t characters(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return count;
}

/* One keyword of a schema. */
static bool keyword_holds(const json_t *root, const json_t *schema, const char *keyword,
                          const json_t *rule, const json_t *value) {
    static const char *const silent[] = {"$schema",
                                         "$defs",
                                         "title",
                                         "description",
                                         "default",
                                         "properties",
                                         "additionalProperties",
                                         "propertyNames"};
    const json_int_t number = json_integer_value(rule);
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        if (strcmp(keyword, silent[i]) == 0) {
            return strcmp(keyword, "properties") != 0 &&
                           strcmp(keyword, "additionalProperties") != 0
                       ? true
                   : json_is_object(value) ? members_valid(root, schema, value)
                                           : true;
        }
    }
    if (strcmp(keyword, "$ref") == 0) {
        return validate(root, resolve_ref(root, json_string_value(rule)), value);
    }
    if (strcmp(keyword, "type") == 0) {
        return is_type(rule, value);
    }
    if (strcmp(keyword, "enum") == 0) {
        return any_equal(rule, value);
    }
    if (strcmp(keyword, "anyOf") == 0) {
        return any_valid(root, rule, value);
    }
    if (strcmp(keyword, "pattern") == 0) {
        return !json_is_string(value) || matches(json_string_value(rule), json_string_value(value));
    }
    if (strcmp(keyword, "minLength") == 0) {
        return !json_is_string(value) || (json_int_t)characters(json_string_value(value)) >= number;
    }
    if (strcmp(keyword, "minimum") == 0 || strcmp(keyword, "maximum") == 0) {
        const bool most = strcmp(keyword, "maximum") == 0;
        return !json_is_integer(value) ||
               (most ? json_integer_value(value) <= number : json_integer_value(value) >= number);
    }
    if (strcmp(keyword, "required") == 0) {
        return !json_is_object(value) || has_required(rule, value);
    }
    if (strcmp(keyword, "minProperties") == 0 || strcmp(keyword, "maxProperties") == 0) {
        const json_int_t count = (json_int_t)json_object_size(value);
        return !json_is_object(value) || (keyword[1] == 'a' ? count <= number : count >= number);
    }
    if (strcmp(keyword, "minItems") == 0 || strcmp(keyword, "maxItems") == 0) {
        const json_int_t count = (json_int_t)json_array_size(value);
        return !json_is_array(value) || (keyword[1] == 'a' ? count <= number : count >= number);
    }
    if (strcmp(keyword, "uniqueItems") == 0) {
        return !json_is_array(value) || is_unique(value);
    }
    if (strcmp(keyword, "items") == 0) {
        return !json_is_array(value) || all_valid(root, rule, value);
    }
    CHECK_FAIL("the schema uses '%s', which this test does not know", keyword);
}

static bool validate(const json_t *root, const json_t *schema, const json_t *value) {
    const char *keyword;
    json_t *rule;
    json_object_foreach((json_t *)schema, keyword, rule) {
        if (!keyword_holds(root, schema, keyword, rule, value)) {
            return false;
        }
    }
    return true;
}

/* ---- YAML as JSON ---- */

/* The tests' scenarios are nested a dozen deep at most. */
static json_t *to_json(const struct yaml *yaml, uint32_t node) {
    const struct yaml_node *const at = &yaml->nodes[node];
    json_t *made = NULL;
    if (at->kind == YAML_MAPPING) {
        made = json_object();
        for (uint32_t child = at->first; child != YAML_NONE;
             child = yaml->nodes[yaml->nodes[child].next].next) {
            json_object_set_new(made, yaml->nodes[child].text,
                                to_json(yaml, yaml->nodes[child].next));
        }
        return made;
    }
    if (at->kind == YAML_SEQUENCE) {
        made = json_array();
        for (uint32_t child = at->first; child != YAML_NONE; child = yaml->nodes[child].next) {
            json_array_append_new(made, to_json(yaml, child));
        }
        return made;
    }
    switch (at->type) {
    case YAML_INTEGER:
        return json_integer(strtoll(at->text, NULL, 10));
    case YAML_NUMBER:
        return json_real(strtod(at->text, NULL));
    case YAML_BOOLEAN:
        return json_boolean(strcmp(at->text, "true") == 0);
    case YAML_NULL:
        return json_null();
    case YAML_TEXT:
        break;
    }
    return json_string(at->text);
}

static json_t *scenario_as_json(const struct package *package) {
    const char *const text = sample_text(package, "scenario.yaml");
    CHECK(text != NULL);
    const struct source source = {"scenario.yaml", text, strlen(text), 0};
    struct arena arena = {0};
    struct fault_list *faults = fault_list_create("");
    struct yaml yaml;
    CHECK_OK(yaml_load(&source, &arena, faults, &yaml));
    CHECK_EQ(fault_list_count(faults), 0);
    json_t *const made = to_json(&yaml, 1);
    arena_free(&arena);
    fault_list_destroy(&faults);
    return made;
}

static json_t *read_schema(void) {
    json_error_t error;
    json_t *const schema = json_loads(scenario_schema(), JSON_REJECT_DUPLICATES, &error);
    if (schema == NULL) {
        CHECK_FAIL("the schema is not JSON: %s", error.text);
    }
    return schema;
}

TEST(schema, scenarios_that_we_ship_are_valid) {
    json_t *const schema = read_schema();
    static const char *const folders[] = {"tutorial", "amber-tide"};
    for (size_t i = 0; i < 2; i++) {
        struct package *package = sample_open(folders[i]);
        json_t *const scenario = scenario_as_json(package);
        CHECK(validate(schema, schema, scenario));
        json_decref(scenario);
        package_destroy(&package);
    }
    json_decref(schema);
    forget_patterns();
}

/* ---- Changes ---- */

struct agreement {
    json_t *schema;
    json_t *scenario;
    size_t change_count;
    size_t refused_count;
};

/* Loads the changed scenario, and compares what loader and schema say of its structure. */
static void compare(struct agreement *test, const char *what) {
    char *const text = json_dumps(test->scenario, JSON_COMPACT);
    struct package *package = sample_package("scenario.yaml", NULL, text);
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    const enum spill_status status = scenario_load(package, "", &scenario, &faults);
    CHECK(status == SPILL_OK || status == SPILL_INVALID);
    const bool valid = validate(test->schema, test->schema, test->scenario);
    const bool structural = fault_list_structural(faults) > 0;
    if ((structural && valid) || (!valid && status == SPILL_OK)) {
        char line[SAMPLE_FAULT_BYTES] = "";
        if (fault_list_count(faults) > 0) {
            const struct fault fault = fault_list_at(faults, 0);
            fault_print(&fault, line, sizeof line);
        }
        CHECK_FAIL("%s: the schema says %s, the loader %s\n%s", what, valid ? "valid" : "invalid",
                   structural ? "that its structure is wrong" : "nothing", line);
    }
    test->change_count++;
    test->refused_count += !valid;
    scenario_free(&scenario);
    fault_list_destroy(&faults);
    package_destroy(&package);
    free(text);
}

/* What a value is replaced by: one of each type, and texts that fit some other key. */
static json_t *replacement(size_t at) {
    switch (at) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_integer(-1000000);
    case 3:
        return json_real(1.5);
    case 4:
        return json_string("");
    case 5:
        return json_string("Not an id!");
    case 6:
        return json_string("nl");
    case 7:
        return json_string("50%");
    case 8:
        return json_string("101%");
    case 9:
        return json_string("fixed 1h");
    case 10:
        return json_array();
    case 11:
        return json_object();
    case 12:
        return json_pack("[s, s]", "nl", "nl");
    case 13:
        return json_pack("{s:s}", "en", "words");
    default:
        return NULL;
    }
}

/* Under the thread sanitizer, which has nothing to find here, each value is replaced by some of
 * them only. */
#ifdef SPILL_PLAIN_RUNNER
enum { REPLACEMENT_STEP = 7 };
#else
enum { REPLACEMENT_STEP = 1 };
#endif

static void change(struct agreement *test, json_t *value, const char *path);

static void change_member(struct agreement *test, json_t *object, const char *key,
                          const char *path) {
    json_t *const old = json_incref(json_object_get(object, key));
    json_t *made;
    for (size_t i = test->change_count % REPLACEMENT_STEP; (made = replacement(i)) != NULL;
         i += REPLACEMENT_STEP) {
        json_object_set_new(object, key, made);
        compare(test, path);
    }
    json_object_del(object, key);
    compare(test, path);
    json_object_set(object, key, old);
    change(test, old, path);
    json_decref(old);
}

static void change_element(struct agreement *test, json_t *array, size_t at, const char *path) {
    json_t *const old = json_incref(json_array_get(array, at));
    json_t *made;
    for (size_t i = test->change_count % REPLACEMENT_STEP; (made = replacement(i)) != NULL;
         i += REPLACEMENT_STEP) {
        json_array_set_new(array, at, made);
        compare(test, path);
    }
    json_array_set(array, at, old);
    json_array_append(array, old);
    compare(test, path);
    json_array_remove(array, json_array_size(array) - 1);
    change(test, old, path);
    json_decref(old);
}

/* Changes a value's parts, one at a time, and each of them in turn; as deep as the sample is. */
static void change(struct agreement *test, json_t *value, const char *path) {
    char part[512];
    if (json_is_object(value)) {
        const size_t count = json_object_size(value);
        for (size_t i = 0; i < count; i++) {
            /* Members move to the end when they come back, so that the first one is always a new
             * one. */
            char key[128];
            snprintf(key, sizeof key, "%s", json_object_iter_key(json_object_iter(value)));
            snprintf(part, sizeof part, "%s.%s", path, key);
            change_member(test, value, key, part);
        }
        json_object_set_new(value, "unknown", json_integer(1));
        snprintf(part, sizeof part, "%s.unknown", path);
        compare(test, part);
        json_object_del(value, "unknown");
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(part, sizeof part, "%s[%zu]", path, i);
        change_element(test, value, i, part);
    }
}

TEST(schema, loader_and_schema_agree_on_every_small_change) {
    struct package *package = sample_package(NULL, NULL, NULL);
    struct agreement test = {.schema = read_schema(), .scenario = scenario_as_json(package)};
    package_destroy(&package);
    CHECK(validate(test.schema, test.schema, test.scenario));
    compare(&test, "unchanged");
    change(&test, test.scenario, "");
    CHECK_LT(4000 / REPLACEMENT_STEP, test.change_count);
    CHECK_LT(2000 / REPLACEMENT_STEP, test.refused_count);
    json_decref(test.scenario);
    json_decref(test.schema);
    forget_patterns();
}

TEST(schema, command_prints_schema_and_reference) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "schema");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strcmp(result.out, scenario_schema()) == 0);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "schema", "--reference");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strcmp(result.out, scenario_reference()) == 0);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "schema", "what");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
}
