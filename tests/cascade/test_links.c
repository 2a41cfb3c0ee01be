/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

/* Customer "c" on supplier "s" over one link with these delays in seconds. Limits set s to any
 * level at any time. */
static void links_open(struct model *model, int64_t down_s, int64_t up_s) {
    model_begin(model);
    model_asset(model, "c");
    model_asset(model, "s");
    model_need(model, "c", "n");
    struct link_spec *const link = model_link(model, "c", "n", "s");
    link->delay_down_ms = down_s * MODEL_SECOND;
    link->delay_up_ms = up_s * MODEL_SECOND;
    model_open(model, 1);
}

static void links_set(struct model *model, int64_t at_s, int64_t level_ppm) {
    model_act(model, at_s * MODEL_SECOND, ACTION_LIMIT, "s", level_ppm, "shed");
}

static int64_t links_at(struct model *model, int64_t at_s) {
    model_run(model, at_s * MODEL_SECOND);
    return cascade_link_ppm(model->cascade, model_link_ref(model, "c", "n", "s"));
}

TEST(links, a_newer_value_on_the_same_side_keeps_the_due_time) {
    static struct model model;
    links_open(&model, 10, 10);
    links_set(&model, 1, 500000);
    links_set(&model, 6, 300000);
    links_set(&model, 9, 700000);
    CHECK_EQ(links_at(&model, 10), MODEL_Q);
    CHECK_EQ(links_at(&model, 11), 700000);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_close(&model);
}

TEST(links, a_value_equal_to_the_delivered_one_drops_what_is_pending) {
    static struct model model;
    links_open(&model, 10, 0);
    links_set(&model, 1, 500000);
    links_set(&model, 10, MODEL_Q);
    CHECK_EQ(links_at(&model, 20), MODEL_Q);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    model_close(&model);
}

TEST(links, a_value_on_the_other_side_begins_its_own_delay) {
    static struct model model;
    links_open(&model, 10, 20);
    links_set(&model, 0, 500000);
    CHECK_EQ(links_at(&model, 10), 500000);
    links_set(&model, 11, 800000); /* Up, due at 31. */
    links_set(&model, 15, 200000); /* Down, due at 25. */
    links_set(&model, 20, 900000); /* Up, due at 40. */
    CHECK_EQ(links_at(&model, 39), 500000);
    CHECK_EQ(links_at(&model, 40), 900000);
    model_close(&model);
}

TEST(links, a_delay_of_part_of_a_tick_takes_a_tick) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c");
    model_asset(&model, "s");
    model_need(&model, "c", "n");
    model_link(&model, "c", "n", "s")->delay_down_ms = 1;
    model_open(&model, 1);
    model_damage(&model, 1500, "s", 0);
    CHECK_EQ(model_when(&model, "s", 0, 10000), 2000);
    CHECK_EQ(model_when(&model, "c", 0, 10000), 3000);
    model_close(&model);
}

TEST(links, without_delay_a_chain_falls_in_the_rounds_of_one_tick_and_rises_a_tick_each) {
    static struct model model;
    static const char *const ids[] = {"a", "b", "c", "d"};
    model_begin(&model);
    for (int i = 0; i < 4; i++) {
        model_asset(&model, ids[i]);
    }
    model.assets[0].repair = model_fixed(MODEL_MINUTE);
    for (int i = 1; i < 4; i++) {
        model_need(&model, ids[i], "n");
        model_link(&model, ids[i], "n", ids[i - 1]);
    }
    model_open(&model, 1);
    model_damage(&model, 0, "a", 0);
    cascade_step(model.cascade);
    for (uint32_t i = 0; i < 4; i++) {
        CHECK_EQ(model_service(&model, ids[i]), 0);
        CHECK_EQ(model.records[i].round, i);
        CHECK_EQ(model.records[i].asset.index, i);
    }
    CHECK_EQ(model_when(&model, "d", MODEL_Q, MODEL_HOUR), MODEL_MINUTE + 3 * MODEL_SECOND);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    model_close(&model);
}

TEST(links, one_that_does_not_couple_delivers_in_full_for_ever) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c");
    model_asset(&model, "s");
    model_need(&model, "c", "n");
    model_link(&model, "c", "n", "s")->coupling_given = true;
    model_open(&model, 1);
    model_damage(&model, 0, "s", 0);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    model_close(&model);
}

TEST(links, coupling_happens_as_often_as_it_says) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c");
    model_asset(&model, "s");
    model_need(&model, "c", "n");
    struct link_spec *const link = model_link(&model, "c", "n", "s");
    link->coupling_given = true;
    link->coupling_ppm = 300000;
    model_open(&model, 1);
    int count = 0;
    for (uint32_t replica = 0; replica < 10000; replica++) {
        cascade_reset(model.cascade, 5, replica);
        model.record_count = 0;
        model_damage(&model, 0, "s", 0);
        cascade_step(model.cascade);
        count += model_service(&model, "c") == 0 ? 1 : 0;
    }
    /* Four standard errors: 183. */
    CHECK_LE(2817, count);
    CHECK_LE(count, 3183);
    model_close(&model);
}

/* A ring of two that need each other stays down after a common outage; one supplier of its own does
 * not. */
TEST(links, two_that_need_each_other_stay_down) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->repair = model_fixed(MODEL_MINUTE);
    model_asset(&model, "b");
    model_need(&model, "a", "n");
    model_need(&model, "b", "n");
    model_link(&model, "a", "n", "b");
    model_link(&model, "b", "n", "a");
    model_open(&model, 1);
    model_damage(&model, 0, "a", 0);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(cascade_health_ppm(model.cascade, model_ref(&model, "a")), MODEL_Q);
    CHECK_EQ(model_service(&model, "a"), 0);
    CHECK_EQ(model_service(&model, "b"), 0);
    model_close(&model);
}
