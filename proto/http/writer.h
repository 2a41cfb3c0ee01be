/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer: JSON text, written piece by piece into memory that grows to a limit.
 *
 * Whoever writes calls in the order of the text and asks once, at the end, whether it all went
 * well; a writer that ran out of memory or over its limit takes further calls and does nothing.
 * Texts come out as ASCII-safe JSON strings: control characters, "<", U+2028 and U+2029 are
 * escaped, and bytes that are not UTF-8 become U+FFFD. One thread at a time uses a writer.
 */
#ifndef SPILL_WRITER_H
#define SPILL_WRITER_H

#include "proto/vocabulary.h"

enum { WRITER_DEPTH_MAX = 16 };

struct writer;

/* Text of at most max_bytes. */
SPILL_CHECKED enum spill_status writer_create(size_t max_bytes, struct writer **writer);
void writer_destroy(struct writer **writer);
/* Empty again; keeps its memory. */
void writer_clear(struct writer *writer);

/* The text, borrowed until the next call of another function; everything that was begun has ended.
 * SPILL_MEMORY or SPILL_LIMIT: it did not all fit. */
SPILL_CHECKED enum spill_status writer_finish(struct writer *writer, const char **text,
                                              size_t *text_bytes);
/* Bytes so far. */
size_t writer_bytes(const struct writer *writer);

/* A value, or the beginning and end of a list of values. In an object every value has a name, a
 * plain one that needs no escapes; elsewhere name is NULL. */
void writer_object(struct writer *writer, const char *name);
void writer_array(struct writer *writer, const char *name);
void writer_end(struct writer *writer);
void writer_text(struct writer *writer, const char *name, const char *text);
void writer_number(struct writer *writer, const char *name, int64_t value);
/* Millionths as a decimal fraction: 52370216 is 52.370216. */
void writer_millionths(struct writer *writer, const char *name, int64_t value);
void writer_truth(struct writer *writer, const char *name, bool value);
void writer_null(struct writer *writer, const char *name);
/* JSON that was written before. */
void writer_raw(struct writer *writer, const char *name, const char *json, size_t json_bytes);
/* Members of the object that was begun, written before, without its braces. */
void writer_members(struct writer *writer, const char *json, size_t json_bytes);

#endif
