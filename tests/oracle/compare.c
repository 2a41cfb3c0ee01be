/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/oracle/compare.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPARE_RECORDS_MAX = 1 << 20, COMPARE_DIGEST_EVERY = 10 };

/* Both sides of one comparison. */
struct compare {
    const struct generate_scenario *scenario;
    struct network *network;
    struct cascade *cascade;
    struct oracle *oracle;
    struct oracle *fresh;         /* As it was at the start; NULL: digests are off. */
    struct cause_record *records; /* Of the engine, in this tick. */
    size_t record_count;
    size_t record_capacity;
    uint64_t record_total;
    int64_t *services; /* After the tick before, to know what changed. */
    enum asset_status *statuses;
    int64_t now_ms; /* Of the last step. */
    bool idles;     /* The engine is told of quiet ticks, so integrals may be read in them. */
    bool integrals;
    struct compare_difference *difference;
};

static bool compare_fail(struct compare *compare, const char *format, ...) SPILL_PRINTF(2, 3);

static bool compare_fail(struct compare *compare, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(compare->difference->text, sizeof compare->difference->text, format, arguments);
    va_end(arguments);
    compare->difference->tick = compare->oracle->tick;
    return false;
}

static bool compare_value(struct compare *compare, int64_t engine, int64_t oracle, const char *what,
                          const char *id) {
    if (engine == oracle) {
        return true;
    }
    return compare_fail(compare, "%s of %s: engine %" PRId64 ", oracle %" PRId64, what, id, engine,
                        oracle);
}

/* ---- Names ---- */

static bool compare_counts(struct compare *compare) {
    const struct network *const network = compare->network;
    const struct oracle *const oracle = compare->oracle;
    const struct {
        const char *what;
        size_t engine;
        size_t oracle;
    } counts[] = {
        {"assets", network_asset_count(network), oracle->asset_count},
        {"needs", network_need_count(network), oracle->need_count},
        {"links", network_link_count(network), oracle->link_count},
        {"trusts", network_trust_count(network), oracle->trust_count},
        {"countries", network_country_count(network), oracle->country_count},
        {"sectors", network_sector_count(network), oracle->sector_count},
        {"pools", network_pool_count(network), oracle->pool_count},
        {"tags", network_tag_count(network), oracle->tag_count},
        {"surges", network_surge_count(network), oracle->surge_count},
        {"campaigns", network_campaign_count(network), oracle->campaign_count},
        {"layers", network_layer_count(network), oracle->layer_count},
        {"edges", network_edge_count(network), oracle->edge_count},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (!compare_value(compare, (int64_t)counts[i].engine, (int64_t)counts[i].oracle, "count",
                           counts[i].what)) {
            return false;
        }
    }
    return true;
}

static bool compare_name(struct compare *compare, const char *engine, const char *oracle,
                         const char *what) {
    if (strcmp(engine, oracle) == 0) {
        return true;
    }
    return compare_fail(compare, "order of %s: engine %s, oracle %s", what, engine, oracle);
}

/* Ranks mean the same on both sides. */
static bool compare_names(struct compare *compare) {
    const struct network *const network = compare->network;
    const struct oracle *const oracle = compare->oracle;
    bool same = true;
    for (uint32_t i = 0; same && i < oracle->asset_count; i++) {
        same = compare_name(compare, network_asset_id(network, (struct asset_ref){i}),
                            oracle->assets[i].spec->id, "assets");
    }
    for (uint32_t i = 0; same && i < oracle->need_count; i++) {
        const struct need_ref need = {i};
        same = compare_name(compare, network_need_id(network, need), oracle->needs[i].spec->id,
                            "needs") &&
               compare_value(compare, network_need_asset(network, need).index,
                             (int64_t)oracle->needs[i].asset->rank, "asset",
                             oracle->needs[i].spec->id);
    }
    for (uint32_t i = 0; same && i < oracle->link_count; i++) {
        const struct link_ref link = {i};
        same = compare_value(compare, network_link_supplier(network, link).index,
                             (int64_t)oracle->links[i].supplier->rank, "supplier", "link") &&
               compare_value(compare, network_link_need(network, link).index,
                             oracle->links[i].need - oracle->needs, "need", "link");
    }
    for (uint32_t i = 0; same && i < oracle->country_count; i++) {
        same = compare_name(compare, network_country_id(network, (struct country_ref){i}),
                            oracle->countries[i].id, "countries");
    }
    for (uint32_t i = 0; same && i < oracle->sector_count; i++) {
        same = compare_name(compare, network_sector_id(network, (struct sector_ref){i}),
                            oracle->sectors[i], "sectors");
    }
    for (uint32_t i = 0; same && i < oracle->pool_count; i++) {
        same = compare_name(compare, network_pool_id(network, (struct pool_ref){i}),
                            oracle->pools[i].id, "pools");
    }
    for (uint32_t i = 0; same && i < oracle->tag_count; i++) {
        same = compare_name(compare, network_tag_id(network, (struct tag_ref){i}),
                            oracle->tags[i].id, "tags");
    }
    for (uint32_t i = 0; same && i < oracle->surge_count; i++) {
        same = compare_name(compare, network_surge_id(network, (struct surge_ref){i}),
                            oracle->surges[i]->id, "surges");
    }
    for (uint32_t i = 0; same && i < oracle->campaign_count; i++) {
        same = compare_name(compare, network_campaign_id(network, (struct campaign_ref){i}),
                            oracle->campaigns[i].spec->id, "campaigns");
    }
    return same;
}

