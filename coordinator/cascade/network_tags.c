/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/network_build.h"

#include <stdlib.h>
#include <string.h>

/* Tags exist as soon as anybody names them: in the list of tags, on an asset, in a campaign or in a
 * push. */
struct network_tags {
    struct network_order *order;
    size_t count;
    size_t capacity;
};

static enum spill_status network_tag_add(struct network_builder *builder, struct network_tags *tags,
                                         const char *id) {
    if (id == NULL || !spill_id_valid(id, strlen(id))) {
        return spill_fail(builder->error, SPILL_INVALID, "tag \"%s\": not a valid id",
                          id == NULL ? "" : id);
    }
    uint32_t name = 0;
    const enum spill_status status = names_add(&builder->names, id, &name);
    builder->network->text = builder->names.text;
    if (status != SPILL_OK) {
        return status;
    }
    struct name_slot *const slot = names_find(&builder->names, id);
    if (slot->tag != 0) {
        return SPILL_OK;
    }
    if (tags->count == SPILL_TAGS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID, "tag \"%s\": there are too many tags", id);
    }
    if (tags->count == tags->capacity) {
        const size_t capacity = tags->capacity == 0 ? 16 : 2 * tags->capacity;
        struct network_order *const order =
            spill_grow(tags->order, tags->capacity, capacity, sizeof *order);
        if (order == NULL) {
            return SPILL_MEMORY;
        }
        tags->order = order;
        tags->capacity = capacity;
    }
    slot->tag = 1;
    tags->order[tags->count++] = (struct network_order){.id = id, .index = NETWORK_NO_INDEX};
    return SPILL_OK;
}

static enum spill_status network_tags_collect(struct network_builder *builder,
                                              struct network_tags *tags) {
    const struct network_spec *const spec = builder->spec;
    enum spill_status status = SPILL_OK;
    for (size_t i = 0; i < spec->tag_count && status == SPILL_OK; i++) {
        status = network_tag_add(builder, tags, spec->tags[i].id);
        if (status == SPILL_OK && tags->count != i + 1) {
            return spill_fail(builder->error, SPILL_INVALID, "tag \"%s\" is there twice",
                              spec->tags[i].id);
        }
        if (status == SPILL_OK) {
            tags->order[i].index = (uint32_t)i;
        }
    }
    for (size_t i = 0; i < spec->asset_count; i++) {
        for (size_t j = 0; j < spec->assets[i].tag_count && status == SPILL_OK; j++) {
            status = network_tag_add(builder, tags, spec->assets[i].tags[j]);
        }
    }
    for (size_t i = 0; i < spec->campaign_count; i++) {
        const struct campaign_spec *const campaign = &spec->campaigns[i];
        for (size_t j = 0; j < campaign->tag_count && status == SPILL_OK; j++) {
            status = network_tag_add(builder, tags, campaign->tags[j]);
        }
        for (size_t j = 0; j < campaign->push_count && status == SPILL_OK; j++) {
            status = network_tag_add(builder, tags, campaign->pushes[j].tag);
        }
    }
    return status;
}

static enum spill_status network_tags_fill(struct network_builder *builder,
                                           struct network_tags *tags) {
    struct network *const network = builder->network;
    enum spill_status status = network_build_order(builder, "tag", tags->order, tags->count);
    if (status != SPILL_OK) {
        return status;
    }
    network->tags = spill_alloc(tags->count + 1, sizeof *network->tags);
    if (network->tags == NULL) {
        return SPILL_MEMORY;
    }
    network->tag_count = tags->count;
    for (size_t i = 0; i < tags->count && status == SPILL_OK; i++) {
        struct name_slot *const slot = names_find(&builder->names, tags->order[i].id);
        struct network_tag *const tag = &network->tags[i];
        slot->tag = (uint32_t)(i + 1);
        tag->name = slot->name - 1;
        if (tags->order[i].index != NETWORK_NO_INDEX) {
            const struct tag_spec *const spec = &builder->spec->tags[tags->order[i].index];
            status = network_build_law(builder, &spec->patch, spec->id, &tag->patch);
            if (status == SPILL_OK) {
                status =
                    network_build_law(builder, &spec->patch_shared, spec->id, &tag->patch_shared);
            }
        }
    }
    return status;
}

static int network_index_compare(const void *left, const void *right) {
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The tags of one asset, rising. */
static enum spill_status network_tags_of_asset(struct network_builder *builder,
                                               const struct asset_spec *asset, uint32_t *tags) {
    for (size_t j = 0; j < asset->tag_count; j++) {
        tags[j] = network_build_tag_rank(builder, asset->tags[j]);
    }
    qsort(tags, asset->tag_count, sizeof *tags, network_index_compare);
    for (size_t j = 1; j < asset->tag_count; j++) {
        if (tags[j] == tags[j - 1]) {
            return spill_fail(builder->error, SPILL_INVALID, "asset \"%s\": a tag is there twice",
                              asset->id);
        }
    }
    return SPILL_OK;
}

/* The tags of every asset, and the assets of every tag. `spec_of` and `asset_of` are room for one
 * number an asset and one a tag of an asset. */
static enum spill_status network_tags_attach_in(struct network_builder *builder, uint32_t *spec_of,
                                                uint32_t *asset_of) {
    const struct network_spec *const spec = builder->spec;
    struct network *const network = builder->network;
    for (size_t i = 0; i < spec->asset_count; i++) {
        spec_of[network_build_asset_rank(builder, spec->assets[i].id)] = (uint32_t)i;
    }
    uint32_t first = 0;
    for (size_t i = 0; i < spec->asset_count; i++) {
        const struct asset_spec *const asset = &spec->assets[spec_of[i]];
        const enum spill_status status =
            network_tags_of_asset(builder, asset, network->asset_tags + first);
        if (status != SPILL_OK) {
            return status;
        }
        network->assets[i].first_tag = first;
        for (size_t j = 0; j < asset->tag_count; j++) {
            asset_of[first++] = (uint32_t)i;
        }
    }
    network->assets[spec->asset_count].first_tag = first;
    return network_group_make(&network->tag_assets, network->asset_tags, asset_of, first,
                              network->tag_count);
}

static enum spill_status network_tags_attach(struct network_builder *builder) {
    const struct network_spec *const spec = builder->spec;
    size_t total = 0;
    for (size_t i = 0; i < spec->asset_count; i++) {
        total += spec->assets[i].tag_count;
    }
    if (total > SPILL_PAIRS_MAX) {
        return spill_fail(builder->error, SPILL_INVALID, "the assets carry too many tags");
    }
    builder->network->asset_tags = spill_alloc(total, sizeof *builder->network->asset_tags);
    uint32_t *const spec_of = spill_alloc(spec->asset_count, sizeof *spec_of);
    uint32_t *const asset_of = spill_alloc(total, sizeof *asset_of);
    const enum spill_status status =
        builder->network->asset_tags == NULL || spec_of == NULL || asset_of == NULL
            ? SPILL_MEMORY
            : network_tags_attach_in(builder, spec_of, asset_of);
    free(asset_of);
    free(spec_of);
    return status;
}

enum spill_status network_build_tags(struct network_builder *builder) {
    struct network_tags tags = {0};
    enum spill_status status = network_tags_collect(builder, &tags);
    if (status == SPILL_OK) {
        status = network_tags_fill(builder, &tags);
    }
    free(tags.order);
    if (status == SPILL_OK) {
        status = network_tags_attach(builder);
    }
    return status;
}
