/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover join: the node of one cell, for people at a terminal or for a robot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/terminal.h"
#include "coordinator/commands/version.h"
#include "nodes/lines.h"
#include "proto/seal/key_file.h"

enum { JOIN_LINE_BYTES = 8192, JOIN_COLUMNS_MAX = 100, JOIN_PATH_BYTES = SPILL_ID_BYTES_MAX + 16 };

struct join_arguments {
    const char *coordinator;
    const char *cell;
    const char *key;
    const char *inbox;
    uint8_t server_key[SEAL_KEY_BYTES];
    bool server_key_given;
    bool robot;
    bool leash;
    enum words_language language;
};

struct join {
    const struct join_arguments *arguments;
    uv_loop_t loop;
    struct loop_context *context;
    struct inbox *inbox;
    struct station *station;
    struct lines *lines; /* NULL: a robot. */
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_poll_t input;
    bool input_begun;
    bool input_watched;
    bool input_ended; /* Whoever wrote to it is done: leave when all is there. */
    bool leaving;
    char line[JOIN_LINE_BYTES];
    size_t line_bytes;
    bool line_too_long;
    enum spill_exit code;
};

/* ---- Arguments ---- */

static error_t join_option(int key, char *argument, struct argp_state *state) {
    struct join_arguments *const arguments = state->input;
    switch (key) {
    case 'c':
        arguments->coordinator = argument;
        return 0;
    case 's':
        if (seal_key_parse(argument, arguments->server_key) != SPILL_OK) {
            argp_error(state, "%s", command_words(WORDS_JOIN_BAD_KEY));
        }
        arguments->server_key_given = true;
        return 0;
    case 'i':
        if (!spill_id_valid(argument, strlen(argument))) {
            argp_error(state, "%s", command_words(WORDS_JOIN_BAD_CELL));
        }
        arguments->cell = argument;
        return 0;
    case 'k':
        arguments->key = argument;
        return 0;
    case 'f':
        arguments->inbox = argument;
        return 0;
    case 'r':
        arguments->robot = true;
        return 0;
    case 'L':
        arguments->leash = true;
        return 0;
    case 'l':
        if (!words_language_find(argument, &arguments->language)) {
            argp_error(state, "%s", command_words(WORDS_WHY_BAD_LANGUAGE));
        }
        return 0;
    case ARGP_KEY_ARG:
        argp_usage(state);
        return 0;
    case ARGP_KEY_END:
        if (arguments->coordinator == NULL || !arguments->server_key_given ||
            arguments->cell == NULL || arguments->key == NULL) {
            argp_error(state, "%s", command_words(WORDS_JOIN_NEEDS));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- Leaving ---- */

static void join_leave(struct join *join, enum spill_exit code) {
    if (join->leaving) {
        return;
    }
    join->leaving = true;
    join->code = code;
    uv_close((uv_handle_t *)&join->interrupt, NULL);
    uv_close((uv_handle_t *)&join->terminate, NULL);
    if (join->input_watched) {
        uv_close((uv_handle_t *)&join->input, NULL);
    }
    station_close(&join->station, NULL, NULL);
    loop_context_close(&join->context);
}

static void join_begin_input(struct join *join);

/* What comes through a pipe is for somebody who knows all that there is to know; and when it ends,
 * and all of it is where it belongs, the work is done. */
static void join_look(struct join *join) {
    if (join->leaving || join->lines == NULL || !station_is_current(join->station)) {
        return;
    }
    if (!join->input_begun) {
        join_begin_input(join);
    } else if (join->input_ended) {
        join_leave(join, SPILL_EXIT_OK);
    }
}

static void join_on_signal(uv_signal_t *handle, int number) {
    (void)number;
    join_leave(handle->data, SPILL_EXIT_INTERRUPTED);
}

/* ---- The station ---- */

static void join_on_message(const struct station_message *message, void *context) {
    struct join *const join = context;
    if (join->lines != NULL) {
        lines_show(join->lines, message);
    }
}

/* The coordinator said so, or left when the exercise had ended. */
static bool join_is_over(const struct join *join, enum station_link link) {
    struct station_clock clock;
    return link == STATION_ENDED || (link == STATION_AWAY && station_clock(join->station, &clock) &&
                                     clock.state == FRAME_CLOCK_ENDED);
}

static void join_on_link(enum station_link link, enum frame_reason reason, void *context) {
    struct join *const join = context;
    if (join->lines != NULL) {
        lines_show_link(join->lines, link, reason);
    } else if (link == STATION_REFUSED || link == STATION_HALTED) {
        (void)command_fail(SPILL_EXIT_UNAVAILABLE, "%s: %s", join->arguments->cell,
                           frame_reason_words(reason));
    }
    if (link == STATION_HALTED) {
        join_leave(join, SPILL_EXIT_UNAVAILABLE);
    } else if (join->lines == NULL && join_is_over(join, link)) {
        join_leave(join, SPILL_EXIT_OK);
    }
}

static void join_on_time(void *context) {
    join_look(context);
}

static void join_on_failed(enum spill_status status, const struct spill_error *error,
                           void *context) {
    struct join *const join = context;
    join_leave(join, command_fail_status(status, error));
}

/* ---- What people type ---- */

static void join_take_line(struct join *join) {
    join->line[join->line_bytes] = '\0';
    const bool too_long = join->line_too_long;
    join->line_bytes = 0;
    join->line_too_long = false;
    if (too_long) {
        lines_tell(join->lines, WORDS_LINES_TOO_LONG);
    } else if (!lines_take(join->lines, join->line, join->station)) {
        join_leave(join, SPILL_EXIT_OK);
    }
}

static void join_take(struct join *join, const char *bytes, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes && !join->leaving; i++) {
        if (bytes[i] == '\n') {
            join_take_line(join);
        } else if (join->line_bytes < sizeof join->line - 1) {
            join->line[join->line_bytes++] = bytes[i];
        } else {
            join->line_too_long = true;
        }
    }
}

/* Reads what is there; false at the end. */
static bool join_read(struct join *join) {
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count > 0) {
        if (join->lines != NULL) {
            join_take(join, bytes, (size_t)count);
        }
        return true;
    }
    return count < 0 && (errno == EINTR || errno == EAGAIN);
}

static void join_end_input(struct join *join) {
    if (join->leaving) {
        return;
    }
    if (join->arguments->leash) {
        join_leave(join, SPILL_EXIT_INTERRUPTED);
        return;
    }
    if (join->line_bytes > 0) {
        join_take_line(join);
    }
    join->input_ended = true;
    if (join->input_watched && !join->leaving) {
        (void)uv_poll_stop(&join->input);
    }
    join_look(join);
}

static void join_on_input(uv_poll_t *poll, int status, int events) {
    struct join *const join = poll->data;
    (void)events;
    if (status < 0 || !join_read(join)) {
        join_end_input(join);
    }
}

/* A terminal or pipe is watched; a file is read at once. */
static void join_begin_input(struct join *join) {
    const int flags = fcntl(STDIN_FILENO, F_GETFL);
    join->input_begun = true;
    join->input.data = join;
    join->input_watched = uv_poll_init(&join->loop, &join->input, STDIN_FILENO) == 0;
    if (join->input_watched) {
        /* The descriptor may be the terminal's, which others use too: it stays as it was. */
        (void)fcntl(STDIN_FILENO, F_SETFL, flags);
        (void)uv_poll_start(&join->input, UV_READABLE, join_on_input);
        return;
    }
    while (!join->leaving && join_read(join)) {
    }
    join_end_input(join);
}

/* ---- Life ---- */

static enum spill_exit join_open_lines(struct join *join) {
    const int columns = terminal_columns(stdout);
    const struct lines_options options = {
        .inbox = join->inbox,
        .cell = join->arguments->cell,
        .language = join->arguments->language,
        .stream = stdout,
        .colours = terminal_colours(stdout),
        .columns =
            terminal_is(stdout) && columns < JOIN_COLUMNS_MAX ? columns : (int)JOIN_COLUMNS_MAX,
    };
    struct spill_error error = {0};
    const enum spill_status status = lines_create(&options, &join->lines, &error);
    return status == SPILL_OK ? SPILL_EXIT_OK : command_fail_status(status, &error);
}

static enum spill_exit join_open_station(struct join *join, const struct seal_pair *pair) {
    struct spill_error error = {0};
    enum spill_status status = loop_context_open(&join->loop, NULL, NULL, &join->context, &error);
    if (status != SPILL_OK) {
        return command_fail_status(status, &error);
    }
    struct station_options options = {
        .loop = &join->loop,
        .context = join->context,
        .inbox = join->inbox,
        .endpoint = join->arguments->coordinator,
        .pair = *pair,
        .cell = join->arguments->cell,
        .program = version_number(),
        .robot = join->arguments->robot,
        .events = {.on_message = join_on_message,
                   .on_link = join_on_link,
                   .on_time = join_on_time,
                   .on_failed = join_on_failed,
                   .context = join},
    };
    memcpy(options.server_key, join->arguments->server_key, SEAL_KEY_BYTES);
    status = station_open(&options, &join->station, &error);
    seal_wipe(&options.pair, sizeof options.pair);
    if (status != SPILL_OK) {
        loop_context_close(&join->context);
        (void)uv_run(&join->loop, UV_RUN_DEFAULT);
        return status == SPILL_UNAVAILABLE
                   ? command_fail(SPILL_EXIT_USAGE, "--coordinator: %s", error.text)
                   : command_fail_status(status, &error);
    }
    return SPILL_EXIT_OK;
}

static void join_watch_signals(struct join *join) {
    join->interrupt.data = join->terminate.data = join;
    (void)uv_signal_init(&join->loop, &join->interrupt);
    (void)uv_signal_init(&join->loop, &join->terminate);
    (void)uv_signal_start(&join->interrupt, join_on_signal, SIGINT);
    (void)uv_signal_start(&join->terminate, join_on_signal, SIGTERM);
}

/* Plays with the inbox that is open. */
static enum spill_exit join_play(struct join *join, const struct seal_pair *pair) {
    enum spill_exit code = SPILL_EXIT_OK;
    if (!join->arguments->robot) {
        code = join_open_lines(join);
    }
    if (code == SPILL_EXIT_OK) {
        code = join_open_station(join, pair);
    }
    if (code == SPILL_EXIT_OK) {
        join_watch_signals(join);
        if (join->arguments->leash || (join->lines != NULL && terminal_is(stdin))) {
            join_begin_input(join);
        }
        (void)uv_run(&join->loop, UV_RUN_DEFAULT);
        code = join->code;
    }
    lines_destroy(&join->lines);
    return code;
}

static enum spill_exit join_run(const struct join_arguments *arguments,
                                const struct seal_pair *pair) {
    char path[JOIN_PATH_BYTES];
    struct spill_error error = {0};
    snprintf(path, sizeof path, "%s.inbox", arguments->cell);
    const struct inbox_options options = {
        .path = arguments->inbox != NULL ? arguments->inbox : path,
        .cell = arguments->cell,
        .passing = arguments->leash,
        .first_boot = (uint32_t)time(NULL),
    };
    struct join *const join = spill_alloc(1, sizeof *join);
    if (join == NULL) {
        return command_fail_status(SPILL_MEMORY, NULL);
    }
    join->arguments = arguments;
    enum spill_exit code = SPILL_EXIT_OK;
    const enum spill_status status = inbox_open(&options, &join->inbox, &error);
    if (status == SPILL_IO) {
        code = command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
    } else if (status != SPILL_OK) {
        code = status == SPILL_MEMORY ? command_fail_status(status, &error)
                                      : command_fail(SPILL_EXIT_INPUT, "%s", error.text);
    } else {
        (void)uv_loop_init(&join->loop);
        code = join_play(join, pair);
        const int left = uv_loop_close(&join->loop);
        SPILL_ASSERT(left == 0);
        inbox_close(&join->inbox);
    }
    free(join);
    return code;
}

enum spill_exit command_join(int argc, char **argv) {
    struct join_arguments arguments = {.language = command_language()};
    const struct argp_option options[] = {
        {"coordinator", 'c', "tcp://HOST:PORT", 0, command_words(WORDS_JOIN_OPTION_COORDINATOR), 0},
        {"server-key", 's', "KEY", 0, command_words(WORDS_JOIN_OPTION_SERVER_KEY), 0},
        {"cell", 'i', "ID", 0, command_words(WORDS_JOIN_OPTION_CELL), 0},
        {"key", 'k', "FILE", 0, command_words(WORDS_JOIN_OPTION_KEY), 0},
        {"inbox", 'f', "FILE", 0, command_words(WORDS_JOIN_OPTION_INBOX), 0},
        {"robot", 'r', NULL, 0, command_words(WORDS_JOIN_OPTION_ROBOT), 0},
        {"leash", 'L', NULL, 0, command_words(WORDS_JOIN_OPTION_LEASH), 0},
        {"language", 'l', "en|nl", 0, command_words(WORDS_WHY_LANGUAGE_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = join_option,
        .doc = command_words(WORDS_COMMAND_JOIN),
    };
    command_parse(&argp, argc, argv, &arguments);
    struct spill_error error = {0};
    struct seal_pair pair;
    const enum spill_status status =
        key_file_read(arguments.key, KEY_FILE_NODE, pair.secret_key, &error);
    if (status != SPILL_OK) {
        return command_fail(SPILL_EXIT_INPUT, "%s", error.text);
    }
    seal_pair_of(pair.secret_key, &pair);
    const enum spill_exit code = join_run(&arguments, &pair);
    seal_wipe(&pair, sizeof pair);
    return code;
}
