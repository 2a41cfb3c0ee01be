/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/network_build.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"

static const char *network_shown(const char *id) {
    return id == NULL ? "" : id;
}

/* ---- Trust links ---- */

struct network_trust_order {
    uint32_t from;
    uint32_t to;
    uint32_t index;
};

static int network_trust_compare(const void *left, const void *right) {
    const struct network_trust_order *const a = left;
    const struct network_trust_order *const b = right;
    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    return (a->to > b->to) - (a->to < b->to);
}

static enum spill_status network_order_trusts(struct network_builder *builder,
                                              struct network_trust_order *order) {
    const struct network_spec *const spec = builder->spec;
    for (size_t i = 0; i < spec->trust_count; i++) {
        const struct trust_spec *const trust = &spec->trusts[i];
        const uint32_t from = network_build_asset_rank(builder, trust->from);
        const uint32_t to = network_build_asset_rank(builder, trust->to);
        if (from == NETWORK_NO_INDEX || to == NETWORK_NO_INDEX || from == to) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "trust link \"%s>%s\": it needs two different assets",
                              network_shown(trust->from), network_shown(trust->to));
        }
        order[i] = (struct network_trust_order){from, to, (uint32_t)i};
    }
    qsort(order, spec->trust_count, sizeof *order, network_trust_compare);
    for (size_t i = 1; i < spec->trust_count; i++) {
        if (network_trust_compare(&order[i - 1], &order[i]) == 0) {
            const struct trust_spec *const trust = &spec->trusts[order[i].index];
            return spill_fail(builder->error, SPILL_INVALID, "trust link \"%s>%s\" is there twice",
                              trust->from, trust->to);
        }
    }
    return SPILL_OK;
}

/* The link with id "asset/need/supplier", or NETWORK_NO_INDEX. */
static uint32_t network_carrier_rank(const struct network_builder *builder, const char *id) {
    const struct network *const network = builder->network;
    char text[NETWORK_ENTITY_ID_BYTES];
    const size_t bytes = strlen(id);
    if (bytes >= sizeof text) {
        return NETWORK_NO_INDEX;
    }
    memcpy(text, id, bytes + 1);
    char *const slash = strchr(text, '/');
    char *const last = strrchr(text, '/');
    if (slash == NULL || slash == last) {
        return NETWORK_NO_INDEX;
    }
    *slash = '\0';
    *last = '\0';
    const uint32_t asset = network_build_asset_rank(builder, text);
    const uint32_t supplier = network_build_asset_rank(builder, last + 1);
    const uint32_t need =
        asset == NETWORK_NO_INDEX ? NETWORK_NO_INDEX : network_need_rank(network, asset, slash + 1);
    if (need == NETWORK_NO_INDEX || supplier == NETWORK_NO_INDEX) {
        return NETWORK_NO_INDEX;
    }
    uint32_t low = network->needs[need].first_link;
    uint32_t high = network->needs[need + 1].first_link;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (network->links[middle].supplier < supplier) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < network->needs[need + 1].first_link && network->links[low].supplier == supplier
               ? low
               : NETWORK_NO_INDEX;
}

static enum spill_status network_build_trust(struct network_builder *builder,
                                             const struct trust_spec *spec,
                                             const struct network_trust_order *order,
                                             struct network_trust *trust) {
    trust->from = order->from;
    trust->to = order->to;
    trust->carrier = NETWORK_NO_INDEX;
    if (spec->carrier != NULL) {
        trust->carrier = network_carrier_rank(builder, spec->carrier);
        if (trust->carrier == NETWORK_NO_INDEX) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "trust link \"%s>%s\": no service link \"%s\"", spec->from, spec->to,
                              spec->carrier);
        }
    }
    const struct law_spec contact = {.kind = LAW_EXPONENTIAL, .a_ms = spec->mean_contact_ms};
    return network_build_law(builder, &contact, spec->from, &trust->contact);
}

