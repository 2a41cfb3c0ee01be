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

static int64_t print_matrix_row(const struct print_matrix *matrix, size_t row) {
    int64_t sum = 0;
    for (size_t column = 0; column < matrix->count; column++) {
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

void print_matrix(FILE *stream, const struct print_matrix *matrix, int columns, bool colours) {
    /* Columns that do not fit are summed up in the totals only; the widest losses matter, and those
     * are shown first by the caller's order. */
    const int room = (columns - MATRIX_LABEL_COLUMNS) / MATRIX_VALUE_COLUMNS - 2;
    const size_t count = matrix->count;
    size_t shown = 0;
    print_padded(stream, matrix->corner, MATRIX_LABEL_COLUMNS);
    for (size_t column = 0; column < count; column++) {
        if (print_matrix_column(matrix, column) > 0 && (int)shown < room) {
            print_padded(stream, matrix->labels[column], -MATRIX_VALUE_COLUMNS);
            shown++;
        }
    }
    print_padded(stream, matrix->total, -MATRIX_VALUE_COLUMNS);
    print_padded(stream, matrix->abroad, -MATRIX_VALUE_COLUMNS);
    fputc('\n', stream);
    for (size_t row = 0; row <= count; row++) {
        const int64_t total = print_matrix_row(matrix, row);
        if (total == 0) {
            continue;
        }
        print_padded(stream, row < count ? matrix->labels[row] : matrix->none,
                     MATRIX_LABEL_COLUMNS);
        shown = 0;
        for (size_t column = 0; column < count; column++) {
            if (print_matrix_column(matrix, column) > 0 && (int)shown < room) {
                print_matrix_value(stream, matrix->values[row * count + column], row == column,
                                   colours);
                shown++;
            }
        }
        const int64_t home = row < count ? matrix->values[row * count + row] : 0;
        print_matrix_value(stream, total, true, colours);
        print_matrix_share(stream, row < count ? total - home : 0, row < count ? total : 0);
        fputc('\n', stream);
    }
    int64_t all = 0;
    int64_t home_all = 0;
    print_padded(stream, matrix->total, MATRIX_LABEL_COLUMNS);
    shown = 0;
    for (size_t column = 0; column < count; column++) {
        const int64_t total = print_matrix_column(matrix, column);
        all += total;
        home_all += matrix->values[column * count + column];
        if (total > 0 && (int)shown < room) {
            print_matrix_value(stream, total, true, colours);
            shown++;
        }
    }
    print_matrix_value(stream, all, true, colours);
    print_matrix_share(stream, all - home_all, all);
    fputc('\n', stream);
    print_padded(stream, matrix->abroad, MATRIX_LABEL_COLUMNS);
    shown = 0;
    for (size_t column = 0; column < count; column++) {
        const int64_t total = print_matrix_column(matrix, column);
        if (total > 0 && (int)shown < room) {
            print_matrix_share(stream, total - matrix->values[column * count + column], total);
            shown++;
        }
    }
    fputc('\n', stream);
}
