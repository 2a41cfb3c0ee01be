/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oracle_layers: what the kinds of layers share among themselves; only they include it.
 */
#ifndef SPILL_ORACLE_LAYERS_H
#define SPILL_ORACLE_LAYERS_H

#include "tests/oracle/oracle_rules.h"

/* An edge that is not tripped and whose line works; and one whose ends are up, too. */
bool oracle_edge_works(const struct oracle_edge *edge);
bool oracle_edge_closed(const struct oracle_edge *edge);
/* The root of the layer, made if it has none. */
struct oracle_root *oracle_layer_root(struct oracle *oracle, struct oracle_layer *layer);
/* For each member a number that those connected by closed edges share; freed by the caller. */
size_t *oracle_parts(const struct oracle_layer *layer);
void oracle_member_trip(struct oracle *oracle, struct oracle_asset *asset);
void oracle_edge_trip(struct oracle *oracle, struct oracle_edge *edge);

/* The rules of the kinds that compute loads. */
void oracle_share_load(struct oracle *oracle, struct oracle_layer *layer);
void oracle_betweenness(struct oracle *oracle, struct oracle_layer *layer);
void oracle_dc_flow(struct oracle *oracle, struct oracle_layer *layer);

#endif
