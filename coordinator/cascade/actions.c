/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* ---- The heap of waiting actions ---- */

static bool action_before(const struct cascade *cascade, uint32_t left, uint32_t right) {
    const struct waiting_action *const a = &cascade->actions[left];
    const struct waiting_action *const b = &cascade->actions[right];
    if (a->tick != b->tick) {
        return a->tick < b->tick;
    }
    if (a->arrives != b->arrives) {
        return b->arrives;
    }
    return a->sequence < b->sequence;
}

static void action_push(struct cascade *cascade, uint32_t slot) {
    SPILL_ASSERT(cascade->action_heap_count < CASCADE_ACTIONS_MAX);
    uint32_t *const heap = cascade->action_heap;
    size_t place = cascade->action_heap_count++;
    for (; place > 0 && action_before(cascade, slot, heap[(place - 1) / 2]);
         place = (place - 1) / 2) {
        heap[place] = heap[(place - 1) / 2];
    }
    heap[place] = slot;
}

static uint32_t action_pop(struct cascade *cascade) {
    uint32_t *const heap = cascade->action_heap;
    SPILL_ASSERT(cascade->action_heap_count > 0);
    const uint32_t first = heap[0];
    const size_t count = --cascade->action_heap_count;
    const uint32_t moving = heap[count];
    size_t place = 0;
    for (size_t child = 1; child < count; child = 2 * place + 1) {
        if (child + 1 < count && action_before(cascade, heap[child + 1], heap[child])) {
            child++;
        }
        if (!action_before(cascade, heap[child], moving)) {
            break;
        }
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = moving;
    return first;
}

int64_t cascade_next_action_tick(const struct cascade *cascade) {
    return cascade->action_heap_count == 0 ? SPILL_NEVER
                                           : cascade->actions[cascade->action_heap[0]].tick;
}

static bool action_take_slot(struct cascade *cascade, uint32_t *slot) {
    if (cascade->action_free != 0) {
        *slot = cascade->action_free - 1;
        cascade->action_free = cascade->actions[*slot].next;
        return true;
    }
    if (cascade->action_used_count == CASCADE_ACTIONS_MAX) {
        return false;
    }
    *slot = (uint32_t)cascade->action_used_count++;
    return true;
}

void action_release(struct cascade *cascade, uint32_t slot) {
    cascade->actions[slot].next = cascade->action_free;
    cascade->action_free = slot + 1;
}

/* ---- Giving an action ---- */

/* Whether an action of this kind can be a cause of loss. */
static bool action_harms(enum action_kind kind) {
    return kind == ACTION_DAMAGE || kind == ACTION_DISINFORMATION || kind == ACTION_ISOLATE_ASSET ||
           kind == ACTION_ISOLATE_TAG || kind == ACTION_CLOSE_BORDER || kind == ACTION_LIMIT;
}

static bool action_needs_asset(enum action_kind kind) {
    return kind == ACTION_DAMAGE || kind == ACTION_ISOLATE_ASSET ||
           kind == ACTION_RECONNECT_ASSET || kind == ACTION_PRIORITY || kind == ACTION_REFUEL ||
           kind == ACTION_BLACK_START || kind == ACTION_LIMIT || kind == ACTION_MANUAL_MODE;
}

static bool action_needs_tag(enum action_kind kind) {
    return kind == ACTION_ISOLATE_TAG || kind == ACTION_RECONNECT_TAG || kind == ACTION_PATCH_TAG ||
           kind == ACTION_SHARE_INDICATORS;
}

static bool action_needs_campaign(enum action_kind kind) {
    return kind == ACTION_CAMPAIGN_START || kind == ACTION_CAMPAIGN_STOP ||
           kind == ACTION_CAMPAIGN_DELAY;
}

static bool action_needs_country(enum action_kind kind) {
    return action_needs_tag(kind) || kind == ACTION_DISINFORMATION || kind == ACTION_CLOSE_BORDER ||
           kind == ACTION_OPEN_BORDER || kind == ACTION_PUBLIC_MESSAGE;
}

/* The promises of whoever gives an action. */
static void action_check(const struct network *network, const struct action *action) {
    const enum action_kind kind = action->kind;
    SPILL_ASSERT((int)kind >= 0);
    SPILL_ASSERT((int)kind < ACTION_KIND_COUNT);
    SPILL_ASSERT((action->root_kind == NULL) == (action->root_id == NULL));
    SPILL_ASSERT(action->root_kind != NULL || !action_harms(kind));
    SPILL_ASSERT(!action_needs_asset(kind) || action->asset.index < network->asset_count);
    SPILL_ASSERT(!action_needs_tag(kind) || action->tag.index < network->tag_count);
    SPILL_ASSERT(!action_needs_campaign(kind) || action->campaign.index < network->campaign_count);
    SPILL_ASSERT(!action_needs_country(kind) || action->country.index < network->country_count);
    if (kind == ACTION_CLOSE_BORDER || kind == ACTION_OPEN_BORDER) {
        SPILL_ASSERT(action->other_country.index < network->country_count);
    }
    if (kind == ACTION_DAMAGE || kind == ACTION_LIMIT || kind == ACTION_DISINFORMATION) {
        SPILL_ASSERT(action->amount_ppm >= 0);
        SPILL_ASSERT(action->amount_ppm <= SPILL_PPM);
    }
    if (kind == ACTION_MUTUAL_AID) {
        SPILL_ASSERT(action->pool.index < network->pool_count);
        SPILL_ASSERT(action->other_pool.index < network->pool_count);
        SPILL_ASSERT(action->count >= 0);
    }
    if (kind == ACTION_MUTUAL_AID || kind == ACTION_DISINFORMATION ||
        kind == ACTION_CAMPAIGN_DELAY) {
        SPILL_ASSERT(action->duration_ms >= 0);
        SPILL_ASSERT(action->duration_ms <= LAW_MAX_MS);
    }
}

enum spill_status cascade_act(struct cascade *cascade, int64_t at_ms, const struct action *action) {
    action_check(cascade->network, action);
    SPILL_ASSERT(at_ms >= 0);
    SPILL_ASSERT(at_ms <= LAW_MAX_MS);
    const int64_t tick = cascade_ticks(cascade, at_ms);
    SPILL_ASSERT(tick > cascade->tick);
    if (root_is_left_out(cascade, action->root_kind, action->root_id)) {
        return SPILL_OK;
    }
    uint32_t root = 0;
    if (action->root_kind != NULL && action->kind != ACTION_CAMPAIGN_START) {
        const enum spill_status status =
            root_name(cascade, action->root_kind, action->root_id, tick, false, &root);
        if (status != SPILL_OK) {
            return status;
        }
    }
    uint32_t slot = 0;
    if (!action_take_slot(cascade, &slot)) {
        return SPILL_LIMIT;
    }
    cascade->actions[slot] = (struct waiting_action){
        .action = *action, .tick = tick, .sequence = cascade->action_sequence++, .root = root};
    action_push(cascade, slot);
    if (tick < cascade->next_tick && tick <= cascade->network->horizon_tick) {
        cascade->next_tick = tick;
    }
    return SPILL_OK;
}

/* ---- Acting ---- */

static void action_limit(struct cascade *cascade, uint32_t asset, int64_t cap_ppm, uint32_t root) {
    asset_evaluate_later(cascade, asset);
    cascade->assets[asset].cap_loss_ppm = (int32_t)(SPILL_PPM - cap_ppm);
    cascade->assets[asset].cap_root = cap_ppm == SPILL_PPM ? 0 : root;
}

static void action_refuel(struct cascade *cascade, uint32_t asset) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    asset_evaluate_later(cascade, asset);
    for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
        if (cascade->network->needs[need].first_backup !=
            cascade->network->needs[need + 1].first_backup) {
            need_refuel(cascade, need);
        }
    }
}

