/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, with real sockets and keys, that a hub gives each cell what is its own and nobody else
 * anything, that no node can hold up another, and that nodes and coordinator find each other again.
 */

#include "tests/control/room.h"

static struct room room;

static bool all_open(void) {
    return hub_open_count(room.hub) == room.seat_count;
}

/* Robots in nodes of their own, at the end of sockets, play the same exercise as in one thread. */
TEST(hub, same_exercise_as_in_one_thread) {
    uint8_t here[CASCADE_DIGEST_BYTES];
    struct spill_error error = {{0}};
    room_begin(&room);
    room_play_here(&room, here);
    room_enrol_all(&room, ROSTER_ROBOT);
    CHECK_OK(room_open(&room, false, false, &error));
    room_join_all(&room, true);
    ROOM_UNTIL(&room, all_open());
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    ROOM_UNTIL(&room, room.over && hub_is_done(room.hub));
    room_close(&room);
    CHECK_EQ(room.status, SPILL_OK);
    CHECK_BYTES(room.digest, sizeof here, here, sizeof here);
    ROOM_UNTIL(&room, room.seats[0].link == STATION_ENDED);
    room_end(&room);
}

static bool said(const char *words) {
    return strstr(room.log, words) != NULL;
}

/* Turns the loop for a while, for what must not happen. */
static void turn_for(int64_t duration_ms) {
    const int64_t until_ms = deadline_now_ms() + duration_ms;
    while (deadline_now_ms() < until_ms) {
        room_turn(&room);
    }
}

