/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/print.h"

#include <inttypes.h>
#include <string.h>

#include "coordinator/commands/terminal.h"

char *print_count(int64_t value, char text[PRINT_NUMBER_BYTES]) {
    char digits[PRINT_NUMBER_BYTES];
    const uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    const int digit_count = snprintf(digits, sizeof digits, "%" PRIu64, size);
    SPILL_ASSERT(digit_count > 0);
    size_t at = 0;
    if (value < 0) {
        text[at++] = '-';
    }
    for (int i = 0; i < digit_count; i++) {
        if (i > 0 && (digit_count - i) % 3 == 0) {
            text[at++] = ' ';
        }
        text[at++] = digits[i];
    }
    text[at] = '\0';
    SPILL_ASSERT(at < PRINT_NUMBER_BYTES);
    return text;
}

char *print_short(int64_t value, char text[PRINT_NUMBER_BYTES]) {
    static const struct {
        int64_t size;
        const char *unit;
    } steps[] = {{INT64_C(1000000000), "G"}, {INT64_C(1000000), "M"}, {INT64_C(1000), "k"}};
    const int64_t size = value < 0 ? -(value + 1) : value;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (size < 10000 || size < steps[i].size) {
            continue;
        }
        const int64_t hundredths = value / (steps[i].size / 100);
        if (hundredths >= 10000) {
            snprintf(text, PRINT_NUMBER_BYTES, "%" PRId64 " %s", hundredths / 100, steps[i].unit);
        } else if (hundredths >= 1000) {
            snprintf(text, PRINT_NUMBER_BYTES, "%" PRId64 ".%" PRId64 " %s", hundredths / 100,
                     hundredths / 10 % 10, steps[i].unit);
        } else {
            snprintf(text, PRINT_NUMBER_BYTES, "%" PRId64 ".%02" PRId64 " %s", hundredths / 100,
                     hundredths % 100, steps[i].unit);
        }
        return text;
    }
    return print_count(value, text);
}

char *print_hours(int64_t unit_ms, char text[PRINT_NUMBER_BYTES]) {
    return print_count(unit_ms / INT64_C(3600000), text);
}

char *print_spark(const int64_t *level_ppm, size_t count, char *text) {
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    SPILL_ASSERT(count <= PRINT_SPARK_MAX);
    char *at = text;
    *at = '\0';
    for (size_t i = 0; i < count; i++) {
        const int64_t level = level_ppm[i] < 0           ? 0
                              : level_ppm[i] > SPILL_PPM ? SPILL_PPM
                                                         : level_ppm[i];
        /* Anything above zero shows: rounded up. */
        const char *const block = blocks[(level * 8 + SPILL_PPM - 1) / SPILL_PPM];
        const size_t size = strlen(block);
        memcpy(at, block, size + 1);
        at += size;
    }
    return text;
}

int print_columns(const char *text) {
    int columns = 0;
    for (const char *at = text; *at != '\0'; at++) {
        columns += ((unsigned char)*at & 0xC0) != 0x80;
    }
    return columns;
}

void print_padded(FILE *stream, const char *text, int columns) {
    const int width = columns < 0 ? -columns : columns;
    const int spaces = width - print_columns(text);
    if (spaces < 0) {
        fprintf(stream, "%.*s…", (int)terminal_fit(text, width - 1), text);
        return;
    }
    fprintf(stream, "%*s%s%*s", columns < 0 ? spaces : 0, "", text, columns > 0 ? spaces : 0, "");
}

const char *print_begin(enum print_style style, bool colours) {
    static const char *const escapes[] = {
        [PRINT_PLAIN] = "",
        [PRINT_BOLD] = "\033[1m",
        [PRINT_DIM] = "\033[2m",
        [PRINT_NORMAL_STATE] = "\033[38;5;246m",
        [PRINT_DEGRADED] = "\033[38;5;214m",
        [PRINT_FAILED] = "\033[38;5;203m",
        [PRINT_RESTORING] = "\033[38;5;75m",
        [PRINT_ISLANDED] = "\033[38;5;219m",
    };
    SPILL_ASSERT((size_t)style < sizeof escapes / sizeof escapes[0]);
    return colours ? escapes[style] : "";
}

const char *print_end(bool colours) {
    return colours ? "\033[0m" : "";
}

enum { MATRIX_LABEL_COLUMNS = 16, MATRIX_VALUE_COLUMNS = 8 };

static int64_t print_matrix_column(const struct print_matrix *matrix, size_t column) {
    int64_t sum = 0;
    for (size_t row = 0; row <= matrix->count; row++) {
        sum += matrix->values[row * matrix->count + column];
    }
    return sum;
}

static void print_matrix_share(FILE *stream, int64_t part, int64_t whole) {
    char text[PRINT_NUMBER_BYTES] = "";
    if (whole > 0) {
        snprintf(text, sizeof text, "%" PRId64 " %%",
                 (int64_t)((double)part * 100.0 / (double)whole + 0.5));
    }
    print_padded(stream, text, -MATRIX_VALUE_COLUMNS);
}

