/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/record/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "coordinator/record/schema.h"

enum {
    STORE_BUSY_MS = 5000,
    STORE_LOG_PAGES_MAX = 16384, /* Of 4 KiB: then a commit moves the log into the file itself. */
    STORE_LENGTH_MAX = RECORDING_FILE_BYTES_MAX + (1 << 20),
    STORE_NAME_BYTES = RECORDING_PATH_BYTES_MAX + 64,
};

struct store {
    sqlite3 *database;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *rollback;  /* Ready, so that it works when memory has run out. */
    sqlite3_stmt *insert;    /* Writers only. */
    sqlite3_stmt *sign;      /* Writers only. */
    sqlite3_stmt *signature; /* One signature. */
    char path[STORE_NAME_BYTES];
};

struct store_scan {
    sqlite3_stmt *statement;
    struct store *store;
};

/* ---- Failing ---- */

static enum spill_status store_status(int code) {
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return SPILL_MEMORY;
    case SQLITE_NOTADB: /* As far as anybody can tell, it was never ours. */
        return SPILL_INVALID;
    case SQLITE_CORRUPT:
    case SQLITE_TOOBIG:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: /* All our statements are sound: the schema that they meet is not. */
        return SPILL_CORRUPT;
    default:
        return SPILL_IO;
    }
}

static enum spill_status store_fail(const struct store *store, int code,
                                    struct spill_error *error) {
    const char *words = sqlite3_errstr(code);
    if ((code & 0xff) == SQLITE_NOTADB) {
        words = "not a recording of Spillover";
    } else if (store->database != NULL) {
        words = sqlite3_errmsg(store->database);
    }
    /* Out of memory, SQLite sometimes has only these words left to say so. */
    const bool dry = strcmp(words, sqlite3_errstr(SQLITE_NOMEM)) == 0;
    return spill_fail(error, dry ? SPILL_MEMORY : store_status(code), "%s: %s", store->path, words);
}