/* ---- State ---- */

static int64_t compare_root_index(const struct compare *compare, const struct oracle_root *root) {
    return root == NULL ? (int64_t)NETWORK_NO_INDEX : root - compare->oracle->roots;
}

static int64_t compare_need_index(const struct compare *compare, const struct oracle_need *need) {
    return need == NULL ? (int64_t)NETWORK_NO_INDEX : need - compare->oracle->needs;
}

static int64_t compare_link_index(const struct compare *compare, const struct oracle_link *link) {
    return link == NULL ? (int64_t)NETWORK_NO_INDEX : link - compare->oracle->links;
}

static bool compare_cause(struct compare *compare, const struct oracle_asset *asset) {
    const struct asset_cause cause =
        cascade_asset_cause(compare->cascade, (struct asset_ref){(uint32_t)asset->rank});
    const struct oracle_binding *const binding = &asset->binding;
    const char *const id = asset->spec->id;
    if (!compare_value(compare, cause.limit, binding->limit, "binding limit", id)) {
        return false;
    }
    if (binding->limit == LIMIT_NONE) {
        return compare_value(compare, cause.root.index, NETWORK_NO_INDEX, "root of full service",
                             id);
    }
    return compare_value(compare, cause.need.index, compare_need_index(compare, binding->need),
                         "binding need", id) &&
           compare_value(compare, cause.link.index, compare_link_index(compare, binding->link),
                         "binding link", id) &&
           compare_value(compare, cause.root.index, compare_root_index(compare, binding->root),
                         "root", id) &&
           compare_value(compare, (int64_t)cause.record, (int64_t)asset->record, "record", id) &&
           compare_value(compare, cause.since_ms, asset->record_tick * compare->oracle->tick_ms,
                         "since", id);
}

static bool compare_asset(struct compare *compare, const struct oracle_asset *asset) {
    const struct cascade *const cascade = compare->cascade;
    const struct asset_ref ref = {(uint32_t)asset->rank};
    const char *const id = asset->spec->id;
    const int64_t tick_ms = compare->oracle->tick_ms;
    int64_t ends_ms = 0;
    const bool repairing = cascade_repairing(cascade, ref, &ends_ms);
    const bool at_work = asset->job == ORACLE_JOB_AT_WORK;
    return compare_value(compare, cascade_layer_ppm(cascade, ref), asset->member.level,
                         "level in the layer", id) &&
           compare_value(compare, cascade_tripped(cascade, ref), asset->member.tripped, "tripped",
                         id) &&
           compare_value(compare, cascade_health_ppm(cascade, ref), asset->health, "health", id) &&
           compare_value(compare, cascade_service_ppm(cascade, ref), asset->service, "service",
                         id) &&
           compare_value(compare, cascade_isolated(cascade, ref), asset->isolated, "isolated",
                         id) &&
           compare_value(compare, repairing, at_work, "at work", id) &&
           (!at_work ||
            compare_value(compare, ends_ms, asset->work.due * tick_ms, "end of work", id)) &&
           compare_value(compare, cascade_status(cascade, ref), oracle_status(asset), "status",
                         id) &&
           compare_cause(compare, asset);
}

