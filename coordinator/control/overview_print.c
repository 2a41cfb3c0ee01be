/* SPDX-License-Identifier: Apache-2.0 */
/* The documents: everything, what changed, and why. */
#include "coordinator/control/overview_parts.h"

#include <stdio.h>
#include <string.h>

#define OVERVIEW_MS_PER_HOUR INT64_C(3600000)

static const struct cascade *overview_cascade(const struct exercise *exercise) {
    return world_cascade(exercise_world(exercise));
}

/* ---- The clock ---- */

/* The inject that is due next. */
static bool overview_next_inject(const struct exercise *exercise, struct inject_now *next) {
    int64_t next_ms = SPILL_NEVER;
    for (uint32_t i = 0; i < exercise_inject_count(exercise); i++) {
        struct inject_now now;
        exercise_inject(exercise, (struct inject_ref){i}, &now);
        const bool to_come = now.state == RUN_WAITING || now.state == RUN_ARMED;
        const int64_t due_ms = now.due_ms != SPILL_NEVER ? now.due_ms : now.planned_ms;
        if (to_come && due_ms > exercise_now_ms(exercise) && due_ms < next_ms) {
            next_ms = due_ms;
            *next = now;
            next->due_ms = due_ms;
        }
    }
    return next_ms != SPILL_NEVER;
}

static void overview_print_clock(const struct overview *overview, const struct exercise *exercise,
                                 enum overview_role role, struct writer *writer) {
    struct inject_now next;
    writer_object(writer, "clock");
    writer_text(writer, "state", clock_state_name(exercise_clock(exercise)));
    writer_number(writer, "now_ms", exercise_now_ms(exercise));
    writer_number(writer, "speed_permille", exercise_speed_permille(exercise));
    overview_print_ms(writer, "jump_ms", exercise_jump_ms(exercise));
    if (role == OVERVIEW_CONTROL && overview_next_inject(exercise, &next)) {
        writer_object(writer, "next");
        writer_number(writer, "at_ms", next.due_ms);
        overview_print_text(writer, "title", next.title);
        writer_end(writer);
    } else {
        writer_null(writer, "next");
    }
    writer_array(writer, "waits_for");
    for (uint32_t i = 0; i < overview->cell_count; i++) {
        if (overview->cells[i].seat.awaited) {
            writer_text(writer, NULL, script_cell_id(overview->script, (struct cell_ref){i}));
        }
    }
    writer_end(writer);
    writer_number(writer, "wall_us", overview->wall_us);
    writer_end(writer);
}

/* ---- Sums ---- */

static void overview_print_grid(
    const struct overview *overview, const struct exercise *exercise, const char *name,
    int64_t (*value)(const struct overview *overview, const struct exercise *exercise,
                     struct country_ref country, struct sector_ref sector),
    struct writer *writer) {
    writer_array(writer, name);
    for (uint32_t i = 0; i < overview->country_count; i++) {
        for (uint32_t j = 0; j < overview->sector_count; j++) {
            writer_number(
                writer, NULL,
                value(overview, exercise, (struct country_ref){i}, (struct sector_ref){j}));
        }
    }
    writer_end(writer);
}

static int64_t overview_people_without(const struct overview *overview,
                                       const struct exercise *exercise, struct country_ref country,
                                       struct sector_ref sector) {
    (void)overview;
    return cascade_people_without(overview_cascade(exercise), country, sector);
}

static int64_t overview_failed(const struct overview *overview, const struct exercise *exercise,
                               struct country_ref country, struct sector_ref sector) {
    (void)overview;
    return cascade_failed_count(overview_cascade(exercise), country, sector);
}

static int64_t overview_group(const struct overview *overview, const struct exercise *exercise,
                              struct country_ref country, struct sector_ref sector) {
    (void)exercise;
    return overview->group_assets[country.index * overview->sector_count + sector.index];
}

static int64_t overview_level(const struct overview *overview, const struct exercise *exercise,
                              struct country_ref country, struct sector_ref sector) {
    if (overview_group(overview, exercise, country, sector) == 0) {
        return SPILL_PPM;
    }
    const uint32_t arguments[CONDITION_ARGUMENTS_MAX] = {sector.index, country.index};
    return world_read(FUNCTION_LEVEL, arguments, exercise_world(exercise));
}

static int64_t overview_person_hours(const struct overview *overview,
                                     const struct exercise *exercise, struct country_ref country,
                                     struct sector_ref sector) {
    (void)overview;
    return cascade_person_ms(overview_cascade(exercise), country, sector) / OVERVIEW_MS_PER_HOUR;
}

