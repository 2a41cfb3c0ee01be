/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/layers/layers.h"

static bool layers_failed(int32_t loss_ppm) {
    return SPILL_PPM - loss_ppm < SPILL_FAILED_BELOW;
}

/* ---- Who moves a layer ---- */

void layer_list(struct cascade *cascade, uint32_t layer) {
    struct layer_state *const state = &cascade->layers[layer];
    cascade_touch(cascade, ENTITY_LAYER, layer);
    if (!state->listed) {
        state->listed = true;
        cascade->layer_list[cascade->layer_list_count++] = layer;
    }
}

/* Something of a layer fell: of all in a round, the one with the smallest hash gives the root. */
static void layer_fell(struct cascade *cascade, uint32_t layer,
                       const struct layer_trigger *trigger) {
    struct layer_state *const state = &cascade->layers[layer];
    SPILL_ASSERT(trigger->root != 0);
    layer_list(cascade, layer);
    if (state->trigger.root == 0 || trigger->hash < state->trigger.hash) {
        state->trigger = *trigger;
    }
}

static struct layer_trigger asset_trigger(const struct cascade *cascade, uint32_t asset) {
    return (struct layer_trigger){
        .hash = cascade->network->assets[asset].hash,
        .record = cascade->on_cause == NULL ? 0 : cascade->asset_records[asset],
        .root = cascade->assets[asset].bound_root,
    };
}

static void node_tell(struct cascade *cascade, uint32_t node) {
    struct node_state *const state = &cascade->nodes[node];
    const struct network_node *const what = &cascade->network->nodes[node];
    if (state->now_loss_ppm == state->own_loss_ppm) {
        return;
    }
    cascade_touch(cascade, ENTITY_NODE, node);
    const bool failed_before = layers_failed(state->own_loss_ppm);
    const bool failed = layers_failed(state->now_loss_ppm);
    const bool gradual = cascade->network->layers[what->layer].kind == LAYER_DC_FLOW;
    const bool fell =
        gradual ? state->now_loss_ppm > state->own_loss_ppm : failed && !failed_before;
    state->own_loss_ppm = state->now_loss_ppm;
    cascade->node_downs[node] = failed || state->tripped;
    if (fell) {
        const struct layer_trigger trigger = asset_trigger(cascade, what->asset);
        layer_fell(cascade, what->layer, &trigger);
    } else if (gradual || failed != failed_before) {
        layer_list(cascade, what->layer);
    }
}

void asset_tell_layers(struct cascade *cascade, uint32_t asset, int32_t service_loss_before_ppm) {
    const uint32_t node = cascade->network->assets[asset].node;
    if (node != NETWORK_NO_INDEX) {
        node_tell(cascade, node);
    }
    const bool failed = layers_failed(cascade->assets[asset].service_loss_ppm);
    if (failed == layers_failed(service_loss_before_ppm)) {
        return;
    }
    size_t count = 0;
    const uint32_t *const edges = network_group_items(&cascade->network->line_edges, asset, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t layer = cascade->network->edges[edges[i]].layer;
        if (failed) {
            const struct layer_trigger trigger = asset_trigger(cascade, asset);
            layer_fell(cascade, layer, &trigger);
        } else {
            layer_list(cascade, layer);
        }
    }
}

/* ---- What a layer does to its members ---- */

int64_t node_limit(struct cascade *cascade, uint32_t node, int64_t own_ppm) {
    cascade->nodes[node].now_loss_ppm = (int32_t)(SPILL_PPM - own_ppm);
    const int64_t most_ppm = SPILL_PPM - cascade->node_losses[node];
    return own_ppm < most_ppm ? own_ppm : most_ppm;
}

uint32_t layer_root(struct cascade *cascade, uint32_t layer) {
    struct layer_state *const state = &cascade->layers[layer];
    if (state->root == 0) {
        const struct network_layer *const what = &cascade->network->layers[layer];
        const enum spill_status status = root_name(
            cascade, "layer", network_text(cascade->network, what->name), 0, true, &state->root);
        SPILL_ASSERT(status == SPILL_OK);
        root_make(cascade, state->root);
    }
    return state->root;
}

void node_change_loss(struct cascade *cascade, uint32_t node, int32_t loss_ppm) {
    const struct network_node *const what = &cascade->network->nodes[node];
    const int32_t before_ppm = cascade->node_losses[node];
    cascade_touch(cascade, ENTITY_NODE, node);
    cascade->node_losses[node] = loss_ppm;
    if (loss_ppm > before_ppm) {
        const uint32_t root = layer_root(cascade, what->layer);
        cascade->nodes[node].root = root;
        /* Another's root has reached its first asset already. */
        if (cascade->roots[root - 1].hash == cascade->network->layers[what->layer].hash) {
            root_reach(cascade, root, cascade->network->assets[what->asset].country);
        }
    } else if (loss_ppm == 0) {
        cascade->nodes[node].root = 0;
    }
    if (cascade->on_cause != NULL && (loss_ppm > before_ppm || loss_ppm == 0)) {
        cascade->node_records[node] = loss_ppm == 0 ? 0 : cascade->layer_records[what->layer];
    }
    asset_evaluate_later(cascade, what->asset);
}

/* ---- Rounds ---- */

static void layer_evaluate(struct cascade *cascade, uint32_t layer) {
    static void (*const evaluate[])(struct cascade * cascade, uint32_t layer) = {
        [LAYER_GIANT] = giant_evaluate,           [LAYER_SOURCE] = source_evaluate,
        [LAYER_SHARE_LOAD] = share_load_evaluate, [LAYER_BETWEENNESS] = betweenness_evaluate,
        [LAYER_DC_FLOW] = dc_flow_evaluate,
    };
    struct layer_state *const state = &cascade->layers[layer];
    state->listed = false;
    if (state->trigger.root != 0) {
        state->root = state->trigger.root;
        if (cascade->on_cause != NULL) {
            cascade->layer_records[layer] = state->trigger.record;
        }
    }
    state->trigger = (struct layer_trigger){0};
    evaluate[cascade->network->layers[layer].kind](cascade, layer);
}

