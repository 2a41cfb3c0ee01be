/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid: a power network of MATPOWER as a network of assets.
 */
#ifndef SPILL_GRID_H
#define SPILL_GRID_H

#include "coordinator/exchange/graph.h"
#include "coordinator/exchange/matpower.h"

/* Buses and generators that are in service become nodes, `bus-5` and `gen-5-1`, and the branches in
 * service, and each generator's own, the branches of a direct-current power flow: what is demanded
 * at a bus is its load, and a generator gives its output. As in a power flow, the first generator
 * at the reference bus gives what the others leave, within what it can. Phase shifts are left out.
 * SPILL_INVALID: a branch has a negative reactance. The sector is the graph's default. */
SPILL_CHECKED enum spill_status grid_read(const struct matpower *matpower, struct graph *graph,
                                          struct spill_error *error);

#endif
