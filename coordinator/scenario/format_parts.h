/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_parts: how the tables of the format are written; for the files of this folder only.
 */
#ifndef SPILL_FORMAT_PARTS_H
#define SPILL_FORMAT_PARTS_H

#include "coordinator/scenario/format.h"

#define AT(structure, member) .offset = offsetof(struct structure, member)
#define COUNT_AT(structure, member) .count_offset = offsetof(struct structure, member)
#define KEYS(name_, array, structure, about_)                                                      \
    {                                                                                              \
        .name = name_, .about = about_, .key = array, .count = sizeof array / sizeof array[0],     \
        .size_bytes = sizeof(struct structure)                                                     \
    }

#endif
