/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_secrets: what a coordinator keeps beside its recording, in FILE.secrets, so that its nodes
 * know it again after it was started again: its key pair, the master key of the cells' keys, how
 * often it was started, and the address that it was bound to.
 *
 * Whoever opens them counts a start, durably, before anything is sent. Belongs to whoever has the
 * recording open to write, one thread. Wiped when closed.
 */
#ifndef SPILL_HUB_SECRETS_H
#define SPILL_HUB_SECRETS_H

#include "proto/seal/seal.h"

enum { HUB_SECRETS_ADDRESS_BYTES = 256 };

struct hub_secrets {
    struct seal_pair server;
    uint8_t sealing[SEAL_KEY_BYTES];
    uint64_t epoch; /* From 1. */
    uint64_t start; /* This one, from 1. */
    /* As bound before; "": never. */
    char endpoint[HUB_SECRETS_ADDRESS_BYTES];
};

/* Reads what is in the folder, makes what is not there, and counts this start. SPILL_IO;
 * SPILL_INVALID, SPILL_REFUSED: a file in it is not what it should be, or others may read it. */
SPILL_CHECKED enum spill_status hub_secrets_open(const char *folder, struct hub_secrets *secrets,
                                                 struct spill_error *error);
/* Makes the addresses durable. */
SPILL_CHECKED enum spill_status
hub_secrets_keep(const char *folder, const struct hub_secrets *secrets, struct spill_error *error);
void hub_secrets_close(struct hub_secrets *secrets);

#endif
