/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one sentence for each thing that happened, in each language. */
#include "coordinator/control/overview_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OVERVIEW_NUMBER_BYTES = 32,
    OVERVIEW_LIST_BYTES = 256,
    OVERVIEW_QUOTE_BYTES = 300,
    OVERVIEW_VALUES_MAX = 6,
    OVERVIEW_WHO_BYTES = 96,
};

/* An entry that is being made. */
struct overview_line {
    struct overview *overview;
    const struct output *output;
    int64_t utc_us;
    struct who who;
    uint32_t asset; /* NETWORK_NO_INDEX: none. */
    const char *cell;
    const char *inject;
    bool control_only;
};

/* Text in each language; a NULL in the second stands for the first. */
struct overview_value {
    const char *name;
    const char *in[LANGUAGE_COUNT];
};

static struct overview_value overview_same(const char *name, const char *text) {
    return (struct overview_value){name, {text, text}};
}

static struct overview_value overview_each(const char *name, struct text text) {
    struct overview_value value = {.name = name};
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        value.in[i] = text.in[i];
    }
    return value;
}

/* The beginning of what somebody wrote. */
static const char *overview_quote(const char *text, char quote[OVERVIEW_QUOTE_BYTES]) {
    const int bytes = snprintf(quote, OVERVIEW_QUOTE_BYTES - 3, "%s", text);
    spill_utf8_trim(quote);
    if ((size_t)bytes >= OVERVIEW_QUOTE_BYTES - 3) {
        memcpy(quote + strlen(quote), "…", sizeof "…");
    }
    return quote;
}

/* ---- Keeping ---- */

static void overview_print_id(struct writer *writer, const char *name, const char *id) {
    if (id == NULL || id[0] == '\0') {
        writer_null(writer, name);
    } else {
        writer_text(writer, name, id);
    }
}

static enum spill_status overview_keep(const struct overview_line *line, struct text text) {
    struct overview *const overview = line->overview;
    struct writer *const writer = overview->entry;
    char who[OVERVIEW_WHO_BYTES];
    const bool system = line->who.kind == WHO_SYSTEM;
    snprintf(who, sizeof who, "%s%s%s", who_kind_name(line->who.kind), system ? "" : ":",
             system ? "" : line->who.id);
    writer_clear(writer);
    writer_object(writer, NULL);
    writer_number(writer, "at_ms", line->output->at_ms);
    writer_number(writer, "utc_us", line->utc_us);
    writer_text(writer, "kind", output_kind_name(line->output->kind));
    writer_text(writer, "who", who);
    overview_print_text(writer, "words", text);
    overview_print_index(writer, "asset", line->asset);
    overview_print_id(writer, "cell", line->cell);
    overview_print_id(writer, "inject", line->inject);
    writer_end(writer);
    const char *json = NULL;
    size_t json_bytes = 0;
    enum spill_status status = writer_finish(writer, &json, &json_bytes);
    char *const copy = status == SPILL_OK ? spill_alloc(json_bytes, 1) : NULL;
    if (copy == NULL) {
        return status == SPILL_OK ? SPILL_MEMORY : status;
    }
    /* Without the braces: the sequence goes before the rest. */
    const size_t members_bytes = json_bytes - 2;
    memcpy(copy, json + 1, members_bytes);
    struct overview_entry *const entry = &overview->log[overview->entry_count % OVERVIEW_LOG_MAX];
    free(entry->json);
    *entry = (struct overview_entry){
        .json = copy, .json_bytes = members_bytes, .control_only = line->control_only};
    overview->entry_count++;
    return SPILL_OK;
}

static enum spill_status overview_say(const struct overview_line *line, enum words_key key,
                                      const struct overview_value *values, size_t value_count) {
    char lines[LANGUAGE_COUNT][OVERVIEW_WORDS_BYTES];
    struct words_value filled[OVERVIEW_VALUES_MAX];
    struct text text;
    SPILL_ASSERT(value_count <= OVERVIEW_VALUES_MAX);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        for (size_t j = 0; j < value_count; j++) {
            filled[j] = (struct words_value){values[j].name, values[j].in[i]};
        }
        (void)words_fill(lines[i], sizeof lines[i], key, (enum words_language)i, filled,
                         value_count);
        text.in[i] = lines[i];
    }
    return overview_keep(line, text);
}

