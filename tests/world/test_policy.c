/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cells do by themselves: from what they see, when they have thought, and how often.
 */
#include "tests/world/stage.h"

static struct stage stage;

/* The time at which the n-th order of a kind was given; -1: it was not. */
static int64_t given(const char *order, size_t n) {
    struct order_ref ref = {0};
    CHECK_OK(script_find_order(stage.script, order, &ref));
    for (uint32_t i = 0; i < world_order_count(stage.world); i++) {
        const struct world_order_facts facts = world_order_at(stage.world, i);
        if (facts.request.order.index == ref.index && n-- == 0) {
            return facts.given_ms;
        }
    }
    return -1;
}

TEST(policy, a_cell_acts_on_what_it_learns_not_on_what_is) {
    stage_begin(&stage);
    stage_order(&stage, "refuel", TARGET_ASSET, ACTION_REFUEL);
    stage_rule(&stage, "strike", NULL, "plant")->at_ms = MODEL_HOUR;
    stage.cells[0].reporting_delay_ms = 20 * MODEL_MINUTE;
    struct policy_rule_spec *const rule =
        stage_policy_rule(&stage, "help", "failed_count(*, aa) > 0", "refuel");
    rule->asset = "plant";
    rule->hold_ms = 5 * MODEL_MINUTE;
    rule->thinking = model_fixed(3 * MODEL_MINUTE);
    stage_open(&stage, "doctrine");
    world_advance(stage.world, 5 * MODEL_HOUR);
    const int64_t learned_ms = MODEL_HOUR + 1000 + 20 * MODEL_MINUTE;
    CHECK_EQ(stage_when(&stage, 'r', model_ref(&stage.model, "plant").index, 0), learned_ms);
    CHECK_EQ(given("refuel", 0), learned_ms + 8 * MODEL_MINUTE);
    CHECK_EQ(given("refuel", 1), -1);
    stage_close(&stage);
}

TEST(policy, each_orders_once_for_every_asset_in_the_state) {
    stage_begin(&stage);
    stage_order(&stage, "refuel", TARGET_ASSET, ACTION_REFUEL);
    static const char *const plant_and_port[] = {"plant", "port"};
    stage.authority[0].where = (struct filter_spec){.assets = plant_and_port, .asset_count = 2};
    stage_rule(&stage, "a-plant", NULL, "plant")->at_ms = MODEL_HOUR;
    stage_rule(&stage, "b-port", NULL, "port")->at_ms = 2 * MODEL_HOUR;
    stage_rule(&stage, "c-server", NULL, "server")->at_ms = 2 * MODEL_HOUR;
    struct policy_rule_spec *const rule = stage_policy_rule(&stage, "help", NULL, "refuel");
    rule->each = true;
    rule->state = WANTED_FAILED;
    stage_open(&stage, "doctrine");
    world_advance(stage.world, 5 * MODEL_HOUR);
    CHECK_EQ(given("refuel", 0), MODEL_HOUR + 1000);
    CHECK_EQ(given("refuel", 1), 2 * MODEL_HOUR + 1000);
    CHECK_EQ(given("refuel", 2), -1); /* No authority for the server. */
    CHECK_EQ(world_order_at(stage.world, 0).request.asset.index,
             model_ref(&stage.model, "plant").index);
    CHECK_EQ(world_order_at(stage.world, 1).request.asset.index,
             model_ref(&stage.model, "port").index);
    stage_close(&stage);
}

TEST(policy, it_orders_again_after_its_pause_as_often_as_it_may) {
    stage_begin(&stage);
    stage_order(&stage, "refuel", TARGET_ASSET, ACTION_REFUEL);
    stage_order(&stage, "praise", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE);
    stage_rule(&stage, "strike", NULL, "plant")->at_ms = MODEL_HOUR;
    struct policy_rule_spec *const each = stage_policy_rule(&stage, "help", NULL, "refuel");
    each->each = true;
    each->state = WANTED_DEGRADED;
    each->times_max = 3;
    each->again_after_ms = 30 * MODEL_MINUTE;
    struct policy_rule_spec *const one =
        stage_policy_rule(&stage, "speak", "time() >= 2h and time() < 3h", "praise");
    one->country = "aa";
    one->times_max = 9;
    one->again_after_ms = 25 * MODEL_MINUTE;
    stage_open(&stage, "doctrine");
    world_advance(stage.world, 10 * MODEL_HOUR);
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(given("refuel", i), MODEL_HOUR + 1000 + (int64_t)i * 30 * MODEL_MINUTE);
        CHECK_EQ(given("praise", i), 2 * MODEL_HOUR + (int64_t)i * 25 * MODEL_MINUTE);
    }
    CHECK_EQ(given("refuel", 3), -1);
    CHECK_EQ(given("praise", 3), -1); /* The condition is over. */
    stage_close(&stage);
}

