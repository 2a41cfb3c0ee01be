/* SPDX-License-Identifier: Apache-2.0 */
/* Making a failing scenario small. */
#include "tests/oracle/compare.h"

#include <inttypes.h>
#include <stdio.h>

static size_t compare_size(const struct generate_scenario *scenario) {
    const struct network_spec *const spec = &scenario->spec;
    return spec->asset_count + spec->need_count + spec->link_count + spec->trust_count +
           spec->campaign_count + scenario->action_count;
}

enum { COMPARE_SHRINK_MAX = 4096 };

void compare_shrink(const struct generate_scenario *scenario) {
    static struct generate_scenario *kept[COMPARE_SHRINK_MAX];
    uint64_t fired[ORACLE_RULE_COUNT] = {0};
    struct compare_difference difference = {0};
    size_t kept_count = 0;
    kept[kept_count++] = generate_permuted(scenario, 0);
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (size_t step = 0; kept_count < COMPARE_SHRINK_MAX;) {
            struct generate_scenario *candidate = generate_without(kept[kept_count - 1], step);
            if (candidate == NULL) {
                break;
            }
            const bool shrinks = compare_size(candidate) < compare_size(kept[kept_count - 1]);
            if (compare_run(candidate, fired, &difference) != COMPARE_DIFFERS) {
                generate_destroy(&candidate);
                step++;
                continue;
            }
            candidate->ticks = difference.tick;
            kept[kept_count++] = candidate;
            smaller = smaller || shrinks;
            step += !shrinks;
        }
    }
    generate_print(kept[kept_count - 1]);
    compare_run(kept[kept_count - 1], fired, &difference);
    printf("tick %" PRId64 ": %s\n", difference.tick, difference.text);
    while (kept_count > 0) {
        kept_count--;
        generate_destroy(&kept[kept_count]);
    }
}
