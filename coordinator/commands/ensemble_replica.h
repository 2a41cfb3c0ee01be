/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ensemble_replica: one replica of an ensemble run again alone, with what failed when and why.
 * Called by main's thread.
 */
#ifndef ENSEMBLE_REPLICA_H
#define ENSEMBLE_REPLICA_H

#include "coordinator/ensemble/ensemble.h"
#include "coordinator/scenario/scenario.h"

struct ensemble_replica_options {
    const struct scenario *scenario;
    const struct ensemble_options *ensemble; /* The experiment. */
    uint32_t replica;
    bool causes; /* Every change, not only the first failure of each asset. */
    bool json;
    enum language language;
    bool colours;
};

/* Runs it and prints to standard output. */
SPILL_CHECKED enum spill_status
ensemble_replica_print(const struct ensemble_replica_options *options);

#endif
