/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"
#include "coordinator/cascade/team.h"

/*
 * Evaluating an asset reads and writes the asset, its needs and their backups only, so that the
 * assets of a round could be evaluated in any order or at once. asset_commit then tells the rest of
 * the world, one asset at a time.
 */

int64_t cascade_demand(const struct cascade *cascade, uint32_t country, uint32_t surge) {
    return surge == NETWORK_NO_SURGE
               ? SPILL_PPM
               : SPILL_PPM + cascade->demand_more[country * cascade->network->surge_count + surge];
}

/* ---- Needs ---- */

/* The level of a need that no loss of control takes away. */
static int64_t need_level_ppm(struct cascade *cascade, uint32_t need) {
    struct need_state *const state = &cascade->needs[need];
    const struct network_need *const what = &cascade->network->needs[need];
    if (state->stale) {
        if (what->fraction != 0) {
            need_draw_fraction(cascade, need);
        }
        const int64_t allowed_ppm = need_allows(cascade, need, need_arrives(cascade, need));
        state->stale = false;
        state->unsettled = state->unsettled || SPILL_PPM - allowed_ppm != state->allowed_loss_ppm;
        state->allowed_loss_ppm = (int32_t)(SPILL_PPM - allowed_ppm);
    }
    const int64_t allowed_ppm = SPILL_PPM - state->allowed_loss_ppm;
    if (what->first_backup == what[1].first_backup) {
        return allowed_ppm;
    }
    if (state->unsettled) {
        state->unsettled = false;
        return backups_settle(cascade, need, allowed_ppm);
    }
    return state->on ? cascade->network->backups[what->first_backup + state->active - 1].level_ppm
                     : allowed_ppm;
}

/* Brings the levels of an asset's needs up to date; true if one of them changed. */
static bool asset_evaluate_needs(struct cascade *cascade, uint32_t asset) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    const bool control_lost = cascade->assets[asset].control_lost;
    bool changed = false;
    for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
        struct need_state *const state = &cascade->needs[need];
        const int64_t level_ppm = control_lost && cascade->network->needs[need].control
                                      ? 0
                                      : need_level_ppm(cascade, need);
        changed = changed || SPILL_PPM - level_ppm != state->level_loss_ppm;
        state->level_loss_ppm = (int32_t)(SPILL_PPM - level_ppm);
    }
    return changed;
}

/* The level of a need as its asset's service uses it. */
static int64_t need_used_ppm(const struct cascade *cascade, uint32_t need, bool raised) {
    const struct network_need *const what = &cascade->network->needs[need];
    const int64_t level_ppm = SPILL_PPM - cascade->needs[need].level_loss_ppm;
    if (what->black_start && cascade->assets[what->asset].start_latched) {
        return SPILL_PPM;
    }
    const int64_t manual_ppm = cascade->network->assets[what->asset].manual_ppm;
    return raised && what->manual_fallback && level_ppm < manual_ppm ? manual_ppm : level_ppm;
}

static int64_t asset_used_health_ppm(const struct cascade *cascade, uint32_t asset, bool raised) {
    const int64_t health_ppm = SPILL_PPM - cascade->assets[asset].health_loss_ppm;
    const int64_t manual_ppm = cascade->network->assets[asset].manual_ppm;
    return raised && health_ppm < manual_ppm ? manual_ppm : health_ppm;
}

/* ---- Service ---- */

/* Whether the asset is down, whole and allowed to start without what it needs. */
static bool asset_may_black_start(const struct cascade *cascade, uint32_t asset) {
    const struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    if (what->black_start == BLACK_START_NONE || state->start_latched ||
        state->service_loss_ppm != SPILL_PPM || state->health_loss_ppm != 0 ||
        (what->black_start == BLACK_START_ORDERED && !state->start_ordered)) {
        return false;
    }
    for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
        if (cascade->network->needs[need].black_start && cascade->needs[need].level_loss_ppm > 0) {
            return true;
        }
    }
    return false;
}

static void asset_black_start(struct cascade *cascade, uint32_t asset) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    if (state->start_latched) {
        bool needed = false;
        for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
            needed = needed || (cascade->network->needs[need].black_start &&
                                cascade->needs[need].level_loss_ppm > 0);
        }
        if (state->health_loss_ppm > 0 || !needed) {
            state->start_latched = false;
            state->start_ordered = false;
        }
    }
    if (cascade->round == 0 && asset_may_black_start(cascade, asset)) {
        state->start_latched = true;
    }
}

