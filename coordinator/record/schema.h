/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: what a recording's file declares, word for word. An open file must hold exactly these,
 * and nothing else: a view that somebody changed would lie to whoever reads the file with another
 * tool. Constants.
 */
#ifndef SPILL_SCHEMA_H
#define SPILL_SCHEMA_H

#include <stddef.h>

struct schema_object {
    const char *type; /* "table", "view". */
    const char *name;
    const char *sql;
};

extern const struct schema_object schema_objects[];
extern const size_t schema_object_count;

#endif
