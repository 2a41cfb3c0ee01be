/* SPDX-License-Identifier: Apache-2.0 */
/* The part of loader that checks msel.csv and the texts of its injects. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/loader.h"

/* More timed injects than this in an hour are more than one cell can handle. */
enum { CHECK_FLOOD_INJECTS = 12 };
#define CHECK_FLOOD_MS INT64_C(3600000)

static bool check_given(const struct loader *loader, const struct loader_inject *inject,
                        const char *column) {
    const size_t at = table_column(&loader->msel_table, column);
    return at != SIZE_MAX && inject->fields[at].text_bytes > 0;
}

/* ---- Time and condition ---- */

static void check_time(struct loader *loader, const struct loader_inject *inject) {
    const struct inject *const facts = &inject->row.inject;
    const bool timed = check_given(loader, inject, "at");
    const bool when = check_given(loader, inject, "when");
    if (timed && facts->at_ms != SPILL_NEVER && facts->at_ms > loader->file.duration_ms) {
        loader_error(loader, loader_inject_place(loader, inject, "at"),
                     "this time is after the end of the exercise");
    }
    if (!timed && !when && facts->category != CATEGORY_CONTINGENCY) {
        loader_warn(loader, loader_inject_place(loader, inject, "id"),
                    "without time and condition only a controller can release it: make it a "
                    "contingency, or give it 'at' or 'when'");
    }
    if (!when && facts->hold_ms > 0) {
        loader_warn(loader, loader_inject_place(loader, inject, "for"),
                    "'for' counts with 'when' only");
    }
    if (!when && check_given(loader, inject, "expires")) {
        loader_warn(loader, loader_inject_place(loader, inject, "expires"),
                    "'expires' counts with 'when' only");
    }
    if (facts->unattended == UNATTENDED_PASS && !facts->proposed) {
        loader_warn(loader, loader_inject_place(loader, inject, "unattended"),
                    "'unattended' counts for a proposed inject only");
    }
    if (facts->unattended_ms > 0 && facts->unattended != UNATTENDED_PASS) {
        loader_warn(loader, loader_inject_place(loader, inject, "unattended_after"),
                    "nothing passes by itself without 'unattended' pass");
    }
}

static void check_expectation(struct loader *loader, const struct loader_inject *inject) {
    const struct inject *const facts = &inject->row.inject;
    const bool due = check_given(loader, inject, "due");
    bool words = false;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        words = words || (inject->texts[i] != NULL && inject->texts[i]->expected != NULL);
    }
    if (facts->category == CATEGORY_EXPECTED_ACTION && !due) {
        loader_error(loader, loader_inject_place(loader, inject, "category"),
                     "an expected action needs 'due'");
    }
    if (facts->category == CATEGORY_EXPECTED_ACTION && inject->row.expected == NULL && !words) {
        loader_warn(
            loader, loader_inject_place(loader, inject, "category"),
            "nobody can tell whether it was done: 'expected' is empty here and in the texts");
    }
    if (inject->row.expected != NULL && !due) {
        loader_warn(loader, loader_inject_place(loader, inject, "expected"),
                    "'expected' counts with 'due' only");
    }
}

/* ---- Receivers ---- */

static void check_receiver(struct loader *loader, const struct loader_inject *inject,
                           const struct source_cell *cell, struct place place) {
    const struct inject *const facts = &inject->row.inject;
    if (facts->tlp > cell->cast.clearance) {
        loader_error(loader, loader_inject_place(loader, inject, "tlp"),
                     "%s is above the clearance of '%s', %s", format_tlp[facts->tlp].word,
                     cell->at.id, format_tlp[cell->cast.clearance].word);
    }
    bool releasable = inject->row.releasable_count == 0 ||
                      loader_find(loader, REFERS_COUNTRY, cell->country) == IDS_NONE;
    for (size_t i = 0; i < inject->row.releasable_count && !releasable; i++) {
        releasable = strcmp(inject->row.releasable_to[i], cell->country) == 0;
    }
    if (!releasable) {
        loader_error(loader, place, "'releasable_to' leaves out '%s', the country of '%s'",
                     cell->country, cell->at.id);
    }
}

