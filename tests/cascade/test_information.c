/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

/* Country "aa" with trust 0.8 and one asset of 1000 people, "pump", of surge class "fuel"; updates
 * each minute. */
static void information_begin(struct model *model) {
    model_begin(model);
    model->countries[0].trust_ppm = 800000;
    model->spec.information = (struct information_spec){.interval_ms = MODEL_MINUTE};
    model_asset(model, "pump");
    struct surge_spec *const fuel = model_surge(model, "fuel");
    fuel->start_below_ppm = 700000;
    fuel->slope_ppm = 2 * MODEL_Q;
    fuel->run_below_ppm = 400000;
    fuel->run_extra_ppm = 500000;
}

static int64_t information_trust(struct model *model, int64_t at_ms) {
    model_run(model, at_ms);
    return cascade_trust_ppm(model->cascade, model_country_ref(model, "aa"));
}

static int64_t information_demand(struct model *model) {
    return cascade_demand_ppm(model->cascade, model_country_ref(model, "aa"),
                              (struct surge_ref){0});
}

static void information_lie(struct model *model, int64_t at_ms, int64_t amount_ppm,
                            int64_t duration_ms) {
    const struct action lie = {.kind = ACTION_DISINFORMATION,
                               .country = model_country_ref(model, "aa"),
                               .amount_ppm = amount_ppm,
                               .duration_ms = duration_ms,
                               .root_kind = "effect",
                               .root_id = "lie"};
    CHECK_OK(cascade_act(model->cascade, at_ms, &lie));
}

TEST(information, an_outage_lowers_trust_and_the_country_recovers) {
    static struct model model;
    information_begin(&model);
    model.spec.information.outage_weight_ppm = 100000;
    model.spec.information.recover_ppm = 300000;
    model.assets[0].repair = model_fixed(150 * MODEL_SECOND);
    model_open(&model, 1);
    model_damage(&model, 10 * MODEL_SECOND, "pump", 333333);
    /* 666 of 1000 people are without: F = 666 000, a = 66 600. */
    CHECK_EQ(information_trust(&model, MODEL_MINUTE), 733400);
    /* 733 400 + ceil(66 600 * .3) - 66 600. */
    CHECK_EQ(information_trust(&model, 2 * MODEL_MINUTE), 686780);
    /* Repaired at 160 s: 686 780 + ceil(113 220 * .3). */
    CHECK_EQ(information_trust(&model, 3 * MODEL_MINUTE), 720746);
    CHECK_EQ(information_trust(&model, 4 * MODEL_MINUTE), 744523);
    CHECK_EQ(information_trust(&model, 100 * MODEL_MINUTE), 800000);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_close(&model);
}

TEST(information, a_narrative_grows_while_lies_last_and_fades) {
    static struct model model;
    information_begin(&model);
    model.spec.information.narrative_weight_ppm = 50000;
    model.spec.information.narrative_decay_ppm = 100001;
    model_open(&model, 1);
    const struct country_ref aa = model_country_ref(&model, "aa");
    information_lie(&model, MODEL_MINUTE, 300000, MODEL_MINUTE);
    information_lie(&model, MODEL_MINUTE, 100000, 0);
    /* The tick of the lie counts, and a lie without duration lasts one tick. */
    CHECK_EQ(information_trust(&model, MODEL_MINUTE), 780000);
    CHECK_EQ(cascade_narrative_ppm(model.cascade, aa), 400000);
    /* The first is over at two minutes; 400 000 - ceil(40 000.4). */
    CHECK_EQ(information_trust(&model, 2 * MODEL_MINUTE), 780000 - 17999);
    CHECK_EQ(cascade_narrative_ppm(model.cascade, aa), 359999);
    model_close(&model);
}

TEST(information, a_message_counters_the_narrative_and_gains_trust) {
    static struct model model;
    information_begin(&model);
    model.spec.information.message_gain_ppm = 50000;
    model.spec.information.message_counter_ppm = 500000;
    model.spec.information.narrative_weight_ppm = 10000;
    model_open(&model, 1);
    const struct country_ref aa = model_country_ref(&model, "aa");
    information_lie(&model, MODEL_MINUTE, 400000, 1);
    const struct action message = {.kind = ACTION_PUBLIC_MESSAGE, .country = aa};
    CHECK_OK(cascade_act(model.cascade, 90 * MODEL_SECOND, &message));
    model_run(&model, 90 * MODEL_SECOND);
    /* Trust 796 000: 400 000 - floor(200 000 * .796), then + floor(50 000 * .796). */
    CHECK_EQ(cascade_narrative_ppm(model.cascade, aa), 240800);
    CHECK_EQ(cascade_trust_ppm(model.cascade, aa), 835800);
    model_close(&model);
}

