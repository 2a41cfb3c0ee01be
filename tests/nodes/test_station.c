/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a node on real sockets loses, doubles and reorders nothing, shows nothing that is not
 * on its disk, and comes back by itself. */
#include "nodes/station.h"

#include <unistd.h>

#include "tests/check.h"
#include "tests/nodes/host.h"
#include "tests/nodes/table.h"
#include "tests/support/faulty.h"
#include "tests/support/temporary.h"

/* A node, and what its people saw. */
struct seat {
    struct host *host;
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct inbox *inbox;
    struct station *station;
    bool robot;
    const char *vfs;
    size_t shown_count; /* In this life, */
    size_t again_count; /* of these, those from an earlier one, */
    size_t late_count;  /* and those that came late. */
    size_t link_counts[STATION_ENDED + 1];
    enum frame_reason reason;
    enum spill_status failure;
    size_t wanted;
};

static void on_message(const struct station_message *message, void *context) {
    struct seat *const seat = context;
    const size_t at = seat->shown_count++;
    CHECK_EQ(message->sequence, seat->shown_count);
    CHECK_LT(at, seat->host->said.count);
    CHECK_BYTES(message->bytes, message->size_bytes, seat->host->said.bytes[at],
                seat->host->said.size_bytes[at]);
    /* What is shown is on the disk. */
    CHECK_LE(message->sequence, inbox_durable(seat->inbox, INBOX_RECEIVED).position.sequence);
    seat->again_count += message->again;
    seat->late_count += message->late && !message->again;
}

static void on_link(enum station_link link, enum frame_reason reason, void *context) {
    struct seat *const seat = context;
    seat->link_counts[link]++;
    seat->reason = reason;
}

static void on_failed(enum spill_status status, const struct spill_error *error, void *context) {
    struct seat *const seat = context;
    CHECK_NE(error->text[0], '\0');
    seat->failure = status;
}

static void seat_open(struct seat *seat) {
    const struct inbox_options inbox = {
        .path = seat->path, .vfs = seat->vfs, .cell = seat->host->cell, .first_boot = 1};
    struct spill_error error = {{0}};
    CHECK_OK(inbox_open(&inbox, &seat->inbox, &error));
    struct station_options options = {
        .loop = &seat->host->loop,
        .context = seat->host->context,
        .inbox = seat->inbox,
        .endpoint = seat->host->endpoint,
        .pair = seat->host->node,
        .cell = seat->host->cell,
        .program = "test",
        .robot = seat->robot,
        .events = {
            .on_message = on_message, .on_link = on_link, .on_failed = on_failed, .context = seat}};
    memcpy(options.server_key, seat->host->pair.public_key, SEAL_KEY_BYTES);
    seat->shown_count = seat->again_count = seat->late_count = 0;
    memset(seat->link_counts, 0, sizeof seat->link_counts);
    CHECK_OK(station_open(&options, &seat->station, &error));
}

static void seat_note(void *context) {
    *(bool *)context = true;
}

static bool is_true(void *context) {
    return *(bool *)context;
}

static void seat_close(struct seat *seat) {
    bool closed = false;
    station_close(&seat->station, seat_note, &closed);
    host_turn_until(seat->host, is_true, &closed);
    inbox_close(&seat->inbox);
}

static void seat_begin(struct seat *seat, const char *cell) {
    memset(seat, 0, sizeof *seat);
    temporary_create(&seat->folder);
    temporary_path(&seat->folder, "inbox", seat->path);
    seat->host = host_create(cell);
}

static void seat_end(struct seat *seat) {
    seat_close(seat);
    host_destroy(&seat->host);
    temporary_destroy(&seat->folder);
}

/* ---- What is waited for ---- */

static bool all_shown(void *context) {
    const struct seat *const seat = context;
    return seat->shown_count == seat->host->said.count &&
           stream_acknowledged(seat->host->stream) == seat->host->said.count;
}

static bool all_sent(void *context) {
    const struct seat *const seat = context;
    return station_acknowledged(seat->station) == station_sent(seat->station) &&
           seat->host->heard.count == station_sent(seat->station);
}

static bool is_failed(void *context) {
    return ((struct seat *)context)->failure != SPILL_OK;
}

static bool is_away(void *context) {
    return station_link(((struct seat *)context)->station) == STATION_AWAY;
}

static bool is_refused(void *context) {
    return station_link(((struct seat *)context)->station) == STATION_REFUSED;
}

static bool is_halted(void *context) {
    return station_link(((struct seat *)context)->station) == STATION_HALTED;
}

