/* SPDX-License-Identifier: Apache-2.0 */
/* A table of comma-separated values: whatever the file holds, it becomes a graph or is refused with
 * words. */
#include "coordinator/exchange/edge_list.h"

#include "tests/fuzz/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    return fuzz_graph(edge_list_read, bytes, size_bytes);
}
