/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When rules fire, and when their effects act.
 */
#include "tests/world/stage.h"

static struct stage stage;

TEST(world_rules, a_rule_without_condition_fires_at_its_time_and_acts_a_tick_later) {
    stage_begin(&stage);
    stage_rule(&stage, "now", NULL, "plant");
    stage_rule(&stage, "later", NULL, "port")->at_ms = 90500;
    stage_open(&stage, NULL);
    CHECK_EQ(world_next_ms(stage.world), 0);
    world_advance(stage.world, 0);
    CHECK_EQ(stage_fired(&stage, "now", 0), 0);
    CHECK_EQ(stage_service(&stage, "plant"), MODEL_Q);
    CHECK_EQ(world_next_ms(stage.world), 1000);
    world_advance(stage.world, 1000);
    CHECK_EQ(stage_service(&stage, "plant"), 0);
    world_advance(stage.world, 2 * MODEL_HOUR);
    /* The tick at or after its time. */
    CHECK_EQ(stage_fired(&stage, "later", 0), 91000);
    CHECK_EQ(stage_fired(&stage, "now", 1), -1);
    CHECK_EQ(stage_fired(&stage, "later", 1), -1);
    const struct cascade *const cascade = world_cascade(stage.world);
    const struct asset_cause cause = cascade_asset_cause(cascade, model_ref(&stage.model, "port"));
    const struct root root = cascade_root(cascade, cause.root);
    CHECK_EQ(root.kind, "effect");
    CHECK_EQ(root.id, "later");
    CHECK_EQ(root.at_ms, 92000);
    stage_close(&stage);
}

TEST(world_rules, a_condition_on_time_wakes_the_world) {
    stage_begin(&stage);
    stage_rule(&stage, "window", "time() >= 1h and time() < 2h", NULL)->times_max = 5;
    stage_rule(&stage, "behind", "time() > 30min", NULL);
    stage_open(&stage, NULL);
    world_advance(stage.world, 5 * MODEL_HOUR);
    CHECK_EQ(stage_fired(&stage, "window", 0), MODEL_HOUR);
    CHECK_EQ(stage_fired(&stage, "window", 1), -1);
    CHECK_EQ(stage_fired(&stage, "behind", 0), 30 * MODEL_MINUTE + 1000);
    CHECK_EQ(world_escalation(stage.world), 2);
    stage_close(&stage);
}

TEST(world_rules, a_hold_counts_without_a_break_and_from_the_rules_time) {
    stage_begin(&stage);
    stage.model.assets[0].repair = model_fixed(20 * MODEL_MINUTE);
    struct rule_spec *const strike = stage_rule(&stage, "strike", NULL, "plant");
    strike->at_ms = MODEL_HOUR;
    stage_rule(&stage, "strike-again", NULL, "plant")->at_ms = 2 * MODEL_HOUR;
    stage_rule(&stage, "strike-port", NULL, "port")->at_ms = MODEL_HOUR;
    stage_rule(&stage, "long", "failed(plant)", NULL)->hold_ms = 25 * MODEL_MINUTE;
    stage_rule(&stage, "short", "failed(plant)", NULL)->hold_ms = 15 * MODEL_MINUTE;
    struct rule_spec *const late = stage_rule(&stage, "late", "failed(port)", NULL);
    late->hold_ms = 10 * MODEL_MINUTE;
    late->at_ms = 3 * MODEL_HOUR;
    stage.rules[4].times_max = 9;
    stage_open(&stage, NULL);
    world_advance(stage.world, 10 * MODEL_HOUR);
    const int64_t hit_ms = MODEL_HOUR + 1000;
    CHECK_EQ(stage_fired(&stage, "short", 0), hit_ms + 15 * MODEL_MINUTE);
    CHECK_EQ(stage_fired(&stage, "short", 1), hit_ms + MODEL_HOUR + 15 * MODEL_MINUTE);
    CHECK_EQ(stage_fired(&stage, "short", 2), -1);
    CHECK_EQ(stage_fired(&stage, "long", 0), -1);
    CHECK_EQ(stage_fired(&stage, "late", 0), 3 * MODEL_HOUR + 10 * MODEL_MINUTE);
    stage_close(&stage);
}

