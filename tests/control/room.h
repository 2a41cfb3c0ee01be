/* SPDX-License-Identifier: Apache-2.0 */
/*
 * room: a whole exercise with real sockets on loopback: a coordinator's live and hub, and a station
 * with an inbox for each cell, all on one loop in this process.
 */
#ifndef ROOM_H
#define ROOM_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/hub.h"
#include "coordinator/control/replay.h"
#include "coordinator/control/seats.h"
#include "nodes/station.h"
#include "tests/check.h"
#include "tests/support/deadline.h"
#include "tests/support/temporary.h"

enum { ROOM_SEATS = 16, ROOM_PATIENCE_MS = 120000, ROOM_TURN_MS = 20 };

struct room;

struct room_seat {
    struct room *room;
    uint32_t cell;
    struct seal_pair pair;
    struct inbox *inbox;
    struct station *station;
    enum station_link link;
    enum frame_reason reason;
    uint64_t message_count;
    bool failed, closing;
    struct spill_error words;
};

struct room {
    uv_loop_t loop;
    uv_timer_t deadline;
    bool late;
    int64_t late_ms;
    struct temporary folder;
    char record[TEMPORARY_PATH_BYTES], roster_path[TEMPORARY_PATH_BYTES];
    struct package *package;
    struct scenario *scenario;
    struct live *live;
    struct hub *hub;
    bool live_gone, hub_gone;
    bool close_at_end, over, ended;
    enum spill_status status;
    struct stream_clock clock;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    char log[65536]; /* What the hub said. */
    char endpoint[HUB_ENDPOINT_BYTES];
    uint8_t server_key[SEAL_KEY_BYTES];
    struct loop_context *nodes; /* Of the stations. */
    struct room_seat seats[ROOM_SEATS];
    size_t seat_count;
    bool replied;
    enum spill_status reply;
    int64_t patience_ms;
    int64_t speed_permille;
};

static inline void room_on_deadline(uv_timer_t *timer) {
    struct room *const room = timer->data;
    room->late = deadline_now_ms() > room->late_ms;
}

static inline void room_turn(struct room *room) {
    if (room->late) {
        CHECK_FAIL("it never comes; the hub said: %s", room->log);
    }
    (void)uv_run(&room->loop, UV_RUN_ONCE);
}

#define ROOM_UNTIL(room, condition)                                                                \
    while (!(condition)) {                                                                         \
        room_turn(room);                                                                           \
    }

