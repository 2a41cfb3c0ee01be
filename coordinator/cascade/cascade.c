/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/cascade_state.h"
#include "coordinator/cascade/layers/flow_solver.h"

/* ---- Memory ---- */

/* One array of a cascade: where it hangs, and how long it is. */
struct cascade_array {
    void **at;
    size_t count;
    size_t size_bytes;
};

enum { CASCADE_ARRAYS_MAX = 96 };

#define CASCADE_ARRAY(field, array_count)                                                          \
    arrays[count++] = (struct cascade_array) {                                                     \
        (void **)&cascade->field, array_count, sizeof *cascade->field                              \
    }

/* The arrays that hold state. */
static size_t cascade_state_arrays(struct cascade *cascade, struct cascade_array *arrays) {
    const struct network *const network = cascade->network;
    const size_t countries = network->country_count;
    size_t count = 0;
    CASCADE_ARRAY(assets, network->asset_count);
    CASCADE_ARRAY(asset_tallies, network->asset_count);
    CASCADE_ARRAY(needs, network->need_count);
    CASCADE_ARRAY(backups, network->backup_count);
    CASCADE_ARRAY(links, network->link_count);
    CASCADE_ARRAY(lives, network->life_count);
    CASCADE_ARRAY(link_tallies, network->link_count);
    CASCADE_ARRAY(exposures, network->exposure_count);
    CASCADE_ARRAY(contacts, network->contact_count);
    CASCADE_ARRAY(pushes, network->push_count);
    CASCADE_ARRAY(patches, network->patch_count);
    CASCADE_ARRAY(nodes, network->node_count);
    CASCADE_ARRAY(node_losses, network->node_count);
    CASCADE_ARRAY(node_downs, network->node_count);
    CASCADE_ARRAY(edges, network->edge_count);
    CASCADE_ARRAY(layers, network->layer_count);
    CASCADE_ARRAY(trust_closed, network->trust_count);
    CASCADE_ARRAY(pools, network->pool_count);
    CASCADE_ARRAY(crew_queues, network->member_count);
    CASCADE_ARRAY(countries, countries);
    CASCADE_ARRAY(demand_more, countries * network->surge_count);
    CASCADE_ARRAY(indicators, network->tag_count * countries);
    CASCADE_ARRAY(campaigns, network->campaign_count);
    CASCADE_ARRAY(campaign_counts, network->campaign_count * countries * CAMPAIGN_COUNTS);
    CASCADE_ARRAY(borders, countries * countries);
    CASCADE_ARRAY(cells, countries * network->sector_count);
    CASCADE_ARRAY(spill, (countries + 1) * countries);
    CASCADE_ARRAY(roots, cascade_roots_max(network));
    CASCADE_ARRAY(root_slots, cascade_root_slots(network));
    CASCADE_ARRAY(acted, cascade_roots_max(network));
    CASCADE_ARRAY(actions, CASCADE_ACTIONS_MAX);
    CASCADE_ARRAY(action_heap, CASCADE_ACTIONS_MAX);
    if (cascade->on_cause != NULL) {
        CASCADE_ARRAY(asset_records, network->asset_count);
        CASCADE_ARRAY(link_records, network->link_count);
        CASCADE_ARRAY(pending_records, network->link_count);
        CASCADE_ARRAY(node_records, network->node_count);
        CASCADE_ARRAY(edge_records, network->edge_count);
        CASCADE_ARRAY(layer_records, network->layer_count);
    }
    return count;
}

