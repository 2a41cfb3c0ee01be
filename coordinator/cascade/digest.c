/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "coordinator/cascade/cascade_state.h"

/*
 * The digest of RULES.md, section 14: a sum over entities, so that only entities that changed are
 * hashed again. What each adds is kept, and taken out of the sum before it is added anew.
 */

enum { DIGEST_FIELDS_MAX = 64 + 2 * SPILL_SURGES_MAX, DIGEST_WORDS = 4 };

/* The canonical state of one entity while it is written, beside that of time 0. */
struct digest_fields {
    int64_t fields[DIGEST_FIELDS_MAX];
    size_t count;
    bool differs; /* From the state at time 0. */
};

static void digest_put(struct digest_fields *fields, int64_t value, int64_t at_rest) {
    SPILL_ASSERT(fields->count < DIGEST_FIELDS_MAX);
    fields->fields[fields->count++] = value;
    fields->differs = fields->differs || value != at_rest;
}

/* A tick kept as 1 more, or a tick that cannot be 0: absent is -1. */
static void digest_put_later(struct digest_fields *fields, int64_t tick_and_one) {
    digest_put(fields, tick_and_one - 1, -1);
}

static void digest_put_tick(struct digest_fields *fields, int64_t tick) {
    digest_put(fields, tick == 0 ? -1 : tick, -1);
}

static void digest_put_root(struct digest_fields *fields, const struct cascade *cascade,
                            uint32_t root) {
    digest_put(fields, root == 0 ? -1 : (int64_t)cascade->roots[root - 1].hash, -1);
    digest_put(fields, root == 0 ? -1 : cascade->roots[root - 1].tick, -1);
}

/* ---- Fields of each kind ---- */

static void digest_asset(struct digest_fields *fields, const struct cascade *cascade,
                         uint32_t asset) {
    const struct asset_state *const state = &cascade->assets[asset];
    const struct network *const network = cascade->network;
    digest_put(fields, SPILL_PPM - state->health_loss_ppm, SPILL_PPM);
    digest_put(fields, SPILL_PPM - state->service_loss_ppm, SPILL_PPM);
    digest_put_later(fields, state->changed);
    digest_put(fields, SPILL_PPM - state->cap_loss_ppm, SPILL_PPM);
    digest_put(fields, state->isolated, 0);
    digest_put(fields, state->control_lost, 0);
    digest_put(fields, state->start_ordered, 0);
    digest_put(fields, state->start_latched, 0);
    digest_put(fields, state->manual, MANUAL_OFF);
    digest_put_tick(fields, state->manual_until_tick);
    digest_put(fields, state->manual_ordered, 0);
    digest_put_tick(fields, state->restart_until_tick);
    digest_put(fields, state->priority, 0);
    digest_put(fields, state->job, JOB_NONE);
    digest_put(fields, state->job == JOB_NONE ? -1 : state->job_tick, -1);
    digest_put(fields, state->bound, LIMIT_NONE);
    digest_put(fields,
               state->bound_need == 0 ? -1 : (int64_t)network->needs[state->bound_need - 1].hash,
               -1);
    digest_put(fields,
               state->bound_link == 0 ? -1 : (int64_t)network->links[state->bound_link - 1].hash,
               -1);
    digest_put_root(fields, cascade, state->bound_root);
    digest_put_root(fields, cascade, state->health_root);
    digest_put_root(fields, cascade, state->control_root);
    digest_put_root(fields, cascade, state->cap_root);
    digest_put(fields, state->repair_draws, 0);
    digest_put(fields, state->restart_draws, 0);
    digest_put(fields, state->manual_draws, 0);
}

static void digest_need(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t need) {
    const struct need_state *const state = &cascade->needs[need];
    const bool active = state->active != 0;
    digest_put(fields, (int64_t)state->active - 1, -1);
    digest_put(fields, active ? state->on : -1, -1);
    digest_put(fields, active ? state->from_tick : -1, -1);
    digest_put(fields, active ? state->until_tick : -1, -1);
    digest_put(fields, !active ? -1 : state->on ? SPILL_PPM - state->start_loss_ppm : 0, -1);
}

