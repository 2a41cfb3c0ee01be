/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random: small networks with everything in them, and orders and effects for them, from one number.
 *
 * What a number gives never depends on where it is used, so that a failed property names its case.
 */
#ifndef SPILL_TEST_RANDOM_H
#define SPILL_TEST_RANDOM_H

#include "tests/cascade/model.h"

#include <stdio.h>

enum {
    RANDOM_ASSETS = 24,
    RANDOM_NEEDS = 40,
    RANDOM_LINKS = 64,
    RANDOM_TRUSTS = 40,
    RANDOM_ACTIONS = 60,
    RANDOM_COUNTRIES = 3,
    RANDOM_ID_BYTES = 24,
    RANDOM_PATH_BYTES = 96,
};

#define RANDOM_UNTIL_MS (6 * MODEL_HOUR)

struct random_model {
    struct model model;
    uint64_t state;
    char asset_ids[RANDOM_ASSETS][RANDOM_ID_BYTES];
    char carriers[RANDOM_TRUSTS][RANDOM_PATH_BYTES];
    const char *asset_tags[RANDOM_ASSETS][3];
    struct backup_spec backups[RANDOM_NEEDS][3];
    struct response_point responses[RANDOM_NEEDS][3];
    struct push_spec pushes[2][2];
    const char *campaign_tags[2][2];
    const char *entries[2][2];
    int64_t quantiles[3];
    struct action actions[RANDOM_ACTIONS];
    int64_t action_at_ms[RANDOM_ACTIONS];
    char action_roots[RANDOM_ACTIONS][RANDOM_ID_BYTES];
};

static const char *const random_countries[] = {"aa", "bb", "cc"};
static const char *const random_sectors[] = {"power", "data"};
static const char *const random_tag_names[] = {"t0", "t1", "t2"};
static const char *const random_surges[] = {"fuel", "cash"};
static const char *const random_needs[] = {"data", "electricity", "steering"};
static const char *const random_campaigns[] = {"worm", "wiper"};

