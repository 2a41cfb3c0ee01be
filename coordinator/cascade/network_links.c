/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/network_build.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"

#define NETWORK_WEIGHT_MAX INT64_C(1000000000)
/* Weights times levels, and weights times the parts of a fraction, must fit 64 bits. */
#define NETWORK_WEIGHT_SUM_MAX (INT64_MAX / SPILL_PPM)

/* ---- Needs ---- */

static enum spill_status network_build_response(struct network_builder *builder,
                                                const struct need_spec *spec, const char *id) {
    struct network *const network = builder->network;
    const size_t count = spec->response_count;
    if (count == 0) {
        return SPILL_OK;
    }
    if (count < 2 || count > SPILL_RESPONSE_POINTS_MAX || spec->response[0].arrives_ppm != 0 ||
        spec->response[count - 1].arrives_ppm != SPILL_PPM ||
        spec->response[count - 1].allows_ppm != SPILL_PPM) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "need \"%s\": a response has 2 to 64 points, from 0 to full in, full out",
                          id);
    }
    for (size_t i = 0; i < count; i++) {
        const struct response_point *const point = &spec->response[i];
        if (!network_is_ppm(point->allows_ppm) || !network_is_ppm(point->arrives_ppm) ||
            (i > 0 && (point->arrives_ppm <= point[-1].arrives_ppm ||
                       point->allows_ppm < point[-1].allows_ppm))) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "need \"%s\": the points of a response must rise", id);
        }
        network->responses[network->response_count++] =
            (struct network_response){(int32_t)point->arrives_ppm, (int32_t)point->allows_ppm};
    }
    return SPILL_OK;
}

static enum spill_status network_build_backup(struct network_builder *builder,
                                              const struct backup_spec *spec, uint32_t need,
                                              const char *need_id) {
    struct network *const network = builder->network;
    struct network_backup *const backup = &network->backups[network->backup_count];
    const char *const id = spec->id == NULL ? "" : spec->id;
    if (!spill_id_valid(id, strlen(id))) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "need \"%s\": backup \"%s\": not a valid id", need_id, id);
    }
    if (!network_is_ppm(spec->level_ppm) || !network_is_ppm(spec->start_failure_ppm)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "need \"%s\": backup \"%s\": a share is outside 0 to 1 000 000 ppm",
                          need_id, id);
    }
    if (spec->autonomy.kind == LAW_NONE) {
        return spill_fail(builder->error, SPILL_INVALID, "need \"%s\": backup \"%s\": no autonomy",
                          need_id, id);
    }
    backup->need = need;
    backup->level_ppm = (int32_t)spec->level_ppm;
    backup->start_failure_ppm = (int32_t)spec->start_failure_ppm;
    enum spill_status status = names_add(&builder->names, id, &backup->name);
    network->text = builder->names.text;
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->gap, need_id, &backup->gap);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->autonomy, need_id, &backup->autonomy);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->recharge, need_id, &backup->recharge);
    }
    if (status != SPILL_OK) {
        return status;
    }
    for (uint32_t other = network->needs[need].first_backup; other < network->backup_count;
         other++) {
        if (network->backups[other].name == backup->name) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "need \"%s\": backup \"%s\" is there twice", need_id, id);
        }
    }
    network->backup_count++;
    char path[NETWORK_ENTITY_ID_BYTES];
    backup->hash = chance_hash(
        "backup", network_backup_path(network, (uint32_t)network->backup_count - 1, path));
    return SPILL_OK;
}

