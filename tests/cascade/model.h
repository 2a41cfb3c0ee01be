/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model: a small network written down in a test, and what tests ask of a trajectory.
 *
 * Capacities are fixed; a test that needs more fills a network_spec itself. Texts are borrowed.
 */
#ifndef SPILL_TEST_MODEL_H
#define SPILL_TEST_MODEL_H

#include "tests/check.h"

#include <string.h>

#include "coordinator/cascade/cascade.h"
#include "coordinator/cascade/chance.h"

enum { MODEL_MAX = 64, MODEL_RECORDS_MAX = 4096 };

#define MODEL_SECOND INT64_C(1000)
#define MODEL_MINUTE (60 * MODEL_SECOND)
#define MODEL_HOUR (60 * MODEL_MINUTE)
#define MODEL_Q SPILL_PPM

struct model {
    struct network_spec spec;
    struct country_spec countries[MODEL_MAX];
    struct sector_spec sectors[MODEL_MAX];
    struct pool_spec pools[MODEL_MAX];
    struct tag_spec tags[MODEL_MAX];
    struct surge_spec surges[MODEL_MAX];
    struct asset_spec assets[MODEL_MAX];
    struct need_spec needs[MODEL_MAX];
    struct link_spec links[MODEL_MAX];
    struct trust_spec trusts[MODEL_MAX];
    struct campaign_spec campaigns[MODEL_MAX];
    struct layer_spec layers[MODEL_MAX];
    struct edge_spec edges[2 * MODEL_MAX];

    struct network *network;
    struct cascade *cascade;
    struct cause_record records[MODEL_RECORDS_MAX];
    size_t record_count;
};

/* An empty model with country "aa" and sector "power". */
static inline void model_begin(struct model *model) {
    memset(model, 0, sizeof *model);
    model->spec = (struct network_spec){
        .countries = model->countries,
        .country_count = 1,
        .sectors = model->sectors,
        .sector_count = 1,
        .pools = model->pools,
        .tags = model->tags,
        .surges = model->surges,
        .assets = model->assets,
        .needs = model->needs,
        .links = model->links,
        .trusts = model->trusts,
        .campaigns = model->campaigns,
        .layers = model->layers,
        .edges = model->edges,
    };
    model->countries[0] = (struct country_spec){.id = "aa", .trust_ppm = 700000};
    model->sectors[0] = (struct sector_spec){.id = "power"};
}

static inline struct country_spec *model_country(struct model *model, const char *id) {
    struct country_spec *const country = &model->countries[model->spec.country_count++];
    *country = (struct country_spec){.id = id, .trust_ppm = 700000};
    return country;
}

static inline struct sector_spec *model_sector(struct model *model, const char *id) {
    struct sector_spec *const sector = &model->sectors[model->spec.sector_count++];
    *sector = (struct sector_spec){.id = id};
    return sector;
}

static inline struct pool_spec *model_pool(struct model *model, const char *id, int64_t crews) {
    struct pool_spec *const pool = &model->pools[model->spec.pool_count++];
    *pool = (struct pool_spec){.id = id, .country = "aa", .crews = crews};
    return pool;
}

static inline struct tag_spec *model_tag(struct model *model, const char *id) {
    struct tag_spec *const tag = &model->tags[model->spec.tag_count++];
    *tag = (struct tag_spec){.id = id};
    return tag;
}

static inline struct surge_spec *model_surge(struct model *model, const char *id) {
    struct surge_spec *const surge = &model->surges[model->spec.surge_count++];
    *surge = (struct surge_spec){.id = id};
    return surge;
}

static inline struct asset_spec *model_asset(struct model *model, const char *id) {
    CHECK_LT(model->spec.asset_count, (size_t)MODEL_MAX);
    struct asset_spec *const asset = &model->assets[model->spec.asset_count++];
    *asset = (struct asset_spec){.id = id, .country = "aa", .sector = "power", .people = 1000};
    return asset;
}

static inline struct need_spec *model_need(struct model *model, const char *asset, const char *id) {
    CHECK_LT(model->spec.need_count, (size_t)MODEL_MAX);
    struct need_spec *const need = &model->needs[model->spec.need_count++];
    *need = (struct need_spec){.asset = asset, .id = id};
    return need;
}

static inline struct link_spec *model_link(struct model *model, const char *asset, const char *need,
                                           const char *supplier) {
    CHECK_LT(model->spec.link_count, (size_t)MODEL_MAX);
    struct link_spec *const link = &model->links[model->spec.link_count++];
    *link = (struct link_spec){.asset = asset, .need = need, .supplier = supplier};
    return link;
}

static inline struct trust_spec *model_trust(struct model *model, const char *from, const char *to,
                                             int64_t mean_ms) {
    struct trust_spec *const trust = &model->trusts[model->spec.trust_count++];
    *trust = (struct trust_spec){.from = from, .to = to, .mean_contact_ms = mean_ms};
    return trust;
}

static inline struct campaign_spec *model_campaign(struct model *model, const char *id) {
    struct campaign_spec *const campaign = &model->campaigns[model->spec.campaign_count++];
    *campaign = (struct campaign_spec){.id = id};
    return campaign;
}

static inline struct layer_spec *model_layer(struct model *model, const char *id,
                                             enum layer_kind kind, const char *sector) {
    struct layer_spec *const layer = &model->layers[model->spec.layer_count++];
    *layer = (struct layer_spec){.id = id, .kind = kind, .sector = sector};
    return layer;
}

