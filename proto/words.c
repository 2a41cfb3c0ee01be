/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/words.h"

#include <string.h>

static const struct {
    const char *key;
    const char *text[WORDS_LANGUAGE_COUNT];
} words_table[WORDS_COUNT] = {
#define WORDS_ROW(name, key, en, nl) {key, {en, nl}},
    WORDS_MAP(WORDS_ROW)
#undef WORDS_ROW
};

const char *words(enum words_key key, enum words_language language) {
    SPILL_ASSERT((size_t)key < WORDS_COUNT);
    SPILL_ASSERT((size_t)language < WORDS_LANGUAGE_COUNT);
    return words_table[key].text[language];
}

const char *words_of_status(enum spill_status status, enum words_language language) {
    static const enum words_key keys[] = {
#define WORDS_STATUS_KEY(name, text) [SPILL_##name] = WORDS_STATUS_##name,
        SPILL_STATUS_MAP(WORDS_STATUS_KEY)
#undef WORDS_STATUS_KEY
    };
    SPILL_ASSERT((size_t)status < sizeof keys / sizeof keys[0]);
    return words(keys[status], language);
}

const char *words_key_name(enum words_key key) {
    SPILL_ASSERT((size_t)key < WORDS_COUNT);
    return words_table[key].key;
}

bool words_find(const char *name, enum words_key *key) {
    SPILL_ASSERT(name != NULL);
    SPILL_ASSERT(key != NULL);
    size_t low = 0;
    size_t high = WORDS_COUNT;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(name, words_table[middle].key);
        if (order == 0) {
            *key = (enum words_key)middle;
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

const char *words_language_code(enum words_language language) {
    static const char *const codes[WORDS_LANGUAGE_COUNT] = {"en", "nl"};
    SPILL_ASSERT((size_t)language < WORDS_LANGUAGE_COUNT);
    return codes[language];
}

bool words_language_find(const char *code, enum words_language *language) {
    SPILL_ASSERT(code != NULL);
    SPILL_ASSERT(language != NULL);
    const size_t code_bytes = strcspn(code, "_-.@");
    for (int i = 0; i < WORDS_LANGUAGE_COUNT; i++) {
        const char *const known = words_language_code((enum words_language)i);
        if (strlen(known) == code_bytes && memcmp(known, code, code_bytes) == 0) {
            *language = (enum words_language)i;
            return true;
        }
    }
    return false;
}

/* The text for the place whose name starts at `name`. */
static const char *words_value_of(const char *name, size_t name_bytes,
                                  const struct words_value *values, size_t value_count) {
    for (size_t i = 0; i < value_count; i++) {
        if (strlen(values[i].name) == name_bytes && memcmp(values[i].name, name, name_bytes) == 0) {
            SPILL_ASSERT(values[i].text != NULL);
            return values[i].text;
        }
    }
    return NULL;
}

bool words_fill(char *text, size_t text_capacity, enum words_key key, enum words_language language,
                const struct words_value *values, size_t value_count) {
    SPILL_ASSERT(text != NULL);
    SPILL_ASSERT(text_capacity > 0);
    SPILL_ASSERT(values != NULL || value_count == 0);
    size_t text_bytes = 0;
    const char *at = words(key, language);
    while (*at != '\0') {
        const char *piece = at;
        size_t piece_bytes = strcspn(at, "{");
        at += piece_bytes;
        if (piece_bytes == 0) {
            /* words_generate has checked that every brace is closed. */
            const size_t name_bytes = strcspn(at + 1, "}");
            piece = words_value_of(at + 1, name_bytes, values, value_count);
            SPILL_ASSERT(piece != NULL);
            piece_bytes = strlen(piece);
            at += name_bytes + 2;
        }
        if (piece_bytes >= text_capacity - text_bytes) {
            memcpy(text + text_bytes, piece, text_capacity - text_bytes - 1);
            text[text_capacity - 1] = '\0';
            spill_utf8_trim(text);
            return false;
        }
        memcpy(text + text_bytes, piece, piece_bytes);
        text_bytes += piece_bytes;
    }
    text[text_bytes] = '\0';
    return true;
}
