/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: structs of numbers and text <-> canonical bytes and JSON, driven by tables.
 *
 * A struct is described once, by a table of its fields; encoding, strict decoding, checking and
 * printing follow from it, so that they cannot disagree. The bytes are canonical: one struct has
 * one encoding and every accepted encoding is that of the struct it decodes to. It owns nothing,
 * allocates nothing but an arena when asked to, and may be used by every thread on its own data.
 *
 * Bytes: numbers are 8 bytes, little-endian, two's complement; enumerations and booleans 1 byte;
 * ids 1 byte of length and their bytes; texts 4 bytes of length and their bytes; lists 2 bytes of
 * count and their elements, one after another; bytes without length where the table says how many.
 */
#ifndef SPILL_CODEC_H
#define SPILL_CODEC_H

#include "coordinator/scenario/scenario.h"

/* What decoding needs room for: texts and lists of one struct, until the arena is reset. */
struct codec_arena;
SPILL_CHECKED enum spill_status codec_arena_create(size_t capacity_bytes,
                                                   struct codec_arena **arena);
void codec_arena_destroy(struct codec_arena **arena);
/* Everything decoded into it is gone. */
void codec_arena_reset(struct codec_arena *arena);
size_t codec_arena_used_bytes(const struct codec_arena *arena);

/* ---- For the modules that have tables. ---- */

/* Everything decoded since it had so many bytes in use is gone. */
void codec_arena_rewind(struct codec_arena *arena, size_t used_bytes);

enum codec_type {
    CODEC_NUMBER,      /* int64_t from min to max. */
    CODEC_COUNTER,     /* uint64_t from min to max. */
    CODEC_MASK,        /* uint32_t, likewise. */
    CODEC_ENUM,        /* An enum below name_count; names has a word for each value. */
    CODEC_BOOL,        /* bool. */
    CODEC_ID,          /* const char *, a valid id. */
    CODEC_OPTIONAL_ID, /* const char *, a valid id or "". */
    CODEC_TEXT,        /* const char *, UTF-8 of at most max bytes, never NULL. */
    CODEC_TEXTS,       /* struct text, a CODEC_TEXT for each language. */
    CODEC_IDS,         /* const char *const *: a list of at most max ids. */
    CODEC_LIST,        /* A list of at most max structs of `record`. */
};

struct codec_record;

struct codec_field {
    const char *name; /* In JSON. */
    enum codec_type type;
    size_t offset_bytes;       /* In the struct. */
    size_t count_offset_bytes; /* Lists: of their size_t count. */
    int64_t min;
    int64_t max;
    const char *const *names;
    size_t name_count;
    const struct codec_record *record;
};

/* A struct, or what one kind of a union means, described. Lists nest two deep at most. */
struct codec_record {
    const struct codec_field *fields;
    size_t field_count;
    size_t size_bytes; /* Of one element; 0 where it is never in a list. */
};

/* What is wrong with a struct, in English, or NULL: what decoding would refuse, and NULL pointers.
 */
const char *codec_check(const struct codec_record *record, const void *object);

/* Where bytes or JSON go. What does not fit is left out, `full` is set, and size_bytes counts on.
 */
struct codec_writer {
    uint8_t *bytes;
    size_t capacity_bytes;
    size_t size_bytes;
    bool full;
    bool first; /* JSON: nothing is in the object yet. */
};
void codec_write_byte(struct codec_writer *writer, uint8_t byte);
/* Writes a struct that codec_check accepts. */
void codec_write(struct codec_writer *writer, const struct codec_record *record,
                 const void *object);

/* Where bytes come from. Once there is a fault, nothing more is read. */
struct codec_reader {
    const uint8_t *bytes;
    size_t size_bytes;
    size_t at_bytes;
    const char *fault; /* English; NULL: none. */
    struct codec_arena *arena;
};
#define CODEC_FAULT_ARENA "there is no room for it"
uint8_t codec_read_byte(struct codec_reader *reader);
/* Reads a struct; object is only partly filled in when there is a fault afterwards. */
void codec_read(struct codec_reader *reader, const struct codec_record *record, void *object);
/* Nothing may be left: a fault otherwise. */
void codec_read_end(struct codec_reader *reader);
/* SPILL_OK, or SPILL_INVALID or SPILL_LIMIT (no room in the arena) with words about the fault. */
enum spill_status codec_read_status(const struct codec_reader *reader, struct spill_error *error);

