/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: the rows of one table, each field with its place.
 *
 * UTF-8, with or without a byte order mark; fields split by commas, or by semicolons when the
 * header has no comma; quoted fields may hold separators, line ends and doubled quotes; blanks
 * around a field and empty lines do not count. A row has as many fields as the header. Reading
 * copies the file once and cuts fields in that copy, so a table of millions of rows costs one
 * allocation. libcsv is not used: it tells no positions, and a fault without a column is half a
 * fault. One thread at a time.
 */
#ifndef SPILL_CSV_H
#define SPILL_CSV_H

#include "coordinator/scenario/arena.h"
#include "coordinator/scenario/fault.h"

struct csv_field {
    const char *text; /* NUL-terminated, in the reader's copy. */
    uint32_t text_bytes;
    uint32_t offset_bytes; /* Of the field with its quotes, in the source. */
    uint32_t length_bytes;
    bool quoted;
};

struct csv {
    const struct source *source;
    struct fault_list *faults;
    char *copy; /* In the arena. */
    char separator;
    size_t at_bytes;
    struct csv_field header[SPILL_CSV_COLUMNS_MAX];
    size_t column_count;
    uint32_t row_offset_bytes; /* Of the row read last. */
};

/* Reads the header. SPILL_INVALID: a fault says why, and there is nothing more to read. */
SPILL_CHECKED enum spill_status csv_open(const struct source *source, struct arena *arena,
                                         struct fault_list *faults, struct csv *csv);
/* Reads the next row into fields, column_count of them; false at the end. Rows that are not well
 * formed give a fault and are passed over. */
bool csv_next(struct csv *csv, struct csv_field fields[SPILL_CSV_COLUMNS_MAX]);
/* Lines of the file, an upper bound of its rows. */
size_t csv_row_max(const struct csv *csv);
/* The place of a field. */
struct place csv_place(const struct csv *csv, const struct csv_field *field);
/* The place of bytes inside the field's text. */
struct place csv_place_within(const struct csv *csv, const struct csv_field *field,
                              size_t offset_bytes, size_t length_bytes);
/* The place of a field in a row that was read before. */
struct place csv_place_again(const struct csv *csv, uint32_t row_offset_bytes, size_t column);

#endif
