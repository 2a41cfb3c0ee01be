/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: what happens to a network: timed and conditional rules (the adversary, the weather, the
 * storyline), the menu of orders, and the cells: what each can see, may order, and does by itself
 * under each policy.
 *
 * As with the network: a caller fills struct script_spec with borrowed text, script_create checks
 * it against a network, copies, sorts by id, compiles the conditions and never changes it again.
 */
#ifndef SPILL_SCRIPT_H
#define SPILL_SCRIPT_H

#include "coordinator/cascade/cascade.h"
#include "coordinator/world/condition.h"

/* One action of a rule or order, by id. Only the fields that the kind names (cascade.h) are used.
 * Escalation is the world's own. */
enum effect_kind {
    EFFECT_ACTION,   /* action below */
    EFFECT_ESCALATE, /* amount: steps up or down */
};

struct effect_spec {
    enum effect_kind kind;
    enum action_kind action;
    const char *asset, *country, *other_country, *tag, *pool, *other_pool, *campaign;
    int64_t
        amount; /* ppm, crews, priority or steps. In an order: 0 means the amount of the request. */
    int64_t duration_ms;
};

/* A rule fires when its time has come and its condition holds (for hold_ms without a break, counted
 * from at_ms at the earliest); its effects act in the tick after, or after the drawn delay. at_ms 0
 * with no condition fires in the first tick, at 0. fired(rule) in a condition counts firings in
 * earlier ticks. */
struct rule_spec {
    const char *id;
    int64_t at_ms;
    const char *when; /* NULL: at once when its time comes. */
    int64_t hold_ms;
    struct law_spec delay;
    int64_t times_max; /* 0 means 1. Fires again only after its condition was false in between, so
                          more needs a `when`. */
    const struct effect_spec *effects;
    size_t effect_count;
};

/* What an order points at, and so which fields it gives to its effects. */
enum target_kind {
    TARGET_NONE,
    TARGET_ASSET, /* The asset, and its country. */
    TARGET_TAG,   /* In the cell's own country, or the country given. */
    TARGET_COUNTRY,
    TARGET_BORDER, /* Two countries. */
    TARGET_POOLS,  /* From pool, to pool. */
};

/* An entry in the menu of orders. The action's missing fields come from the target at the time of
 * the order. */
struct order_spec {
    const char *id;
    enum target_kind target;
    struct law_spec latency;           /* From acceptance to effect. */
    int64_t cost;                      /* In the scenario's currency. */
    const struct effect_spec *effects; /* Each is completed with the target. */
    size_t effect_count;
};

/* A filter of assets: each list empty means every; an asset matches if it matches all lists. */
struct filter_spec {
    const char *const *countries;
    size_t country_count;
    const char *const *sectors;
    size_t sector_count;
    const char *const *tags;
    size_t tag_count;
    const char *const *assets;
    size_t asset_count;
};

struct authority_spec {
    const char *order;
    /* Assets it may touch. For tags, countries, borders (the first country) and pools (the country
     * that gives) the list of countries counts, for tags that of tags too. */
    struct filter_spec where;
};

enum wanted_state {
    WANTED_ANY,
    WANTED_DEGRADED, /* Below full, failed or not. */
    WANTED_FAILED,
    WANTED_DETECTED, /* A detected intrusion. */
};

/* One line of a policy: when the cell's own view makes it true, give the order. With `each`, one
 * order for every visible asset that matches and is in the state; else one with the target given.
 */
struct policy_rule_spec {
    const char *id;   /* Unique in its policy. */
    const char *when; /* SCOPE_VIEW; NULL: always. */
    int64_t hold_ms;
    const char *order;        /* The cell has authority for it. */
    bool each;                /* Only for orders with TARGET_ASSET. */
    struct filter_spec where; /* With each; assets without authority are passed over. */
    enum wanted_state state;
    const char *asset, *tag, *country, *other_country, *pool,
        *other_pool; /* Target without each. */
    int64_t amount;
    struct law_spec thinking; /* From seeing to ordering. */
    int64_t times_max;        /* For each target; 0 means 1. */
    int64_t again_after_ms;   /* Between two for the same target; at least a tick. */
};

struct policy_spec {
    const char *id; /* "doctrine", "passive", … : the team's name. */
    const struct policy_rule_spec *rules;
    size_t rule_count;
};

