/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_file: a secret key in a file of its own.
 *
 * A key file is two lines of text: what it is, and 40 characters. It is made once, mode 0600, and
 * never overwritten; it is there with its whole content or not at all, whatever happens meanwhile.
 * Reading one that others may read is refused, as ssh does. Any thread.
 */
#ifndef SPILL_KEY_FILE_H
#define SPILL_KEY_FILE_H

#include "proto/seal/seal.h"

enum { KEY_FILE_PATH_BYTES_MAX = 4000 };

/* What a key is for. */
enum key_file_kind {
    KEY_FILE_NODE,    /* A node's pair. */
    KEY_FILE_SERVER,  /* A coordinator's pair. */
    KEY_FILE_SEALING, /* The master key of one exercise's cells. */
};
enum { KEY_FILE_KIND_COUNT = KEY_FILE_SEALING + 1 };

/* "node", "server", "sealing". */
const char *key_file_kind_name(enum key_file_kind kind);

/* Makes the file. SPILL_EXISTS: there is one; SPILL_LIMIT: the path is too long; SPILL_IO. On
 * failure nothing is left behind. */
SPILL_CHECKED enum spill_status key_file_write(const char *path, enum key_file_kind kind,
                                               const uint8_t secret_key[SEAL_KEY_BYTES],
                                               struct spill_error *error);

/* SPILL_NOT_FOUND; SPILL_REFUSED: others may read it; SPILL_INVALID: it is no key file, or one of
 * another kind. The key is the caller's to wipe. */
SPILL_CHECKED enum spill_status key_file_read(const char *path, enum key_file_kind kind,
                                              uint8_t secret_key[SEAL_KEY_BYTES],
                                              struct spill_error *error);

#endif
