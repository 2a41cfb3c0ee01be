/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/sim/sim_parts.h"

static const uint8_t sim_exercise[FRAME_EXERCISE_BYTES] = "simulated";

int64_t sim_process_now(const struct sim *sim, uint32_t process) {
    return sim->now_us + sim->processes[process].clock_us;
}

/* ---- A seal that is cheap: a keyed sum over label and bytes. ---- */

enum { SIM_TAG_BYTES = 8 };

static uint64_t sim_mix(uint64_t sum, uint64_t word) {
    sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return sum ^ sum >> 29;
}

static uint64_t sim_tag(const struct sim_end *end, const struct frame_label *label,
                        const uint8_t *bytes, size_t size_bytes) {
    const bool one_key = end->sim->one_key;
    uint64_t sum = sim_mix(one_key ? 1 : end->cell + 2, label->epoch);
    sum = sim_mix(sum, label->sequence);
    sum = sim_mix(sum, (uint64_t)label->kind << 8 | label->tlp);
    sum = sim_mix(sum, (uint64_t)label->way << 32 | label->part);
    sum = sim_mix(sum, one_key ? 0 : (uint64_t)label->cell[strlen(label->cell) - 1]);
    for (size_t i = 0; i + 8 <= size_bytes; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, sizeof word);
        sum = sim_mix(sum, word);
    }
    return sum;
}

static size_t sim_seal(const struct frame_label *label, const uint8_t *bytes, size_t size_bytes,
                       uint8_t *sealed, void *context) {
    const uint64_t tag = sim_tag(context, label, bytes, size_bytes);
    memcpy(sealed, &tag, sizeof tag);
    memcpy(sealed + SIM_TAG_BYTES, bytes, size_bytes);
    return size_bytes + SIM_TAG_BYTES;
}

static bool sim_open(const struct frame_label *label, const uint8_t *sealed, size_t sealed_bytes,
                     uint8_t *bytes, size_t *size_bytes, void *context) {
    uint64_t tag = 0;
    if (sealed_bytes < SIM_TAG_BYTES) {
        return false;
    }
    *size_bytes = sealed_bytes - SIM_TAG_BYTES;
    memcpy(&tag, sealed, sizeof tag);
    memcpy(bytes, sealed + SIM_TAG_BYTES, *size_bytes);
    return tag == sim_tag(context, label, bytes, *size_bytes);
}

/* ---- What is on the disks ---- */

static struct sim_disk *sim_end_disk(struct sim_end *end) {
    return &end->sim->processes[end->process].disk;
}

static struct stream_durable sim_durable_position(struct sim_end *end, enum sim_record_kind kind) {
    struct stream_durable durable = {.position = {.sequence = 0}};
    (void)sim_durable(sim_end_disk(end), kind, end->cell, &durable.position);
    return durable;
}

/* A snapshot counts as everything before it. */
static struct stream_durable sim_durable_peer(struct sim_end *end) {
    struct stream_durable peer = sim_durable_position(end, SIM_RECORD_PEER);
    const struct stream_durable snapshot = sim_durable_position(end, SIM_RECORD_SNAPSHOT);
    return snapshot.position.sequence > peer.position.sequence ? snapshot : peer;
}

/* Remembers what this end said for certain. */
static void sim_note_truth(struct sim_end *end) {
    struct sim *const sim = end->sim;
    if (end->down && end->process != sim->coordinator) {
        return;
    }
    const struct sim_disk *const disk = sim_end_disk(end);
    for (size_t i = 0; i < disk->durable_count; i++) {
        const struct sim_record *const record = &disk->records[i];
        if (record->kind == SIM_RECORD_OWN && record->cell == end->cell && record->value != 0) {
            SPILL_ASSERT(record->position.sequence < SIM_SEQUENCE_MAX);
            sim->truth[end->cell][end->down ? FRAME_DOWN : FRAME_UP][record->position.sequence] =
                record->value;
        }
    }
}

static void sim_append_count(struct sim *sim, uint32_t process, enum sim_record_kind kind,
                             uint64_t value) {
    sim_append(sim, process, &(struct sim_record){.kind = kind, .value = value});
}

