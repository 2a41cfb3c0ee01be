/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/network.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/network_build.h"

/* ---- Groups and ids ---- */

enum spill_status network_group_make(struct network_group *group, const uint32_t *owner_of,
                                     const uint32_t *value_of, size_t item_count,
                                     size_t owner_count) {
    SPILL_ASSERT(group->first == NULL);
    SPILL_ASSERT(item_count <= UINT32_MAX);
    if (item_count == 0) {
        return SPILL_OK;
    }
    group->first = spill_alloc(owner_count + 1, sizeof *group->first);
    group->items = spill_alloc(item_count, sizeof *group->items);
    if (group->first == NULL || group->items == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < item_count; i++) {
        group->first[owner_of[i]]++;
    }
    uint32_t end = 0;
    for (size_t i = 0; i <= owner_count; i++) {
        end += group->first[i];
        group->first[i] = end;
    }
    for (size_t i = item_count; i > 0; i--) {
        group->items[--group->first[owner_of[i - 1]]] =
            value_of == NULL ? (uint32_t)(i - 1) : value_of[i - 1];
    }
    return SPILL_OK;
}

static void network_group_free(struct network_group *group) {
    free(group->first);
    free(group->items);
}

const char *network_join_id(char id[NETWORK_ENTITY_ID_BYTES], const char *first, char separator,
                            const char *second) {
    size_t bytes = 0;
    for (const char *c = first; *c != '\0' && bytes < NETWORK_ENTITY_ID_BYTES - 1; c++) {
        id[bytes++] = *c;
    }
    if (bytes < NETWORK_ENTITY_ID_BYTES - 1) {
        id[bytes++] = separator;
    }
    for (const char *c = second; *c != '\0' && bytes < NETWORK_ENTITY_ID_BYTES - 1; c++) {
        id[bytes++] = *c;
    }
    id[bytes] = '\0';
    return id;
}

static const char *network_asset_text(const struct network *network, uint32_t asset) {
    return network_text(network, network->assets[asset].name);
}

const char *network_need_path(const struct network *network, uint32_t need,
                              char id[NETWORK_ENTITY_ID_BYTES]) {
    return network_join_id(id, network_asset_text(network, network->needs[need].asset), '/',
                           network_text(network, network->needs[need].name));
}

const char *network_backup_path(const struct network *network, uint32_t backup,
                                char id[NETWORK_ENTITY_ID_BYTES]) {
    char need[NETWORK_ENTITY_ID_BYTES];
    network_need_path(network, network->backups[backup].need, need);
    return network_join_id(id, need, '/', network_text(network, network->backups[backup].name));
}

const char *network_link_path(const struct network *network, uint32_t link,
                              char id[NETWORK_ENTITY_ID_BYTES]) {
    char need[NETWORK_ENTITY_ID_BYTES];
    network_need_path(network, network->links[link].need, need);
    return network_join_id(id, need, '/',
                           network_asset_text(network, network->links[link].supplier));
}

const char *network_exposure_path(const struct network *network, uint32_t exposure,
                                  char id[NETWORK_ENTITY_ID_BYTES]) {
    const struct network_exposure *const what = &network->exposures[exposure];
    return network_join_id(id, network_text(network, network->campaigns[what->campaign].name), '/',
                           network_asset_text(network, what->asset));
}

const char *network_contact_path(const struct network *network, uint32_t contact,
                                 char id[NETWORK_ENTITY_ID_BYTES]) {
    const struct network_contact *const what = &network->contacts[contact];
    char from[NETWORK_ENTITY_ID_BYTES];
    network_exposure_path(network, what->from, from);
    return network_join_id(id, from, '>',
                           network_asset_text(network, network->exposures[what->to].asset));
}

const char *network_push_path(const struct network *network, uint32_t push,
                              char id[NETWORK_ENTITY_ID_BYTES]) {
    const struct network_push *const what = &network->pushes[push];
    char from[NETWORK_ENTITY_ID_BYTES];
    char tag[NETWORK_ENTITY_ID_BYTES];
    network_exposure_path(network, what->from, from);
    network_join_id(tag, from, '/', network_text(network, network->tags[what->tag].name));
    return network_join_id(id, tag, '/',
                           network_asset_text(network, network->exposures[what->to].asset));
}

const char *network_patch_path(const struct network *network, uint32_t patch,
                               char id[NETWORK_ENTITY_ID_BYTES]) {
    const struct network_patch *const what = &network->patches[patch];
    return network_join_id(id, network_text(network, network->tags[what->tag].name), '/',
                           network_asset_text(network, what->asset));
}

