/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_parts: the inside of a stream, for stream*.c alone.
 */
#ifndef SPILL_STREAM_PARTS_H
#define SPILL_STREAM_PARTS_H

#include "proto/stream/stream.h"

/*
 * Faults on purpose: tests/sim compiles the stream once more with SPILL_STREAM_MUTANTS, and shows
 * that its oracle finds each of them. In the library every one is the constant false.
 */
#define STREAM_MUTANT_MAP(X)                                                                       \
    X(NO_GAP_CHECK, "no gap check")         /* Takes any higher sequence. */                       \
    X(NO_REPEAT_CHECK, "no repeat check")   /* Takes a lower sequence again. */                    \
    X(NO_CELL_CHECK, "no cell check")       /* Takes another cell's messages. */                   \
    X(NO_SEAL_CHECK, "no seal check")       /* Takes what does not open. */                        \
    X(NO_SESSION_CHECK, "no session check") /* Takes frames of any session. */                     \
    X(NO_START_CHECK, "no start check")     /* Follows an older coordinator. */                    \
    X(NO_WINDOW, "no window")               /* Sends all it has. */                                \
    X(VOLATILE_HELLO, "volatile hello")     /* Says what is not durable yet. */                    \
    X(VOLATILE_ACK, "volatile ack")         /* Acknowledges what is not durable yet. */            \
    X(RESUME_FROM_SENT, "resume from sent") /* Goes on where it was, not where the peer is. */     \
    X(ONE_HELLO, "one hello")               /* Never says hello again. */
enum stream_mutant {
#define STREAM_MUTANT_ENUM(name, words) STREAM_MUTANT_##name,
    STREAM_MUTANT_MAP(STREAM_MUTANT_ENUM)
#undef STREAM_MUTANT_ENUM
        STREAM_MUTANT_COUNT
};
#ifdef SPILL_STREAM_MUTANTS
extern uint32_t stream_mutants;
#define STREAM_MUTANT(name) ((stream_mutants >> STREAM_MUTANT_##name & 1U) != 0)
#else
#define STREAM_MUTANT(name) false
#endif

enum stream_phase {
    STREAM_APART,    /* No session. */
    STREAM_GREETED,  /* Node: said HELLO. Coordinator: said WELCOME. */
    STREAM_KEEPING,  /* Node: welcomed; the coordinator is being remembered. */
    STREAM_ADOPTING, /* Node: its empty log begins where the coordinator says. */
    STREAM_JUDGING,  /* Is the peer's history ours? */
    STREAM_OPEN,
};

/* One message under way: number, head after it, size. */
struct stream_slot {
    struct frame_position position;
    size_t size_bytes;
};

struct stream {
    /* From the options. */
    enum stream_side side;
    char cell[SPILL_ID_BYTES_MAX + 1];
    char program[FRAME_TEXT_BYTES_MAX + 1];
    uint8_t key_box[FRAME_KEY_BOX_BYTES_MAX];
    size_t key_box_bytes;
    const struct stream_cipher *cipher;
    const struct stream_clock *clock;
    uint8_t *scratch;
    uint64_t chance;
    size_t window_messages;
    uint64_t snapshot_behind;

    /* Durable facts. */
    struct stream_kept kept;
    struct frame_standing standing;

    /* Session. */
    enum stream_phase phase;
    enum frame_reason halted;
    bool left;        /* Said BYE for good. */
    bool readmitting; /* Coordinator: the operator said so; until the session is open. */
    uint64_t session; /* Node: of the last HELLO. Coordinator: the highest taken. */
    uint64_t connection;
    uint8_t minor;                 /* Of the version that the session speaks. */
    int64_t heard_us;              /* -1: never. */
    bool link;                     /* As STREAM_LINK said last. */
    enum frame_reason why;         /* Why the link ended. */
    struct stream_kept met;        /* Node: who welcomed it, */
    struct frame_standing offered; /* with which positions, */
    bool readmitted;               /* and whether it may begin anew. */

    /* Node: saying hello. */
    bool hello_wanted;
    int64_t hello_us;     /* Not before that. */
    unsigned hello_count; /* Since something went well. */

