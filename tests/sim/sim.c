/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <string.h>

#include "tests/sim/sim_parts.h"

/* ---- Chance ---- */

uint64_t sim_draw(struct sim_chance *chance) {
    uint64_t word = chance->state += UINT64_C(0x9E3779B97F4A7C15);
    word = (word ^ word >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    return word ^ word >> 31;
}

uint64_t sim_below(struct sim_chance *chance, uint64_t limit) {
    SPILL_ASSERT(limit > 0);
    return sim_draw(chance) % limit;
}

bool sim_permille(struct sim_chance *chance, unsigned permille) {
    return permille > 0 && sim_draw(chance) % 1000 < permille;
}

/* ---- Words ---- */

const char *sim_cell_name(uint32_t cell) {
    static const char *const names[SIM_CELLS_MAX] = {"cell-a", "cell-b", "cell-c"};
    SPILL_ASSERT(cell < SIM_CELLS_MAX);
    return names[cell];
}

void sim_trace(struct sim *sim, const char *format, ...) {
    if (sim->options.trace == NULL) {
        return;
    }
    fprintf(sim->options.trace, "%12.6f  ", (double)sim->now_us / 1e6);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(sim->options.trace, format, arguments);
    va_end(arguments);
    fputc('\n', sim->options.trace);
}

void sim_fail(struct sim *sim, const char *format, ...) {
    if (sim->failed) {
        return;
    }
    sim->failed = true;
    sim->result->failed = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sim->result->words, sizeof sim->result->words, format, arguments);
    va_end(arguments);
    sim_trace(sim, "FAILED: %s", sim->result->words);
}

/* ---- Events: a heap by time, then by order of scheduling. ---- */

