/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: the text of every id of a network, kept once, and what each stands for while the network
 * is built.
 *
 * Owned by one network_create at a time; the text is handed over to the network at the end.
 */
#ifndef SPILL_NAMES_H
#define SPILL_NAMES_H

#include "proto/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

/* What one text stands for; 0 is nothing, else 1 more than the index. */
struct name_slot {
    uint32_t name;
    uint32_t asset;
    uint32_t tag;
};

struct names {
    char *text;
    size_t text_bytes;
    size_t text_capacity;
    struct name_slot *slots; /* Open addressing; capacity is a power of two, at most half full. */
    size_t slot_capacity;
    size_t slot_count;
};

/* Memory only; takes and leaves an all-zero object. */
void names_destroy(struct names *names);

/* The offset of this text, which is added if it is new. */
SPILL_CHECKED enum spill_status names_add(struct names *names, const char *id, uint32_t *name);

/* The slot of this text, or NULL; valid until the next names_add. */
struct name_slot *names_find(const struct names *names, const char *id);

#endif
