/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_TEXT_BYTES = 2048, CHECK_SIDE_BYTES = 900 };

void check_fail(const char *file, int line, const char *format, ...) {
    char text[CHECK_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
#ifdef SPILL_PLAIN_RUNNER
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
#else
    cr_assert_fail("%s:%d: %s", file, line, text);
#endif
    /* Criterion has left the test by now. */
    exit(1);
}

struct check_value check_of_signed(intmax_t number) {
    return (struct check_value){.kind = CHECK_SIGNED, .number = number};
}

struct check_value check_of_unsigned(uintmax_t natural) {
    return (struct check_value){.kind = CHECK_UNSIGNED, .natural = natural};
}

struct check_value check_of_floating(double floating) {
    return (struct check_value){.kind = CHECK_FLOATING, .floating = floating};
}

struct check_value check_of_text(const char *text) {
    return (struct check_value){.kind = CHECK_TEXT, .text = text, .pointer = text};
}

struct check_value check_of_pointer(const volatile void *pointer) {
    return (struct check_value){.kind = CHECK_POINTER, .pointer = pointer};
}

static double check_floating(const struct check_value *value) {
    switch (value->kind) {
    case CHECK_SIGNED:
        return (double)value->number;
    case CHECK_UNSIGNED:
        return (double)value->natural;
    default:
        return value->floating;
    }
}

static int check_compare_integers(const struct check_value *left, const struct check_value *right) {
    const bool left_negative = left->kind == CHECK_SIGNED && left->number < 0;
    const bool right_negative = right->kind == CHECK_SIGNED && right->number < 0;
    if (left_negative != right_negative) {
        return left_negative ? -1 : 1;
    }
    /* Of equal sign, two's complement keeps the order. */
    const uintmax_t a = left->kind == CHECK_SIGNED ? (uintmax_t)left->number : left->natural;
    const uintmax_t b = right->kind == CHECK_SIGNED ? (uintmax_t)right->number : right->natural;
    return (a > b) - (a < b);
}

/* -1, 0 or 1; 2 when neither is less nor equal (a NaN, a missing text). */
static int check_compare(const struct check_value *left, const struct check_value *right) {
    if (left->kind >= CHECK_TEXT || right->kind >= CHECK_TEXT) {
        if (left->kind == CHECK_TEXT && right->kind == CHECK_TEXT && left->text != NULL &&
            right->text != NULL) {
            const int order = strcmp(left->text, right->text);
            return (order > 0) - (order < 0);
        }
        return left->pointer == right->pointer ? 0 : 2;
    }
    if (left->kind == CHECK_FLOATING || right->kind == CHECK_FLOATING) {
        const double a = check_floating(left);
        const double b = check_floating(right);
        return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
    }
    return check_compare_integers(left, right);
}

static const char *check_print(const struct check_value *value, char text[CHECK_SIDE_BYTES]) {
    switch (value->kind) {
    case CHECK_SIGNED:
        snprintf(text, CHECK_SIDE_BYTES, "%" PRIdMAX, value->number);
        break;
    case CHECK_UNSIGNED:
        snprintf(text, CHECK_SIDE_BYTES, "%" PRIuMAX, value->natural);
        break;
    case CHECK_FLOATING:
        snprintf(text, CHECK_SIDE_BYTES, "%.17g", value->floating);
        break;
    case CHECK_TEXT:
        if (value->text == NULL) {
            return "NULL";
        }
        snprintf(text, CHECK_SIDE_BYTES, "\"%s\"", value->text);
        break;
    case CHECK_POINTER:
        snprintf(text, CHECK_SIDE_BYTES, "%p", (const void *)value->pointer);
        break;
    }
    return text;
}

void check_relation(const char *file, int line, const char *left_words, const char *right_words,
                    enum check_relation relation, struct check_value left,
                    struct check_value right) {
    static const char *const signs[] = {"==", "!=", "<", "<="};
    const int order = check_compare(&left, &right);
    const bool holds = relation == CHECK_EQUAL     ? order == 0
                       : relation == CHECK_UNEQUAL ? order != 0
                       : relation == CHECK_LESS    ? order == -1
                                                   : order == -1 || order == 0;
    if (!holds) {
        char left_text[CHECK_SIDE_BYTES];
        char right_text[CHECK_SIDE_BYTES];
        check_fail(file, line, "does not hold: %s %s %s\n    left:  %s\n    right: %s", left_words,
                   signs[relation], right_words, check_print(&left, left_text),
                   check_print(&right, right_text));
    }
}

void check_bytes(const char *file, int line, const char *words, const void *left, size_t left_bytes,
                 const void *right, size_t right_bytes) {
    if (left_bytes != right_bytes) {
        check_fail(file, line, "%s: %zu and %zu bytes", words, left_bytes, right_bytes);
    }
    const unsigned char *const a = left;
    const unsigned char *const b = right;
    for (size_t i = 0; i < left_bytes; i++) {
        if (a[i] != b[i]) {
            check_fail(file, line, "%s differ at byte %zu of %zu: 0x%02x and 0x%02x", words, i,
                       left_bytes, a[i], b[i]);
        }
    }
}
