/* SPDX-License-Identifier: Apache-2.0 */
/* The part of loader that checks assets.csv, links.csv and trust.csv. */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "coordinator/cascade/law.h"
#include "coordinator/scenario/loader.h"

/* What the network refuses: sums of weights, times of levels, must fit 64 bits. */
#define CHECK_WEIGHT_SUM_MAX (INT64_MAX / SPILL_PPM)

static struct place check_asset_place(const struct loader *loader, size_t asset,
                                      const char *column) {
    return loader_row_place(&loader->assets_table, loader->assets[asset].row_offset_bytes, column);
}

/* ---- Assets ---- */

static void check_asset_ids(struct loader *loader) {
    for (size_t i = 0; i < loader->asset_count; i++) {
        const char *const id = loader->assets[i].row.id;
        const uint32_t first = loader_find(loader, REFERS_ASSET, id);
        if (id != NULL && first != i) {
            loader_error(loader, check_asset_place(loader, i, "id"),
                         "the asset '%s' is there twice; first in line %zu", id,
                         loader_line(check_asset_place(loader, first, "id")));
        }
    }
}

static void check_asset_names(struct loader *loader, size_t asset) {
    const struct source_asset *const row = &loader->assets[asset].row;
    const char *const columns[LANGUAGE_COUNT] = {"name_en", "name_nl"};
    if (row->name[LANGUAGE_EN] == NULL && row->name[LANGUAGE_NL] == NULL) {
        loader_error(loader, check_asset_place(loader, asset, "id"),
                     "the asset has no name in any language");
        return;
    }
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        if (row->name[i] == NULL && (loader->file.languages & (1U << i)) != 0) {
            const bool column = table_column(&loader->assets_table, columns[i]) != SIZE_MAX;
            loader_warn(loader, check_asset_place(loader, asset, column ? columns[i] : "id"),
                        "the asset has no name in %s", format_languages[i]);
        }
    }
}

static void check_asset(struct loader *loader, size_t asset) {
    const bool latitude = loader->assets[asset].latitude_given;
    const bool longitude = loader->assets[asset].longitude_given;
    if (latitude != longitude) {
        loader_error(loader, check_asset_place(loader, asset, latitude ? "lon" : "lat"),
                     "an asset on the map needs both 'lat' and 'lon'");
    }
    if (loader->assets[asset].kind != LOADER_NO_KIND && loader->asset_specs[asset].sector == NULL) {
        loader_error(loader, check_asset_place(loader, asset, "kind"),
                     "neither the kind nor the row says the asset's sector");
    }
    const struct asset_spec *const spec = &loader->asset_specs[asset];
    if (spec->lag_ppm > 0 && spec->restart.kind != LAW_NONE) {
        loader_error(loader, check_asset_place(loader, asset, "kind"),
                     "the asset has a lag or a restart, not both");
    }
    check_asset_names(loader, asset);
}

/* Person-milliseconds of everybody must fit 64 bits. */
static void check_totals(struct loader *loader) {
    const int64_t duration_ms =
        loader->file.duration_ms == SPILL_NEVER ? 0 : loader->file.duration_ms;
    const int64_t span_ms = duration_ms > SPILL_PPM ? duration_ms : SPILL_PPM;
    const int64_t most = INT64_MAX / span_ms;
    int64_t people = 0;
    int64_t value = 0;
    for (size_t i = 0; i < loader->asset_count; i++) {
        const struct asset_spec *const spec = &loader->asset_specs[i];
        if (spec->people > most - people || spec->value_per_hour > most - value) {
            loader_error(loader,
                         check_asset_place(
                             loader, i, spec->people > most - people ? "people" : "value_per_hour"),
                         "up to here the assets serve more people or value than the model can "
                         "count over the whole duration");
            return;
        }
        people += spec->people;
        value += spec->value_per_hour;
    }
}

/* ---- People of a place ---- */

