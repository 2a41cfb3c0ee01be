/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/whole_parts.h"
#include "tests/support/memory_disk.h"

/* Seeds of exercises, each with a recording that has only begun. */
enum { WHOLE_EXERCISES = 3 };
static const char *const whole_teams[WHOLE_EXERCISES] = {"doctrine", "doctrine", "passive"};
static const int64_t whole_horizons_ms[] = {3600000, 3 * 3600000, 16 * 3600000};

static struct package *whole_the_package;
static struct scenario *whole_the_scenario;
static char whole_folder[WHOLE_PATH_BYTES / 2];

const struct scenario *whole_scenario(void) {
    return whole_the_scenario;
}

const struct package *whole_package(void) {
    return whole_the_package;
}

/* ---- Set-up ---- */

static void whole_no_send(struct cell_ref cell, const struct session_message *message,
                          void *context) {
    (void)cell;
    (void)message;
    (void)context;
}

static void whole_no_settle(struct cell_ref cell, int64_t now_ms, void *context) {
    (void)cell;
    (void)now_ms;
    (void)context;
}

static void whole_must(enum spill_status status, const struct spill_error *error) {
    if (status != SPILL_OK) {
        fprintf(stderr, "%s: %s\n", spill_status_words(status), error->text);
    }
    SPILL_ASSERT(status == SPILL_OK);
}

static void whole_record_path(uint64_t exercise, char path[WHOLE_PATH_BYTES]) {
    (void)snprintf(path, WHOLE_PATH_BYTES, "%s/exercise-%llu.spill", whole_folder,
                   (unsigned long long)exercise);
}

/* A recording that has only begun; every history goes on from a copy. */
static void whole_record(uint64_t exercise) {
    static const struct recording_keys keys = {.signing_seed = {1}, .salt_key = {2}};
    char path[WHOLE_PATH_BYTES];
    struct spill_error error = {{0}};
    struct session *session = NULL;
    whole_record_path(exercise, path);
    const struct session_options options = {
        .scenario = whole_the_scenario,
        .package = whole_the_package,
        .record_path = path,
        .keys = &keys,
        .seed = exercise,
        .team = whole_teams[exercise],
        .program = "whole",
        .seats = {.send = whole_no_send, .settle = whole_no_settle},
    };
    whole_must(session_open(&options, &session, &error), &error);
    session_close(&session);
}

void whole_open(const char *folder) {
    char path[WHOLE_PATH_BYTES];
    struct spill_error error = {{0}};
    struct fault_list *faults = NULL;
    const char *const source = getenv("SPILL_SOURCE");
    SPILL_ASSERT(source != NULL);
    (void)snprintf(whole_folder, sizeof whole_folder, "%s", folder);
    (void)snprintf(path, sizeof path, "%s/scenarios/tutorial", source);
    whole_must(package_open(path, &whole_the_package, &error), &error);
    whole_must(scenario_load(whole_the_package, path, &whole_the_scenario, &faults), &error);
    fault_list_destroy(&faults);
    for (uint64_t i = 0; i < WHOLE_EXERCISES; i++) {
        whole_record(i);
    }
}

void whole_close(void) {
    memory_disk_forget();
    scenario_free(&whole_the_scenario);
    package_destroy(&whole_the_package);
}

/* ---- Words ---- */

