/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole_parts: the inside of a whole simulation.
 */
#ifndef WHOLE_PARTS_H
#define WHOLE_PARTS_H

#include "coordinator/control/session.h"
#include "nodes/diary.h"
#include "proto/seal/seal.h"
#include "proto/wire/wire.h"
#include "tests/sim/sim_parts.h"
#include "tests/sim/whole.h"

enum {
    WHOLE_CELLS_MAX = 8,
    WHOLE_EVENTS_MAX = 8192,
    WHOLE_PACKETS_MAX = 4096,
    WHOLE_PATH_BYTES = 400,
    WHOLE_STORM_US = 10000000, /* So long things go wrong, at most; */
    WHOLE_CALM_US = 900000000, /* by then all must be over. */
    WHOLE_BRIEF_PARTS = 4,     /* About so many of each brief. */
};

/* ---- The coordinator ---- */

/* A message of a cell's stream, as it can be asked for. */
struct whole_message {
    struct frame_position position;
    uint8_t *bytes;
    size_t size_bytes;
    uint8_t kind, tlp;
};

/* The coordinator's end of one stream. */
struct whole_seat {
    struct stream *stream;
    struct seal *seal;
    struct stream_cipher cipher;
    uint8_t key_box[SEAL_BOX_BYTES];
    struct whole_message *messages; /* From sequence 1. */
    size_t message_count, message_capacity;
    uint64_t input_count; /* Taken in from the node, recorded or not. */
    bool joined;
    bool announce; /* The robot is to be asked. */
    int64_t tick_us;
};

struct whole_coordinator {
    bool alive;
    struct session *session;
    struct stream_clock clock;
    struct stream_kept kept;
    struct whole_seat seats[WHOLE_CELLS_MAX];
    int64_t clock_us; /* Its monotonic clock less the world's. */
    uint64_t epoch;
    bool busy; /* In a call of the session. */
};

/* ---- Nodes ---- */

struct whole_node {
    bool alive;
    uint32_t cell;
    struct inbox *inbox;
    struct stream *stream;
    struct seal *seal;
    struct stream_cipher cipher;
    struct robot *robot;
    uint8_t *brief;
    size_t brief_bytes;
    bool dirty; /* Something is to be committed. */
    bool due;   /* The robot is to act. */
    bool grants;
    int64_t robot_ms;
    int64_t clock_us;
    int64_t tick_us;
    char inject[SPILL_ID_BYTES_MAX + 1]; /* People: the last that they got; "": none. */
};

/* ---- Events ---- */

enum whole_event_kind {
    WHOLE_EVENT_PACKET,
    WHOLE_EVENT_TICK,
    WHOLE_EVENT_SAY,     /* People of a cell do something. */
    WHOLE_EVENT_COMMAND, /* So does exercise control. */
    WHOLE_EVENT_POWER,   /* It goes, soon. */
    WHOLE_EVENT_DARK,    /* It has gone by now. */
    WHOLE_EVENT_START,
    WHOLE_EVENT_CUT,
    WHOLE_EVENT_PART,
    WHOLE_EVENT_JOIN,
    WHOLE_EVENT_HEAL,
};

struct whole_event {
    int64_t at_us;
    uint64_t order;
    enum whole_event_kind kind;
    uint32_t process; /* 0: the coordinator; then the nodes. Or the packet. */
    uint32_t cell;
    uint64_t tag; /* Life of the process. */
};

struct whole_packet {
    uint8_t *bytes; /* NULL: free. */
    size_t size_bytes;
    bool down;
    uint32_t cell; /* The node's. */
    uint64_t connection;
};

struct whole {
    struct whole_options options;
    struct whole_result *result;
    struct sim_chance chance;
    int64_t now_us;

    /* What kind of world it is. */
    uint64_t exercise_seed;
    const char *team;
    int64_t horizon_ms;
    int64_t pace_us;    /* The exercise takes so long, if nothing holds it up; 0: no time. */
    int64_t started_us; /* -1: not yet. */
    uint32_t cell_count;
    bool robot[WHOLE_CELLS_MAX];
    bool fifo;
    unsigned loss_permille, double_permille, full_permille, misroute_permille, straggler_permille;
    int64_t delay_us;
    size_t window_messages;
    bool healed;
    bool ended;

