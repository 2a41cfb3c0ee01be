/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

static const struct network_campaign *exposure_campaign(const struct cascade *cascade,
                                                        uint32_t exposure) {
    return &cascade->network->campaigns[cascade->network->exposures[exposure].campaign];
}

static bool exposure_is_active(const struct cascade *cascade, uint32_t exposure) {
    return cascade->campaigns[cascade->network->exposures[exposure].campaign].active;
}

static void exposure_count(struct cascade *cascade, uint32_t exposure, int what, int64_t change) {
    const struct network *const network = cascade->network;
    const struct network_exposure *const where = &network->exposures[exposure];
    const size_t country = network->assets[where->asset].country;
    cascade_touch(cascade, ENTITY_CAMPAIGN, where->campaign);
    cascade
        ->campaign_counts[(where->campaign * network->country_count + country) * CAMPAIGN_COUNTS +
                          (size_t)what] += change;
}

static bool indicators_held(const struct cascade *cascade, uint32_t tag, uint32_t country) {
    return cascade->indicators[tag * cascade->network->country_count + country];
}

uint32_t exposure_detection_law(const struct cascade *cascade, uint32_t exposure, bool shared) {
    const struct network_campaign *const campaign = exposure_campaign(cascade, exposure);
    return shared ? campaign->detection_shared : campaign->detection;
}

uint32_t patch_law(const struct cascade *cascade, uint32_t patch, bool shared) {
    const struct network_tag *const tag =
        &cascade->network->tags[cascade->network->patches[patch].tag];
    return shared ? tag->patch_shared : tag->patch;
}

void exposure_schedule(struct cascade *cascade, uint32_t exposure) {
    const struct exposure_state *const state = &cascade->exposures[exposure];
    int64_t due_tick = SPILL_NEVER;
    if (state->trigger_due_tick > cascade->tick) {
        due_tick = state->trigger_due_tick;
    }
    if (state->detection_due_tick > cascade->tick && state->detection_due_tick < due_tick) {
        due_tick = state->detection_due_tick;
    }
    if (due_tick == SPILL_NEVER) {
        cascade_end_timer(cascade, ENTITY_EXPOSURE, exposure);
    } else {
        cascade_set_timer(cascade, ENTITY_EXPOSURE, exposure, due_tick);
    }
}

/* ---- Infection ---- */

/* Whether some targeted tag on the asset is not patched. */
static bool exposure_is_open(const struct cascade *cascade, uint32_t exposure) {
    size_t count = 0;
    const uint32_t *const patches =
        network_group_items(&cascade->network->exposure_patches, exposure, &count);
    for (size_t i = 0; i < count; i++) {
        if (!cascade->patches[patches[i]].patched) {
            return true;
        }
    }
    return false;
}

bool exposure_susceptible(const struct cascade *cascade, uint32_t exposure) {
    return exposure_is_active(cascade, exposure) &&
           cascade->exposures[exposure].phase == EXPOSURE_CLEAN &&
           exposure_is_open(cascade, exposure);
}

static bool exposure_spreads(const struct cascade *cascade, uint32_t exposure) {
    const uint8_t phase = cascade->exposures[exposure].phase;
    return exposure_is_active(cascade, exposure) &&
           (phase == EXPOSURE_INFECTED ||
            (phase == EXPOSURE_TRIGGERED &&
             exposure_campaign(cascade, exposure)->spreads_after_trigger));
}

static void exposure_begin_detection(struct cascade *cascade, uint32_t exposure) {
    const struct network *const network = cascade->network;
    const struct network_exposure *const what = &network->exposures[exposure];
    const struct network_campaign *const campaign = exposure_campaign(cascade, exposure);
    struct exposure_state *const state = &cascade->exposures[exposure];
    state->detection_shared = false;
    if (network->laws[campaign->detection_shared].kind != LAW_NONE) {
        for (uint32_t i = campaign->first_tag; i < campaign[1].first_tag; i++) {
            if (indicators_held(cascade, network->campaign_tags[i],
                                network->assets[what->asset].country)) {
                state->detection_shared = true;
            }
        }
    }
    const uint32_t law = exposure_detection_law(cascade, exposure, state->detection_shared);
    if (network->laws[law].kind != LAW_NONE) {
        state->detection_from_tick = cascade->tick;
        state->detection_due_tick =
            cascade_after(cascade, cascade_draw_ms(cascade, law, what->hash, CHANCE_DETECTION,
                                                   &state->detection_draws));
    }
}

