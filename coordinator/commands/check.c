/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "coordinator/scenario/scenario.h"

enum { CHECK_LINE_BYTES = 1024, CHECK_NUMBER_BYTES = 24 };

struct check_options {
    const char *folder;
    bool json;
    bool strict;
};

/* Injects are counted by these words, in the order of enum inject_type. */
static const enum words_key check_inject_words[] = {
    [INJECT_INFORMATION] = WORDS_INJECT_INFORMATION,
    [INJECT_MEDIA] = WORDS_INJECT_MEDIA,
    [INJECT_SOCIAL] = WORDS_INJECT_SOCIAL,
    [INJECT_TASK] = WORDS_INJECT_TASK,
    [INJECT_DECISION] = WORDS_INJECT_DECISION,
    [INJECT_ADMINISTRATIVE] = WORDS_INJECT_ADMINISTRATIVE,
};
enum { CHECK_INJECT_TYPES = sizeof check_inject_words / sizeof check_inject_words[0] };

static error_t check_option(int key, char *argument, struct argp_state *state) {
    struct check_options *const options = state->input;
    switch (key) {
    case 'j':
        options->json = true;
        return 0;
    case 's':
        options->strict = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->folder != NULL) {
            argp_usage(state);
        }
        options->folder = argument;
        return 0;
    case ARGP_KEY_END:
        if (options->folder == NULL) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void check_count_injects(const struct scenario *scenario,
                                size_t counts[CHECK_INJECT_TYPES]) {
    for (size_t i = 0; i < scenario_inject_count(scenario); i++) {
        counts[scenario_inject(scenario, i)->type]++;
    }
}

/* ---- For people ---- */

static void check_print_fault(const struct fault *fault) {
    char few[CHECK_LINE_BYTES];
    const size_t bytes = fault_print(fault, few, sizeof few);
    if (bytes < sizeof few) {
        fputs(few, stdout);
        return;
    }
    char *const text = spill_alloc(bytes + 1, 1);
    if (text != NULL) {
        (void)fault_print(fault, text, bytes + 1);
        fputs(text, stdout);
        free(text);
    }
}

/* "2 information, 1 decision" */
static void check_print_types(const struct scenario *scenario, char text[CHECK_LINE_BYTES]) {
    size_t counts[CHECK_INJECT_TYPES] = {0};
    check_count_injects(scenario, counts);
    text[0] = '\0';
    for (size_t i = 0; i < CHECK_INJECT_TYPES; i++) {
        const size_t bytes = strlen(text);
        if (counts[i] > 0) {
            snprintf(text + bytes, CHECK_LINE_BYTES - bytes, "%s%zu %s", bytes == 0 ? "" : ", ",
                     counts[i], command_words(check_inject_words[i]));
        }
    }
}

static void check_print_summary(const struct scenario *scenario) {
    const struct network *const network = scenario_network(scenario);
    char numbers[4][CHECK_NUMBER_BYTES];
    const size_t counts[] = {network_asset_count(network), network_link_count(network),
                             script_cell_count(scenario_script(scenario)),
                             scenario_inject_count(scenario)};
    for (size_t i = 0; i < 4; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%zu", counts[i]);
    }
    char types[CHECK_LINE_BYTES];
    check_print_types(scenario, types);
    const struct words_value values[] = {
        {"scenario", scenario_id(scenario)},
        {"assets", numbers[0]},
        {"links", numbers[1]},
        {"cells", numbers[2]},
        {"injects", numbers[3]},
        {"types", types},
    };
    char line[2 * CHECK_LINE_BYTES];
    words_fill(line, sizeof line,
               counts[3] > 0 ? WORDS_CHECK_SUMMARY : WORDS_CHECK_SUMMARY_NO_INJECTS,
               command_language(), values, sizeof values / sizeof values[0]);
    puts(line);
}

static void check_print_count(size_t count, enum words_key one, enum words_key many) {
    if (count == 0) {
        return;
    }
    char number[CHECK_NUMBER_BYTES];
    char line[CHECK_LINE_BYTES];
    snprintf(number, sizeof number, "%zu", count);
    words_fill(line, sizeof line, count == 1 ? one : many, command_language(),
               &(struct words_value){"count", number}, 1);
    puts(line);
}

static size_t check_warnings(const struct fault_list *faults) {
    size_t count = 0;
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        count += fault_list_at(faults, i).severity == FAULT_WARNING;
    }
    return count;
}

