/* SPDX-License-Identifier: Apache-2.0 */
/* From a specification to the state at time 0: section 3 of RULES.md. Everything is found by
 * comparing ids. */
#include "tests/oracle/oracle_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORACLE_TEXT_BYTES = 512 };

static void *oracle_array(size_t count, size_t size_bytes) {
    void *const array = spill_alloc(count, size_bytes);
    SPILL_ASSERT(array != NULL);
    return array;
}

static uint64_t oracle_hash(const char *format, ...) SPILL_PRINTF(1, 2);

static uint64_t oracle_hash(const char *format, ...) {
    char text[ORACLE_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    SPILL_ASSERT(length < ORACLE_TEXT_BYTES);
    return fate_hash(text);
}

/* ---- Canonical orders ---- */

static int oracle_country_compare(const void *left, const void *right) {
    const struct oracle_country *const a = left;
    const struct oracle_country *const b = right;
    return strcmp(a->id, b->id);
}

static int oracle_text_compare(const void *left, const void *right) {
    const char *const *const a = left;
    const char *const *const b = right;
    return strcmp(*a, *b);
}

static int oracle_pool_compare(const void *left, const void *right) {
    const struct oracle_pool *const a = left;
    const struct oracle_pool *const b = right;
    return strcmp(a->id, b->id);
}

static int oracle_tag_compare(const void *left, const void *right) {
    const struct oracle_tag *const a = left;
    const struct oracle_tag *const b = right;
    return strcmp(a->id, b->id);
}

static int oracle_surge_compare(const void *left, const void *right) {
    const struct surge_spec *const *const a = left;
    const struct surge_spec *const *const b = right;
    return strcmp((*a)->id, (*b)->id);
}

static int oracle_asset_compare(const void *left, const void *right) {
    const struct oracle_asset *const a = left;
    const struct oracle_asset *const b = right;
    return strcmp(a->spec->id, b->spec->id);
}

static int oracle_need_compare(const void *left, const void *right) {
    const struct oracle_need *const a = left;
    const struct oracle_need *const b = right;
    const int asset = strcmp(a->spec->asset, b->spec->asset);
    return asset != 0 ? asset : strcmp(a->spec->id, b->spec->id);
}

static int oracle_link_compare(const void *left, const void *right) {
    const struct oracle_link *const a = left;
    const struct oracle_link *const b = right;
    const int asset = strcmp(a->spec->asset, b->spec->asset);
    const int need = strcmp(a->spec->need, b->spec->need);
    const int supplier = strcmp(a->spec->supplier, b->spec->supplier);
    return asset != 0 ? asset : need != 0 ? need : supplier;
}

static int oracle_trust_compare(const void *left, const void *right) {
    const struct oracle_trust *const a = left;
    const struct oracle_trust *const b = right;
    const int from = strcmp(a->spec->from, b->spec->from);
    return from != 0 ? from : strcmp(a->spec->to, b->spec->to);
}

static int oracle_campaign_compare(const void *left, const void *right) {
    const struct oracle_campaign *const a = left;
    const struct oracle_campaign *const b = right;
    return strcmp(a->spec->id, b->spec->id);
}

/* ---- Parts ---- */

static void oracle_build_tags(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    size_t most = spec->tag_count;
    for (size_t i = 0; i < spec->asset_count; i++) {
        most += spec->assets[i].tag_count;
    }
    for (size_t i = 0; i < spec->campaign_count; i++) {
        most += spec->campaigns[i].tag_count + spec->campaigns[i].push_count;
    }
    oracle->tags = oracle_array(most, sizeof *oracle->tags);
    size_t count = 0;
    for (size_t i = 0; i < spec->tag_count; i++) {
        oracle->tags[count++] = (struct oracle_tag){.id = spec->tags[i].id, .spec = &spec->tags[i]};
    }
    for (size_t i = 0; i < spec->asset_count; i++) {
        for (size_t j = 0; j < spec->assets[i].tag_count; j++) {
            oracle->tags[count++].id = spec->assets[i].tags[j];
        }
    }
    for (size_t i = 0; i < spec->campaign_count; i++) {
        for (size_t j = 0; j < spec->campaigns[i].tag_count; j++) {
            oracle->tags[count++].id = spec->campaigns[i].tags[j];
        }
        for (size_t j = 0; j < spec->campaigns[i].push_count; j++) {
            oracle->tags[count++].id = spec->campaigns[i].pushes[j].tag;
        }
    }
    /* One of each; of equals the first, which is the listed one if there is one. */
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < oracle->tag_count; j++) {
            known = known || strcmp(oracle->tags[j].id, oracle->tags[i].id) == 0;
        }
        if (!known) {
            oracle->tags[oracle->tag_count++] = oracle->tags[i];
        }
    }
    qsort(oracle->tags, oracle->tag_count, sizeof *oracle->tags, oracle_tag_compare);
}

