/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exercise/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CODEC_ALIGN_BYTES = 16,
    CODEC_COUNT_MAX = UINT16_MAX, /* Elements of any list. */
    CODEC_NUMBER_TEXT_BYTES = 24,
};

/* Enumerations of every table are copied as int. */
_Static_assert(sizeof(enum tlp) == sizeof(int), "an enum is as wide as an int");

struct codec_arena {
    uint8_t *bytes;
    size_t capacity_bytes;
    size_t used_bytes;
};

/* ---- The arena ---- */

enum spill_status codec_arena_create(size_t capacity_bytes, struct codec_arena **arena) {
    SPILL_ASSERT(arena != NULL);
    struct codec_arena *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->bytes = spill_alloc(capacity_bytes, 1);
    if (made->bytes == NULL) {
        free(made);
        return SPILL_MEMORY;
    }
    made->capacity_bytes = capacity_bytes;
    *arena = made;
    return SPILL_OK;
}

void codec_arena_destroy(struct codec_arena **arena) {
    SPILL_ASSERT(arena != NULL);
    if (*arena != NULL) {
        free((*arena)->bytes);
        free(*arena);
        *arena = NULL;
    }
}

void codec_arena_reset(struct codec_arena *arena) {
    SPILL_ASSERT(arena != NULL);
    arena->used_bytes = 0;
}

size_t codec_arena_used_bytes(const struct codec_arena *arena) {
    return arena->used_bytes;
}

void codec_arena_rewind(struct codec_arena *arena, size_t used_bytes) {
    SPILL_ASSERT(used_bytes <= arena->used_bytes);
    arena->used_bytes = used_bytes;
}

/* Room for size_bytes, or NULL with the reader's fault set. */
static void *codec_take(struct codec_reader *reader, size_t size_bytes) {
    struct codec_arena *const arena = reader->arena;
    SPILL_ASSERT(arena->used_bytes <= arena->capacity_bytes);
    const size_t start =
        (arena->used_bytes + CODEC_ALIGN_BYTES - 1) / CODEC_ALIGN_BYTES * CODEC_ALIGN_BYTES;
    if (start > arena->capacity_bytes || size_bytes > arena->capacity_bytes - start) {
        reader->fault = CODEC_FAULT_ARENA;
        return NULL;
    }
    arena->used_bytes = start + size_bytes;
    return arena->bytes + start;
}

/* ---- Access to a struct's fields ---- */

static const void *codec_at(const void *object, size_t offset_bytes) {
    return (const char *)object + offset_bytes;
}

static size_t codec_count(const struct codec_field *field, const void *object) {
    size_t count = 0;
    memcpy(&count, codec_at(object, field->count_offset_bytes), sizeof count);
    return count;
}

static const void *codec_pointer(const struct codec_field *field, const void *object) {
    const void *pointer = NULL;
    memcpy(&pointer, codec_at(object, field->offset_bytes), sizeof pointer);
    return pointer;
}

/* A number of any kind, as its 64 bits. */
static uint64_t codec_number(const struct codec_field *field, const void *object) {
    const void *const at = codec_at(object, field->offset_bytes);
    uint64_t wide = 0;
    uint32_t narrow = 0;
    int word = 0;
    bool truth = false;
    switch (field->type) {
    case CODEC_NUMBER:
    case CODEC_COUNTER:
        memcpy(&wide, at, sizeof wide);
        return wide;
    case CODEC_MASK:
        memcpy(&narrow, at, sizeof narrow);
        return narrow;
    case CODEC_ENUM:
        memcpy(&word, at, sizeof word);
        return (uint64_t)word;
    default:
        SPILL_ASSERT(field->type == CODEC_BOOL);
        memcpy(&truth, at, sizeof truth);
        return truth ? 1 : 0;
    }
}

