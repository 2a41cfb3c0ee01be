/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover coordinate: an exercise for nodes at the end of sockets, recorded; the same command
 * goes on with its recording.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/coordinate_web.h"
#include "coordinator/commands/open.h"
#include "coordinator/commands/play_options.h"
#include "coordinator/commands/terminal.h"
#include "coordinator/commands/version.h"
#include "coordinator/control/hub.h"

enum {
    COORDINATE_LINE_BYTES = 1024,
    COORDINATE_LOOK_MS = 100,   /* Unattended: between looks at who is there. */
    COORDINATE_LAST_MS = 10000, /* Unattended: so long nodes have to take in the end. */
};

static const char COORDINATE_BIND[] = "tcp://127.0.0.1:0";

struct coordinate_arguments {
    const char *scenario, *bind, *roster, *record, *team, *web;
    int64_t speed; /* Exercise seconds a wall second; 0: as fast as it goes. */
    uint64_t seed;
    bool seed_given, unattended, leash;
    int ready; /* -1: none. */
};

static error_t coordinate_option(int key, char *argument, struct argp_state *state) {
    struct coordinate_arguments *const arguments = state->input;
    switch (key) {
    case 'b':
        arguments->bind = argument;
        return 0;
    case 'R':
        arguments->roster = argument;
        return 0;
    case 'r':
        arguments->record = argument;
        return 0;
    case 't':
        arguments->team = argument;
        return 0;
    case 'w':
        arguments->web = argument;
        return 0;
    case 'u':
        arguments->unattended = true;
        return 0;
    case 'L':
        arguments->leash = true;
        return 0;
    case 's':
        arguments->speed = play_speed(state, argument);
        return 0;
    case 'S':
        arguments->seed = play_seed(state, argument);
        arguments->seed_given = true;
        return 0;
    case 'f':
        arguments->ready = play_ready(state, argument);
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
        } else if (arguments->roster == NULL) {
            argp_error(state, "%s", command_words(WORDS_COORDINATE_NEEDS_ROSTER));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Everything that a coordinator holds. */
struct coordinate {
    const struct coordinate_arguments *arguments;
    const struct package *package;
    const struct scenario *scenario;
    char record[PLAY_RECORD_BYTES];
    uv_loop_t loop;
    uv_signal_t signals[3]; /* Interrupt, end, read the roster again. */
    uv_timer_t timer;
    uv_poll_t leash;
    bool leash_watched;
    int handle_count;
    struct live *live;
    struct hub *hub;
    struct coordinate_web web;
    int64_t starts_us;
    bool resumed, started, over, closing, interrupted;
    int64_t over_ms;
    enum spill_exit code;
};

/* ---- Ending ---- */

static void coordinate_on_handle_closed(uv_handle_t *handle) {
    ((struct coordinate *)handle->data)->handle_count--;
}

static void coordinate_on_hub_closed(void *context) {
    struct coordinate *const coordinate = context;
    for (size_t i = 0; i < 3; i++) {
        uv_close((uv_handle_t *)&coordinate->signals[i], coordinate_on_handle_closed);
    }
    uv_close((uv_handle_t *)&coordinate->timer, coordinate_on_handle_closed);
    if (coordinate->leash_watched) {
        uv_close((uv_handle_t *)&coordinate->leash, coordinate_on_handle_closed);
    }
}

static void coordinate_on_web_closed(void *context) {
    struct coordinate *const coordinate = context;
    web_secrets_wipe(&coordinate->web.secrets);
    if (coordinate->hub != NULL) {
        hub_close(&coordinate->hub, coordinate_on_hub_closed, coordinate);
    } else {
        coordinate_on_hub_closed(coordinate);
    }
}

static void coordinate_on_live_closed(void *context) {
    struct coordinate *const coordinate = context;
    if (coordinate->web.web != NULL) {
        web_close(&coordinate->web.web, coordinate_on_web_closed, coordinate);
    } else {
        coordinate_on_web_closed(coordinate);
    }
}

/* In order: the exercise, then pages and nodes. */
static void coordinate_close(struct coordinate *coordinate) {
    if (coordinate->closing) {
        return;
    }
    coordinate->closing = true;
    if (coordinate->web.web != NULL) {
        web_rest(coordinate->web.web);
    }
    live_close(&coordinate->live, coordinate_on_live_closed, coordinate);
}

static void coordinate_on_interrupt(uv_signal_t *handle, int number) {
    struct coordinate *const coordinate = handle->data;
    if (coordinate->closing) {
        /* The second one does not wait for anything. */
        signal(number, SIG_DFL);
        (void)raise(number);
    }
    coordinate->interrupted = true;
    coordinate_close(coordinate);
}

/* Nobody writes there; it ends with whoever holds the other end. */
static void coordinate_on_leash(uv_poll_t *poll, int status, int events) {
    struct coordinate *const coordinate = poll->data;
    char byte = 0;
    (void)events;
    if (status < 0 || read(STDIN_FILENO, &byte, 1) == 0) {
        (void)uv_poll_stop(poll);
        coordinate->interrupted = true;
        coordinate_close(coordinate);
    }
}

static void coordinate_on_reload(uv_signal_t *handle, int number) {
    struct coordinate *const coordinate = handle->data;
    struct spill_error error = {0};
    (void)number;
    if (coordinate->hub != NULL && hub_reload_roster(coordinate->hub, &error) != SPILL_OK) {
        terminal_progress_end();
        fprintf(stderr, "%s\n", error.text);
    }
}

/* ---- What the exercise says ---- */

static int64_t coordinate_now_ms(void) {
    return (int64_t)(uv_hrtime() / 1000000);
}

static void coordinate_on_clock(const struct stream_clock *clock, void *context) {
    struct coordinate *const coordinate = context;
    coordinate->started = clock->state != FRAME_CLOCK_NOT_STARTED;
    if (clock->state == FRAME_CLOCK_ENDED && !coordinate->over) {
        coordinate->over = true;
        coordinate->over_ms = coordinate_now_ms();
        terminal_progress_end();
        fprintf(stderr, "%s\n", command_words(WORDS_COORDINATE_EXERCISE_OVER));
    }
}

static void coordinate_on_ended(enum spill_status status, const struct spill_error *error,
                                void *context) {
    struct coordinate *const coordinate = context;
    if (status != SPILL_OK) {
        /* All that it reads or writes is the recording: its disk is full, or gone. */
        terminal_progress_end();
        coordinate->code = status == SPILL_IO
                               ? command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error->text)
                               : command_fail_status(status, error);
        coordinate_close(coordinate);
    }
}

static void coordinate_on_log(const char *words, void *context) {
    (void)context;
    terminal_progress_end();
    fprintf(stderr, "%s\n", words);
}

/* ---- Unattended ---- */

/* Every cell for which somebody is enrolled has its node. */
static bool coordinate_is_complete(const struct coordinate *coordinate) {
    struct spill_error error = {0};
    struct roster *roster = NULL;
    if (roster_load(coordinate->arguments->roster, &roster, &error) != SPILL_OK) {
        return false;
    }
    const struct script *const script = scenario_script(coordinate->scenario);
    bool complete = roster_count(roster) > 0;
    for (uint32_t i = 0; i < script_cell_count(script); i++) {
        const struct cell_ref cell = {i};
        struct hub_seat_now now;
        hub_seat(coordinate->hub, cell, &now);
        for (size_t at = 0; at < roster_count(roster); at++) {
            const struct roster_entry *const entry = roster_entry(roster, at);
            complete = complete && (now.link == HUB_OPEN || entry->revoked ||
                                    !roster_has_cell(entry, script_cell_id(script, cell)));
        }
    }
    roster_destroy(&roster);
    return complete;
}

static void coordinate_on_timer(uv_timer_t *timer) {
    struct coordinate *const coordinate = timer->data;
    if (coordinate->closing || !coordinate->arguments->unattended) {
        return;
    }
    if (coordinate->over) {
        const int64_t waited_ms = coordinate_now_ms() - coordinate->over_ms;
        /* Whoever was cut off in the last moment will be back for the rest. */
        const bool done = hub_is_done(coordinate->hub) && coordinate_is_complete(coordinate);
        if (done || waited_ms > COORDINATE_LAST_MS) {
            coordinate_close(coordinate);
        }
    } else if (!coordinate->started && coordinate_is_complete(coordinate)) {
        const struct input start = {.kind = INPUT_START,
                                    .who = {.kind = WHO_CONTROL, .id = "run"},
                                    .clock = {.why = "every cell is there"}};
        coordinate->started = live_command(coordinate->live, &start, NULL, NULL) == SPILL_OK;
    }
}

/* ---- Beginning ---- */

static void coordinate_on_progress(uint64_t done, uint64_t total, void *context) {
    const struct coordinate *const coordinate = context;
    char line[COORDINATE_LINE_BYTES];
    char numbers[2][24];
    snprintf(numbers[0], sizeof numbers[0], "%" PRIu64, done);
    snprintf(numbers[1], sizeof numbers[1], "%" PRIu64, total);
    const struct words_value values[] = {
        {"path", coordinate->record}, {"done", numbers[0]}, {"total", numbers[1]}};
    words_fill(line, sizeof line, WORDS_COORDINATE_RESUMES, command_language(), values, 3);
    terminal_progress("%s", line);
}

static enum spill_exit coordinate_open_live(struct coordinate *coordinate) {
    const struct coordinate_arguments *const arguments = coordinate->arguments;
    const struct scenario *const scenario = coordinate->scenario;
    struct spill_error error = {0};
    coordinate->resumed = access(coordinate->record, F_OK) == 0;
    const struct live_options options = {
        .loop = &coordinate->loop,
        .session = {.scenario = scenario,
                    .package = coordinate->package,
                    .record_path = coordinate->record,
                    .seed = arguments->seed_given ? arguments->seed : scenario_seed(scenario),
                    .team = arguments->team,
                    .program = version_number(),
                    .causes = true},
        .resume = coordinate->resumed,
        .run_on = arguments->unattended,
        .speed_permille = 1000 * arguments->speed,
    };
    const enum spill_status status =
        live_open(&options, coordinate_on_progress, coordinate, &coordinate->live, &error);
    terminal_progress_end();
    if (status == SPILL_OK) {
        coordinate->started = live_clock(coordinate->live).state != FRAME_CLOCK_NOT_STARTED;
        return SPILL_EXIT_OK;
    }
    if (!coordinate->resumed && status != SPILL_MEMORY) {
        return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
    }
    return status == SPILL_MEMORY ? command_fail_status(status, &error)
                                  : command_fail(SPILL_EXIT_INPUT, "%s", error.text);
}

static enum spill_exit coordinate_open_hub(struct coordinate *coordinate) {
    struct spill_error error = {0};
    const struct hub_options options = {
        .loop = &coordinate->loop,
        .live = coordinate->live,
        .scenario = coordinate->scenario,
        .record_path = coordinate->record,
        .roster_path = coordinate->arguments->roster,
        .bind = coordinate->arguments->bind,
        .program = version_number(),
        .team = live_meta(coordinate->live)->team,
        .on_log = coordinate_on_log,
        .context = coordinate,
    };
    const enum spill_status status = hub_open(&options, &coordinate->hub, &error);
    switch (status) {
    case SPILL_OK:
        return SPILL_EXIT_OK;
    case SPILL_NOT_FOUND:
        return command_fail(SPILL_EXIT_INPUT, "%s", error.text);
    case SPILL_REFUSED:
        return command_fail(SPILL_EXIT_INTERNAL, "%s", error.text);
    default:
        return command_fail_status(status, &error);
    }
}

static enum spill_exit coordinate_open_web(struct coordinate *coordinate) {
    struct spill_error error = {0};
    const struct coordinate_web_options options = {
        .loop = &coordinate->loop,
        .live = coordinate->live,
        .hub = coordinate->hub,
        .scenario = coordinate->scenario,
        .record_path = coordinate->record,
        .address = coordinate->arguments->web,
        .team = live_meta(coordinate->live)->team,
        .resumed = coordinate->resumed,
        .starts_us = coordinate->starts_us,
    };
    const enum spill_status status = coordinate_web_open(&options, &coordinate->web, &error);
    return status == SPILL_OK ? SPILL_EXIT_OK
           : status == SPILL_INVALID && coordinate->arguments->web != NULL
               ? command_fail(SPILL_EXIT_USAGE, "%s", error.text)
               : command_fail_status(status, &error);
}

/* Tells people on standard error, and a program that started this one by a line of JSON. */
static enum spill_exit coordinate_tell(struct coordinate *coordinate) {
    char key[SEAL_TEXT_BYTES];
    char line[COORDINATE_LINE_BYTES];
    const char *const endpoint = hub_endpoint(coordinate->hub);
    seal_key_print(hub_server_key(coordinate->hub), key);
    const struct words_value values[] = {
        {"title", scenario_id(coordinate->scenario)}, {"endpoint", endpoint}, {"key", key}};
    words_fill(line, sizeof line, WORDS_COORDINATE_LISTENS, command_language(), values, 3);
    fprintf(stderr, "%s\n", line);
    coordinate_web_tell(&coordinate->web);
    if (coordinate->arguments->ready < 0) {
        return SPILL_EXIT_OK;
    }
    /* Neither an endpoint nor a key has characters that JSON escapes. */
    char web[COORDINATE_LINE_BYTES / 2];
    coordinate_web_print(&coordinate->web, web, sizeof web);
    const int bytes =
        snprintf(line, sizeof line, "{\"endpoint\": \"%s\", \"server_key\": \"%s\", %s}\n",
                 endpoint, key, web);
    SPILL_ASSERT(bytes > 0);
    SPILL_ASSERT((size_t)bytes < sizeof line);
    const bool told = write(coordinate->arguments->ready, line, (size_t)bytes) == (ssize_t)bytes;
    return told && close(coordinate->arguments->ready) == 0
               ? SPILL_EXIT_OK
               : command_fail(SPILL_EXIT_UNAVAILABLE, "--ready-fd: %s", strerror(errno));
}

static void coordinate_init_handles(struct coordinate *coordinate) {
    signal(SIGPIPE, SIG_IGN); /* Whoever reads may be gone; writing says so. */
    const int loop = uv_loop_init(&coordinate->loop);
    SPILL_ASSERT(loop == 0);
    for (size_t i = 0; i < 3; i++) {
        const int made = uv_signal_init(&coordinate->loop, &coordinate->signals[i]);
        SPILL_ASSERT(made == 0);
        coordinate->signals[i].data = coordinate;
    }
    const int timer = uv_timer_init(&coordinate->loop, &coordinate->timer);
    SPILL_ASSERT(timer == 0);
    coordinate->timer.data = coordinate;
}

/* Once live and hub are there: opening the hub turns the loop already, and who interrupts before
 * then ends the program, with nothing to lose. */
static void coordinate_start_handles(struct coordinate *coordinate) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    SPILL_ASSERT(coordinate->hub != NULL);
    for (size_t i = 0; i < 3; i++) {
        uv_signal_start(&coordinate->signals[i],
                        i < 2 ? coordinate_on_interrupt : coordinate_on_reload, numbers[i]);
    }
    uv_timer_start(&coordinate->timer, coordinate_on_timer, COORDINATE_LOOK_MS, COORDINATE_LOOK_MS);
    coordinate->leash.data = coordinate;
    coordinate->leash_watched =
        coordinate->arguments->leash &&
        uv_poll_init(&coordinate->loop, &coordinate->leash, STDIN_FILENO) == 0;
    if (coordinate->leash_watched) {
        uv_poll_start(&coordinate->leash, UV_READABLE | UV_DISCONNECT, coordinate_on_leash);
    }
}

