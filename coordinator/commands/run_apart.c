/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process for the coordinator and one for each cell, as over a real network, with keys that are
 * thrown away. This one starts them, starts them again, and reads along in the recording.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/run_household.h"
#include "coordinator/commands/run_pages.h"
#include "coordinator/commands/run_parts.h"
#include "coordinator/commands/terminal.h"

enum {
    APART_RESTARTS_MAX = 3,
    APART_READY_BYTES = 4096,
    APART_ENDPOINT_BYTES = 256,
    APART_PATIENCE_MS = 5000, /* After that long, a child that was asked to end is killed. */
    APART_ARGUMENTS_MAX = 24,
    APART_NUMBER_BYTES = 32,
};

struct apart;

/* A child program: the coordinator, or the node of a cell. */
struct apart_child {
    struct apart *apart;
    const char *cell; /* NULL: the coordinator. */
    /* Of its starts: a handle that is being closed cannot be used again. */
    uv_process_t processes[APART_RESTARTS_MAX + 1];
    bool alive;
    unsigned restarts;
};

struct apart {
    struct run *run;
    struct run_household household;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_pipe_t ready[APART_RESTARTS_MAX + 1]; /* The coordinator says there where it is. */
    char line[APART_READY_BYTES];
    size_t line_bytes;
    char endpoint[APART_ENDPOINT_BYTES];
    char server_key[SEAL_TEXT_BYTES];
    struct run_pages pages;
    char program[RUN_HOUSEHOLD_PATH_BYTES];
    struct apart_child coordinator;
    struct apart_child *nodes;
    size_t node_count;
    bool nodes_begun;
    bool over; /* The exercise has ended, or is not to go on: children go, and stay away. */
    bool told; /* The coordinator was asked to end. */
    int64_t over_ms;
    enum spill_exit code;
};

/* ---- Ending ---- */

static void apart_signal(struct apart_child *child, int number) {
    if (child->alive) {
        (void)uv_process_kill(&child->processes[child->restarts], number);
    }
}

static void apart_close_if_empty(struct apart *apart) {
    bool empty = !apart->coordinator.alive;
    for (size_t i = 0; i < apart->node_count; i++) {
        empty = empty && !apart->nodes[i].alive;
    }
    if (apart->over && empty && !uv_is_closing((uv_handle_t *)&apart->timer)) {
        uv_close((uv_handle_t *)&apart->timer, NULL);
    }
}

/* Nothing is started any more; whoever is still there is asked to go. */
static void apart_end(struct apart *apart, enum spill_exit code) {
    if (apart->over) {
        return;
    }
    apart->over = true;
    apart->over_ms = run_wall_ms();
    apart->code = code;
    apart_signal(&apart->coordinator, SIGTERM);
    for (size_t i = 0; i < apart->node_count; i++) {
        apart_signal(&apart->nodes[i], SIGTERM);
    }
    apart_close_if_empty(apart);
}

/* A child has ended otherwise than it should. */
static void apart_fail(struct apart *apart, const struct apart_child *child, int64_t code) {
    const enum spill_exit passed = code == SPILL_EXIT_CANNOT_CREATE || code == SPILL_EXIT_INPUT ||
                                           code == SPILL_EXIT_USAGE ||
                                           code == SPILL_EXIT_UNAVAILABLE
                                       ? (enum spill_exit)code
                                       : SPILL_EXIT_INTERNAL;
    if (apart->over) {
        return;
    }
    char words[SPILL_ERROR_TEXT_BYTES];
    if (run_household_last_words(&apart->household, words, sizeof words)) {
        terminal_progress_end();
        fprintf(stderr, "%s\n", words);
    } else {
        char line[RUN_PATH_BYTES];
        const struct words_value values[] = {
            {"who", child->cell == NULL ? command_words(WORDS_RUN_COORDINATOR) : child->cell}};
        words_fill(line, sizeof line, WORDS_RUN_CHILD_FAILED, command_language(), values, 1);
        (void)command_fail(passed, "%s", line);
    }
    apart_end(apart, passed);
}

/* ---- Children ---- */

static void apart_start_coordinator(struct apart *apart);
static void apart_start_node(struct apart_child *child);

static void apart_on_exit(uv_process_t *process, int64_t code, int number) {
    struct apart_child *const child = process->data;
    struct apart *const apart = child->apart;
    child->alive = false;
    uv_close((uv_handle_t *)process, NULL);
    const bool crashed = number != 0 || code == SPILL_EXIT_INTERNAL;
    if (apart->over) {
        apart_close_if_empty(apart);
    } else if (child == &apart->coordinator && !crashed &&
               (code == SPILL_EXIT_OK || code == SPILL_EXIT_INTERRUPTED)) {
        apart_end(apart, SPILL_EXIT_OK);
    } else if (crashed && child->restarts < APART_RESTARTS_MAX && !apart->told) {
        child->restarts++;
        if (child == &apart->coordinator) {
            apart_start_coordinator(apart);
        } else {
            apart_start_node(child);
        }
    } else if (child == &apart->coordinator || code != SPILL_EXIT_OK || crashed) {
        apart_fail(apart, child, code);
    }
}

