/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

#include "coordinator/cascade/law.h"

static const char *const cyber_tags[] = {"soft"};
static const char *const cyber_entries[] = {"a"};

/* Assets "a", "b", "c" carry the tag "soft", which the campaign "worm" targets; it enters at "a".
 */
static struct campaign_spec *cyber_begin(struct model *model) {
    static const char *const ids[] = {"a", "b", "c"};
    model_begin(model);
    for (int i = 0; i < 3; i++) {
        struct asset_spec *const asset = model_asset(model, ids[i]);
        asset->tags = cyber_tags;
        asset->tag_count = 1;
    }
    struct campaign_spec *const campaign = model_campaign(model, "worm");
    campaign->tags = cyber_tags;
    campaign->tag_count = 1;
    campaign->entries = cyber_entries;
    campaign->entry_count = 1;
    campaign->trigger_delay = model_fixed(100 * MODEL_HOUR);
    return campaign;
}

static void cyber_act(struct model *model, int64_t at_ms, enum action_kind kind, const char *asset,
                      int64_t duration_ms) {
    const struct action action = {.kind = kind,
                                  .asset = asset == NULL ? (struct asset_ref){0}
                                                         : model_ref(model, asset),
                                  .campaign = model_campaign_ref(model, "worm"),
                                  .tag = model_tag_ref(model, "soft"),
                                  .country = model_country_ref(model, "aa"),
                                  .duration_ms = duration_ms,
                                  .root_kind = "order",
                                  .root_id = "o"};
    CHECK_OK(cascade_act(model->cascade, at_ms, &action));
}

static bool cyber_infected(struct model *model, const char *asset) {
    return cascade_infected(model->cascade, model_campaign_ref(model, "worm"),
                            model_ref(model, asset));
}

/* The first time up to a horizon at which an asset is infected; -1 if it never is. */
static int64_t cyber_when(struct model *model, const char *asset, int64_t until_ms) {
    while (!cyber_infected(model, asset)) {
        if (cascade_next_ms(model->cascade) > until_ms) {
            return -1;
        }
        cascade_step(model->cascade);
    }
    return cascade_now_ms(model->cascade);
}

/* The amount of contact time that the index-th draw gives. */
static int64_t cyber_contact_ms(uint64_t seed, const char *id, int64_t mean_ms, uint32_t index) {
    const struct law_spec law = model_exponential(mean_ms);
    return law_duration_ms(&law,
                           chance_draw(seed, 0, chance_hash("contact", id), CHANCE_CONTACT, index));
}

static int64_t cyber_round_up(int64_t duration_ms) {
    return duration_ms == 0 ? MODEL_SECOND
                            : (duration_ms + MODEL_SECOND - 1) / MODEL_SECOND * MODEL_SECOND;
}

TEST(cyber, a_contact_ends_after_its_amount_of_time) {
    static struct model model;
    cyber_begin(&model)->spreads_by_trust = true;
    model_trust(&model, "a", "b", MODEL_HOUR);
    model_trust(&model, "b", "c", MODEL_HOUR);
    model_open(&model, 4);
    cyber_act(&model, MODEL_MINUTE, ACTION_CAMPAIGN_START, NULL, 0);
    CHECK_EQ(cyber_when(&model, "a", MODEL_HOUR), MODEL_MINUTE);
    const int64_t b_ms =
        MODEL_MINUTE + cyber_round_up(cyber_contact_ms(4, "worm/a>b", MODEL_HOUR, 0));
    CHECK_EQ(cyber_when(&model, "b", 20 * MODEL_HOUR), b_ms);
    CHECK_EQ(cyber_when(&model, "c", 20 * MODEL_HOUR),
             b_ms + cyber_round_up(cyber_contact_ms(4, "worm/b>c", MODEL_HOUR, 0)));
    CHECK_EQ(cascade_infected_count(model.cascade, model_campaign_ref(&model, "worm"),
                                    model_country_ref(&model, "aa")),
             3);
    CHECK_EQ(cascade_detected_count(model.cascade, model_campaign_ref(&model, "worm"),
                                    (struct country_ref){NETWORK_NO_INDEX}),
             0);
    model_close(&model);
}

