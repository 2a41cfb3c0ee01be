/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the contract of the words that every module shares, at their edges. */
#include "proto/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

enum { TEST_STATUS_COUNT = SPILL_INTERRUPTED + 1 };

TEST(status, every_code_has_words_of_its_own) {
    for (int i = 0; i < TEST_STATUS_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            CHECK_NE(spill_status_words((enum spill_status)i),
                     spill_status_words((enum spill_status)j));
        }
    }
}

TEST(status, code_outside_the_list_has_words_too) {
    CHECK_EQ(spill_status_words((enum spill_status)TEST_STATUS_COUNT), "unknown status");
    CHECK_EQ(spill_status_words((enum spill_status)1000000), "unknown status");
}

TEST(status, only_ok_exits_with_zero) {
    CHECK_EQ(SPILL_OK, 0);
    CHECK_EQ(spill_exit_of(SPILL_OK), SPILL_EXIT_OK);
    for (int i = SPILL_OK + 1; i < TEST_STATUS_COUNT; i++) {
        CHECK_NE(spill_exit_of((enum spill_status)i), SPILL_EXIT_OK);
    }
    CHECK_EQ(spill_exit_of((enum spill_status)TEST_STATUS_COUNT), SPILL_EXIT_INTERNAL);
}

TEST(status, exit_codes_are_those_of_the_man_page) {
    CHECK_EQ(spill_exit_of(SPILL_INVALID), 2);
    CHECK_EQ(spill_exit_of(SPILL_CORRUPT), 2);
    CHECK_EQ(spill_exit_of(SPILL_UNAVAILABLE), 69);
    CHECK_EQ(spill_exit_of(SPILL_MEMORY), 70);
    CHECK_EQ(spill_exit_of(SPILL_EXISTS), 73);
    CHECK_EQ(spill_exit_of(SPILL_INTERRUPTED), 130);
}

TEST(error, words_are_filled_and_the_status_comes_back) {
    struct spill_error error = {""};
    CHECK_EQ(spill_fail(&error, SPILL_CORRUPT, "row %d of “%s”", 7, "x"), SPILL_CORRUPT);
    CHECK_EQ(error.text, "row 7 of “x”");
    CHECK_EQ(spill_fail(&error, SPILL_LIMIT, "%s", ""), SPILL_LIMIT);
    CHECK_EQ(error.text, "");
}

TEST(error, nobody_has_to_lend_one) {
    CHECK_EQ(spill_fail(NULL, SPILL_MEMORY, "%s", "unseen"), SPILL_MEMORY);
}

TEST(error, text_of_exactly_the_capacity_stays_whole) {
    char longest[SPILL_ERROR_TEXT_BYTES];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    struct spill_error error;
    CHECK_EQ(spill_fail(&error, SPILL_IO, "%s", longest), SPILL_IO);
    CHECK_EQ(error.text, longest);
    CHECK_EQ(spill_fail(&error, SPILL_IO, "%sy", longest), SPILL_IO);
    CHECK_EQ(error.text, longest);
}

TEST(error, text_that_is_too_long_ends_with_a_whole_character) {
    static const char *const characters[] = {"é", "€", "𝄞"};
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        const size_t character_bytes = strlen(characters[i]);
        for (size_t lead_bytes = 0; lead_bytes < 4; lead_bytes++) {
            char text[2 * SPILL_ERROR_TEXT_BYTES] = "";
            memset(text, 'x', lead_bytes);
            for (size_t at = lead_bytes; at < SPILL_ERROR_TEXT_BYTES; at += character_bytes) {
                memcpy(text + at, characters[i], character_bytes + 1);
            }
            struct spill_error error;
            CHECK_EQ(spill_fail(&error, SPILL_IO, "%s", text), SPILL_IO);
            const size_t kept_bytes = strlen(error.text);
            CHECK(spill_utf8_valid(error.text, kept_bytes));
            CHECK_LT(SPILL_ERROR_TEXT_BYTES - 1 - character_bytes, kept_bytes);
            CHECK_BYTES(error.text, kept_bytes, text, kept_bytes);
        }
    }
}

