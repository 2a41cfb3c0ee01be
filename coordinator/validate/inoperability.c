/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inoperability input-output: q = A q + c (Haimes and Santos). Sectors combine health and needs by
 * `linear`; a sector's need has a `linear` link of weight a from each other sector, and its own
 * health is lowered by c.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/validate/validate_parts.h"

enum { INOPERABILITY_MATRIX };

static const struct validate_parameter inoperability_parameters[] = {
    {"matrix", VALIDATE_WORD, 0, 0, 0, WORDS_VALIDATE_MATRIX},
};
const struct validate_law validate_inoperability_law =
    VALIDATE_LAW("inoperability", WORDS_VALIDATE_LAW_INOPERABILITY, inoperability_parameters);

enum { INOPERABILITY_SECTORS_MAX = 256, INOPERABILITY_LINE_BYTES = 65536 };
#define INOPERABILITY_ALLOWANCE 5e-6

/* Rows of count + 1 numbers: A, then c. */
struct inoperability {
    size_t count;
    double *values;
};

static double inoperability_at(const struct inoperability *matrix, size_t row, size_t column) {
    return matrix->values[row * (matrix->count + 1) + column];
}

/* ---- The engine ---- */

static enum spill_status inoperability_settle(const struct validate_options *options,
                                              const struct inoperability *matrix,
                                              struct validate_world *world, double *q) {
    enum spill_status status = validate_world_open(world, options);
    for (size_t i = 0; i < matrix->count && status == SPILL_OK; i++) {
        const double loss = inoperability_at(matrix, i, matrix->count);
        status = validate_world_strike(world, i, VALIDATE_Q - validate_ppm(loss));
    }
    if (status == SPILL_OK) {
        validate_world_run(world, VALIDATE_UNIT_MS);
        for (size_t i = 0; i < matrix->count; i++) {
            q[i] = (double)(VALIDATE_Q - validate_world_service(world, i)) / (double)VALIDATE_Q;
        }
    }
    return status;
}

static enum spill_status inoperability_engine(const struct validate_options *options,
                                              const struct inoperability *matrix, double *q) {
    struct validate_world world = {0};
    const size_t count = matrix->count;
    enum spill_status status = validate_world_begin(&world, count, count * count);
    if (status == SPILL_OK) {
        for (size_t i = 0; i < count; i++) {
            world.assets[i].combination = COMBINE_LINEAR;
            world.needs[i].aggregator = AGGREGATOR_LINEAR;
            for (size_t j = 0; j < count; j++) {
                if (j != i && inoperability_at(matrix, i, j) > 0) {
                    validate_world_link(&world, i, j)->weight =
                        validate_ppm(inoperability_at(matrix, i, j));
                }
            }
        }
        status = inoperability_settle(options, matrix, &world, q);
    }
    validate_world_close(&world);
    return status;
}

/* ---- Theory: (I - A) q = c, by elimination ---- */

static void inoperability_swap(double *values, size_t columns, size_t a, size_t b) {
    for (size_t j = 0; j < columns; j++) {
        const double value = values[a * columns + j];
        values[a * columns + j] = values[b * columns + j];
        values[b * columns + j] = value;
    }
}

/* Solves in place; false when it has no single solution. */
static bool inoperability_solve(double *values, size_t count, double *q) {
    const size_t columns = count + 1;
    for (size_t i = 0; i < count; i++) {
        size_t best = i;
        for (size_t row = i + 1; row < count; row++) {
            if (fabs(values[row * columns + i]) > fabs(values[best * columns + i])) {
                best = row;
            }
        }
        if (fabs(values[best * columns + i]) < 1e-12) {
            return false;
        }
        inoperability_swap(values, columns, i, best);
        for (size_t row = i + 1; row < count; row++) {
            const double factor = values[row * columns + i] / values[i * columns + i];
            for (size_t j = i; j < columns; j++) {
                values[row * columns + j] -= factor * values[i * columns + j];
            }
        }
    }
    for (size_t i = count; i > 0; i--) {
        double sum = values[(i - 1) * columns + count];
        for (size_t j = i; j < count; j++) {
            sum -= values[(i - 1) * columns + j] * q[j];
        }
        q[i - 1] = sum / values[(i - 1) * columns + i - 1];
    }
    return true;
}

/* The fixed point, where it is one that the model can reach: every q in 0 to 1. False otherwise. */
static bool inoperability_theory(const struct inoperability *matrix, double *work, double *q) {
    const size_t count = matrix->count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            work[i * (count + 1) + j] = (i == j ? 1 : 0) - inoperability_at(matrix, i, j);
        }
        work[i * (count + 1) + count] = inoperability_at(matrix, i, count);
    }
    if (!inoperability_solve(work, count, q)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (q[i] < 0 || q[i] > 1) {
            return false;
        }
    }
    return true;
}

