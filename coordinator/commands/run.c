/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover run: a whole exercise on this machine, recorded.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/open.h"
#include "coordinator/commands/play_options.h"
#include "coordinator/commands/print.h"
#include "coordinator/commands/run_parts.h"
#include "coordinator/commands/terminal.h"
#include "coordinator/commands/version.h"

enum { RUN_COLUMNS_MAX = 100, RUN_LINE_BYTES = 256, RUN_CHAINS = 3, RUN_STEP_TICKS = 900 };

static const char RUN_TEAM_PASSIVE[] = "passive";

int64_t run_wall_ms(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static error_t run_option(int key, char *argument, struct argp_state *state) {
    struct run_arguments *const arguments = state->input;
    switch (key) {
    case 's':
        arguments->speed = play_speed(state, argument);
        return 0;
    case 'S':
        arguments->seed = play_seed(state, argument);
        arguments->seed_given = true;
        return 0;
    case 'r':
        arguments->record = argument;
        return 0;
    case 't':
        arguments->team = argument;
        return 0;
    case 'p':
        arguments->play = argument;
        return 0;
    case 'H':
        arguments->here = true;
        return 0;
    case 'f':
        arguments->ready = play_ready(state, argument);
        return 0;
    case 'j':
        arguments->json = true;
        return 0;
    case 'q':
        arguments->quiet = true;
        return 0;
    case 'B':
        arguments->browser = false;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->scenario != NULL) {
            argp_usage(state);
        }
        arguments->scenario = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->scenario == NULL) {
            argp_usage(state);
        } else if (arguments->here && (arguments->play != NULL || arguments->ready >= 0)) {
            argp_error(state, "%s", command_words(WORDS_RUN_HERE_ALONE));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "amber-tide-20261124-090000.spill" in the current folder. */
void run_take(const struct output *output, void *context) {
    struct run_watch *const watch = context;
    story_take(output, watch->story);
    watch->forgetful = why_take(watch->why, output) != SPILL_OK || watch->forgetful;
}

void run_show(struct run_watch *watch) {
    story_flush(watch->story);
    if (watch->lines == NULL || fflush(watch->lines) != 0 || watch->text_bytes == 0) {
        return;
    }
    terminal_progress_end();
    fwrite(watch->text, 1, watch->text_bytes, stdout);
    fflush(stdout);
    rewind(watch->lines);
}

void run_progress(struct run *run, const struct exercise *exercise) {
    char line[RUN_LINE_BYTES];
    if (terminal_is(stderr)) {
        story_status(run->watch.story, exercise, line, sizeof line);
        terminal_progress("%s", line);
    }
}

/* Plays to the end, at the pace that was asked for. */
static enum spill_status run_play(struct run *run, int64_t end_ms, struct spill_error *error) {
    struct session *const session = run->session;
    const int64_t speed = run->arguments->speed;
    const int64_t began_ms = run_wall_ms();
    const int64_t tick_ms =
        network_tick_ms(scenario_network(exercise_scenario(session_exercise(session))));
    int64_t kept_ms = began_ms;
    while (exercise_clock(session_exercise(session)) == CLOCK_RUNNING && !command_interrupted()) {
        const int64_t now_ms = exercise_now_ms(session_exercise(session));
        if (now_ms >= end_ms) {
            return SPILL_OK;
        }
        /* In steps, so that progress shows and an interrupt is noticed. */
        int64_t until_ms = now_ms + RUN_STEP_TICKS * tick_ms;
        if (speed > 0) {
            until_ms = (run_wall_ms() - began_ms) * speed / tick_ms * tick_ms;
        }
        until_ms = until_ms < end_ms ? until_ms : end_ms;
        if (until_ms > now_ms) {
            const enum spill_status status = session_run(session, until_ms, error);
            if (status != SPILL_OK) {
                return status;
            }
            run_show(&run->watch);
        } else {
            const struct timespec frame = {.tv_nsec = RUN_FRAME_MS * 1000000L};
            nanosleep(&frame, NULL);
        }
        if (run_wall_ms() - kept_ms >= 1000) {
            kept_ms = run_wall_ms();
            const enum spill_status status = session_keep(session, error);
            if (status != SPILL_OK) {
                return status;
            }
        }
        run_progress(run, session_exercise(session));
    }
    return SPILL_OK;
}

static enum spill_status run_command(struct session *session, enum input_kind kind, const char *why,
                                     struct spill_error *error) {
    const struct input input = {
        .kind = kind, .who = {.kind = WHO_CONTROL, .id = "run"}, .clock = {.why = why}};
    return session_apply(session, &input, error);
}

static void run_print_chains(const struct run_watch *watch, const struct summary_input *input) {
    struct asset_ref assets[RUN_CHAINS];
    const size_t count = why_telling(watch->why, SPILL_NEVER, assets, RUN_CHAINS);
    if (count == 0) {
        return;
    }
    static const enum words_key headings[RUN_CHAINS] = {WORDS_RUN_CHAINS_ONE, WORDS_RUN_CHAINS_TWO,
                                                        WORDS_RUN_CHAINS};
    printf("\n%s%s%s\n", print_begin(PRINT_BOLD, input->colours),
           command_words(headings[count - 1]), print_end(input->colours));
    struct why_chain chain;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            putchar('\n');
        }
        why_explain(watch->why, assets[i], SPILL_NEVER, &chain);
        why_print(watch->why, &chain, command_language(), WHY_COLUMNS, stdout);
    }
}

