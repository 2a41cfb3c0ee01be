/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wide: unsigned sums of 128 bits, exact and the same in any order.
 *
 * Values, not objects; callable from every thread. A sum beyond 128 bits wraps, which no ensemble
 * of this program can reach: 2^32 replicas of 2^63.
 */
#ifndef SPILL_WIDE_H
#define SPILL_WIDE_H

#include <stdint.h>

struct wide {
    uint64_t low;
    uint64_t high;
};

static inline struct wide wide_add(struct wide a, struct wide b) {
    const uint64_t low = a.low + b.low;
    return (struct wide){low, a.high + b.high + (low < a.low)};
}

static inline struct wide wide_of(uint64_t value) {
    return (struct wide){value, 0};
}

static inline void wide_increase(struct wide *sum, uint64_t value) {
    sum->low += value;
    sum->high += sum->low < value;
}

struct wide wide_subtract(struct wide a, struct wide b); /* a - b; a is not less. */
struct wide wide_product(uint64_t a, uint64_t b);
/* floor(a / divisor), divisor not 0; the quotient must fit (2^64 - 1 otherwise). */
uint64_t wide_divide(struct wide a, uint64_t divisor);
/* -1, 0 or 1. */
int wide_compare(struct wide a, struct wide b);
/* For reports. */
double wide_double(struct wide a);

#endif
