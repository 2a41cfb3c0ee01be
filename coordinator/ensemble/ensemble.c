/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/ensemble/ensemble.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/team.h"
#include "coordinator/ensemble/ensemble_parts.h"

/* ---- Layout ---- */

size_t ensemble_group_of(const struct ensemble_layout *layout, uint32_t sector, uint32_t country) {
    SPILL_ASSERT(sector < layout->sector_count || sector == CONDITION_EVERY);
    SPILL_ASSERT(country < layout->country_count || country == CONDITION_EVERY);
    return (sector == CONDITION_EVERY ? layout->sector_count : sector) *
               (layout->country_count + 1) +
           (country == CONDITION_EVERY ? layout->country_count : country);
}

size_t ensemble_edge_of(const struct ensemble *ensemble, int64_t time_ms) {
    size_t low = 0;
    size_t high = ensemble->layout.edge_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ensemble->edges_ms[middle] < time_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t ensemble_bin_of(uint64_t hours) {
    if (hours < 16) {
        return (size_t)hours;
    }
    unsigned power = 4;
    while (hours >> power > 1) {
        power++;
    }
    return 16 + (size_t)(power - 4) * 16 + (size_t)(hours >> (power - 4) & 15);
}

int64_t ensemble_bin_hours(size_t bin) {
    if (bin < 16) {
        return (int64_t)bin;
    }
    const unsigned shift = (unsigned)(bin - 16) / 16;
    const uint64_t first = (16 + (bin & 15)) << shift;
    return (int64_t)(first + ((UINT64_C(1) << shift) - 1) / 2);
}

/* Takes the next `size` places of a section. */
static size_t ensemble_section(size_t *count, size_t size) {
    const size_t first = *count;
    *count += size;
    return first;
}

static struct ensemble_layout ensemble_lay_out(const struct network *network,
                                               const struct script *script, size_t edge_count) {
    struct ensemble_layout layout = {
        .edge_count = edge_count,
        .asset_count = network_asset_count(network),
        .sector_count = network_sector_count(network),
        .country_count = network_country_count(network),
        .link_count = network_link_count(network),
        .rule_count = script_rule_count(script),
        .campaign_count = network_campaign_count(network),
        .order_count = script_order_count(script),
        .cell_count = script_cell_count(script),
    };
    const size_t row = edge_count + 1;
    const size_t spill_count = (layout.country_count + 1) * layout.country_count;
    const size_t ordered_count = layout.cell_count * layout.order_count;
    layout.group_count = (layout.sector_count + 1) * (layout.country_count + 1);
    layout.root_count =
        layout.rule_count + layout.campaign_count + layout.country_count + ordered_count;
    layout.layer_first = layout.root_count;
    layout.root_count += network_layer_count(network);
    layout.failing_first = layout.root_count;
    layout.root_count += network_fails(network) ? layout.asset_count : 0;
    layout.first = ensemble_section(&layout.count_count, layout.asset_count * row);
    layout.at = ensemble_section(&layout.count_count, layout.asset_count * row);
    layout.outage = ensemble_section(&layout.count_count, layout.asset_count * row);
    layout.lasting = ensemble_section(&layout.count_count, layout.asset_count);
    layout.group_first = ensemble_section(&layout.count_count, layout.group_count * row);
    layout.group_at = ensemble_section(&layout.count_count, layout.group_count * row);
    layout.spill_bins = ensemble_section(&layout.count_count, spill_count * ENSEMBLE_BINS);
    layout.size = ensemble_section(&layout.count_count, layout.asset_count + 1);
    layout.depth = ensemble_section(&layout.count_count, ENSEMBLE_DEPTHS);
    layout.fired = ensemble_section(&layout.count_count, layout.rule_count);
    layout.ordered = ensemble_section(&layout.count_count, ordered_count);
    layout.root_hits = ensemble_section(&layout.count_count, layout.root_count);
    layout.dropped = ensemble_section(&layout.count_count, 1);
    layout.asset_down = ensemble_section(&layout.sum_count, layout.asset_count);
    layout.asset_person = ensemble_section(&layout.sum_count, layout.asset_count);
    layout.asset_value = ensemble_section(&layout.sum_count, layout.asset_count);
    layout.group_person = ensemble_section(&layout.sum_count, layout.group_count);
    layout.group_value = ensemble_section(&layout.sum_count, layout.group_count);
    layout.group_hours = ensemble_section(&layout.sum_count, layout.group_count);
    layout.group_squares = ensemble_section(&layout.sum_count, layout.group_count);
    layout.spill = ensemble_section(&layout.sum_count, spill_count);
    layout.link = ensemble_section(&layout.sum_count, layout.link_count);
    layout.root = ensemble_section(&layout.sum_count, layout.root_count);
    return layout;
}

/* ---- Tallies ---- */

static enum spill_status ensemble_tally_create(const struct ensemble_layout *layout,
                                               struct ensemble_tally *tally) {
    tally->counts = spill_alloc(layout->count_count, sizeof tally->counts[0]);
    tally->sums = spill_alloc(layout->sum_count, sizeof tally->sums[0]);
    return tally->counts == NULL || tally->sums == NULL ? SPILL_MEMORY : SPILL_OK;
}

static void ensemble_tally_destroy(struct ensemble_tally *tally) {
    free(tally->counts);
    free(tally->sums);
    *tally = (struct ensemble_tally){0};
}

static void ensemble_tally_add(const struct ensemble_layout *layout, struct ensemble_tally *into,
                               const struct ensemble_tally *from) {
    for (size_t i = 0; i < layout->count_count; i++) {
        into->counts[i] += from->counts[i];
    }
    for (size_t i = 0; i < layout->sum_count; i++) {
        into->sums[i] = wide_add(into->sums[i], from->sums[i]);
    }
}

/* ---- Workers ---- */

static void ensemble_worker_destroy(struct ensemble_worker *worker) {
    world_destroy(&worker->world);
    ensemble_tally_destroy(&worker->tally);
    free(worker->down_since);
    free(worker->group_since);
    free(worker->group_seen);
    free(worker->root_seen);
}

static enum spill_status ensemble_worker_create(struct ensemble_worker *worker,
                                                const struct ensemble *ensemble,
                                                const struct world *from) {
    const struct ensemble_layout *const layout = &ensemble->layout;
    worker->ensemble = ensemble;
    worker->from = from;
    worker->down_since = spill_alloc(layout->asset_count, sizeof worker->down_since[0]);
    worker->group_since = spill_alloc(layout->group_count, sizeof worker->group_since[0]);
    worker->group_seen = spill_alloc(layout->group_count, sizeof worker->group_seen[0]);
    worker->root_seen = spill_alloc(layout->root_count, sizeof worker->root_seen[0]);
    if (worker->down_since == NULL || worker->group_since == NULL || worker->group_seen == NULL ||
        worker->root_seen == NULL) {
        return SPILL_MEMORY;
    }
    const enum spill_status status = ensemble_tally_create(layout, &worker->tally);
    if (status != SPILL_OK) {
        return status;
    }
    const struct world_options options = {
        .seed = ensemble->seed,
        .team = ensemble->team,
        .sink = {.on_change = ensemble_on_change, .context = worker}};
    return world_create(ensemble->network, ensemble->script, &options, &worker->world);
}

/* ---- Checks ---- */

static enum spill_status ensemble_check_edges(const struct ensemble_options *options,
                                              struct spill_error *error) {
    if (options->edges_ms == NULL) {
        return SPILL_OK;
    }
    if (options->edge_count == 0 || options->edge_count > ENSEMBLE_EDGES_MAX) {
        return spill_fail(error, SPILL_INVALID, "an ensemble has 1 to %d edges",
                          ENSEMBLE_EDGES_MAX);
    }
    for (size_t i = 1; i < options->edge_count; i++) {
        if (options->edges_ms[i] <= options->edges_ms[i - 1]) {
            return spill_fail(error, SPILL_INVALID, "the edges of an ensemble must rise");
        }
    }
    return SPILL_OK;
}

static enum spill_status ensemble_check(const struct ensemble_options *options,
                                        struct spill_error *error) {
    const int64_t tick_ms = network_tick_ms(options->network);
    const int64_t start_ms = options->from != NULL ? world_now_ms(options->from) : 0;
    if (options->until_ms < start_ms || options->until_ms % tick_ms != 0) {
        return spill_fail(error, SPILL_INVALID,
                          "an ensemble runs to a tick that is not before its start");
    }
    if (options->replica_count == 0 ||
        options->first_replica > UINT32_MAX - options->replica_count) {
        return spill_fail(error, SPILL_INVALID, "an ensemble needs 1 to 4 294 967 295 replicas");
    }
    if (options->threads < 0 || options->threads > TEAM_THREADS_MAX) {
        return spill_fail(error, SPILL_INVALID, "an ensemble takes 1 to %d threads",
                          TEAM_THREADS_MAX);
    }
    if (options->down_below_ppm < 0 || options->down_below_ppm > SPILL_PPM) {
        return spill_fail(error, SPILL_INVALID, "the limit of groups is outside 0 to 100%%");
    }
    if (options->team != NULL && !script_has_team(options->script, options->team)) {
        const char *const nearest =
            script_nearest(options->script, options->network, NAME_POLICY, options->team);
        return spill_fail(error, SPILL_INVALID, "no cell has a policy '%s'%s%s%s", options->team,
                          nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                          nearest != NULL ? "'?" : "");
    }
    return ensemble_check_edges(options, error);
}

/* ---- Creation ---- */

static void ensemble_set_edges(struct ensemble *ensemble, const struct ensemble_options *options) {
    const size_t count = ensemble->layout.edge_count;
    for (size_t i = 0; i < count; i++) {
        if (options->edges_ms != NULL) {
            ensemble->edges_ms[i] = options->edges_ms[i];
            continue;
        }
        const int64_t span_ms = ensemble->until_ms - ensemble->start_ms;
        ensemble->edges_ms[i] = ensemble->start_ms + span_ms / (int64_t)(count - 1) * (int64_t)i +
                                span_ms % (int64_t)(count - 1) * (int64_t)i / (int64_t)(count - 1);
    }
}

static void ensemble_count_groups(struct ensemble *ensemble) {
    const struct ensemble_layout *const layout = &ensemble->layout;
    for (uint32_t i = 0; i < layout->asset_count; i++) {
        const struct asset_ref asset = {i};
        const uint32_t sector = network_asset_sector(ensemble->network, asset).index;
        const uint32_t country = network_asset_country(ensemble->network, asset).index;
        uint32_t *const counts = ensemble->group_assets;
        counts[ensemble_group_of(layout, sector, country)]++;
        counts[ensemble_group_of(layout, sector, CONDITION_EVERY)]++;
        counts[ensemble_group_of(layout, CONDITION_EVERY, country)]++;
        counts[ensemble_group_of(layout, CONDITION_EVERY, CONDITION_EVERY)]++;
    }
}

static enum spill_status ensemble_create(const struct ensemble_options *options,
                                         struct ensemble **ensemble) {
    const char *const team = options->team != NULL ? options->team : "passive";
    struct ensemble *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = options->network;
    made->script = options->script;
    made->seed = options->from != NULL ? world_seed(options->from) : options->seed;
    made->start_ms = options->from != NULL ? world_now_ms(options->from) : 0;
    made->until_ms = options->until_ms;
    made->down_below_ppm = options->down_below_ppm != 0 ? options->down_below_ppm : SPILL_PPM / 2;
    made->layout = ensemble_lay_out(options->network, options->script,
                                    options->edges_ms != NULL ? options->edge_count
                                                              : (size_t)ENSEMBLE_EDGES_DEFAULT);
    made->team = spill_alloc(strlen(team) + 1, 1);
    made->edges_ms = spill_alloc(made->layout.edge_count, sizeof made->edges_ms[0]);
    made->group_assets = spill_alloc(made->layout.group_count, sizeof made->group_assets[0]);
    made->totals = spill_alloc(options->replica_count, sizeof made->totals[0]);
    made->sorted = spill_alloc(options->replica_count, sizeof made->sorted[0]);
    if (made->team == NULL || made->edges_ms == NULL || made->group_assets == NULL ||
        made->totals == NULL || made->sorted == NULL ||
        ensemble_tally_create(&made->layout, &made->tally) != SPILL_OK) {
        ensemble_destroy(&made);
        return SPILL_MEMORY;
    }
    strcpy(made->team, team);
    ensemble_set_edges(made, options);
    ensemble_count_groups(made);
    *ensemble = made;
    return SPILL_OK;
}

void ensemble_destroy(struct ensemble **ensemble) {
    SPILL_ASSERT(ensemble != NULL);
    if (*ensemble == NULL) {
        return;
    }
    ensemble_tally_destroy(&(*ensemble)->tally);
    free((*ensemble)->team);
    free((*ensemble)->edges_ms);
    free((*ensemble)->group_assets);
    free((*ensemble)->totals);
    free((*ensemble)->sorted);
    free(*ensemble);
    *ensemble = NULL;
}

/* ---- Running ---- */

static size_t ensemble_worker_index(void) {
#ifdef _OPENMP
    return (size_t)omp_get_thread_num();
#else
    return 0;
#endif
}

/* Replicas first to first + count - 1, each into its own total. */
static void ensemble_run_batch(struct ensemble_worker *workers, int threads, uint32_t first,
                               uint32_t count, struct ensemble_total *totals) {
#pragma omp parallel for default(none) shared(workers, first, count, totals) schedule(dynamic, 1)  \
    num_threads(threads)
    for (uint32_t i = 0; i < count; i++) {
        totals[i] = ensemble_collect(&workers[ensemble_worker_index()], first + i);
    }
#ifndef _OPENMP
    (void)threads;
#endif
}

/* Runs all batches; returns how many replicas ran. */
static uint32_t ensemble_run_batches(const struct ensemble_options *options,
                                     struct ensemble *ensemble, struct ensemble_worker *workers,
                                     int threads) {
    const uint32_t each =
        options->batch_count != 0 ? options->batch_count : (uint32_t)ENSEMBLE_BATCH_DEFAULT;
    const uint64_t batch = (uint64_t)each * (uint64_t)threads;
    uint32_t done = 0;
    while (done < options->replica_count) {
        const uint32_t left = options->replica_count - done;
        const uint32_t count = left < batch ? left : (uint32_t)batch;
        ensemble_run_batch(workers, threads, options->first_replica + done, count,
                           ensemble->totals + done);
        done += count;
        if (options->on_progress != NULL &&
            !options->on_progress(done, options->replica_count, options->context)) {
            break;
        }
    }
    return done;
}

static int ensemble_compare_totals(const void *left, const void *right) {
    const struct ensemble_total *const a = left;
    const struct ensemble_total *const b = right;
    if (a->hours != b->hours) {
        return a->hours < b->hours ? -1 : 1;
    }
    return (a->replica > b->replica) - (a->replica < b->replica);
}

void ensemble_sort(struct ensemble *ensemble) {
    memcpy(ensemble->sorted, ensemble->totals,
           ensemble->replica_count * sizeof ensemble->sorted[0]);
    qsort(ensemble->sorted, ensemble->replica_count, sizeof ensemble->sorted[0],
          ensemble_compare_totals);
}

/* All that a run counts on, in bytes, for each tally. */
static bool ensemble_fits(const struct ensemble_layout *layout, int threads) {
    const uint64_t each = (uint64_t)layout->count_count * sizeof(uint64_t) +
                          (uint64_t)layout->sum_count * sizeof(struct wide);
    return each <= ENSEMBLE_BYTES_MAX / (uint64_t)(threads + 1);
}

static enum spill_status ensemble_run_workers(const struct ensemble_options *options,
                                              struct ensemble *ensemble,
                                              struct ensemble_worker *workers, int threads) {
    enum spill_status status = SPILL_OK;
    for (int i = 0; i < threads && status == SPILL_OK; i++) {
        status = ensemble_worker_create(&workers[i], ensemble, options->from);
    }
    if (status == SPILL_OK) {
        ensemble->replica_count = ensemble_run_batches(options, ensemble, workers, threads);
        for (int i = 0; i < threads; i++) {
            ensemble_tally_add(&ensemble->layout, &ensemble->tally, &workers[i].tally);
        }
        ensemble_sort(ensemble);
    }
    for (int i = 0; i < threads; i++) {
        ensemble_worker_destroy(&workers[i]);
    }
    return status;
}

enum spill_status ensemble_run(const struct ensemble_options *options, struct ensemble **ensemble,
                               struct spill_error *error) {
    SPILL_ASSERT(options != NULL);
    SPILL_ASSERT(ensemble != NULL);
    enum spill_status status = ensemble_check(options, error);
    if (status != SPILL_OK) {
        return status;
    }
    int threads = options->threads != 0 ? options->threads : team_threads();
    threads = (uint32_t)threads > options->replica_count ? (int)options->replica_count : threads;
    struct ensemble *made = NULL;
    status = ensemble_create(options, &made);
    if (status == SPILL_OK && !ensemble_fits(&made->layout, threads)) {
        ensemble_destroy(&made);
        return spill_fail(error, SPILL_LIMIT,
                          "the results would not fit; take fewer threads or fewer edges");
    }
    struct ensemble_worker *const workers =
        status == SPILL_OK ? spill_alloc((size_t)threads, sizeof workers[0]) : NULL;
    if (status == SPILL_OK && workers == NULL) {
        status = SPILL_MEMORY;
    }
    if (status == SPILL_OK) {
        status = ensemble_run_workers(options, made, workers, threads);
    }
    free(workers);
    if (status != SPILL_OK) {
        ensemble_destroy(&made);
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    *ensemble = made;
    return made->replica_count == options->replica_count ? SPILL_OK : SPILL_INTERRUPTED;
}

/* ---- Shards ---- */

static bool ensemble_same(const struct ensemble *a, const struct ensemble *b) {
    return a->network == b->network && a->script == b->script && a->seed == b->seed &&
           a->start_ms == b->start_ms && a->until_ms == b->until_ms &&
           a->down_below_ppm == b->down_below_ppm && strcmp(a->team, b->team) == 0 &&
           a->layout.edge_count == b->layout.edge_count &&
           memcmp(a->edges_ms, b->edges_ms, a->layout.edge_count * sizeof a->edges_ms[0]) == 0;
}

/* Both rising by replica; false if they have one in common. */
static bool ensemble_merge_totals(const struct ensemble *a, const struct ensemble *b,
                                  struct ensemble_total *totals) {
    size_t i = 0;
    size_t j = 0;
    while (i < a->replica_count || j < b->replica_count) {
        if (i < a->replica_count && j < b->replica_count &&
            a->totals[i].replica == b->totals[j].replica) {
            return false;
        }
        const bool first = j == b->replica_count ||
                           (i < a->replica_count && a->totals[i].replica < b->totals[j].replica);
        totals[i + j] = first ? a->totals[i] : b->totals[j];
        i += first;
        j += !first;
    }
    return true;
}

enum spill_status ensemble_merge(struct ensemble *into, const struct ensemble *from,
                                 struct spill_error *error) {
    SPILL_ASSERT(into != NULL);
    SPILL_ASSERT(from != NULL);
    if (!ensemble_same(into, from) || into->replica_count > UINT32_MAX - from->replica_count) {
        return spill_fail(error, SPILL_INVALID, "these are parts of different ensembles");
    }
    const size_t count = (size_t)into->replica_count + from->replica_count;
    struct ensemble_total *const totals = spill_alloc(count, sizeof totals[0]);
    struct ensemble_total *const sorted = spill_alloc(count, sizeof sorted[0]);
    if (totals == NULL || sorted == NULL) {
        free(totals);
        free(sorted);
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    if (!ensemble_merge_totals(into, from, totals)) {
        free(totals);
        free(sorted);
        return spill_fail(error, SPILL_INVALID, "these parts have a replica in common");
    }
    free(into->totals);
    free(into->sorted);
    into->totals = totals;
    into->sorted = sorted;
    into->replica_count = (uint32_t)count;
    ensemble_tally_add(&into->layout, &into->tally, &from->tally);
    ensemble_sort(into);
    return SPILL_OK;
}

/* ---- Identity ---- */

enum { IDENTITY_BLOCK_BYTES = 4096 };

/* Numbers, little-endian, in blocks; each is hashed behind the hash of those before it. */
struct identity {
    uint8_t bytes[IDENTITY_BLOCK_BYTES];
    size_t byte_count;
};

static void identity_flush(struct identity *identity) {
    uint8_t hash[ENSEMBLE_IDENTITY_BYTES];
    crypto_generichash(hash, sizeof hash, identity->bytes, identity->byte_count, NULL, 0);
    memcpy(identity->bytes, hash, sizeof hash);
    identity->byte_count = sizeof hash;
}

static void identity_add(struct identity *identity, uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        identity->bytes[identity->byte_count++] = (uint8_t)(value >> shift);
    }
    if (identity->byte_count == IDENTITY_BLOCK_BYTES) {
        identity_flush(identity);
    }
}

void ensemble_identity(const struct ensemble *ensemble, uint8_t digest[ENSEMBLE_IDENTITY_BYTES]) {
    SPILL_ASSERT(ensemble != NULL);
    const struct ensemble_layout *const layout = &ensemble->layout;
    struct identity identity = {.byte_count = 0};
    const uint64_t head[] = {1, /* Version of this order. */
                             ensemble->seed,
                             (uint64_t)ensemble->start_ms,
                             (uint64_t)ensemble->until_ms,
                             (uint64_t)ensemble->down_below_ppm,
                             layout->edge_count,
                             ensemble->replica_count,
                             layout->count_count,
                             layout->sum_count};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        identity_add(&identity, head[i]);
    }
    for (size_t i = 0; i < layout->edge_count; i++) {
        identity_add(&identity, (uint64_t)ensemble->edges_ms[i]);
    }
    for (size_t i = 0; i < ensemble->replica_count; i++) {
        identity_add(&identity, ensemble->totals[i].replica);
        identity_add(&identity, (uint64_t)ensemble->totals[i].hours);
    }
    for (size_t i = 0; i < layout->count_count; i++) {
        identity_add(&identity, ensemble->tally.counts[i]);
    }
    for (size_t i = 0; i < layout->sum_count; i++) {
        identity_add(&identity, ensemble->tally.sums[i].low);
        identity_add(&identity, ensemble->tally.sums[i].high);
    }
    identity_flush(&identity);
    memcpy(digest, identity.bytes, ENSEMBLE_IDENTITY_BYTES);
}
