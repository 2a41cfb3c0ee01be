/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporary: a folder for one test's files, removed when the test is done. A test that fails leaves
 * it behind, to be looked at. Failures here end the test.
 */
#ifndef TEMPORARY_H
#define TEMPORARY_H

#include "proto/vocabulary.h"

enum { TEMPORARY_PATH_BYTES = 512 };

struct temporary {
    char path[TEMPORARY_PATH_BYTES]; /* The folder, absolute. */
};

/* Makes the folder, in TMPDIR or /tmp. */
void temporary_create(struct temporary *temporary);

/* Removes it with all that is in it. */
void temporary_destroy(struct temporary *temporary);

/* The path of `name` inside the folder; returns path. */
char *temporary_path(const struct temporary *temporary, const char *name,
                     char path[TEMPORARY_PATH_BYTES]);

/* Writes a file `name` with these bytes into the folder, replacing what was there. */
void temporary_write(const struct temporary *temporary, const char *name, const void *bytes,
                     size_t bytes_count);

/* Reads a whole file; its bytes with a NUL behind them, freed with free(). Any path, not only in a
 * temporary. */
char *temporary_read(const char *path, size_t *bytes_count);

#endif
