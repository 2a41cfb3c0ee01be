/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_parts: how a network lies in memory; for the files of this folder only.
 *
 * Everything is an array sorted as network.h says; "first_x" of element i and of element i+1 bound
 * the x's of i (each such array has one sentinel more than elements). A group is the same for lists
 * that are not contiguous. Laws and names are kept once each; law 0 is none. Nothing here changes
 * after network_create.
 */
#ifndef SPILL_NETWORK_PARTS_H
#define SPILL_NETWORK_PARTS_H

#include "coordinator/cascade/law.h"
#include "coordinator/cascade/network.h"

/* Lists of items of a number of owners: those of owner i are items[first[i]] to items[first[i+1] -
 * 1]. */
struct network_group {
    uint32_t *first; /* NULL: every list is empty. */
    uint32_t *items;
};

struct network_country {
    uint64_t hash;
    int64_t trust_ppm;
    int64_t people; /* Served by its assets. */
    uint32_t name;
};

struct network_sector {
    uint32_t name;
};

struct network_pool {
    uint64_t hash;
    int64_t crews;
    uint32_t name;
    uint32_t country;
    uint32_t first_member; /* First place of its queue in an array of all queues. */
};

struct network_tag {
    uint32_t name;
    uint32_t patch; /* Laws. */
    uint32_t patch_shared;
    uint32_t first_patch; /* Parallel to its assets in tag_assets; empty unless targeted. */
    bool targeted;
};

struct network_surge {
    int64_t start_below_ppm;
    int64_t slope_ppm;
    int64_t run_below_ppm;
    int64_t run_extra_ppm;
    uint32_t name;
};

struct network_asset {
    uint64_t hash;
    int64_t people;
    int64_t value_per_hour;
    int64_t criticality;
    int64_t headroom_ppm; /* Q if none was given. */
    uint32_t name;
    uint32_t first_need;
    uint32_t first_out; /* In out_links. */
    uint32_t first_tag; /* In asset_tags. */
    uint32_t repair;    /* Laws. */
    uint32_t lifetime;
    uint32_t lag_ticks;
    uint32_t restart;
    uint32_t manual_delay;
    uint32_t pool; /* NETWORK_NO_INDEX: none. */
    uint32_t life; /* NETWORK_NO_INDEX: it never fails by chance. */
    uint32_t node; /* In its layer, or NETWORK_NO_INDEX. */
    int32_t manual_ppm;
    int32_t failure_ppm;
    int32_t lag_ppm;
    uint16_t country;
    uint16_t surge; /* NETWORK_NO_SURGE: none. */
    uint8_t sector;
    uint8_t combination;
    uint8_t black_start;
    bool manual_automatic;
};

/* An asset that may fail by chance: sorted by hash, since that is the order of events. */
struct network_life {
    uint64_t hash; /* The asset's. */
    uint32_t asset;
    uint32_t law; /* 0: it can only be broken at the start. */
    int32_t failure_ppm;
};

struct network_need {
    uint64_t hash;
    int64_t numerator;
    int64_t denominator;
    int64_t weight_sum;
    uint32_t asset;
    uint32_t name;
    uint32_t first_link;
    uint32_t first_response;
    uint32_t first_backup;
    uint32_t fraction; /* Law of a threshold; 0: numerator and denominator. */
    uint32_t k;
    uint16_t surge;
    uint8_t aggregator;
    bool control;
    bool black_start;
    bool manual_fallback;
};

struct network_response {
    int32_t arrives_ppm;
    int32_t allows_ppm;
};

struct network_backup {
    uint64_t hash;
    uint32_t need;
    uint32_t name;
    int32_t level_ppm;
    int32_t start_failure_ppm;
    uint32_t gap; /* Laws. */
    uint32_t autonomy;
    uint32_t recharge;
};

struct network_link {
    uint64_t hash;
    uint32_t need;
    uint32_t supplier;
    uint32_t weight;
    uint32_t coupling_ppm;
    uint32_t delay_down_ticks;
    uint32_t delay_up_ticks;
};

