/* SPDX-License-Identifier: Apache-2.0 */
/* The digest: section 14 of RULES.md. */
#include "tests/oracle/oracle_rules.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { ORACLE_FIELDS_MAX = 64, ORACLE_TEXT_BYTES = 512 };

/* The canonical state of one entity. */
struct oracle_state {
    char name[ORACLE_TEXT_BYTES]; /* kind:id */
    int64_t fields[ORACLE_FIELDS_MAX];
    size_t count;
};

static void oracle_field(struct oracle_state *state, int64_t value) {
    SPILL_ASSERT(state->count < ORACLE_FIELDS_MAX);
    state->fields[state->count] = value;
    state->count++;
}

static void oracle_field_root(struct oracle_state *state, const struct oracle_root *root) {
    if (root == NULL) {
        oracle_field(state, -1);
        oracle_field(state, -1);
        return;
    }
    char name[ORACLE_TEXT_BYTES];
    snprintf(name, sizeof name, "%s:%s", root->kind, root->id);
    oracle_field(state, (int64_t)fate_hash(name));
    oracle_field(state, root->tick);
}

static void oracle_field_draws(struct oracle_state *state, const struct oracle_entity *entity,
                               enum fate_purpose purpose) {
    oracle_field(state, entity->draws[purpose]);
}

/* ---- One function for each kind of entity ---- */

static void oracle_state_asset(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_asset *const asset = &oracle->assets[i];
    snprintf(state->name, sizeof state->name, "asset:%s", asset->spec->id);
    oracle_field(state, asset->health);
    oracle_field(state, asset->service);
    oracle_field(state, asset->changed_at < 0 ? -1 : asset->changed_at);
    oracle_field(state, asset->cap);
    oracle_field(state, asset->isolated);
    oracle_field(state, asset->control_lost);
    oracle_field(state, asset->black_start_ordered);
    oracle_field(state, asset->black_start_latched);
    oracle_field(state, asset->manual == ORACLE_MANUAL_OFF       ? 0
                        : asset->manual == ORACLE_MANUAL_WAITING ? 1
                                                                 : 2);
    oracle_field(state, asset->manual_wait.due);
    oracle_field(state, asset->manual_ordered);
    oracle_field(state, asset->restart.due);
    oracle_field(state, asset->priority);
    oracle_field(state, asset->job == ORACLE_JOB_NONE     ? 0
                        : asset->job == ORACLE_JOB_QUEUED ? 1
                                                          : 2);
    oracle_field(state, asset->job == ORACLE_JOB_QUEUED ? asset->queued_since : asset->work.due);
    const struct oracle_binding *const binding = &asset->binding;
    const int64_t limits[] = {[LIMIT_NONE] = 0, [LIMIT_HEALTH] = 1, [LIMIT_NEED] = 2,
                              [LIMIT_CAP] = 3,  [LIMIT_DEMAND] = 4, [LIMIT_LAYER] = 5};
    oracle_field(state, limits[binding->limit]);
    oracle_field(state, binding->need == NULL ? -1 : (int64_t)binding->need->entity.hash);
    oracle_field(state, binding->link == NULL ? -1 : (int64_t)binding->link->entity.hash);
    oracle_field_root(state, binding->root);
    oracle_field_root(state, asset->health < SPILL_PPM ? asset->health_root : NULL);
    oracle_field_root(state, asset->control_lost ? asset->control_root : NULL);
    oracle_field_root(state, asset->cap < SPILL_PPM ? asset->cap_root : NULL);
    oracle_field_draws(state, &asset->entity, FATE_REPAIR);
    oracle_field_draws(state, &asset->entity, FATE_RESTART);
    oracle_field_draws(state, &asset->entity, FATE_MANUAL);
}

static void oracle_state_life(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_asset *const asset = &oracle->assets[i];
    snprintf(state->name, sizeof state->name, "life:%s", asset->spec->id);
    oracle_field(state, asset->lifetime.due);
    oracle_field(state, asset->failure_root == NULL ? -1 : asset->failure_root->tick);
    oracle_field_draws(state, &asset->entity, FATE_LIFETIME);
}

