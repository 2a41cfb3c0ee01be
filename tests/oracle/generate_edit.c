/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios made from others: in another order, and with one thing less. */
#include "tests/oracle/generate_memory.h"

#include <stdio.h>
#include <string.h>

enum { GENERATE_ITEM_BYTES = 1024, GENERATE_CARRIER_BYTES = 256 };

/* ---- Another order ---- */

static void generate_shuffle(struct generate_random *random, void *array, size_t count,
                             size_t size_bytes) {
    unsigned char *const items = array;
    unsigned char item[GENERATE_ITEM_BYTES];
    SPILL_ASSERT(size_bytes <= sizeof item);
    for (size_t i = count; i > 1; i--) {
        const size_t j = (size_t)generate_random_between(random, 0, (int64_t)i - 1);
        memcpy(item, items + (i - 1) * size_bytes, size_bytes);
        memmove(items + (i - 1) * size_bytes, items + j * size_bytes, size_bytes);
        memcpy(items + j * size_bytes, item, size_bytes);
    }
}

/* A shuffled copy of a list of texts. */
static const char *const *generate_shuffle_texts(struct generate_scenario *scenario,
                                                 struct generate_random *random,
                                                 const char *const *texts, size_t count) {
    const char **const copy = generate_memory(scenario, count, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        copy[i] = texts[i];
    }
    generate_shuffle(random, copy, count, sizeof *copy);
    return copy;
}

struct generate_scenario *generate_permuted(const struct generate_scenario *scenario,
                                            uint64_t number) {
    struct generate_scenario *const copy = generate_copy(scenario);
    const struct network_spec *const spec = &copy->spec;
    struct generate_random random = {.state = number};
    generate_shuffle(&random, copy->countries, spec->country_count, sizeof *copy->countries);
    generate_shuffle(&random, copy->sectors, spec->sector_count, sizeof *copy->sectors);
    generate_shuffle(&random, copy->pools, spec->pool_count, sizeof *copy->pools);
    generate_shuffle(&random, copy->tags, spec->tag_count, sizeof *copy->tags);
    generate_shuffle(&random, copy->surges, spec->surge_count, sizeof *copy->surges);
    generate_shuffle(&random, copy->assets, spec->asset_count, sizeof *copy->assets);
    generate_shuffle(&random, copy->needs, spec->need_count, sizeof *copy->needs);
    generate_shuffle(&random, copy->links, spec->link_count, sizeof *copy->links);
    generate_shuffle(&random, copy->trusts, spec->trust_count, sizeof *copy->trusts);
    generate_shuffle(&random, copy->campaigns, spec->campaign_count, sizeof *copy->campaigns);
    generate_shuffle(&random, copy->layers, spec->layer_count, sizeof *copy->layers);
    generate_shuffle(&random, copy->edges, spec->edge_count, sizeof *copy->edges);
    for (size_t i = 0; i < spec->edge_count; i++) {
        struct edge_spec *const edge = &copy->edges[i];
        if (generate_random_between(&random, 0, 1) == 1) {
            const char *const from = edge->from;
            edge->from = edge->to;
            edge->to = from;
        }
    }
    for (size_t i = 0; i < spec->asset_count; i++) {
        struct asset_spec *const asset = &copy->assets[i];
        asset->tags = generate_shuffle_texts(copy, &random, asset->tags, asset->tag_count);
    }
    for (size_t i = 0; i < spec->campaign_count; i++) {
        struct campaign_spec *const campaign = &copy->campaigns[i];
        campaign->tags = generate_shuffle_texts(copy, &random, campaign->tags, campaign->tag_count);
        campaign->entries =
            generate_shuffle_texts(copy, &random, campaign->entries, campaign->entry_count);
        struct push_spec *const pushes =
            generate_memory(copy, campaign->push_count, sizeof *pushes);
        for (size_t j = 0; j < campaign->push_count; j++) {
            pushes[j] = campaign->pushes[j];
        }
        generate_shuffle(&random, pushes, campaign->push_count, sizeof *pushes);
        campaign->pushes = pushes;
    }
    return copy;
}

/* ---- One thing less ---- */

