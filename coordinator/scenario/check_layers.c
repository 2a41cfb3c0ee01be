/* SPDX-License-Identifier: Apache-2.0 */
/* The part of loader that checks layers and edges.csv. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/loader.h"

#define CHECK_NO_LAYER UINT32_MAX

static const char *const check_kinds[] = {
    [LAYER_GIANT] = "giant",           [LAYER_SOURCE] = "source",
    [LAYER_SHARE_LOAD] = "share_load", [LAYER_BETWEENNESS] = "betweenness",
    [LAYER_DC_FLOW] = "dc_flow",
};

/* ---- Layers ---- */

/* Keys that mean something to some kinds only. */
static void check_layer_keys(struct loader *loader, const struct source_layer *layer) {
    static const struct {
        const char *key;
        uint32_t kinds; /* A bit for each. */
    } keys[] = {
        {"reclose", 1U << LAYER_SHARE_LOAD | 1U << LAYER_BETWEENNESS | 1U << LAYER_DC_FLOW},
        {"tolerance", 1U << LAYER_SHARE_LOAD | 1U << LAYER_BETWEENNESS},
        {"load", 1U << LAYER_SHARE_LOAD},
        {"capacity", 1U << LAYER_SHARE_LOAD},
        {"transfer", 1U << LAYER_SHARE_LOAD},
        {"amount", 1U << LAYER_SHARE_LOAD},
        {"to", 1U << LAYER_SHARE_LOAD},
        {"disturbance", 1U << LAYER_SHARE_LOAD},
        {"trip", 1U << LAYER_DC_FLOW},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if ((keys[i].kinds >> layer->spec.kind & 1) == 0 &&
            yaml_find(&loader->yaml, layer->at.node, keys[i].key) != YAML_NONE) {
            loader_error(loader, loader_place(loader, &layer->at, keys[i].key),
                         "a layer of kind '%s' has no '%s'", check_kinds[layer->spec.kind],
                         keys[i].key);
        }
    }
    if (layer->spec.kind == LAYER_SHARE_LOAD && layer->spec.transfer == TRANSFER_FIXED &&
        layer->spec.amount == 0) {
        loader_error(loader, loader_place(loader, &layer->at, "transfer"),
                     "a fixed transfer needs an 'amount'");
    }
}

static bool check_carries(const struct asset_spec *asset, const char *tag) {
    for (size_t i = 0; i < asset->tag_count; i++) {
        if (strcmp(asset->tags[i], tag) == 0) {
            return true;
        }
    }
    return false;
}

/* Position of the layer that an asset is a member of. */
static uint32_t check_layer_of(struct loader *loader, size_t asset) {
    const struct asset_spec *const spec = &loader->asset_specs[asset];
    uint32_t found = CHECK_NO_LAYER;
    for (uint32_t i = 0; i < loader->file.layer_count && spec->sector != NULL; i++) {
        const struct layer_spec *const layer = &loader->file.layers[i].spec;
        if (layer->sector == NULL || strcmp(layer->sector, spec->sector) != 0 ||
            (layer->tag != NULL && !check_carries(spec, layer->tag))) {
            continue;
        }
        if (found != CHECK_NO_LAYER) {
            loader_error(loader,
                         loader_row_place(&loader->assets_table,
                                          loader->assets[asset].row_offset_bytes, "id"),
                         "'%s' would be in two layers: '%s' and '%s'", spec->id,
                         loader->file.layers[found].at.id, loader->file.layers[i].at.id);
            break;
        }
        found = i;
    }
    return found;
}

static void check_members(struct loader *loader, uint32_t *layer_of) {
    bool *const used = arena_alloc(&loader->scratch, loader->file.layer_count, sizeof *used);
    if (used == NULL) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < loader->asset_count; i++) {
        const struct asset_spec *const spec = &loader->asset_specs[i];
        layer_of[i] = check_layer_of(loader, i);
        if (layer_of[i] == CHECK_NO_LAYER) {
            continue;
        }
        used[layer_of[i]] = true;
        if (spec->capacity > 0 && spec->generation > spec->capacity) {
            loader_error(loader,
                         loader_row_place(&loader->assets_table, loader->assets[i].row_offset_bytes,
                                          "generation"),
                         "'%s' gives more at rest than it can: %" PRId64 " and %" PRId64, spec->id,
                         spec->generation, spec->capacity);
        }
    }
    for (size_t i = 0; i < loader->file.layer_count && loader->asset_count > 0; i++) {
        if (!used[i]) {
            loader_error(loader, loader_place(loader, &loader->file.layers[i].at, "sector"),
                         "the layer '%s' has no members", loader->file.layers[i].at.id);
        }
    }
}

