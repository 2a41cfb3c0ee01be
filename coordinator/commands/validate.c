/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover validate: published results of classical models, computed again by this engine.
 */
#include "coordinator/validate/validate.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/print.h"
#include "coordinator/commands/terminal.h"

enum {
    CHECK_SEED = 20260101,
    CHECK_PARAMETER_KEY = 1000, /* Keys of a law's own options begin here. */
    CHECK_OPTIONS = 5,          /* Those of every law. */
    CHECK_LINE_BYTES = 512,
    CHECK_DOC_BYTES = 4096,
    CHECK_NAME_COLUMNS = 42,
    CHECK_NUMBER_COLUMNS = 12,
    CHECK_NODES_MAX = 1000000,
    CHECK_REPLICAS_MAX = 10000000,
};

struct check_run {
    const struct validate_law *law; /* NULL: all. */
    struct validate_value values[VALIDATE_PARAMETERS_MAX];
    struct validate_options options;
    bool json;
    bool colours;
    double began;
    size_t row_count;
    size_t pass_count;
    json_t *rows; /* With json. */
    bool failed;  /* A row could not be kept. */
};

/* ---- Arguments ---- */

static const struct validate_law *check_find(const char *name) {
    size_t count = 0;
    const struct validate_law *const *const laws = validate_laws(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(laws[i]->name, name) == 0) {
            return laws[i];
        }
    }
    return NULL;
}

/* Refuses what an option was given, in words. */
static void check_refuse(struct argp_state *state, const char *option, double least, double most,
                         bool whole) {
    char line[CHECK_LINE_BYTES];
    char numbers[2][PRINT_NUMBER_BYTES];
    snprintf(numbers[0], PRINT_NUMBER_BYTES, "%.10g", least);
    snprintf(numbers[1], PRINT_NUMBER_BYTES, "%.10g", most);
    const struct words_value values[] = {
        {"option", option}, {"least", numbers[0]}, {"most", numbers[1]}};
    words_fill(line, sizeof line, whole ? WORDS_ENSEMBLE_BAD_NUMBER : WORDS_VALIDATE_BAD_NUMBER,
               command_language(), values, 3);
    argp_error(state, "%s", line);
}

static double check_number(struct argp_state *state, const char *option, const char *text,
                           double least, double most, bool whole) {
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= least) || !(value <= most) ||
        (whole && value != floor(value))) {
        check_refuse(state, option, least, most, whole);
    }
    return value;
}

static uint64_t check_seed(struct argp_state *state, const char *text) {
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-') {
        check_refuse(state, "--seed", 0, (double)UINT64_MAX, true);
    }
    return value;
}

static error_t check_parameter(struct check_run *run, size_t i, const char *argument,
                               struct argp_state *state) {
    const struct validate_parameter *const parameter = &run->law->parameters[i];
    if (parameter->type == VALIDATE_WORD || parameter->type == VALIDATE_FILE) {
        run->values[i].text = argument;
        return 0;
    }
    char option[CHECK_LINE_BYTES];
    snprintf(option, sizeof option, "--%s", parameter->name);
    run->values[i].number = check_number(state, option, argument, parameter->least, parameter->most,
                                         parameter->type == VALIDATE_WHOLE);
    return 0;
}

/* A file, for the law that takes one. */
static void check_argument(struct check_run *run, const char *argument, struct argp_state *state) {
    for (size_t i = 0; run->law != NULL && i < run->law->parameter_count; i++) {
        if (run->law->parameters[i].type == VALIDATE_FILE && run->values[i].text == NULL) {
            run->values[i].text = argument;
            return;
        }
    }
    argp_usage(state);
}

