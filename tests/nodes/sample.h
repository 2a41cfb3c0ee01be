/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample: messages that follow from their numbers, for tests of the inbox. Header only.
 */
#ifndef SPILL_TEST_NODES_SAMPLE_H
#define SPILL_TEST_NODES_SAMPLE_H

#include <string.h>

#include "nodes/inbox.h"

enum { SAMPLE_BYTES = 6000, SAMPLE_BOOT = 1000 };

static const uint8_t sample_exercise[FRAME_EXERCISE_BYTES] = "an exercise 0001";

static inline struct inbox_options sample_options(const char *path, const char *vfs) {
    return (struct inbox_options){.path = path,
                                  .vfs = vfs,
                                  .cell = "nl-csirt",
                                  .exercise = sample_exercise,
                                  .first_boot = SAMPLE_BOOT};
}

/* Some are empty, some take more than a page. */
static inline size_t sample_message(enum inbox_log log, uint64_t sequence,
                                    uint8_t bytes[SAMPLE_BYTES]) {
    const size_t size_bytes =
        sequence % 7 == 0 ? SAMPLE_BYTES : (size_t)(sequence * 37 + (uint64_t)log) % 300;
    for (size_t i = 0; i < size_bytes; i++) {
        bytes[i] = (uint8_t)(sequence * 31 + i * 7 + (uint64_t)log);
    }
    return size_bytes;
}

SPILL_CHECKED static inline enum spill_status sample_append(struct inbox *inbox, enum inbox_log log,
                                                            struct spill_error *error) {
    uint8_t bytes[SAMPLE_BYTES];
    const size_t size_bytes = sample_message(log, inbox_position(inbox, log).sequence + 1, bytes);
    return inbox_append(inbox, log, bytes, size_bytes, NULL, error);
}

#endif
