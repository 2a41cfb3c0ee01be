/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_parts: what a policy asks of its view beyond conditions; for the files of this folder only.
 */
#ifndef SPILL_VIEW_PARTS_H
#define SPILL_VIEW_PARTS_H

#include "coordinator/world/script_parts.h"

/* Which of READS_… changed since the stamp, which is moved to now. A stamp of 0: everything. */
unsigned view_changes(const struct view *view, uint64_t *stamp);

/* Slots in a wanted state, by bits; NULL for WANTED_ANY. */
const uint64_t *view_wanted(const struct view *view, enum wanted_state state);

/* When a received inject was released; SPILL_NEVER: not received. */
int64_t view_released_ms(const struct view *view, uint32_t inject);

#endif
