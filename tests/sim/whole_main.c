/* SPDX-License-Identifier: Apache-2.0 */
/* Plays whole exercises from a shell, one for each seed: whole --seed N --trace shows one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/whole.h"
#include "tests/support/temporary.h"

static const char *const whole_mutants[WHOLE_MUTANT_COUNT] = {
#define WHOLE_WORDS(name, words) words,
    WHOLE_MUTANT_MAP(WHOLE_WORDS)
#undef WHOLE_WORDS
};

struct arguments {
    struct whole_options options;
    uint64_t first, seeds;
    bool quiet;
};

static int usage(const char *program) {
    fprintf(stderr,
            "usage: %s [--first N] [--seeds N] [--seed N] [--trace] [--quiet] [--mutant NAME]… "
            "[--list]\n",
            program);
    return 64;
}

static bool take_mutant(struct arguments *arguments, const char *name) {
    for (unsigned i = 0; i < WHOLE_MUTANT_COUNT; i++) {
        if (strcmp(whole_mutants[i], name) == 0) {
            arguments->options.mutants |= 1u << i;
            return true;
        }
    }
    return false;
}

/* How many arguments were taken: 0, 1 or 2. */
static int take_argument(struct arguments *arguments, const char *word, const char *value) {
    if (strcmp(word, "--trace") == 0) {
        arguments->options.trace = stdout;
        return 1;
    }
    if (strcmp(word, "--quiet") == 0) {
        arguments->quiet = true;
        return 1;
    }
    if (value == NULL) {
        return 0;
    }
    if (strcmp(word, "--mutant") == 0) {
        return take_mutant(arguments, value) ? 2 : 0;
    }
    const uint64_t number = strtoull(value, NULL, 10);
    if (strcmp(word, "--first") == 0) {
        arguments->first = number;
    } else if (strcmp(word, "--seeds") == 0) {
        arguments->seeds = number;
    } else if (strcmp(word, "--seed") == 0) {
        arguments->first = number;
        arguments->seeds = 1;
    } else {
        return 0;
    }
    return 2;
}

static int play(const struct arguments *arguments) {
    struct whole_options options = arguments->options;
    struct whole_result sum = {.failed = false};
    for (uint64_t i = 0; i < arguments->seeds; i++) {
        struct whole_result result;
        options.seed = arguments->first + i;
        whole_run(&options, &result);
        if (result.failed) {
            printf("seed %" PRIu64 " failed: %s\n", options.seed, result.words);
            return 1;
        }
        sum.events += result.events;
        sum.frames += result.frames;
        sum.messages += result.messages;
        sum.inputs += result.inputs;
        sum.records += result.records;
        sum.cuts += result.cuts;
        sum.amid += result.amid;
        sum.sessions += result.sessions;
        sum.end_us = result.end_us > sum.end_us ? result.end_us : sum.end_us;
    }
    if (!arguments->quiet) {
        printf("%" PRIu64 " seeds: %" PRIu64 " messages, %" PRIu64 " inputs, %" PRIu64
               " records, %" PRIu64 " frames, %" PRIu64 " sessions, power gone %" PRIu64
               " times, %" PRIu64 " of them amid a write; longest %.1f s\n",
               arguments->seeds, sum.messages, sum.inputs, sum.records, sum.frames, sum.sessions,
               sum.cuts, sum.amid, (double)sum.end_us / 1e6);
    }
    return 0;
}

int main(int argc, char **argv) {
    struct arguments arguments = {.first = 1, .seeds = 1};
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* An assertion may end it; the trace is to be whole. */
    for (int i = 1; i < argc;) {
        if (strcmp(argv[i], "--list") == 0) {
            for (unsigned j = 0; j < WHOLE_MUTANT_COUNT; j++) {
                puts(whole_mutants[j]);
            }
            return 0;
        }
        const int taken = take_argument(&arguments, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (taken == 0) {
            return usage(argv[0]);
        }
        i += taken;
    }
    struct temporary folder;
    temporary_create(&folder);
    whole_open(folder.path);
    const int code = play(&arguments);
    whole_close();
    temporary_destroy(&folder);
    return code;
}
