/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/recent.h"

#include <stdlib.h>
#include <string.h>

enum { RECENT_ALIGN = 16 };
#define RECENT_NONE SIZE_MAX

/* A message in the ring; its bytes follow. */
struct recent_item {
    struct frame_position position;
    size_t next; /* The cell's next one; RECENT_NONE. */
    uint32_t cell;
    uint32_t size_bytes;
    uint32_t total_bytes; /* With this and what is left free behind it. */
    uint8_t kind, tlp;
};

struct recent_cell {
    size_t first, last; /* Places; RECENT_NONE. */
    size_t found;       /* The last that was found; RECENT_NONE. */
};

struct recent {
    uint8_t *bytes;
    size_t capacity_bytes;
    /* Bytes ever dropped and ever put, what is left free at the edge among them. */
    uint64_t dropped_bytes, put_bytes;
    size_t newest; /* Its place, when there is one. */
    size_t count;
    struct recent_cell *cells;
    size_t cell_count;
};

enum spill_status recent_create(size_t cell_count, size_t capacity_bytes, struct recent **recent) {
    struct recent *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->capacity_bytes = capacity_bytes / RECENT_ALIGN * RECENT_ALIGN;
    made->bytes = spill_alloc(made->capacity_bytes, 1);
    made->cells = spill_alloc(cell_count, sizeof *made->cells);
    made->cell_count = cell_count;
    if (made->bytes == NULL || made->cells == NULL) {
        recent_destroy(&made);
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < cell_count; i++) {
        made->cells[i] = (struct recent_cell){RECENT_NONE, RECENT_NONE, RECENT_NONE};
    }
    *recent = made;
    return SPILL_OK;
}

void recent_destroy(struct recent **recent) {
    if (*recent == NULL) {
        return;
    }
    free((*recent)->bytes);
    free((*recent)->cells);
    free(*recent);
    *recent = NULL;
}

static struct recent_item *recent_at(const struct recent *recent, size_t at) {
    return (void *)(recent->bytes + at);
}

static void recent_drop(struct recent *recent) {
    SPILL_ASSERT(recent->count > 0);
    const size_t oldest = (size_t)(recent->dropped_bytes % recent->capacity_bytes);
    const struct recent_item *const item = recent_at(recent, oldest);
    struct recent_cell *const cell = &recent->cells[item->cell];
    SPILL_ASSERT(cell->first == oldest);
    cell->first = item->next;
    cell->last = cell->last == oldest ? RECENT_NONE : cell->last;
    cell->found = cell->found == oldest ? RECENT_NONE : cell->found;
    recent->count--;
    recent->dropped_bytes += item->total_bytes;
}

/* A place for so many bytes in one piece; drops what is in the way. */
static size_t recent_place(struct recent *recent, size_t needed_bytes) {
    const size_t end = (size_t)(recent->put_bytes % recent->capacity_bytes);
    const size_t edge_bytes =
        needed_bytes > recent->capacity_bytes - end ? recent->capacity_bytes - end : 0;
    while (recent->count > 0 &&
           recent->put_bytes + edge_bytes + needed_bytes - recent->dropped_bytes >
               recent->capacity_bytes) {
        recent_drop(recent);
    }
    if (recent->count == 0) {
        recent->dropped_bytes = recent->put_bytes = 0;
    } else if (edge_bytes > 0) {
        /* The newest takes what is left free, so that items follow each other. */
        recent_at(recent, recent->newest)->total_bytes += (uint32_t)edge_bytes;
        recent->put_bytes += edge_bytes;
    }
    const size_t place = (size_t)(recent->put_bytes % recent->capacity_bytes);
    recent->put_bytes += needed_bytes;
    return place;
}

void recent_put(struct recent *recent, struct cell_ref cell, const struct frame_position *position,
                const struct stream_message *message) {
    SPILL_ASSERT(cell.index < recent->cell_count);
    const size_t needed_bytes =
        (sizeof(struct recent_item) + message->size_bytes + RECENT_ALIGN - 1) / RECENT_ALIGN *
        RECENT_ALIGN;
    struct recent_cell *const owner = &recent->cells[cell.index];
    if (needed_bytes > recent->capacity_bytes) {
        while (owner->first != RECENT_NONE) {
            recent_drop(recent);
        }
        return;
    }
    const size_t at = recent_place(recent, needed_bytes);
    struct recent_item *const item = recent_at(recent, at);
    *item = (struct recent_item){
        .position = *position,
        .next = RECENT_NONE,
        .cell = cell.index,
        .size_bytes = (uint32_t)message->size_bytes,
        .total_bytes = (uint32_t)needed_bytes,
        .kind = message->kind,
        .tlp = message->tlp,
    };
    memcpy(item + 1, message->bytes, message->size_bytes);
    if (owner->last != RECENT_NONE) {
        SPILL_ASSERT(recent_at(recent, owner->last)->position.sequence + 1 == position->sequence);
        recent_at(recent, owner->last)->next = at;
    } else {
        owner->first = at;
    }
    owner->last = at;
    recent->newest = at;
    recent->count++;
}

enum spill_status recent_find(struct recent *recent, struct cell_ref cell, uint64_t sequence,
                              struct stream_message *message, struct frame_position *position) {
    SPILL_ASSERT(cell.index < recent->cell_count);
    struct recent_cell *const owner = &recent->cells[cell.index];
    size_t at = owner->found;
    if (at == RECENT_NONE || recent_at(recent, at)->position.sequence > sequence) {
        at = owner->first;
    }
    while (at != RECENT_NONE && recent_at(recent, at)->position.sequence < sequence) {
        at = recent_at(recent, at)->next;
    }
    if (at == RECENT_NONE || recent_at(recent, at)->position.sequence != sequence) {
        return SPILL_NOT_FOUND;
    }
    const struct recent_item *const item = recent_at(recent, at);
    owner->found = at;
    *position = item->position;
    *message = (struct stream_message){
        .sequence = sequence,
        .bytes = (const uint8_t *)(item + 1),
        .size_bytes = item->size_bytes,
        .kind = item->kind,
        .tlp = item->tlp,
    };
    return SPILL_OK;
}
