/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/network_build.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/layers/betweenness.h"

/* So that the loads of all members together fit 64 bits. */
#define NETWORK_LOAD_MAX INT64_C(1000000000000)
#define NETWORK_REACTANCE_MAX INT64_C(1000000000)
#define NETWORK_TOLERANCE_MAX_PPM (1000 * SPILL_PPM)

static bool network_is_load(int64_t value) {
    return value >= 0 && value <= NETWORK_LOAD_MAX;
}

/* ---- Layers ---- */

static const char *network_layer_spec_id(const struct network_spec *spec, size_t index) {
    return spec->layers[index].id;
}

static enum spill_status network_build_layer_numbers(struct network_builder *builder,
                                                     const struct layer_spec *spec,
                                                     struct network_layer *layer) {
    if (spec->kind > LAYER_DC_FLOW || spec->transfer > TRANSFER_FIXED) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "layer \"%s\": no such kind or transfer of load", spec->id);
    }
    if (spec->tolerance_ppm < 0 || spec->tolerance_ppm > NETWORK_TOLERANCE_MAX_PPM ||
        !network_is_load(spec->amount) || !network_is_load(spec->disturbance)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "layer \"%s\": tolerance is outside 0 to 1000 times the load, or an "
                          "amount outside 0 to 10^12",
                          spec->id);
    }
    layer->kind = (uint8_t)spec->kind;
    layer->transfer = (uint8_t)spec->transfer;
    layer->to_group = spec->to_group;
    layer->tolerance_ppm = spec->tolerance_ppm;
    layer->amount = spec->amount;
    layer->disturbance = spec->disturbance;
    return SPILL_OK;
}

static enum spill_status network_build_layer_places(struct network_builder *builder,
                                                    const struct layer_spec *spec,
                                                    struct network_layer *layer) {
    layer->sector = network_sector_rank(builder->network, spec->sector);
    if (layer->sector == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID, "layer \"%s\": no sector \"%s\"", spec->id,
                          spec->sector == NULL ? "" : spec->sector);
    }
    layer->tag = network_tag_rank(builder->network, spec->tag);
    if (spec->tag != NULL && layer->tag == NETWORK_NO_INDEX) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "layer \"%s\": no asset carries tag \"%s\"", spec->id, spec->tag);
    }
    return SPILL_OK;
}

static enum spill_status network_build_layer(struct network_builder *builder,
                                             const struct layer_spec *spec,
                                             struct network_layer *layer) {
    enum spill_status status = network_build_layer_numbers(builder, spec, layer);
    if (status == SPILL_OK) {
        status = network_build_layer_places(builder, spec, layer);
    }
    if (status == SPILL_OK) {
        status = names_add(&builder->names, spec->id, &layer->name);
        builder->network->text = builder->names.text;
    }
    const struct law_spec *const laws[] = {&spec->reclose, &spec->load, &spec->capacity,
                                           &spec->trip};
    uint32_t *const kept[] = {&layer->reclose, &layer->load, &layer->capacity, &layer->trip};
    for (size_t i = 0; i < sizeof laws / sizeof laws[0] && status == SPILL_OK; i++) {
        status = network_build_law(builder, laws[i], spec->id, kept[i]);
    }
    layer->hash = chance_hash("layer", spec->id);
    return status;
}

static bool network_carries(const struct network *network, uint32_t asset, uint32_t tag) {
    for (uint32_t i = network->assets[asset].first_tag; i < network->assets[asset + 1].first_tag;
         i++) {
        if (network->asset_tags[i] == tag) {
            return true;
        }
    }
    return false;
}

/* The layer of an asset goes to *found, NETWORK_NO_INDEX if there is none. */
static enum spill_status network_find_membership(struct network_builder *builder, uint32_t asset,
                                                 uint32_t *found) {
    const struct network *const network = builder->network;
    *found = NETWORK_NO_INDEX;
    for (uint32_t i = 0; i < network->layer_count; i++) {
        const struct network_layer *const layer = &network->layers[i];
        if (layer->sector != network->assets[asset].sector ||
            (layer->tag != NETWORK_NO_INDEX && !network_carries(network, asset, layer->tag))) {
            continue;
        }
        if (*found != NETWORK_NO_INDEX) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "asset \"%s\" would be in layer \"%s\" and in layer \"%s\"",
                              network_text(network, network->assets[asset].name),
                              network_text(network, network->layers[*found].name),
                              network_text(network, layer->name));
        }
        *found = i;
    }
    return SPILL_OK;
}

