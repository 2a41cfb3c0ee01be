/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a link gives every message once, in order and whole, and refuses when it is full. */
#include <stdlib.h>
#include <string.h>

#include "nodes/link.h"
#include "tests/check.h"

enum { CAPACITY_BYTES = 200, ROUNDS = 100000 };

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* The number-th message: its size and bytes follow from its number. */
static size_t make_message(uint32_t number, uint8_t bytes[CAPACITY_BYTES]) {
    const size_t size_bytes = number * 7919 % 61;
    for (size_t i = 0; i < size_bytes; i++) {
        bytes[i] = (uint8_t)(number + i);
    }
    return size_bytes;
}

TEST(link, messages_come_out_as_they_went_in) {
    struct link *link = NULL;
    CHECK_OK(link_create(CAPACITY_BYTES, &link));
    uint32_t sent[2] = {0};
    uint32_t taken[2] = {0};
    uint32_t state = 1;
    size_t refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const enum link_way way = next_random(&state) % 2 == 0 ? LINK_DOWN : LINK_UP;
        uint8_t expected[CAPACITY_BYTES];
        if (next_random(&state) % 2 == 0) {
            const size_t size_bytes = make_message(sent[way], expected);
            const enum spill_status status = link_send(link, way, expected, size_bytes);
            CHECK(status == SPILL_OK || status == SPILL_AGAIN);
            sent[way] += status == SPILL_OK;
            refused += status == SPILL_AGAIN;
            CHECK_EQ(link_count(link, way), sent[way] - taken[way]);
            continue;
        }
        const uint8_t *bytes = NULL;
        size_t size_bytes = 0;
        CHECK_EQ(link_peek(link, way, &bytes, &size_bytes), sent[way] > taken[way]);
        if (bytes != NULL) {
            const size_t expected_bytes = make_message(taken[way], expected);
            CHECK_BYTES(bytes, size_bytes, expected, expected_bytes);
            link_drop(link, way);
            taken[way]++;
        }
    }
    CHECK_LT(0, refused);
    link_destroy(&link);
}

TEST(link, a_message_that_can_never_fit_is_another_refusal) {
    struct link *link = NULL;
    const uint8_t bytes[CAPACITY_BYTES] = {0};
    CHECK_OK(link_create(CAPACITY_BYTES, &link));
    CHECK_EQ(link_send(link, LINK_DOWN, bytes, CAPACITY_BYTES - 3), SPILL_LIMIT);
    CHECK_OK(link_send(link, LINK_DOWN, bytes, CAPACITY_BYTES - 4));
    CHECK_EQ(link_send(link, LINK_DOWN, bytes, 0), SPILL_AGAIN);
    link_destroy(&link);
}

TEST(link, an_emptied_link_has_all_its_room_again) {
    struct link *link = NULL;
    const uint8_t bytes[CAPACITY_BYTES] = {0};
    CHECK_OK(link_create(CAPACITY_BYTES, &link));
    for (int i = 0; i < 10; i++) {
        CHECK_OK(link_send(link, LINK_UP, bytes, 30));
        link_drop(link, LINK_UP);
        CHECK_OK(link_send(link, LINK_UP, bytes, CAPACITY_BYTES - 4));
        link_drop(link, LINK_UP);
    }
    link_destroy(&link);
}

TEST(link, one_that_finds_no_memory_is_not_made) {
    for (long after = 0; after < 3; after++) {
        struct link *link = NULL;
        spill_alloc_fail_after(after, false);
        CHECK_EQ(link_create(CAPACITY_BYTES, &link), SPILL_MEMORY);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(link, NULL);
    }
}
