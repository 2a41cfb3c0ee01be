/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of cells and of injects. */
#include "coordinator/control/overview_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OVERVIEW_BECAUSE_MAX = 8 };

/* ---- Cells ---- */

/* What cells must still do, and since when: one walk over everything that was released. */
static void overview_weigh_cells(struct overview *overview, const struct exercise *exercise) {
    const int64_t now_ms = exercise_now_ms(exercise);
    for (size_t i = 0; i < overview->cell_count; i++) {
        overview->cells[i].overdue = 0;
        overview->cells[i].overdue_ms = -1;
        overview->cells[i].oldest_ms = SPILL_NEVER;
    }
    for (uint32_t i = 0; i < exercise_inject_count(exercise); i++) {
        const struct inject_ref inject = {i};
        struct inject_now now;
        exercise_inject(exercise, inject, &now);
        if (now.state != RUN_RELEASED) {
            continue;
        }
        for (size_t j = 0; j < now.facts->to_count; j++) {
            struct delivery_now delivery;
            exercise_delivery(exercise, inject, j, &delivery);
            struct overview_cell *const cell = &overview->cells[delivery.cell.index];
            if (!delivery.awaited) {
                continue;
            }
            cell->oldest_ms = now.released_ms < cell->oldest_ms ? now.released_ms : cell->oldest_ms;
            if (now.expected_by_ms < now_ms) {
                cell->overdue++;
                cell->overdue_ms = cell->overdue_ms < 0 || now.expected_by_ms < cell->overdue_ms
                                       ? now.expected_by_ms
                                       : cell->overdue_ms;
            }
        }
    }
}

/* For how long a cell has done nothing though something is awaited; -1: nothing is. */
static int64_t overview_silent_ms(const struct overview_cell *cell, const struct cell_now *now,
                                  int64_t now_ms) {
    if (cell->oldest_ms == SPILL_NEVER) {
        return -1;
    }
    const int64_t since_ms = now->heard_ms > cell->oldest_ms ? now->heard_ms : cell->oldest_ms;
    return now_ms - since_ms;
}

static uint64_t overview_cell_hash(const struct overview_cell *cell, const struct cell_now *now,
                                   int64_t now_ms) {
    const int64_t silent_ms = overview_silent_ms(cell, now, now_ms);
    const uint64_t values[] = {
        now->connected,
        cell->seat.robot,
        cell->joined,
        (uint64_t)(cell->seat.heard_us / 10000000),
        cell->seat.lag,
        now->unread,
        now->awaited,
        cell->overdue,
        (uint64_t)cell->overdue_ms,
        (uint64_t)(silent_ms / 60000),
        now->order_count,
    };
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        hash = overview_mix(hash, values[i]);
    }
    return hash;
}

void overview_cells_look(struct overview *overview, const struct exercise *exercise, bool all) {
    overview->look.cells = false;
    if (all) {
        overview_weigh_cells(overview, exercise);
    }
    for (uint32_t i = 0; i < overview->cell_count; i++) {
        struct overview_cell *const cell = &overview->cells[i];
        cell->listed = false;
        if (!all && !cell->dirty) {
            continue;
        }
        struct cell_now now;
        exercise_cell(exercise, (struct cell_ref){i}, &now);
        const uint64_t hash = overview_cell_hash(cell, &now, exercise_now_ms(exercise));
        cell->listed = hash != cell->told;
        cell->told = hash;
        cell->dirty = false;
        overview->look.cells = overview->look.cells || cell->listed;
    }
}

