/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/random.h"

static struct random_model network_random;

/* A small model with one of everything, to be spoiled. */
static struct model *network_sound(void) {
    static struct model model;
    static const char *tags[] = {"t", "u"};
    static const char *entries[] = {"a"};
    static struct push_spec push;
    static struct backup_spec backups[2];
    model_begin(&model);
    model_pool(&model, "crews", 1);
    model_tag(&model, "t");
    model_surge(&model, "fuel");
    struct asset_spec *const a = model_asset(&model, "a");
    a->tags = tags;
    a->tag_count = 2;
    a->pool = "crews";
    a->surge = "fuel";
    model_asset(&model, "b");
    backups[0] = (struct backup_spec){.id = "ups", .autonomy = model_fixed(1)};
    backups[1] = (struct backup_spec){.id = "diesel", .autonomy = model_fixed(1)};
    struct need_spec *const need = model_need(&model, "a", "n");
    need->backups = backups;
    need->backup_count = 2;
    need->denominator = 1;
    need->k = 1;
    model_link(&model, "a", "n", "b");
    model_trust(&model, "a", "b", 1)->carrier = "a/n/b";
    struct campaign_spec *const campaign = model_campaign(&model, "worm");
    campaign->tags = tags;
    campaign->tag_count = 1;
    campaign->entries = entries;
    campaign->entry_count = 1;
    push = (struct push_spec){.supplier = "a", .tag = "t"};
    campaign->pushes = &push;
    campaign->push_count = 1;
    tags[0] = "t";
    tags[1] = "u";
    return &model;
}

static void network_refuse(const struct model *model, const char *words) {
    struct spill_error error = {.text = ""};
    struct network *network = NULL;
    CHECK_EQ(network_create(&model->spec, &network, &error), SPILL_INVALID);
    CHECK(network == NULL);
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("\"%s\" does not say \"%s\"", error.text, words);
    }
}

/* Refuses the sound model after one statement spoiled it. */
#define NETWORK_REFUSE(spoil, words)                                                               \
    do {                                                                                           \
        struct model *const m = network_sound();                                                   \
        spoil;                                                                                     \
        network_refuse(m, words);                                                                  \
    } while (0)

TEST(network, a_sound_model_is_accepted_and_can_be_read) {
    struct model *const model = network_sound();
    model_build(model);
    CHECK_EQ(network_asset_count(model->network), (size_t)2);
    CHECK_EQ(network_tag_count(model->network), (size_t)2);
    CHECK_EQ(network_tick_ms(model->network), 1000);
    CHECK(network_asset_has_tag(model->network, model_ref(model, "a"), model_tag_ref(model, "u")));
    CHECK(!network_asset_has_tag(model->network, model_ref(model, "b"), model_tag_ref(model, "u")));
    char text[NETWORK_LINK_ID_BYTES];
    CHECK_EQ(network_link_id_print(model->network, model_link_ref(model, "a", "n", "b"), text),
             (const char *)"a/n/b");
    struct asset_ref asset = {77};
    CHECK_EQ(network_find_asset(model->network, "zz", &asset), SPILL_NOT_FOUND);
    CHECK_EQ(asset.index, 77U);
    CHECK_EQ(network_trust_from(model->network, (struct trust_ref){0}).index, 0U);
    CHECK_EQ(network_trust_to(model->network, (struct trust_ref){0}).index, 1U);
    CHECK_EQ(network_pool_country(model->network, model_pool_ref(model, "crews")).index, 0U);
    model_close(model);
}

