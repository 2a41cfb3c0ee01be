/* SPDX-License-Identifier: Apache-2.0 */
/*
 * law: laws of duration as rising integer functions of a draw.
 *
 * No floating point: exponential and lognormal are interpolated between knots from committed tables
 * (law_tables.c, made by law_tables_generate.c). It owns nothing and may be called from every
 * thread. RULES.md, section 2.
 */
#ifndef SPILL_LAW_H
#define SPILL_LAW_H

#include "coordinator/cascade/network.h"

enum { LAW_KNOTS = 4096, LAW_POWERS = 1025 };

/* Ten years of 365 days: no duration is longer. */
#define LAW_MAX_MS INT64_C(315360000000)

/* -ln(1-p) at p = (2i+1)/8192, with 32 fraction bits. */
extern const int64_t law_exponential_table[LAW_KNOTS];
/* The unit normal quantile at the same p, times log2(e), with 32 fraction bits. */
extern const int64_t law_normal_table[LAW_KNOTS];
/* 2^(j/1024) with 32 fraction bits. */
extern const int64_t law_power_table[LAW_POWERS];

/* Duration in ms at probability u / 2^32; 0 without a law. The law must be valid. */
int64_t law_duration_ms(const struct law_spec *law, uint32_t u);

/* What is wrong with a law, in words, or NULL. */
const char *law_fault(const struct law_spec *law);

/* floor(a * u / 2^32), exact for all a. */
uint64_t law_scale(uint64_t a, uint32_t u);

/* Floor of the square root. */
uint64_t law_root(uint64_t value);

#endif
