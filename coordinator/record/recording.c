/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/record/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "coordinator/record/chain.h"
#include "coordinator/record/log.h"
#include "coordinator/record/recording_parts.h"

_Static_assert(RECORDING_RECORD_BYTES_MAX < RECORDING_BATCH_BYTES_MAX, "any record fits a batch");

struct recording_cursor {
    struct store_scan *scan;
    uint32_t kinds;
};

const char *record_kind_name(enum record_kind kind) {
    static const char *const names[RECORD_KIND_COUNT] = {"none",   "meta",   "file",   "input",
                                                         "output", "digest", "opened", "closed"};
    SPILL_ASSERT(kind > 0);
    SPILL_ASSERT((size_t)kind < RECORD_KIND_COUNT);
    return names[kind];
}

/* ---- The chain ---- */

void recording_count(struct recording_state *state, const struct record *record,
                     const uint8_t hash[RECORDING_HASH_BYTES]) {
    struct recording_summary *const summary = &state->summary;
    SPILL_ASSERT(record->sequence == summary->records + 1);
    summary->records = record->sequence;
    summary->count[record->kind]++;
    summary->withheld += record->withheld;
    summary->closed = record->kind == RECORD_CLOSED;
    memcpy(summary->head, hash, RECORDING_HASH_BYTES);
    if (!record->withheld) {
        summary->last_utc_us = record->utc_us;
        const bool timed = record->kind == RECORD_INPUT || record->kind == RECORD_DIGEST;
        if (timed && record->exercise_ms > summary->exercise_ms) {
            summary->exercise_ms = record->exercise_ms;
        }
    }
}

/* Writes one record at the end of the chain. */
static enum spill_status recording_write(struct recording *recording, struct recording_state *state,
                                         const struct record *record, struct spill_error *error) {
    uint8_t salt[CHAIN_SALT_BYTES];
    uint8_t leaf[RECORDING_HASH_BYTES];
    uint8_t hash[RECORDING_HASH_BYTES];
    struct store_row row = {.record = *record, .salt = salt, .hash = hash};
    row.record.sequence = state->summary.records + 1;
    row.record.withheld = false;
    row.length = chain_length(record);
    chain_salt(secrets_keys(recording->secrets)->salt_key, row.record.sequence, salt);
    chain_leaf(salt, record, leaf);
    memcpy(hash, state->summary.head, sizeof hash);
    chain_next(hash, row.record.sequence, record->kind, row.length, leaf);
    const enum spill_status status = store_insert(recording->store, &row, error);
    if (status == SPILL_OK) {
        recording_count(state, &row.record, hash);
    }
    return status;
}

static enum spill_status recording_sign(struct recording *recording, struct recording_state *state,
                                        int64_t utc_us, struct spill_error *error) {
    struct recording_summary *const summary = &state->summary;
    SPILL_ASSERT(summary->signed_sequence < summary->records);
    struct store_signature signature = {
        .number = summary->signatures + 1, .sequence = summary->records, .utc_us = utc_us};
    memcpy(signature.head, summary->head, sizeof signature.head);
    memcpy(signature.key, recording->meta.signer, sizeof signature.key);
    chain_sign(recording->secret_key, signature.sequence, utc_us, signature.head,
               signature.signature);
    const enum spill_status status = store_sign(recording->store, &signature, error);
    if (status == SPILL_OK) {
        summary->signatures = signature.number;
        summary->signed_sequence = signature.sequence;
        state->is_unsigned = false;
    }
    return status;
}

/* Whether the records of this state should be signed by now. */
static bool recording_due(struct recording_state *state, int64_t monotonic_us) {
    const uint64_t behind = state->summary.records - state->summary.signed_sequence;
    if (behind == 0) {
        return false;
    }
    if (!state->is_unsigned) {
        state->is_unsigned = true;
        state->unsigned_since_us = (uint64_t)monotonic_us;
    }
    return behind >= RECORDING_SIGN_EVERY_RECORDS ||
           (uint64_t)monotonic_us - state->unsigned_since_us >= (uint64_t)RECORDING_SIGN_EVERY_US;
}

