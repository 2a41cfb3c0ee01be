/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/generate/graph.h"

#include <stdlib.h>

#include "coordinator/cascade/chance.h"

static enum spill_status graph_open(struct graph *graph, size_t node_count, size_t edge_count) {
    SPILL_ASSERT(graph->edges == NULL);
    SPILL_ASSERT(node_count <= UINT32_MAX);
    graph->edges = spill_alloc(edge_count, sizeof *graph->edges);
    if (graph->edges == NULL) {
        return SPILL_MEMORY;
    }
    graph->node_count = node_count;
    graph->edge_count = 0;
    return SPILL_OK;
}

static void graph_join(struct graph *graph, size_t a, size_t b) {
    graph->edges[graph->edge_count++] =
        (struct graph_edge){(uint32_t)(a < b ? a : b), (uint32_t)(a < b ? b : a)};
}

static int graph_compare_edges(const void *left, const void *right) {
    const struct graph_edge *const x = left;
    const struct graph_edge *const y = right;
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return (x->b > y->b) - (x->b < y->b);
}

static void graph_sort(struct graph *graph) {
    if (graph->edge_count > 1) {
        qsort(graph->edges, graph->edge_count, sizeof *graph->edges, graph_compare_edges);
    }
}

/* Two nodes from the counter-th block of the seed's chance; false if they are the same. */
static bool graph_draw_edge(const uint32_t key[2], uint32_t number, uint64_t counter,
                            size_t node_count, struct graph_edge *edge) {
    const uint32_t block[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), number, 0};
    uint32_t words[4];
    chance_philox(block, key, words);
    /* 62 bits each: the bias of the product is far below what anybody could count. */
    const uint64_t a =
        ((uint64_t)words[0] * node_count + ((uint64_t)words[1] * node_count >> 32)) >> 32;
    const uint64_t b =
        ((uint64_t)words[2] * node_count + ((uint64_t)words[3] * node_count >> 32)) >> 32;
    *edge = (struct graph_edge){(uint32_t)(a < b ? a : b), (uint32_t)(a < b ? b : a)};
    return a != b;
}

/* Drops all but the first of equal edges, which are sorted. */
static void graph_drop_twins(struct graph *graph) {
    size_t kept = 0;
    for (size_t i = 0; i < graph->edge_count; i++) {
        if (i == 0 || graph_compare_edges(&graph->edges[i], &graph->edges[kept - 1]) != 0) {
            graph->edges[kept++] = graph->edges[i];
        }
    }
    graph->edge_count = kept;
}

enum spill_status graph_make_random(struct graph *graph, uint64_t seed, uint32_t number,
                                    size_t node_count, size_t edge_count) {
    SPILL_ASSERT(node_count >= 2 || edge_count == 0);
    SPILL_ASSERT(edge_count <= node_count * (node_count - 1) / 4);
    const enum spill_status status = graph_open(graph, node_count, edge_count);
    if (status != SPILL_OK) {
        return status;
    }
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint64_t counter = 0;
    while (graph->edge_count < edge_count) {
        while (graph->edge_count < edge_count) {
            struct graph_edge edge = {0};
            if (graph_draw_edge(key, number, counter++, node_count, &edge)) {
                graph->edges[graph->edge_count++] = edge;
            }
        }
        graph_sort(graph);
        graph_drop_twins(graph);
    }
    return SPILL_OK;
}

enum spill_status graph_make_lattice(struct graph *graph, size_t rows, size_t columns) {
    SPILL_ASSERT(rows >= 1);
    SPILL_ASSERT(columns >= 2);
    const enum spill_status status = graph_open(graph, rows * columns, 2 * rows * columns);
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            const size_t at = row * columns + column;
            if (column + 1 < columns) {
                graph_join(graph, at, at + 1);
            }
            if (row + 1 < rows && column > 0 && column + 1 < columns) {
                graph_join(graph, at, at + columns);
            }
        }
    }
    return SPILL_OK;
}

enum spill_status graph_make_ring(struct graph *graph, size_t node_count) {
    SPILL_ASSERT(node_count >= 3);
    const enum spill_status status = graph_open(graph, node_count, node_count);
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t i = 0; i < node_count; i++) {
        graph_join(graph, i, (i + 1) % node_count);
    }
    graph_sort(graph);
    return SPILL_OK;
}

enum spill_status graph_make_complete(struct graph *graph, size_t node_count) {
    const size_t pairs = node_count < 2 ? 0 : node_count * (node_count - 1) / 2;
    const enum spill_status status = graph_open(graph, node_count, pairs);
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t a = 0; a < node_count; a++) {
        for (size_t b = a + 1; b < node_count; b++) {
            graph_join(graph, a, b);
        }
    }
    return SPILL_OK;
}

void graph_free(struct graph *graph) {
    free(graph->edges);
    *graph = (struct graph){0};
}
