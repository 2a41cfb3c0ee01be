/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/random.h"

enum { PROPERTIES_CASES = 150 };

static struct random_model properties_random;
static struct random_model properties_other;

/* The network and trajectory of a case, with its actions given. */
static struct model *properties_open(uint64_t number) {
    random_make(&properties_random, number);
    model_open(&properties_random.model, number * 3 + 1);
    random_make_actions(&properties_random);
    random_act(&properties_random, properties_random.model.cascade, -1);
    return &properties_random.model;
}

static void properties_check_tallies(const struct model *model, uint64_t number) {
    const struct cascade *const cascade = model->cascade;
    const uint32_t countries = (uint32_t)network_country_count(model->network);
    const uint32_t sectors = (uint32_t)network_sector_count(model->network);
    int64_t people = 0;
    int64_t value = 0;
    for (uint32_t hit = 0; hit < countries; hit++) {
        int64_t by_sector = 0;
        for (uint32_t sector = 0; sector < sectors; sector++) {
            by_sector +=
                cascade_person_ms(cascade, (struct country_ref){hit}, (struct sector_ref){sector});
            value +=
                cascade_value_ms(cascade, (struct country_ref){hit}, (struct sector_ref){sector});
        }
        int64_t by_root = cascade_spill_ms(cascade, (struct country_ref){NETWORK_NO_INDEX},
                                           (struct country_ref){hit});
        for (uint32_t from = 0; from < countries; from++) {
            by_root +=
                cascade_spill_ms(cascade, (struct country_ref){from}, (struct country_ref){hit});
        }
        if (by_sector != by_root) {
            CHECK_FAIL("case %llu: country %u", (unsigned long long)number, hit);
        }
        people += by_sector;
    }
    int64_t of_roots = 0;
    for (uint32_t i = 0; i < cascade_root_count(cascade); i++) {
        of_roots += cascade_root_person_ms(cascade, (struct root_ref){i});
    }
    CHECK_EQ(of_roots, people);
    for (uint32_t i = 0; i < network_asset_count(model->network); i++) {
        const struct asset_tally tally = cascade_asset_tally(cascade, (struct asset_ref){i});
        people -= tally.person_ms;
        value -= tally.value_ms;
    }
    CHECK_EQ(people, 0);
    CHECK_EQ(value, 0);
}

TEST(properties, sums_over_assets_roots_and_the_matrix_are_one) {
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        for (int64_t at_ms = 0; at_ms <= RANDOM_UNTIL_MS; at_ms += 37 * MODEL_MINUTE + 123) {
            model_run(model, at_ms);
            properties_check_tallies(model, number);
        }
        model_close(model);
    }
}

TEST(properties, causes_form_a_forest_that_grows_from_roots) {
    size_t chained = 0;
    size_t layered = 0;
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        model_run(model, RANDOM_UNTIL_MS);
        int64_t service_ppm[RANDOM_ASSETS];
        for (size_t i = 0; i < RANDOM_ASSETS; i++) {
            service_ppm[i] = MODEL_Q;
        }
        for (size_t i = 0; i < model->record_count; i++) {
            const struct cause_record *const record = &model->records[i];
            CHECK_EQ(record->number, (uint64_t)(i + 1));
            CHECK_EQ(service_ppm[record->asset.index], record->before_ppm);
            service_ppm[record->asset.index] = record->after_ppm;
            CHECK_EQ(record->root.index == NETWORK_NO_INDEX, record->after_ppm == MODEL_Q);
            if (record->parent == 0) {
                continue;
            }
            chained++;
            const struct cause_record *const parent = &model->records[record->parent - 1];
            CHECK_LT(record->parent, record->number);
            CHECK_LE(parent->at_ms, record->at_ms);
            if (record->limit == LIMIT_LAYER) {
                layered++; /* Whoever moved the layer may be a line, of another sector. */
            } else {
                CHECK_EQ(parent->asset.index,
                         network_link_supplier(model->network, record->link).index);
            }
            /* The root travels with the value. */
            CHECK_EQ(parent->root.index, record->root.index);
            if (i > 0 && model->records[i - 1].at_ms == record->at_ms) {
                CHECK_LE(model->records[i - 1].round, record->round);
            }
        }
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            CHECK_EQ(service_ppm[i], cascade_service_ppm(model->cascade, (struct asset_ref){i}));
        }
        model_close(model);
    }
    CHECK_LT((size_t)1000, chained);
    CHECK_LT((size_t)100, layered);
}

