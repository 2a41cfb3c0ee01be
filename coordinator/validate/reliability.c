/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault trees: components that are broken at the start with a given chance (`failure`), and a
 * system that needs k of n of them; and the bridge, which works along four paths.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { RELIABILITY_K, RELIABILITY_N, RELIABILITY_UP };

static const struct validate_parameter reliability_parameters[] = {
    {"k", VALIDATE_WHOLE, 1, 1000, 2, WORDS_VALIDATE_K},
    {"n", VALIDATE_WHOLE, 1, 1000, 3, WORDS_VALIDATE_N},
    {"up", VALIDATE_REAL, 0, 1, .9, WORDS_VALIDATE_UP},
};
const struct validate_law validate_reliability_law =
    VALIDATE_LAW("k-of-n", WORDS_VALIDATE_LAW_RELIABILITY, reliability_parameters);

enum { RELIABILITY_BATCH = 500, RELIABILITY_BRIDGE = 5, RELIABILITY_PATHS = 4 };

struct reliability {
    const struct validate_options *options;
    size_t k; /* 0: the bridge. */
    size_t n;
    int64_t failure_ppm;
};

/* Components 0 to 4: 0 and 1 on the way in, 2 and 3 on the way out, 4 across. Path i is asset 5 +
 * i; the system comes last. */
static size_t reliability_bridge(struct validate_world *world) {
    static const int paths[RELIABILITY_PATHS][3] = {{0, 2, -1}, {1, 3, -1}, {0, 4, 3}, {1, 4, 2}};
    const size_t system = RELIABILITY_BRIDGE + RELIABILITY_PATHS;
    for (size_t i = 0; i < RELIABILITY_PATHS; i++) {
        for (size_t j = 0; j < 3 && paths[i][j] >= 0; j++) {
            (void)validate_world_link(world, RELIABILITY_BRIDGE + i, (size_t)paths[i][j]);
        }
        (void)validate_world_link(world, system, RELIABILITY_BRIDGE + i);
    }
    world->needs[system].aggregator = AGGREGATOR_ANY;
    return system;
}

static size_t reliability_k_of_n(struct validate_world *world, const struct reliability *point) {
    for (size_t i = 0; i < point->n; i++) {
        (void)validate_world_link(world, point->n, i);
    }
    world->needs[point->n].aggregator = AGGREGATOR_K_OF_N;
    world->needs[point->n].k = (int64_t)point->k;
    return point->n;
}

static enum spill_status reliability_job(const void *context, uint32_t job, double *values) {
    const struct reliability *const point = context;
    struct validate_world world = {0};
    const size_t more = point->k == 0 ? RELIABILITY_PATHS + 1 : 1;
    enum spill_status status = validate_world_begin(&world, point->n + more, 4 * point->n + 16);
    size_t system = 0;
    if (status == SPILL_OK) {
        for (size_t i = 0; i < point->n; i++) {
            world.assets[i].failure_ppm = point->failure_ppm;
        }
        system = point->k == 0 ? reliability_bridge(&world) : reliability_k_of_n(&world, point);
        status = validate_world_open(&world, point->options);
    }
    for (uint32_t i = 0; i < RELIABILITY_BATCH && status == SPILL_OK; i++) {
        cascade_reset(world.cascade, point->options->seed, job * RELIABILITY_BATCH + i);
        validate_world_run(&world, 0);
        values[i] = validate_world_service(&world, system) == VALIDATE_Q ? 1 : 0;
    }
    validate_world_close(&world);
    return status;
}

static void reliability_row(struct validate_run *run, const struct reliability *point,
                            const char *name, double expected) {
    const uint64_t replicas = validate_replicas(run, 40000);
    const uint32_t jobs = (uint32_t)((replicas + RELIABILITY_BATCH - 1) / RELIABILITY_BATCH);
    validate_begin(run, name);
    double *const values = validate_jobs(run, jobs, RELIABILITY_BATCH, reliability_job, point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean share = validate_mean(values, (size_t)jobs * RELIABILITY_BATCH, 1);
    free(values);
    validate_report(run, name, expected, share.mean, share.error, 0);
}

static void reliability_system(struct validate_run *run, size_t k, size_t n, double up,
                               double expected) {
    const struct reliability point = {
        .options = run->options, .k = k, .n = n, .failure_ppm = VALIDATE_Q - validate_ppm(up)};
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "%zu of %zu p=%g", k, n, up);
    reliability_row(run, &point, name, expected);
}

void validate_reliability_all(struct validate_run *run) {
    reliability_system(run, 2, 3, .9, .972);
    reliability_system(run, 3, 5, .9, .99144);
    const struct reliability bridge = {
        .options = run->options, .n = RELIABILITY_BRIDGE, .failure_ppm = VALIDATE_Q / 10};
    reliability_row(run, &bridge, "bridge p=0.9", .97848);
}

void validate_reliability_point(struct validate_run *run, const struct validate_value *values) {
    const int k = (int)values[RELIABILITY_K].number;
    const int n = (int)values[RELIABILITY_N].number;
    const double up = values[RELIABILITY_UP].number;
    if (k > n) {
        validate_fail(run, SPILL_INVALID, "k of n: k may not be above n");
        return;
    }
    double expected = up == 1 ? 1 : 0;
    for (int i = k; i <= n && up > 0 && up < 1; i++) {
        expected += exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(up) +
                        (n - i) * log1p(-up));
    }
    reliability_system(run, (size_t)k, (size_t)n, up, expected);
}
