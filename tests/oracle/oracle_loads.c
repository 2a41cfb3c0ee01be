/* SPDX-License-Identifier: Apache-2.0 */
/* Layers that share load: section 15 of RULES.md. */
#include "tests/oracle/oracle_layers.h"

#include <stdlib.h>

#define ORACLE_LOAD_MAX INT64_C(1000000000000)

/* floor(load * ppm / Q) for loads whose product may not fit, digit by digit. */
static int64_t oracle_share_of(int64_t load, int64_t ppm) {
    const int64_t whole = load / SPILL_PPM;
    const int64_t part = load % SPILL_PPM;
    return whole * ppm + part * ppm / SPILL_PPM;
}

static int64_t oracle_amount(const struct oracle *oracle, const struct law_spec *law, uint64_t hash,
                             enum fate_purpose purpose) {
    return fate_law_ms(law, fate_draw(oracle->seed, hash, purpose, 0, oracle->replica));
}

static void oracle_load_need(const struct oracle *oracle, struct oracle_asset *asset) {
    struct oracle_member *const member = &asset->member;
    const struct layer_spec *const layer = member->layer->spec;
    if (member->drawn) {
        return;
    }
    member->drawn = true;
    const uint64_t hash = asset->entity.hash;
    const int64_t rest = asset->spec->load > 0
                             ? asset->spec->load
                             : oracle_amount(oracle, &layer->load, hash, FATE_LOAD);
    int64_t capacity = asset->spec->capacity;
    if (capacity == 0 && oracle_law_given(&layer->capacity)) {
        capacity = oracle_amount(oracle, &layer->capacity, hash, FATE_CAPACITY);
    } else if (capacity == 0) {
        capacity = rest + oracle_share_of(rest, layer->tolerance_ppm);
    }
    member->rest_load = rest;
    member->load = rest;
    member->capacity = capacity > rest ? capacity : rest + 1;
}

static void oracle_load_gets(struct oracle *oracle, struct oracle_asset *asset, int64_t amount) {
    oracle_load_need(oracle, asset);
    asset->member.load += amount;
    if (asset->member.load > ORACLE_LOAD_MAX) {
        asset->member.load = ORACLE_LOAD_MAX;
    }
}

/* Step 2. */
static void oracle_load_returns(struct oracle *oracle, struct oracle_layer *layer) {
    bool some = false;
    bool all = true;
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_member *const member = &layer->members[i]->member;
        if (member->out && oracle_is_up(layer->members[i])) {
            oracle_fire(oracle, ORACLE_LOAD_COMES_IN);
            member->out = false;
            member->load = 0;
            some = true;
        }
        all = all && !member->out;
    }
    if (some && all) {
        oracle_fire(oracle, ORACLE_LOAD_AS_AT_REST);
        layer->rest = 0;
        for (size_t i = 0; i < layer->member_count; i++) {
            layer->members[i]->member.load = layer->members[i]->member.rest_load;
        }
    }
}

/* Step 3. */
static void oracle_load_leaves(struct oracle *oracle, struct oracle_layer *layer) {
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_member *const member = &layer->members[i]->member;
        member->left = !member->out && member->own < SPILL_FAILED_BELOW;
        if (member->left) {
            oracle_load_need(oracle, layer->members[i]);
            member->out = true;
        }
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_member *const member = &layer->members[i]->member;
        if (!member->out && member->drawn && member->load >= member->capacity) {
            oracle_fire(oracle, ORACLE_LOAD_TRIPS);
            oracle_member_trip(oracle, layer->members[i]);
            member->left = true;
            member->out = true;
        }
    }
}

static void oracle_load_to_group(struct oracle *oracle, struct oracle_layer *layer) {
    int64_t left = 0;
    int64_t sum = layer->rest;
    int64_t in = 0;
    for (size_t i = 0; i < layer->member_count; i++) {
        const struct oracle_member *const member = &layer->members[i]->member;
        left += member->left;
        sum += member->left ? member->load : 0;
        in += !member->out;
    }
    if (left == 0) {
        return;
    }
    const bool fixed = layer->spec->transfer == TRANSFER_FIXED;
    oracle_fire(oracle, fixed ? ORACLE_LOAD_FIXED_TO_GROUP : ORACLE_LOAD_TO_GROUP);
    for (size_t i = 0; i < layer->member_count; i++) {
        if (!layer->members[i]->member.out) {
            oracle_load_gets(oracle, layer->members[i],
                             fixed ? left * layer->spec->amount : sum / in);
        }
    }
    if (!fixed) {
        layer->rest = in == 0 ? 0 : sum % in;
        if (layer->rest > 0) {
            oracle_fire(oracle, ORACLE_LOAD_RESTS);
        }
    }
}

/* The other end of an edge of this member over which its load passes, or NULL. */
static struct oracle_asset *oracle_load_passes(const struct oracle_edge *edge,
                                               const struct oracle_asset *asset) {
    struct oracle_asset *const other = edge->low == asset    ? edge->high
                                       : edge->high == asset ? edge->low
                                                             : NULL;
    return other != NULL && oracle_edge_works(edge) && !other->member.out ? other : NULL;
}

static void oracle_load_to_neighbours(struct oracle *oracle, struct oracle_layer *layer,
                                      struct oracle_asset *asset) {
    int64_t count = 0;
    for (size_t i = 0; i < layer->edge_count; i++) {
        count += oracle_load_passes(layer->edges[i], asset) != NULL;
    }
    const bool fixed = layer->spec->transfer == TRANSFER_FIXED;
    int64_t more = count == 0 ? 0 : asset->member.load % count;
    /* By other end, then circuit: for each member the edges to it in their order. */
    for (size_t j = 0; j < layer->member_count; j++) {
        for (size_t i = 0; i < layer->edge_count; i++) {
            struct oracle_asset *const other = oracle_load_passes(layer->edges[i], asset);
            if (other == NULL || other != layer->members[j]) {
                continue;
            }
            oracle_fire(oracle, fixed ? ORACLE_LOAD_FIXED_TO_NEIGHBOUR : ORACLE_LOAD_TO_NEIGHBOUR);
            int64_t amount = layer->spec->amount;
            if (!fixed) {
                amount = asset->member.load / count + (more > 0);
                more--;
            }
            oracle_load_gets(oracle, other, amount);
        }
    }
}

void oracle_share_load(struct oracle *oracle, struct oracle_layer *layer) {
    if (oracle->tick == 0 && oracle->round == 0 && layer->spec->disturbance > 0) {
        oracle_fire(oracle, ORACLE_LOAD_DISTURBED);
        for (size_t i = 0; i < layer->member_count; i++) {
            oracle_load_gets(oracle, layer->members[i], layer->spec->disturbance);
        }
    }
    oracle_load_returns(oracle, layer);
    oracle_load_leaves(oracle, layer);
    if (layer->spec->to_group) {
        oracle_load_to_group(oracle, layer);
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        if (layer->members[i]->member.left && !layer->spec->to_group) {
            oracle_load_to_neighbours(oracle, layer, layer->members[i]);
        }
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_member *const member = &layer->members[i]->member;
        if (member->left) {
            member->load = 0;
        }
        layer->asks =
            layer->asks || (!member->out && member->drawn && member->load >= member->capacity);
        member->next_level = member->tripped ? 0 : SPILL_PPM;
    }
}
