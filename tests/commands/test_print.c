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

/* Seven columns of losses, and room for four: a is the largest, then c, then g. */
TEST(print, matrix_without_room_sums_up_the_smallest_columns) {
    const char *const labels[] = {"a", "b", "c", "d", "e", "f", "g"};
    int64_t values[8 * 7] = {0};
    const int64_t totals[] = {900, 3, 700, 0, 2, 1, 30};
    for (size_t i = 0; i < 7; i++) {
        values[i] = totals[i]; /* All from a … */
    }
    values[7 * 7 + 1] = 4; /* … but this, from nowhere. */
    const struct print_matrix matrix = {.corner = "from",
                                        .total = "total",
                                        .abroad = "abroad",
                                        .others = "others",
                                        .labels = labels,
                                        .none = "none",
                                        .count = 7,
                                        .values = values};
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    CHECK(stream != NULL);
    print_matrix(stream, &matrix, 16 + 6 * 8, false);
    fclose(stream);
    CHECK_EQ(text, (char *)"from                   a       c       g  others   total  abroad\n"
                           "a                    900     700      30       6   1 636    45 %\n"
                           "none                   ·       ·       ·       4       4        \n"
                           "total                900     700      30      10   1 640    45 %\n"
                           "abroad               0 %   100 %   100 %    60 %\n");
    free(text);
}

TEST(print, matrix_leaves_out_who_lost_nothing_and_adds_up) {
    const char *const labels[] = {"de", "nl", "pl"};
    const int64_t values[] = {10, 300, 0, 0, 50, 0, 0, 0, 0, 0, 7, 0};
    const struct print_matrix matrix = {.corner = "from",
                                        .total = "total",
                                        .abroad = "abroad",
                                        .others = "others",
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
    CHECK(strstr(text, "others") == NULL);
    /* What comes from nowhere is not from abroad. */
    CHECK(strstr(text, "367    82 %") != NULL);
    free(text);
}
