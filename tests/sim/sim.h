/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim: coordinators and nodes with the real stream between them, on a simulated network, disk and
 * clock, and an oracle that watches.
 *
 * One seed is one history: how many cells there are, what they say, what the network loses,
 * doubles, reorders, delays, cuts and misroutes, who crashes when and what his disk keeps, who is
 * promoted. After a stormy time everything heals, and all that was said must have arrived. The same
 * seed gives the same history, event by event. One thread at a time.
 */
#ifndef SIM_H
#define SIM_H

#include <stdio.h>

#include "proto/vocabulary.h"

/* Faults on purpose in those who use the stream; the stream has its own (stream_parts.h). */
#define SIM_MUTANT_MAP(X)                                                                          \
    X(ACK_BEFORE_COMMIT, "ack before commit")                                                      \
    X(SEND_BEFORE_COMMIT, "send before commit")                                                    \
    X(SHOW_BEFORE_COMMIT, "show before commit")                                                    \
    X(RANDOM_SESSION, "random session")   /* Boots are not counted but drawn. */                   \
    X(VOLATILE_MEMORY, "volatile memory") /* The coordinator seen is forgotten in a crash. */      \
    X(SYNC_NOTHING, "sync nothing")       /* The disk says yes and does nothing. */                \
    X(COMMIT_SHUFFLED, "commit shuffled") /* Messages are stored in another order. */
enum sim_mutant {
#define SIM_MUTANT_ENUM(name, words) SIM_MUTANT_##name,
    SIM_MUTANT_MAP(SIM_MUTANT_ENUM)
#undef SIM_MUTANT_ENUM
        SIM_MUTANT_COUNT
};

struct sim_options {
    uint64_t seed;
    uint32_t mutants; /* Bits 1 << SIM_MUTANT_…. */
    FILE *trace;      /* Every event, as text; NULL: none. */
};

struct sim_result {
    bool failed;
    char words[256]; /* Why. */
    uint64_t events;
    uint64_t frames;
    uint64_t delivered; /* Messages, both ways. */
    uint64_t crashes;
    uint64_t sessions;
    uint64_t snapshots;
    uint64_t promotions;
    int64_t end_us; /* Simulated time when all had arrived. */
};

/* Plays one seed. */
void sim_run(const struct sim_options *options, struct sim_result *result);

#endif