TEST_ABORTS(error, failing_with_ok_is_a_broken_promise) {
    (void)spill_fail(NULL, SPILL_OK, "%s", "");
}

TEST(memory, allocation_is_zeroed_and_never_empty) {
    unsigned char *const bytes = spill_alloc(1000, 3);
    CHECK(bytes != NULL);
    for (size_t i = 0; i < 3000; i++) {
        CHECK_EQ(bytes[i], 0);
    }
    free(bytes);
    int64_t *const one = spill_alloc(0, sizeof *one);
    CHECK(one != NULL);
    CHECK_EQ(*one, 0);
    free(one);
}

TEST(memory, product_that_overflows_is_refused) {
    CHECK(spill_alloc(SIZE_MAX / 2 + 1, 2) == NULL);
    CHECK(spill_alloc(SIZE_MAX, SIZE_MAX) == NULL);
    CHECK(spill_grow(NULL, 0, SIZE_MAX / 2 + 1, 2) == NULL);
    CHECK(spill_grow(NULL, 0, SIZE_MAX, SIZE_MAX) == NULL);
}

TEST(memory, growing_keeps_what_was_there_and_zeroes_what_is_new) {
    int32_t *numbers = NULL;
    size_t count = 0;
    for (size_t new_count = 1; new_count < 5000; new_count *= 3) {
        int32_t *const grown = spill_grow(numbers, count, new_count, sizeof *numbers);
        CHECK(grown != NULL);
        numbers = grown;
        for (size_t i = 0; i < new_count; i++) {
            CHECK_EQ(numbers[i], i < count ? (int32_t)i + 1 : 0);
            numbers[i] = (int32_t)i + 1;
        }
        count = new_count;
    }
    free(numbers);
}

TEST(memory, growing_by_nothing_is_allowed) {
    int32_t *const numbers = spill_grow(NULL, 0, 0, sizeof *numbers);
    CHECK(numbers != NULL);
    CHECK_EQ(numbers[0], 0);
    numbers[0] = 5;
    int32_t *const same = spill_grow(numbers, 1, 1, sizeof *numbers);
    CHECK(same != NULL);
    CHECK_EQ(same[0], 5);
    free(same);
}

TEST(memory, array_survives_a_refused_growth) {
    int32_t *const numbers = spill_grow(NULL, 0, 4, sizeof *numbers);
    CHECK(numbers != NULL);
    numbers[3] = 9;
    CHECK(spill_grow(numbers, 4, SIZE_MAX / 2, sizeof *numbers) == NULL);
    spill_alloc_fail_after(0, false);
    CHECK(spill_grow(numbers, 4, 8, sizeof *numbers) == NULL);
    CHECK_EQ(numbers[3], 9);
    free(numbers);
}

TEST(memory, hook_fails_one_allocation_and_then_none) {
    spill_alloc_fail_after(2, false);
    for (int i = 0; i < 10; i++) {
        void *const bytes = spill_alloc(1, 1);
        CHECK_EQ(bytes == NULL, i == 2);
        free(bytes);
    }
}

TEST(memory, hook_fails_for_ever_until_it_is_switched_off) {
    spill_alloc_fail_after(1, true);
    for (int i = 0; i < 10; i++) {
        void *const bytes = spill_alloc(1, 1);
        CHECK_EQ(bytes == NULL, i >= 1);
        free(bytes);
    }
    spill_alloc_fail_after(-1, false);
    void *const bytes = spill_alloc(1, 1);
    CHECK(bytes != NULL);
    free(bytes);
}

TEST_ABORTS(memory, growing_to_fewer_is_a_broken_promise) {
    free(spill_grow(NULL, 2, 1, 1));
}