static uint64_t sim_last_value(const struct sim_disk *disk, enum sim_record_kind kind,
                               uint32_t cell) {
    uint64_t value = 0;
    for (size_t i = 0; i < disk->durable_count; i++) {
        if (disk->records[i].kind == kind && disk->records[i].cell == cell) {
            value = disk->records[i].value;
        }
    }
    return value;
}

/* ---- Starting and crashing ---- */

static void sim_end_start(struct sim *sim, uint32_t process, uint32_t cell, uint32_t boot) {
    struct sim_process *const owner = &sim->processes[process];
    const bool down = process < SIM_COORDINATORS;
    struct sim_end *const end = &owner->ends[down ? cell : 0];
    *end = (struct sim_end){.sim = sim,
                            .cell = cell,
                            .down = down,
                            .process = process,
                            .cipher = {.seal = sim_seal, .open = sim_open, .context = end},
                            .tick_us = INT64_MAX};
    struct stream_options options = {
        .side = down ? STREAM_COORDINATOR : STREAM_NODE,
        .cell = sim_cell_name(cell),
        .program = "sim",
        .committed = sim_durable_position(end, SIM_RECORD_OWN),
        .received = sim_durable_peer(end),
        .acknowledged = sim_last_value(&owner->disk, SIM_RECORD_DELIVERED, cell),
        .boot = boot,
        .cipher = &end->cipher,
        .scratch = sim->scratch,
        .clock = &owner->clock,
        .chance = sim_draw(&sim->chance),
        .window_messages = sim->window_messages,
        .snapshot_behind = sim->snapshot_behind,
    };
    if (down) {
        memcpy(options.kept.exercise, sim_exercise, sizeof sim_exercise);
        options.kept.epoch = owner->epoch;
        options.kept.start = owner->start;
    } else {
        for (size_t i = 0; i < owner->disk.durable_count; i++) {
            if (owner->disk.records[i].kind == SIM_RECORD_KEPT) {
                options.kept = owner->disk.records[i].kept;
            }
        }
    }
    sim_note_truth(end);
    end->own_count = options.committed.position.sequence;
    end->told_own = end->own_count;
    end->told_peer = options.received.position.sequence;
    const enum spill_status status = stream_create(&options, &end->stream);
    SPILL_ASSERT(status == SPILL_OK);
    if (!down) {
        stream_want_brief(end->stream);
    }
}

/* People see, and the exercise acts on, what is on the disk and was not seen yet. */
static void sim_show(struct sim_end *end, uint64_t up_to);

void sim_start(struct sim *sim, uint32_t process) {
    struct sim_process *const owner = &sim->processes[process];
    SPILL_ASSERT(!owner->alive);
    owner->alive = true;
    if (process >= SIM_COORDINATORS || owner->clock_us == 0) {
        owner->clock_us = (int64_t)sim_below(&sim->chance, 1000000000);
    }
    uint64_t boots = sim_last_value(&owner->disk, SIM_RECORD_BOOT, 0) + 1;
    if (boots == 1 && process >= SIM_COORDINATORS && sim_permille(&sim->chance, 700)) {
        boots = 1000 + (uint64_t)sim->now_us / 1000; /* The wall clock; else one that is wrong. */
    }
    uint64_t boot = boots;
    /* A start is counted before anything is sent, in a sync of its own. */
    if (process < SIM_COORDINATORS) {
        owner->start = boots;
        owner->clock = (struct stream_clock){.speed_permille = 1000};
    } else if (sim_mutant(sim, SIM_MUTANT_RANDOM_SESSION)) {
        boot = 1 + sim_below(&sim->chance, 1000);
    }
    sim_append_count(sim, process, SIM_RECORD_BOOT, boots);
    owner->disk.durable_count = owner->disk.record_count;
    sim_trace(sim, "start of process %u, boot %llu", process, (unsigned long long)boots);
    const uint32_t cells = process < SIM_COORDINATORS ? sim->cell_count : 1;
    for (uint32_t i = 0; i < cells; i++) {
        const uint32_t cell = process < SIM_COORDINATORS ? i : process - SIM_COORDINATORS;
        sim_end_start(sim, process, cell, (uint32_t)boot);
        sim_show(&owner->ends[i], owner->ends[i].told_peer);
        sim_pump(sim, &owner->ends[i]);
    }
}

