/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going on with a recording. The exercise is made again from its inputs, while each output and
 * digest is compared with the one that was recorded. A crash may have cut the recording off between
 * an input and its results: those are recorded now.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/session_parts.h"

enum { SESSION_PROGRESS_EVERY = 256 };

struct session_resumption {
    struct session *session;
    struct recording_cursor *inputs;
    struct recording_cursor *results;
    bool ended;              /* No recorded result is left. */
    uint64_t input_sequence; /* Record of the input that is being applied. */
    enum spill_status failure;
    struct spill_error *error;
};

/* ---- Comparing ---- */

static void session_differ(struct session_resumption *resumption, uint64_t sequence,
                           const char *words) {
    resumption->failure = spill_fail(resumption->error, SPILL_CORRUPT,
                                     "executed again, input %" PRIu64
                                     " gives something else than was recorded (record %" PRIu64
                                     ": %s); the recording stays as it is",
                                     resumption->input_sequence, sequence, words);
}

/* The next recorded result; false: there is none any more, or reading failed. */
static bool session_next_result(struct session_resumption *resumption, struct record *record) {
    if (resumption->ended || resumption->failure != SPILL_OK) {
        return false;
    }
    const enum spill_status status = recording_cursor_next(resumption->results, record);
    if (status == SPILL_NOT_FOUND) {
        resumption->ended = true;
        return false;
    }
    if (status != SPILL_OK) {
        resumption->failure =
            spill_fail(resumption->error, status, "%s", spill_status_words(status));
    } else if (record->withheld) {
        resumption->failure = spill_fail(
            resumption->error, SPILL_REFUSED,
            "record %" PRIu64 " is withheld in this copy: it cannot go on", record->sequence);
    }
    return resumption->failure == SPILL_OK;
}

/* What came out was recorded, or is recorded now. */
static void session_same(struct session_resumption *resumption, enum record_kind kind,
                         const uint8_t *bytes, size_t size_bytes, const char *text) {
    struct record record;
    if (session_next_result(resumption, &record)) {
        if (record.kind != kind || record.body_bytes != size_bytes ||
            memcmp(record.body, bytes, size_bytes) != 0) {
            session_differ(resumption, record.sequence, record_kind_name(kind));
        }
    } else if (resumption->failure == SPILL_OK) {
        resumption->failure =
            session_append(resumption->session, kind, bytes, size_bytes, text, resumption->error);
    }
}

static void session_resume_output(const struct output *output, const uint8_t *bytes,
                                  size_t size_bytes, void *context) {
    struct session_resumption *const resumption = context;
    struct session *const session = resumption->session;
    if (resumption->failure != SPILL_OK) {
        return;
    }
    const size_t needed = output_print_json(output, session->json, SESSION_JSON_BYTES);
    SPILL_ASSERT(needed < SESSION_JSON_BYTES);
    session_same(resumption, RECORD_OUTPUT, bytes, size_bytes, session->json);
    if (resumption->failure != SPILL_OK) {
        return;
    }
    if (output->kind == OUTPUT_MESSAGE) {
        session_count_message(session_find_seat(session, output->message.cell), &output->message,
                              bytes, size_bytes);
    }
    if (session->options.on_output != NULL) {
        session->options.on_output(output, session->options.context);
    }
}

/* ---- Applying ---- */

/* What an input tells of its cell's seat. */
static void session_resume_seat(struct session *session, const struct input *input,
                                const struct record *record) {
    struct cell_ref cell = {0};
    if (input->who.kind == WHO_CELL && script_find_cell(scenario_script(session->options.scenario),
                                                        input->who.id, &cell) == SPILL_OK) {
        struct session_seat *const seat = &session->seats[cell.index];
        frame_position_next(&seat->received, record->body, record->body_bytes);
        seat->queued = seat->received;
    } else if (input->kind == INPUT_CELL_LINK) {
        struct session_seat *const seat = session_find_seat(session, input->link.cell);
        seat->joined = seat->joined_told = input->link.connected;
    }
}

static enum spill_status session_resume_input(struct session_resumption *resumption,
                                              const struct record *record) {
    struct session *const session = resumption->session;
    struct input input = {0};
    struct spill_error words = {{0}};
    if (record->withheld) {
        return spill_fail(resumption->error, SPILL_REFUSED,
                          "record %" PRIu64 " is withheld in this copy: it cannot go on",
                          record->sequence);
    }
    codec_arena_reset(session->arena);
    const enum spill_status status =
        input_decode(record->body, record->body_bytes, session->arena, &input, &words);
    if (status != SPILL_OK) {
        return spill_fail(resumption->error, SPILL_CORRUPT,
                          "record %" PRIu64 " (input) cannot be understood: %s", record->sequence,
                          words.text);
    }
    resumption->input_sequence = record->sequence;
    session_resume_seat(session, &input, record);
    /* What was refused then is refused again. */
    (void)exercise_apply(session->exercise, &input, session_resume_output, resumption);
    session->input_count++;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    exercise_digest(session->exercise, digest);
    if (resumption->failure == SPILL_OK && memcmp(digest, session->digest, sizeof digest) != 0) {
        memcpy(session->digest, digest, sizeof digest);
        session_same(resumption, RECORD_DIGEST, digest, sizeof digest, NULL);
    }
    return resumption->failure;
}