static error_t check_option(int key, char *argument, struct argp_state *state) {
    struct check_run *const run = state->input;
    if (run->law != NULL && key >= CHECK_PARAMETER_KEY &&
        (size_t)(key - CHECK_PARAMETER_KEY) < run->law->parameter_count) {
        return check_parameter(run, (size_t)(key - CHECK_PARAMETER_KEY), argument, state);
    }
    switch (key) {
    case 'n':
        run->options.replicas =
            (uint64_t)check_number(state, "--replicas", argument, 1, CHECK_REPLICAS_MAX, true);
        return 0;
    case 'N':
        run->options.nodes =
            (uint64_t)check_number(state, "--nodes", argument, 2, CHECK_NODES_MAX, true);
        return 0;
    case 'T':
        run->options.threads =
            (int)check_number(state, "--threads", argument, 1, VALIDATE_THREADS_MAX, true);
        return 0;
    case 'S':
        run->options.seed = check_seed(state, argument);
        return 0;
    case 'j':
        run->json = true;
        return 0;
    case ARGP_KEY_ARG:
        check_argument(run, argument, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The summary, and behind it the laws, so that completion can find them. */
static const char *check_doc(const struct validate_law *law, char text[CHECK_DOC_BYTES]) {
    if (law != NULL) {
        return command_words(law->about);
    }
    size_t count = 0;
    const struct validate_law *const *const laws = validate_laws(&count);
    size_t bytes =
        (size_t)snprintf(text, CHECK_DOC_BYTES, "%s\v%s\n", command_words(WORDS_COMMAND_VALIDATE),
                         command_words(WORDS_VALIDATE_LAWS));
    for (size_t i = 0; i < count && bytes < CHECK_DOC_BYTES; i++) {
        bytes += (size_t)snprintf(text + bytes, CHECK_DOC_BYTES - bytes, "  %-14s %s\n",
                                  laws[i]->name, command_words(laws[i]->about));
    }
    return text;
}

static void check_parse(struct check_run *run, int argc, char **argv) {
    struct argp_option options[CHECK_OPTIONS + VALIDATE_PARAMETERS_MAX + 1] = {
        {"replicas", 'n', "N", 0, command_words(WORDS_VALIDATE_REPLICAS_OPTION), 0},
        {"nodes", 'N', "N", 0, command_words(WORDS_VALIDATE_NODES_OPTION), 0},
        {"threads", 'T', "N", 0, command_words(WORDS_ENSEMBLE_THREADS_OPTION), 0},
        {"seed", 'S', "N", 0, command_words(WORDS_VALIDATE_SEED_OPTION), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
    };
    size_t count = CHECK_OPTIONS;
    bool takes_file = false;
    for (size_t i = 0; run->law != NULL && i < run->law->parameter_count; i++) {
        const struct validate_parameter *const parameter = &run->law->parameters[i];
        run->values[i] = (struct validate_value){.number = parameter->initial};
        if (parameter->type == VALIDATE_FILE) {
            takes_file = true;
            continue;
        }
        options[count++] =
            (struct argp_option){.name = parameter->name,
                                 .key = CHECK_PARAMETER_KEY + (int)i,
                                 .arg = parameter->type == VALIDATE_WORD ? "TEXT" : "X",
                                 .doc = command_words(parameter->about)};
    }
    char doc[CHECK_DOC_BYTES];
    const struct argp argp = {
        .options = options,
        .parser = check_option,
        .args_doc = run->law == NULL ? command_words(WORDS_VALIDATE_ARGUMENTS)
                    : takes_file     ? command_words(WORDS_VALIDATE_CASE)
                                     : NULL,
        .doc = check_doc(run->law, doc),
    };
    command_parse(&argp, argc, argv, run);
}

/* ---- Rows ---- */

static double check_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static json_t *check_row_json(const struct validate_row *row) {
    if (row->is_text) {
        return json_pack("{s:s, s:s, s:s, s:i, s:b, s:f}", "name", row->name, "expected",
                         row->expected_text, "computed", row->computed_text, "allowance", 0, "pass",
                         row->pass, "seconds", row->seconds);
    }
    return json_pack("{s:s, s:o, s:f, s:f, s:f, s:b, s:f}", "name", row->name, "expected",
                     row->known ? json_real(row->expected) : json_null(), "computed", row->computed,
                     "allowance", row->allowance, "standard_error", row->error, "pass", row->pass,
                     "seconds", row->seconds);
}

static void check_print_cells(const struct check_run *run, const char *const cells[6],
                              enum print_style style) {
    print_padded(stdout, cells[0], CHECK_NAME_COLUMNS);
    for (int i = 1; i < 4; i++) {
        putchar(' ');
        print_padded(stdout, cells[i], -CHECK_NUMBER_COLUMNS);
    }
    printf("  %s", print_begin(style, run->colours));
    print_padded(stdout, cells[4], 8);
    printf("%s", print_end(run->colours));
    print_padded(stdout, cells[5], -8);
    putchar('\n');
}

static void check_print_row(const struct check_run *run, const struct validate_row *row) {
    char numbers[4][PRINT_NUMBER_BYTES] = {"–", "", "0", ""};
    if (!row->is_text) {
        if (row->known) {
            snprintf(numbers[0], PRINT_NUMBER_BYTES, "%.6g", row->expected);
        }
        snprintf(numbers[1], PRINT_NUMBER_BYTES, "%.6g", row->computed);
        snprintf(numbers[2], PRINT_NUMBER_BYTES, "%.2g", row->allowance);
    } else {
        snprintf(numbers[0], PRINT_NUMBER_BYTES, "%.11s…", row->expected_text);
        snprintf(numbers[1], PRINT_NUMBER_BYTES, "%.11s…", row->computed_text);
    }
    snprintf(numbers[3], PRINT_NUMBER_BYTES, "%.1f s", row->seconds);
    const char *const verdict = command_words(!row->known ? WORDS_VALIDATE_UNKNOWN
                                              : row->pass ? WORDS_VALIDATE_PASS
                                                          : WORDS_VALIDATE_FAIL);
    const char *const cells[] = {row->name,  numbers[0], numbers[1],
                                 numbers[2], verdict,    numbers[3]};
    check_print_cells(run, cells, row->pass ? PRINT_NORMAL_STATE : PRINT_FAILED);
    if (row->is_text && !row->pass) {
        printf("    %s\n    %s\n", row->expected_text, row->computed_text);
    }
    fflush(stdout);
}

static void check_print_heading(const struct check_run *run) {
    const char *const cells[] = {
        "",
        command_words(run->law == NULL ? WORDS_VALIDATE_PUBLISHED : WORDS_VALIDATE_THEORY),
        command_words(WORDS_VALIDATE_COMPUTED),
        command_words(WORDS_VALIDATE_ALLOWANCE),
        "",
        ""};
    check_print_cells(run, cells, PRINT_PLAIN);
}

static void check_on_row(const struct validate_row *row, void *context) {
    struct check_run *const run = context;
    terminal_progress_end();
    run->row_count++;
    run->pass_count += row->pass ? 1 : 0;
    if (!run->json) {
        if (run->row_count == 1) {
            check_print_heading(run);
        }
        check_print_row(run, row);
    } else if (json_array_append_new(run->rows, check_row_json(row)) != 0) {
        run->failed = true;
    }
}

static bool check_on_progress(const char *name, double share, void *context) {
    (void)context;
    terminal_progress("%s  %.0f %%", name, 100 * share);
    return !command_interrupted();
}

/* ---- The end ---- */

static bool check_print_json(const struct check_run *run) {
    json_t *const root =
        json_pack("{s:s, s:I, s:b, s:O, s:{s:f}}", "schema", "spillover-validate-1", "seed",
                  (json_int_t)run->options.seed, "pass", run->pass_count == run->row_count, "rows",
                  run->rows, "run", "seconds", check_seconds() - run->began);
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(1)) == 0;
    json_decref(root);
    putchar('\n');
    return printed;
}

static enum spill_exit check_finish(struct check_run *run) {
    if (run->json) {
        if (run->failed || !check_print_json(run)) {
            return command_fail_status(SPILL_MEMORY, NULL);
        }
    } else {
        char line[CHECK_LINE_BYTES];
        char numbers[3][PRINT_NUMBER_BYTES];
        snprintf(numbers[2], PRINT_NUMBER_BYTES, "%.0f", check_seconds() - run->began);
        const struct words_value values[] = {
            {"pass", print_count((int64_t)run->pass_count, numbers[0])},
            {"count", print_count((int64_t)run->row_count, numbers[1])},
            {"seconds", numbers[2]}};
        words_fill(line, sizeof line, WORDS_VALIDATE_SUMMARY, command_language(), values, 3);
        puts(line);
    }
    return run->pass_count == run->row_count ? SPILL_EXIT_OK : SPILL_EXIT_FOUND;
}

static enum spill_exit check_execute(struct check_run *run) {
    struct spill_error error = {{0}};
    command_watch_interrupt();
    const enum spill_status status =
        run->law == NULL ? validate_all(&run->options, &error)
                         : validate_point(&run->options, run->law, run->values, &error);
    terminal_progress_end();
    if (status == SPILL_INTERRUPTED) {
        return command_fail(SPILL_EXIT_INTERRUPTED, "%s", command_words(WORDS_VALIDATE_STOPPED));
    }
    return status == SPILL_OK ? check_finish(run) : command_fail_status(status, &error);
}

enum spill_exit command_validate(int argc, char **argv) {
    struct check_run run = {.colours = terminal_colours(stdout), .began = check_seconds()};
    run.options = (struct validate_options){.seed = CHECK_SEED,
                                            .on_row = check_on_row,
                                            .on_progress = check_on_progress,
                                            .context = &run};
    char name[CHECK_LINE_BYTES];
    if (argc > 1 && argv[1][0] != '-') {
        run.law = check_find(argv[1]);
        if (run.law == NULL) {
            char line[CHECK_LINE_BYTES];
            const struct words_value values[] = {{"name", argv[1]}};
            words_fill(line, sizeof line, WORDS_VALIDATE_NO_LAW, command_language(), values, 1);
            return command_fail(SPILL_EXIT_USAGE, "%s", line);
        }
        snprintf(name, sizeof name, "%s %s", argv[0], argv[1]);
        argv[1] = name;
        argv++;
        argc--;
    }
    check_parse(&run, argc, argv);
    run.rows = json_array();
    if (run.rows == NULL) {
        return command_fail_status(SPILL_MEMORY, NULL);
    }
    const enum spill_exit code = check_execute(&run);
    json_decref(run.rows);
    return code;
}
