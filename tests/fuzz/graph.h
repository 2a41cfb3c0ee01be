/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph: what the targets of every reader of networks do: whatever the file holds, it becomes a
 * graph or is refused with words.
 */
#ifndef FUZZ_GRAPH_H
#define FUZZ_GRAPH_H

#include <stdlib.h>
#include <string.h>

#include "coordinator/exchange/graph.h"
#include "tests/fuzz/fuzz.h"

static inline int fuzz_graph(enum spill_status (*read)(const char *path, const char *bytes,
                                                       size_t size_bytes, struct graph *graph,
                                                       struct spill_error *error),
                             const uint8_t *bytes, size_t size_bytes) {
    const struct graph_defaults defaults = {
        .country = "nl", .sector = "water", .aggregator = "any"};
    struct graph *graph = NULL;
    struct spill_error error = {{0}};
    char *const text = malloc(size_bytes + 1);
    SPILL_ASSERT(text != NULL);
    memcpy(text, bytes, size_bytes);
    text[size_bytes] = '\0';
    enum spill_status status = graph_create(&defaults, &graph);
    if (status == SPILL_OK) {
        status = read("net", text, size_bytes, graph, &error);
        SPILL_ASSERT(status == SPILL_OK || error.text[0] != '\0');
    }
    if (status == SPILL_OK) {
        status = graph_check(graph, &error);
        SPILL_ASSERT(status == SPILL_OK || error.text[0] != '\0');
    }
    graph_destroy(&graph);
    free(text);
    return 0;
}

#endif
