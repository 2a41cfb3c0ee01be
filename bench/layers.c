/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_layers [NODES [REPLICAS]]: what layers cost.
 *
 * Two interdependent random networks of NODES nodes each, mean degree 4, of which 65 % of the first
 * are kept (Buldyrev and others, 2010): replicas a second, one thread, and the share of pairs that
 * works in the end, .459778 in theory. Then square grids of power lines, and of shortest paths:
 * how long it takes until the loss of one node has had its effect.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/support/measure.h"
#include "coordinator/cascade/cascade.h"
#include "coordinator/generate/graph.h"

enum { BENCH_NODES = 100000, BENCH_REPLICAS = 24, BENCH_ID_BYTES = 24, BENCH_LOSSES = 20 };

struct bench {
    struct network_spec spec;
    struct country_spec country;
    struct sector_spec sectors[2];
    struct layer_spec layers[2];
    char (*ids)[BENCH_ID_BYTES];
    struct asset_spec *assets;
    struct need_spec *needs;
    struct link_spec *links;
    struct edge_spec *edges;
    struct network *network;
    struct cascade *cascade;
};

static void bench_must(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "bench_layers: %s\n", what);
        exit(SPILL_EXIT_INTERNAL);
    }
}

/* A world of so many layers of one kind, each with `count` members, without edges yet. */
static void bench_begin(struct bench *bench, enum layer_kind kind, size_t layer_count, size_t count,
                        size_t edge_count) {
    static const char *const names[] = {"a", "b"};
    const size_t all = layer_count * count;
    *bench = (struct bench){
        .country = {.id = "aa"},
        .ids = spill_alloc(all, sizeof *bench->ids),
        .assets = spill_alloc(all, sizeof *bench->assets),
        .needs = spill_alloc(all, sizeof *bench->needs),
        .links = spill_alloc(all, sizeof *bench->links),
        .edges = spill_alloc(edge_count, sizeof *bench->edges),
    };
    bench_must(bench->ids != NULL && bench->assets != NULL && bench->needs != NULL &&
                   bench->links != NULL && bench->edges != NULL,
               "no memory");
    for (size_t i = 0; i < layer_count; i++) {
        bench->sectors[i].id = names[i];
        bench->layers[i] = (struct layer_spec){.id = names[i], .kind = kind, .sector = names[i]};
    }
    for (size_t i = 0; i < all; i++) {
        snprintf(bench->ids[i], sizeof bench->ids[i], "%s%07zu", names[i / count], i % count);
        bench->assets[i] =
            (struct asset_spec){.id = bench->ids[i], .country = "aa", .sector = names[i / count]};
    }
    bench->spec = (struct network_spec){
        .countries = &bench->country,
        .country_count = 1,
        .sectors = bench->sectors,
        .sector_count = layer_count,
        .assets = bench->assets,
        .asset_count = all,
        .needs = bench->needs,
        .links = bench->links,
        .layers = bench->layers,
        .layer_count = layer_count,
        .edges = bench->edges,
    };
}

/* Edges of a graph between the members from `first` on. */
static void bench_join(struct bench *bench, size_t first, const struct graph *graph) {
    for (size_t i = 0; i < graph->edge_count; i++) {
        bench->edges[bench->spec.edge_count++] =
            (struct edge_spec){.from = bench->ids[first + graph->edges[i].a],
                               .to = bench->ids[first + graph->edges[i].b]};
    }
}

static void bench_open(struct bench *bench) {
    struct spill_error error = {{0}};
    bench_must(network_create(&bench->spec, &bench->network, &error) == SPILL_OK, error.text);
    const struct cascade_options options = {.seed = 1};
    bench_must(cascade_create(bench->network, &options, &bench->cascade) == SPILL_OK, "no memory");
}

static void bench_close(struct bench *bench) {
    cascade_destroy(&bench->cascade);
    network_destroy(&bench->network);
    free(bench->ids);
    free(bench->assets);
    free(bench->needs);
    free(bench->links);
    free(bench->edges);
}

static void bench_finish(struct bench *bench) {
    while (cascade_next_ms(bench->cascade) != SPILL_NEVER) {
        cascade_step(bench->cascade);
    }
}

