/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_parts: how a script lies in memory; for the files of this folder only.
 *
 * Every array is sorted by id. Nothing here changes after script_create.
 */
#ifndef SPILL_SCRIPT_PARTS_H
#define SPILL_SCRIPT_PARTS_H

#include "coordinator/world/filter.h"
#include "coordinator/world/policy.h"

/* Fields of an action, as its kind or its target names them. */
enum script_field {
    FIELD_ASSET = 1,
    FIELD_COUNTRY = 2,
    FIELD_OTHER_COUNTRY = 4,
    FIELD_TAG = 8,
    FIELD_POOL = 16,
    FIELD_OTHER_POOL = 32,
    FIELD_CAMPAIGN = 64,
    FIELD_PPM = 128,
    FIELD_COUNT = 256,
    FIELD_DURATION = 512,
};

/* What a condition can be changed by: it needs a new look only after one of these happened. */
enum script_reads {
    READS_SERVICE = 1,  /* Some service level. */
    READS_FAILED = 2,   /* Which assets have failed. */
    READS_DEGRADED = 4, /* Which assets are below full service. */
    READS_DETECTED = 8, /* Intrusions that a cell knows of. */
    READS_COUNTRY = 16, /* Trust and escalation as a cell knows them. */
    READS_ORDERED = 32,
    READS_INJECT = 64,
    READS_FIRED = 128,
    READS_STATE = 256, /* Anything else of the true state. */
};

struct script_effect {
    enum effect_kind kind;
    struct action action; /* root_kind and root_id are set when it acts. */
    int64_t steps;        /* EFFECT_ESCALATE */
    unsigned missing;     /* Fields that come from the target. */
    bool requested;       /* Its amount comes from the request. */
};

struct script_rule {
    char *id;
    uint64_t hash; /* effect:id */
    int64_t at_ms;
    struct condition *when; /* NULL: none. */
    unsigned reads;
    int64_t hold_ms;
    struct law_spec delay;
    int64_t times_max;
    struct script_effect *effects;
    size_t effect_count;
};

struct script_order {
    char *id;
    enum target_kind target;
    struct law_spec latency;
    int64_t cost;
    struct script_effect *effects;
    size_t effect_count;
};

struct script_authority {
    struct order_ref order;
    struct filter where;
};

struct script_policy_rule {
    char *id;
    uint64_t hash; /* policy:cell/policy/rule */
    struct condition *when;
    unsigned reads;
    int64_t hold_ms;
    bool each;
    enum wanted_state state;
    uint64_t *candidates; /* With each: bits by slot of the cell. */
    struct order_request request;
    struct law_spec thinking;
    int64_t times_max;
    int64_t again_after_ms;
};

struct script_policy {
    char *id;
    struct script_policy_rule *rules;
    size_t rule_count;
};

struct script_cell {
    char *id;
    struct country_ref country;
    int64_t reporting_delay_ms;
    struct asset_ref *visible; /* Rising. The place in this list is the asset's slot in the cell. */
    size_t visible_count;
    uint64_t countries[SPILL_COUNTRIES_MAX /
                       64]; /* Those it has reports on: its own, and those of visible assets. */
    struct script_authority *authority;
    size_t authority_count;
    uint64_t *order_hash; /* By order: order:cell/order; 0 where it may not. */
    struct script_policy *policies;
    size_t policy_count;
};

/* One cell that sees an asset. */
struct script_watcher {
    struct cell_ref cell;
    uint32_t slot;
};

struct script {
    const struct network *network; /* Kept until script_destroy. */
    struct script_rule *rules;
    size_t rule_count;
    struct script_order *orders;
    size_t order_count;
    struct script_cell *cells;
    size_t cell_count;
    char **injects;
    size_t inject_count;
    int64_t escalation;
    struct script_watcher *watchers; /* By asset, then cell: those of asset i from first_watcher[i]
                                        to first_watcher[i + 1]. */
    uint32_t *first_watcher;
};

/* The fields that a kind of action uses, and those that a target gives. */
unsigned script_action_fields(enum action_kind kind);
unsigned script_target_fields(enum target_kind kind);

/* Names of any kind in rank order; script may be NULL. Cells' policies are not in one order and
 * have no ranks. */
size_t script_name_count(const struct script *script, const struct network *network,
                         enum condition_name kind);
const char *script_name_at(const struct script *script, const struct network *network,
                           enum condition_name kind, size_t rank);

/* Whether the cell may give this order; with words. */
SPILL_CHECKED enum spill_status script_check_order(const struct script *script,
                                                   struct cell_ref cell,
                                                   const struct order_request *request,
                                                   struct spill_error *error);

/* The slot of an asset in a cell, or NETWORK_NO_INDEX. */
uint32_t script_slot(const struct script *script, struct cell_ref cell, struct asset_ref asset);

/* The policy of a cell, or NULL. */
const struct script_policy *script_find_policy(const struct script *script, struct cell_ref cell,
                                               const char *policy);

#endif
