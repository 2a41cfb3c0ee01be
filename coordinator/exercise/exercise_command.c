/* SPDX-License-Identifier: Apache-2.0 */
/* What exercise control does with injects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/exercise/exercise_parts.h"

const char *exercise_note(struct exercise *exercise, const char *text) {
    const size_t text_bytes = strlen(text) + 1;
    if (text_bytes > EXERCISE_NOTES_BYTES_MAX - exercise->note_bytes) {
        return NULL;
    }
    char *const note = exercise->notes + exercise->note_bytes;
    memcpy(note, text, text_bytes);
    exercise->note_bytes += text_bytes;
    return note;
}

/* Whether a command may act on an inject in this state. */
static bool exercise_command_fits(enum input_kind kind, enum run_state state) {
    switch (kind) {
    case INPUT_RELEASE:
        return state == RUN_HELD;
    case INPUT_APPROVE:
    case INPUT_VETO:
        return state == RUN_PROPOSED;
    case INPUT_HOLD:
        return run_state_may_follow(state, RUN_HELD);
    default:
        /* The others are for every inject that has not gone out and still may. */
        return run_state_may_follow(state, RUN_RELEASED);
    }
}

static enum spill_status exercise_edit(struct exercise *exercise, const struct input *input,
                                       struct exercise_inject *inject) {
    const char *const title = input->command.title;
    const char *const text = input->command.text;
    if (title[0] == '\0' && text[0] == '\0') {
        return exercise_refuse(exercise, input, REFUSAL_MALFORMED, "an edit without a text");
    }
    const size_t note_bytes = exercise->note_bytes;
    const char *const new_title = title[0] != '\0' ? exercise_note(exercise, title) : inject->title;
    const char *const new_body = text[0] != '\0' ? exercise_note(exercise, text) : inject->body;
    if ((title[0] != '\0' && new_title == NULL) || (text[0] != '\0' && new_body == NULL)) {
        exercise->note_bytes = note_bytes;
        return exercise_refuse(exercise, input, REFUSAL_FULL, "there is no room for more texts");
    }
    inject->title = new_title;
    inject->body = new_body;
    exercise_change(exercise, inject, inject->state, CHANGE_COMMAND, &input->who,
                    input->command.why);
    return SPILL_OK;
}

static enum spill_status exercise_delay(struct exercise *exercise, const struct input *input,
                                        struct exercise_inject *inject) {
    const int64_t until_ms = input->command.until_ms;
    if (until_ms <= exercise->now_ms || until_ms > exercise->duration_ms) {
        return exercise_refuse(exercise, input, REFUSAL_BAD_TIME,
                               "a delay ends later than now and within the exercise");
    }
    inject->planned_ms = until_ms;
    inject->armed_ms = -1;
    inject->holds_ms = -1;
    inject->proposed_ms = -1;
    exercise_change(exercise, inject, RUN_WAITING, CHANGE_COMMAND, &input->who, input->command.why);
    return SPILL_OK;
}

enum spill_status exercise_command(struct exercise *exercise, const struct input *input) {
    struct exercise_inject *const inject = exercise_inject_of(exercise, input->command.inject);
    if (inject == NULL) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_INJECT, "there is no inject '%s'",
                               input->command.inject);
    }
    if (!exercise_command_fits(input->kind, inject->state)) {
        return exercise_refuse(exercise, input, REFUSAL_WRONG_STATE, "inject '%s' is %s",
                               inject->facts->id, run_state_name(inject->state));
    }
    const struct who *const who = &input->who;
    const char *const why = input->command.why;
    switch (input->kind) {
    case INPUT_INJECT_NOW:
    case INPUT_RELEASE:
    case INPUT_APPROVE:
        exercise_release(exercise, inject, CHANGE_COMMAND, who, why);
        break;
    case INPUT_HOLD:
        exercise_change(exercise, inject, RUN_HELD, CHANGE_COMMAND, who, why);
        break;
    case INPUT_SKIP:
        exercise_change(exercise, inject, RUN_SKIPPED, CHANGE_COMMAND, who, why);
        break;
    case INPUT_CANCEL:
    case INPUT_VETO:
        exercise_change(exercise, inject, RUN_CANCELLED, CHANGE_COMMAND, who, why);
        break;
    case INPUT_EDIT:
        return exercise_edit(exercise, input, inject);
    default:
        SPILL_ASSERT(input->kind == INPUT_DELAY);
        return exercise_delay(exercise, input, inject);
    }
    return SPILL_OK;
}

/* ---- Injects made during play ---- */

/* Finds the receivers of an ad hoc inject; false, and the refusal is said, when one may not have
 * it. */
static bool exercise_ad_hoc_receivers(struct exercise *exercise, const struct input *input,
                                      struct cell_ref *to) {
    for (size_t i = 0; i < input->ad_hoc.to_count; i++) {
        const char *const id = input->ad_hoc.to[i];
        if (script_find_cell(exercise->script, id, &to[i]) != SPILL_OK) {
            (void)exercise_refuse(exercise, input, REFUSAL_UNKNOWN_CELL, "there is no cell '%s'",
                                  id);
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (to[j].index == to[i].index) {
                (void)exercise_refuse(exercise, input, REFUSAL_MALFORMED, "cell '%s' twice", id);
                return false;
            }
        }
        if (input->ad_hoc.tlp > exercise->cells[to[i].index].cast->clearance) {
            (void)exercise_refuse(exercise, input, REFUSAL_NOT_CLEARED,
                                  "cell '%s' is not cleared for that", id);
            return false;
        }
    }
    return true;
}

