/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that whatever somebody changes in a recording with other tools is refused, and named. */
#include <sodium.h>
#include <sqlite3.h>

#include "coordinator/record/chain.h"
#include "tests/record/sample.h"

enum { TAMPER_RECORDS = 150, TAMPER_SQL_BYTES = 512 };

struct tamper {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char *sound; /* The bytes before anybody changed them. */
    size_t sound_bytes;
};

static void tamper_create(struct tamper *tamper) {
    temporary_create(&tamper->folder);
    temporary_path(&tamper->folder, "a.spill", tamper->path);
    sample_write(tamper->path, TAMPER_RECORDS, 40);
    tamper->sound = temporary_read(tamper->path, &tamper->sound_bytes);
}

static void tamper_destroy(struct tamper *tamper) {
    free(tamper->sound);
    temporary_destroy(&tamper->folder);
}

static void tamper_execute(const char *path, const char *sql) {
    sqlite3 *database = NULL;
    CHECK_EQ(sqlite3_open(path, &database), SQLITE_OK);
    char *words = NULL;
    if (sqlite3_exec(database, sql, NULL, NULL, &words) != SQLITE_OK) {
        CHECK_FAIL("%s: %s", sql, words);
    }
    CHECK_EQ(sqlite3_close(database), SQLITE_OK);
}

/* Changes a sound recording and opens it; the words of the refusal. */
static enum spill_status tamper_try(struct tamper *tamper, const char *sql,
                                    struct spill_error *error) {
    temporary_write(&tamper->folder, "a.spill", tamper->sound, tamper->sound_bytes);
    tamper_execute(tamper->path, sql);
    *error = (struct spill_error){{0}};
    return sample_try(tamper->path, error);
}

static void tamper_refused(struct tamper *tamper, const char *sql, const char *words) {
    struct spill_error error;
    if (tamper_try(tamper, sql, &error) != SPILL_CORRUPT) {
        CHECK_FAIL("after `%s` it is not refused: \"%s\"", sql, error.text);
    }
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("after `%s`: \"%s\" does not say \"%s\"", sql, error.text, words);
    }
}

TEST(tamper, every_column_of_every_record_is_bound) {
    static const char *const changes[] = {
        "kind = CASE kind WHEN 'input' THEN 'output' ELSE 'input' END",
        "kind = 'imput'",
        "exercise_ms = exercise_ms + 1",
        "exercise_ms = NULL",
        "monotonic_us = -monotonic_us - 1",
        "utc_us = utc_us + 1",
        "body = CAST(body || x'00' AS BLOB)",
        "body = NULL",
        "text = coalesce(text, '') || ' '",
        "text = CASE WHEN text IS NULL THEN '' ELSE NULL END",
        "text = coalesce(text, '') || char(0) || 'more'",
        "salt = zeroblob(16)",
        "salt = NULL",
        "leaf = zeroblob(32)",
        "length = length + 1",
        "hash = zeroblob(32)",
        "hash = x'00'",
        "exercise_ms = NULL, monotonic_us = NULL, utc_us = NULL, body = NULL, text = NULL, "
        "salt = NULL, leaf = zeroblob(32)",
        "exercise_ms = NULL, monotonic_us = NULL, utc_us = NULL, body = NULL, text = NULL, "
        "salt = NULL",
    };
    struct tamper tamper;
    tamper_create(&tamper);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        for (int sequence = 1; sequence <= TAMPER_RECORDS + 1; sequence += 1 + sequence / 6) {
            char sql[TAMPER_SQL_BYTES];
            char words[64];
            snprintf(sql, sizeof sql, "UPDATE records SET %s WHERE sequence = %d", changes[i],
                     sequence);
            snprintf(words, sizeof words, "record %d (", sequence);
            tamper_refused(&tamper, sql, words);
        }
    }
    tamper_destroy(&tamper);
}

