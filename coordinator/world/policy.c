/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/policy.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/view_parts.h"

/* One target of a rule: an asset of a rule with `each`, else the only one. */
struct policy_target {
    int64_t again_ms; /* Not before. */
    int64_t count;    /* Orders so far. */
};

struct policy_state {
    bool known;       /* The condition was looked at. */
    int64_t since_ms; /* It holds without a break since then; -1: it does not. */
    int64_t turn_ms;  /* Its truth may change by time alone then. */
    uint32_t draws;
    bool fresh;      /* Targets need a look: it began to hold, or there was no room. */
    int64_t rest_ms; /* Earliest again_ms of a target that rests; SPILL_NEVER: none rests. */
    struct policy_target *targets; /* By slot with `each`, else one. */
    uint64_t *spent;               /* With `each`: slots that may not be ordered now or ever. */
    uint32_t *resting; /* With `each`: slots that were ordered and may be again, in any order. */
    size_t resting_count;
};

struct policy {
    const struct script *script;
    struct cell_ref cell;
    const struct script_policy *rules; /* NULL: it does nothing. */
    size_t slot_count;
    int64_t tick_ms;
    uint64_t seed;
    uint32_t replica;
    uint64_t stamp;
    unsigned reads; /* Of all rules together. */
    int64_t next_ms;
    size_t intentions_max;
    struct policy_state *states;
};

static size_t policy_rule_count(const struct policy *policy) {
    return policy->rules != NULL ? policy->rules->rule_count : 0;
}

static size_t policy_words(const struct policy *policy) {
    return (policy->slot_count + 63) / 64;
}

static size_t policy_target_count(const struct policy *policy, size_t rule_index) {
    return policy->rules->rules[rule_index].each ? policy->slot_count : 1;
}

static unsigned policy_state_reads(const struct script_policy_rule *rule) {
    switch (rule->each ? rule->state : WANTED_ANY) {
    case WANTED_ANY:
        return 0;
    case WANTED_DEGRADED:
        return READS_DEGRADED;
    case WANTED_FAILED:
        return READS_FAILED;
    case WANTED_DETECTED:
        return READS_DETECTED;
    }
    return 0;
}

static void policy_start(struct policy *policy) {
    policy->stamp = 0;
    policy->next_ms = 0;
    for (size_t i = 0; i < policy_rule_count(policy); i++) {
        struct policy_state *const state = &policy->states[i];
        state->known = false;
        state->since_ms = -1;
        state->turn_ms = SPILL_NEVER;
        state->draws = 0;
        state->fresh = false;
        state->rest_ms = SPILL_NEVER;
        state->resting_count = 0;
    }
    if (policy->rules == NULL) {
        policy->next_ms = SPILL_NEVER;
    }
}

static enum spill_status policy_create_state(struct policy *policy, size_t rule_index) {
    struct policy_state *const state = &policy->states[rule_index];
    const struct script_policy_rule *const rule = &policy->rules->rules[rule_index];
    const size_t count = policy_target_count(policy, rule_index);
    policy->reads |= rule->reads | policy_state_reads(rule);
    state->targets = spill_alloc(count, sizeof state->targets[0]);
    if (state->targets == NULL) {
        return SPILL_MEMORY;
    }
    if (!rule->each) {
        policy->intentions_max++;
        return SPILL_OK;
    }
    state->spent = spill_alloc(policy_words(policy), sizeof state->spent[0]);
    state->resting = spill_alloc(count, sizeof state->resting[0]);
    if (state->spent == NULL || state->resting == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < policy->slot_count; i++) {
        policy->intentions_max += rule->candidates[i / 64] >> i % 64 & 1;
    }
    return SPILL_OK;
}

enum spill_status policy_create(const struct network *network, const struct script *script,
                                struct cell_ref cell, const char *team, uint64_t seed,
                                uint32_t replica, struct policy **policy) {
    SPILL_ASSERT(script->network == network);
    SPILL_ASSERT(team != NULL);
    SPILL_ASSERT(policy != NULL);
    struct policy *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->script = script;
    made->cell = cell;
    made->rules = script_find_policy(script, cell, team);
    made->slot_count = script->cells[cell.index].visible_count;
    made->tick_ms = network_tick_ms(network);
    made->seed = seed;
    made->replica = replica;
    made->states = spill_alloc(policy_rule_count(made), sizeof made->states[0]);
    enum spill_status status = made->states != NULL ? SPILL_OK : SPILL_MEMORY;
    for (size_t i = 0; i < policy_rule_count(made) && status == SPILL_OK; i++) {
        status = policy_create_state(made, i);
    }
    if (status != SPILL_OK) {
        policy_destroy(&made);
        return status;
    }
    policy_start(made);
    *policy = made;
    return SPILL_OK;
}