    /* The own log, going out. Slots hold what is sent and not acknowledged, by sequence. */
    struct frame_position acknowledged; /* Its head is known while open. */
    uint64_t acknowledged_said;         /* In STREAM_ACKNOWLEDGED. */
    uint64_t sent;
    struct stream_slot slots[STREAM_WINDOW_MESSAGES];
    size_t window_bytes;
    bool asked;    /* A message or a part; the answer is not there yet. */
    bool supplied; /* It is there, sealed in the scratch, and in `data`. */
    struct frame data;
    bool blocked; /* The transport is full. */
    int64_t blocked_us;

    /* What the peer says it has of it, until that is compared with the log. */
    bool claimed;
    bool claim_asked; /* For the head there. */
    struct frame_position claim;

    /* The peer's log, coming in. */
    struct frame_position accepted; /* Handed over to be committed. */
    uint64_t known;                 /* How far it goes. */
    bool arrived;                   /* STREAM_COMMIT or STREAM_COMMIT_SNAPSHOT waits. */
    struct stream_action arrival;

    /* Snapshots. */
    bool snapshot_wanted; /* Coordinator: one is being offered. */
    uint32_t snapshot_part;
    struct frame_position snapshot_position;

    /* Briefs. */
    bool brief_wanted;  /* Node: of a robot, and not all there yet. */
    bool brief_pending; /* Node: to be asked for. Coordinator: the user is to be asked. */
    bool brief_asked;   /* `asked` is for a part of a brief. */
    uint32_t brief_part;

    /* What waits to be sent or said; each is made anew from the state when its turn comes. */
    bool refuse_pending, bye_pending, welcome_pending, ack_pending, time_pending, quiet_pending;
    bool kept_pending, adopt_pending, time_said, granted_said, alarm_pending;
    uint64_t refuse_connection, refuse_session;
    enum frame_reason refuse_reason, bye_reason;
    int64_t refuse_us; /* Not before that. */
    uint64_t time_ask_us;
    struct stream_action alarm;
    enum frame_reason raised; /* The last alarm, until the session is open again. */

    /* Time. */
    int64_t ask_us;     /* Node: the next TIME_ASK. */
    unsigned ask_count; /* In this session. */
    struct timing timing;
    struct stream_clock now;
    uint64_t now_said_us; /* By the coordinator's clock. */
    bool now_known;

    /* A grant, given (node) or taken (coordinator). */
    bool has_grant;
    struct {
        int64_t exercise_ms, until_ms;
        uint64_t received, committed;
    } grant;

    enum frame_kind last; /* Kind of the frame in the last STREAM_SEND. */
    struct frame out;
};

/* Ends the session, for that reason; a node will say hello. */
void stream_end_session(struct stream *stream, enum frame_reason reason);
/* Stands still until readmitted, and tells people and the peer why. */
void stream_halt(struct stream *stream, enum frame_reason reason);
/* Tells people. */
void stream_raise(struct stream *stream, enum frame_reason reason);
/* Something was lost under way: begin again. */
void stream_begin_again(struct stream *stream, int64_t now_us);
/* Answers on a connection with a REFUSE, not too often. */
void stream_refuse(struct stream *stream, int64_t now_us, uint64_t connection, uint64_t session,
                   enum frame_reason reason);
/* Compares what the peer has with the own log, as far as numbers tell; the head comes later.
 * Halts and returns false when it cannot be. */
bool stream_judge_standing(struct stream *stream, const struct frame_standing *theirs);
/* The peer says it has the own log up to there; whether that is so, comes later. */
void stream_claim(struct stream *stream, const struct frame_position *position);
/* A node's HELLO is to be sent by now. */
bool stream_hello_is_due(const struct stream *stream, int64_t now_us);
/* The first is older. */
bool stream_kept_before(const struct stream_kept *first, const struct stream_kept *second);
/* The head of the own log at sequence; false: not in memory. */
bool stream_head_at(const struct stream *stream, uint64_t sequence, uint8_t head[FRAME_HEAD_BYTES]);
struct frame_label stream_label(const struct stream *stream, enum frame_way way, uint64_t sequence);

#endif