/* The same scenario and seed with cells that do nothing: what the decisions were worth. */
static struct world *run_passive(const struct scenario *scenario, uint64_t seed, int64_t until_ms) {
    const struct world_options options = {.seed = seed, .team = RUN_TEAM_PASSIVE};
    struct world *world = NULL;
    if (world_create(scenario_network(scenario), scenario_script(scenario), &options, &world) !=
        SPILL_OK) {
        return NULL;
    }
    world_advance(world, until_ms);
    return world;
}

static void run_print(struct run *run, const struct summary_input *input, int64_t wall_ms) {
    terminal_progress_end();
    const bool here = run->session != NULL;
    struct summary_run facts = {
        .recording = run->record_path,
        .seed = run->arguments->seed,
        .input_count = here ? session_input_count(run->session) : mirror_input_count(run->mirror),
        .wall_ms = wall_ms,
    };
    if (here) {
        session_digest(run->session, facts.digest);
    } else {
        mirror_digest(run->mirror, facts.digest);
    }
    if (run->arguments->json) {
        summary_print_json(stdout, input, &facts);
        return;
    }
    summary_print(stdout, input);
    run_print_chains(&run->watch, input);
    char digest[2 * CASCADE_DIGEST_BYTES + 1];
    for (size_t i = 0; i < CASCADE_DIGEST_BYTES; i++) {
        snprintf(digest + 2 * i, 3, "%02x", facts.digest[i]);
    }
    char line[2 * RUN_PATH_BYTES];
    const struct words_value values[] = {{"path", run->record_path}, {"digest", digest}};
    words_fill(line, sizeof line, WORDS_RUN_RECORDED, command_language(), values, 2);
    printf("\n%s\n", line);
}

/* Makes what watches. */
static enum spill_exit run_open(struct run *run) {
    const struct run_arguments *const arguments = run->arguments;
    if (!arguments->json && !arguments->quiet) {
        run->watch.lines = open_memstream(&run->watch.text, &run->watch.text_bytes);
    }
    const int columns =
        terminal_columns(stdout) < RUN_COLUMNS_MAX ? terminal_columns(stdout) : RUN_COLUMNS_MAX;
    run->story_options = (struct story_options){
        .scenario = run->scenario,
        .language = (enum language)command_language(),
        .stream = run->watch.lines,
        .colours = terminal_colours(stdout),
        .columns = terminal_is(stdout) ? columns : RUN_COLUMNS_MAX,
    };
    enum spill_status status = story_create(&run->story_options, &run->watch.story);
    if (status == SPILL_OK) {
        status = why_create(run->scenario, &run->watch.why);
    }
    return status == SPILL_OK ? SPILL_EXIT_OK : command_fail_status(status, NULL);
}

/* Makes the seats, then the recording. */
static enum spill_exit run_open_here(struct run *run) {
    const struct run_arguments *const arguments = run->arguments;
    struct spill_error error = {0};
    enum spill_status status =
        seats_create(run->scenario, arguments->team, arguments->seed, &run->seats);
    if (status != SPILL_OK) {
        return command_fail_status(status, NULL);
    }
    const struct session_options options = {.scenario = run->scenario,
                                            .package = run->package,
                                            .record_path = run->record_path,
                                            .seed = arguments->seed,
                                            .team = arguments->team,
                                            .program = version_number(),
                                            .causes = true,
                                            .seats = seats_way(run->seats),
                                            .on_output = run_take,
                                            .context = &run->watch};
    status = session_open(&options, &run->session, &error);
    if (status == SPILL_OK) {
        seats_join(run->seats, run->session);
        return SPILL_EXIT_OK;
    }
    /* A scenario was read and is sound; so it is the file, unless memory is all. */
    return status == SPILL_MEMORY ? command_fail_status(status, &error)
                                  : command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
}

/* Plays from start to end, and closes the recording. */
static enum spill_exit run_conduct(struct run *run) {
    struct spill_error error = {0};
    enum spill_status status = run_command(run->session, INPUT_START, "", &error);
    if (status == SPILL_OK) {
        status = run_play(run, scenario_duration_ms(run->scenario), &error);
    }
    if (status == SPILL_OK && exercise_clock(session_exercise(run->session)) != CLOCK_ENDED) {
        status = run_command(run->session, INPUT_END, command_interrupted() ? "interrupted" : "",
                             &error);
    }
    if (status == SPILL_OK) {
        status = session_finish(run->session, &error);
    }
    if (status == SPILL_OK) {
        return SPILL_EXIT_OK;
    }
    /* All that a session reads or writes is the recording: its disk is full, or gone. */
    return status == SPILL_IO ? command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text)
                              : command_fail_status(status, &error);
}

