/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/stream/timing.h"

#include "tests/check.h"

/* The clock there is an hour ahead; of three answers the quickest is believed. */
TEST(timing, shortest_round_trip_counts) {
    struct timing timing = {.sample_count = 0};
    const int64_t ahead_us = INT64_C(3600000000);
    int64_t offset_us = 0;
    int64_t error_us = 0;
    CHECK(!timing_offset(&timing, 0, &offset_us, &error_us));
    /* Out 10 ms, back 90 ms: the middle is 40 ms wrong. */
    timing_add(&timing, 1000000, 1010000 + ahead_us, 1100000);
    CHECK(timing_offset(&timing, 1100000, &offset_us, &error_us));
    CHECK_EQ(offset_us, ahead_us - 40000);
    CHECK_LE(40000, error_us);
    timing_add(&timing, 2000000, 2000500 + ahead_us, 2001000);
    timing_add(&timing, 3000000, 3200000 + ahead_us, 3210000);
    CHECK(timing_offset(&timing, 3210000, &offset_us, &error_us));
    CHECK_EQ(offset_us, ahead_us);
    CHECK_LE(error_us, 500 + 1 + 300);
}

/* Clocks drift: after a long while a slower, newer answer is the better one. */
TEST(timing, old_answer_loses_trust) {
    struct timing timing = {.sample_count = 0};
    int64_t offset_us = 0;
    int64_t error_us = 0;
    timing_add(&timing, 1000, 5001000, 1200);
    const int64_t later_us = INT64_C(600000000);
    timing_add(&timing, later_us, later_us + 5100000, later_us + 20000);
    CHECK(timing_offset(&timing, later_us + 20000, &offset_us, &error_us));
    CHECK_EQ(offset_us, 5100000 - 10000);
}

/* More answers than are kept: the first are forgotten. */
TEST(timing, one_more_than_are_kept) {
    struct timing timing = {.sample_count = 0};
    int64_t offset_us = 0;
    int64_t error_us = 0;
    timing_add(&timing, 0, 7000, 0);
    for (int64_t i = 1; i <= TIMING_SAMPLES; i++) {
        timing_add(&timing, i * 10, i * 10 + 5 + 100, i * 10 + 10);
    }
    CHECK(timing_offset(&timing, 200, &offset_us, &error_us));
    CHECK_EQ(offset_us, 100);
}

/* Answers that cannot be are left out, and nothing overflows. */
TEST(timing, nonsense_is_left_out) {
    struct timing timing = {.sample_count = 0};
    timing_add(&timing, 100, 200, 50);
    timing_add(&timing, -1, 200, 50);
    timing_add(&timing, 0, INT64_MAX, 50);
    timing_add(&timing, 0, INT64_MIN, 50);
    CHECK_EQ(timing.sample_count, 0);
    CHECK(timing_is_stale(&timing, 0));
}

TEST(timing, exercise_time_runs_on_and_stops) {
    struct timing timing = {.sample_count = 0};
    timing_add(&timing, 1000000, 9000000, 1000000);
    /* 60 times real time: a minute each second; a second ago it was 10 s. */
    CHECK_EQ(timing_exercise_ms(&timing, 2000000, 9000000, 10000, 60000, true), 70000);
    CHECK_EQ(timing_exercise_ms(&timing, 2000000, 9000000, 10000, 60000, false), 10000);
    CHECK_EQ(timing_exercise_ms(&timing, 2000000, 9000000, 10000, 0, true), 10000);
    /* Never before what was said; never on and on without an answer. */
    CHECK_EQ(timing_exercise_ms(&timing, 500000, 9000000, 10000, 60000, true), 10000);
    CHECK_EQ(timing_exercise_ms(&timing, INT64_C(90000000), 9000000, 0, 1000, true),
             TIMING_STALE_US / 1000);
    CHECK(!timing_is_stale(&timing, 1000000 + TIMING_STALE_US));
    CHECK(timing_is_stale(&timing, 1000001 + TIMING_STALE_US));
    CHECK_EQ(timing_exercise_ms(&timing, 2000000, 9000000, INT64_MAX, INT64_MAX, true), INT64_MAX);
}
