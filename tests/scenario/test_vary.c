/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a factor multiplies what it is for and nothing else, within what the model takes, and
 * that draws follow their range and nothing but their name, seed and number. */
#include "coordinator/scenario/vary.h"

#include <string.h>

#include "coordinator/cascade/law.h"
#include "coordinator/world/world.h"
#include "tests/scenario/sample.h"

static struct vary_factors factors_of(enum parameter parameter, int64_t ppm) {
    struct vary_factors factors;
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        factors.ppm[i] = SPILL_PPM;
    }
    factors.ppm[parameter] = ppm;
    return factors;
}

static int64_t *no_quantiles(size_t count, void *context) {
    (void)count;
    (void)context;
    return NULL;
}

static int64_t *some_quantiles(size_t count, void *context) {
    static int64_t room[8];
    (void)context;
    CHECK_LE(count, 8);
    return room;
}

TEST(vary, factor_multiplies_its_own_numbers_only) {
    static const int64_t quantiles[] = {0, 10, 30};
    struct asset_spec asset = {
        .repair = {.kind = LAW_TRIANGULAR, .a_ms = 1000, .b_ms = 2000, .c_ms = 4000},
        .restart = {.kind = LAW_LOGNORMAL, .a_ms = 3000, .sigma_ppm = 500000},
    };
    struct backup_spec backup = {
        .autonomy = {.kind = LAW_EMPIRICAL, .quantile_ms = quantiles, .quantile_count = 3},
        .recharge = {.kind = LAW_FIXED, .a_ms = 7000}};
    struct link_spec link = {0};
    struct push_spec push = {.probability_ppm = 800000};
    const struct vary_spec spec = {.assets = &asset,
                                   .asset_count = 1,
                                   .backups = &backup,
                                   .backup_count = 1,
                                   .links = &link,
                                   .link_count = 1,
                                   .pushes = &push,
                                   .push_count = 1};
    struct vary_factors factors = factors_of(PARAMETER_REPAIR, 1500000);
    CHECK_OK(vary_apply(&factors, &spec, no_quantiles, NULL));
    CHECK_EQ(asset.repair.a_ms, 1500);
    CHECK_EQ(asset.repair.b_ms, 3000);
    CHECK_EQ(asset.repair.c_ms, 6000);
    CHECK_EQ(asset.restart.a_ms, 3000);
    factors = factors_of(PARAMETER_RESTART, 500000);
    CHECK_OK(vary_apply(&factors, &spec, no_quantiles, NULL));
    CHECK_EQ(asset.repair.a_ms, 1500);
    CHECK_EQ(asset.restart.a_ms, 1500);
    CHECK_EQ(asset.restart.sigma_ppm, 500000);
    factors = factors_of(PARAMETER_COUPLING, 300000);
    CHECK_OK(vary_apply(&factors, &spec, no_quantiles, NULL));
    CHECK(link.coupling_given);
    CHECK_EQ(link.coupling_ppm, 300000);
    factors = factors_of(PARAMETER_SPREAD, 2000000);
    CHECK_OK(vary_apply(&factors, &spec, no_quantiles, NULL));
    CHECK_EQ(push.probability_ppm, SPILL_PPM);
    factors = factors_of(PARAMETER_AUTONOMY, 100000);
    CHECK_EQ(vary_apply(&factors, &spec, no_quantiles, NULL), SPILL_MEMORY);
    CHECK_OK(vary_apply(&factors, &spec, some_quantiles, NULL));
    CHECK_EQ(backup.autonomy.quantile_ms[0], 0);
    CHECK_EQ(backup.autonomy.quantile_ms[1], 1);
    CHECK_EQ(backup.autonomy.quantile_ms[2], 3);
    CHECK_EQ(quantiles[2], 30);
    CHECK_EQ(backup.recharge.a_ms, 7000);
}

