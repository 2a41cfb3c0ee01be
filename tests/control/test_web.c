/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that pages get a state and then every change since, none lost and none twice, whoever
 * comes back or is slow; and that commands do what they say, for those who may give them.
 */
#include "coordinator/control/web.h"

#include "tests/control/serve.h"

static void test_refused(const char *body, unsigned code, const char *refusal) {
    json_t *const answer = test_ask(OVERVIEW_CONTROL, "/api/v1/control", body, code);
    CHECK(json_is_false(json_object_get(answer, "ok")));
    CHECK_EQ(json_string_value(json_object_get(answer, "refusal")), (char *)(uintptr_t)refusal);
    CHECK(json_string_length(json_object_get(json_object_get(answer, "words"), "nl")) > 0);
    json_decref(answer);
}

/* Without a wall clock, which each document has of its own. */
static void test_same_state(const json_t *page, const json_t *state) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_del(json_object_get(page, "clock"), "wall_us");
    json_object_del(json_object_get(state, "clock"), "wall_us");
    json_object_foreach((json_t *)(uintptr_t)state, name, value) {
        if (strcmp(name, "log") == 0 || strcmp(name, "sequence") == 0) {
            continue;
        }
        if (!json_equal(json_object_get(page, name), value)) {
            char *const a = json_dumps(json_object_get(page, name), JSON_COMPACT);
            char *const b = json_dumps(value, JSON_COMPACT);
            size_t at = 0;
            while (a != NULL && b != NULL && a[at] == b[at] && a[at] != '\0') {
                at++;
            }
            at = at < 200 ? 0 : at - 200;
            CHECK_FAIL("%s differs: …%.300s… and …%.300s…", name, a + at, b + at);
        }
    }
}

/* ---- Tests ---- */

TEST(web, commands_are_obeyed_or_refused_by_name) {
    test_begin();
    test_refused("{\"do\":\"pause\"}", 409, "not_running");
    test_command("{\"do\":\"start\",\"why\":\"go\"}");
    test_refused("{\"do\":\"start\"}", 409, "already_started");
    test_command("{\"do\":\"pause\"}");
    test_refused("{\"do\":\"hold\",\"inject\":\"no-such\"}", 409, "unknown_inject");
    test_refused("{\"do\":\"dance\"}", 400, "malformed");
    test_refused("{\"do\":\"speed\"}", 400, "malformed");
    test_refused("{\"do\":\"speed\",\"speed_permille\":\"fast\"}", 400, "malformed");
    test_refused("{\"do\":\"pause\",\"inject\":\"x\"}", 400, "malformed");
    test_refused("{\"do\":\"pause\",\"do\":\"start\"}", 400, "malformed");
    test_refused("[]", 400, "malformed");
    test_refused("{", 400, "malformed");
    test_command(
        "{\"do\":\"ad_hoc\",\"to\":[\"nl-csirt\"],\"title\":\"A\",\"text\":\"<b>\",\"type\":"
        "\"task\",\"tlp\":\"green\",\"acknowledge\":true}");
    test_command("{\"do\":\"message\",\"to\":[\"nl-csirt\"],\"text\":\"hello\"}");
    json_t *const state = test_ask(OVERVIEW_CONTROL, "/api/v1/state", NULL, 200);
    CHECK(test_clock_is(state, "paused"));
    json_decref(state);
    test_end();
}

TEST(web, page_has_the_state_after_every_change) {
    static struct page pages[2];
    test_begin();
    for (int i = 0; i < 2; i++) {
        page_open(&pages[i], web_address(test.web), test.tokens[i], 0);
        PAGE_UNTIL(&pages[i], pages[i].states == 1);
    }
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"speed\",\"speed_permille\":0}");
    for (int i = 0; i < 2; i++) {
        PAGE_UNTIL(&pages[i], test_clock_is(pages[i].state, "ended"));
    }
    for (int i = 0; i < 2; i++) {
        /* The last sums come a moment later. */
        json_t *const state = test_ask(i, "/api/v1/state", NULL, 200);
        const json_t *const indicators = json_object_get(state, "indicators");
        PAGE_UNTIL(&pages[i],
                   json_equal(json_object_get(pages[i].state, "indicators"), indicators));
        PAGE_UNTIL(&pages[i], json_equal(json_object_get(pages[i].state, "cells"),
                                         json_object_get(state, "cells")));
        test_same_state(pages[i].state, state);
        CHECK_EQ(pages[i].states, (size_t)1);
        CHECK_LT((size_t)1, pages[i].deltas);
        json_decref(state);
        page_close(&pages[i]);
    }
    test_end();
}