/* ---- Names ---- */

static struct text overview_inject_title(const struct overview *overview, const char *id) {
    for (size_t i = 0; i < scenario_inject_count(overview->scenario); i++) {
        const struct inject *const inject = scenario_inject(overview->scenario, i);
        if (strcmp(inject->id, id) == 0) {
            return inject->title;
        }
    }
    return (struct text){{"", ""}};
}

static struct text overview_cell_name(const struct overview *overview, const char *id) {
    struct cell_ref cell = {0};
    if (script_find_cell(overview->script, id, &cell) == SPILL_OK) {
        return scenario_cast(overview->scenario, cell)->name;
    }
    return (struct text){{id, id}};
}

static void overview_join(const char *const *ids, size_t count, char text[OVERVIEW_LIST_BYTES]) {
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && at < OVERVIEW_LIST_BYTES; i++) {
        at += (size_t)snprintf(text + at, OVERVIEW_LIST_BYTES - at, "%s%s", i == 0 ? "" : ", ",
                               ids[i]);
    }
    spill_utf8_trim(text);
}

/* ---- Kinds of output ---- */

static enum spill_status overview_log_clock(struct overview_line *line) {
    static const enum words_key states[] = {
        [CLOCK_NOT_STARTED] = WORDS_LOG_NOT_STARTED,
        [CLOCK_RUNNING] = WORDS_LOG_RUNNING,
        [CLOCK_PAUSED] = WORDS_LOG_PAUSED,
        [CLOCK_ENDED] = WORDS_LOG_ENDED,
    };
    char speed[OVERVIEW_NUMBER_BYTES];
    char until[SPILL_DURATION_TEXT_BYTES];
    const struct output *const output = line->output;
    const int64_t jump_ms = output->clock.jump_ms;
    line->who = output->clock.who;
    snprintf(speed, sizeof speed, "%" PRId64, output->clock.speed_permille / 1000);
    const struct overview_value values[] = {
        overview_same("speed", speed),
        overview_same("why", output->clock.why),
        overview_same("until", spill_time_print(jump_ms < 0 ? 0 : jump_ms, until)),
    };
    enum words_key key = states[output->clock.state];
    if (output->clock.state == CLOCK_RUNNING && jump_ms >= 0) {
        key = WORDS_LOG_JUMP;
    } else if (output->clock.state == CLOCK_RUNNING && output->clock.speed_permille == 0) {
        key = WORDS_LOG_RUNNING_MAX;
    }
    return overview_say(line, key, values, 3);
}

static enum words_key overview_inject_key(const struct output *output) {
    static const enum words_key keys[] = {
        [RUN_WAITING] = WORDS_LOG_INJECT_WAITING,     [RUN_ARMED] = WORDS_LOG_INJECT_ARMED,
        [RUN_PROPOSED] = WORDS_LOG_INJECT_PROPOSED,   [RUN_HELD] = WORDS_LOG_INJECT_HELD,
        [RUN_RELEASED] = WORDS_LOG_INJECT_RELEASED,   [RUN_CLOSED] = WORDS_LOG_INJECT_CLOSED,
        [RUN_SKIPPED] = WORDS_LOG_INJECT_SKIPPED,     [RUN_CANCELLED] = WORDS_LOG_INJECT_CANCELLED,
        [RUN_SUPERSEDED] = WORDS_LOG_INJECT_REPLACED, [RUN_EXPIRED] = WORDS_LOG_INJECT_EXPIRED,
    };
    if (output->inject.before == output->inject.after) {
        return WORDS_LOG_INJECT_EDITED;
    }
    if (output->inject.before == RUN_PROPOSED && output->inject.after == RUN_CANCELLED) {
        return WORDS_LOG_INJECT_VETOED;
    }
    return keys[output->inject.after];
}

