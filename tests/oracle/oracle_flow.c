/* SPDX-License-Identifier: Apache-2.0 */
/* Direct-current power flow: section 15 of RULES.md. Amounts of random scenarios are small, so that
 * products of two fit. */
#include <math.h>
#include <stdlib.h>

#include "tests/oracle/oracle_layers.h"

/* One island: which members are in it, and its sums. */
struct oracle_island {
    struct oracle_asset **members;
    size_t count;
    int64_t load;
    int64_t given;
    int64_t most;
    int64_t share;
    int64_t served;
};

static void *oracle_flow_array(size_t count, size_t size_bytes) {
    void *const array = spill_alloc(count, size_bytes);
    SPILL_ASSERT(array != NULL);
    return array;
}

static int64_t oracle_given(const struct oracle_asset *asset) {
    return asset->spec->generation * asset->member.own / SPILL_PPM;
}

static int64_t oracle_most(const struct oracle_asset *asset) {
    const int64_t capacity =
        asset->spec->capacity == 0 ? asset->spec->generation : asset->spec->capacity;
    return capacity * asset->member.own / SPILL_PPM;
}

static int64_t oracle_served(const struct oracle_island *island, const struct oracle_asset *asset) {
    return asset->spec->load * island->share / SPILL_PPM;
}

/* Step 2. */
static void oracle_island_serve(struct oracle *oracle, struct oracle_island *island) {
    for (size_t i = 0; i < island->count; i++) {
        island->load += island->members[i]->spec->load;
        island->given += oracle_given(island->members[i]);
        island->most += oracle_most(island->members[i]);
    }
    if (island->most == 0) {
        island->share = 0;
        oracle_fire(oracle, ORACLE_FLOW_DEAD);
    } else if (island->load == 0) {
        island->share = SPILL_PPM;
    } else {
        island->share = island->most * SPILL_PPM / island->load;
        if (island->share > SPILL_PPM) {
            island->share = SPILL_PPM;
        }
        if (island->share < SPILL_PPM) {
            oracle_fire(oracle, ORACLE_FLOW_SHED);
        }
    }
    for (size_t i = 0; i < island->count; i++) {
        island->members[i]->member.next_level = island->share;
        island->served += oracle_served(island, island->members[i]);
    }
}

/* Step 3: what each member gives. */
static int64_t *oracle_island_gives(struct oracle *oracle, const struct oracle_island *island) {
    int64_t *const gives = oracle_flow_array(island->count, sizeof *gives);
    const int64_t d = island->served;
    int64_t missing = d;
    size_t largest = 0;
    for (size_t i = 0; i < island->count; i++) {
        const int64_t g = oracle_given(island->members[i]);
        const int64_t m = oracle_most(island->members[i]);
        if (d > 0 && island->given >= d) {
            gives[i] = g * d / island->given;
        } else if (d > 0) {
            gives[i] = g + (m - g) * (d - island->given) / (island->most - island->given);
            oracle_fire(oracle, ORACLE_FLOW_RESERVE);
        }
        missing -= gives[i];
        const int64_t best = oracle_most(island->members[largest]);
        if (m > best || (m == best &&
                         island->members[i]->entity.hash < island->members[largest]->entity.hash)) {
            largest = i;
        }
    }
    gives[largest] += missing;
    return gives;
}

/* Solves a x = b by Gauss, with the largest pivot of each column; a is n by n, row by row. */
static void oracle_solve(long double *a, long double *b, size_t n) {
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++) {
            pivot = fabsl(a[i * n + k]) > fabsl(a[pivot * n + k]) ? i : pivot;
        }
        for (size_t j = 0; j < n; j++) {
            const long double swap = a[k * n + j];
            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = swap;
        }
        const long double swap = b[k];
        b[k] = b[pivot];
        b[pivot] = swap;
        for (size_t i = k + 1; i < n; i++) {
            const long double factor = a[i * n + k] / a[k * n + k];
            for (size_t j = k; j < n; j++) {
                a[i * n + j] -= factor * a[k * n + j];
            }
            b[i] -= factor * b[k];
        }
    }
    for (size_t k = n; k > 0; k--) {
        for (size_t j = k; j < n; j++) {
            b[k - 1] -= a[(k - 1) * n + j] * b[j];
        }
        b[k - 1] /= a[(k - 1) * n + k - 1];
    }
}

