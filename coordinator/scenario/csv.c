/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/csv.h"

#include <string.h>

/* How a field ended. */
enum csv_end { CSV_END_FIELD, CSV_END_ROW, CSV_END_FILE };

/* A field as it stands in the source. */
struct csv_scan {
    size_t from_bytes; /* Without blanks around it; with its quotes. */
    size_t to_bytes;
    size_t next_bytes; /* Behind the separator or line end. */
    bool quoted;
    enum csv_end end;
    const char *fault; /* NULL: well formed. */
    size_t fault_bytes;
};

static bool csv_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Passes over a quoted field; returns the offset behind its closing quote. */
static size_t csv_scan_quoted(const struct source *source, size_t from_bytes,
                              struct csv_scan *scan) {
    size_t at = from_bytes + 1;
    for (;;) {
        const char *const quote = memchr(source->bytes + at, '"', source->size_bytes - at);
        if (quote == NULL) {
            scan->fault = "the quote that opens here is never closed";
            scan->fault_bytes = from_bytes;
            return source->size_bytes;
        }
        at = (size_t)(quote - source->bytes) + 1;
        if (at >= source->size_bytes || source->bytes[at] != '"') {
            return at;
        }
        at++;
    }
}

/* Looks at the field that starts at an offset; changes nothing. */
static struct csv_scan csv_scan_field(const struct source *source, char separator,
                                      size_t at_bytes) {
    struct csv_scan scan = {.end = CSV_END_FILE};
    size_t at = at_bytes;
    while (at < source->size_bytes && csv_blank(source->bytes[at]) &&
           source->bytes[at] != separator) {
        at++;
    }
    scan.from_bytes = at;
    scan.quoted = at < source->size_bytes && source->bytes[at] == '"';
    if (scan.quoted) {
        at = csv_scan_quoted(source, at, &scan);
        scan.to_bytes = at;
    }
    const size_t rest = at;
    while (at < source->size_bytes && source->bytes[at] != separator && source->bytes[at] != '\n') {
        if (scan.fault == NULL && scan.quoted && !csv_blank(source->bytes[at])) {
            scan.fault = "text behind the closing quote of a field";
            scan.fault_bytes = at;
        } else if (scan.fault == NULL && !scan.quoted && source->bytes[at] == '"') {
            scan.fault =
                "a quote inside a field that is not quoted; quote the field and double the quote";
            scan.fault_bytes = at;
        }
        at++;
    }
    if (!scan.quoted) {
        scan.to_bytes = at;
        while (scan.to_bytes > rest && csv_blank(source->bytes[scan.to_bytes - 1])) {
            scan.to_bytes--;
        }
    }
    if (at < source->size_bytes) {
        scan.end = source->bytes[at] == '\n' ? CSV_END_ROW : CSV_END_FIELD;
        at++;
    }
    scan.next_bytes = at;
    return scan;
}

/* Decodes a field into the copy, at the place where it stands in the source. */
static struct csv_field csv_take(struct csv *csv, const struct csv_scan *scan) {
    struct csv_field field = {
        .text = csv->copy + scan->from_bytes + scan->quoted,
        .offset_bytes = (uint32_t)scan->from_bytes,
        .length_bytes = (uint32_t)(scan->to_bytes - scan->from_bytes),
        .quoted = scan->quoted,
    };
    if (!scan->quoted) {
        field.text_bytes = field.length_bytes;
        csv->copy[scan->to_bytes] = '\0';
        return field;
    }
    char *const text = csv->copy + scan->from_bytes + 1;
    size_t text_bytes = 0;
    for (size_t at = scan->from_bytes + 1; at + 1 < scan->to_bytes; at++) {
        text[text_bytes] = csv->source->bytes[at];
        text_bytes++;
        at += csv->source->bytes[at] == '"'; /* Of two quotes the second is left out. */
    }
    text[text_bytes] = '\0';
    field.text_bytes = (uint32_t)text_bytes;
    return field;
}

static void csv_fault(const struct csv *csv, size_t offset_bytes, size_t length_bytes,
                      const char *words) {
    fault_add(csv->faults, FAULT_ERROR, FAULT_STRUCTURE,
              (struct place){csv->source, offset_bytes, length_bytes}, "%s", words);
}

/* Reads one row, whatever it holds. Returns the number of fields, 0 for an empty line; *well tells
 * whether it can be used. */
