/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network: what exists in a model, before anything happens: assets, needs, links, backups, crews,
 * countries, tags, campaigns.
 *
 * A caller (the scenario loader, a generator, a test) fills `struct network_spec` with borrowed
 * text and arrays, refers to things by id, and calls network_create, which copies everything, sorts
 * every kind of entity by the bytes of its id (so that the order of lines in files cannot matter),
 * hashes the ids and links the parts. The result never changes and may be read by any number of
 * threads. What each field means for a trajectory is said in RULES.md; the field names here are the
 * names there.
 */
#ifndef SPILL_NETWORK_H
#define SPILL_NETWORK_H

#include "proto/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Input: plain structs that a caller fills. Text is UTF-8, borrowed for the call. Zero means
 * default. ---- */

enum law_kind {
    LAW_NONE,        /* No law given. */
    LAW_FIXED,       /* a_ms. */
    LAW_UNIFORM,     /* From a_ms to b_ms. */
    LAW_TRIANGULAR,  /* From a_ms over the mode b_ms to c_ms. */
    LAW_EXPONENTIAL, /* Mean a_ms. */
    LAW_LOGNORMAL,   /* Median a_ms, sigma_ppm of the logarithm. */
    LAW_EMPIRICAL,   /* quantile_ms[0 .. quantile_count-1], equally spaced from probability 0 to 1,
                        rising. */
};

/* A law of duration. All values 0 to ten years. */
struct law_spec {
    enum law_kind kind;
    int64_t a_ms;
    int64_t b_ms;
    int64_t c_ms;
    int64_t sigma_ppm; /* 0 to 5 000 000. */
    const int64_t *quantile_ms;
    size_t quantile_count; /* 2 to 4096. */
};

enum aggregator {
    AGGREGATOR_ALL,       /* Minimum. */
    AGGREGATOR_ANY,       /* Maximum. */
    AGGREGATOR_K_OF_N,    /* k-th largest. */
    AGGREGATOR_SHARE,     /* Weighted mean. */
    AGGREGATOR_THRESHOLD, /* Full unless the failed weight reaches numerator/denominator of the
                             total. */
    AGGREGATOR_LINEAR,    /* Full less the sum of weight_ppm times loss. */
};

enum combination {
    COMBINE_MIN,
    COMBINE_PRODUCT,
    COMBINE_LINEAR,
};

enum black_start {
    BLACK_START_NONE,
    BLACK_START_AUTOMATIC, /* Starts by itself when it is down and whole. */
    BLACK_START_ORDERED,   /* Starts after an order. */
};

struct backup_spec {
    const char *id; /* Unique in its need. */
    int64_t level_ppm;
    int64_t start_failure_ppm;
    struct law_spec gap;      /* Switch-over; none is 0. */
    struct law_spec autonomy; /* Needed. */
    struct law_spec recharge; /* None: never recharges by itself. */
};

struct response_point {
    int64_t arrives_ppm;
    int64_t allows_ppm;
};

struct need_spec {
    const char *asset;
    const char *id; /* Unique in its asset: "electricity", "data", "control" … */
    const char
        *kind; /* NULL: same as id. The kind "control" is what a control payload takes away. */
    enum aggregator aggregator;
    int64_t k;                    /* k of n, 1 to n. */
    int64_t numerator;            /* threshold: */
    int64_t denominator;          /*   fraction of the weight, denominator > 0; */
    struct law_spec fraction_law; /* or a law of it, in ppm instead of ms, drawn once a replica. */
    const struct response_point
        *response; /* Rising in both, from (0, y) to (Q, Q); count 0: identity. */
    size_t response_count;
    const struct backup_spec *backups; /* In the order in which they are tried. */
    size_t backup_count;
    const char *surge;    /* Surge class that shortens the backups' autonomy, or NULL. */
    bool black_start;     /* Counts as met during a black start. */
    bool manual_fallback; /* Raised to the manual level while manual mode is on. */
};

/* Supplier -> need. Its id is "asset/need/supplier"; at most one link for each such triple. */
struct link_spec {
    const char *asset;
    const char *need;
    const char *supplier;
    int64_t weight;       /* share, threshold: 1 to 10^9, default 1. linear: ppm, 0 to Q. */
    int64_t coupling_ppm; /* Probability that the dependency bites; use coupling_given to mean 0. */
    bool coupling_given;  /* False: coupling is Q. */
    int64_t delay_down_ms;
    int64_t delay_up_ms;
};

/* A road for an intruder. Its id is "from>to". */
struct trust_spec {
    const char *from;
    const char *to;
    int64_t mean_contact_ms; /* Mean of the exponential amount of open contact time. */
    const char
        *carrier; /* Id of the service link ("asset/need/supplier") that it rides on, or NULL. */
};

