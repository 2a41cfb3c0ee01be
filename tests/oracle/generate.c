/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/oracle/generate_memory.h"

#include <stdio.h>
#include <string.h>

enum { GENERATE_TEXT_BYTES = 256, GENERATE_SUPPLIERS_MAX = 4, GENERATE_BACKUPS_MAX = 3 };

/* What the pieces of one scenario share while it is made. */
struct generate_making {
    struct generate_scenario *scenario;
    struct generate_random random;
    int64_t tick_ms;
    int64_t ticks;
    int64_t pace; /* Typical length of things, in ticks. */
    bool instant; /* Most links take no time. */
    bool wide;    /* Some laws reach ten years. */
    bool frail;   /* Some assets fail by chance. */
    bool slow;    /* Some assets follow what limits them with a lag. */
};

static int64_t generate_between(struct generate_making *making, int64_t low, int64_t high) {
    return generate_random_between(&making->random, low, high);
}

static bool generate_chance(struct generate_making *making, int64_t percent) {
    return generate_between(making, 1, 100) <= percent;
}

/* ---- Numbers ---- */

/* A duration of at most so many ticks; now and then nothing, a whole number of ticks, or one
 * millisecond beside. */
static int64_t generate_duration(struct generate_making *making, int64_t ticks_max) {
    const int64_t whole_ms = generate_between(making, 0, ticks_max) * making->tick_ms;
    switch (generate_between(making, 0, 7)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return whole_ms;
    case 3:
        return whole_ms + 1;
    case 4:
        return whole_ms > 0 ? whole_ms - 1 : 1;
    default:
        return generate_between(making, 0, ticks_max * making->tick_ms);
    }
}

static int64_t generate_level(struct generate_making *making) {
    static const int64_t special[] = {0, 1, 50000, 99999, 100000, 500000, 999999, 1000000};
    if (generate_chance(making, 40)) {
        return special[generate_between(making, 0, 7)];
    }
    return generate_between(making, 0, SPILL_PPM);
}

static struct law_spec generate_empirical(struct generate_making *making, int64_t ticks_max) {
    const size_t count = (size_t)generate_between(making, 2, 6);
    int64_t *const values = generate_memory(making->scenario, count, sizeof *values);
    int64_t value = generate_duration(making, ticks_max / 4 + 1);
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
        value += generate_duration(making, ticks_max / (int64_t)count + 1);
        if (making->wide && i + 2 == count) {
            value = FATE_LIMIT_MS - generate_between(making, 0, 1000);
        }
    }
    return (struct law_spec){.kind = LAW_EMPIRICAL, .quantile_ms = values, .quantile_count = count};
}

/* A law with values of about so many ticks. */
static struct law_spec generate_law(struct generate_making *making, int64_t ticks_max) {
    struct law_spec law = {.kind =
                               (enum law_kind)generate_between(making, LAW_FIXED, LAW_EMPIRICAL)};
    const int64_t limit_ms = making->wide ? FATE_LIMIT_MS : ticks_max * making->tick_ms;
    switch (law.kind) {
    case LAW_NONE:
    case LAW_FIXED:
        law.a_ms = generate_duration(making, ticks_max);
        break;
    case LAW_UNIFORM:
        law.a_ms = generate_duration(making, ticks_max / 2);
        law.b_ms = generate_between(making, law.a_ms, law.a_ms > limit_ms ? law.a_ms : limit_ms);
        break;
    case LAW_TRIANGULAR:
        law.a_ms = generate_duration(making, ticks_max / 3);
        law.c_ms = generate_between(making, law.a_ms, law.a_ms > limit_ms ? law.a_ms : limit_ms);
        law.b_ms = generate_between(making, law.a_ms, law.c_ms);
        break;
    case LAW_EXPONENTIAL:
        law.a_ms = generate_duration(making, ticks_max / 2 + 1) + 1;
        law.a_ms = making->wide && generate_chance(making, 30) ? FATE_LIMIT_MS / 3 : law.a_ms;
        break;
    case LAW_LOGNORMAL:
        law.a_ms = generate_duration(making, ticks_max / 2 + 1) + 1;
        law.a_ms = making->wide && generate_chance(making, 30) ? FATE_LIMIT_MS / 3 : law.a_ms;
        law.sigma_ppm =
            generate_between(making, 0, generate_chance(making, 20) ? 5000000 : 1000000);
        break;
    case LAW_EMPIRICAL:
        return generate_empirical(making, ticks_max);
    }
    return law;
}