TEST(cyber, isolation_stops_the_clock_of_a_contact_and_reconnection_goes_on) {
    static struct model model;
    cyber_begin(&model)->spreads_by_trust = true;
    model_trust(&model, "a", "b", MODEL_HOUR);
    model_open(&model, 4);
    const int64_t amount_ms = cyber_round_up(cyber_contact_ms(4, "worm/a>b", MODEL_HOUR, 0));
    CHECK_LT(2 * MODEL_MINUTE, amount_ms);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, MODEL_MINUTE, ACTION_ISOLATE_ASSET, "b", 0);
    cyber_act(&model, 2 * MODEL_MINUTE, ACTION_ISOLATE_ASSET, "a", 0);
    cyber_act(&model, 40 * MODEL_HOUR, ACTION_RECONNECT_ASSET, "b", 0);
    cyber_act(&model, 50 * MODEL_HOUR, ACTION_RECONNECT_ASSET, "a", 0);
    CHECK_EQ(cyber_when(&model, "b", 90 * MODEL_HOUR), 50 * MODEL_HOUR - MODEL_MINUTE + amount_ms);
    model_close(&model);
}

TEST(cyber, isolation_in_the_tick_of_a_contact_comes_first) {
    static struct model model;
    cyber_begin(&model)->spreads_by_trust = true;
    model_trust(&model, "a", "b", MODEL_HOUR);
    model_open(&model, 4);
    const int64_t amount_ms = cyber_round_up(cyber_contact_ms(4, "worm/a>b", MODEL_HOUR, 0));
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, amount_ms, ACTION_ISOLATE_ASSET, "b", 0);
    cyber_act(&model, 2 * amount_ms, ACTION_RECONNECT_ASSET, "b", 0);
    /* Nothing of the amount is left: it ends a tick after it resumes. */
    CHECK_EQ(cyber_when(&model, "b", 90 * MODEL_HOUR), 2 * amount_ms + MODEL_SECOND);
    model_close(&model);
}

TEST(cyber, a_border_stops_contacts_between_two_countries) {
    static struct model model;
    cyber_begin(&model)->spreads_by_trust = true;
    model_country(&model, "bb");
    model.assets[1].country = "bb";
    model_trust(&model, "a", "b", MODEL_HOUR);
    model_trust(&model, "a", "c", MODEL_HOUR);
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    struct action border = {.kind = ACTION_CLOSE_BORDER,
                            .country = model_country_ref(&model, "bb"),
                            .other_country = model_country_ref(&model, "aa"),
                            .root_kind = "order",
                            .root_id = "o"};
    CHECK_OK(cascade_act(model.cascade, 0, &border));
    CHECK_EQ(cyber_when(&model, "c", 90 * MODEL_HOUR),
             cyber_round_up(cyber_contact_ms(4, "worm/a>c", MODEL_HOUR, 0)));
    CHECK_EQ(cyber_when(&model, "b", 90 * MODEL_HOUR), -1);
    border.kind = ACTION_OPEN_BORDER;
    CHECK_OK(cascade_act(model.cascade, 90 * MODEL_HOUR, &border));
    CHECK_EQ(cyber_when(&model, "b", 99 * MODEL_HOUR),
             90 * MODEL_HOUR + cyber_round_up(cyber_contact_ms(4, "worm/a>b", MODEL_HOUR, 0)));
    model_close(&model);
}

