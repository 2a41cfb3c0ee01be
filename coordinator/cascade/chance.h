/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chance: every random number of the model, as a pure function of (seed, entity, purpose, index,
 * replica).
 *
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * 2011) used as a counter-based hash, never as a stream: what one entity draws cannot depend on
 * what another does, on order or on threads. It owns nothing, keeps nothing, and may be called from
 * every thread. RULES.md, section 2.
 */
#ifndef SPILL_CHANCE_H
#define SPILL_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* What a draw is for; numbers as in RULES.md, part of every recording. */
enum chance_purpose {
    CHANCE_COUPLING = 1,
    CHANCE_START = 2,
    CHANCE_GAP = 3,
    CHANCE_AUTONOMY = 4,
    CHANCE_RECHARGE = 5,
    CHANCE_REPAIR = 6,
    CHANCE_RESTART = 7,
    CHANCE_MANUAL = 8,
    CHANCE_CONTACT = 9,
    CHANCE_PUSH = 10,
    CHANCE_PUSH_DELAY = 11,
    CHANCE_TRIGGER = 12,
    CHANCE_DETECTION = 13,
    CHANCE_PATCH = 14,
    CHANCE_FAILURE = 15,
    CHANCE_LIFETIME = 16,
    CHANCE_THRESHOLD = 17,
    CHANCE_LOAD = 20,
    CHANCE_CAPACITY = 21,
    CHANCE_TRIP = 22,
    CHANCE_RECLOSE = 23,
    CHANCE_ORDER_LATENCY = 32, /* The world's: */
    CHANCE_POLICY = 33,
    CHANCE_EFFECT_DELAY = 34,
    CHANCE_ANSWER = 48,    /* A robot's. */
    CHANCE_PARAMETER = 64, /* A planner's (coordinator/scenario/vary.h). */
};

/* One block of Philox4x32-10. */
void chance_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);

/* hash(kind, id): the first 8 bytes, little-endian, of BLAKE2b-256 of "kind:id". */
uint64_t chance_hash(const char *kind, const char *id);

/* The index-th draw (modulo 2^24) of the entity with this hash for this purpose. */
uint32_t chance_draw(uint64_t seed, uint32_t replica, uint64_t hash, enum chance_purpose purpose,
                     uint32_t index);

/* Whether an event of this probability happens at the draw. */
bool chance_event(uint32_t draw, int64_t probability_ppm);

#endif
