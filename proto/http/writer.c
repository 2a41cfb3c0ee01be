/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/http/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WRITER_FIRST_BYTES = 4096,
    WRITER_NUMBER_BYTES = 32,
    WRITER_REPLACEMENT_BYTES = 3,
};

static const char writer_replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

struct writer {
    char *text;
    size_t text_bytes;
    size_t capacity_bytes;
    size_t max_bytes;
    enum spill_status status;
    char closing[WRITER_DEPTH_MAX]; /* What ends each thing that was begun. */
    size_t depth;
    bool comma; /* Before the next value. */
};

enum spill_status writer_create(size_t max_bytes, struct writer **writer) {
    SPILL_ASSERT(max_bytes > 0);
    struct writer *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->capacity_bytes = max_bytes < WRITER_FIRST_BYTES ? max_bytes : WRITER_FIRST_BYTES;
    made->max_bytes = max_bytes;
    made->text = spill_alloc(made->capacity_bytes, 1);
    if (made->text == NULL) {
        writer_destroy(&made);
        return SPILL_MEMORY;
    }
    *writer = made;
    return SPILL_OK;
}

void writer_destroy(struct writer **writer) {
    if (*writer != NULL) {
        free((*writer)->text);
        free(*writer);
        *writer = NULL;
    }
}

void writer_clear(struct writer *writer) {
    writer->text_bytes = 0;
    writer->status = SPILL_OK;
    writer->depth = 0;
    writer->comma = false;
}

enum spill_status writer_finish(struct writer *writer, const char **text, size_t *text_bytes) {
    SPILL_ASSERT(writer->depth == 0);
    if (writer->status == SPILL_OK) {
        *text = writer->text;
        *text_bytes = writer->text_bytes;
    }
    return writer->status;
}

size_t writer_bytes(const struct writer *writer) {
    return writer->text_bytes;
}

/* ---- Bytes ---- */

/* Room for so many more bytes; NULL: there is none, and there will be none. */
static char *writer_room(struct writer *writer, size_t bytes) {
    if (writer->status != SPILL_OK) {
        return NULL;
    }
    if (bytes > writer->max_bytes - writer->text_bytes) {
        writer->status = SPILL_LIMIT;
        return NULL;
    }
    if (bytes > writer->capacity_bytes - writer->text_bytes) {
        const size_t wanted = writer->text_bytes + bytes;
        const size_t twice = writer->capacity_bytes > writer->max_bytes / 2
                                 ? writer->max_bytes
                                 : 2 * writer->capacity_bytes;
        const size_t capacity = wanted > twice ? wanted : twice;
        char *const grown = spill_grow(writer->text, writer->capacity_bytes, capacity, 1);
        if (grown == NULL) {
            writer->status = SPILL_MEMORY;
            return NULL;
        }
        writer->text = grown;
        writer->capacity_bytes = capacity;
    }
    return writer->text + writer->text_bytes;
}

static void writer_put(struct writer *writer, const char *bytes, size_t size_bytes) {
    char *const room = writer_room(writer, size_bytes);
    if (room != NULL) {
        memcpy(room, bytes, size_bytes);
        writer->text_bytes += size_bytes;
    }
}

static void writer_put_byte(struct writer *writer, char byte) {
    char *const room = writer_room(writer, 1);
    if (room != NULL) {
        *room = byte;
        writer->text_bytes++;
    }
}

/* ---- Text ---- */

static void writer_escape(struct writer *writer, unsigned code) {
    char escape[8];
    const int bytes = snprintf(escape, sizeof escape, "\\u%04x", code);
    writer_put(writer, escape, (size_t)bytes);
}

/* Bytes of the well-formed character that begins here; 0: there is none. */
static size_t writer_character(const unsigned char *at) {
    const size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < bytes; i++) {
        if (at[i] == '\0') {
            return 0;
        }
    }
    return spill_utf8_valid((const char *)at, bytes) ? bytes : 0;
}

static bool writer_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<';
}