TEST_ABORTS(promise, broken_one_ends_the_program) {
    SPILL_ASSERT(strlen("one") == 4);
}

TEST(promise, kept_one_is_evaluated_once) {
    int count = 0;
    SPILL_ASSERT(++count == 1);
    CHECK_EQ(count, 1);
}

static bool test_id(const char *text) {
    return spill_id_valid(text, strlen(text));
}

TEST(distance, counts_edits_of_the_bytes_that_are_compared) {
    CHECK_EQ(spill_edit_distance("", ""), 0);
    CHECK_EQ(spill_edit_distance("", "abc"), 3);
    CHECK_EQ(spill_edit_distance("ensemble", "ensembel"), 2);
    CHECK_EQ(spill_edit_distance("kitten", "sitting"), 3);
    char longer[2 * SPILL_DISTANCE_BYTES + 1];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK_EQ(spill_edit_distance(longer, ""), SPILL_DISTANCE_BYTES);
    CHECK_EQ(spill_edit_distance(longer, longer + SPILL_DISTANCE_BYTES), 0);
}

TEST(id, letters_digits_and_marks_make_one) {
    CHECK(test_id("a"));
    CHECK(test_id("7"));
    CHECK(test_id("nl-tennet-380kv.maasvlakte_2"));
    CHECK(test_id("a..--__"));
}

TEST(id, does_not_start_with_a_mark) {
    CHECK(!test_id(""));
    CHECK(!test_id("-a"));
    CHECK(!test_id("_a"));
    CHECK(!test_id(".a"));
}

TEST(id, has_no_other_characters) {
    for (int c = 0; c < 256; c++) {
        const char text[2] = {'a', (char)c};
        const bool good =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        CHECK_EQ(spill_id_valid(text, 2), good);
    }
}

TEST(id, has_a_longest_length) {
    char text[SPILL_ID_BYTES_MAX + 1];
    memset(text, 'a', sizeof text);
    CHECK(spill_id_valid(text, SPILL_ID_BYTES_MAX));
    CHECK(!spill_id_valid(text, SPILL_ID_BYTES_MAX + 1));
}

/* Encodes a code point without judging it. */
static size_t test_encode(uint32_t point, char text[4]) {
    unsigned char *const bytes = (unsigned char *)text;
    if (point < 0x80) {
        bytes[0] = (unsigned char)point;
        return 1;
    }
    const size_t count = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = count - 1; i > 0; i--) {
        bytes[i] = (unsigned char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    bytes[0] = (unsigned char)(leads[count] | point);
    return count;
}

TEST(utf8, exactly_the_scalar_values_but_nul_are_valid) {
    for (uint32_t point = 0; point < 0x120000; point++) {
        char text[4];
        const size_t bytes = test_encode(point, text);
        const bool good = point != 0 && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        if (spill_utf8_valid(text, bytes) != good) {
            CHECK_FAIL("U+%04X is judged wrongly", (unsigned)point);
        }
        /* Cut short, it is never valid. */
        if (bytes > 1 && spill_utf8_valid(text, bytes - 1)) {
            CHECK_FAIL("U+%04X is valid without its last byte", (unsigned)point);
        }
    }
}

/* The characters of two bytes by another road than the table: how many pairs are valid. */
TEST(utf8, pairs_of_bytes_are_counted) {
    int valid_count = 0;
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            const char text[2] = {(char)first, (char)second};
            valid_count += spill_utf8_valid(text, 2) ? 1 : 0;
        }
    }
    /* Two of ASCII without NUL, or one character of U+0080 to U+07FF. */
    CHECK_EQ(valid_count, 127 * 127 + (0x800 - 0x80));
}

