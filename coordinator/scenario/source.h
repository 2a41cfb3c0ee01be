/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: a file of a package while it is read, and places in it. Plain data; any thread.
 */
#ifndef SPILL_SOURCE_H
#define SPILL_SOURCE_H

#include "proto/vocabulary.h"

/* A file of the package; its bytes have a NUL behind them and outlive the reading. */
struct source {
    const char *path;  /* In the package. */
    const char *bytes; /* NULL: the file is missing. */
    size_t size_bytes;
    unsigned rank; /* Faults are shown in the order of their files' ranks. */
};

/* Some bytes of a source. */
struct place {
    const struct source *source;
    size_t offset_bytes; /* PLACE_WHOLE: the file as a whole. */
    size_t length_bytes;
};
#define PLACE_WHOLE SIZE_MAX

/* The first byte that is not part of well-formed UTF-8 (or is NUL); the size of the source when
 * there is none. */
size_t source_bad_byte(const struct source *source);
/* The line (from 1) of a place, and its column in characters (from 1). Counts from the start of the
 * file. */
void source_position(struct place place, size_t *line, size_t *column);
/* The offset of a line and column; the nearest that exists. */
size_t source_offset(const struct source *source, size_t line, size_t column);

#endif
