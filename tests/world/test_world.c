/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world is a pure function of network, script, seed, replica and orders: on random plays, whoever
 * runs it and however.
 */
#include "tests/world/play.h"

enum { PLAYS = 40 };

static struct play play;

TEST(world, a_reset_world_is_a_fresh_one) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        struct world *fresh = play_world(&play, "doctrine", 5, 3, true, NULL);
        struct world *used = play_world(&play, "doctrine", 9, 1, true, NULL);
        world_advance(used, play_tick(&play, PLAY_UNTIL_MS / (1 + (int64_t)number % 3)));
        world_reset(used, 5, 3);
        CHECK_EQ(world_now_ms(used), -1);
        for (int64_t at_ms = 0; at_ms <= PLAY_UNTIL_MS; at_ms += PLAY_UNTIL_MS / 8) {
            world_advance(fresh, play_tick(&play, at_ms));
            world_advance(used, play_tick(&play, at_ms));
            play_check_same(fresh, used, number, "a reset world is another one");
        }
        CHECK_EQ(world_order_count(fresh), world_order_count(used));
        world_destroy(&fresh);
        world_destroy(&used);
        play_close(&play);
    }
}

TEST(world, how_a_way_is_split_does_not_matter) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        struct world *whole = play_world(&play, "doctrine", 5, 0, true, NULL);
        struct world *parts = play_world(&play, "doctrine", 5, 0, true, NULL);
        world_advance(whole, play_tick(&play, PLAY_UNTIL_MS));
        int64_t at_ms = 0;
        for (int64_t step = 1; at_ms < PLAY_UNTIL_MS; step++) {
            world_advance(parts, play_tick(&play, at_ms));
            if (step % 7 == 0 && world_next_ms(parts) != SPILL_NEVER &&
                world_next_ms(parts) < play_tick(&play, PLAY_UNTIL_MS)) {
                at_ms = world_next_ms(parts);
            } else {
                at_ms += step * step % 97 * MODEL_MINUTE / 4;
            }
        }
        world_advance(parts, play_tick(&play, PLAY_UNTIL_MS));
        play_check_same(whole, parts, number, "split in another way it is another world");
        world_destroy(&whole);
        world_destroy(&parts);
        play_close(&play);
    }
}

/* Gives another world's orders at the times at which they were given. */
static void replay_orders(const struct world *from, struct world *to, int64_t until_ms) {
    for (size_t i = 0; i < world_order_count(from); i++) {
        const struct world_order_facts order = world_order_at(from, (uint32_t)i);
        world_advance(to, order.given_ms);
        uint32_t given = 0;
        int64_t acts_at_ms = 0;
        CHECK_OK(world_order(to, order.cell, &order.request, &given, &acts_at_ms, NULL));
        CHECK_EQ(given, i);
        CHECK_EQ(acts_at_ms, order.acts_at_ms);
        CHECK_EQ(world_order_at(to, given).name, order.name);
    }
    world_advance(to, until_ms);
}

TEST(world, a_teams_orders_given_by_hand_make_the_same_world) {
    size_t orders = 0;
    size_t fired = 0;
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        const int64_t until_ms = play_tick(&play, PLAY_UNTIL_MS);
        struct world *team = play_world(&play, "doctrine", number, 0, true, NULL);
        struct world *hand = play_world(&play, NULL, number, 0, true, NULL);
        world_advance(team, until_ms);
        replay_orders(team, hand, until_ms);
        play_check_same(team, hand, number, "orders given by hand make another world");
        orders += world_order_count(team);
        for (uint32_t i = 0; i < PLAY_RULES; i++) {
            fired += (size_t)world_fired_count(team, (struct rule_ref){i});
        }
        CHECK_EQ(world_dropped_count(team), 0);
        world_destroy(&team);
        world_destroy(&hand);
        play_close(&play);
    }
    /* The plays do play. */
    CHECK_LT((size_t)PLAYS * 5, orders);
    CHECK_LT((size_t)PLAYS * 3, fired);
}

