/* SPDX-License-Identifier: Apache-2.0 */
/* Proves on a played tutorial that the summary's numbers are those of the exercise and agree with
 * each other. */
#include "coordinator/commands/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "coordinator/commands/print.h"
#include "tests/control/play.h"

struct summary_test {
    struct temporary folder;
    struct play play;
    struct story *story;
    struct summary_input input;
    char *text;
};

static void test_play(struct summary_test *test, int64_t end_ms) {
    char path[TEMPORARY_PATH_BYTES];
    *test = (struct summary_test){.text = NULL};
    temporary_create(&test->folder);
    play_create(&test->play, temporary_path(&test->folder, "a.spill", path), SPILL_MODEL_REVISION);
    const struct story_options options = {.scenario = test->play.scenario, .columns = 100};
    CHECK_OK(story_create(&options, &test->story));
    test->play.on_output = story_take;
    test->play.context = test->story;
    play_script(&test->play, end_ms);
    play_finish(&test->play);
    story_flush(test->story);
    test->input = (struct summary_input){.scenario = test->play.scenario,
                                         .exercise = test->play.exercise,
                                         .story = test->story,
                                         .team = "script",
                                         .columns = 100};
}

static void test_destroy(struct summary_test *test) {
    free(test->text);
    story_destroy(&test->story);
    play_destroy(&test->play);
    temporary_destroy(&test->folder);
}

static const char *test_print(struct summary_test *test, const struct summary_run *run) {
    size_t text_bytes = 0;
    free(test->text);
    FILE *const stream = open_memstream(&test->text, &text_bytes);
    CHECK(stream != NULL);
    if (run == NULL) {
        summary_print(stream, &test->input);
    } else {
        summary_print_json(stream, &test->input, run);
    }
    fclose(stream);
    return test->text;
}

static const struct cascade *test_cascade(const struct summary_test *test) {
    return world_cascade(exercise_world(test->play.exercise));
}

TEST(summary, worst_assets_come_first_and_only_those_that_failed) {
    struct summary_test test;
    test_play(&test, 12 * PLAY_HOUR_MS);
    const struct network *const network = scenario_network(test.play.scenario);
    struct asset_ref all[32];
    const size_t count = summary_worst(&test.input, all, 32);
    CHECK_LT((size_t)2, count);
    size_t failed = 0;
    double person_ms = 0;
    double value_ms = 0;
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_tally tally =
            cascade_asset_tally(test_cascade(&test), (struct asset_ref){i});
        failed += tally.first_failure_ms != SPILL_NEVER;
        person_ms += (double)tally.person_ms;
        value_ms += (double)tally.value_ms;
    }
    CHECK_EQ(count, failed);
    CHECK_LT(failed, network_asset_count(network));
    double before = 2;
    for (size_t i = 0; i < count; i++) {
        const struct asset_tally tally = cascade_asset_tally(test_cascade(&test), all[i]);
        const double share =
            (double)tally.person_ms / person_ms + (double)tally.value_ms / value_ms;
        CHECK(tally.first_failure_ms != SPILL_NEVER);
        CHECK(share <= before);
        before = share;
    }
    /* A shorter list is the beginning of the long one. */
    for (size_t capacity = 0; capacity < count; capacity++) {
        struct asset_ref some[32];
        CHECK_EQ(summary_worst(&test.input, some, capacity), capacity);
        CHECK_BYTES(some, capacity * sizeof some[0], all, capacity * sizeof all[0]);
    }
    test_destroy(&test);
}

TEST(summary, json_has_these_keys_in_this_order) {
    static const char *const keys[] = {
        "schema",       "scenario",     "team",
        "seed",         "until_ms",     "digest",
        "failures",     "people",       "spillover_person_hours",
        "injects",      "expectations", "orders",
        "person_hours", "run",
    };
    struct summary_test test;
    test_play(&test, 12 * PLAY_HOUR_MS);
    const struct summary_run run = {.recording = "a.spill", .seed = UINT64_MAX, .input_count = 7};
    json_t *const object = json_loads(test_print(&test, &run), JSON_REJECT_DUPLICATES, NULL);
    CHECK(object != NULL);
    CHECK_EQ(json_object_size(object), sizeof keys / sizeof keys[0]);
    size_t at = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value) {
        CHECK_EQ(key, keys[at]);
        at++;
    }
    CHECK_EQ(json_string_value(json_object_get(object, "schema")), "spillover-run-1");
    CHECK_EQ(json_string_value(json_object_get(object, "seed")), "18446744073709551615");
    CHECK_EQ(json_integer_value(json_object_get(object, "until_ms")), 12 * PLAY_HOUR_MS);
    json_decref(object);
    test_destroy(&test);
}

TEST(summary, json_numbers_add_up) {
    struct summary_test test;
    test_play(&test, 12 * PLAY_HOUR_MS);
    const struct summary_run run = {.recording = NULL};
    json_t *const object = json_loads(test_print(&test, &run), 0, NULL);
    CHECK(object != NULL);
    const int64_t total = json_integer_value(json_object_get(object, "person_hours"));
    CHECK_LT((int64_t)0, total);
    int64_t sum = 0;
    int64_t cells = 0;
    const char *key = NULL;
    const char *inner = NULL;
    json_t *row = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(object, "people"), key, row) {
        json_object_foreach(row, inner, value) {
            const int64_t worst =
                json_integer_value(json_object_get(value, "people_without_at_worst"));
            sum += json_integer_value(json_object_get(value, "person_hours"));
            CHECK_LT((int64_t)0, worst);
            CHECK_LE(json_integer_value(json_object_get(value, "people_without")), worst);
        }
    }
    CHECK_EQ(sum, total);
    int64_t spilled = 0;
    json_object_foreach(json_object_get(object, "spillover_person_hours"), key, row) {
        json_object_foreach(row, inner, value) {
            spilled += json_integer_value(value);
            cells++;
        }
    }
    /* Both are sums of hours rounded down. */
    CHECK_LE(llabs(spilled - total), cells + 10);
    struct asset_ref assets[32];
    CHECK_EQ(json_array_size(json_object_get(object, "failures")),
             summary_worst(&test.input, assets, 32));
    json_decref(object);
    test_destroy(&test);
}

TEST(summary, text_fits_in_a_hundred_columns_in_both_languages) {
    struct summary_test test;
    test_play(&test, 12 * PLAY_HOUR_MS);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        test.input.language = (enum language)language;
        char *line = NULL;
        char *rest = NULL;
        (void)test_print(&test, NULL);
        CHECK(strstr(test.text, "\033") == NULL);
        for (line = strtok_r(test.text, "\n", &rest); line != NULL;
             line = strtok_r(NULL, "\n", &rest)) {
            if (print_columns(line) > 100) {
                CHECK_FAIL("%d columns: %s", print_columns(line), line);
            }
        }
    }
    test_destroy(&test);
}

TEST(summary, exercise_in_which_nothing_failed_says_so) {
    struct summary_test test;
    test_play(&test, 60000);
    const char *const text = test_print(&test, NULL);
    CHECK(strstr(text, "\nNothing failed\n") != NULL);
    CHECK(strstr(text, "\nNobody was without any service\n") != NULL);
    CHECK(strstr(text, "worst") == NULL);
    struct asset_ref asset = {0};
    CHECK_EQ(summary_worst(&test.input, &asset, 1), 0);
    test_destroy(&test);
}
