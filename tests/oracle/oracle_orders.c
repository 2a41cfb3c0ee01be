/* SPDX-License-Identifier: Apache-2.0 */
/* Damage, repair, crews and orders: section 8 of RULES.md, and the phase of actions. */
#include "tests/oracle/oracle_rules.h"

#include <string.h>

/* ---- Damage and repair ---- */

static void oracle_work_begin(struct oracle *oracle, struct oracle_asset *asset) {
    asset->job = ORACLE_JOB_AT_WORK;
    oracle_timer_start(oracle, &asset->work, &asset->entity, FATE_REPAIR, &asset->spec->repair);
}

void oracle_job_queue(struct oracle *oracle, struct oracle_asset *asset) {
    if (!oracle_law_given(&asset->spec->repair)) {
        oracle_fire(oracle, ORACLE_DAMAGE_UNREPAIRABLE);
        return;
    }
    switch (asset->job) {
    case ORACLE_JOB_NONE:
        asset->queued_since = oracle->tick;
        if (asset->pool == NULL) {
            oracle_fire(oracle, ORACLE_WORK_WITHOUT_POOL);
            oracle_work_begin(oracle, asset);
        } else {
            asset->job = ORACLE_JOB_QUEUED;
        }
        break;
    case ORACLE_JOB_QUEUED:
        oracle_fire(oracle, ORACLE_DAMAGE_OF_QUEUED);
        break;
    case ORACLE_JOB_AT_WORK:
        oracle_fire(oracle, ORACLE_DAMAGE_RESTARTS_WORK);
        oracle_work_begin(oracle, asset);
        break;
    }
}

void oracle_damage(struct oracle *oracle, struct oracle_asset *asset, int64_t amount,
                   struct oracle_root *root) {
    if (amount >= asset->health) {
        oracle_fire(oracle, ORACLE_DAMAGE_WITHOUT_EFFECT);
        return;
    }
    oracle_fire(oracle, ORACLE_DAMAGE);
    asset->health = amount;
    asset->health_root = root;
    oracle_root_hits(root, asset->country);
    if (oracle_timer_runs(&asset->lifetime)) {
        oracle_fire(oracle, ORACLE_LIFETIME_ENDED_BY_DAMAGE);
        oracle_timer_end(&asset->lifetime);
    }
    oracle_job_queue(oracle, asset);
}

void oracle_fail(struct oracle *oracle, struct oracle_asset *asset) {
    if (asset->health == 0) {
        oracle_fire(oracle, ORACLE_FAILURE_OF_DEAD);
        return;
    }
    if (asset->failure_root == NULL) {
        asset->failure_root = oracle_root_make(oracle, "failure", asset->spec->id, oracle->tick);
    }
    oracle_damage(oracle, asset, 0, asset->failure_root);
}

static void oracle_lifetime_start(struct oracle *oracle, struct oracle_asset *asset) {
    oracle_timer_start(oracle, &asset->lifetime, &asset->entity, FATE_LIFETIME,
                       &asset->spec->lifetime);
}

void oracle_life_start(struct oracle *oracle, struct oracle_asset *asset) {
    if (asset->spec->failure_ppm > 0) {
        /* Index 0, whatever was drawn before; nothing else of this purpose ever is. */
        const uint64_t u =
            fate_draw(oracle->seed, asset->entity.hash, FATE_FAILURE, 0, oracle->replica);
        if ((int64_t)(u * (uint64_t)SPILL_PPM >> 32) < asset->spec->failure_ppm) {
            oracle_fire(oracle, ORACLE_FAILURE_AT_START);
            oracle_fail(oracle, asset);
        }
    }
    if (oracle_law_given(&asset->spec->lifetime) && asset->health == SPILL_PPM) {
        oracle_lifetime_start(oracle, asset);
    }
}

static void oracle_rebuild_patched(struct oracle *oracle, const struct oracle_exposure *exposure) {
    for (size_t i = 0; i < oracle->patch_count; i++) {
        struct oracle_patch *const patch = &oracle->patches[i];
        if (patch->asset == exposure->asset &&
            oracle_campaign_targets(exposure->campaign, patch->tag)) {
            patch->patched = true;
            oracle_timer_end(&patch->wait);
            oracle_fire(oracle, ORACLE_REPAIR_PATCHES);
        }
    }
}

