/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: an exercise played by robots in this process, and what happened to each of them, so that a
 * robot elsewhere can be told the same. Header only; for tests.
 */
#ifndef SPILL_TEST_NODES_TABLE_H
#define SPILL_TEST_NODES_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "nodes/robot.h"
#include "proto/stream/frame.h"
#include "tests/check.h"
#include "tests/exercise/play.h"

enum {
    SEATS_MAX = 32,
    EVENTS_MAX = 8192,
    BYTES_MAX = 1 << 22,
    INPUTS_MAX = 64,
    INPUT_BYTES = 2048
};

/* What happens to a robot: a message, or (size 0) somebody asks it to act. */
struct event {
    int64_t now_ms;
    size_t at_bytes;
    size_t size_bytes;
};

/* An exercise, its robots, and what happened to each of them. */
struct table {
    struct play play;
    size_t seat_count;
    struct brief *briefs[SEATS_MAX];
    struct robot *robots[SEATS_MAX];
    struct event *events[SEATS_MAX];
    size_t event_counts[SEATS_MAX];
    struct frame_position sent[SEATS_MAX];
    uint8_t *bytes;
    size_t used_bytes;
    struct codec_arena *arena;
};

static inline struct event *table_event(struct table *table, size_t seat) {
    CHECK_LT(table->event_counts[seat], (size_t)EVENTS_MAX);
    return &table->events[seat][table->event_counts[seat]++];
}

static inline void table_hear(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                              void *context) {
    struct table *const table = context;
    play_see(output, bytes, size_bytes, &table->play);
    if (output->kind == OUTPUT_MESSAGE) {
        struct cell_ref cell = {0};
        CHECK_OK(
            script_find_cell(scenario_script(table->play.scenario), output->message.cell, &cell));
        CHECK_LE(table->used_bytes + size_bytes, (size_t)BYTES_MAX);
        memcpy(table->bytes + table->used_bytes, bytes, size_bytes);
        *table_event(table, cell.index) =
            (struct event){.at_bytes = table->used_bytes, .size_bytes = size_bytes};
        table->used_bytes += size_bytes;
        CHECK_OK(robot_receive(table->robots[cell.index], bytes, size_bytes, NULL));
    }
}

/* Asks one robot to act, and then does what it said; true if it did anything. */
static inline bool table_turn(struct table *table, size_t seat) {
    static uint8_t said[INPUTS_MAX][INPUT_BYTES];
    size_t sizes[INPUTS_MAX];
    size_t count = 0;
    struct input input;
    const int64_t now_ms = exercise_now_ms(table->play.exercise);
    if (robot_quiet_until_ms(table->robots[seat]) > now_ms) {
        return false;
    }
    *table_event(table, seat) = (struct event){.now_ms = now_ms};
    while (robot_take(table->robots[seat], now_ms, &input, 1) > 0) {
        CHECK_LT(count, (size_t)INPUTS_MAX);
        CHECK_OK(input_encode(&input, said[count], INPUT_BYTES, &sizes[count]));
        frame_position_next(&table->sent[seat], said[count], sizes[count]);
        count++;
    }
    for (size_t i = 0; i < count; i++) {
        codec_arena_reset(table->arena);
        CHECK_OK(input_decode(said[i], sizes[i], table->arena, &input, NULL));
        CHECK_OK(exercise_apply(table->play.exercise, &input, table_hear, table));
    }
    return count > 0;
}

static inline void table_settle(struct table *table) {
    bool any = true;
    while (any) {
        any = false;
        for (size_t i = 0; i < table->seat_count; i++) {
            any = table_turn(table, i) || any;
        }
    }
}

static inline void table_play(struct table *table, int64_t until_ms) {
    const struct input start = {
        .kind = INPUT_START, .who = {WHO_CONTROL, "excon"}, .clock = {.why = ""}};
    CHECK_OK(exercise_apply(table->play.exercise, &start, table_hear, table));
    table_settle(table);
    while (exercise_now_ms(table->play.exercise) < until_ms) {
        int64_t next_ms = exercise_next_ms(table->play.exercise);
        for (size_t i = 0; i < table->seat_count; i++) {
            const int64_t quiet_ms = robot_quiet_until_ms(table->robots[i]);
            next_ms = quiet_ms < next_ms ? quiet_ms : next_ms;
        }
        const struct input advance = {
            .kind = INPUT_ADVANCE,
            .who = {WHO_SYSTEM, ""},
            .advance = {.until_ms = next_ms < until_ms ? next_ms : until_ms}};
        CHECK_OK(exercise_apply(table->play.exercise, &advance, table_hear, table));
        table_settle(table);
    }
}

static inline void table_begin(struct table *table, struct package *package, uint64_t seed) {
    memset(table, 0, sizeof *table);
    play_begin(&table->play, package, seed);
    table->seat_count = script_cell_count(scenario_script(table->play.scenario));
    CHECK_LE(table->seat_count, (size_t)SEATS_MAX);
    table->bytes = malloc(BYTES_MAX);
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &table->arena));
    for (size_t i = 0; i < table->seat_count; i++) {
        table->events[i] = calloc(EVENTS_MAX, sizeof *table->events[i]);
        CHECK_OK(brief_create(table->play.scenario, (struct cell_ref){(uint32_t)i}, "doctrine",
                              seed, &table->briefs[i]));
        CHECK_OK(robot_create(table->briefs[i], &table->robots[i], NULL));
    }
}

static inline void table_end(struct table *table) {
    for (size_t i = 0; i < table->seat_count; i++) {
        robot_destroy(&table->robots[i]);
        brief_destroy(&table->briefs[i]);
        free(table->events[i]);
    }
    codec_arena_destroy(&table->arena);
    free(table->bytes);
    play_end(&table->play);
}

#endif
