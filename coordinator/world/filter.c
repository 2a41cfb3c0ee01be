/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/filter.h"

#include <stdlib.h>

static bool filter_bit(const uint64_t *words, uint32_t index) {
    return (words[index / 64] >> index % 64 & 1) != 0;
}

void filter_clear(struct filter *filter) {
    SPILL_ASSERT(filter != NULL);
    free(filter->tags);
    free(filter->assets);
    *filter = (struct filter){0};
}

bool filter_has_country(const struct filter *filter, struct country_ref country) {
    SPILL_ASSERT(country.index < SPILL_COUNTRIES_MAX);
    return filter->any_country || filter_bit(filter->countries, country.index);
}

bool filter_has_tag(const struct filter *filter, struct tag_ref tag) {
    for (size_t i = 0; i < filter->tag_count; i++) {
        if (filter->tags[i].index == tag.index) {
            return true;
        }
    }
    return filter->tag_count == 0;
}

static bool filter_has_asset(const struct filter *filter, struct asset_ref asset) {
    size_t low = 0;
    size_t high = filter->asset_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (filter->assets[middle].index < asset.index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return filter->asset_count == 0 ||
           (low < filter->asset_count && filter->assets[low].index == asset.index);
}

static bool filter_carries_tag(const struct filter *filter, const struct network *network,
                               struct asset_ref asset) {
    for (size_t i = 0; i < filter->tag_count; i++) {
        if (network_asset_has_tag(network, asset, filter->tags[i])) {
            return true;
        }
    }
    return filter->tag_count == 0;
}

bool filter_matches(const struct filter *filter, const struct network *network,
                    struct asset_ref asset) {
    SPILL_ASSERT(filter != NULL);
    SPILL_ASSERT(asset.index < network_asset_count(network));
    return (filter->any_sector ||
            filter_bit(filter->sectors, network_asset_sector(network, asset).index)) &&
           filter_has_country(filter, network_asset_country(network, asset)) &&
           filter_has_asset(filter, asset) && filter_carries_tag(filter, network, asset);
}
