/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edge_list: a network from tables of comma-separated values: one of nodes, one of links, or both.
 *
 * A table with the columns `from` and `to` (or `source`/`target`, `supplier`/`asset`) is one of
 * links, with `need` and `both_ways` if it likes; one with `id` is one of nodes, with name,
 * country, sector, place, people, longitude or lon, latitude or lat. Nodes that only links name get
 * what the defaults say. UTF-8, `,` or `;`, as in scenario packages.
 */
#ifndef SPILL_EDGE_LIST_H
#define SPILL_EDGE_LIST_H

#include "coordinator/exchange/graph.h"

/* Adds what the table holds; `path` is for the words. SPILL_INVALID: error says where, as
 * "path:line:column: …". */
SPILL_CHECKED enum spill_status edge_list_read(const char *path, const char *bytes,
                                               size_t size_bytes, struct graph *graph,
                                               struct spill_error *error);

#endif