/* Why a number may not stand in a field, or NULL. */
static const char *codec_number_fault(const struct codec_field *field, uint64_t number) {
    switch (field->type) {
    case CODEC_NUMBER:
        return (int64_t)number >= field->min && (int64_t)number <= field->max
                   ? NULL
                   : "a number is out of range";
    case CODEC_COUNTER:
    case CODEC_MASK:
        return number >= (uint64_t)field->min && number <= (uint64_t)field->max
                   ? NULL
                   : "a count is out of range";
    case CODEC_ENUM:
        return number < field->name_count ? NULL : "a word is not one of its kind";
    default:
        SPILL_ASSERT(field->type == CODEC_BOOL);
        return number <= 1 ? NULL : "a truth is neither yes nor no";
    }
}

/* Why so many bytes may not stand in a text field, or NULL. */
static const char *codec_text_fault(const struct codec_field *field, const char *text,
                                    size_t text_bytes) {
    if (field->type == CODEC_TEXT || field->type == CODEC_TEXTS) {
        if (text_bytes > (size_t)field->max) {
            return "a text is too long";
        }
        return spill_utf8_valid(text, text_bytes) ? NULL : "a text is not well-formed UTF-8";
    }
    if (field->type == CODEC_OPTIONAL_ID && text_bytes == 0) {
        return NULL;
    }
    return spill_id_valid(text, text_bytes) ? NULL : "an id is not well-formed";
}

static size_t codec_text_count(const struct codec_field *field) {
    return field->type == CODEC_TEXTS ? LANGUAGE_COUNT : 1;
}

/* ---- Checking ---- */

static const char *codec_check_text(const struct codec_field *field, const char *text) {
    return text == NULL ? "a text is missing" : codec_text_fault(field, text, strlen(text));
}

static const char *codec_check_list(const struct codec_field *field, const void *object) {
    const size_t count = codec_count(field, object);
    const void *const list = codec_pointer(field, object);
    if (count > (size_t)field->max) {
        return "a list is too long";
    }
    if (count > 0 && list == NULL) {
        return "a list is missing";
    }
    const char *fault = NULL;
    for (size_t i = 0; i < count && fault == NULL; i++) {
        if (field->type == CODEC_IDS) {
            fault = codec_check_text(field, ((const char *const *)list)[i]);
        } else {
            /* The depth is that of the tables, two. */
            fault = codec_check(field->record, codec_at(list, i * field->record->size_bytes));
        }
    }
    return fault;
}

static const char *codec_check_field(const struct codec_field *field, const void *object) {
    switch (field->type) {
    case CODEC_ID:
    case CODEC_OPTIONAL_ID:
    case CODEC_TEXT:
    case CODEC_TEXTS:
        for (size_t i = 0; i < codec_text_count(field); i++) {
            const char *text = NULL;
            memcpy(&text, codec_at(object, field->offset_bytes + i * sizeof text), sizeof text);
            const char *const fault = codec_check_text(field, text);
            if (fault != NULL) {
                return fault;
            }
        }
        return NULL;
    case CODEC_IDS:
    case CODEC_LIST:
        return codec_check_list(field, object);
    default:
        return codec_number_fault(field, codec_number(field, object));
    }
}

