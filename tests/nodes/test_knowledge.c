/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a cell decides from its brief as it would from the whole network and script, whatever
 * it is told, and that a brief whose parts do not fit is refused. */
#include "nodes/knowledge.h"

#include "tests/exercise/play.h"

enum { STEPS = 400, REPORTS_MAX = 6, INTENTIONS_MAX = 64 };

/* One cell's view and policy. */
struct mind {
    const struct network *network;
    const struct script *script;
    struct cell_ref cell;
    struct view *view;
    struct policy *policy;
};

static struct mind mind_create(const struct network *network, const struct script *script,
                               struct cell_ref cell, const char *team) {
    struct mind mind = {.network = network, .script = script, .cell = cell};
    CHECK_OK(view_create(network, script, cell, &mind.view));
    CHECK_OK(policy_create(network, script, cell, team, 5, 0, &mind.policy));
    return mind;
}

static void mind_destroy(struct mind *mind) {
    policy_destroy(&mind->policy);
    view_destroy(&mind->view);
}

/* The whole, what the brief says of it, and chance. */
struct pair {
    struct mind whole;
    struct mind small;
    struct knowledge *knowledge;
    uint64_t state;
    int64_t now_ms;
    size_t decided;
};

static uint64_t pair_below(struct pair *pair, uint64_t count) {
    pair->state = pair->state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (pair->state >> 33) % count;
}

static uint32_t pair_translate(const struct pair *pair, uint32_t bits) {
    uint32_t small = 0;
    for (uint32_t i = 0; i < VIEW_CAMPAIGNS_MAX; i++) {
        if ((bits >> i & 1) != 0) {
            const char *const id =
                network_campaign_id(pair->whole.network, (struct campaign_ref){i});
            small |= UINT32_C(1) << knowledge_campaign(pair->knowledge, id).index;
        }
    }
    return small;
}

static void pair_report_asset(struct pair *pair) {
    size_t count = 0;
    const struct asset_ref *const assets = view_assets(pair->whole.view, &count);
    const size_t campaign_count = network_campaign_count(pair->whole.network);
    if (count == 0) {
        return;
    }
    struct report report = {.at_ms = pair->now_ms,
                            .asset = assets[pair_below(pair, count)],
                            .service_ppm = (int64_t)pair_below(pair, 5) * SPILL_PPM / 4};
    report.country = network_asset_country(pair->whole.network, report.asset);
    report.detected = (uint32_t)pair_below(pair, UINT64_C(1) << campaign_count);
    report.triggered = report.detected & (uint32_t)pair_below(pair, UINT64_C(1) << campaign_count);
    view_apply(pair->whole.view, &report);
    CHECK_OK(network_find_asset(
        pair->small.network, network_asset_id(pair->whole.network, report.asset), &report.asset));
    report.country = network_asset_country(pair->small.network, report.asset);
    report.detected = pair_translate(pair, report.detected);
    report.triggered = pair_translate(pair, report.triggered);
    view_apply(pair->small.view, &report);
}

static void pair_report_country(struct pair *pair) {
    const size_t count = network_country_count(pair->whole.network);
    struct report report = {.at_ms = pair->now_ms,
                            .asset = {NETWORK_NO_INDEX},
                            .country = {(uint32_t)pair_below(pair, count)},
                            .trust_ppm = (int64_t)pair_below(pair, SPILL_PPM),
                            .escalation = (int64_t)pair_below(pair, 6)};
    const char *const id = network_country_id(pair->whole.network, report.country);
    struct country_ref country = {0};
    const bool known = network_find_country(pair->small.network, id, &country) == SPILL_OK &&
                       view_has_country(pair->small.view, country);
    CHECK_EQ(known, view_has_country(pair->whole.view, report.country));
    if (known) {
        view_apply(pair->whole.view, &report);
        report.country = country;
        view_apply(pair->small.view, &report);
    }
}

static void pair_inject(struct pair *pair, const struct scenario *scenario) {
    if (scenario_inject_count(scenario) == 0) {
        return;
    }
    const uint32_t at = (uint32_t)pair_below(pair, scenario_inject_count(scenario));
    uint32_t rank = 0;
    view_receive(pair->whole.view, at, pair->now_ms);
    if (script_resolve(pair->small.script, pair->small.network, NAME_INJECT,
                       scenario_inject(scenario, at)->id, &rank) == SPILL_OK) {
        view_receive(pair->small.view, rank, pair->now_ms);
    }
}

static void pair_accept(struct pair *pair, struct order_ref order) {
    view_ordered(pair->whole.view, order);
    CHECK_OK(
        script_find_order(pair->small.script, script_order_id(pair->whole.script, order), &order));
    view_ordered(pair->small.view, order);
}

