/* SPDX-License-Identifier: Apache-2.0 */
/* Injects, their deliveries and expectations: three of the four state machines, and what is due.
 * EXERCISE.md says the rules. */
#include <string.h>

#include "coordinator/exercise/exercise_parts.h"

#define STATE(state) (1U << (state))

bool run_state_may_follow(enum run_state before, enum run_state after) {
    static const unsigned next[RUN_STATE_COUNT] = {
        [RUN_WAITING] = STATE(RUN_ARMED) | STATE(RUN_HELD) | STATE(RUN_RELEASED) |
                        STATE(RUN_SKIPPED) | STATE(RUN_CANCELLED) | STATE(RUN_SUPERSEDED) |
                        STATE(RUN_EXPIRED),
        [RUN_ARMED] = STATE(RUN_WAITING) | STATE(RUN_PROPOSED) | STATE(RUN_HELD) |
                      STATE(RUN_RELEASED) | STATE(RUN_SKIPPED) | STATE(RUN_CANCELLED) |
                      STATE(RUN_SUPERSEDED) | STATE(RUN_EXPIRED),
        [RUN_PROPOSED] = STATE(RUN_WAITING) | STATE(RUN_HELD) | STATE(RUN_RELEASED) |
                         STATE(RUN_SKIPPED) | STATE(RUN_CANCELLED) | STATE(RUN_SUPERSEDED) |
                         STATE(RUN_EXPIRED),
        [RUN_HELD] = STATE(RUN_WAITING) | STATE(RUN_RELEASED) | STATE(RUN_SKIPPED) |
                     STATE(RUN_CANCELLED) | STATE(RUN_SUPERSEDED) | STATE(RUN_EXPIRED),
        [RUN_RELEASED] = STATE(RUN_CLOSED),
    };
    return (next[before] & STATE(after)) != 0;
}

bool delivery_state_may_follow(enum delivery_state before, enum delivery_state after) {
    if (after == DELIVERY_QUEUED) {
        return before == DELIVERY_NONE || before == DELIVERY_UNDELIVERABLE;
    }
    if (after == DELIVERY_UNDELIVERABLE) {
        return before == DELIVERY_QUEUED;
    }
    return before != DELIVERY_NONE && after > before;
}

bool expectation_state_may_follow(enum expectation_state before, enum expectation_state after) {
    static const unsigned next[EXPECTATION_STATE_COUNT] = {
        [EXPECTATION_NONE] = STATE(EXPECTATION_OPEN),
        [EXPECTATION_OPEN] = STATE(EXPECTATION_MET) | STATE(EXPECTATION_PARTLY) |
                             STATE(EXPECTATION_LATE) | STATE(EXPECTATION_MISSED) |
                             STATE(EXPECTATION_NOT_OBSERVED),
        [EXPECTATION_MISSED] = STATE(EXPECTATION_LATE),
    };
    return (next[before] & STATE(after)) != 0;
}

/* ---- Finding ---- */

uint32_t exercise_inject_rank(const struct exercise *exercise, const char *id) {
    size_t low = 0;
    size_t high = exercise->planned_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(exercise->injects[middle].facts->id, id);
        if (order == 0) {
            return (uint32_t)middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = exercise->planned_count; i < exercise->inject_count; i++) {
        if (strcmp(exercise->injects[i].facts->id, id) == 0) {
            return (uint32_t)i;
        }
    }
    return EXERCISE_NONE;
}

struct exercise_inject *exercise_inject_of(struct exercise *exercise, const char *id) {
    const uint32_t rank = exercise_inject_rank(exercise, id);
    return rank == EXERCISE_NONE ? NULL : &exercise->injects[rank];
}

struct exercise_delivery *exercise_delivery_of(struct exercise *exercise,
                                               const struct exercise_inject *inject,
                                               struct cell_ref cell) {
    for (size_t i = 0; i < inject->facts->to_count; i++) {
        if (inject->facts->to[i].index == cell.index) {
            return &exercise->deliveries[inject->first_delivery + i];
        }
    }
    return NULL;
}

/* ---- Conditions ---- */

/* Whether a cell (or every receiver) came so far with an inject, and chose so, if option is not -1.
 */
static bool exercise_did(const struct exercise *exercise, uint32_t at, uint32_t cell,
                         enum delivery_state state, int64_t option) {
    const struct exercise_inject *const inject = &exercise->injects[at];
    bool any = false;
    for (size_t i = 0; i < inject->facts->to_count; i++) {
        const struct exercise_delivery *const delivery =
            &exercise->deliveries[inject->first_delivery + i];
        if (cell != CONDITION_EVERY && delivery->cell.index != cell) {
            continue;
        }
        if (delivery->state < state || (option >= 0 && delivery->option != option)) {
            return false;
        }
        any = true;
    }
    return any;
}

