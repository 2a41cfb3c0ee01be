/* SPDX-License-Identifier: Apache-2.0 */
/* Proves what a recording keeps, in which order, when it is durable, and whom it refuses. */
#include "coordinator/record/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/record/sample.h"

TEST(recording, what_was_committed_is_read_again) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    sample_write(path, 200, 9);
    struct recording *recording = sample_open(path, RECORDING_READ);
    const struct recording_meta wanted = sample_meta();
    const struct recording_meta *const meta = recording_meta(recording);
    CHECK_EQ(meta->seed, wanted.seed);
    CHECK_EQ(meta->causes, true);
    CHECK_EQ(meta->scenario, "sample");
    CHECK_EQ(meta->team, "doctrine");
    CHECK_EQ(meta->program, "0.1.0");
    CHECK_EQ(meta->created_utc_us, wanted.created_utc_us);
    CHECK_BYTES(meta->exercise_id, RECORDING_ID_BYTES, wanted.exercise_id, RECORDING_ID_BYTES);
    CHECK_BYTES(meta->package_hash, RECORDING_HASH_BYTES, wanted.package_hash,
                RECORDING_HASH_BYTES);
    CHECK_EQ(recording_file_count(recording), SAMPLE_FILES);
    struct recording_cursor *cursor = NULL;
    struct record record;
    CHECK_OK(recording_cursor_open(recording, 1u << RECORD_FILE, 1, &cursor));
    for (size_t i = 0; i < SAMPLE_FILES; i++) {
        CHECK_OK(recording_cursor_next(cursor, &record));
        CHECK_EQ(record.text, sample_files[i].path);
        CHECK_BYTES(record.body, record.body_bytes, sample_files[i].bytes,
                    sample_files[i].size_bytes);
    }
    CHECK_EQ(recording_cursor_next(cursor, &record), SPILL_NOT_FOUND);
    recording_cursor_close(&cursor);
    CHECK_OK(recording_cursor_open(recording, UINT32_MAX, SAMPLE_FIRST, &cursor));
    for (uint64_t sequence = SAMPLE_FIRST; sequence <= 200; sequence++) {
        uint8_t body[SAMPLE_BODY_BYTES];
        char text[SAMPLE_TEXT_BYTES];
        const struct record written = sample_record(sequence, body, text);
        CHECK_OK(recording_cursor_next(cursor, &record));
        CHECK_EQ(record.sequence, sequence);
        CHECK_EQ(record.kind, written.kind);
        CHECK_EQ(record.exercise_ms, written.exercise_ms);
        CHECK_EQ(record.monotonic_us, written.monotonic_us);
        CHECK_EQ(record.utc_us, written.utc_us);
        CHECK_EQ(record.text, written.text);
        CHECK_BYTES(record.body, record.body_bytes, written.body, written.body_bytes);
    }
    CHECK_OK(recording_cursor_next(cursor, &record));
    CHECK_EQ(record.kind, RECORD_CLOSED);
    CHECK_EQ(recording_cursor_next(cursor, &record), SPILL_NOT_FOUND);
    recording_cursor_close(&cursor);
    recording_close(&recording);
    temporary_destroy(&folder);
}

TEST(recording, summary_counts_what_is_in_it) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    sample_write(path, 99, 100);
    struct recording *recording = sample_open(path, RECORDING_READ);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    CHECK_EQ(summary.records, 100);
    CHECK_EQ(summary.count[RECORD_META], 1);
    CHECK_EQ(summary.count[RECORD_FILE], SAMPLE_FILES);
    CHECK_EQ(summary.count[RECORD_INPUT] + summary.count[RECORD_OUTPUT] +
                 summary.count[RECORD_DIGEST],
             96);
    CHECK_EQ(summary.count[RECORD_CLOSED], 1);
    CHECK_EQ(summary.signed_sequence, 100);
    CHECK_EQ(summary.exercise_ms, 99000);
    CHECK_EQ(summary.withheld, 0);
    CHECK(summary.closed);
    CHECK(recording_damage(recording) == NULL);
    recording_close(&recording);
    temporary_destroy(&folder);
}