const char *network_edge_path(const struct network *network, uint32_t edge,
                              char id[NETWORK_ENTITY_ID_BYTES]) {
    const struct network_edge *const what = &network->edges[edge];
    char ends[NETWORK_ENTITY_ID_BYTES];
    network_join_id(ends, network_asset_text(network, network->nodes[what->low].asset), '/',
                    network_asset_text(network, network->nodes[what->high].asset));
    return network_join_id(id, ends, '/', network_text(network, what->circuit));
}

/* ---- Ranks by id ---- */

/* Binary search among `count` names, `step` bytes apart, the first of them at `name`. */
static uint32_t network_rank(const struct network *network, const uint32_t *name, size_t step_bytes,
                             size_t count, const char *id) {
    if (id == NULL) {
        return NETWORK_NO_INDEX;
    }
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        uint32_t offset = 0;
        memcpy(&offset, (const char *)name + middle * step_bytes, sizeof offset);
        const int order = strcmp(network_text(network, offset), id);
        if (order == 0) {
            return (uint32_t)middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NETWORK_NO_INDEX;
}

uint32_t network_country_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->countries->name, sizeof *network->countries,
                        network->country_count, id);
}

uint32_t network_sector_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->sectors->name, sizeof *network->sectors,
                        network->sector_count, id);
}

uint32_t network_pool_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->pools->name, sizeof *network->pools, network->pool_count,
                        id);
}

uint32_t network_surge_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->surges->name, sizeof *network->surges,
                        network->surge_count, id);
}

uint32_t network_campaign_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->campaigns->name, sizeof *network->campaigns,
                        network->campaign_count, id);
}

uint32_t network_tag_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->tags->name, sizeof *network->tags, network->tag_count,
                        id);
}

uint32_t network_layer_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->layers->name, sizeof *network->layers,
                        network->layer_count, id);
}

uint32_t network_asset_rank(const struct network *network, const char *id) {
    return network_rank(network, &network->assets->name, sizeof *network->assets,
                        network->asset_count, id);
}

uint32_t network_build_asset_rank(const struct network_builder *builder, const char *id) {
    const struct name_slot *const slot = names_find(&builder->names, id);
    return slot == NULL || slot->asset == 0 ? NETWORK_NO_INDEX : slot->asset - 1;
}

uint32_t network_build_tag_rank(const struct network_builder *builder, const char *id) {
    const struct name_slot *const slot = names_find(&builder->names, id);
    return slot == NULL || slot->tag == 0 ? NETWORK_NO_INDEX : slot->tag - 1;
}

uint32_t network_need_rank(const struct network *network, uint32_t asset, const char *id) {
    const uint32_t first = network->assets[asset].first_need;
    const uint32_t count = network->assets[asset + 1].first_need - first;
    const uint32_t rank =
        network_rank(network, &network->needs[first].name, sizeof *network->needs, count, id);
    return rank == NETWORK_NO_INDEX ? rank : first + rank;
}