/* JSON, piece by piece. */
void codec_print_open(struct codec_writer *writer);
void codec_print_close(struct codec_writer *writer);
void codec_print_raw(struct codec_writer *writer, const char *text);
void codec_print_text(struct codec_writer *writer, const char *name, const char *text);
void codec_print_number(struct codec_writer *writer, const char *name, int64_t number);
/* The fields of a struct that codec_check accepts, into the object that is open. */
void codec_print(struct codec_writer *writer, const struct codec_record *record,
                 const void *object);
/* Ends the text with a NUL, at a character boundary if it was cut; returns the bytes needed. */
size_t codec_print_end(struct codec_writer *writer);

/* Fields of struct type T, for tables. */
#define CODEC_AT(T, member) offsetof(struct T, member)
#define CODEC_FIELD_NUMBER(T, words, member, low, high)                                            \
    {                                                                                              \
        .name = words, .type = CODEC_NUMBER, .offset_bytes = CODEC_AT(T, member), .min = (low),    \
        .max = (high)                                                                              \
    }
#define CODEC_FIELD_TIME(T, words, member) CODEC_FIELD_NUMBER(T, words, member, -1, INT64_MAX)
#define CODEC_FIELD_ANY(T, words, member) CODEC_FIELD_NUMBER(T, words, member, INT64_MIN, INT64_MAX)
#define CODEC_FIELD_COUNTER(T, words, member)                                                      \
    { .name = words, .type = CODEC_COUNTER, .offset_bytes = CODEC_AT(T, member), .max = INT64_MAX }
#define CODEC_FIELD_MASK(T, words, member)                                                         \
    { .name = words, .type = CODEC_MASK, .offset_bytes = CODEC_AT(T, member), .max = UINT32_MAX }
#define CODEC_FIELD_ENUM(T, words, member, list)                                                   \
    {                                                                                              \
        .name = words, .type = CODEC_ENUM, .offset_bytes = CODEC_AT(T, member), .names = (list),   \
        .name_count = sizeof(list) / sizeof(list)[0]                                               \
    }
#define CODEC_FIELD_BOOL(T, words, member)                                                         \
    { .name = words, .type = CODEC_BOOL, .offset_bytes = CODEC_AT(T, member) }
#define CODEC_FIELD_ID(T, words, member)                                                           \
    { .name = words, .type = CODEC_ID, .offset_bytes = CODEC_AT(T, member) }
#define CODEC_FIELD_OPTIONAL_ID(T, words, member)                                                  \
    { .name = words, .type = CODEC_OPTIONAL_ID, .offset_bytes = CODEC_AT(T, member) }
#define CODEC_FIELD_TEXT(T, words, member, bytes)                                                  \
    { .name = words, .type = CODEC_TEXT, .offset_bytes = CODEC_AT(T, member), .max = (bytes) }
#define CODEC_FIELD_TEXTS(T, words, member, bytes)                                                 \
    { .name = words, .type = CODEC_TEXTS, .offset_bytes = CODEC_AT(T, member), .max = (bytes) }
#define CODEC_FIELD_IDS(T, words, member, count_member, count)                                     \
    {                                                                                              \
        .name = words, .type = CODEC_IDS, .offset_bytes = CODEC_AT(T, member),                     \
        .count_offset_bytes = CODEC_AT(T, count_member), .max = (count)                            \
    }
#define CODEC_FIELD_LIST(T, words, member, count_member, count, of)                                \
    {                                                                                              \
        .name = words, .type = CODEC_LIST, .offset_bytes = CODEC_AT(T, member),                    \
        .count_offset_bytes = CODEC_AT(T, count_member), .max = (count), .record = (of)            \
    }
#define CODEC_RECORD(T, list)                                                                      \
    { (list), sizeof(list) / sizeof(list)[0], sizeof(struct T) }

#endif