void sim_crash(struct sim *sim, uint32_t process) {
    struct sim_process *const owner = &sim->processes[process];
    SPILL_ASSERT(owner->alive);
    owner->alive = false;
    sim->incarnation[process]++;
    const uint32_t cells = process < SIM_COORDINATORS ? sim->cell_count : 1;
    for (uint32_t i = 0; i < cells; i++) {
        stream_destroy(&owner->ends[i].stream);
    }
    sim_crash_disk(sim, process);
    sim->result->crashes++;
    sim_trace(sim, "crash of process %u", process);
}

/* ---- Saying, storing, showing ---- */

void sim_say(struct sim *sim, uint32_t process, uint32_t cell) {
    struct sim_process *const owner = &sim->processes[process];
    struct sim_end *const end = &owner->ends[process < SIM_COORDINATORS ? cell : 0];
    SPILL_ASSERT(owner->alive);
    /* The head of what is appended, synced or not. */
    struct frame_position position = {.sequence = 0};
    if (end->own_count > 0) {
        const struct sim_record *const last =
            sim_find(&owner->disk, owner->disk.record_count, SIM_RECORD_OWN, cell, end->own_count);
        SPILL_ASSERT(last != NULL);
        position = last->position;
    }
    const struct sim_saying saying = {
        .value = sim_draw(&sim->chance),
        .cell = cell,
        .way = end->down ? FRAME_DOWN : FRAME_UP,
        .sequence = position.sequence + 1,
    };
    frame_position_next(&position, (const uint8_t *)&saying, sizeof saying);
    end->own_count = position.sequence;
    sim_append(
        sim, process,
        &(struct sim_record){
            .kind = SIM_RECORD_OWN, .cell = cell, .position = position, .value = saying.value});
    sim_trace(sim, "%s %s says %llu", end->down ? "coordinator" : "node", sim_cell_name(cell),
              (unsigned long long)position.sequence);
    sim_sync(sim, process);
    if (sim_mutant(sim, SIM_MUTANT_SEND_BEFORE_COMMIT)) {
        end->told_own = position.sequence;
        stream_committed(end->stream, (struct stream_durable){position});
        sim_pump(sim, end);
    }
}

/* The other side of a stream: where the truth about a message is. */
static const struct sim_disk *sim_other_disk(struct sim_end *end) {
    struct sim *const sim = end->sim;
    return end->down ? &sim_node(sim, end->cell)->disk : &sim->processes[sim->coordinator].disk;
}

static void sim_show(struct sim_end *end, uint64_t up_to) {
    struct sim *const sim = end->sim;
    if (end->down && end->process != sim->coordinator) {
        return; /* A coordinator that was replaced acts on nothing that counts. */
    }
    uint64_t *const shown = end->down ? &sim->applied[end->cell] : &sim->shown[end->cell];
    const struct sim_disk *const own = sim_end_disk(end);
    while (*shown < up_to && !sim->failed) {
        const uint64_t sequence = *shown + 1;
        const struct sim_record *const record =
            sim_find(own, own->record_count, SIM_RECORD_PEER, end->cell, sequence);
        SPILL_ASSERT(sequence < SIM_SEQUENCE_MAX);
        const uint64_t said = sim->truth[end->cell][end->down ? FRAME_UP : FRAME_DOWN][sequence];
        if (record == NULL) {
            const struct stream_durable snapshot = sim_durable_position(end, SIM_RECORD_SNAPSHOT);
            if (snapshot.position.sequence <= *shown) {
                sim_fail(sim, "%s %s: message %llu is missing", end->down ? "coordinator" : "node",
                         sim_cell_name(end->cell), (unsigned long long)sequence);
                return;
            }
            sim->result->delivered += snapshot.position.sequence - *shown;
            *shown = snapshot.position.sequence;
            continue;
        }
        if (said != record->value) {
            sim_fail(sim, "%s %s: shows message %llu, which is not (durably) what was said",
                     end->down ? "coordinator" : "node", sim_cell_name(end->cell),
                     (unsigned long long)sequence);
            return;
        }
        *shown = sequence;
        sim->result->delivered++;
    }
}

/* The last record before the one before it, if neither is being synced. */
static void sim_shuffle(struct sim_disk *disk) {
    const size_t fixed = disk->syncing ? disk->sync_count : disk->durable_count;
    if (disk->record_count >= fixed + 2) {
        const struct sim_record last = disk->records[disk->record_count - 1];
        disk->records[disk->record_count - 1] = disk->records[disk->record_count - 2];
        disk->records[disk->record_count - 2] = last;
    }
}

