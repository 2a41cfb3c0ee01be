/* SPDX-License-Identifier: Apache-2.0 */
/* The part of ensemble that answers questions. */
#include <math.h>

#include "coordinator/ensemble/ensemble_parts.h"

/* ---- The run ---- */

uint32_t ensemble_replica_count(const struct ensemble *ensemble) {
    return ensemble->replica_count;
}

uint64_t ensemble_seed(const struct ensemble *ensemble) {
    return ensemble->seed;
}

const char *ensemble_team(const struct ensemble *ensemble) {
    return ensemble->team;
}

int64_t ensemble_start_ms(const struct ensemble *ensemble) {
    return ensemble->start_ms;
}

int64_t ensemble_until_ms(const struct ensemble *ensemble) {
    return ensemble->until_ms;
}

int64_t ensemble_down_below_ppm(const struct ensemble *ensemble) {
    return ensemble->down_below_ppm;
}

size_t ensemble_edges(const struct ensemble *ensemble, const int64_t **edges_ms) {
    SPILL_ASSERT(edges_ms != NULL);
    *edges_ms = ensemble->edges_ms;
    return ensemble->layout.edge_count;
}

size_t ensemble_edge_at(const struct ensemble *ensemble, int64_t time_ms) {
    const size_t behind = ensemble_edge_of(ensemble, time_ms);
    if (behind < ensemble->layout.edge_count && ensemble->edges_ms[behind] == time_ms) {
        return behind;
    }
    return behind > 0 ? behind - 1 : 0;
}

/* ---- Series by edge ---- */

/* Sum of the bins up to an edge. Modulo 2^64, so differences are fine too. */
static uint64_t series_up_to(const uint64_t *bins, size_t edge) {
    uint64_t sum = 0;
    for (size_t i = 0; i <= edge; i++) {
        sum += bins[i];
    }
    return sum;
}

/* The least number of `of` that is at least this share of them; at least 1. */
static uint64_t share_of(uint64_t of, int64_t share_ppm) {
    SPILL_ASSERT(share_ppm >= 0);
    SPILL_ASSERT(share_ppm <= SPILL_PPM);
    const struct wide product = wide_product(of, (uint64_t)share_ppm);
    const uint64_t floor = wide_divide(product, (uint64_t)SPILL_PPM);
    const bool exact = wide_compare(wide_product(floor, (uint64_t)SPILL_PPM), product) == 0;
    const uint64_t count = floor + !exact;
    return count > 0 ? count : 1;
}

/* The first edge at which the bins reach a number; edge_count: none does. */
static size_t series_reach(const uint64_t *bins, size_t edge_count, uint64_t number) {
    uint64_t sum = 0;
    for (size_t i = 0; i < edge_count; i++) {
        sum += bins[i];
        if (sum >= number) {
            return i;
        }
    }
    return edge_count;
}

static const uint64_t *ensemble_series(const struct ensemble *ensemble, size_t section,
                                       size_t index) {
    return &ensemble->tally.counts[section + index * (ensemble->layout.edge_count + 1)];
}

static const uint64_t *ensemble_asset_series(const struct ensemble *ensemble, size_t section,
                                             struct asset_ref asset) {
    SPILL_ASSERT(asset.index < ensemble->layout.asset_count);
    return ensemble_series(ensemble, section, asset.index);
}

static int64_t ensemble_first_ms(const struct ensemble *ensemble, const uint64_t *bins,
                                 int64_t share_ppm) {
    const size_t edge = series_reach(bins, ensemble->layout.edge_count,
                                     share_of(ensemble->replica_count, share_ppm));
    return edge < ensemble->layout.edge_count ? ensemble->edges_ms[edge] : SPILL_NEVER;
}

/* ---- Assets ---- */

uint64_t ensemble_down_by(const struct ensemble *ensemble, struct asset_ref asset, size_t edge) {
    SPILL_ASSERT(edge < ensemble->layout.edge_count);
    return series_up_to(ensemble_asset_series(ensemble, ensemble->layout.first, asset), edge);
}

