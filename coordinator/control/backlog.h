/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog: the messages of a cell's stream, read back from the recording for a node that comes late
 * or comes back.
 *
 * It reads the recording by a connection of its own, checked as every reader's is, while somebody
 * else writes it; and remembers here and there in each stream where a message stands, at most
 * BACKLOG_MARKS of them, so that its memory does not grow with the exercise. One thread at a time.
 * It allocates when it is created and when the recording is opened, which is at the first read.
 */
#ifndef SPILL_BACKLOG_H
#define SPILL_BACKLOG_H

#include "coordinator/scenario/scenario.h"
#include "proto/stream/stream.h"

enum {
    BACKLOG_MARKS = 128, /* Of one cell. */
    BACKLOG_MESSAGES = 64,
    BACKLOG_BYTES = 1 << 20, /* Of one batch; any message fits. */
};

/* Messages in order, from one read. */
struct backlog_batch {
    struct frame_position before; /* The first. */
    size_t count;
    struct stream_message messages[BACKLOG_MESSAGES]; /* Bytes are in `bytes`. */
    uint8_t *bytes;                                   /* BACKLOG_BYTES, the caller's. */
};

struct backlog;

/* The scenario is kept until it is destroyed. */
SPILL_CHECKED enum spill_status backlog_create(const struct scenario *scenario,
                                               const char *record_path, struct backlog **backlog);
void backlog_destroy(struct backlog **backlog);

/* The messages of a cell from `from` on (1 or more), as many as there are room for and durable; the
 * position before them, also when there are none of them yet. SPILL_NOT_FOUND: not even the message
 * before `from` is there. SPILL_CORRUPT, SPILL_IO …: the recording cannot be read; error says why.
 */
SPILL_CHECKED enum spill_status backlog_read(struct backlog *backlog, struct cell_ref cell,
                                             uint64_t from, struct backlog_batch *batch,
                                             struct spill_error *error);

#endif
