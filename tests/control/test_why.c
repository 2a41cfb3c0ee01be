/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that chains of causes lead from an asset to its root and to what followed, and read well
 * in both languages. */
#include "coordinator/control/why.h"

#include <stdlib.h>
#include <string.h>

#include "tests/control/play.h"

/* Causes made by hand, on the tutorial's assets. */
struct why_test {
    struct play play;
    struct why *why;
    uint64_t number;
};

static void why_test_create(struct why_test *test) {
    *test = (struct why_test){.number = 0};
    play_load(&test->play);
    CHECK_OK(why_create(test->play.scenario, &test->why));
}

static void why_test_destroy(struct why_test *test) {
    why_destroy(&test->why);
    play_destroy(&test->play);
}

static struct output why_test_cause(struct why_test *test, int64_t at_s, uint64_t parent,
                                    const char *asset, int64_t before, int64_t after,
                                    const char *need, const char *supplier) {
    return (struct output){.kind = OUTPUT_CAUSE,
                           .at_ms = at_s * 1000,
                           .cause = {.number = ++test->number,
                                     .parent = parent,
                                     .asset = asset,
                                     .before_ppm = before * 10000,
                                     .after_ppm = after * 10000,
                                     .limit = after == 100      ? LIMIT_NONE
                                              : need[0] != '\0' ? LIMIT_NEED
                                                                : LIMIT_HEALTH,
                                     .need = need,
                                     .supplier = supplier,
                                     .root_kind = after == 100 ? "" : "campaign",
                                     .root_id = after == 100 ? "" : "relay-wiper",
                                     .root_at_ms = after == 100 ? -1 : 1800000,
                                     .root_country = after == 100 ? "" : "de"}};
}

static void why_test_take(struct why_test *test, const struct output *output) {
    CHECK_OK(why_take(test->why, output));
}

static struct asset_ref why_test_asset(const struct why_test *test, const char *id) {
    struct asset_ref asset = {0};
    CHECK_OK(network_find_asset(scenario_network(test->play.scenario), id, &asset));
    return asset;
}

/* The control room falls, both stations with it, then masts and the hospital; then all is well. */
static void why_test_story(struct why_test *test) {
    const struct output outputs[] = {
        why_test_cause(test, 7200, 0, "nl-control", 100, 0, "", ""),                    /* 1 */
        why_test_cause(test, 7500, 1, "nl-station-a", 100, 0, "control", "nl-control"), /* 2 */
        why_test_cause(test, 7500, 1, "nl-station-b", 100, 0, "control", "nl-control"), /* 3 */
        why_test_cause(test, 9000, 2, "nl-mobile-a", 100, 0, "electricity", "nl-station-a"),
        why_test_cause(test, 9000, 4, "nl-hospital", 100, 60, "phone", "nl-mobile-a"), /* 5 */
        why_test_cause(test, 20000, 0, "nl-control", 0, 100, "", ""),                  /* 6 */
        why_test_cause(test, 20600, 0, "nl-station-a", 0, 100, "", ""),                /* 7 */
        why_test_cause(test, 20600, 0, "nl-station-b", 0, 100, "", ""),                /* 8 */
        why_test_cause(test, 20600, 0, "nl-mobile-a", 0, 100, "", ""),                 /* 9 */
        why_test_cause(test, 20600, 0, "nl-hospital", 60, 100, "", ""),                /* 10 */
    };
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        struct output output = outputs[i];
        output.cause.backup_ended = i == 3;
        why_test_take(test, &output);
    }
}

static const char *why_test_id(const struct why_test *test, struct asset_ref asset) {
    return network_asset_id(scenario_network(test->play.scenario), asset);
}

static char *why_test_words(const struct why_test *test, const struct why_chain *chain,
                            enum words_language language) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *const stream = open_memstream(&text, &bytes);
    CHECK(stream != NULL);
    why_print(test->why, chain, language, WHY_COLUMNS, stream);
    fclose(stream);
    return text;
}

/* Lines that were broken made one again. */
static void why_test_flatten(char *text) {
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        const bool space = *at == ' ' || *at == '\n';
        if (!space || to == text || to[-1] != ' ') {
            *to++ = space ? ' ' : *at;
        }
    }
    *to = '\0';
}