static void sim_commit(struct sim_end *end, const struct stream_action *action) {
    struct sim *const sim = end->sim;
    struct sim_saying saying;
    SPILL_ASSERT(action->size_bytes == sizeof saying);
    memcpy(&saying, action->bytes, sizeof saying);
    const enum frame_way way = end->down ? FRAME_UP : FRAME_DOWN;
    if (saying.cell != end->cell || saying.way != way) {
        sim_fail(sim, "%s got what was for %s", sim_cell_name(end->cell),
                 sim_cell_name(saying.cell));
        return;
    }
    if (saying.sequence != action->sequence) {
        sim_fail(sim, "message %llu comes as %llu", (unsigned long long)saying.sequence,
                 (unsigned long long)action->sequence);
        return;
    }
    sim_append(sim, end->process,
               &(struct sim_record){.kind = SIM_RECORD_PEER,
                                    .cell = end->cell,
                                    .position = action->position,
                                    .value = saying.value});
    struct sim_disk *const disk = sim_end_disk(end);
    if (sim_mutant(sim, SIM_MUTANT_COMMIT_SHUFFLED)) {
        sim_shuffle(disk);
    }
    sim_sync(sim, end->process);
    if (sim_mutant(sim, SIM_MUTANT_SHOW_BEFORE_COMMIT)) {
        uint64_t *const shown = end->down ? &sim->applied[end->cell] : &sim->shown[end->cell];
        if (*shown >= action->sequence) {
            sim_fail(sim, "%s saw message %llu twice", sim_cell_name(end->cell),
                     (unsigned long long)action->sequence);
        } else {
            sim_show(end, action->sequence);
        }
    }
    if (sim_mutant(sim, SIM_MUTANT_ACK_BEFORE_COMMIT)) {
        end->told_peer = action->sequence;
        stream_stored(end->stream, (struct stream_durable){action->position});
    }
}

static void sim_commit_snapshot(struct sim_end *end, const struct stream_action *action) {
    struct sim *const sim = end->sim;
    struct sim_saying saying;
    SPILL_ASSERT(action->size_bytes == sizeof saying);
    memcpy(&saying, action->bytes, sizeof saying);
    if (saying.cell != end->cell || saying.sequence != action->position.sequence ||
        saying.value != action->part) {
        sim_fail(sim, "%s got a snapshot that is not for it", sim_cell_name(end->cell));
        return;
    }
    if (action->part + 1 < action->part_count) {
        return;
    }
    sim->result->snapshots++;
    sim_append(sim, end->process,
               &(struct sim_record){
                   .kind = SIM_RECORD_SNAPSHOT, .cell = end->cell, .position = action->position});
    sim_sync(sim, end->process);
}

/* The end's part in what a sync made durable. */
static void sim_end_synced(struct sim_end *end) {
    struct sim *const sim = end->sim;
    sim_note_truth(end);
    const struct stream_durable own = sim_durable_position(end, SIM_RECORD_OWN);
    const struct stream_durable peer = sim_durable_peer(end);
    if (end->keep_waits) {
        const struct sim_disk *const disk = sim_end_disk(end);
        for (size_t i = 0; i < disk->durable_count; i++) {
            const struct sim_record *const record = &disk->records[i];
            if (record->kind == SIM_RECORD_KEPT && record->kept.epoch == end->keep.epoch &&
                record->kept.start == end->keep.start) {
                end->keep_waits = false;
                stream_kept(end->stream, &end->keep, true);
                break;
            }
        }
    }
    if (own.position.sequence > end->told_own) {
        end->told_own = own.position.sequence;
        stream_committed(end->stream, own);
    }
    if (peer.position.sequence > end->told_peer) {
        end->told_peer = peer.position.sequence;
        sim_show(end, end->told_peer);
        stream_stored(end->stream, peer);
    }
    sim_pump(sim, end);
}

