/* SPDX-License-Identifier: Apache-2.0 */
/* The part of script_build about cells: what they see, may order and do by themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/world/script_build.h"

/* ---- Filters ---- */

static int script_compare_index(const void *left, const void *right) {
    const uint32_t a = ((const struct asset_ref *)left)->index;
    const uint32_t b = ((const struct asset_ref *)right)->index;
    return (a > b) - (a < b);
}

static enum spill_status script_build_filter(struct script_builder *builder,
                                             const struct filter_spec *spec,
                                             struct filter *filter) {
    filter->any_country = spec->country_count == 0;
    filter->any_sector = spec->sector_count == 0;
    for (size_t i = 0; i < spec->country_count; i++) {
        const uint32_t index = script_build_find(builder, NAME_COUNTRY, spec->countries[i]);
        if (index != NETWORK_NO_INDEX) {
            filter->countries[index / 64] |= UINT64_C(1) << index % 64;
        }
    }
    for (size_t i = 0; i < spec->sector_count; i++) {
        const uint32_t index = script_build_find(builder, NAME_SECTOR, spec->sectors[i]);
        if (index != NETWORK_NO_INDEX) {
            filter->sectors[index / 64] |= UINT64_C(1) << index % 64;
        }
    }
    filter->tags = spill_alloc(spec->tag_count, sizeof filter->tags[0]);
    filter->assets = spill_alloc(spec->asset_count, sizeof filter->assets[0]);
    if (filter->tags == NULL || filter->assets == NULL) {
        return SPILL_MEMORY;
    }
    for (; filter->tag_count < spec->tag_count; filter->tag_count++) {
        filter->tags[filter->tag_count].index =
            script_build_find(builder, NAME_TAG, spec->tags[filter->tag_count]);
    }
    for (; filter->asset_count < spec->asset_count; filter->asset_count++) {
        filter->assets[filter->asset_count].index =
            script_build_find(builder, NAME_ASSET, spec->assets[filter->asset_count]);
    }
    qsort(filter->assets, filter->asset_count, sizeof filter->assets[0], script_compare_index);
    return SPILL_OK;
}

/* Only when all names were found. */
static bool script_filters_match(const struct filter *filters, size_t filter_count,
                                 const struct network *network, struct asset_ref asset) {
    for (size_t i = 0; i < filter_count; i++) {
        if (filter_matches(&filters[i], network, asset)) {
            return true;
        }
    }
    return false;
}

/* ---- What a cell sees ---- */

static enum spill_status script_build_visible(struct script_builder *builder,
                                              const struct filter *filters, size_t filter_count,
                                              struct script_cell *cell) {
    const size_t asset_count = network_asset_count(builder->network);
    for (int pass = 0; pass < 2; pass++) {
        size_t count = 0;
        for (uint32_t i = 0; i < asset_count; i++) {
            const struct asset_ref asset = {i};
            if (!script_filters_match(filters, filter_count, builder->network, asset)) {
                continue;
            }
            if (pass == 1) {
                const uint32_t country = network_asset_country(builder->network, asset).index;
                cell->visible[count] = asset;
                cell->countries[country / 64] |= UINT64_C(1) << country % 64;
            }
            count++;
        }
        if (pass == 0) {
            cell->visible = spill_alloc(count, sizeof cell->visible[0]);
            if (cell->visible == NULL) {
                return SPILL_MEMORY;
            }
            cell->visible_count = count;
        }
    }
    return SPILL_OK;
}

static enum spill_status script_build_sees(struct script_builder *builder,
                                           const struct cell_spec *spec, struct script_cell *cell) {
    size_t count = spec->sees_count;
    if (count > SCRIPT_FILTERS_MAX) {
        script_build_fault(builder, NULL, "more than %d filters of what it sees",
                           SCRIPT_FILTERS_MAX);
        count = 0;
    }
    struct filter *const filters = spill_alloc(count, sizeof filters[0]);
    if (filters == NULL) {
        return SPILL_MEMORY;
    }
    const size_t faults_before = builder->fault_count;
    enum spill_status status = SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = script_build_filter(builder, &spec->sees[i], &filters[i]);
    }
    if (status == SPILL_OK) {
        const bool sound = builder->fault_count == faults_before;
        status = script_build_visible(builder, filters, sound ? count : 0, cell);
    }
    for (size_t i = 0; i < count; i++) {
        filter_clear(&filters[i]);
    }
    free(filters);
    return status;
}

