/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watts' threshold model: an asset fails when the share phi of its neighbours has failed; one
 * `threshold` need, links in both directions. From one asset: how often a cascade is triggered, and
 * how large it is (Watts, "A simple model of global cascades on random networks", 2002). From a
 * share of assets that are broken at the start (`failure`): its size (Gleeson and Cahalane, "Seed
 * size strongly affects cascades on random networks", 2007).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { WATTS_PHI, WATTS_DEGREE, WATTS_SEED_FRACTION };

static const struct validate_parameter watts_parameters[] = {
    {"phi", VALIDATE_REAL, .000001, 1, .18, WORDS_VALIDATE_PHI},
    {"degree", VALIDATE_REAL, 0, 50, 4, WORDS_VALIDATE_DEGREE},
    {"seed-fraction", VALIDATE_REAL, 0, 1, 0, WORDS_VALIDATE_SEED_FRACTION},
};
const struct validate_law validate_watts_law =
    VALIDATE_LAW("watts", WORDS_VALIDATE_LAW_WATTS, watts_parameters);

enum { WATTS_SEEDS = 20, WATTS_DEGREES = 400 };
#define WATTS_CASCADE .05 /* A cascade is more than this part of all assets. */

struct watts {
    const struct validate_options *options;
    size_t node_count;
    double degree;
    int64_t phi_ppm;
    int64_t broken_ppm; /* 0: one asset is struck instead. */
    uint32_t seeds;     /* Trajectories of one graph. */
};

/* ---- Theory ---- */

/* Whether an asset of this degree fails when so many neighbours have. */
static bool watts_fails(int64_t phi_ppm, int failed, int degree) {
    return failed > 0 && failed * VALIDATE_Q >= degree * phi_ppm;
}

/* Chance that an asset with `count` neighbours to look at and this degree fails, each neighbour
 * having failed with probability q. */
static double watts_response(int64_t phi_ppm, double q, int count, int degree) {
    double chance = 0;
    for (int failed = 1; failed <= count; failed++) {
        if (watts_fails(phi_ppm, failed, degree)) {
            chance += exp(lgamma(count + 1) - lgamma(failed + 1) - lgamma(count - failed + 1) +
                          failed * log(q) + (count == failed ? 0 : (count - failed) * log1p(-q)));
        }
    }
    return chance;
}

/* p[k] of a Poisson degree; returns how many matter. */
static int watts_degrees(double mean, double p[WATTS_DEGREES]) {
    int count = 0;
    p[0] = exp(-mean);
    for (int k = 1; k < WATTS_DEGREES; k++) {
        p[k] = p[k - 1] * mean / k;
        count = k > mean && p[k] < 1e-13 && count == 0 ? k : count;
    }
    return count == 0 ? WATTS_DEGREES : count;
}

/* Gleeson and Cahalane, equations 1 and 2. */
static double watts_size(int64_t phi_ppm, double degree, double broken) {
    double p[WATTS_DEGREES];
    const int count = watts_degrees(degree, p);
    double q = broken;
    for (int i = 0; i < 20000; i++) {
        double next = 0;
        for (int k = 1; k < count; k++) {
            next += p[k - 1] * watts_response(phi_ppm, q, k - 1, k);
        }
        next = broken + (1 - broken) * next;
        const bool settled = fabs(next - q) < 1e-13 && next > 10 * broken;
        q = next;
        if (settled) {
            break;
        }
    }
    double size = 0;
    for (int k = 0; k < count; k++) {
        size += p[k] * watts_response(phi_ppm, q, k, k);
    }
    return broken + (1 - broken) * size;
}

/* Share of single assets that trigger a cascade: those that touch the giant component of assets
 * that one failed neighbour makes fail. */
static double watts_frequency(int64_t phi_ppm, double degree) {
    double p[WATTS_DEGREES];
    const int count = watts_degrees(degree, p);
    double missed = 0;
    for (int i = 0; i < 100000; i++) {
        double next = 1;
        for (int k = 1; k < count && watts_fails(phi_ppm, 1, k); k++) {
            next -= p[k - 1] * (1 - pow(missed, k - 1));
        }
        missed = next;
    }
    return 1 - exp(degree * (missed - 1));
}

/* ---- The engine ---- */

static enum spill_status watts_trajectories(const struct watts *point, struct validate_world *world,
                                            uint32_t job, double *values) {
    enum spill_status status = validate_world_open(world, point->options);
    for (uint32_t i = 0; i < point->seeds && status == SPILL_OK; i++) {
        const uint32_t replica = job * point->seeds + i;
        cascade_reset(world->cascade, point->options->seed, replica);
        if (point->broken_ppm == 0) {
            status = validate_world_strike(
                world, validate_some(point->options->seed, replica, point->node_count), 0);
        }
        if (status == SPILL_OK) {
            validate_world_run(world, 0);
            values[i] = (double)validate_world_failed(world) / (double)point->node_count;
        }
    }
    return status;
}

static enum spill_status watts_job(const void *context, uint32_t job, double *values) {
    const struct watts *const point = context;
    struct graph graph = {0};
    struct validate_world world = {0};
    enum spill_status status =
        graph_make_random(&graph, point->options->seed, job, point->node_count,
                          validate_edges(point->node_count, point->degree));
    if (status == SPILL_OK) {
        status = validate_world_begin(&world, point->node_count, 2 * graph.edge_count);
    }
    if (status == SPILL_OK) {
        validate_world_join(&world, &graph, VALIDATE_Q);
        for (size_t i = 0; i < point->node_count; i++) {
            world.needs[i].aggregator = AGGREGATOR_THRESHOLD;
            world.needs[i].numerator = point->phi_ppm;
            world.needs[i].denominator = VALIDATE_Q;
            world.assets[i].failure_ppm = point->broken_ppm;
        }
        status = watts_trajectories(point, &world, job, values);
    }
    validate_world_close(&world);
    graph_free(&graph);
    return status;
}

/* From one asset: frequency (the error from the means of the graphs) and size. */
static void watts_single(struct validate_run *run, double phi, double degree, uint64_t nodes,
                         uint64_t replicas, double frequency, double size) {
    const struct watts point = {.options = run->options,
                                .node_count = validate_nodes(run, nodes),
                                .degree = degree,
                                .phi_ppm = validate_ppm(phi),
                                .seeds = WATTS_SEEDS};
    const uint32_t graphs =
        (uint32_t)((validate_replicas(run, replicas) + WATTS_SEEDS - 1) / WATTS_SEEDS);
    char name[VALIDATE_NAME_BYTES];
    if (!validate_fits(run, point.node_count, degree)) {
        return;
    }
    snprintf(name, sizeof name, "watts phi=%g z=%g frequency", phi, degree);
    validate_begin(run, name);
    double *const values = validate_jobs(run, graphs, WATTS_SEEDS, watts_job, &point);
    double *const shares = values == NULL ? NULL : spill_alloc(graphs, sizeof *shares);
    if (shares == NULL) {
        free(values);
        validate_fail(run, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
        return;
    }
    for (size_t i = 0; i < (size_t)graphs * WATTS_SEEDS; i++) {
        const bool triggered = values[i] > WATTS_CASCADE;
        shares[i / WATTS_SEEDS] += triggered ? 1. / WATTS_SEEDS : 0;
        values[i] = triggered ? values[i] : NAN;
    }
    const struct validate_mean share = validate_mean(shares, graphs, 1);
    const struct validate_mean sizes = validate_mean(values, (size_t)graphs * WATTS_SEEDS, 1);
    free(shares);
    free(values);
    /* Few graphs may agree by chance; the binomial's error is the least. None at all is exact. */
    const double least = sqrt(frequency * (1 - frequency) / ((double)graphs * WATTS_SEEDS));
    validate_report(run, name, frequency, share.mean, frequency > 0 ? fmax(share.error, least) : 0,
                    frequency > 0 ? .01 : 0);
    if (sizes.count > 0 && frequency > 0) {
        snprintf(name, sizeof name, "watts phi=%g z=%g size", phi, degree);
        validate_report(run, name, size, sizes.mean, 0, .005);
    }
}

/* From a share of all assets. */
static void watts_seeded(struct validate_run *run, double phi, double degree, double broken,
                         double size) {
    const struct watts point = {.options = run->options,
                                .node_count = validate_nodes(run, 100000),
                                .degree = degree,
                                .phi_ppm = validate_ppm(phi),
                                .broken_ppm = validate_ppm(broken),
                                .seeds = 1};
    const uint32_t graphs = (uint32_t)validate_replicas(run, 8);
    char name[VALIDATE_NAME_BYTES];
    if (!validate_fits(run, point.node_count, degree)) {
        return;
    }
    snprintf(name, sizeof name, "watts phi=%g z=%g seeds=%g size", phi, degree, broken);
    validate_begin(run, name);
    double *const values = validate_jobs(run, graphs, 1, watts_job, &point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean sizes = validate_mean(values, graphs, 1);
    free(values);
    validate_report(run, name, size, sizes.mean, sizes.error, .003);
}

void validate_watts_all(struct validate_run *run) {
    watts_single(run, .18, 2, 10000, 2000, .754, .7966);
    watts_single(run, .18, 4, 10000, 2000, .865, .9801);
    watts_single(run, .18, .9, 100000, 80, 0, 0);
    watts_single(run, .18, 6.5, 100000, 80, 0, 0);
    watts_seeded(run, .18, 2, .005, .79832);
    watts_seeded(run, .18, 4, .005, .98028);
    watts_seeded(run, .18, 6, .005, .99750);
}

void validate_watts_point(struct validate_run *run, const struct validate_value *values) {
    const double phi = values[WATTS_PHI].number;
    const double degree = values[WATTS_DEGREE].number;
    const double broken = values[WATTS_SEED_FRACTION].number;
    const int64_t phi_ppm = validate_ppm(phi);
    if (broken > 0) {
        watts_seeded(run, phi, degree, broken, watts_size(phi_ppm, degree, broken));
        return;
    }
    watts_single(run, phi, degree, 10000, 2000, watts_frequency(phi_ppm, degree),
                 watts_size(phi_ppm, degree, 1e-9));
}
