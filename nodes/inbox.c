/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/inbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

enum {
    INBOX_LOG_PAGES = 1000, /* Of 4 KiB: then a commit moves the write-ahead log into the file. */
    INBOX_CELL_BYTES = SPILL_ID_BYTES_MAX + 1,
    INBOX_NUMBERS = 5 + INBOX_LOG_COUNT, /* Of a standing. */
    INBOX_HEX_BYTES = 2 * FRAME_EXERCISE_BYTES + 1,
};

static const char *const inbox_names[INBOX_LOG_COUNT] = {"received", "sent", "turns"};

/* What an open file must hold, word for word, and nothing else. */
#define INBOX_LOG_SQL(name)                                                                        \
    "CREATE TABLE " name "(sequence INTEGER PRIMARY KEY, head BLOB NOT NULL, bytes BLOB NOT NULL)" \
    " STRICT"
static const char *const inbox_schema[] = {
    "CREATE TABLE standing(exercise BLOB NOT NULL, cell TEXT NOT NULL, epoch INTEGER NOT NULL, "
    "start INTEGER NOT NULL, boot INTEGER NOT NULL, acknowledged INTEGER NOT NULL, "
    "received INTEGER NOT NULL, sent INTEGER NOT NULL, turns INTEGER NOT NULL, "
    "base INTEGER NOT NULL, base_head BLOB NOT NULL, hash BLOB NOT NULL) STRICT",
    INBOX_LOG_SQL("received"),
    INBOX_LOG_SQL("sent"),
    INBOX_LOG_SQL("turns"),
};
enum { INBOX_TABLES = sizeof inbox_schema / sizeof inbox_schema[0] };

/* Everything but the logs' messages. */
struct inbox_standing {
    uint8_t exercise[FRAME_EXERCISE_BYTES]; /* Zeros: not known yet. */
    uint64_t epoch, start;
    uint32_t boot;
    uint64_t acknowledged;
    struct frame_position base; /* The sent log begins after it. */
    struct frame_position logs[INBOX_LOG_COUNT];
};

struct inbox {
    sqlite3 *database;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *write; /* The standing. */
    sqlite3_stmt *insert[INBOX_LOG_COUNT];
    sqlite3_stmt *select[INBOX_LOG_COUNT];
    struct inbox_standing durable;
    struct inbox_standing now;
    bool open; /* A transaction is. */
    bool broken;
    char cell[INBOX_CELL_BYTES];
    char path[INBOX_PATH_BYTES_MAX + 3];
};

/* ---- Failing ---- */

static enum spill_status inbox_fail(struct inbox *inbox, struct spill_error *error) {
    const int code = sqlite3_extended_errcode(inbox->database) & 0xff;
    const char *const words = sqlite3_errmsg(inbox->database);
    switch (code) {
    case SQLITE_NOMEM:
        return spill_fail(error, SPILL_MEMORY, "%s: out of memory", inbox->path);
    case SQLITE_NOTADB:
        return spill_fail(error, SPILL_INVALID, "%s: not an inbox of Spillover", inbox->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return spill_fail(error, SPILL_REFUSED, "%s: another process has this inbox", inbox->path);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* Our statements are sound: what they meet is not. */
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
        return spill_fail(error, SPILL_CORRUPT, "%s: %s", inbox->path, words);
    default:
        return spill_fail(error, SPILL_IO, "%s: %s", inbox->path, words);
    }
}

static enum spill_status inbox_broken(const struct inbox *inbox, struct spill_error *error) {
    return spill_fail(error, SPILL_IO, "%s: its disk failed before", inbox->path);
}

static enum spill_status inbox_break(struct inbox *inbox, struct spill_error *error) {
    const enum spill_status status = inbox_fail(inbox, error);
    inbox->broken = true;
    return status;
}

static enum spill_status inbox_execute(struct inbox *inbox, const char *sql,
                                       struct spill_error *error) {
    return sqlite3_exec(inbox->database, sql, NULL, NULL, NULL) == SQLITE_OK
               ? SPILL_OK
               : inbox_fail(inbox, error);
}

/* Steps a statement that gives no rows. */
static bool inbox_step(sqlite3_stmt *statement) {
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    return sqlite3_reset(statement) == SQLITE_OK && code == SQLITE_DONE;
}

/* ---- The standing ---- */

static void inbox_numbers(const struct inbox_standing *standing, uint64_t numbers[INBOX_NUMBERS]) {
    numbers[0] = standing->epoch;
    numbers[1] = standing->start;
    numbers[2] = standing->boot;
    numbers[3] = standing->acknowledged;
    for (size_t i = 0; i < INBOX_LOG_COUNT; i++) {
        numbers[4 + i] = standing->logs[i].sequence;
    }
    numbers[4 + INBOX_LOG_COUNT] = standing->base.sequence;
}

/* Nothing else guards these numbers against a disk that forgets or rots. */
static void inbox_hash(const struct inbox *inbox, const struct inbox_standing *standing,
                       uint8_t hash[FRAME_HEAD_BYTES]) {
    uint64_t numbers[INBOX_NUMBERS];
    uint8_t bytes[INBOX_NUMBERS * 8];
    inbox_numbers(standing, numbers);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(numbers[i / 8] >> (8 * (i % 8)));
    }
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, FRAME_HEAD_BYTES);
    (void)crypto_generichash_update(&state, standing->exercise, FRAME_EXERCISE_BYTES);
    (void)crypto_generichash_update(&state, (const uint8_t *)inbox->cell, sizeof inbox->cell);
    (void)crypto_generichash_update(&state, bytes, sizeof bytes);
    (void)crypto_generichash_update(&state, standing->base.head, FRAME_HEAD_BYTES);
    (void)crypto_generichash_final(&state, hash, FRAME_HEAD_BYTES);
}