void whole_trace(struct whole *whole, const char *format, ...) {
    if (whole->options.trace == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    fprintf(whole->options.trace, "%12lld ", (long long)whole->now_us);
    vfprintf(whole->options.trace, format, arguments);
    fputc('\n', whole->options.trace);
    va_end(arguments);
}

void whole_fail(struct whole *whole, const char *format, ...) {
    if (whole->result->failed) {
        return;
    }
    whole->result->failed = true;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(whole->result->words, sizeof whole->result->words, format, arguments);
    va_end(arguments);
    for (char *at = whole->result->words; *at != '\0'; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
    whole_trace(whole, "failed: %s", whole->result->words);
}

const char *whole_cell(const struct whole *whole, uint32_t cell) {
    SPILL_ASSERT(cell < whole->cell_count);
    return script_cell_id(scenario_script(whole_the_scenario), (struct cell_ref){cell});
}

void whole_alarm(struct whole *whole, const char *who, const struct stream_action *action) {
    whole_trace(whole, "    alarm of %s: %s", who, frame_reason_name(action->reason));
    const bool right =
        (action->reason == FRAME_REASON_CELL && (whole->misroute_permille > 0 || whole->healed)) ||
        (action->reason == FRAME_REASON_SESSION && (!whole->fifo || whole->healed));
    if (!right) {
        whole_fail(whole, "alarm of %s: %s (ours %llu/%llu, theirs %llu/%llu)", who,
                   frame_reason_name(action->reason),
                   (unsigned long long)action->ours.received.sequence,
                   (unsigned long long)action->ours.committed.sequence,
                   (unsigned long long)action->theirs.received.sequence,
                   (unsigned long long)action->theirs.committed.sequence);
    }
}

/* ---- Power ---- */

const char *whole_prefix(struct whole *whole, uint32_t process, char path[WHOLE_PATH_BYTES]) {
    if (process == 0) {
        return whole->record_path;
    }
    (void)snprintf(path, WHOLE_PATH_BYTES, "node %u/", process);
    return path;
}

bool whole_is_dark(struct whole *whole, uint32_t process) {
    char path[WHOLE_PATH_BYTES];
    return memory_disk_is_cut(whole_prefix(whole, process, path));
}

void whole_trouble(struct whole *whole, uint32_t process, enum spill_status status,
                   const struct spill_error *error) {
    if (!whole_is_dark(whole, process)) {
        whole_fail(whole, "process %u: %s: %s", process, spill_status_words(status), error->text);
    }
}

static void whole_stop(struct whole *whole, uint32_t process) {
    whole->life[process]++;
    if (process == 0) {
        whole_coordinator_stop(whole);
    } else {
        whole_node_stop(whole, process - 1);
    }
}

/* The power has gone: what was synced stays. */
static void whole_crash(struct whole *whole, uint32_t process) {
    char path[WHOLE_PATH_BYTES];
    whole_trace(whole, "power of process %u is gone", process);
    whole->result->cuts++;
    whole_stop(whole, process);
    memory_disk_mend(whole_prefix(whole, process, path),
                     sim_permille(&whole->chance, 500) ? sim_draw(&whole->chance) | 1 : 0);
    whole_schedule(whole, 1000 + (int64_t)sim_below(&whole->chance, 1000000), WHOLE_EVENT_START,
                   process, 0);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        if ((process == 0 && (whole->fifo || sim_permille(&whole->chance, 500))) ||
            process == 1 + cell) {
            whole_cut(whole, cell);
        }
    }
}

static bool whole_alive(const struct whole *whole, uint32_t process) {
    return process == 0 ? whole->coordinator.alive : whole->nodes[process - 1].alive;
}

/* Whoever lost its power in what just happened. */
static void whole_look_for_dark(struct whole *whole, enum whole_event_kind kind) {
    for (uint32_t process = 0; process <= whole->cell_count && !whole->result->failed; process++) {
        if (whole_alive(whole, process) && whole_is_dark(whole, process)) {
            whole->result->amid += kind != WHOLE_EVENT_POWER && kind != WHOLE_EVENT_DARK;
            whole_crash(whole, process);
        }
    }
}

/* ---- Events: few at a time, so a search will do. ---- */

void whole_schedule(struct whole *whole, int64_t delay_us, enum whole_event_kind kind,
                    uint32_t process, uint32_t cell) {
    SPILL_ASSERT(delay_us >= 0);
    SPILL_ASSERT(whole->event_count < WHOLE_EVENTS_MAX);
    const bool lives = kind == WHOLE_EVENT_TICK || kind == WHOLE_EVENT_DARK;
    whole->events[whole->event_count++] =
        (struct whole_event){.at_us = whole->now_us + delay_us,
                             .order = whole->event_order++,
                             .kind = kind,
                             .process = process,
                             .cell = cell,
                             .tag = lives ? whole->life[process] : 0};
}

static struct whole_event whole_event_take(struct whole *whole) {
    size_t first = 0;
    for (size_t i = 1; i < whole->event_count; i++) {
        const struct whole_event *const event = &whole->events[i];
        const struct whole_event *const best = &whole->events[first];
        if (event->at_us < best->at_us ||
            (event->at_us == best->at_us && event->order < best->order)) {
            first = i;
        }
    }
    const struct whole_event event = whole->events[first];
    whole->events[first] = whole->events[--whole->event_count];
    return event;
}

static void whole_event_tick(struct whole *whole, const struct whole_event *event) {
    if (event->tag != whole->life[event->process] || !whole_alive(whole, event->process)) {
        return;
    }
    if (event->process == 0) {
        whole_coordinator_tick(whole, event->cell);
    } else {
        whole_node_tick(whole, event->cell);
    }
}

static void whole_event_say(struct whole *whole, uint32_t cell) {
    if (whole->ended) {
        whole->said[cell] = 0; /* It is over, and they go home. */
    } else if (whole_node_say(whole, cell)) {
        whole->said[cell]--;
    } else {
        whole_schedule(whole, 200000, WHOLE_EVENT_SAY, 0, cell);
    }
}

static void whole_event_command(struct whole *whole) {
    if (whole->coordinator.alive) {
        whole_coordinator_command(whole);
    }
    if (whole->coordinator.alive && !whole_is_dark(whole, 0) && !whole->result->failed) {
        whole_coordinator_turn(whole);
    }
    if (whole->coordinator.session != NULL) {
        whole->ended = exercise_clock(session_exercise(whole->coordinator.session)) == CLOCK_ENDED;
    }
    whole_schedule(whole, 20000 + (int64_t)sim_below(&whole->chance, 200000), WHOLE_EVENT_COMMAND,
                   0, 0);
}

static void whole_event_power(struct whole *whole, const struct whole_event *event) {
    char path[WHOLE_PATH_BYTES];
    if (whole->healed || !whole_alive(whole, event->process)) {
        return;
    }
    const uint64_t after =
        sim_permille(&whole->chance, 200) ? 0 : 1 + sim_below(&whole->chance, 12);
    memory_disk_cut(whole_prefix(whole, event->process, path), after);
    whole_schedule(whole, 2000000, WHOLE_EVENT_DARK, event->process, 0);
}

static void whole_event_heal(struct whole *whole) {
    whole_trace(whole, "all heals");
    whole->healed = whole->fifo = true;
    whole->loss_permille = whole->double_permille = whole->full_permille = 0;
    whole->misroute_permille = 0;
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        whole->parted[cell] = false;
    }
    for (uint32_t process = 0; process <= whole->cell_count; process++) {
        char path[WHOLE_PATH_BYTES];
        memory_disk_spare(whole_prefix(whole, process, path));
    }
}

