/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/overview_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OVERVIEW_ENTRY_BYTES_MAX = 16384 };

#define OVERVIEW_HASH_START UINT64_C(0xCBF29CE484222325)

/* ---- Words and numbers ---- */

uint64_t overview_mix(uint64_t hash, uint64_t value) {
    uint64_t mixed = (hash == 0 ? OVERVIEW_HASH_START : hash) ^ value;
    mixed *= UINT64_C(0xFF51AFD7ED558CCD);
    return mixed ^ (mixed >> 32);
}

void overview_print_text(struct writer *writer, const char *name, struct text text) {
    writer_object(writer, name);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        writer_text(writer, words_language_code((enum words_language)i), text.in[i]);
    }
    writer_end(writer);
}

void overview_print_ms(struct writer *writer, const char *name, int64_t time_ms) {
    if (time_ms < 0 || time_ms == SPILL_NEVER) {
        writer_null(writer, name);
    } else {
        writer_number(writer, name, time_ms);
    }
}

void overview_print_index(struct writer *writer, const char *name, uint32_t index) {
    if (index == NETWORK_NO_INDEX) {
        writer_null(writer, name);
    } else {
        writer_number(writer, name, index);
    }
}

const char *overview_tlp(enum tlp tlp) {
    static const char *const names[] = {"clear", "green", "amber", "amber_strict", "red"};
    SPILL_ASSERT((size_t)tlp < sizeof names / sizeof names[0]);
    return names[tlp];
}

const char *overview_inject_type(enum inject_type type) {
    static const char *const names[] = {"information", "media",    "social",
                                        "task",        "decision", "administrative"};
    SPILL_ASSERT((size_t)type < sizeof names / sizeof names[0]);
    return names[type];
}

const char *overview_status_name(enum asset_status status) {
    static const char *const names[] = {"normal", "degraded", "failed", "restoring", "islanded"};
    SPILL_ASSERT((size_t)status < sizeof names / sizeof names[0]);
    return names[status];
}

char *overview_root_print(const char *kind, const char *id, char text[OVERVIEW_ROOT_BYTES]) {
    snprintf(text, OVERVIEW_ROOT_BYTES, "%s:%s", kind, id);
    return text;
}

/* ---- Making one ---- */

static enum spill_status overview_allocate(struct overview *overview) {
    overview->assets = spill_alloc(overview->asset_count, sizeof *overview->assets);
    overview->dirty.items = spill_alloc(overview->asset_count, sizeof(uint32_t));
    overview->watched.items = spill_alloc(overview->asset_count, sizeof(uint32_t));
    overview->changed.items = spill_alloc(overview->asset_count, sizeof(uint32_t));
    overview->infected =
        spill_alloc(network_campaign_count(overview->network), sizeof *overview->infected);
    overview->cells = spill_alloc(overview->cell_count, sizeof *overview->cells);
    overview->injects = spill_alloc(overview->inject_max, sizeof *overview->injects);
    overview->roots = spill_alloc(CASCADE_ROOTS_MAX, sizeof *overview->roots);
    overview->log = spill_alloc(OVERVIEW_LOG_MAX, sizeof *overview->log);
    overview->without = spill_alloc(overview->sector_count, sizeof *overview->without);
    overview->history = spill_alloc(OVERVIEW_HISTORY_MAX, sizeof *overview->history);
    overview->ahead = spill_alloc(OVERVIEW_AHEAD_MAX, sizeof *overview->ahead);
    overview->group_assets = spill_alloc(overview->country_count * overview->sector_count,
                                         sizeof *overview->group_assets);
    if (overview->assets == NULL || overview->dirty.items == NULL ||
        overview->watched.items == NULL || overview->changed.items == NULL ||
        overview->infected == NULL || overview->cells == NULL || overview->injects == NULL ||
        overview->roots == NULL || overview->log == NULL || overview->without == NULL ||
        overview->history == NULL || overview->group_assets == NULL || overview->ahead == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < OVERVIEW_HISTORY_MAX; i++) {
        overview->history[i].without = spill_alloc(overview->sector_count, sizeof(int64_t));
        if (overview->history[i].without == NULL) {
            return SPILL_MEMORY;
        }
    }
    const enum spill_status status = writer_create(OVERVIEW_ENTRY_BYTES_MAX, &overview->entry);
    return status == SPILL_OK ? why_create(overview->scenario, &overview->why) : status;
}

