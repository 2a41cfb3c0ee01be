/* SPDX-License-Identifier: Apache-2.0 */
/* Failures by chance: at the start, and when a lifetime ends. */
#include "tests/cascade/model.h"

static void life_open(struct model *model, struct law_spec lifetime, struct law_spec repair) {
    model_begin(model);
    struct asset_spec *const asset = model_asset(model, "a");
    asset->lifetime = lifetime;
    asset->repair = repair;
    model_asset(model, "b");
    model_need(model, "b", "n");
    model_link(model, "b", "n", "a");
    model_open(model, 1);
}

TEST(life, an_asset_breaks_when_its_lifetime_ends_and_lives_anew_after_repair) {
    static struct model model;
    life_open(&model, model_fixed(2 * MODEL_HOUR), model_fixed(MODEL_HOUR));
    CHECK_EQ(cascade_next_ms(model.cascade), 0);
    CHECK_EQ(model_when(&model, "a", 0, 99 * MODEL_HOUR), 2 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "b"), 0);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, 99 * MODEL_HOUR), 3 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "a", 0, 99 * MODEL_HOUR), 5 * MODEL_HOUR);
    CHECK_EQ(cascade_root_count(model.cascade), (size_t)1); /* Its own, made at the first. */
    const struct root root = cascade_root(model.cascade, (struct root_ref){0});
    CHECK_EQ(root.kind, (const char *)"failure");
    CHECK_EQ(root.id, (const char *)"a");
    CHECK_EQ(root.at_ms, 2 * MODEL_HOUR);
    CHECK_EQ(root.country.index, 0U);
    CHECK_EQ(cascade_asset_cause(model.cascade, model_ref(&model, "b")).root.index, 0U);
    model_close(&model);
}

TEST(life, damage_ends_a_lifetime_and_repair_begins_another) {
    static struct model model;
    life_open(&model, model_fixed(4 * MODEL_HOUR), model_fixed(MODEL_HOUR));
    model_damage(&model, 3 * MODEL_HOUR, "a", 500000);
    CHECK_EQ(model_when(&model, "a", MODEL_Q / 2, 99 * MODEL_HOUR), 3 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, 99 * MODEL_HOUR), 4 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "a", 0, 99 * MODEL_HOUR), 8 * MODEL_HOUR);
    model_close(&model);
    /* What nobody repairs lives no second time. */
    life_open(&model, model_fixed(4 * MODEL_HOUR), (struct law_spec){.kind = LAW_NONE});
    model_damage(&model, 3 * MODEL_HOUR, "a", 500000);
    CHECK_EQ(model_when(&model, "a", 0, 99 * MODEL_HOUR), -1);
    model_close(&model);
}

TEST(life, a_lifetime_that_ended_at_the_same_time_as_damage_is_not_its_cause) {
    static struct model model;
    life_open(&model, model_fixed(2 * MODEL_HOUR), model_fixed(MODEL_HOUR));
    model_damage(&model, 2 * MODEL_HOUR, "a", 300000);
    model_run(&model, 2 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "a"), 300000);
    CHECK_EQ(cascade_root_count(model.cascade), (size_t)1);
    CHECK_EQ(cascade_root(model.cascade, (struct root_ref){0}).kind, (const char *)"effect");
    model_close(&model);
}

TEST(life, so_many_are_broken_at_the_start_as_their_chance_says) {
    static struct model model;
    enum { REPLICAS = 4000 };
    model_begin(&model);
    model_asset(&model, "never");
    model_asset(&model, "seldom")->failure_ppm = 250000;
    model_asset(&model, "always")->failure_ppm = MODEL_Q;
    model_open(&model, 1);
    int broken = 0;
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        cascade_reset(model.cascade, 5, replica);
        model.record_count = 0;
        cascade_step(model.cascade);
        CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
        CHECK_EQ(model_service(&model, "never"), MODEL_Q);
        CHECK_EQ(model_service(&model, "always"), 0);
        broken += model_service(&model, "seldom") == 0 ? 1 : 0;
    }
    /* Four standard errors of 1000. */
    CHECK_LT(890, broken);
    CHECK_LT(broken, 1110);
    model_close(&model);
}

TEST(life, a_forecast_redraws_the_lifetime_that_runs) {
    static struct model model;
    life_open(&model, (struct law_spec){.kind = LAW_UNIFORM, .b_ms = 8 * MODEL_HOUR},
              (struct law_spec){.kind = LAW_NONE});
    model_run(&model, 0);
    const int64_t live_ms = cascade_next_ms(model.cascade);
    const int64_t now_ms = live_ms - MODEL_MINUTE;
    cascade_idle(model.cascade, now_ms);
    bool differs = false;
    for (uint32_t replica = 1; replica < 20; replica++) {
        cascade_redraw(model.cascade, replica);
        CHECK_LT(now_ms, cascade_next_ms(model.cascade));
        CHECK_LE(cascade_next_ms(model.cascade), 8 * MODEL_HOUR);
        differs = differs || cascade_next_ms(model.cascade) != live_ms;
    }
    CHECK(differs);
    model_close(&model);
}

TEST(life, chances_and_laws_out_of_range_are_refused) {
    static struct model model;
    struct spill_error error = {.text = ""};
    model_begin(&model);
    struct asset_spec *const asset = model_asset(&model, "a");
    asset->failure_ppm = MODEL_Q + 1;
    CHECK_EQ(network_create(&model.spec, &model.network, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "chance of failure") != NULL);
    asset->failure_ppm = 0;
    asset->lifetime = model_fixed(-1);
    CHECK_EQ(network_create(&model.spec, &model.network, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "ten years") != NULL);
}
