/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that what pages are told is what the exercise says: a state is whole, deltas bring a page
 * from one state to the next, nothing is told that nothing happened to, and observers do not see
 * what is planned or hidden.
 */
#include "coordinator/control/overview.h"

#include <jansson.h>

#include "tests/control/play.h"

enum { OVERVIEW_TEST_BYTES = 16 << 20 };

struct overview_test {
    struct play play;
    struct overview *overview;
    struct writer *writer;
    uint64_t sequence;
};

static void overview_test_output(const struct output *output, void *context) {
    struct overview_test *const test = context;
    CHECK_OK(overview_take(test->overview, output, output->at_ms * 1000));
}

static void overview_test_on_output(const struct output *output, const uint8_t *bytes,
                                    size_t size_bytes, void *context) {
    (void)bytes;
    (void)size_bytes;
    overview_test_output(output, context);
}

static void overview_test_create(struct overview_test *test) {
    *test = (struct overview_test){.sequence = 0};
    play_load(&test->play);
    const struct exercise_options options = {
        .seed = scenario_seed(test->play.scenario), .digests = true, .causes = true};
    CHECK_OK(exercise_create(test->play.scenario, &options, &test->play.exercise));
    CHECK_OK(overview_create(test->play.scenario, INT64_C(1795507200000000), &test->overview));
    CHECK_OK(writer_create(OVERVIEW_TEST_BYTES, &test->writer));
}

static void overview_test_destroy(struct overview_test *test) {
    overview_destroy(&test->overview);
    writer_destroy(&test->writer);
    exercise_destroy(&test->play.exercise);
    scenario_free(&test->play.scenario);
    package_destroy(&test->play.package);
}

static enum spill_status overview_test_input(struct overview_test *test,
                                             const struct input *input) {
    const enum spill_status status =
        exercise_apply(test->play.exercise, input, overview_test_on_output, test);
    overview_mark(test->overview, ++test->sequence);
    return status;
}

static void overview_test_command(struct overview_test *test, enum input_kind kind) {
    const struct input input = {
        .kind = kind, .who = {.kind = WHO_CONTROL, .id = "excon"}, .clock = {.why = ""}};
    CHECK_OK(overview_test_input(test, &input));
}

static void overview_test_link(struct overview_test *test, const char *cell, bool connected) {
    const struct input input = {.kind = INPUT_CELL_LINK,
                                .who = {.kind = WHO_SYSTEM, .id = ""},
                                .link = {.cell = cell, .connected = connected}};
    CHECK_OK(overview_test_input(test, &input));
}

static void overview_test_advance(struct overview_test *test, int64_t until_ms) {
    const struct input input = {.kind = INPUT_ADVANCE,
                                .who = {.kind = WHO_SYSTEM, .id = ""},
                                .advance = {.until_ms = until_ms}};
    CHECK_OK(overview_test_input(test, &input));
}

static json_t *overview_test_finish(struct overview_test *test) {
    const char *text = NULL;
    size_t bytes = 0;
    json_error_t error;
    CHECK_OK(writer_finish(test->writer, &text, &bytes));
    json_t *const json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        CHECK_FAIL("%s at byte %d", error.text, error.position);
    }
    writer_clear(test->writer);
    return json;
}

static json_t *overview_test_state(struct overview_test *test, enum overview_role role) {
    (void)overview_look(test->overview, test->play.exercise, true, 0);
    overview_print_state(test->overview, test->play.exercise, role, test->writer);
    return overview_test_finish(test);
}

static json_t *overview_test_delta(struct overview_test *test, bool all, enum overview_role role) {
    (void)overview_look(test->overview, test->play.exercise, all, 0);
    overview_print_delta(test->overview, test->play.exercise, role, test->writer);
    return overview_test_finish(test);
}

static const char *overview_test_text(const json_t *object, const char *name) {
    const char *const text = json_string_value(json_object_get(object, name));
    CHECK(text != NULL);
    return text;
}

static int64_t overview_test_number(const json_t *object, const char *name) {
    const json_t *const number = json_object_get(object, name);
    CHECK(json_is_integer(number));
    return json_integer_value(number);
}

