/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a team of threads evaluates a round as one thread does: same records, same tallies,
 * same digest. */
#include "coordinator/cascade/team.h"

#include "tests/cascade/random.h"

enum { TEAM_CASES = 10 };

static struct random_model team_random;

/* What a whole trajectory came to. */
struct team_result {
    uint8_t digest[CASCADE_DIGEST_BYTES];
    uint8_t records[CASCADE_DIGEST_BYTES];
    size_t record_count;
};

static void team_play(uint64_t number, int threads, size_t grain, struct team_result *result) {
    team_set_threads(threads);
    team_set_grain(grain);
    random_make(&team_random, number);
    struct model *const model = &team_random.model;
    model_open(model, number * 5 + 2);
    random_make_actions(&team_random);
    random_act(&team_random, model->cascade, -1);
    model_run(model, RANDOM_UNTIL_MS);
    cascade_digest(model->cascade, result->digest);
    result->record_count = model->record_count;
    uint64_t sum = 0;
    for (size_t i = 0; i < model->record_count; i++) {
        const struct cause_record *const record = &model->records[i];
        sum = sum * UINT64_C(6364136223846793005) + record->parent * 31 + record->asset.index * 17 +
              (uint64_t)record->after_ppm * 7 + record->link.index + record->root.index +
              record->round;
    }
    memset(result->records, 0, sizeof result->records);
    memcpy(result->records, &sum, sizeof sum);
    model_close(model);
    team_set_threads(1);
    team_set_grain(TEAM_GRAIN);
}

TEST(team, any_number_of_threads_gives_what_one_thread_gives) {
    static const int threads[] = {2, 3, 8};
    size_t records = 0;
    for (uint64_t number = 0; number < TEAM_CASES; number++) {
        struct team_result alone;
        team_play(number, 1, TEAM_GRAIN, &alone);
        records += alone.record_count;
        for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
            struct team_result together;
            team_play(number, threads[i], 1, &together);
            CHECK_EQ(alone.record_count, together.record_count);
            CHECK_BYTES(alone.records, sizeof alone.records, together.records,
                        sizeof together.records);
            CHECK_BYTES(alone.digest, sizeof alone.digest, together.digest, sizeof together.digest);
        }
    }
    CHECK_LT((size_t)500, records);
}
