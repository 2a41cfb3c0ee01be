/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/grid.h"

#include <inttypes.h>
#include <stdio.h>

enum { GRID_KEY_BYTES = 64 };

static const char grid_feed[] = "feed";

static const char *grid_bus_key(const struct matpower *matpower, size_t bus,
                                char key[GRID_KEY_BYTES]) {
    snprintf(key, GRID_KEY_BYTES, "bus-%" PRId64, matpower->buses[bus].id);
    return key;
}

static bool grid_has(const struct matpower *matpower, size_t bus) {
    return matpower->buses[bus].type != MATPOWER_ISOLATED;
}

static enum spill_status grid_buses(const struct matpower *matpower, struct graph *graph,
                                    struct spill_error *error) {
    for (size_t i = 0; i < matpower->bus_count; i++) {
        char key[GRID_KEY_BYTES];
        char name[GRID_KEY_BYTES];
        snprintf(name, sizeof name, "Bus %" PRId64 " (%g kV)", matpower->buses[i].id,
                 matpower->buses[i].base_kv);
        const struct graph_node node = {.key = grid_bus_key(matpower, i, key), .name = name};
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

static enum spill_status grid_gens(const struct matpower *matpower, struct graph *graph,
                                   struct spill_error *error) {
    for (size_t i = 0; i < matpower->gen_count; i++) {
        const struct matpower_gen *const gen = &matpower->gens[i];
        char bus[GRID_KEY_BYTES];
        char key[GRID_KEY_BYTES];
        char name[GRID_KEY_BYTES];
        if (!gen->on || !grid_has(matpower, gen->bus)) {
            continue;
        }
        snprintf(key, sizeof key, "gen-%" PRId64 "-%zu", matpower->buses[gen->bus].id, i + 1);
        snprintf(name, sizeof name, "Generator %zu at bus %" PRId64 " (%g MW)", i + 1,
                 matpower->buses[gen->bus].id, gen->output_max_mw);
        const struct graph_node node = {.key = key, .name = name};
        const struct graph_link link = {
            .from = key, .to = grid_bus_key(matpower, gen->bus, bus), .need = grid_feed};
        enum spill_status status = graph_add_node(graph, &node, error);
        if (status == SPILL_OK) {
            status = graph_add_link(graph, &link, error);
        }
        if (status != SPILL_OK) {
            return status;
        }
    }
    return SPILL_OK;
}

enum spill_status grid_read(const struct matpower *matpower, struct graph *graph,
                            struct spill_error *error) {
    enum spill_status status = grid_buses(matpower, graph, error);
    if (status == SPILL_OK) {
        status = grid_gens(matpower, graph, error);
    }
    for (size_t i = 0; i < matpower->branch_count && status == SPILL_OK; i++) {
        const struct matpower_branch *const branch = &matpower->branches[i];
        char keys[2][GRID_KEY_BYTES];
        const struct graph_link link = {.from = grid_bus_key(matpower, branch->from, keys[0]),
                                        .to = grid_bus_key(matpower, branch->to, keys[1]),
                                        .need = grid_feed,
                                        .both_ways = true};
        if (branch->on && grid_has(matpower, branch->from) && grid_has(matpower, branch->to)) {
            status = graph_add_link(graph, &link, error);
        }
    }
    return status;
}
