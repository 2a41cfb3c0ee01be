/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover ensemble: many replicas of a scenario, from the start or from a moment of a recording.
 */
#include "coordinator/ensemble/ensemble.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/cascade/team.h"
#include "coordinator/commands/command.h"
#include "coordinator/commands/ensemble_print.h"
#include "coordinator/commands/ensemble_replica.h"
#include "coordinator/commands/open.h"
#include "coordinator/commands/print.h"
#include "coordinator/commands/terminal.h"
#include "coordinator/commands/uncertainty.h"
#include "coordinator/control/replay.h"

enum {
    MANY_REPLICAS_DEFAULT = 1000,
    MANY_EDGES = 73,
    MANY_EDGES_MAX = MANY_EDGES + 3,
    MANY_COLUMNS_MAX = 100,
    MANY_LINE_BYTES = 512,
};

struct many_arguments {
    const char *scenario;
    const char *from; /* NULL: from the start. */
    const char *csv;
    const char *team; /* NULL: open_default_team. */
    int64_t at_ms;    /* -1: not given. */
    int64_t until_ms; /* -1: the scenario's end. */
    int64_t below_ppm;
    uint64_t seed;
    uint64_t replicas;
    uint64_t threads; /* 0: as many as there are. */
    uint64_t replica;
    uint64_t parameters; /* 0: chance alone. */
    bool seed_given;
    bool replica_given;
    bool causes;
    bool json;
};

/* ---- Arguments ---- */

static uint64_t many_number(struct argp_state *state, const char *option, const char *text,
                            uint64_t least, uint64_t most) {
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && text[0] != '-' && value >= least &&
        value <= most) {
        return value;
    }
    char line[MANY_LINE_BYTES];
    char numbers[2][PRINT_NUMBER_BYTES];
    snprintf(numbers[0], PRINT_NUMBER_BYTES, "%" PRIu64, least);
    snprintf(numbers[1], PRINT_NUMBER_BYTES, "%" PRIu64, most);
    const struct words_value values[] = {
        {"option", option}, {"least", numbers[0]}, {"most", numbers[1]}};
    words_fill(line, sizeof line, WORDS_ENSEMBLE_BAD_NUMBER, command_language(), values, 3);
    argp_error(state, "%s", line);
    return least;
}

static int64_t many_time(struct argp_state *state, const char *text) {
    int64_t time_ms = 0;
    if (spill_time_parse(text, &time_ms) != SPILL_OK) {
        char line[MANY_LINE_BYTES];
        const struct words_value values[] = {{"text", text}};
        words_fill(line, sizeof line, WORDS_ENSEMBLE_BAD_TIME, command_language(), values, 1);
        argp_error(state, "%s", line);
    }
    return time_ms;
}

/* "50%" or "50". */
static int64_t many_share(struct argp_state *state, const char *text) {
    char *end = NULL;
    const long percent = strtol(text, &end, 10);
    if (end == text || (strcmp(end, "") != 0 && strcmp(end, "%") != 0) || percent < 1 ||
        percent > 100) {
        argp_error(state, "%s", command_words(WORDS_ENSEMBLE_BAD_BELOW));
    }
    return percent * (SPILL_PPM / 100);
}

static void many_check(const struct many_arguments *arguments, struct argp_state *state) {
    const bool forecast = arguments->from != NULL;
    if (forecast != (arguments->at_ms >= 0) ||
        (forecast && (arguments->scenario != NULL || arguments->seed_given))) {
        argp_error(state, "%s", command_words(WORDS_ENSEMBLE_FROM_WITH_AT));
    }
    if (arguments->scenario == NULL && !forecast) {
        argp_usage(state);
    }
    if (arguments->parameters > 0 &&
        (forecast || arguments->replica_given || arguments->csv != NULL)) {
        argp_error(state, "%s", command_words(WORDS_UNCERTAINTY_ALONE));
    }
}

