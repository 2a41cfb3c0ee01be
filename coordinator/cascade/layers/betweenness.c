/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/layers/betweenness.h"

#include <stdlib.h>

#include "coordinator/cascade/layers/layers.h"

/*
 * betweenness: every member carries the shortest paths through it (Motter and Lai, "Cascade-based
 * attacks on complex networks", 2002), counted as in Brandes, "A faster algorithm for betweenness
 * centrality", 2001: one walk from each member, then back from the farthest, adding up what depends
 * on each. Doubles, in one order, by one thread; rounded before anything is compared.
 */

enum spill_status betweenness_room_open(struct betweenness_room *room, size_t node_count) {
    room->paths = spill_alloc(node_count, sizeof *room->paths);
    room->depends = spill_alloc(node_count, sizeof *room->depends);
    room->sums = spill_alloc(node_count, sizeof *room->sums);
    room->distances = spill_alloc(node_count, sizeof *room->distances);
    room->queue = spill_alloc(node_count, sizeof *room->queue);
    if (room->paths == NULL || room->depends == NULL || room->sums == NULL ||
        room->distances == NULL || room->queue == NULL) {
        betweenness_room_close(room);
        return SPILL_MEMORY;
    }
    return SPILL_OK;
}

void betweenness_room_close(struct betweenness_room *room) {
    free(room->paths);
    free(room->depends);
    free(room->sums);
    free(room->distances);
    free(room->queue);
    *room = (struct betweenness_room){.paths = NULL};
}

/* At rest, without a trajectory, everything works. */
static bool betweenness_is_up(const struct cascade *cascade, uint32_t node) {
    return cascade == NULL || node_is_up(cascade, node);
}

static bool betweenness_passes(const struct cascade *cascade, const struct network_arc *arc) {
    return cascade == NULL || (node_is_up(cascade, arc->node) && edge_works(cascade, arc->edge));
}

/* Walks from a member: distances and numbers of shortest paths of all that it reaches, which are
 * queued in the order of reaching. Returns how many. */
static uint32_t betweenness_walk(const struct network *network, const struct cascade *cascade,
                                 const struct network_layer *layer,
                                 const struct betweenness_room *room, uint32_t from) {
    for (uint32_t node = layer->first_node; node < layer[1].first_node; node++) {
        room->distances[node] = UINT32_MAX;
        room->paths[node] = 0;
        room->depends[node] = 0;
    }
    uint32_t count = 0;
    room->distances[from] = 0;
    room->paths[from] = 1;
    room->queue[count++] = from;
    for (uint32_t at = 0; at < count; at++) {
        const uint32_t node = room->queue[at];
        for (uint32_t i = network->first_arcs[node]; i < network->first_arcs[node + 1]; i++) {
            const struct network_arc *const arc = &network->arcs[i];
            if (!betweenness_passes(cascade, arc)) {
                continue;
            }
            if (room->distances[arc->node] == UINT32_MAX) {
                room->distances[arc->node] = room->distances[node] + 1;
                room->queue[count++] = arc->node;
            }
            if (room->distances[arc->node] == room->distances[node] + 1) {
                room->paths[arc->node] += room->paths[node];
            }
        }
    }
    return count;
}

/* From the farthest back: what depends on each member that was reached. */
static void betweenness_return(const struct network *network, const struct cascade *cascade,
                               const struct betweenness_room *room, uint32_t count) {
    for (uint32_t at = count; at > 1; at--) { /* Not the first: ends do not count. */
        const uint32_t node = room->queue[at - 1];
        const double share = (1 + room->depends[node]) / room->paths[node];
        for (uint32_t i = network->first_arcs[node]; i < network->first_arcs[node + 1]; i++) {
            const struct network_arc *const arc = &network->arcs[i];
            if (room->distances[arc->node] == room->distances[node] - 1 &&
                betweenness_passes(cascade, arc)) {
                room->depends[arc->node] += room->paths[arc->node] * share;
            }
        }
        room->sums[node] += room->depends[node];
    }
}

void betweenness_find(const struct network *network, const struct cascade *cascade, uint32_t layer,
                      const struct betweenness_room *room) {
    const struct network_layer *const what = &network->layers[layer];
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        room->sums[node] = 0;
    }
    for (uint32_t i = what->first_node; i < what[1].first_node; i++) {
        const uint32_t from = network->nodes_by_hash[i];
        if (betweenness_is_up(cascade, from)) {
            const uint32_t count = betweenness_walk(network, cascade, what, room, from);
            betweenness_return(network, cascade, room, count);
        }
    }
}

void betweenness_evaluate(struct cascade *cascade, uint32_t layer) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    const struct betweenness_room *const room = &cascade->betweenness;
    betweenness_find(cascade->network, cascade, layer, room);
    bool some = false;
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        const int64_t most = layer_capacity(what, cascade->network->nodes[node].rest_load);
        if (node_is_up(cascade, node) && betweenness_load(room, node) > most) {
            node_trip(cascade, node);
            some = true;
        }
        node_set_loss(cascade, node, cascade->nodes[node].tripped ? (int32_t)SPILL_PPM : 0);
    }
    if (some) {
        layer_list(cascade, layer);
    }
}