void sim_synced(struct sim *sim, uint32_t process) {
    struct sim_process *const owner = &sim->processes[process];
    SPILL_ASSERT(owner->disk.syncing);
    owner->disk.syncing = false;
    const size_t before = owner->disk.durable_count;
    owner->disk.durable_count = owner->disk.sync_count;
    const uint32_t cells = process < SIM_COORDINATORS ? sim->cell_count : 1;
    for (uint32_t i = 0; i < cells && !sim->failed; i++) {
        sim_end_synced(&owner->ends[i]);
    }
    if (sim_mutant(sim, SIM_MUTANT_SYNC_NOTHING)) {
        owner->disk.durable_count = before;
    }
    sim_sync(sim, process);
}

/* ---- What the stream says ---- */

static void sim_supply(struct sim_end *end, uint64_t sequence) {
    struct sim_disk *const disk = sim_end_disk(end);
    const struct sim_record *const record =
        sim_find(disk, disk->record_count, SIM_RECORD_OWN, end->cell, sequence);
    SPILL_ASSERT(record != NULL);
    const struct sim_saying saying = {
        .value = record->value,
        .cell = end->cell,
        .way = end->down ? FRAME_DOWN : FRAME_UP,
        .sequence = sequence,
    };
    stream_supply(end->stream, &(struct stream_message){.sequence = sequence,
                                                        .bytes = (const uint8_t *)&saying,
                                                        .size_bytes = sizeof saying,
                                                        .kind = (uint8_t)(saying.value % 14),
                                                        .tlp = (uint8_t)(sequence % 5)});
}

static void sim_snapshot(struct sim_end *end, uint32_t part) {
    /* Of all that is durable when the first part is asked for; the same for the others. */
    if (part == 0) {
        end->snapshot_part = (uint32_t)end->told_own;
    }
    struct sim_disk *const disk = sim_end_disk(end);
    const uint64_t sequence = end->snapshot_part;
    const struct sim_record *const record =
        sim_find(disk, disk->record_count, SIM_RECORD_OWN, end->cell, sequence);
    SPILL_ASSERT(record != NULL);
    const struct sim_saying saying = {
        .value = part, .cell = end->cell, .way = FRAME_DOWN, .sequence = sequence};
    stream_snapshot(end->stream, &record->position, part, 1 + (uint32_t)(sequence % 3),
                    (const uint8_t *)&saying, sizeof saying);
}

/* The brief of a cell: a few parts of its own. */
static void sim_answer_brief(struct sim_end *end, uint32_t part) {
    const struct sim_saying saying = {.value = part, .cell = end->cell, .way = FRAME_DOWN};
    const uint32_t part_count = end->sim->robot[end->cell] ? 2 + end->cell : 0;
    stream_brief(end->stream, part, part_count, (const uint8_t *)&saying, sizeof saying);
}

static void sim_take_brief(struct sim_end *end, const struct stream_action *action) {
    struct sim *const sim = end->sim;
    struct sim_saying saying;
    if (action->part_count != (sim->robot[end->cell] ? 2 + end->cell : 0) ||
        action->part != end->brief_parts) {
        sim_fail(sim, "%s got part %u of a brief of %u", sim_cell_name(end->cell), action->part,
                 action->part_count);
        return;
    }
    if (action->part_count > 0) {
        SPILL_ASSERT(action->size_bytes == sizeof saying);
        memcpy(&saying, action->bytes, sizeof saying);
        if (saying.cell != end->cell || saying.value != action->part) {
            sim_fail(sim, "%s got a brief that is not for it", sim_cell_name(end->cell));
        }
        end->brief_parts++;
    }
    end->briefed = end->brief_parts == action->part_count;
}

static void sim_acknowledged(struct sim_end *end, uint64_t sequence) {
    struct sim *const sim = end->sim;
    /* It is on the other's disk, now and for ever. */
    struct frame_position peer = {.sequence = 0};
    struct frame_position snapshot = {.sequence = 0};
    const struct sim_disk *const other = sim_other_disk(end);
    (void)sim_durable(other, SIM_RECORD_PEER, end->cell, &peer);
    (void)sim_durable(other, SIM_RECORD_SNAPSHOT, end->cell, &snapshot);
    const bool counts = !end->down || end->process == sim->coordinator;
    if (counts && peer.sequence < sequence && snapshot.sequence < sequence) {
        sim_fail(sim, "%s %s: %llu was acknowledged and is not on the other's disk",
                 end->down ? "coordinator" : "node", sim_cell_name(end->cell),
                 (unsigned long long)sequence);
        return;
    }
    sim_append(
        sim, end->process,
        &(struct sim_record){.kind = SIM_RECORD_DELIVERED, .cell = end->cell, .value = sequence});
    sim_sync(sim, end->process);
}