/* Puts a delta's elements in the place of a state's. */
static void overview_test_merge(json_t *state, const json_t *delta) {
    size_t i = 0;
    json_t *element = NULL;
    static const char *const whole[] = {"sequence", "clock", "rfis",  "indicators",
                                        "matrix",   "roots", "alarms"};
    for (size_t j = 0; j < sizeof whole / sizeof whole[0]; j++) {
        json_t *const value = json_object_get(delta, whole[j]);
        if (value != NULL) {
            json_object_set(state, whole[j], value);
        }
    }
    json_array_foreach(json_object_get(delta, "assets"), i, element) {
        json_array_set(json_object_get(state, "assets"),
                       (size_t)overview_test_number(element, "index"), element);
    }
    static const char *const by_id[] = {"cells", "injects"};
    for (size_t j = 0; j < 2; j++) {
        json_t *const list = json_object_get(state, by_id[j]);
        json_array_foreach(json_object_get(delta, by_id[j]), i, element) {
            size_t at = 0;
            while (at < json_array_size(list) &&
                   strcmp(overview_test_text(json_array_get(list, at), "id"),
                          overview_test_text(element, "id")) != 0) {
                at++;
            }
            if (at == json_array_size(list)) {
                json_array_append(list, element);
            } else {
                json_array_set(list, at, element);
            }
        }
    }
    json_t *const log = json_object_get(state, "log");
    json_array_foreach(json_object_get(delta, "log"), i, element) {
        json_array_append(log, element);
    }
    while (json_array_size(log) > OVERVIEW_LOG_SHOWN) {
        json_array_remove(log, 0);
    }
}

static void overview_test_same(const json_t *merged, const json_t *state) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)state, name, value) {
        if (!json_equal(json_object_get(merged, name), value)) {
            char *const a = json_dumps(json_object_get(merged, name), JSON_COMPACT);
            char *const b = json_dumps(value, JSON_COMPACT);
            size_t at = 0;
            while (a != NULL && b != NULL && a[at] == b[at] && a[at] != '\0') {
                at++;
            }
            at = at < 100 ? 0 : at - 100;
            CHECK_FAIL("%s differs: …%.300s… and …%.300s…", name, a + at, b + at);
        }
    }
}

TEST(overview, deltas_bring_a_page_from_one_state_to_the_next) {
    struct overview_test test;
    for (int role = 0; role < OVERVIEW_ROLE_COUNT; role++) {
        overview_test_create(&test);
        overview_test_link(&test, "nl-csirt", true);
        json_t *const page = overview_test_state(&test, (enum overview_role)role);
        overview_test_command(&test, INPUT_START);
        int64_t now_ms = 0;
        for (int i = 0; i < 60; i++) {
            now_ms += 1000 + i * 37 % 29 * 60000;
            overview_test_advance(&test, now_ms);
            json_t *const delta = overview_test_delta(&test, i % 3 == 1, (enum overview_role)role);
            overview_test_merge(page, delta);
            json_decref(delta);
        }
        CHECK_LT(6 * PLAY_HOUR_MS, now_ms);
        json_t *const last = overview_test_delta(&test, true, (enum overview_role)role);
        overview_test_merge(page, last);
        json_t *const state = overview_test_state(&test, (enum overview_role)role);
        overview_test_same(page, state);
        CHECK_EQ(overview_test_number(state, "sequence"), (int64_t)test.sequence);
        json_decref(page);
        json_decref(last);
        json_decref(state);
        overview_test_destroy(&test);
    }
}

TEST(overview, nothing_is_told_when_nothing_happened) {
    struct overview_test test;
    overview_test_create(&test);
    overview_test_command(&test, INPUT_START);
    overview_test_advance(&test, 3 * PLAY_HOUR_MS);
    CHECK(overview_look(test.overview, test.play.exercise, true, 0));
    CHECK(!overview_look(test.overview, test.play.exercise, true, 0));
    CHECK(!overview_look(test.overview, test.play.exercise, false, 0));
    overview_print_delta(test.overview, test.play.exercise, OVERVIEW_CONTROL, test.writer);
    json_t *const delta = overview_test_finish(&test);
    CHECK_EQ(json_object_size(delta), (size_t)1);
    json_decref(delta);
    overview_test_destroy(&test);
}