TEST(tamper, missing_and_added_records_are_named) {
    struct tamper tamper;
    tamper_create(&tamper);
    tamper_refused(&tamper, "DELETE FROM records WHERE sequence = 1", "record 1 is missing");
    tamper_refused(&tamper, "DELETE FROM records WHERE sequence = 3", "record 3 is missing");
    tamper_refused(&tamper, "DELETE FROM records WHERE sequence = 80", "record 80 is missing");
    /* The end, which nothing follows. */
    tamper_refused(&tamper, "DELETE FROM records WHERE sequence = 151", "record 151 is missing");
    tamper_refused(&tamper, "DELETE FROM records", "record 1 is missing");
    tamper_refused(&tamper, "UPDATE records SET sequence = -5 WHERE sequence = 1",
                   "record 1 is missing");
    tamper_refused(&tamper,
                   "INSERT INTO records SELECT 152, kind, exercise_ms, monotonic_us, utc_us, body, "
                   "text, salt, leaf, length, hash FROM records WHERE sequence = 150",
                   "record 152 (");
    tamper_refused(&tamper,
                   "INSERT INTO records SELECT -1, kind, exercise_ms, monotonic_us, utc_us, body, "
                   "text, salt, leaf, length, hash FROM records WHERE sequence = 150",
                   "record 1 is missing");
    tamper_refused(&tamper,
                   "UPDATE records SET sequence = 1000 WHERE sequence = 80;"
                   "UPDATE records SET sequence = 80 WHERE sequence = 81;"
                   "UPDATE records SET sequence = 81 WHERE sequence = 1000",
                   "record 80 (");
    tamper_destroy(&tamper);
}

TEST(tamper, every_column_of_every_signature_is_bound) {
    static const char *const changes[] = {
        "sequence = sequence + 1",
        "sequence = sequence - 1",
        "utc_us = utc_us + 1",
        "head = zeroblob(32)",
        "head = x'00'",
        "key = zeroblob(32)",
        "signature = zeroblob(64)",
    };
    struct tamper tamper;
    tamper_create(&tamper);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        for (int number = 1; number <= 4; number++) {
            if (number == 4 && i == 0) {
                continue; /* Below: it then signs what is not there. */
            }
            char sql[TAMPER_SQL_BYTES];
            char words[64];
            snprintf(sql, sizeof sql, "UPDATE signatures SET %s WHERE number = %d", changes[i],
                     number);
            snprintf(words, sizeof words, "signature %d (", number);
            tamper_refused(&tamper, sql, words);
        }
    }
    tamper_refused(&tamper, "UPDATE signatures SET sequence = sequence + 1 WHERE number = 4",
                   "record 152 is missing");
    tamper_refused(&tamper, "DELETE FROM signatures WHERE number = 1", "signature 1 is missing");
    tamper_refused(&tamper, "DELETE FROM signatures WHERE number = 2", "signature 2 is missing");
    tamper_refused(&tamper, "DELETE FROM signatures WHERE number = 4",
                   "the signature of record 151 is missing");
    tamper_refused(&tamper, "DELETE FROM signatures", "signature");
    tamper_refused(&tamper, "UPDATE signatures SET number = -1 WHERE number = 1",
                   "signature 1 is missing");
    tamper_refused(&tamper,
                   "INSERT INTO signatures SELECT 5, sequence, utc_us, head, key, signature FROM "
                   "signatures WHERE number = 4",
                   "signature 5 (");
    tamper_destroy(&tamper);
}

TEST(tamper, definitions_are_ours_word_for_word) {
    struct tamper tamper;
    tamper_create(&tamper);
    tamper_refused(&tamper, "DROP VIEW outputs", "the definition of outputs");
    tamper_refused(&tamper, "DROP VIEW digests", "the definition of digests is missing");
    tamper_refused(&tamper,
                   "DROP VIEW digests; CREATE VIEW digests AS SELECT sequence FROM records",
                   "the definition of digests was changed");
    tamper_refused(&tamper, "CREATE TABLE more(x)", "something that is not ours");
    tamper_refused(&tamper,
                   "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END",
                   "something that is not ours");
    tamper_refused(&tamper, "CREATE INDEX i ON records(kind)", "something that is not ours");
    tamper_refused(&tamper, "ALTER TABLE records ADD COLUMN more TEXT",
                   "the definition of records was changed");
    tamper_destroy(&tamper);
}

