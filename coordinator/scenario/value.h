/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: the scalars of the format, from text: percentages, durations, laws, choices and so on.
 *
 * Pure functions of a key of the format and a text; what they keep they put into the caller's
 * arena. Any thread.
 */
#ifndef SPILL_VALUE_H
#define SPILL_VALUE_H

#include "coordinator/scenario/arena.h"
#include "coordinator/scenario/format.h"

/* What is wrong with a text, and where in it. */
struct value_fault {
    bool structural; /* A schema sees it, too. */
    size_t offset_bytes;
    size_t length_bytes;
    struct spill_error error;
};

/* Parses text for a key into the struct at `into`. SPILL_INVALID: *fault says why; nothing was
 * written. Lists of ids are split at blanks. Texts are borrowed, not copied. */
SPILL_CHECKED enum spill_status value_parse(const struct key *key, const char *text, void *into,
                                            struct arena *arena, struct value_fault *fault);

#endif