TEST(cyber, a_rebuilt_asset_is_drawn_anew_unless_it_is_patched) {
    for (int patched = 0; patched < 2; patched++) {
        static struct model model;
        struct campaign_spec *const campaign = cyber_begin(&model);
        campaign->spreads_by_trust = true;
        campaign->rebuilt_patched = patched == 1;
        model.assets[1].repair = model_fixed(MODEL_HOUR);
        model_trust(&model, "a", "b", MODEL_MINUTE);
        model_open(&model, 4);
        cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
        model_damage(&model, 10 * MODEL_HOUR, "b", 0);
        model_run(&model, 11 * MODEL_HOUR - 1);
        CHECK(cyber_infected(&model, "b"));
        model_run(&model, 11 * MODEL_HOUR);
        CHECK(!cyber_infected(&model, "b"));
        const int64_t again_ms = cyber_round_up(cyber_contact_ms(4, "worm/a>b", MODEL_MINUTE, 1));
        CHECK_EQ(cyber_when(&model, "b", 50 * MODEL_HOUR),
                 patched == 1 ? -1 : 11 * MODEL_HOUR + again_ms);
        model_close(&model);
    }
}

TEST(cyber, a_push_reaches_the_customers_that_are_connected_and_vulnerable) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    const struct push_spec push = {.supplier = "a",
                                   .tag = "soft",
                                   .probability_ppm = MODEL_Q,
                                   .delay = model_fixed(MODEL_HOUR)};
    campaign->pushes = &push;
    campaign->push_count = 1;
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, 30 * MODEL_MINUTE, ACTION_ISOLATE_ASSET, "c", 0);
    CHECK_EQ(cyber_when(&model, "b", 9 * MODEL_HOUR), MODEL_HOUR);
    CHECK_EQ(cyber_when(&model, "c", 9 * MODEL_HOUR), -1);
    model_close(&model);
}

TEST(cyber, pushes_happen_as_often_as_they_say) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    const struct push_spec push = {.supplier = "a", .tag = "soft", .probability_ppm = 200000};
    campaign->pushes = &push;
    campaign->push_count = 1;
    model_open(&model, 4);
    int count = 0;
    for (uint32_t replica = 0; replica < 5000; replica++) {
        cascade_reset(model.cascade, 6, replica);
        cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
        model_run(&model, MODEL_MINUTE);
        count += (int)cascade_infected_count(model.cascade, model_campaign_ref(&model, "worm"),
                                             (struct country_ref){NETWORK_NO_INDEX}) -
                 1;
    }
    /* Four standard errors of 10 000 draws: 160. */
    CHECK_LE(1840, count);
    CHECK_LE(count, 2160);
    model_close(&model);
}

TEST(cyber, a_patch_before_the_trigger_saves_and_after_it_does_not) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    campaign->trigger_delay = model_fixed(MODEL_HOUR);
    campaign->takes_health = true;
    model_tag(&model, "soft")->patch = model_fixed(30 * MODEL_MINUTE);
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, 10 * MODEL_MINUTE, ACTION_PATCH_TAG, NULL, 0);
    model_run(&model, 39 * MODEL_MINUTE);
    CHECK(cyber_infected(&model, "a"));
    model_run(&model, 2 * MODEL_HOUR);
    CHECK(!cyber_infected(&model, "a"));
    CHECK_EQ(model_service(&model, "a"), MODEL_Q);
    cyber_act(&model, 3 * MODEL_HOUR, ACTION_CAMPAIGN_START, NULL, 0);
    model_run(&model, 5 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "a"), MODEL_Q);
    cascade_reset(model.cascade, 4, 0);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, 30 * MODEL_MINUTE + MODEL_SECOND, ACTION_PATCH_TAG, NULL, 0);
    model_run(&model, 5 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "a"), 0);
    CHECK(cascade_triggered(model.cascade, model_campaign_ref(&model, "worm"),
                            model_ref(&model, "a")));
    CHECK(cascade_detected(model.cascade, model_campaign_ref(&model, "worm"),
                           model_ref(&model, "a")));
    model_close(&model);
}

