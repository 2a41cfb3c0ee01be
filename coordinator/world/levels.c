/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/levels.h"

#include <stdlib.h>
#include <string.h>

/* Everything is a loss, so that full service is zero everywhere. */
struct level_sum {
    int64_t failed_count;
    int64_t degraded_count;
    int64_t people_without;
    int64_t people_loss; /* Sum of people x loss in ppm. */
    int64_t asset_loss;  /* Sum of losses in ppm. */
};

struct level_total {
    int64_t people;
    int64_t asset_count;
};

struct levels {
    const struct network *network;
    const struct asset_ref *assets; /* NULL: every asset. */
    size_t slot_count;
    size_t country_count;
    size_t sum_count;
    int32_t *loss_ppm; /* By slot. */
    uint64_t *failed;
    uint64_t *degraded;
    uint64_t *touched_bits;
    uint32_t *touched;
    size_t touched_count;
    struct level_sum *sums; /* By sector, then country; the last of each kind is every one. */
    struct level_total *totals;
};

static size_t levels_words(const struct levels *levels) {
    return (levels->slot_count + 63) / 64;
}

static struct asset_ref levels_asset(const struct levels *levels, uint32_t slot) {
    SPILL_ASSERT(slot < levels->slot_count);
    return levels->assets != NULL ? levels->assets[slot] : (struct asset_ref){slot};
}

/* Where an asset counts: itself, its sector everywhere, everything in its country, everything. */
static void levels_places(const struct levels *levels, struct asset_ref asset, size_t places[4]) {
    const size_t row = levels->country_count + 1;
    const size_t sector = network_asset_sector(levels->network, asset).index;
    const size_t country = network_asset_country(levels->network, asset).index;
    const size_t every = levels->sum_count / row - 1;
    places[0] = sector * row + country;
    places[1] = sector * row + levels->country_count;
    places[2] = every * row + country;
    places[3] = every * row + levels->country_count;
}

enum spill_status levels_create(const struct network *network, const struct asset_ref *assets,
                                size_t asset_count, struct levels **levels) {
    SPILL_ASSERT(network != NULL);
    SPILL_ASSERT(levels != NULL);
    struct levels *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = network;
    made->assets = assets;
    made->slot_count = asset_count;
    made->country_count = network_country_count(network);
    made->sum_count = (network_sector_count(network) + 1) * (made->country_count + 1);
    const size_t words = levels_words(made);
    made->loss_ppm = spill_alloc(asset_count, sizeof made->loss_ppm[0]);
    made->failed = spill_alloc(words, sizeof made->failed[0]);
    made->degraded = spill_alloc(words, sizeof made->degraded[0]);
    made->touched_bits = spill_alloc(words, sizeof made->touched_bits[0]);
    made->touched = spill_alloc(asset_count, sizeof made->touched[0]);
    made->sums = spill_alloc(made->sum_count, sizeof made->sums[0]);
    made->totals = spill_alloc(made->sum_count, sizeof made->totals[0]);
    if (made->loss_ppm == NULL || made->failed == NULL || made->degraded == NULL ||
        made->touched_bits == NULL || made->touched == NULL || made->sums == NULL ||
        made->totals == NULL) {
        levels_destroy(&made);
        return SPILL_MEMORY;
    }
    for (uint32_t i = 0; i < asset_count; i++) {
        const struct asset_ref asset = levels_asset(made, i);
        size_t places[4];
        levels_places(made, asset, places);
        for (int j = 0; j < 4; j++) {
            made->totals[places[j]].people += network_asset_people(network, asset);
            made->totals[places[j]].asset_count++;
        }
    }
    *levels = made;
    return SPILL_OK;
}

void levels_destroy(struct levels **levels) {
    SPILL_ASSERT(levels != NULL);
    if (*levels == NULL) {
        return;
    }
    free((*levels)->loss_ppm);
    free((*levels)->failed);
    free((*levels)->degraded);
    free((*levels)->touched_bits);
    free((*levels)->touched);
    free((*levels)->sums);
    free((*levels)->totals);
    free(*levels);
    *levels = NULL;
}

void levels_reset(struct levels *levels) {
    SPILL_ASSERT(levels != NULL);
    for (size_t i = 0; i < levels->touched_count; i++) {
        const uint32_t slot = levels->touched[i];
        size_t places[4];
        levels_places(levels, levels_asset(levels, slot), places);
        for (int j = 0; j < 4; j++) {
            levels->sums[places[j]] = (struct level_sum){0};
        }
        levels->loss_ppm[slot] = 0;
        levels->failed[slot / 64] = 0;
        levels->degraded[slot / 64] = 0;
        levels->touched_bits[slot / 64] = 0;
    }
    levels->touched_count = 0;
}

