/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct-current power flow: a `dc_flow` layer. Without a file MATPOWER's case9 (Chow, "Time-scale
 * modeling of dynamic networks", 1982, page 70); with one, any case of MATPOWER: the reference bus
 * gives what the others do not, a transformer's ratio is part of its reactance.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/exchange/matpower.h"
#include "coordinator/validate/validate_parts.h"

enum { FLOW_CASE, FLOW_OUT_BRANCH };

static const struct validate_parameter flow_parameters[] = {
    {"case", VALIDATE_FILE, 0, 0, 0, WORDS_VALIDATE_CASE},
    {"out-branch", VALIDATE_WHOLE, 1, MATPOWER_ROWS_MAX, NAN, WORDS_VALIDATE_OUT_BRANCH},
};
const struct validate_law validate_flow_law =
    VALIDATE_LAW("dcflow", WORDS_VALIDATE_LAW_FLOW, flow_parameters);

#define FLOW_W_PER_MW 1e6
#define FLOW_REACTANCE_PER_UNIT 1e7
#define FLOW_ALLOWANCE 1e-5

struct flow_branch {
    size_t number; /* From 1, as in the file. */
    size_t from;
    size_t to;
    int64_t reactance;
};

/* A grid on its way to a network: amounts in W, branches in the order of the network's edges. */
struct flow {
    size_t bus_count;
    int64_t *load_w;
    int64_t *generation_w;
    struct flow_branch *branches;
    size_t branch_count;
    double *flows_mw; /* By branch. */
};

static enum spill_status flow_create(struct flow *flow, size_t bus_count, size_t branch_count) {
    flow->bus_count = bus_count;
    flow->load_w = spill_alloc(bus_count, sizeof *flow->load_w);
    flow->generation_w = spill_alloc(bus_count, sizeof *flow->generation_w);
    flow->branches = spill_alloc(branch_count, sizeof *flow->branches);
    flow->flows_mw = spill_alloc(branch_count, sizeof *flow->flows_mw);
    return flow->load_w == NULL || flow->generation_w == NULL || flow->branches == NULL ||
                   flow->flows_mw == NULL
               ? SPILL_MEMORY
               : SPILL_OK;
}

static void flow_free(struct flow *flow) {
    free(flow->flows_mw);
    free(flow->branches);
    free(flow->generation_w);
    free(flow->load_w);
}

static size_t flow_lesser(const struct flow_branch *branch) {
    return branch->from < branch->to ? branch->from : branch->to;
}

