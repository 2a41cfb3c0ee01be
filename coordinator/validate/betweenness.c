/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Motter and Lai, "Cascade-based attacks on complex networks", 2002, on a ring of which one node is
 * removed: a `betweenness` layer. On an odd ring the two antipodal nodes then carry exactly twice
 * their load, so that a tolerance of 1 is critical.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { BETWEENNESS_RING, BETWEENNESS_TOLERANCE };

static const struct validate_parameter betweenness_parameters[] = {
    {"ring", VALIDATE_WHOLE, 5, 2001, 11, WORDS_VALIDATE_RING},
    {"tolerance", VALIDATE_REAL, 0, 100, .99, WORDS_VALIDATE_TOLERANCE},
};
const struct validate_law validate_betweenness_law =
    VALIDATE_LAW("betweenness", WORDS_VALIDATE_LAW_BETWEENNESS, betweenness_parameters);

/* What trips when one of a ring is removed: all, and of the two farthest from it. */
struct betweenness {
    size_t all;
    size_t antipodal;
};

static enum spill_status betweenness_open(const struct validate_options *options,
                                          struct validate_world *world, size_t ring,
                                          int64_t tolerance_ppm) {
    const struct layer_spec layer = {
        .id = "net", .kind = LAYER_BETWEENNESS, .sector = "s", .tolerance_ppm = tolerance_ppm};
    struct graph graph = {0};
    struct edge_spec *const edges = spill_alloc(ring, sizeof *edges);
    enum spill_status status = edges == NULL ? SPILL_MEMORY : graph_make_ring(&graph, ring);
    if (status == SPILL_OK) {
        status = validate_world_begin(world, ring, 1);
    }
    if (status == SPILL_OK) {
        for (size_t i = 0; i < graph.edge_count; i++) {
            edges[i] = (struct edge_spec){.from = world->ids[graph.edges[i].a],
                                          .to = world->ids[graph.edges[i].b]};
        }
        world->spec.layers = &layer;
        world->spec.layer_count = 1;
        world->spec.edges = edges;
        world->spec.edge_count = graph.edge_count;
        status = validate_world_open(world, options);
    }
    graph_free(&graph);
    free(edges);
    return status;
}

static enum spill_status betweenness_run(const struct validate_options *options, size_t ring,
                                         int64_t tolerance_ppm, struct betweenness *tripped) {
    struct validate_world world = {0};
    enum spill_status status = betweenness_open(options, &world, ring, tolerance_ppm);
    if (status == SPILL_OK) {
        status = validate_world_strike(&world, 0, 0);
    }
    if (status == SPILL_OK) {
        validate_world_run(&world, VALIDATE_UNIT_MS);
        *tripped = (struct betweenness){0};
        for (uint32_t i = 1; i < ring; i++) {
            const bool trips = cascade_tripped(world.cascade, (struct asset_ref){i});
            tripped->all += trips ? 1 : 0;
            tripped->antipodal += trips && (i == ring / 2 || i == (ring + 1) / 2) ? 1 : 0;
        }
    }
    validate_world_close(&world);
    return status;
}

/* On an odd ring each node carries (N-1)(N-3)/8 pairs; on the path that is left, the j-th carries
 * j(N-2-j). Who trips cuts the path, and nobody carries more after that. */
static double betweenness_theory(size_t ring, int64_t tolerance_ppm) {
    if (ring % 2 == 0) {
        return NAN;
    }
    const int64_t load = (int64_t)((ring - 1) * (ring - 3) / 8);
    int64_t trips = 0;
    for (size_t j = 0; j + 1 < ring; j++) {
        trips += (int64_t)(j * (ring - 2 - j)) * VALIDATE_Q > load * (VALIDATE_Q + tolerance_ppm)
                     ? 1
                     : 0;
    }
    return (double)trips;
}

static void betweenness_row(struct validate_run *run, size_t ring, double tolerance,
                            double expected, bool antipodal) {
    struct betweenness tripped = {0};
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "betweenness N=%zu alpha=%g tripped", ring, tolerance);
    validate_begin(run, name);
    const enum spill_status status =
        betweenness_run(run->options, ring, validate_ppm(tolerance), &tripped);
    if (status != SPILL_OK) {
        validate_fail(run, status, "%s", spill_status_words(status));
        return;
    }
    validate_report(run, name, expected, (double)tripped.all, 0, 0);
    if (antipodal) {
        snprintf(name, sizeof name, "betweenness N=%zu alpha=%g antipodal", ring, tolerance);
        validate_report(run, name, 2, (double)tripped.antipodal, 0, 0);
    }
}

/* The least tolerance, in steps of a millionth, with which nothing trips; by halving. */
static void betweenness_critical(struct validate_run *run, size_t ring) {
    int64_t trips_ppm = 0;
    int64_t holds_ppm = 4 * VALIDATE_Q;
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "betweenness N=%zu critical alpha", ring);
    validate_begin(run, name);
    while (holds_ppm - trips_ppm > 1 && validate_going(run)) {
        struct betweenness tripped = {0};
        const int64_t middle_ppm = trips_ppm + (holds_ppm - trips_ppm) / 2;
        const enum spill_status status = betweenness_run(run->options, ring, middle_ppm, &tripped);
        if (status != SPILL_OK) {
            validate_fail(run, status, "%s", spill_status_words(status));
        }
        if (tripped.all > 0) {
            trips_ppm = middle_ppm;
        } else {
            holds_ppm = middle_ppm;
        }
    }
    validate_report(run, name, 1, (double)holds_ppm / (double)VALIDATE_Q, 0, 0);
}

void validate_betweenness_all(struct validate_run *run) {
    betweenness_critical(run, 11);
    betweenness_critical(run, 51);
    betweenness_row(run, 11, .99, 2, true);
    betweenness_row(run, 11, 1, 0, false);
}

void validate_betweenness_point(struct validate_run *run, const struct validate_value *values) {
    const size_t ring = (size_t)values[BETWEENNESS_RING].number;
    const double tolerance = values[BETWEENNESS_TOLERANCE].number;
    betweenness_row(run, ring, tolerance, betweenness_theory(ring, validate_ppm(tolerance)), false);
}