static enum spill_status overview_log_inject(struct overview_line *line) {
    const struct output *const output = line->output;
    char due[SPILL_DURATION_TEXT_BYTES];
    const int64_t due_ms = output->inject.due_ms;
    const bool timed = due_ms >= 0 && due_ms != SPILL_NEVER;
    line->who = output->inject.who;
    line->inject = output->inject.inject;
    line->control_only = output->inject.after != RUN_RELEASED && output->inject.after != RUN_CLOSED;
    const struct overview_value values[] = {
        overview_same("inject", output->inject.inject),
        overview_each("title", overview_inject_title(line->overview, output->inject.inject)),
        overview_same("until", timed ? spill_time_print(due_ms, due) : "-"),
    };
    return overview_say(line, overview_inject_key(output), values, 3);
}

static enum spill_status overview_log_delivery(struct overview_line *line) {
    const struct output *const output = line->output;
    char quote[OVERVIEW_QUOTE_BYTES];
    enum words_key key;
    switch (output->delivery.after) {
    case DELIVERY_UNDELIVERABLE:
        key = WORDS_LOG_UNDELIVERABLE;
        break;
    case DELIVERY_ACKNOWLEDGED:
        key = WORDS_LOG_ACKNOWLEDGED;
        break;
    case DELIVERY_ANSWERED:
        key = output->delivery.option[0] != '\0' ? WORDS_LOG_ANSWERED_OPTION : WORDS_LOG_ANSWERED;
        break;
    default:
        return SPILL_OK; /* The inject itself tells how far it got. */
    }
    line->who = (struct who){WHO_CELL, output->delivery.cell};
    line->cell = output->delivery.cell;
    line->inject = output->delivery.inject;
    const struct overview_value values[] = {
        overview_each("cell", overview_cell_name(line->overview, output->delivery.cell)),
        overview_same("inject", output->delivery.inject),
        overview_same("option", output->delivery.option),
        overview_same("text", overview_quote(output->delivery.decision, quote)),
    };
    return overview_say(line, key, values, 4);
}

static enum spill_status overview_log_expectation(struct overview_line *line) {
    const struct output *const output = line->output;
    enum words_key key;
    switch (output->expectation.after) {
    case EXPECTATION_MET:
        key = WORDS_LOG_EXPECTATION_MET;
        break;
    case EXPECTATION_LATE:
        key = WORDS_LOG_EXPECTATION_LATE;
        break;
    case EXPECTATION_MISSED:
        key = WORDS_LOG_EXPECTATION_MISSED;
        break;
    default:
        return SPILL_OK;
    }
    line->inject = output->expectation.inject;
    line->control_only = true;
    const struct overview_value value = overview_same("inject", output->expectation.inject);
    return overview_say(line, key, &value, 1);
}

static enum spill_status overview_log_order(struct overview_line *line) {
    const struct output *const output = line->output;
    struct order_ref order = {0};
    struct asset_ref asset = {NETWORK_NO_INDEX};
    struct overview *const overview = line->overview;
    const struct input_order *const given = &output->order.order;
    if (output->order.repeated) {
        return SPILL_OK;
    }
    const bool known = script_find_order(overview->script, given->order, &order) == SPILL_OK;
    struct text target = {{given->tag, given->tag}};
    if (given->asset[0] != '\0' &&
        network_find_asset(overview->network, given->asset, &asset) == SPILL_OK) {
        target = scenario_asset(overview->scenario, asset)->name;
    } else if (given->tag[0] == '\0') {
        const char *const place = given->country[0] != '\0' ? given->country : given->pool;
        target = (struct text){{place, place}};
    }
    line->who = (struct who){WHO_CELL, given->cell};
    line->cell = given->cell;
    line->asset = asset.index;
    const struct overview_value values[] = {
        overview_each("cell", overview_cell_name(overview, given->cell)),
        known ? overview_each("order", scenario_order_name(overview->scenario, order))
              : overview_same("order", given->order),
        overview_each("target", target),
        overview_same("text", output->order.text),
    };
    enum words_key key = target.in[0][0] == '\0' ? WORDS_LOG_ORDER : WORDS_LOG_ORDER_TARGET;
    key = output->order.number == 0 ? WORDS_LOG_ORDER_REFUSED : key;
    return overview_say(line, key, values, 4);
}