static void digest_backup(struct digest_fields *fields, const struct cascade *cascade,
                          uint32_t backup) {
    const struct backup_state *const state = &cascade->backups[backup];
    const bool recharges = state->recharge_until_tick != 0;
    digest_put(fields, SPILL_PPM - state->charge_loss_ppm, SPILL_PPM);
    digest_put(fields, state->failed, 0);
    digest_put(fields, recharges ? state->recharge_from_tick : -1, -1);
    digest_put(fields, recharges ? state->recharge_until_tick : -1, -1);
    digest_put(fields, state->start_draws, 0);
    digest_put(fields, state->gap_draws, 0);
    digest_put(fields, state->autonomy_draws, 0);
    digest_put(fields, state->recharge_draws, 0);
}

static void digest_link(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t link) {
    const struct link_state *const state = &cascade->links[link];
    digest_put(fields, SPILL_PPM - state->delivered_loss_ppm, SPILL_PPM);
    digest_put_root(fields, cascade, state->root);
    digest_put_later(fields, state->delivered);
    digest_put(fields, state->delivered == 0 ? -1 : state->delivered_round, -1);
    digest_put(fields, state->pending ? SPILL_PPM - state->pending_loss_ppm : -1, -1);
    digest_put_root(fields, cascade, state->pending_root);
    digest_put(fields, state->pending ? state->due_tick : -1, -1);
    digest_put_root(fields, cascade, state->cut_root);
}

static void digest_life(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t life) {
    const struct life_state *const state = &cascade->lives[life];
    digest_put_tick(fields, state->due_tick);
    digest_put_later(fields, state->first);
    digest_put(fields, state->draws, 0);
}

static void digest_exposure(struct digest_fields *fields, const struct cascade *cascade,
                            uint32_t exposure) {
    const struct exposure_state *const state = &cascade->exposures[exposure];
    digest_put(fields, state->phase, EXPOSURE_CLEAN);
    digest_put(fields, state->detected, 0);
    digest_put_tick(fields, state->trigger_due_tick);
    digest_put_tick(fields, state->detection_due_tick);
    digest_put(fields, state->trigger_draws, 0);
    digest_put(fields, state->detection_draws, 0);
}

static void digest_contact(struct digest_fields *fields, const struct cascade *cascade,
                           uint32_t contact) {
    const struct contact_state *const state = &cascade->contacts[contact];
    digest_put(fields, state->alive ? state->left_ms : -1, -1);
    digest_put_later(fields, state->since);
    digest_put(fields, state->draws, 0);
}

static void digest_push(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t push) {
    const struct push_state *const state = &cascade->pushes[push];
    digest_put_tick(fields, state->due_tick);
    digest_put(fields, state->push_draws, 0);
    digest_put(fields, state->delay_draws, 0);
}

static void digest_patch(struct digest_fields *fields, const struct cascade *cascade,
                         uint32_t patch) {
    const struct patch_state *const state = &cascade->patches[patch];
    digest_put(fields, state->patched, 0);
    digest_put_tick(fields, state->due_tick);
    digest_put(fields, state->draws, 0);
}

static void digest_node(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t node) {
    const struct node_state *const state = &cascade->nodes[node];
    digest_put(fields, SPILL_PPM - cascade->node_losses[node], SPILL_PPM);
    digest_put_root(fields, cascade, state->root);
    digest_put(fields, state->tripped, 0);
    digest_put(fields, state->out, 0);
    digest_put(fields, state->drawn ? state->load : -1, -1);
    digest_put(fields, state->drawn ? state->capacity : -1, -1);
    digest_put_tick(fields, state->reclose_tick);
    digest_put(fields, state->reclose_draws, 0);
}

static void digest_edge(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t edge) {
    const struct edge_state *const state = &cascade->edges[edge];
    digest_put(fields, state->tripped, 0);
    digest_put_tick(fields, state->trip_tick);
    digest_put_root(fields, cascade, state->root);
    digest_put_tick(fields, state->reclose_tick);
    digest_put(fields, state->trip_draws, 0);
    digest_put(fields, state->reclose_draws, 0);
}