TEST(network, unknown_and_double_names_are_refused) {
    NETWORK_REFUSE(m->assets[0].id = "A B", "not a valid id");
    NETWORK_REFUSE(m->assets[0].id = NULL, "not a valid id");
    NETWORK_REFUSE(m->assets[1].id = "a", "asset \"a\" is there twice");
    NETWORK_REFUSE(m->assets[1].country = "zz", "no country \"zz\"");
    NETWORK_REFUSE(m->assets[1].sector = NULL, "no sector");
    NETWORK_REFUSE(m->assets[1].pool = "zz", "no pool \"zz\"");
    NETWORK_REFUSE(m->assets[1].surge = "zz", "no surge class \"zz\"");
    NETWORK_REFUSE(m->pools[0].country = "zz", "no country \"zz\"");
    NETWORK_REFUSE(m->needs[0].asset = "zz", "no asset \"zz\"");
    NETWORK_REFUSE(m->needs[0].surge = "zz", "no surge class \"zz\"");
    NETWORK_REFUSE(m->links[0].supplier = "zz", "no such supplier");
    NETWORK_REFUSE(m->links[0].need = "zz", "no such need");
    NETWORK_REFUSE(m->links[0].asset = "zz", "no such asset");
    NETWORK_REFUSE(*model_link(m, "a", "n", "b") = m->links[0], "is there twice");
    NETWORK_REFUSE(*model_need(m, "a", "n") = m->needs[0], "is there twice");
    NETWORK_REFUSE(m->trusts[0].to = "a", "two different assets");
    NETWORK_REFUSE(m->trusts[0].carrier = "a/n/a", "no service link");
    NETWORK_REFUSE(m->trusts[0].carrier = "a/n", "no service link");
    NETWORK_REFUSE(*model_trust(m, "a", "b", 1) = m->trusts[0], "is there twice");
    NETWORK_REFUSE(((const char **)(uintptr_t)m->campaigns[0].entries)[0] = "zz",
                   "no asset \"zz\"");
    ((const char **)(uintptr_t)network_sound()->campaigns[0].entries)[0] = "a";
    NETWORK_REFUSE(((struct push_spec *)(uintptr_t)m->campaigns[0].pushes)->supplier = "zz",
                   "no asset \"zz\"");
    NETWORK_REFUSE(((const char **)(uintptr_t)m->assets[0].tags)[1] = "t", "tag");
    NETWORK_REFUSE(((struct backup_spec *)(uintptr_t)m->needs[0].backups)[1].id = "ups", "twice");
    NETWORK_REFUSE(*model_tag(m, "t") = m->tags[0], "tag \"t\" is there twice");
    NETWORK_REFUSE(*model_country(m, "aa") = m->countries[0], "is there twice");
}

TEST(network, numbers_out_of_range_are_refused) {
    NETWORK_REFUSE(m->spec.tick_ms = -1, "ten years");
    NETWORK_REFUSE(m->spec.information.recover_ppm = MODEL_Q + 1, "rate");
    NETWORK_REFUSE(m->countries[0].trust_ppm = -1, "trust");
    NETWORK_REFUSE(m->pools[0].crews = -1, "crews");
    NETWORK_REFUSE(m->surges[0].start_below_ppm = 700001, "resting trust");
    NETWORK_REFUSE(m->surges[0].slope_ppm = 11 * MODEL_Q, "out of range");
    NETWORK_REFUSE(m->assets[0].people = -1, "out of range");
    NETWORK_REFUSE(m->assets[0].people = INT64_MAX / MODEL_Q, "do not fit");
    NETWORK_REFUSE(m->assets[0].value_per_hour = INT64_MAX / MODEL_Q, "do not fit");
    NETWORK_REFUSE(m->assets[0].manual_ppm = MODEL_Q + 1, "manual");
    NETWORK_REFUSE(m->assets[0].headroom_ppm = MODEL_Q - 1, "headroom");
    NETWORK_REFUSE(m->assets[0].repair = model_fixed(-1), "duration");
    NETWORK_REFUSE(((struct backup_spec *)(uintptr_t)m->needs[0].backups)[0].autonomy.kind =
                       LAW_NONE,
                   "no autonomy");
    NETWORK_REFUSE(((struct backup_spec *)(uintptr_t)m->needs[0].backups)[0].level_ppm = -1,
                   "share");
    NETWORK_REFUSE((m->needs[0].aggregator = AGGREGATOR_K_OF_N, m->needs[0].k = 2),
                   "more than its links");
    NETWORK_REFUSE((m->needs[0].aggregator = AGGREGATOR_K_OF_N, m->needs[0].k = 0), "1 to n");
    NETWORK_REFUSE((m->needs[0].aggregator = AGGREGATOR_THRESHOLD, m->needs[0].numerator = 2),
                   "fraction");
    NETWORK_REFUSE((m->needs[0].aggregator = AGGREGATOR_THRESHOLD, m->needs[0].denominator = 0),
                   "fraction");
    NETWORK_REFUSE((m->needs[0].aggregator = AGGREGATOR_LINEAR, m->links[0].weight = MODEL_Q + 1),
                   "weight");
    NETWORK_REFUSE((m->needs[0].aggregator = AGGREGATOR_SHARE, m->links[0].weight = -1), "weight");
    NETWORK_REFUSE((m->links[0].coupling_given = true, m->links[0].coupling_ppm = -1), "coupling");
    NETWORK_REFUSE(m->links[0].delay_up_ms = -1, "delay");
    NETWORK_REFUSE((m->spec.tick_ms = 1, m->links[0].delay_up_ms = INT64_C(1) << 32), "delay");
    NETWORK_REFUSE(m->campaigns[0].health_ppm = -1, "health");
    NETWORK_REFUSE(((struct push_spec *)(uintptr_t)m->campaigns[0].pushes)->probability_ppm = -1,
                   "probability");
    static const struct response_point falling[] = {{0, 5}, {7, 4}, {MODEL_Q, MODEL_Q}};
    static const struct response_point low[] = {{0, 5}, {MODEL_Q, MODEL_Q - 1}};
    NETWORK_REFUSE((m->needs[0].response = falling, m->needs[0].response_count = 3), "must rise");
    NETWORK_REFUSE((m->needs[0].response = low, m->needs[0].response_count = 2), "2 to 64 points");
    NETWORK_REFUSE(m->needs[0].response_count = 65, "too many");
    NETWORK_REFUSE(m->needs[0].backup_count = 65, "too many");
    NETWORK_REFUSE(m->spec.country_count = SPILL_COUNTRIES_MAX + 1, "too many");
    NETWORK_REFUSE(m->spec.asset_count = SPILL_ASSETS_MAX + 1, "too many");
    NETWORK_REFUSE(m->spec.link_count = (size_t)SPILL_LINKS_MAX + 1, "too many");
}

