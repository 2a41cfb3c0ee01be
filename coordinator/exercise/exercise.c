/* SPDX-License-Identifier: Apache-2.0 */
/* Making an exercise, the clock, and reading it. */
#include "coordinator/exercise/exercise.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/exercise/exercise_parts.h"

enum { EXERCISE_SPEED_PERMILLE = 1000 }; /* Until somebody says otherwise: as time goes. */

/* ---- Making ---- */

/* How many there can be of each kind that the digest is over. */
static void exercise_number_entities(struct exercise *exercise) {
    const size_t counts[ENTITY_COUNT] = {[ENTITY_CLOCK] = 1,
                                         [ENTITY_INJECT] = exercise->inject_max,
                                         [ENTITY_EXPECTATION] = exercise->inject_max,
                                         [ENTITY_DELIVERY] = exercise->delivery_max,
                                         [ENTITY_CELL] = exercise->cell_count,
                                         [ENTITY_RFI] = EXERCISE_RFIS_MAX,
                                         [ENTITY_ORDER] = exercise->order_max};
    size_t first = 0;
    for (size_t kind = 0; kind < ENTITY_COUNT; kind++) {
        exercise->entity_first[kind] = first;
        first += counts[kind];
    }
    exercise->entity_first[ENTITY_COUNT] = first;
}

static void exercise_measure(struct exercise *exercise) {
    const struct scenario *const scenario = exercise->scenario;
    exercise->network = scenario_network(scenario);
    exercise->script = scenario_script(scenario);
    exercise->tick_ms = network_tick_ms(exercise->network);
    exercise->duration_ms = scenario_duration_ms(scenario);
    exercise->cell_count = script_cell_count(exercise->script);
    exercise->planned_count = scenario_inject_count(scenario);
    exercise->inject_max = exercise->planned_count + EXERCISE_AD_HOC_MAX;
    exercise->delivery_max = EXERCISE_AD_HOC_CELLS_MAX;
    for (size_t i = 0; i < exercise->planned_count; i++) {
        exercise->delivery_max += scenario_inject(scenario, i)->to_count;
    }
    exercise->order_max = exercise->cell_count * EXERCISE_CELL_ORDERS_MAX;
    if (exercise->order_max > EXERCISE_ORDERS_MAX) {
        exercise->order_max = EXERCISE_ORDERS_MAX;
    }
    exercise->slot_count = 2;
    while (exercise->slot_count < 2 * exercise->order_max) {
        exercise->slot_count *= 2;
    }
    exercise_number_entities(exercise);
}