static void oracle_state_need(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_need *const need = &oracle->needs[i];
    snprintf(state->name, sizeof state->name, "need:%s/%s", need->spec->asset, need->spec->id);
    const bool active = need->active != NULL;
    const struct oracle_timer *const timer = need->on ? &need->autonomy : &need->gap;
    oracle_field(state, active ? need->active - need->backups : -1);
    oracle_field(state, active ? need->on : -1);
    oracle_field(state, active ? timer->from : -1);
    oracle_field(state, active ? timer->due : -1);
    oracle_field(state, active ? (need->on ? need->start_charge : 0) : -1);
}

/* The backups of all needs, one after another. */
static void oracle_state_backup(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_need *need = oracle->needs;
    while (i >= need->spec->backup_count) {
        i -= need->spec->backup_count;
        need++;
    }
    const struct oracle_backup *const backup = &need->backups[i];
    snprintf(state->name, sizeof state->name, "backup:%s/%s/%s", need->spec->asset, need->spec->id,
             backup->spec->id);
    oracle_field(state, backup->charge);
    oracle_field(state, backup->failed);
    oracle_field(state, oracle_timer_runs(&backup->recharge) ? backup->recharge.from : -1);
    oracle_field(state, backup->recharge.due);
    oracle_field_draws(state, &backup->entity, FATE_BACKUP_START);
    oracle_field_draws(state, &backup->entity, FATE_GAP);
    oracle_field_draws(state, &backup->entity, FATE_AUTONOMY);
    oracle_field_draws(state, &backup->entity, FATE_RECHARGE);
}

static void oracle_state_link(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_link *const link = &oracle->links[i];
    const struct link_spec *const spec = link->spec;
    snprintf(state->name, sizeof state->name, "link:%s/%s/%s", spec->asset, spec->need,
             spec->supplier);
    oracle_field(state, link->delivered);
    oracle_field_root(state, link->root);
    oracle_field(state, link->delivered_tick);
    oracle_field(state, link->delivered_tick < 0 ? -1 : link->delivered_round);
    oracle_field(state, link->pending ? link->pending_value : -1);
    oracle_field_root(state, link->pending ? link->pending_root : NULL);
    oracle_field(state, link->pending ? link->pending_tick : -1);
    oracle_field_root(state, link->cut ? link->cut_root : NULL);
}

static void oracle_state_exposure(const struct oracle *oracle, size_t i,
                                  struct oracle_state *state) {
    const struct oracle_exposure *const exposure = &oracle->exposures[i];
    snprintf(state->name, sizeof state->name, "exposure:%s/%s", exposure->campaign->spec->id,
             exposure->asset->spec->id);
    oracle_field(state, exposure->state == ORACLE_CLEAN      ? 0
                        : exposure->state == ORACLE_INFECTED ? 1
                                                             : 2);
    oracle_field(state, exposure->detected);
    oracle_field(state, exposure->trigger.due);
    oracle_field(state, exposure->detection.due);
    oracle_field_draws(state, &exposure->entity, FATE_TRIGGER);
    oracle_field_draws(state, &exposure->entity, FATE_DETECTION);
}

static void oracle_state_contact(const struct oracle *oracle, size_t i,
                                 struct oracle_state *state) {
    const struct oracle_contact *const contact = &oracle->contacts[i];
    snprintf(state->name, sizeof state->name, "contact:%s/%s>%s", contact->campaign->spec->id,
             contact->trust->spec->from, contact->trust->spec->to);
    oracle_field(state, contact->live ? contact->left_ms : -1);
    oracle_field(state, contact->live && contact->running ? contact->since : -1);
    oracle_field_draws(state, &contact->entity, FATE_CONTACT);
}

