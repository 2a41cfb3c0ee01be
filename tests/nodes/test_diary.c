/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a robot whose process ends at any moment goes on from its inbox as if it never had:
 * what it sends is what an undisturbed one sends, byte for byte, with nothing twice or left out. */
#include "nodes/diary.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/exercise/play.h"
#include "tests/support/faulty.h"
#include "tests/support/temporary.h"

enum { SEATS_MAX = 32, EVENTS_MAX = 8192, BYTES_MAX = 1 << 22, INPUTS_MAX = 64, INPUT_BYTES = 2048 };

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

static struct event *table_event(struct table *table, size_t seat) {
    CHECK_LT(table->event_counts[seat], (size_t)EVENTS_MAX);
    return &table->events[seat][table->event_counts[seat]++];
}

static void table_hear(const struct output *output, const uint8_t *bytes, size_t size_bytes,
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
static bool table_turn(struct table *table, size_t seat) {
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

static void table_settle(struct table *table) {
    bool any = true;
    while (any) {
        any = false;
        for (size_t i = 0; i < table->seat_count; i++) {
            any = table_turn(table, i) || any;
        }
    }
}

static void table_play(struct table *table, int64_t until_ms) {
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

static void table_begin(struct table *table, struct package *package, uint64_t seed) {
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

static void table_end(struct table *table) {
    for (size_t i = 0; i < table->seat_count; i++) {
        robot_destroy(&table->robots[i]);
        brief_destroy(&table->briefs[i]);
        free(table->events[i]);
    }
    codec_arena_destroy(&table->arena);
    free(table->bytes);
    play_end(&table->play);
}

/* ---- One robot and its inbox ---- */

struct life {
    const struct table *table;
    size_t seat;
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct inbox *inbox;
    struct robot *robot;
};

/* The process starts: everything comes from the inbox. */
static void life_start(struct life *life) {
    const struct brief *const brief = life->table->briefs[life->seat];
    /* No sync costs time there; whether they are enough, test_inbox.c looks at. */
    const struct inbox_options options = {
        .path = life->path, .vfs = faulty_disk(), .cell = brief->cell};
    struct spill_error error = {{0}};
    int64_t now_ms = 0;
    faulty_arm(-1, false, false);
    if (inbox_open(&options, &life->inbox, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    CHECK_OK(robot_create(brief, &life->robot, &error));
    if (diary_replay(life->inbox, life->robot, &now_ms, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

/* It ends: what was not committed is gone. */
static void life_stop(struct life *life) {
    robot_destroy(&life->robot);
    inbox_close(&life->inbox);
}

static void life_begin(struct life *life, const struct table *table, size_t seat) {
    *life = (struct life){.table = table, .seat = seat};
    temporary_create(&life->folder);
    temporary_path(&life->folder, "a.inbox", life->path);
    life_start(life);
}

static void life_end(struct life *life) {
    life_stop(life);
    temporary_destroy(&life->folder);
}

/* A message is acted on only when it is durable, so a process that ends before has not heard it. */
static void life_go(struct life *life, const struct event *event, bool committed) {
    const uint8_t *const bytes = life->table->bytes + event->at_bytes;
    size_t input_count = 0;
    if (event->size_bytes > 0) {
        CHECK_OK(inbox_append(life->inbox, INBOX_RECEIVED, bytes, event->size_bytes, NULL, NULL));
    } else {
        CHECK_OK(diary_turn(life->inbox, life->robot, event->now_ms, &input_count, NULL));
    }
    if (committed) {
        CHECK_OK(inbox_commit(life->inbox, NULL));
    }
    if (committed && event->size_bytes > 0) {
        CHECK_OK(robot_receive(life->robot, bytes, event->size_bytes, NULL));
    }
}

/* The process ends at every step-th event, behind its commit and before it in turn. */
static void check_life(const struct table *table, size_t seat, size_t step) {
    struct life life;
    life_begin(&life, table, seat);
    for (size_t i = 0; i < table->event_counts[seat]; i++) {
        const struct event *const event = &table->events[seat][i];
        if (step > 0 && i % step == 0) {
            life_go(&life, event, false);
            life_stop(&life);
            life_start(&life);
        }
        life_go(&life, event, true);
        if (step > 0 && i % step == 0) {
            life_stop(&life);
            life_start(&life);
        }
    }
    const struct frame_position sent = inbox_durable(life.inbox, INBOX_SENT).position;
    CHECK_EQ(sent.sequence, table->sent[seat].sequence);
    CHECK(frame_position_equal(&sent, &table->sent[seat]));
    life_end(&life);
}

static void check_package(const char *folder, uint64_t seed, const size_t *steps,
                          size_t step_count) {
    struct table table;
    uint64_t sent = 0;
    table_begin(&table, play_open_package(folder), seed);
    table_play(&table, scenario_duration_ms(table.play.scenario));
    for (size_t seat = 0; seat < table.seat_count; seat++) {
        sent += table.sent[seat].sequence;
        for (size_t i = 0; i < step_count; i++) {
            check_life(&table, seat, steps[i]);
        }
    }
    CHECK_LE(10, sent);
    table_end(&table);
}

TEST(diary, a_robot_that_is_stopped_anywhere_sends_what_it_would_have_sent) {
    const size_t steps[] = {0, 1, 2, 3, 7};
    check_package(PLAY_DRILL, 7, steps, 5);
    check_package("scenarios/tutorial", 1, steps, 5);
}

TEST(diary, robots_of_the_flagship_survive_too) {
    const size_t steps[] = {0, 97};
    check_package("scenarios/amber-tide", 1, steps, 2);
}

TEST(diary, a_robot_of_another_brief_does_not_take_an_inbox_over) {
    struct table table;
    struct life life;
    table_begin(&table, play_open_package(PLAY_DRILL), 7);
    table_play(&table, 12 * PLAY_H);
    CHECK_LE(1, table.sent[0].sequence);
    life_begin(&life, &table, 0);
    for (size_t i = 0; i < table.event_counts[0]; i++) {
        life_go(&life, &table.events[0][i], true);
    }
    struct robot *robot = NULL;
    struct brief *brief = NULL;
    struct spill_error error = {{0}};
    int64_t now_ms = 0;
    CHECK_OK(brief_create(table.play.scenario, (struct cell_ref){0}, "doctrine", 8, &brief));
    CHECK_OK(robot_create(brief, &robot, NULL));
    CHECK_EQ(diary_replay(life.inbox, robot, &now_ms, &error), SPILL_CORRUPT);
    CHECK(strstr(error.text, "told again, the robot ") != NULL ||
          strstr(error.text, "out of order") != NULL);
    robot_destroy(&robot);
    brief_destroy(&brief);
    life_end(&life);
    table_end(&table);
}