static void exposure_begin_trigger(struct cascade *cascade, uint32_t exposure) {
    const struct network_exposure *const what = &cascade->network->exposures[exposure];
    const struct network_campaign *const campaign = exposure_campaign(cascade, exposure);
    struct exposure_state *const state = &cascade->exposures[exposure];
    const int64_t delay_ticks = cascade->campaigns[what->campaign].delay_ticks;
    state->trigger_from_tick = cascade->tick;
    if (campaign->trigger_common) {
        const int64_t common_tick = cascade_ticks(cascade, campaign->trigger_at_ms) + delay_ticks;
        state->trigger_due_tick = common_tick > cascade->tick ? common_tick : cascade->tick + 1;
    } else {
        state->trigger_due_tick =
            delay_ticks +
            cascade_after(cascade, cascade_draw_ms(cascade, campaign->trigger_delay, what->hash,
                                                   CHANCE_TRIGGER, &state->trigger_draws));
    }
}

static void exposure_push(struct cascade *cascade, uint32_t push) {
    const struct network_push *const what = &cascade->network->pushes[push];
    struct push_state *const state = &cascade->pushes[push];
    if (state->due_tick != 0) {
        return;
    }
    cascade_touch(cascade, ENTITY_PUSH, push);
    if (chance_event(cascade_draw(cascade, what->hash, CHANCE_PUSH, &state->push_draws),
                     what->probability_ppm)) {
        state->from_tick = cascade->tick;
        state->due_tick =
            cascade_after(cascade, cascade_draw_ms(cascade, what->delay, what->hash,
                                                   CHANCE_PUSH_DELAY, &state->delay_draws));
        cascade_set_timer(cascade, ENTITY_PUSH, push, state->due_tick);
    }
}

void exposure_infect(struct cascade *cascade, uint32_t exposure) {
    if (!exposure_susceptible(cascade, exposure)) {
        return;
    }
    const struct network_exposure *const what = &cascade->network->exposures[exposure];
    cascade_touch(cascade, ENTITY_EXPOSURE, exposure);
    cascade->exposures[exposure].phase = EXPOSURE_INFECTED;
    exposure_count(cascade, exposure, CAMPAIGN_INFECTED, 1);
    root_reach(cascade, cascade->campaigns[what->campaign].root,
               cascade->network->assets[what->asset].country);
    exposure_begin_detection(cascade, exposure);
    exposure_begin_trigger(cascade, exposure);
    exposure_schedule(cascade, exposure);
    for (uint32_t contact = what->first_contact; contact < what[1].first_contact; contact++) {
        contact_begin(cascade, contact);
    }
    for (uint32_t push = what->first_push; push < what[1].first_push; push++) {
        exposure_push(cascade, push);
    }
}

/* No longer infected, triggered or detected. */
static void exposure_clean(struct cascade *cascade, uint32_t exposure) {
    struct exposure_state *const state = &cascade->exposures[exposure];
    SPILL_ASSERT(state->phase != EXPOSURE_CLEAN);
    cascade_touch(cascade, ENTITY_EXPOSURE, exposure);
    exposure_count(cascade, exposure, CAMPAIGN_INFECTED, -1);
    exposure_count(cascade, exposure, CAMPAIGN_TRIGGERED,
                   state->phase == EXPOSURE_TRIGGERED ? -1 : 0);
    exposure_count(cascade, exposure, CAMPAIGN_DETECTED, state->detected ? -1 : 0);
    if (state->detected) {
        asset_notice(cascade, cascade->network->exposures[exposure].asset);
    }
    state->phase = EXPOSURE_CLEAN;
    state->detected = false;
    state->detection_shared = false;
    state->trigger_from_tick = 0;
    state->trigger_due_tick = 0;
    state->detection_from_tick = 0;
    state->detection_due_tick = 0;
    exposure_schedule(cascade, exposure);
}

/* ---- Timers ---- */

