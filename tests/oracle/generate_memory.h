/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate_memory: what the generator's parts share: the memory of a scenario and the random
 * numbers.
 */
#ifndef SPILL_ORACLE_GENERATE_MEMORY_H
#define SPILL_ORACLE_GENERATE_MEMORY_H

#include "tests/oracle/generate.h"

struct generate_random {
    uint64_t state;
};

uint64_t generate_random_next(struct generate_random *random);
/* Low to high, both included. */
int64_t generate_random_between(struct generate_random *random, int64_t low, int64_t high);

/* An empty scenario, zeroed memory and text that it owns; and its specification's pointers set from
 * its arrays. */
struct generate_scenario *generate_begin(void);
void *generate_memory(struct generate_scenario *scenario, size_t count, size_t size_bytes);
const char *generate_text(struct generate_scenario *scenario, const char *text);
void generate_finish(struct generate_scenario *scenario);

/* Adds layers, or none; pace_ms is the typical length of things. */
enum { GENERATE_LAYER_KINDS = LAYER_DC_FLOW + 1 };
void generate_layers(struct generate_scenario *scenario, struct generate_random *random,
                     int64_t pace_ms);

/* A scenario with copies of the arrays of another; what they point to is borrowed. */
struct generate_scenario *generate_copy(const struct generate_scenario *scenario);

#endif
