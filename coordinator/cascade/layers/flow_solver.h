/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_solver: the linear equations of a direct-current power flow, solved with SuiteSparse's KLU;
 * the only file that knows it is flow_solver.c. For the files of this folder and its parent only.
 *
 * A solver belongs to one layer of one trajectory. It knows the layer's whole graph from the start,
 * so that solving allocates nothing, whatever is open or down: unknowns that are held at 0 keep
 * their place. Unknowns are numbered by the hashes of the members.
 */
#ifndef SPILL_FLOW_SOLVER_H
#define SPILL_FLOW_SOLVER_H

#include "coordinator/cascade/network_parts.h"

struct flow_solver;

SPILL_CHECKED enum spill_status flow_solver_open(const struct network *network, uint32_t layer,
                                                 struct flow_solver **solver);
void flow_solver_close(struct flow_solver **solver);

/* Begins new equations: every angle is held at 0. */
void flow_solver_begin(struct flow_solver *solver);
/* The angle of a member is free, and this power flows in there. */
void flow_solver_free(struct flow_solver *solver, uint32_t node, double power_w);
/* An edge carries flow; after all members. */
void flow_solver_join(struct flow_solver *solver, uint32_t edge);
/* Solves the equations; each connected part must hold some angle at 0. */
void flow_solver_solve(struct flow_solver *solver);
/* The flow over an edge that was joined, from its lesser end to its greater. */
double flow_solver_flow_w(const struct flow_solver *solver, uint32_t edge);

#endif