static void check_receivers(struct loader *loader, const struct loader_inject *inject) {
    size_t offset_bytes = 0;
    const size_t column = table_column(&loader->msel_table, "to");
    for (size_t i = 0; i < inject->row.to_count; i++) {
        const char *const id = inject->row.to[i];
        const struct csv_field *const field = &inject->fields[column];
        offset_bytes += strspn(field->text + offset_bytes, " \t\r\n");
        const struct place place =
            csv_place_within(&loader->msel_table.csv, field, offset_bytes, strlen(id));
        offset_bytes += strlen(id);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(inject->row.to[j], id) == 0) {
                loader_error(loader, place, "'%s' is there twice", id);
                break;
            }
        }
        const uint32_t position = loader_find(loader, REFERS_CELL, id);
        if (position != IDS_NONE) {
            check_receiver(loader, inject, &loader->file.cells[position], place);
        }
        for (size_t j = 0; strcmp(id, "*") == 0 && j < loader->file.cell_count; j++) {
            check_receiver(loader, inject, &loader->file.cells[j], place);
        }
        if (strcmp(id, "*") == 0 && inject->row.to_count > 1) {
            loader_error(loader, place, "'*' stands alone: it is every cell");
        }
    }
}

/* ---- Texts ---- */

static struct place check_text_place(const struct loader *loader, int language,
                                     const struct item *item) {
    return yaml_place(&loader->texts_yaml[language], item->key);
}

/* A text that one language has and another lacks. */
static void check_pair(struct loader *loader, const struct loader_inject *inject, const char *key,
                       const char *(*text_of)(const struct source_inject_text *)) {
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        for (int j = 0; j < LANGUAGE_COUNT; j++) {
            const struct source_inject_text *const has = inject->texts[i];
            const struct source_inject_text *const lacks = inject->texts[j];
            if (has != NULL && lacks != NULL && text_of(has) != NULL && text_of(lacks) == NULL) {
                loader_warn(loader, check_text_place(loader, j, &lacks->at),
                            "'%s' is missing here; it is in %s", key,
                            loader->sources[FILE_TEXTS + i].path);
            }
        }
    }
}

static const char *check_controller(const struct source_inject_text *text) {
    return text->controller;
}

static const char *check_expected(const struct source_inject_text *text) {
    return text->expected;
}

static bool check_has_option(const struct source_inject_text *text, const char *id) {
    for (size_t i = 0; i < text->option_count; i++) {
        if (strcmp(text->options[i].at.id, id) == 0) {
            return true;
        }
    }
    return false;
}

static void check_options(struct loader *loader, const struct loader_inject *inject) {
    bool any = false;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const struct source_inject_text *const text = inject->texts[i];
        any = any || (text != NULL && text->option_count > 0);
        for (int j = 0; text != NULL && j < LANGUAGE_COUNT; j++) {
            for (size_t k = 0; inject->texts[j] != NULL && k < text->option_count; k++) {
                if (!check_has_option(inject->texts[j], text->options[k].at.id)) {
                    loader_error(loader,
                                 yaml_place(&loader->texts_yaml[i], text->options[k].at.key),
                                 "the option '%s' is not in %s", text->options[k].at.id,
                                 loader->sources[FILE_TEXTS + j].path);
                }
            }
        }
    }
    if (inject->row.inject.type == INJECT_DECISION && !any) {
        loader_error(loader, loader_inject_place(loader, inject, "type"),
                     "a decision needs options, in its texts");
    }
    if (inject->row.inject.type != INJECT_DECISION && any) {
        loader_warn(loader, loader_inject_place(loader, inject, "type"),
                    "only a decision has options");
    }
}

static void check_texts(struct loader *loader, const struct loader_inject *inject) {
    size_t text_count = 0;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        text_count += inject->texts[i] != NULL;
    }
    const struct place place = loader_inject_place(loader, inject, "id");
    if (text_count == 0) {
        loader_error(loader, place, "the inject '%s' has no text in any language",
                     inject->row.inject.id);
        return;
    }
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        const bool wanted = (loader->file.languages & (1U << i)) != 0;
        /* A file without a node could not be read; that is said already. */
        if (inject->texts[i] == NULL && wanted && loader->texts_yaml[i].node_count > 1) {
            loader_warn(loader, place,
                        "the inject '%s' is missing in %s; the other language stands in",
                        inject->row.inject.id, loader->sources[FILE_TEXTS + i].path);
        }
    }
    check_pair(loader, inject, "controller", check_controller);
    check_pair(loader, inject, "expected", check_expected);
    check_options(loader, inject);
}