static struct law_spec generate_law_or_none(struct generate_making *making, int64_t percent,
                                            int64_t ticks_max) {
    const struct law_spec none = {.kind = LAW_NONE};
    return generate_chance(making, percent) ? generate_law(making, ticks_max) : none;
}

/* ---- Names ---- */

/* A short id that sorts awkwardly: some are the beginning of others, followed by a character below
 * '/'. */
static const char *generate_id(struct generate_making *making, const char *prefix) {
    static const char first[] = "ab0z";
    static const char later[] = "ab0z-._1";
    char text[GENERATE_TEXT_BYTES];
    const int64_t length = generate_between(making, 1, 4);
    size_t at = (size_t)snprintf(text, sizeof text, "%s", prefix);
    for (int64_t i = 0; i < length; i++) {
        text[at++] =
            i == 0 ? first[generate_between(making, 0, 3)] : later[generate_between(making, 0, 7)];
    }
    text[at] = '\0';
    return generate_text(making->scenario, text);
}

static const char *generate_asset_id(struct generate_making *making, size_t count) {
    for (;;) {
        const char *const id = generate_id(making, "");
        bool taken = false;
        for (size_t i = 0; i < count; i++) {
            taken = taken || strcmp(making->scenario->assets[i].id, id) == 0;
        }
        if (!taken) {
            return id;
        }
    }
}

static const char *generate_some_asset(struct generate_making *making) {
    const size_t count = making->scenario->spec.asset_count;
    return making->scenario->assets[generate_between(making, 0, (int64_t)count - 1)].id;
}

static const char *generate_some_country(struct generate_making *making) {
    const size_t count = making->scenario->spec.country_count;
    return making->scenario->countries[generate_between(making, 0, (int64_t)count - 1)].id;
}

/* Tags are named by a fixed list, since not all of them are listed in the specification. */
static const char *const generate_tag_ids[] = {"scada", "erp", "vpn-1", "vpn"};
static const char *const generate_need_ids[] = {"electricity", "data", "control", "data-2",
                                                "steer"};
static const char *const generate_backup_ids[] = {"ups", "diesel", "a-stock"};
static const char *const generate_country_ids[] = {"nl", "ee", "d", "d-e"};
static const char *const generate_sector_ids[] = {"energy", "telecom", "bank"};
static const char *const generate_pool_ids[] = {"p2", "p1", "p1-a"};
static const char *const generate_surge_ids[] = {"fuel", "calls"};
static const char *const generate_campaign_ids[] = {"wiper", "mole"};
static const char *const generate_root_ids[] = {"e1", "e2", "o1", "o2", "o3"};

/* ---- Parts of a network ---- */

static void generate_countries(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    struct network_spec *const spec = &scenario->spec;
    spec->country_count = (size_t)generate_between(making, 1, 4);
    scenario->countries =
        generate_memory(scenario, spec->country_count, sizeof *scenario->countries);
    int64_t least_trust = SPILL_PPM;
    for (size_t i = 0; i < spec->country_count; i++) {
        const int64_t trust_ppm = generate_between(making, 200000, 900000);
        least_trust = trust_ppm < least_trust ? trust_ppm : least_trust;
        scenario->countries[i] =
            (struct country_spec){.id = generate_country_ids[i], .trust_ppm = trust_ppm};
    }
    spec->sector_count = (size_t)generate_between(making, 1, 3);
    scenario->sectors = generate_memory(scenario, spec->sector_count, sizeof *scenario->sectors);
    for (size_t i = 0; i < spec->sector_count; i++) {
        scenario->sectors[i].id = generate_sector_ids[i];
    }
    spec->pool_count = (size_t)generate_between(making, 0, 3);
    scenario->pools = generate_memory(scenario, spec->pool_count, sizeof *scenario->pools);
    for (size_t i = 0; i < spec->pool_count; i++) {
        scenario->pools[i] = (struct pool_spec){.id = generate_pool_ids[i],
                                                .country = generate_some_country(making),
                                                .crews = generate_between(making, 0, 3)};
    }
    spec->surge_count = (size_t)generate_between(making, 0, 2);
    scenario->surges = generate_memory(scenario, spec->surge_count, sizeof *scenario->surges);
    for (size_t i = 0; i < spec->surge_count; i++) {
        scenario->surges[i] = (struct surge_spec){
            .id = generate_surge_ids[i],
            .start_below_ppm = generate_between(making, least_trust / 2, least_trust),
            .slope_ppm = generate_between(making, 0, 3000000),
            .run_below_ppm = generate_between(making, 0, least_trust),
            .run_extra_ppm = generate_between(making, 0, 1000000),
        };
    }
}

