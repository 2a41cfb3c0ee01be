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

/* ---- Going on with a recording ---- */

enum { SESSION_RECORDS_MAX = 8192 };

/* Copies the first `count` records of a recording, one byte of record `wrong` changed (0: none). */
static void session_copy(const char *from, const char *to, uint64_t count, uint64_t wrong) {
    static struct recording_file files[64];
    static uint8_t bytes[RECORDING_RECORD_BYTES_MAX];
    struct recording *source = NULL;
    struct recording *copy = NULL;
    struct recording_cursor *cursor = NULL;
    struct record record;
    size_t file_count = 0;
    uint64_t sequence = 0;
    CHECK_OK(recording_open(from, RECORDING_READ, NULL, &source, NULL));
    CHECK_OK(recording_cursor_open(source, 1u << RECORD_FILE, 1, &cursor));
    while (recording_cursor_next(cursor, &record) == SPILL_OK) {
        CHECK_LT(file_count, (size_t)64);
        uint8_t *const body = malloc(record.body_bytes + 1);
        memcpy(body, record.body, record.body_bytes);
        files[file_count++] = (struct recording_file){
            .path = strdup(record.text), .bytes = body, .size_bytes = record.body_bytes};
    }
    recording_cursor_close(&cursor);
    const struct recording_options options = {.keys = &session_keys};
    CHECK_OK(
        recording_create(to, recording_meta(source), files, file_count, &options, &copy, NULL));
    CHECK_OK(recording_cursor_open(
        source, 1u << RECORD_INPUT | 1u << RECORD_OUTPUT | 1u << RECORD_DIGEST, 1, &cursor));
    while (recording_cursor_next(cursor, &record) == SPILL_OK && record.sequence <= count) {
        memcpy(bytes, record.body, record.body_bytes);
        bytes[record.body_bytes - 1] ^= record.sequence == wrong;
        record.body = bytes;
        uint64_t durable = 0;
        if (recording_append(copy, &record, &sequence) == SPILL_LIMIT) {
            CHECK_OK(recording_commit(copy, 0, 0, &durable, NULL));
            CHECK_OK(recording_append(copy, &record, &sequence));
        }
    }
    uint64_t durable = 0;
    CHECK_OK(recording_commit(copy, 0, 0, &durable, NULL));
    recording_cursor_close(&cursor);
    recording_close(&copy);
    recording_close(&source);
    for (size_t i = 0; i < file_count; i++) {
        free((void *)files[i].path);
        free((void *)files[i].bytes);
    }
}

static enum spill_status session_go_on(struct fixture *fixture, const char *path,
                                       struct spill_error *error) {
    const struct session_options options = {
        .scenario = fixture->scenario,
        .package = fixture->package,
        .record_path = path,
        .team = "doctrine",
        .program = "test",
        .seats = seats_way(fixture->seats),
        .on_output = fixture_count,
        .context = fixture,
    };
    session_close(&fixture->session);
    return session_resume(&options, NULL, NULL, &fixture->session, error);
}

/* Cut off anywhere, a recording is gone on with: what its last inputs gave is recorded now, and
 * each cell's streams stand where they stood. With anything in it that does not come out again it
 * is refused. */
TEST(session, goes_on_with_a_recording_that_was_cut_off) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char cut[TEMPORARY_PATH_BYTES];
    uint8_t digest[CASCADE_DIGEST_BYTES];
    struct spill_error error = {0};
    struct fixture fixture;
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    fixture_open(&fixture, "doctrine", path);
    fixture_play(&fixture, INT64_C(1) << 40, digest);
    struct recording *recording = NULL;
    struct recording_summary summary;
    CHECK_OK(recording_open(path, RECORDING_READ, NULL, &recording, NULL));
    recording_summary(recording, &summary);
    const uint64_t first = 2 + recording_file_count(recording);
    recording_close(&recording);
    size_t refused = 0;
    for (uint64_t count = first; count < summary.records; count += 7) {
        char name[32];
        snprintf(name, sizeof name, "%d.spill", (int)count);
        session_copy(path, temporary_path(&folder, name, cut), count, 0);
        if (session_go_on(&fixture, cut, &error) != SPILL_OK) {
            CHECK_FAIL("cut behind record %d: %s", (int)count, error.text);
        }
        for (uint32_t i = 0; i < script_cell_count(scenario_script(fixture.scenario)); i++) {
            struct cell_now now;
            const struct cell_ref cell = {i};
            exercise_cell(session_exercise(fixture.session), cell, &now);
            const struct frame_position position = session_seat_position(fixture.session, cell);
            CHECK_EQ(position.sequence, now.sequence);
            CHECK_BYTES(position.head, sizeof now.head, now.head, sizeof now.head);
        }
        CHECK_OK(session_keep(fixture.session, &error));
        session_close(&fixture.session);
        CHECK_OK(recording_open(cut, RECORDING_READ, NULL, &recording, &error));
        struct recording_summary completed;
        recording_summary(recording, &completed);
        CHECK_LE(count, completed.records);
        recording_close(&recording);
        snprintf(name, sizeof name, "%d.wrong", (int)count);
        session_copy(path, temporary_path(&folder, name, cut), count, count);
        const enum spill_status status = session_go_on(&fixture, cut, &error);
        refused += status == SPILL_CORRUPT;
        CHECK(status == SPILL_CORRUPT || status == SPILL_OK);
    }
    /* A changed input may be another sound one; a changed result never passes. */
    CHECK_LT((summary.records - first) / 7 / 2, refused);
    fixture_close(&fixture);
    temporary_destroy(&folder);
}
