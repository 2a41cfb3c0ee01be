/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup under an outage: a supplier that is struck and repaired after an exponential time, and a
 * customer with a backup. Service is lost when the outage outlasts the backup: exp(-T/m) for a
 * fixed T under outages of mean m, m/(m+a) for an exponential one of mean a.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/validate/validate_parts.h"

enum { BACKUP_OUTAGE, BACKUP_AUTONOMY };

static const struct validate_parameter backup_parameters[] = {
    {"outage-mean", VALIDATE_REAL, .01, 1000, 4, WORDS_VALIDATE_OUTAGE_MEAN},
    {"autonomy", VALIDATE_WORD, 0, 0, 0, WORDS_VALIDATE_AUTONOMY},
};
const struct validate_law validate_backup_law =
    VALIDATE_LAW("backup", WORDS_VALIDATE_LAW_BACKUP, backup_parameters);

enum { BACKUP_BATCH = 500, BACKUP_GRID = 0, BACKUP_SYSTEM = 1 };

struct backup_point {
    const struct validate_options *options;
    double outage;
    struct law_spec autonomy;
};

static enum spill_status backup_lost(const struct backup_point *point, struct validate_world *world,
                                     uint32_t replica, double *value) {
    cascade_reset(world->cascade, point->options->seed, replica);
    const enum spill_status status = validate_world_strike(world, BACKUP_GRID, 0);
    if (status != SPILL_OK) {
        return status;
    }
    while (cascade_next_ms(world->cascade) != SPILL_NEVER) {
        cascade_step(world->cascade);
    }
    const struct asset_tally tally =
        cascade_asset_tally(world->cascade, (struct asset_ref){BACKUP_SYSTEM});
    *value = tally.failure_count > 0 ? 1 : 0;
    return SPILL_OK;
}

static enum spill_status backup_job(const void *context, uint32_t job, double *values) {
    const struct backup_point *const point = context;
    const struct backup_spec backup = {
        .id = "backup", .level_ppm = VALIDATE_Q, .autonomy = point->autonomy};
    struct validate_world world = {0};
    enum spill_status status = validate_world_begin(&world, 2, 1);
    if (status == SPILL_OK) {
        world.spec.tick_ms = 1;
        world.assets[BACKUP_GRID].repair = validate_exponential(point->outage);
        world.needs[BACKUP_SYSTEM].backups = &backup;
        world.needs[BACKUP_SYSTEM].backup_count = 1;
        (void)validate_world_link(&world, BACKUP_SYSTEM, BACKUP_GRID);
        status = validate_world_open(&world, point->options);
    }
    for (uint32_t i = 0; i < BACKUP_BATCH && status == SPILL_OK; i++) {
        status = backup_lost(point, &world, job * BACKUP_BATCH + i, &values[i]);
    }
    validate_world_close(&world);
    return status;
}

static void backup_row(struct validate_run *run, double outage, bool fixed, double autonomy,
                       double expected) {
    const struct backup_point point = {
        .options = run->options,
        .outage = outage,
        .autonomy = fixed ? validate_fixed((int64_t)(autonomy * (double)VALIDATE_UNIT_MS))
                          : validate_exponential(autonomy)};
    const uint64_t replicas = validate_replicas(run, 40000);
    const uint32_t jobs = (uint32_t)((replicas + BACKUP_BATCH - 1) / BACKUP_BATCH);
    char name[VALIDATE_NAME_BYTES];
    snprintf(name, sizeof name, "backup outage=%gh autonomy=%s:%gh lost", outage,
             fixed ? "fixed" : "exp", autonomy);
    validate_begin(run, name);
    double *const values = validate_jobs(run, jobs, BACKUP_BATCH, backup_job, &point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean share = validate_mean(values, (size_t)jobs * BACKUP_BATCH, 1);
    free(values);
    validate_report(run, name, expected, share.mean, share.error, 0);
}

void validate_backup_all(struct validate_run *run) {
    backup_row(run, 4, true, 8, exp(-2));
    backup_row(run, 4, false, 8, 1. / 3);
}

void validate_backup_point(struct validate_run *run, const struct validate_value *values) {
    const double outage = values[BACKUP_OUTAGE].number;
    const char *const text = values[BACKUP_AUTONOMY].text;
    const bool fixed = text == NULL || strncmp(text, "fixed:", 6) == 0;
    const char *const number = text == NULL ? "8" : strchr(text, ':');
    char *end = NULL;
    double autonomy = 8;
    if (text != NULL) {
        autonomy = number == NULL ? -1 : strtod(number + 1, &end);
        if ((!fixed && strncmp(text, "exp:", 4) != 0) || end == NULL || end == number + 1 ||
            *end != '\0' || !(autonomy > 0) || autonomy > 10000) {
            validate_fail(run, SPILL_INVALID,
                          "autonomy: write fixed:H or exp:H, with H hours up to 10000");
            return;
        }
    }
    backup_row(run, outage, fixed, autonomy,
               fixed ? exp(-autonomy / outage) : outage / (outage + autonomy));
}
