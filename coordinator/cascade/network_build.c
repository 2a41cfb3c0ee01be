/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/network_build.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"

#define NETWORK_DEFAULT_TICK_MS INT64_C(1000)
#define NETWORK_DEFAULT_INTERVAL_MS INT64_C(900000)
#define NETWORK_DEFAULT_HORIZON_MS INT64_C(31536000000) /* A year of 365 days. */
/* So that time multiplied by demand fits 64 bits: 10 + 10 + 1 times Q, by ten years. */
#define NETWORK_SURGE_MAX_PPM (10 * SPILL_PPM)
#define NETWORK_HEADROOM_MAX_PPM (1000 * SPILL_PPM)

enum { NETWORK_LAWS_FIRST = 16 };

enum spill_status network_build_settings(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    const struct information_spec *const information = &spec->information;
    if (spec->tick_ms < 0 || spec->dwell_ms < 0 || spec->horizon_ms < 0 ||
        information->interval_ms < 0 || spec->tick_ms > LAW_MAX_MS || spec->dwell_ms > LAW_MAX_MS ||
        spec->horizon_ms > LAW_MAX_MS || information->interval_ms > LAW_MAX_MS) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "tick, dwell, horizon or interval is outside 0 to ten years");
    }
    if (!network_is_ppm(information->recover_ppm) ||
        !network_is_ppm(information->outage_weight_ppm) ||
        !network_is_ppm(information->narrative_weight_ppm) ||
        !network_is_ppm(information->narrative_decay_ppm) ||
        !network_is_ppm(information->message_gain_ppm) ||
        !network_is_ppm(information->message_counter_ppm)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "a rate of trust or narrative is outside 0 to 1 000 000 ppm");
    }
    network->tick_ms = spec->tick_ms == 0 ? NETWORK_DEFAULT_TICK_MS : spec->tick_ms;
    network->dwell_ticks = network_ticks(network, spec->dwell_ms);
    if (network->dwell_ticks == 0) {
        network->dwell_ticks = 1;
    }
    network->horizon_ms = spec->horizon_ms == 0 ? NETWORK_DEFAULT_HORIZON_MS : spec->horizon_ms;
    network->horizon_tick = network_ticks(network, network->horizon_ms);
    network->information = *information;
    if (information->interval_ms == 0) {
        network->information.interval_ms = NETWORK_DEFAULT_INTERVAL_MS;
    }
    network->interval_ticks = network_ticks(network, network->information.interval_ms);
    return SPILL_OK;
}

/* ---- Helpers ---- */

static enum spill_status network_build_name(struct network_builder *builder, const char *id,
                                            uint32_t *name) {
    const enum spill_status status = names_add(&builder->names, id, name);
    builder->network->text = builder->names.text;
    return status;
}

static int network_order_compare(const void *left, const void *right) {
    const struct network_order *const a = left;
    const struct network_order *const b = right;
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

enum spill_status network_build_order(struct network_builder *builder, const char *kind,
                                      struct network_order *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (order[i].id == NULL || !spill_id_valid(order[i].id, strlen(order[i].id))) {
            return spill_fail(builder->error, SPILL_INVALID, "%s \"%s\": not a valid id", kind,
                              order[i].id == NULL ? "" : order[i].id);
        }
    }
    if (count > 1) { /* Of none there may be no array. */
        if (count == 0) {
            return SPILL_OK; /* There may be no array at all. */
        }
        qsort(order, count, sizeof *order, network_order_compare);
    }
    for (size_t i = 1; i < count; i++) {
        if (network_order_compare(&order[i - 1], &order[i]) == 0) {
            return spill_fail(builder->error, SPILL_INVALID, "%s \"%s\" is there twice", kind,
                              order[i].id);
        }
    }
    return SPILL_OK;
}

enum spill_status network_build_ids(struct network_builder *builder, const char *kind, size_t count,
                                    network_id_fn id_of, struct network_order **order) {
    struct network_order *const made = spill_alloc(count, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        made[i] = (struct network_order){.id = id_of(builder->spec, i), .index = (uint32_t)i};
    }
    const enum spill_status status = network_build_order(builder, kind, made, count);
    if (status != SPILL_OK) {
        free(made);
        return status;
    }
    *order = made;
    return SPILL_OK;
}