uint32_t network_exposure_of(const struct network *network, uint32_t campaign, uint32_t asset) {
    SPILL_ASSERT(campaign < network->campaign_count);
    uint32_t low = network->campaigns[campaign].first_exposure;
    uint32_t high = network->campaigns[campaign + 1].first_exposure;
    const uint32_t end = high;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (network->exposures[middle].asset < asset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && network->exposures[low].asset == asset ? low : NETWORK_NO_INDEX;
}

/* ---- Hashes: two entities with one hash would share their chance ---- */

static void network_sort_hashes(uint64_t *hashes, uint64_t *spare, size_t count) {
    enum { NETWORK_DIGIT_BITS = 8, NETWORK_DIGITS = 1 << NETWORK_DIGIT_BITS };
    uint64_t *from = hashes;
    uint64_t *to = spare;
    for (int shift = 0; shift < 64; shift += NETWORK_DIGIT_BITS) {
        size_t start[NETWORK_DIGITS + 1] = {0};
        for (size_t i = 0; i < count; i++) {
            start[(from[i] >> shift & (NETWORK_DIGITS - 1)) + 1]++;
        }
        for (size_t i = 0; i < NETWORK_DIGITS; i++) {
            start[i + 1] += start[i];
        }
        for (size_t i = 0; i < count; i++) {
            to[start[from[i] >> shift & (NETWORK_DIGITS - 1)]++] = from[i];
        }
        uint64_t *const swap = from;
        from = to;
        to = swap;
    }
}

enum spill_status network_build_hashes(struct network_builder *builder) {
    const struct network *const network = builder->network;
    const size_t count = network->country_count + network->pool_count + network->asset_count +
                         network->need_count + network->backup_count + network->link_count +
                         network->campaign_count + network->exposure_count +
                         network->contact_count + network->push_count + network->patch_count +
                         network->layer_count + network->edge_count;
    uint64_t *const hashes = spill_alloc(count, sizeof *hashes);
    uint64_t *const spare = spill_alloc(count, sizeof *spare);
    if (hashes == NULL || spare == NULL) {
        free(spare);
        free(hashes);
        return SPILL_MEMORY;
    }
    size_t next = 0;
#define NETWORK_TAKE_HASHES(array, array_count)                                                    \
    for (size_t i = 0; i < (array_count); i++) {                                                   \
        hashes[next++] = (array)[i].hash;                                                          \
    }
    NETWORK_TAKE_HASHES(network->countries, network->country_count)
    NETWORK_TAKE_HASHES(network->pools, network->pool_count)
    NETWORK_TAKE_HASHES(network->assets, network->asset_count)
    NETWORK_TAKE_HASHES(network->needs, network->need_count)
    NETWORK_TAKE_HASHES(network->backups, network->backup_count)
    NETWORK_TAKE_HASHES(network->links, network->link_count)
    NETWORK_TAKE_HASHES(network->campaigns, network->campaign_count)
    NETWORK_TAKE_HASHES(network->exposures, network->exposure_count)
    NETWORK_TAKE_HASHES(network->contacts, network->contact_count)
    NETWORK_TAKE_HASHES(network->pushes, network->push_count)
    NETWORK_TAKE_HASHES(network->patches, network->patch_count)
    NETWORK_TAKE_HASHES(network->layers, network->layer_count)
    NETWORK_TAKE_HASHES(network->edges, network->edge_count)
#undef NETWORK_TAKE_HASHES
    SPILL_ASSERT(next == count);
    network_sort_hashes(hashes, spare, count);
    bool twice = false;
    for (size_t i = 1; i < count; i++) {
        twice = twice || hashes[i] == hashes[i - 1];
    }
    free(spare);
    free(hashes);
    return twice ? spill_fail(builder->error, SPILL_INVALID,
                              "two ids have the same hash; rename one thing")
                 : SPILL_OK;
}

/* ---- Life ---- */

static enum spill_status network_build(struct network_builder *builder) {
    static enum spill_status (*const steps[])(struct network_builder *) = {
        network_build_settings,  network_build_kinds,    network_build_assets,
        network_build_lives,     network_build_needs,    network_build_links,
        network_build_demand,    network_build_trusts,   network_build_campaigns,
        network_build_exposures, network_build_contacts, network_build_pushes,
        network_build_layers,    network_build_edges,    network_build_hashes,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const enum spill_status status = steps[i](builder);
        if (status != SPILL_OK) {
            return status;
        }
    }
    return SPILL_OK;
}

enum spill_status network_create(const struct network_spec *spec, struct network **network,
                                 struct spill_error *error) {
    SPILL_ASSERT(spec != NULL);
    SPILL_ASSERT(network != NULL);
    struct network *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "no memory for the network");
    }
    struct network_builder builder = {.spec = spec, .network = made, .error = error};
    const enum spill_status status = network_build(&builder);
    free(builder.law_slots);
    if (status == SPILL_OK) {
        /* The text stays; only the table that finds it goes. */
        builder.names.text = NULL;
    } else {
        made->text = NULL;
    }
    names_destroy(&builder.names);
    if (status != SPILL_OK) {
        network_destroy(&made);
        return status == SPILL_MEMORY ? spill_fail(error, SPILL_MEMORY, "no memory for the network")
                                      : status;
    }
    *network = made;
    return SPILL_OK;
}

void network_destroy(struct network **network) {
    if (network == NULL || *network == NULL) {
        return;
    }
    struct network *const old = *network;
    for (size_t i = 0; i < old->law_count; i++) {
        free((void *)(uintptr_t)old->laws[i].quantile_ms);
    }
    struct network_group *const groups[] = {
        &old->trust_out,       &old->trust_in,          &old->tag_assets,
        &old->asset_exposures, &old->asset_patches,     &old->exposure_patches,
        &old->patch_exposures, &old->exposure_contacts, &old->trust_contacts,
        &old->demand_assets,   &old->demand_needs,      &old->line_edges,
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        network_group_free(groups[i]);
    }
    void *const arrays[] = {
        old->text,       old->laws,          old->countries,
        old->sectors,    old->pools,         old->tags,
        old->surges,     old->assets,        old->asset_tags,
        old->needs,      old->responses,     old->backups,
        old->links,      old->out_links,     old->trusts,
        old->campaigns,  old->campaign_tags, old->campaign_entries,
        old->exposures,  old->contacts,      old->pushes,
        old->patches,    old->lives,         old->layers,
        old->nodes,      old->edges,         old->arcs,
        old->first_arcs, old->nodes_by_hash,
    };
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        free(arrays[i]);
    }
    free(old);
    *network = NULL;
}

