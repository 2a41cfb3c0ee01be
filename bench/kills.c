/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_kills [FOLDER] [KILLS]: kills real processes, coordinator and nodes, at random moments of
 * an exercise, starts them again, and looks whether anything that was said is lost, doubled, out of
 * order or in the wrong place. 1 000 kills, or as many as told.
 *
 * The tutorial runs with a robot in each cell, over and over again. Afterwards each inbox must hold
 * what the recording says that its cell was sent, and what it did, all of it and in order, and the
 * recording must verify and execute to the same exercise. Ends with 1 when it does not. Run it from
 * the folder of the sources, or say where they are in SPILL_SOURCE.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/measure.h"
#include "coordinator/control/roster.h"
#include "coordinator/exercise/output.h"
#include "coordinator/record/recording.h"
#include "nodes/inbox.h"
#include "proto/seal/key_file.h"

enum {
    KILLS_CELLS = 2,
    KILLS_PROCESSES = 1 + KILLS_CELLS, /* The coordinator first. */
    KILLS_USUAL = 1000,
    KILLS_PATH_BYTES = 512,
    KILLS_TEXT_BYTES = 256,
    KILLS_PAUSE_MS = 100,  /* Between two kills, at most. */
    KILLS_PLAY_MS = 14000, /* So long there are kills; the exercise takes longer. */
    KILLS_READY_FD = 3,
    KILLS_PATIENCE_S = 120,
};
#define KILLS_SPEED "2880" /* Sixteen hours in twenty seconds. */

extern char **environ;

static const char *const kills_cells[KILLS_CELLS] = {"nl-csirt", "nl-grid"};

static struct {
    char program[KILLS_PATH_BYTES];
    char scenario[KILLS_PATH_BYTES];
    char folder[KILLS_PATH_BYTES];
    char endpoint[KILLS_TEXT_BYTES];
    char server_key[KILLS_TEXT_BYTES];
    pid_t pids[KILLS_PROCESSES]; /* 0: it does not run. */
    uint64_t chance;
    uint64_t kills, messages, inputs;
} kills;

static void kills_fail(const char *what, const char *words) {
    fprintf(stderr, "bench_kills: %s: %s (files are in %s)\n", what, words, kills.folder);
    for (size_t i = 0; i < KILLS_PROCESSES; i++) {
        if (kills.pids[i] > 0) {
            (void)kill(kills.pids[i], SIGKILL);
        }
    }
    exit(SPILL_EXIT_FOUND);
}

static void kills_must(enum spill_status status, const struct spill_error *error,
                       const char *what) {
    if (status != SPILL_OK) {
        kills_fail(what, error->text[0] != '\0' ? error->text : spill_status_words(status));
    }
}

static uint64_t kills_draw(uint64_t below) {
    kills.chance += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = kills.chance;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (x ^ (x >> 31)) % below;
}

