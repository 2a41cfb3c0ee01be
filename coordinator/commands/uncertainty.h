/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uncertainty: an ensemble on two levels: outside, what is not well known (the scenario's uncertain
 * factors, one draw of each a sample); inside, chance (the same replicas in every sample). The two
 * are told apart, since more replicas help against the one and only better knowledge against the
 * other. (Nested simulation; the shares of variance follow the law of total variance.)
 */
#ifndef UNCERTAINTY_H
#define UNCERTAINTY_H

#include <stdio.h>

#include "coordinator/ensemble/ensemble.h"
#include "coordinator/scenario/scenario.h"

enum { UNCERTAINTY_SAMPLES_MAX = 100000 };

struct uncertainty_options {
    const struct package *package;
    const char *folder;
    const struct scenario *scenario;  /* As it is written. */
    struct ensemble_options ensemble; /* Of each sample; network and script are set here. */
    uint32_t samples;
    void (*on_sample)(uint32_t done, uint32_t total, void *context); /* May be NULL. */
    void *context;
};

/* What one sample came to. */
struct uncertainty_sample {
    struct vary_factors factors;
    double mean_hours; /* Person-hours lost, over its replicas. */
    double deviation_hours;
    int64_t low_hours; /* 5 %, median and 95 % of its replicas. */
    int64_t median_hours;
    int64_t high_hours;
};

struct uncertainty {
    const struct scenario *scenario;
    uint32_t sample_count;
    uint32_t replica_count;
    struct uncertainty_sample *samples;
    uint32_t sector_count, country_count;
    /* Chance that a group is down at some time: [sample][sector * countries + country]. */
    double *down;
};

/* SPILL_INVALID: the scenario calls nothing uncertain, or what ensemble_run says.
 * SPILL_INTERRUPTED: stopped; what was done is in *uncertainty when it is a sample or more. */
SPILL_CHECKED enum spill_status uncertainty_run(const struct uncertainty_options *options,
                                                struct uncertainty **uncertainty,
                                                struct spill_error *error);
void uncertainty_destroy(struct uncertainty **uncertainty);

/* Both levels of the loss. */
struct uncertainty_split {
    double mean_hours;
    double parameter_low_hours; /* 5 % and 95 % of the samples' means. */
    double parameter_high_hours;
    double chance_low_hours; /* Of a sample's replicas, in the mean over samples. */
    double chance_high_hours;
    double parameter_share; /* Of the variance, 0 to 1: the rest is chance. */
};
struct uncertainty_split uncertainty_split(const struct uncertainty *uncertainty);
/* Rank correlation (Spearman) of a factor with the loss, -1 to 1. */
double uncertainty_weight(const struct uncertainty *uncertainty, enum parameter parameter);

void uncertainty_print(FILE *stream, const struct uncertainty *uncertainty, enum language language,
                       int columns);
/* One object, "spillover-uncertainty-1"; false when memory ended. */
SPILL_CHECKED bool uncertainty_print_json(FILE *stream, const struct uncertainty *uncertainty);

#endif
