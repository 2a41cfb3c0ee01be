/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty: a disk that fails when told to, and that forgets what was not synced when the power goes.
 *
 * An SQLite file layer over the system's: files are where their paths say; besides, it keeps for
 * each what would be on the platter. One disk a process, one thread.
 */
#ifndef FAULTY_H
#define FAULTY_H

#include "proto/vocabulary.h"

/* The name to give to whoever opens a file. Registers it at the first call. */
const char *faulty_disk(void);

/* Forgets all files and counts; from then on, the operation number `after` (from 0; writes,
 * truncations and syncs count) fails, and with for_ever all behind it. Negative: none. full: as a
 * full disk, which still syncs; else as a broken one. */
void faulty_arm(long after, bool for_ever, bool full);

/* Whether to promise that a write leaves the bytes beside it alone, as the system's layer does;
 * SQLite writes its log otherwise when not. */
void faulty_set_sectors(bool sectors);

/* Operations so far, and whether one has failed. */
long faulty_operations(void);
bool faulty_failed(void);

/* Calls `before` in front of each operation, until faulty_arm. */
void faulty_on_operation(void (*before)(void *context), void *context);

/* Writes the file `from` as it would be found after a power cut now to the path `to`: what was
 * synced, and of what was not the writes that chance (seed; 0: none) has let through, also half
 * ones. Returns false when there never was such a file. */
bool faulty_platter(const char *from, const char *to, uint64_t seed);

#endif