static void digest_layer(struct digest_fields *fields, const struct cascade *cascade,
                         uint32_t layer) {
    digest_put_root(fields, cascade, cascade->layers[layer].root);
    digest_put(fields, cascade->layers[layer].rest, 0);
}

static void digest_pool(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t pool) {
    const int64_t crews = cascade->network->pools[pool].crews;
    digest_put(fields, crews + cascade->pools[pool].crews_more, crews);
    digest_put(fields, pool_free_crews(cascade, pool), crews);
}

static void digest_country(struct digest_fields *fields, const struct cascade *cascade,
                           uint32_t country) {
    const struct country_state *const state = &cascade->countries[country];
    const int64_t trust_ppm = cascade->network->countries[country].trust_ppm;
    digest_put(fields, trust_ppm - state->trust_lost_ppm, trust_ppm);
    digest_put(fields, state->narrative_ppm, 0);
    for (uint32_t surge = 0; surge < cascade->network->surge_count; surge++) {
        digest_put(fields, cascade_demand(cascade, country, surge), SPILL_PPM);
    }
    digest_put_root(fields, cascade, state->demand_root);
    digest_put_root(fields, cascade, state->lie_root);
    digest_put_later(fields, state->demand_since);
}

static void digest_campaign(struct digest_fields *fields, const struct cascade *cascade,
                            uint32_t campaign) {
    const struct campaign_state *const state = &cascade->campaigns[campaign];
    digest_put(fields, state->active, 0);
    digest_put_root(fields, cascade, state->root);
    digest_put(fields, state->delay_ticks, 0);
}

static void digest_cell(struct digest_fields *fields, const struct cascade *cascade,
                        uint32_t cell) {
    digest_put(fields, tally_at(&cascade->cells[cell].person, cascade->reached_ms), 0);
    digest_put(fields, tally_at(&cascade->cells[cell].value, cascade->reached_ms), 0);
}

/* ---- Names of each kind ---- */

/* The "kind" of an entity and, in `id`, its id; both as in RULES.md. */
static const char *digest_name(const struct cascade *cascade, enum entity_kind kind, uint32_t i,
                               char id[NETWORK_ENTITY_ID_BYTES]) {
    const struct network *const network = cascade->network;
    const size_t countries = network->country_count;
    switch (kind) {
    case ENTITY_ASSET:
        strcpy(id, network_text(network, network->assets[i].name));
        return "asset";
    case ENTITY_NEED:
        network_need_path(network, i, id);
        return "need";
    case ENTITY_BACKUP:
        network_backup_path(network, i, id);
        return "backup";
    case ENTITY_LINK:
        network_link_path(network, i, id);
        return "link";
    case ENTITY_LIFE:
        strcpy(id, network_text(network, network->assets[network->lives[i].asset].name));
        return "life";
    case ENTITY_EXPOSURE:
        network_exposure_path(network, i, id);
        return "exposure";
    case ENTITY_CONTACT:
        network_contact_path(network, i, id);
        return "contact";
    case ENTITY_PUSH:
        network_push_path(network, i, id);
        return "push";
    case ENTITY_PATCH:
        network_patch_path(network, i, id);
        return "patch";
    case ENTITY_NODE:
        strcpy(id, network_text(network, network->assets[network->nodes[i].asset].name));
        return "node";
    case ENTITY_EDGE:
        network_edge_path(network, i, id);
        return "edge";
    case ENTITY_LAYER:
        strcpy(id, network_text(network, network->layers[i].name));
        return "layer";
    case ENTITY_POOL:
        strcpy(id, network_text(network, network->pools[i].name));
        return "pool";
    case ENTITY_COUNTRY:
        strcpy(id, network_text(network, network->countries[i].name));
        return "country";
    case ENTITY_INDICATORS:
        network_join_id(id, network_text(network, network->tags[i / countries].name), '/',
                        network_text(network, network->countries[i % countries].name));
        return "indicators";
    case ENTITY_CAMPAIGN:
        strcpy(id, network_text(network, network->campaigns[i].name));
        return "campaign";
    case ENTITY_BORDER:
        network_join_id(id, network_text(network, network->countries[i / countries].name), '/',
                        network_text(network, network->countries[i % countries].name));
        return "border";
    case ENTITY_CELL:
        network_join_id(
            id, network_text(network, network->countries[i / network->sector_count].name), '/',
            network_text(network, network->sectors[i % network->sector_count].name));
        return "loss";
    case ENTITY_TRUST:
    case ENTITY_SPILL:
    case ENTITY_KIND_COUNT:
        break;
    }
    return NULL;
}

