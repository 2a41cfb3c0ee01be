/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph: plain graphs, regular and random, from a seed.
 *
 * Chance is the model's (chance.h), by counter and never by stream, in integers only: the same seed
 * and number give the same graph on every machine. A graph owns its edges and nothing else; it may
 * be read by any number of threads. What the nodes are is for the caller to say.
 */
#ifndef SPILL_GENERATE_GRAPH_H
#define SPILL_GENERATE_GRAPH_H

#include "proto/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

/* Between two different nodes, a < b; no two edges are equal. */
struct graph_edge {
    uint32_t a;
    uint32_t b;
};

struct graph {
    size_t node_count;
    struct graph_edge *edges; /* Rising by a, then b. */
    size_t edge_count;
};

/* Each takes an empty graph and makes it; SPILL_MEMORY leaves it empty. */

/* The uniform random graph of so many edges (Erdos and Renyi), the number-th of the seed. At most
 * half of all pairs may be joined. */
SPILL_CHECKED enum spill_status graph_make_random(struct graph *graph, uint64_t seed,
                                                  uint32_t number, size_t node_count,
                                                  size_t edge_count);
/* rows x columns nodes, row after row, neighbours joined; none along the first and last column. */
SPILL_CHECKED enum spill_status graph_make_lattice(struct graph *graph, size_t rows,
                                                   size_t columns);
/* Each node with the next, the last with the first; at least 3. */
SPILL_CHECKED enum spill_status graph_make_ring(struct graph *graph, size_t node_count);
/* Each node with each other. */
SPILL_CHECKED enum spill_status graph_make_complete(struct graph *graph, size_t node_count);

/* Leaves it empty; an empty graph may be freed. */
void graph_free(struct graph *graph);

#endif
