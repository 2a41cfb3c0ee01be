/* SPDX-License-Identifier: Apache-2.0 */
/* What cells and evaluators do. */
#include <stdio.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/exercise/exercise_parts.h"

/* ---- Links and deliveries ---- */

static enum spill_status exercise_link(struct exercise *exercise, const struct input *input,
                                       struct cell_ref ref) {
    struct exercise_cell *const cell = &exercise->cells[ref.index];
    if (cell->connected == input->link.connected) {
        return exercise_refuse(exercise, input, REFUSAL_ALREADY_DONE, "cell '%s' is %s already",
                               cell->id, cell->connected ? "connected" : "lost");
    }
    cell->connected = input->link.connected;
    struct output output = {.kind = OUTPUT_LINK,
                            .link = {.cell = cell->id, .connected = cell->connected}};
    exercise_say(exercise, &output);
    exercise_brief_cell(exercise, ref);
    return SPILL_OK;
}

static enum spill_status exercise_take_delivered(struct exercise *exercise,
                                                 const struct input *input, struct cell_ref ref) {
    struct exercise_cell *const cell = &exercise->cells[ref.index];
    const uint64_t up_to = input->delivered.up_to;
    if (up_to <= cell->delivered) {
        return exercise_refuse(exercise, input, REFUSAL_ALREADY_DONE, "cell '%s' has that already",
                               cell->id);
    }
    if (up_to > cell->sequence) {
        return exercise_refuse(exercise, input, REFUSAL_NOT_RECEIVED,
                               "cell '%s' was not sent so much", cell->id);
    }
    cell->delivered = up_to;
    exercise_touch(exercise, ENTITY_CELL, ref.index);
    while (cell->first_queued != EXERCISE_NONE) {
        struct exercise_delivery *const delivery = &exercise->deliveries[cell->first_queued];
        if (delivery->sequence > up_to) {
            break;
        }
        cell->first_queued = delivery->next;
        if (cell->first_queued == EXERCISE_NONE) {
            cell->last_queued = EXERCISE_NONE;
        }
        if (delivery->state == DELIVERY_QUEUED) {
            exercise_delivered(exercise, delivery, DELIVERY_DELIVERED, input);
        }
    }
    return SPILL_OK;
}

/* ---- Opened, acknowledged, answered ---- */

/* The delivery that an input of a cell is about, if it may come to this state; NULL after the
 * refusal was said. */
static struct exercise_delivery *exercise_received(struct exercise *exercise,
                                                   const struct input *input, struct cell_ref cell,
                                                   const char *id, enum delivery_state state) {
    const struct exercise_inject *const inject = exercise_inject_of(exercise, id);
    struct exercise_delivery *const delivery =
        inject != NULL ? exercise_delivery_of(exercise, inject, cell) : NULL;
    /* A cell is not told whether an inject exists that it did not get. */
    if (delivery == NULL || delivery->state == DELIVERY_NONE) {
        (void)exercise_refuse(exercise, input, REFUSAL_NOT_RECEIVED,
                              "cell '%s' did not receive an inject '%s'",
                              exercise->cells[cell.index].id, id);
        return NULL;
    }
    if (delivery->state >= state) {
        (void)exercise_refuse(exercise, input, REFUSAL_ALREADY_DONE, "inject '%s' is %s already",
                              id, delivery_state_name(delivery->state));
        return NULL;
    }
    return delivery;
}

static enum spill_status exercise_seen(struct exercise *exercise, const struct input *input,
                                       struct cell_ref cell) {
    const enum delivery_state state =
        input->kind == INPUT_OPENED ? DELIVERY_OPENED : DELIVERY_ACKNOWLEDGED;
    struct exercise_delivery *const delivery =
        exercise_received(exercise, input, cell, input->seen.inject, state);
    if (delivery == NULL) {
        return SPILL_REFUSED;
    }
    exercise_delivered(exercise, delivery, state, input);
    return SPILL_OK;
}

