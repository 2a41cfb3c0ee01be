/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers: what is not local; the interface between the engine and the kinds of layers (RULES.md,
 * section 15); for the files of this folder and its parent only.
 *
 * After a round's evaluation the engine lists the layers whose members, lines or edges moved, and
 * evaluates each of them once. A kind reads what its members could give by themselves and which of
 * its edges are closed, and says what each member may give (node_set_loss) and what trips; nothing
 * of that acts before the next round. A kind is one function in one file. Used by the thread that
 * steps the cascade.
 */
#ifndef SPILL_LAYERS_H
#define SPILL_LAYERS_H

#include "coordinator/cascade/cascade_state.h"

/* ---- The kinds ---- */

void giant_evaluate(struct cascade *cascade, uint32_t layer);
void source_evaluate(struct cascade *cascade, uint32_t layer);
void share_load_evaluate(struct cascade *cascade, uint32_t layer);
void betweenness_evaluate(struct cascade *cascade, uint32_t layer);
void dc_flow_evaluate(struct cascade *cascade, uint32_t layer);

/* ---- What they read ---- */

/* True unless a member failed by itself or tripped. */
static inline bool node_is_up(const struct cascade *cascade, uint32_t node) {
    return !cascade->node_downs[node];
}

/* True if an edge and its line work; its ends may be down. */
static inline bool edge_works(const struct cascade *cascade, uint32_t edge) {
    const uint32_t line = cascade->network->edges[edge].line;
    return !cascade->edges[edge].tripped &&
           (line == NETWORK_NO_INDEX ||
            SPILL_PPM - cascade->assets[line].service_loss_ppm >= SPILL_FAILED_BELOW);
}

/* A load and the layer's tolerance of it more. */
static inline int64_t layer_capacity(const struct network_layer *layer, int64_t load) {
    return load + load / SPILL_PPM * layer->tolerance_ppm +
           load % SPILL_PPM * layer->tolerance_ppm / SPILL_PPM;
}

/* ---- What they do ---- */

/* Says that something else is missing from full in what a member may give, from the next round on.
 */
void node_change_loss(struct cascade *cascade, uint32_t node, int32_t loss_ppm);
static inline void node_set_loss(struct cascade *cascade, uint32_t node, int32_t loss_ppm) {
    if (loss_ppm != cascade->node_losses[node]) {
        node_change_loss(cascade, node, loss_ppm);
    }
}
/* A member, or an edge, trips now; it recloses by the layer's law. */
void node_trip(struct cascade *cascade, uint32_t node);
void edge_trip(struct cascade *cascade, uint32_t edge);
/* Has a layer evaluated after the coming evaluation. */
void layer_list(struct cascade *cascade, uint32_t layer);
/* The root of the layer's latest trigger, or its own; + 1. */
uint32_t layer_root(struct cascade *cascade, uint32_t layer);

#endif