static void properties_same_digest(struct cascade *left, struct cascade *right, uint64_t number) {
    uint8_t left_digest[CASCADE_DIGEST_BYTES];
    uint8_t right_digest[CASCADE_DIGEST_BYTES];
    cascade_digest(left, left_digest);
    cascade_digest(right, right_digest);
    if (memcmp(left_digest, right_digest, sizeof left_digest) != 0) {
        CHECK_FAIL("case %llu: the digests differ at %lld ms", (unsigned long long)number,
                   (long long)cascade_now_ms(left));
    }
}

TEST(properties, the_digest_kept_up_is_the_digest_from_scratch) {
    for (uint64_t number = 0; number < PROPERTIES_CASES / 3; number++) {
        struct model *const model = properties_open(number);
        const struct cascade_options options = {.seed = 99, .digests = true};
        for (int64_t at_ms = 0; at_ms <= RANDOM_UNTIL_MS; at_ms += 53 * MODEL_MINUTE) {
            model_run(model, at_ms);
            struct cascade *fresh = NULL;
            CHECK_OK(cascade_create(model->network, &options, &fresh));
            cascade_copy(fresh, model->cascade);
            properties_same_digest(model->cascade, fresh, number);
            cascade_destroy(&fresh);
        }
        model_close(model);
    }
}

TEST(properties, a_trajectory_is_the_same_after_a_reset_and_without_causes) {
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        const struct cascade_options options = {.seed = number + 1000, .digests = true};
        struct cascade *used = NULL;
        CHECK_OK(cascade_create(model->network, &options, &used));
        random_act(&properties_random, used, -1);
        random_run(used, RANDOM_UNTIL_MS / (int64_t)(1 + number % 3));
        uint8_t digest[CASCADE_DIGEST_BYTES];
        if (number % 2 == 0) {
            cascade_digest(used, digest);
        }
        cascade_reset(used, number * 3 + 1, 0);
        cascade_digest(used, digest);
        for (size_t i = 0; i < sizeof digest; i++) {
            CHECK_EQ(digest[i], 0);
        }
        random_act(&properties_random, used, -1);
        for (int64_t at_ms = 0; at_ms <= RANDOM_UNTIL_MS; at_ms += 100 * MODEL_MINUTE) {
            model_run(model, at_ms);
            random_run(used, at_ms);
            properties_same_digest(model->cascade, used, number);
        }
        CHECK_EQ(cascade_next_ms(model->cascade), cascade_next_ms(used));
        cascade_destroy(&used);
        model_close(model);
    }
}

TEST(properties, a_copy_goes_on_as_the_original_does) {
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        const struct cascade_options options = {.seed = 1, .digests = true};
        struct cascade *copy = NULL;
        CHECK_OK(cascade_create(model->network, &options, &copy));
        random_act(&properties_random, copy, -1);
        random_run(copy, MODEL_HOUR);
        model_run(model, RANDOM_UNTIL_MS / 4 + (int64_t)number * MODEL_MINUTE);
        cascade_copy(copy, model->cascade);
        properties_same_digest(model->cascade, copy, number);
        for (int64_t at_ms = RANDOM_UNTIL_MS * 3 / 4; at_ms <= RANDOM_UNTIL_MS;
             at_ms += 10 * MODEL_MINUTE) {
            model_run(model, at_ms);
            random_run(copy, at_ms);
            properties_same_digest(model->cascade, copy, number);
        }
        for (uint32_t i = 0; i < network_link_count(model->network); i++) {
            CHECK_EQ(cascade_link_person_ms(copy, (struct link_ref){i}),
                     cascade_link_person_ms(model->cascade, (struct link_ref){i}));
        }
        cascade_destroy(&copy);
        model_close(model);
    }
}

/* Seven minutes are whole ticks of every length that random models have. */
#define PROPERTIES_WINDOW_MS (7 * MODEL_MINUTE)