TEST(cyber, shared_indicators_hasten_patches_and_detection) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    campaign->detection = model_fixed(20 * MODEL_HOUR);
    campaign->detection_shared = model_fixed(MODEL_HOUR);
    struct tag_spec *const tag = model_tag(&model, "soft");
    tag->patch = model_fixed(50 * MODEL_HOUR);
    tag->patch_shared = model_fixed(10 * MODEL_HOUR);
    model_open(&model, 4);
    const struct campaign_ref worm = model_campaign_ref(&model, "worm");
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    model_run(&model, 20 * MODEL_HOUR);
    CHECK_EQ(cascade_now_ms(model.cascade), 20 * MODEL_HOUR);
    CHECK(cascade_detected(model.cascade, worm, model_ref(&model, "a")));
    cascade_reset(model.cascade, 4, 0);
    cyber_act(&model, 0, ACTION_SHARE_INDICATORS, NULL, 0);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    model_run(&model, MODEL_HOUR);
    CHECK(cascade_detected(model.cascade, worm, model_ref(&model, "a")));
    model_run(&model, 10 * MODEL_HOUR - 1);
    CHECK(cyber_infected(&model, "a"));
    model_run(&model, 10 * MODEL_HOUR);
    CHECK(!cyber_infected(&model, "a"));
    CHECK(!cascade_detected(model.cascade, worm, model_ref(&model, "a")));
    model_close(&model);
}

TEST(cyber, a_common_trigger_waits_for_its_time_and_comes_at_once_after_it) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    campaign->trigger_common = true;
    campaign->trigger_at_ms = MODEL_HOUR;
    campaign->takes_health = true;
    campaign->health_ppm = 50000;
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    CHECK_EQ(model_when(&model, "a", 50000, 9 * MODEL_HOUR), MODEL_HOUR);
    cascade_reset(model.cascade, 4, 0);
    cyber_act(&model, 2 * MODEL_HOUR, ACTION_CAMPAIGN_START, NULL, 0);
    CHECK_EQ(model_when(&model, "a", 50000, 9 * MODEL_HOUR), 2 * MODEL_HOUR + MODEL_SECOND);
    model_close(&model);
}

TEST(cyber, a_campaign_can_be_delayed_and_stopped) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    campaign->trigger_common = true;
    campaign->trigger_at_ms = MODEL_HOUR;
    campaign->takes_health = true;
    campaign->spreads_by_trust = true;
    model_trust(&model, "a", "b", 1);
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, MODEL_HOUR, ACTION_CAMPAIGN_DELAY, NULL, MODEL_HOUR);
    CHECK_EQ(model_when(&model, "a", 0, 9 * MODEL_HOUR), 2 * MODEL_HOUR);
    cascade_reset(model.cascade, 4, 0);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    cyber_act(&model, MODEL_SECOND, ACTION_CAMPAIGN_STOP, NULL, 0);
    cyber_act(&model, 3 * MODEL_HOUR, ACTION_CAMPAIGN_START, NULL, 0);
    model_run(&model, 9 * MODEL_HOUR);
    /* The contact ended with the stop, the trigger came due while it was stopped, and "a" is
     * infected still. */
    CHECK_EQ(model_service(&model, "a"), MODEL_Q);
    CHECK(cyber_infected(&model, "a"));
    CHECK(!cyber_infected(&model, "b"));
    CHECK(cascade_campaign_active(model.cascade, model_campaign_ref(&model, "worm")));
    model_close(&model);
}

TEST(cyber, one_that_is_triggered_spreads_only_if_the_campaign_says_so) {
    for (int spreads = 0; spreads < 2; spreads++) {
        static struct model model;
        struct campaign_spec *const campaign = cyber_begin(&model);
        campaign->trigger_delay = model_fixed(MODEL_SECOND);
        campaign->spreads_by_trust = true;
        campaign->spreads_after_trigger = spreads == 1;
        model_trust(&model, "a", "b", MODEL_HOUR);
        model_open(&model, 4);
        cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
        model_run(&model, 50 * MODEL_HOUR);
        CHECK_EQ(cyber_infected(&model, "b"), spreads == 1);
        model_close(&model);
    }
}