void overview_print_cell(const struct overview *overview, const struct exercise *exercise,
                         struct cell_ref cell, struct writer *writer) {
    const struct overview_cell *const facts = &overview->cells[cell.index];
    struct cell_now now;
    exercise_cell(exercise, cell, &now);
    writer_object(writer, NULL);
    writer_text(writer, "id", script_cell_id(overview->script, cell));
    writer_truth(writer, "connected", now.connected);
    writer_truth(writer, "robot", facts->seat.robot);
    writer_truth(writer, "joined", facts->joined);
    overview_print_ms(writer, "heard_us", facts->seat.heard_us);
    writer_number(writer, "lag", (int64_t)facts->seat.lag);
    writer_number(writer, "unread", (int64_t)now.unread);
    writer_number(writer, "awaited", (int64_t)now.awaited);
    writer_number(writer, "overdue", (int64_t)facts->overdue);
    overview_print_ms(writer, "overdue_ms", facts->overdue_ms);
    overview_print_ms(writer, "silent_ms",
                      overview_silent_ms(facts, &now, exercise_now_ms(exercise)));
    writer_number(writer, "orders", (int64_t)now.order_count);
    writer_end(writer);
}

/* ---- Conditions ---- */

static const char *overview_argument(const struct overview *overview,
                                     const struct exercise *exercise, enum condition_name kind,
                                     uint32_t index) {
    if (index == CONDITION_EVERY) {
        return "*";
    }
    switch (kind) {
    case NAME_ASSET:
        return network_asset_id(overview->network, (struct asset_ref){index});
    case NAME_SECTOR:
        return network_sector_id(overview->network, (struct sector_ref){index});
    case NAME_COUNTRY:
        return network_country_id(overview->network, (struct country_ref){index});
    case NAME_CAMPAIGN:
        return network_campaign_id(overview->network, (struct campaign_ref){index});
    case NAME_SURGE:
        return network_surge_id(overview->network, (struct surge_ref){index});
    case NAME_RULE:
        return script_rule_id(overview->script, (struct rule_ref){index});
    case NAME_ORDER:
        return script_order_id(overview->script, (struct order_ref){index});
    case NAME_CELL:
        return script_cell_id(overview->script, (struct cell_ref){index});
    case NAME_INJECT: {
        struct inject_now now;
        exercise_inject(exercise, (struct inject_ref){index}, &now);
        return now.facts->id;
    }
    default:
        return NULL; /* An option is named with its inject, and has no name without it. */
    }
}

static int overview_value_words(enum condition_unit unit, int64_t value, char *text,
                                size_t text_bytes) {
    char time[SPILL_DURATION_TEXT_BYTES];
    switch (unit) {
    case UNIT_PPM:
        return snprintf(text, text_bytes, "%" PRId64 ".%" PRId64 " %%", value / 10000,
                        (value < 0 ? -value : value) / 1000 % 10);
    case UNIT_MS:
        return snprintf(text, text_bytes, "%s", value < 0 ? "-" : spill_time_print(value, time));
    default:
        return snprintf(text, text_bytes, "%" PRId64, value);
    }
}

/* "failed_count(telecom, nl) = 3; time() = D+0 03:10:00", in the words of the condition itself. */
static void overview_today(const struct overview *overview, const struct exercise *exercise,
                           const struct condition *condition, char text[OVERVIEW_WORDS_BYTES]) {
    size_t function_count = 0;
    const struct condition_function_facts *const functions = condition_functions(&function_count);
    const struct condition_call *calls = NULL;
    const size_t call_count = condition_calls(condition, &calls);
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < call_count && at < OVERVIEW_WORDS_BYTES; i++) {
        const struct condition_function_facts *const facts = &functions[calls[i].function];
        at += (size_t)snprintf(text + at, OVERVIEW_WORDS_BYTES - at, "%s%s(", i == 0 ? "" : "; ",
                               facts->name);
        bool comma = false;
        for (size_t j = 0; j < facts->argument_count && at < OVERVIEW_WORDS_BYTES; j++) {
            const char *const argument =
                overview_argument(overview, exercise, facts->kinds[j], calls[i].arguments[j]);
            if (argument != NULL) {
                at += (size_t)snprintf(text + at, OVERVIEW_WORDS_BYTES - at, "%s%s",
                                       comma ? ", " : "", argument);
                comma = true;
            }
        }
        if (at < OVERVIEW_WORDS_BYTES) {
            at += (size_t)snprintf(text + at, OVERVIEW_WORDS_BYTES - at, ") = ");
        }
        if (at < OVERVIEW_WORDS_BYTES) {
            const int64_t value = exercise_read(calls[i].function, calls[i].arguments, exercise);
            at += (size_t)overview_value_words(facts->unit, value, text + at,
                                               OVERVIEW_WORDS_BYTES - at);
        }
    }
    spill_utf8_trim(text);
}

