/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/link.h"

#include <stdlib.h>
#include <string.h>

enum { LINK_LENGTH_BYTES = 4, LINK_WAYS = 2 };

/* A ring of messages, each its length and its bytes in one piece. Where the next does not fit
 * before the end of the ring, the rest of it is left empty (`skipped`). */
struct link_queue {
    uint8_t *bytes;
    size_t first_bytes;   /* Where the oldest message is. */
    size_t used_bytes;    /* With what was skipped. */
    size_t skipped_bytes; /* At the end of the ring, behind the newest message there. */
    size_t count;
};

struct link {
    size_t capacity_bytes;
    struct link_queue queues[LINK_WAYS];
};

enum spill_status link_create(size_t capacity_bytes, struct link **link) {
    SPILL_ASSERT(capacity_bytes > LINK_LENGTH_BYTES);
    SPILL_ASSERT(capacity_bytes <= UINT32_MAX);
    SPILL_ASSERT(link != NULL);
    struct link *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->capacity_bytes = capacity_bytes;
    for (size_t i = 0; i < LINK_WAYS; i++) {
        made->queues[i].bytes = spill_alloc(capacity_bytes, 1);
        if (made->queues[i].bytes == NULL) {
            link_destroy(&made);
            return SPILL_MEMORY;
        }
    }
    *link = made;
    return SPILL_OK;
}

void link_destroy(struct link **link) {
    SPILL_ASSERT(link != NULL);
    if (*link == NULL) {
        return;
    }
    for (size_t i = 0; i < LINK_WAYS; i++) {
        free((*link)->queues[i].bytes);
    }
    free(*link);
    *link = NULL;
}

enum spill_status link_send(struct link *link, enum link_way way, const uint8_t *bytes,
                            size_t size_bytes) {
    SPILL_ASSERT(bytes != NULL || size_bytes == 0);
    struct link_queue *const queue = &link->queues[way];
    const size_t capacity_bytes = link->capacity_bytes;
    if (size_bytes > capacity_bytes - LINK_LENGTH_BYTES) {
        return SPILL_LIMIT;
    }
    const size_t needed_bytes = LINK_LENGTH_BYTES + size_bytes;
    if (queue->count == 0) {
        queue->first_bytes = 0;
        queue->used_bytes = 0;
        queue->skipped_bytes = 0;
    }
    size_t at = queue->first_bytes + queue->used_bytes;
    size_t skip_bytes = 0;
    if (at >= capacity_bytes) {
        at -= capacity_bytes;
    } else if (needed_bytes > capacity_bytes - at) {
        skip_bytes = capacity_bytes - at;
        at = 0;
    }
    if (needed_bytes + skip_bytes > capacity_bytes - queue->used_bytes) {
        return SPILL_AGAIN;
    }
    for (size_t i = 0; i < LINK_LENGTH_BYTES; i++) {
        queue->bytes[at + i] = (uint8_t)(size_bytes >> (8 * i));
    }
    if (size_bytes > 0) {
        memcpy(queue->bytes + at + LINK_LENGTH_BYTES, bytes, size_bytes);
    }
    if (skip_bytes > 0) {
        queue->skipped_bytes = skip_bytes;
    }
    queue->used_bytes += needed_bytes + skip_bytes;
    queue->count++;
    SPILL_ASSERT(queue->used_bytes <= capacity_bytes);
    return SPILL_OK;
}

bool link_peek(const struct link *link, enum link_way way, const uint8_t **bytes,
               size_t *size_bytes) {
    const struct link_queue *const queue = &link->queues[way];
    if (queue->count == 0) {
        return false;
    }
    const uint8_t *const at = queue->bytes + queue->first_bytes;
    size_t length_bytes = 0;
    for (size_t i = 0; i < LINK_LENGTH_BYTES; i++) {
        length_bytes |= (size_t)at[i] << (8 * i);
    }
    SPILL_ASSERT(queue->first_bytes + LINK_LENGTH_BYTES + length_bytes <= link->capacity_bytes);
    *bytes = at + LINK_LENGTH_BYTES;
    *size_bytes = length_bytes;
    return true;
}

void link_drop(struct link *link, enum link_way way) {
    struct link_queue *const queue = &link->queues[way];
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    SPILL_ASSERT(link_peek(link, way, &bytes, &size_bytes));
    queue->first_bytes += LINK_LENGTH_BYTES + size_bytes;
    queue->used_bytes -= LINK_LENGTH_BYTES + size_bytes;
    queue->count--;
    if (queue->first_bytes + queue->skipped_bytes == link->capacity_bytes) {
        queue->first_bytes = 0;
        queue->used_bytes -= queue->skipped_bytes;
        queue->skipped_bytes = 0;
    }
}

size_t link_count(const struct link *link, enum link_way way) {
    return link->queues[way].count;
}
