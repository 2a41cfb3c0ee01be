/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: one running exercise: its recording, its exercise, and the seats of its cells, driven by
 * inputs.
 *
 * The session is where clocks are read. Every input is committed to the recording before it acts,
 * every message is durable before it is sent, and what cells do at one exercise time acts in order
 * of their ids, whatever the order in which it came in. So the exercise is the same whether nodes
 * are robots in this process (seats.h) or programs at the end of sockets.
 *
 * Time waits for robots, never for people: it stands still until every robot that is there has
 * taken in all that it was sent, has done what it wants to do, and has granted a time until which
 * it will do nothing by itself. A robot that has more to do than fits into one turn is asked again
 * at the same moment, together with those that were told something meanwhile.
 *
 * One thread uses a session; it allocates only when opened. Failing to record ends it: SPILL_IO,
 * and nothing that was not durable has acted.
 */
#ifndef SPILL_SESSION_H
#define SPILL_SESSION_H

#include "coordinator/exercise/exercise.h"
#include "coordinator/record/recording.h"
#include "proto/stream/frame.h"

enum {
    SESSION_OUTBOX_BYTES =
        8 << 20, /* Messages between two commits; more are committed and sent early. */
    SESSION_INBOX_BYTES = 8 << 20, /* What cells did, not applied yet. */
    SESSION_INBOX_MAX = 65536,
    SESSION_TURNS_MAX = 256, /* Of one robot at one moment; then time goes on all the same. */
};

/* A message of a cell's stream. */
struct session_message {
    struct frame_position position; /* Of the stream, after it. */
    const uint8_t *bytes;
    size_t size_bytes;
    uint8_t kind; /* enum message_kind */
    uint8_t tlp;  /* enum tlp, of an inject; else 0. */
};

/* What a robot grants. */
struct session_grant {
    uint64_t after;         /* It has taken in all messages up to this one, */
    uint64_t said;          /* given so many inputs, the last of them durable with it, */
    int64_t at_ms;          /* done what it wants to do at this time, */
    int64_t quiet_until_ms; /* and will do nothing by itself before that one. Not later than at_ms:
                               it has more to do now. */
};

/* The way to the nodes. */
struct session_seats {
    /* Sends one message of a cell's stream. It is durable. Borrowed for the call. */
    void (*send)(struct cell_ref cell, const struct session_message *message, void *context);
    /* Asks a robot's node to take in all that was sent, do what it wants to do at now_ms, and
     * answer with session_seat_grant, in the call or later. */
    void (*settle)(struct cell_ref cell, int64_t now_ms, void *context);
    /* The nodes live and die with this process: what a crash takes from the recording it takes from
     * them too, so nothing has left until the call that did it returns, and one commit at its end
     * is enough. */
    bool same_process;
    void *context;
};

struct session_options {
    const struct scenario *scenario; /* Kept, as the package, until the session is closed. */
    const struct package *package;
    const char *record_path;           /* NULL: nothing is recorded. */
    const char *record_vfs;            /* SQLite's file layer for it; NULL: the system's. */
    const struct recording_keys *keys; /* NULL: new ones. Given: clocks are left out too, and the
                                          file is the same byte for byte each time. */
    uint64_t seed;
    const char *team;    /* Policy of the robots, for the recording. */
    const char *program; /* Version that makes the recording. */
    bool causes;
    struct session_seats seats;
    /* Each output, after its input; may be NULL. Borrowed for the call. */
    void (*on_output)(const struct output *output, void *context);
    /* Reads both clocks, in microseconds; NULL: the system's. */
    int64_t (*clock_us)(void *context);
    void *context;
};

struct session;

/* Makes the recording. SPILL_EXISTS: it is there already. */
SPILL_CHECKED enum spill_status session_open(const struct session_options *options,
                                             struct session **session, struct spill_error *error);

/* Goes on with a recording: executes its inputs again, tells each output once more (on_output;
 * sends nothing), and stands where it stood, every cell linked or not as it was, none with a robot.
 * The seed, team and causes are the recording's. on_progress may be NULL. Statuses as
 * recording_open; besides SPILL_CORRUPT: something else came out than what is recorded (error names
 * the record), SPILL_REVISION: another model revision made it, SPILL_INVALID: it is of another
 * scenario than the one in options. */
