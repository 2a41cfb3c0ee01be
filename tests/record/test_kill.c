/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that what a program told to be durable is there after it was killed at any moment, and
 * what others may do while it lives. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/record/sample.h"

extern char **environ;

enum { KILL_ROUNDS = 60, KILL_LINE_BYTES = 64 };

struct kill_child {
    pid_t process;
    int pipe; /* What it prints. */
    char line[KILL_LINE_BYTES];
    size_t line_bytes;
    uint64_t told; /* The last whole line. */
};

static void kill_start(struct kill_child *child, const char *path, unsigned seed) {
    char program[TEMPORARY_PATH_BYTES];
    char number[16];
    snprintf(program, sizeof program, "%s/tests/record/child_writer", getenv("SPILL_BUILD"));
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
    *child = (struct kill_child){.pipe = ends[0]};
    CHECK_EQ(posix_spawn(&child->process, program, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    free(file);
    close(ends[1]);
}

/* Reads what it printed, one byte after another; false at the end. */
static bool kill_read(struct kill_child *child) {
    char byte;
    const ssize_t count = read(child->pipe, &byte, 1);
    if (count <= 0) {
        return false;
    }
    CHECK_LT(child->line_bytes, (size_t)KILL_LINE_BYTES - 1);
    child->line[child->line_bytes++] = byte;
    if (byte == '\n') {
        child->line[child->line_bytes] = '\0';
        child->told = strtoull(child->line, NULL, 10);
        child->line_bytes = 0;
    }
    return true;
}

static void kill_now(struct kill_child *child) {
    CHECK_EQ(kill(child->process, SIGKILL), 0);
    int status = 0;
    CHECK_EQ(waitpid(child->process, &status, 0), child->process);
    /* Else it had ended by itself: with an error. */
    CHECK(WIFSIGNALED(status));
    while (kill_read(child)) {
    }
    close(child->pipe);
}

TEST(kill, killed_writer_loses_nothing_acknowledged) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    uint64_t durable = 0;
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        struct kill_child child;
        kill_start(&child, path, round + 1);
        const uint64_t wanted = durable + 1 + round * 7 % 50;
        while (child.told < wanted) {
            CHECK(kill_read(&child));
        }
        /* Not always right behind a commit. */
        const struct timespec some = {.tv_nsec = (long)(round % 8) * 150000};
        nanosleep(&some, NULL);
        kill_now(&child);
        durable = child.told;
        struct recording *recording = sample_open(path, RECORDING_READ);
        CHECK_LE(durable, recording_durable(recording));
        recording_close(&recording);
    }
    struct recording *recording = sample_open(path, RECORDING_READ);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    CHECK_EQ(summary.count[RECORD_OPENED], KILL_ROUNDS - 1);
    struct recording_cursor *cursor = NULL;
    struct record record;
    CHECK_OK(recording_cursor_open(recording, UINT32_MAX, SAMPLE_FIRST, &cursor));
    while (recording_cursor_next(cursor, &record) == SPILL_OK) {
        uint8_t body[SAMPLE_BODY_BYTES];
        char text[SAMPLE_TEXT_BYTES];
        const struct record written = sample_record(record.sequence, body, text);
        if (record.kind != RECORD_OPENED) {
            CHECK_BYTES(record.body, record.body_bytes, written.body, written.body_bytes);
        }
    }
    recording_cursor_close(&cursor);
    recording_close(&recording);
    printf("%d kills, %llu records\n", KILL_ROUNDS, (unsigned long long)summary.records);
    temporary_destroy(&folder);
}

TEST(kill, others_read_but_do_not_write_while_it_is_written) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct kill_child child;
    kill_start(&child, path, 5);
    while (child.told < 50) {
        CHECK(kill_read(&child));
    }
    const struct recording_options options = sample_options(NULL);
    struct recording *recording = NULL;
    struct spill_error error;
    CHECK_EQ(recording_open(path, RECORDING_RESUME, &options, &recording, &error), SPILL_REFUSED);
    CHECK(strstr(error.text, "another process writes to this recording") != NULL);
    recording = sample_open(path, RECORDING_READ);
    for (int i = 0; i < 20; i++) {
        const uint64_t told = child.told;
        CHECK_OK(recording_follow(recording, NULL));
        CHECK_LE(told, recording_durable(recording));
        while (child.told == told) {
            CHECK(kill_read(&child));
        }
    }
    kill_now(&child);
    CHECK_OK(recording_follow(recording, NULL));
    CHECK_LE(child.told, recording_durable(recording));
    recording_close(&recording);
    temporary_destroy(&folder);
}