static enum spill_status exercise_answer(struct exercise *exercise, const struct input *input,
                                         struct cell_ref cell) {
    struct exercise_delivery *const delivery =
        exercise_received(exercise, input, cell, input->answer.inject, DELIVERY_ANSWERED);
    if (delivery == NULL) {
        return SPILL_REFUSED;
    }
    const struct inject *const facts = exercise->injects[delivery->inject].facts;
    int64_t option = -1;
    for (size_t i = 0; i < facts->option_count; i++) {
        if (strcmp(facts->options[i].id, input->answer.option) == 0) {
            option = (int64_t)i;
        }
    }
    if (option < 0 && (facts->option_count > 0 || input->answer.option[0] != '\0')) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_OPTION,
                               "inject '%s' has no option '%s'", facts->id, input->answer.option);
    }
    delivery->option = option;
    exercise_delivered(exercise, delivery, DELIVERY_ANSWERED, input);
    return SPILL_OK;
}

/* ---- Orders ---- */

/* The slot of a cell's key: that of the order which has it, or a free one. */
static size_t exercise_order_slot(const struct exercise *exercise, struct cell_ref cell,
                                  const char *key) {
    const size_t mask = exercise->slot_count - 1;
    size_t slot = (size_t)chance_hash(exercise->cells[cell.index].id, key) & mask;
    while (exercise->order_slots[slot] != EXERCISE_NONE) {
        const struct exercise_order *const order = &exercise->orders[exercise->order_slots[slot]];
        if (order->cell.index == cell.index && strcmp(order->key, key) == 0) {
            break;
        }
        /* There are at least twice as many slots as orders. */
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void exercise_say_order(struct exercise *exercise, const struct input_order *given,
                               const struct exercise_order *order, bool repeated) {
    struct output said = {.kind = OUTPUT_ORDER,
                          .order = {.order = *given,
                                    .repeated = repeated,
                                    .number = order->number,
                                    .acts_at_ms = order->acts_at_ms,
                                    .refusal = order->refusal,
                                    .text = order->text}};
    exercise_say(exercise, &said);
    struct output told = {
        .message = {.kind = order->number > 0 ? MESSAGE_ORDER_ACCEPTED : MESSAGE_ORDER_REFUSED,
                    .order = {.key = order->key,
                              .order = order->name,
                              .number = order->number,
                              .acts_at_ms = order->acts_at_ms,
                              .refusal = order->refusal,
                              .text = order->text}}};
    exercise_tell(exercise, order->cell, &told);
}

/* A name of the order as a rank; "" is none. False, with words, when there is none such. */
static bool exercise_resolve(const struct exercise *exercise, enum condition_name kind,
                             const char *name, uint32_t *index, struct spill_error *error) {
    *index = NETWORK_NO_INDEX;
    if (name[0] == '\0' ||
        script_resolve(exercise->script, exercise->network, kind, name, index) == SPILL_OK) {
        return true;
    }
    (void)spill_fail(error, SPILL_NOT_FOUND, "there is no %s '%s'", condition_name_words(kind),
                     name);
    return false;
}

static bool exercise_request(const struct exercise *exercise, const struct input_order *given,
                             struct order_request *request, struct spill_error *error) {
    request->amount = given->amount;
    return exercise_resolve(exercise, NAME_ORDER, given->order, &request->order.index, error) &&
           exercise_resolve(exercise, NAME_ASSET, given->asset, &request->asset.index, error) &&
           exercise_resolve(exercise, NAME_TAG, given->tag, &request->tag.index, error) &&
           exercise_resolve(exercise, NAME_COUNTRY, given->country, &request->country.index,
                            error) &&
           exercise_resolve(exercise, NAME_COUNTRY, given->other_country,
                            &request->other_country.index, error) &&
           exercise_resolve(exercise, NAME_POOL, given->pool, &request->pool.index, error) &&
           exercise_resolve(exercise, NAME_POOL, given->other_pool, &request->other_pool.index,
                            error);
}

/* Asks the world; fills in the answer. */
static void exercise_give_order(struct exercise *exercise, const struct input_order *given,
                                struct exercise_order *order) {
    struct spill_error error = {{0}};
    struct order_request request;
    if (!exercise_request(exercise, given, &request, &error)) {
        order->refusal = REFUSAL_UNKNOWN_NAME;
    } else {
        order->order = request.order;
        int64_t acts_at_ms = 0;
        const enum spill_status status = world_order(exercise->world, order->cell, &request,
                                                     &order->world_number, &acts_at_ms, &error);
        if (status == SPILL_OK) {
            order->acts_at_ms = acts_at_ms;
        } else if (status == SPILL_LIMIT) {
            order->refusal = REFUSAL_FULL;
        } else {
            order->refusal = script_cell_may(exercise->script, order->cell, request.order)
                                 ? REFUSAL_BAD_TARGET
                                 : REFUSAL_NO_AUTHORITY;
        }
    }
    if (order->refusal != REFUSAL_NONE) {
        snprintf(order->text, sizeof order->text, "%.*s", EXERCISE_ORDER_TEXT_BYTES - 1,
                 error.text);
        spill_utf8_trim(order->text);
    }
}

enum spill_status exercise_order(struct exercise *exercise, const struct input *input) {
    const struct input_order *const given = &input->order;
    struct cell_ref ref = {0};
    SPILL_ASSERT(script_find_cell(exercise->script, given->cell, &ref) == SPILL_OK);
    struct exercise_cell *const cell = &exercise->cells[ref.index];
    const size_t slot = exercise_order_slot(exercise, ref, given->key);
    if (exercise->order_slots[slot] != EXERCISE_NONE) {
        const struct exercise_order *const order = &exercise->orders[exercise->order_slots[slot]];
        exercise_say_order(exercise, given, order, true);
        return order->number > 0 ? SPILL_OK : SPILL_REFUSED;
    }
    if (cell->answered_count == EXERCISE_CELL_ORDERS_MAX ||
        exercise->order_count == exercise->order_max) {
        return exercise_refuse(exercise, input, REFUSAL_FULL, "cell '%s' has given too many orders",
                               cell->id);
    }
    const size_t at = exercise->order_count;
    struct exercise_order *const order = &exercise->orders[at];
    *order = (struct exercise_order){.cell = ref, .acts_at_ms = -1};
    snprintf(order->key, sizeof order->key, "%s", given->key);
    snprintf(order->name, sizeof order->name, "%s", given->order);
    exercise_give_order(exercise, given, order);
    exercise->order_slots[slot] = (uint32_t)at;
    exercise->order_count++;
    cell->answered_count++;
    if (order->refusal == REFUSAL_NONE) {
        exercise->accepted[exercise->accepted_count++] = (uint32_t)at;
        order->number = exercise->accepted_count;
        cell->order_count++;
    }
    exercise_touch(exercise, ENTITY_ORDER, at);
    exercise_say_order(exercise, given, order, false);
    return order->number > 0 ? SPILL_OK : SPILL_REFUSED;
}

/* ---- Messages and requests ---- */

static enum spill_status exercise_mail(struct exercise *exercise, const struct input *input) {
    struct cell_ref to[INPUT_CELLS_MAX];
    const size_t to_count = input->message.to_count;
    SPILL_ASSERT(to_count <= INPUT_CELLS_MAX);
    if (to_count == 0 && !input->message.to_control) {
        return exercise_refuse(exercise, input, REFUSAL_NO_RECEIVER, "nobody would receive it");
    }
    for (size_t i = 0; i < to_count; i++) {
        const char *const id = input->message.to[i];
        if (script_find_cell(exercise->script, id, &to[i]) != SPILL_OK) {
            return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_CELL, "there is no cell '%s'",
                                   id);
        }
        for (size_t j = 0; j < i; j++) {
            if (to[j].index == to[i].index) {
                return exercise_refuse(exercise, input, REFUSAL_MALFORMED, "cell '%s' twice", id);
            }
        }
    }
    struct output said = {.kind = OUTPUT_MAIL,
                          .mail = {.who = input->who,
                                   .to = input->message.to,
                                   .to_count = to_count,
                                   .to_control = input->message.to_control,
                                   .text = input->message.text}};
    exercise_say(exercise, &said);
    for (size_t i = 0; i < to_count; i++) {
        struct output told = {.message = {.kind = MESSAGE_MAIL,
                                          .mail = {.from = input->who,
                                                   .to = input->message.to,
                                                   .to_count = to_count,
                                                   .text = input->message.text}}};
        exercise_brief_cell(exercise, to[i]);
        exercise_tell(exercise, to[i], &told);
    }
    return SPILL_OK;
}

static void exercise_say_rfi(struct exercise *exercise, const struct input *input, uint64_t number,
                             const char *text) {
    const struct exercise_rfi *const rfi = &exercise->rfis[number - 1];
    struct output said = {.kind = OUTPUT_RFI,
                          .rfi = {.who = input->who,
                                  .number = number,
                                  .cell = exercise->cells[rfi->cell.index].id,
                                  .answered = rfi->answered_ms >= 0,
                                  .text = rfi->answered_ms >= 0 ? text : rfi->text}};
    exercise_say(exercise, &said);
    struct output told = {
        .message = {.kind = rfi->answered_ms >= 0 ? MESSAGE_RFI_ANSWER : MESSAGE_RFI_TAKEN,
                    .rfi = {.number = number, .question = rfi->text, .text = text}}};
    exercise_brief_cell(exercise, rfi->cell);
    exercise_tell(exercise, rfi->cell, &told);
    exercise_touch(exercise, ENTITY_RFI, (size_t)number - 1);
}

static enum spill_status exercise_ask(struct exercise *exercise, const struct input *input,
                                      struct cell_ref cell) {
    if (exercise->rfi_count == EXERCISE_RFIS_MAX) {
        return exercise_refuse(exercise, input, REFUSAL_FULL, "there is no room for more requests");
    }
    const char *const text = exercise_note(exercise, input->rfi.text);
    if (text == NULL) {
        return exercise_refuse(exercise, input, REFUSAL_FULL, "there is no room for more texts");
    }
    exercise->rfis[exercise->rfi_count++] = (struct exercise_rfi){
        .cell = cell, .text = text, .asked_ms = exercise->now_ms, .answered_ms = -1};
    exercise_say_rfi(exercise, input, exercise->rfi_count, "");
    return SPILL_OK;
}

static enum spill_status exercise_answer_rfi(struct exercise *exercise, const struct input *input) {
    const uint64_t number = input->rfi_answer.number;
    if (number == 0 || number > exercise->rfi_count) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_REQUEST,
                               "there is no such request");
    }
    struct exercise_rfi *const rfi = &exercise->rfis[number - 1];
    if (rfi->answered_ms >= 0) {
        return exercise_refuse(exercise, input, REFUSAL_ALREADY_DONE, "it is answered already");
    }
    rfi->answered_ms = exercise->now_ms;
    exercise_say_rfi(exercise, input, number, input->rfi_answer.text);
    return SPILL_OK;
}

