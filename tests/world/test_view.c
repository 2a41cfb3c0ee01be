/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cell knows: the last report on each asset, and what follows from it.
 */
#include "coordinator/world/view.h"
#include "tests/world/stage.h"

static struct stage stage;
static struct view *view;

static void open_view(void) {
    static const char *const injects[] = {"1-start", "2-dark"};
    stage_begin(&stage);
    stage.spec.injects = injects;
    stage.spec.inject_count = 2;
    stage_order(&stage, "praise", TARGET_COUNTRY, ACTION_PUBLIC_MESSAGE);
    stage_open(&stage, NULL);
    CHECK_OK(view_create(stage.model.network, stage.script, stage_cell(&stage, "watch"), &view));
}

static void close_view(void) {
    view_destroy(&view);
    stage_close(&stage);
}

static int64_t read2(enum condition_function function, uint32_t first, uint32_t second) {
    const uint32_t arguments[CONDITION_ARGUMENTS_MAX] = {first, second};
    return view_read(function, arguments, view);
}

static void tell(const char *asset, int64_t service_ppm, uint32_t detected, uint32_t triggered) {
    const struct report report = {.at_ms = 5000,
                                  .asset = model_ref(&stage.model, asset),
                                  .service_ppm = service_ppm,
                                  .status = ASSET_DEGRADED,
                                  .detected = detected,
                                  .triggered = triggered};
    view_apply(view, &report);
}

TEST(view, at_first_everything_is_well) {
    open_view();
    const uint32_t every = CONDITION_EVERY;
    CHECK_EQ(read2(FUNCTION_FAILED_COUNT, every, every), 0);
    CHECK_EQ(read2(FUNCTION_LEVEL, every, every), MODEL_Q);
    CHECK_EQ(read2(FUNCTION_TRUST, 0, 0), 700000);
    CHECK_EQ(read2(FUNCTION_SINCE, 0, 0), -1);
    CHECK_EQ(read2(FUNCTION_RELEASED, 1, 0), 0);
    struct report known = {0};
    CHECK(view_report(view, model_ref(&stage.model, "port"), &known));
    CHECK_EQ(known.service_ppm, MODEL_Q);
    CHECK_EQ(known.status, ASSET_NORMAL);
    close_view();
}

TEST(view, reports_move_counts_and_resetting_takes_them_back) {
    open_view();
    const uint32_t every = CONDITION_EVERY;
    for (int round = 0; round < 2; round++) {
        tell("plant", 0, 0, 0);
        tell("port", 400000, 0, 0);
        tell("server", MODEL_Q, 1, 1);
        CHECK_EQ(read2(FUNCTION_FAILED_COUNT, every, every), 1);
        CHECK_EQ(read2(FUNCTION_DEGRADED_COUNT, every, every), 2);
        CHECK_EQ(read2(FUNCTION_DEGRADED_COUNT, every, 1), 1);
        CHECK_EQ(read2(FUNCTION_PEOPLE_WITHOUT, every, every), 1600);
        CHECK_EQ(read2(FUNCTION_LEVEL, 0, 0), 500000);
        CHECK_EQ(read2(FUNCTION_DETECTED, 0, every), 1);
        CHECK_EQ(read2(FUNCTION_INFECTED, 0, 0), 1);
        CHECK_EQ(read2(FUNCTION_TRIGGERED, 0, 1), 0);
        tell("plant", MODEL_Q, 0, 0);
        tell("server", MODEL_Q, 0, 0);
        CHECK_EQ(read2(FUNCTION_FAILED_COUNT, every, every), 0);
        CHECK_EQ(read2(FUNCTION_DETECTED, 0, every), 0);
        view_receive(view, 1, 60000);
        view_set_time(view, 90000);
        CHECK_EQ(read2(FUNCTION_RELEASED, 1, 0), 1);
        CHECK_EQ(read2(FUNCTION_SINCE, 1, 0), 30000);
        view_ordered(view, (struct order_ref){0});
        CHECK_EQ(read2(FUNCTION_ORDERED, 0, every), 1);
        const struct report trust = {.at_ms = 5000,
                                     .asset = {NETWORK_NO_INDEX},
                                     .country = {1},
                                     .trust_ppm = 123456,
                                     .escalation = 4};
        view_apply(view, &trust);
        CHECK_EQ(read2(FUNCTION_TRUST, 1, 0), 123456);
        CHECK_EQ(read2(FUNCTION_ESCALATION, 0, 0), 4);
        view_reset(view);
        CHECK_EQ(read2(FUNCTION_DEGRADED_COUNT, every, every), 0);
        CHECK_EQ(read2(FUNCTION_TRUST, 1, 0), 700000);
        CHECK_EQ(read2(FUNCTION_ORDERED, 0, every), 0);
    }
    close_view();
}

TEST_ABORTS(view, a_report_on_an_unseen_asset_is_a_broken_promise) {
    open_view();
    view_destroy(&view);
    CHECK_OK(view_create(stage.model.network, stage.script, stage_cell(&stage, "far"), &view));
    tell("plant", 0, 0, 0);
}

TEST(view, a_cell_that_sees_nothing_knows_its_country_only) {
    open_view();
    struct view *far = NULL;
    CHECK_OK(view_create(stage.model.network, stage.script, stage_cell(&stage, "far"), &far));
    struct report known = {.at_ms = 7};
    CHECK(!view_report(far, model_ref(&stage.model, "plant"), &known));
    CHECK_EQ(known.at_ms, 7);
    CHECK(view_has_country(far, model_country_ref(&stage.model, "bb")));
    CHECK(!view_has_country(far, model_country_ref(&stage.model, "aa")));
    view_destroy(&far);
    close_view();
}

TEST(view, every_failed_allocation_is_reported_and_leaks_nothing) {
    open_view();
    for (long after = 0;; after++) {
        struct view *made = NULL;
        spill_alloc_fail_after(after, false);
        const enum spill_status status =
            view_create(stage.model.network, stage.script, stage_cell(&stage, "watch"), &made);
        spill_alloc_fail_after(-1, false);
        if (status == SPILL_OK) {
            view_destroy(&made);
            break;
        }
        CHECK_EQ(status, SPILL_MEMORY);
    }
    close_view();
}
