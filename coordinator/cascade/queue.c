/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/queue.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_HEAD UINT32_C(0x80000000)

_Static_assert(QUEUE_DIGIT_BITS *QUEUE_LEVELS >= 63, "every tick has a digit at every level");

enum spill_status queue_open(struct queue *queue, size_t slot_count) {
    SPILL_ASSERT(slot_count < QUEUE_HEAD);
    *queue = (struct queue){.slot_count = slot_count, .next_tick = SPILL_NEVER};
    queue->nodes = spill_alloc(slot_count, sizeof *queue->nodes);
    return queue->nodes == NULL ? SPILL_MEMORY : SPILL_OK;
}

void queue_close(struct queue *queue) {
    free(queue->nodes);
    queue->nodes = NULL;
}

void queue_rewind(struct queue *queue) {
    SPILL_ASSERT(queue->queued_count == 0);
    queue->present_tick = 0;
    queue->next_tick = SPILL_NEVER;
}

/* The place of the highest set bit; value is not 0. */
static int queue_highest_bit(uint64_t value) {
    int bit = 0;
    for (int step = 32; step > 0; step /= 2) {
        if (value >> step != 0) {
            value >>= step;
            bit += step;
        }
    }
    return bit;
}

/* The place of the lowest set bit; value is not 0. */
static int queue_lowest_bit(uint64_t value) {
    return queue_highest_bit(value & (~value + 1));
}

static void queue_link(struct queue *queue, uint32_t slot) {
    struct queue_node *const node = &queue->nodes[slot];
    const uint64_t difference = (uint64_t)node->due_tick ^ (uint64_t)queue->present_tick;
    const unsigned level = (unsigned)(queue_highest_bit(difference) / QUEUE_DIGIT_BITS);
    const unsigned digit =
        (unsigned)(node->due_tick >> (level * QUEUE_DIGIT_BITS)) & (QUEUE_DIGITS - 1);
    uint32_t *const head = &queue->heads[level][digit];
    node->before = QUEUE_HEAD | level << QUEUE_DIGIT_BITS | digit;
    node->next = *head;
    if (*head != 0) {
        queue->nodes[*head - 1].before = slot + 1;
    }
    *head = slot + 1;
    queue->filled[level] |= UINT64_C(1) << digit;
}

static void queue_unlink(struct queue *queue, uint32_t slot) {
    struct queue_node *const node = &queue->nodes[slot];
    if (node->next != 0) {
        queue->nodes[node->next - 1].before = node->before;
    }
    if ((node->before & QUEUE_HEAD) != 0) {
        const unsigned level = (node->before & ~QUEUE_HEAD) >> QUEUE_DIGIT_BITS;
        const unsigned digit = node->before & (QUEUE_DIGITS - 1);
        queue->heads[level][digit] = node->next;
        if (node->next == 0) {
            queue->filled[level] &= ~(UINT64_C(1) << digit);
        }
    } else {
        queue->nodes[node->before - 1].next = node->next;
    }
    node->before = 0;
    node->next = 0;
    if (node->due_tick == queue->next_tick) {
        queue->next_tick = 0;
    }
}

void queue_set(struct queue *queue, uint32_t slot, int64_t due_tick) {
    SPILL_ASSERT(slot < queue->slot_count);
    SPILL_ASSERT(due_tick > queue->present_tick);
    struct queue_node *const node = &queue->nodes[slot];
    if (node->before != 0) {
        if (node->due_tick == due_tick) {
            return;
        }
        queue_unlink(queue, slot);
    } else {
        queue->queued_count++;
    }
    node->due_tick = due_tick;
    queue_link(queue, slot);
    if (due_tick < queue->next_tick) {
        queue->next_tick = due_tick;
    }
}

void queue_cancel(struct queue *queue, uint32_t slot) {
    SPILL_ASSERT(slot < queue->slot_count);
    if (queue->nodes[slot].before != 0) {
        queue_unlink(queue, slot);
        queue->queued_count--;
    }
}

int64_t queue_next(struct queue *queue) {
    if (queue->queued_count == 0) {
        queue->next_tick = SPILL_NEVER;
    }
    if (queue->next_tick != 0) {
        return queue->next_tick;
    }
    int level = 0;
    while (queue->filled[level] == 0) {
        level++;
        SPILL_ASSERT(level < QUEUE_LEVELS);
    }
    /* Later digits of a level, and higher levels, are later. */
    const int digit = queue_lowest_bit(queue->filled[level]);
    int64_t least = SPILL_NEVER;
    for (uint32_t slot = queue->heads[level][digit]; slot != 0;
         slot = queue->nodes[slot - 1].next) {
        const int64_t due_tick = queue->nodes[slot - 1].due_tick;
        least = due_tick < least ? due_tick : least;
        if (level == 0) {
            break;
        }
    }
    SPILL_ASSERT(least > queue->present_tick);
    queue->next_tick = least;
    return least;
}

size_t queue_take(struct queue *queue, int64_t tick, uint32_t *slots) {
    SPILL_ASSERT(tick >= queue->present_tick);
    SPILL_ASSERT(queue_next(queue) >= tick);
    if (tick == queue->present_tick) {
        return 0;
    }
    const uint64_t difference = (uint64_t)tick ^ (uint64_t)queue->present_tick;
    const int level = queue_highest_bit(difference) / QUEUE_DIGIT_BITS;
    const int digit = (int)(tick >> (level * QUEUE_DIGIT_BITS)) & (QUEUE_DIGITS - 1);
    for (int lower = 0; lower < level; lower++) {
        SPILL_ASSERT(queue->filled[lower] == 0);
    }
    uint32_t slot = queue->heads[level][digit];
    queue->heads[level][digit] = 0;
    queue->filled[level] &= ~(UINT64_C(1) << digit);
    queue->present_tick = tick;
    if (queue->next_tick == tick) {
        queue->next_tick = 0;
    }
    size_t count = 0;
    while (slot != 0) {
        struct queue_node *const node = &queue->nodes[slot - 1];
        const uint32_t next = node->next;
        if (node->due_tick == tick) {
            node->before = 0;
            node->next = 0;
            slots[count++] = slot - 1;
            queue->queued_count--;
        } else {
            queue_link(queue, slot - 1);
        }
        slot = next;
    }
    return count;
}

void queue_copy_buckets(struct queue *to, const struct queue *from) {
    SPILL_ASSERT(to->slot_count == from->slot_count);
    SPILL_ASSERT(to->queued_count == 0);
    to->queued_count = from->queued_count;
    to->present_tick = from->present_tick;
    to->next_tick = from->next_tick;
    memcpy(to->filled, from->filled, sizeof to->filled);
    memcpy(to->heads, from->heads, sizeof to->heads);
}
