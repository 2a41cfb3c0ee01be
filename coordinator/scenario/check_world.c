/* SPDX-License-Identifier: Apache-2.0 */
/* The part of loader that checks what scenario.yaml says of the world. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/scenario/loader.h"
#include "proto/words.h"

static void check_clock(struct loader *loader) {
    const struct source_scenario *const file = &loader->file;
    const struct item *const at = &file->at;
    if (file->duration_ms == 0) {
        loader_error(loader, loader_place(loader, at, "duration"), "the exercise takes no time");
    }
    if (file->tick_ms == 0) {
        loader_error(loader, loader_place(loader, at, "tick"), "a tick takes time");
    } else if (file->duration_ms != SPILL_NEVER && file->duration_ms % file->tick_ms != 0) {
        loader_error(loader, loader_place(loader, at, "duration"),
                     "the duration is not a whole number of ticks");
    }
    const uint32_t information = yaml_find(&loader->yaml, at->node, "information");
    if (file->information.interval_ms == 0) {
        const struct item item = {.node = information};
        loader_error(loader, loader_place(loader, &item, "interval"), "the interval takes time");
    }
}

static void check_sectors(struct loader *loader) {
    for (size_t i = 0; i < loader->file.sector_count; i++) {
        const struct source_sector *const sector = &loader->file.sectors[i];
        char name[SPILL_ID_BYTES_MAX + 16];
        enum words_key key;
        snprintf(name, sizeof name, "sector_%s", sector->at.id == NULL ? "" : sector->at.id);
        const bool named =
            sector->name.in[LANGUAGE_EN] != NULL || sector->name.in[LANGUAGE_NL] != NULL;
        if (sector->at.id != NULL && !named && !words_find(name, &key)) {
            loader_warn(loader, loader_place(loader, &sector->at, NULL),
                        "the program has no words for the sector '%s'; write {id: %s, name: {en: "
                        "…, nl: …}}",
                        sector->at.id, sector->at.id);
        }
    }
}

static void check_surges(struct loader *loader) {
    const struct source_scenario *const file = &loader->file;
    for (size_t i = 0; i < file->surge_count; i++) {
        const struct surge_spec *const surge = &file->surges[i].spec;
        for (size_t j = 0; j < file->country_count; j++) {
            const int64_t trust_ppm = file->countries[j].trust_ppm;
            const char *const keys[] = {"start_below", "run_below"};
            const int64_t levels[] = {surge->start_below_ppm, surge->run_below_ppm};
            for (size_t k = 0; k < 2; k++) {
                if (levels[k] > trust_ppm) {
                    char trust[FORMAT_TEXT_BYTES];
                    loader_error(loader, loader_place(loader, &file->surges[i].at, keys[k]),
                                 "this is above the resting trust of '%s', %s: demand would never "
                                 "be at rest",
                                 file->countries[j].at.id, format_print_percent(trust_ppm, trust));
                }
            }
        }
    }
}

static void check_uncertain(struct loader *loader) {
    for (size_t i = 0; i < loader->file.uncertain_count; i++) {
        const struct source_uncertain *const uncertain = &loader->file.uncertain[i];
        enum parameter parameter;
        if (uncertain->at.id == NULL) {
            continue;
        }
        if (parameter_find(uncertain->at.id, &parameter) != SPILL_OK) {
            struct nearest nearest = nearest_start(uncertain->at.id);
            char hint[NEAREST_WORDS_BYTES];
            for (size_t j = 0; j < PARAMETER_COUNT; j++) {
                nearest_offer(&nearest, parameter_name((enum parameter)j));
            }
            loader_error(loader, loader_place(loader, &uncertain->at, NULL),
                         "nothing that can be uncertain is called '%s'%s", uncertain->at.id,
                         nearest_words(&nearest, hint, sizeof hint));
        } else if (uncertain->range.least_ppm == 0) {
            loader_error(loader, loader_place(loader, &uncertain->at, "least"),
                         "a factor is above 0%%");
        } else if (uncertain->range.least_ppm > uncertain->range.likely_ppm ||
                   uncertain->range.likely_ppm > uncertain->range.most_ppm) {
            loader_error(loader, loader_place(loader, &uncertain->at, "least"),
                         "least, likely and most (likely is 100%% if it is left out) do not rise");
        }
    }
}

/* ---- Kinds ---- */

static void check_response(struct loader *loader, const struct source_need *need) {
    const struct place place = loader_place(loader, &need->at, "response");
    const struct response_point *const points = need->spec.response;
    const size_t count = need->spec.response_count;
    if (yaml_find(&loader->yaml, need->at.node, "response") == YAML_NONE || points == NULL) {
        return;
    }
    if (count < 2 || points[0].arrives_ppm != 0 || points[count - 1].arrives_ppm != SPILL_PPM ||
        points[count - 1].allows_ppm != SPILL_PPM) {
        loader_error(loader, place, "a response goes from [0%%, …] to [100%%, 100%%]");
        return;
    }
    for (size_t i = 1; i < count; i++) {
        if (points[i].arrives_ppm <= points[i - 1].arrives_ppm ||
            points[i].allows_ppm < points[i - 1].allows_ppm) {
            loader_error(loader, place, "the points of a response must rise; point %zu does not",
                         i + 1);
            return;
        }
    }
}

