/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: runs a child program to its end and keeps what it printed. Failures to start it end the
 * test.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "proto/vocabulary.h"

struct program_result {
    int code;    /* Exit code; 128 and the signal's number when a signal ended it. */
    char *out;   /* What it printed to standard output, NUL at the end. */
    char *error; /* The same for standard error. */
};

/* The path of the program under test, from the variable SPILLOVER that ctest sets. */
const char *program_spillover(void);

/* Runs arguments[0] with these arguments, the last NULL, and this test's environment, an empty
 * standard input. */
void program_run(const char *const *arguments, struct program_result *result);

/* Frees what the result holds. */
void program_result_free(struct program_result *result);

/* program_run of the program under test: PROGRAM_SPILLOVER(&result, "check", folder). */
#define PROGRAM_SPILLOVER(result, ...)                                                             \
    program_run((const char *const[]){program_spillover(), __VA_ARGS__, NULL}, result)

#endif
