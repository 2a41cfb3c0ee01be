/* SPDX-License-Identifier: Apache-2.0 */
/* The part of ensemble that runs one replica and keeps what it came to. */
#include <string.h>

#include "coordinator/ensemble/ensemble_parts.h"

/* ---- While it runs ---- */

/* Adds one stay in a state, from one time to another (SPILL_NEVER: it lasts), to differences by
 * edge. */
static void ensemble_add_stay(const struct ensemble *ensemble, uint64_t *differences,
                              int64_t from_ms, int64_t to_ms) {
    differences[ensemble_edge_of(ensemble, from_ms)] += 1;
    if (to_ms != SPILL_NEVER) {
        differences[ensemble_edge_of(ensemble, to_ms)] -= 1;
    }
}

static void ensemble_end_outage(struct ensemble_worker *worker, uint32_t asset, int64_t to_ms) {
    const struct ensemble *const ensemble = worker->ensemble;
    const struct ensemble_layout *const layout = &ensemble->layout;
    const size_t row = layout->edge_count + 1;
    const int64_t from_ms = worker->down_since[asset] - 1;
    const bool lasts = to_ms == SPILL_NEVER;
    const int64_t duration_ms = (lasts ? ensemble->until_ms : to_ms) - from_ms;
    uint64_t *const counts = worker->tally.counts;
    ensemble_add_stay(ensemble, &counts[layout->at + asset * row], from_ms, to_ms);
    /* Durations have the edges of times since the start. */
    counts[layout->outage + asset * row +
           ensemble_edge_of(ensemble, ensemble->start_ms + duration_ms)]++;
    counts[layout->lasting + asset] += lasts;
    worker->down_since[asset] = 0;
}

/* How many links lie between an asset that is down and what was hit itself. */
static size_t ensemble_depth(const struct ensemble_worker *worker, struct asset_ref asset) {
    const struct cascade *const cascade = world_cascade(worker->world);
    struct asset_ref path[ENSEMBLE_DEPTHS];
    size_t depth = 0;
    for (; depth < ENSEMBLE_DEPTHS - 1; depth++) {
        for (size_t i = 0; i < depth; i++) {
            if (path[i].index == asset.index) {
                return depth - 1; /* They hold each other down. */
            }
        }
        path[depth] = asset;
        const struct asset_cause cause = cascade_asset_cause(cascade, asset);
        if (cause.limit != LIMIT_NEED || cause.link.index == NETWORK_NO_INDEX) {
            return depth;
        }
        asset = network_link_supplier(worker->ensemble->network, cause.link);
    }
    return depth;
}

static void ensemble_look_at_group(struct ensemble_worker *worker, uint32_t sector,
                                   uint32_t country, int64_t at_ms) {
    const struct ensemble *const ensemble = worker->ensemble;
    const struct ensemble_layout *const layout = &ensemble->layout;
    const size_t group = ensemble_group_of(layout, sector, country);
    const uint32_t arguments[CONDITION_ARGUMENTS_MAX] = {sector, country};
    const bool down =
        world_read(FUNCTION_LEVEL, arguments, worker->world) < ensemble->down_below_ppm;
    const int64_t since = worker->group_since[group];
    if (down == (since != 0)) {
        return;
    }
    const size_t row = layout->edge_count + 1;
    uint64_t *const counts = worker->tally.counts;
    if (!down) {
        ensemble_add_stay(ensemble, &counts[layout->group_at + group * row], since - 1, at_ms);
        worker->group_since[group] = 0;
        return;
    }
    worker->group_since[group] = at_ms + 1;
    if (worker->group_seen[group] != (uint64_t)worker->replica + 1) {
        worker->group_seen[group] = (uint64_t)worker->replica + 1;
        counts[layout->group_first + group * row + ensemble_edge_of(ensemble, at_ms)]++;
    }
}

void ensemble_on_change(int64_t at_ms, const struct asset_ref *changed, size_t count,
                        void *context) {
    struct ensemble_worker *const worker = context;
    const struct network *const network = worker->ensemble->network;
    const struct cascade *const cascade = world_cascade(worker->world);
    for (size_t i = 0; i < count; i++) {
        const struct asset_ref asset = changed[i];
        const bool down = cascade_service_ppm(cascade, asset) < SPILL_FAILED_BELOW;
        if (down && worker->down_since[asset.index] == 0) {
            worker->down_since[asset.index] = at_ms + 1;
            const size_t depth = ensemble_depth(worker, asset);
            worker->depth_max = depth > worker->depth_max ? depth : worker->depth_max;
        } else if (!down && worker->down_since[asset.index] != 0) {
            ensemble_end_outage(worker, asset.index, at_ms);
        }
        const uint32_t sector = network_asset_sector(network, asset).index;
        const uint32_t country = network_asset_country(network, asset).index;
        ensemble_look_at_group(worker, sector, country, at_ms);
        ensemble_look_at_group(worker, sector, CONDITION_EVERY, at_ms);
        ensemble_look_at_group(worker, CONDITION_EVERY, country, at_ms);
        ensemble_look_at_group(worker, CONDITION_EVERY, CONDITION_EVERY, at_ms);
    }
}

