/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play: a random network with a random script on top: rules, orders, cells and their policies, from
 * one number.
 */
#ifndef SPILL_TEST_PLAY_H
#define SPILL_TEST_PLAY_H

#include "coordinator/world/world.h"
#include "tests/cascade/random.h"

enum {
    PLAY_RULES = 12,
    PLAY_ORDERS = 12,
    PLAY_CELLS = 5,
    PLAY_POLICY_RULES = 6,
    PLAY_TEXT_BYTES = 160,
};

#define PLAY_UNTIL_MS (8 * MODEL_HOUR)

struct play {
    struct random_model random;
    struct script *script;
    struct script_spec spec;
    struct rule_spec rules[PLAY_RULES];
    char rule_ids[PLAY_RULES][RANDOM_ID_BYTES];
    char rule_texts[PLAY_RULES][PLAY_TEXT_BYTES];
    struct effect_spec rule_effects[PLAY_RULES][3];
    struct order_spec orders[PLAY_ORDERS];
    struct effect_spec order_effects[PLAY_ORDERS];
    struct cell_spec cells[PLAY_CELLS];
    char cell_ids[PLAY_CELLS][RANDOM_ID_BYTES];
    struct filter_spec sees[PLAY_CELLS][2];
    const char *seen_countries[PLAY_CELLS][2];
    const char *seen_assets[PLAY_CELLS][3];
    struct authority_spec authority[PLAY_CELLS][PLAY_ORDERS];
    struct policy_spec policies[PLAY_CELLS];
    struct policy_rule_spec policy_rules[PLAY_CELLS][PLAY_POLICY_RULES];
    char policy_rule_ids[PLAY_CELLS][PLAY_POLICY_RULES][RANDOM_ID_BYTES];
    char policy_texts[PLAY_CELLS][PLAY_POLICY_RULES][PLAY_TEXT_BYTES];
};

/* One order for each kind of target, and then some. */
static const struct {
    const char *id;
    enum target_kind target;
    enum action_kind action;
} play_orders[PLAY_ORDERS] = {
    {"isolate", TARGET_ASSET, ACTION_ISOLATE_ASSET},
    {"reconnect", TARGET_ASSET, ACTION_RECONNECT_ASSET},
    {"prioritise", TARGET_ASSET, ACTION_PRIORITY},
    {"refuel", TARGET_ASSET, ACTION_REFUEL},
    {"black-start", TARGET_ASSET, ACTION_BLACK_START},
    {"shed", TARGET_ASSET, ACTION_LIMIT},
    {"patch", TARGET_TAG, ACTION_PATCH_TAG},
    {"share", TARGET_TAG, ACTION_SHARE_INDICATORS},
    {"message", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE},
    {"close", TARGET_BORDER, ACTION_CLOSE_BORDER},
    {"aid", TARGET_POOLS, ACTION_MUTUAL_AID},
    {"reprimand", TARGET_NONE, ACTION_DAMAGE}, /* Escalates instead. */
};

static inline void play_make_condition(struct play *play, char text[PLAY_TEXT_BYTES],
                                       bool of_cell) {
    struct random_model *const random = &play->random;
    const char *const country = random_countries[random_below(random, RANDOM_COUNTRIES)];
    const char *const sector = random_sectors[random_below(random, 2)];
    const int count = (int)random_below(random, 4);
    switch (random_below(random, of_cell ? 8 : 12)) {
    case 0:
        snprintf(text, PLAY_TEXT_BYTES, "failed_count(*, %s) > %d", country, count);
        break;
    case 1:
        snprintf(text, PLAY_TEXT_BYTES, "degraded_count(%s, *) >= %d and time() > %dmin", sector,
                 count, 1 + 20 * count);
        break;
    case 2:
        snprintf(text, PLAY_TEXT_BYTES, "level(%s, %s) < %d%%", sector, country, 40 + 20 * count);
        break;
    case 3:
        snprintf(text, PLAY_TEXT_BYTES, "people_without(*, %s) > %d", country, 20000 * count);
        break;
    case 4:
        snprintf(text, PLAY_TEXT_BYTES, "detected(worm, *) > %d or triggered(wiper, *) > 0", count);
        break;
    case 5:
        snprintf(text, PLAY_TEXT_BYTES, "escalation() > %d", count);
        break;
    case 6:
        snprintf(text, PLAY_TEXT_BYTES, "time() >= %dmin and not time() > %dmin", 30 * count,
                 60 * count + 30);
        break;
    case 7:
        snprintf(text, PLAY_TEXT_BYTES, "ordered(isolate, *) <= %d", count);
        break;
    case 8:
        snprintf(text, PLAY_TEXT_BYTES, "fired(r%d) and infected(worm, %s) > %d", count, country,
                 count);
        break;
    case 9:
        snprintf(text, PLAY_TEXT_BYTES, "trust(%s) < 50%% or narrative(%s) > 5%%", country,
                 country);
        break;
    case 10:
        snprintf(text, PLAY_TEXT_BYTES, "health(%s) < 50%% or failed(%s)", random_asset_id(random),
                 random_asset_id(random));
        break;
    default:
        snprintf(text, PLAY_TEXT_BYTES, "demand(fuel, %s) > 110%% or service(%s) <= 0%%", country,
                 random_asset_id(random));
        break;
    }
}

