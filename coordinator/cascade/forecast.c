/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/*
 * Redrawing: from here on the trajectory is another one, with the same past. Each running timer is
 * drawn again from its law, given that it lasts beyond now (RULES.md, section 13).
 */

/* A running timer: the ticks it takes at probability u, counted from from_tick. */
struct timer {
    const struct law_spec *law;
    uint64_t hash;
    enum chance_purpose purpose;
    int64_t from_tick;
    int64_t charge_ppm; /* Autonomy: scaled by charge and demand; else 0. */
    int64_t demand_ppm;
    int64_t more_ticks; /* Added to what the law gives. */
    bool maybe_none;    /* It may take no tick at all. */
};

/* The last tick that is over: the last that ran, or one that idling has passed since. */
static int64_t forecast_tick(const struct cascade *cascade) {
    const int64_t passed_tick = cascade->reached_ms / cascade->network->tick_ms;
    return passed_tick > cascade->tick ? passed_tick : cascade->tick;
}

static int64_t timer_ends(const struct cascade *cascade, const struct timer *timer, uint32_t u) {
    const int64_t drawn_ms = law_duration_ms(timer->law, u);
    int64_t ticks = 0;
    if (timer->charge_ppm > 0) {
        ticks = backup_autonomy_ticks(cascade, drawn_ms, timer->charge_ppm, timer->demand_ppm);
    } else {
        ticks = cascade_ticks(cascade, drawn_ms);
        ticks = ticks > 1 || timer->maybe_none ? ticks : 1;
    }
    return timer->from_tick + ticks + timer->more_ticks;
}

/* Draws the timer again. Returns the tick in which it ends now; the probability drawn goes to *u,
 * unless there was none to draw. */
static int64_t timer_redraw_at(const struct cascade *cascade, const struct timer *timer,
                               uint32_t *draws, uint32_t *u) {
    const int64_t now_tick = forecast_tick(cascade);
    if (timer->law->kind == LAW_NONE || timer_ends(cascade, timer, UINT32_MAX) <= now_tick) {
        return now_tick + 1;
    }
    uint64_t low = 0;
    uint64_t high = UINT32_MAX;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (timer_ends(cascade, timer, (uint32_t)middle) > now_tick) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    const uint64_t drawn = cascade_draw(cascade, timer->hash, timer->purpose, draws);
    *u = (uint32_t)(low + (drawn * ((UINT64_C(1) << 32) - low) >> 32));
    return timer_ends(cascade, timer, *u);
}

static int64_t timer_redraw(const struct cascade *cascade, const struct timer *timer,
                            uint32_t *draws) {
    uint32_t u = 0;
    return timer_redraw_at(cascade, timer, draws, &u);
}

static struct timer timer_of(const struct cascade *cascade, uint32_t law, uint64_t hash,
                             enum chance_purpose purpose, int64_t from_tick) {
    return (struct timer){.law = &cascade->network->laws[law],
                          .hash = hash,
                          .purpose = purpose,
                          .from_tick = from_tick};
}

static void forecast_asset(struct cascade *cascade, uint32_t asset) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    struct asset_state *const state = &cascade->assets[asset];
    asset_touch(cascade, asset);
    if (state->job == JOB_WORKING) {
        const struct timer timer =
            timer_of(cascade, what->repair, what->hash, CHANCE_REPAIR, state->job_from_tick);
        state->job_tick = timer_redraw(cascade, &timer, &state->repair_draws);
    }
    if (state->restart_until_tick > forecast_tick(cascade)) {
        const struct timer timer =
            timer_of(cascade, what->restart, what->hash, CHANCE_RESTART, state->restart_from_tick);
        state->restart_until_tick = timer_redraw(cascade, &timer, &state->restart_draws);
    }
    if (state->manual == MANUAL_WAITING) {
        const struct timer timer = timer_of(cascade, what->manual_delay, what->hash, CHANCE_MANUAL,
                                            state->manual_from_tick);
        state->manual_until_tick = timer_redraw(cascade, &timer, &state->manual_draws);
    }
    asset_schedule(cascade, asset);
}