static size_t csv_read_row(struct csv *csv, struct csv_field fields[SPILL_CSV_COLUMNS_MAX],
                           bool *well) {
    size_t count = 0;
    *well = true;
    csv->row_offset_bytes = (uint32_t)csv->at_bytes;
    for (;;) {
        const struct csv_scan scan = csv_scan_field(csv->source, csv->separator, csv->at_bytes);
        csv->at_bytes = scan.next_bytes;
        if (scan.fault != NULL && *well) {
            csv_fault(csv, scan.fault_bytes, 1, scan.fault);
            *well = false;
        }
        if (count < SPILL_CSV_COLUMNS_MAX && *well) {
            fields[count] = csv_take(csv, &scan);
        }
        count++;
        if (scan.end != CSV_END_FIELD) {
            const bool empty = count == 1 && scan.from_bytes == scan.to_bytes;
            return empty ? 0 : count;
        }
    }
}

/* Semicolons separate where the first line has one and no comma: spreadsheets of half of Europe
 * write them. */
static char csv_separator(const struct source *source, size_t start_bytes) {
    size_t semicolons = 0;
    for (size_t i = start_bytes; i < source->size_bytes && source->bytes[i] != '\n'; i++) {
        if (source->bytes[i] == ',') {
            return ',';
        }
        semicolons += source->bytes[i] == ';';
    }
    return semicolons > 0 ? ';' : ',';
}

enum spill_status csv_open(const struct source *source, struct arena *arena,
                           struct fault_list *faults, struct csv *csv) {
    SPILL_ASSERT(source != NULL);
    SPILL_ASSERT(source->bytes != NULL);
    *csv = (struct csv){.source = source, .faults = faults};
    const size_t bad_byte = source_bad_byte(source);
    if (bad_byte < source->size_bytes) {
        csv_fault(csv, bad_byte, 1, "the file is not UTF-8 text; save it as CSV UTF-8");
        return SPILL_INVALID;
    }
    csv->copy = arena_text(arena, source->bytes, source->size_bytes);
    if (csv->copy == NULL) {
        return SPILL_MEMORY;
    }
    const bool mark = source->size_bytes >= 3 && memcmp(source->bytes, "\xEF\xBB\xBF", 3) == 0;
    csv->at_bytes = mark ? 3 : 0;
    csv->separator = csv_separator(source, csv->at_bytes);
    bool well = true;
    while (csv->at_bytes < source->size_bytes && csv->column_count == 0) {
        csv->column_count = csv_read_row(csv, csv->header, &well);
    }
    if (csv->column_count == 0) {
        csv_fault(csv, PLACE_WHOLE, 0, "the file is empty: its first line must name the columns");
        return SPILL_INVALID;
    }
    if (csv->column_count > SPILL_CSV_COLUMNS_MAX) {
        csv_fault(csv, csv->row_offset_bytes, 1, "the table has too many columns");
        return SPILL_INVALID;
    }
    return well ? SPILL_OK : SPILL_INVALID;
}

bool csv_next(struct csv *csv, struct csv_field fields[SPILL_CSV_COLUMNS_MAX]) {
    SPILL_ASSERT(csv->copy != NULL);
    SPILL_ASSERT(csv->column_count > 0);
    while (csv->at_bytes < csv->source->size_bytes) {
        bool well = true;
        const size_t count = csv_read_row(csv, fields, &well);
        if (count == 0 || !well) {
            continue;
        }
        if (count == csv->column_count) {
            return true;
        }
        const struct place place = {csv->source, csv->row_offset_bytes, 1};
        fault_add(csv->faults, FAULT_ERROR, FAULT_STRUCTURE, place,
                  "this row has %zu fields, but the header has %zu", count, csv->column_count);
    }
    return false;
}

size_t csv_row_max(const struct csv *csv) {
    size_t count = 1;
    const char *at = csv->source->bytes;
    const char *const end = at + csv->source->size_bytes;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        count++;
        at++;
    }
    return count;
}

struct place csv_place(const struct csv *csv, const struct csv_field *field) {
    return (struct place){csv->source, field->offset_bytes, field->length_bytes};
}

struct place csv_place_within(const struct csv *csv, const struct csv_field *field,
                              size_t offset_bytes, size_t length_bytes) {
    SPILL_ASSERT(offset_bytes <= field->text_bytes);
    size_t at = field->offset_bytes + field->quoted;
    const char *const bytes = csv->source->bytes;
    for (size_t i = 0; i < offset_bytes; i++) {
        at += field->quoted && bytes[at] == '"' ? 2 : 1;
    }
    return (struct place){csv->source, at, length_bytes};
}

struct place csv_place_again(const struct csv *csv, uint32_t row_offset_bytes, size_t column) {
    SPILL_ASSERT(column < csv->column_count);
    size_t at = row_offset_bytes;
    for (size_t i = 0;; i++) {
        const struct csv_scan scan = csv_scan_field(csv->source, csv->separator, at);
        if (i == column || scan.end != CSV_END_FIELD) {
            return (struct place){csv->source, scan.from_bytes, scan.to_bytes - scan.from_bytes};
        }
        at = scan.next_bytes;
    }
}