void oracle_repair_end(struct oracle *oracle, struct oracle_asset *asset) {
    oracle_fire(oracle, ORACLE_REPAIR_ENDS);
    asset->health = SPILL_PPM;
    asset->control_lost = false;
    asset->job = ORACLE_JOB_NONE;
    oracle_timer_end(&asset->work);
    if (asset->pool != NULL) {
        asset->pool->free_crews++;
    }
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        struct oracle_exposure *const exposure = &oracle->exposures[i];
        if (exposure->asset == asset && exposure->state != ORACLE_CLEAN) {
            oracle_fire(oracle, ORACLE_REPAIR_CLEANS);
            oracle_exposure_clean(exposure);
            if (exposure->campaign->spec->rebuilt_patched) {
                oracle_rebuild_patched(oracle, exposure);
            }
        }
    }
    oracle_contacts_end_from(oracle, asset, NULL);
    for (size_t i = 0; i < oracle->contact_count; i++) {
        struct oracle_contact *const contact = &oracle->contacts[i];
        if (contact->trust->to == asset) {
            const struct oracle_exposure *const from =
                oracle_exposure_find(oracle, contact->campaign, contact->trust->from);
            if (from != NULL && oracle_able_to_spread(from)) {
                oracle_fire(oracle, ORACLE_REPAIR_REDRAWS_CONTACT);
                oracle_contact_draw(oracle, contact);
            }
        }
    }
    if (oracle_law_given(&asset->spec->lifetime)) {
        oracle_fire(oracle, ORACLE_LIFETIME_ANEW);
        oracle_lifetime_start(oracle, asset);
    }
}

/* True if the job of a comes before that of b; counts which part of the key decided. */
static bool oracle_job_precedes(struct oracle *oracle, const struct oracle_asset *a,
                                const struct oracle_asset *b) {
    if (a->priority != b->priority) {
        oracle_fire(oracle, ORACLE_CREW_BY_PRIORITY);
        return a->priority > b->priority;
    }
    if (a->spec->criticality != b->spec->criticality) {
        oracle_fire(oracle, ORACLE_CREW_BY_CRITICALITY);
        return a->spec->criticality > b->spec->criticality;
    }
    if (a->queued_since != b->queued_since) {
        oracle_fire(oracle, ORACLE_CREW_BY_TIME);
        return a->queued_since < b->queued_since;
    }
    oracle_fire(oracle, ORACLE_CREW_BY_HASH);
    return a->entity.hash < b->entity.hash;
}

void oracle_crews_assign(struct oracle *oracle) {
    for (size_t i = 0; i < oracle->pool_count; i++) {
        struct oracle_pool *const pool = &oracle->pools[i];
        while (pool->free_crews > 0) {
            struct oracle_asset *first = NULL;
            for (size_t j = 0; j < oracle->asset_count; j++) {
                struct oracle_asset *const asset = &oracle->assets[j];
                if (asset->pool == pool && asset->job == ORACLE_JOB_QUEUED &&
                    (first == NULL || oracle_job_precedes(oracle, asset, first))) {
                    first = asset;
                }
            }
            if (first == NULL) {
                break;
            }
            oracle_fire(oracle, ORACLE_CREW_ASSIGNED);
            pool->free_crews--;
            oracle_work_begin(oracle, first);
        }
    }
}

/* ---- Orders ---- */

static void oracle_mutual_aid(struct oracle *oracle, struct oracle_pool *from,
                              struct oracle_pool *to, int64_t wanted, int64_t travel_ms) {
    const int64_t crews = wanted < from->free_crews ? wanted : from->free_crews;
    if (crews < wanted) {
        oracle_fire(oracle, ORACLE_AID_LIMITED);
    }
    if (crews <= 0) {
        return;
    }
    oracle_fire(oracle, ORACLE_AID_LEAVES);
    from->crews -= crews;
    from->free_crews -= crews;
    struct oracle_aid *const aids =
        spill_grow(oracle->aids, oracle->aid_count, oracle->aid_count + 1, sizeof *aids);
    SPILL_ASSERT(aids != NULL);
    oracle->aids = aids;
    aids[oracle->aid_count] =
        (struct oracle_aid){.pool = to, .crews = crews, .due = oracle_after(oracle, travel_ms)};
    oracle->aid_count++;
}