static void forecast_need(struct cascade *cascade, uint32_t need) {
    const struct network_need *const what = &cascade->network->needs[need];
    struct need_state *const state = &cascade->needs[need];
    if (what->first_backup == what[1].first_backup) {
        return;
    }
    if (state->active != 0) {
        const uint32_t index = what->first_backup + state->active - 1;
        const struct network_backup *const backup = &cascade->network->backups[index];
        struct backup_state *const draws = &cascade->backups[index];
        struct timer timer =
            timer_of(cascade, state->on ? backup->autonomy : backup->gap, backup->hash,
                     state->on ? CHANCE_AUTONOMY : CHANCE_GAP, state->from_tick);
        timer.maybe_none = !state->on;
        if (state->on) {
            timer.charge_ppm = SPILL_PPM - state->start_loss_ppm;
            timer.demand_ppm =
                cascade_demand(cascade, cascade->network->assets[what->asset].country, what->surge);
        }
        state->until_tick =
            timer_redraw(cascade, &timer, state->on ? &draws->autonomy_draws : &draws->gap_draws);
    }
    for (uint32_t index = what->first_backup; index < what[1].first_backup; index++) {
        struct backup_state *const backup = &cascade->backups[index];
        if (backup->recharge_until_tick != 0) {
            const struct timer timer = timer_of(cascade, cascade->network->backups[index].recharge,
                                                cascade->network->backups[index].hash,
                                                CHANCE_RECHARGE, backup->recharge_from_tick);
            backup->recharge_until_tick = timer_redraw(cascade, &timer, &backup->recharge_draws);
        }
    }
    need_schedule(cascade, need);
}

static void forecast_exposure(struct cascade *cascade, uint32_t exposure) {
    const struct network_exposure *const what = &cascade->network->exposures[exposure];
    const struct network_campaign *const campaign = &cascade->network->campaigns[what->campaign];
    struct exposure_state *const state = &cascade->exposures[exposure];
    if (state->trigger_due_tick != 0 && !campaign->trigger_common) {
        struct timer timer = timer_of(cascade, campaign->trigger_delay, what->hash, CHANCE_TRIGGER,
                                      state->trigger_from_tick);
        timer.more_ticks = cascade->campaigns[what->campaign].delay_ticks;
        if (timer.law->kind != LAW_NONE) {
            state->trigger_due_tick = timer_redraw(cascade, &timer, &state->trigger_draws);
        }
    }
    if (state->detection_due_tick != 0) {
        const struct timer timer =
            timer_of(cascade, exposure_detection_law(cascade, exposure, state->detection_shared),
                     what->hash, CHANCE_DETECTION, state->detection_from_tick);
        state->detection_due_tick = timer_redraw(cascade, &timer, &state->detection_draws);
    }
    exposure_schedule(cascade, exposure);
}

/* An exponential has no memory: what is left of a paused contact is drawn anew; one that runs
 * counts from when it last began to run. */
static void forecast_contact(struct cascade *cascade, uint32_t contact) {
    const struct network_contact *const what = &cascade->network->contacts[contact];
    struct contact_state *const state = &cascade->contacts[contact];
    const uint32_t law = cascade->network->trusts[what->trust].contact;
    if (!state->alive) {
        return;
    }
    if (state->since == 0) {
        state->left_ms = cascade_draw_ms(cascade, law, what->hash, CHANCE_CONTACT, &state->draws);
        return;
    }
    const struct timer timer = timer_of(cascade, law, what->hash, CHANCE_CONTACT, state->since - 1);
    const uint32_t draws_before = state->draws;
    uint32_t u = 0;
    const int64_t ends_tick = timer_redraw_at(cascade, &timer, &state->draws, &u);
    state->left_ms = state->draws == draws_before
                         ? (ends_tick - timer.from_tick) * cascade->network->tick_ms
                         : law_duration_ms(timer.law, u);
    cascade_set_timer(cascade, ENTITY_CONTACT, contact, ends_tick);
}

static void forecast_push(struct cascade *cascade, uint32_t push) {
    const struct network_push *const what = &cascade->network->pushes[push];
    struct push_state *const state = &cascade->pushes[push];
    if (state->due_tick != 0) {
        const struct timer timer =
            timer_of(cascade, what->delay, what->hash, CHANCE_PUSH_DELAY, state->from_tick);
        state->due_tick = timer_redraw(cascade, &timer, &state->delay_draws);
        cascade_set_timer(cascade, ENTITY_PUSH, push, state->due_tick);
    }
}