/* ---- Authority ---- */

static enum spill_status script_build_authority(struct script_builder *builder,
                                                const struct cell_spec *spec,
                                                struct script_cell *cell) {
    struct script *const script = builder->script;
    size_t count = spec->authority_count;
    if (count > SCRIPT_AUTHORITY_MAX) {
        script_build_fault(builder, NULL, "more than %d entries of authority",
                           SCRIPT_AUTHORITY_MAX);
        count = 0;
    }
    cell->authority = spill_alloc(count, sizeof cell->authority[0]);
    cell->order_hash = spill_alloc(script->order_count, sizeof cell->order_hash[0]);
    if (cell->authority == NULL || cell->order_hash == NULL) {
        return SPILL_MEMORY;
    }
    cell->authority_count = count;
    for (size_t i = 0; i < count; i++) {
        const uint32_t order = script_build_find(builder, NAME_ORDER, spec->authority[i].order);
        cell->authority[i].order.index = order;
        if (order != NETWORK_NO_INDEX) {
            char id[2 * (SPILL_ID_BYTES_MAX + 1)];
            snprintf(id, sizeof id, "%s/%s", cell->id, script->orders[order].id);
            cell->order_hash[order] = chance_hash("order", id);
        }
        const enum spill_status status =
            script_build_filter(builder, &spec->authority[i].where, &cell->authority[i].where);
        if (status != SPILL_OK) {
            return status;
        }
    }
    return SPILL_OK;
}

/* ---- Policies ---- */

/* The assets that a rule with `each` may order about, as bits by slot. */
static enum spill_status script_build_candidates(struct script_builder *builder,
                                                 const struct policy_rule_spec *spec,
                                                 struct script_policy_rule *rule) {
    const struct script_cell *const cell = &builder->script->cells[builder->cell.index];
    rule->candidates = spill_alloc((cell->visible_count + 63) / 64, sizeof rule->candidates[0]);
    if (rule->candidates == NULL) {
        return SPILL_MEMORY;
    }
    struct filter where = {0};
    const size_t faults_before = builder->fault_count;
    const enum spill_status status = script_build_filter(builder, &spec->where, &where);
    if (status == SPILL_OK && builder->fault_count == faults_before) {
        for (size_t i = 0; i < cell->visible_count; i++) {
            struct order_request request = rule->request;
            request.asset = cell->visible[i];
            if (filter_matches(&where, builder->network, request.asset) &&
                script_check_order(builder->script, builder->cell, &request, NULL) == SPILL_OK) {
                rule->candidates[i / 64] |= UINT64_C(1) << i % 64;
            }
        }
    }
    filter_clear(&where);
    return status;
}

/* A field of the target of a rule without `each`: resolved if it is given. */
static uint32_t script_build_target(struct script_builder *builder, enum condition_name kind,
                                    const char *name) {
    return name != NULL ? script_build_find(builder, kind, name) : NETWORK_NO_INDEX;
}

static void script_build_request(struct script_builder *builder,
                                 const struct policy_rule_spec *spec,
                                 struct order_request *request) {
    request->order.index = script_build_find(builder, NAME_ORDER, spec->order);
    request->asset.index = script_build_target(builder, NAME_ASSET, spec->asset);
    request->tag.index = script_build_target(builder, NAME_TAG, spec->tag);
    request->country.index = script_build_target(builder, NAME_COUNTRY, spec->country);
    request->other_country.index = script_build_target(builder, NAME_COUNTRY, spec->other_country);
    request->pool.index = script_build_target(builder, NAME_POOL, spec->pool);
    request->other_pool.index = script_build_target(builder, NAME_POOL, spec->other_pool);
    request->amount = spec->amount;
}