TEST(network, one_asset_has_no_more_needs_than_its_limit) {
    static struct need_spec needs[SPILL_ASSET_NEEDS_MAX + 1];
    static char ids[SPILL_ASSET_NEEDS_MAX + 1][RANDOM_ID_BYTES];
    struct model *const model = network_sound();
    for (size_t i = 0; i <= SPILL_ASSET_NEEDS_MAX; i++) {
        snprintf(ids[i], sizeof ids[i], "n%zu", i);
        needs[i] = (struct need_spec){.asset = "b", .id = ids[i]};
    }
    model->spec.needs = needs;
    model->spec.link_count = 0;
    model->trusts[0].carrier = NULL;
    model->spec.need_count = SPILL_ASSET_NEEDS_MAX;
    model_build(model);
    network_destroy(&model->network);
    model->spec.need_count = SPILL_ASSET_NEEDS_MAX + 1;
    network_refuse(model, "too many needs");
}

TEST(network, ids_up_to_the_longest_name_their_links) {
    static char longest[2][SPILL_ID_BYTES_MAX + 1];
    static struct model model;
    memset(longest, 'x', sizeof longest);
    longest[0][SPILL_ID_BYTES_MAX] = '\0';
    longest[1][SPILL_ID_BYTES_MAX] = '\0';
    longest[1][0] = 'y';
    model_begin(&model);
    model_asset(&model, longest[0]);
    model_asset(&model, longest[1]);
    model_need(&model, longest[0], longest[0]);
    model_link(&model, longest[0], longest[0], longest[1]);
    model_build(&model);
    char text[NETWORK_LINK_ID_BYTES];
    CHECK_EQ(strlen(network_link_id_print(model.network, (struct link_ref){0}, text)),
             (size_t)(3 * SPILL_ID_BYTES_MAX + 2));
    network_destroy(&model.network);
}

/* Fails every allocation in turn, once and for ever; a leak is for the sanitizer to find. */
TEST(network, a_failed_allocation_leaves_nothing_behind) {
    random_make(&network_random, 4);
    const struct network_spec *const spec = &network_random.model.spec;
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        enum spill_status status = SPILL_MEMORY;
        for (long after = 0; status != SPILL_OK; after++) {
            struct network *network = NULL;
            spill_alloc_fail_after(after, for_ever == 1);
            status = network_create(spec, &network, NULL);
            spill_alloc_fail_after(-1, false);
            CHECK_EQ(status == SPILL_OK, network != NULL);
            CHECK(status == SPILL_OK || status == SPILL_MEMORY);
            network_destroy(&network);
            CHECK_LT(after, 1000L);
        }
    }
}

TEST(network, a_failed_allocation_of_a_trajectory_leaves_nothing_behind) {
    random_make(&network_random, 4);
    model_build(&network_random.model);
    struct model *const model = &network_random.model;
    const struct cascade_options options = {
        .digests = true, .on_cause = model_on_cause, .context = model};
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status != SPILL_OK; after++) {
        struct cascade *cascade = NULL;
        spill_alloc_fail_after(after, false);
        status = cascade_create(model->network, &options, &cascade);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(status == SPILL_OK, cascade != NULL);
        cascade_destroy(&cascade);
        CHECK_LT(after, 1000L);
    }
    network_destroy(&model->network);
}

