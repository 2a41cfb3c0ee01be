/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that what a program told to be durable is there after it was killed at any moment, and
 * what others may do while it lives. */
#include <time.h>

#include "tests/record/sample.h"
#include "tests/support/victim.h"

enum { KILL_ROUNDS = 60 };

TEST(kill, killed_writer_loses_nothing_acknowledged) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    uint64_t durable = 0;
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        struct victim child;
        victim_start(&child, "record/child_writer", path, round + 1);
        const uint64_t wanted = durable + 1 + round * 7 % 50;
        while (child.told < wanted) {
            CHECK(victim_read(&child));
        }
        /* Not always right behind a commit. */
        const struct timespec some = {.tv_nsec = (long)(round % 8) * 150000};
        nanosleep(&some, NULL);
        victim_kill(&child);
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
    struct victim child;
    victim_start(&child, "record/child_writer", path, 5);
    while (child.told < 50) {
        CHECK(victim_read(&child));
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
            CHECK(victim_read(&child));
        }
    }
    victim_kill(&child);
    CHECK_OK(recording_follow(recording, NULL));
    CHECK_LE(child.told, recording_durable(recording));
    recording_close(&recording);
    temporary_destroy(&folder);
}
