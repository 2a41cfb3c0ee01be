/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that every cell's stream can be read back from a recording, from any message on, while it
 * is being written, and that it is the stream that was sent. */
#include "coordinator/control/backlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/seats.h"
#include "tests/check.h"
#include "tests/support/temporary.h"

static struct package *package;
static struct scenario *scenario;
static struct seats *seats;
static struct session *session;
static struct temporary folder;
static char path[TEMPORARY_PATH_BYTES];
static struct backlog_batch batch;

static void play_to(int64_t until_ms) {
    struct spill_error error = {{0}};
    CHECK_OK(session_run(session, until_ms, &error));
}

static void start(void) {
    char name[1024];
    struct spill_error error = {{0}};
    struct fault_list *faults = NULL;
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    snprintf(name, sizeof name, "%s/scenarios/amber-tide", getenv("SPILL_SOURCE"));
    CHECK_OK(package_open(name, &package, &error));
    CHECK_OK(scenario_load(package, name, &scenario, &faults));
    fault_list_destroy(&faults);
    CHECK_OK(seats_create(scenario, "doctrine", 7, &seats));
    const struct session_options options = {.scenario = scenario,
                                            .package = package,
                                            .record_path = path,
                                            .seed = 7,
                                            .team = "doctrine",
                                            .program = "test",
                                            .seats = seats_way(seats)};
    CHECK_OK(session_open(&options, &session, &error));
    seats_join(seats, session);
    const struct input input = {
        .kind = INPUT_START, .who = {.kind = WHO_CONTROL, .id = "excon"}, .clock = {.why = ""}};
    CHECK_OK(session_apply(session, &input, &error));
    batch.bytes = malloc(BACKLOG_BYTES);
}

static void end(void) {
    free(batch.bytes);
    session_close(&session);
    seats_destroy(&seats);
    scenario_free(&scenario);
    package_destroy(&package);
    temporary_destroy(&folder);
}

/* Reads a cell's stream from a message on, to its end; its chain must lead to the head that the
 * session has. heads: after each message of the stream, filled from 1 on when from is 1. */
static void read_all(struct backlog *backlog, struct cell_ref cell, uint64_t from,
                     struct frame_position *heads) {
    const struct frame_position last = session_seat_position(session, cell);
    struct spill_error error = {{0}};
    struct frame_position position = {.sequence = 0};
    bool first = true;
    while (first || position.sequence < last.sequence) {
        const uint64_t next = first ? from : position.sequence + 1;
        if (backlog_read(backlog, cell, next, &batch, &error) != SPILL_OK) {
            CHECK_FAIL("%s", error.text);
        }
        CHECK_EQ(batch.before.sequence, next - 1);
        if (from == 1) {
            CHECK(frame_position_equal(&batch.before, &position));
        } else {
            CHECK(frame_position_equal(&batch.before, &heads[next - 1]));
        }
        position = batch.before;
        CHECK_LT(0, batch.count);
        for (size_t i = 0; i < batch.count; i++) {
            CHECK_EQ(batch.messages[i].sequence, position.sequence + 1);
            frame_position_next(&position, batch.messages[i].bytes, batch.messages[i].size_bytes);
            if (from == 1) {
                heads[position.sequence] = position;
            }
        }
        first = false;
    }
    CHECK(frame_position_equal(&position, &last));
    CHECK_OK(backlog_read(backlog, cell, last.sequence + 1, &batch, &error));
    CHECK_EQ(batch.count, 0);
    CHECK(frame_position_equal(&batch.before, &last));
    CHECK_EQ(backlog_read(backlog, cell, last.sequence + 2, &batch, &error), SPILL_NOT_FOUND);
}

TEST(backlog, every_stream_comes_back_while_it_is_written) {
    struct backlog *backlog = NULL;
    start();
    CHECK_OK(backlog_create(scenario, path, &backlog));
    struct frame_position *const heads = malloc(100000 * sizeof *heads);
    memset(&heads[0], 0, sizeof heads[0]);
    uint64_t longest = 0;
    const int64_t end_ms = scenario_duration_ms(scenario);
    for (int quarter = 1; quarter <= 4; quarter++) {
        play_to(end_ms / 4 * quarter);
        for (uint32_t i = 0; i < script_cell_count(scenario_script(scenario)); i++) {
            const struct cell_ref cell = {i};
            const uint64_t count = session_seat_position(session, cell).sequence;
            CHECK_LT(count, 100000);
            longest = count > longest ? count : longest;
            read_all(backlog, cell, 1, heads);
            for (uint64_t from = 2; from <= count; from += 1 + count / 5) {
                read_all(backlog, cell, from, heads);
            }
        }
    }
    /* Some stream had more messages than there are marks. */
    CHECK_LT(BACKLOG_MARKS, longest);
    free(heads);
    backlog_destroy(&backlog);
    end();
}

/* A recording that is not there, or whose memory is not, says so and can be asked again. */
TEST(backlog, failures_are_told) {
    struct backlog *backlog = NULL;
    struct spill_error error = {{0}};
    char other[TEMPORARY_PATH_BYTES];
    start();
    CHECK_OK(backlog_create(scenario, temporary_path(&folder, "b.spill", other), &backlog));
    CHECK_EQ(backlog_read(backlog, (struct cell_ref){0}, 1, &batch, &error), SPILL_NOT_FOUND);
    backlog_destroy(&backlog);
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status != SPILL_OK; after++) {
        CHECK_LT(after, 50L);
        spill_alloc_fail_after(after, false);
        status = backlog_create(scenario, path, &backlog);
        if (status == SPILL_OK) {
            status = backlog_read(backlog, (struct cell_ref){0}, 1, &batch, &error);
        }
        spill_alloc_fail_after(-1, false);
        backlog_destroy(&backlog);
    }
    end();
}
