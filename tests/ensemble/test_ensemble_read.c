/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bins hold what they say.
 */
#include "coordinator/ensemble/ensemble_parts.h"
#include "tests/check.h"

TEST(bins, rise_and_are_within_a_sixteenth) {
    size_t last = 0;
    for (uint64_t hours = 0; hours < 200000; hours++) {
        const size_t bin = ensemble_bin_of(hours);
        CHECK_LT(bin, (size_t)ENSEMBLE_BINS);
        CHECK_LE(last, bin);
        CHECK_LE(bin, last + 1);
        last = bin;
        const int64_t middle = ensemble_bin_hours(bin);
        const int64_t off =
            middle > (int64_t)hours ? middle - (int64_t)hours : (int64_t)hours - middle;
        CHECK_LE(off * 16, (int64_t)hours);
    }
    CHECK_EQ(ensemble_bin_of(UINT64_MAX), (size_t)ENSEMBLE_BINS - 1);
}
