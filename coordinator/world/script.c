/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/script.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/world/nearest.h"
#include "coordinator/world/script_parts.h"

/* ---- Destruction ---- */

static void script_clear_law(struct law_spec *law) {
    free((void *)law->quantile_ms);
    *law = (struct law_spec){0};
}

static void script_clear_policy(struct script_policy *policy) {
    for (size_t i = 0; policy->rules != NULL && i < policy->rule_count; i++) {
        struct script_policy_rule *const rule = &policy->rules[i];
        free(rule->id);
        condition_destroy(&rule->when);
        free(rule->candidates);
        script_clear_law(&rule->thinking);
    }
    free(policy->rules);
    free(policy->id);
}

static void script_clear_cell(struct script_cell *cell) {
    for (size_t i = 0; cell->authority != NULL && i < cell->authority_count; i++) {
        filter_clear(&cell->authority[i].where);
    }
    for (size_t i = 0; cell->policies != NULL && i < cell->policy_count; i++) {
        script_clear_policy(&cell->policies[i]);
    }
    free(cell->id);
    free(cell->visible);
    free(cell->authority);
    free(cell->order_hash);
    free(cell->policies);
}

static void script_clear_rules(struct script *script) {
    for (size_t i = 0; script->rules != NULL && i < script->rule_count; i++) {
        free(script->rules[i].id);
        condition_destroy(&script->rules[i].when);
        script_clear_law(&script->rules[i].delay);
        free(script->rules[i].effects);
    }
    free(script->rules);
}

void script_destroy(struct script **script) {
    SPILL_ASSERT(script != NULL);
    struct script *const made = *script;
    if (made == NULL) {
        return;
    }
    script_clear_rules(made);
    for (size_t i = 0; made->orders != NULL && i < made->order_count; i++) {
        free(made->orders[i].id);
        script_clear_law(&made->orders[i].latency);
        free(made->orders[i].effects);
    }
    for (size_t i = 0; made->cells != NULL && i < made->cell_count; i++) {
        script_clear_cell(&made->cells[i]);
    }
    for (size_t i = 0; made->injects != NULL && i < made->inject_count; i++) {
        free(made->injects[i]);
    }
    free(made->orders);
    free(made->cells);
    free(made->injects);
    free(made->watchers);
    free(made->first_watcher);
    free(made);
    *script = NULL;
}

/* ---- Names ---- */

size_t script_name_count(const struct script *script, const struct network *network,
                         enum condition_name kind) {
    switch (kind) {
    case NAME_ASSET:
        return network_asset_count(network);
    case NAME_SECTOR:
        return network_sector_count(network);
    case NAME_COUNTRY:
        return network_country_count(network);
    case NAME_CAMPAIGN:
        return network_campaign_count(network);
    case NAME_SURGE:
        return network_surge_count(network);
    case NAME_TAG:
        return network_tag_count(network);
    case NAME_POOL:
        return network_pool_count(network);
    case NAME_RULE:
        return script != NULL ? script->rule_count : 0;
    case NAME_ORDER:
        return script != NULL ? script->order_count : 0;
    case NAME_CELL:
        return script != NULL ? script->cell_count : 0;
    case NAME_INJECT:
        return script != NULL ? script->inject_count : 0;
    case NAME_OPTION:
    case NAME_POLICY:
        break;
    }
    return 0;
}

const char *script_name_at(const struct script *script, const struct network *network,
                           enum condition_name kind, size_t rank) {
    SPILL_ASSERT(rank < script_name_count(script, network, kind));
    const uint32_t index = (uint32_t)rank;
    switch (kind) {
    case NAME_ASSET:
        return network_asset_id(network, (struct asset_ref){index});
    case NAME_SECTOR:
        return network_sector_id(network, (struct sector_ref){index});
    case NAME_COUNTRY:
        return network_country_id(network, (struct country_ref){index});
    case NAME_CAMPAIGN:
        return network_campaign_id(network, (struct campaign_ref){index});
    case NAME_SURGE:
        return network_surge_id(network, (struct surge_ref){index});
    case NAME_TAG:
        return network_tag_id(network, (struct tag_ref){index});
    case NAME_POOL:
        return network_pool_id(network, (struct pool_ref){index});
    case NAME_RULE:
        return script->rules[rank].id;
    case NAME_ORDER:
        return script->orders[rank].id;
    case NAME_CELL:
        return script->cells[rank].id;
    case NAME_INJECT:
        return script->injects[rank];
    case NAME_OPTION:
    case NAME_POLICY:
        break;
    }
    return "";
}