static inline uint64_t random_next(struct random_model *random) {
    random->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = random->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

/* 0 to count - 1. */
static inline size_t random_below(struct random_model *random, size_t count) {
    return (size_t)(random_next(random) % count);
}

static inline bool random_chance(struct random_model *random, size_t percent) {
    return random_below(random, 100) < percent;
}

static inline int64_t random_ppm(struct random_model *random) {
    static const int64_t often[] = {0, 50000, 100000, 500000, MODEL_Q};
    return random_chance(random, 50) ? often[random_below(random, 5)]
                                     : (int64_t)random_below(random, MODEL_Q + 1);
}

static inline struct law_spec random_law(struct random_model *random, int64_t scale_ms) {
    const int64_t a = (int64_t)random_below(random, (size_t)scale_ms + 1);
    switch (random_below(random, 6)) {
    case 0:
        return model_fixed(a);
    case 1:
        return (struct law_spec){.kind = LAW_UNIFORM, .a_ms = a / 2, .b_ms = a};
    case 2:
        return (struct law_spec){.kind = LAW_TRIANGULAR, .a_ms = a / 3, .b_ms = a / 2, .c_ms = a};
    case 3:
        return model_exponential(a);
    case 4:
        return (struct law_spec){.kind = LAW_LOGNORMAL, .a_ms = a, .sigma_ppm = 600000};
    default:
        return (struct law_spec){
            .kind = LAW_EMPIRICAL, .quantile_ms = random->quantiles, .quantile_count = 3};
    }
}

static inline struct law_spec random_law_or_none(struct random_model *random, int64_t scale_ms) {
    return random_chance(random, 40) ? (struct law_spec){.kind = LAW_NONE}
                                     : random_law(random, scale_ms);
}

static inline const char *random_asset_id(struct random_model *random) {
    return random->asset_ids[random_below(random, random->model.spec.asset_count)];
}

static inline void random_make_kinds(struct random_model *random) {
    struct model *const model = &random->model;
    model_begin(model);
    static const int64_t ticks[] = {1000, 500, 60000, 7000};
    model->spec.tick_ms = ticks[random_below(random, 4)];
    model->spec.dwell_ms =
        random_chance(random, 50) ? 0 : (int64_t)random_below(random, 5 * MODEL_MINUTE);
    model->spec.horizon_ms = 24 * MODEL_HOUR;
    random->quantiles[1] = MODEL_MINUTE;
    random->quantiles[2] = MODEL_HOUR;
    for (int i = 1; i < RANDOM_COUNTRIES; i++) {
        model_country(model, random_countries[i]);
    }
    model_sector(model, random_sectors[1]);
    for (int i = 0; i < RANDOM_COUNTRIES; i++) {
        model->countries[i].trust_ppm = 600000 + (int64_t)random_below(random, 400001);
    }
    model_pool(model, "crews", (int64_t)random_below(random, 3));
    model_pool(model, "friends", (int64_t)random_below(random, 3))->country = "bb";
    for (int i = 0; i < 2; i++) {
        struct surge_spec *const surge = model_surge(model, random_surges[i]);
        surge->start_below_ppm = 400000 + (int64_t)random_below(random, 200001);
        surge->slope_ppm = (int64_t)random_below(random, 3 * MODEL_Q);
        surge->run_below_ppm = (int64_t)random_below(random, 400001);
        surge->run_extra_ppm = (int64_t)random_below(random, MODEL_Q);
    }
    for (int i = 0; i < 2; i++) {
        struct tag_spec *const tag = model_tag(model, random_tag_names[i]);
        tag->patch = random_law_or_none(random, 2 * MODEL_HOUR);
        tag->patch_shared = random_law_or_none(random, MODEL_HOUR);
    }
    if (random_chance(random, 70)) {
        model->spec.information = (struct information_spec){
            .interval_ms = (int64_t)random_below(random, 20 * MODEL_MINUTE),
            .recover_ppm = (int64_t)random_below(random, 300000),
            .outage_weight_ppm = (int64_t)random_below(random, 300000),
            .narrative_weight_ppm = (int64_t)random_below(random, 300000),
            .narrative_decay_ppm = (int64_t)random_below(random, 300000),
            .message_gain_ppm = (int64_t)random_below(random, 100000),
            .message_counter_ppm = (int64_t)random_below(random, MODEL_Q),
        };
    }
}

static inline void random_make_asset(struct random_model *random, size_t i) {
    snprintf(random->asset_ids[i], sizeof random->asset_ids[i], "n%zu", (i * 7) % RANDOM_ASSETS);
    struct asset_spec *const asset = model_asset(&random->model, random->asset_ids[i]);
    asset->country = random_countries[random_below(random, RANDOM_COUNTRIES)];
    asset->sector = random_sectors[random_below(random, 2)];
    asset->people = (int64_t)random_below(random, 100000);
    asset->value_per_hour = (int64_t)random_below(random, 100000);
    asset->combination = (enum combination)random_below(random, 3);
    asset->criticality = (int64_t)random_below(random, 3);
    asset->repair = random_law_or_none(random, 3 * MODEL_HOUR);
    asset->pool =
        random_chance(random, 50) ? (random_chance(random, 50) ? "crews" : "friends") : NULL;
    asset->restart =
        random_chance(random, 30) ? random_law(random, MODEL_HOUR) : (struct law_spec){0};
    asset->black_start =
        random_chance(random, 30) ? (enum black_start)random_below(random, 3) : BLACK_START_NONE;
    if (random_chance(random, 30)) {
        asset->manual_ppm = 1 + (int64_t)random_below(random, MODEL_Q);
        asset->manual_delay = random_law_or_none(random, MODEL_HOUR);
        asset->manual_automatic = random_chance(random, 50);
    }
    if (random_chance(random, 30)) {
        asset->surge = random_surges[random_below(random, 2)];
        asset->headroom_ppm =
            random_chance(random, 50) ? 0 : MODEL_Q + (int64_t)random_below(random, MODEL_Q);
    }
    asset->tags = random->asset_tags[i];
    for (int tag = 0; tag < 3; tag++) {
        if (random_chance(random, 50)) {
            random->asset_tags[i][asset->tag_count++] = random_tag_names[tag];
        }
    }
}

static inline void random_make_backups(struct random_model *random, size_t i,
                                       struct need_spec *need) {
    static const char *const ids[] = {"ups", "diesel", "stock"};
    need->backups = random->backups[i];
    need->backup_count = random_chance(random, 50) ? 0 : 1 + random_below(random, 3);
    for (size_t j = 0; j < need->backup_count; j++) {
        random->backups[i][j] = (struct backup_spec){
            .id = ids[j],
            .level_ppm = random_ppm(random),
            .start_failure_ppm = random_chance(random, 50) ? 0 : random_ppm(random),
            .gap = random_law_or_none(random, 5 * MODEL_MINUTE),
            .autonomy = random_law(random, 2 * MODEL_HOUR),
            .recharge = random_law_or_none(random, 2 * MODEL_HOUR),
        };
    }
}

static inline void random_make_need(struct random_model *random, size_t i, const char *asset,
                                    const char *id) {
    struct need_spec *const need = model_need(&random->model, asset, id);
    need->kind = strcmp(id, "steering") == 0 ? "control" : NULL;
    need->aggregator = (enum aggregator)random_below(random, 6);
    need->k = 1;
    need->denominator = 1 + (int64_t)random_below(random, 4);
    need->numerator = (int64_t)random_below(random, (size_t)need->denominator + 1);
    if (random_chance(random, 30)) {
        random->responses[i][0] = (struct response_point){0, random_ppm(random)};
        random->responses[i][1] =
            (struct response_point){1 + (int64_t)random_below(random, MODEL_Q - 1),
                                    random->responses[i][0].allows_ppm +
                                        (MODEL_Q - random->responses[i][0].allows_ppm) / 2};
        random->responses[i][2] = (struct response_point){MODEL_Q, MODEL_Q};
        need->response = random->responses[i];
        need->response_count = 3;
    }
    random_make_backups(random, i, need);
    need->surge = random_chance(random, 30) ? random_surges[random_below(random, 2)] : NULL;
    need->black_start = random_chance(random, 40);
    need->manual_fallback = random_chance(random, 40);
}

/* Whether the model has the link already. */
static inline bool random_has_link(const struct model *model, const char *asset, const char *need,
                                   const char *supplier) {
    for (size_t i = 0; i < model->spec.link_count; i++) {
        if (strcmp(model->links[i].asset, asset) == 0 && strcmp(model->links[i].need, need) == 0 &&
            strcmp(model->links[i].supplier, supplier) == 0) {
            return true;
        }
    }
    return false;
}

static inline void random_make_links(struct random_model *random) {
    struct model *const model = &random->model;
    for (size_t i = 0; i < RANDOM_LINKS; i++) {
        struct need_spec *const need = &model->needs[random_below(random, model->spec.need_count)];
        const char *const supplier = random_asset_id(random);
        if (random_has_link(model, need->asset, need->id, supplier)) {
            continue;
        }
        struct link_spec *const link = model_link(model, need->asset, need->id, supplier);
        if (need->aggregator == AGGREGATOR_LINEAR) {
            link->weight = (int64_t)random_below(random, MODEL_Q + 1);
        } else {
            link->weight = (int64_t)random_below(random, 5);
        }
        if (random_chance(random, 30)) {
            link->coupling_given = true;
            link->coupling_ppm = random_ppm(random);
        }
        link->delay_down_ms =
            random_chance(random, 50) ? 0 : (int64_t)random_below(random, 10 * MODEL_MINUTE);
        link->delay_up_ms =
            random_chance(random, 50) ? 0 : (int64_t)random_below(random, 10 * MODEL_MINUTE);
    }
    /* k stays 1 unless there are links for more. */
    for (size_t i = 0; i < model->spec.link_count; i++) {
        for (size_t j = 0; j < model->spec.need_count; j++) {
            if (strcmp(model->needs[j].asset, model->links[i].asset) == 0 &&
                strcmp(model->needs[j].id, model->links[i].need) == 0 &&
                random_chance(random, 30)) {
                int64_t count = 0;
                for (size_t k = 0; k < model->spec.link_count; k++) {
                    count += strcmp(model->links[k].asset, model->needs[j].asset) == 0 &&
                                     strcmp(model->links[k].need, model->needs[j].id) == 0
                                 ? 1
                                 : 0;
                }
                model->needs[j].k = 1 + (int64_t)random_below(random, (size_t)count);
            }
        }
    }
}

static inline void random_make_trusts(struct random_model *random) {
    struct model *const model = &random->model;
    for (size_t i = 0; i < RANDOM_TRUSTS; i++) {
        const char *const from = random_asset_id(random);
        const char *const to = random_asset_id(random);
        bool taken = strcmp(from, to) == 0;
        for (size_t j = 0; j < model->spec.trust_count; j++) {
            taken = taken || (strcmp(model->trusts[j].from, from) == 0 &&
                              strcmp(model->trusts[j].to, to) == 0);
        }
        if (taken) {
            continue;
        }
        struct trust_spec *const trust =
            model_trust(model, from, to, (int64_t)random_below(random, 3 * MODEL_HOUR));
        if (random_chance(random, 50)) {
            const struct link_spec *const link =
                &model->links[random_below(random, model->spec.link_count)];
            snprintf(random->carriers[i], sizeof random->carriers[i], "%s/%s/%s", link->asset,
                     link->need, link->supplier);
            trust->carrier = random->carriers[i];
        }
    }
}

static inline void random_make_campaign(struct random_model *random, size_t i) {
    struct campaign_spec *const campaign = model_campaign(&random->model, random_campaigns[i]);
    random->campaign_tags[i][0] = random_tag_names[i];
    random->campaign_tags[i][1] = random_tag_names[2];
    random->entries[i][0] = random->asset_ids[random_below(random, 8)];
    random->entries[i][1] = random->asset_ids[8 + random_below(random, 8)];
    campaign->tags = random->campaign_tags[i];
    campaign->tag_count = 1 + random_below(random, 2);
    campaign->entries = random->entries[i];
    campaign->entry_count = 2;
    campaign->spreads_by_trust = random_chance(random, 70);
    for (size_t j = 0; j < 2; j++) {
        random->pushes[i][j] = (struct push_spec){
            .supplier = random->entries[i][j],
            .tag = random_tag_names[random_below(random, 3)],
            .probability_ppm = random_ppm(random),
            .delay = random_law_or_none(random, MODEL_HOUR),
        };
    }
    campaign->pushes = random->pushes[i];
    campaign->push_count = random_below(random, 3);
    campaign->trigger_common = random_chance(random, 30);
    campaign->trigger_at_ms = (int64_t)random_below(random, 4 * MODEL_HOUR);
    campaign->trigger_delay = random_law_or_none(random, 2 * MODEL_HOUR);
    campaign->takes_health = random_chance(random, 70);
    campaign->health_ppm = random_ppm(random);
    campaign->takes_control = random_chance(random, 50);
    campaign->spreads_after_trigger = random_chance(random, 50);
    campaign->rebuilt_patched = random_chance(random, 50);
    campaign->detection = random_law_or_none(random, 2 * MODEL_HOUR);
    campaign->detection_shared = random_law_or_none(random, MODEL_HOUR);
}

/* The network of this number, as a specification in random->model. */
enum { RANDOM_LAYER_KINDS = LAYER_DC_FLOW + 1 };

/* A layer over one of the sectors in most models, connected and at rest. */
static inline void random_make_layer(struct random_model *random) {
    struct model *const model = &random->model;
    if (random_chance(random, 40)) {
        return;
    }
    const char *const sector = random_sectors[random_below(random, 2)];
    model->spec.dwell_ms = 10 * MODEL_MINUTE; /* Two parts that need each other take turns. */
    model_layer(model, "net", (enum layer_kind)random_below(random, RANDOM_LAYER_KINDS), sector);
    struct asset_spec *members[RANDOM_ASSETS];
    size_t count = 0;
    for (size_t i = 0; i < RANDOM_ASSETS; i++) {
        if (strcmp(model->assets[i].sector, sector) == 0) {
            members[count++] = &model->assets[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        members[i]->source = i % 3 == 0;
        members[i]->load = 100;
        members[i]->generation = i % 3 == 0 ? 400 : 0;
        if (i > 0) {
            model_edge(model, members[i - 1]->id, members[i]->id);
        }
        if (i > 1 && random_chance(random, 50)) {
            model_edge(model, members[i]->id, members[random_below(random, i - 1)]->id);
        }
    }
}

static inline void random_make(struct random_model *random, uint64_t number) {
    memset(random, 0, sizeof *random);
    random->state = number;
    random_make_kinds(random);
    for (size_t i = 0; i < RANDOM_ASSETS; i++) {
        random_make_asset(random, i);
    }
    size_t need_count = 0;
    for (size_t i = 0; i < RANDOM_ASSETS && need_count + 3 <= RANDOM_NEEDS; i++) {
        for (size_t j = 0; j < 3; j++) {
            if (random_chance(random, 60)) {
                random_make_need(random, need_count++, random->asset_ids[i], random_needs[j]);
            }
        }
    }
    random_make_links(random);
    random_make_trusts(random);
    random_make_campaign(random, 0);
    random_make_campaign(random, 1);
    random_make_layer(random);
}

/* Chooses what happens; the network must have been built. */
static inline void random_make_actions(struct random_model *random) {
    static const char *const kinds[] = {"effect", "order"};
    const struct model *const model = &random->model;
    for (size_t i = 0; i < RANDOM_ACTIONS; i++) {
        snprintf(random->action_roots[i], sizeof random->action_roots[i], "r%zu",
                 random_below(random, RANDOM_ACTIONS));
        const bool damage = random_chance(random, 30);
        random->actions[i] = (struct action){
            .kind =
                damage ? ACTION_DAMAGE : (enum action_kind)random_below(random, ACTION_KIND_COUNT),
            .asset = model_ref(model, random_asset_id(random)),
            .country =
                model_country_ref(model, random_countries[random_below(random, RANDOM_COUNTRIES)]),
            .other_country =
                model_country_ref(model, random_countries[random_below(random, RANDOM_COUNTRIES)]),
            .tag = model_tag_ref(model, random_tag_names[random_below(random, 2)]),
            .pool = model_pool_ref(model, "crews"),
            .other_pool = model_pool_ref(model, "friends"),
            .campaign = model_campaign_ref(model, random_campaigns[random_below(random, 2)]),
            .amount_ppm = random_ppm(random),
            .count = (int64_t)random_below(random, 3),
            .duration_ms = (int64_t)random_below(random, MODEL_HOUR),
            .root_kind = kinds[random_below(random, 2)],
            .root_id = random->action_roots[i],
        };
        if (i < 2) {
            random->actions[i].kind = ACTION_CAMPAIGN_START;
            random->actions[i].campaign.index = (uint32_t)i;
        }
        random->action_at_ms[i] = (int64_t)random_below(random, (size_t)(RANDOM_UNTIL_MS / 2));
    }
}

/* Gives the actions from index `first` on that act later than `after_ms`. */
static inline void random_act(const struct random_model *random, struct cascade *cascade,
                              int64_t after_ms) {
    for (size_t i = 0; i < RANDOM_ACTIONS; i++) {
        if (random->action_at_ms[i] > after_ms) {
            CHECK_OK(cascade_act(cascade, random->action_at_ms[i], &random->actions[i]));
        }
    }
}

static inline void random_run(struct cascade *cascade, int64_t until_ms) {
    while (cascade_next_ms(cascade) <= until_ms) {
        cascade_step(cascade);
    }
    cascade_idle(cascade, until_ms);
}

#endif
