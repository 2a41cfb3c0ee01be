/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/team.h"

#include "proto/vocabulary.h"

#ifdef _OPENMP
#include <omp.h>
#endif

void team_set_threads(int threads) {
    SPILL_ASSERT(threads >= 1);
    SPILL_ASSERT(threads <= TEAM_THREADS_MAX);
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
}

int team_threads(void) {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}