const char *codec_check(const struct codec_record *record, const void *object) {
    for (size_t i = 0; i < record->field_count; i++) {
        const char *const fault = codec_check_field(&record->fields[i], object);
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

/* ---- Writing ---- */

static void codec_write_bytes(struct codec_writer *writer, const void *bytes, size_t size_bytes) {
    const size_t room_bytes = writer->size_bytes < writer->capacity_bytes
                                  ? writer->capacity_bytes - writer->size_bytes
                                  : 0;
    if (size_bytes > room_bytes) {
        writer->full = true;
    }
    const size_t copied_bytes = size_bytes < room_bytes ? size_bytes : room_bytes;
    if (copied_bytes > 0) {
        memcpy(writer->bytes + writer->size_bytes, bytes, copied_bytes);
    }
    writer->size_bytes += size_bytes;
}

void codec_write_byte(struct codec_writer *writer, uint8_t byte) {
    codec_write_bytes(writer, &byte, 1);
}

static void codec_write_little(struct codec_writer *writer, uint64_t number, size_t size_bytes) {
    uint8_t bytes[sizeof number];
    for (size_t i = 0; i < size_bytes; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    codec_write_bytes(writer, bytes, size_bytes);
}

static size_t codec_number_bytes(const struct codec_field *field) {
    return field->type == CODEC_ENUM || field->type == CODEC_BOOL ? 1 : sizeof(uint64_t);
}

static size_t codec_length_bytes(const struct codec_field *field) {
    return field->type == CODEC_TEXT || field->type == CODEC_TEXTS ? sizeof(uint32_t) : 1;
}

static void codec_write_text(struct codec_writer *writer, const struct codec_field *field,
                             const char *text) {
    const size_t text_bytes = strlen(text);
    codec_write_little(writer, text_bytes, codec_length_bytes(field));
    codec_write_bytes(writer, text, text_bytes);
}

static void codec_write_list(struct codec_writer *writer, const struct codec_field *field,
                             const void *object) {
    const size_t count = codec_count(field, object);
    const void *const list = codec_pointer(field, object);
    SPILL_ASSERT(count <= CODEC_COUNT_MAX);
    codec_write_little(writer, count, sizeof(uint16_t));
    for (size_t i = 0; i < count; i++) {
        if (field->type == CODEC_IDS) {
            codec_write_text(writer, field, ((const char *const *)list)[i]);
        } else {
            codec_write(writer, field->record, codec_at(list, i * field->record->size_bytes));
        }
    }
}

void codec_write(struct codec_writer *writer, const struct codec_record *record,
                 const void *object) {
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *const field = &record->fields[i];
        switch (field->type) {
        case CODEC_ID:
        case CODEC_OPTIONAL_ID:
        case CODEC_TEXT:
        case CODEC_TEXTS:
            for (size_t j = 0; j < codec_text_count(field); j++) {
                const char *text = NULL;
                memcpy(&text, codec_at(object, field->offset_bytes + j * sizeof text), sizeof text);
                codec_write_text(writer, field, text);
            }
            break;
        case CODEC_IDS:
        case CODEC_LIST:
            codec_write_list(writer, field, object);
            break;
        default:
            codec_write_little(writer, codec_number(field, object), codec_number_bytes(field));
        }
    }
}

/* ---- Reading ---- */

static uint64_t codec_read_little(struct codec_reader *reader, size_t size_bytes) {
    SPILL_ASSERT(reader->at_bytes <= reader->size_bytes);
    if (reader->fault != NULL || reader->size_bytes - reader->at_bytes < size_bytes) {
        reader->fault = reader->fault != NULL ? reader->fault : "the bytes end too early";
        return 0;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < size_bytes; i++) {
        number |= (uint64_t)reader->bytes[reader->at_bytes + i] << (8 * i);
    }
    reader->at_bytes += size_bytes;
    return number;
}

uint8_t codec_read_byte(struct codec_reader *reader) {
    return (uint8_t)codec_read_little(reader, 1);
}

static const char *codec_read_text(struct codec_reader *reader, const struct codec_field *field) {
    const size_t text_bytes = (size_t)codec_read_little(reader, codec_length_bytes(field));
    if (reader->fault != NULL) {
        return NULL;
    }
    if (text_bytes > reader->size_bytes - reader->at_bytes) {
        reader->fault = "the bytes end too early";
        return NULL;
    }
    const char *const bytes = (const char *)reader->bytes + reader->at_bytes;
    reader->fault = codec_text_fault(field, bytes, text_bytes);
    char *const text = reader->fault == NULL ? codec_take(reader, text_bytes + 1) : NULL;
    if (text != NULL) {
        memcpy(text, bytes, text_bytes);
        text[text_bytes] = '\0';
        reader->at_bytes += text_bytes;
    }
    return text;
}

static void codec_read_list(struct codec_reader *reader, const struct codec_field *field,
                            void *object) {
    const size_t count = (size_t)codec_read_little(reader, sizeof(uint16_t));
    if (reader->fault == NULL && count > (size_t)field->max) {
        reader->fault = "a list is too long";
    }
    const size_t element_bytes =
        field->type == CODEC_IDS ? sizeof(const char *) : field->record->size_bytes;
    char *const list = reader->fault == NULL ? codec_take(reader, count * element_bytes) : NULL;
    if (list != NULL) {
        memset(list, 0, count * element_bytes);
    }
    for (size_t i = 0; i < count && reader->fault == NULL; i++) {
        if (field->type == CODEC_IDS) {
            ((const char **)(void *)list)[i] = codec_read_text(reader, field);
        } else {
            codec_read(reader, field->record, list + i * element_bytes);
        }
    }
    memcpy((char *)object + field->offset_bytes, &list, sizeof list);
    memcpy((char *)object + field->count_offset_bytes, &count, sizeof count);
}

static void codec_read_number(struct codec_reader *reader, const struct codec_field *field,
                              void *object) {
    const uint64_t wide = codec_read_little(reader, codec_number_bytes(field));
    if (reader->fault == NULL) {
        reader->fault = codec_number_fault(field, wide);
    }
    if (reader->fault != NULL) {
        return;
    }
    char *const at = (char *)object + field->offset_bytes;
    const uint32_t narrow = (uint32_t)wide;
    const int word = (int)wide;
    const bool truth = wide != 0;
    switch (field->type) {
    case CODEC_NUMBER:
    case CODEC_COUNTER:
        memcpy(at, &wide, sizeof wide);
        break;
    case CODEC_MASK:
        memcpy(at, &narrow, sizeof narrow);
        break;
    case CODEC_ENUM:
        memcpy(at, &word, sizeof word);
        break;
    default:
        memcpy(at, &truth, sizeof truth);
    }
}

void codec_read(struct codec_reader *reader, const struct codec_record *record, void *object) {
    for (size_t i = 0; i < record->field_count && reader->fault == NULL; i++) {
        const struct codec_field *const field = &record->fields[i];
        switch (field->type) {
        case CODEC_ID:
        case CODEC_OPTIONAL_ID:
        case CODEC_TEXT:
        case CODEC_TEXTS:
            for (size_t j = 0; j < codec_text_count(field); j++) {
                const char *const text = codec_read_text(reader, field);
                memcpy((char *)object + field->offset_bytes + j * sizeof text, &text, sizeof text);
            }
            break;
        case CODEC_IDS:
        case CODEC_LIST:
            codec_read_list(reader, field, object);
            break;
        default:
            codec_read_number(reader, field, object);
        }
    }
}

void codec_read_end(struct codec_reader *reader) {
    if (reader->fault == NULL && reader->at_bytes != reader->size_bytes) {
        reader->fault = "there are bytes behind the end";
    }
}

enum spill_status codec_read_status(const struct codec_reader *reader, struct spill_error *error) {
    if (reader->fault == NULL) {
        return SPILL_OK;
    }
    const bool full = strcmp(reader->fault, CODEC_FAULT_ARENA) == 0;
    return spill_fail(error, full ? SPILL_LIMIT : SPILL_INVALID, "byte %zu: %s", reader->at_bytes,
                      reader->fault);
}

/* ---- JSON ---- */

void codec_print_raw(struct codec_writer *writer, const char *text) {
    codec_write_bytes(writer, text, strlen(text));
}

static void codec_print_quoted(struct codec_writer *writer, const char *text) {
    codec_write_byte(writer, '"');
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\') {
            codec_write_byte(writer, '\\');
            codec_write_byte(writer, c);
        } else if (c < 0x20 || c == 0x7f) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            codec_print_raw(writer, escape);
        } else {
            codec_write_byte(writer, c);
        }
    }
    codec_write_byte(writer, '"');
}

