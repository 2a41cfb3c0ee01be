/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live: an exercise that runs by the wall clock, on a thread of its own.
 *
 * A live owns the model thread; the model thread owns the session, and so the exercise and its
 * recording. Everybody else (hub, web) lives on the loop's thread and talks to it through queues
 * with named bounds: calls here never wait, and callbacks come on the loop's thread, some turns
 * later. What a callback says is durable: a message has been recorded, an input of a cell is on
 * disk, before the loop hears of it.
 *
 * Time follows the monotonic clock at the exercise's speed; with speed 0 and in a jump it goes as
 * fast as robots grant it. It waits for robots (session.h), never for people; how long it waits for
 * a robot's node that is gone is the hub's business, which says so with live_seat_leave. What
 * happens at a moment of wall time acts at that moment's exercise time; while nothing happens, and
 * nothing is due, nothing is recorded but the time now and then (LIVE_QUIET_MS). At the end of its
 * scenario's duration the exercise ends by itself, by an input of control.
 */
#ifndef SPILL_LIVE_H
#define SPILL_LIVE_H

#include <uv.h>

#include "coordinator/control/session.h"
#include "proto/stream/stream.h"

enum {
    LIVE_SLICE_MS = 100, /* Commands wait for so much computing at most, about, */
    LIVE_TURN_MS = 100,  /* and on_turn comes that often at least while anything changes. */
    LIVE_QUIET_MS =
        5000,           /* The time is recorded that often at least: what a crash may take back. */
    LIVE_LAG_MS = 2000, /* More wall time than that is not made up for after time had to wait. */
    LIVE_CALLS_MAX = 4096,        /* Commands and calls that wait. */
    LIVE_QUEUE_BYTES = 16 << 20,  /* Messages on their way to the loop, or inputs from it: */
    LIVE_RESERVE_BYTES = 1 << 20, /* so much of it is kept free for what is small. */
};

/* Everything here is called on the loop's thread unless it says otherwise. */
struct live_events {
    /* A message of a cell's stream is durable; `position` is the head after it. Borrowed. */
    void (*on_message)(struct cell_ref cell, const struct stream_durable *position,
                       const struct stream_message *message, void *context);
    /* An input of a cell is durable: what it sent up to this position. */
    void (*on_input)(struct cell_ref cell, const struct stream_durable *position, void *context);
    /* Time waits for this cell's robot: it is asked to settle at now_ms. */
    void (*on_settle)(struct cell_ref cell, int64_t now_ms, void *context);
    /* Clock or speed changed, or time went on (at most every LIVE_SLICE_MS). Whoever wants the time
     * in between carries it on at the speed. */
    void (*on_clock)(const struct stream_clock *clock, void *context);
    /* It has ended: closed (SPILL_OK), or for a reason that error tells: its disk is full or gone,
     * and nothing that was not durable has left. The last callback. */
    void (*on_ended)(enum spill_status status, const struct spill_error *error, void *context);
    /* Model thread: an output, right after its input was applied; and a turn, after whatever it
     * did became durable. `sequence`: of the last durable record. For whoever makes pages. */
    void (*on_output)(const struct output *output, void *context);
    void (*on_turn)(struct session *session, uint64_t sequence, void *context);
    void *context;
};

struct live_options {
    uv_loop_t *loop;                /* Kept until the live is closed, as scenario and package. */
    struct session_options session; /* seats and on_output are the live's own: leave them empty. */
    bool resume;                    /* Continue the recording at session.record_path. */
    bool run_on;                    /* After a resume go on by itself; else it stands paused. */
    int64_t speed_permille;         /* At the start; 0: as fast as it goes. */
};

struct live;
struct stream_grant; /* Of stream.h. */

/* Opens or resumes the session, on the caller's thread (resuming re-executes it and takes a while;
 * on_progress may be NULL), and makes the model thread, which waits for live_start. Errors as
 * session_open or session_resume; SPILL_MEMORY also when there can be no thread. */
SPILL_CHECKED enum spill_status
live_open(const struct live_options *options,
          void (*on_progress)(uint64_t done, uint64_t total, void *context), void *progress_context,
          struct live **live, struct spill_error *error);
/* Listeners, at most LIVE_LISTENERS_MAX; before live_start. Copied; any callback may be NULL. */
enum { LIVE_LISTENERS_MAX = 4 };
void live_listen(struct live *live, const struct live_events *events);
/* The model thread begins with what waits. Time runs once start was commanded. */
void live_start(struct live *live);
/* Ends in order: what waits is applied and committed, the recording gets its end if the exercise
 * has ended, on_ended comes, then on_closed, and the live is gone. */
void live_close(struct live **live, void (*on_closed)(void *context), void *context);

/* Where streams stand: as the recording has them, and as the callbacks have said since. */
struct stream_durable live_committed(const struct live *live, struct cell_ref cell);
struct stream_durable live_received(const struct live *live, struct cell_ref cell);
/* What was delivered, as the recording had it when it was opened. */
uint64_t live_delivered(const struct live *live, struct cell_ref cell);
/* Whether the recording had this cell linked when it was opened: whoever sat there will be back. */
bool live_linked(const struct live *live, struct cell_ref cell);
/* The clock as on_clock said it last, or as it was opened. */
struct stream_clock live_clock(const struct live *live);
const struct recording_meta *live_meta(const struct live *live);
/* The folder of the recording's secrets. */
const char *live_secrets(const struct live *live);

/* ---- Seats: what the hub tells. SPILL_AGAIN: the queue is full; later. ---- */

SPILL_CHECKED enum spill_status live_seat_join(struct live *live, struct cell_ref cell, bool robot);
SPILL_CHECKED enum spill_status live_seat_leave(struct live *live, struct cell_ref cell);
SPILL_CHECKED enum spill_status live_seat_delivered(struct live *live, struct cell_ref cell,
                                                    uint64_t up_to);
SPILL_CHECKED enum spill_status live_seat_grant(struct live *live, struct cell_ref cell,
                                                const struct stream_grant *grant);
/* An encoded input of the cell, and its place in the cell's stream; copied. One that came before is
 * left out. SPILL_INVALID: it is no input of that cell, and the seat should end. */
SPILL_CHECKED enum spill_status live_seat_input(struct live *live, struct cell_ref cell,
                                                const struct frame_position *position,
                                                const uint8_t *bytes, size_t size_bytes,
                                                struct spill_error *error);

/* ---- Commands and questions ---- */

/* What became of a command: SPILL_OK, SPILL_REFUSED (words says why), or why the exercise ended.
 * sequence: the record of the input; it is durable. */
typedef void (*live_reply_fn)(enum spill_status status, uint64_t sequence, const char *words,
                              void *context);
/* An input of exercise control or an evaluator; copied. on_reply may be NULL. SPILL_AGAIN: too many
 * wait. SPILL_INVALID: it has a fault (input_fault), or is a cell's or the system's; then nobody
 * replies. */
SPILL_CHECKED enum spill_status live_command(struct live *live, const struct input *input,
                                             live_reply_fn on_reply, void *context);

/* Runs `work` on the model thread between two slices, then `done` (may be NULL) on the loop's. The
 * work reads the session and keeps no pointer into it; it should take milliseconds. When the live
 * has failed, it still runs. SPILL_AGAIN: too many wait. */
typedef void (*live_work_fn)(struct session *session, uint64_t sequence, void *context);
SPILL_CHECKED enum spill_status live_call(struct live *live, live_work_fn work,
                                          void (*done)(void *context), void *context);

#endif
