/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ensemble counts what its replicas do, each of which can be run alone, and nothing about how it
 * ran shows.
 */
#include "coordinator/ensemble/ensemble.h"

#include "tests/world/play.h"

#include <math.h>
#include <stdlib.h>

enum { PLAYS = 6, REPLICAS = 24 };

static struct play play;

static struct ensemble_options options_of(uint64_t seed) {
    return (struct ensemble_options){.network = play_network(&play),
                                     .script = play.script,
                                     .team = "doctrine",
                                     .seed = seed,
                                     .replica_count = REPLICAS,
                                     .threads = 1,
                                     .until_ms = play_tick(&play, PLAY_UNTIL_MS)};
}

static struct ensemble *run(const struct ensemble_options *options) {
    struct ensemble *ensemble = NULL;
    struct spill_error error = {.text = ""};
    if (ensemble_run(options, &ensemble, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return ensemble;
}

static void check_identical(const struct ensemble *a, const struct ensemble *b) {
    uint8_t one[ENSEMBLE_IDENTITY_BYTES];
    uint8_t other[ENSEMBLE_IDENTITY_BYTES];
    ensemble_identity(a, one);
    ensemble_identity(b, other);
    CHECK_BYTES(one, sizeof one, other, sizeof other);
}

TEST(ensemble, threads_batches_and_shards_do_not_show) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        struct ensemble_options options = options_of(number);
        struct ensemble *plain = run(&options);
        static const int threads[] = {1, 2, 3, 7};
        for (size_t i = 0; i < 4; i++) {
            options.threads = threads[i];
            options.batch_count = (uint32_t)(7 * i + 1);
            struct ensemble *other = run(&options);
            check_identical(plain, other);
            ensemble_destroy(&other);
        }
        /* Three shards, merged out of order. */
        static const uint32_t firsts[] = {5, 0, 17};
        static const uint32_t counts[] = {12, 5, REPLICAS - 17};
        struct ensemble *whole = NULL;
        for (size_t i = 0; i < 3; i++) {
            options.first_replica = firsts[i];
            options.replica_count = counts[i];
            struct ensemble *shard = run(&options);
            if (whole == NULL) {
                whole = shard;
                continue;
            }
            CHECK_OK(ensemble_merge(whole, shard, NULL));
            CHECK_EQ(ensemble_merge(whole, shard, NULL), SPILL_INVALID); /* Twice the same. */
            ensemble_destroy(&shard);
        }
        check_identical(plain, whole);
        CHECK_EQ(ensemble_replica_count(whole), (uint32_t)REPLICAS);
        ensemble_destroy(&whole);
        ensemble_destroy(&plain);
        play_close(&play);
    }
}

/* The same results by looking at every lone world at every edge. */
struct slow {
    uint64_t down_by[ENSEMBLE_EDGES_DEFAULT][RANDOM_ASSETS];
    uint64_t down_at[ENSEMBLE_EDGES_DEFAULT][RANDOM_ASSETS];
    uint64_t group_at[ENSEMBLE_EDGES_DEFAULT];
    uint64_t person_ms[RANDOM_ASSETS];
    uint64_t down_ms[RANDOM_ASSETS];
    uint64_t link_ms[RANDOM_LINKS];
    uint64_t spill_ms[RANDOM_COUNTRIES + 1][RANDOM_COUNTRIES];
    uint64_t sizes[RANDOM_ASSETS + 1];
    int64_t totals[REPLICAS];
    uint64_t orders;
    uint64_t root_ms;
};

static struct slow slow;

static void look_at(const struct world *world, const struct ensemble *ensemble, size_t edge) {
    const uint32_t arguments[CONDITION_ARGUMENTS_MAX] = {CONDITION_EVERY, 1};
    for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
        slow.down_at[edge][i] +=
            cascade_service_ppm(world_cascade(world), (struct asset_ref){i}) < SPILL_FAILED_BELOW;
    }
    slow.group_at[edge] +=
        world_read(FUNCTION_LEVEL, arguments, world) < ensemble_down_below_ppm(ensemble);
}