/* Allocates everything whose size exercise_measure found; false when out of memory. */
static bool exercise_allocate(struct exercise *exercise) {
    struct exercise *const x = exercise;
    const size_t entity_count = x->options.digests ? x->entity_first[ENTITY_COUNT] : 0;
    x->injects = spill_alloc(x->inject_max, sizeof x->injects[0]);
    x->deliveries = spill_alloc(x->delivery_max, sizeof x->deliveries[0]);
    x->cells = spill_alloc(x->cell_count, sizeof x->cells[0]);
    x->ad_hoc = spill_alloc(EXERCISE_AD_HOC_MAX, sizeof x->ad_hoc[0]);
    x->ad_hoc_ids = spill_alloc(EXERCISE_AD_HOC_MAX, sizeof x->ad_hoc_ids[0]);
    x->ad_hoc_cells = spill_alloc(EXERCISE_AD_HOC_CELLS_MAX, sizeof x->ad_hoc_cells[0]);
    x->rfis = spill_alloc(EXERCISE_RFIS_MAX, sizeof x->rfis[0]);
    x->orders = spill_alloc(x->order_max, sizeof x->orders[0]);
    x->order_slots = spill_alloc(x->slot_count, sizeof x->order_slots[0]);
    x->accepted = spill_alloc(x->order_max, sizeof x->accepted[0]);
    x->notes = spill_alloc(EXERCISE_NOTES_BYTES_MAX, 1);
    x->reports = spill_alloc(OUTPUT_REPORTS_MAX, sizeof x->reports[0]);
    x->message_reports = spill_alloc(OUTPUT_REPORTS_MAX, sizeof x->message_reports[0]);
    x->bytes = spill_alloc(OUTPUT_BYTES_MAX, 1);
    x->assets = spill_alloc(OUTPUT_REPORTS_MAX, sizeof x->assets[0]);
    x->names = spill_alloc(OUTPUT_REPORTS_MAX, sizeof x->names[0]);
    x->choices = spill_alloc(OUTPUT_OPTIONS_MAX, sizeof x->choices[0]);
    x->menu = spill_alloc(1, sizeof *x->menu);
    x->entity_digests = spill_alloc(entity_count, sizeof x->entity_digests[0]);
    x->entity_stale = spill_alloc(entity_count, sizeof x->entity_stale[0]);
    x->stale = spill_alloc(entity_count, sizeof x->stale[0]);
    if (x->menu == NULL) {
        return false;
    }
    x->menu->tag_may = spill_alloc(network_tag_count(x->network) + 1, sizeof x->menu->tag_may[0]);
    return x->injects != NULL && x->deliveries != NULL && x->cells != NULL && x->ad_hoc != NULL &&
           x->ad_hoc_ids != NULL && x->ad_hoc_cells != NULL && x->rfis != NULL &&
           x->orders != NULL && x->order_slots != NULL && x->accepted != NULL && x->notes != NULL &&
           x->reports != NULL && x->message_reports != NULL && x->bytes != NULL &&
           x->assets != NULL && x->names != NULL && x->choices != NULL &&
           x->menu->tag_may != NULL && x->entity_digests != NULL && x->entity_stale != NULL &&
           x->stale != NULL;
}

static void exercise_fill(struct exercise *exercise) {
    exercise->clock = CLOCK_NOT_STARTED;
    exercise->speed_permille = EXERCISE_SPEED_PERMILLE;
    exercise->jump_ms = -1;
    exercise->people_stale = true;
    exercise->people_next_ms = SPILL_NEVER;
    for (size_t i = 0; i < exercise->slot_count; i++) {
        exercise->order_slots[i] = EXERCISE_NONE;
    }
    for (size_t i = 0; i < exercise->cell_count; i++) {
        const struct cell_ref cell = {(uint32_t)i};
        exercise->cells[i] =
            (struct exercise_cell){.id = script_cell_id(exercise->script, cell),
                                   .cast = scenario_cast(exercise->scenario, cell),
                                   .country = script_cell_country(exercise->script, cell),
                                   .heard_ms = -1,
                                   .first_queued = EXERCISE_NONE,
                                   .last_queued = EXERCISE_NONE};
        exercise_touch(exercise, ENTITY_CELL, i);
    }
    for (size_t i = 0; i < exercise->planned_count; i++) {
        const struct inject *const facts = scenario_inject(exercise->scenario, i);
        struct exercise_inject *const inject = exercise_add_inject(exercise, facts);
        inject->planned_ms = facts->at_ms;
    }
    exercise_touch(exercise, ENTITY_CLOCK, 0);
}

enum spill_status exercise_create(const struct scenario *scenario,
                                  const struct exercise_options *options,
                                  struct exercise **exercise) {
    SPILL_ASSERT(scenario != NULL);
    SPILL_ASSERT(options != NULL);
    SPILL_ASSERT(exercise != NULL);
    struct exercise *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->scenario = scenario;
    made->options = *options;
    exercise_measure(made);
    enum spill_status status = exercise_allocate(made) ? SPILL_OK : SPILL_MEMORY;
    if (status == SPILL_OK) {
        const struct world_options world_options = {.seed = options->seed,
                                                    .replica = 0,
                                                    .team = NULL,
                                                    .digests = options->digests,
                                                    .without = options->without,
                                                    .sink = exercise_sink(made)};
        status = world_create(made->network, made->script, &world_options, &made->world);
    }
    if (status == SPILL_OK) {
        exercise_fill(made);
        status = exercise_rehearse(made);
    }
    if (status != SPILL_OK) {
        exercise_destroy(&made);
        return status;
    }
    *exercise = made;
    return SPILL_OK;
}