static bool compare_tally(struct compare *compare, const struct oracle_asset *asset) {
    const struct asset_tally engine =
        cascade_asset_tally(compare->cascade, (struct asset_ref){(uint32_t)asset->rank});
    const struct asset_tally *const oracle = &asset->tally;
    const char *const id = asset->spec->id;
    return compare_value(compare, engine.first_failure_ms, oracle->first_failure_ms,
                         "first failure", id) &&
           compare_value(compare, engine.failed_ms, oracle->failed_ms, "failed time", id) &&
           compare_value(compare, engine.failure_count, oracle->failure_count, "failures", id) &&
           compare_value(compare, engine.person_ms, oracle->person_ms, "person time", id) &&
           compare_value(compare, engine.value_ms, oracle->value_ms, "value lost", id);
}

static bool compare_need(struct compare *compare, const struct oracle_need *need) {
    const struct need_ref ref = {(uint32_t)(need - compare->oracle->needs)};
    char id[160];
    snprintf(id, sizeof id, "%s/%s", need->spec->asset, need->spec->id);
    int64_t ends_ms = 0;
    const bool engine_on = cascade_on_backup(compare->cascade, ref, &ends_ms);
    const bool on = need->active != NULL && need->on;
    return compare_value(compare, cascade_need_ppm(compare->cascade, ref), need->level, "level",
                         id) &&
           compare_value(compare, engine_on, on, "on backup", id) &&
           (!on || compare_value(compare, ends_ms, need->autonomy.due * compare->oracle->tick_ms,
                                 "end of backup", id));
}

static bool compare_link(struct compare *compare, const struct oracle_link *link) {
    const struct link_ref ref = {(uint32_t)(link - compare->oracle->links)};
    char id[240];
    snprintf(id, sizeof id, "%s/%s/%s", link->spec->asset, link->spec->need, link->spec->supplier);
    return compare_value(compare, cascade_link_ppm(compare->cascade, ref), link->delivered,
                         "delivered", id) &&
           (!compare->integrals ||
            compare_value(compare, cascade_link_person_ms(compare->cascade, ref), link->person_ms,
                          "person time", id));
}

static bool compare_edge(struct compare *compare, const struct oracle_edge *edge) {
    const struct edge_ref ref = {(uint32_t)(edge - compare->oracle->edges)};
    const bool along = strcmp(edge->spec->from, edge->low->spec->id) == 0;
    return compare_value(compare, cascade_edge_tripped(compare->cascade, ref), edge->tripped,
                         "tripped edge from", edge->low->spec->id) &&
           compare_value(compare, cascade_edge_flow_w(compare->cascade, ref),
                         along ? edge->flow : -edge->flow, "flow from", edge->low->spec->id);
}

static bool compare_pool(struct compare *compare, const struct oracle_pool *pool) {
    const struct pool_ref ref = {(uint32_t)(pool - compare->oracle->pools)};
    int64_t queue = 0;
    for (size_t i = 0; i < compare->oracle->asset_count; i++) {
        const struct oracle_asset *const asset = &compare->oracle->assets[i];
        queue += asset->pool == pool && asset->job == ORACLE_JOB_QUEUED;
    }
    int64_t free_count = 0;
    const int64_t crews = cascade_crews(compare->cascade, ref, &free_count);
    return compare_value(compare, crews, pool->crews, "crews", pool->id) &&
           compare_value(compare, free_count, pool->free_crews, "free crews", pool->id) &&
           compare_value(compare, cascade_repair_queue(compare->cascade, ref), queue, "queue",
                         pool->id);
}

/* Counts of one campaign in one country, or everywhere for NULL. */
static bool compare_campaign_in(struct compare *compare, const struct oracle_campaign *campaign,
                                const struct oracle_country *country) {
    const struct oracle *const oracle = compare->oracle;
    const struct campaign_ref ref = {(uint32_t)(campaign - oracle->campaigns)};
    const struct country_ref in = {country == NULL ? NETWORK_NO_INDEX : (uint32_t)country->rank};
    int64_t infected = 0;
    int64_t triggered = 0;
    int64_t detected = 0;
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        const struct oracle_exposure *const exposure = &oracle->exposures[i];
        if (exposure->campaign == campaign &&
            (country == NULL || exposure->asset->country == country)) {
            infected += exposure->state != ORACLE_CLEAN;
            triggered += exposure->state == ORACLE_TRIGGERED;
            detected += exposure->detected;
        }
    }
    const char *const id = country == NULL ? "all" : country->id;
    return compare_value(compare, cascade_infected_count(compare->cascade, ref, in), infected,
                         "infected", id) &&
           compare_value(compare, cascade_triggered_count(compare->cascade, ref, in), triggered,
                         "triggered", id) &&
           compare_value(compare, cascade_detected_count(compare->cascade, ref, in), detected,
                         "detected", id);
}