static bool network_laws_equal(const struct law_spec *a, const struct law_spec *b) {
    return a->kind == b->kind && a->a_ms == b->a_ms && a->b_ms == b->b_ms && a->c_ms == b->c_ms &&
           a->sigma_ppm == b->sigma_ppm && a->quantile_count == b->quantile_count &&
           (a->quantile_count == 0 || memcmp(a->quantile_ms, b->quantile_ms,
                                             a->quantile_count * sizeof *a->quantile_ms) == 0);
}

static size_t network_law_place(const struct network_builder *builder, const struct law_spec *law) {
    uint64_t mix = (uint64_t)law->kind + 1;
    const int64_t parts[] = {law->a_ms,
                             law->b_ms,
                             law->c_ms,
                             law->sigma_ppm,
                             (int64_t)law->quantile_count,
                             law->quantile_count == 0 ? 0
                                                      : law->quantile_ms[law->quantile_count / 2]};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        mix = (mix ^ (uint64_t)parts[i]) * UINT64_C(0x9E3779B97F4A7C15);
        mix ^= mix >> 32;
    }
    const size_t mask = builder->law_slot_capacity - 1;
    size_t place = (size_t)mix & mask;
    while (builder->law_slots[place] != 0 &&
           !network_laws_equal(&builder->network->laws[builder->law_slots[place] - 1], law)) {
        place = (place + 1) & mask;
    }
    return place;
}

/* Room for one law more, in the array and in the table of places. */
static enum spill_status network_law_room(struct network_builder *builder) {
    struct network *const network = builder->network;
    if (network->law_count < builder->law_capacity) {
        return SPILL_OK;
    }
    const size_t capacity =
        builder->law_capacity == 0 ? NETWORK_LAWS_FIRST : 2 * builder->law_capacity;
    struct law_spec *const laws =
        spill_grow(network->laws, builder->law_capacity, capacity, sizeof *laws);
    if (laws == NULL) {
        return SPILL_MEMORY;
    }
    network->laws = laws;
    uint32_t *const slots = spill_alloc(2 * capacity, sizeof *slots);
    if (slots == NULL) {
        return SPILL_MEMORY;
    }
    free(builder->law_slots);
    builder->law_slots = slots;
    builder->law_capacity = capacity;
    builder->law_slot_capacity = 2 * capacity;
    for (size_t i = 0; i < network->law_count; i++) {
        slots[network_law_place(builder, &laws[i])] = (uint32_t)(i + 1);
    }
    return SPILL_OK;
}

/* Only the fields that its kind reads, so that equal laws compare equal. */
static struct law_spec network_law_bare(const struct law_spec *law) {
    struct law_spec bare = {.kind = law->kind};
    switch (law->kind) {
    case LAW_NONE:
        break;
    case LAW_TRIANGULAR:
        bare.c_ms = law->c_ms;
        bare.b_ms = law->b_ms;
        bare.a_ms = law->a_ms;
        break;
    case LAW_UNIFORM:
        bare.b_ms = law->b_ms;
        bare.a_ms = law->a_ms;
        break;
    case LAW_LOGNORMAL:
        bare.sigma_ppm = law->sigma_ppm;
        bare.a_ms = law->a_ms;
        break;
    case LAW_FIXED:
    case LAW_EXPONENTIAL:
        bare.a_ms = law->a_ms;
        break;
    case LAW_EMPIRICAL:
        bare.quantile_ms = law->quantile_ms;
        bare.quantile_count = law->quantile_count;
        break;
    }
    return bare;
}

enum spill_status network_build_law(struct network_builder *builder, const struct law_spec *law,
                                    const char *whose, uint32_t *kept) {
    struct network *const network = builder->network;
    const char *const fault = law_fault(law);
    if (fault != NULL) {
        return spill_fail(builder->error, SPILL_INVALID, "%s: %s", whose, fault);
    }
    struct law_spec bare = network_law_bare(law);
    enum spill_status status = network_law_room(builder);
    if (status != SPILL_OK) {
        return status;
    }
    if (network->law_count == 0) {
        const struct law_spec none = {.kind = LAW_NONE};
        builder->law_slots[network_law_place(builder, &none)] = 1;
        network->laws[network->law_count++] = none;
        status = network_law_room(builder);
        if (status != SPILL_OK) {
            return status;
        }
    }
    const size_t place = network_law_place(builder, &bare);
    if (builder->law_slots[place] == 0) {
        if (bare.quantile_count > 0) {
            int64_t *const quantile_ms = spill_alloc(bare.quantile_count, sizeof *quantile_ms);
            if (quantile_ms == NULL) {
                return SPILL_MEMORY;
            }
            memcpy(quantile_ms, bare.quantile_ms, bare.quantile_count * sizeof *quantile_ms);
            bare.quantile_ms = quantile_ms;
        }
        network->laws[network->law_count++] = bare;
        builder->law_slots[place] = (uint32_t)network->law_count;
    }
    *kept = builder->law_slots[place] - 1;
    return SPILL_OK;
}