static void whole_handle(struct whole *whole, const struct whole_event *event) {
    char path[WHOLE_PATH_BYTES];
    switch (event->kind) {
    case WHOLE_EVENT_PACKET:
        whole_packet_arrives(whole, event->process);
        break;
    case WHOLE_EVENT_TICK:
        whole_event_tick(whole, event);
        break;
    case WHOLE_EVENT_SAY:
        whole_event_say(whole, event->cell);
        break;
    case WHOLE_EVENT_COMMAND:
        whole_event_command(whole);
        break;
    case WHOLE_EVENT_POWER:
        whole_event_power(whole, event);
        break;
    case WHOLE_EVENT_DARK:
        if (!whole->healed && whole_alive(whole, event->process) &&
            event->tag == whole->life[event->process]) {
            memory_disk_cut(whole_prefix(whole, event->process, path), 0);
        }
        break;
    case WHOLE_EVENT_START:
        if (event->process == 0) {
            whole_coordinator_start(whole);
        } else {
            whole_node_start(whole, event->process - 1);
        }
        break;
    case WHOLE_EVENT_CUT:
        whole_cut(whole, event->cell);
        break;
    case WHOLE_EVENT_PART:
        if (!whole->healed) {
            whole->parted[event->cell] = true;
            whole_schedule(whole, (int64_t)sim_below(&whole->chance, 2000000), WHOLE_EVENT_JOIN, 0,
                           event->cell);
        }
        break;
    case WHOLE_EVENT_JOIN:
        whole->parted[event->cell] = false;
        break;
    case WHOLE_EVENT_HEAL:
        whole_event_heal(whole);
        break;
    }
}