TEST(information, low_trust_raises_demand_and_a_run_more) {
    static struct model model;
    information_begin(&model);
    model.spec.information.narrative_weight_ppm = 100000;
    model.assets[0].surge = "fuel";
    model.assets[0].headroom_ppm = 1100000;
    model_open(&model, 1);
    information_lie(&model, 0, MODEL_Q, 10 * MODEL_MINUTE);
    /* Trust falls by 100 000 each minute. */
    CHECK_EQ(information_trust(&model, MODEL_MINUTE), 700000);
    CHECK_EQ(information_demand(&model), MODEL_Q);
    CHECK_EQ(information_trust(&model, 2 * MODEL_MINUTE), 600000);
    CHECK_EQ(information_demand(&model), 1200000);
    /* Felt in the next tick: 1 100 000 / 1 200 000. */
    CHECK_EQ(model_service(&model, "pump"), MODEL_Q);
    model_run(&model, 2 * MODEL_MINUTE + MODEL_SECOND);
    CHECK_EQ(model_service(&model, "pump"), 916666);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "pump"));
    CHECK_EQ((int)cause.limit, (int)LIMIT_DEMAND);
    CHECK_EQ(cascade_root(model.cascade, cause.root).id, (const char *)"lie");
    CHECK_EQ(cascade_root(model.cascade, cause.root).country.index, NETWORK_NO_INDEX);
    CHECK_EQ(information_trust(&model, 5 * MODEL_MINUTE), 300000);
    CHECK_EQ(information_demand(&model), 2300000);
    model_close(&model);
}

TEST(information, an_outage_that_moves_people_is_the_root_of_demand) {
    static struct model model;
    information_begin(&model);
    model.spec.information.outage_weight_ppm = 200000;
    model.assets[0].surge = "fuel";
    model_sector(&model, "grid");
    struct asset_spec *const plant = model_asset(&model, "plant");
    plant->sector = "grid";
    plant->people = 1000;
    model_open(&model, 1);
    model_damage(&model, 0, "plant", 0);
    model_run(&model, 3 * MODEL_MINUTE + MODEL_SECOND);
    /* Half the people: 100 000 a minute; the pump's own loss adds from the third on. */
    CHECK(model_service(&model, "pump") < MODEL_Q);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "pump"));
    const struct root root = cascade_root(model.cascade, cause.root);
    CHECK_EQ(root.kind, (const char *)"information");
    CHECK_EQ(root.id, (const char *)"aa");
    CHECK_EQ(root.at_ms, 2 * MODEL_MINUTE);
    CHECK_EQ(root.country.index, 0U);
    model_close(&model);
}

TEST(information, more_demand_shortens_a_backup_that_runs) {
    static struct model model;
    information_begin(&model);
    model.spec.information.narrative_weight_ppm = 200000;
    const struct backup_spec stock = {
        .id = "stock", .level_ppm = MODEL_Q, .autonomy = model_fixed(10 * MODEL_MINUTE)};
    model_asset(&model, "depot");
    struct need_spec *const need = model_need(&model, "pump", "fuel");
    need->surge = "fuel";
    need->backups = &stock;
    need->backup_count = 1;
    model_link(&model, "pump", "fuel", "depot");
    model_open(&model, 1);
    model_damage(&model, MODEL_MINUTE, "depot", 0);
    information_lie(&model, 0, MODEL_Q, 2 * MODEL_MINUTE);
    /* On from 60 to 660 s. At 60 s trust is 600 000, demand 1 200 000: 600 s become 500; at 120 s
     * demand is 1 600 000: the 440 s left become 330. */
    model_run(&model, 2 * MODEL_MINUTE);
    int64_t ends_ms = 0;
    CHECK(cascade_on_backup(model.cascade, model_need_ref(&model, "pump", "fuel"), &ends_ms));
    CHECK_EQ(ends_ms, 450 * MODEL_SECOND);
    model_close(&model);
}
