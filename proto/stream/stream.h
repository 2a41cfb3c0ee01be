/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream: reliable, ordered, addressed delivery between a coordinator and the node of one cell.
 *
 * One stream object stands at each end; both ends are this module. Down go the cell's messages, up
 * go its inputs: two logs, alike, each numbered from 1 and chained by hashes, and each kept on disk
 * by its sender before a byte of it is sent and by its receiver before it is acknowledged. A stream
 * owns the session between the two: who speaks, from where on, how much may be under way, and when
 * the two histories do not fit. It has no socket, clock, disk or thread, and never prints: its user
 * tells it what happened, and then does what it says.
 *
 *     event (a frame came, a store committed, time passed) -> stream_next until it says false
 *
 * Nothing can be sent or acknowledged too early, because there is no call for either. The stream
 * asks for messages that it may send (STREAM_ASK) up to where stream_committed said the log is
 * durable, and acknowledges by itself up to where stream_stored said so. Both take a struct
 * stream_durable, which only a store makes, from what its commit returned.
 *
 * It allocates when created, never afterwards. One thread at a time uses a stream; streams that
 * share their scratch belong to the same thread. Times are microseconds of the caller's monotonic
 * clock; they never fall.
 */
#ifndef SPILL_STREAM_H
#define SPILL_STREAM_H

#include "proto/stream/frame.h"
#include "proto/stream/timing.h"

enum {
    STREAM_WINDOW_MESSAGES = 64,     /* Sent and not acknowledged. */
    STREAM_WINDOW_BYTES = 1 << 20,   /* The same in bytes, in the clear. */
    STREAM_SNAPSHOT_BEHIND = 1024,   /* A node that lacks more is offered a snapshot. */
    STREAM_HELLO_FIRST_US = 250000,  /* Between a HELLO and the next, at first … */
    STREAM_HELLO_LAST_US = 8000000,  /* … and after many without an answer. */
    STREAM_ASK_SOON_US = 250000,     /* Between TIME_ASKs: the first of a session, */
    STREAM_ASK_BUSY_US = 1000000,    /* while something is not acknowledged or missing, */
    STREAM_ASK_IDLE_US = 5000000,    /* and else. */
    STREAM_SILENCE_US = 16000000,    /* Nothing heard for so long: the link is lost. */
    STREAM_REFUSE_EVERY_US = 100000, /* At most one REFUSE in so long. */
    STREAM_RETRY_US = 50000,         /* A transport that was full is tried again after so long. */
    STREAM_SCRATCH_BYTES = FRAME_BODY_BYTES_MAX,
};

enum stream_side { STREAM_COORDINATOR, STREAM_NODE };

/* A position that survives a crash. Only a store makes one, from what its commit returned. */
struct stream_durable {
    struct frame_position position;
};

/* A node's memory of the coordinator, likewise durable. Both rise only; epoch counts first. */
struct stream_kept {
    uint8_t exercise[FRAME_EXERCISE_BYTES];
    uint64_t epoch; /* 0: none yet, and the rest means nothing. */
    uint64_t start;
};

/* Seals and opens messages (seal.h has the real one). Kept until the stream is destroyed. */
struct stream_cipher {
    /* Seals into `sealed`, with room for FRAME_BODY_BYTES_MAX; returns the sealed size. The same
     * label and bytes always give the same sealed bytes. */
    size_t (*seal)(const struct frame_label *label, const uint8_t *bytes, size_t size_bytes,
                   uint8_t *sealed, void *context);
    /* Opens into `bytes`, with room for sealed_bytes. False: it is not sealed with this key to this
     * label. */
    bool (*open)(const struct frame_label *label, const uint8_t *sealed, size_t sealed_bytes,
                 uint8_t *bytes, size_t *size_bytes, void *context);
    void *context;
};

/* What a coordinator says of time; one for all its streams, changed by its owner as time passes. */
struct stream_clock {
    int64_t exercise_ms;
    int64_t speed_permille; /* 0: as fast as it goes. */
    enum frame_clock state;
};

struct stream_options {
    enum stream_side side;
    const char *cell;    /* Copied. */
    const char *program; /* For people; copied. */
    /* Durable facts: what the stores say now. */
    struct stream_durable committed; /* Own log. */
    struct stream_durable received;  /* The peer's. */
    uint64_t acknowledged;   /* Of the own log, as far as is known for certain; may be less. */
    struct stream_kept kept; /* Coordinator: its own; start counts its starts, from 1. */
    /* Node: its starts, counted durably before this call. The first is the wall clock's seconds, so
     * that a node that lost its memory counts on from above. */
    uint32_t boot;
    const struct stream_cipher *cipher; /* Kept. */
    uint8_t *scratch;                   /* STREAM_SCRATCH_BYTES; kept; may serve many streams. */
    const struct stream_clock *clock;   /* Coordinator; kept. */
    const uint8_t *key_box;             /* Coordinator: goes into its WELCOMEs; copied. */
    size_t key_box_bytes;
    uint64_t chance;          /* Node: any number that differs from node to node. */
    size_t window_messages;   /* 0: STREAM_WINDOW_MESSAGES, which is also the most. */
    uint64_t snapshot_behind; /* 0: STREAM_SNAPSHOT_BEHIND. */
};

