/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare: the engine and the oracle side by side on one scenario, tick by tick, state by state.
 */
#ifndef SPILL_ORACLE_COMPARE_H
#define SPILL_ORACLE_COMPARE_H

#include "tests/oracle/generate.h"

enum { COMPARE_TEXT_BYTES = 512 };

enum compare_result {
    COMPARE_SAME,
    COMPARE_DIFFERS,
    COMPARE_REFUSED, /* network_create did not take the network. */
};

/* The first difference. */
struct compare_difference {
    int64_t tick;
    char text[COMPARE_TEXT_BYTES];
};

/* Runs both; adds to fired (ORACLE_RULE_COUNT counters) how often each rule came into play. */
enum compare_result compare_run(const struct generate_scenario *scenario, uint64_t *fired,
                                struct compare_difference *difference);

/* Runs the engine alone to the end, on a cascade that was used for something else before if `used`,
 * in a copy from the middle on if `copied`; writes its digest and a hash of all its records. False:
 * refused. */
bool compare_digest(const struct generate_scenario *scenario, bool used, bool copied,
                    uint8_t digest[CASCADE_DIGEST_BYTES], uint64_t *records);

/* Takes things away from a scenario while it still differs, and prints what is left. */
void compare_shrink(const struct generate_scenario *scenario);

#endif