static void action_isolate_tag(struct cascade *cascade, const struct action *action, bool isolated,
                               uint32_t root) {
    const struct network *const network = cascade->network;
    size_t count = 0;
    const uint32_t *const assets =
        network_group_items(&network->tag_assets, action->tag.index, &count);
    for (size_t i = 0; i < count; i++) {
        if (network->assets[assets[i]].country == action->country.index) {
            asset_isolate(cascade, assets[i], isolated, root);
        }
    }
}

static void action_black_start(struct cascade *cascade, uint32_t asset) {
    if (cascade->network->assets[asset].black_start == BLACK_START_ORDERED) {
        asset_evaluate_later(cascade, asset);
        cascade->assets[asset].start_ordered = true;
    }
}

static void action_manual_mode(struct cascade *cascade, uint32_t asset) {
    if (cascade->network->assets[asset].manual_ppm > 0) {
        asset_evaluate_later(cascade, asset);
        cascade->assets[asset].manual_ordered = true;
    }
}

/* Crews leave; the slot stays theirs until they arrive. */
static void action_send_crews(struct cascade *cascade, uint32_t slot) {
    struct waiting_action *const waiting = &cascade->actions[slot];
    const int64_t free_count = pool_free_crews(cascade, waiting->action.pool.index);
    const int64_t count = waiting->action.count < free_count ? waiting->action.count : free_count;
    pool_change(cascade, waiting->action.pool.index, -count);
    waiting->action.count = count;
    waiting->arrives = true;
    waiting->tick = cascade_after(cascade, waiting->action.duration_ms);
    action_push(cascade, slot);
}