/* Starts a child; its standard input ends with this process, whatever ends it. */
static void apart_spawn(struct apart_child *child, const char *const *arguments, int ready) {
    struct apart *const apart = child->apart;
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_INHERIT_FD, .data.fd = apart->household.leash[0]},
        {.flags = UV_INHERIT_FD, .data.fd = apart->household.null},
        {.flags = UV_INHERIT_FD, .data.fd = apart->household.log},
        {.flags = UV_INHERIT_FD, .data.fd = ready},
    };
    char *mutable[APART_ARGUMENTS_MAX];
    size_t count = 0;
    for (; arguments[count] != NULL; count++) {
        SPILL_ASSERT(count + 1 < APART_ARGUMENTS_MAX);
        mutable[count] = (char *)(uintptr_t)arguments[count];
    }
    mutable[count] = NULL;
    const uv_process_options_t options = {
        .file = apart->program,
        .args = mutable,
        .exit_cb = apart_on_exit,
        .stdio = stdio,
        .stdio_count = ready >= 0 ? 4 : 3,
        .flags = UV_PROCESS_DETACHED, /* What interrupts this one does not reach them. */
    };
    uv_process_t *const process = &child->processes[child->restarts];
    process->data = child;
    const int failed = uv_spawn(&apart->loop, process, &options);
    child->alive = failed == 0;
    if (failed != 0) {
        uv_close((uv_handle_t *)process, NULL);
        apart_end(apart,
                  command_fail(SPILL_EXIT_INTERNAL, "%s: %s", apart->program, uv_strerror(failed)));
    }
}

static void apart_start_node(struct apart_child *child) {
    struct apart *const apart = child->apart;
    char key[RUN_HOUSEHOLD_PATH_BYTES];
    char inbox[RUN_HOUSEHOLD_PATH_BYTES];
    const char *const arguments[] = {
        "spillover",
        "join",
        "--coordinator",
        apart->endpoint,
        "--server-key",
        apart->server_key,
        "--cell",
        child->cell,
        "--key",
        run_household_path(&apart->household, child->cell, ".key", key),
        "--inbox",
        run_household_path(&apart->household, child->cell, ".inbox", inbox),
        "--robot",
        "--leash",
        NULL};
    apart_spawn(child, arguments, -1);
}

/* ---- The coordinator ---- */

/* Where people can take the seat that is kept for them. */
static void apart_tell_people(const struct apart *apart) {
    const char *const cell = apart->run->arguments->play;
    char key[RUN_HOUSEHOLD_PATH_BYTES];
    char command[4 * RUN_HOUSEHOLD_PATH_BYTES];
    char line[4 * RUN_HOUSEHOLD_PATH_BYTES + RUN_PATH_BYTES];
    snprintf(command, sizeof command,
             "%s join --coordinator %s --server-key '%s' --cell %s --key %s", apart->program,
             apart->endpoint, apart->server_key, cell,
             run_household_path(&apart->household, cell, ".key", key));
    const struct words_value values[] = {{"cell", cell}, {"command", command}};
    words_fill(line, sizeof line, WORDS_RUN_TAKE_SEAT, command_language(), values, 2);
    terminal_progress_end();
    fprintf(stderr, "%s\n", line);
}

/* The coordinator is there for the first time: the nodes can come, and its recording is followed.
 */
static void apart_begin(struct apart *apart) {
    struct run *const run = apart->run;
    struct spill_error error = {0};
    const enum spill_status status =
        mirror_open(run->record_path, run->package, run->scenario, &run->mirror, &error);
    if (status != SPILL_OK) {
        apart_end(apart, command_fail_status(status, &error));
        return;
    }
    if (run->arguments->ready >= 0) {
        const ssize_t written = write(run->arguments->ready, apart->line, apart->line_bytes);
        if (written != (ssize_t)apart->line_bytes || close(run->arguments->ready) != 0) {
            apart_end(apart,
                      command_fail(SPILL_EXIT_UNAVAILABLE, "--ready-fd: %s", strerror(errno)));
            return;
        }
    }
    if (run->arguments->play != NULL) {
        apart_tell_people(apart);
    }
    run_pages_tell(&apart->pages, run->arguments);
    apart->nodes_begun = true;
    for (size_t i = 0; i < apart->node_count && !apart->over; i++) {
        apart_start_node(&apart->nodes[i]);
    }
}