static void seat_say(struct seat *seat, size_t count) {
    uint8_t bytes[3000];
    for (size_t i = 0; i < count; i++) {
        const size_t size_bytes = 1 + seat->host->said.count * 37 % sizeof bytes;
        memset(bytes, (int)seat->host->said.count, size_bytes);
        host_say(seat->host, bytes, size_bytes);
    }
}

static void seat_send(struct seat *seat, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[32];
        snprintf(text, sizeof text, "question %zu", (size_t)station_sent(seat->station) + 1);
        const struct input input = {.kind = INPUT_RFI,
                                    .who = {WHO_CELL, seat->host->cell},
                                    .rfi = {.cell = seat->host->cell, .text = text}};
        CHECK_OK(station_send(seat->station, &input, NULL));
    }
}

/* ---- Tests ---- */

/* Both ways, more than the window holds, and what comes is on the disk before it is seen. */
TEST(station, messages_and_inputs_all_come_in_order) {
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    seat_open(&seat);
    seat_say(&seat, 300);
    seat_send(&seat, 150);
    host_turn_until(seat.host, all_shown, &seat);
    host_turn_until(seat.host, all_sent, &seat);
    CHECK_EQ(seat.again_count, 0);
    CHECK_EQ(seat.link_counts[STATION_OPEN], 1);
    struct codec_arena *arena = NULL;
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &arena));
    for (size_t i = 0; i < seat.host->heard.count; i++) {
        struct input input;
        char text[32];
        codec_arena_reset(arena);
        CHECK_OK(input_decode(seat.host->heard.bytes[i], seat.host->heard.size_bytes[i], arena,
                              &input, NULL));
        snprintf(text, sizeof text, "question %zu", i + 1);
        CHECK_EQ(input.rfi.text, (const char *)text);
    }
    codec_arena_destroy(&arena);
    seat_end(&seat);
}

/* A node that begins anew is where it was; what was sent meanwhile is late, and comes once. */
TEST(station, new_process_goes_on_from_its_inbox) {
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    seat_open(&seat);
    seat_say(&seat, 100);
    host_turn_until(seat.host, all_shown, &seat);
    seat_send(&seat, 5);
    seat_close(&seat);
    seat_say(&seat, 40);
    seat_open(&seat);
    host_turn_until(seat.host, all_shown, &seat);
    host_turn_until(seat.host, all_sent, &seat);
    CHECK_EQ(seat.again_count, 100);
    CHECK_EQ(seat.late_count, 40);
    CHECK_EQ(seat.host->heard.count, 5);
    seat_say(&seat, 1);
    host_turn_until(seat.host, all_shown, &seat);
    CHECK_EQ(seat.late_count, 40);
    seat_end(&seat);
}

/* The coordinator dies and comes back at its port: the node finds it, and both have everything. */
TEST(station, coordinator_that_comes_back_is_found) {
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    seat_open(&seat);
    for (size_t round = 0; round < 3; round++) {
        seat_say(&seat, 70);
        seat_send(&seat, 30);
        host_turn_until(seat.host, all_shown, &seat);
        host_stop(seat.host);
        seat_send(&seat, 3); /* What people do meanwhile is kept. */
        host_start(seat.host);
    }
    host_turn_until(seat.host, all_shown, &seat);
    host_turn_until(seat.host, all_sent, &seat);
    CHECK_EQ(seat.host->heard.count, 99);
    seat_end(&seat);
}

TEST(station, key_that_is_not_admitted_is_told_and_comes_in_once_it_is) {
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    seat.host->stranger = true;
    seat_open(&seat);
    seat_say(&seat, 3);
    host_turn_until(seat.host, is_refused, &seat);
    CHECK_EQ(seat.reason, FRAME_REASON_NOT_ENROLLED);
    seat.host->stranger = false;
    host_turn_until(seat.host, all_shown, &seat);
    seat_end(&seat);
}

/* A coordinator without this cell's key has another history than the node: nothing is shown. */
TEST(station, key_box_that_does_not_open_halts) {
    struct seat seat;
    struct seal_pair sound;
    seat_begin(&seat, "nl-csirt");
    host_stop(seat.host);
    sound = seat.host->node;
    seal_pair_random(&seat.host->node); /* The box is for somebody else. */
    host_start(seat.host);
    seat.host->node = sound;
    seat_open(&seat);
    seat_say(&seat, 3);
    host_turn_until(seat.host, is_halted, &seat);
    CHECK_EQ(seat.shown_count, 0);
    seat_end(&seat);
}