/* ---- Reading ---- */

#define NETWORK_COUNTS(X)                                                                          \
    X(asset)                                                                                       \
    X(need)                                                                                        \
    X(link)                                                                                        \
    X(trust)                                                                                       \
    X(country)                                                                                     \
    X(sector)                                                                                      \
    X(pool)                                                                                        \
    X(tag)                                                                                         \
    X(surge)                                                                                       \
    X(campaign)                                                                                    \
    X(layer)                                                                                       \
    X(edge)
#define NETWORK_COUNT_GETTER(kind)                                                                 \
    size_t network_##kind##_count(const struct network *network) {                                 \
        return network->kind##_count;                                                              \
    }
NETWORK_COUNTS(NETWORK_COUNT_GETTER)

int64_t network_tick_ms(const struct network *network) {
    return network->tick_ms;
}

int64_t network_horizon_ms(const struct network *network) {
    return network->horizon_ms;
}

/* Each kind that has an id of its own: how to find it, and its id. */
#define NETWORK_NAMED(X)                                                                           \
    X(asset, assets)                                                                               \
    X(country, countries)                                                                          \
    X(sector, sectors)                                                                             \
    X(pool, pools)                                                                                 \
    X(tag, tags)                                                                                   \
    X(surge, surges)                                                                               \
    X(campaign, campaigns)                                                                         \
    X(layer, layers)
#define NETWORK_FINDER(kind, array)                                                                \
    enum spill_status network_find_##kind(const struct network *network, const char *id,           \
                                          struct kind##_ref *kind) {                               \
        const uint32_t rank = network_##kind##_rank(network, id);                                  \
        if (rank == NETWORK_NO_INDEX) {                                                            \
            return SPILL_NOT_FOUND;                                                                \
        }                                                                                          \
        kind->index = rank;                                                                        \
        return SPILL_OK;                                                                           \
    }                                                                                              \
    const char *network_##kind##_id(const struct network *network, struct kind##_ref kind) {       \
        SPILL_ASSERT(kind.index < network->kind##_count);                                          \
        return network_text(network, network->array[kind.index].name);                             \
    }
NETWORK_NAMED(NETWORK_FINDER)

const char *network_need_id(const struct network *network, struct need_ref need) {
    SPILL_ASSERT(need.index < network->need_count);
    return network_text(network, network->needs[need.index].name);
}

char *network_link_id_print(const struct network *network, struct link_ref link,
                            char text[NETWORK_LINK_ID_BYTES]) {
    SPILL_ASSERT(link.index < network->link_count);
    char path[NETWORK_ENTITY_ID_BYTES];
    network_link_path(network, link.index, path);
    _Static_assert(NETWORK_LINK_ID_BYTES >= 3 * (SPILL_ID_BYTES_MAX + 1),
                   "three ids and what ends them must fit");
    memcpy(text, path, strlen(path) + 1);
    return text;
}

struct country_ref network_asset_country(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    return (struct country_ref){network->assets[asset.index].country};
}

struct sector_ref network_asset_sector(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    return (struct sector_ref){network->assets[asset.index].sector};
}

int64_t network_asset_people(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    return network->assets[asset.index].people;
}

int64_t network_asset_value_per_hour(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    return network->assets[asset.index].value_per_hour;
}

int64_t network_country_trust_ppm(const struct network *network, struct country_ref country) {
    SPILL_ASSERT(country.index < network->country_count);
    return network->countries[country.index].trust_ppm;
}

struct country_ref network_pool_country(const struct network *network, struct pool_ref pool) {
    SPILL_ASSERT(pool.index < network->pool_count);
    return (struct country_ref){network->pools[pool.index].country};
}

bool network_asset_has_tag(const struct network *network, struct asset_ref asset,
                           struct tag_ref tag) {
    SPILL_ASSERT(asset.index < network->asset_count);
    for (uint32_t i = network->assets[asset.index].first_tag;
         i < network->assets[asset.index + 1].first_tag; i++) {
        if (network->asset_tags[i] == tag.index) {
            return true;
        }
    }
    return false;
}