static int64_t exercise_read_ordered(const struct exercise *exercise, uint32_t order,
                                     uint32_t cell) {
    int64_t count = 0;
    for (uint32_t i = 0; i < exercise->cell_count; i++) {
        if (cell == CONDITION_EVERY || cell == i) {
            count += world_ordered_count(exercise->world, (struct order_ref){order},
                                         (struct cell_ref){i});
        }
    }
    return count;
}

int64_t exercise_read(enum condition_function function,
                      const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *context) {
    const struct exercise *const exercise = context;
    switch (function) {
    case FUNCTION_TIME:
        return exercise->now_ms;
    case FUNCTION_ORDERED:
        return exercise_read_ordered(exercise, arguments[0], arguments[1]);
    case FUNCTION_RELEASED:
        return exercise->injects[arguments[0]].released_ms >= 0;
    case FUNCTION_SINCE:
        return exercise->injects[arguments[0]].released_ms < 0
                   ? -1
                   : exercise->now_ms - exercise->injects[arguments[0]].released_ms;
    case FUNCTION_ACKNOWLEDGED:
        return exercise_did(exercise, arguments[0], arguments[1], DELIVERY_ACKNOWLEDGED, -1);
    case FUNCTION_ANSWERED:
        return exercise_did(exercise, arguments[0], arguments[1], DELIVERY_ANSWERED, -1);
    case FUNCTION_CHOSE:
        return exercise_did(exercise, arguments[0], arguments[1], DELIVERY_ANSWERED, arguments[2]);
    default:
        return world_read(function, arguments, exercise->world);
    }
}

static bool exercise_holds(const struct exercise *exercise, const struct condition *condition) {
    return condition == NULL || condition_true(condition, exercise_read, exercise);
}

/* a + b, where either may be SPILL_NEVER. */
static int64_t exercise_later(int64_t a_ms, int64_t b_ms) {
    return a_ms > SPILL_NEVER - b_ms ? SPILL_NEVER : a_ms + b_ms;
}

static int64_t exercise_min(int64_t a_ms, int64_t b_ms) {
    return a_ms < b_ms ? a_ms : b_ms;
}

/* The next time after now at which a condition may turn by time alone. */
static int64_t exercise_turn_ms(const struct exercise *exercise,
                                const struct condition *condition) {
    if (condition == NULL) {
        return SPILL_NEVER;
    }
    int64_t turn_ms = SPILL_NEVER;
    const int64_t *times_ms = NULL;
    const size_t time_count = condition_times(condition, &times_ms);
    for (size_t i = 0; i < time_count; i++) {
        if (times_ms[i] > exercise->now_ms) {
            turn_ms = exercise_min(turn_ms, times_ms[i]);
        }
    }
    const int64_t *since_ms = NULL;
    const size_t since_count = condition_since(condition, &since_ms);
    const struct condition_call *calls = NULL;
    const size_t call_count = since_count > 0 ? condition_calls(condition, &calls) : 0;
    for (size_t i = 0; i < call_count; i++) {
        if (calls[i].function != FUNCTION_SINCE) {
            continue;
        }
        const int64_t released_ms = exercise->injects[calls[i].arguments[0]].released_ms;
        for (size_t j = 0; released_ms >= 0 && j < since_count; j++) {
            const int64_t at_ms = exercise_later(released_ms, since_ms[j]);
            if (at_ms > exercise->now_ms) {
                turn_ms = exercise_min(turn_ms, at_ms);
            }
        }
    }
    return turn_ms;
}

/* ---- When something is due by time alone ---- */

/* When a proposed inject goes out though nobody decided on it. */
static int64_t exercise_passes_ms(const struct exercise_inject *inject) {
    return inject->facts->unattended == UNATTENDED_PASS
               ? exercise_later(inject->proposed_ms, inject->facts->unattended_ms)
               : SPILL_NEVER;
}

int64_t exercise_due_ms(const struct exercise *exercise, const struct exercise_inject *inject) {
    const struct inject *const facts = inject->facts;
    int64_t due_ms = SPILL_NEVER;
    switch (inject->state) {
    case RUN_WAITING:
        return inject->planned_ms;
    case RUN_ARMED:
        due_ms = exercise_turn_ms(exercise, facts->when);
        if (inject->holds_ms >= 0) {
            return exercise_min(due_ms, exercise_later(inject->holds_ms, facts->hold_ms));
        }
        return exercise_min(due_ms, exercise_later(inject->armed_ms, facts->expires_ms));
    case RUN_PROPOSED:
        return exercise_passes_ms(inject);
    default:
        return SPILL_NEVER;
    }
}

