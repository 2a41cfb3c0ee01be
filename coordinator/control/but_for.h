/* SPDX-License-Identifier: Apache-2.0 */
/*
 * but_for: a recorded exercise once more without one of its root causes, beside the exercise as it
 * was.
 *
 * Chance is the same, and so is everything that people did, each at its exercise time; what no
 * longer fits (an answer to an inject that does not come) is refused, as it would be in play. So
 * the difference is the doing of that root, given what people did. It is no forecast of what they
 * would have done otherwise. One thread at a time.
 */
#ifndef SPILL_BUT_FOR_H
#define SPILL_BUT_FOR_H

#include "coordinator/control/replay.h"

enum { BUT_FOR_MOMENTS = 73 };

enum but_for_side { BUT_FOR_WITH, BUT_FOR_WITHOUT };

/* At one moment of one side. */
struct but_for_moment {
    int64_t failed_count;
    int64_t people; /* Without a service, summed over services. */
    int64_t person_hours;
};

/* A side at the end. */
struct but_for_state {
    struct exercise *exercise;
    int64_t failed_ever_count; /* Assets that failed at some time. */
    struct but_for_moment moments[BUT_FOR_MOMENTS];
};

struct but_for {
    struct cascade_without without;
    int64_t at_ms;
    int64_t edges_ms[BUT_FOR_MOMENTS]; /* Equally spaced, on ticks, from 0 to at_ms. */
    struct but_for_state sides[2];
};

/* The root of a recording that somebody wrote as "kind:id", or as its id when only one kind has it;
 * it points into the cascade. SPILL_NOT_FOUND: there is none; error names those that there are.
 * SPILL_INVALID: unrest that outages caused is nothing that can be left out. */
SPILL_CHECKED enum spill_status but_for_find(const struct cascade *cascade, const char *written,
                                             struct cascade_without *without,
                                             struct spill_error *error);

/* Runs both sides to at_ms, on a tick, not beyond what is recorded. `written` as above; its root
 * must have acted by then. Statuses as but_for_find and replay_to. */
SPILL_CHECKED enum spill_status but_for_run(struct replay *replay, const char *written,
                                            int64_t at_ms, struct but_for **but_for,
                                            struct spill_error *error);
void but_for_destroy(struct but_for **but_for);

#endif