static void oracle_state_push(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_push *const push = &oracle->pushes[i];
    snprintf(state->name, sizeof state->name, "push:%s/%s/%s/%s", push->campaign->spec->id,
             push->spec->supplier, push->spec->tag, push->customer->spec->id);
    oracle_field(state, push->wait.due);
    oracle_field_draws(state, &push->entity, FATE_PUSH);
    oracle_field_draws(state, &push->entity, FATE_PUSH_DELAY);
}

static void oracle_state_patch(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_patch *const patch = &oracle->patches[i];
    snprintf(state->name, sizeof state->name, "patch:%s/%s", patch->tag->id,
             patch->asset->spec->id);
    oracle_field(state, patch->patched);
    oracle_field(state, patch->wait.due);
    oracle_field_draws(state, &patch->entity, FATE_PATCH);
}

static void oracle_state_pool(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    snprintf(state->name, sizeof state->name, "pool:%s", oracle->pools[i].id);
    oracle_field(state, oracle->pools[i].crews);
    oracle_field(state, oracle->pools[i].free_crews);
}

static void oracle_state_country(const struct oracle *oracle, size_t i,
                                 struct oracle_state *state) {
    const struct oracle_country *const country = &oracle->countries[i];
    snprintf(state->name, sizeof state->name, "country:%s", country->id);
    oracle_field(state, country->trust);
    oracle_field(state, country->narrative);
    bool above = false;
    for (size_t j = 0; j < oracle->surge_count; j++) {
        oracle_field(state, country->demand[j]);
        above = above || country->demand[j] > SPILL_PPM;
    }
    oracle_field_root(state, above ? country->demand_root : NULL);
    oracle_field_root(state, country->disinformation);
    oracle_field(state, country->first_demand);
}

static void oracle_state_indicators(const struct oracle *oracle, size_t i,
                                    struct oracle_state *state) {
    const struct oracle_country *const country = &oracle->countries[i / oracle->tag_count];
    const size_t tag = i % oracle->tag_count;
    snprintf(state->name, sizeof state->name, "indicators:%s/%s", oracle->tags[tag].id,
             country->id);
    oracle_field(state, country->holds[tag]);
}

static void oracle_state_campaign(const struct oracle *oracle, size_t i,
                                  struct oracle_state *state) {
    const struct oracle_campaign *const campaign = &oracle->campaigns[i];
    snprintf(state->name, sizeof state->name, "campaign:%s", campaign->spec->id);
    oracle_field(state, campaign->active);
    oracle_field_root(state, campaign->root);
    oracle_field(state, campaign->delay);
}

/* Every pair of countries; only one of its two orders is ever said to be closed. */
static void oracle_state_border(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const size_t a = i / oracle->country_count;
    const size_t b = i % oracle->country_count;
    snprintf(state->name, sizeof state->name, "border:%s/%s", oracle->countries[a].id,
             oracle->countries[b].id);
    oracle_field(state, a < b && oracle->closed[i]);
}

static void oracle_state_loss(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_country *const country = &oracle->countries[i / oracle->sector_count];
    const size_t sector = i % oracle->sector_count;
    snprintf(state->name, sizeof state->name, "loss:%s/%s", country->id, oracle->sectors[sector]);
    oracle_field(state, country->person_ms[sector]);
    oracle_field(state, country->value_ms[sector]);
}

static void oracle_state_member(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_asset *const asset = &oracle->assets[i];
    const struct oracle_member *const member = &asset->member;
    if (member->layer == NULL) {
        return;
    }
    snprintf(state->name, sizeof state->name, "node:%s", asset->spec->id);
    oracle_field(state, member->level);
    oracle_field_root(state, member->level < SPILL_PPM ? member->root : NULL);
    oracle_field(state, member->tripped);
    oracle_field(state, member->out);
    oracle_field(state, member->drawn ? member->load : -1);
    oracle_field(state, member->drawn ? member->capacity : -1);
    oracle_field(state, member->reclosing.due);
    oracle_field_draws(state, &asset->entity, FATE_RECLOSE);
}

