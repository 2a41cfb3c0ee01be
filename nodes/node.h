/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node: the node of one cell: takes its stream from a link, gives it to its robot, and sends up
 * what the robot does.
 *
 * A node accepts only the next message of its own cell; anything else ends its seat with a reason,
 * and never the exercise. (People's pages and a durable inbox take the robot's place in a node of
 * people.) One thread at a time; it allocates only when created.
 */
#ifndef SPILL_NODE_H
#define SPILL_NODE_H

#include "nodes/link.h"
#include "nodes/robot.h"

struct node;

/* The link is kept until the node is destroyed; the rest as robot_create. */
SPILL_CHECKED enum spill_status node_create(const struct brief *brief, struct link *link,
                                            struct node **node, struct spill_error *error);
void node_destroy(struct node **node);

/* Takes in every message that the link has. SPILL_INVALID: the seat has ended; error says why. */
SPILL_CHECKED enum spill_status node_receive(struct node *node, struct spill_error *error);

/* Sends up what it does at now_ms, as encoded inputs, so many at most; returns how many. Fewer than
 * it wants when the link is full: call again after the other end has taken some. */
size_t node_act(struct node *node, int64_t now_ms, size_t most);

/* It will do nothing by itself before this time (robot_quiet_until_ms). SPILL_NEVER once its seat
 * has ended. */
int64_t node_quiet_until_ms(const struct node *node);

/* Every message up to this sequence is with the node: what DELIVERED says. */
uint64_t node_delivered(const struct node *node);

#endif
