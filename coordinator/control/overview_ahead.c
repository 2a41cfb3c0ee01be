/* SPDX-License-Identifier: Apache-2.0 */
/* What a forecast says comes next. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/overview_parts.h"

enum { OVERVIEW_REACH_MAX = 4096 }; /* Assets looked at below one. */

static int overview_compare_ahead(const void *a, const void *b) {
    const struct overview_ahead *const left = a;
    const struct overview_ahead *const right = b;
    if (left->chance_ppm != right->chance_ppm) {
        return left->chance_ppm < right->chance_ppm ? 1 : -1;
    }
    return (left->asset.index > right->asset.index) - (left->asset.index < right->asset.index);
}

void overview_foresee(struct overview *overview, const struct overview_ahead *ahead, size_t count) {
    overview->ahead_count = count < OVERVIEW_AHEAD_MAX ? count : (size_t)OVERVIEW_AHEAD_MAX;
    memcpy(overview->ahead, ahead, overview->ahead_count * sizeof *ahead);
    qsort(overview->ahead, overview->ahead_count, sizeof *overview->ahead, overview_compare_ahead);
    /* What proposals say comes next has changed. */
    for (size_t i = 0; i < scenario_inject_count(overview->scenario); i++) {
        overview->injects[i].dirty =
            overview->injects[i].dirty || scenario_inject(overview->scenario, i)->proposed;
    }
}

/* Everything that takes its supply from these, nearest first, into `reach`. */
static size_t overview_reach(const struct overview *overview, const struct asset_ref *from,
                             size_t from_count, uint32_t reach[OVERVIEW_REACH_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < from_count && count < OVERVIEW_REACH_MAX; i++) {
        reach[count++] = from[i].index;
    }
    for (size_t i = 0; i < count; i++) {
        const struct asset_ref asset = {reach[i]};
        const size_t customers = network_asset_customer_count(overview->network, asset);
        for (size_t j = 0; j < customers && count < OVERVIEW_REACH_MAX; j++) {
            const struct link_ref link = network_asset_customer(overview->network, asset, j);
            const uint32_t customer =
                network_need_asset(overview->network, network_link_need(overview->network, link))
                    .index;
            bool known = false;
            for (size_t k = 0; k < count && !known; k++) {
                known = reach[k] == customer;
            }
            if (!known) {
                reach[count++] = customer;
            }
        }
    }
    return count;
}

static void overview_print_ahead(const struct overview_ahead *ahead, int64_t now_ms, bool inject,
                                 struct writer *writer) {
    writer_object(writer, NULL);
    writer_number(writer, "asset", ahead->asset.index);
    if (inject) {
        writer_number(writer, "within_ms", ahead->soon_ms - now_ms);
        writer_number(writer, "chance_ppm", ahead->soon_ppm);
    } else {
        writer_number(writer, "at_ms", ahead->median_ms);
        writer_number(writer, "early_ms", ahead->early_ms);
        writer_number(writer, "late_ms", ahead->late_ms);
        writer_number(writer, "chance_ppm", ahead->chance_ppm);
    }
    writer_end(writer);
}

void overview_print_next(const struct overview *overview, const struct exercise *exercise,
                         const struct asset_ref *from, size_t from_count, bool inject,
                         struct writer *writer) {
    uint32_t reach[OVERVIEW_REACH_MAX];
    const int64_t now_ms = exercise_now_ms(exercise);
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    const size_t reach_count =
        overview->ahead_count == 0 ? 0 : overview_reach(overview, from, from_count, reach);
    size_t count = 0;
    writer_array(writer, "next");
    for (size_t i = 0; i < overview->ahead_count && count < OVERVIEW_NEXT_MAX; i++) {
        const struct overview_ahead *const ahead = &overview->ahead[i];
        bool reached = false;
        for (size_t j = 0; j < reach_count && !reached; j++) {
            reached = reach[j] == ahead->asset.index;
        }
        const bool shown = inject ? ahead->soon_ms > now_ms && ahead->soon_ppm > 0 : true;
        if (reached && shown && cascade_service_ppm(cascade, ahead->asset) >= SPILL_FAILED_BELOW) {
            overview_print_ahead(ahead, now_ms, inject, writer);
            count++;
        }
    }
    writer_end(writer);
}
