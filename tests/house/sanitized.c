/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on purpose, one for each argument: ctest runs them to prove that the sanitizer of the
 * preset is awake, and that the thread sanitizer keeps quiet about OpenMP without a race.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/vocabulary.h"

enum { SANITIZED_COUNT = 10000 };

static int sanitized_race(void) {
    int sum = 0;
#pragma omp parallel for default(none) shared(sum) num_threads(4)
    for (int i = 0; i < SANITIZED_COUNT; i++) {
        sum += i;
    }
    return sum == 0;
}

/* A round of the model's shape: every thread reads last round's array and writes its own element of
 * the next. */
static int sanitized_rounds(void) {
    static int64_t arrays[2][SANITIZED_COUNT];
    int64_t total = 0;
    for (int round = 0; round < 20; round++) {
        const int64_t *const last = arrays[round % 2];
        int64_t *const next = arrays[(round + 1) % 2];
#pragma omp parallel for default(none) shared(last, next, round) num_threads(4)
        for (int i = 0; i < SANITIZED_COUNT; i++) {
            next[i] = last[(i + 7 * round) % SANITIZED_COUNT] + i;
        }
#pragma omp parallel for default(none) shared(next) reduction(+ : total) num_threads(4)
        for (int i = 0; i < SANITIZED_COUNT; i++) {
            total += next[i];
        }
    }
    printf("%lld\n", (long long)total);
    return 0;
}

static int sanitized_freed(void) {
    char *volatile bytes = calloc(10, 1);
    free(bytes);
    return bytes[1] == 1;
}

static int sanitized_overflow(int count) {
    volatile int sum = INT_MAX - 1;
    sum = sum + count;
    return sum < 0;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        return SPILL_EXIT_USAGE;
    }
    if (strcmp(argv[1], "race") == 0) {
        return sanitized_race();
    }
    if (strcmp(argv[1], "rounds") == 0) {
        return sanitized_rounds();
    }
    if (strcmp(argv[1], "freed") == 0) {
        return sanitized_freed();
    }
    if (strcmp(argv[1], "overflow") == 0) {
        return sanitized_overflow(argc);
    }
    return SPILL_EXIT_USAGE;
}
