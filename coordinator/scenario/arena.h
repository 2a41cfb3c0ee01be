/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena: memory that is taken piece by piece while a scenario loads and given back all at once.
 *
 * One thread at a time. A failed allocation is remembered, so that a long reading may go on with
 * the rest of its work and its caller asks once, at the end, whether anything was lost.
 */
#ifndef SPILL_ARENA_H
#define SPILL_ARENA_H

#include "proto/vocabulary.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* Newest first. */
    char *next;                 /* First free byte of the newest block. */
    size_t left_bytes;
    bool failed; /* An allocation failed since the arena was made. */
};

/* Zeroed memory for count elements, aligned for any object; NULL when there is none. A zero count
 * gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t count, size_t size_bytes);
/* A copy of text_bytes bytes with a NUL behind them; NULL when there is no memory. */
char *arena_text(struct arena *arena, const char *text, size_t text_bytes);
/* Formatted text; NULL when there is no memory. */
char *arena_print(struct arena *arena, const char *format, ...) SPILL_PRINTF(2, 3);
/* Gives everything back; the arena is as new. */
void arena_free(struct arena *arena);

#endif