TEST(why, chain_leads_from_the_asset_to_its_root) {
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    why_test_story(&test);
    CHECK_EQ(why_cause_count(test.why), 10);
    why_explain(test.why, why_test_asset(&test, "nl-hospital"), 10000000, &chain);
    CHECK_EQ(chain.service_ppm, 600000);
    CHECK_EQ(chain.asked_ms, 10000000);
    CHECK_EQ(chain.explained_ms, 10000000);
    CHECK_EQ(chain.since_ms, 9000000);
    CHECK_EQ(chain.restored_ms, SPILL_NEVER);
    static const char *const way[] = {"nl-control", "nl-station-a", "nl-mobile-a", "nl-hospital"};
    CHECK_EQ(chain.step_count, 4);
    CHECK_EQ(chain.left_out, 0);
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQ(why_test_id(&test, chain.steps[i].asset), way[i]);
        CHECK_EQ(chain.steps[i].supplier.index == NETWORK_NO_INDEX, i == 0);
        CHECK_EQ(chain.steps[i].supplier_ppm, i == 0 ? -1 : 0);
        CHECK_EQ(chain.steps[i].backup_ended, i == 2);
    }
    CHECK_EQ(chain.steps[0].limit, LIMIT_HEALTH);
    CHECK_EQ(chain.steps[3].need, "phone");
    CHECK_EQ(chain.root.kind, "campaign");
    CHECK_EQ(chain.root.id, "relay-wiper");
    CHECK_EQ(chain.root.at_ms, 1800000);
    CHECK_EQ(chain.root.asset_count, 5);
    CHECK_EQ(chain.root.country_count, 1);
    CHECK_EQ(chain.hit_count, 0);
    why_test_destroy(&test);
}

TEST(why, what_followed_is_nearest_and_earliest_first) {
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    why_test_story(&test);
    why_explain(test.why, why_test_asset(&test, "nl-control"), 10000000, &chain);
    static const char *const hits[] = {"nl-station-a", "nl-station-b", "nl-mobile-a",
                                       "nl-hospital"};
    CHECK_EQ(chain.hit_count, 4);
    CHECK_EQ(chain.hit_country_count, 1);
    CHECK_EQ(chain.hit_people, 160000 + 118000 + 160000 + 90000);
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQ(why_test_id(&test, chain.hits[i].asset), hits[i]);
        CHECK_EQ(chain.hits[i].depth, i < 2 ? 1 : i);
        CHECK_EQ(chain.hits[i].lowest_ppm, i == 3 ? 600000 : 0);
    }
    /* By then the masts had not failed yet. */
    why_explain(test.why, why_test_asset(&test, "nl-control"), 8000000, &chain);
    CHECK_EQ(chain.hit_count, 2);
    why_test_destroy(&test);
}

TEST(why, whole_asset_tells_its_worst_loss) {
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    why_test_story(&test);
    why_explain(test.why, why_test_asset(&test, "nl-hospital"), SPILL_NEVER, &chain);
    CHECK_EQ(chain.asked_ms, 20600000);
    CHECK_EQ(chain.service_ppm, SPILL_PPM);
    CHECK_EQ(chain.explained_ms, 9000000);
    CHECK_EQ(chain.explained_ppm, 600000);
    CHECK_EQ(chain.since_ms, 9000000);
    CHECK_EQ(chain.restored_ms, 20600000);
    CHECK_EQ(chain.step_count, 4);
    /* Before anything happened, and an asset to which nothing did. */
    why_explain(test.why, why_test_asset(&test, "nl-hospital"), 100, &chain);
    CHECK_EQ(chain.since_ms, SPILL_NEVER);
    CHECK_EQ(chain.step_count, 0);
    why_explain(test.why, why_test_asset(&test, "nl-water"), SPILL_NEVER, &chain);
    CHECK_EQ(chain.since_ms, SPILL_NEVER);
    CHECK_EQ(chain.root.kind, "");
    why_test_destroy(&test);
}

TEST(why, words_read_in_english) {
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    why_test_story(&test);
    why_explain(test.why, why_test_asset(&test, "nl-hospital"), 10000000, &chain);
    char *text = why_test_words(&test, &chain, WORDS_LANGUAGE_EN);
    CHECK_EQ(
        text,
        "Hospital (nl-hospital), Arnhem, Netherlands\n"
        "  D+0 02:46:40: at 60 %, below full service since D+0 02:30:00.\n"
        "  D+0 00:30:00  root: the campaign “Relay wiper”, first in Germany\n"
        "  D+0 02:00:00  Grid control room (Netherlands): failed, hit by the campaign “Relay "
        "wiper”\n"
        "  D+0 02:05:00  Substation Arnhem (Netherlands): failed, no control from Grid control "
        "room\n"
        "  D+0 02:30:00  Mobile sites Arnhem (Netherlands): failed, no electricity from "
        "Substation Arnhem,\n"
        "                and no backup left\n"
        "  D+0 02:30:00  Hospital (Netherlands): down to 60 %, no telephone from Mobile sites "
        "Arnhem\n"
        "  Nothing else followed from it.\n"
        "  In all, the campaign “Relay wiper” touched 5 assets in 1 country by then.\n");
    free(text);
    why_test_destroy(&test);
}

