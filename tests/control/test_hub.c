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