TEST(recording, same_keys_and_times_give_the_same_bytes) {
    struct temporary folder;
    char a[TEMPORARY_PATH_BYTES];
    char b[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    sample_write(temporary_path(&folder, "a.spill", a), 150, 7);
    sample_write(temporary_path(&folder, "b.spill", b), 150, 7);
    size_t a_bytes = 0;
    size_t b_bytes = 0;
    char *const a_read = temporary_read(a, &a_bytes);
    char *const b_read = temporary_read(b, &b_bytes);
    CHECK_BYTES(a_read, a_bytes, b_read, b_bytes);
    free(a_read);
    free(b_read);
    temporary_destroy(&folder);
}

TEST(recording, finished_recording_is_one_file_beside_its_secrets) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char name[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    sample_write(path, 20, 5);
    CHECK_NE(access(temporary_path(&folder, "a.spill-wal", name), F_OK), 0);
    CHECK_NE(access(temporary_path(&folder, "a.spill-shm", name), F_OK), 0);
    struct stat about;
    CHECK_EQ(stat(temporary_path(&folder, "a.spill.secrets", name), &about), 0);
    CHECK_EQ(about.st_mode & 07777, 0700);
    CHECK_EQ(stat(temporary_path(&folder, "a.spill.secrets/signing.key", name), &about), 0);
    CHECK_EQ(about.st_mode & 07777, 0600);
    CHECK_EQ(stat(path, &about), 0);
    CHECK_EQ(about.st_mode & 07777, 0600);
    temporary_destroy(&folder);
}

TEST(recording, what_was_not_committed_is_not_there) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct recording *recording = sample_create(path, NULL);
    sample_append_all(recording, SAMPLE_FIRST, 10);
    sample_commit(recording, 10);
    sample_append_all(recording, 11, 20);
    CHECK_EQ(recording_durable(recording), 10);
    recording_close(&recording);
    recording = sample_open(path, RECORDING_READ);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    CHECK_EQ(summary.records, 10);
    CHECK(!summary.closed);
    recording_close(&recording);
    temporary_destroy(&folder);
}

TEST(recording, resumed_recording_goes_on_where_it_ended) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct recording *recording = sample_create(path, NULL);
    sample_append_all(recording, SAMPLE_FIRST, 10);
    sample_commit(recording, 10);
    recording_close(&recording);
    recording = sample_open(path, RECORDING_RESUME);
    CHECK_EQ(recording_durable(recording), 11); /* The record that says so. */
    sample_append_all(recording, 12, 30);
    sample_commit(recording, 30);
    sample_finish(recording, 30);
    recording_close(&recording);
    /* Finished or not, whoever has the keys may go on. */
    recording = sample_open(path, RECORDING_RESUME);
    CHECK_EQ(recording_durable(recording), 32);
    recording_close(&recording);
    recording = sample_open(path, RECORDING_READ);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    CHECK_EQ(summary.count[RECORD_OPENED], 2);
    CHECK_EQ(summary.count[RECORD_CLOSED], 1);
    CHECK(!summary.closed);
    recording_close(&recording);
    temporary_destroy(&folder);
}

TEST(recording, head_is_signed_every_64_records_or_10_seconds) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct recording *recording = sample_create(path, NULL);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    CHECK_EQ(summary.signed_sequence, 3);
    uint64_t durable = 0;
    sample_append_all(recording, 4, 66);
    CHECK_OK(recording_commit(recording, 0, SAMPLE_UTC_US, &durable, NULL));
    recording_summary(recording, &summary);
    CHECK_EQ(summary.signed_sequence, 3);
    sample_append_all(recording, 67, 67);
    CHECK_OK(recording_commit(recording, 0, SAMPLE_UTC_US, &durable, NULL));
    recording_summary(recording, &summary);
    CHECK_EQ(summary.signed_sequence, 67);
    sample_append_all(recording, 68, 68);
    CHECK_OK(recording_commit(recording, 5000000, SAMPLE_UTC_US, &durable, NULL));
    CHECK_OK(recording_commit(recording, 14999999, SAMPLE_UTC_US, &durable, NULL));
    recording_summary(recording, &summary);
    CHECK_EQ(summary.signed_sequence, 67);
    /* Nothing was appended: the time alone is enough. */
    CHECK_OK(recording_commit(recording, 15000000, SAMPLE_UTC_US, &durable, NULL));
    recording_summary(recording, &summary);
    CHECK_EQ(summary.signed_sequence, 68);
    CHECK_EQ(summary.signatures, 3);
    recording_close(&recording);
    temporary_destroy(&folder);
}