static void forecast_patch(struct cascade *cascade, uint32_t patch) {
    struct patch_state *const state = &cascade->patches[patch];
    if (state->due_tick != 0) {
        const struct timer timer =
            timer_of(cascade, patch_law(cascade, patch, state->shared),
                     cascade->network->patches[patch].hash, CHANCE_PATCH, state->from_tick);
        state->due_tick = timer_redraw(cascade, &timer, &state->draws);
        cascade_set_timer(cascade, ENTITY_PATCH, patch, state->due_tick);
    }
}

static void forecast_life(struct cascade *cascade, uint32_t life) {
    const struct network_life *const what = &cascade->network->lives[life];
    struct life_state *const state = &cascade->lives[life];
    if (state->due_tick != 0) {
        const struct timer timer =
            timer_of(cascade, what->law, what->hash, CHANCE_LIFETIME, state->from_tick);
        state->due_tick = timer_redraw(cascade, &timer, &state->draws);
        cascade_set_timer(cascade, ENTITY_LIFE, life, state->due_tick);
    }
}

static void forecast_node(struct cascade *cascade, uint32_t node) {
    const struct network_node *const what = &cascade->network->nodes[node];
    struct node_state *const state = &cascade->nodes[node];
    if (state->reclose_tick != 0) {
        const struct timer timer = timer_of(cascade, cascade->network->layers[what->layer].reclose,
                                            cascade->network->assets[what->asset].hash,
                                            CHANCE_RECLOSE, state->reclose_from_tick);
        state->reclose_tick = timer_redraw(cascade, &timer, &state->reclose_draws);
        cascade_set_timer(cascade, ENTITY_NODE, node, state->reclose_tick);
    }
}

static void forecast_edge(struct cascade *cascade, uint32_t edge) {
    const struct network_edge *const what = &cascade->network->edges[edge];
    const struct network_layer *const layer = &cascade->network->layers[what->layer];
    struct edge_state *const state = &cascade->edges[edge];
    if (state->trip_tick != 0) {
        const struct timer timer =
            timer_of(cascade, layer->trip, what->hash, CHANCE_TRIP, state->trip_from_tick);
        state->trip_tick = timer_redraw(cascade, &timer, &state->trip_draws);
        cascade_set_timer(cascade, ENTITY_EDGE, edge, state->trip_tick);
    }
    if (state->reclose_tick != 0) {
        const struct timer timer =
            timer_of(cascade, layer->reclose, what->hash, CHANCE_RECLOSE, state->reclose_from_tick);
        state->reclose_tick = timer_redraw(cascade, &timer, &state->reclose_draws);
        cascade_set_timer(cascade, ENTITY_EDGE, edge, state->reclose_tick);
    }
}

static void forecast_entity(struct cascade *cascade, uint32_t entity) {
    const enum entity_kind kind = cascade_kind_of(cascade, entity);
    const uint32_t i = entity - cascade->first[kind];
    if (kind >= ENTITY_LIFE && kind < ENTITY_TIMED_COUNT) {
        cascade_touch(cascade, kind, i);
    }
    switch (kind) {
    case ENTITY_LIFE:
        forecast_life(cascade, i);
        break;
    case ENTITY_EXPOSURE:
        forecast_exposure(cascade, i);
        break;
    case ENTITY_CONTACT:
        forecast_contact(cascade, i);
        break;
    case ENTITY_PUSH:
        forecast_push(cascade, i);
        break;
    case ENTITY_PATCH:
        forecast_patch(cascade, i);
        break;
    case ENTITY_NODE:
        forecast_node(cascade, i);
        break;
    case ENTITY_EDGE:
        forecast_edge(cascade, i);
        break;
    default:
        break;
    }
}

void cascade_redraw(struct cascade *cascade, uint32_t replica) {
    if (replica == 0) {
        return;
    }
    cascade->replica = replica;
    for (size_t i = 0; i < cascade->touched_asset_count; i++) {
        const uint32_t asset = cascade->touched_assets[i].index;
        forecast_asset(cascade, asset);
        const struct network_asset *const what = &cascade->network->assets[asset];
        for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
            forecast_need(cascade, need);
        }
    }
    for (size_t i = 0; i < cascade->touched_count; i++) {
        forecast_entity(cascade, cascade->touched[i]);
    }
    for (size_t i = 0; i < cascade->marked_count; i++) {
        cascade->asset_flags[cascade->marked[i].asset] &= (uint8_t)~ASSET_MARKED;
    }
    cascade->marked_count = 0;
    cascade_find_next(cascade);
}