/* ---- Edges ---- */

static struct place check_edge_place(const struct loader *loader, size_t edge, const char *column) {
    return loader_row_place(&loader->edges_table, loader->edge_rows[edge], column);
}

/* An edge by its ends, the lesser first: to find one that is there twice. */
struct check_edge {
    uint32_t low;
    uint32_t high;
    const char *circuit;
    uint32_t index;
};

static int check_edge_compare(const void *left, const void *right) {
    const struct check_edge *const a = left;
    const struct check_edge *const b = right;
    if (a->low != b->low) {
        return a->low < b->low ? -1 : 1;
    }
    if (a->high != b->high) {
        return a->high < b->high ? -1 : 1;
    }
    const int order = strcmp(a->circuit, b->circuit);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Ends and line of one edge; false if they are not known or not well. */
static bool check_edge_ends(struct loader *loader, const uint32_t *layer_of, size_t edge,
                            struct check_edge *ends) {
    const struct edge_spec *const spec = &loader->edges[edge];
    const uint32_t from = loader_find(loader, REFERS_ASSET, spec->from);
    const uint32_t to = loader_find(loader, REFERS_ASSET, spec->to);
    const uint32_t line = loader_find(loader, REFERS_ASSET, spec->line);
    if (from == IDS_NONE || to == IDS_NONE || spec->circuit == NULL) {
        return false;
    }
    if (layer_of[from] == CHECK_NO_LAYER) {
        loader_error(loader, check_edge_place(loader, edge, "from"),
                     "'%s' is in no layer: 'layers' of scenario.yaml says who is", spec->from);
        return false;
    }
    if (from == to || layer_of[from] != layer_of[to]) {
        loader_error(loader, check_edge_place(loader, edge, "to"),
                     "'%s' is not another member of the layer '%s'", spec->to,
                     loader->file.layers[layer_of[from]].at.id);
        return false;
    }
    if (line != IDS_NONE && layer_of[line] == layer_of[from]) {
        loader_error(loader, check_edge_place(loader, edge, "line"),
                     "'%s' is a member of the layer itself, and carries none of its edges",
                     spec->line);
    }
    *ends = (struct check_edge){from < to ? from : to, from < to ? to : from, spec->circuit,
                                (uint32_t)edge};
    return true;
}

static void check_edges(struct loader *loader, const uint32_t *layer_of) {
    struct check_edge *const order =
        arena_alloc(&loader->scratch, loader->edge_count, sizeof *order);
    if (order == NULL) {
        loader->binder.memory = true;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < loader->edge_count; i++) {
        count += check_edge_ends(loader, layer_of, i, &order[count]) ? 1 : 0;
    }
    if (count > 1) {
        qsort(order, count, sizeof *order, check_edge_compare);
    }
    for (size_t i = 1; i < count; i++) {
        const struct check_edge *const edge = &order[i];
        const struct check_edge *const before = &order[i - 1];
        if (edge->low == before->low && edge->high == before->high &&
            strcmp(edge->circuit, before->circuit) == 0) {
            loader_error(loader, check_edge_place(loader, edge->index, "from"),
                         "this edge is there twice; first in line %zu",
                         loader_line(check_edge_place(loader, before->index, "from")));
        }
    }
}

void loader_check_layers(struct loader *loader) {
    for (size_t i = 0; i < loader->file.layer_count; i++) {
        check_layer_keys(loader, &loader->file.layers[i]);
    }
    uint32_t *const layer_of = arena_alloc(&loader->scratch, loader->asset_count, sizeof *layer_of);
    if (layer_of == NULL) {
        loader->binder.memory = true;
        return;
    }
    check_members(loader, layer_of);
    check_edges(loader, layer_of);
}
