/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/source.h"

#include <string.h>

static bool source_continues(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t source_bad_byte(const struct source *source) {
    SPILL_ASSERT(source->bytes != NULL);
    if (spill_utf8_valid(source->bytes, source->size_bytes)) {
        return source->size_bytes;
    }
    size_t at = 0;
    for (;;) {
        size_t bytes = 1;
        while (bytes <= 4 && at + bytes <= source->size_bytes &&
               !spill_utf8_valid(source->bytes + at, bytes)) {
            bytes++;
        }
        if (bytes > 4 || at + bytes > source->size_bytes) {
            return at;
        }
        at += bytes;
    }
}

void source_position(struct place place, size_t *line, size_t *column) {
    SPILL_ASSERT(place.source != NULL);
    SPILL_ASSERT(place.offset_bytes <= place.source->size_bytes);
    const char *const bytes = place.source->bytes;
    size_t start = 0;
    *line = 1;
    for (size_t i = 0; i < place.offset_bytes; i++) {
        if (bytes[i] == '\n') {
            (*line)++;
            start = i + 1;
        }
    }
    /* A byte order mark is no character of the first line. */
    if (start == 0 && place.offset_bytes >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        start = 3;
    }
    *column = 1;
    for (size_t i = start; i < place.offset_bytes; i++) {
        *column += !source_continues(bytes[i]);
    }
}

size_t source_offset(const struct source *source, size_t line, size_t column) {
    SPILL_ASSERT(source->bytes != NULL);
    size_t at = 0;
    for (size_t i = 1; i < line && at < source->size_bytes; i++) {
        const char *const newline = memchr(source->bytes + at, '\n', source->size_bytes - at);
        if (newline == NULL) {
            break;
        }
        at = (size_t)(newline - source->bytes) + 1;
    }
    for (size_t i = 1; i < column && at < source->size_bytes && source->bytes[at] != '\n'; i++) {
        do {
            at++;
        } while (at < source->size_bytes && source_continues(source->bytes[at]));
    }
    return at;
}
