/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind: values of a YAML tree and rows of a table into the structs of format.h, as the format's
 * tables say.
 *
 * Every fault of structure is found here and added with its place; binding goes on behind it. What
 * only makes sense once all ids are known (references, conditions, texts in each language) is noted
 * as a mention, to be looked at afterwards. One thread at a time; everything lives in the caller's
 * arena.
 */
#ifndef SPILL_BIND_H
#define SPILL_BIND_H

#include "coordinator/scenario/csv.h"
#include "coordinator/scenario/format.h"
#include "coordinator/scenario/ids.h"
#include "coordinator/scenario/yaml.h"

/* Where a value came from: a node of a tree, or a field of a table. */
struct origin {
    const struct yaml *yaml; /* NULL: a table. */
    uint32_t node;
    const struct csv *csv;
    struct csv_field field;
};
struct place origin_place(const struct origin *origin);
struct place origin_place_within(const struct origin *origin, size_t offset_bytes,
                                 size_t length_bytes);

/* A value that is looked at again when all ids are known. */
struct mention {
    const struct key *key;
    struct origin origin;
    size_t offset_bytes; /* Of the id in a field that lists several. */
    const char *text;    /* The id or the condition; its address is unique. */
    struct text *words;  /* TYPE_WORDS. */
    const void *owner;   /* The struct that the value was bound to. */
};

struct binder {
    struct arena *arena;
    struct fault_list *faults;
    const struct yaml *yaml;
    const uint8_t *hash_key;  /* IDS_KEY_BYTES. */
    struct mention *mentions; /* Grown; freed with bind_free. */
    size_t mention_count;
    size_t mention_max;
    bool loose;  /* The schema allows any scalar here: faults are of meaning. */
    bool memory; /* An allocation failed; what was bound is not complete. */
};

void bind_free(struct binder *binder);

/* Fills the defaults of every key into a struct. */
void bind_defaults(struct binder *binder, const struct keys *keys, void *into);
/* Binds a mapping. at: where to say that a key is missing. */
void bind_mapping(struct binder *binder, const struct keys *keys, uint32_t node, struct place at,
                  void *into);

/* ---- Tables ---- */

struct table {
    struct csv csv;
    const struct key *columns[SPILL_CSV_COLUMNS_MAX]; /* NULL: unknown. */
    bool extra[SPILL_CSV_COLUMNS_MAX];                /* The column is a key of `extra`. */
    size_t row_count_max;
};

/* Reads the header against the keys of a table, and those of `extra` (NULL: none) that may be
 * columns. False: the table cannot be read. */
bool table_open(struct binder *binder, const struct source *source, const struct keys *keys,
                const struct keys *extra, struct table *table);
/* The column of a key, or SIZE_MAX. */
size_t table_column(const struct table *table, const char *name);
/* Reads the next row. False at the end. */
bool table_next(struct table *table, struct csv_field fields[SPILL_CSV_COLUMNS_MAX]);
/* Binds one field, unless it is empty; false when it was empty or wrong. mention: note what must be
 * looked at again. */
bool table_bind(struct binder *binder, struct table *table, const struct csv_field *fields,
                size_t column, bool mention, void *into);

#endif
