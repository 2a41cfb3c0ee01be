/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words: every word shown to people, in every language.
 *
 * The words stand in words.csv, one row a key; a key WORDS_X exists exactly when every language has
 * its words. A text may have {places}, the same ones in every language, filled by name, since
 * languages order them differently. It owns constant tables only, may be called from every thread,
 * and never allocates.
 */
#ifndef WORDS_H
#define WORDS_H

#include "proto/vocabulary.h"
#include "proto/words_table.h"

enum words_key {
#define WORDS_ENUM(name, key, en, nl) WORDS_##name,
    WORDS_MAP(WORDS_ENUM)
#undef WORDS_ENUM
        WORDS_COUNT
};

enum words_language { WORDS_LANGUAGE_EN, WORDS_LANGUAGE_NL, WORDS_LANGUAGE_COUNT };

/* The words of a key, UTF-8, with their {places} as they are; never NULL. */
const char *words(enum words_key key, enum words_language language);

/* The words of a status. */
const char *words_of_status(enum spill_status status, enum words_language language);

/* The key as words.csv writes it, "sector_water". */
const char *words_key_name(enum words_key key);

/* Finds the key with this name, for names that come from data ("sector_" and a sector's id); false,
 * and *key as it was, when there is none. */
SPILL_CHECKED bool words_find(const char *name, enum words_key *key);

/* "en", "nl". */
const char *words_language_code(enum words_language language);

/* The language of a code or locale: "nl", "nl_NL.UTF-8", "nl-BE"; false, and *language as it was,
 * when there are no words in it. */
SPILL_CHECKED bool words_language_find(const char *code, enum words_language *language);

/* What fills the place {name}. Both texts are borrowed for the call. */
struct words_value {
    const char *name;
    const char *text;
};

/* Writes the words of a key into text, with every {place} filled from values, NUL at the end.
 * Returns false, with as many whole characters as fit, when text_capacity bytes are too few. A
 * place without a value is a broken promise; a value without a place is not, so that several keys
 * can share one list of values. */
bool words_fill(char *text, size_t text_capacity, enum words_key key, enum words_language language,
                const struct words_value *values, size_t value_count);

#endif
