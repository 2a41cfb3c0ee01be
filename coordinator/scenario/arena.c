/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 64 * 1024, ARENA_TEXT_BYTES_MAX = 4096 };

struct arena_block {
    struct arena_block *older;
    alignas(max_align_t) char bytes[];
};

static size_t arena_round(size_t size_bytes) {
    return (size_bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

/* Takes a new block with room for at least size_bytes. A large piece gets a block of its own, and
 * the newest one stays in use behind it. */
static void *arena_alloc_block(struct arena *arena, size_t size_bytes) {
    const bool large = size_bytes > ARENA_BLOCK_BYTES / 4;
    const size_t block_bytes = large ? size_bytes : ARENA_BLOCK_BYTES;
    struct arena_block *const block = spill_alloc(1, sizeof *block + block_bytes);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    if (large && arena->blocks != NULL) {
        block->older = arena->blocks->older;
        arena->blocks->older = block;
        return block->bytes;
    }
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes + size_bytes;
    arena->left_bytes = block_bytes - size_bytes;
    return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size_bytes) {
    SPILL_ASSERT(arena != NULL);
    SPILL_ASSERT(size_bytes > 0);
    if (count > (SIZE_MAX / 2) / size_bytes || spill_alloc_must_fail()) {
        arena->failed = true;
        return NULL;
    }
    const size_t bytes = arena_round(count == 0 ? size_bytes : count * size_bytes);
    if (bytes > arena->left_bytes) {
        return arena_alloc_block(arena, bytes);
    }
    void *const piece = arena->next;
    arena->next += bytes;
    arena->left_bytes -= bytes;
    return piece;
}

char *arena_text(struct arena *arena, const char *text, size_t text_bytes) {
    SPILL_ASSERT(text != NULL || text_bytes == 0);
    char *const copy = arena_alloc(arena, text_bytes + 1, 1);
    if (copy != NULL && text_bytes > 0) {
        memcpy(copy, text, text_bytes);
    }
    return copy;
}

char *arena_print(struct arena *arena, const char *format, ...) {
    char text[ARENA_TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        text[0] = '\0';
    } else if ((size_t)wanted >= sizeof text) {
        spill_utf8_trim(text);
    }
    return arena_text(arena, text, strlen(text));
}

void arena_free(struct arena *arena) {
    SPILL_ASSERT(arena != NULL);
    while (arena->blocks != NULL) {
        struct arena_block *const older = arena->blocks->older;
        free(arena->blocks);
        arena->blocks = older;
    }
    *arena = (struct arena){0};
}