static bool inbox_write_standing(struct inbox *inbox) {
    uint64_t numbers[INBOX_NUMBERS];
    uint8_t hash[FRAME_HEAD_BYTES];
    inbox_numbers(&inbox->now, numbers);
    inbox_hash(inbox, &inbox->now, hash);
    sqlite3_stmt *const write = inbox->write;
    sqlite3_bind_blob(write, 1, inbox->now.exercise, FRAME_EXERCISE_BYTES, SQLITE_STATIC);
    sqlite3_bind_text(write, 2, inbox->cell, -1, SQLITE_STATIC);
    for (int i = 0; i < INBOX_NUMBERS; i++) {
        sqlite3_bind_int64(write, 3 + i, (sqlite3_int64)numbers[i]);
    }
    sqlite3_bind_blob(write, 3 + INBOX_NUMBERS, inbox->now.base.head, FRAME_HEAD_BYTES,
                      SQLITE_STATIC);
    sqlite3_bind_blob(write, 4 + INBOX_NUMBERS, hash, FRAME_HEAD_BYTES, SQLITE_STATIC);
    return inbox_step(write);
}

static bool inbox_blob(sqlite3_stmt *statement, int column, uint8_t *bytes, int size_bytes) {
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB ||
        sqlite3_column_bytes(statement, column) != size_bytes) {
        return false;
    }
    memcpy(bytes, sqlite3_column_blob(statement, column), (size_t)size_bytes);
    return true;
}

/* Takes the row of the standing, and the cell that it says; false: it is not what was written. */
static bool inbox_take_standing(struct inbox *inbox, sqlite3_stmt *row) {
    struct inbox_standing *const now = &inbox->now;
    uint8_t hash[FRAME_HEAD_BYTES];
    uint8_t wanted[FRAME_HEAD_BYTES];
    const char *const cell = (const char *)sqlite3_column_text(row, 1);
    if (cell == NULL || !spill_id_valid(cell, strlen(cell)) ||
        !inbox_blob(row, 0, now->exercise, FRAME_EXERCISE_BYTES) ||
        !inbox_blob(row, 2 + INBOX_NUMBERS, now->base.head, FRAME_HEAD_BYTES) ||
        !inbox_blob(row, 3 + INBOX_NUMBERS, hash, FRAME_HEAD_BYTES)) {
        return false;
    }
    memset(inbox->cell, 0, sizeof inbox->cell);
    snprintf(inbox->cell, sizeof inbox->cell, "%s", cell);
    now->epoch = (uint64_t)sqlite3_column_int64(row, 2);
    now->start = (uint64_t)sqlite3_column_int64(row, 3);
    now->boot = (uint32_t)sqlite3_column_int64(row, 4);
    now->acknowledged = (uint64_t)sqlite3_column_int64(row, 5);
    for (int i = 0; i < INBOX_LOG_COUNT; i++) {
        now->logs[i].sequence = (uint64_t)sqlite3_column_int64(row, 6 + i);
    }
    now->base.sequence = (uint64_t)sqlite3_column_int64(row, 6 + INBOX_LOG_COUNT);
    inbox_hash(inbox, now, wanted);
    return memcmp(hash, wanted, sizeof hash) == 0;
}

