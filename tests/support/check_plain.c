/* SPDX-License-Identifier: Apache-2.0 */
/* The plain runner. A file of its own, so that programs with another main can use what is beside
 * it. */
#include "tests/check.h"

#ifdef SPILL_PLAIN_RUNNER

#include <stdio.h>
#include <string.h>

enum { CHECK_NAME_BYTES = 900 };

static struct check_test *check_first;
static struct check_test **check_last = &check_first;

void check_register(struct check_test *test) {
    *check_last = test;
    check_last = &test->next;
}

/* Runs every test, or those whose "suite/statement" contains the first argument. */
int main(int argc, char **argv) {
    size_t run_count = 0;
    for (const struct check_test *test = check_first; test != NULL; test = test->next) {
        char name[CHECK_NAME_BYTES];
        snprintf(name, sizeof name, "%s/%s", test->suite, test->statement);
        if (argc > 1 && strstr(name, argv[1]) == NULL) {
            continue;
        }
        printf("%s\n", name);
        fflush(stdout);
        test->body();
        run_count++;
    }
    printf("%zu tests passed\n", run_count);
    return 0;
}

#endif