static void oracle_build_names(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->sector_count = spec->sector_count;
    oracle->sectors = oracle_array(spec->sector_count, sizeof *oracle->sectors);
    for (size_t i = 0; i < spec->sector_count; i++) {
        oracle->sectors[i] = spec->sectors[i].id;
    }
    qsort(oracle->sectors, oracle->sector_count, sizeof *oracle->sectors, oracle_text_compare);
    oracle->surge_count = spec->surge_count;
    oracle->surges = oracle_array(spec->surge_count, sizeof *oracle->surges);
    for (size_t i = 0; i < spec->surge_count; i++) {
        oracle->surges[i] = &spec->surges[i];
    }
    qsort(oracle->surges, oracle->surge_count, sizeof *oracle->surges, oracle_surge_compare);
    oracle->pool_count = spec->pool_count;
    oracle->pools = oracle_array(spec->pool_count, sizeof *oracle->pools);
    for (size_t i = 0; i < spec->pool_count; i++) {
        oracle->pools[i] = (struct oracle_pool){
            .id = spec->pools[i].id,
            .entity.hash = oracle_hash("pool:%s", spec->pools[i].id),
            .crews = spec->pools[i].crews,
            .free_crews = spec->pools[i].crews,
        };
    }
    qsort(oracle->pools, oracle->pool_count, sizeof *oracle->pools, oracle_pool_compare);
}

static void oracle_build_countries(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    const size_t count = spec->country_count;
    oracle->country_count = count;
    oracle->countries = oracle_array(count, sizeof *oracle->countries);
    for (size_t i = 0; i < count; i++) {
        oracle->countries[i].id = spec->countries[i].id;
        oracle->countries[i].resting = spec->countries[i].trust_ppm;
    }
    qsort(oracle->countries, count, sizeof *oracle->countries, oracle_country_compare);
    for (size_t i = 0; i < count; i++) {
        struct oracle_country *const country = &oracle->countries[i];
        country->rank = i;
        country->trust = country->resting;
        country->first_demand = ORACLE_NEVER;
        country->demand = oracle_array(oracle->surge_count, sizeof *country->demand);
        for (size_t j = 0; j < oracle->surge_count; j++) {
            country->demand[j] = SPILL_PPM;
        }
        country->holds = oracle_array(oracle->tag_count, sizeof *country->holds);
        country->person_ms = oracle_array(oracle->sector_count, sizeof *country->person_ms);
        country->value_ms = oracle_array(oracle->sector_count, sizeof *country->value_ms);
        country->spill_ms = oracle_array(count + 1, sizeof *country->spill_ms);
    }
    oracle->closed = oracle_array(count * count, sizeof *oracle->closed);
}

static size_t oracle_surge_rank(const struct oracle *oracle, const char *id) {
    size_t rank = 0;
    while (rank < oracle->surge_count &&
           (id == NULL || strcmp(oracle->surges[rank]->id, id) != 0)) {
        rank++;
    }
    return rank;
}

static struct oracle_asset *oracle_asset_of(const struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->asset_count; i++) {
        if (strcmp(oracle->assets[i].spec->id, id) == 0) {
            return &oracle->assets[i];
        }
    }
    SPILL_ASSERT(false);
    return NULL;
}

static void oracle_build_asset(struct oracle *oracle, struct oracle_asset *asset) {
    const struct asset_spec *const spec = asset->spec;
    asset->entity.hash = oracle_hash("asset:%s", spec->id);
    for (size_t i = 0; i < oracle->country_count; i++) {
        if (strcmp(oracle->countries[i].id, spec->country) == 0) {
            asset->country = &oracle->countries[i];
        }
    }
    SPILL_ASSERT(asset->country != NULL);
    while (strcmp(oracle->sectors[asset->sector], spec->sector) != 0) {
        asset->sector++;
        SPILL_ASSERT(asset->sector < oracle->sector_count);
    }
    for (size_t i = 0; i < oracle->pool_count && spec->pool != NULL; i++) {
        if (strcmp(oracle->pools[i].id, spec->pool) == 0) {
            asset->pool = &oracle->pools[i];
        }
    }
    asset->surge = oracle_surge_rank(oracle, spec->surge);
    asset->health = SPILL_PPM;
    asset->service = SPILL_PPM;
    asset->cap = SPILL_PPM;
    asset->changed_at = INT64_MIN / 2;
    asset->manual_wait.due = ORACLE_NEVER;
    asset->restart.due = ORACLE_NEVER;
    asset->work.due = ORACLE_NEVER;
    asset->lifetime.due = ORACLE_NEVER;
    asset->tally.first_failure_ms = SPILL_NEVER;
}

