/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate: random small networks and scripts for the comparison of engine and oracle.
 *
 * A scenario owns all that its specification and its actions point to. The same number gives the
 * same scenario on every machine. One thread a scenario.
 */
#ifndef SPILL_ORACLE_GENERATE_H
#define SPILL_ORACLE_GENERATE_H

#include "tests/oracle/oracle.h"

/* An action, and the tick after which it is given to engine and oracle (-1: before the first). */
struct generate_action {
    int64_t given_after;
    struct oracle_action action;
};

struct generate_block;

/* The arrays are those of `spec`, writable. */
struct generate_scenario {
    uint64_t number;
    struct network_spec spec;
    struct country_spec *countries;
    struct sector_spec *sectors;
    struct pool_spec *pools;
    struct tag_spec *tags;
    struct surge_spec *surges;
    struct asset_spec *assets;
    struct need_spec *needs;
    struct link_spec *links;
    struct trust_spec *trusts;
    struct campaign_spec *campaigns;
    struct layer_spec *layers;
    struct edge_spec *edges;
    struct generate_action *actions;
    size_t action_count;
    int64_t ticks; /* Ticks 0 to this are run. */
    uint64_t seed;
    uint32_t replica;
    int64_t redraw_after; /* Tick after which the forecast starts; -1: never. */
    int64_t redraw_every; /* And again every so many ticks. */
    uint32_t redraw_replica;
    struct generate_block *blocks; /* Memory. */
};

/* True if a forecast starts after this tick. */
bool generate_redraws(const struct generate_scenario *scenario, int64_t tick);

/* The scenario of this number. */
struct generate_scenario *generate_scenario(uint64_t number);

/* The same with every list that has no order of its own in another order. */
struct generate_scenario *generate_permuted(const struct generate_scenario *scenario,
                                            uint64_t number);

/* One thing less, for making a failing scenario small; what refers to a removed thing goes with it.
 * NULL when `step` is past the last thing that could go. The result borrows from `scenario`, which
 * must outlive it. */
struct generate_scenario *generate_without(const struct generate_scenario *scenario, size_t step);

void generate_destroy(struct generate_scenario **scenario);

/* Prints it for people. */
void generate_print(const struct generate_scenario *scenario);

#endif