static bool sim_event_before(const struct sim_event *a, const struct sim_event *b) {
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

void sim_schedule(struct sim *sim, int64_t delay_us, enum sim_event_kind kind, uint32_t process,
                  uint32_t cell, uint64_t tag) {
    SPILL_ASSERT(delay_us >= 0);
    SPILL_ASSERT(sim->event_count < SIM_EVENTS_MAX);
    const struct sim_event event = {.at_us = sim->now_us + delay_us,
                                    .order = sim->event_order++,
                                    .kind = kind,
                                    .process = process,
                                    .cell = cell,
                                    .tag = tag};
    size_t at = sim->event_count++;
    while (at > 0 && sim_event_before(&event, &sim->events[(at - 1) / 2])) {
        sim->events[at] = sim->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->events[at] = event;
}

static struct sim_event sim_event_take(struct sim *sim) {
    SPILL_ASSERT(sim->event_count > 0);
    const struct sim_event first = sim->events[0];
    const struct sim_event last = sim->events[--sim->event_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= sim->event_count) {
            break;
        }
        if (child + 1 < sim->event_count &&
            sim_event_before(&sim->events[child + 1], &sim->events[child])) {
            child++;
        }
        if (!sim_event_before(&sim->events[child], &last)) {
            break;
        }
        sim->events[at] = sim->events[child];
        at = child;
    }
    sim->events[at] = last;
    return first;
}

/* ---- A world ---- */

/* Large memory, used by one simulation after another. */
static struct sim_record sim_records[SIM_PROCESSES][SIM_RECORDS_MAX];
static struct sim_packet sim_packets[SIM_PACKETS_MAX];
static uint32_t sim_packet_free[SIM_PACKETS_MAX];
static struct sim_event sim_events[SIM_EVENTS_MAX];
static uint8_t sim_scratch[STREAM_SCRATCH_BYTES];

static unsigned sim_one_of(struct sim *sim, const unsigned *values, size_t value_count) {
    return values[sim_below(&sim->chance, value_count)];
}
#define SIM_ONE_OF(sim, ...)                                                                       \
    sim_one_of(sim, (const unsigned[]){__VA_ARGS__},                                               \
               sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

/* What kind of world this seed is. */
static void sim_plan_world(struct sim *sim) {
    sim->cell_count = SIM_ONE_OF(sim, 1, 1, 2, 2, 3);
    sim->fifo = sim_permille(&sim->chance, 500);
    sim->one_key = sim_permille(&sim->chance, 500);
    sim->loss_permille = SIM_ONE_OF(sim, 0, 10, 50, 100, 300);
    sim->double_permille = SIM_ONE_OF(sim, 0, 0, 20, 300);
    sim->full_permille = SIM_ONE_OF(sim, 0, 0, 10, 100);
    sim->misroute_permille = SIM_ONE_OF(sim, 0, 20, 100);
    sim->corrupt_permille = SIM_ONE_OF(sim, 0, 0, 0, 0, 0, 0, 0, 20);
    sim->straggler_permille = SIM_ONE_OF(sim, 0, 20, 300);
    sim->delay_us = SIM_ONE_OF(sim, 100, 2000, 20000, 200000);
    sim->sync_us = SIM_ONE_OF(sim, 10, 1000, 10000, 100000);
    sim->window_messages = SIM_ONE_OF(sim, 1, 2, 4, 8, STREAM_WINDOW_MESSAGES);
    sim->snapshot_behind = SIM_ONE_OF(sim, 3, 8, STREAM_SNAPSHOT_BEHIND, STREAM_SNAPSHOT_BEHIND);
    sim->say_down = SIM_ONE_OF(sim, 3, 8, 16, 24);
    sim->say_up = SIM_ONE_OF(sim, 0, 3, 8, 16);
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        sim->robot[cell] = sim_permille(&sim->chance, 500);
    }
}

/* What happens in the stormy time. */
static void sim_plan_storm(struct sim *sim) {
    const uint64_t storm_us = SIM_STORM_US / SIM_ONE_OF(sim, 1, 4, 20);
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        sim->said[cell][FRAME_DOWN] = sim->say_down;
        sim->said[cell][FRAME_UP] = sim->say_up;
        for (uint32_t i = 0; i < sim->say_down + sim->say_up; i++) {
            sim_schedule(sim, (int64_t)sim_below(&sim->chance, storm_us), SIM_EVENT_SAY,
                         i < sim->say_down ? 0 : 1, cell, 0);
        }
    }
    const unsigned fault_count = SIM_ONE_OF(sim, 0, 1, 2, 4, 8);
    for (unsigned i = 0; i < fault_count; i++) {
        static const enum sim_event_kind kinds[] = {
            SIM_EVENT_CRASH, SIM_EVENT_CRASH, SIM_EVENT_CRASH, SIM_EVENT_CUT,
            SIM_EVENT_CUT,   SIM_EVENT_PART,  SIM_EVENT_PART,  SIM_EVENT_WIPE};
        const uint64_t kind_count = sizeof kinds / sizeof kinds[0];
        const uint32_t cell = (uint32_t)sim_below(&sim->chance, sim->cell_count);
        /* A third of the crashes are the coordinator's. */
        const bool down = sim_permille(&sim->chance, 330);
        sim_schedule(sim, (int64_t)sim_below(&sim->chance, storm_us),
                     kinds[sim_below(&sim->chance, kind_count)], down ? 0 : SIM_COORDINATORS + cell,
                     cell, 0);
    }
    if (sim_permille(&sim->chance, 200)) {
        sim_schedule(sim, (int64_t)sim_below(&sim->chance, storm_us), SIM_EVENT_PROMOTE, 0, 0, 0);
    }
    sim_schedule(sim, (int64_t)storm_us, SIM_EVENT_HEAL, 0, 0, 0);
}

static void sim_create(struct sim *sim, const struct sim_options *options,
                       struct sim_result *result) {
    memset(sim, 0, sizeof *sim);
    memset(result, 0, sizeof *result);
    sim->options = *options;
    sim->result = result;
    sim->chance.state = options->seed * UINT64_C(0xD1342543DE82EF95) + 1;
    sim->packets = sim_packets;
    sim->packet_free = sim_packet_free;
    sim->events = sim_events;
    sim->scratch = sim_scratch;
    for (uint32_t i = 0; i < SIM_PACKETS_MAX; i++) {
        sim->packet_free[i] = i;
    }
    sim->packet_free_count = SIM_PACKETS_MAX;
    for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
        sim->processes[i].disk.records = sim_records[i];
    }
    sim_plan_world(sim);
    sim_plan_storm(sim);
    sim->processes[0].epoch = 1;
    sim_start(sim, 0);
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        sim->connection[cell] = ++sim->connections;
        if (sim_permille(&sim->chance, 800)) {
            sim_start(sim, SIM_COORDINATORS + cell);
        } else {
            /* A late joiner. */
            sim_schedule(sim, (int64_t)sim_below(&sim->chance, SIM_STORM_US), SIM_EVENT_START,
                         SIM_COORDINATORS + cell, cell, 0);
        }
    }
}

