/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/vary.h"

#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"

static const char *const parameter_names[PARAMETER_COUNT] = {
#define PARAMETER_NAME(name, words) [PARAMETER_##name] = words,
    PARAMETER_MAP(PARAMETER_NAME)
#undef PARAMETER_NAME
};

const char *parameter_name(enum parameter parameter) {
    SPILL_ASSERT((size_t)parameter < PARAMETER_COUNT);
    return parameter_names[parameter];
}

enum spill_status parameter_find(const char *name, enum parameter *parameter) {
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        if (strcmp(parameter_names[i], name) == 0) {
            *parameter = (enum parameter)i;
            return SPILL_OK;
        }
    }
    return SPILL_NOT_FOUND;
}

int64_t vary_draw(const struct vary_range *range, enum parameter parameter, uint64_t seed,
                  uint32_t sample) {
    SPILL_ASSERT(range->least_ppm <= range->likely_ppm);
    SPILL_ASSERT(range->likely_ppm <= range->most_ppm);
    if (range->least_ppm == range->most_ppm) {
        return range->least_ppm;
    }
    /* The model's own triangular law, on millionths instead of milliseconds. */
    const struct law_spec law = {.kind = LAW_TRIANGULAR,
                                 .a_ms = range->least_ppm,
                                 .b_ms = range->likely_ppm,
                                 .c_ms = range->most_ppm};
    const uint64_t hash = chance_hash("parameter", parameter_name(parameter));
    return law_duration_ms(&law, chance_draw(seed, 0, hash, CHANCE_PARAMETER, sample));
}

/* floor(value * factor), at least 1 of what was something, at most `most`. */
static int64_t vary_scale(int64_t value, int64_t factor_ppm, int64_t most) {
    SPILL_ASSERT(value >= 0);
    if (value == 0 || factor_ppm == SPILL_PPM) {
        return value;
    }
    const int64_t whole = value / SPILL_PPM * factor_ppm;
    const int64_t rest = value % SPILL_PPM * factor_ppm / SPILL_PPM;
    const int64_t scaled = whole + rest;
    return scaled < 1 ? 1 : scaled > most ? most : scaled;
}

/* What copies quantiles need. */
struct vary {
    const struct vary_factors *factors;
    int64_t *(*quantiles)(size_t count, void *context);
    void *context;
    bool failed;
};

static void vary_law(struct vary *vary, struct law_spec *law, enum parameter parameter) {
    const int64_t factor_ppm = vary->factors->ppm[parameter];
    law->a_ms = vary_scale(law->a_ms, factor_ppm, LAW_MAX_MS);
    law->b_ms = vary_scale(law->b_ms, factor_ppm, LAW_MAX_MS);
    law->c_ms = vary_scale(law->c_ms, factor_ppm, LAW_MAX_MS);
    if (law->quantile_count > 0 && factor_ppm != SPILL_PPM) {
        int64_t *const quantiles = vary->quantiles(law->quantile_count, vary->context);
        if (quantiles == NULL) {
            vary->failed = true;
            return;
        }
        for (size_t i = 0; i < law->quantile_count; i++) {
            quantiles[i] = vary_scale(law->quantile_ms[i], factor_ppm, LAW_MAX_MS);
        }
        law->quantile_ms = quantiles;
    }
}

enum spill_status vary_apply(const struct vary_factors *factors, const struct vary_spec *spec,
                             int64_t *(*quantiles)(size_t count, void *context), void *context) {
    struct vary vary = {.factors = factors, .quantiles = quantiles, .context = context};
    for (size_t i = 0; i < spec->asset_count; i++) {
        vary_law(&vary, &spec->assets[i].repair, PARAMETER_REPAIR);
        vary_law(&vary, &spec->assets[i].restart, PARAMETER_RESTART);
        vary_law(&vary, &spec->assets[i].manual_delay, PARAMETER_RESTART);
    }
    for (size_t i = 0; i < spec->backup_count; i++) {
        vary_law(&vary, &spec->backups[i].autonomy, PARAMETER_AUTONOMY);
    }
    for (size_t i = 0; i < spec->link_count; i++) {
        struct link_spec *const link = &spec->links[i];
        const int64_t coupling_ppm = link->coupling_given ? link->coupling_ppm : SPILL_PPM;
        link->coupling_ppm = vary_scale(coupling_ppm, factors->ppm[PARAMETER_COUPLING], SPILL_PPM);
        link->coupling_given = true;
    }
    for (size_t i = 0; i < spec->push_count; i++) {
        spec->pushes[i].probability_ppm =
            vary_scale(spec->pushes[i].probability_ppm, factors->ppm[PARAMETER_SPREAD], SPILL_PPM);
    }
    for (size_t i = 0; i < spec->campaign_count; i++) {
        vary_law(&vary, &spec->campaigns[i].detection, PARAMETER_DETECTION);
        vary_law(&vary, &spec->campaigns[i].detection_shared, PARAMETER_DETECTION);
    }
    for (size_t i = 0; i < spec->tag_count; i++) {
        vary_law(&vary, &spec->tags[i].patch, PARAMETER_PATCH);
        vary_law(&vary, &spec->tags[i].patch_shared, PARAMETER_PATCH);
    }
    return vary.failed ? SPILL_MEMORY : SPILL_OK;
}
