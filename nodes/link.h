/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: two bounded queues of encoded messages in memory, where sockets will be.
 *
 * Down: a cell's stream to its node. Up: what the node's people or robot do, as encoded inputs. A
 * full queue refuses with SPILL_AGAIN; the sender keeps what it has, and nothing is lost or
 * overwritten. One thread at a time; it allocates only when created.
 */
#ifndef SPILL_LINK_H
#define SPILL_LINK_H

#include "proto/vocabulary.h"

enum link_way { LINK_DOWN, LINK_UP };

enum { LINK_BYTES_DEFAULT = 4 << 20 };

struct link;

/* Room for so many bytes each way, counting 4 a message besides its own. */
SPILL_CHECKED enum spill_status link_create(size_t capacity_bytes, struct link **link);
void link_destroy(struct link **link);

/* Copies a message into a queue. SPILL_AGAIN: full. SPILL_LIMIT: it would never fit. */
SPILL_CHECKED enum spill_status link_send(struct link *link, enum link_way way,
                                          const uint8_t *bytes, size_t size_bytes);
/* The oldest message of a queue, borrowed until link_drop; false when it is empty. */
bool link_peek(const struct link *link, enum link_way way, const uint8_t **bytes,
               size_t *size_bytes);
/* Takes the oldest message off; there must be one. */
void link_drop(struct link *link, enum link_way way);
size_t link_count(const struct link *link, enum link_way way);

#endif
