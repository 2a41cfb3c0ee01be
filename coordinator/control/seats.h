/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seats: robots in this process, one for each cell of a scenario, as the seats of a session.
 *
 * Each robot sits in a node of its own behind an in-memory link, where programs and sockets would
 * be. Everything happens in the session's calls, on its thread.
 */
#ifndef SPILL_SEATS_H
#define SPILL_SEATS_H

#include "coordinator/control/session.h"

struct seats;

/* team: what the robots do by themselves. The scenario is kept until the seats are destroyed. */
SPILL_CHECKED enum spill_status seats_create(const struct scenario *scenario, const char *team,
                                             uint64_t seed, struct seats **seats);
void seats_destroy(struct seats **seats);

/* For session_options.seats. */
struct session_seats seats_way(struct seats *seats);

/* All robots take their seats in this session, which must not be closed before the last
 * session_run. */
void seats_join(struct seats *seats, struct session *session);

/* The first thing that a node did not take, in words; NULL: nothing. Both ends are this program: it
 * is a fault of it. */
const char *seats_fault(const struct seats *seats);

#endif
