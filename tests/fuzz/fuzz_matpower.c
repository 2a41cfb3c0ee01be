/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a case file holds, it is read or refused with words, and all numbers in it are finite.
 */
#include <math.h>
#include <string.h>

#include "coordinator/exchange/matpower.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    struct matpower *matpower = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status =
        matpower_parse("case.m", (const char *)bytes, size_bytes, &matpower, &error);
    if (status != SPILL_OK) {
        SPILL_ASSERT(error.text[0] != '\0');
        SPILL_ASSERT(matpower == NULL);
        return 0;
    }
    for (size_t i = 0; i < matpower->branch_count; i++) {
        SPILL_ASSERT(isfinite(matpower->branches[i].reactance));
        SPILL_ASSERT(matpower->branches[i].from < matpower->bus_count);
        SPILL_ASSERT(matpower->branches[i].to < matpower->bus_count);
    }
    for (size_t i = 0; i < matpower->gen_count; i++) {
        SPILL_ASSERT(matpower->gens[i].bus < matpower->bus_count);
    }
    matpower_free(&matpower);
    return 0;
}
