/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

TEST(cause, the_largest_loss_binds_and_a_tie_keeps_what_is_in_force) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c")->repair = model_fixed(MODEL_HOUR);
    model_asset(&model, "s")->repair = model_fixed(2 * MODEL_HOUR);
    model_need(&model, "c", "n");
    model_link(&model, "c", "n", "s");
    model_open(&model, 1);
    model_act(&model, 0, ACTION_DAMAGE, "s", 400000, "first");
    model_act(&model, MODEL_MINUTE, ACTION_DAMAGE, "c", 400000, "second");
    model_act(&model, 2 * MODEL_MINUTE, ACTION_DAMAGE, "c", 300000, "third");
    const struct asset_ref c = model_ref(&model, "c");
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ((int)cascade_asset_cause(model.cascade, c).limit, (int)LIMIT_NEED);
    CHECK_EQ(cascade_root(model.cascade, cascade_asset_cause(model.cascade, c).root).id,
             (const char *)"first");
    model_run(&model, 2 * MODEL_MINUTE);
    struct asset_cause cause = cascade_asset_cause(model.cascade, c);
    CHECK_EQ((int)cause.limit, (int)LIMIT_HEALTH);
    CHECK_EQ(cascade_root(model.cascade, cause.root).id, (const char *)"third");
    CHECK_EQ(cause.since_ms, 2 * MODEL_MINUTE);
    CHECK_EQ(model.records[cause.record - 1].parent, UINT64_C(0));
    /* Repaired, the need binds again. */
    model_run(&model, 90 * MODEL_MINUTE);
    cause = cascade_asset_cause(model.cascade, c);
    CHECK_EQ((int)cause.limit, (int)LIMIT_NEED);
    CHECK_EQ(cause.link.index, model_link_ref(&model, "c", "n", "s").index);
    CHECK_EQ(model.records[cause.record - 1].parent, model.records[0].number);
    CHECK_EQ(cascade_asset_cause(model.cascade, model_ref(&model, "s")).record,
             model.records[0].number);
    model_run(&model, 3 * MODEL_HOUR);
    cause = cascade_asset_cause(model.cascade, c);
    CHECK_EQ((int)cause.limit, (int)LIMIT_NONE);
    CHECK_EQ(cause.root.index, NETWORK_NO_INDEX);
    model_close(&model);
}

TEST(cause, a_replaced_binding_at_the_same_level_is_recorded) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c");
    model_open(&model, 1);
    model_act(&model, 0, ACTION_LIMIT, "c", 500000, "first");
    model_act(&model, MODEL_MINUTE, ACTION_LIMIT, "c", 500000, "second");
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(model.record_count, (size_t)2);
    CHECK_EQ(model.records[1].before_ppm, model.records[1].after_ppm);
    CHECK_EQ(cascade_root(model.cascade, model.records[1].root).id, (const char *)"second");
    /* 500 people: a minute for the first, the rest for the second. */
    CHECK_EQ(cascade_root_person_ms(model.cascade, (struct root_ref){0}), 500 * MODEL_MINUTE);
    CHECK_EQ(cascade_root_person_ms(model.cascade, (struct root_ref){1}),
             500 * (MODEL_HOUR - MODEL_MINUTE));
    model_close(&model);
}

/* A need "n" of "c" on "s1" and "s2" with this aggregator; both suppliers are damaged in turn. */
static uint32_t cause_binding_supplier(enum aggregator aggregator, int64_t k, int64_t s1_ppm,
                                       int64_t s2_ppm, int64_t weight1, int64_t weight2) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "c");
    model_asset(&model, "s1");
    model_asset(&model, "s2");
    struct need_spec *const need = model_need(&model, "c", "n");
    need->aggregator = aggregator;
    need->k = k;
    need->numerator = 1;
    need->denominator = 2;
    model_link(&model, "c", "n", "s1")->weight = weight1;
    model_link(&model, "c", "n", "s2")->weight = weight2;
    model_open(&model, 1);
    model_damage(&model, 0, "s1", s1_ppm);
    model_damage(&model, MODEL_MINUTE, "s2", s2_ppm);
    model_run(&model, MODEL_HOUR);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "c"));
    CHECK_EQ((int)cause.limit, (int)LIMIT_NEED);
    const uint32_t supplier = network_link_supplier(model.network, cause.link).index;
    model_close(&model);
    return supplier;
}

