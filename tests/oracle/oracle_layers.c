/* SPDX-License-Identifier: Apache-2.0 */
/* Layers: section 15 of RULES.md, but for the kinds that compute loads, in oracle_loads.c and
 * oracle_flow.c. */
#include "tests/oracle/oracle_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle_layers.h"

/* ---- Building ---- */

static void *oracle_layers_array(size_t count, size_t size_bytes) {
    void *const array = spill_alloc(count, size_bytes);
    SPILL_ASSERT(array != NULL);
    return array;
}

static int oracle_layer_compare(const void *left, const void *right) {
    const struct oracle_layer *const a = left;
    const struct oracle_layer *const b = right;
    return strcmp(a->spec->id, b->spec->id);
}

static struct oracle_asset *oracle_layers_asset(struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->asset_count && id != NULL; i++) {
        if (strcmp(oracle->assets[i].spec->id, id) == 0) {
            return &oracle->assets[i];
        }
    }
    return NULL;
}

static int oracle_edge_compare(const void *left, const void *right) {
    const struct oracle_edge *const a = left;
    const struct oracle_edge *const b = right;
    if (a->layer != b->layer) {
        return strcmp(a->layer->spec->id, b->layer->spec->id);
    }
    if (a->low != b->low) {
        return a->low->rank < b->low->rank ? -1 : 1;
    }
    if (a->high != b->high) {
        return a->high->rank < b->high->rank ? -1 : 1;
    }
    return strcmp(a->circuit, b->circuit);
}

static void oracle_build_edges(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->edge_count = spec->edge_count;
    oracle->edges = oracle_layers_array(spec->edge_count, sizeof *oracle->edges);
    for (size_t i = 0; i < spec->edge_count; i++) {
        struct oracle_edge *const edge = &oracle->edges[i];
        struct oracle_asset *const from = oracle_layers_asset(oracle, spec->edges[i].from);
        struct oracle_asset *const to = oracle_layers_asset(oracle, spec->edges[i].to);
        const bool forward = from->rank < to->rank;
        *edge = (struct oracle_edge){
            .spec = &spec->edges[i],
            .low = forward ? from : to,
            .high = forward ? to : from,
            .circuit = spec->edges[i].circuit == NULL ? "1" : spec->edges[i].circuit,
            .line = oracle_layers_asset(oracle, spec->edges[i].line),
            .layer = from->member.layer,
            .bearing.due = ORACLE_NEVER,
            .reclosing.due = ORACLE_NEVER,
        };
        char name[256];
        snprintf(name, sizeof name, "edge:%s/%s/%s", edge->low->spec->id, edge->high->spec->id,
                 edge->circuit);
        edge->entity.hash = fate_hash(name);
    }
    if (oracle->edge_count > 1) {
        qsort(oracle->edges, oracle->edge_count, sizeof *oracle->edges, oracle_edge_compare);
    }
    for (size_t i = 0; i < oracle->edge_count; i++) {
        struct oracle_layer *const layer = oracle->edges[i].layer;
        layer->edges[layer->edge_count++] = &oracle->edges[i];
    }
}

void oracle_build_layers(struct oracle *oracle) {
    const struct network_spec *const spec = oracle->spec;
    oracle->layer_count = spec->layer_count;
    oracle->layers = oracle_layers_array(spec->layer_count, sizeof *oracle->layers);
    for (size_t i = 0; i < spec->layer_count; i++) {
        oracle->layers[i].spec = &spec->layers[i];
    }
    if (oracle->layer_count > 1) {
        qsort(oracle->layers, oracle->layer_count, sizeof *oracle->layers, oracle_layer_compare);
    }
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_member *const member = &oracle->assets[i].member;
        *member = (struct oracle_member){
            .own = SPILL_PPM, .level = SPILL_PPM, .reclosing.due = ORACLE_NEVER};
    }
    for (size_t i = 0; i < oracle->layer_count; i++) {
        struct oracle_layer *const layer = &oracle->layers[i];
        layer->members = oracle_layers_array(oracle->asset_count, sizeof *layer->members);
        layer->edges = oracle_layers_array(spec->edge_count, sizeof *layer->edges);
        for (size_t j = 0; j < oracle->asset_count; j++) {
            struct oracle_asset *const asset = &oracle->assets[j];
            if (strcmp(asset->spec->sector, layer->spec->sector) == 0 &&
                (layer->spec->tag == NULL || oracle_carries(asset, layer->spec->tag))) {
                SPILL_ASSERT(asset->member.layer == NULL);
                asset->member.layer = layer;
                asset->member.place = layer->member_count;
                layer->members[layer->member_count++] = asset;
            }
        }
    }
    oracle_build_edges(oracle);
}

void oracle_destroy_layers(struct oracle *oracle) {
    for (size_t i = 0; i < oracle->layer_count; i++) {
        free(oracle->layers[i].members);
        free(oracle->layers[i].edges);
    }
    free(oracle->layers);
    free(oracle->edges);
}

