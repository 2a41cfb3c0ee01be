/* SPDX-License-Identifier: Apache-2.0 */
/*
 * station: the node of one cell as a program: its socket, its stream's session, its seal and its
 * inbox, together on a loop.
 *
 * What comes is committed, then shown, then acknowledged; what the cell does is committed, then
 * sent; both in order, without gaps and never twice, whatever ends the process in between. What cut
 * it off, it comes back by itself, for as long as it takes: only what is durable says where it
 * stands. A robot, if one sits here, is made from the brief that the coordinator gives it, and acts
 * whenever the coordinator says the time (diary.h).
 *
 * A bad frame ends the session, never the station. A disk that fails ends the station, and so does
 * a brief that cannot be: what it has committed by then is what counts.
 *
 * It belongs to its loop's thread, and callbacks come from the loop. A commit takes as long as the
 * disk takes; several messages share one. Its buffers are made when it is opened; a robot when its
 * brief is there.
 */
#ifndef SPILL_STATION_H
#define SPILL_STATION_H

#include <uv.h>

#include "coordinator/exercise/input.h"
#include "nodes/inbox.h"
#include "proto/seal/seal.h"
#include "proto/socket/loop_socket.h"

/* How it stands with the coordinator. */
enum station_link {
    STATION_AWAY,    /* No session: not yet, or not any more; it goes on trying. */
    STATION_OPEN,    /* The session is there. */
    STATION_REFUSED, /* The coordinator turns it away (reason); it asks on, seldom. */
    STATION_HALTED,  /* Two histories do not fit (reason): it stands still, and people decide. */
    STATION_ENDED,   /* The coordinator says that the exercise is over. */
};

/* A message, durable here. */
struct station_message {
    uint64_t sequence;
    const uint8_t *bytes; /* An encoded output (output.h); borrowed for the call. */
    size_t size_bytes;
    bool again; /* It was here before this process: shown before, or about to be. */
    bool late;  /* It was sent before this session began. */
};

struct station_events {
    /* Each message, in order, from the first in the inbox on. */
    void (*on_message)(const struct station_message *message, void *context);
    /* How it stands has changed. */
    void (*on_link)(enum station_link link, enum frame_reason reason, void *context);
    /* The coordinator said the time, or has more of what was sent. May be NULL. */
    void (*on_time)(void *context);
    /* The station is of no more use, but for closing it. */
    void (*on_failed)(enum spill_status status, const struct spill_error *error, void *context);
    void *context;
};

struct station_options {
    uv_loop_t *loop;              /* Kept until the station is closed, as are */
    struct loop_context *context; /* this */
    struct inbox *inbox;          /* and this. */
    const char *endpoint;         /* "tcp://host:port" */
    uint8_t server_key[SEAL_KEY_BYTES];
    struct seal_pair pair; /* The node's. */
    const char *cell;
    const char *program; /* For people at the other end. */
    bool robot;          /* A robot sits here. */
    struct station_events events;
};

struct station;

/* Shows at the next turns of the loop what the inbox has, and begins to call the coordinator.
 * SPILL_UNAVAILABLE: the endpoint is none. */
SPILL_CHECKED enum spill_status station_open(const struct station_options *options,
                                             struct station **station, struct spill_error *error);
/* Says goodbye if there is somebody to say it to. No more events; on_closed, which may be NULL,
 * when nothing of it is left on the loop. */
void station_close(struct station **station, void (*on_closed)(void *context), void *context);

/* Commits an input of the cell, and sends it as soon as that can be. SPILL_IO, SPILL_MEMORY: the
 * inbox is broken, and the station fails. SPILL_INVALID: the input has a fault, error says which.
 */
SPILL_CHECKED enum spill_status station_send(struct station *station, const struct input *input,
                                             struct spill_error *error);

/* Inputs that are durable here, and as far as the coordinator is known to have them. */
uint64_t station_sent(const struct station *station);
uint64_t station_acknowledged(const struct station *station);

/* The session is there, all that the coordinator had to say is shown, and it has all that was sent.
 */
bool station_is_current(const struct station *station);

enum station_link station_link(const struct station *station);
/* Why, when it is refused or halted. */
enum frame_reason station_reason(const struct station *station);

/* The exercise's clock, as the coordinator told it and carried on since. */
struct station_clock {
    enum frame_clock state;
    int64_t now_ms;
    int64_t speed_permille; /* 0: as fast as it goes. */
    bool stale;             /* Nothing was heard for so long that the time may be wrong. */
};
/* False: the coordinator has not said it yet. */
bool station_clock(const struct station *station, struct station_clock *clock);

#endif