static enum spill_status store_execute(struct store *store, const char *sql,
                                       struct spill_error *error) {
    const int code = sqlite3_exec(store->database, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? SPILL_OK : store_fail(store, code, error);
}

static enum spill_status store_prepare(struct store *store, const char *sql,
                                       sqlite3_stmt **statement, struct spill_error *error) {
    const int code =
        sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return code == SQLITE_OK ? SPILL_OK : store_fail(store, code, error);
}

/* ---- Opening ---- */

static enum spill_status store_connect(const char *path, const char *vfs, int flags,
                                       struct store **store, struct spill_error *error) {
    struct store *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    /* SQLite gives names that start with ':' a meaning of its own. */
    snprintf(made->path, sizeof made->path, "%s%s", path[0] == ':' ? "./" : "", path);
    int code = sqlite3_open_v2(made->path, &made->database,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(made->database, STORE_BUSY_MS);
        sqlite3_limit(made->database, SQLITE_LIMIT_LENGTH, STORE_LENGTH_MAX);
        sqlite3_db_config(made->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(made->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    }
    if (code != SQLITE_OK) {
        const enum spill_status status = store_fail(made, code, error);
        struct store *half = made;
        store_close(&half, true);
        return status;
    }
    *store = made;
    return SPILL_OK;
}

static enum spill_status store_prepare_all(struct store *store, bool writable,
                                           struct spill_error *error) {
    enum spill_status status = store_prepare(
        store,
        "SELECT number, sequence, utc_us, head, key, signature FROM signatures WHERE number >= ?1 "
        "ORDER BY number LIMIT 1",
        &store->signature, error);
    if (status == SPILL_OK) {
        status = store_prepare(store, writable ? "BEGIN IMMEDIATE" : "BEGIN", &store->begin, error);
    }
    if (status == SPILL_OK) {
        status = store_prepare(store, "COMMIT", &store->commit, error);
    }
    if (status == SPILL_OK) {
        status = store_prepare(store, "ROLLBACK", &store->rollback, error);
    }
    if (status == SPILL_OK && writable) {
        status = store_prepare(store,
                               "INSERT INTO records(sequence, kind, exercise_ms, monotonic_us, "
                               "utc_us, body, text, salt, leaf, length, hash) "
                               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9, ?10)",
                               &store->insert, error);
    }
    if (status == SPILL_OK && writable) {
        status = store_prepare(store,
                               "INSERT INTO signatures(number, sequence, utc_us, head, key, "
                               "signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                               &store->sign, error);
    }
    return status;
}

enum spill_status store_create(const char *path, const char *vfs, struct store **store,
                               struct spill_error *error) {
    struct store *made = NULL;
    enum spill_status status =
        store_connect(path, vfs, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &made, error);
    if (status != SPILL_OK) {
        return status;
    }
    /* The file gets its name only when it is complete; until then no journal is needed. */
    char pragmas[256];
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA page_size=4096; PRAGMA encoding='UTF-8'; PRAGMA synchronous=FULL; "
             "PRAGMA temp_store=MEMORY; PRAGMA journal_mode=MEMORY; "
             "PRAGMA application_id=%d; PRAGMA user_version=%d; BEGIN",
             RECORDING_APPLICATION_ID, RECORDING_FORMAT);
    status = store_execute(made, pragmas, error);
    for (size_t i = 0; i < schema_object_count && status == SPILL_OK; i++) {
        status = store_execute(made, schema_objects[i].sql, error);
    }
    if (status == SPILL_OK) {
        status = store_execute(made, "COMMIT", error);
    }
    if (status == SPILL_OK) {
        status = store_prepare_all(made, true, error);
    }
    if (status != SPILL_OK) {
        store_close(&made, true);
        return status;
    }
    *store = made;
    return SPILL_OK;
}

/* One number from one statement. */
static enum spill_status store_number(struct store *store, const char *sql, int64_t *number,
                                      struct spill_error *error) {
    sqlite3_stmt *statement = NULL;
    enum spill_status status = store_prepare(store, sql, &statement, error);
    if (status != SPILL_OK) {
        return status;
    }
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
    } else {
        status = store_fail(store, code, error);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Nothing in the file may be read before this: a foreign schema can hold triggers and views. */
static enum spill_status store_check_schema(struct store *store, struct spill_error *error) {
    sqlite3_stmt *statement = NULL;
    enum spill_status status = store_prepare(
        store, "SELECT type, name, sql FROM sqlite_schema ORDER BY rowid", &statement, error);
    size_t found = 0;
    while (status == SPILL_OK) {
        const int code = sqlite3_step(statement);
        if (code == SQLITE_DONE) {
            break;
        }
        if (code != SQLITE_ROW) {
            status = store_fail(store, code, error);
            break;
        }
        const char *const type = (const char *)sqlite3_column_text(statement, 0);
        const char *const name = (const char *)sqlite3_column_text(statement, 1);
        const char *const sql = (const char *)sqlite3_column_text(statement, 2);
        const struct schema_object *const wanted =
            found < schema_object_count ? &schema_objects[found] : NULL;
        if (wanted == NULL || type == NULL || name == NULL || sql == NULL ||
            strcmp(type, wanted->type) != 0 || strcmp(name, wanted->name) != 0 ||
            strcmp(sql, wanted->sql) != 0) {
            status = spill_fail(error, SPILL_CORRUPT, "%s: the definition of %s was changed",
                                store->path,
                                wanted != NULL ? wanted->name : "something that is not ours");
        }
        found++;
    }
    if (status == SPILL_OK && found < schema_object_count) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: the definition of %s is missing",
                            store->path, schema_objects[found].name);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum spill_status store_check_header(struct store *store, struct spill_error *error) {
    int64_t application_id = 0;
    int64_t format = 0;
    int64_t vacuum = 0;
    enum spill_status status = store_number(store, "PRAGMA application_id", &application_id, error);
    if (status == SPILL_OK && application_id != RECORDING_APPLICATION_ID) {
        status = spill_fail(error, SPILL_INVALID,
                            "%s: not a recording of Spillover (its application id is %08x)",
                            store->path, (unsigned)application_id);
    }
    if (status == SPILL_OK) {
        status = store_number(store, "PRAGMA user_version", &format, error);
    }
    if (status == SPILL_OK && format > RECORDING_FORMAT) {
        status = spill_fail(error, SPILL_REVISION,
                            "%s: recording format %d; this program reads format %d", store->path,
                            (int)format, RECORDING_FORMAT);
    } else if (status == SPILL_OK && format != RECORDING_FORMAT) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: there is no recording format %d",
                            store->path, (int)format);
    }
    if (status == SPILL_OK) {
        status = store_number(store, "PRAGMA auto_vacuum", &vacuum, error);
    }
    if (status == SPILL_OK && vacuum != 0) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: its header was changed", store->path);
    }
    return status == SPILL_OK ? store_check_schema(store, error) : status;
}

