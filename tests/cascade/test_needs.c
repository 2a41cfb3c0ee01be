/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

/* One customer "c" with one need "n" of three suppliers "s1" to "s3", which are set to these levels
 * at time 1 s. */
static void needs_open(struct model *model, const struct need_spec *need,
                       const int64_t weights[3]) {
    static const char *const suppliers[] = {"s1", "s2", "s3"};
    model_begin(model);
    model_asset(model, "c");
    struct need_spec *const made = model_need(model, "c", "n");
    const struct need_spec named = *made;
    *made = *need;
    made->asset = named.asset;
    made->id = named.id;
    for (int i = 0; i < 3; i++) {
        model_asset(model, suppliers[i]);
        model_link(model, "c", "n", suppliers[i])->weight = weights[i];
    }
    model_open(model, 1);
}

static void needs_check(struct need_spec need, const int64_t weights[3], const int64_t levels[3],
                        int64_t expected_ppm) {
    static struct model model;
    needs_open(&model, &need, weights);
    model_damage(&model, 1000, "s1", levels[0]);
    model_damage(&model, 1000, "s2", levels[1]);
    model_damage(&model, 1000, "s3", levels[2]);
    model_run(&model, 2000);
    CHECK_EQ(cascade_need_ppm(model.cascade, model_need_ref(&model, "c", "n")), expected_ppm);
    CHECK_EQ(model_service(&model, "c"), expected_ppm);
    model_close(&model);
}

static const int64_t needs_even[3] = {1, 1, 1};
static const int64_t needs_levels[3] = {900000, 200000, 550000};

TEST(needs, all_is_the_minimum_and_any_the_maximum) {
    needs_check((struct need_spec){.aggregator = AGGREGATOR_ALL}, needs_even, needs_levels, 200000);
    needs_check((struct need_spec){.aggregator = AGGREGATOR_ANY}, needs_even, needs_levels, 900000);
}

TEST(needs, k_of_n_is_the_kth_largest) {
    needs_check((struct need_spec){.aggregator = AGGREGATOR_K_OF_N, .k = 1}, needs_even,
                needs_levels, 900000);
    needs_check((struct need_spec){.aggregator = AGGREGATOR_K_OF_N, .k = 2}, needs_even,
                needs_levels, 550000);
    needs_check((struct need_spec){.aggregator = AGGREGATOR_K_OF_N, .k = 3}, needs_even,
                needs_levels, 200000);
}

TEST(needs, share_is_the_weighted_mean_rounded_down) {
    needs_check((struct need_spec){.aggregator = AGGREGATOR_SHARE}, needs_even, needs_levels,
                550000);
    const int64_t weights[3] = {5, 1, 1};
    /* (5 * 900000 + 200000 + 550000) / 7 = 750000 exactly; with 4, / 6 = 725000; with 3, 690000. */
    needs_check((struct need_spec){.aggregator = AGGREGATOR_SHARE}, weights, needs_levels, 750000);
    const int64_t odd[3] = {1, 2, 4};
    /* (900000 + 400000 + 2200000) / 7 = 500000. */
    needs_check((struct need_spec){.aggregator = AGGREGATOR_SHARE}, odd, needs_levels, 500000);
    const int64_t thirds[3] = {1, 1, 1};
    const int64_t levels[3] = {0, 0, 1};
    needs_check((struct need_spec){.aggregator = AGGREGATOR_SHARE}, thirds, levels, 0);
}

TEST(needs, threshold_falls_to_nothing_at_its_fraction) {
    const int64_t weights[3] = {2, 1, 1};
    const int64_t one_failed[3] = {MODEL_Q, 99999, 100000};
    const int64_t two_failed[3] = {MODEL_Q, 0, 99999};
    struct need_spec half = {.aggregator = AGGREGATOR_THRESHOLD, .numerator = 1, .denominator = 2};
    needs_check(half, weights, one_failed, MODEL_Q);
    needs_check(half, weights, two_failed, 0);
    /* A fraction of nothing still wants one that failed. */
    struct need_spec none = {.aggregator = AGGREGATOR_THRESHOLD, .numerator = 0, .denominator = 1};
    const int64_t weak[3] = {100000, 100000, 100000};
    needs_check(none, weights, weak, MODEL_Q);
    needs_check(none, weights, one_failed, 0);
}