static enum spill_status script_build_targets(struct script_builder *builder,
                                              const struct policy_rule_spec *spec,
                                              struct script_policy_rule *rule) {
    const size_t faults_before = builder->fault_count;
    script_build_request(builder, spec, &rule->request);
    if (builder->fault_count != faults_before) {
        return SPILL_OK;
    }
    const enum target_kind target = builder->script->orders[rule->request.order.index].target;
    if (spec->each && target != TARGET_ASSET) {
        script_build_fault(builder, spec->order, "'each' needs an order about one asset");
        return SPILL_OK;
    }
    if (spec->each && !script_cell_may(builder->script, builder->cell, rule->request.order)) {
        script_build_fault(builder, spec->order, "the cell has no authority for order '%s'",
                           spec->order);
        return SPILL_OK;
    }
    if (spec->each) {
        return script_build_candidates(builder, spec, rule);
    }
    struct spill_error error = {{0}};
    if (script_check_order(builder->script, builder->cell, &rule->request, &error) != SPILL_OK) {
        script_build_fault(builder, spec->order, "%s", error.text);
    }
    return SPILL_OK;
}

static enum spill_status script_build_policy_rule(struct script_builder *builder,
                                                  const struct script_policy *policy,
                                                  const struct policy_rule_spec *spec,
                                                  struct script_policy_rule *rule) {
    const struct script_cell *const cell = &builder->script->cells[builder->cell.index];
    snprintf(builder->where, sizeof builder->where, "cell '%s', policy '%s', rule '%s'", cell->id,
             policy->id, rule->id);
    builder->subject = spec->id;
    char id[3 * (SPILL_ID_BYTES_MAX + 1)];
    snprintf(id, sizeof id, "%s/%s/%s", cell->id, policy->id, rule->id);
    rule->hash = chance_hash("policy", id);
    rule->hold_ms = spec->hold_ms;
    rule->each = spec->each;
    rule->state = spec->state;
    rule->times_max = spec->times_max == 0 ? 1 : spec->times_max;
    rule->again_after_ms = spec->again_after_ms;
    script_build_check_time(builder, spec->hold_ms, "its hold");
    script_build_check_time(builder, spec->again_after_ms, "its time until again");
    if (rule->times_max < 1 || rule->times_max > SCRIPT_TIMES_MAX) {
        script_build_fault(builder, NULL, "orders 1 to %d times", SCRIPT_TIMES_MAX);
    }
    enum spill_status status =
        script_build_condition(builder, spec->when, SCOPE_VIEW, &rule->when, &rule->reads);
    if (status == SPILL_OK) {
        status = script_build_law(builder, &spec->thinking, "its thinking", &rule->thinking);
    }
    if (status == SPILL_OK) {
        status = script_build_targets(builder, spec, rule);
    }
    return status;
}

static const char *script_policy_rule_id(const void *specs, size_t index) {
    return ((const struct policy_rule_spec *)specs)[index].id;
}

static enum spill_status script_build_policy(struct script_builder *builder,
                                             const struct policy_spec *spec,
                                             struct script_policy *policy) {
    struct script_rank *ranks = NULL;
    const size_t faults_before = builder->fault_count;
    enum spill_status status =
        script_build_ranks(builder, "policy rule", spec->rules, spec->rule_count,
                           SCRIPT_POLICY_RULES_MAX, script_policy_rule_id, &ranks);
    if (status != SPILL_OK || builder->fault_count != faults_before) {
        free(ranks);
        return status;
    }
    policy->rules = spill_alloc(spec->rule_count, sizeof policy->rules[0]);
    if (policy->rules == NULL) {
        free(ranks);
        return SPILL_MEMORY;
    }
    policy->rule_count = spec->rule_count;
    for (size_t i = 0; i < spec->rule_count && status == SPILL_OK; i++) {
        status = script_build_text(ranks[i].id, &policy->rules[i].id);
        if (status == SPILL_OK) {
            status = script_build_policy_rule(builder, policy, &spec->rules[ranks[i].index],
                                              &policy->rules[i]);
        }
    }
    free(ranks);
    return status;
}

static const char *script_policy_id(const void *specs, size_t index) {
    return ((const struct policy_spec *)specs)[index].id;
}