static void open_new(int64_t speed_permille) {
    struct spill_error error = {{0}};
    room.speed_permille = speed_permille;
    if (room_open(&room, false, false, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

/* An unknown key does not get in at all; a known one gets its own cell's seat and no other. */
TEST(hub, only_the_roster_gives_a_seat) {
    struct roster *roster = NULL;
    room_begin(&room);
    CHECK_OK(roster_create(&roster));
    room_enrol(&room, roster, 0, ROSTER_PEOPLE);
    CHECK_OK(roster_save(roster, room.roster_path, NULL));
    roster_destroy(&roster);
    open_new(1000);
    room_join(&room, 1, 1, false); /* Nobody enrolled this one. */
    ROOM_UNTIL(&room, said("the key is not in the roster"));
    room_join(&room, 0, 1, false); /* And this one for another cell. */
    ROOM_UNTIL(&room, room.seats[0].link == STATION_REFUSED);
    CHECK_EQ(room.seats[0].reason, FRAME_REASON_CELL);
    CHECK_EQ(hub_open_count(room.hub), 0);
    /* Not a byte of what the other cell is told was sent. */
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    turn_for(300);
    CHECK_EQ(room.seats[0].message_count, 0);
    CHECK_EQ(room.seats[1].message_count, 0);
    CHECK_LT(0, hub_alarm_count(room.hub));
    struct hub_alarm alarm;
    CHECK(hub_alarm(room.hub, 1, &alarm));
    CHECK_EQ(alarm.reason, FRAME_REASON_NOT_ENROLLED);
    CHECK(!hub_alarm(room.hub, 0, &alarm));
    CHECK(!hub_alarm(room.hub, hub_alarm_count(room.hub) + 1, &alarm));
    room_close(&room);
    room_end(&room);
}

/* Whoever is revoked during play leaves at once, and is told nothing more; who is enrolled during
 * play comes in. A roster with a fault changes nothing. */
TEST(hub, roster_acts_during_play) {
    struct roster *roster = NULL;
    struct spill_error error = {{0}};
    room_begin(&room);
    room_enrol_all(&room, ROSTER_PEOPLE);
    open_new(1000);
    room_join_all(&room, false);
    ROOM_UNTIL(&room, all_open() && hub_is_done(room.hub));
    CHECK_OK(roster_load(room.roster_path, &roster, &error));
    CHECK_OK(roster_revoke(roster, room.seats[0].pair.public_key));
    CHECK_OK(roster_save(roster, room.roster_path, NULL));
    ROOM_UNTIL(&room, said("the key was revoked"));
    ROOM_UNTIL(&room, room.seats[0].link != STATION_OPEN);
    CHECK_EQ(room.seats[1].link, STATION_OPEN);
    const uint64_t before = room.seats[0].message_count;
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    const uint64_t other = room.seats[1].message_count;
    ROOM_UNTIL(&room, room.seats[1].message_count > other || hub_is_done(room.hub));
    CHECK_EQ(room.seats[0].message_count, before);
    struct hub_seat_now now;
    hub_seat(room.hub, (struct cell_ref){0}, &now);
    CHECK_EQ(now.link, HUB_LOST);
    CHECK(now.acknowledged < now.committed);
    temporary_write(&room.folder, "roster", "nonsense", 8);
    ROOM_UNTIL(&room, said("the first line must be"));
    CHECK_EQ(room.seats[1].link, STATION_OPEN);
    roster_destroy(&roster);
    room_enrol_all(&room, ROSTER_PEOPLE);
    CHECK_OK(hub_reload_roster(room.hub, &error));
    /* It asks again by itself, and gets what it missed. */
    ROOM_UNTIL(&room, all_open() && hub_is_done(room.hub));
    CHECK_LT(before, room.seats[0].message_count);
    room_close(&room);
    room_end(&room);
}

/* A robot that is asked and never answers is waited for a while; then time goes on without it, and
 * the others have never waited for a message. */
TEST(hub, silent_robot_leaves_after_a_while) {
    room_begin(&room);
    room_enrol_all(&room, ROSTER_ROBOT);
    room.patience_ms = 500;
    open_new(0);
    room_join(&room, 0, 0, false); /* It takes all messages, and never acts. */
    room_join(&room, 1, 1, true);
    ROOM_UNTIL(&room, all_open());
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    ROOM_UNTIL(&room, said("does not answer; time goes on without it"));
    ROOM_UNTIL(&room, room.over && hub_is_done(room.hub));
    struct hub_seat_now now;
    hub_seat(room.hub, (struct cell_ref){0}, &now);
    CHECK(now.silent);
    CHECK_EQ(now.link, HUB_OPEN);
    CHECK_EQ(now.acknowledged, now.committed);
    room_close(&room);
    room_end(&room);
}

/* A robot whose node is gone is waited for too; and when it is back, it is waited for again. */
TEST(hub, robot_that_is_gone_leaves_and_comes_back) {
    room_begin(&room);
    room_enrol_all(&room, ROSTER_ROBOT);
    room.patience_ms = 300;
    open_new(0);
    room_join_all(&room, true);
    ROOM_UNTIL(&room, all_open());
    room_leave(&room, 0);
    ROOM_UNTIL(&room, said("its robot is gone; time goes on without it"));
    room_join(&room, 0, 0, true);
    ROOM_UNTIL(&room, all_open());
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    ROOM_UNTIL(&room, room.over && hub_is_done(room.hub));
    room_close(&room);
    CHECK_EQ(room.status, SPILL_OK);
    room_end(&room);
}

/* A coordinator that begins again has the same address and key; its nodes come back by themselves,
 * and the exercise goes on to the same end. */
TEST(hub, nodes_come_back_after_a_restart) {
    uint8_t here[CASCADE_DIGEST_BYTES];
    struct spill_error error = {{0}};
    room_begin(&room);
    room_play_here(&room, here);
    room_enrol_all(&room, ROSTER_ROBOT);
    open_new(0);
    room_join_all(&room, true);
    ROOM_UNTIL(&room, all_open());
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    ROOM_UNTIL(&room, room.seats[0].message_count > 10);
    room_close(&room);
    char endpoint[HUB_ENDPOINT_BYTES];
    uint8_t key[SEAL_KEY_BYTES];
    snprintf(endpoint, sizeof endpoint, "%s", room.endpoint);
    memcpy(key, room.server_key, sizeof key);
    room.over = false;
    if (room_open(&room, true, true, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    CHECK_EQ((const char *)room.endpoint, (const char *)endpoint);
    CHECK_BYTES(room.server_key, sizeof key, key, sizeof key);
    ROOM_UNTIL(&room, room.over && hub_is_done(room.hub));
    room_close(&room);
    CHECK_BYTES(room.digest, sizeof here, here, sizeof here);
    room_end(&room);
}

/* Who comes when all is over gets the whole story, from the recording; and it is the same. */
TEST(hub, late_node_gets_everything) {
    struct spill_error error = {{0}};
    room_begin(&room);
    struct roster *roster = NULL;
    CHECK_OK(roster_create(&roster));
    room_enrol(&room, roster, 0, ROSTER_ROBOT);
    room_enrol(&room, roster, 1, ROSTER_PEOPLE);
    CHECK_OK(roster_save(roster, room.roster_path, NULL));
    roster_destroy(&roster);
    open_new(0);
    room_join(&room, 0, 0, true);
    ROOM_UNTIL(&room, hub_open_count(room.hub) == 1);
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    ROOM_UNTIL(&room, room.over && hub_is_done(room.hub));
    room_close(&room);
    /* Begun again, the coordinator has nothing in memory. */
    CHECK_OK(room_open(&room, true, false, &error));
    room_join(&room, 1, 1, false);
    ROOM_UNTIL(&room, room.seats[1].link == STATION_OPEN && hub_is_done(room.hub));
    struct hub_seat_now now;
    hub_seat(room.hub, (struct cell_ref){1}, &now);
    CHECK_LT(10, now.committed);
    ROOM_UNTIL(&room, room.seats[1].message_count == now.committed);
    room_close(&room);
    room_end(&room);
}

/* A node that speaks for another cell ends its own seat, with an alarm by name; everybody else
 * plays on, and an operator can readmit it. */
TEST(hub, node_that_speaks_for_another_ends_alone) {
    room_begin(&room);
    room_enrol_all(&room, ROSTER_PEOPLE);
    open_new(1000);
    room_join_all(&room, false);
    ROOM_UNTIL(&room, all_open());
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    const char *const other = room_cell(&room, 1);
    const struct input input = {.kind = INPUT_RFI,
                                .who = {.kind = WHO_CELL, .id = other},
                                .rfi = {.cell = other, .text = "Who am I?"}};
    CHECK_OK(station_send(room.seats[0].station, &input, NULL));
    struct hub_seat_now now = {.link = HUB_OPEN};
    while (now.link != HUB_HALTED) {
        room_turn(&room);
        hub_seat(room.hub, (struct cell_ref){0}, &now);
    }
    CHECK(said("sent an input of cell"));
    hub_seat(room.hub, (struct cell_ref){1}, &now);
    CHECK_EQ(now.link, HUB_OPEN);
    /* The other one asks, and is heard. */
    CHECK_OK(station_send(room.seats[1].station, &input, NULL));
    ROOM_UNTIL(&room, station_acknowledged(room.seats[1].station) == 1);
    ROOM_UNTIL(&room, hub_is_done(room.hub));
    hub_readmit(room.hub, (struct cell_ref){0});
    hub_seat(room.hub, (struct cell_ref){0}, &now);
    CHECK_NE(now.link, HUB_HALTED);
    room_close(&room);
    room_end(&room);
}

/* Commands, and the people of one cell, are served while another cell's robot holds time up. */
TEST(hub, nobody_waits_for_a_robot_but_time) {
    room_begin(&room);
    struct roster *roster = NULL;
    CHECK_OK(roster_create(&roster));
    room_enrol(&room, roster, 0, ROSTER_ROBOT);
    room_enrol(&room, roster, 1, ROSTER_PEOPLE);
    CHECK_OK(roster_save(roster, room.roster_path, NULL));
    roster_destroy(&roster);
    room.patience_ms = 60000;
    open_new(0);
    room_join(&room, 0, 0, false); /* It never acts. */
    room_join(&room, 1, 1, false);
    ROOM_UNTIL(&room, all_open());
    const int64_t began_ms = deadline_now_ms();
    CHECK_EQ(room_command(&room, INPUT_START), SPILL_OK);
    CHECK_EQ(room_command(&room, INPUT_PAUSE), SPILL_OK);
    ROOM_UNTIL(&room, hub_is_done(room.hub) && room.seats[1].message_count > 4);
    CHECK_LT(deadline_now_ms() - began_ms, 30000);
    CHECK_EQ(room.clock.exercise_ms, 0);
    room_close(&room);
    room_end(&room);
}

static void set_true(void *context) {
    *(bool *)context = true;
}

/* Opening fails with a reason, and leaves nothing on the loop. */
TEST(hub, opening_fails_cleanly) {
    struct spill_error error = {{0}};
    room_begin(&room);
    CHECK_EQ(room_open(&room, false, false, &error), SPILL_NOT_FOUND);
    turn_for(200); /* The recording is let go of. */
    room_enrol_all(&room, ROSTER_ROBOT);
    for (long after = 0; after < 40; after += 3) {
        const struct live_options options = {.loop = &room.loop,
                                             .session = {.scenario = room.scenario,
                                                         .package = room.package,
                                                         .record_path = room.record,
                                                         .seed = 7,
                                                         .team = "doctrine",
                                                         .program = "test"},
                                             .resume = true};
        CHECK_OK(live_open(&options, NULL, NULL, &room.live, &error));
        const struct hub_options hub_options = {.loop = &room.loop,
                                                .live = room.live,
                                                .scenario = room.scenario,
                                                .record_path = room.record,
                                                .roster_path = room.roster_path,
                                                .bind = "tcp://127.0.0.1:0",
                                                .program = "test",
                                                .team = "doctrine"};
        spill_alloc_fail_after(after, false);
        const enum spill_status status = hub_open(&hub_options, &room.hub, &error);
        spill_alloc_fail_after(-1, false);
        bool gone = false;
        if (status == SPILL_OK) {
            live_close(&room.live, room_on_live_closed, &room);
            ROOM_UNTIL(&room, room.hub_gone);
            break;
        }
        CHECK_EQ(status, SPILL_MEMORY);
        live_close(&room.live, set_true, &gone);
        ROOM_UNTIL(&room, gone);
    }
    room_end(&room);
}
