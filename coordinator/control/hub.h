/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub: the coordinator's socket: one stream for each cell, between the live exercise and the nodes.
 *
 * The hub lets in whom the roster names, gives each cell's messages to the node in its seat, hands
 * what the node says to the live, and knows by name who is linked, silent, late or at odds with its
 * history. Nothing that one node does, or does not do, delays another: what is sent comes from
 * memory or, far behind, from the recording, one batch at a time; queues are bounded, and whoever
 * fills one waits alone. A robot's node that is gone or does not answer is waited for a while,
 * since time stands still meanwhile, and then leaves by a recorded input until it is back; people
 * are never waited for.
 *
 * It belongs to the loop's thread, as the live's own side does. Waking up needs no call: it listens
 * to the live and to its socket. Reading the recording is done by libuv's pool of threads, one read
 * at a time. Its buffers are made when it is opened; of a robot's brief, while it is sent.
 */
#ifndef SPILL_HUB_H
#define SPILL_HUB_H

#include "coordinator/control/live.h"
#include "coordinator/control/roster.h"

enum {
    HUB_ENDPOINT_BYTES = 256,
    HUB_ALARMS_MAX = 64,           /* The last ones are kept. */
    HUB_RECENT_BYTES = 16 << 20,   /* Messages in memory, of all cells together. */
    HUB_ROBOT_PATIENCE_MS = 10000, /* For a robot, while time goes as fast as it can; */
    HUB_PACED_PATIENCE_MS = 3000,  /* at a pace, when people wait with it. */
    HUB_GRACE_MS = 3000,           /* People's link may be lost so long before it counts. */
    HUB_ROSTER_MS = 500,           /* Between looks at the roster's file. */
    HUB_REFUSE_EVERY_MS = 10,      /* Strangers are answered that often at most, all together, */
    HUB_STRANGER_EVERY_MS = 1000,  /* and told of that often. */
};

/* How a cell stands. */
enum hub_link {
    HUB_NEVER,  /* Nobody was there since this coordinator began. */
    HUB_OPEN,   /* Its node is there. */
    HUB_LOST,   /* It was, and is not now. */
    HUB_HALTED, /* Its node and we do not agree on what was said (reason): people decide. */
};

struct hub_seat_now {
    enum hub_link link;
    enum frame_reason reason; /* Why it is lost or halted. */
    bool robot;
    bool silent;           /* A robot that does not answer, and is waited for no more. */
    int64_t since_ms;      /* Of the wall's monotonic clock: since when the link is as it is. */
    int64_t heard_ms;      /* When something came from it last; -1: never. */
    uint64_t committed;    /* Messages of its stream; */
    uint64_t acknowledged; /* of them, durable at its node. */
    bool has_key;          /* The node that was there last: */
    uint8_t key[SEAL_KEY_BYTES];
};

struct hub_alarm {
    uint64_t number; /* From 1, without gaps. */
    int64_t utc_ms;  /* Since 1970. */
    bool has_cell;
    struct cell_ref cell;
    enum frame_reason reason;           /* FRAME_REASON_NONE: words only. */
    bool halted;                        /* Its stream stands still until hub_readmit. */
    char words[SPILL_ERROR_TEXT_BYTES]; /* English. */
};

struct hub_options {
    uv_loop_t *loop;
    struct live *live; /* Kept until it has ended. Not started yet. */
    const struct scenario *scenario;
    const char *record_path;
    const char *roster_path; /* Read again when it changes. */
    const char *bind;        /* "tcp://127.0.0.1:0"; port 0: as before, or any. */
    const char *program;
    const char *team; /* Of the robots. */
    /* Words for the operator's log; may be NULL. */
    void (*on_log)(const char *words, void *context);
    /* Something changed in what hub_seat or hub_alarm tell; may be NULL. */
    void (*on_change)(void *context);
    void *context;
    int64_t robot_patience_ms; /* 0: HUB_ROBOT_PATIENCE_MS. */
};

struct hub;

/* Reads the roster, makes or reads the secrets beside the recording, binds, proves that strangers
 * are turned away (this turns the loop), and listens to the live. SPILL_UNAVAILABLE: it cannot be
 * bound; SPILL_REFUSED: it would let strangers in; SPILL_NOT_FOUND, SPILL_INVALID: the roster. */
SPILL_CHECKED enum spill_status hub_open(const struct hub_options *options, struct hub **hub,
                                         struct spill_error *error);
/* Says goodbye to every node and leaves the loop; the live has ended before. */
void hub_close(struct hub **hub, void (*on_closed)(void *context), void *context);

/* "tcp://127.0.0.1:40123"; and the key that nodes must know, printed with seal_key_print. */
const char *hub_endpoint(const struct hub *hub);
const uint8_t *hub_server_key(const struct hub *hub);

/* Reads the roster again now. On failure the one before stays; error says why. */
SPILL_CHECKED enum spill_status hub_reload_roster(struct hub *hub, struct spill_error *error);
/* An operator's decision: the cell's stream goes on after an alarm, with whoever has the key; a
 * node that lost everything begins anew. */
void hub_readmit(struct hub *hub, struct cell_ref cell);

void hub_seat(const struct hub *hub, struct cell_ref cell, struct hub_seat_now *now);
/* Cells whose node is there. */
size_t hub_open_count(const struct hub *hub);
/* Every node that is there has all of its messages. */
bool hub_is_done(const struct hub *hub);
/* Alarms ever raised; the last HUB_ALARMS_MAX can be had, by number. */
uint64_t hub_alarm_count(const struct hub *hub);
SPILL_CHECKED bool hub_alarm(const struct hub *hub, uint64_t number, struct hub_alarm *alarm);

#endif