static int64_t exercise_expectation_due_ms(const struct exercise *exercise,
                                           const struct exercise_inject *inject) {
    if (inject->expectation != EXPECTATION_OPEN && inject->expectation != EXPECTATION_MISSED) {
        return SPILL_NEVER;
    }
    const int64_t turn_ms = exercise_turn_ms(exercise, inject->facts->expected);
    return inject->expectation == EXPECTATION_OPEN ? exercise_min(turn_ms, inject->expected_by_ms)
                                                   : turn_ms;
}

int64_t exercise_find_next_ms(struct exercise *exercise) {
    if (exercise->people_stale || exercise->people_next_ms <= exercise->now_ms) {
        int64_t next_ms = SPILL_NEVER;
        for (size_t i = 0; i < exercise->inject_count; i++) {
            const struct exercise_inject *const inject = &exercise->injects[i];
            next_ms = exercise_min(next_ms, exercise_due_ms(exercise, inject));
            next_ms = exercise_min(next_ms, exercise_expectation_due_ms(exercise, inject));
        }
        if (next_ms != SPILL_NEVER) {
            /* On the tick at or after it. What is due now has been looked at, so it is later. */
            const int64_t tick_ms = exercise->tick_ms;
            next_ms = (next_ms + tick_ms - 1) / tick_ms * tick_ms;
            next_ms = next_ms > exercise->now_ms ? next_ms : exercise->now_ms + tick_ms;
        }
        exercise->people_next_ms = next_ms;
        exercise->people_stale = false;
    }
    return exercise_next_ms(exercise);
}

/* ---- Changes ---- */

void exercise_change(struct exercise *exercise, struct exercise_inject *inject,
                     enum run_state state, enum change_why why, const struct who *who,
                     const char *text) {
    const enum run_state before = inject->state;
    SPILL_ASSERT(state == before || run_state_may_follow(before, state));
    inject->state = state;
    exercise->people_stale = true;
    exercise_touch_inject(exercise, inject);
    struct output output = {.kind = OUTPUT_INJECT,
                            .inject = {.who = *who,
                                       .inject = inject->facts->id,
                                       .before = before,
                                       .after = state,
                                       .why = why,
                                       .due_ms = exercise_due_ms(exercise, inject),
                                       .text = text}};
    exercise_say(exercise, &output);
}

static void exercise_expect(struct exercise *exercise, struct exercise_inject *inject,
                            enum expectation_state state) {
    const enum expectation_state before = inject->expectation;
    SPILL_ASSERT(expectation_state_may_follow(before, state));
    inject->expectation = state;
    if (state == EXPECTATION_MET || state == EXPECTATION_LATE) {
        inject->expected_at_ms = exercise->now_ms;
    }
    exercise->people_stale = true;
    exercise_touch_expectation(exercise, inject);
    struct output output = {.kind = OUTPUT_EXPECTATION,
                            .expectation = {.inject = inject->facts->id,
                                            .before = before,
                                            .after = state,
                                            .due_ms = inject->expected_by_ms}};
    exercise_say(exercise, &output);
}

enum delivery_state exercise_delivery_done(const struct inject *facts) {
    if (facts->option_count > 0) {
        return DELIVERY_ANSWERED;
    }
    return facts->acknowledge ? DELIVERY_ACKNOWLEDGED : DELIVERY_DELIVERED;
}

static void exercise_say_delivery(struct exercise *exercise,
                                  const struct exercise_delivery *delivery,
                                  enum delivery_state before, const struct input *input) {
    const bool answer = input != NULL && input->kind == INPUT_ANSWERED;
    struct output output = {.kind = OUTPUT_DELIVERY,
                            .delivery = {.inject = exercise->injects[delivery->inject].facts->id,
                                         .cell = exercise->cells[delivery->cell.index].id,
                                         .before = before,
                                         .after = delivery->state,
                                         .option = answer ? input->answer.option : "",
                                         .decision = answer ? input->answer.decision : "",
                                         .rationale = answer ? input->answer.rationale : ""}};
    exercise_say(exercise, &output);
}

