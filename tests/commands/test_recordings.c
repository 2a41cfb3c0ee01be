/* SPDX-License-Identifier: Apache-2.0 */
/* Proves what `replay` and `why` say about a recording, and with which exit codes. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/control/play.h"
#include "tests/support/program.h"

struct recordings_test {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
};

static void recordings_create(struct recordings_test *test) {
    temporary_create(&test->folder);
    temporary_path(&test->folder, "a.spill", test->path);
    play_all(test->path);
}

static void recordings_says(const char *text, const char *words) {
    if (strstr(text, words) == NULL) {
        CHECK_FAIL("\"%s\" is not in:\n%s", words, text);
    }
}

/* The fingerprint of play_keys. */
static const char recordings_fingerprint[] = "b47f b1c0 5dca 4054 2462 4af3 5a01 aed6";

TEST(recordings, sound_recording_is_proved) {
    struct recordings_test test;
    struct program_result result;
    recordings_create(&test);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "tutorial, seed ");
    recordings_says(result.out, "all sound");
    recordings_says(result.out, "self-signed");
    recordings_says(result.out, recordings_fingerprint);
    recordings_says(result.out, "closed in order");
    recordings_says(result.out, "1 thread ");
    recordings_says(result.out, "2 threads ");
    recordings_says(result.out, "3 threads ");
    recordings_says(result.out, "Verdict: its replay is the same exercise.");
    CHECK(strstr(result.error, "spillover: ") == NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify", "--threads", "5", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "\"schema\": \"spillover-verify-1\"");
    recordings_says(result.out, "\"verdict\": \"same\"");
    recordings_says(result.out, "\"threads\": 5");
    recordings_says(result.out, "\"self_signed\": true");
    CHECK(strstr(result.out, "\"threads\": 1,") == NULL);
    program_result_free(&result);
    temporary_destroy(&test.folder);
}

TEST(recordings, signer_is_compared_with_the_key_that_is_trusted) {
    struct recordings_test test;
    struct program_result result;
    recordings_create(&test);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify", "--threads=1", "--signer",
                      recordings_fingerprint);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "the key that you named");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify", "--threads=1", "--signer",
                      "CECC1507DC1DDD7295951C290888F095ADB9044D1B73D696E6DF065D683BD4FC");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify", "--threads=1", "--signer", "b47f");
    CHECK_EQ(result.code, SPILL_EXIT_FOUND);
    recordings_says(result.out, "not the key that you named");
    recordings_says(result.out, "somebody else signed it");
    program_result_free(&result);
    temporary_destroy(&test.folder);
}

TEST(recordings, changed_byte_is_found_and_named) {
    struct recordings_test test;
    struct program_result result;
    recordings_create(&test);
    size_t bytes_count = 0;
    char *const bytes = temporary_read(test.path, &bytes_count);
    size_t at = 0;
    while (memcmp(bytes + at, "\"service_ppm\":", 14) != 0) {
        at++;
        CHECK_LT(at + 14, bytes_count);
    }
    bytes[at + 14] ^= 1;
    temporary_write(&test.folder, "a.spill", bytes, bytes_count);
    free(bytes);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify");
    CHECK_EQ(result.code, SPILL_EXIT_FOUND);
    recordings_says(result.error, " (output) is not what was written: its hash does not fit");
    recordings_says(result.out, "Verdict: this is not what was recorded.");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--verify", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_FOUND);
    recordings_says(result.out, "\"verdict\": \"corrupt\"");
    recordings_says(result.out, " (output) is not what was written");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", test.path, "nl-hospital");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    recordings_says(result.error, "is not what was written");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--speed", "max");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    CHECK_EQ(result.out, "");
    program_result_free(&result);
    temporary_destroy(&test.folder);
}