/* The lists that stepping fills and empties. */
static size_t cascade_list_arrays(struct cascade *cascade, struct cascade_array *arrays) {
    const struct network *const network = cascade->network;
    const size_t timed = cascade->first[ENTITY_TIMED_COUNT];
    const size_t entities = cascade->first[ENTITY_KIND_COUNT];
    const size_t cyber = cascade->first[ENTITY_NODE] - cascade->first[ENTITY_EXPOSURE];
    size_t count = 0;
    CASCADE_ARRAY(touched_flags, entities);
    CASCADE_ARRAY(touched, entities);
    CASCADE_ARRAY(touched_assets, network->asset_count);
    CASCADE_ARRAY(asset_flags, network->asset_count);
    CASCADE_ARRAY(evaluate, network->asset_count);
    CASCADE_ARRAY(evaluating, network->asset_count);
    CASCADE_ARRAY(round_links, network->link_count);
    CASCADE_ARRAY(delivering, network->link_count);
    CASCADE_ARRAY(marked, network->asset_count);
    CASCADE_ARRAY(changed, network->asset_count);
    CASCADE_ARRAY(noticed, network->asset_count);
    CASCADE_ARRAY(noticed_refs, network->asset_count);
    CASCADE_ARRAY(due, timed);
    CASCADE_ARRAY(due_keys, cyber > network->asset_count ? cyber : network->asset_count);
    CASCADE_ARRAY(pool_list, network->pool_count);
    CASCADE_ARRAY(sort_spare, network->asset_count);
    CASCADE_ARRAY(layer_list, network->layer_count);
    CASCADE_ARRAY(layers_evaluating, network->layer_count);
    CASCADE_ARRAY(node_marks, network->node_count);
    CASCADE_ARRAY(node_queue, network->node_count);
    CASCADE_ARRAY(flow_solvers, network->layer_count);
    CASCADE_ARRAY(flow_shares, network->has_flow ? network->node_count : 0);
    CASCADE_ARRAY(edge_flows, network->has_flow ? network->edge_count : 0);
    CASCADE_ARRAY(levels, network->link_count);
    CASCADE_ARRAY(outcomes, network->asset_count);
    if (cascade->digests) {
        CASCADE_ARRAY(digest_parts, entities);
        CASCADE_ARRAY(dirty, entities);
    }
    return count;
}

static size_t cascade_arrays(struct cascade *cascade,
                             struct cascade_array arrays[CASCADE_ARRAYS_MAX]) {
    const size_t state_count = cascade_state_arrays(cascade, arrays);
    const size_t count = state_count + cascade_list_arrays(cascade, arrays + state_count);
    SPILL_ASSERT(count <= CASCADE_ARRAYS_MAX);
    return count;
}

/* Numbers the entities, kind after kind; false if there are too many. */
static bool cascade_number_entities(struct cascade *cascade) {
    const struct network *const network = cascade->network;
    const size_t countries = network->country_count;
    const size_t counts[ENTITY_KIND_COUNT] = {
        [ENTITY_ASSET] = network->asset_count,
        [ENTITY_NEED] = network->need_count,
        [ENTITY_LINK] = network->link_count,
        [ENTITY_LIFE] = network->life_count,
        [ENTITY_EXPOSURE] = network->exposure_count,
        [ENTITY_CONTACT] = network->contact_count,
        [ENTITY_PUSH] = network->push_count,
        [ENTITY_PATCH] = network->patch_count,
        [ENTITY_NODE] = network->node_count,
        [ENTITY_EDGE] = network->edge_count,
        [ENTITY_LAYER] = network->layer_count,
        [ENTITY_BACKUP] = network->backup_count,
        [ENTITY_TRUST] = network->trust_count,
        [ENTITY_POOL] = network->pool_count,
        [ENTITY_COUNTRY] = countries,
        [ENTITY_INDICATORS] = network->tag_count * countries,
        [ENTITY_CAMPAIGN] = network->campaign_count,
        [ENTITY_BORDER] = countries * countries,
        [ENTITY_CELL] = countries * network->sector_count,
        [ENTITY_SPILL] = (countries + 1) * countries,
    };
    size_t first = 0;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        cascade->first[kind] = (uint32_t)first;
        first += counts[kind];
        if (first > INT32_MAX) {
            return false;
        }
    }
    cascade->first[ENTITY_KIND_COUNT] = (uint32_t)first;
    return true;
}

/* The tick in which something is due though nobody acts: lives begin in tick 0, and layers that are
 * not at rest by themselves move. */
static int64_t cascade_first_tick(const struct network *network) {
    return network->life_count > 0 || network->layers_start ? 0 : SPILL_NEVER;
}

/* What the layers that compute keep beside arrays. */
static enum spill_status cascade_open_layers(struct cascade *cascade) {
    const struct network *const network = cascade->network;
    enum spill_status status = SPILL_OK;
    if (network->has_betweenness) {
        status = betweenness_room_open(&cascade->betweenness, network->node_count);
    }
    for (uint32_t i = 0; i < network->layer_count && status == SPILL_OK; i++) {
        if (network->layers[i].kind == LAYER_DC_FLOW) {
            status = flow_solver_open(network, i, &cascade->flow_solvers[i]);
        }
    }
    return status;
}

