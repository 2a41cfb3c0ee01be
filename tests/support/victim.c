/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/victim.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

extern char **environ;

void victim_start(struct victim *victim, const char *name, const char *path, unsigned seed) {
    char program[TEMPORARY_PATH_BYTES];
    char number[16];
    snprintf(program, sizeof program, "%s/tests/%s", getenv("SPILL_BUILD"), name);
    snprintf(number, sizeof number, "%u", seed);
    /* Else a child that is linked with Criterion takes itself for a test. */
    unsetenv("BXFI_MAP");
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    posix_spawn_file_actions_t actions;
    CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    char *file = strdup(path);
    char *arguments[] = {program, file, number, NULL};
    *victim = (struct victim){.pipe = ends[0]};
    CHECK_EQ(posix_spawn(&victim->process, program, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    free(file);
    close(ends[1]);
}

bool victim_read(struct victim *victim) {
    char byte;
    const ssize_t count = read(victim->pipe, &byte, 1);
    if (count <= 0) {
        return false;
    }
    CHECK_LT(victim->line_bytes, (size_t)VICTIM_LINE_BYTES - 1);
    victim->line[victim->line_bytes++] = byte;
    if (byte == '\n') {
        victim->line[victim->line_bytes] = '\0';
        victim->told = strtoull(victim->line, NULL, 10);
        victim->line_bytes = 0;
    }
    return true;
}

void victim_kill(struct victim *victim) {
    CHECK_EQ(kill(victim->process, SIGKILL), 0);
    int status = 0;
    CHECK_EQ(waitpid(victim->process, &status, 0), victim->process);
    /* Else it had ended by itself: with an error. */
    CHECK(WIFSIGNALED(status));
    while (victim_read(victim)) {
    }
    close(victim->pipe);
}