TEST(cause, each_aggregator_has_its_binding_link) {
    enum { S1 = 1, S2 = 2 };
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_ALL, 0, 500000, 200000, 1, 1), (uint32_t)S2);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_ALL, 0, 200000, 500000, 1, 1), (uint32_t)S1);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_ANY, 0, 500000, 200000, 1, 1), (uint32_t)S1);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_ANY, 0, 200000, 500000, 1, 1), (uint32_t)S2);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_K_OF_N, 1, 200000, 500000, 1, 1), (uint32_t)S2);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_K_OF_N, 2, 200000, 500000, 1, 1), (uint32_t)S1);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_SHARE, 0, 200000, 500000, 1, 1), (uint32_t)S1);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_SHARE, 0, 200000, 500000, 1, 2), (uint32_t)S2);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_LINEAR, 0, 200000, 500000, 100000, 200000),
             (uint32_t)S2);
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_THRESHOLD, 0, 0, 50000, 2, 3), (uint32_t)S2);
    /* Equal values: the one in force stays, whichever came first. */
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_ALL, 0, 500000, 500000, 1, 1), (uint32_t)S1);
    /* Equal when it first binds: the latest delivery. */
    CHECK_EQ(cause_binding_supplier(AGGREGATOR_ANY, 0, 500000, 500000, 1, 1), (uint32_t)S2);
}

TEST(cause, loss_goes_to_the_country_of_its_root) {
    static struct model model;
    model_begin(&model);
    model_country(&model, "bb");
    model_sector(&model, "port");
    model_asset(&model, "plant")->people = 7;
    struct asset_spec *const port = model_asset(&model, "port");
    port->country = "bb";
    port->sector = "port";
    port->people = 100;
    port->value_per_hour = 3600;
    model_need(&model, "port", "n");
    model_link(&model, "port", "n", "plant");
    model_open(&model, 1);
    model_act(&model, 0, ACTION_LIMIT, "port", 900000, "shed");
    model_damage(&model, 1000, "plant", 0);
    model_run(&model, 11000);
    const struct country_ref aa = {0};
    const struct country_ref bb = {1};
    const struct country_ref none = {NETWORK_NO_INDEX};
    /* A limit reaches nobody: its root has no country. */
    CHECK_EQ(cascade_spill_ms(model.cascade, none, bb), 10 * 1000);
    CHECK_EQ(cascade_spill_ms(model.cascade, aa, bb), 100 * 10000);
    CHECK_EQ(cascade_spill_ms(model.cascade, aa, aa), 7 * 10000);
    CHECK_EQ(cascade_spill_ms(model.cascade, bb, bb), 0);
    const struct sector_ref sector = {
        network_asset_sector(model.network, model_ref(&model, "port")).index};
    CHECK_EQ(cascade_person_ms(model.cascade, bb, sector), 10 * 1000 + 100 * 10000);
    CHECK_EQ(cascade_value_ms(model.cascade, bb, sector), 360 * 1000 + 3600 * 10000);
    CHECK_EQ(cascade_people_without(model.cascade, bb, sector), 100);
    CHECK_EQ(cascade_failed_count(model.cascade, bb, sector), 1);
    CHECK_EQ(cascade_link_person_ms(model.cascade, model_link_ref(&model, "port", "n", "plant")),
             100 * 10000);
    const struct asset_tally tally = cascade_asset_tally(model.cascade, model_ref(&model, "port"));
    CHECK_EQ(tally.first_failure_ms, 1000);
    CHECK_EQ(tally.failed_ms, 10000);
    CHECK_EQ(tally.failure_count, 1);
    CHECK_EQ(tally.person_ms, 10 * 1000 + 100 * 10000);
    model_close(&model);
}

TEST(cause, a_root_that_reaches_nobody_has_no_country) {
    static struct model model;
    static const char *const tags[] = {"t"};
    static const char *const entries[] = {"a"};
    model_begin(&model);
    struct asset_spec *const a = model_asset(&model, "a");
    a->tags = tags;
    a->tag_count = 1;
    model_tag(&model, "t");
    model_asset(&model, "b")->people = 10;
    struct campaign_spec *const campaign = model_campaign(&model, "worm");
    campaign->tags = tags;
    campaign->tag_count = 1;
    campaign->entries = entries;
    campaign->entry_count = 1;
    model_open(&model, 1);
    /* "a" is patched when the campaign first starts, so that its root reaches nobody; a limit of
     * the same name acts. */
    const struct action patch = {.kind = ACTION_PATCH_TAG, .tag = model_tag_ref(&model, "t")};
    const struct action start = {.kind = ACTION_CAMPAIGN_START};
    CHECK_OK(cascade_act(model.cascade, 0, &patch));
    CHECK_OK(cascade_act(model.cascade, 2000, &start));
    const struct action limit = {.kind = ACTION_LIMIT,
                                 .asset = model_ref(&model, "b"),
                                 .root_kind = "campaign",
                                 .root_id = "worm"};
    CHECK_OK(cascade_act(model.cascade, 2000, &limit));
    model_run(&model, 5000);
    CHECK_EQ(cascade_root_count(model.cascade), (size_t)1);
    CHECK_EQ(cascade_spill_ms(model.cascade, (struct country_ref){NETWORK_NO_INDEX},
                              (struct country_ref){0}),
             30000);
    model_close(&model);
}