void exercise_destroy(struct exercise **exercise) {
    SPILL_ASSERT(exercise != NULL);
    struct exercise *const x = *exercise;
    if (x == NULL) {
        return;
    }
    world_destroy(&x->world);
    if (x->menu != NULL) {
        free(x->menu->tag_may);
    }
    void *const parts[] = {x->injects,        x->deliveries,
                           x->cells,          x->ad_hoc,
                           x->ad_hoc_ids,     x->ad_hoc_cells,
                           x->rfis,           x->orders,
                           x->order_slots,    x->accepted,
                           x->notes,          x->reports,
                           x->bytes,          x->message_reports,
                           x->assets,         x->names,
                           x->choices,        x->menu,
                           x->entity_digests, x->entity_stale,
                           x->stale,          x};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        free(parts[i]);
    }
    *exercise = NULL;
}

/* ---- Time ---- */

int64_t exercise_next_ms(const struct exercise *exercise) {
    if (exercise->clock != CLOCK_RUNNING) {
        return SPILL_NEVER;
    }
    SPILL_ASSERT(!exercise->people_stale);
    const int64_t world_ms = world_next_ms(exercise->world);
    return world_ms < exercise->people_next_ms ? world_ms : exercise->people_next_ms;
}

/* Runs the tick at_ms: the model, then whatever it, or time, made due. */
static void exercise_tick(struct exercise *exercise, int64_t at_ms) {
    SPILL_ASSERT(at_ms >= exercise->now_ms);
    exercise->now_ms = at_ms;
    world_advance(exercise->world, at_ms);
    exercise_flush_reports(exercise);
    exercise_look(exercise);
}

static enum spill_status exercise_advance(struct exercise *exercise, const struct input *input) {
    const int64_t until_ms = input->advance.until_ms;
    if (exercise->clock != CLOCK_RUNNING) {
        return exercise_refuse(exercise, input, REFUSAL_NOT_RUNNING, "the exercise is %s",
                               clock_state_name(exercise->clock));
    }
    if (until_ms <= exercise->now_ms || until_ms > exercise->duration_ms ||
        until_ms % exercise->tick_ms != 0) {
        return exercise_refuse(exercise, input, REFUSAL_BAD_TIME,
                               "time goes to a later tick within the exercise");
    }
    for (int64_t next_ms = exercise_next_ms(exercise); next_ms <= until_ms;
         next_ms = exercise_find_next_ms(exercise)) {
        SPILL_ASSERT(next_ms > exercise->now_ms);
        const uint64_t message_count = exercise->message_count;
        exercise_tick(exercise, next_ms);
        if (input->advance.heed && exercise->message_count != message_count) {
            return SPILL_OK;
        }
    }
    if (exercise->now_ms < until_ms) {
        exercise->now_ms = until_ms;
        world_advance(exercise->world, until_ms);
        SPILL_ASSERT(exercise->report_count == 0);
    }
    return SPILL_OK;
}

static void exercise_say_clock(struct exercise *exercise, const struct input *input,
                               const char *why) {
    struct output output = {.kind = OUTPUT_CLOCK,
                            .clock = {.who = input->who,
                                      .state = exercise->clock,
                                      .speed_permille = exercise->speed_permille,
                                      .jump_ms = exercise_jump_ms(exercise),
                                      .why = why}};
    exercise_say(exercise, &output);
}