static uint64_t overview_condition_hash(const struct exercise *exercise,
                                        const struct condition *condition) {
    const struct condition_call *calls = NULL;
    const size_t call_count = condition_calls(condition, &calls);
    uint64_t hash = 0;
    for (size_t i = 0; i < call_count; i++) {
        const bool time = calls[i].function == FUNCTION_TIME || calls[i].function == FUNCTION_SINCE;
        hash = overview_mix(
            hash,
            time ? 0 : (uint64_t)exercise_read(calls[i].function, calls[i].arguments, exercise));
    }
    return overview_mix(hash, condition_true(condition, exercise_read, exercise));
}

/* ---- Injects ---- */

static bool overview_pending(enum run_state state) {
    return state == RUN_WAITING || state == RUN_ARMED || state == RUN_PROPOSED || state == RUN_HELD;
}

/* Of an ad hoc inject: which of them an output was about is not known when it is taken in. */
static uint64_t overview_inject_hash(const struct exercise *exercise, struct inject_ref inject,
                                     const struct inject_now *now) {
    uint64_t hash = overview_mix(1, (uint64_t)now->state);
    hash = overview_mix(hash, (uint64_t)(uintptr_t)now->title.in[0]);
    hash = overview_mix(hash, (uint64_t)(uintptr_t)now->body.in[0]);
    hash = overview_mix(hash, (uint64_t)now->due_ms);
    hash = overview_mix(hash, (uint64_t)now->expectation);
    for (size_t i = 0; i < now->facts->to_count; i++) {
        struct delivery_now delivery;
        exercise_delivery(exercise, inject, i, &delivery);
        hash = overview_mix(hash, (uint64_t)delivery.state);
        hash = overview_mix(hash, delivery.awaited);
    }
    return hash;
}

void overview_injects_look(struct overview *overview, const struct exercise *exercise, bool all) {
    overview->look.injects = false;
    for (uint32_t i = 0; i < exercise_inject_count(exercise); i++) {
        struct overview_inject *const inject = &overview->injects[i];
        inject->listed = false;
        if (!all && !inject->dirty) {
            continue;
        }
        struct inject_now now;
        exercise_inject(exercise, (struct inject_ref){i}, &now);
        if (i >= scenario_inject_count(overview->scenario)) {
            const uint64_t hash = overview_inject_hash(exercise, (struct inject_ref){i}, &now);
            inject->dirty = hash != inject->told;
            inject->told = hash;
        } else if (now.facts->when != NULL && overview_pending(now.state)) {
            const uint64_t hash = overview_condition_hash(exercise, now.facts->when);
            inject->dirty = inject->dirty || hash != inject->told;
            inject->told = hash;
        }
        inject->listed = inject->dirty;
        inject->dirty = false;
        overview->look.injects = overview->look.injects || inject->listed;
    }
}

bool overview_inject_shown(const struct exercise *exercise, struct inject_ref inject,
                           enum overview_role role) {
    struct inject_now now;
    exercise_inject(exercise, inject, &now);
    return role == OVERVIEW_CONTROL || now.released_ms >= 0;
}

static const char *overview_cause(const struct inject *facts, bool ad_hoc) {
    if (ad_hoc) {
        return "controller";
    }
    if (facts->proposed) {
        return "model";
    }
    if (facts->when != NULL) {
        return "condition";
    }
    return facts->at_ms == SPILL_NEVER ? "controller" : "script";
}