/* ---- Afterwards ---- */

static uint64_t ensemble_natural(int64_t value) {
    SPILL_ASSERT(value >= 0);
    return (uint64_t)value;
}

/* Assets that were touched, with the links that bound them; returns how many were ever down. */
static size_t ensemble_collect_assets(struct ensemble_worker *worker) {
    const struct ensemble *const ensemble = worker->ensemble;
    const struct ensemble_layout *const layout = &ensemble->layout;
    const struct cascade *const cascade = world_cascade(worker->world);
    const size_t row = layout->edge_count + 1;
    uint64_t *const counts = worker->tally.counts;
    struct wide *const sums = worker->tally.sums;
    size_t down_count = 0;
    size_t touched_count = 0;
    const struct asset_ref *const touched = cascade_touched(cascade, &touched_count);
    for (size_t i = 0; i < touched_count; i++) {
        const struct asset_ref asset = touched[i];
        const struct asset_tally tally = cascade_asset_tally(cascade, asset);
        if (worker->down_since[asset.index] != 0) {
            ensemble_end_outage(worker, asset.index, SPILL_NEVER);
        }
        if (tally.first_failure_ms != SPILL_NEVER) {
            down_count++;
            counts[layout->first + asset.index * row +
                   ensemble_edge_of(ensemble, tally.first_failure_ms)]++;
        }
        wide_increase(&sums[layout->asset_down + asset.index], ensemble_natural(tally.failed_ms));
        wide_increase(&sums[layout->asset_person + asset.index], ensemble_natural(tally.person_ms));
        wide_increase(&sums[layout->asset_value + asset.index], ensemble_natural(tally.value_ms));
        size_t need_count = 0;
        struct need_ref need = network_asset_needs(ensemble->network, asset, &need_count);
        for (; tally.person_ms > 0 && need_count > 0; need_count--, need.index++) {
            size_t link_count = 0;
            struct link_ref link = network_need_links(ensemble->network, need, &link_count);
            for (; link_count > 0; link_count--, link.index++) {
                wide_increase(&sums[layout->link + link.index],
                              ensemble_natural(cascade_link_person_ms(cascade, link)));
            }
        }
    }
    return down_count;
}

static void ensemble_add_loss(struct ensemble_worker *worker, size_t group, uint64_t person_ms,
                              uint64_t value_ms) {
    const struct ensemble_layout *const layout = &worker->ensemble->layout;
    struct wide *const sums = worker->tally.sums;
    const uint64_t hours = person_ms / ENSEMBLE_HOUR_MS;
    wide_increase(&sums[layout->group_person + group], person_ms);
    wide_increase(&sums[layout->group_value + group], value_ms);
    wide_increase(&sums[layout->group_hours + group], hours);
    struct wide *const squares = &sums[layout->group_squares + group];
    *squares = wide_add(*squares, wide_product(hours, hours));
}

