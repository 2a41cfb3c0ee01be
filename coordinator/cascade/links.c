/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

static void link_drop_pending(struct cascade *cascade, uint32_t link) {
    struct link_state *const state = &cascade->links[link];
    if (!state->pending) {
        return;
    }
    cascade_touch(cascade, ENTITY_LINK, link);
    state->pending = false;
    state->pending_now = false;
    state->pending_loss_ppm = 0;
    state->pending_root = 0;
    state->due_tick = 0;
    cascade_end_timer(cascade, ENTITY_LINK, link);
}

/* Whether the dependency bites; drawn when it first matters. */
static bool link_bites(struct cascade *cascade, uint32_t link) {
    struct link_state *const state = &cascade->links[link];
    if (state->coupling == COUPLING_OPEN) {
        const struct network_link *const what = &cascade->network->links[link];
        bool bites = what->coupling_ppm == SPILL_PPM;
        if (!bites) {
            bites = chance_event(
                chance_draw(cascade->seed, cascade->replica, what->hash, CHANCE_COUPLING, 0),
                what->coupling_ppm);
        }
        cascade_touch(cascade, ENTITY_LINK, link);
        state->coupling = bites ? COUPLING_BITES : COUPLING_HOLDS;
    }
    return state->coupling == COUPLING_BITES;
}

/* A pending value that is new, or on the other side of the delivered one. */
static void link_begin_pending(struct cascade *cascade, uint32_t link, int32_t loss_ppm) {
    struct link_state *const state = &cascade->links[link];
    const struct network_link *const what = &cascade->network->links[link];
    const uint32_t delay_ticks =
        loss_ppm > state->delivered_loss_ppm ? what->delay_down_ticks : what->delay_up_ticks;
    state->pending = true;
    state->due_tick = cascade->tick + delay_ticks;
    state->pending_now = delay_ticks == 0;
    if (delay_ticks > 0) {
        cascade_set_timer(cascade, ENTITY_LINK, link, state->due_tick);
        return;
    }
    cascade_end_timer(cascade, ENTITY_LINK, link);
    if (!state->listed) {
        state->listed = true;
        cascade->round_links[cascade->round_link_count++] = link;
    }
}

void link_offer(struct cascade *cascade, uint32_t link) {
    struct link_state *const state = &cascade->links[link];
    const uint32_t supplier = cascade->network->links[link].supplier;
    const struct asset_state *const from = &cascade->assets[supplier];
    const bool cut = state->cut_count > 0;
    const int32_t loss_ppm = cut ? (int32_t)SPILL_PPM : from->service_loss_ppm;
    if (loss_ppm == 0 && state->coupling == COUPLING_OPEN) {
        return;
    }
    if (!link_bites(cascade, link)) {
        return;
    }
    if (loss_ppm == state->delivered_loss_ppm) {
        link_drop_pending(cascade, link);
        return;
    }
    cascade_touch(cascade, ENTITY_LINK, link);
    const bool down = loss_ppm > state->delivered_loss_ppm;
    if (!state->pending || down != (state->pending_loss_ppm > state->delivered_loss_ppm)) {
        link_begin_pending(cascade, link, loss_ppm);
    }
    state->pending_loss_ppm = loss_ppm;
    state->pending_root = cut ? state->cut_root : from->bound_root;
    if (cascade->on_cause != NULL) {
        cascade->pending_records[link] = cut ? 0 : cascade->asset_records[supplier];
    }
}

static void link_deliver(struct cascade *cascade, uint32_t link) {
    struct link_state *const state = &cascade->links[link];
    SPILL_ASSERT(state->pending);
    cascade_touch(cascade, ENTITY_LINK, link);
    state->delivered_loss_ppm = state->pending_loss_ppm;
    state->root = state->pending_root;
    state->delivered = cascade->tick + 1;
    state->delivered_round = (uint16_t)cascade->round;
    if (cascade->on_cause != NULL) {
        cascade->link_records[link] = cascade->pending_records[link];
    }
    state->pending = false;
    state->pending_now = false;
    state->pending_loss_ppm = 0;
    state->pending_root = 0;
    state->due_tick = 0;
    const uint32_t need = cascade->network->links[link].need;
    asset_supply_later(cascade, cascade->network->needs[need].asset);
    cascade->needs[need].stale = true;
}

void link_due(struct cascade *cascade, uint32_t link) {
    const struct link_state *const state = &cascade->links[link];
    /* An action of this tick may have dropped or remade what was due; what it made waits for
     * round 1. */
    if (state->pending && state->due_tick == cascade->tick && !state->pending_now) {
        link_deliver(cascade, link);
    }
}

bool cascade_deliver_round(struct cascade *cascade) {
    uint32_t *const delivering = cascade->round_links;
    const size_t count = cascade->round_link_count;
    cascade->round_links = cascade->delivering;
    cascade->delivering = delivering;
    cascade->round_link_count = 0;
    cascade->event_count += count;
    bool delivered = false;
    for (size_t i = 0; i < count; i++) {
        struct link_state *const state = &cascade->links[delivering[i]];
        state->listed = false;
        if (state->pending_now) {
            link_deliver(cascade, delivering[i]);
            delivered = true;
        }
    }
    return delivered;
}

void cascade_postpone_round(struct cascade *cascade) {
    for (size_t i = 0; i < cascade->round_link_count; i++) {
        const uint32_t link = cascade->round_links[i];
        struct link_state *const state = &cascade->links[link];
        state->listed = false;
        if (state->pending_now) {
            state->pending_now = false;
            state->due_tick = cascade->tick + 1;
            cascade_set_timer(cascade, ENTITY_LINK, link, state->due_tick);
        }
    }
    cascade->round_link_count = 0;
}