/* ---- Members and edges ---- */

bool oracle_is_up(const struct oracle_asset *asset) {
    return asset->member.own >= SPILL_FAILED_BELOW && !asset->member.tripped;
}

bool oracle_edge_works(const struct oracle_edge *edge) {
    return !edge->tripped && (edge->line == NULL || edge->line->service >= SPILL_FAILED_BELOW);
}

bool oracle_edge_closed(const struct oracle_edge *edge) {
    return oracle_edge_works(edge) && oracle_is_up(edge->low) && oracle_is_up(edge->high);
}

struct oracle_root *oracle_layer_root(struct oracle *oracle, struct oracle_layer *layer) {
    if (layer->root == NULL) {
        oracle_fire(oracle, ORACLE_LAYER_OWN_ROOT);
        layer->root = oracle_root_make(oracle, "layer", layer->spec->id, 0);
    }
    return layer->root;
}

size_t *oracle_parts(const struct oracle_layer *layer) {
    size_t *const part = oracle_layers_array(layer->member_count, sizeof *part);
    for (size_t i = 0; i < layer->member_count; i++) {
        part[i] = i;
    }
    /* Every closed edge gives both ends the smaller number, until nothing changes. */
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < layer->edge_count; i++) {
            const struct oracle_edge *const edge = layer->edges[i];
            const size_t a = edge->low->member.place;
            const size_t b = edge->high->member.place;
            if (oracle_edge_closed(edge) && part[a] != part[b]) {
                part[a] = part[a] < part[b] ? part[a] : part[b];
                part[b] = part[a];
                changed = true;
            }
        }
    }
    return part;
}

/* ---- Trips ---- */

static void oracle_reclose_later(struct oracle *oracle, const struct oracle_layer *layer,
                                 struct oracle_timer *timer, struct oracle_entity *entity) {
    if (oracle_law_given(&layer->spec->reclose)) {
        oracle_timer_start(oracle, timer, entity, FATE_RECLOSE, &layer->spec->reclose);
    }
}

void oracle_member_trip(struct oracle *oracle, struct oracle_asset *asset) {
    asset->member.tripped = true;
    oracle_reclose_later(oracle, asset->member.layer, &asset->member.reclosing, &asset->entity);
}

void oracle_edge_trip(struct oracle *oracle, struct oracle_edge *edge) {
    edge->tripped = true;
    oracle_timer_end(&edge->bearing);
    oracle_reclose_later(oracle, edge->layer, &edge->reclosing, &edge->entity);
}

void oracle_member_recloses(struct oracle *oracle, struct oracle_asset *asset) {
    oracle_fire(oracle, ORACLE_MEMBER_CLOSES);
    asset->member.tripped = false;
    oracle_timer_end(&asset->member.reclosing);
}

void oracle_edge_trips(struct oracle *oracle, struct oracle_edge *edge) {
    oracle_edge_trip(oracle, edge);
    edge->tripped_now = true;
}

void oracle_edge_recloses(struct oracle *oracle, struct oracle_edge *edge) {
    oracle_fire(oracle, ORACLE_EDGE_CLOSES);
    edge->tripped = false;
    oracle_timer_end(&edge->reclosing);
}

/* ---- Evaluation ---- */

void oracle_layers_look(struct oracle *oracle) {
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        asset->member.own_before = asset->member.own;
        asset->service_before = asset->service;
    }
}

struct oracle_candidate {
    bool found;
    uint64_t hash;
    struct oracle_root *root;
    uint64_t record;
};

static void oracle_candidate_add(struct oracle *oracle, struct oracle_candidate *best,
                                 uint64_t hash, struct oracle_root *root, uint64_t record) {
    if (best->found) {
        oracle_fire(oracle, ORACLE_TRIGGER_BY_HASH);
    }
    if (!best->found || hash < best->hash) {
        *best =
            (struct oracle_candidate){.found = true, .hash = hash, .root = root, .record = record};
    }
}

static bool oracle_failed(int64_t level) {
    return level < SPILL_FAILED_BELOW;
}

/* Step 1. */
static void oracle_layer_trigger(struct oracle *oracle, struct oracle_layer *layer) {
    struct oracle_candidate best = {.found = false};
    for (size_t i = 0; i < layer->member_count; i++) {
        const struct oracle_asset *const asset = layer->members[i];
        const struct oracle_member *const member = &asset->member;
        const bool fell = layer->spec->kind == LAYER_DC_FLOW
                              ? member->own < member->own_before
                              : oracle_failed(member->own) && !oracle_failed(member->own_before);
        if (fell) {
            oracle_fire(oracle, ORACLE_TRIGGER_MEMBER);
            oracle_candidate_add(oracle, &best, asset->entity.hash, asset->binding.root,
                                 asset->record);
        }
    }
    for (size_t i = 0; i < layer->edge_count; i++) {
        const struct oracle_edge *const edge = layer->edges[i];
        const struct oracle_asset *const line = edge->line;
        if (line != NULL && oracle_failed(line->service) && !oracle_failed(line->service_before)) {
            oracle_fire(oracle, ORACLE_TRIGGER_LINE);
            oracle_candidate_add(oracle, &best, line->entity.hash, line->binding.root,
                                 line->record);
        }
        if (edge->tripped_now && oracle->round == 0) {
            oracle_fire(oracle, ORACLE_TRIGGER_EDGE);
            oracle_candidate_add(oracle, &best, edge->entity.hash, edge->root, edge->record);
        }
    }
    if (best.found) {
        layer->root = best.root;
        layer->record = best.record;
    }
}