/* Which trust links begin and end at each asset. */
static enum spill_status network_attach_trusts(struct network *network) {
    const size_t count = network->trust_count;
    uint32_t *const owner_of = spill_alloc(count, sizeof *owner_of);
    if (owner_of == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        owner_of[i] = network->trusts[i].from;
    }
    enum spill_status status =
        network_group_make(&network->trust_out, owner_of, NULL, count, network->asset_count);
    for (size_t i = 0; i < count; i++) {
        owner_of[i] = network->trusts[i].to;
    }
    if (status == SPILL_OK) {
        status =
            network_group_make(&network->trust_in, owner_of, NULL, count, network->asset_count);
    }
    free(owner_of);
    return status;
}

enum spill_status network_build_trusts(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    struct network_trust_order *const order = spill_alloc(spec->trust_count, sizeof *order);
    network->trusts = spill_alloc(spec->trust_count, sizeof *network->trusts);
    enum spill_status status = order == NULL || network->trusts == NULL
                                   ? SPILL_MEMORY
                                   : network_order_trusts(builder, order);
    for (size_t i = 0; i < spec->trust_count && status == SPILL_OK; i++) {
        status = network_build_trust(builder, &spec->trusts[order[i].index], &order[i],
                                     &network->trusts[i]);
    }
    free(order);
    network->trust_count = spec->trust_count;
    return status == SPILL_OK ? network_attach_trusts(network) : status;
}

/* ---- Campaigns ---- */

static const char *network_campaign_spec_id(const struct network_spec *spec, size_t index) {
    return spec->campaigns[index].id;
}

static enum spill_status network_build_campaign_laws(struct network_builder *builder,
                                                     const struct campaign_spec *spec,
                                                     struct network_campaign *campaign) {
    enum spill_status status = names_add(&builder->names, spec->id, &campaign->name);
    builder->network->text = builder->names.text;
    if (status == SPILL_OK) {
        status =
            network_build_law(builder, &spec->trigger_delay, spec->id, &campaign->trigger_delay);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->detection, spec->id, &campaign->detection);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->detection_shared, spec->id,
                                   &campaign->detection_shared);
    }
    return status;
}

static enum spill_status network_build_campaign(struct network_builder *builder,
                                                const struct campaign_spec *spec,
                                                struct network_campaign *campaign) {
    struct network *const network = builder->network;
    if (!network_is_ppm(spec->health_ppm) || spec->trigger_at_ms < 0 ||
        spec->trigger_at_ms > LAW_MAX_MS) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "campaign \"%s\": health or time of trigger is out of range", spec->id);
    }
    campaign->hash = chance_hash("campaign", spec->id);
    campaign->trigger_at_ms = spec->trigger_at_ms;
    campaign->health_ppm = (int32_t)spec->health_ppm;
    campaign->spreads_by_trust = spec->spreads_by_trust;
    campaign->trigger_common = spec->trigger_common;
    campaign->takes_health = spec->takes_health;
    campaign->takes_control = spec->takes_control;
    campaign->spreads_after_trigger = spec->spreads_after_trigger;
    campaign->rebuilt_patched = spec->rebuilt_patched;
    uint32_t *const tags = network->campaign_tags + campaign->first_tag;
    for (size_t i = 0; i < spec->tag_count; i++) {
        tags[i] = network_build_tag_rank(builder, spec->tags[i]);
        SPILL_ASSERT(tags[i] != NETWORK_NO_INDEX);
        network->tags[tags[i]].targeted = true;
        for (size_t j = 0; j < i; j++) {
            if (tags[j] == tags[i]) {
                return spill_fail(builder->error, SPILL_INVALID,
                                  "campaign \"%s\": tag \"%s\" is there twice", spec->id,
                                  spec->tags[i]);
            }
        }
    }
    return network_build_campaign_laws(builder, spec, campaign);
}

