/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ensemble_parts: how results lie in memory; for the files of this folder only.
 *
 * Everything that is kept of the replicas is one array of counts and one of sums, in sections. So
 * threads and shards are merged by adding both, and nothing can be forgotten there or in the
 * identity.
 */
#ifndef SPILL_ENSEMBLE_PARTS_H
#define SPILL_ENSEMBLE_PARTS_H

#include "coordinator/ensemble/ensemble.h"

/* Losses in whole hours in bins: 0 to 15 by themselves, then 16 for each power of two. */
enum { ENSEMBLE_BINS = 16 + 60 * 16 };

#define ENSEMBLE_HOUR_MS UINT64_C(3600000)

/* Where each section begins. */
struct ensemble_layout {
    size_t edge_count;
    size_t asset_count;
    size_t sector_count;
    size_t country_count;
    size_t group_count; /* By sector, then country; the last of each is every one. */
    size_t link_count;
    size_t rule_count;
    size_t campaign_count;
    size_t order_count;
    size_t cell_count;
    size_t root_count; /* Rules, campaigns, countries, then orders by cell, then layers, then assets
                          if some fail by chance. */
    size_t layer_first;
    size_t failing_first;
    /* Counts. Times are counted at the first edge at or after them; one more bin is for later ones.
     */
    size_t first;   /* By asset and edge: first failures. */
    size_t at;      /* By asset and edge: outages that began less those that ended, modulo 2^64. */
    size_t outage;  /* By asset and edge: outages by duration. */
    size_t lasting; /* By asset: outages that last at the end. */
    size_t group_first; /* By group and edge. */
    size_t group_at;
    size_t spill_bins; /* By country of the root (the last: none), country and bin. */
    size_t size;       /* By number of assets. */
    size_t depth;
    size_t fired;     /* By rule. */
    size_t ordered;   /* By cell and order. */
    size_t root_hits; /* By root. */
    size_t dropped;
    size_t count_count;
    /* Sums. */
    size_t asset_down;
    size_t asset_person;
    size_t asset_value;
    size_t group_person;
    size_t group_value;
    size_t group_hours;
    size_t group_squares;
    size_t spill; /* By country of the root (the last: none) and country. */
    size_t link;
    size_t root;
    size_t sum_count;
};

struct ensemble_tally {
    uint64_t *counts;
    struct wide *sums;
};

/* One replica's total. */
struct ensemble_total {
    int64_t hours;
    uint32_t replica;
};

struct ensemble {
    const struct network *network;
    const struct script *script;
    char *team;
    uint64_t seed;
    int64_t start_ms;
    int64_t until_ms;
    int64_t down_below_ppm;
    int64_t *edges_ms;
    uint32_t *group_assets; /* By group: how many. */
    struct ensemble_layout layout;
    struct ensemble_tally tally;
    uint32_t replica_count;
    struct ensemble_total *totals; /* By replica. */
    struct ensemble_total *sorted; /* By hours, then replica. */
};

/* What one thread needs; the ensemble is only read while replicas run. */
struct ensemble_worker {
    const struct ensemble *ensemble;
    const struct world *from;
    struct world *world;
    struct ensemble_tally tally;
    int64_t *down_since;  /* By asset: time + 1; 0: not down. */
    int64_t *group_since; /* By group, likewise. */
    uint64_t *group_seen; /* By group: the last replica in which it was down, + 1. */
    uint64_t *root_seen;  /* By root: the last replica that it cost something, + 1. */
    uint32_t replica;     /* That runs. */
    size_t depth_max;     /* Of it. */
};

/* Runs one replica and adds it to the worker's tally; returns its total. */
struct ensemble_total ensemble_collect(struct ensemble_worker *worker, uint32_t replica);
/* What the world tells while it runs; context is the worker. */
void ensemble_on_change(int64_t at_ms, const struct asset_ref *changed, size_t count,
                        void *context);

/* The group of a sector and a country, CONDITION_EVERY for all. */
size_t ensemble_group_of(const struct ensemble_layout *layout, uint32_t sector, uint32_t country);
/* The first edge at or after a time; edge_count if it is later than all. */
size_t ensemble_edge_of(const struct ensemble *ensemble, int64_t time_ms);
size_t ensemble_bin_of(uint64_t hours);
/* The middle of a bin. */
int64_t ensemble_bin_hours(size_t bin);
/* Sorts totals by hours, then replica, into ensemble->sorted. */
void ensemble_sort(struct ensemble *ensemble);

#endif
