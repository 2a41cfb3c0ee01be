/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve: the tutorial, live, recorded and with its control interface, on the test's loop.
 */
#ifndef SERVE_H
#define SERVE_H

#include "coordinator/control/web.h"
#include "proto/http/client.h"
#include "tests/control/page.h"
#include "tests/control/play.h"

struct test {
    char record[TEMPORARY_PATH_BYTES];
    struct temporary folder;
    char tokens[OVERVIEW_ROLE_COUNT][HEADERS_TOKEN_BYTES];
    struct play play; /* Its scenario and package. */
    struct live *live;
    struct web *web;
    bool live_closed;
    bool web_closed;
    bool ended;
};

static struct test test;

static inline void test_on_live_closed(void *context) {
    (void)context;
    test.live_closed = true;
}

static inline void test_on_web_closed(void *context) {
    (void)context;
    test.web_closed = true;
}

static inline void test_on_ended(enum spill_status status, const struct spill_error *error,
                                 void *context) {
    (void)context;
    (void)error;
    CHECK_OK(status);
    test.ended = true;
}

static inline void test_open(bool resume) {
    struct spill_error error = {{0}};
    const struct live_options live_options = {.loop = &raw_loop,
                                              .session = {.scenario = test.play.scenario,
                                                          .package = test.play.package,
                                                          .record_path = test.record,
                                                          .seed = scenario_seed(test.play.scenario),
                                                          .team = "doctrine",
                                                          .program = "test",
                                                          .causes = true},
                                              .resume = resume,
                                              .speed_permille = 1000};
    if (live_open(&live_options, NULL, NULL, &test.live, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct web_options options = {
        .loop = &raw_loop,
        .live = test.live,
        .scenario = test.play.scenario,
        .address = "127.0.0.1:0",
        .record_path = test.record,
        .resumed = resume,
        .starts_us = web_starts_us(test.play.scenario),
        .role = "exdir",
        .team = "doctrine",
        .forecast_threads = 1,
        .tokens = {test.tokens[OVERVIEW_OBSERVER], test.tokens[OVERVIEW_CONTROL]},
    };
    if (web_open(&options, &test.web, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct live_events events = {.on_ended = test_on_ended};
    live_listen(test.live, &events);
    test.live_closed = test.web_closed = test.ended = false;
    live_start(test.live);
}

static inline void test_close(void) {
    web_rest(test.web);
    live_close(&test.live, test_on_live_closed, NULL);
    RAW_UNTIL(test.live_closed && test.ended);
    web_close(&test.web, test_on_web_closed, NULL);
    RAW_UNTIL(test.web_closed);
}

static inline void test_begin(void) {
    test = (struct test){.live = NULL};
    raw_begin();
    play_load(&test.play);
    temporary_create(&test.folder);
    temporary_path(&test.folder, "exercise.spill", test.record);
    for (int i = 0; i < OVERVIEW_ROLE_COUNT; i++) {
        http_token_make(test.tokens[i]);
    }
    test_open(false);
}

static inline void test_end(void) {
    test_close();
    raw_end();
    scenario_free(&test.play.scenario);
    package_destroy(&test.play.package);
    temporary_destroy(&test.folder);
}

/* ---- Asking ---- */

struct answer {
    bool done;
    unsigned code;
    json_t *json;
};

static inline void test_on_answer(enum spill_status status, const struct client_answer *answer,
                                  const struct spill_error *error, void *context) {
    struct answer *const given = context;
    json_error_t fault;
    if (status != SPILL_OK) {
        CHECK_FAIL("%s", error->text);
    }
    given->code = answer->code;
    given->json = json_loadb(answer->body, answer->body_bytes, JSON_REJECT_DUPLICATES, &fault);
    if (given->json == NULL) {
        CHECK_FAIL("%s in %.200s", fault.text, answer->body);
    }
    given->done = true;
}

/* The answer's JSON; the caller's. */
static inline json_t *test_ask(int role, const char *path, const char *body, unsigned code) {
    struct answer answer = {.done = false};
    struct spill_error error = {{0}};
    const struct client_request request = {.address = web_address(test.web),
                                           .path = path,
                                           .token = role < 0 ? NULL : test.tokens[role],
                                           .body = body};
    CHECK_OK(client_ask(&raw_loop, &request, test_on_answer, &answer, &error));
    RAW_UNTIL(answer.done);
    if (answer.code != code) {
        char *const text = json_dumps(answer.json, JSON_COMPACT);
        CHECK_FAIL("%s %s: %u, not %u: %.200s", path, body == NULL ? "" : body, answer.code, code,
                   text);
    }
    return answer.json;
}

static inline void test_command(const char *body) {
    json_t *const answer = test_ask(OVERVIEW_CONTROL, "/api/v1/control", body, 200);
    CHECK(json_is_true(json_object_get(answer, "ok")));
    CHECK(json_is_null(json_object_get(answer, "refusal")));
    CHECK_LT((json_int_t)0, json_integer_value(json_object_get(answer, "sequence")));
    json_decref(answer);
}

static inline int64_t test_clock(const json_t *state, const char *name) {
    return json_integer_value(json_object_get(json_object_get(state, "clock"), name));
}

static inline bool test_clock_is(const json_t *state, const char *word) {
    const char *const is =
        json_string_value(json_object_get(json_object_get(state, "clock"), "state"));
    return is != NULL && strcmp(is, word) == 0;
}

#endif
