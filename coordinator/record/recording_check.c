/* SPDX-License-Identifier: Apache-2.0 */
/* The chain is walked once, in step with the signatures, and every row is hashed as it was written.
 */
#include "coordinator/record/recording_parts.h"

#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "coordinator/record/chain.h"

enum { RECORDING_PROGRESS_EVERY = 1024 }; /* Records between two calls of on_progress. */

static enum spill_status recording_bad(const struct recording *recording,
                                       const struct store_row *row, const char *words,
                                       struct spill_error *error) {
    const char *const kind =
        row->record.kind != 0 ? record_kind_name(row->record.kind) : "of no known kind";
    return spill_fail(error, SPILL_CORRUPT,
                      "%s: record %" PRIu64 " (%s) is not what was written: %s", recording->path,
                      row->record.sequence, kind, words);
}

/* Whether a record of this kind may stand here. */
static bool recording_in_place(const struct recording *recording,
                               const struct recording_state *state, const struct record *record) {
    const uint64_t sequence = record->sequence;
    if (sequence == 1) {
        return record->kind == RECORD_META;
    }
    const bool in_files = sequence <= 1 + recording->file_count;
    if (record->kind == RECORD_META || (record->kind == RECORD_FILE) != in_files) {
        return false;
    }
    return !state->summary.closed || record->kind == RECORD_OPENED;
}

static const char *recording_check_row(struct recording *recording, struct recording_state *state,
                                       const struct store_row *row) {
    if (row->fault != NULL) {
        return row->fault;
    }
    uint8_t leaf[RECORDING_HASH_BYTES];
    uint8_t hash[RECORDING_HASH_BYTES];
    const struct record *const record = &row->record;
    if (record->withheld) {
        memcpy(leaf, row->leaf, sizeof leaf);
    } else {
        if (row->length != chain_length(record)) {
            return "its length was changed";
        }
        chain_leaf(row->salt, record, leaf);
    }
    memcpy(hash, state->summary.head, sizeof hash);
    chain_next(hash, record->sequence, record->kind, row->length, leaf);
    if (memcmp(hash, row->hash, sizeof hash) != 0) {
        return "its hash does not fit";
    }
    if (record->sequence == 1 && record->kind == RECORD_META &&
        (record->withheld || !chain_meta_decode(record->body, record->body_bytes, &recording->meta,
                                                &recording->file_count))) {
        return "it is no description of a recording";
    }
    if (!recording_in_place(recording, state, record)) {
        return "it does not belong here";
    }
    recording_count(state, record, hash);
    return NULL;
}

/* Heads at the sequences that signatures name, in step with the scan. */
struct recording_check {
    struct recording *recording;
    struct recording_state state;
    struct store_signature signature; /* The next one. */
    bool has_signature;
    const struct recording_options *options;
    uint64_t expected; /* Records, for progress. */
};

static enum spill_status recording_bad_signature(const struct recording_check *check,
                                                 const char *words, struct spill_error *error) {
    return spill_fail(error, SPILL_CORRUPT, "%s: signature %" PRIu64 " (of record %" PRIu64 "): %s",
                      check->recording->path, check->signature.number, check->signature.sequence,
                      words);
}

/* Fetches the signature behind those that are checked. */
static enum spill_status recording_check_fetch(struct recording_check *check,
                                               struct spill_error *error) {
    const struct recording_summary *const summary = &check->state.summary;
    const uint64_t wanted = summary->signatures + 1;
    /* The very first look takes any number, so that none stands below 1. */
    const enum spill_status status = store_signature(
        check->recording->store, summary->signatures > 0 ? (int64_t)wanted : INT64_MIN,
        &check->signature, error);
    check->has_signature = status == SPILL_OK;
    if (status == SPILL_NOT_FOUND) {
        return SPILL_OK;
    }
    if (status != SPILL_OK) {
        return status;
    }
    if (check->signature.number != wanted) {
        return spill_fail(error, SPILL_CORRUPT, "%s: signature %" PRIu64 " is missing",
                          check->recording->path, wanted);
    }
    if (!check->signature.well_formed) {
        return recording_bad_signature(check, "its form was changed", error);
    }
    if (check->signature.sequence <= summary->signed_sequence) {
        return recording_bad_signature(check, "it does not belong here", error);
    }
    return SPILL_OK;
}

