/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why: why an asset is in the state that it is in, and what followed from it: chains of causes,
 * from the asset back to the root, and the tree below it.
 *
 * It takes in an exercise's outputs (live, or from a recording), keeps the causes, and answers
 * questions about any moment since. Answers are plain structs; words in each language come on top
 * (why_print.c). Memory grows with the number of causes. One thread at a time uses it; it borrows
 * the scenario until it is destroyed.
 */
#ifndef SPILL_WHY_H
#define SPILL_WHY_H

#include <stdio.h>

#include "coordinator/exercise/output.h"
#include "proto/words.h"

enum {
    WHY_STEPS_MAX = 64, /* Longer chains lose their middle. */
    WHY_HITS_MAX = 16,  /* Assets named that followed. */
    WHY_NEAREST_MAX = 3,
};

struct why;
SPILL_CHECKED enum spill_status why_create(const struct scenario *scenario, struct why **why);
void why_destroy(struct why **why);

/* Takes an output in; only causes matter. SPILL_MEMORY: it is as before. SPILL_INVALID: the cause
 * does not follow those before it, or names something that the scenario does not have. */
SPILL_CHECKED enum spill_status why_take(struct why *why, const struct output *output);
uint64_t why_cause_count(const struct why *why);

/* One link of a chain: a change of an asset, and what bound it. */
struct why_step {
    uint64_t number; /* Of the cause. */
    uint64_t parent; /* Of the cause that this one follows; 0: the root itself. */
    struct asset_ref asset;
    int64_t at_ms;
    int64_t before_ppm;
    int64_t after_ppm;
    enum limit_kind limit;
    const char *need;          /* LIMIT_NEED: its id in the asset; else "". */
    struct text need_name;     /* LIMIT_NEED; else "". */
    struct asset_ref supplier; /* Of the binding link; NETWORK_NO_INDEX: none (control was lost). */
    int64_t supplier_ppm;      /* The supplier's service in the step before; -1: it is not the cause
                                  (the link was cut). */
    bool backup_ended;         /* A backup of the need had run out, or did not start. */
};

/* Where a chain begins. */
struct why_root {
    const char
        *kind; /* "effect", "campaign", "order", "information", "failure"; "": there is none. */
    const char *id;
    int64_t at_ms;
    struct country_ref country; /* Whose asset it first hit; NETWORK_NO_INDEX: none. */
    size_t asset_count;         /* Assets that it brought below full service by then … */
    size_t country_count;       /* … in so many countries. */
};

struct why_hit {
    struct asset_ref asset;
    int64_t at_ms;      /* First change. */
    int64_t lowest_ppm; /* By the moment asked about. */
    size_t depth;       /* 1: took its supply from the asset itself. */
};

struct why_chain {
    struct asset_ref asset;
    int64_t asked_ms;     /* The moment asked about. */
    int64_t service_ppm;  /* Then. */
    int64_t explained_ms; /* The same; or, when it was whole then, when its service was lowest. */
    int64_t explained_ppm;
    int64_t since_ms;    /* Begin of the loss that is explained; SPILL_NEVER: it never lost any. */
    int64_t restored_ms; /* End of that loss; SPILL_NEVER: not by then. */
    struct why_step steps[WHY_STEPS_MAX]; /* From the root to the asset itself. */
    size_t step_count;
    size_t left_out; /* Steps behind the first half that did not fit. */
    struct why_root root;
    struct why_hit hits[WHY_HITS_MAX]; /* What followed: nearest, then earliest first. */
    size_t hit_count;                  /* In all; named are at most WHY_HITS_MAX. */
    size_t hit_country_count;
    int64_t hit_people; /* Served by the assets hit. */
};

/* Explains an asset at exercise time at_ms (SPILL_NEVER: as far as outputs were taken in). Texts in
 * the chain are borrowed from `why` and its scenario. */
void why_explain(const struct why *why, struct asset_ref asset, int64_t at_ms,
                 struct why_chain *chain);

/* First changes of the assets that followed from the loss that a chain explains, in order of time;
 * the chain was asked of this `why`, which has taken nothing in since. Returns how many there are;
 * at most capacity are filled in. */
size_t why_followed(const struct why *why, const struct why_chain *chain, struct why_step *steps,
                    size_t capacity);

/* The assets whose chains say most about the exercise: that lost much, over borders, far from their
 * root, with many people, of different roots and sectors; most telling first. Returns how many, at
 * most capacity. */
size_t why_telling(const struct why *why, int64_t at_ms, struct asset_ref *assets, size_t capacity);

/* The asset with this id, or, failing that, the only one with this name in any language.
 * SPILL_NOT_FOUND: there is none. */
SPILL_CHECKED enum spill_status why_find(const struct scenario *scenario, const char *name,
                                         struct asset_ref *asset);
/* Ids of assets that look like `name`, best first. Returns how many. */
size_t why_nearest(const struct scenario *scenario, const char *name,
                   const char *nearest[WHY_NEAREST_MAX]);

const struct scenario *why_scenario(const struct why *why);

/* ---- Words ---- */

enum { WHY_COLUMNS = 100 }; /* Lines are broken there, or earlier on a narrow terminal. */

/* The chain in words: what it is, a line or more for each step, what followed. */
void why_print(const struct why *why, const struct why_chain *chain, enum words_language language,
               int columns, FILE *stream);

/* What the model knows besides, now: on which backup until when, repaired until when. Prints
 * nothing when there is nothing. */
void why_print_now(const struct why *why, const struct cascade *cascade, struct asset_ref asset,
                   enum words_language language, int columns, FILE *stream);

/* One step in words, without its time; returns text. */
const char *why_step_words(const struct why *why, const struct why_root *root,
                           const struct why_step *step, enum words_language language, char *text,
                           size_t text_bytes);

/* The chain as one JSON object, without a line's end. */
void why_print_json(const struct why *why, const struct why_chain *chain, FILE *stream);

#endif