static enum spill_status network_build_need_numbers(struct network_builder *builder,
                                                    const struct need_spec *spec,
                                                    struct network_need *need, const char *id) {
    if (spec->aggregator > AGGREGATOR_LINEAR) {
        return spill_fail(builder->error, SPILL_INVALID, "need \"%s\": no such aggregator", id);
    }
    if (spec->aggregator == AGGREGATOR_K_OF_N && (spec->k < 1 || spec->k > SPILL_LINKS_MAX)) {
        return spill_fail(builder->error, SPILL_INVALID, "need \"%s\": k is not 1 to n", id);
    }
    if (spec->aggregator == AGGREGATOR_THRESHOLD && spec->fraction_law.kind == LAW_NONE &&
        (spec->denominator < 1 || spec->numerator < 0 || spec->numerator > spec->denominator)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "need \"%s\": the threshold is not a fraction from 0 to 1", id);
    }
    need->aggregator = (uint8_t)spec->aggregator;
    need->k = spec->aggregator == AGGREGATOR_K_OF_N ? (uint32_t)spec->k : 0;
    const bool by_law = spec->fraction_law.kind != LAW_NONE;
    need->numerator = by_law ? 0 : spec->numerator; /* Drawn. */
    need->denominator = by_law ? SPILL_PPM : spec->denominator;
    need->black_start = spec->black_start;
    need->manual_fallback = spec->manual_fallback;
    const uint32_t surge = network_surge_rank(builder->network, spec->surge);
    if (spec->surge != NULL && surge == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID, "need \"%s\": no surge class \"%s\"", id,
                          spec->surge);
    }
    need->surge = surge == NETWORK_NO_INDEX ? NETWORK_NO_SURGE : (uint16_t)surge;
    return SPILL_OK;
}

static enum spill_status network_build_need(struct network_builder *builder,
                                            const struct need_spec *spec, uint32_t rank,
                                            uint32_t asset) {
    struct network *const network = builder->network;
    struct network_need *const need = &network->needs[rank];
    char id[NETWORK_ENTITY_ID_BYTES];
    need->asset = asset;
    need->first_response = (uint32_t)network->response_count;
    need->first_backup = (uint32_t)network->backup_count;
    enum spill_status status = names_add(&builder->names, spec->id, &need->name);
    network->text = builder->names.text;
    if (status != SPILL_OK) {
        return status;
    }
    need->hash = chance_hash("need", network_need_path(network, rank, id));
    const char *const kind = spec->kind == NULL ? spec->id : spec->kind;
    if (!spill_id_valid(kind, strlen(kind))) {
        return spill_fail(builder->error, SPILL_INVALID, "need \"%s\": kind \"%s\": not a valid id",
                          id, kind);
    }
    need->control = strcmp(kind, "control") == 0;
    status = network_build_need_numbers(builder, spec, need, id);
    if (status == SPILL_OK && spec->aggregator == AGGREGATOR_THRESHOLD) {
        status = network_build_law(builder, &spec->fraction_law, id, &need->fraction);
    }
    if (status == SPILL_OK) {
        status = network_build_response(builder, spec, id);
    }
    if (status == SPILL_OK && spec->backup_count > SPILL_NEED_BACKUPS_MAX) {
        status = spill_fail(builder->error, SPILL_INVALID, "need \"%s\": too many backups", id);
    }
    for (size_t i = 0; i < spec->backup_count && status == SPILL_OK; i++) {
        status = network_build_backup(builder, &spec->backups[i], rank, id);
    }
    return status;
}

/* Sorts the needs by asset and id. */
static enum spill_status network_order_needs(struct network_builder *builder,
                                             struct network_order *order) {
    const struct network_spec *const spec = builder->spec;
    for (size_t i = 0; i < spec->need_count; i++) {
        const struct need_spec *const need = &spec->needs[i];
        const uint32_t asset = network_build_asset_rank(builder, need->asset);
        if (asset == NETWORK_NO_INDEX) {
            return spill_fail(builder->error, SPILL_INVALID, "need \"%s\": no asset \"%s\"",
                              need->id == NULL ? "" : need->id,
                              need->asset == NULL ? "" : need->asset);
        }
        order[i] = (struct network_order){.id = need->id, .index = (uint32_t)i, .parent = asset};
    }
    return network_build_order(builder, "need", order, spec->need_count);
}