static bool compare_campaign(struct compare *compare, const struct oracle_campaign *campaign) {
    const struct oracle *const oracle = compare->oracle;
    const struct cascade *const cascade = compare->cascade;
    const struct campaign_ref ref = {(uint32_t)(campaign - oracle->campaigns)};
    bool same = compare_value(compare, cascade_campaign_active(cascade, ref), campaign->active,
                              "active", campaign->spec->id) &&
                compare_campaign_in(compare, campaign, NULL);
    for (size_t i = 0; same && i < oracle->country_count; i++) {
        same = compare_campaign_in(compare, campaign, &oracle->countries[i]);
    }
    for (size_t i = 0; same && i < oracle->asset_count; i++) {
        const struct oracle_exposure *const exposure =
            oracle_exposure_find(oracle, campaign, &oracle->assets[i]);
        const bool infected = exposure != NULL && exposure->state != ORACLE_CLEAN;
        const bool triggered = exposure != NULL && exposure->state == ORACLE_TRIGGERED;
        const bool detected = exposure != NULL && exposure->detected;
        const struct asset_ref asset = {(uint32_t)i};
        const char *const id = oracle->assets[i].spec->id;
        same =
            compare_value(compare, cascade_infected(cascade, ref, asset), infected, "infected",
                          id) &&
            compare_value(compare, cascade_triggered(cascade, ref, asset), triggered, "triggered",
                          id) &&
            compare_value(compare, cascade_detected(cascade, ref, asset), detected, "detected", id);
    }
    return same;
}

static bool compare_country_sector(struct compare *compare, const struct oracle_country *country,
                                   size_t sector) {
    const struct cascade *const cascade = compare->cascade;
    const struct country_ref ref = {(uint32_t)country->rank};
    const struct sector_ref sector_ref = {(uint32_t)sector};
    int64_t without = 0;
    int64_t failed = 0;
    for (size_t i = 0; i < compare->oracle->asset_count; i++) {
        const struct oracle_asset *const asset = &compare->oracle->assets[i];
        if (asset->country == country && asset->sector == sector) {
            without += oracle_people_without(asset);
            failed += asset->service < SPILL_FAILED_BELOW;
        }
    }
    return compare_value(compare, cascade_people_without(cascade, ref, sector_ref), without,
                         "people without", country->id) &&
           compare_value(compare, cascade_failed_count(cascade, ref, sector_ref), failed, "failed",
                         country->id) &&
           (!compare->integrals ||
            (compare_value(compare, cascade_person_ms(cascade, ref, sector_ref),
                           country->person_ms[sector], "person time", country->id) &&
             compare_value(compare, cascade_value_ms(cascade, ref, sector_ref),
                           country->value_ms[sector], "value lost", country->id)));
}

static bool compare_country(struct compare *compare, const struct oracle_country *country) {
    const struct oracle *const oracle = compare->oracle;
    const struct cascade *const cascade = compare->cascade;
    const struct country_ref ref = {(uint32_t)country->rank};
    bool same = compare_value(compare, cascade_trust_ppm(cascade, ref), country->trust, "trust",
                              country->id) &&
                compare_value(compare, cascade_narrative_ppm(cascade, ref), country->narrative,
                              "narrative", country->id);
    for (size_t i = 0; same && i < oracle->surge_count; i++) {
        same = compare_value(compare,
                             cascade_demand_ppm(cascade, ref, (struct surge_ref){(uint32_t)i}),
                             country->demand[i], "demand", country->id);
    }
    for (size_t i = 0; same && i < oracle->sector_count; i++) {
        same = compare_country_sector(compare, country, i);
    }
    int64_t spilled = 0;
    for (size_t i = 0; same && compare->integrals && i <= oracle->country_count; i++) {
        const struct country_ref from = {i == oracle->country_count ? NETWORK_NO_INDEX
                                                                    : (uint32_t)i};
        const int64_t engine = cascade_spill_ms(cascade, from, ref);
        spilled += engine;
        same = compare_value(compare, engine, country->spill_ms[i], "spill into", country->id);
    }
    for (size_t i = 0; i < oracle->sector_count; i++) {
        spilled -= country->person_ms[i];
    }
    return same && (!compare->integrals ||
                    compare_value(compare, spilled, 0, "sum of spill into", country->id));
}