TEST(overview, observers_see_no_plans_and_no_intruders) {
    struct overview_test test;
    overview_test_create(&test);
    json_t *const planned = overview_test_state(&test, OVERVIEW_CONTROL);
    json_t *const shown = overview_test_state(&test, OVERVIEW_OBSERVER);
    CHECK_EQ(json_array_size(json_object_get(planned, "injects")),
             scenario_inject_count(test.play.scenario));
    CHECK_EQ(json_array_size(json_object_get(shown, "injects")), (size_t)0);
    json_decref(planned);
    json_decref(shown);
    overview_test_command(&test, INPUT_START);
    bool infected = false;
    for (int64_t now_ms = 600000; now_ms <= 4 * PLAY_HOUR_MS; now_ms += 600000) {
        overview_test_advance(&test, now_ms);
        json_t *const control = overview_test_state(&test, OVERVIEW_CONTROL);
        json_t *const observer = overview_test_state(&test, OVERVIEW_OBSERVER);
        size_t i = 0;
        json_t *element = NULL;
        json_array_foreach(json_object_get(control, "assets"), i, element) {
            infected = infected || json_is_true(json_object_get(element, "infected"));
        }
        json_array_foreach(json_object_get(observer, "assets"), i, element) {
            CHECK(json_is_false(json_object_get(element, "infected")));
        }
        json_array_foreach(json_object_get(observer, "injects"), i, element) {
            CHECK(json_is_integer(json_object_get(element, "released_ms")));
        }
        json_array_foreach(json_object_get(observer, "log"), i, element) {
            CHECK_NE(overview_test_text(element, "kind"), "fired");
        }
        CHECK(json_is_null(json_object_get(json_object_get(observer, "clock"), "next")));
        json_decref(control);
        json_decref(observer);
    }
    CHECK(infected);
    overview_test_destroy(&test);
}

TEST(overview, state_says_what_the_model_says) {
    struct overview_test test;
    overview_test_create(&test);
    overview_test_command(&test, INPUT_START);
    overview_test_advance(&test, 4 * PLAY_HOUR_MS);
    json_t *const state = overview_test_state(&test, OVERVIEW_CONTROL);
    const struct cascade *const cascade = world_cascade(exercise_world(test.play.exercise));
    size_t i = 0;
    size_t down = 0;
    json_t *element = NULL;
    json_array_foreach(json_object_get(state, "assets"), i, element) {
        const struct asset_ref asset = {(uint32_t)i};
        CHECK_EQ(overview_test_number(element, "index"), (int64_t)i);
        CHECK_EQ(overview_test_number(element, "service_ppm"), cascade_service_ppm(cascade, asset));
        CHECK_EQ(json_is_null(json_object_get(element, "since_ms")),
                 cascade_status(cascade, asset) == ASSET_NORMAL);
        down += cascade_service_ppm(cascade, asset) < SPILL_PPM;
    }
    CHECK_LT((size_t)0, down);
    int64_t rooted = 0;
    json_array_foreach(json_object_get(state, "roots"), i, element) {
        rooted += overview_test_number(element, "assets_down");
    }
    CHECK_EQ(rooted, (int64_t)down);
    /* The course ends where the indicators are. */
    const json_t *const indicators = json_object_get(state, "indicators");
    const json_t *const history = json_object_get(indicators, "history");
    const json_t *const last =
        json_object_get(json_array_get(history, json_array_size(history) - 1), "people_without");
    const size_t sectors = network_sector_count(scenario_network(test.play.scenario));
    const size_t countries = network_country_count(scenario_network(test.play.scenario));
    for (size_t sector = 0; sector < sectors; sector++) {
        int64_t sum = 0;
        for (size_t country = 0; country < countries; country++) {
            sum += json_integer_value(json_array_get(json_object_get(indicators, "people_without"),
                                                     country * sectors + sector));
        }
        CHECK_EQ(json_integer_value(json_array_get(last, sector)), sum);
    }
    json_decref(state);
    overview_test_destroy(&test);
}

/* Level and cell of the first alarm of a part that is not ok; "" when all is well. */
static const char *overview_test_alarm(struct overview_test *test, const char *part,
                                       const char **cell) {
    static char level[16];
    json_t *const state = overview_test_state(test, OVERVIEW_CONTROL);
    size_t i = 0;
    json_t *alarm = NULL;
    level[0] = '\0';
    *cell = "";
    json_array_foreach(json_object_get(state, "alarms"), i, alarm) {
        if (strcmp(overview_test_text(alarm, "part"), part) == 0 &&
            strcmp(overview_test_text(alarm, "level"), "ok") != 0) {
            snprintf(level, sizeof level, "%s", overview_test_text(alarm, "level"));
            *cell = json_is_string(json_object_get(alarm, "cell")) ? "nl-csirt" : "";
        }
    }
    json_decref(state);
    return level;
}