struct cell_spec {
    const char *id;
    const char *country;
    const struct filter_spec *sees; /* Any of these; none: nothing. */
    size_t sees_count;
    int64_t reporting_delay_ms;
    const struct authority_spec *authority;
    size_t authority_count;
    const struct policy_spec *policies;
    size_t policy_count;
};

struct script_spec {
    const struct rule_spec *rules;
    size_t rule_count;
    const struct order_spec *orders;
    size_t order_count;
    const struct cell_spec *cells;
    size_t cell_count;
    int64_t escalation; /* At the start. */
    const char *const
        *injects; /* That policies may name; those conditions see the rank of its id. */
    size_t inject_count;
};

struct script;

struct rule_ref {
    uint32_t index;
};
struct order_ref {
    uint32_t index;
};
struct cell_ref {
    uint32_t index;
};

enum {
    SCRIPT_RULES_MAX = 4096,
    SCRIPT_ORDERS_MAX = 256,
    SCRIPT_EFFECTS_MAX = 64,       /* Of one rule or order. */
    SCRIPT_AUTHORITY_MAX = 1024,   /* Entries of one cell. */
    SCRIPT_FILTERS_MAX = 256,      /* Of what one cell sees. */
    SCRIPT_POLICIES_MAX = 64,      /* Of one cell. */
    SCRIPT_POLICY_RULES_MAX = 256, /* Of one policy. */
    SCRIPT_TIMES_MAX = 1000000,
    SCRIPT_AMOUNT_MAX = 1000000, /* Crews, priorities and steps. */
};

/* One fault of a specification. text is a text of the specification, by its address (an unknown id,
 * a condition, else the id of what is wrong), so that a loader can find its line; offset and length
 * say where in it. */
struct script_fault {
    const char *text;
    size_t offset_bytes;
    size_t length_bytes;
    struct spill_error error;
};
typedef void (*script_fault_fn)(const struct script_fault *fault, void *context);

/* Checks and copies a specification. SPILL_INVALID: error says the first fault. */
SPILL_CHECKED enum spill_status script_create(const struct script_spec *spec,
                                              const struct network *network, struct script **script,
                                              struct spill_error *error);
/* The same, and tells every fault (of each condition the first) before it returns SPILL_INVALID. */
SPILL_CHECKED enum spill_status script_create_reporting(const struct script_spec *spec,
                                                        const struct network *network,
                                                        struct script **script,
                                                        script_fault_fn on_fault, void *context);
void script_destroy(struct script **script);

size_t script_rule_count(const struct script *script);
size_t script_order_count(const struct script *script);
size_t script_cell_count(const struct script *script);
const char *script_rule_id(const struct script *script, struct rule_ref rule);
const char *script_order_id(const struct script *script, struct order_ref order);
const char *script_cell_id(const struct script *script, struct cell_ref cell);
SPILL_CHECKED enum spill_status script_find_rule(const struct script *script, const char *id,
                                                 struct rule_ref *rule);
SPILL_CHECKED enum spill_status script_find_order(const struct script *script, const char *id,
                                                  struct order_ref *order);
SPILL_CHECKED enum spill_status script_find_cell(const struct script *script, const char *id,
                                                 struct cell_ref *cell);
struct country_ref script_cell_country(const struct script *script, struct cell_ref cell);
int64_t script_cell_reporting_delay_ms(const struct script *script, struct cell_ref cell);
bool script_cell_sees(const struct script *script, struct cell_ref cell, struct asset_ref asset);
enum target_kind script_order_target(const struct script *script, struct order_ref order);
int64_t script_order_cost(const struct script *script, struct order_ref order);
/* Whether the cell may give the order at all, to some target. */
bool script_cell_may(const struct script *script, struct cell_ref cell, struct order_ref order);
size_t script_cell_policy_count(const struct script *script, struct cell_ref cell);
const char *script_cell_policy_id(const struct script *script, struct cell_ref cell,
                                  size_t policy_index);
/* "passive" always; else whether some cell has a policy of that name. */
bool script_has_team(const struct script *script, const char *team);
int64_t script_escalation(const struct script *script);

/* Ranks and names of everything that conditions and scripts may name (NAME_INJECT only as far as
 * the script knows them, no NAME_OPTION), for the resolvers of other rooms. script may be NULL. */
SPILL_CHECKED enum spill_status script_resolve(const struct script *script,
                                               const struct network *network,
                                               enum condition_name kind, const char *name,
                                               uint32_t *index);
const char *script_nearest(const struct script *script, const struct network *network,
                           enum condition_name kind, const char *name);

#endif
