/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_parts.h"

void sim_append(struct sim *sim, uint32_t process, const struct sim_record *record) {
    struct sim_disk *const disk = &sim->processes[process].disk;
    SPILL_ASSERT(disk->record_count < SIM_RECORDS_MAX);
    disk->records[disk->record_count++] = *record;
}

void sim_sync(struct sim *sim, uint32_t process) {
    struct sim_disk *const disk = &sim->processes[process].disk;
    if (disk->syncing || disk->frozen || disk->durable_count == disk->record_count) {
        return;
    }
    disk->syncing = true;
    disk->sync_count = disk->record_count;
    const int64_t latency_us =
        sim->sync_us / 4 + (int64_t)sim_below(&sim->chance, (uint64_t)sim->sync_us);
    sim_schedule(sim, latency_us, SIM_EVENT_SYNC, process, 0, sim->incarnation[process]);
}

void sim_crash_disk(struct sim *sim, uint32_t process) {
    struct sim_disk *const disk = &sim->processes[process].disk;
    SPILL_ASSERT(disk->durable_count <= disk->record_count);
    if (disk->frozen) {
        return;
    }
    /* What was not synced may be there all the same, from the front. */
    const size_t doubtful = disk->record_count - disk->durable_count;
    const size_t kept =
        sim_permille(&sim->chance, 500) ? 0 : (size_t)sim_below(&sim->chance, doubtful + 1);
    disk->record_count = disk->durable_count + kept;
    disk->durable_count = disk->record_count;
    disk->syncing = false;
}

uint64_t sim_durable(const struct sim_disk *disk, enum sim_record_kind kind, uint32_t cell,
                     struct frame_position *position) {
    uint64_t count = 0;
    for (size_t i = 0; i < disk->durable_count; i++) {
        const struct sim_record *const record = &disk->records[i];
        if (record->kind == kind && record->cell == cell) {
            count++;
            *position = record->position;
        }
    }
    return count;
}

const struct sim_record *sim_find(const struct sim_disk *disk, size_t count,
                                  enum sim_record_kind kind, uint32_t cell, uint64_t sequence) {
    for (size_t i = 0; i < count; i++) {
        const struct sim_record *const record = &disk->records[i];
        if (record->kind == kind && record->cell == cell && record->position.sequence == sequence) {
            return record;
        }
    }
    return NULL;
}
