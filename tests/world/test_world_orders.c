/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may order what, when it acts, and on what.
 */
#include "tests/world/stage.h"

static struct stage stage;

static void check_refused(const char *cell, const struct order_request *request,
                          const char *words) {
    struct spill_error error = {.text = ""};
    uint32_t number = 77;
    CHECK(!world_may_order(stage.world, stage_cell(&stage, cell), request, &error));
    CHECK_EQ(world_order(stage.world, stage_cell(&stage, cell), request, &number, NULL, &error),
             SPILL_REFUSED);
    CHECK_EQ(number, 77U);
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("'%s', not '%s'", error.text, words);
    }
}

TEST(world_orders, authority_and_target_are_checked_with_words) {
    static const char *const bb[] = {"bb"};
    static const char *const suite[] = {"suite"};
    stage_begin(&stage);
    stage_order(&stage, "isolate", TARGET_ASSET, ACTION_ISOLATE_ASSET);
    stage_order(&stage, "patch", TARGET_TAG, ACTION_PATCH_TAG);
    stage_order(&stage, "close", TARGET_BORDER, ACTION_CLOSE_BORDER);
    stage_order(&stage, "aid", TARGET_POOLS, ACTION_MUTUAL_AID);
    stage_order(&stage, "shed", TARGET_ASSET, ACTION_LIMIT);
    stage_order(&stage, "praise", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE);
    stage.authority[0].where = (struct filter_spec){.tags = suite, .tag_count = 1};
    stage.authority[1].where = (struct filter_spec){.countries = bb, .country_count = 1};
    stage.authority[3].where = (struct filter_spec){.countries = bb, .country_count = 1};
    stage.cells[0].authority_count = 5;
    stage_open(&stage, NULL);
    world_advance(stage.world, 0);
    struct order_request request = stage_about(&stage, "isolate", "server");
    check_refused("far", &request, "cell 'far' has no authority for order 'isolate'");
    CHECK(world_may_order(stage.world, stage_cell(&stage, "watch"), &request, NULL));
    request = stage_about(&stage, "isolate", "plant");
    check_refused("watch", &request, "but not for this target");
    request = stage_request(&stage, "isolate");
    check_refused("watch", &request, "needs an asset as its target");
    request = stage_request(&stage, "patch");
    check_refused("watch", &request, "needs a tag");
    request.tag = model_tag_ref(&stage.model, "suite");
    check_refused("watch", &request, "but not for this target"); /* Its own country is aa. */
    request.country = model_country_ref(&stage.model, "bb");
    CHECK(world_may_order(stage.world, stage_cell(&stage, "watch"), &request, NULL));
    request.country.index = 50;
    check_refused("watch", &request, "no such country");
    request = stage_request(&stage, "close");
    request.country = model_country_ref(&stage.model, "aa");
    request.other_country = request.country;
    check_refused("watch", &request, "two different countries");
    request = stage_request(&stage, "aid");
    request.pool = model_pool_ref(&stage.model, "crews");
    request.other_pool = model_pool_ref(&stage.model, "friends");
    check_refused("watch", &request, "at least 1");
    request.amount = 1;
    check_refused("watch", &request, "but not for this target"); /* The crews are aa's. */
    request = stage_about(&stage, "shed", "plant");
    request.amount = MODEL_Q + 1;
    check_refused("watch", &request, "0 to 100%");
    request = stage_request(&stage, "praise");
    request.country = model_country_ref(&stage.model, "aa");
    check_refused("watch", &request, "no authority for order 'praise'");
    request.order.index = 99;
    check_refused("watch", &request, "no such order");
    CHECK_EQ(world_order_count(stage.world), 0);
    stage_close(&stage);
}

