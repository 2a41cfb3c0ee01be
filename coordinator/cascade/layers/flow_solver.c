/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/layers/flow_solver.h"

#include <klu.h>
#include <stdlib.h>

/*
 * The matrix is that of the whole layer, column by column, with a place for every edge and every
 * member. Its factors are found once, for a matrix of the same shape that is far from singular;
 * later ones reuse order and pivots (klu_refactor), which is safe: what is left of a grounded
 * Laplacian while eliminating is diagonally dominant.
 */

struct flow_solver {
    const struct network *network;
    uint32_t first_node;
    uint32_t first_edge;
    int count;     /* Unknowns. */
    int *unknowns; /* Of each member, from the first of the layer on. */
    int *columns;  /* Where each column begins, and the end. */
    int *rows;     /* Of each value, rising in each column. */
    double *values;
    double *angles; /* By unknown; before solving, the power that flows in. */
    bool *free;     /* By unknown. */
    klu_common common;
    klu_symbolic *symbolic;
    klu_numeric *numeric;
};

static int flow_unknown(const struct flow_solver *solver, uint32_t node) {
    return solver->unknowns[node - solver->first_node];
}

/* The place of a value. */
static double *flow_value(const struct flow_solver *solver, int row, int column) {
    int low = solver->columns[column];
    int high = solver->columns[column + 1];
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (solver->rows[middle] <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    SPILL_ASSERT(solver->rows[low] == row);
    return &solver->values[low];
}

static int flow_compare(const void *left, const void *right) {
    const int a = *(const int *)left;
    const int b = *(const int *)right;
    return (a > b) - (a < b);
}

/* The rows of one column, each once; returns where they end. */
static int flow_build_column(struct flow_solver *solver, uint32_t node, int at) {
    const struct network *const network = solver->network;
    const int first = at;
    solver->rows[at++] = flow_unknown(solver, node);
    for (uint32_t i = network->first_arcs[node]; i < network->first_arcs[node + 1]; i++) {
        solver->rows[at++] = flow_unknown(solver, network->arcs[i].node);
    }
    qsort(&solver->rows[first], (size_t)(at - first), sizeof solver->rows[0], flow_compare);
    int kept = first;
    for (int i = first; i < at; i++) {
        if (i == first || solver->rows[i] != solver->rows[kept - 1]) {
            solver->rows[kept++] = solver->rows[i];
        }
    }
    return kept;
}

static void flow_build(struct flow_solver *solver) {
    const struct network *const network = solver->network;
    for (int i = 0; i < solver->count; i++) {
        const uint32_t node = network->nodes_by_hash[solver->first_node + (uint32_t)i];
        solver->unknowns[node - solver->first_node] = i;
    }
    int at = 0;
    for (int i = 0; i < solver->count; i++) {
        solver->columns[i] = at;
        at =
            flow_build_column(solver, network->nodes_by_hash[solver->first_node + (uint32_t)i], at);
    }
    solver->columns[solver->count] = at;
}

/* Factors of a matrix in which every place is used: the Laplacian of the whole graph, and 1 more on
 * the diagonal. */
static enum spill_status flow_factor(struct flow_solver *solver) {
    for (int column = 0; column < solver->count; column++) {
        const int first = solver->columns[column];
        const int end = solver->columns[column + 1];
        for (int i = first; i < end; i++) {
            solver->values[i] = solver->rows[i] == column ? end - first : -1;
        }
    }
    (void)klu_defaults(&solver->common);
    solver->common.btf = 0;
    solver->common.scale = 0;
    solver->symbolic = klu_analyze(solver->count, solver->columns, solver->rows, &solver->common);
    if (solver->symbolic == NULL) {
        return SPILL_MEMORY;
    }
    solver->numeric = klu_factor(solver->columns, solver->rows, solver->values, solver->symbolic,
                                 &solver->common);
    return solver->numeric == NULL ? SPILL_MEMORY : SPILL_OK;
}

enum spill_status flow_solver_open(const struct network *network, uint32_t layer,
                                   struct flow_solver **solver) {
    const struct network_layer *const what = &network->layers[layer];
    const size_t count = what[1].first_node - what->first_node;
    const size_t room = count + 2 * (size_t)(what[1].first_edge - what->first_edge);
    if (room > INT32_MAX) {
        return SPILL_LIMIT;
    }
    struct flow_solver *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = network;
    made->first_node = what->first_node;
    made->first_edge = what->first_edge;
    made->count = (int)count;
    made->unknowns = spill_alloc(count, sizeof *made->unknowns);
    made->columns = spill_alloc(count + 1, sizeof *made->columns);
    made->rows = spill_alloc(room, sizeof *made->rows);
    made->values = spill_alloc(room, sizeof *made->values);
    made->angles = spill_alloc(count, sizeof *made->angles);
    made->free = spill_alloc(count, sizeof *made->free);
    enum spill_status status = made->unknowns == NULL || made->columns == NULL ||
                                       made->rows == NULL || made->values == NULL ||
                                       made->angles == NULL || made->free == NULL
                                   ? SPILL_MEMORY
                                   : SPILL_OK;
    if (status == SPILL_OK && count > 0) {
        flow_build(made);
        status = flow_factor(made);
    }
    if (status != SPILL_OK) {
        flow_solver_close(&made);
        return status;
    }
    *solver = made;
    return SPILL_OK;
}

void flow_solver_close(struct flow_solver **solver) {
    struct flow_solver *const old = *solver;
    *solver = NULL;
    if (old == NULL) {
        return;
    }
    if (old->numeric != NULL) {
        (void)klu_free_numeric(&old->numeric, &old->common);
    }
    if (old->symbolic != NULL) {
        (void)klu_free_symbolic(&old->symbolic, &old->common);
    }
    free(old->unknowns);
    free(old->columns);
    free(old->rows);
    free(old->values);
    free(old->angles);
    free(old->free);
    free(old);
}

void flow_solver_begin(struct flow_solver *solver) {
    for (int i = 0; i < solver->count; i++) {
        solver->angles[i] = 0;
        solver->free[i] = false;
        for (int at = solver->columns[i]; at < solver->columns[i + 1]; at++) {
            solver->values[at] = solver->rows[at] == i ? 1 : 0;
        }
    }
}

void flow_solver_free(struct flow_solver *solver, uint32_t node, double power_w) {
    const int unknown = flow_unknown(solver, node);
    solver->free[unknown] = true;
    solver->angles[unknown] = power_w;
    *flow_value(solver, unknown, unknown) = 0;
}

void flow_solver_join(struct flow_solver *solver, uint32_t edge) {
    const struct network_edge *const what = &solver->network->edges[edge];
    const double conducts = 1. / (double)what->reactance;
    const int ends[] = {flow_unknown(solver, what->low), flow_unknown(solver, what->high)};
    for (int i = 0; i < 2; i++) {
        if (solver->free[ends[i]]) {
            *flow_value(solver, ends[i], ends[i]) += conducts;
        }
    }
    if (solver->free[ends[0]] && solver->free[ends[1]]) {
        *flow_value(solver, ends[0], ends[1]) -= conducts;
        *flow_value(solver, ends[1], ends[0]) -= conducts;
    }
}

void flow_solver_solve(struct flow_solver *solver) {
    if (solver->count == 0) {
        return;
    }
    const int factored = klu_refactor(solver->columns, solver->rows, solver->values,
                                      solver->symbolic, solver->numeric, &solver->common);
    SPILL_ASSERT(factored != 0);
    const int solved = klu_solve(solver->symbolic, solver->numeric, solver->count, 1,
                                 solver->angles, &solver->common);
    SPILL_ASSERT(solved != 0);
}

double flow_solver_flow_w(const struct flow_solver *solver, uint32_t edge) {
    const struct network_edge *const what = &solver->network->edges[edge];
    return (solver->angles[flow_unknown(solver, what->low)] -
            solver->angles[flow_unknown(solver, what->high)]) /
           (double)what->reactance;
}
