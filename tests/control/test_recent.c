/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a ring of messages has the last ones of every cell, whole, and forgets the oldest. */
#include "coordinator/control/recent.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

enum { CELLS = 5, CAPACITY = 4096, MESSAGES = 20000 };

static uint8_t bytes[CAPACITY];

/* What message `sequence` of a cell consists of. */
static size_t fill(uint32_t cell, uint64_t sequence) {
    const size_t size_bytes = 1 + (size_t)(sequence * 2654435761u + cell * 97) % 600;
    memset(bytes, (int)(cell * 31 + sequence), size_bytes);
    return size_bytes;
}

TEST(recent, last_messages_are_there_and_whole) {
    struct recent *recent = NULL;
    struct frame_position positions[CELLS] = {{0}};
    CHECK_OK(recent_create(CELLS, CAPACITY, &recent));
    uint32_t chance = 1;
    size_t found_count = 0;
    for (size_t i = 0; i < MESSAGES; i++) {
        chance = chance * 1664525u + 1013904223u;
        const struct cell_ref cell = {chance >> 16 & 3}; /* The last cell gets none. */
        struct frame_position *const position = &positions[cell.index];
        position->sequence++;
        const size_t size_bytes = fill(cell.index, position->sequence);
        const struct stream_message message = {.sequence = position->sequence,
                                               .bytes = bytes,
                                               .size_bytes = size_bytes,
                                               .kind = 3,
                                               .tlp = 2};
        recent_put(recent, cell, position, &message);
        struct stream_message found;
        struct frame_position where;
        /* The one just put, and whichever others are there, without a gap up to it. */
        bool before = true;
        for (uint64_t back = 0; back < 8 && back < position->sequence; back++) {
            const uint64_t sequence = position->sequence - back;
            const bool there = recent_find(recent, cell, sequence, &found, &where) == SPILL_OK;
            CHECK(back > 0 || there);
            CHECK(before || !there);
            before = there;
            if (there) {
                CHECK_EQ(where.sequence, sequence);
                const size_t wanted_bytes = fill(cell.index, sequence);
                CHECK_BYTES(found.bytes, found.size_bytes, bytes, wanted_bytes);
                CHECK_EQ(found.kind, 3);
                CHECK_EQ(found.tlp, 2);
                found_count++;
            }
        }
        CHECK_EQ(recent_find(recent, cell, position->sequence + 1, &found, &where),
                 SPILL_NOT_FOUND);
        CHECK_EQ(recent_find(recent, (struct cell_ref){4}, 1, &found, &where), SPILL_NOT_FOUND);
    }
    CHECK_LT((size_t)2 * MESSAGES, found_count);
    recent_destroy(&recent);
}

/* One that is larger than the ring is left out, with those of its cell before it. */
TEST(recent, too_large_a_message_is_left_out) {
    struct recent *recent = NULL;
    struct stream_message found;
    struct frame_position where;
    CHECK_OK(recent_create(1, CAPACITY, &recent));
    struct stream_message message = {.sequence = 1, .bytes = bytes, .size_bytes = 10};
    recent_put(recent, (struct cell_ref){0}, &(struct frame_position){.sequence = 1}, &message);
    message = (struct stream_message){.sequence = 2, .bytes = bytes, .size_bytes = CAPACITY};
    recent_put(recent, (struct cell_ref){0}, &(struct frame_position){.sequence = 2}, &message);
    CHECK_EQ(recent_find(recent, (struct cell_ref){0}, 1, &found, &where), SPILL_NOT_FOUND);
    CHECK_EQ(recent_find(recent, (struct cell_ref){0}, 2, &found, &where), SPILL_NOT_FOUND);
    message = (struct stream_message){.sequence = 3, .bytes = bytes, .size_bytes = 10};
    recent_put(recent, (struct cell_ref){0}, &(struct frame_position){.sequence = 3}, &message);
    CHECK_OK(recent_find(recent, (struct cell_ref){0}, 3, &found, &where));
    recent_destroy(&recent);
}