enum spill_status script_resolve(const struct script *script, const struct network *network,
                                 enum condition_name kind, const char *name, uint32_t *index) {
    SPILL_ASSERT(name != NULL);
    SPILL_ASSERT(index != NULL);
    size_t low = 0;
    size_t high = script_name_count(script, network, kind);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(script_name_at(script, network, kind, middle), name);
        if (order == 0) {
            *index = (uint32_t)middle;
            return SPILL_OK;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return SPILL_NOT_FOUND;
}

const char *script_nearest(const struct script *script, const struct network *network,
                           enum condition_name kind, const char *name) {
    struct nearest nearest = nearest_start(name);
    if (kind == NAME_POLICY && script != NULL) {
        for (size_t i = 0; i < script->cell_count; i++) {
            for (size_t j = 0; j < script->cells[i].policy_count; j++) {
                nearest_offer(&nearest, script->cells[i].policies[j].id);
            }
        }
    }
    const size_t count = script_name_count(script, network, kind);
    for (size_t i = 0; i < count; i++) {
        nearest_offer(&nearest, script_name_at(script, network, kind, i));
    }
    return nearest.name;
}

enum spill_status script_find_rule(const struct script *script, const char *id,
                                   struct rule_ref *rule) {
    return script_resolve(script, script->network, NAME_RULE, id, &rule->index);
}

enum spill_status script_find_order(const struct script *script, const char *id,
                                    struct order_ref *order) {
    return script_resolve(script, script->network, NAME_ORDER, id, &order->index);
}

enum spill_status script_find_cell(const struct script *script, const char *id,
                                   struct cell_ref *cell) {
    return script_resolve(script, script->network, NAME_CELL, id, &cell->index);
}

const struct script_policy *script_find_policy(const struct script *script, struct cell_ref cell,
                                               const char *policy) {
    SPILL_ASSERT(cell.index < script->cell_count);
    const struct script_cell *const owner = &script->cells[cell.index];
    for (size_t i = 0; i < owner->policy_count; i++) {
        if (strcmp(owner->policies[i].id, policy) == 0) {
            return &owner->policies[i];
        }
    }
    return NULL;
}

bool script_has_team(const struct script *script, const char *team) {
    for (uint32_t i = 0; i < script->cell_count; i++) {
        if (script_find_policy(script, (struct cell_ref){i}, team) != NULL) {
            return true;
        }
    }
    return strcmp(team, "passive") == 0;
}

/* ---- Facts ---- */

size_t script_rule_count(const struct script *script) {
    return script->rule_count;
}

size_t script_order_count(const struct script *script) {
    return script->order_count;
}

size_t script_cell_count(const struct script *script) {
    return script->cell_count;
}

static const struct script_cell *script_cell(const struct script *script, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < script->cell_count);
    return &script->cells[cell.index];
}

static const struct script_order *script_order(const struct script *script,
                                               struct order_ref order) {
    SPILL_ASSERT(order.index < script->order_count);
    return &script->orders[order.index];
}

const char *script_rule_id(const struct script *script, struct rule_ref rule) {
    SPILL_ASSERT(rule.index < script->rule_count);
    return script->rules[rule.index].id;
}

const char *script_order_id(const struct script *script, struct order_ref order) {
    return script_order(script, order)->id;
}

const char *script_cell_id(const struct script *script, struct cell_ref cell) {
    return script_cell(script, cell)->id;
}

struct country_ref script_cell_country(const struct script *script, struct cell_ref cell) {
    return script_cell(script, cell)->country;
}

int64_t script_cell_reporting_delay_ms(const struct script *script, struct cell_ref cell) {
    return script_cell(script, cell)->reporting_delay_ms;
}

uint32_t script_slot(const struct script *script, struct cell_ref cell, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network_asset_count(script->network));
    const uint32_t end = script->first_watcher[asset.index + 1];
    for (uint32_t i = script->first_watcher[asset.index]; i < end; i++) {
        if (script->watchers[i].cell.index == cell.index) {
            return script->watchers[i].slot;
        }
    }
    return NETWORK_NO_INDEX;
}

bool script_cell_sees(const struct script *script, struct cell_ref cell, struct asset_ref asset) {
    return script_slot(script, cell, asset) != NETWORK_NO_INDEX;
}

