/* SPDX-License-Identifier: Apache-2.0 */
/* The part of loader that checks campaigns, rules, orders and cells; script_create looks again at
 * what it is given. */
#include <inttypes.h>
#include <string.h>

#include "coordinator/scenario/loader.h"

/* ---- Campaigns ---- */

static bool check_lists(const char *const *ids, size_t count, const char *id) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether an asset carries one of a campaign's tags. */
static bool check_exposed(const struct loader *loader, const struct campaign_spec *campaign,
                          uint32_t asset) {
    const struct asset_spec *const spec = &loader->asset_specs[asset];
    for (size_t i = 0; i < spec->tag_count; i++) {
        if (check_lists(campaign->tags, campaign->tag_count, spec->tags[i])) {
            return true;
        }
    }
    return false;
}

static void check_pushes(struct loader *loader, const struct source_campaign *campaign) {
    for (size_t i = 0; i < campaign->push_count; i++) {
        const struct source_push *const push = &campaign->pushes[i];
        const uint32_t supplier = loader_find(loader, REFERS_ASSET, push->spec.supplier);
        if (push->spec.supplier == NULL || push->spec.tag == NULL || supplier == IDS_NONE) {
            continue;
        }
        if (!check_exposed(loader, &campaign->spec, supplier)) {
            loader_warn(
                loader, loader_place(loader, &push->at, "supplier"),
                "'%s' carries none of the campaign's tags: it is never infected and never pushes",
                push->spec.supplier);
        }
        if (!check_lists(campaign->spec.tags, campaign->spec.tag_count, push->spec.tag)) {
            loader_warn(loader, loader_place(loader, &push->at, "tag"),
                        "the campaign does not target '%s': customers need one of its tags, too",
                        push->spec.tag);
        }
        for (size_t j = 0; j < i; j++) {
            const struct push_spec *const other = &campaign->pushes[j].spec;
            if (other->supplier != NULL && other->tag != NULL &&
                strcmp(other->supplier, push->spec.supplier) == 0 &&
                strcmp(other->tag, push->spec.tag) == 0) {
                loader_error(loader, loader_place(loader, &push->at, "supplier"),
                             "the push from '%s' to '%s' is there twice", push->spec.supplier,
                             push->spec.tag);
            }
        }
    }
}