static void check_languages(struct loader *loader) {
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        const struct source *const source = &loader->sources[FILE_TEXTS + i];
        const bool wanted = (loader->file.languages & (1U << i)) != 0;
        const struct place place = {source, PLACE_WHOLE, 0};
        if (wanted && source->bytes == NULL && loader->inject_count > 0) {
            loader_warn(loader, place, "the file is missing; the other language stands in");
        }
        if (!wanted && source->bytes != NULL && loader->file.languages != 0) {
            loader_warn(loader, place, "'%s' is not among the scenario's languages",
                        format_languages[i]);
        }
    }
}

/* ---- The list as a whole ---- */

static int check_time_order(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Says which cells sit idle and which ones drown. */
static void check_load(struct loader *loader) {
    int64_t *const times = arena_alloc(&loader->scratch, loader->inject_count, sizeof *times);
    if (times == NULL) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < loader->file.cell_count; i++) {
        const struct source_cell *const cell = &loader->file.cells[i];
        size_t inject_count = 0;
        size_t time_count = 0;
        for (size_t j = 0; j < loader->inject_count; j++) {
            const struct loader_inject *const inject = &loader->injects[j];
            if (loader_inject_reaches(inject, cell->at.id)) {
                inject_count++;
                times[time_count] = inject->row.inject.at_ms;
                time_count += inject->row.inject.at_ms != SPILL_NEVER;
            }
        }
        if (inject_count == 0) {
            loader_warn(loader, loader_place(loader, &cell->at, NULL),
                        "the cell '%s' sits idle: no inject is for it", cell->at.id);
        }
        qsort(times, time_count, sizeof *times, check_time_order);
        for (size_t j = CHECK_FLOOD_INJECTS; j < time_count; j++) {
            if (times[j] - times[j - CHECK_FLOOD_INJECTS] < CHECK_FLOOD_MS) {
                char text[SPILL_DURATION_TEXT_BYTES];
                loader_warn(loader, loader_place(loader, &cell->at, NULL),
                            "the cell '%s' drowns: more than %d injects in the hour from %s",
                            cell->at.id, CHECK_FLOOD_INJECTS,
                            spill_time_print(times[j - CHECK_FLOOD_INJECTS], text));
                break;
            }
        }
    }
}

static void check_objectives(struct loader *loader) {
    for (size_t i = 0; i < loader->file.objective_count; i++) {
        const struct source_objective *const objective = &loader->file.objectives[i];
        bool tested = false;
        for (size_t j = 0; j < loader->inject_count && !tested; j++) {
            const struct source_inject *const row = &loader->injects[j].row;
            for (size_t k = 0; k < row->objective_count; k++) {
                tested = tested || strcmp(row->objectives[k], objective->at.id) == 0;
            }
        }
        if (!tested) {
            loader_warn(loader, loader_place(loader, &objective->at, NULL),
                        "no inject tests this objective");
        }
    }
}

void loader_check_msel(struct loader *loader) {
    for (size_t i = 0; i < loader->inject_count; i++) {
        const struct loader_inject *const inject = &loader->injects[i];
        const char *const id = inject->row.inject.id;
        const uint32_t first = loader_find(loader, REFERS_INJECT, id);
        if (id == NULL) {
            continue;
        }
        if (first != i) {
            loader_error(loader, loader_inject_place(loader, inject, "id"),
                         "the inject '%s' is there twice; first in line %zu", id,
                         loader_line(loader_inject_place(loader, &loader->injects[first], "id")));
            continue;
        }
        check_time(loader, inject);
        check_expectation(loader, inject);
        check_receivers(loader, inject);
        check_texts(loader, inject);
    }
    check_languages(loader);
    if (loader->inject_count > 0) {
        check_load(loader);
    }
    if (!loader->index[REFERS_INJECT].broken) {
        check_objectives(loader);
    }
}
