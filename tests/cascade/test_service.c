/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

TEST(service, it_may_not_rise_within_its_dwell) {
    static struct model model;
    model_begin(&model);
    model.spec.dwell_ms = 10 * MODEL_SECOND;
    model_asset(&model, "a");
    model_open(&model, 1);
    model_act(&model, 0, ACTION_LIMIT, "a", 500000, "shed");
    model_act(&model, 3 * MODEL_SECOND, ACTION_LIMIT, "a", MODEL_Q, "shed");
    CHECK_EQ(model_when(&model, "a", 500000, MODEL_MINUTE), 0);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, MODEL_MINUTE), 10 * MODEL_SECOND);
    /* A fall never waits, and begins the dwell anew. */
    model_act(&model, 12 * MODEL_SECOND, ACTION_LIMIT, "a", 400000, "shed");
    model_act(&model, 15 * MODEL_SECOND, ACTION_LIMIT, "a", 300000, "shed");
    model_act(&model, 16 * MODEL_SECOND, ACTION_LIMIT, "a", MODEL_Q, "shed");
    CHECK_EQ(model_when(&model, "a", 400000, MODEL_MINUTE), 12 * MODEL_SECOND);
    CHECK_EQ(model_when(&model, "a", 300000, MODEL_MINUTE), 15 * MODEL_SECOND);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, MODEL_MINUTE), 25 * MODEL_SECOND);
    model_close(&model);
}

TEST(service, a_restart_takes_its_time_after_a_failure_only) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->restart = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    model_act(&model, 0, ACTION_LIMIT, "a", 100000, "shed");
    model_act(&model, MODEL_MINUTE, ACTION_LIMIT, "a", MODEL_Q, "shed");
    CHECK_EQ(model_when(&model, "a", 100000, MODEL_HOUR), 0);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, MODEL_HOUR), MODEL_MINUTE);
    model_act(&model, 2 * MODEL_MINUTE, ACTION_LIMIT, "a", 99999, "shed");
    model_act(&model, 3 * MODEL_MINUTE, ACTION_LIMIT, "a", 900000, "shed");
    model_run(&model, 3 * MODEL_MINUTE);
    CHECK_EQ((int)cascade_status(model.cascade, model_ref(&model, "a")), (int)ASSET_RESTORING);
    CHECK_EQ(model_when(&model, "a", 900000, 2 * MODEL_HOUR), MODEL_HOUR + 3 * MODEL_MINUTE);
    model_close(&model);
}

TEST(service, a_restart_begins_again_if_what_it_needs_goes_away) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->restart = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    model_act(&model, 0, ACTION_LIMIT, "a", 0, "shed");
    model_act(&model, MODEL_MINUTE, ACTION_LIMIT, "a", MODEL_Q, "shed");
    model_act(&model, 30 * MODEL_MINUTE, ACTION_LIMIT, "a", 0, "shed");
    model_act(&model, 40 * MODEL_MINUTE, ACTION_LIMIT, "a", MODEL_Q, "shed");
    CHECK_EQ(model_when(&model, "a", 0, MODEL_HOUR), 0);
    CHECK_EQ(model_when(&model, "a", MODEL_Q, 3 * MODEL_HOUR), 100 * MODEL_MINUTE);
    model_close(&model);
}

TEST(service, manual_mode_holds_a_level_after_its_delay) {
    static struct model model;
    model_begin(&model);
    struct asset_spec *const terminal = model_asset(&model, "terminal");
    terminal->manual_ppm = 400000;
    terminal->manual_delay = model_fixed(MODEL_HOUR);
    terminal->manual_automatic = true;
    terminal->repair = model_fixed(10 * MODEL_HOUR);
    struct need_spec *const data = model_need(&model, "terminal", "data");
    data->manual_fallback = true;
    model_asset(&model, "hall");
    model_link(&model, "terminal", "data", "hall");
    model_open(&model, 1);
    model_damage(&model, 0, "hall", 0);
    model_damage(&model, 0, "terminal", 100000);
    CHECK_EQ(model_when(&model, "terminal", 0, MODEL_HOUR), 0);
    /* Health and the marked need are raised alike. */
    CHECK_EQ(model_when(&model, "terminal", 400000, 2 * MODEL_HOUR), MODEL_HOUR);
    CHECK_EQ((int)cascade_asset_cause(model.cascade, model_ref(&model, "terminal")).limit,
             (int)LIMIT_NEED);
    model_close(&model);
}

