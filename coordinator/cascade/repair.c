/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* ---- The queue of a pool: a heap of assets, the next to be repaired first ---- */

static bool job_before(const struct cascade *cascade, uint32_t left, uint32_t right) {
    const struct asset_state *const a = &cascade->assets[left];
    const struct asset_state *const b = &cascade->assets[right];
    const struct network_asset *const what_a = &cascade->network->assets[left];
    const struct network_asset *const what_b = &cascade->network->assets[right];
    if (a->priority != b->priority) {
        return a->priority > b->priority;
    }
    if (what_a->criticality != what_b->criticality) {
        return what_a->criticality > what_b->criticality;
    }
    if (a->job_tick != b->job_tick) {
        return a->job_tick < b->job_tick;
    }
    return what_a->hash < what_b->hash;
}

static uint32_t *pool_queue(const struct cascade *cascade, uint32_t pool) {
    return cascade->crew_queues + cascade->network->pools[pool].first_member;
}

static void pool_place(struct cascade *cascade, uint32_t *queue, uint32_t place, uint32_t asset) {
    queue[place] = asset;
    cascade->assets[asset].crew_place = place + 1;
}

static void pool_rise(struct cascade *cascade, uint32_t *queue, uint32_t place) {
    const uint32_t asset = queue[place];
    while (place > 0 && job_before(cascade, asset, queue[(place - 1) / 2])) {
        pool_place(cascade, queue, place, queue[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    pool_place(cascade, queue, place, asset);
}

static void pool_sink(struct cascade *cascade, uint32_t *queue, uint32_t count, uint32_t place) {
    const uint32_t asset = queue[place];
    for (uint32_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
        if (child + 1 < count && job_before(cascade, queue[child + 1], queue[child])) {
            child++;
        }
        if (!job_before(cascade, queue[child], asset)) {
            break;
        }
        pool_place(cascade, queue, place, queue[child]);
        place = child;
    }
    pool_place(cascade, queue, place, asset);
}

/* Has the pool looked at when the tick ends. */
static void pool_list(struct cascade *cascade, uint32_t pool) {
    cascade_touch(cascade, ENTITY_POOL, pool);
    if (!cascade->pools[pool].listed) {
        cascade->pools[pool].listed = true;
        cascade->pool_list[cascade->pool_list_count++] = pool;
    }
}

static void pool_add_job(struct cascade *cascade, uint32_t pool, uint32_t asset) {
    pool_list(cascade, pool);
    uint32_t *const queue = pool_queue(cascade, pool);
    const uint32_t place = cascade->pools[pool].queue_count++;
    SPILL_ASSERT(place < cascade->network->pools[pool + 1].first_member -
                             cascade->network->pools[pool].first_member);
    queue[place] = asset;
    pool_rise(cascade, queue, place);
}

static uint32_t pool_take_job(struct cascade *cascade, uint32_t pool) {
    struct pool_state *const state = &cascade->pools[pool];
    uint32_t *const queue = pool_queue(cascade, pool);
    SPILL_ASSERT(state->queue_count > 0);
    const uint32_t asset = queue[0];
    cascade->assets[asset].crew_place = 0;
    state->queue_count--;
    if (state->queue_count > 0) {
        queue[0] = queue[state->queue_count];
        pool_sink(cascade, queue, state->queue_count, 0);
    }
    return asset;
}

int64_t pool_free_crews(const struct cascade *cascade, uint32_t pool) {
    const struct pool_state *const state = &cascade->pools[pool];
    const int64_t free_count =
        cascade->network->pools[pool].crews + state->crews_more - state->crews_busy;
    SPILL_ASSERT(free_count >= 0);
    return free_count;
}

void pool_change(struct cascade *cascade, uint32_t pool, int64_t crews) {
    pool_list(cascade, pool);
    cascade->pools[pool].crews_more += crews;
}

/* ---- Jobs ---- */

static void job_begin_work(struct cascade *cascade, uint32_t asset) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    asset_touch(cascade, asset);
    state->job = JOB_WORKING;
    state->job_from_tick = cascade->tick;
    state->job_tick = cascade_after(cascade, cascade_draw_ms(cascade, what->repair, what->hash,
                                                             CHANCE_REPAIR, &state->repair_draws));
    asset_schedule(cascade, asset);
}

/* What damage and the loss of control have in common. */
static void job_queue(struct cascade *cascade, uint32_t asset) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    if (cascade->network->laws[what->repair].kind == LAW_NONE || state->job == JOB_QUEUED) {
        return;
    }
    if (state->job == JOB_WORKING || what->pool == NETWORK_NO_INDEX) {
        job_begin_work(cascade, asset);
        return;
    }
    state->job = JOB_QUEUED;
    state->job_tick = cascade->tick;
    pool_add_job(cascade, what->pool, asset);
}

void asset_damage(struct cascade *cascade, uint32_t asset, int64_t amount_ppm, uint32_t root) {
    struct asset_state *const state = &cascade->assets[asset];
    if (amount_ppm >= SPILL_PPM - state->health_loss_ppm) {
        return;
    }
    asset_evaluate_later(cascade, asset);
    state->health_loss_ppm = (int32_t)(SPILL_PPM - amount_ppm);
    state->health_root = root;
    root_reach(cascade, root, cascade->network->assets[asset].country);
    asset_end_life(cascade, asset);
    job_queue(cascade, asset);
}

void asset_lose_control(struct cascade *cascade, uint32_t asset, uint32_t root) {
    struct asset_state *const state = &cascade->assets[asset];
    asset_evaluate_later(cascade, asset);
    state->control_lost = true;
    state->control_root = root;
    job_queue(cascade, asset);
}

void asset_set_priority(struct cascade *cascade, uint32_t asset, int64_t priority) {
    struct asset_state *const state = &cascade->assets[asset];
    asset_touch(cascade, asset);
    state->priority = priority;
    if (state->job == JOB_QUEUED) {
        const uint32_t pool = cascade->network->assets[asset].pool;
        uint32_t *const queue = pool_queue(cascade, pool);
        pool_rise(cascade, queue, state->crew_place - 1);
        pool_sink(cascade, queue, cascade->pools[pool].queue_count, state->crew_place - 1);
    }
}

static void asset_repaired(struct cascade *cascade, uint32_t asset) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    state->health_loss_ppm = 0;
    state->health_root = 0;
    state->control_lost = false;
    state->control_root = 0;
    state->job = JOB_NONE;
    state->job_tick = 0;
    state->job_from_tick = 0;
    if (what->pool != NETWORK_NO_INDEX) {
        pool_list(cascade, what->pool);
        cascade->pools[what->pool].crews_busy--;
    }
    asset_rebuilt(cascade, asset);
    asset_begin_life(cascade, asset);
}

