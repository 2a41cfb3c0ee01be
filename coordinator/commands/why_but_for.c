/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/why_but_for.h"

#include <jansson.h>
#include <string.h>

#include "coordinator/commands/print.h"

enum {
    WHY_BUT_FOR_TEXT_BYTES = 512,
    WHY_BUT_FOR_LABEL = 40,  /* Columns of a row's name, */
    WHY_BUT_FOR_NUMBER = 16, /* and of a number. */
    WHY_BUT_FOR_NAMED = 12,  /* Assets named. */
};

static const struct cascade *but_for_cascade(const struct but_for *but_for,
                                             enum but_for_side side) {
    return world_cascade(exercise_world(but_for->sides[side].exercise));
}

static const struct but_for_moment *but_for_last(const struct but_for *but_for,
                                                 enum but_for_side side) {
    return &but_for->sides[side].moments[BUT_FOR_MOMENTS - 1];
}

static const char *but_for_status(const struct but_for *but_for, enum but_for_side side,
                                  struct asset_ref asset, enum words_language language) {
    static const enum words_key keys[] = {
        [ASSET_NORMAL] = WORDS_STATE_NORMAL,     [ASSET_DEGRADED] = WORDS_STATE_DEGRADED,
        [ASSET_FAILED] = WORDS_STATE_FAILED,     [ASSET_RESTORING] = WORDS_STATE_RESTORING,
        [ASSET_ISLANDED] = WORDS_STATE_ISLANDED,
    };
    return words(keys[cascade_status(but_for_cascade(but_for, side), asset)], language);
}

static bool but_for_failed(const struct but_for *but_for, enum but_for_side side,
                           struct asset_ref asset) {
    return cascade_asset_tally(but_for_cascade(but_for, side), asset).failure_count > 0;
}

/* Assets that failed as it was and would not have failed. */
static size_t but_for_spared(const struct but_for *but_for, struct asset_ref *assets,
                             size_t capacity) {
    const struct network *const network =
        scenario_network(exercise_scenario(but_for->sides[BUT_FOR_WITH].exercise));
    size_t count = 0;
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        if (but_for_failed(but_for, BUT_FOR_WITH, asset) &&
            !but_for_failed(but_for, BUT_FOR_WITHOUT, asset)) {
            if (count < capacity) {
                assets[count] = asset;
            }
            count++;
        }
    }
    return count;
}

/* ---- For people ---- */

static void but_for_row(FILE *stream, const char *label, const char *with, const char *without) {
    print_padded(stream, label, WHY_BUT_FOR_LABEL);
    print_padded(stream, with, -WHY_BUT_FOR_NUMBER);
    print_padded(stream, without, -WHY_BUT_FOR_NUMBER);
    fputc('\n', stream);
}

static void but_for_count_row(FILE *stream, const char *label, int64_t with, int64_t without) {
    char numbers[2][PRINT_NUMBER_BYTES];
    but_for_row(stream, label, print_count(with, numbers[0]), print_count(without, numbers[1]));
}

static void but_for_names(const struct but_for *but_for, enum words_language language, int columns,
                          FILE *stream) {
    const struct scenario *const scenario =
        exercise_scenario(but_for->sides[BUT_FOR_WITH].exercise);
    struct asset_ref assets[WHY_BUT_FOR_NAMED];
    const size_t count = but_for_spared(but_for, assets, WHY_BUT_FOR_NAMED);
    fprintf(stream, "\n%s", words(WORDS_WHY_BUT_FOR_SPARED, language));
    int column = columns;
    for (size_t i = 0; i < count && i < WHY_BUT_FOR_NAMED; i++) {
        const char *const name = scenario_asset(scenario, assets[i])->name.in[language];
        const int width = print_columns(name) + 2;
        const bool breaks = column + width > columns;
        column = breaks ? 2 : column;
        fprintf(stream, "%s%s%s", breaks ? "\n  " : " ", name, i + 1 < count ? "," : "");
        column += width;
    }
    char number[PRINT_NUMBER_BYTES];
    char text[WHY_BUT_FOR_TEXT_BYTES] = "";
    if (count > WHY_BUT_FOR_NAMED) {
        const struct words_value values[] = {
            {"count", print_count((int64_t)(count - WHY_BUT_FOR_NAMED), number)}};
        text[0] = ' ';
        words_fill(text + 1, sizeof text - 1, WORDS_WHY_HITS_MORE, language, values, 1);
    } else if (count == 0) {
        snprintf(text, sizeof text, " %s", words(WORDS_WHY_BUT_FOR_NOBODY, language));
    }
    fprintf(stream, "%s\n", text);
}

