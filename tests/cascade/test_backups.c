/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

/* Supply that returns in round 0 arrives in round 1: the customer rises a tick later. */

/* Customer "c" with need "n" on supplier "s", whose repair takes this long, and these backups. */
static void backups_open(struct model *model, const struct backup_spec *backups, size_t count,
                         int64_t repair_ms) {
    model_begin(model);
    model_asset(model, "c");
    model_asset(model, "s")->repair =
        repair_ms == 0 ? (struct law_spec){0} : model_fixed(repair_ms);
    struct need_spec *const need = model_need(model, "c", "n");
    need->backups = backups;
    need->backup_count = count;
    model_link(model, "c", "n", "s");
    model_open(model, 1);
}

TEST(backups, they_carry_the_need_one_after_another_until_all_are_empty) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "ups", .level_ppm = MODEL_Q, .autonomy = model_fixed(10 * MODEL_MINUTE)},
        {.id = "diesel",
         .level_ppm = 800000,
         .gap = model_fixed(MODEL_MINUTE),
         .autonomy = model_fixed(MODEL_HOUR)},
    };
    backups_open(&model, backups, 2, 0);
    model_damage(&model, MODEL_MINUTE, "s", 0);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    int64_t ends_ms = 0;
    CHECK(cascade_on_backup(model.cascade, model_need_ref(&model, "c", "n"), &ends_ms));
    CHECK_EQ(ends_ms, 11 * MODEL_MINUTE);
    /* The gap of the second is felt. */
    CHECK_EQ(model_when(&model, "c", 0, 2 * MODEL_HOUR), 11 * MODEL_MINUTE);
    CHECK(!cascade_on_backup(model.cascade, model_need_ref(&model, "c", "n"), &ends_ms));
    CHECK_EQ(model_when(&model, "c", 800000, 2 * MODEL_HOUR), 12 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "c", 0, 2 * MODEL_HOUR), 12 * MODEL_MINUTE + MODEL_HOUR);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    CHECK(model.records[model.record_count - 1].backup_ended);
    model_close(&model);
}

TEST(backups, what_was_not_used_stays_in_the_charge) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "ups", .level_ppm = MODEL_Q, .autonomy = model_fixed(10 * MODEL_MINUTE)},
    };
    /* Supply is away for 4 minutes, twice; 10 minutes of charge and no recharge. */
    backups_open(&model, backups, 1, 4 * MODEL_MINUTE);
    model_damage(&model, 0, "s", 0);
    model_damage(&model, MODEL_HOUR, "s", 0);
    model_damage(&model, 2 * MODEL_HOUR, "s", 0);
    model_run(&model, 2 * MODEL_HOUR - 1);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    model_run(&model, 2 * MODEL_HOUR);
    CHECK_EQ(model_when(&model, "c", 0, 3 * MODEL_HOUR), 2 * MODEL_HOUR + 2 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "c", MODEL_Q, 3 * MODEL_HOUR),
             2 * MODEL_HOUR + 4 * MODEL_MINUTE + MODEL_SECOND);
    model_close(&model);
}

TEST(backups, they_recharge_when_supply_is_back_and_stop_when_it_goes) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "ups",
         .level_ppm = MODEL_Q,
         .autonomy = model_fixed(10 * MODEL_MINUTE),
         .recharge = model_fixed(100 * MODEL_MINUTE)},
    };
    backups_open(&model, backups, 1, 10 * MODEL_MINUTE);
    model_damage(&model, 0, "s", 0);
    /* Empty at 10 min, recharged by a half at 60 min: 5 minutes. */
    model_damage(&model, 60 * MODEL_MINUTE, "s", 0);
    model_run(&model, 60 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "c", 0, 3 * MODEL_HOUR), 65 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "c", MODEL_Q, 3 * MODEL_HOUR), 70 * MODEL_MINUTE + MODEL_SECOND);
    /* Full again after 100 minutes. */
    model_run(&model, 169 * MODEL_MINUTE);
    CHECK_EQ(cascade_next_ms(model.cascade), 170 * MODEL_MINUTE);
    model_damage(&model, 171 * MODEL_MINUTE, "s", 0);
    model_run(&model, 171 * MODEL_MINUTE);
    int64_t ends_ms = 0;
    CHECK(cascade_on_backup(model.cascade, model_need_ref(&model, "c", "n"), &ends_ms));
    CHECK_EQ(ends_ms, 181 * MODEL_MINUTE);
    model_close(&model);
}