static bool compare_roots(struct compare *compare) {
    const struct oracle *const oracle = compare->oracle;
    if (!compare_value(compare, (int64_t)cascade_root_count(compare->cascade),
                       (int64_t)oracle->root_count, "count", "roots")) {
        return false;
    }
    bool same = true;
    for (size_t i = 0; same && i < oracle->root_count; i++) {
        const struct oracle_root *const root = &oracle->roots[i];
        const struct root_ref ref = {(uint32_t)i};
        const struct root engine = cascade_root(compare->cascade, ref);
        const int64_t country =
            root->country == NULL ? (int64_t)NETWORK_NO_INDEX : (int64_t)root->country->rank;
        same = compare_name(compare, engine.kind, root->kind, "kinds of roots") &&
               compare_name(compare, engine.id, root->id, "roots") &&
               compare_value(compare, engine.at_ms, root->tick * oracle->tick_ms, "time of root",
                             root->id) &&
               compare_value(compare, engine.country.index, country, "country of root", root->id) &&
               (!compare->integrals ||
                compare_value(compare, cascade_root_person_ms(compare->cascade, ref),
                              root->person_ms, "person time of root", root->id));
    }
    return same;
}

static bool compare_state(struct compare *compare) {
    const struct oracle *const oracle = compare->oracle;
    bool same = true;
    for (size_t i = 0; same && i < oracle->link_count; i++) {
        same = compare_link(compare, &oracle->links[i]);
    }
    for (size_t i = 0; same && i < oracle->need_count; i++) {
        same = compare_need(compare, &oracle->needs[i]);
    }
    for (size_t i = 0; same && i < oracle->edge_count; i++) {
        same = compare_edge(compare, &oracle->edges[i]);
    }
    for (size_t i = 0; same && i < oracle->campaign_count; i++) {
        same = compare_campaign(compare, &oracle->campaigns[i]);
    }
    same = same && compare_roots(compare);
    for (size_t i = 0; same && i < oracle->asset_count; i++) {
        same = compare_asset(compare, &oracle->assets[i]);
    }
    for (size_t i = 0; same && compare->integrals && i < oracle->asset_count; i++) {
        same = compare_tally(compare, &oracle->assets[i]);
    }
    for (size_t i = 0; same && i < oracle->pool_count; i++) {
        same = compare_pool(compare, &oracle->pools[i]);
    }
    for (size_t i = 0; same && i < oracle->country_count; i++) {
        same = compare_country(compare, &oracle->countries[i]);
    }
    return same;
}

/* ---- Records and lists of one tick ---- */

static void compare_record_keep(const struct cause_record *record, void *context) {
    struct compare *const compare = context;
    SPILL_ASSERT(compare->record_count < COMPARE_RECORDS_MAX);
    if (compare->record_count == compare->record_capacity) {
        const size_t capacity = 2 * compare->record_capacity + 64;
        struct cause_record *const records =
            spill_grow(compare->records, compare->record_capacity, capacity, sizeof *records);
        SPILL_ASSERT(records != NULL);
        compare->records = records;
        compare->record_capacity = capacity;
    }
    compare->records[compare->record_count] = *record;
    compare->record_count++;
}

static bool compare_records(struct compare *compare) {
    const struct oracle *const oracle = compare->oracle;
    bool same = true;
    for (size_t i = 0; same && i < oracle->record_count && i < compare->record_count; i++) {
        const struct cause_record *const engine = &compare->records[i];
        const struct oracle_record *const record = &oracle->records[i];
        const struct oracle_binding *const binding = &record->binding;
        const char *const id = record->asset->spec->id;
        const uint64_t number = oracle->record_total - oracle->record_count + i + 1;
        same = compare_value(compare, engine->round, record->round, "round of record", id) &&
               compare_value(compare, engine->asset.index, (int64_t)record->asset->rank,
                             "asset of record", id) &&
               compare_value(compare, (int64_t)engine->number, (int64_t)number, "number of record",
                             id) &&
               compare_value(compare, engine->at_ms, oracle->tick * oracle->tick_ms,
                             "time of record", id) &&
               compare_value(compare, engine->before_ppm, record->before, "before of record", id) &&
               compare_value(compare, engine->after_ppm, record->after, "after of record", id) &&
               compare_value(compare, engine->limit, binding->limit, "limit of record", id) &&
               compare_value(compare, engine->need.index,
                             compare_need_index(compare, binding->need), "need of record", id) &&
               compare_value(compare, engine->link.index,
                             compare_link_index(compare, binding->link), "link of record", id) &&
               compare_value(compare, engine->root.index,
                             compare_root_index(compare, binding->root), "root of record", id) &&
               compare_value(compare, (int64_t)engine->parent, (int64_t)record->parent,
                             "parent of record", id);
    }
    return same && compare_value(compare, (int64_t)compare->record_count,
                                 (int64_t)oracle->record_count, "count", "records");
}

