/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interdependent networks: n random graphs, each a layer of which only the giant part works; node i
 * of each layer needs node i of the next and of the one before. Of the first layer a share p is
 * kept
 * (`failure`). What works in the end solves P = p (1 - exp(-kP))^n (Buldyrev, Parshani, Paul,
 * Stanley and Havlin, "Catastrophic cascade of failures in interdependent networks", 2010; Gao,
 * Buldyrev, Stanley and Havlin, 2012).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/validate/validate_parts.h"

enum { INTERDEPENDENT_LAYERS, INTERDEPENDENT_DEGREE, INTERDEPENDENT_KEEP };

static const struct validate_parameter interdependent_parameters[] = {
    {"layers", VALIDATE_WHOLE, 1, 8, 2, WORDS_VALIDATE_LAYERS},
    {"degree", VALIDATE_REAL, 0, 50, 4, WORDS_VALIDATE_DEGREE},
    {"keep", VALIDATE_REAL, 0, 1, .8, WORDS_VALIDATE_KEEP},
};
const struct validate_law validate_interdependent_law =
    VALIDATE_LAW("interdependent", WORDS_VALIDATE_LAW_INTERDEPENDENT, interdependent_parameters);

enum { INTERDEPENDENT_LAYERS_MAX = 8, INTERDEPENDENT_REPLICAS = 4 /* Of one set of graphs. */ };
/* Fewer than this is a collapse. */
#define INTERDEPENDENT_COLLAPSE .05

struct interdependent {
    const struct validate_options *options;
    size_t layer_count;
    size_t node_count; /* Of each layer. */
    double degree;
    int64_t keep_ppm;
};

static const char *const interdependent_names[INTERDEPENDENT_LAYERS_MAX] = {"l0", "l1", "l2", "l3",
                                                                            "l4", "l5", "l6", "l7"};

/* The edges of one layer. */
static enum spill_status interdependent_layer(const struct interdependent *point, uint32_t job,
                                              size_t layer, const struct validate_world *world,
                                              struct edge_spec *edges) {
    struct graph graph = {0};
    const uint32_t number = (uint32_t)(job * point->layer_count + layer);
    const enum spill_status status =
        graph_make_random(&graph, point->options->seed, number, point->node_count,
                          validate_edges(point->node_count, point->degree));
    for (size_t i = 0; status == SPILL_OK && i < graph.edge_count; i++) {
        edges[i] =
            (struct edge_spec){.from = world->ids[layer * point->node_count + graph.edges[i].a],
                               .to = world->ids[layer * point->node_count + graph.edges[i].b]};
    }
    graph_free(&graph);
    return status;
}

static void interdependent_nodes(const struct interdependent *point, struct validate_world *world) {
    const size_t count = point->node_count;
    for (size_t i = 0; i < point->layer_count * count; i++) {
        world->assets[i].sector = interdependent_names[i / count];
        world->assets[i].failure_ppm = i < count ? VALIDATE_Q - point->keep_ppm : 0;
        if (i >= count) {
            (void)validate_world_link(world, i, i - count);
            (void)validate_world_link(world, i - count, i);
        }
    }
}

/* What works of the first layer in each of some replicas. */
static enum spill_status interdependent_run(const struct interdependent *point,
                                            struct validate_world *world, uint32_t job,
                                            double *values) {
    const enum spill_status status = validate_world_open(world, point->options);
    for (uint32_t i = 0; i < INTERDEPENDENT_REPLICAS && status == SPILL_OK; i++) {
        cascade_reset(world->cascade, point->options->seed, job * INTERDEPENDENT_REPLICAS + i);
        while (cascade_next_ms(world->cascade) != SPILL_NEVER) {
            cascade_step(world->cascade);
        }
        size_t works = 0;
        for (size_t node = 0; node < point->node_count; node++) {
            works += validate_world_service(world, node) == VALIDATE_Q ? 1 : 0;
        }
        values[i] = (double)works / (double)point->node_count;
    }
    return status;
}

