/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets: the folder FILE.secrets beside a recording, with what must never be inside it: its
 * signing key and the key of its salts. Whoever holds the folder holds its lock, so that one writer
 * at a time adds to a recording.
 *
 * Any thread, one at a time for each object. Key bytes are wiped from memory when it is closed.
 */
#ifndef SPILL_SECRETS_H
#define SPILL_SECRETS_H

#include "coordinator/record/recording.h"

struct secrets;

/* Makes the folder (mode 0700) with these keys, or with new random ones when keys is NULL, durable,
 * and takes its lock. SPILL_EXISTS when there is such a folder; on failure none is left behind. */
SPILL_CHECKED enum spill_status secrets_create(const char *recording_path,
                                               const struct recording_keys *keys,
                                               struct secrets **secrets, struct spill_error *error);

/* Reads the keys and takes the lock. SPILL_REFUSED when there are no keys or another process has
 * the lock. */
SPILL_CHECKED enum spill_status secrets_open(const char *recording_path, struct secrets **secrets,
                                             struct spill_error *error);

const struct recording_keys *secrets_keys(const struct secrets *secrets);

/* Gives the lock back; the folder stays. */
void secrets_close(struct secrets **secrets);

/* Closes and removes the folder, for a recording that could not be made. */
void secrets_remove(struct secrets **secrets);

#endif
