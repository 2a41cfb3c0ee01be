/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "coordinator/cascade/network_build.h"

/* Assets that may fail by chance, in the order of their hashes. */

static int network_life_compare(const void *left, const void *right) {
    const struct network_life *const a = left;
    const struct network_life *const b = right;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static bool network_asset_lives(const struct network_asset *asset) {
    return asset->failure_ppm > 0 || asset->lifetime != 0;
}

enum spill_status network_build_lives(struct network_builder *builder) {
    struct network *const network = builder->network;
    size_t count = 0;
    for (size_t i = 0; i < network->asset_count; i++) {
        count += network_asset_lives(&network->assets[i]) ? 1 : 0;
    }
    network->lives = spill_alloc(count, sizeof *network->lives);
    if (network->lives == NULL) {
        return SPILL_MEMORY;
    }
    for (uint32_t i = 0; i < network->asset_count; i++) {
        struct network_asset *const asset = &network->assets[i];
        asset->life = NETWORK_NO_INDEX;
        if (network_asset_lives(asset)) {
            network->lives[network->life_count++] =
                (struct network_life){.hash = asset->hash,
                                      .asset = i,
                                      .law = asset->lifetime,
                                      .failure_ppm = asset->failure_ppm};
        }
    }
    SPILL_ASSERT(network->life_count == count);
    if (count > 1) {
        qsort(network->lives, count, sizeof *network->lives, network_life_compare);
    }
    for (uint32_t i = 0; i < count; i++) {
        network->assets[network->lives[i].asset].life = i;
    }
    return SPILL_OK;
}

bool network_fails(const struct network *network) {
    return network->life_count > 0;
}
