/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cascade: one trajectory of a network under damage, intrusion and orders, in exact integer
 * arithmetic.
 *
 * The rules are in RULES.md; this engine and the oracle in tests/oracle both follow that document,
 * not each other. A cascade owns all state of its trajectory and nothing else; it allocates when it
 * is created and never while it steps; it reads no clock, file or random stream. One thread at a
 * time uses it. Stepping costs what changes, not what exists; so does cascade_reset.
 *
 * The world (coordinator/world) decides which actions happen and when; the cascade makes them
 * happen.
 */
#ifndef SPILL_CASCADE_H
#define SPILL_CASCADE_H

#include "coordinator/cascade/network.h"

enum {
    CASCADE_DIGEST_BYTES = 32,
    CASCADE_ACTIONS_MAX = 131072, /* Actions that are not over: waiting, disinformation in force,
                                     crews on the road. */
    CASCADE_ROOTS_MAX = 65536,    /* Different roots that actions of one trajectory may name. */
};

/* What may be done to a world. Each field used is named beside its kind; the rest are ignored. */
enum action_kind {
    ACTION_DAMAGE,           /* asset, amount_ppm (health becomes at most this) */
    ACTION_CAMPAIGN_START,   /* campaign */
    ACTION_CAMPAIGN_STOP,    /* campaign */
    ACTION_CAMPAIGN_DELAY,   /* campaign, duration_ms (triggers still to come move later) */
    ACTION_DISINFORMATION,   /* country, amount_ppm added at each update, for duration_ms */
    ACTION_ISOLATE_ASSET,    /* asset */
    ACTION_RECONNECT_ASSET,  /* asset */
    ACTION_ISOLATE_TAG,      /* tag, country */
    ACTION_RECONNECT_TAG,    /* tag, country */
    ACTION_CLOSE_BORDER,     /* country, other_country */
    ACTION_OPEN_BORDER,      /* country, other_country */
    ACTION_PATCH_TAG,        /* tag, country */
    ACTION_SHARE_INDICATORS, /* tag, country (the receiver) */
    ACTION_PRIORITY,         /* asset, count (participants' priority, larger first) */
    ACTION_MUTUAL_AID,       /* pool -> other_pool, count crews, duration_ms of travel */
    ACTION_REFUEL,           /* asset */
    ACTION_BLACK_START,      /* asset */
    ACTION_LIMIT,            /* asset, amount_ppm (shed load; Q lifts it) */
    ACTION_MANUAL_MODE,      /* asset */
    ACTION_PUBLIC_MESSAGE,   /* country */
};
enum { ACTION_KIND_COUNT = ACTION_PUBLIC_MESSAGE + 1 };

/* One action. `root_kind` and `root_id` say whose doing it is ("effect", "order" …); together with
 * the time they name the root cause. Both are borrowed until the cascade is destroyed or reset,
 * also by its copies. They may be NULL for actions that cannot do harm; damage, disinformation,
 * isolation, closing a border and a limit need them. A campaign's start names the campaign itself.
 * Amounts and durations are in the ranges of network.h. */
struct action {
    enum action_kind kind;
    struct asset_ref asset;
    struct country_ref country;
    struct country_ref other_country;
    struct tag_ref tag;
    struct pool_ref pool;
    struct pool_ref other_pool;
    struct campaign_ref campaign;
    int64_t amount_ppm;
    int64_t count;
    int64_t duration_ms;
    const char *root_kind;
    const char *root_id;
};

/* Why a level is what it is. */
enum limit_kind {
    LIMIT_NONE, /* Full service. */
    LIMIT_HEALTH,
    LIMIT_NEED,
    LIMIT_CAP,    /* An order limits it. */
    LIMIT_DEMAND, /* Demand is above what it can meet. */
    LIMIT_LAYER,  /* Its layer lets it give no more: cut off, tripped, or short of power. */
};

/* Root causes are numbered from 0 in the order in which they first act; NETWORK_NO_INDEX is none.
 */
struct root_ref {
    uint32_t index;
};

struct root {
    const char *kind; /* "effect", "campaign", "order", "information", "failure", "layer". */
    const char *id;
    int64_t at_ms;
    struct country_ref country; /* Of the first asset that it damaged, infected or cut; index
                                   NETWORK_NO_INDEX: none yet. */
};

/* One link of a causal chain: a change of an asset's level, or of what binds it at an equal level.
 */