enum spill_status network_build_campaigns(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    size_t tag_count = 0;
    size_t entry_count = 0;
    for (size_t i = 0; i < spec->campaign_count; i++) {
        tag_count += spec->campaigns[i].tag_count;
        entry_count += spec->campaigns[i].entry_count;
    }
    if (tag_count > SPILL_PAIRS_MAX || entry_count > SPILL_PAIRS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "the campaigns have too many tags or entries");
    }
    struct network_order *order = NULL;
    enum spill_status status = network_build_ids(builder, "campaign", spec->campaign_count,
                                                 network_campaign_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->campaigns = spill_alloc(spec->campaign_count + 1, sizeof *network->campaigns);
    network->campaign_tags = spill_alloc(tag_count, sizeof *network->campaign_tags);
    network->campaign_entries = spill_alloc(entry_count, sizeof *network->campaign_entries);
    if (network->campaigns == NULL || network->campaign_tags == NULL ||
        network->campaign_entries == NULL) {
        status = SPILL_MEMORY;
    }
    uint32_t first_tag = 0;
    for (size_t i = 0; i < spec->campaign_count && status == SPILL_OK; i++) {
        const struct campaign_spec *const campaign = &spec->campaigns[order[i].index];
        network->campaigns[i].first_tag = first_tag;
        first_tag += (uint32_t)campaign->tag_count;
        status = network_build_campaign(builder, campaign, &network->campaigns[i]);
        network->campaigns[i + 1].first_tag = first_tag;
    }
    network->campaign_count = spec->campaign_count;
    free(order);
    return status;
}

/* ---- Patches and exposures ---- */

static enum spill_status network_build_patches(struct network_builder *builder) {
    struct network *const network = builder->network;
    size_t total = 0;
    for (size_t i = 0; i < network->tag_count; i++) {
        size_t count = 0;
        (void)network_group_items(&network->tag_assets, i, &count);
        network->tags[i].first_patch = (uint32_t)total;
        total += network->tags[i].targeted ? count : 0;
    }
    network->tags[network->tag_count].first_patch = (uint32_t)total;
    network->patches = spill_alloc(total, sizeof *network->patches);
    uint32_t *const owner_of = spill_alloc(total, sizeof *owner_of);
    if (network->patches == NULL || owner_of == NULL) {
        free(owner_of);
        return SPILL_MEMORY;
    }
    for (uint32_t i = 0; i < network->tag_count; i++) {
        size_t count = 0;
        const uint32_t *const assets = network_group_items(&network->tag_assets, i, &count);
        for (size_t j = 0; j < count && network->tags[i].targeted; j++) {
            const uint32_t patch = network->tags[i].first_patch + (uint32_t)j;
            char id[NETWORK_ENTITY_ID_BYTES];
            network->patches[patch] = (struct network_patch){.tag = i, .asset = assets[j]};
            network->patches[patch].hash =
                chance_hash("patch", network_patch_path(network, patch, id));
            owner_of[patch] = assets[j];
        }
    }
    network->patch_count = total;
    const enum spill_status status =
        network_group_make(&network->asset_patches, owner_of, NULL, total, network->asset_count);
    free(owner_of);
    return status;
}

static bool network_campaign_targets(const struct network *network, uint32_t campaign,
                                     uint32_t tag) {
    for (uint32_t i = network->campaigns[campaign].first_tag;
         i < network->campaigns[campaign + 1].first_tag; i++) {
        if (network->campaign_tags[i] == tag) {
            return true;
        }
    }
    return false;
}

/* Walks all exposures in order; with `fill`, writes them, and the patches of each. Returns how many
 * patches. */
static size_t network_walk_exposures(struct network *network, bool fill, uint32_t *owner_of,
                                     uint32_t *value_of) {
    size_t pair_count = 0;
    uint32_t exposure = 0;
    for (uint32_t i = 0; i < network->campaign_count; i++) {
        network->campaigns[i].first_exposure = exposure;
        for (uint32_t asset = 0; asset < network->asset_count; asset++) {
            size_t patch_count = 0;
            const uint32_t *const patches =
                network_group_items(&network->asset_patches, asset, &patch_count);
            bool exposed = false;
            for (size_t j = 0; j < patch_count; j++) {
                if (network_campaign_targets(network, i, network->patches[patches[j]].tag)) {
                    exposed = true;
                    if (fill) {
                        owner_of[pair_count] = exposure;
                        value_of[pair_count] = patches[j];
                    }
                    pair_count++;
                }
            }
            if (exposed && fill) {
                char id[NETWORK_ENTITY_ID_BYTES];
                network->exposures[exposure] =
                    (struct network_exposure){.campaign = i, .asset = asset};
                network->exposures[exposure].hash =
                    chance_hash("exposure", network_exposure_path(network, exposure, id));
            }
            exposure += exposed ? 1 : 0;
        }
    }
    network->campaigns[network->campaign_count].first_exposure = exposure;
    network->exposure_count = exposure;
    return pair_count;
}