void asset_due(struct cascade *cascade, uint32_t asset) {
    struct asset_state *const state = &cascade->assets[asset];
    asset_evaluate_later(cascade, asset);
    if (state->job == JOB_WORKING && state->job_tick == cascade->tick) {
        asset_repaired(cascade, asset);
    }
    /* A restart that is due needs nothing but the evaluation. */
    if (state->manual == MANUAL_WAITING && state->manual_until_tick == cascade->tick) {
        state->manual = MANUAL_ON;
        state->manual_from_tick = 0;
        state->manual_until_tick = 0;
    }
}

void asset_schedule(struct cascade *cascade, uint32_t asset) {
    const struct asset_state *const state = &cascade->assets[asset];
    int64_t due_tick = state->wake_tick > cascade->tick ? state->wake_tick : SPILL_NEVER;
    if (state->job == JOB_WORKING && state->job_tick > cascade->tick &&
        state->job_tick < due_tick) {
        due_tick = state->job_tick;
    }
    if (state->restart_until_tick > cascade->tick && state->restart_until_tick < due_tick) {
        due_tick = state->restart_until_tick;
    }
    if (state->manual == MANUAL_WAITING && state->manual_until_tick > cascade->tick &&
        state->manual_until_tick < due_tick) {
        due_tick = state->manual_until_tick;
    }
    if (due_tick == SPILL_NEVER) {
        cascade_end_timer(cascade, ENTITY_ASSET, asset);
    } else {
        cascade_set_timer(cascade, ENTITY_ASSET, asset, due_tick);
    }
}

void cascade_assign_crews(struct cascade *cascade) {
    for (size_t i = 0; i < cascade->pool_list_count; i++) {
        const uint32_t pool = cascade->pool_list[i];
        cascade->pools[pool].listed = false;
        while (cascade->pools[pool].queue_count > 0 && pool_free_crews(cascade, pool) > 0) {
            cascade->pools[pool].crews_busy++;
            job_begin_work(cascade, pool_take_job(cascade, pool));
        }
    }
    cascade->pool_list_count = 0;
}