/* The id of the next ad hoc inject: "ad-hoc-1" and so on, past those that the scenario took. */
static void exercise_ad_hoc_id(struct exercise *exercise, char id[EXERCISE_AD_HOC_ID_BYTES]) {
    do {
        exercise->ad_hoc_number++;
        snprintf(id, EXERCISE_AD_HOC_ID_BYTES, "ad-hoc-%" PRIu64, exercise->ad_hoc_number);
    } while (exercise_inject_of(exercise, id) != NULL);
}

static struct text exercise_text(const char *text) {
    struct text texts;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        texts.in[i] = text;
    }
    return texts;
}

struct exercise_inject *exercise_add_inject(struct exercise *exercise, const struct inject *facts) {
    struct exercise_inject *const inject = &exercise->injects[exercise->inject_count];
    *inject = (struct exercise_inject){.facts = facts,
                                       .state = RUN_WAITING,
                                       .planned_ms = SPILL_NEVER,
                                       .armed_ms = -1,
                                       .holds_ms = -1,
                                       .proposed_ms = -1,
                                       .released_ms = -1,
                                       .expected_by_ms = SPILL_NEVER,
                                       .expected_at_ms = -1,
                                       .first_delivery = (uint32_t)exercise->delivery_count};
    for (size_t i = 0; i < facts->to_count; i++) {
        exercise->deliveries[exercise->delivery_count + i] =
            (struct exercise_delivery){.inject = (uint32_t)exercise->inject_count,
                                       .cell = facts->to[i],
                                       .delivered_ms = -1,
                                       .opened_ms = -1,
                                       .acknowledged_ms = -1,
                                       .answered_ms = -1,
                                       .option = -1,
                                       .next = EXERCISE_NONE};
        exercise_touch(exercise, ENTITY_DELIVERY, exercise->delivery_count + i);
    }
    exercise->delivery_count += facts->to_count;
    exercise->inject_count++;
    exercise_touch_inject(exercise, inject);
    exercise_touch_expectation(exercise, inject);
    return inject;
}

enum spill_status exercise_ad_hoc(struct exercise *exercise, const struct input *input) {
    const size_t at = exercise->inject_count - exercise->planned_count;
    const size_t to_count = input->ad_hoc.to_count;
    const char *const replaces = input->ad_hoc.replaces;
    struct exercise_inject *const replaced =
        replaces[0] != '\0' ? exercise_inject_of(exercise, replaces) : NULL;
    if (to_count == 0) {
        return exercise_refuse(exercise, input, REFUSAL_NO_RECEIVER, "nobody would receive it");
    }
    if (replaces[0] != '\0' && replaced == NULL) {
        return exercise_refuse(exercise, input, REFUSAL_UNKNOWN_INJECT, "there is no inject '%s'",
                               replaces);
    }
    if (replaced != NULL && !run_state_may_follow(replaced->state, RUN_SUPERSEDED)) {
        return exercise_refuse(exercise, input, REFUSAL_WRONG_STATE, "inject '%s' is %s", replaces,
                               run_state_name(replaced->state));
    }
    if (at >= EXERCISE_AD_HOC_MAX ||
        to_count > EXERCISE_AD_HOC_CELLS_MAX - exercise->ad_hoc_cell_count) {
        return exercise_refuse(exercise, input, REFUSAL_FULL, "there is no room for more injects");
    }
    struct cell_ref *const to = exercise->ad_hoc_cells + exercise->ad_hoc_cell_count;
    if (!exercise_ad_hoc_receivers(exercise, input, to)) {
        return SPILL_REFUSED;
    }
    const size_t note_bytes = exercise->note_bytes;
    const char *const channel = exercise_note(exercise, input->ad_hoc.channel);
    const char *const from = exercise_note(exercise, input->ad_hoc.from);
    const char *const title = exercise_note(exercise, input->ad_hoc.title);
    const char *const text = exercise_note(exercise, input->ad_hoc.text);
    if (channel == NULL || from == NULL || title == NULL || text == NULL) {
        exercise->note_bytes = note_bytes;
        return exercise_refuse(exercise, input, REFUSAL_FULL, "there is no room for more texts");
    }
    exercise->ad_hoc_cell_count += to_count;
    exercise_ad_hoc_id(exercise, exercise->ad_hoc_ids[at]);
    exercise->ad_hoc[at] = (struct inject){.id = exercise->ad_hoc_ids[at],
                                           .storyline = "",
                                           .event = "",
                                           .incident = "",
                                           .title = exercise_text(title),
                                           .body = exercise_text(text),
                                           .controller_notes = exercise_text(""),
                                           .type = input->ad_hoc.type,
                                           .category = CATEGORY_CONTINGENCY,
                                           .tlp = input->ad_hoc.tlp,
                                           .channel = channel,
                                           .from = exercise_text(from),
                                           .to = to,
                                           .to_count = to_count,
                                           .controller = "",
                                           .at_ms = SPILL_NEVER,
                                           .expires_ms = SPILL_NEVER,
                                           .unattended_ms = SPILL_NEVER,
                                           .acknowledge = input->ad_hoc.acknowledge,
                                           .expected_text = exercise_text(""),
                                           .due_ms = SPILL_NEVER,
                                           .place = {NETWORK_NO_INDEX}};
    if (replaced != NULL) {
        exercise_change(exercise, replaced, RUN_SUPERSEDED, CHANGE_COMMAND, &input->who,
                        exercise->ad_hoc_ids[at]);
    }
    exercise_release(exercise, exercise_add_inject(exercise, &exercise->ad_hoc[at]), CHANGE_COMMAND,
                     &input->who, "");
    return SPILL_OK;
}
