/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "tests/check.h"
#include "tests/sim/sim.h"

#ifndef SIM_SEEDS
#define SIM_SEEDS 2000
#endif

/* No loss, doubling, reordering or leak, and progress once all has healed: in every history. */
TEST(sim, every_seed_keeps_the_promises) {
    uint64_t crashes = 0, promotions = 0, snapshots = 0, delivered = 0;
    for (uint64_t seed = 1; seed <= SIM_SEEDS; seed++) {
        struct sim_options options = {.seed = seed};
        struct sim_result result;
        sim_run(&options, &result);
        if (result.failed) {
            options.trace = stderr;
            sim_run(&options, &result);
            CHECK_FAIL("seed %" PRIu64 ": %s", seed, result.words);
        }
        crashes += result.crashes;
        promotions += result.promotions;
        snapshots += result.snapshots;
        delivered += result.delivered;
    }
    /* The histories are worth something. */
    CHECK_LT(SIM_SEEDS / 2, crashes);
    CHECK_LT(SIM_SEEDS / 10, promotions);
    CHECK_LT(SIM_SEEDS / 10, snapshots);
    CHECK_LT(SIM_SEEDS * 10, delivered);
}

/* Histories that were once too much, found among a million others. */
TEST(sim, seeds_that_failed_once_hold) {
    static const uint64_t seeds[] = {10208989};
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        struct sim_result result;
        sim_run(&(struct sim_options){.seed = seeds[i]}, &result);
        CHECK(!result.failed);
    }
}

/* The same seed is the same history; another one is another. */
TEST(sim, seed_decides_everything) {
    struct sim_result first, second, other;
    sim_run(&(struct sim_options){.seed = 42}, &first);
    sim_run(&(struct sim_options){.seed = 43}, &other);
    sim_run(&(struct sim_options){.seed = 42}, &second);
    CHECK_EQ(first.events, second.events);
    CHECK_EQ(first.frames, second.frames);
    CHECK_EQ(first.end_us, second.end_us);
    CHECK_NE(first.events, other.events);
}
