/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_household: what the processes of one `spillover run` share while it lasts: a folder of their
 * own (mode 0700) with a key for each cell, the roster that names them, inboxes and a log; and the
 * leash, a pipe that breaks when the process that started them is gone. Called by main's thread.
 */
#ifndef RUN_HOUSEHOLD_H
#define RUN_HOUSEHOLD_H

#include "coordinator/control/roster.h"
#include "coordinator/world/script.h"

enum { RUN_HOUSEHOLD_PATH_BYTES = 1024 };

struct run_household {
    char folder[RUN_HOUSEHOLD_PATH_BYTES]; /* "": there is none. */
    int leash[2];                          /* Children read from the first. */
    int null, log;
};

/* Makes it, in TMPDIR or /tmp. The key of the cell `people` (may be NULL) is for people, the others
 * for robots. On failure nothing is left behind. */
SPILL_CHECKED enum spill_status run_household_open(struct run_household *household,
                                                   const struct script *script, const char *people,
                                                   struct spill_error *error);
/* Removes the folder with all that is in it. */
void run_household_close(struct run_household *household);

/* The path of a file in it; returns path. */
const char *run_household_path(const struct run_household *household, const char *name,
                               const char *ending, char path[RUN_HOUSEHOLD_PATH_BYTES]);

/* The last complaint in the log; false: there is none. */
bool run_household_last_words(const struct run_household *household, char *text,
                              size_t capacity_bytes);

#endif