uint64_t ensemble_down_at(const struct ensemble *ensemble, struct asset_ref asset, size_t edge) {
    SPILL_ASSERT(edge < ensemble->layout.edge_count);
    return series_up_to(ensemble_asset_series(ensemble, ensemble->layout.at, asset), edge);
}

int64_t ensemble_first_down_ms(const struct ensemble *ensemble, struct asset_ref asset,
                               int64_t share_ppm) {
    return ensemble_first_ms(
        ensemble, ensemble_asset_series(ensemble, ensemble->layout.first, asset), share_ppm);
}

int64_t ensemble_outage_ms(const struct ensemble *ensemble, struct asset_ref asset,
                           int64_t share_ppm) {
    const size_t edge_count = ensemble->layout.edge_count;
    const uint64_t *const bins = ensemble_asset_series(ensemble, ensemble->layout.outage, asset);
    const uint64_t outage_count = series_up_to(bins, edge_count);
    if (outage_count == 0) {
        return -1;
    }
    const size_t edge = series_reach(bins, edge_count, share_of(outage_count, share_ppm));
    return edge < edge_count ? ensemble->edges_ms[edge] - ensemble->start_ms : SPILL_NEVER;
}

struct ensemble_asset ensemble_asset(const struct ensemble *ensemble, struct asset_ref asset) {
    const struct ensemble_layout *const layout = &ensemble->layout;
    SPILL_ASSERT(asset.index < layout->asset_count);
    const struct wide *const sums = ensemble->tally.sums;
    return (struct ensemble_asset){
        .down_count =
            series_up_to(ensemble_asset_series(ensemble, layout->first, asset), layout->edge_count),
        .outage_count = series_up_to(ensemble_asset_series(ensemble, layout->outage, asset),
                                     layout->edge_count),
        .lasting_count = ensemble->tally.counts[layout->lasting + asset.index],
        .down_ms = sums[layout->asset_down + asset.index],
        .person_ms = sums[layout->asset_person + asset.index],
        .value_ms = sums[layout->asset_value + asset.index]};
}

/* ---- Groups ---- */

size_t ensemble_group_assets(const struct ensemble *ensemble, uint32_t sector, uint32_t country) {
    return ensemble->group_assets[ensemble_group_of(&ensemble->layout, sector, country)];
}

static const uint64_t *ensemble_group_series(const struct ensemble *ensemble, size_t section,
                                             uint32_t sector, uint32_t country) {
    return ensemble_series(ensemble, section,
                           ensemble_group_of(&ensemble->layout, sector, country));
}

uint64_t ensemble_group_down_by(const struct ensemble *ensemble, uint32_t sector, uint32_t country,
                                size_t edge) {
    SPILL_ASSERT(edge < ensemble->layout.edge_count);
    return series_up_to(
        ensemble_group_series(ensemble, ensemble->layout.group_first, sector, country), edge);
}

uint64_t ensemble_group_down_at(const struct ensemble *ensemble, uint32_t sector, uint32_t country,
                                size_t edge) {
    SPILL_ASSERT(edge < ensemble->layout.edge_count);
    return series_up_to(ensemble_group_series(ensemble, ensemble->layout.group_at, sector, country),
                        edge);
}

int64_t ensemble_group_first_down_ms(const struct ensemble *ensemble, uint32_t sector,
                                     uint32_t country, int64_t share_ppm) {
    return ensemble_first_ms(
        ensemble, ensemble_group_series(ensemble, ensemble->layout.group_first, sector, country),
        share_ppm);
}

struct ensemble_loss ensemble_group_loss(const struct ensemble *ensemble, uint32_t sector,
                                         uint32_t country) {
    const struct ensemble_layout *const layout = &ensemble->layout;
    const size_t group = ensemble_group_of(layout, sector, country);
    const struct wide *const sums = ensemble->tally.sums;
    return (struct ensemble_loss){.person_ms = sums[layout->group_person + group],
                                  .value_ms = sums[layout->group_value + group],
                                  .hours = sums[layout->group_hours + group],
                                  .squares = sums[layout->group_squares + group]};
}