static void oracle_giant(struct oracle *oracle, struct oracle_layer *layer) {
    size_t *const part = oracle_parts(layer);
    size_t best = 0;
    size_t best_count = 0;
    uint64_t best_hash = 0;
    for (size_t i = 0; i < layer->member_count; i++) {
        size_t count = 0;
        uint64_t hash = UINT64_MAX;
        for (size_t j = 0; j < layer->member_count; j++) {
            const struct oracle_asset *const asset = layer->members[j];
            if (part[j] == i && oracle_is_up(asset)) {
                count++;
                hash = asset->entity.hash < hash ? asset->entity.hash : hash;
            }
        }
        if (count > 0 && count == best_count) {
            oracle_fire(oracle, ORACLE_GIANT_TIE);
        }
        if (count > best_count || (count > 0 && count == best_count && hash < best_hash)) {
            best = i;
            best_count = count;
            best_hash = hash;
        }
    }
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_asset *const asset = layer->members[i];
        const bool works = best_count > 0 && part[i] == best && oracle_is_up(asset);
        asset->member.next_level = works ? SPILL_PPM : 0;
        if (works && asset->member.level == 0 && asset->member.own == asset->member.own_before) {
            oracle_fire(oracle, ORACLE_GIANT_MOVES);
        }
    }
    free(part);
}

/* Whether the part of a member holds a source that is up. */
static bool oracle_part_is_fed(const struct oracle_layer *layer, const size_t *part, size_t of) {
    for (size_t i = 0; i < layer->member_count; i++) {
        if (part[i] == part[of] && layer->members[i]->spec->source &&
            oracle_is_up(layer->members[i])) {
            return true;
        }
    }
    return false;
}

static void oracle_source(struct oracle *oracle, struct oracle_layer *layer) {
    size_t *const part = oracle_parts(layer);
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_asset *const asset = layer->members[i];
        const bool fed = oracle_is_up(asset) && oracle_part_is_fed(layer, part, i);
        asset->member.next_level = fed ? SPILL_PPM : 0;
        if (oracle_is_up(asset) && !fed) {
            oracle_fire(oracle, ORACLE_SOURCE_OUT_OF_REACH);
        }
    }
    free(part);
}

/* Step 3. */
static void oracle_layer_levels(struct oracle *oracle, struct oracle_layer *layer) {
    for (size_t i = 0; i < layer->member_count; i++) {
        struct oracle_asset *const asset = layer->members[i];
        struct oracle_member *const member = &asset->member;
        const int64_t before = member->level;
        if (member->next_level == before) {
            continue;
        }
        member->level = member->next_level;
        layer->asks = true;
        if (member->level < before) {
            oracle_fire(oracle, ORACLE_LAYER_CUTS);
            member->root = oracle_layer_root(oracle, layer);
            member->record = layer->record;
            if (strcmp(member->root->kind, "layer") == 0) {
                oracle_root_hits(member->root, asset->country);
            }
        } else if (member->level == SPILL_PPM) {
            oracle_fire(oracle, ORACLE_LAYER_RETURNS);
            member->root = NULL;
            member->record = 0;
        }
    }
}

void oracle_layers_evaluate(struct oracle *oracle) {
    for (size_t i = 0; i < oracle->layer_count; i++) {
        struct oracle_layer *const layer = &oracle->layers[i];
        layer->asks = false;
        oracle_layer_trigger(oracle, layer);
        switch (layer->spec->kind) {
        case LAYER_GIANT:
            oracle_giant(oracle, layer);
            break;
        case LAYER_SOURCE:
            oracle_source(oracle, layer);
            break;
        case LAYER_SHARE_LOAD:
            oracle_share_load(oracle, layer);
            break;
        case LAYER_BETWEENNESS:
            oracle_betweenness(oracle, layer);
            break;
        case LAYER_DC_FLOW:
            oracle_dc_flow(oracle, layer);
            break;
        }
        oracle_layer_levels(oracle, layer);
    }
    for (size_t i = 0; i < oracle->edge_count; i++) {
        oracle->edges[i].tripped_now = false;
    }
}

bool oracle_layers_ask(const struct oracle *oracle) {
    for (size_t i = 0; i < oracle->layer_count; i++) {
        if (oracle->layers[i].asks) {
            return true;
        }
    }
    return false;
}
