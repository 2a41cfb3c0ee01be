/* SPDX-License-Identifier: Apache-2.0 */
/* Proves with real processes and sockets that nothing is lost, doubled, reordered or leaked,
 * whatever is killed when; and that an exercise is the same in one process or in many. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "coordinator/control/roster.h"
#include "coordinator/exercise/output.h"
#include "coordinator/record/recording.h"
#include "nodes/inbox.h"
#include "proto/seal/key_file.h"
#include "tests/check.h"
#include "tests/support/children.h"
#include "tests/support/deadline.h"
#include "tests/support/program.h"
#include "tests/support/temporary.h"

enum { CELLS_MAX = 32, LIFE_MS = 120000, DIGEST_BYTES = 65, KILLS = 6 };

static const char *scenario_path(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/scenarios/%s", getenv("SPILL_SOURCE"), name);
    return path;
}

/* Chance for one seed. */
static uint64_t draw(uint64_t *state, uint64_t below) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % below;
}

static void digest_of(const char *text, char digest[DIGEST_BYTES]) {
    static const char mark[] = "\"digest\": \"";
    const char *const at = strstr(text, mark);
    if (at == NULL) {
        CHECK_FAIL("there is no digest in: %s", text);
    }
    snprintf(digest, DIGEST_BYTES, "%.64s", at + sizeof mark - 1);
}

static void run_digest(const char *scenario, const char *record, const char *form,
                       char digest[DIGEST_BYTES]) {
    struct program_result result;
    const char *const arguments[] = {
        program_spillover(), "run",  scenario, "--speed", "max", "--seed", "7", "--json",
        "--record",          record, form,     NULL};
    program_run(arguments, &result);
    CHECK_EQ(result.error, (char *)"");
    CHECK_EQ(result.code, 0);
    digest_of(result.out, digest);
    program_result_free(&result);
}

/* ---- Following a recording ---- */

struct growth {
    const char *path;
    struct recording *recording;
    uint64_t wanted;
    struct child *child; /* Its end ends the waiting too. */
    int code;
    bool ended;
};

