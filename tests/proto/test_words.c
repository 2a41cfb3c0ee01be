/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that words are found by key and filled by name, and that the files beside them agree with
 * them. */
#include <string.h>

#include "proto/words.h"
#include "tests/check.h"

TEST(words, every_key_is_found_by_its_own_name) {
    for (int i = 0; i < WORDS_COUNT; i++) {
        enum words_key found = WORDS_COUNT;
        CHECK(words_find(words_key_name((enum words_key)i), &found));
        CHECK_EQ(found, i);
    }
}

TEST(words, a_name_that_is_no_key_is_not_found) {
    static const char *const names[] = {
        "", "sector", "sector_", "sector_water ", "SECTOR_WATER", "zzz", "{", "sector_electricit"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        enum words_key found = WORDS_SECTOR_WATER;
        CHECK(!words_find(names[i], &found));
        CHECK_EQ(found, WORDS_SECTOR_WATER);
    }
}

TEST(words, every_language_has_its_own_words) {
    CHECK_EQ(words(WORDS_SECTOR_PORTS, WORDS_LANGUAGE_EN), "ports");
    CHECK_EQ(words(WORDS_SECTOR_PORTS, WORDS_LANGUAGE_NL), "havens");
}

TEST(words, english_of_a_status_is_what_logs_say) {
#define TEST_STATUS(name, text)                                                                    \
    CHECK_EQ(words_of_status(SPILL_##name, WORDS_LANGUAGE_EN), spill_status_words(SPILL_##name));
    SPILL_STATUS_MAP(TEST_STATUS)
#undef TEST_STATUS
}

TEST(words, a_locale_names_its_language) {
    enum words_language language = WORDS_LANGUAGE_COUNT;
    CHECK(words_language_find("nl", &language));
    CHECK_EQ(language, WORDS_LANGUAGE_NL);
    CHECK(words_language_find("en_GB.UTF-8", &language));
    CHECK_EQ(language, WORDS_LANGUAGE_EN);
    CHECK(words_language_find("nl-BE", &language));
    CHECK_EQ(language, WORDS_LANGUAGE_NL);
    CHECK(!words_language_find("nld", &language));
    CHECK(!words_language_find("n", &language));
    CHECK(!words_language_find("", &language));
    CHECK(!words_language_find("C.UTF-8", &language));
    CHECK_EQ(language, WORDS_LANGUAGE_NL);
}

static const struct words_value test_names[] = {{"nearest", "run"}, {"name", "rné"}};

TEST(words, places_are_filled_by_name) {
    char text[200];
    CHECK(words_fill(text, sizeof text, WORDS_UNKNOWN_COMMAND_NEAREST, WORDS_LANGUAGE_NL,
                     test_names, 2));
    CHECK_EQ(text, "er is geen opdracht “rné”; bedoelde u “run”?");
    CHECK(words_fill(text, sizeof text, WORDS_SECTOR_GAS, WORDS_LANGUAGE_EN, NULL, 0));
    CHECK_EQ(text, "gas");
}

TEST(words, a_text_that_does_not_fit_ends_with_a_whole_character) {
    char whole[200];
    CHECK(words_fill(whole, sizeof whole, WORDS_UNKNOWN_COMMAND, WORDS_LANGUAGE_NL, test_names, 2));
    const size_t whole_bytes = strlen(whole);
    for (size_t capacity = 1; capacity <= whole_bytes; capacity++) {
        char text[200];
        memset(text, 'x', sizeof text);
        CHECK(!words_fill(text, capacity, WORDS_UNKNOWN_COMMAND, WORDS_LANGUAGE_NL, test_names, 2));
        const size_t text_bytes = strlen(text);
        CHECK_LT(text_bytes, capacity);
        CHECK_LE(capacity, text_bytes + 4);
        CHECK(spill_utf8_valid(text, text_bytes));
        CHECK_BYTES(text, text_bytes, whole, text_bytes);
        CHECK_EQ(text[capacity], 'x');
    }
    CHECK(words_fill(whole, whole_bytes + 1, WORDS_UNKNOWN_COMMAND, WORDS_LANGUAGE_NL, test_names,
                     2));
}

TEST_ABORTS(words, a_place_without_a_value_is_a_broken_promise) {
    char text[200];
    words_fill(text, sizeof text, WORDS_UNKNOWN_COMMAND_NEAREST, WORDS_LANGUAGE_EN, test_names, 1);
}