/* Says which layer each asset is in, and how many members each layer has (in first_node). */
static enum spill_status network_build_memberships(struct network_builder *builder,
                                                   uint32_t *layer_of) {
    struct network *const network = builder->network;
    for (uint32_t i = 0; i < network->asset_count; i++) {
        const enum spill_status status = network_find_membership(builder, i, &layer_of[i]);
        if (status != SPILL_OK) {
            return status;
        }
        if (layer_of[i] != NETWORK_NO_INDEX) {
            network->layers[layer_of[i]].first_node++;
            network->node_count++;
        }
    }
    return SPILL_OK;
}

/* The members of every layer, in the order of their assets. */
static enum spill_status network_build_nodes(struct network_builder *builder,
                                             const uint32_t *layer_of) {
    struct network *const network = builder->network;
    network->nodes = spill_alloc(network->node_count + 1, sizeof *network->nodes);
    if (network->nodes == NULL) {
        return SPILL_MEMORY;
    }
    uint32_t end = 0;
    for (size_t i = 0; i <= network->layer_count; i++) {
        end += network->layers[i].first_node;
        network->layers[i].first_node = end;
    }
    /* From the back, so that each first_node ends where its members begin. */
    for (uint32_t i = (uint32_t)network->asset_count; i > 0; i--) {
        if (layer_of[i - 1] != NETWORK_NO_INDEX) {
            const uint32_t node = --network->layers[layer_of[i - 1]].first_node;
            network->nodes[node].asset = i - 1;
            network->nodes[node].layer = layer_of[i - 1];
            network->assets[i - 1].node = node;
        }
    }
    return SPILL_OK;
}

/* What assets say about themselves as members. */
static enum spill_status network_build_node_numbers(struct network_builder *builder) {
    struct network *const network = builder->network;
    for (size_t i = 0; i < builder->spec->asset_count; i++) {
        const struct asset_spec *const spec = &builder->spec->assets[i];
        if (!network_is_load(spec->load) || !network_is_load(spec->capacity) ||
            !network_is_load(spec->generation) ||
            (spec->capacity != 0 && spec->generation > spec->capacity)) {
            return spill_fail(
                builder->error, SPILL_INVALID,
                "asset \"%s\": load, capacity or generation is outside 0 to 10^12, or "
                "it gives more than its capacity",
                spec->id);
        }
        const uint32_t node = network->assets[network_build_asset_rank(builder, spec->id)].node;
        if (node != NETWORK_NO_INDEX && spec->lag_ppm > 0) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "asset \"%s\": a member of a layer has no lag", spec->id);
        }
        if (node != NETWORK_NO_INDEX) {
            network->nodes[node].load = spec->load;
            network->nodes[node].capacity = spec->capacity;
            network->nodes[node].generation = spec->generation;
            network->nodes[node].source = spec->source;
        }
    }
    return SPILL_OK;
}

enum spill_status network_build_layers(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->layer_count;
    if (count > SPILL_LAYERS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID, "too many layers");
    }
    struct network_order *order = NULL;
    enum spill_status status =
        network_build_ids(builder, "layer", count, network_layer_spec_id, &order);
    if (status != SPILL_OK) {
        return status;
    }
    network->layers = spill_alloc(count + 1, sizeof *network->layers);
    status = network->layers == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = network_build_layer(builder, &builder->spec->layers[order[i].index],
                                     &network->layers[i]);
        network->layer_count = i + 1;
    }
    free(order);
    uint32_t *const layer_of = spill_alloc(network->asset_count, sizeof *layer_of);
    if (status == SPILL_OK) {
        status = layer_of == NULL ? SPILL_MEMORY : network_build_memberships(builder, layer_of);
    }
    if (status == SPILL_OK) {
        status = network_build_nodes(builder, layer_of);
    }
    free(layer_of);
    return status == SPILL_OK ? network_build_node_numbers(builder) : status;
}