static void cascade_close_layers(struct cascade *cascade) {
    betweenness_room_close(&cascade->betweenness);
    for (size_t i = 0; cascade->flow_solvers != NULL && i < cascade->network->layer_count; i++) {
        flow_solver_close(&cascade->flow_solvers[i]);
    }
}

enum spill_status cascade_create(const struct network *network,
                                 const struct cascade_options *options, struct cascade **cascade) {
    SPILL_ASSERT(network != NULL);
    SPILL_ASSERT(options != NULL);
    struct cascade *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = network;
    made->seed = options->seed;
    made->replica = options->replica;
    made->digests = options->digests;
    made->without = options->without;
    made->on_cause = options->on_cause;
    made->context = options->context;
    made->tick = -1;
    made->next_tick = cascade_first_tick(network);
    enum spill_status status = cascade_number_entities(made) ? SPILL_OK : SPILL_LIMIT;
    if (status == SPILL_OK) {
        status = queue_open(&made->queue, made->first[ENTITY_TIMED_COUNT]);
    }
    struct cascade_array arrays[CASCADE_ARRAYS_MAX];
    const size_t count = cascade_arrays(made, arrays);
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        *arrays[i].at = spill_alloc(arrays[i].count, arrays[i].size_bytes);
        status = *arrays[i].at == NULL ? SPILL_MEMORY : SPILL_OK;
    }
    if (status == SPILL_OK) {
        status = cascade_open_layers(made);
    }
    if (status != SPILL_OK) {
        cascade_destroy(&made);
        return status;
    }
    *cascade = made;
    return SPILL_OK;
}

void cascade_destroy(struct cascade **cascade) {
    if (cascade == NULL || *cascade == NULL) {
        return;
    }
    cascade_close_layers(*cascade);
    struct cascade_array arrays[CASCADE_ARRAYS_MAX];
    const size_t count = cascade_arrays(*cascade, arrays);
    for (size_t i = 0; i < count; i++) {
        free(*arrays[i].at);
    }
    queue_close(&(*cascade)->queue);
    free(*cascade);
    *cascade = NULL;
}

/* ---- Back to time 0, and copies: both follow the lists of what was touched ---- */

/* Assigns the state of one asset, its needs and backups; from NULL, that of time 0. */
static void cascade_put_asset(struct cascade *to, const struct cascade *from, uint32_t asset) {
    const struct network *const network = to->network;
    to->assets[asset] = from == NULL ? (struct asset_state){0} : from->assets[asset];
    to->asset_tallies[asset] =
        from == NULL ? (struct asset_tallies){0} : from->asset_tallies[asset];
    const uint32_t first = network->assets[asset].first_need;
    const uint32_t end = network->assets[asset + 1].first_need;
    for (uint32_t need = first; need < end; need++) {
        to->needs[need] = from == NULL ? (struct need_state){0} : from->needs[need];
    }
    for (uint32_t backup = network->needs[first].first_backup;
         backup < network->needs[end].first_backup; backup++) {
        to->backups[backup] = from == NULL ? (struct backup_state){0} : from->backups[backup];
    }
    if (to->on_cause != NULL) {
        to->asset_records[asset] =
            from == NULL || from->on_cause == NULL ? 0 : from->asset_records[asset];
    }
    /* Timers of the asset and its needs. */
    if (from != NULL) {
        queue_copy_slot(&to->queue, &from->queue, to->first[ENTITY_ASSET] + asset);
        for (uint32_t need = first; need < end; need++) {
            queue_copy_slot(&to->queue, &from->queue, to->first[ENTITY_NEED] + need);
        }
        return;
    }
    cascade_end_timer(to, ENTITY_ASSET, asset);
    for (uint32_t need = first; need < end; need++) {
        cascade_end_timer(to, ENTITY_NEED, need);
    }
}

static void cascade_put_link(struct cascade *to, const struct cascade *from, uint32_t link) {
    to->links[link] = from == NULL ? (struct link_state){0} : from->links[link];
    to->link_tallies[link] = from == NULL ? (struct tally){0} : from->link_tallies[link];
    if (to->on_cause != NULL) {
        const bool known = from != NULL && from->on_cause != NULL;
        to->link_records[link] = known ? from->link_records[link] : 0;
        to->pending_records[link] = known ? from->pending_records[link] : 0;
    }
}

