/* SPDX-License-Identifier: Apache-2.0 */
/* Proves which lines an exercise's outputs become, and what is counted and kept of them. */
#include "coordinator/commands/story.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/print.h"
#include "tests/control/play.h"

struct story_test {
    struct play play; /* Only its scenario. */
    FILE *stream;
    char *text;
    size_t text_bytes;
    struct story *story;
};

static void test_create(struct story_test *test, int columns) {
    *test = (struct story_test){.text = NULL};
    play_load(&test->play);
    test->stream = open_memstream(&test->text, &test->text_bytes);
    CHECK(test->stream != NULL);
    const struct story_options options = {
        .scenario = test->play.scenario, .stream = test->stream, .columns = columns};
    CHECK_OK(story_create(&options, &test->story));
}

static void test_destroy(struct story_test *test) {
    story_destroy(&test->story);
    fclose(test->stream);
    free(test->text);
    scenario_free(&test->play.scenario);
    package_destroy(&test->play.package);
}

static void test_change(struct story_test *test, int64_t at_ms, const char *asset,
                        int64_t service_ppm) {
    const struct output output = {.kind = OUTPUT_CHANGE,
                                  .at_ms = at_ms,
                                  .change = {.asset = asset, .service_ppm = service_ppm}};
    story_take(&output, test->story);
}

/* What was told since the last call. */
static void test_told(struct story_test *test, const char *lines) {
    story_flush(test->story);
    fflush(test->stream);
    test->text[test->text_bytes] = '\0'; /* Behind it may stand what was told before. */
    CHECK_EQ(test->text, (char *)lines);
    rewind(test->stream);
}

static int64_t test_worst(const struct story_test *test, const char *sector) {
    const struct network *const network = scenario_network(test->play.scenario);
    struct country_ref country = {0};
    struct sector_ref found = {0};
    CHECK_OK(network_find_country(network, "nl", &country));
    CHECK_OK(network_find_sector(network, sector, &found));
    return story_worst_without(test->story, country, found);
}

TEST(story, assets_of_a_country_and_sector_that_fall_in_one_tick_share_a_line) {
    struct story_test test;
    test_create(&test, 100);
    test_change(&test, 5000, "nl-control", 0);
    test_change(&test, 5000, "de-plant", 0);
    test_change(&test, 5000, "nl-plant", 99999);
    test_change(&test, 5000, "nl-station-a", 0);
    test_change(&test, 5000, "nl-mobile-a", 0);
    test_change(&test, 5000, "nl-station-b", 0);
    test_told(&test, "D+0 00:00:05  ■ nl  electricity: Grid control room, Power plant, Substation "
                     "Arnhem and 1 more\n"
                     "D+0 00:00:05  ■ de  electricity: Power plant across the border\n"
                     "D+0 00:00:05  ■ nl  telecom: Mobile sites Arnhem\n");
    test_told(&test, "");
    test_destroy(&test);
}

TEST(story, ticks_do_not_share_a_line_nor_do_fall_and_rise) {
    struct story_test test;
    test_create(&test, 100);
    test_change(&test, 1000, "nl-station-a", 0);
    test_change(&test, 2000, "nl-station-b", 0);
    test_change(&test, 2000, "nl-station-a", 1000000);
    test_told(&test, "D+0 00:00:01  ■ nl  electricity: Substation Arnhem\n"
                     "D+0 00:00:02  ■ nl  electricity: Substation Ede\n"
                     "D+0 00:00:02  ● nl  electricity: Substation Arnhem\n");
    test_destroy(&test);
}

TEST(story, failed_is_below_a_tenth_and_back_is_full_service) {
    struct story_test test;
    test_create(&test, 100);
    test_change(&test, 1000, "nl-water", 100000);
    test_told(&test, "");
    test_change(&test, 2000, "nl-water", 99999);
    test_told(&test, "D+0 00:00:02  ■ nl  water: Waterworks\n");
    test_change(&test, 3000, "nl-water", 999999);
    test_told(&test, "");
    test_change(&test, 4000, "nl-water", 1000000);
    test_told(&test, "D+0 00:00:04  ● nl  water: Waterworks\n");
    test_destroy(&test);
}

/* In the second tick one substation falls before the other is back: no moment was without both. */
TEST(story, worst_moment_is_weighed_between_ticks) {
    struct story_test test;
    test_create(&test, 100);
    test_change(&test, 1000, "nl-station-a", 250000);
    test_change(&test, 2000, "nl-station-b", 0);
    test_change(&test, 2000, "nl-station-a", 1000000);
    test_change(&test, 3000, "nl-station-b", 1000000);
    story_flush(test.story);
    CHECK_EQ(test_worst(&test, "electricity"), 120000);
    CHECK_EQ(test_worst(&test, "telecom"), 0);
    test_change(&test, 4000, "nl-station-a", 0);
    test_change(&test, 4000, "nl-station-b", 0);
    story_flush(test.story);
    CHECK_EQ(test_worst(&test, "electricity"), 278000);
    test_destroy(&test);
}

