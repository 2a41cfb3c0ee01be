/* SPDX-License-Identifier: Apache-2.0 */
/* The part of world about orders: given, waiting, acting; and effects of rules, which act the same
 * way. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/world_parts.h"

enum spill_status world_orders_create(struct world *world) {
    const struct script *const script = world->script;
    world->waiting =
        spill_alloc((size_t)WORLD_ORDERS_MAX + WORLD_FIRINGS_MAX, sizeof world->waiting[0]);
    world->orders = spill_alloc(WORLD_ORDERS_MAX, sizeof world->orders[0]);
    world->order_names = spill_alloc(WORLD_ORDERS_MAX, sizeof world->order_names[0]);
    world->ordered =
        spill_alloc(script->order_count * (script->cell_count + 1), sizeof world->ordered[0]);
    world->costs = spill_alloc(script->cell_count, sizeof world->costs[0]);
    return world->waiting == NULL || world->orders == NULL || world->order_names == NULL ||
                   world->ordered == NULL || world->costs == NULL
               ? SPILL_MEMORY
               : SPILL_OK;
}

void world_orders_destroy(struct world *world) {
    free(world->waiting);
    free(world->orders);
    free(world->order_names);
    free(world->ordered);
    free(world->costs);
}

/* How often a cell gave an order. */
static int64_t *world_ordered(const struct world *world, uint32_t order, uint32_t cell) {
    const size_t row = world->script->cell_count + 1;
    SPILL_ASSERT(order < world->script->order_count);
    SPILL_ASSERT(cell < row);
    return &world->ordered[order * row + cell];
}

void world_orders_start(struct world *world) {
    const uint32_t every = (uint32_t)world->script->cell_count;
    for (size_t i = 0; i < world->order_count; i++) {
        const struct world_order *const order = &world->orders[i];
        *world_ordered(world, order->request.order.index, order->cell.index) = 0;
        *world_ordered(world, order->request.order.index, every) = 0;
        world->costs[order->cell.index] = 0;
    }
    world->order_count = 0;
    world->intention_count = 0;
}

/* ---- Giving ---- */

bool world_may_order(const struct world *world, struct cell_ref cell,
                     const struct order_request *request, struct spill_error *error) {
    SPILL_ASSERT(world != NULL);
    return script_check_order(world->script, cell, request, error) == SPILL_OK;
}

/* Keeps an accepted order, and counts it. */
static struct world_order *world_accept(struct world *world, struct cell_ref cell,
                                        const struct order_request *request) {
    const struct script *const script = world->script;
    int64_t *const count = world_ordered(world, request->order.index, cell.index);
    const size_t number = world->order_count++;
    char *const name = world->order_names[number];
    const int name_bytes =
        snprintf(name, WORLD_ORDER_NAME_BYTES, "%s/%s#%" PRId64, script->cells[cell.index].id,
                 script->orders[request->order.index].id, *count + 1);
    SPILL_ASSERT(name_bytes < WORLD_ORDER_NAME_BYTES);
    struct world_order *const order = &world->orders[number];
    *order = (struct world_order){
        .cell = cell, .request = *request, .given_ms = world->now_ms, .name = name};
    ++*count;
    ++*world_ordered(world, request->order.index, (uint32_t)script->cell_count);
    world->costs[cell.index] += script->orders[request->order.index].cost;
    return order;
}

/* Those who may want to know of it look at it in the next tick. */
static void world_tell_ordered(struct world *world, struct cell_ref cell, struct order_ref order) {
    const int64_t next_ms =
        world_after_ms(world, world->now_ms < 0 ? -world->tick_ms : world->now_ms, 0);
    world->changes |= READS_ORDERED;
    if ((world->rules_read & READS_ORDERED) != 0) {
        world->rules_next_ms = world_min(world->rules_next_ms, next_ms);
    }
    const struct world_mail *const mail = &world->mails[cell.index];
    if (mail->view != NULL) {
        view_ordered(mail->view, order);
    }
    if (mail->policy != NULL) {
        world_reports_wake(world, cell.index, next_ms);
    }
}