/* One transaction: these records and, if wanted or due, a signature. */
static enum spill_status recording_write_all(struct recording *recording,
                                             const struct record *records, size_t record_count,
                                             bool sign, int64_t monotonic_us, int64_t utc_us,
                                             struct spill_error *error) {
    struct recording_state state = recording->state;
    enum spill_status status = store_begin(recording->store, error);
    for (size_t i = 0; i < record_count && status == SPILL_OK; i++) {
        status = recording_write(recording, &state, &records[i], error);
    }
    if (status == SPILL_OK) {
        const bool due = recording_due(&state, monotonic_us);
        const bool behind = state.summary.signed_sequence < state.summary.records;
        if (due || (sign && behind)) {
            status = recording_sign(recording, &state, utc_us, error);
        }
    }
    if (status == SPILL_OK) {
        status = store_commit(recording->store, error);
    }
    if (status != SPILL_OK) {
        store_rollback(recording->store);
        recording->failed = true;
        return status == SPILL_MEMORY ? status : SPILL_IO;
    }
    recording->state = state;
    return SPILL_OK;
}

/* ---- Making ---- */

static enum spill_status recording_new(const char *path, bool writes, struct recording **recording,
                                       struct spill_error *error) {
    const size_t path_bytes = strlen(path);
    if (path_bytes == 0 || path_bytes > RECORDING_PATH_BYTES_MAX) {
        return spill_fail(error, SPILL_INVALID, "not a path for a recording: '%.100s'", path);
    }
    if (sodium_init() < 0) {
        return spill_fail(error, SPILL_IO, "no source of random numbers");
    }
    struct recording *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    snprintf(made->path, sizeof made->path, "%s", path);
    snprintf(made->secrets_path, sizeof made->secrets_path, "%s.secrets", path);
    chain_start(made->state.summary.head);
    if (writes) {
        made->batch = spill_alloc(RECORDING_BATCH_RECORDS_MAX, sizeof *made->batch);
        made->bytes = spill_alloc(RECORDING_BATCH_BYTES_MAX, 1);
        if (made->batch == NULL || made->bytes == NULL) {
            recording_close(&made);
            return spill_fail(error, SPILL_MEMORY, "out of memory");
        }
    }
    *recording = made;
    return SPILL_OK;
}

void recording_tidy(const char *path) {
    struct store *store = NULL;
    if (store_open(path, NULL, true, &store, NULL) == SPILL_OK) {
        store_end_log(store);
        store_close(&store, false);
    }
}

void recording_close(struct recording **recording) {
    if (*recording == NULL) {
        return;
    }
    store_close(&(*recording)->store, (*recording)->failed);
    secrets_close(&(*recording)->secrets);
    sodium_memzero((*recording)->secret_key, sizeof(*recording)->secret_key);
    free((*recording)->batch);
    free((*recording)->bytes);
    free(*recording);
    *recording = NULL;
}

static bool recording_path_plain(const char *path) {
    return path[0] != '\0' && path[0] != '/' && strlen(path) < RECORDING_PATH_BYTES_MAX &&
           spill_utf8_valid(path, strlen(path));
}

static enum spill_status recording_check_files(const struct recording_file *files,
                                               size_t file_count, struct spill_error *error) {
    if (file_count > RECORDING_FILES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "a recording holds at most %d files of a package",
                          RECORDING_FILES_MAX);
    }
    for (size_t i = 0; i < file_count; i++) {
        if (!recording_path_plain(files[i].path)) {
            return spill_fail(error, SPILL_INVALID, "not a path inside a package: '%.100s'",
                              files[i].path);
        }
        if (files[i].size_bytes > RECORDING_FILE_BYTES_MAX) {
            return spill_fail(error, SPILL_LIMIT, "%.200s: larger than %d bytes", files[i].path,
                              RECORDING_FILE_BYTES_MAX);
        }
    }
    return SPILL_OK;
}