void why_but_for_print(const struct but_for *but_for, struct asset_ref asset,
                       enum words_language language, int columns, FILE *stream) {
    const struct scenario *const scenario =
        exercise_scenario(but_for->sides[BUT_FOR_WITH].exercise);
    const struct but_for_moment *const with = but_for_last(but_for, BUT_FOR_WITH);
    const struct but_for_moment *const without = but_for_last(but_for, BUT_FOR_WITHOUT);
    char time[SPILL_DURATION_TEXT_BYTES];
    char root[WHY_BUT_FOR_TEXT_BYTES];
    char line[WHY_BUT_FOR_TEXT_BYTES];
    snprintf(root, sizeof root, "%s:%s", but_for->without.kind, but_for->without.id);
    const struct words_value values[] = {{"root", root},
                                         {"time", spill_time_print(but_for->at_ms, time)}};
    words_fill(line, sizeof line, WORDS_WHY_BUT_FOR_TITLE, language, values, 2);
    fprintf(stream, "%s\n\n", line);
    but_for_row(stream, "", words(WORDS_WHY_BUT_FOR_WITH, language),
                words(WORDS_WHY_BUT_FOR_WITHOUT, language));
    but_for_row(stream, scenario_asset(scenario, asset)->name.in[language],
                but_for_status(but_for, BUT_FOR_WITH, asset, language),
                but_for_status(but_for, BUT_FOR_WITHOUT, asset, language));
    but_for_count_row(stream, words(WORDS_WHY_BUT_FOR_FAILED, language), with->failed_count,
                      without->failed_count);
    but_for_count_row(stream, words(WORDS_WHY_BUT_FOR_EVER, language),
                      but_for->sides[BUT_FOR_WITH].failed_ever_count,
                      but_for->sides[BUT_FOR_WITHOUT].failed_ever_count);
    but_for_count_row(stream, words(WORDS_WHY_BUT_FOR_PEOPLE, language), with->people,
                      without->people);
    but_for_count_row(stream, words(WORDS_WHY_BUT_FOR_HOURS, language), with->person_hours,
                      without->person_hours);
    but_for_names(but_for, language, columns, stream);
}

/* ---- For programs ---- */

static json_t *but_for_json_side(const struct but_for *but_for, enum but_for_side side,
                                 struct asset_ref asset) {
    const struct but_for_state *const state = &but_for->sides[side];
    const struct but_for_moment *const last = but_for_last(but_for, side);
    json_t *const failed = json_array();
    json_t *const people = json_array();
    json_t *const hours = json_array();
    for (size_t i = 0; i < BUT_FOR_MOMENTS; i++) {
        json_array_append_new(failed, json_integer(state->moments[i].failed_count));
        json_array_append_new(people, json_integer(state->moments[i].people));
        json_array_append_new(hours, json_integer(state->moments[i].person_hours));
    }
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:{s:o, s:o, s:o}}", "asset_status",
                     but_for_status(but_for, side, asset, WORDS_LANGUAGE_EN), "failed",
                     (json_int_t)last->failed_count, "failed_ever",
                     (json_int_t)state->failed_ever_count, "people", (json_int_t)last->people,
                     "person_hours", (json_int_t)last->person_hours, "moments", "failed", failed,
                     "people", people, "person_hours", hours);
}

void why_but_for_print_json(const struct but_for *but_for, struct asset_ref asset, FILE *stream) {
    const struct network *const network =
        scenario_network(exercise_scenario(but_for->sides[BUT_FOR_WITH].exercise));
    json_t *const edges = json_array();
    json_t *const spared = json_array();
    for (size_t i = 0; i < BUT_FOR_MOMENTS; i++) {
        json_array_append_new(edges, json_integer(but_for->edges_ms[i]));
    }
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref other = {i};
        if (but_for_failed(but_for, BUT_FOR_WITH, other) &&
            !but_for_failed(but_for, BUT_FOR_WITHOUT, other)) {
            json_array_append_new(spared, json_string(network_asset_id(network, other)));
        }
    }
    json_t *const root = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:I, s:o, s:o, s:o, s:o}", "schema", "spillover-but-for-1",
        "asset", network_asset_id(network, asset), "root", "kind", but_for->without.kind, "id",
        but_for->without.id, "at_ms", (json_int_t)but_for->at_ms, "edges_ms", edges, "with",
        but_for_json_side(but_for, BUT_FOR_WITH, asset), "without",
        but_for_json_side(but_for, BUT_FOR_WITHOUT, asset), "spared", spared);
    SPILL_ASSERT(root != NULL);
    json_dumpf(root, stream, JSON_COMPACT);
    fputc('\n', stream);
    json_decref(root);
}