static void check_print(const struct scenario *scenario, const struct fault_list *faults) {
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        const struct fault fault = fault_list_at(faults, i);
        check_print_fault(&fault);
    }
    check_print_count(fault_list_errors(faults), WORDS_CHECK_ERRORS_ONE, WORDS_CHECK_ERRORS_MANY);
    check_print_count(check_warnings(faults), WORDS_CHECK_WARNINGS_ONE, WORDS_CHECK_WARNINGS_MANY);
    if (scenario != NULL) {
        check_print_summary(scenario);
    }
}

/* ---- For programs ---- */

static json_t *check_json_faults(const struct fault_list *faults) {
    json_t *const array = json_array();
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        const struct fault fault = fault_list_at(faults, i);
        json_t *const object = json_pack("{s:s, s:s, s:s}", "severity",
                                         fault.severity == FAULT_ERROR ? "error" : "warning",
                                         "file", fault.file, "text", fault.text);
        if (fault.line > 0) {
            json_object_set_new(object, "line", json_integer((json_int_t)fault.line));
            json_object_set_new(object, "column", json_integer((json_int_t)fault.column));
            json_object_set_new(object, "length", json_integer((json_int_t)fault.length));
        }
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *check_json_summary(const struct scenario *scenario) {
    const struct network *const network = scenario_network(scenario);
    const struct script *const script = scenario_script(scenario);
    size_t counts[CHECK_INJECT_TYPES] = {0};
    check_count_injects(scenario, counts);
    json_t *const types = json_object();
    for (size_t i = 0; i < CHECK_INJECT_TYPES; i++) {
        json_object_set_new(types, words(check_inject_words[i], WORDS_LANGUAGE_EN),
                            json_integer((json_int_t)counts[i]));
    }
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "scenario", scenario_id(scenario), "assets",
        (json_int_t)network_asset_count(network), "links", (json_int_t)network_link_count(network),
        "countries", (json_int_t)network_country_count(network), "sectors",
        (json_int_t)network_sector_count(network), "cells", (json_int_t)script_cell_count(script),
        "injects", (json_int_t)scenario_inject_count(scenario), "injects_by_type", types);
}

static void check_print_json(const struct scenario *scenario, const struct fault_list *faults) {
    json_t *const object =
        json_pack("{s:s, s:I, s:I, s:o}", "schema", "spillover-check-1", "errors",
                  (json_int_t)fault_list_errors(faults), "warnings",
                  (json_int_t)check_warnings(faults), "faults", check_json_faults(faults));
    json_object_set_new(object, "summary",
                        scenario == NULL ? json_null() : check_json_summary(scenario));
    json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(object);
}

/* ---- The command ---- */

static enum spill_exit check_run(const struct check_options *options,
                                 const struct package *package) {
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    const enum spill_status status = scenario_load(package, options->folder, &scenario, &faults);
    if (faults == NULL) {
        return command_fail_status(status, NULL);
    }
    if (options->json) {
        check_print_json(scenario, faults);
    } else {
        check_print(scenario, faults);
    }
    const bool found = options->strict && fault_list_count(faults) > 0;
    scenario_free(&scenario);
    fault_list_destroy(&faults);
    return status != SPILL_OK ? SPILL_EXIT_INPUT : found ? SPILL_EXIT_FOUND : SPILL_EXIT_OK;
}

enum spill_exit command_check(int argc, char **argv) {
    struct check_options options = {0};
    const struct argp_option table[] = {
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {"strict", 's', NULL, 0, command_words(WORDS_CHECK_STRICT_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = table,
        .parser = check_option,
        .args_doc = command_words(WORDS_SCENARIO_ARGUMENT),
        .doc = command_words(WORDS_COMMAND_CHECK),
    };
    command_parse(&argp, argc, argv, &options);
    struct package *package = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status = package_open(options.folder, &package, &error);
    if (status != SPILL_OK) {
        return command_fail_status(status, &error);
    }
    const enum spill_exit code = check_run(&options, package);
    package_destroy(&package);
    return code;
}
