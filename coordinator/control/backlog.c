/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/backlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/exercise/output.h"
#include "coordinator/record/recording.h"

_Static_assert(BACKLOG_BYTES >= (int)FRAME_MESSAGE_BYTES_MAX, "a batch holds any message");

/* Where a message stands. */
struct backlog_mark {
    struct frame_position position; /* After it. */
    uint64_t record;
};

struct backlog_cell {
    struct frame_position position; /* After the last that was looked at. */
    uint64_t stride;                /* Every so manyth message has a mark. */
    size_t mark_count;
    struct backlog_mark marks[BACKLOG_MARKS];
};

struct backlog {
    const struct scenario *scenario;
    char path[RECORDING_PATH_BYTES_MAX + 1];
    struct recording *recording; /* NULL: not opened yet. */
    uint64_t record;             /* The last that was looked at. */
    struct codec_arena *arena;
    struct output output;
    struct backlog_cell *cells;
};

enum spill_status backlog_create(const struct scenario *scenario, const char *record_path,
                                 struct backlog **backlog) {
    if (strlen(record_path) > RECORDING_PATH_BYTES_MAX) {
        return SPILL_LIMIT;
    }
    struct backlog *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    const size_t cell_count = script_cell_count(scenario_script(scenario));
    made->scenario = scenario;
    memcpy(made->path, record_path, strlen(record_path));
    made->cells = spill_alloc(cell_count, sizeof *made->cells);
    enum spill_status status = made->cells == NULL ? SPILL_MEMORY : SPILL_OK;
    if (status == SPILL_OK) {
        status = codec_arena_create(OUTPUT_ARENA_BYTES, &made->arena);
    }
    if (status != SPILL_OK) {
        backlog_destroy(&made);
        return status;
    }
    for (size_t i = 0; i < cell_count; i++) {
        made->cells[i].stride = 1;
    }
    *backlog = made;
    return SPILL_OK;
}

void backlog_destroy(struct backlog **backlog) {
    if (*backlog == NULL) {
        return;
    }
    recording_close(&(*backlog)->recording);
    codec_arena_destroy(&(*backlog)->arena);
    free((*backlog)->cells);
    free(*backlog);
    *backlog = NULL;
}

/* The next message of any cell from a cursor; SPILL_NOT_FOUND behind the last. */
static enum spill_status backlog_next(struct backlog *backlog, struct recording_cursor *cursor,
                                      struct record *record, struct cell_ref *cell,
                                      struct spill_error *error) {
    for (;;) {
        enum spill_status status = recording_cursor_next(cursor, record);
        if (status == SPILL_NOT_FOUND) {
            return status;
        }
        if (status != SPILL_OK || record->withheld) {
            return spill_fail(error, SPILL_CORRUPT, "%s: a record behind %" PRIu64 " is unreadable",
                              backlog->path, backlog->record);
        }
        struct spill_error words = {{0}};
        codec_arena_reset(backlog->arena);
        status = output_decode(record->body, record->body_bytes, backlog->arena, &backlog->output,
                               &words);
        if (status == SPILL_OK && backlog->output.kind != OUTPUT_MESSAGE) {
            continue;
        }
        if (status == SPILL_OK) {
            status = script_find_cell(scenario_script(backlog->scenario),
                                      backlog->output.message.cell, cell);
        }
        return status == SPILL_OK ? SPILL_OK
                                  : spill_fail(error, SPILL_CORRUPT,
                                               "%s: record %" PRIu64 " cannot be understood: %s",
                                               backlog->path, record->sequence, words.text);
    }
}

/* Remembers a place; when there are too many, every second one is forgotten. */
static void backlog_mark(struct backlog_cell *cell, uint64_t record) {
    if (cell->position.sequence % cell->stride != 0) {
        return;
    }
    if (cell->mark_count == BACKLOG_MARKS) {
        cell->stride *= 2;
        cell->mark_count = 0;
        for (size_t i = 0; i < BACKLOG_MARKS; i++) {
            if (cell->marks[i].position.sequence % cell->stride == 0) {
                cell->marks[cell->mark_count++] = cell->marks[i];
            }
        }
        if (cell->position.sequence % cell->stride != 0) {
            return;
        }
    }
    cell->marks[cell->mark_count++] = (struct backlog_mark){cell->position, record};
}