TEST(backups, one_that_fails_to_start_leaves_it_to_the_next) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "ups",
         .level_ppm = MODEL_Q,
         .start_failure_ppm = MODEL_Q,
         .autonomy = model_fixed(MODEL_HOUR)},
        {.id = "diesel", .level_ppm = 700000, .autonomy = model_fixed(MODEL_HOUR)},
    };
    backups_open(&model, backups, 2, MODEL_HOUR);
    model_damage(&model, 0, "s", 0);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "c"), 700000);
    CHECK(model.records[model.record_count - 1].backup_ended);
    model_close(&model);
}

TEST(backups, they_are_tried_only_below_their_level) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "deep", .level_ppm = 300000, .autonomy = model_fixed(MODEL_HOUR)},
        {.id = "high", .level_ppm = 900000, .autonomy = model_fixed(MODEL_HOUR)},
    };
    backups_open(&model, backups, 2, 0);
    model_damage(&model, 0, "s", 300000);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "c"), 900000);
    model_close(&model);
}

TEST(backups, fuel_fills_every_charge_and_lengthens_what_runs) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "diesel", .level_ppm = MODEL_Q, .autonomy = model_fixed(MODEL_HOUR)},
    };
    backups_open(&model, backups, 1, 0);
    model_damage(&model, 0, "s", 0);
    const struct action refuel = {.kind = ACTION_REFUEL, .asset = model_ref(&model, "c")};
    CHECK_OK(cascade_act(model.cascade, 50 * MODEL_MINUTE, &refuel));
    model_run(&model, 50 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "c", 0, 3 * MODEL_HOUR), 110 * MODEL_MINUTE);
    /* An empty one starts again when it is filled; dwell is one tick. */
    CHECK_OK(cascade_act(model.cascade, 120 * MODEL_MINUTE, &refuel));
    CHECK_EQ(model_when(&model, "c", MODEL_Q, 3 * MODEL_HOUR), 120 * MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "c", 0, 4 * MODEL_HOUR), 180 * MODEL_MINUTE);
    model_close(&model);
}

TEST(backups, a_stop_in_the_gap_costs_no_charge) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "diesel",
         .level_ppm = MODEL_Q,
         .gap = model_fixed(MODEL_MINUTE),
         .autonomy = model_fixed(MODEL_HOUR)},
    };
    backups_open(&model, backups, 1, 30 * MODEL_SECOND);
    model_damage(&model, 0, "s", 0);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_damage(&model, MODEL_HOUR, "s", 0);
    model_damage(&model, MODEL_HOUR + 29 * MODEL_SECOND, "s", 0);
    /* Damage of a repair at work does not lower what is 0; the gap goes on and is cut short at 30
     * s. */
    CHECK_EQ(model_when(&model, "c", 0, 2 * MODEL_HOUR), MODEL_HOUR);
    CHECK_EQ(model_when(&model, "c", MODEL_Q, 2 * MODEL_HOUR), MODEL_HOUR + 31 * MODEL_SECOND);
    model_close(&model);
}

TEST(backups, a_start_at_once_hides_the_outage_from_the_customer) {
    static struct model model;
    const struct backup_spec backups[] = {
        {.id = "ups",
         .level_ppm = MODEL_Q,
         .gap = model_fixed(0),
         .autonomy = model_fixed(MODEL_HOUR)},
    };
    backups_open(&model, backups, 1, MODEL_MINUTE);
    model_damage(&model, 0, "s", 0);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(cascade_asset_tally(model.cascade, model_ref(&model, "c")).failure_count, 0);
    CHECK_EQ(model.record_count, (size_t)2);
    model_close(&model);
}