static enum spill_status overview_log_mail(struct overview_line *line) {
    const struct output *const output = line->output;
    char quote[OVERVIEW_QUOTE_BYTES];
    char to[OVERVIEW_LIST_BYTES];
    overview_join(output->mail.to, output->mail.to_count, to);
    line->who = output->mail.who;
    line->cell = output->mail.who.kind == WHO_CELL ? output->mail.who.id : NULL;
    line->control_only = true;
    const struct overview_value values[] = {
        overview_same("from", output->mail.who.id),
        overview_same("to", output->mail.to_count > 0 ? to : "exercise-control"),
        overview_same("text", overview_quote(output->mail.text, quote)),
    };
    return overview_say(line, WORDS_LOG_MAIL, values, 3);
}

static enum spill_status overview_log_rfi(struct overview_line *line) {
    const struct output *const output = line->output;
    char quote[OVERVIEW_QUOTE_BYTES];
    char number[OVERVIEW_NUMBER_BYTES];
    snprintf(number, sizeof number, "%" PRIu64, output->rfi.number);
    line->who = output->rfi.who;
    line->cell = output->rfi.cell;
    line->control_only = true;
    const struct overview_value values[] = {
        overview_each("cell", overview_cell_name(line->overview, output->rfi.cell)),
        overview_same("number", number),
        overview_same("text", overview_quote(output->rfi.text, quote)),
    };
    return overview_say(line, output->rfi.answered ? WORDS_LOG_RFI_ANSWERED : WORDS_LOG_RFI, values,
                        3);
}

static enum spill_status overview_log_said(struct overview_line *line) {
    const struct output *const output = line->output;
    char quote[OVERVIEW_QUOTE_BYTES];
    line->control_only = true;
    if (output->kind == OUTPUT_REFUSED) {
        line->who = output->refused.who;
        const struct overview_value value = overview_same("text", output->refused.text);
        return overview_say(line, WORDS_LOG_REFUSED, &value, 1);
    }
    if (output->kind == OUTPUT_NOTE) {
        line->who = output->note.who;
        line->inject = output->note.inject;
        const struct overview_value value =
            overview_same("text", overview_quote(output->note.text, quote));
        return overview_say(line, WORDS_LOG_NOTE, &value, 1);
    }
    line->who = output->mark.who;
    line->inject = output->mark.inject;
    line->cell = output->mark.cell;
    const struct overview_value values[] = {
        overview_same("inject", output->mark.inject),
        overview_same("mark", mark_name(output->mark.after)),
    };
    return overview_say(line, WORDS_LOG_MARK, values, 2);
}

static enum spill_status overview_log_link(struct overview_line *line) {
    const struct output *const output = line->output;
    line->cell = output->link.cell;
    const struct overview_value value =
        overview_each("cell", overview_cell_name(line->overview, output->link.cell));
    return overview_say(line, output->link.connected ? WORDS_LOG_CONNECTED : WORDS_LOG_LOST, &value,
                        1);
}

static enum spill_status overview_log_fired(struct overview_line *line) {
    struct overview *const overview = line->overview;
    struct rule_ref rule = {0};
    if (script_find_rule(overview->script, line->output->fired.rule, &rule) != SPILL_OK) {
        return SPILL_OK;
    }
    line->control_only = true;
    const struct overview_value value =
        overview_each("name", scenario_rule_name(overview->scenario, rule));
    return overview_say(line, WORDS_LOG_FIRED, &value, 1);
}

/* Failed is below a tenth, back is full service; what lies between is in the picture. In one moment
 * only so many assets have an entry of their own. */