static void oracle_build_assets(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->asset_count = spec->asset_count;
    oracle->assets = oracle_array(spec->asset_count, sizeof *oracle->assets);
    for (size_t i = 0; i < spec->asset_count; i++) {
        oracle->assets[i].spec = &spec->assets[i];
    }
    qsort(oracle->assets, oracle->asset_count, sizeof *oracle->assets, oracle_asset_compare);
    for (size_t i = 0; i < oracle->asset_count; i++) {
        oracle->assets[i].rank = i;
        oracle_build_asset(oracle, &oracle->assets[i]);
    }
}

static void oracle_build_need(struct oracle *oracle, struct oracle_need *need) {
    const struct need_spec *const spec = need->spec;
    need->entity.hash = oracle_hash("need:%s/%s", spec->asset, spec->id);
    need->asset = oracle_asset_of(oracle, spec->asset);
    need->control = strcmp(spec->kind != NULL ? spec->kind : spec->id, "control") == 0;
    need->surge = oracle_surge_rank(oracle, spec->surge);
    need->threshold_replica = oracle->replica;
    need->arrives = SPILL_PPM;
    need->level = SPILL_PPM;
    need->gap.due = ORACLE_NEVER;
    need->autonomy.due = ORACLE_NEVER;
    need->backups = oracle_array(spec->backup_count, sizeof *need->backups);
    for (size_t j = 0; j < spec->backup_count; j++) {
        need->backups[j] = (struct oracle_backup){
            .spec = &spec->backups[j],
            .entity.hash =
                oracle_hash("backup:%s/%s/%s", spec->asset, spec->id, spec->backups[j].id),
            .charge = SPILL_PPM,
            .recharge.due = ORACLE_NEVER,
        };
    }
    struct oracle_asset *const asset = need->asset;
    struct oracle_need **const needs = spill_grow(
        asset->needs, asset->need_count, asset->need_count + 1, sizeof(struct oracle_need *));
    SPILL_ASSERT(needs != NULL);
    asset->needs = needs;
    asset->needs[asset->need_count++] = need;
    SPILL_ASSERT(asset->need_count <= ORACLE_NEEDS_MAX);
}

static void oracle_build_link(struct oracle *oracle, struct oracle_link *link) {
    const struct link_spec *const spec = link->spec;
    link->entity.hash = oracle_hash("link:%s/%s/%s", spec->asset, spec->need, spec->supplier);
    link->supplier = oracle_asset_of(oracle, spec->supplier);
    for (size_t i = 0; i < oracle->need_count; i++) {
        if (strcmp(oracle->needs[i].spec->asset, spec->asset) == 0 &&
            strcmp(oracle->needs[i].spec->id, spec->need) == 0) {
            link->need = &oracle->needs[i];
        }
    }
    SPILL_ASSERT(link->need != NULL);
    struct oracle_need *const need = link->need;
    struct oracle_link **const links = spill_grow(
        need->links, need->link_count, need->link_count + 1, sizeof(struct oracle_link *));
    SPILL_ASSERT(links != NULL);
    need->links = links;
    need->links[need->link_count++] = link;
    SPILL_ASSERT(need->link_count <= ORACLE_LINKS_MAX);
    link->delivered = SPILL_PPM;
    link->delivered_tick = -1;
    oracle_couple(oracle, link);
}

static void oracle_build_needs(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->need_count = spec->need_count;
    oracle->needs = oracle_array(spec->need_count, sizeof *oracle->needs);
    for (size_t i = 0; i < spec->need_count; i++) {
        oracle->needs[i].spec = &spec->needs[i];
    }
    qsort(oracle->needs, oracle->need_count, sizeof *oracle->needs, oracle_need_compare);
    for (size_t i = 0; i < oracle->need_count; i++) {
        oracle_build_need(oracle, &oracle->needs[i]);
    }
    oracle->link_count = spec->link_count;
    oracle->links = oracle_array(spec->link_count, sizeof *oracle->links);
    for (size_t i = 0; i < spec->link_count; i++) {
        oracle->links[i].spec = &spec->links[i];
    }
    qsort(oracle->links, oracle->link_count, sizeof *oracle->links, oracle_link_compare);
    for (size_t i = 0; i < oracle->link_count; i++) {
        oracle_build_link(oracle, &oracle->links[i]);
    }
}

