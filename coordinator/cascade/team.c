/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/team.h"

#include "proto/vocabulary.h"

#ifdef _OPENMP
#include <omp.h>
#endif

static _Thread_local size_t team_grain_now = TEAM_GRAIN;

void team_set_grain(size_t assets) {
    SPILL_ASSERT(assets >= 1);
    team_grain_now = assets;
}

size_t team_grain(void) {
    return team_grain_now;
}

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
