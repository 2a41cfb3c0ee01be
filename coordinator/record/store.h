/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the tables of a recording in an SQLite file. The only file of this room that knows SQLite.
 *
 * It moves rows in and out and says in which way the file is not one of ours; what a row's hash
 * must be is the recording's business. One thread at a time. Statements are prepared when it is
 * opened.
 */
#ifndef SPILL_STORE_H
#define SPILL_STORE_H

#include "coordinator/record/chain.h"

/* A row of `records`, borrowed until the scan moves on. */
struct store_row {
    struct record record;
    const uint8_t *salt; /* NULL when withheld. */
    const uint8_t *leaf; /* Only when withheld. */
    const uint8_t *hash;
    uint64_t length;
    const char *fault; /* Words for what is wrong with its form; then only record.sequence counts.
                          NULL: well-formed. */
};

/* A row of `signatures`. */
struct store_signature {
    uint64_t number; /* From 1, without gaps. */
    uint64_t sequence;
    int64_t utc_us;
    uint8_t head[RECORDING_HASH_BYTES];
    uint8_t key[RECORDING_KEY_BYTES];
    uint8_t signature[RECORDING_SIGNATURE_BYTES];
    bool well_formed;
};

struct store;

/* Makes the tables in an empty file. */
SPILL_CHECKED enum spill_status store_create(const char *path, const char *vfs,
                                             struct store **store, struct spill_error *error);

/* Opens a file and checks that it is a recording of this format with exactly our tables: statuses
 * as recording_open. */
SPILL_CHECKED enum spill_status store_open(const char *path, const char *vfs, bool writable,
                                           struct store **store, struct spill_error *error);

/* Closes. untouched: leaves the write-ahead log as it is, because the disk can no longer be
 * trusted. */
void store_close(struct store **store, bool untouched);

/* A transaction; for a reader, one look at the file as it was at its start. */
SPILL_CHECKED enum spill_status store_begin(struct store *store, struct spill_error *error);
SPILL_CHECKED enum spill_status store_insert(struct store *store, const struct store_row *row,
                                             struct spill_error *error);
SPILL_CHECKED enum spill_status
store_sign(struct store *store, const struct store_signature *signature, struct spill_error *error);
SPILL_CHECKED enum spill_status store_commit(struct store *store, struct spill_error *error);
void store_rollback(struct store *store);

/* Journal as while it is written to (a write-ahead log), or as in a file that is finished. */
SPILL_CHECKED enum spill_status store_begin_log(struct store *store, struct spill_error *error);
void store_end_log(struct store *store);
void store_checkpoint(struct store *store);

/* The last sequence in the file as far as the file knows, for progress. */
uint64_t store_last(struct store *store);

/* Rows in order, first <= sequence <= last. */
struct store_scan;
SPILL_CHECKED enum spill_status store_scan_open(struct store *store, int64_t first, int64_t last,
                                                struct store_scan **scan);
/* SPILL_NOT_FOUND behind the last row; SPILL_CORRUPT when SQLite cannot read the file here. */
SPILL_CHECKED enum spill_status store_scan_next(struct store_scan *scan, struct store_row *row,
                                                struct spill_error *error);
void store_scan_close(struct store_scan **scan);

/* The signature with the smallest number not below `from`; SPILL_NOT_FOUND when there is none. */
SPILL_CHECKED enum spill_status store_signature(struct store *store, int64_t from,
                                                struct store_signature *signature,
                                                struct spill_error *error);

/* SQLite's own check of pages and trees: SPILL_CORRUPT with its words. */
SPILL_CHECKED enum spill_status store_check(struct store *store, struct spill_error *error);

#endif