static enum spill_status overview_log_change(struct overview_line *line) {
    struct overview *const overview = line->overview;
    const struct output *const output = line->output;
    struct asset_ref asset = {0};
    if (network_find_asset(overview->network, output->change.asset, &asset) != SPILL_OK) {
        return SPILL_OK;
    }
    struct overview_asset *const facts = &overview->assets[asset.index];
    const int64_t service_ppm = output->change.service_ppm;
    const bool fallen = facts->fallen ? service_ppm < SPILL_PPM : service_ppm < SPILL_FAILED_BELOW;
    if (fallen == facts->fallen) {
        return SPILL_OK;
    }
    facts->fallen = fallen;
    if (overview->moment_ms != output->at_ms) {
        overview->moment_ms = output->at_ms;
        overview->moment_count = 0;
    }
    if (overview->moment_count == OVERVIEW_MOMENT_ENTRIES_MAX) {
        overview->moment_left_out++;
        return SPILL_OK;
    }
    overview->moment_count++;
    line->asset = asset.index;
    const struct country_ref country = network_asset_country(overview->network, asset);
    const struct overview_value values[] = {
        overview_each("asset", scenario_asset(overview->scenario, asset)->name),
        overview_each("country", scenario_country_name(overview->scenario, country)),
    };
    return overview_say(line, fallen ? WORDS_LOG_FAILED : WORDS_LOG_RESTORED, values, 2);
}

/* Those that had no entry of their own in the moment before. */
static enum spill_status overview_log_left_out(struct overview_line *line) {
    struct overview *const overview = line->overview;
    if (overview->moment_left_out == 0 || overview->moment_ms == line->output->at_ms) {
        return SPILL_OK;
    }
    char count[OVERVIEW_NUMBER_BYTES];
    snprintf(count, sizeof count, "%zu", overview->moment_left_out);
    overview->moment_left_out = 0;
    const struct output change = {.kind = OUTPUT_CHANGE, .at_ms = overview->moment_ms};
    struct overview_line more = *line;
    more.output = &change;
    const struct overview_value value = overview_same("count", count);
    return overview_say(&more, WORDS_LOG_MORE_ASSETS, &value, 1);
}

enum spill_status overview_log_take(struct overview *overview, const struct output *output,
                                    int64_t utc_us) {
    struct overview_line line = {
        .overview = overview,
        .output = output,
        .utc_us = utc_us,
        .who = {.kind = WHO_SYSTEM, .id = ""},
        .asset = NETWORK_NO_INDEX,
    };
    const enum spill_status status = overview_log_left_out(&line);
    if (status != SPILL_OK) {
        return status;
    }
    switch (output->kind) {
    case OUTPUT_CLOCK:
        return overview_log_clock(&line);
    case OUTPUT_INJECT:
        return overview_log_inject(&line);
    case OUTPUT_DELIVERY:
        return overview_log_delivery(&line);
    case OUTPUT_EXPECTATION:
        return overview_log_expectation(&line);
    case OUTPUT_REFUSED:
    case OUTPUT_MARK:
    case OUTPUT_NOTE:
        return overview_log_said(&line);
    case OUTPUT_LINK:
        return overview_log_link(&line);
    case OUTPUT_ORDER:
        return overview_log_order(&line);
    case OUTPUT_MAIL:
        return overview_log_mail(&line);
    case OUTPUT_RFI:
        return overview_log_rfi(&line);
    case OUTPUT_FIRED:
        return overview_log_fired(&line);
    case OUTPUT_CHANGE:
        return overview_log_change(&line);
    default:
        return SPILL_OK; /* An order that acts shows in what it does; causes answer "why". */
    }
}

/* ---- Telling ---- */

size_t overview_print_log(const struct overview *overview, enum overview_role role, size_t first,
                          size_t end, struct writer *writer) {
    const size_t kept =
        overview->entry_count > OVERVIEW_LOG_MAX ? overview->entry_count - OVERVIEW_LOG_MAX : 0;
    size_t count = 0;
    writer_array(writer, "log");
    for (size_t i = first > kept ? first : kept; i < end; i++) {
        const struct overview_entry *const entry = &overview->log[i % OVERVIEW_LOG_MAX];
        if (entry->control_only && role != OVERVIEW_CONTROL) {
            continue;
        }
        writer_object(writer, NULL);
        writer_number(writer, "sequence", (int64_t)entry->sequence);
        writer_members(writer, entry->json, entry->json_bytes);
        writer_end(writer);
        count++;
    }
    writer_end(writer);
    return count;
}