TEST(service, manual_mode_waits_for_its_order_which_is_used_once) {
    static struct model model;
    model_begin(&model);
    struct asset_spec *const terminal = model_asset(&model, "terminal");
    terminal->manual_ppm = 400000;
    terminal->manual_delay = model_fixed(MODEL_MINUTE);
    terminal->repair = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    const struct action order = {.kind = ACTION_MANUAL_MODE,
                                 .asset = model_ref(&model, "terminal")};
    /* Given before it is needed, it stays. */
    CHECK_OK(cascade_act(model.cascade, 0, &order));
    model_damage(&model, 10 * MODEL_MINUTE, "terminal", 0);
    model_damage(&model, 3 * MODEL_HOUR, "terminal", 0);
    CHECK_EQ(model_when(&model, "terminal", 0, MODEL_HOUR), 10 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "terminal", 400000, MODEL_HOUR), 11 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "terminal", MODEL_Q, 2 * MODEL_HOUR), 70 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "terminal", 0, 4 * MODEL_HOUR), 3 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "terminal", 400000, 4 * MODEL_HOUR), -1);
    model_close(&model);
}

TEST(service, manual_mode_does_not_help_a_need_that_is_not_marked) {
    static struct model model;
    model_begin(&model);
    struct asset_spec *const terminal = model_asset(&model, "terminal");
    terminal->manual_ppm = 400000;
    terminal->manual_automatic = true;
    model_need(&model, "terminal", "power");
    model_asset(&model, "plant");
    model_link(&model, "terminal", "power", "plant");
    model_open(&model, 1);
    model_damage(&model, 0, "plant", 0);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(model_service(&model, "terminal"), 0);
    model_close(&model);
}

/* A plant and a gas field that need each other; the plant can start by itself. */
static void service_pair(struct model *model, enum black_start black_start) {
    model_begin(model);
    struct asset_spec *const plant = model_asset(model, "plant");
    plant->black_start = black_start;
    plant->repair = model_fixed(MODEL_MINUTE);
    model_asset(model, "gas");
    model_need(model, "plant", "gas")->black_start = true;
    model_need(model, "gas", "power");
    model_link(model, "plant", "gas", "gas");
    model_link(model, "gas", "power", "plant");
    model_open(model, 1);
    model_damage(model, 0, "plant", 0);
}

TEST(service, a_black_start_lifts_a_pair_that_needs_each_other) {
    static struct model model;
    service_pair(&model, BLACK_START_AUTOMATIC);
    CHECK_EQ(model_when(&model, "gas", 0, MODEL_HOUR), 0);
    CHECK_EQ(model_when(&model, "plant", MODEL_Q, MODEL_HOUR), MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "gas", MODEL_Q, MODEL_HOUR), MODEL_MINUTE + MODEL_SECOND);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(model_service(&model, "plant"), MODEL_Q);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_close(&model);
}

TEST(service, a_black_start_may_need_an_order) {
    static struct model model;
    service_pair(&model, BLACK_START_ORDERED);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(model_service(&model, "plant"), 0);
    const struct action order = {.kind = ACTION_BLACK_START, .asset = model_ref(&model, "plant")};
    CHECK_OK(cascade_act(model.cascade, 2 * MODEL_HOUR, &order));
    CHECK_EQ(model_when(&model, "plant", MODEL_Q, 3 * MODEL_HOUR), 2 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "gas", MODEL_Q, 3 * MODEL_HOUR), 2 * MODEL_HOUR + MODEL_SECOND);
    /* It was used up. */
    model_damage(&model, 4 * MODEL_HOUR, "plant", 0);
    model_run(&model, 6 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "plant"), 0);
    model_close(&model);
}

