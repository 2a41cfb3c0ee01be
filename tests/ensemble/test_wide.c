/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums of 128 bits are exact.
 */
#include "coordinator/ensemble/wide.h"

#include "tests/check.h"

TEST(wide, sums_carry) {
    struct wide sum = {0};
    for (int i = 0; i < 3; i++) {
        wide_increase(&sum, UINT64_MAX);
    }
    CHECK_EQ(sum.low, UINT64_MAX - 2);
    CHECK_EQ(sum.high, 2);
    CHECK_EQ(wide_compare(sum, wide_of(5)), 1);
    CHECK_EQ(wide_compare(wide_of(5), sum), -1);
    const struct wide rest = wide_subtract(sum, (struct wide){UINT64_MAX, 1});
    CHECK_EQ(rest.low, UINT64_MAX - 1);
    CHECK_EQ(rest.high, 0);
    CHECK_EQ(wide_compare(wide_add(rest, (struct wide){UINT64_MAX, 1}), sum), 0);
}

TEST(wide, products_and_quotients_undo_each_other) {
    uint64_t state = 1;
    for (int i = 0; i < 20000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        const uint64_t a = state >> (i % 61);
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        const uint64_t b = (state >> (i % 53)) | 1;
        const uint64_t rest = b > 1 ? state % b : 0;
        const struct wide product = wide_product(a, b);
        CHECK_EQ(wide_divide(product, b), a);
        CHECK_EQ(wide_divide(wide_add(product, wide_of(rest)), b), a);
        CHECK_EQ(wide_compare(product, wide_product(b, a)), 0);
        CHECK_EQ(product.low, a * b);
    }
    CHECK_EQ(wide_product(UINT64_MAX, UINT64_MAX).high, UINT64_MAX - 1);
    CHECK_EQ(wide_product(UINT64_MAX, UINT64_MAX).low, 1);
    CHECK_EQ(wide_divide((struct wide){0, 5}, 5), UINT64_MAX);
    CHECK_EQ(wide_double((struct wide){1, 1}), 18446744073709551616.0);
}
