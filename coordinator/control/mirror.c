/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/mirror.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Inputs are recorded before they act, many at once; digests after each. So many may be owed. */
enum { MIRROR_OWED_MAX = 65536 };

struct mirror {
    struct recording *recording; /* NULL: let go of. */
    struct exercise *exercise;
    struct codec_arena *arena;
    uint64_t next; /* The first record that was not looked at. */
    uint64_t input_count;
    uint8_t digest[CASCADE_DIGEST_BYTES];  /* After the last input. */
    uint8_t (*owed)[CASCADE_DIGEST_BYTES]; /* A ring: not compared yet. */
    uint64_t owed_first, owed_count;
};

/* ---- Life ---- */

static enum spill_status mirror_check(const struct recording_meta *meta,
                                      const struct package *package, struct spill_error *error) {
    uint8_t hash[RECORDING_HASH_BYTES];
    if (meta->model_revision != SPILL_MODEL_REVISION) {
        return spill_fail(error, SPILL_REVISION,
                          "it was recorded with model revision %" PRIu32 ", and this is %d",
                          meta->model_revision, SPILL_MODEL_REVISION);
    }
    package_hash(package, hash);
    return memcmp(hash, meta->package_hash, sizeof hash) == 0
               ? SPILL_OK
               : spill_fail(error, SPILL_INVALID, "another scenario is recorded there");
}

enum spill_status mirror_open(const char *path, const struct package *package,
                              const struct scenario *scenario, struct mirror **mirror,
                              struct spill_error *error) {
    struct mirror *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    const struct recording_options none = {.program = ""};
    enum spill_status status = recording_open(path, RECORDING_READ, &none, &made->recording, error);
    if (status == SPILL_OK) {
        status = mirror_check(recording_meta(made->recording), package, error);
    }
    if (status == SPILL_OK) {
        const struct recording_meta *const meta = recording_meta(made->recording);
        const struct exercise_options options = {
            .seed = meta->seed, .digests = true, .causes = meta->causes};
        status = exercise_create(scenario, &options, &made->exercise);
        if (status == SPILL_OK) {
            status = codec_arena_create(INPUT_ARENA_BYTES, &made->arena);
        }
        made->owed = spill_alloc(MIRROR_OWED_MAX, sizeof made->owed[0]);
        status = status == SPILL_OK && made->owed == NULL ? SPILL_MEMORY : status;
        if (status != SPILL_OK) {
            (void)spill_fail(error, status, "%s", spill_status_words(status));
        }
    }
    if (status != SPILL_OK) {
        mirror_close(&made);
        return status;
    }
    made->next = 1;
    *mirror = made;
    return SPILL_OK;
}

void mirror_let_go(struct mirror *mirror) {
    recording_close(&mirror->recording);
}

enum spill_status mirror_take_up(struct mirror *mirror, const char *path,
                                 struct spill_error *error) {
    SPILL_ASSERT(mirror->recording == NULL);
    const struct recording_options none = {.program = ""};
    return recording_open(path, RECORDING_READ, &none, &mirror->recording, error);
}

void mirror_close(struct mirror **mirror) {
    struct mirror *const closed = *mirror;
    if (closed == NULL) {
        return;
    }
    *mirror = NULL;
    recording_close(&closed->recording);
    exercise_destroy(&closed->exercise);
    codec_arena_destroy(&closed->arena);
    free(closed->owed);
    free(closed);
}

/* ---- Following ---- */

static enum spill_status mirror_apply(struct mirror *mirror, const struct record *record,
                                      exercise_output_fn output, void *context,
                                      struct spill_error *error) {
    struct input input = {0};
    struct spill_error words = {{0}};
    codec_arena_reset(mirror->arena);
    if (input_decode(record->body, record->body_bytes, mirror->arena, &input, &words) != SPILL_OK) {
        return spill_fail(error, SPILL_CORRUPT,
                          "record %" PRIu64 " (input) cannot be understood: %s", record->sequence,
                          words.text);
    }
    if (mirror->owed_count == MIRROR_OWED_MAX) {
        return spill_fail(error, SPILL_LIMIT, "too many inputs were recorded without digests");
    }
    /* What was refused there is refused here. */
    (void)exercise_apply(mirror->exercise, &input, output, context);
    mirror->input_count++;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    exercise_digest(mirror->exercise, digest);
    if (memcmp(digest, mirror->digest, sizeof digest) != 0) {
        const uint64_t at = mirror->owed_first + mirror->owed_count++;
        memcpy(mirror->digest, digest, sizeof digest);
        memcpy(mirror->owed[at % MIRROR_OWED_MAX], digest, sizeof digest);
    }
    return SPILL_OK;
}

/* Digests are recorded in the order of their inputs, where they changed. */
static enum spill_status mirror_compare(struct mirror *mirror, const struct record *record,
                                        struct spill_error *error) {
    const bool owed = mirror->owed_count > 0;
    const uint8_t *const digest = mirror->owed[mirror->owed_first % MIRROR_OWED_MAX];
    mirror->owed_first += owed;
    mirror->owed_count -= owed;
    return owed && record->body_bytes == CASCADE_DIGEST_BYTES &&
                   memcmp(record->body, digest, CASCADE_DIGEST_BYTES) == 0
               ? SPILL_OK
               : spill_fail(error, SPILL_CORRUPT,
                            "record %" PRIu64
                            ": the exercise that was recorded comes out otherwise here",
                            record->sequence);
}

static enum spill_status mirror_walk(struct mirror *mirror, struct recording_cursor *cursor,
                                     exercise_output_fn output, void *context, size_t *count,
                                     struct spill_error *error) {
    struct record record;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK) {
        status = recording_cursor_next(cursor, &record);
        if (status == SPILL_NOT_FOUND) {
            return SPILL_OK;
        }
        if (status != SPILL_OK) {
            return spill_fail(error, status, "%s", spill_status_words(status));
        }
        if (record.kind == RECORD_INPUT && *count == MIRROR_INPUTS_MAX) {
            return SPILL_OK;
        }
        status = record.kind == RECORD_INPUT ? mirror_apply(mirror, &record, output, context, error)
                                             : mirror_compare(mirror, &record, error);
        *count += record.kind == RECORD_INPUT;
        mirror->next = record.sequence + 1;
    }
    return status;
}

enum spill_status mirror_follow(struct mirror *mirror, exercise_output_fn output, void *context,
                                size_t *input_count, struct spill_error *error) {
    SPILL_ASSERT(mirror->recording != NULL);
    struct recording_cursor *cursor = NULL;
    size_t count = 0;
    enum spill_status status = recording_follow(mirror->recording, error);
    if (status == SPILL_OK) {
        status = recording_cursor_open(mirror->recording, 1u << RECORD_INPUT | 1u << RECORD_DIGEST,
                                       mirror->next, &cursor);
        if (status != SPILL_OK) {
            (void)spill_fail(error, status, "%s", spill_status_words(status));
        }
    }
    if (status == SPILL_OK) {
        status = mirror_walk(mirror, cursor, output, context, &count, error);
    }
    /* Closed each time: an open one would keep the writer from tidying up. */
    recording_cursor_close(&cursor);
    if (status == SPILL_OK) {
        *input_count = count;
    }
    return status;
}

/* ---- Reading ---- */

struct exercise *mirror_exercise(struct mirror *mirror) {
    return mirror->exercise;
}

uint64_t mirror_input_count(const struct mirror *mirror) {
    return mirror->input_count;
}

void mirror_digest(struct mirror *mirror, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    exercise_digest(mirror->exercise, digest);
}