TEST(world_orders, an_order_acts_after_its_latency_and_is_the_root_of_what_it_does) {
    stage_begin(&stage);
    struct order_spec *const shed = stage_order(&stage, "shed", TARGET_ASSET, ACTION_LIMIT);
    shed->latency = model_fixed(10 * MODEL_MINUTE);
    shed->cost = 250;
    stage_order(&stage, "halve", TARGET_ASSET, ACTION_LIMIT);
    stage.order_effects[1].amount = MODEL_Q / 2;
    stage_open(&stage, NULL);
    world_advance(stage.world, MODEL_HOUR);
    const struct cell_ref watch = stage_cell(&stage, "watch");
    struct order_request request = stage_about(&stage, "shed", "plant");
    request.amount = 300000;
    uint32_t number = 0;
    int64_t acts_at_ms = 0;
    CHECK_OK(world_order(stage.world, watch, &request, &number, &acts_at_ms, NULL));
    CHECK_EQ(number, 0U);
    CHECK_EQ(acts_at_ms, MODEL_HOUR + 10 * MODEL_MINUTE);
    request.amount = 200000;
    CHECK_OK(world_order(stage.world, watch, &request, &number, NULL, NULL));
    CHECK_EQ(number, 1U);
    const struct order_request halve = stage_about(&stage, "halve", "port");
    CHECK_OK(world_order(stage.world, watch, &halve, &number, &acts_at_ms, NULL));
    CHECK_EQ(acts_at_ms, MODEL_HOUR + 1000);
    CHECK_EQ(world_order_at(stage.world, 1).name, "watch/shed#2");
    CHECK_EQ(world_cost(stage.world, watch), 500);
    CHECK_EQ(world_ordered_count(stage.world, request.order, watch), 2);
    CHECK_EQ(world_ordered_count(stage.world, request.order, (struct cell_ref){CONDITION_EVERY}),
             2);
    world_advance(stage.world, MODEL_HOUR + 1000);
    CHECK_EQ(stage_service(&stage, "port"), MODEL_Q / 2);
    CHECK_EQ(stage_service(&stage, "plant"), MODEL_Q);
    world_advance(stage.world, 2 * MODEL_HOUR);
    /* Of two in one tick the later acts last. */
    CHECK_EQ(stage_service(&stage, "plant"), 200000);
    CHECK_EQ(stage_when(&stage, 'a', 0, 0), MODEL_HOUR + 10 * MODEL_MINUTE);
    CHECK_EQ(stage_when(&stage, 'a', 1, 0), MODEL_HOUR + 10 * MODEL_MINUTE);
    const struct cascade *const cascade = world_cascade(stage.world);
    const struct asset_cause cause = cascade_asset_cause(cascade, model_ref(&stage.model, "plant"));
    CHECK_EQ(cause.limit, LIMIT_CAP);
    CHECK_EQ(cascade_root(cascade, cause.root).kind, "order");
    CHECK_EQ(cascade_root(cascade, cause.root).id, "watch/shed#2");
    world_reset(stage.world, 1, 0);
    CHECK_EQ(world_cost(stage.world, watch), 0);
    CHECK_EQ(world_order_count(stage.world), 0);
    stage_close(&stage);
}

TEST(world_orders, targets_complete_what_an_order_leaves_open) {
    stage_begin(&stage);
    stage_order(&stage, "isolate", TARGET_TAG, ACTION_ISOLATE_TAG);
    stage_order(&stage, "aid", TARGET_POOLS, ACTION_MUTUAL_AID);
    stage.order_effects[1].duration_ms = MODEL_MINUTE;
    struct order_spec *const sanction =
        stage_order(&stage, "sanction", TARGET_NONE, ACTION_CAMPAIGN_STOP);
    stage.order_effects[2] = (struct effect_spec){.kind = EFFECT_ESCALATE};
    CHECK_EQ(sanction->effect_count, 1);
    stage_open(&stage, NULL);
    world_advance(stage.world, 0);
    const struct cell_ref watch = stage_cell(&stage, "watch");
    struct order_request request = stage_request(&stage, "isolate");
    request.tag = model_tag_ref(&stage.model, "suite");
    CHECK_OK(world_order(stage.world, watch, &request, NULL, NULL, NULL));
    request = stage_request(&stage, "aid");
    request.pool = model_pool_ref(&stage.model, "friends");
    request.other_pool = model_pool_ref(&stage.model, "crews");
    request.amount = 2;
    CHECK_OK(world_order(stage.world, watch, &request, NULL, NULL, NULL));
    request = stage_request(&stage, "sanction");
    request.amount = -3;
    CHECK_OK(world_order(stage.world, watch, &request, NULL, NULL, NULL));
    world_advance(stage.world, MODEL_HOUR);
    const struct cascade *const cascade = world_cascade(stage.world);
    int64_t free_count = 0;
    CHECK(cascade_isolated(cascade, model_ref(&stage.model, "server")));
    CHECK(!cascade_isolated(cascade, model_ref(&stage.model, "plant")));
    CHECK_EQ(cascade_crews(cascade, model_pool_ref(&stage.model, "crews"), &free_count), 4);
    CHECK_EQ(cascade_crews(cascade, model_pool_ref(&stage.model, "friends"), &free_count), 1);
    CHECK_EQ(world_escalation(stage.world), -3);
    stage_close(&stage);
}

TEST(world_orders, one_past_the_limit_is_refused) {
    stage_begin(&stage);
    stage_order(&stage, "praise", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE);
    stage_open(&stage, NULL);
    world_advance(stage.world, 0);
    struct order_request request = stage_request(&stage, "praise");
    request.country = model_country_ref(&stage.model, "aa");
    const struct cell_ref watch = stage_cell(&stage, "watch");
    for (size_t i = 0; i < WORLD_ORDERS_MAX; i++) {
        CHECK_OK(world_order(stage.world, watch, &request, NULL, NULL, NULL));
    }
    struct spill_error error = {.text = ""};
    CHECK_EQ(world_order(stage.world, watch, &request, NULL, NULL, &error), SPILL_LIMIT);
    CHECK_NE(error.text[0], '\0');
    world_advance(stage.world, MODEL_MINUTE);
    CHECK_EQ(world_dropped_count(stage.world), 0);
    stage_close(&stage);
}