bool network_campaign_reaches(const struct network *network, struct campaign_ref campaign,
                              struct asset_ref asset) {
    SPILL_ASSERT(campaign.index < network->campaign_count);
    SPILL_ASSERT(asset.index < network->asset_count);
    return network_exposure_of(network, campaign.index, asset.index) != NETWORK_NO_INDEX;
}

struct asset_ref network_need_asset(const struct network *network, struct need_ref need) {
    SPILL_ASSERT(need.index < network->need_count);
    return (struct asset_ref){network->needs[need.index].asset};
}

struct need_ref network_link_need(const struct network *network, struct link_ref link) {
    SPILL_ASSERT(link.index < network->link_count);
    return (struct need_ref){network->links[link.index].need};
}

struct asset_ref network_link_supplier(const struct network *network, struct link_ref link) {
    SPILL_ASSERT(link.index < network->link_count);
    return (struct asset_ref){network->links[link.index].supplier};
}

struct need_ref network_asset_needs(const struct network *network, struct asset_ref asset,
                                    size_t *need_count) {
    SPILL_ASSERT(asset.index < network->asset_count);
    const struct network_asset *const what = &network->assets[asset.index];
    *need_count = what[1].first_need - what->first_need;
    return (struct need_ref){what->first_need};
}

struct link_ref network_need_links(const struct network *network, struct need_ref need,
                                   size_t *link_count) {
    SPILL_ASSERT(need.index < network->need_count);
    const struct network_need *const what = &network->needs[need.index];
    *link_count = what[1].first_link - what->first_link;
    return (struct link_ref){what->first_link};
}

size_t network_asset_customer_count(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    const struct network_asset *const facts = &network->assets[asset.index];
    return facts[1].first_out - facts[0].first_out;
}

struct link_ref network_asset_customer(const struct network *network, struct asset_ref asset,
                                       size_t at) {
    SPILL_ASSERT(at < network_asset_customer_count(network, asset));
    return (struct link_ref){network->out_links[network->assets[asset.index].first_out + at]};
}

size_t network_asset_tag_count(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    const struct network_asset *const facts = &network->assets[asset.index];
    return facts[1].first_tag - facts[0].first_tag;
}

struct tag_ref network_asset_tag(const struct network *network, struct asset_ref asset, size_t at) {
    SPILL_ASSERT(at < network_asset_tag_count(network, asset));
    return (struct tag_ref){network->asset_tags[network->assets[asset.index].first_tag + at]};
}

size_t network_need_backup_count(const struct network *network, struct need_ref need) {
    SPILL_ASSERT(need.index < network->need_count);
    const struct network_need *const facts = &network->needs[need.index];
    return facts[1].first_backup - facts[0].first_backup;
}

const char *network_backup_id(const struct network *network, struct need_ref need, size_t at) {
    SPILL_ASSERT(at < network_need_backup_count(network, need));
    const size_t backup = network->needs[need.index].first_backup + at;
    return network_text(network, network->backups[backup].name);
}

int64_t network_backup_level_ppm(const struct network *network, struct need_ref need, size_t at) {
    SPILL_ASSERT(at < network_need_backup_count(network, need));
    return network->backups[network->needs[need.index].first_backup + at].level_ppm;
}

struct asset_ref network_trust_from(const struct network *network, struct trust_ref trust) {
    SPILL_ASSERT(trust.index < network->trust_count);
    return (struct asset_ref){network->trusts[trust.index].from};
}

struct asset_ref network_trust_to(const struct network *network, struct trust_ref trust) {
    SPILL_ASSERT(trust.index < network->trust_count);
    return (struct asset_ref){network->trusts[trust.index].to};
}

struct layer_ref network_asset_layer(const struct network *network, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network->asset_count);
    const uint32_t node = network->assets[asset.index].node;
    return (struct layer_ref){node == NETWORK_NO_INDEX ? node : network->nodes[node].layer};
}

struct asset_ref network_edge_from(const struct network *network, struct edge_ref edge) {
    SPILL_ASSERT(edge.index < network->edge_count);
    const struct network_edge *const what = &network->edges[edge.index];
    return (struct asset_ref){network->nodes[what->reversed ? what->high : what->low].asset};
}

struct asset_ref network_edge_to(const struct network *network, struct edge_ref edge) {
    SPILL_ASSERT(edge.index < network->edge_count);
    const struct network_edge *const what = &network->edges[edge.index];
    return (struct asset_ref){network->nodes[what->reversed ? what->low : what->high].asset};
}
