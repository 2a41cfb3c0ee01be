/* SPDX-License-Identifier: Apache-2.0 */
/* Proves how a command is chosen and how it fails, on the program itself. */
#include "coordinator/commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "coordinator/commands/version.h"
#include "tests/check.h"
#include "tests/support/program.h"

TEST(command, mistyped_name_gets_the_nearest_one) {
    CHECK_EQ(command_nearest("versoin"), "version");
    CHECK_EQ(command_nearest("version"), "version");
    CHECK_EQ(command_nearest("versions"), "version");
    CHECK(command_nearest("") == NULL);
    CHECK(command_nearest("xylophone") == NULL);
}

TEST(command, language_is_that_of_the_first_locale_variable_that_is_set) {
    setenv("LC_ALL", "", 1);
    setenv("LC_MESSAGES", "nl_NL.UTF-8", 1);
    setenv("LANG", "en_GB.UTF-8", 1);
    CHECK_EQ(command_language(), WORDS_LANGUAGE_NL);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    CHECK_EQ(command_language(), WORDS_LANGUAGE_EN);
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    setenv("LANG", "nl", 1);
    CHECK_EQ(command_language(), WORDS_LANGUAGE_NL);
    unsetenv("LANG");
    CHECK_EQ(command_language(), WORDS_LANGUAGE_EN);
    setenv("LC_ALL", "C.UTF-8", 1);
}

TEST(command, threads_wait_without_spinning) {
    struct program_result result;
    unsetenv("OMP_WAIT_POLICY");
    setenv("OMP_DISPLAY_ENV", "true", 1);
    PROGRAM_SPILLOVER(&result, "version");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    const char *last = NULL;
    for (const char *at = result.error; (at = strstr(at, "OMP_WAIT_POLICY")) != NULL; at++) {
        last = at;
    }
    /* Without OpenMP nothing is displayed. */
    CHECK(last == NULL || strncasecmp(last + strcspn(last, "'"), "'passive'", 9) == 0);
    program_result_free(&result);
    setenv("OMP_WAIT_POLICY", "active", 1); /* Whoever says otherwise is obeyed. */
    PROGRAM_SPILLOVER(&result, "version");
    CHECK(strstr(result.error, "PASSIVE") == NULL);
    program_result_free(&result);
    unsetenv("OMP_WAIT_POLICY");
    unsetenv("OMP_DISPLAY_ENV");
}

TEST(command, no_command_shows_the_help_as_a_usage_error) {
    struct program_result result;
    program_run((const char *const[]){program_spillover(), NULL}, &result);
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    CHECK_EQ(result.out, "");
    CHECK(strstr(result.error, "usage: spillover COMMAND") != NULL);
    program_result_free(&result);
}

TEST(command, help_lists_every_command_with_its_example) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "--help");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK_EQ(result.error, "");
#define TEST_ROW(name, summary, example)                                                           \
    CHECK(strstr(result.out, "\n  " #name " ") != NULL);                                           \
    CHECK(strstr(result.out, words(summary, WORDS_LANGUAGE_EN)) != NULL);                          \
    CHECK(strstr(result.out, "\n  " example "\n") != NULL);                                        \
    CHECK(strncmp(example, "spillover " #name, strlen("spillover " #name)) == 0);
    COMMAND_MAP(TEST_ROW)
#undef TEST_ROW
    program_result_free(&result);
}

TEST(command, every_command_explains_itself){
#define TEST_ROW(name, summary, example)                                                           \
    {                                                                                              \
        struct program_result result;                                                              \
        PROGRAM_SPILLOVER(&result, #name, "--help");                                               \
        CHECK_EQ(result.code, SPILL_EXIT_OK);                                                      \
        CHECK(strstr(result.out, "spillover " #name) != NULL);                                     \
        program_result_free(&result);                                                              \
    }
    COMMAND_MAP(TEST_ROW)
#undef TEST_ROW
}

TEST(command, rows_are_in_alphabetical_order) {
    static const char *const names[] = {
#define TEST_NAME(name, summary, example) #name,
        COMMAND_MAP(TEST_NAME)
#undef TEST_NAME
    };
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        CHECK_LT(names[i - 1], names[i]);
    }
}

TEST(command, unknown_command_is_a_usage_error_with_a_hint) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "versoin");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    CHECK_EQ(result.out, "");
    CHECK_EQ(result.error, "spillover: there is no command “versoin”; did you mean “version”?\n");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "xylophone");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    CHECK_EQ(result.error, "spillover: there is no command “xylophone”\n");
    program_result_free(&result);
}

TEST(command, unknown_option_is_a_usage_error) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "version", "--no-such-option");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    CHECK_EQ(result.out, "");
    program_result_free(&result);
}

TEST(command, output_that_cannot_be_written_is_an_error) {
    struct program_result result;
    program_run(
        (const char *const[]){"/bin/sh", "-c", "exec \"$SPILLOVER\" version >/dev/full", NULL},
        &result);
    CHECK_EQ(result.code, SPILL_EXIT_CANNOT_CREATE);
    CHECK(strstr(result.error, "cannot write to standard output") != NULL);
    program_result_free(&result);
}

TEST(command, version_names_version_revision_and_commit) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "version", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.out, "\"schema\": \"spillover-version-1\"") != NULL);
    CHECK(strstr(result.out, version_number()) != NULL);
    CHECK(strstr(result.out, version_commit()) != NULL);
    CHECK(strstr(result.out, "\"model_revision\": ") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "--version");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strncmp(result.out, "spillover ", strlen("spillover ")) == 0);
    program_result_free(&result);
}