/* The disk fails: nothing that is not on it was shown or acknowledged, and the node says so. */
TEST(station, disk_that_fails_ends_it_and_nothing_was_shown_too_early) {
    for (long after = 0; after < 60; after += 7) {
        struct seat seat;
        seat_begin(&seat, "nl-csirt");
        seat.vfs = faulty_disk();
        faulty_arm(-1, false, false);
        seat_open(&seat);
        seat_say(&seat, 5);
        host_turn_until(seat.host, all_shown, &seat);
        faulty_arm(after, true, false);
        while (seat.failure == SPILL_OK) {
            const size_t shown = seat.shown_count;
            seat_say(&seat, 20);
            while (seat.failure == SPILL_OK && seat.shown_count == shown) {
                (void)uv_run(&seat.host->loop, UV_RUN_ONCE);
            }
        }
        host_turn_until(seat.host, is_failed, &seat);
        CHECK_LE(stream_acknowledged(seat.host->stream),
                 inbox_durable(seat.inbox, INBOX_RECEIVED).position.sequence);
        faulty_arm(-1, false, false);
        seat_end(&seat);
    }
}

/* ---- A robot ---- */

static bool has_granted(void *context) {
    const struct seat *const seat = context;
    return seat->host->grant_count > 0 &&
           seat->host->grant.exercise_ms == seat->host->clock.exercise_ms &&
           seat->host->grant.received == seat->host->said.count;
}

/* Told over sockets what a robot in this process was told, one whose process ends again and again
 * sends the same inputs, byte for byte; and its brief comes in as many pieces as it takes. */
static void check_robot(const struct table *table, size_t at, size_t life_events) {
    struct seat seat;
    struct robot *const reference = table->robots[at];
    size_t brief_bytes = 0;
    uint8_t *const brief = malloc(BRIEF_BYTES_MAX);
    CHECK(brief != NULL);
    CHECK_OK(brief_encode(table->briefs[at], brief, BRIEF_BYTES_MAX, &brief_bytes));
    seat_begin(&seat, table->briefs[at]->cell);
    seat.robot = true;
    seat.host->brief = brief;
    seat.host->brief_bytes = brief_bytes;
    seat.host->brief_chunk_bytes = BRIEF_CHUNK_BYTES;
    seat_open(&seat);
    for (size_t i = 0; i < table->event_counts[at]; i++) {
        const struct event *const event = &table->events[at][i];
        if (event->size_bytes > 0) {
            host_say(seat.host, table->bytes + event->at_bytes, event->size_bytes);
        } else {
            seat.host->grant_count = 0;
            host_tell_time(seat.host, event->now_ms);
            host_turn_until(seat.host, has_granted, &seat);
        }
        if (life_events > 0 && i % life_events == life_events - 1) {
            seat_close(&seat);
            seat_open(&seat);
        }
    }
    host_turn_until(seat.host, all_shown, &seat);
    host_turn_until(seat.host, all_sent, &seat);
    CHECK(frame_position_equal(&seat.host->heard.positions[seat.host->heard.count],
                               &table->sent[at]));
    CHECK_EQ(robot_sequence(reference), seat.host->said.count);
    seat_end(&seat);
    free(brief);
}

TEST(station, robot_does_over_sockets_what_it_does_at_home) {
    static struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), 5);
    table_play(&table, 12 * PLAY_H);
    for (size_t i = 0; i < table.seat_count; i++) {
        CHECK_LT(0, table.sent[i].sequence);
        check_robot(&table, i, i == 0 ? 3 : 0);
    }
    table_end(&table);
}

/* The clock runs, then so many injects to be acknowledged, all at the start. */
static void say_injects(struct host *host, size_t count) {
    static uint8_t bytes[4096];
    const struct text text = {{"words", "woorden"}};
    size_t size_bytes = 0;
    struct output output = {.kind = OUTPUT_MESSAGE,
                            .message = {.kind = MESSAGE_CLOCK,
                                        .cell = host->cell,
                                        .sequence = 1,
                                        .clock = {.state = CLOCK_RUNNING}}};
    CHECK_OK(output_encode(&output, bytes, sizeof bytes, &size_bytes));
    host_say(host, bytes, size_bytes);
    for (size_t i = 0; i < count; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "inject-%zu", i);
        output.message.kind = MESSAGE_INJECT;
        output.message.sequence = i + 2;
        memset(&output.message.inject, 0, sizeof output.message.inject);
        output.message.inject.inject = id;
        output.message.inject.channel = "mail";
        output.message.inject.from = output.message.inject.title = text;
        output.message.inject.body = text;
        output.message.inject.place = "";
        output.message.inject.acknowledge = true;
        CHECK_OK(output_encode(&output, bytes, sizeof bytes, &size_bytes));
        host_say(host, bytes, size_bytes);
    }
}