/* ---- Countries, sectors, pools, surge classes ---- */

static const char *network_country_spec_id(const struct network_spec *spec, size_t index) {
    return spec->countries[index].id;
}

static const char *network_sector_spec_id(const struct network_spec *spec, size_t index) {
    return spec->sectors[index].id;
}

static const char *network_pool_spec_id(const struct network_spec *spec, size_t index) {
    return spec->pools[index].id;
}

static const char *network_surge_spec_id(const struct network_spec *spec, size_t index) {
    return spec->surges[index].id;
}

static enum spill_status network_build_country(struct network_builder *builder,
                                               const struct country_spec *spec,
                                               struct network_country *country) {
    if (!network_is_ppm(spec->trust_ppm)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "country \"%s\": trust is outside 0 to 1 000 000 ppm", spec->id);
    }
    country->trust_ppm = spec->trust_ppm;
    country->hash = chance_hash("country", spec->id);
    return network_build_name(builder, spec->id, &country->name);
}

static enum spill_status network_build_countries(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->country_count;
    struct network_order *order = NULL;
    enum spill_status status =
        network_build_ids(builder, "country", count, network_country_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->countries = spill_alloc(count, sizeof *network->countries);
    status = network->countries == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = network_build_country(builder, &builder->spec->countries[order[i].index],
                                       &network->countries[i]);
    }
    network->country_count = count;
    free(order);
    return status;
}

static enum spill_status network_build_sectors(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->sector_count;
    struct network_order *order = NULL;
    enum spill_status status =
        network_build_ids(builder, "sector", count, network_sector_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->sectors = spill_alloc(count, sizeof *network->sectors);
    status = network->sectors == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = network_build_name(builder, order[i].id, &network->sectors[i].name);
    }
    network->sector_count = count;
    free(order);
    return status;
}

static enum spill_status network_build_pool(struct network_builder *builder,
                                            const struct pool_spec *spec,
                                            struct network_pool *pool) {
    if (spec->crews < 0 || spec->crews > UINT32_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "pool \"%s\": crews are outside 0 to 2^32-1", spec->id);
    }
    pool->crews = spec->crews;
    pool->hash = chance_hash("pool", spec->id);
    pool->country = network_country_rank(builder->network, spec->country);
    if (pool->country == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID, "pool \"%s\": no country \"%s\"", spec->id,
                          spec->country == NULL ? "" : spec->country);
    }
    return network_build_name(builder, spec->id, &pool->name);
}

static enum spill_status network_build_pools(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->pool_count;
    struct network_order *order = NULL;
    enum spill_status status =
        network_build_ids(builder, "pool", count, network_pool_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->pools = spill_alloc(count + 1, sizeof *network->pools);
    status = network->pools == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status =
            network_build_pool(builder, &builder->spec->pools[order[i].index], &network->pools[i]);
    }
    network->pool_count = count;
    free(order);
    return status;
}

static enum spill_status network_build_surge(struct network_builder *builder,
                                             const struct surge_spec *spec,
                                             struct network_surge *surge) {
    if (!network_is_ppm(spec->start_below_ppm) || !network_is_ppm(spec->run_below_ppm) ||
        spec->slope_ppm < 0 || spec->slope_ppm > NETWORK_SURGE_MAX_PPM || spec->run_extra_ppm < 0 ||
        spec->run_extra_ppm > NETWORK_SURGE_MAX_PPM) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "surge class \"%s\": a share is out of range", spec->id);
    }
    const struct network *const network = builder->network;
    for (size_t i = 0; i < network->country_count; i++) {
        const int64_t trust_ppm = network->countries[i].trust_ppm;
        if (trust_ppm < spec->start_below_ppm || trust_ppm < spec->run_below_ppm) {
            return spill_fail(
                builder->error, SPILL_INVALID,
                "surge class \"%s\": begins above the resting trust of country \"%s\"", spec->id,
                network_text(network, network->countries[i].name));
        }
    }
    surge->start_below_ppm = spec->start_below_ppm;
    surge->slope_ppm = spec->slope_ppm;
    surge->run_below_ppm = spec->run_below_ppm;
    surge->run_extra_ppm = spec->run_extra_ppm;
    return network_build_name(builder, spec->id, &surge->name);
}

