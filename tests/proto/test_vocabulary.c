/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/check.h"

TEST(duration, parts_add_up) {
    int64_t duration_ms = 0;
    CHECK_OK(spill_duration_parse("1d12h", &duration_ms));
    CHECK_EQ(duration_ms, 36 * 3600000);
}
