/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ensemble: many worlds: the same network, script and team under different chance, and what they
 * have in common.
 *
 * Replicas run side by side on the threads of the caller's OpenMP team; they share nothing, and
 * what is kept of them are counts and exact integer sums. So the results are the same for any
 * number of threads, any batch, and any split into shards that are merged afterwards
 * (ensemble_identity proves it). Everything is allocated before the first replica runs. Reading is
 * for any thread once it has run. Nothing here reads a clock.
 *
 * Words. An asset is down while its service has failed. A group (a sector in a country, or all of
 * one of them) is down while its mean service, as level() has it, is below a limit. Both are looked
 * at after every tick. Loss is counted in person-hours without a service. In a forecast everything
 * up to now has happened in every replica.
 */
#ifndef SPILL_ENSEMBLE_H
#define SPILL_ENSEMBLE_H

#include "coordinator/ensemble/wide.h"
#include "coordinator/world/world.h"

enum {
    ENSEMBLE_EDGES_DEFAULT = 73,
    ENSEMBLE_EDGES_MAX = 1024,
    ENSEMBLE_DEPTHS = 65,        /* 0 to 63; the last is 64 and more. */
    ENSEMBLE_BATCH_DEFAULT = 64, /* Replicas for each thread between two calls of on_progress. */
};
#define ENSEMBLE_BYTES_MAX (UINT64_C(1) << 32) /* Of all that is counted, on all threads. */

/* Called on the caller's thread, between batches; false stops the run after the replicas done so
 * far. */
typedef bool (*ensemble_progress_fn)(uint32_t done_count, uint32_t replica_count, void *context);

struct ensemble_options {
    const struct network *network; /* Kept until ensemble_destroy, as the script. */
    const struct script *script;
    const char *team; /* The policies by which cells act; "passive": they do not. */
    uint64_t seed;    /* A forecast takes that of the world it starts from. */
    uint32_t first_replica;
    uint32_t replica_count;  /* 1 or more; the last number is below 2^32. */
    int threads;             /* 0: as many as the team has. */
    uint32_t batch_count;    /* Replicas between two calls of on_progress, for each thread; 0: the
                                default. */
    int64_t until_ms;        /* On a tick. */
    const int64_t *edges_ms; /* Rising; NULL: equally spaced from the start to until_ms. */
    size_t edge_count;
    int64_t down_below_ppm;   /* Limit for groups; 0: half. */
    const struct world *from; /* Forecast: replica 0 goes on with its chance, others are redrawn.
                                 NULL: from the start. */
    ensemble_progress_fn on_progress; /* NULL: none. */
    void *context;
};

struct ensemble;

/* Runs. SPILL_INVALID, SPILL_LIMIT: error says why. SPILL_INTERRUPTED: stopped by on_progress;
 * *ensemble holds the replicas that ran, if any did, else it is untouched. */
SPILL_CHECKED enum spill_status ensemble_run(const struct ensemble_options *options,
                                             struct ensemble **ensemble, struct spill_error *error);
void ensemble_destroy(struct ensemble **ensemble);

/* Adds the replicas of another run of the same network, script and options. SPILL_INVALID: it is
 * another experiment, or they have a replica in common. */
SPILL_CHECKED enum spill_status ensemble_merge(struct ensemble *into, const struct ensemble *from,
                                               struct spill_error *error);

enum { ENSEMBLE_IDENTITY_BYTES = 32 };
/* BLAKE2b-256, chained over blocks, of every integer result, in a fixed order. */
void ensemble_identity(const struct ensemble *ensemble, uint8_t identity[ENSEMBLE_IDENTITY_BYTES]);

/* ---- The run ---- */

uint32_t ensemble_replica_count(const struct ensemble *ensemble);
uint64_t ensemble_seed(const struct ensemble *ensemble);
const char *ensemble_team(const struct ensemble *ensemble);
int64_t ensemble_start_ms(const struct ensemble *ensemble); /* 0, or where a forecast began. */
int64_t ensemble_until_ms(const struct ensemble *ensemble);
int64_t ensemble_down_below_ppm(const struct ensemble *ensemble);
size_t ensemble_edges(const struct ensemble *ensemble, const int64_t **edges_ms);
/* The last edge at or before a time; 0 if there is none. */
size_t ensemble_edge_at(const struct ensemble *ensemble, int64_t time_ms);

/* ---- Assets. Counts of replicas unless said otherwise. ---- */

uint64_t ensemble_down_by(const struct ensemble *ensemble, struct asset_ref asset, size_t edge);
uint64_t ensemble_down_at(const struct ensemble *ensemble, struct asset_ref asset, size_t edge);
/* The first edge by which it was down in this share of all replicas; SPILL_NEVER: in fewer. */
int64_t ensemble_first_down_ms(const struct ensemble *ensemble, struct asset_ref asset,
                               int64_t share_ppm);