enum spill_status world_order(struct world *world, struct cell_ref cell,
                              const struct order_request *request, uint32_t *number,
                              int64_t *acts_at_ms, struct spill_error *error) {
    SPILL_ASSERT(world != NULL);
    const enum spill_status status = script_check_order(world->script, cell, request, error);
    if (status != SPILL_OK) {
        return status;
    }
    if (world->order_count == WORLD_ORDERS_MAX) {
        return spill_fail(error, SPILL_LIMIT, "more than %d orders in one exercise",
                          WORLD_ORDERS_MAX);
    }
    const struct law_spec *const latency = &world->script->orders[request->order.index].latency;
    const uint32_t occurrence = (uint32_t)*world_ordered(world, request->order.index, cell.index);
    int64_t latency_ms = 0;
    if (latency->kind != LAW_NONE) {
        const uint64_t hash = world->script->cells[cell.index].order_hash[request->order.index];
        latency_ms = law_duration_ms(latency, chance_draw(world->seed, world->replica, hash,
                                                          CHANCE_ORDER_LATENCY, occurrence));
    }
    struct world_order *const order = world_accept(world, cell, request);
    const int64_t from_ms = world->now_ms < 0 ? -world->tick_ms : world->now_ms;
    order->acts_at_ms = world_after_ms(world, from_ms, latency_ms);
    world_wait(world, (struct world_waiting){.at_ms = order->acts_at_ms,
                                             .sequence = world->sequence++,
                                             .began_ms = from_ms,
                                             .rule = NETWORK_NO_INDEX,
                                             .order = (uint32_t)(order - world->orders)});
    world_tell_ordered(world, cell, request->order);
    if (number != NULL) {
        *number = (uint32_t)(order - world->orders);
    }
    if (acts_at_ms != NULL) {
        *acts_at_ms = order->acts_at_ms;
    }
    return SPILL_OK;
}

int64_t world_dropped_count(const struct world *world) {
    return world->dropped_count;
}

size_t world_order_count(const struct world *world) {
    return world->order_count;
}

struct world_order_facts world_order_at(const struct world *world, uint32_t number) {
    SPILL_ASSERT(number < world->order_count);
    const struct world_order *const order = &world->orders[number];
    return (struct world_order_facts){.cell = order->cell,
                                      .request = order->request,
                                      .given_ms = order->given_ms,
                                      .acts_at_ms = order->acts_at_ms,
                                      .name = order->name};
}

int64_t world_ordered_count(const struct world *world, struct order_ref order,
                            struct cell_ref cell) {
    const uint32_t every = (uint32_t)world->script->cell_count;
    return *world_ordered(world, order.index, cell.index == CONDITION_EVERY ? every : cell.index);
}

/* ---- Acting ---- */

/* Fills in what the effect leaves to the target. */
static struct action world_complete(const struct world *world, const struct script_effect *effect,
                                    const struct world_order *order) {
    struct action action = effect->action;
    const struct order_request *const request = &order->request;
    const enum target_kind target = world->script->orders[request->order.index].target;
    if ((effect->missing & FIELD_ASSET) != 0) {
        action.asset = request->asset;
    }
    if ((effect->missing & FIELD_COUNTRY) != 0) {
        action.country = target == TARGET_ASSET
                             ? network_asset_country(world->network, request->asset)
                         : request->country.index == NETWORK_NO_INDEX
                             ? world->script->cells[order->cell.index].country
                             : request->country;
    }
    if ((effect->missing & FIELD_OTHER_COUNTRY) != 0) {
        action.other_country = request->other_country;
    }
    if ((effect->missing & FIELD_TAG) != 0) {
        action.tag = request->tag;
    }
    if ((effect->missing & FIELD_POOL) != 0) {
        action.pool = request->pool;
    }
    if ((effect->missing & FIELD_OTHER_POOL) != 0) {
        action.other_pool = request->other_pool;
    }
    if (effect->requested) {
        action.amount_ppm = request->amount;
        action.count = request->amount;
    }
    return action;
}