static enum spill_status inbox_read_standing(struct inbox *inbox, struct spill_error *error) {
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(inbox->database, "SELECT * FROM standing", -1, &row, NULL) !=
        SQLITE_OK) {
        return inbox_fail(inbox, error);
    }
    enum spill_status status = SPILL_OK;
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW && inbox_take_standing(inbox, row)) {
        code = sqlite3_step(row);
        if (code != SQLITE_DONE) {
            status = code == SQLITE_ROW
                         ? spill_fail(error, SPILL_CORRUPT, "%s: it has two standings", inbox->path)
                         : inbox_fail(inbox, error);
        }
    } else if (code == SQLITE_ROW || code == SQLITE_DONE) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: its standing is not what was written",
                            inbox->path);
    } else {
        status = inbox_fail(inbox, error);
    }
    sqlite3_finalize(row);
    return status;
}

/* ---- Verifying ---- */

static enum spill_status inbox_check_row(struct inbox *inbox, enum inbox_log log, sqlite3_stmt *row,
                                         struct frame_position *position,
                                         struct spill_error *error) {
    const sqlite3_int64 sequence = sqlite3_column_int64(row, 0);
    const int size_bytes = sqlite3_column_bytes(row, 2);
    uint8_t head[FRAME_HEAD_BYTES];
    if ((uint64_t)sequence != position->sequence + 1) {
        return spill_fail(error, SPILL_CORRUPT, "%s: %s message %" PRIu64 " is missing",
                          inbox->path, inbox_names[log], position->sequence + 1);
    }
    if (size_bytes <= FRAME_MESSAGE_BYTES_MAX) {
        const void *const bytes = sqlite3_column_blob(row, 2);
        frame_position_next(position, bytes != NULL ? bytes : (const void *)"", (size_t)size_bytes);
    }
    if (size_bytes > FRAME_MESSAGE_BYTES_MAX || !inbox_blob(row, 1, head, FRAME_HEAD_BYTES) ||
        memcmp(head, position->head, sizeof head) != 0) {
        return spill_fail(error, SPILL_CORRUPT, "%s: %s message %lld is not what was written",
                          inbox->path, inbox_names[log], (long long)sequence);
    }
    return SPILL_OK;
}

/* Follows the chain of one log to where the standing says that it ends. */
static enum spill_status inbox_check_log(struct inbox *inbox, enum inbox_log log,
                                         struct spill_error *error) {
    char sql[80];
    sqlite3_stmt *row = NULL;
    snprintf(sql, sizeof sql, "SELECT sequence, head, bytes FROM %s ORDER BY sequence",
             inbox_names[log]);
    if (sqlite3_prepare_v2(inbox->database, sql, -1, &row, NULL) != SQLITE_OK) {
        return inbox_fail(inbox, error);
    }
    const uint64_t last = inbox->now.logs[log].sequence;
    struct frame_position position = {0};
    if (log == INBOX_SENT) {
        position = inbox->now.base;
    }
    enum spill_status status = SPILL_OK;
    int code = sqlite3_step(row);
    for (; status == SPILL_OK && code == SQLITE_ROW; code = sqlite3_step(row)) {
        status = inbox_check_row(inbox, log, row, &position, error);
        if (status != SPILL_OK) {
            break;
        }
    }
    if (status == SPILL_OK && code != SQLITE_DONE) {
        status = inbox_fail(inbox, error);
    }
    sqlite3_finalize(row);
    if (status == SPILL_OK && position.sequence != last) {
        return spill_fail(error, SPILL_CORRUPT,
                          "%s: %s messages end at %" PRIu64 " and not at %" PRIu64, inbox->path,
                          inbox_names[log], position.sequence, last);
    }
    inbox->now.logs[log] = position;
    return status;
}