struct ensemble_estimate ensemble_estimate(const struct ensemble *ensemble,
                                           const struct ensemble_loss *loss) {
    const double count = ensemble->replica_count;
    struct ensemble_estimate estimate = {.mean_hours = wide_double(loss->person_ms) /
                                                       (double)ENSEMBLE_HOUR_MS / count};
    if (ensemble->replica_count < 2) {
        return estimate;
    }
    double spread = 0; /* count x sum of squares - square of the sum. */
    if (loss->hours.high == 0 && loss->squares.high < UINT64_MAX >> 32) {
        /* Exact as long as it fits: the two are often nearly equal. */
        const struct wide low = wide_product(loss->squares.low, ensemble->replica_count);
        const struct wide high = wide_product(loss->squares.high, ensemble->replica_count);
        const struct wide scaled = wide_add(low, (struct wide){0, high.low});
        spread = wide_double(wide_subtract(scaled, wide_product(loss->hours.low, loss->hours.low)));
    } else {
        const double hours = wide_double(loss->hours);
        spread = count * wide_double(loss->squares) - hours * hours;
    }
    const double variance = spread > 0 ? spread / count / (count - 1) : 0;
    estimate.deviation_hours = sqrt(variance);
    estimate.half_width_hours = 1.959963984540054 * sqrt(variance / count);
    return estimate;
}

/* ---- The whole ---- */

static const struct ensemble_total *ensemble_total_at(const struct ensemble *ensemble,
                                                      int64_t share_ppm) {
    SPILL_ASSERT(ensemble->replica_count > 0);
    return &ensemble->sorted[share_of(ensemble->replica_count, share_ppm) - 1];
}

int64_t ensemble_total_hours(const struct ensemble *ensemble, int64_t share_ppm) {
    return ensemble_total_at(ensemble, share_ppm)->hours;
}

uint32_t ensemble_replica_at(const struct ensemble *ensemble, int64_t share_ppm) {
    return ensemble_total_at(ensemble, share_ppm)->replica;
}

uint32_t ensemble_replica(const struct ensemble *ensemble, uint32_t at, int64_t *hours) {
    SPILL_ASSERT(at < ensemble->replica_count);
    SPILL_ASSERT(hours != NULL);
    *hours = ensemble->totals[at].hours;
    return ensemble->totals[at].replica;
}

int64_t ensemble_tail_hours(const struct ensemble *ensemble) {
    const uint64_t count = share_of(ensemble->replica_count, SPILL_PPM / 20);
    struct wide sum = {0};
    for (uint64_t i = ensemble->replica_count - count; i < ensemble->replica_count; i++) {
        wide_increase(&sum, (uint64_t)ensemble->sorted[i].hours);
    }
    return (int64_t)wide_divide(sum, count);
}

uint64_t ensemble_size_count(const struct ensemble *ensemble, size_t asset_count) {
    SPILL_ASSERT(asset_count <= ensemble->layout.asset_count);
    return ensemble->tally.counts[ensemble->layout.size + asset_count];
}

size_t ensemble_size(const struct ensemble *ensemble, int64_t share_ppm) {
    const size_t count = ensemble->layout.asset_count + 1;
    const size_t size = series_reach(&ensemble->tally.counts[ensemble->layout.size], count,
                                     share_of(ensemble->replica_count, share_ppm));
    return size < count ? size : count - 1;
}

uint64_t ensemble_depth_count(const struct ensemble *ensemble, size_t depth) {
    SPILL_ASSERT(depth < ENSEMBLE_DEPTHS);
    return ensemble->tally.counts[ensemble->layout.depth + depth];
}

static size_t ensemble_spill_place(const struct ensemble *ensemble, struct country_ref from,
                                   struct country_ref hit) {
    const size_t count = ensemble->layout.country_count;
    SPILL_ASSERT(hit.index < count);
    SPILL_ASSERT(from.index < count || from.index == NETWORK_NO_INDEX);
    return (from.index == NETWORK_NO_INDEX ? count : from.index) * count + hit.index;
}