/* Whether some rule or order starts the campaign. */
static bool check_starts(const struct source_effect *effects, size_t count, const char *campaign) {
    for (size_t i = 0; i < count; i++) {
        const struct effect_spec *const spec = &effects[i].spec;
        if (effects[i].format != NULL && spec->kind == EFFECT_ACTION &&
            spec->action == ACTION_CAMPAIGN_START && spec->campaign != NULL &&
            strcmp(spec->campaign, campaign) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_started(const struct loader *loader, const char *campaign) {
    const struct source_scenario *const file = &loader->file;
    bool started = false;
    for (size_t i = 0; i < file->rule_count; i++) {
        started =
            started || check_starts(file->rules[i].effects, file->rules[i].effect_count, campaign);
    }
    for (size_t i = 0; i < file->order_count; i++) {
        started = started ||
                  check_starts(file->orders[i].effects, file->orders[i].effect_count, campaign);
    }
    return started;
}

static void check_campaign(struct loader *loader, const struct source_campaign *campaign) {
    const uint32_t trigger = yaml_find(&loader->yaml, campaign->at.node, "trigger");
    const bool at = yaml_find(&loader->yaml, trigger, "at") != YAML_NONE;
    const bool after = yaml_find(&loader->yaml, trigger, "after") != YAML_NONE;
    if (trigger != YAML_NONE && at == after) {
        loader_error(loader, loader_place(loader, &campaign->at, "trigger"),
                     "a trigger has either 'at' or 'after'");
    }
    if (at && campaign->trigger.at_ms > loader->file.duration_ms) {
        loader_warn(loader, loader_place(loader, &campaign->at, "trigger"),
                    "the trigger comes after the end of the exercise");
    }
    for (size_t i = 0; i < campaign->spec.entry_count; i++) {
        const uint32_t asset = loader_find(loader, REFERS_ASSET, campaign->spec.entries[i]);
        if (asset != IDS_NONE && !check_exposed(loader, &campaign->spec, asset)) {
            loader_warn(loader, loader_place(loader, &campaign->at, "entries"),
                        "'%s' carries none of the campaign's tags and cannot be infected",
                        campaign->spec.entries[i]);
        }
    }
    check_pushes(loader, campaign);
    if (!check_started(loader, campaign->at.id)) {
        loader_warn(loader, loader_place(loader, &campaign->at, NULL),
                    "no rule and no order starts this campaign");
    }
}

/* ---- Effects ---- */

/* Whether an order may leave a key to the cell that gives it. */
static bool check_with_the_order(const struct key *key) {
    return key->offset == offsetof(struct source_effect, spec.amount);
}

/* Whether an effect can do without a key. */
static bool check_may_lack(const struct source_effect *effect, enum target_kind target,
                           bool of_order, const struct key *key) {
    if (key->initial != NULL || format_target_gives(target, key->name) ||
        (of_order && check_with_the_order(key))) {
        return true;
    }
    /* Isolate and reconnect are about an asset, or about a tag in a country. */
    const bool either = effect->format->action != effect->format->tag_action;
    const bool by_tag = effect->spec.action == effect->format->tag_action;
    return either && (strcmp(key->name, "asset") == 0) == by_tag;
}

static void check_effect(struct loader *loader, const struct source_effect *effect,
                         enum target_kind target, bool of_order) {
    const struct effect_spec *const spec = &effect->spec;
    if (effect->format == NULL) {
        return;
    }
    const struct place place = loader_place(loader, &effect->at, NULL);
    for (size_t i = 0; i < effect->format->keys.count; i++) {
        const struct key *const key = &effect->format->keys.key[i];
        if ((effect->given & (1U << i)) == 0 && !check_may_lack(effect, target, of_order, key)) {
            loader_error(loader, place, "'%s' needs the key '%s'%s", effect->format->name,
                         key->name, of_order ? ", which the order's target does not give" : "");
        }
    }
    if (spec->asset != NULL && spec->tag != NULL) {
        loader_error(loader, place, "'%s' is about an asset or about a tag, not both",
                     effect->format->name);
    }
    if (spec->country != NULL && spec->other_country != NULL &&
        strcmp(spec->country, spec->other_country) == 0) {
        loader_error(loader, place, "a border lies between two countries");
    }
    if (spec->pool != NULL && spec->other_pool != NULL &&
        strcmp(spec->pool, spec->other_pool) == 0) {
        loader_error(loader, place, "crews go from one pool to another");
    }
    if (spec->kind == EFFECT_ACTION && spec->action == ACTION_DISINFORMATION &&
        (effect->given & 4U) != 0 && spec->duration_ms == 0) {
        loader_error(loader, place, "disinformation goes on for some time");
    }
}

/* ---- Rules, orders ---- */

static void check_rule(struct loader *loader, const struct source_rule *rule) {
    if (rule->spec.at_ms > loader->file.duration_ms) {
        loader_warn(loader, loader_place(loader, &rule->at, "at"),
                    "this time is after the end of the exercise");
    }
    if (rule->spec.when == NULL && rule->spec.times_max > 1) {
        loader_error(loader, loader_place(loader, &rule->at, "times"),
                     "without 'when' nothing ends, so that a rule could fire again");
    }
    if (rule->spec.when == NULL && rule->spec.hold_ms > 0) {
        loader_warn(loader, loader_place(loader, &rule->at, "for"),
                    "'for' counts with 'when' only");
    }
    for (size_t i = 0; i < rule->effect_count; i++) {
        check_effect(loader, &rule->effects[i], TARGET_NONE, false);
    }
}

static void check_order(struct loader *loader, const struct source_order *order) {
    for (size_t i = 0; i < order->effect_count; i++) {
        check_effect(loader, &order->effects[i], order->spec.target, true);
    }
    for (size_t i = 0; i < loader->file.cell_count; i++) {
        if (loader_cell_may(&loader->file.cells[i], order->at.id)) {
            return;
        }
    }
    if (loader->file.cell_count > 0) {
        loader_warn(loader, loader_place(loader, &order->at, NULL), "no cell may give this order");
    }
}

void loader_check_script(struct loader *loader) {
    const struct source_scenario *const file = &loader->file;
    for (size_t i = 0; i < file->campaign_count; i++) {
        check_campaign(loader, &file->campaigns[i]);
    }
    for (size_t i = 0; i < file->rule_count; i++) {
        check_rule(loader, &file->rules[i]);
    }
    for (size_t i = 0; i < file->order_count; i++) {
        check_order(loader, &file->orders[i]);
    }
}
