/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* Everything that only looks at a trajectory. */

static const struct asset_state *cascade_asset(const struct cascade *cascade,
                                               struct asset_ref asset) {
    SPILL_ASSERT(asset.index < cascade->network->asset_count);
    return &cascade->assets[asset.index];
}

uint64_t cascade_event_count(const struct cascade *cascade) {
    return cascade->event_count;
}

const struct asset_ref *cascade_noticed(const struct cascade *cascade, size_t *count) {
    *count = cascade->noticed_count;
    return cascade->noticed_refs;
}

const struct asset_ref *cascade_changed(const struct cascade *cascade, size_t *count) {
    *count = cascade->changed_count;
    return cascade->changed;
}

const struct asset_ref *cascade_touched(const struct cascade *cascade, size_t *count) {
    *count = cascade->touched_asset_count;
    return cascade->touched_assets;
}

/* ---- Assets ---- */

int64_t cascade_service_ppm(const struct cascade *cascade, struct asset_ref asset) {
    return SPILL_PPM - cascade_asset(cascade, asset)->service_loss_ppm;
}

int64_t cascade_health_ppm(const struct cascade *cascade, struct asset_ref asset) {
    return SPILL_PPM - cascade_asset(cascade, asset)->health_loss_ppm;
}

enum asset_status cascade_status(const struct cascade *cascade, struct asset_ref asset) {
    const struct asset_state *const state = cascade_asset(cascade, asset);
    if (state->isolated) {
        return ASSET_ISLANDED;
    }
    if (state->service_loss_ppm == 0) {
        return ASSET_NORMAL;
    }
    if (state->job == JOB_WORKING || state->restart_until_tick != 0) {
        return ASSET_RESTORING;
    }
    return SPILL_PPM - state->service_loss_ppm < SPILL_FAILED_BELOW ? ASSET_FAILED : ASSET_DEGRADED;
}

bool cascade_isolated(const struct cascade *cascade, struct asset_ref asset) {
    return cascade_asset(cascade, asset)->isolated;
}

int64_t cascade_need_ppm(const struct cascade *cascade, struct need_ref need) {
    SPILL_ASSERT(need.index < cascade->network->need_count);
    return SPILL_PPM - cascade->needs[need.index].level_loss_ppm;
}

int64_t cascade_link_ppm(const struct cascade *cascade, struct link_ref link) {
    SPILL_ASSERT(link.index < cascade->network->link_count);
    return SPILL_PPM - cascade->links[link.index].delivered_loss_ppm;
}

bool cascade_on_backup(const struct cascade *cascade, struct need_ref need, int64_t *ends_ms) {
    SPILL_ASSERT(need.index < cascade->network->need_count);
    const struct need_state *const state = &cascade->needs[need.index];
    if (state->on) {
        *ends_ms = state->until_tick * cascade->network->tick_ms;
    }
    return state->on;
}

size_t cascade_backup_at(const struct cascade *cascade, struct need_ref need) {
    SPILL_ASSERT(need.index < cascade->network->need_count);
    SPILL_ASSERT(cascade->needs[need.index].active > 0);
    return cascade->needs[need.index].active - (size_t)1;
}

bool cascade_repairing(const struct cascade *cascade, struct asset_ref asset, int64_t *ends_ms) {
    const struct asset_state *const state = cascade_asset(cascade, asset);
    if (state->job == JOB_WORKING) {
        *ends_ms = state->job_tick * cascade->network->tick_ms;
    }
    return state->job == JOB_WORKING;
}

int64_t cascade_repair_queue(const struct cascade *cascade, struct pool_ref pool) {
    SPILL_ASSERT(pool.index < cascade->network->pool_count);
    return cascade->pools[pool.index].queue_count;
}

int64_t cascade_crews(const struct cascade *cascade, struct pool_ref pool, int64_t *free_count) {
    SPILL_ASSERT(pool.index < cascade->network->pool_count);
    *free_count = pool_free_crews(cascade, pool.index);
    return *free_count + cascade->pools[pool.index].crews_busy;
}

/* ---- Causes ---- */

static struct root_ref cascade_root_ref(const struct cascade *cascade, uint32_t root) {
    return (struct root_ref){root == 0 ? NETWORK_NO_INDEX : cascade->roots[root - 1].number - 1};
}

struct asset_cause cascade_asset_cause(const struct cascade *cascade, struct asset_ref asset) {
    const struct asset_state *const state = cascade_asset(cascade, asset);
    return (struct asset_cause){
        .limit = (enum limit_kind)state->bound,
        .need = {state->bound_need - 1},
        .link = {state->bound_link - 1},
        .root = cascade_root_ref(cascade, state->bound_root),
        .record = cascade->on_cause == NULL ? 0 : cascade->asset_records[asset.index],
        .since_ms =
            state->bound_since == 0 ? -1 : (state->bound_since - 1) * cascade->network->tick_ms,
    };
}

