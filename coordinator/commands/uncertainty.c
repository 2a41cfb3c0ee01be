/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/uncertainty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Running ---- */

static enum spill_status uncertainty_sample(const struct uncertainty_options *options,
                                            struct uncertainty *made, uint32_t sample,
                                            struct spill_error *error) {
    struct uncertainty_sample *const out = &made->samples[sample];
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        const struct vary_range range = scenario_uncertain(options->scenario, (enum parameter)i);
        out->factors.ppm[i] =
            vary_draw(&range, (enum parameter)i, options->ensemble.seed, sample + 1);
    }
    struct scenario *varied = NULL;
    struct fault_list *faults = NULL;
    struct ensemble *ensemble = NULL;
    enum spill_status status =
        scenario_load_varied(options->package, options->folder, &out->factors, &varied, &faults);
    fault_list_destroy(&faults);
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    struct ensemble_options run = options->ensemble;
    run.network = scenario_network(varied);
    run.script = scenario_script(varied);
    status = ensemble_run(&run, &ensemble, error);
    if (status == SPILL_OK) {
        const struct ensemble_loss loss =
            ensemble_group_loss(ensemble, CONDITION_EVERY, CONDITION_EVERY);
        const struct ensemble_estimate estimate = ensemble_estimate(ensemble, &loss);
        const int64_t *edges_ms = NULL;
        const size_t last = ensemble_edges(ensemble, &edges_ms) - 1;
        const double replicas = ensemble_replica_count(ensemble);
        out->mean_hours = estimate.mean_hours;
        out->deviation_hours = estimate.deviation_hours;
        out->low_hours = ensemble_total_hours(ensemble, SPILL_PPM / 20);
        out->median_hours = ensemble_total_hours(ensemble, SPILL_PPM / 2);
        out->high_hours = ensemble_total_hours(ensemble, SPILL_PPM / 20 * 19);
        double *const down = made->down + (size_t)sample * made->sector_count * made->country_count;
        for (uint32_t i = 0; i < made->sector_count; i++) {
            for (uint32_t j = 0; j < made->country_count; j++) {
                down[i * made->country_count + j] =
                    (double)ensemble_group_down_by(ensemble, i, j, last) / replicas;
            }
        }
    }
    ensemble_destroy(&ensemble);
    scenario_free(&varied);
    return status;
}

static bool uncertainty_any(const struct scenario *scenario) {
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        const struct vary_range range = scenario_uncertain(scenario, (enum parameter)i);
        if (range.least_ppm != range.most_ppm) {
            return true;
        }
    }
    return false;
}