static enum spill_status network_group_exposures(struct network *network, uint32_t *owner_of,
                                                 uint32_t *value_of, size_t pair_count) {
    enum spill_status status = network_group_make(&network->exposure_patches, owner_of, value_of,
                                                  pair_count, network->exposure_count);
    if (status == SPILL_OK) {
        status = network_group_make(&network->patch_exposures, value_of, owner_of, pair_count,
                                    network->patch_count);
    }
    if (status == SPILL_OK) {
        for (size_t i = 0; i < network->exposure_count; i++) {
            owner_of[i] = network->exposures[i].asset;
        }
        status = network_group_make(&network->asset_exposures, owner_of, NULL,
                                    network->exposure_count, network->asset_count);
    }
    return status;
}

static int network_uint32_compare(const void *left, const void *right) {
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The entries of one campaign as exposures, rising; assets that carry no targeted tag can never be
 * infected. */
static enum spill_status network_build_entries(struct network_builder *builder,
                                               const struct campaign_spec *spec,
                                               uint32_t campaign) {
    struct network *const network = builder->network;
    const size_t first = network->entry_count;
    network->campaigns[campaign].first_entry = (uint32_t)first;
    for (size_t i = 0; i < spec->entry_count; i++) {
        const uint32_t asset = network_build_asset_rank(builder, spec->entries[i]);
        if (asset == NETWORK_NO_INDEX) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "campaign \"%s\": no asset \"%s\" to enter", spec->id,
                              network_shown(spec->entries[i]));
        }
        const uint32_t exposure = network_exposure_of(network, campaign, asset);
        if (exposure != NETWORK_NO_INDEX) {
            network->campaign_entries[network->entry_count++] = exposure;
        }
    }
    qsort(network->campaign_entries + first, network->entry_count - first,
          sizeof *network->campaign_entries, network_uint32_compare);
    for (size_t i = first + 1; i < network->entry_count; i++) {
        if (network->campaign_entries[i] == network->campaign_entries[i - 1]) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "campaign \"%s\": an entry is there twice", spec->id);
        }
    }
    network->campaigns[campaign + 1].first_entry = (uint32_t)network->entry_count;
    return SPILL_OK;
}

enum spill_status network_build_exposures(struct network_builder *builder) {
    struct network *const network = builder->network;
    if (network->campaign_count == 0) {
        return SPILL_OK;
    }
    enum spill_status status = network_build_patches(builder);
    if (status != SPILL_OK) {
        return status;
    }
    const size_t pair_count = network_walk_exposures(network, false, NULL, NULL);
    if (pair_count > SPILL_PAIRS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "the campaigns can infect too many assets");
    }
    network->exposures = spill_alloc(network->exposure_count + 1, sizeof *network->exposures);
    uint32_t *const owner_of = spill_alloc(pair_count, sizeof *owner_of);
    uint32_t *const value_of = spill_alloc(pair_count, sizeof *value_of);
    status = network->exposures == NULL || owner_of == NULL || value_of == NULL ? SPILL_MEMORY
                                                                                : SPILL_OK;
    if (status == SPILL_OK) {
        const size_t filled = network_walk_exposures(network, true, owner_of, value_of);
        SPILL_ASSERT(filled == pair_count);
        status = network_group_exposures(network, owner_of, value_of, pair_count);
    }
    free(value_of);
    free(owner_of);
    struct network_order *order = NULL;
    if (status == SPILL_OK) {
        status = network_build_ids(builder, "campaign", network->campaign_count,
                                   network_campaign_spec_id, &order);
    }
    for (uint32_t i = 0; i < network->campaign_count && status == SPILL_OK; i++) {
        status = network_build_entries(builder, &builder->spec->campaigns[order[i].index], i);
    }
    free(order);
    return status;
}