TEST(cyber, isolation_cuts_the_service_that_rides_on_the_trust_link) {
    static struct model model;
    cyber_begin(&model);
    model_need(&model, "b", "data");
    struct link_spec *const link = model_link(&model, "b", "data", "a");
    link->delay_down_ms = 10 * MODEL_SECOND;
    model_trust(&model, "a", "b", MODEL_HOUR)->carrier = "b/data/a";
    model_trust(&model, "c", "a", MODEL_HOUR)->carrier = "b/data/a";
    model_open(&model, 4);
    cyber_act(&model, MODEL_MINUTE, ACTION_ISOLATE_ASSET, "c", 0);
    cyber_act(&model, 2 * MODEL_MINUTE, ACTION_ISOLATE_ASSET, "b", 0);
    cyber_act(&model, 3 * MODEL_MINUTE, ACTION_RECONNECT_ASSET, "c", 0);
    cyber_act(&model, 4 * MODEL_MINUTE, ACTION_RECONNECT_ASSET, "b", 0);
    CHECK_EQ(model_when(&model, "b", 0, MODEL_HOUR), MODEL_MINUTE + 10 * MODEL_SECOND);
    CHECK_EQ(model_service(&model, "a"), MODEL_Q);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "b"));
    CHECK_EQ((int)cause.limit, (int)LIMIT_NEED);
    const struct root root = cascade_root(model.cascade, cause.root);
    CHECK_EQ(root.id, (const char *)"o");
    CHECK_EQ(root.at_ms, MODEL_MINUTE);
    CHECK_EQ(root.country.index, 0U);
    CHECK_EQ(model.records[0].parent, UINT64_C(0));
    /* Restored by an event of the tick with no delay: delivered in round 1, so that the rise waits
     * a tick. */
    CHECK_EQ(model_when(&model, "b", MODEL_Q, MODEL_HOUR), 4 * MODEL_MINUTE + MODEL_SECOND);
    model_close(&model);
}

TEST(cyber, a_tag_is_isolated_in_one_country) {
    static struct model model;
    cyber_begin(&model);
    model_country(&model, "bb");
    model.assets[1].country = "bb";
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_ISOLATE_TAG, NULL, 0);
    model_run(&model, MODEL_MINUTE);
    CHECK(cascade_isolated(model.cascade, model_ref(&model, "a")));
    CHECK(!cascade_isolated(model.cascade, model_ref(&model, "b")));
    CHECK(cascade_isolated(model.cascade, model_ref(&model, "c")));
    cyber_act(&model, 2 * MODEL_MINUTE, ACTION_RECONNECT_TAG, NULL, 0);
    model_run(&model, 3 * MODEL_MINUTE);
    CHECK(!cascade_isolated(model.cascade, model_ref(&model, "a")));
    model_close(&model);
}

TEST(cyber, what_is_noticed_on_an_asset_is_told_in_its_tick_and_no_longer) {
    static struct model model;
    struct campaign_spec *const campaign = cyber_begin(&model);
    campaign->detection = model_fixed(2 * MODEL_HOUR);
    campaign->trigger_delay = model_fixed(5 * MODEL_HOUR);
    model_open(&model, 4);
    cyber_act(&model, 0, ACTION_CAMPAIGN_START, NULL, 0);
    size_t told = 0;
    while (cascade_next_ms(model.cascade) <= 10 * MODEL_HOUR) {
        cascade_step(model.cascade);
        size_t count = 0;
        const struct asset_ref *const noticed = cascade_noticed(model.cascade, &count);
        const int64_t now_ms = cascade_now_ms(model.cascade);
        const bool due = now_ms == 2 * MODEL_HOUR || now_ms == 5 * MODEL_HOUR;
        CHECK_EQ(count, (size_t)due);
        if (due) {
            CHECK_EQ(noticed[0].index, model_ref(&model, "a").index);
            told++;
        }
    }
    CHECK_EQ(told, (size_t)2);
    model_close(&model);
}
