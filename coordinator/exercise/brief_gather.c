/* SPDX-License-Identifier: Apache-2.0 */
/* The part of brief that makes one from a scenario: gathers what a cell may know, borrowed, and
 * then makes a copy of its own by way of the bytes, so that every brief is one that travelled. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/exercise/brief.h"
#include "coordinator/world/policy.h"

/* A set of ranks of one kind. */
struct brief_set {
    bool *has;
    size_t size;
};

struct brief_gather {
    const struct network *network;
    const struct script *script;
    struct cell_ref cell;
    const char *team;
    size_t line_count;
    struct brief_set countries, sectors, campaigns, orders, injects, assets;
    uint32_t *place; /* By asset: its place in the brief's list. */
    struct brief brief;
    struct brief_country *country_list;
    const char **sector_list;
    const char **campaign_list;
    struct brief_order *order_list;
    const char **inject_list;
    struct brief_asset *asset_list;
    struct brief_rule *rule_list;
    struct brief_range *range_list; /* Of all rules. */
    size_t range_count;
    struct brief_answer *answer_list;
};

static enum spill_status brief_make_set(struct brief_set *set, size_t size) {
    set->size = size;
    set->has = spill_alloc(size, sizeof set->has[0]);
    return set->has == NULL ? SPILL_MEMORY : SPILL_OK;
}

static void brief_put(struct brief_set *set, uint32_t index) {
    if (index != NETWORK_NO_INDEX) {
        SPILL_ASSERT(index < set->size);
        set->has[index] = true;
    }
}

static size_t brief_count(const struct brief_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->size; i++) {
        count += set->has[i] ? 1 : 0;
    }
    return count;
}

/* ---- What it is about ---- */

static void brief_put_name(struct brief_gather *gather, enum condition_name kind, uint32_t index) {
    switch (kind) {
    case NAME_ASSET:
        brief_put(&gather->assets, index);
        break;
    case NAME_SECTOR:
        brief_put(&gather->sectors, index);
        break;
    case NAME_COUNTRY:
        brief_put(&gather->countries, index);
        break;
    case NAME_CAMPAIGN:
        brief_put(&gather->campaigns, index);
        break;
    case NAME_ORDER:
        brief_put(&gather->orders, index);
        break;
    case NAME_INJECT:
        brief_put(&gather->injects, index);
        break;
    default:
        /* A policy names no other cell, and nothing else that a cell cannot see. */
        SPILL_ASSERT(kind == NAME_CELL);
    }
}

static void brief_put_condition(struct brief_gather *gather, const struct condition *when) {
    size_t function_count = 0;
    const struct condition_function_facts *const facts = condition_functions(&function_count);
    const struct condition_call *calls = NULL;
    const size_t call_count = condition_calls(when, &calls);
    for (size_t i = 0; i < call_count; i++) {
        const struct condition_function_facts *const called = &facts[calls[i].function];
        for (size_t j = 0; j < called->argument_count; j++) {
            if (calls[i].arguments[j] != CONDITION_EVERY) {
                brief_put_name(gather, called->kinds[j], calls[i].arguments[j]);
            }
        }
    }
}

static void brief_put_line(struct brief_gather *gather, const struct policy_line *line) {
    const struct order_request *const request = &line->request;
    if (line->when != NULL) {
        brief_put_condition(gather, line->when);
    }
    brief_put(&gather->orders, request->order.index);
    brief_put(&gather->assets, request->asset.index);
    brief_put(&gather->countries, request->country.index);
    brief_put(&gather->countries, request->other_country.index);
}

static void brief_put_all(struct brief_gather *gather) {
    const struct network *const network = gather->network;
    brief_put(&gather->countries, script_cell_country(gather->script, gather->cell).index);
    for (uint32_t i = 0; i < script_order_count(gather->script); i++) {
        if (script_cell_may(gather->script, gather->cell, (struct order_ref){i})) {
            brief_put(&gather->orders, i);
        }
    }
    for (size_t i = 0; i < gather->line_count; i++) {
        const struct policy_line line = policy_line(gather->script, gather->cell, gather->team, i);
        brief_put_line(gather, &line);
    }
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        if (gather->assets.has[i] || script_cell_sees(gather->script, gather->cell, asset)) {
            brief_put(&gather->assets, i);
            brief_put(&gather->countries, network_asset_country(network, asset).index);
            brief_put(&gather->sectors, network_asset_sector(network, asset).index);
        }
    }
}