TEST(service, one_that_falls_for_want_of_supply_is_latched_in_the_next_tick) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "plant")->black_start = BLACK_START_AUTOMATIC;
    model_asset(&model, "gas");
    model_need(&model, "plant", "gas")->black_start = true;
    model_link(&model, "plant", "gas", "gas");
    model_open(&model, 1);
    model_damage(&model, 0, "gas", 0);
    CHECK_EQ(model_when(&model, "plant", 0, MODEL_HOUR), 0);
    CHECK_EQ(model_when(&model, "plant", MODEL_Q, MODEL_HOUR), MODEL_SECOND);
    model_close(&model);
}

TEST(service, lost_control_takes_the_need_and_leaves_health) {
    static struct model model;
    model_begin(&model);
    static const char *const tags[] = {"modem"};
    static const char *const entries[] = {"turbine"};
    struct asset_spec *const turbine = model_asset(&model, "turbine");
    turbine->tags = tags;
    turbine->tag_count = 1;
    turbine->repair = model_fixed(MODEL_HOUR);
    const struct response_point steer[] = {{0, 600000}, {MODEL_Q, MODEL_Q}};
    struct need_spec *const need = model_need(&model, "turbine", "steering");
    need->kind = "control";
    need->response = steer;
    need->response_count = 2;
    struct campaign_spec *const campaign = model_campaign(&model, "sat");
    campaign->tags = tags;
    campaign->tag_count = 1;
    campaign->entries = entries;
    campaign->entry_count = 1;
    campaign->trigger_delay = model_fixed(MODEL_MINUTE);
    campaign->takes_control = true;
    model_open(&model, 1);
    const struct action start = {.kind = ACTION_CAMPAIGN_START,
                                 .campaign = model_campaign_ref(&model, "sat")};
    CHECK_OK(cascade_act(model.cascade, 0, &start));
    CHECK_EQ(model_when(&model, "turbine", 0, MODEL_HOUR), MODEL_MINUTE);
    CHECK_EQ(cascade_health_ppm(model.cascade, model_ref(&model, "turbine")), MODEL_Q);
    const struct asset_cause cause =
        cascade_asset_cause(model.cascade, model_ref(&model, "turbine"));
    CHECK_EQ((int)cause.limit, (int)LIMIT_NEED);
    CHECK_EQ(cause.link.index, NETWORK_NO_INDEX);
    CHECK_EQ(cascade_root(model.cascade, cause.root).kind, (const char *)"campaign");
    CHECK_EQ(model_when(&model, "turbine", MODEL_Q, 2 * MODEL_HOUR), MODEL_HOUR + MODEL_MINUTE);
    model_close(&model);
}

TEST(service, isolated_and_working_show_on_the_map) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->repair = model_fixed(MODEL_HOUR);
    model_asset(&model, "b");
    model_open(&model, 1);
    model_damage(&model, 0, "a", 500000);
    model_act(&model, 0, ACTION_ISOLATE_ASSET, "b", 0, "cut");
    cascade_step(model.cascade);
    CHECK_EQ((int)cascade_status(model.cascade, model_ref(&model, "a")), (int)ASSET_RESTORING);
    CHECK_EQ((int)cascade_status(model.cascade, model_ref(&model, "b")), (int)ASSET_ISLANDED);
    size_t count = 0;
    const struct asset_ref *const changed = cascade_changed(model.cascade, &count);
    CHECK_EQ(count, (size_t)2);
    CHECK_EQ(changed[0].index, 0U);
    CHECK_EQ(changed[1].index, 1U);
    model_close(&model);
}