static inline void room_begin(struct room *room) {
    char path[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    struct fault_list *faults = NULL;
    memset(room, 0, sizeof *room);
    temporary_create(&room->folder);
    temporary_path(&room->folder, "a.spill", room->record);
    temporary_path(&room->folder, "roster", room->roster_path);
    snprintf(path, sizeof path, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    CHECK_OK(package_open(path, &room->package, &error));
    CHECK_OK(scenario_load(room->package, path, &room->scenario, &faults));
    fault_list_destroy(&faults);
    room->seat_count = script_cell_count(scenario_script(room->scenario));
    CHECK_LE(room->seat_count, (size_t)ROOM_SEATS);
    CHECK_EQ(uv_loop_init(&room->loop), 0);
    CHECK_EQ(uv_timer_init(&room->loop, &room->deadline), 0);
    room->deadline.data = room;
    CHECK_EQ(uv_timer_start(&room->deadline, room_on_deadline, ROOM_TURN_MS, ROOM_TURN_MS), 0);
    room->late_ms = deadline_now_ms() + ROOM_PATIENCE_MS;
    CHECK_OK(loop_context_open(&room->loop, NULL, NULL, &room->nodes, &error));
    for (uint32_t i = 0; i < room->seat_count; i++) {
        room->seats[i].room = room;
        room->seats[i].cell = i;
        seal_pair_random(&room->seats[i].pair);
    }
}

static inline const char *room_cell(const struct room *room, uint32_t cell) {
    return script_cell_id(scenario_script(room->scenario), (struct cell_ref){cell});
}

static inline void room_enrol(struct room *room, struct roster *roster, uint32_t cell,
                              enum roster_role role) {
    struct roster_entry entry = {.role = role, .not_after_s = SPILL_NEVER};
    memcpy(entry.key, room->seats[cell].pair.public_key, SEAL_KEY_BYTES);
    snprintf(entry.cells, sizeof entry.cells, "%s", room_cell(room, cell));
    CHECK_OK(roster_enrol(roster, &entry, NULL));
}

/* A roster with a robot for every cell. */
static inline void room_enrol_all(struct room *room, enum roster_role role) {
    struct roster *roster = NULL;
    CHECK_OK(roster_create(&roster));
    for (uint32_t i = 0; i < room->seat_count; i++) {
        room_enrol(room, roster, i, role);
    }
    CHECK_OK(roster_save(roster, room->roster_path, NULL));
    roster_destroy(&roster);
}

/* ---- The coordinator ---- */

static inline void room_on_hub_closed(void *context) {
    ((struct room *)context)->hub_gone = true;
}

static inline void room_on_live_closed(void *context) {
    struct room *const room = context;
    room->live_gone = true;
    hub_close(&room->hub, room_on_hub_closed, room);
}

static inline void room_on_clock(const struct stream_clock *clock, void *context) {
    struct room *const room = context;
    room->clock = *clock;
    room->over = clock->state == FRAME_CLOCK_ENDED;
}

static inline void room_on_ended(enum spill_status status, const struct spill_error *error,
                                 void *context) {
    struct room *const room = context;
    (void)error;
    room->ended = true;
    room->status = status;
}

static inline void room_on_turn(struct session *session, uint64_t sequence, void *context) {
    (void)sequence;
    session_digest(session, ((struct room *)context)->digest);
}

static inline void room_on_log(const char *words, void *context) {
    struct room *const room = context;
    const size_t used = strlen(room->log);
    snprintf(room->log + used, sizeof room->log - used, "%s\n", words);
}

static inline enum spill_status room_open(struct room *room, bool resume, bool run_on,
                                          struct spill_error *error) {
    const struct live_options live_options = {
        .loop = &room->loop,
        .session = {.scenario = room->scenario,
                    .package = room->package,
                    .record_path = room->record,
                    .seed = 7,
                    .team = "doctrine",
                    .program = "test",
                    .causes = true},
        .resume = resume,
        .run_on = run_on,
        .speed_permille = room->speed_permille,
    };
    CHECK_OK(live_open(&live_options, NULL, NULL, &room->live, error));
    const struct hub_options hub_options = {
        .loop = &room->loop,
        .live = room->live,
        .scenario = room->scenario,
        .record_path = room->record,
        .roster_path = room->roster_path,
        .bind = "tcp://127.0.0.1:0",
        .program = "test",
        .team = "doctrine",
        .on_log = room_on_log,
        .context = room,
        .robot_patience_ms = room->patience_ms,
    };
    const enum spill_status status = hub_open(&hub_options, &room->hub, error);
    if (status != SPILL_OK) {
        live_close(&room->live, NULL, NULL);
        return status;
    }
    const struct live_events events = {.on_clock = room_on_clock,
                                       .on_ended = room_on_ended,
                                       .on_turn = room_on_turn,
                                       .context = room};
    live_listen(room->live, &events);
    snprintf(room->endpoint, sizeof room->endpoint, "%s", hub_endpoint(room->hub));
    memcpy(room->server_key, hub_server_key(room->hub), SEAL_KEY_BYTES);
    live_start(room->live);
    return SPILL_OK;
}

static inline void room_close(struct room *room) {
    live_close(&room->live, room_on_live_closed, room);
    ROOM_UNTIL(room, room->hub_gone);
    room->live_gone = room->hub_gone = room->ended = false;
}

static inline void room_on_reply(enum spill_status status, uint64_t sequence, const char *words,
                                 void *context) {
    struct room *const room = context;
    (void)sequence;
    (void)words;
    room->reply = status;
    room->replied = true;
}

static inline enum spill_status room_command(struct room *room, enum input_kind kind) {
    const struct input input = {
        .kind = kind, .who = {.kind = WHO_CONTROL, .id = "excon"}, .clock = {.why = ""}};
    room->replied = false;
    CHECK_OK(live_command(room->live, &input, room_on_reply, room));
    ROOM_UNTIL(room, room->replied);
    return room->reply;
}

/* ---- Nodes ---- */

static inline void room_on_message(const struct station_message *message, void *context) {
    struct room_seat *const seat = context;
    CHECK_EQ(message->sequence, seat->message_count + 1);
    seat->message_count++;
    /* Nothing of another cell ever comes here. */
    struct codec_arena *arena = NULL;
    struct output output;
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &arena));
    CHECK_OK(output_decode(message->bytes, message->size_bytes, arena, &output, NULL));
    CHECK_EQ(output.kind, OUTPUT_MESSAGE);
    CHECK_EQ(output.message.cell, room_cell(seat->room, seat->cell));
    codec_arena_destroy(&arena);
}