static void overview_fill(struct overview *overview) {
    for (uint32_t i = 0; i < overview->asset_count; i++) {
        const struct asset_ref asset = {i};
        overview->assets[i] = (struct overview_asset){
            .since_ms = -1, .root = NETWORK_NO_INDEX, .service_ppm = (int32_t)SPILL_PPM};
        overview->group_assets[network_asset_country(overview->network, asset).index *
                                   overview->sector_count +
                               network_asset_sector(overview->network, asset).index]++;
    }
    for (size_t i = 0; i < overview->cell_count; i++) {
        overview->cells[i] = (struct overview_cell){
            .seat = {.heard_us = -1}, .overdue_ms = -1, .oldest_ms = SPILL_NEVER};
    }
    const int64_t tick_ms = network_tick_ms(overview->network);
    const int64_t parts = OVERVIEW_HISTORY_MAX - 2;
    const int64_t step_ms = (scenario_duration_ms(overview->scenario) + parts - 1) / parts;
    overview->history_step_ms = (step_ms + tick_ms - 1) / tick_ms * tick_ms;
}

enum spill_status overview_create(const struct scenario *scenario, int64_t starts_utc_us,
                                  struct overview **overview) {
    SPILL_ASSERT(scenario != NULL);
    struct overview *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->scenario = scenario;
    made->network = scenario_network(scenario);
    made->script = scenario_script(scenario);
    made->starts_utc_us = starts_utc_us;
    made->asset_count = network_asset_count(made->network);
    made->cell_count = script_cell_count(made->script);
    made->inject_max = scenario_inject_count(scenario) + EXERCISE_AD_HOC_MAX;
    made->sector_count = network_sector_count(made->network);
    made->country_count = network_country_count(made->network);
    made->moment_ms = -1;
    made->looked_ms = -1;
    made->disk_bytes = -1;
    const enum spill_status status = overview_allocate(made);
    if (status != SPILL_OK) {
        overview_destroy(&made);
        return status;
    }
    overview_fill(made);
    *overview = made;
    return SPILL_OK;
}

void overview_destroy(struct overview **overview) {
    struct overview *const gone = *overview;
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; gone->log != NULL && i < OVERVIEW_LOG_MAX; i++) {
        free(gone->log[i].json);
    }
    for (size_t i = 0; gone->history != NULL && i < OVERVIEW_HISTORY_MAX; i++) {
        free(gone->history[i].without);
    }
    free(gone->assets);
    free(gone->dirty.items);
    free(gone->watched.items);
    free(gone->changed.items);
    free(gone->infected);
    free(gone->cells);
    free(gone->injects);
    free(gone->roots);
    free(gone->log);
    free(gone->without);
    free(gone->history);
    free(gone->group_assets);
    free(gone->ahead);
    writer_destroy(&gone->entry);
    why_destroy(&gone->why);
    free(gone);
    *overview = NULL;
}

/* ---- Taking in ---- */

/* The course so far, up to but without what happens at this time. */
static void overview_sample(struct overview *overview, int64_t at_ms) {
    while (overview->history_count < OVERVIEW_HISTORY_MAX &&
           (int64_t)overview->history_count * overview->history_step_ms < at_ms) {
        struct overview_moment *const moment = &overview->history[overview->history_count];
        moment->at_ms = (int64_t)overview->history_count * overview->history_step_ms;
        memcpy(moment->without, overview->without,
               overview->sector_count * sizeof *overview->without);
        overview->history_count++;
    }
}

static void overview_take_change(struct overview *overview, const struct output *output) {
    struct asset_ref asset = {0};
    if (network_find_asset(overview->network, output->change.asset, &asset) != SPILL_OK) {
        return;
    }
    struct overview_asset *const facts = &overview->assets[asset.index];
    const int64_t without = network_asset_people(overview->network, asset) *
                            (SPILL_PPM - output->change.service_ppm) / SPILL_PPM;
    overview->without[network_asset_sector(overview->network, asset).index] +=
        without - facts->without;
    facts->without = without;
    facts->service_ppm = (int32_t)output->change.service_ppm;
    if (output->change.status == ASSET_NORMAL) {
        facts->since_ms = -1;
    } else if (facts->since_ms < 0) {
        facts->since_ms = output->at_ms;
    }
    overview_assets_take(overview, asset);
}

