/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that leaving out a root leaves out its doing and nothing else, and that the side with it
 * is the exercise as it was recorded. */
#include "coordinator/control/but_for.h"

#include "tests/control/play.h"

struct but_for_test {
    struct temporary folder;
    struct replay *replay;
};

static void but_for_test_create(struct but_for_test *test) {
    char path[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    temporary_create(&test->folder);
    play_all(temporary_path(&test->folder, "a.spill", path));
    if (replay_open(path, NULL, &test->replay, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

static void but_for_test_destroy(struct but_for_test *test) {
    replay_close(&test->replay);
    temporary_destroy(&test->folder);
}

static const struct cascade *but_for_test_cascade(const struct but_for *but_for,
                                                  enum but_for_side side) {
    return world_cascade(exercise_world(but_for->sides[side].exercise));
}

TEST(but_for, without_its_only_root_nothing_fails) {
    struct but_for_test test;
    struct but_for *but_for = NULL;
    struct spill_error error = {{0}};
    but_for_test_create(&test);
    CHECK_OK(but_for_run(test.replay, "campaign:relay-wiper", 12 * PLAY_HOUR_MS, &but_for, &error));
    const struct but_for_state *const with = &but_for->sides[BUT_FOR_WITH];
    const struct but_for_state *const without = &but_for->sides[BUT_FOR_WITHOUT];
    CHECK_LT(0, with->failed_ever_count);
    CHECK_LT(0, with->moments[BUT_FOR_MOMENTS - 1].person_hours);
    CHECK_EQ(without->failed_ever_count, 0);
    for (size_t i = 0; i < BUT_FOR_MOMENTS; i++) {
        CHECK_EQ(without->moments[i].failed_count, 0);
        CHECK_EQ(without->moments[i].people, 0);
        CHECK_EQ(without->moments[i].person_hours, 0);
    }
    but_for_destroy(&but_for);
    but_for_test_destroy(&test);
}

TEST(but_for, side_with_the_root_is_what_was_recorded) {
    struct but_for_test test;
    struct but_for *but_for = NULL;
    struct exercise *recorded = NULL;
    struct spill_error error = {{0}};
    but_for_test_create(&test);
    for (int64_t hours = 1; hours <= 12; hours += 5) {
        const int64_t at_ms = hours * PLAY_HOUR_MS;
        CHECK_OK(but_for_run(test.replay, "relay-wiper", at_ms, &but_for, &error));
        CHECK_OK(replay_to(test.replay, at_ms, NULL, NULL, &recorded, &error));
        const struct cascade *const is = but_for_test_cascade(but_for, BUT_FOR_WITH);
        const struct cascade *const was = world_cascade(exercise_world(recorded));
        const struct network *const network = scenario_network(replay_scenario(test.replay));
        CHECK_EQ(cascade_now_ms(is), cascade_now_ms(was));
        for (uint32_t i = 0; i < network_asset_count(network); i++) {
            const struct asset_ref asset = {i};
            CHECK_EQ(cascade_service_ppm(is, asset), cascade_service_ppm(was, asset));
            CHECK_EQ(cascade_asset_tally(is, asset).person_ms,
                     cascade_asset_tally(was, asset).person_ms);
        }
        exercise_destroy(&recorded);
        but_for_destroy(&but_for);
    }
    but_for_test_destroy(&test);
}

TEST(but_for, unknown_root_is_refused_with_those_that_there_are) {
    struct but_for_test test;
    struct but_for *but_for = NULL;
    struct spill_error error = {{0}};
    but_for_test_create(&test);
    CHECK_EQ(but_for_run(test.replay, "campaign:nobody", 12 * PLAY_HOUR_MS, &but_for, &error),
             SPILL_NOT_FOUND);
    CHECK(strstr(error.text, "campaign:relay-wiper") != NULL);
    /* Before it acted it was no root. */
    CHECK_EQ(but_for_run(test.replay, "campaign:relay-wiper", 60000, &but_for, &error),
             SPILL_NOT_FOUND);
    CHECK(but_for == NULL);
    but_for_test_destroy(&test);
}
