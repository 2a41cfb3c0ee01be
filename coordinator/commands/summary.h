/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary: what is left to say when an exercise has ended: what failed where, when and why; people
 * without each service by country; injects, answers and orders; the spillover matrix; what it would
 * have been without decisions.
 *
 * Reads a finished exercise and its story; prints text in 100 columns at most, or one JSON object.
 * Called by main's thread.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "coordinator/commands/story.h"

enum { SUMMARY_ASSETS = 12 };

struct summary_input {
    const struct scenario *scenario;
    const struct exercise *exercise;
    const struct story *story;
    const struct cascade
        *compared; /* The same seed with another team, to the same time; NULL: not compared. */
    const char *team;
    const char *compared_team;
    enum language language;
    int columns;
    bool colours;
};

void summary_print(FILE *stream, const struct summary_input *input);

/* What `run --json` prints; the recording's path may be NULL. */
struct summary_run {
    const char *recording;
    uint64_t seed;
    uint64_t input_count;
    int64_t wall_ms;
    uint8_t digest[CASCADE_DIGEST_BYTES];
};
void summary_print_json(FILE *stream, const struct summary_input *input,
                        const struct summary_run *run);

/* The assets that failed and lost most, at most capacity, by their share of all person-hours and of
 * all value lost. Returns their number. */
size_t summary_worst(const struct summary_input *input, struct asset_ref *assets, size_t capacity);

#endif
