/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/grid.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { GRID_KEY_BYTES = 64 };

/* Reactances are kept in millionths of the case's unit. */
#define GRID_REACTANCE_UNIT 1e6
#define GRID_REACTANCE_MAX 1000000000

static const char *grid_bus_key(const struct matpower *matpower, size_t bus,
                                char key[GRID_KEY_BYTES]) {
    snprintf(key, GRID_KEY_BYTES, "bus-%" PRId64, matpower->buses[bus].id);
    return key;
}

static const char *grid_gen_key(const struct matpower *matpower, size_t gen,
                                char key[GRID_KEY_BYTES]) {
    snprintf(key, GRID_KEY_BYTES, "gen-%" PRId64 "-%zu",
             matpower->buses[matpower->gens[gen].bus].id, gen + 1);
    return key;
}

static bool grid_has(const struct matpower *matpower, size_t bus) {
    return matpower->buses[bus].type != MATPOWER_ISOLATED;
}

static bool grid_runs(const struct matpower *matpower, size_t gen) {
    return matpower->gens[gen].on && grid_has(matpower, matpower->gens[gen].bus);
}

/* Whole W of MW, from 0 to the most that fits. */
static int64_t grid_w(double power_mw) {
    if (!(power_mw > 0)) {
        return 0;
    }
    return power_mw * 1e6 >= (double)GRAPH_POWER_MAX_W ? GRAPH_POWER_MAX_W
                                                       : (int64_t)floor(power_mw * 1e6 + .5);
}

static double grid_demand_mw(const struct matpower_bus *bus) {
    return bus->demand_mw + bus->conductance_mw;
}

static enum spill_status grid_buses(const struct matpower *matpower, struct graph *graph,
                                    struct spill_error *error) {
    for (size_t i = 0; i < matpower->bus_count; i++) {
        char key[GRID_KEY_BYTES];
        char name[GRID_KEY_BYTES];
        const double demand_mw = grid_demand_mw(&matpower->buses[i]);
        snprintf(name, sizeof name, "Bus %" PRId64 " (%g kV)", matpower->buses[i].id,
                 matpower->buses[i].base_kv);
        /* What is demanded below nothing is given. */
        const struct graph_node node = {.key = grid_bus_key(matpower, i, key),
                                        .name = name,
                                        .load_w = grid_w(demand_mw),
                                        .generation_w = grid_w(-demand_mw),
                                        .capacity_w = grid_w(-demand_mw)};
        if (!grid_has(matpower, i)) {
            continue;
        }
        const enum spill_status status = graph_add_node(graph, &node, error);
        if (status != SPILL_OK) {
            return status;
        }
    }
    return SPILL_OK;
}

/* ---- Generators ---- */

/* The generator that gives what the others leave; gen_count if there is none. */
static size_t grid_slack(const struct matpower *matpower) {
    for (size_t i = 0; i < matpower->gen_count; i++) {
        if (grid_runs(matpower, i) &&
            matpower->buses[matpower->gens[i].bus].type == MATPOWER_REFERENCE) {
            return i;
        }
    }
    return matpower->gen_count;
}

static double grid_output_mw(const struct matpower *matpower, size_t gen) {
    const struct matpower_gen *const what = &matpower->gens[gen];
    if (gen != grid_slack(matpower)) {
        return what->output_mw;
    }
    double left_mw = 0;
    for (size_t i = 0; i < matpower->bus_count; i++) {
        left_mw += grid_has(matpower, i) ? grid_demand_mw(&matpower->buses[i]) : 0;
    }
    for (size_t i = 0; i < matpower->gen_count; i++) {
        left_mw -= i != gen && grid_runs(matpower, i) ? matpower->gens[i].output_mw : 0;
    }
    return left_mw > what->output_max_mw ? what->output_max_mw : left_mw;
}

static enum spill_status grid_gen(const struct matpower *matpower, size_t gen, struct graph *graph,
                                  struct spill_error *error) {
    const struct matpower_gen *const what = &matpower->gens[gen];
    const double output_mw = grid_output_mw(matpower, gen);
    char bus[GRID_KEY_BYTES];
    char key[GRID_KEY_BYTES];
    char name[GRID_KEY_BYTES];
    snprintf(name, sizeof name, "Generator %zu at bus %" PRId64 " (%g MW)", gen + 1,
             matpower->buses[what->bus].id, what->output_max_mw);
    const int64_t generation_w = grid_w(output_mw);
    const int64_t most_w = grid_w(what->output_max_mw);
    const struct graph_node node = {.key = grid_gen_key(matpower, gen, key),
                                    .name = name,
                                    .load_w = grid_w(-output_mw),
                                    .generation_w = generation_w,
                                    .capacity_w = most_w > generation_w ? most_w : generation_w};
    const struct graph_branch branch = {
        .from = key, .to = grid_bus_key(matpower, what->bus, bus), .reactance = 1};
    const enum spill_status status = graph_add_node(graph, &node, error);
    return status == SPILL_OK ? graph_add_branch(graph, &branch, error) : status;
}

/* ---- Branches ---- */

static enum spill_status grid_branch(const struct matpower *matpower, size_t at,
                                     struct graph *graph, struct spill_error *error) {
    const struct matpower_branch *const what = &matpower->branches[at];
    char keys[2][GRID_KEY_BYTES];
    const double reactance = what->reactance * what->ratio * GRID_REACTANCE_UNIT;
    if (reactance < 0) {
        return spill_fail(error, SPILL_INVALID,
                          "line %d: a branch with a negative reactance, which this power flow does "
                          "not take",
                          what->line);
    }
    const double kept = reactance < 1                    ? 1
                        : reactance > GRID_REACTANCE_MAX ? GRID_REACTANCE_MAX
                                                         : floor(reactance + .5);
    const struct graph_branch branch = {.from = grid_bus_key(matpower, what->from, keys[0]),
                                        .to = grid_bus_key(matpower, what->to, keys[1]),
                                        .reactance = (int64_t)kept,
                                        .limit_w = grid_w(what->rate_mw)};
    return graph_add_branch(graph, &branch, error);
}

enum spill_status grid_read(const struct matpower *matpower, struct graph *graph,
                            struct spill_error *error) {
    enum spill_status status = grid_buses(matpower, graph, error);
    for (size_t i = 0; i < matpower->gen_count && status == SPILL_OK; i++) {
        status = grid_runs(matpower, i) ? grid_gen(matpower, i, graph, error) : SPILL_OK;
    }
    for (size_t i = 0; i < matpower->branch_count && status == SPILL_OK; i++) {
        const struct matpower_branch *const branch = &matpower->branches[i];
        const bool serves =
            branch->on && grid_has(matpower, branch->from) && grid_has(matpower, branch->to);
        /* From a bus to itself nothing flows. */
        status = serves && branch->from != branch->to ? grid_branch(matpower, i, graph, error)
                                                      : SPILL_OK;
    }
    return status;
}
