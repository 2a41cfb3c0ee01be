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

/* ---- For table, which binds fields as this binds nodes. ---- */

/* Binds a text of a scalar's key; false, with a fault at its origin, when it is wrong. mention:
 * note what must be looked at again. */
bool bind_value(struct binder *binder, const struct key *key, const char *text,
                const struct origin *origin, bool mention, void *into);
/* Adds a fault of structure. */
void bind_fault(struct binder *binder, struct place place, const char *format, ...)
    SPILL_PRINTF(3, 4);
/* The first characters of a text, for a fault. */
enum { BIND_SHOWN_BYTES = 60 };
const char *bind_shown(const char *text, char shown[BIND_SHOWN_BYTES]);

#endif
