/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/vocabulary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPILL_MS_PER_S INT64_C(1000)
#define SPILL_MS_PER_MIN (60 * SPILL_MS_PER_S)
#define SPILL_MS_PER_H (60 * SPILL_MS_PER_MIN)
#define SPILL_MS_PER_D (24 * SPILL_MS_PER_H)
#define SPILL_DURATION_MAX_MS (3653 * SPILL_MS_PER_D)

const char *spill_status_words(enum spill_status status) {
    static const char *const words[] = {
#define SPILL_STATUS_WORDS(name, text) [SPILL_##name] = text,
        SPILL_STATUS_MAP(SPILL_STATUS_WORDS)
#undef SPILL_STATUS_WORDS
    };
    const size_t index = (size_t)status;
    return index < sizeof words / sizeof words[0] ? words[index] : "unknown status";
}

enum spill_exit spill_exit_of(enum spill_status status) {
    switch (status) {
    case SPILL_OK:
        return SPILL_EXIT_OK;
    case SPILL_INVALID:
    case SPILL_LIMIT:
    case SPILL_NOT_FOUND:
    case SPILL_CORRUPT:
    case SPILL_REVISION:
    case SPILL_REFUSED:
        return SPILL_EXIT_INPUT;
    case SPILL_EXISTS:
        return SPILL_EXIT_CANNOT_CREATE;
    case SPILL_AGAIN:
    case SPILL_UNAVAILABLE:
        return SPILL_EXIT_UNAVAILABLE;
    case SPILL_INTERRUPTED:
        return SPILL_EXIT_INTERRUPTED;
    case SPILL_MEMORY:
    case SPILL_IO:
        return SPILL_EXIT_INTERNAL;
    }
    return SPILL_EXIT_INTERNAL;
}

enum spill_status spill_fail(struct spill_error *error, enum spill_status status,
                             const char *format, ...) {
    SPILL_ASSERT(format != NULL);
    SPILL_ASSERT(status != SPILL_OK);
    if (error == NULL) {
        return status;
    }
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        error->text[0] = '\0';
    } else if ((size_t)wanted >= sizeof error->text) {
        spill_utf8_trim(error->text);
    }
    return status;
}

/* The hook of failing-allocation tests: allocations left before the failure; negative means off. */
static long spill_alloc_left = -1;
static bool spill_alloc_fails_for_ever;

bool spill_alloc_must_fail(void) {
    if (spill_alloc_left < 0) {
        return false;
    }
    if (spill_alloc_left > 0) {
        spill_alloc_left--;
        return false;
    }
    if (!spill_alloc_fails_for_ever) {
        spill_alloc_left = -1;
    }
    return true;
}

void spill_alloc_fail_after(long after, bool for_ever) {
    spill_alloc_left = after;
    spill_alloc_fails_for_ever = for_ever;
}

void *spill_alloc(size_t count, size_t size_bytes) {
    SPILL_ASSERT(size_bytes > 0);
    if (spill_alloc_must_fail() || count > SIZE_MAX / size_bytes) {
        return NULL;
    }
    return calloc(count == 0 ? 1 : count, size_bytes);
}

void *spill_grow(void *array, size_t old_count, size_t new_count, size_t size_bytes) {
    SPILL_ASSERT(size_bytes > 0);
    SPILL_ASSERT(old_count <= new_count);
    SPILL_ASSERT(array != NULL || old_count == 0);
    if (spill_alloc_must_fail() || new_count > SIZE_MAX / size_bytes) {
        return NULL;
    }
    const size_t count = new_count == 0 ? 1 : new_count;
    char *const grown = realloc(array, count * size_bytes);
    if (grown != NULL) {
        memset(grown + old_count * size_bytes, 0, (count - old_count) * size_bytes);
    }
    return grown;
}

void spill_assert_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "spillover: %s:%d: broken promise: %s\n", file, line, condition);
    fflush(stderr);
    abort();
}