static long double oracle_reactance(const struct oracle_edge *edge) {
    return edge->spec->reactance == 0 ? 1 : (long double)edge->spec->reactance;
}

static size_t oracle_island_place(const struct oracle_island *island,
                                  const struct oracle_asset *asset) {
    size_t place = 0;
    while (place < island->count && island->members[place] != asset) {
        place++;
    }
    return place;
}

/* Step 4: the flows of the edges in an island. The equation of one member is replaced by: its angle
 * is 0. Flows do not depend on which. */
static void oracle_island_flows(struct oracle_layer *layer, const struct oracle_island *island,
                                const int64_t *gives) {
    const size_t n = island->count;
    long double *const a = oracle_flow_array(n * n, sizeof *a);
    long double *const b = oracle_flow_array(n, sizeof *b);
    for (size_t i = 0; i < n; i++) {
        b[i] = (long double)(gives[i] - oracle_served(island, island->members[i]));
    }
    for (size_t e = 0; e < layer->edge_count; e++) {
        const size_t i = oracle_island_place(island, layer->edges[e]->low);
        const size_t j = oracle_island_place(island, layer->edges[e]->high);
        if (i < n && j < n && oracle_edge_closed(layer->edges[e])) {
            const long double conducts = 1 / oracle_reactance(layer->edges[e]);
            a[i * n + i] += conducts;
            a[j * n + j] += conducts;
            a[i * n + j] -= conducts;
            a[j * n + i] -= conducts;
        }
    }
    for (size_t j = 0; j < n; j++) {
        a[j] = j == 0 ? 1 : 0;
    }
    b[0] = 0;
    oracle_solve(a, b, n);
    for (size_t e = 0; e < layer->edge_count; e++) {
        struct oracle_edge *const edge = layer->edges[e];
        const size_t i = oracle_island_place(island, edge->low);
        const size_t j = oracle_island_place(island, edge->high);
        if (i < n && j < n && oracle_edge_closed(edge)) {
            const long double flow = (b[i] - b[j]) / oracle_reactance(edge);
            const int64_t size = (int64_t)floorl(fabsl(flow) + .501L);
            edge->flow = flow < 0 ? -size : size;
        }
    }
    free(a);
    free(b);
}

static bool oracle_is_over(const struct oracle_edge *edge) {
    const int64_t size = edge->flow < 0 ? -edge->flow : edge->flow;
    return edge->spec->limit_w > 0 && size > edge->spec->limit_w;
}

/* Step 5. */
static void oracle_edge_watch(struct oracle *oracle, struct oracle_layer *layer,
                              struct oracle_edge *edge) {
    const bool bears = oracle_timer_runs(&edge->bearing);
    if (!oracle_is_over(edge)) {
        if (bears) {
            oracle_fire(oracle, ORACLE_FLOW_EASES);
            oracle_timer_end(&edge->bearing);
        }
    } else if (!oracle_law_given(&layer->spec->trip)) {
        oracle_fire(oracle, ORACLE_FLOW_AT_ONCE);
        edge->root = oracle_layer_root(oracle, layer);
        edge->record = layer->record;
        oracle_edge_trip(oracle, edge);
        layer->asks = true;
    } else if (!bears) {
        oracle_fire(oracle, ORACLE_FLOW_BEARS);
        edge->root = oracle_layer_root(oracle, layer);
        edge->record = layer->record;
        oracle_timer_start(oracle, &edge->bearing, &edge->entity, FATE_TRIP, &layer->spec->trip);
    }
}

void oracle_dc_flow(struct oracle *oracle, struct oracle_layer *layer) {
    size_t *const part = oracle_parts(layer);
    for (size_t e = 0; e < layer->edge_count; e++) {
        layer->edges[e]->flow = 0;
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        layer->members[i]->member.next_level = 0;
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_island island = {
            .members = oracle_flow_array(layer->member_count, sizeof *island.members)};
        for (size_t j = 0; j < layer->member_count; j++) {
            if (part[j] == i && oracle_is_up(layer->members[j])) {
                island.members[island.count++] = layer->members[j];
            }
        }
        if (island.count > 0) {
            oracle_island_serve(oracle, &island);
            int64_t *const gives = oracle_island_gives(oracle, &island);
            oracle_island_flows(layer, &island, gives);
            free(gives);
        }
        free(island.members);
    }
    free(part);
    for (size_t e = 0; e < layer->edge_count; e++) {
        oracle_edge_watch(oracle, layer, layer->edges[e]);
    }
}