static void look_back(const struct world *world, const int64_t *edges_ms, uint32_t replica) {
    const struct cascade *const cascade = world_cascade(world);
    size_t size = 0;
    int64_t total_ms = 0;
    for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
        const struct asset_tally tally = cascade_asset_tally(cascade, (struct asset_ref){i});
        for (size_t edge = 0; edge < ENSEMBLE_EDGES_DEFAULT; edge++) {
            slow.down_by[edge][i] += tally.first_failure_ms <= edges_ms[edge];
        }
        size += tally.first_failure_ms != SPILL_NEVER;
        slow.person_ms[i] += (uint64_t)tally.person_ms;
        slow.down_ms[i] += (uint64_t)tally.failed_ms;
        total_ms += tally.person_ms;
    }
    slow.sizes[size]++;
    slow.totals[replica] = total_ms / 3600000;
    for (uint32_t i = 0; i < network_link_count(play_network(&play)); i++) {
        slow.link_ms[i] += (uint64_t)cascade_link_person_ms(cascade, (struct link_ref){i});
    }
    for (uint32_t i = 0; i <= RANDOM_COUNTRIES; i++) {
        for (uint32_t j = 0; j < RANDOM_COUNTRIES; j++) {
            slow.spill_ms[i][j] += (uint64_t)cascade_spill_ms(
                cascade, (struct country_ref){i < RANDOM_COUNTRIES ? i : NETWORK_NO_INDEX},
                (struct country_ref){j});
        }
    }
    for (uint32_t i = 0; i < cascade_root_count(cascade); i++) {
        slow.root_ms += (uint64_t)cascade_root_person_ms(cascade, (struct root_ref){i});
    }
    slow.orders += world_order_count(world);
}

static void check_slow_assets(const struct ensemble *ensemble) {
    for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
        const struct asset_ref asset = {i};
        const struct ensemble_asset kept = ensemble_asset(ensemble, asset);
        for (size_t edge = 0; edge < ENSEMBLE_EDGES_DEFAULT; edge++) {
            CHECK_EQ(ensemble_down_by(ensemble, asset, edge), slow.down_by[edge][i]);
            CHECK_EQ(ensemble_down_at(ensemble, asset, edge), slow.down_at[edge][i]);
        }
        CHECK_EQ(kept.person_ms.low, slow.person_ms[i]);
        CHECK_EQ(kept.down_ms.low, slow.down_ms[i]);
        CHECK_EQ(kept.down_count, slow.down_by[ENSEMBLE_EDGES_DEFAULT - 1][i]);
        CHECK_EQ(kept.lasting_count, slow.down_at[ENSEMBLE_EDGES_DEFAULT - 1][i]);
    }
}

static void check_slow_whole(const struct ensemble *ensemble) {
    uint64_t orders = 0;
    uint64_t spill_ms = 0;
    uint64_t root_ms = 0;
    for (size_t edge = 0; edge < ENSEMBLE_EDGES_DEFAULT; edge++) {
        CHECK_EQ(ensemble_group_down_at(ensemble, CONDITION_EVERY, 1, edge), slow.group_at[edge]);
    }
    for (size_t i = 0; i <= RANDOM_ASSETS; i++) {
        CHECK_EQ(ensemble_size_count(ensemble, i), slow.sizes[i]);
    }
    for (uint32_t i = 0; i < network_link_count(play_network(&play)); i++) {
        CHECK_EQ(ensemble_link_blame(ensemble, (struct link_ref){i}).low, slow.link_ms[i]);
    }
    for (uint32_t i = 0; i <= RANDOM_COUNTRIES; i++) {
        for (uint32_t j = 0; j < RANDOM_COUNTRIES; j++) {
            const struct country_ref from = {i < RANDOM_COUNTRIES ? i : NETWORK_NO_INDEX};
            const struct wide spill = ensemble_spill(ensemble, from, (struct country_ref){j});
            CHECK_EQ(spill.low, slow.spill_ms[i][j]);
            spill_ms += spill.low;
        }
    }
    for (uint32_t i = 0; i < PLAY_CELLS; i++) {
        for (uint32_t j = 0; j < PLAY_ORDERS; j++) {
            orders += ensemble_ordered(ensemble, (struct cell_ref){i}, (struct order_ref){j});
        }
    }
    for (size_t i = 0; i < ensemble_root_count(ensemble); i++) {
        root_ms += ensemble_root(ensemble, i).person_ms.low;
    }
    const struct ensemble_loss all =
        ensemble_group_loss(ensemble, CONDITION_EVERY, CONDITION_EVERY);
    CHECK_EQ(orders, slow.orders);
    CHECK_EQ(root_ms, slow.root_ms);
    CHECK_EQ(spill_ms, all.person_ms.low);
    CHECK_EQ(ensemble_dropped(ensemble), 0);
}