/* ---- Lists ---- */

static void brief_list_countries(struct brief_gather *gather) {
    const struct network *const network = gather->network;
    bool reports[SPILL_COUNTRIES_MAX] = {false};
    reports[script_cell_country(gather->script, gather->cell).index] = true;
    for (uint32_t i = 0; i < gather->assets.size; i++) {
        if (script_cell_sees(gather->script, gather->cell, (struct asset_ref){i})) {
            reports[network_asset_country(network, (struct asset_ref){i}).index] = true;
        }
    }
    for (uint32_t i = 0; i < gather->countries.size; i++) {
        if (gather->countries.has[i]) {
            const struct country_ref country = {i};
            gather->country_list[gather->brief.country_count++] = (struct brief_country){
                network_country_id(network, country),
                reports[i] ? network_country_trust_ppm(network, country) : 0};
        }
    }
}

static void brief_list_names(struct brief_gather *gather) {
    struct brief *const brief = &gather->brief;
    for (uint32_t i = 0; i < gather->sectors.size; i++) {
        if (gather->sectors.has[i]) {
            gather->sector_list[brief->sector_count++] =
                network_sector_id(gather->network, (struct sector_ref){i});
        }
    }
    for (uint32_t i = 0; i < gather->campaigns.size; i++) {
        if (gather->campaigns.has[i]) {
            gather->campaign_list[brief->campaign_count++] =
                network_campaign_id(gather->network, (struct campaign_ref){i});
        }
    }
    for (uint32_t i = 0; i < gather->orders.size; i++) {
        const struct order_ref order = {i};
        if (gather->orders.has[i]) {
            gather->order_list[brief->order_count++] = (struct brief_order){
                script_order_id(gather->script, order), script_order_target(gather->script, order),
                script_cell_may(gather->script, gather->cell, order)};
        }
    }
}

static void brief_list_assets(struct brief_gather *gather) {
    const struct network *const network = gather->network;
    for (uint32_t i = 0; i < gather->assets.size; i++) {
        const struct asset_ref asset = {i};
        if (!gather->assets.has[i]) {
            continue;
        }
        const bool seen = script_cell_sees(gather->script, gather->cell, asset);
        gather->place[i] = (uint32_t)gather->brief.asset_count;
        gather->asset_list[gather->brief.asset_count++] = (struct brief_asset){
            .id = network_asset_id(network, asset),
            .country = network_country_id(network, network_asset_country(network, asset)),
            .sector = network_sector_id(network, network_asset_sector(network, asset)),
            .people = seen ? network_asset_people(network, asset) : 0,
            .seen = seen};
    }
}

/* The assets of a line with `each`, as ranges behind those of the lines before. */
static enum spill_status brief_list_ranges(struct brief_gather *gather, size_t line,
                                           struct brief_rule *rule) {
    const size_t before = gather->range_count;
    for (uint32_t i = 0; i < gather->assets.size; i++) {
        if (!gather->assets.has[i] || !policy_line_may(gather->script, gather->cell, gather->team,
                                                       line, (struct asset_ref){i})) {
            continue;
        }
        struct brief_range *const last =
            gather->range_count > before ? &gather->range_list[gather->range_count - 1] : NULL;
        if (last != NULL && last->first + last->count == (int64_t)gather->place[i]) {
            last->count++;
            continue;
        }
        struct brief_range *const grown =
            spill_grow(gather->range_list, gather->range_count, gather->range_count + 1,
                       sizeof gather->range_list[0]);
        if (grown == NULL) {
            return SPILL_MEMORY;
        }
        gather->range_list = grown;
        gather->range_list[gather->range_count++] =
            (struct brief_range){(int64_t)gather->place[i], 1};
    }
    rule->range_count = gather->range_count - before;
    return SPILL_OK;
}

