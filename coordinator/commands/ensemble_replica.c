/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/ensemble_replica.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/ensemble_print.h"
#include "coordinator/commands/print.h"

enum { REPLICA_LINE_BYTES = 512, REPLICA_NAME_COLUMNS = 34, REPLICA_RECORDS_FIRST = 1024 };

/* The records of one trajectory, as they come. */
struct replica_log {
    struct cause_record *records;
    size_t count;
    size_t capacity;
    bool forgetful; /* Memory ended; later records are missing. */
};

static void replica_on_cause(const struct cause_record *record, void *context) {
    struct replica_log *const log = context;
    if (log->count == log->capacity) {
        const size_t capacity = log->capacity > 0 ? 2 * log->capacity : REPLICA_RECORDS_FIRST;
        struct cause_record *const grown =
            spill_grow(log->records, log->capacity, capacity, sizeof log->records[0]);
        if (grown == NULL) {
            log->forgetful = true;
            return;
        }
        log->records = grown;
        log->capacity = capacity;
    }
    log->records[log->count++] = *record;
}

/* A root as an ensemble counts it, in words. */
static char *replica_root(const struct ensemble_replica_options *options,
                          const struct cascade *cascade, struct root_ref ref,
                          char text[REPLICA_LINE_BYTES]) {
    text[0] = '\0';
    if (ref.index == NETWORK_NO_INDEX) {
        return text;
    }
    const struct root root = cascade_root(cascade, ref);
    char id[2 * (SPILL_ID_BYTES_MAX + 1)];
    snprintf(id, sizeof id, "%s", root.id);
    char *const slash = strchr(id, '/');
    struct ensemble_root known = {.kind = root.kind, .id = id};
    if (slash != NULL) {
        /* "cell/order#2" */
        *slash = '\0';
        known.order = slash + 1;
        slash[1 + strcspn(slash + 1, "#")] = '\0';
    }
    return ensemble_root_words(options->scenario, &known, options->language, text,
                               REPLICA_LINE_BYTES);
}

static void replica_why(const struct ensemble_replica_options *options,
                        const struct cascade *cascade, const struct cause_record *record,
                        char text[REPLICA_LINE_BYTES]) {
    const struct network *const network = scenario_network(options->scenario);
    char root[REPLICA_LINE_BYTES];
    const char *supplier = "";
    const char *need = "";
    if (record->need.index != NETWORK_NO_INDEX) {
        need = scenario_need_name(options->scenario, record->need).in[options->language];
    }
    if (record->link.index != NETWORK_NO_INDEX) {
        supplier = scenario_asset(options->scenario, network_link_supplier(network, record->link))
                       ->name.in[options->language];
    }
    const struct words_value values[] = {
        {"need", need},
        {"supplier", supplier},
        {"root", replica_root(options, cascade, record->root, root)}};
    enum words_key key = WORDS_SUMMARY_WHY_HIT;
    if (record->limit == LIMIT_NONE) {
        text[0] = '\0';
        return;
    }
    if (record->limit == LIMIT_NEED) {
        key = supplier[0] != '\0' ? WORDS_SUMMARY_WHY_LOST : WORDS_SUMMARY_WHY_CONTROL;
    } else if (record->limit == LIMIT_CAP) {
        key = WORDS_SUMMARY_WHY_CAP;
    } else if (record->limit == LIMIT_DEMAND) {
        key = WORDS_SUMMARY_WHY_DEMAND;
    } else if (record->limit == LIMIT_LAYER) {
        key = WORDS_SUMMARY_WHY_LAYER;
    }
    words_fill(text, REPLICA_LINE_BYTES, key, (enum words_language)options->language, values, 3);
}

/* Whether a record is the first failure of its asset; `failed` remembers. */
static bool replica_is_first(const struct cause_record *record, bool *failed) {
    if (record->after_ppm >= SPILL_FAILED_BELOW || failed[record->asset.index]) {
        return false;
    }
    failed[record->asset.index] = true;
    return true;
}

static void replica_print_row(const struct ensemble_replica_options *options,
                              const struct cascade *cascade, const struct cause_record *record) {
    const struct network *const network = scenario_network(options->scenario);
    char time[SPILL_DURATION_TEXT_BYTES];
    char levels[PRINT_NUMBER_BYTES];
    char why[REPLICA_LINE_BYTES];
    printf("  %s  %-4s", spill_time_print(record->at_ms, time),
           network_country_id(network, network_asset_country(network, record->asset)));
    print_padded(stdout,
                 scenario_asset(options->scenario, record->asset)->name.in[options->language],
                 REPLICA_NAME_COLUMNS);
    snprintf(levels, sizeof levels, "%" PRId64 "→%" PRId64 "%%",
             record->before_ppm / (SPILL_PPM / 100), record->after_ppm / (SPILL_PPM / 100));
    const enum print_style style = record->after_ppm < SPILL_FAILED_BELOW ? PRINT_FAILED
                                   : record->after_ppm < SPILL_PPM        ? PRINT_DEGRADED
                                                                          : PRINT_RESTORING;
    fputs(print_begin(style, options->colours), stdout);
    print_padded(stdout, levels, -9);
    fputs(print_end(options->colours), stdout);
    replica_why(options, cascade, record, why);
    printf("  %s\n", why);
}

