/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/check.h"

#include "coordinator/cascade/chance.h"

/* The known answers published with the algorithm. */
static void chance_check_block(const uint32_t counter[4], const uint32_t key[2],
                               const uint32_t expected[4]) {
    uint32_t words[4];
    chance_philox(counter, key, words);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(words[i], expected[i]);
    }
}

TEST(chance, philox_gives_its_known_answers) {
    const uint32_t zero[4] = {0};
    const uint32_t ones[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const uint32_t pi[4] = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
    const uint32_t pi_key[2] = {0xa4093822, 0x299f31d0};
    const uint32_t of_zero[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    const uint32_t of_ones[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    const uint32_t of_pi[4] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    chance_check_block(zero, zero, of_zero);
    chance_check_block(ones, ones, of_ones);
    chance_check_block(pi, pi_key, of_pi);
}

TEST(chance, a_draw_is_the_first_word_of_its_block) {
    const uint32_t counter[4] = {5U << 8 | CHANCE_REPAIR, 0x89abcdef, 0x01234567, 9};
    const uint32_t key[2] = {0x76543210, 0xfedcba98};
    uint32_t words[4];
    chance_philox(counter, key, words);
    CHECK_EQ(chance_draw(UINT64_C(0xfedcba9876543210), 9, UINT64_C(0x0123456789abcdef),
                         CHANCE_REPAIR, 5),
             words[0]);
    /* The index counts modulo 2^24. */
    CHECK_EQ(chance_draw(UINT64_C(0xfedcba9876543210), 9, UINT64_C(0x0123456789abcdef),
                         CHANCE_REPAIR, 5 + (1U << 24)),
             words[0]);
}

TEST(chance, a_hash_is_the_head_of_blake2b_little_endian) {
    /* BLAKE2b-256 of "asset:plant" begins 8 bytes that any other implementation gives too. */
    CHECK_EQ(chance_hash("asset", "plant"), chance_hash("asset", "plant"));
    CHECK_NE(chance_hash("asset", "plant"), chance_hash("need", "plant"));
    CHECK_EQ(chance_hash("asset", "plant"), UINT64_C(0xe964439fc5b27247));
}

TEST(chance, an_event_happens_below_its_probability) {
    CHECK(!chance_event(0, 0));
    CHECK(chance_event(0, 1));
    CHECK(chance_event(UINT32_MAX, SPILL_PPM));
    CHECK(!chance_event(UINT32_MAX, SPILL_PPM - 1));
    CHECK(chance_event(UINT32_MAX / 2, 500000));
    CHECK(!chance_event(UINT32_MAX / 2 + 1, 500000));
}
