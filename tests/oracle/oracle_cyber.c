/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns, contacts, pushes, patches, isolation: section 9 of RULES.md. */
#include "tests/oracle/oracle_rules.h"

#include <string.h>

/* ---- Finding ---- */

struct oracle_campaign *oracle_campaign_find(struct oracle *oracle, const char *id) {
    for (size_t i = 0; i < oracle->campaign_count && id != NULL; i++) {
        if (strcmp(oracle->campaigns[i].spec->id, id) == 0) {
            return &oracle->campaigns[i];
        }
    }
    return NULL;
}

struct oracle_exposure *oracle_exposure_find(const struct oracle *oracle,
                                             const struct oracle_campaign *campaign,
                                             const struct oracle_asset *asset) {
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        if (oracle->exposures[i].campaign == campaign && oracle->exposures[i].asset == asset) {
            return &oracle->exposures[i];
        }
    }
    return NULL;
}

struct oracle_patch *oracle_patch_find(const struct oracle *oracle, const struct oracle_tag *tag,
                                       const struct oracle_asset *asset) {
    for (size_t i = 0; i < oracle->patch_count; i++) {
        if (oracle->patches[i].tag == tag && oracle->patches[i].asset == asset) {
            return &oracle->patches[i];
        }
    }
    return NULL;
}

bool oracle_carries(const struct oracle_asset *asset, const char *tag) {
    for (size_t i = 0; i < asset->spec->tag_count; i++) {
        if (strcmp(asset->spec->tags[i], tag) == 0) {
            return true;
        }
    }
    return false;
}