/* ---- Edges ---- */

struct network_edge_order {
    uint32_t low;
    uint32_t high;
    const char *circuit;
    uint32_t index;
};

static int network_edge_compare(const void *left, const void *right) {
    const struct network_edge_order *const a = left;
    const struct network_edge_order *const b = right;
    if (a->low != b->low) {
        return a->low < b->low ? -1 : 1;
    }
    if (a->high != b->high) {
        return a->high < b->high ? -1 : 1;
    }
    return strcmp(a->circuit, b->circuit);
}

static const char *network_edge_shown(const char *id) {
    return id == NULL ? "" : id;
}

static uint32_t network_edge_node(const struct network_builder *builder, const char *id) {
    const uint32_t asset = network_build_asset_rank(builder, id);
    return asset == NETWORK_NO_INDEX ? asset : builder->network->assets[asset].node;
}

static enum spill_status network_order_edges(struct network_builder *builder,
                                             struct network_edge_order *order) {
    const struct network_spec *const spec = builder->spec;
    const struct network *const network = builder->network;
    for (size_t i = 0; i < spec->edge_count; i++) {
        const struct edge_spec *const edge = &spec->edges[i];
        const uint32_t from = network_edge_node(builder, edge->from);
        const uint32_t to = network_edge_node(builder, edge->to);
        const char *const circuit = edge->circuit == NULL ? "1" : edge->circuit;
        if (from == NETWORK_NO_INDEX || to == NETWORK_NO_INDEX || from == to ||
            network->nodes[from].layer != network->nodes[to].layer) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "edge \"%s/%s\": its ends are not two members of one layer",
                              network_edge_shown(edge->from), network_edge_shown(edge->to));
        }
        if (!spill_id_valid(circuit, strlen(circuit))) {
            return spill_fail(builder->error, SPILL_INVALID,
                              "edge \"%s/%s\": circuit \"%s\": not a valid id", edge->from,
                              edge->to, circuit);
        }
        order[i] = (struct network_edge_order){from < to ? from : to, from < to ? to : from,
                                               circuit, (uint32_t)i};
    }
    if (spec->edge_count > 1) {
        qsort(order, spec->edge_count, sizeof *order, network_edge_compare);
    }
    for (size_t i = 1; i < spec->edge_count; i++) {
        if (network_edge_compare(&order[i - 1], &order[i]) == 0) {
            const struct edge_spec *const edge = &spec->edges[order[i].index];
            return spill_fail(builder->error, SPILL_INVALID, "edge \"%s/%s/%s\" is there twice",
                              edge->from, edge->to, order[i].circuit);
        }
    }
    return SPILL_OK;
}

static enum spill_status network_build_edge(struct network_builder *builder,
                                            const struct network_edge_order *order, uint32_t rank) {
    struct network *const network = builder->network;
    const struct edge_spec *const spec = &builder->spec->edges[order->index];
    struct network_edge *const edge = &network->edges[rank];
    edge->low = order->low;
    edge->high = order->high;
    edge->layer = network->nodes[order->low].layer;
    edge->reversed = network_edge_node(builder, spec->from) == order->high;
    edge->reactance = spec->reactance == 0 ? 1 : spec->reactance;
    edge->limit_w = spec->limit_w;
    edge->line = network_build_asset_rank(builder, spec->line);
    if (edge->reactance < 1 || edge->reactance > NETWORK_REACTANCE_MAX ||
        !network_is_load(spec->limit_w)) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "edge \"%s/%s\": reactance is outside 1 to 10^9, or limit outside 0 to "
                          "10^12",
                          spec->from, spec->to);
    }
    if (spec->line != NULL &&
        (edge->line == NETWORK_NO_INDEX ||
         (network->assets[edge->line].node != NETWORK_NO_INDEX &&
          network->nodes[network->assets[edge->line].node].layer == edge->layer))) {
        return spill_fail(builder->error, SPILL_INVALID,
                          "edge \"%s/%s\": line \"%s\" is no asset, or a member of the same layer",
                          spec->from, spec->to, spec->line);
    }
    const enum spill_status status = names_add(&builder->names, order->circuit, &edge->circuit);
    network->text = builder->names.text;
    if (status != SPILL_OK) {
        return status;
    }
    network->layers[edge->layer].has_lines =
        network->layers[edge->layer].has_lines || spec->line != NULL;
    char id[NETWORK_ENTITY_ID_BYTES];
    edge->hash = chance_hash("edge", network_edge_path(network, rank, id));
    return SPILL_OK;
}