static void digest_fill(struct digest_fields *fields, const struct cascade *cascade,
                        enum entity_kind kind, uint32_t i) {
    static void (*const fill[ENTITY_KIND_COUNT])(struct digest_fields *, const struct cascade *,
                                                 uint32_t) = {
        [ENTITY_ASSET] = digest_asset,       [ENTITY_NEED] = digest_need,
        [ENTITY_BACKUP] = digest_backup,     [ENTITY_LINK] = digest_link,
        [ENTITY_EXPOSURE] = digest_exposure, [ENTITY_CONTACT] = digest_contact,
        [ENTITY_PUSH] = digest_push,         [ENTITY_PATCH] = digest_patch,
        [ENTITY_NODE] = digest_node,         [ENTITY_EDGE] = digest_edge,
        [ENTITY_LAYER] = digest_layer,       [ENTITY_POOL] = digest_pool,
        [ENTITY_COUNTRY] = digest_country,   [ENTITY_CAMPAIGN] = digest_campaign,
        [ENTITY_CELL] = digest_cell,         [ENTITY_LIFE] = digest_life,
    };
    if (kind == ENTITY_INDICATORS) {
        digest_put(fields, cascade->indicators[i], 0);
    } else if (kind == ENTITY_BORDER) {
        digest_put(fields, cascade->borders[i], 0);
    } else {
        SPILL_ASSERT(fill[kind] != NULL);
        fill[kind](fields, cascade, i);
    }
}

/* ---- The sum ---- */

static void digest_add(uint64_t sum[DIGEST_WORDS], const uint64_t part[DIGEST_WORDS]) {
    uint64_t carry = 0;
    for (int i = 0; i < DIGEST_WORDS; i++) {
        const uint64_t half = sum[i] + part[i];
        const uint64_t whole = half + carry;
        carry = (half < part[i] ? 1U : 0U) + (whole < half ? 1U : 0U);
        sum[i] = whole;
    }
}

static void digest_subtract(uint64_t sum[DIGEST_WORDS], const uint64_t part[DIGEST_WORDS]) {
    uint64_t borrow = 0;
    for (int i = 0; i < DIGEST_WORDS; i++) {
        const uint64_t half = sum[i] - part[i];
        const uint64_t whole = half - borrow;
        borrow = (sum[i] < part[i] ? 1U : 0U) + (half < borrow ? 1U : 0U);
        sum[i] = whole;
    }
}

/* What an entity adds; false, and nothing, if it is as at time 0. */
static bool digest_part(const struct cascade *cascade, enum entity_kind kind, uint32_t i,
                        uint64_t part[DIGEST_WORDS]) {
    struct digest_fields fields = {.count = 0};
    memset(part, 0, DIGEST_WORDS * sizeof *part);
    digest_fill(&fields, cascade, kind, i);
    if (!fields.differs) {
        return false;
    }
    char id[NETWORK_ENTITY_ID_BYTES];
    const char *const name = digest_name(cascade, kind, i, id);
    SPILL_ASSERT(name != NULL);
    uint8_t bytes[8 * DIGEST_FIELDS_MAX];
    for (size_t field = 0; field < fields.count; field++) {
        for (size_t byte = 0; byte < 8; byte++) {
            bytes[8 * field + byte] = (uint8_t)((uint64_t)fields.fields[field] >> (8 * byte));
        }
    }
    crypto_generichash_state state;
    uint8_t hash[CASCADE_DIGEST_BYTES];
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    (void)crypto_generichash_update(&state, (const unsigned char *)name, strlen(name));
    (void)crypto_generichash_update(&state, (const unsigned char *)":", 1);
    /* The zero byte that ends the id is the one that the rules want. */
    (void)crypto_generichash_update(&state, (const unsigned char *)id, strlen(id) + 1);
    (void)crypto_generichash_update(&state, bytes, 8 * fields.count);
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    for (size_t byte = 0; byte < sizeof hash; byte++) {
        part[byte / 8] |= (uint64_t)hash[byte] << (8 * (byte % 8));
    }
    return true;
}

