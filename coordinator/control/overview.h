/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overview: what exercise control's pages and scripts are told of an exercise, as JSON.
 *
 * An overview takes in the outputs of an exercise, from its start on, and remembers what the
 * exercise itself does not: the log, the course of the indicators, since when an asset is not
 * normal, causes, and what changed since pages were told last. The documents that it prints are
 * those of coordinator/pages/src/api.ts. It costs what changed, not what exists, but for the
 * documents that hold everything. It reads no clock, socket or file: the caller says what time it
 * is. One thread at a time uses an overview, together with its exercise.
 */
#ifndef SPILL_OVERVIEW_H
#define SPILL_OVERVIEW_H

#include "coordinator/control/why.h"
#include "coordinator/exercise/exercise.h"
#include "proto/http/writer.h"

enum {
    OVERVIEW_LOG_MAX = 4096,    /* Entries kept; the oldest go first. */
    OVERVIEW_LOG_SHOWN = 200,   /* In one document. */
    OVERVIEW_HISTORY_MAX = 200, /* Moments of the course of the indicators. */
    OVERVIEW_ROOTS_SHOWN = 256,
    OVERVIEW_TOOK_DOWN_MAX = 50, /* Named in one answer to "why". */
    OVERVIEW_AHEAD_MAX = 500,    /* Assets that a forecast says something of. */
    OVERVIEW_NEXT_MAX = 10,      /* Of them, named at one place. */
};

/* What whoever reads may see. Observers see no inject before its release, nothing that only
 * exercise control writes, and no intrusion that nobody has noticed. */
enum overview_role { OVERVIEW_OBSERVER, OVERVIEW_CONTROL };
enum { OVERVIEW_ROLE_COUNT = OVERVIEW_CONTROL + 1 };

/* Less room for the recording than this is worth a warning, or is bad. */
#define OVERVIEW_DISK_LOW_BYTES (INT64_C(1) << 30)
#define OVERVIEW_DISK_OUT_BYTES (INT64_C(64) << 20)

struct overview;

/* The scenario is kept until the overview is destroyed. starts_utc_us: when exercise time begins,
 * by the wall clock of the scenario's zone. */
SPILL_CHECKED enum spill_status overview_create(const struct scenario *scenario,
                                                int64_t starts_utc_us, struct overview **overview);
void overview_destroy(struct overview **overview);

/* ---- Taking in ---- */

/* An output, in order, none left out. SPILL_MEMORY: it, and what follows, is not told. */
SPILL_CHECKED enum spill_status overview_take(struct overview *overview,
                                              const struct output *output, int64_t utc_us);
/* All that was taken in is durable: it belongs to records up to this one. */
void overview_mark(struct overview *overview, uint64_t sequence);
/* What is known of a cell's node. */
struct overview_seat {
    bool robot;
    bool awaited;     /* Time waits for it. */
    bool halted;      /* Its node and we do not agree on what was said: people decide. */
    int64_t heard_us; /* When something came from it last, by the wall clock; -1: never. */
    uint64_t lag;     /* Messages that are not yet durable there. */
};
void overview_seat(struct overview *overview, struct cell_ref cell,
                   const struct overview_seat *seat);

/* Free bytes where the recording is; -1: not known. */
void overview_disk(struct overview *overview, int64_t free_bytes);

/* What a forecast says of an asset that is not down. */
struct overview_ahead {
    struct asset_ref asset;
    int64_t soon_ms;    /* By this time … */
    int64_t soon_ppm;   /* … it is down with this chance, */
    int64_t chance_ppm; /* by the end with this, */
    int64_t early_ms; /* and the times by which a tenth, a half, nine tenths of the replicas have */
    int64_t median_ms; /* it down; the end, where they have not. */
    int64_t late_ms;
};
/* Replaces what was said before; copied, at most OVERVIEW_AHEAD_MAX. */
void overview_foresee(struct overview *overview, const struct overview_ahead *ahead, size_t count);

/* ---- Documents. All of them are as of the last overview_mark. ---- */

/* control: what the reader's token may do. */
void overview_print_scenario(const struct overview *overview, enum overview_role role,
                             struct writer *writer);

/* Looks what changed since the last call. all: also at what changes without an output (times,
 * backups, person-hours); for once a second, not for every batch. Returns whether anything did.
 * Between this and the next call any number of documents may be printed. */
bool overview_look(struct overview *overview, const struct exercise *exercise, bool all,
                   int64_t wall_us);
void overview_print_delta(const struct overview *overview, const struct exercise *exercise,
                          enum overview_role role, struct writer *writer);
/* Everything, after overview_look(…, true, …). */
void overview_print_state(const struct overview *overview, const struct exercise *exercise,
                          enum overview_role role, struct writer *writer);
/* A delta that holds entries of the log only: those after record `after`, without those that a
 * state printed now would hold. Returns how many. */
size_t overview_print_missed(const struct overview *overview, enum overview_role role,
                             uint64_t after, struct writer *writer);

/* Why an asset is as it is now. */
void overview_print_why(const struct overview *overview, const struct exercise *exercise,
                        struct asset_ref asset, struct writer *writer);

/* "campaign:sturgeon" */
enum { OVERVIEW_ROOT_BYTES = 192 };
char *overview_root_print(const char *kind, const char *id, char text[OVERVIEW_ROOT_BYTES]);

/* "normal", "degraded" … */
const char *overview_status_name(enum asset_status status);

uint64_t overview_sequence(const struct overview *overview);

#endif
