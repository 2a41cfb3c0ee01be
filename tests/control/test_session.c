/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a session is the same exercise however it is paced, that it is recorded before it
 * acts, and that robots at the end of links decide as the cells of an ensemble do. */
#include "coordinator/control/seats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

static const struct recording_keys session_keys = {.signing_seed = {1, 2, 3},
                                                   .salt_key = {4, 5, 6}};

struct fixture {
    struct package *package;
    struct scenario *scenario;
    struct seats *seats;
    struct session *session;
    size_t refused;
};

static void fixture_count(const struct output *output, void *context) {
    struct fixture *const fixture = context;
    fixture->refused += output->kind == OUTPUT_REFUSED;
}

static void fixture_open(struct fixture *fixture, const char *team, const char *record_path) {
    struct spill_error error = {0};
    struct fault_list *faults = NULL;
    char folder[1024];
    snprintf(folder, sizeof folder, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    *fixture = (struct fixture){0};
    CHECK_OK(package_open(folder, &fixture->package, &error));
    CHECK_OK(scenario_load(fixture->package, folder, &fixture->scenario, &faults));
    fault_list_destroy(&faults);
    CHECK_OK(seats_create(fixture->scenario, team, 7, &fixture->seats));
    const struct session_options options = {
        .scenario = fixture->scenario,
        .package = fixture->package,
        .record_path = record_path,
        .keys = &session_keys,
        .seed = 7,
        .team = team,
        .program = "test",
        .causes = true,
        .seats = seats_way(fixture->seats),
        .on_output = fixture_count,
        .context = fixture,
    };
    CHECK_OK(session_open(&options, &fixture->session, &error));
    seats_join(fixture->seats, fixture->session);
}

static void fixture_close(struct fixture *fixture) {
    session_close(&fixture->session);
    CHECK(seats_fault(fixture->seats) == NULL);
    seats_destroy(&fixture->seats);
    scenario_free(&fixture->scenario);
    package_destroy(&fixture->package);
}

static void fixture_command(struct fixture *fixture, enum input_kind kind) {
    struct spill_error error = {0};
    const struct input input = {
        .kind = kind, .who = {.kind = WHO_CONTROL, .id = "excon"}, .clock = {.why = ""}};
    CHECK_OK(session_apply(fixture->session, &input, &error));
}

/* Plays to the end in steps of at most step_ms of exercise time. */
static void fixture_play(struct fixture *fixture, int64_t step_ms,
                         uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct spill_error error = {0};
    const int64_t end_ms = scenario_duration_ms(fixture->scenario);
    fixture_command(fixture, INPUT_START);
    int64_t now_ms = 0;
    while (now_ms < end_ms) {
        const int64_t until_ms = now_ms + step_ms < end_ms ? now_ms + step_ms : end_ms;
        CHECK_OK(session_run(fixture->session, until_ms, &error));
        CHECK_LT(now_ms, exercise_now_ms(session_exercise(fixture->session)));
        now_ms = exercise_now_ms(session_exercise(fixture->session));
    }
    fixture_command(fixture, INPUT_END);
    CHECK_OK(session_finish(fixture->session, &error));
    session_digest(fixture->session, digest);
}

TEST(session, pace_does_not_change_the_exercise) {
    uint8_t fast[CASCADE_DIGEST_BYTES];
    uint8_t slow[CASCADE_DIGEST_BYTES];
    struct fixture fixture;
    fixture_open(&fixture, "doctrine", NULL);
    fixture_play(&fixture, INT64_C(1) << 40, fast);
    fixture_close(&fixture);
    fixture_open(&fixture, "doctrine", NULL);
    fixture_play(&fixture, 17000, slow);
    CHECK_EQ(fixture.refused, (size_t)0);
    fixture_close(&fixture);
    CHECK_BYTES(fast, sizeof fast, slow, sizeof slow);
}

/* Commands that come together are one commit; what they do, and what is refused, is as one by one.
 */
TEST(session, commands_that_come_together_act_one_by_one) {
    static const enum input_kind kinds[] = {INPUT_START, INPUT_START, INPUT_PAUSE, INPUT_RESUME};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    struct temporary folder;
    struct spill_error error = {0};
    uint8_t digests[2][CASCADE_DIGEST_BYTES];
    enum spill_status statuses[2][KINDS];
    temporary_create(&folder);
    for (size_t together = 0; together < 2; together++) {
        char path[TEMPORARY_PATH_BYTES];
        struct fixture fixture;
        uint64_t sequences[KINDS] = {0};
        temporary_path(&folder, together == 0 ? "a.spill" : "b.spill", path);
        fixture_open(&fixture, "doctrine", path);
        for (size_t i = 0; i < KINDS; i++) {
            const struct input input = {.kind = kinds[i],
                                        .who = {.kind = WHO_CONTROL, .id = "excon"},
                                        .clock = {.why = ""}};
            if (together == 1) {
                CHECK_OK(session_record(fixture.session, &input, &sequences[i], &error));
                CHECK_EQ(sequences[i], sequences[0] + i); /* Nothing acts in between. */
            } else {
                statuses[0][i] = session_apply(fixture.session, &input, &error);
            }
        }
        for (size_t i = 0; together == 1 && i < KINDS; i++) {
            const struct input input = {.kind = kinds[i],
                                        .who = {.kind = WHO_CONTROL, .id = "excon"},
                                        .clock = {.why = ""}};
            statuses[1][i] = session_apply_recorded(fixture.session, &input, &error);
        }
        CHECK_OK(session_run(fixture.session, 3600000, &error));
        session_digest(fixture.session, digests[together]);
        fixture_close(&fixture);
    }
    CHECK_EQ(statuses[1][0], SPILL_OK);
    CHECK_EQ(statuses[1][1], SPILL_REFUSED);
    CHECK_BYTES(statuses[0], sizeof statuses[0], statuses[1], sizeof statuses[1]);
    CHECK_BYTES(digests[0], sizeof digests[0], digests[1], sizeof digests[1]);
    temporary_destroy(&folder);
}

TEST(session, same_seed_and_keys_give_the_same_file) {
    struct temporary folder;
    temporary_create(&folder);
    uint8_t digest[CASCADE_DIGEST_BYTES];
    char *bytes[2] = {NULL, NULL};
    size_t sizes[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) {
        char path[TEMPORARY_PATH_BYTES];
        temporary_path(&folder, i == 0 ? "a.spill" : "b.spill", path);
        struct fixture fixture;
        fixture_open(&fixture, "doctrine", path);
        fixture_play(&fixture, INT64_C(1) << 40, digest);
        fixture_close(&fixture);
        bytes[i] = temporary_read(path, &sizes[i]);
    }
    CHECK_EQ(sizes[0], sizes[1]);
    CHECK_BYTES(bytes[0], sizes[0], bytes[1], sizes[1]);
    free(bytes[0]);
    free(bytes[1]);
    temporary_destroy(&folder);
}

TEST(session, robots_decide_as_the_cells_of_an_ensemble_do) {
    static const char *const teams[] = {"doctrine", "passive"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        uint8_t digest[CASCADE_DIGEST_BYTES];
        fixture_open(&fixture, teams[i], NULL);
        fixture_play(&fixture, INT64_C(1) << 40, digest);
        const struct world_options options = {.seed = 7, .team = teams[i], .digests = true};
        struct world *world = NULL;
        CHECK_OK(world_create(scenario_network(fixture.scenario), scenario_script(fixture.scenario),
                              &options, &world));
        world_advance(world, scenario_duration_ms(fixture.scenario));
        const struct cascade *const played =
            world_cascade(exercise_world(session_exercise(fixture.session)));
        const struct cascade *const alone = world_cascade(world);
        for (uint32_t a = 0; a < network_asset_count(scenario_network(fixture.scenario)); a++) {
            const struct asset_tally left = cascade_asset_tally(played, (struct asset_ref){a});
            const struct asset_tally right = cascade_asset_tally(alone, (struct asset_ref){a});
            CHECK_EQ(left.first_failure_ms, right.first_failure_ms);
            CHECK_EQ(left.person_ms, right.person_ms);
            CHECK_EQ(left.failed_ms, right.failed_ms);
        }
        world_destroy(&world);
        fixture_close(&fixture);
    }
}

TEST(session, a_recording_that_exists_is_left_alone) {
    struct temporary folder;
    temporary_create(&folder);
    char path[TEMPORARY_PATH_BYTES];
    temporary_path(&folder, "a.spill", path);
    struct fixture fixture;
    fixture_open(&fixture, "doctrine", path);
    session_close(&fixture.session);
    const struct session_options options = {.scenario = fixture.scenario,
                                            .package = fixture.package,
                                            .record_path = path,
                                            .seed = 7,
                                            .team = "doctrine",
                                            .seats = seats_way(fixture.seats),
                                            .program = "test"};
    struct spill_error error = {0};
    CHECK_EQ(session_open(&options, &fixture.session, &error), SPILL_EXISTS);
    CHECK(fixture.session == NULL);
    CHECK(error.text[0] != '\0');
    fixture_close(&fixture);
    temporary_destroy(&folder);
}