/* The log of a page that never left. */
static size_t test_logs(const struct page *whole, const struct page *first,
                        const struct page *second) {
    CHECK_EQ(first->log_count + second->log_count, whole->log_count);
    for (size_t i = 0; i < whole->log_count; i++) {
        CHECK_EQ(i < first->log_count ? first->log[i] : second->log[i - first->log_count],
                 whole->log[i]);
    }
    return whole->log_count;
}

static void test_notes(int count) {
    for (int i = 0; i < count; i++) {
        char body[128];
        snprintf(body, sizeof body,
                 "{\"do\":\"message\",\"to\":[\"nl-csirt\"],\"text\":\"note %d\"}", i);
        test_command(body);
    }
}

TEST(web, page_that_comes_back_gets_what_it_missed_and_nothing_twice) {
    static struct page whole;
    static struct page first;
    static struct page second;
    test_begin();
    page_open(&whole, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    page_open(&first, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    PAGE_UNTIL(&first, first.states == 1);
    PAGE_UNTIL(&whole, whole.states == 1);
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"pause\"}");
    test_notes(5);
    PAGE_UNTIL(&first, first.log_count >= 6);
    page_close(&first);
    test_notes(OVERVIEW_LOG_SHOWN + 30);
    page_open(&second, web_address(test.web), test.tokens[OVERVIEW_CONTROL], first.id);
    PAGE_UNTIL(&second, second.states == 1);
    test_notes(3);
    PAGE_UNTIL(&whole, whole.log_count >= OVERVIEW_LOG_SHOWN + 40);
    PAGE_UNTIL(&second, second.last_entry == whole.last_entry);
    PAGE_UNTIL(&whole, whole.last_entry == second.last_entry);
    CHECK_LE((size_t)(OVERVIEW_LOG_SHOWN + 40), test_logs(&whole, &first, &second));
    CHECK_EQ(second.states, (size_t)1);
    page_close(&whole);
    page_close(&second);
    test_end();
}

TEST(web, page_survives_the_coordinators_restart) {
    static struct page before;
    static struct page after;
    test_begin();
    page_open(&before, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    PAGE_UNTIL(&before, before.states == 1);
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"jump\",\"to_ms\":7200000}");
    PAGE_UNTIL(&before, test_clock(before.state, "now_ms") >= 7200000);
    test_command("{\"do\":\"pause\"}");
    test_notes(3);
    PAGE_UNTIL(&before, test_clock_is(before.state, "paused") && before.log_count > 3);
    json_t *const why = test_ask(OVERVIEW_CONTROL, "/api/v1/why?asset=nl-station-a", NULL, 200);
    json_t *const state = test_ask(OVERVIEW_CONTROL, "/api/v1/state", NULL, 200);
    PAGE_UNTIL(&before, before.last_entry ==
                            json_integer_value(json_object_get(
                                json_array_get(json_object_get(state, "log"),
                                               json_array_size(json_object_get(state, "log")) - 1),
                                "sequence")));
    test_close();
    page_close(&before);
    test_open(true);
    page_open(&after, web_address(test.web), test.tokens[OVERVIEW_CONTROL], before.id);
    PAGE_UNTIL(&after, after.states == 1);
    json_t *const why_again =
        test_ask(OVERVIEW_CONTROL, "/api/v1/why?asset=nl-station-a", NULL, 200);
    json_t *const again = test_ask(OVERVIEW_CONTROL, "/api/v1/state", NULL, 200);
    CHECK(json_equal(why, why_again));
    CHECK(json_equal(json_object_get(state, "assets"), json_object_get(again, "assets")));
    CHECK(json_equal(json_object_get(state, "indicators"), json_object_get(again, "indicators")));
    CHECK(json_equal(json_object_get(state, "injects"), json_object_get(again, "injects")));
    CHECK_EQ(after.log_count, (size_t)0); /* Nothing has happened since. */
    test_notes(1);
    PAGE_UNTIL(&after, after.log_count == 1);
    json_decref(why);
    json_decref(why_again);
    json_decref(state);
    json_decref(again);
    page_close(&after);
    test_end();
}

TEST(web, nobody_gets_more_than_the_token_allows) {
    static const char *const get[] = {
        "/api/v1/scenario", "/api/v1/state",
        "/api/v1/events",   "/api/v1/why?asset=nl-water",
        "/api/v1/forecast", "/api/v1/but-for?asset=nl-water&root=campaign:relay-wiper"};
    test_begin();
    for (size_t i = 0; i < sizeof get / sizeof get[0]; i++) {
        json_decref(test_ask(-1, get[i], NULL, 401));
    }
    json_decref(test_ask(-1, "/api/v1/nothing", NULL, 404));
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/control", NULL, 405));
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/state", "{}", 405));
    json_decref(test_ask(OVERVIEW_OBSERVER, "/api/v1/control", "{\"do\":\"start\"}", 403));
    json_decref(test_ask(OVERVIEW_OBSERVER, "/api/v1/forecast", "{}", 403));
    json_decref(test_ask(OVERVIEW_OBSERVER, get[5], NULL, 403));
    json_t *const scenario = test_ask(OVERVIEW_OBSERVER, "/api/v1/scenario", NULL, 200);
    CHECK(json_is_false(json_object_get(json_object_get(scenario, "roles"), "control")));
    json_decref(scenario);
    json_t *const state = test_ask(OVERVIEW_OBSERVER, "/api/v1/state", NULL, 200);
    CHECK_EQ(json_array_size(json_object_get(state, "injects")), (size_t)0);
    json_decref(state);
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/why", NULL, 400));
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/why?asset=none", NULL, 404));
    test_end();
}

TEST(web, forecast_is_made_while_the_exercise_runs) {
    static struct page page;
    test_begin();
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/forecast", NULL, 404));
    page_open(&page, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    PAGE_UNTIL(&page, page.states == 1);
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"jump\",\"to_ms\":1800000}");
    PAGE_UNTIL(&page, test_clock(page.state, "now_ms") >= 1800000);
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/forecast", "{}", 202));
    PAGE_UNTIL(&page, page.forecasts == 1);
    json_t *const forecast = test_ask(OVERVIEW_CONTROL, "/api/v1/forecast", NULL, 200);
    CHECK_EQ(json_integer_value(json_object_get(forecast, "replicas")),
             (json_int_t)WEB_FORECAST_REPLICAS);
    const size_t edges = json_array_size(json_object_get(forecast, "edges_ms"));
    CHECK_LT((size_t)10, edges);
    size_t i = 0;
    json_t *group = NULL;
    json_int_t most = 0;
    json_array_foreach(json_object_get(forecast, "groups"), i, group) {
        const json_t *const by = json_object_get(group, "by_ppm");
        CHECK_EQ(json_array_size(by), edges);
        for (size_t j = 1; j < edges; j++) {
            CHECK_LE(json_integer_value(json_array_get(by, j - 1)),
                     json_integer_value(json_array_get(by, j)));
        }
        const json_int_t last = json_integer_value(json_array_get(by, edges - 1));
        most = last > most ? last : most;
    }
    CHECK_LT((json_int_t)0, most);
    CHECK(json_array_size(json_object_get(forecast, "assets")) > 0);
    json_decref(forecast);
    /* What follows from an asset, by the forecast. */
    json_t *const why = test_ask(OVERVIEW_CONTROL, "/api/v1/why?asset=nl-control", NULL, 200);
    const json_t *const next = json_array_get(json_object_get(why, "next"), 0);
    CHECK_LT((json_int_t)0, json_integer_value(json_object_get(next, "chance_ppm")));
    CHECK_LE(json_integer_value(json_object_get(next, "early_ms")),
             json_integer_value(json_object_get(next, "late_ms")));
    json_decref(why);
    page_close(&page);
    /* One that is on its way is stopped. */
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/forecast", "{}", 202));
    test_end();
}

TEST(web, but_for_a_root_things_stand_otherwise) {
    test_begin();
    json_decref(
        test_ask(OVERVIEW_CONTROL, "/api/v1/but-for?asset=none&root=campaign:x", NULL, 404));
    json_decref(test_ask(OVERVIEW_CONTROL, "/api/v1/but-for?asset=nl-water", NULL, 400));
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"jump\",\"to_ms\":21600000}");
    static struct page page;
    page_open(&page, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    PAGE_UNTIL(&page, page.states == 1 && test_clock(page.state, "now_ms") >= 21600000);
    page_close(&page);
    json_decref(
        test_ask(OVERVIEW_CONTROL, "/api/v1/but-for?asset=nl-water&root=campaign:none", NULL, 404));
    json_t *const but_for =
        test_ask(OVERVIEW_CONTROL, "/api/v1/but-for?asset=nl-station-a&root=campaign%3Arelay-wiper",
                 NULL, 200);
    CHECK_EQ(json_string_value(json_object_get(but_for, "root")),
             (char *)(uintptr_t) "campaign:relay-wiper");
    const json_t *const with = json_object_get(but_for, "with");
    const json_t *const without = json_object_get(but_for, "without");
    CHECK_LT(json_integer_value(json_object_get(without, "person_hours")),
             json_integer_value(json_object_get(with, "person_hours")));
    CHECK(json_array_size(json_object_get(but_for, "rows")) > 0);
    json_decref(but_for);
    test_end();
}

TEST(web, two_hundred_pages_are_served) {
    enum { PAGES = 200 };
    static struct page pages[PAGES];
    test_begin();
    for (int i = 0; i < PAGES; i++) {
        page_open(&pages[i], web_address(test.web), test.tokens[i % OVERVIEW_ROLE_COUNT], 0);
    }
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"speed\",\"speed_permille\":0}");
    for (int i = 0; i < PAGES; i++) {
        PAGE_UNTIL(&pages[i], pages[i].states == 1 && test_clock_is(pages[i].state, "ended"));
    }
    for (int i = 0; i < PAGES; i++) {
        page_close(&pages[i]);
    }
    test_end();
}

