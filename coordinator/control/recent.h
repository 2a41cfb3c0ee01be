/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recent: the last messages of all cells, in memory, so that what is sent at once is not read back
 * from the disk.
 *
 * A ring of bytes: a new message drops the oldest, whoever's they are. What it does not have is in
 * the recording (backlog.h). One thread; it allocates only when created.
 */
#ifndef SPILL_RECENT_H
#define SPILL_RECENT_H

#include "coordinator/world/script.h"
#include "proto/stream/stream.h"

struct recent;

SPILL_CHECKED enum spill_status recent_create(size_t cell_count, size_t capacity_bytes,
                                              struct recent **recent);
void recent_destroy(struct recent **recent);

/* Copies the next message of a cell; one that does not fit at all is left out, with all before. */
void recent_put(struct recent *recent, struct cell_ref cell, const struct frame_position *position,
                const struct stream_message *message);

/* A message and the position after it, borrowed until the next recent_put. SPILL_NOT_FOUND: it is
 * not there (any more). Fast for the one behind the last that was found. */
SPILL_CHECKED enum spill_status recent_find(struct recent *recent, struct cell_ref cell,
                                            uint64_t sequence, struct stream_message *message,
                                            struct frame_position *position);

#endif
