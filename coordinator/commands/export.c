/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover export: a recorded exercise at a moment, as GeoJSON for maps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/open.h"
#include "coordinator/commands/terminal.h"
#include "coordinator/control/replay.h"

enum { EXPORT_PATH_BYTES = 4096, EXPORT_ROOT_BYTES = 256 };

#define EXPORT_HOUR_MS INT64_C(3600000)

struct export_arguments {
    const char *file;
    const char *to; /* NULL: standard output. */
    int64_t at_ms;  /* SPILL_NEVER: as far as it is recorded. */
};

static error_t export_option(int key, char *argument, struct argp_state *state) {
    struct export_arguments *const arguments = state->input;
    switch (key) {
    case 'a':
        if (spill_time_parse(argument, &arguments->at_ms) != SPILL_OK) {
            argp_error(state, "%s: %s", command_words(WORDS_REPLAY_BAD_TIME), argument);
        }
        return 0;
    case 't':
        arguments->to = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->file != NULL) {
            argp_usage(state);
        }
        arguments->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->file == NULL) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- Features ---- */

static bool export_located(const struct scenario *scenario, struct asset_ref asset) {
    return scenario_asset(scenario, asset)->latitude_e6 != INT32_MIN;
}

/* Longitude first; null for what is not on the map. */
static json_t *export_position(const struct scenario *scenario, struct asset_ref asset) {
    const struct asset_facts *const facts = scenario_asset(scenario, asset);
    return json_pack("[f, f]", facts->longitude_e6 / 1e6, facts->latitude_e6 / 1e6);
}

static json_t *export_names(struct text name) {
    json_t *const names = json_object();
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        json_object_set_new(names, words_language_code((enum words_language)language),
                            json_string(name.in[language]));
    }
    return names;
}

static json_t *export_time(int64_t time_ms) {
    return time_ms == SPILL_NEVER || time_ms < 0 ? json_null() : json_integer(time_ms);
}

static json_t *export_root(const struct cascade *cascade, struct asset_ref asset) {
    const struct asset_cause cause = cascade_asset_cause(cascade, asset);
    if (cause.root.index == NETWORK_NO_INDEX) {
        return json_null();
    }
    char text[EXPORT_ROOT_BYTES];
    const struct root root = cascade_root(cascade, cause.root);
    snprintf(text, sizeof text, "%s:%s", root.kind, root.id);
    return json_string(text);
}

static json_t *export_asset(const struct exercise *exercise, struct asset_ref asset) {
    static const char *const statuses[] = {
        [ASSET_NORMAL] = "normal",       [ASSET_DEGRADED] = "degraded", [ASSET_FAILED] = "failed",
        [ASSET_RESTORING] = "restoring", [ASSET_ISLANDED] = "islanded",
    };
    const struct scenario *const scenario = exercise_scenario(exercise);
    const struct network *const network = scenario_network(scenario);
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    const struct asset_tally tally = cascade_asset_tally(cascade, asset);
    json_t *const geometry = export_located(scenario, asset)
                                 ? json_pack("{s:s, s:o}", "type", "Point", "coordinates",
                                             export_position(scenario, asset))
                                 : json_null();
    return json_pack(
        "{s:s, s:s, s:o, s:{s:s, s:o, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:o, s:I, s:I, s:o}}",
        "type", "Feature", "id", network_asset_id(network, asset), "geometry", geometry,
        "properties", "id", network_asset_id(network, asset), "name",
        export_names(scenario_asset(scenario, asset)->name), "country",
        network_country_id(network, network_asset_country(network, asset)), "sector",
        network_sector_id(network, network_asset_sector(network, asset)), "place",
        scenario_asset(scenario, asset)->place, "people",
        (json_int_t)network_asset_people(network, asset), "status",
        statuses[cascade_status(cascade, asset)], "service_ppm",
        (json_int_t)cascade_service_ppm(cascade, asset), "health_ppm",
        (json_int_t)cascade_health_ppm(cascade, asset), "failures", (json_int_t)tally.failure_count,
        "first_failure_ms", export_time(tally.first_failure_ms), "failed_ms",
        (json_int_t)tally.failed_ms, "person_hours", (json_int_t)(tally.person_ms / EXPORT_HOUR_MS),
        "root", export_root(cascade, asset));
}