/* ---- A world ---- */

static unsigned whole_one_of(struct whole *whole, const unsigned *values, size_t value_count) {
    return values[sim_below(&whole->chance, value_count)];
}
#define WHOLE_ONE_OF(whole, ...)                                                                   \
    whole_one_of(whole, (const unsigned[]){__VA_ARGS__},                                           \
                 sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

static void whole_plan_world(struct whole *whole) {
    whole->exercise_seed = sim_below(&whole->chance, WHOLE_EXERCISES);
    whole->team = whole_teams[whole->exercise_seed];
    whole->horizon_ms = whole_horizons_ms[WHOLE_ONE_OF(whole, 0, 1, 2)];
    whole->pace_us = 1000000 * (int64_t)WHOLE_ONE_OF(whole, 0, 2, 6);
    whole->started_us = -1;
    whole->cell_count = (uint32_t)script_cell_count(scenario_script(whole_the_scenario));
    SPILL_ASSERT(whole->cell_count <= WHOLE_CELLS_MAX);
    whole->result->robots = sim_permille(&whole->chance, 500);
    whole->fifo = sim_permille(&whole->chance, 500);
    whole->loss_permille = WHOLE_ONE_OF(whole, 0, 10, 50, 150);
    whole->double_permille = WHOLE_ONE_OF(whole, 0, 0, 20, 300);
    whole->full_permille = WHOLE_ONE_OF(whole, 0, 0, 10, 100);
    whole->misroute_permille = WHOLE_ONE_OF(whole, 0, 20, 100);
    whole->straggler_permille = WHOLE_ONE_OF(whole, 0, 20);
    whole->delay_us = WHOLE_ONE_OF(whole, 2000, 20000, 100000);
    whole->window_messages = WHOLE_ONE_OF(whole, 2, 8, STREAM_WINDOW_MESSAGES);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        whole->robot[cell] = whole->result->robots || sim_permille(&whole->chance, 500);
    }
    whole->commands = whole->result->robots ? 0 : WHOLE_ONE_OF(whole, 0, 1, 3);
}

static void whole_plan_storm(struct whole *whole) {
    const uint64_t storm_us = WHOLE_STORM_US / WHOLE_ONE_OF(whole, 1, 2, 3);
    const unsigned fault_count = WHOLE_ONE_OF(whole, 0, 4, 8, 16, 32);
    for (unsigned i = 0; i < fault_count; i++) {
        static const enum whole_event_kind kinds[] = {WHOLE_EVENT_POWER, WHOLE_EVENT_POWER,
                                                      WHOLE_EVENT_POWER, WHOLE_EVENT_CUT,
                                                      WHOLE_EVENT_PART};
        const enum whole_event_kind kind =
            kinds[sim_below(&whole->chance, sizeof kinds / sizeof kinds[0])];
        const uint32_t cell = (uint32_t)sim_below(&whole->chance, whole->cell_count);
        const uint32_t process = sim_permille(&whole->chance, 400) ? 0 : 1 + cell;
        whole_schedule(whole, (int64_t)sim_below(&whole->chance, storm_us), kind, process, cell);
    }
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        whole->said[cell] = whole->robot[cell] ? 0 : WHOLE_ONE_OF(whole, 0, 4, 10);
        for (unsigned i = 0; i < whole->said[cell]; i++) {
            whole_schedule(whole, (int64_t)sim_below(&whole->chance, storm_us), WHOLE_EVENT_SAY, 0,
                           cell);
        }
    }
    whole_schedule(whole, (int64_t)storm_us, WHOLE_EVENT_HEAL, 0, 0);
    whole_schedule(whole, 0, WHOLE_EVENT_COMMAND, 0, 0);
}