/* Each edge from both of its ends. Edges come by lesser end, then greater: a node's arcs to lesser
 * ones, then those to greater ones, come sorted. */
static enum spill_status network_build_arcs(struct network *network) {
    network->arcs = spill_alloc(2 * network->edge_count, sizeof *network->arcs);
    network->first_arcs = spill_alloc(network->node_count + 1, sizeof *network->first_arcs);
    uint32_t *const next = spill_alloc(network->node_count, sizeof *next);
    if (network->arcs == NULL || network->first_arcs == NULL || next == NULL) {
        free(next);
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < network->edge_count; i++) {
        network->first_arcs[network->edges[i].low]++;
        network->first_arcs[network->edges[i].high]++;
    }
    uint32_t first = 0;
    for (size_t i = 0; i < network->node_count; i++) {
        next[i] = first;
        first += network->first_arcs[i];
        network->first_arcs[i] = next[i];
    }
    network->first_arcs[network->node_count] = first;
    for (uint32_t i = 0; i < network->edge_count; i++) {
        const struct network_edge *const edge = &network->edges[i];
        network->arcs[next[edge->high]++] = (struct network_arc){edge->low, i};
    }
    for (uint32_t i = 0; i < network->edge_count; i++) {
        const struct network_edge *const edge = &network->edges[i];
        network->arcs[next[edge->low]++] = (struct network_arc){edge->high, i};
    }
    free(next);
    return SPILL_OK;
}

static enum spill_status network_build_lines(struct network *network) {
    uint32_t *const owner_of = spill_alloc(network->edge_count, sizeof *owner_of);
    uint32_t *const value_of = spill_alloc(network->edge_count, sizeof *value_of);
    enum spill_status status = owner_of == NULL || value_of == NULL ? SPILL_MEMORY : SPILL_OK;
    size_t count = 0;
    for (uint32_t i = 0; i < network->edge_count && status == SPILL_OK; i++) {
        if (network->edges[i].line != NETWORK_NO_INDEX) {
            owner_of[count] = network->edges[i].line;
            value_of[count++] = i;
        }
    }
    if (status == SPILL_OK) {
        status = network_group_make(&network->line_edges, owner_of, value_of, count,
                                    network->asset_count);
    }
    free(value_of);
    free(owner_of);
    return status;
}

/* ---- Members by hash, and loads at rest ---- */

struct network_hashed {
    uint32_t layer;
    uint64_t hash;
    uint32_t node;
};