static void overview_print_moment(const struct overview *overview, int64_t at_ms,
                                  const int64_t *without, struct writer *writer) {
    writer_object(writer, NULL);
    writer_number(writer, "at_ms", at_ms);
    writer_array(writer, "people_without");
    for (size_t i = 0; i < overview->sector_count; i++) {
        writer_number(writer, NULL, without[i]);
    }
    writer_end(writer);
    writer_end(writer);
}

static void overview_print_indicators(const struct overview *overview,
                                      const struct exercise *exercise, struct writer *writer) {
    const int64_t now_ms = exercise_now_ms(exercise);
    writer_object(writer, "indicators");
    overview_print_grid(overview, exercise, "people_without", overview_people_without, writer);
    overview_print_grid(overview, exercise, "assets_failed", overview_failed, writer);
    overview_print_grid(overview, exercise, "assets", overview_group, writer);
    overview_print_grid(overview, exercise, "service_ppm", overview_level, writer);
    overview_print_grid(overview, exercise, "person_hours", overview_person_hours, writer);
    writer_array(writer, "trust_ppm");
    for (uint32_t i = 0; i < overview->country_count; i++) {
        writer_number(writer, NULL,
                      cascade_trust_ppm(overview_cascade(exercise), (struct country_ref){i}));
    }
    writer_end(writer);
    /* Moments of which no output said yet that they are past: nothing has changed since. The last
     * is now. */
    writer_array(writer, "history");
    for (size_t i = 0; i < OVERVIEW_HISTORY_MAX - 1; i++) {
        const int64_t at_ms = (int64_t)i * overview->history_step_ms;
        if (at_ms < now_ms) {
            overview_print_moment(overview, at_ms,
                                  i < overview->history_count ? overview->history[i].without
                                                              : overview->without,
                                  writer);
        }
    }
    overview_print_moment(overview, now_ms, overview->without, writer);
    writer_end(writer);
    writer_end(writer);
}

static void overview_print_matrix(const struct overview *overview, const struct exercise *exercise,
                                  struct writer *writer) {
    const struct cascade *const cascade = overview_cascade(exercise);
    writer_object(writer, "matrix");
    writer_array(writer, "person_hours");
    for (uint32_t from = 0; from <= overview->country_count; from++) {
        const struct country_ref row = {from < overview->country_count ? from : NETWORK_NO_INDEX};
        for (uint32_t hit = 0; hit < overview->country_count; hit++) {
            writer_number(writer, NULL,
                          cascade_spill_ms(cascade, row, (struct country_ref){hit}) /
                              OVERVIEW_MS_PER_HOUR);
        }
    }
    writer_end(writer);
    writer_end(writer);
}

static void overview_print_rfis(const struct overview *overview, const struct exercise *exercise,
                                enum overview_role role, struct writer *writer) {
    writer_array(writer, "rfis");
    const size_t count = role == OVERVIEW_CONTROL ? exercise_rfi_count(exercise) : 0;
    for (size_t i = 0; i < count; i++) {
        struct rfi_now now;
        exercise_rfi(exercise, i + 1, &now);
        writer_object(writer, NULL);
        writer_number(writer, "number", (int64_t)i + 1);
        writer_text(writer, "cell", script_cell_id(overview->script, now.cell));
        writer_text(writer, "text", now.text);
        writer_number(writer, "asked_ms", now.asked_ms);
        overview_print_ms(writer, "answered_ms", now.answered_ms);
        writer_end(writer);
    }
    writer_end(writer);
}

/* ---- Alarms ---- */

static void overview_print_alarm(const char *part, const char *level, enum words_key key,
                                 const struct words_value values[LANGUAGE_COUNT], const char *cell,
                                 struct writer *writer) {
    char lines[LANGUAGE_COUNT][OVERVIEW_WORDS_BYTES];
    struct text text;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        (void)words_fill(lines[i], sizeof lines[i], key, (enum words_language)i, &values[i], 1);
        text.in[i] = lines[i];
    }
    writer_object(writer, NULL);
    writer_text(writer, "part", part);
    writer_text(writer, "level", level);
    overview_print_text(writer, "words", text);
    if (cell == NULL) {
        writer_null(writer, "cell");
    } else {
        writer_text(writer, "cell", cell);
    }
    writer_end(writer);
}

/* 0: there is room; 1: little; 2: next to none. */
static int overview_disk_level(const struct overview *overview) {
    return overview->disk_bytes < 0 || overview->disk_bytes >= OVERVIEW_DISK_LOW_BYTES ? 0
           : overview->disk_bytes >= OVERVIEW_DISK_OUT_BYTES                           ? 1
                                                                                       : 2;
}

