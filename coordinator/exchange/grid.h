/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid: a power network of MATPOWER as a network of assets.
 */
#ifndef SPILL_GRID_H
#define SPILL_GRID_H

#include "coordinator/exchange/graph.h"
#include "coordinator/exchange/matpower.h"

/* Buses and generators that are in service become nodes, `bus-5` and `gen-5-1`; a generator feeds
 * its bus, and buses joined by a branch in service feed each other. What flows is not in such a
 * graph: it says who can be fed at all. The sector is the graph's default. */
SPILL_CHECKED enum spill_status grid_read(const struct matpower *matpower, struct graph *graph,
                                          struct spill_error *error);

#endif
