/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timing: another machine's monotonic clock, told from questions and answers over a network.
 *
 * Of the last answers the one with the shortest round trip counts, since what a packet waits in
 * queues is the error; an old answer loses trust, since clocks drift. Plain data, pure functions;
 * microseconds throughout.
 */
#ifndef SPILL_TIMING_H
#define SPILL_TIMING_H

#include "proto/stream/frame.h"

enum {
    TIMING_SAMPLES = 16,
    TIMING_DRIFT_PPM = 200,        /* By which two clocks may run apart. */
    TIMING_STALE_US = 3 * 5000000, /* After so long without an answer a clock is stale. */
};

struct timing_sample {
    int64_t offset_us; /* Theirs less ours. */
    int64_t trip_us;   /* There and back. */
    int64_t at_us;     /* Ours, when the answer came. */
};

/* All zero: knows nothing. */
struct timing {
    struct timing_sample samples[TIMING_SAMPLES];
    size_t sample_count; /* Ever taken; the last TIMING_SAMPLES are kept. */
};

/* Takes in an answer: asked and come back by our clock, answered by theirs. An answer from before
 * it was asked is left out. */
void timing_add(struct timing *timing, int64_t ask_us, int64_t answer_us, int64_t now_us);

/* Theirs less ours, and by how much at most that is wrong when both clocks are sound. False:
 * nothing is known. */
bool timing_offset(const struct timing *timing, int64_t now_us, int64_t *offset_us,
                   int64_t *error_us);

/* The last answer is too old to go by. */
bool timing_is_stale(const struct timing *timing, int64_t now_us);

/* Exercise time now: as it was said at said_us of their clock, carried on at speed_permille while
 * running. It never runs on for longer than TIMING_STALE_US, and never backwards from what was
 * said. */
int64_t timing_exercise_ms(const struct timing *timing, int64_t now_us, int64_t said_us,
                           int64_t exercise_ms, int64_t speed_permille, bool running);

#endif
