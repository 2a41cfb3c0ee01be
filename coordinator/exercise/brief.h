/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brief: all that the robot of a cell is told beyond its stream, so that its node never reads a
 * package.
 *
 * It says what the cell may know and no more: the assets that it sees, the lines of its team's
 * policy, and of countries, sectors, campaigns, orders and injects those that these name. People
 * must not get the answers with the questions, so none of this is in the cell's stream: a robot's
 * node gets its brief when it takes its seat. Immutable once made; borrows nothing. Encoded bytes
 * are canonical (codec.h) and start with BRIEF_FORMAT.
 */
#ifndef SPILL_BRIEF_H
#define SPILL_BRIEF_H

#include "coordinator/exercise/codec.h"

/* The team that does what is expected; and the one that does nothing but acknowledge. */
#define BRIEF_DOCTRINE "doctrine"
#define BRIEF_PASSIVE "passive"

enum {
    BRIEF_FORMAT = 1,
    BRIEF_CHUNK_BYTES = 245760, /* A brief travels in pieces of so many bytes, the last shorter, */
    BRIEF_CHUNKS_MAX = 64,      /* and at most so many. */
    BRIEF_BYTES_MAX = BRIEF_CHUNK_BYTES * BRIEF_CHUNKS_MAX,
    BRIEF_ASSETS_MAX = UINT16_MAX, /* That one robot's cell sees, or its policy names. */
    BRIEF_RANGES_MAX = BRIEF_ASSETS_MAX / 2 + 1,
};

/* The option that doctrine would choose. */
struct brief_answer {
    const char *inject;
    const char *option;
};

struct brief_country {
    const char *id;
    int64_t trust_ppm; /* At the start, where the cell has reports from it; else 0. */
};

struct brief_asset {
    const char *id;
    const char *country;
    const char *sector;
    int64_t people;
    bool seen; /* False: its policy has an order about it, and it sees nothing of it. */
};

struct brief_order {
    const char *id;
    enum target_kind target;
    bool may; /* The cell has some authority for it; else it only counts it. */
};

/* Assets next to each other in the brief's list. */
struct brief_range {
    int64_t first; /* From 0. */
    int64_t count; /* From 1. */
};

/* A line of the team's policy; policy_rule_spec says what its fields mean. "" where there is
 * nothing. */
struct brief_rule {
    const char *id;
    const char *when;
    int64_t hold_ms;
    const char *order;
    bool each;
    enum wanted_state state;
    const struct brief_range *ranges; /* With each: what it may order about, rising, never none. */
    size_t range_count;
    const char *asset, *tag, *country, *other_country, *pool, *other_pool;
    int64_t amount;
    struct law_spec thinking;
    int64_t times_max;
    int64_t again_after_ms;
};

struct brief {
    const char *cell;
    const char *country; /* The cell's. */
    const char *team;    /* The policy that it follows: "doctrine", "passive" … */
    uint64_t seed;
    uint32_t replica;
    int64_t tick_ms;
    int64_t horizon_ms;
    int64_t escalation; /* At the start. */
    struct law_spec answers_after;
    const struct brief_country *countries;
    size_t country_count;
    const char *const *sectors;
    size_t sector_count;
    const char *const *campaigns; /* That its policy names; others are one to it. */
    size_t campaign_count;
    const struct brief_order *orders;
    size_t order_count;
    const char *const *injects; /* That its policy names. */
    size_t inject_count;
    const struct brief_asset *assets; /* Sorted by id. */
    size_t asset_count;
    const struct brief_rule *rules; /* None: the team has no policy there. */
    size_t rule_count;
    const struct brief_answer *answers; /* Sorted by inject. Other teams than doctrine have none:
                                           they take the first option. */
    size_t answer_count;
};

/* What the robot of a cell needs of a scenario. SPILL_NOT_FOUND: the team is no id. SPILL_LIMIT:
 * the cell sees more than a brief holds. */
SPILL_CHECKED enum spill_status brief_create(const struct scenario *scenario, struct cell_ref cell,
                                             const char *team, uint64_t seed, struct brief **brief);
void brief_destroy(struct brief **brief);

/* What is wrong with a brief in itself, in English, or NULL. Whether its parts fit each other shows
 * when a robot is made from it. */
const char *brief_fault(const struct brief *brief);

/* The size of its canonical bytes. The brief has no fault. */
size_t brief_size_bytes(const struct brief *brief);
/* Writes them. SPILL_INVALID: it has a fault. SPILL_LIMIT: they are more than capacity_bytes or
 * BRIEF_BYTES_MAX. */
SPILL_CHECKED enum spill_status brief_encode(const struct brief *brief, uint8_t *bytes,
                                             size_t capacity_bytes, size_t *size_bytes);
/* Makes a brief of them. SPILL_INVALID: error says what is wrong and where. SPILL_LIMIT: it would
 * take more memory than any brief of this size needs. */
SPILL_CHECKED enum spill_status brief_decode(const uint8_t *bytes, size_t size_bytes,
                                             struct brief **brief, struct spill_error *error);

#endif
