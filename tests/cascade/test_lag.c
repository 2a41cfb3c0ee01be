/* SPDX-License-Identifier: Apache-2.0 */
/* Service that follows its limits with a lag. */
#include "tests/cascade/model.h"

#include <stdlib.h>

static struct asset_spec *lag_begin(struct model *model, int64_t lag_ppm) {
    model_begin(model);
    struct asset_spec *const asset = model_asset(model, "a");
    asset->lag_ppm = lag_ppm;
    asset->lag_ms = MODEL_MINUTE;
    return asset;
}

TEST(lag, service_falls_and_rises_by_its_share_of_the_way_in_every_step) {
    static struct model model;
    lag_begin(&model, MODEL_Q / 2)->repair = model_fixed(3 * MODEL_MINUTE);
    model_open(&model, 1);
    model_damage(&model, MODEL_HOUR, "a", 0);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(model_service(&model, "a"), 500000);
    model_run(&model, MODEL_HOUR + MODEL_MINUTE - 1);
    CHECK_EQ(model_service(&model, "a"), 500000);
    model_run(&model, MODEL_HOUR + MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "a"), 250000);
    model_run(&model, MODEL_HOUR + 2 * MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "a"), 125000);
    model_run(&model, MODEL_HOUR + 3 * MODEL_MINUTE); /* Repaired. */
    CHECK_EQ(model_service(&model, "a"), 562500);
    model_run(&model, MODEL_HOUR + 4 * MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "a"), 781250);
    /* Half-way is rounded towards the end, so it is reached. */
    CHECK_LT(0, model_when(&model, "a", MODEL_Q, 2 * MODEL_HOUR));
    model_close(&model);
}

TEST(lag, a_share_of_all_is_no_lag_but_waits_for_the_tick) {
    static struct model model;
    lag_begin(&model, MODEL_Q);
    model_asset(&model, "b")->lag_ppm = MODEL_Q;
    model_need(&model, "b", "n");
    model_link(&model, "b", "n", "a");
    model_open(&model, 1);
    model_damage(&model, 0, "a", 400000);
    model_run(&model, 0);
    CHECK_EQ(model_service(&model, "a"), 400000);
    CHECK_EQ(model_service(&model, "b"), MODEL_Q); /* It heard of it in a later round. */
    model_run(&model, MODEL_SECOND);
    CHECK_EQ(model_service(&model, "b"), 400000);
    model_close(&model);
}

TEST(lag, what_still_is_missing_on_the_way_back_is_charged_to_what_took_it) {
    static struct model model;
    lag_begin(&model, MODEL_Q / 10)->repair = model_fixed(5 * MODEL_MINUTE);
    model_open(&model, 1);
    model_damage(&model, 0, "a", 0);
    model_run(&model, 0);
    CHECK_LT(5 * MODEL_MINUTE, model_when(&model, "a", MODEL_Q, 9 * MODEL_HOUR));
    const int64_t lost_ms =
        cascade_person_ms(model.cascade, (struct country_ref){0}, (struct sector_ref){0});
    CHECK_EQ(cascade_root_person_ms(model.cascade, (struct root_ref){0}), lost_ms);
    CHECK_EQ(cascade_asset_cause(model.cascade, model_ref(&model, "a")).limit, LIMIT_NONE);
    model_close(&model);
}

TEST(lag, dynamic_inoperability_approaches_its_fixed_point) {
    static struct model model;
    static const char *const ids[] = {"a", "b"};
    model_begin(&model);
    for (int i = 0; i < 2; i++) {
        struct asset_spec *const asset = model_asset(&model, ids[i]);
        asset->combination = COMBINE_LINEAR;
        asset->lag_ppm = 300000;
        asset->lag_ms = MODEL_HOUR;
        model_need(&model, ids[i], "n")->aggregator = AGGREGATOR_LINEAR;
        model_link(&model, ids[i], "n", ids[1 - i])->weight = i == 0 ? 400000 : 200000;
    }
    model_open(&model, 1);
    model_damage(&model, 0, "a", 900000);
    model_run(&model, 0);
    CHECK_EQ(model_service(&model, "a"), 970000); /* 0.3 of the way to 0.9. */
    CHECK_EQ(model_service(&model, "b"), MODEL_Q);
    model_run(&model, 300 * MODEL_HOUR);
    CHECK_LT(llabs(MODEL_Q - model_service(&model, "a") - 108696), 6);
    CHECK_LT(llabs(MODEL_Q - model_service(&model, "b") - 21739), 6);
    model_close(&model);
}

TEST(lag, nonsense_is_refused) {
    static struct model model;
    struct spill_error error = {.text = ""};
    struct asset_spec *const asset = lag_begin(&model, MODEL_Q + 1);
    CHECK_EQ(network_create(&model.spec, &model.network, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "lag") != NULL);
    asset->lag_ppm = 1;
    asset->restart = model_fixed(1);
    CHECK_EQ(network_create(&model.spec, &model.network, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "not both") != NULL);
    const struct layer_spec layer = {.id = "grid", .kind = LAYER_GIANT, .sector = "power"};
    asset->restart = (struct law_spec){.kind = LAW_NONE};
    model.spec.layers = &layer;
    model.spec.layer_count = 1;
    CHECK_EQ(network_create(&model.spec, &model.network, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "has no lag") != NULL);
}

TEST(threshold, a_share_that_must_fail_is_drawn_by_its_law) {
    static struct model model;
    static const char *const ids[] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"};
    enum { REPLICAS = 2000 };
    model_begin(&model);
    model_asset(&model, "a");
    struct need_spec *const need = model_need(&model, "a", "n");
    need->aggregator = AGGREGATOR_THRESHOLD;
    need->fraction_law = (struct law_spec){.kind = LAW_UNIFORM, .b_ms = MODEL_Q};
    for (int i = 0; i < 10; i++) {
        model_asset(&model, ids[i]);
        model_link(&model, "a", "n", ids[i]);
    }
    model_open(&model, 1);
    int failed = 0;
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        cascade_reset(model.cascade, 9, replica);
        model.record_count = 0;
        for (int i = 0; i < 3; i++) {
            model_damage(&model, 0, ids[i], 0);
        }
        model_run(&model, 0);
        failed += model_service(&model, "a") == 0 ? 1 : 0;
    }
    /* 600, and four standard errors. */
    CHECK_LT(518, failed);
    CHECK_LT(failed, 682);
    model_close(&model);
}
