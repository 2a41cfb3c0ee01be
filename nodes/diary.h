/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diary: a robot that writes down what it does, so that it survives whatever ends its process.
 *
 * A robot is a pure function of its brief, its messages and the moments at which it was asked to
 * act. The inbox holds the messages and what it sent; the diary adds the moments, one turn for each
 * at which the robot had something to do. Told again in the same order, a new robot comes to the
 * same state and uses the same keys: it does nothing twice and leaves nothing out. It keeps nothing
 * itself.
 */
#ifndef SPILL_DIARY_H
#define SPILL_DIARY_H

#include "nodes/inbox.h"
#include "nodes/robot.h"

/* Asks the robot to act at now_ms, at most ROBOT_TURN_MAX inputs, and puts what it sends and the
 * turn into the inbox, to be committed by the caller before any of it is sent. *input_count: how
 * many inputs. SPILL_IO, SPILL_MEMORY: the inbox is broken, and the robot of no more use. */
SPILL_CHECKED enum spill_status diary_turn(struct inbox *inbox, struct robot *robot, int64_t now_ms,
                                           size_t *input_count, struct spill_error *error);

/* Tells a new robot all that the inbox has. SPILL_CORRUPT: it would have sent something else: the
 * brief is another one, or the program; error says where. *now_ms: the time of its last turn, or 0.
 */
SPILL_CHECKED enum spill_status diary_replay(struct inbox *inbox, struct robot *robot,
                                             int64_t *now_ms, struct spill_error *error);

#endif