static void cascade_put_country(struct cascade *to, const struct cascade *from, uint32_t country) {
    to->countries[country] = from == NULL ? (struct country_state){0} : from->countries[country];
    for (size_t surge = 0; surge < to->network->surge_count; surge++) {
        const size_t place = country * to->network->surge_count + surge;
        to->demand_more[place] = from == NULL ? 0 : from->demand_more[place];
    }
}

static void cascade_put_campaign(struct cascade *to, const struct cascade *from,
                                 uint32_t campaign) {
    to->campaigns[campaign] = from == NULL ? (struct campaign_state){0} : from->campaigns[campaign];
    const size_t count = to->network->country_count * CAMPAIGN_COUNTS;
    for (size_t i = campaign * count; i < (campaign + 1) * count; i++) {
        to->campaign_counts[i] = from == NULL ? 0 : from->campaign_counts[i];
    }
}

static void cascade_put_node(struct cascade *to, const struct cascade *from, uint32_t node) {
    to->nodes[node] = from == NULL ? (struct node_state){0} : from->nodes[node];
    to->node_losses[node] = from == NULL ? 0 : from->node_losses[node];
    to->node_downs[node] = from != NULL && from->node_downs[node];
    if (to->on_cause != NULL) {
        to->node_records[node] =
            from == NULL || from->on_cause == NULL ? 0 : from->node_records[node];
    }
}

static void cascade_put_edge(struct cascade *to, const struct cascade *from, uint32_t edge) {
    to->edges[edge] = from == NULL ? (struct edge_state){0} : from->edges[edge];
    if (to->on_cause != NULL) {
        to->edge_records[edge] =
            from == NULL || from->on_cause == NULL ? 0 : from->edge_records[edge];
    }
}

static void cascade_put_layer(struct cascade *to, const struct cascade *from, uint32_t layer) {
    to->layers[layer] = from == NULL ? (struct layer_state){0} : from->layers[layer];
    if (to->on_cause != NULL) {
        to->layer_records[layer] =
            from == NULL || from->on_cause == NULL ? 0 : from->layer_records[layer];
    }
}

/* Pools have queues, whose places are kept by the assets in them. */
static void cascade_put_pool(struct cascade *to, const struct cascade *from, uint32_t pool) {
    to->pools[pool] = from == NULL ? (struct pool_state){0} : from->pools[pool];
    const uint32_t first = to->network->pools[pool].first_member;
    for (uint32_t i = 0; from != NULL && i < from->pools[pool].queue_count; i++) {
        to->crew_queues[first + i] = from->crew_queues[first + i];
    }
}

/* Assigns the state of one entity that is not an asset; from NULL, that of time 0. */
static void cascade_put(struct cascade *to, const struct cascade *from, uint32_t entity) {
    const enum entity_kind kind = cascade_kind_of(to, entity);
    const uint32_t i = entity - to->first[kind];
    switch (kind) {
    case ENTITY_LINK:
        cascade_put_link(to, from, i);
        break;
    case ENTITY_LIFE:
        to->lives[i] = from == NULL ? (struct life_state){0} : from->lives[i];
        break;
    case ENTITY_EXPOSURE:
        to->exposures[i] = from == NULL ? (struct exposure_state){0} : from->exposures[i];
        break;
    case ENTITY_CONTACT:
        to->contacts[i] = from == NULL ? (struct contact_state){0} : from->contacts[i];
        break;
    case ENTITY_PUSH:
        to->pushes[i] = from == NULL ? (struct push_state){0} : from->pushes[i];
        break;
    case ENTITY_PATCH:
        to->patches[i] = from == NULL ? (struct patch_state){0} : from->patches[i];
        break;
    case ENTITY_NODE:
        cascade_put_node(to, from, i);
        break;
    case ENTITY_EDGE:
        cascade_put_edge(to, from, i);
        break;
    case ENTITY_LAYER:
        cascade_put_layer(to, from, i);
        break;
    case ENTITY_TRUST:
        to->trust_closed[i] = from != NULL && from->trust_closed[i];
        break;
    case ENTITY_POOL:
        cascade_put_pool(to, from, i);
        break;
    case ENTITY_COUNTRY:
        cascade_put_country(to, from, i);
        break;
    case ENTITY_INDICATORS:
        to->indicators[i] = from != NULL && from->indicators[i];
        break;
    case ENTITY_CAMPAIGN:
        cascade_put_campaign(to, from, i);
        break;
    case ENTITY_BORDER:
        to->borders[i] = from != NULL && from->borders[i];
        break;
    case ENTITY_CELL:
        to->cells[i] = from == NULL ? (struct cell_state){0} : from->cells[i];
        break;
    case ENTITY_SPILL:
        to->spill[i] = from == NULL ? (struct tally){0} : from->spill[i];
        break;
    case ENTITY_ASSET:
    case ENTITY_NEED:
    case ENTITY_BACKUP:
    case ENTITY_KIND_COUNT:
        SPILL_ASSERT(false);
    }
    if (kind >= ENTITY_TIMED_COUNT) {
        return;
    }
    if (from == NULL) {
        queue_cancel(&to->queue, entity);
    } else {
        queue_copy_slot(&to->queue, &from->queue, entity);
    }
}

