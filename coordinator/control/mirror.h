/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mirror: a recording that another process writes, executed here as it grows.
 *
 * An exercise is a function of its inputs, so whoever reads them as they become durable has the
 * same exercise, a moment later, without asking anybody: its state, all that it says, and a proof
 * that the writer's digests are right. It reads the file only. One thread at a time.
 */
#ifndef SPILL_MIRROR_H
#define SPILL_MIRROR_H

#include "coordinator/exercise/exercise.h"
#include "coordinator/record/recording.h"

enum { MIRROR_INPUTS_MAX = 256 }; /* In one mirror_follow. */

struct mirror;

/* The scenario, kept until it is closed, is made from the package that is recorded. Errors as
 * recording_open; SPILL_REVISION: another revision of the model; SPILL_INVALID: another scenario.
 */
SPILL_CHECKED enum spill_status mirror_open(const char *path, const struct package *package,
                                            const struct scenario *scenario, struct mirror **mirror,
                                            struct spill_error *error);
void mirror_close(struct mirror **mirror);

/* Applies inputs that became durable since, MIRROR_INPUTS_MAX at most; each output goes to `output`
 * (may be NULL). *input_count: how many; 0: there are none now. SPILL_CORRUPT: the recording does
 * not verify, or its exercise comes out otherwise here. */
SPILL_CHECKED enum spill_status mirror_follow(struct mirror *mirror, exercise_output_fn output,
                                              void *context, size_t *input_count,
                                              struct spill_error *error);

/* Lets go of the file, so that its writer can end it as one plain file; the exercise stays. To
 * follow it again, take it up. */
void mirror_let_go(struct mirror *mirror);
SPILL_CHECKED enum spill_status mirror_take_up(struct mirror *mirror, const char *path,
                                               struct spill_error *error);

struct exercise *mirror_exercise(struct mirror *mirror);
uint64_t mirror_input_count(const struct mirror *mirror);
void mirror_digest(struct mirror *mirror, uint8_t digest[CASCADE_DIGEST_BYTES]);

#endif