struct wide ensemble_spill(const struct ensemble *ensemble, struct country_ref from,
                           struct country_ref hit) {
    return ensemble->tally.sums[ensemble->layout.spill + ensemble_spill_place(ensemble, from, hit)];
}

int64_t ensemble_spill_hours(const struct ensemble *ensemble, struct country_ref from,
                             struct country_ref hit, int64_t share_ppm) {
    const uint64_t *const bins =
        &ensemble->tally.counts[ensemble->layout.spill_bins +
                                ensemble_spill_place(ensemble, from, hit) * ENSEMBLE_BINS];
    const uint64_t some = series_up_to(bins, ENSEMBLE_BINS - 1);
    const uint64_t none = ensemble->replica_count - some;
    const uint64_t number = share_of(ensemble->replica_count, share_ppm);
    return number <= none ? 0
                          : ensemble_bin_hours(series_reach(bins, ENSEMBLE_BINS, number - none));
}

/* ---- Blame ---- */

struct wide ensemble_link_blame(const struct ensemble *ensemble, struct link_ref link) {
    SPILL_ASSERT(link.index < ensemble->layout.link_count);
    return ensemble->tally.sums[ensemble->layout.link + link.index];
}

size_t ensemble_root_count(const struct ensemble *ensemble) {
    return ensemble->layout.root_count;
}

struct ensemble_root ensemble_root(const struct ensemble *ensemble, size_t at) {
    const struct ensemble_layout *const layout = &ensemble->layout;
    SPILL_ASSERT(at < layout->root_count);
    struct ensemble_root root = {
        .replica_count = ensemble->tally.counts[layout->root_hits + at],
        .person_ms = ensemble->tally.sums[layout->root + at],
    };
    if (at >= layout->failing_first) {
        root.kind = "failure";
        root.id = network_asset_id(ensemble->network,
                                   (struct asset_ref){(uint32_t)(at - layout->failing_first)});
        return root;
    }
    if (at >= layout->layer_first) {
        root.kind = "layer";
        root.id = network_layer_id(ensemble->network,
                                   (struct layer_ref){(uint32_t)(at - layout->layer_first)});
        return root;
    }
    if (at < layout->rule_count) {
        root.kind = "effect";
        root.id = script_rule_id(ensemble->script, (struct rule_ref){(uint32_t)at});
        return root;
    }
    at -= layout->rule_count;
    if (at < layout->campaign_count) {
        root.kind = "campaign";
        root.id = network_campaign_id(ensemble->network, (struct campaign_ref){(uint32_t)at});
        return root;
    }
    at -= layout->campaign_count;
    if (at < layout->country_count) {
        root.kind = "information";
        root.id = network_country_id(ensemble->network, (struct country_ref){(uint32_t)at});
        return root;
    }
    at -= layout->country_count;
    root.kind = "order";
    root.id =
        script_cell_id(ensemble->script, (struct cell_ref){(uint32_t)(at / layout->order_count)});
    root.order =
        script_order_id(ensemble->script, (struct order_ref){(uint32_t)(at % layout->order_count)});
    return root;
}

uint64_t ensemble_fired(const struct ensemble *ensemble, struct rule_ref rule) {
    SPILL_ASSERT(rule.index < ensemble->layout.rule_count);
    return ensemble->tally.counts[ensemble->layout.fired + rule.index];
}

uint64_t ensemble_ordered(const struct ensemble *ensemble, struct cell_ref cell,
                          struct order_ref order) {
    SPILL_ASSERT(cell.index < ensemble->layout.cell_count);
    SPILL_ASSERT(order.index < ensemble->layout.order_count);
    return ensemble->tally
        .counts[ensemble->layout.ordered + cell.index * ensemble->layout.order_count + order.index];
}

uint64_t ensemble_dropped(const struct ensemble *ensemble) {
    return ensemble->tally.counts[ensemble->layout.dropped];
}
