/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/layers/layers.h"

/*
 * share_load: every member carries a load; who goes out hands it, or a fixed amount, to neighbours
 * or to all others, and who then carries as much as it can trips. Dobson's CASCADE and the fibre
 * bundle are settings of it.
 */

#define LOAD_MAX INT64_C(1000000000000)

/* An amount by a law of the layer; a law that is none gives 0. */
static int64_t load_draw(const struct cascade *cascade, uint32_t law, uint64_t hash,
                         enum chance_purpose purpose) {
    uint32_t draws = 0;
    return cascade_draw_ms(cascade, law, hash, purpose, &draws);
}

/* Load and capacity of a member, drawn when they are first needed. */
static struct node_state *load_of(struct cascade *cascade, uint32_t node) {
    struct node_state *const state = &cascade->nodes[node];
    if (state->drawn) {
        return state;
    }
    const struct network *const network = cascade->network;
    const struct network_node *const what = &network->nodes[node];
    const struct network_layer *const layer = &network->layers[what->layer];
    const uint64_t hash = network->assets[what->asset].hash;
    cascade_touch(cascade, ENTITY_NODE, node);
    state->rest_load =
        what->load > 0 ? what->load : load_draw(cascade, layer->load, hash, CHANCE_LOAD);
    state->load = state->rest_load;
    if (what->capacity > 0) {
        state->capacity = what->capacity;
    } else if (network->laws[layer->capacity].kind != LAW_NONE) {
        state->capacity = load_draw(cascade, layer->capacity, hash, CHANCE_CAPACITY);
    } else {
        state->capacity = layer_capacity(layer, state->rest_load);
    }
    if (state->capacity <= state->rest_load) {
        state->capacity = state->rest_load + 1;
    }
    state->drawn = true;
    return state;
}

static void load_add(struct cascade *cascade, uint32_t node, int64_t amount) {
    struct node_state *const state = load_of(cascade, node);
    cascade_touch(cascade, ENTITY_NODE, node);
    state->load = amount < LOAD_MAX - state->load ? state->load + amount : LOAD_MAX;
}

static bool load_failed(const struct node_state *state) {
    return SPILL_PPM - state->own_loss_ppm < SPILL_FAILED_BELOW;
}

static bool load_is_full(const struct node_state *state) {
    return !state->out && state->drawn && state->load >= state->capacity;
}

/* ---- Who comes in, and who goes out ---- */

/* Step 2. */
static void load_come_in(struct cascade *cascade, uint32_t layer) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    struct layer_state *const state = &cascade->layers[layer];
    bool some = false;
    for (uint32_t node = what->first_node; node < what[1].first_node && state->out_count > 0;
         node++) {
        struct node_state *const member = &cascade->nodes[node];
        if (member->out && !member->tripped && !load_failed(member)) {
            cascade_touch(cascade, ENTITY_NODE, node);
            member->out = false;
            member->load = 0;
            state->out_count--;
            some = true;
        }
    }
    if (!some || state->out_count > 0) {
        return;
    }
    state->rest = 0;
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        if (cascade->nodes[node].drawn) {
            cascade_touch(cascade, ENTITY_NODE, node);
            cascade->nodes[node].load = cascade->nodes[node].rest_load;
        }
    }
}

/* Step 3. Those that go out are listed in the queue of nodes. */
static uint32_t load_go_out(struct cascade *cascade, uint32_t layer) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    uint32_t count = 0;
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        struct node_state *const member = &cascade->nodes[node];
        const bool trips = load_is_full(member) && !load_failed(member);
        if (!trips && (member->out || !load_failed(member))) {
            continue;
        }
        (void)load_of(cascade, node);
        cascade_touch(cascade, ENTITY_NODE, node);
        if (trips) {
            node_trip(cascade, node);
        }
        member->out = true;
        cascade->layers[layer].out_count++;
        cascade->node_queue[what->first_node + count] = node;
        count++;
    }
    return count;
}

/* ---- What they hand over ---- */

static void load_to_group(struct cascade *cascade, uint32_t layer, const uint32_t *gone,
                          uint32_t gone_count) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    struct layer_state *const state = &cascade->layers[layer];
    const uint32_t in_count = what[1].first_node - what->first_node - state->out_count;
    int64_t share = what->amount * gone_count;
    if (what->transfer == TRANSFER_LOAD) {
        int64_t sum = state->rest;
        for (uint32_t i = 0; i < gone_count; i++) {
            sum += cascade->nodes[gone[i]].load;
        }
        share = in_count == 0 ? 0 : sum / in_count;
        state->rest = in_count == 0 ? 0 : sum % in_count;
    }
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        if (!cascade->nodes[node].out) {
            load_add(cascade, node, share);
        }
    }
}

/* Whether an edge takes load from a member that went out to another that is in. */
static bool load_passes(const struct cascade *cascade, const struct network_arc *arc) {
    return !cascade->nodes[arc->node].out && edge_works(cascade, arc->edge);
}

static void load_to_neighbours(struct cascade *cascade, uint32_t layer, uint32_t gone) {
    const struct network *const network = cascade->network;
    const struct network_layer *const what = &network->layers[layer];
    const struct network_arc *const first = &network->arcs[network->first_arcs[gone]];
    const struct network_arc *const end = &network->arcs[network->first_arcs[gone + 1]];
    int64_t count = 0;
    for (const struct network_arc *arc = first; arc < end; arc++) {
        count += load_passes(cascade, arc) ? 1 : 0;
    }
    const int64_t load = cascade->nodes[gone].load;
    int64_t more = count == 0 ? 0 : load % count; /* So many get 1 more. */
    for (const struct network_arc *arc = first; arc < end; arc++) {
        if (!load_passes(cascade, arc)) {
            continue;
        }
        load_add(cascade, arc->node,
                 what->transfer == TRANSFER_FIXED ? what->amount
                                                  : load / count + (more > 0 ? 1 : 0));
        more--;
    }
}

/* Step 4. */
static void load_hand_over(struct cascade *cascade, uint32_t layer, uint32_t gone_count) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    const uint32_t *const gone = &cascade->node_queue[what->first_node];
    if (gone_count > 0 && what->to_group) {
        load_to_group(cascade, layer, gone, gone_count);
    }
    for (uint32_t i = 0; i < gone_count; i++) {
        if (!what->to_group) {
            load_to_neighbours(cascade, layer, gone[i]);
        }
        cascade->nodes[gone[i]].load = 0;
    }
}

void share_load_evaluate(struct cascade *cascade, uint32_t layer) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    if (cascade->tick == 0 && cascade->round == 0 && what->disturbance > 0) {
        for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
            load_add(cascade, node, what->disturbance);
        }
    }
    load_come_in(cascade, layer);
    load_hand_over(cascade, layer, load_go_out(cascade, layer));
    bool full = false;
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        const struct node_state *const member = &cascade->nodes[node];
        full = full || load_is_full(member);
        node_set_loss(cascade, node, member->tripped ? (int32_t)SPILL_PPM : 0);
    }
    if (full) {
        layer_list(cascade, layer);
    }
}
