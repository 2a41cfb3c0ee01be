/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

static void cascade_touch_entity(struct cascade *cascade, enum entity_kind kind, uint32_t entity) {
    uint8_t *const flags = &cascade->touched_flags[entity];
    if ((*flags & TOUCHED) == 0) {
        *flags |= TOUCHED;
        if (kind == ENTITY_ASSET) {
            cascade->touched_assets[cascade->touched_asset_count++] =
                (struct asset_ref){entity - cascade->first[ENTITY_ASSET]};
        } else {
            cascade->touched[cascade->touched_count++] = entity;
        }
    }
    if (cascade->digests && (*flags & TOUCHED_DIRTY) == 0) {
        *flags |= TOUCHED_DIRTY;
        cascade->dirty[cascade->dirty_count++] = entity;
    }
}

void cascade_touch(struct cascade *cascade, enum entity_kind kind, uint32_t index) {
    SPILL_ASSERT(kind != ENTITY_ASSET);
    const uint32_t entity = cascade->first[kind] + index;
    SPILL_ASSERT(entity < cascade->first[kind + 1]);
    cascade_touch_entity(cascade, kind, entity);
}

void asset_touch(struct cascade *cascade, uint32_t asset) {
    SPILL_ASSERT(asset < cascade->network->asset_count);
    cascade_touch_entity(cascade, ENTITY_ASSET, cascade->first[ENTITY_ASSET] + asset);
    asset_mark(cascade, asset);
}

void asset_mark_as(struct cascade *cascade, const struct asset_before *before) {
    if ((cascade->asset_flags[before->asset] & ASSET_MARKED) == 0) {
        cascade->asset_flags[before->asset] |= ASSET_MARKED;
        cascade->marked[cascade->marked_count++] = *before;
    }
}

struct asset_before asset_now(const struct cascade *cascade, uint32_t asset) {
    return (struct asset_before){.asset = asset,
                                 .service_loss_ppm = cascade->assets[asset].service_loss_ppm,
                                 .status =
                                     (uint8_t)cascade_status(cascade, (struct asset_ref){asset})};
}

void asset_mark(struct cascade *cascade, uint32_t asset) {
    if ((cascade->asset_flags[asset] & ASSET_MARKED) == 0) {
        const struct asset_before before = asset_now(cascade, asset);
        asset_mark_as(cascade, &before);
    }
}

void asset_evaluate_later(struct cascade *cascade, uint32_t asset) {
    asset_mark(cascade, asset);
    asset_supply_later(cascade, asset);
    cascade->asset_flags[asset] |= ASSET_WHOLE;
}

void asset_supply_later(struct cascade *cascade, uint32_t asset) {
    SPILL_ASSERT(asset < cascade->network->asset_count);
    cascade_touch_entity(cascade, ENTITY_ASSET, cascade->first[ENTITY_ASSET] + asset);
    if ((cascade->asset_flags[asset] & ASSET_LISTED) == 0) {
        cascade->asset_flags[asset] |= ASSET_LISTED;
        cascade->evaluate[cascade->evaluate_count++] = asset;
    }
}

void asset_notice(struct cascade *cascade, uint32_t asset) {
    SPILL_ASSERT(asset < cascade->network->asset_count);
    if ((cascade->asset_flags[asset] & ASSET_NOTICED) == 0) {
        cascade->asset_flags[asset] |= ASSET_NOTICED;
        cascade->noticed[cascade->noticed_count++] = asset;
    }
}

static void cascade_collect_noticed(struct cascade *cascade) {
    cascade_sort_assets(cascade->noticed, cascade->sort_spare, cascade->noticed_count);
    for (size_t i = 0; i < cascade->noticed_count; i++) {
        cascade->asset_flags[cascade->noticed[i]] &= (uint8_t)~ASSET_NOTICED;
        cascade->noticed_refs[i] = (struct asset_ref){cascade->noticed[i]};
    }
}

void cascade_collect_changed(struct cascade *cascade) {
    /* The list of assets to evaluate is empty now, so its room is free. */
    SPILL_ASSERT(cascade->evaluate_count == 0);
    uint32_t *const changed = cascade->evaluate;
    size_t count = 0;
    for (size_t i = 0; i < cascade->marked_count; i++) {
        const struct asset_before *const before = &cascade->marked[i];
        cascade->asset_flags[before->asset] &= (uint8_t)~ASSET_MARKED;
        if (before->service_loss_ppm != cascade->assets[before->asset].service_loss_ppm ||
            before->status != (uint8_t)cascade_status(cascade, (struct asset_ref){before->asset})) {
            changed[count++] = before->asset;
        }
    }
    cascade->marked_count = 0;
    cascade_sort_assets(changed, cascade->sort_spare, count);
    for (size_t i = 0; i < count; i++) {
        cascade->changed[i] = (struct asset_ref){changed[i]};
    }
    cascade->changed_count = count;
    cascade_collect_noticed(cascade);
}

