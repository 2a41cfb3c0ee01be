/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team: how many threads the model's parallel loops take.
 *
 * A setting of the calling thread, of which each has its own team (OpenMP's rule). Results never
 * depend on it. In a build without OpenMP there is always one thread.
 */
#ifndef SPILL_TEAM_H
#define SPILL_TEAM_H

#include <stddef.h>

enum { TEAM_THREADS_MAX = 256, TEAM_GRAIN = 4096 };

/* Sets the number of threads of loops that this thread starts from now on, 1 to TEAM_THREADS_MAX.
 */
void team_set_threads(int threads);

/* Rounds of so many assets or more are evaluated by the team, smaller ones by the caller alone; at
 * first TEAM_GRAIN. A setting of the calling thread too. 1 makes even the smallest model prove that
 * the team changes nothing. */
void team_set_grain(size_t assets);
size_t team_grain(void);

/* As set, or as many as the machine offers. */
int team_threads(void);

#endif
