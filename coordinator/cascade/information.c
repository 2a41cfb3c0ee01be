/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* Names follow RULES.md, section 11. Everything is at most a few times Q, so products of two fit
 * easily. */

/* ceil(a * b / Q) for what is not negative. */
static int64_t information_up(int64_t a, int64_t b) {
    return (a * b + SPILL_PPM - 1) / SPILL_PPM;
}

static int64_t country_trust(const struct cascade *cascade, uint32_t country) {
    return cascade->network->countries[country].trust_ppm -
           cascade->countries[country].trust_lost_ppm;
}

static void country_set_trust(struct cascade *cascade, uint32_t country, int64_t trust_ppm) {
    const int64_t kept_ppm = trust_ppm < 0 ? 0 : trust_ppm > SPILL_PPM ? SPILL_PPM : trust_ppm;
    cascade->countries[country].trust_lost_ppm =
        cascade->network->countries[country].trust_ppm - kept_ppm;
}

/* Disinformation in force in a country at this tick. What is over leaves the list. */
static int64_t country_lies(struct cascade *cascade, uint32_t country) {
    int64_t amount_ppm = 0;
    for (uint32_t *at = &cascade->lies; *at != 0;) {
        const uint32_t slot = *at - 1;
        struct waiting_action *const lie = &cascade->actions[slot];
        if (cascade->tick >= lie->tick) {
            *at = lie->next;
            action_release(cascade, slot);
            continue;
        }
        if (lie->action.country.index == country) {
            amount_ppm += lie->action.amount_ppm;
        }
        at = &lie->next;
    }
    return amount_ppm;
}

/* Steps 1 and 2. Returns whether the narrative weighs at least as much as outages. */
static bool country_update_trust(struct cascade *cascade, uint32_t country) {
    const struct information_spec *const rates = &cascade->network->information;
    const struct network_country *const what = &cascade->network->countries[country];
    struct country_state *const state = &cascade->countries[country];
    const int64_t narrative_ppm = state->narrative_ppm -
                                  information_up(state->narrative_ppm, rates->narrative_decay_ppm) +
                                  country_lies(cascade, country);
    state->narrative_ppm = narrative_ppm < SPILL_PPM ? narrative_ppm : SPILL_PPM;
    const int64_t felt_ppm = what->people == 0 ? 0 : SPILL_PPM * state->without / what->people;
    const int64_t a = felt_ppm * rates->outage_weight_ppm / SPILL_PPM;
    const int64_t b = state->narrative_ppm * rates->narrative_weight_ppm / SPILL_PPM;
    int64_t trust_ppm = country_trust(cascade, country);
    if (trust_ppm < what->trust_ppm) {
        trust_ppm += information_up(what->trust_ppm - trust_ppm, rates->recover_ppm);
    } else {
        trust_ppm -= information_up(trust_ppm - what->trust_ppm, rates->recover_ppm);
    }
    country_set_trust(cascade, country, trust_ppm - a - b);
    return b >= a;
}

/* An asset is to be evaluated in the next tick. */
static void asset_wake(struct cascade *cascade, uint32_t asset) {
    asset_touch(cascade, asset);
    cascade->assets[asset].wake_tick = cascade->tick + 1;
    asset_schedule(cascade, asset);
}

static void country_wake(struct cascade *cascade, uint32_t country, uint32_t surge) {
    size_t count = 0;
    const uint32_t *const assets = network_group_items(
        &cascade->network->demand_assets, country * cascade->network->surge_count + surge, &count);
    for (size_t i = 0; i < count; i++) {
        asset_wake(cascade, assets[i]);
    }
}