size_t cascade_root_count(const struct cascade *cascade) {
    return cascade->acted_count;
}

struct root cascade_root(const struct cascade *cascade, struct root_ref root) {
    SPILL_ASSERT(root.index < cascade->acted_count);
    const struct root_state *const state = &cascade->roots[cascade->acted[root.index]];
    return (struct root){
        .kind = state->kind,
        .id = state->id,
        .at_ms = state->tick * cascade->network->tick_ms,
        .country = {state->country - 1},
    };
}

/* ---- Layers ---- */

int64_t cascade_layer_ppm(const struct cascade *cascade, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < cascade->network->asset_count);
    const uint32_t node = cascade->network->assets[asset.index].node;
    return node == NETWORK_NO_INDEX ? SPILL_PPM : SPILL_PPM - cascade->node_losses[node];
}

bool cascade_tripped(const struct cascade *cascade, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < cascade->network->asset_count);
    const uint32_t node = cascade->network->assets[asset.index].node;
    return node != NETWORK_NO_INDEX && cascade->nodes[node].tripped;
}

bool cascade_edge_tripped(const struct cascade *cascade, struct edge_ref edge) {
    SPILL_ASSERT(edge.index < cascade->network->edge_count);
    return cascade->edges[edge.index].tripped;
}

int64_t cascade_edge_flow_w(const struct cascade *cascade, struct edge_ref edge) {
    SPILL_ASSERT(edge.index < cascade->network->edge_count);
    const struct network_edge *const what = &cascade->network->edges[edge.index];
    if (cascade->network->layers[what->layer].kind != LAYER_DC_FLOW) {
        return 0;
    }
    return what->reversed ? -cascade->edge_flows[edge.index] : cascade->edge_flows[edge.index];
}

/* ---- Campaigns ---- */

static uint8_t cascade_exposure_phase(const struct cascade *cascade, struct campaign_ref campaign,
                                      struct asset_ref asset, bool *detected) {
    SPILL_ASSERT(campaign.index < cascade->network->campaign_count);
    SPILL_ASSERT(asset.index < cascade->network->asset_count);
    const uint32_t exposure = network_exposure_of(cascade->network, campaign.index, asset.index);
    if (exposure == NETWORK_NO_INDEX) {
        *detected = false;
        return EXPOSURE_CLEAN;
    }
    *detected = cascade->exposures[exposure].detected;
    return cascade->exposures[exposure].phase;
}

bool cascade_infected(const struct cascade *cascade, struct campaign_ref campaign,
                      struct asset_ref asset) {
    bool detected = false;
    return cascade_exposure_phase(cascade, campaign, asset, &detected) != EXPOSURE_CLEAN;
}

bool cascade_triggered(const struct cascade *cascade, struct campaign_ref campaign,
                       struct asset_ref asset) {
    bool detected = false;
    return cascade_exposure_phase(cascade, campaign, asset, &detected) == EXPOSURE_TRIGGERED;
}

bool cascade_detected(const struct cascade *cascade, struct campaign_ref campaign,
                      struct asset_ref asset) {
    bool detected = false;
    (void)cascade_exposure_phase(cascade, campaign, asset, &detected);
    return detected;
}

static int64_t cascade_campaign_count(const struct cascade *cascade, struct campaign_ref campaign,
                                      struct country_ref country, size_t what) {
    const size_t country_count = cascade->network->country_count;
    SPILL_ASSERT(campaign.index < cascade->network->campaign_count);
    SPILL_ASSERT(country.index < country_count || country.index == NETWORK_NO_INDEX);
    int64_t sum = 0;
    for (size_t i = 0; i < country_count; i++) {
        if (country.index == NETWORK_NO_INDEX || country.index == i) {
            sum += cascade->campaign_counts[(campaign.index * country_count + i) * CAMPAIGN_COUNTS +
                                            what];
        }
    }
    return sum;
}

int64_t cascade_infected_count(const struct cascade *cascade, struct campaign_ref campaign,
                               struct country_ref country) {
    return cascade_campaign_count(cascade, campaign, country, CAMPAIGN_INFECTED);
}

int64_t cascade_triggered_count(const struct cascade *cascade, struct campaign_ref campaign,
                                struct country_ref country) {
    return cascade_campaign_count(cascade, campaign, country, CAMPAIGN_TRIGGERED);
}