static void sim_destroy(struct sim *sim) {
    for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
        for (uint32_t j = 0; j < SIM_CELLS_MAX; j++) {
            stream_destroy(&sim->processes[i].ends[j].stream);
        }
    }
}

/* ---- What happens ---- */

static void sim_event_say(struct sim *sim, const struct sim_event *event) {
    const enum frame_way way = event->process == 0 ? FRAME_DOWN : FRAME_UP;
    const uint32_t process = way == FRAME_DOWN ? sim->coordinator : SIM_COORDINATORS + event->cell;
    /* People at a node have nothing to say before they were told something. */
    const bool briefed = way == FRAME_DOWN || sim->shown[event->cell] > 0;
    if (sim->processes[process].alive && briefed) {
        sim_say(sim, process, event->cell);
        sim->said[event->cell][way]--;
    } else if (sim->healed && !briefed && sim->said[event->cell][FRAME_DOWN] == 0 &&
               sim->processes[sim->coordinator].alive &&
               sim->processes[sim->coordinator].ends[event->cell].own_count == 0) {
        sim->said[event->cell][way]--; /* All that it was to be told was lost in a promotion. */
    } else {
        sim_schedule(sim, 50000, SIM_EVENT_SAY, event->process, event->cell, 0);
    }
}

static void sim_event_crash(struct sim *sim, const struct sim_event *event) {
    const uint32_t who = event->process < SIM_COORDINATORS ? sim->coordinator : event->process;
    /* People who start a node again have one incarnation of it in mind. */
    const bool meant = event->tag == sim->incarnation[who] + 1;
    if (!sim->processes[who].alive || (event->tag == 0 ? sim->healed : !meant)) {
        return;
    }
    sim_crash(sim, who);
    const uint64_t away_us = SIM_ONE_OF(sim, 1000, 30000, SIM_STORM_US / 4);
    sim_schedule(sim, 1 + (int64_t)sim_below(&sim->chance, away_us), SIM_EVENT_START, who, 0, 0);
    if (who < SIM_COORDINATORS && !sim->fifo && sim_permille(&sim->chance, 500)) {
        return; /* A network without connections: what is under way may still arrive. */
    }
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        if (who < SIM_COORDINATORS ? sim->target[cell] == who : who == SIM_COORDINATORS + cell) {
            sim_cut(sim, cell);
        }
    }
}

/* A node's disk is lost with all that was on it; what it said and nobody has is gone. */
static void sim_event_wipe(struct sim *sim, uint32_t cell) {
    const uint32_t process = SIM_COORDINATORS + cell;
    if (!sim->processes[process].alive || sim->healed || sim->coordinator != 0) {
        return;
    }
    sim_trace(sim, "the disk of node %s is lost", sim_cell_name(cell));
    sim_crash(sim, process);
    sim->processes[process].disk.record_count = 0;
    sim->processes[process].disk.durable_count = 0;
    sim->wiped[cell] = true;
    sim->shown[cell] = 0;
    sim_schedule(sim, 1000, SIM_EVENT_START, process, 0, 0);
    sim_cut(sim, cell);
}

static void sim_event_readmit(struct sim *sim, uint32_t cell) {
    struct sim_process *const owner = &sim->processes[sim->coordinator];
    sim->readmitting[cell] = false;
    if (owner->alive) {
        sim_trace(sim, "%s is readmitted", sim_cell_name(cell));
        stream_readmit(owner->ends[cell].stream);
        sim_pump(sim, &owner->ends[cell]);
    }
}

/* The standby takes over; the one before may live on and not know. */
static void sim_event_promote(struct sim *sim) {
    struct sim_process *const before = &sim->processes[0];
    struct sim_process *const next = &sim->processes[1];
    if (sim->coordinator != 0 || sim->healed) {
        return;
    }
    sim->coordinator = 1;
    sim->result->promotions++;
    memcpy(next->disk.records, before->disk.records,
           before->disk.durable_count * sizeof before->disk.records[0]);
    next->disk.record_count = next->disk.durable_count = before->disk.durable_count;
    next->epoch = before->epoch + 1;
    before->disk.frozen = true;
    before->zombie = true;
    sim_trace(sim, "promotion");
    sim_start(sim, 1);
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        if (sim_permille(&sim->chance, 500)) {
            sim_cut(sim, cell);
        }
    }
}

