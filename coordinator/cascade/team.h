/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team: how many threads the model's parallel loops take.
 *
 * A setting of the calling thread, of which each has its own team (OpenMP's rule). Results never
 * depend on it. In a build without OpenMP there is always one thread.
 */
#ifndef SPILL_TEAM_H
#define SPILL_TEAM_H

enum { TEAM_THREADS_MAX = 256 };

/* Sets the number of threads of loops that this thread starts from now on, 1 to TEAM_THREADS_MAX.
 */
void team_set_threads(int threads);

/* As set, or as many as the machine offers. */
int team_threads(void);

#endif