struct network_trust {
    uint32_t from;
    uint32_t to;
    uint32_t contact; /* Law. */
    uint32_t carrier; /* Link, or NETWORK_NO_INDEX. */
};

struct network_campaign {
    uint64_t hash;
    int64_t trigger_at_ms;
    uint32_t name;
    uint32_t first_exposure;
    uint32_t first_tag;     /* In campaign_tags. */
    uint32_t first_entry;   /* In campaign_entries: exposures. */
    uint32_t trigger_delay; /* Laws. */
    uint32_t detection;
    uint32_t detection_shared;
    int32_t health_ppm;
    bool spreads_by_trust;
    bool trigger_common;
    bool takes_health;
    bool takes_control;
    bool spreads_after_trigger;
    bool rebuilt_patched;
};

/* A campaign may infect an asset: sorted by campaign, then asset. */
struct network_exposure {
    uint64_t hash;
    uint32_t campaign;
    uint32_t asset;
    uint32_t first_contact; /* Out of the asset. */
    uint32_t first_push;    /* With the asset as supplier. */
};

/* A campaign may pass over a trust link: sorted by campaign, from, to. */
struct network_contact {
    uint64_t hash;
    uint32_t trust;
    uint32_t from; /* Exposures. */
    uint32_t to;
};

/* A campaign may be pushed to a customer: sorted by campaign, supplier, tag, customer. */
struct network_push {
    uint64_t hash;
    uint32_t from; /* Exposures. */
    uint32_t to;
    uint32_t tag;
    uint32_t delay; /* Law. */
    int32_t probability_ppm;
};

/* A targeted tag on an asset: sorted by tag, then asset. */
struct network_patch {
    uint64_t hash;
    uint32_t tag;
    uint32_t asset;
};

struct network_layer {
    uint64_t hash;
    int64_t tolerance_ppm;
    int64_t amount;
    int64_t disturbance;
    uint32_t name;
    uint32_t sector;
    uint32_t tag; /* NETWORK_NO_INDEX: any. */
    uint32_t first_node;
    uint32_t first_edge;
    uint32_t reclose; /* Laws. */
    uint32_t load;
    uint32_t capacity;
    uint32_t trip;
    uint8_t kind;
    uint8_t transfer;
    bool to_group;
    bool has_lines; /* Some edge rides on a line. */
    bool starts;    /* At rest it is not as it must be: something happens in tick 0. */
};

/* An asset in its layer: sorted by layer, then asset. */
struct network_node {
    int64_t load;
    int64_t capacity;
    int64_t generation;
    int64_t rest_load; /* betweenness: millionths of a path. */
    uint32_t asset;
    uint32_t layer;
    bool source;
};

/* Sorted by layer, lesser end, greater end, circuit. */
struct network_edge {
    uint64_t hash;
    int64_t limit_w; /* 0: none. */
    int64_t reactance;
    uint32_t low; /* Nodes. */
    uint32_t high;
    uint32_t line; /* Asset, or NETWORK_NO_INDEX. */
    uint32_t circuit;
    uint32_t layer;
    bool reversed; /* It was written from high to low. */
};

/* An edge as one of its ends sees it: sorted by node, other end, circuit. */
struct network_arc {
    uint32_t node; /* The other end. */
    uint32_t edge;
};

#define NETWORK_NO_SURGE UINT16_MAX

struct network {
    int64_t tick_ms;
    int64_t dwell_ticks;
    int64_t horizon_ms;
    int64_t horizon_tick;
    struct information_spec information;
    int64_t interval_ticks;

    char *text; /* All names, each ended by a NUL; a name is its offset. */
    struct law_spec *laws;
    size_t law_count;

    struct network_country *countries;
    size_t country_count;
    struct network_sector *sectors;
    size_t sector_count;
    struct network_pool *pools;
    size_t pool_count;
    size_t member_count; /* Assets that wait for crews of some pool. */
    struct network_tag *tags;
    size_t tag_count;
    struct network_surge *surges;
    size_t surge_count;