/* ---- Contacts ---- */

/* Walks all contacts in order; with `fill`, writes them. Returns how many there are. */
static size_t network_walk_contacts(struct network *network, bool fill) {
    uint32_t contact = 0;
    for (uint32_t i = 0; i < network->campaign_count; i++) {
        for (uint32_t from = network->campaigns[i].first_exposure;
             from < network->campaigns[i + 1].first_exposure; from++) {
            network->exposures[from].first_contact = contact;
            size_t trust_count = 0;
            const uint32_t *const trusts = network_group_items(
                &network->trust_out, network->exposures[from].asset, &trust_count);
            for (size_t j = 0; j < trust_count && network->campaigns[i].spreads_by_trust; j++) {
                const uint32_t to = network_exposure_of(network, i, network->trusts[trusts[j]].to);
                if (to == NETWORK_NO_INDEX || contact == SPILL_PAIRS_MAX) {
                    continue;
                }
                if (fill) {
                    char id[NETWORK_ENTITY_ID_BYTES];
                    network->contacts[contact] =
                        (struct network_contact){.trust = trusts[j], .from = from, .to = to};
                    network->contacts[contact].hash =
                        chance_hash("contact", network_contact_path(network, contact, id));
                }
                contact++;
            }
        }
    }
    if (network->exposures != NULL) {
        network->exposures[network->exposure_count].first_contact = contact;
    }
    return contact;
}

enum spill_status network_build_contacts(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = network_walk_contacts(network, false);
    if (count == SPILL_PAIRS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "the campaigns can pass over too many trust links");
    }
    network->contacts = spill_alloc(count, sizeof *network->contacts);
    uint32_t *const owner_of = spill_alloc(count, sizeof *owner_of);
    enum spill_status status =
        network->contacts == NULL || owner_of == NULL ? SPILL_MEMORY : SPILL_OK;
    if (status == SPILL_OK) {
        const size_t filled = network_walk_contacts(network, true);
        SPILL_ASSERT(filled == count);
        network->contact_count = count;
        for (size_t i = 0; i < count; i++) {
            owner_of[i] = network->contacts[i].to;
        }
        status = network_group_make(&network->exposure_contacts, owner_of, NULL, count,
                                    network->exposure_count);
    }
    if (status == SPILL_OK) {
        for (size_t i = 0; i < count; i++) {
            owner_of[i] = network->contacts[i].trust;
        }
        status = network_group_make(&network->trust_contacts, owner_of, NULL, count,
                                    network->trust_count);
    }
    free(owner_of);
    return status;
}

/* ---- Pushes ---- */

struct network_push_order {
    uint32_t supplier;
    uint32_t tag;
    uint32_t index;
};

static int network_push_compare(const void *left, const void *right) {
    const struct network_push_order *const a = left;
    const struct network_push_order *const b = right;
    if (a->supplier != b->supplier) {
        return a->supplier < b->supplier ? -1 : 1;
    }
    return (a->tag > b->tag) - (a->tag < b->tag);
}

/* Sorts the pushes of one campaign by supplier and tag. */
static enum spill_status network_order_pushes(struct network_builder *builder,
                                              const struct campaign_spec *spec,
                                              struct network_push_order *order) {
    for (size_t i = 0; i < spec->push_count; i++) {
        const struct push_spec *const push = &spec->pushes[i];
        const uint32_t supplier = network_build_asset_rank(builder, push->supplier);
        if (supplier == NETWORK_NO_INDEX) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "campaign \"%s\": no asset \"%s\" to push from", spec->id,
                              network_shown(push->supplier));
        }
        if (!network_is_ppm(push->probability_ppm)) {
            return spill_fail(
                builder->error, SPILL_INVALID,
                "campaign \"%s\": the probability of a push is outside 0 to 1 000 000 ppm",
                spec->id);
        }
        order[i] = (struct network_push_order){supplier, network_build_tag_rank(builder, push->tag),
                                               (uint32_t)i};
    }
    qsort(order, spec->push_count, sizeof *order, network_push_compare);
    for (size_t i = 1; i < spec->push_count; i++) {
        if (network_push_compare(&order[i - 1], &order[i]) == 0) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "campaign \"%s\": a push is there twice", spec->id);
        }
    }
    return SPILL_OK;
}