static void oracle_state_edge(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_edge *const edge = &oracle->edges[i];
    snprintf(state->name, sizeof state->name, "edge:%s/%s/%s", edge->low->spec->id,
             edge->high->spec->id, edge->circuit);
    oracle_field(state, edge->tripped);
    oracle_field(state, edge->bearing.due);
    oracle_field_root(state, edge->tripped || edge->bearing.due >= 0 ? edge->root : NULL);
    oracle_field(state, edge->reclosing.due);
    oracle_field_draws(state, &edge->entity, FATE_TRIP);
    oracle_field_draws(state, &edge->entity, FATE_RECLOSE);
}

static void oracle_state_layer(const struct oracle *oracle, size_t i, struct oracle_state *state) {
    const struct oracle_layer *const layer = &oracle->layers[i];
    snprintf(state->name, sizeof state->name, "layer:%s", layer->spec->id);
    oracle_field_root(state, layer->root);
    oracle_field(state, layer->rest);
}

/* ---- The sum ---- */

static void oracle_digest_add(uint8_t digest[CASCADE_DIGEST_BYTES],
                              const struct oracle_state *state) {
    uint8_t text[ORACLE_TEXT_BYTES + 1 + ORACLE_FIELDS_MAX * 8];
    size_t length = strlen(state->name) + 1;
    memcpy(text, state->name, length);
    for (size_t i = 0; i < state->count; i++) {
        for (int byte = 0; byte < 8; byte++) {
            text[length] = (uint8_t)((uint64_t)state->fields[i] >> (8 * byte));
            length++;
        }
    }
    uint8_t hash[CASCADE_DIGEST_BYTES];
    crypto_generichash(hash, sizeof hash, text, length, NULL, 0);
    unsigned carry = 0;
    for (size_t i = 0; i < CASCADE_DIGEST_BYTES; i++) {
        carry += (unsigned)digest[i] + hash[i];
        digest[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

void oracle_digest(const struct oracle *oracle, const struct oracle *fresh,
                   uint8_t digest[CASCADE_DIGEST_BYTES]) {
    size_t backup_count = 0;
    for (size_t i = 0; i < oracle->need_count; i++) {
        backup_count += oracle->needs[i].spec->backup_count;
    }
    const struct {
        size_t count;
        void (*state)(const struct oracle *oracle, size_t i, struct oracle_state *state);
    } kinds[] = {
        {oracle->asset_count, oracle_state_asset},
        {oracle->asset_count, oracle_state_life},
        {oracle->need_count, oracle_state_need},
        {backup_count, oracle_state_backup},
        {oracle->link_count, oracle_state_link},
        {oracle->exposure_count, oracle_state_exposure},
        {oracle->contact_count, oracle_state_contact},
        {oracle->push_count, oracle_state_push},
        {oracle->patch_count, oracle_state_patch},
        {oracle->pool_count, oracle_state_pool},
        {oracle->country_count, oracle_state_country},
        {oracle->country_count * oracle->tag_count, oracle_state_indicators},
        {oracle->campaign_count, oracle_state_campaign},
        {oracle->country_count * oracle->country_count, oracle_state_border},
        {oracle->country_count * oracle->sector_count, oracle_state_loss},
        {oracle->asset_count, oracle_state_member},
        {oracle->edge_count, oracle_state_edge},
        {oracle->layer_count, oracle_state_layer},
    };
    memset(digest, 0, CASCADE_DIGEST_BYTES);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (size_t i = 0; i < kinds[kind].count; i++) {
            struct oracle_state now = {.count = 0};
            struct oracle_state at_first = {.count = 0};
            kinds[kind].state(oracle, i, &now);
            kinds[kind].state(fresh, i, &at_first);
            if (memcmp(now.fields, at_first.fields, now.count * sizeof *now.fields) != 0) {
                oracle_digest_add(digest, &now);
            }
        }
    }
}
