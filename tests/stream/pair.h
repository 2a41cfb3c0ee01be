/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair: a coordinator's and a node's stream, what each has on disk, and the frames between them,
 * one step at a time. A disk here commits when the test says so.
 */
#ifndef PAIR_H
#define PAIR_H

#include "proto/stream/stream.h"

enum { PAIR_LOG_MAX = 2048, PAIR_QUEUE_MAX = 256, PAIR_BODY_BYTES_MAX = FRAME_BODY_BYTES_MAX };

struct pair_frame {
    struct frame frame;
    uint8_t *body; /* Own copy, or NULL. */
};

/* One end: what it said, what it took in, what it told its user. */
struct pair_end {
    struct stream *stream;
    struct stream_options options;
    /* The own log, and how much of it is committed. */
    struct frame_position own[PAIR_LOG_MAX];
    size_t own_bytes[PAIR_LOG_MAX];
    uint64_t own_count, own_committed;
    /* The peer's, and how much of it is stored. */
    struct frame_position peer;
    uint64_t peer_stored;
    struct frame_position taken[PAIR_LOG_MAX]; /* After each message taken in. */
    uint64_t taken_count;
    /* The last of each action, and how often it came. */
    struct stream_action last[STREAM_ALARM + 1];
    unsigned count[STREAM_ALARM + 1];
    unsigned sent[FRAME_KIND_COUNT];
    bool auto_store; /* What comes is stored at once; else when pair_store says so. */
    bool auto_keep;  /* The same for STREAM_KEEP. */
    bool key;        /* Whether the key box opens. */
    unsigned full;   /* So many sends are refused. */
    bool no_snapshot;
    bool holds_heads; /* STREAM_ASK_HEAD is not answered. */
    uint32_t brief_parts;
    struct pair_frame queue[PAIR_QUEUE_MAX]; /* Sent, on the way to the other end. */
    size_t queue_count;
};

struct pair {
    struct pair_end coordinator, node;
    struct stream_clock clock;
    int64_t now_us;
    bool bad_seal; /* Nothing opens. */
};

/* Both ends with empty disks, nothing sent yet. Ends the test on failure. */
void pair_create(struct pair *pair);
void pair_destroy(struct pair *pair);
/* A crash and a new start of one end, from what is committed. */
void pair_restart(struct pair *pair, struct pair_end *end);

/* Appends a message of so many bytes, and commits it, or not. */
void pair_say(struct pair *pair, struct pair_end *end, size_t size_bytes);
void pair_commit(struct pair *pair, struct pair_end *end);
void pair_store(struct pair *pair, struct pair_end *end);

/* Does what the stream says; what it sends is queued. */
void pair_pump(struct pair *pair, struct pair_end *end);
/* Hands over the first frame from this end to the other; false: there is none. */
bool pair_pass(struct pair *pair, struct pair_end *from);
void pair_drop(struct pair_end *from);
/* Everything that is under way, and what follows from it. */
void pair_settle(struct pair *pair);
/* Lets time pass, with ticks at both ends and all that follows. */
void pair_wait(struct pair *pair, int64_t duration_us);
/* A frame made by hand, to an end, on the session's connection. */
void pair_inject(struct pair *pair, struct pair_end *to, const struct frame *frame);
/* A DATA frame as the other end would send it. */
struct frame pair_data(const struct pair *pair, const struct pair_end *from, uint64_t sequence);

#endif