/* cascade_changed names what changed, and nothing that stayed. */
static bool compare_changed(struct compare *compare, bool stepped) {
    const struct oracle *const oracle = compare->oracle;
    size_t count = 0;
    const struct asset_ref *const changed =
        stepped ? cascade_changed(compare->cascade, &count) : NULL;
    size_t at = 0;
    for (size_t i = 0; i < oracle->asset_count; i++) {
        const struct oracle_asset *const asset = &oracle->assets[i];
        const bool differs =
            asset->service != compare->services[i] || oracle_status(asset) != compare->statuses[i];
        compare->services[i] = asset->service;
        compare->statuses[i] = oracle_status(asset);
        const bool named = at < count && changed[at].index == i;
        at += named;
        if (differs && !named) {
            return compare_fail(compare, "%s changed, and the engine does not say so",
                                asset->spec->id);
        }
        if (named && !differs && !asset->moved_in_tick) {
            return compare_fail(compare, "%s did not change, and the engine says so",
                                asset->spec->id);
        }
    }
    return compare_value(compare, (int64_t)count, (int64_t)at, "count in order", "changed assets");
}

/* Assets that the engine does not name as touched are as they were at time 0. */
static bool compare_touched(struct compare *compare) {
    const struct oracle *const oracle = compare->oracle;
    size_t count = 0;
    const struct asset_ref *const touched = cascade_touched(compare->cascade, &count);
    for (size_t i = 0; i < oracle->asset_count; i++) {
        const struct oracle_asset *const asset = &oracle->assets[i];
        bool named = false;
        for (size_t j = 0; j < count; j++) {
            named = named || touched[j].index == i;
        }
        const bool initial = asset->service == SPILL_PPM && asset->health == SPILL_PPM &&
                             !asset->isolated && asset->tally.person_ms == 0 &&
                             asset->tally.failure_count == 0;
        if (!named && !initial) {
            return compare_fail(compare, "%s was touched, and the engine does not say so",
                                asset->spec->id);
        }
    }
    return true;
}

/* ---- The script ---- */

/* The engine's form of an action; false when it names what the network does not have. */
static bool compare_action(const struct network *network, const struct oracle_action *action,
                           struct action *engine) {
    *engine = (struct action){
        .kind = action->kind,
        .amount_ppm = action->amount_ppm,
        .count = action->count,
        .duration_ms = action->duration_ms,
        .root_kind = action->root_kind,
        .root_id = action->root_id,
    };
    const char *const country = action->country;
    const char *const other_country = action->other_country;
    const char *const pool = action->pool;
    const char *const other_pool = action->other_pool;
    return (action->asset == NULL ||
            network_find_asset(network, action->asset, &engine->asset) == SPILL_OK) &&
           (country == NULL ||
            network_find_country(network, country, &engine->country) == SPILL_OK) &&
           (other_country == NULL ||
            network_find_country(network, other_country, &engine->other_country) == SPILL_OK) &&
           (action->tag == NULL ||
            network_find_tag(network, action->tag, &engine->tag) == SPILL_OK) &&
           (pool == NULL || network_find_pool(network, pool, &engine->pool) == SPILL_OK) &&
           (other_pool == NULL ||
            network_find_pool(network, other_pool, &engine->other_pool) == SPILL_OK) &&
           (action->campaign == NULL ||
            network_find_campaign(network, action->campaign, &engine->campaign) == SPILL_OK);
}

static void compare_give(const struct generate_scenario *scenario, const struct network *network,
                         struct cascade *cascade, struct oracle *oracle, int64_t tick) {
    for (size_t i = 0; i < scenario->action_count; i++) {
        const struct generate_action *const given = &scenario->actions[i];
        if (given->given_after == tick) {
            struct action action;
            const bool known = compare_action(network, &given->action, &action);
            SPILL_ASSERT(known);
            const enum spill_status status = cascade_act(cascade, given->action.at_ms, &action);
            SPILL_ASSERT(status == SPILL_OK);
            if (oracle != NULL) {
                oracle_act(oracle, &given->action);
            }
        }
    }
}