void policy_destroy(struct policy **policy) {
    SPILL_ASSERT(policy != NULL);
    struct policy *const made = *policy;
    if (made == NULL) {
        return;
    }
    for (size_t i = 0; made->states != NULL && i < policy_rule_count(made); i++) {
        free(made->states[i].targets);
        free(made->states[i].spent);
        free(made->states[i].resting);
    }
    free(made->states);
    free(made);
    *policy = NULL;
}

void policy_reset(struct policy *policy, uint64_t seed, uint32_t replica) {
    SPILL_ASSERT(policy != NULL);
    policy->seed = seed;
    policy->replica = replica;
    for (size_t i = 0; i < policy_rule_count(policy); i++) {
        struct policy_state *const state = &policy->states[i];
        if (!policy->rules->rules[i].each) {
            state->targets[0] = (struct policy_target){0};
            continue;
        }
        /* A slot is spent from its first order on; only `again` takes it out for a while. */
        for (size_t j = 0; j < policy_words(policy); j++) {
            uint64_t word = policy->rules->rules[i].candidates[j];
            for (uint32_t slot = (uint32_t)j * 64; word != 0; slot++, word >>= 1) {
                if ((word & 1) != 0) {
                    state->targets[slot] = (struct policy_target){0};
                }
            }
            state->spent[j] = 0;
        }
    }
    policy_start(policy);
}

void policy_copy(struct policy *to, const struct policy *from) {
    SPILL_ASSERT(to->rules == from->rules);
    SPILL_ASSERT(to->cell.index == from->cell.index);
    to->seed = from->seed;
    to->replica = from->replica;
    to->stamp = from->stamp;
    to->next_ms = from->next_ms;
    for (size_t i = 0; i < policy_rule_count(from); i++) {
        struct policy_state *const target = &to->states[i];
        const struct policy_state *const source = &from->states[i];
        const size_t count = policy_target_count(from, i);
        memcpy(target->targets, source->targets, count * sizeof target->targets[0]);
        if (from->rules->rules[i].each) {
            memcpy(target->spent, source->spent, policy_words(from) * sizeof target->spent[0]);
            memcpy(target->resting, source->resting,
                   source->resting_count * sizeof target->resting[0]);
        }
        target->resting_count = source->resting_count;
        target->known = source->known;
        target->since_ms = source->since_ms;
        target->turn_ms = source->turn_ms;
        target->draws = source->draws;
        target->fresh = source->fresh;
        target->rest_ms = source->rest_ms;
    }
}

void policy_redraw(struct policy *policy, uint32_t replica) {
    SPILL_ASSERT(policy != NULL);
    policy->replica = replica;
}

/* ---- Deciding ---- */

static int64_t policy_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The next time after now at which the condition may turn by time alone. */
static int64_t policy_turn_ms(const struct condition *when, const struct view *view,
                              int64_t now_ms) {
    const int64_t *times_ms = NULL;
    const size_t time_count = condition_times(when, &times_ms);
    int64_t turn_ms = SPILL_NEVER;
    for (size_t i = 0; i < time_count; i++) {
        if (times_ms[i] > now_ms) {
            turn_ms = times_ms[i];
            break;
        }
    }
    const int64_t *since_ms = NULL;
    const size_t since_count = condition_since(when, &since_ms);
    const struct condition_call *calls = NULL;
    const size_t call_count = since_count > 0 ? condition_calls(when, &calls) : 0;
    for (size_t i = 0; i < call_count; i++) {
        if (calls[i].function != FUNCTION_SINCE ||
            view_released_ms(view, calls[i].arguments[0]) == SPILL_NEVER) {
            continue;
        }
        for (size_t j = 0; j < since_count; j++) {
            const int64_t at_ms = view_released_ms(view, calls[i].arguments[0]) + since_ms[j];
            if (at_ms > now_ms) {
                turn_ms = policy_min(turn_ms, at_ms);
            }
        }
    }
    return turn_ms;
}