static void inoperability_rows(struct validate_run *run, const struct inoperability *matrix,
                               const double *published) {
    const size_t count = matrix->count;
    double *const computed = spill_alloc(count, sizeof *computed);
    double *const expected = spill_alloc(count, sizeof *expected);
    double *const work = spill_alloc(count * (count + 1), sizeof *work);
    enum spill_status status =
        computed == NULL || expected == NULL || work == NULL ? SPILL_MEMORY : SPILL_OK;
    validate_begin(run, "inoperability");
    if (status == SPILL_OK) {
        status = inoperability_engine(run->options, matrix, computed);
    }
    if (status != SPILL_OK) {
        validate_fail(run, status, "%s", spill_status_words(status));
    } else {
        const bool known = published != NULL || inoperability_theory(matrix, work, expected);
        for (size_t i = 0; i < count; i++) {
            char name[VALIDATE_NAME_BYTES];
            snprintf(name, sizeof name, "inoperability q%zu", i + 1);
            validate_report(run, name,
                            !known              ? NAN
                            : published != NULL ? published[i]
                                                : expected[i],
                            computed[i], 0, INOPERABILITY_ALLOWANCE);
        }
    }
    free(work);
    free(expected);
    free(computed);
}

/* ---- The file ---- */

/* Reads one line of numbers between commas, semicolons or spaces into `row`, at most `most` of
 * them. Returns how many; SIZE_MAX for something else. */
static size_t inoperability_read_line(const char *line, double *row, size_t most) {
    size_t count = 0;
    const char *at = line + strspn(line, " \t\r\n,;");
    while (*at != '\0' && *at != '#') {
        char *end = NULL;
        const double value = strtod(at, &end);
        if (end == at || count == most || !(value >= 0) || value > 1) {
            return SIZE_MAX;
        }
        row[count++] = value;
        at = end + strspn(end, " \t\r\n,;");
    }
    return count;
}

/* Fills values (room for the largest matrix) from a file; ends the run with words if it cannot. */
static void inoperability_read(struct validate_run *run, const char *path,
                               struct inoperability *matrix) {
    char line[INOPERABILITY_LINE_BYTES];
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        validate_fail(run, SPILL_INVALID, "%s: %s", path, strerror(errno));
        return;
    }
    size_t rows = 0;
    for (int number = 1; validate_going(run) && fgets(line, sizeof line, file) != NULL; number++) {
        double row[INOPERABILITY_SECTORS_MAX + 1];
        const size_t count = inoperability_read_line(line, row, INOPERABILITY_SECTORS_MAX + 1);
        if (count == 0) {
            continue;
        }
        matrix->count = rows == 0 && count != SIZE_MAX ? count - 1 : matrix->count;
        if (count == SIZE_MAX || matrix->count == 0 || count != matrix->count + 1 ||
            rows == matrix->count) {
            validate_fail(run, SPILL_INVALID,
                          "%s:%d: each of n lines has n + 1 numbers of 0 to 1: a row of A, then c",
                          path, number);
            break;
        }
        memcpy(matrix->values + rows * count, row, count * sizeof row[0]);
        rows++;
    }
    (void)fclose(file);
    if (validate_going(run) && (rows == 0 || rows != matrix->count)) {
        validate_fail(run, SPILL_INVALID, "%s: it has %zu lines of numbers where %zu are due", path,
                      rows, matrix->count);
    }
}

void validate_inoperability_all(struct validate_run *run) {
    double values[] = {0, .4, .1, .2, 0, 0};
    const double published[] = {.1 / .92, .02 / .92};
    const struct inoperability matrix = {.count = 2, .values = values};
    inoperability_rows(run, &matrix, published);
}

void validate_inoperability_point(struct validate_run *run, const struct validate_value *values) {
    if (values[INOPERABILITY_MATRIX].text == NULL) {
        validate_inoperability_all(run);
        return;
    }
    const size_t most = (size_t)INOPERABILITY_SECTORS_MAX * (INOPERABILITY_SECTORS_MAX + 1);
    struct inoperability matrix = {.values = spill_alloc(most, sizeof *matrix.values)};
    if (matrix.values == NULL) {
        validate_fail(run, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
        return;
    }
    inoperability_read(run, values[INOPERABILITY_MATRIX].text, &matrix);
    for (size_t i = 0; validate_going(run) && i < matrix.count; i++) {
        if (inoperability_at(&matrix, i, i) != 0) {
            validate_fail(run, SPILL_INVALID, "row %zu: a sector does not depend on itself", i + 1);
        }
    }
    if (validate_going(run)) {
        inoperability_rows(run, &matrix, NULL);
    }
    free(matrix.values);
}
