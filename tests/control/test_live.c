/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that an exercise on a thread of its own is the same exercise, that nothing waits for it,
 * that only what is durable leaves it, and that it goes on where it was. */
#include <signal.h>
#include <sys/resource.h>

#include "coordinator/control/replay.h"
#include "coordinator/control/seats.h"
#include "tests/control/table.h"

static struct table table;
static struct temporary folder;
static char path[TEMPORARY_PATH_BYTES];

static void start(void) {
    memset(&table, 0, sizeof table);
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    table_load(&table);
}

static void end(void) {
    table_free(&table);
    temporary_destroy(&folder);
}

static void open_new(int64_t speed_permille) {
    struct spill_error error = {{0}};
    if (table_open(&table, path, speed_permille, false, false, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

/* The digest of the same exercise without any thread. */
static void play_here(uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct seats *seats = NULL;
    struct session *session = NULL;
    struct spill_error error = {{0}};
    CHECK_OK(seats_create(table.scenario, "doctrine", 7, &seats));
    const struct session_options options = {.scenario = table.scenario,
                                            .package = table.package,
                                            .seed = 7,
                                            .team = "doctrine",
                                            .program = "test",
                                            .causes = true,
                                            .seats = seats_way(seats)};
    CHECK_OK(session_open(&options, &session, &error));
    seats_join(seats, session);
    struct input input = {
        .kind = INPUT_START, .who = {.kind = WHO_CONTROL, .id = "excon"}, .clock = {.why = ""}};
    CHECK_OK(session_apply(session, &input, &error));
    CHECK_OK(session_run(session, scenario_duration_ms(table.scenario), &error));
    input.kind = INPUT_END;
    CHECK_OK(session_apply(session, &input, &error));
    session_digest(session, digest);
    session_close(&session);
    seats_destroy(&seats);
}

static void check_verifies(uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct replay *replay = NULL;
    struct replay_verdict verdict;
    struct spill_error error = {{0}};
    CHECK_OK(replay_open(path, NULL, &replay, &error));
    CHECK_OK(replay_verify(replay, 1, &verdict, &error));
    CHECK_EQ((const char *)verdict.words, "");
    CHECK(verdict.same);
    memcpy(digest, verdict.digest, CASCADE_DIGEST_BYTES);
    replay_close(&replay);
}

static void until_clock(int64_t exercise_ms) {
    while (table.clock.exercise_ms < exercise_ms) {
        CHECK(!table.late);
        (void)uv_run(&table.loop, UV_RUN_ONCE);
    }
}

/* Robots behind queues and a loop play the same exercise as robots in the session's own calls. */
TEST(live, same_exercise_as_in_one_thread) {
    uint8_t here[CASCADE_DIGEST_BYTES];
    uint8_t recorded[CASCADE_DIGEST_BYTES];
    start();
    play_here(here);
    open_new(0);
    table_join(&table);
    table_clock(&table, INPUT_START);
    live_start(table.live);
    table.close_at_end = true;
    table_close(&table);
    CHECK_EQ(table.status, SPILL_OK);
    CHECK_BYTES(table.digest, sizeof here, here, sizeof here);
    check_verifies(recorded);
    CHECK_BYTES(recorded, sizeof here, here, sizeof here);
    end();
}

/* At a pace, and jumping now and then, it is still the same. */
TEST(live, pace_changes_nothing) {
    uint8_t here[CASCADE_DIGEST_BYTES];
    start();
    play_here(here);
    open_new(INT64_C(7200000)); /* Two hours a second. */
    table_join(&table);
    live_start(table.live);
    CHECK_EQ(table_do(&table, INPUT_START), SPILL_OK);
    until_clock(1800000);
    table_command(&table, &(struct input){.kind = INPUT_JUMP,
                                          .who = {.kind = WHO_CONTROL, .id = "excon"},
                                          .jump = {SPILL_NEVER}});
    table_until(&table, &table.replied);
    CHECK_EQ(table.reply, SPILL_OK);
    until_clock(3 * 3600000);
    table.close_at_end = true;
    table_command(&table, &(struct input){.kind = INPUT_SPEED,
                                          .who = {.kind = WHO_CONTROL, .id = "excon"},
                                          .speed = {0}});
    table_close(&table);
    CHECK_BYTES(table.digest, sizeof here, here, sizeof here);
    end();
}

/* In a pause no time passes, and a second pause is refused in words. */
TEST(live, no_time_passes_in_a_pause) {
    uint8_t recorded[CASCADE_DIGEST_BYTES];
    start();
    open_new(INT64_C(3600000));
    table_join(&table);
    live_start(table.live);
    CHECK_EQ(table_do(&table, INPUT_START), SPILL_OK);
    until_clock(1800000);
    CHECK_EQ(table_do(&table, INPUT_PAUSE), SPILL_OK);
    CHECK_EQ(table_do(&table, INPUT_PAUSE), SPILL_REFUSED);
    CHECK(table.reply_words[0] != '\0');
    CHECK_EQ(table.clock.state, FRAME_CLOCK_PAUSED);
    const int64_t paused_ms = table.clock.exercise_ms;
    /* Half a second of the wall would be half an hour. */
    const int64_t began_ms = deadline_now_ms();
    while (deadline_now_ms() - began_ms < 500) {
        CHECK_EQ(table_do(&table, INPUT_PAUSE), SPILL_REFUSED);
    }
    CHECK_EQ(table_do(&table, INPUT_RESUME), SPILL_OK);
    CHECK_LE(paused_ms, table.clock.exercise_ms);
    CHECK_LT(table.clock.exercise_ms, paused_ms + 900000);
    table_close(&table);
    check_verifies(recorded);
    end();
}

/* A command says what became of it once that is durable; those of cells and the system are none. */
TEST(live, commands_are_answered_when_durable) {
    start();
    open_new(1000);
    live_start(table.live);
    CHECK_EQ(table_do(&table, INPUT_START), SPILL_OK);
    struct recording *recording = NULL;
    CHECK_OK(recording_open(path, RECORDING_READ, NULL, &recording, NULL));
    CHECK_LE(table.reply_sequence, recording_durable(recording));
    struct recording_cursor *cursor = NULL;
    struct record record;
    CHECK_OK(recording_cursor_open(recording, 1u << RECORD_INPUT, table.reply_sequence, &cursor));
    CHECK_OK(recording_cursor_next(cursor, &record));
    CHECK_EQ(record.sequence, table.reply_sequence);
    recording_cursor_close(&cursor);
    recording_close(&recording);
    const struct input inputs[] = {
        {.kind = INPUT_ADVANCE, .who = {.kind = WHO_SYSTEM, .id = ""}, .advance = {.until_ms = 1}},
        {.kind = INPUT_OPENED,
         .who = {.kind = WHO_CELL, .id = "nl-csirt"},
         .seen = {.cell = "nl-csirt", .inject = "a"}},
        {.kind = INPUT_SPEED, .who = {.kind = WHO_CONTROL, .id = "excon"}, .speed = {-1}},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        CHECK_EQ(live_command(table.live, &inputs[i], table_on_reply, &table), SPILL_INVALID);
    }
    table_close(&table);
    end();
}

struct work {
    bool worked, done;
};
static void work_do(struct session *session, uint64_t sequence, void *context) {
    CHECK(session != NULL);
    CHECK_LT(0, sequence);
    ((struct work *)context)->worked = true;
}
static void work_done(void *context) {
    ((struct work *)context)->done = true;
}

/* While time waits for a robot that never answers, commands and questions are answered; and once it
 * has left, time goes on. */
TEST(live, nothing_waits_for_a_silent_robot_but_time) {
    start();
    open_new(0);
    table_join(&table);
    table.seats[0].mute = true;
    live_start(table.live);
    CHECK_EQ(table_do(&table, INPUT_START), SPILL_OK);
    CHECK_EQ(table_do(&table, INPUT_PAUSE), SPILL_OK);
    CHECK_EQ(table.clock.exercise_ms, 0);
    struct work work = {false, false};
    CHECK_OK(live_call(table.live, work_do, work_done, &work));
    table_until(&table, &work.done);
    CHECK(work.worked);
    CHECK_EQ(table_do(&table, INPUT_RESUME), SPILL_OK);
    CHECK_EQ(table.clock.exercise_ms, 0);
    CHECK_OK(live_seat_leave(table.live, (struct cell_ref){0}));
    table.close_at_end = true;
    table_until(&table, &table.closed);
    CHECK_EQ(table.clock.state, FRAME_CLOCK_ENDED);
    table_close(&table);
    end();
}

/* What comes faster than it is taken is refused, not kept; what is small still gets through. */
TEST(live, full_queues_say_so) {
    start();
    open_new(0);
    static uint8_t bytes[INPUT_BYTES_MAX];
    static char text[INPUT_TEXT_BYTES_MAX + 1];
    memset(text, 'a', INPUT_TEXT_BYTES_MAX);
    const struct cell_ref cell = {0};
    const char *const id = script_cell_id(scenario_script(table.scenario), cell);
    const struct input input = {
        .kind = INPUT_RFI, .who = {.kind = WHO_CELL, .id = id}, .rfi = {.cell = id, .text = text}};
    size_t size_bytes = 0;
    CHECK_OK(input_encode(&input, bytes, sizeof bytes, &size_bytes));
    struct frame_position position = table.seats[0].sent;
    enum spill_status status = SPILL_OK;
    size_t count = 0;
    for (; status == SPILL_OK; count++) {
        frame_position_next(&position, bytes, size_bytes);
        status = live_seat_input(table.live, cell, &position, bytes, size_bytes, NULL);
    }
    CHECK_EQ(status, SPILL_AGAIN);
    CHECK_LT(900, count);
    CHECK_LT(count, 1000);
    CHECK_OK(live_seat_join(table.live, cell, false));
    struct spill_error error = {{0}};
    CHECK_EQ(
        live_seat_input(table.live, (struct cell_ref){1}, &position, bytes, size_bytes, &error),
        SPILL_INVALID);
    CHECK_EQ(live_seat_input(table.live, cell, &position, bytes, size_bytes - 1, &error),
             SPILL_INVALID);
    table_clock(&table, INPUT_PAUSE);
    struct work work = {false, false};
    for (count = 1; live_call(table.live, work_do, NULL, &work) == SPILL_OK; count++) {
        if (count == LIVE_CALLS_MAX - 1) {
            break;
        }
    }
    CHECK_EQ(count, (size_t)LIVE_CALLS_MAX - 1);
    table_close(&table);
    end();
}

/* ---- Going on ---- */

/* Plays until so much exercise time has passed, then ends in the middle. */
static void play_half(int64_t until_ms) {
    open_new(0);
    table_join(&table);
    table_clock(&table, INPUT_START);
    live_start(table.live);
    table.stop_ms = until_ms;
    table_close(&table);
    CHECK_EQ(table.status, SPILL_OK);
}

/* A coordinator that was killed before it recorded the speed that it was to begin with does so when
 * it is back; after that, what the recording says counts. */
TEST(live, speed_is_set_even_after_a_crash_at_the_start) {
    struct spill_error error = {{0}};
    struct seats *seats = NULL;
    struct session *session = NULL;
    start();
    CHECK_OK(seats_create(table.scenario, "doctrine", 7, &seats));
    const struct session_options options = {.scenario = table.scenario,
                                            .package = table.package,
                                            .record_path = path,
                                            .seed = 7,
                                            .team = "doctrine",
                                            .program = "test",
                                            .causes = true,
                                            .seats = seats_way(seats)};
    CHECK_OK(session_open(&options, &session, &error));
    session_close(&session);
    seats_destroy(&seats);
    for (int64_t speed_permille = 60000; speed_permille > 0; speed_permille -= 20000) {
        struct work work = {false, false};
        CHECK_OK(table_open(&table, path, speed_permille, true, true, &error));
        live_start(table.live);
        CHECK_OK(live_call(table.live, work_do, work_done, &work));
        table_until(&table, &work.done);
        CHECK_EQ(live_clock(table.live).speed_permille, 60000);
        table_close(&table);
    }
    end();
}

/* Ended in the middle and opened again, it stands paused where it was, and plays on to the same
 * end. */
TEST(live, goes_on_where_it_was) {
    uint8_t recorded[CASCADE_DIGEST_BYTES];
    struct spill_error error = {{0}};
    start();
    play_half(3 * 3600000);
    const struct table_seat before = table.seats[0];
    table.clock.exercise_ms = 0;
    if (table_open(&table, path, 0, true, false, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    /* Nothing of a stream is lost: robots and exercise agree on where they are. */
    CHECK_EQ(table.seats[0].heard, before.heard);
    CHECK_BYTES(&table.seats[0].sent, sizeof before.sent, &before.sent, sizeof before.sent);
    CHECK(live_linked(table.live, (struct cell_ref){0}));
    CHECK_EQ(live_clock(table.live).state, FRAME_CLOCK_RUNNING);
    CHECK_LE(3 * 3600000, live_clock(table.live).exercise_ms);
    table_join(&table);
    live_start(table.live);
    struct work work = {false, false};
    CHECK_OK(live_call(table.live, work_do, work_done, &work));
    table_until(&table, &work.done);
    CHECK_EQ(table.clock.state, FRAME_CLOCK_PAUSED);
    table.close_at_end = true;
    table_clock(&table, INPUT_RESUME);
    table_close(&table);
    check_verifies(recorded);
    CHECK_BYTES(recorded, sizeof recorded, table.digest, sizeof recorded);
    end();
}

/* Told to, it goes on by itself. */
TEST(live, runs_on_by_itself) {
    uint8_t here[CASCADE_DIGEST_BYTES];
    struct spill_error error = {{0}};
    start();
    play_here(here);
    play_half(3600000);
    CHECK_OK(table_open(&table, path, 0, true, true, &error));
    table_join(&table);
    table.close_at_end = true;
    live_start(table.live);
    table_close(&table);
    CHECK_BYTES(table.digest, sizeof here, here, sizeof here);
    end();
}

/* A disk that takes no more ends it with a reason; what was durable stays, and it can go on from
 * there when there is room again. */
TEST(live, full_disk_ends_it) {
    uint8_t recorded[CASCADE_DIGEST_BYTES];
    struct spill_error error = {{0}};
    start();
    play_half(1800000);
    CHECK_OK(table_open(&table, path, 0, true, true, &error));
    table_join(&table);
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct rlimit small = {.rlim_cur = 65536, .rlim_max = limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    live_start(table.live);
    table_until(&table, &table.ended);
    CHECK_EQ(table.status, SPILL_IO);
    CHECK(table.words.text[0] != '\0');
    CHECK_EQ(table_do(&table, INPUT_PAUSE), SPILL_IO);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    table_close(&table);
    check_verifies(recorded);
    end();
}

/* Half-built or not started, it closes without a trace. */
TEST(live, opening_fails_cleanly) {
    struct spill_error error = {{0}};
    start();
    CHECK_EQ(table_open(&table, path, 0, true, false, &error), SPILL_REFUSED);
    open_new(0);
    table_close(&table);
    CHECK_EQ(table_open(&table, path, 0, false, false, &error), SPILL_EXISTS);
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; after < 12; after++) {
        spill_alloc_fail_after(after, false);
        status = table_open(&table, path, 0, true, false, &error);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(status, SPILL_MEMORY);
    }
    end();
}