static void print_matrix_value(FILE *stream, int64_t value, bool home, bool colours) {
    char text[PRINT_NUMBER_BYTES];
    const bool dim = value == 0;
    fputs(print_begin(dim ? PRINT_DIM : home ? PRINT_PLAIN : PRINT_BOLD, colours), stream);
    print_padded(stream, dim ? "·" : print_short(value, text), -MATRIX_VALUE_COLUMNS);
    fputs(print_end(colours), stream);
}

/* One row of the matrix, or, below the last, of the totals. */
static int64_t print_matrix_at(const struct print_matrix *matrix, size_t row, size_t column) {
    return row <= matrix->count ? matrix->values[row * matrix->count + column]
                                : print_matrix_column(matrix, column);
}

/* What a column lost to other countries. */
static int64_t print_matrix_abroad(const struct print_matrix *matrix, size_t column) {
    return print_matrix_column(matrix, column) - print_matrix_at(matrix, column, column) -
           print_matrix_at(matrix, matrix->count, column);
}

/* The columns that stand there by themselves: the largest that there is room for. Returns whether
 * one more sums up the rest. */
static bool print_matrix_choose(const struct print_matrix *matrix, int room,
                                bool shown[SPILL_COUNTRIES_MAX]) {
    int wanted = 0;
    for (size_t column = 0; column < matrix->count; column++) {
        wanted += print_matrix_column(matrix, column) > 0;
        shown[column] = false;
    }
    const bool others = wanted > room && room > 0;
    for (int left = wanted > room ? room - 1 : wanted; left > 0; left--) {
        size_t largest = 0;
        int64_t most = 0;
        for (size_t column = 0; column < matrix->count; column++) {
            const int64_t total = print_matrix_column(matrix, column);
            if (!shown[column] && total > most) {
                largest = column;
                most = total;
            }
        }
        shown[largest] = true;
    }
    return others;
}

void print_matrix(FILE *stream, const struct print_matrix *matrix, int columns, bool colours) {
    const size_t count = matrix->count;
    SPILL_ASSERT(count <= SPILL_COUNTRIES_MAX);
    bool shown[SPILL_COUNTRIES_MAX];
    const int room = (columns - MATRIX_LABEL_COLUMNS) / MATRIX_VALUE_COLUMNS - 2;
    const bool others = print_matrix_choose(matrix, room, shown);
    print_padded(stream, matrix->corner, MATRIX_LABEL_COLUMNS);
    for (size_t column = 0; column < count; column++) {
        if (shown[column]) {
            print_padded(stream, matrix->labels[column], -MATRIX_VALUE_COLUMNS);
        }
    }
    if (others) {
        print_padded(stream, matrix->others, -MATRIX_VALUE_COLUMNS);
    }
    print_padded(stream, matrix->total, -MATRIX_VALUE_COLUMNS);
    print_padded(stream, matrix->abroad, -MATRIX_VALUE_COLUMNS);
    fputc('\n', stream);
    int64_t abroad_all = 0;
    int64_t abroad_others = 0;
    int64_t total_others = 0;
    for (size_t row = 0; row <= count + 1; row++) {
        int64_t total = 0;
        int64_t rest = 0;
        for (size_t column = 0; column < count; column++) {
            const int64_t value = print_matrix_at(matrix, row, column);
            total += value;
            rest += shown[column] ? 0 : value;
        }
        if (total == 0 && row <= count) {
            continue;
        }
        const char *const label = row < count    ? matrix->labels[row]
                                  : row == count ? matrix->none
                                                 : matrix->total;
        print_padded(stream, label, MATRIX_LABEL_COLUMNS);
        for (size_t column = 0; column < count; column++) {
            if (shown[column]) {
                print_matrix_value(stream, print_matrix_at(matrix, row, column),
                                   row == column || row > count, colours);
            }
        }
        if (others) {
            print_matrix_value(stream, rest, true, colours);
        }
        print_matrix_value(stream, total, true, colours);
        const int64_t abroad = row < count   ? total - print_matrix_at(matrix, row, row)
                               : row > count ? abroad_all
                                             : 0;
        print_matrix_share(stream, abroad, row == count ? 0 : total);
        fputc('\n', stream);
        abroad_all += abroad;
        total_others = rest; /* Of the totals, in the end. */
    }
    print_padded(stream, matrix->abroad, MATRIX_LABEL_COLUMNS);
    for (size_t column = 0; column < count; column++) {
        if (shown[column]) {
            print_matrix_share(stream, print_matrix_abroad(matrix, column),
                               print_matrix_column(matrix, column));
        } else {
            abroad_others += print_matrix_abroad(matrix, column);
        }
    }
    if (others) {
        print_matrix_share(stream, abroad_others, total_others);
    }
    fputc('\n', stream);
}
