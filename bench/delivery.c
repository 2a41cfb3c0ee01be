/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_delivery [FOLDER] [NODES…]: from the moment at which exercise control says "inject now"
 * until the inject is durable at its cell's node, for 10, 100 and 1 000 nodes (or as told).
 *
 * All of it is real: an exercise that is recorded before it acts, the hub and its CURVE socket, and
 * nodes with an inbox each that commits before it acknowledges, in four processes of their own. 200
 * injects a second, each to one cell, 2 000 in all. Everything runs on this machine, and every disk
 * is FOLDER's (TMPDIR, /tmp): a node's commit waits for those of all others, as it would not
 * elsewhere. Prints also how long the nodes took to join, and what the coordinator needed.
 */
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "bench/support/measure.h"
#include "coordinator/control/hub.h"
#include "nodes/station.h"

enum {
    DELIVERY_INJECTS = 2000,
    DELIVERY_EVERY_US = 5000, /* Between two injects: 200 a second. */
    DELIVERY_CHILDREN = 4,
    DELIVERY_NODES_MAX = 4000,
    DELIVERY_PATH_BYTES = 512,
    DELIVERY_TURN_MS = 5,
    DELIVERY_PATIENCE_S = 120,
};

extern char **environ;

static void delivery_fail(const char *what, const char *words) {
    fprintf(stderr, "bench_delivery: %s: %s\n", what, words);
    exit(SPILL_EXIT_INTERNAL);
}

static void delivery_must(enum spill_status status, const struct spill_error *error,
                          const char *what) {
    if (status != SPILL_OK) {
        delivery_fail(what, error->text[0] != '\0' ? error->text : spill_status_words(status));
    }
}

static struct seal_pair delivery_pair(uint32_t node) {
    uint8_t secret[SEAL_KEY_BYTES] = "bench";
    struct seal_pair pair;
    memcpy(secret + 8, &node, sizeof node);
    seal_pair_of(secret, &pair);
    return pair;
}

static void delivery_allow_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* ---- Nodes: a process of many ---- */

/* What a process of nodes tells at its end, one for each inject that came. */
struct delivery_arrival {
    uint32_t inject;
    uint32_t node;
    int64_t at_ns;
};

struct delivery_node {
    uint32_t number;
    struct inbox *inbox;
    struct station *station;
};

static struct {
    struct delivery_arrival arrivals[DELIVERY_INJECTS * 2];
    size_t arrival_count;
    struct codec_arena *arena;
    uv_loop_t loop;
    uv_pipe_t end; /* The coordinator closes it when all is over. */
} nodes;

static void nodes_on_message(const struct station_message *message, void *context) {
    const struct delivery_node *const node = context;
    struct output output;
    codec_arena_reset(nodes.arena);
    if (output_decode(message->bytes, message->size_bytes, nodes.arena, &output, NULL) !=
        SPILL_OK) {
        delivery_fail("a node", "got what is no message");
    }
    if (output.message.kind == MESSAGE_INJECT &&
        nodes.arrival_count < sizeof nodes.arrivals / sizeof nodes.arrivals[0]) {
        nodes.arrivals[nodes.arrival_count++] = (struct delivery_arrival){
            .inject = (uint32_t)strtoul(output.message.inject.inject + 2, NULL, 10),
            .node = node->number,
            .at_ns = measure_now_ns()};
    }
}

static void nodes_on_link(enum station_link link, enum frame_reason reason, void *context) {
    (void)context;
    if (link == STATION_HALTED) {
        delivery_fail("a node", frame_reason_words(reason));
    }
}

static void nodes_on_failed(enum spill_status status, const struct spill_error *error,
                            void *context) {
    (void)context;
    delivery_must(status, error, "a node");
}

/* Its end: tells what came, and is gone. */
static void nodes_tell(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer) {
    (void)stream;
    (void)buffer;
    if (bytes >= 0) {
        return;
    }
    const size_t size_bytes = nodes.arrival_count * sizeof nodes.arrivals[0];
    if (fwrite(nodes.arrivals, 1, size_bytes, stdout) != size_bytes || fflush(stdout) != 0) {
        delivery_fail("a node", "cannot tell");
    }
    _exit(0);
}