/* The customers of one push; when `pushes` is not NULL, writes them there. Returns how many there
 * are. */
static size_t network_walk_push(struct network *network, uint32_t from,
                                const struct network_push *made, bool fill) {
    const uint32_t campaign = network->exposures[from].campaign;
    size_t asset_count = 0;
    size_t count = 0;
    const uint32_t *const assets =
        network_group_items(&network->tag_assets, made->tag, &asset_count);
    for (size_t i = 0; i < asset_count; i++) {
        const uint32_t to = assets[i] == network->exposures[from].asset
                                ? NETWORK_NO_INDEX
                                : network_exposure_of(network, campaign, assets[i]);
        if (to == NETWORK_NO_INDEX) {
            continue;
        }
        if (fill) {
            const uint32_t push = (uint32_t)network->push_count;
            char id[NETWORK_ENTITY_ID_BYTES];
            network->pushes[push] = *made;
            network->pushes[push].from = from;
            network->pushes[push].to = to;
            network->pushes[push].hash = chance_hash("push", network_push_path(network, push, id));
            network->push_count++;
        }
        count++;
    }
    return count;
}

/* All pushes of one campaign; with `fill`, written in order. Adds how many there are. */
static enum spill_status network_walk_pushes(struct network_builder *builder,
                                             const struct campaign_spec *spec, uint32_t campaign,
                                             bool fill, size_t *total) {
    struct network *const network = builder->network;
    struct network_push_order *const order = spill_alloc(spec->push_count, sizeof *order);
    if (order == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = network_order_pushes(builder, spec, order);
    size_t next = 0;
    for (uint32_t from = network->campaigns[campaign].first_exposure;
         status == SPILL_OK && from < network->campaigns[campaign + 1].first_exposure; from++) {
        network->exposures[from].first_push = (uint32_t)network->push_count;
        const uint32_t supplier = network->exposures[from].asset;
        while (next < spec->push_count && order[next].supplier < supplier) {
            next++;
        }
        for (; next < spec->push_count && order[next].supplier == supplier && status == SPILL_OK;
             next++) {
            const struct push_spec *const push = &spec->pushes[order[next].index];
            struct network_push made = {.tag = order[next].tag,
                                        .probability_ppm = (int32_t)push->probability_ppm};
            status = network_build_law(builder, &push->delay, spec->id, &made.delay);
            *total += status == SPILL_OK ? network_walk_push(network, from, &made, fill) : 0;
        }
    }
    free(order);
    return status;
}

enum spill_status network_build_pushes(struct network_builder *builder) {
    struct network *const network = builder->network;
    struct network_order *order = NULL;
    enum spill_status status = network_build_ids(builder, "campaign", network->campaign_count,
                                                 network_campaign_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    size_t total = 0;
    for (uint32_t i = 0; i < network->campaign_count && status == SPILL_OK; i++) {
        status = network_walk_pushes(builder, &builder->spec->campaigns[order[i].index], i, false,
                                     &total);
    }
    if (status == SPILL_OK && total > SPILL_PAIRS_MAX) {
        status = spill_fail(builder->error, SPILL_INVALID,
                            "the campaigns can push to too many customers");
    }
    if (status == SPILL_OK) {
        network->pushes = spill_alloc(total, sizeof *network->pushes);
        status = network->pushes == NULL ? SPILL_MEMORY : SPILL_OK;
    }
    size_t filled = 0;
    for (uint32_t i = 0; i < network->campaign_count && status == SPILL_OK; i++) {
        status = network_walk_pushes(builder, &builder->spec->campaigns[order[i].index], i, true,
                                     &filled);
    }
    if (status == SPILL_OK && network->exposures != NULL) {
        SPILL_ASSERT(filled == total);
        network->exposures[network->exposure_count].first_push = (uint32_t)network->push_count;
    }
    free(order);
    return status;
}
