/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_parts: what the two forms of `spillover run` share: one process for all (run.c), or one for
 * the coordinator and one for each cell (run_apart.c). Called by main's thread.
 */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include <stdio.h>

#include "coordinator/commands/summary.h"
#include "coordinator/control/mirror.h"
#include "coordinator/control/seats.h"
#include "coordinator/control/why.h"

enum { RUN_PATH_BYTES = 512, RUN_FRAME_MS = 40 };

struct run_arguments {
    const char *scenario;
    const char *record;
    const char *team; /* NULL: the default. */
    const char *play; /* The cell where people sit; NULL: none. */
    int64_t speed; /* Exercise seconds a wall second; 0: as fast as it goes; -1: the scenario's. */
    uint64_t seed;
    bool seed_given;
    bool json;
    bool quiet;
    bool here;    /* All in this process. */
    bool browser; /* Open the pages where there is a desktop. */
    int ready;    /* Descriptor for the line that says where the coordinator is; -1: none. */
};

/* What is told of the exercise while it runs. */
struct run_watch {
    FILE *lines; /* The story, until what it tells is durable; NULL: it is not told. */
    char *text;
    size_t text_bytes;
    struct story *story;
    struct why *why;
    bool forgetful; /* Memory ended: the chains at the end may lack causes. */
};

/* Everything that a run holds. */
struct run {
    const struct run_arguments *arguments;
    const struct package *package;
    const struct scenario *scenario;
    const char *record_path;
    struct story_options story_options;
    struct run_watch watch;
    struct seats *seats;     /* Here: the robots, */
    struct session *session; /* and what drives them. */
    struct mirror *mirror;   /* Apart: the exercise as the coordinator recorded it. */
};

int64_t run_wall_ms(void);
/* Takes an output in; the watch as context. */
void run_take(const struct output *output, void *watch);
/* Prints what the story has told since the last time. */
void run_show(struct run_watch *watch);
/* The line of how things stand, where there is a terminal. */
void run_progress(struct run *run, const struct exercise *exercise);

/* Plays it with a process for the coordinator and one for each cell, to the end. */
enum spill_exit run_apart(struct run *run);

#endif
