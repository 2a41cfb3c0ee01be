/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/edge_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/csv.h"

/* Columns, by what they hold. */
enum edge_column {
    EDGE_FROM,
    EDGE_TO,
    EDGE_NEED,
    EDGE_BOTH_WAYS,
    EDGE_ID,
    EDGE_NAME,
    EDGE_COUNTRY,
    EDGE_SECTOR,
    EDGE_PLACE,
    EDGE_PEOPLE,
    EDGE_LONGITUDE,
    EDGE_LATITUDE,
    EDGE_COLUMN_COUNT
};

static const struct {
    const char *name;
    enum edge_column column;
} edge_names[] = {
    {"from", EDGE_FROM},     {"source", EDGE_FROM},
    {"supplier", EDGE_FROM}, {"to", EDGE_TO},
    {"target", EDGE_TO},     {"asset", EDGE_TO},
    {"need", EDGE_NEED},     {"both_ways", EDGE_BOTH_WAYS},
    {"id", EDGE_ID},         {"name", EDGE_NAME},
    {"name_en", EDGE_NAME},  {"country", EDGE_COUNTRY},
    {"sector", EDGE_SECTOR}, {"place", EDGE_PLACE},
    {"people", EDGE_PEOPLE}, {"longitude", EDGE_LONGITUDE},
    {"lon", EDGE_LONGITUDE}, {"latitude", EDGE_LATITUDE},
    {"lat", EDGE_LATITUDE},
};

struct edge_reader {
    struct csv csv;
    struct fault_list *faults;
    struct graph *graph;
    int at[EDGE_COLUMN_COUNT]; /* Column of the table; -1: none. */
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
};

static void edge_fault(struct edge_reader *reader, enum edge_column column, const char *words) {
    const int at = reader->at[column] >= 0 ? reader->at[column] : 0;
    fault_add(reader->faults, FAULT_ERROR, FAULT_MEANING,
              csv_place(&reader->csv, &reader->fields[at]), "%s", words);
}

/* NULL: no such column, or an empty field. */
static const char *edge_text(const struct edge_reader *reader, enum edge_column column) {
    const int at = reader->at[column];
    return at < 0 || reader->fields[at].text_bytes == 0 ? NULL : reader->fields[at].text;
}

static bool edge_number(struct edge_reader *reader, enum edge_column column, double *number) {
    const char *const text = edge_text(reader, column);
    char *end = NULL;
    *number = text != NULL ? strtod(text, &end) : 0;
    if (text != NULL && (*end != '\0' || !isfinite(*number))) {
        edge_fault(reader, column, "this is no number");
        return false;
    }
    return true;
}

static enum spill_status edge_node(struct edge_reader *reader) {
    struct graph_node node = {.key = edge_text(reader, EDGE_ID),
                              .name = edge_text(reader, EDGE_NAME),
                              .country = edge_text(reader, EDGE_COUNTRY),
                              .sector = edge_text(reader, EDGE_SECTOR),
                              .place = edge_text(reader, EDGE_PLACE),
                              .located = edge_text(reader, EDGE_LONGITUDE) != NULL &&
                                         edge_text(reader, EDGE_LATITUDE) != NULL};
    double people = 0;
    if (node.key == NULL) {
        edge_fault(reader, EDGE_ID, "a node has no id");
        return SPILL_OK;
    }
    if (!edge_number(reader, EDGE_PEOPLE, &people) ||
        !edge_number(reader, EDGE_LONGITUDE, &node.longitude) ||
        !edge_number(reader, EDGE_LATITUDE, &node.latitude)) {
        return SPILL_OK;
    }
    if (people < 0 || people > 1e10) {
        edge_fault(reader, EDGE_PEOPLE, "people is not from 0 to 10 000 000 000");
        return SPILL_OK;
    }
    node.people = (int64_t)people;
    struct spill_error words = {{0}};
    const enum spill_status status = graph_add_node(reader->graph, &node, &words);
    if (status == SPILL_INVALID || status == SPILL_LIMIT) {
        edge_fault(reader, EDGE_ID, words.text);
        return SPILL_OK;
    }
    return status;
}