/* Speed and jumps are the session's pacing: control is told, no cell is, and no state changes. */
static enum spill_status exercise_jump(struct exercise *exercise, const struct input *input) {
    int64_t to_ms = input->jump.to_ms;
    if (to_ms == SPILL_NEVER) {
        to_ms = exercise->people_next_ms < exercise->duration_ms ? exercise->people_next_ms
                                                                 : exercise->duration_ms;
    }
    if (to_ms <= exercise->now_ms || to_ms > exercise->duration_ms ||
        to_ms % exercise->tick_ms != 0) {
        return exercise_refuse(exercise, input, REFUSAL_BAD_TIME,
                               "a jump goes to a later tick within the exercise");
    }
    exercise->jump_ms = to_ms;
    exercise_say_clock(exercise, input, "");
    return SPILL_OK;
}

static void exercise_set_clock(struct exercise *exercise, const struct input *input,
                               enum clock_state state) {
    exercise->clock = state;
    exercise_touch(exercise, ENTITY_CLOCK, 0);
    exercise_say_clock(exercise, input, input->clock.why);
    exercise_tell_clock(exercise);
}

static enum spill_status exercise_start(struct exercise *exercise, const struct input *input) {
    for (size_t i = 0; i < exercise->cell_count; i++) {
        exercise_brief_cell(exercise, (struct cell_ref){(uint32_t)i});
    }
    exercise_set_clock(exercise, input, CLOCK_RUNNING);
    exercise_tick(exercise, 0);
    return SPILL_OK;
}

static enum spill_status exercise_end(struct exercise *exercise, const struct input *input) {
    exercise_close_all(exercise);
    exercise->jump_ms = -1;
    exercise_set_clock(exercise, input, CLOCK_ENDED);
    return SPILL_OK;
}

/* Inputs of the clock. exercise_admits let them through. */
static enum spill_status exercise_set_time(struct exercise *exercise, const struct input *input) {
    switch (input->kind) {
    case INPUT_ADVANCE:
        return exercise_advance(exercise, input);
    case INPUT_START:
        return exercise_start(exercise, input);
    case INPUT_PAUSE:
        exercise_set_clock(exercise, input, CLOCK_PAUSED);
        return SPILL_OK;
    case INPUT_RESUME:
        exercise_set_clock(exercise, input, CLOCK_RUNNING);
        exercise_look(exercise);
        return SPILL_OK;
    case INPUT_SPEED:
        exercise->speed_permille = input->speed.speed_permille;
        exercise_say_clock(exercise, input, "");
        return SPILL_OK;
    case INPUT_JUMP:
        return exercise_jump(exercise, input);
    default:
        SPILL_ASSERT(input->kind == INPUT_END);
        return exercise_end(exercise, input);
    }
}

/* ---- Applying ---- */

static bool exercise_is_theirs(const struct input *input) {
    static const enum who_kind owners[INPUT_KIND_COUNT] = {
#define EXERCISE_OWNER(name, words, who) [INPUT_##name] = WHO_##who,
        INPUT_KIND_MAP(EXERCISE_OWNER)
#undef EXERCISE_OWNER
    };
    const bool shared =
        input->kind == INPUT_MESSAGE || input->kind == INPUT_MARK || input->kind == INPUT_NOTE;
    return input->who.kind == owners[input->kind] || (shared && input->who.kind == WHO_CONTROL);
}

/* Why an input is not for the clock's state; REFUSAL_NONE. */
static enum refusal exercise_wrong_time(enum clock_state clock, enum input_kind kind) {
    switch (kind) {
    case INPUT_CELL_LINK:
    case INPUT_DELIVERED:
    case INPUT_MARK:
    case INPUT_NOTE:
        return REFUSAL_NONE;
    case INPUT_START:
        return clock == CLOCK_NOT_STARTED ? REFUSAL_NONE
               : clock == CLOCK_ENDED     ? REFUSAL_ENDED
                                          : REFUSAL_ALREADY_STARTED;
    case INPUT_PAUSE:
        return clock == CLOCK_RUNNING ? REFUSAL_NONE : REFUSAL_NOT_RUNNING;
    case INPUT_RESUME:
        return clock == CLOCK_PAUSED ? REFUSAL_NONE : REFUSAL_NOT_PAUSED;
    case INPUT_SPEED:
    case INPUT_MESSAGE:
    case INPUT_RFI:
    case INPUT_RFI_ANSWER:
    case INPUT_END:
        return clock != CLOCK_ENDED ? REFUSAL_NONE : REFUSAL_ENDED;
    case INPUT_ADVANCE:
        return REFUSAL_NONE; /* exercise_advance says. */
    default:
        return clock == CLOCK_NOT_STARTED ? REFUSAL_NOT_STARTED
               : clock == CLOCK_ENDED     ? REFUSAL_ENDED
                                          : REFUSAL_NONE;
    }
}

