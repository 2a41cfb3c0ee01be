/* SPDX-License-Identifier: Apache-2.0 */
/* The part of world about its rules: when they are looked at, and when they fire. */
#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/world_parts.h"

void world_rules_start(struct world *world) {
    world->rules_read = 0;
    world->live_count = world->script->rule_count;
    for (uint32_t i = 0; i < world->script->rule_count; i++) {
        const struct script_rule *const rule = &world->script->rules[i];
        world->rules[i] = (struct world_rule){.when = rule->when,
                                              .at_ms = rule->at_ms,
                                              .hold_ms = rule->hold_ms,
                                              .times_max = rule->times_max,
                                              .reads = rule->reads,
                                              .since_ms = -1,
                                              .turn_ms = SPILL_NEVER};
        world->live_rules[i] = i;
        world->rules_read |= rule->reads;
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

/* Looks at one rule, if it has any reason to; returns whether it fires now. */
static bool world_look(struct world *world, struct world_rule *rule) {
    const int64_t now_ms = world->now_ms;
    if (now_ms < rule->at_ms) {
        return false;
    }
    if (!rule->known || (world->changes & rule->reads) != 0 || now_ms >= rule->turn_ms) {
        const bool holds = rule->when == NULL || condition_true(rule->when, world_read, world);
        if (!holds) {
            rule->since_ms = -1;
            rule->spent = false;
        } else if (rule->since_ms < 0) {
            rule->since_ms = now_ms;
        }
        rule->known = true;
        rule->turn_ms = rule->when != NULL ? world_turn_ms(rule->when, now_ms) : SPILL_NEVER;
    }
    return !rule->spent && rule->since_ms >= 0 && now_ms - rule->since_ms >= rule->hold_ms;
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

/* When a rule wants to be looked at though nothing else happens; not rounded to a tick. */
static int64_t world_rule_next_ms(const struct world *world, const struct world_rule *rule) {
    if (world->now_ms < rule->at_ms) {
        return rule->at_ms;
    }
    if (rule->since_ms < 0 || rule->spent) {
        return rule->turn_ms;
    }
    const int64_t held_ms = rule->since_ms + rule->hold_ms;
    return world_min(rule->turn_ms, held_ms > world->now_ms ? held_ms : world->now_ms + 1);
}

/* Fires those that are ready; returns when one of them wants to be looked at again. */
static int64_t world_fire_ready(struct world *world, size_t ready_count) {
    int64_t next_ms = SPILL_NEVER;
    bool ended = false;
    for (size_t i = 0; i < ready_count; i++) {
        const uint32_t index = world->ready_rules[i];
        const struct world_rule *const rule = &world->rules[index];
        if (world_fire(world, index)) {
            world->changes |= READS_FIRED;
        }
        if (rule->fired_count < rule->times_max) {
            next_ms = world_min(next_ms, world_rule_next_ms(world, rule));
        } else {
            ended = true;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; ended && i < world->live_count; i++) {
        const struct world_rule *const rule = &world->rules[world->live_rules[i]];
        if (rule->fired_count < rule->times_max) {
            world->live_rules[kept++] = world->live_rules[i];
        }
    }
    world->live_count = ended ? kept : world->live_count;
    return next_ms;
}

void world_rules_run(struct world *world) {
    if ((world->changes & world->rules_read) == 0 && world->now_ms < world->rules_next_ms) {
        world->changes = 0;
        return;
    }
    size_t ready_count = 0;
    int64_t next_ms = SPILL_NEVER;
    for (size_t i = 0; i < world->live_count; i++) {
        struct world_rule *const rule = &world->rules[world->live_rules[i]];
        if (world_look(world, rule)) {
            world->ready_rules[ready_count++] = world->live_rules[i];
        } else {
            next_ms = world_min(next_ms, world_rule_next_ms(world, rule));
        }
    }
    /* What happens from here on is seen in the next tick. */
    world->changes = 0;
    if (ready_count > 0) {
        next_ms = world_min(next_ms, world_fire_ready(world, ready_count));
    }
    next_ms = world_tick_of(world, next_ms);
    if ((world->changes & world->rules_read) != 0) {
        next_ms = world_min(next_ms, world->now_ms + world->tick_ms);
    }
    world->rules_next_ms = next_ms;
}