static void generate_tags(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    scenario->tags = generate_memory(scenario, 4, sizeof *scenario->tags);
    for (size_t i = 0; i < 4; i++) {
        if (generate_chance(making, 80)) {
            scenario->tags[scenario->spec.tag_count++] = (struct tag_spec){
                .id = generate_tag_ids[i],
                .patch = generate_law_or_none(making, 80, making->pace * 2),
                .patch_shared = generate_law_or_none(making, 60, making->pace),
            };
        }
    }
}

/* Tags of one asset; the first asset carries all, so that every tag exists. */
static void generate_asset_tags(struct generate_making *making, struct asset_spec *asset,
                                bool all) {
    const char **const tags = generate_memory(making->scenario, 4, sizeof(const char *));
    for (size_t i = 0; i < 4; i++) {
        if (all || generate_chance(making, 40)) {
            tags[asset->tag_count++] = generate_tag_ids[i];
        }
    }
    asset->tags = tags;
}

static void generate_assets(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    const struct network_spec *const spec = &scenario->spec;
    scenario->assets = generate_memory(scenario, spec->asset_count, sizeof *scenario->assets);
    for (size_t i = 0; i < spec->asset_count; i++) {
        struct asset_spec *const asset = &scenario->assets[i];
        *asset = (struct asset_spec){
            .id = generate_asset_id(making, i),
            .country = generate_some_country(making),
            .sector =
                scenario->sectors[generate_between(making, 0, (int64_t)spec->sector_count - 1)].id,
            .people = generate_chance(making, 80) ? generate_between(making, 0, 100000) : 0,
            .value_per_hour =
                generate_chance(making, 70) ? generate_between(making, 0, 1000000) : 0,
            .combination = (enum combination)generate_between(making, 0, 2),
            .criticality = generate_between(making, 0, 2),
            .repair = generate_law_or_none(making, 85, making->pace * 2),
            .failure_ppm =
                making->frail && generate_chance(making, 50) ? generate_level(making) : 0,
            .lifetime = generate_law_or_none(making, making->frail ? 40 : 0, making->pace * 4),
            .lag_ppm = making->slow && generate_chance(making, 40) ? generate_level(making) : 0,
            .lag_ms = generate_duration(making, 8),
            .restart = generate_law_or_none(making, 30, making->pace / 2 + 1),
            .black_start = (enum black_start)generate_between(making, 0, 2),
        };
        if (asset->lag_ppm > 0) {
            asset->restart = (struct law_spec){.kind = LAW_NONE};
        }
        if (spec->pool_count > 0 && generate_chance(making, 70)) {
            asset->pool =
                scenario->pools[generate_between(making, 0, (int64_t)spec->pool_count - 1)].id;
        }
        if (generate_chance(making, 30)) {
            asset->manual_ppm = generate_between(making, 1, SPILL_PPM);
            asset->manual_delay = generate_law_or_none(making, 80, making->pace / 2 + 1);
            asset->manual_automatic = generate_chance(making, 50);
        }
        if (spec->surge_count > 0 && generate_chance(making, 40)) {
            asset->surge =
                scenario->surges[generate_between(making, 0, (int64_t)spec->surge_count - 1)].id;
            asset->headroom_ppm =
                generate_chance(making, 50) ? 0 : generate_between(making, SPILL_PPM, 1500000);
        }
        generate_asset_tags(making, asset, i == 0);
    }
}

static void generate_response(struct generate_making *making, struct need_spec *need) {
    const size_t count = (size_t)generate_between(making, 2, 4);
    struct response_point *const points = generate_memory(making->scenario, count, sizeof *points);
    for (size_t i = 0; i < count; i++) {
        const int64_t step = SPILL_PPM / (int64_t)count;
        points[i].arrives_ppm = (int64_t)i * step + generate_between(making, 0, step - 1);
        points[i].allows_ppm = (int64_t)i * step + generate_between(making, 0, step - 1);
    }
    points[0].arrives_ppm = 0;
    points[count - 1] = (struct response_point){.arrives_ppm = SPILL_PPM, .allows_ppm = SPILL_PPM};
    need->response = points;
    need->response_count = count;
}