void levels_copy(struct levels *to, const struct levels *from) {
    SPILL_ASSERT(to->slot_count == from->slot_count);
    SPILL_ASSERT(to->sum_count == from->sum_count);
    levels_reset(to);
    for (size_t i = 0; i < from->touched_count; i++) {
        const uint32_t slot = from->touched[i];
        size_t places[4];
        levels_places(from, levels_asset(from, slot), places);
        for (int j = 0; j < 4; j++) {
            to->sums[places[j]] = from->sums[places[j]];
        }
        to->loss_ppm[slot] = from->loss_ppm[slot];
        to->failed[slot / 64] = from->failed[slot / 64];
        to->degraded[slot / 64] = from->degraded[slot / 64];
        to->touched_bits[slot / 64] = from->touched_bits[slot / 64];
        to->touched[i] = slot;
    }
    to->touched_count = from->touched_count;
}

/* Adds (or with -1 takes away) what one asset's loss contributes to a sum. */
static void levels_add(struct level_sum *sum, int64_t people, int64_t loss_ppm, int64_t sign) {
    sum->failed_count += loss_ppm > SPILL_PPM - SPILL_FAILED_BELOW ? sign : 0;
    sum->degraded_count += loss_ppm > 0 ? sign : 0;
    sum->people_without += sign * (people * loss_ppm / SPILL_PPM);
    sum->people_loss += sign * people * loss_ppm;
    sum->asset_loss += sign * loss_ppm;
}

unsigned levels_set(struct levels *levels, uint32_t slot, int64_t service_ppm) {
    SPILL_ASSERT(service_ppm >= 0);
    SPILL_ASSERT(service_ppm <= SPILL_PPM);
    const struct asset_ref asset = levels_asset(levels, slot);
    const int64_t before_ppm = levels->loss_ppm[slot];
    const int64_t after_ppm = SPILL_PPM - service_ppm;
    if (before_ppm == after_ppm) {
        return 0;
    }
    const uint64_t bit = UINT64_C(1) << slot % 64;
    if ((levels->touched_bits[slot / 64] & bit) == 0) {
        levels->touched_bits[slot / 64] |= bit;
        levels->touched[levels->touched_count++] = slot;
    }
    const int64_t people = network_asset_people(levels->network, asset);
    size_t places[4];
    levels_places(levels, asset, places);
    for (int j = 0; j < 4; j++) {
        levels_add(&levels->sums[places[j]], people, before_ppm, -1);
        levels_add(&levels->sums[places[j]], people, after_ppm, 1);
    }
    levels->loss_ppm[slot] = (int32_t)after_ppm;
    unsigned changed = READS_SERVICE;
    const bool failed = service_ppm < SPILL_FAILED_BELOW;
    if (failed != ((levels->failed[slot / 64] & bit) != 0)) {
        levels->failed[slot / 64] ^= bit;
        changed |= READS_FAILED;
    }
    if ((after_ppm > 0) != ((levels->degraded[slot / 64] & bit) != 0)) {
        levels->degraded[slot / 64] ^= bit;
        changed |= READS_DEGRADED;
    }
    return changed;
}

int64_t levels_service_ppm(const struct levels *levels, uint32_t slot) {
    SPILL_ASSERT(slot < levels->slot_count);
    return SPILL_PPM - levels->loss_ppm[slot];
}

static size_t levels_place(const struct levels *levels, uint32_t sector, uint32_t country) {
    const size_t row = levels->country_count + 1;
    const size_t every = levels->sum_count / row - 1;
    SPILL_ASSERT(sector < every || sector == CONDITION_EVERY);
    SPILL_ASSERT(country < levels->country_count || country == CONDITION_EVERY);
    return (sector == CONDITION_EVERY ? every : sector) * row +
           (country == CONDITION_EVERY ? levels->country_count : country);
}

int64_t levels_failed_count(const struct levels *levels, uint32_t sector, uint32_t country) {
    return levels->sums[levels_place(levels, sector, country)].failed_count;
}

int64_t levels_degraded_count(const struct levels *levels, uint32_t sector, uint32_t country) {
    return levels->sums[levels_place(levels, sector, country)].degraded_count;
}

int64_t levels_people_without(const struct levels *levels, uint32_t sector, uint32_t country) {
    return levels->sums[levels_place(levels, sector, country)].people_without;
}

int64_t levels_mean_ppm(const struct levels *levels, uint32_t sector, uint32_t country) {
    const size_t place = levels_place(levels, sector, country);
    const struct level_total *const total = &levels->totals[place];
    if (total->asset_count == 0) {
        return SPILL_PPM;
    }
    const int64_t weight = total->people > 0 ? total->people : total->asset_count;
    const int64_t loss =
        total->people > 0 ? levels->sums[place].people_loss : levels->sums[place].asset_loss;
    return SPILL_PPM - (loss / weight + (loss % weight != 0));
}

const uint64_t *levels_failed_bits(const struct levels *levels) {
    return levels->failed;
}

const uint64_t *levels_degraded_bits(const struct levels *levels) {
    return levels->degraded;
}

const uint32_t *levels_touched(const struct levels *levels, size_t *count) {
    *count = levels->touched_count;
    return levels->touched;
}