/* What of a network is not local: the members of a layer are the assets of its sector that carry
 * its tag, and its edges say who is next to whom. RULES.md, section 15. */
enum layer_kind {
    LAYER_GIANT,       /* Only the largest connected part works. */
    LAYER_SOURCE,      /* Only what is connected to a source works. */
    LAYER_SHARE_LOAD,  /* Who fails hands its load to others, who trip when theirs reaches capacity.
                        */
    LAYER_BETWEENNESS, /* The same with the load of all shortest paths (Motter and Lai). */
    LAYER_DC_FLOW, /* Direct-current power flow: islands, and edges that trip over their limit. */
};

/* What a member of a share_load layer hands over when it goes out. */
enum transfer {
    TRANSFER_LOAD,  /* Its load, shared among those who receive. */
    TRANSFER_FIXED, /* A fixed amount to each who receives. */
};

struct layer_spec {
    const char *id;
    enum layer_kind kind;
    const char *sector;
    const char *tag;         /* Members carry it; NULL: all assets of the sector. */
    struct law_spec reclose; /* Until what tripped closes again; none: never. */
    /* share_load, betweenness: the capacity is the load at rest and this share of it more. */
    int64_t tolerance_ppm;
    /* share_load: laws of amounts, not of time, drawn for each member. */
    struct law_spec load;
    struct law_spec capacity; /* None: by tolerance. */
    enum transfer transfer;
    bool to_group;       /* To every other member; false: to neighbours. */
    int64_t amount;      /* Of TRANSFER_FIXED. */
    int64_t disturbance; /* Added to the load of each member at the start. */
    struct law_spec
        trip; /* dc_flow: how long an edge bears more than its limit; none: not at all. */
};

/* Two members of one layer are next to each other. Its id is "a/b/circuit", a before b. */
struct edge_spec {
    const char *from;
    const char *to;
    const char *circuit; /* Tells parallel edges apart; NULL: "1". */
    const char *line;    /* Asset without whose service the edge is open, or NULL. */
    int64_t reactance;   /* dc_flow: in any unit, 1 to 10^9; 0 means 1. */
    int64_t limit_w;     /* dc_flow: 0: none. */
};

struct asset_spec {
    const char *id;
    const char *country;
    const char *sector;
    const char *const *tags;
    size_t tag_count;
    int64_t people;         /* People who get this sector's service from this asset. */
    int64_t value_per_hour; /* Lost at service 0, in whole units of the scenario's currency. */
    enum combination combination;
    int64_t lag_ppm;     /* Share of the way that its service goes in one step; 0: all at once. */
    int64_t lag_ms;      /* Time of a step; at least a tick. */
    int64_t criticality; /* For the repair queue; larger first. */
    struct law_spec repair;   /* None: never repaired. */
    const char *pool;         /* NULL: repaired without waiting for a crew. */
    int64_t failure_ppm;      /* Chance that it is broken at the start. */
    struct law_spec lifetime; /* Until it breaks by itself, anew after each repair; none: never. */
    struct law_spec restart;
    enum black_start black_start;
    int64_t manual_ppm; /* Level of manual fallback; 0: none. */
    struct law_spec manual_delay;
    bool manual_automatic; /* False: only after an order. */
    const char *surge;     /* Surge class whose demand this asset meets, or NULL. */
    int64_t headroom_ppm;  /* Demand that it can meet in full, Q to 1000 Q; 0 means Q. */
    bool source;           /* In a source layer: feeds those connected to it. */
    int64_t load;     /* In a layer, 0 to 10^12: what it carries (share_load; 0: by law) or takes
                         (dc_flow, W). */
    int64_t capacity; /* What it can carry (share_load; 0: by law) or give at most (dc_flow, W). */
    int64_t
        generation; /* dc_flow: what it gives at rest, W; at most its capacity, if that is given. */
};

struct country_spec {
    const char *id;
    int64_t trust_ppm; /* Initial and resting trust. */
};

struct sector_spec {
    const char *id;
};

struct pool_spec {
    const char *id;
    const char *country;
    int64_t crews;
};

struct tag_spec {
    const char *id;
    struct law_spec patch;        /* Time until one asset is patched after the order. */
    struct law_spec patch_shared; /* The same where indicators were shared; none: as patch. */
};

struct surge_spec {
    const char *id;
    int64_t start_below_ppm; /* Trust below which demand rises … */
    int64_t slope_ppm;       /* … by this share of the missing trust; */
    int64_t run_below_ppm;   /* trust below which a run begins … */
    int64_t run_extra_ppm;   /* … and adds this. */
};