static void nodes_buffer(uv_handle_t *handle, size_t wanted_bytes, uv_buf_t *buffer) {
    static char bytes[64];
    (void)handle;
    (void)wanted_bytes;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void nodes_open(struct delivery_node *node, struct loop_context *context, char **words) {
    char path[DELIVERY_PATH_BYTES];
    char cell[32];
    struct spill_error error = {{0}};
    (void)snprintf(path, sizeof path, "%.400s/inbox-%u", words[3], node->number);
    (void)snprintf(cell, sizeof cell, "cell-%u", node->number);
    const struct inbox_options inbox_options = {.path = path, .cell = cell, .first_boot = 1};
    delivery_must(inbox_open(&inbox_options, &node->inbox, &error), &error, path);
    struct station_options options = {.loop = &nodes.loop,
                                      .context = context,
                                      .inbox = node->inbox,
                                      .endpoint = words[2],
                                      .pair = delivery_pair(node->number),
                                      .cell = cell,
                                      .program = "bench",
                                      .events = {.on_message = nodes_on_message,
                                                 .on_link = nodes_on_link,
                                                 .on_failed = nodes_on_failed,
                                                 .context = node}};
    delivery_must(seal_key_parse(words[4], options.server_key), &error, "the server's key");
    delivery_must(station_open(&options, &node->station, &error), &error, cell);
}

/* words: first node, how many, endpoint, folder, the server's key. */
static int nodes_run(char **words) {
    const uint32_t first = (uint32_t)strtoul(words[0], NULL, 10);
    const uint32_t count = (uint32_t)strtoul(words[1], NULL, 10);
    static struct delivery_node all[DELIVERY_NODES_MAX];
    struct loop_context *context = NULL;
    struct spill_error error = {{0}};
    delivery_allow_files();
    delivery_must(codec_arena_create(OUTPUT_ARENA_BYTES, &nodes.arena), &error, "memory");
    SPILL_ASSERT(uv_loop_init(&nodes.loop) == 0);
    delivery_must(loop_context_open(&nodes.loop, NULL, NULL, &context, &error), &error, "ZeroMQ");
    SPILL_ASSERT(uv_pipe_init(&nodes.loop, &nodes.end, 0) == 0);
    SPILL_ASSERT(uv_pipe_open(&nodes.end, STDIN_FILENO) == 0);
    SPILL_ASSERT(uv_read_start((uv_stream_t *)&nodes.end, nodes_buffer, nodes_tell) == 0);
    for (uint32_t i = 0; i < count; i++) {
        all[i].number = first + i;
        nodes_open(&all[i], context, words);
    }
    return uv_run(&nodes.loop, UV_RUN_DEFAULT);
}

/* ---- A scenario with so many cells, and an inject by hand for one of them after another ---- */

static void delivery_package(uint32_t node_count, struct package **package) {
    static const char head[] =
        "format: 1\nid: delivery\ntitle: {en: Delivery}\nsummary: {en: Injects and no model.}\n"
        "notice: {en: All of it is invented.}\nclassification: TLP:GREEN\nlanguages: [en]\n"
        "currency: EUR\nstarts_at: 2026-01-01T09:00\nzone: Europe/Amsterdam\nduration: 24h\n"
        "tick: 1s\nseed: 1\nspeed: 1\ncountries:\n  nl: {name: {en: Netherlands}, trust: 70%}\n"
        "sectors: [electricity]\nkinds:\n  plant: {sector: electricity}\ncells:\n";
    static const char *const paths[] = {"assets.csv", "links.csv", "msel.csv", "scenario.yaml",
                                        "texts/en.yaml"};
    enum { DELIVERY_FILES = sizeof paths / sizeof paths[0] };
    char *texts[DELIVERY_FILES] = {NULL};
    size_t sizes[DELIVERY_FILES] = {0};
    FILE *files[DELIVERY_FILES];
    for (size_t i = 0; i < DELIVERY_FILES; i++) {
        files[i] = open_memstream(&texts[i], &sizes[i]);
        SPILL_ASSERT(files[i] != NULL);
    }
    fputs("id,kind,name_en,country\nplant,plant,Plant,nl\n", files[0]);
    fputs("supplier,asset,need\n", files[1]);
    fputs("id,type,category,to,tlp\n", files[2]);
    fputs(head, files[3]);
    fputs("injects:\n", files[4]);
    for (uint32_t i = 0; i < node_count; i++) {
        fprintf(files[3],
                "  cell-%u: {name: {en: Cell %u}, role: {en: Receives.}, briefing: {en: Wait.}, "
                "kind: operator, country: nl, language: en, clearance: TLP:RED}\n",
                i, i);
    }
    for (uint32_t i = 0; i < DELIVERY_INJECTS; i++) {
        fprintf(files[2], "i-%u,information,contingency,cell-%u,TLP:AMBER\n", i, i % node_count);
        fprintf(files[4],
                "  i-%u: {title: Inject %u, from: The grid, text: The lights are out in district "
                "%u.}\n",
                i, i, i);
    }
    struct package_file described[DELIVERY_FILES];
    for (size_t i = 0; i < DELIVERY_FILES; i++) {
        SPILL_ASSERT(fclose(files[i]) == 0);
        described[i] = (struct package_file){paths[i], (const uint8_t *)texts[i], sizes[i]};
    }
    struct spill_error error = {{0}};
    delivery_must(package_create(described, DELIVERY_FILES, package, &error), &error, "package");
    for (size_t i = 0; i < DELIVERY_FILES; i++) {
        free(texts[i]);
    }
}

static void delivery_scenario(const struct package *package, struct scenario **scenario) {
    struct fault_list *faults = NULL;
    char words[SPILL_ERROR_TEXT_BYTES] = "";
    const enum spill_status status = scenario_load(package, "delivery", scenario, &faults);
    if (status != SPILL_OK) {
        const struct fault fault = fault_list_at(faults, 0);
        fault_print(&fault, words, sizeof words);
        delivery_fail("scenario", words);
    }
    fault_list_destroy(&faults);
}

static void delivery_roster(const char *path, uint32_t node_count) {
    struct roster *roster = NULL;
    struct spill_error error = {{0}};
    delivery_must(roster_create(&roster), &error, "roster");
    for (uint32_t i = 0; i < node_count; i++) {
        struct roster_entry entry = {.role = ROSTER_PEOPLE, .not_after_s = SPILL_NEVER};
        memcpy(entry.key, delivery_pair(i).public_key, sizeof entry.key);
        (void)snprintf(entry.cells, sizeof entry.cells, "cell-%u", i);
        delivery_must(roster_enrol(roster, &entry, &error), &error, "roster");
    }
    delivery_must(roster_save(roster, path, &error), &error, path);
    roster_destroy(&roster);
}

/* ---- The coordinator ---- */

enum delivery_phase { DELIVERY_JOINING, DELIVERY_STARTING, DELIVERY_INJECTING, DELIVERY_DRAINING };

struct delivery_child {
    pid_t pid;
    int to;   /* Closed: it shall tell. */
    int from; /* What it tells. */
};

static struct {
    uint32_t node_count;
    uv_loop_t loop;
    uv_timer_t timer;
    struct live *live;
    struct hub *hub;
    enum delivery_phase phase;
    int64_t since_ns; /* Of the phase. */
    double join_seconds;
    uint32_t injected;
    uint32_t replied; /* Commands that were taken. */
    int64_t said_ns[DELIVERY_INJECTS];
    struct rusage before, after; /* Of injecting. */
    double inject_seconds;
    struct delivery_child children[DELIVERY_CHILDREN];
} coordinator;

static void delivery_on_reply(enum spill_status status, uint64_t sequence, const char *words,
                              void *context) {
    (void)sequence;
    (void)context;
    if (status != SPILL_OK) {
        delivery_fail("the exercise", words);
    }
    coordinator.replied++;
}

static void delivery_command(enum input_kind kind, const char *inject) {
    struct input input = {.kind = kind, .who = {WHO_CONTROL, "excon"}};
    if (kind == INPUT_INJECT_NOW) {
        input.command.inject = inject;
        input.command.title = input.command.text = input.command.why = "";
    } else {
        input.clock.why = "";
    }
    struct spill_error error = {{0}};
    delivery_must(live_command(coordinator.live, &input, delivery_on_reply, NULL), &error,
                  "command");
}

static void delivery_next_phase(enum delivery_phase phase) {
    coordinator.phase = phase;
    coordinator.since_ns = measure_now_ns();
}

/* Injects that are due by now. */
static void delivery_inject(void) {
    const int64_t since_ns = measure_now_ns() - coordinator.since_ns;
    while (coordinator.injected < DELIVERY_INJECTS &&
           (int64_t)coordinator.injected * DELIVERY_EVERY_US * 1000 <= since_ns) {
        char id[32];
        (void)snprintf(id, sizeof id, "i-%u", coordinator.injected);
        coordinator.said_ns[coordinator.injected++] = measure_now_ns();
        delivery_command(INPUT_INJECT_NOW, id);
    }
}

static void delivery_on_timer(uv_timer_t *timer) {
    const int64_t since_ns = measure_now_ns() - coordinator.since_ns;
    if (since_ns > DELIVERY_PATIENCE_S * INT64_C(1000000000)) {
        delivery_fail("the nodes", "do not come, or do not get what they should");
    }
    switch (coordinator.phase) {
    case DELIVERY_JOINING:
        if (hub_open_count(coordinator.hub) == coordinator.node_count) {
            coordinator.join_seconds = (double)since_ns / 1e9;
            delivery_command(INPUT_START, NULL);
            delivery_next_phase(DELIVERY_STARTING);
        }
        break;
    case DELIVERY_STARTING: /* Briefings, names and menus. */
        if (since_ns > INT64_C(1000000000) && coordinator.replied == 1 &&
            hub_is_done(coordinator.hub)) {
            (void)getrusage(RUSAGE_SELF, &coordinator.before);
            delivery_next_phase(DELIVERY_INJECTING);
        }
        break;
    case DELIVERY_INJECTING:
        delivery_inject();
        if (coordinator.injected == DELIVERY_INJECTS) {
            coordinator.inject_seconds = (double)since_ns / 1e9;
            (void)getrusage(RUSAGE_SELF, &coordinator.after);
            delivery_next_phase(DELIVERY_DRAINING);
        }
        break;
    case DELIVERY_DRAINING:
        if (since_ns > INT64_C(500000000) && coordinator.replied == DELIVERY_INJECTS + 1 &&
            hub_is_done(coordinator.hub)) {
            (void)uv_timer_stop(timer);
            uv_stop(&coordinator.loop);
        }
        break;
    }
}

static void delivery_spawn(struct delivery_child *child, char **words) {
    int down[2];
    int up[2];
    posix_spawn_file_actions_t actions;
    SPILL_ASSERT(pipe(down) == 0 && pipe(up) == 0);
    SPILL_ASSERT(posix_spawn_file_actions_init(&actions) == 0);
    SPILL_ASSERT(posix_spawn_file_actions_adddup2(&actions, down[0], STDIN_FILENO) == 0);
    SPILL_ASSERT(posix_spawn_file_actions_adddup2(&actions, up[1], STDOUT_FILENO) == 0);
    SPILL_ASSERT(posix_spawn_file_actions_addclose(&actions, down[1]) == 0);
    SPILL_ASSERT(posix_spawn_file_actions_addclose(&actions, up[0]) == 0);
    for (size_t i = 0; i < DELIVERY_CHILDREN; i++) {
        if (coordinator.children[i].pid != 0) {
            SPILL_ASSERT(posix_spawn_file_actions_addclose(&actions, coordinator.children[i].to) ==
                         0);
        }
    }
    SPILL_ASSERT(posix_spawn(&child->pid, "/proc/self/exe", &actions, NULL, words, environ) == 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    close(down[0]);
    close(up[1]);
    child->to = down[1];
    child->from = up[0];
}

static void delivery_spawn_nodes(const char *folder) {
    char key[SEAL_TEXT_BYTES];
    char endpoint[HUB_ENDPOINT_BYTES];
    (void)seal_key_print(hub_server_key(coordinator.hub), key);
    (void)snprintf(endpoint, sizeof endpoint, "%s", hub_endpoint(coordinator.hub));
    for (uint32_t i = 0; i < DELIVERY_CHILDREN; i++) {
        const uint32_t first = coordinator.node_count * i / DELIVERY_CHILDREN;
        const uint32_t end = coordinator.node_count * (i + 1) / DELIVERY_CHILDREN;
        char first_text[16];
        char count_text[16];
        char place[DELIVERY_PATH_BYTES];
        (void)snprintf(first_text, sizeof first_text, "%u", first);
        (void)snprintf(count_text, sizeof count_text, "%u", end - first);
        (void)snprintf(place, sizeof place, "%s", folder);
        char *words[] = {"bench_delivery", "--nodes", first_text, count_text,
                         endpoint,         place,     key,        NULL};
        delivery_spawn(&coordinator.children[i], words);
    }
}

static void delivery_open(const char *folder, const struct scenario *scenario,
                          const struct package *package) {
    char record[DELIVERY_PATH_BYTES + 32];
    char roster[DELIVERY_PATH_BYTES + 32];
    struct spill_error error = {{0}};
    (void)snprintf(record, sizeof record, "%s/delivery.spill", folder);
    (void)snprintf(roster, sizeof roster, "%s/roster", folder);
    delivery_roster(roster, coordinator.node_count);
    const struct live_options live_options = {
        .loop = &coordinator.loop,
        .session = {.scenario = scenario,
                    .package = package,
                    .record_path = record,
                    .seed = 1,
                    .team = "passive",
                    .program = "bench"},
        .speed_permille = 1000,
    };
    delivery_must(live_open(&live_options, NULL, NULL, &coordinator.live, &error), &error, record);
    const struct hub_options hub_options = {.loop = &coordinator.loop,
                                            .live = coordinator.live,
                                            .scenario = scenario,
                                            .record_path = record,
                                            .roster_path = roster,
                                            .bind = "tcp://127.0.0.1:0",
                                            .program = "bench",
                                            .team = "passive"};
    delivery_must(hub_open(&hub_options, &coordinator.hub, &error), &error, "hub");
    live_start(coordinator.live);
}

/* ---- Results ---- */

static int delivery_compare(const void *left, const void *right) {
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* What the nodes tell: when each inject was durable, in milliseconds after it was said. */
static void delivery_collect(double late_ms[DELIVERY_INJECTS]) {
    static bool came[DELIVERY_INJECTS];
    size_t count = 0;
    for (size_t i = 0; i < DELIVERY_CHILDREN; i++) {
        struct delivery_child *const child = &coordinator.children[i];
        struct delivery_arrival arrival;
        close(child->to);
        FILE *const from = fdopen(child->from, "rb");
        SPILL_ASSERT(from != NULL);
        while (fread(&arrival, sizeof arrival, 1, from) == 1) {
            if (arrival.inject >= DELIVERY_INJECTS || came[arrival.inject] ||
                arrival.node != arrival.inject % coordinator.node_count) {
                delivery_fail("a node", "got an inject twice, or one that is not its own");
            }
            came[arrival.inject] = true;
            count++;
            late_ms[arrival.inject] =
                (double)(arrival.at_ns - coordinator.said_ns[arrival.inject]) / 1e6;
        }
        fclose(from);
        int status = 0;
        if (waitpid(child->pid, &status, 0) != child->pid || status != 0) {
            delivery_fail("a process of nodes", "did not end well");
        }
    }
    if (count != DELIVERY_INJECTS) {
        delivery_fail("the nodes", "an inject is missing");
    }
}

static double delivery_cpu_seconds(const struct rusage *usage) {
    return (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec / 1e6 +
           (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec / 1e6;
}

static void delivery_print(const char *what, double value, const char *unit) {
    char name[128];
    (void)snprintf(name, sizeof name, "%u nodes: %s", coordinator.node_count, what);
    measure_print(name, value, unit);
}

static void delivery_report(void) {
    static double late_ms[DELIVERY_INJECTS];
    delivery_collect(late_ms);
    qsort(late_ms, DELIVERY_INJECTS, sizeof late_ms[0], delivery_compare);
    delivery_print("all joined after", coordinator.join_seconds, "s");
    delivery_print("inject to durable, median", late_ms[DELIVERY_INJECTS / 2], "ms");
    delivery_print("inject to durable, p99", late_ms[DELIVERY_INJECTS * 99 / 100], "ms");
    delivery_print("inject to durable, most", late_ms[DELIVERY_INJECTS - 1], "ms");
    delivery_print(
        "coordinator's processor meanwhile",
        100 *
            (delivery_cpu_seconds(&coordinator.after) - delivery_cpu_seconds(&coordinator.before)) /
            coordinator.inject_seconds,
        "% of a core");
    delivery_print("coordinator's memory, at most", (double)coordinator.after.ru_maxrss / 1024,
                   "MiB");
}

/* One round with so many nodes, in a process of its own. */
static int delivery_run(char **words) {
    struct package *package = NULL;
    struct scenario *scenario = NULL;
    coordinator.node_count = (uint32_t)strtoul(words[0], NULL, 10);
    delivery_allow_files();
    delivery_package(coordinator.node_count, &package);
    delivery_scenario(package, &scenario);
    SPILL_ASSERT(uv_loop_init(&coordinator.loop) == 0);
    delivery_open(words[1], scenario, package);
    SPILL_ASSERT(uv_timer_init(&coordinator.loop, &coordinator.timer) == 0);
    SPILL_ASSERT(uv_timer_start(&coordinator.timer, delivery_on_timer, DELIVERY_TURN_MS,
                                DELIVERY_TURN_MS) == 0);
    delivery_next_phase(DELIVERY_JOINING);
    delivery_spawn_nodes(words[1]);
    (void)uv_run(&coordinator.loop, UV_RUN_DEFAULT);
    delivery_report();
    (void)fflush(stdout);
    _exit(0); /* The exercise is of no more use; its files are removed. */
}

/* ---- All rounds ---- */

static void delivery_remove(const char *folder) {
    char command[DELIVERY_PATH_BYTES];
    char *words[] = {"rm", "-rf", command, NULL};
    pid_t pid = 0;
    int status = 0;
    (void)snprintf(command, sizeof command, "%s", folder);
    if (posix_spawnp(&pid, "rm", NULL, NULL, words, environ) == 0) {
        (void)waitpid(pid, &status, 0);
    }
}

static int delivery_round(const char *within, const char *node_count) {
    char folder[DELIVERY_PATH_BYTES];
    char count[16];
    pid_t pid = 0;
    int status = 0;
    (void)snprintf(folder, sizeof folder, "%.400s/bench_delivery.XXXXXX", within);
    (void)snprintf(count, sizeof count, "%s", node_count);
    if (mkdtemp(folder) == NULL) {
        delivery_fail(within, "no folder can be made there");
    }
    char *words[] = {"bench_delivery", "--coordinator", count, folder, NULL};
    SPILL_ASSERT(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, words, environ) == 0);
    SPILL_ASSERT(waitpid(pid, &status, 0) == pid);
    delivery_remove(folder);
    return status == 0 ? SPILL_EXIT_OK : SPILL_EXIT_INTERNAL;
}

int main(int argc, char **argv) {
    static const char *const usual[] = {"10", "100", "1000"};
    const char *const temporary = getenv("TMPDIR");
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 7 && strcmp(argv[1], "--nodes") == 0) {
        return nodes_run(argv + 2);
    }
    if (argc == 4 && strcmp(argv[1], "--coordinator") == 0) {
        return delivery_run(argv + 2);
    }
    const char *const folder = argc > 1 ? argv[1] : temporary != NULL ? temporary : "/tmp";
    int code = SPILL_EXIT_OK;
    for (int i = 2; i < argc; i++) {
        const long count = strtol(argv[i], NULL, 10);
        if (count < DELIVERY_CHILDREN || count > DELIVERY_NODES_MAX) {
            delivery_fail(argv[i], "so many nodes cannot be");
        }
        code = delivery_round(folder, argv[i]) == SPILL_EXIT_OK ? code : SPILL_EXIT_INTERNAL;
    }
    for (size_t i = 0; argc <= 2 && i < sizeof usual / sizeof usual[0]; i++) {
        code = delivery_round(folder, usual[i]) == SPILL_EXIT_OK ? code : SPILL_EXIT_INTERNAL;
    }
    return code;
}