static void replica_print_text(const struct ensemble_replica_options *options,
                               const struct world *world, const struct replica_log *log,
                               bool *failed) {
    const struct cascade *const cascade = world_cascade(world);
    const struct network *const network = scenario_network(options->scenario);
    char numbers[3][PRINT_NUMBER_BYTES];
    char line[REPLICA_LINE_BYTES];
    int64_t person_ms = 0;
    int64_t asset_count = 0;
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_tally tally = cascade_asset_tally(cascade, (struct asset_ref){i});
        person_ms += tally.person_ms;
        asset_count += tally.first_failure_ms != SPILL_NEVER;
    }
    snprintf(numbers[0], PRINT_NUMBER_BYTES, "%" PRIu32, options->replica);
    const struct words_value values[] = {
        {"title", scenario_title(options->scenario).in[options->language]},
        {"replica", numbers[0]},
        {"assets", print_count(asset_count, numbers[1])},
        {"hours", print_hours(person_ms, numbers[2])}};
    words_fill(line, sizeof line,
               asset_count > 0 ? WORDS_ENSEMBLE_REPLICA_WHAT : WORDS_ENSEMBLE_REPLICA_NOTHING,
               (enum words_language)options->language, values, 4);
    printf("%s%s%s\n\n", print_begin(PRINT_BOLD, options->colours), line,
           print_end(options->colours));
    for (size_t i = 0; i < log->count; i++) {
        const bool first = replica_is_first(&log->records[i], failed);
        if (options->causes || first) {
            replica_print_row(options, cascade, &log->records[i]);
        }
    }
}

static json_t *replica_json_record(const struct ensemble_replica_options *options,
                                   const struct cascade *cascade,
                                   const struct cause_record *record) {
    static const char *const limits[] = {"none", "health", "need", "cap", "demand", "layer"};
    const struct network *const network = scenario_network(options->scenario);
    const bool has_root = record->root.index != NETWORK_NO_INDEX;
    const struct root root = has_root ? cascade_root(cascade, record->root) : (struct root){0};
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:s, s:s?, s:s?, s:s?, s:s?, s:b}", "number",
        (json_int_t)record->number, "parent", (json_int_t)record->parent, "at_ms",
        (json_int_t)record->at_ms, "round", (json_int_t)record->round, "asset",
        network_asset_id(network, record->asset), "before_ppm", (json_int_t)record->before_ppm,
        "after_ppm", (json_int_t)record->after_ppm, "limit", limits[record->limit], "need",
        record->need.index != NETWORK_NO_INDEX ? network_need_id(network, record->need) : NULL,
        "supplier",
        record->link.index != NETWORK_NO_INDEX
            ? network_asset_id(network, network_link_supplier(network, record->link))
            : NULL,
        "root_kind", has_root ? root.kind : NULL, "root", has_root ? root.id : NULL, "backup_ended",
        (int)record->backup_ended);
}

static void replica_print_json(const struct ensemble_replica_options *options,
                               const struct world *world, const struct replica_log *log,
                               bool *failed) {
    json_t *const records = json_array();
    for (size_t i = 0; i < log->count; i++) {
        const bool first = replica_is_first(&log->records[i], failed);
        if (options->causes || first) {
            json_array_append_new(
                records, replica_json_record(options, world_cascade(world), &log->records[i]));
        }
    }
    json_t *const root =
        json_pack("{s:s, s:s, s:I, s:o}", "schema", "spillover.replica/1", "scenario",
                  scenario_id(options->scenario), "replica", (json_int_t)options->replica,
                  options->causes ? "causes" : "first_failures", records);
    json_dumpf(root, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(root);
}

enum spill_status ensemble_replica_print(const struct ensemble_replica_options *options) {
    const struct ensemble_options *const experiment = options->ensemble;
    struct replica_log log = {0};
    struct world *world = NULL;
    const struct world_options world_options = {
        .seed = experiment->seed,
        .replica = options->replica,
        .team = experiment->team,
        .sink = {.on_cause = replica_on_cause, .context = &log}};
    bool *const failed = spill_alloc(network_asset_count(experiment->network), sizeof failed[0]);
    enum spill_status status = failed != NULL ? SPILL_OK : SPILL_MEMORY;
    if (status == SPILL_OK) {
        status = world_create(experiment->network, experiment->script, &world_options, &world);
    }
    if (status == SPILL_OK) {
        if (experiment->from != NULL) {
            world_copy(world, experiment->from);
            world_redraw(world, options->replica);
        }
        world_advance(world, experiment->until_ms);
        status = log.forgetful ? SPILL_MEMORY : SPILL_OK;
    }
    if (status == SPILL_OK && options->json) {
        replica_print_json(options, world, &log, failed);
    } else if (status == SPILL_OK) {
        replica_print_text(options, world, &log, failed);
    }
    world_destroy(&world);
    free(log.records);
    free(failed);
    return status;
}