/* ---- The run ---- */

static bool compare_digests(struct compare *compare) {
    if (compare->fresh == NULL) {
        return true;
    }
    uint8_t engine[CASCADE_DIGEST_BYTES];
    uint8_t oracle[CASCADE_DIGEST_BYTES];
    cascade_digest(compare->cascade, engine);
    oracle_digest(compare->oracle, compare->fresh, oracle);
    if (memcmp(engine, oracle, sizeof engine) == 0) {
        return true;
    }
    return compare_fail(compare, "digests differ: engine %02x%02x…, oracle %02x%02x…", engine[0],
                        engine[1], oracle[0], oracle[1]);
}

static bool compare_tick(struct compare *compare, int64_t tick) {
    const int64_t tick_ms = compare->oracle->tick_ms;
    const int64_t next_ms = cascade_next_ms(compare->cascade);
    const bool stepped = next_ms == tick * tick_ms;
    compare->record_count = 0;
    oracle_step(compare->oracle);
    if (stepped) {
        cascade_step(compare->cascade);
    } else if (next_ms < tick * tick_ms) {
        return compare_fail(compare, "next tick of the engine is in the past: %" PRId64 " ms",
                            next_ms);
    } else if (compare->idles) {
        cascade_idle(compare->cascade, tick * tick_ms);
    }
    compare->integrals = stepped || compare->idles;
    if (!compare_state(compare) || !compare_records(compare) ||
        !compare_changed(compare, stepped)) {
        return false;
    }
    if (compare->integrals && tick % COMPARE_DIGEST_EVERY == 0 && !compare_digests(compare)) {
        return false;
    }
    compare->now_ms = stepped ? tick * tick_ms : compare->now_ms;
    if (!compare_value(compare, cascade_now_ms(compare->cascade), compare->now_ms, "time", "now")) {
        return false;
    }
    if (generate_redraws(compare->scenario, tick)) {
        if (!compare->integrals) {
            cascade_idle(compare->cascade, tick * tick_ms);
        }
        cascade_redraw(compare->cascade, compare->scenario->redraw_replica);
        oracle_redraw(compare->oracle, compare->scenario->redraw_replica);
    }
    compare_give(compare->scenario, compare->network, compare->cascade, compare->oracle, tick);
    if (compare->idles && tick % 3 == 0 && tick_ms > 1 &&
        cascade_next_ms(compare->cascade) > (tick + 1) * tick_ms - 1) {
        cascade_idle(compare->cascade, (tick + 1) * tick_ms - 1);
    }
    return true;
}

static bool compare_lockstep(struct compare *compare) {
    if (!compare_counts(compare) || !compare_names(compare)) {
        return false;
    }
    for (size_t i = 0; i < compare->oracle->asset_count; i++) {
        compare->services[i] = SPILL_PPM;
        compare->statuses[i] = ASSET_NORMAL;
    }
    compare_give(compare->scenario, compare->network, compare->cascade, compare->oracle, -1);
    for (int64_t tick = 0; tick <= compare->scenario->ticks; tick++) {
        if (!compare_tick(compare, tick)) {
            return false;
        }
    }
    return compare_touched(compare);
}

