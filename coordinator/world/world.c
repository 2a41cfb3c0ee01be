/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/world.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/world/world_parts.h"

/* ---- Life ---- */

static void world_start(struct world *world, uint64_t seed, uint32_t replica) {
    world->seed = seed;
    world->replica = replica;
    world->now_ms = -1;
    world->ran = false;
    world->escalation = world->script->escalation;
    world->waiting_count = 0;
    world->firing_count = 0;
    world->dropped_count = 0;
    world->sequence = 0;
    world_rules_start(world);
    world_orders_start(world);
    world_reports_start(world);
}

static enum spill_status world_create_parts(struct world *world,
                                            const struct world_options *options) {
    if (options->team != NULL) {
        world->team = spill_alloc(strlen(options->team) + 1, 1);
        if (world->team == NULL) {
            return SPILL_MEMORY;
        }
        strcpy(world->team, options->team);
    }
    const struct cascade_options cascade_options = {.seed = options->seed,
                                                    .replica = options->replica,
                                                    .digests = options->digests,
                                                    .without = options->without,
                                                    .on_cause = options->sink.on_cause,
                                                    .context = options->sink.context};
    enum spill_status status = cascade_create(world->network, &cascade_options, &world->cascade);
    if (status == SPILL_OK) {
        status = levels_create(world->network, NULL, network_asset_count(world->network),
                               &world->levels);
    }
    if (status == SPILL_OK) {
        status = world_orders_create(world);
    }
    if (status == SPILL_OK) {
        status = world_reports_create(world);
    }
    if (status != SPILL_OK) {
        return status;
    }
    const size_t rule_count = world->script->rule_count;
    world->rules = spill_alloc(rule_count, sizeof world->rules[0]);
    world->live_rules = spill_alloc(rule_count, sizeof world->live_rules[0]);
    world->ready_rules = spill_alloc(rule_count, sizeof world->ready_rules[0]);
    return world->rules == NULL || world->live_rules == NULL || world->ready_rules == NULL
               ? SPILL_MEMORY
               : SPILL_OK;
}

enum spill_status world_create(const struct network *network, const struct script *script,
                               const struct world_options *options, struct world **world) {
    SPILL_ASSERT(script->network == network);
    SPILL_ASSERT(options != NULL);
    SPILL_ASSERT(world != NULL);
    struct world *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = network;
    made->script = script;
    made->sink = options->sink;
    made->digests = options->digests;
    made->seed = options->seed;
    made->replica = options->replica;
    made->tick_ms = network_tick_ms(network);
    const enum spill_status status = world_create_parts(made, options);
    if (status != SPILL_OK) {
        world_destroy(&made);
        return status;
    }
    world_start(made, options->seed, options->replica);
    *world = made;
    return SPILL_OK;
}

void world_destroy(struct world **world) {
    SPILL_ASSERT(world != NULL);
    struct world *const made = *world;
    if (made == NULL) {
        return;
    }
    world_reports_destroy(made);
    world_orders_destroy(made);
    free(made->rules);
    free(made->live_rules);
    free(made->ready_rules);
    levels_destroy(&made->levels);
    cascade_destroy(&made->cascade);
    free(made->team);
    free(made);
    *world = NULL;
}

void world_reset(struct world *world, uint64_t seed, uint32_t replica) {
    SPILL_ASSERT(world != NULL);
    levels_reset(world->levels);
    /* The cascade borrows the names of orders, so it goes back first. */
    cascade_reset(world->cascade, seed, replica);
    world_start(world, seed, replica);
}

/* ---- What is on its way ---- */

int64_t world_after_ms(const struct world *world, int64_t from_ms, int64_t duration_ms) {
    SPILL_ASSERT(duration_ms >= 0);
    const int64_t ticks = (duration_ms + world->tick_ms - 1) / world->tick_ms;
    return from_ms + (ticks > 0 ? ticks : 1) * world->tick_ms;
}

int64_t world_tick_of(const struct world *world, int64_t time_ms) {
    if (time_ms > SPILL_NEVER - world->tick_ms) {
        return SPILL_NEVER;
    }
    return (time_ms + world->tick_ms - 1) / world->tick_ms * world->tick_ms;
}

bool world_waits_less(const struct world_waiting *a, const struct world_waiting *b) {
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->sequence < b->sequence;
}

void world_wait(struct world *world, struct world_waiting waiting) {
    size_t i = world->waiting_count++;
    for (; i > 0 && world_waits_less(&waiting, &world->waiting[(i - 1) / 2]); i = (i - 1) / 2) {
        world->waiting[i] = world->waiting[(i - 1) / 2];
    }
    world->waiting[i] = waiting;
}

/* ---- Ticks ---- */

/* Intrusions that were detected, struck or went are reported too, once for each asset. */
static void world_observe_noticed(struct world *world, const struct asset_ref *changed,
                                  size_t changed_count) {
    size_t count = 0;
    const struct asset_ref *const noticed = cascade_noticed(world->cascade, &count);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        while (at < changed_count && changed[at].index < noticed[i].index) {
            at++;
        }
        if (at == changed_count || changed[at].index != noticed[i].index) {
            world_reports_asset(world, noticed[i]);
        }
    }
}

