/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "coordinator/cascade/cascade_state.h"

/*
 * Roots are named (kind, id, tick) when their action is given, so that the limit is met there and
 * not while a tick runs; they count and are numbered only when they act. Campaigns, countries,
 * layers and assets that fail by chance have room kept for their own.
 */

size_t cascade_roots_max(const struct network *network) {
    return CASCADE_ROOTS_MAX + network->campaign_count + network->country_count +
           network->life_count + network->layer_count;
}

size_t cascade_root_slots(const struct network *network) {
    size_t count = 1;
    while (count < 2 * cascade_roots_max(network)) {
        count *= 2;
    }
    return count;
}

static size_t root_place(const struct cascade *cascade, const char *kind, const char *id,
                         uint64_t hash, int64_t tick) {
    const size_t mask = cascade_root_slots(cascade->network) - 1;
    size_t place = (size_t)(hash ^ (uint64_t)tick * UINT64_C(0x9E3779B97F4A7C15)) & mask;
    while (cascade->root_slots[place] != 0) {
        const struct root_state *const root = &cascade->roots[cascade->root_slots[place] - 1];
        if (root->hash == hash && root->tick == tick && strcmp(root->kind, kind) == 0 &&
            strcmp(root->id, id) == 0) {
            break;
        }
        place = (place + 1) & mask;
    }
    return place;
}

enum spill_status root_name(struct cascade *cascade, const char *kind, const char *id, int64_t tick,
                            bool own, uint32_t *root) {
    SPILL_ASSERT(kind != NULL);
    SPILL_ASSERT(id != NULL);
    const uint64_t hash = chance_hash(kind, id);
    const size_t place = root_place(cascade, kind, id, hash, tick);
    if (cascade->root_slots[place] == 0) {
        if (cascade->root_count >=
            (own ? cascade_roots_max(cascade->network) : (size_t)CASCADE_ROOTS_MAX)) {
            return SPILL_LIMIT;
        }
        cascade->roots[cascade->root_count++] = (struct root_state){
            .kind = kind, .id = id, .hash = hash, .tick = tick, .place = (uint32_t)place};
        cascade->root_slots[place] = (uint32_t)cascade->root_count;
    }
    *root = cascade->root_slots[place];
    return SPILL_OK;
}

bool root_is_left_out(const struct cascade *cascade, const char *kind, const char *id) {
    const struct cascade_without *const without = &cascade->without;
    return without->kind != NULL && kind != NULL && strcmp(kind, without->kind) == 0 &&
           strcmp(id, without->id) == 0;
}

void root_make(struct cascade *cascade, uint32_t root) {
    SPILL_ASSERT(root != 0);
    struct root_state *const state = &cascade->roots[root - 1];
    if (state->number == 0) {
        cascade->acted[cascade->acted_count++] = root - 1;
        state->number = (uint32_t)cascade->acted_count;
    }
}

void root_reach(struct cascade *cascade, uint32_t root, uint32_t country) {
    SPILL_ASSERT(root != 0);
    struct root_state *const state = &cascade->roots[root - 1];
    SPILL_ASSERT(state->number != 0);
    if (state->country == 0) {
        /* A root reaches its first asset in the events of its tick, or makes no loss before:
         * nothing has to move in the matrix. */
        SPILL_ASSERT(state->person.rate == 0);
        state->country = country + 1;
    }
}