/* No sector serves more people in a place than live there. */
static void check_places(struct loader *loader) {
    const struct source_scenario *const file = &loader->file;
    struct ids places;
    int64_t *const served =
        arena_alloc(&loader->scratch, file->place_count * file->sector_count, sizeof *served);
    bool *const told =
        arena_alloc(&loader->scratch, file->place_count * file->sector_count, sizeof *told);
    if (served == NULL || told == NULL ||
        !ids_create(&places, file->place_count, loader->hash_key, &loader->scratch)) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < file->place_count; i++) {
        (void)ids_add(&places, file->places[i].at.id, (uint32_t)i);
    }
    for (size_t i = 0; i < loader->asset_count && file->place_count > 0; i++) {
        const struct asset_spec *const spec = &loader->asset_specs[i];
        const char *const name = loader->assets[i].row.place;
        const uint32_t sector = loader_find(loader, REFERS_SECTOR, spec->sector);
        if (name == NULL || spec->people == 0 || sector == IDS_NONE) {
            continue;
        }
        const uint32_t place = ids_find(&places, name);
        if (place == IDS_NONE) {
            struct nearest nearest = nearest_start(name);
            char hint[NEAREST_WORDS_BYTES];
            ids_offer(&places, &nearest);
            loader_warn(loader, check_asset_place(loader, i, "place"),
                        "'%s' is not among the scenario's places%s", name,
                        nearest_words(&nearest, hint, sizeof hint));
            continue;
        }
        const size_t slot = place * file->sector_count + sector;
        served[slot] += spec->people;
        if (served[slot] > file->places[place].population && !told[slot]) {
            told[slot] = true;
            loader_error(loader, check_asset_place(loader, i, "people"),
                         "with this asset the sector '%s' serves %" PRId64
                         " people in '%s', where %" PRId64 " live: somebody is counted twice",
                         spec->sector, served[slot], name, file->places[place].population);
        }
    }
}

/* ---- Links ---- */

/* A link by its ends; positions. */
struct check_triple {
    uint32_t asset;
    uint32_t need;
    uint32_t supplier;
};

/* Links found by their ends. */
struct check_links {
    struct check_triple *triples; /* By link; asset IDS_NONE: not sound. */
    uint32_t *slots;              /* 0: free, else the link's position plus 1. */
    size_t slot_count;
    const uint8_t *hash_key;
};

static size_t check_slot(const struct check_links *links, const struct check_triple *triple) {
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const uint8_t *)triple, sizeof *triple, links->hash_key);
    uint64_t number = 0;
    memcpy(&number, hash, sizeof number);
    size_t slot = (size_t)number & (links->slot_count - 1);
    while (links->slots[slot] != 0 &&
           memcmp(&links->triples[links->slots[slot] - 1], triple, sizeof *triple) != 0) {
        slot = (slot + 1) & (links->slot_count - 1);
    }
    return slot;
}

static struct place check_link_place(const struct loader *loader, size_t link, const char *column) {
    return loader_row_place(&loader->links_table, loader->link_rows[link], column);
}

/* Whether the weight is written as its need's aggregator wants it. */
static void check_weight(struct loader *loader, size_t link, const struct source_need *need) {
    const bool given = loader->link_ends[link].weight_given;
    const bool percent = loader->link_ends[link].weight_percent;
    switch (need->spec.aggregator) {
    case AGGREGATOR_LINEAR:
        if (!percent) {
            loader_error(loader, check_link_place(loader, link, given ? "weight" : "need"),
                         "a link of a 'linear' need has a weight, a percentage");
        }
        break;
    case AGGREGATOR_SHARE:
    case AGGREGATOR_THRESHOLD:
        if (percent) {
            loader_error(loader, check_link_place(loader, link, "weight"),
                         "the weight of a '%s' need is a number, not a percentage",
                         need->spec.aggregator == AGGREGATOR_SHARE ? "share" : "threshold");
        }
        break;
    case AGGREGATOR_ALL:
    case AGGREGATOR_ANY:
    case AGGREGATOR_K_OF_N:
        if (given) {
            loader_warn(loader, check_link_place(loader, link, "weight"),
                        "weights do not count for this need's aggregator");
        }
        break;
    }
}

/* The ends of a link; false when one of them is at fault. */
static bool check_link_ends(struct loader *loader, size_t link, struct check_triple *triple) {
    const struct link_spec *const spec = &loader->links[link];
    const struct loader_ends ends = loader->link_ends[link];
    *triple = (struct check_triple){.asset = ends.asset, .supplier = ends.supplier};
    if (triple->asset == IDS_NONE || loader->assets[triple->asset].kind == LOADER_NO_KIND) {
        return false;
    }
    const struct source_kind *const kind = &loader->file.kinds[loader->assets[triple->asset].kind];
    size_t need = 0;
    if (spec->need != NULL && !loader_find_need(kind, spec->need, &need)) {
        struct nearest nearest = nearest_start(spec->need);
        char hint[NEAREST_WORDS_BYTES];
        for (size_t i = 0; i < kind->need_count; i++) {
            nearest_offer(&nearest, kind->needs[i].at.id);
        }
        loader_error(loader, check_link_place(loader, link, "need"),
                     "assets of the kind '%s' have no need '%s'%s", kind->at.id, spec->need,
                     nearest_words(&nearest, hint, sizeof hint));
    }
    triple->need = (uint32_t)need;
    return triple->supplier != IDS_NONE && spec->need != NULL &&
           loader_find_need(kind, spec->need, &need);
}

