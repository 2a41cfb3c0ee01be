/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph: a network from somewhere else, on its way to a scenario package.
 *
 * Readers (geojson.h, graphml.h, edge_list.h, grid.h) fill one in:
 * nodes with names and places, and who supplies whom. What the source says in words of its own
 * becomes an id that the format takes; nothing is guessed beyond that: what a node lacks is taken
 * from struct graph_defaults. graph_write makes the package. One thread at a time; memory grows
 * with the graph, up to the limits of the format.
 */
#ifndef SPILL_GRAPH_H
#define SPILL_GRAPH_H

#include "proto/vocabulary.h"

enum {
    GRAPH_FILE_BYTES_MAX = 256 << 20, /* A file that is read whole. */
    GRAPH_TEXT_BYTES = 256,           /* Of a name, with its NUL; longer ones are cut. */
};

#define GRAPH_POWER_MAX_W INT64_C(1000000000000)

/* What nodes have that the source does not say. */
struct graph_defaults {
    const char *country;    /* An id; NULL: the source must say it. */
    const char *sector;     /* Likewise. */
    const char *aggregator; /* Of every need: "any", "all" or "share". */
};

/* Texts are borrowed for the call; NULL: the source does not say. */
struct graph_node {
    const char *key; /* As the source names it; unique. */
    const char *name;
    const char *country;
    const char *sector;
    const char *place;
    int64_t people;
    bool located;
    double longitude; /* Degrees, WGS 84. */
    double latitude;
    int64_t load_w; /* Of a power grid; at most GRAPH_POWER_MAX_W each. */
    int64_t generation_w;
    int64_t capacity_w;
};

/* A branch of a power grid. */
struct graph_branch {
    const char *from;
    const char *to;
    int64_t reactance; /* In any unit, the same for all; 1 to 10^9. */
    int64_t limit_w;   /* 0: none. */
};

struct graph_link {
    const char *from; /* Keys: the supplier … */
    const char *to;   /* … and who needs it. */
    const char *need; /* NULL: the supplier's sector. */
    bool both_ways;   /* Each needs the other. */
};

struct graph;

/* The defaults' texts are copied. */
SPILL_CHECKED enum spill_status graph_create(const struct graph_defaults *defaults,
                                             struct graph **graph);
void graph_destroy(struct graph **graph);

/* SPILL_INVALID (error says what, without a place): it lacks country or sector, or a number is out
 * of range. SPILL_LIMIT: too many. */
SPILL_CHECKED enum spill_status graph_add_node(struct graph *graph, const struct graph_node *node,
                                               struct spill_error *error);
/* The ends may come later; graph_check finds those that never did. Links that are there already,
 * and those from a node to itself, count once in graph_dropped and are left out. */
SPILL_CHECKED enum spill_status graph_add_link(struct graph *graph, const struct graph_link *link,
                                               struct spill_error *error);
/* Makes a power grid of the graph: its nodes become members of a layer of power flow. Their sector
 * must be one. */
SPILL_CHECKED enum spill_status
graph_add_branch(struct graph *graph, const struct graph_branch *branch, struct spill_error *error);
/* Makes nodes of all keys that only links name, with what the defaults say. */
SPILL_CHECKED enum spill_status graph_add_ends(struct graph *graph, struct spill_error *error);
/* Once everything is in. SPILL_INVALID: there is no node, two have one key, or a link's end is not
 * there. */
SPILL_CHECKED enum spill_status graph_check(struct graph *graph, struct spill_error *error);

size_t graph_node_count(const struct graph *graph);
size_t graph_link_count(const struct graph *graph); /* After graph_check. */
size_t graph_dropped(const struct graph *graph);

/* What the package says of itself. */
struct graph_package {
    const char *folder; /* Is made; its last part is the scenario's id. */
    const char *title;
    const char *source; /* The file that it came from, for the notice. */
};

/* Writes a package that `check` takes: scenario.yaml, assets.csv, links.csv, and edges.csv if it
 * has branches. The graph was checked. SPILL_EXISTS: the folder is there already; SPILL_INVALID:
 * its last part is no id; SPILL_IO. On failure nothing is left behind. */
SPILL_CHECKED enum spill_status graph_write(const struct graph *graph,
                                            const struct graph_package *package,
                                            struct spill_error *error);

#endif
