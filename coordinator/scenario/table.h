/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: the rows of a table into the structs of format.h, as the format's tables say.
 *
 * The counterpart of bind for CSV: columns in any order, empty fields left out, faults added with
 * their places. One thread at a time; what is kept lives in the binder's arena.
 */
#ifndef SPILL_TABLE_H
#define SPILL_TABLE_H

#include "coordinator/scenario/bind.h"

struct table {
    struct csv csv;
    const struct key *columns[SPILL_CSV_COLUMNS_MAX]; /* NULL: unknown. */
    bool extra[SPILL_CSV_COLUMNS_MAX];                /* The column is a key of `extra`. */
    size_t row_count_max;
};

/* Reads the header against the keys of a table, and those of `extra` (NULL: none) that may be
 * columns. False: the table cannot be read. */
bool table_open(struct binder *binder, const struct source *source, const struct keys *keys,
                const struct keys *extra, struct table *table);
/* The column of a key, or SIZE_MAX. */
size_t table_column(const struct table *table, const char *name);
/* Reads the next row. False at the end. */
bool table_next(struct table *table, struct csv_field fields[SPILL_CSV_COLUMNS_MAX]);
/* Binds one field, unless it is empty; false when it was empty or wrong. mention: note what must be
 * looked at again. */
bool table_bind(struct binder *binder, struct table *table, const struct csv_field *fields,
                size_t column, bool mention, void *into);

#endif
