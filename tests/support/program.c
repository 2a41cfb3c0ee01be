/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

extern char **environ;

enum { PROGRAM_ARGUMENTS_MAX = 64 };

const char *program_spillover(void) {
    const char *const path = getenv("SPILLOVER");
    if (path == NULL) {
        CHECK_FAIL(
            "the variable SPILLOVER does not name the program under test; run this by ctest");
    }
    return path;
}

void program_run(const char *const *arguments, struct program_result *result) {
    /* posix_spawn takes mutable strings. */
    char *copies[PROGRAM_ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    for (; arguments[count] != NULL; count++) {
        CHECK_LT(count, (size_t)PROGRAM_ARGUMENTS_MAX - 1);
        copies[count] = strdup(arguments[count]);
        CHECK(copies[count] != NULL);
    }
    /* Into files, not pipes: no child waits for a reader. */
    struct temporary temporary;
    char out[TEMPORARY_PATH_BYTES];
    char error[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    temporary_path(&temporary, "out", out);
    temporary_path(&temporary, "error", error);
    posix_spawn_file_actions_t actions;
    CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT, 0600);
    pid_t child = 0;
    const int failed = posix_spawn(&child, copies[0], &actions, NULL, copies, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        CHECK_FAIL("cannot start %s: %s", copies[0], strerror(failed));
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    size_t bytes_count = 0;
    result->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    result->out = temporary_read(out, &bytes_count);
    result->error = temporary_read(error, &bytes_count);
    temporary_destroy(&temporary);
    for (size_t i = 0; i < count; i++) {
        free(copies[i]);
    }
    /* A sanitizer's report inside the child must fail this test as its own would. */
    if (strstr(result->error, "Sanitizer") != NULL ||
        strstr(result->error, "runtime error: ") != NULL) {
        CHECK_FAIL("a sanitizer complains in the child:\n%s", result->error);
    }
}

void program_result_free(struct program_result *result) {
    free(result->out);
    free(result->error);
    *result = (struct program_result){0};
}