/* Losses of every group; returns the person_ms of all. */
static uint64_t ensemble_collect_groups(struct ensemble_worker *worker) {
    const struct ensemble_layout *const layout = &worker->ensemble->layout;
    const struct cascade *const cascade = world_cascade(worker->world);
    const uint32_t sector_count = (uint32_t)layout->sector_count;
    const uint32_t country_count = (uint32_t)layout->country_count;
    uint64_t country_person_ms[SPILL_COUNTRIES_MAX] = {0};
    uint64_t country_value_ms[SPILL_COUNTRIES_MAX] = {0};
    uint64_t all_person_ms = 0;
    uint64_t all_value_ms = 0;
    for (uint32_t i = 0; i < sector_count; i++) {
        uint64_t sector_person_ms = 0;
        uint64_t sector_value_ms = 0;
        for (uint32_t j = 0; j < country_count; j++) {
            const struct country_ref country = {j};
            const struct sector_ref sector = {i};
            const uint64_t person_ms =
                ensemble_natural(cascade_person_ms(cascade, country, sector));
            const uint64_t value_ms = ensemble_natural(cascade_value_ms(cascade, country, sector));
            if (person_ms == 0 && value_ms == 0) {
                continue;
            }
            ensemble_add_loss(worker, ensemble_group_of(layout, i, j), person_ms, value_ms);
            sector_person_ms += person_ms;
            sector_value_ms += value_ms;
            country_person_ms[j] += person_ms;
            country_value_ms[j] += value_ms;
        }
        ensemble_add_loss(worker, ensemble_group_of(layout, i, CONDITION_EVERY), sector_person_ms,
                          sector_value_ms);
        all_person_ms += sector_person_ms;
        all_value_ms += sector_value_ms;
    }
    for (uint32_t j = 0; j < country_count; j++) {
        ensemble_add_loss(worker, ensemble_group_of(layout, CONDITION_EVERY, j),
                          country_person_ms[j], country_value_ms[j]);
    }
    ensemble_add_loss(worker, ensemble_group_of(layout, CONDITION_EVERY, CONDITION_EVERY),
                      all_person_ms, all_value_ms);
    return all_person_ms;
}

static void ensemble_collect_spill(struct ensemble_worker *worker) {
    const struct ensemble_layout *const layout = &worker->ensemble->layout;
    const struct cascade *const cascade = world_cascade(worker->world);
    const uint32_t country_count = (uint32_t)layout->country_count;
    for (uint32_t i = 0; i <= country_count; i++) {
        const struct country_ref from = {i < country_count ? i : NETWORK_NO_INDEX};
        for (uint32_t j = 0; j < country_count; j++) {
            const uint64_t person_ms =
                ensemble_natural(cascade_spill_ms(cascade, from, (struct country_ref){j}));
            if (person_ms == 0) {
                continue; /* What is missing from the bins lost nothing. */
            }
            const size_t place = (size_t)i * country_count + j;
            wide_increase(&worker->tally.sums[layout->spill + place], person_ms);
            worker->tally.counts[layout->spill_bins + place * ENSEMBLE_BINS +
                                 ensemble_bin_of(person_ms / ENSEMBLE_HOUR_MS)]++;
        }
    }
}

/* Copies the part of text up to a sign; returns what is behind the sign, NULL if it is not there.
 */
static const char *ensemble_cut(const char *text, char sign, char part[SPILL_ID_BYTES_MAX + 1]) {
    const char *const end = strchr(text, sign);
    if (end == NULL || (size_t)(end - text) > SPILL_ID_BYTES_MAX) {
        return NULL;
    }
    memcpy(part, text, (size_t)(end - text));
    part[end - text] = '\0';
    return end + 1;
}

/* The place of a root among the results; root_count if it has none. */
static size_t ensemble_root_of(const struct ensemble *ensemble, const struct root *root) {
    const struct ensemble_layout *const layout = &ensemble->layout;
    size_t first = 0;
    uint32_t index = 0;
    if (strcmp(root->kind, "order") == 0) {
        first = layout->rule_count + layout->campaign_count + layout->country_count;
        char cell_id[SPILL_ID_BYTES_MAX + 1];
        char order_id[SPILL_ID_BYTES_MAX + 1];
        struct cell_ref cell = {0};
        struct order_ref order = {0};
        const char *const behind = ensemble_cut(root->id, '/', cell_id);
        if (behind == NULL || ensemble_cut(behind, '#', order_id) == NULL ||
            script_find_cell(ensemble->script, cell_id, &cell) != SPILL_OK ||
            script_find_order(ensemble->script, order_id, &order) != SPILL_OK) {
            return layout->root_count;
        }
        return first + cell.index * layout->order_count + order.index;
    }
    if (strcmp(root->kind, "failure") == 0) {
        struct asset_ref asset = {0};
        return network_find_asset(ensemble->network, root->id, &asset) == SPILL_OK
                   ? layout->failing_first + asset.index
                   : layout->root_count;
    }
    if (strcmp(root->kind, "layer") == 0) {
        struct layer_ref layer = {0};
        return network_find_layer(ensemble->network, root->id, &layer) == SPILL_OK
                   ? layout->layer_first + layer.index
                   : layout->root_count;
    }
    enum condition_name kind = NAME_RULE;
    if (strcmp(root->kind, "campaign") == 0) {
        kind = NAME_CAMPAIGN;
        first = layout->rule_count;
    } else if (strcmp(root->kind, "information") == 0) {
        kind = NAME_COUNTRY;
        first = layout->rule_count + layout->campaign_count;
    }
    if (script_resolve(ensemble->script, ensemble->network, kind, root->id, &index) != SPILL_OK) {
        return layout->root_count;
    }
    return first + index;
}