/* Health and needs combined. */
static int64_t asset_combine(const struct cascade *cascade, uint32_t asset, bool raised) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    int64_t x = asset_used_health_ppm(cascade, asset, raised);
    for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
        const int64_t level_ppm = need_used_ppm(cascade, need, raised);
        switch ((enum combination)what->combination) {
        case COMBINE_MIN:
            x = level_ppm < x ? level_ppm : x;
            break;
        case COMBINE_PRODUCT:
            x = x * level_ppm / SPILL_PPM;
            break;
        case COMBINE_LINEAR:
            x -= SPILL_PPM - level_ppm;
            break;
        }
    }
    return x > 0 ? x : 0;
}

static void asset_manual(struct cascade *cascade, uint32_t asset, int64_t unassisted_ppm) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    if (unassisted_ppm >= what->manual_ppm) {
        if (state->manual != MANUAL_OFF) {
            state->manual = MANUAL_OFF;
            state->manual_from_tick = 0;
            state->manual_until_tick = 0;
            state->manual_ordered = false;
        }
    } else if (state->manual == MANUAL_OFF && (what->manual_automatic || state->manual_ordered)) {
        state->manual = MANUAL_WAITING;
        state->manual_from_tick = cascade->tick;
        state->manual_until_tick =
            cascade_after(cascade, cascade_draw_ms(cascade, what->manual_delay, what->hash,
                                                   CHANCE_MANUAL, &state->manual_draws));
    }
}

/* The share of demand that an asset can meet. */
static int64_t asset_demand_share(const struct cascade *cascade, uint32_t asset) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    if (what->surge == NETWORK_NO_SURGE) {
        return SPILL_PPM;
    }
    const int64_t share_ppm =
        what->headroom_ppm * SPILL_PPM / cascade_demand(cascade, what->country, what->surge);
    return share_ppm < SPILL_PPM ? share_ppm : SPILL_PPM;
}

/* The service that health, needs, orders, demand and the layer allow. */
static int64_t asset_allowed_ppm(struct cascade *cascade, uint32_t asset) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    struct asset_state *const state = &cascade->assets[asset];
    const int64_t cap_ppm = SPILL_PPM - state->cap_loss_ppm;
    int64_t x = asset_combine(cascade, asset, false);
    if (what->manual_ppm > 0) {
        asset_manual(cascade, asset, x < cap_ppm ? x : cap_ppm);
        if (state->manual == MANUAL_ON) {
            const int64_t assisted_ppm = asset_combine(cascade, asset, true);
            x = assisted_ppm > x ? assisted_ppm : x;
        }
    }
    x = x < cap_ppm ? x : cap_ppm;
    x = x * asset_demand_share(cascade, asset) / SPILL_PPM;
    return what->node == NETWORK_NO_INDEX ? x : node_limit(cascade, what->node, x);
}

static void asset_end_restart(struct asset_state *state) {
    state->restart_from_tick = 0;
    state->restart_until_tick = 0;
}

static void asset_restart(struct cascade *cascade, uint32_t asset, int64_t x) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    const int64_t service_ppm = SPILL_PPM - state->service_loss_ppm;
    if (cascade->network->laws[what->restart].kind == LAW_NONE || state->manual == MANUAL_ON) {
        return;
    }
    if (x <= service_ppm) {
        asset_end_restart(state);
    } else if (service_ppm < SPILL_FAILED_BELOW && state->restart_until_tick == 0) {
        state->restart_from_tick = cascade->tick;
        state->restart_until_tick =
            cascade_after(cascade, cascade_draw_ms(cascade, what->restart, what->hash,
                                                   CHANCE_RESTART, &state->restart_draws));
    }
}

/* Whether a restart keeps the service from rising. */
static bool asset_is_held(const struct cascade *cascade, const struct asset_state *state) {
    return state->restart_until_tick > cascade->tick && state->manual != MANUAL_ON &&
           SPILL_PPM - state->service_loss_ppm < SPILL_FAILED_BELOW;
}

/* Lets the service of an asset with a lag go a step towards x, or says when to look again. True if
 * it moved, or is x. */
