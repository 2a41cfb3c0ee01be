/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SI epidemic on the complete graph: a campaign that spreads over trust links in both
 * directions between all N assets, each at rate 1/N. From one infected asset until all are, it
 * takes 2 H(N-1) units of time in the mean, H being the harmonic numbers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

const struct validate_law validate_epidemic_law = {.name = "si",
                                                   .about = WORDS_VALIDATE_LAW_EPIDEMIC};

enum { EPIDEMIC_BATCH = 50, EPIDEMIC_NODES_MAX = 1000 };

struct epidemic {
    const struct validate_options *options;
    size_t nodes;
};

/* Trust links between all assets. */
static struct trust_spec *epidemic_trusts(const struct validate_world *world,
                                          const struct graph *graph) {
    const int64_t mean_ms = (int64_t)graph->node_count * VALIDATE_UNIT_MS;
    struct trust_spec *const trusts = spill_alloc(2 * graph->edge_count, sizeof *trusts);
    for (size_t i = 0; trusts != NULL && i < graph->edge_count; i++) {
        const char *const a = world->ids[graph->edges[i].a];
        const char *const b = world->ids[graph->edges[i].b];
        trusts[2 * i] = (struct trust_spec){.from = a, .to = b, .mean_contact_ms = mean_ms};
        trusts[2 * i + 1] = (struct trust_spec){.from = b, .to = a, .mean_contact_ms = mean_ms};
    }
    return trusts;
}

static enum spill_status epidemic_open(const struct epidemic *point, struct validate_world *world,
                                       const struct graph *graph) {
    static const char *const tags[] = {"t"};
    struct trust_spec *const trusts = epidemic_trusts(world, graph);
    if (trusts == NULL) {
        return SPILL_MEMORY;
    }
    const char *const entry = world->ids[0];
    const struct campaign_spec campaign = {
        .id = "worm",
        .tags = tags,
        .tag_count = 1,
        .entries = &entry,
        .entry_count = 1,
        .spreads_by_trust = true,
        /* It only spreads: nothing is triggered within the horizon. */
        .trigger_common = true,
        .trigger_at_ms = 80000 * VALIDATE_UNIT_MS,
    };
    for (size_t i = 0; i < point->nodes; i++) {
        world->assets[i].tags = tags;
        world->assets[i].tag_count = 1;
    }
    world->spec.tick_ms = 1;
    world->spec.horizon_ms = 79000 * VALIDATE_UNIT_MS;
    world->spec.trusts = trusts;
    world->spec.trust_count = 2 * graph->edge_count;
    world->spec.campaigns = &campaign;
    world->spec.campaign_count = 1;
    const enum spill_status status = validate_world_open(world, point->options);
    free(trusts);
    return status;
}

static enum spill_status epidemic_until_all(const struct epidemic *point,
                                            struct validate_world *world, uint32_t replica,
                                            double *units) {
    const struct campaign_ref worm = {0};
    const struct action start = {.kind = ACTION_CAMPAIGN_START};
    cascade_reset(world->cascade, point->options->seed, replica);
    const enum spill_status status = cascade_act(world->cascade, 0, &start);
    if (status != SPILL_OK) {
        return status;
    }
    do {
        cascade_step(world->cascade);
    } while (cascade_infected_count(world->cascade, worm, (struct country_ref){0}) <
             (int64_t)point->nodes);
    *units = (double)cascade_now_ms(world->cascade) / (double)VALIDATE_UNIT_MS;
    return SPILL_OK;
}

static enum spill_status epidemic_job(const void *context, uint32_t job, double *values) {
    const struct epidemic *const point = context;
    struct graph graph = {0};
    struct validate_world world = {0};
    enum spill_status status = graph_make_complete(&graph, point->nodes);
    if (status == SPILL_OK) {
        status = validate_world_begin(&world, point->nodes, 1);
    }
    if (status == SPILL_OK) {
        status = epidemic_open(point, &world, &graph);
    }
    for (uint32_t i = 0; i < EPIDEMIC_BATCH && status == SPILL_OK; i++) {
        status = epidemic_until_all(point, &world, job * EPIDEMIC_BATCH + i, &values[i]);
    }
    validate_world_close(&world);
    graph_free(&graph);
    return status;
}

static void epidemic_row(struct validate_run *run, size_t nodes, double expected) {
    const struct epidemic point = {.options = run->options, .nodes = nodes};
    const uint64_t replicas = validate_replicas(run, 2000);
    const uint32_t jobs = (uint32_t)((replicas + EPIDEMIC_BATCH - 1) / EPIDEMIC_BATCH);
    char name[VALIDATE_NAME_BYTES];
    if (nodes < 2 || nodes > EPIDEMIC_NODES_MAX) {
        validate_fail(run, SPILL_INVALID, "si: nodes may be 2 to %d", EPIDEMIC_NODES_MAX);
        return;
    }
    snprintf(name, sizeof name, "si N=%zu time to all", nodes);
    validate_begin(run, name);
    double *const values = validate_jobs(run, jobs, EPIDEMIC_BATCH, epidemic_job, &point);
    if (values == NULL) {
        return;
    }
    const struct validate_mean units = validate_mean(values, (size_t)jobs * EPIDEMIC_BATCH, 1);
    free(values);
    validate_report(run, name, expected, units.mean, units.error, 0);
}

void validate_epidemic_all(struct validate_run *run) {
    epidemic_row(run, 100, 10.354755);
}

void validate_epidemic_point(struct validate_run *run, const struct validate_value *values) {
    (void)values;
    const uint64_t nodes = validate_nodes(run, 100);
    double expected = 0;
    for (uint64_t i = 1; i < nodes && i < EPIDEMIC_NODES_MAX; i++) {
        expected += 2. / (double)i;
    }
    epidemic_row(run, nodes, expected);
}
