/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "coordinator/commands/print.h"
#include "coordinator/commands/uncertainty.h"
#include "proto/words.h"

enum { UNCERTAINTY_TEXT_BYTES = 512, UNCERTAINTY_GROUPS = 12, UNCERTAINTY_BAR = 20 };

/* One group and its chance over the samples. */
struct uncertainty_group {
    uint32_t sector, country;
    double mean, low, high;
};

static int group_compare_values(const void *a, const void *b) {
    const double *const left = a;
    const double *const right = b;
    return (*left > *right) - (*left < *right);
}

/* The widest band first; equal ones stay in their order. */
static int group_compare(const void *a, const void *b) {
    const struct uncertainty_group *const left = a;
    const struct uncertainty_group *const right = b;
    const double wide = left->high - left->low, other = right->high - right->low;
    if (wide != other) {
        return wide > other ? -1 : 1;
    }
    return left->sector != right->sector ? (left->sector < right->sector ? -1 : 1)
                                         : (left->country < right->country ? -1 : 1);
}

/* Every group that was down in some replica; freed by the caller. */
static struct uncertainty_group *group_all(const struct uncertainty *uncertainty, size_t *count) {
    const size_t cells = (size_t)uncertainty->sector_count * uncertainty->country_count;
    struct uncertainty_group *const groups = spill_alloc(cells, sizeof *groups);
    double *const values = spill_alloc(uncertainty->sample_count, sizeof *values);
    *count = 0;
    for (size_t i = 0; groups != NULL && values != NULL && i < cells; i++) {
        const uint32_t samples = uncertainty->sample_count;
        double mean = 0;
        for (uint32_t k = 0; k < samples; k++) {
            values[k] = uncertainty->down[k * cells + i];
            mean += values[k] / samples;
        }
        qsort(values, samples, sizeof *values, group_compare_values);
        if (values[samples - 1] > 0) {
            groups[(*count)++] = (struct uncertainty_group){
                .sector = (uint32_t)(i / uncertainty->country_count),
                .country = (uint32_t)(i % uncertainty->country_count),
                .mean = mean,
                .low = values[(uint32_t)ceil(0.05 * samples) - 1],
                .high = values[(uint32_t)ceil(0.95 * samples) - 1],
            };
        }
    }
    free(values);
    if (groups != NULL) {
        qsort(groups, *count, sizeof *groups, group_compare);
    }
    return groups;
}

/* ---- For people ---- */

static void uncertainty_line(FILE *stream, enum words_language language, enum words_key key,
                             const struct words_value *values, size_t count) {
    char text[UNCERTAINTY_TEXT_BYTES];
    words_fill(text, sizeof text, key, language, values, count);
    fprintf(stream, "%s\n", text);
}

static const char *uncertainty_hours(double hours, char text[PRINT_NUMBER_BYTES]) {
    return print_short((int64_t)(hours + 0.5), text);
}

static void uncertainty_total(FILE *stream, const struct uncertainty *uncertainty,
                              enum words_language language) {
    const struct uncertainty_split split = uncertainty_split(uncertainty);
    char numbers[8][PRINT_NUMBER_BYTES];
    snprintf(numbers[5], PRINT_NUMBER_BYTES, "%.0f", 100 * split.parameter_share);
    snprintf(numbers[6], PRINT_NUMBER_BYTES, "%.0f", 100 - 100 * split.parameter_share);
    const struct words_value values[] = {
        {"mean", uncertainty_hours(split.mean_hours, numbers[0])},
        {"low", uncertainty_hours(split.parameter_low_hours, numbers[1])},
        {"high", uncertainty_hours(split.parameter_high_hours, numbers[2])},
        {"least", uncertainty_hours(split.chance_low_hours, numbers[3])},
        {"most", uncertainty_hours(split.chance_high_hours, numbers[4])},
        {"parameters", numbers[5]},
        {"chance", numbers[6]},
    };
    fputc('\n', stream);
    uncertainty_line(stream, language, WORDS_UNCERTAINTY_MEAN, values, 1);
    uncertainty_line(stream, language, WORDS_UNCERTAINTY_PARAMETERS, values + 1, 2);
    uncertainty_line(stream, language, WORDS_UNCERTAINTY_CHANCE, values + 3, 2);
    uncertainty_line(stream, language, WORDS_UNCERTAINTY_SHARES, values + 5, 2);
}

static void uncertainty_weights(FILE *stream, const struct uncertainty *uncertainty,
                                enum words_language language) {
    fprintf(stream, "\n%s\n", words(WORDS_UNCERTAINTY_WEIGHTS, language));
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        const struct vary_range range =
            scenario_uncertain(uncertainty->scenario, (enum parameter)i);
        if (range.least_ppm == range.most_ppm) {
            continue;
        }
        const double weight = uncertainty_weight(uncertainty, (enum parameter)i);
        char text[PRINT_NUMBER_BYTES];
        fputs("  ", stream);
        print_padded(stream, parameter_name((enum parameter)i), 14);
        snprintf(text, sizeof text, "%g-%g %%", (double)range.least_ppm / 10000,
                 (double)range.most_ppm / 10000);
        print_padded(stream, text, 16);
        snprintf(text, sizeof text, "%+.2f", weight);
        print_padded(stream, text, -6);
        fputs("  ", stream);
        for (int j = 0; j < (int)(fabs(weight) * UNCERTAINTY_BAR + 0.5); j++) {
            fputs(weight > 0 ? "█" : "░", stream);
        }
        fputc('\n', stream);
    }
}

