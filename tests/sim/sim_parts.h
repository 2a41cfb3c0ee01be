/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_parts: the inside of a simulation.
 */
#ifndef SIM_PARTS_H
#define SIM_PARTS_H

#include "proto/stream/stream.h"
#include "tests/sim/sim.h"

enum {
    SIM_CELLS_MAX = 3,
    SIM_COORDINATORS = 2, /* One, and the one it is replaced by. */
    SIM_SEQUENCE_MAX = 256,
    SIM_RECORDS_MAX = 1024,
    SIM_PACKETS_MAX = 1024,
    SIM_EVENTS_MAX = 4096,
    SIM_BODY_BYTES_MAX = 128,
    SIM_STORM_US = 4000000,  /* So long things go wrong, at most; */
    SIM_CALM_US = 120000000, /* so long after that all must have arrived. */
};

/* ---- Chance ---- */

struct sim_chance {
    uint64_t state;
};
uint64_t sim_draw(struct sim_chance *chance);
/* Uniform below limit, which is not 0. */
uint64_t sim_below(struct sim_chance *chance, uint64_t limit);
bool sim_permille(struct sim_chance *chance, unsigned permille);

/* ---- What is said: 24 bytes that nobody else ever says. ---- */

struct sim_saying {
    uint64_t value; /* Drawn: a message that was lost and is said anew differs. */
    uint32_t cell;
    uint32_t way; /* enum frame_way */
    uint64_t sequence;
};

/* ---- Disks: a log of records, of which a crash keeps what was synced and perhaps some more. ----
 */

enum sim_record_kind {
    SIM_RECORD_BOOT,      /* value: how many. */
    SIM_RECORD_EPOCH,     /* Coordinator: value. */
    SIM_RECORD_KEPT,      /* Node: kept. */
    SIM_RECORD_OWN,       /* Own message of the cell, position after it. */
    SIM_RECORD_PEER,      /* The peer's. */
    SIM_RECORD_DELIVERED, /* value: up to where the peer has the own messages. */
    SIM_RECORD_SNAPSHOT,  /* Node: stands for the peer's messages up to position. */
};

struct sim_record {
    enum sim_record_kind kind;
    uint32_t cell;
    struct frame_position position;
    struct stream_kept kept;
    uint64_t value;
};

struct sim_disk {
    struct sim_record *records; /* SIM_RECORDS_MAX. */
    size_t record_count;
    size_t durable_count;
    size_t sync_count; /* What the sync under way will make durable. */
    bool syncing;
    bool frozen; /* Its syncs never end. */
};

/* ---- Ends of a stream ---- */

struct sim;

/* What a process knows of one stream; gone when it crashes. */
struct sim_end {
    struct sim *sim;
    uint32_t cell;
    bool down; /* The coordinator's end. */
    uint32_t process;
    struct stream *stream;
    struct stream_cipher cipher;
    int64_t tick_us;    /* When the next tick is due, by the world's clock; INT64_MAX: never. */
    uint64_t own_count; /* Own messages, committed or not. */
    uint64_t told_own;  /* Up to where stream_committed was said. */
    uint64_t told_peer; /* Up to where stream_stored was said. */
    bool keep_waits;    /* STREAM_KEEP is being made durable. */
    struct stream_kept keep;
    bool adopt_waits;
    uint32_t snapshot_part; /* Taken in so far. */
    uint32_t brief_parts;   /* The same of its brief. */
    bool briefed;           /* It has all of it, or knows that there is none. */
};

struct sim_process {
    bool alive;
    bool zombie; /* A coordinator that was replaced and does not know. */
    struct sim_disk disk;
    int64_t clock_us; /* Its monotonic clock less the world's. */
    uint64_t epoch, start;
    struct stream_clock clock;
    struct sim_end ends[SIM_CELLS_MAX]; /* A node: the first only. */
};

/* ---- Events ---- */

enum sim_event_kind {
    SIM_EVENT_PACKET,
    SIM_EVENT_TICK,
    SIM_EVENT_SYNC,
    SIM_EVENT_SAY,
    SIM_EVENT_CRASH,
    SIM_EVENT_START,
    SIM_EVENT_CUT,
    SIM_EVENT_PART,
    SIM_EVENT_JOIN,
    SIM_EVENT_PROMOTE,
    SIM_EVENT_WIPE,    /* A node's disk is lost altogether. */
    SIM_EVENT_READMIT, /* An operator lets it begin anew. */
    SIM_EVENT_HEAL,
};

struct sim_event {
    int64_t at_us;
    uint64_t order;
    enum sim_event_kind kind;
    uint32_t process; /* Or the packet. */
    uint32_t cell;
    uint64_t tag; /* Incarnation of the process; for a tick, nothing. */
};

struct sim_packet {
    bool used;
    struct frame frame;
    uint8_t body[SIM_BODY_BYTES_MAX];
    size_t body_bytes;
    bool down;
    uint32_t cell; /* The node's. */
    uint32_t coordinator;
    uint64_t connection;
};