TEST(recording, existing_file_or_secrets_are_never_overwritten) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char secrets[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    temporary_write(&folder, "a.spill", "mine", 4);
    const struct recording_meta meta = sample_meta();
    const struct recording_options options = sample_options(NULL);
    struct recording *recording = NULL;
    struct spill_error error;
    CHECK_EQ(
        recording_create(path, &meta, sample_files, SAMPLE_FILES, &options, &recording, &error),
        SPILL_EXISTS);
    CHECK(strstr(error.text, path) != NULL);
    CHECK(recording == NULL);
    CHECK_NE(access(temporary_path(&folder, "a.spill.secrets", secrets), F_OK), 0);
    size_t bytes = 0;
    char *const content = temporary_read(path, &bytes);
    CHECK_EQ(content, "mine");
    free(content);
    temporary_path(&folder, "b.spill", path);
    CHECK_EQ(mkdir(temporary_path(&folder, "b.spill.secrets", secrets), 0700), 0);
    CHECK_EQ(
        recording_create(path, &meta, sample_files, SAMPLE_FILES, &options, &recording, &error),
        SPILL_EXISTS);
    CHECK_EQ(access(secrets, F_OK), 0);
    CHECK_NE(access(path, F_OK), 0);
    temporary_destroy(&folder);
}

TEST(recording, what_cannot_be_made_leaves_nothing) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    struct recording_meta meta = sample_meta();
    const struct recording_options options = sample_options(NULL);
    struct recording *recording = NULL;
    struct spill_error error;
    temporary_path(&folder, "no/such/folder.spill", path);
    CHECK_EQ(
        recording_create(path, &meta, sample_files, SAMPLE_FILES, &options, &recording, &error),
        SPILL_IO);
    temporary_path(&folder, "a.spill", path);
    strcpy(meta.team, "a \"team\"");
    CHECK_EQ(
        recording_create(path, &meta, sample_files, SAMPLE_FILES, &options, &recording, &error),
        SPILL_INVALID);
    meta = sample_meta();
    const struct recording_file rooted = {"/etc/passwd", (const uint8_t *)"x", 1};
    CHECK_EQ(recording_create(path, &meta, &rooted, 1, &options, &recording, &error),
             SPILL_INVALID);
    const struct recording_file large = {"large", (const uint8_t *)"x",
                                         (size_t)RECORDING_FILE_BYTES_MAX + 1};
    CHECK_EQ(recording_create(path, &meta, &large, 1, &options, &recording, &error), SPILL_LIMIT);
    CHECK_EQ(recording_create(path, &meta, sample_files, RECORDING_FILES_MAX + 1, &options,
                              &recording, &error),
             SPILL_LIMIT);
    CHECK_EQ(recording_create("", &meta, sample_files, SAMPLE_FILES, &options, &recording, &error),
             SPILL_INVALID);
    /* An empty folder can be removed. */
    CHECK_EQ(rmdir(folder.path), 0);
}

TEST(recording, full_batch_is_committed_first) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct recording *recording = sample_create(path, NULL);
    uint64_t sequence = 0;
    struct record record = {.kind = RECORD_INPUT};
    for (size_t i = 0; i < RECORDING_BATCH_RECORDS_MAX; i++) {
        CHECK_OK(recording_append(recording, &record, &sequence));
    }
    CHECK_EQ(recording_append(recording, &record, &sequence), SPILL_LIMIT);
    sample_commit(recording, 3 + RECORDING_BATCH_RECORDS_MAX);
    CHECK_OK(recording_append(recording, &record, &sequence));
    uint8_t *const large = calloc(1, RECORDING_RECORD_BYTES_MAX + 1);
    record.body = large;
    record.body_bytes = RECORDING_RECORD_BYTES_MAX + 1;
    CHECK_EQ(recording_append(recording, &record, &sequence), SPILL_LIMIT);
    record.body_bytes = RECORDING_RECORD_BYTES_MAX;
    size_t taken = 0;
    while (recording_append(recording, &record, &sequence) == SPILL_OK) {
        taken++;
    }
    CHECK_EQ(taken, RECORDING_BATCH_BYTES_MAX / RECORDING_RECORD_BYTES_MAX);
    uint64_t durable = 0;
    CHECK_OK(recording_commit(recording, 0, SAMPLE_UTC_US, &durable, NULL));
    CHECK_EQ(durable, sequence);
    free(large);
    recording_close(&recording);
    recording = sample_open(path, RECORDING_READ);
    CHECK_EQ(recording_durable(recording), durable);
    recording_close(&recording);
    temporary_destroy(&folder);
}

