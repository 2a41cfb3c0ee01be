/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a recording is re-executed to the same outputs and digests, that any difference is
 * found and named, and that a replay stops at any moment. */
#include "coordinator/control/replay.h"

#include <unistd.h>

#include "tests/control/play.h"

struct replay_test {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
};

static void replay_test_create(struct replay_test *test) {
    temporary_create(&test->folder);
    temporary_path(&test->folder, "a.spill", test->path);
}

static struct replay *replay_test_open(const char *path) {
    struct replay *replay = NULL;
    struct spill_error error = {{0}};
    if (replay_open(path, NULL, &replay, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return replay;
}

static struct replay_verdict replay_test_verify(struct replay *replay, int threads) {
    struct replay_verdict verdict;
    struct spill_error error = {{0}};
    if (replay_verify(replay, threads, &verdict, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return verdict;
}

TEST(replay, everything_comes_out_again_at_any_number_of_threads) {
    struct replay_test test;
    replay_test_create(&test);
    play_all(test.path);
    struct replay *replay = replay_test_open(test.path);
    struct recording_summary summary;
    recording_summary(replay_recording(replay), &summary);
    for (int threads = 1; threads <= 3; threads++) {
        const struct replay_verdict verdict = replay_test_verify(replay, threads);
        if (!verdict.same) {
            CHECK_FAIL("record %llu: %s", (unsigned long long)verdict.sequence, verdict.words);
        }
        CHECK_EQ(verdict.threads, threads);
        CHECK_EQ(verdict.input_count, summary.count[RECORD_INPUT]);
        CHECK_EQ(verdict.output_count, summary.count[RECORD_OUTPUT]);
        CHECK_EQ(verdict.digest_count, summary.count[RECORD_DIGEST]);
        CHECK_EQ(verdict.unrecorded_count, 0);
        CHECK_EQ(verdict.exercise_ms, 12 * PLAY_HOUR_MS);
        CHECK_LT(20, verdict.digest_count);
        CHECK_LT(50, verdict.output_count);
    }
    replay_close(&replay);
    temporary_destroy(&test.folder);
}

static void replay_test_wrong(int wrong, uint64_t output, const char *words) {
    struct replay_test test;
    struct play play = {.wrong_output = output};
    play.wrong = wrong;
    replay_test_create(&test);
    play_create(&play, test.path, SPILL_MODEL_REVISION);
    play_script(&play, 4 * PLAY_HOUR_MS);
    play_finish(&play);
    play_destroy(&play);
    struct replay *replay = replay_test_open(test.path);
    const struct replay_verdict verdict = replay_test_verify(replay, 1);
    CHECK(!verdict.same);
    CHECK_LT(0, verdict.sequence);
    if (strstr(verdict.words, words) == NULL) {
        CHECK_FAIL("\"%s\" does not say \"%s\"", verdict.words, words);
    }
    replay_close(&replay);
    temporary_destroy(&test.folder);
}

TEST(replay, output_that_differs_is_named) {
    replay_test_wrong(PLAY_CHANGED, 40, "recorded was {\"at_ms\":0,\"kind\":\"link\"");
}

TEST(replay, output_that_is_not_recorded_is_named) {
    replay_test_wrong(PLAY_LEFT_OUT, 40, "recorded was ");
}

TEST(replay, output_that_does_not_come_again_is_named) {
    replay_test_wrong(PLAY_DOUBLED, 40, "recorded was ");
}

TEST(replay, digest_that_differs_is_named) {
    replay_test_wrong(PLAY_DIGEST, 40,
                      "recorded was a state digest; what comes out is another state digest");
}

TEST(replay, recording_that_was_cut_off_is_the_same_as_far_as_it_goes) {
    struct replay_test test;
    struct play play = {.package = NULL};
    replay_test_create(&test);
    play_create(&play, test.path, SPILL_MODEL_REVISION);
    play_script(&play, 4 * PLAY_HOUR_MS);
    uint64_t durable = 0;
    CHECK_OK(recording_commit(play.recording, 0, 0, &durable, NULL));
    /* An input is durable; what came of it is not. */
    const struct input input = {.kind = INPUT_ADVANCE,
                                .who = {.kind = WHO_SYSTEM, .id = ""},
                                .advance = {.until_ms = 8 * PLAY_HOUR_MS}};
    uint8_t bytes[64];
    size_t size_bytes = 0;
    CHECK_OK(input_encode(&input, bytes, sizeof bytes, &size_bytes));
    play_append(&play, RECORD_INPUT, bytes, size_bytes, "{}");
    CHECK_OK(recording_commit(play.recording, 0, 0, &durable, NULL));
    play_destroy(&play);
    struct replay *replay = replay_test_open(test.path);
    const struct replay_verdict verdict = replay_test_verify(replay, 2);
    CHECK(verdict.same);
    CHECK_LT(0, verdict.unrecorded_count);
    CHECK_EQ(verdict.exercise_ms, 8 * PLAY_HOUR_MS);
    replay_close(&replay);
    temporary_destroy(&test.folder);
}

TEST(replay, moment_is_the_state_of_an_exercise_that_went_so_far) {
    struct replay_test test;
    char other[TEMPORARY_PATH_BYTES];
    replay_test_create(&test);
    play_all(test.path);
    struct replay *replay = replay_test_open(test.path);
    const int64_t moments[] = {0, 1000, 3601000, 2 * PLAY_HOUR_MS + 999, 5 * PLAY_HOUR_MS};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        struct exercise *exercise = NULL;
        CHECK_OK(replay_to(replay, moments[i], NULL, NULL, &exercise, NULL));
        CHECK_EQ(exercise_now_ms(exercise), moments[i] / 1000 * 1000);
        uint8_t digest[CASCADE_DIGEST_BYTES];
        exercise_digest(exercise, digest);
        exercise_destroy(&exercise);
        struct play play = {.package = NULL};
        char name[16];
        snprintf(name, sizeof name, "b%zu.spill", i);
        play_create(&play, temporary_path(&test.folder, name, other), SPILL_MODEL_REVISION);
        play_script(&play, moments[i] / 1000 * 1000);
        CHECK_BYTES(digest, sizeof digest, play.digest, sizeof play.digest);
        play_destroy(&play);
    }
    struct exercise *exercise = NULL;
    CHECK_OK(replay_to(replay, SPILL_NEVER, NULL, NULL, &exercise, NULL));
    CHECK_EQ(exercise_now_ms(exercise), 12 * PLAY_HOUR_MS);
    exercise_destroy(&exercise);
    replay_close(&replay);
    temporary_destroy(&test.folder);
}

TEST(replay, other_revision_is_refused_by_name_and_can_be_read) {
    struct replay_test test;
    struct play play = {.package = NULL};
    replay_test_create(&test);
    play_create(&play, test.path, SPILL_MODEL_REVISION + 1);
    play_script(&play, PLAY_HOUR_MS);
    play_finish(&play);
    play_destroy(&play);
    struct replay *replay = NULL;
    struct spill_error error;
    CHECK_EQ(replay_open(test.path, NULL, &replay, &error), SPILL_REVISION);
    CHECK(strstr(error.text, "made by model revision") != NULL);
    const struct replay_options options = {.any_revision = true};
    CHECK_OK(replay_open(test.path, &options, &replay, &error));
    struct exercise *exercise = NULL;
    struct replay_verdict verdict;
    CHECK_EQ(replay_to(replay, 0, NULL, NULL, &exercise, &error), SPILL_REVISION);
    CHECK_EQ(replay_verify(replay, 1, &verdict, &error), SPILL_REVISION);
    struct replay_walk *walk = NULL;
    struct replay_event event;
    CHECK_OK(replay_walk_open(replay, 0, &walk));
    CHECK_OK(replay_walk_next(walk, &event, &error));
    replay_walk_close(&walk);
    replay_close(&replay);
    temporary_destroy(&test.folder);
}

TEST(replay, package_that_is_not_the_one_named_is_refused) {
    struct replay_test test;
    struct temporary *const folder = &test.folder;
    replay_test_create(&test);
    const struct recording_meta meta = {
        .model_revision = SPILL_MODEL_REVISION, .scenario = "tutorial", .team = "", .program = ""};
    const struct recording_options options = {.keys = &play_keys};
    const struct recording_file file = {"scenario.yaml", (const uint8_t *)"format: 1\n", 10};
    struct recording *recording = NULL;
    CHECK_OK(recording_create(test.path, &meta, &file, 1, &options, &recording, NULL));
    recording_close(&recording);
    struct replay *replay = NULL;
    struct spill_error error;
    CHECK_EQ(replay_open(test.path, NULL, &replay, &error), SPILL_CORRUPT);
    CHECK(strstr(error.text, "the scenario package inside is not the one") != NULL);
    temporary_destroy(folder);
}

TEST(replay, walk_tells_the_story_from_any_moment) {
    struct replay_test test;
    replay_test_create(&test);
    play_all(test.path);
    struct replay *replay = replay_test_open(test.path);
    struct recording_summary summary;
    recording_summary(replay_recording(replay), &summary);
    struct replay_walk *walk = NULL;
    struct replay_event event;
    uint64_t inputs = 0;
    uint64_t outputs = 0;
    CHECK_OK(replay_walk_open(replay, INT64_MIN, &walk));
    enum spill_status status = SPILL_OK;
    while ((status = replay_walk_next(walk, &event, NULL)) == SPILL_OK) {
        inputs += event.input != NULL;
        outputs += event.output != NULL;
    }
    CHECK_EQ(status, SPILL_NOT_FOUND);
    replay_walk_close(&walk);
    CHECK_EQ(inputs, summary.count[RECORD_INPUT]);
    CHECK_EQ(outputs, summary.count[RECORD_OUTPUT]);
    CHECK_OK(replay_walk_open(replay, 6 * PLAY_HOUR_MS, &walk));
    CHECK_OK(replay_walk_next(walk, &event, NULL));
    CHECK_LE(6 * PLAY_HOUR_MS, event.record->exercise_ms);
    replay_walk_close(&walk);
    CHECK_OK(replay_walk_open(replay, SPILL_NEVER, &walk));
    CHECK_EQ(replay_walk_next(walk, &event, NULL), SPILL_NOT_FOUND);
    replay_walk_close(&walk);
    replay_close(&replay);
    temporary_destroy(&test.folder);
}

TEST(replay, failing_allocations_leave_nothing) {
    struct replay_test test;
    struct play play = {.package = NULL};
    replay_test_create(&test);
    play_create(&play, test.path, SPILL_MODEL_REVISION);
    play_script(&play, PLAY_HOUR_MS);
    play_finish(&play);
    play_destroy(&play);
    bool failed = true;
    for (long after = 0; failed; after += 1 + after / 64) {
        struct replay *replay = NULL;
        struct exercise *exercise = NULL;
        struct replay_verdict verdict;
        spill_alloc_fail_after(after, false);
        enum spill_status status = replay_open(test.path, NULL, &replay, NULL);
        if (status == SPILL_OK) {
            status = replay_verify(replay, 1, &verdict, NULL);
        }
        if (status == SPILL_OK) {
            status = replay_to(replay, 1000, NULL, NULL, &exercise, NULL);
        }
        spill_alloc_fail_after(-1, false);
        failed = status != SPILL_OK;
        CHECK(status == SPILL_OK || status == SPILL_MEMORY);
        exercise_destroy(&exercise);
        replay_close(&replay);
    }
    temporary_destroy(&test.folder);
}
