/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/matpower.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/exchange/file.h"

enum {
    MATPOWER_COLUMNS_MAX = 64,
    MATPOWER_NAME_BYTES = 64,
    MATPOWER_NUMBER_BYTES = 64,
    MATPOWER_SHOWN_BYTES = 48, /* Of a refused line. */
};

/* Columns, from 0. */
enum { BUS_I, BUS_TYPE, BUS_PD, BUS_GS = 4, BUS_KV = 9, BUS_LEAST = 10 };
enum { GEN_BUS, GEN_PG, GEN_STATUS = 7, GEN_PMAX = 8, GEN_LEAST = 9 };
enum { BRANCH_F, BRANCH_T, BRANCH_X = 3, BRANCH_RATE = 5, BRANCH_RATIO = 8, BRANCH_SHIFT = 9 };
enum { BRANCH_STATUS = 10, BRANCH_LEAST = 11 };

#define MATPOWER_VALUE_MAX 1e12

/* A matrix as it is written. */
struct matpower_matrix {
    double *values; /* Row by row. */
    int *lines;     /* Of each row. */
    size_t row_count;
    size_t column_count;
};

struct matpower_reader {
    const char *path;
    const char *at;
    const char *end;
    int line;
    struct spill_error *error;
    double base_mva; /* 0: not seen. */
    struct matpower_matrix bus, gen, branch;
};

/* ---- Characters ---- */

static enum spill_status matpower_bad(const struct matpower_reader *reader, int line,
                                      const char *words) {
    return spill_fail(reader->error, SPILL_INVALID, "%s:%d: %s", reader->path, line, words);
}

static bool matpower_is(const struct matpower_reader *reader, char byte) {
    return reader->at < reader->end && *reader->at == byte;
}

static bool matpower_take(struct matpower_reader *reader, char byte) {
    const bool is = matpower_is(reader, byte);
    reader->at += is;
    return is;
}

static void matpower_skip_line(struct matpower_reader *reader) {
    while (reader->at < reader->end && *reader->at != '\n') {
        reader->at++;
    }
}

/* Blanks and comments; with `lines`, line ends too. "..." joins a line to the next. */
static void matpower_skip(struct matpower_reader *reader, bool lines) {
    while (reader->at < reader->end) {
        const char byte = *reader->at;
        if (byte == '%' || byte == '#') {
            matpower_skip_line(reader);
        } else if (reader->end - reader->at >= 3 && memcmp(reader->at, "...", 3) == 0) {
            matpower_skip_line(reader);
            reader->line += matpower_take(reader, '\n');
        } else if (byte == '\n' && lines) {
            reader->line++;
            reader->at++;
        } else if (byte == ' ' || byte == '\t' || byte == '\r') {
            reader->at++;
        } else {
            return;
        }
    }
}