static enum spill_status network_build_needs_room(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    size_t response_count = 0;
    size_t backup_count = 0;
    for (size_t i = 0; i < spec->need_count; i++) {
        const struct need_spec *const need = &spec->needs[i];
        if (need->response_count > SPILL_RESPONSE_POINTS_MAX ||
            need->backup_count > SPILL_NEED_BACKUPS_MAX) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "need \"%s\": too many response points or backups",
                              need->id == NULL ? "" : need->id);
        }
        response_count += need->response_count;
        backup_count += need->backup_count;
    }
    if (backup_count > SPILL_BACKUPS_MAX || response_count > UINT32_MAX / 2) {
        return spill_fail(builder->error, SPILL_INVALID, "too many backups or response points");
    }
    network->needs = spill_alloc(spec->need_count + 1, sizeof *network->needs);
    network->responses = spill_alloc(response_count, sizeof *network->responses);
    network->backups = spill_alloc(backup_count, sizeof *network->backups);
    return network->needs == NULL || network->responses == NULL || network->backups == NULL
               ? SPILL_MEMORY
               : SPILL_OK;
}

/* Where the needs of each asset begin. */
static enum spill_status network_attach_needs(struct network_builder *builder) {
    struct network *const network = builder->network;
    uint32_t need = 0;
    for (uint32_t asset = 0; asset < network->asset_count; asset++) {
        network->assets[asset].first_need = need;
        while (need < network->need_count && network->needs[need].asset == asset) {
            need++;
        }
        if (need - network->assets[asset].first_need > SPILL_ASSET_NEEDS_MAX) {
            return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": too many needs",
                              network_text(network, network->assets[asset].name));
        }
    }
    network->assets[network->asset_count].first_need = need;
    SPILL_ASSERT(need == network->need_count);
    return SPILL_OK;
}

enum spill_status network_build_needs(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    enum spill_status status = network_build_needs_room(builder);
    if (status != SPILL_OK) {
        return status;
    }
    struct network_order *const order = spill_alloc(spec->need_count, sizeof *order);
    status = order == NULL ? SPILL_MEMORY : network_order_needs(builder, order);
    for (size_t i = 0; i < spec->need_count && status == SPILL_OK; i++) {
        status =
            network_build_need(builder, &spec->needs[order[i].index], (uint32_t)i, order[i].parent);
    }
    free(order);
    network->need_count = spec->need_count;
    network->needs[network->need_count].first_response = (uint32_t)network->response_count;
    network->needs[network->need_count].first_backup = (uint32_t)network->backup_count;
    return status == SPILL_OK ? network_attach_needs(builder) : status;
}

/* ---- Links ---- */

struct network_link_order {
    uint32_t need;
    uint32_t supplier;
    uint32_t index;
};

static int network_link_compare(const void *left, const void *right) {
    const struct network_link_order *const a = left;
    const struct network_link_order *const b = right;
    if (a->need != b->need) {
        return a->need < b->need ? -1 : 1;
    }
    return (a->supplier > b->supplier) - (a->supplier < b->supplier);
}

static const char *network_shown(const char *id) {
    return id == NULL ? "" : id;
}