static void check_link(struct loader *loader, struct check_links *links, size_t link) {
    struct check_triple *const triple = &links->triples[link];
    if (!check_link_ends(loader, link, triple)) {
        triple->asset = IDS_NONE;
        return;
    }
    const struct link_spec *const spec = &loader->links[link];
    const size_t slot = check_slot(links, triple);
    if (links->slots[slot] != 0) {
        loader_error(loader, check_link_place(loader, link, "supplier"),
                     "the link '%s/%s/%s' is there twice; first in line %zu", spec->asset,
                     spec->need, spec->supplier,
                     loader_line(check_link_place(loader, links->slots[slot] - 1, "supplier")));
        triple->asset = IDS_NONE; /* Counted once. */
        return;
    }
    links->slots[slot] = (uint32_t)link + 1;
    if (triple->asset == triple->supplier) {
        loader_warn(loader, check_link_place(loader, link, "supplier"),
                    "the asset supplies itself: once down, it stays down");
    }
    const int64_t ticks_max = UINT32_MAX;
    const int64_t delay_ms =
        spec->delay_down_ms > spec->delay_up_ms ? spec->delay_down_ms : spec->delay_up_ms;
    if (loader->file.tick_ms > 0 && delay_ms / loader->file.tick_ms >= ticks_max) {
        loader_error(
            loader,
            check_link_place(loader, link,
                             spec->delay_down_ms >= spec->delay_up_ms ? "delay_down" : "delay_up"),
            "this delay is longer than %" PRId64 " ticks", ticks_max);
    }
    check_weight(loader, link,
                 &loader->file.kinds[loader->assets[triple->asset].kind].needs[triple->need]);
}

/* Sums over the links of each need: how many, and their weights. */
struct check_sums {
    size_t *first; /* Of each asset's needs; in the arrays below. */
    uint32_t *count;
    int64_t *weight;
};

static bool check_make_sums(struct loader *loader, struct check_sums *sums) {
    sums->first = arena_alloc(&loader->scratch, loader->asset_count + 1, sizeof *sums->first);
    if (sums->first == NULL) {
        return false;
    }
    size_t total = 0;
    size_t backups = 0;
    for (size_t i = 0; i < loader->asset_count; i++) {
        sums->first[i] = total;
        const uint32_t kind = loader->assets[i].kind;
        total += kind == LOADER_NO_KIND ? 0 : loader->file.kinds[kind].need_count;
        for (size_t j = 0; kind != LOADER_NO_KIND && j < loader->file.kinds[kind].need_count; j++) {
            backups += loader->file.kinds[kind].needs[j].backup_count;
        }
    }
    if (total > SPILL_NEEDS_MAX || backups > SPILL_BACKUPS_MAX) {
        const struct place whole = {&loader->sources[FILE_ASSETS], PLACE_WHOLE, 0};
        loader_error(loader, whole, "the assets have more than %d needs or %d backups together",
                     SPILL_NEEDS_MAX, SPILL_BACKUPS_MAX);
        return true;
    }
    sums->count = arena_alloc(&loader->scratch, total, sizeof *sums->count);
    sums->weight = arena_alloc(&loader->scratch, total, sizeof *sums->weight);
    return sums->count != NULL && sums->weight != NULL;
}

/* What only all links of a need together can break. */
static void check_needs_of_assets(struct loader *loader, const struct check_links *links) {
    struct check_sums sums = {0};
    if (!check_make_sums(loader, &sums)) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < loader->link_count && sums.count != NULL; i++) {
        const struct check_triple *const triple = &links->triples[i];
        if (triple->asset == IDS_NONE) {
            continue;
        }
        const size_t at = sums.first[triple->asset] + triple->need;
        const int64_t weight = loader->links[i].weight == 0 ? 1 : loader->links[i].weight;
        const struct source_need *const need =
            &loader->file.kinds[loader->assets[triple->asset].kind].needs[triple->need];
        const int64_t most = need->spec.denominator > SPILL_PPM ? INT64_MAX / need->spec.denominator
                                                                : CHECK_WEIGHT_SUM_MAX;
        sums.count[at]++;
        if (sums.weight[at] <= most && weight > most - sums.weight[at]) {
            loader_error(loader, check_link_place(loader, i, "weight"),
                         "up to here the weights of this need are too large together");
        }
        sums.weight[at] =
            weight > most - sums.weight[at] ? INT64_MAX / 2 : sums.weight[at] + weight;
    }
    for (size_t i = 0; i < loader->asset_count && sums.count != NULL; i++) {
        const uint32_t kind = loader->assets[i].kind;
        for (size_t j = 0; kind != LOADER_NO_KIND && j < loader->file.kinds[kind].need_count; j++) {
            const struct need_spec *const need = &loader->file.kinds[kind].needs[j].spec;
            const uint32_t count = sums.count[sums.first[i] + j];
            if (need->aggregator == AGGREGATOR_K_OF_N && count > 0 && need->k > count) {
                loader_error(loader, check_asset_place(loader, i, "id"),
                             "the need '%s' of its kind wants %" PRId64
                             " suppliers to work, and links.csv names %" PRIu32,
                             loader->file.kinds[kind].needs[j].at.id, need->k, count);
            }
        }
    }
}

