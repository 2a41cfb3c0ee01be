/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame: what travels between a coordinator and a node, as one tagged union.
 *
 * Plain data; it owns nothing: text and bytes are borrowed from whoever made the frame. The module
 * wire turns frames into bytes and back; the module stream makes and takes them. What each kind
 * means is in proto/PROTOCOL.md.
 */
#ifndef SPILL_FRAME_H
#define SPILL_FRAME_H

#include "proto/vocabulary.h"

enum {
    FRAME_MAJOR = 1, /* The version that this program speaks. */
    FRAME_MINOR = 0,
    FRAME_BYTES_MAX = 262144,         /* One frame on the wire. */
    FRAME_MESSAGE_BYTES_MAX = 260096, /* One message, in the clear. */
    FRAME_BODY_BYTES_MAX = 261120,    /* The same, sealed: at most 1 KiB more. */
    FRAME_TEXT_BYTES_MAX = 255,       /* Words in a REFUSE or BYE, and of a program. */
    FRAME_KEY_BOX_BYTES_MAX = 256,    /* The cell's key, in a WELCOME. */
    FRAME_EXERCISE_BYTES = 16,        /* Random name of one play of a scenario. */
    FRAME_HEAD_BYTES = 32,            /* Hash chain over the messages of a stream. */
    FRAME_BRIEF_PARTS_MAX = 64,       /* Of the brief of a robot, each one frame. */
    FRAME_SNAPSHOT_PARTS_MAX = 4,     /* Of one snapshot, each one frame. */
};

/* Kind, its byte on the wire, name. */
#define FRAME_KIND_MAP(X)                                                                          \
    X(HELLO, 'S', "hello")       /* Node: who I am, and where I stand. */                          \
    X(WELCOME, 'W', "welcome")   /* Coordinator: the same, and the session begins. */              \
    X(REFUSE, 'R', "refuse")     /* Coordinator: not so. */                                        \
    X(DATA, 'D', "data")         /* Both: one message. */                                          \
    X(ACK, 'A', "ack")           /* Both: where I stand, durably. */                               \
    X(TIME_ASK, 'Q', "time_ask") /* Node: what time is it? Also keeps the session alive. */        \
    X(TIME, 'T', "time")         /* Coordinator: the answer, or unasked when time was advanced. */ \
    X(QUIET, 'G', "quiet")       /* Node: I do nothing by myself before that time. */              \
    X(SNAPSHOT, 'N', "snapshot") /* Coordinator: a part of what stands for many messages. */       \
    X(BRIEF_ASK, 'P', "brief_ask") /* Node of a robot: a part of its brief, please. */             \
    X(BRIEF, 'F', "brief")         /* Coordinator: that part. */                                   \
    X(BYE, 'B', "bye")             /* Both: I leave. */
enum frame_kind {
#define FRAME_ENUM(name, byte, words) FRAME_##name,
    FRAME_KIND_MAP(FRAME_ENUM)
#undef FRAME_ENUM
        FRAME_KIND_COUNT
};

/* Why somebody is refused, leaves or halts. */
#define FRAME_REASON_MAP(X)                                                                        \
    X(NONE, "none")                                                                                \
    X(HELLO_AGAIN, "hello_again")   /* No such session (any more), or something was lost. */       \
    X(VERSION, "version")           /* No version in common. */                                    \
    X(EXERCISE, "exercise")         /* Another exercise is played here. */                         \
    X(CELL, "cell")                 /* The key does not speak for that cell. */                    \
    X(NOT_ENROLLED, "not_enrolled") /* The key is unknown, out of date or revoked. */              \
    X(SESSION, "session")           /* A newer session has this seat. */                           \
    X(OLD, "old")             /* The coordinator is older than one that the node has seen. */      \
    X(BAD_FRAME, "bad_frame") /* What it sent cannot be understood. */                             \
    X(CLOSING, "closing")     /* It stops, and may be back. */                                     \
    X(ENDED, "ended")         /* The exercise is over. */                                          \
    X(AHEAD, "ahead")         /* The peer has more than was ever sent: our disk lost something. */ \
    X(BEHIND, "behind") /* The peer has less than it acknowledged: its disk lost something. */     \
    X(LOST, "lost")     /* The peer has less than it sent: its disk lost something. */             \
    X(FORGOT, "forgot") /* We have less than we acknowledged, the peer says: as AHEAD. */          \
    X(FORKED, "forked") /* The same sequence and another hash: two histories. */                   \
    X(SEAL, "seal")     /* A message or key does not open. */                                      \
    X(STORE, "store")   /* A message that was read back is not the one that was written. */
enum frame_reason {
#define FRAME_ENUM(name, words) FRAME_REASON_##name,
    FRAME_REASON_MAP(FRAME_ENUM)
#undef FRAME_ENUM
        FRAME_REASON_COUNT
};

/* The clock of the exercise, as in exercise/output.h. */
enum frame_clock {
    FRAME_CLOCK_NOT_STARTED,
    FRAME_CLOCK_RUNNING,
    FRAME_CLOCK_PAUSED,
    FRAME_CLOCK_ENDED
};
enum { FRAME_CLOCK_COUNT = FRAME_CLOCK_ENDED + 1 };

