/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bond percolation on the square lattice: L rows of L + 1 assets, linked in both directions, none
 * along the first and last column. The first column is struck; the crossing is that some asset of
 * the last column fails. At p = 1/2 the lattice is its own dual, so that it happens exactly half of
 * the time, for every L (Kesten, 1980).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { LATTICE_LENGTH, LATTICE_BOND };

static const struct validate_parameter lattice_parameters[] = {
    {"length", VALIDATE_WHOLE, 1, 1000, 32, WORDS_VALIDATE_LENGTH},
    {"bond", VALIDATE_REAL, 0, 1, .5, WORDS_VALIDATE_BOND},
};
const struct validate_law validate_lattice_law =
    VALIDATE_LAW("lattice", WORDS_VALIDATE_LAW_LATTICE, lattice_parameters);

enum { LATTICE_BATCH = 50 };

struct lattice {
    const struct validate_options *options;
    size_t length;
    int64_t bond_ppm;
};

static enum spill_status lattice_cross(const struct lattice *point, struct validate_world *world,
                                       uint32_t replica, double *crossed) {
    const size_t columns = point->length + 1;
    enum spill_status status = SPILL_OK;
    cascade_reset(world->cascade, point->options->seed, replica);
    for (size_t row = 0; row < point->length && status == SPILL_OK; row++) {
        status = validate_world_strike(world, row * columns, 0);
    }
    if (status != SPILL_OK) {
        return status;
    }
    validate_world_run(world, 0);
    *crossed = 0;
    for (size_t row = 0; row < point->length; row++) {
        if (validate_world_service(world, row * columns + point->length) == 0) {
            *crossed = 1;
        }
    }
    return SPILL_OK;
}

static enum spill_status lattice_job(const void *context, uint32_t job, double *values) {
    const struct lattice *const point = context;
    struct graph graph = {0};
    struct validate_world world = {0};
    enum spill_status status = graph_make_lattice(&graph, point->length, point->length + 1);
    if (status == SPILL_OK) {
        status = validate_world_begin(&world, graph.node_count, 2 * graph.edge_count);
    }
    if (status == SPILL_OK) {
        validate_world_join(&world, &graph, point->bond_ppm);
        status = validate_world_open(&world, point->options);
    }
    for (uint32_t i = 0; i < LATTICE_BATCH && status == SPILL_OK; i++) {
        status = lattice_cross(point, &world, job * LATTICE_BATCH + i, &values[i]);
    }
    validate_world_close(&world);
    graph_free(&graph);
    return status;
}

static void lattice_row(struct validate_run *run, size_t length, double bond, uint64_t liked,
                        double expected) {
    const struct lattice point = {
        .options = run->options, .length = length, .bond_ppm = validate_ppm(bond)};
    const uint64_t replicas = validate_replicas(run, liked);
    const uint32_t jobs = (uint32_t)((replicas + LATTICE_BATCH - 1) / LATTICE_BATCH);
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "lattice L=%zu p=%g crossing", length, bond);
    validate_begin(run, name);
    double *const values = validate_jobs(run, jobs, LATTICE_BATCH, lattice_job, &point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean share = validate_mean(values, (size_t)jobs * LATTICE_BATCH, 1);
    free(values);
    validate_report(run, name, expected, share.mean, share.error, 0);
}

void validate_lattice_all(struct validate_run *run) {
    lattice_row(run, 8, .5, 20000, .5);
    lattice_row(run, 32, .5, 5000, .5);
    lattice_row(run, 128, .5, 1000, .5);
}

void validate_lattice_point(struct validate_run *run, const struct validate_value *values) {
    const double length = values[LATTICE_LENGTH].number;
    const double bond = values[LATTICE_BOND].number;
    double expected = NAN;
    if (bond == 0 || bond == .5 || bond == 1) {
        expected = bond;
    }
    lattice_row(run, (size_t)length, bond, length > 64 ? 1000 : 5000, expected);
}