TEST(overview, alarms_name_the_part_and_the_cell) {
    struct overview_test test;
    const char *cell = NULL;
    struct cell_ref csirt = {0};
    overview_test_create(&test);
    CHECK_OK(script_find_cell(scenario_script(test.play.scenario), "nl-csirt", &csirt));
    CHECK_EQ(overview_test_alarm(&test, "streams", &cell), "");
    overview_test_link(&test, "nl-csirt", true);
    CHECK_EQ(overview_test_alarm(&test, "streams", &cell), "");
    overview_test_link(&test, "nl-csirt", false);
    CHECK_EQ(overview_test_alarm(&test, "streams", &cell), "warning");
    CHECK_EQ(cell, "nl-csirt");
    const struct overview_seat seat = {.halted = true, .heard_us = -1};
    overview_seat(test.overview, csirt, &seat);
    CHECK(overview_look(test.overview, test.play.exercise, true, 0));
    CHECK_EQ(overview_test_alarm(&test, "streams", &cell), "bad");
    CHECK_EQ(overview_test_alarm(&test, "disk", &cell), "");
    overview_disk(test.overview, OVERVIEW_DISK_LOW_BYTES - 1);
    CHECK_EQ(overview_test_alarm(&test, "disk", &cell), "warning");
    overview_disk(test.overview, OVERVIEW_DISK_OUT_BYTES - 1);
    CHECK(overview_look(test.overview, test.play.exercise, true, 0));
    CHECK_EQ(overview_test_alarm(&test, "disk", &cell), "bad");
    overview_test_destroy(&test);
}

TEST(overview, missed_entries_are_those_that_a_state_leaves_out) {
    struct overview_test test;
    overview_test_create(&test);
    overview_test_command(&test, INPUT_START);
    for (int i = 0; i < 300; i++) {
        overview_test_link(&test, "nl-csirt", i % 2 == 0);
    }
    json_t *const state = overview_test_state(&test, OVERVIEW_CONTROL);
    const json_t *const log = json_object_get(state, "log");
    CHECK_EQ(json_array_size(log), (size_t)OVERVIEW_LOG_SHOWN);
    const int64_t first = overview_test_number(json_array_get(log, 0), "sequence");
    const uint64_t seen = 11;
    CHECK_EQ(overview_print_missed(test.overview, OVERVIEW_CONTROL, seen, test.writer),
             (size_t)(first - 1 - (int64_t)seen));
    json_t *const missed = overview_test_finish(&test);
    size_t i = 0;
    json_t *element = NULL;
    json_array_foreach(json_object_get(missed, "log"), i, element) {
        CHECK_EQ(overview_test_number(element, "sequence"), (int64_t)(seen + 1 + i));
    }
    CHECK_EQ(i, (size_t)(first - 1 - (int64_t)seen));
    json_decref(missed);
    CHECK_EQ(overview_print_missed(test.overview, OVERVIEW_CONTROL, (uint64_t)first, test.writer),
             (size_t)0);
    json_decref(overview_test_finish(&test));
    json_decref(state);
    overview_test_destroy(&test);
}