TEST(properties, idling_between_and_giving_actions_late_is_the_same) {
    for (uint64_t number = 0; number < PROPERTIES_CASES / 3; number++) {
        struct model *const model = properties_open(number);
        const struct cascade_options options = {.seed = number * 3 + 1, .digests = true};
        struct cascade *idler = NULL;
        CHECK_OK(cascade_create(model->network, &options, &idler));
        for (int64_t at_ms = 0; at_ms <= RANDOM_UNTIL_MS; at_ms += PROPERTIES_WINDOW_MS) {
            /* The actions of the window that ends now. */
            for (size_t i = 0; i < RANDOM_ACTIONS; i++) {
                const int64_t acts_ms = properties_random.action_at_ms[i];
                if (acts_ms <= at_ms && acts_ms > at_ms - PROPERTIES_WINDOW_MS) {
                    CHECK_OK(cascade_act(idler, acts_ms, &properties_random.actions[i]));
                }
            }
            for (int64_t part = 2; part >= 0; part--) {
                random_run(idler, at_ms > part * 77777 ? at_ms - part * 77777 : at_ms);
            }
        }
        random_run(idler, RANDOM_UNTIL_MS + PROPERTIES_WINDOW_MS);
        model_run(model, RANDOM_UNTIL_MS + PROPERTIES_WINDOW_MS);
        properties_same_digest(model->cascade, idler, number);
        properties_check_tallies(model, number);
        cascade_destroy(&idler);
        model_close(model);
    }
}

/* Turns every list of a specification round. */
static void properties_reverse(void *items, size_t count, size_t size_bytes) {
    char swap[sizeof(struct campaign_spec) + sizeof(struct asset_spec)];
    CHECK_LE(size_bytes, sizeof swap);
    char *const bytes = items;
    for (size_t i = 0; i < count / 2; i++) {
        memcpy(swap, bytes + i * size_bytes, size_bytes);
        memcpy(bytes + i * size_bytes, bytes + (count - 1 - i) * size_bytes, size_bytes);
        memcpy(bytes + (count - 1 - i) * size_bytes, swap, size_bytes);
    }
}

static void properties_reverse_all(struct model *model) {
    properties_reverse(model->countries, model->spec.country_count, sizeof model->countries[0]);
    properties_reverse(model->sectors, model->spec.sector_count, sizeof model->sectors[0]);
    properties_reverse(model->pools, model->spec.pool_count, sizeof model->pools[0]);
    properties_reverse(model->tags, model->spec.tag_count, sizeof model->tags[0]);
    properties_reverse(model->surges, model->spec.surge_count, sizeof model->surges[0]);
    properties_reverse(model->assets, model->spec.asset_count, sizeof model->assets[0]);
    properties_reverse(model->needs, model->spec.need_count, sizeof model->needs[0]);
    properties_reverse(model->links, model->spec.link_count, sizeof model->links[0]);
    properties_reverse(model->trusts, model->spec.trust_count, sizeof model->trusts[0]);
    properties_reverse(model->campaigns, model->spec.campaign_count, sizeof model->campaigns[0]);
    for (size_t i = 0; i < model->spec.asset_count; i++) {
        properties_reverse((void *)(uintptr_t)model->assets[i].tags, model->assets[i].tag_count,
                           sizeof(char *));
    }
    for (size_t i = 0; i < model->spec.campaign_count; i++) {
        struct campaign_spec *const campaign = &model->campaigns[i];
        properties_reverse((void *)(uintptr_t)campaign->tags, campaign->tag_count, sizeof(char *));
        properties_reverse((void *)(uintptr_t)campaign->entries, campaign->entry_count,
                           sizeof(char *));
        properties_reverse((void *)(uintptr_t)campaign->pushes, campaign->push_count,
                           sizeof campaign->pushes[0]);
    }
}

TEST(properties, the_order_of_the_input_changes_nothing) {
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        random_make(&properties_other, number);
        properties_reverse_all(&properties_other.model);
        model_open(&properties_other.model, number * 3 + 1);
        /* The ranks are the same, so the actions are. */
        random_act(&properties_random, properties_other.model.cascade, -1);
        model_run(model, RANDOM_UNTIL_MS);
        model_run(&properties_other.model, RANDOM_UNTIL_MS);
        properties_same_digest(model->cascade, properties_other.model.cascade, number);
        CHECK_EQ(model->record_count, properties_other.model.record_count);
        for (size_t i = 0; i < model->record_count; i++) {
            CHECK_EQ(model->records[i].parent, properties_other.model.records[i].parent);
        }
        model_close(&properties_other.model);
        model_close(model);
    }
}