static void policy_look(struct policy_state *state, const struct script_policy_rule *rule,
                        const struct view *view, unsigned changes, int64_t now_ms) {
    if (state->known && (changes & rule->reads) == 0 && now_ms < state->turn_ms) {
        return;
    }
    const bool holds = rule->when == NULL || condition_true(rule->when, view_read, view);
    if (holds && state->since_ms < 0) {
        state->since_ms = now_ms;
        state->fresh = true;
    } else if (!holds) {
        state->since_ms = -1;
    }
    state->known = true;
    state->turn_ms = rule->when != NULL ? policy_turn_ms(rule->when, view, now_ms) : SPILL_NEVER;
}

/* The target is ordered at at_ms: it rests, or its orders are used up. */
static void policy_spend(struct policy *policy, size_t rule_index, uint32_t slot, int64_t at_ms) {
    struct policy_state *const state = &policy->states[rule_index];
    const struct script_policy_rule *const rule = &policy->rules->rules[rule_index];
    struct policy_target *const target = &state->targets[slot];
    const int64_t pause_ms =
        rule->again_after_ms > policy->tick_ms ? rule->again_after_ms : policy->tick_ms;
    target->count++;
    target->again_ms = target->count < rule->times_max ? at_ms + pause_ms : SPILL_NEVER;
    state->rest_ms = policy_min(state->rest_ms, target->again_ms);
    if (!rule->each) {
        return;
    }
    const uint64_t bit = UINT64_C(1) << slot % 64;
    const bool rested = (state->spent[slot / 64] & bit) != 0;
    state->spent[slot / 64] |= bit;
    if (target->again_ms != SPILL_NEVER && !rested) {
        SPILL_ASSERT(state->resting_count < policy->slot_count);
        state->resting[state->resting_count++] = slot;
    }
}

/* Lets targets go whose rest is over. */
static void policy_wake(struct policy *policy, size_t rule_index, int64_t now_ms) {
    struct policy_state *const state = &policy->states[rule_index];
    if (now_ms < state->rest_ms) {
        return;
    }
    state->rest_ms = SPILL_NEVER;
    state->fresh = true;
    size_t kept = 0;
    for (size_t i = 0; i < state->resting_count; i++) {
        const uint32_t slot = state->resting[i];
        const int64_t again_ms = state->targets[slot].again_ms;
        if (again_ms <= now_ms) {
            state->spent[slot / 64] &= ~(UINT64_C(1) << slot % 64);
        } else if (again_ms != SPILL_NEVER) {
            state->rest_ms = policy_min(state->rest_ms, again_ms);
            state->resting[kept++] = slot;
        }
    }
    state->resting_count = kept;
}

static struct intention policy_intend(struct policy *policy, size_t rule_index, uint32_t slot,
                                      int64_t now_ms) {
    const struct script_policy_rule *const rule = &policy->rules->rules[rule_index];
    struct policy_state *const state = &policy->states[rule_index];
    int64_t thinking_ms = 0;
    if (rule->thinking.kind != LAW_NONE) {
        thinking_ms =
            law_duration_ms(&rule->thinking, chance_draw(policy->seed, policy->replica, rule->hash,
                                                         CHANCE_POLICY, state->draws++));
    }
    const int64_t ticks = (thinking_ms + policy->tick_ms - 1) / policy->tick_ms;
    struct intention intention = {
        .at_ms = now_ms + ticks * policy->tick_ms, .request = rule->request, .rule = rule->id};
    if (rule->each) {
        intention.request.asset = policy->script->cells[policy->cell.index].visible[slot];
    }
    policy_spend(policy, rule_index, slot, intention.at_ms);
    return intention;
}

static size_t policy_decide_each(struct policy *policy, size_t rule_index, const struct view *view,
                                 int64_t now_ms, struct intention *intentions, size_t capacity) {
    const struct script_policy_rule *const rule = &policy->rules->rules[rule_index];
    struct policy_state *const state = &policy->states[rule_index];
    const uint64_t *const wanted = view_wanted(view, rule->state);
    size_t count = 0;
    for (size_t i = 0; i < policy_words(policy); i++) {
        uint64_t word = rule->candidates[i] & ~state->spent[i];
        word &= wanted != NULL ? wanted[i] : UINT64_MAX;
        for (uint32_t slot = (uint32_t)i * 64; word != 0; slot++, word >>= 1) {
            if ((word & 1) == 0) {
                continue;
            }
            if (count == capacity) {
                return count; /* It stays fresh. */
            }
            intentions[count++] = policy_intend(policy, rule_index, slot, now_ms);
        }
    }
    state->fresh = false;
    return count;
}

