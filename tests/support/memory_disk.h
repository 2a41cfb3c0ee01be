/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_disk: a disk in memory for SQLite, which loses what was not synced when the power goes.
 *
 * Files are known by their paths; one that is new here and exists in the system's folders begins
 * with what is there, and is never written back. One thread; everybody shares the one disk, and
 * whoever's power goes has files of one prefix. A file is open once at a time.
 */
#ifndef MEMORY_DISK_H
#define MEMORY_DISK_H

#include "proto/vocabulary.h"

/* The name to give to whoever opens a file. Registers it at the first call. */
const char *memory_disk(void);

/* Forgets all files. What is still open is dead, as after a cut. */
void memory_disk_forget(void);

/* The power of all files that begin with the prefix goes after so many more of their writes and
 * syncs, 0: now. From then on they fail whoever has them open. */
void memory_disk_cut(const char *prefix, uint64_t after);
/* It does not go after all, unless it has. */
void memory_disk_spare(const char *prefix);
/* Whether it has gone. */
bool memory_disk_is_cut(const char *prefix);
/* It comes back: what was synced is there, and of the rest what chance (seed; 0: none) let through,
 * also half writes. Whoever had a file open before keeps failing. */
void memory_disk_mend(const char *prefix, uint64_t seed);

/* A disk that says yes to every sync and does nothing. */
void memory_disk_lie(bool lies);

/* The bytes of a file as they are read now; NULL: there is none. Borrowed until anything is
 * written. */
const uint8_t *memory_disk_bytes(const char *path, size_t *size_bytes);

#endif
