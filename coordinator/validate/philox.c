/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Philox4x32-10: known answers of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3", 2011.
 */
#include <inttypes.h>
#include <stdio.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/validate/validate_parts.h"

const struct validate_law validate_philox_law = {.name = "philox",
                                                 .about = WORDS_VALIDATE_LAW_PHILOX};

static void validate_philox_words(struct validate_run *run, const char *name, uint32_t value,
                                  const char *expected) {
    const uint32_t counter[4] = {value, value, value, value};
    const uint32_t key[2] = {value, value};
    uint32_t words[4];
    char text[VALIDATE_TEXT_BYTES];
    chance_philox(counter, key, words);
    snprintf(text, sizeof text, "%08" PRIx32 " %08" PRIx32 " %08" PRIx32 " %08" PRIx32, words[0],
             words[1], words[2], words[3]);
    validate_report_text(run, name, expected, text);
}

void validate_philox_all(struct validate_run *run) {
    validate_philox_words(run, "philox counter 0, key 0", 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
    validate_philox_words(run, "philox all ones", UINT32_MAX,
                          "408f276d 41c83b0e a20bc7c6 6d5451fd");
}

void validate_philox_point(struct validate_run *run, const struct validate_value *values) {
    (void)values;
    validate_philox_all(run);
}