struct push_spec {
    const char *supplier; /* Asset whose infection starts the push. */
    const char *tag;      /* Its customers carry this tag. */
    int64_t probability_ppm;
    struct law_spec delay;
};

struct campaign_spec {
    const char *id;
    const char *const *tags; /* Targeted. */
    size_t tag_count;
    const char *const *entries; /* Assets infected when the campaign starts. */
    size_t entry_count;
    bool spreads_by_trust;
    const struct push_spec *pushes;
    size_t push_count;
    bool trigger_common; /* True: all at trigger_at_ms; false: after trigger_delay. */
    int64_t trigger_at_ms;
    struct law_spec trigger_delay;
    bool takes_health; /* The payload lowers health to health_ppm. */
    int64_t health_ppm;
    bool takes_control; /* The payload takes the need of kind "control". */
    bool spreads_after_trigger;
    bool rebuilt_patched;      /* A rebuilt asset is no longer susceptible. */
    struct law_spec detection; /* Infection -> noticed; none: at the trigger. */
    struct law_spec
        detection_shared; /* The same in a country that holds the indicators; none: as detection. */
};

/* Rates of trust and narrative, the same for every country; see RULES.md, Information. */
struct information_spec {
    int64_t interval_ms; /* 0: 15 minutes. */
    int64_t recover_ppm;
    int64_t outage_weight_ppm;
    int64_t narrative_weight_ppm;
    int64_t narrative_decay_ppm;
    int64_t message_gain_ppm;
    int64_t message_counter_ppm;
};

struct network_spec {
    int64_t tick_ms;    /* 0: 1000. */
    int64_t dwell_ms;   /* 0: one tick. */
    int64_t horizon_ms; /* Nothing happens or is counted later. 0: a year of 365 days. */
    struct information_spec information;
    const struct country_spec *countries;
    size_t country_count;
    const struct sector_spec *sectors;
    size_t sector_count;
    const struct pool_spec *pools;
    size_t pool_count;
    const struct tag_spec
        *tags; /* Tags that assets carry but nobody lists here exist too, without laws. */
    size_t tag_count;
    const struct surge_spec *surges;
    size_t surge_count;
    const struct asset_spec *assets;
    size_t asset_count;
    const struct need_spec *needs;
    size_t need_count;
    const struct link_spec *links;
    size_t link_count;
    const struct trust_spec *trusts;
    size_t trust_count;
    const struct campaign_spec *campaigns;
    size_t campaign_count;
    const struct layer_spec *layers;
    size_t layer_count;
    const struct edge_spec *edges;
    size_t edge_count;
};

/* ---- The checked, immutable network ---- */

struct network;

/* References: the rank of an entity among its kind, sorted by the bytes of its id. Needs are sorted
 * by asset, then need id; links by asset, need id and supplier id; trust links by from, then to;
 * edges by layer, then their ends, the lesser first, then circuit. */
struct asset_ref {
    uint32_t index;
};
struct need_ref {
    uint32_t index;
};
struct link_ref {
    uint32_t index;
};
struct trust_ref {
    uint32_t index;
};
struct country_ref {
    uint32_t index;
};
struct sector_ref {
    uint32_t index;
};
struct pool_ref {
    uint32_t index;
};
struct tag_ref {
    uint32_t index;
};
struct surge_ref {
    uint32_t index;
};
struct campaign_ref {
    uint32_t index;
};
struct layer_ref {
    uint32_t index;
};
struct edge_ref {
    uint32_t index;
};

#define NETWORK_NO_INDEX UINT32_MAX

/* Checks and copies a specification. SPILL_INVALID names the first fault in error (unknown id, id
 * twice, value out of range, hash collision, people x horizon too large to integrate in 64 bits).
 */
SPILL_CHECKED enum spill_status network_create(const struct network_spec *spec,
                                               struct network **network, struct spill_error *error);
void network_destroy(struct network **network);

size_t network_asset_count(const struct network *network);
size_t network_need_count(const struct network *network);
size_t network_link_count(const struct network *network);
size_t network_trust_count(const struct network *network);
size_t network_country_count(const struct network *network);
size_t network_sector_count(const struct network *network);
size_t network_pool_count(const struct network *network);
size_t network_tag_count(const struct network *network);
size_t network_surge_count(const struct network *network);
size_t network_campaign_count(const struct network *network);
size_t network_layer_count(const struct network *network);
size_t network_edge_count(const struct network *network);
int64_t network_tick_ms(const struct network *network);
int64_t network_horizon_ms(const struct network *network);

