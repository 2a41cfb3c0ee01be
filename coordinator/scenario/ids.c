/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/ids.h"

#include <sodium.h>
#include <string.h>

enum { IDS_OFFERED_MAX = 20000 };

_Static_assert(IDS_KEY_BYTES == crypto_shorthash_KEYBYTES, "the key of the hash");

static uint64_t ids_hash(const struct ids *ids, const char *text) {
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const uint8_t *)text, strlen(text), ids->key);
    uint64_t number = 0;
    memcpy(&number, hash, sizeof number);
    return number;
}

bool ids_create(struct ids *ids, size_t count, const uint8_t key[IDS_KEY_BYTES],
                struct arena *arena) {
    SPILL_ASSERT(ids != NULL);
    SPILL_ASSERT(count < UINT32_MAX / 4);
    size_t slot_count = 8;
    while (slot_count < 2 * count) {
        slot_count *= 2;
    }
    *ids = (struct ids){.slot_count = slot_count, .max = count};
    memcpy(ids->key, key, IDS_KEY_BYTES);
    ids->slots = arena_alloc(arena, slot_count, sizeof *ids->slots);
    return ids->slots != NULL;
}

/* The slot of a text, or the free one where it belongs. */
static struct ids_slot *ids_look(const struct ids *ids, const char *text, uint64_t hash) {
    size_t slot = (size_t)hash & (ids->slot_count - 1);
    while (ids->slots[slot].text != NULL &&
           (ids->slots[slot].hash != hash >> 32 || strcmp(ids->slots[slot].text, text) != 0)) {
        slot = (slot + 1) & (ids->slot_count - 1);
    }
    return &ids->slots[slot];
}

uint32_t ids_add(struct ids *ids, const char *text, uint32_t number) {
    SPILL_ASSERT(text != NULL);
    const uint64_t hash = ids_hash(ids, text);
    struct ids_slot *const slot = ids_look(ids, text, hash);
    if (slot->text != NULL) {
        return slot->number;
    }
    SPILL_ASSERT(ids->count < ids->max);
    *slot = (struct ids_slot){text, number, (uint32_t)(hash >> 32)};
    ids->count++;
    return IDS_NONE;
}

uint32_t ids_find(const struct ids *ids, const char *text) {
    SPILL_ASSERT(text != NULL);
    if (ids->count == 0) {
        return IDS_NONE;
    }
    const struct ids_slot *const slot = ids_look(ids, text, ids_hash(ids, text));
    return slot->text == NULL ? IDS_NONE : slot->number;
}

void ids_offer(const struct ids *ids, struct nearest *nearest) {
    if (ids->count > IDS_OFFERED_MAX) {
        return;
    }
    const size_t wanted_bytes = strlen(nearest->wanted);
    for (size_t i = 0; i < ids->slot_count && ids->count > 0; i++) {
        if (ids->slots[i].text == NULL) {
            continue;
        }
        /* Names of quite another length cannot be near, and comparing them costs most. */
        const size_t text_bytes = strlen(ids->slots[i].text);
        const size_t gap_bytes =
            text_bytes > wanted_bytes ? text_bytes - wanted_bytes : wanted_bytes - text_bytes;
        if (gap_bytes <= 1 + wanted_bytes / 3) {
            nearest_offer(nearest, ids->slots[i].text);
        }
    }
}