static const char store_settings[] =
    "PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY";

/* A power cut while a recording is finished leaves a journal that only a writer may roll back: a
 * reader becomes one for a moment. */
static enum spill_status store_recover(struct store **store, const char *path, const char *vfs,
                                       struct spill_error *error) {
    store_close(store, true);
    enum spill_status status = store_connect(path, vfs, SQLITE_OPEN_READWRITE, store, error);
    if (status == SPILL_OK) {
        status = store_execute(*store, store_settings, error);
    }
    if (status == SPILL_OK) {
        store_close(store, true);
        status = store_connect(path, vfs, SQLITE_OPEN_READONLY, store, error);
    }
    return status == SPILL_OK ? store_execute(*store, store_settings, error) : status;
}

/* Opens the file, with nothing known of what is in it. */
static enum spill_status store_connect_settled(const char *path, const char *vfs, bool writable,
                                               struct store **store, struct spill_error *error) {
    enum spill_status status = store_connect(
        path, vfs, writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, store, error);
    if (status == SPILL_OK) {
        status = store_execute(*store, store_settings, error);
    }
    if (status != SPILL_OK && !writable && *store != NULL &&
        sqlite3_errcode((*store)->database) == SQLITE_READONLY_ROLLBACK) {
        status = store_recover(store, path, vfs, error);
    }
    return status;
}

enum spill_status store_open(const char *path, const char *vfs, bool writable, struct store **store,
                             struct spill_error *error) {
    struct stat about;
    if (stat(path, &about) != 0) {
        return spill_fail(error, errno == ENOENT || errno == ENOTDIR ? SPILL_NOT_FOUND : SPILL_IO,
                          "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return spill_fail(error, SPILL_INVALID, "%s: not a recording but a folder or device", path);
    }
    struct store *made = NULL;
    enum spill_status status = store_connect_settled(path, vfs, writable, &made, error);
    if (status == SPILL_OK) {
        status = store_check_header(made, error);
    }
    if (status == SPILL_OK) {
        status = store_prepare_all(made, writable, error);
    }
    if (status != SPILL_OK) {
        store_close(&made, true);
        return status;
    }
    *store = made;
    return SPILL_OK;
}

void store_close(struct store **store, bool untouched) {
    if (*store == NULL) {
        return;
    }
    sqlite3_finalize((*store)->begin);
    sqlite3_finalize((*store)->commit);
    sqlite3_finalize((*store)->rollback);
    sqlite3_finalize((*store)->insert);
    sqlite3_finalize((*store)->sign);
    sqlite3_finalize((*store)->signature);
    if ((*store)->database != NULL) {
        sqlite3_db_config((*store)->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)untouched,
                          NULL);
        const int code = sqlite3_close((*store)->database);
        SPILL_ASSERT(code == SQLITE_OK); /* Else a scan is still open. */
    }
    free(*store);
    *store = NULL;
}

/* ---- Writing ---- */