static inline struct edge_spec *model_edge(struct model *model, const char *from, const char *to) {
    CHECK_LT(model->spec.edge_count, (size_t)(2 * MODEL_MAX));
    struct edge_spec *const edge = &model->edges[model->spec.edge_count++];
    *edge = (struct edge_spec){.from = from, .to = to};
    return edge;
}

static inline struct law_spec model_fixed(int64_t value_ms) {
    return (struct law_spec){.kind = LAW_FIXED, .a_ms = value_ms};
}

static inline struct law_spec model_exponential(int64_t mean_ms) {
    return (struct law_spec){.kind = LAW_EXPONENTIAL, .a_ms = mean_ms};
}

static inline void model_on_cause(const struct cause_record *record, void *context) {
    struct model *const model = context;
    CHECK_LT(model->record_count, (size_t)MODEL_RECORDS_MAX);
    model->records[model->record_count++] = *record;
}

static inline void model_build(struct model *model) {
    struct spill_error error = {.text = ""};
    if (network_create(&model->spec, &model->network, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

/* Makes the network and a trajectory with causes and digests. */
static inline void model_open(struct model *model, uint64_t seed) {
    model_build(model);
    const struct cascade_options options = {
        .seed = seed, .digests = true, .on_cause = model_on_cause, .context = model};
    CHECK_OK(cascade_create(model->network, &options, &model->cascade));
}

static inline void model_close(struct model *model) {
    cascade_destroy(&model->cascade);
    network_destroy(&model->network);
}

/* ---- References by id ---- */

static inline struct asset_ref model_ref(const struct model *model, const char *id) {
    struct asset_ref asset = {0};
    CHECK_OK(network_find_asset(model->network, id, &asset));
    return asset;
}

static inline struct need_ref model_need_ref(const struct model *model, const char *asset,
                                             const char *id) {
    size_t count = 0;
    struct need_ref need = network_asset_needs(model->network, model_ref(model, asset), &count);
    for (size_t i = 0; i < count; i++, need.index++) {
        if (strcmp(network_need_id(model->network, need), id) == 0) {
            return need;
        }
    }
    CHECK_FAIL("no need %s/%s", asset, id);
    return need;
}

static inline struct link_ref model_link_ref(const struct model *model, const char *asset,
                                             const char *need, const char *supplier) {
    size_t count = 0;
    struct link_ref link =
        network_need_links(model->network, model_need_ref(model, asset, need), &count);
    for (size_t i = 0; i < count; i++, link.index++) {
        if (network_link_supplier(model->network, link).index == model_ref(model, supplier).index) {
            return link;
        }
    }
    CHECK_FAIL("no link %s/%s/%s", asset, need, supplier);
    return link;
}

static inline struct country_ref model_country_ref(const struct model *model, const char *id) {
    struct country_ref country = {0};
    CHECK_OK(network_find_country(model->network, id, &country));
    return country;
}

static inline struct pool_ref model_pool_ref(const struct model *model, const char *id) {
    struct pool_ref pool = {0};
    CHECK_OK(network_find_pool(model->network, id, &pool));
    return pool;
}

static inline struct tag_ref model_tag_ref(const struct model *model, const char *id) {
    struct tag_ref tag = {0};
    CHECK_OK(network_find_tag(model->network, id, &tag));
    return tag;
}

static inline struct campaign_ref model_campaign_ref(const struct model *model, const char *id) {
    struct campaign_ref campaign = {0};
    CHECK_OK(network_find_campaign(model->network, id, &campaign));
    return campaign;
}

/* ---- Acting and looking ---- */

/* An action on an asset, with root "effect:<root>". */
static inline void model_act(const struct model *model, int64_t at_ms, enum action_kind kind,
                             const char *asset, int64_t amount, const char *root) {
    const struct action action = {.kind = kind,
                                  .asset = asset == NULL ? (struct asset_ref){0}
                                                         : model_ref(model, asset),
                                  .amount_ppm = amount,
                                  .count = amount,
                                  .root_kind = "effect",
                                  .root_id = root};
    CHECK_OK(cascade_act(model->cascade, at_ms, &action));
}

static inline void model_damage(const struct model *model, int64_t at_ms, const char *asset,
                                int64_t amount_ppm) {
    model_act(model, at_ms, ACTION_DAMAGE, asset, amount_ppm, "strike");
}

/* Runs everything up to this time, and lets integrals run to it. */
static inline void model_run(const struct model *model, int64_t until_ms) {
    while (cascade_next_ms(model->cascade) <= until_ms) {
        cascade_step(model->cascade);
    }
    cascade_idle(model->cascade, until_ms);
}

static inline int64_t model_service(const struct model *model, const char *asset) {
    return cascade_service_ppm(model->cascade, model_ref(model, asset));
}

/* The first time up to a horizon at which the service is this; -1 if it never is. Steps on from
 * now. */
static inline int64_t model_when(const struct model *model, const char *asset, int64_t service_ppm,
                                 int64_t until_ms) {
    while (model_service(model, asset) != service_ppm) {
        if (cascade_next_ms(model->cascade) > until_ms) {
            return -1;
        }
        cascade_step(model->cascade);
    }
    return cascade_now_ms(model->cascade);
}

#endif
