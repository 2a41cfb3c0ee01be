/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/control_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/print.h"

enum {
    CONTROL_ID_COLUMNS = 22,
    CONTROL_COLUMN = 13,
    CONTROL_LINE_BYTES = 1024,
    CONTROL_LISTED_MAX = 64,
    CONTROL_GROUPS_SHOWN = 15,
    CONTROL_GROUP_COLUMNS = 34,
};

#define CONTROL_SHOWN_PPM INT64_C(10000)

/* How far a cell's injects came. */
struct control_counts {
    int64_t sent, delivered, opened, acknowledged, answered;
};

static const char *control_text(const json_t *object, const char *name) {
    const char *const text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static int64_t control_number(const json_t *object, const char *name) {
    const json_t *const value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static void control_count(const json_t *state, const char *cell, struct control_counts *counts) {
    size_t i = 0;
    size_t j = 0;
    json_t *inject = NULL;
    json_t *delivery = NULL;
    *counts = (struct control_counts){0};
    json_array_foreach(json_object_get(state, "injects"), i, inject) {
        if (!json_is_integer(json_object_get(inject, "released_ms"))) {
            continue;
        }
        json_array_foreach(json_object_get(inject, "deliveries"), j, delivery) {
            if (strcmp(control_text(delivery, "cell"), cell) != 0) {
                continue;
            }
            counts->sent++;
            counts->delivered += control_number(delivery, "delivered_ms") >= 0;
            counts->opened += control_number(delivery, "opened_ms") >= 0;
            counts->acknowledged += control_number(delivery, "acknowledged_ms") >= 0;
            counts->answered += control_number(delivery, "answered_ms") >= 0;
        }
    }
}

/* ---- Who is late, silent, lost ---- */

static bool control_is_late(const json_t *cell) {
    return control_number(cell, "overdue") > 0;
}

static bool control_is_silent(const json_t *cell) {
    return control_number(cell, "silent_ms") >= CONTROL_SILENT_MS;
}

static bool control_is_lost(const json_t *cell) {
    return json_is_true(json_object_get(cell, "joined")) &&
           !json_is_true(json_object_get(cell, "connected"));
}

static const struct {
    const char *name;
    enum words_key key;
    bool (*is)(const json_t *cell);
} control_troubles[] = {
    {"late", WORDS_CONTROL_LATE, control_is_late},
    {"silent", WORDS_CONTROL_SILENT, control_is_silent},
    {"lost", WORDS_CONTROL_LOST, control_is_lost},
};

enum { CONTROL_TROUBLES = sizeof control_troubles / sizeof control_troubles[0] };

/* The cell's name in a scenario; its id when it has none. */
static const char *control_cell_name(const json_t *scenario, const char *id,
                                     enum words_language language) {
    size_t i = 0;
    json_t *cell = NULL;
    json_array_foreach(json_object_get(scenario, "cells"), i, cell) {
        if (strcmp(control_text(cell, "id"), id) == 0) {
            const char *const name =
                control_text(json_object_get(cell, "name"), words_language_code(language));
            return name[0] == '\0' ? id : name;
        }
    }
    return id;
}

/* ---- Status ---- */

static json_t *control_cell_json(const json_t *state, const json_t *cell) {
    struct control_counts counts;
    control_count(state, control_text(cell, "id"), &counts);
    json_t *const json = json_deep_copy(cell);
    json_object_set_new(json, "sent", json_integer(counts.sent));
    json_object_set_new(json, "delivered", json_integer(counts.delivered));
    json_object_set_new(json, "opened", json_integer(counts.opened));
    json_object_set_new(json, "acknowledged", json_integer(counts.acknowledged));
    json_object_set_new(json, "answered", json_integer(counts.answered));
    return json;
}

static void control_status_json(const json_t *state, FILE *stream) {
    size_t i = 0;
    json_t *element = NULL;
    json_t *const cells = json_array();
    json_t *const proposals = json_array();
    json_array_foreach(json_object_get(state, "cells"), i, element) {
        json_array_append_new(cells, control_cell_json(state, element));
    }
    json_array_foreach(json_object_get(state, "injects"), i, element) {
        if (strcmp(control_text(element, "state"), "proposed") == 0) {
            json_array_append_new(proposals, json_string(control_text(element, "id")));
        }
    }
    json_t *const json = json_pack(
        "{s:s, s:O, s:O, s:o, s:o, s:O}", "schema", "spillover-control-1", "sequence",
        json_object_get(state, "sequence"), "clock", json_object_get(state, "clock"), "cells",
        cells, "proposals", proposals, "alarms", json_object_get(state, "alarms"));
    for (size_t j = 0; j < CONTROL_TROUBLES; j++) {
        json_t *const list = json_array();
        json_array_foreach(json_object_get(state, "cells"), i, element) {
            if (control_troubles[j].is(element)) {
                json_array_append_new(list, json_string(control_text(element, "id")));
            }
        }
        json_object_set_new(json, control_troubles[j].name, list);
    }
    json_dumpf(json, stream, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputc('\n', stream);
    json_decref(json);
}

static void control_print_clock(const json_t *state, enum words_language language, FILE *stream) {
    char time[SPILL_DURATION_TEXT_BYTES];
    char speed[PRINT_NUMBER_BYTES];
    char line[CONTROL_LINE_BYTES];
    char key_name[SPILL_ID_BYTES_MAX + 16];
    const json_t *const clock = json_object_get(state, "clock");
    const int64_t now_ms = control_number(clock, "now_ms");
    enum words_key key = WORDS_CONTROL_CLOCK_RUNNING;
    snprintf(key_name, sizeof key_name, "control_clock_%s", control_text(clock, "state"));
    if (!words_find(key_name, &key)) {
        key = WORDS_CONTROL_CLOCK_RUNNING;
    }
    const struct words_value values[] = {
        {"time", spill_time_print(now_ms < 0 ? 0 : now_ms, time)},
        {"speed", print_count(control_number(clock, "speed_permille") / 1000, speed)}};
    words_fill(line, sizeof line, key, language, values, 2);
    fprintf(stream, "%s\n\n", line);
}

static void control_print_cells(const json_t *state, enum words_language language, FILE *stream) {
    static const enum words_key heads[] = {WORDS_CONTROL_CELL,      WORDS_CONTROL_SENT,
                                           WORDS_CONTROL_DELIVERED, WORDS_CONTROL_OPENED,
                                           WORDS_CONTROL_SEEN,      WORDS_CONTROL_ANSWERED};
    size_t i = 0;
    json_t *cell = NULL;
    for (size_t j = 0; j < sizeof heads / sizeof heads[0]; j++) {
        print_padded(stream, words(heads[j], language),
                     j == 0 ? CONTROL_ID_COLUMNS : -CONTROL_COLUMN);
    }
    fputc('\n', stream);
    json_array_foreach(json_object_get(state, "cells"), i, cell) {
        struct control_counts counts;
        control_count(state, control_text(cell, "id"), &counts);
        const int64_t columns[] = {counts.sent, counts.delivered, counts.opened,
                                   counts.acknowledged, counts.answered};
        print_padded(stream, control_text(cell, "id"), CONTROL_ID_COLUMNS);
        for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++) {
            char number[PRINT_NUMBER_BYTES];
            print_padded(stream, print_count(columns[j], number), -CONTROL_COLUMN);
        }
        fputc('\n', stream);
    }
    fputc('\n', stream);
}

void control_print_status(const json_t *scenario, const json_t *state, bool as_json,
                          enum words_language language, FILE *stream) {
    if (as_json) {
        control_status_json(state, stream);
        return;
    }
    control_print_clock(state, language, stream);
    control_print_cells(state, language, stream);
    for (size_t j = 0; j < CONTROL_TROUBLES; j++) {
        size_t i = 0;
        size_t count = 0;
        json_t *cell = NULL;
        fprintf(stream, "%s ", words(control_troubles[j].key, language));
        json_array_foreach(json_object_get(state, "cells"), i, cell) {
            if (control_troubles[j].is(cell)) {
                fprintf(stream, "%s%s", count == 0 ? "" : ", ",
                        control_cell_name(scenario, control_text(cell, "id"), language));
                count++;
            }
        }
        fprintf(stream, "%s\n", count == 0 ? words(WORDS_CONTROL_NOBODY, language) : "");
    }
}

/* ---- Forecast ---- */

static const json_t *control_at(const json_t *object, const char *name, int64_t index) {
    return index < 0 ? NULL : json_array_get(json_object_get(object, name), (size_t)index);
}

static int64_t control_last_ppm(const json_t *group) {
    const json_t *const by = json_object_get(group, "by_ppm");
    return json_integer_value(json_array_get(by, json_array_size(by) - 1));
}

/* The likeliest first; of equals, as they stand. */
static int control_compare_groups(const void *a, const void *b) {
    const int64_t left = control_last_ppm(*(const json_t *const *)a);
    const int64_t right = control_last_ppm(*(const json_t *const *)b);
    return (left < right) - (left > right);
}

static void control_print_group(const json_t *scenario, const json_t *group,
                                enum words_language language, FILE *stream) {
    const char *const code = words_language_code(language);
    const json_t *const by = json_object_get(group, "by_ppm");
    int64_t levels[PRINT_SPARK_MAX];
    char spark[3 * PRINT_SPARK_MAX + 1];
    char name[CONTROL_LINE_BYTES];
    const size_t count =
        json_array_size(by) < PRINT_SPARK_MAX ? json_array_size(by) : (size_t)PRINT_SPARK_MAX;
    for (size_t i = 0; i < count; i++) {
        levels[i] = json_integer_value(json_array_get(by, i));
    }
    snprintf(
        name, sizeof name, "%s, %s",
        control_text(json_object_get(
                         control_at(scenario, "sectors", control_number(group, "sector")), "name"),
                     code),
        control_text(
            json_object_get(control_at(scenario, "countries", control_number(group, "country")),
                            "name"),
            code));
    print_padded(stream, name, CONTROL_GROUP_COLUMNS);
    fprintf(stream, " %3" PRId64 " %%  %s\n", control_last_ppm(group) / 10000,
            print_spark(levels, count, spark));
}

void control_print_forecast(const json_t *scenario, const json_t *forecast, bool as_json,
                            enum words_language language, FILE *stream) {
    if (as_json) {
        json_t *const json = json_pack("{s:s, s:O}", "schema", "spillover-forecast-1", "forecast",
                                       (json_t *)(uintptr_t)forecast);
        json_dumpf(json, stream, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        fputc('\n', stream);
        json_decref(json);
        return;
    }
    char time[SPILL_DURATION_TEXT_BYTES];
    char replicas[PRINT_NUMBER_BYTES];
    char line[CONTROL_LINE_BYTES];
    const struct words_value values[] = {
        {"time", spill_time_print(control_number(forecast, "made_at_ms"), time)},
        {"replicas", print_count(control_number(forecast, "replicas"), replicas)}};
    words_fill(line, sizeof line, WORDS_CONTROL_FORECAST, language, values, 2);
    fprintf(stream, "%s\n", line);
    const json_t *const groups = json_object_get(forecast, "groups");
    const size_t group_count = json_array_size(groups);
    const json_t **const sorted = spill_alloc(group_count, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; sorted != NULL && i < group_count; i++) {
        const json_t *const group = json_array_get(groups, i);
        if (!json_is_true(json_object_get(group, "down_now")) &&
            control_last_ppm(group) >= CONTROL_SHOWN_PPM) {
            sorted[count++] = group;
        }
    }
    if (count > 0) {
        qsort((void *)sorted, count, sizeof *sorted, control_compare_groups);
    }
    for (size_t i = 0; i < count && i < CONTROL_GROUPS_SHOWN; i++) {
        control_print_group(scenario, sorted[i], language, stream);
    }
    if (count == 0) {
        fprintf(stream, "%s\n", words(WORDS_CONTROL_FORECAST_NOTHING, language));
    }
    free((void *)sorted);
}
