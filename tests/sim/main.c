/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator from a shell: sim [--seed N | --first N --seeds N] [--trace] [--mutant NAME]…, and
 * --list for the mutants' names.
 * A failing seed prints its trace. Exit code 1: some seed failed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/sim_parts.h"
#ifdef SPILL_STREAM_MUTANTS
#include "proto/stream/stream_parts.h"
#endif

static const char *const main_mutants[] = {
#define MAIN_NAME(name, words) words,
    SIM_MUTANT_MAP(MAIN_NAME)
#ifdef SPILL_STREAM_MUTANTS
        STREAM_MUTANT_MAP(MAIN_NAME)
#endif
#undef MAIN_NAME
};
enum { MAIN_MUTANT_COUNT = sizeof main_mutants / sizeof main_mutants[0] };

static bool main_mutant(const char *name, uint32_t *mutants) {
    for (uint32_t i = 0; i < MAIN_MUTANT_COUNT; i++) {
        if (strcmp(main_mutants[i], name) == 0) {
            if (i < SIM_MUTANT_COUNT) {
                *mutants |= UINT32_C(1) << i;
            }
#ifdef SPILL_STREAM_MUTANTS
            else {
                stream_mutants |= UINT32_C(1) << (i - SIM_MUTANT_COUNT);
            }
#endif
            return true;
        }
    }
    return false;
}

static double main_now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void main_add(struct sim_result *sum, const struct sim_result *one) {
    sum->events += one->events;
    sum->frames += one->frames;
    sum->delivered += one->delivered;
    sum->crashes += one->crashes;
    sum->sessions += one->sessions;
    sum->snapshots += one->snapshots;
    sum->promotions += one->promotions;
    sum->end_us = one->end_us > sum->end_us ? one->end_us : sum->end_us;
}

int main(int argc, char **argv) {
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* An assertion may end it; the trace is to be whole. */
    struct sim_options options = {.seed = 0};
    uint64_t first = 1, seeds = 1;
    bool trace = false;
    bool quiet = false;
    for (int i = 1; i < argc; i++) {
        const char *const value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--trace") == 0) {
            trace = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            for (size_t j = 0; j < MAIN_MUTANT_COUNT; j++) {
                puts(main_mutants[j]);
            }
            return 0;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            quiet = true;
        } else if (strcmp(argv[i], "--seed") == 0 || strcmp(argv[i], "--first") == 0) {
            first = strtoull(value, NULL, 0);
            i++;
        } else if (strcmp(argv[i], "--seeds") == 0) {
            seeds = strtoull(value, NULL, 0);
            i++;
        } else if (strcmp(argv[i], "--mutant") == 0 && main_mutant(value, &options.mutants)) {
            i++;
        } else {
            fprintf(stderr,
                    "usage: %s [--first N] [--seeds N] [--seed N] [--trace] [--quiet] "
                    "[--mutant NAME]… [--list]\n",
                    argv[0]);
            return 64;
        }
    }
    const double start_s = main_now_s();
    struct sim_result sum = {.failed = false};
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        struct sim_result result;
        options.seed = seed;
        options.trace = trace ? stdout : NULL;
        sim_run(&options, &result);
        if (result.failed) {
            printf("seed %" PRIu64 " failed: %s\n", seed, result.words);
            if (!trace && !quiet) {
                options.trace = stdout;
                sim_run(&options, &result);
            }
            return 1;
        }
        main_add(&sum, &result);
    }
    const double seconds = main_now_s() - start_s;
    printf("%" PRIu64 " seeds, %.0f/s: %" PRIu64 " messages, %" PRIu64 " frames, %" PRIu64
           " events, %" PRIu64 " sessions, %" PRIu64 " crashes, %" PRIu64 " promotions, %" PRIu64
           " snapshots; longest %.1f s\n",
           seeds, (double)seeds / seconds, sum.delivered, sum.frames, sum.events, sum.sessions,
           sum.crashes, sum.promotions, sum.snapshots, (double)sum.end_us / 1e6);
    return 0;
}
