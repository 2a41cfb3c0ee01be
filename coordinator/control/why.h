/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why: why an asset is in the state that it is in, and what followed from it: chains of causes,
 * from the asset back to the root, and the tree below it.
 *
 * It takes in an exercise's outputs (live, or from a recording), keeps the causes and who gave
 * which order, and answers questions about any moment since. Answers are plain structs; words in
 * each language come on top. Memory grows with the number of causes. One thread at a time uses it;
 * it borrows the scenario until it is destroyed.
 */
#ifndef SPILL_WHY_H
#define SPILL_WHY_H

#include <stdio.h>

#include "coordinator/exercise/output.h"
#include "proto/words.h"

enum {
    WHY_STEPS_MAX = 64, /* Longer chains lose their middle. */
    WHY_HITS_MAX = 16,  /* Assets named that it took down. */
    WHY_NEAREST_MAX = 3,
};

struct why;
SPILL_CHECKED enum spill_status why_create(const struct scenario *scenario, struct why **why);
void why_destroy(struct why **why);

/* Takes an output in; only causes and orders matter. SPILL_MEMORY leaves it as it was. */
SPILL_CHECKED enum spill_status why_take(struct why *why, const struct output *output);
uint64_t why_cause_count(const struct why *why);

/* One link of a chain: a change of an asset, and what bound it. */
struct why_step {
    struct asset_ref asset;
    int64_t at_ms;
    int64_t before_ppm;
    int64_t after_ppm;
    enum limit_kind limit;
    struct need_ref need;      /* LIMIT_NEED; else NETWORK_NO_INDEX. */
    struct asset_ref supplier; /* Of the binding link; NETWORK_NO_INDEX: none (control was lost). */
    bool backup_ended;         /* A backup of the need had run out, or did not start. */
    int64_t after_ms; /* So long after the step before it in the chain; -1 for the first. */
};

/* Where a chain begins. */
struct why_root {
    const char *kind; /* "effect", "campaign", "order", "information"; "": there is none. */
    const char *id;
    int64_t at_ms;
    struct country_ref country; /* Whose asset was first hit; NETWORK_NO_INDEX: none. */
    struct cell_ref cell;       /* An order's giver; NETWORK_NO_INDEX: not known. */
    size_t asset_count;         /* Assets that this root brought below full service by then … */
    size_t country_count;       /* … in so many countries. */
};

struct why_hit {
    struct asset_ref asset;
    int64_t at_ms; /* First change. */
    int64_t lowest_ppm;
    size_t depth; /* 1: took its supply from the asset itself. */
};

struct why_chain {
    struct asset_ref asset;
    int64_t asked_ms;     /* The moment asked about. */
    int64_t explained_ms; /* The moment explained: the same, or the worst of its last loss when it
                             was whole again by then. */
    int64_t service_ppm;  /* At the moment asked about. */
    int64_t since_ms; /* Begin of the explained loss of service; SPILL_NEVER: it never lost any. */
    int64_t restored_ms;                  /* When it was whole again; SPILL_NEVER: not by then. */
    struct why_step steps[WHY_STEPS_MAX]; /* From the root to the asset itself. */
    size_t step_count;
    size_t left_out; /* Steps behind the first half that did not fit. */
    struct why_root root;
    struct why_hit hits[WHY_HITS_MAX]; /* What followed from this asset's loss: nearest, then
                                          earliest first. */
    size_t hit_count;                  /* In all; named are at most WHY_HITS_MAX. */
    size_t hit_countries;
    int64_t hit_people; /* People served by the assets hit. */
};

/* Explains an asset at exercise time at_ms (SPILL_NEVER: as far as outputs were taken in). */
void why_explain(const struct why *why, struct asset_ref asset, int64_t at_ms,
                 struct why_chain *chain);

/* The assets whose chains say most about the exercise: failed ones, far from their root, over
 * borders, with many people, different in sector; most telling first. Returns how many, at most
 * capacity. */
size_t why_telling(const struct why *why, int64_t at_ms, struct asset_ref *assets, size_t capacity);

/* Ids of assets that look like `name`, best first. Returns how many. */
size_t why_nearest(const struct scenario *scenario, const char *name,
                   const char *nearest[WHY_NEAREST_MAX]);

/* The chain in words, one line a step; lines end with '\n'. */
void why_print(const struct why *why, const struct why_chain *chain, enum words_language language,
               FILE *stream);
/* One JSON object, without a line's end. */
void why_print_json(const struct why *why, const struct why_chain *chain, FILE *stream);

#endif
