/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: the tutorial as a live exercise, and robots in this process around it, each in the place
 * of a node at the end of a socket: they hear what the live says on the loop, and answer on the
 * loop.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/live.h"
#include "nodes/node.h"
#include "tests/check.h"
#include "tests/support/deadline.h"
#include "tests/support/temporary.h"

enum { TABLE_SEATS = 64, TABLE_PATIENCE_MS = 60000 };

struct table_seat {
    struct brief *brief;
    struct link *link;
    struct node *node;
    struct frame_position sent; /* Of the cell's own stream. */
    uint64_t heard;
    bool mute; /* It hears, and says nothing. */
};

struct table {
    uv_loop_t loop;
    uv_timer_t timer; /* The deadline. */
    bool late;
    struct package *package;
    struct scenario *scenario;
    struct live *live;
    struct table_seat seats[TABLE_SEATS];
    size_t seat_count;
    /* What it said. */
    struct stream_clock clock;
    uint64_t message_count, settle_count, clock_count, output_count;
    bool ended, closed;
    enum spill_status status;
    struct spill_error words;
    uint8_t digest[CASCADE_DIGEST_BYTES]; /* After the last turn; the model thread's. */
    uint64_t sequence;
    uint64_t turn_count;
    /* The last reply. */
    bool replied;
    enum spill_status reply;
    uint64_t reply_sequence;
    char reply_words[SPILL_ERROR_TEXT_BYTES];
    bool close_at_end; /* Closes when the exercise is over, */
    int64_t stop_ms;   /* or when this time has come; 0: never. */
};

