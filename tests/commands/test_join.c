/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/command.h"

#include <string.h>
#include <sys/stat.h>

#include "tests/check.h"
#include "tests/support/program.h"
#include "tests/support/temporary.h"

#define SERVER_KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

TEST(join, what_is_missing_or_malformed_is_a_usage_error) {
    static const char *const bad[][8] = {
        {"--server-key", SERVER_KEY, "--cell", "a", "--key", "k"},
        {"--coordinator", "tcp://127.0.0.1:1", "--cell", "a", "--key", "k"},
        {"--coordinator", "tcp://127.0.0.1:1", "--server-key", SERVER_KEY, "--key", "k"},
        {"--coordinator", "tcp://127.0.0.1:1", "--server-key", SERVER_KEY, "--cell", "a"},
        {"--server-key", "too short"},
        {"--cell", "NL csirt"},
        {"--language", "xx"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct program_result result;
        const char *arguments[12] = {program_spillover(), "join"};
        for (size_t j = 0; j < 8 && bad[i][j] != NULL; j++) {
            arguments[j + 2] = bad[i][j];
        }
        program_run(arguments, &result);
        CHECK_EQ(result.code, 64);
        CHECK(strstr(result.error, "--") != NULL);
        program_result_free(&result);
    }
}

TEST(join, key_or_endpoint_that_is_none_is_told) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char inbox[TEMPORARY_PATH_BYTES];
    struct program_result result;
    temporary_create(&folder);
    temporary_path(&folder, "a.key", path);
    temporary_path(&folder, "a.inbox", inbox);
    PROGRAM_SPILLOVER(&result, "join", "--coordinator", "tcp://127.0.0.1:1", "--server-key",
                      SERVER_KEY, "--cell", "a", "--key", path, "--inbox", inbox);
    CHECK_EQ(result.code, 2);
    CHECK(strstr(result.error, path) != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "new", path);
    CHECK_EQ(result.code, 0);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "join", "--coordinator", "nonsense", "--server-key", SERVER_KEY,
                      "--cell", "a", "--key", path, "--inbox", inbox);
    CHECK_EQ(result.code, 64);
    CHECK(strstr(result.error, "nonsense") != NULL);
    program_result_free(&result);
    /* An inbox of another cell is not touched. */
    PROGRAM_SPILLOVER(&result, "join", "--coordinator", "tcp://127.0.0.1:1", "--server-key",
                      SERVER_KEY, "--cell", "b", "--key", path, "--inbox", inbox);
    CHECK_EQ(result.code, 2);
    CHECK(strstr(result.error, inbox) != NULL);
    program_result_free(&result);
    temporary_destroy(&folder);
}
