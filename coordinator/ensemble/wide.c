/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/ensemble/wide.h"

#include "proto/vocabulary.h"

struct wide wide_subtract(struct wide a, struct wide b) {
    SPILL_ASSERT(wide_compare(a, b) >= 0);
    return (struct wide){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

struct wide wide_product(uint64_t a, uint64_t b) {
    const uint64_t a_low = a & UINT32_MAX;
    const uint64_t a_high = a >> 32;
    const uint64_t b_low = b & UINT32_MAX;
    const uint64_t b_high = b >> 32;
    struct wide product = {a_low * b_low, a_high * b_high};
    const uint64_t crosses[] = {a_low * b_high, a_high * b_low};
    for (int i = 0; i < 2; i++) {
        product = wide_add(product, (struct wide){crosses[i] << 32, crosses[i] >> 32});
    }
    return product;
}

uint64_t wide_divide(struct wide a, uint64_t divisor) {
    SPILL_ASSERT(divisor != 0);
    if (a.high >= divisor) {
        return UINT64_MAX;
    }
    uint64_t rest = a.high;
    uint64_t quotient = 0;
    for (int i = 63; i >= 0; i--) {
        const uint64_t carry = rest >> 63;
        rest = rest << 1 | (a.low >> i & 1);
        quotient <<= 1;
        if (carry != 0 || rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    return quotient;
}

int wide_compare(struct wide a, struct wide b) {
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return (a.low > b.low) - (a.low < b.low);
}

double wide_double(struct wide a) {
    return (double)a.high * 18446744073709551616.0 + (double)a.low;
}