static void ensemble_collect_roots(struct ensemble_worker *worker) {
    const struct ensemble_layout *const layout = &worker->ensemble->layout;
    const struct cascade *const cascade = world_cascade(worker->world);
    const size_t count = cascade_root_count(cascade);
    for (uint32_t i = 0; i < count; i++) {
        const int64_t person_ms = cascade_root_person_ms(cascade, (struct root_ref){i});
        if (person_ms == 0) {
            continue;
        }
        const struct root root = cascade_root(cascade, (struct root_ref){i});
        const size_t place = ensemble_root_of(worker->ensemble, &root);
        SPILL_ASSERT(place < layout->root_count);
        wide_increase(&worker->tally.sums[layout->root + place], ensemble_natural(person_ms));
        if (worker->root_seen[place] != (uint64_t)worker->replica + 1) {
            worker->root_seen[place] = (uint64_t)worker->replica + 1;
            worker->tally.counts[layout->root_hits + place]++;
        }
    }
}

static void ensemble_collect_script(struct ensemble_worker *worker) {
    const struct ensemble_layout *const layout = &worker->ensemble->layout;
    uint64_t *const counts = worker->tally.counts;
    for (uint32_t i = 0; i < layout->rule_count; i++) {
        counts[layout->fired + i] += world_fired_count(worker->world, (struct rule_ref){i}) > 0;
    }
    const size_t order_count = world_order_count(worker->world);
    for (uint32_t i = 0; i < order_count; i++) {
        const struct world_order_facts order = world_order_at(worker->world, i);
        counts[layout->ordered + order.cell.index * layout->order_count +
               order.request.order.index]++;
    }
    counts[layout->dropped] += ensemble_natural(world_dropped_count(worker->world));
}

/* ---- One replica ---- */

/* What a forecast finds down when it begins. */
static void ensemble_begin_now(struct ensemble_worker *worker) {
    const struct ensemble *const ensemble = worker->ensemble;
    const struct ensemble_layout *const layout = &ensemble->layout;
    const struct cascade *const cascade = world_cascade(worker->world);
    size_t count = 0;
    const struct asset_ref *const touched = cascade_touched(cascade, &count);
    for (size_t i = 0; i < count; i++) {
        if (cascade_service_ppm(cascade, touched[i]) < SPILL_FAILED_BELOW) {
            worker->down_since[touched[i].index] = ensemble->start_ms + 1;
        }
    }
    for (uint32_t i = 0; i <= layout->sector_count; i++) {
        for (uint32_t j = 0; j <= layout->country_count; j++) {
            ensemble_look_at_group(worker, i < layout->sector_count ? i : CONDITION_EVERY,
                                   j < layout->country_count ? j : CONDITION_EVERY,
                                   ensemble->start_ms);
        }
    }
}

/* Groups that are still down at the end. */
static void ensemble_end_groups(struct ensemble_worker *worker) {
    const struct ensemble_layout *const layout = &worker->ensemble->layout;
    const size_t row = layout->edge_count + 1;
    for (size_t i = 0; i < layout->group_count; i++) {
        if (worker->group_since[i] != 0) {
            ensemble_add_stay(worker->ensemble, &worker->tally.counts[layout->group_at + i * row],
                              worker->group_since[i] - 1, SPILL_NEVER);
            worker->group_since[i] = 0;
        }
    }
}

struct ensemble_total ensemble_collect(struct ensemble_worker *worker, uint32_t replica) {
    const struct ensemble *const ensemble = worker->ensemble;
    const struct ensemble_layout *const layout = &ensemble->layout;
    worker->replica = replica;
    worker->depth_max = 0;
    if (worker->from != NULL) {
        world_copy(worker->world, worker->from);
        world_redraw(worker->world, replica);
        ensemble_begin_now(worker);
    } else {
        world_reset(worker->world, ensemble->seed, replica);
    }
    world_advance(worker->world, ensemble->until_ms);
    const size_t down_count = ensemble_collect_assets(worker);
    worker->tally.counts[layout->size + down_count]++;
    worker->tally.counts[layout->depth + worker->depth_max]++;
    ensemble_end_groups(worker);
    const uint64_t person_ms = ensemble_collect_groups(worker);
    ensemble_collect_spill(worker);
    ensemble_collect_roots(worker);
    ensemble_collect_script(worker);
    return (struct ensemble_total){(int64_t)(person_ms / ENSEMBLE_HOUR_MS), replica};
}
