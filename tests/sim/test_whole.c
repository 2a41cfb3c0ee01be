/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/whole.h"

#include <inttypes.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

#ifndef WHOLE_SEEDS
#define WHOLE_SEEDS 200
#endif

/* A whole exercise survives whatever happens to its machines and networks, and is the same one. */
TEST(whole, every_seed_keeps_the_promises) {
    struct temporary folder;
    struct whole_result sum = {.failed = false};
    uint64_t robots = 0;
    temporary_create(&folder);
    whole_open(folder.path);
    for (uint64_t seed = 1; seed <= WHOLE_SEEDS; seed++) {
        struct whole_options options = {.seed = seed};
        struct whole_result result;
        whole_run(&options, &result);
        if (result.failed) {
            options.trace = stderr;
            whole_run(&options, &result);
            CHECK_FAIL("seed %" PRIu64 ": %s", seed, result.words);
        }
        sum.messages += result.messages;
        sum.inputs += result.inputs;
        sum.cuts += result.cuts;
        sum.amid += result.amid;
        robots += result.robots;
    }
    /* The histories are worth something. */
    CHECK_LT(WHOLE_SEEDS * 10, sum.messages);
    CHECK_LT(WHOLE_SEEDS * 2, sum.inputs);
    CHECK_LT(WHOLE_SEEDS, sum.cuts);
    CHECK_LT(WHOLE_SEEDS / 10, sum.amid);
    CHECK_LT(WHOLE_SEEDS / 4, robots);
    whole_close();
    temporary_destroy(&folder);
}

/* The same seed is the same history; another one is another. */
TEST(whole, seed_decides_everything) {
    struct temporary folder;
    struct whole_result first, second, other;
    temporary_create(&folder);
    whole_open(folder.path);
    whole_run(&(struct whole_options){.seed = 42}, &first);
    whole_run(&(struct whole_options){.seed = 43}, &other);
    whole_run(&(struct whole_options){.seed = 42}, &second);
    CHECK_EQ(first.events, second.events);
    CHECK_EQ(first.frames, second.frames);
    CHECK_EQ(first.records, second.records);
    CHECK_EQ(first.end_us, second.end_us);
    CHECK_NE(first.events, other.events);
    whole_close();
    temporary_destroy(&folder);
}
