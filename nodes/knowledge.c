/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/knowledge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/world/view.h"

enum { KNOWLEDGE_ID_BYTES = 16 };

struct knowledge {
    struct network *network;
    struct script *script;
    struct campaign_ref other; /* Every campaign that the brief does not name. */
};

/* Specifications on their way; they borrow from the brief. */
struct knowledge_specs {
    const struct brief *brief;
    char other[KNOWLEDGE_ID_BYTES];
    struct country_spec *countries;
    struct sector_spec *sectors;
    struct campaign_spec *campaigns;
    size_t campaign_count;
    struct asset_spec *assets;
    struct tag_spec *tags;
    size_t tag_count;
    struct pool_spec *pools;
    size_t pool_count;
    struct order_spec *orders;
    struct authority_spec *authority;
    size_t authority_count;
    struct policy_rule_spec *rules;
    const char **seen; /* Assets that the cell sees. */
    size_t seen_count;
    const char **about; /* Assets of the rules with `each`, one rule after another. */
    size_t about_count;
};

static const char *knowledge_or_null(const char *id) {
    return id[0] != '\0' ? id : NULL;
}

/* ---- The network ---- */

/* An id that no campaign of the brief has. */
static void knowledge_name_other(struct knowledge_specs *specs) {
    const struct brief *const brief = specs->brief;
    bool taken = true;
    for (size_t number = 0; taken; number++) {
        SPILL_ASSERT(number <= VIEW_CAMPAIGNS_MAX);
        snprintf(specs->other, sizeof specs->other, "other-%zu", number);
        taken = false;
        for (size_t i = 0; i < brief->campaign_count; i++) {
            taken = taken || strcmp(brief->campaigns[i], specs->other) == 0;
        }
    }
}

static void knowledge_add_tag(struct knowledge_specs *specs, const char *id) {
    for (size_t i = 0; i < specs->tag_count; i++) {
        if (strcmp(specs->tags[i].id, id) == 0) {
            return;
        }
    }
    specs->tags[specs->tag_count++] = (struct tag_spec){.id = id};
}

/* Whose pool it is does not matter here: the coordinator has the last word on every order. */
static void knowledge_add_pool(struct knowledge_specs *specs, const char *id) {
    for (size_t i = 0; i < specs->pool_count; i++) {
        if (strcmp(specs->pools[i].id, id) == 0) {
            return;
        }
    }
    specs->pools[specs->pool_count++] =
        (struct pool_spec){.id = id, .country = specs->brief->country, .crews = 1};
}

static void knowledge_fill_network(struct knowledge_specs *specs) {
    const struct brief *const brief = specs->brief;
    for (size_t i = 0; i < brief->country_count; i++) {
        specs->countries[i] =
            (struct country_spec){brief->countries[i].id, brief->countries[i].trust_ppm};
    }
    for (size_t i = 0; i < brief->sector_count; i++) {
        specs->sectors[i] = (struct sector_spec){brief->sectors[i]};
    }
    knowledge_name_other(specs);
    for (size_t i = 0; i < brief->campaign_count; i++) {
        specs->campaigns[specs->campaign_count++] =
            (struct campaign_spec){.id = brief->campaigns[i]};
    }
    /* A script takes so many: a brief that names them all leaves no other. */
    if (specs->campaign_count < VIEW_CAMPAIGNS_MAX) {
        specs->campaigns[specs->campaign_count++] = (struct campaign_spec){.id = specs->other};
    }
    for (size_t i = 0; i < brief->asset_count; i++) {
        const struct brief_asset *const asset = &brief->assets[i];
        specs->assets[i] = (struct asset_spec){.id = asset->id,
                                               .country = asset->country,
                                               .sector = asset->sector,
                                               .people = asset->people};
        if (asset->seen) {
            specs->seen[specs->seen_count++] = asset->id;
        }
    }
    for (size_t i = 0; i < brief->rule_count; i++) {
        const struct brief_rule *const rule = &brief->rules[i];
        if (rule->tag[0] != '\0') {
            knowledge_add_tag(specs, rule->tag);
        }
        if (rule->pool[0] != '\0') {
            knowledge_add_pool(specs, rule->pool);
        }
        if (rule->other_pool[0] != '\0') {
            knowledge_add_pool(specs, rule->other_pool);
        }
    }
}