TEST(recording, reader_follows_while_it_is_written) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct recording *writer = sample_create(path, NULL);
    struct recording *reader = sample_open(path, RECORDING_READ);
    CHECK_EQ(recording_durable(reader), 3);
    for (uint64_t sequence = SAMPLE_FIRST; sequence < 200; sequence++) {
        sample_append_all(writer, sequence, sequence);
        CHECK_OK(recording_follow(reader, NULL));
        CHECK_EQ(recording_durable(reader), sequence - 1);
        sample_commit(writer, sequence);
        /* A cursor does not run ahead of what was checked, and does not stop the writer. */
        struct recording_cursor *cursor = NULL;
        struct record record;
        CHECK_OK(recording_cursor_open(reader, UINT32_MAX, sequence - 1, &cursor));
        CHECK_OK(recording_cursor_next(cursor, &record));
        CHECK_EQ(record.sequence, sequence - 1);
        CHECK_EQ(recording_cursor_next(cursor, &record), SPILL_NOT_FOUND);
        recording_cursor_close(&cursor);
        if (sequence % 50 == 0) {
            recording_checkpoint(writer);
        }
    }
    sample_finish(writer, 199);
    recording_close(&writer);
    CHECK_OK(recording_follow(reader, NULL));
    struct recording_summary summary;
    recording_summary(reader, &summary);
    CHECK(summary.closed);
    CHECK_EQ(summary.signed_sequence, 200);
    recording_close(&reader);
    CHECK_OK(sample_try(path, NULL));
    temporary_destroy(&folder);
}

TEST(recording, signature_that_comes_alone_is_followed) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    struct recording *writer = sample_create(path, NULL);
    uint64_t durable = 0;
    sample_append_all(writer, 4, 5);
    CHECK_OK(recording_commit(writer, 0, SAMPLE_UTC_US, &durable, NULL));
    struct recording *reader = sample_open(path, RECORDING_READ);
    CHECK_OK(recording_commit(writer, RECORDING_SIGN_EVERY_US, SAMPLE_UTC_US, &durable, NULL));
    CHECK_OK(recording_follow(reader, NULL));
    struct recording_summary summary;
    recording_summary(reader, &summary);
    CHECK_EQ(summary.signed_sequence, 5);
    CHECK_EQ(summary.signatures, 2);
    sample_append_all(writer, 6, 6);
    CHECK_OK(recording_commit(writer, RECORDING_SIGN_EVERY_US, SAMPLE_UTC_US, &durable, NULL));
    CHECK_OK(recording_follow(reader, NULL));
    CHECK_EQ(recording_durable(reader), 6);
    recording_close(&reader);
    recording_close(&writer);
    temporary_destroy(&folder);
}

TEST(recording, only_its_own_keys_resume_it) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char key[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    sample_write(path, 20, 5);
    const struct recording_options options = sample_options(NULL);
    struct recording *recording = NULL;
    struct spill_error error;
    const char *const other = "00000000000000000000000000000000000000000000000000000000000000ff\n";
    temporary_write(&folder, "a.spill.secrets/signing.key", other, strlen(other));
    CHECK_EQ(recording_open(path, RECORDING_RESUME, &options, &recording, &error), SPILL_REFUSED);
    CHECK(strstr(error.text, "not the keys of this recording") != NULL);
    temporary_write(&folder, "a.spill.secrets/signing.key", "short", 5);
    CHECK_EQ(recording_open(path, RECORDING_RESUME, &options, &recording, &error), SPILL_REFUSED);
    CHECK(strstr(error.text, "not a key") != NULL);
    CHECK_EQ(unlink(temporary_path(&folder, "a.spill.secrets/signing.key", key)), 0);
    CHECK_EQ(recording_open(path, RECORDING_RESUME, &options, &recording, &error), SPILL_REFUSED);
    CHECK(strstr(error.text, "can be read but not continued") != NULL);
    CHECK_OK(sample_try(path, &error));
    temporary_destroy(&folder);
}

TEST(recording, what_is_no_recording_is_refused_by_name) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    struct spill_error error;
    CHECK_EQ(sample_try(temporary_path(&folder, "none.spill", path), &error), SPILL_NOT_FOUND);
    CHECK(strstr(error.text, "none.spill") != NULL);
    CHECK_EQ(sample_try(folder.path, &error), SPILL_INVALID);
    temporary_write(&folder, "empty", "", 0);
    CHECK_EQ(sample_try(temporary_path(&folder, "empty", path), &error), SPILL_INVALID);
    const char *const words = "These are words, and many of them, but not a recording at all, "
                              "and they go on until they are longer than a header.";
    temporary_write(&folder, "words", words, strlen(words));
    CHECK_EQ(sample_try(temporary_path(&folder, "words", path), &error), SPILL_INVALID);
    CHECK(strstr(error.text, "not a recording") != NULL);
    temporary_destroy(&folder);
}

TEST(recording, fingerprint_is_eight_groups) {
    char text[RECORDING_FINGERPRINT_TEXT_BYTES];
    uint8_t key[RECORDING_KEY_BYTES] = {0};
    recording_fingerprint(key, text);
    CHECK_EQ(strlen(text), 39);
    char other[RECORDING_FINGERPRINT_TEXT_BYTES];
    key[31] = 1;
    CHECK_NE((const char *)recording_fingerprint(key, other), (const char *)text);
}