/* More than one turn holds has been due for long: the robot grants no time, and is asked again. */
TEST(station, robot_with_more_than_a_turn_to_do_is_asked_again) {
    enum { INJECTS = ROBOT_TURN_MAX + 5 };
    static struct table table;
    struct seat seat;
    size_t brief_bytes = 0;
    uint8_t *const brief = malloc(BRIEF_BYTES_MAX);
    CHECK(brief != NULL);
    table_begin(&table, play_open_package(PLAY_DRILL), 5);
    CHECK_OK(brief_encode(table.briefs[0], brief, BRIEF_BYTES_MAX, &brief_bytes));
    seat_begin(&seat, table.briefs[0]->cell);
    seat.robot = true;
    seat.host->brief = brief;
    seat.host->brief_bytes = brief_bytes;
    seat.host->brief_chunk_bytes = BRIEF_CHUNK_BYTES;
    seat_open(&seat);
    say_injects(seat.host, INJECTS);
    host_turn_until(seat.host, all_shown, &seat);
    for (int i = 0; i < 3; i++) {
        seat.host->grant_count = 0;
        host_tell_time(seat.host, 12 * PLAY_H);
        host_turn_until(seat.host, has_granted, &seat);
        host_turn_until(seat.host, all_sent, &seat);
        CHECK_LE(12 * PLAY_H, seat.host->grant.until_ms);
    }
    CHECK_LE((size_t)INJECTS, seat.host->heard.count);
    seat_end(&seat);
    table_end(&table);
    free(brief);
}

/* The coordinator has people in that seat: no brief, no robot. */
TEST(station, robot_without_a_brief_ends) {
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    seat.robot = true;
    seat_open(&seat);
    seat_say(&seat, 3);
    host_turn_until(seat.host, is_failed, &seat);
    CHECK_EQ(seat.failure, SPILL_REFUSED);
    seat_end(&seat);
}

TEST(station, brief_that_is_none_ends_the_robot) {
    static const uint8_t nonsense[] = "not a brief";
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    seat.robot = true;
    seat.host->brief = nonsense;
    seat.host->brief_bytes = sizeof nonsense;
    seat_open(&seat);
    host_turn_until(seat.host, is_failed, &seat);
    CHECK_EQ(seat.failure, SPILL_INVALID);
    seat_end(&seat);
}

/* ---- Memory and time ---- */

TEST(station, failing_allocation_leaves_nothing_behind) {
    struct seat seat;
    seat_begin(&seat, "nl-csirt");
    const struct inbox_options inbox = {.path = seat.path, .cell = "nl-csirt", .first_boot = 1};
    CHECK_OK(inbox_open(&inbox, &seat.inbox, NULL));
    const struct station_options options = {
        .loop = &seat.host->loop,
        .context = seat.host->context,
        .inbox = seat.inbox,
        .endpoint = seat.host->endpoint,
        .pair = seat.host->node,
        .cell = "nl-csirt",
        .program = "test",
        .events = {.on_message = on_message, .on_link = on_link, .on_failed = on_failed}};
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct spill_error error = {{0}};
        spill_alloc_fail_after(after, false);
        status = station_open(&options, &seat.station, &error);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(status == SPILL_OK, error.text[0] == '\0');
    }
    CHECK_OK(status);
    seat_end(&seat);
}

/* The exercise's clock runs on at the node, and says when it is not to be trusted. */
TEST(station, clock_runs_on_and_is_stale_without_a_link) {
    struct seat seat;
    struct station_clock clock;
    seat_begin(&seat, "nl-csirt");
    seat_open(&seat);
    CHECK(!station_clock(seat.station, &clock));
    seat_say(&seat, 1);
    host_turn_until(seat.host, all_shown, &seat);
    host_tell_time(seat.host, 3600000);
    bool known = false;
    while (!known) {
        (void)uv_run(&seat.host->loop, UV_RUN_ONCE);
        known = station_clock(seat.station, &clock) && clock.now_ms >= 3600000 && !clock.stale;
    }
    CHECK_EQ(clock.state, FRAME_CLOCK_RUNNING);
    CHECK_EQ(clock.speed_permille, 1000);
    CHECK_LT(clock.now_ms, 3600000 + HOST_DEADLINE_MS);
    host_stop(seat.host);
    host_turn_until(seat.host, is_away, &seat);
    CHECK(station_clock(seat.station, &clock));
    CHECK(clock.stale);
    CHECK_LE(3600000, clock.now_ms);
    host_start(seat.host);
    seat_end(&seat);
}