static void generate_backups(struct generate_making *making, struct need_spec *need) {
    need->backup_count = (size_t)generate_between(making, 1, GENERATE_BACKUPS_MAX);
    struct backup_spec *const backups =
        generate_memory(making->scenario, need->backup_count, sizeof *backups);
    for (size_t i = 0; i < need->backup_count; i++) {
        backups[i] = (struct backup_spec){
            .id = generate_backup_ids[i],
            .level_ppm = generate_chance(making, 30) ? SPILL_PPM : generate_level(making),
            .start_failure_ppm =
                generate_chance(making, 50) ? 0 : generate_between(making, 0, 700000),
            .gap = generate_law_or_none(making, 50, 6),
            .autonomy = generate_law(making, making->pace),
            .recharge = generate_law_or_none(making, 70, making->pace),
        };
    }
    need->backups = backups;
}

static void generate_need(struct generate_making *making, struct need_spec *need, const char *asset,
                          size_t which) {
    const struct network_spec *const spec = &making->scenario->spec;
    *need = (struct need_spec){
        .asset = asset,
        .id = generate_need_ids[which],
        .kind = which == 4 ? "control" : NULL,
        .aggregator = (enum aggregator)generate_between(making, 0, 5),
        .black_start = generate_chance(making, 50),
        .manual_fallback = generate_chance(making, 60),
        .denominator = 1,
    };
    if (generate_chance(making, 30)) {
        generate_response(making, need);
    }
    if (generate_chance(making, 45)) {
        generate_backups(making, need);
    }
    if (spec->surge_count > 0 && generate_chance(making, 50)) {
        need->surge =
            making->scenario->surges[generate_between(making, 0, (int64_t)spec->surge_count - 1)]
                .id;
    }
}

static void generate_links_of(struct generate_making *making, struct need_spec *need) {
    struct generate_scenario *const scenario = making->scenario;
    const size_t first = scenario->spec.link_count;
    const int64_t wanted = generate_between(making, 0, GENERATE_SUPPLIERS_MAX);
    for (int64_t i = 0; i < wanted; i++) {
        const char *const supplier = generate_some_asset(making);
        bool known = strcmp(supplier, need->asset) == 0;
        for (size_t j = first; j < scenario->spec.link_count; j++) {
            known = known || strcmp(scenario->links[j].supplier, supplier) == 0;
        }
        if (known) {
            continue;
        }
        const bool linear = need->aggregator == AGGREGATOR_LINEAR;
        scenario->links[scenario->spec.link_count++] = (struct link_spec){
            .asset = need->asset,
            .need = need->id,
            .supplier = supplier,
            .weight = linear ? generate_level(making) : generate_between(making, 0, 3),
            .coupling_given = generate_chance(making, 40),
            .coupling_ppm = generate_between(making, 0, 10) * 100000,
            .delay_down_ms =
                making->instant && generate_chance(making, 80) ? 0 : generate_duration(making, 12),
            .delay_up_ms =
                making->instant && generate_chance(making, 80) ? 0 : generate_duration(making, 12),
        };
    }
    const int64_t count = (int64_t)(scenario->spec.link_count - first);
    if (need->aggregator == AGGREGATOR_K_OF_N) {
        if (count == 0) {
            need->aggregator = AGGREGATOR_ALL;
        } else {
            need->k = generate_between(making, 1, count);
        }
    }
    if (need->aggregator == AGGREGATOR_THRESHOLD) {
        need->denominator = generate_between(making, 1, 5);
        need->numerator = generate_between(making, 1, need->denominator);
        if (generate_chance(making, 40)) {
            need->fraction_law =
                (struct law_spec){.kind = LAW_UNIFORM,
                                  .a_ms = generate_between(making, 0, 500000),
                                  .b_ms = generate_between(making, 500000, 1500000)};
        }
    }
}

static void generate_needs(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    const size_t most = scenario->spec.asset_count * 5;
    scenario->needs = generate_memory(scenario, most, sizeof *scenario->needs);
    scenario->links =
        generate_memory(scenario, most * GENERATE_SUPPLIERS_MAX, sizeof *scenario->links);
    const int64_t percent = generate_between(making, 15, 60);
    for (size_t i = 0; i < scenario->spec.asset_count; i++) {
        for (size_t which = 0; which < 5; which++) {
            if (generate_chance(making, percent)) {
                struct need_spec *const need = &scenario->needs[scenario->spec.need_count++];
                generate_need(making, need, scenario->assets[i].id, which);
                generate_links_of(making, need);
            }
        }
    }
}