/* Look-ups by id: SPILL_NOT_FOUND leaves the output untouched. */
SPILL_CHECKED enum spill_status network_find_asset(const struct network *network, const char *id,
                                                   struct asset_ref *asset);
SPILL_CHECKED enum spill_status network_find_country(const struct network *network, const char *id,
                                                     struct country_ref *country);
SPILL_CHECKED enum spill_status network_find_sector(const struct network *network, const char *id,
                                                    struct sector_ref *sector);
SPILL_CHECKED enum spill_status network_find_pool(const struct network *network, const char *id,
                                                  struct pool_ref *pool);
SPILL_CHECKED enum spill_status network_find_tag(const struct network *network, const char *id,
                                                 struct tag_ref *tag);
SPILL_CHECKED enum spill_status network_find_surge(const struct network *network, const char *id,
                                                   struct surge_ref *surge);
SPILL_CHECKED enum spill_status network_find_campaign(const struct network *network, const char *id,
                                                      struct campaign_ref *campaign);
SPILL_CHECKED enum spill_status network_find_layer(const struct network *network, const char *id,
                                                   struct layer_ref *layer);

/* Ids, borrowed from the network. A link's id is written "asset/need/supplier" by
 * network_link_id_print. */
const char *network_asset_id(const struct network *network, struct asset_ref asset);
const char *network_need_id(const struct network *network, struct need_ref need);
const char *network_country_id(const struct network *network, struct country_ref country);
const char *network_sector_id(const struct network *network, struct sector_ref sector);
const char *network_pool_id(const struct network *network, struct pool_ref pool);
const char *network_tag_id(const struct network *network, struct tag_ref tag);
const char *network_surge_id(const struct network *network, struct surge_ref surge);
const char *network_campaign_id(const struct network *network, struct campaign_ref campaign);
const char *network_layer_id(const struct network *network, struct layer_ref layer);

enum { NETWORK_LINK_ID_BYTES = 3 * (SPILL_ID_BYTES_MAX + 1) };
char *network_link_id_print(const struct network *network, struct link_ref link,
                            char text[NETWORK_LINK_ID_BYTES]);

/* Facts that observers need. */
struct country_ref network_asset_country(const struct network *network, struct asset_ref asset);
struct sector_ref network_asset_sector(const struct network *network, struct asset_ref asset);
int64_t network_asset_people(const struct network *network, struct asset_ref asset);
int64_t network_asset_value_per_hour(const struct network *network, struct asset_ref asset);
/* Whether some asset may fail by chance, at the start or later. */
bool network_fails(const struct network *network);
int64_t network_country_trust_ppm(const struct network *network,
                                  struct country_ref country); /* At the start. */
struct country_ref network_pool_country(const struct network *network, struct pool_ref pool);
bool network_asset_has_tag(const struct network *network, struct asset_ref asset,
                           struct tag_ref tag);
/* Whether the campaign can infect the asset at all: it carries one of its tags. */
bool network_campaign_reaches(const struct network *network, struct campaign_ref campaign,
                              struct asset_ref asset);
struct asset_ref network_need_asset(const struct network *network, struct need_ref need);
struct need_ref network_link_need(const struct network *network, struct link_ref link);
struct asset_ref network_link_supplier(const struct network *network, struct link_ref link);
/* Needs of an asset are [first, first + count); links of a need likewise. */
struct need_ref network_asset_needs(const struct network *network, struct asset_ref asset,
                                    size_t *need_count);
struct link_ref network_need_links(const struct network *network, struct need_ref need,
                                   size_t *link_count);
/* Links that an asset supplies, its tags, and a need's backups: the at-th of a count. */
size_t network_asset_customer_count(const struct network *network, struct asset_ref asset);
struct link_ref network_asset_customer(const struct network *network, struct asset_ref asset,
                                       size_t at);
size_t network_asset_tag_count(const struct network *network, struct asset_ref asset);
struct tag_ref network_asset_tag(const struct network *network, struct asset_ref asset, size_t at);
size_t network_need_backup_count(const struct network *network, struct need_ref need);
const char *network_backup_id(const struct network *network, struct need_ref need, size_t at);
int64_t network_backup_level_ppm(const struct network *network, struct need_ref need, size_t at);
struct asset_ref network_trust_from(const struct network *network, struct trust_ref trust);
struct asset_ref network_trust_to(const struct network *network, struct trust_ref trust);
/* The layer that an asset is a member of; index NETWORK_NO_INDEX: none. */
struct layer_ref network_asset_layer(const struct network *network, struct asset_ref asset);
/* The ends of an edge, as they were written. */
struct asset_ref network_edge_from(const struct network *network, struct edge_ref edge);
struct asset_ref network_edge_to(const struct network *network, struct edge_ref edge);

#endif