/* `"name":`, after a comma unless an object or list has just begun. */
static void codec_print_name(struct codec_writer *writer, const char *name) {
    codec_print_raw(writer, writer->first ? "" : ",");
    writer->first = false;
    codec_print_quoted(writer, name);
    codec_write_byte(writer, ':');
}

void codec_print_open(struct codec_writer *writer) {
    codec_write_byte(writer, '{');
    writer->first = true;
}

void codec_print_close(struct codec_writer *writer) {
    codec_write_byte(writer, '}');
    writer->first = false;
}

void codec_print_text(struct codec_writer *writer, const char *name, const char *text) {
    codec_print_name(writer, name);
    codec_print_quoted(writer, text);
}

void codec_print_number(struct codec_writer *writer, const char *name, int64_t number) {
    char text[CODEC_NUMBER_TEXT_BYTES];
    codec_print_name(writer, name);
    snprintf(text, sizeof text, "%" PRId64, number);
    codec_print_raw(writer, number == SPILL_NEVER ? "null" : text);
}

static void codec_print_value(struct codec_writer *writer, const struct codec_field *field,
                              const void *object) {
    const uint64_t number = codec_number(field, object);
    char text[CODEC_NUMBER_TEXT_BYTES];
    switch (field->type) {
    case CODEC_NUMBER:
        codec_print_number(writer, field->name, (int64_t)number);
        break;
    case CODEC_ENUM:
        SPILL_ASSERT(number < field->name_count);
        codec_print_text(writer, field->name, field->names[number]);
        break;
    case CODEC_BOOL:
        codec_print_name(writer, field->name);
        codec_print_raw(writer, number != 0 ? "true" : "false");
        break;
    default:
        codec_print_name(writer, field->name);
        snprintf(text, sizeof text, "%" PRIu64, number);
        codec_print_raw(writer, text);
    }
}

