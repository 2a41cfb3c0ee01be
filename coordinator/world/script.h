/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: what happens to a network: timed and conditional rules (the adversary, the weather, the storyline), the
 * menu of orders, and the cells: what each can see, may order, and does by itself under each policy.
 *
 * As with the network: a caller fills struct script_spec with borrowed text, script_create checks it against a network,
 * copies, sorts by id, compiles the conditions and never changes it again.
 */
#ifndef SPILL_SCRIPT_H
#define SPILL_SCRIPT_H

#include "coordinator/cascade/cascade.h"
#include "coordinator/world/condition.h"

/* One action of a rule or order, by id. Only the fields that the kind names (cascade.h) are used. ESCALATE and TRUST
 * of the world are extra kinds. */
enum effect_kind {
    EFFECT_ACTION,   /* action below */
    EFFECT_ESCALATE, /* amount: steps up or down */
};

struct effect_spec {
    enum effect_kind kind;
    enum action_kind action;
    const char *asset, *country, *other_country, *tag, *pool, *other_pool, *campaign;
    int64_t amount; /* ppm, crews, or steps */
    int64_t duration_ms;
};

/* A rule fires when its time has come and its condition holds (for hold_ms without a break); its effects act in the
 * tick after, or after the drawn delay. at_ms 0 with no condition fires in the first tick. */
struct rule_spec {
    const char *id;
    int64_t at_ms;
    const char *when; /* NULL: at once when its time comes. */
    int64_t hold_ms;
    struct law_spec delay;
    int64_t times_max; /* 0 means 1. Fires again only after its condition was false in between. */
    const struct effect_spec *effects;
    size_t effect_count;
};

/* What an order points at. */
enum target_kind {
    TARGET_NONE,
    TARGET_ASSET,
    TARGET_TAG,      /* In the cell's own country, or the country given. */
    TARGET_COUNTRY,
    TARGET_BORDER,   /* Two countries. */
    TARGET_POOLS,    /* From pool, to pool. */
};

/* An entry in the menu of orders. The action's missing fields come from the target at the time of the order. */
struct order_spec {
    const char *id;
    enum target_kind target;
    struct law_spec latency; /* From acceptance to effect. */
    int64_t cost;            /* In the scenario's currency. */
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
    struct filter_spec where; /* Assets it may touch; for tags, countries, borders and pools: the countries list counts. */
};

enum wanted_state {
    WANTED_ANY,
    WANTED_DEGRADED, /* Below full, failed or not. */
    WANTED_FAILED,
    WANTED_DETECTED, /* A detected intrusion. */
};

/* One line of a policy: when the cell's own view makes it true, give the order. With `each`, one order for every visible
 * asset that matches and is in the state; else one with the target given. */
struct policy_rule_spec {
    const char *id; /* Unique in its policy. */
    const char *when; /* SCOPE_VIEW; NULL: always. */
    int64_t hold_ms;
    const char *order;
    bool each;
    struct filter_spec where; /* With each. */
    enum wanted_state state;
    const char *asset, *tag, *country, *other_country, *pool, *other_pool; /* Target without each. */
    int64_t amount;
    struct law_spec thinking; /* From seeing to ordering. */
    int64_t times_max;        /* For each target; 0 means 1. */
    int64_t again_after_ms;   /* Between two for the same target. */
};

struct policy_spec {
    const char *id; /* "doctrine", "passive", … : the team's name. */
    const struct policy_rule_spec *rules;
    size_t rule_count;
};

struct cell_spec {
    const char *id;
    const char *country;
    const struct filter_spec *sees; /* Any of these. */
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
};

struct script;

struct rule_ref { uint32_t index; };
struct order_ref { uint32_t index; };
struct cell_ref { uint32_t index; };

/* SPILL_INVALID: error says what; fault (may be NULL) says where in a condition's text, with the address of that text
 * in fault_text so that a loader can find its line. */
SPILL_CHECKED enum spill_status script_create(const struct script_spec *spec, const struct network *network,
                                              struct script **script, struct spill_error *error);
void script_destroy(struct script **script);

size_t script_rule_count(const struct script *script);
size_t script_order_count(const struct script *script);
size_t script_cell_count(const struct script *script);
const char *script_rule_id(const struct script *script, struct rule_ref rule);
const char *script_order_id(const struct script *script, struct order_ref order);
const char *script_cell_id(const struct script *script, struct cell_ref cell);
SPILL_CHECKED enum spill_status script_find_rule(const struct script *script, const char *id, struct rule_ref *rule);
SPILL_CHECKED enum spill_status script_find_order(const struct script *script, const char *id, struct order_ref *order);
SPILL_CHECKED enum spill_status script_find_cell(const struct script *script, const char *id, struct cell_ref *cell);
struct country_ref script_cell_country(const struct script *script, struct cell_ref cell);
int64_t script_cell_reporting_delay_ms(const struct script *script, struct cell_ref cell);
bool script_cell_sees(const struct script *script, struct cell_ref cell, struct asset_ref asset);
enum target_kind script_order_target(const struct script *script, struct order_ref order);
int64_t script_order_cost(const struct script *script, struct order_ref order);

#endif