static enum spill_status network_order_links(struct network_builder *builder,
                                             struct network_link_order *order) {
    const struct network_spec *const spec = builder->spec;
    for (size_t i = 0; i < spec->link_count; i++) {
        const struct link_spec *const link = &spec->links[i];
        const uint32_t asset = network_build_asset_rank(builder, link->asset);
        const uint32_t supplier = network_build_asset_rank(builder, link->supplier);
        const uint32_t need = asset == NETWORK_NO_INDEX
                                  ? NETWORK_NO_INDEX
                                  : network_need_rank(builder->network, asset, link->need);
        if (need == NETWORK_NO_INDEX || supplier == NETWORK_NO_INDEX) {
            return spill_fail(builder->error, SPILL_INVALID, "link \"%s/%s/%s\": no such %s",
                              network_shown(link->asset), network_shown(link->need),
                              network_shown(link->supplier),
                              asset == NETWORK_NO_INDEX  ? "asset"
                              : need == NETWORK_NO_INDEX ? "need"
                                                         : "supplier");
        }
        order[i] = (struct network_link_order){need, supplier, (uint32_t)i};
    }
    qsort(order, spec->link_count, sizeof *order, network_link_compare);
    for (size_t i = 1; i < spec->link_count; i++) {
        if (network_link_compare(&order[i - 1], &order[i]) == 0) {
            const struct link_spec *const link = &spec->links[order[i].index];
            return spill_fail(builder->error, SPILL_INVALID, "link \"%s/%s/%s\" is there twice",
                              link->asset, link->need, link->supplier);
        }
    }
    return SPILL_OK;
}

static enum spill_status network_build_link(struct network_builder *builder,
                                            const struct link_spec *spec, uint32_t rank,
                                            const struct network_link_order *order) {
    struct network *const network = builder->network;
    const uint8_t aggregator = network->needs[order->need].aggregator;
    const bool weighs = aggregator == AGGREGATOR_SHARE || aggregator == AGGREGATOR_THRESHOLD;
    struct network_link *const link = &network->links[rank];
    link->need = order->need;
    link->supplier = order->supplier;
    char id[NETWORK_ENTITY_ID_BYTES];
    link->hash = chance_hash("link", network_link_path(network, rank, id));
    const int64_t weight = weighs && spec->weight == 0 ? 1 : spec->weight;
    if (weight < 0 || weight > (aggregator == AGGREGATOR_LINEAR ? SPILL_PPM : NETWORK_WEIGHT_MAX)) {
        return spill_fail(builder->error, SPILL_INVALID, "link \"%s\": the weight is out of range",
                          id);
    }
    const int64_t coupling_ppm = spec->coupling_given ? spec->coupling_ppm : SPILL_PPM;
    if (!network_is_ppm(coupling_ppm)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "link \"%s\": coupling is outside 0 to 1 000 000 ppm", id);
    }
    if (spec->delay_down_ms < 0 || spec->delay_up_ms < 0 || spec->delay_down_ms > LAW_MAX_MS ||
        spec->delay_up_ms > LAW_MAX_MS ||
        network_ticks(network, spec->delay_down_ms) > UINT32_MAX ||
        network_ticks(network, spec->delay_up_ms) > UINT32_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "link \"%s\": a delay is outside 0 to 2^32 - 1 ticks or ten years", id);
    }
    link->weight = (uint32_t)weight;
    link->coupling_ppm = (uint32_t)coupling_ppm;
    link->delay_down_ticks = (uint32_t)network_ticks(network, spec->delay_down_ms);
    link->delay_up_ticks = (uint32_t)network_ticks(network, spec->delay_up_ms);
    return SPILL_OK;
}

/* Where the links of each need begin, their weights' sum, and what k needs. */
static enum spill_status network_attach_links(struct network_builder *builder) {
    struct network *const network = builder->network;
    uint32_t link = 0;
    for (uint32_t i = 0; i < network->need_count; i++) {
        struct network_need *const need = &network->needs[i];
        need->first_link = link;
        while (link < network->link_count && network->links[link].need == i) {
            need->weight_sum += network->links[link].weight;
            link++;
        }
        const size_t count = link - need->first_link;
        if (count > network->need_links_max) {
            network->need_links_max = count;
        }
        char id[NETWORK_ENTITY_ID_BYTES];
        if (need->aggregator == AGGREGATOR_K_OF_N && count > 0 && need->k > count) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "need \"%s\": k is more than its links",
                              network_need_path(network, i, id));
        }
        if (need->weight_sum > NETWORK_WEIGHT_SUM_MAX ||
            (need->aggregator == AGGREGATOR_THRESHOLD &&
             need->weight_sum > INT64_MAX / need->denominator)) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "need \"%s\": the weights of its links are too large together",
                              network_need_path(network, i, id));
        }
    }
    network->needs[network->need_count].first_link = link;
    SPILL_ASSERT(link == network->link_count);
    return SPILL_OK;
}