static enum spill_status session_resume_all(struct session_resumption *resumption,
                                            void (*on_progress)(uint64_t done, uint64_t total,
                                                                void *context),
                                            void *progress_context) {
    struct recording_summary summary;
    struct record record;
    recording_summary(resumption->session->recording, &summary);
    const uint64_t total = summary.count[RECORD_INPUT];
    enum spill_status status = SPILL_OK;
    for (uint64_t done = 1; status == SPILL_OK; done++) {
        status = recording_cursor_next(resumption->inputs, &record);
        if (status == SPILL_NOT_FOUND) {
            break;
        }
        status = status == SPILL_OK
                     ? session_resume_input(resumption, &record)
                     : spill_fail(resumption->error, status, "%s", spill_status_words(status));
        if (on_progress != NULL && (done % SESSION_PROGRESS_EVERY == 0 || done == total)) {
            on_progress(done, total, progress_context);
        }
    }
    if (status != SPILL_NOT_FOUND) {
        return status;
    }
    if (session_next_result(resumption, &record)) {
        session_differ(resumption, record.sequence, "nothing more");
    }
    return resumption->failure;
}

/* ---- Opening ---- */

/* Whether it can be gone on with, by this program and with this scenario. */
static enum spill_status session_check_meta(const struct session *session,
                                            const struct recording_meta *meta,
                                            struct spill_error *error) {
    uint8_t hash[RECORDING_HASH_BYTES];
    package_hash(session->options.package, hash);
    if (meta->model_revision != SPILL_MODEL_REVISION) {
        return spill_fail(error, SPILL_REVISION,
                          "%s was made by model revision %" PRIu32 "; this program has %d",
                          session->options.record_path, meta->model_revision, SPILL_MODEL_REVISION);
    }
    if (memcmp(hash, meta->package_hash, sizeof hash) != 0) {
        return spill_fail(error, SPILL_INVALID,
                          "%s is a recording of %s as it was then; the scenario has changed since",
                          session->options.record_path, meta->scenario);
    }
    return SPILL_OK;
}

static enum spill_status session_resume_recording(struct session *session,
                                                  struct spill_error *error) {
    const struct recording_options options = {
        .vfs = session->options.record_vfs,
        .program = session->options.program,
        .monotonic_us = session_clock_us(session, CLOCK_MONOTONIC),
        .utc_us = session_clock_us(session, CLOCK_REALTIME),
    };
    enum spill_status status = recording_open(session->options.record_path, RECORDING_RESUME,
                                              &options, &session->recording, error);
    if (status != SPILL_OK) {
        return status;
    }
    const struct recording_meta *const meta = recording_meta(session->recording);
    status = session_check_meta(session, meta, error);
    if (status == SPILL_OK) {
        session->options.seed = meta->seed;
        session->options.causes = meta->causes;
        session->options.team = meta->team;
    }
    return status;
}

static enum spill_status
session_resume_exercise(struct session *session,
                        void (*on_progress)(uint64_t done, uint64_t total, void *context),
                        void *progress_context, struct spill_error *error) {
    struct session_resumption resumption = {.session = session, .error = error};
    enum spill_status status =
        recording_cursor_open(session->recording, 1u << RECORD_INPUT, 1, &resumption.inputs);
    if (status == SPILL_OK) {
        status = recording_cursor_open(
            session->recording, 1u << RECORD_OUTPUT | 1u << RECORD_DIGEST, 1, &resumption.results);
    }
    if (status != SPILL_OK) {
        spill_fail(error, status, "%s", spill_status_words(status));
    } else {
        status = session_resume_all(&resumption, on_progress, progress_context);
    }
    recording_cursor_close(&resumption.inputs);
    recording_cursor_close(&resumption.results);
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t i = 0; i < session->seat_count; i++) {
        struct session_seat *const seat = &session->seats[i];
        struct cell_now now;
        exercise_cell(session->exercise, (struct cell_ref){(uint32_t)i}, &now);
        SPILL_ASSERT(now.sequence == seat->position.sequence);
        seat->sent = now.sequence;
        seat->delivered = seat->delivered_told = now.delivered;
    }
    return session_commit(session, error);
}

enum spill_status session_resume(const struct session_options *options,
                                 void (*on_progress)(uint64_t done, uint64_t total, void *context),
                                 void *progress_context, struct session **session,
                                 struct spill_error *error) {
    SPILL_ASSERT(options->scenario != NULL);
    SPILL_ASSERT(options->package != NULL);
    SPILL_ASSERT(options->record_path != NULL);
    SPILL_ASSERT(options->keys == NULL);
    struct session *resumed = spill_alloc(1, sizeof *resumed);
    if (resumed == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    resumed->options = *options;
    enum spill_status status = session_resume_recording(resumed, error);
    if (status == SPILL_OK) {
        status = session_create_parts(resumed);
        if (status != SPILL_OK) {
            spill_fail(error, status, "cannot go on with the exercise: %s",
                       spill_status_words(status));
        } else {
            status = session_resume_exercise(resumed, on_progress, progress_context, error);
        }
    }
    if (status != SPILL_OK) {
        session_close(&resumed);
        return status;
    }
    *session = resumed;
    return SPILL_OK;
}
