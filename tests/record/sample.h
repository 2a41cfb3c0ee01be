/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample: small recordings for the tests of this room, the same byte for byte each time, and all of
 * a recording's content as one text.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/record/recording.h"
#include "tests/check.h"
#include "tests/support/temporary.h"

/* Record n of a sample carries time n seconds on each of its clocks. */
#define SAMPLE_UTC_US INT64_C(1764000000000000)

enum {
    SAMPLE_BODY_BYTES = 400,
    SAMPLE_TEXT_BYTES = 80,
    SAMPLE_FIRST = 4 /* Behind meta, files. */
};

static const struct recording_keys sample_keys = {.signing_seed = {1, 2, 3}, .salt_key = {4, 5, 6}};

static const struct recording_file sample_files[] = {
    {"scenario.yaml", (const uint8_t *)"format: 1\n", 10},
    {"texts/en.yaml", (const uint8_t *)"", 0},
};
enum { SAMPLE_FILES = 2 };

static inline struct recording_meta sample_meta(void) {
    return (struct recording_meta){.exercise_id = {7, 8, 9},
                                   .model_revision = 1,
                                   .seed = UINT64_C(18446744073709551557),
                                   .causes = true,
                                   .package_hash = {0xaa, 0xbb},
                                   .created_utc_us = SAMPLE_UTC_US,
                                   .scenario = "sample",
                                   .team = "doctrine",
                                   .program = "0.1.0"};
}

static inline struct recording_options sample_options(const char *vfs) {
    return (struct recording_options){.keys = &sample_keys,
                                      .vfs = vfs,
                                      .program = "0.1.0",
                                      .monotonic_us = 0,
                                      .utc_us = SAMPLE_UTC_US};
}

/* What record number `sequence` says; body and text are the caller's buffers. */
static inline struct record sample_record(uint64_t sequence, uint8_t body[SAMPLE_BODY_BYTES],
                                          char text[SAMPLE_TEXT_BYTES]) {
    static const enum record_kind kinds[] = {RECORD_INPUT, RECORD_OUTPUT, RECORD_DIGEST};
    struct record record = {.kind = kinds[sequence % 3],
                            .exercise_ms = (int64_t)sequence * 1000,
                            .monotonic_us = (int64_t)sequence * 1000000,
                            .utc_us = SAMPLE_UTC_US + (int64_t)sequence * 1000000,
                            .body = body,
                            .body_bytes = RECORDING_HASH_BYTES};
    if (record.kind != RECORD_DIGEST) {
        record.body_bytes = sequence * 7 % SAMPLE_BODY_BYTES;
        snprintf(text, SAMPLE_TEXT_BYTES, "{\"n\": %" PRIu64 "}", sequence);
        record.text = text;
    }
    for (size_t i = 0; i < record.body_bytes; i++) {
        body[i] = (uint8_t)(sequence * 31 + i * 17);
    }
    return record;
}

/* Appends the next record; its sequence, or the failure in *status. */
static inline uint64_t sample_append(struct recording *recording, uint64_t sequence,
                                     enum spill_status *status) {
    uint8_t body[SAMPLE_BODY_BYTES];
    char text[SAMPLE_TEXT_BYTES];
    const struct record record = sample_record(sequence, body, text);
    uint64_t given = 0;
    *status = recording_append(recording, &record, &given);
    return given;
}

static inline void sample_append_all(struct recording *recording, uint64_t first, uint64_t last) {
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        enum spill_status status = SPILL_OK;
        const uint64_t given = sample_append(recording, sequence, &status);
        CHECK_OK(status);
        CHECK_EQ(given, sequence);
    }
}

static inline void sample_commit(struct recording *recording, uint64_t sequence) {
    uint64_t durable = 0;
    CHECK_OK(recording_commit(recording, (int64_t)sequence * 1000000,
                              SAMPLE_UTC_US + (int64_t)sequence * 1000000, &durable, NULL));
    CHECK_EQ(durable, sequence);
}

static inline struct recording *sample_create(const char *path, const char *vfs) {
    const struct recording_meta meta = sample_meta();
    const struct recording_options options = sample_options(vfs);
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status =
        recording_create(path, &meta, sample_files, SAMPLE_FILES, &options, &recording, &error);
    if (status != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return recording;
}

static inline void sample_finish(struct recording *recording, uint64_t last) {
    CHECK_OK(recording_finish(recording, (int64_t)last * 1000, (int64_t)last * 1000000,
                              SAMPLE_UTC_US + (int64_t)last * 1000000, NULL));
}

/* A finished recording up to record `last`, committed in batches of `batch`. */
static inline void sample_write(const char *path, uint64_t last, uint64_t batch) {
    struct recording *recording = sample_create(path, NULL);
    for (uint64_t first = SAMPLE_FIRST; first <= last; first += batch) {
        const uint64_t until = first + batch - 1 < last ? first + batch - 1 : last;
        sample_append_all(recording, first, until);
        sample_commit(recording, until);
    }
    sample_finish(recording, last);
    recording_close(&recording);
}

static inline struct recording *sample_open(const char *path, enum recording_mode mode) {
    const struct recording_options options = sample_options(NULL);
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status = recording_open(path, mode, &options, &recording, &error);
    if (status != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return recording;
}

/* The status of opening it to read; the words in error. */
static inline enum spill_status sample_try(const char *path, struct spill_error *error) {
    struct recording *recording = NULL;
    const enum spill_status status = recording_open(path, RECORDING_READ, NULL, &recording, error);
    recording_close(&recording);
    return status;
}

/* Everything that a reader can see of a recording, as text; freed with free(). */
static inline char *sample_content(struct recording *recording) {
    char *content = NULL;
    size_t content_bytes = 0;
    FILE *const stream = open_memstream(&content, &content_bytes);
    CHECK(stream != NULL);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    fprintf(stream, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %d %" PRId64 "\n", summary.records,
            summary.signatures, summary.signed_sequence, summary.closed, summary.exercise_ms);
    struct recording_cursor *cursor = NULL;
    CHECK_OK(recording_cursor_open(recording, UINT32_MAX, 1, &cursor));
    struct record record;
    enum spill_status status = SPILL_OK;
    while ((status = recording_cursor_next(cursor, &record)) == SPILL_OK) {
        fprintf(stream, "%" PRIu64 " %s %" PRId64 " %" PRId64 " %" PRId64 " %d %s ",
                record.sequence, record_kind_name(record.kind), record.exercise_ms,
                record.monotonic_us, record.utc_us, record.withheld,
                record.text != NULL ? record.text : "-");
        for (size_t i = 0; i < record.body_bytes; i++) {
            fprintf(stream, "%02x", record.body[i]);
        }
        fputc('\n', stream);
    }
    CHECK_EQ(status, SPILL_NOT_FOUND);
    recording_cursor_close(&cursor);
    fclose(stream);
    return content;
}

#endif
