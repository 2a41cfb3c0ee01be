/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: a recording brought back to life: the scenario from the package inside it, its inputs
 * applied again to a fresh exercise, all of them or up to a moment, and what then comes out
 * compared with what was recorded.
 *
 * A replay owns its recording (opened to read, checked from the first record to the last) and its
 * scenario. One thread at a time uses it; several may replay one file. It reads no clock and writes
 * no file. Re-executing runs as fast as the machine does; pacing is the caller's.
 */
#ifndef SPILL_REPLAY_H
#define SPILL_REPLAY_H

#include "coordinator/exercise/exercise.h"
#include "coordinator/record/recording.h"

struct replay_options {
    /* Let a recording of another model revision in: its words can be read, but replay_to and
     * replay_verify refuse it. */
    bool any_revision;
    /* Called now and then while records are checked or inputs applied: so many of so many. May be
     * NULL. */
    void (*on_progress)(uint64_t done, uint64_t total, void *context);
    void *context;
};

struct replay;

/* Opens and checks a recording and loads its scenario. Statuses as recording_open; besides
 * SPILL_REVISION: it was made by another model revision (error names both), SPILL_CORRUPT: the
 * package inside is not the one that it names, SPILL_INVALID: this program cannot load the package.
 * options may be NULL. */
SPILL_CHECKED enum spill_status replay_open(const char *path, const struct replay_options *options,
                                            struct replay **replay, struct spill_error *error);
void replay_close(struct replay **replay);

struct recording *replay_recording(struct replay *replay);
const struct scenario *replay_scenario(const struct replay *replay);

/* A fresh exercise as it was at exercise time at_ms, every input given by then applied
 * (SPILL_NEVER: all there are). It belongs to the caller, who destroys it before the replay is
 * closed; it goes on from there like any other. Each output of the way is told to `output`, which
 * may be NULL. SPILL_REFUSED: inputs are withheld in this copy. */
SPILL_CHECKED enum spill_status replay_to(struct replay *replay, int64_t at_ms,
                                          exercise_output_fn output, void *context,
                                          struct exercise **exercise, struct spill_error *error);

/* What a verification found. */
struct replay_verdict {
    bool same; /* Every output and every digest came out again. */
    int threads;
    uint64_t input_count;  /* Applied. */
    uint64_t output_count; /* Compared and equal, as are the digests. */
    uint64_t digest_count;
    uint64_t unrecorded_count; /* Results of the last inputs of a recording that was cut off before
                                  it had them. */
    int64_t exercise_ms;       /* Exercise time that it reached. */
    uint8_t digest[CASCADE_DIGEST_BYTES]; /* Of the final state. */
    /* The first difference: */
    uint64_t sequence; /* Record; 0: something came out behind the last record. */
    int64_t at_ms;     /* Exercise time. */
    char words[2 * SPILL_ERROR_TEXT_BYTES]; /* What was recorded, and what came out, in English. */
};

/* Applies all inputs to a fresh exercise, the model's loops on so many threads, and compares.
 * SPILL_OK: the verdict says whether it is the same. SPILL_REFUSED: records are withheld. */
SPILL_CHECKED enum spill_status replay_verify(struct replay *replay, int threads,
                                              struct replay_verdict *verdict,
                                              struct spill_error *error);

/* ---- The story as it was recorded, without re-executing it. ---- */

struct replay_event {
    const struct record *record;
    const struct input *input; /* Either this … */
    const struct output
        *output; /* … or this; both NULL for a record of another kind, or withheld. */
};

struct replay_walk;
/* From the first record at or after exercise time from_ms. Closed before its replay. */
SPILL_CHECKED enum spill_status replay_walk_open(struct replay *replay, int64_t from_ms,
                                                 struct replay_walk **walk);
/* The next event, borrowed until the next call. SPILL_NOT_FOUND behind the last. */
SPILL_CHECKED enum spill_status
replay_walk_next(struct replay_walk *walk, struct replay_event *event, struct spill_error *error);
void replay_walk_close(struct replay_walk **walk);

#endif
