/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: an exercise as lines of text: what a visitor reads while it unfolds, and what remains to
 * be said at the end.
 *
 * It takes an exercise's outputs in order (live or replayed), prints the notable ones, many of a
 * kind in one tick as one line, and keeps counts and first failures for the summary. It allocates
 * when created; called by main's thread only.
 */
#ifndef STORY_H
#define STORY_H

#include <stdio.h>

#include "coordinator/exercise/exercise.h"

struct story;

struct story_options {
    const struct scenario *scenario; /* Kept until the story is destroyed. */
    enum language language;
    FILE *stream; /* NULL: nothing is printed while it unfolds. */
    bool colours;
    int columns;
};

SPILL_CHECKED enum spill_status story_create(const struct story_options *options,
                                             struct story **story);
void story_destroy(struct story **story);

/* Takes an output in; `story` as context of session_options.on_output. */
void story_take(const struct output *output, void *story);

/* Prints what is still held back of the last tick. */
void story_flush(struct story *story);

/* One line of where things stand, for the progress line: failed assets, people without service,
 * injects sent. */
void story_status(const struct story *story, const struct exercise *exercise, char *text,
                  size_t text_bytes);

/* What an asset's first failure was, as its cause record said. */
struct story_failure {
    int64_t at_ms; /* SPILL_NEVER: it did not fail. */
    enum limit_kind limit;
    const char *need; /* Id; "" where there is none, as below. */
    const char *supplier;
    const char *root_kind;
    const char *root_id;
    const char *root_country;
};
struct story_failure story_failure(const struct story *story, struct asset_ref asset);

/* People in a country without a sector's service: when most were (since the story began). */
int64_t story_worst_without(const struct story *story, struct country_ref country,
                            struct sector_ref sector);

struct story_counts {
    size_t released;   /* Injects. */
    size_t answered;   /* Answers of cells. */
    size_t answerable; /* Answers asked for. */
    size_t acknowledged;
    size_t orders;
    size_t refused_orders;
    size_t fired;
    size_t met, late, missed, not_observed;
};
struct story_counts story_counts(const struct story *story);

#endif
