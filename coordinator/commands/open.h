/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open: what every command that takes a SCENARIO does with it: reads the package, checks it and the
 * team that is to play it, and says what is wrong.
 */
#ifndef OPEN_H
#define OPEN_H

#include "coordinator/scenario/scenario.h"
#include "proto/words.h"

/* Reads and checks the package in `folder`. Faults go to standard error as `check` prints them,
 * warnings only by `check`. On SPILL_EXIT_OK the caller frees both; otherwise neither is made. */
enum spill_exit open_scenario(const char *folder, struct package **package,
                              struct scenario **scenario);

/* Whether some cell of the scenario has a policy of this name ("passive" needs none). If not, says
 * so, names those that there are, and gives SPILL_EXIT_USAGE. */
enum spill_exit open_team(const struct scenario *scenario, const char *team);

/* The team that plays when none is named: "doctrine" where some cell has such a policy, else
 * "passive". */
const char *open_default_team(const struct scenario *scenario);

/* Whether a time that an option gave is not after end_ms. If it is, says so with these words
 * (places: option, time, end) and gives SPILL_EXIT_USAGE. */
enum spill_exit open_time(enum words_key beyond, const char *option, int64_t time_ms,
                          int64_t end_ms);

#endif
