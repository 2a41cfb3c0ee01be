/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print: how the program's tables and numbers look on a terminal and in a pipe.
 *
 * Numbers with spaces between thousands, levels as sparklines, cells padded by columns rather than
 * bytes, colours only where the stream takes them, and the spillover matrix. It owns nothing;
 * called by main's thread only.
 */
#ifndef PRINT_H
#define PRINT_H

#include <stdio.h>

#include "proto/vocabulary.h"

enum { PRINT_NUMBER_BYTES = 40, PRINT_SPARK_MAX = 64 };

/* 2840000 as "2 840 000"; returns text. */
char *print_count(int64_t value, char text[PRINT_NUMBER_BYTES]);

/* 2840000 as "2.84 M", 118000 as "118 k", below 10 000 in full; returns text. */
char *print_short(int64_t value, char text[PRINT_NUMBER_BYTES]);

/* Person-milliseconds (or units x ms) as whole hours, rounded down, as print_count. */
char *print_hours(int64_t unit_ms, char text[PRINT_NUMBER_BYTES]);

/* Levels of 0 to SPILL_PPM as eighths of a block, one column each; at most PRINT_SPARK_MAX. text
 * has room for 3 bytes a level and a NUL. Returns text. */
char *print_spark(const int64_t *level_ppm, size_t count, char *text);

/* Columns that text takes, one a character. */
int print_columns(const char *text);

/* Writes text padded with spaces to `columns`: on the right, or with a negative `columns` on the
 * left; what is longer ends in an
 * ellipsis. `columns` is not 0. */
void print_padded(FILE *stream, const char *text, int columns);

enum print_style {
    PRINT_PLAIN,
    PRINT_BOLD,
    PRINT_DIM,
    PRINT_NORMAL_STATE,
    PRINT_DEGRADED,
    PRINT_FAILED,
    PRINT_RESTORING,
    PRINT_ISLANDED
};

/* The escape that begins a style, and print_end's that ends it; "" when `colours` is false. */
const char *print_begin(enum print_style style, bool colours);
const char *print_end(bool colours);

/* A square matrix of totals, rows "from", columns "hit", both with the same `labels`; values[row *
 * count + column]. Rows and columns that are all zero are left out; where there is no room for all
 * columns, the smallest are summed up in one; totals and the share from abroad stand at the side.
 * The last row may be "no country". */
struct print_matrix {
    const char *corner; /* Above the row labels. */
    const char *total;  /* Word for the totals. */
    const char *abroad; /* Word for the share from abroad. */
    const char *others; /* Word for the column that sums up those for which there is no room. */
    const char *const
        *labels;      /* Columns; rows have the same, and one more for losses without a country. */
    const char *none; /* Label of that last row. */
    size_t count;
    const int64_t *values; /* (count + 1) rows of count columns. */
};
void print_matrix(FILE *stream, const struct print_matrix *matrix, int columns, bool colours);

#endif