static void generate_trusts(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    const size_t most = scenario->spec.asset_count * 3;
    scenario->trusts = generate_memory(scenario, most, sizeof *scenario->trusts);
    const int64_t wanted = generate_between(making, 0, (int64_t)most);
    for (int64_t i = 0; i < wanted; i++) {
        struct trust_spec trust = {
            .from = generate_some_asset(making),
            .to = generate_some_asset(making),
            .mean_contact_ms = generate_duration(making, making->pace) + 1,
        };
        if (scenario->spec.link_count > 0 && generate_chance(making, 60)) {
            const int64_t last = (int64_t)scenario->spec.link_count - 1;
            const struct link_spec *const link =
                &scenario->links[generate_between(making, 0, last)];
            char carrier[GENERATE_TEXT_BYTES];
            snprintf(carrier, sizeof carrier, "%s/%s/%s", link->asset, link->need, link->supplier);
            trust.carrier = generate_text(scenario, carrier);
            const bool along = generate_chance(making, 50);
            trust.from = along ? link->supplier : link->asset;
            trust.to = along ? link->asset : link->supplier;
        }
        bool known = strcmp(trust.from, trust.to) == 0;
        for (size_t j = 0; j < scenario->spec.trust_count; j++) {
            known = known || (strcmp(scenario->trusts[j].from, trust.from) == 0 &&
                              strcmp(scenario->trusts[j].to, trust.to) == 0);
        }
        if (!known) {
            scenario->trusts[scenario->spec.trust_count++] = trust;
        }
    }
}

/* ---- Campaigns ---- */