/* An asset of a country and sector of its own, first in the order, that is hit too. */
TEST(properties, an_unrelated_asset_changes_no_other) {
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        random_make(&properties_other, number);
        struct model *const other = &properties_other.model;
        model_country(other, "a0");
        model_sector(other, "a0");
        struct asset_spec *const asset = model_asset(other, "a0");
        asset->country = "a0";
        asset->sector = "a0";
        model_open(other, number * 3 + 1);
        for (size_t i = 0; i < RANDOM_ACTIONS; i++) {
            /* Everything by its new rank. */
            struct action *const action = &properties_other.actions[i];
            *action = properties_random.actions[i];
            properties_other.action_at_ms[i] = properties_random.action_at_ms[i];
            action->asset.index++;
            action->country.index++;
            action->other_country.index++;
        }
        random_act(&properties_other, other->cascade, -1);
        model_damage(other, 3 * MODEL_MINUTE, "a0", 0);
        model_run(model, RANDOM_UNTIL_MS);
        model_run(other, RANDOM_UNTIL_MS);
        CHECK_EQ(other->record_count, model->record_count + 1);
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            const struct asset_tally before =
                cascade_asset_tally(model->cascade, (struct asset_ref){i});
            const struct asset_tally after =
                cascade_asset_tally(other->cascade, (struct asset_ref){i + 1});
            CHECK_EQ(before.person_ms, after.person_ms);
            CHECK_EQ(before.value_ms, after.value_ms);
            CHECK_EQ(before.first_failure_ms, after.first_failure_ms);
            CHECK_EQ(cascade_service_ppm(model->cascade, (struct asset_ref){i}),
                     cascade_service_ppm(other->cascade, (struct asset_ref){i + 1}));
        }
        model_close(other);
        model_close(model);
    }
}

TEST(properties, without_its_only_root_nothing_fails) {
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        random_make(&properties_random, number);
        struct model *const model = &properties_random.model;
        model_open(model, number);
        const struct action order = {.kind = ACTION_PATCH_TAG};
        CHECK_OK(cascade_act(model->cascade, 0, &order));
        model_run(model, RANDOM_UNTIL_MS);
        CHECK_EQ(model->record_count, (size_t)0);
        model_close(model);
    }
}

TEST(properties, a_forecast_keeps_what_was_revealed_and_differs_later) {
    int differing = 0;
    for (uint64_t number = 0; number < PROPERTIES_CASES; number++) {
        struct model *const model = properties_open(number);
        const struct cascade_options options = {.seed = 1, .digests = true};
        struct cascade *forecast = NULL;
        struct cascade *again = NULL;
        CHECK_OK(cascade_create(model->network, &options, &forecast));
        CHECK_OK(cascade_create(model->network, &options, &again));
        model_run(model, MODEL_HOUR);
        cascade_copy(forecast, model->cascade);
        cascade_redraw(forecast, 0);
        properties_same_digest(model->cascade, forecast, number);
        cascade_redraw(forecast, 7);
        cascade_copy(again, model->cascade);
        cascade_redraw(again, 7);
        CHECK_LT(cascade_now_ms(model->cascade), cascade_next_ms(forecast));
        for (uint32_t i = 0; i < RANDOM_ASSETS; i++) {
            CHECK_EQ(cascade_service_ppm(model->cascade, (struct asset_ref){i}),
                     cascade_service_ppm(forecast, (struct asset_ref){i}));
        }
        random_run(forecast, RANDOM_UNTIL_MS);
        random_run(again, RANDOM_UNTIL_MS);
        properties_same_digest(forecast, again, number);
        model_run(model, RANDOM_UNTIL_MS);
        uint8_t live[CASCADE_DIGEST_BYTES];
        uint8_t other[CASCADE_DIGEST_BYTES];
        cascade_digest(model->cascade, live);
        cascade_digest(forecast, other);
        differing += memcmp(live, other, sizeof live) != 0 ? 1 : 0;
        cascade_destroy(&again);
        cascade_destroy(&forecast);
        model_close(model);
    }
    CHECK_LT(PROPERTIES_CASES / 2, differing);
}
