/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/layers/flow_solver.h"
#include "coordinator/cascade/layers/layers.h"

/*
 * dc_flow: direct-current power flow. In each island generation follows what is asked for, up to
 * what it can give; beyond that all are served the same share. Edges over their limit trip, at once
 * or when they have borne it for their time.
 */

/* floor(a * b / c) for amounts whose product may need 128 bits; a, b and c are at most 2^62. */
static int64_t flow_scale(int64_t a, int64_t b, int64_t c) {
    SPILL_ASSERT(c > 0);
    uint64_t quotient = 0;
    uint64_t rest = 0;
    for (int bit = 62; bit >= 0; bit--) {
        quotient *= 2;
        rest *= 2;
        if (((uint64_t)b >> bit & 1) != 0) {
            quotient += (uint64_t)a / (uint64_t)c;
            rest += (uint64_t)a % (uint64_t)c;
        }
        quotient += rest / (uint64_t)c;
        rest %= (uint64_t)c;
    }
    return (int64_t)quotient;
}

/* Of an island: its members are node_queue[first] to node_queue[first + count - 1], that with the
 * smallest hash first. */
struct flow_island {
    uint32_t first;
    uint32_t count;
    int64_t load_w;
    int64_t given_w; /* At rest, by those who are there. */
    int64_t most_w;
    int64_t served_w;
    int64_t share_ppm;
};

static int64_t flow_own_ppm(const struct cascade *cascade, uint32_t node) {
    return SPILL_PPM - cascade->nodes[node].own_loss_ppm;
}

static int64_t flow_given_w(const struct cascade *cascade, uint32_t node) {
    return cascade->network->nodes[node].generation * flow_own_ppm(cascade, node) / SPILL_PPM;
}

static int64_t flow_most_w(const struct cascade *cascade, uint32_t node) {
    const struct network_node *const what = &cascade->network->nodes[node];
    const int64_t capacity_w = what->capacity == 0 ? what->generation : what->capacity;
    return capacity_w * flow_own_ppm(cascade, node) / SPILL_PPM;
}

static int64_t flow_served_w(const struct cascade *cascade, uint32_t node, int64_t share_ppm) {
    return cascade->network->nodes[node].load * share_ppm / SPILL_PPM;
}

static bool flow_is_closed(const struct cascade *cascade, uint32_t edge) {
    const struct network_edge *const what = &cascade->network->edges[edge];
    return node_is_up(cascade, what->low) && node_is_up(cascade, what->high) &&
           edge_works(cascade, edge);
}

/* Walks the island of a member into the queue. */
static struct flow_island flow_walk(const struct cascade *cascade, uint32_t node, uint32_t first) {
    const struct network *const network = cascade->network;
    struct flow_island island = {.first = first};
    cascade->node_marks[node] = 1;
    cascade->node_queue[first] = node;
    uint32_t end = first + 1;
    for (uint32_t at = first; at < end; at++) {
        const uint32_t *const arcs = &network->first_arcs[cascade->node_queue[at]];
        for (uint32_t i = arcs[0]; i < arcs[1]; i++) {
            const struct network_arc *const arc = &network->arcs[i];
            if (cascade->node_marks[arc->node] == 0 && node_is_up(cascade, arc->node) &&
                edge_works(cascade, arc->edge)) {
                cascade->node_marks[arc->node] = 1;
                cascade->node_queue[end++] = arc->node;
            }
        }
    }
    island.count = end - first;
    return island;
}

/* Step 2: what an island asks for, can give, and serves. */
static void flow_serve(const struct cascade *cascade, struct flow_island *island) {
    const uint32_t *const members = &cascade->node_queue[island->first];
    for (uint32_t i = 0; i < island->count; i++) {
        island->load_w += cascade->network->nodes[members[i]].load;
        island->given_w += flow_given_w(cascade, members[i]);
        island->most_w += flow_most_w(cascade, members[i]);
    }
    if (island->most_w == 0) {
        island->share_ppm = 0;
    } else if (island->load_w <= island->most_w) {
        island->share_ppm = SPILL_PPM;
    } else {
        island->share_ppm = flow_scale(island->most_w, SPILL_PPM, island->load_w);
    }
    for (uint32_t i = 0; i < island->count; i++) {
        island->served_w += flow_served_w(cascade, members[i], island->share_ppm);
    }
}

/* What a member gives, but for what rounding left. */
static int64_t flow_dispatch_w(const struct cascade *cascade, const struct flow_island *island,
                               uint32_t node) {
    const int64_t given_w = flow_given_w(cascade, node);
    if (island->served_w == 0) {
        return 0;
    }
    if (island->given_w >= island->served_w) {
        return flow_scale(given_w, island->served_w, island->given_w);
    }
    return given_w + flow_scale(flow_most_w(cascade, node) - given_w,
                                island->served_w - island->given_w,
                                island->most_w - island->given_w);
}