/* Checks the signature of the record that was just checked, if there is one. */
static enum spill_status recording_check_signature(struct recording_check *check,
                                                   struct spill_error *error) {
    const struct store_signature *const signature = &check->signature;
    struct recording_summary *const summary = &check->state.summary;
    if (!check->has_signature || signature->sequence != summary->records) {
        return SPILL_OK;
    }
    if (memcmp(signature->key, check->recording->meta.signer, RECORDING_KEY_BYTES) != 0) {
        return recording_bad_signature(check, "it is by another key", error);
    }
    if (memcmp(signature->head, summary->head, RECORDING_HASH_BYTES) != 0) {
        return recording_bad_signature(check, "it signs another head", error);
    }
    if (!chain_signed(signature->key, signature->sequence, signature->utc_us, signature->head,
                      signature->signature)) {
        return recording_bad_signature(check, "it is not by this key", error);
    }
    summary->signatures = signature->number;
    summary->signed_sequence = signature->sequence;
    return recording_check_fetch(check, error);
}

static enum spill_status recording_check_end(const struct recording_check *check,
                                             struct spill_error *error) {
    const struct recording *const recording = check->recording;
    const struct recording_summary *const summary = &check->state.summary;
    if (summary->records < 1 + recording->file_count || check->has_signature) {
        return spill_fail(error, SPILL_CORRUPT, "%s: record %" PRIu64 " is missing",
                          recording->path, summary->records + 1);
    }
    if (summary->signatures == 0 ||
        (summary->closed && summary->signed_sequence != summary->records)) {
        return spill_fail(error, SPILL_CORRUPT,
                          "%s: the signature of record %" PRIu64 " is missing", recording->path,
                          summary->records);
    }
    return SPILL_OK;
}

static enum spill_status recording_check_rows(struct recording_check *check,
                                              struct store_scan *scan, struct spill_error *error) {
    enum spill_status status = SPILL_OK;
    struct store_row row;
    while (status == SPILL_OK) {
        const struct recording_summary *const summary = &check->state.summary;
        status = store_scan_next(scan, &row, error);
        if (status == SPILL_NOT_FOUND) {
            return recording_check_end(check, error);
        }
        if (status == SPILL_CORRUPT) {
            return spill_fail(error, SPILL_CORRUPT,
                              "%s: record %" PRIu64 " cannot be read: the file is damaged there",
                              check->recording->path, summary->records + 1);
        }
        if (status == SPILL_OK && row.record.sequence != summary->records + 1) {
            return spill_fail(error, SPILL_CORRUPT, "%s: record %" PRIu64 " is missing",
                              check->recording->path, summary->records + 1);
        }
        const char *const words =
            status == SPILL_OK ? recording_check_row(check->recording, &check->state, &row) : NULL;
        if (words != NULL) {
            return recording_bad(check->recording, &row, words, error);
        }
        if (status == SPILL_OK) {
            status = recording_check_signature(check, error);
        }
        if (check->options->on_progress != NULL &&
            summary->records % RECORDING_PROGRESS_EVERY == 0) {
            check->options->on_progress(summary->records, check->expected, check->options->context);
        }
    }
    return status;
}

/* Checks everything behind recording->state within the transaction that is open, and moves
 * check->state on as far as it is sound. */
static enum spill_status recording_check_chain(struct recording_check *check,
                                               struct spill_error *error) {
    struct store_scan *scan = NULL;
    enum spill_status status = recording_check_fetch(check, error);
    if (status == SPILL_OK) {
        /* From the first row that there is, not from the first that there should be. */
        const uint64_t records = check->state.summary.records;
        status = store_scan_open(check->recording->store,
                                 records > 0 ? (int64_t)records : INT64_MIN, INT64_MAX, &scan);
        if (status == SPILL_OK && records > 0) {
            struct store_row row;
            status = store_scan_next(scan, &row, error);
        }
    }
    if (status == SPILL_OK) {
        /* A reader may have seen the last record before it was signed. */
        status = recording_check_signature(check, error);
    }
    if (status == SPILL_OK) {
        status = recording_check_rows(check, scan, error);
    }
    store_scan_close(&scan);
    return status;
}

enum spill_status recording_verify(struct recording *recording,
                                   const struct recording_options *options, bool structure,
                                   struct spill_error *error) {
    struct recording_check check = {
        .recording = recording, .state = recording->state, .options = options};
    enum spill_status status = store_begin(recording->store, error);
    if (status == SPILL_OK) {
        check.expected = store_last(recording->store);
        status = recording_check_chain(&check, error);
        if (status == SPILL_OK && structure) {
            status = store_check(recording->store, error);
        }
        store_rollback(recording->store);
    }
    if (status == SPILL_OK && options->on_progress != NULL) {
        options->on_progress(check.expected, check.expected, options->context);
    }
    if (status == SPILL_OK || status == SPILL_CORRUPT) {
        recording->state = check.state;
    }
    return status;
}
