/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphml: a network from GraphML (graphml.graphdrawing.org, 1.0), as networkx, igraph, Gephi and
 * yEd write it; the only includer of libxml2.
 *
 * Nodes and edges of one graph. Attributes are known by their attr.name: name or label, country,
 * sector, place, people, longitude or lon or x, latitude or lat or y; of an edge need. An edge that
 * is not directed needs both ways. Links run from source (the supplier) to target. Ports,
 * hyperedges and graphs inside nodes are refused by their line, and so is a document type: nothing
 * outside the file is ever read.
 */
#ifndef SPILL_GRAPHML_H
#define SPILL_GRAPHML_H

#include "coordinator/exchange/graph.h"

/* Adds what the text holds; `path` is for the words. SPILL_INVALID: error says where, as
 * "path:line: …". */
SPILL_CHECKED enum spill_status graphml_read(const char *path, const char *bytes, size_t size_bytes,
                                             struct graph *graph, struct spill_error *error);

#endif
