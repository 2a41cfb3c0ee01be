/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the file holds, it becomes a graph or is refused with words. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/exchange/edge_list.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
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
        status = edge_list_read("net", text, size_bytes, graph, &error);
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