TEST(world, digests_and_pictures_change_nothing) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        const int64_t until_ms = play_tick(&play, PLAY_UNTIL_MS);
        struct world *full = play_world(&play, "doctrine", number, 2, true, NULL);
        struct world *lean = play_world(&play, "doctrine", number, 2, false, NULL);
        world_advance(full, until_ms);
        world_advance(lean, until_ms);
        CHECK_EQ(world_order_count(full), world_order_count(lean));
        for (uint32_t i = 0; i < world_order_count(full); i++) {
            CHECK_EQ(world_order_at(full, i).given_ms, world_order_at(lean, i).given_ms);
            CHECK_EQ(world_order_at(full, i).name, world_order_at(lean, i).name);
        }
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            const struct asset_ref asset = {i};
            CHECK_EQ(cascade_asset_tally(world_cascade(full), asset).person_ms,
                     cascade_asset_tally(world_cascade(lean), asset).person_ms);
        }
        world_destroy(&full);
        world_destroy(&lean);
        play_close(&play);
    }
}

TEST(world, a_copy_goes_on_as_its_original) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        struct world *original = play_world(&play, "doctrine", number, 0, true, NULL);
        struct world *copy = play_world(&play, "doctrine", 77, 4, true, NULL);
        world_advance(copy, play_tick(&play, MODEL_HOUR)); /* It had a past of its own. */
        world_advance(original, play_tick(&play, PLAY_UNTIL_MS / 3));
        world_copy(copy, original);
        world_redraw(copy, 0);
        play_check_same(original, copy, number, "a copy is not its original");
        for (int64_t at_ms = PLAY_UNTIL_MS / 3; at_ms <= PLAY_UNTIL_MS; at_ms += MODEL_HOUR) {
            world_advance(copy, play_tick(&play, at_ms));
            world_advance(original, play_tick(&play, at_ms));
            play_check_same(original, copy, number, "a copy goes another way");
        }
        CHECK_EQ(world_order_count(original), world_order_count(copy));
        world_destroy(&copy);
        world_destroy(&original);
        play_close(&play);
    }
}

TEST(world, a_redrawn_copy_keeps_the_past_and_changes_the_future) {
    size_t different = 0;
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        struct world *live = play_world(&play, NULL, number, 0, true, NULL);
        struct world *forecast = play_world(&play, "doctrine", 0, 0, true, NULL);
        struct world *again = play_world(&play, "doctrine", 0, 0, true, NULL);
        const int64_t now_ms = play_tick(&play, PLAY_UNTIL_MS / 4);
        world_advance(live, now_ms);
        world_copy(forecast, live);
        world_redraw(forecast, 6);
        world_copy(again, live);
        world_redraw(again, 6);
        CHECK_LT(now_ms, world_next_ms(forecast));
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            CHECK_EQ(cascade_service_ppm(world_cascade(live), (struct asset_ref){i}),
                     cascade_service_ppm(world_cascade(forecast), (struct asset_ref){i}));
        }
        world_advance(forecast, play_tick(&play, PLAY_UNTIL_MS));
        world_advance(again, play_tick(&play, PLAY_UNTIL_MS));
        play_check_same(forecast, again, number, "one replica has two futures");
        world_advance(live, play_tick(&play, PLAY_UNTIL_MS));
        uint8_t one[CASCADE_DIGEST_BYTES];
        uint8_t other[CASCADE_DIGEST_BYTES];
        world_digest(live, one);
        world_digest(forecast, other);
        different += memcmp(one, other, sizeof one) != 0;
        world_destroy(&forecast);
        world_destroy(&again);
        world_destroy(&live);
        play_close(&play);
    }
    CHECK_LT((size_t)PLAYS / 2, different);
}

/* ---- What cells are told ---- */

enum { HISTORY_MAX = 60000 };

/* Every change of an asset, as it happened; and what was told of it. */
struct history {
    struct world *world;
    struct {
        int64_t at_ms;
        struct asset_ref asset;
        int64_t service_ppm;
        enum asset_status status;
    } changes[HISTORY_MAX];
    size_t change_count;
    size_t told_count;
};

static struct history history;

static void on_change(int64_t at_ms, const struct asset_ref *changed, size_t count, void *context) {
    struct history *const kept = context;
    for (size_t i = 0; i < count; i++) {
        CHECK_LT(kept->change_count, (size_t)HISTORY_MAX);
        kept->changes[kept->change_count].at_ms = at_ms;
        kept->changes[kept->change_count].asset = changed[i];
        kept->changes[kept->change_count].service_ppm =
            cascade_service_ppm(world_cascade(kept->world), changed[i]);
        kept->changes[kept->change_count].status =
            cascade_status(world_cascade(kept->world), changed[i]);
        kept->change_count++;
    }
}

