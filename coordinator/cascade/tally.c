/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/*
 * Every sum over time is kept as (sum, rate, since), so that a change costs one update and reading
 * is exact at any time. All of them together stay below people (or value) of all assets times the
 * horizon, which network_create checked to fit.
 */

void tally_change(struct tally *tally, int64_t at_ms, int64_t change) {
    tally->sum = tally_at(tally, at_ms);
    tally->since_ms = at_ms;
    tally->rate += change;
    SPILL_ASSERT(tally->rate >= 0);
}

/* What is lost of an amount at this loss of service. */
static int64_t tally_lost(int64_t amount, int32_t loss_ppm) {
    return amount * loss_ppm / SPILL_PPM;
}

/* The loss of an asset goes to its root, to the matrix and to its binding link. */
static void tally_blame(struct cascade *cascade, uint32_t country, uint32_t link, uint32_t root,
                        int64_t change) {
    const int64_t now_ms = cascade_tick_ms(cascade);
    uint32_t from = 0;
    if (root != 0) {
        tally_change(&cascade->roots[root - 1].person, now_ms, change);
        from = cascade->roots[root - 1].country;
    }
    const uint32_t spill = (uint32_t)(from * cascade->network->country_count + country);
    cascade_touch(cascade, ENTITY_SPILL, spill);
    tally_change(&cascade->spill[spill], now_ms, change);
    if (link != 0) {
        tally_change(&cascade->link_tallies[link - 1], now_ms, change);
    }
}

/* Brings the asset's own sums up to now, at the loss that held until now. */
static void tally_settle_asset(struct cascade *cascade, uint32_t asset, int32_t loss_ppm) {
    struct asset_tallies *const tallies = &cascade->asset_tallies[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    const int64_t now_ms = cascade_tick_ms(cascade);
    const int64_t passed_ms = now_ms - tallies->since_ms;
    tallies->person_ms += tally_lost(what->people, loss_ppm) * passed_ms;
    tallies->value_ms += tally_lost(what->value_per_hour, loss_ppm) * passed_ms;
    tallies->failed_ms += SPILL_PPM - loss_ppm < SPILL_FAILED_BELOW ? passed_ms : 0;
    tallies->since_ms = now_ms;
}

static void tally_failure(struct cascade *cascade, uint32_t asset, int32_t before_ppm,
                          int32_t after_ppm) {
    struct asset_tallies *const tallies = &cascade->asset_tallies[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    const bool failed_before = SPILL_PPM - before_ppm < SPILL_FAILED_BELOW;
    const bool failed_after = SPILL_PPM - after_ppm < SPILL_FAILED_BELOW;
    if (failed_before == failed_after) {
        return;
    }
    cascade->cells[what->country * cascade->network->sector_count + what->sector].failed_count +=
        failed_after ? 1 : -1;
    if (failed_after) {
        tallies->failure_count++;
        if (tallies->first_failure == 0) {
            tallies->first_failure = cascade_tick_ms(cascade) + 1;
        }
    }
}

void asset_tally(struct cascade *cascade, uint32_t asset, int32_t loss_before_ppm,
                 uint32_t link_before, uint32_t root_before) {
    const struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    const int64_t before = tally_lost(what->people, loss_before_ppm);
    const int64_t after = tally_lost(what->people, state->service_loss_ppm);
    if (before > 0) {
        tally_blame(cascade, what->country, link_before, root_before, -before);
    }
    if (after > 0) {
        tally_blame(cascade, what->country, state->bound_link, state->bound_root, after);
    }
    if (loss_before_ppm == state->service_loss_ppm) {
        return;
    }
    const int64_t now_ms = cascade_tick_ms(cascade);
    const uint32_t cell = (uint32_t)(what->country * cascade->network->sector_count + what->sector);
    tally_settle_asset(cascade, asset, loss_before_ppm);
    cascade_touch(cascade, ENTITY_CELL, cell);
    tally_change(&cascade->cells[cell].person, now_ms, after - before);
    tally_change(&cascade->cells[cell].value, now_ms,
                 tally_lost(what->value_per_hour, state->service_loss_ppm) -
                     tally_lost(what->value_per_hour, loss_before_ppm));
    tally_failure(cascade, asset, loss_before_ppm, state->service_loss_ppm);
    if (after != before) {
        cascade_touch(cascade, ENTITY_COUNTRY, what->country);
        cascade->countries[what->country].without += after - before;
    }
}