TEST(vary, durations_stay_between_one_and_the_longest) {
    struct asset_spec assets[] = {{.repair = {.kind = LAW_FIXED, .a_ms = 1}},
                                  {.repair = {.kind = LAW_FIXED, .a_ms = LAW_MAX_MS}}};
    const struct vary_spec spec = {.assets = assets, .asset_count = 2};
    struct vary_factors factors = factors_of(PARAMETER_REPAIR, 10000);
    CHECK_OK(vary_apply(&factors, &spec, no_quantiles, NULL));
    CHECK_EQ(assets[0].repair.a_ms, 1);
    factors = factors_of(PARAMETER_REPAIR, VARY_FACTOR_MAX_PPM);
    assets[1].repair.a_ms = LAW_MAX_MS;
    CHECK_OK(vary_apply(&factors, &spec, no_quantiles, NULL));
    CHECK_EQ(assets[1].repair.a_ms, LAW_MAX_MS);
}

TEST(vary, draws_follow_their_range) {
    const struct vary_range range = {500000, 1000000, 2000000};
    const struct vary_range certain = {SPILL_PPM, SPILL_PPM, SPILL_PPM};
    double sum = 0;
    int64_t least = INT64_MAX, most = 0;
    for (uint32_t i = 1; i <= 20000; i++) {
        const int64_t factor = vary_draw(&range, PARAMETER_REPAIR, 17, i);
        CHECK_LE(range.least_ppm, factor);
        CHECK_LE(factor, range.most_ppm);
        CHECK_EQ(vary_draw(&certain, PARAMETER_REPAIR, 17, i), SPILL_PPM);
        least = factor < least ? factor : least;
        most = factor > most ? factor : most;
        sum += (double)factor / 20000;
    }
    /* The mean of a triangular law is the mean of its corners; 4 standard errors are 8 800 here. */
    CHECK_LT(1166667 - 8900, (int64_t)sum);
    CHECK_LT((int64_t)sum, 1166667 + 8900);
    CHECK_LT(least, 520000);
    CHECK_LT(1970000, most);
    CHECK_NE(vary_draw(&range, PARAMETER_REPAIR, 17, 1), vary_draw(&range, PARAMETER_PATCH, 17, 1));
    CHECK_NE(vary_draw(&range, PARAMETER_REPAIR, 17, 1),
             vary_draw(&range, PARAMETER_REPAIR, 18, 1));
}

/* What a scenario loses in 16 hours. */
static int64_t loss_of(const struct scenario *scenario) {
    struct world *world = NULL;
    const struct network *const network = scenario_network(scenario);
    const struct world_options options = {.seed = 17, .team = "passive"};
    int64_t person_ms = 0;
    CHECK_OK(world_create(network, scenario_script(scenario), &options, &world));
    world_advance(world, 16 * INT64_C(3600000));
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        person_ms += cascade_asset_tally(world_cascade(world), (struct asset_ref){i}).person_ms;
    }
    world_destroy(&world);
    return person_ms;
}

TEST(vary, factors_of_one_change_nothing_and_faster_repair_saves) {
    static const int64_t repair_ppm[] = {SPILL_PPM, SPILL_PPM / 10};
    struct package *package = sample_open("tutorial");
    struct scenario *plain = NULL;
    struct fault_list *faults = NULL;
    CHECK_OK(scenario_load(package, "", &plain, &faults));
    fault_list_destroy(&faults);
    int64_t losses[2];
    for (size_t i = 0; i < 2; i++) {
        struct scenario *varied = NULL;
        const struct vary_factors factors = factors_of(PARAMETER_REPAIR, repair_ppm[i]);
        CHECK_OK(scenario_load_varied(package, "", &factors, &varied, &faults));
        fault_list_destroy(&faults);
        losses[i] = loss_of(varied);
        scenario_free(&varied);
    }
    CHECK_EQ(losses[0], loss_of(plain));
    CHECK_LT(losses[1], losses[0]);
    scenario_free(&plain);
    package_destroy(&package);
}