static enum spill_status inbox_check_structure(struct inbox *inbox, struct spill_error *error) {
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(inbox->database, "PRAGMA integrity_check(1)", -1, &row, NULL) !=
        SQLITE_OK) {
        return inbox_fail(inbox, error);
    }
    enum spill_status status = SPILL_OK;
    if (sqlite3_step(row) != SQLITE_ROW) {
        status = inbox_fail(inbox, error);
    } else {
        const char *const words = (const char *)sqlite3_column_text(row, 0);
        if (words == NULL || strcmp(words, "ok") != 0) {
            status = spill_fail(error, SPILL_CORRUPT, "%s: the file's structure: %s", inbox->path,
                                words != NULL ? words : "unreadable");
        }
    }
    sqlite3_finalize(row);
    return status;
}

static enum spill_status inbox_number(struct inbox *inbox, const char *sql, int64_t *number,
                                      struct spill_error *error) {
    sqlite3_stmt *row = NULL;
    enum spill_status status = SPILL_OK;
    if (sqlite3_prepare_v2(inbox->database, sql, -1, &row, NULL) != SQLITE_OK) {
        return inbox_fail(inbox, error);
    }
    if (sqlite3_step(row) == SQLITE_ROW) {
        *number = sqlite3_column_int64(row, 0);
    } else {
        status = inbox_fail(inbox, error);
    }
    sqlite3_finalize(row);
    return status;
}

/* Exactly our tables: a foreign schema can hold triggers. */
static enum spill_status inbox_check_schema(struct inbox *inbox, struct spill_error *error) {
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(inbox->database, "SELECT sql FROM sqlite_schema ORDER BY rowid", -1,
                           &row, NULL) != SQLITE_OK) {
        return inbox_fail(inbox, error);
    }
    size_t found = 0;
    bool same = true;
    int code = sqlite3_step(row);
    for (; code == SQLITE_ROW; code = sqlite3_step(row)) {
        const char *const sql = (const char *)sqlite3_column_text(row, 0);
        same = same && found < INBOX_TABLES && sql != NULL && strcmp(sql, inbox_schema[found]) == 0;
        found++;
    }
    enum spill_status status = SPILL_OK;
    if (code != SQLITE_DONE) {
        status = inbox_fail(inbox, error);
    } else if (!same || found != INBOX_TABLES) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: the definition of its tables was changed",
                            inbox->path);
    }
    sqlite3_finalize(row);
    return status;
}

static enum spill_status inbox_check(struct inbox *inbox, int64_t application_id,
                                     struct spill_error *error) {
    if (application_id != INBOX_APPLICATION_ID) {
        return spill_fail(error, SPILL_INVALID,
                          "%s: not an inbox of Spillover (its application id is %08x)", inbox->path,
                          (unsigned)application_id);
    }
    int64_t format = 0;
    enum spill_status status = inbox_number(inbox, "PRAGMA user_version", &format, error);
    if (status == SPILL_OK && format > INBOX_FORMAT) {
        return spill_fail(error, SPILL_REVISION, "%s: inbox format %d; this program reads %d",
                          inbox->path, (int)format, INBOX_FORMAT);
    }
    if (status == SPILL_OK && format != INBOX_FORMAT) {
        return spill_fail(error, SPILL_CORRUPT, "%s: there is no inbox format %d", inbox->path,
                          (int)format);
    }
    if (status == SPILL_OK) {
        status = inbox_check_schema(inbox, error);
    }
    if (status == SPILL_OK) {
        status = inbox_check_structure(inbox, error);
    }
    if (status == SPILL_OK) {
        status = inbox_read_standing(inbox, error);
    }
    for (unsigned i = 0; i < INBOX_LOG_COUNT && status == SPILL_OK; i++) {
        status = inbox_check_log(inbox, (enum inbox_log)i, error);
    }
    return status;
}

/* ---- Opening ---- */

