/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_parts: the inside of a hub, for hub.c (socket, roster, live) and hub_seat.c (one cell's
 * stream) alone.
 */
#ifndef SPILL_HUB_PARTS_H
#define SPILL_HUB_PARTS_H

#include "coordinator/control/backlog.h"
#include "coordinator/control/hub.h"
#include "coordinator/control/hub_secrets.h"
#include "coordinator/control/recent.h"
#include "coordinator/exercise/brief.h"
#include "proto/socket/loop_socket.h"
#include "proto/wire/wire.h"

enum {
    HUB_TICK_MS = 50,
    HUB_GOODBYE_MS = 250,      /* Between goodbye and the end of the connections. */
    HUB_PUMP_MAX = 256,        /* Things that one stream does in one turn. */
    HUB_ANNOUNCE_MS = 500,     /* While time goes as fast as it can, people are told it so often. */
    HUB_FETCH_AGAIN_MS = 5000, /* After the recording could not be read. */
    HUB_JUDGE_MS = 1000,       /* Between looks at who is out of date. */
};

/* What the live is still to be told of a seat; it may have no room at once. */
enum { HUB_TELL_JOIN = 1, HUB_TELL_LEAVE = 2, HUB_TELL_DELIVERED = 4, HUB_TELL_GRANT = 8 };

struct hub_seat {
    struct hub *hub;
    struct cell_ref cell;
    const char *id;
    struct stream *stream;
    struct seal *seal;
    struct stream_cipher cipher;
    struct stream_clock clock; /* As its node is told it. */
    bool dirty;                /* Its stream may have something to do. */
    bool announce;             /* The time is to be said once all messages are sent. */
    uint64_t committed;        /* Messages of its stream. */
    uint64_t handed;           /* The last input that this stream handed over. */
    bool ended; /* It sent what no node of this cell sends; until it is readmitted. */

    /* The node in it. */
    bool has_node;
    struct loop_peer peer;
    bool has_key;
    uint8_t key[SEAL_KEY_BYTES];
    uint8_t box[SEAL_BOX_BYTES]; /* The cell's key for it. */
    bool robot;

    /* How it stands. */
    bool open, ever;
    bool silent;
    enum frame_reason reason;
    int64_t since_us;
    int64_t lost_us;  /* Since when its link is lost and nobody was told; -1. */
    int64_t asked_us; /* Since when its robot is waited for; -1. */
    bool joined;      /* As the live knows, or will. */
    unsigned tell;
    uint64_t acknowledged;
    struct stream_grant grant;

    /* What it needs from the recording: this message, the head after this one; 0: nothing. */
    uint64_t wanted, wanted_head;
    int64_t wanted_us; /* Not before. */

    uint8_t *brief; /* While it is sent. */
    size_t brief_bytes;
};

struct hub {
    struct hub_options options;
    struct live *live; /* NULL: it has ended. */
    struct hub_secrets secrets;
    char *roster_path;
    struct roster *roster;
    struct loop_context *context;
    struct loop_socket *socket;
    struct wire *wire;
    uint8_t *scratch; /* STREAM_SCRATCH_BYTES, of all streams. */
    uint8_t *frame;   /* FRAME_BYTES_MAX */
    struct recent *recent;
    struct hub_seat *seats;
    size_t seat_count;
    struct stream_kept kept;
    struct stream_clock clock;
    int64_t clock_us;    /* When the live said it. */
    int64_t announce_us; /* When people were told the time. */
    bool ended;          /* The exercise is over. */

    uv_timer_t timer;
    uv_idle_t work; /* Runs while a seat is dirty. */
    uv_fs_poll_t watch;
    int handle_count; /* Of these, the socket, and a read under way. */
    bool closing;
    void (*on_closed)(void *context);
    void *closed_context;

    /* One read of the recording at a time. */
    struct backlog *backlog;
    uv_work_t fetch;
    bool fetching;
    struct hub_seat *fetch_seat; /* Whose batch it is. */
    uint64_t fetch_from;
    struct backlog_batch batch;
    bool has_batch;
    enum spill_status fetch_status;
    struct spill_error fetch_error;
    size_t fetch_next; /* The seat to look at first. */

    struct hub_alarm *alarms; /* HUB_ALARMS_MAX, a ring. */
    uint64_t alarm_count;
    int64_t refuse_us, stranger_us, judge_us;
    bool testing; /* The stranger is our own. */
};

int64_t hub_now_us(void);
void hub_log(struct hub *hub, const char *format, ...) SPILL_PRINTF(2, 3);
/* One of the handles is gone; with the last one, the hub. */
void hub_gone(struct hub *hub);
/* seat may be NULL. */
void hub_raise(struct hub *hub, const struct hub_seat *seat, enum frame_reason reason, bool halted,
               const char *words);
void hub_changed(struct hub *hub);
/* The seat's stream is looked at in the next turn of the loop. */
void hub_touch(struct hub_seat *seat);
/* SPILL_AGAIN, SPILL_UNAVAILABLE as loop_socket_send. */
enum spill_status hub_send(struct hub *hub, struct loop_peer peer, const struct frame *frame);

/* ---- hub_seat.c ---- */

SPILL_CHECKED enum spill_status hub_seat_create(struct hub *hub, struct hub_seat *seat,
                                                struct cell_ref cell);
void hub_seat_destroy(struct hub_seat *seat);
/* Makes its stream anew, from what is durable. */
SPILL_CHECKED enum spill_status hub_seat_reset(struct hub_seat *seat);
/* Does what its stream says; touches it again when there is more. */
void hub_seat_pump(struct hub_seat *seat);
/* Its link is open, or is not any more. */
void hub_seat_link(struct hub_seat *seat, bool open, enum frame_reason reason);
/* Time passed. */
void hub_seat_tick(struct hub_seat *seat, int64_t now_us);
/* Tells the live what it is still to be told. */
void hub_seat_tell(struct hub_seat *seat);
/* Begins the next read of the recording, if somebody needs one and none is under way. */
void hub_fetch_next(struct hub *hub);

#endif
