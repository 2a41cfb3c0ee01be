/* SPDX-License-Identifier: Apache-2.0 */
/* Proves with the program itself that a newcomer's five minutes work: check, run, replay --verify,
 * why, ensemble. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/support/program.h"
#include "tests/support/temporary.h"

static char play_tutorial[1024];

static const char *tutorial(void) {
    snprintf(play_tutorial, sizeof play_tutorial, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    return play_tutorial;
}

static void play_record(const struct temporary *folder, const char *name,
                        char path[TEMPORARY_PATH_BYTES]) {
    struct program_result result;
    temporary_path(folder, name, path);
    PROGRAM_SPILLOVER(&result, "run", tutorial(), "--speed", "max", "--record", path,
                      "--no-browser");
    CHECK_EQ(result.code, 0);
    CHECK_EQ(result.error, (char *)"");
    CHECK(strstr(result.out, path) != NULL);
    program_result_free(&result);
}

TEST(play, run_records_and_replay_proves_it) {
    struct temporary folder;
    temporary_create(&folder);
    char path[TEMPORARY_PATH_BYTES];
    play_record(&folder, "a.spill", path);
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify");
    CHECK_EQ(result.code, 0);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "why", path, "nl-mobile-b");
    CHECK_EQ(result.code, 0);
    CHECK(strstr(result.out, "Ede") != NULL);
    program_result_free(&result);
    /* The same name again: nothing is overwritten. */
    PROGRAM_SPILLOVER(&result, "run", tutorial(), "--speed", "max", "--record", path);
    CHECK_EQ(result.code, 73);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(play, the_same_seed_gives_the_same_digest_and_another_seed_another) {
    struct temporary folder;
    temporary_create(&folder);
    static const char *const seeds[] = {"7", "7", "8"};
    char digests[3][80];
    for (size_t i = 0; i < 3; i++) {
        char path[TEMPORARY_PATH_BYTES];
        char name[16];
        snprintf(name, sizeof name, "%zu.spill", i);
        temporary_path(&folder, name, path);
        struct program_result result;
        PROGRAM_SPILLOVER(&result, "run", tutorial(), "--speed", "max", "--record", path, "--json",
                          "--seed", seeds[i]);
        CHECK_EQ(result.code, 0);
        const char *const at = strstr(result.out, "\"digest\": \"");
        CHECK(at != NULL);
        snprintf(digests[i], sizeof digests[i], "%.64s", at + strlen("\"digest\": \""));
        program_result_free(&result);
    }
    CHECK_EQ((const char *)digests[0], (const char *)digests[1]);
    CHECK(strcmp(digests[0], digests[2]) != 0);
    temporary_destroy(&folder);
}

TEST(play, faults_of_a_scenario_stop_a_run_before_it_begins) {
    struct temporary folder;
    temporary_create(&folder);
    temporary_write(&folder, "scenario.yaml", "format: 1\nid: broken\ndurationn: 1h\n", 35);
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "run", folder.path, "--speed", "max");
    CHECK_EQ(result.code, 2);
    CHECK(strstr(result.error, "scenario.yaml:3:1: error: ") != NULL);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(play, bad_arguments_are_usage_errors) {
    static const char *const bad[][2] = {
        {"--speed", "0"},    {"--speed", "-1"}, {"--speed", "1000001"},
        {"--speed", "1.5"},  {"--speed", " 5"}, {"--speed", ""},
        {"--seed", "-1"},    {"--seed", " -1"}, {"--seed", "+1"},
        {"--seed", "0x10"},  {"--seed", ""},    {"--seed", "18446744073709551616"},
        {"--team", "night"}, {"--team", ""},
    };
    struct program_result result;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        PROGRAM_SPILLOVER(&result, "run", tutorial(), bad[i][0], bad[i][1]);
        if (result.code != 64 || strstr(result.error, bad[i][0]) == NULL) {
            CHECK_FAIL("%s '%s': code %d, %s", bad[i][0], bad[i][1], result.code, result.error);
        }
        program_result_free(&result);
    }
    PROGRAM_SPILLOVER(&result, "run");
    CHECK_EQ(result.code, 64);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "run", "/nonexistent/scenario");
    CHECK_EQ(result.code, 2);
    program_result_free(&result);
}

/* A team that no cell knows would play as one that does nothing, and nobody would notice. */
TEST(play, unknown_team_is_refused_with_the_teams_that_there_are) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "run", tutorial(), "--speed", "max", "--team", "doctrin");
    CHECK_EQ(result.code, 64);
    CHECK(strstr(result.error, "“doctrin”; --team takes one of: passive, doctrine\n") != NULL);
    CHECK_EQ(result.out, (char *)"");
    program_result_free(&result);
}

TEST(play, recording_that_cannot_be_made_is_73_and_leaves_nothing) {
    struct temporary folder;
    temporary_create(&folder);
    char path[TEMPORARY_PATH_BYTES];
    char name[300];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *const paths[] = {temporary_path(&folder, "missing/a.spill", path), "", name,
                                 folder.path, "/dev/full"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct program_result result;
        PROGRAM_SPILLOVER(&result, "run", tutorial(), "--speed", "max", "--record", paths[i]);
        if (result.code != 73) {
            CHECK_FAIL("'%s': code %d, %s", paths[i], result.code, result.error);
        }
        CHECK_EQ(result.out, (char *)"");
        program_result_free(&result);
    }
    CHECK_EQ(rmdir(folder.path), 0); /* It is empty. */
}

TEST(play, largest_seed_is_the_one_in_json_and_in_the_recording) {
    struct temporary folder;
    temporary_create(&folder);
    char path[TEMPORARY_PATH_BYTES];
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "run", tutorial(), "--speed", "max", "--record",
                      temporary_path(&folder, "a.spill", path), "--json", "--seed",
                      "18446744073709551615");
    CHECK_EQ(result.code, 0);
    CHECK(strstr(result.out, "\"schema\": \"spillover-run-1\"") != NULL);
    CHECK(strstr(result.out, "\"seed\": \"18446744073709551615\"") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify");
    CHECK_EQ(result.code, 0);
    CHECK(strstr(result.out, "seed 18446744073709551615") != NULL);
    program_result_free(&result);
    temporary_destroy(&folder);
}