static void overview_print_receivers(const struct overview *overview, const struct inject *facts,
                                     struct writer *writer) {
    writer_array(writer, "to");
    for (size_t i = 0; i < facts->to_count; i++) {
        writer_text(writer, NULL, script_cell_id(overview->script, facts->to[i]));
    }
    writer_end(writer);
}

static void overview_print_condition(const struct overview *overview,
                                     const struct exercise *exercise, const struct inject *facts,
                                     struct writer *writer) {
    if (facts->when == NULL) {
        writer_null(writer, "condition");
        return;
    }
    char today[OVERVIEW_WORDS_BYTES];
    overview_today(overview, exercise, facts->when, today);
    writer_object(writer, "condition");
    writer_text(writer, "text", condition_text(facts->when));
    writer_truth(writer, "holds", condition_true(facts->when, exercise_read, exercise));
    writer_text(writer, "today", today);
    writer_end(writer);
}

/* An asset in words: "Substation Arnhem (Netherlands): failed". */
static void overview_print_reason(const struct overview *overview, const struct exercise *exercise,
                                  struct asset_ref asset, struct writer *writer) {
    static const enum words_key states[] = {WORDS_STATE_NORMAL, WORDS_STATE_DEGRADED,
                                            WORDS_STATE_FAILED, WORDS_STATE_RESTORING,
                                            WORDS_STATE_ISLANDED};
    char lines[LANGUAGE_COUNT][OVERVIEW_WORDS_BYTES];
    struct text text;
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    const struct country_ref country = network_asset_country(overview->network, asset);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        snprintf(lines[i], sizeof lines[i], "%s (%s): %s",
                 scenario_asset(overview->scenario, asset)->name.in[i],
                 scenario_country_name(overview->scenario, country).in[i],
                 words(states[cascade_status(cascade, asset)], (enum words_language)i));
        spill_utf8_trim(lines[i]);
        text.in[i] = lines[i];
    }
    writer_object(writer, NULL);
    writer_number(writer, "asset", asset.index);
    overview_print_text(writer, "words", text);
    writer_end(writer);
}

/* Assets that a condition is about: those that it names, and those below full service in the
 * countries and sectors that it counts. */
static size_t overview_because(const struct overview *overview, const struct inject_now *now,
                               struct asset_ref because[OVERVIEW_BECAUSE_MAX]) {
    size_t count = 0;
    const struct condition_call *calls = NULL;
    const size_t call_count = now->facts->proposed && now->facts->when != NULL &&
                                      overview_pending(now->state) && now->state != RUN_WAITING
                                  ? condition_calls(now->facts->when, &calls)
                                  : 0;
    for (size_t i = 0; i < call_count && count < OVERVIEW_BECAUSE_MAX; i++) {
        const struct condition_function_facts *const facts =
            &condition_functions(&(size_t){0})[calls[i].function];
        const uint32_t *const arguments = calls[i].arguments;
        if (facts->argument_count > 0 && facts->kinds[0] == NAME_ASSET) {
            because[count++] = (struct asset_ref){arguments[0]};
            continue;
        }
        const bool counts = facts->argument_count == 2 && facts->kinds[0] == NAME_SECTOR;
        for (size_t j = 0; counts && j < overview->watched.count && count < OVERVIEW_BECAUSE_MAX;
             j++) {
            const struct asset_ref asset = {overview->watched.items[j]};
            const uint32_t sector = network_asset_sector(overview->network, asset).index;
            const uint32_t country = network_asset_country(overview->network, asset).index;
            if (overview->assets[asset.index].service_ppm < SPILL_PPM &&
                (arguments[0] == CONDITION_EVERY || arguments[0] == sector) &&
                (arguments[1] == CONDITION_EVERY || arguments[1] == country)) {
                because[count++] = asset;
            }
        }
    }
    return count;
}

