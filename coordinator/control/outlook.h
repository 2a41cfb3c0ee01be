/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlook: what lies ahead of a live exercise, by many replicas of its world from now on, as pages
 * are told (Forecast of coordinator/pages/src/api.ts).
 *
 * It is made from a copy of the live world, on the forecast thread, while the exercise goes on.
 * What has happened has happened in every replica; what is hidden, or still to be drawn, is drawn
 * anew in each. It reads no clock: the caller says when it was made.
 */
#ifndef SPILL_OUTLOOK_H
#define SPILL_OUTLOOK_H

#include "coordinator/ensemble/ensemble.h"
#include "coordinator/scenario/scenario.h"
#include "proto/http/writer.h"

enum {
    OUTLOOK_EDGES_MAX = 64,
    OUTLOOK_ASSETS_SHOWN = 500,   /* Those that are likeliest to be down. */
    OUTLOOK_SHOWN_PPM = 10000,    /* An asset that is never down in 99 of 100 is not told of. */
    OUTLOOK_HEADLINE_PPM = 50000, /* Nor is a chance below that a headline. */
};

struct outlook_options {
    const struct scenario *scenario; /* Kept until the outlook is destroyed. */
    const struct world *from;        /* Read for the call. */
    const char *team;
    uint32_t replica_count;
    int threads;
    int64_t made_us;  /* By the wall clock. */
    int64_t began_us; /* By the monotonic clock. */
    ensemble_progress_fn on_progress;
    void *context;
};

struct outlook;

/* Statuses as ensemble_run. SPILL_INVALID also when the exercise is at its end. */
SPILL_CHECKED enum spill_status outlook_make(const struct outlook_options *options,
                                             struct outlook **outlook, struct spill_error *error);
void outlook_destroy(struct outlook **outlook);

/* before: the outlook before this one, to say how the chance in the headline has changed; NULL:
 * there is none. */
void outlook_print(const struct outlook *outlook, const struct outlook *before, int64_t took_us,
                   struct writer *writer);

/* Of an asset that is not down. */
struct outlook_asset {
    struct asset_ref asset;
    int64_t soon_ms;    /* By this time, six hours ahead or the end, … */
    int64_t soon_ppm;   /* … it is down with this chance, */
    int64_t chance_ppm; /* by the end with this; */
    int64_t time_ms[3]; /* the times by which 10, 50 and 90 % of the replicas have it down; the end,
                           where they have not. */
};
/* Those that outlook_print tells of and that are not down. Returns how many, at most capacity. */
size_t outlook_assets(const struct outlook *outlook, struct outlook_asset *assets, size_t capacity);

#endif