/* Takes in what the cascade's tick changed. */
static void world_observe(struct world *world) {
    size_t count = 0;
    const struct asset_ref *const changed = cascade_changed(world->cascade, &count);
    world_reports_observe(world);
    for (size_t i = 0; i < count; i++) {
        const int64_t service_ppm = cascade_service_ppm(world->cascade, changed[i]);
        world->changes |= levels_set(world->levels, changed[i].index, service_ppm);
        world_reports_asset(world, changed[i]);
    }
    world_observe_noticed(world, changed, count);
    world->changes |= READS_STATE;
    if (count > 0 && world->sink.on_change != NULL) {
        world->sink.on_change(world->now_ms, changed, count, world->sink.context);
    }
}

static void world_tick(struct world *world, int64_t at_ms) {
    SPILL_ASSERT(at_ms > world->now_ms || !world->ran);
    world->now_ms = at_ms;
    world->ran = true;
    world_orders_act(world);
    if (cascade_next_ms(world->cascade) == at_ms) {
        cascade_step(world->cascade);
        world_observe(world);
    }
    world_reports_countries(world);
    world_rules_run(world);
    world_reports_deliver(world);
    world_reports_decide(world);
    world_orders_give(world);
}

int64_t world_now_ms(const struct world *world) {
    return world->now_ms;
}

uint64_t world_seed(const struct world *world) {
    return world->seed;
}

int64_t world_next_ms(const struct world *world) {
    SPILL_ASSERT(world != NULL);
    if (!world->ran) {
        return 0;
    }
    int64_t next_ms = cascade_next_ms(world->cascade);
    next_ms = world_min(next_ms, world->rules_next_ms);
    next_ms = world_min(next_ms, world->mails_next_ms);
    next_ms = world_min(next_ms, world->policies_next_ms);
    if (world->waiting_count > 0) {
        next_ms = world_min(next_ms, world->waiting[0].at_ms);
    }
    if (world->intention_count > 0) {
        next_ms = world_min(next_ms, world->intentions[0].intention.at_ms);
    }
    SPILL_ASSERT(next_ms > world->now_ms);
    return next_ms;
}

void world_advance(struct world *world, int64_t until_ms) {
    SPILL_ASSERT(world != NULL);
    SPILL_ASSERT(until_ms >= world->now_ms);
    SPILL_ASSERT(until_ms % world->tick_ms == 0);
    for (int64_t next_ms = world_next_ms(world); next_ms <= until_ms;
         next_ms = world_next_ms(world)) {
        world_tick(world, next_ms);
    }
    world->now_ms = until_ms;
    cascade_idle(world->cascade, until_ms);
}

/* ---- Reading ---- */

const struct cascade *world_cascade(const struct world *world) {
    return world->cascade;
}

const struct view *world_view(const struct world *world, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < world->script->cell_count);
    return world->mails[cell.index].view;
}

int64_t world_escalation(const struct world *world) {
    return world->escalation;
}

int64_t world_fired_count(const struct world *world, struct rule_ref rule) {
    SPILL_ASSERT(rule.index < world->script->rule_count);
    return world->rules[rule.index].fired_count;
}

int64_t world_cost(const struct world *world, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < world->script->cell_count);
    return world->costs[cell.index];
}

int64_t world_read(enum condition_function function,
                   const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *context) {
    const struct world *const world = context;
    const struct cascade *const cascade = world->cascade;
    const struct asset_ref asset = {arguments[0]};
    const struct country_ref country = {arguments[0]};
    const struct campaign_ref campaign = {arguments[0]};
    const struct country_ref in = {arguments[1]};
    switch (function) {
    case FUNCTION_TIME:
        return world->now_ms < 0 ? 0 : world->now_ms;
    case FUNCTION_SERVICE:
        return levels_service_ppm(world->levels, asset.index);
    case FUNCTION_HEALTH:
        return cascade_health_ppm(cascade, asset);
    case FUNCTION_FAILED:
        return levels_service_ppm(world->levels, asset.index) < SPILL_FAILED_BELOW;
    case FUNCTION_FAILED_COUNT:
        return levels_failed_count(world->levels, arguments[0], arguments[1]);
    case FUNCTION_DEGRADED_COUNT:
        return levels_degraded_count(world->levels, arguments[0], arguments[1]);
    case FUNCTION_LEVEL:
        return levels_mean_ppm(world->levels, arguments[0], arguments[1]);
    case FUNCTION_PEOPLE_WITHOUT:
        return levels_people_without(world->levels, arguments[0], arguments[1]);
    case FUNCTION_INFECTED:
        return cascade_infected_count(cascade, campaign, in);
    case FUNCTION_TRIGGERED:
        return cascade_triggered_count(cascade, campaign, in);
    case FUNCTION_DETECTED:
        return cascade_detected_count(cascade, campaign, in);
    case FUNCTION_TRUST:
        return cascade_trust_ppm(cascade, country);
    case FUNCTION_NARRATIVE:
        return cascade_narrative_ppm(cascade, country);
    case FUNCTION_DEMAND:
        return cascade_demand_ppm(cascade, in, (struct surge_ref){arguments[0]});
    case FUNCTION_ESCALATION:
        return world->escalation;
    case FUNCTION_FIRED:
        return world_fired_count(world, (struct rule_ref){arguments[0]});
    case FUNCTION_ORDERED:
        return world_ordered_count(world, (struct order_ref){arguments[0]},
                                   (struct cell_ref){arguments[1]});
    case FUNCTION_RELEASED:
    case FUNCTION_ACKNOWLEDGED:
    case FUNCTION_ANSWERED:
    case FUNCTION_CHOSE:
    case FUNCTION_SINCE:
        break; /* The exercise knows these. */
    }
    SPILL_ASSERT(false && "a function that a world cannot answer");
    return 0;
}
