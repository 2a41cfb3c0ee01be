/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that numbers, sparklines and the matrix look as people read them. */
#include "coordinator/commands/print.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

TEST(print, counts_have_spaces_between_thousands) {
    char text[PRINT_NUMBER_BYTES];
    CHECK_EQ(print_count(0, text), (const char *)"0");
    CHECK_EQ(print_count(999, text), (const char *)"999");
    CHECK_EQ(print_count(2840000, text), (const char *)"2 840 000");
    CHECK_EQ(print_count(-1234, text), (const char *)"-1 234");
    CHECK_EQ(print_count(INT64_MIN, text), (const char *)"-9 223 372 036 854 775 808");
}

TEST(print, short_numbers_keep_three_digits_or_are_exact) {
    char text[PRINT_NUMBER_BYTES];
    CHECK_EQ(print_short(9999, text), (const char *)"9 999");
    CHECK_EQ(print_short(10000, text), (const char *)"10.0 k");
    CHECK_EQ(print_short(118400, text), (const char *)"118 k");
    CHECK_EQ(print_short(2845678, text), (const char *)"2.84 M");
    CHECK_EQ(print_short(INT64_C(12345678901), text), (const char *)"12.3 G");
}

TEST(print, hours_are_rounded_down) {
    char text[PRINT_NUMBER_BYTES];
    CHECK_EQ(print_hours(3599999, text), (const char *)"0");
    CHECK_EQ(print_hours(INT64_C(7200000), text), (const char *)"2");
}

TEST(print, sparks_show_whatever_is_above_zero) {
    const int64_t levels[] = {0, 1, 500000, 1000000, 2000000, -5};
    char text[PRINT_SPARK_MAX * 3 + 1];
    CHECK_EQ(print_spark(levels, 6, text), (const char *)" ▁▄██ ");
}

TEST(print, padding_counts_columns_not_bytes) {
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    CHECK(stream != NULL);
    print_padded(stream, "België", 8);
    print_padded(stream, "zé", -4);
    print_padded(stream, "abcdef", 3);
    fclose(stream);
    CHECK_EQ(text, (char *)"België    zéab…");
    free(text);
}

TEST(print, matrix_leaves_out_who_lost_nothing_and_adds_up) {
    const char *const labels[] = {"de", "nl", "pl"};
    const int64_t values[] = {10, 300, 0, 0, 50, 0, 0, 0, 0, 0, 7, 0};
    const struct print_matrix matrix = {.corner = "from",
                                        .total = "total",
                                        .abroad = "abroad",
                                        .labels = labels,
                                        .none = "unknown",
                                        .count = 3,
                                        .values = values};
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    CHECK(stream != NULL);
    print_matrix(stream, &matrix, 100, false);
    fclose(stream);
    CHECK(strstr(text, "pl") == NULL);
    CHECK(strstr(text, "unknown") != NULL);
    CHECK(strstr(text, "367") != NULL);
    CHECK(strstr(text, "97 %") != NULL);
    free(text);
}