TEST(why, words_read_in_dutch) {
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    why_test_story(&test);
    why_explain(test.why, why_test_asset(&test, "nl-mobile-a"), SPILL_NEVER, &chain);
    char *text = why_test_words(&test, &chain, WORDS_LANGUAGE_NL);
    CHECK_EQ(
        text,
        "Mobiele masten Arnhem (nl-mobile-a), Arnhem, Nederland\n"
        "  D+0 05:43:20: weer volledig in dienst. Dat was het niet van D+0 02:30:00 tot D+0 "
        "05:43:20; het\n"
        "  ergst vanaf D+0 02:30:00: uitgevallen.\n"
        "  D+0 00:30:00  oorsprong: de campagne “Relay-wiper”, eerst in Duitsland\n"
        "  D+0 02:00:00  Bedrijfsvoeringscentrum (Nederland): uitgevallen, getroffen door de "
        "campagne\n"
        "                “Relay-wiper”\n"
        "  D+0 02:05:00  Onderstation Arnhem (Nederland): uitgevallen, geen besturing van\n"
        "                Bedrijfsvoeringscentrum\n"
        "  D+0 02:30:00  Mobiele masten Arnhem (Nederland): uitgevallen, geen elektriciteit van "
        "Onderstation\n"
        "                Arnhem, en geen noodvoorziening meer\n"
        "  Wat volgde: 1 object in 1 land, voor 90 000 mensen.\n"
        "    D+0 02:30:00  Ziekenhuis (Nederland): terug naar 60 %\n"
        "  In totaal raakte de campagne “Relay-wiper” tot dan 5 objecten in 1 land.\n");
    free(text);
    why_test_destroy(&test);
}

TEST(why, orders_and_levels_have_their_words) {
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    struct output output =
        why_test_cause(&test, 60, 0, "nl-mobile-a", 100, 99, "electricity", "nl-station-a");
    output.cause.root_kind = "order";
    output.cause.root_id = "nl-csirt/isolate#1";
    output.cause.root_at_ms = 60000;
    why_test_take(&test, &output);
    output = why_test_cause(&test, 70, 1, "nl-hospital", 100, 90, "phone", "nl-mobile-a");
    output.cause.root_kind = "order";
    output.cause.root_id = "nl-csirt/isolate#1";
    output.cause.root_at_ms = 60000;
    output.cause.after_ppm = 999999;
    why_test_take(&test, &output);
    why_explain(test.why, why_test_asset(&test, "nl-hospital"), SPILL_NEVER, &chain);
    char *text = why_test_words(&test, &chain, WORDS_LANGUAGE_EN);
    why_test_flatten(text);
    CHECK(strstr(text, "at 99 %, below full service") != NULL);
    CHECK(strstr(text,
                 "root: the order “Isolate a system” by National CSIRT (NL), first in Germany") !=
          NULL);
    CHECK(strstr(text, "no electricity from Substation Arnhem, cut off by the") != NULL);
    CHECK(strstr(text, "down to 99 %, less telephone from Mobile sites Arnhem") != NULL);
    free(text);
    why_test_destroy(&test);
}

TEST(why, long_chain_loses_its_middle) {
    static const char *const ids[] = {"nl-station-a", "nl-mobile-a"};
    struct why_test test;
    struct why_chain chain;
    why_test_create(&test);
    enum { LENGTH = WHY_STEPS_MAX + 37 };
    for (uint64_t i = 0; i < LENGTH; i++) {
        const struct output output = why_test_cause(&test, (int64_t)i, i, ids[i % 2], 100, 50,
                                                    i == 0 ? "" : "feed", i == 0 ? "" : "nl-plant");
        why_test_take(&test, &output);
    }
    why_explain(test.why, why_test_asset(&test, ids[(LENGTH - 1) % 2]), SPILL_NEVER, &chain);
    CHECK_EQ(chain.step_count, WHY_STEPS_MAX);
    CHECK_EQ(chain.left_out, 37);
    for (size_t i = 0; i < WHY_STEPS_MAX; i++) {
        CHECK_EQ(chain.steps[i].number, i < WHY_STEPS_MAX / 2 ? i + 1 : i + 38);
    }
    char *text = why_test_words(&test, &chain, WORDS_LANGUAGE_EN);
    CHECK(strstr(text, "… 37 steps are left out here …") != NULL);
    free(text);
    why_test_destroy(&test);
}