/* As the network sorts its edges: the lesser end, the other, the circuit, which is the number. */
static int flow_compare(const void *left, const void *right) {
    const struct flow_branch *const a = left;
    const struct flow_branch *const b = right;
    const size_t ends[2][2] = {{flow_lesser(a), a->from + a->to - flow_lesser(a)},
                               {flow_lesser(b), b->from + b->to - flow_lesser(b)}};
    for (int i = 0; i < 2; i++) {
        if (ends[0][i] != ends[1][i]) {
            return ends[0][i] < ends[1][i] ? -1 : 1;
        }
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* ---- The engine ---- */

enum { FLOW_CIRCUIT_BYTES = 24 };

/* Runs it with one branch out of service (0: none) and keeps the flows. */
static enum spill_status flow_settle(const struct validate_options *options, struct flow *flow,
                                     size_t out, struct validate_world *world) {
    enum spill_status status = validate_world_open(world, options);
    if (status == SPILL_OK && out != 0) {
        status = validate_world_strike(world, flow->bus_count, 0);
    }
    if (status != SPILL_OK) {
        return status;
    }
    validate_world_run(world, VALIDATE_UNIT_MS);
    for (uint32_t i = 0; i < flow->branch_count; i++) {
        const struct edge_ref edge = {i};
        SPILL_ASSERT(network_edge_from(world->network, edge).index == flow->branches[i].from);
        SPILL_ASSERT(network_edge_to(world->network, edge).index == flow->branches[i].to);
        flow->flows_mw[i] = (double)cascade_edge_flow_w(world->cascade, edge) / FLOW_W_PER_MW;
    }
    return SPILL_OK;
}

static enum spill_status flow_engine(const struct validate_options *options, struct flow *flow,
                                     size_t out) {
    static const struct sector_spec sectors[] = {{.id = "lines"}, {.id = "s"}};
    const struct layer_spec layer = {.id = "grid", .kind = LAYER_DC_FLOW, .sector = "s"};
    struct validate_world world = {0};
    struct edge_spec *const edges = spill_alloc(flow->branch_count, sizeof *edges);
    char(*const circuits)[FLOW_CIRCUIT_BYTES] = spill_alloc(flow->branch_count, sizeof *circuits);
    enum spill_status status = edges == NULL || circuits == NULL
                                   ? SPILL_MEMORY
                                   : validate_world_begin(&world, flow->bus_count + 1, 1);
    if (status == SPILL_OK) {
        world.assets[flow->bus_count].sector = "lines"; /* What the lost branch rides on. */
        for (size_t i = 0; i < flow->bus_count; i++) {
            world.assets[i].load = flow->load_w[i];
            world.assets[i].generation = flow->generation_w[i];
        }
        for (size_t i = 0; i < flow->branch_count; i++) {
            const struct flow_branch *const branch = &flow->branches[i];
            snprintf(circuits[i], sizeof circuits[i], "%09zu", branch->number);
            edges[i] = (struct edge_spec){.from = world.ids[branch->from],
                                          .to = world.ids[branch->to],
                                          .circuit = circuits[i],
                                          .line = branch->number == out ? world.ids[flow->bus_count]
                                                                        : NULL,
                                          .reactance = branch->reactance};
        }
        world.spec.sectors = sectors;
        world.spec.sector_count = 2;
        world.spec.layers = &layer;
        world.spec.layer_count = 1;
        world.spec.edges = edges;
        world.spec.edge_count = flow->branch_count;
        status = flow_settle(options, flow, out, &world);
    }
    validate_world_close(&world);
    free(circuits);
    free(edges);
    return status;
}

/* A row for each branch, in the order of the file, and their sum. */
static void flow_rows(struct validate_run *run, struct flow *flow, size_t out,
                      const double *published) {
    char name[VALIDATE_NAME_BYTES];
    validate_begin(run, "dcflow");
    const enum spill_status status = flow_engine(run->options, flow, out);
    if (status != SPILL_OK) {
        validate_fail(run, status, "the grid does not make a network: %s",
                      spill_status_words(status));
        return;
    }
    double sum = 0;
    double sum_published = 0;
    for (size_t number = 1; number <= flow->branch_count; number++) {
        for (size_t i = 0; i < flow->branch_count; i++) {
            if (flow->branches[i].number != number) {
                continue;
            }
            snprintf(name, sizeof name, "dcflow branch %zu%s MW", number, out ? " after" : "");
            validate_report(run, name, published == NULL ? NAN : published[number - 1],
                            flow->flows_mw[i], 0, FLOW_ALLOWANCE);
            sum += fabs(flow->flows_mw[i]);
            sum_published += published == NULL ? NAN : fabs(published[number - 1]);
        }
    }
    snprintf(name, sizeof name, "dcflow sum%s MW", out ? " after" : "");
    validate_report(run, name, published == NULL ? NAN : sum_published, sum, 0,
                    FLOW_ALLOWANCE * (double)flow->branch_count);
}

/* ---- case9 ---- */

enum { FLOW_BUSES_9 = 9, FLOW_BRANCHES_9 = 9 };

static void flow_fill_9(struct flow *flow) {
    static const struct flow_branch branches[FLOW_BRANCHES_9] = {
        {1, 0, 3, 576000}, {2, 3, 4, 920000},  {3, 4, 5, 1700000},
        {4, 2, 5, 586000}, {5, 5, 6, 1008000}, {6, 6, 7, 720000},
        {7, 7, 1, 625000}, {8, 7, 8, 1610000}, {9, 8, 3, 850000}};
    flow->generation_w[0] = 67000000;
    flow->generation_w[1] = 163000000;
    flow->generation_w[2] = 85000000;
    flow->load_w[4] = 90000000;
    flow->load_w[6] = 100000000;
    flow->load_w[8] = 125000000;
    flow->branch_count = FLOW_BRANCHES_9;
    for (size_t i = 0; i < FLOW_BRANCHES_9; i++) {
        flow->branches[i] = branches[i];
    }
    qsort(flow->branches, flow->branch_count, sizeof *flow->branches, flow_compare);
}

static void flow_case9(struct validate_run *run, size_t out) {
    static const double published[FLOW_BRANCHES_9] = {
        67, 28.967391, -61.032609, 85, 23.967391, -76.032609, -163, 86.967391, -38.032609};
    struct flow flow = {0};
    const enum spill_status status = flow_create(&flow, FLOW_BUSES_9, FLOW_BRANCHES_9);
    if (status != SPILL_OK) {
        validate_fail(run, status, "%s", spill_status_words(status));
    } else if (out > FLOW_BRANCHES_9) {
        validate_fail(run, SPILL_INVALID, "the case has %d branches", FLOW_BRANCHES_9);
    } else {
        flow_fill_9(&flow);
        flow_rows(run, &flow, 0, published);
        if (out != 0) {
            flow_rows(run, &flow, out, NULL);
        }
    }
    flow_free(&flow);
}

/* ---- A case from a file ---- */

/* Loads, generation, and at the reference bus what is missing. */
static bool flow_fill_buses(struct validate_run *run, const struct matpower *matpower,
                            struct flow *flow) {
    double missing_mw = 0;
    size_t reference = SIZE_MAX;
    for (size_t i = 0; i < matpower->bus_count; i++) {
        const struct matpower_bus *const bus = &matpower->buses[i];
        const double demand_mw =
            bus->type == MATPOWER_ISOLATED ? 0 : bus->demand_mw + bus->conductance_mw;
        flow->load_w[i] = demand_mw > 0 ? (int64_t)floor(demand_mw * FLOW_W_PER_MW + .5) : 0;
        flow->generation_w[i] = demand_mw < 0 ? (int64_t)floor(-demand_mw * FLOW_W_PER_MW + .5) : 0;
        missing_mw += demand_mw;
        reference = bus->type == MATPOWER_REFERENCE && reference == SIZE_MAX ? i : reference;
    }
    for (size_t i = 0; i < matpower->gen_count; i++) {
        const struct matpower_gen *const gen = &matpower->gens[i];
        if (gen->on && gen->bus != reference && gen->output_mw > 0 &&
            matpower->buses[gen->bus].type != MATPOWER_ISOLATED) {
            flow->generation_w[gen->bus] += (int64_t)floor(gen->output_mw * FLOW_W_PER_MW + .5);
            missing_mw -= gen->output_mw;
        }
    }
    if (reference == SIZE_MAX || missing_mw < 0) {
        validate_fail(run, SPILL_INVALID,
                      reference == SIZE_MAX
                          ? "the case has no reference bus"
                          : "the other buses give more than is taken: the reference bus would have "
                            "to take power");
        return false;
    }
    flow->generation_w[reference] += (int64_t)floor(missing_mw * FLOW_W_PER_MW + .5);
    return true;
}

static bool flow_fill_branches(struct validate_run *run, const char *path,
                               const struct matpower *matpower, struct flow *flow) {
    for (size_t i = 0; i < matpower->branch_count; i++) {
        const struct matpower_branch *const branch = &matpower->branches[i];
        const double ratio = branch->ratio != 0 ? branch->ratio : 1;
        const double reactance = branch->reactance * ratio * FLOW_REACTANCE_PER_UNIT;
        if (!branch->on || matpower->buses[branch->from].type == MATPOWER_ISOLATED ||
            matpower->buses[branch->to].type == MATPOWER_ISOLATED) {
            continue;
        }
        if (!(reactance >= 1 && reactance <= 1e9) || branch->shift_deg != 0) {
            validate_fail(run, SPILL_INVALID, "%s:%d: %s", path, branch->line,
                          branch->shift_deg != 0 ? "a phase shifter is not in the model"
                                                 : "the reactance is outside 1e-7 to 100 per unit");
            return false;
        }
        flow->branches[flow->branch_count++] =
            (struct flow_branch){.number = i + 1,
                                 .from = branch->from,
                                 .to = branch->to,
                                 .reactance = (int64_t)floor(reactance + .5)};
    }
    if (flow->branch_count > 1) {
        qsort(flow->branches, flow->branch_count, sizeof *flow->branches, flow_compare);
    }
    return true;
}

static void flow_file(struct validate_run *run, const char *path, size_t out) {
    struct matpower *matpower = NULL;
    struct flow flow = {0};
    struct spill_error error = {{0}};
    enum spill_status status = matpower_load(path, &matpower, &error);
    if (status != SPILL_OK) {
        validate_fail(run, status, "%s", error.text);
        return;
    }
    status = flow_create(&flow, matpower->bus_count, matpower->branch_count);
    if (status != SPILL_OK) {
        validate_fail(run, status, "%s", spill_status_words(status));
    } else if (out > matpower->branch_count) {
        validate_fail(run, SPILL_INVALID, "%s: the case has %zu branches", path,
                      matpower->branch_count);
    } else if (flow_fill_buses(run, matpower, &flow) &&
               flow_fill_branches(run, path, matpower, &flow)) {
        flow_rows(run, &flow, 0, NULL);
        if (out != 0 && validate_going(run)) {
            flow_rows(run, &flow, out, NULL);
        }
    }
    flow_free(&flow);
    matpower_free(&matpower);
}

void validate_flow_all(struct validate_run *run) {
    flow_case9(run, 0);
}

void validate_flow_point(struct validate_run *run, const struct validate_value *values) {
    const double out = values[FLOW_OUT_BRANCH].number;
    const size_t number = isnan(out) ? 0 : (size_t)out;
    if (values[FLOW_CASE].text == NULL) {
        flow_case9(run, number);
    } else {
        flow_file(run, values[FLOW_CASE].text, number);
    }
}