static inline void play_make_effect(struct play *play, struct effect_spec *effect) {
    struct random_model *const random = &play->random;
    if (random_chance(random, 15)) {
        *effect = (struct effect_spec){.kind = EFFECT_ESCALATE,
                                       .amount = (int64_t)random_below(random, 4) - 1};
        return;
    }
    *effect = (struct effect_spec){
        .action = random_chance(random, 50)
                      ? ACTION_DAMAGE
                      : (enum action_kind)random_below(random, ACTION_KIND_COUNT),
        .asset = random_asset_id(random),
        .country = random_countries[random_below(random, 2)],
        .other_country = random_countries[2],
        .tag = random_tag_names[random_below(random, 2)],
        .pool = "crews",
        .other_pool = "friends",
        .campaign = random_campaigns[random_below(random, 2)],
        .amount = 1 + (int64_t)random_below(random, 3),
        .duration_ms = 1 + (int64_t)random_below(random, MODEL_HOUR),
    };
}

static inline void play_make_rule(struct play *play, size_t i) {
    struct random_model *const random = &play->random;
    struct rule_spec *const rule = &play->rules[i];
    /* Not in the order of their ids. */
    snprintf(play->rule_ids[i], RANDOM_ID_BYTES, "r%zu", (i * 5) % PLAY_RULES);
    *rule = (struct rule_spec){.id = play->rule_ids[i], .effects = play->rule_effects[i]};
    if (i < 2) {
        rule->effect_count = 1;
        play->rule_effects[i][0] =
            (struct effect_spec){.action = ACTION_CAMPAIGN_START, .campaign = random_campaigns[i]};
        rule->at_ms = (int64_t)random_below(random, MODEL_HOUR);
        return;
    }
    rule->effect_count = 1 + random_below(random, 3);
    for (size_t j = 0; j < rule->effect_count; j++) {
        play_make_effect(play, &play->rule_effects[i][j]);
    }
    rule->at_ms = random_chance(random, 50) ? 0 : (int64_t)random_below(random, 3 * MODEL_HOUR);
    rule->hold_ms =
        random_chance(random, 50) ? 0 : (int64_t)random_below(random, 20 * MODEL_MINUTE);
    rule->delay = random_law_or_none(random, MODEL_HOUR);
    if (random_chance(random, 70)) {
        play_make_condition(play, play->rule_texts[i], false);
        rule->when = play->rule_texts[i];
        rule->times_max = (int64_t)random_below(random, 4);
    }
}

static inline void play_make_policy_rule(struct play *play, size_t cell, size_t i) {
    struct random_model *const random = &play->random;
    struct policy_rule_spec *const rule = &play->policy_rules[cell][i];
    const size_t order = random_below(random, PLAY_ORDERS);
    snprintf(play->policy_rule_ids[cell][i], RANDOM_ID_BYTES, "p%zu", PLAY_POLICY_RULES - i);
    *rule = (struct policy_rule_spec){
        .id = play->policy_rule_ids[cell][i],
        .order = play_orders[order].id,
        .each = play_orders[order].target == TARGET_ASSET && random_chance(random, 80),
        .state = (enum wanted_state)random_below(random, 4),
        .asset = random_asset_id(random),
        .tag = random_tag_names[random_below(random, 2)],
        .country = random_countries[random_below(random, 2)],
        .other_country = random_countries[2],
        .pool = "crews",
        .other_pool = "friends",
        .amount = 1 + (int64_t)random_below(random, 3),
        .hold_ms = random_chance(random, 50) ? 0 : (int64_t)random_below(random, 20 * MODEL_MINUTE),
        .thinking = random_law_or_none(random, 20 * MODEL_MINUTE),
        .times_max = (int64_t)random_below(random, 4),
        .again_after_ms = (int64_t)random_below(random, MODEL_HOUR),
    };
    if (random_chance(random, 70)) {
        play_make_condition(play, play->policy_texts[cell][i], true);
        rule->when = play->policy_texts[cell][i];
    }
}

