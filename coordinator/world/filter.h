/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: a compiled filter of assets; for the files of this folder only.
 *
 * Countries and sectors are sets of bits, tags and assets sorted lists. Immutable once made; owned
 * by the script.
 */
#ifndef SPILL_FILTER_H
#define SPILL_FILTER_H

#include "coordinator/cascade/network.h"

struct filter {
    bool any_country; /* The list was empty: every one. */
    bool any_sector;
    uint64_t countries[SPILL_COUNTRIES_MAX / 64];
    uint64_t sectors[SPILL_SECTORS_MAX / 64];
    struct tag_ref *tags;
    size_t tag_count;
    struct asset_ref *assets; /* Rising. */
    size_t asset_count;
};

_Static_assert(SPILL_COUNTRIES_MAX % 64 == 0, "countries fill their words");
_Static_assert(SPILL_SECTORS_MAX % 64 == 0, "sectors fill their words");

/* Frees the lists; takes and leaves an all-zero filter too. */
void filter_clear(struct filter *filter);

bool filter_has_country(const struct filter *filter, struct country_ref country);
bool filter_has_tag(const struct filter *filter, struct tag_ref tag);

/* An asset matches if it is in every list that is not empty. */
bool filter_matches(const struct filter *filter, const struct network *network,
                    struct asset_ref asset);

#endif
