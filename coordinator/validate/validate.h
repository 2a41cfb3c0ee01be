/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate: published results of classical models, computed again by this engine under settings.
 *
 * Every classical model is a setting of the cascade (a network, laws, layers, an action), built in
 * memory and run by the same code that runs a scenario; nothing here computes a cascade by itself.
 * Beside each number stands the published one or that of a closed form. A law may be asked for any
 * point, not only for the published ones. Called by one thread, which OpenMP helps; the numbers do
 * not depend on how many threads there are.
 */
#ifndef SPILL_VALIDATE_H
#define SPILL_VALIDATE_H

#include "proto/vocabulary.h"
#include "proto/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VALIDATE_NAME_BYTES = 96,
    VALIDATE_TEXT_BYTES = 48,
    VALIDATE_PARAMETERS_MAX = 8, /* Of one law. */
    VALIDATE_THREADS_MAX = 256,
};

/* One number beside what it should be. */
struct validate_row {
    char name[VALIDATE_NAME_BYTES]; /* "watts z=4 size" */
    bool known;                     /* There is something that it should be. */
    double expected;
    double computed;
    double allowance; /* How far off it may be: four standard errors and what the law allows. */
    double error;     /* One standard error; 0: no chance in it. */
    bool pass;        /* True when nothing is known. */
    double seconds;
    bool is_text; /* The value is a text, not a number. */
    char expected_text[VALIDATE_TEXT_BYTES];
    char computed_text[VALIDATE_TEXT_BYTES];
};

/* Called for each row as soon as it is there. */
typedef void (*validate_row_fn)(const struct validate_row *row, void *context);
/* Called now and then; `share` of what is running is done, 0 to 1. False ends the run. */
typedef bool (*validate_progress_fn)(const char *name, double share, void *context);

enum validate_type {
    VALIDATE_WHOLE,
    VALIDATE_REAL,
    VALIDATE_WORD, /* Text. */
    VALIDATE_FILE, /* Text, given as an argument rather than an option. */
};

/* What one law may be asked: "--degree 4". */
struct validate_parameter {
    const char *name;
    enum validate_type type;
    double least;
    double most;
    double initial; /* NaN: must be given; ignored for words. */
    enum words_key about;
};

/* The value of each of a law's parameters, in their order. */
struct validate_value {
    double number; /* NaN: not given. */
    const char *text;
};

struct validate_law {
    const char *name; /* "watts" */
    enum words_key about;
    const struct validate_parameter *parameters;
    size_t parameter_count;
};

/* In the order of the table; borrowed for ever. */
const struct validate_law *const *validate_laws(size_t *count);

struct validate_world;

struct validate_options {
    uint64_t seed;
    int threads;       /* 0: as many as there are. */
    uint64_t nodes;    /* 0: as the law likes it. */
    uint64_t replicas; /* 0: likewise. */
    validate_row_fn on_row;
    validate_progress_fn on_progress; /* May be NULL. */
    void *context;
    /* For tests: spoils a setting of each network before it is made, so that its rows must fail.
     * Called by several threads. NULL: none. */
    void (*spoil)(struct validate_world *world);
};

/* Every row of the table of published results. SPILL_INTERRUPTED when on_progress said so. */
SPILL_CHECKED enum spill_status validate_all(const struct validate_options *options,
                                             struct spill_error *error);

/* One point of one law; `values` in the order of its parameters. SPILL_INVALID, with words, for
 * values that make no sense together, or a file that cannot be read. */
SPILL_CHECKED enum spill_status validate_point(const struct validate_options *options,
                                               const struct validate_law *law,
                                               const struct validate_value *values,
                                               struct spill_error *error);

#endif