TEST(story, lines_fit_the_terminal_and_say_where_they_are_cut) {
    struct story_test test;
    test_create(&test, 40);
    test_change(&test, 1000, "de-plant", 0);
    story_flush(test.story);
    fflush(test.stream);
    CHECK_EQ(strchr(test.text, '\n') + 1, test.text + test.text_bytes);
    test.text[test.text_bytes - 1] = '\0';
    CHECK_EQ(print_columns(test.text), 40);
    CHECK_EQ(test.text + strlen(test.text) - strlen("…"), (char *)"…");
    test_destroy(&test);
}

static void test_expect(struct story_test *test, enum expectation_state before,
                        enum expectation_state after) {
    const struct output output = {
        .kind = OUTPUT_EXPECTATION,
        .expectation = {.inject = "3-share", .before = before, .after = after}};
    story_take(&output, test->story);
}

TEST(story, expectation_met_late_is_not_missed_any_more) {
    struct story_test test;
    test_create(&test, 100);
    test_expect(&test, EXPECTATION_OPEN, EXPECTATION_MISSED);
    test_expect(&test, EXPECTATION_OPEN, EXPECTATION_MISSED);
    test_expect(&test, EXPECTATION_MISSED, EXPECTATION_LATE);
    test_expect(&test, EXPECTATION_OPEN, EXPECTATION_MET);
    const struct story_counts counts = story_counts(test.story);
    CHECK_EQ(counts.missed, 1);
    CHECK_EQ(counts.late, 1);
    CHECK_EQ(counts.met, 1);
    test_destroy(&test);
}

static void test_order(struct story_test *test, uint64_t number, bool repeated) {
    const struct output output = {.kind = OUTPUT_ORDER,
                                  .order = {.order = {.cell = "nl-csirt",
                                                      .key = "a",
                                                      .order = "patch",
                                                      .asset = "",
                                                      .tag = "relay-suite",
                                                      .country = "nl",
                                                      .other_country = "",
                                                      .pool = "",
                                                      .other_pool = ""},
                                            .repeated = repeated,
                                            .number = number}};
    story_take(&output, test->story);
}

TEST(story, order_is_told_once_and_a_refused_one_is_counted) {
    struct story_test test;
    test_create(&test, 100);
    test_order(&test, 1, false);
    test_order(&test, 1, true);
    test_order(&test, 0, false);
    CHECK_EQ(story_counts(test.story).orders, 1);
    CHECK_EQ(story_counts(test.story).refused_orders, 1);
    test_told(&test, "D+0 00:00:00  ➤ nl-csirt: Patch a product everywhere in the country — "
                     "relay-suite → nl\n");
    test_destroy(&test);
}

static void test_cause(struct story_test *test, int64_t at_ms, int64_t after_ppm,
                       const char *root_id) {
    /* A text of its own that is gone afterwards, as an output's is. */
    char borrowed[32];
    snprintf(borrowed, sizeof borrowed, "%s", root_id);
    const struct output output = {.kind = OUTPUT_CAUSE,
                                  .at_ms = at_ms,
                                  .cause = {.asset = "nl-water",
                                            .after_ppm = after_ppm,
                                            .need = "electricity",
                                            .supplier = "nl-station-b",
                                            .root_kind = "campaign",
                                            .root_id = borrowed,
                                            .root_country = "de"}};
    story_take(&output, test->story);
    memset(borrowed, 'x', sizeof borrowed);
}

TEST(story, first_failure_is_kept_not_what_came_before_or_after) {
    struct story_test test;
    test_create(&test, 100);
    struct asset_ref asset = {0};
    CHECK_OK(network_find_asset(scenario_network(test.play.scenario), "nl-water", &asset));
    CHECK_EQ(story_failure(test.story, asset).at_ms, SPILL_NEVER);
    test_cause(&test, 1000, 100000, "degraded");
    CHECK_EQ(story_failure(test.story, asset).at_ms, SPILL_NEVER);
    test_cause(&test, 2000, 0, "first");
    test_cause(&test, 3000, 0, "second");
    const struct story_failure failure = story_failure(test.story, asset);
    CHECK_EQ(failure.at_ms, 2000);
    CHECK_EQ(failure.root_id, "first");
    CHECK_EQ(failure.supplier, "nl-station-b");
    test_destroy(&test);
}