static error_t many_option(int key, char *argument, struct argp_state *state) {
    struct many_arguments *const arguments = state->input;
    switch (key) {
    case 'n':
        arguments->replicas = many_number(state, "--replicas", argument, 1, UINT32_MAX - 1);
        return 0;
    case 'T':
        arguments->threads = many_number(state, "--threads", argument, 1, TEAM_THREADS_MAX);
        return 0;
    case 'S':
        arguments->seed = many_number(state, "--seed", argument, 0, UINT64_MAX);
        arguments->seed_given = true;
        return 0;
    case 'u':
        arguments->until_ms = many_time(state, argument);
        return 0;
    case 't':
        arguments->team = argument;
        return 0;
    case 'b':
        arguments->below_ppm = many_share(state, argument);
        return 0;
    case 'j':
        arguments->json = true;
        return 0;
    case 'C':
        arguments->csv = argument;
        return 0;
    case 'p':
        arguments->parameters =
            many_number(state, "--parameters", argument, 2, UNCERTAINTY_SAMPLES_MAX);
        return 0;
    case 'r':
        arguments->replica = many_number(state, "--replica", argument, 0, UINT32_MAX);
        arguments->replica_given = true;
        return 0;
    case 'c':
        arguments->causes = true;
        return 0;
    case 'f':
        arguments->from = argument;
        return 0;
    case 'a':
        arguments->at_ms = many_time(state, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->scenario != NULL) {
            argp_usage(state);
        }
        arguments->scenario = argument;
        return 0;
    case ARGP_KEY_END:
        many_check(arguments, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- Where it starts ---- */

/* What an ensemble is made of: a package, or a recording brought to a moment. */
struct many_source {
    struct package *package;
    struct scenario *owned;
    struct replay *replay;
    struct exercise *exercise;
    const struct scenario *scenario;
    const struct world *from; /* NULL: from the start. */
};

static void many_source_close(struct many_source *source) {
    exercise_destroy(&source->exercise);
    replay_close(&source->replay);
    scenario_free(&source->owned);
    package_destroy(&source->package);
}

static enum spill_exit many_source_open(const struct many_arguments *arguments,
                                        struct many_source *source) {
    if (arguments->from == NULL) {
        const enum spill_exit code =
            open_scenario(arguments->scenario, &source->package, &source->owned);
        source->scenario = source->owned;
        return code;
    }
    struct spill_error error = {{0}};
    enum spill_status status = replay_open(arguments->from, NULL, &source->replay, &error);
    if (status == SPILL_OK) {
        struct recording_summary summary;
        recording_summary(replay_recording(source->replay), &summary);
        const enum spill_exit code =
            open_time(WORDS_OPEN_BEYOND_RECORDING, "--at", arguments->at_ms, summary.exercise_ms);
        if (code != SPILL_EXIT_OK) {
            return code;
        }
        status = replay_to(source->replay, arguments->at_ms, NULL, NULL, &source->exercise, &error);
    }
    if (status != SPILL_OK) {
        return command_fail_status(status, &error);
    }
    source->scenario = replay_scenario(source->replay);
    source->from = exercise_world(source->exercise);
    return SPILL_EXIT_OK;
}

/* Equally spaced edges, and those that the page shows. */
static size_t many_edges(int64_t start_ms, int64_t until_ms, int64_t edges_ms[MANY_EDGES_MAX]) {
    static const int64_t shown_ms[] = {3600000, 6 * 3600000, 24 * 3600000};
    const int64_t span_ms = until_ms - start_ms;
    size_t count = 0;
    size_t shown = 0;
    for (int64_t i = 0; i < MANY_EDGES; i++) {
        const int64_t at_ms = start_ms + span_ms / (MANY_EDGES - 1) * i +
                              span_ms % (MANY_EDGES - 1) * i / (MANY_EDGES - 1);
        for (; shown < 3 && start_ms + shown_ms[shown] < at_ms; shown++) {
            if (count == 0 || start_ms + shown_ms[shown] > edges_ms[count - 1]) {
                edges_ms[count++] = start_ms + shown_ms[shown];
            }
        }
        if (count == 0 || at_ms > edges_ms[count - 1]) {
            edges_ms[count++] = at_ms;
        }
    }
    return count;
}

/* ---- The run ---- */

struct many_watch {
    double began;
};

static double many_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool many_on_progress(uint32_t done_count, uint32_t replica_count, void *context) {
    const struct many_watch *const watch = context;
    const double seconds = many_seconds() - watch->began;
    const double rate = seconds > 0 ? done_count / seconds : 0;
    const double left = rate > 0 ? (replica_count - done_count) / rate : 0;
    char line[MANY_LINE_BYTES];
    char numbers[4][PRINT_NUMBER_BYTES];
    snprintf(numbers[3], PRINT_NUMBER_BYTES, left < 90 ? "%.0f s" : "%.0f min",
             left < 90 ? left : left / 60);
    const struct words_value values[] = {{"done", print_count(done_count, numbers[0])},
                                         {"total", print_count(replica_count, numbers[1])},
                                         {"rate", print_count((int64_t)rate, numbers[2])},
                                         {"left", numbers[3]}};
    words_fill(line, sizeof line, WORDS_ENSEMBLE_PROGRESS, command_language(), values, 4);
    terminal_progress("%s", line);
    return !command_interrupted();
}

static enum spill_exit many_print(const struct many_arguments *arguments,
                                  const struct ensemble_report *report) {
    struct spill_error error = {{0}};
    if (arguments->csv != NULL && ensemble_print_csv(arguments->csv, report, &error) != SPILL_OK) {
        return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
    }
    if (!arguments->json) {
        ensemble_print(stdout, report);
        return SPILL_EXIT_OK;
    }
    return ensemble_print_json(stdout, report) ? SPILL_EXIT_OK
                                               : command_fail_status(SPILL_MEMORY, NULL);
}

static enum spill_exit many_run_all(const struct many_arguments *arguments,
                                    const struct many_source *source,
                                    struct ensemble_options *options) {
    struct many_watch watch = {.began = many_seconds()};
    struct spill_error error = {{0}};
    struct ensemble *ensemble = NULL;
    options->on_progress = many_on_progress;
    options->context = &watch;
    command_watch_interrupt();
    const enum spill_status status = ensemble_run(options, &ensemble, &error);
    terminal_progress_end();
    if (ensemble == NULL) {
        return command_fail_status(status, &error);
    }
    const int columns = terminal_columns(stdout);
    const struct ensemble_report report = {
        .scenario = source->scenario,
        .ensemble = ensemble,
        .language = (enum language)command_language(),
        .columns = terminal_is(stdout) && columns < MANY_COLUMNS_MAX ? columns : MANY_COLUMNS_MAX,
        .colours = terminal_colours(stdout),
        .threads = options->threads,
        .seconds = many_seconds() - watch.began};
    enum spill_exit code = many_print(arguments, &report);
    if (status == SPILL_INTERRUPTED && code == SPILL_EXIT_OK) {
        char line[MANY_LINE_BYTES];
        char numbers[2][PRINT_NUMBER_BYTES];
        const struct words_value values[] = {
            {"done", print_count(ensemble_replica_count(ensemble), numbers[0])},
            {"total", print_count(options->replica_count, numbers[1])}};
        words_fill(line, sizeof line, WORDS_ENSEMBLE_STOPPED, command_language(), values, 2);
        code = command_fail(SPILL_EXIT_INTERRUPTED, "%s", line);
    }
    ensemble_destroy(&ensemble);
    return code;
}

/* ---- What is not well known, outside; chance, inside. ---- */

static void many_on_level(uint32_t done, uint32_t total, void *context) {
    const struct many_watch *const watch = context;
    const double seconds = many_seconds() - watch->began;
    const double left = done > 0 ? seconds / done * (total - done) : 0;
    char line[MANY_LINE_BYTES];
    char numbers[3][PRINT_NUMBER_BYTES];
    snprintf(numbers[2], PRINT_NUMBER_BYTES, left < 90 ? "%.0f s" : "%.0f min",
             left < 90 ? left : left / 60);
    const struct words_value values[] = {{"done", print_count(done, numbers[0])},
                                         {"total", print_count(total, numbers[1])},
                                         {"left", numbers[2]}};
    words_fill(line, sizeof line, WORDS_UNCERTAINTY_PROGRESS, command_language(), values, 3);
    terminal_progress("%s", line);
}

/* An interrupt stops a sample in the middle. */
static bool many_on_sample(uint32_t done_count, uint32_t replica_count, void *context) {
    (void)done_count;
    (void)replica_count;
    (void)context;
    return !command_interrupted();
}

static enum spill_exit many_run_levels(const struct many_arguments *arguments,
                                       const struct many_source *source,
                                       struct ensemble_options *options) {
    struct spill_error error = {{0}};
    struct uncertainty *uncertainty = NULL;
    options->on_progress = many_on_sample;
    command_watch_interrupt();
    const struct uncertainty_options two = {.package = source->package,
                                            .folder = arguments->scenario,
                                            .scenario = source->scenario,
                                            .ensemble = *options,
                                            .samples = (uint32_t)arguments->parameters,
                                            .on_sample = many_on_level,
                                            .context = &(struct many_watch){many_seconds()}};
    const enum spill_status status = uncertainty_run(&two, &uncertainty, &error);
    terminal_progress_end();
    if (uncertainty == NULL) {
        return status == SPILL_INTERRUPTED ? SPILL_EXIT_INTERRUPTED
                                           : command_fail_status(status, &error);
    }
    const int columns = terminal_columns(stdout);
    enum spill_exit code = SPILL_EXIT_OK;
    if (!arguments->json) {
        uncertainty_print(stdout, uncertainty, (enum language)command_language(),
                          columns < MANY_COLUMNS_MAX ? columns : MANY_COLUMNS_MAX);
    } else if (!uncertainty_print_json(stdout, uncertainty)) {
        code = command_fail_status(SPILL_MEMORY, NULL);
    }
    uncertainty_destroy(&uncertainty);
    return status == SPILL_INTERRUPTED && code == SPILL_EXIT_OK ? SPILL_EXIT_INTERRUPTED : code;
}

static enum spill_exit many_run_one(const struct many_arguments *arguments,
                                    const struct many_source *source,
                                    const struct ensemble_options *options) {
    const struct ensemble_replica_options replica = {.scenario = source->scenario,
                                                     .ensemble = options,
                                                     .replica = (uint32_t)arguments->replica,
                                                     .causes = arguments->causes,
                                                     .json = arguments->json,
                                                     .language = (enum language)command_language(),
                                                     .colours = terminal_colours(stdout)};
    const enum spill_status status = ensemble_replica_print(&replica);
    return status == SPILL_OK ? SPILL_EXIT_OK : command_fail_status(status, NULL);
}

/* Whether what was asked for is there: the team, and the times. */
static enum spill_exit many_fits(const struct many_arguments *arguments,
                                 const struct many_source *source, const char *team) {
    const int64_t end_ms = scenario_duration_ms(source->scenario);
    const enum spill_exit code =
        arguments->until_ms >= 0
            ? open_time(WORDS_OPEN_BEYOND_END, "--until", arguments->until_ms, end_ms)
            : SPILL_EXIT_OK;
    return code == SPILL_EXIT_OK ? open_team(source->scenario, team) : code;
}

static enum spill_exit many_run(const struct many_arguments *arguments) {
    struct many_source source = {0};
    enum spill_exit code = many_source_open(arguments, &source);
    const char *team = arguments->team;
    if (code == SPILL_EXIT_OK) {
        team = team != NULL ? team : open_default_team(source.scenario);
        code = many_fits(arguments, &source, team);
    }
    if (code == SPILL_EXIT_OK) {
        const int64_t tick_ms = network_tick_ms(scenario_network(source.scenario));
        const int64_t end_ms =
            arguments->until_ms >= 0 ? arguments->until_ms : scenario_duration_ms(source.scenario);
        int64_t edges_ms[MANY_EDGES_MAX];
        struct ensemble_options options = {
            .network = scenario_network(source.scenario),
            .script = scenario_script(source.scenario),
            .team = team,
            .seed = arguments->seed_given ? arguments->seed : scenario_seed(source.scenario),
            .replica_count = (uint32_t)arguments->replicas,
            .threads = arguments->threads != 0 ? (int)arguments->threads : team_threads(),
            .until_ms = end_ms - end_ms % tick_ms,
            .down_below_ppm = arguments->below_ppm,
            .from = source.from};
        const int64_t start_ms = source.from != NULL ? world_now_ms(source.from) : 0;
        if (options.until_ms > start_ms) {
            options.edge_count = many_edges(start_ms, options.until_ms, edges_ms);
            options.edges_ms = edges_ms;
        }
        code = arguments->replica_given    ? many_run_one(arguments, &source, &options)
               : arguments->parameters > 0 ? many_run_levels(arguments, &source, &options)
                                           : many_run_all(arguments, &source, &options);
    }
    many_source_close(&source);
    return code;
}

enum spill_exit command_ensemble(int argc, char **argv) {
    struct many_arguments arguments = {
        .at_ms = -1, .until_ms = -1, .replicas = MANY_REPLICAS_DEFAULT};
    const struct argp_option options[] = {
        {"replicas", 'n', "N", 0, command_words(WORDS_ENSEMBLE_REPLICAS_OPTION), 0},
        {"threads", 'T', "N", 0, command_words(WORDS_ENSEMBLE_THREADS_OPTION), 0},
        {"seed", 'S', "N", 0, command_words(WORDS_RUN_OPTION_SEED), 0},
        {"until", 'u', "T", 0, command_words(WORDS_ENSEMBLE_UNTIL_OPTION), 0},
        {"team", 't', "TEAM", 0, command_words(WORDS_RUN_OPTION_TEAM), 0},
        {"below", 'b', "SHARE", 0, command_words(WORDS_ENSEMBLE_BELOW_OPTION), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {"csv", 'C', "DIR", 0, command_words(WORDS_ENSEMBLE_CSV_OPTION), 0},
        {"parameters", 'p', "N", 0, command_words(WORDS_UNCERTAINTY_OPTION), 0},
        {"replica", 'r', "N", 0, command_words(WORDS_ENSEMBLE_REPLICA_OPTION), 0},
        {"causes", 'c', NULL, 0, command_words(WORDS_ENSEMBLE_CAUSES_OPTION), 0},
        {"from", 'f', "FILE", 0, command_words(WORDS_ENSEMBLE_FROM_OPTION), 0},
        {"at", 'a', "T", 0, command_words(WORDS_ENSEMBLE_AT_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = many_option,
        .args_doc = command_words(WORDS_ENSEMBLE_ARGUMENTS),
        .doc = command_words(WORDS_COMMAND_ENSEMBLE),
    };
    command_parse(&argp, argc, argv, &arguments);
    return many_run(&arguments);
}