static void exposure_detect(struct cascade *cascade, uint32_t exposure) {
    struct exposure_state *const state = &cascade->exposures[exposure];
    state->detection_from_tick = 0;
    state->detection_due_tick = 0;
    state->detection_shared = false;
    if (!state->detected) {
        state->detected = true;
        asset_notice(cascade, cascade->network->exposures[exposure].asset);
        exposure_count(cascade, exposure, CAMPAIGN_DETECTED, 1);
    }
}

static void exposure_trigger(struct cascade *cascade, uint32_t exposure) {
    const struct network_exposure *const what = &cascade->network->exposures[exposure];
    const struct network_campaign *const campaign = exposure_campaign(cascade, exposure);
    const uint32_t root = cascade->campaigns[what->campaign].root;
    struct exposure_state *const state = &cascade->exposures[exposure];
    state->trigger_from_tick = 0;
    state->trigger_due_tick = 0;
    if (state->phase != EXPOSURE_INFECTED || !exposure_is_active(cascade, exposure)) {
        return;
    }
    state->phase = EXPOSURE_TRIGGERED;
    exposure_count(cascade, exposure, CAMPAIGN_TRIGGERED, 1);
    exposure_detect(cascade, exposure);
    asset_notice(cascade, what->asset); /* Known before, perhaps; but not that it has struck. */
    if (campaign->takes_health) {
        asset_damage(cascade, what->asset, campaign->health_ppm, root);
    }
    if (campaign->takes_control) {
        asset_lose_control(cascade, what->asset, root);
    }
    if (!campaign->spreads_after_trigger) {
        contacts_end(cascade, exposure);
    }
}

void exposure_due(struct cascade *cascade, uint32_t exposure) {
    const struct exposure_state *const state = &cascade->exposures[exposure];
    cascade_touch(cascade, ENTITY_EXPOSURE, exposure);
    if (state->detection_due_tick == cascade->tick) {
        exposure_detect(cascade, exposure);
    }
    if (state->trigger_due_tick == cascade->tick) {
        exposure_trigger(cascade, exposure);
    }
    exposure_schedule(cascade, exposure);
}

void push_due(struct cascade *cascade, uint32_t push) {
    const struct network_push *const what = &cascade->network->pushes[push];
    struct push_state *const state = &cascade->pushes[push];
    SPILL_ASSERT(state->due_tick == cascade->tick);
    cascade_touch(cascade, ENTITY_PUSH, push);
    state->from_tick = 0;
    state->due_tick = 0;
    if (!cascade->assets[cascade->network->exposures[what->to].asset].isolated) {
        exposure_infect(cascade, what->to);
    }
}

void patch_due(struct cascade *cascade, uint32_t patch) {
    struct patch_state *const state = &cascade->patches[patch];
    if (state->due_tick != cascade->tick) {
        return; /* Rebuilt and patched in this tick. */
    }
    cascade_touch(cascade, ENTITY_PATCH, patch);
    state->from_tick = 0;
    state->due_tick = 0;
    state->shared = false;
    state->patched = true;
    size_t count = 0;
    const uint32_t *const exposures =
        network_group_items(&cascade->network->patch_exposures, patch, &count);
    for (size_t i = 0; i < count; i++) {
        if (cascade->exposures[exposures[i]].phase == EXPOSURE_INFECTED &&
            !exposure_is_open(cascade, exposures[i])) {
            exposure_clean(cascade, exposures[i]);
            contacts_end(cascade, exposures[i]);
        }
    }
}

/* ---- Repair ---- */

/* All targeted tags of this campaign on the asset are patched. */
static void exposure_patch(struct cascade *cascade, uint32_t exposure) {
    size_t count = 0;
    const uint32_t *const patches =
        network_group_items(&cascade->network->exposure_patches, exposure, &count);
    for (size_t i = 0; i < count; i++) {
        struct patch_state *const state = &cascade->patches[patches[i]];
        cascade_touch(cascade, ENTITY_PATCH, patches[i]);
        state->patched = true;
        state->from_tick = 0;
        state->due_tick = 0;
        state->shared = false;
        cascade_end_timer(cascade, ENTITY_PATCH, patches[i]);
    }
}