static enum spill_status exercise_dispatch(struct exercise *exercise, const struct input *input) {
    switch (input->kind) {
    case INPUT_ADVANCE:
    case INPUT_START:
    case INPUT_PAUSE:
    case INPUT_RESUME:
    case INPUT_SPEED:
    case INPUT_JUMP:
    case INPUT_END:
        return exercise_set_time(exercise, input);
    case INPUT_INJECT_NOW:
    case INPUT_HOLD:
    case INPUT_RELEASE:
    case INPUT_SKIP:
    case INPUT_CANCEL:
    case INPUT_APPROVE:
    case INPUT_EDIT:
    case INPUT_DELAY:
    case INPUT_VETO:
        return exercise_command(exercise, input);
    case INPUT_AD_HOC:
        return exercise_ad_hoc(exercise, input);
    default:
        return exercise_people(exercise, input);
    }
}

/* Inputs after which conditions are looked at by themselves, or do not matter. */
static bool exercise_looks_itself(enum input_kind kind) {
    return kind <= INPUT_END;
}
_Static_assert(INPUT_ADVANCE == 0 && INPUT_END == 6, "inputs of the clock come first");

enum spill_status exercise_apply(struct exercise *exercise, const struct input *input,
                                 exercise_output_fn output, void *context) {
    SPILL_ASSERT(exercise != NULL);
    SPILL_ASSERT(input != NULL);
    SPILL_ASSERT(exercise->report_count == 0);
    exercise->output = output;
    exercise->context = context;
    const char *const fault = input_fault(input);
    enum refusal refusal = REFUSAL_NONE;
    enum spill_status status = SPILL_REFUSED;
    if (fault != NULL) {
        status = exercise_refuse(exercise, input, REFUSAL_MALFORMED, "%s", fault);
    } else if (!exercise_is_theirs(input)) {
        status = exercise_refuse(exercise, input, REFUSAL_NOT_YOURS, "%s may not give '%s'",
                                 who_kind_name(input->who.kind), input_kind_name(input->kind));
    } else if ((refusal = exercise_wrong_time(exercise->clock, input->kind)) != REFUSAL_NONE) {
        status = exercise_refuse(exercise, input, refusal, "the exercise is %s",
                                 clock_state_name(exercise->clock));
    } else {
        status = exercise_dispatch(exercise, input);
        const bool goes_on = exercise->clock == CLOCK_RUNNING || exercise->clock == CLOCK_PAUSED;
        if (status == SPILL_OK && goes_on && !exercise_looks_itself(input->kind)) {
            exercise_look(exercise);
        }
    }
    (void)exercise_find_next_ms(exercise);
    SPILL_ASSERT(exercise->report_count == 0);
    exercise->output = NULL;
    exercise->context = NULL;
    return status;
}

/* ---- Reading ---- */

enum clock_state exercise_clock(const struct exercise *exercise) {
    return exercise->clock;
}

int64_t exercise_now_ms(const struct exercise *exercise) {
    return exercise->now_ms;
}

int64_t exercise_speed_permille(const struct exercise *exercise) {
    return exercise->speed_permille;
}

int64_t exercise_jump_ms(const struct exercise *exercise) {
    return exercise->jump_ms > exercise->now_ms ? exercise->jump_ms : -1;
}

const struct scenario *exercise_scenario(const struct exercise *exercise) {
    return exercise->scenario;
}