static void whole_make_briefs(struct whole *whole) {
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        enum spill_status status =
            brief_create(whole_the_scenario, (struct cell_ref){cell}, whole->team,
                         whole->exercise_seed, &whole->briefs[cell]);
        SPILL_ASSERT(status == SPILL_OK);
        whole->brief_sizes[cell] = brief_size_bytes(whole->briefs[cell]);
        whole->brief_bytes[cell] = malloc(whole->brief_sizes[cell]);
        SPILL_ASSERT(whole->brief_bytes[cell] != NULL);
        status = brief_encode(whole->briefs[cell], whole->brief_bytes[cell],
                              whole->brief_sizes[cell], &whole->brief_sizes[cell]);
        SPILL_ASSERT(status == SPILL_OK);
    }
}

static struct whole *whole_create(const struct whole_options *options,
                                  struct whole_result *result) {
    struct whole *const whole = calloc(1, sizeof *whole);
    SPILL_ASSERT(whole != NULL);
    memset(result, 0, sizeof *result);
    whole->options = *options;
    whole->result = result;
    whole->chance.state = options->seed * UINT64_C(0xD1342543DE82EF95) + 1;
    whole->scratch = malloc(STREAM_SCRATCH_BYTES);
    whole->bytes = malloc(FRAME_BYTES_MAX);
    SPILL_ASSERT(whole->scratch != NULL && whole->bytes != NULL);
    enum spill_status status = wire_create(&whole->wire);
    SPILL_ASSERT(status == SPILL_OK);
    status = codec_arena_create(OUTPUT_ARENA_BYTES, &whole->arena);
    SPILL_ASSERT(status == SPILL_OK);
    memory_disk_forget();
    memory_disk_lie(whole_mutant(whole, WHOLE_MUTANT_SYNC_NOTHING));
    memcpy(whole->exercise, "whole", 5);
    for (uint32_t i = 0; i <= WHOLE_CELLS_MAX; i++) {
        uint8_t secret[SEAL_KEY_BYTES] = {(uint8_t)(1 + i)};
        seal_pair_of(secret, i == 0 ? &whole->server : &whole->keys[i - 1]);
    }
    whole_plan_world(whole);
    whole_record_path(whole->exercise_seed, whole->record_path);
    whole_make_briefs(whole);
    whole_plan_storm(whole);
    return whole;
}

static void whole_destroy(struct whole *whole) {
    for (uint32_t process = 0; process <= whole->cell_count; process++) {
        if (whole_alive(whole, process)) {
            whole_stop(whole, process);
        }
    }
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        brief_destroy(&whole->briefs[cell]);
        free(whole->brief_bytes[cell]);
    }
    for (size_t i = 0; i < WHOLE_PACKETS_MAX; i++) {
        free(whole->packets[i].bytes);
    }
    wire_destroy(&whole->wire);
    codec_arena_destroy(&whole->arena);
    free(whole->scratch);
    free(whole->bytes);
    free(whole);
}

void whole_run(const struct whole_options *options, struct whole_result *result) {
    struct whole *const whole = whole_create(options, result);
    whole_schedule(whole, 0, WHOLE_EVENT_START, 0, 0);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        whole->connection[cell] = ++whole->connections;
        whole_schedule(whole, (int64_t)sim_below(&whole->chance, 200000), WHOLE_EVENT_START,
                       1 + cell, 0);
    }
    while (!result->failed && !(whole->healed && whole_is_done(whole))) {
        if (whole->now_us > WHOLE_CALM_US || result->events > 5000000) {
            whole_fail(whole, "it does not end");
            break;
        }
        const struct whole_event event = whole_event_take(whole);
        whole->now_us = event.at_us;
        result->events++;
        whole_handle(whole, &event);
        whole_look_for_dark(whole, event.kind);
    }
    result->end_us = whole->now_us;
    if (!result->failed) {
        whole_judge(whole);
    }
    whole_destroy(whole);
}
