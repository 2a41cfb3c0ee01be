/* SPDX-License-Identifier: Apache-2.0 */
/* oracle_compare [--seed N] [--count M] [--rules] [--no-shrink] [--verbose]: compares engine and
 * oracle on scenarios N to N+M-1, and shrinks the first that differs. */
#include "tests/oracle/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void oracle_compare_rules(const uint64_t *fired) {
    for (int rule = 0; rule < ORACLE_RULE_COUNT; rule++) {
        printf("%12" PRIu64 "  %s\n", fired[rule], oracle_rule_name((enum oracle_rule)rule));
    }
}

int main(int argc, char **argv) {
    uint64_t first = 0;
    uint64_t count = 1;
    bool rules = false;
    bool verbose = false;
    bool shrinks = true;
    for (int i = 1; i < argc; i++) {
        const bool more = i + 1 < argc;
        if (strcmp(argv[i], "--seed") == 0 && more) {
            i++;
            first = strtoull(argv[i], NULL, 10);
        } else if (strcmp(argv[i], "--count") == 0 && more) {
            i++;
            count = strtoull(argv[i], NULL, 10);
        } else if (strcmp(argv[i], "--rules") == 0) {
            rules = true;
        } else if (strcmp(argv[i], "--no-shrink") == 0) {
            shrinks = false;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            verbose = true;
        } else {
            fprintf(stderr, "usage: oracle_compare [--seed N] [--count M] [--rules] [--no-shrink] "
                            "[--verbose]\n");
            return SPILL_EXIT_USAGE;
        }
    }
    static uint64_t fired[ORACLE_RULE_COUNT];
    for (uint64_t number = first; number < first + count; number++) {
        struct generate_scenario *scenario = generate_scenario(number);
        struct compare_difference difference = {0};
        if (verbose) {
            printf("scenario %" PRIu64 "\n", number);
            fflush(stdout);
        }
        const enum compare_result result = compare_run(scenario, fired, &difference);
        if (result != COMPARE_SAME) {
            printf("scenario %" PRIu64 ", tick %" PRId64 ": %s\n", number, difference.tick,
                   difference.text);
            if (result == COMPARE_DIFFERS && shrinks) {
                compare_shrink(scenario);
            }
            generate_destroy(&scenario);
            return SPILL_EXIT_FOUND;
        }
        generate_destroy(&scenario);
    }
    printf("%" PRIu64 " scenarios agree\n", count);
    if (rules) {
        oracle_compare_rules(fired);
    }
    return SPILL_EXIT_OK;
}
