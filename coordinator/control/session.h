/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: one running exercise: its recording, its exercise and its cells, driven by inputs.
 *
 * The session is where clocks are read. Every input is committed to the recording before it acts;
 * what the exercise says goes to the recording, to the cells' links and to whoever watches. Here
 * all cells are robots in the same process, each behind an in-memory link. It paces nothing: the
 * caller says up to which exercise time it may go.
 *
 * One thread uses a session. Failing to record ends it: SPILL_IO, and nothing that was not durable
 * has acted.
 */
#ifndef SPILL_SESSION_H
#define SPILL_SESSION_H

#include "coordinator/exercise/exercise.h"
#include "coordinator/record/recording.h"

struct session_options {
    const struct scenario *scenario; /* Kept, as the package, until the session is closed. */
    const struct package *package;
    const char *record_path;           /* NULL: nothing is recorded. */
    const struct recording_keys *keys; /* NULL: new ones. Given: clocks are left out too, and the
                                          file is the same byte for byte each time. */
    uint64_t seed;
    const char *team;    /* Policy of the robots: "doctrine", "passive" … */
    const char *program; /* Version that makes the recording. */
    bool causes;
    /* Each output, after its input; may be NULL. Borrowed for the call. */
    void (*on_output)(const struct output *output, void *context);
    void *context;
};

struct session;

/* Makes the recording and takes the cells' seats. SPILL_EXISTS: the recording is there already. */
SPILL_CHECKED enum spill_status session_open(const struct session_options *options,
                                             struct session **session, struct spill_error *error);

/* Commits an input of exercise control or an evaluator, and applies it. SPILL_REFUSED: the exercise
 * does not take it; an output says why. */
SPILL_CHECKED enum spill_status session_apply(struct session *session, const struct input *input,
                                              struct spill_error *error);

/* Lets the exercise run to the next time at which anything is due, at most until_ms (on a tick),
 * with all that the robots do there. Does nothing unless it runs. */
SPILL_CHECKED enum spill_status session_advance(struct session *session, int64_t until_ms,
                                                struct spill_error *error);

/* The next time at which anything is due, in the exercise or with a robot; SPILL_NEVER. */
int64_t session_next_ms(const struct session *session);

/* Makes durable what waits; call it at least every few seconds while nothing else happens, so that
 * the recording's head is signed in time. */
SPILL_CHECKED enum spill_status session_keep(struct session *session, struct spill_error *error);

/* Ends the recording in order. */
SPILL_CHECKED enum spill_status session_finish(struct session *session, struct spill_error *error);
void session_close(struct session **session);

struct exercise *session_exercise(struct session *session);
/* What has been counted: inputs and outputs; the state digest now. */
uint64_t session_input_count(const struct session *session);
void session_digest(struct session *session, uint8_t digest[CASCADE_DIGEST_BYTES]);

#endif