TEST(utf8, malformed_text_is_refused) {
    static const char *const texts[] = {
        "\x80",             /* A continuation alone. */
        "a\xBF",            /* The same behind a letter. */
        "\xC0\x80",         /* NUL, overlong. */
        "\xC1\xBF",         /* DEL, overlong. */
        "\xE0\x9F\xBF",     /* U+07FF, overlong. */
        "\xF0\x8F\xBF\xBF", /* U+FFFF, overlong. */
        "\xED\xA0\x80",     /* A surrogate. */
        "\xED\xBF\xBF",     /* The last surrogate. */
        "\xF4\x90\x80\x80", /* U+110000. */
        "\xF5\x80\x80\x80", /* A lead byte that never occurs. */
        "\xFE",
        "\xFF",
        "\xC3(",         /* A lead without its continuation. */
        "\xE2\x82(",     /* The third byte is wrong. */
        "\xF0\x9D\x84(", /* The fourth byte is wrong. */
        "ok\xE2\x82",    /* Cut. */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (spill_utf8_valid(texts[i], strlen(texts[i]))) {
            CHECK_FAIL("text %zu is judged valid", i);
        }
    }
    CHECK(!spill_utf8_valid("a\0b", 3));
    CHECK(spill_utf8_valid("", 0));
}