/* Causal chains name the need in words: the scenario's, or the program's for a sector. */
static void check_need_words(struct loader *loader, const struct source_need *need) {
    const char *const kind = need->spec.kind == NULL ? need->at.id : need->spec.kind;
    char name[SPILL_ID_BYTES_MAX + 16];
    enum words_key key;
    snprintf(name, sizeof name, "sector_%.*s", SPILL_ID_BYTES_MAX, kind);
    bool named = words_find(name, &key);
    for (size_t i = 0; i < loader->file.need_count; i++) {
        const char *const id = loader->file.needs[i].at.id;
        named = named || strcmp(id, need->at.id) == 0 || strcmp(id, kind) == 0;
    }
    if (!named) {
        loader_warn(loader, loader_place(loader, &need->at, NULL),
                    "the program has no words for the need '%s'; give it some under 'needs'",
                    need->at.id);
    }
}

static void check_need(struct loader *loader, const struct source_need *need) {
    check_need_words(loader, need);
    const bool has_k = yaml_find(&loader->yaml, need->at.node, "k") != YAML_NONE;
    const bool has_fraction = yaml_find(&loader->yaml, need->at.node, "fraction") != YAML_NONE;
    const bool has_law = yaml_find(&loader->yaml, need->at.node, "fraction_law") != YAML_NONE;
    const bool has_aggregator = yaml_find(&loader->yaml, need->at.node, "aggregator") != YAML_NONE;
    const bool wants_k = has_aggregator && need->spec.aggregator == AGGREGATOR_K_OF_N;
    const bool wants_fraction = has_aggregator && need->spec.aggregator == AGGREGATOR_THRESHOLD;
    if (wants_k && !has_k) {
        loader_error(loader, loader_place(loader, &need->at, "aggregator"),
                     "'k_of_n' needs the key 'k'");
    }
    if (has_fraction && has_law) {
        loader_error(loader, loader_place(loader, &need->at, "fraction_law"),
                     "the share that must fail is given by 'fraction' or by 'fraction_law'");
    }
    if (wants_fraction && !has_fraction && !has_law) {
        loader_error(loader, loader_place(loader, &need->at, "aggregator"),
                     "'threshold' needs the key 'fraction'");
    }
    if (has_k && !wants_k) {
        loader_warn(loader, loader_place(loader, &need->at, "k"),
                    "'k' counts with the aggregator 'k_of_n' only");
    }
    if (has_fraction && !wants_fraction) {
        loader_warn(loader, loader_place(loader, &need->at, "fraction"),
                    "'fraction' counts with the aggregator 'threshold' only");
    }
    if (has_law && !wants_fraction) {
        loader_warn(loader, loader_place(loader, &need->at, "fraction_law"),
                    "'fraction_law' counts with the aggregator 'threshold' only");
    }
    check_response(loader, need);
    for (size_t i = 0; i < need->backup_count; i++) {
        const struct source_backup *const backup = &need->backups[i];
        if (yaml_find(&loader->yaml, backup->at.node, "autonomy") != YAML_NONE &&
            backup->spec.autonomy.kind == LAW_NONE) {
            loader_error(loader, loader_place(loader, &backup->at, "autonomy"),
                         "a backup lasts for some time");
        }
    }
}

static void check_kinds(struct loader *loader) {
    const struct source_scenario *const file = &loader->file;
    bool *const used = arena_alloc(&loader->scratch, file->kind_count, sizeof *used);
    if (used == NULL) {
        loader->binder.memory = true;
        return;
    }
    bool sound = loader->asset_count > 0; /* A row whose kind is misspelt could be of any. */
    for (size_t i = 0; i < loader->asset_count; i++) {
        sound = sound && loader->assets[i].kind != LOADER_NO_KIND;
        if (loader->assets[i].kind != LOADER_NO_KIND) {
            used[loader->assets[i].kind] = true;
        }
    }
    for (size_t i = 0; i < file->kind_count; i++) {
        const struct source_kind *const kind = &file->kinds[i];
        for (size_t j = 0; j < kind->need_count; j++) {
            check_need(loader, &kind->needs[j]);
        }
        if (!used[i] && sound) {
            loader_warn(loader, loader_place(loader, &kind->at, NULL),
                        "no asset is of the kind '%s'", kind->at.id);
        }
    }
}

void loader_check_world(struct loader *loader) {
    if (loader->file.at.node == YAML_NONE) {
        return; /* There is no scenario.yaml to speak of, and it was said. */
    }
    check_clock(loader);
    check_sectors(loader);
    check_surges(loader);
    check_uncertain(loader);
    check_kinds(loader);
}