/* The truth about an asset at a time. */
static size_t history_find(const struct history *kept, struct asset_ref asset, int64_t at_ms) {
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < kept->change_count && kept->changes[i].at_ms <= at_ms; i++) {
        if (kept->changes[i].asset.index == asset.index) {
            found = i;
        }
    }
    return found;
}

static void on_report(int64_t at_ms, struct cell_ref cell, const struct report *report,
                      void *context) {
    struct history *const kept = context;
    const struct world *const world = kept->world;
    const int64_t delay_ms = script_cell_reporting_delay_ms(play.script, cell);
    const int64_t tick_ms = network_tick_ms(play_network(&play));
    CHECK_LE(report->at_ms + delay_ms, at_ms);
    CHECK_LT(at_ms, report->at_ms + delay_ms + tick_ms);
    kept->told_count++;
    if (report->asset.index == NETWORK_NO_INDEX) {
        CHECK(view_has_country(world_view(world, cell), report->country));
        return;
    }
    CHECK(script_cell_sees(play.script, cell, report->asset));
    const size_t truth = history_find(kept, report->asset, report->at_ms);
    if (truth == SIZE_MAX) {
        CHECK_EQ(report->service_ppm, SPILL_PPM); /* Only its intrusions are known. */
    } else {
        CHECK_EQ(report->service_ppm, kept->changes[truth].service_ppm);
        CHECK_EQ(report->status, kept->changes[truth].status);
    }
    struct report known;
    CHECK(view_report(world_view(world, cell), report->asset, &known));
    CHECK_EQ(known.at_ms, report->at_ms);
    CHECK_EQ(known.service_ppm, report->service_ppm);
    CHECK_EQ(known.detected, report->detected);
}

/* What a cell knows of an asset was so at a time that is at most two delays ago, and is the newest
 * of its age. */
static void check_sight(const struct history *kept, struct cell_ref cell, int64_t now_ms) {
    const struct world *const world = kept->world;
    size_t count = 0;
    const struct asset_ref *const assets = view_assets(world_view(world, cell), &count);
    const int64_t delay_ms = script_cell_reporting_delay_ms(play.script, cell);
    for (size_t i = 0; i < count; i++) {
        struct report known;
        CHECK(view_report(world_view(world, cell), assets[i], &known));
        const size_t truth = history_find(
            kept, assets[i], now_ms - 2 * delay_ms - 2 * network_tick_ms(play_network(&play)));
        if (truth != SIZE_MAX) {
            CHECK_LE(kept->changes[truth].at_ms, known.at_ms);
        }
    }
}

TEST(world, cells_learn_the_truth_after_their_delay_and_never_early) {
    for (uint64_t number = 0; number < PLAYS; number++) {
        play_open(&play, number);
        memset(&history, 0, sizeof history);
        const struct world_sink sink = {
            .on_change = on_change, .on_report = on_report, .context = &history};
        history.world = play_world(&play, "doctrine", number, 0, false, &sink);
        for (int64_t at_ms = 0; at_ms <= PLAY_UNTIL_MS; at_ms += 11 * MODEL_MINUTE) {
            world_advance(history.world, play_tick(&play, at_ms));
            for (uint32_t cell = 0; cell < PLAY_CELLS; cell++) {
                check_sight(&history, (struct cell_ref){cell}, world_now_ms(history.world));
            }
        }
        world_destroy(&history.world);
        play_close(&play);
    }
}

/* ---- Reading ---- */

/* A count by looking at every asset. */
static int64_t count_slowly(const struct world *world, uint32_t sector, uint32_t country,
                            int64_t below_ppm) {
    const struct network *const network = play_network(&play);
    int64_t count = 0;
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        count +=
            (sector == CONDITION_EVERY || network_asset_sector(network, asset).index == sector) &&
            (country == CONDITION_EVERY ||
             network_asset_country(network, asset).index == country) &&
            cascade_service_ppm(world_cascade(world), asset) < below_ppm;
    }
    return count;
}