/* ---- Trust ---- */

static struct place check_trust_place(const struct loader *loader, size_t trust,
                                      const char *column) {
    return loader_row_place(&loader->trust_table, loader->trust_rows[trust], column);
}

/* Whether a link "asset/need/supplier" exists. */
static bool check_carrier(const struct loader *loader, const struct check_links *links,
                          const char *carrier) {
    char text[3 * (SPILL_ID_BYTES_MAX + 1)];
    const size_t bytes = strlen(carrier);
    if (bytes >= sizeof text) {
        return false;
    }
    memcpy(text, carrier, bytes + 1);
    char *const need_id = strchr(text, '/') + 1;
    char *const supplier_id = strchr(need_id, '/') + 1;
    need_id[-1] = '\0';
    supplier_id[-1] = '\0';
    struct check_triple triple = {.asset = loader_find(loader, REFERS_ASSET, text),
                                  .supplier = loader_find(loader, REFERS_ASSET, supplier_id)};
    size_t need = 0;
    if (triple.asset == IDS_NONE || triple.supplier == IDS_NONE ||
        loader->assets[triple.asset].kind == LOADER_NO_KIND ||
        !loader_find_need(&loader->file.kinds[loader->assets[triple.asset].kind], need_id, &need)) {
        return false;
    }
    triple.need = (uint32_t)need;
    return links->slot_count > 0 && links->slots[check_slot(links, &triple)] != 0;
}

static void check_trusts(struct loader *loader, const struct check_links *service) {
    struct check_links roads = {.hash_key = loader->hash_key, .slot_count = 8};
    while (roads.slot_count < 2 * loader->trust_count) {
        roads.slot_count *= 2;
    }
    roads.triples = arena_alloc(&loader->scratch, loader->trust_count, sizeof *roads.triples);
    roads.slots = arena_alloc(&loader->scratch, roads.slot_count, sizeof *roads.slots);
    if (roads.triples == NULL || roads.slots == NULL) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < loader->trust_count; i++) {
        const struct trust_spec *const spec = &loader->trusts[i];
        roads.triples[i] =
            (struct check_triple){.asset = loader_find(loader, REFERS_ASSET, spec->from),
                                  .supplier = loader_find(loader, REFERS_ASSET, spec->to)};
        const bool known = loader->links_table.csv.column_count > 0 &&
                           !loader->index[REFERS_ASSET].broken &&
                           !loader->index[REFERS_KIND].broken;
        if (spec->carrier != NULL && known && !check_carrier(loader, service, spec->carrier)) {
            loader_error(loader, check_trust_place(loader, i, "carrier"),
                         "there is no link '%s' in links.csv", spec->carrier);
        }
        if (roads.triples[i].asset == IDS_NONE || roads.triples[i].supplier == IDS_NONE) {
            continue;
        }
        const size_t slot = check_slot(&roads, &roads.triples[i]);
        if (roads.triples[i].asset == roads.triples[i].supplier) {
            loader_error(loader, check_trust_place(loader, i, "to"),
                         "a road leads to another asset");
        } else if (roads.slots[slot] != 0) {
            loader_error(loader, check_trust_place(loader, i, "from"),
                         "the road from '%s' to '%s' is there twice; first in line %zu", spec->from,
                         spec->to,
                         loader_line(check_trust_place(loader, roads.slots[slot] - 1, "from")));
        } else {
            roads.slots[slot] = (uint32_t)i + 1;
        }
    }
}

void loader_check_tables(struct loader *loader) {
    check_asset_ids(loader);
    for (size_t i = 0; i < loader->asset_count; i++) {
        check_asset(loader, i);
    }
    check_totals(loader);
    check_places(loader);
    if (loader->assets_table.csv.column_count > 0 && loader->asset_count == 0 &&
        fault_list_errors(loader->faults) == 0) {
        loader_error(loader, (struct place){&loader->sources[FILE_ASSETS], PLACE_WHOLE, 0},
                     "there are no assets");
    }
    struct check_links links = {.hash_key = loader->hash_key, .slot_count = 8};
    while (links.slot_count < 2 * loader->link_count) {
        links.slot_count *= 2;
    }
    links.triples = arena_alloc(&loader->scratch, loader->link_count, sizeof *links.triples);
    links.slots = arena_alloc(&loader->scratch, links.slot_count, sizeof *links.slots);
    if (links.triples == NULL || links.slots == NULL) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < loader->link_count; i++) {
        check_link(loader, &links, i);
    }
    check_needs_of_assets(loader, &links);
    check_trusts(loader, &links);
}