static uint64_t growth_records(struct growth *growth) {
    const struct recording_options none = {.program = ""};
    struct recording_summary summary;
    if (growth->recording == NULL &&
        recording_open(growth->path, RECORDING_READ, &none, &growth->recording, NULL) != SPILL_OK) {
        return 0;
    }
    struct spill_error error = {{0}};
    if (recording_follow(growth->recording, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    recording_summary(growth->recording, &summary);
    return summary.records;
}

static bool has_grown(void *context) {
    struct growth *const growth = context;
    growth->ended = growth->ended || child_has_ended(growth->child, &growth->code);
    return growth->ended || growth_records(growth) >= growth->wanted;
}

static bool has_ended(void *context) {
    struct growth *const growth = context;
    growth->ended = growth->ended || child_has_ended(growth->child, &growth->code);
    return growth->ended;
}

/* ---- run ---- */

/* One seed gives one digest: in one process, and twice in many. */
TEST(apart, digest_is_the_same_in_one_process_and_in_many) {
    static const char *const forms[] = {"--in-process", "--quiet", "--quiet"};
    struct temporary folder;
    char digests[3][DIGEST_BYTES];
    temporary_create(&folder);
    for (size_t i = 0; i < 3; i++) {
        char name[16];
        char path[TEMPORARY_PATH_BYTES];
        snprintf(name, sizeof name, "%zu.spill", i);
        run_digest(scenario_path("tutorial"), temporary_path(&folder, name, path), forms[i],
                   digests[i]);
    }
    CHECK_EQ((const char *)digests[0], (const char *)digests[1]);
    CHECK_EQ((const char *)digests[0], (const char *)digests[2]);
    temporary_destroy(&folder);
}

static void kill_some(pid_t run, uint64_t *state) {
    pid_t nodes[CELLS_MAX];
    pid_t coordinator = 0;
    const size_t node_count = children_of(run, "join", nodes, CELLS_MAX);
    const uint64_t which = draw(state, 3);
    if (which == 0 && children_of(run, "coordinate", &coordinator, 1) == 1) {
        (void)kill(coordinator, SIGKILL);
    }
    for (size_t i = 0; i < node_count; i++) {
        if (which == 2 || (which == 1 && i == draw(state, node_count))) {
            (void)kill(nodes[i], SIGKILL);
        }
    }
}

/* Nodes and coordinator die at moments that follow from a seed; the supervisor starts them again,
 * and what comes out is the undisturbed exercise. */
static void check_kills(uint64_t seed, const char *undisturbed) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char out[TEMPORARY_PATH_BYTES];
    char digest[DIGEST_BYTES];
    struct child run = {0};
    uint64_t state = seed;
    temporary_create(&folder);
    temporary_path(&folder, "out", out);
    const char *const arguments[] = {program_spillover(),
                                     "run",
                                     scenario_path("tutorial"),
                                     "--speed",
                                     "max",
                                     "--seed",
                                     "7",
                                     "--json",
                                     "--record",
                                     temporary_path(&folder, "a.spill", path),
                                     NULL};
    child_start(&run, arguments, out, -1);
    struct growth growth = {.path = path, .child = &run};
    for (size_t i = 0; i < 3 && !growth.ended; i++) {
        growth.wanted += 40 + draw(&state, 130);
        CHECK(deadline_wait(LIFE_MS, has_grown, &growth));
        if (!growth.ended) {
            kill_some(run.process, &state);
        }
    }
    recording_close(&growth.recording);
    CHECK(deadline_wait(LIFE_MS, has_ended, &growth));
    size_t bytes = 0;
    char *const text = temporary_read(out, &bytes);
    if (growth.code != 0) {
        CHECK_FAIL("seed %" PRIu64 ": code %d, %s", seed, growth.code, text);
    }
    digest_of(text, digest);
    CHECK_EQ((const char *)digest, undisturbed);
    free(text);
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify");
    CHECK_EQ(result.code, 0);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(apart, what_is_killed_is_started_again_and_changes_nothing) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char undisturbed[DIGEST_BYTES];
    temporary_create(&folder);
    run_digest(scenario_path("tutorial"), temporary_path(&folder, "a.spill", path), "--in-process",
               undisturbed);
    for (uint64_t seed = 1; seed <= KILLS; seed++) {
        check_kills(seed, undisturbed);
    }
    temporary_destroy(&folder);
}

/* Interrupted, it leaves a whole recording, no child and no folder behind. */
TEST(apart, interrupt_ends_everything) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char out[TEMPORARY_PATH_BYTES];
    pid_t nodes[CELLS_MAX];
    struct child run = {0};
    temporary_create(&folder);
    CHECK_EQ(setenv("TMPDIR", folder.path, 1), 0);
    temporary_path(&folder, "out", out);
    temporary_path(&folder, "a.spill", path);
    const char *const arguments[] = {program_spillover(),
                                     "run",
                                     scenario_path("tutorial"),
                                     "--speed",
                                     "60",
                                     "--record",
                                     path,
                                     NULL};
    child_start(&run, arguments, out, -1);
    struct growth growth = {.path = path, .child = &run, .wanted = 40};
    CHECK(deadline_wait(LIFE_MS, has_grown, &growth));
    CHECK(!growth.ended);
    recording_close(&growth.recording);
    const size_t node_count = children_of(run.process, "join", nodes, CELLS_MAX);
    CHECK_LT(0, node_count);
    child_signal(&run, SIGINT);
    CHECK(deadline_wait(LIFE_MS, has_ended, &growth));
    CHECK_EQ(growth.code, 130);
    for (size_t i = 0; i < node_count; i++) {
        CHECK_EQ(kill(nodes[i], 0), -1);
    }
    CHECK_EQ(unsetenv("TMPDIR"), 0);
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "replay", path, "--verify");
    CHECK_LE(result.code, 1); /* It is the same exercise, and says that it was cut off. */
    CHECK(strstr(result.out, "the same") != NULL);
    program_result_free(&result);
    CHECK_EQ(unlink(out), 0);
    temporary_destroy(&folder);
}

/* ---- An exercise of programs that this test starts ---- */

struct table {
    struct temporary folder;
    char record[TEMPORARY_PATH_BYTES];
    char roster[TEMPORARY_PATH_BYTES];
    char out[TEMPORARY_PATH_BYTES];
    char endpoint[256];
    char server_key[SEAL_TEXT_BYTES];
    const char *scenario;
    struct child coordinator;
    struct child nodes[CELLS_MAX];
    char cells[CELLS_MAX][SPILL_ID_BYTES_MAX + 1];
    size_t cell_count;
};