static void brief_list_target(const struct network *network, const struct order_request *request,
                              struct brief_rule *rule) {
    const uint32_t none = NETWORK_NO_INDEX;
    rule->asset = request->asset.index == none ? "" : network_asset_id(network, request->asset);
    rule->tag = request->tag.index == none ? "" : network_tag_id(network, request->tag);
    rule->country =
        request->country.index == none ? "" : network_country_id(network, request->country);
    rule->other_country = request->other_country.index == none
                              ? ""
                              : network_country_id(network, request->other_country);
    rule->pool = request->pool.index == none ? "" : network_pool_id(network, request->pool);
    rule->other_pool =
        request->other_pool.index == none ? "" : network_pool_id(network, request->other_pool);
    rule->amount = request->amount;
}

static enum spill_status brief_list_rules(struct brief_gather *gather) {
    for (size_t i = 0; i < gather->line_count; i++) {
        const struct policy_line line = policy_line(gather->script, gather->cell, gather->team, i);
        struct brief_rule *const rule = &gather->rule_list[gather->brief.rule_count];
        *rule = (struct brief_rule){.id = line.id,
                                    .when = line.when != NULL ? condition_text(line.when) : "",
                                    .hold_ms = line.hold_ms,
                                    .order = script_order_id(gather->script, line.request.order),
                                    .each = line.each,
                                    .state = line.each ? line.state : WANTED_ANY,
                                    .thinking = line.thinking,
                                    .times_max = line.times_max,
                                    .again_after_ms = line.again_after_ms};
        brief_list_target(gather->network, &line.request, rule);
        if (line.each && brief_list_ranges(gather, i, rule) != SPILL_OK) {
            return SPILL_MEMORY;
        }
        /* A line about none of its assets never gives an order. */
        gather->brief.rule_count += !line.each || rule->range_count > 0 ? 1 : 0;
    }
    size_t first = 0;
    for (size_t i = 0; i < gather->brief.rule_count; i++) {
        struct brief_rule *const rule = &gather->rule_list[i];
        rule->ranges = rule->range_count > 0 ? gather->range_list + first : NULL;
        first += rule->range_count;
    }
    return SPILL_OK;
}

/* ---- Injects ---- */

/* What doctrine would choose; NULL when there is nothing to choose or no choice is expected. */
static const char *brief_option(const struct inject *inject) {
    for (size_t i = 0; i < inject->option_count; i++) {
        if (inject->options[i].expected) {
            return inject->options[i].id;
        }
    }
    return NULL;
}

static bool brief_receives(const struct inject *inject, struct cell_ref cell) {
    for (size_t i = 0; i < inject->to_count; i++) {
        if (inject->to[i].index == cell.index) {
            return true;
        }
    }
    return false;
}

/* Injects are sorted by id, so the answers are; and a script ranks all of a scenario's injects. */
static void brief_list_injects(struct brief_gather *gather, const struct scenario *scenario) {
    const bool answers = strcmp(gather->team, BRIEF_DOCTRINE) == 0;
    for (uint32_t i = 0; i < gather->injects.size; i++) {
        const struct inject *const inject = scenario_inject(scenario, i);
        const char *const option = brief_option(inject);
        if (gather->injects.has[i]) {
            gather->inject_list[gather->brief.inject_count++] = inject->id;
        }
        if (answers && option != NULL && brief_receives(inject, gather->cell)) {
            gather->answer_list[gather->brief.answer_count++] =
                (struct brief_answer){inject->id, option};
        }
    }
}

/* ---- All together ---- */