static enum spill_status inbox_connect(const struct inbox_options *options, struct inbox *inbox,
                                       struct spill_error *error) {
    /* SQLite gives names that start with ':' a meaning of its own. */
    snprintf(inbox->path, sizeof inbox->path, "%s%s", options->path[0] == ':' ? "./" : "",
             options->path);
    const int code = sqlite3_open_v2(inbox->path, &inbox->database,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     options->vfs);
    if (inbox->database == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s: out of memory", inbox->path);
    }
    if (code != SQLITE_OK) {
        return inbox_fail(inbox, error);
    }
    sqlite3_db_config(inbox->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(inbox->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* With the lock kept, nobody else gets in, and the index of the log needs no file. */
    return inbox_execute(inbox,
                         options->passing
                             ? "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; "
                               "PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY"
                             : "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; "
                               "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY",
                         error);
}

static enum spill_status inbox_prepare(struct inbox *inbox, const char *sql,
                                       sqlite3_stmt **statement, struct spill_error *error) {
    return sqlite3_prepare_v3(inbox->database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement,
                              NULL) == SQLITE_OK
               ? SPILL_OK
               : inbox_fail(inbox, error);
}

static enum spill_status inbox_prepare_all(struct inbox *inbox, struct spill_error *error) {
    enum spill_status status = inbox_prepare(inbox, "BEGIN IMMEDIATE", &inbox->begin, error);
    if (status == SPILL_OK) {
        status = inbox_prepare(inbox, "COMMIT", &inbox->commit, error);
    }
    if (status == SPILL_OK) {
        status = inbox_prepare(inbox,
                               "INSERT OR REPLACE INTO standing(rowid, exercise, cell, epoch, "
                               "start, boot, acknowledged, received, sent, turns, base, base_head, "
                               "hash) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                               "?12)",
                               &inbox->write, error);
    }
    for (size_t i = 0; i < INBOX_LOG_COUNT && status == SPILL_OK; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?1, ?2, ?3)", inbox_names[i]);
        status = inbox_prepare(inbox, sql, &inbox->insert[i], error);
        snprintf(sql, sizeof sql, "SELECT head, bytes FROM %s WHERE sequence = ?1", inbox_names[i]);
        if (status == SPILL_OK) {
            status = inbox_prepare(inbox, sql, &inbox->select[i], error);
        }
    }
    return status;
}

/* Tables, name and first standing come into being at once. */
static enum spill_status inbox_make(struct inbox *inbox, const struct inbox_options *options,
                                    struct spill_error *error) {
    char pragmas[80];
    snprintf(pragmas, sizeof pragmas, "BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d",
             INBOX_APPLICATION_ID, INBOX_FORMAT);
    enum spill_status status = inbox_execute(inbox, pragmas, error);
    for (size_t i = 0; i < INBOX_TABLES && status == SPILL_OK; i++) {
        status = inbox_execute(inbox, inbox_schema[i], error);
    }
    if (status == SPILL_OK) {
        status = inbox_prepare_all(inbox, error);
    }
    if (status != SPILL_OK) {
        return status;
    }
    snprintf(inbox->cell, sizeof inbox->cell, "%s", options->cell);
    if (options->exercise != NULL) {
        memcpy(inbox->now.exercise, options->exercise, FRAME_EXERCISE_BYTES);
    }
    inbox->now.boot = options->first_boot > 0 ? options->first_boot : 1;
    inbox->open = true;
    return SPILL_OK;
}

static bool inbox_known(const struct inbox *inbox) {
    return !sodium_is_zero(inbox->now.exercise, FRAME_EXERCISE_BYTES);
}

static enum spill_status inbox_check_owner(struct inbox *inbox, const struct inbox_options *options,
                                           struct spill_error *error) {
    char hex[INBOX_HEX_BYTES];
    sodium_bin2hex(hex, sizeof hex, inbox->now.exercise, FRAME_EXERCISE_BYTES);
    if (strcmp(inbox->cell, options->cell) != 0) {
        return spill_fail(error, SPILL_REFUSED, "%s: the inbox of cell '%s', not of '%s'",
                          inbox->path, inbox->cell, options->cell);
    }
    if (options->exercise != NULL && inbox_known(inbox) &&
        memcmp(options->exercise, inbox->now.exercise, FRAME_EXERCISE_BYTES) != 0) {
        return spill_fail(error, SPILL_REFUSED, "%s: the inbox of another exercise, %s",
                          inbox->path, hex);
    }
    if (options->exercise != NULL) {
        memcpy(inbox->now.exercise, options->exercise, FRAME_EXERCISE_BYTES);
    }
    if (inbox->now.boot == UINT32_MAX) {
        return spill_fail(error, SPILL_LIMIT, "%s: it was opened too often", inbox->path);
    }
    inbox->now.boot++;
    return SPILL_OK;
}

