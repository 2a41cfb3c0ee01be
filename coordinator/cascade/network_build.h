/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_build: the steps of network_create, in the order in which they run; for the files of this
 * folder only.
 *
 * Each step checks its part of the specification and fills its part of the network. A step that
 * fails leaves what network_destroy and names_destroy can free.
 */
#ifndef SPILL_NETWORK_BUILD_H
#define SPILL_NETWORK_BUILD_H

#include "coordinator/cascade/names.h"
#include "coordinator/cascade/network_parts.h"

/* One id of a specification on its way to its rank. */
struct network_order {
    const char *id;
    uint32_t index;  /* In the specification. */
    uint32_t parent; /* Rank of what it belongs to; sorts first. */
};

struct network_builder {
    const struct network_spec *spec;
    struct network *network;
    struct spill_error *error;
    struct names names;
    size_t law_capacity;
    uint32_t *law_slots; /* Open addressing: law + 1. */
    size_t law_slot_capacity;
};

/* Settings, countries, sectors, pools, tags, surge classes. */
SPILL_CHECKED enum spill_status network_build_settings(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_kinds(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_tags(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_assets(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_lives(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_needs(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_links(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_demand(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_trusts(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_campaigns(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_exposures(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_contacts(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_pushes(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_layers(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_edges(struct network_builder *builder);
SPILL_CHECKED enum spill_status network_build_hashes(struct network_builder *builder);

/* Helpers of the steps. */

/* Keeps a law once; law 0 is none. `whose` names the owner in the error. */
SPILL_CHECKED enum spill_status network_build_law(struct network_builder *builder,
                                                  const struct law_spec *law, const char *whose,
                                                  uint32_t *kept);

/* Sorts `order` by parent, then id; refuses an id that is not valid or comes twice. `kind` names it
 * in the error. */
SPILL_CHECKED enum spill_status network_build_order(struct network_builder *builder,
                                                    const char *kind, struct network_order *order,
                                                    size_t count);

/* An order of `count` ids, `id_of(spec, i)`, all with parent 0, sorted; freed by the caller. */
typedef const char *(*network_id_fn)(const struct network_spec *spec, size_t index);
SPILL_CHECKED enum spill_status network_build_ids(struct network_builder *builder, const char *kind,
                                                  size_t count, network_id_fn id_of,
                                                  struct network_order **order);

/* Ranks by id; NETWORK_NO_INDEX when unknown (or id is NULL). */
uint32_t network_country_rank(const struct network *network, const char *id);
uint32_t network_sector_rank(const struct network *network, const char *id);
uint32_t network_pool_rank(const struct network *network, const char *id);
uint32_t network_surge_rank(const struct network *network, const char *id);
uint32_t network_campaign_rank(const struct network *network, const char *id);
uint32_t network_tag_rank(const struct network *network, const char *id);
uint32_t network_layer_rank(const struct network *network, const char *id);
uint32_t network_asset_rank(const struct network *network, const char *id);
uint32_t network_build_asset_rank(const struct network_builder *builder, const char *id);
uint32_t network_build_tag_rank(const struct network_builder *builder, const char *id);
uint32_t network_need_rank(const struct network *network, uint32_t asset, const char *id);

/* True for 0 to SPILL_PPM. */
static inline bool network_is_ppm(int64_t value) {
    return value >= 0 && value <= SPILL_PPM;
}

/* ceil(duration / tick). */
static inline int64_t network_ticks(const struct network *network, int64_t duration_ms) {
    return (duration_ms + network->tick_ms - 1) / network->tick_ms;
}

#endif
