/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

/* Assets "a" to "d" on a pool "crews" of the given size; each takes an hour. */
static void repair_open(struct model *model, int64_t crews) {
    static const char *const ids[] = {"a", "b", "c", "d"};
    model_begin(model);
    model_pool(model, "crews", crews);
    for (int i = 0; i < 4; i++) {
        struct asset_spec *const asset = model_asset(model, ids[i]);
        asset->repair = model_fixed(MODEL_HOUR);
        asset->pool = "crews";
    }
}

TEST(repair, a_queue_is_worked_off_by_priority_criticality_time_and_hash) {
    static struct model model;
    repair_open(&model, 1);
    model.assets[1].criticality = 5; /* b */
    model_open(&model, 1);
    model_damage(&model, 0, "d", 0); /* At work at once. */
    model_damage(&model, MODEL_SECOND, "a", 0);
    model_damage(&model, 2 * MODEL_SECOND, "b", 0);
    model_damage(&model, 3 * MODEL_SECOND, "c", 0);
    model_act(&model, MODEL_MINUTE, ACTION_PRIORITY, "c", 1, "order");
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(cascade_repair_queue(model.cascade, model_pool_ref(&model, "crews")), 3);
    CHECK_EQ(model_when(&model, "d", MODEL_Q, 9 * MODEL_HOUR), MODEL_HOUR);
    CHECK_EQ(model_when(&model, "c", MODEL_Q, 9 * MODEL_HOUR), 2 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "b", MODEL_Q, 9 * MODEL_HOUR), 3 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, 9 * MODEL_HOUR), 4 * MODEL_HOUR);
    int64_t free_count = 0;
    CHECK_EQ(cascade_crews(model.cascade, model_pool_ref(&model, "crews"), &free_count), 1);
    CHECK_EQ(free_count, 1);
    model_close(&model);
}

TEST(repair, jobs_of_one_tick_go_by_hash) {
    static struct model model;
    static const char *const ids[] = {"a", "b", "c", "d"};
    repair_open(&model, 0);
    model_open(&model, 1);
    for (int i = 0; i < 4; i++) {
        model_damage(&model, 0, ids[i], 0);
    }
    const struct action aid = {.kind = ACTION_MUTUAL_AID, .count = 0};
    CHECK_OK(cascade_act(model.cascade, MODEL_SECOND, &aid));
    model_run(&model, MODEL_SECOND);
    int64_t ends_ms = 0;
    CHECK(!cascade_repairing(model.cascade, model_ref(&model, "a"), &ends_ms));
    model_close(&model);
    repair_open(&model, 1);
    model_open(&model, 1);
    for (int i = 0; i < 4; i++) {
        model_damage(&model, 0, ids[i], 0);
    }
    model_run(&model, 0);
    int first = 0;
    for (int i = 1; i < 4; i++) {
        first = chance_hash("asset", ids[i]) < chance_hash("asset", ids[first]) ? i : first;
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(cascade_repairing(model.cascade, model_ref(&model, ids[i]), &ends_ms), i == first);
    }
    model_close(&model);
}

TEST(repair, without_a_pool_nobody_waits_and_without_a_law_nothing_is_repaired) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->repair = model_fixed(MODEL_HOUR);
    model_asset(&model, "b");
    model_open(&model, 1);
    model_damage(&model, 0, "a", 300000);
    model_damage(&model, 0, "b", 300000);
    CHECK_EQ(model_when(&model, "a", 300000, MODEL_HOUR), 0);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, 2 * MODEL_HOUR), MODEL_HOUR);
    CHECK_EQ(model_service(&model, "b"), 300000);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_close(&model);
}

TEST(repair, more_damage_begins_the_work_again_and_less_does_nothing) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->repair = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    model_damage(&model, 0, "a", 500000);
    model_damage(&model, 10 * MODEL_MINUTE, "a", 500000);
    model_damage(&model, 20 * MODEL_MINUTE, "a", 600000);
    model_run(&model, 20 * MODEL_MINUTE);
    int64_t ends_ms = 0;
    CHECK(cascade_repairing(model.cascade, model_ref(&model, "a"), &ends_ms));
    CHECK_EQ(ends_ms, MODEL_HOUR);
    model_damage(&model, 30 * MODEL_MINUTE, "a", 499999);
    model_run(&model, 30 * MODEL_MINUTE);
    CHECK(cascade_repairing(model.cascade, model_ref(&model, "a"), &ends_ms));
    CHECK_EQ(ends_ms, 90 * MODEL_MINUTE);
    model_close(&model);
}

TEST(repair, free_crews_travel_to_another_pool) {
    static struct model model;
    repair_open(&model, 0);
    model_pool(&model, "friends", 3);
    model_open(&model, 1);
    model_damage(&model, 0, "a", 0);
    model_damage(&model, 0, "b", 0);
    const struct action aid = {.kind = ACTION_MUTUAL_AID,
                               .pool = model_pool_ref(&model, "friends"),
                               .other_pool = model_pool_ref(&model, "crews"),
                               .count = 5,
                               .duration_ms = 2 * MODEL_HOUR};
    CHECK_OK(cascade_act(model.cascade, MODEL_MINUTE, &aid));
    model_run(&model, MODEL_HOUR);
    int64_t free_count = -1;
    CHECK_EQ(cascade_crews(model.cascade, model_pool_ref(&model, "friends"), &free_count), 0);
    CHECK_EQ(cascade_crews(model.cascade, model_pool_ref(&model, "crews"), &free_count), 0);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, 9 * MODEL_HOUR), 3 * MODEL_HOUR + MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "b"), MODEL_Q);
    CHECK_EQ(cascade_crews(model.cascade, model_pool_ref(&model, "crews"), &free_count), 3);
    CHECK_EQ(free_count, 3);
    model_close(&model);
}

TEST(repair, crews_that_arrive_can_leave_in_the_next_tick_not_in_the_same) {
    static struct model model;
    repair_open(&model, 1);
    model_pool(&model, "friends", 0);
    model_open(&model, 1);
    const struct action there = {.kind = ACTION_MUTUAL_AID,
                                 .pool = model_pool_ref(&model, "crews"),
                                 .other_pool = model_pool_ref(&model, "friends"),
                                 .count = 1,
                                 .duration_ms = 10 * MODEL_SECOND};
    const struct action back = {.kind = ACTION_MUTUAL_AID,
                                .pool = model_pool_ref(&model, "friends"),
                                .other_pool = model_pool_ref(&model, "crews"),
                                .count = 1,
                                .duration_ms = 0};
    CHECK_OK(cascade_act(model.cascade, 0, &there));
    CHECK_OK(cascade_act(model.cascade, 10 * MODEL_SECOND, &back));
    model_run(&model, 20 * MODEL_SECOND);
    int64_t free_count = -1;
    CHECK_EQ(cascade_crews(model.cascade, model_pool_ref(&model, "friends"), &free_count), 1);
    model_close(&model);
}