enum entity_kind cascade_kind_of(const struct cascade *cascade, uint32_t entity) {
    int kind = 0;
    while (entity >= cascade->first[kind + 1]) {
        kind++;
        SPILL_ASSERT(kind < ENTITY_KIND_COUNT);
    }
    return (enum entity_kind)kind;
}

/* Lets the key at `i` sink to its place in the heap of `count` keys, largest first. */
static void cascade_sift_key(struct sort_key *keys, size_t i, size_t count) {
    const struct sort_key moving = keys[i];
    for (size_t child = 2 * i + 1; child < count; child = 2 * i + 1) {
        if (child + 1 < count && keys[child + 1].key > keys[child].key) {
            child++;
        }
        if (keys[child].key <= moving.key) {
            break;
        }
        keys[i] = keys[child];
        i = child;
    }
    keys[i] = moving;
}

void cascade_sort_keys(struct sort_key *keys, size_t count) {
    /* Heapsort: in place, and never worse than n log n. */
    for (size_t i = count / 2; i > 0; i--) {
        cascade_sift_key(keys, i - 1, count);
    }
    for (size_t end = count; end > 1; end--) {
        const struct sort_key last = keys[end - 1];
        keys[end - 1] = keys[0];
        keys[0] = last;
        cascade_sift_key(keys, 0, end - 1);
    }
}

enum { SORT_INSERTION_MAX = 32, SORT_DIGIT_BITS = 8, SORT_DIGITS = 1 << SORT_DIGIT_BITS };

static void cascade_sort_few(uint32_t *assets, size_t count) {
    for (size_t i = 1; i < count; i++) {
        const uint32_t moving = assets[i];
        size_t j = i;
        for (; j > 0 && assets[j - 1] > moving; j--) {
            assets[j] = assets[j - 1];
        }
        assets[j] = moving;
    }
}

void cascade_sort_assets(uint32_t *assets, uint32_t *spare, size_t count) {
    if (count <= SORT_INSERTION_MAX) {
        cascade_sort_few(assets, count);
        return;
    }
    uint32_t *from = assets;
    uint32_t *to = spare;
    for (int shift = 0; shift < 32; shift += SORT_DIGIT_BITS) {
        size_t start[SORT_DIGITS + 1] = {0};
        for (size_t i = 0; i < count; i++) {
            start[(from[i] >> shift & (SORT_DIGITS - 1)) + 1]++;
        }
        for (size_t i = 0; i < SORT_DIGITS; i++) {
            start[i + 1] += start[i];
        }
        for (size_t i = 0; i < count; i++) {
            to[start[from[i] >> shift & (SORT_DIGITS - 1)]++] = from[i];
        }
        uint32_t *const swap = from;
        from = to;
        to = swap;
    }
    /* Four passes: the result is back where it was. */
    SPILL_ASSERT(from == assets);
}

int64_t cascade_ticks(const struct cascade *cascade, int64_t duration_ms) {
    SPILL_ASSERT(duration_ms >= 0);
    return (duration_ms + cascade->network->tick_ms - 1) / cascade->network->tick_ms;
}

int64_t cascade_after(const struct cascade *cascade, int64_t duration_ms) {
    const int64_t ticks = cascade_ticks(cascade, duration_ms);
    return cascade->tick + (ticks > 1 ? ticks : 1);
}

uint32_t cascade_draw(const struct cascade *cascade, uint64_t hash, enum chance_purpose purpose,
                      uint32_t *draws) {
    return chance_draw(cascade->seed, cascade->replica, hash, purpose, (*draws)++);
}

int64_t cascade_draw_ms(const struct cascade *cascade, uint32_t law, uint64_t hash,
                        enum chance_purpose purpose, uint32_t *draws) {
    const struct law_spec *const what = &cascade->network->laws[law];
    return what->kind == LAW_NONE
               ? 0
               : law_duration_ms(what, cascade_draw(cascade, hash, purpose, draws));
}