    struct network_asset *assets;
    size_t asset_count;
    uint32_t *asset_tags; /* Rising in each asset. */
    struct network_life *lives;
    size_t life_count;
    struct network_need *needs;
    size_t need_count;
    struct network_response *responses;
    size_t response_count;
    struct network_backup *backups;
    size_t backup_count;
    struct network_link *links;
    size_t link_count;
    size_t need_links_max; /* Most links of one need. */
    uint32_t *out_links;   /* Links by supplier. */
    struct network_trust *trusts;
    size_t trust_count;

    struct network_campaign *campaigns;
    size_t campaign_count;
    uint32_t *campaign_tags;
    uint32_t *campaign_entries;
    size_t entry_count;
    struct network_exposure *exposures;
    size_t exposure_count;
    struct network_contact *contacts;
    size_t contact_count;
    struct network_push *pushes;
    size_t push_count;
    struct network_patch *patches;
    size_t patch_count;

    struct network_layer *layers;
    size_t layer_count;
    struct network_node *nodes;
    size_t node_count;
    struct network_edge *edges;
    size_t edge_count;
    struct network_arc *arcs;
    uint32_t *first_arcs;    /* By node. */
    uint32_t *nodes_by_hash; /* Of each layer, from its first node on. */
    bool has_betweenness;    /* Some layer is of that kind. */
    bool has_flow;
    bool layers_start; /* Some layer does. */

    struct network_group line_edges;        /* Asset -> edges that ride on it. */
    struct network_group trust_out;         /* Asset -> trust links. */
    struct network_group trust_in;          /* Asset -> trust links. */
    struct network_group tag_assets;        /* Tag -> assets. */
    struct network_group asset_exposures;   /* Asset -> exposures. */
    struct network_group asset_patches;     /* Asset -> patches. */
    struct network_group exposure_patches;  /* Exposure -> patches of its campaign's tags on it. */
    struct network_group patch_exposures;   /* The other way round. */
    struct network_group exposure_contacts; /* Exposure -> contacts into it. */
    struct network_group trust_contacts;    /* Trust link -> contacts. */
    struct network_group demand_assets;     /* Country * surges + surge -> assets. */
    struct network_group demand_needs;      /* Country * surges + surge -> needs with backups. */
};

/* The items of one owner; none when the group is empty. */
static inline const uint32_t *network_group_items(const struct network_group *group, size_t owner,
                                                  size_t *count) {
    if (group->first == NULL) {
        *count = 0;
        return NULL;
    }
    *count = group->first[owner + 1] - group->first[owner];
    return group->items + group->first[owner];
}

/* Makes a group: item i belongs to owner_of[i] and is value_of[i], or i itself when that is NULL.
 * The items of an owner keep their order. Nothing is allocated when there are no items. */
SPILL_CHECKED enum spill_status network_group_make(struct network_group *group,
                                                   const uint32_t *owner_of,
                                                   const uint32_t *value_of, size_t item_count,
                                                   size_t owner_count);

/* Text of a name. */
static inline const char *network_text(const struct network *network, uint32_t name) {
    return network->text + name;
}

/* The exposure of an asset to a campaign, or NETWORK_NO_INDEX. */
uint32_t network_exposure_of(const struct network *network, uint32_t campaign, uint32_t asset);

/* The id of an entity without its kind, as in RULES.md, section 1, cut to fit. Composite ids of up
 * to four parts. */
enum { NETWORK_ENTITY_ID_BYTES = 4 * (SPILL_ID_BYTES_MAX + 1) };
const char *network_join_id(char id[NETWORK_ENTITY_ID_BYTES], const char *first, char separator,
                            const char *second);
const char *network_need_path(const struct network *network, uint32_t need,
                              char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_backup_path(const struct network *network, uint32_t backup,
                                char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_link_path(const struct network *network, uint32_t link,
                              char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_exposure_path(const struct network *network, uint32_t exposure,
                                  char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_contact_path(const struct network *network, uint32_t contact,
                                 char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_push_path(const struct network *network, uint32_t push,
                              char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_patch_path(const struct network *network, uint32_t patch,
                               char id[NETWORK_ENTITY_ID_BYTES]);
const char *network_edge_path(const struct network *network, uint32_t edge,
                              char id[NETWORK_ENTITY_ID_BYTES]);

#endif