TEST(needs, linear_loses_the_sum_rounded_up) {
    const int64_t weights[3] = {400000, 200000, 0};
    /* 0.4 * 100000 + 0.2 * 800000 = 200000. */
    needs_check((struct need_spec){.aggregator = AGGREGATOR_LINEAR}, weights, needs_levels, 800000);
    const int64_t tiny[3] = {1, 0, 0};
    needs_check((struct need_spec){.aggregator = AGGREGATOR_LINEAR}, tiny, needs_levels,
                MODEL_Q - 1);
    const int64_t full[3] = {MODEL_Q, MODEL_Q, MODEL_Q};
    const int64_t down[3] = {0, 0, 0};
    needs_check((struct need_spec){.aggregator = AGGREGATOR_LINEAR}, full, down, 0);
}

TEST(needs, a_response_is_interpolated) {
    const struct response_point response[] = {
        {0, 100000}, {500000, 300000}, {900000, MODEL_Q}, {MODEL_Q, MODEL_Q}};
    struct need_spec need = {
        .aggregator = AGGREGATOR_ALL, .response = response, .response_count = 4};
    const int64_t nothing[3] = {0, MODEL_Q, MODEL_Q};
    const int64_t corner[3] = {500000, MODEL_Q, MODEL_Q};
    const int64_t between[3] = {250001, MODEL_Q, MODEL_Q};
    const int64_t steep[3] = {700000, MODEL_Q, MODEL_Q};
    const int64_t flat[3] = {950000, MODEL_Q, MODEL_Q};
    needs_check(need, needs_even, nothing, 100000);
    needs_check(need, needs_even, corner, 300000);
    needs_check(need, needs_even, between, 200000);
    needs_check(need, needs_even, steep, 650000);
    needs_check(need, needs_even, flat, MODEL_Q);
}

/* An asset "c" of health H with needs "a" and "b", each on its own supplier. */
static int64_t needs_combine(enum combination combination, int64_t health_ppm, int64_t a_ppm,
                             int64_t b_ppm) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c")->combination = combination;
    model_asset(&model, "sa");
    model_asset(&model, "sb");
    model_need(&model, "c", "a");
    model_need(&model, "c", "b");
    model_link(&model, "c", "a", "sa");
    model_link(&model, "c", "b", "sb");
    model_open(&model, 1);
    model_damage(&model, 1000, "c", health_ppm);
    model_damage(&model, 1000, "sa", a_ppm);
    model_damage(&model, 1000, "sb", b_ppm);
    model_run(&model, 2000);
    const int64_t service_ppm = model_service(&model, "c");
    model_close(&model);
    return service_ppm;
}

TEST(needs, they_combine_with_health) {
    CHECK_EQ(needs_combine(COMBINE_MIN, 800000, 700000, 900000), 700000);
    CHECK_EQ(needs_combine(COMBINE_MIN, 600000, 700000, 900000), 600000);
    CHECK_EQ(needs_combine(COMBINE_PRODUCT, 800000, 700000, 900000), 504000);
    CHECK_EQ(needs_combine(COMBINE_PRODUCT, 333333, 333333, 333333), 37036);
    CHECK_EQ(needs_combine(COMBINE_LINEAR, 800000, 700000, 900000), 400000);
    CHECK_EQ(needs_combine(COMBINE_LINEAR, 300000, 400000, 500000), 0);
}

TEST(needs, one_without_suppliers_is_met) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c");
    model_need(&model, "c", "n");
    model_open(&model, 1);
    model_damage(&model, 1000, "c", 500000);
    model_run(&model, 2000);
    CHECK_EQ(cascade_need_ppm(model.cascade, model_need_ref(&model, "c", "n")), MODEL_Q);
    CHECK_EQ(model_service(&model, "c"), 500000);
    model_close(&model);
}
