/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child_inbox: puts sample messages into an inbox until somebody kills it.
 *
 *     child_inbox FILE SEED
 *
 * Prints a line with the durable sequence of what was received after each commit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/nodes/sample.h"

int main(int argc, char **argv) {
    if (argc != 3) {
        return 64;
    }
    const struct inbox_options options = sample_options(argv[1], NULL);
    struct inbox *inbox = NULL;
    struct spill_error error = {{0}};
    if (inbox_open(&options, &inbox, &error) != SPILL_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 70;
    }
    unsigned long long state = strtoull(argv[2], NULL, 10);
    for (;;) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        for (unsigned i = 0; i <= (state >> 33) % 10; i++) {
            if (sample_append(inbox, INBOX_RECEIVED, &error) != SPILL_OK ||
                sample_append(inbox, INBOX_SENT, &error) != SPILL_OK) {
                return 71;
            }
        }
        if (inbox_commit(inbox, &error) != SPILL_OK) {
            return 72;
        }
        char line[32];
        const int line_bytes =
            snprintf(line, sizeof line, "%llu\n",
                     (unsigned long long)inbox_durable(inbox, INBOX_RECEIVED).position.sequence);
        if (write(STDOUT_FILENO, line, (size_t)line_bytes) != line_bytes) {
            return 73;
        }
    }
}