TEST(network, stepping_allocates_nothing) {
    random_make(&network_random, 5);
    model_open(&network_random.model, 1);
    random_make_actions(&network_random);
    /* From here on every allocation through the project's own functions would fail. */
    spill_alloc_fail_after(0, true);
    random_act(&network_random, network_random.model.cascade, -1);
    model_run(&network_random.model, RANDOM_UNTIL_MS);
    cascade_redraw(network_random.model.cascade, 3);
    uint8_t digest[CASCADE_DIGEST_BYTES];
    cascade_digest(network_random.model.cascade, digest);
    spill_alloc_fail_after(-1, false);
    model_close(&network_random.model);
}

TEST(network, actions_and_roots_have_their_limits) {
    static struct model model;
    static char roots[CASCADE_ROOTS_MAX + 1][16];
    model_begin(&model);
    model_asset(&model, "a");
    model_open(&model, 1);
    struct action action = {.kind = ACTION_PRIORITY};
    for (size_t i = 0; i < CASCADE_ACTIONS_MAX; i++) {
        CHECK_OK(cascade_act(model.cascade, 0, &action));
    }
    CHECK_EQ(cascade_act(model.cascade, 0, &action), SPILL_LIMIT);
    cascade_step(model.cascade);
    CHECK_OK(cascade_act(model.cascade, 1000, &action));
    action.root_kind = "order";
    for (size_t i = 0; i <= CASCADE_ROOTS_MAX; i++) {
        snprintf(roots[i], sizeof roots[i], "r%zu", i);
        action.root_id = roots[i];
        CHECK_EQ(cascade_act(model.cascade, 1000, &action),
                 i < CASCADE_ROOTS_MAX ? SPILL_OK : SPILL_LIMIT);
    }
    cascade_step(model.cascade);
    CHECK_EQ(cascade_root_count(model.cascade), (size_t)CASCADE_ROOTS_MAX);
    model_close(&model);
}

/* More assets in a chain than rounds in a tick: what is left falls in the next. */
TEST(network, a_tick_has_no_more_rounds_than_its_limit) {
    enum { CHAIN = SPILL_ROUNDS_MAX + 5 };
    static struct asset_spec assets[CHAIN];
    static struct need_spec needs[CHAIN];
    static struct link_spec links[CHAIN];
    static char ids[CHAIN][RANDOM_ID_BYTES];
    static struct model model;
    model_begin(&model);
    for (size_t i = 0; i < CHAIN; i++) {
        snprintf(ids[i], sizeof ids[i], "n%05zu", i);
        assets[i] = (struct asset_spec){.id = ids[i], .country = "aa", .sector = "power"};
        needs[i] = (struct need_spec){.asset = ids[i], .id = "n"};
        links[i] = (struct link_spec){
            .asset = ids[i], .need = "n", .supplier = i == 0 ? ids[i] : ids[i - 1]};
    }
    model.spec.assets = assets;
    model.spec.asset_count = CHAIN;
    model.spec.needs = needs + 1;
    model.spec.need_count = CHAIN - 1;
    model.spec.links = links + 1;
    model.spec.link_count = CHAIN - 1;
    model_build(&model);
    const struct cascade_options options = {.seed = 1};
    CHECK_OK(cascade_create(model.network, &options, &model.cascade));
    model_damage(&model, 0, "n00000", 0);
    cascade_step(model.cascade);
    CHECK_EQ(cascade_service_ppm(model.cascade, (struct asset_ref){SPILL_ROUNDS_MAX - 1}), 0);
    CHECK_EQ(cascade_service_ppm(model.cascade, (struct asset_ref){SPILL_ROUNDS_MAX}), MODEL_Q);
    CHECK_EQ(cascade_next_ms(model.cascade), 1000);
    cascade_step(model.cascade);
    CHECK_EQ(cascade_service_ppm(model.cascade, (struct asset_ref){CHAIN - 1}), 0);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_close(&model);
}

TEST(network, nothing_happens_or_counts_after_the_horizon) {
    static struct model model;
    model_begin(&model);
    model.spec.horizon_ms = 10500; /* Tick 11. */
    model_asset(&model, "a")->repair = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    model_damage(&model, 1000, "a", 0);
    model_damage(&model, 12000, "a", 0);
    model_run(&model, MODEL_HOUR);
    CHECK_EQ(cascade_now_ms(model.cascade), 1000);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    CHECK_EQ(cascade_asset_tally(model.cascade, model_ref(&model, "a")).person_ms, 1000 * 10000);
    model_close(&model);
}