static enum spill_status network_build_surges(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->surge_count;
    struct network_order *order = NULL;
    enum spill_status status =
        network_build_ids(builder, "surge class", count, network_surge_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->surges = spill_alloc(count, sizeof *network->surges);
    status = network->surges == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = network_build_surge(builder, &builder->spec->surges[order[i].index],
                                     &network->surges[i]);
    }
    network->surge_count = count;
    free(order);
    return status;
}

enum spill_status network_build_kinds(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    if (spec->country_count > SPILL_COUNTRIES_MAX || spec->sector_count > SPILL_SECTORS_MAX ||
        spec->pool_count > SPILL_POOLS_MAX || spec->surge_count > SPILL_SURGES_MAX ||
        spec->tag_count > SPILL_TAGS_MAX || spec->campaign_count > SPILL_CAMPAIGNS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "too many countries, sectors, pools, tags, surge classes or campaigns");
    }
    if (spec->asset_count > SPILL_ASSETS_MAX || spec->need_count > SPILL_NEEDS_MAX ||
        spec->link_count > SPILL_LINKS_MAX || spec->trust_count > SPILL_TRUSTS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "too many assets, needs, links or trust links");
    }
    enum spill_status status = network_build_countries(builder);
    if (status == SPILL_OK) {
        status = network_build_sectors(builder);
    }
    if (status == SPILL_OK) {
        status = network_build_pools(builder);
    }
    if (status == SPILL_OK) {
        status = network_build_surges(builder);
    }
    return status;
}

/* ---- Assets ---- */

static const char *network_asset_spec_id(const struct network_spec *spec, size_t index) {
    return spec->assets[index].id;
}

static enum spill_status network_build_asset_numbers(struct network_builder *builder,
                                                     const struct asset_spec *spec,
                                                     struct network_asset *asset) {
    if (spec->people < 0 || spec->value_per_hour < 0 || spec->people > INT64_MAX / SPILL_PPM ||
        spec->value_per_hour > INT64_MAX / SPILL_PPM) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "asset \"%s\": people or value is out of range", spec->id);
    }
    if (!network_is_ppm(spec->failure_ppm)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "asset \"%s\": chance of failure is outside 0 to 1 000 000 ppm",
                          spec->id);
    }
    if (!network_is_ppm(spec->lag_ppm) || spec->lag_ms < 0 || spec->lag_ms > LAW_MAX_MS) {
        return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": lag is out of range",
                          spec->id);
    }
    if (spec->lag_ppm > 0 && spec->restart.kind != LAW_NONE) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "asset \"%s\": it has a lag or a restart, not both", spec->id);
    }
    if (!network_is_ppm(spec->manual_ppm)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "asset \"%s\": manual level is outside 0 to 1 000 000 ppm", spec->id);
    }
    if (spec->headroom_ppm != 0 &&
        (spec->headroom_ppm < SPILL_PPM || spec->headroom_ppm > NETWORK_HEADROOM_MAX_PPM)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "asset \"%s\": headroom is outside 1 to 1000 times full demand",
                          spec->id);
    }
    if (spec->combination > COMBINE_LINEAR || spec->black_start > BLACK_START_ORDERED) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "asset \"%s\": no such combination or black start", spec->id);
    }
    asset->people = spec->people;
    asset->value_per_hour = spec->value_per_hour;
    asset->criticality = spec->criticality;
    const int64_t lag_ticks = network_ticks(builder->network, spec->lag_ms);
    if (lag_ticks > UINT32_MAX) {
        return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": its lag has too many ticks",
                          spec->id);
    }
    asset->lag_ppm = (int32_t)spec->lag_ppm;
    asset->lag_ticks = lag_ticks > 1 ? (uint32_t)lag_ticks : 1;
    asset->failure_ppm = (int32_t)spec->failure_ppm;
    asset->manual_ppm = (int32_t)spec->manual_ppm;
    asset->headroom_ppm = spec->headroom_ppm == 0 ? SPILL_PPM : spec->headroom_ppm;
    asset->combination = (uint8_t)spec->combination;
    asset->black_start = (uint8_t)spec->black_start;
    asset->manual_automatic = spec->manual_automatic;
    asset->node = NETWORK_NO_INDEX;
    return SPILL_OK;
}