static size_t policy_decide_one(struct policy *policy, size_t rule_index, int64_t now_ms,
                                struct intention *intentions, size_t capacity) {
    struct policy_state *const state = &policy->states[rule_index];
    if (state->targets[0].again_ms > now_ms) {
        state->fresh = false;
        return 0;
    }
    if (capacity == 0) {
        return 0;
    }
    intentions[0] = policy_intend(policy, rule_index, 0, now_ms);
    state->fresh = false;
    return 1;
}

static size_t policy_decide_rule(struct policy *policy, size_t rule_index, const struct view *view,
                                 unsigned changes, int64_t now_ms, struct intention *intentions,
                                 size_t capacity) {
    const struct script_policy_rule *const rule = &policy->rules->rules[rule_index];
    struct policy_state *const state = &policy->states[rule_index];
    policy_look(state, rule, view, changes, now_ms);
    policy_wake(policy, rule_index, now_ms);
    state->fresh = state->fresh || (changes & policy_state_reads(rule)) != 0;
    if (state->since_ms < 0 || now_ms - state->since_ms < rule->hold_ms || !state->fresh) {
        return 0;
    }
    return rule->each ? policy_decide_each(policy, rule_index, view, now_ms, intentions, capacity)
                      : policy_decide_one(policy, rule_index, now_ms, intentions, capacity);
}

/* When a rule wants to be looked at though the view stays as it is. */
static int64_t policy_rule_next_ms(const struct policy *policy, size_t rule_index, int64_t now_ms) {
    const struct policy_state *const state = &policy->states[rule_index];
    const int64_t hold_ms = policy->rules->rules[rule_index].hold_ms;
    if (state->since_ms < 0) {
        return state->turn_ms;
    }
    if (now_ms - state->since_ms < hold_ms) {
        return policy_min(state->turn_ms, state->since_ms + hold_ms);
    }
    return state->fresh ? now_ms : policy_min(state->turn_ms, state->rest_ms);
}

size_t policy_decide(struct policy *policy, const struct view *view, int64_t now_ms,
                     struct intention *intentions, size_t capacity) {
    SPILL_ASSERT(policy != NULL);
    SPILL_ASSERT(view != NULL);
    if (policy->rules == NULL) {
        return 0;
    }
    const unsigned changes = view_changes(view, &policy->stamp);
    if ((changes & policy->reads) == 0 && now_ms < policy->next_ms) {
        return 0;
    }
    size_t count = 0;
    int64_t next_ms = SPILL_NEVER;
    for (size_t i = 0; i < policy->rules->rule_count; i++) {
        count += policy_decide_rule(policy, i, view, changes, now_ms, intentions + count,
                                    capacity - count);
        next_ms = policy_min(next_ms, policy_rule_next_ms(policy, i, now_ms));
    }
    policy->next_ms = next_ms;
    SPILL_ASSERT(count <= capacity);
    return count;
}

int64_t policy_next_ms(const struct policy *policy) {
    SPILL_ASSERT(policy != NULL);
    return policy->next_ms;
}

size_t policy_intentions_max(const struct policy *policy) {
    SPILL_ASSERT(policy != NULL);
    return policy->intentions_max;
}

/* ---- What it looks at ---- */

/* Whether a call of a condition depends on reports on an asset. */
static bool policy_call_watches(const struct network *network, const struct condition_call *call,
                                struct asset_ref asset) {
    const uint32_t *const arguments = call->arguments;
    const uint32_t sector = network_asset_sector(network, asset).index;
    const uint32_t country = network_asset_country(network, asset).index;
    switch (call->function) {
    case FUNCTION_SERVICE:
    case FUNCTION_FAILED:
        return arguments[0] == asset.index;
    case FUNCTION_FAILED_COUNT:
    case FUNCTION_DEGRADED_COUNT:
    case FUNCTION_LEVEL:
    case FUNCTION_PEOPLE_WITHOUT:
        return (arguments[0] == CONDITION_EVERY || arguments[0] == sector) &&
               (arguments[1] == CONDITION_EVERY || arguments[1] == country);
    case FUNCTION_INFECTED:
    case FUNCTION_TRIGGERED:
    case FUNCTION_DETECTED:
        return (arguments[1] == CONDITION_EVERY || arguments[1] == country) &&
               network_campaign_reaches(network, (struct campaign_ref){arguments[0]}, asset);
    default:
        return false; /* Not about assets. */
    }
}