static void sim_event_heal(struct sim *sim) {
    sim_trace(sim, "all heals");
    sim->healed = true;
    sim->fifo = true; /* As ZeroMQ over TCP. */
    sim->loss_permille = sim->double_permille = sim->full_permille = 0;
    sim->misroute_permille = sim->corrupt_permille = 0;
    if (sim->processes[0].zombie && sim->processes[0].alive) {
        sim_crash(sim, 0);
    }
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        sim->parted[cell] = false;
        if (sim->target[cell] != sim->coordinator) {
            sim_cut(sim, cell);
        }
    }
}

static void sim_handle(struct sim *sim, const struct sim_event *event) {
    const bool current = event->tag == sim->incarnation[event->process % SIM_PROCESSES];
    switch (event->kind) {
    case SIM_EVENT_PACKET:
        sim_packet_arrives(sim, event->process);
        break;
    case SIM_EVENT_TICK: {
        struct sim_process *const owner = &sim->processes[event->process];
        struct sim_end *const end =
            &owner->ends[event->process < SIM_COORDINATORS ? event->cell : 0];
        if (current && owner->alive && end->tick_us == event->at_us) {
            end->tick_us = INT64_MAX;
            stream_tick(end->stream, sim_process_now(sim, event->process));
            sim_pump(sim, end);
        }
        break;
    }
    case SIM_EVENT_SYNC:
        if (current && !sim->processes[event->process].disk.frozen) {
            sim_synced(sim, event->process);
        }
        break;
    case SIM_EVENT_SAY:
        sim_event_say(sim, event);
        break;
    case SIM_EVENT_CRASH:
        sim_event_crash(sim, event);
        break;
    case SIM_EVENT_START:
        if (!sim->processes[event->process].alive && !sim->processes[event->process].zombie) {
            sim_start(sim, event->process);
        }
        break;
    case SIM_EVENT_CUT:
        sim_cut(sim, event->cell);
        break;
    case SIM_EVENT_PART:
        if (!sim->healed) {
            sim->parted[event->cell] = true;
            sim_schedule(sim, (int64_t)sim_below(&sim->chance, SIM_STORM_US), SIM_EVENT_JOIN, 0,
                         event->cell, 0);
        }
        break;
    case SIM_EVENT_JOIN:
        sim->parted[event->cell] = false;
        break;
    case SIM_EVENT_PROMOTE:
        sim_event_promote(sim);
        break;
    case SIM_EVENT_WIPE:
        sim_event_wipe(sim, event->cell);
        break;
    case SIM_EVENT_READMIT:
        sim_event_readmit(sim, event->cell);
        break;
    case SIM_EVENT_HEAL:
        sim_event_heal(sim);
        break;
    }
}

/* Everything was said, stored, shown and acknowledged. */
static bool sim_is_done(const struct sim *sim) {
    for (uint32_t cell = 0; cell < sim->cell_count; cell++) {
        const struct sim_process *const down = &sim->processes[sim->coordinator];
        const struct sim_process *const up = &sim->processes[SIM_COORDINATORS + cell];
        if (!down->alive || !up->alive || sim->said[cell][0] > 0 || sim->said[cell][1] > 0) {
            return false;
        }
        const struct sim_end *const a = &down->ends[cell];
        const struct sim_end *const b = &up->ends[0];
        if (!stream_is_open(a->stream) || !stream_is_open(b->stream) || !b->briefed ||
            stream_acknowledged(a->stream) != a->own_count ||
            stream_acknowledged(b->stream) != b->own_count || sim->shown[cell] != a->own_count ||
            sim->applied[cell] != b->own_count) {
            return false;
        }
    }
    return true;
}

void sim_run(const struct sim_options *options, struct sim_result *result) {
    static struct sim sim;
    sim_create(&sim, options, result);
    while (!sim.failed && !(sim.healed && sim_is_done(&sim))) {
        if (sim.event_count == 0 || sim.now_us > SIM_CALM_US || result->events > 1000000) {
            sim_fail(&sim, "not everything arrived");
            break;
        }
        const struct sim_event event = sim_event_take(&sim);
        sim.now_us = event.at_us;
        result->events++;
        sim_handle(&sim, &event);
    }
    result->end_us = sim.now_us;
    sim_destroy(&sim);
}