static void digest_update(struct cascade *cascade, enum entity_kind kind, uint32_t i) {
    uint64_t *const part = cascade->digest_parts[cascade->first[kind] + i];
    digest_subtract(cascade->digest_sum, part);
    if (digest_part(cascade, kind, i, part)) {
        digest_add(cascade->digest_sum, part);
    }
}

/* An asset with its needs and their backups. */
static void digest_update_asset(struct cascade *cascade, uint32_t asset) {
    const struct network *const network = cascade->network;
    const uint32_t first = network->assets[asset].first_need;
    const uint32_t end = network->assets[asset + 1].first_need;
    digest_update(cascade, ENTITY_ASSET, asset);
    for (uint32_t need = first; need < end; need++) {
        digest_update(cascade, ENTITY_NEED, need);
    }
    for (uint32_t backup = network->needs[first].first_backup;
         backup < network->needs[end].first_backup; backup++) {
        digest_update(cascade, ENTITY_BACKUP, backup);
    }
}

void cascade_digest(struct cascade *cascade, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    SPILL_ASSERT(cascade->digests);
    /* Integrals run on though nothing happens: these stay dirty. */
    size_t kept = 0;
    for (size_t i = 0; i < cascade->dirty_count; i++) {
        const uint32_t entity = cascade->dirty[i];
        const enum entity_kind kind = cascade_kind_of(cascade, entity);
        if (kind == ENTITY_ASSET) {
            digest_update_asset(cascade, entity - cascade->first[kind]);
        } else if (kind != ENTITY_TRUST && kind != ENTITY_SPILL) {
            digest_update(cascade, kind, entity - cascade->first[kind]);
        }
        if (kind == ENTITY_CELL) {
            cascade->dirty[kept++] = entity;
        } else {
            cascade->touched_flags[entity] &= (uint8_t)~TOUCHED_DIRTY;
        }
    }
    cascade->dirty_count = kept;
    for (size_t byte = 0; byte < CASCADE_DIGEST_BYTES; byte++) {
        digest[byte] = (uint8_t)(cascade->digest_sum[byte / 8] >> (8 * (byte % 8)));
    }
}

/* Forgets what one entity adds. */
static void digest_forget(struct cascade *cascade, enum entity_kind kind, uint32_t i) {
    memset(cascade->digest_parts[cascade->first[kind] + i], 0, sizeof cascade->digest_parts[0]);
}

void digest_clear(struct cascade *cascade) {
    const struct network *const network = cascade->network;
    for (size_t i = 0; i < cascade->touched_asset_count; i++) {
        const uint32_t asset = cascade->touched_assets[i].index;
        const uint32_t first = network->assets[asset].first_need;
        const uint32_t end = network->assets[asset + 1].first_need;
        digest_forget(cascade, ENTITY_ASSET, asset);
        for (uint32_t need = first; need < end; need++) {
            digest_forget(cascade, ENTITY_NEED, need);
        }
        for (uint32_t backup = network->needs[first].first_backup;
             backup < network->needs[end].first_backup; backup++) {
            digest_forget(cascade, ENTITY_BACKUP, backup);
        }
    }
    for (size_t i = 0; i < cascade->touched_count; i++) {
        memset(cascade->digest_parts[cascade->touched[i]], 0, sizeof cascade->digest_parts[0]);
    }
    memset(cascade->digest_sum, 0, sizeof cascade->digest_sum);
    cascade->dirty_count = 0;
}