static void kills_sleep_ms(int64_t duration_ms) {
    const struct timespec pause = {.tv_sec = duration_ms / 1000,
                                   .tv_nsec = duration_ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
}

static char *kills_path(const char *name, const char *end, char path[KILLS_PATH_BYTES + 64]) {
    (void)snprintf(path, KILLS_PATH_BYTES + 64, "%.500s/%.40s%.10s", kills.folder, name, end);
    return path;
}

/* ---- Processes ---- */

/* Starts the program; what it says goes into the file log, file 3 is `ready` if there is one. */
static pid_t kills_spawn(char **words, int ready) {
    posix_spawn_file_actions_t actions;
    char log[KILLS_PATH_BYTES + 64];
    pid_t pid = 0;
    (void)kills_path("log", "", log);
    SPILL_ASSERT(posix_spawn_file_actions_init(&actions) == 0);
    SPILL_ASSERT(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0);
    for (int i = 1; i < 3; i++) {
        SPILL_ASSERT(posix_spawn_file_actions_addopen(&actions, i, log,
                                                      O_WRONLY | O_CREAT | O_APPEND, 0600) == 0);
    }
    if (ready >= 0) {
        SPILL_ASSERT(posix_spawn_file_actions_adddup2(&actions, ready, KILLS_READY_FD) == 0);
    }
    if (posix_spawn(&pid, kills.program, &actions, NULL, words, environ) != 0) {
        kills_fail(kills.program, "cannot be started");
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* The text of a key in a line of JSON. */
static bool kills_take(const char *line, const char *key, char text[KILLS_TEXT_BYTES]) {
    char start[64];
    (void)snprintf(start, sizeof start, "\"%s\": \"", key);
    const char *const at = strstr(line, start);
    if (at == NULL) {
        return false;
    }
    const size_t bytes = strcspn(at + strlen(start), "\"");
    if (bytes >= KILLS_TEXT_BYTES) {
        return false;
    }
    memcpy(text, at + strlen(start), bytes);
    text[bytes] = '\0';
    return true;
}

/* The first time it says where it is; afterwards it comes back to there. */
static void kills_start_coordinator(bool first) {
    char record[KILLS_PATH_BYTES + 64];
    char roster[KILLS_PATH_BYTES + 64];
    char line[1024] = "";
    int ready[2] = {-1, -1};
    char *words[] = {"spillover",
                     "coordinate",
                     kills.scenario,
                     "--record",
                     record,
                     "--roster",
                     roster,
                     "--speed",
                     KILLS_SPEED,
                     "--seed",
                     "7",
                     "--unattended",
                     first ? "--ready-fd" : NULL,
                     "3",
                     NULL};
    (void)kills_path("exercise.spill", "", record);
    (void)kills_path("roster", "", roster);
    if (!first) {
        kills.pids[0] = kills_spawn(words, -1);
        return;
    }
    SPILL_ASSERT(pipe(ready) == 0);
    SPILL_ASSERT(fcntl(ready[0], F_SETFD, FD_CLOEXEC) == 0);
    kills.pids[0] = kills_spawn(words, ready[1]);
    close(ready[1]);
    FILE *const from = fdopen(ready[0], "r");
    SPILL_ASSERT(from != NULL);
    if (fgets(line, sizeof line, from) == NULL || !kills_take(line, "endpoint", kills.endpoint) ||
        !kills_take(line, "server_key", kills.server_key)) {
        kills_fail("the coordinator", "does not say where it is");
    }
    fclose(from);
}

static void kills_start_node(size_t cell) {
    char key[KILLS_PATH_BYTES + 64];
    char inbox[KILLS_PATH_BYTES + 64];
    char id[SPILL_ID_BYTES_MAX + 1];
    char *words[] = {
        "spillover", "join", "--robot", "--coordinator", kills.endpoint, "--cell",         id,
        "--key",     key,    "--inbox", inbox,           "--server-key", kills.server_key, NULL};
    (void)snprintf(id, sizeof id, "%s", kills_cells[cell]);
    (void)kills_path(id, ".key", key);
    (void)kills_path(id, ".inbox", inbox);
    kills.pids[1 + cell] = kills_spawn(words, -1);
}

static void kills_start(size_t process) {
    if (process == 0) {
        kills_start_coordinator(false);
    } else {
        kills_start_node(process - 1);
    }
}

static void kills_kill(size_t process) {
    int status = 0;
    (void)kill(kills.pids[process], SIGKILL);
    SPILL_ASSERT(waitpid(kills.pids[process], &status, 0) == kills.pids[process]);
    if (!WIFSIGNALED(status)) {
        kills_fail("a process", "ended before it was killed");
    }
    kills.pids[process] = 0;
    kills.kills++;
}

/* All processes end in order. */
static void kills_await_end(void) {
    const int64_t until_ns = measure_now_ns() + KILLS_PATIENCE_S * INT64_C(1000000000);
    size_t running = KILLS_PROCESSES;
    while (running > 0) {
        running = 0;
        for (size_t i = 0; i < KILLS_PROCESSES; i++) {
            int status = 0;
            if (kills.pids[i] > 0 && waitpid(kills.pids[i], &status, WNOHANG) == kills.pids[i]) {
                kills.pids[i] = 0;
                if (status != 0) {
                    kills_fail("a process", "did not end in order");
                }
            }
            running += kills.pids[i] > 0;
        }
        if (measure_now_ns() > until_ns) {
            kills_fail("the exercise", "does not end");
        }
        kills_sleep_ms(20);
    }
}

/* ---- What is left ---- */

struct kills_judge {
    struct codec_arena *arena;
    struct inbox *inboxes[KILLS_CELLS];
    uint64_t down[KILLS_CELLS], up[KILLS_CELLS];
    uint8_t *bytes;
};

static size_t kills_find_cell(const char *id) {
    for (size_t i = 0; i < KILLS_CELLS; i++) {
        if (strcmp(kills_cells[i], id) == 0) {
            return i;
        }
    }
    kills_fail(id, "is no cell of this exercise");
    return 0;
}

static void kills_compare(struct kills_judge *judge, size_t cell, enum inbox_log log,
                          uint64_t sequence, const struct record *record) {
    size_t size_bytes = 0;
    struct spill_error error = {{0}};
    kills_must(inbox_read(judge->inboxes[cell], log, sequence, judge->bytes, &size_bytes, &error),
               &error, "a message is lost");
    if (size_bytes != record->body_bytes || memcmp(record->body, judge->bytes, size_bytes) != 0) {
        kills_fail(kills_cells[cell], "has another message than the recording");
    }
}

static void kills_judge_record(struct kills_judge *judge, const struct record *record) {
    struct spill_error error = {{0}};
    codec_arena_reset(judge->arena);
    if (record->kind == RECORD_OUTPUT) {
        struct output output;
        kills_must(output_decode(record->body, record->body_bytes, judge->arena, &output, &error),
                   &error, "a record");
        if (output.kind == OUTPUT_MESSAGE) {
            const size_t cell = kills_find_cell(output.message.cell);
            kills_compare(judge, cell, INBOX_RECEIVED, ++judge->down[cell], record);
        }
        return;
    }
    struct input input;
    kills_must(input_decode(record->body, record->body_bytes, judge->arena, &input, &error), &error,
               "a record");
    if (input.who.kind == WHO_CELL) {
        const size_t cell = kills_find_cell(input.who.id);
        kills_compare(judge, cell, INBOX_SENT, ++judge->up[cell], record);
    }
}

static void kills_judge_inboxes(struct kills_judge *judge, struct recording *recording) {
    struct recording_cursor *cursor = NULL;
    struct record record;
    struct spill_error error = {{0}};
    kills_must(
        recording_cursor_open(recording, 1u << RECORD_INPUT | 1u << RECORD_OUTPUT, 1, &cursor),
        &error, "recording");
    while (recording_cursor_next(cursor, &record) == SPILL_OK) {
        kills_judge_record(judge, &record);
    }
    recording_cursor_close(&cursor);
    for (size_t cell = 0; cell < KILLS_CELLS; cell++) {
        if (inbox_position(judge->inboxes[cell], INBOX_RECEIVED).sequence != judge->down[cell] ||
            inbox_position(judge->inboxes[cell], INBOX_SENT).sequence != judge->up[cell]) {
            kills_fail(kills_cells[cell], "has more than the recording");
        }
        kills.messages += judge->down[cell];
        kills.inputs += judge->up[cell];
    }
}

static void kills_judge(void) {
    struct kills_judge judge = {.bytes = malloc(FRAME_BYTES_MAX)};
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    char path[KILLS_PATH_BYTES + 64];
    char *words[] = {"spillover", "replay", path, "--verify", NULL};
    int status = 0;
    SPILL_ASSERT(judge.bytes != NULL);
    kills_must(codec_arena_create(OUTPUT_ARENA_BYTES, &judge.arena), &error, "memory");
    for (size_t cell = 0; cell < KILLS_CELLS; cell++) {
        const struct inbox_options options = {.path = kills_path(kills_cells[cell], ".inbox", path),
                                              .cell = kills_cells[cell]};
        kills_must(inbox_open(&options, &judge.inboxes[cell], &error), &error, "inbox");
    }
    (void)kills_path("exercise.spill", "", path);
    kills_must(recording_open(path, RECORDING_READ, NULL, &recording, &error), &error, "recording");
    kills_judge_inboxes(&judge, recording);
    recording_close(&recording);
    for (size_t cell = 0; cell < KILLS_CELLS; cell++) {
        inbox_close(&judge.inboxes[cell]);
    }
    codec_arena_destroy(&judge.arena);
    free(judge.bytes);
    const pid_t pid = kills_spawn(words, -1);
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        kills_fail("recording", "executed again, it is another exercise");
    }
}

/* ---- Rounds ---- */

static void kills_make_keys(void) {
    struct roster *roster = NULL;
    struct spill_error error = {{0}};
    char path[KILLS_PATH_BYTES + 64];
    kills_must(roster_create(&roster), &error, "roster");
    for (size_t cell = 0; cell < KILLS_CELLS; cell++) {
        struct roster_entry entry = {.role = ROSTER_ROBOT, .not_after_s = SPILL_NEVER};
        struct seal_pair pair;
        seal_pair_random(&pair);
        memcpy(entry.key, pair.public_key, sizeof entry.key);
        (void)snprintf(entry.cells, sizeof entry.cells, "%s", kills_cells[cell]);
        kills_must(roster_enrol(roster, &entry, &error), &error, "roster");
        kills_must(key_file_write(kills_path(kills_cells[cell], ".key", path), KEY_FILE_NODE,
                                  pair.secret_key, &error),
                   &error, "key");
    }
    kills_must(roster_save(roster, kills_path("roster", "", path), &error), &error, "roster");
    roster_destroy(&roster);
}

static void kills_remove(void) {
    char *words[] = {"rm", "-rf", kills.folder, NULL};
    pid_t pid = 0;
    int status = 0;
    if (posix_spawnp(&pid, "rm", NULL, NULL, words, environ) == 0) {
        (void)waitpid(pid, &status, 0);
    }
}

/* One exercise, with kills until there were so many, or its end is near. */
static void kills_round(const char *within, uint64_t wanted) {
    (void)snprintf(kills.folder, sizeof kills.folder, "%.400s/bench_kills.XXXXXX", within);
    if (mkdtemp(kills.folder) == NULL) {
        kills_fail(within, "no folder can be made there");
    }
    kills_make_keys();
    kills_start_coordinator(true);
    for (size_t cell = 0; cell < KILLS_CELLS; cell++) {
        kills_start_node(cell);
    }
    const int64_t until_ns = measure_now_ns() + KILLS_PLAY_MS * INT64_C(1000000);
    while (kills.kills < wanted && measure_now_ns() < until_ns) {
        kills_sleep_ms(1 + (int64_t)kills_draw(KILLS_PAUSE_MS));
        const size_t process = kills_draw(KILLS_PROCESSES);
        kills_kill(process);
        kills_start(process);
    }
    kills_await_end();
    kills_judge();
    kills_remove();
}

static void kills_find_program(void) {
    const char *const source = getenv("SPILL_SOURCE");
    char self[KILLS_PATH_BYTES - 32];
    const ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    SPILL_ASSERT(bytes > 0);
    self[bytes] = '\0';
    *strrchr(self, '/') = '\0';
    (void)snprintf(kills.program, sizeof kills.program, "%s/spillover", self);
    (void)snprintf(kills.scenario, sizeof kills.scenario, "%.400s/scenarios/tutorial",
                   source != NULL ? source : ".");
}

int main(int argc, char **argv) {
    const char *const temporary = getenv("TMPDIR");
    const char *const within = argc > 1 ? argv[1] : temporary != NULL ? temporary : "/tmp";
    const uint64_t wanted = argc > 2 ? strtoull(argv[2], NULL, 10) : KILLS_USUAL;
    unsigned rounds = 0;
    kills_find_program();
    kills.chance = (uint64_t)measure_now_ns();
    const int64_t began_ns = measure_now_ns();
    for (; kills.kills < wanted; rounds++) {
        kills_round(within, wanted);
    }
    measure_print("processes killed", (double)kills.kills, "kills");
    measure_print("exercises played", (double)rounds, "exercises");
    measure_print("messages compared", (double)kills.messages, "messages");
    measure_print("inputs compared", (double)kills.inputs, "inputs");
    measure_print("lost, doubled, out of order or misplaced", 0, "of them");
    measure_print("time", (double)(measure_now_ns() - began_ns) / 1e9, "s");
    return SPILL_EXIT_OK;
}