/* ---- Evaluators ---- */

static enum spill_status exercise_mark(struct exercise *exercise, const struct input *input) {
    struct exercise_inject *const inject = exercise_inject_of(exercise, input->mark.inject);
    if (inject == NULL) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_INJECT, "there is no inject '%s'",
                               input->mark.inject);
    }
    if (inject->released_ms < 0) {
        return exercise_refuse(exercise, input, REFUSAL_WRONG_STATE, "inject '%s' is %s",
                               inject->facts->id, run_state_name(inject->state));
    }
    enum mark *mark = &inject->mark;
    if (input->mark.cell[0] != '\0') {
        struct cell_ref cell = {0};
        struct exercise_delivery *const delivery =
            script_find_cell(exercise->script, input->mark.cell, &cell) == SPILL_OK
                ? exercise_delivery_of(exercise, inject, cell)
                : NULL;
        if (delivery == NULL) {
            return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_CELL,
                                   "inject '%s' did not go to a cell '%s'", inject->facts->id,
                                   input->mark.cell);
        }
        mark = &delivery->mark;
        exercise_touch_delivery(exercise, delivery);
    } else {
        exercise_touch_expectation(exercise, inject);
    }
    struct output said = {.kind = OUTPUT_MARK,
                          .mark = {.who = input->who,
                                   .inject = inject->facts->id,
                                   .cell = input->mark.cell,
                                   .before = *mark,
                                   .after = input->mark.mark,
                                   .text = input->mark.text}};
    *mark = input->mark.mark;
    exercise_say(exercise, &said);
    return SPILL_OK;
}

