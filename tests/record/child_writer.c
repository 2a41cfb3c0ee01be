/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child_writer: adds sample records to a recording until somebody kills it.
 *
 *     child_writer FILE SEED
 *
 * Makes FILE, or goes on with it; prints a line with the durable sequence after each commit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/record/sample.h"

/* Appends the record that its sequence asks for, and says so. */
static bool child_append(struct recording *recording, uint64_t sequence) {
    enum spill_status status = SPILL_OK;
    return sample_append(recording, sequence, &status) == sequence && status == SPILL_OK;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        return 64;
    }
    const struct recording_options options = sample_options(NULL);
    const struct recording_meta meta = sample_meta();
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status =
        access(argv[1], F_OK) == 0
            ? recording_open(argv[1], RECORDING_RESUME, &options, &recording, &error)
            : recording_create(argv[1], &meta, sample_files, SAMPLE_FILES, &options, &recording,
                               &error);
    if (status != SPILL_OK) {
        fprintf(stderr, "%s\n", error.text);
        return (int)status;
    }
    unsigned long long state = strtoull(argv[2], NULL, 10);
    for (;;) {
        uint64_t durable = recording_durable(recording);
        state = state * 6364136223846793005u + 1442695040888963407u;
        const uint64_t last = durable + 1 + (state >> 33) % 40;
        while (durable < last) {
            durable++;
            if (!child_append(recording, durable)) {
                return 70;
            }
        }
        if (recording_commit(recording, (int64_t)last * 1000000, SAMPLE_UTC_US, &durable, &error) !=
            SPILL_OK) {
            fprintf(stderr, "%s\n", error.text);
            return 71;
        }
        char line[32];
        const int line_bytes = snprintf(line, sizeof line, "%llu\n", (unsigned long long)durable);
        if (write(STDOUT_FILENO, line, (size_t)line_bytes) != line_bytes) {
            return 72;
        }
        if ((state >> 20) % 16 == 0) {
            recording_checkpoint(recording);
        }
    }
}