/* The first records and their signature, in one transaction. */
static enum spill_status recording_write_first(struct recording *recording,
                                               const struct recording_file *files,
                                               size_t file_count,
                                               const struct recording_options *options,
                                               struct spill_error *error) {
    uint8_t body[CHAIN_META_BYTES_MAX];
    char text[CHAIN_META_TEXT_BYTES];
    size_t body_bytes = 0;
    chain_keys(secrets_keys(recording->secrets)->signing_seed, recording->meta.signer,
               recording->secret_key);
    if (!chain_meta_encode(&recording->meta, file_count, body, &body_bytes, text)) {
        return spill_fail(error, SPILL_INVALID,
                          "a recording's scenario, team or program has a name that is not plain");
    }
    enum spill_status status = store_begin(recording->store, error);
    struct record record = {.kind = RECORD_META,
                            .monotonic_us = options->monotonic_us,
                            .utc_us = options->utc_us,
                            .body = body,
                            .body_bytes = body_bytes,
                            .text = text};
    struct recording_state state = recording->state;
    if (status == SPILL_OK) {
        status = recording_write(recording, &state, &record, error);
    }
    record.kind = RECORD_FILE;
    for (size_t i = 0; i < file_count && status == SPILL_OK; i++) {
        record.body = files[i].bytes;
        record.body_bytes = files[i].size_bytes;
        record.text = files[i].path;
        status = recording_write(recording, &state, &record, error);
    }
    if (status == SPILL_OK) {
        status = recording_sign(recording, &state, options->utc_us, error);
    }
    if (status == SPILL_OK) {
        status = store_commit(recording->store, error);
    }
    recording->state = state;
    return status;
}