static void sim_keep(struct sim_end *end, const struct stream_kept *kept) {
    struct sim *const sim = end->sim;
    bool known = false;
    const struct sim_disk *const disk = sim_end_disk(end);
    for (size_t i = 0; i < disk->durable_count; i++) {
        const struct stream_kept *const last = &disk->records[i].kept;
        if (disk->records[i].kind == SIM_RECORD_KEPT) {
            known = last->epoch == kept->epoch && last->start == kept->start;
        }
    }
    if (known || sim_mutant(sim, SIM_MUTANT_VOLATILE_MEMORY)) {
        stream_kept(end->stream, kept, true);
        return;
    }
    end->keep_waits = true;
    end->keep = *kept;
    sim_append(sim, end->process, &(struct sim_record){.kind = SIM_RECORD_KEPT, .kept = *kept});
    sim_sync(sim, end->process);
}

static void sim_sent(struct sim_end *end, const struct stream_action *action) {
    struct sim *const sim = end->sim;
    const int64_t now_us = sim_process_now(sim, end->process);
    if (action->frame->kind == FRAME_DATA) {
        const uint64_t under_way = action->frame->data.sequence - stream_acknowledged(end->stream);
        if (under_way > sim->window_messages) {
            sim_fail(sim, "%llu messages are under way", (unsigned long long)under_way);
            return;
        }
    }
    sim_trace(sim, "    %s %s sends %s session %llx", end->down ? "coordinator" : "node",
              sim_cell_name(end->cell), frame_kind_name(action->frame->kind),
              (unsigned long long)action->frame->session);
    if (action->frame->kind == FRAME_HELLO) {
        sim->result->sessions++;
    }
    const enum spill_status status = sim_send(sim, end, action->connection, action->frame);
    if (status == SPILL_AGAIN) {
        stream_unsent(end->stream, now_us);
    } else if (status == SPILL_UNAVAILABLE &&
               stream_connection(end->stream) == action->connection &&
               sim_permille(&sim->chance, 500)) {
        stream_lost(end->stream, now_us);
    }
}

/* Whether this alarm is about something that did happen. */
static bool sim_alarm_is_right(const struct sim_end *end, enum frame_reason reason) {
    const struct sim *const sim = end->sim;
    switch (reason) {
    case FRAME_REASON_CELL:
        return sim->misroute_permille > 0 || sim->healed;
    case FRAME_REASON_OLD:
        /* One that was replaced, or seen after its successor, is told so. */
        return sim->result->promotions > 0 && (!end->down || end->process != sim->coordinator);
    case FRAME_REASON_SESSION:
        return sim->wiped[end->cell] || !sim->fifo || sim->healed;
    case FRAME_REASON_BEHIND:
    case FRAME_REASON_LOST:
    case FRAME_REASON_AHEAD:
    case FRAME_REASON_FORGOT:
        return sim->wiped[end->cell];
    case FRAME_REASON_SEAL:
        return sim->corrupted[end->cell];
    default:
        return false;
    }
}

static void sim_alarm(struct sim_end *end, const struct stream_action *action) {
    struct sim *const sim = end->sim;
    sim_trace(sim, "    %s %s alarm: %s%s", end->down ? "coordinator" : "node",
              sim_cell_name(end->cell), frame_reason_name(action->reason),
              action->halted ? ", halts" : "");
    if (!sim_alarm_is_right(end, action->reason)) {
        sim_fail(sim, "%s %s: alarm %s (ours %llu/%llu, theirs %llu/%llu)",
                 end->down ? "coordinator" : "node", sim_cell_name(end->cell),
                 frame_reason_name(action->reason),
                 (unsigned long long)action->ours.received.sequence,
                 (unsigned long long)action->ours.committed.sequence,
                 (unsigned long long)action->theirs.received.sequence,
                 (unsigned long long)action->theirs.committed.sequence);
        return;
    }
    /* People look at it: they start the node again, and readmit it. */
    if (!end->down && action->halted) {
        sim_schedule(sim, 100000, SIM_EVENT_CRASH, end->process, end->cell,
                     sim->incarnation[end->process] + 1);
    }
    const bool helps = action->reason != FRAME_REASON_CELL && action->reason != FRAME_REASON_OLD;
    if (helps && (sim->wiped[end->cell] || sim->corrupted[end->cell]) &&
        !sim->readmitting[end->cell]) {
        sim->readmitting[end->cell] = true;
        sim_schedule(sim, 200000, SIM_EVENT_READMIT, 0, end->cell, 0);
    }
}

