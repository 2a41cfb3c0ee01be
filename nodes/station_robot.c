/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/diary.h"
#include "nodes/station_parts.h"

_Static_assert((int)BRIEF_CHUNKS_MAX == (int)FRAME_BRIEF_PARTS_MAX, "a brief fits its frames");

/* All parts are there: a robot that knows what the inbox knows. */
static enum spill_status station_make_robot(struct station *station, struct spill_error *error) {
    struct brief *brief = NULL;
    struct robot *robot = NULL;
    enum spill_status status = brief_decode(station->brief, station->brief_bytes, &brief, error);
    if (status == SPILL_OK && strcmp(brief->cell, station->cell) != 0) {
        status = spill_fail(error, SPILL_INVALID, "the brief is for %s", brief->cell);
    }
    if (status == SPILL_OK) {
        status = robot_create(brief, &robot, error);
    }
    if (status == SPILL_OK) {
        status = diary_replay(station->inbox, robot, &station->robot_ms, error);
    }
    brief_destroy(&brief);
    if (status != SPILL_OK) {
        robot_destroy(&robot);
        return status;
    }
    station->robot = robot;
    station->robot_due = true;
    return SPILL_OK;
}

void station_take_brief(struct station *station, const struct stream_action *action) {
    struct spill_error error = {0};
    if (station->robot != NULL) {
        return;
    }
    if (action->part_count == 0) {
        (void)spill_fail(&error, SPILL_REFUSED,
                         "the coordinator has no robot's brief for %s: people sit there",
                         station->cell);
        station_fail(station, SPILL_REFUSED, &error);
        return;
    }
    if (action->part == 0) {
        free(station->brief);
        station->brief = spill_alloc(action->part_count, BRIEF_CHUNK_BYTES);
        station->brief_part_count = action->part_count;
        station->brief_bytes = 0;
    }
    if (station->brief == NULL) {
        station_fail(station, SPILL_MEMORY, &error);
        return;
    }
    /* The sender's parts may be of another size; then they are no brief of ours. */
    if (action->part_count != station->brief_part_count || action->size_bytes > BRIEF_CHUNK_BYTES ||
        station->brief_bytes != (size_t)action->part * BRIEF_CHUNK_BYTES) {
        (void)spill_fail(&error, SPILL_INVALID, "the brief came in pieces that do not fit");
        station_fail(station, SPILL_INVALID, &error);
        return;
    }
    memcpy(station->brief + station->brief_bytes, action->bytes, action->size_bytes);
    station->brief_bytes += action->size_bytes;
    if (action->part + 1 < action->part_count) {
        return;
    }
    const enum spill_status status = station_make_robot(station, &error);
    free(station->brief);
    station->brief = NULL;
    if (status != SPILL_OK) {
        station_fail(station, status, &error);
    }
}

static enum spill_status station_robot_hear(struct station *station, struct spill_error *error) {
    const uint64_t up_to = inbox_position(station->inbox, INBOX_RECEIVED).sequence;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && robot_sequence(station->robot) < up_to) {
        size_t size_bytes = 0;
        status = inbox_read(station->inbox, INBOX_RECEIVED, robot_sequence(station->robot) + 1,
                            station->message, &size_bytes, error);
        if (status == SPILL_OK) {
            status = robot_receive(station->robot, station->message, size_bytes, error);
        }
    }
    return status;
}

enum spill_status station_robot_act(struct station *station, struct spill_error *error) {
    struct stream_clock now = {0};
    int64_t said_us = 0;
    size_t input_count = 0;
    const bool due = station->robot_due;
    station->robot_due = false;
    if (station->robot == NULL || !due) {
        return SPILL_OK;
    }
    enum spill_status status = station_robot_hear(station, error);
    /* At each time it acts once, on all that it was told by then. */
    if (status != SPILL_OK || !stream_is_open(station->stream) ||
        !stream_now(station->stream, &now, &said_us) ||
        robot_sequence(station->robot) < stream_known(station->stream)) {
        return status;
    }
    /* A coordinator that lost its last moments tells them again; the robot does not live them
     * twice. */
    if (now.exercise_ms >= station->robot_ms) {
        station->robot_ms = now.exercise_ms;
        const uint64_t turns = inbox_position(station->inbox, INBOX_TURNS).sequence;
        status = diary_turn(station->inbox, station->robot, now.exercise_ms, &input_count, error);
        station->dirty =
            station->dirty || inbox_position(station->inbox, INBOX_TURNS).sequence > turns;
    }
    if (status == SPILL_OK) {
        station->robot_is_to_grant = true;
        station->robot_grant_ms = now.exercise_ms;
    }
    return status;
}
