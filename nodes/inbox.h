/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox: what a node has on its disk: every message that it received, every input that it sends,
 * when it looked and acted, and whom it knows as its coordinator.
 *
 * One SQLite file (a write-ahead log, synchronous=FULL) with three logs of one shape, each numbered
 * from 1 and chained by hashes as streams are. What is put in counts from inbox_commit on, all of
 * it or nothing; a struct stream_durable comes from there only. Opening verifies every byte. One
 * process has a file open at a time, one thread uses it. The first failure of the disk breaks an
 * inbox: it takes nothing more, and says what it said before.
 */
#ifndef SPILL_INBOX_H
#define SPILL_INBOX_H

#include "proto/stream/stream.h"

enum {
    INBOX_APPLICATION_ID = 0x53504942, /* "SPIB" */
    INBOX_FORMAT = 1,
    INBOX_PATH_BYTES_MAX = 4096,
};

enum inbox_log {
    INBOX_RECEIVED, /* Messages of the coordinator. */
    INBOX_SENT,     /* Inputs to it. */
    INBOX_TURNS,    /* When a robot acted (diary.h). */
};
enum { INBOX_LOG_COUNT = INBOX_TURNS + 1 };

struct inbox_options {
    const char *path; /* The file is made if there is none. */
    const char *vfs;  /* SQLite's layer below; NULL: the system's. */
    const char *cell;
    const uint8_t *exercise; /* FRAME_EXERCISE_BYTES; NULL: whichever it is. */
    /* It need not outlive the machine, only processes: a commit reaches the system, and does not
     * wait for the disk. */
    bool passing;
    uint32_t first_boot; /* A new inbox counts its starts from here: the wall clock's seconds. */
};

struct inbox;

/* Opens or makes an inbox and counts this start, durably. SPILL_REFUSED: it is of another exercise
 * or cell, or another process has it. SPILL_INVALID: it is no inbox; SPILL_REVISION: of a newer
 * format; SPILL_CORRUPT: something in it is not what was written. error names file and place. */
SPILL_CHECKED enum spill_status inbox_open(const struct inbox_options *options,
                                           struct inbox **inbox, struct spill_error *error);
/* What was not committed is gone. */
void inbox_close(struct inbox **inbox);

/* ---- As of the last commit. ---- */

uint32_t inbox_boot(const struct inbox *inbox);
struct stream_kept inbox_kept(const struct inbox *inbox);
struct stream_durable inbox_durable(const struct inbox *inbox, enum inbox_log log);
/* Of the sent log, as far as the coordinator is known to have it. */
uint64_t inbox_acknowledged(const struct inbox *inbox);

/* ---- Putting in, until inbox_commit. SPILL_IO, SPILL_MEMORY: the inbox is broken. ---- */

/* The next message of a log. *position (may be NULL): after it. SPILL_LIMIT: it is longer than
 * FRAME_MESSAGE_BYTES_MAX; nothing happened. */
SPILL_CHECKED enum spill_status inbox_append(struct inbox *inbox, enum inbox_log log,
                                             const uint8_t *bytes, size_t size_bytes,
                                             struct frame_position *position,
                                             struct spill_error *error);
/* With what is put in and not committed yet. */
struct frame_position inbox_position(const struct inbox *inbox, enum inbox_log log);
/* The coordinator has the sent log up to there. Less than before changes nothing. */
void inbox_acknowledge(struct inbox *inbox, uint64_t sequence);
/* The coordinator that STREAM_KEEP named. */
void inbox_keep(struct inbox *inbox, const struct stream_kept *kept);
/* The sent log, empty, begins after this position (STREAM_ADOPT). SPILL_EXISTS: it is not empty. */
SPILL_CHECKED enum spill_status inbox_adopt(struct inbox *inbox,
                                            const struct frame_position *position);

/* All that was put in is durable when this returns SPILL_OK. */
SPILL_CHECKED enum spill_status inbox_commit(struct inbox *inbox, struct spill_error *error);

/* ---- Reading ---- */

/* A message into `bytes`, with room for FRAME_MESSAGE_BYTES_MAX; what is not committed is there
 * too. SPILL_NOT_FOUND: there is no such sequence. */
SPILL_CHECKED enum spill_status inbox_read(struct inbox *inbox, enum inbox_log log,
                                           uint64_t sequence, uint8_t *bytes, size_t *size_bytes,
                                           struct spill_error *error);
/* The head after a sequence; of 0, or of what was adopted, too. */
SPILL_CHECKED enum spill_status inbox_head(struct inbox *inbox, enum inbox_log log,
                                           uint64_t sequence, uint8_t head[FRAME_HEAD_BYTES],
                                           struct spill_error *error);

#endif
