/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_generate: words.csv in, words_table.h out; runs on the machine that builds.
 *
 * The table has a row for each key: the key and its words in every language. A fault in the file
 * ends the build with file:line: a key that is malformed, twice or out of order (order keeps merges
 * apart and look-ups fast), a translation that is missing, not UTF-8, or that has other {places}
 * than the English.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/vocabulary.h"

enum { FIELD_COUNT = 3, FIELD_BYTES = 4096, PLACES_MAX = 16 };

static const char *words_file;
static int words_line;
static const char *words_out;

SPILL_NORETURN static void words_fail(const char *format, ...) SPILL_PRINTF(1, 2);
static void words_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: error: ", words_file, words_line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    remove(words_out);
    exit(1);
}

/* Reads one field and the comma or newline behind it; returns what ended it: ',', '\n' or EOF. */
static int words_read_field(FILE *file, char field[FIELD_BYTES]) {
    size_t field_bytes = 0;
    int c = getc(file);
    const bool quoted = c == '"';
    if (quoted) {
        c = getc(file);
    }
    for (;; c = getc(file)) {
        if (quoted && c == '"') {
            c = getc(file);
            if (c != '"') {
                break;
            }
        } else if (c == EOF || c == '\n' || (!quoted && c == ',')) {
            break;
        } else if (!quoted && c == '"') {
            words_fail("a quote inside an unquoted field");
        }
        if (field_bytes + 1 == FIELD_BYTES) {
            words_fail("a field is longer than %d bytes", FIELD_BYTES - 1);
        }
        field[field_bytes++] = (char)c;
    }
    field[field_bytes] = '\0';
    if (c != ',' && c != '\n' && c != EOF) {
        words_fail("a comma is missing behind a quoted field");
    }
    if (!spill_utf8_valid(field, field_bytes)) {
        words_fail("not UTF-8");
    }
    return c;
}

/* Reads a row of FIELD_COUNT fields; false at the end of the file. */
static bool words_read_row(FILE *file, char fields[FIELD_COUNT][FIELD_BYTES]) {
    words_line++;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const int end = words_read_field(file, fields[i]);
        if (i == 0 && end == EOF && fields[0][0] == '\0') {
            return false;
        }
        if ((end == ',') != (i + 1 < FIELD_COUNT)) {
            words_fail("expected %d fields: key,en,nl (quote a field that holds a comma)",
                       FIELD_COUNT);
        }
    }
    return true;
}

static void words_check_key(const char *key, const char *previous) {
    if (!islower((unsigned char)key[0]) ||
        strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key)) {
        words_fail("“%s” is not a key: a-z, then a-z, 0-9 and _", key);
    }
    if (strcmp(previous, key) >= 0) {
        words_fail("“%s” does not come after “%s”: keys are sorted, each once (LC_ALL=C sort)", key,
                   previous);
    }
}

/* Counts how often each {place} of text occurs in other, from text's side. */
static void words_check_places(const char *text, const char *other) {
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        const char *const end = strchr(at, '}');
        if (end == NULL || end == at + 1 ||
            strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_") != (size_t)(end - at - 1)) {
            words_fail("a {place} is a-z and _ between braces: “%s”", text);
        }
        char place[FIELD_BYTES];
        const size_t place_bytes = (size_t)(end - at) + 1;
        memcpy(place, at, place_bytes);
        place[place_bytes] = '\0';
        if (strstr(other, place) == NULL) {
            words_fail("%s is in one language only", place);
        }
    }
}

static void words_write_text(FILE *file, const char *text) {
    fputc('"', file);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            fputc('\\', file);
        }
        fputc(*at, file);
    }
    fputc('"', file);
}

static void words_write_row(FILE *file, char fields[FIELD_COUNT][FIELD_BYTES]) {
    fputs(" \\\n    X(", file);
    for (const char *at = fields[0]; *at != '\0'; at++) {
        fputc(toupper((unsigned char)*at), file);
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        fputs(", ", file);
        words_write_text(file, fields[i]);
    }
    fputc(')', file);
}

int main(int argc, char **argv) {
    static char fields[FIELD_COUNT][FIELD_BYTES];
    static char previous[FIELD_BYTES];
    if (argc != 3) {
        fputs("usage: words_generate words.csv words_table.h\n", stderr);
        return SPILL_EXIT_USAGE;
    }
    words_file = argv[1];
    words_out = argv[2];
    FILE *const in = fopen(argv[1], "r");
    FILE *const out = fopen(argv[2], "w");
    if (in == NULL || out == NULL) {
        words_fail("cannot open this file, or %s for writing", argv[2]);
    }
    if (!words_read_row(in, fields) || strcmp(fields[0], "key") != 0 ||
        strcmp(fields[1], "en") != 0 || strcmp(fields[2], "nl") != 0) {
        words_fail("the first line must be key,en,nl");
    }
    fputs("/* SPDX-License-Identifier: Apache-2.0 */\n"
          "/* Generated from words.csv by words_generate. */\n"
          "#define WORDS_MAP(X)",
          out);
    while (words_read_row(in, fields)) {
        words_check_key(fields[0], previous);
        for (size_t i = 1; i < FIELD_COUNT; i++) {
            if (fields[i][0] == '\0') {
                words_fail("“%s” has no words in one of the languages", fields[0]);
            }
            words_check_places(fields[i], fields[1]);
            words_check_places(fields[1], fields[i]);
        }
        words_write_row(out, fields);
        memcpy(previous, fields[0], sizeof previous);
    }
    fputc('\n', out);
    const bool failed = ferror(in) != 0 || fclose(out) != 0;
    fclose(in);
    if (failed) {
        words_fail("reading it or writing %s failed", argv[2]);
    }
    return SPILL_EXIT_OK;
}