TEST(world_rules, fired_counts_earlier_ticks_whatever_the_order_of_ids) {
    stage_begin(&stage);
    stage_rule(&stage, "m", NULL, NULL)->at_ms = MODEL_HOUR;
    stage_rule(&stage, "a", "fired(m)", NULL);
    stage_rule(&stage, "z", "fired(m)", NULL);
    stage_rule(&stage, "b", "fired(a) and escalation() >= 3", NULL);
    stage_open(&stage, NULL);
    world_advance(stage.world, 2 * MODEL_HOUR);
    CHECK_EQ(stage_fired(&stage, "m", 0), MODEL_HOUR);
    CHECK_EQ(stage_fired(&stage, "a", 0), MODEL_HOUR + 1000);
    CHECK_EQ(stage_fired(&stage, "z", 0), MODEL_HOUR + 1000);
    CHECK_EQ(stage_fired(&stage, "b", 0), MODEL_HOUR + 2000);
    CHECK_EQ(world_escalation(stage.world), 4);
    stage_close(&stage);
}

TEST(world_rules, a_delay_is_drawn_for_each_firing) {
    stage_begin(&stage);
    struct rule_spec *const slow = stage_rule(&stage, "slow", "time() < 1s or time() >= 1h", NULL);
    slow->times_max = 2;
    slow->delay = (struct law_spec){.kind = LAW_UNIFORM, .a_ms = MODEL_MINUTE, .b_ms = MODEL_HOUR};
    stage_open(&stage, NULL);
    int64_t acted_ms[2] = {-1, -1};
    for (size_t i = 0; i < 2; i++) {
        while (world_escalation(stage.world) <= (int64_t)i) {
            CHECK_NE(world_next_ms(stage.world), SPILL_NEVER);
            world_advance(stage.world, world_next_ms(stage.world));
        }
        acted_ms[i] = world_now_ms(stage.world);
    }
    const int64_t first_ms = acted_ms[0] - stage_fired(&stage, "slow", 0);
    const int64_t second_ms = acted_ms[1] - stage_fired(&stage, "slow", 1);
    CHECK_LE(MODEL_MINUTE, first_ms);
    CHECK_LE(first_ms, MODEL_HOUR);
    CHECK_LE(MODEL_MINUTE, second_ms);
    CHECK_LE(second_ms, MODEL_HOUR);
    CHECK_NE(first_ms, second_ms);
    stage_close(&stage);
}

TEST(world_rules, orders_and_intrusions_are_seen_in_the_next_tick) {
    stage_begin(&stage);
    stage_order(&stage, "warn", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE)->latency =
        model_fixed(MODEL_HOUR);
    stage.effects[0] = (struct effect_spec){0};
    struct rule_spec *const start = stage_rule(&stage, "start", NULL, NULL);
    stage.effects[0] = (struct effect_spec){.action = ACTION_CAMPAIGN_START, .campaign = "wiper"};
    start->at_ms = MODEL_HOUR;
    stage_rule(&stage, "answer", "ordered(warn, watch) >= 1", NULL);
    stage_rule(&stage, "seen", "detected(wiper, aa) == 1", NULL);
    stage_rule(&stage, "struck", "triggered(wiper, *) > 0 and health(server) <= 0%", NULL);
    stage_open(&stage, NULL);
    world_advance(stage.world, 30 * MODEL_MINUTE);
    struct order_request request = stage_request(&stage, "warn");
    request.country = model_country_ref(&stage.model, "aa");
    CHECK_OK(world_order(stage.world, stage_cell(&stage, "watch"), &request, NULL, NULL, NULL));
    world_advance(stage.world, 10 * MODEL_HOUR);
    CHECK_EQ(stage_fired(&stage, "answer", 0), 30 * MODEL_MINUTE + 1000);
    CHECK_EQ(stage_fired(&stage, "seen", 0), 2 * MODEL_HOUR + 1000);
    CHECK_EQ(stage_fired(&stage, "struck", 0), 4 * MODEL_HOUR + 1000);
    stage_close(&stage);
}
