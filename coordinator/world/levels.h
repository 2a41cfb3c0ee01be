/* SPDX-License-Identifier: Apache-2.0 */
/*
 * levels: the service of a list of assets as somebody knows it, with its sums by sector and country
 * kept up to date, so that every question of a condition is answered at once; for the files of this
 * folder only.
 *
 * The world keeps one of the true state, every view one of what its cell was told. It owns its
 * arrays, allocates only when created, and costs what changes; so does levels_reset.
 */
#ifndef SPILL_LEVELS_H
#define SPILL_LEVELS_H

#include "coordinator/world/script_parts.h"

struct levels;

/* assets: the list, rising, kept until levels_destroy; NULL: every asset, in order. A slot is a
 * place in the list. */
SPILL_CHECKED enum spill_status levels_create(const struct network *network,
                                              const struct asset_ref *assets, size_t asset_count,
                                              struct levels **levels);
void levels_destroy(struct levels **levels);
void levels_reset(struct levels *levels);
/* Both of the same list. */
void levels_copy(struct levels *to, const struct levels *from);

/* Sets one service; returns which of READS_SERVICE, READS_FAILED and READS_DEGRADED changed. */
unsigned levels_set(struct levels *levels, uint32_t slot, int64_t service_ppm);
int64_t levels_service_ppm(const struct levels *levels, uint32_t slot);

/* Answers about a sector and a country; CONDITION_EVERY for all. */
int64_t levels_failed_count(const struct levels *levels, uint32_t sector, uint32_t country);
int64_t levels_degraded_count(const struct levels *levels, uint32_t sector, uint32_t country);
int64_t levels_people_without(const struct levels *levels, uint32_t sector, uint32_t country);
int64_t levels_mean_ppm(const struct levels *levels, uint32_t sector, uint32_t country);

/* Bits by slot. */
const uint64_t *levels_failed_bits(const struct levels *levels);
const uint64_t *levels_degraded_bits(const struct levels *levels);

/* Slots that were ever set below full service since the start, in any order. */
const uint32_t *levels_touched(const struct levels *levels, size_t *count);

#endif