/* Says how it ended. */
static void run_tell(struct run *run, int64_t wall_ms) {
    const struct run_arguments *const arguments = run->arguments;
    run_show(&run->watch);
    const struct exercise *const exercise =
        run->session != NULL ? session_exercise(run->session) : mirror_exercise(run->mirror);
    const int64_t now_ms = exercise_now_ms(exercise);
    struct world *passive = NULL;
    if (strcmp(arguments->team, RUN_TEAM_PASSIVE) != 0) {
        passive = run_passive(run->scenario, arguments->seed, now_ms);
    }
    const struct summary_input input = {
        .scenario = run->scenario,
        .exercise = exercise,
        .story = run->watch.story,
        .compared = passive == NULL ? NULL : world_cascade(passive),
        .team = arguments->team,
        .compared_team = RUN_TEAM_PASSIVE,
        .language = run->story_options.language,
        .columns = run->story_options.columns,
        .colours = run->story_options.colours,
    };
    run_print(run, &input, wall_ms);
    world_destroy(&passive);
}

static void run_close(struct run *run) {
    mirror_close(&run->mirror);
    session_close(&run->session);
    seats_destroy(&run->seats);
    why_destroy(&run->watch.why);
    if (run->watch.lines != NULL) {
        fclose(run->watch.lines);
    }
    free(run->watch.text);
    story_destroy(&run->watch.story);
}

static enum spill_exit run_exercise(struct run_arguments *arguments, const struct package *package,
                                    const struct scenario *scenario) {
    char path[PLAY_RECORD_BYTES];
    play_record(scenario, path);
    arguments->seed = arguments->seed_given ? arguments->seed : scenario_seed(scenario);
    arguments->speed = arguments->speed >= 0 ? arguments->speed : scenario_speed(scenario);
    if (arguments->team == NULL) {
        arguments->team = open_default_team(scenario);
    }
    enum spill_exit code = open_team(scenario, arguments->team);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    struct run run = {
        .arguments = arguments,
        .package = package,
        .scenario = scenario,
        .record_path = arguments->record != NULL ? arguments->record : path,
    };
    code = run_open(&run);
    const int64_t began_ms = run_wall_ms();
    if (code == SPILL_EXIT_OK && arguments->here) {
        code = run_open_here(&run);
        code = code == SPILL_EXIT_OK ? run_conduct(&run) : code;
    } else if (code == SPILL_EXIT_OK) {
        code = run_apart(&run);
    }
    if (code == SPILL_EXIT_OK) {
        run_tell(&run, run_wall_ms() - began_ms);
        code = command_interrupted() ? SPILL_EXIT_INTERRUPTED : SPILL_EXIT_OK;
    }
    run_close(&run);
    return code;
}

enum spill_exit command_run(int argc, char **argv) {
    struct run_arguments arguments = {.browser = true, .speed = -1, .ready = -1};
    const struct argp_option options[] = {
        {"speed", 's', "N|max", 0, command_words(WORDS_RUN_OPTION_SPEED), 0},
        {"seed", 'S', "N", 0, command_words(WORDS_RUN_OPTION_SEED), 0},
        {"record", 'r', "FILE", 0, command_words(WORDS_RUN_OPTION_RECORD), 0},
        {"team", 't', "POLICY", 0, command_words(WORDS_RUN_OPTION_TEAM), 0},
        {"play", 'p', "CELL", 0, command_words(WORDS_RUN_OPTION_PLAY), 0},
        {"in-process", 'H', NULL, 0, command_words(WORDS_RUN_OPTION_HERE), 0},
        {"ready-fd", 'f', "N", 0, command_words(WORDS_COORDINATE_OPTION_READY), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {"quiet", 'q', NULL, 0, command_words(WORDS_RUN_OPTION_QUIET), 0},
        {"no-browser", 'B', NULL, 0, command_words(WORDS_RUN_OPTION_NO_BROWSER), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = run_option,
        .args_doc = "SCENARIO",
        .doc = command_words(WORDS_COMMAND_RUN),
    };
    command_parse(&argp, argc, argv, &arguments);
    command_watch_interrupt();
    struct package *package = NULL;
    struct scenario *scenario = NULL;
    enum spill_exit code = open_scenario(arguments.scenario, &package, &scenario);
    if (code == SPILL_EXIT_OK) {
        code = run_exercise(&arguments, package, scenario);
    }
    scenario_free(&scenario);
    package_destroy(&package);
    return code;
}