static char *table_path(const struct table *table, const char *cell, const char *ending,
                        char path[TEMPORARY_PATH_BYTES]) {
    char name[SPILL_ID_BYTES_MAX + 16];
    snprintf(name, sizeof name, "%s%s", cell, ending);
    return temporary_path(&table->folder, name, path);
}

/* Starts the coordinator, or starts it again, and hears where it is. */
static void table_start_coordinator(struct table *table) {
    int ends[2];
    char line[1024];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    CHECK_EQ(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
    const char *const arguments[] = {program_spillover(),
                                     "coordinate",
                                     table->scenario,
                                     "--roster",
                                     table->roster,
                                     "--record",
                                     table->record,
                                     "--speed",
                                     "max",
                                     "--seed",
                                     "7",
                                     "--unattended",
                                     "--leash",
                                     "--ready-fd",
                                     "3",
                                     NULL};
    child_start(&table->coordinator, arguments, table->out, ends[1]);
    close(ends[1]);
    size_t bytes = 0;
    ssize_t got = 0;
    while ((got = read(ends[0], line + bytes, sizeof line - 1 - bytes)) > 0 ||
           (got < 0 && errno == EINTR)) {
        bytes += got > 0 ? (size_t)got : 0;
    }
    close(ends[0]);
    line[bytes] = '\0';
    CHECK_EQ(sscanf(line, "{\"endpoint\": \"%255[^\"]\", \"server_key\": \"%40[^\"]\"",
                    table->endpoint, table->server_key),
             2);
}

static void table_start_node(struct table *table, size_t at) {
    char key[TEMPORARY_PATH_BYTES];
    char inbox[TEMPORARY_PATH_BYTES];
    const char *const cell = table->cells[at];
    const char *const arguments[] = {program_spillover(),
                                     "join",
                                     "--coordinator",
                                     table->endpoint,
                                     "--server-key",
                                     table->server_key,
                                     "--cell",
                                     cell,
                                     "--key",
                                     table_path(table, cell, ".key", key),
                                     "--inbox",
                                     table_path(table, cell, ".inbox", inbox),
                                     "--robot",
                                     "--leash",
                                     NULL};
    child_start(&table->nodes[at], arguments, table->out, -1);
}

static void table_begin(struct table *table, const char *scenario) {
    struct package *package = NULL;
    struct scenario *loaded = NULL;
    struct fault_list *faults = NULL;
    struct roster *roster = NULL;
    memset(table, 0, sizeof *table);
    temporary_create(&table->folder);
    temporary_path(&table->folder, "a.spill", table->record);
    temporary_path(&table->folder, "roster", table->roster);
    temporary_path(&table->folder, "out", table->out);
    table->scenario = scenario;
    CHECK_OK(package_open(scenario, &package, NULL));
    CHECK_OK(scenario_load(package, scenario, &loaded, &faults));
    const struct script *const script = scenario_script(loaded);
    CHECK_OK(roster_create(&roster));
    for (uint32_t i = 0; i < script_cell_count(script); i++) {
        char path[TEMPORARY_PATH_BYTES];
        struct seal_pair pair;
        struct roster_entry entry = {.role = ROSTER_ROBOT, .not_after_s = SPILL_NEVER};
        const char *const cell = script_cell_id(script, (struct cell_ref){i});
        CHECK_LT(table->cell_count, (size_t)CELLS_MAX);
        snprintf(table->cells[table->cell_count++], sizeof table->cells[0], "%s", cell);
        seal_pair_random(&pair);
        CHECK_OK(key_file_write(table_path(table, cell, ".key", path), KEY_FILE_NODE,
                                pair.secret_key, NULL));
        memcpy(entry.key, pair.public_key, SEAL_KEY_BYTES);
        snprintf(entry.cells, sizeof entry.cells, "%s", cell);
        CHECK_OK(roster_enrol(roster, &entry, NULL));
    }
    CHECK_OK(roster_save(roster, table->roster, NULL));
    roster_destroy(&roster);
    fault_list_destroy(&faults);
    scenario_free(&loaded);
    package_destroy(&package);
    table_start_coordinator(table);
    for (size_t i = 0; i < table->cell_count; i++) {
        table_start_node(table, i);
    }
}

/* Waits until everybody has gone home. */
static void table_finish(struct table *table, struct growth *growth) {
    CHECK(deadline_wait(LIFE_MS, has_ended, growth));
    size_t bytes = 0;
    char *const text = temporary_read(table->out, &bytes);
    if (growth->code != 0) {
        CHECK_FAIL("the coordinator: code %d, %s", growth->code, text);
    }
    free(text);
    for (size_t i = 0; i < table->cell_count; i++) {
        struct growth node = {.child = &table->nodes[i]};
        CHECK(deadline_wait(LIFE_MS, has_ended, &node));
        CHECK_EQ(node.code, 0);
    }
}

/* One inbox against the recording: the messages of its cell, all of them, each once, in order, and
 * no other; what it sent is what was recorded of it, in order. */
static void check_inbox(const struct table *table, const char *cell, struct recording *recording,
                        struct codec_arena *arena) {
    char path[TEMPORARY_PATH_BYTES];
    struct inbox *inbox = NULL;
    struct recording_cursor *cursor = NULL;
    struct record record;
    struct spill_error error = {{0}};
    struct frame_position down = {.sequence = 0};
    struct frame_position up = {.sequence = 0};
    const struct inbox_options options = {
        .path = table_path(table, cell, ".inbox", path), .cell = cell, .first_boot = 1};
    if (inbox_open(&options, &inbox, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    CHECK_OK(
        recording_cursor_open(recording, 1u << RECORD_INPUT | 1u << RECORD_OUTPUT, 1, &cursor));
    while (recording_cursor_next(cursor, &record) == SPILL_OK) {
        codec_arena_reset(arena);
        if (record.kind == RECORD_OUTPUT) {
            struct output output;
            CHECK_OK(output_decode(record.body, record.body_bytes, arena, &output, &error));
            if (output.kind == OUTPUT_MESSAGE && strcmp(output.message.cell, cell) == 0) {
                frame_position_next(&down, record.body, record.body_bytes);
            }
        } else {
            struct input input;
            CHECK_OK(input_decode(record.body, record.body_bytes, arena, &input, &error));
            if (input.who.kind == WHO_CELL && strcmp(input.who.id, cell) == 0) {
                frame_position_next(&up, record.body, record.body_bytes);
            }
        }
    }
    recording_cursor_close(&cursor);
    const struct frame_position received = inbox_position(inbox, INBOX_RECEIVED);
    const struct frame_position sent = inbox_position(inbox, INBOX_SENT);
    CHECK_EQ(received.sequence, down.sequence);
    CHECK(frame_position_equal(&received, &down));
    /* What it did in the last moment may have come too late to count. */
    uint8_t head[FRAME_HEAD_BYTES];
    CHECK_LE(up.sequence, sent.sequence);
    CHECK_OK(inbox_head(inbox, INBOX_SENT, up.sequence, head, &error));
    CHECK_BYTES(head, sizeof head, up.head, sizeof up.head);
    inbox_close(&inbox);
}

static void check_inboxes(const struct table *table) {
    const struct recording_options none = {.program = ""};
    struct recording *recording = NULL;
    struct codec_arena *arena = NULL;
    CHECK_OK(recording_open(table->record, RECORDING_READ, &none, &recording, NULL));
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &arena));
    for (size_t i = 0; i < table->cell_count; i++) {
        check_inbox(table, table->cells[i], recording, arena);
    }
    codec_arena_destroy(&arena);
    recording_close(&recording);
}

/* One of them dies, or several, at a moment that follows from the seed, and comes back. */
static void table_kill(struct table *table, uint64_t *state) {
    const uint64_t which = draw(state, 3);
    if (which == 0) {
        child_signal(&table->coordinator, SIGKILL);
        CHECK_EQ(child_wait(&table->coordinator), 128 + SIGKILL);
        table_start_coordinator(table);
        return;
    }
    const size_t one = (size_t)draw(state, table->cell_count);
    for (size_t i = 0; i < table->cell_count; i++) {
        int code = 0;
        if ((which == 2 || i == one) && !child_has_ended(&table->nodes[i], &code)) {
            child_signal(&table->nodes[i], SIGKILL);
            CHECK_EQ(child_wait(&table->nodes[i]), 128 + SIGKILL);
            table_start_node(table, i);
        }
    }
}

TEST(apart, inboxes_and_recording_agree_whatever_is_killed) {
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct table table;
        uint64_t state = seed;
        table_begin(&table, scenario_path("tutorial"));
        struct growth growth = {.path = table.record, .child = &table.coordinator};
        for (size_t i = 0; i < KILLS && !growth.ended; i++) {
            growth.wanted += 20 + draw(&state, 70);
            CHECK(deadline_wait(LIFE_MS, has_grown, &growth));
            if (!growth.ended) {
                recording_close(&growth.recording);
                table_kill(&table, &state);
            }
        }
        recording_close(&growth.recording);
        table_finish(&table, &growth);
        check_inboxes(&table);
        temporary_destroy(&table.folder);
    }
}