/* One effect acts now. */
static void world_act(struct world *world, const struct world_waiting *waiting,
                      const struct script_effect *effect) {
    const struct world_order *const order =
        waiting->order != NETWORK_NO_INDEX ? &world->orders[waiting->order] : NULL;
    if (effect->kind == EFFECT_ESCALATE) {
        world->escalation +=
            order != NULL && effect->requested ? order->request.amount : effect->steps;
        world->changes |= READS_STATE;
        return;
    }
    struct action action = order != NULL ? world_complete(world, effect, order) : effect->action;
    action.root_kind = order != NULL ? "order" : "effect";
    action.root_id = order != NULL ? order->name : world->script->rules[waiting->rule].id;
    if (cascade_act(world->cascade, world->now_ms, &action) != SPILL_OK) {
        world->dropped_count++;
    }
}

static void world_waiting_pop(struct world *world) {
    SPILL_ASSERT(world->waiting_count > 0);
    struct world_waiting *const heap = world->waiting;
    const struct world_waiting last = heap[--world->waiting_count];
    size_t i = 0;
    for (size_t child = 1; child < world->waiting_count; child = 2 * i + 1) {
        if (child + 1 < world->waiting_count && world_waits_less(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!world_waits_less(&heap[child], &last)) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
}

/* The first that waits acts. */
static void world_act_first(struct world *world) {
    const struct world_waiting first = world->waiting[0];
    const struct script *const script = world->script;
    world_waiting_pop(world);
    const struct script_effect *effects = NULL;
    size_t effect_count = 0;
    if (first.order != NETWORK_NO_INDEX) {
        const struct world_order *const given = &world->orders[first.order];
        const struct script_order *const order = &script->orders[given->request.order.index];
        effects = order->effects;
        effect_count = order->effect_count;
        if (world->sink.on_acted != NULL) {
            world->sink.on_acted(world->now_ms, given->cell, first.order, world->sink.context);
        }
    } else {
        SPILL_ASSERT(world->firing_count > 0);
        world->firing_count--;
        effects = script->rules[first.rule].effects;
        effect_count = script->rules[first.rule].effect_count;
    }
    for (size_t i = 0; i < effect_count; i++) {
        world_act(world, &first, &effects[i]);
    }
}

void world_orders_act(struct world *world) {
    while (world->waiting_count > 0 && world->waiting[0].at_ms <= world->now_ms) {
        SPILL_ASSERT(world->waiting[0].at_ms == world->now_ms);
        world_act_first(world);
    }
}

/* ---- Intentions of policies ---- */

static bool world_intends_less(const struct world_intention *a, const struct world_intention *b) {
    if (a->intention.at_ms != b->intention.at_ms) {
        return a->intention.at_ms < b->intention.at_ms;
    }
    return a->cell != b->cell ? a->cell < b->cell : a->sequence < b->sequence;
}

void world_orders_intend(struct world *world, uint32_t cell, const struct intention *intention) {
    SPILL_ASSERT(world->intention_count < world->intention_capacity);
    const struct world_intention added = {*intention, cell, world->sequence++};
    struct world_intention *const heap = world->intentions;
    size_t i = world->intention_count++;
    for (; i > 0 && world_intends_less(&added, &heap[(i - 1) / 2]); i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }
    heap[i] = added;
}

static struct world_intention world_intention_pop(struct world *world) {
    SPILL_ASSERT(world->intention_count > 0);
    struct world_intention *const heap = world->intentions;
    const struct world_intention first = heap[0];
    const struct world_intention last = heap[--world->intention_count];
    size_t i = 0;
    for (size_t child = 1; child < world->intention_count; child = 2 * i + 1) {
        if (child + 1 < world->intention_count &&
            world_intends_less(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!world_intends_less(&heap[child], &last)) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

void world_orders_give(struct world *world) {
    while (world->intention_count > 0 && world->intentions[0].intention.at_ms <= world->now_ms) {
        const struct world_intention due = world_intention_pop(world);
        SPILL_ASSERT(due.intention.at_ms == world->now_ms);
        /* The script was checked, so only the limit of orders can refuse it; then it is not given.
         */
        const enum spill_status status = world_order(world, (struct cell_ref){due.cell},
                                                     &due.intention.request, NULL, NULL, NULL);
        SPILL_ASSERT(status != SPILL_REFUSED);
    }
}