struct stream;

SPILL_CHECKED enum spill_status stream_create(const struct stream_options *options,
                                              struct stream **stream);
void stream_destroy(struct stream **stream);

/* ---- Events. After each, stream_next until it says false. ---- */

/* A frame came. `connection` is the transport's name for where it came from (a node: always 0).
 * The frame is borrowed until stream_next says false. Whatever comes is dealt with. */
void stream_receive(struct stream *stream, int64_t now_us, uint64_t connection,
                    const struct frame *frame);
/* Something came that is no frame: the session ends, with the reason. */
void stream_receive_bad(struct stream *stream, int64_t now_us, uint64_t connection);
/* Time passed. Due at stream_due_us at the latest. */
void stream_tick(struct stream *stream, int64_t now_us);
/* Node: the transport has a new connection. Coordinator: the session's connection is gone. */
void stream_connected(struct stream *stream, int64_t now_us);
void stream_lost(struct stream *stream, int64_t now_us);

/* The own log is durable up to there. */
void stream_committed(struct stream *stream, struct stream_durable durable);
/* The peer's log is durable here up to there: some position that STREAM_COMMIT named. */
void stream_stored(struct stream *stream, struct stream_durable durable);

/* The transport did not take the frame of the last STREAM_SEND; it may take it later. */
void stream_unsent(struct stream *stream, int64_t now_us);
/* It may take frames again. */
void stream_writable(struct stream *stream);

/* Says BYE, once, in what stream_next gives then; afterwards the stream is silent. */
void stream_leave(struct stream *stream, enum frame_reason reason);

/* Coordinator, an operator's decision: the stream goes on after an alarm, with whoever has the key.
 * A node that has lost everything may begin anew: it gets the whole stream again, and counts its
 * own messages on from where the coordinator has them. */
void stream_readmit(struct stream *stream);

/* Node: all that was to be done up to exercise_ms is done and committed; it does nothing by itself
 * before until_ms. Sent when all that is committed has been sent, and again when the coordinator
 * says the time again. */
void stream_grant(struct stream *stream, int64_t exercise_ms, int64_t until_ms);
/* Coordinator: tells the node the time now, unasked. */
void stream_announce(struct stream *stream);

/* Node of a robot: asks for its brief, all parts one after another, from part 0. */
void stream_want_brief(struct stream *stream);

/* ---- What is to be done. ---- */

enum stream_action_kind {
    STREAM_SEND,     /* Give the frame to the transport. It is borrowed until the next call. */
    STREAM_ASK,      /* Read message `sequence` of the own log and answer with stream_supply. */
    STREAM_ASK_HEAD, /* Say the head of the own log at `sequence`, with stream_head. */
    STREAM_COMMIT, /* Put the message into the store, in the order of these actions, and once it is
                      durable say stream_stored. Then, not before, act on it or show it. */
    STREAM_ACKNOWLEDGED, /* The peer has the own log up to `position` on its disk. */
    STREAM_KEEP,  /* Node: make `kept` durable if it differs from what is, and take the key out of
                     the box; then stream_kept. */
    STREAM_ADOPT, /* Node, empty, readmitted: the own log begins after `position`. Make that
                     durable, then stream_committed. */
    STREAM_ASK_SNAPSHOT,    /* Coordinator: the node is far behind. Answer with stream_snapshot, or
                               stream_no_snapshot. `sequence` is what it has, `part` which one. */
    STREAM_COMMIT_SNAPSHOT, /* Node: put the part into the store. After the last, when all are
                               durable, the log counts as received up to `position`:
                               stream_stored. */
    STREAM_ASK_BRIEF, /* Coordinator: the node of a robot asks for a part of its brief: answer with
                         stream_brief. */
    STREAM_BRIEF,   /* Node: that part came; the next is asked for. part_count 0: there is none. */
    STREAM_TIME,    /* Node: the coordinator said the time (stream_now). */
    STREAM_GRANTED, /* Coordinator: a grant came (stream_granted). */
    STREAM_LINK,    /* The session has begun (`open`) or ended. */
    STREAM_ALARM,   /* Tell people, by name; `reason`. */
};