#define CHECK_SAME_ID(kind, one, two)                                                              \
    do {                                                                                           \
        CHECK_EQ((one).index == NETWORK_NO_INDEX, (two).index == NETWORK_NO_INDEX);                \
        if ((one).index != NETWORK_NO_INDEX) {                                                     \
            CHECK_EQ(network_##kind##_id(pair->whole.network, one),                                \
                     network_##kind##_id(pair->small.network, two));                               \
        }                                                                                          \
    } while (0)

static void pair_decide(struct pair *pair) {
    struct intention whole[INTENTIONS_MAX];
    struct intention small[INTENTIONS_MAX];
    view_set_time(pair->whole.view, pair->now_ms);
    view_set_time(pair->small.view, pair->now_ms);
    const size_t count =
        policy_decide(pair->whole.policy, pair->whole.view, pair->now_ms, whole, INTENTIONS_MAX);
    CHECK_EQ(
        policy_decide(pair->small.policy, pair->small.view, pair->now_ms, small, INTENTIONS_MAX),
        count);
    for (size_t i = 0; i < count; i++) {
        const struct order_request *const one = &whole[i].request;
        const struct order_request *const two = &small[i].request;
        CHECK_EQ(whole[i].at_ms, small[i].at_ms);
        CHECK_EQ(whole[i].rule, small[i].rule);
        CHECK_EQ(script_order_id(pair->whole.script, one->order),
                 script_order_id(pair->small.script, two->order));
        CHECK_EQ(one->amount, two->amount);
        CHECK_SAME_ID(asset, one->asset, two->asset);
        CHECK_SAME_ID(tag, one->tag, two->tag);
        CHECK_SAME_ID(country, one->country, two->country);
        CHECK_SAME_ID(country, one->other_country, two->other_country);
        CHECK_SAME_ID(pool, one->pool, two->pool);
        CHECK_SAME_ID(pool, one->other_pool, two->other_pool);
        if (pair_below(pair, 2) == 0) {
            pair_accept(pair, one->order);
        }
    }
    pair->decided += count;
}

/* A long life of one cell; returns how many orders it decided on. */
static size_t check_cell(const struct scenario *scenario, struct cell_ref cell, uint64_t seed) {
    struct brief *brief = NULL;
    struct pair pair = {.state = seed};
    CHECK_OK(brief_create(scenario, cell, "doctrine", 5, &brief));
    CHECK_OK(knowledge_create(brief, &pair.knowledge, NULL));
    brief_destroy(&brief);
    pair.whole =
        mind_create(scenario_network(scenario), scenario_script(scenario), cell, "doctrine");
    pair.small = mind_create(knowledge_network(pair.knowledge), knowledge_script(pair.knowledge),
                             knowledge_cell(pair.knowledge), "doctrine");
    const int64_t tick_ms = network_tick_ms(pair.whole.network);
    for (size_t i = 0; i < STEPS; i++) {
        for (uint64_t j = pair_below(&pair, REPORTS_MAX); j > 0; j--) {
            pair_report_asset(&pair);
        }
        if (pair_below(&pair, 3) == 0) {
            pair_report_country(&pair);
        }
        if (pair_below(&pair, 10) == 0) {
            pair_inject(&pair, scenario);
        }
        pair_decide(&pair);
        pair.now_ms += (int64_t)pair_below(&pair, 1000) * tick_ms;
    }
    mind_destroy(&pair.whole);
    mind_destroy(&pair.small);
    knowledge_destroy(&pair.knowledge);
    return pair.decided;
}

static void check_package(const char *folder) {
    struct package *package = play_open_package(folder);
    struct scenario *scenario = play_load(package);
    size_t decided = 0;
    for (uint32_t cell = 0; cell < script_cell_count(scenario_script(scenario)); cell++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            decided += check_cell(scenario, (struct cell_ref){cell}, seed);
        }
    }
    CHECK_LE(10, decided);
    scenario_free(&scenario);
    package_destroy(&package);
}

TEST(knowledge, a_cell_decides_from_its_brief_as_from_the_whole) {
    check_package("scenarios/tutorial");
    check_package("scenarios/amber-tide");
    check_package(PLAY_DRILL);
}

TEST(knowledge, a_brief_whose_parts_do_not_fit_is_refused) {
    struct package *package = play_open_package(PLAY_DRILL);
    struct scenario *scenario = play_load(package);
    struct brief *brief = NULL;
    CHECK_OK(brief_create(scenario, (struct cell_ref){0}, "doctrine", 5, &brief));
    CHECK_LE(1, brief->rule_count);
    for (int i = 0; i < 5; i++) {
        struct brief bad = *brief;
        struct brief_rule rules[SCRIPT_POLICY_RULES_MAX];
        memcpy(rules, brief->rules, brief->rule_count * sizeof rules[0]);
        bad.rules = rules;
        bad.order_count = i == 0 ? 0 : bad.order_count;
        bad.country_count = i == 1 ? 0 : bad.country_count;
        bad.sector_count = i == 2 ? 0 : bad.sector_count;
        rules[0].when = i == 3 ? "service(nowhere) < 50%" : rules[0].when;
        bad.cell = i == 4 ? "Not An Id" : bad.cell;
        struct knowledge *knowledge = NULL;
        struct spill_error error = {{0}};
        CHECK_EQ(knowledge_create(&bad, &knowledge, &error), SPILL_INVALID);
        CHECK(knowledge == NULL);
        CHECK(error.text[0] != '\0');
    }
    brief_destroy(&brief);
    scenario_free(&scenario);
    package_destroy(&package);
}