enum compare_result compare_run(const struct generate_scenario *scenario, uint64_t *fired,
                                struct compare_difference *difference) {
    struct compare compare = {.now_ms = -1,
                              .scenario = scenario,
                              .difference = difference,
                              .idles = scenario->number % 3 != 0};
    struct spill_error error;
    if (network_create(&scenario->spec, &compare.network, &error) != SPILL_OK) {
        difference->tick = -1;
        snprintf(difference->text, sizeof difference->text, "refused: %.400s", error.text);
        return COMPARE_REFUSED;
    }
    for (size_t i = 0; i < scenario->action_count; i++) {
        struct action action;
        if (!compare_action(compare.network, &scenario->actions[i].action, &action)) {
            network_destroy(&compare.network);
            return COMPARE_REFUSED;
        }
    }
    const struct cascade_options options = {
        .seed = scenario->seed,
        .replica = scenario->replica,
        .digests = scenario->number % 4 != 0,
        .on_cause = compare_record_keep,
        .context = &compare,
    };
    const enum spill_status status = cascade_create(compare.network, &options, &compare.cascade);
    SPILL_ASSERT(status == SPILL_OK);
    compare.oracle =
        oracle_create(&scenario->spec, scenario->seed, scenario->replica, scenario->action_count);
    if (options.digests) {
        compare.fresh = oracle_create(&scenario->spec, scenario->seed, scenario->replica, 0);
    }
    compare.services = spill_alloc(scenario->spec.asset_count, sizeof *compare.services);
    compare.statuses = spill_alloc(scenario->spec.asset_count, sizeof *compare.statuses);
    SPILL_ASSERT(compare.services != NULL);
    SPILL_ASSERT(compare.statuses != NULL);
    const bool same = compare_lockstep(&compare);
    for (size_t i = 0; i < ORACLE_RULE_COUNT; i++) {
        fired[i] += compare.oracle->fired[i];
    }
    free(compare.services);
    free(compare.statuses);
    free(compare.records);
    oracle_destroy(&compare.oracle);
    oracle_destroy(&compare.fresh);
    cascade_destroy(&compare.cascade);
    network_destroy(&compare.network);
    return same ? COMPARE_SAME : COMPARE_DIFFERS;
}

/* ---- The engine alone ---- */

/* Mixes a record into a hash (FNV-1a over its numbers). */
static void compare_record_hash(const struct cause_record *record, void *context) {
    uint64_t *const hash = context;
    const uint64_t numbers[] = {
        record->number,
        record->parent,
        (uint64_t)record->at_ms,
        record->round,
        record->asset.index,
        (uint64_t)record->before_ppm,
        (uint64_t)record->after_ppm,
        (uint64_t)record->limit,
        record->need.index,
        record->link.index,
        record->root.index,
        record->backup_ended,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        *hash = (*hash ^ numbers[i]) * UINT64_C(0x100000001B3);
    }
}

static void compare_engine_until(const struct generate_scenario *scenario,
                                 const struct network *network, struct cascade *cascade,
                                 int64_t from, int64_t until) {
    const int64_t tick_ms = network_tick_ms(network);
    for (int64_t tick = from; tick <= until; tick++) {
        if (cascade_next_ms(cascade) == tick * tick_ms) {
            cascade_step(cascade);
        }
        if (generate_redraws(scenario, tick)) {
            if (cascade_now_ms(cascade) < tick * tick_ms) {
                cascade_idle(cascade, tick * tick_ms);
            }
            cascade_redraw(cascade, scenario->redraw_replica);
        }
        compare_give(scenario, network, cascade, NULL, tick);
    }
}

bool compare_digest(const struct generate_scenario *scenario, bool used, bool copied,
                    uint8_t digest[CASCADE_DIGEST_BYTES], uint64_t *records) {
    struct network *network = NULL;
    if (network_create(&scenario->spec, &network, NULL) != SPILL_OK) {
        return false;
    }
    *records = UINT64_C(0xCBF29CE484222325);
    struct cascade_options options = {
        .seed = used ? ~scenario->seed : scenario->seed,
        .replica = used ? ~scenario->replica : scenario->replica,
        .digests = true,
        .on_cause = compare_record_hash,
        .context = records,
    };
    struct cascade *cascade = NULL;
    enum spill_status status = cascade_create(network, &options, &cascade);
    SPILL_ASSERT(status == SPILL_OK);
    if (used) {
        compare_give(scenario, network, cascade, NULL, -1);
        compare_engine_until(scenario, network, cascade, 0, scenario->ticks / 3);
        cascade_digest(cascade, digest);
        cascade_reset(cascade, scenario->seed, scenario->replica);
        *records = UINT64_C(0xCBF29CE484222325);
    }
    compare_give(scenario, network, cascade, NULL, -1);
    const int64_t middle = scenario->ticks / 2;
    compare_engine_until(scenario, network, cascade, 0, middle);
    if (copied) {
        struct cascade *copy = NULL;
        options.seed = 1;
        status = cascade_create(network, &options, &copy);
        SPILL_ASSERT(status == SPILL_OK);
        cascade_copy(copy, cascade);
        cascade_destroy(&cascade);
        cascade = copy;
    }
    compare_engine_until(scenario, network, cascade, middle + 1, scenario->ticks);
    cascade_digest(cascade, digest);
    cascade_destroy(&cascade);
    network_destroy(&network);
    return true;
}