static enum spill_status exercise_take_note(struct exercise *exercise, const struct input *input) {
    if (input->note.inject[0] != '\0' && exercise_inject_of(exercise, input->note.inject) == NULL) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_INJECT, "there is no inject '%s'",
                               input->note.inject);
    }
    struct output said = {
        .kind = OUTPUT_NOTE,
        .note = {.who = input->who, .inject = input->note.inject, .text = input->note.text}};
    exercise_say(exercise, &said);
    return SPILL_OK;
}

/* ---- All of them ---- */

/* The cell that an input is about; NULL for kinds that are not about one cell. */
static const char *exercise_input_cell(const struct input *input) {
    switch (input->kind) {
    case INPUT_CELL_LINK:
        return input->link.cell;
    case INPUT_DELIVERED:
        return input->delivered.cell;
    case INPUT_OPENED:
    case INPUT_ACKNOWLEDGED:
        return input->seen.cell;
    case INPUT_ANSWERED:
        return input->answer.cell;
    case INPUT_ORDER:
        return input->order.cell;
    case INPUT_RFI:
        return input->rfi.cell;
    case INPUT_MESSAGE:
        return input->who.kind == WHO_CELL ? input->who.id : NULL;
    default:
        return NULL;
    }
}

static enum spill_status exercise_people_act(struct exercise *exercise, const struct input *input,
                                             struct cell_ref cell) {
    switch (input->kind) {
    case INPUT_CELL_LINK:
        return exercise_link(exercise, input, cell);
    case INPUT_DELIVERED:
        return exercise_take_delivered(exercise, input, cell);
    case INPUT_OPENED:
    case INPUT_ACKNOWLEDGED:
        return exercise_seen(exercise, input, cell);
    case INPUT_ANSWERED:
        return exercise_answer(exercise, input, cell);
    case INPUT_ORDER:
        return exercise_order(exercise, input);
    case INPUT_MESSAGE:
        return exercise_mail(exercise, input);
    case INPUT_RFI:
        return exercise_ask(exercise, input, cell);
    case INPUT_RFI_ANSWER:
        return exercise_answer_rfi(exercise, input);
    case INPUT_MARK:
        return exercise_mark(exercise, input);
    default:
        SPILL_ASSERT(input->kind == INPUT_NOTE);
        return exercise_take_note(exercise, input);
    }
}

enum spill_status exercise_people(struct exercise *exercise, const struct input *input) {
    struct cell_ref cell = {0};
    const char *const id = exercise_input_cell(input);
    if (id != NULL && script_find_cell(exercise->script, id, &cell) != SPILL_OK) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_CELL, "there is no cell '%s'", id);
    }
    if (id != NULL && input->who.kind == WHO_CELL && strcmp(input->who.id, id) != 0) {
        return exercise_refuse(exercise, input, REFUSAL_NOT_YOURS,
                               "cell '%s' does not act for cell '%s'", input->who.id, id);
    }
    const enum spill_status status = exercise_people_act(exercise, input, cell);
    if (status == SPILL_OK && input->who.kind == WHO_CELL) {
        exercise->cells[cell.index].heard_ms = exercise->now_ms;
    }
    return status;
}
