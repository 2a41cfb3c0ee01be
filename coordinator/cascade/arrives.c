/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"
#include "coordinator/cascade/law.h"

static int64_t link_delivered(const struct cascade *cascade, uint32_t link) {
    return SPILL_PPM - cascade->links[link].delivered_loss_ppm;
}

/* The k-th largest of `count` values, which are reordered (Hoare, "Algorithm 65: find", 1961). */
static int32_t arrives_select(int32_t *values, size_t count, size_t k) {
    size_t low = 0;
    size_t high = count - 1;
    const size_t wanted = k - 1;
    while (low < high) {
        const int32_t pivot = values[low + (high - low) / 2];
        size_t i = low;
        size_t j = high;
        for (;;) {
            while (values[i] > pivot) {
                i++;
            }
            while (values[j] < pivot) {
                j--;
            }
            if (i >= j) {
                break;
            }
            const int32_t swap = values[i];
            values[i++] = values[j];
            values[j--] = swap;
        }
        if (wanted <= j) {
            high = j;
        } else {
            low = j + 1;
        }
    }
    return values[wanted];
}

static int64_t arrives_k_of_n(const struct cascade *cascade, const struct network_need *need) {
    /* Each need has room of its own, so that needs may be evaluated at once. */
    int32_t *const levels = &cascade->levels[need->first_link];
    size_t count = 0;
    for (uint32_t link = need->first_link; link < need[1].first_link; link++) {
        levels[count++] = (int32_t)link_delivered(cascade, link);
    }
    SPILL_ASSERT(need->k >= 1);
    SPILL_ASSERT(need->k <= count);
    return arrives_select(levels, count, need->k);
}

static int64_t arrives_extreme(const struct cascade *cascade, const struct network_need *need,
                               bool largest) {
    int64_t extreme = link_delivered(cascade, need->first_link);
    for (uint32_t link = need->first_link + 1; link < need[1].first_link; link++) {
        const int64_t delivered = link_delivered(cascade, link);
        if (largest ? delivered > extreme : delivered < extreme) {
            extreme = delivered;
        }
    }
    return extreme;
}

/* Weight of the suppliers that have failed; false if none has. */
static bool arrives_failed(const struct cascade *cascade, const struct network_need *need,
                           int64_t *failed_weight) {
    bool failed = false;
    *failed_weight = 0;
    for (uint32_t link = need->first_link; link < need[1].first_link; link++) {
        if (link_delivered(cascade, link) < SPILL_FAILED_BELOW) {
            *failed_weight += cascade->network->links[link].weight;
            failed = true;
        }
    }
    return failed;
}

void need_draw_fraction(struct cascade *cascade, uint32_t need) {
    const struct network_need *const what = &cascade->network->needs[need];
    struct need_state *const state = &cascade->needs[need];
    int64_t failed_weight = 0;
    if (state->fraction != 0 || !arrives_failed(cascade, what, &failed_weight)) {
        return;
    }
    const int64_t drawn_ppm = law_duration_ms(
        &cascade->network->laws[what->fraction],
        chance_draw(cascade->seed, cascade->replica, what->hash, CHANCE_THRESHOLD, 0));
    state->fraction = (int32_t)(drawn_ppm < SPILL_PPM ? drawn_ppm : SPILL_PPM) + 1;
}

static int64_t arrives_threshold(const struct cascade *cascade, const struct network_need *need,
                                 const struct need_state *state) {
    int64_t failed_weight = 0;
    if (!arrives_failed(cascade, need, &failed_weight)) {
        return SPILL_PPM;
    }
    const bool drawn = need->fraction != 0;
    SPILL_ASSERT(!drawn || state->fraction != 0);
    const int64_t numerator = drawn ? state->fraction - 1 : need->numerator;
    return failed_weight * need->denominator >= need->weight_sum * numerator ? 0 : SPILL_PPM;
}

/* The sum of weights times losses. */
static int64_t arrives_lost(const struct cascade *cascade, const struct network_need *need) {
    int64_t lost = 0;
    for (uint32_t link = need->first_link; link < need[1].first_link; link++) {
        lost +=
            (int64_t)cascade->network->links[link].weight * cascade->links[link].delivered_loss_ppm;
    }
    return lost;
}