/* The folder that holds the file, so that its new name is durable. */
static bool recording_sync_folder(const char *path) {
    char folder[RECORDING_NAME_BYTES];
    snprintf(folder, sizeof folder, "%s", path);
    char *const slash = strrchr(folder, '/');
    if (slash == NULL) {
        snprintf(folder, sizeof folder, ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

/* Gives a complete file its name, unless something has it. */
static enum spill_status recording_publish(const char *temporary, const char *path,
                                           struct spill_error *error) {
    bool named = link(temporary, path) == 0;
    if (!named && (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)) {
        /* A file system without hard links: hold the name, then replace it. */
        const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor >= 0) {
            close(descriptor);
            named = rename(temporary, path) == 0;
            if (!named) {
                unlink(path);
            }
        }
    }
    const int failure = errno;
    unlink(temporary);
    if (!named) {
        return spill_fail(error, failure == EEXIST ? SPILL_EXISTS : SPILL_IO, "%s: %s", path,
                          strerror(failure));
    }
    if (!recording_sync_folder(path)) {
        const enum spill_status status =
            spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
        unlink(path);
        return status;
    }
    return SPILL_OK;
}

/* Builds the complete file under another name. */
static enum spill_status recording_build(struct recording *recording, const char *temporary,
                                         const struct recording_file *files, size_t file_count,
                                         const struct recording_options *options,
                                         struct spill_error *error) {
    enum spill_status status = store_create(temporary, options->vfs, &recording->store, error);
    if (status == SPILL_OK) {
        status = recording_write_first(recording, files, file_count, options, error);
    }
    if (status == SPILL_OK) {
        status = store_begin_log(recording->store, error);
    } else if (recording->store != NULL) {
        store_rollback(recording->store);
    }
    store_close(&recording->store, status != SPILL_OK);
    return status;
}

/* Removes a file and what SQLite may have put beside it. */
static void recording_unlink(const char *path) {
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    char name[RECORDING_NAME_BYTES + 16];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static enum spill_status recording_make(struct recording *recording,
                                        const struct recording_file *files, size_t file_count,
                                        const struct recording_options *options,
                                        struct spill_error *error) {
    char temporary[RECORDING_NAME_BYTES];
    snprintf(temporary, sizeof temporary, "%.*s.XXXXXX", RECORDING_PATH_BYTES_MAX, recording->path);
    const int descriptor = mkstemp(temporary);
    if (descriptor < 0) {
        return spill_fail(error, SPILL_IO, "%s: %s", recording->path, strerror(errno));
    }
    close(descriptor);
    enum spill_status status =
        recording_build(recording, temporary, files, file_count, options, error);
    if (status == SPILL_OK) {
        status = recording_publish(temporary, recording->path, error);
    }
    if (status != SPILL_OK) {
        recording_unlink(temporary);
        return status;
    }
    status = store_open(recording->path, options->vfs, true, &recording->store, error);
    if (status == SPILL_OK) {
        status = store_begin_log(recording->store, error);
    }
    if (status != SPILL_OK) {
        store_close(&recording->store, true);
        recording_unlink(recording->path);
    }
    return status;
}

enum spill_status recording_create(const char *path, const struct recording_meta *meta,
                                   const struct recording_file *files, size_t file_count,
                                   const struct recording_options *options,
                                   struct recording **recording, struct spill_error *error) {
    struct recording *made = NULL;
    enum spill_status status = recording_check_files(files, file_count, error);
    if (status == SPILL_OK) {
        status = recording_new(path, true, &made, error);
    }
    if (status != SPILL_OK) {
        return status;
    }
    struct stat about;
    if (lstat(path, &about) == 0) {
        recording_close(&made);
        return spill_fail(error, SPILL_EXISTS, "%s: %s", path, strerror(EEXIST));
    }
    made->meta = *meta;
    made->file_count = file_count;
    status = secrets_create(path, options->keys, &made->secrets, error);
    if (status == SPILL_OK) {
        status = recording_make(made, files, file_count, options, error);
    }
    if (status != SPILL_OK) {
        secrets_remove(&made->secrets);
        recording_close(&made);
        return status == SPILL_CORRUPT ? SPILL_IO : status;
    }
    *recording = made;
    return SPILL_OK;
}

/* ---- Adding ---- */

enum spill_status recording_append(struct recording *recording, const struct record *record,
                                   uint64_t *sequence) {
    SPILL_ASSERT(recording->batch != NULL);
    SPILL_ASSERT(record->kind == RECORD_INPUT || record->kind == RECORD_OUTPUT ||
                 record->kind == RECORD_DIGEST);
    SPILL_ASSERT(record->kind != RECORD_DIGEST || record->body_bytes == RECORDING_HASH_BYTES);
    if (recording->failed || recording->finished) {
        return SPILL_IO;
    }
    const size_t text_bytes = record->text != NULL ? strlen(record->text) + 1 : 0;
    if (record->body_bytes > RECORDING_RECORD_BYTES_MAX ||
        text_bytes > RECORDING_RECORD_BYTES_MAX - record->body_bytes ||
        record->body_bytes + text_bytes > RECORDING_BATCH_BYTES_MAX - recording->bytes_used ||
        recording->batch_count == RECORDING_BATCH_RECORDS_MAX) {
        return SPILL_LIMIT;
    }
    struct record *const copy = &recording->batch[recording->batch_count];
    *copy = *record;
    copy->body = recording->bytes + recording->bytes_used;
    if (record->body_bytes > 0) {
        memcpy(recording->bytes + recording->bytes_used, record->body, record->body_bytes);
        recording->bytes_used += record->body_bytes;
    }
    if (record->text != NULL) {
        copy->text = (const char *)recording->bytes + recording->bytes_used;
        memcpy(recording->bytes + recording->bytes_used, record->text, text_bytes);
        recording->bytes_used += text_bytes;
    }
    recording->batch_count++;
    copy->sequence = recording->state.summary.records + recording->batch_count;
    *sequence = copy->sequence;
    return SPILL_OK;
}

static enum spill_status recording_refuse(const struct recording *recording,
                                          struct spill_error *error) {
    return spill_fail(error, SPILL_IO,
                      "%s: writing failed before; the recording takes nothing more",
                      recording->path);
}

enum spill_status recording_commit(struct recording *recording, int64_t monotonic_us,
                                   int64_t utc_us, uint64_t *durable, struct spill_error *error) {
    SPILL_ASSERT(recording->batch != NULL);
    if (recording->failed || recording->finished) {
        return recording_refuse(recording, error);
    }
    struct recording_state state = recording->state;
    if (recording->batch_count > 0 || recording_due(&state, monotonic_us)) {
        const enum spill_status status =
            recording_write_all(recording, recording->batch, recording->batch_count, false,
                                monotonic_us, utc_us, error);
        recording->batch_count = 0;
        recording->bytes_used = 0;
        if (status != SPILL_OK) {
            return status;
        }
    }
    *durable = recording->state.summary.records;
    return SPILL_OK;
}

void recording_checkpoint(struct recording *recording) {
    SPILL_ASSERT(recording->batch != NULL);
    if (!recording->failed) {
        store_checkpoint(recording->store);
    }
}

enum spill_status recording_finish(struct recording *recording, int64_t exercise_ms,
                                   int64_t monotonic_us, int64_t utc_us,
                                   struct spill_error *error) {
    uint64_t durable = 0;
    enum spill_status status = recording_commit(recording, monotonic_us, utc_us, &durable, error);
    if (status != SPILL_OK) {
        return status;
    }
    const struct recording_summary *const summary = &recording->state.summary;
    char text[160];
    snprintf(text, sizeof text,
             "{\"inputs\": %" PRIu64 ", \"outputs\": %" PRIu64 ", \"digests\": %" PRIu64 "}",
             summary->count[RECORD_INPUT], summary->count[RECORD_OUTPUT],
             summary->count[RECORD_DIGEST]);
    const struct record record = {.kind = RECORD_CLOSED,
                                  .exercise_ms = exercise_ms,
                                  .monotonic_us = monotonic_us,
                                  .utc_us = utc_us,
                                  .text = text};
    status = recording_write_all(recording, &record, 1, true, monotonic_us, utc_us, error);
    if (status == SPILL_OK) {
        recording->finished = true;
        store_end_log(recording->store);
    }
    return status;
}

/* ---- Opening ---- */

/* A writer says that it goes on from here. */
static enum spill_status recording_resume(struct recording *recording,
                                          const struct recording_options *options,
                                          struct spill_error *error) {
    uint8_t key[RECORDING_KEY_BYTES];
    chain_keys(secrets_keys(recording->secrets)->signing_seed, key, recording->secret_key);
    if (memcmp(key, recording->meta.signer, sizeof key) != 0) {
        return spill_fail(error, SPILL_REFUSED, "%s: not the keys of this recording",
                          recording->secrets_path);
    }
    char text[SPILL_ID_BYTES_MAX + 32];
    const char *const program = options->program != NULL ? options->program : "";
    if (strlen(program) > SPILL_ID_BYTES_MAX || strpbrk(program, "\"\\") != NULL) {
        return spill_fail(error, SPILL_INVALID, "the program's version is not plain");
    }
    snprintf(text, sizeof text, "{\"program\": \"%s\"}", program);
    const struct record record = {.kind = RECORD_OPENED,
                                  .exercise_ms = recording->state.summary.exercise_ms,
                                  .monotonic_us = options->monotonic_us,
                                  .utc_us = options->utc_us,
                                  .text = text};
    enum spill_status status = store_begin_log(recording->store, error);
    if (status == SPILL_OK) {
        status = recording_write_all(recording, &record, 1, true, options->monotonic_us,
                                     options->utc_us, error);
    }
    return status;
}

static enum spill_status recording_open_all(struct recording *recording, enum recording_mode mode,
                                            const struct recording_options *options,
                                            struct spill_error *error) {
    const bool writes = mode == RECORDING_RESUME;
    /* Before SQLite looks: once it has, the log may be gone. */
    struct spill_error log_words = {{0}};
    enum spill_status log_status = SPILL_OK;
    enum spill_status status = SPILL_OK;
    if (writes) {
        status = secrets_open(recording->path, &recording->secrets, error);
    }
    if (status == SPILL_OK && options->vfs == NULL) {
        log_status = log_check(recording->path, &log_words);
    }
    if (status == SPILL_OK && log_status != SPILL_OK && mode != RECORDING_SALVAGE) {
        return spill_fail(error, log_status, "%s", log_words.text);
    }
    if (status == SPILL_OK) {
        status = store_open(recording->path, options->vfs, writes, &recording->store, error);
    }
    if (status == SPILL_OK) {
        status = recording_verify(recording, options, true, error);
    }
    if (status == SPILL_OK && log_status != SPILL_OK) {
        status = spill_fail(error, SPILL_CORRUPT, "%s", log_words.text);
    }
    if (status == SPILL_CORRUPT && mode == RECORDING_SALVAGE && recording->store != NULL &&
        recording->state.summary.records >= 1 + recording->file_count) {
        recording->damaged = true;
        if (error != NULL) {
            recording->damage = *error;
        }
        status = SPILL_OK;
    }
    if (status == SPILL_OK && writes) {
        status = recording_resume(recording, options, error);
    }
    return status;
}

enum spill_status recording_open(const char *path, enum recording_mode mode,
                                 const struct recording_options *options,
                                 struct recording **recording, struct spill_error *error) {
    static const struct recording_options none;
    struct recording *made = NULL;
    struct spill_error words = {{0}};
    enum spill_status status = recording_new(path, mode == RECORDING_RESUME, &made, &words);
    if (status == SPILL_OK) {
        status = recording_open_all(made, mode, options != NULL ? options : &none, &words);
    }
    if (status != SPILL_OK) {
        recording_close(&made);
        return spill_fail(error, status, "%s", words.text);
    }
    *recording = made;
    return SPILL_OK;
}

enum spill_status recording_follow(struct recording *recording, struct spill_error *error) {
    static const struct recording_options none;
    SPILL_ASSERT(recording->batch == NULL);
    SPILL_ASSERT(!recording->damaged);
    return recording_verify(recording, &none, false, error);
}

/* ---- Reading ---- */

const struct recording_meta *recording_meta(const struct recording *recording) {
    return &recording->meta;
}

size_t recording_file_count(const struct recording *recording) {
    return recording->file_count;
}

void recording_summary(const struct recording *recording, struct recording_summary *summary) {
    *summary = recording->state.summary;
}

const char *recording_damage(const struct recording *recording) {
    return recording->damaged ? recording->damage.text : NULL;
}

uint64_t recording_durable(const struct recording *recording) {
    return recording->state.summary.records;
}

const char *recording_secrets(const struct recording *recording) {
    return recording->secrets_path;
}

enum spill_status recording_cursor_open(struct recording *recording, uint32_t kinds, uint64_t first,
                                        struct recording_cursor **cursor) {
    struct recording_cursor *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->kinds = kinds;
    const enum spill_status status = store_scan_open(
        recording->store, (int64_t)first, (int64_t)recording->state.summary.records, &made->scan);
    if (status != SPILL_OK) {
        free(made);
        return status;
    }
    *cursor = made;
    return SPILL_OK;
}

enum spill_status recording_cursor_next(struct recording_cursor *cursor, struct record *record) {
    struct store_row row;
    do {
        const enum spill_status status = store_scan_next(cursor->scan, &row, NULL);
        if (status != SPILL_OK) {
            return status;
        }
        if (row.fault != NULL) {
            return SPILL_CORRUPT;
        }
    } while ((cursor->kinds & 1u << row.record.kind) == 0);
    *record = row.record;
    return SPILL_OK;
}

void recording_cursor_close(struct recording_cursor **cursor) {
    if (*cursor == NULL) {
        return;
    }
    store_scan_close(&(*cursor)->scan);
    free(*cursor);
    *cursor = NULL;
}