/* The member of an island that can give most, and of these the one with the smallest hash. */
static uint32_t flow_largest(const struct cascade *cascade, const struct flow_island *island) {
    const struct network *const network = cascade->network;
    uint32_t best = cascade->node_queue[island->first];
    for (uint32_t i = 1; i < island->count; i++) {
        const uint32_t node = cascade->node_queue[island->first + i];
        const int64_t more_w = flow_most_w(cascade, node) - flow_most_w(cascade, best);
        if (more_w > 0 || (more_w == 0 && network->assets[network->nodes[node].asset].hash <
                                              network->assets[network->nodes[best].asset].hash)) {
            best = node;
        }
    }
    return best;
}

/* Steps 3 and 4: tells the solver what flows in where; the first member's angle stays 0. */
static void flow_inject(const struct cascade *cascade, struct flow_solver *solver,
                        const struct flow_island *island) {
    int64_t missing_w = island->served_w;
    for (uint32_t i = 0; i < island->count; i++) {
        missing_w -= flow_dispatch_w(cascade, island, cascade->node_queue[island->first + i]);
    }
    SPILL_ASSERT(missing_w >= 0);
    const uint32_t largest = flow_largest(cascade, island);
    for (uint32_t i = 1; i < island->count; i++) {
        const uint32_t node = cascade->node_queue[island->first + i];
        const int64_t power_w = flow_dispatch_w(cascade, island, node) +
                                (node == largest ? missing_w : 0) -
                                flow_served_w(cascade, node, island->share_ppm);
        flow_solver_free(solver, node, (double)power_w);
    }
}

/* Step 1 to 4, up to the equations; the served share of each member goes to flow_shares. */
static void flow_islands(const struct cascade *cascade, uint32_t layer,
                         struct flow_solver *solver) {
    const struct network *const network = cascade->network;
    const struct network_layer *const what = &network->layers[layer];
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        cascade->node_marks[node] = 0;
        cascade->flow_shares[node] = 0;
    }
    uint32_t queued = what->first_node;
    for (uint32_t i = what->first_node; i < what[1].first_node; i++) {
        const uint32_t node = network->nodes_by_hash[i];
        if (cascade->node_marks[node] != 0 || !node_is_up(cascade, node)) {
            continue;
        }
        struct flow_island island = flow_walk(cascade, node, queued);
        flow_serve(cascade, &island);
        flow_inject(cascade, solver, &island);
        for (uint32_t at = queued; at < queued + island.count; at++) {
            cascade->flow_shares[cascade->node_queue[at]] = (int32_t)island.share_ppm;
        }
        queued += island.count;
    }
}

/* A flow in whole W, of halves the larger. */
static int64_t flow_round(double flow_w) {
    return flow_w < 0 ? -(int64_t)(-flow_w + .501) : (int64_t)(flow_w + .501);
}

/* Step 5 for one edge. True if it trips now. */
static bool flow_watch(struct cascade *cascade, uint32_t layer, uint32_t edge) {
    const struct network_edge *const what = &cascade->network->edges[edge];
    const uint32_t law = cascade->network->layers[layer].trip;
    struct edge_state *const state = &cascade->edges[edge];
    const int64_t flow_w = cascade->edge_flows[edge];
    const bool over = what->limit_w > 0 && (flow_w > what->limit_w || -flow_w > what->limit_w);
    if (over == (state->trip_tick != 0)) {
        return false;
    }
    cascade_touch(cascade, ENTITY_EDGE, edge);
    state->root = over ? layer_root(cascade, layer) : 0;
    if (cascade->on_cause != NULL) {
        cascade->edge_records[edge] = over ? cascade->layer_records[layer] : 0;
    }
    if (!over) {
        state->trip_from_tick = 0;
        state->trip_tick = 0;
        cascade_end_timer(cascade, ENTITY_EDGE, edge);
        return false;
    }
    if (cascade->network->laws[law].kind == LAW_NONE) {
        edge_trip(cascade, edge);
        return true;
    }
    state->trip_from_tick = cascade->tick;
    state->trip_tick = cascade_after(
        cascade, cascade_draw_ms(cascade, law, what->hash, CHANCE_TRIP, &state->trip_draws));
    cascade_set_timer(cascade, ENTITY_EDGE, edge, state->trip_tick);
    return false;
}

void dc_flow_evaluate(struct cascade *cascade, uint32_t layer) {
    const struct network_layer *const what = &cascade->network->layers[layer];
    struct flow_solver *const solver = cascade->flow_solvers[layer];
    flow_solver_begin(solver);
    flow_islands(cascade, layer, solver);
    for (uint32_t edge = what->first_edge; edge < what[1].first_edge; edge++) {
        if (flow_is_closed(cascade, edge)) {
            flow_solver_join(solver, edge);
        }
    }
    flow_solver_solve(solver);
    for (uint32_t edge = what->first_edge; edge < what[1].first_edge; edge++) {
        cascade->edge_flows[edge] =
            flow_is_closed(cascade, edge) ? flow_round(flow_solver_flow_w(solver, edge)) : 0;
    }
    bool some = false;
    for (uint32_t edge = what->first_edge; edge < what[1].first_edge; edge++) {
        some = flow_watch(cascade, layer, edge) || some;
    }
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        node_set_loss(cascade, node, (int32_t)(SPILL_PPM - cascade->flow_shares[node]));
    }
    if (some) {
        layer_list(cascade, layer);
    }
}