static void overview_print_disk(const struct overview *overview,
                                const struct words_value none[LANGUAGE_COUNT],
                                struct writer *writer) {
    static const char *const levels[] = {"ok", "warning", "bad"};
    char text[32];
    const int level = overview_disk_level(overview);
    snprintf(text, sizeof text, "%lld", (long long)(overview->disk_bytes >> 20));
    const struct words_value values[LANGUAGE_COUNT] = {{"count", text}, {"count", text}};
    overview_print_alarm("disk", levels[level], level == 0 ? WORDS_ALARM_DISK_OK : WORDS_ALARM_DISK,
                         level == 0 ? none : values, NULL, writer);
}

/* A cell that was there and is not; actions for which the model had no room. That all is well is
 * said too. */
static void overview_print_alarms(const struct overview *overview, const struct exercise *exercise,
                                  struct writer *writer) {
    static const struct words_value none[LANGUAGE_COUNT] = {{"count", ""}, {"count", ""}};
    bool lost = false;
    writer_array(writer, "alarms");
    for (uint32_t i = 0; i < overview->cell_count; i++) {
        const struct cell_ref cell = {i};
        const struct text name = scenario_cast(overview->scenario, cell)->name;
        const struct words_value values[LANGUAGE_COUNT] = {{"cell", name.in[LANGUAGE_EN]},
                                                           {"cell", name.in[LANGUAGE_NL]}};
        struct cell_now now;
        exercise_cell(exercise, cell, &now);
        const bool halted = overview->cells[i].seat.halted;
        if (halted || (overview->cells[i].joined && !now.connected)) {
            overview_print_alarm("streams", halted ? "bad" : "warning",
                                 halted ? WORDS_ALARM_HALTED : WORDS_LOG_LOST, values,
                                 script_cell_id(overview->script, cell), writer);
            lost = true;
        }
    }
    if (!lost) {
        overview_print_alarm("streams", "ok", WORDS_ALARM_STREAMS_OK, none, NULL, writer);
    }
    overview_print_alarm("record", "ok", WORDS_ALARM_RECORD_OK, none, NULL, writer);
    overview_print_disk(overview, none, writer);
    const int64_t dropped = world_dropped_count(exercise_world(exercise));
    if (dropped > 0) {
        overview_print_alarm("model", "bad", WORDS_ALARM_MODEL_FULL, none, NULL, writer);
    } else {
        overview_print_alarm("model", "ok", WORDS_ALARM_MODEL_OK, none, NULL, writer);
    }
    writer_end(writer);
}

static uint64_t overview_alarms_hash(const struct overview *overview,
                                     const struct exercise *exercise) {
    uint64_t hash =
        overview_mix(1, world_dropped_count(exercise_world(exercise)) > 0 ? UINT64_C(1) : 0);
    hash = overview_mix(hash, (uint64_t)overview_disk_level(overview));
    for (uint32_t i = 0; i < overview->cell_count; i++) {
        struct cell_now now;
        exercise_cell(exercise, (struct cell_ref){i}, &now);
        hash = overview_mix(hash, overview->cells[i].joined && !now.connected);
        hash = overview_mix(hash, overview->cells[i].seat.halted);
    }
    return hash;
}

/* ---- Looking ---- */

bool overview_look(struct overview *overview, const struct exercise *exercise, bool all,
                   int64_t wall_us) {
    const int64_t now_ms = exercise_now_ms(exercise);
    overview->wall_us = wall_us;
    overview_assets_look(overview, exercise, all);
    overview_cells_look(overview, exercise, all);
    overview_injects_look(overview, exercise, all);
    overview->look.rfis = overview->rfis_dirty;
    overview->look.clock = overview->clock_dirty || now_ms != overview->looked_ms;
    overview->sums_dirty =
        overview->sums_dirty || overview->look.clock || overview->changed.count > 0;
    overview->look.sums = all && overview->sums_dirty;
    overview->sums_dirty = overview->sums_dirty && !overview->look.sums;
    overview->look.first_entry = overview->look.end_entry;
    overview->look.end_entry = overview->entry_count;
    const uint64_t alarms = all ? overview_alarms_hash(overview, exercise) : overview->alarms_told;
    overview->look.alarms = alarms != overview->alarms_told;
    overview->alarms_told = alarms;
    overview->rfis_dirty = false;
    overview->clock_dirty = false;
    overview->looked_ms = now_ms;
    return overview->look.clock || overview->look.cells || overview->look.injects ||
           overview->look.rfis || overview->look.alarms || overview->look.sums ||
           overview->changed.count > 0 || overview->look.end_entry > overview->look.first_entry;
}

