/* SPDX-License-Identifier: Apache-2.0 */
/*
 * robot: what a cell does when no person sits there: it reads its cell's stream and plays a policy.
 *
 * A robot is a pure function of its brief, its seed and the messages of its stream, in exercise
 * time. It knows what its cell was told and nothing else: reports make its view, its policy gives
 * orders from the view, and each inject is opened, acknowledged and answered a while after it came,
 * by the cell's law (a draw for each inject: purpose CHANCE_ANSWER, entity `answer:cell/inject`).
 * The team "passive" acknowledges and does nothing else. One thread at a time; it allocates only
 * when created.
 *
 * The orders are those that a world run by the same team gives, at the same exercise times, if time
 * stops for robots whenever they are told something: whoever drives a robot advances the exercise,
 * with heed, to robot_quiet_until_ms of every robot at most, gives each robot its new messages, and
 * then takes what each wants to do, a turn each, cell by cell in order of cell ids, again and again
 * until none wants anything at that time. A robot that has more to do than fits into a turn is
 * quiet until no later than now. (Policies that read injects have no counterpart in a world alone,
 * which has none.)
 */
#ifndef SPILL_ROBOT_H
#define SPILL_ROBOT_H

#include "coordinator/exercise/brief.h"
#include "coordinator/exercise/input.h"
#include "coordinator/exercise/output.h"

enum {
    ROBOT_TAKE_MAX = 16, /* Inputs that one robot_take gives at most. */
    ROBOT_TURN_MAX = 32, /* Inputs of one turn: half of what may be under way unacknowledged. */
    ROBOT_INJECTS_MAX = 1024, /* Injects not dealt with yet; one more is not answered. */
};

struct robot;

/* The brief is copied. SPILL_INVALID: it does not fit together; error says where. */
SPILL_CHECKED enum spill_status robot_create(const struct brief *brief, struct robot **robot,
                                             struct spill_error *error);
void robot_destroy(struct robot **robot);

/* Takes in one message of its stream, encoded. SPILL_INVALID (error says why): not a message, not
 * for its cell, not the next in sequence, or about things that it does not know; then nothing
 * changed. */
SPILL_CHECKED enum spill_status robot_receive(struct robot *robot, const uint8_t *bytes,
                                              size_t size_bytes, struct spill_error *error);

/* The earliest exercise time at which it will do something by itself, should it get no more
 * messages; SPILL_NEVER: nothing. At most the time of its last message when it has something to do
 * at once. */
int64_t robot_quiet_until_ms(const struct robot *robot);

/* What it does at now_ms, in order, at most capacity inputs; call again until it returns 0. Texts
 * are borrowed until the next call. now_ms never falls. */
size_t robot_take(struct robot *robot, int64_t now_ms, struct input *inputs, size_t capacity);

/* Sequence of the last message taken in. */
uint64_t robot_sequence(const struct robot *robot);

#endif