/* Looks at what was recorded since the last time. */
static enum spill_status backlog_follow(struct backlog *backlog, struct spill_error *error) {
    enum spill_status status =
        backlog->recording == NULL
            ? recording_open(backlog->path, RECORDING_READ, NULL, &backlog->recording, error)
            : recording_follow(backlog->recording, error);
    if (status != SPILL_OK) {
        return status;
    }
    struct recording_cursor *cursor = NULL;
    status = recording_cursor_open(backlog->recording, 1u << RECORD_OUTPUT, backlog->record + 1,
                                   &cursor);
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    struct record record;
    struct cell_ref cell = {0};
    while ((status = backlog_next(backlog, cursor, &record, &cell, error)) == SPILL_OK) {
        struct backlog_cell *const owner = &backlog->cells[cell.index];
        frame_position_next(&owner->position, record.body, record.body_bytes);
        backlog_mark(owner, record.sequence);
        backlog->record = record.sequence;
    }
    recording_cursor_close(&cursor);
    return status == SPILL_NOT_FOUND ? SPILL_OK : status;
}

/* Adds a message to a batch; false: it is full. */
static bool backlog_add(const struct backlog *backlog, const struct record *record,
                        uint64_t sequence, size_t *used_bytes, struct backlog_batch *batch) {
    if (batch->count == BACKLOG_MESSAGES || record->body_bytes > BACKLOG_BYTES - *used_bytes) {
        return false;
    }
    const struct message *const message = &backlog->output.message;
    uint8_t *const bytes = batch->bytes + *used_bytes;
    memcpy(bytes, record->body, record->body_bytes);
    *used_bytes += record->body_bytes;
    batch->messages[batch->count++] = (struct stream_message){
        .sequence = sequence,
        .bytes = bytes,
        .size_bytes = record->body_bytes,
        .kind = (uint8_t)message->kind,
        .tlp = message->kind == MESSAGE_INJECT ? (uint8_t)message->inject.tlp : 0,
    };
    return true;
}

enum spill_status backlog_read(struct backlog *backlog, struct cell_ref cell, uint64_t from,
                               struct backlog_batch *batch, struct spill_error *error) {
    SPILL_ASSERT(from > 0);
    enum spill_status status = backlog_follow(backlog, error);
    if (status != SPILL_OK) {
        return status;
    }
    const struct backlog_cell *const owner = &backlog->cells[cell.index];
    if (from > owner->position.sequence + 1) {
        return SPILL_NOT_FOUND;
    }
    struct backlog_mark mark = {.record = 0};
    for (size_t i = 0; i < owner->mark_count; i++) {
        if (owner->marks[i].position.sequence < from) {
            mark = owner->marks[i];
        }
    }
    struct recording_cursor *cursor = NULL;
    status =
        recording_cursor_open(backlog->recording, 1u << RECORD_OUTPUT, mark.record + 1, &cursor);
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    struct frame_position position = mark.position;
    struct record record;
    struct cell_ref whose = {0};
    size_t used_bytes = 0;
    bool room = true;
    batch->count = 0;
    batch->before = position;
    while (room && position.sequence < owner->position.sequence &&
           (status = backlog_next(backlog, cursor, &record, &whose, error)) == SPILL_OK) {
        if (whose.index != cell.index) {
            continue;
        }
        if (position.sequence + 1 < from) {
            frame_position_next(&position, record.body, record.body_bytes);
            batch->before = position;
        } else {
            room = backlog_add(backlog, &record, position.sequence + 1, &used_bytes, batch);
            position.sequence++;
        }
    }
    recording_cursor_close(&cursor);
    SPILL_ASSERT(status != SPILL_OK || batch->before.sequence == from - 1);
    return status == SPILL_NOT_FOUND ? SPILL_OK : status;
}
