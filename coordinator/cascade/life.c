/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* Failures that nobody caused: at the start, or when a lifetime ends (RULES.md, section 8). */

static void life_fail(struct cascade *cascade, uint32_t life) {
    const struct network *const network = cascade->network;
    const uint32_t asset = network->lives[life].asset;
    struct life_state *const state = &cascade->lives[life];
    if (cascade->assets[asset].health_loss_ppm == SPILL_PPM) {
        return;
    }
    cascade_touch(cascade, ENTITY_LIFE, life);
    if (state->root == 0) {
        const enum spill_status status =
            root_name(cascade, "failure", network_text(network, network->assets[asset].name),
                      cascade->tick, true, &state->root);
        SPILL_ASSERT(status == SPILL_OK);
        root_make(cascade, state->root);
        state->first = cascade->tick + 1;
    }
    asset_damage(cascade, asset, 0, state->root);
}

static void life_begin(struct cascade *cascade, uint32_t life) {
    const struct network_life *const what = &cascade->network->lives[life];
    struct life_state *const state = &cascade->lives[life];
    cascade_touch(cascade, ENTITY_LIFE, life);
    state->from_tick = cascade->tick;
    state->due_tick =
        cascade_after(cascade, cascade_draw_ms(cascade, what->law, what->hash, CHANCE_LIFETIME,
                                               &state->draws));
    cascade_set_timer(cascade, ENTITY_LIFE, life, state->due_tick);
}

void cascade_begin_lives(struct cascade *cascade) {
    const struct network *const network = cascade->network;
    SPILL_ASSERT(cascade->tick == 0);
    for (uint32_t i = 0; i < network->life_count; i++) {
        const struct network_life *const what = &network->lives[i];
        if (what->failure_ppm > 0 &&
            chance_event(
                chance_draw(cascade->seed, cascade->replica, what->hash, CHANCE_FAILURE, 0),
                what->failure_ppm)) {
            life_fail(cascade, i);
        }
        if (what->law != 0 && cascade->assets[what->asset].health_loss_ppm == 0) {
            life_begin(cascade, i);
        }
    }
}

void life_due(struct cascade *cascade, uint32_t life) {
    struct life_state *const state = &cascade->lives[life];
    if (state->due_tick != cascade->tick) {
        return; /* Damaged in this tick. */
    }
    cascade_touch(cascade, ENTITY_LIFE, life);
    state->from_tick = 0;
    state->due_tick = 0;
    life_fail(cascade, life);
}

void asset_end_life(struct cascade *cascade, uint32_t asset) {
    const uint32_t life = cascade->network->assets[asset].life;
    if (life == NETWORK_NO_INDEX || cascade->lives[life].due_tick == 0) {
        return;
    }
    cascade_touch(cascade, ENTITY_LIFE, life);
    cascade->lives[life].from_tick = 0;
    cascade->lives[life].due_tick = 0;
    cascade_end_timer(cascade, ENTITY_LIFE, life);
}

void asset_begin_life(struct cascade *cascade, uint32_t asset) {
    const uint32_t life = cascade->network->assets[asset].life;
    if (life != NETWORK_NO_INDEX && cascade->network->lives[life].law != 0) {
        life_begin(cascade, life);
    }
}
