/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_ensemble [SCENARIO [REPLICAS [ROUNDS [TEAM]]]]: how many replicas of a scenario run in a
 * second with full results.
 *
 * Rounds alternate between one thread and two, each from replica 0 to the same end; all must come
 * to the same results. Prints the least, the median and the most of the rounds, and how much of two
 * threads' speed is used (1: all). Without a scenario it takes the flagship from the current
 * folder.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/measure.h"
#include "coordinator/commands/open.h"
#include "coordinator/ensemble/ensemble.h"

enum { BENCH_REPLICAS = 1000, BENCH_ROUNDS = 5, BENCH_ROUNDS_MAX = 64, BENCH_THREADS = 2 };

static void bench_must(enum spill_status status, const struct spill_error *error) {
    if (status != SPILL_OK) {
        fprintf(stderr, "bench_ensemble: %s\n", error->text);
        exit(SPILL_EXIT_INTERNAL);
    }
}

/* Replicas a second; the results must be those of the first run. */
static double bench_round(const struct ensemble_options *options,
                          uint8_t identity[ENSEMBLE_IDENTITY_BYTES], bool first) {
    struct spill_error error = {{0}};
    struct ensemble *ensemble = NULL;
    const int64_t began_ns = measure_now_ns();
    bench_must(ensemble_run(options, &ensemble, &error), &error);
    const int64_t took_ns = measure_now_ns() - began_ns;
    uint8_t mine[ENSEMBLE_IDENTITY_BYTES];
    ensemble_identity(ensemble, mine);
    if (first) {
        memcpy(identity, mine, sizeof mine);
    } else if (memcmp(identity, mine, sizeof mine) != 0) {
        fprintf(stderr, "bench_ensemble: two rounds differ\n");
        exit(SPILL_EXIT_INTERNAL);
    }
    ensemble_destroy(&ensemble);
    return options->replica_count * 1e9 / (double)took_ns;
}

static int bench_compare(const void *left, const void *right) {
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void bench_print(const char *name, double *values, size_t count, const char *unit) {
    char line[128];
    qsort(values, count, sizeof values[0], bench_compare);
    snprintf(line, sizeof line, "%s, least", name);
    measure_print(line, values[0], unit);
    snprintf(line, sizeof line, "%s, median", name);
    measure_print(line, values[count / 2], unit);
    snprintf(line, sizeof line, "%s, most", name);
    measure_print(line, values[count - 1], unit);
}

static void bench_run(struct ensemble_options *options, size_t round_count) {
    double rates[BENCH_THREADS][BENCH_ROUNDS_MAX];
    double efficiencies[BENCH_ROUNDS_MAX];
    uint8_t identity[ENSEMBLE_IDENTITY_BYTES];
    for (size_t round = 0; round < round_count; round++) {
        for (int threads = 1; threads <= BENCH_THREADS; threads++) {
            options->threads = threads;
            rates[threads - 1][round] = bench_round(options, identity, round == 0 && threads == 1);
        }
        efficiencies[round] = rates[1][round] / rates[0][round] / BENCH_THREADS;
    }
    bench_print("ensemble, 1 thread", rates[0], round_count, "replicas/s");
    bench_print("ensemble, 2 threads", rates[1], round_count, "replicas/s");
    bench_print("ensemble, use of 2 threads", efficiencies, round_count, "of 1");
}

int main(int argc, char **argv) {
    const char *const folder = argc > 1 ? argv[1] : "scenarios/amber-tide";
    const long replica_count = argc > 2 ? strtol(argv[2], NULL, 10) : BENCH_REPLICAS;
    const long round_count = argc > 3 ? strtol(argv[3], NULL, 10) : BENCH_ROUNDS;
    if (replica_count < 1 || replica_count > 10000000 || round_count < 1 ||
        round_count > BENCH_ROUNDS_MAX || argc > 5) {
        fprintf(stderr, "usage: bench_ensemble [SCENARIO [REPLICAS [ROUNDS [TEAM]]]]\n");
        return SPILL_EXIT_USAGE;
    }
    struct package *package = NULL;
    struct scenario *scenario = NULL;
    const enum spill_exit code = open_scenario(folder, &package, &scenario);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    const int64_t duration_ms = scenario_duration_ms(scenario);
    struct ensemble_options options = {
        .network = scenario_network(scenario),
        .script = scenario_script(scenario),
        .team = argc > 4 ? argv[4] : "doctrine",
        .seed = scenario_seed(scenario),
        .replica_count = (uint32_t)replica_count,
        .until_ms = duration_ms - duration_ms % network_tick_ms(scenario_network(scenario))};
    printf("%s, %ld replicas of %" PRId64 " h, team %s, %ld rounds\n", scenario_id(scenario),
           replica_count, duration_ms / 3600000, options.team, round_count);
    bench_run(&options, (size_t)round_count);
    scenario_free(&scenario);
    package_destroy(&package);
    return SPILL_EXIT_OK;
}