TEST(recordings, other_exercise_is_found_and_named) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct program_result result;
    struct play play = {.wrong_output = 40};
    play.wrong = PLAY_CHANGED;
    temporary_create(&folder);
    play_create(&play, temporary_path(&folder, "a.spill", path), SPILL_MODEL_REVISION);
    play_script(&play, 4 * PLAY_HOUR_MS);
    play_finish(&play);
    play_destroy(&play);
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify");
    CHECK_EQ(result.code, SPILL_EXIT_FOUND);
    recordings_says(result.out, "differs at record ");
    recordings_says(result.out, "recorded was {");
    recordings_says(result.out, "Verdict: sound, but this program plays another exercise from it.");
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(recordings, what_cannot_be_executed_is_bad_input) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct program_result result;
    struct play play = {.package = NULL};
    temporary_create(&folder);
    play_create(&play, temporary_path(&folder, "a.spill", path), SPILL_MODEL_REVISION + 1);
    play_script(&play, PLAY_HOUR_MS);
    play_finish(&play);
    play_destroy(&play);
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    recordings_says(result.error, "made by model revision ");
    program_result_free(&result);
    /* Its words can be read all the same. */
    PROGRAM_SPILLOVER(&result, "why", path, "nl-hospital");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", temporary_path(&folder, "none", path), "--verify");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    recordings_says(result.error, "No such file");
    program_result_free(&result);
    temporary_write(&folder, "words", "no recording", 12);
    PROGRAM_SPILLOVER(&result, "replay", temporary_path(&folder, "words", path), "--verify");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    recordings_says(result.error, "not a recording of Spillover");
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(recordings, cut_off_recording_says_so) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct program_result result;
    struct play play = {.package = NULL};
    uint64_t durable = 0;
    temporary_create(&folder);
    play_create(&play, temporary_path(&folder, "a.spill", path), SPILL_MODEL_REVISION);
    play_script(&play, 4 * PLAY_HOUR_MS);
    CHECK_OK(recording_commit(play.recording, 0, 0, &durable, NULL));
    play_destroy(&play);
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify", "--threads", "1");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "not closed: cut off at D+0 04:00:00 or later");
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(recordings, story_is_told_again_in_order) {
    struct recordings_test test;
    struct program_result result;
    recordings_create(&test);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--speed", "max");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.error, "spillover: ") == NULL);
    recordings_says(result.out, "1-welcome");
    const char *const first = strstr(result.out, "D+0 00:00");
    const char *const later = strstr(result.out, "Poisoned update");
    CHECK(first != NULL);
    CHECK(later != NULL);
    CHECK(first < later);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--speed", "max", "--from", "1:00");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.out, "D+0 00:") == NULL);
    recordings_says(result.out, "2-odd-update");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--speed", "max", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "\"kind\": \"input\"");
    recordings_says(result.out, "\"said\": {\"at_ms\":");
    recordings_says(result.out, "\"digest\": \"");
    program_result_free(&result);
    /* Eleven hours and more at this speed are under a second of ours. */
    PROGRAM_SPILLOVER(&result, "replay", test.path, "--speed", "200000");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    temporary_destroy(&test.folder);
}

TEST(recordings, why_answers_in_both_languages_and_json) {
    struct recordings_test test;
    struct program_result result;
    recordings_create(&test);
    PROGRAM_SPILLOVER(&result, "why", test.path, "nl-station-b", "--at", "D+0 04:30");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "Substation Ede (nl-station-b), Ede, Netherlands");
    recordings_says(result.out, "root: the campaign “Relay wiper”");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", test.path, "Onderstation Ede", "--at", "4h30min",
                      "--language", "nl");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "Onderstation Ede (nl-station-b), Ede, Nederland");
    recordings_says(result.out, "oorsprong: de campagne “Relay-wiper”");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", test.path, "nl-station-b", "--at", "4:30", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    recordings_says(result.out, "{\"schema\": \"spillover-why-1\", \"asset\": \"nl-station-b\"");
    recordings_says(result.out, "\"kind\": \"campaign\", \"id\": \"relay-wiper\"");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", test.path, "nl-station");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    recordings_says(result.error, "spillover: there is no asset “nl-station”; did you mean "
                                  "nl-station-a, nl-station-b?\n");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", test.path, "xyzzy", "--language", "nl");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    recordings_says(result.error, "spillover: er is geen object “xyzzy”\n");
    program_result_free(&result);
    temporary_destroy(&test.folder);
}

TEST(recordings, why_compares_with_the_same_without_a_root) {
    struct temporary temporary;
    struct program_result result;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    play_all(temporary_path(&temporary, "a.spill", path));
    PROGRAM_SPILLOVER(&result, "why", path, "nl-hospital", "--but-for", "campaign:relay-wiper");
    CHECK_EQ(result.error, "");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.out, "But for campaign:relay-wiper, at D+0 12:00:00") != NULL);
    CHECK(strstr(result.out, "Would not have failed:") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", path, "nl-hospital", "--but-for", "relay-wiper", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.out, "\"schema\":\"spillover-but-for-1\"") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", path, "nl-hospital", "--but-for", "nothing");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    CHECK(strstr(result.error, "campaign:relay-wiper") != NULL);
    program_result_free(&result);
    temporary_destroy(&temporary);
}

TEST(recordings, bad_arguments_are_usage_errors) {
    static const char *const bad[][4] = {
        {"replay", NULL, NULL, NULL},
        {"replay", "a", "b", NULL},
        {"replay", "a", "--threads=0", NULL},
        {"replay", "a", "--threads=1,,2", NULL},
        {"replay", "a", "--threads=x", NULL},
        {"replay", "a", "--speed=fast", NULL},
        {"replay", "a", "--from=noon", NULL},
        {"replay", "a", "--signer=", NULL},
        {"replay", "a", "--signer=somebody", NULL},
        {"why", "a", NULL, NULL},
        {"why", "a", "b", "c"},
        {"why", "a", "b", "--at=noon"},
        {"why", "a", "b", "--language=de"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct program_result result;
        program_run((const char *const[]){program_spillover(), bad[i][0], bad[i][1], bad[i][2],
                                          bad[i][3], NULL},
                    &result);
        CHECK_EQ(result.code, SPILL_EXIT_USAGE);
        CHECK_EQ(result.out, "");
        program_result_free(&result);
    }
}