static inline void table_load(struct table *table) {
    char folder[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    struct fault_list *faults = NULL;
    snprintf(folder, sizeof folder, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    CHECK_OK(package_open(folder, &table->package, &error));
    CHECK_OK(scenario_load(table->package, folder, &table->scenario, &faults));
    fault_list_destroy(&faults);
    table->seat_count = script_cell_count(scenario_script(table->scenario));
    CHECK_LE(table->seat_count, (size_t)TABLE_SEATS);
}

static inline void table_on_message(struct cell_ref cell, const struct stream_durable *position,
                                    const struct stream_message *message, void *context) {
    struct table *const table = context;
    struct table_seat *const seat = &table->seats[cell.index];
    table->message_count++;
    CHECK_EQ(position->position.sequence, message->sequence);
    if (seat->node == NULL) {
        return;
    }
    CHECK_EQ(message->sequence, seat->heard + 1);
    seat->heard = message->sequence;
    CHECK_OK(link_send(seat->link, LINK_DOWN, message->bytes, message->size_bytes));
    CHECK_OK(node_receive(seat->node, NULL));
    if (table->live != NULL) {
        CHECK_OK(live_seat_delivered(table->live, cell, seat->heard));
    }
}

static inline void table_say(struct table *table, struct cell_ref cell, const uint8_t *bytes,
                             size_t size_bytes) {
    struct table_seat *const seat = &table->seats[cell.index];
    struct spill_error error = {{0}};
    frame_position_next(&seat->sent, bytes, size_bytes);
    CHECK_OK(live_seat_input(table->live, cell, &seat->sent, bytes, size_bytes, &error));
}

static inline void table_on_closed(void *context) {
    struct table *const table = context;
    table->closed = true;
    uv_close((uv_handle_t *)&table->timer, NULL);
}

static inline void table_on_settle(struct cell_ref cell, int64_t now_ms, void *context) {
    struct table *const table = context;
    struct table_seat *const seat = &table->seats[cell.index];
    table->settle_count++;
    if (table->live != NULL && table->stop_ms > 0 && now_ms >= table->stop_ms) {
        live_close(&table->live, table_on_closed, table);
    }
    if (seat->mute || table->live == NULL) {
        return;
    }
    (void)node_act(seat->node, now_ms, ROBOT_TURN_MAX);
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    while (link_peek(seat->link, LINK_UP, &bytes, &size_bytes)) {
        table_say(table, cell, bytes, size_bytes);
        link_drop(seat->link, LINK_UP);
    }
    const struct stream_grant grant = {.exercise_ms = now_ms,
                                       .until_ms = node_quiet_until_ms(seat->node),
                                       .received = seat->heard,
                                       .committed = seat->sent.sequence};
    CHECK_OK(live_seat_grant(table->live, cell, &grant));
}

static inline void table_on_clock(const struct stream_clock *clock, void *context) {
    struct table *const table = context;
    table->clock = *clock;
    table->clock_count++;
    if (table->close_at_end && clock->state == FRAME_CLOCK_ENDED && table->live != NULL) {
        live_close(&table->live, table_on_closed, table);
    }
}

static inline void table_on_ended(enum spill_status status, const struct spill_error *error,
                                  void *context) {
    struct table *const table = context;
    CHECK(!table->ended);
    table->ended = true;
    table->status = status;
    table->words = *error;
}

static inline void table_on_output(const struct output *output, void *context) {
    (void)output;
    ((struct table *)context)->output_count++;
}

static inline void table_on_turn(struct session *session, uint64_t sequence, void *context) {
    struct table *const table = context;
    session_digest(session, table->digest);
    table->sequence = sequence;
    table->turn_count++;
}

static inline void table_on_reply(enum spill_status status, uint64_t sequence, const char *words,
                                  void *context) {
    struct table *const table = context;
    table->replied = true;
    table->reply = status;
    table->reply_sequence = sequence;
    snprintf(table->reply_words, sizeof table->reply_words, "%s", words);
}

static inline void table_on_timer(uv_timer_t *timer) {
    ((struct table *)timer->data)->late = true;
}

static inline enum spill_status table_open(struct table *table, const char *path,
                                           int64_t speed_permille, bool resume, bool run_on,
                                           struct spill_error *error) {
    CHECK_EQ(uv_loop_init(&table->loop), 0);
    const struct live_options options = {
        .loop = &table->loop,
        .session = {.scenario = table->scenario,
                    .package = table->package,
                    .record_path = path,
                    .seed = 7,
                    .team = "doctrine",
                    .program = "test",
                    .causes = true},
        .resume = resume,
        .run_on = run_on,
        .speed_permille = speed_permille,
    };
    const enum spill_status status = live_open(&options, NULL, NULL, &table->live, error);
    if (status != SPILL_OK) {
        CHECK_EQ(uv_run(&table->loop, UV_RUN_DEFAULT), 0);
        CHECK_EQ(uv_loop_close(&table->loop), 0);
        return status;
    }
    const struct live_events events = {
        .on_message = table_on_message,
        .on_settle = table_on_settle,
        .on_clock = table_on_clock,
        .on_ended = table_on_ended,
        .on_output = table_on_output,
        .on_turn = table_on_turn,
        .context = table,
    };
    live_listen(table->live, &events);
    CHECK_EQ(uv_timer_init(&table->loop, &table->timer), 0);
    table->timer.data = table;
    CHECK_EQ(uv_timer_start(&table->timer, table_on_timer, TABLE_PATIENCE_MS, 0), 0);
    for (uint32_t i = 0; i < table->seat_count; i++) {
        const struct cell_ref cell = {i};
        table->seats[i].heard = live_committed(table->live, cell).position.sequence;
        table->seats[i].sent = live_received(table->live, cell).position;
    }
    return SPILL_OK;
}

/* A robot takes the seat of every cell. */
static inline void table_join(struct table *table) {
    for (uint32_t i = 0; i < table->seat_count; i++) {
        struct table_seat *const seat = &table->seats[i];
        if (seat->node == NULL) {
            CHECK_OK(link_create(LINK_BYTES_DEFAULT, &seat->link));
            CHECK_OK(
                brief_create(table->scenario, (struct cell_ref){i}, "doctrine", 7, &seat->brief));
            CHECK_OK(node_create(seat->brief, seat->link, &seat->node, NULL));
        }
        CHECK_OK(live_seat_join(table->live, (struct cell_ref){i}, true));
        CHECK_OK(live_seat_delivered(table->live, (struct cell_ref){i}, seat->heard));
    }
}

static inline void table_command(struct table *table, const struct input *input) {
    table->replied = false;
    CHECK_OK(live_command(table->live, input, table_on_reply, table));
}

static inline void table_clock(struct table *table, enum input_kind kind) {
    table_command(table, &(struct input){.kind = kind,
                                         .who = {.kind = WHO_CONTROL, .id = "excon"},
                                         .clock = {.why = ""}});
}

/* Turns the loop until *flag. */
static inline void table_until(struct table *table, const bool *flag) {
    while (!*flag) {
        if (table->late) {
            CHECK_FAIL("it never comes");
        }
        (void)uv_run(&table->loop, UV_RUN_ONCE);
    }
}

static inline enum spill_status table_do(struct table *table, enum input_kind kind) {
    table_clock(table, kind);
    table_until(table, &table->replied);
    return table->reply;
}

/* Closes what table_open opened; the robots stay. */
static inline void table_close(struct table *table) {
    if (table->live != NULL && !table->close_at_end && table->stop_ms == 0) {
        live_close(&table->live, table_on_closed, table);
    }
    table_until(table, &table->closed);
    CHECK(table->ended);
    while (uv_run(&table->loop, UV_RUN_DEFAULT) != 0) {
    }
    CHECK_EQ(uv_loop_close(&table->loop), 0);
    table->closed = table->ended = table->late = table->close_at_end = false;
    table->stop_ms = 0;
}

static inline void table_free(struct table *table) {
    for (size_t i = 0; i < table->seat_count; i++) {
        node_destroy(&table->seats[i].node);
        brief_destroy(&table->seats[i].brief);
        link_destroy(&table->seats[i].link);
    }
    scenario_free(&table->scenario);
    package_destroy(&table->package);
}

#endif
