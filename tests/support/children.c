/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/children.h"

#include <dirent.h>
#include <fcntl.h>
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

enum { CHILD_ARGUMENTS_MAX = 64, CHILD_FACTS_BYTES = 4096 };

/* Standard input of every child: it ends with this process, however that ends, and so do children
 * that were started with --leash. */
static int child_leash(void) {
    static int ends[2] = {-1, -1};
    if (ends[0] < 0) {
        CHECK_EQ(pipe(ends), 0);
        CHECK_EQ(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
        CHECK_EQ(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
    }
    return ends[0];
}

void child_start(struct child *child, const char *const *arguments, const char *out, int ready) {
    char *copies[CHILD_ARGUMENTS_MAX] = {NULL}; /* posix_spawn takes mutable strings. */
    size_t count = 0;
    for (; arguments[count] != NULL; count++) {
        CHECK_LT(count, (size_t)CHILD_ARGUMENTS_MAX - 1);
        copies[count] = strdup(arguments[count]);
        CHECK(copies[count] != NULL);
    }
    posix_spawn_file_actions_t actions;
    CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_adddup2(&actions, child_leash(), 0);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (ready >= 0) {
        posix_spawn_file_actions_adddup2(&actions, ready, 3);
    }
    const int failed = posix_spawn(&child->process, copies[0], &actions, NULL, copies, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        CHECK_FAIL("cannot start %s: %s", copies[0], strerror(failed));
    }
    for (size_t i = 0; i < count; i++) {
        free(copies[i]);
    }
}

void child_signal(const struct child *child, int number) {
    if (child->process > 0) {
        CHECK_EQ(kill(child->process, number), 0);
    }
}

static int child_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_wait(struct child *child) {
    int status = 0;
    CHECK_EQ(waitpid(child->process, &status, 0), child->process);
    child->process = 0;
    return child_code(status);
}

bool child_has_ended(struct child *child, int *code) {
    int status = 0;
    const pid_t ended = waitpid(child->process, &status, WNOHANG);
    CHECK_LE(0, ended);
    if (ended == 0) {
        return false;
    }
    child->process = 0;
    *code = child_code(status);
    return true;
}

/* Reads what /proc says; false when the process is gone. */
static bool children_facts(pid_t process, const char *name, char facts[CHILD_FACTS_BYTES]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)process, name);
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    const size_t bytes = fread(facts, 1, CHILD_FACTS_BYTES - 1, file);
    fclose(file);
    facts[bytes] = '\0';
    return bytes > 0;
}

static bool children_is(pid_t process, pid_t parent, const char *word) {
    char facts[CHILD_FACTS_BYTES];
    if (!children_facts(process, "stat", facts)) {
        return false;
    }
    /* "PID (NAME) STATE PARENT …", and the name may hold anything. */
    const char *const end = strrchr(facts, ')');
    if (end == NULL || strtol(end + 4, NULL, 10) != (long)parent || end[2] == 'Z' ||
        !children_facts(process, "cmdline", facts)) {
        return false;
    }
    return strcmp(facts + strlen(facts) + 1, word) == 0;
}

size_t children_of(pid_t parent, const char *word, pid_t *processes, size_t capacity) {
    DIR *const folder = opendir("/proc");
    CHECK(folder != NULL);
    size_t count = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL && count < capacity) {
        const pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process > 0 && children_is(process, parent, word)) {
            processes[count++] = process;
        }
    }
    closedir(folder);
    return count;
}
