/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml: one YAML file as a tree whose every node knows its bytes in the file.
 *
 * The only includer of libfyaml. The tree is built from the parser's events, without recursion,
 * within limits of depth and count. The subset is the one that JSON has: one document, text keys,
 * no anchors, aliases or tags; what is outside it is refused by name at its place, so that nothing
 * can multiply itself. Plain scalars resolve as in YAML 1.2's core schema. One thread at a time;
 * the tree lives in the caller's arena.
 */
#ifndef SPILL_YAML_H
#define SPILL_YAML_H

#include "coordinator/scenario/arena.h"
#include "coordinator/scenario/fault.h"

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

/* What a plain scalar is in JSON; a quoted one is text. */
enum yaml_type { YAML_TEXT, YAML_INTEGER, YAML_NUMBER, YAML_BOOLEAN, YAML_NULL };

#define YAML_NONE 0 /* No node. The root is node 1. */

struct yaml_node {
    enum yaml_kind kind;
    enum yaml_type type;  /* Of a scalar. */
    uint32_t first;       /* First child. Children of a mapping are key, value, key, value. */
    uint32_t next;        /* Next sibling. */
    uint32_t child_count; /* Mapping: keys and values. */
    uint32_t offset_bytes;
    uint32_t length_bytes;
    const char *text; /* Of a scalar, decoded, NUL-terminated. */
    uint32_t text_bytes;
};

struct yaml {
    const struct source *source;
    const struct yaml_node *nodes;
    uint32_t node_count; /* 1 when the file is empty or did not parse: then there is no root. */
};

/* Reads a source into *yaml; faults go to the list, and then there may be no root. SPILL_MEMORY
 * only. */
SPILL_CHECKED enum spill_status yaml_load(const struct source *source, struct arena *arena,
                                          struct fault_list *faults, struct yaml *yaml);
/* Where a node is: of a mapping or sequence, its first line. */
struct place yaml_place(const struct yaml *yaml, uint32_t node);
/* Where bytes of a scalar's decoded text are; the whole scalar, where escapes hide it. */
struct place yaml_place_within(const struct yaml *yaml, uint32_t node, size_t offset_bytes,
                               size_t length_bytes);
/* The value of a key in a mapping, or YAML_NONE. Linear. */
uint32_t yaml_find(const struct yaml *yaml, uint32_t mapping, const char *key);

#endif