static void oracle_refuel(struct oracle *oracle, struct oracle_asset *asset) {
    oracle_fire(oracle, ORACLE_REFUEL);
    for (size_t i = 0; i < asset->need_count; i++) {
        struct oracle_need *const need = asset->needs[i];
        for (size_t j = 0; j < need->spec->backup_count; j++) {
            struct oracle_backup *const backup = &need->backups[j];
            backup->charge = SPILL_PPM;
            backup->failed = false;
            oracle_timer_end(&backup->recharge);
        }
        if (need->active != NULL && need->on) {
            oracle_fire(oracle, ORACLE_REFUEL_RUNNING);
            oracle_backup_go_on(oracle, need);
        }
    }
}

static void oracle_isolate(struct oracle *oracle, struct oracle_asset *asset, bool isolated,
                           struct oracle_root *root) {
    if (asset->isolated == isolated) {
        return;
    }
    oracle_fire(oracle, isolated ? ORACLE_ISOLATED : ORACLE_RECONNECTED);
    asset->isolated = isolated;
    oracle_trusts_review(oracle, root, asset->country);
}

static void oracle_isolate_tag(struct oracle *oracle, const struct oracle_tag *tag,
                               const struct oracle_country *country, bool isolated,
                               struct oracle_root *root) {
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        if (asset->country == country && oracle_carries(asset, tag->id)) {
            oracle_isolate(oracle, asset, isolated, root);
        }
    }
}

static void oracle_border(struct oracle *oracle, struct oracle_country *country,
                          const struct oracle_country *other, bool closed,
                          struct oracle_root *root) {
    if (country == other) {
        return;
    }
    bool *const one = &oracle->closed[country->rank * oracle->country_count + other->rank];
    bool *const two = &oracle->closed[other->rank * oracle->country_count + country->rank];
    if (*one != closed) {
        oracle_fire(oracle, closed ? ORACLE_BORDER_CLOSED : ORACLE_BORDER_OPENED);
    }
    *one = closed;
    *two = closed;
    oracle_trusts_review(oracle, root, country);
}

static void oracle_disinformation(struct oracle *oracle, struct oracle_country *country,
                                  const struct oracle_action *action, struct oracle_root *root) {
    struct oracle_rumour *const rumours = spill_grow(oracle->rumours, oracle->rumour_count,
                                                     oracle->rumour_count + 1, sizeof *rumours);
    SPILL_ASSERT(rumours != NULL);
    oracle->rumours = rumours;
    rumours[oracle->rumour_count] =
        (struct oracle_rumour){.country = country,
                               .amount = action->amount_ppm,
                               .until = oracle_after(oracle, action->duration_ms)};
    oracle->rumour_count++;
    country->disinformation = root;
}

/* ---- Finding what an action names ---- */

static struct oracle_asset *oracle_asset_named(const struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->asset_count && id != NULL; i++) {
        if (strcmp(oracle->assets[i].spec->id, id) == 0) {
            return &oracle->assets[i];
        }
    }
    return NULL;
}

static struct oracle_country *oracle_country_named(const struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->country_count && id != NULL; i++) {
        if (strcmp(oracle->countries[i].id, id) == 0) {
            return &oracle->countries[i];
        }
    }
    return NULL;
}

static struct oracle_tag *oracle_tag_named(const struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->tag_count && id != NULL; i++) {
        if (strcmp(oracle->tags[i].id, id) == 0) {
            return &oracle->tags[i];
        }
    }
    return NULL;
}

static struct oracle_pool *oracle_pool_named(const struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->pool_count && id != NULL; i++) {
        if (strcmp(oracle->pools[i].id, id) == 0) {
            return &oracle->pools[i];
        }
    }
    return NULL;
}