/* ---- Who sees what ---- */

/* Whether these bytes are anywhere in a file. */
static bool file_holds(const char *bytes, size_t bytes_count, const char *wanted) {
    const size_t wanted_bytes = strlen(wanted);
    for (size_t i = 0; i + wanted_bytes <= bytes_count; i++) {
        if (memcmp(bytes + i, wanted, wanted_bytes) == 0) {
            return true;
        }
    }
    return false;
}

enum { INJECTS_MAX = 1024 };

/* An inject, and who was to have it. */
struct addressed {
    char inject[SPILL_ID_BYTES_MAX + 1];
    bool to[CELLS_MAX];
};

static void address(const struct table *table, const struct message *message,
                    struct addressed *injects, size_t *count) {
    size_t at = 0;
    while (at < *count && strcmp(injects[at].inject, message->inject.inject) != 0) {
        at++;
    }
    if (at == *count) {
        CHECK_LT(*count, (size_t)INJECTS_MAX);
        snprintf(injects[at].inject, sizeof injects[at].inject, "%s", message->inject.inject);
        *count += 1;
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        injects[at].to[i] = injects[at].to[i] || strcmp(table->cells[i], message->cell) == 0;
    }
}

static size_t read_addresses(const struct table *table, struct addressed *injects) {
    const struct recording_options none = {.program = ""};
    struct recording *recording = NULL;
    struct recording_cursor *cursor = NULL;
    struct codec_arena *arena = NULL;
    struct record record;
    size_t count = 0;
    CHECK_OK(recording_open(table->record, RECORDING_READ, &none, &recording, NULL));
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &arena));
    CHECK_OK(recording_cursor_open(recording, 1u << RECORD_OUTPUT, 1, &cursor));
    while (recording_cursor_next(cursor, &record) == SPILL_OK) {
        struct output output;
        codec_arena_reset(arena);
        CHECK_OK(output_decode(record.body, record.body_bytes, arena, &output, NULL));
        if (output.kind == OUTPUT_MESSAGE && output.message.kind == MESSAGE_INJECT) {
            address(table, &output.message, injects, &count);
        }
    }
    recording_cursor_close(&cursor);
    recording_close(&recording);
    codec_arena_destroy(&arena);
    return count;
}