static bool spill_id_starts(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool spill_id_valid(const char *text, size_t text_bytes) {
    if (text_bytes == 0 || text_bytes > SPILL_ID_BYTES_MAX || !spill_id_starts(text[0])) {
        return false;
    }
    for (size_t i = 1; i < text_bytes; i++) {
        const char c = text[i];
        if (!spill_id_starts(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return true;
}

/* The bytes of the well-formed character at the start of text, 1 to 4; 0 when there is none
 * (Unicode, table 3-7). */
static size_t spill_utf8_character_bytes(const unsigned char *text, size_t text_bytes) {
    const unsigned char first = text[0];
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xBF;
    size_t bytes = 0;
    if (first >= 0x01 && first <= 0x7F) {
        return 1;
    } else if (first >= 0xC2 && first <= 0xDF) {
        bytes = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        bytes = 3;
        second_min = first == 0xE0 ? 0xA0 : 0x80; /* Below is overlong. */
        second_max = first == 0xED ? 0x9F : 0xBF; /* Above are the surrogates. */
    } else if (first >= 0xF0 && first <= 0xF4) {
        bytes = 4;
        second_min = first == 0xF0 ? 0x90 : 0x80; /* Below is overlong. */
        second_max = first == 0xF4 ? 0x8F : 0xBF; /* Above is past U+10FFFF. */
    }
    if (bytes == 0 || bytes > text_bytes || text[1] < second_min || text[1] > second_max) {
        return 0;
    }
    for (size_t i = 2; i < bytes; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return bytes;
}

bool spill_utf8_valid(const char *text, size_t text_bytes) {
    const unsigned char *const bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < text_bytes) {
        const size_t character_bytes = spill_utf8_character_bytes(bytes + at, text_bytes - at);
        if (character_bytes == 0) {
            return false;
        }
        at += character_bytes;
    }
    return true;
}

bool spill_code_steers(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* The character that these bytes are. */
static uint32_t spill_utf8_code(const unsigned char *text, size_t bytes) {
    uint32_t code = bytes == 1 ? text[0] : text[0] & (0x7FU >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        code = code << 6 | (text[i] & 0x3FU);
    }
    return code;
}

size_t spill_utf8_steers(const char *text, uint32_t *code) {
    SPILL_ASSERT(text != NULL);
    const unsigned char *const bytes = (const unsigned char *)text;
    const size_t text_bytes = strlen(text);
    size_t at = 0;
    while (at < text_bytes) {
        const size_t character_bytes = spill_utf8_character_bytes(bytes + at, text_bytes - at);
        const bool line =
            bytes[at] == '\t' || bytes[at] == '\n' || (bytes[at] == '\r' && bytes[at + 1] == '\n');
        const uint32_t found =
            character_bytes == 0 ? 0xFFFD : spill_utf8_code(bytes + at, character_bytes);
        if (character_bytes == 0 || (!line && spill_code_steers(found))) {
            *code = found;
            return at;
        }
        at += character_bytes;
    }
    return at;
}

void spill_utf8_trim(char *text) {
    SPILL_ASSERT(text != NULL);
    const size_t text_bytes = strlen(text);
    /* The last character starts at most three bytes before the last byte. */
    size_t start = text_bytes;
    while (start > 0 && text_bytes - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0xC0) {
        start--;
        if (!spill_utf8_valid(text + start, text_bytes - start)) {
            text[start] = '\0';
        }
    }
}

enum spill_status spill_duration_parse(const char *text, int64_t *duration_ms) {
    /* Largest first: the parts of a duration come in falling order, each unit at most once. */
    static const struct {
        const char *name;
        int64_t unit_ms;
    } units[] = {{"d", SPILL_MS_PER_D},
                 {"h", SPILL_MS_PER_H},
                 {"min", SPILL_MS_PER_MIN},
                 {"s", SPILL_MS_PER_S},
                 {"ms", 1}};
    enum { UNIT_COUNT = sizeof units / sizeof units[0] };
    SPILL_ASSERT(text != NULL);
    SPILL_ASSERT(duration_ms != NULL);
    int64_t total_ms = 0;
    size_t unit_index = 0; /* The largest unit that may still come. */
    const char *at = text;
    do {
        int64_t number = 0;
        if (*at < '0' || *at > '9') {
            return SPILL_INVALID;
        }
        for (; *at >= '0' && *at <= '9'; at++) {
            number = number * 10 + (*at - '0');
            if (number > SPILL_DURATION_MAX_MS) {
                return SPILL_INVALID;
            }
        }
        const size_t name_bytes = strspn(at, "abcdefghijklmnopqrstuvwxyz");
        while (unit_index < UNIT_COUNT && (strlen(units[unit_index].name) != name_bytes ||
                                           memcmp(units[unit_index].name, at, name_bytes) != 0)) {
            unit_index++;
        }
        if (unit_index == UNIT_COUNT ||
            number > (SPILL_DURATION_MAX_MS - total_ms) / units[unit_index].unit_ms) {
            return SPILL_INVALID;
        }
        total_ms += number * units[unit_index].unit_ms;
        at += name_bytes;
        unit_index++;
    } while (*at != '\0');
    *duration_ms = total_ms;
    return SPILL_OK;
}

/* One to `digits` digits, and moves on; -1: there is none. */
static int64_t spill_digits(const char **at, size_t digits) {
    int64_t number = -1;
    for (size_t i = 0; i < digits && **at >= '0' && **at <= '9'; i++) {
        number = (number < 0 ? 0 : number) * 10 + (**at - '0');
        ++*at;
    }
    return number;
}

/* "03:42" or "03:42:18"; the hours below hours_max. */
static enum spill_status spill_clock_parse(const char *text, int64_t hours_max, int64_t *time_ms) {
    const char *at = text;
    const int64_t hours = spill_digits(&at, 5);
    if (hours < 0 || hours >= hours_max || *at++ != ':') {
        return SPILL_INVALID;
    }
    const int64_t minutes = spill_digits(&at, 2);
    int64_t seconds = 0;
    if (*at == ':') {
        at++;
        seconds = spill_digits(&at, 2);
    }
    if (*at != '\0' || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) {
        return SPILL_INVALID;
    }
    *time_ms = hours * SPILL_MS_PER_H + minutes * SPILL_MS_PER_MIN + seconds * SPILL_MS_PER_S;
    return SPILL_OK;
}

enum spill_status spill_time_parse(const char *text, int64_t *time_ms) {
    SPILL_ASSERT(text != NULL);
    SPILL_ASSERT(time_ms != NULL);
    if (strncmp(text, "D+", 2) != 0) {
        return strchr(text, ':') == NULL ? spill_duration_parse(text, time_ms)
                                         : spill_clock_parse(text, 10 * 366 * 24, time_ms);
    }
    const char *at = text + 2;
    const int64_t days = spill_digits(&at, 4);
    int64_t of_day_ms = 0;
    if (days < 0 || days >= 3650 || (*at != '\0' && *at != ' ')) {
        return SPILL_INVALID;
    }
    if (*at == ' ' && spill_clock_parse(at + 1, 24, &of_day_ms) != SPILL_OK) {
        return SPILL_INVALID;
    }
    *time_ms = days * SPILL_MS_PER_D + of_day_ms;
    return SPILL_OK;
}

char *spill_time_print(int64_t time_ms, char text[SPILL_DURATION_TEXT_BYTES]) {
    SPILL_ASSERT(text != NULL);
    if (time_ms == SPILL_NEVER) {
        snprintf(text, SPILL_DURATION_TEXT_BYTES, "never");
        return text;
    }
    /* Time before the start counts down to it: D-1 is the day before. */
    int64_t day = time_ms / SPILL_MS_PER_D;
    int64_t rest_ms = time_ms % SPILL_MS_PER_D;
    if (rest_ms < 0) {
        rest_ms += SPILL_MS_PER_D;
        day--;
    }
    snprintf(text, SPILL_DURATION_TEXT_BYTES, "D%+" PRId64 " %02d:%02d:%02d", day,
             (int)(rest_ms / SPILL_MS_PER_H), (int)(rest_ms / SPILL_MS_PER_MIN % 60),
             (int)(rest_ms / SPILL_MS_PER_S % 60));
    return text;
}

static size_t spill_min(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t spill_edit_distance(const char *from, const char *to) {
    SPILL_ASSERT(from != NULL);
    SPILL_ASSERT(to != NULL);
    size_t row[SPILL_DISTANCE_BYTES + 1];
    const size_t from_bytes = spill_min(strlen(from), SPILL_DISTANCE_BYTES);
    const size_t to_bytes = spill_min(strlen(to), SPILL_DISTANCE_BYTES);
    for (size_t j = 0; j <= to_bytes; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= from_bytes; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= to_bytes; j++) {
            const size_t replaced = diagonal + (from[i - 1] != to[j - 1]);
            diagonal = row[j];
            row[j] = spill_min(replaced, 1 + spill_min(row[j], row[j - 1]));
        }
    }
    return row[to_bytes];
}
