/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that tables are read as people and spreadsheets write them, and that every field knows its
 * place. */
#include "coordinator/scenario/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

struct table_test {
    struct source source;
    struct arena arena;
    struct fault_list *faults;
    struct csv csv;
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
};

static enum spill_status open_bytes(struct table_test *test, const char *bytes, size_t size_bytes) {
    *test = (struct table_test){.source = {"t.csv", bytes, size_bytes, 0}};
    test->faults = fault_list_create("");
    CHECK(test->faults != NULL);
    return csv_open(&test->source, &test->arena, test->faults, &test->csv);
}

static enum spill_status open_text(struct table_test *test, const char *text) {
    return open_bytes(test, text, strlen(text));
}

static void close_test(struct table_test *test) {
    arena_free(&test->arena);
    fault_list_destroy(&test->faults);
}

/* Reads a row whose fields, joined by bars, are these. */
static void check_row(struct table_test *test, const char *wanted) {
    CHECK(csv_next(&test->csv, test->fields));
    char joined[256] = "";
    for (size_t i = 0; i < test->csv.column_count; i++) {
        const size_t bytes = strlen(joined);
        snprintf(joined + bytes, sizeof joined - bytes, "%s%s", i == 0 ? "" : "|",
                 test->fields[i].text);
        CHECK_EQ(strlen(test->fields[i].text), test->fields[i].text_bytes);
    }
    CHECK_EQ(joined, wanted);
}

static void check_end(struct table_test *test) {
    CHECK(!csv_next(&test->csv, test->fields));
    CHECK(!csv_next(&test->csv, test->fields));
    CHECK_EQ(fault_list_count(test->faults), 0);
    close_test(test);
}

static void check_place(struct place place, size_t line, size_t column, size_t length_bytes) {
    size_t found_line = 0;
    size_t found_column = 0;
    source_position(place, &found_line, &found_column);
    CHECK_EQ(found_line, line);
    CHECK_EQ(found_column, column);
    CHECK_EQ(place.length_bytes, length_bytes);
}

TEST(csv, rows_and_fields) {
    struct table_test test;
    CHECK_OK(open_text(&test, "a,b,c\n1,2,3\n,,\n x , y\t,z \n"));
    CHECK_EQ(test.csv.column_count, 3);
    CHECK_EQ(test.csv.header[2].text, "c");
    check_row(&test, "1|2|3");
    check_row(&test, "||");
    check_row(&test, "x|y|z");
    check_end(&test);
}

TEST(csv, as_spreadsheets_write_it) {
    struct table_test test;
    CHECK_OK(open_text(&test, "\xEF\xBB\xBF"
                              "a;b\r\n1,5;2\r\n\r\n\"x;y\";\r\n"));
    CHECK_EQ(test.csv.header[0].text, "a");
    check_row(&test, "1,5|2");
    check_row(&test, "x;y|");
    check_end(&test);
}

TEST(csv, quoted_fields) {
    struct table_test test;
    CHECK_OK(open_text(&test, "a,b\n\"x, \"\"y\"\"\", \"\" \n\"two\nlines\",\"\"\"\"\n"));
    check_row(&test, "x, \"y\"|");
    check_row(&test, "two\nlines|\"");
    check_end(&test);
}

TEST(csv, last_line_needs_no_end) {
    struct table_test test;
    CHECK_OK(open_text(&test, "a,b\n1,2"));
    check_row(&test, "1|2");
    check_end(&test);
    CHECK_OK(open_text(&test, "a,b\n1,"));
    check_row(&test, "1|");
    check_end(&test);
    CHECK_OK(open_text(&test, "a,b\n\"1\",\"2\""));
    check_row(&test, "1|2");
    check_end(&test);
}

TEST(csv, fields_know_their_places) {
    struct table_test test;
    CHECK_OK(open_text(&test, "\xEF\xBB\xBF"
                              "é,b\nüü, \"x \"\"y\"\" z\"\n"));
    check_place(csv_place(&test.csv, &test.csv.header[1]), 1, 3, 1);
    CHECK(csv_next(&test.csv, test.fields));
    check_place(csv_place(&test.csv, &test.fields[0]), 2, 1, 4);
    check_place(csv_place(&test.csv, &test.fields[1]), 2, 5, 11);
    CHECK_EQ(test.fields[1].text, "x \"y\" z");
    check_place(csv_place_within(&test.csv, &test.fields[1], 6, 1), 2, 14,
                1); /* z, behind two doubled quotes. */
    check_place(csv_place_again(&test.csv, test.csv.row_offset_bytes, 1), 2, 5, 11);
    close_test(&test);
}

/* Opens and reads to the end; the only fault is at this place and says this. */
static void check_fault(const char *text, size_t size_bytes, size_t line, size_t column,
                        const char *words) {
    struct table_test test;
    const enum spill_status status = open_bytes(&test, text, size_bytes);
    while (status == SPILL_OK && csv_next(&test.csv, test.fields)) {
    }
    CHECK_EQ(fault_list_count(test.faults), 1);
    const struct fault fault = fault_list_at(test.faults, 0);
    CHECK_EQ(fault.line, line);
    CHECK_EQ(fault.column, column);
    if (strstr(fault.text, words) == NULL) {
        CHECK_FAIL("'%s' is not in '%s'", words, fault.text);
    }
    close_test(&test);
}

#define CHECK_FAULT(text, line, column, words)                                                     \
    check_fault(text, sizeof(text) - 1, line, column, words)

TEST(csv, what_is_not_well_formed_is_said_with_its_place) {
    CHECK_FAULT("", 0, 0, "empty");
    CHECK_FAULT("\n\n", 0, 0, "empty");
    CHECK_FAULT("a,b\n1\n1,2\n", 2, 1, "1 fields, but the header has 2");
    CHECK_FAULT("a,b\n1,2,3\n", 2, 1, "3 fields, but the header has 2");
    CHECK_FAULT("a,b\n1,\"2\n3,4\n", 2, 3, "never closed");
    CHECK_FAULT("a,b\n1,\"2\" x\n", 2, 7, "behind the closing quote");
    CHECK_FAULT("a,b\n1,2\"\n", 2, 4, "a quote inside");
    CHECK_FAULT("a,b\n1,\xC3\n", 2, 3, "not UTF-8");
    CHECK_FAULT("a,b\n1,\0\n", 2, 3, "not UTF-8");
    CHECK_FAULT("a,b\n1,\xED\xA0\x80\n", 2, 3, "not UTF-8");
}

TEST(csv, one_column_too_many_is_refused) {
    char header[2 * (SPILL_CSV_COLUMNS_MAX + 1) + 1];
    for (size_t i = 0; i < sizeof header - 1; i++) {
        header[i] = i % 2 == 0 ? 'a' : ',';
    }
    header[2 * SPILL_CSV_COLUMNS_MAX + 1] = '\0'; /* The last comma goes. */
    struct table_test test;
    CHECK_EQ(open_text(&test, header), SPILL_INVALID);
    CHECK_EQ(fault_list_at(test.faults, 0).text, "the table has too many columns");
    close_test(&test);
    header[2 * SPILL_CSV_COLUMNS_MAX - 1] = '\0';
    CHECK_OK(open_text(&test, header));
    CHECK_EQ(test.csv.column_count, SPILL_CSV_COLUMNS_MAX);
    close_test(&test);
}
