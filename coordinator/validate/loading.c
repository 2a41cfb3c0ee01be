/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CASCADE, a loading-dependent model: n components of one `share_load` layer with loads uniform in
 * 0 to 1 and capacity 1; a disturbance d is added to each, and each that fails adds p to all
 * others. How many fail is quasi-binomial (Dobson, Carreras and Newman, "A loading-dependent model
 * of probabilistic cascading failure", 2005).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { LOADING_COMPONENTS, LOADING_DISTURBANCE, LOADING_TRANSFER };

static const struct validate_parameter loading_parameters[] = {
    {"components", VALIDATE_WHOLE, 1, 200, 5, WORDS_VALIDATE_COMPONENTS},
    {"disturbance", VALIDATE_REAL, 0, 1, .1, WORDS_VALIDATE_DISTURBANCE},
    {"transfer", VALIDATE_REAL, 0, 1, .1, WORDS_VALIDATE_TRANSFER},
};
const struct validate_law validate_loading_law =
    VALIDATE_LAW("loading", WORDS_VALIDATE_LAW_LOADING, loading_parameters);

enum { LOADING_BATCH = 500, LOADING_MAX = 200 };

struct loading {
    const struct validate_options *options;
    size_t components;
    int64_t disturbance_ppm;
    int64_t transfer_ppm;
};

static enum spill_status loading_job(const void *context, uint32_t job, double *values) {
    const struct loading *const point = context;
    const struct layer_spec layer = {
        .id = "load",
        .kind = LAYER_SHARE_LOAD,
        .sector = "s",
        .load = {.kind = LAW_UNIFORM, .b_ms = VALIDATE_Q - 1},
        .capacity = validate_fixed(VALIDATE_Q),
        .transfer = TRANSFER_FIXED,
        .to_group = true,
        .amount = point->transfer_ppm,
        .disturbance = point->disturbance_ppm,
    };
    struct validate_world world = {0};
    enum spill_status status = validate_world_begin(&world, point->components, 1);
    if (status == SPILL_OK) {
        world.spec.layers = &layer;
        world.spec.layer_count = 1;
        status = validate_world_open(&world, point->options);
    }
    for (uint32_t i = 0; i < LOADING_BATCH && status == SPILL_OK; i++) {
        cascade_reset(world.cascade, point->options->seed, job * LOADING_BATCH + i);
        validate_world_run(&world, VALIDATE_UNIT_MS);
        values[i] = (double)validate_world_failed(&world);
    }
    validate_world_close(&world);
    return status;
}

/* The chance that r of n fail; `below` is that of fewer than n. */
static double loading_theory(int n, int r, double d, double p) {
    if (r == n) {
        double below = 0;
        for (int i = 0; i < n; i++) {
            below += loading_theory(n, i, d, p);
        }
        return below < 1 ? 1 - below : 0;
    }
    const double each = fmin(1, fmax(0, d));
    const double spared = fmin(1, fmax(0, 1 - d - r * p));
    if (each == 0) {
        return r == 0 ? 1 : 0;
    }
    return exp(lgamma(n + 1) - lgamma(r + 1) - lgamma(n - r + 1)) * each * pow(d + r * p, r - 1) *
           pow(spared, n - r);
}

static void loading_rows(struct validate_run *run, size_t components, double disturbance,
                         double transfer, const double *expected) {
    const struct loading point = {.options = run->options,
                                  .components = components,
                                  .disturbance_ppm = validate_ppm(disturbance),
                                  .transfer_ppm = validate_ppm(transfer)};
    const uint32_t jobs =
        (uint32_t)((validate_replicas(run, 40000) + LOADING_BATCH - 1) / LOADING_BATCH);
    const size_t count = (size_t)jobs * LOADING_BATCH;
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "loading n=%zu d=%g p=%g", components, disturbance, transfer);
    validate_begin(run, name);
    double *const values = validate_jobs(run, jobs, LOADING_BATCH, loading_job, &point);
    for (size_t r = 0; values != NULL && r <= components; r++) {
        size_t hits = 0;
        for (size_t i = 0; i < count; i++) {
            hits += values[i] == (double)r ? 1 : 0;
        }
        const double share = (double)hits / (double)count;
        /* By the law's own spread: what never happened has none to show. */
        const double error = sqrt(expected[r] * (1 - expected[r]) / (double)count);
        snprintf(name, sizeof name, "loading n=%zu d=%g p=%g P(%zu)", components, disturbance,
                 transfer, r);
        validate_report(run, name, expected[r], share, error, 0);
    }
    free(values);
}

void validate_loading_all(struct validate_run *run) {
    static const double published[] = {59049. / 1e5, 128. / 625, 1029. / 1e4,
                                       36. / 625,    1. / 32,    81. / 6250};
    loading_rows(run, 5, .1, .1, published);
}

void validate_loading_point(struct validate_run *run, const struct validate_value *values) {
    const int components = (int)values[LOADING_COMPONENTS].number;
    const double disturbance = values[LOADING_DISTURBANCE].number;
    const double transfer = values[LOADING_TRANSFER].number;
    double expected[LOADING_MAX + 1];
    for (int r = 0; r <= components; r++) {
        expected[r] = loading_theory(components, r, disturbance, transfer);
    }
    loading_rows(run, (size_t)components, disturbance, transfer, expected);
}
