/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/nearest.h"

#include <stdio.h>
#include <string.h>

struct nearest nearest_start(const char *wanted) {
    SPILL_ASSERT(wanted != NULL);
    return (struct nearest){.wanted = wanted, .distance_count = SIZE_MAX};
}

void nearest_offer(struct nearest *nearest, const char *name) {
    SPILL_ASSERT(nearest != NULL);
    SPILL_ASSERT(name != NULL);
    /* More than a third wrong is another word. */
    const size_t limit_count = 1 + strlen(nearest->wanted) / 3;
    const size_t distance_count = spill_edit_distance(nearest->wanted, name);
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