/* Processes: coordinators first, then the nodes. */
enum { SIM_PROCESSES = SIM_COORDINATORS + SIM_CELLS_MAX };

struct sim {
    struct sim_options options;
    struct sim_result *result;
    struct sim_chance chance;
    int64_t now_us;
    bool failed;

    /* What kind of world it is. */
    uint32_t cell_count;
    bool fifo; /* Connections keep order and lose nothing until they are cut. */
    bool one_key;
    unsigned loss_permille, double_permille, full_permille, misroute_permille, corrupt_permille;
    unsigned straggler_permille;
    int64_t delay_us, sync_us;
    size_t window_messages;
    uint64_t snapshot_behind;
    bool robot[SIM_CELLS_MAX]; /* Its node gets a brief; others ask in vain. */
    uint32_t say_down, say_up;
    bool healed;

    struct sim_process processes[SIM_PROCESSES];
    uint64_t incarnation[SIM_PROCESSES];
    uint32_t coordinator; /* The one that counts. */
    bool parted[SIM_CELLS_MAX];
    bool wiped[SIM_CELLS_MAX];     /* It lost its disk at least once. */
    bool corrupted[SIM_CELLS_MAX]; /* Something that was sealed was changed under way. */
    bool readmitting[SIM_CELLS_MAX];
    uint32_t target[SIM_CELLS_MAX]; /* The coordinator that the node's address leads to. */
    uint64_t connection[SIM_CELLS_MAX];
    int64_t last_us[SIM_CELLS_MAX][2]; /* FIFO: arrival of the last packet each way. */
    uint64_t connections;

    /* Large, and used again by the next seed as they are. */
    struct sim_packet *packets; /* SIM_PACKETS_MAX. */
    uint32_t *packet_free;      /* SIM_PACKETS_MAX. */
    size_t packet_free_count;
    struct sim_event *events; /* SIM_EVENTS_MAX, a heap. */
    uint8_t *scratch;         /* STREAM_SCRATCH_BYTES. */
    size_t event_count;
    uint64_t event_order;

    /* The oracle's memory: what people saw, and what the exercise did. */
    uint64_t said[SIM_CELLS_MAX][2]; /* How many messages are still to be said. */
    uint64_t shown[SIM_CELLS_MAX];   /* Down, at the node. */
    uint64_t applied[SIM_CELLS_MAX]; /* Up, at the coordinator. */
    /* What was said and became durable with the sayer, by cell, way and sequence. */
    uint64_t truth[SIM_CELLS_MAX][2][SIM_SEQUENCE_MAX];
};

static inline bool sim_mutant(const struct sim *sim, enum sim_mutant mutant) {
    return (sim->options.mutants >> mutant & 1U) != 0;
}
static inline struct sim_process *sim_node(struct sim *sim, uint32_t cell) {
    return &sim->processes[SIM_COORDINATORS + cell];
}
const char *sim_cell_name(uint32_t cell);

void sim_trace(struct sim *sim, const char *format, ...) SPILL_PRINTF(2, 3);
/* The oracle found something; the first counts. */
void sim_fail(struct sim *sim, const char *format, ...) SPILL_PRINTF(2, 3);

void sim_schedule(struct sim *sim, int64_t delay_us, enum sim_event_kind kind, uint32_t process,
                  uint32_t cell, uint64_t tag);

/* ---- sim_net.c ---- */

/* Whether the transport took it: SPILL_AGAIN, SPILL_UNAVAILABLE as loop_socket. */
enum spill_status sim_send(struct sim *sim, struct sim_end *end, uint64_t connection,
                           const struct frame *frame);
void sim_packet_arrives(struct sim *sim, uint32_t packet);
/* The node's connection breaks, and another one is made, to the same or another coordinator. */
void sim_cut(struct sim *sim, uint32_t cell);

/* ---- sim_disk.c ---- */

void sim_append(struct sim *sim, uint32_t process, const struct sim_record *record);
void sim_sync(struct sim *sim, uint32_t process);
void sim_crash_disk(struct sim *sim, uint32_t process);
/* Records of this kind and cell that are durable; the last position. */
uint64_t sim_durable(const struct sim_disk *disk, enum sim_record_kind kind, uint32_t cell,
                     struct frame_position *position);
/* The record of this kind, cell and sequence among the first count; NULL: none. */
const struct sim_record *sim_find(const struct sim_disk *disk, size_t count,
                                  enum sim_record_kind kind, uint32_t cell, uint64_t sequence);

/* ---- sim_end.c ---- */

void sim_start(struct sim *sim, uint32_t process);
void sim_crash(struct sim *sim, uint32_t process);
void sim_synced(struct sim *sim, uint32_t process);
void sim_say(struct sim *sim, uint32_t process, uint32_t cell);
/* Does what the stream says, until it says nothing. */
void sim_pump(struct sim *sim, struct sim_end *end);
int64_t sim_process_now(const struct sim *sim, uint32_t process);

#endif