static void overview_print_because(const struct overview *overview, const struct exercise *exercise,
                                   const struct inject_now *now, struct writer *writer) {
    struct asset_ref because[OVERVIEW_BECAUSE_MAX];
    const size_t count = overview_because(overview, now, because);
    writer_array(writer, "because");
    for (size_t i = 0; i < count; i++) {
        overview_print_reason(overview, exercise, because[i], writer);
    }
    writer_end(writer);
    overview_print_next(overview, exercise, because, count, true, writer);
}

static void overview_print_deliveries(const struct overview *overview,
                                      const struct exercise *exercise, struct inject_ref inject,
                                      const struct inject *facts, struct writer *writer) {
    writer_array(writer, "deliveries");
    for (size_t i = 0; i < facts->to_count; i++) {
        struct delivery_now now;
        exercise_delivery(exercise, inject, i, &now);
        writer_object(writer, NULL);
        writer_text(writer, "cell", script_cell_id(overview->script, now.cell));
        writer_text(writer, "state", delivery_state_name(now.state));
        overview_print_ms(writer, "delivered_ms", now.delivered_ms);
        overview_print_ms(writer, "opened_ms", now.opened_ms);
        overview_print_ms(writer, "acknowledged_ms", now.acknowledged_ms);
        overview_print_ms(writer, "answered_ms", now.answered_ms);
        writer_text(writer, "option", now.option);
        writer_truth(writer, "awaited", now.awaited);
        writer_end(writer);
    }
    writer_end(writer);
}

static void overview_print_inject_facts(const struct overview *overview,
                                        const struct inject_now *now, bool ad_hoc,
                                        struct writer *writer) {
    static const char *const categories[] = {"contextual", "expected_action", "contingency"};
    const struct inject *const facts = now->facts;
    writer_text(writer, "id", facts->id);
    overview_print_text(writer, "title", now->title);
    overview_print_text(writer, "text", now->body);
    writer_text(writer, "type", overview_inject_type(facts->type));
    writer_text(writer, "category", categories[facts->category]);
    writer_text(writer, "storyline", facts->storyline != NULL ? facts->storyline : "");
    writer_text(writer, "from", facts->from.in[LANGUAGE_EN]);
    overview_print_receivers(overview, facts, writer);
    writer_text(writer, "channel", facts->channel != NULL ? facts->channel : "");
    writer_text(writer, "tlp", overview_tlp(facts->tlp));
    writer_text(writer, "cause", overview_cause(facts, ad_hoc));
    writer_text(writer, "responsible", facts->controller != NULL ? facts->controller : "");
    writer_text(writer, "instructions",
                facts->controller_notes.in[LANGUAGE_EN] != NULL
                    ? facts->controller_notes.in[LANGUAGE_EN]
                    : "");
}

void overview_print_inject(const struct overview *overview, const struct exercise *exercise,
                           struct inject_ref inject, struct writer *writer) {
    const bool ad_hoc = inject.index >= scenario_inject_count(overview->scenario);
    struct inject_now now;
    exercise_inject(exercise, inject, &now);
    writer_object(writer, NULL);
    overview_print_inject_facts(overview, &now, ad_hoc, writer);
    writer_text(writer, "state", run_state_name(now.state));
    overview_print_ms(writer, "planned_ms", now.planned_ms);
    overview_print_ms(writer, "due_ms", now.due_ms);
    overview_print_ms(writer, "proposed_ms", now.proposed_ms);
    overview_print_ms(writer, "released_ms", now.released_ms);
    if (now.facts->proposed) {
        writer_text(writer, "unattended",
                    now.facts->unattended == UNATTENDED_PASS ? "pass" : "hold");
    } else {
        writer_null(writer, "unattended");
    }
    overview_print_condition(overview, exercise, now.facts, writer);
    writer_truth(writer, "edited", now.edited);
    writer_truth(writer, "ad_hoc", ad_hoc);
    writer_text(writer, "expectation", expectation_state_name(now.expectation));
    overview_print_ms(writer, "expected_by_ms", now.expected_by_ms);
    overview_print_because(overview, exercise, &now, writer);
    overview_print_deliveries(overview, exercise, inject, now.facts, writer);
    writer_end(writer);
}
