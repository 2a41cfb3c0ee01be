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

enum codec_type {
    CODEC_NUMBER,      /* int64_t from min to max. */
    CODEC_COUNTER,     /* uint64_t from min to max. */
    CODEC_ENUM,        /* An enum below name_count; names has a word for each value. */
    CODEC_BOOL,        /* bool. */
    CODEC_MASK,        /* uint32_t, as a number below max + 1. */
    CODEC_ID,          /* const char *, a valid id. */
    CODEC_OPTIONAL_ID, /* const char *, a valid id or "". */
    CODEC_TEXT,        /* const char *, UTF-8 of at most max bytes, never NULL. */
    CODEC_TEXTS,       /* struct text, one CODEC_TEXT for each language. */
    CODEC_LAW,         /* struct law_spec without empirical quantiles. */
    CODEC_IDS,  /* const char *const *: a list of ids; count_offset and at most max of them. */
    CODEC_LIST, /* A list of structs of `record`, likewise. */
};

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

/* A struct, described. */
struct codec_record {
    const struct codec_field *fields;
    size_t field_count;
    size_t size_bytes;
};

/* Where bytes go. `full` stays set once something did not fit; size_bytes counts on. */
struct codec_writer {
    uint8_t *bytes;
    size_t capacity_bytes;
    size_t size_bytes;
    bool full;
};
void codec_write_byte(struct codec_writer *writer, uint8_t byte);
/* Writes a struct that codec_check accepts. */
void codec_write(struct codec_writer *writer, const struct codec_record *record,
                 const void *object);

/* Where bytes come from. `bad` says where decoding stopped, and what for in `fault`. */
struct codec_reader {
    const uint8_t *bytes;
    size_t size_bytes;
    size_t at_bytes;
    const char *fault; /* NULL: none. */
    struct codec_arena *arena;
};
uint8_t codec_read_byte(struct codec_reader *reader);
/* Reads a struct; object is only partly filled in when reader->fault is set afterwards. */
void codec_read(struct codec_reader *reader, const struct codec_record *record, void *object);
/* Nothing may be left: sets the fault otherwise. */
void codec_read_end(struct codec_reader *reader);

/* What is wrong with a struct, in English, or NULL: what decoding would refuse, and NULL pointers.
 */
const char *codec_check(const struct codec_record *record, const void *object);

/* JSON of a struct's fields, `"name":value,…` without braces, after what the writer has. */
void codec_print(struct codec_writer *writer, const struct codec_record *record,
                 const void *object);
/* The name and a text, as `"name":"text"`, with a comma when something is before it. */
void codec_print_text(struct codec_writer *writer, const char *name, const char *text);
void codec_print_number(struct codec_writer *writer, const char *name, int64_t number);
void codec_print_raw(struct codec_writer *writer, const char *text);

#endif
