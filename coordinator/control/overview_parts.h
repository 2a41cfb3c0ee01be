/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overview_parts: the inside of an overview, for its own sources.
 */
#ifndef SPILL_OVERVIEW_PARTS_H
#define SPILL_OVERVIEW_PARTS_H

#include "coordinator/control/overview.h"

enum {
    OVERVIEW_WORDS_BYTES = 1024, /* Of one sentence. */
    OVERVIEW_NAME_BYTES = 512,
    OVERVIEW_MOMENT_ENTRIES_MAX = 32, /* Entries on assets at one exercise time. */
};

/* What AssetNow says. */
struct overview_now {
    enum asset_status status;
    int64_t service_ppm;
    int64_t health_ppm;
    int64_t since_ms;       /* -1: it is normal. */
    uint32_t root;          /* NETWORK_NO_INDEX: none. */
    int64_t backup_ends_ms; /* SPILL_NEVER: on none. */
    int64_t repair_ends_ms; /* SPILL_NEVER: nobody repairs it. */
    bool infected;
};

/* What is known of an asset besides. */
struct overview_asset {
    uint64_t told;       /* Hash of what was told last. */
    int64_t since_ms;    /* -1: it is normal. */
    int64_t without;     /* People who lack its service. */
    uint32_t root;       /* Counted there as down; NETWORK_NO_INDEX: not. */
    int32_t service_ppm; /* As the last output said. */
    bool fallen;         /* Said to have failed, and not yet to be back. */
    bool listed;         /* In `changed`. */
    bool dirty;          /* In `dirty`. */
    bool watched;        /* In `watched`. */
};

struct overview_list {
    uint32_t *items;
    size_t count;
};

struct overview_cell {
    uint64_t told;
    struct overview_seat seat;
    bool joined; /* Was ever there. */
    bool dirty;
    bool listed;
    size_t overdue; /* As of the last look at everything, as those below. */
    int64_t overdue_ms;
    int64_t oldest_ms; /* When the oldest awaited inject was released; SPILL_NEVER. */
};

struct overview_inject {
    uint64_t told; /* Hash of what its condition reads. */
    bool dirty;
    bool listed;
};

/* An entry of the log: the members of its object but for the sequence, which is known later. */
struct overview_entry {
    uint64_t sequence;
    char *json;
    size_t json_bytes;
    bool control_only;
};

struct overview_moment {
    int64_t at_ms;
    int64_t *without; /* People, for each sector. */
};

struct overview_root {
    uint32_t first; /* The first root with the same kind and id. */
    int64_t down;   /* Assets that are below full service and its doing; of the first only. */
};

struct overview {
    const struct scenario *scenario;
    const struct network *network;
    const struct script *script;
    struct why *why;
    size_t asset_count;
    size_t cell_count;
    size_t inject_max; /* Those of the scenario, and ad hoc ones. */
    size_t sector_count;
    size_t country_count;
    int64_t starts_utc_us;

    uint64_t sequence; /* Of the last mark. */
    int64_t now_ms;    /* Of the last output. */
    int64_t wall_us;   /* Of the last look. */

    struct overview_asset *assets;
    struct overview_list dirty;   /* An output was about them. */
    struct overview_list watched; /* What they are may change without one. */
    struct overview_list changed; /* As the last look found. */
    int64_t *infected;            /* For each campaign, as last looked at. */
    struct overview_cell *cells;
    struct overview_inject *injects;
    bool clock_dirty;
    bool rfis_dirty;
    bool sums_dirty; /* They were not told since something changed. */
    struct { /* What the last look found. */
        bool clock;
        bool cells;
        bool injects;
        bool rfis;
        bool sums;
        size_t first_entry; /* In the count of all entries. */
        size_t end_entry;
        bool alarms;
    } look;
    uint64_t alarms_told;
    int64_t disk_bytes; /* Free; -1: not known. */
    int64_t looked_ms;

    struct overview_root *roots;
    size_t root_count;

    struct overview_entry *log; /* A ring. */
    size_t entry_count;         /* Ever. */
    size_t marked_count;        /* Of them, those with a sequence. */
    struct writer *entry;       /* Scratch. */
    int64_t moment_ms;          /* Entries on assets at this time: */
    size_t moment_count;
    size_t moment_left_out;

    int64_t *without; /* People, for each sector, now. */
    int64_t history_step_ms;
    struct overview_moment *history;
    size_t history_count;
    int64_t *group_assets; /* Of each country and sector. */

    struct overview_ahead *ahead; /* Likeliest first. */
    size_t ahead_count;
};

/* ---- overview.c ---- */

void overview_print_text(struct writer *writer, const char *name, struct text text);
/* A time; null when it is -1 or SPILL_NEVER. */
void overview_print_ms(struct writer *writer, const char *name, int64_t time_ms);
void overview_print_index(struct writer *writer, const char *name, uint32_t index);
const char *overview_tlp(enum tlp tlp);
const char *overview_inject_type(enum inject_type type);
uint64_t overview_mix(uint64_t hash, uint64_t value);

/* ---- overview_assets.c ---- */

void overview_assets_take(struct overview *overview, struct asset_ref asset);
struct overview_now overview_asset_now(const struct overview *overview,
                                       const struct exercise *exercise, struct asset_ref asset);
void overview_assets_look(struct overview *overview, const struct exercise *exercise, bool all);
void overview_print_asset(const struct overview *overview, const struct exercise *exercise,
                          struct asset_ref asset, enum overview_role role, struct writer *writer);
void overview_print_roots(const struct overview *overview, const struct exercise *exercise,
                          struct writer *writer);
void overview_print_root(const struct overview *overview, const struct exercise *exercise,
                         uint32_t root, const char *name, struct writer *writer);
/* What a root is called. */
char *overview_root_name(const struct overview *overview, const char *kind, const char *id,
                         enum words_language language, char text[OVERVIEW_NAME_BYTES]);

/* ---- overview_people.c ---- */

void overview_cells_look(struct overview *overview, const struct exercise *exercise, bool all);
void overview_print_cell(const struct overview *overview, const struct exercise *exercise,
                         struct cell_ref cell, struct writer *writer);
void overview_injects_look(struct overview *overview, const struct exercise *exercise, bool all);
void overview_print_inject(const struct overview *overview, const struct exercise *exercise,
                           struct inject_ref inject, struct writer *writer);
bool overview_inject_shown(const struct exercise *exercise, struct inject_ref inject,
                           enum overview_role role);

/* ---- overview_ahead.c ---- */

/* The likeliest of what is forecast to go down, of all that takes its supply from these assets,
 * near or far: for "why", or (inject) for a proposal. */
void overview_print_next(const struct overview *overview, const struct exercise *exercise,
                         const struct asset_ref *from, size_t from_count, bool inject,
                         struct writer *writer);

/* ---- overview_log.c ---- */

SPILL_CHECKED enum spill_status overview_log_take(struct overview *overview,
                                                  const struct output *output, int64_t utc_us);
/* Entries [first, end) of all. */
size_t overview_print_log(const struct overview *overview, enum overview_role role, size_t first,
                          size_t end, struct writer *writer);

#endif