static void codec_print_texts(struct codec_writer *writer, const struct codec_field *field,
                              const void *object) {
    static const char *const languages[LANGUAGE_COUNT] = {"en", "nl"};
    struct text texts;
    memcpy(&texts, codec_at(object, field->offset_bytes), sizeof texts);
    codec_print_name(writer, field->name);
    codec_print_open(writer);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        codec_print_text(writer, languages[i], texts.in[i]);
    }
    codec_print_close(writer);
}

static void codec_print_list(struct codec_writer *writer, const struct codec_field *field,
                             const void *object) {
    const size_t count = codec_count(field, object);
    const void *const list = codec_pointer(field, object);
    codec_print_name(writer, field->name);
    codec_write_byte(writer, '[');
    for (size_t i = 0; i < count; i++) {
        codec_print_raw(writer, i > 0 ? "," : "");
        if (field->type == CODEC_IDS) {
            codec_print_quoted(writer, ((const char *const *)list)[i]);
        } else {
            codec_print_open(writer);
            codec_print(writer, field->record, codec_at(list, i * field->record->size_bytes));
            codec_print_close(writer);
        }
    }
    codec_write_byte(writer, ']');
    writer->first = false;
}

void codec_print(struct codec_writer *writer, const struct codec_record *record,
                 const void *object) {
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *const field = &record->fields[i];
        switch (field->type) {
        case CODEC_ID:
        case CODEC_OPTIONAL_ID:
        case CODEC_TEXT:
            codec_print_text(writer, field->name, codec_pointer(field, object));
            break;
        case CODEC_TEXTS:
            codec_print_texts(writer, field, object);
            break;
        case CODEC_IDS:
        case CODEC_LIST:
            codec_print_list(writer, field, object);
            break;
        default:
            codec_print_value(writer, field, object);
        }
    }
}

size_t codec_print_end(struct codec_writer *writer) {
    if (writer->capacity_bytes > 0) {
        const size_t last = writer->size_bytes < writer->capacity_bytes
                                ? writer->size_bytes
                                : writer->capacity_bytes - 1;
        writer->bytes[last] = '\0';
        if (last < writer->size_bytes) {
            spill_utf8_trim((char *)writer->bytes);
        }
    }
    return writer->size_bytes;
}
