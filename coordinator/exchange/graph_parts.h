/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph_parts: the inside of a graph, for graph.c, which makes it, and graph_write.c.
 */
#ifndef SPILL_GRAPH_PARTS_H
#define SPILL_GRAPH_PARTS_H

#include "coordinator/exchange/graph.h"

struct graph_node_kept {
    char *key;
    char *name;
    char *place;
    char id[SPILL_ID_BYTES_MAX + 1]; /* After graph_check. */
    uint32_t country;
    uint32_t sector;
    int64_t people;
    bool located;
    double longitude;
    double latitude;
    int64_t load_w;
    int64_t generation_w;
    int64_t capacity_w;
};

struct graph_branch_kept {
    char *from_key;
    char *to_key;
    uint32_t from; /* After graph_check. */
    uint32_t to;
    int64_t reactance;
    int64_t limit_w;
};

struct graph_link_kept {
    char *from_key; /* NULL in the second half of a link both ways. */
    char *to_key;
    char need[SPILL_ID_BYTES_MAX + 1]; /* "" until graph_check: the supplier's sector. */
    uint32_t from;                     /* After graph_check. */
    uint32_t to;
    bool both_ways;
};

struct graph_key {
    const char *key;
    uint32_t node;
};

/* Ids of countries or sectors, numbered as they came. */
struct graph_names {
    char ids[SPILL_COUNTRIES_MAX][SPILL_ID_BYTES_MAX + 1];
    uint32_t count;
    uint32_t max;
};
_Static_assert((int)SPILL_SECTORS_MAX <= (int)SPILL_COUNTRIES_MAX, "sectors have room");

struct graph {
    char country[SPILL_ID_BYTES_MAX + 1]; /* Defaults; "": none. */
    char sector[SPILL_ID_BYTES_MAX + 1];
    char aggregator[SPILL_ID_BYTES_MAX + 1];
    struct graph_names countries;
    struct graph_names sectors;
    struct graph_node_kept *nodes;
    size_t node_count;
    size_t node_capacity;
    struct graph_link_kept *links; /* After graph_check by supplier, customer and need. */
    size_t link_count;
    size_t link_capacity;
    struct graph_branch_kept *branches;
    size_t branch_count;
    size_t branch_capacity;
    size_t dropped;
    struct graph_key *by_key; /* After graph_check. */
};

#endif