TEST(policy, a_detected_intrusion_is_a_state_and_own_orders_are_known) {
    stage_begin(&stage);
    stage_order(&stage, "isolate", TARGET_ASSET, ACTION_ISOLATE_ASSET);
    stage_order(&stage, "praise", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE);
    stage_rule(&stage, "start", NULL, NULL);
    stage.effects[0] = (struct effect_spec){.action = ACTION_CAMPAIGN_START, .campaign = "wiper"};
    struct policy_rule_spec *const cut = stage_policy_rule(&stage, "cut", NULL, "isolate");
    cut->each = true;
    cut->state = WANTED_DETECTED;
    stage_policy_rule(&stage, "tell", "ordered(isolate, watch) >= 1", "praise")->country = "aa";
    stage_open(&stage, "doctrine");
    world_advance(stage.world, 2 * MODEL_HOUR);
    CHECK_EQ(given("isolate", 0), MODEL_HOUR + 1000);
    CHECK_EQ(given("praise", 0), MODEL_HOUR + 2000);
    struct report known;
    const struct view *const view = world_view(stage.world, stage_cell(&stage, "watch"));
    CHECK(view_report(view, model_ref(&stage.model, "server"), &known));
    CHECK_EQ(known.detected, 1U);
    CHECK_EQ(known.triggered, 0U);
    CHECK_EQ(known.status, ASSET_ISLANDED);
    stage_close(&stage);
}

TEST(policy, another_team_and_the_passive_one_do_nothing) {
    static const char *const teams[] = {"passive", "unheard-of"};
    for (size_t i = 0; i < 2; i++) {
        stage_begin(&stage);
        stage_order(&stage, "praise", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE);
        stage_policy_rule(&stage, "speak", NULL, "praise")->country = "aa";
        stage_open(&stage, teams[i]);
        world_advance(stage.world, MODEL_HOUR);
        CHECK_EQ(world_order_count(stage.world), 0);
        stage_close(&stage);
    }
}

TEST(policy, orders_that_a_cell_gave_by_hand_count_in_a_forecast) {
    stage_begin(&stage);
    stage_order(&stage, "refuel", TARGET_ASSET, ACTION_REFUEL);
    stage_rule(&stage, "strike", NULL, "plant");
    stage_rule(&stage, "strike-port", NULL, "port");
    struct policy_rule_spec *const rule = stage_policy_rule(&stage, "help", NULL, "refuel");
    rule->each = true;
    rule->state = WANTED_FAILED;
    stage_open(&stage, NULL);
    world_advance(stage.world, MODEL_HOUR);
    const struct order_request request = stage_about(&stage, "refuel", "plant");
    CHECK_OK(world_order(stage.world, stage_cell(&stage, "watch"), &request, NULL, NULL, NULL));
    const struct world_options options = {.team = "doctrine"};
    struct world *forecast = NULL;
    CHECK_OK(world_create(stage.model.network, stage.script, &options, &forecast));
    world_copy(forecast, stage.world);
    world_advance(forecast, 2 * MODEL_HOUR);
    /* The plant was helped; only the port is left. */
    CHECK_EQ(world_order_count(forecast), 2);
    CHECK_EQ(world_order_at(forecast, 1).request.asset.index,
             model_ref(&stage.model, "port").index);
    CHECK_EQ(world_order_at(forecast, 1).given_ms, MODEL_HOUR + 1000);
    world_destroy(&forecast);
    stage_close(&stage);
}

TEST(policy, decisions_that_find_no_room_come_with_the_next_call) {
    stage_begin(&stage);
    stage_order(&stage, "refuel", TARGET_ASSET, ACTION_REFUEL);
    struct policy_rule_spec *const rule = stage_policy_rule(&stage, "help", NULL, "refuel");
    rule->each = true;
    rule->state = WANTED_ANY;
    stage_open(&stage, NULL);
    const struct cell_ref watch = stage_cell(&stage, "watch");
    struct view *view = NULL;
    struct policy *policy = NULL;
    struct intention intentions[2];
    CHECK_OK(view_create(stage.model.network, stage.script, watch, &view));
    CHECK_OK(policy_create(stage.model.network, stage.script, watch, "doctrine", 1, 0, &policy));
    CHECK_EQ(policy_intentions_max(policy), 3);
    CHECK_EQ(policy_decide(policy, view, 0, intentions, 2), 2);
    CHECK_EQ(policy_next_ms(policy), 0);
    CHECK_EQ(policy_decide(policy, view, 0, intentions, 2), 1);
    CHECK_EQ(intentions[0].rule, "help");
    CHECK_EQ(policy_next_ms(policy), SPILL_NEVER);
    CHECK_EQ(policy_decide(policy, view, 1000, intentions, 2), 0);
    policy_destroy(&policy);
    view_destroy(&view);
    stage_close(&stage);
}
