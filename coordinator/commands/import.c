/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover import: a network of another program becomes a scenario package.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/print.h"
#include "coordinator/exchange/edge_list.h"
#include "coordinator/exchange/file.h"
#include "coordinator/exchange/geojson.h"
#include "coordinator/exchange/graphml.h"
#include "coordinator/exchange/grid.h"

enum { IMPORT_FILES_MAX = 16, IMPORT_LINE_BYTES = 1024 };

struct import_arguments {
    const char *files[IMPORT_FILES_MAX];
    size_t file_count;
    const char *to;
    const char *title; /* NULL: the first file's name. */
    struct graph_defaults defaults;
};

static error_t import_option(int key, char *argument, struct argp_state *state) {
    struct import_arguments *const arguments = state->input;
    switch (key) {
    case 't':
        arguments->to = argument;
        return 0;
    case 'T':
        arguments->title = argument;
        return 0;
    case 'c':
        arguments->defaults.country = argument;
        return 0;
    case 's':
        arguments->defaults.sector = argument;
        return 0;
    case 'a':
        if (strcmp(argument, "any") != 0 && strcmp(argument, "all") != 0 &&
            strcmp(argument, "share") != 0) {
            argp_error(state, "%s: %s", command_words(WORDS_IMPORT_BAD_AGGREGATOR), argument);
        }
        arguments->defaults.aggregator = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->file_count == IMPORT_FILES_MAX) {
            argp_usage(state);
        }
        arguments->files[arguments->file_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->file_count == 0 || arguments->to == NULL) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool import_ends(const char *path, const char *end) {
    const size_t path_bytes = strlen(path);
    const size_t end_bytes = strlen(end);
    return path_bytes > end_bytes && strcasecmp(path + path_bytes - end_bytes, end) == 0;
}

static enum spill_status import_grid(const char *path, const char *bytes, size_t size_bytes,
                                     struct graph *graph, struct spill_error *error) {
    struct matpower *matpower = NULL;
    enum spill_status status = matpower_parse(path, bytes, size_bytes, &matpower, error);
    if (status == SPILL_OK) {
        status = grid_read(matpower, graph, error);
    }
    matpower_free(&matpower);
    return status;
}

/* By the end of its name. */
static enum spill_status import_file(const char *path, struct graph *graph,
                                     struct spill_error *error) {
    static const struct {
        const char *end;
        enum spill_status (*read)(const char *path, const char *bytes, size_t size_bytes,
                                  struct graph *graph, struct spill_error *error);
    } formats[] = {{".geojson", geojson_read}, {".json", geojson_read},  {".graphml", graphml_read},
                   {".xml", graphml_read},     {".csv", edge_list_read}, {".m", import_grid}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (!import_ends(path, formats[i].end)) {
            continue;
        }
        char *bytes = NULL;
        size_t size_bytes = 0;
        enum spill_status status =
            exchange_file_read(path, GRAPH_FILE_BYTES_MAX, &bytes, &size_bytes, error);
        if (status == SPILL_OK) {
            status = formats[i].read(path, bytes, size_bytes, graph, error);
        }
        free(bytes);
        return status;
    }
    return spill_fail(error, SPILL_INVALID, "%s: %s", path, command_words(WORDS_IMPORT_BAD_FORMAT));
}

static enum spill_status import_all(const struct import_arguments *arguments, struct graph *graph,
                                    struct spill_error *error) {
    const char *const slash = strrchr(arguments->files[0], '/');
    const char *const source = slash != NULL ? slash + 1 : arguments->files[0];
    enum spill_status status = SPILL_OK;
    for (size_t i = 0; i < arguments->file_count && status == SPILL_OK; i++) {
        status = import_file(arguments->files[i], graph, error);
        if (status == SPILL_OK && import_ends(arguments->files[i], ".csv") &&
            i + 1 == arguments->file_count) {
            status = graph_add_ends(graph, error); /* Links may be all there is. */
        }
    }
    if (status == SPILL_OK) {
        status = graph_check(graph, error);
    }
    const struct graph_package package = {
        .folder = arguments->to,
        .title = arguments->title != NULL ? arguments->title : source,
        .source = source,
    };
    return status == SPILL_OK ? graph_write(graph, &package, error) : status;
}

static enum spill_exit import_run(const struct import_arguments *arguments) {
    struct spill_error error = {{0}};
    struct graph *graph = NULL;
    enum spill_status status = graph_create(&arguments->defaults, &graph);
    if (status == SPILL_OK) {
        status = import_all(arguments, graph, &error);
    }
    enum spill_exit code = SPILL_EXIT_OK;
    if (status == SPILL_EXISTS) {
        code = command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
    } else if (status != SPILL_OK) {
        code = command_fail_status(status, &error);
    } else {
        char line[IMPORT_LINE_BYTES];
        char numbers[3][PRINT_NUMBER_BYTES];
        const struct words_value values[] = {
            {"folder", arguments->to},
            {"assets", print_count((int64_t)graph_node_count(graph), numbers[0])},
            {"links", print_count((int64_t)graph_link_count(graph), numbers[1])},
            {"dropped", print_count((int64_t)graph_dropped(graph), numbers[2])}};
        words_fill(line, sizeof line,
                   graph_dropped(graph) > 0 ? WORDS_IMPORT_DONE_DROPPED : WORDS_IMPORT_DONE,
                   command_language(), values, 4);
        puts(line);
    }
    graph_destroy(&graph);
    return code;
}

enum spill_exit command_import(int argc, char **argv) {
    struct import_arguments arguments = {.defaults = {.aggregator = "any"}};
    const struct argp_option options[] = {
        {"to", 't', "FOLDER", 0, command_words(WORDS_IMPORT_TO_OPTION), 0},
        {"country", 'c', "ID", 0, command_words(WORDS_IMPORT_COUNTRY_OPTION), 0},
        {"sector", 's', "ID", 0, command_words(WORDS_IMPORT_SECTOR_OPTION), 0},
        {"aggregator", 'a', "any|all|share", 0, command_words(WORDS_IMPORT_AGGREGATOR_OPTION), 0},
        {"title", 'T', "TEXT", 0, command_words(WORDS_IMPORT_TITLE_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = import_option,
        .args_doc = command_words(WORDS_IMPORT_ARGUMENTS),
        .doc = command_words(WORDS_COMMAND_IMPORT),
    };
    command_parse(&argp, argc, argv, &arguments);
    return import_run(&arguments);
}