    char record_path[WHOLE_PATH_BYTES];
    struct seal_pair server, keys[WHOLE_CELLS_MAX];
    uint8_t exercise[FRAME_EXERCISE_BYTES];
    struct brief *briefs[WHOLE_CELLS_MAX];
    uint8_t *brief_bytes[WHOLE_CELLS_MAX];
    size_t brief_sizes[WHOLE_CELLS_MAX];

    struct whole_coordinator coordinator;
    struct whole_node nodes[WHOLE_CELLS_MAX];
    uint64_t life[1 + WHOLE_CELLS_MAX];
    uint64_t starts; /* Of the coordinator; its disk counts them too. */
    bool parted[WHOLE_CELLS_MAX];
    uint64_t connection[WHOLE_CELLS_MAX];
    uint64_t connections;
    int64_t last_us[WHOLE_CELLS_MAX][2];
    unsigned said[WHOLE_CELLS_MAX]; /* By people, still to be said. */
    unsigned commands;
    uint64_t words; /* Texts so far; each is another. */

    struct wire *wire;
    struct codec_arena *arena;
    uint8_t *scratch;
    uint8_t *bytes; /* FRAME_BYTES_MAX */
    struct whole_event events[WHOLE_EVENTS_MAX];
    size_t event_count;
    uint64_t event_order;
    struct whole_packet packets[WHOLE_PACKETS_MAX];
};

static inline bool whole_mutant(const struct whole *whole, enum whole_mutant mutant) {
    return (whole->options.mutants >> mutant & 1U) != 0;
}

void whole_trace(struct whole *whole, const char *format, ...) SPILL_PRINTF(2, 3);
/* The oracle found something; the first counts. */
void whole_fail(struct whole *whole, const char *format, ...) SPILL_PRINTF(2, 3);
void whole_schedule(struct whole *whole, int64_t delay_us, enum whole_event_kind kind,
                    uint32_t process, uint32_t cell);
const char *whole_cell(const struct whole *whole, uint32_t cell);
const struct scenario *whole_scenario(void);
const struct package *whole_package(void);
const struct recording_keys *whole_recording_keys(void);

/* Whether the power of a process has gone; its files begin with whole_prefix. */
bool whole_is_dark(struct whole *whole, uint32_t process);
const char *whole_prefix(struct whole *whole, uint32_t process, char path[WHOLE_PATH_BYTES]);
/* Something failed: its disk without power, or something that may not fail. */
void whole_trouble(struct whole *whole, uint32_t process, enum spill_status status,
                   const struct spill_error *error);
/* Whether an alarm is about something that did happen; else the oracle fails. */
void whole_alarm(struct whole *whole, const char *who, const struct stream_action *action);

/* ---- whole_net.c ---- */

enum spill_status whole_send(struct whole *whole, bool down, uint32_t cell, uint64_t connection,
                             const struct frame *frame);
void whole_packet_arrives(struct whole *whole, uint32_t at);
void whole_cut(struct whole *whole, uint32_t cell);

/* ---- whole_coordinator.c ---- */

void whole_coordinator_start(struct whole *whole);
void whole_coordinator_stop(struct whole *whole);
void whole_coordinator_receive(struct whole *whole, uint32_t cell, uint64_t connection,
                               const struct frame *frame);
void whole_coordinator_tick(struct whole *whole, uint32_t cell);
void whole_coordinator_command(struct whole *whole);
/* Lets the session do what it can. */
void whole_coordinator_turn(struct whole *whole);

/* ---- whole_node.c ---- */

void whole_node_start(struct whole *whole, uint32_t cell);
void whole_node_stop(struct whole *whole, uint32_t cell);
void whole_node_receive(struct whole *whole, uint32_t cell, const struct frame *frame);
void whole_node_tick(struct whole *whole, uint32_t cell);
void whole_node_connected(struct whole *whole, uint32_t cell);
/* People do something; false: they have nothing to do yet. */
bool whole_node_say(struct whole *whole, uint32_t cell);

/* ---- whole_oracle.c ---- */

/* Everything was done, said, stored and acknowledged. */
bool whole_is_done(struct whole *whole);
/* Looks at what is left on the disks. */
void whole_judge(struct whole *whole);

#endif