void asset_rebuilt(struct cascade *cascade, uint32_t asset) {
    const struct network *const network = cascade->network;
    size_t exposure_total = 0;
    const uint32_t *const exposures =
        network_group_items(&network->asset_exposures, asset, &exposure_total);
    for (size_t i = 0; i < exposure_total; i++) {
        if (cascade->exposures[exposures[i]].phase != EXPOSURE_CLEAN) {
            exposure_clean(cascade, exposures[i]);
            if (exposure_campaign(cascade, exposures[i])->rebuilt_patched) {
                exposure_patch(cascade, exposures[i]);
            }
        }
        contacts_end(cascade, exposures[i]);
    }
    for (size_t i = 0; i < exposure_total; i++) {
        size_t contact_total = 0;
        const uint32_t *const contacts =
            network_group_items(&network->exposure_contacts, exposures[i], &contact_total);
        for (size_t j = 0; j < contact_total; j++) {
            if (exposure_spreads(cascade, network->contacts[contacts[j]].from)) {
                contact_begin(cascade, contacts[j]);
            }
        }
    }
}

/* ---- Campaigns and patches by order ---- */

void campaign_start(struct cascade *cascade, uint32_t campaign) {
    const struct network *const network = cascade->network;
    const struct network_campaign *const what = &network->campaigns[campaign];
    struct campaign_state *const state = &cascade->campaigns[campaign];
    if (root_is_left_out(cascade, "campaign", network_text(network, what->name))) {
        return;
    }
    cascade_touch(cascade, ENTITY_CAMPAIGN, campaign);
    if (state->root == 0) {
        const enum spill_status status =
            root_name(cascade, "campaign", network_text(network, what->name), cascade->tick, true,
                      &state->root);
        SPILL_ASSERT(status == SPILL_OK);
        root_make(cascade, state->root);
    }
    state->active = true;
    for (uint32_t i = what->first_entry; i < what[1].first_entry; i++) {
        exposure_infect(cascade, network->campaign_entries[i]);
    }
}

void campaign_stop(struct cascade *cascade, uint32_t campaign) {
    const struct network_campaign *const what = &cascade->network->campaigns[campaign];
    cascade_touch(cascade, ENTITY_CAMPAIGN, campaign);
    cascade->campaigns[campaign].active = false;
    for (uint32_t exposure = what->first_exposure; exposure < what[1].first_exposure; exposure++) {
        contacts_end(cascade, exposure);
    }
}

void campaign_delay(struct cascade *cascade, uint32_t campaign, int64_t duration_ms) {
    const struct network_campaign *const what = &cascade->network->campaigns[campaign];
    const int64_t delay_ticks = cascade_ticks(cascade, duration_ms);
    cascade_touch(cascade, ENTITY_CAMPAIGN, campaign);
    cascade->campaigns[campaign].delay_ticks += delay_ticks;
    for (uint32_t exposure = what->first_exposure; exposure < what[1].first_exposure; exposure++) {
        struct exposure_state *const state = &cascade->exposures[exposure];
        if (state->trigger_due_tick != 0) {
            cascade_touch(cascade, ENTITY_EXPOSURE, exposure);
            state->trigger_due_tick += delay_ticks;
            exposure_schedule(cascade, exposure);
        }
    }
}

void tag_patch(struct cascade *cascade, uint32_t tag, uint32_t country) {
    const struct network *const network = cascade->network;
    const struct network_tag *const what = &network->tags[tag];
    const bool shared = network->laws[what->patch_shared].kind != LAW_NONE &&
                        indicators_held(cascade, tag, country);
    for (uint32_t patch = what->first_patch; patch < what[1].first_patch; patch++) {
        struct patch_state *const state = &cascade->patches[patch];
        if (network->assets[network->patches[patch].asset].country != country || state->patched ||
            state->due_tick != 0) {
            continue;
        }
        cascade_touch(cascade, ENTITY_PATCH, patch);
        state->shared = shared;
        state->from_tick = cascade->tick;
        state->due_tick = cascade_after(
            cascade, cascade_draw_ms(cascade, patch_law(cascade, patch, shared),
                                     network->patches[patch].hash, CHANCE_PATCH, &state->draws));
        cascade_set_timer(cascade, ENTITY_PATCH, patch, state->due_tick);
    }
}

void tag_share(struct cascade *cascade, uint32_t tag, uint32_t country) {
    const uint32_t indicators = (uint32_t)(tag * cascade->network->country_count + country);
    cascade_touch(cascade, ENTITY_INDICATORS, indicators);
    cascade->indicators[indicators] = true;
    tag_patch(cascade, tag, country);
}