/* NULL: an end is not on the map. */
static json_t *export_link(const struct exercise *exercise, struct link_ref link) {
    const struct scenario *const scenario = exercise_scenario(exercise);
    const struct network *const network = scenario_network(scenario);
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    const struct need_ref need = network_link_need(network, link);
    const struct asset_ref from = network_link_supplier(network, link);
    const struct asset_ref to = network_need_asset(network, need);
    if (!export_located(scenario, from) || !export_located(scenario, to)) {
        return NULL;
    }
    return json_pack("{s:s, s:{s:s, s:[o, o]}, s:{s:s, s:s, s:s, s:I}}", "type", "Feature",
                     "geometry", "type", "LineString", "coordinates",
                     export_position(scenario, from), export_position(scenario, to), "properties",
                     "from", network_asset_id(network, from), "to", network_asset_id(network, to),
                     "need", network_need_id(network, need), "delivered_ppm",
                     (json_int_t)cascade_link_ppm(cascade, link));
}

static json_t *export_all(const struct exercise *exercise) {
    const struct scenario *const scenario = exercise_scenario(exercise);
    const struct network *const network = scenario_network(scenario);
    json_t *const features = json_array();
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        json_array_append_new(features, export_asset(exercise, (struct asset_ref){i}));
    }
    for (uint32_t i = 0; i < network_link_count(network); i++) {
        json_t *const link = export_link(exercise, (struct link_ref){i});
        if (link != NULL) {
            json_array_append_new(features, link);
        }
    }
    return json_pack("{s:s, s:s, s:s, s:I, s:o}", "type", "FeatureCollection", "schema",
                     "spillover-geojson-1", "scenario", scenario_id(scenario), "at_ms",
                     (json_int_t)exercise_now_ms(exercise), "features", features);
}

/* ---- Writing ---- */

/* The file is there whole, or as it was. */
static enum spill_exit export_write(const json_t *root, const char *path) {
    char temporary[EXPORT_PATH_BYTES];
    if (strlen(path) >= sizeof temporary - 8) {
        return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s: %s", path, strerror(ENAMETOOLONG));
    }
    snprintf(temporary, sizeof temporary, "%s.part", path);
    FILE *const file = fopen(temporary, "w");
    bool good = file != NULL && json_dumpf(root, file, JSON_COMPACT) == 0;
    good = file != NULL && fputc('\n', file) != EOF && good;
    good = file != NULL && fclose(file) == 0 && good;
    good = good && rename(temporary, path) == 0;
    if (good) {
        return SPILL_EXIT_OK;
    }
    const int reason = errno;
    if (file != NULL) {
        unlink(temporary);
    }
    return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s: %s", path, strerror(reason));
}

static void export_on_progress(uint64_t done, uint64_t total, void *context) {
    (void)context;
    terminal_progress("%d %%", total > 0 ? (int)(100 * done / total) : 100);
}

static enum spill_exit export_run(const struct export_arguments *arguments) {
    const struct replay_options options = {.on_progress = export_on_progress};
    struct spill_error error = {{0}};
    struct replay *replay = NULL;
    struct exercise *exercise = NULL;
    enum spill_exit code = SPILL_EXIT_OK;
    enum spill_status status = replay_open(arguments->file, &options, &replay, &error);
    if (status == SPILL_OK && arguments->at_ms != SPILL_NEVER) {
        struct recording_summary summary;
        recording_summary(replay_recording(replay), &summary);
        code =
            open_time(WORDS_OPEN_BEYOND_RECORDING, "--at", arguments->at_ms, summary.exercise_ms);
    }
    if (status == SPILL_OK && code == SPILL_EXIT_OK) {
        status = replay_to(replay, arguments->at_ms, NULL, NULL, &exercise, &error);
    }
    terminal_progress_end();
    if (status != SPILL_OK) {
        code = command_fail_status(status, &error);
    } else if (code == SPILL_EXIT_OK) {
        json_t *const root = export_all(exercise);
        if (root == NULL) {
            code = command_fail_status(SPILL_MEMORY, NULL);
        } else if (arguments->to != NULL) {
            code = export_write(root, arguments->to);
        } else {
            json_dumpf(root, stdout, JSON_COMPACT);
            putchar('\n');
        }
        json_decref(root);
    }
    exercise_destroy(&exercise);
    replay_close(&replay);
    return code;
}

enum spill_exit command_export(int argc, char **argv) {
    struct export_arguments arguments = {.at_ms = SPILL_NEVER};
    const struct argp_option options[] = {
        {"at", 'a', "T", 0, command_words(WORDS_WHY_AT_OPTION), 0},
        {"to", 't', "FILE", 0, command_words(WORDS_EXPORT_TO_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = export_option,
        .args_doc = command_words(WORDS_EXPORT_ARGUMENTS),
        .doc = command_words(WORDS_COMMAND_EXPORT),
    };
    command_parse(&argp, argc, argv, &arguments);
    return export_run(&arguments);
}