static inline void play_make_cell(struct play *play, size_t i) {
    struct random_model *const random = &play->random;
    snprintf(play->cell_ids[i], RANDOM_ID_BYTES, "c%zu", PLAY_CELLS - i);
    for (size_t j = 0; j < 3; j++) {
        play->seen_assets[i][j] = random_asset_id(random);
    }
    play->seen_countries[i][0] = random_countries[random_below(random, RANDOM_COUNTRIES)];
    play->sees[i][0] = (struct filter_spec){.countries = play->seen_countries[i],
                                            .country_count = random_below(random, 2)};
    play->sees[i][1] = (struct filter_spec){.assets = play->seen_assets[i], .asset_count = 3};
    for (size_t j = 0; j < PLAY_ORDERS; j++) {
        play->authority[i][j] = (struct authority_spec){.order = play_orders[j].id};
    }
    for (size_t j = 0; j < PLAY_POLICY_RULES; j++) {
        play_make_policy_rule(play, i, j);
    }
    play->policies[i] =
        (struct policy_spec){.id = "doctrine",
                             .rules = play->policy_rules[i],
                             .rule_count = 1 + random_below(random, PLAY_POLICY_RULES)};
    play->cells[i] = (struct cell_spec){
        .id = play->cell_ids[i],
        .country = random_countries[random_below(random, RANDOM_COUNTRIES)],
        .sees = play->sees[i],
        .sees_count = random_below(random, 3),
        .reporting_delay_ms =
            random_chance(random, 30) ? 0 : (int64_t)random_below(random, 30 * MODEL_MINUTE),
        .authority = play->authority[i],
        .authority_count = PLAY_ORDERS,
        .policies = &play->policies[i],
        .policy_count = random_chance(random, 80),
    };
}

/* The network and script of this number. */
static inline void play_open(struct play *play, uint64_t number) {
    random_make(&play->random, number);
    struct random_model *const random = &play->random;
    model_build(&random->model);
    for (size_t i = 0; i < PLAY_RULES; i++) {
        play_make_rule(play, i);
    }
    for (size_t i = 0; i < PLAY_ORDERS; i++) {
        play->order_effects[i] =
            (struct effect_spec){.action = play_orders[i].action, .duration_ms = 10 * MODEL_MINUTE};
        if (play_orders[i].target == TARGET_NONE) {
            play->order_effects[i] = (struct effect_spec){.kind = EFFECT_ESCALATE, .amount = 1};
        }
        play->orders[i] =
            (struct order_spec){.id = play_orders[i].id,
                                .target = play_orders[i].target,
                                .latency = random_law_or_none(random, 20 * MODEL_MINUTE),
                                .cost = (int64_t)random_below(random, 1000),
                                .effects = &play->order_effects[i],
                                .effect_count = 1};
    }
    for (size_t i = 0; i < PLAY_CELLS; i++) {
        play_make_cell(play, i);
    }
    play->spec = (struct script_spec){.rules = play->rules,
                                      .rule_count = PLAY_RULES,
                                      .orders = play->orders,
                                      .order_count = PLAY_ORDERS,
                                      .cells = play->cells,
                                      .cell_count = PLAY_CELLS,
                                      .escalation = (int64_t)random_below(random, 3)};
    struct spill_error error = {.text = ""};
    if (script_create(&play->spec, random->model.network, &play->script, &error) != SPILL_OK) {
        CHECK_FAIL("play %ju: %s", (uintmax_t)number, error.text);
    }
}

static inline void play_close(struct play *play) {
    script_destroy(&play->script);
    model_close(&play->random.model);
}

static inline const struct network *play_network(const struct play *play) {
    return play->random.model.network;
}

/* The last tick up to a time. */
static inline int64_t play_tick(const struct play *play, int64_t time_ms) {
    return time_ms - time_ms % network_tick_ms(play_network(play));
}

static inline struct world *play_world(const struct play *play, const char *team, uint64_t seed,
                                       uint32_t replica, bool digests,
                                       const struct world_sink *sink) {
    const struct world_options options = {.seed = seed,
                                          .replica = replica,
                                          .team = team,
                                          .digests = digests,
                                          .sink = sink != NULL ? *sink : (struct world_sink){0}};
    struct world *world = NULL;
    CHECK_OK(world_create(play_network(play), play->script, &options, &world));
    return world;
}

/* Ends the test unless two worlds have one digest. */
static inline void play_check_same(struct world *a, struct world *b, uint64_t number,
                                   const char *words) {
    uint8_t one[CASCADE_DIGEST_BYTES];
    uint8_t other[CASCADE_DIGEST_BYTES];
    world_digest(a, one);
    world_digest(b, other);
    if (memcmp(one, other, sizeof one) != 0) {
        CHECK_FAIL("play %ju at %jd: %s", (uintmax_t)number, (intmax_t)world_now_ms(a), words);
    }
}

#endif