/* Injects with long texts, more of them than anybody keeps for one who does not read. */
static void test_long_injects(int count) {
    enum { LONG_BYTES = 16000, BODY_BYTES = LONG_BYTES + 256 };
    char *const body = malloc(BODY_BYTES);
    CHECK(body != NULL);
    for (int i = 0; i < count; i++) {
        char *const text =
            body + snprintf(body, BODY_BYTES,
                            "{\"do\":\"ad_hoc\",\"to\":[\"nl-csirt\"],\"type\":"
                            "\"task\",\"tlp\":\"green\",\"title\":\"%d\",\"text\":\"",
                            i);
        memset(text, 'x', LONG_BYTES);
        memcpy(text + LONG_BYTES, "\"}", 3);
        test_command(body);
    }
    free(body);
}

TEST(web, page_that_does_not_read_slows_nobody_and_catches_up) {
    static struct page slow;
    static struct page quick;
    static struct page again;
    int buffer_bytes = 65536;
    test_begin();
    page_open(&slow, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    (void)uv_recv_buffer_size((uv_handle_t *)&slow.raw.tcp, &buffer_bytes);
    page_open(&quick, web_address(test.web), test.tokens[OVERVIEW_CONTROL], 0);
    PAGE_UNTIL(&slow, slow.states == 1);
    PAGE_UNTIL(&quick, quick.states == 1);
    test_command("{\"do\":\"start\"}");
    test_command("{\"do\":\"pause\"}");
    raw_read(&slow.raw, false);
    test_long_injects(240);
    test_notes(3);
    json_t *const state = test_ask(OVERVIEW_CONTROL, "/api/v1/state", NULL, 200);
    const int64_t sequence = json_integer_value(json_object_get(state, "sequence"));
    PAGE_UNTIL(&quick, (int64_t)quick.id >= sequence);
    raw_read(&slow.raw, true);
    PAGE_UNTIL(&slow, slow.raw.closed || (slow.states >= 2 && (int64_t)slow.id >= sequence));
    /* On a slow machine it was cut off, and comes back as browsers do. */
    const bool cut = slow.raw.closed;
    if (cut) {
        page_open(&again, web_address(test.web), test.tokens[OVERVIEW_CONTROL], slow.id);
        PAGE_UNTIL(&again, again.states == 1 && (int64_t)again.id >= sequence);
    }
    CHECK(json_equal(json_object_get(cut ? again.state : slow.state, "injects"),
                     json_object_get(state, "injects")));
    (void)test_logs(&quick, &slow, &again);
    if (cut) {
        page_close(&again);
    }
    json_decref(state);
    page_close(&slow);
    page_close(&quick);
    test_end();
}
