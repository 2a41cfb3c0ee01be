/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brief: what the robot of a cell is told beyond what the cell's people are told.
 *
 * People must not get the answers with the questions, so none of this is in the cell's stream: a
 * robot's node gets its brief when it takes its seat. Immutable once made; borrows nothing.
 */
#ifndef SPILL_BRIEF_H
#define SPILL_BRIEF_H

#include "coordinator/scenario/scenario.h"

/* The team that does what is expected; and the one that does nothing but acknowledge. */
#define BRIEF_DOCTRINE "doctrine"
#define BRIEF_PASSIVE "passive"

/* The option that doctrine would choose. */
struct brief_answer {
    const char *inject;
    const char *option;
};

struct brief {
    const char *cell;
    const char *team; /* The policy that it follows: "doctrine", "passive" … */
    uint64_t seed;
    uint32_t replica;
    struct law_spec answers_after;
    const struct brief_answer *answers; /* Sorted by inject. Other teams than doctrine have none:
                                           they take the first option. */
    size_t answer_count;
};

SPILL_CHECKED enum spill_status brief_create(const struct scenario *scenario, struct cell_ref cell,
                                             const char *team, uint64_t seed, struct brief **brief);
void brief_destroy(struct brief **brief);

#endif
