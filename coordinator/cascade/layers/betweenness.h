/* SPDX-License-Identifier: Apache-2.0 */
/*
 * betweenness: the load of shortest paths on the members of a layer; for the files of this folder
 * and its parent only.
 *
 * A room belongs to whoever computes, so that networks may be read by any number of threads.
 */
#ifndef SPILL_BETWEENNESS_H
#define SPILL_BETWEENNESS_H

#include "coordinator/cascade/network_parts.h"

struct cascade;

/* What a computation needs, by node of the network. */
struct betweenness_room {
    double *paths; /* Shortest paths from where the walk began. */
    double *depends;
    double *sums; /* Twice the load, in paths. */
    uint32_t *distances;
    uint32_t *queue;
};

SPILL_CHECKED enum spill_status betweenness_room_open(struct betweenness_room *room,
                                                      size_t node_count);
void betweenness_room_close(struct betweenness_room *room);

/* Computes the loads of a layer's members, with what is down and open in a trajectory; NULL: at
 * rest. */
void betweenness_find(const struct network *network, const struct cascade *cascade, uint32_t layer,
                      const struct betweenness_room *room);

/* The load that was found, in millionths of a path. */
static inline int64_t betweenness_load(const struct betweenness_room *room, uint32_t node) {
    return (int64_t)(room->sums[node] / 2 * 1e6 + .501);
}

#endif
