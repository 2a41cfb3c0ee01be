/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario_parts: how a scenario lies in memory; for the files of this folder only.
 *
 * Everything but network, script and conditions is in the arena. Arrays are parallel to what
 * network and script call them by.
 */
#ifndef SPILL_SCENARIO_PARTS_H
#define SPILL_SCENARIO_PARTS_H

#include "coordinator/scenario/loader.h"

struct scenario {
    struct arena arena;
    struct network *network;
    struct script *script;
    const char *id;
    struct text title, summary, notice;
    enum tlp classification;
    const char *currency;
    const char *starts_at; /* With its zone. */
    int64_t duration_ms;
    uint64_t seed;
    int64_t speed;
    struct vary_range uncertain[PARAMETER_COUNT];
    struct inject *injects; /* Their conditions are owned. */
    size_t inject_count;
    struct objective *objectives;
    size_t objective_count;
    struct cast *casts;         /* By cell. */
    struct asset_facts *assets; /* By asset. */
    struct text *countries;
    struct text *sectors;
    struct text *campaigns;
    struct text *rules;
    struct text *orders;
    struct text *need_words;    /* Distinct words for needs … */
    uint32_t *need_words_index; /* … and which of them each need has. */
};

/* Builds the scenario from what was read and checked. SPILL_INVALID: faults were added. */
SPILL_CHECKED enum spill_status scenario_build(struct loader *loader, struct scenario *scenario);

#endif
