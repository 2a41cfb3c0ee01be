/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest: of many names the one that is most like a mistyped one, for the words of a fault.
 *
 * It owns nothing but the pointers that it was offered, may be called from every thread, and never
 * allocates.
 */
#ifndef SPILL_NEAREST_H
#define SPILL_NEAREST_H

#include "proto/vocabulary.h"

struct nearest {
    const char *wanted;    /* What was written; kept until the last offer. */
    const char *name;      /* The most alike so far, borrowed from its offer; NULL: none is near. */
    size_t distance_count; /* Edits between the two. */
};

/* Begins a search. */
struct nearest nearest_start(const char *wanted);

/* Offers one name. Of equally near ones the first stays. */
void nearest_offer(struct nearest *nearest, const char *name);

/* "; did you mean 'x'?" or "", into text (cut to fit); returns text. */
const char *nearest_words(const struct nearest *nearest, char *text, size_t text_bytes);

enum { NEAREST_WORDS_BYTES = 96 };

#endif
