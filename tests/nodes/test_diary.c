/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a robot whose process ends at any moment goes on from its inbox as if it never had:
 * what it sends is what an undisturbed one sends, byte for byte, with nothing twice or left out. */
#include "nodes/diary.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/nodes/table.h"
#include "tests/support/faulty.h"
#include "tests/support/temporary.h"

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