/* How far a stream of messages goes, and the hash chain over all of them: BLAKE2b-256 of the head
 * before and the message's bytes; before the first, sequence 0 and 32 zeros. */
struct frame_position {
    uint64_t sequence;
    uint8_t head[FRAME_HEAD_BYTES];
};

/* One end's durable positions. */
struct frame_standing {
    struct frame_position received;  /* Of the peer's messages. */
    struct frame_position committed; /* Of its own messages to the peer. */
};

/* What a sealed message is bound to. */
enum frame_way { FRAME_DOWN, FRAME_UP };
struct frame_label {
    const uint8_t *exercise; /* FRAME_EXERCISE_BYTES. */
    const char *cell;
    uint64_t epoch;
    uint64_t sequence;
    enum frame_way way;
    uint8_t kind; /* Of message or input; FRAME_LABEL_SNAPSHOT, FRAME_LABEL_BRIEF for a part. */
    uint8_t tlp;
    uint32_t part; /* Of a snapshot or brief; else 0. */
};
enum { FRAME_LABEL_BRIEF = 254, FRAME_LABEL_SNAPSHOT = 255 };

struct frame {
    enum frame_kind kind;
    /* In every frame. In a HELLO epoch and start are the latest that the node has seen, in a REFUSE
     * the coordinator's; 0: none. */
    uint64_t session;
    uint64_t epoch;
    uint64_t start;
    union {
        struct {
            uint8_t major; /* The highest that it speaks. Another: the rest is not there. */
            uint8_t minor;
            bool has_exercise; /* The node has been in one. */
            uint8_t exercise[FRAME_EXERCISE_BYTES];
            const char *cell;
            const char *program; /* For people. */
            struct frame_standing standing;
        } hello;
        struct {
            uint8_t major, minor; /* The version that this session speaks. */
            bool readmit;         /* A node that lost everything may begin anew. */
            uint8_t exercise[FRAME_EXERCISE_BYTES];
            struct frame_standing standing;
            const uint8_t *key_box; /* The cell's key, sealed to the node's (seal.h). */
            size_t key_box_bytes;
        } welcome;
        struct {
            uint8_t major, minor; /* REFUSE only: the highest that it speaks. */
            enum frame_reason reason;
            const char *text; /* For people, English; may be "". */
        } end;                /* REFUSE, BYE */
        struct {
            const char *cell;
            uint64_t sequence;
            uint8_t kind; /* As in the label. */
            uint8_t tlp;
            const uint8_t *body; /* Sealed. */
            size_t body_bytes;
        } data;
        struct frame_standing ack;
        struct {
            uint64_t ask_us;       /* The node's monotonic clock, to come back. */
            uint64_t sent;         /* Last sequence sent in this session. */
            uint64_t acknowledged; /* Last one that it knows to have arrived. */
        } time_ask;
        struct {
            uint64_t ask_us;    /* As asked; 0: unasked. */
            uint64_t answer_us; /* The coordinator's monotonic clock. */
            int64_t exercise_ms;
            int64_t
                speed_permille; /* Exercise milliseconds a wall second; 0: as fast as it goes. */
            enum frame_clock clock;
            uint64_t committed;    /* Last sequence of the cell's stream. */
            uint64_t sent;         /* The last sent in this session. */
            uint64_t acknowledged; /* The last known to have arrived. */
        } time;
        struct {
            int64_t exercise_ms; /* All that was to be done up to then was done. */
            int64_t until_ms;    /* Nothing before that, unless more messages come. */
            uint64_t received;   /* With these messages known, */
            uint64_t committed;  /* and these sent. */
        } quiet;
        struct {
            uint32_t part; /* From 0. */
        } brief_ask;
        struct {
            const char *cell;
            uint32_t part;       /* As asked. */
            uint32_t part_count; /* 0: there is no brief for this seat; then no body. */
            const uint8_t *body; /* Sealed. */
            size_t body_bytes;
        } brief;
        struct {
            const char *cell;
            struct frame_position position; /* The last message that it stands for. */
            uint32_t part;                  /* From 0. */
            uint32_t part_count;
            const uint8_t *body; /* Sealed. */
            size_t body_bytes;
        } snapshot;
    };
};

/* "hello", "data" …; "ahead", "forked" …; never NULL. */
const char *frame_kind_name(enum frame_kind kind);
const char *frame_reason_name(enum frame_reason reason);
/* What the reason means, one English sentence for logs; never NULL. */
const char *frame_reason_words(enum frame_reason reason);

/* The same, as the other side sees it: who said AHEAD means that the peer's peer has LOST. */
enum frame_reason frame_reason_mirror(enum frame_reason reason);

/* What is wrong with a frame's values (an id malformed, text too long or not UTF-8, a number out of
 * range, a body too large), in English, or NULL. */
const char *frame_fault(const struct frame *frame);

/* The next position: one message further. */
void frame_position_next(struct frame_position *position, const uint8_t *bytes, size_t size_bytes);
bool frame_position_equal(const struct frame_position *a, const struct frame_position *b);

#endif