enum target_kind script_order_target(const struct script *script, struct order_ref order) {
    return script_order(script, order)->target;
}

int64_t script_order_cost(const struct script *script, struct order_ref order) {
    return script_order(script, order)->cost;
}

bool script_cell_may(const struct script *script, struct cell_ref cell, struct order_ref order) {
    const struct script_cell *const owner = script_cell(script, cell);
    SPILL_ASSERT(order.index < script->order_count);
    for (size_t i = 0; i < owner->authority_count; i++) {
        if (owner->authority[i].order.index == order.index) {
            return true;
        }
    }
    return false;
}

size_t script_cell_policy_count(const struct script *script, struct cell_ref cell) {
    return script_cell(script, cell)->policy_count;
}

const char *script_cell_policy_id(const struct script *script, struct cell_ref cell,
                                  size_t policy_index) {
    const struct script_cell *const owner = script_cell(script, cell);
    SPILL_ASSERT(policy_index < owner->policy_count);
    return owner->policies[policy_index].id;
}

int64_t script_escalation(const struct script *script) {
    return script->escalation;
}

unsigned script_action_fields(enum action_kind kind) {
    static const unsigned fields[ACTION_KIND_COUNT] = {
        [ACTION_DAMAGE] = FIELD_ASSET | FIELD_PPM,
        [ACTION_CAMPAIGN_START] = FIELD_CAMPAIGN,
        [ACTION_CAMPAIGN_STOP] = FIELD_CAMPAIGN,
        [ACTION_CAMPAIGN_DELAY] = FIELD_CAMPAIGN | FIELD_DURATION,
        [ACTION_DISINFORMATION] = FIELD_COUNTRY | FIELD_PPM | FIELD_DURATION,
        [ACTION_ISOLATE_ASSET] = FIELD_ASSET,
        [ACTION_RECONNECT_ASSET] = FIELD_ASSET,
        [ACTION_ISOLATE_TAG] = FIELD_TAG | FIELD_COUNTRY,
        [ACTION_RECONNECT_TAG] = FIELD_TAG | FIELD_COUNTRY,
        [ACTION_CLOSE_BORDER] = FIELD_COUNTRY | FIELD_OTHER_COUNTRY,
        [ACTION_OPEN_BORDER] = FIELD_COUNTRY | FIELD_OTHER_COUNTRY,
        [ACTION_PATCH_TAG] = FIELD_TAG | FIELD_COUNTRY,
        [ACTION_SHARE_INDICATORS] = FIELD_TAG | FIELD_COUNTRY,
        [ACTION_PRIORITY] = FIELD_ASSET | FIELD_COUNT,
        [ACTION_MUTUAL_AID] = FIELD_POOL | FIELD_OTHER_POOL | FIELD_COUNT | FIELD_DURATION,
        [ACTION_REFUEL] = FIELD_ASSET,
        [ACTION_BLACK_START] = FIELD_ASSET,
        [ACTION_LIMIT] = FIELD_ASSET | FIELD_PPM,
        [ACTION_MANUAL_MODE] = FIELD_ASSET,
        [ACTION_PUBLIC_MESSAGE] = FIELD_COUNTRY,
    };
    SPILL_ASSERT((size_t)kind < ACTION_KIND_COUNT);
    return fields[kind];
}

unsigned script_target_fields(enum target_kind kind) {
    switch (kind) {
    case TARGET_NONE:
        return 0;
    case TARGET_ASSET:
        return FIELD_ASSET | FIELD_COUNTRY;
    case TARGET_TAG:
        return FIELD_TAG | FIELD_COUNTRY;
    case TARGET_COUNTRY:
        return FIELD_COUNTRY;
    case TARGET_BORDER:
        return FIELD_COUNTRY | FIELD_OTHER_COUNTRY;
    case TARGET_POOLS:
        return FIELD_POOL | FIELD_OTHER_POOL;
    }
    return 0;
}

/* ---- Authority ---- */