TEST(tamper, foreign_and_newer_files_are_named) {
    struct tamper tamper;
    struct spill_error error;
    tamper_create(&tamper);
    CHECK_EQ(tamper_try(&tamper, "PRAGMA application_id = 7", &error), SPILL_INVALID);
    CHECK(strstr(error.text, "not a recording of Spillover") != NULL);
    CHECK_EQ(tamper_try(&tamper, "PRAGMA user_version = 2", &error), SPILL_REVISION);
    CHECK(strstr(error.text, "recording format 2; this program reads format 1") != NULL);
    CHECK_EQ(tamper_try(&tamper, "PRAGMA user_version = 0", &error), SPILL_CORRUPT);
    CHECK(strstr(error.text, "there is no recording format 0") != NULL);
    tamper_destroy(&tamper);
}

/* Somebody who knows the formulas and has no key: rewrites a record and every hash behind it. */
TEST(tamper, chain_made_anew_meets_the_signature) {
    struct tamper tamper;
    tamper_create(&tamper);
    CHECK_LE(0, sodium_init());
    tamper_execute(tamper.path, "UPDATE records SET text = '{\"n\": 0}' WHERE sequence = 70");
    sqlite3 *database = NULL;
    sqlite3_stmt *read = NULL;
    sqlite3_stmt *write = NULL;
    CHECK_EQ(sqlite3_open(tamper.path, &database), SQLITE_OK);
    CHECK_EQ(sqlite3_prepare_v2(database,
                                "SELECT sequence, kind, exercise_ms, monotonic_us, utc_us, body, "
                                "text, salt FROM records ORDER BY sequence",
                                -1, &read, NULL),
             SQLITE_OK);
    CHECK_EQ(sqlite3_prepare_v2(database,
                                "UPDATE records SET hash = ?2, length = ?3 WHERE sequence = ?1", -1,
                                &write, NULL),
             SQLITE_OK);
    uint8_t hash[RECORDING_HASH_BYTES];
    chain_start(hash);
    while (sqlite3_step(read) == SQLITE_ROW) {
        struct record record = {.exercise_ms = sqlite3_column_int64(read, 2),
                                .monotonic_us = sqlite3_column_int64(read, 3),
                                .utc_us = sqlite3_column_int64(read, 4),
                                .body = sqlite3_column_blob(read, 5),
                                .body_bytes = (size_t)sqlite3_column_bytes(read, 5),
                                .text = (const char *)sqlite3_column_text(read, 6)};
        for (int kind = RECORD_META; kind < RECORD_KIND_COUNT; kind++) {
            if (strcmp(record_kind_name((enum record_kind)kind),
                       (const char *)sqlite3_column_text(read, 1)) == 0) {
                record.kind = (enum record_kind)kind;
            }
        }
        uint8_t leaf[RECORDING_HASH_BYTES];
        const int64_t sequence = sqlite3_column_int64(read, 0);
        chain_leaf(sqlite3_column_blob(read, 7), &record, leaf);
        chain_next(hash, (uint64_t)sequence, record.kind, chain_length(&record), leaf);
        sqlite3_bind_int64(write, 1, sequence);
        sqlite3_bind_blob(write, 2, hash, sizeof hash, SQLITE_TRANSIENT);
        sqlite3_bind_int64(write, 3, (int64_t)chain_length(&record));
        CHECK_EQ(sqlite3_step(write), SQLITE_DONE);
        sqlite3_reset(write);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    CHECK_EQ(sqlite3_close(database), SQLITE_OK);
    struct spill_error error;
    CHECK_EQ(sample_try(tamper.path, &error), SPILL_CORRUPT);
    CHECK(strstr(error.text, "it signs another head") != NULL);
    /* The head in the signature's row made anew too. */
    tamper_execute(tamper.path, "UPDATE signatures SET head = (SELECT hash FROM records WHERE "
                                "records.sequence = signatures.sequence)");
    CHECK_EQ(sample_try(tamper.path, &error), SPILL_CORRUPT);
    CHECK(strstr(error.text, "it is not by this key") != NULL);
    tamper_destroy(&tamper);
}

/* Takes the content of a record out of the file at path, and leaves its place in the chain. */
static void tamper_withhold(const char *path, uint64_t sequence) {
    uint8_t body[SAMPLE_BODY_BYTES];
    char text[SAMPLE_TEXT_BYTES];
    uint8_t salt[CHAIN_SALT_BYTES];
    uint8_t leaf[RECORDING_HASH_BYTES];
    const struct record record = sample_record(sequence, body, text);
    chain_salt(sample_keys.salt_key, sequence, salt);
    chain_leaf(salt, &record, leaf);
    char hex[2 * RECORDING_HASH_BYTES + 1];
    sodium_bin2hex(hex, sizeof hex, leaf, sizeof leaf);
    char sql[TAMPER_SQL_BYTES];
    snprintf(sql, sizeof sql,
             "UPDATE records SET exercise_ms = NULL, monotonic_us = NULL, utc_us = NULL, "
             "body = NULL, text = NULL, salt = NULL, leaf = x'%s' WHERE sequence = %" PRIu64,
             hex, sequence);
    tamper_execute(path, sql);
}

TEST(tamper, withheld_record_still_verifies) {
    struct tamper tamper;
    tamper_create(&tamper);
    CHECK_LE(0, sodium_init());
    tamper_withhold(tamper.path, 33);
    tamper_withhold(tamper.path, 100);
    struct recording *recording = sample_open(tamper.path, RECORDING_READ);
    struct recording_summary summary;
    recording_summary(recording, &summary);
    CHECK_EQ(summary.withheld, 2);
    CHECK(summary.closed);
    struct recording_cursor *cursor = NULL;
    struct record record;
    CHECK_OK(recording_cursor_open(recording, UINT32_MAX, 33, &cursor));
    CHECK_OK(recording_cursor_next(cursor, &record));
    CHECK_EQ(record.sequence, 33);
    CHECK(record.withheld);
    CHECK_EQ(record.body_bytes, 0);
    CHECK(record.text == NULL);
    CHECK_OK(recording_cursor_next(cursor, &record));
    CHECK(!record.withheld);
    recording_cursor_close(&cursor);
    recording_close(&recording);
    tamper_destroy(&tamper);
}

TEST(tamper, salvaging_reads_the_sound_part) {
    struct tamper tamper;
    tamper_create(&tamper);
    tamper_execute(tamper.path, "UPDATE records SET body = x'00' WHERE sequence = 100");
    struct recording *recording = sample_open(tamper.path, RECORDING_SALVAGE);
    CHECK_EQ(recording_durable(recording), 99);
    CHECK(strstr(recording_damage(recording), "record 100 (") != NULL);
    struct recording_cursor *cursor = NULL;
    struct record record;
    CHECK_OK(recording_cursor_open(recording, UINT32_MAX, 99, &cursor));
    CHECK_OK(recording_cursor_next(cursor, &record));
    CHECK_EQ(recording_cursor_next(cursor, &record), SPILL_NOT_FOUND);
    recording_cursor_close(&cursor);
    recording_close(&recording);
    /* But nobody goes on from a broken chain. */
    const struct recording_options options = sample_options(NULL);
    struct spill_error error;
    CHECK_EQ(recording_open(tamper.path, RECORDING_RESUME, &options, &recording, &error),
             SPILL_CORRUPT);
    CHECK(strstr(error.text, "record 100 (") != NULL);
    tamper_destroy(&tamper);
}