static bool asset_follow(struct cascade *cascade, uint32_t asset, int64_t x) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    const int64_t service_ppm = SPILL_PPM - state->service_loss_ppm;
    const int64_t dwell_ticks = x > service_ppm ? cascade->network->dwell_ticks : 1;
    const int64_t wait_ticks = dwell_ticks > what->lag_ticks ? dwell_ticks : what->lag_ticks;
    const int64_t may_move = state->changed == 0 ? 0 : state->changed - 1 + wait_ticks;
    if (cascade->round > 0 || cascade->tick < may_move) {
        state->wake_tick = may_move > cascade->tick ? may_move : cascade->tick + 1;
        return false;
    }
    const int64_t gap_ppm = x > service_ppm ? x - service_ppm : service_ppm - x;
    const int64_t step_ppm = (gap_ppm * what->lag_ppm + SPILL_PPM - 1) / SPILL_PPM;
    state->service_loss_ppm += (int32_t)(x > service_ppm ? -step_ppm : step_ppm);
    state->changed = cascade->tick + 1;
    if (step_ppm < gap_ppm) {
        state->wake_tick = cascade->tick + wait_ticks;
    }
    return true;
}

/* Lets the service fall or rise to x, or says when to look again. True if it is x now, or moved
 * towards it. */
static bool asset_move(struct cascade *cascade, uint32_t asset, int64_t x) {
    struct asset_state *const state = &cascade->assets[asset];
    const int64_t service_ppm = SPILL_PPM - state->service_loss_ppm;
    state->wake_tick = 0;
    if (x == service_ppm) {
        return true;
    }
    if (cascade->network->assets[asset].lag_ppm > 0) {
        return asset_follow(cascade, asset, x);
    }
    if (x > service_ppm) {
        const int64_t may_rise =
            state->changed == 0 ? 0 : state->changed - 1 + cascade->network->dwell_ticks;
        if (asset_is_held(cascade, state)) {
            return false; /* The end of the restart is an event. */
        }
        if (cascade->round > 0 || cascade->tick < may_rise) {
            state->wake_tick = may_rise > cascade->tick ? may_rise : cascade->tick + 1;
            return false;
        }
        asset_end_restart(state);
    }
    state->service_loss_ppm = (int32_t)(SPILL_PPM - x);
    state->changed = cascade->tick + 1;
    return true;
}

/* ---- What binds ---- */

struct candidate {
    enum limit_kind limit;
    uint32_t need; /* + 1. */
    int64_t loss_ppm;
};

/* Whether a limit is to be preferred to the best so far: limits are offered in the order health,
 * needs, cap, demand, layer. */
static bool candidate_wins(const struct cascade *cascade, const struct asset_state *state,
                           const struct candidate *candidate, const struct candidate *best) {
    if (candidate->loss_ppm != best->loss_ppm) {
        return candidate->loss_ppm > best->loss_ppm;
    }
    if (candidate->limit == (enum limit_kind)state->bound && candidate->need == state->bound_need) {
        return true;
    }
    if (best->limit == (enum limit_kind)state->bound && best->need == state->bound_need) {
        return false;
    }
    return candidate->limit == LIMIT_NEED && best->limit == LIMIT_NEED &&
           cascade->network->needs[candidate->need - 1].hash <
               cascade->network->needs[best->need - 1].hash;
}

static struct candidate asset_find_limit(const struct cascade *cascade, uint32_t asset,
                                         bool raised) {
    const struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    struct candidate best = {.limit = LIMIT_HEALTH,
                             .loss_ppm = SPILL_PPM - asset_used_health_ppm(cascade, asset, raised)};
    for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
        const struct candidate candidate = {.limit = LIMIT_NEED,
                                            .need = need + 1,
                                            .loss_ppm =
                                                SPILL_PPM - need_used_ppm(cascade, need, raised)};
        if (candidate_wins(cascade, state, &candidate, &best)) {
            best = candidate;
        }
    }
    const struct candidate cap = {.limit = LIMIT_CAP, .loss_ppm = state->cap_loss_ppm};
    if (candidate_wins(cascade, state, &cap, &best)) {
        best = cap;
    }
    const struct candidate demand = {.limit = LIMIT_DEMAND,
                                     .loss_ppm = SPILL_PPM - asset_demand_share(cascade, asset)};
    if (candidate_wins(cascade, state, &demand, &best)) {
        best = demand;
    }
    if (what->node == NETWORK_NO_INDEX) {
        return best;
    }
    const struct candidate layer = {.limit = LIMIT_LAYER,
                                    .loss_ppm = cascade->node_losses[what->node]};
    return candidate_wins(cascade, state, &layer, &best) ? layer : best;
}

