/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/nearest.h"

#include <stdio.h>
#include <string.h>

/* Longer names are compared by their beginnings. */
enum { NEAREST_NAME_BYTES = SPILL_ID_BYTES_MAX + 1 };

static size_t nearest_min(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Edits (insert, remove, replace a byte) that turn one name into the other. */
static size_t nearest_distance(const char *from, const char *to) {
    size_t row[NEAREST_NAME_BYTES + 1];
    const size_t from_bytes = nearest_min(strlen(from), NEAREST_NAME_BYTES);
    const size_t to_bytes = nearest_min(strlen(to), NEAREST_NAME_BYTES);
    for (size_t j = 0; j <= to_bytes; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= from_bytes; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= to_bytes; j++) {
            const size_t replaced = diagonal + (from[i - 1] != to[j - 1]);
            diagonal = row[j];
            row[j] = nearest_min(replaced, 1 + nearest_min(row[j], row[j - 1]));
        }
    }
    return row[to_bytes];
}

struct nearest nearest_start(const char *wanted) {
    SPILL_ASSERT(wanted != NULL);
    return (struct nearest){.wanted = wanted, .distance_count = SIZE_MAX};
}

void nearest_offer(struct nearest *nearest, const char *name) {
    SPILL_ASSERT(nearest != NULL);
    SPILL_ASSERT(name != NULL);
    /* More than a third wrong is another word. */
    const size_t limit_count = 1 + strlen(nearest->wanted) / 3;
    const size_t distance_count = nearest_distance(nearest->wanted, name);
    if (distance_count <= limit_count && distance_count < nearest->distance_count) {
        nearest->name = name;
        nearest->distance_count = distance_count;
    }
}

const char *nearest_words(const struct nearest *nearest, char *text, size_t text_bytes) {
    SPILL_ASSERT(text != NULL);
    SPILL_ASSERT(text_bytes > 0);
    text[0] = '\0';
    if (nearest->name != NULL) {
        snprintf(text, text_bytes, "; did you mean '%s'?", nearest->name);
        spill_utf8_trim(text);
    }
    return text;
}