int64_t need_arrives(const struct cascade *cascade, uint32_t need) {
    const struct network_need *const what = &cascade->network->needs[need];
    if (what->first_link == what[1].first_link) {
        return SPILL_PPM;
    }
    switch ((enum aggregator)what->aggregator) {
    case AGGREGATOR_ALL:
        return arrives_extreme(cascade, what, false);
    case AGGREGATOR_ANY:
        return arrives_extreme(cascade, what, true);
    case AGGREGATOR_K_OF_N:
        return arrives_k_of_n(cascade, what);
    case AGGREGATOR_SHARE:
        return (what->weight_sum * SPILL_PPM - arrives_lost(cascade, what)) / what->weight_sum;
    case AGGREGATOR_THRESHOLD:
        return arrives_threshold(cascade, what, &cascade->needs[need]);
    case AGGREGATOR_LINEAR: {
        const int64_t lost = (arrives_lost(cascade, what) + SPILL_PPM - 1) / SPILL_PPM;
        return lost < SPILL_PPM ? SPILL_PPM - lost : 0;
    }
    }
    SPILL_ASSERT(false);
    return 0;
}

int64_t need_allows(const struct cascade *cascade, uint32_t need, int64_t arrives_ppm) {
    const struct network *const network = cascade->network;
    const uint32_t first = network->needs[need].first_response;
    const uint32_t end = network->needs[need + 1].first_response;
    if (first == end) {
        return arrives_ppm;
    }
    uint32_t point = first + 1;
    while (network->responses[point].arrives_ppm < arrives_ppm) {
        point++;
        SPILL_ASSERT(point < end);
    }
    const struct network_response *const low = &network->responses[point - 1];
    const struct network_response *const high = &network->responses[point];
    return low->allows_ppm + (int64_t)(high->allows_ppm - low->allows_ppm) *
                                 (arrives_ppm - low->arrives_ppm) /
                                 (high->arrives_ppm - low->arrives_ppm);
}

/* How strongly a link pulls its need down: the binding one has the most. */
static int64_t link_pull(const struct cascade *cascade, const struct network_need *need,
                         uint32_t link, int64_t arrives_ppm) {
    const int64_t loss_ppm = cascade->links[link].delivered_loss_ppm;
    switch ((enum aggregator)need->aggregator) {
    case AGGREGATOR_ALL:
        return loss_ppm;
    case AGGREGATOR_ANY:
        return -loss_ppm;
    case AGGREGATOR_K_OF_N:
        return SPILL_PPM - loss_ppm == arrives_ppm ? 1 : 0;
    case AGGREGATOR_SHARE:
    case AGGREGATOR_THRESHOLD:
    case AGGREGATOR_LINEAR:
        return loss_ppm * cascade->network->links[link].weight;
    }
    return 0;
}

/* Whether a link wins a tie against the best so far. */
static bool link_wins(const struct cascade *cascade, uint32_t link, uint32_t best,
                      uint32_t in_force) {
    if (link + 1 == in_force || best + 1 == in_force) {
        return link + 1 == in_force;
    }
    const struct link_state *const a = &cascade->links[link];
    const struct link_state *const b = &cascade->links[best];
    if (a->delivered != b->delivered) {
        return a->delivered > b->delivered;
    }
    if (a->delivered_round != b->delivered_round) {
        return a->delivered_round > b->delivered_round;
    }
    return cascade->network->links[link].hash < cascade->network->links[best].hash;
}

uint32_t need_binding_link(const struct cascade *cascade, uint32_t need, uint32_t in_force) {
    const struct network_need *const what = &cascade->network->needs[need];
    if (what->first_link == what[1].first_link) {
        return 0;
    }
    const int64_t arrives_ppm =
        what->aggregator == AGGREGATOR_K_OF_N ? need_arrives(cascade, need) : 0;
    uint32_t best = what->first_link;
    int64_t best_pull = link_pull(cascade, what, best, arrives_ppm);
    for (uint32_t link = what->first_link + 1; link < what[1].first_link; link++) {
        const int64_t pull = link_pull(cascade, what, link, arrives_ppm);
        if (pull > best_pull || (pull == best_pull && link_wins(cascade, link, best, in_force))) {
            best = link;
            best_pull = pull;
        }
    }
    return best + 1;
}
