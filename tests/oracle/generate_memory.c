/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/oracle/generate_memory.h"

#include <stdlib.h>
#include <string.h>

/* One piece of memory, in the scenario's list of them. */
struct generate_block {
    struct generate_block *next;
    max_align_t memory[];
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t generate_random_next(struct generate_random *random) {
    random->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = random->state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

int64_t generate_random_between(struct generate_random *random, int64_t low, int64_t high) {
    SPILL_ASSERT(low <= high);
    const uint64_t width = (uint64_t)(high - low) + 1;
    return low + (int64_t)(generate_random_next(random) % width);
}

struct generate_scenario *generate_begin(void) {
    struct generate_scenario *const scenario = calloc(1, sizeof *scenario);
    SPILL_ASSERT(scenario != NULL);
    return scenario;
}

void *generate_memory(struct generate_scenario *scenario, size_t count, size_t size_bytes) {
    struct generate_block *const block = calloc(1, sizeof *block + (count + 1) * size_bytes);
    SPILL_ASSERT(block != NULL);
    block->next = scenario->blocks;
    scenario->blocks = block;
    return block->memory;
}

const char *generate_text(struct generate_scenario *scenario, const char *text) {
    char *const copy = generate_memory(scenario, strlen(text) + 1, 1);
    strcpy(copy, text);
    return copy;
}

void generate_finish(struct generate_scenario *scenario) {
    struct network_spec *const spec = &scenario->spec;
    spec->countries = scenario->countries;
    spec->sectors = scenario->sectors;
    spec->pools = scenario->pools;
    spec->tags = scenario->tags;
    spec->surges = scenario->surges;
    spec->assets = scenario->assets;
    spec->needs = scenario->needs;
    spec->links = scenario->links;
    spec->trusts = scenario->trusts;
    spec->campaigns = scenario->campaigns;
    spec->layers = scenario->layers;
    spec->edges = scenario->edges;
}

static void *generate_duplicate(struct generate_scenario *scenario, const void *array, size_t count,
                                size_t size_bytes) {
    void *const copy = generate_memory(scenario, count, size_bytes);
    if (count > 0) {
        memcpy(copy, array, count * size_bytes);
    }
    return copy;
}

struct generate_scenario *generate_copy(const struct generate_scenario *scenario) {
    struct generate_scenario *const copy = generate_begin();
    *copy = *scenario;
    copy->blocks = NULL;
    const struct network_spec *const spec = &scenario->spec;
    copy->countries =
        generate_duplicate(copy, scenario->countries, spec->country_count, sizeof *copy->countries);
    copy->sectors =
        generate_duplicate(copy, scenario->sectors, spec->sector_count, sizeof *copy->sectors);
    copy->pools = generate_duplicate(copy, scenario->pools, spec->pool_count, sizeof *copy->pools);
    copy->tags = generate_duplicate(copy, scenario->tags, spec->tag_count, sizeof *copy->tags);
    copy->surges =
        generate_duplicate(copy, scenario->surges, spec->surge_count, sizeof *copy->surges);
    copy->assets =
        generate_duplicate(copy, scenario->assets, spec->asset_count, sizeof *copy->assets);
    copy->needs = generate_duplicate(copy, scenario->needs, spec->need_count, sizeof *copy->needs);
    copy->links = generate_duplicate(copy, scenario->links, spec->link_count, sizeof *copy->links);
    copy->trusts =
        generate_duplicate(copy, scenario->trusts, spec->trust_count, sizeof *copy->trusts);
    copy->campaigns = generate_duplicate(copy, scenario->campaigns, spec->campaign_count,
                                         sizeof *copy->campaigns);
    copy->layers =
        generate_duplicate(copy, scenario->layers, spec->layer_count, sizeof *copy->layers);
    copy->edges = generate_duplicate(copy, scenario->edges, spec->edge_count, sizeof *copy->edges);
    copy->actions =
        generate_duplicate(copy, scenario->actions, scenario->action_count, sizeof *copy->actions);
    generate_finish(copy);
    return copy;
}

void generate_destroy(struct generate_scenario **scenario) {
    struct generate_scenario *const old = *scenario;
    *scenario = NULL;
    if (old == NULL) {
        return;
    }
    while (old->blocks != NULL) {
        struct generate_block *const next = old->blocks->next;
        free(old->blocks);
        old->blocks = next;
    }
    free(old);
}
