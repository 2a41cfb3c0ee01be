/* SPDX-License-Identifier: Apache-2.0 */
/* Layers that share load, and those that carry shortest paths: section 15 of RULES.md. */
#include "tests/oracle/oracle_layers.h"

#include <math.h>
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

/* ---- Betweenness, by its definition: all pairs, and all members between them ---- */

/* Lengths and numbers of the shortest paths between all members; a length of -1 is none. */
struct oracle_paths {
    size_t count;
    int64_t *lengths;
    long double *numbers;
};

static struct oracle_paths oracle_paths_find(const struct oracle_layer *layer, bool at_rest) {
    const size_t n = layer->member_count;
    struct oracle_paths paths = {.count = n,
                                 .lengths = spill_alloc(n * n, sizeof *paths.lengths),
                                 .numbers = spill_alloc(n * n, sizeof *paths.numbers)};
    SPILL_ASSERT(paths.lengths != NULL);
    SPILL_ASSERT(paths.numbers != NULL);
    for (size_t i = 0; i < n * n; i++) {
        const bool same = i / n == i % n && (at_rest || oracle_is_up(layer->members[i / n]));
        paths.lengths[i] = same ? 0 : -1;
        paths.numbers[i] = same ? 1 : 0;
    }
    /* Paths of one edge more, as long as there are any. */
    bool longer = true;
    for (int64_t length = 1; longer; length++) {
        longer = false;
        for (size_t e = 0; e < 2 * layer->edge_count; e++) {
            const struct oracle_edge *const edge = layer->edges[e / 2];
            const size_t a = (e % 2 == 0 ? edge->low : edge->high)->member.place;
            const size_t b = (e % 2 == 0 ? edge->high : edge->low)->member.place;
            for (size_t s = 0; s < n && (at_rest || oracle_edge_closed(edge)); s++) {
                int64_t *const to = &paths.lengths[s * n + b];
                if (paths.lengths[s * n + a] == length - 1 && (*to == -1 || *to == length)) {
                    *to = length;
                    paths.numbers[s * n + b] += paths.numbers[s * n + a];
                    longer = true;
                }
            }
        }
    }
    return paths;
}

/* The load of a member, in millionths of a path. */
static int64_t oracle_paths_through(const struct oracle_paths *paths, size_t v) {
    const size_t n = paths->count;
    long double load = 0;
    for (size_t s = 0; s < n; s++) {
        for (size_t t = s + 1; t < n; t++) {
            const int64_t to = paths->lengths[s * n + v];
            const int64_t on = paths->lengths[v * n + t];
            if (s != v && t != v && to > 0 && on > 0 && to + on == paths->lengths[s * n + t]) {
                load += paths->numbers[s * n + v] * paths->numbers[v * n + t] /
                        paths->numbers[s * n + t];
            }
        }
    }
    return (int64_t)floorl(load * 1e6L + .501L);
}

static void oracle_paths_free(struct oracle_paths *paths) {
    free(paths->lengths);
    free(paths->numbers);
}

void oracle_betweenness(struct oracle *oracle, struct oracle_layer *layer) {
    struct oracle_paths now = oracle_paths_find(layer, false);
    struct oracle_paths rest = oracle_paths_find(layer, true);
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_member *const member = &layer->members[i]->member;
        const int64_t load = oracle_paths_through(&rest, i);
        const int64_t capacity = load + oracle_share_of(load, layer->spec->tolerance_ppm);
        member->left = oracle_is_up(layer->members[i]) && oracle_paths_through(&now, i) > capacity;
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_member *const member = &layer->members[i]->member;
        if (member->left) {
            oracle_fire(oracle, ORACLE_PATHS_TRIP);
            oracle_member_trip(oracle, layer->members[i]);
            layer->asks = true;
        }
        member->next_level = member->tripped ? 0 : SPILL_PPM;
    }
    oracle_paths_free(&now);
    oracle_paths_free(&rest);
}