/* ---- Documents ---- */

static void overview_print_sums(const struct overview *overview, const struct exercise *exercise,
                                struct writer *writer) {
    overview_print_indicators(overview, exercise, writer);
    overview_print_matrix(overview, exercise, writer);
    overview_print_roots(overview, exercise, writer);
}

static void overview_print_cells(const struct overview *overview, const struct exercise *exercise,
                                 bool all, struct writer *writer) {
    writer_array(writer, "cells");
    for (uint32_t i = 0; i < overview->cell_count; i++) {
        if (all || overview->cells[i].listed) {
            overview_print_cell(overview, exercise, (struct cell_ref){i}, writer);
        }
    }
    writer_end(writer);
}

static void overview_print_injects(const struct overview *overview, const struct exercise *exercise,
                                   bool all, enum overview_role role, struct writer *writer) {
    writer_array(writer, "injects");
    for (uint32_t i = 0; i < exercise_inject_count(exercise); i++) {
        const struct inject_ref inject = {i};
        if ((all || overview->injects[i].listed) && overview_inject_shown(exercise, inject, role)) {
            overview_print_inject(overview, exercise, inject, writer);
        }
    }
    writer_end(writer);
}

void overview_print_delta(const struct overview *overview, const struct exercise *exercise,
                          enum overview_role role, struct writer *writer) {
    writer_object(writer, NULL);
    writer_number(writer, "sequence", (int64_t)overview->sequence);
    if (overview->look.clock) {
        overview_print_clock(overview, exercise, role, writer);
    }
    if (overview->changed.count > 0) {
        writer_array(writer, "assets");
        for (size_t i = 0; i < overview->changed.count; i++) {
            overview_print_asset(overview, exercise, (struct asset_ref){overview->changed.items[i]},
                                 role, writer);
        }
        writer_end(writer);
    }
    if (overview->look.cells) {
        overview_print_cells(overview, exercise, false, writer);
    }
    if (overview->look.injects) {
        overview_print_injects(overview, exercise, false, role, writer);
    }
    if (overview->look.rfis) {
        overview_print_rfis(overview, exercise, role, writer);
    }
    if (overview->look.sums) {
        overview_print_sums(overview, exercise, writer);
    }
    if (overview->look.alarms) {
        overview_print_alarms(overview, exercise, writer);
    }
    if (overview->look.end_entry > overview->look.first_entry) {
        (void)overview_print_log(overview, role, overview->look.first_entry,
                                 overview->look.end_entry, writer);
    }
    writer_end(writer);
}

static size_t overview_log_first(const struct overview *overview) {
    return overview->look.end_entry > OVERVIEW_LOG_SHOWN
               ? overview->look.end_entry - OVERVIEW_LOG_SHOWN
               : 0;
}

void overview_print_state(const struct overview *overview, const struct exercise *exercise,
                          enum overview_role role, struct writer *writer) {
    writer_object(writer, NULL);
    writer_number(writer, "sequence", (int64_t)overview->sequence);
    overview_print_clock(overview, exercise, role, writer);
    writer_array(writer, "assets");
    for (uint32_t i = 0; i < overview->asset_count; i++) {
        overview_print_asset(overview, exercise, (struct asset_ref){i}, role, writer);
    }
    writer_end(writer);
    overview_print_cells(overview, exercise, true, writer);
    overview_print_injects(overview, exercise, true, role, writer);
    overview_print_rfis(overview, exercise, role, writer);
    overview_print_sums(overview, exercise, writer);
    overview_print_alarms(overview, exercise, writer);
    (void)overview_print_log(overview, role, overview_log_first(overview), overview->look.end_entry,
                             writer);
    writer_end(writer);
}

size_t overview_print_missed(const struct overview *overview, enum overview_role role,
                             uint64_t after, struct writer *writer) {
    const size_t end = overview_log_first(overview);
    const size_t kept =
        overview->entry_count > OVERVIEW_LOG_MAX ? overview->entry_count - OVERVIEW_LOG_MAX : 0;
    size_t first = end;
    while (first > kept && overview->log[(first - 1) % OVERVIEW_LOG_MAX].sequence > after) {
        first--;
    }
    writer_object(writer, NULL);
    writer_number(writer, "sequence", (int64_t)overview->sequence);
    const size_t count = overview_print_log(overview, role, first, end, writer);
    writer_end(writer);
    return count;
}