/* The links of each supplier. */
static enum spill_status network_attach_suppliers(struct network *network) {
    network->out_links = spill_alloc(network->link_count, sizeof *network->out_links);
    if (network->out_links == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < network->link_count; i++) {
        network->assets[network->links[i].supplier].first_out++;
    }
    uint32_t end = 0;
    for (size_t i = 0; i <= network->asset_count; i++) {
        end += network->assets[i].first_out;
        network->assets[i].first_out = end;
    }
    /* From the back, so that each first_out ends where its list begins. */
    for (size_t i = network->link_count; i > 0; i--) {
        network->out_links[--network->assets[network->links[i - 1].supplier].first_out] =
            (uint32_t)(i - 1);
    }
    return SPILL_OK;
}

enum spill_status network_build_links(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    struct network_link_order *const order = spill_alloc(spec->link_count, sizeof *order);
    network->links = spill_alloc(spec->link_count, sizeof *network->links);
    enum spill_status status = order == NULL || network->links == NULL
                                   ? SPILL_MEMORY
                                   : network_order_links(builder, order);
    for (size_t i = 0; i < spec->link_count && status == SPILL_OK; i++) {
        status = network_build_link(builder, &spec->links[order[i].index], (uint32_t)i, &order[i]);
    }
    free(order);
    network->link_count = spec->link_count;
    if (status == SPILL_OK) {
        status = network_attach_links(builder);
    }
    return status == SPILL_OK ? network_attach_suppliers(network) : status;
}

/* ---- Demand: what each surge class in each country touches ---- */

static size_t network_demand_assets(const struct network *network, uint32_t *owner_of,
                                    uint32_t *value_of) {
    size_t count = 0;
    for (uint32_t i = 0; i < network->asset_count; i++) {
        const struct network_asset *const asset = &network->assets[i];
        if (asset->surge != NETWORK_NO_SURGE) {
            owner_of[count] = (uint32_t)(asset->country * network->surge_count + asset->surge);
            value_of[count++] = i;
        }
    }
    return count;
}

static size_t network_demand_needs(const struct network *network, uint32_t *owner_of,
                                   uint32_t *value_of) {
    size_t count = 0;
    for (uint32_t i = 0; i < network->need_count; i++) {
        const struct network_need *const need = &network->needs[i];
        if (need->surge != NETWORK_NO_SURGE && need[1].first_backup > need->first_backup) {
            const uint16_t country = network->assets[need->asset].country;
            owner_of[count] = (uint32_t)(country * network->surge_count + need->surge);
            value_of[count++] = i;
        }
    }
    return count;
}

enum spill_status network_build_demand(struct network_builder *builder) {
    struct network *const network = builder->network;
    if (network->surge_count == 0) {
        return SPILL_OK;
    }
    const size_t room =
        network->asset_count > network->need_count ? network->asset_count : network->need_count;
    const size_t owner_count = network->country_count * network->surge_count;
    uint32_t *const owner_of = spill_alloc(room, sizeof *owner_of);
    uint32_t *const value_of = spill_alloc(room, sizeof *value_of);
    enum spill_status status = owner_of == NULL || value_of == NULL ? SPILL_MEMORY : SPILL_OK;
    if (status == SPILL_OK) {
        const size_t count = network_demand_assets(network, owner_of, value_of);
        status =
            network_group_make(&network->demand_assets, owner_of, value_of, count, owner_count);
    }
    if (status == SPILL_OK) {
        const size_t count = network_demand_needs(network, owner_of, value_of);
        status = network_group_make(&network->demand_needs, owner_of, value_of, count, owner_count);
    }
    free(value_of);
    free(owner_of);
    return status;
}