static void overview_dirty_cell(struct overview *overview, const char *id) {
    struct cell_ref cell = {0};
    if (script_find_cell(overview->script, id, &cell) == SPILL_OK) {
        overview->cells[cell.index].dirty = true;
    }
}

static int overview_compare_injects(const void *id, const void *inject) {
    return strcmp(id, (*(const struct inject *const *)inject)->id);
}

/* Scenario injects are sorted by id; ad hoc ones are few and looked at all together. */
static void overview_dirty_inject(struct overview *overview, const char *id) {
    size_t low = 0;
    const size_t count = scenario_inject_count(overview->scenario);
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct inject *const inject = scenario_inject(overview->scenario, middle);
        const int order = overview_compare_injects(id, &inject);
        if (order == 0) {
            overview->injects[middle].dirty = true;
            return;
        }
        low = order > 0 ? middle + 1 : low;
        high = order > 0 ? high : middle;
    }
    for (size_t i = count; i < overview->inject_max; i++) {
        overview->injects[i].dirty = true;
    }
}

static void overview_take_cause(struct overview *overview, const struct output *output) {
    struct asset_ref asset = {0};
    if (network_find_asset(overview->network, output->cause.asset, &asset) == SPILL_OK) {
        overview_assets_take(overview, asset);
    }
}

static void overview_note(struct overview *overview, const struct output *output) {
    switch (output->kind) {
    case OUTPUT_CLOCK:
        overview->clock_dirty = true;
        break;
    case OUTPUT_INJECT:
        overview_dirty_inject(overview, output->inject.inject);
        break;
    case OUTPUT_DELIVERY:
        overview_dirty_inject(overview, output->delivery.inject);
        overview_dirty_cell(overview, output->delivery.cell);
        break;
    case OUTPUT_EXPECTATION:
        overview_dirty_inject(overview, output->expectation.inject);
        break;
    case OUTPUT_LINK: {
        struct cell_ref cell = {0};
        overview_dirty_cell(overview, output->link.cell);
        if (output->link.connected &&
            script_find_cell(overview->script, output->link.cell, &cell) == SPILL_OK) {
            overview->cells[cell.index].joined = true;
        }
        break;
    }
    case OUTPUT_ORDER:
        overview_dirty_cell(overview, output->order.order.cell);
        break;
    case OUTPUT_MESSAGE:
        overview_dirty_cell(overview, output->message.cell);
        break;
    case OUTPUT_RFI:
        overview->rfis_dirty = true;
        break;
    case OUTPUT_CHANGE:
        overview_take_change(overview, output);
        break;
    case OUTPUT_CAUSE:
        overview_take_cause(overview, output);
        break;
    default:
        break;
    }
}

enum spill_status overview_take(struct overview *overview, const struct output *output,
                                int64_t utc_us) {
    enum spill_status status = why_take(overview->why, output);
    if (status == SPILL_OK) {
        status = overview_log_take(overview, output, utc_us);
    }
    overview_sample(overview, output->at_ms);
    overview->now_ms = output->at_ms;
    overview_note(overview, output);
    return status;
}

void overview_mark(struct overview *overview, uint64_t sequence) {
    SPILL_ASSERT(sequence >= overview->sequence);
    const size_t kept = overview->entry_count - overview->marked_count < OVERVIEW_LOG_MAX
                            ? overview->marked_count
                            : overview->entry_count - OVERVIEW_LOG_MAX;
    for (size_t i = kept; i < overview->entry_count; i++) {
        overview->log[i % OVERVIEW_LOG_MAX].sequence = sequence;
    }
    overview->marked_count = overview->entry_count;
    overview->sequence = sequence;
}

void overview_seat(struct overview *overview, struct cell_ref cell,
                   const struct overview_seat *seat) {
    SPILL_ASSERT(cell.index < overview->cell_count);
    struct overview_cell *const known = &overview->cells[cell.index];
    overview->clock_dirty = overview->clock_dirty || known->seat.awaited != seat->awaited;
    known->dirty = true; /* Whether it is told is seen when it is looked at. */
    known->seat = *seat;
}

void overview_disk(struct overview *overview, int64_t free_bytes) {
    overview->disk_bytes = free_bytes;
}

uint64_t overview_sequence(const struct overview *overview) {
    return overview->sequence;
}