int64_t cascade_detected_count(const struct cascade *cascade, struct campaign_ref campaign,
                               struct country_ref country) {
    return cascade_campaign_count(cascade, campaign, country, CAMPAIGN_DETECTED);
}

bool cascade_campaign_active(const struct cascade *cascade, struct campaign_ref campaign) {
    SPILL_ASSERT(campaign.index < cascade->network->campaign_count);
    return cascade->campaigns[campaign.index].active;
}

/* ---- Countries ---- */

static const struct country_state *cascade_country(const struct cascade *cascade,
                                                   struct country_ref country) {
    SPILL_ASSERT(country.index < cascade->network->country_count);
    return &cascade->countries[country.index];
}

int64_t cascade_trust_ppm(const struct cascade *cascade, struct country_ref country) {
    const struct country_state *const state = cascade_country(cascade, country);
    return cascade->network->countries[country.index].trust_ppm - state->trust_lost_ppm;
}

int64_t cascade_narrative_ppm(const struct cascade *cascade, struct country_ref country) {
    return cascade_country(cascade, country)->narrative_ppm;
}

int64_t cascade_demand_ppm(const struct cascade *cascade, struct country_ref country,
                           struct surge_ref surge) {
    SPILL_ASSERT(country.index < cascade->network->country_count);
    SPILL_ASSERT(surge.index < cascade->network->surge_count);
    return cascade_demand(cascade, country.index, surge.index);
}

/* ---- Indicators ---- */

static const struct cell_state *cascade_cell(const struct cascade *cascade,
                                             struct country_ref country, struct sector_ref sector) {
    SPILL_ASSERT(country.index < cascade->network->country_count);
    SPILL_ASSERT(sector.index < cascade->network->sector_count);
    return &cascade->cells[country.index * cascade->network->sector_count + sector.index];
}

int64_t cascade_people_without(const struct cascade *cascade, struct country_ref country,
                               struct sector_ref sector) {
    return cascade_cell(cascade, country, sector)->person.rate;
}

int64_t cascade_failed_count(const struct cascade *cascade, struct country_ref country,
                             struct sector_ref sector) {
    return cascade_cell(cascade, country, sector)->failed_count;
}

int64_t cascade_person_ms(const struct cascade *cascade, struct country_ref country,
                          struct sector_ref sector) {
    return tally_at(&cascade_cell(cascade, country, sector)->person, cascade->reached_ms);
}

int64_t cascade_value_ms(const struct cascade *cascade, struct country_ref country,
                         struct sector_ref sector) {
    return tally_at(&cascade_cell(cascade, country, sector)->value, cascade->reached_ms);
}

int64_t cascade_spill_ms(const struct cascade *cascade, struct country_ref from,
                         struct country_ref hit) {
    const size_t country_count = cascade->network->country_count;
    SPILL_ASSERT(from.index < country_count || from.index == NETWORK_NO_INDEX);
    SPILL_ASSERT(hit.index < country_count);
    const size_t row = from.index == NETWORK_NO_INDEX ? 0 : from.index + (size_t)1;
    return tally_at(&cascade->spill[row * country_count + hit.index], cascade->reached_ms);
}

int64_t cascade_root_person_ms(const struct cascade *cascade, struct root_ref root) {
    SPILL_ASSERT(root.index < cascade->acted_count);
    return tally_at(&cascade->roots[cascade->acted[root.index]].person, cascade->reached_ms);
}

int64_t cascade_link_person_ms(const struct cascade *cascade, struct link_ref link) {
    SPILL_ASSERT(link.index < cascade->network->link_count);
    return tally_at(&cascade->link_tallies[link.index], cascade->reached_ms);
}

struct asset_tally cascade_asset_tally(const struct cascade *cascade, struct asset_ref asset) {
    const struct asset_state *const state = cascade_asset(cascade, asset);
    const struct asset_tallies *const tallies = &cascade->asset_tallies[asset.index];
    const struct network_asset *const what = &cascade->network->assets[asset.index];
    const int64_t passed_ms = cascade->reached_ms - tallies->since_ms;
    const bool failed = SPILL_PPM - state->service_loss_ppm < SPILL_FAILED_BELOW;
    return (struct asset_tally){
        .first_failure_ms = tallies->first_failure == 0 ? SPILL_NEVER : tallies->first_failure - 1,
        .failed_ms = tallies->failed_ms + (failed ? passed_ms : 0),
        .failure_count = tallies->failure_count,
        .person_ms =
            tallies->person_ms + what->people * state->service_loss_ppm / SPILL_PPM * passed_ms,
        .value_ms = tallies->value_ms +
                    what->value_per_hour * state->service_loss_ppm / SPILL_PPM * passed_ms,
    };
}
