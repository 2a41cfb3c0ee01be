/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_overview SCENARIO HOURS FOLDER: plays a scenario with robots for so many hours and writes
 * what its pages would be told, as FOLDER/scenario.json, state.json, delta.json and why.json. For
 * people who work on the pages, and for a look at what they get.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/control/overview.h"
#include "coordinator/control/seats.h"

enum { MAKE_PATH_BYTES = 4096, MAKE_JSON_BYTES = 256 << 20 };

static void make_check(enum spill_status status, const struct spill_error *error) {
    if (status != SPILL_OK) {
        fprintf(stderr, "make_overview: %s: %s\n", spill_status_words(status), error->text);
        exit(EXIT_FAILURE);
    }
}

static int64_t make_clock_us(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void make_on_output(const struct output *output, void *context) {
    const struct spill_error error = {{0}};
    make_check(overview_take(context, output, make_clock_us(CLOCK_REALTIME)), &error);
}

static void make_write(struct writer *writer, const char *folder, const char *name,
                       int64_t began_us) {
    const char *text = NULL;
    size_t bytes = 0;
    char path[MAKE_PATH_BYTES];
    const struct spill_error error = {{0}};
    make_check(writer_finish(writer, &text, &bytes), &error);
    printf("%-14s %9zu bytes %6lld us\n", name, bytes,
           (long long)(make_clock_us(CLOCK_MONOTONIC) - began_us));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "wb");
    if (file == NULL || fwrite(text, 1, bytes, file) != bytes || fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    writer_clear(writer);
}

static void make_documents(struct overview *overview, const struct exercise *exercise,
                           const char *folder) {
    struct spill_error error = {{0}};
    struct writer *writer = NULL;
    make_check(writer_create(MAKE_JSON_BYTES, &writer), &error);
    int64_t began_us = make_clock_us(CLOCK_MONOTONIC);
    overview_print_scenario(overview, OVERVIEW_CONTROL, writer);
    make_write(writer, folder, "scenario.json", began_us);
    began_us = make_clock_us(CLOCK_MONOTONIC);
    (void)overview_look(overview, exercise, true, make_clock_us(CLOCK_REALTIME));
    overview_print_delta(overview, exercise, OVERVIEW_CONTROL, writer);
    make_write(writer, folder, "delta.json", began_us);
    began_us = make_clock_us(CLOCK_MONOTONIC);
    overview_print_state(overview, exercise, OVERVIEW_CONTROL, writer);
    make_write(writer, folder, "state.json", began_us);
    /* Of all answers to "why", the longest. */
    struct asset_ref asset = {0};
    size_t longest_bytes = 0;
    for (uint32_t i = 0; i < network_asset_count(scenario_network(exercise_scenario(exercise)));
         i++) {
        overview_print_why(overview, exercise, (struct asset_ref){i}, writer);
        if (writer_bytes(writer) > longest_bytes) {
            asset = (struct asset_ref){i};
            longest_bytes = writer_bytes(writer);
        }
        writer_clear(writer);
    }
    began_us = make_clock_us(CLOCK_MONOTONIC);
    overview_print_why(overview, exercise, asset, writer);
    make_write(writer, folder, "why.json", began_us);
    writer_destroy(&writer);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: make_overview SCENARIO HOURS FOLDER\n");
        return EXIT_FAILURE;
    }
    struct spill_error error = {{0}};
    struct package *package = NULL;
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    struct overview *overview = NULL;
    struct seats *seats = NULL;
    struct session *session = NULL;
    make_check(package_open(argv[1], &package, &error), &error);
    make_check(scenario_load(package, argv[1], &scenario, &faults), &error);
    fault_list_destroy(&faults);
    make_check(overview_create(scenario, 0, &overview), &error);
    make_check(seats_create(scenario, "doctrine", scenario_seed(scenario), &seats), &error);
    const struct session_options options = {.scenario = scenario,
                                            .package = package,
                                            .seed = scenario_seed(scenario),
                                            .team = "doctrine",
                                            .program = "make_overview",
                                            .causes = true,
                                            .seats = seats_way(seats),
                                            .on_output = make_on_output,
                                            .context = overview};
    make_check(session_open(&options, &session, &error), &error);
    seats_join(seats, session);
    const struct input start = {
        .kind = INPUT_START, .who = {.kind = WHO_CONTROL, .id = "exdir"}, .clock = {.why = ""}};
    make_check(session_apply(session, &start, &error), &error);
    const int64_t until_ms = strtoll(argv[2], NULL, 10) * 3600000;
    while (exercise_now_ms(session_exercise(session)) < until_ms) {
        make_check(session_run(session, until_ms, &error), &error);
    }
    overview_mark(overview, session_input_count(session));
    for (uint32_t i = 0; i < script_cell_count(scenario_script(scenario)); i++) {
        const struct overview_seat seat = {.robot = true,
                                           .heard_us = make_clock_us(CLOCK_REALTIME)};
        overview_seat(overview, (struct cell_ref){i}, &seat);
    }
    make_documents(overview, session_exercise(session), argv[3]);
    session_close(&session);
    seats_destroy(&seats);
    overview_destroy(&overview);
    scenario_free(&scenario);
    package_destroy(&package);
    return EXIT_SUCCESS;
}
