/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone: the names of the world's time zones, so that a package is valid on every machine or on
 * none, whatever time zone data a machine has. Constants; any thread.
 */
#ifndef SPILL_ZONE_H
#define SPILL_ZONE_H

#include "proto/vocabulary.h"

/* "Europe/Amsterdam" exists; so does "UTC". */
bool zone_exists(const char *name);
size_t zone_count(void);
const char *zone_name(size_t at);

#endif
