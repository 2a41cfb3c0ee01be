/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording_parts: the inside of a recording, for recording.c, which makes and reads one, and
 * recording_check.c, which verifies one.
 */
#ifndef SPILL_RECORDING_PARTS_H
#define SPILL_RECORDING_PARTS_H

#include "coordinator/record/recording.h"
#include "coordinator/record/secrets.h"
#include "coordinator/record/store.h"

enum { RECORDING_NAME_BYTES = RECORDING_PATH_BYTES_MAX + 96 };

/* Where the chain stands: everything that one more record changes. */
struct recording_state {
    struct recording_summary summary;
    uint64_t unsigned_since_us; /* Monotonic time of the first commit that is not signed yet. */
    bool is_unsigned;
};

struct recording {
    struct store *store;
    struct secrets *secrets; /* Writers only. */
    uint8_t secret_key[64];  /* Writers only; libsodium's form. */
    struct recording_meta meta;
    size_t file_count;
    struct recording_state state; /* Of what is durable (reading: checked). */
    bool failed;                  /* A commit failed: nothing more is taken. */
    bool finished;
    bool damaged;
    struct spill_error damage;
    struct record *batch; /* RECORDING_BATCH_RECORDS_MAX; bodies and texts lie in bytes. */
    size_t batch_count;
    uint8_t *bytes; /* RECORDING_BATCH_BYTES_MAX. */
    size_t bytes_used;
    char path[RECORDING_NAME_BYTES];
    char secrets_path[RECORDING_NAME_BYTES];
};

/* Takes a record that is written or verified into the state. */
void recording_count(struct recording_state *state, const struct record *record,
                     const uint8_t hash[RECORDING_HASH_BYTES]);

/* Checks all that was not checked yet: chain and signatures, and with `structure` the file's own
 * structure too. SPILL_CORRUPT: the state is that of the sound part. */
SPILL_CHECKED enum spill_status recording_verify(struct recording *recording,
                                                 const struct recording_options *options,
                                                 bool structure, struct spill_error *error);

#endif