bool oracle_campaign_targets(const struct oracle_campaign *campaign, const struct oracle_tag *tag) {
    for (size_t i = 0; i < campaign->spec->tag_count; i++) {
        if (strcmp(campaign->spec->tags[i], tag->id) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Who can be infected, and who infects ---- */

static bool oracle_some_targeted_unpatched(const struct oracle *oracle,
                                           const struct oracle_exposure *exposure) {
    for (size_t i = 0; i < oracle->patch_count; i++) {
        const struct oracle_patch *const patch = &oracle->patches[i];
        if (patch->asset == exposure->asset && !patch->patched &&
            oracle_campaign_targets(exposure->campaign, patch->tag)) {
            return true;
        }
    }
    return false;
}

static bool oracle_susceptible(const struct oracle *oracle,
                               const struct oracle_exposure *exposure) {
    return exposure != NULL && exposure->campaign->active && exposure->state == ORACLE_CLEAN &&
           oracle_some_targeted_unpatched(oracle, exposure);
}

bool oracle_able_to_spread(const struct oracle_exposure *exposure) {
    const bool spreads =
        exposure->state == ORACLE_INFECTED ||
        (exposure->state == ORACLE_TRIGGERED && exposure->campaign->spec->spreads_after_trigger);
    return spreads && exposure->campaign->active;
}

void oracle_exposure_clean(struct oracle_exposure *exposure) {
    exposure->state = ORACLE_CLEAN;
    exposure->detected = false;
    oracle_timer_end(&exposure->detection);
    oracle_timer_end(&exposure->trigger);
}

/* ---- Contacts ---- */

int64_t oracle_contact_due(const struct oracle *oracle, const struct oracle_contact *contact) {
    const int64_t ticks = oracle_ticks(oracle, contact->left_ms);
    return contact->since + (ticks < 1 ? 1 : ticks);
}

void oracle_contact_draw(struct oracle *oracle, struct oracle_contact *contact) {
    contact->left_ms = oracle_draw_ms(oracle, &contact->entity, FATE_CONTACT, &contact->trust->law);
    contact->live = true;
    contact->running = contact->trust->open;
    contact->since = oracle->tick;
    oracle_fire(oracle, contact->running ? ORACLE_CONTACT_DRAWN : ORACLE_CONTACT_DRAWN_PAUSED);
}

void oracle_contact_end(struct oracle_contact *contact) {
    contact->live = false;
    contact->running = false;
}

void oracle_contacts_end_from(struct oracle *oracle, const struct oracle_asset *asset,
                              const struct oracle_campaign *campaign) {
    for (size_t i = 0; i < oracle->contact_count; i++) {
        struct oracle_contact *const contact = &oracle->contacts[i];
        if (contact->trust->from == asset && (campaign == NULL || contact->campaign == campaign)) {
            oracle_contact_end(contact);
        }
    }
}

void oracle_contact_arrives(struct oracle *oracle, struct oracle_contact *contact) {
    oracle_contact_end(contact);
    struct oracle_exposure *const target =
        oracle_exposure_find(oracle, contact->campaign, contact->trust->to);
    if (oracle_susceptible(oracle, target)) {
        oracle_fire(oracle, ORACLE_CONTACT_INFECTS);
        const struct oracle_exposure *const source =
            oracle_exposure_find(oracle, contact->campaign, contact->trust->from);
        if (source->state == ORACLE_TRIGGERED) {
            oracle_fire(oracle, ORACLE_SPREAD_AFTER_TRIGGER);
        }
        oracle_infect(oracle, target);
    } else {
        oracle_fire(oracle, ORACLE_CONTACT_IN_VAIN);
    }
}

/* ---- Pushes ---- */

static void oracle_push_draw(struct oracle *oracle, struct oracle_push *push) {
    if (oracle_timer_runs(&push->wait)) {
        oracle_fire(oracle, ORACLE_PUSH_UNDER_WAY);
        return;
    }
    if (!oracle_happens(oracle, &push->entity, FATE_PUSH, push->spec->probability_ppm)) {
        oracle_fire(oracle, ORACLE_PUSH_DOES_NOT);
        return;
    }
    oracle_fire(oracle, ORACLE_PUSH_HAPPENS);
    oracle_timer_start(oracle, &push->wait, &push->entity, FATE_PUSH_DELAY, &push->spec->delay);
}

void oracle_push_arrives(struct oracle *oracle, struct oracle_push *push) {
    oracle_timer_end(&push->wait);
    struct oracle_exposure *const target =
        oracle_exposure_find(oracle, push->campaign, push->customer);
    if (!oracle_susceptible(oracle, target)) {
        oracle_fire(oracle, ORACLE_PUSH_IN_VAIN);
    } else if (push->customer->isolated) {
        oracle_fire(oracle, ORACLE_PUSH_AT_ISOLATED);
    } else {
        oracle_fire(oracle, ORACLE_PUSH_INFECTS);
        oracle_infect(oracle, target);
    }
}

/* ---- Infection ---- */

static bool oracle_holds_some(const struct oracle *oracle, const struct oracle_country *country,
                              const struct oracle_campaign *campaign) {
    for (size_t i = 0; i < oracle->tag_count; i++) {
        if (country->holds[i] && oracle_campaign_targets(campaign, &oracle->tags[i])) {
            return true;
        }
    }
    return false;
}

static void oracle_detection_start(struct oracle *oracle, struct oracle_exposure *exposure) {
    const struct campaign_spec *const spec = exposure->campaign->spec;
    const struct law_spec *law = &spec->detection;
    if (oracle_law_given(&spec->detection_shared) &&
        oracle_holds_some(oracle, exposure->asset->country, exposure->campaign)) {
        law = &spec->detection_shared;
        oracle_fire(oracle, ORACLE_DETECTION_SHARED);
    }
    if (oracle_law_given(law)) {
        oracle_timer_start(oracle, &exposure->detection, &exposure->entity, FATE_DETECTION, law);
    }
}

static void oracle_trigger_start(struct oracle *oracle, struct oracle_exposure *exposure) {
    const struct oracle_campaign *const campaign = exposure->campaign;
    struct oracle_timer *const trigger = &exposure->trigger;
    if (campaign->spec->trigger_common) {
        const int64_t at = oracle_ticks(oracle, campaign->spec->trigger_at_ms) + campaign->delay;
        oracle_fire(oracle, ORACLE_TRIGGER_COMMON);
        if (at <= oracle->tick) {
            oracle_fire(oracle, ORACLE_TRIGGER_COMMON_LATE);
        }
        *trigger = (struct oracle_timer){
            .from = oracle->tick, .due = at > oracle->tick ? at : oracle->tick + 1, .law = NULL};
    } else {
        oracle_timer_start(oracle, trigger, &exposure->entity, FATE_TRIGGER,
                           &campaign->spec->trigger_delay);
        trigger->due += campaign->delay;
        trigger->moved = campaign->delay;
    }
    if (campaign->delay > 0) {
        oracle_fire(oracle, ORACLE_TRIGGER_DELAYED);
    }
}

void oracle_infect(struct oracle *oracle, struct oracle_exposure *exposure) {
    struct oracle_campaign *const campaign = exposure->campaign;
    struct oracle_asset *const asset = exposure->asset;
    oracle_fire(oracle, ORACLE_INFECTION);
    exposure->state = ORACLE_INFECTED;
    oracle_root_hits(campaign->root, asset->country);
    oracle_detection_start(oracle, exposure);
    oracle_trigger_start(oracle, exposure);
    /* Only campaigns that spread by trust have contacts, and only to assets with an exposure. */
    for (size_t i = 0; i < oracle->contact_count; i++) {
        struct oracle_contact *const contact = &oracle->contacts[i];
        if (contact->campaign == campaign && contact->trust->from == asset) {
            oracle_contact_draw(oracle, contact);
        }
    }
    for (size_t i = 0; i < oracle->push_count; i++) {
        struct oracle_push *const push = &oracle->pushes[i];
        if (push->campaign == campaign && push->supplier == asset) {
            oracle_push_draw(oracle, push);
        }
    }
}

void oracle_detect(struct oracle *oracle, struct oracle_exposure *exposure) {
    oracle_fire(oracle, ORACLE_DETECTION);
    oracle_timer_end(&exposure->detection);
    exposure->detected = true;
}

void oracle_trigger(struct oracle *oracle, struct oracle_exposure *exposure) {
    struct oracle_campaign *const campaign = exposure->campaign;
    struct oracle_asset *const asset = exposure->asset;
    oracle_timer_end(&exposure->trigger);
    SPILL_ASSERT(exposure->state == ORACLE_INFECTED);
    if (!campaign->active) {
        oracle_fire(oracle, ORACLE_TRIGGER_LOST);
        return;
    }
    oracle_fire(oracle, ORACLE_TRIGGER);
    exposure->state = ORACLE_TRIGGERED;
    exposure->detected = true;
    oracle_timer_end(&exposure->detection);
    if (campaign->spec->takes_health) {
        oracle_fire(oracle, ORACLE_TRIGGER_TAKES_HEALTH);
        oracle_damage(oracle, asset, campaign->spec->health_ppm, campaign->root);
    }
    if (campaign->spec->takes_control) {
        oracle_fire(oracle, ORACLE_TRIGGER_TAKES_CONTROL);
        asset->control_lost = true;
        asset->control_root = campaign->root;
        oracle_job_queue(oracle, asset);
    }
    if (!campaign->spec->spreads_after_trigger) {
        oracle_fire(oracle, ORACLE_TRIGGER_ENDS_CONTACTS);
        oracle_contacts_end_from(oracle, asset, campaign);
    }
}

/* ---- Campaigns ---- */

void oracle_campaign_start(struct oracle *oracle, struct oracle_campaign *campaign) {
    if (campaign->root == NULL) {
        campaign->root = oracle_root_make(oracle, "campaign", campaign->spec->id, oracle->tick);
        oracle_fire(oracle, ORACLE_CAMPAIGN_STARTS);
    } else {
        oracle_fire(oracle, ORACLE_CAMPAIGN_STARTS_AGAIN);
    }
    campaign->active = true;
    /* Assets stand in canonical order. */
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        bool entry = false;
        for (size_t j = 0; j < campaign->spec->entry_count; j++) {
            entry = entry || strcmp(campaign->spec->entries[j], asset->spec->id) == 0;
        }
        struct oracle_exposure *const exposure = oracle_exposure_find(oracle, campaign, asset);
        if (entry && oracle_susceptible(oracle, exposure)) {
            if (asset->isolated) {
                oracle_fire(oracle, ORACLE_INFECTION_OF_ISOLATED_ENTRY);
            }
            oracle_infect(oracle, exposure);
        }
    }
}

void oracle_campaign_stop(struct oracle *oracle, struct oracle_campaign *campaign) {
    oracle_fire(oracle, ORACLE_CAMPAIGN_STOPS);
    campaign->active = false;
    for (size_t i = 0; i < oracle->contact_count; i++) {
        if (oracle->contacts[i].campaign == campaign) {
            oracle_contact_end(&oracle->contacts[i]);
        }
    }
}

void oracle_campaign_postpone(struct oracle *oracle, struct oracle_campaign *campaign,
                              int64_t duration_ms) {
    const int64_t ticks = oracle_ticks(oracle, duration_ms);
    campaign->delay += ticks;
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        struct oracle_exposure *const exposure = &oracle->exposures[i];
        if (exposure->campaign == campaign && oracle_timer_runs(&exposure->trigger)) {
            oracle_fire(oracle, ORACLE_CAMPAIGN_DELAYED);
            exposure->trigger.due += ticks;
            exposure->trigger.moved += ticks;
        }
    }
}

/* ---- Patches ---- */

void oracle_patch_order(struct oracle *oracle, struct oracle_tag *tag,
                        struct oracle_country *country) {
    static const struct law_spec none = {.kind = LAW_NONE};
    const struct law_spec *law = tag->spec != NULL ? &tag->spec->patch : &none;
    const bool shared = tag->spec != NULL && oracle_law_given(&tag->spec->patch_shared) &&
                        country->holds[tag - oracle->tags];
    if (shared) {
        law = &tag->spec->patch_shared;
    }
    for (size_t i = 0; i < oracle->patch_count; i++) {
        struct oracle_patch *const patch = &oracle->patches[i];
        if (patch->tag == tag && patch->asset->country == country && !patch->patched &&
            !oracle_timer_runs(&patch->wait)) {
            oracle_fire(oracle, shared ? ORACLE_PATCH_SHARED : ORACLE_PATCH_ORDERED);
            oracle_timer_start(oracle, &patch->wait, &patch->entity, FATE_PATCH, law);
        }
    }
}

void oracle_patch_done(struct oracle *oracle, struct oracle_patch *patch) {
    oracle_fire(oracle, ORACLE_PATCH_DONE);
    oracle_timer_end(&patch->wait);
    patch->patched = true;
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        struct oracle_exposure *const exposure = &oracle->exposures[i];
        if (exposure->asset != patch->asset ||
            !oracle_campaign_targets(exposure->campaign, patch->tag)) {
            continue;
        }
        if (exposure->state == ORACLE_TRIGGERED) {
            oracle_fire(oracle, ORACLE_PATCH_OF_TRIGGERED);
        } else if (exposure->state == ORACLE_INFECTED) {
            if (oracle_some_targeted_unpatched(oracle, exposure)) {
                oracle_fire(oracle, ORACLE_PATCH_NOT_ENOUGH);
                continue;
            }
            oracle_fire(oracle, ORACLE_PATCH_CLEANS);
            oracle_exposure_clean(exposure);
            oracle_contacts_end_from(oracle, exposure->asset, exposure->campaign);
        }
    }
}

