/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why_but_for: what `why --but-for` prints: an exercise as it was beside the same without one root.
 */
#ifndef WHY_BUT_FOR_H
#define WHY_BUT_FOR_H

#include <stdio.h>

#include "coordinator/control/but_for.h"
#include "proto/words.h"

/* A table of both sides, the asset's state in each, and assets that would not have failed. */
void why_but_for_print(const struct but_for *but_for, struct asset_ref asset,
                       enum words_language language, int columns, FILE *stream);

/* One object, "spillover-but-for-1". */
void why_but_for_print_json(const struct but_for *but_for, struct asset_ref asset, FILE *stream);

#endif
