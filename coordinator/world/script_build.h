/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_build: the steps of script_create, in the order in which they run; for the files of this
 * folder only.
 *
 * A step reports every fault that it finds and goes on; only a lack of memory ends it. What it
 * leaves, script_destroy can free.
 */
#ifndef SPILL_SCRIPT_BUILD_H
#define SPILL_SCRIPT_BUILD_H

#include "coordinator/world/script_parts.h"

/* One id of a specification on its way to its rank. */
struct script_rank {
    const char *id;
    size_t index; /* In the specification. */
};

struct script_builder {
    const struct script_spec *spec;
    const struct network *network;
    struct script *script;
    script_fault_fn on_fault; /* May be NULL. */
    void *context;
    size_t fault_count;
    char where[4 * SPILL_ID_BYTES_MAX]; /* "rule 'x'": what is being built. */
    const char *subject;                /* Its id, the text at fault when there is no better one. */
    struct cell_ref cell;               /* Whose policies are being built, or NETWORK_NO_INDEX. */
};

/* Reports a fault in a text of the specification (NULL: the subject). */
void script_build_fault(struct script_builder *builder, const char *text, const char *format, ...)
    SPILL_PRINTF(3, 4);

/* The index of a name; NETWORK_NO_INDEX, and a fault, when it is missing or unknown. */
uint32_t script_build_find(struct script_builder *builder, enum condition_name kind,
                           const char *name);

/* Sorted ranks of `count` ids, checked; freed by the caller. */
typedef const char *(*script_id_fn)(const void *specs, size_t index);
SPILL_CHECKED enum spill_status script_build_ranks(struct script_builder *builder, const char *kind,
                                                   const void *specs, size_t count,
                                                   size_t count_max, script_id_fn id_of,
                                                   struct script_rank **ranks);

SPILL_CHECKED enum spill_status script_build_text(const char *text, char **copy);
SPILL_CHECKED enum spill_status script_build_law(struct script_builder *builder,
                                                 const struct law_spec *law, const char *what,
                                                 struct law_spec *copy);
/* NULL text: no condition. */
SPILL_CHECKED enum spill_status script_build_condition(struct script_builder *builder,
                                                       const char *text, enum condition_scope scope,
                                                       struct condition **condition,
                                                       unsigned *reads);
/* A time or duration from 0 to ten years. */
void script_build_check_time(struct script_builder *builder, int64_t time_ms, const char *what);

/* Cells, with what they see, their authority and policies; rules and orders are there already, ids
 * of cells too. */
SPILL_CHECKED enum spill_status script_build_cells(struct script_builder *builder,
                                                   const struct script_rank *ranks);

#endif
