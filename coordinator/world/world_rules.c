/* SPDX-License-Identifier: Apache-2.0 */
/* The part of world about its rules: when they are looked at, and when they fire. */
#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/world_parts.h"

void world_rules_start(struct world *world) {
    world->rules_read = 0;
    for (size_t i = 0; i < world->script->rule_count; i++) {
        world->rules[i] = (struct world_rule){.since_ms = -1, .turn_ms = SPILL_NEVER};
        world->rules_read |= world->script->rules[i].reads;
    }
    world->changes = 0;
    world->rules_next_ms = 0;
}

/* The next time after now at which the condition may turn by time alone. */
static int64_t world_turn_ms(const struct condition *when, int64_t now_ms) {
    const int64_t *times_ms = NULL;
    const size_t count = condition_times(when, &times_ms);
    for (size_t i = 0; i < count; i++) {
        if (times_ms[i] > now_ms) {
            return times_ms[i];
        }
    }
    return SPILL_NEVER;
}

/* Looks at one rule, if it has any reason to, and says whether it fires now. */
static void world_look(struct world *world, size_t rule_index) {
    const struct script_rule *const rule = &world->script->rules[rule_index];
    struct world_rule *const state = &world->rules[rule_index];
    const int64_t now_ms = world->now_ms;
    if (!state->known || (world->changes & rule->reads) != 0 || now_ms >= state->turn_ms) {
        const bool holds = rule->when == NULL || condition_true(rule->when, world_read, world);
        if (!holds) {
            state->since_ms = -1;
            state->spent = state->fired_count >= rule->times_max;
        } else if (state->since_ms < 0) {
            state->since_ms = now_ms;
        }
        state->known = true;
        state->turn_ms = rule->when != NULL ? world_turn_ms(rule->when, now_ms) : SPILL_NEVER;
    }
    state->ready =
        !state->spent && state->since_ms >= 0 && now_ms - state->since_ms >= rule->hold_ms;
}

/* Fires, unless too many firings wait already. */
static bool world_fire(struct world *world, uint32_t rule_index) {
    const struct script_rule *const rule = &world->script->rules[rule_index];
    struct world_rule *const state = &world->rules[rule_index];
    if (world->firing_count == WORLD_FIRINGS_MAX) {
        return false;
    }
    int64_t delay_ms = 0;
    if (rule->delay.kind != LAW_NONE) {
        delay_ms =
            law_duration_ms(&rule->delay, chance_draw(world->seed, world->replica, rule->hash,
                                                      CHANCE_EFFECT_DELAY, state->draws++));
    }
    state->fired_count++;
    state->spent = true;
    state->ready = false;
    world->firing_count++;
    world_wait(world,
               (struct world_waiting){.at_ms = world_after_ms(world, world->now_ms, delay_ms),
                                      .sequence = world->sequence++,
                                      .began_ms = world->now_ms,
                                      .rule = rule_index,
                                      .order = NETWORK_NO_INDEX});
    if (world->sink.on_fired != NULL) {
        world->sink.on_fired(world->now_ms, (struct rule_ref){rule_index}, world->sink.context);
    }
    return true;
}

/* When a rule wants to be looked at though nothing else happens. */
static int64_t world_rule_next_ms(const struct world *world, size_t rule_index) {
    const struct script_rule *const rule = &world->script->rules[rule_index];
    const struct world_rule *const state = &world->rules[rule_index];
    if (state->fired_count >= rule->times_max) {
        return SPILL_NEVER;
    }
    if (world->now_ms < rule->at_ms) {
        return world_tick_of(world, rule->at_ms);
    }
    int64_t next_ms = state->turn_ms;
    if (state->since_ms >= 0 && !state->spent) {
        const int64_t held_ms = state->since_ms + rule->hold_ms;
        next_ms = world_min(next_ms, held_ms > world->now_ms ? held_ms : world->now_ms + 1);
    }
    return world_tick_of(world, next_ms);
}

void world_rules_run(struct world *world) {
    if ((world->changes & world->rules_read) == 0 && world->now_ms < world->rules_next_ms) {
        world->changes = 0;
        return;
    }
    const size_t count = world->script->rule_count;
    for (size_t i = 0; i < count; i++) {
        if (world->now_ms >= world->script->rules[i].at_ms &&
            world->rules[i].fired_count < world->script->rules[i].times_max) {
            world_look(world, i);
        }
    }
    /* What happens from here on is seen in the next tick. */
    world->changes = 0;
    int64_t next_ms = SPILL_NEVER;
    for (size_t i = 0; i < count; i++) {
        if (world->rules[i].ready && world_fire(world, (uint32_t)i)) {
            world->changes |= READS_FIRED;
        }
        next_ms = world_min(next_ms, world_rule_next_ms(world, i));
    }
    if ((world->changes & world->rules_read) != 0) {
        next_ms = world_min(next_ms, world->now_ms + world->tick_ms);
    }
    world->rules_next_ms = next_ms;
}