static enum spill_status store_run(struct store *store, sqlite3_stmt *statement, int bound,
                                   struct spill_error *error) {
    int code = bound;
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    enum spill_status status = SPILL_OK;
    if (code != SQLITE_DONE) {
        status = store_fail(store, code, error);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

enum spill_status store_begin(struct store *store, struct spill_error *error) {
    return store_run(store, store->begin, SQLITE_OK, error);
}

enum spill_status store_commit(struct store *store, struct spill_error *error) {
    return store_run(store, store->commit, SQLITE_OK, error);
}

void store_rollback(struct store *store) {
    /* Some failures have rolled back already. */
    if (sqlite3_get_autocommit(store->database) == 0) {
        sqlite3_step(store->rollback);
        sqlite3_reset(store->rollback);
    }
}

enum spill_status store_insert(struct store *store, const struct store_row *row,
                               struct spill_error *error) {
    SPILL_ASSERT(store->insert != NULL);
    SPILL_ASSERT(!row->record.withheld);
    const struct record *const record = &row->record;
    sqlite3_stmt *const insert = store->insert;
    int code = sqlite3_bind_int64(insert, 1, (int64_t)record->sequence);
    code |= sqlite3_bind_text(insert, 2, record_kind_name(record->kind), -1, SQLITE_STATIC);
    code |= sqlite3_bind_int64(insert, 3, record->exercise_ms);
    code |= sqlite3_bind_int64(insert, 4, record->monotonic_us);
    code |= sqlite3_bind_int64(insert, 5, record->utc_us);
    /* A NULL body would mean that it is withheld. */
    code |= sqlite3_bind_blob64(insert, 6, record->body_bytes > 0 ? (const void *)record->body : "",
                                record->body_bytes, SQLITE_STATIC);
    code |= sqlite3_bind_text(insert, 7, record->text, -1, SQLITE_STATIC);
    code |= sqlite3_bind_blob(insert, 8, row->salt, CHAIN_SALT_BYTES, SQLITE_STATIC);
    code |= sqlite3_bind_int64(insert, 9, (int64_t)row->length);
    code |= sqlite3_bind_blob(insert, 10, row->hash, RECORDING_HASH_BYTES, SQLITE_STATIC);
    return store_run(store, insert, code, error);
}

enum spill_status store_sign(struct store *store, const struct store_signature *signature,
                             struct spill_error *error) {
    SPILL_ASSERT(store->sign != NULL);
    sqlite3_stmt *const sign = store->sign;
    int code = sqlite3_bind_int64(sign, 1, (int64_t)signature->number);
    code |= sqlite3_bind_int64(sign, 2, (int64_t)signature->sequence);
    code |= sqlite3_bind_int64(sign, 3, signature->utc_us);
    code |= sqlite3_bind_blob(sign, 4, signature->head, RECORDING_HASH_BYTES, SQLITE_STATIC);
    code |= sqlite3_bind_blob(sign, 5, signature->key, RECORDING_KEY_BYTES, SQLITE_STATIC);
    code |=
        sqlite3_bind_blob(sign, 6, signature->signature, RECORDING_SIGNATURE_BYTES, SQLITE_STATIC);
    return store_run(store, sign, code, error);
}

enum spill_status store_begin_log(struct store *store, struct spill_error *error) {
    sqlite3_stmt *statement = NULL;
    enum spill_status status = store_prepare(store, "PRAGMA journal_mode=WAL", &statement, error);
    if (status != SPILL_OK) {
        return status;
    }
    int code = sqlite3_step(statement);
    const char *const mode =
        code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (code == SQLITE_ROW && (mode == NULL || strcmp(mode, "wal") != 0)) {
        status =
            spill_fail(error, SPILL_IO, "%s: no write-ahead log is possible here", store->path);
    }
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    /* The change is committed only here. */
    code = sqlite3_finalize(statement);
    if (status == SPILL_OK && code != SQLITE_OK) {
        status = store_fail(store, code, error);
    }
    sqlite3_wal_autocheckpoint(store->database, STORE_LOG_PAGES_MAX);
    return status;
}

void store_end_log(struct store *store) {
    /* Readers may keep it; then the file stays as it is, which is as durable. */
    sqlite3_busy_timeout(store->database, 0);
    sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_exec(store->database, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    sqlite3_busy_timeout(store->database, STORE_BUSY_MS);
}

void store_checkpoint(struct store *store) {
    sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* ---- Reading ---- */

uint64_t store_last(struct store *store) {
    int64_t last = 0;
    const enum spill_status status =
        store_number(store, "SELECT max(sequence) FROM records", &last, NULL);
    return status == SPILL_OK && last > 0 ? (uint64_t)last : 0;
}

enum spill_status store_scan_open(struct store *store, int64_t first, int64_t last,
                                  struct store_scan **scan) {
    struct store_scan *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->store = store;
    const enum spill_status status =
        store_prepare(store,
                      "SELECT sequence, kind, exercise_ms, monotonic_us, utc_us, body, text, salt, "
                      "leaf, length, hash FROM records WHERE sequence BETWEEN ?1 AND ?2 "
                      "ORDER BY sequence",
                      &made->statement, NULL);
    if (status != SPILL_OK) {
        free(made);
        return status;
    }
    sqlite3_bind_int64(made->statement, 1, first);
    sqlite3_bind_int64(made->statement, 2, last);
    *scan = made;
    return SPILL_OK;
}

void store_scan_close(struct store_scan **scan) {
    if (*scan == NULL) {
        return;
    }
    sqlite3_finalize((*scan)->statement);
    free(*scan);
    *scan = NULL;
}

enum {
    STORE_SEQUENCE,
    STORE_KIND,
    STORE_EXERCISE,
    STORE_MONOTONIC,
    STORE_UTC,
    STORE_BODY,
    STORE_TEXT,
    STORE_SALT,
    STORE_LEAF,
    STORE_LENGTH,
    STORE_HASH
};

/* The bytes of a column, NULL unless it is a blob of exactly so many. */
static const uint8_t *store_blob(sqlite3_stmt *statement, int column, int bytes) {
    return sqlite3_column_type(statement, column) == SQLITE_BLOB &&
                   sqlite3_column_bytes(statement, column) == bytes
               ? sqlite3_column_blob(statement, column)
               : NULL;
}

static bool store_is(sqlite3_stmt *statement, int first, int last, int type) {
    for (int column = first; column <= last; column++) {
        if (sqlite3_column_type(statement, column) != type) {
            return false;
        }
    }
    return true;
}

static enum record_kind store_kind(sqlite3_stmt *statement) {
    if (sqlite3_column_type(statement, STORE_KIND) != SQLITE_TEXT) {
        return 0;
    }
    const char *const name = (const char *)sqlite3_column_text(statement, STORE_KIND);
    for (int kind = RECORD_META; name != NULL && kind < RECORD_KIND_COUNT; kind++) {
        if (strcmp(name, record_kind_name((enum record_kind)kind)) == 0) {
            return (enum record_kind)kind;
        }
    }
    return 0;
}

/* The content of a row that has one; words for a fault, or NULL. */
static const char *store_content(sqlite3_stmt *statement, struct store_row *row) {
    struct record *const record = &row->record;
    if (!store_is(statement, STORE_EXERCISE, STORE_UTC, SQLITE_INTEGER) ||
        !store_is(statement, STORE_BODY, STORE_BODY, SQLITE_BLOB) ||
        !store_is(statement, STORE_LEAF, STORE_LEAF, SQLITE_NULL)) {
        return "a column has another type";
    }
    record->exercise_ms = sqlite3_column_int64(statement, STORE_EXERCISE);
    record->monotonic_us = sqlite3_column_int64(statement, STORE_MONOTONIC);
    record->utc_us = sqlite3_column_int64(statement, STORE_UTC);
    record->body = sqlite3_column_blob(statement, STORE_BODY);
    record->body_bytes = (size_t)sqlite3_column_bytes(statement, STORE_BODY);
    row->salt = store_blob(statement, STORE_SALT, CHAIN_SALT_BYTES);
    const int type = sqlite3_column_type(statement, STORE_TEXT);
    if (type == SQLITE_TEXT) {
        record->text = (const char *)sqlite3_column_text(statement, STORE_TEXT);
    }
    if (row->salt == NULL || (type != SQLITE_TEXT && type != SQLITE_NULL)) {
        return "a column has another type";
    }
    if (record->text != NULL &&
        strlen(record->text) != (size_t)sqlite3_column_bytes(statement, STORE_TEXT)) {
        return "its text was changed";
    }
    return NULL;
}

static const char *store_read(sqlite3_stmt *statement, struct store_row *row) {
    *row = (struct store_row){0};
    row->record.sequence = (uint64_t)sqlite3_column_int64(statement, STORE_SEQUENCE);
    row->record.kind = store_kind(statement);
    if (row->record.kind == 0) {
        return "its kind is unknown";
    }
    const int64_t length = sqlite3_column_int64(statement, STORE_LENGTH);
    row->hash = store_blob(statement, STORE_HASH, RECORDING_HASH_BYTES);
    if (!store_is(statement, STORE_LENGTH, STORE_LENGTH, SQLITE_INTEGER) || length < 0 ||
        row->hash == NULL) {
        return "a column has another type";
    }
    row->length = (uint64_t)length;
    if (store_is(statement, STORE_EXERCISE, STORE_SALT, SQLITE_NULL)) {
        row->record.withheld = true;
        row->leaf = store_blob(statement, STORE_LEAF, RECORDING_HASH_BYTES);
        return row->leaf != NULL ? NULL : "its content is missing";
    }
    return store_content(statement, row);
}

enum spill_status store_scan_next(struct store_scan *scan, struct store_row *row,
                                  struct spill_error *error) {
    const int code = sqlite3_step(scan->statement);
    if (code == SQLITE_DONE) {
        return SPILL_NOT_FOUND;
    }
    if (code != SQLITE_ROW) {
        return store_fail(scan->store, code, error);
    }
    row->fault = store_read(scan->statement, row);
    return SPILL_OK;
}

enum spill_status store_signature(struct store *store, int64_t from,
                                  struct store_signature *signature, struct spill_error *error) {
    sqlite3_stmt *const statement = store->signature;
    sqlite3_bind_int64(statement, 1, from);
    const int code = sqlite3_step(statement);
    enum spill_status status = SPILL_OK;
    if (code == SQLITE_ROW) {
        const uint8_t *const head = store_blob(statement, 3, RECORDING_HASH_BYTES);
        const uint8_t *const key = store_blob(statement, 4, RECORDING_KEY_BYTES);
        const uint8_t *const bytes = store_blob(statement, 5, RECORDING_SIGNATURE_BYTES);
        *signature = (struct store_signature){
            .number = (uint64_t)sqlite3_column_int64(statement, 0),
            .sequence = (uint64_t)sqlite3_column_int64(statement, 1),
            .utc_us = sqlite3_column_int64(statement, 2),
            .well_formed = head != NULL && key != NULL && bytes != NULL &&
                           store_is(statement, 0, 2, SQLITE_INTEGER),
        };
        if (signature->well_formed) {
            memcpy(signature->head, head, RECORDING_HASH_BYTES);
            memcpy(signature->key, key, RECORDING_KEY_BYTES);
            memcpy(signature->signature, bytes, RECORDING_SIGNATURE_BYTES);
        }
    } else {
        status = code == SQLITE_DONE ? SPILL_NOT_FOUND : store_fail(store, code, error);
    }
    sqlite3_reset(statement);
    return status;
}

enum spill_status store_check(struct store *store, struct spill_error *error) {
    sqlite3_stmt *statement = NULL;
    enum spill_status status = store_prepare(store, "PRAGMA integrity_check(1)", &statement, error);
    if (status != SPILL_OK) {
        return status;
    }
    const int code = sqlite3_step(statement);
    const char *const words =
        code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (code != SQLITE_ROW) {
        status = store_fail(store, code, error);
    } else if (words == NULL || strcmp(words, "ok") != 0) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: the file's structure: %s", store->path,
                            words != NULL ? words : "unreadable");
    }
    sqlite3_finalize(statement);
    return status;
}
