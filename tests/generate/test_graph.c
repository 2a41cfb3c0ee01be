/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs have the edges that they should have, once each, and are the same everywhere. */
#include "coordinator/generate/graph.h"

#include <string.h>

#include "tests/check.h"

/* Every edge joins two different nodes, a < b, and they rise. */
static void graph_sound(const struct graph *graph) {
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge edge = graph->edges[i];
        CHECK_LT(edge.a, edge.b);
        CHECK_LT((size_t)edge.b, graph->node_count);
        if (i > 0) {
            const struct graph_edge before = graph->edges[i - 1];
            CHECK(before.a < edge.a || (before.a == edge.a && before.b < edge.b));
        }
    }
}

TEST(graph, a_random_graph_has_its_edges_once_each) {
    struct graph graph = {0};
    CHECK_OK(graph_make_random(&graph, 7, 0, 1000, 3000));
    CHECK_EQ(graph.node_count, (size_t)1000);
    CHECK_EQ(graph.edge_count, (size_t)3000);
    graph_sound(&graph);
    graph_free(&graph);
    /* Half of all pairs, where twins are most likely. */
    CHECK_OK(graph_make_random(&graph, 7, 0, 20, 95));
    CHECK_EQ(graph.edge_count, (size_t)95);
    graph_sound(&graph);
    graph_free(&graph);
    CHECK_OK(graph_make_random(&graph, 7, 0, 5, 0));
    CHECK_EQ(graph.edge_count, (size_t)0);
    graph_free(&graph);
}

TEST(graph, a_seed_and_a_number_name_one_graph) {
    struct graph first = {0};
    struct graph again = {0};
    struct graph other = {0};
    struct graph seeded = {0};
    CHECK_OK(graph_make_random(&first, 7, 3, 100, 200));
    CHECK_OK(graph_make_random(&again, 7, 3, 100, 200));
    CHECK_OK(graph_make_random(&other, 7, 4, 100, 200));
    CHECK_OK(graph_make_random(&seeded, 8, 3, 100, 200));
    const size_t bytes = 200 * sizeof(struct graph_edge);
    CHECK_EQ(memcmp(first.edges, again.edges, bytes), 0);
    CHECK_NE(memcmp(first.edges, other.edges, bytes), 0);
    CHECK_NE(memcmp(first.edges, seeded.edges, bytes), 0);
    graph_free(&seeded);
    graph_free(&other);
    graph_free(&again);
    graph_free(&first);
}

/* Degrees of a random graph: about the mean everywhere, from the first node to the last. */
TEST(graph, a_random_graph_prefers_no_node) {
    enum { NODES = 64, GRAPHS = 200, EDGES = 320 };
    static size_t degrees[NODES];
    for (uint32_t number = 0; number < GRAPHS; number++) {
        struct graph graph = {0};
        CHECK_OK(graph_make_random(&graph, 1, number, NODES, EDGES));
        for (size_t i = 0; i < graph.edge_count; i++) {
            degrees[graph.edges[i].a]++;
            degrees[graph.edges[i].b]++;
        }
        graph_free(&graph);
    }
    /* 2000 in the mean, with a standard error of about 41. */
    for (size_t i = 0; i < NODES; i++) {
        CHECK_LT((size_t)1800, degrees[i]);
        CHECK_LT(degrees[i], (size_t)2200);
    }
}

TEST(graph, a_lattice_has_no_bonds_along_its_first_and_last_column) {
    struct graph graph = {0};
    CHECK_OK(graph_make_lattice(&graph, 3, 4));
    CHECK_EQ(graph.node_count, (size_t)12);
    CHECK_EQ(graph.edge_count, (size_t)(3 * 3 + 2 * 2));
    graph_sound(&graph);
    for (size_t i = 0; i < graph.edge_count; i++) {
        const struct graph_edge edge = graph.edges[i];
        CHECK(edge.b - edge.a == 1 || edge.b - edge.a == 4);
        CHECK(edge.b - edge.a == 1 || (edge.a % 4 != 0 && edge.a % 4 != 3));
    }
    graph_free(&graph);
}

TEST(graph, rings_and_complete_graphs_are_what_they_are_called) {
    struct graph graph = {0};
    CHECK_OK(graph_make_ring(&graph, 5));
    CHECK_EQ(graph.edge_count, (size_t)5);
    graph_sound(&graph);
    graph_free(&graph);
    CHECK_OK(graph_make_complete(&graph, 6));
    CHECK_EQ(graph.edge_count, (size_t)15);
    graph_sound(&graph);
    graph_free(&graph);
    CHECK(graph.edges == NULL);
}

TEST(graph, no_memory_leaves_it_empty) {
    struct graph graph = {0};
    spill_alloc_fail_after(0, false);
    CHECK_EQ(graph_make_random(&graph, 1, 0, 10, 10), SPILL_MEMORY);
    spill_alloc_fail_after(0, false);
    CHECK_EQ(graph_make_ring(&graph, 10), SPILL_MEMORY);
    CHECK(graph.edges == NULL);
    CHECK_EQ(graph.node_count, (size_t)0);
    graph_free(&graph);
}