static int network_hashed_compare(const void *left, const void *right) {
    const struct network_hashed *const a = left;
    const struct network_hashed *const b = right;
    if (a->layer != b->layer) {
        return a->layer < b->layer ? -1 : 1;
    }
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static enum spill_status network_build_by_hash(struct network *network) {
    const size_t count = network->node_count;
    struct network_hashed *const order = spill_alloc(count, sizeof *order);
    network->nodes_by_hash = spill_alloc(count, sizeof *network->nodes_by_hash);
    if (order == NULL || network->nodes_by_hash == NULL) {
        free(order);
        return SPILL_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct network_node *const node = &network->nodes[i];
        order[i] = (struct network_hashed){node->layer, network->assets[node->asset].hash, i};
    }
    if (count > 1) {
        qsort(order, count, sizeof *order, network_hashed_compare);
    }
    for (size_t i = 0; i < count; i++) {
        network->nodes_by_hash[i] = order[i].node;
    }
    free(order);
    return SPILL_OK;
}

static enum spill_status network_build_rest_loads(struct network *network) {
    for (size_t i = 0; i < network->layer_count; i++) {
        network->has_betweenness =
            network->has_betweenness || network->layers[i].kind == LAYER_BETWEENNESS;
        network->has_flow = network->has_flow || network->layers[i].kind == LAYER_DC_FLOW;
    }
    if (!network->has_betweenness) {
        return SPILL_OK;
    }
    struct betweenness_room room = {.paths = NULL};
    const enum spill_status status = betweenness_room_open(&room, network->node_count);
    for (uint32_t i = 0; i < network->layer_count && status == SPILL_OK; i++) {
        if (network->layers[i].kind != LAYER_BETWEENNESS) {
            continue;
        }
        betweenness_find(network, NULL, i, &room);
        for (uint32_t node = network->layers[i].first_node;
             node < network->layers[i + 1].first_node; node++) {
            network->nodes[node].rest_load = betweenness_load(&room, node);
        }
    }
    betweenness_room_close(&room);
    return status;
}

/* ---- What is not at rest by itself ---- */

static uint32_t network_part_of(uint32_t *parent, uint32_t node) {
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

/* Whether the intact layer has a part that is not the largest, or that no source feeds. */
static bool network_parts_start(const struct network *network, uint32_t layer, uint32_t *parent,
                                bool *fed) {
    const struct network_layer *const what = &network->layers[layer];
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        parent[node] = node;
        fed[node] = false;
    }
    for (uint32_t edge = what->first_edge; edge < what[1].first_edge; edge++) {
        parent[network_part_of(parent, network->edges[edge].low)] =
            network_part_of(parent, network->edges[edge].high);
    }
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        const uint32_t part = network_part_of(parent, node);
        fed[part] = fed[part] || (what->kind == LAYER_SOURCE
                                      ? network->nodes[node].source
                                      : part == network_part_of(parent, what->first_node));
    }
    for (uint32_t node = what->first_node; node < what[1].first_node; node++) {
        if (!fed[network_part_of(parent, node)]) {
            return true;
        }
    }
    return false;
}

static enum spill_status network_build_starts(struct network *network) {
    uint32_t *const parent = spill_alloc(network->node_count, sizeof *parent);
    bool *const fed = spill_alloc(network->node_count, sizeof *fed);
    const enum spill_status status = parent == NULL || fed == NULL ? SPILL_MEMORY : SPILL_OK;
    for (uint32_t i = 0; i < network->layer_count && status == SPILL_OK; i++) {
        struct network_layer *const layer = &network->layers[i];
        switch ((enum layer_kind)layer->kind) {
        case LAYER_GIANT:
        case LAYER_SOURCE:
            layer->starts = network_parts_start(network, i, parent, fed);
            break;
        case LAYER_SHARE_LOAD:
            layer->starts = layer->disturbance > 0;
            break;
        case LAYER_BETWEENNESS:
            break;
        case LAYER_DC_FLOW:
            layer->starts = true; /* Its flows are known only when they are computed. */
            break;
        }
        network->layers_start = network->layers_start || layer->starts;
    }
    free(fed);
    free(parent);
    return status;
}

enum spill_status network_build_edges(struct network_builder *builder) {
    struct network *const network = builder->network;
    const size_t count = builder->spec->edge_count;
    if (count > SPILL_EDGES_MAX) {
        return spill_fail(builder->error, SPILL_INVALID, "too many edges");
    }
    struct network_edge_order *const order = spill_alloc(count, sizeof *order);
    network->edges = spill_alloc(count, sizeof *network->edges);
    enum spill_status status = order == NULL || network->edges == NULL
                                   ? SPILL_MEMORY
                                   : network_order_edges(builder, order);
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = network_build_edge(builder, &order[i], (uint32_t)i);
    }
    free(order);
    if (status != SPILL_OK) {
        return status;
    }
    network->edge_count = count;
    uint32_t edge = 0;
    for (uint32_t i = 0; i <= network->layer_count; i++) {
        network->layers[i].first_edge = edge;
        while (edge < count && network->edges[edge].layer == i) {
            edge++;
        }
    }
    status = network_build_arcs(network);
    if (status == SPILL_OK) {
        status = network_build_lines(network);
    }
    if (status == SPILL_OK) {
        status = network_build_by_hash(network);
    }
    if (status == SPILL_OK) {
        status = network_build_rest_loads(network);
    }
    return status == SPILL_OK ? network_build_starts(network) : status;
}