TEST(why, causes_out_of_order_are_refused) {
    struct why_test test;
    why_test_create(&test);
    struct output output = why_test_cause(&test, 1, 0, "nl-control", 100, 0, "", "");
    output.cause.number = 2;
    CHECK_EQ(why_take(test.why, &output), SPILL_INVALID);
    output.cause.number = 1;
    output.cause.parent = 1;
    CHECK_EQ(why_take(test.why, &output), SPILL_INVALID);
    output.cause.parent = 0;
    output.cause.asset = "nowhere";
    CHECK_EQ(why_take(test.why, &output), SPILL_INVALID);
    output.cause.asset = "nl-control";
    CHECK_OK(why_take(test.why, &output));
    why_test_destroy(&test);
}

TEST(why, failing_allocations_leave_it_as_it_was) {
    for (long after = 0; after < 12; after++) {
        struct why_test test = {.number = 0};
        play_load(&test.play);
        spill_alloc_fail_after(after, true);
        enum spill_status status = why_create(test.play.scenario, &test.why);
        uint64_t taken = 0;
        while (status == SPILL_OK && taken < 3000) {
            const struct output output =
                why_test_cause(&test, (int64_t)taken, 0, "nl-control", 100, 0, "", "");
            status = why_take(test.why, &output);
            taken += status == SPILL_OK;
        }
        spill_alloc_fail_after(-1, false);
        CHECK(status == SPILL_MEMORY || taken == 3000);
        if (test.why != NULL) {
            CHECK_EQ(why_cause_count(test.why), taken);
        }
        why_test_destroy(&test);
    }
}

TEST(why, names_find_assets_and_mistyped_ones_find_near_ones) {
    struct why_test test;
    why_test_create(&test);
    const struct scenario *const scenario = test.play.scenario;
    struct asset_ref asset = {0};
    CHECK_OK(why_find(scenario, "nl-water", &asset));
    CHECK_EQ(why_test_id(&test, asset), "nl-water");
    CHECK_OK(why_find(scenario, "ziekenhuis", &asset));
    CHECK_EQ(why_test_id(&test, asset), "nl-hospital");
    CHECK_EQ(why_find(scenario, "hospitl", &asset), SPILL_NOT_FOUND);
    CHECK_EQ(why_find(scenario, "", &asset), SPILL_NOT_FOUND);
    const char *nearest[WHY_NEAREST_MAX];
    CHECK_EQ(why_nearest(scenario, "hospitl", nearest), 1);
    CHECK_EQ(nearest[0], "nl-hospital");
    CHECK_EQ(why_nearest(scenario, "NL-STATION", nearest), 2);
    CHECK_EQ(nearest[0], "nl-station-a");
    CHECK_EQ(nearest[1], "nl-station-b");
    CHECK_EQ(why_nearest(scenario, "nl-", nearest), WHY_NEAREST_MAX);
    CHECK_EQ(why_nearest(scenario, "xyzzy-plugh", nearest), 0);
    CHECK_EQ(why_nearest(scenario, "", nearest), 0);
    char longest[1000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_EQ(why_nearest(scenario, longest, nearest), 0);
    why_test_destroy(&test);
}

static void why_test_on_output(const struct output *output, void *context) {
    CHECK_OK(why_take(context, output));
}

TEST(why, played_exercise_explains_every_asset_at_every_hour) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    struct play play = {.package = NULL};
    struct why *why = NULL;
    play_create(&play, temporary_path(&folder, "a.spill", path), SPILL_MODEL_REVISION);
    CHECK_OK(why_create(play.scenario, &why));
    play.on_output = why_test_on_output;
    play.context = why;
    play_script(&play, 12 * PLAY_HOUR_MS);
    CHECK_LT((uint64_t)5, why_cause_count(why));
    const struct cascade *const cascade = world_cascade(exercise_world(play.exercise));
    size_t lost = 0;
    for (uint32_t i = 0; i < network_asset_count(scenario_network(play.scenario)); i++) {
        struct why_chain chain;
        for (int64_t at_ms = 0; at_ms <= 12 * PLAY_HOUR_MS; at_ms += PLAY_HOUR_MS) {
            why_explain(why, (struct asset_ref){i}, at_ms, &chain);
            for (size_t j = 1; j < chain.step_count; j++) {
                CHECK_LE(chain.steps[j - 1].at_ms, chain.steps[j].at_ms);
            }
            if (chain.service_ppm < SPILL_PPM) {
                CHECK_LT((size_t)0, chain.step_count);
                CHECK_NE(chain.root.kind, "");
            }
        }
        /* The last answer is about now. */
        CHECK_EQ(chain.service_ppm, cascade_service_ppm(cascade, (struct asset_ref){i}));
        lost += chain.service_ppm < SPILL_PPM;
    }
    CHECK_LT((size_t)0, lost);
    struct asset_ref telling[3];
    CHECK_EQ(why_telling(why, SPILL_NEVER, telling, 3), 3);
    CHECK_NE(telling[0].index, telling[1].index);
    why_destroy(&why);
    play_destroy(&play);
    temporary_destroy(&folder);
}
