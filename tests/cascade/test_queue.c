/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/check.h"

#include <string.h>

#include "coordinator/cascade/queue.h"

enum { QUEUE_TEST_SLOTS = 300 };

static uint64_t queue_test_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

/* A queue that looks at every slot. */
struct plain_queue {
    int64_t due_ticks[QUEUE_TEST_SLOTS];
};

static int64_t plain_next(const struct plain_queue *plain) {
    int64_t least = SPILL_NEVER;
    for (size_t i = 0; i < QUEUE_TEST_SLOTS; i++) {
        least = plain->due_ticks[i] < least ? plain->due_ticks[i] : least;
    }
    return least;
}

/* Takes what is due from both and compares. */
static void queue_test_take(struct queue *queue, struct plain_queue *plain, int64_t tick) {
    uint32_t slots[QUEUE_TEST_SLOTS];
    const size_t count = queue_take(queue, tick, slots);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQ(plain->due_ticks[slots[i]], tick);
        plain->due_ticks[slots[i]] = SPILL_NEVER;
    }
    CHECK_LT(tick, plain_next(plain));
}

TEST(queue, it_agrees_with_one_that_looks_at_every_slot) {
    struct queue queue;
    struct plain_queue plain;
    CHECK_OK(queue_open(&queue, QUEUE_TEST_SLOTS));
    for (size_t i = 0; i < QUEUE_TEST_SLOTS; i++) {
        plain.due_ticks[i] = SPILL_NEVER;
    }
    uint64_t random = 7;
    int64_t now = 0;
    for (int step = 0; step < 40000; step++) {
        const uint32_t slot = (uint32_t)(queue_test_random(&random) % QUEUE_TEST_SLOTS);
        const uint64_t choice = queue_test_random(&random) % 8;
        if (choice < 4) {
            const int64_t ahead = (int64_t)(queue_test_random(&random) %
                                            (UINT64_C(1) << (queue_test_random(&random) % 40)));
            plain.due_ticks[slot] = now + 1 + ahead;
            queue_set(&queue, slot, now + 1 + ahead);
        } else if (choice == 4) {
            plain.due_ticks[slot] = SPILL_NEVER;
            queue_cancel(&queue, slot);
        } else if (choice == 5) {
            /* A time before anything is due. */
            const int64_t next = queue_next(&queue);
            if (next != SPILL_NEVER && next > now + 1) {
                now += (int64_t)(queue_test_random(&random) % (uint64_t)(next - now));
                queue_test_take(&queue, &plain, now);
            }
        } else {
            CHECK_EQ(queue_next(&queue), plain_next(&plain));
            if (queue_next(&queue) != SPILL_NEVER) {
                now = queue_next(&queue);
                queue_test_take(&queue, &plain, now);
            }
        }
    }
    queue_close(&queue);
}

TEST(queue, a_copy_goes_on_alike) {
    struct queue queue;
    struct queue copy;
    CHECK_OK(queue_open(&queue, 3));
    CHECK_OK(queue_open(&copy, 3));
    queue_set(&queue, 0, 5);
    queue_set(&queue, 1, 5000000000);
    queue_set(&queue, 2, 6);
    queue_cancel(&queue, 2);
    queue_copy_buckets(&copy, &queue);
    for (uint32_t slot = 0; slot < 3; slot++) {
        queue_copy_slot(&copy, &queue, slot);
    }
    uint32_t slots[3];
    CHECK_EQ(queue_next(&copy), 5);
    CHECK_EQ(queue_take(&copy, 5, slots), (size_t)1);
    CHECK_EQ(slots[0], 0U);
    CHECK_EQ(queue_next(&copy), INT64_C(5000000000));
    CHECK_EQ(queue_next(&queue), 5);
    queue_cancel(&copy, 1);
    CHECK_EQ(queue_next(&copy), SPILL_NEVER);
    queue_rewind(&copy);
    queue_set(&copy, 0, 1);
    CHECK_EQ(queue_next(&copy), 1);
    queue_close(&queue);
    queue_close(&copy);
}

TEST_ABORTS(queue, nothing_can_be_due_in_the_present) {
    struct queue queue;
    CHECK_OK(queue_open(&queue, 1));
    queue_set(&queue, 0, 0);
}