static enum spill_status network_build_asset_places(struct network_builder *builder,
                                                    const struct asset_spec *spec,
                                                    struct network_asset *asset) {
    const struct network *const network = builder->network;
    const uint32_t country = network_country_rank(network, spec->country);
    const uint32_t sector = network_sector_rank(network, spec->sector);
    if (country == NETWORK_NO_INDEX || sector == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": no %s \"%s\"", spec->id,
                          country == NETWORK_NO_INDEX ? "country" : "sector",
                          country == NETWORK_NO_INDEX ? (spec->country == NULL ? "" : spec->country)
                                                      : (spec->sector == NULL ? "" : spec->sector));
    }
    asset->country = (uint16_t)country;
    asset->sector = (uint8_t)sector;
    asset->pool = network_pool_rank(network, spec->pool);
    if (spec->pool != NULL && asset->pool == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": no pool \"%s\"", spec->id,
                          spec->pool);
    }
    const uint32_t surge = network_surge_rank(network, spec->surge);
    if (spec->surge != NULL && surge == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": no surge class \"%s\"",
                          spec->id, spec->surge);
    }
    asset->surge = surge == NETWORK_NO_INDEX ? NETWORK_NO_SURGE : (uint16_t)surge;
    return SPILL_OK;
}

static enum spill_status network_build_asset(struct network_builder *builder,
                                             const struct asset_spec *spec, uint32_t rank) {
    struct network_asset *const asset = &builder->network->assets[rank];
    enum spill_status status = network_build_asset_numbers(builder, spec, asset);
    if (status == SPILL_OK) {
        status = network_build_asset_places(builder, spec, asset);
    }
    if (status == SPILL_OK) {
        status = network_build_name(builder, spec->id, &asset->name);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->repair, spec->id, &asset->repair);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->lifetime, spec->id, &asset->lifetime);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->restart, spec->id, &asset->restart);
    }
    if (status == SPILL_OK) {
        status = network_build_law(builder, &spec->manual_delay, spec->id, &asset->manual_delay);
    }
    if (status != SPILL_OK) {
        return status;
    }
    asset->hash = chance_hash("asset", spec->id);
    names_find(&builder->names, spec->id)->asset = rank + 1;
    return SPILL_OK;
}

/* Everything that is summed over assets and time must fit 64 bits. */
static enum spill_status network_build_totals(struct network_builder *builder) {
    struct network *const network = builder->network;
    const int64_t span_ms = network->horizon_tick * network->tick_ms;
    const int64_t people_max = INT64_MAX / (span_ms > SPILL_PPM ? span_ms : SPILL_PPM);
    int64_t people = 0;
    int64_t value_per_hour = 0;
    for (size_t i = 0; i < network->asset_count; i++) {
        const struct network_asset *const asset = &network->assets[i];
        if (asset->people > people_max - people ||
            asset->value_per_hour > people_max - value_per_hour) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "asset \"%s\": people or value of all assets, times the horizon, do "
                              "not fit 64 bits",
                              network_text(network, asset->name));
        }
        people += asset->people;
        value_per_hour += asset->value_per_hour;
        network->countries[asset->country].people += asset->people;
    }
    return SPILL_OK;
}

static void network_build_members(struct network *network) {
    for (size_t i = 0; i < network->asset_count; i++) {
        if (network->assets[i].pool != NETWORK_NO_INDEX) {
            network->pools[network->assets[i].pool].first_member++;
            network->member_count++;
        }
    }
    uint32_t first = 0;
    for (size_t i = 0; i <= network->pool_count; i++) {
        const uint32_t count = network->pools[i].first_member;
        network->pools[i].first_member = first;
        first += count;
    }
}

enum spill_status network_build_assets(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->asset_count;
    struct network_order *order = NULL;
    enum spill_status status =
        network_build_ids(builder, "asset", count, network_asset_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->assets = spill_alloc(count + 1, sizeof *network->assets);
    status = network->assets == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = network_build_asset(builder, &builder->spec->assets[order[i].index], (uint32_t)i);
    }
    network->asset_count = count;
    if (status == SPILL_OK) {
        status = network_build_totals(builder);
    }
    if (status == SPILL_OK) {
        network_build_members(network);
        status = network_build_tags(builder);
    }
    free(order);
    return status;
}