static inline void room_on_link(enum station_link link, enum frame_reason reason, void *context) {
    struct room_seat *const seat = context;
    seat->link = link;
    seat->reason = reason;
}

static inline void room_on_failed(enum spill_status status, const struct spill_error *error,
                                  void *context) {
    struct room_seat *const seat = context;
    (void)status;
    seat->failed = true;
    seat->words = *error;
}

/* A station of this seat's key for a cell. */
static inline void room_join(struct room *room, uint32_t at, uint32_t cell, bool robot) {
    struct room_seat *const seat = &room->seats[at];
    char name[64];
    char path[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    snprintf(name, sizeof name, "%" PRIu32 ".inbox", at);
    const struct inbox_options inbox_options = {.path = temporary_path(&room->folder, name, path),
                                                .cell = room_cell(room, cell),
                                                .first_boot = 1};
    if (inbox_open(&inbox_options, &seat->inbox, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    seat->message_count = 0;
    seat->link = STATION_AWAY;
    const struct station_options options = {
        .loop = &room->loop,
        .context = room->nodes,
        .inbox = seat->inbox,
        .endpoint = room->endpoint,
        .server_key = {0},
        .pair = seat->pair,
        .cell = room_cell(room, cell),
        .program = "test",
        .robot = robot,
        .events = {.on_message = room_on_message,
                   .on_link = room_on_link,
                   .on_failed = room_on_failed,
                   .context = seat},
    };
    struct station_options real = options;
    memcpy(real.server_key, room->server_key, SEAL_KEY_BYTES);
    CHECK_OK(station_open(&real, &seat->station, &error));
}

static inline void room_join_all(struct room *room, bool robot) {
    for (uint32_t i = 0; i < room->seat_count; i++) {
        room_join(room, i, i, robot);
    }
}

static inline void room_on_station_closed(void *context) {
    ((struct room_seat *)context)->closing = false;
}

static inline void room_leave(struct room *room, uint32_t at) {
    struct room_seat *const seat = &room->seats[at];
    if (seat->station == NULL) {
        return;
    }
    seat->closing = true;
    station_close(&seat->station, room_on_station_closed, seat);
    ROOM_UNTIL(room, !seat->closing);
    inbox_close(&seat->inbox);
}

static inline void room_end(struct room *room) {
    for (uint32_t i = 0; i < room->seat_count; i++) {
        room_leave(room, i);
    }
    loop_context_close(&room->nodes);
    uv_close((uv_handle_t *)&room->deadline, NULL);
    while (uv_run(&room->loop, UV_RUN_DEFAULT) != 0) {
    }
    CHECK_EQ(uv_loop_close(&room->loop), 0);
    scenario_free(&room->scenario);
    package_destroy(&room->package);
    temporary_destroy(&room->folder);
}

/* The digest of the same exercise with robots in the session's own calls. */
static inline void room_play_here(const struct room *room, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct seats *seats = NULL;
    struct session *session = NULL;
    struct spill_error error = {{0}};
    CHECK_OK(seats_create(room->scenario, "doctrine", 7, &seats));
    const struct session_options options = {.scenario = room->scenario,
                                            .package = room->package,
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
    CHECK_OK(session_run(session, scenario_duration_ms(room->scenario), &error));
    input.kind = INPUT_END;
    CHECK_OK(session_apply(session, &input, &error));
    session_digest(session, digest);
    session_close(&session);
    seats_destroy(&seats);
}

#endif