static enum spill_status knowledge_create_network(const struct knowledge_specs *specs,
                                                  struct knowledge *knowledge,
                                                  struct spill_error *error) {
    const struct network_spec spec = {.tick_ms = specs->brief->tick_ms,
                                      .horizon_ms = specs->brief->horizon_ms,
                                      .countries = specs->countries,
                                      .country_count = specs->brief->country_count,
                                      .sectors = specs->sectors,
                                      .sector_count = specs->brief->sector_count,
                                      .pools = specs->pools,
                                      .pool_count = specs->pool_count,
                                      .tags = specs->tags,
                                      .tag_count = specs->tag_count,
                                      .assets = specs->assets,
                                      .asset_count = specs->brief->asset_count,
                                      .campaigns = specs->campaigns,
                                      .campaign_count = specs->campaign_count};
    const enum spill_status status = network_create(&spec, &knowledge->network, error);
    if (status != SPILL_OK) {
        return status;
    }
    knowledge->other.index = NETWORK_NO_INDEX;
    if (specs->campaign_count > specs->brief->campaign_count) {
        const enum spill_status found =
            network_find_campaign(knowledge->network, specs->other, &knowledge->other);
        SPILL_ASSERT(found == SPILL_OK);
    }
    return SPILL_OK;
}

/* ---- The script ---- */

/* What an order does is not for its cell to know; a script wants something. */
static const struct effect_spec knowledge_effect = {.kind = EFFECT_ESCALATE, .amount = 1};

static void knowledge_fill_orders(struct knowledge_specs *specs) {
    for (size_t i = 0; i < specs->brief->order_count; i++) {
        const struct brief_order *const order = &specs->brief->orders[i];
        specs->orders[i] = (struct order_spec){.id = order->id,
                                               .target = order->target,
                                               .effects = &knowledge_effect,
                                               .effect_count = 1};
        if (order->may) {
            /* Its limits are in the rules' ranges already. */
            specs->authority[specs->authority_count++] =
                (struct authority_spec){.order = order->id};
        }
    }
}

/* The assets of a rule, by name; every one is said by none. */
static struct filter_spec knowledge_where(struct knowledge_specs *specs,
                                          const struct brief_rule *rule) {
    const struct brief *const brief = specs->brief;
    const size_t first = specs->about_count;
    for (size_t i = 0; i < rule->range_count; i++) {
        for (int64_t j = 0; j < rule->ranges[i].count; j++) {
            specs->about[specs->about_count++] = brief->assets[rule->ranges[i].first + j].id;
        }
    }
    return (struct filter_spec){.assets = specs->about + first,
                                .asset_count = specs->about_count - first};
}

static void knowledge_fill_rules(struct knowledge_specs *specs) {
    for (size_t i = 0; i < specs->brief->rule_count; i++) {
        const struct brief_rule *const rule = &specs->brief->rules[i];
        specs->rules[i] =
            (struct policy_rule_spec){.id = rule->id,
                                      .when = knowledge_or_null(rule->when),
                                      .hold_ms = rule->hold_ms,
                                      .order = rule->order,
                                      .each = rule->each,
                                      .state = rule->state,
                                      .asset = knowledge_or_null(rule->asset),
                                      .tag = knowledge_or_null(rule->tag),
                                      .country = knowledge_or_null(rule->country),
                                      .other_country = knowledge_or_null(rule->other_country),
                                      .pool = knowledge_or_null(rule->pool),
                                      .other_pool = knowledge_or_null(rule->other_pool),
                                      .amount = rule->amount,
                                      .thinking = rule->thinking,
                                      .times_max = rule->times_max,
                                      .again_after_ms = rule->again_after_ms};
        if (rule->each) {
            specs->rules[i].where = knowledge_where(specs, rule);
        }
    }
}

static enum spill_status knowledge_create_script(const struct knowledge_specs *specs,
                                                 struct knowledge *knowledge,
                                                 struct spill_error *error) {
    const struct brief *const brief = specs->brief;
    const struct filter_spec sees = {.assets = specs->seen, .asset_count = specs->seen_count};
    const struct policy_spec policy = {brief->team, specs->rules, brief->rule_count};
    const struct cell_spec cell = {.id = brief->cell,
                                   .country = brief->country,
                                   .sees = &sees,
                                   .sees_count = specs->seen_count > 0 ? 1 : 0,
                                   .authority = specs->authority,
                                   .authority_count = specs->authority_count,
                                   .policies = &policy,
                                   .policy_count = brief->rule_count > 0 ? 1 : 0};
    const struct script_spec spec = {.orders = specs->orders,
                                     .order_count = brief->order_count,
                                     .cells = &cell,
                                     .cell_count = 1,
                                     .escalation = brief->escalation,
                                     .injects = brief->injects,
                                     .inject_count = brief->inject_count};
    return script_create(&spec, knowledge->network, &knowledge->script, error);
}

