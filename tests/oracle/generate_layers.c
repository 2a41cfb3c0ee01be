/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of a random scenario, and their edges. */
#include "tests/oracle/generate_memory.h"

#include <string.h>

static const char *const generate_layer_ids[] = {"net", "grid", "a-net"};
static const char *const generate_circuits[] = {NULL, "1", "2", "a"};

static bool generate_layers_chance(struct generate_random *random, int64_t percent) {
    return generate_random_between(random, 1, 100) <= percent;
}

/* A law of times of a few ticks, or none. */
static struct law_spec generate_layers_law(struct generate_random *random, int64_t percent,
                                           int64_t most_ms) {
    if (!generate_layers_chance(random, percent)) {
        return (struct law_spec){.kind = LAW_NONE};
    }
    if (generate_layers_chance(random, 40)) {
        return (struct law_spec){.kind = LAW_FIXED,
                                 .a_ms = generate_random_between(random, 0, most_ms)};
    }
    return (struct law_spec){.kind = LAW_EXPONENTIAL,
                             .a_ms = generate_random_between(random, 1, most_ms)};
}

static struct law_spec generate_layers_uniform(struct generate_random *random, int64_t percent,
                                               int64_t most) {
    if (!generate_layers_chance(random, percent)) {
        return (struct law_spec){.kind = LAW_NONE};
    }
    const int64_t least = generate_random_between(random, 0, most / 2);
    return (struct law_spec){
        .kind = LAW_UNIFORM, .a_ms = least, .b_ms = generate_random_between(random, least, most)};
}

static bool generate_carries(const struct asset_spec *asset, const char *tag) {
    for (size_t i = 0; i < asset->tag_count; i++) {
        if (strcmp(asset->tags[i], tag) == 0) {
            return true;
        }
    }
    return false;
}

static bool generate_is_member(const struct asset_spec *asset, const struct layer_spec *layer) {
    return strcmp(asset->sector, layer->sector) == 0 &&
           (layer->tag == NULL || generate_carries(asset, layer->tag));
}

static struct layer_spec generate_layer(struct generate_random *random, size_t which,
                                        const char *sector, int64_t pace_ms) {
    return (struct layer_spec){
        .id = generate_layer_ids[which],
        .kind = (enum layer_kind)generate_random_between(random, 0, GENERATE_LAYER_KINDS - 1),
        .sector = sector,
        .tag = generate_layers_chance(random, 30) ? "scada" : NULL,
        .reclose = generate_layers_law(random, 60, pace_ms),
        .tolerance_ppm = generate_random_between(random, 0, 1500000),
        .load = generate_layers_uniform(random, 70, 1000),
        .capacity = generate_layers_uniform(random, 60, 1500),
        .transfer = generate_layers_chance(random, 50) ? TRANSFER_LOAD : TRANSFER_FIXED,
        .to_group = generate_layers_chance(random, 50),
        .amount = generate_random_between(random, 0, 600),
        .disturbance =
            generate_layers_chance(random, 40) ? generate_random_between(random, 1, 300) : 0,
        .trip = generate_layers_law(random, 45, pace_ms / 4 + 1),
    };
}

/* What assets say about themselves as members. */
static void generate_layers_assets(struct generate_scenario *scenario,
                                   struct generate_random *random) {
    for (size_t i = 0; i < scenario->spec.asset_count; i++) {
        struct asset_spec *const asset = &scenario->assets[i];
        asset->source = generate_layers_chance(random, 30);
        asset->load =
            generate_layers_chance(random, 60) ? generate_random_between(random, 1, 999) : 0;
        asset->generation =
            generate_layers_chance(random, 40) ? generate_random_between(random, 1, 1999) : 0;
        asset->capacity = 0;
        if (generate_layers_chance(random, 50)) {
            asset->capacity = asset->generation + generate_random_between(random, 0, 999);
        }
    }
}

/* An asset that is no member of the layer, or NULL. */
static const char *generate_line(const struct generate_scenario *scenario,
                                 struct generate_random *random, const struct layer_spec *layer) {
    if (!generate_layers_chance(random, 25)) {
        return NULL;
    }
    for (int i = 0; i < 4; i++) {
        const struct asset_spec *const asset = &scenario->assets[generate_random_between(
            random, 0, (int64_t)scenario->spec.asset_count - 1)];
        if (!generate_is_member(asset, layer)) {
            return asset->id;
        }
    }
    return NULL;
}

static bool generate_edge_known(const struct generate_scenario *scenario,
                                const struct edge_spec *edge) {
    const char *const circuit = edge->circuit == NULL ? "1" : edge->circuit;
    for (size_t i = 0; i < scenario->spec.edge_count; i++) {
        const struct edge_spec *const other = &scenario->edges[i];
        const bool along = strcmp(other->from, edge->from) == 0 && strcmp(other->to, edge->to) == 0;
        const bool against =
            strcmp(other->from, edge->to) == 0 && strcmp(other->to, edge->from) == 0;
        if ((along || against) &&
            strcmp(other->circuit == NULL ? "1" : other->circuit, circuit) == 0) {
            return true;
        }
    }
    return false;
}

static void generate_edges(struct generate_scenario *scenario, struct generate_random *random,
                           const struct layer_spec *layer, int64_t density) {
    const size_t count = scenario->spec.asset_count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (i == j || !generate_is_member(&scenario->assets[i], layer) ||
                !generate_is_member(&scenario->assets[j], layer) ||
                !generate_layers_chance(random, density)) {
                continue;
            }
            const struct edge_spec edge = {
                .from = scenario->assets[i].id,
                .to = scenario->assets[j].id,
                .circuit = generate_circuits[generate_random_between(random, 0, 3)],
                .line = generate_line(scenario, random, layer),
                .reactance = generate_random_between(random, 0, 50),
                .limit_w = generate_layers_chance(random, 60)
                               ? generate_random_between(random, 1, 600)
                               : 0,
            };
            if (!generate_edge_known(scenario, &edge)) {
                scenario->edges[scenario->spec.edge_count++] = edge;
            }
        }
    }
}

void generate_layers(struct generate_scenario *scenario, struct generate_random *random,
                     int64_t pace_ms) {
    struct network_spec *const spec = &scenario->spec;
    if (!generate_layers_chance(random, 50)) {
        return;
    }
    scenario->layers = generate_memory(scenario, 3, sizeof *scenario->layers);
    scenario->edges =
        generate_memory(scenario, spec->asset_count * spec->asset_count, sizeof *scenario->edges);
    generate_layers_assets(scenario, random);
    for (size_t i = 0; i < spec->sector_count; i++) {
        if (!generate_layers_chance(random, 70)) {
            continue;
        }
        struct layer_spec *const layer = &scenario->layers[spec->layer_count];
        *layer = generate_layer(random, spec->layer_count, scenario->sectors[i].id, pace_ms);
        spec->layer_count++;
        for (size_t j = 0; j < spec->asset_count; j++) {
            if (generate_is_member(&scenario->assets[j], layer)) {
                scenario->assets[j].lag_ppm = 0; /* Members have none. */
            }
        }
        generate_edges(scenario, random, layer, generate_random_between(random, 3, 30));
    }
}
