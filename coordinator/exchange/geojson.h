/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geojson: a network from GeoJSON (RFC 7946).
 *
 * A FeatureCollection: a Point is a node, a LineString a link. A node's key is its property or
 * member `id`; other properties are name, country, sector, place and people. A link's ends are its
 * properties `from` and `to` (or `source` and `target`), or else the nodes that stand where it
 * begins and ends; `need` says what is supplied, `both_ways` that each needs the other. Links run
 * from the supplier to who needs it.
 */
#ifndef SPILL_GEOJSON_H
#define SPILL_GEOJSON_H

#include "coordinator/exchange/graph.h"

/* Adds what the text holds; `path` is for the words. SPILL_INVALID: error says where, as
 * "path:line:column: …" or "path: features[7]: …". */
SPILL_CHECKED enum spill_status geojson_read(const char *path, const char *bytes, size_t size_bytes,
                                             struct graph *graph, struct spill_error *error);

#endif