static enum spill_status script_build_policies(struct script_builder *builder,
                                               const struct cell_spec *spec,
                                               struct script_cell *cell) {
    struct script_rank *ranks = NULL;
    const size_t faults_before = builder->fault_count;
    enum spill_status status =
        script_build_ranks(builder, "policy", spec->policies, spec->policy_count,
                           SCRIPT_POLICIES_MAX, script_policy_id, &ranks);
    if (status != SPILL_OK || builder->fault_count != faults_before) {
        free(ranks);
        return status;
    }
    cell->policies = spill_alloc(spec->policy_count, sizeof cell->policies[0]);
    if (cell->policies == NULL) {
        free(ranks);
        return SPILL_MEMORY;
    }
    cell->policy_count = spec->policy_count;
    for (size_t i = 0; i < spec->policy_count && status == SPILL_OK; i++) {
        status = script_build_text(ranks[i].id, &cell->policies[i].id);
        if (status == SPILL_OK) {
            snprintf(builder->where, sizeof builder->where, "cell '%s', policy '%s'", cell->id,
                     cell->policies[i].id);
            builder->subject = ranks[i].id;
            status =
                script_build_policy(builder, &spec->policies[ranks[i].index], &cell->policies[i]);
        }
    }
    free(ranks);
    return status;
}

/* ---- Cells ---- */

static enum spill_status script_build_cell(struct script_builder *builder,
                                           const struct cell_spec *spec, struct script_cell *cell) {
    snprintf(builder->where, sizeof builder->where, "cell '%s'", cell->id);
    builder->subject = spec->id;
    cell->country.index = script_build_find(builder, NAME_COUNTRY, spec->country);
    cell->reporting_delay_ms = spec->reporting_delay_ms;
    script_build_check_time(builder, spec->reporting_delay_ms, "its reporting delay");
    if (cell->country.index != NETWORK_NO_INDEX) {
        cell->countries[cell->country.index / 64] |= UINT64_C(1) << cell->country.index % 64;
    }
    const size_t faults_before = builder->fault_count;
    enum spill_status status = script_build_sees(builder, spec, cell);
    if (status == SPILL_OK) {
        status = script_build_authority(builder, spec, cell);
    }
    /* Policies are checked against sight and authority, so only where those are sound. */
    if (status == SPILL_OK && builder->fault_count == faults_before &&
        cell->country.index != NETWORK_NO_INDEX) {
        status = script_build_policies(builder, spec, cell);
    }
    return status;
}

/* Who sees an asset, from what each cell sees. */
static enum spill_status script_build_watchers(struct script *script) {
    const size_t asset_count = network_asset_count(script->network);
    size_t watcher_count = 0;
    for (size_t i = 0; i < script->cell_count; i++) {
        watcher_count += script->cells[i].visible_count;
    }
    if (watcher_count > UINT32_MAX) {
        return SPILL_MEMORY;
    }
    script->first_watcher = spill_alloc(asset_count + 2, sizeof script->first_watcher[0]);
    script->watchers = spill_alloc(watcher_count, sizeof script->watchers[0]);
    if (script->first_watcher == NULL || script->watchers == NULL) {
        return SPILL_MEMORY;
    }
    /* Counts, two places later, become beginnings, one place later, and those move as lists fill.
     */
    uint32_t *const next = script->first_watcher + 1;
    for (size_t i = 0; i < script->cell_count; i++) {
        for (size_t j = 0; j < script->cells[i].visible_count; j++) {
            next[script->cells[i].visible[j].index + 1]++;
        }
    }
    for (size_t i = 1; i <= asset_count; i++) {
        next[i] += next[i - 1];
    }
    for (uint32_t i = 0; i < script->cell_count; i++) {
        for (uint32_t j = 0; j < script->cells[i].visible_count; j++) {
            script->watchers[next[script->cells[i].visible[j].index]++] =
                (struct script_watcher){{i}, j};
        }
    }
    return SPILL_OK;
}

enum spill_status script_build_cells(struct script_builder *builder,
                                     const struct script_rank *ranks) {
    struct script *const script = builder->script;
    enum spill_status status = SPILL_OK;
    for (uint32_t i = 0; i < script->cell_count && status == SPILL_OK; i++) {
        builder->cell.index = i;
        status =
            script_build_cell(builder, &builder->spec->cells[ranks[i].index], &script->cells[i]);
    }
    if (status == SPILL_OK && builder->fault_count == 0) {
        status = script_build_watchers(script);
    }
    return status;
}