void cascade_reset(struct cascade *cascade, uint64_t seed, uint32_t replica) {
    if (cascade->digests) {
        digest_clear(cascade);
    }
    for (size_t i = 0; i < cascade->touched_asset_count; i++) {
        const uint32_t asset = cascade->touched_assets[i].index;
        cascade_put_asset(cascade, NULL, asset);
        cascade->touched_flags[cascade->first[ENTITY_ASSET] + asset] = 0;
    }
    for (size_t i = 0; i < cascade->touched_count; i++) {
        cascade_put(cascade, NULL, cascade->touched[i]);
        cascade->touched_flags[cascade->touched[i]] = 0;
    }
    for (size_t i = 0; cascade->network->has_flow && i < cascade->network->edge_count; i++) {
        cascade->edge_flows[i] = 0;
    }
    queue_rewind(&cascade->queue);
    for (size_t i = 0; i < cascade->root_count; i++) {
        cascade->root_slots[cascade->roots[i].place] = 0;
    }
    cascade->touched_asset_count = 0;
    cascade->touched_count = 0;
    cascade->changed_count = 0;
    cascade->noticed_count = 0;
    cascade->root_count = 0;
    cascade->acted_count = 0;
    cascade->action_heap_count = 0;
    cascade->action_used_count = 0;
    cascade->action_free = 0;
    cascade->action_sequence = 0;
    cascade->lies = 0;
    cascade->record_count = 0;
    cascade->seed = seed;
    cascade->replica = replica;
    cascade->tick = -1;
    cascade->reached_ms = 0;
    cascade->next_tick = cascade_first_tick(cascade->network);
    cascade->round = 0;
}

static void cascade_copy_roots(struct cascade *to, const struct cascade *from) {
    memcpy(to->roots, from->roots, from->root_count * sizeof *to->roots);
    memcpy(to->acted, from->acted, from->acted_count * sizeof *to->acted);
    to->root_count = from->root_count;
    to->acted_count = from->acted_count;
    for (size_t i = 0; i < to->root_count; i++) {
        to->root_slots[to->roots[i].place] = (uint32_t)(i + 1);
    }
}

static void cascade_copy_actions(struct cascade *to, const struct cascade *from) {
    memcpy(to->actions, from->actions, from->action_used_count * sizeof *to->actions);
    memcpy(to->action_heap, from->action_heap, from->action_heap_count * sizeof *to->action_heap);
    to->action_used_count = from->action_used_count;
    to->action_heap_count = from->action_heap_count;
    to->action_free = from->action_free;
    to->action_sequence = from->action_sequence;
    to->lies = from->lies;
}

