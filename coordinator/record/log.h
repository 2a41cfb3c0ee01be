/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: whether the write-ahead log beside a recording is whole.
 *
 * SQLite reads a log up to its first frame that does not check, and takes the rest for what a power
 * cut left unfinished. Of a log that rotted in its middle it would so drop, in silence, what had
 * been acknowledged. But a transaction begins only when the one before is on the disk: frames of a
 * later transaction behind a bad one tell the two apart. Reads the log's file only; any thread.
 */
#ifndef SPILL_LOG_H
#define SPILL_LOG_H

#include "proto/vocabulary.h"

/* SPILL_CORRUPT: acknowledged transactions in `database_path`-wal cannot be read any more; error
 * says where. SPILL_OK: none is known to be lost; also without a log. SPILL_IO, SPILL_MEMORY: it
 * could not be looked at. The log may be written to meanwhile. */
SPILL_CHECKED enum spill_status log_check(const char *database_path, struct spill_error *error);

#endif