enum spill_status uncertainty_run(const struct uncertainty_options *options,
                                  struct uncertainty **uncertainty, struct spill_error *error) {
    SPILL_ASSERT(options->samples > 0);
    SPILL_ASSERT(options->samples <= UNCERTAINTY_SAMPLES_MAX);
    if (!uncertainty_any(options->scenario)) {
        return spill_fail(error, SPILL_INVALID,
                          "scenario.yaml calls nothing uncertain: give it a section `uncertain`");
    }
    struct uncertainty *made = spill_alloc(1, sizeof *made);
    if (made != NULL) {
        const struct network *const network = scenario_network(options->scenario);
        made->scenario = options->scenario;
        made->replica_count = options->ensemble.replica_count;
        made->sector_count = (uint32_t)network_sector_count(network);
        made->country_count = (uint32_t)network_country_count(network);
        made->samples = spill_alloc(options->samples, sizeof *made->samples);
        made->down = spill_alloc((size_t)options->samples * made->sector_count,
                                 made->country_count * sizeof *made->down);
    }
    if (made == NULL || made->samples == NULL || made->down == NULL) {
        uncertainty_destroy(&made);
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    enum spill_status status = SPILL_OK;
    for (uint32_t i = 0; i < options->samples && status == SPILL_OK; i++) {
        status = uncertainty_sample(options, made, i, error);
        made->sample_count += status == SPILL_OK;
        if (options->on_sample != NULL) {
            options->on_sample(made->sample_count, options->samples, options->context);
        }
    }
    if (status != SPILL_OK && (status != SPILL_INTERRUPTED || made->sample_count == 0)) {
        uncertainty_destroy(&made);
        return status;
    }
    *uncertainty = made;
    return status;
}

void uncertainty_destroy(struct uncertainty **uncertainty) {
    SPILL_ASSERT(uncertainty != NULL);
    if (*uncertainty != NULL) {
        free((*uncertainty)->samples);
        free((*uncertainty)->down);
        free(*uncertainty);
        *uncertainty = NULL;
    }
}

/* ---- What it says ---- */

static int uncertainty_compare(const void *a, const void *b) {
    const double *const left = a;
    const double *const right = b;
    return (*left > *right) - (*left < *right);
}

/* The value that this share of sorted values does not exceed. */
static double uncertainty_at(const double *sorted, uint32_t count, double share) {
    const double place = ceil(share * count) - 1;
    return sorted[place < 0 ? 0 : (uint32_t)place];
}

struct uncertainty_split uncertainty_split(const struct uncertainty *uncertainty) {
    const uint32_t count = uncertainty->sample_count;
    struct uncertainty_split split = {0};
    double *const means = spill_alloc(count, sizeof *means);
    SPILL_ASSERT(means != NULL);
    double within = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct uncertainty_sample *const sample = &uncertainty->samples[i];
        means[i] = sample->mean_hours;
        split.mean_hours += sample->mean_hours / count;
        split.chance_low_hours += (double)sample->low_hours / count;
        split.chance_high_hours += (double)sample->high_hours / count;
        within += sample->deviation_hours * sample->deviation_hours / count;
    }
    double between = 0;
    for (uint32_t i = 0; i < count && count > 1; i++) {
        const double off = means[i] - split.mean_hours;
        between += off * off / (count - 1);
    }
    /* A sample's mean is of finitely many replicas: part of what lies between them is chance. */
    between -= within / uncertainty->replica_count;
    between = between > 0 ? between : 0;
    split.parameter_share = between + within > 0 ? between / (between + within) : 0;
    qsort(means, count, sizeof *means, uncertainty_compare);
    split.parameter_low_hours = uncertainty_at(means, count, 0.05);
    split.parameter_high_hours = uncertainty_at(means, count, 0.95);
    free(means);
    return split;
}

/* Each value's rank, the middle one among equals. */
static void uncertainty_ranks(const double *values, uint32_t count, double *sorted, double *ranks) {
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, uncertainty_compare);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t below = 0;
        uint32_t high = count;
        while (below < high) {
            const uint32_t middle = below + (high - below) / 2;
            if (sorted[middle] < values[i]) {
                below = middle + 1;
            } else {
                high = middle;
            }
        }
        uint32_t upto = below;
        for (high = count; upto < high;) {
            const uint32_t middle = upto + (high - upto) / 2;
            if (sorted[middle] <= values[i]) {
                upto = middle + 1;
            } else {
                high = middle;
            }
        }
        ranks[i] = (below + upto - 1) / 2.0;
    }
}

double uncertainty_weight(const struct uncertainty *uncertainty, enum parameter parameter) {
    const uint32_t count = uncertainty->sample_count;
    double *const room = spill_alloc(count, 4 * sizeof *room);
    SPILL_ASSERT(room != NULL);
    double *const factors = room, *const sorted = room + count, *const x = room + 2 * count,
                  *const y = room + 3 * count;
    for (uint32_t i = 0; i < count; i++) {
        factors[i] = (double)uncertainty->samples[i].factors.ppm[parameter];
    }
    uncertainty_ranks(factors, count, sorted, x);
    for (uint32_t i = 0; i < count; i++) {
        factors[i] = uncertainty->samples[i].mean_hours;
    }
    uncertainty_ranks(factors, count, sorted, y);
    const double middle = (count - 1) / 2.0;
    double xy = 0, xx = 0, yy = 0;
    for (uint32_t i = 0; i < count; i++) {
        xy += (x[i] - middle) * (y[i] - middle);
        xx += (x[i] - middle) * (x[i] - middle);
        yy += (y[i] - middle) * (y[i] - middle);
    }
    free(room);
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}
