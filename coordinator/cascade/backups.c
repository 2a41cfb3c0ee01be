/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* Everything here changes only the need, its backups and their draws; need_schedule brings the
 * queue up to date. */

int64_t backup_autonomy_ticks(const struct cascade *cascade, int64_t drawn_ms, int64_t charge_ppm,
                              int64_t demand_ppm) {
    /* Ten years in ms times a million fit 63 bits. */
    const int64_t lasts_ms = drawn_ms * charge_ppm / SPILL_PPM * SPILL_PPM / demand_ppm;
    const int64_t ticks = cascade_ticks(cascade, lasts_ms);
    return ticks > 1 ? ticks : 1;
}

static int64_t need_demand(const struct cascade *cascade, uint32_t need) {
    const struct network_need *const what = &cascade->network->needs[need];
    return cascade_demand(cascade, cascade->network->assets[what->asset].country, what->surge);
}

/* The active backup of a need, as its number. */
static uint32_t need_active_backup(const struct cascade *cascade, uint32_t need) {
    SPILL_ASSERT(cascade->needs[need].active != 0);
    return cascade->network->needs[need].first_backup + cascade->needs[need].active - 1;
}

static void backup_go_on(struct cascade *cascade, uint32_t need) {
    struct need_state *const state = &cascade->needs[need];
    const uint32_t index = need_active_backup(cascade, need);
    const struct network_backup *const what = &cascade->network->backups[index];
    struct backup_state *const backup = &cascade->backups[index];
    const int64_t drawn_ms = cascade_draw_ms(cascade, what->autonomy, what->hash, CHANCE_AUTONOMY,
                                             &backup->autonomy_draws);
    state->on = true;
    state->start_loss_ppm = backup->charge_loss_ppm;
    state->from_tick = cascade->tick;
    state->until_tick = cascade->tick + backup_autonomy_ticks(cascade, drawn_ms,
                                                              SPILL_PPM - backup->charge_loss_ppm,
                                                              need_demand(cascade, need));
    state->moved = true;
}

/* What is left of the charge of a backup that is on. */
static int64_t need_charge_left(const struct cascade *cascade, const struct need_state *state) {
    SPILL_ASSERT(state->on);
    SPILL_ASSERT(state->until_tick > state->from_tick);
    const int64_t start_ppm = SPILL_PPM - state->start_loss_ppm;
    return start_ppm * (state->until_tick - cascade->tick) / (state->until_tick - state->from_tick);
}

static void need_none_active(struct need_state *state) {
    state->active = 0;
    state->on = false;
    state->start_loss_ppm = 0;
    state->from_tick = 0;
    state->until_tick = 0;
    state->moved = true;
}

static void backup_stop(struct cascade *cascade, uint32_t need) {
    struct need_state *const state = &cascade->needs[need];
    const uint32_t index = need_active_backup(cascade, need);
    if (state->on) {
        cascade->backups[index].charge_loss_ppm =
            (int32_t)(SPILL_PPM - need_charge_left(cascade, state));
    }
    need_none_active(state);
}

/* Begins or ends the recharge of a backup that is not active. */
static void backup_rest(struct cascade *cascade, uint32_t need, uint32_t index,
                        int64_t allowed_ppm) {
    const struct network_backup *const what = &cascade->network->backups[index];
    struct backup_state *const backup = &cascade->backups[index];
    if (allowed_ppm >= what->level_ppm) {
        backup->failed = false;
        if (backup->charge_loss_ppm > 0 &&
            cascade->network->laws[what->recharge].kind != LAW_NONE &&
            backup->recharge_until_tick == 0) {
            backup->recharge_from_tick = cascade->tick;
            backup->recharge_until_tick =
                cascade_after(cascade, cascade_draw_ms(cascade, what->recharge, what->hash,
                                                       CHANCE_RECHARGE, &backup->recharge_draws));
            cascade->needs[need].moved = true;
        }
    } else if (backup->recharge_until_tick != 0) {
        const int64_t gained_ppm = backup->charge_loss_ppm *
                                   (cascade->tick - backup->recharge_from_tick) /
                                   (backup->recharge_until_tick - backup->recharge_from_tick);
        backup->charge_loss_ppm -= (int32_t)gained_ppm;
        backup->recharge_from_tick = 0;
        backup->recharge_until_tick = 0;
        cascade->needs[need].moved = true;
    }
}

/* Tries one backup; true if it is active now. */
static bool backup_start(struct cascade *cascade, uint32_t need, uint32_t index) {
    struct need_state *const state = &cascade->needs[need];
    const struct network_backup *const what = &cascade->network->backups[index];
    struct backup_state *const backup = &cascade->backups[index];
    if (what->start_failure_ppm > 0) {
        const uint32_t draw = cascade_draw(cascade, what->hash, CHANCE_START, &backup->start_draws);
        if (chance_event(draw, what->start_failure_ppm)) {
            backup->failed = true;
            return false;
        }
    }
    state->active = (uint8_t)(index - cascade->network->needs[need].first_backup + 1);
    state->moved = true;
    const int64_t gap_ticks = cascade_ticks(
        cascade, cascade_draw_ms(cascade, what->gap, what->hash, CHANCE_GAP, &backup->gap_draws));
    if (gap_ticks == 0) {
        backup_go_on(cascade, need);
    } else {
        state->on = false;
        state->from_tick = cascade->tick;
        state->until_tick = cascade->tick + gap_ticks;
    }
    return true;
}

