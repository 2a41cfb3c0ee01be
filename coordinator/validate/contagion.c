/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The independent cascade, which is bond percolation: one `all` need an asset, links in both
 * directions along every edge, each of which bites with probability T. On a random graph of mean
 * degree z the size of an outbreak from one asset solves S = 1 - exp(-zTS) (Newman, "Spread of
 * epidemic disease on networks", 2002).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/validate/validate_parts.h"

enum { CONTAGION_DEGREE, CONTAGION_COUPLING };

static const struct validate_parameter contagion_parameters[] = {
    {"degree", VALIDATE_REAL, 0, 50, 3, WORDS_VALIDATE_DEGREE},
    {"coupling", VALIDATE_REAL, 0, 1, .5, WORDS_VALIDATE_COUPLING},
};
const struct validate_law validate_cascade_law =
    VALIDATE_LAW("cascade", WORDS_VALIDATE_LAW_CASCADE, contagion_parameters);

enum { CONTAGION_SEEDS = 4 }; /* On one graph. */
/* An outbreak is more than this part of all assets. */
#define CONTAGION_OUTBREAK .05

struct contagion {
    const struct validate_options *options;
    size_t node_count;
    double degree;
    int64_t coupling_ppm;
};

/* One graph, struck at some assets one after another. */
static enum spill_status contagion_strike(const struct contagion *point,
                                          struct validate_world *world, uint32_t job,
                                          double *values) {
    enum spill_status status = validate_world_open(world, point->options);
    for (uint32_t i = 0; i < CONTAGION_SEEDS && status == SPILL_OK; i++) {
        const uint32_t replica = job * CONTAGION_SEEDS + i;
        cascade_reset(world->cascade, point->options->seed, replica);
        status = validate_world_strike(
            world, validate_some(point->options->seed, replica, point->node_count), 0);
        if (status == SPILL_OK) {
            validate_world_run(world, 0);
            const double size = (double)validate_world_failed(world) / (double)point->node_count;
            values[i] = size > CONTAGION_OUTBREAK ? size : NAN;
        }
    }
    return status;
}

static enum spill_status contagion_job(const void *context, uint32_t job, double *values) {
    const struct contagion *const point = context;
    struct graph graph = {0};
    struct validate_world world = {0};
    enum spill_status status =
        graph_make_random(&graph, point->options->seed, job, point->node_count,
                          validate_edges(point->node_count, point->degree));
    if (status == SPILL_OK) {
        status = validate_world_begin(&world, point->node_count, 2 * graph.edge_count);
    }
    if (status == SPILL_OK) {
        validate_world_join(&world, &graph, point->coupling_ppm);
        status = contagion_strike(point, &world, job, values);
    }
    validate_world_close(&world);
    graph_free(&graph);
    return status;
}

/* The largest solution of S = 1 - exp(-mean * S). */
static double contagion_theory(double mean) {
    double size = 1;
    for (int i = 0; i < 100000; i++) {
        size = 1 - exp(-mean * size);
    }
    return size;
}

static void contagion_row(struct validate_run *run, double degree, double coupling,
                          double expected) {
    const struct contagion point = {.options = run->options,
                                    .node_count = validate_nodes(run, 100000),
                                    .degree = degree,
                                    .coupling_ppm = validate_ppm(coupling)};
    const uint64_t replicas = validate_replicas(run, 32);
    const uint32_t graphs = (uint32_t)((replicas + CONTAGION_SEEDS - 1) / CONTAGION_SEEDS);
    char name[VALIDATE_NAME_BYTES];
    if (!validate_fits(run, point.node_count, degree)) {
        return;
    }
    snprintf(name, sizeof name, "cascade z=%g T=%g size", degree, coupling);
    validate_begin(run, name);
    double *const values = validate_jobs(run, graphs, CONTAGION_SEEDS, contagion_job, &point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean sizes = validate_mean(values, (size_t)graphs * CONTAGION_SEEDS, 1);
    free(values);
    /* No outbreak at all: its size is 0, as it should be where zT <= 1. */
    validate_report(run, name, expected, sizes.count == 0 ? 0 : sizes.mean, sizes.error, .005);
}

void validate_cascade_all(struct validate_run *run) {
    contagion_row(run, 3, .5, .582812);
    contagion_row(run, 4, .5, .796812);
}

void validate_cascade_point(struct validate_run *run, const struct validate_value *values) {
    const double degree = values[CONTAGION_DEGREE].number;
    const double coupling = values[CONTAGION_COUPLING].number;
    contagion_row(run, degree, coupling, contagion_theory(degree * coupling));
}