static int64_t without_slowly(const struct world *world, uint32_t sector, uint32_t country) {
    int64_t people = 0;
    for (uint32_t i = 0; i < RANDOM_COUNTRIES; i++) {
        for (uint32_t j = 0; j < 2; j++) {
            if ((country == CONDITION_EVERY || country == i) &&
                (sector == CONDITION_EVERY || sector == j)) {
                people += cascade_people_without(world_cascade(world), (struct country_ref){i},
                                                 (struct sector_ref){j});
            }
        }
    }
    return people;
}

/* floor of the mean service, weighted by people, or by asset where there are none. */
static int64_t level_slowly(const struct world *world, uint32_t sector, uint32_t country) {
    const struct network *const network = play_network(&play);
    int64_t people = 0;
    int64_t weighted = 0;
    int64_t count = 0;
    int64_t sum = 0;
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        if ((sector == CONDITION_EVERY || network_asset_sector(network, asset).index == sector) &&
            (country == CONDITION_EVERY ||
             network_asset_country(network, asset).index == country)) {
            const int64_t service_ppm = cascade_service_ppm(world_cascade(world), asset);
            people += network_asset_people(network, asset);
            weighted += network_asset_people(network, asset) * service_ppm;
            count++;
            sum += service_ppm;
        }
    }
    return count == 0 ? SPILL_PPM : people > 0 ? weighted / people : sum / count;
}

static void check_reading(const struct world *world, uint32_t sector, uint32_t country) {
    const uint32_t arguments[CONDITION_ARGUMENTS_MAX] = {sector, country};
    CHECK_EQ(world_read(FUNCTION_FAILED_COUNT, arguments, world),
             count_slowly(world, sector, country, SPILL_FAILED_BELOW));
    CHECK_EQ(world_read(FUNCTION_DEGRADED_COUNT, arguments, world),
             count_slowly(world, sector, country, SPILL_PPM));
    CHECK_EQ(world_read(FUNCTION_PEOPLE_WITHOUT, arguments, world),
             without_slowly(world, sector, country));
    CHECK_EQ(world_read(FUNCTION_LEVEL, arguments, world), level_slowly(world, sector, country));
}

TEST(world, counts_kept_up_to_date_are_those_of_a_recount) {
    for (uint64_t number = 0; number < PLAYS / 2; number++) {
        play_open(&play, number);
        struct world *world = play_world(&play, "doctrine", number, 0, false, NULL);
        for (int64_t at_ms = 0; at_ms <= PLAY_UNTIL_MS; at_ms += 23 * MODEL_MINUTE) {
            world_advance(world, play_tick(&play, at_ms));
            for (uint32_t sector = 0; sector < 2; sector++) {
                for (uint32_t country = 0; country < RANDOM_COUNTRIES; country++) {
                    check_reading(world, sector, country);
                }
                check_reading(world, sector, CONDITION_EVERY);
            }
            check_reading(world, CONDITION_EVERY, CONDITION_EVERY);
        }
        world_destroy(&world);
        play_close(&play);
    }
}

TEST(world, every_failed_allocation_is_reported_and_leaks_nothing) {
    play_open(&play, 1);
    const struct world_options options = {.seed = 1, .team = "doctrine", .digests = true};
    for (long after = 0;; after++) {
        struct world *world = NULL;
        spill_alloc_fail_after(after, false);
        const enum spill_status status =
            world_create(play_network(&play), play.script, &options, &world);
        spill_alloc_fail_after(-1, false);
        if (status == SPILL_OK) {
            CHECK_LT(20, after);
            world_destroy(&world);
            break;
        }
        CHECK_EQ(status, SPILL_MEMORY);
        CHECK(world == NULL);
    }
    for (long after = 0;; after++) {
        struct script *script = NULL;
        spill_alloc_fail_after(after, false);
        const enum spill_status status =
            script_create(&play.spec, play_network(&play), &script, NULL);
        spill_alloc_fail_after(-1, false);
        if (status == SPILL_OK) {
            CHECK_LT(20, after);
            script_destroy(&script);
            break;
        }
        CHECK_EQ(status, SPILL_MEMORY);
        CHECK(script == NULL);
    }
    play_close(&play);
}