TEST(overview, why_leads_from_the_root_to_the_asset) {
    struct overview_test test;
    overview_test_create(&test);
    overview_test_command(&test, INPUT_START);
    overview_test_advance(&test, 6 * PLAY_HOUR_MS);
    const struct cascade *const cascade = world_cascade(exercise_world(test.play.exercise));
    (void)overview_look(test.overview, test.play.exercise, true, 0);
    size_t chains = 0;
    size_t followed = 0;
    const struct network *const network = scenario_network(test.play.scenario);
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        overview_print_why(test.overview, test.play.exercise, (struct asset_ref){i}, test.writer);
        json_t *const why = overview_test_finish(&test);
        const json_t *const chain = json_object_get(why, "chain");
        const size_t length = json_array_size(chain);
        const bool whole = cascade_service_ppm(cascade, (struct asset_ref){i}) == SPILL_PPM;
        CHECK_EQ(length == 0, whole);
        CHECK_EQ(json_is_null(json_object_get(why, "root")), whole);
        for (size_t j = 0; j < length; j++) {
            const json_t *const step = json_array_get(chain, j);
            const json_t *const before = j > 0 ? json_array_get(chain, j - 1) : NULL;
            CHECK_EQ(overview_test_number(step, "parent"),
                     before == NULL ? 0 : overview_test_number(before, "number"));
        }
        if (length > 0) {
            CHECK_EQ(overview_test_number(json_array_get(chain, length - 1), "asset"), (int64_t)i);
            chains += length > 1;
        }
        followed += (size_t)overview_test_number(why, "took_down_count");
        json_decref(why);
    }
    CHECK_LT((size_t)0, chains);
    CHECK_LT((size_t)0, followed);
    overview_test_destroy(&test);
}

TEST(overview, scenario_names_everything_by_its_index) {
    struct overview_test test;
    overview_test_create(&test);
    overview_print_scenario(test.overview, OVERVIEW_CONTROL, test.writer);
    json_t *const scenario = overview_test_finish(&test);
    const struct network *const network = scenario_network(test.play.scenario);
    CHECK_EQ(json_array_size(json_object_get(scenario, "assets")), network_asset_count(network));
    CHECK_EQ(json_array_size(json_object_get(scenario, "links")), network_link_count(network));
    const json_t *const starts_at = json_object_get(scenario, "starts_at");
    CHECK_EQ(overview_test_number(starts_at, "utc_us"), INT64_C(1795507200000000));
    CHECK_EQ(overview_test_text(starts_at, "zone"), "Europe/Amsterdam");
    size_t i = 0;
    size_t backups = 0;
    json_t *element = NULL;
    json_array_foreach(json_object_get(scenario, "assets"), i, element) {
        size_t j = 0;
        json_t *need = NULL;
        CHECK_EQ(overview_test_text(element, "id"),
                 network_asset_id(network, (struct asset_ref){(uint32_t)i}));
        json_array_foreach(json_object_get(element, "needs"), j, need) {
            backups += (size_t)overview_test_number(need, "backups");
        }
    }
    CHECK_LT((size_t)0, backups);
    json_decref(scenario);
    overview_test_destroy(&test);
}

TEST(overview, texts_that_people_send_stay_texts) {
    struct overview_test test;
    overview_test_create(&test);
    overview_test_command(&test, INPUT_START);
    static const char hostile[] = "<script>alert(1)</script>\"}],\"x\":[{\xE2\x80\xA8";
    const char *const to[] = {"nl-csirt"};
    const struct input input = {.kind = INPUT_AD_HOC,
                                .who = {.kind = WHO_CONTROL, .id = "excon"},
                                .ad_hoc = {.to = to,
                                           .to_count = 1,
                                           .replaces = "",
                                           .type = INJECT_INFORMATION,
                                           .tlp = TLP_GREEN,
                                           .channel = "mail",
                                           .from = hostile,
                                           .title = hostile,
                                           .text = hostile}};
    CHECK_OK(overview_test_input(&test, &input));
    json_t *const delta = overview_test_delta(&test, false, OVERVIEW_CONTROL);
    const json_t *const injects = json_object_get(delta, "injects");
    const json_t *const inject = json_array_get(injects, json_array_size(injects) - 1);
    CHECK_EQ(overview_test_text(json_object_get(inject, "title"), "en"), hostile);
    CHECK_EQ(overview_test_text(inject, "from"), hostile);
    CHECK(json_is_true(json_object_get(inject, "ad_hoc")));
    json_decref(delta);
    overview_test_destroy(&test);
}

TEST(overview, memory_that_ends_leaves_nothing_behind) {
    for (long after = 0; after < 260; after += after < 40 ? 1 : 20) {
        struct overview_test test = {.sequence = 0};
        play_load(&test.play);
        spill_alloc_fail_after(after, true);
        const enum spill_status status = overview_create(test.play.scenario, 0, &test.overview);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(status == SPILL_OK, test.overview != NULL);
        CHECK(status == SPILL_OK || status == SPILL_MEMORY);
        overview_destroy(&test.overview);
        scenario_free(&test.play.scenario);
        package_destroy(&test.play.package);
    }
}