static enum spill_status brief_begin(struct brief_gather *gather, size_t inject_count) {
    const struct network *const network = gather->network;
    if (brief_make_set(&gather->countries, network_country_count(network)) != SPILL_OK ||
        brief_make_set(&gather->sectors, network_sector_count(network)) != SPILL_OK ||
        brief_make_set(&gather->campaigns, network_campaign_count(network)) != SPILL_OK ||
        brief_make_set(&gather->orders, script_order_count(gather->script)) != SPILL_OK ||
        brief_make_set(&gather->injects, inject_count) != SPILL_OK ||
        brief_make_set(&gather->assets, network_asset_count(network)) != SPILL_OK) {
        return SPILL_MEMORY;
    }
    brief_put_all(gather);
    const size_t asset_count = brief_count(&gather->assets);
    gather->place = spill_alloc(gather->assets.size, sizeof gather->place[0]);
    gather->country_list = spill_alloc(gather->countries.size, sizeof gather->country_list[0]);
    gather->sector_list = spill_alloc(gather->sectors.size, sizeof gather->sector_list[0]);
    gather->campaign_list = spill_alloc(gather->campaigns.size, sizeof gather->campaign_list[0]);
    gather->order_list = spill_alloc(gather->orders.size, sizeof gather->order_list[0]);
    gather->inject_list = spill_alloc(inject_count, sizeof gather->inject_list[0]);
    gather->asset_list = spill_alloc(asset_count, sizeof gather->asset_list[0]);
    gather->rule_list = spill_alloc(gather->line_count, sizeof gather->rule_list[0]);
    gather->answer_list = spill_alloc(inject_count, sizeof gather->answer_list[0]);
    const bool all = gather->place != NULL && gather->country_list != NULL &&
                     gather->sector_list != NULL && gather->campaign_list != NULL &&
                     gather->order_list != NULL && gather->inject_list != NULL &&
                     gather->asset_list != NULL && gather->rule_list != NULL &&
                     gather->answer_list != NULL;
    return !all ? SPILL_MEMORY : asset_count > BRIEF_ASSETS_MAX ? SPILL_LIMIT : SPILL_OK;
}

static void brief_end(struct brief_gather *gather) {
    free(gather->countries.has);
    free(gather->sectors.has);
    free(gather->campaigns.has);
    free(gather->orders.has);
    free(gather->injects.has);
    free(gather->assets.has);
    free(gather->place);
    free(gather->country_list);
    free(gather->sector_list);
    free(gather->campaign_list);
    free(gather->order_list);
    free(gather->inject_list);
    free(gather->asset_list);
    free(gather->rule_list);
    free(gather->range_list);
    free(gather->answer_list);
}

static enum spill_status brief_copy(const struct brief *brief, struct brief **copy) {
    size_t size_bytes = brief_size_bytes(brief);
    if (size_bytes > BRIEF_BYTES_MAX) {
        return SPILL_LIMIT;
    }
    uint8_t *const bytes = spill_alloc(size_bytes, 1);
    if (bytes == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = brief_encode(brief, bytes, size_bytes, &size_bytes);
    if (status == SPILL_OK) {
        status = brief_decode(bytes, size_bytes, copy, NULL);
    }
    free(bytes);
    SPILL_ASSERT(status != SPILL_INVALID);
    return status;
}

static void brief_gather_lists(struct brief_gather *gather, const struct scenario *scenario) {
    struct brief *const brief = &gather->brief;
    brief_list_countries(gather);
    brief_list_names(gather);
    brief_list_injects(gather, scenario);
    brief->countries = gather->country_list;
    brief->sectors = gather->sector_list;
    brief->campaigns = gather->campaign_list;
    brief->orders = gather->order_list;
    brief->injects = gather->inject_list;
    brief->assets = gather->asset_list;
    brief->rules = gather->rule_list;
    brief->answers = gather->answer_list;
}

enum spill_status brief_create(const struct scenario *scenario, struct cell_ref cell,
                               const char *team, uint64_t seed, struct brief **brief) {
    SPILL_ASSERT(scenario != NULL);
    SPILL_ASSERT(team != NULL);
    SPILL_ASSERT(brief != NULL);
    if (!spill_id_valid(team, strlen(team))) {
        return SPILL_NOT_FOUND;
    }
    const struct network *const network = scenario_network(scenario);
    const struct script *const script = scenario_script(scenario);
    struct brief_gather gather = {
        .network = network,
        .script = script,
        .cell = cell,
        .team = team,
        .line_count = policy_line_count(script, cell, team),
        .brief = {.cell = script_cell_id(script, cell),
                  .country = network_country_id(network, script_cell_country(script, cell)),
                  .team = team,
                  .seed = seed,
                  .tick_ms = network_tick_ms(network),
                  .horizon_ms = network_horizon_ms(network),
                  .escalation = script_escalation(script),
                  .answers_after = scenario_cast(scenario, cell)->answers_after}};
    enum spill_status status = brief_begin(&gather, scenario_inject_count(scenario));
    if (status == SPILL_OK) {
        brief_list_assets(&gather);
        status = brief_list_rules(&gather);
    }
    if (status == SPILL_OK) {
        brief_gather_lists(&gather, scenario);
        status = brief_copy(&gather.brief, brief);
    }
    brief_end(&gather);
    return status;
}
