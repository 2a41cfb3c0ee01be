/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play: the tutorial, played by a script of inputs and recorded, for the tests of this room. The
 * same each time, byte for byte. It needs no session, so that it proves the replay alone.
 */
#ifndef PLAY_H
#define PLAY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/exercise/exercise.h"
#include "coordinator/record/recording.h"
#include "tests/check.h"
#include "tests/support/temporary.h"

enum { PLAY_JSON_BYTES = 1 << 20 };

static const struct recording_keys play_keys = {.signing_seed = {1}, .salt_key = {2}};

struct play {
    struct package *package;
    struct scenario *scenario;
    struct exercise *exercise;
    struct recording *recording;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    char *json;
    uint8_t *bytes;
    /* For tests of what is recorded wrongly: this output (from 1) is changed, left out or doubled.
     */
    uint64_t output_count;
    uint64_t wrong_output;
    enum { PLAY_RIGHT, PLAY_CHANGED, PLAY_LEFT_OUT, PLAY_DOUBLED, PLAY_DIGEST } wrong;
    void (*on_output)(const struct output *output, void *context);
    void *context;
};

static inline void play_load(struct play *play) {
    char folder[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    struct fault_list *faults = NULL;
    snprintf(folder, sizeof folder, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    if (package_open(folder, &play->package, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    CHECK_OK(scenario_load(play->package, folder, &play->scenario, &faults));
    fault_list_destroy(&faults);
}

static inline void play_create(struct play *play, const char *path, uint32_t model_revision) {
    play_load(play);
    struct recording_meta meta = {.model_revision = model_revision,
                                  .seed = scenario_seed(play->scenario),
                                  .causes = true,
                                  .scenario = "tutorial",
                                  .team = "script",
                                  .program = "test"};
    package_hash(play->package, meta.package_hash);
    struct recording_file files[64];
    const size_t file_count = package_file_count(play->package);
    CHECK_LE(file_count, (size_t)64);
    for (size_t i = 0; i < file_count; i++) {
        const struct package_file file = package_file(play->package, i);
        files[i] = (struct recording_file){file.path, file.bytes, file.size_bytes};
    }
    const struct recording_options options = {.keys = &play_keys};
    struct spill_error error = {{0}};
    if (recording_create(path, &meta, files, file_count, &options, &play->recording, &error) !=
        SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct exercise_options exercise_options = {
        .seed = meta.seed, .digests = true, .causes = true};
    CHECK_OK(exercise_create(play->scenario, &exercise_options, &play->exercise));
    play->json = malloc(PLAY_JSON_BYTES);
    play->bytes = malloc(INPUT_BYTES_MAX);
}

static inline void play_append(struct play *play, enum record_kind kind, const uint8_t *bytes,
                               size_t size_bytes, const char *text) {
    uint64_t sequence = 0;
    const int64_t now_ms = exercise_now_ms(play->exercise);
    const struct record record = {.kind = kind,
                                  .exercise_ms = now_ms,
                                  .monotonic_us = now_ms * 1000,
                                  .utc_us = now_ms * 1000,
                                  .body = bytes,
                                  .body_bytes = size_bytes,
                                  .text = text};
    enum spill_status status = recording_append(play->recording, &record, &sequence);
    if (status == SPILL_LIMIT) {
        uint64_t durable = 0;
        CHECK_OK(recording_commit(play->recording, now_ms * 1000, now_ms * 1000, &durable, NULL));
        status = recording_append(play->recording, &record, &sequence);
    }
    CHECK_OK(status);
}

static inline void play_on_output(const struct output *output, const uint8_t *bytes,
                                  size_t size_bytes, void *context) {
    struct play *const play = context;
    play->output_count++;
    CHECK_LT(output_print_json(output, play->json, PLAY_JSON_BYTES), (size_t)PLAY_JSON_BYTES);
    const bool wrong = play->output_count == play->wrong_output;
    if (play->on_output != NULL) {
        play->on_output(output, play->context);
    }
    if (wrong && play->wrong == PLAY_LEFT_OUT) {
        return;
    }
    if (wrong && play->wrong == PLAY_CHANGED) {
        const struct output other = {.kind = OUTPUT_LINK, .link = {.cell = "nl-csirt"}};
        uint8_t changed[256];
        size_t changed_bytes = 0;
        CHECK_OK(output_encode(&other, changed, sizeof changed, &changed_bytes));
        play_append(play, RECORD_OUTPUT, changed, changed_bytes, play->json);
        return;
    }
    play_append(play, RECORD_OUTPUT, bytes, size_bytes, play->json);
    if (wrong && play->wrong == PLAY_DOUBLED) {
        play_append(play, RECORD_OUTPUT, bytes, size_bytes, play->json);
    }
}

static inline enum spill_status play_input(struct play *play, const struct input *input) {
    size_t size_bytes = 0;
    CHECK_OK(input_encode(input, play->bytes, INPUT_BYTES_MAX, &size_bytes));
    CHECK_LT(input_print_json(input, play->json, PLAY_JSON_BYTES), (size_t)PLAY_JSON_BYTES);
    play_append(play, RECORD_INPUT, play->bytes, size_bytes, play->json);
    const enum spill_status status = exercise_apply(play->exercise, input, play_on_output, play);
    uint8_t digest[CASCADE_DIGEST_BYTES];
    exercise_digest(play->exercise, digest);
    if (memcmp(digest, play->digest, sizeof digest) != 0) {
        memcpy(play->digest, digest, sizeof digest);
        digest[0] ^= play->wrong == PLAY_DIGEST && play->output_count >= play->wrong_output;
        play_append(play, RECORD_DIGEST, digest, sizeof digest, NULL);
    }
    return status;
}

static inline void play_advance(struct play *play, int64_t until_ms) {
    const struct input input = {.kind = INPUT_ADVANCE,
                                .who = {.kind = WHO_SYSTEM, .id = ""},
                                .advance = {.until_ms = until_ms}};
    CHECK_OK(play_input(play, &input));
}

static inline void play_order(struct play *play, const char *cell, const char *key,
                              const char *order, const char *asset, const char *tag,
                              const char *country) {
    const struct input input = {.kind = INPUT_ORDER,
                                .who = {.kind = WHO_CELL, .id = cell},
                                .order = {.cell = cell,
                                          .key = key,
                                          .order = order,
                                          .asset = asset,
                                          .tag = tag,
                                          .country = country,
                                          .other_country = "",
                                          .pool = "",
                                          .other_pool = "",
                                          .rationale = "because"}};
    (void)play_input(play, &input);
}

#define PLAY_HOUR_MS INT64_C(3600000)

/* Cells connect, the exercise starts, time passes in uneven steps, orders are given, one of them
 * without authority; until `end_ms`. */
static inline void play_script(struct play *play, int64_t end_ms) {
    const struct script *const script = scenario_script(play->scenario);
    for (uint32_t i = 0; i < script_cell_count(script); i++) {
        const struct input input = {
            .kind = INPUT_CELL_LINK,
            .who = {.kind = WHO_SYSTEM, .id = ""},
            .link = {.cell = script_cell_id(script, (struct cell_ref){i}), .connected = true}};
        CHECK_OK(play_input(play, &input));
    }
    const struct input start = {
        .kind = INPUT_START, .who = {.kind = WHO_CONTROL, .id = "excon"}, .clock = {.why = "go"}};
    CHECK_OK(play_input(play, &start));
    int64_t now_ms = 0;
    for (int i = 0; now_ms < end_ms; i++) {
        now_ms += 1000 + i * 37 % 29 * 60000;
        now_ms = now_ms < end_ms ? now_ms : end_ms;
        play_advance(play, now_ms);
        if (i == 3) {
            play_order(play, "nl-csirt", "a", "isolate", "nl-station-a", "", "");
        } else if (i == 4) {
            play_order(play, "nl-grid", "b", "isolate", "nl-water", "", "");
        } else if (i == 12) {
            play_order(play, "nl-csirt", "c", "reconnect", "nl-station-a", "", "");
        }
    }
}

static inline void play_finish(struct play *play) {
    const int64_t now_ms = exercise_now_ms(play->exercise);
    CHECK_OK(recording_finish(play->recording, now_ms, now_ms * 1000, now_ms * 1000, NULL));
}

static inline void play_destroy(struct play *play) {
    recording_close(&play->recording);
    exercise_destroy(&play->exercise);
    scenario_free(&play->scenario);
    package_destroy(&play->package);
    free(play->json);
    free(play->bytes);
    *play = (struct play){.package = NULL};
}

/* All twelve hours, finished, at path. */
static inline void play_all(const char *path) {
    struct play play = {.package = NULL};
    play_create(&play, path, SPILL_MODEL_REVISION);
    play_script(&play, 12 * PLAY_HOUR_MS);
    play_finish(&play);
    play_destroy(&play);
}

#endif