static bool policy_is_target(const struct network *network, struct asset_ref asset) {
    for (uint32_t i = 0; i < network_campaign_count(network); i++) {
        if (network_campaign_reaches(network, (struct campaign_ref){i}, asset)) {
            return true;
        }
    }
    return false;
}

/* Whether a rule with `each` waits for the state of an asset. */
static bool policy_state_watches(const struct network *network,
                                 const struct script_policy_rule *rule, uint32_t slot,
                                 struct asset_ref asset) {
    if (!rule->each || (rule->candidates[slot / 64] >> slot % 64 & 1) == 0) {
        return false;
    }
    switch (rule->state) {
    case WANTED_ANY:
        return false;
    case WANTED_DEGRADED:
    case WANTED_FAILED:
        return true;
    case WANTED_DETECTED:
        return policy_is_target(network, asset);
    }
    return true;
}

static void policy_watch_countries(const struct script_cell *cell,
                                   const struct condition_call *call, uint64_t *countries) {
    if (call->function == FUNCTION_TRUST) {
        countries[call->arguments[0] / 64] |= UINT64_C(1) << call->arguments[0] % 64;
    } else if (call->function == FUNCTION_ESCALATION) {
        /* Every report on a country tells it. */
        for (size_t i = 0; i < SPILL_COUNTRIES_MAX / 64; i++) {
            countries[i] |= cell->countries[i];
        }
    }
}

void policy_watch(const struct policy *policy, uint64_t *slots, uint64_t *countries) {
    SPILL_ASSERT(policy != NULL);
    const struct network *const network = policy->script->network;
    const struct script_cell *const cell = &policy->script->cells[policy->cell.index];
    for (size_t i = 0; i < policy_rule_count(policy); i++) {
        const struct script_policy_rule *const rule = &policy->rules->rules[i];
        const struct condition_call *calls = NULL;
        const size_t call_count = rule->when != NULL ? condition_calls(rule->when, &calls) : 0;
        for (size_t j = 0; j < call_count; j++) {
            policy_watch_countries(cell, &calls[j], countries);
        }
        for (uint32_t slot = 0; slot < policy->slot_count; slot++) {
            const struct asset_ref asset = cell->visible[slot];
            bool watched = policy_state_watches(network, rule, slot, asset);
            for (size_t j = 0; j < call_count && !watched; j++) {
                watched = policy_call_watches(network, &calls[j], asset);
            }
            slots[slot / 64] |= (uint64_t)watched << slot % 64;
        }
    }
}

/* ---- Orders given by other means ---- */

static bool policy_same_target(const struct order_request *a, const struct order_request *b,
                               bool each) {
    return a->order.index == b->order.index && (each || a->asset.index == b->asset.index) &&
           a->tag.index == b->tag.index && a->country.index == b->country.index &&
           a->other_country.index == b->other_country.index && a->pool.index == b->pool.index &&
           a->other_pool.index == b->other_pool.index;
}

void policy_note(struct policy *policy, const struct order_request *request, int64_t at_ms) {
    SPILL_ASSERT(policy != NULL);
    SPILL_ASSERT(request != NULL);
    for (size_t i = 0; i < policy_rule_count(policy); i++) {
        const struct script_policy_rule *const rule = &policy->rules->rules[i];
        if (!policy_same_target(request, &rule->request, rule->each)) {
            continue;
        }
        uint32_t slot = 0;
        if (rule->each) {
            slot = script_slot(policy->script, policy->cell, request->asset);
            if (slot == NETWORK_NO_INDEX || (rule->candidates[slot / 64] >> slot % 64 & 1) == 0) {
                continue;
            }
        }
        policy_spend(policy, i, slot, at_ms);
    }
}
