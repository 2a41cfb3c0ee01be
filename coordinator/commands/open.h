/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open: what every command that takes a SCENARIO does with it: reads the package, checks it and the
 * team that is to play it, and says what is wrong.
 */
#ifndef OPEN_H
#define OPEN_H

#include "coordinator/scenario/scenario.h"

/* Reads and checks the package in `folder`. Faults go to standard error as `check` prints them,
 * warnings only by `check`. On SPILL_EXIT_OK the caller frees both; otherwise neither is made. */
enum spill_exit open_scenario(const char *folder, struct package **package,
                              struct scenario **scenario);

/* Whether some cell of the scenario has a policy of this name ("passive" needs none). If not, says
 * so, names those that there are, and gives SPILL_EXIT_USAGE. */
enum spill_exit open_team(const struct scenario *scenario, const char *team);

#endif