int64_t backups_settle(struct cascade *cascade, uint32_t need, int64_t allowed_ppm) {
    const struct network *const network = cascade->network;
    const uint32_t first = network->needs[need].first_backup;
    const uint32_t end = network->needs[need + 1].first_backup;
    struct need_state *const state = &cascade->needs[need];
    if (state->active != 0 &&
        allowed_ppm >= network->backups[need_active_backup(cascade, need)].level_ppm) {
        backup_stop(cascade, need);
    }
    for (uint32_t index = first; index < end; index++) {
        if (state->active == 0 || index != need_active_backup(cascade, need)) {
            backup_rest(cascade, need, index, allowed_ppm);
        }
    }
    for (uint32_t index = first; index < end && state->active == 0; index++) {
        const struct backup_state *const backup = &cascade->backups[index];
        if (allowed_ppm < network->backups[index].level_ppm && !backup->failed &&
            backup->charge_loss_ppm < SPILL_PPM) {
            (void)backup_start(cascade, need, index);
        }
    }
    if (!state->on) {
        return allowed_ppm;
    }
    const int64_t level_ppm = network->backups[need_active_backup(cascade, need)].level_ppm;
    SPILL_ASSERT(level_ppm > allowed_ppm);
    return level_ppm;
}

void need_due(struct cascade *cascade, uint32_t need) {
    struct need_state *const state = &cascade->needs[need];
    const struct network_need *const what = &cascade->network->needs[need];
    asset_supply_later(cascade, what->asset);
    state->moved = true;
    state->unsettled = true;
    if (state->active != 0 && state->until_tick == cascade->tick) {
        if (state->on) {
            cascade->backups[need_active_backup(cascade, need)].charge_loss_ppm =
                (int32_t)SPILL_PPM;
            need_none_active(state);
        } else {
            backup_go_on(cascade, need);
        }
    }
    for (uint32_t index = what->first_backup; index < what[1].first_backup; index++) {
        struct backup_state *const backup = &cascade->backups[index];
        if (backup->recharge_until_tick == cascade->tick && backup->recharge_until_tick != 0) {
            backup->charge_loss_ppm = 0;
            backup->recharge_from_tick = 0;
            backup->recharge_until_tick = 0;
        }
    }
}

void need_schedule(struct cascade *cascade, uint32_t need) {
    struct need_state *const state = &cascade->needs[need];
    const struct network_need *const what = &cascade->network->needs[need];
    int64_t due_tick = state->active != 0 ? state->until_tick : SPILL_NEVER;
    for (uint32_t index = what->first_backup; index < what[1].first_backup; index++) {
        const int64_t until_tick = cascade->backups[index].recharge_until_tick;
        if (until_tick != 0 && until_tick < due_tick) {
            due_tick = until_tick;
        }
    }
    state->moved = false;
    if (due_tick == SPILL_NEVER) {
        cascade_end_timer(cascade, ENTITY_NEED, need);
    } else {
        cascade_set_timer(cascade, ENTITY_NEED, need, due_tick);
    }
}

void need_refuel(struct cascade *cascade, uint32_t need) {
    const struct network_need *const what = &cascade->network->needs[need];
    for (uint32_t index = what->first_backup; index < what[1].first_backup; index++) {
        struct backup_state *const backup = &cascade->backups[index];
        backup->charge_loss_ppm = 0;
        backup->failed = false;
        backup->recharge_from_tick = 0;
        backup->recharge_until_tick = 0;
    }
    cascade->needs[need].moved = true;
    cascade->needs[need].unsettled = true;
    if (cascade->needs[need].on) {
        backup_go_on(cascade, need);
    }
}

void need_rescale(struct cascade *cascade, uint32_t need, int64_t demand_before_ppm,
                  int64_t demand_ppm) {
    struct need_state *const state = &cascade->needs[need];
    if (!state->on) {
        return;
    }
    asset_touch(cascade, cascade->network->needs[need].asset);
    state->start_loss_ppm = (int32_t)(SPILL_PPM - need_charge_left(cascade, state));
    /* Both factors stay below ten years in ms and 21 times full demand. */
    const int64_t left_ticks = (state->until_tick - cascade->tick) * demand_before_ppm / demand_ppm;
    state->from_tick = cascade->tick;
    state->until_tick = cascade->tick + (left_ticks > 1 ? left_ticks : 1);
    need_schedule(cascade, need);
}
