/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "coordinator/cascade/layers/layers.h"

/*
 * giant: only the largest connected part of a layer works. Parts are walked one after another until
 * what is left is smaller than the largest so far, which in a large layer is soon after the first.
 * While walking, a mark says that a member is down or was reached: one byte a member, so that the
 * marks of a large layer stay near.
 */

enum { GIANT_FREE, GIANT_REACHED, GIANT_WORKS };

/* A part: its members are node_queue[first] to node_queue[first + count - 1]. */
struct giant_part {
    uint32_t first;
    uint32_t count;
};

/* Walks the part of a member into the queue, from `first` on. */
static struct giant_part giant_walk(const struct cascade *cascade, uint32_t node, uint32_t first) {
    const struct network *const network = cascade->network;
    const bool has_lines = network->layers[network->nodes[node].layer].has_lines;
    uint8_t *const marks = cascade->node_marks;
    uint32_t *const queue = cascade->node_queue;
    uint32_t end = first;
    marks[node] = GIANT_REACHED;
    queue[end++] = node;
    for (uint32_t at = first; at < end; at++) {
        const uint32_t *const arcs = &network->first_arcs[queue[at]];
        for (uint32_t arc = arcs[0]; arc < arcs[1]; arc++) {
            const uint32_t other = network->arcs[arc].node;
            if (marks[other] == GIANT_FREE &&
                (!has_lines || edge_works(cascade, network->arcs[arc].edge))) {
                marks[other] = GIANT_REACHED;
                queue[end++] = other;
            }
        }
    }
    return (struct giant_part){.first = first, .count = end - first};
}

static uint64_t giant_least_hash(const struct cascade *cascade, const struct giant_part *part) {
    uint64_t least = UINT64_MAX;
    for (uint32_t i = part->first; i < part->first + part->count; i++) {
        const uint32_t asset = cascade->network->nodes[cascade->node_queue[i]].asset;
        const uint64_t hash = cascade->network->assets[asset].hash;
        least = hash < least ? hash : least;
    }
    return least;
}

static bool giant_wins(const struct cascade *cascade, const struct giant_part *part,
                       const struct giant_part *best) {
    if (part->count != best->count) {
        return part->count > best->count;
    }
    return giant_least_hash(cascade, part) < giant_least_hash(cascade, best);
}

/* The largest part of the members from `node` to `end`. */
static struct giant_part giant_find(const struct cascade *cascade, uint32_t node, uint32_t end) {
    uint32_t left = 0;
    for (uint32_t i = node; i < end; i++) {
        cascade->node_marks[i] = cascade->node_downs[i] ? GIANT_REACHED : GIANT_FREE;
        left += cascade->node_downs[i] ? 0 : 1;
    }
    struct giant_part best = {.first = node};
    uint32_t queued = node;
    for (; left > 0 && left >= best.count; node++) {
        SPILL_ASSERT(node < end);
        if (cascade->node_marks[node] != GIANT_FREE) {
            continue;
        }
        const struct giant_part part = giant_walk(cascade, node, queued);
        queued += part.count;
        left -= part.count;
        if (giant_wins(cascade, &part, &best)) {
            best = part;
        }
    }
    return best;
}

void giant_evaluate(struct cascade *cascade, uint32_t layer) {
    const uint32_t first = cascade->network->layers[layer].first_node;
    const uint32_t end = cascade->network->layers[layer + 1].first_node;
    const struct giant_part giant = giant_find(cascade, first, end);
    for (uint32_t i = giant.first; i < giant.first + giant.count; i++) {
        cascade->node_marks[cascade->node_queue[i]] = GIANT_WORKS;
    }
    for (uint32_t node = first; node < end; node++) {
        const bool works = cascade->node_marks[node] == GIANT_WORKS;
        node_set_loss(cascade, node, works ? 0 : (int32_t)SPILL_PPM);
    }
}