static void sim_time(struct sim_end *end) {
    struct sim *const sim = end->sim;
    const int64_t now_us = sim_process_now(sim, end->process);
    int64_t offset_us = 0;
    int64_t error_us = 0;
    if (!timing_offset(stream_timing(end->stream), now_us, &offset_us, &error_us)) {
        return;
    }
    const struct sim_process *const there = &sim->processes[sim->target[end->cell]];
    const int64_t truth_us = there->clock_us - sim->processes[end->process].clock_us;
    const int64_t wrong_us = offset_us < truth_us ? truth_us - offset_us : offset_us - truth_us;
    if (wrong_us > error_us) {
        sim_fail(sim, "node %s: the clock is off by %lld us and not %lld at most",
                 sim_cell_name(end->cell), (long long)wrong_us, (long long)error_us);
    }
}

/* A node that lost its disk counts on from where the coordinator is. */
static void sim_adopt(struct sim_end *end, const struct frame_position *position) {
    if (!end->sim->wiped[end->cell] || end->own_count > 0) {
        sim_fail(end->sim, "node %s was told to begin anew", sim_cell_name(end->cell));
        return;
    }
    end->own_count = position->sequence;
    sim_append(
        end->sim, end->process,
        &(struct sim_record){.kind = SIM_RECORD_OWN, .cell = end->cell, .position = *position});
    sim_sync(end->sim, end->process);
}

/* One thing to do. */
static void sim_act(struct sim_end *end, const struct stream_action *action) {
    struct sim_disk *const disk = sim_end_disk(end);
    switch (action->kind) {
    case STREAM_SEND:
        sim_sent(end, action);
        break;
    case STREAM_ASK:
        sim_supply(end, action->sequence);
        break;
    case STREAM_ASK_HEAD: {
        const struct sim_record *const record =
            sim_find(disk, disk->record_count, SIM_RECORD_OWN, end->cell, action->sequence);
        SPILL_ASSERT(record != NULL);
        stream_head(end->stream, action->sequence, record->position.head);
        break;
    }
    case STREAM_COMMIT:
        sim_commit(end, action);
        break;
    case STREAM_ACKNOWLEDGED:
        sim_acknowledged(end, action->position.sequence);
        break;
    case STREAM_KEEP:
        sim_keep(end, &action->kept);
        break;
    case STREAM_ASK_SNAPSHOT:
        sim_snapshot(end, action->part);
        break;
    case STREAM_COMMIT_SNAPSHOT:
        sim_commit_snapshot(end, action);
        break;
    case STREAM_TIME:
        sim_time(end);
        break;
    case STREAM_ALARM:
        sim_alarm(end, action);
        break;
    case STREAM_ADOPT:
        sim_adopt(end, &action->position);
        break;
    case STREAM_ASK_BRIEF:
        sim_answer_brief(end, action->part);
        break;
    case STREAM_BRIEF:
        sim_take_brief(end, action);
        break;
    case STREAM_GRANTED:
    case STREAM_LINK:
        break;
    }
}

void sim_pump(struct sim *sim, struct sim_end *end) {
    const int64_t now_us = sim_process_now(sim, end->process);
    struct stream_action action;
    for (unsigned i = 0; !sim->failed && stream_next(end->stream, now_us, &action); i++) {
        if (i > 1000) {
            sim_fail(sim, "%s: it never stops", sim_cell_name(end->cell));
        }
        sim_act(end, &action);
    }
    const int64_t due_us = stream_due_us(end->stream);
    const int64_t tick_us =
        due_us == INT64_MAX ? INT64_MAX : due_us - sim->processes[end->process].clock_us;
    if (tick_us != end->tick_us && tick_us != INT64_MAX) {
        sim_schedule(sim, tick_us > sim->now_us ? tick_us - sim->now_us : 0, SIM_EVENT_TICK,
                     end->process, end->cell, sim->incarnation[end->process]);
    }
    end->tick_us = tick_us;
}