static enum spill_exit coordinate_run(struct coordinate *coordinate) {
    coordinate_init_handles(coordinate);
    coordinate->starts_us = web_starts_us(coordinate->scenario); /* Before there are threads. */
    enum spill_exit code = coordinate_open_live(coordinate);
    if (code == SPILL_EXIT_OK) {
        code = coordinate_open_hub(coordinate);
    }
    if (code == SPILL_EXIT_OK) {
        code = coordinate_open_web(coordinate);
    }
    if (code == SPILL_EXIT_OK) {
        code = coordinate_tell(coordinate);
    }
    if (code == SPILL_EXIT_OK) {
        const struct live_events events = {.on_clock = coordinate_on_clock,
                                           .on_ended = coordinate_on_ended,
                                           .context = coordinate};
        live_listen(coordinate->live, &events);
        coordinate_start_handles(coordinate);
        live_start(coordinate->live);
    } else if (coordinate->live != NULL) {
        coordinate_close(coordinate);
    } else {
        coordinate_on_hub_closed(coordinate);
    }
    while (uv_run(&coordinate->loop, UV_RUN_DEFAULT) != 0) {
    }
    const int closed = uv_loop_close(&coordinate->loop);
    SPILL_ASSERT(closed == 0);
    if (code == SPILL_EXIT_OK && coordinate->code == SPILL_EXIT_OK && !coordinate->over) {
        char line[COORDINATE_LINE_BYTES];
        const struct words_value values[] = {{"path", coordinate->record}};
        words_fill(line, sizeof line, WORDS_COORDINATE_STOPPED, command_language(), values, 1);
        fprintf(stderr, "%s\n", line);
    }
    code = code == SPILL_EXIT_OK ? coordinate->code : code;
    return code == SPILL_EXIT_OK && coordinate->interrupted ? SPILL_EXIT_INTERRUPTED : code;
}