/* The inject goes to one of its receivers. */
static void exercise_deliver(struct exercise *exercise, struct exercise_inject *inject,
                             struct exercise_delivery *delivery) {
    struct exercise_cell *const cell = &exercise->cells[delivery->cell.index];
    const enum delivery_state done = exercise_delivery_done(inject->facts);
    /* Checked when the exercise was made, and by AD_HOC. */
    SPILL_ASSERT(inject->facts->tlp <= cell->cast->clearance);
    SPILL_ASSERT(delivery->state == DELIVERY_NONE);
    exercise_tell_inject(exercise, delivery->cell, inject);
    delivery->state = DELIVERY_QUEUED;
    delivery->sequence = cell->sequence;
    delivery->next = EXERCISE_NONE;
    const uint32_t at = (uint32_t)(delivery - exercise->deliveries);
    if (cell->last_queued == EXERCISE_NONE) {
        cell->first_queued = at;
    } else {
        exercise->deliveries[cell->last_queued].next = at;
    }
    cell->last_queued = at;
    cell->unread_count++;
    cell->awaited_count += done > DELIVERY_DELIVERED;
    exercise_touch_delivery(exercise, delivery);
    exercise_say_delivery(exercise, delivery, DELIVERY_NONE, NULL);
}

void exercise_release(struct exercise *exercise, struct exercise_inject *inject,
                      enum change_why why, const struct who *who, const char *text) {
    const struct inject *const facts = inject->facts;
    SPILL_ASSERT(inject->released_ms < 0);
    inject->released_ms = exercise->now_ms;
    exercise_change(exercise, inject, RUN_RELEASED, why, who, text);
    inject->pending_count = (uint32_t)facts->to_count;
    for (size_t i = 0; i < facts->to_count; i++) {
        exercise_deliver(exercise, inject, &exercise->deliveries[inject->first_delivery + i]);
    }
    if (facts->due_ms != SPILL_NEVER) {
        inject->expected_by_ms = exercise_later(exercise->now_ms, facts->due_ms);
        exercise_expect(exercise, inject, EXPECTATION_OPEN);
    }
}

void exercise_delivered(struct exercise *exercise, struct exercise_delivery *delivery,
                        enum delivery_state state, const struct input *input) {
    struct exercise_inject *const inject = &exercise->injects[delivery->inject];
    struct exercise_cell *const cell = &exercise->cells[delivery->cell.index];
    const enum delivery_state before = delivery->state;
    const enum delivery_state done = exercise_delivery_done(inject->facts);
    SPILL_ASSERT(delivery_state_may_follow(before, state));
    /* Who comes so far came by all before. */
    int64_t *const times_ms[] = {&delivery->delivered_ms, &delivery->opened_ms,
                                 &delivery->acknowledged_ms, &delivery->answered_ms};
    for (int i = DELIVERY_DELIVERED; i <= (int)state; i++) {
        int64_t *const time_ms = times_ms[i - DELIVERY_DELIVERED];
        *time_ms = *time_ms < 0 ? exercise->now_ms : *time_ms;
    }
    delivery->state = state;
    if (before < DELIVERY_OPENED && state >= DELIVERY_OPENED) {
        SPILL_ASSERT(cell->unread_count > 0);
        cell->unread_count--;
    }
    if (before < done && state >= done) {
        SPILL_ASSERT(inject->pending_count > 0);
        inject->pending_count--;
        cell->awaited_count -= done > DELIVERY_DELIVERED;
    }
    exercise_touch_delivery(exercise, delivery);
    exercise_say_delivery(exercise, delivery, before, input);
}

/* ---- Looking at what may be due ---- */

static void exercise_come_true(struct exercise *exercise, struct exercise_inject *inject) {
    if (!inject->facts->proposed) {
        exercise_release(exercise, inject,
                         inject->facts->when != NULL ? CHANGE_CONDITION : CHANGE_TIME,
                         &exercise_nobody, "");
        return;
    }
    inject->proposed_ms = exercise->now_ms;
    exercise_change(exercise, inject, RUN_PROPOSED, CHANGE_CONDITION, &exercise_nobody, "");
}

/* Looks at an armed inject; true when it changed its state. */
static bool exercise_look_armed(struct exercise *exercise, struct exercise_inject *inject) {
    const int64_t now_ms = exercise->now_ms;
    const int64_t held_before_ms = inject->holds_ms;
    if (!exercise_holds(exercise, inject->facts->when)) {
        inject->holds_ms = -1;
    } else if (inject->holds_ms < 0) {
        inject->holds_ms = now_ms;
    }
    if (inject->holds_ms != held_before_ms) {
        exercise->people_stale = true;
        exercise_touch_inject(exercise, inject);
    }
    if (inject->holds_ms >= 0) {
        if (now_ms < exercise_later(inject->holds_ms, inject->facts->hold_ms)) {
            return false;
        }
        exercise_come_true(exercise, inject);
        return true;
    }
    if (now_ms < exercise_later(inject->armed_ms, inject->facts->expires_ms)) {
        return false;
    }
    exercise_change(exercise, inject, RUN_EXPIRED, CHANGE_TIME, &exercise_nobody, "");
    return true;
}