static enum spill_status interdependent_job(const void *context, uint32_t job, double *values) {
    const struct interdependent *const point = context;
    const size_t each = validate_edges(point->node_count, point->degree);
    const size_t total = point->layer_count * point->node_count;
    struct sector_spec sectors[INTERDEPENDENT_LAYERS_MAX];
    struct layer_spec layers[INTERDEPENDENT_LAYERS_MAX];
    struct validate_world world = {0};
    struct edge_spec *const edges = spill_alloc(point->layer_count * each, sizeof *edges);
    enum spill_status status =
        edges == NULL ? SPILL_MEMORY : validate_world_begin(&world, total, 2 * total);
    for (size_t i = 0; i < point->layer_count && status == SPILL_OK; i++) {
        sectors[i] = (struct sector_spec){.id = interdependent_names[i]};
        layers[i] = (struct layer_spec){
            .id = interdependent_names[i], .kind = LAYER_GIANT, .sector = interdependent_names[i]};
        status = interdependent_layer(point, job, i, &world, edges + i * each);
    }
    if (status == SPILL_OK) {
        interdependent_nodes(point, &world);
        world.spec.sectors = sectors;
        world.spec.sector_count = point->layer_count;
        world.spec.layers = layers;
        world.spec.layer_count = point->layer_count;
        world.spec.edges = edges;
        world.spec.edge_count = point->layer_count * each;
        status = interdependent_run(point, &world, job, values);
    }
    validate_world_close(&world);
    free(edges);
    return status;
}

static double interdependent_theory(double layers, double degree, double keep) {
    double works = keep;
    for (int i = 0; i < 1000000; i++) {
        works = keep * pow(1 - exp(-degree * works), layers);
    }
    return works;
}

/* expected < INTERDEPENDENT_COLLAPSE: all replicas are to collapse. */
static void interdependent_row(struct validate_run *run, size_t layers, double degree, double keep,
                               double expected) {
    const struct interdependent point = {.options = run->options,
                                         .layer_count = layers,
                                         .node_count = validate_nodes(run, 100000),
                                         .degree = degree,
                                         .keep_ppm = validate_ppm(keep)};
    const uint32_t jobs = (uint32_t)((validate_replicas(run, 24) + INTERDEPENDENT_REPLICAS - 1) /
                                     INTERDEPENDENT_REPLICAS);
    const bool collapse = expected < INTERDEPENDENT_COLLAPSE;
    char name[VALIDATE_NAME_BYTES];
    if (!validate_fits(run, point.node_count, degree)) {
        return;
    }
    snprintf(name, sizeof name, "interdependent n=%zu k=%g p=%g %s", layers, degree, keep,
             collapse ? "collapsed" : "works");
    validate_begin(run, name);
    double *const values =
        validate_jobs(run, jobs, INTERDEPENDENT_REPLICAS, interdependent_job, &point);
    if (values == NULL) {
        return;
    }
    const size_t count = (size_t)jobs * INTERDEPENDENT_REPLICAS;
    for (size_t i = 0; i < count && collapse; i++) {
        values[i] = values[i] < INTERDEPENDENT_COLLAPSE ? 1 : 0;
    }
    const struct validate_mean works = validate_mean(values, count, 1);
    free(values);
    validate_report(run, name, collapse ? 1 : expected, works.mean, collapse ? 0 : works.error,
                    collapse ? 0 : .005);
}

void validate_interdependent_all(struct validate_run *run) {
    interdependent_row(run, 2, 4, .65, .459778);
    interdependent_row(run, 2, 4, .7, .557616);
    interdependent_row(run, 2, 4, .8, .708841);
    interdependent_row(run, 2, 4, .55, 0);
}

void validate_interdependent_point(struct validate_run *run, const struct validate_value *values) {
    const double layers = values[INTERDEPENDENT_LAYERS].number;
    const double degree = values[INTERDEPENDENT_DEGREE].number;
    const double keep = values[INTERDEPENDENT_KEEP].number;
    interdependent_row(run, (size_t)layers, degree, keep,
                       interdependent_theory(layers, degree, keep));
}
