/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vary: what nobody knows well of a scenario, as factors on whole groups of its numbers.
 *
 * Chance is what differs from replica to replica; a factor is what is not known and stays the same
 * in all of them. `uncertain` in scenario.yaml says how far a factor may be from 1; a sample draws
 * one of each. Pure; any thread.
 */
#ifndef SPILL_VARY_H
#define SPILL_VARY_H

#include "coordinator/cascade/network.h"

/* Name in scenario.yaml, and what it multiplies. */
#define PARAMETER_MAP(X)                                                                           \
    X(REPAIR, "repair")       /* Times of repair. */                                               \
    X(RESTART, "restart")     /* Times of restart, and until manual mode. */                       \
    X(AUTONOMY, "autonomy")   /* How long backups last. */                                         \
    X(COUPLING, "coupling")   /* Chances that dependencies bite, up to 1. */                       \
    X(SPREAD, "spread")       /* Chances of suppliers' pushes, up to 1. */                         \
    X(DETECTION, "detection") /* Times until an intrusion is noticed. */                           \
    X(PATCH, "patch")         /* Times to patch. */
enum parameter {
#define PARAMETER_ENUM(name, words) PARAMETER_##name,
    PARAMETER_MAP(PARAMETER_ENUM)
#undef PARAMETER_ENUM
        PARAMETER_COUNT
};

/* "repair"; never NULL. */
const char *parameter_name(enum parameter parameter);
/* SPILL_NOT_FOUND: there is none of that name. */
SPILL_CHECKED enum spill_status parameter_find(const char *name, enum parameter *parameter);

/* One value for each parameter; Q leaves things as they are. */
struct vary_factors {
    int64_t ppm[PARAMETER_COUNT];
};

/* What is known of one factor: least, most likely, most. All Q: it is certain. */
struct vary_range {
    int64_t least_ppm;
    int64_t likely_ppm;
    int64_t most_ppm;
};

enum { VARY_FACTOR_MAX_PPM = 100 * SPILL_PPM };

/* The factor of the sample-th draw: triangular between least and most (purpose CHANCE_PARAMETER,
 * entity `parameter:name`, index the sample, replica 0). */
int64_t vary_draw(const struct vary_range *range, enum parameter parameter, uint64_t seed,
                  uint32_t sample);

/* Arrays of a network's specification, before the network is made of it; any may be empty. */
struct vary_spec {
    struct asset_spec *assets;
    size_t asset_count;
    struct backup_spec *backups;
    size_t backup_count;
    struct link_spec *links;
    size_t link_count;
    struct push_spec *pushes;
    size_t push_count;
    struct campaign_spec *campaigns;
    size_t campaign_count;
    struct tag_spec *tags;
    size_t tag_count;
};

/* Multiplies everything in the arrays. What was above 0 stays above 0, no duration grows beyond the
 * longest that a law may have, no chance beyond 1. Quantiles of empirical laws are copied into
 * memory that `quantiles` gives; SPILL_MEMORY: it had none. */
SPILL_CHECKED enum spill_status vary_apply(const struct vary_factors *factors,
                                           const struct vary_spec *spec,
                                           int64_t *(*quantiles)(size_t count, void *context),
                                           void *context);

#endif