void cascade_copy(struct cascade *to, const struct cascade *from) {
    SPILL_ASSERT(to != from);
    SPILL_ASSERT(to->network == from->network);
    cascade_reset(to, from->seed, from->replica);
    for (size_t i = 0; i < from->touched_asset_count; i++) {
        asset_touch(to, from->touched_assets[i].index);
        cascade_put_asset(to, from, from->touched_assets[i].index);
        to->asset_flags[from->touched_assets[i].index] = 0;
    }
    to->marked_count = 0;
    for (size_t i = 0; i < from->touched_count; i++) {
        const enum entity_kind kind = cascade_kind_of(from, from->touched[i]);
        cascade_touch(to, kind, from->touched[i] - from->first[kind]);
        cascade_put(to, from, from->touched[i]);
    }
    for (size_t i = 0; to->network->has_flow && i < to->network->edge_count; i++) {
        to->edge_flows[i] = from->edge_flows[i];
    }
    queue_copy_buckets(&to->queue, &from->queue);
    cascade_copy_roots(to, from);
    cascade_copy_actions(to, from);
    memcpy(to->changed, from->changed, from->changed_count * sizeof *to->changed);
    to->changed_count = from->changed_count;
    memcpy(to->noticed_refs, from->noticed_refs, from->noticed_count * sizeof *to->noticed_refs);
    to->noticed_count = from->noticed_count;
    to->record_count = from->record_count;
    to->tick = from->tick;
    to->reached_ms = from->reached_ms;
    to->next_tick = from->next_tick;
    to->round = from->round;
}

/* ---- Time ---- */

int64_t cascade_now_ms(const struct cascade *cascade) {
    return cascade->tick < 0 ? -1 : cascade_tick_ms(cascade);
}

int64_t cascade_next_ms(const struct cascade *cascade) {
    return cascade->next_tick == SPILL_NEVER ? SPILL_NEVER
                                             : cascade->next_tick * cascade->network->tick_ms;
}

void cascade_find_next(struct cascade *cascade) {
    const int64_t timer_tick = queue_next(&cascade->queue);
    const int64_t action_tick = cascade_next_action_tick(cascade);
    int64_t next_tick = timer_tick < action_tick ? timer_tick : action_tick;
    const int64_t update_tick = cascade_next_update_tick(cascade);
    next_tick = update_tick < next_tick ? update_tick : next_tick;
    if (cascade->tick < 0 && cascade_first_tick(cascade->network) < next_tick) {
        next_tick = cascade_first_tick(cascade->network);
    }
    cascade->next_tick = next_tick > cascade->network->horizon_tick ? SPILL_NEVER : next_tick;
}

void cascade_idle(struct cascade *cascade, int64_t until_ms) {
    SPILL_ASSERT(until_ms >= cascade_now_ms(cascade));
    SPILL_ASSERT(until_ms < cascade_next_ms(cascade));
    const int64_t end_ms = cascade->network->horizon_tick * cascade->network->tick_ms;
    const int64_t reached_ms = until_ms < end_ms ? until_ms : end_ms;
    cascade->reached_ms = reached_ms > 0 ? reached_ms : 0;
}

static uint64_t cascade_hash_of(const struct cascade *cascade, uint32_t entity) {
    const struct network *const network = cascade->network;
    const enum entity_kind kind = cascade_kind_of(cascade, entity);
    const uint32_t i = entity - cascade->first[kind];
    switch (kind) {
    case ENTITY_LIFE:
        return network->lives[i].hash;
    case ENTITY_EXPOSURE:
        return network->exposures[i].hash;
    case ENTITY_CONTACT:
        return network->contacts[i].hash;
    case ENTITY_PUSH:
        return network->pushes[i].hash;
    case ENTITY_PATCH:
        return network->patches[i].hash;
    case ENTITY_ASSET:
        return network->assets[i].hash;
    default:
        SPILL_ASSERT(false);
        return 0;
    }
}

/* Handles what is due of the kinds from `first` up to `end`, in the order of the entities' hashes
 * if `sorted`. */
static void cascade_run_due(struct cascade *cascade, size_t due_count, enum entity_kind first,
                            enum entity_kind end, bool sorted,
                            void (*run)(struct cascade *cascade, uint32_t entity)) {
    size_t count = 0;
    for (size_t i = 0; i < due_count; i++) {
        const uint32_t entity = cascade->due[i];
        if (entity < cascade->first[first] || entity >= cascade->first[end]) {
            continue;
        }
        if (sorted) {
            cascade->due_keys[count++] =
                (struct sort_key){cascade_hash_of(cascade, entity), entity};
        } else {
            run(cascade, entity);
        }
    }
    cascade_sort_keys(cascade->due_keys, count);
    for (size_t i = 0; i < count; i++) {
        run(cascade, cascade->due_keys[i].value);
    }
}

