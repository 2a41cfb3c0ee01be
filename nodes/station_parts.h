/* SPDX-License-Identifier: Apache-2.0 */
/*
 * station_parts: the inside of a station, for station.c and station_robot.c alone.
 */
#ifndef SPILL_STATION_PARTS_H
#define SPILL_STATION_PARTS_H

#include "nodes/robot.h"
#include "nodes/station.h"
#include "proto/wire/wire.h"

struct station {
    struct station_options options;
    char cell[SPILL_ID_BYTES_MAX + 1];
    struct inbox *inbox;
    struct stream *stream;
    struct loop_socket *socket; /* NULL while it is closing, or has failed. */
    struct wire *wire;
    struct seal *seal;
    struct stream_cipher cipher;
    uint8_t *scratch; /* STREAM_SCRATCH_BYTES */
    uint8_t *frame;   /* FRAME_BYTES_MAX */
    uint8_t *message; /* FRAME_MESSAGE_BYTES_MAX: on its way to the stream or robot, */
    uint8_t *exhibit; /* and one being shown. */

    uv_timer_t timer; /* What the stream is waiting for. */
    uv_idle_t work;   /* Runs while there is something to commit or to show. */
    int handles_open; /* Of these two and the socket. */
    void (*on_closed)(void *context);
    void *closed_context;

    bool dirty;              /* The inbox has something that is not committed. */
    bool news;               /* The coordinator said something of time, and nobody was told yet. */
    bool failed;             /* on_failed was called, or it is being closed: no more events. */
    uint64_t shown;          /* Messages up to here were shown. */
    uint64_t before;         /* These were there when the process began, */
    uint64_t session_before; /* and these were sent before the session did. */
    enum station_link link;
    enum frame_reason reason;

    /* Its robot. */
    uint8_t *brief; /* While it is coming: room for its parts, and what is there. */
    uint32_t brief_part_count;
    size_t brief_bytes;
    struct robot *robot;    /* NULL: none sits here, or its brief is not here yet. */
    int64_t robot_ms;       /* When it acted last. */
    bool robot_due;         /* It is to look at what it was told. */
    bool robot_is_to_grant; /* What it said stands for the coordinator's time. */
    int64_t robot_grant_ms;
};

/* Ends what the station does, and says why. */
void station_fail(struct station *station, enum spill_status status,
                  const struct spill_error *error);

/* ---- station_robot.c ---- */

/* A part of the brief came; after the last one the robot is made, and knows what the inbox knows.
 */
void station_take_brief(struct station *station, const struct stream_action *action);
/* The robot hears what is in the inbox, and does what it wants to do by now; into the inbox, to be
 * committed by the caller. */
SPILL_CHECKED enum spill_status station_robot_act(struct station *station,
                                                  struct spill_error *error);

#endif
