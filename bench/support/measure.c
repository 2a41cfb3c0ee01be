/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/measure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "coordinator/commands/version.h"

enum { MEASURE_LINE_BYTES = 256 };

int64_t measure_now_ns(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The processor's name, as Linux tells it; "unknown processor" elsewhere. */
static void measure_processor(char name[MEASURE_LINE_BYTES]) {
    snprintf(name, MEASURE_LINE_BYTES, "unknown processor");
    FILE *const file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) {
        return;
    }
    char line[MEASURE_LINE_BYTES];
    while (fgets(line, sizeof line, file) != NULL) {
        const char *const colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
            snprintf(name, MEASURE_LINE_BYTES, "%s", colon + 2);
            name[strcspn(name, "\n")] = '\0';
            break;
        }
    }
    fclose(file);
}

void measure_print(const char *name, double value, const char *unit) {
    char processor[MEASURE_LINE_BYTES];
    measure_processor(processor);
#ifdef __clang__
    const char *const compiler = "clang " __clang_version__;
#else
    const char *const compiler = "gcc " __VERSION__;
#endif
    printf("%-32s %14.4g %-12s commit %s, %s, %ld × %s\n", name, value, unit, version_commit(),
           compiler, sysconf(_SC_NPROCESSORS_ONLN), processor);
}
