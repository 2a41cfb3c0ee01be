/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_pages: the two pages of an exercise that `run` plays: told to who runs it, and opened where
 * there is a desktop. Called by main's thread.
 */
#ifndef RUN_PAGES_H
#define RUN_PAGES_H

#include <jansson.h>

#include "coordinator/commands/run_parts.h"

enum { RUN_PAGES_BYTES = 512 };

/* Addresses with their tokens; "": there is no such page. */
struct run_pages {
    char control[RUN_PAGES_BYTES];
    char situation[RUN_PAGES_BYTES];
};

/* From the coordinator's ready line. */
void run_pages_read(const json_t *ready, struct run_pages *pages);

/* Prints both, unless the run is quiet or for programs; opens the director's page where people sit
 * at a desktop, want it, and have time to look. */
void run_pages_tell(const struct run_pages *pages, const struct run_arguments *arguments);

#endif