/* Everything that an action may name, found; NULL where it names nothing. */
struct oracle_named {
    struct oracle_asset *asset;
    struct oracle_country *country;
    struct oracle_country *other_country;
    struct oracle_tag *tag;
    struct oracle_pool *pool;
    struct oracle_pool *other_pool;
    struct oracle_campaign *campaign;
    struct oracle_root *root;
};

/* Actions of section 9. */
static void oracle_action_cyber(struct oracle *oracle, const struct oracle_action *action,
                                const struct oracle_named *named) {
    switch (action->kind) {
    case ACTION_CAMPAIGN_STOP:
        oracle_campaign_stop(oracle, named->campaign);
        break;
    case ACTION_CAMPAIGN_DELAY:
        oracle_campaign_postpone(oracle, named->campaign, action->duration_ms);
        break;
    case ACTION_ISOLATE_ASSET:
    case ACTION_RECONNECT_ASSET:
        oracle_isolate(oracle, named->asset, action->kind == ACTION_ISOLATE_ASSET, named->root);
        break;
    case ACTION_ISOLATE_TAG:
    case ACTION_RECONNECT_TAG:
        oracle_isolate_tag(oracle, named->tag, named->country, action->kind == ACTION_ISOLATE_TAG,
                           named->root);
        break;
    case ACTION_CLOSE_BORDER:
    case ACTION_OPEN_BORDER:
        oracle_border(oracle, named->country, named->other_country,
                      action->kind == ACTION_CLOSE_BORDER, named->root);
        break;
    case ACTION_SHARE_INDICATORS:
        named->country->holds[named->tag - oracle->tags] = true;
        oracle_patch_order(oracle, named->tag, named->country);
        break;
    case ACTION_PATCH_TAG:
        oracle_patch_order(oracle, named->tag, named->country);
        break;
    default:
        break;
    }
}

/* Actions of sections 8 and 11. */
static void oracle_action_service(struct oracle *oracle, const struct oracle_action *action,
                                  const struct oracle_named *named) {
    struct oracle_asset *const asset = named->asset;
    switch (action->kind) {
    case ACTION_DAMAGE:
        oracle_damage(oracle, asset, action->amount_ppm, named->root);
        break;
    case ACTION_DISINFORMATION:
        oracle_disinformation(oracle, named->country, action, named->root);
        break;
    case ACTION_PUBLIC_MESSAGE:
        oracle_message(oracle, named->country);
        break;
    case ACTION_PRIORITY:
        oracle_fire(oracle, ORACLE_PRIORITY);
        asset->priority = action->count;
        break;
    case ACTION_MUTUAL_AID:
        oracle_mutual_aid(oracle, named->pool, named->other_pool, action->count,
                          action->duration_ms);
        break;
    case ACTION_REFUEL:
        oracle_refuel(oracle, asset);
        break;
    case ACTION_BLACK_START:
        asset->black_start_ordered =
            asset->black_start_ordered || asset->spec->black_start == BLACK_START_ORDERED;
        break;
    case ACTION_LIMIT:
        asset->cap = action->amount_ppm;
        asset->cap_root = named->root;
        break;
    case ACTION_MANUAL_MODE:
        asset->manual_ordered = asset->manual_ordered || asset->spec->manual_ppm > 0;
        break;
    default:
        break;
    }
}

void oracle_action_apply(struct oracle *oracle, const struct oracle_action *action) {
    struct oracle_named named = {
        .asset = oracle_asset_named(oracle, action->asset),
        .country = oracle_country_named(oracle, action->country),
        .other_country = oracle_country_named(oracle, action->other_country),
        .tag = oracle_tag_named(oracle, action->tag),
        .pool = oracle_pool_named(oracle, action->pool),
        .other_pool = oracle_pool_named(oracle, action->other_pool),
        .campaign = oracle_campaign_find(oracle, action->campaign),
    };
    if (action->kind == ACTION_CAMPAIGN_START) {
        oracle_campaign_start(oracle, named.campaign);
        return;
    }
    named.root = oracle_root_make(oracle, action->root_kind, action->root_id, oracle->tick);
    oracle_action_cyber(oracle, action, &named);
    oracle_action_service(oracle, action, &named);
}