struct cause_record {
    uint64_t number; /* From 1, in order; 0 means none. */
    uint64_t parent; /* Record of the supplier's change that arrived, or of the change that moved
                        the layer; 0 for a direct consequence of the root. */
    int64_t at_ms;
    uint32_t round;
    struct asset_ref asset;
    int64_t before_ppm;
    int64_t after_ppm;
    enum limit_kind limit;
    struct need_ref need; /* LIMIT_NEED; else index NETWORK_NO_INDEX. */
    struct link_ref link; /* The binding link, or NETWORK_NO_INDEX. */
    struct root_ref root; /* NETWORK_NO_INDEX when the level is full. */
    bool backup_ended;    /* A backup of this need expired or failed to start before this. */
};

/* Called while a tick runs, in order, when causes are on. */
typedef void (*cascade_cause_fn)(const struct cause_record *record, void *context);

struct cascade;

/* A root that is left out: none of its actions acts ("but for this"). Its kind is "effect",
 * "order" or "campaign"; NULL: none is left out. Borrowed as long as what it is left out of. */
struct cascade_without {
    const char *kind;
    const char *id;
};

struct cascade_options {
    uint64_t seed;
    uint32_t replica; /* 0 is the live one. */
    bool digests;     /* Keep what cascade_digest needs. */
    struct cascade_without without;
    cascade_cause_fn on_cause; /* NULL: roots only, no records. */
    void *context;
};

SPILL_CHECKED enum spill_status cascade_create(const struct network *network,
                                               const struct cascade_options *options,
                                               struct cascade **cascade);
void cascade_destroy(struct cascade **cascade);

/* Back to time 0 with another seed and replica; touches only what the trajectory touched. */
void cascade_reset(struct cascade *cascade, uint64_t seed, uint32_t replica);

/* Makes `to` (created on the same network) the same as `from`, apart from sinks and digests. */
void cascade_copy(struct cascade *to, const struct cascade *from);

/* For a forecast: from here on, draws belong to this replica; running timers are redrawn
 * conditional on lasting beyond now; what has been revealed stays (RULES.md, Forecast). Replica 0
 * changes nothing. */
void cascade_redraw(struct cascade *cascade, uint32_t replica);

/* Schedules an action for the tick at or after at_ms (which must be later than the last tick run).
 * Actions of one tick act in the order of these calls. SPILL_LIMIT when CASCADE_ACTIONS_MAX are not
 * over, or CASCADE_ROOTS_MAX roots are named. */
SPILL_CHECKED enum spill_status cascade_act(struct cascade *cascade, int64_t at_ms,
                                            const struct action *action);

/* Time of the last tick that ran, -1 before the first; and of the next tick in which something is
 * due, or SPILL_NEVER. */
int64_t cascade_now_ms(const struct cascade *cascade);
int64_t cascade_next_ms(const struct cascade *cascade);

/* Runs exactly the tick at cascade_next_ms, which must not be SPILL_NEVER. */
void cascade_step(struct cascade *cascade);

/* Declares that nothing happens up to and including until_ms (>= now, < next): integrals run to it,
 * but never beyond the horizon's tick. */
void cascade_idle(struct cascade *cascade, int64_t until_ms);

/* Work done since cascade_create: actions, timers and deliveries handled. For benchmarks; no part
 * of the state. */
uint64_t cascade_event_count(const struct cascade *cascade);

/* Assets whose service or status changed in the last tick, rising by index; valid until the next
 * step. */
const struct asset_ref *cascade_changed(const struct cascade *cascade, size_t *count);
/* Assets whose detected intrusions changed in the last tick: noticed, seen to strike, or cleaned;
 * likewise. */
const struct asset_ref *cascade_noticed(const struct cascade *cascade, size_t *count);

/* ---- Reading one trajectory. Times are exercise time, ms; -1 or SPILL_NEVER where it did not
 * happen. ---- */

enum asset_status { /* What a map shows. */
                    ASSET_NORMAL,
                    ASSET_DEGRADED,  /* Below full service. */
                    ASSET_FAILED,    /* Below SPILL_FAILED_BELOW. */
                    ASSET_RESTORING, /* Below full service, and a crew is at work or a restart runs.
                                      */
                    ASSET_ISLANDED,  /* Below full service or not, cut off by an order. */
};

int64_t cascade_service_ppm(const struct cascade *cascade, struct asset_ref asset);
int64_t cascade_health_ppm(const struct cascade *cascade, struct asset_ref asset);
enum asset_status cascade_status(const struct cascade *cascade, struct asset_ref asset);
bool cascade_isolated(const struct cascade *cascade, struct asset_ref asset);
int64_t cascade_need_ppm(const struct cascade *cascade,
                         struct need_ref need); /* Level after backups. */