/* The target is there and is what the order points at. */
static enum spill_status script_check_target(const struct script *script,
                                             const struct order_request *request,
                                             struct spill_error *error) {
    const struct network *const network = script->network;
    const struct script_order *const order = &script->orders[request->order.index];
    const char *missing = NULL;
    switch (order->target) {
    case TARGET_NONE:
        break;
    case TARGET_ASSET:
        missing = request->asset.index < network_asset_count(network) ? NULL : "an asset";
        break;
    case TARGET_TAG:
        missing = request->tag.index < network_tag_count(network) ? NULL : "a tag";
        break;
    case TARGET_COUNTRY:
        missing = request->country.index < network_country_count(network) ? NULL : "a country";
        break;
    case TARGET_BORDER:
        missing = request->country.index < network_country_count(network) &&
                          request->other_country.index < network_country_count(network) &&
                          request->country.index != request->other_country.index
                      ? NULL
                      : "two different countries";
        break;
    case TARGET_POOLS:
        missing = request->pool.index < network_pool_count(network) &&
                          request->other_pool.index < network_pool_count(network) &&
                          request->pool.index != request->other_pool.index
                      ? NULL
                      : "two different pools of crews";
        break;
    }
    if (missing != NULL) {
        return spill_fail(error, SPILL_REFUSED, "order '%s' needs %s as its target", order->id,
                          missing);
    }
    return SPILL_OK;
}

static enum spill_status script_check_amount(const struct script *script,
                                             const struct order_request *request,
                                             struct spill_error *error) {
    const struct script_order *const order = &script->orders[request->order.index];
    for (size_t i = 0; i < order->effect_count; i++) {
        const struct script_effect *const effect = &order->effects[i];
        if (!effect->requested) {
            continue;
        }
        const unsigned fields =
            effect->kind == EFFECT_ACTION ? script_action_fields(effect->action.kind) : FIELD_COUNT;
        const bool ppm = (fields & FIELD_PPM) != 0;
        const int64_t max = ppm ? SPILL_PPM : SCRIPT_AMOUNT_MAX;
        const bool crews =
            effect->kind == EFFECT_ACTION && effect->action.kind == ACTION_MUTUAL_AID;
        const int64_t min = ppm ? 0 : crews ? 1 : -SCRIPT_AMOUNT_MAX;
        if (request->amount < min || request->amount > max) {
            return spill_fail(error, SPILL_REFUSED, "order '%s' needs an amount: %s", order->id,
                              ppm     ? "0 to 100%"
                              : crews ? "at least 1"
                                      : "at most a million");
        }
    }
    return SPILL_OK;
}

/* Whether one entry of authority covers the target of the request. */
static bool script_covers(const struct script *script, const struct script_cell *cell,
                          const struct filter *where, const struct order_request *request) {
    switch (script->orders[request->order.index].target) {
    case TARGET_NONE:
        return true;
    case TARGET_ASSET:
        return filter_matches(where, script->network, request->asset);
    case TARGET_TAG:
        return filter_has_tag(where, request->tag) &&
               filter_has_country(where, request->country.index == NETWORK_NO_INDEX
                                             ? cell->country
                                             : request->country);
    case TARGET_COUNTRY:
    case TARGET_BORDER:
        return filter_has_country(where, request->country);
    case TARGET_POOLS:
        return filter_has_country(where, network_pool_country(script->network, request->pool));
    }
    return false;
}

enum spill_status script_check_order(const struct script *script, struct cell_ref cell,
                                     const struct order_request *request,
                                     struct spill_error *error) {
    SPILL_ASSERT(request != NULL);
    const struct script_cell *const owner = script_cell(script, cell);
    if (request->order.index >= script->order_count) {
        return spill_fail(error, SPILL_REFUSED, "there is no such order");
    }
    const char *const id = script->orders[request->order.index].id;
    if (!script_cell_may(script, cell, request->order)) {
        return spill_fail(error, SPILL_REFUSED, "cell '%s' has no authority for order '%s'",
                          owner->id, id);
    }
    enum spill_status status = script_check_target(script, request, error);
    if (status == SPILL_OK) {
        status = script_check_amount(script, request, error);
    }
    if (status == SPILL_OK && request->country.index != NETWORK_NO_INDEX &&
        request->country.index >= network_country_count(script->network)) {
        status = spill_fail(error, SPILL_REFUSED, "there is no such country");
    }
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t i = 0; i < owner->authority_count; i++) {
        if (owner->authority[i].order.index == request->order.index &&
            script_covers(script, owner, &owner->authority[i].where, request)) {
            return SPILL_OK;
        }
    }
    return spill_fail(error, SPILL_REFUSED,
                      "cell '%s' has authority for order '%s', but not for this target", owner->id,
                      id);
}