static void bench_interdependent(size_t count, uint32_t replica_count) {
    struct bench bench;
    bench_begin(&bench, LAYER_GIANT, 2, count, 4 * count);
    for (uint32_t i = 0; i < 2; i++) {
        struct graph graph = {.node_count = 0};
        bench_must(graph_make_random(&graph, 1, i, count, 2 * count) == SPILL_OK, "no memory");
        bench_join(&bench, i * count, &graph);
        graph_free(&graph);
    }
    for (size_t i = 0; i < 2 * count; i++) {
        bench.assets[i].failure_ppm = i < count ? 350000 : 0;
        bench.needs[i] = (struct need_spec){.asset = bench.ids[i], .id = "n"};
        bench.links[i] = (struct link_spec){
            .asset = bench.ids[i], .need = "n", .supplier = bench.ids[(i + count) % (2 * count)]};
    }
    bench.spec.need_count = 2 * count;
    bench.spec.link_count = 2 * count;
    bench_open(&bench);
    double works = 0;
    const int64_t began_ns = measure_now_ns();
    for (uint32_t replica = 0; replica < replica_count; replica++) {
        cascade_reset(bench.cascade, 1, replica);
        bench_finish(&bench);
        const int64_t failed =
            cascade_failed_count(bench.cascade, (struct country_ref){0}, (struct sector_ref){0});
        works += 1 - (double)failed / (double)count;
    }
    const double took_s = (double)(measure_now_ns() - began_ns) / 1e9;
    measure_print("interdependent networks", replica_count / took_s, "replicas/s");
    measure_print("interdependent networks, works in the end", works / replica_count, "of 1");
    bench_close(&bench);
}

/* A square grid of `side` by `side` members that loses one after another. */
static void bench_grid(const char *name, enum layer_kind kind, size_t side) {
    struct bench bench;
    struct graph graph = {.node_count = 0};
    bench_must(graph_make_lattice(&graph, side, side) == SPILL_OK, "no memory");
    bench_begin(&bench, kind, 1, side * side, graph.edge_count);
    bench_join(&bench, 0, &graph);
    graph_free(&graph);
    bench.layers[0].tolerance_ppm = 1000 * SPILL_PPM; /* Nothing trips: each loss is one change. */
    for (size_t i = 0; i < side * side; i++) {
        bench.assets[i].load = 100;
        bench.assets[i].generation = i % 7 == 0 ? 1000 : 0;
    }
    bench_open(&bench);
    const int64_t began_ns = measure_now_ns();
    for (uint32_t i = 0; i < BENCH_LOSSES; i++) {
        const struct action strike = {.kind = ACTION_DAMAGE,
                                      .asset = {(uint32_t)(i * 7919 % (side * side))},
                                      .root_kind = "effect",
                                      .root_id = "strike"};
        bench_must(cascade_act(bench.cascade, i * INT64_C(1000), &strike) == SPILL_OK,
                   "no room for an action");
        cascade_step(bench.cascade);
    }
    const double took_ms = (double)(measure_now_ns() - began_ns) / 1e6;
    measure_print(name, took_ms / BENCH_LOSSES, "ms a loss");
    bench_close(&bench);
}

int main(int argc, char **argv) {
    const long count = argc > 1 ? strtol(argv[1], NULL, 10) : BENCH_NODES;
    const long replica_count = argc > 2 ? strtol(argv[2], NULL, 10) : BENCH_REPLICAS;
    if (count < 10 || count > SPILL_ASSETS_MAX / 2 || replica_count < 1 ||
        replica_count > 1000000 || argc > 3) {
        fprintf(stderr, "usage: bench_layers [NODES [REPLICAS]]\n");
        return SPILL_EXIT_USAGE;
    }
    bench_interdependent((size_t)count, (uint32_t)replica_count);
    bench_grid("power flow, grid of 30 x 30", LAYER_DC_FLOW, 30);
    bench_grid("power flow, grid of 100 x 100", LAYER_DC_FLOW, 100);
    bench_grid("shortest paths, grid of 30 x 30", LAYER_BETWEENNESS, 30);
    bench_grid("largest part, grid of 300 x 300", LAYER_GIANT, 300);
    return SPILL_EXIT_OK;
}
