/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: the thin layer that every test is written against.
 *
 * The same test bodies run under Criterion (each test in a fresh process) or, with
 * SPILL_PLAIN_RUNNER, one after another in a single process: Criterion cannot start under
 * ThreadSanitizer. A test therefore leaves nothing behind: it frees what it made, joins its threads
 * and switches the allocation hook off. The first failed check ends the test (plain runner: the
 * program). Checks run on the thread that runs the test.
 *
 *     TEST(duration, text_without_unit_is_refused)
 *     {
 *         int64_t duration_ms = 0;
 *         CHECK_EQ(spill_duration_parse("15", &duration_ms), SPILL_INVALID);
 *     }
 */
#ifndef SPILL_CHECK_H
#define SPILL_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/vocabulary.h"

/* A value as a failed check prints it: what it is, and whichever field that says. */
struct check_value {
    enum { CHECK_SIGNED, CHECK_UNSIGNED, CHECK_FLOATING, CHECK_TEXT, CHECK_POINTER } kind;
    intmax_t number;
    uintmax_t natural;
    double floating;
    const char *text; /* Borrowed for the check. */
    const volatile void *pointer;
};

struct check_value check_of_signed(intmax_t number);
struct check_value check_of_unsigned(uintmax_t natural);
struct check_value check_of_floating(double floating);
struct check_value check_of_text(const char *text);
struct check_value check_of_pointer(const volatile void *pointer);

/* Text is compared by content; numbers by value, whatever their types; other pointers by address.
 */
#define CHECK_VALUE(x)                                                                             \
    _Generic((x),                                                                                  \
        bool: check_of_unsigned,                                                                   \
        char: check_of_signed,                                                                     \
        signed char: check_of_signed,                                                              \
        short: check_of_signed,                                                                    \
        int: check_of_signed,                                                                      \
        long: check_of_signed,                                                                     \
        long long: check_of_signed,                                                                \
        unsigned char: check_of_unsigned,                                                          \
        unsigned short: check_of_unsigned,                                                         \
        unsigned int: check_of_unsigned,                                                           \
        unsigned long: check_of_unsigned,                                                          \
        unsigned long long: check_of_unsigned,                                                     \
        float: check_of_floating,                                                                  \
        double: check_of_floating,                                                                 \
        char *: check_of_text,                                                                     \
        const char *: check_of_text,                                                               \
        default: check_of_pointer)(x)

enum check_relation { CHECK_EQUAL, CHECK_UNEQUAL, CHECK_LESS, CHECK_LESS_OR_EQUAL };

/* Ends the test with a message that names the place and prints both sides, unless `left relation
 * right` holds. */
void check_relation(const char *file, int line, const char *left_words, const char *right_words,
                    enum check_relation relation, struct check_value left,
                    struct check_value right);

/* Ends the test unless the two byte strings are equal; prints the first difference. */
void check_bytes(const char *file, int line, const char *words, const void *left, size_t left_bytes,
                 const void *right, size_t right_bytes);

/* Ends the test with `file:line: message`. */
SPILL_NORETURN void check_fail(const char *file, int line, const char *format, ...)
    SPILL_PRINTF(3, 4);

#define CHECK_RELATION(a, relation, b)                                                             \
    check_relation(__FILE__, __LINE__, #a, #b, relation, CHECK_VALUE(a), CHECK_VALUE(b))

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_fail(__FILE__, __LINE__, "%s", "does not hold: " #condition);                    \
        }                                                                                          \
    } while (0)
#define CHECK_EQ(a, b) CHECK_RELATION(a, CHECK_EQUAL, b)
#define CHECK_NE(a, b) CHECK_RELATION(a, CHECK_UNEQUAL, b)
#define CHECK_LT(a, b) CHECK_RELATION(a, CHECK_LESS, b)
#define CHECK_LE(a, b) CHECK_RELATION(a, CHECK_LESS_OR_EQUAL, b)
#define CHECK_OK(call) CHECK_RELATION(call, CHECK_EQUAL, SPILL_OK)
#define CHECK_BYTES(a, a_bytes, b, b_bytes)                                                        \
    check_bytes(__FILE__, __LINE__, #a " and " #b, a, a_bytes, b, b_bytes)
#define CHECK_FAIL(...) check_fail(__FILE__, __LINE__, __VA_ARGS__)

/* TEST(suite, statement) { … } defines one test. TEST_ABORTS is one that must end in a failed
 * assertion; the plain runner leaves it out. */
#ifndef SPILL_PLAIN_RUNNER

#include <criterion/criterion.h>
#include <signal.h>

#define TEST(suite, statement) Test(suite, statement)
#define TEST_ABORTS(suite, statement) Test(suite, statement, .signal = SIGABRT)

#else

struct check_test {
    const char *suite;
    const char *statement;
    void (*body)(void);
    struct check_test *next;
};

/* Queues a test for the plain runner's main; `test` is kept until the program ends. */
void check_register(struct check_test *test);

#define TEST(suite_name, statement_name)                                                           \
    static void suite_name##_##statement_name(void);                                               \
    __attribute__((constructor)) static void suite_name##_##statement_name##_register(void) {      \
        static struct check_test test = {#suite_name, #statement_name,                             \
                                         suite_name##_##statement_name, NULL};                     \
        check_register(&test);                                                                     \
    }                                                                                              \
    static void suite_name##_##statement_name(void)
#define TEST_ABORTS(suite_name, statement_name)                                                    \
    __attribute__((unused)) static void suite_name##_##statement_name(void)

#endif

#endif