static enum spill_status inbox_begin(struct inbox *inbox, const struct inbox_options *options,
                                     struct spill_error *error) {
    int64_t application_id = 0;
    int64_t table_count = 0;
    enum spill_status status = inbox_connect(options, inbox, error);
    if (status == SPILL_OK) {
        status = inbox_number(inbox, "PRAGMA application_id", &application_id, error);
    }
    if (status == SPILL_OK) {
        status = inbox_number(inbox, "SELECT count(*) FROM sqlite_schema", &table_count, error);
    }
    if (status != SPILL_OK) {
        return status;
    }
    const bool empty = application_id == 0 && table_count == 0;
    if (!empty) {
        status = inbox_check(inbox, application_id, error);
        status = status == SPILL_OK ? inbox_check_owner(inbox, options, error) : status;
    }
    if (status == SPILL_OK) {
        status = inbox_execute(inbox, "PRAGMA journal_mode=WAL", error);
        sqlite3_wal_autocheckpoint(inbox->database, INBOX_LOG_PAGES);
    }
    if (status == SPILL_OK) {
        status = empty ? inbox_make(inbox, options, error) : inbox_prepare_all(inbox, error);
    }
    return status == SPILL_OK ? inbox_commit(inbox, error) : status;
}

enum spill_status inbox_open(const struct inbox_options *options, struct inbox **inbox,
                             struct spill_error *error) {
    SPILL_ASSERT(options != NULL);
    SPILL_ASSERT(spill_id_valid(options->cell, strlen(options->cell)));
    SPILL_ASSERT(inbox != NULL);
    if (strlen(options->path) > INBOX_PATH_BYTES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "the path of the inbox is too long");
    }
    struct inbox *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    const enum spill_status status = inbox_begin(made, options, error);
    if (status != SPILL_OK) {
        inbox_close(&made);
        return status;
    }
    *inbox = made;
    return SPILL_OK;
}

void inbox_close(struct inbox **inbox) {
    SPILL_ASSERT(inbox != NULL);
    struct inbox *const made = *inbox;
    if (made == NULL) {
        return;
    }
    sqlite3_finalize(made->begin);
    sqlite3_finalize(made->commit);
    sqlite3_finalize(made->write);
    for (size_t i = 0; i < INBOX_LOG_COUNT; i++) {
        sqlite3_finalize(made->insert[i]);
        sqlite3_finalize(made->select[i]);
    }
    if (made->database != NULL) {
        /* A disk that failed is left as it is. */
        sqlite3_db_config(made->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)made->broken,
                          NULL);
        const int code = sqlite3_close(made->database);
        SPILL_ASSERT(code == SQLITE_OK);
    }
    free(made);
    *inbox = NULL;
}

/* ---- What is durable ---- */

uint32_t inbox_boot(const struct inbox *inbox) {
    return inbox->durable.boot;
}

struct stream_kept inbox_kept(const struct inbox *inbox) {
    struct stream_kept kept = {.epoch = inbox->durable.epoch, .start = inbox->durable.start};
    memcpy(kept.exercise, inbox->durable.exercise, sizeof kept.exercise);
    return kept;
}

struct stream_durable inbox_durable(const struct inbox *inbox, enum inbox_log log) {
    SPILL_ASSERT((unsigned)log < INBOX_LOG_COUNT);
    return (struct stream_durable){inbox->durable.logs[log]};
}

uint64_t inbox_acknowledged(const struct inbox *inbox) {
    return inbox->durable.acknowledged;
}

struct frame_position inbox_position(const struct inbox *inbox, enum inbox_log log) {
    SPILL_ASSERT((unsigned)log < INBOX_LOG_COUNT);
    return inbox->now.logs[log];
}

/* ---- Putting in ---- */

static enum spill_status inbox_write(struct inbox *inbox, struct spill_error *error) {
    if (inbox->broken) {
        return inbox_broken(inbox, error);
    }
    if (!inbox->open && !inbox_step(inbox->begin)) {
        return inbox_break(inbox, error);
    }
    inbox->open = true;
    return SPILL_OK;
}

enum spill_status inbox_append(struct inbox *inbox, enum inbox_log log, const uint8_t *bytes,
                               size_t size_bytes, struct frame_position *position,
                               struct spill_error *error) {
    SPILL_ASSERT((unsigned)log < INBOX_LOG_COUNT);
    SPILL_ASSERT(bytes != NULL);
    if (size_bytes > FRAME_MESSAGE_BYTES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "%s: a message is too long", inbox->path);
    }
    const enum spill_status status = inbox_write(inbox, error);
    if (status != SPILL_OK) {
        return status;
    }
    struct frame_position next = inbox->now.logs[log];
    frame_position_next(&next, bytes, size_bytes);
    sqlite3_stmt *const insert = inbox->insert[log];
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)next.sequence);
    sqlite3_bind_blob(insert, 2, next.head, FRAME_HEAD_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 3, bytes, (int)size_bytes, SQLITE_STATIC);
    if (!inbox_step(insert)) {
        return inbox_break(inbox, error);
    }
    inbox->now.logs[log] = next;
    if (position != NULL) {
        *position = next;
    }
    return SPILL_OK;
}

