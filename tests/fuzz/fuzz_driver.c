/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a corpus where clang's fuzzer is not there: fuzz_x [-runs=N] FILE|FOLDER… Each file is
 * given as it is, and then N times (default 2000) changed here and there, always in the same ways.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/vocabulary.h"
#include "tests/fuzz/fuzz.h"

enum { DRIVER_BYTES_MAX = 1 << 20, DRIVER_PATH_BYTES = 1024, DRIVER_EXTRA_BYTES = 64 };

static uint8_t driver_bytes[DRIVER_BYTES_MAX + DRIVER_EXTRA_BYTES];
static uint8_t driver_changed[DRIVER_BYTES_MAX + DRIVER_EXTRA_BYTES];
static uint64_t driver_state;
static unsigned long driver_runs = 2000;
static unsigned long driver_files;

static uint64_t driver_draw(void) {
    driver_state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t word = (driver_state ^ driver_state >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    return word ^ word >> 31;
}

/* One small change; returns the new size. */
static size_t driver_change(uint8_t *bytes, size_t size_bytes) {
    const size_t at = size_bytes > 0 ? (size_t)(driver_draw() % size_bytes) : 0;
    switch (driver_draw() % 5) {
    case 0: /* Another byte. */
        if (size_bytes > 0) {
            bytes[at] = (uint8_t)driver_draw();
        }
        return size_bytes;
    case 1: /* A bit turned. */
        if (size_bytes > 0) {
            bytes[at] ^= (uint8_t)(1U << driver_draw() % 8);
        }
        return size_bytes;
    case 2: /* Cut off. */
        return at;
    case 3: /* A byte more. */
        if (size_bytes < DRIVER_BYTES_MAX) {
            memmove(bytes + at + 1, bytes + at, size_bytes - at);
            bytes[at] = (uint8_t)driver_draw();
            return size_bytes + 1;
        }
        return size_bytes;
    default: /* A byte less. */
        if (size_bytes > 0) {
            memmove(bytes + at, bytes + at + 1, size_bytes - at - 1);
            return size_bytes - 1;
        }
        return 0;
    }
}

static void driver_file(const char *path) {
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    const size_t size_bytes = fread(driver_bytes, 1, DRIVER_BYTES_MAX, file);
    fclose(file);
    driver_files++;
    (void)LLVMFuzzerTestOneInput(driver_bytes, size_bytes);
    driver_state = size_bytes;
    for (unsigned long run = 0; run < driver_runs; run++) {
        memcpy(driver_changed, driver_bytes, size_bytes);
        size_t changed_bytes = size_bytes;
        for (uint64_t changes = 1 + driver_draw() % 8; changes > 0; changes--) {
            changed_bytes = driver_change(driver_changed, changed_bytes);
        }
        (void)LLVMFuzzerTestOneInput(driver_changed, changed_bytes);
    }
}

/* False: it is no folder. */
static bool driver_folder(const char *path) {
    DIR *const folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[DRIVER_PATH_BYTES];
        if (entry->d_name[0] != '.') {
            const int written = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            SPILL_ASSERT(written > 0 && written < DRIVER_PATH_BYTES);
            driver_file(name);
        }
    }
    closedir(folder);
    return true;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0) {
            driver_runs = strtoul(argv[i] + 6, NULL, 10);
        } else if (!driver_folder(argv[i])) {
            driver_file(argv[i]);
        }
    }
    printf("%lu files, each with %lu changes\n", driver_files, driver_runs);
    return driver_files > 0 ? 0 : 2;
}