/* Step 3 for one class. Returns whether demand is above Q now. */
static bool country_update_demand(struct cascade *cascade, uint32_t country, uint32_t surge) {
    const struct network *const network = cascade->network;
    const struct network_surge *const what = &network->surges[surge];
    const int64_t trust_ppm = country_trust(cascade, country);
    const int64_t before_ppm = cascade_demand(cascade, country, surge);
    int64_t demand_ppm = SPILL_PPM;
    if (trust_ppm < what->start_below_ppm) {
        demand_ppm += (what->start_below_ppm - trust_ppm) * what->slope_ppm / SPILL_PPM;
    }
    if (trust_ppm < what->run_below_ppm) {
        demand_ppm += what->run_extra_ppm;
    }
    if (demand_ppm != before_ppm) {
        const size_t place = country * network->surge_count + surge;
        cascade->demand_more[place] = demand_ppm - SPILL_PPM;
        size_t count = 0;
        const uint32_t *const needs = network_group_items(&network->demand_needs, place, &count);
        for (size_t i = 0; i < count; i++) {
            need_rescale(cascade, needs[i], before_ppm, demand_ppm);
        }
        country_wake(cascade, country, surge);
    }
    return demand_ppm > SPILL_PPM;
}

/* Step 4. */
static void country_update_root(struct cascade *cascade, uint32_t country, bool by_narrative,
                                bool surging) {
    struct country_state *const state = &cascade->countries[country];
    const uint32_t before = state->demand_root;
    if (!surging) {
        state->demand_root = 0;
        return;
    }
    if (state->demand_since == 0) {
        state->demand_since = cascade->tick + 1;
    }
    if (by_narrative && state->lie_root != 0) {
        state->demand_root = state->lie_root;
    } else {
        const char *const id =
            network_text(cascade->network, cascade->network->countries[country].name);
        const enum spill_status status = root_name(
            cascade, "information", id, state->demand_since - 1, true, &state->demand_root);
        SPILL_ASSERT(status == SPILL_OK);
        root_make(cascade, state->demand_root);
        root_reach(cascade, state->demand_root, country);
    }
    if (state->demand_root != before && before != 0) {
        for (uint32_t surge = 0; surge < cascade->network->surge_count; surge++) {
            country_wake(cascade, country, surge);
        }
    }
}

static void country_update(struct cascade *cascade, uint32_t country) {
    cascade_touch(cascade, ENTITY_COUNTRY, country);
    const bool by_narrative = country_update_trust(cascade, country);
    bool surging = false;
    for (uint32_t surge = 0; surge < cascade->network->surge_count; surge++) {
        surging = country_update_demand(cascade, country, surge) || surging;
    }
    country_update_root(cascade, country, by_narrative, surging);
}

/* Whether an update would change nothing. */
static bool country_rests(const struct cascade *cascade, uint32_t country) {
    const struct country_state *const state = &cascade->countries[country];
    return state->trust_lost_ppm == 0 && state->narrative_ppm == 0 && state->demand_root == 0 &&
           (state->without == 0 || cascade->network->information.outage_weight_ppm == 0);
}

void cascade_update_information(struct cascade *cascade) {
    const struct network *const network = cascade->network;
    if (cascade->tick == 0 || cascade->tick % network->interval_ticks != 0) {
        return;
    }
    for (uint32_t country = 0; country < network->country_count; country++) {
        if (cascade->lies != 0 || !country_rests(cascade, country)) {
            country_update(cascade, country);
        }
    }
}

int64_t cascade_next_update_tick(const struct cascade *cascade) {
    const struct network *const network = cascade->network;
    bool rests = cascade->lies == 0;
    for (uint32_t country = 0; country < network->country_count && rests; country++) {
        rests = country_rests(cascade, country);
    }
    const int64_t now = cascade->tick < 0 ? 0 : cascade->tick;
    return rests ? SPILL_NEVER : (now / network->interval_ticks + 1) * network->interval_ticks;
}

void country_message(struct cascade *cascade, uint32_t country) {
    const struct information_spec *const rates = &cascade->network->information;
    struct country_state *const state = &cascade->countries[country];
    const int64_t trust_ppm = country_trust(cascade, country);
    cascade_touch(cascade, ENTITY_COUNTRY, country);
    state->narrative_ppm -=
        state->narrative_ppm * rates->message_counter_ppm / SPILL_PPM * trust_ppm / SPILL_PPM;
    country_set_trust(cascade, country,
                      trust_ppm + rates->message_gain_ppm * trust_ppm / SPILL_PPM);
}