/* ---- Life ---- */

static size_t knowledge_about_max(const struct brief *brief) {
    size_t count = 0;
    for (size_t i = 0; i < brief->rule_count; i++) {
        for (size_t j = 0; j < brief->rules[i].range_count; j++) {
            count += (size_t)brief->rules[i].ranges[j].count;
        }
    }
    return count;
}

static enum spill_status knowledge_begin(struct knowledge_specs *specs) {
    const struct brief *const brief = specs->brief;
    specs->countries = spill_alloc(brief->country_count, sizeof specs->countries[0]);
    specs->sectors = spill_alloc(brief->sector_count, sizeof specs->sectors[0]);
    specs->campaigns = spill_alloc(brief->campaign_count + 1, sizeof specs->campaigns[0]);
    specs->assets = spill_alloc(brief->asset_count, sizeof specs->assets[0]);
    specs->seen = spill_alloc(brief->asset_count, sizeof specs->seen[0]);
    specs->tags = spill_alloc(brief->rule_count, sizeof specs->tags[0]);
    specs->pools = spill_alloc(2 * brief->rule_count, sizeof specs->pools[0]);
    specs->orders = spill_alloc(brief->order_count, sizeof specs->orders[0]);
    specs->authority = spill_alloc(brief->order_count, sizeof specs->authority[0]);
    specs->rules = spill_alloc(brief->rule_count, sizeof specs->rules[0]);
    specs->about = spill_alloc(knowledge_about_max(brief), sizeof specs->about[0]);
    return specs->countries != NULL && specs->sectors != NULL && specs->campaigns != NULL &&
                   specs->assets != NULL && specs->seen != NULL && specs->tags != NULL &&
                   specs->pools != NULL && specs->orders != NULL && specs->authority != NULL &&
                   specs->rules != NULL && specs->about != NULL
               ? SPILL_OK
               : SPILL_MEMORY;
}

static void knowledge_end(struct knowledge_specs *specs) {
    free(specs->countries);
    free(specs->sectors);
    free(specs->campaigns);
    free(specs->assets);
    free(specs->seen);
    free(specs->tags);
    free(specs->pools);
    free(specs->orders);
    free(specs->authority);
    free(specs->rules);
    free(specs->about);
}

enum spill_status knowledge_create(const struct brief *brief, struct knowledge **knowledge,
                                   struct spill_error *error) {
    SPILL_ASSERT(brief != NULL);
    SPILL_ASSERT(knowledge != NULL);
    const char *const fault = brief_fault(brief);
    if (fault != NULL) {
        return spill_fail(error, SPILL_INVALID, "%s", fault);
    }
    struct knowledge *made = spill_alloc(1, sizeof *made);
    struct knowledge_specs specs = {.brief = brief};
    enum spill_status status = made == NULL ? SPILL_MEMORY : knowledge_begin(&specs);
    if (status == SPILL_OK) {
        knowledge_fill_network(&specs);
        status = knowledge_create_network(&specs, made, error);
    }
    if (status == SPILL_OK) {
        knowledge_fill_orders(&specs);
        knowledge_fill_rules(&specs);
        status = knowledge_create_script(&specs, made, error);
    }
    knowledge_end(&specs);
    if (status != SPILL_OK) {
        knowledge_destroy(&made);
        return status;
    }
    *knowledge = made;
    return SPILL_OK;
}

void knowledge_destroy(struct knowledge **knowledge) {
    SPILL_ASSERT(knowledge != NULL);
    if (*knowledge == NULL) {
        return;
    }
    script_destroy(&(*knowledge)->script);
    network_destroy(&(*knowledge)->network);
    free(*knowledge);
    *knowledge = NULL;
}

const struct network *knowledge_network(const struct knowledge *knowledge) {
    return knowledge->network;
}

const struct script *knowledge_script(const struct knowledge *knowledge) {
    return knowledge->script;
}

struct cell_ref knowledge_cell(const struct knowledge *knowledge) {
    SPILL_ASSERT(script_cell_count(knowledge->script) == 1);
    return (struct cell_ref){0};
}

struct campaign_ref knowledge_campaign(const struct knowledge *knowledge, const char *id) {
    struct campaign_ref campaign = knowledge->other;
    return network_find_campaign(knowledge->network, id, &campaign) == SPILL_OK ? campaign
                                                                                : knowledge->other;
}