static int compare_hours(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void check_slow_totals(const struct ensemble *ensemble) {
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < REPLICAS; i++) {
        sum += (double)slow.totals[i];
        squares += (double)slow.totals[i] * (double)slow.totals[i];
    }
    const struct ensemble_loss all =
        ensemble_group_loss(ensemble, CONDITION_EVERY, CONDITION_EVERY);
    const struct ensemble_estimate estimate = ensemble_estimate(ensemble, &all);
    const double mean = sum / REPLICAS;
    const double deviation = sqrt((squares - sum * mean) / (REPLICAS - 1));
    CHECK_LT(fabs(estimate.mean_hours - mean), 1.0);
    CHECK_LT(fabs(estimate.deviation_hours - deviation), 1e-6 * deviation + 1e-6);
    CHECK_LT(fabs(estimate.half_width_hours - 1.96 * deviation / sqrt(REPLICAS)),
             1e-3 * deviation + 1e-6);
    qsort(slow.totals, REPLICAS, sizeof slow.totals[0], compare_hours);
    CHECK_EQ(ensemble_total_hours(ensemble, 0), slow.totals[0]);
    CHECK_EQ(ensemble_total_hours(ensemble, SPILL_PPM / 2), slow.totals[REPLICAS / 2 - 1]);
    CHECK_EQ(ensemble_total_hours(ensemble, SPILL_PPM), slow.totals[REPLICAS - 1]);
    /* 5 % of 24 is the worst two. */
    CHECK_EQ(ensemble_tail_hours(ensemble),
             (slow.totals[REPLICAS - 1] + slow.totals[REPLICAS - 2]) / 2);
}

TEST(ensemble, its_results_are_those_of_lone_worlds) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        memset(&slow, 0, sizeof slow);
        const struct ensemble_options options = options_of(number);
        struct ensemble *ensemble = run(&options);
        const int64_t *edges_ms = NULL;
        const size_t edge_count = ensemble_edges(ensemble, &edges_ms);
        CHECK_EQ(edge_count, (size_t)ENSEMBLE_EDGES_DEFAULT);
        CHECK_EQ(edges_ms[0], 0);
        CHECK_EQ(edges_ms[edge_count - 1], options.until_ms);
        for (uint32_t replica = 0; replica < REPLICAS; replica++) {
            struct world *world = play_world(&play, "doctrine", number, replica, false, NULL);
            for (size_t edge = 0; edge < edge_count; edge++) {
                world_advance(world, play_tick(&play, edges_ms[edge]));
                look_at(world, ensemble, edge);
            }
            look_back(world, edges_ms, replica);
            world_destroy(&world);
        }
        check_slow_assets(ensemble);
        check_slow_whole(ensemble);
        check_slow_totals(ensemble);
        ensemble_destroy(&ensemble);
        play_close(&play);
    }
}

TEST(ensemble, replica_zero_of_a_forecast_is_what_comes) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        struct world *live = play_world(&play, "doctrine", number, 0, true, NULL);
        world_advance(live, play_tick(&play, PLAY_UNTIL_MS / 3));
        struct ensemble_options options = options_of(99);
        options.from = live;
        options.replica_count = 1;
        struct ensemble *zero = run(&options);
        options.replica_count = REPLICAS;
        options.threads = 2;
        struct ensemble *forecast = run(&options);
        options.threads = 1;
        options.batch_count = 5;
        struct ensemble *again = run(&options);
        check_identical(forecast, again);
        CHECK_EQ(ensemble_start_ms(forecast), world_now_ms(live));
        CHECK_EQ(ensemble_seed(forecast), number);
        /* What has happened has happened in every replica. */
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            const struct asset_ref asset = {i};
            const bool down =
                cascade_asset_tally(world_cascade(live), asset).first_failure_ms != SPILL_NEVER;
            CHECK_EQ(ensemble_down_by(forecast, asset, 0), down ? (uint64_t)REPLICAS : 0U);
        }
        world_advance(live, options.until_ms);
        int64_t person_ms = 0;
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            const struct asset_ref asset = {i};
            const struct asset_tally tally = cascade_asset_tally(world_cascade(live), asset);
            CHECK_EQ(ensemble_asset(zero, asset).person_ms.low, tally.person_ms);
            person_ms += tally.person_ms;
        }
        CHECK_EQ(ensemble_total_hours(zero, SPILL_PPM), person_ms / 3600000);
        ensemble_destroy(&zero);
        ensemble_destroy(&forecast);
        ensemble_destroy(&again);
        world_destroy(&live);
        play_close(&play);
    }
}