static enum spill_status edge_link(struct edge_reader *reader) {
    const char *const both = edge_text(reader, EDGE_BOTH_WAYS);
    const struct graph_link link = {.from = edge_text(reader, EDGE_FROM),
                                    .to = edge_text(reader, EDGE_TO),
                                    .need = edge_text(reader, EDGE_NEED),
                                    .both_ways = both != NULL && (strcmp(both, "yes") == 0 ||
                                                                  strcmp(both, "true") == 0 ||
                                                                  strcmp(both, "1") == 0)};
    if (link.from == NULL || link.to == NULL) {
        edge_fault(reader, link.from == NULL ? EDGE_FROM : EDGE_TO, "an end of the link is empty");
        return SPILL_OK;
    }
    struct spill_error words = {{0}};
    const enum spill_status status = graph_add_link(reader->graph, &link, &words);
    if (status == SPILL_LIMIT) {
        edge_fault(reader, EDGE_FROM, words.text);
        return SPILL_OK;
    }
    return status;
}

static enum spill_status edge_rows(struct edge_reader *reader) {
    for (size_t i = 0; i < EDGE_COLUMN_COUNT; i++) {
        reader->at[i] = -1;
    }
    for (size_t i = 0; i < reader->csv.column_count; i++) {
        for (size_t j = 0; j < sizeof edge_names / sizeof edge_names[0]; j++) {
            if (strcmp(reader->csv.header[i].text, edge_names[j].name) == 0) {
                reader->at[edge_names[j].column] = (int)i;
            }
        }
    }
    const bool links = reader->at[EDGE_FROM] >= 0 && reader->at[EDGE_TO] >= 0;
    if (!links && reader->at[EDGE_ID] < 0) {
        fault_add(reader->faults, FAULT_ERROR, FAULT_STRUCTURE,
                  csv_place(&reader->csv, &reader->csv.header[0]),
                  "a table of nodes has a column id; one of links has from and to");
        return SPILL_OK;
    }
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && csv_next(&reader->csv, reader->fields)) {
        status = links ? edge_link(reader) : edge_node(reader);
    }
    return status;
}

/* The first fault, and how many more there are. */
static enum spill_status edge_tell(struct fault_list *faults, struct spill_error *error) {
    fault_list_finish(faults);
    const size_t count = fault_list_errors(faults);
    if (count == 0) {
        return SPILL_OK;
    }
    const struct fault first = fault_list_at(faults, 0);
    return count == 1 ? spill_fail(error, SPILL_INVALID, "%s:%zu:%zu: %s", first.file, first.line,
                                   first.column, first.text)
                      : spill_fail(error, SPILL_INVALID, "%s:%zu:%zu: %s (and %zu more)",
                                   first.file, first.line, first.column, first.text, count - 1);
}

enum spill_status edge_list_read(const char *path, const char *bytes, size_t size_bytes,
                                 struct graph *graph, struct spill_error *error) {
    const struct source source = {.path = path, .bytes = bytes, .size_bytes = size_bytes};
    struct fault_list *faults = fault_list_create("");
    struct edge_reader *const reader = spill_alloc(1, sizeof *reader);
    struct arena arena = {0};
    enum spill_status status = SPILL_MEMORY;
    if (faults != NULL && reader != NULL) {
        reader->faults = faults;
        reader->graph = graph;
        status = csv_open(&source, &arena, faults, &reader->csv);
        status = status == SPILL_OK        ? edge_rows(reader)
                 : status == SPILL_INVALID ? SPILL_OK /* A fault says why. */
                                           : status;
    }
    if (status == SPILL_OK && (arena.failed || fault_list_failed(faults))) {
        status = SPILL_MEMORY;
    }
    status = status == SPILL_OK ? edge_tell(faults, error)
                                : spill_fail(error, status, "%s", spill_status_words(status));
    arena_free(&arena);
    free(reader);
    fault_list_destroy(&faults);
    return status;
}