static bool exercise_look_proposed(struct exercise *exercise, struct exercise_inject *inject) {
    if (exercise->now_ms < exercise_passes_ms(inject)) {
        return false;
    }
    exercise_release(exercise, inject, CHANGE_UNATTENDED, &exercise_nobody, "");
    return true;
}

/* Whether an inject waits for a time that has come, or, without a time, for a condition. */
static bool exercise_is_due(const struct exercise *exercise, const struct exercise_inject *inject) {
    return inject->planned_ms == SPILL_NEVER ? inject->facts->when != NULL
                                             : inject->planned_ms <= exercise->now_ms;
}

/* One step of an inject that may be due; true when it changed its state. */
static bool exercise_look_inject(struct exercise *exercise, struct exercise_inject *inject) {
    switch (inject->state) {
    case RUN_WAITING:
        if (!exercise_is_due(exercise, inject)) {
            return false;
        }
        inject->armed_ms = exercise->now_ms;
        exercise_change(exercise, inject, RUN_ARMED, CHANGE_TIME, &exercise_nobody, "");
        return true;
    case RUN_ARMED:
        return exercise_look_armed(exercise, inject);
    case RUN_PROPOSED:
        return exercise_look_proposed(exercise, inject);
    default:
        return false;
    }
}

static void exercise_look_expectation(struct exercise *exercise, struct exercise_inject *inject) {
    const bool open = inject->expectation == EXPECTATION_OPEN;
    if (!open && inject->expectation != EXPECTATION_MISSED) {
        return;
    }
    const struct condition *const expected = inject->facts->expected;
    const bool holds = expected != NULL && exercise_holds(exercise, expected);
    if (holds) {
        exercise_expect(exercise, inject,
                        open && exercise->now_ms <= inject->expected_by_ms ? EXPECTATION_MET
                                                                           : EXPECTATION_LATE);
    } else if (open && exercise->clock == CLOCK_RUNNING &&
               exercise->now_ms >= inject->expected_by_ms) {
        exercise_expect(exercise, inject,
                        expected != NULL ? EXPECTATION_MISSED : EXPECTATION_NOT_OBSERVED);
    }
}

static void exercise_look_closed(struct exercise *exercise, struct exercise_inject *inject) {
    if (inject->state == RUN_RELEASED && inject->pending_count == 0 &&
        inject->expectation != EXPECTATION_OPEN) {
        exercise_change(exercise, inject, RUN_CLOSED, CHANGE_DONE, &exercise_nobody, "");
    }
}

void exercise_look(struct exercise *exercise) {
    SPILL_ASSERT(exercise->clock == CLOCK_RUNNING || exercise->clock == CLOCK_PAUSED);
    if (exercise->clock == CLOCK_RUNNING) {
        /* A release may make the condition of another true: until nothing changes. Each round but
         * the last moves an inject on, and none moves more than three times without people. */
        size_t rounds = 0;
        bool changed = true;
        while (changed) {
            SPILL_ASSERT(rounds <= 3 * exercise->inject_count + 1);
            rounds++;
            changed = false;
            for (size_t i = 0; i < exercise->inject_count; i++) {
                changed = exercise_look_inject(exercise, &exercise->injects[i]) || changed;
            }
        }
    }
    /* In a pause nothing is due, yet what people do may be what was expected of them. */
    for (size_t i = 0; i < exercise->inject_count; i++) {
        exercise_look_expectation(exercise, &exercise->injects[i]);
        exercise_look_closed(exercise, &exercise->injects[i]);
    }
}

void exercise_close_all(struct exercise *exercise) {
    for (size_t i = 0; i < exercise->inject_count; i++) {
        struct exercise_inject *const inject = &exercise->injects[i];
        if (inject->expectation == EXPECTATION_OPEN) {
            exercise_expect(exercise, inject, EXPECTATION_NOT_OBSERVED);
        }
        if (run_state_may_follow(inject->state, RUN_EXPIRED)) {
            exercise_change(exercise, inject, RUN_EXPIRED, CHANGE_END, &exercise_nobody, "");
        } else if (inject->state == RUN_RELEASED) {
            exercise_change(exercise, inject, RUN_CLOSED, CHANGE_END, &exercise_nobody, "");
        }
    }
}
