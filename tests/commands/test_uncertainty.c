/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that the two levels of an ensemble are told apart, the same for any number of threads. */
#include "coordinator/commands/uncertainty.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/check.h"
#include "tests/support/program.h"
#include "tests/support/temporary.h"

/* Samples whose means are apart, and within which replicas differ. */
static struct uncertainty made_up(struct uncertainty_sample *samples, uint32_t count,
                                  double step_hours, double deviation_hours) {
    for (uint32_t i = 0; i < count; i++) {
        samples[i] = (struct uncertainty_sample){.mean_hours = 1000 + step_hours * i,
                                                 .deviation_hours = deviation_hours,
                                                 .low_hours = 900,
                                                 .high_hours = 1100};
        samples[i].factors.ppm[PARAMETER_REPAIR] = 1000 + (int64_t)i;
        samples[i].factors.ppm[PARAMETER_PATCH] = 1000 - (int64_t)i;
        samples[i].factors.ppm[PARAMETER_SPREAD] = 5;
    }
    return (struct uncertainty){.sample_count = count, .replica_count = 100, .samples = samples};
}

TEST(uncertainty, variance_is_split_between_the_levels) {
    struct uncertainty_sample samples[21];
    struct uncertainty uncertainty = made_up(samples, 21, 10, 0);
    struct uncertainty_split split = uncertainty_split(&uncertainty);
    CHECK(split.parameter_share == 1);
    CHECK(split.mean_hours > 1099.999 && split.mean_hours < 1100.001);
    CHECK(split.parameter_low_hours == 1010);
    CHECK(split.parameter_high_hours == 1190);
    uncertainty = made_up(samples, 21, 0, 50);
    split = uncertainty_split(&uncertainty);
    CHECK(split.parameter_share == 0);
    CHECK(split.chance_low_hours > 899.9 && split.chance_low_hours < 900.1);
    /* Variance between: 100 · 38.5; within: 3850 makes one half, less the noise of 100 replicas. */
    uncertainty = made_up(samples, 21, 10, 62.048368);
    split = uncertainty_split(&uncertainty);
    CHECK(split.parameter_share > 0.49 && split.parameter_share < 0.5);
}

TEST(uncertainty, factors_are_ranked_against_the_loss) {
    struct uncertainty_sample samples[21];
    const struct uncertainty uncertainty = made_up(samples, 21, 10, 0);
    CHECK(uncertainty_weight(&uncertainty, PARAMETER_REPAIR) > 0.999);
    CHECK(uncertainty_weight(&uncertainty, PARAMETER_PATCH) < -0.999);
    CHECK(uncertainty_weight(&uncertainty, PARAMETER_SPREAD) == 0);
}

TEST(uncertainty, command_is_the_same_for_any_number_of_threads) {
    struct program_result results[2];
    char flagship[TEMPORARY_PATH_BYTES];
    snprintf(flagship, sizeof flagship, "%s/scenarios/amber-tide", getenv("SPILL_SOURCE"));
    PROGRAM_SPILLOVER(&results[0], "ensemble", flagship, "--parameters", "3", "--replicas", "8",
                      "--until", "20h", "--threads", "1", "--json");
    PROGRAM_SPILLOVER(&results[1], "ensemble", flagship, "--parameters", "3", "--replicas", "8",
                      "--until", "20h", "--threads", "2", "--json");
    CHECK_EQ(results[0].code, SPILL_EXIT_OK);
    CHECK_EQ(results[0].out, results[1].out);
    json_t *const root = json_loads(results[0].out, 0, NULL);
    CHECK(root != NULL);
    CHECK_EQ(json_array_size(json_object_get(root, "samples")), 3);
    CHECK_LT(1, json_array_size(json_object_get(root, "groups")));
    json_decref(root);
    program_result_free(&results[0]);
    program_result_free(&results[1]);
}

TEST(uncertainty, scenario_that_is_sure_of_everything_is_refused) {
    struct program_result result;
    char tutorial[TEMPORARY_PATH_BYTES];
    snprintf(tutorial, sizeof tutorial, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial, "--parameters", "3");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    CHECK(strstr(result.error, "calls nothing uncertain") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial, "--parameters", "3", "--replica", "1");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
}