/* Disinformation is in force; the slot stays in the list until it is over. */
static void action_spread_lie(struct cascade *cascade, uint32_t slot) {
    struct waiting_action *const waiting = &cascade->actions[slot];
    const uint32_t country = waiting->action.country.index;
    cascade_touch(cascade, ENTITY_COUNTRY, country);
    cascade->countries[country].lie_root = waiting->root;
    waiting->tick = cascade_after(cascade, waiting->action.duration_ms);
    waiting->next = cascade->lies;
    cascade->lies = slot + 1;
}

/* Everything that is over at once. */
static void action_apply(struct cascade *cascade, const struct action *action, uint32_t root) {
    const uint32_t asset = action->asset.index;
    const uint32_t country = action->country.index;
    switch (action->kind) {
    case ACTION_DAMAGE:
        asset_damage(cascade, asset, action->amount_ppm, root);
        return;
    case ACTION_CAMPAIGN_START:
        campaign_start(cascade, action->campaign.index);
        return;
    case ACTION_CAMPAIGN_STOP:
        campaign_stop(cascade, action->campaign.index);
        return;
    case ACTION_CAMPAIGN_DELAY:
        campaign_delay(cascade, action->campaign.index, action->duration_ms);
        return;
    case ACTION_ISOLATE_ASSET:
    case ACTION_RECONNECT_ASSET:
        asset_isolate(cascade, asset, action->kind == ACTION_ISOLATE_ASSET, root);
        return;
    case ACTION_ISOLATE_TAG:
    case ACTION_RECONNECT_TAG:
        action_isolate_tag(cascade, action, action->kind == ACTION_ISOLATE_TAG, root);
        return;
    case ACTION_CLOSE_BORDER:
    case ACTION_OPEN_BORDER:
        border_close(cascade, country, action->other_country.index,
                     action->kind == ACTION_CLOSE_BORDER, root);
        return;
    case ACTION_PATCH_TAG:
        tag_patch(cascade, action->tag.index, country);
        return;
    case ACTION_SHARE_INDICATORS:
        tag_share(cascade, action->tag.index, country);
        return;
    case ACTION_PRIORITY:
        asset_set_priority(cascade, asset, action->count);
        return;
    case ACTION_REFUEL:
        action_refuel(cascade, asset);
        return;
    case ACTION_BLACK_START:
        action_black_start(cascade, asset);
        return;
    case ACTION_LIMIT:
        action_limit(cascade, asset, action->amount_ppm, root);
        return;
    case ACTION_MANUAL_MODE:
        action_manual_mode(cascade, asset);
        return;
    case ACTION_PUBLIC_MESSAGE:
        country_message(cascade, country);
        return;
    case ACTION_DISINFORMATION:
    case ACTION_MUTUAL_AID:
        break;
    }
    SPILL_ASSERT(false);
}

void cascade_run_actions(struct cascade *cascade) {
    while (cascade_next_action_tick(cascade) == cascade->tick) {
        const uint32_t slot = action_pop(cascade);
        cascade->event_count++;
        const struct waiting_action *const waiting = &cascade->actions[slot];
        if (waiting->arrives) {
            pool_change(cascade, waiting->action.other_pool.index, waiting->action.count);
            action_release(cascade, slot);
            continue;
        }
        if (waiting->root != 0) {
            root_make(cascade, waiting->root);
        }
        if (waiting->action.kind == ACTION_MUTUAL_AID) {
            action_send_crews(cascade, slot);
        } else if (waiting->action.kind == ACTION_DISINFORMATION) {
            action_spread_lie(cascade, slot);
        } else {
            action_apply(cascade, &waiting->action, waiting->root);
            action_release(cascade, slot);
        }
    }
}