/* ---- Cyber ---- */

static void oracle_build_trusts(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->trust_count = spec->trust_count;
    oracle->trusts = oracle_array(spec->trust_count, sizeof *oracle->trusts);
    for (size_t i = 0; i < spec->trust_count; i++) {
        oracle->trusts[i].spec = &spec->trusts[i];
    }
    qsort(oracle->trusts, oracle->trust_count, sizeof *oracle->trusts, oracle_trust_compare);
    for (size_t i = 0; i < oracle->trust_count; i++) {
        struct oracle_trust *const trust = &oracle->trusts[i];
        trust->from = oracle_asset_of(oracle, trust->spec->from);
        trust->to = oracle_asset_of(oracle, trust->spec->to);
        trust->law =
            (struct law_spec){.kind = LAW_EXPONENTIAL, .a_ms = trust->spec->mean_contact_ms};
        trust->open = true;
        for (size_t j = 0; j < oracle->link_count && trust->spec->carrier != NULL; j++) {
            char id[ORACLE_TEXT_BYTES];
            const struct link_spec *const link = oracle->links[j].spec;
            snprintf(id, sizeof id, "%s/%s/%s", link->asset, link->need, link->supplier);
            if (strcmp(id, trust->spec->carrier) == 0) {
                trust->carrier = &oracle->links[j];
            }
        }
    }
}

static bool oracle_targeted(const struct oracle *oracle, const struct oracle_tag *tag) {
    for (size_t i = 0; i < oracle->campaign_count; i++) {
        if (oracle_campaign_targets(&oracle->campaigns[i], tag)) {
            return true;
        }
    }
    return false;
}

static void oracle_build_exposures(struct oracle *oracle) {
    oracle->patches =
        oracle_array(oracle->tag_count * oracle->asset_count, sizeof *oracle->patches);
    oracle->exposures =
        oracle_array(oracle->campaign_count * oracle->asset_count, sizeof *oracle->exposures);
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        for (size_t j = 0; j < oracle->tag_count; j++) {
            if (oracle_targeted(oracle, &oracle->tags[j]) &&
                oracle_carries(asset, oracle->tags[j].id)) {
                oracle->patches[oracle->patch_count++] = (struct oracle_patch){
                    .entity.hash = oracle_hash("patch:%s/%s", oracle->tags[j].id, asset->spec->id),
                    .tag = &oracle->tags[j],
                    .asset = asset,
                    .wait.due = ORACLE_NEVER,
                };
            }
        }
        for (size_t j = 0; j < oracle->campaign_count; j++) {
            struct oracle_campaign *const campaign = &oracle->campaigns[j];
            bool exposed = false;
            for (size_t k = 0; k < campaign->spec->tag_count; k++) {
                exposed = exposed || oracle_carries(asset, campaign->spec->tags[k]);
            }
            if (exposed) {
                oracle->exposures[oracle->exposure_count++] = (struct oracle_exposure){
                    .entity.hash =
                        oracle_hash("exposure:%s/%s", campaign->spec->id, asset->spec->id),
                    .campaign = campaign,
                    .asset = asset,
                    .detection.due = ORACLE_NEVER,
                    .trigger.due = ORACLE_NEVER,
                };
            }
        }
    }
}

static void oracle_build_contacts(struct oracle *oracle) {
    oracle->contacts =
        oracle_array(oracle->campaign_count * oracle->trust_count, sizeof *oracle->contacts);
    for (size_t i = 0; i < oracle->campaign_count; i++) {
        struct oracle_campaign *const campaign = &oracle->campaigns[i];
        for (size_t j = 0; j < oracle->trust_count && campaign->spec->spreads_by_trust; j++) {
            struct oracle_trust *const trust = &oracle->trusts[j];
            if (oracle_exposure_find(oracle, campaign, trust->to) != NULL) {
                oracle->contacts[oracle->contact_count++] = (struct oracle_contact){
                    .entity.hash = oracle_hash("contact:%s/%s>%s", campaign->spec->id,
                                               trust->spec->from, trust->spec->to),
                    .campaign = campaign,
                    .trust = trust,
                };
            }
        }
    }
}

