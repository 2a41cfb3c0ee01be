/* SPDX-License-Identifier: Apache-2.0 */
/* The part of format about layers and their edges. */
#include "coordinator/scenario/format_parts.h"

static const struct choice layer_choices[] = {
    {"giant", LAYER_GIANT},           {"source", LAYER_SOURCE},
    {"share_load", LAYER_SHARE_LOAD}, {"betweenness", LAYER_BETWEENNESS},
    {"dc_flow", LAYER_DC_FLOW},       {NULL, 0},
};
static const struct choice transfer_choices[] = {
    {"load", TRANSFER_LOAD}, {"fixed", TRANSFER_FIXED}, {NULL, 0}};
static const struct choice reach_choices[] = {
    {"neighbours", REACH_NEIGHBOURS}, {"group", REACH_GROUP}, {NULL, 0}};

static const struct key layer_key[] = {
    {"kind", TYPE_CHOICE, KEY_REQUIRED, AT(source_layer, spec.kind), .choices = layer_choices,
     .about = "Who works: only the largest connected part; only what is connected to a source; all "
              "but those whose load became too much, where load is handed on, or is that of all "
              "shortest paths; or what direct-current power flow serves."},
    {"sector", TYPE_ID, KEY_REQUIRED, AT(source_layer, spec.sector), .refers = REFERS_SECTOR,
     .about = "Its members are the assets of this sector …"},
    {"tag", TYPE_ID, 0, AT(source_layer, spec.tag), .refers = REFERS_TAG,
     .about = "… that carry this tag. No asset may be in two layers."},
    {"reclose", TYPE_LAW, 0, AT(source_layer, spec.reclose), .initial = "none",
     .about = "Until what tripped closes again; `none`: never."},
    {"tolerance", TYPE_PERCENT, 0, AT(source_layer, spec.tolerance_ppm), .most = 1000 * SPILL_PPM,
     .initial = "0%",
     .about = "`share_load`, `betweenness`: a member bears its load at rest and this share more."},
    {"load", TYPE_AMOUNTS, 0, AT(source_layer, spec.load), .initial = "none",
     .about = "`share_load`: load at rest of a member that says none of its own."},
    {"capacity", TYPE_AMOUNTS, 0, AT(source_layer, spec.capacity), .initial = "none",
     .about = "`share_load`: what a member bears that does not say so; `none`: by tolerance."},
    {"transfer", TYPE_CHOICE, 0, AT(source_layer, spec.transfer), .choices = transfer_choices,
     .initial = "load", .about = "`share_load`: who fails hands on its load, or a fixed amount."},
    {"amount", TYPE_INTEGER, 0, AT(source_layer, spec.amount), .initial = "0",
     .about = "`share_load`: the fixed amount, to each who receives."},
    {"to", TYPE_CHOICE, 0, AT(source_layer, to), .choices = reach_choices, .initial = "neighbours",
     .about = "`share_load`: who receives."},
    {"disturbance", TYPE_INTEGER, 0, AT(source_layer, spec.disturbance), .initial = "0",
     .about = "`share_load`: added to every load at the start."},
    {"trip", TYPE_LAW, 0, AT(source_layer, spec.trip), .initial = "none",
     .about = "`dc_flow`: how long an edge bears more than its limit; `none`: not at all."},
};
const struct keys format_layer =
    KEYS("layer", layer_key, source_layer,
         "What is not local: who fails for want of the others, though it is whole.");

static const struct key edge_key[] = {
    {"from", TYPE_ID, KEY_REQUIRED, AT(source_edge, spec.from), .refers = REFERS_ASSET,
     .about = "A member of a layer."},
    {"to", TYPE_ID, KEY_REQUIRED, AT(source_edge, spec.to), .refers = REFERS_ASSET,
     .about = "Another of the same layer."},
    {"circuit", TYPE_ID, 0, AT(source_edge, spec.circuit), .initial = "1",
     .about = "Tells parallel edges apart."},
    {"line", TYPE_ID, 0, AT(source_edge, spec.line), .refers = REFERS_ASSET,
     .about = "The asset that carries it: while that one fails, the edge is open."},
    {"reactance", TYPE_INTEGER, 0, AT(source_edge, spec.reactance), .least = 1, .most = 1000000000,
     .initial = "1", .about = "`dc_flow`: in any unit, the same for all."},
    {"limit", TYPE_INTEGER, 0, AT(source_edge, spec.limit_w), .initial = "0",
     .about = "`dc_flow`: W; 0: none."},
};
const struct keys format_edges = KEYS("edges.csv", edge_key, source_edge,
                                      "One row a connection between two members of a layer.");
