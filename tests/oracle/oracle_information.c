/* SPDX-License-Identifier: Apache-2.0 */
/* Trust, narrative and demand: section 11 of RULES.md. */
#include "tests/oracle/oracle_rules.h"

static int64_t oracle_share_down(int64_t amount, int64_t share_ppm) {
    return amount * share_ppm / SPILL_PPM;
}

static int64_t oracle_share_up(int64_t amount, int64_t share_ppm) {
    return (amount * share_ppm + SPILL_PPM - 1) / SPILL_PPM;
}

/* F: the share of people without service. */
static int64_t oracle_felt(const struct oracle *oracle, const struct oracle_country *country) {
    int64_t without = 0;
    int64_t people = 0;
    for (size_t i = 0; i < oracle->asset_count; i++) {
        if (oracle->assets[i].country == country) {
            without += oracle_people_without(&oracle->assets[i]);
            people += oracle->assets[i].spec->people;
        }
    }
    return people == 0 ? 0 : SPILL_PPM * without / people;
}

/* N: what the disinformation in force adds. */
static int64_t oracle_added(const struct oracle *oracle, const struct oracle_country *country) {
    int64_t added = 0;
    for (size_t i = 0; i < oracle->rumour_count; i++) {
        if (oracle->rumours[i].country == country && oracle->tick < oracle->rumours[i].until) {
            added += oracle->rumours[i].amount;
        }
    }
    return added;
}

/* A backup that is on uses its charge at another rate from now on. */
static void oracle_rescale(struct oracle *oracle, struct oracle_need *need, int64_t before,
                           int64_t after) {
    struct oracle_timer *const autonomy = &need->autonomy;
    const int64_t left = autonomy->due - oracle->tick;
    oracle_fire(oracle, ORACLE_BACKUP_RESCALED);
    need->start_charge = need->start_charge * left / (autonomy->due - autonomy->from);
    need->rescaled = true;
    const int64_t ticks = left * before / after;
    autonomy->from = oracle->tick;
    autonomy->due = oracle->tick + (ticks < 1 ? 1 : ticks);
}

/* 11.3 for one class; true while demand is above Q. */
static bool oracle_demand(struct oracle *oracle, struct oracle_country *country, size_t surge) {
    const struct surge_spec *const spec = oracle->surges[surge];
    const int64_t before = country->demand[surge];
    int64_t demand = SPILL_PPM;
    if (country->trust < spec->start_below_ppm) {
        demand += oracle_share_down(spec->start_below_ppm - country->trust, spec->slope_ppm);
    }
    if (country->trust < spec->run_below_ppm) {
        demand += spec->run_extra_ppm;
        oracle_fire(oracle, ORACLE_DEMAND_RUN);
    }
    country->demand[surge] = demand;
    if (demand != before) {
        oracle_fire(oracle, demand > before ? ORACLE_DEMAND_RISES : ORACLE_DEMAND_FALLS);
        for (size_t i = 0; i < oracle->need_count; i++) {
            struct oracle_need *const need = &oracle->needs[i];
            if (need->surge == surge && need->asset->country == country && need->active != NULL &&
                need->on) {
                oracle_rescale(oracle, need, before, demand);
            }
        }
    }
    return demand > SPILL_PPM;
}

/* 11.4. */
static void oracle_demand_blame(struct oracle *oracle, struct oracle_country *country,
                                bool narrative_leads) {
    if (country->first_demand == ORACLE_NEVER) {
        country->first_demand = oracle->tick;
    }
    struct oracle_root *const before = country->demand_root;
    if (narrative_leads && country->disinformation != NULL) {
        oracle_fire(oracle, ORACLE_DEMAND_ROOT_DISINFORMATION);
        country->demand_root = country->disinformation;
    } else {
        oracle_fire(oracle, ORACLE_DEMAND_ROOT_INFORMATION);
        country->demand_root =
            oracle_root_make(oracle, "information", country->id, country->first_demand);
        country->demand_root->country = country;
    }
    if (before != NULL && before != country->demand_root) {
        oracle_fire(oracle, ORACLE_DEMAND_ROOT_CHANGES);
    }
}

static void oracle_country_update(struct oracle *oracle, struct oracle_country *country) {
    const struct information_spec *const rates = &oracle->spec->information;
    const int64_t felt = oracle_felt(oracle, country);
    /* 11.1 */
    const int64_t added = oracle_added(oracle, country);
    int64_t narrative = country->narrative -
                        oracle_share_up(country->narrative, rates->narrative_decay_ppm) + added;
    if (narrative > SPILL_PPM) {
        narrative = SPILL_PPM;
        oracle_fire(oracle, ORACLE_NARRATIVE_FULL);
    }
    if (narrative > country->narrative) {
        oracle_fire(oracle, ORACLE_NARRATIVE_RISES);
    }
    country->narrative = narrative;
    /* 11.2 */
    const int64_t a = oracle_share_down(felt, rates->outage_weight_ppm);
    const int64_t b = oracle_share_down(narrative, rates->narrative_weight_ppm);
    const int64_t before = country->trust;
    int64_t trust = before;
    if (trust < country->resting) {
        trust += oracle_share_up(country->resting - trust, rates->recover_ppm);
    } else {
        trust -= oracle_share_up(trust - country->resting, rates->recover_ppm);
    }
    trust = trust - a - b;
    if (trust < 0) {
        trust = 0;
        oracle_fire(oracle, ORACLE_TRUST_EMPTY);
    }
    trust = trust > SPILL_PPM ? SPILL_PPM : trust;
    country->trust = trust;
    if (trust < before) {
        oracle_fire(oracle, before > country->resting ? ORACLE_TRUST_EASES : ORACLE_TRUST_FALLS);
    } else if (trust > before) {
        oracle_fire(oracle, ORACLE_TRUST_RECOVERS);
    }
    /* 11.3, 11.4 */
    bool above = false;
    for (size_t surge = 0; surge < oracle->surge_count; surge++) {
        above = oracle_demand(oracle, country, surge) || above;
    }
    if (above) {
        oracle_demand_blame(oracle, country, b >= a);
    }
}

void oracle_information(struct oracle *oracle) {
    for (size_t i = 0; i < oracle->country_count; i++) {
        oracle_country_update(oracle, &oracle->countries[i]);
    }
}

void oracle_message(struct oracle *oracle, struct oracle_country *country) {
    const struct information_spec *const rates = &oracle->spec->information;
    oracle_fire(oracle, ORACLE_MESSAGE);
    const int64_t countered = oracle_share_down(country->narrative, rates->message_counter_ppm);
    country->narrative -= oracle_share_down(countered, country->trust);
    const int64_t trust =
        country->trust + oracle_share_down(rates->message_gain_ppm, country->trust);
    country->trust = trust > SPILL_PPM ? SPILL_PPM : trust;
}
