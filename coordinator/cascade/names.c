/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/names.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_FIRST_SLOTS = 256, NAMES_FIRST_BYTES = 4096 };

void names_destroy(struct names *names) {
    free(names->text);
    free(names->slots);
    *names = (struct names){0};
}

/* FNV-1a; only speed depends on it. */
static uint64_t names_mix(const char *id) {
    uint64_t mix = UINT64_C(0xcbf29ce484222325);
    for (const char *c = id; *c != '\0'; c++) {
        mix = (mix ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    }
    return mix ^ mix >> 29;
}

/* The slot of this text, or the free one where it belongs. */
static size_t names_place(const struct names *names, const char *id) {
    size_t place = (size_t)names_mix(id) & (names->slot_capacity - 1);
    while (names->slots[place].name != 0 &&
           strcmp(names->text + names->slots[place].name - 1, id) != 0) {
        place = (place + 1) & (names->slot_capacity - 1);
    }
    return place;
}

static enum spill_status names_widen(struct names *names) {
    const size_t capacity =
        names->slot_capacity == 0 ? NAMES_FIRST_SLOTS : 2 * names->slot_capacity;
    struct name_slot *const slots = spill_alloc(capacity, sizeof *slots);
    if (slots == NULL) {
        return SPILL_MEMORY;
    }
    struct name_slot *const old = names->slots;
    const size_t old_capacity = names->slot_capacity;
    names->slots = slots;
    names->slot_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].name != 0) {
            slots[names_place(names, names->text + old[i].name - 1)] = old[i];
        }
    }
    free(old);
    return SPILL_OK;
}

static enum spill_status names_append(struct names *names, const char *id, uint32_t *name) {
    const size_t bytes = strlen(id) + 1;
    if (names->text_bytes + bytes > names->text_capacity) {
        size_t capacity = names->text_capacity == 0 ? NAMES_FIRST_BYTES : 2 * names->text_capacity;
        while (capacity < names->text_bytes + bytes) {
            capacity *= 2;
        }
        if (capacity >= UINT32_MAX) {
            return SPILL_MEMORY;
        }
        char *const text = spill_grow(names->text, names->text_capacity, capacity, 1);
        if (text == NULL) {
            return SPILL_MEMORY;
        }
        names->text = text;
        names->text_capacity = capacity;
    }
    memcpy(names->text + names->text_bytes, id, bytes);
    *name = (uint32_t)names->text_bytes;
    names->text_bytes += bytes;
    return SPILL_OK;
}

enum spill_status names_add(struct names *names, const char *id, uint32_t *name) {
    SPILL_ASSERT(id != NULL);
    if (2 * (names->slot_count + 1) > names->slot_capacity) {
        const enum spill_status status = names_widen(names);
        if (status != SPILL_OK) {
            return status;
        }
    }
    const size_t place = names_place(names, id);
    if (names->slots[place].name == 0) {
        uint32_t fresh = 0;
        const enum spill_status status = names_append(names, id, &fresh);
        if (status != SPILL_OK) {
            return status;
        }
        names->slots[place].name = fresh + 1;
        names->slot_count++;
    }
    *name = names->slots[place].name - 1;
    return SPILL_OK;
}

struct name_slot *names_find(const struct names *names, const char *id) {
    if (names->slot_capacity == 0 || id == NULL) {
        return NULL;
    }
    struct name_slot *const slot = &names->slots[names_place(names, id)];
    return slot->name == 0 ? NULL : slot;
}