static void uncertainty_groups(FILE *stream, const struct uncertainty *uncertainty,
                               enum words_language language, int columns) {
    size_t count = 0;
    struct uncertainty_group *const groups = group_all(uncertainty, &count);
    if (groups == NULL || count == 0) {
        free(groups);
        return;
    }
    fprintf(stream, "\n%s\n", words(WORDS_UNCERTAINTY_GROUPS, language));
    const int name = columns < 80 ? 30 : 44;
    for (size_t i = 0; i < count && i < UNCERTAINTY_GROUPS; i++) {
        const struct uncertainty_group *const group = &groups[i];
        char text[UNCERTAINTY_TEXT_BYTES];
        snprintf(text, sizeof text, "%s, %s",
                 scenario_sector_name(uncertainty->scenario, (struct sector_ref){group->sector})
                     .in[language],
                 scenario_country_name(uncertainty->scenario, (struct country_ref){group->country})
                     .in[language]);
        fputs("  ", stream);
        print_padded(stream, text, name);
        snprintf(text, sizeof text, "%.0f %%", 100 * group->mean);
        print_padded(stream, text, -8);
        snprintf(text, sizeof text, "%.0f – %.0f %%", 100 * group->low, 100 * group->high);
        print_padded(stream, text, -16);
        fputc('\n', stream);
    }
    free(groups);
}

void uncertainty_print(FILE *stream, const struct uncertainty *uncertainty, enum language language,
                       int columns) {
    const enum words_language in = (enum words_language)language;
    char numbers[2][PRINT_NUMBER_BYTES];
    const struct words_value values[] = {
        {"title", scenario_title(uncertainty->scenario).in[language]},
        {"samples", print_count(uncertainty->sample_count, numbers[0])},
        {"replicas", print_count(uncertainty->replica_count, numbers[1])}};
    uncertainty_line(stream, in, WORDS_UNCERTAINTY_WHAT, values, 3);
    uncertainty_total(stream, uncertainty, in);
    uncertainty_weights(stream, uncertainty, in);
    uncertainty_groups(stream, uncertainty, in, columns);
}

/* ---- For programs ---- */

static json_t *json_factors(const struct uncertainty *uncertainty, uint32_t sample) {
    json_t *const factors = json_object();
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        json_object_set_new(factors, parameter_name((enum parameter)i),
                            json_integer(uncertainty->samples[sample].factors.ppm[i]));
    }
    return factors;
}

bool uncertainty_print_json(FILE *stream, const struct uncertainty *uncertainty) {
    const struct uncertainty_split split = uncertainty_split(uncertainty);
    const struct network *const network = scenario_network(uncertainty->scenario);
    json_t *const samples = json_array();
    json_t *const weights = json_object();
    json_t *const groups = json_array();
    for (uint32_t i = 0; i < uncertainty->sample_count; i++) {
        const struct uncertainty_sample *const sample = &uncertainty->samples[i];
        json_array_append_new(
            samples,
            json_pack("{s:o, s:f, s:f, s:I, s:I, s:I}", "factors_ppm", json_factors(uncertainty, i),
                      "mean_person_hours", sample->mean_hours, "deviation_person_hours",
                      sample->deviation_hours, "p05", (json_int_t)sample->low_hours, "p50",
                      (json_int_t)sample->median_hours, "p95", (json_int_t)sample->high_hours));
    }
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        json_object_set_new(weights, parameter_name((enum parameter)i),
                            json_real(uncertainty_weight(uncertainty, (enum parameter)i)));
    }
    size_t count = 0;
    struct uncertainty_group *const all = group_all(uncertainty, &count);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            groups,
            json_pack("{s:s, s:s, s:f, s:f, s:f}", "sector",
                      network_sector_id(network, (struct sector_ref){all[i].sector}), "country",
                      network_country_id(network, (struct country_ref){all[i].country}), "mean",
                      all[i].mean, "p05", all[i].low, "p95", all[i].high));
    }
    free(all);
    json_t *const root = json_pack(
        "{s:s, s:s, s:I, s:I, s:f, s:{s:f, s:f}, s:{s:f, s:f}, s:f, s:o, s:o, s:o}", "schema",
        "spillover-uncertainty-1", "scenario", scenario_id(uncertainty->scenario), "parameters",
        (json_int_t)uncertainty->sample_count, "replicas", (json_int_t)uncertainty->replica_count,
        "mean_person_hours", split.mean_hours, "from_parameters", "p05", split.parameter_low_hours,
        "p95", split.parameter_high_hours, "from_chance", "p05", split.chance_low_hours, "p95",
        split.chance_high_hours, "parameter_share", split.parameter_share, "weights", weights,
        "groups", groups, "samples", samples);
    const bool printed = root != NULL && json_dumpf(root, stream, JSON_COMPACT) == 0;
    json_decref(root);
    fputc('\n', stream);
    return printed;
}
