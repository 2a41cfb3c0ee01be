/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fate: the oracle's own hash, Philox and laws of duration (RULES.md sections 1 and 2).
 *
 * Written from RULES.md; it shares nothing with the engine. The numeric tables are computed here,
 * in long double, when fate_prepare is called for the first time. One thread.
 */
#ifndef SPILL_ORACLE_FATE_H
#define SPILL_ORACLE_FATE_H

#include "coordinator/cascade/network.h"

#include <stdint.h>

enum { FATE_KNOTS = 4096, FATE_POWERS = 1025 };

#define FATE_LIMIT_MS (INT64_C(3650) * 24 * 3600 * 1000) /* Ten years of 365 days. */

enum fate_purpose {
    FATE_COUPLING = 1,
    FATE_BACKUP_START,
    FATE_GAP,
    FATE_AUTONOMY,
    FATE_RECHARGE,
    FATE_REPAIR,
    FATE_RESTART,
    FATE_MANUAL,
    FATE_CONTACT,
    FATE_PUSH,
    FATE_PUSH_DELAY,
    FATE_TRIGGER,
    FATE_DETECTION,
    FATE_PATCH,
    FATE_FAILURE,
    FATE_LIFETIME,
    FATE_THRESHOLD,
    FATE_LOAD = 20,
    FATE_CAPACITY,
    FATE_TRIP,
    FATE_RECLOSE,
    FATE_PURPOSE_COUNT,
};

/* The tables of RULES.md, all with 32 fraction bits. */
struct fate_tables {
    int64_t exponential[FATE_KNOTS]; /* E: -ln(1-p), p = (2i+1)/8192. */
    int64_t normal[FATE_KNOTS];      /* Z: quantile of the unit normal at p, times log2(e). */
    int64_t power[FATE_POWERS];      /* P: 2^(j/1024). */
};

/* Computes the tables if that was not done; borrowed for ever. */
const struct fate_tables *fate_prepare(void);

/* The first 8 bytes, little-endian, of BLAKE2b-256 of the text. */
uint64_t fate_hash(const char *text);

/* All four words of Philox4x32-10. */
void fate_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t words[4]);

/* One draw: the first word for this entity, purpose, index and replica. */
uint32_t fate_draw(uint64_t seed, uint64_t hash, enum fate_purpose purpose, uint32_t index,
                   uint32_t replica);

/* The duration that the law gives at probability u / 2^32, in ms; 0 for no law. */
int64_t fate_law_ms(const struct law_spec *law, uint32_t u);

#endif
