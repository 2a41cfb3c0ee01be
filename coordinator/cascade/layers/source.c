/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/layers/layers.h"

/*
 * source: only what closed edges connect with a working source works. One walk from all sources at
 * once.
 */

void source_evaluate(struct cascade *cascade, uint32_t layer) {
    const struct network *const network = cascade->network;
    const uint32_t first = network->layers[layer].first_node;
    const uint32_t end = network->layers[layer + 1].first_node;
    uint8_t *const fed = cascade->node_marks;
    uint32_t *const queue = cascade->node_queue;
    uint32_t count = 0;
    for (uint32_t node = first; node < end; node++) {
        fed[node] = network->nodes[node].source && node_is_up(cascade, node) ? 1 : 0;
        if (fed[node] == 1) {
            queue[count++] = node;
        }
    }
    for (uint32_t at = 0; at < count; at++) {
        const uint32_t *const arcs = &network->first_arcs[queue[at]];
        for (uint32_t arc = arcs[0]; arc < arcs[1]; arc++) {
            const uint32_t other = network->arcs[arc].node;
            if (fed[other] == 0 && node_is_up(cascade, other) &&
                edge_works(cascade, network->arcs[arc].edge)) {
                fed[other] = 1;
                queue[count++] = other;
            }
        }
    }
    for (uint32_t node = first; node < end; node++) {
        node_set_loss(cascade, node, fed[node] == 1 ? 0 : (int32_t)SPILL_PPM);
    }
}