static struct binding asset_find_binding(const struct cascade *cascade, uint32_t asset) {
    const struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    if (state->service_loss_ppm == 0) {
        return (struct binding){.limit = LIMIT_NONE};
    }
    const struct candidate found =
        asset_find_limit(cascade, asset, what->manual_ppm > 0 && state->manual == MANUAL_ON);
    if (found.loss_ppm == 0) {
        SPILL_ASSERT(what->lag_ppm > 0); /* Nothing binds any more; its service follows. */
        return (struct binding){(enum limit_kind)state->bound, state->bound_need, state->bound_link,
                                state->bound_root};
    }
    struct binding binding = {.limit = found.limit, .need = found.need};
    switch (found.limit) {
    case LIMIT_HEALTH:
        binding.root = state->health_root;
        break;
    case LIMIT_NEED:
        if (state->control_lost && cascade->network->needs[found.need - 1].control) {
            binding.root = state->control_root;
        } else {
            binding.link = need_binding_link(
                cascade, found.need - 1, state->bound_need == found.need ? state->bound_link : 0);
            SPILL_ASSERT(binding.link != 0);
            binding.root = cascade->links[binding.link - 1].root;
        }
        break;
    case LIMIT_CAP:
        binding.root = state->cap_root;
        break;
    case LIMIT_DEMAND:
        binding.root = cascade->countries[what->country].demand_root;
        break;
    case LIMIT_LAYER:
        binding.root = cascade->nodes[what->node].root;
        break;
    case LIMIT_NONE:
        break;
    }
    SPILL_ASSERT(binding.root != 0);
    return binding;
}

/* ---- One asset ---- */

/* The rest of an evaluation, when the needs' levels are known. */
static struct outcome asset_evaluate(struct cascade *cascade, uint32_t asset) {
    struct asset_state *const state = &cascade->assets[asset];
    struct outcome outcome = {
        .evaluated = true,
        .asset = asset_now(cascade, asset),
        .before = {(enum limit_kind)state->bound, state->bound_need, state->bound_link,
                   state->bound_root},
    };
    asset_black_start(cascade, asset);
    const int64_t x = asset_allowed_ppm(cascade, asset);
    SPILL_ASSERT(x >= 0);
    SPILL_ASSERT(x <= SPILL_PPM);
    asset_restart(cascade, asset, x);
    if (asset_move(cascade, asset, x)) {
        const struct binding now = asset_find_binding(cascade, asset);
        outcome.recorded = state->service_loss_ppm != outcome.asset.service_loss_ppm ||
                           now.limit != outcome.before.limit || now.need != outcome.before.need ||
                           now.link != outcome.before.link || now.root != outcome.before.root;
        state->bound = (uint8_t)now.limit;
        state->bound_need = now.need;
        state->bound_link = now.link;
        state->bound_root = now.root;
    }
    if (asset_may_black_start(cascade, asset)) {
        state->wake_tick = cascade->tick + 1;
    }
    return outcome;
}

/* Whether a backup of a need expired or failed to start. */
static bool need_backup_ended(const struct cascade *cascade, uint32_t need) {
    const struct network_need *const what = &cascade->network->needs[need];
    for (uint32_t index = what->first_backup; index < what[1].first_backup; index++) {
        if (cascade->backups[index].failed ||
            cascade->backups[index].charge_loss_ppm == SPILL_PPM) {
            return true;
        }
    }
    return false;
}

/* The record of what came before the change of an asset. */
static uint64_t asset_parent_record(const struct cascade *cascade, uint32_t asset) {
    const struct asset_state *const state = &cascade->assets[asset];
    if (state->bound == LIMIT_LAYER) {
        return cascade->node_records[cascade->network->assets[asset].node];
    }
    return state->bound_link == 0 ? 0 : cascade->link_records[state->bound_link - 1];
}