static bool generate_same(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool generate_link_exists(const struct generate_scenario *scenario, const char *carrier) {
    for (size_t i = 0; i < scenario->spec.link_count; i++) {
        char id[GENERATE_CARRIER_BYTES];
        const struct link_spec *const link = &scenario->links[i];
        snprintf(id, sizeof id, "%s/%s/%s", link->asset, link->need, link->supplier);
        if (strcmp(id, carrier) == 0) {
            return true;
        }
    }
    return false;
}

static bool generate_need_exists(const struct generate_scenario *scenario,
                                 const struct link_spec *link) {
    for (size_t i = 0; i < scenario->spec.need_count; i++) {
        if (generate_same(scenario->needs[i].asset, link->asset) &&
            generate_same(scenario->needs[i].id, link->need)) {
            return true;
        }
    }
    return false;
}

/* Drops links without their need, and carriers without their link. */
static void generate_tidy(struct generate_scenario *scenario) {
    struct network_spec *const spec = &scenario->spec;
    size_t kept = 0;
    for (size_t i = 0; i < spec->link_count; i++) {
        if (generate_need_exists(scenario, &scenario->links[i])) {
            scenario->links[kept++] = scenario->links[i];
        }
    }
    spec->link_count = kept;
    for (size_t i = 0; i < spec->trust_count; i++) {
        struct trust_spec *const trust = &scenario->trusts[i];
        if (trust->carrier != NULL && !generate_link_exists(scenario, trust->carrier)) {
            trust->carrier = NULL;
        }
    }
    /* k of n needs at least k links. */
    for (size_t i = 0; i < spec->need_count; i++) {
        int64_t count = 0;
        for (size_t j = 0; j < spec->link_count; j++) {
            count += generate_same(scenario->links[j].asset, scenario->needs[i].asset) &&
                     generate_same(scenario->links[j].need, scenario->needs[i].id);
        }
        if (scenario->needs[i].aggregator == AGGREGATOR_K_OF_N && scenario->needs[i].k > count) {
            scenario->needs[i].k = count;
            if (count == 0) {
                scenario->needs[i].aggregator = AGGREGATOR_ALL;
            }
        }
    }
}

static void generate_drop_campaign_asset(struct generate_scenario *scenario,
                                         struct campaign_spec *campaign, const char *id) {
    const char **const entries =
        generate_memory(scenario, campaign->entry_count, sizeof(const char *));
    size_t kept = 0;
    for (size_t i = 0; i < campaign->entry_count; i++) {
        if (!generate_same(campaign->entries[i], id)) {
            entries[kept++] = campaign->entries[i];
        }
    }
    campaign->entries = entries;
    campaign->entry_count = kept;
    struct push_spec *const pushes =
        generate_memory(scenario, campaign->push_count, sizeof *pushes);
    kept = 0;
    for (size_t i = 0; i < campaign->push_count; i++) {
        if (!generate_same(campaign->pushes[i].supplier, id)) {
            pushes[kept++] = campaign->pushes[i];
        }
    }
    campaign->pushes = pushes;
    campaign->push_count = kept;
}

static void generate_drop_asset(struct generate_scenario *scenario, size_t at) {
    struct network_spec *const spec = &scenario->spec;
    const char *const id = scenario->assets[at].id;
    memmove(&scenario->assets[at], &scenario->assets[at + 1],
            (spec->asset_count - at - 1) * sizeof *scenario->assets);
    spec->asset_count--;
    size_t kept = 0;
    for (size_t i = 0; i < spec->need_count; i++) {
        if (!generate_same(scenario->needs[i].asset, id)) {
            scenario->needs[kept++] = scenario->needs[i];
        }
    }
    spec->need_count = kept;
    kept = 0;
    for (size_t i = 0; i < spec->link_count; i++) {
        if (!generate_same(scenario->links[i].supplier, id)) {
            scenario->links[kept++] = scenario->links[i];
        }
    }
    spec->link_count = kept;
    kept = 0;
    for (size_t i = 0; i < spec->trust_count; i++) {
        if (!generate_same(scenario->trusts[i].from, id) &&
            !generate_same(scenario->trusts[i].to, id)) {
            scenario->trusts[kept++] = scenario->trusts[i];
        }
    }
    spec->trust_count = kept;
    kept = 0;
    for (size_t i = 0; i < spec->edge_count; i++) {
        struct edge_spec edge = scenario->edges[i];
        if (!generate_same(edge.from, id) && !generate_same(edge.to, id)) {
            edge.line = generate_same(edge.line, id) ? NULL : edge.line;
            scenario->edges[kept++] = edge;
        }
    }
    spec->edge_count = kept;
    for (size_t i = 0; i < spec->campaign_count; i++) {
        generate_drop_campaign_asset(scenario, &scenario->campaigns[i], id);
    }
    kept = 0;
    for (size_t i = 0; i < scenario->action_count; i++) {
        struct generate_action action = scenario->actions[i];
        const bool named = generate_same(action.action.asset, id);
        const bool by_asset =
            action.action.kind == ACTION_DAMAGE || action.action.kind == ACTION_ISOLATE_ASSET ||
            action.action.kind == ACTION_RECONNECT_ASSET || action.action.kind == ACTION_PRIORITY ||
            (action.action.kind >= ACTION_REFUEL && action.action.kind <= ACTION_MANUAL_MODE);
        if (named) {
            action.action.asset = NULL;
        }
        if (!(named && by_asset)) {
            scenario->actions[kept++] = action;
        }
    }
    scenario->action_count = kept;
}

static void generate_drop_campaign(struct generate_scenario *scenario, size_t at) {
    struct network_spec *const spec = &scenario->spec;
    const char *const id = scenario->campaigns[at].id;
    memmove(&scenario->campaigns[at], &scenario->campaigns[at + 1],
            (spec->campaign_count - at - 1) * sizeof *scenario->campaigns);
    spec->campaign_count--;
    size_t kept = 0;
    for (size_t i = 0; i < scenario->action_count; i++) {
        struct generate_action action = scenario->actions[i];
        const bool named = generate_same(action.action.campaign, id);
        const bool by_campaign = action.action.kind >= ACTION_CAMPAIGN_START &&
                                 action.action.kind <= ACTION_CAMPAIGN_DELAY;
        if (named) {
            action.action.campaign = NULL;
        }
        if (!(named && by_campaign)) {
            scenario->actions[kept++] = action;
        }
    }
    scenario->action_count = kept;
}

enum {
    GENERATE_ASSET_PARTS = 11,
    GENERATE_NEED_PARTS = 6,
    GENERATE_LINK_PARTS = 4,
    GENERATE_CAMPAIGN_PARTS = 4
};

static void generate_plain_asset(struct asset_spec *asset, size_t part) {
    const struct law_spec none = {.kind = LAW_NONE};
    const struct law_spec one = {.kind = LAW_FIXED, .a_ms = 1};
    switch (part) {
    case 0:
        asset->restart = none;
        break;
    case 1:
        asset->repair = none;
        break;
    case 2:
        asset->manual_ppm = 0;
        break;
    case 3:
        asset->black_start = BLACK_START_NONE;
        break;
    case 4:
        asset->surge = NULL;
        break;
    case 5:
        asset->pool = NULL;
        break;
    case 6:
        asset->people = 0;
        asset->value_per_hour = 0;
        break;
    case 7:
        asset->failure_ppm = 0;
        break;
    case 8:
        asset->lifetime = none;
        break;
    case 9:
        asset->lag_ppm = 0;
        break;
    default:
        asset->repair = asset->repair.kind == LAW_NONE ? none : one;
        break;
    }
}

static void generate_plain_need(struct need_spec *need, size_t part) {
    switch (part) {
    case 0:
        need->backup_count = 0;
        break;
    case 1:
        need->response_count = 0;
        break;
    case 2:
        need->surge = NULL;
        break;
    case 3:
        need->backup_count = need->backup_count > 0 ? need->backup_count - 1 : 0;
        break;
    case 4:
        need->black_start = false;
        break;
    default:
        need->manual_fallback = false;
        break;
    }
}

static void generate_plain_link(struct link_spec *link, size_t part) {
    switch (part) {
    case 0:
        link->coupling_given = false;
        break;
    case 1:
        link->delay_down_ms = 0;
        break;
    case 2:
        link->delay_up_ms = 0;
        break;
    default:
        link->weight = 0;
        break;
    }
}

static void generate_plain_campaign(struct campaign_spec *campaign, size_t part) {
    switch (part) {
    case 0:
        campaign->push_count = 0;
        break;
    case 1:
        campaign->spreads_by_trust = false;
        break;
    case 2:
        campaign->takes_health = false;
        break;
    default:
        campaign->takes_control = false;
        break;
    }
}

static void generate_plain_whole(struct generate_scenario *scenario, size_t part) {
    switch (part) {
    case 0:
        scenario->redraw_after = -1;
        break;
    case 1:
        scenario->replica = 0;
        break;
    case 2:
        scenario->spec.dwell_ms = 0;
        break;
    default:
        for (size_t i = 0; i < scenario->action_count; i++) {
            scenario->actions[i].given_after = -1;
        }
        break;
    }
}

/* True if step falls within the next `count` things; else it is taken down by them. */
static bool generate_step_in(size_t *step, size_t count) {
    if (*step < count) {
        return true;
    }
    *step -= count;
    return false;
}

/* A layer with its edges. */
static void generate_drop_layer(struct generate_scenario *scenario, size_t at) {
    struct network_spec *const spec = &scenario->spec;
    const char *const sector = scenario->layers[at].sector;
    size_t kept = 0;
    for (size_t i = 0; i < spec->edge_count; i++) {
        bool inside = false;
        for (size_t j = 0; j < spec->asset_count; j++) {
            inside = inside || (generate_same(scenario->assets[j].id, scenario->edges[i].from) &&
                                generate_same(scenario->assets[j].sector, sector));
        }
        if (!inside) {
            scenario->edges[kept++] = scenario->edges[i];
        }
    }
    spec->edge_count = kept;
    memmove(&scenario->layers[at], &scenario->layers[at + 1],
            (spec->layer_count - at - 1) * sizeof *scenario->layers);
    spec->layer_count--;
}

struct generate_scenario *generate_without(const struct generate_scenario *scenario, size_t step) {
    struct generate_scenario *copy = generate_copy(scenario);
    struct network_spec *const spec = &copy->spec;
    if (generate_step_in(&step, spec->campaign_count)) {
        generate_drop_campaign(copy, step);
    } else if (generate_step_in(&step, spec->asset_count)) {
        generate_drop_asset(copy, step);
    } else if (generate_step_in(&step, spec->layer_count)) {
        generate_drop_layer(copy, step);
    } else if (generate_step_in(&step, spec->edge_count)) {
        memmove(&copy->edges[step], &copy->edges[step + 1],
                (spec->edge_count - step - 1) * sizeof *copy->edges);
        spec->edge_count--;
    } else if (generate_step_in(&step, copy->action_count)) {
        memmove(&copy->actions[step], &copy->actions[step + 1],
                (copy->action_count - step - 1) * sizeof *copy->actions);
        copy->action_count--;
    } else if (generate_step_in(&step, spec->need_count)) {
        memmove(&copy->needs[step], &copy->needs[step + 1],
                (spec->need_count - step - 1) * sizeof *copy->needs);
        spec->need_count--;
    } else if (generate_step_in(&step, spec->link_count)) {
        memmove(&copy->links[step], &copy->links[step + 1],
                (spec->link_count - step - 1) * sizeof *copy->links);
        spec->link_count--;
    } else if (generate_step_in(&step, spec->trust_count)) {
        memmove(&copy->trusts[step], &copy->trusts[step + 1],
                (spec->trust_count - step - 1) * sizeof *copy->trusts);
        spec->trust_count--;
    } else if (generate_step_in(&step, spec->asset_count * GENERATE_ASSET_PARTS)) {
        generate_plain_asset(&copy->assets[step / GENERATE_ASSET_PARTS],
                             step % GENERATE_ASSET_PARTS);
    } else if (generate_step_in(&step, spec->need_count * GENERATE_NEED_PARTS)) {
        generate_plain_need(&copy->needs[step / GENERATE_NEED_PARTS], step % GENERATE_NEED_PARTS);
    } else if (generate_step_in(&step, spec->link_count * GENERATE_LINK_PARTS)) {
        generate_plain_link(&copy->links[step / GENERATE_LINK_PARTS], step % GENERATE_LINK_PARTS);
    } else if (generate_step_in(&step, spec->campaign_count * GENERATE_CAMPAIGN_PARTS)) {
        generate_plain_campaign(&copy->campaigns[step / GENERATE_CAMPAIGN_PARTS],
                                step % GENERATE_CAMPAIGN_PARTS);
    } else if (generate_step_in(&step, 4)) {
        generate_plain_whole(copy, step);
    } else {
        generate_destroy(&copy);
        return NULL;
    }
    generate_tidy(copy);
    return copy;
}