/* The edge that this share of its outages does not outlast; those that still last count with their
 * time so far. SPILL_NEVER: longer than the last edge; -1: there were none. */
int64_t ensemble_outage_ms(const struct ensemble *ensemble, struct asset_ref asset,
                           int64_t share_ppm);

struct ensemble_asset {
    uint64_t down_count;    /* Replicas in which it was ever down. */
    uint64_t outage_count;  /* Outages, in all replicas together. */
    uint64_t lasting_count; /* Those that last at the end. */
    struct wide down_ms;    /* Sums over all replicas, here and below. */
    struct wide person_ms;
    struct wide value_ms;
};
struct ensemble_asset ensemble_asset(const struct ensemble *ensemble, struct asset_ref asset);

/* ---- Groups: CONDITION_EVERY for every sector or country. ---- */

/* Assets in it; a group without assets is never down. */
size_t ensemble_group_assets(const struct ensemble *ensemble, uint32_t sector, uint32_t country);
uint64_t ensemble_group_down_by(const struct ensemble *ensemble, uint32_t sector, uint32_t country,
                                size_t edge);
uint64_t ensemble_group_down_at(const struct ensemble *ensemble, uint32_t sector, uint32_t country,
                                size_t edge);
int64_t ensemble_group_first_down_ms(const struct ensemble *ensemble, uint32_t sector,
                                     uint32_t country, int64_t share_ppm);

/* A loss: exact sums, and the sum of squares of what each replica lost in whole hours. */
struct ensemble_loss {
    struct wide person_ms;
    struct wide value_ms;
    struct wide hours;   /* Sum of each replica's person-hours, rounded down. */
    struct wide squares; /* Sum of their squares. */
};
struct ensemble_loss ensemble_group_loss(const struct ensemble *ensemble, uint32_t sector,
                                         uint32_t country);

/* Mean of person-hours a replica, standard deviation, and half the width of the 95 % interval of
 * the mean; for reports. */
struct ensemble_estimate {
    double mean_hours;
    double deviation_hours;
    double half_width_hours;
};
struct ensemble_estimate ensemble_estimate(const struct ensemble *ensemble,
                                           const struct ensemble_loss *loss);

/* ---- The whole ---- */

/* Person-hours of one replica, by share of replicas (0 to Q) that lost no more. */
int64_t ensemble_total_hours(const struct ensemble *ensemble, int64_t share_ppm);
/* Mean of the worst 5 % of replicas (at least one). */
int64_t ensemble_tail_hours(const struct ensemble *ensemble);
/* The replica that lost the most, the middle one, and the one that lost the least: to be run again
 * alone. */
uint32_t ensemble_replica_at(const struct ensemble *ensemble, int64_t share_ppm);
/* The at-th replica, rising by number, and what it lost. */
uint32_t ensemble_replica(const struct ensemble *ensemble, uint32_t at, int64_t *hours);
/* Replicas in which so many assets were ever down. */
uint64_t ensemble_size_count(const struct ensemble *ensemble, size_t asset_count);
/* Assets ever down, by share of replicas. */
size_t ensemble_size(const struct ensemble *ensemble, int64_t share_ppm);
/* Replicas whose longest chain had so many links: from an asset, when it went down, over binding
 * links to what was hit itself. */
uint64_t ensemble_depth_count(const struct ensemble *ensemble, size_t depth);
/* Spillover: person_ms lost in `hit` with a root in `from` (index NETWORK_NO_INDEX: roots without a
 * country), summed. */
struct wide ensemble_spill(const struct ensemble *ensemble, struct country_ref from,
                           struct country_ref hit);
/* Person-hours of it, by share of replicas, within 1/16 (the middle of its bin). */
int64_t ensemble_spill_hours(const struct ensemble *ensemble, struct country_ref from,
                             struct country_ref hit, int64_t share_ppm);

/* ---- Blame ---- */

struct wide ensemble_link_blame(const struct ensemble *ensemble, struct link_ref link);

/* Roots by kind and id, in canonical order; all orders "cell/order" of one kind together. */
struct ensemble_root {
    const char *kind;       /* "effect", "campaign", "information", "order", "layer", "failure". */
    const char *id;         /* Of the rule, campaign, country, asset, cell … */
    const char *order;      /* … and order; else NULL. */
    uint64_t replica_count; /* In which it cost anybody anything. */
    struct wide person_ms;
};
size_t ensemble_root_count(const struct ensemble *ensemble);
struct ensemble_root ensemble_root(const struct ensemble *ensemble, size_t at);

/* Replicas in which a rule fired; orders of a cell in all replicas together. */
uint64_t ensemble_fired(const struct ensemble *ensemble, struct rule_ref rule);
uint64_t ensemble_ordered(const struct ensemble *ensemble, struct cell_ref cell,
                          struct order_ref order);
/* Times, in all replicas, that the cascade had no room for an action: 0 unless a limit of the model
 * was met. */
uint64_t ensemble_dropped(const struct ensemble *ensemble);

#endif
