/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/team.h"

enum {
    REPLAY_PROGRESS_EVERY = 64, /* Inputs between two calls of on_progress. */
    REPLAY_SHOWN_BYTES = 360,   /* Of the JSON of one side of a difference. */
};

struct replay {
    struct replay_options options;
    struct recording *recording;
    struct package *package;
    struct scenario *scenario;
    char *path;
};

struct replay_walk {
    struct recording_cursor *cursor;
    struct codec_arena *arena;
    struct record record;
    struct input input;
    struct output output;
};

/* ---- Opening ---- */

static void replay_files_free(struct package_file *files, size_t file_count) {
    for (size_t i = 0; i < file_count; i++) {
        free((void *)(uintptr_t)files[i].path);
        free((void *)(uintptr_t)files[i].bytes);
    }
    free(files);
}

static enum spill_status replay_copy_file(const struct record *record, struct package_file *file,
                                          struct spill_error *error) {
    if (record->withheld || record->text == NULL) {
        return spill_fail(error, SPILL_REFUSED,
                          "a file of the scenario package is withheld in this copy (record %" PRIu64
                          ")",
                          record->sequence);
    }
    char *const path = spill_alloc(strlen(record->text) + 1, 1);
    uint8_t *const bytes = spill_alloc(record->body_bytes, 1);
    if (path == NULL || bytes == NULL) {
        free(path);
        free(bytes);
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    memcpy(path, record->text, strlen(record->text) + 1);
    if (record->body_bytes > 0) {
        memcpy(bytes, record->body, record->body_bytes);
    }
    *file = (struct package_file){path, bytes, record->body_bytes};
    return SPILL_OK;
}

static enum spill_status replay_load_package(struct replay *replay, struct spill_error *error) {
    const size_t file_count = recording_file_count(replay->recording);
    struct package_file *const files = spill_alloc(file_count, sizeof *files);
    struct recording_cursor *cursor = NULL;
    if (files == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    enum spill_status status =
        recording_cursor_open(replay->recording, 1u << RECORD_FILE, 1, &cursor);
    for (size_t i = 0; status == SPILL_OK && i < file_count; i++) {
        struct record record;
        status = recording_cursor_next(cursor, &record);
        if (status == SPILL_OK) {
            status = replay_copy_file(&record, &files[i], error);
        }
    }
    recording_cursor_close(&cursor);
    if (status == SPILL_OK) {
        status = package_create(files, file_count, &replay->package, error);
    }
    replay_files_free(files, file_count);
    if (status != SPILL_OK) {
        return status;
    }
    uint8_t hash[RECORDING_HASH_BYTES];
    package_hash(replay->package, hash);
    if (memcmp(hash, recording_meta(replay->recording)->package_hash, sizeof hash) != 0) {
        return spill_fail(
            error, SPILL_CORRUPT,
            "%s: the scenario package inside is not the one that its description names",
            replay->path);
    }
    return SPILL_OK;
}

static enum spill_status replay_load_scenario(struct replay *replay, struct spill_error *error) {
    struct fault_list *faults = NULL;
    const enum spill_status status =
        scenario_load(replay->package, replay->path, &replay->scenario, &faults);
    if (status == SPILL_INVALID) {
        char words[SPILL_ERROR_TEXT_BYTES / 2] = "";
        if (fault_list_count(faults) > 0) {
            const struct fault fault = fault_list_at(faults, 0);
            fault_print(&fault, words, sizeof words);
        }
        spill_fail(error, status, "this program cannot load the scenario inside: %s", words);
    } else if (status != SPILL_OK) {
        spill_fail(error, status, "%s", spill_status_words(status));
    }
    fault_list_destroy(&faults);
    return status;
}

static enum spill_status replay_check_revision(const struct replay *replay,
                                               struct spill_error *error) {
    const struct recording_meta *const meta = recording_meta(replay->recording);
    if (meta->model_revision == SPILL_MODEL_REVISION) {
        return SPILL_OK;
    }
    return spill_fail(error, SPILL_REVISION,
                      "%s: made by model revision %" PRIu32 " (program %s); this program has model "
                      "revision %d and cannot re-execute it",
                      replay->path, meta->model_revision, meta->program, SPILL_MODEL_REVISION);
}

enum spill_status replay_open(const char *path, const struct replay_options *options,
                              struct replay **replay, struct spill_error *error) {
    struct replay *made = spill_alloc(1, sizeof *made);
    if (made != NULL) {
        made->path = spill_alloc(strlen(path) + 1, 1);
    }
    if (made == NULL || made->path == NULL) {
        replay_close(&made);
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    memcpy(made->path, path, strlen(path) + 1);
    if (options != NULL) {
        made->options = *options;
    }
    const struct recording_options recording_options = {.on_progress = made->options.on_progress,
                                                        .context = made->options.context};
    enum spill_status status =
        recording_open(path, RECORDING_READ, &recording_options, &made->recording, error);
    if (status == SPILL_OK && !made->options.any_revision) {
        status = replay_check_revision(made, error);
    }
    if (status == SPILL_OK) {
        status = replay_load_package(made, error);
    }
    if (status == SPILL_OK) {
        status = replay_load_scenario(made, error);
    }
    if (status != SPILL_OK) {
        replay_close(&made);
        return status;
    }
    *replay = made;
    return SPILL_OK;
}

void replay_close(struct replay **replay) {
    if (*replay == NULL) {
        return;
    }
    scenario_free(&(*replay)->scenario);
    package_destroy(&(*replay)->package);
    recording_close(&(*replay)->recording);
    free((*replay)->path);
    free(*replay);
    *replay = NULL;
}

struct recording *replay_recording(struct replay *replay) {
    return replay->recording;
}

const struct scenario *replay_scenario(const struct replay *replay) {
    return replay->scenario;
}

/* ---- Walking ---- */

static enum spill_status replay_walk_kinds(struct replay *replay, uint32_t kinds,
                                           struct replay_walk **walk) {
    struct replay_walk *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = codec_arena_create(OUTPUT_ARENA_BYTES, &made->arena);
    if (status == SPILL_OK) {
        status = recording_cursor_open(replay->recording, kinds, 1, &made->cursor);
    }
    if (status != SPILL_OK) {
        replay_walk_close(&made);
        return status;
    }
    *walk = made;
    return SPILL_OK;
}

void replay_walk_close(struct replay_walk **walk) {
    if (*walk == NULL) {
        return;
    }
    recording_cursor_close(&(*walk)->cursor);
    codec_arena_destroy(&(*walk)->arena);
    free(*walk);
    *walk = NULL;
}

/* What a record says; the chain is sound, so bytes that do not decode are another program's. */
static enum spill_status replay_decode(struct replay_walk *walk, struct replay_event *event,
                                       struct spill_error *error) {
    const struct record *const record = &walk->record;
    struct spill_error words = {{0}};
    enum spill_status status = SPILL_OK;
    codec_arena_reset(walk->arena);
    *event = (struct replay_event){.record = record};
    if (record->kind == RECORD_INPUT && !record->withheld) {
        status = input_decode(record->body, record->body_bytes, walk->arena, &walk->input, &words);
        event->input = status == SPILL_OK ? &walk->input : NULL;
    } else if (record->kind == RECORD_OUTPUT && !record->withheld) {
        status =
            output_decode(record->body, record->body_bytes, walk->arena, &walk->output, &words);
        event->output = status == SPILL_OK ? &walk->output : NULL;
    }
    if (status != SPILL_OK) {
        return spill_fail(error, status, "record %" PRIu64 " (%s) cannot be understood: %s",
                          record->sequence, record_kind_name(record->kind), words.text);
    }
    return SPILL_OK;
}

static enum spill_status replay_walk_fetch(struct replay_walk *walk, struct replay_event *event,
                                           struct spill_error *error) {
    const enum spill_status status = recording_cursor_next(walk->cursor, &walk->record);
    if (status == SPILL_NOT_FOUND) {
        return status;
    }
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    return replay_decode(walk, event, error);
}

enum spill_status replay_walk_open(struct replay *replay, int64_t from_ms,
                                   struct replay_walk **walk) {
    struct replay_walk *made = NULL;
    enum spill_status status = replay_walk_kinds(
        replay, 1u << RECORD_INPUT | 1u << RECORD_OUTPUT | 1u << RECORD_DIGEST, &made);
    if (status != SPILL_OK) {
        return status;
    }
    uint64_t first = 1;
    struct record record;
    while ((status = recording_cursor_next(made->cursor, &record)) == SPILL_OK) {
        if (!record.withheld && record.exercise_ms >= from_ms) {
            break;
        }
        first = record.sequence + 1;
    }
    recording_cursor_close(&made->cursor);
    if (status == SPILL_OK || status == SPILL_NOT_FOUND) {
        status = recording_cursor_open(
            replay->recording, 1u << RECORD_INPUT | 1u << RECORD_OUTPUT | 1u << RECORD_DIGEST,
            first, &made->cursor);
    }
    if (status != SPILL_OK) {
        replay_walk_close(&made);
        return status;
    }
    *walk = made;
    return SPILL_OK;
}

enum spill_status replay_walk_next(struct replay_walk *walk, struct replay_event *event,
                                   struct spill_error *error) {
    return replay_walk_fetch(walk, event, error);
}

/* ---- Re-executing ---- */

static enum spill_status replay_begin(struct replay *replay, struct exercise **exercise,
                                      struct spill_error *error) {
    enum spill_status status = replay_check_revision(replay, error);
    if (status != SPILL_OK) {
        return status;
    }
    const struct recording_meta *const meta = recording_meta(replay->recording);
    const struct exercise_options options = {
        .seed = meta->seed, .digests = true, .causes = meta->causes};
    status = exercise_create(replay->scenario, &options, exercise);
    return status == SPILL_OK ? SPILL_OK
                              : spill_fail(error, status, "%s", spill_status_words(status));
}

static void replay_progress(const struct replay *replay, uint64_t done, uint64_t total) {
    if (replay->options.on_progress != NULL &&
        (done % REPLAY_PROGRESS_EVERY == 0 || done == total)) {
        replay->options.on_progress(done, total, replay->options.context);
    }
}

static enum spill_status replay_withheld(const struct record *record, struct spill_error *error) {
    return spill_fail(error, SPILL_REFUSED,
                      "record %" PRIu64
                      " (%s) is withheld in this copy: it verifies, but cannot be "
                      "re-executed",
                      record->sequence, record_kind_name(record->kind));
}

/* Runs to at_ms on the way to the end of an advance; how an advance is split does not matter. */
static void replay_advance(struct exercise *exercise, int64_t at_ms, exercise_output_fn output,
                           void *context) {
    const int64_t tick_ms = network_tick_ms(scenario_network(exercise_scenario(exercise)));
    const int64_t until_ms = at_ms / tick_ms * tick_ms;
    if (exercise_clock(exercise) == CLOCK_RUNNING && until_ms > exercise_now_ms(exercise)) {
        const struct input input = {.kind = INPUT_ADVANCE,
                                    .who = {.kind = WHO_SYSTEM, .id = ""},
                                    .advance = {.until_ms = until_ms}};
        const enum spill_status status = exercise_apply(exercise, &input, output, context);
        SPILL_ASSERT(status == SPILL_OK);
    }
}

static enum spill_status replay_run(struct replay *replay, struct replay_walk *walk, int64_t at_ms,
                                    exercise_output_fn output, void *context,
                                    struct exercise *exercise, struct spill_error *error) {
    struct recording_summary summary;
    recording_summary(replay->recording, &summary);
    const uint64_t total = summary.count[RECORD_INPUT];
    for (uint64_t done = 0;; done++) {
        struct replay_event event;
        const enum spill_status status = replay_walk_fetch(walk, &event, error);
        if (status == SPILL_NOT_FOUND) {
            return SPILL_OK;
        }
        if (status != SPILL_OK) {
            return status;
        }
        if (event.input == NULL) {
            return replay_withheld(event.record, error);
        }
        if (event.input->kind == INPUT_ADVANCE && event.input->advance.until_ms > at_ms) {
            replay_advance(exercise, at_ms, output, context);
            return SPILL_OK;
        }
        /* What was refused then is refused again. */
        (void)exercise_apply(exercise, event.input, output, context);
        replay_progress(replay, done + 1, total);
    }
}

enum spill_status replay_to(struct replay *replay, int64_t at_ms, exercise_output_fn output,
                            void *context, struct exercise **exercise, struct spill_error *error) {
    struct exercise *made = NULL;
    struct replay_walk *walk = NULL;
    enum spill_status status = replay_begin(replay, &made, error);
    if (status == SPILL_OK) {
        status = replay_walk_kinds(replay, 1u << RECORD_INPUT, &walk);
        if (status != SPILL_OK) {
            spill_fail(error, status, "%s", spill_status_words(status));
        }
    }
    if (status == SPILL_OK) {
        status = replay_run(replay, walk, at_ms, output, context, made, error);
    }
    replay_walk_close(&walk);
    if (status != SPILL_OK) {
        exercise_destroy(&made);
        return status;
    }
    *exercise = made;
    return SPILL_OK;
}

/* ---- Comparing ---- */

struct replay_check {
    struct replay *replay;
    struct replay_walk *results; /* Outputs and digests, as recorded. */
    struct replay_verdict *verdict;
    struct exercise *exercise;
    const struct input *input; /* The one that is applied. */
    uint64_t input_sequence;
    bool ended; /* No recorded result is left. */
    bool differs;
    enum spill_status failure; /* Of reading; SPILL_OK. */
    struct spill_error *error;
};

static void replay_shown(const struct output *output, char text[REPLAY_SHOWN_BYTES]) {
    if (output_print_json(output, text, REPLAY_SHOWN_BYTES) >= REPLAY_SHOWN_BYTES) {
        text[REPLAY_SHOWN_BYTES - 4] = '\0';
        spill_utf8_trim(text);
        strcat(text, "...");
    }
}

/* Fills in the first difference; recorded NULL: nothing was; text: what came out instead. */
static void replay_differ(struct replay_check *check, const struct record *recorded,
                          const char *text) {
    struct replay_verdict *const verdict = check->verdict;
    char was[REPLAY_SHOWN_BYTES] = "nothing";
    verdict->at_ms = exercise_now_ms(check->exercise);
    if (recorded != NULL) {
        struct replay_event event;
        verdict->sequence = recorded->sequence;
        if (recorded->kind == RECORD_DIGEST) {
            snprintf(was, sizeof was, "a state digest");
        } else if (replay_decode(check->results, &event, NULL) == SPILL_OK) {
            replay_shown(event.output, was);
        } else {
            snprintf(was, sizeof was, "an output that this program does not understand");
        }
    }
    snprintf(verdict->words, sizeof verdict->words,
             "after input %" PRIu64 " (%s): recorded was %s; what comes out is %s",
             check->input_sequence,
             check->input != NULL ? input_kind_name(check->input->kind) : "none", was, text);
    spill_utf8_trim(verdict->words);
    verdict->same = false;
    check->differs = true;
}

/* The next recorded result, as bytes; NULL: there is none, or reading failed. */
static const struct record *replay_next_result(struct replay_check *check) {
    if (check->ended || check->failure != SPILL_OK) {
        return NULL;
    }
    struct record *const record = &check->results->record;
    const enum spill_status status = recording_cursor_next(check->results->cursor, record);
    if (status == SPILL_NOT_FOUND) {
        check->ended = true;
        return NULL;
    }
    if (status != SPILL_OK) {
        check->failure = spill_fail(check->error, status, "%s", spill_status_words(status));
    } else if (record->withheld) {
        check->failure = replay_withheld(record, check->error);
    }
    return check->failure == SPILL_OK ? record : NULL;
}

/* What came out is not what is recorded. Where nothing is, a recording may have been cut off before
 * it had all results of its last inputs. */
static void replay_missed(struct replay_check *check, const struct record *recorded,
                          const char *text) {
    struct recording_summary summary;
    recording_summary(check->replay->recording, &summary);
    if (recorded != NULL || summary.closed) {
        replay_differ(check, recorded, text);
    } else {
        check->verdict->unrecorded_count++;
    }
}

static void replay_on_output(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                             void *context) {
    struct replay_check *const check = context;
    if (check->differs || check->failure != SPILL_OK) {
        return;
    }
    const struct record *const record = replay_next_result(check);
    const bool same = record != NULL && record->kind == RECORD_OUTPUT &&
                      record->body_bytes == size_bytes &&
                      memcmp(record->body, bytes, size_bytes) == 0;
    if (same) {
        check->verdict->output_count++;
    } else if (check->failure == SPILL_OK) {
        char text[REPLAY_SHOWN_BYTES];
        replay_shown(output, text);
        replay_missed(check, record, text);
    }
}

static void replay_check_digest(struct replay_check *check) {
    uint8_t digest[CASCADE_DIGEST_BYTES];
    exercise_digest(check->exercise, digest);
    if (memcmp(digest, check->verdict->digest, sizeof digest) == 0) {
        return;
    }
    memcpy(check->verdict->digest, digest, sizeof digest);
    const struct record *const record = replay_next_result(check);
    const bool is_digest = record != NULL && record->kind == RECORD_DIGEST;
    if (is_digest && record->body_bytes == sizeof digest &&
        memcmp(record->body, digest, sizeof digest) == 0) {
        check->verdict->digest_count++;
    } else if (check->failure == SPILL_OK) {
        replay_missed(check, record, is_digest ? "another state digest" : "a state digest");
    }
}

static enum spill_status replay_check_inputs(struct replay_check *check,
                                             struct replay_walk *inputs) {
    struct recording_summary summary;
    recording_summary(check->replay->recording, &summary);
    while (!check->differs && check->failure == SPILL_OK) {
        struct replay_event event;
        const enum spill_status status = replay_walk_fetch(inputs, &event, check->error);
        if (status == SPILL_NOT_FOUND) {
            break;
        }
        if (status != SPILL_OK) {
            return status;
        }
        if (event.input == NULL) {
            return replay_withheld(event.record, check->error);
        }
        check->input = event.input;
        check->input_sequence = event.record->sequence;
        (void)exercise_apply(check->exercise, event.input, replay_on_output, check);
        if (!check->differs && check->failure == SPILL_OK) {
            replay_check_digest(check);
        }
        check->verdict->input_count++;
        replay_progress(check->replay, check->verdict->input_count, summary.count[RECORD_INPUT]);
    }
    const struct record *const left = check->differs ? NULL : replay_next_result(check);
    if (left != NULL) {
        replay_differ(check, left, "nothing more");
    }
    return check->failure;
}

enum spill_status replay_verify(struct replay *replay, int threads, struct replay_verdict *verdict,
                                struct spill_error *error) {
    SPILL_ASSERT(threads >= 1);
    SPILL_ASSERT(threads <= TEAM_THREADS_MAX);
    struct replay_verdict found = {.same = true, .threads = threads};
    struct replay_check check = {
        .replay = replay, .verdict = &found, .failure = SPILL_OK, .error = error};
    struct replay_walk *inputs = NULL;
    const int threads_before = team_threads();
    const size_t grain_before = team_grain();
    enum spill_status status = replay_begin(replay, &check.exercise, error);
    if (status == SPILL_OK) {
        status = replay_walk_kinds(replay, 1u << RECORD_INPUT, &inputs);
    }
    if (status == SPILL_OK) {
        status =
            replay_walk_kinds(replay, 1u << RECORD_OUTPUT | 1u << RECORD_DIGEST, &check.results);
    }
    if (status == SPILL_OK) {
        team_set_threads(threads);
        if (threads > 1) {
            team_set_grain(1);
        }
        status = replay_check_inputs(&check, inputs);
        found.exercise_ms = exercise_now_ms(check.exercise);
        team_set_threads(threads_before);
        team_set_grain(grain_before);
    } else if (status == SPILL_MEMORY) {
        spill_fail(error, status, "out of memory");
    }
    replay_walk_close(&inputs);
    replay_walk_close(&check.results);
    exercise_destroy(&check.exercise);
    if (status == SPILL_OK) {
        *verdict = found;
    }
    return status;
}