int64_t cascade_link_ppm(const struct cascade *cascade, struct link_ref link); /* Delivered. */
/* True while a backup of the need carries it; then ends_ms is when it would run out. */
bool cascade_on_backup(const struct cascade *cascade, struct need_ref need, int64_t *ends_ms);
/* Which of the need's backups that is. */
size_t cascade_backup_at(const struct cascade *cascade, struct need_ref need);
bool cascade_repairing(const struct cascade *cascade, struct asset_ref asset, int64_t *ends_ms);
int64_t cascade_repair_queue(const struct cascade *cascade,
                             struct pool_ref pool); /* Assets waiting for a crew. */
int64_t cascade_crews(const struct cascade *cascade, struct pool_ref pool, int64_t *free_count);

/* Binding limit and root of an asset below full service. */
struct asset_cause {
    enum limit_kind limit;
    struct need_ref need;
    struct link_ref link;
    struct root_ref root;
    uint64_t record; /* 0 when causes are off. */
    int64_t since_ms;
};
struct asset_cause cascade_asset_cause(const struct cascade *cascade, struct asset_ref asset);
size_t cascade_root_count(const struct cascade *cascade);
struct root cascade_root(const struct cascade *cascade, struct root_ref root);

/* What its layer lets an asset give; Q without a layer. */
int64_t cascade_layer_ppm(const struct cascade *cascade, struct asset_ref asset);
/* Whether a layer took an asset, or an edge, out because of what it carries. */
bool cascade_tripped(const struct cascade *cascade, struct asset_ref asset);
bool cascade_edge_tripped(const struct cascade *cascade, struct edge_ref edge);
/* Power over an edge of a dc_flow layer, W, from the end that was written first to the other; 0
 * before the first tick. */
int64_t cascade_edge_flow_w(const struct cascade *cascade, struct edge_ref edge);

bool cascade_infected(const struct cascade *cascade, struct campaign_ref campaign,
                      struct asset_ref asset);
bool cascade_triggered(const struct cascade *cascade, struct campaign_ref campaign,
                       struct asset_ref asset);
bool cascade_detected(const struct cascade *cascade, struct campaign_ref campaign,
                      struct asset_ref asset);
/* Counts in a country; index NETWORK_NO_INDEX: everywhere. Infected includes triggered. */
int64_t cascade_infected_count(const struct cascade *cascade, struct campaign_ref campaign,
                               struct country_ref country);
int64_t cascade_triggered_count(const struct cascade *cascade, struct campaign_ref campaign,
                                struct country_ref country);
int64_t cascade_detected_count(const struct cascade *cascade, struct campaign_ref campaign,
                               struct country_ref country);
bool cascade_campaign_active(const struct cascade *cascade, struct campaign_ref campaign);

int64_t cascade_trust_ppm(const struct cascade *cascade, struct country_ref country);
int64_t cascade_narrative_ppm(const struct cascade *cascade, struct country_ref country);
int64_t cascade_demand_ppm(const struct cascade *cascade, struct country_ref country,
                           struct surge_ref surge);

/* Indicators now (people, counts) and integrated up to now (person_ms, value_ms: units x ms). */
int64_t cascade_people_without(const struct cascade *cascade, struct country_ref country,
                               struct sector_ref sector);
int64_t cascade_failed_count(const struct cascade *cascade, struct country_ref country,
                             struct sector_ref sector);
int64_t cascade_person_ms(const struct cascade *cascade, struct country_ref country,
                          struct sector_ref sector);
int64_t cascade_value_ms(const struct cascade *cascade, struct country_ref country,
                         struct sector_ref sector);
/* Spillover matrix: person_ms lost in `hit` whose root lies in `from`; from.index NETWORK_NO_INDEX:
 * roots without a country. Sums over `from` equal the sums of cascade_person_ms over sectors,
 * exactly. */
int64_t cascade_spill_ms(const struct cascade *cascade, struct country_ref from,
                         struct country_ref hit);
int64_t cascade_root_person_ms(const struct cascade *cascade, struct root_ref root);
int64_t cascade_link_person_ms(const struct cascade *cascade,
                               struct link_ref link); /* Blame: loss bound by it. */

struct asset_tally {
    int64_t first_failure_ms; /* SPILL_NEVER: none. */
    int64_t failed_ms;        /* Total time with a failed service. */
    int64_t failure_count;
    int64_t person_ms;
    int64_t value_ms;
};
struct asset_tally cascade_asset_tally(const struct cascade *cascade, struct asset_ref asset);
/* Assets touched since the start, in any order: all others still are as at time 0. */
const struct asset_ref *cascade_touched(const struct cascade *cascade, size_t *count);

/* The state digest: a 256-bit sum over entities of BLAKE2b-256 of their canonical state (RULES.md,
 * Digest). Needs options.digests. Costs what changed since the last call. */
void cascade_digest(struct cascade *cascade, uint8_t digest[CASCADE_DIGEST_BYTES]);

#endif