static bool generate_carries_some(const struct asset_spec *asset,
                                  const struct campaign_spec *campaign) {
    for (size_t i = 0; i < asset->tag_count; i++) {
        for (size_t j = 0; j < campaign->tag_count; j++) {
            if (strcmp(asset->tags[i], campaign->tags[j]) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void generate_pushes(struct generate_making *making, struct campaign_spec *campaign) {
    struct push_spec *const pushes = generate_memory(making->scenario, 3, sizeof *pushes);
    const int64_t wanted = generate_between(making, 0, 3);
    for (int64_t i = 0; i < wanted; i++) {
        const struct push_spec push = {
            .supplier = generate_chance(making, 60) && campaign->entry_count > 0
                            ? campaign->entries[0]
                            : generate_some_asset(making),
            .tag = generate_chance(making, 70) ? campaign->tags[0]
                                               : generate_tag_ids[generate_between(making, 0, 3)],
            .probability_ppm = generate_between(making, 0, 10) * 100000,
            .delay = generate_law_or_none(making, 90, making->pace),
        };
        bool known = false;
        for (size_t j = 0; j < campaign->push_count; j++) {
            known = known || (strcmp(pushes[j].supplier, push.supplier) == 0 &&
                              strcmp(pushes[j].tag, push.tag) == 0);
        }
        if (!known) {
            pushes[campaign->push_count++] = push;
        }
    }
    campaign->pushes = pushes;
}

static void generate_campaign(struct generate_making *making, struct campaign_spec *campaign,
                              const char *id) {
    struct generate_scenario *const scenario = making->scenario;
    const char **const tags = generate_memory(scenario, 4, sizeof(const char *));
    *campaign = (struct campaign_spec){
        .id = id,
        .tags = tags,
        .spreads_by_trust = generate_chance(making, 80),
        .trigger_common = generate_chance(making, 30),
        .trigger_at_ms = generate_between(making, 0, making->ticks * making->tick_ms),
        .trigger_delay = generate_law_or_none(making, 90, making->pace * 2),
        .takes_health = generate_chance(making, 60),
        .health_ppm = generate_level(making),
        .takes_control = generate_chance(making, 50),
        .spreads_after_trigger = generate_chance(making, 40),
        .rebuilt_patched = generate_chance(making, 30),
        .detection = generate_law_or_none(making, 60, making->pace),
        .detection_shared = generate_law_or_none(making, 50, making->pace / 2 + 1),
    };
    const int64_t first = generate_between(making, 0, 3);
    tags[campaign->tag_count++] = generate_tag_ids[first];
    if (generate_chance(making, 50)) {
        tags[campaign->tag_count++] =
            generate_tag_ids[(first + generate_between(making, 1, 3)) % 4];
    }
    const char **const entries =
        generate_memory(scenario, scenario->spec.asset_count, sizeof(const char *));
    for (size_t i = 0; i < scenario->spec.asset_count && campaign->entry_count < 3; i++) {
        if (generate_carries_some(&scenario->assets[i], campaign) && generate_chance(making, 30)) {
            entries[campaign->entry_count++] = scenario->assets[i].id;
        }
    }
    if (campaign->entry_count == 0) {
        entries[campaign->entry_count++] = scenario->assets[0].id;
    }
    campaign->entries = entries;
    generate_pushes(making, campaign);
}

static void generate_campaigns(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    scenario->spec.campaign_count = (size_t)generate_between(making, 0, 2);
    scenario->campaigns =
        generate_memory(scenario, scenario->spec.campaign_count, sizeof *scenario->campaigns);
    for (size_t i = 0; i < scenario->spec.campaign_count; i++) {
        generate_campaign(making, &scenario->campaigns[i], generate_campaign_ids[i]);
    }
}

/* ---- Script ---- */

static enum action_kind generate_action_kind(struct generate_making *making) {
    if (generate_chance(making, 30)) {
        return ACTION_DAMAGE;
    }
    return (enum action_kind)generate_between(making, 0, ACTION_KIND_COUNT - 1);
}

/* False when the scenario has nothing that an action of this kind could name. */
static bool generate_action_fill(struct generate_making *making, struct oracle_action *action) {
    struct generate_scenario *const scenario = making->scenario;
    const struct network_spec *const spec = &scenario->spec;
    action->asset = generate_some_asset(making);
    action->country = generate_some_country(making);
    action->other_country = generate_some_country(making);
    action->tag = generate_tag_ids[generate_between(making, 0, 3)];
    action->amount_ppm = generate_level(making);
    action->count = generate_between(making, 0, 3);
    action->duration_ms = generate_duration(making, making->pace);
    action->root_kind = generate_chance(making, 50) ? "effect" : "order";
    action->root_id = generate_root_ids[generate_between(making, 0, 4)];
    if (spec->campaign_count > 0) {
        action->campaign =
            scenario->campaigns[generate_between(making, 0, (int64_t)spec->campaign_count - 1)].id;
    }
    if (spec->pool_count > 0) {
        action->pool =
            scenario->pools[generate_between(making, 0, (int64_t)spec->pool_count - 1)].id;
        action->other_pool =
            scenario->pools[generate_between(making, 0, (int64_t)spec->pool_count - 1)].id;
    }
    switch (action->kind) {
    case ACTION_CAMPAIGN_START:
    case ACTION_CAMPAIGN_STOP:
    case ACTION_CAMPAIGN_DELAY:
        return action->campaign != NULL;
    case ACTION_CLOSE_BORDER:
    case ACTION_OPEN_BORDER:
        return strcmp(action->country, action->other_country) != 0;
    case ACTION_MUTUAL_AID:
        return action->pool != NULL;
    case ACTION_LIMIT:
        action->amount_ppm = generate_chance(making, 40) ? SPILL_PPM : action->amount_ppm;
        return true;
    case ACTION_DISINFORMATION:
        action->amount_ppm = generate_between(making, 0, 400000);
        action->duration_ms = generate_duration(making, making->pace * 4);
        return true;
    default:
        return true;
    }
}

static void generate_script(struct generate_making *making) {
    struct generate_scenario *const scenario = making->scenario;
    const int64_t wanted = generate_between(making, 1, 60);
    const bool late = generate_chance(making, 30);
    scenario->actions = generate_memory(scenario, (size_t)wanted + 4, sizeof *scenario->actions);
    int64_t at_ms = 0;
    for (size_t i = 0; i < scenario->spec.campaign_count; i++) {
        scenario->actions[scenario->action_count++] = (struct generate_action){
            .given_after = -1,
            .action = {.at_ms = generate_duration(making, making->ticks / 4),
                       .kind = ACTION_CAMPAIGN_START,
                       .campaign = scenario->campaigns[i].id,
                       .root_kind = "effect",
                       .root_id = "start"},
        };
    }
    for (int64_t i = 0; i < wanted; i++) {
        if (!generate_chance(making, 25)) {
            at_ms = generate_chance(making, 70) ? generate_duration(making, making->ticks)
                                                : at_ms + generate_duration(making, 3);
        }
        struct generate_action action = {
            .given_after = -1,
            .action = {.at_ms = at_ms, .kind = generate_action_kind(making)},
        };
        const int64_t tick = (at_ms + making->tick_ms - 1) / making->tick_ms;
        if (late) {
            action.given_after = generate_between(making, -1, tick - 1);
        }
        if (generate_action_fill(making, &action.action)) {
            scenario->actions[scenario->action_count++] = action;
        }
    }
}

/* ---- The whole ---- */

bool generate_redraws(const struct generate_scenario *scenario, int64_t tick) {
    return scenario->redraw_after >= 0 && tick >= scenario->redraw_after &&
           (tick - scenario->redraw_after) % scenario->redraw_every == 0;
}

static void generate_basics(struct generate_making *making) {
    static const int64_t tick_ms[] = {0, 1, 250, 1000, 7000};
    static const int64_t paces[] = {5, 20, 20, 60, 150};
    struct network_spec *const spec = &making->scenario->spec;
    spec->tick_ms = tick_ms[generate_between(making, 0, 4)];
    making->tick_ms = spec->tick_ms == 0 ? 1000 : spec->tick_ms;
    making->pace = paces[generate_between(making, 0, 4)];
    making->ticks = generate_between(making, 200, generate_chance(making, 5) ? 3000 : 500);
    making->instant = generate_chance(making, 40);
    making->wide = generate_chance(making, 5);
    making->frail = generate_chance(making, 30);
    making->slow = generate_chance(making, 30);
    spec->dwell_ms = generate_chance(making, 50) ? 0 : generate_duration(making, 6);
    spec->horizon_ms = making->ticks * making->tick_ms;
    spec->asset_count = (size_t)generate_between(making, 2, generate_chance(making, 50) ? 8 : 25);
    spec->information = (struct information_spec){
        .interval_ms = generate_chance(making, 10)
                           ? 0
                           : generate_between(making, 1, generate_chance(making, 50) ? 8 : 60) *
                                     making->tick_ms -
                                 generate_between(making, 0, 1) * (making->tick_ms / 3),
        .recover_ppm = generate_between(making, 0, 300000),
        .outage_weight_ppm = generate_between(making, 0, 200000),
        .narrative_weight_ppm = generate_between(making, 0, 300000),
        .narrative_decay_ppm = generate_between(making, 0, 500000),
        .message_gain_ppm = generate_between(making, 0, 500000),
        .message_counter_ppm = generate_between(making, 0, SPILL_PPM),
    };
    if (generate_chance(making, 50)) {
        spec->information.outage_weight_ppm /= 10;
        spec->information.narrative_weight_ppm /= 10;
    }
    making->scenario->ticks = making->ticks;
    making->scenario->seed = generate_random_next(&making->random);
    making->scenario->replica =
        generate_chance(making, 60) ? 0 : (uint32_t)generate_between(making, 1, UINT32_MAX);
    making->scenario->redraw_after = -1;
    if (generate_chance(making, 40)) {
        making->scenario->redraw_after = generate_between(making, 0, making->ticks / 2);
        making->scenario->redraw_every = generate_between(
            making, generate_chance(making, 5) ? 1 : making->ticks / 10, making->ticks);
        making->scenario->redraw_replica = (uint32_t)generate_between(making, 1, 1000);
    }
}

/* Two assets that wear each other down by a millionth a round: the only way to the limit of rounds.
 */
static void generate_slow_decay(struct generate_making *making) {
    static const struct need_spec needs[] = {
        {.asset = "a", .id = "data", .aggregator = AGGREGATOR_ALL},
        {.asset = "b", .id = "data", .aggregator = AGGREGATOR_ALL},
    };
    static const struct link_spec links[] = {
        {.asset = "a", .need = "data", .supplier = "b"},
        {.asset = "b", .need = "data", .supplier = "a"},
    };
    static const char *const ids[] = {"a", "b"};
    struct generate_scenario *const scenario = making->scenario;
    scenario->spec.asset_count = 2;
    scenario->assets = generate_memory(scenario, 2, sizeof *scenario->assets);
    scenario->needs = generate_memory(scenario, 2, sizeof *scenario->needs);
    scenario->links = generate_memory(scenario, 2, sizeof *scenario->links);
    scenario->actions = generate_memory(scenario, 2, sizeof *scenario->actions);
    for (size_t i = 0; i < 2; i++) {
        scenario->assets[i] = (struct asset_spec){
            .id = ids[i],
            .country = scenario->countries[0].id,
            .sector = scenario->sectors[0].id,
            .people = 1000,
            .combination = COMBINE_PRODUCT,
        };
        scenario->needs[i] = needs[i];
        scenario->links[i] = links[i];
        scenario->actions[i] = (struct generate_action){
            .given_after = -1,
            .action = {.at_ms = (int64_t)i * making->tick_ms,
                       .kind = ACTION_DAMAGE,
                       .asset = ids[i],
                       .amount_ppm = 999999,
                       .root_kind = "effect",
                       .root_id = ids[i]},
        };
    }
    scenario->spec.need_count = 2;
    scenario->spec.link_count = 2;
    scenario->action_count = 2;
    scenario->spec.horizon_ms = 30 * making->tick_ms;
    scenario->ticks = 30;
}

/* Demand falls while a backup is on, so that it lasts longer than its fixed law says; the forecast
 * starts in between. */
static void generate_outlasted_law(struct generate_making *making) {
    static const struct backup_spec backup = {
        .id = "ups", .level_ppm = 500000, .autonomy = {.kind = LAW_FIXED, .a_ms = 9680}};
    static const char *const ids[] = {"a", "b"};
    struct generate_scenario *const scenario = making->scenario;
    struct network_spec *const spec = &scenario->spec;
    spec->tick_ms = 1000;
    spec->horizon_ms = 40000;
    spec->asset_count = 2;
    spec->need_count = 1;
    spec->link_count = 1;
    spec->surge_count = 1;
    scenario->ticks = 40;
    scenario->action_count = 2;
    scenario->redraw_after = 13;
    scenario->redraw_every = 100;
    scenario->redraw_replica = 1;
    spec->information = (struct information_spec){.interval_ms = 1000,
                                                  .recover_ppm = SPILL_PPM,
                                                  .narrative_weight_ppm = SPILL_PPM,
                                                  .narrative_decay_ppm = SPILL_PPM};
    scenario->assets = generate_memory(scenario, 2, sizeof *scenario->assets);
    scenario->needs = generate_memory(scenario, 1, sizeof *scenario->needs);
    scenario->links = generate_memory(scenario, 1, sizeof *scenario->links);
    scenario->surges = generate_memory(scenario, 1, sizeof *scenario->surges);
    scenario->actions = generate_memory(scenario, 2, sizeof *scenario->actions);
    scenario->surges[0] =
        (struct surge_spec){.id = "fuel", .start_below_ppm = 200000, .slope_ppm = 6000000};
    for (size_t i = 0; i < spec->country_count; i++) {
        scenario->countries[i].trust_ppm = 200000;
    }
    for (size_t i = 0; i < 2; i++) {
        scenario->assets[i] = (struct asset_spec){
            .id = ids[i], .country = scenario->countries[0].id, .sector = scenario->sectors[0].id};
    }
    scenario->needs[0] = (struct need_spec){
        .asset = "a", .id = "data", .surge = "fuel", .backups = &backup, .backup_count = 1};
    scenario->links[0] = (struct link_spec){.asset = "a", .need = "data", .supplier = "b"};
    scenario->actions[0] = (struct generate_action){.given_after = -1,
                                                    .action = {.at_ms = 2000,
                                                               .kind = ACTION_DISINFORMATION,
                                                               .country = scenario->countries[0].id,
                                                               .amount_ppm = 100000,
                                                               .duration_ms = 1,
                                                               .root_kind = "effect",
                                                               .root_id = "e1"}};
    scenario->actions[1] = (struct generate_action){.given_after = -1,
                                                    .action = {.at_ms = 3000,
                                                               .kind = ACTION_DAMAGE,
                                                               .asset = "b",
                                                               .root_kind = "effect",
                                                               .root_id = "e2"}};
}

struct generate_scenario *generate_scenario(uint64_t number) {
    struct generate_scenario *const scenario = generate_begin();
    scenario->number = number;
    struct generate_making making = {.scenario = scenario, .random = {.state = number}};
    generate_basics(&making);
    generate_countries(&making);
    if (number % 256 == 255) {
        generate_slow_decay(&making);
    } else if (number % 256 == 254) {
        generate_outlasted_law(&making);
    } else {
        generate_tags(&making);
        generate_assets(&making);
        generate_needs(&making);
        generate_trusts(&making);
        generate_campaigns(&making);
        generate_script(&making);
        generate_layers(scenario, &making.random, making.pace * making.tick_ms);
    }
    generate_finish(scenario);
    return scenario;
}