void inbox_acknowledge(struct inbox *inbox, uint64_t sequence) {
    if (sequence > inbox->now.acknowledged) {
        inbox->now.acknowledged = sequence;
    }
}

void inbox_keep(struct inbox *inbox, const struct stream_kept *kept) {
    memcpy(inbox->now.exercise, kept->exercise, FRAME_EXERCISE_BYTES);
    inbox->now.epoch = kept->epoch;
    inbox->now.start = kept->start;
}

enum spill_status inbox_adopt(struct inbox *inbox, const struct frame_position *position) {
    if (inbox->now.logs[INBOX_SENT].sequence > 0) {
        return SPILL_EXISTS;
    }
    inbox->now.base = *position;
    inbox->now.logs[INBOX_SENT] = *position;
    inbox->now.acknowledged = position->sequence;
    return SPILL_OK;
}

enum spill_status inbox_commit(struct inbox *inbox, struct spill_error *error) {
    const enum spill_status status = inbox_write(inbox, error);
    if (status != SPILL_OK) {
        return status;
    }
    if (!inbox_write_standing(inbox) || !inbox_step(inbox->commit)) {
        return inbox_break(inbox, error);
    }
    inbox->open = false;
    inbox->durable = inbox->now;
    return SPILL_OK;
}

/* ---- Reading ---- */

static enum spill_status inbox_find(struct inbox *inbox, enum inbox_log log, uint64_t sequence,
                                    struct spill_error *error) {
    SPILL_ASSERT((unsigned)log < INBOX_LOG_COUNT);
    sqlite3_stmt *const select = inbox->select[log];
    sqlite3_bind_int64(select, 1, (sqlite3_int64)sequence);
    const int code = sqlite3_step(select);
    if (code == SQLITE_ROW) {
        return SPILL_OK;
    }
    const enum spill_status status =
        code == SQLITE_DONE ? spill_fail(error, SPILL_NOT_FOUND, "%s: no %s message %" PRIu64,
                                         inbox->path, inbox_names[log], sequence)
                            : inbox_fail(inbox, error);
    sqlite3_reset(select);
    return status;
}

enum spill_status inbox_read(struct inbox *inbox, enum inbox_log log, uint64_t sequence,
                             uint8_t *bytes, size_t *size_bytes, struct spill_error *error) {
    enum spill_status status = inbox_find(inbox, log, sequence, error);
    if (status != SPILL_OK) {
        return status;
    }
    const int found_bytes = sqlite3_column_bytes(inbox->select[log], 1);
    if (found_bytes > FRAME_MESSAGE_BYTES_MAX) {
        status = spill_fail(error, SPILL_CORRUPT, "%s: %s message %" PRIu64 " grew", inbox->path,
                            inbox_names[log], sequence);
    } else {
        if (found_bytes > 0) {
            memcpy(bytes, sqlite3_column_blob(inbox->select[log], 1), (size_t)found_bytes);
        }
        *size_bytes = (size_t)found_bytes;
    }
    sqlite3_reset(inbox->select[log]);
    return status;
}

enum spill_status inbox_head(struct inbox *inbox, enum inbox_log log, uint64_t sequence,
                             uint8_t head[FRAME_HEAD_BYTES], struct spill_error *error) {
    const struct frame_position base =
        log == INBOX_SENT ? inbox->now.base : (struct frame_position){0};
    if (sequence == base.sequence) {
        memcpy(head, base.head, FRAME_HEAD_BYTES);
        return SPILL_OK;
    }
    enum spill_status status = inbox_find(inbox, log, sequence, error);
    if (status == SPILL_OK) {
        if (!inbox_blob(inbox->select[log], 0, head, FRAME_HEAD_BYTES)) {
            status = spill_fail(error, SPILL_CORRUPT, "%s: %s head %" PRIu64 " is no head",
                                inbox->path, inbox_names[log], sequence);
        }
        sqlite3_reset(inbox->select[log]);
    }
    return status;
}