static void oracle_build_pushes(struct oracle *oracle, struct oracle_campaign *campaign,
                                size_t *capacity) {
    for (size_t i = 0; i < campaign->spec->push_count; i++) {
        const struct push_spec *const spec = &campaign->spec->pushes[i];
        for (size_t j = 0; j < oracle->asset_count; j++) {
            struct oracle_asset *const customer = &oracle->assets[j];
            if (strcmp(customer->spec->id, spec->supplier) == 0 ||
                !oracle_carries(customer, spec->tag) ||
                oracle_exposure_find(oracle, campaign, customer) == NULL) {
                continue;
            }
            struct oracle_push *const pushes =
                spill_grow(oracle->pushes, *capacity, oracle->push_count + 1, sizeof *pushes);
            SPILL_ASSERT(pushes != NULL);
            oracle->pushes = pushes;
            pushes[oracle->push_count++] = (struct oracle_push){
                .entity.hash = oracle_hash("push:%s/%s/%s/%s", campaign->spec->id, spec->supplier,
                                           spec->tag, customer->spec->id),
                .campaign = campaign,
                .spec = spec,
                .supplier = oracle_asset_of(oracle, spec->supplier),
                .customer = customer,
                .wait.due = ORACLE_NEVER,
            };
            *capacity = oracle->push_count;
        }
    }
}

static void oracle_build_campaigns(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->campaign_count = spec->campaign_count;
    oracle->campaigns = oracle_array(spec->campaign_count, sizeof *oracle->campaigns);
    for (size_t i = 0; i < spec->campaign_count; i++) {
        oracle->campaigns[i].spec = &spec->campaigns[i];
    }
    qsort(oracle->campaigns, oracle->campaign_count, sizeof *oracle->campaigns,
          oracle_campaign_compare);
    oracle_build_exposures(oracle);
    oracle_build_contacts(oracle);
    size_t capacity = 0;
    for (size_t i = 0; i < oracle->campaign_count; i++) {
        oracle_build_pushes(oracle, &oracle->campaigns[i], &capacity);
    }
}

struct oracle *oracle_create(const struct network_spec *spec, uint64_t seed, uint32_t replica,
                             size_t action_count_max) {
    struct oracle *const oracle = oracle_array(1, sizeof *oracle);
    oracle->spec = spec;
    oracle->seed = seed;
    oracle->replica = replica;
    oracle->tick_ms = spec->tick_ms == 0 ? 1000 : spec->tick_ms;
    oracle->tick = -1;
    const int64_t dwell = oracle_ticks(oracle, spec->dwell_ms);
    oracle->dwell = dwell < 1 ? 1 : dwell;
    const int64_t interval_ms = spec->information.interval_ms;
    oracle->interval = oracle_ticks(oracle, interval_ms == 0 ? 15 * 60 * 1000 : interval_ms);
    oracle->root_capacity = action_count_max + spec->campaign_count + spec->country_count +
                            spec->asset_count + spec->layer_count;
    oracle->roots = oracle_array(oracle->root_capacity, sizeof *oracle->roots);
    oracle_build_tags(oracle);
    oracle_build_names(oracle);
    oracle_build_countries(oracle);
    oracle_build_assets(oracle);
    oracle_build_needs(oracle);
    oracle_build_trusts(oracle);
    oracle_build_campaigns(oracle);
    oracle_build_layers(oracle);
    return oracle;
}

void oracle_destroy(struct oracle **oracle) {
    struct oracle *const old = *oracle;
    *oracle = NULL;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < old->country_count; i++) {
        free(old->countries[i].demand);
        free(old->countries[i].holds);
        free(old->countries[i].person_ms);
        free(old->countries[i].value_ms);
        free(old->countries[i].spill_ms);
    }
    for (size_t i = 0; i < old->asset_count; i++) {
        free(old->assets[i].needs);
    }
    for (size_t i = 0; i < old->need_count; i++) {
        free(old->needs[i].links);
        free(old->needs[i].backups);
    }
    oracle_destroy_layers(old);
    void *const arrays[] = {
        old->countries, old->sectors, old->pools,  old->tags,      old->surges,    old->assets,
        old->needs,     old->links,   old->trusts, old->campaigns, old->exposures, old->contacts,
        old->patches,   old->pushes,  old->closed, old->aids,      old->rumours,   old->actions,
        old->roots,     old->records, old,
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(arrays[i]);
    }
}
