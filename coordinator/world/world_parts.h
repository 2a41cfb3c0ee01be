/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_parts: how a world lies in memory, and what its files do for each other; for the files of
 * this folder only.
 */
#ifndef SPILL_WORLD_PARTS_H
#define SPILL_WORLD_PARTS_H

#include "coordinator/world/levels.h"
#include "coordinator/world/world.h"

struct world_rule {
    /* What every tick asks of the rule in the script, side by side. */
    const struct condition *when;
    int64_t at_ms;
    int64_t hold_ms;
    int64_t times_max;
    unsigned reads;
    /* Its state. */
    bool known; /* Its condition was looked at. */
    bool spent; /* It has fired, and its condition has held ever since; or it has fired for the last
                   time. */
    uint32_t draws;
    int64_t since_ms; /* Its condition holds without a break since then; -1: it does not. */
    int64_t turn_ms;  /* When time alone may change its condition. */
    int64_t fired_count;
};

/* Effects on their way: of a rule, or of an order (the other index is NETWORK_NO_INDEX). */
struct world_waiting {
    int64_t at_ms;
    uint64_t sequence;
    int64_t began_ms;
    uint32_t rule;
    uint32_t order; /* Number of the order. */
};

enum { WORLD_ORDER_NAME_BYTES = 2 * (SPILL_ID_BYTES_MAX + 1) + 12 };

struct world_order {
    struct cell_ref cell;
    struct order_request request;
    int64_t given_ms;
    int64_t acts_at_ms;
    const char *name; /* In this world's names, or in those of the world that it was copied from. */
};

/* A report on its way. */
struct world_report {
    int64_t at_ms;
    int64_t level; /* Service of an asset, trust of a country. */
    int64_t escalation;
    uint32_t detected;
    uint32_t triggered;
    uint32_t before; /* Neighbours in the queue of the cell, oldest first; NETWORK_NO_INDEX. */
    uint32_t behind;
    enum asset_status status;
};

/* What is on its way to one cell: two places for each subject. Subjects are its slots, then all
 * countries. */
struct world_mail {
    bool kept;                                    /* A picture is kept of this cell. */
    uint64_t countries[SPILL_COUNTRIES_MAX / 64]; /* Those that it is told of. */
    int64_t delay_ms;
    struct world_report *reports; /* Of subject i: 2 i and 2 i + 1. */
    uint8_t *waiting_counts;      /* By subject: 0 to 2. */
    uint8_t *first_places;        /* By subject: which of the two is the older. */
    uint32_t oldest;
    uint32_t newest;
    struct view *view;
    struct policy *policy; /* NULL: none. */
};

struct world_intention {
    struct intention intention;
    uint32_t cell;
    uint64_t sequence;
};

struct world {
    const struct network *network;
    const struct script *script;
    struct world_sink sink;
    bool digests;
    char *team; /* NULL: none. */
    uint64_t seed;
    uint32_t replica;
    int64_t tick_ms;
    int64_t now_ms; /* Of the running tick, or up to when the world has run; -1 before. */
    struct cascade *cascade;
    struct levels *levels;
    int64_t escalation;
    bool ran; /* The tick at 0 ran. */

    struct world_rule *rules;
    uint32_t *live_rules; /* Those that may still fire, rising. */
    size_t live_count;
    uint32_t *ready_rules; /* Those that fire in this tick. */
    unsigned rules_read;   /* Of all rules together. */
    unsigned changes;      /* READS_… since the rules looked. */
    int64_t rules_next_ms;

    struct world_waiting *waiting; /* A heap by at_ms, then sequence. */
    size_t waiting_count;
    size_t firing_count; /* Of rules among them. */
    int64_t dropped_count;
    uint64_t sequence;

    struct world_order *orders;
    char (*order_names)[WORLD_ORDER_NAME_BYTES];
    size_t order_count;
    int64_t *ordered; /* Order * (cells + 1) + cell; the last is every cell. */
    int64_t *costs;   /* By cell. */

    bool lean;                       /* Cells are told only what their policies look at. */
    struct script_watcher *watchers; /* Who is told of an asset, as in the script. */
    uint32_t *first_watcher;
    struct world_mail *mails; /* By cell. */
    /* By cell too, side by side since every tick asks: */
    int64_t *mail_next_ms;   /* When the next report arrives. */
    int64_t *policy_next_ms; /* When the policy wants to decide: not after now once the cell was
                                told something. */
    int64_t mails_next_ms;   /* The earliest of each. */
    int64_t policies_next_ms;
    int64_t *trust_ppm;      /* By country: as last seen. */
    uint32_t detected;       /* Bit for each campaign: an intrusion is detected somewhere. */
    int64_t *told_trust_ppm; /* By country: of the last report. */
    int64_t told_escalation;

    struct world_intention *intentions; /* A heap by at_ms, then cell, then sequence. */
    size_t intention_count;
    size_t intention_capacity;
    struct intention *decided; /* Room for what one policy decides at once. */
};

/* ---- world.c ---- */

/* The tick at or after a time. */
int64_t world_tick_of(const struct world *world, int64_t time_ms);
/* Which of two acts first. */
bool world_waits_less(const struct world_waiting *a, const struct world_waiting *b);

/* The tick in which something that starts now and takes this long ends: RULES.md, after(d). */
int64_t world_after_ms(const struct world *world, int64_t from_ms, int64_t duration_ms);
void world_wait(struct world *world, struct world_waiting waiting);

static inline int64_t world_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* ---- world_rules.c ---- */

void world_rules_start(struct world *world);
/* Looks at the conditions and fires. */
void world_rules_run(struct world *world);

/* ---- world_orders.c ---- */

SPILL_CHECKED enum spill_status world_orders_create(struct world *world);
void world_orders_destroy(struct world *world);
void world_orders_start(struct world *world);
/* Acts on everything that is due now. */
void world_orders_act(struct world *world);
/* Puts intentions into their queue; gives the orders of those that are due now. */
void world_orders_intend(struct world *world, uint32_t cell, const struct intention *intention);
void world_orders_give(struct world *world);

/* ---- world_reports.c ---- */

SPILL_CHECKED enum spill_status world_reports_create(struct world *world);
void world_reports_destroy(struct world *world);
void world_reports_start(struct world *world);
/* Has the policy of a cell decide in the tick at at_ms. */
void world_reports_wake(struct world *world, uint32_t cell, int64_t at_ms);
/* Reports what changed in this tick; world_reports_observe first. */
void world_reports_observe(struct world *world);
void world_reports_asset(struct world *world, struct asset_ref asset);
void world_reports_countries(struct world *world);
/* Lets arrive what is due now. */
void world_reports_deliver(struct world *world);
/* Lets the policies decide. */
void world_reports_decide(struct world *world);
void world_reports_copy(struct world *to, const struct world *from);

#endif
