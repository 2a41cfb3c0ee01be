/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine agrees with the oracle, state by state and tick by tick, on thousands of random
 * networks and scripts; every rule that the oracle tells apart comes into play; and what must not
 * matter to the engine does not.
 */
#include "coordinator/cascade/law.h"
#include "coordinator/cascade/team.h"
#include "tests/check.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/generate_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Sanitized builds run the same scenarios, but fewer of them; every rule still comes into play. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ORACLE_SCENARIOS = 600, ORACLE_ALONE = 100 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { ORACLE_SCENARIOS = 600, ORACLE_ALONE = 100 };
#else
enum { ORACLE_SCENARIOS = 3000, ORACLE_ALONE = 500 };
#endif
#else
enum { ORACLE_SCENARIOS = 3000, ORACLE_ALONE = 500 };
#endif

/* A team costs most in the slow decay, which these do not contain. */
enum { ORACLE_LAWS = 20000, ORACLE_TEAM_FIRST = 100096, ORACLE_TEAM_SCENARIOS = 50 };

TEST(fate, philox_gives_the_published_words) {
    const uint32_t zero[4] = {0};
    const uint32_t ones[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const uint32_t of_zero[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    const uint32_t of_ones[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    uint32_t words[4];
    fate_philox(zero, zero, words);
    CHECK_BYTES(words, sizeof words, of_zero, sizeof of_zero);
    fate_philox(ones, ones, words);
    CHECK_BYTES(words, sizeof words, of_ones, sizeof of_ones);
}

TEST(fate, committed_tables_are_the_rounded_functions) {
    const struct fate_tables *const tables = fate_prepare();
    for (size_t i = 0; i < FATE_KNOTS; i++) {
        CHECK_EQ(law_exponential_table[i], tables->exponential[i]);
        CHECK_EQ(law_normal_table[i], tables->normal[i]);
    }
    for (size_t j = 0; j < FATE_POWERS; j++) {
        CHECK_EQ(law_power_table[j], tables->power[j]);
    }
}

/* Up to ten years, where every bit of the fixed-point functions shows. */
TEST(fate, laws_agree_at_corners_and_everywhere) {
    static const uint32_t corners[] = {0,
                                       1,
                                       (1 << 19) - 1,
                                       1 << 19,
                                       (1 << 19) + (1 << 20) - 1,
                                       INT32_MAX,
                                       UINT32_MAX - (1 << 19),
                                       UINT32_MAX - (1 << 19) + 1,
                                       UINT32_MAX};
    struct generate_random random = {.state = 1};
    for (int i = 0; i < ORACLE_LAWS; i++) {
        int64_t values[3];
        for (size_t j = 0; j < 3; j++) {
            const int shift = (int)generate_random_between(&random, 0, 38);
            values[j] = generate_random_between(&random, 0, FATE_LIMIT_MS >> shift);
            for (size_t k = j; k > 0 && values[k] < values[k - 1]; k--) {
                const int64_t larger = values[k - 1];
                values[k - 1] = values[k];
                values[k] = larger;
            }
        }
        const struct law_spec law = {
            .kind = (enum law_kind)generate_random_between(&random, LAW_FIXED, LAW_EMPIRICAL),
            .a_ms = values[0],
            .b_ms = values[1],
            .c_ms = values[2],
            .sigma_ppm = generate_random_between(&random, 0, 5000000),
            .quantile_ms = values,
            .quantile_count = 3,
        };
        for (size_t j = 0; j < sizeof corners / sizeof *corners; j++) {
            CHECK_EQ(law_duration_ms(&law, corners[j]), fate_law_ms(&law, corners[j]));
        }
        for (int j = 0; j < 10; j++) {
            const uint32_t u = (uint32_t)generate_random_next(&random);
            CHECK_EQ(law_duration_ms(&law, u), fate_law_ms(&law, u));
        }
    }
}

/* Compares on the scenarios from first on, and adds to fired how often each rule came into play. */
static void oracle_check_scenarios(uint64_t first, uint64_t count, uint64_t *fired) {
    for (uint64_t number = first; number < first + count; number++) {
        struct generate_scenario *scenario = generate_scenario(number);
        struct compare_difference difference = {0};
        const enum compare_result result = compare_run(scenario, fired, &difference);
        generate_destroy(&scenario);
        if (result != COMPARE_SAME) {
            CHECK_FAIL("scenario %" PRIu64 ", tick %" PRId64 ": %s; oracle_compare --seed %" PRIu64
                       " makes it small",
                       number, difference.tick, difference.text, number);
        }
    }
}

TEST(oracle, agrees_with_the_engine_and_every_rule_comes_into_play) {
    uint64_t fired[ORACLE_RULE_COUNT] = {0};
    oracle_check_scenarios(0, ORACLE_SCENARIOS, fired);
    for (int rule = 0; rule < ORACLE_RULE_COUNT; rule++) {
        if (fired[rule] == 0) {
            CHECK_FAIL("no scenario made this rule come into play: %s",
                       oracle_rule_name((enum oracle_rule)rule));
        }
    }
}

TEST(oracle, agrees_with_an_engine_of_three_threads) {
    uint64_t fired[ORACLE_RULE_COUNT] = {0};
    team_set_threads(3);
    team_set_grain(1);
    oracle_check_scenarios(ORACLE_TEAM_FIRST, ORACLE_TEAM_SCENARIOS, fired);
    team_set_threads(1);
    team_set_grain(TEAM_GRAIN);
}

/* Fails unless both runs of the engine end with one digest and the same records. */
static void oracle_check_same(const struct generate_scenario *scenario,
                              const struct generate_scenario *other, bool used, bool copied) {
    uint8_t digest[CASCADE_DIGEST_BYTES];
    uint8_t other_digest[CASCADE_DIGEST_BYTES];
    uint64_t records = 0;
    uint64_t other_records = 0;
    CHECK(compare_digest(scenario, false, false, digest, &records));
    CHECK(compare_digest(other, used, copied, other_digest, &other_records));
    if (memcmp(digest, other_digest, sizeof digest) != 0 || records != other_records) {
        CHECK_FAIL("scenario %" PRIu64 " ends otherwise", scenario->number);
    }
}

TEST(engine, order_of_input_does_not_matter) {
    for (uint64_t number = 0; number < ORACLE_ALONE; number++) {
        struct generate_scenario *scenario = generate_scenario(number);
        struct generate_scenario *permuted = generate_permuted(scenario, number + 1);
        oracle_check_same(scenario, permuted, false, false);
        generate_destroy(&permuted);
        generate_destroy(&scenario);
    }
}

TEST(engine, reset_forgets_everything) {
    for (uint64_t number = 0; number < ORACLE_ALONE; number++) {
        struct generate_scenario *scenario = generate_scenario(number);
        oracle_check_same(scenario, scenario, true, false);
        generate_destroy(&scenario);
    }
}

TEST(engine, copy_goes_on_as_the_original_would) {
    for (uint64_t number = 0; number < ORACLE_ALONE; number++) {
        struct generate_scenario *scenario = generate_scenario(number);
        oracle_check_same(scenario, scenario, false, true);
        generate_destroy(&scenario);
    }
}