void cascade_evaluate_layers(struct cascade *cascade) {
    uint32_t *const list = cascade->layer_list;
    const size_t count = cascade->layer_list_count;
    cascade->layer_list = cascade->layers_evaluating;
    cascade->layers_evaluating = list;
    cascade->layer_list_count = 0;
    for (size_t i = 1; i < count; i++) { /* In canonical order: they may make roots. */
        const uint32_t moving = list[i];
        size_t j = i;
        for (; j > 0 && list[j - 1] > moving; j--) {
            list[j] = list[j - 1];
        }
        list[j] = moving;
    }
    for (size_t i = 0; i < count; i++) {
        layer_evaluate(cascade, list[i]);
    }
}

bool cascade_layers_act(const struct cascade *cascade) {
    return cascade->network->layer_count > 0 &&
           (cascade->evaluate_count > 0 || cascade->layer_list_count > 0);
}

void cascade_postpone_layers(struct cascade *cascade) {
    if (cascade->network->layer_count == 0) {
        return;
    }
    for (size_t i = 0; i < cascade->evaluate_count; i++) {
        const uint32_t asset = cascade->evaluate[i];
        cascade->asset_flags[asset] &= (uint8_t) ~(ASSET_LISTED | ASSET_WHOLE);
        cascade->assets[asset].wake_tick = cascade->tick + 1;
        asset_schedule(cascade, asset);
    }
    cascade->evaluate_count = 0;
    for (size_t i = 0; i < cascade->layer_list_count; i++) {
        const uint32_t layer = cascade->layer_list[i];
        cascade->layers[layer].listed = false;
        cascade_set_timer(cascade, ENTITY_LAYER, layer, cascade->tick + 1);
    }
    cascade->layer_list_count = 0;
}

void cascade_begin_layers(struct cascade *cascade) {
    if (cascade->tick > 0 || !cascade->network->layers_start) {
        return;
    }
    for (uint32_t layer = 0; layer < cascade->network->layer_count; layer++) {
        if (cascade->network->layers[layer].starts) {
            layer_list(cascade, layer);
        }
    }
}

/* ---- Trips and timers ---- */

void node_trip(struct cascade *cascade, uint32_t node) {
    struct node_state *const state = &cascade->nodes[node];
    const struct network_node *const what = &cascade->network->nodes[node];
    const uint32_t law = cascade->network->layers[what->layer].reclose;
    SPILL_ASSERT(!state->tripped);
    cascade_touch(cascade, ENTITY_NODE, node);
    state->tripped = true;
    cascade->node_downs[node] = true;
    if (cascade->network->laws[law].kind != LAW_NONE) {
        state->reclose_from_tick = cascade->tick;
        state->reclose_tick = cascade_after(
            cascade, cascade_draw_ms(cascade, law, cascade->network->assets[what->asset].hash,
                                     CHANCE_RECLOSE, &state->reclose_draws));
        cascade_set_timer(cascade, ENTITY_NODE, node, state->reclose_tick);
    }
}

void node_due(struct cascade *cascade, uint32_t node) {
    struct node_state *const state = &cascade->nodes[node];
    SPILL_ASSERT(state->reclose_tick == cascade->tick);
    cascade_touch(cascade, ENTITY_NODE, node);
    state->tripped = false;
    state->reclose_from_tick = 0;
    state->reclose_tick = 0;
    cascade->node_downs[node] = layers_failed(state->own_loss_ppm);
    layer_list(cascade, cascade->network->nodes[node].layer);
}

void edge_trip(struct cascade *cascade, uint32_t edge) {
    struct edge_state *const state = &cascade->edges[edge];
    const struct network_edge *const what = &cascade->network->edges[edge];
    const uint32_t law = cascade->network->layers[what->layer].reclose;
    SPILL_ASSERT(!state->tripped);
    cascade_touch(cascade, ENTITY_EDGE, edge);
    state->tripped = true;
    state->trip_from_tick = 0;
    state->trip_tick = 0;
    cascade_end_timer(cascade, ENTITY_EDGE, edge);
    if (cascade->network->laws[law].kind != LAW_NONE) {
        state->reclose_from_tick = cascade->tick;
        state->reclose_tick =
            cascade_after(cascade, cascade_draw_ms(cascade, law, what->hash, CHANCE_RECLOSE,
                                                   &state->reclose_draws));
        cascade_set_timer(cascade, ENTITY_EDGE, edge, state->reclose_tick);
    }
}

void edge_due(struct cascade *cascade, uint32_t edge) {
    struct edge_state *const state = &cascade->edges[edge];
    const struct network_edge *const what = &cascade->network->edges[edge];
    cascade_touch(cascade, ENTITY_EDGE, edge);
    if (state->tripped) {
        SPILL_ASSERT(state->reclose_tick == cascade->tick);
        state->tripped = false;
        state->root = 0;
        state->reclose_from_tick = 0;
        state->reclose_tick = 0;
        layer_list(cascade, what->layer);
        return;
    }
    SPILL_ASSERT(state->trip_tick == cascade->tick);
    edge_trip(cascade, edge);
    const struct layer_trigger trigger = {
        .hash = what->hash,
        .record = cascade->on_cause == NULL ? 0 : cascade->edge_records[edge],
        .root = state->root,
    };
    layer_fell(cascade, what->layer, &trigger);
}

void layer_due(struct cascade *cascade, uint32_t layer) {
    layer_list(cascade, layer);
}