static enum spill_exit coordinate_scenario(struct coordinate_arguments *arguments,
                                           const struct package *package,
                                           const struct scenario *scenario) {
    struct coordinate coordinate = {
        .arguments = arguments, .package = package, .scenario = scenario};
    if (arguments->team == NULL) {
        arguments->team = open_default_team(scenario);
    }
    const enum spill_exit code = open_team(scenario, arguments->team);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    if (arguments->record != NULL) {
        if (strlen(arguments->record) >= sizeof coordinate.record) {
            return command_fail(SPILL_EXIT_USAGE, "--record: %s", spill_status_words(SPILL_LIMIT));
        }
        snprintf(coordinate.record, sizeof coordinate.record, "%s", arguments->record);
    } else {
        play_record(scenario, coordinate.record);
    }
    return coordinate_run(&coordinate);
}

enum spill_exit command_coordinate(int argc, char **argv) {
    struct coordinate_arguments arguments = {.bind = COORDINATE_BIND, .speed = 1, .ready = -1};
    const struct argp_option options[] = {
        {"bind", 'b', "ENDPOINT", 0, command_words(WORDS_COORDINATE_OPTION_BIND), 0},
        {"roster", 'R', "FILE", 0, command_words(WORDS_COORDINATE_OPTION_ROSTER), 0},
        {"record", 'r', "FILE", 0, command_words(WORDS_COORDINATE_OPTION_RECORD), 0},
        {"speed", 's', "N|max", 0, command_words(WORDS_COORDINATE_OPTION_SPEED), 0},
        {"seed", 'S', "N", 0, command_words(WORDS_RUN_OPTION_SEED), 0},
        {"team", 't', "POLICY", 0, command_words(WORDS_RUN_OPTION_TEAM), 0},
        {"web", 'w', "ADDRESS", 0, command_words(WORDS_COORDINATE_OPTION_WEB), 0},
        {"unattended", 'u', NULL, 0, command_words(WORDS_COORDINATE_OPTION_UNATTENDED), 0},
        {"leash", 'L', NULL, 0, command_words(WORDS_JOIN_OPTION_LEASH), 0},
        {"ready-fd", 'f', "N", 0, command_words(WORDS_COORDINATE_OPTION_READY), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = coordinate_option,
        .args_doc = "SCENARIO",
        .doc = command_words(WORDS_COMMAND_COORDINATE),
    };
    command_parse(&argp, argc, argv, &arguments);
    struct package *package = NULL;
    struct scenario *scenario = NULL;
    enum spill_exit code = open_scenario(arguments.scenario, &package, &scenario);
    if (code == SPILL_EXIT_OK) {
        code = coordinate_scenario(&arguments, package, scenario);
    }
    scenario_free(&scenario);
    package_destroy(&package);
    return code;
}
