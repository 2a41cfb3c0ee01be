/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole: a whole exercise under storm: the real session, exercise and recording at one end, the
 * real inboxes, robots and diaries at the other, the real stream, frames and seals between them, on
 * a simulated network, disk and clock, and an oracle that watches.
 *
 * One seed is one history, as in sim.h, whose streams carry nothing that means anything and so are
 * a hundred times faster. Here power goes in the middle of a commit, recordings and inboxes are
 * opened again, inputs are executed again, robots are told all that they had been told. Once all
 * has healed and the exercise has ended:
 *
 *   - what each node has is what the recording says that its cell was sent, all of it, in order;
 *   - what the recording says that a cell did is what its node has sent, all of it, in order;
 *   - no node's disk has a message of another cell on it;
 *   - the recording verifies, and executing its inputs gives its outputs and digests again;
 *   - where only robots played, the final digest is that of a quiet exercise in one process.
 *
 * One thread at a time.
 */
#ifndef WHOLE_H
#define WHOLE_H

#include <stdio.h>

#include "proto/vocabulary.h"

/* Faults on purpose in those who use the cores. */
#define WHOLE_MUTANT_MAP(X)                                                                        \
    X(SEND_BEFORE_COMMIT, "send before commit") /* The session sends what may be lost. */          \
    X(ACK_BEFORE_COMMIT, "ack before commit")   /* The node acknowledges what may be lost. */      \
    X(TAKE_BEFORE_COMMIT, "take before commit") /* The coordinator does the same. */               \
    X(SAY_BEFORE_COMMIT, "say before commit")   /* The node sends inputs that may be lost. */      \
    X(SYNC_NOTHING, "sync nothing")             /* Disks say yes and do nothing. */                \
    X(NO_DIARY, "no diary")                     /* Robots act and do not write down when. */       \
    X(OLD_BOOT, "old boot")                     /* A node's starts are not counted. */             \
    X(FORGET_ROBOTS, "forget robots")           /* After a crash time does not wait for them. */
enum whole_mutant {
#define WHOLE_MUTANT_ENUM(name, words) WHOLE_MUTANT_##name,
    WHOLE_MUTANT_MAP(WHOLE_MUTANT_ENUM)
#undef WHOLE_MUTANT_ENUM
        WHOLE_MUTANT_COUNT
};

struct whole_options {
    uint64_t seed;
    uint32_t mutants; /* Bits 1 << WHOLE_MUTANT_…. */
    FILE *trace;      /* Every event, as text; NULL: none. */
};

struct whole_result {
    bool failed;
    char words[512]; /* Why. */
    uint64_t events;
    uint64_t frames;
    uint64_t messages; /* That cells were sent. */
    uint64_t inputs;   /* That cells gave. */
    uint64_t records;  /* In the recording. */
    uint64_t cuts;     /* Of power. */
    uint64_t amid;     /* Of them, in the middle of a write. */
    uint64_t sessions;
    uint64_t epochs;
    bool robots;    /* Only robots played. */
    int64_t end_us; /* Simulated time when all was done. */
};

/* Loads the scenario; folder: for what must be real files. */
void whole_open(const char *folder);
void whole_close(void);
/* Plays one seed. */
void whole_run(const struct whole_options *options, struct whole_result *result);

#endif