SPILL_CHECKED enum spill_status
session_resume(const struct session_options *options,
               void (*on_progress)(uint64_t done, uint64_t total, void *context),
               void *progress_context, struct session **session, struct spill_error *error);

/* Commits an input of exercise control or an evaluator, and applies it. SPILL_REFUSED: the exercise
 * does not take it; an output says why. */
SPILL_CHECKED enum spill_status session_apply(struct session *session, const struct input *input,
                                              struct spill_error *error);

/* The same for several that come together, so that they share a commit: each is recorded, then each
 * is applied, in the same order, with no other call in between. *sequence: its record. The first
 * failure ends the session, as ever; what was recorded need not be applied then. */
SPILL_CHECKED enum spill_status session_record(struct session *session, const struct input *input,
                                               uint64_t *sequence, struct spill_error *error);
SPILL_CHECKED enum spill_status session_apply_recorded(struct session *session,
                                                       const struct input *input,
                                                       struct spill_error *error);

/* Does all that can be done without waiting for a robot, up to exercise time until_ms (on a tick):
 * sends, asks, applies what came in, and lets time run from one moment at which something is due to
 * the next. All of it is durable afterwards. */
SPILL_CHECKED enum spill_status session_run(struct session *session, int64_t until_ms,
                                            struct spill_error *error);

/* Applies what came in at once, though time may be waiting for robots: for an inbox that is full.
 */
SPILL_CHECKED enum spill_status session_take(struct session *session, struct spill_error *error);

/* The earliest exercise time after now at which something is due, or a robot wants to do something;
 * SPILL_NEVER. */
int64_t session_next_ms(const struct session *session);

/* Robots that time is waiting for. */
size_t session_awaited(const struct session *session);

/* Makes durable what waits; call it at least every few seconds while nothing else happens, so that
 * the recording's head is signed in time. */
SPILL_CHECKED enum spill_status session_keep(struct session *session, struct spill_error *error);

/* Ends the recording in order. */
SPILL_CHECKED enum spill_status session_finish(struct session *session, struct spill_error *error);
void session_close(struct session **session);

/* ---- What comes from the nodes. It acts in the next session_run. ---- */

/* A node took the cell's seat, or left it. */
void session_seat_join(struct session *session, struct cell_ref cell, bool robot);
void session_seat_leave(struct session *session, struct cell_ref cell);
/* Every message of the cell's stream up to this sequence, which was sent, is durable at its node.
 */
void session_seat_delivered(struct session *session, struct cell_ref cell, uint64_t up_to);
/* An encoded input of the cell, copied. position: of the cell's own stream, after it; NULL: the
 * next. One that is here already counts as taken. SPILL_AGAIN: the inbox is full; SPILL_INVALID: it
 * is no input, or not one of that cell, and the seat should end. */
SPILL_CHECKED enum spill_status session_seat_input(struct session *session, struct cell_ref cell,
                                                   const struct frame_position *position,
                                                   const uint8_t *bytes, size_t size_bytes,
                                                   struct spill_error *error);
/* A robot grants; after is no later than what was sent. */
void session_seat_grant(struct session *session, struct cell_ref cell,
                        const struct session_grant *grant);

/* ---- How it stands with a cell. ---- */

/* Its stream: all that was ever sent to it, or will be in this session_run. */
struct frame_position session_seat_position(const struct session *session, struct cell_ref cell);
/* Of them, the last that was sent. */
uint64_t session_seat_sent(const struct session *session, struct cell_ref cell);
/* Its own stream: the inputs that were recorded; durable after session_run. */
struct frame_position session_seat_received(const struct session *session, struct cell_ref cell);
/* What the last DELIVERED input said. */
uint64_t session_seat_delivered_told(const struct session *session, struct cell_ref cell);
/* Whether time waits for its robot. */
bool session_seat_awaited(const struct session *session, struct cell_ref cell);

struct exercise *session_exercise(struct session *session);
/* NULL: nothing is recorded. */
struct recording *session_recording(struct session *session);
uint64_t session_input_count(const struct session *session);
/* Record of the last input; 0: none in this process. */
uint64_t session_input_sequence(const struct session *session);
void session_digest(struct session *session, uint8_t digest[CASCADE_DIGEST_BYTES]);

#endif
