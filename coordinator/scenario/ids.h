/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids: the ids of one kind of thing, looked up by text.
 *
 * A hash table of borrowed texts, each with the number that its owner gave it. Lookups cost the
 * same for four and for four million names, whoever chose them: the hash is keyed, so that a
 * package cannot be made to collide. One thread at a time.
 */
#ifndef SPILL_SCENARIO_IDS_H
#define SPILL_SCENARIO_IDS_H

#include "coordinator/scenario/arena.h"
#include "coordinator/world/nearest.h"

enum { IDS_KEY_BYTES = 16 };
#define IDS_NONE UINT32_MAX

struct ids_slot {
    const char *text; /* Borrowed; NULL: free. */
    uint32_t number;
    uint32_t hash; /* Its upper half: another text is seldom looked at. */
};

struct ids {
    struct ids_slot *slots; /* In the arena. */
    size_t slot_count;      /* A power of two. */
    size_t count;
    size_t max;
    uint8_t key[IDS_KEY_BYTES];
};

/* Makes room for count names. False: no memory. */
bool ids_create(struct ids *ids, size_t count, const uint8_t key[IDS_KEY_BYTES],
                struct arena *arena);
/* Adds a name; returns IDS_NONE, or the number of the one with the same text that was there before.
 * At most as many as ids_create made room for. */
uint32_t ids_add(struct ids *ids, const char *text, uint32_t number);
/* The number of a name, or IDS_NONE. */
uint32_t ids_find(const struct ids *ids, const char *text);
/* Offers every name to a search: for faults only. Tables too large to be looked through offer none.
 */
void ids_offer(const struct ids *ids, struct nearest *nearest);

#endif
