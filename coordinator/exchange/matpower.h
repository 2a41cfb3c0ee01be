/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matpower: a power network from a MATPOWER case file (version 2 of the case format: Zimmerman,
 * Murillo-Sánchez and Thomas, IEEE Trans. Power Systems 26(1), 2011, and the manual's appendix B).
 *
 * Case files are programs in a programming language. Here they are data: the literals of baseMVA,
 * bus, gen and branch are read, those of other fields are passed over, and any line that computes
 * something is refused by its number, so that a case is what it says or nothing. Any thread; plain
 * data.
 */
#ifndef SPILL_MATPOWER_H
#define SPILL_MATPOWER_H

#include "proto/vocabulary.h"

enum {
    MATPOWER_FILE_BYTES_MAX = 256 << 20,
    MATPOWER_ROWS_MAX = 4000000, /* Of one matrix. */
};

enum matpower_bus_type {
    MATPOWER_PQ = 1,
    MATPOWER_PV = 2,
    MATPOWER_REFERENCE = 3,
    MATPOWER_ISOLATED = 4,
};

struct matpower_bus {
    int64_t id; /* As the file numbers it; positive. */
    enum matpower_bus_type type;
    double demand_mw;      /* Pd. */
    double conductance_mw; /* Gs: demanded at a voltage of 1 per unit. */
    double base_kv;
    int line;
};

struct matpower_gen {
    size_t bus; /* Index in buses. */
    double output_mw;
    double output_max_mw;
    bool on;
    int line;
};

struct matpower_branch {
    size_t from; /* Indices in buses. */
    size_t to;
    double reactance; /* Per unit. */
    double rate_mw;   /* Long term, MVA; 0: no limit. */
    double ratio;     /* Of a transformer; 1 for a line. */
    double shift_deg; /* Of a phase shifter. */
    bool on;
    int line;
};

struct matpower {
    double base_mva;
    struct matpower_bus *buses;
    size_t bus_count;
    struct matpower_gen *gens;
    size_t gen_count;
    struct matpower_branch *branches;
    size_t branch_count;
};

/* Reads a file. SPILL_NOT_FOUND, SPILL_IO; SPILL_INVALID: it is no such case, and error says where
 * as "path:line: what"; SPILL_LIMIT: it is too large. */
SPILL_CHECKED enum spill_status matpower_load(const char *path, struct matpower **matpower,
                                              struct spill_error *error);
/* The same from memory; `path` is for the words. */
SPILL_CHECKED enum spill_status matpower_parse(const char *path, const char *bytes,
                                               size_t size_bytes, struct matpower **matpower,
                                               struct spill_error *error);
void matpower_free(struct matpower **matpower);

#endif