static void cascade_run_cyber(struct cascade *cascade, uint32_t entity) {
    const enum entity_kind kind = cascade_kind_of(cascade, entity);
    const uint32_t i = entity - cascade->first[kind];
    switch (kind) {
    case ENTITY_EXPOSURE:
        exposure_due(cascade, i);
        break;
    case ENTITY_CONTACT:
        contact_due(cascade, i);
        break;
    case ENTITY_PUSH:
        push_due(cascade, i);
        break;
    default:
        SPILL_ASSERT(kind == ENTITY_PATCH);
        patch_due(cascade, i);
        break;
    }
}

static void cascade_run_life(struct cascade *cascade, uint32_t entity) {
    life_due(cascade, entity - cascade->first[ENTITY_LIFE]);
}

static void cascade_run_layer(struct cascade *cascade, uint32_t entity) {
    const enum entity_kind kind = cascade_kind_of(cascade, entity);
    const uint32_t i = entity - cascade->first[kind];
    if (kind == ENTITY_NODE) {
        node_due(cascade, i);
    } else if (kind == ENTITY_EDGE) {
        edge_due(cascade, i);
    } else {
        layer_due(cascade, i);
    }
}

static void cascade_run_need(struct cascade *cascade, uint32_t entity) {
    need_due(cascade, entity - cascade->first[ENTITY_NEED]);
}

static void cascade_run_asset(struct cascade *cascade, uint32_t entity) {
    asset_due(cascade, entity - cascade->first[ENTITY_ASSET]);
}

static void cascade_run_link(struct cascade *cascade, uint32_t entity) {
    link_due(cascade, entity - cascade->first[ENTITY_LINK]);
}

/* Round 0's events, in the order of their phases. Only where intrusions or failures by chance are
 * about can the order in a phase matter. */
static void cascade_run_events(struct cascade *cascade) {
    const bool cyber = cascade->network->exposure_count > 0;
    const size_t due_count = queue_take(&cascade->queue, cascade->tick, cascade->due);
    cascade->event_count += due_count;
    cascade_run_actions(cascade);
    if (cyber) {
        cascade_run_due(cascade, due_count, ENTITY_EXPOSURE, ENTITY_NODE, true, cascade_run_cyber);
    }
    if (cascade->network->layer_count > 0) {
        cascade_run_due(cascade, due_count, ENTITY_NODE, ENTITY_TIMED_COUNT, false,
                        cascade_run_layer);
        cascade_begin_layers(cascade);
    }
    if (cascade->network->life_count > 0) {
        if (cascade->tick == 0) {
            cascade_begin_lives(cascade);
        }
        cascade_run_due(cascade, due_count, ENTITY_LIFE, ENTITY_EXPOSURE, true, cascade_run_life);
    }
    cascade_run_due(cascade, due_count, ENTITY_NEED, ENTITY_LINK, false, cascade_run_need);
    cascade_run_due(cascade, due_count, ENTITY_ASSET, ENTITY_NEED, cyber, cascade_run_asset);
    cascade_run_due(cascade, due_count, ENTITY_LINK, ENTITY_LIFE, false, cascade_run_link);
}

void cascade_step(struct cascade *cascade) {
    SPILL_ASSERT(cascade->next_tick != SPILL_NEVER);
    SPILL_ASSERT(cascade->next_tick > cascade->tick);
    cascade->tick = cascade->next_tick;
    cascade->reached_ms = cascade_tick_ms(cascade);
    cascade->round = 0;
    cascade->noticed_count = 0;
    cascade_run_events(cascade);
    cascade_evaluate(cascade);
    cascade_evaluate_layers(cascade);
    for (cascade->round = 1; cascade->round < SPILL_ROUNDS_MAX; cascade->round++) {
        const bool delivered = cascade_deliver_round(cascade);
        if (!delivered && !cascade_layers_act(cascade)) {
            break;
        }
        cascade_evaluate(cascade);
        cascade_evaluate_layers(cascade);
    }
    cascade_postpone_round(cascade);
    cascade_postpone_layers(cascade);
    cascade_assign_crews(cascade);
    cascade_update_information(cascade);
    cascade_collect_changed(cascade);
    cascade_find_next(cascade);
    SPILL_ASSERT(cascade->next_tick > cascade->tick);
}