const struct world *exercise_world(const struct exercise *exercise) {
    return exercise->world;
}

size_t exercise_inject_count(const struct exercise *exercise) {
    return exercise->inject_count;
}

enum spill_status exercise_find_inject(const struct exercise *exercise, const char *id,
                                       struct inject_ref *inject) {
    SPILL_ASSERT(inject != NULL);
    const uint32_t rank = exercise_inject_rank(exercise, id);
    if (rank == EXERCISE_NONE) {
        return SPILL_NOT_FOUND;
    }
    inject->index = rank;
    return SPILL_OK;
}

void exercise_inject(const struct exercise *exercise, struct inject_ref inject,
                     struct inject_now *now) {
    SPILL_ASSERT(inject.index < exercise->inject_count);
    const struct exercise_inject *const from = &exercise->injects[inject.index];
    *now = (struct inject_now){.facts = from->facts,
                               .title = from->facts->title,
                               .body = from->facts->body,
                               .edited = from->title != NULL || from->body != NULL,
                               .state = from->state,
                               .planned_ms = from->planned_ms,
                               .armed_ms = from->armed_ms,
                               .holds_ms = from->holds_ms,
                               .proposed_ms = from->proposed_ms,
                               .released_ms = from->released_ms,
                               .due_ms = exercise_due_ms(exercise, from),
                               .expectation = from->expectation,
                               .expected_by_ms = from->expected_by_ms,
                               .expected_at_ms = from->expected_at_ms,
                               .mark = from->mark};
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        now->title.in[i] = from->title != NULL ? from->title : now->title.in[i];
        now->body.in[i] = from->body != NULL ? from->body : now->body.in[i];
    }
}

void exercise_delivery(const struct exercise *exercise, struct inject_ref inject, size_t at,
                       struct delivery_now *now) {
    SPILL_ASSERT(inject.index < exercise->inject_count);
    const struct exercise_inject *const of = &exercise->injects[inject.index];
    SPILL_ASSERT(at < of->facts->to_count);
    const struct exercise_delivery *const from = &exercise->deliveries[of->first_delivery + at];
    const enum delivery_state done = exercise_delivery_done(of->facts);
    const bool lost =
        from->state == DELIVERY_QUEUED && !exercise->cells[from->cell.index].connected;
    *now = (struct delivery_now){
        .cell = from->cell,
        .state = lost ? DELIVERY_UNDELIVERABLE : from->state,
        .sequence = from->sequence,
        .delivered_ms = from->delivered_ms,
        .opened_ms = from->opened_ms,
        .acknowledged_ms = from->acknowledged_ms,
        .answered_ms = from->answered_ms,
        .option = from->option >= 0 ? of->facts->options[from->option].id : "",
        .awaited = from->state != DELIVERY_NONE && from->state < done && done > DELIVERY_DELIVERED,
        .mark = from->mark};
}

void exercise_cell(const struct exercise *exercise, struct cell_ref cell, struct cell_now *now) {
    SPILL_ASSERT(cell.index < exercise->cell_count);
    const struct exercise_cell *const from = &exercise->cells[cell.index];
    *now = (struct cell_now){.connected = from->connected,
                             .sequence = from->sequence,
                             .delivered = from->delivered,
                             .unread = from->unread_count,
                             .awaited = from->awaited_count,
                             .order_count = from->order_count,
                             .heard_ms = from->heard_ms};
    memcpy(now->head, from->head, sizeof now->head);
}

size_t exercise_rfi_count(const struct exercise *exercise) {
    return exercise->rfi_count;
}

void exercise_rfi(const struct exercise *exercise, uint64_t number, struct rfi_now *now) {
    SPILL_ASSERT(number >= 1 && number <= exercise->rfi_count);
    const struct exercise_rfi *const from = &exercise->rfis[number - 1];
    *now = (struct rfi_now){.cell = from->cell,
                            .text = from->text,
                            .asked_ms = from->asked_ms,
                            .answered_ms = from->answered_ms};
}