/* One line of JSON, whole. */
static void apart_take_line(struct apart *apart) {
    json_t *const object = json_loadb(apart->line, apart->line_bytes, 0, NULL);
    const char *const endpoint = json_string_value(json_object_get(object, "endpoint"));
    const char *const key = json_string_value(json_object_get(object, "server_key"));
    const bool sound = endpoint != NULL && key != NULL && strlen(key) == SEAL_TEXT_BYTES - 1 &&
                       strlen(endpoint) < sizeof apart->endpoint &&
                       (!apart->nodes_begun || strcmp(endpoint, apart->endpoint) == 0);
    if (sound) {
        memcpy(apart->endpoint, endpoint, strlen(endpoint) + 1);
        memcpy(apart->server_key, key, SEAL_TEXT_BYTES);
        run_pages_read(object, &apart->pages);
    }
    json_decref(object);
    if (!sound) {
        apart_fail(apart, &apart->coordinator, SPILL_EXIT_INTERNAL);
    } else if (!apart->nodes_begun && !apart->over) {
        apart_begin(apart);
    }
}

static void apart_on_room(uv_handle_t *handle, size_t suggested_bytes, uv_buf_t *buffer) {
    struct apart *const apart = handle->data;
    (void)suggested_bytes;
    *buffer = uv_buf_init(apart->line + apart->line_bytes,
                          (unsigned)(sizeof apart->line - apart->line_bytes));
}

static void apart_on_ready(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    struct apart *const apart = stream->data;
    (void)buffer;
    if (count > 0) {
        apart->line_bytes += (size_t)count;
        if (memchr(apart->line, '\n', apart->line_bytes) != NULL) {
            uv_close((uv_handle_t *)stream, NULL);
            apart_take_line(apart);
        }
    } else if (count < 0) {
        uv_close((uv_handle_t *)stream, NULL); /* It has ended, which is noticed elsewhere. */
    }
}

static void apart_start_coordinator(struct apart *apart) {
    const struct run_arguments *const arguments = apart->run->arguments;
    char speed[APART_NUMBER_BYTES] = "max";
    char seed[APART_NUMBER_BYTES];
    char roster[RUN_HOUSEHOLD_PATH_BYTES];
    int ends[2];
    if (arguments->speed > 0) {
        snprintf(speed, sizeof speed, "%" PRId64, arguments->speed);
    }
    snprintf(seed, sizeof seed, "%" PRIu64, arguments->seed);
    const char *const words[] = {"spillover",
                                 "coordinate",
                                 arguments->scenario,
                                 "--bind",
                                 "tcp://127.0.0.1:0",
                                 "--roster",
                                 run_household_path(&apart->household, "roster", "", roster),
                                 "--record",
                                 apart->run->record_path,
                                 "--speed",
                                 speed,
                                 "--seed",
                                 seed,
                                 "--team",
                                 arguments->team,
                                 "--unattended",
                                 "--leash",
                                 "--ready-fd",
                                 "3",
                                 NULL};
    if (pipe(ends) != 0) {
        apart_end(apart, command_fail(SPILL_EXIT_INTERNAL, "%s", strerror(errno)));
        return;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    apart->line_bytes = 0;
    apart_spawn(&apart->coordinator, words, ends[1]);
    close(ends[1]);
    uv_pipe_t *const ready = &apart->ready[apart->coordinator.restarts];
    (void)uv_pipe_init(&apart->loop, ready, 0);
    ready->data = apart;
    if (uv_pipe_open(ready, ends[0]) != 0) {
        close(ends[0]);
    }
    (void)uv_read_start((uv_stream_t *)ready, apart_on_room, apart_on_ready);
}

/* ---- Reading along ---- */

static void apart_output(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                         void *context) {
    (void)bytes;
    (void)size_bytes;
    run_take(output, context);
}

/* All that is durable by now. */
static enum spill_status apart_follow(struct run *run, struct spill_error *error) {
    size_t count = 1;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && count > 0 && !command_interrupted()) {
        status = mirror_follow(run->mirror, apart_output, &run->watch, &count, error);
        run_show(&run->watch);
        run_progress(run, mirror_exercise(run->mirror));
    }
    return status;
}