/* ---- Trust links that open and close ---- */

static void oracle_contacts_follow(struct oracle *oracle, const struct oracle_trust *trust) {
    for (size_t i = 0; i < oracle->contact_count; i++) {
        struct oracle_contact *const contact = &oracle->contacts[i];
        if (contact->trust != trust || !contact->live || contact->running == trust->open) {
            continue;
        }
        if (trust->open) {
            oracle_fire(oracle, ORACLE_CONTACT_RESUMED);
            contact->running = true;
            contact->since = oracle->tick;
        } else {
            oracle_fire(oracle, ORACLE_CONTACT_PAUSED);
            contact->running = false;
            contact->left_ms -= (oracle->tick - contact->since) * oracle->tick_ms;
            if (contact->left_ms < 0) {
                contact->left_ms = 0;
            }
        }
    }
}

static void oracle_link_follow(struct oracle *oracle, struct oracle_link *link,
                               struct oracle_root *root, struct oracle_country *country) {
    bool cut = false;
    for (size_t i = 0; i < oracle->trust_count; i++) {
        cut = cut || (oracle->trusts[i].carrier == link && !oracle->trusts[i].open);
    }
    if (cut && !link->cut) {
        oracle_fire(oracle, ORACLE_LINK_CUT);
        link->cut = true;
        link->cut_root = root;
        oracle_root_hits(root, country);
        oracle_offer(oracle, link);
    } else if (!cut && link->cut) {
        oracle_fire(oracle, ORACLE_LINK_RESTORED);
        link->cut = false;
        oracle_offer(oracle, link);
    } else if (cut) {
        oracle_fire(oracle, ORACLE_LINK_CUT_TWICE);
    }
}

void oracle_trusts_review(struct oracle *oracle, struct oracle_root *root,
                          struct oracle_country *country) {
    for (size_t i = 0; i < oracle->trust_count; i++) {
        struct oracle_trust *const trust = &oracle->trusts[i];
        const size_t border =
            trust->from->country->rank * oracle->country_count + trust->to->country->rank;
        const bool open = !trust->from->isolated && !trust->to->isolated && !oracle->closed[border];
        if (open != trust->open) {
            trust->open = open;
            oracle_contacts_follow(oracle, trust);
            if (trust->carrier != NULL) {
                oracle_link_follow(oracle, trust->carrier, root, country);
            }
        }
    }
}
