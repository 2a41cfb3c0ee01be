/* SPDX-License-Identifier: Apache-2.0 */
/* GraphML: whatever the file holds, it becomes a graph or is refused with words. */
#include "coordinator/exchange/graphml.h"

#include "tests/fuzz/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    return fuzz_graph(graphml_read, bytes, size_bytes);
}