static void apart_on_timer(uv_timer_t *timer) {
    struct apart *const apart = timer->data;
    struct run *const run = apart->run;
    struct spill_error error = {0};
    if (apart->over) {
        if (run_wall_ms() - apart->over_ms > APART_PATIENCE_MS) {
            apart_signal(&apart->coordinator, SIGKILL);
            for (size_t i = 0; i < apart->node_count; i++) {
                apart_signal(&apart->nodes[i], SIGKILL);
            }
        }
        return;
    }
    if (command_interrupted()) {
        if (!apart->told) {
            apart->told = true;
            apart_signal(&apart->coordinator, SIGTERM);
        }
        return;
    }
    if (run->mirror == NULL || exercise_clock(mirror_exercise(run->mirror)) == CLOCK_ENDED) {
        return;
    }
    const enum spill_status status = apart_follow(run, &error);
    if (status != SPILL_OK) {
        apart_end(apart, command_fail_status(status, &error));
    } else if (exercise_clock(mirror_exercise(run->mirror)) == CLOCK_ENDED) {
        mirror_let_go(run->mirror);
    }
}

/* What came between the last look and the end. */
static enum spill_exit apart_read_the_end(struct run *run) {
    struct spill_error error = {0};
    size_t count = 1;
    mirror_let_go(run->mirror);
    enum spill_status status = mirror_take_up(run->mirror, run->record_path, &error);
    while (status == SPILL_OK && count > 0) {
        status = mirror_follow(run->mirror, apart_output, &run->watch, &count, &error);
    }
    mirror_let_go(run->mirror);
    recording_tidy(run->record_path);
    return status == SPILL_OK ? SPILL_EXIT_OK : command_fail_status(status, &error);
}

/* ---- Life ---- */

/* What nobody may overwrite is there already. */
static enum spill_exit apart_check_record(const char *path) {
    struct stat facts;
    if (lstat(path, &facts) == 0) {
        return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s: %s", path, strerror(EEXIST));
    }
    return SPILL_EXIT_OK;
}

static enum spill_exit apart_make_nodes(struct apart *apart) {
    const struct script *const script = scenario_script(apart->run->scenario);
    const char *const play = apart->run->arguments->play;
    const size_t cell_count = script_cell_count(script);
    struct cell_ref cell = {0};
    if (play != NULL && script_find_cell(script, play, &cell) != SPILL_OK) {
        char line[RUN_PATH_BYTES];
        const struct words_value values[] = {{"cell", play}};
        words_fill(line, sizeof line, WORDS_RUN_NO_CELL, command_language(), values, 1);
        return command_fail(SPILL_EXIT_USAGE, "%s", line);
    }
    apart->nodes = spill_alloc(cell_count, sizeof apart->nodes[0]);
    if (apart->nodes == NULL) {
        return command_fail_status(SPILL_MEMORY, NULL);
    }
    for (uint32_t i = 0; i < cell_count; i++) {
        const char *const id = script_cell_id(script, (struct cell_ref){i});
        if (play == NULL || strcmp(id, play) != 0) {
            apart->nodes[apart->node_count++] = (struct apart_child){.apart = apart, .cell = id};
        }
    }
    return SPILL_EXIT_OK;
}

static enum spill_exit apart_play(struct apart *apart) {
    size_t program_bytes = sizeof apart->program;
    if (uv_exepath(apart->program, &program_bytes) != 0) {
        return command_fail(SPILL_EXIT_INTERNAL, "/proc/self/exe: %s", strerror(errno));
    }
    signal(SIGPIPE, SIG_IGN); /* Whoever reads may be gone; writing says so. */
    (void)uv_loop_init(&apart->loop);
    (void)uv_timer_init(&apart->loop, &apart->timer);
    apart->timer.data = apart;
    (void)uv_timer_start(&apart->timer, apart_on_timer, RUN_FRAME_MS, RUN_FRAME_MS);
    apart->coordinator.apart = apart;
    apart_start_coordinator(apart);
    (void)uv_run(&apart->loop, UV_RUN_DEFAULT);
    const int left = uv_loop_close(&apart->loop);
    SPILL_ASSERT(left == 0);
    if (apart->code != SPILL_EXIT_OK) {
        return apart->code;
    }
    if (apart->run->mirror == NULL) {
        return SPILL_EXIT_INTERRUPTED; /* Before there was anything to tell. */
    }
    return apart_read_the_end(apart->run);
}

enum spill_exit run_apart(struct run *run) {
    struct spill_error error = {0};
    struct apart *const apart = spill_alloc(1, sizeof *apart);
    if (apart == NULL) {
        return command_fail_status(SPILL_MEMORY, NULL);
    }
    apart->run = run;
    enum spill_exit code = apart_check_record(run->record_path);
    if (code == SPILL_EXIT_OK) {
        code = apart_make_nodes(apart);
    }
    if (code == SPILL_EXIT_OK) {
        const enum spill_status status = run_household_open(
            &apart->household, scenario_script(run->scenario), run->arguments->play, &error);
        code = status == SPILL_OK ? apart_play(apart)
                                  : command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
        run_household_close(&apart->household);
    }
    free(apart->nodes);
    free(apart);
    return code;
}