/* Stops after some replicas. */
static bool stop_at(uint32_t done_count, uint32_t replica_count, void *context) {
    CHECK_LE(done_count, replica_count);
    uint32_t *const stop = context;
    return done_count < *stop;
}

TEST(ensemble, a_stopped_run_holds_what_ran) {
    play_open(&play, 3);
    struct ensemble_options options = options_of(3);
    uint32_t stop = 7;
    options.batch_count = 4;
    options.on_progress = stop_at;
    options.context = &stop;
    struct ensemble *stopped = NULL;
    CHECK_EQ(ensemble_run(&options, &stopped, NULL), SPILL_INTERRUPTED);
    CHECK_EQ(ensemble_replica_count(stopped), 8U);
    options.on_progress = NULL;
    options.replica_count = 8;
    struct ensemble *eight = run(&options);
    check_identical(stopped, eight);
    ensemble_destroy(&stopped);
    ensemble_destroy(&eight);
    play_close(&play);
}

static void check_refused(struct ensemble_options options, const char *words) {
    struct ensemble *ensemble = NULL;
    struct spill_error error = {.text = ""};
    CHECK_EQ(ensemble_run(&options, &ensemble, &error), SPILL_INVALID);
    CHECK(ensemble == NULL);
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("'%s' does not say '%s'", error.text, words);
    }
}

TEST(ensemble, wrong_options_are_refused_with_words) {
    play_open(&play, 3);
    struct ensemble_options options = options_of(3);
    options.team = "doctrin";
    check_refused(options, "did you mean 'doctrine'?");
    options = options_of(3);
    options.replica_count = 0;
    check_refused(options, "replicas");
    options = options_of(3);
    options.first_replica = UINT32_MAX - 3;
    check_refused(options, "replicas");
    options = options_of(3);
    options.until_ms = -1;
    check_refused(options, "tick");
    options = options_of(3);
    options.threads = 100000;
    check_refused(options, "threads");
    options = options_of(3);
    options.edges_ms = (const int64_t[]){5, 5};
    options.edge_count = 2;
    check_refused(options, "rise");
    options.edge_count = ENSEMBLE_EDGES_MAX + 1;
    check_refused(options, "edges");
    struct ensemble *mine = NULL;
    struct ensemble *other = NULL;
    options = options_of(3);
    options.replica_count = 2;
    CHECK_OK(ensemble_run(&options, &mine, NULL));
    options.seed = 4;
    options.first_replica = 2;
    CHECK_OK(ensemble_run(&options, &other, NULL));
    struct spill_error error = {.text = ""};
    CHECK_EQ(ensemble_merge(mine, other, &error), SPILL_INVALID);
    CHECK_EQ((const char *)error.text, "these are parts of different ensembles");
    ensemble_destroy(&mine);
    ensemble_destroy(&other);
    play_close(&play);
}

TEST(ensemble, every_failed_allocation_is_reported_and_leaks_nothing) {
    play_open(&play, 3);
    struct ensemble_options options = options_of(3);
    options.replica_count = 2;
    options.threads = 2;
    for (long after = 0;; after++) {
        struct ensemble *ensemble = NULL;
        spill_alloc_fail_after(after, false);
        const enum spill_status status = ensemble_run(&options, &ensemble, NULL);
        spill_alloc_fail_after(-1, false);
        if (status == SPILL_OK) {
            CHECK_LT(40, after);
            ensemble_destroy(&ensemble);
            break;
        }
        CHECK_EQ(status, SPILL_MEMORY);
        CHECK(ensemble == NULL);
    }
    play_close(&play);
}