static bool matpower_is_name(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

/* A line that computes something, by its beginning. */
static enum spill_status matpower_code(const struct matpower_reader *reader, const char *from,
                                       int line) {
    char words[SPILL_ERROR_TEXT_BYTES];
    size_t bytes = 0;
    while (from + bytes < reader->end && from[bytes] != '\n' && from[bytes] != '\r' &&
           bytes < MATPOWER_SHOWN_BYTES) {
        bytes++;
    }
    snprintf(words, sizeof words,
             "this is code, not data: %.*s; only literals can be read: save the case as it stands "
             "after its code has run",
             (int)bytes, from);
    spill_utf8_trim(words);
    return matpower_bad(reader, line, words);
}

/* ---- Values ---- */

static enum spill_status matpower_number(struct matpower_reader *reader, double *value) {
    char text[MATPOWER_NUMBER_BYTES];
    size_t bytes = 0;
    while (reader->at + bytes < reader->end && bytes < sizeof text - 1 &&
           (matpower_is_name(reader->at[bytes]) || strchr("+-.", reader->at[bytes]) != NULL)) {
        text[bytes] = reader->at[bytes];
        bytes++;
    }
    text[bytes] = '\0';
    char *end = NULL;
    errno = 0;
    const double number = strtod(text, &end);
    if (bytes == 0 || *end != '\0' || isnan(number) || strpbrk(text, "xXpP") != NULL) {
        return matpower_code(reader, reader->at, reader->line);
    }
    if (isfinite(number) && fabs(number) > MATPOWER_VALUE_MAX) {
        return matpower_bad(reader, reader->line, "a number is beyond all measure");
    }
    reader->at += bytes;
    *value = number;
    return SPILL_OK;
}

/* 'text', up to its end on the same line. */
static enum spill_status matpower_text(struct matpower_reader *reader) {
    const char quote = *reader->at++;
    for (; reader->at < reader->end && *reader->at != '\n'; reader->at++) {
        if (*reader->at == quote) {
            reader->at++;
            if (!matpower_is(reader, quote)) {
                return SPILL_OK;
            }
        }
    }
    return matpower_bad(reader, reader->line, "a text has no end");
}

static enum spill_status matpower_row_put(struct matpower_reader *reader,
                                          struct matpower_matrix *matrix, size_t *capacity,
                                          const double *row, size_t count) {
    if (matrix->row_count > 0 && count != matrix->column_count) {
        return matpower_bad(reader, reader->line, "a row is not as long as those before it");
    }
    if (matrix->row_count == MATPOWER_ROWS_MAX) {
        return matpower_bad(reader, reader->line, "too many rows");
    }
    matrix->column_count = count;
    if (matrix->row_count == *capacity) {
        const size_t more = *capacity == 0 ? 64 : *capacity * 2;
        double *const values =
            spill_grow(matrix->values, *capacity * count, more * count, sizeof *values);
        if (values != NULL) {
            matrix->values = values;
        }
        int *const lines = spill_grow(matrix->lines, *capacity, more, sizeof *lines);
        if (lines != NULL) {
            matrix->lines = lines;
        }
        if (values == NULL || lines == NULL) {
            return spill_fail(reader->error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
        }
        *capacity = more;
    }
    memcpy(matrix->values + matrix->row_count * count, row, count * sizeof *row);
    matrix->lines[matrix->row_count++] = reader->line;
    return SPILL_OK;
}

/* "[1 2; 3 4]" behind its "[". */
static enum spill_status matpower_matrix(struct matpower_reader *reader,
                                         struct matpower_matrix *matrix) {
    double row[MATPOWER_COLUMNS_MAX];
    size_t count = 0;
    size_t capacity = 0;
    for (;;) {
        matpower_skip(reader, false);
        enum spill_status status = SPILL_OK;
        const bool ends = matpower_is(reader, ']');
        if (reader->at == reader->end) {
            return matpower_bad(reader, reader->line, "a matrix has no end");
        }
        if (ends || matpower_is(reader, ';') || matpower_is(reader, '\n')) {
            if (count > 0) {
                status = matpower_row_put(reader, matrix, &capacity, row, count);
                count = 0;
            }
            reader->line += matpower_is(reader, '\n');
            reader->at++;
        } else if (!matpower_take(reader, ',')) {
            if (count == MATPOWER_COLUMNS_MAX) {
                return matpower_bad(reader, reader->line, "a row has too many columns");
            }
            status = matpower_number(reader, &row[count]);
            count++;
        }
        if (status != SPILL_OK || ends) {
            return status;
        }
    }
}

/* "{'a'; 'b'}" behind its "{": passed over. */
static enum spill_status matpower_cell(struct matpower_reader *reader) {
    for (;;) {
        matpower_skip(reader, true);
        if (reader->at == reader->end) {
            return matpower_bad(reader, reader->line, "a list has no end");
        }
        if (matpower_take(reader, '}')) {
            return SPILL_OK;
        }
        if (matpower_take(reader, ';') || matpower_take(reader, ',')) {
            continue;
        }
        double ignored = 0;
        const enum spill_status status = matpower_is(reader, '\'') || matpower_is(reader, '"')
                                             ? matpower_text(reader)
                                             : matpower_number(reader, &ignored);
        if (status != SPILL_OK) {
            return status;
        }
    }
}

/* ---- Statements ---- */

static struct matpower_matrix *matpower_wanted(struct matpower_reader *reader, const char *field) {
    return strcmp(field, "bus") == 0      ? &reader->bus
           : strcmp(field, "gen") == 0    ? &reader->gen
           : strcmp(field, "branch") == 0 ? &reader->branch
                                          : NULL;
}

static void matpower_matrix_free(struct matpower_matrix *matrix) {
    free(matrix->values);
    free(matrix->lines);
    *matrix = (struct matpower_matrix){0};
}

/* The value of "mpc.field =". */
static enum spill_status matpower_value(struct matpower_reader *reader, const char *field) {
    if (matpower_take(reader, '[')) {
        struct matpower_matrix *const wanted = matpower_wanted(reader, field);
        struct matpower_matrix other = {0};
        if (wanted != NULL && wanted->row_count > 0) {
            return matpower_bad(reader, reader->line, "this matrix is given twice");
        }
        const enum spill_status status = matpower_matrix(reader, wanted != NULL ? wanted : &other);
        matpower_matrix_free(&other);
        return status;
    }
    if (matpower_take(reader, '{')) {
        return matpower_cell(reader);
    }
    if (matpower_is(reader, '\'') || matpower_is(reader, '"')) {
        return matpower_text(reader);
    }
    double number = 0;
    const enum spill_status status = matpower_number(reader, &number);
    if (status == SPILL_OK && strcmp(field, "baseMVA") == 0) {
        if (!isfinite(number) || number <= 0) {
            return matpower_bad(reader, reader->line, "baseMVA is not a positive number");
        }
        reader->base_mva = number;
    }
    return status;
}

/* "function mpc = case9", "end", "mpc.field = value;". */
static enum spill_status matpower_statement(struct matpower_reader *reader) {
    const char *const from = reader->at;
    const int line = reader->line;
    char name[MATPOWER_NAME_BYTES];
    size_t bytes = 0;
    while (reader->at < reader->end && (matpower_is_name(*reader->at) || *reader->at == '.') &&
           bytes < sizeof name - 1) {
        name[bytes++] = *reader->at++;
    }
    name[bytes] = '\0';
    if (strcmp(name, "function") == 0) {
        matpower_skip_line(reader);
        return SPILL_OK;
    }
    if (strcmp(name, "end") == 0 || strcmp(name, "return") == 0) {
        matpower_skip(reader, false);
        (void)matpower_take(reader, ';');
        return SPILL_OK;
    }
    const char *const dot = strchr(name, '.');
    matpower_skip(reader, false);
    if (bytes == 0 || dot == NULL || strchr(dot + 1, '.') != NULL || !matpower_take(reader, '=') ||
        matpower_is(reader, '=')) {
        return matpower_code(reader, from, line);
    }
    matpower_skip(reader, false);
    const enum spill_status status = matpower_value(reader, dot + 1);
    if (status != SPILL_OK) {
        return status;
    }
    matpower_skip(reader, false);
    const bool ended = matpower_take(reader, ';') || matpower_take(reader, ',');
    if (!ended && reader->at < reader->end && *reader->at != '\n') {
        return matpower_code(reader, from, line); /* "[…]' * 2", say. */
    }
    return SPILL_OK;
}

static enum spill_status matpower_read(struct matpower_reader *reader) {
    for (;;) {
        matpower_skip(reader, true);
        if (reader->at == reader->end) {
            return SPILL_OK;
        }
        const enum spill_status status = matpower_statement(reader);
        if (status != SPILL_OK) {
            return status;
        }
    }
}

/* ---- Tables ---- */

static const double *matpower_row(const struct matpower_matrix *matrix, size_t row) {
    return matrix->values + row * matrix->column_count;
}

/* Buses by number, for lookups. */
struct matpower_index {
    int64_t id;
    size_t bus;
};

static int matpower_compare(const void *a, const void *b) {
    const struct matpower_index *const left = a;
    const struct matpower_index *const right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static bool matpower_find(const struct matpower_index *index, size_t count, double number,
                          size_t *bus) {
    const struct matpower_index key = {.id = isfinite(number) ? (int64_t)number : 0};
    const struct matpower_index *const found =
        (double)key.id == number ? bsearch(&key, index, count, sizeof key, matpower_compare) : NULL;
    if (found != NULL) {
        *bus = found->bus;
    }
    return found != NULL;
}

static enum spill_status matpower_buses(struct matpower_reader *reader, struct matpower *made,
                                        struct matpower_index *index) {
    for (size_t i = 0; i < reader->bus.row_count; i++) {
        const double *const row = matpower_row(&reader->bus, i);
        const int line = reader->bus.lines[i];
        const int64_t type = isfinite(row[BUS_TYPE]) ? (int64_t)row[BUS_TYPE] : 0;
        if (!isfinite(row[BUS_I]) || row[BUS_I] < 1 || (double)(int64_t)row[BUS_I] != row[BUS_I]) {
            return matpower_bad(reader, line, "a bus number is not a positive whole number");
        }
        if ((double)type != row[BUS_TYPE] || type < MATPOWER_PQ || type > MATPOWER_ISOLATED) {
            return matpower_bad(reader, line, "a bus type is not 1, 2, 3 or 4");
        }
        if (!isfinite(row[BUS_PD]) || !isfinite(row[BUS_GS])) {
            return matpower_bad(reader, line, "the demand of a bus is not finite");
        }
        made->buses[i] = (struct matpower_bus){.id = (int64_t)row[BUS_I],
                                               .type = (enum matpower_bus_type)type,
                                               .demand_mw = row[BUS_PD],
                                               .conductance_mw = row[BUS_GS],
                                               .base_kv = row[BUS_KV],
                                               .line = line};
        index[i] = (struct matpower_index){.id = made->buses[i].id, .bus = i};
    }
    qsort(index, made->bus_count, sizeof *index, matpower_compare);
    for (size_t i = 1; i < made->bus_count; i++) {
        if (index[i].id == index[i - 1].id) {
            return matpower_bad(reader, made->buses[index[i].bus].line,
                                "a bus number is given twice");
        }
    }
    return SPILL_OK;
}

static enum spill_status matpower_gens(struct matpower_reader *reader, struct matpower *made,
                                       const struct matpower_index *index) {
    for (size_t i = 0; i < reader->gen.row_count; i++) {
        const double *const row = matpower_row(&reader->gen, i);
        const int line = reader->gen.lines[i];
        size_t bus = 0;
        if (!matpower_find(index, made->bus_count, row[GEN_BUS], &bus)) {
            return matpower_bad(reader, line, "a generator stands at a bus that there is not");
        }
        if (!isfinite(row[GEN_PG]) || isnan(row[GEN_PMAX])) {
            return matpower_bad(reader, line, "the output of a generator is not finite");
        }
        made->gens[i] = (struct matpower_gen){.bus = bus,
                                              .output_mw = row[GEN_PG],
                                              .output_max_mw = row[GEN_PMAX],
                                              .on = row[GEN_STATUS] > 0,
                                              .line = line};
    }
    return SPILL_OK;
}

static enum spill_status matpower_branches(struct matpower_reader *reader, struct matpower *made,
                                           const struct matpower_index *index) {
    for (size_t i = 0; i < reader->branch.row_count; i++) {
        const double *const row = matpower_row(&reader->branch, i);
        const int line = reader->branch.lines[i];
        struct matpower_branch branch = {.reactance = row[BRANCH_X],
                                         .rate_mw =
                                             isfinite(row[BRANCH_RATE]) ? row[BRANCH_RATE] : 0,
                                         .ratio = row[BRANCH_RATIO] == 0 ? 1 : row[BRANCH_RATIO],
                                         .shift_deg = row[BRANCH_SHIFT],
                                         .on = row[BRANCH_STATUS] > 0,
                                         .line = line};
        if (!matpower_find(index, made->bus_count, row[BRANCH_F], &branch.from) ||
            !matpower_find(index, made->bus_count, row[BRANCH_T], &branch.to)) {
            return matpower_bad(reader, line, "a branch ends at a bus that there is not");
        }
        if (branch.from == branch.to) {
            return matpower_bad(reader, line, "a branch ends where it begins");
        }
        if (!isfinite(branch.reactance) || branch.reactance == 0) {
            return matpower_bad(reader, line, "a branch has no reactance: its flow is not defined");
        }
        if (!isfinite(branch.ratio) || !isfinite(branch.shift_deg) || branch.rate_mw < 0) {
            return matpower_bad(reader, line, "a branch's ratio, shift or rate is not a number");
        }
        made->branches[i] = branch;
    }
    return SPILL_OK;
}

static enum spill_status matpower_check(struct matpower_reader *reader) {
    const char *const missing =
        reader->base_mva == 0                  ? "there is no baseMVA"
        : reader->bus.row_count == 0           ? "there is no bus"
        : reader->branch.row_count == 0        ? "there is no branch"
        : reader->bus.column_count < BUS_LEAST ? "bus has fewer than 10 columns"
        : reader->gen.row_count > 0 && reader->gen.column_count < GEN_LEAST
            ? "gen has fewer than 9 columns"
        : reader->branch.column_count < BRANCH_LEAST ? "branch has fewer than 11 columns"
                                                     : NULL;
    return missing == NULL ? SPILL_OK : matpower_bad(reader, reader->line, missing);
}

static enum spill_status matpower_build(struct matpower_reader *reader, struct matpower *made) {
    made->base_mva = reader->base_mva;
    made->bus_count = reader->bus.row_count;
    made->gen_count = reader->gen.row_count;
    made->branch_count = reader->branch.row_count;
    made->buses = spill_alloc(made->bus_count, sizeof *made->buses);
    made->gens = spill_alloc(made->gen_count, sizeof *made->gens);
    made->branches = spill_alloc(made->branch_count, sizeof *made->branches);
    struct matpower_index *const index = spill_alloc(made->bus_count, sizeof *index);
    enum spill_status status = SPILL_OK;
    if (made->buses == NULL || made->gens == NULL || made->branches == NULL || index == NULL) {
        status = spill_fail(reader->error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    if (status == SPILL_OK) {
        status = matpower_buses(reader, made, index);
    }
    if (status == SPILL_OK) {
        status = matpower_gens(reader, made, index);
    }
    if (status == SPILL_OK) {
        status = matpower_branches(reader, made, index);
    }
    free(index);
    return status;
}

enum spill_status matpower_parse(const char *path, const char *bytes, size_t size_bytes,
                                 struct matpower **matpower, struct spill_error *error) {
    SPILL_ASSERT(path != NULL);
    SPILL_ASSERT(bytes != NULL || size_bytes == 0);
    struct matpower_reader reader = {
        .path = path, .at = bytes, .end = bytes + size_bytes, .line = 1, .error = error};
    struct matpower *made = spill_alloc(1, sizeof *made);
    enum spill_status status =
        made == NULL ? spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY))
                     : matpower_read(&reader);
    if (status == SPILL_OK) {
        status = matpower_check(&reader);
    }
    if (status == SPILL_OK) {
        status = matpower_build(&reader, made);
    }
    matpower_matrix_free(&reader.bus);
    matpower_matrix_free(&reader.gen);
    matpower_matrix_free(&reader.branch);
    if (status != SPILL_OK) {
        matpower_free(&made);
        return status;
    }
    *matpower = made;
    return SPILL_OK;
}

enum spill_status matpower_load(const char *path, struct matpower **matpower,
                                struct spill_error *error) {
    char *bytes = NULL;
    size_t size_bytes = 0;
    enum spill_status status =
        exchange_file_read(path, MATPOWER_FILE_BYTES_MAX, &bytes, &size_bytes, error);
    if (status == SPILL_OK) {
        status = matpower_parse(path, bytes, size_bytes, matpower, error);
    }
    free(bytes);
    return status;
}

void matpower_free(struct matpower **matpower) {
    SPILL_ASSERT(matpower != NULL);
    if (*matpower != NULL) {
        free((*matpower)->buses);
        free((*matpower)->gens);
        free((*matpower)->branches);
        free(*matpower);
        *matpower = NULL;
    }
}
