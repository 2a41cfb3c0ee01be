/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machine repair, M/M/c//N: machines with an exponential lifetime, exponential repairs, and a pool
 * of c crews. The mean number that is down follows from the birth and death of failures (Feller,
 * "An introduction to probability theory", volume 1, chapter 17).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { REPAIR_MACHINES, REPAIR_CREWS, REPAIR_FAIL, REPAIR_MEND };

static const struct validate_parameter repair_parameters[] = {
    {"machines", VALIDATE_WHOLE, 1, 1000, 5, WORDS_VALIDATE_MACHINES},
    {"crews", VALIDATE_WHOLE, 1, 1000, 1, WORDS_VALIDATE_CREWS},
    {"fail", VALIDATE_REAL, .02, 1000, .1, WORDS_VALIDATE_FAIL_OPTION},
    {"mend", VALIDATE_REAL, .02, 1000, 1, WORDS_VALIDATE_MEND},
};
const struct validate_law validate_repair_law =
    VALIDATE_LAW("repair", WORDS_VALIDATE_LAW_REPAIR, repair_parameters);

enum { REPAIR_CYCLES_DROPPED = 20, REPAIR_CYCLES = 400 };

struct repair {
    const struct validate_options *options;
    size_t machines;
    int64_t crews;
    double fail; /* Rates, a unit of time. */
    double mend;
    int64_t from_ms;
    int64_t until_ms;
};

static double repair_down_ms(const struct validate_world *world) {
    int64_t sum_ms = 0;
    for (uint32_t i = 0; i < world->spec.asset_count; i++) {
        sum_ms += cascade_asset_tally(world->cascade, (struct asset_ref){i}).failed_ms;
    }
    return (double)sum_ms;
}

static enum spill_status repair_job(const void *context, uint32_t job, double *values) {
    const struct repair *const point = context;
    struct validate_world world = {0};
    const struct pool_spec pool = {.id = "crews", .country = "aa", .crews = point->crews};
    enum spill_status status = validate_world_begin(&world, point->machines, 1);
    if (status == SPILL_OK) {
        world.spec.tick_ms = 1;
        world.spec.horizon_ms = point->until_ms;
        world.spec.pools = &pool;
        world.spec.pool_count = 1;
        for (size_t i = 0; i < point->machines; i++) {
            world.assets[i].pool = "crews";
            world.assets[i].lifetime = validate_exponential(1 / point->fail);
            world.assets[i].repair = validate_exponential(1 / point->mend);
        }
        status = validate_world_open(&world, point->options);
    }
    if (status == SPILL_OK) {
        cascade_reset(world.cascade, point->options->seed, job);
        validate_world_run(&world, point->from_ms);
        const double before_ms = repair_down_ms(&world);
        validate_world_run(&world, point->until_ms);
        values[0] =
            (repair_down_ms(&world) - before_ms) / (double)(point->until_ms - point->from_ms);
    }
    validate_world_close(&world);
    return status;
}

/* Mean number down: state j has weight w(j) = w(j-1) * (N-j+1) fail / (min(j, c) mend). */
static double repair_theory(double machines, double crews, double fail, double mend) {
    double weight = 1;
    double sum = 1;
    double down = 0;
    for (double j = 1; j <= machines; j++) {
        weight *= (machines - j + 1) * fail / ((j < crews ? j : crews) * mend);
        sum += weight;
        down += j * weight;
    }
    return down / sum;
}

static void repair_row(struct validate_run *run, size_t machines, size_t crews, double fail,
                       double mend, double expected) {
    const double cycle_ms = (1 / fail + 1 / mend) * (double)VALIDATE_UNIT_MS;
    const int64_t from_ms = (int64_t)(REPAIR_CYCLES_DROPPED * cycle_ms);
    const struct repair point = {.options = run->options,
                                 .machines = machines,
                                 .crews = (int64_t)crews,
                                 .fail = fail,
                                 .mend = mend,
                                 .from_ms = from_ms,
                                 .until_ms = from_ms + (int64_t)(REPAIR_CYCLES * cycle_ms)};
    const uint32_t replicas = (uint32_t)validate_replicas(run, 256);
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "repair N=%zu crews=%zu fail=%g mend=%g down", machines, crews,
             fail, mend);
    validate_begin(run, name);
    double *const values = validate_jobs(run, replicas, 1, repair_job, &point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean down = validate_mean(values, replicas, 1);
    free(values);
    validate_report(run, name, expected, down.mean, down.error, 0);
}

void validate_repair_all(struct validate_run *run) {
    repair_row(run, 5, 1, .1, 1, .639522);
    repair_row(run, 5, 2, .1, 1, .464794);
    repair_row(run, 5, 5, .1, 1, .454545);
}

void validate_repair_point(struct validate_run *run, const struct validate_value *values) {
    const double machines = values[REPAIR_MACHINES].number;
    const double crews = values[REPAIR_CREWS].number;
    const double fail = values[REPAIR_FAIL].number;
    const double mend = values[REPAIR_MEND].number;
    repair_row(run, (size_t)machines, (size_t)crews, fail, mend,
               repair_theory(machines, crews, fail, mend));
}