struct stream_action {
    enum stream_action_kind kind;
    uint64_t connection;            /* SEND. */
    const struct frame *frame;      /* SEND. */
    uint64_t sequence;              /* ASK, ASK_HEAD, COMMIT, ASK_SNAPSHOT. */
    struct frame_position position; /* COMMIT: after the message; ACKNOWLEDGED; ADOPT;
                                       COMMIT_SNAPSHOT. */
    const uint8_t *bytes; /* COMMIT, COMMIT_SNAPSHOT: in the clear, borrowed until the next call
                             on any stream with the same scratch. */
    size_t size_bytes;
    uint8_t message_kind;    /* COMMIT. */
    uint8_t tlp;             /* COMMIT. */
    uint32_t part;           /* ASK_SNAPSHOT, COMMIT_SNAPSHOT, ASK_BRIEF, BRIEF. */
    uint32_t part_count;     /* COMMIT_SNAPSHOT, BRIEF. */
    struct stream_kept kept; /* KEEP. */
    const uint8_t *key_box;  /* KEEP: borrowed until the next call. */
    size_t key_box_bytes;
    bool open;                /* LINK. */
    enum frame_reason reason; /* LINK when closed, ALARM. */
    bool halted;              /* ALARM: the stream stands still until it is readmitted (a node:
                                 created again). */
    struct frame_standing ours, theirs; /* ALARM: what did not fit, for people. */
};

/* The next thing to do; false: nothing now. */
SPILL_CHECKED bool stream_next(struct stream *stream, int64_t now_us, struct stream_action *action);

/* ---- Answers, each a while after its action; a new session asks again. ---- */

/* A message as the log has it; borrowed until stream_next is called. */
struct stream_message {
    uint64_t sequence;
    const uint8_t *bytes;
    size_t size_bytes; /* At most FRAME_MESSAGE_BYTES_MAX. */
    uint8_t kind;      /* For the label: of message or input, */
    uint8_t tlp;       /* and its classification; both follow from the bytes. */
};
void stream_supply(struct stream *stream, const struct stream_message *message);
void stream_head(struct stream *stream, uint64_t sequence, const uint8_t head[FRAME_HEAD_BYTES]);
/* The coordinator is remembered (`kept` is durable). key: the box opened; false halts. */
void stream_kept(struct stream *stream, const struct stream_kept *kept, bool key);
/* Stands for all messages up to position. Every part of one snapshot comes from the same. */
void stream_snapshot(struct stream *stream, const struct frame_position *position, uint32_t part,
                     uint32_t part_count, const uint8_t *bytes, size_t size_bytes);
void stream_no_snapshot(struct stream *stream);
/* The part that was asked for; part_count 0: this seat has no brief. Only the node of a robot gets
 * one: people must not have the answers with the questions. */
void stream_brief(struct stream *stream, uint32_t part, uint32_t part_count, const uint8_t *bytes,
                  size_t size_bytes);

/* ---- How it stands. ---- */

/* The session is there and the positions fit. */
bool stream_is_open(const struct stream *stream);
/* FRAME_REASON_NONE, or why it stands still. */
enum frame_reason stream_halted(const struct stream *stream);
/* Node: of its last HELLO. Coordinator: the highest taken; 0: none. */
uint64_t stream_session(const struct stream *stream);
/* The connection of the session; meaningful after a HELLO was taken. */
uint64_t stream_connection(const struct stream *stream);
/* stream_tick is due then at the latest, should nothing else happen; INT64_MAX: never. */
int64_t stream_due_us(const struct stream *stream);
/* When something of the session came last; -1: never. */
int64_t stream_heard_us(const struct stream *stream);
struct frame_position stream_received(const struct stream *stream); /* Durable here. */
uint64_t stream_acknowledged(const struct stream *stream);          /* Durable there. */
uint64_t stream_sent(const struct stream *stream);                  /* In this session. */
/* The peer's log, as far as it told; more than stream_received: there is more to come. */
uint64_t stream_known(const struct stream *stream);

struct stream_grant {
    int64_t exercise_ms; /* Done up to then, */
    int64_t until_ms;    /* nothing by itself before that, */
    uint64_t received;   /* unless there are messages after this one. */
    uint64_t committed;  /* What it had said by then. */
};
/* Coordinator: the last grant, once all that the node said before it was handed over, and until it
 * says more. */
bool stream_granted(const struct stream *stream, struct stream_grant *grant);

/* Node: the clock as the coordinator told it last, not carried on, and when, by the coordinator's
 * clock (timing_exercise_ms carries it on); false: it has not. */
bool stream_now(const struct stream *stream, struct stream_clock *clock, int64_t *said_us);

/* Node: offset and age of the coordinator's clock, fed by the answers to TIME_ASK. */
const struct timing *stream_timing(const struct stream *stream);

#endif
