/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: whole files that users name, read and written.
 */
#ifndef SPILL_EXCHANGE_FILE_H
#define SPILL_EXCHANGE_FILE_H

#include "proto/vocabulary.h"

/* Reads a file of at most bytes_max bytes into memory that the caller frees; a NUL stands behind
 * it. SPILL_NOT_FOUND, SPILL_IO, SPILL_LIMIT, SPILL_MEMORY; error names the path. */
SPILL_CHECKED enum spill_status exchange_file_read(const char *path, size_t bytes_max, char **bytes,
                                                   size_t *size_bytes, struct spill_error *error);

#endif
