/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue: when each of a fixed number of slots is due, in exact order of ticks.
 *
 * A slot has at most one due tick, so nothing can overflow and nothing is allocated after
 * queue_create. Setting, moving and cancelling cost a constant; taking what is due costs a constant
 * for each slot and level (a radix queue: slots lie in buckets by the highest group of six bits in
 * which their tick differs from the present; a bucket is dealt out again when the present enters
 * it). Ahuja, Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path problem", 1990.
 * The slots due in one tick come in any order: who takes them sorts them. Used by one thread.
 */
#ifndef SPILL_QUEUE_H
#define SPILL_QUEUE_H

#include "proto/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

enum { QUEUE_DIGIT_BITS = 6, QUEUE_DIGITS = 1 << QUEUE_DIGIT_BITS, QUEUE_LEVELS = 11 };

/* All zero: not queued. */
struct queue_node {
    int64_t due_tick; /* Kept after the slot was taken or cancelled. */
    uint32_t next;    /* Slot + 1. */
    uint32_t before;  /* Slot + 1, or QUEUE_HEAD and the bucket. */
};

struct queue {
    struct queue_node *nodes;
    size_t slot_count;
    size_t queued_count;
    int64_t present_tick; /* Everything that is queued is due later. */
    int64_t next_tick;    /* Least due tick; 0: not known, SPILL_NEVER: nothing is queued. */
    uint64_t filled[QUEUE_LEVELS];
    uint32_t heads[QUEUE_LEVELS][QUEUE_DIGITS]; /* Slot + 1. */
};

/* Makes an empty queue at tick 0. At most 2^31 - 1 slots. */
SPILL_CHECKED enum spill_status queue_open(struct queue *queue, size_t slot_count);
void queue_close(struct queue *queue);

/* Back to tick 0; every slot must have been cancelled or taken. */
void queue_rewind(struct queue *queue);

/* Makes a slot due at this tick (later than the present), wherever it was before. */
void queue_set(struct queue *queue, uint32_t slot, int64_t due_tick);
void queue_cancel(struct queue *queue, uint32_t slot);

static inline bool queue_holds(const struct queue *queue, uint32_t slot) {
    return queue->nodes[slot].before != 0;
}

/* The least due tick, or SPILL_NEVER. */
int64_t queue_next(struct queue *queue);

/* Moves the present to this tick, which no queued slot precedes, and takes every slot that is due
 * then into `slots` (room for all). Returns how many. */
size_t queue_take(struct queue *queue, int64_t tick, uint32_t *slots);

/* Copying: `to` must be empty; then every slot that was ever set in `from`. */
void queue_copy_buckets(struct queue *to, const struct queue *from);
static inline void queue_copy_slot(struct queue *to, const struct queue *from, uint32_t slot) {
    to->nodes[slot] = from->nodes[slot];
}

#endif