static void writer_put_text(struct writer *writer, const char *text) {
    writer_put_byte(writer, '"');
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        size_t plain = 0;
        while (writer_plain(at[plain])) {
            plain++;
        }
        writer_put(writer, (const char *)at, plain);
        at += plain;
        if (*at == '\0') {
            break;
        }
        const size_t bytes = writer_character(at);
        if (bytes == 0) {
            writer_put(writer, writer_replacement, WRITER_REPLACEMENT_BYTES);
            at++;
            continue;
        }
        const bool separator =
            bytes == 3 && at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9);
        if (bytes == 1) {
            writer_escape(writer, *at);
        } else if (separator) {
            writer_escape(writer, 0x2000U + (at[2] & 0x3FU));
        } else {
            writer_put(writer, (const char *)at, bytes);
        }
        at += bytes;
    }
    writer_put_byte(writer, '"');
}

/* ---- Values ---- */

/* What stands before a value. */
static void writer_begin(struct writer *writer, const char *name) {
    const bool in_object = writer->depth > 0 && writer->closing[writer->depth - 1] == '}';
    SPILL_ASSERT(in_object == (name != NULL));
    if (writer->comma) {
        writer_put_byte(writer, ',');
    }
    writer->comma = true;
    if (name != NULL) {
        writer_put_byte(writer, '"');
        writer_put(writer, name, strlen(name));
        writer_put(writer, "\":", 2);
    }
}

static void writer_open(struct writer *writer, const char *name, char opening, char closing) {
    writer_begin(writer, name);
    SPILL_ASSERT(writer->depth < WRITER_DEPTH_MAX);
    writer_put_byte(writer, opening);
    writer->closing[writer->depth++] = closing;
    writer->comma = false;
}

void writer_object(struct writer *writer, const char *name) {
    writer_open(writer, name, '{', '}');
}

void writer_array(struct writer *writer, const char *name) {
    writer_open(writer, name, '[', ']');
}

void writer_end(struct writer *writer) {
    SPILL_ASSERT(writer->depth > 0);
    writer_put_byte(writer, writer->closing[--writer->depth]);
    writer->comma = true;
}

void writer_text(struct writer *writer, const char *name, const char *text) {
    SPILL_ASSERT(text != NULL);
    writer_begin(writer, name);
    writer_put_text(writer, text);
}

void writer_number(struct writer *writer, const char *name, int64_t value) {
    char digits[WRITER_NUMBER_BYTES];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        digits[--at] = '-';
    }
    writer_begin(writer, name);
    writer_put(writer, digits + at, sizeof digits - at);
}

void writer_millionths(struct writer *writer, const char *name, int64_t value) {
    char text[WRITER_NUMBER_BYTES];
    const uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    const int bytes = snprintf(text, sizeof text, "%s%" PRIu64 ".%06" PRIu64, value < 0 ? "-" : "",
                               size / 1000000, size % 1000000);
    SPILL_ASSERT(bytes > 0 && (size_t)bytes < sizeof text);
    writer_begin(writer, name);
    writer_put(writer, text, (size_t)bytes);
}

void writer_truth(struct writer *writer, const char *name, bool value) {
    writer_begin(writer, name);
    writer_put(writer, value ? "true" : "false", value ? 4 : 5);
}

void writer_null(struct writer *writer, const char *name) {
    writer_begin(writer, name);
    writer_put(writer, "null", 4);
}

void writer_raw(struct writer *writer, const char *name, const char *json, size_t json_bytes) {
    SPILL_ASSERT(json_bytes > 0);
    writer_begin(writer, name);
    writer_put(writer, json, json_bytes);
}

void writer_members(struct writer *writer, const char *json, size_t json_bytes) {
    SPILL_ASSERT(json_bytes > 0);
    SPILL_ASSERT(writer->depth > 0 && writer->closing[writer->depth - 1] == '}');
    if (writer->comma) {
        writer_put_byte(writer, ',');
    }
    writer->comma = true;
    writer_put(writer, json, json_bytes);
}