/* The flagship's cells have different pictures: what was said to one is in the file of no other. */
TEST(apart, inbox_holds_nothing_that_its_cell_may_not_see) {
    static struct addressed injects[INJECTS_MAX];
    struct table table;
    table_begin(&table, scenario_path("amber-tide"));
    struct growth growth = {.path = table.record, .child = &table.coordinator};
    table_finish(&table, &growth);
    check_inboxes(&table);
    const size_t count = read_addresses(&table, injects);
    size_t kept_from = 0;
    for (size_t i = 0; i < table.cell_count; i++) {
        char path[TEMPORARY_PATH_BYTES + 8];
        size_t bytes = 0;
        table_path(&table, table.cells[i], ".inbox", path);
        char *const file = temporary_read(path, &bytes);
        strcat(path, "-wal");
        CHECK_EQ(access(path, F_OK), -1); /* Closed in order, it is one file. */
        for (size_t at = 0; at < count; at++) {
            if (file_holds(file, bytes, injects[at].inject) != injects[at].to[i]) {
                CHECK_FAIL("%s: inject %s", table.cells[i], injects[at].inject);
            }
            kept_from += !injects[at].to[i];
        }
        free(file);
    }
    CHECK_LT(100, kept_from);
    temporary_destroy(&table.folder);
}