TEST(utf8, what_steers_a_terminal_or_the_reader_is_found) {
    static const struct {
        const char *text;
        size_t at;
        uint32_t code; /* 0: nothing steers. */
    } cases[] = {
        {"", 0, 0},
        {"a\tb\r\nc\n", 7, 0},
        {"één €𝄞 \xC2\xA0\xC2\xAD\u2029\u202f\u2065\u206a", 30, 0},
        {"a\033[31m", 1, 0x1B},
        {"a\rb", 1, 0x0D},
        {"\177", 0, 0x7F},
        {"é\xC2\x80", 2, 0x80},
        {"é\xC2\x9F", 2, 0x9F},
        {"\u202a", 0, 0x202A},
        {"\u202e", 0, 0x202E},
        {"ab\u2066", 2, 0x2066},
        {"ab\u2069", 2, 0x2069},
        {"ab\xC3", 2, 0xFFFD},
        {"ab\xFF\033", 2, 0xFFFD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code = 0;
        const size_t at = spill_utf8_steers(cases[i].text, &code);
        if (at != cases[i].at || code != cases[i].code) {
            CHECK_FAIL("case %zu: at %zu, U+%04X", i, at, (unsigned)code);
        }
    }
}

TEST(utf8, trim_takes_off_only_what_is_incomplete) {
    static const struct {
        const char *cut;
        const char *left;
    } cases[] = {
        {"", ""},           {"abc", "abc"}, {"aé", "aé"}, {"a\xC3", "a"},
        {"a\xE2\x82", "a"}, {"a\xE2", "a"}, {"a€", "a€"}, {"a\xF0\x9D\x84", "a"},
        {"a\xF0\x9D", "a"}, {"a\xF0", "a"}, {"a𝄞", "a𝄞"}, {"\xF0\x9D", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[16];
        memcpy(text, cases[i].cut, strlen(cases[i].cut) + 1);
        spill_utf8_trim(text);
        CHECK_EQ(text, cases[i].left);
    }
}

TEST(duration, every_unit_and_their_sums_are_read) {
    static const struct {
        const char *text;
        int64_t duration_ms;
    } cases[] = {
        {"0s", 0},
        {"0ms", 0},
        {"250ms", 250},
        {"90s", 90000},
        {"15min", 900000},
        {"8h", 28800000},
        {"3d", 259200000},
        {"1d12h", 129600000},
        {"1d2h3min4s5ms", 93784005},
        {"90min30s", 5430000},
        {"007s", 7000},
        {"36h", 129600000},
        {"3653d", 315619200000},
        {"315619200000ms", 315619200000},
        {"3652d24h", 315619200000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t duration_ms = -1;
        CHECK_EQ(spill_duration_parse(cases[i].text, &duration_ms), SPILL_OK);
        CHECK_EQ(duration_ms, cases[i].duration_ms);
    }
}

TEST(duration, anything_else_is_refused_and_leaves_the_output) {
    static const char *const texts[] = {
        "",
        "5",
        "s",
        "h5",
        "5x",
        "5 s",
        " 5s",
        "5s ",
        "-5s",
        "+5s",
        "5.5h",
        "5,5h",
        "5S",
        "5H",
        "5m",
        "5sec",
        "1h1h",
        "1h2d",
        "5s3min",
        "1ms1s",
        "1h30",
        "1h 2s",
        "0x5s",
        "5min s",
        "5minx",
        "1dh",
        "٥s",
        "3654d",
        "3653d1ms",
        "5 min",
        "5ms\n",
        "1e3s",
        "315619200001ms",
        "99999999999999999999999999s",
        "9223372036854775807d",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t duration_ms = -7;
        if (spill_duration_parse(texts[i], &duration_ms) != SPILL_INVALID) {
            CHECK_FAIL("“%s” is read as a duration", texts[i]);
        }
        CHECK_EQ(duration_ms, -7);
    }
}

static void test_time(int64_t time_ms, const char *expected) {
    char text[SPILL_DURATION_TEXT_BYTES];
    CHECK_EQ(spill_time_print(time_ms, text), expected);
}

TEST(time, is_printed_by_day_and_clock) {
    test_time(0, "D+0 00:00:00");
    test_time(999, "D+0 00:00:00");
    test_time(1000, "D+0 00:00:01");
    test_time(86399999, "D+0 23:59:59");
    test_time(86400000, "D+1 00:00:00");
    test_time(99738000, "D+1 03:42:18");
}

TEST(time, before_the_start_counts_down_to_it) {
    test_time(-1, "D-1 23:59:59");
    test_time(-86400000, "D-1 00:00:00");
    test_time(-86400001, "D-2 23:59:59");
}

TEST(time, extremes_fit_their_text) {
    test_time(SPILL_NEVER, "never");
    test_time(SPILL_NEVER - 1, "D+106751991167 07:12:55");
    test_time(INT64_MIN, "D-106751991168 16:47:04");
}

TEST(time, is_read_as_it_is_printed) {
    const int64_t times[] = {0,        1000,     59000,    3599000,
                             86399000, 86400000, 99738000, 315360000000 - 1000};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[SPILL_DURATION_TEXT_BYTES];
        int64_t time_ms = -1;
        CHECK_OK(spill_time_parse(spill_time_print(times[i], text), &time_ms));
        CHECK_EQ(time_ms, times[i]);
    }
}

TEST(time, is_read_as_people_write_it) {
    static const struct {
        const char *text;
        int64_t time_ms;
    } rows[] = {{"D+1", 86400000},
                {"D+0 3:42", 13320000},
                {"27:42", 99720000},
                {"27:42:18", 99738000},
                {"0:00", 0},
                {"27h42min", 99720000},
                {"D+1 03:42:18", 99738000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_ms = -1;
        CHECK_OK(spill_time_parse(rows[i].text, &time_ms));
        CHECK_EQ(time_ms, rows[i].time_ms);
    }
}

TEST(time, anything_else_is_refused) {
    static const char *const texts[] = {"",           "D+",        "D",           "D+1 ",
                                        "D+1 24:00",  "D+1 3:60",  "D+1 3:42:60", "D+1 3:42:18 ",
                                        "3:4:5:6",    ":30",       "3:",          "-1:00",
                                        "D-1 03:42",  "D+1 3h",    "42",          "99999:00",
                                        "D+1  03:42", "D+99999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t time_ms = 77;
        if (spill_time_parse(texts[i], &time_ms) != SPILL_INVALID) {
            CHECK_FAIL("\"%s\" is read as %lld", texts[i], (long long)time_ms);
        }
        CHECK_EQ(time_ms, 77);
    }
}