static void asset_record(struct cascade *cascade, uint32_t asset, const struct outcome *outcome) {
    const struct asset_state *const state = &cascade->assets[asset];
    struct cause_record record = {
        .number = ++cascade->record_count,
        .parent = asset_parent_record(cascade, asset),
        .at_ms = cascade_tick_ms(cascade),
        .round = cascade->round,
        .asset = {asset},
        .before_ppm = SPILL_PPM - outcome->asset.service_loss_ppm,
        .after_ppm = SPILL_PPM - state->service_loss_ppm,
        .limit = (enum limit_kind)state->bound,
        .need = {state->bound_need - 1},
        .link = {state->bound_link - 1},
        .root = {state->bound_root == 0 ? NETWORK_NO_INDEX
                                        : cascade->roots[state->bound_root - 1].number - 1},
        .backup_ended = state->bound_need != 0 && need_backup_ended(cascade, state->bound_need - 1),
    };
    SPILL_ASSERT(record.parent < record.number);
    cascade->asset_records[asset] = record.number;
    cascade->on_cause(&record, cascade->context);
}

/* Timers of needs that an evaluation moved. */
static void asset_commit_needs(struct cascade *cascade, uint32_t asset) {
    const struct network_asset *const what = &cascade->network->assets[asset];
    for (uint32_t need = what->first_need; need < what[1].first_need; need++) {
        if (cascade->needs[need].moved) {
            need_schedule(cascade, need);
        }
    }
}

/* The service of an asset, or what binds it, is another. */
static void asset_commit_change(struct cascade *cascade, uint32_t asset,
                                const struct outcome *outcome) {
    struct asset_state *const state = &cascade->assets[asset];
    const struct network_asset *const what = &cascade->network->assets[asset];
    state->bound_since = cascade->tick + 1;
    asset_tally(cascade, asset, outcome->asset.service_loss_ppm, outcome->before.link,
                outcome->before.root);
    if (cascade->on_cause != NULL) {
        asset_record(cascade, asset, outcome);
    }
    for (uint32_t i = what->first_out; i < what[1].first_out; i++) {
        link_offer(cascade, cascade->network->out_links[i]);
    }
}

static void asset_commit(struct cascade *cascade, uint32_t asset, const struct outcome *outcome) {
    asset_commit_needs(cascade, asset);
    if (!outcome->evaluated) {
        return;
    }
    asset_mark_as(cascade, &outcome->asset);
    asset_schedule(cascade, asset);
    if (outcome->recorded) {
        asset_commit_change(cascade, asset, outcome);
    }
    if (cascade->network->layer_count > 0) {
        asset_tell_layers(cascade, asset, outcome->asset.service_loss_ppm);
    }
}

/* All of one asset that concerns nobody else. */
static struct outcome asset_evaluate_all(struct cascade *cascade, uint32_t asset) {
    const bool whole = (cascade->asset_flags[asset] & ASSET_WHOLE) != 0;
    cascade->asset_flags[asset] &= (uint8_t) ~(ASSET_LISTED | ASSET_WHOLE);
    const bool changed = asset_evaluate_needs(cascade, asset);
    if (!whole && !changed && cascade->assets[asset].service_loss_ppm == 0) {
        return (struct outcome){.evaluated = false};
    }
    return asset_evaluate(cascade, asset);
}

/* Many assets at once: each thread writes its own assets and outcomes; what they do to the rest of
 * the world is then done in the order of the list, as if they had been evaluated one after another.
 * Nobody reads another asset's state while evaluating (RULES.md, section 6), so it is the same. */
static void evaluate_by_team(struct cascade *cascade, const uint32_t *list, size_t count) {
    struct outcome *const outcomes = cascade->outcomes;
#pragma omp parallel for default(none) shared(cascade, list, outcomes, count) schedule(static)
    for (size_t i = 0; i < count; i++) {
        outcomes[i] = asset_evaluate_all(cascade, list[i]);
    }
    for (size_t i = 0; i < count; i++) {
        asset_commit(cascade, list[i], &outcomes[i]);
    }
}

void cascade_evaluate(struct cascade *cascade) {
    uint32_t *const list = cascade->evaluate;
    const size_t count = cascade->evaluate_count;
    cascade->evaluate = cascade->evaluating;
    cascade->evaluating = list;
    cascade->evaluate_count = 0;
    if (cascade->on_cause != NULL) {
        cascade_sort_assets(list, cascade->sort_spare, count); /* The order of records. */
    }
    if (count >= team_grain()) {
        evaluate_by_team(cascade, list, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct outcome outcome = asset_evaluate_all(cascade, list[i]);
        asset_commit(cascade, list[i], &outcome);
    }
}
