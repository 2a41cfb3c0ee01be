/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/seats.h"
#include "tests/sim/whole_parts.h"
#include "tests/support/memory_disk.h"

/* ---- Is it over? ---- */

static bool whole_cell_is_done(struct whole *whole, uint32_t cell) {
    const struct whole_seat *const seat = &whole->coordinator.seats[cell];
    const struct whole_node *const node = &whole->nodes[cell];
    if (!node->alive || node->dirty || whole->said[cell] > 0 || !stream_is_open(seat->stream) ||
        !stream_is_open(node->stream)) {
        return false;
    }
    const uint64_t sent = inbox_durable(node->inbox, INBOX_SENT).position.sequence;
    return stream_acknowledged(seat->stream) == seat->message_count &&
           stream_acknowledged(node->stream) == sent &&
           inbox_durable(node->inbox, INBOX_RECEIVED).position.sequence == seat->message_count &&
           session_seat_received(whole->coordinator.session, (struct cell_ref){cell}).sequence ==
               sent;
}

bool whole_is_done(struct whole *whole) {
    if (!whole->coordinator.alive || !whole->ended) {
        return false;
    }
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        if (!whole_cell_is_done(whole, cell)) {
            return false;
        }
    }
    return true;
}

/* ---- The recording, executed once more ---- */

struct whole_judgement {
    struct whole *whole;
    struct recording *recording;
    struct recording_cursor *results;
    struct exercise *exercise;
    struct inbox *inboxes[WHOLE_CELLS_MAX];
    uint64_t down[WHOLE_CELLS_MAX], up[WHOLE_CELLS_MAX]; /* Compared. */
    uint8_t *bytes;
};

static void whole_compare_record(struct whole_judgement *judgement, enum record_kind kind,
                                 const uint8_t *bytes, size_t size_bytes) {
    struct record record;
    if (recording_cursor_next(judgement->results, &record) != SPILL_OK) {
        whole_fail(judgement->whole, "executed again, more comes out than was recorded");
    } else if (record.kind != kind || record.body_bytes != size_bytes ||
               memcmp(record.body, bytes, size_bytes) != 0) {
        whole_fail(judgement->whole, "executed again, record %llu is another",
                   (unsigned long long)record.sequence);
    }
}

/* The next message or input of a cell is on its node's disk too. */
static void whole_compare_inbox(struct whole_judgement *judgement, enum inbox_log log,
                                uint32_t cell, uint64_t sequence, const uint8_t *bytes,
                                size_t size_bytes) {
    struct spill_error error = {{0}};
    size_t there_bytes = 0;
    if (judgement->whole->result->failed) {
        return;
    }
    if (inbox_read(judgement->inboxes[cell], log, sequence, judgement->bytes, &there_bytes,
                   &error) != SPILL_OK) {
        whole_fail(judgement->whole, "%s has no %s message %llu: %s",
                   whole_cell(judgement->whole, cell), log == INBOX_SENT ? "sent" : "received",
                   (unsigned long long)sequence, error.text);
    } else if (there_bytes != size_bytes || memcmp(bytes, judgement->bytes, size_bytes) != 0) {
        whole_fail(judgement->whole, "%s has another %s message %llu",
                   whole_cell(judgement->whole, cell), log == INBOX_SENT ? "sent" : "received",
                   (unsigned long long)sequence);
    }
}

static uint32_t whole_find_cell(const char *id) {
    struct cell_ref cell = {0};
    const enum spill_status status = script_find_cell(scenario_script(whole_scenario()), id, &cell);
    SPILL_ASSERT(status == SPILL_OK);
    return cell.index;
}

static void whole_on_judged(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                            void *context) {
    struct whole_judgement *const judgement = context;
    whole_compare_record(judgement, RECORD_OUTPUT, bytes, size_bytes);
    if (output->kind == OUTPUT_MESSAGE) {
        const uint32_t cell = whole_find_cell(output->message.cell);
        whole_compare_inbox(judgement, INBOX_RECEIVED, cell, ++judgement->down[cell], bytes,
                            size_bytes);
    }
}

static void whole_judge_input(struct whole_judgement *judgement, const struct record *record,
                              uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct input input;
    uint8_t now[CASCADE_DIGEST_BYTES];
    struct spill_error error = {{0}};
    codec_arena_reset(judgement->whole->arena);
    if (input_decode(record->body, record->body_bytes, judgement->whole->arena, &input, &error) !=
        SPILL_OK) {
        whole_fail(judgement->whole, "record %llu: %s", (unsigned long long)record->sequence,
                   error.text);
        return;
    }
    if (input.who.kind == WHO_CELL) {
        const uint32_t cell = whole_find_cell(input.who.id);
        judgement->whole->result->inputs++;
        whole_compare_inbox(judgement, INBOX_SENT, cell, ++judgement->up[cell], record->body,
                            record->body_bytes);
    }
    (void)exercise_apply(judgement->exercise, &input, whole_on_judged, judgement);
    exercise_digest(judgement->exercise, now);
    if (memcmp(now, digest, sizeof now) != 0) {
        memcpy(digest, now, sizeof now);
        whole_compare_record(judgement, RECORD_DIGEST, digest, sizeof now);
    }
}

static void whole_judge_inputs(struct whole_judgement *judgement,
                               const uint8_t last[CASCADE_DIGEST_BYTES]) {
    struct whole *const whole = judgement->whole;
    struct recording_cursor *inputs = NULL;
    struct record record;
    uint8_t digest[CASCADE_DIGEST_BYTES] = {0};
    enum spill_status status =
        recording_cursor_open(judgement->recording, 1u << RECORD_INPUT, 1, &inputs);
    SPILL_ASSERT(status == SPILL_OK);
    status = recording_cursor_open(judgement->recording, 1u << RECORD_OUTPUT | 1u << RECORD_DIGEST,
                                   1, &judgement->results);
    SPILL_ASSERT(status == SPILL_OK);
    while (!whole->result->failed && recording_cursor_next(inputs, &record) == SPILL_OK) {
        whole_judge_input(judgement, &record, digest);
    }
    if (!whole->result->failed &&
        recording_cursor_next(judgement->results, &record) != SPILL_NOT_FOUND) {
        whole_fail(whole, "executed again, record %llu does not come out",
                   (unsigned long long)record.sequence);
    }
    if (!whole->result->failed && memcmp(digest, last, sizeof digest) != 0) {
        whole_fail(whole, "executed again, the exercise ends elsewhere");
    }
    recording_cursor_close(&inputs);
    recording_cursor_close(&judgement->results);
    for (uint32_t cell = 0; cell < whole->cell_count && !whole->result->failed; cell++) {
        whole->result->messages += judgement->down[cell];
        if (inbox_position(judgement->inboxes[cell], INBOX_RECEIVED).sequence !=
                judgement->down[cell] ||
            inbox_position(judgement->inboxes[cell], INBOX_SENT).sequence != judgement->up[cell]) {
            whole_fail(whole, "%s has more than the recording", whole_cell(whole, cell));
        }
    }
}

/* ---- Leaks ---- */

/* A message of a cell begins: format, kind, 8 bytes of time, the cell. */
static bool whole_has_message(const uint8_t *bytes, size_t size_bytes, const char *cell) {
    uint8_t id[1 + SPILL_ID_BYTES_MAX];
    const size_t id_bytes = 1 + strlen(cell);
    id[0] = (uint8_t)(id_bytes - 1);
    memcpy(id + 1, cell, id_bytes - 1);
    for (size_t at = 10; at + id_bytes <= size_bytes; at++) {
        const uint8_t *const found = memmem(bytes + at, size_bytes - at, id, id_bytes);
        if (found == NULL) {
            return false;
        }
        at = (size_t)(found - bytes);
        if (found[-10] == OUTPUT_FORMAT && found[-9] == OUTPUT_MESSAGE) {
            return true;
        }
    }
    return false;
}

static void whole_look_for_leaks(struct whole *whole, uint32_t cell) {
    static const char *const files[] = {"inbox", "inbox-wal"};
    char prefix[WHOLE_PATH_BYTES];
    bool own = false;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[WHOLE_PATH_BYTES + 16];
        size_t size_bytes = 0;
        (void)snprintf(path, sizeof path, "%s%s", whole_prefix(whole, 1 + cell, prefix), files[i]);
        const uint8_t *const bytes = memory_disk_bytes(path, &size_bytes);
        for (uint32_t other = 0; bytes != NULL && other < whole->cell_count; other++) {
            const bool found = whole_has_message(bytes, size_bytes, whole_cell(whole, other));
            own = own || (found && other == cell);
            if (found && other != cell) {
                whole_fail(whole, "a message of %s is on the disk of %s", whole_cell(whole, other),
                           whole_cell(whole, cell));
            }
        }
    }
    if (!own) {
        whole_fail(whole, "the search for leaks is blind");
    }
}

/* ---- The same in one quiet process ---- */

enum { WHOLE_KNOWN_MAX = 32 };

/* Of each kind of exercise, made once. */
static const uint8_t *whole_quiet_digest(const struct whole *whole) {
    static struct {
        uint64_t seed;
        int64_t horizon_ms;
        uint8_t digest[CASCADE_DIGEST_BYTES];
    } known[WHOLE_KNOWN_MAX];
    static size_t known_count;
    for (size_t i = 0; i < known_count; i++) {
        if (known[i].seed == whole->exercise_seed && known[i].horizon_ms == whole->horizon_ms) {
            return known[i].digest;
        }
    }
    SPILL_ASSERT(known_count < WHOLE_KNOWN_MAX);
    struct spill_error error = {{0}};
    struct seats *seats = NULL;
    struct session *session = NULL;
    enum spill_status status =
        seats_create(whole_scenario(), whole->team, whole->exercise_seed, &seats);
    SPILL_ASSERT(status == SPILL_OK);
    const struct session_options options = {.scenario = whole_scenario(),
                                            .package = whole_package(),
                                            .seed = whole->exercise_seed,
                                            .team = whole->team,
                                            .program = "whole",
                                            .seats = seats_way(seats)};
    status = session_open(&options, &session, &error);
    SPILL_ASSERT(status == SPILL_OK);
    seats_join(seats, session);
    struct input input = {.kind = INPUT_START, .who = {WHO_CONTROL, "excon"}, .clock = {.why = ""}};
    status = session_apply(session, &input, &error);
    SPILL_ASSERT(status == SPILL_OK);
    status = session_run(session, whole->horizon_ms, &error);
    SPILL_ASSERT(status == SPILL_OK);
    input.kind = INPUT_END;
    status = session_apply(session, &input, &error);
    SPILL_ASSERT(status == SPILL_OK);
    status = session_run(session, whole->horizon_ms, &error);
    SPILL_ASSERT(status == SPILL_OK);
    known[known_count].seed = whole->exercise_seed;
    known[known_count].horizon_ms = whole->horizon_ms;
    session_digest(session, known[known_count].digest);
    session_close(&session);
    seats_destroy(&seats);
    return known[known_count++].digest;
}

/* ---- Judging ---- */

static void whole_open_inboxes(struct whole_judgement *judgement) {
    struct whole *const whole = judgement->whole;
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        char prefix[WHOLE_PATH_BYTES];
        char path[WHOLE_PATH_BYTES + 16];
        struct spill_error error = {{0}};
        (void)snprintf(path, sizeof path, "%sinbox", whole_prefix(whole, 1 + cell, prefix));
        const struct inbox_options options = {
            .path = path, .vfs = memory_disk(), .cell = whole_cell(whole, cell)};
        whole_node_stop(whole, cell);
        if (inbox_open(&options, &judgement->inboxes[cell], &error) != SPILL_OK) {
            whole_fail(whole, "%s", error.text);
            return;
        }
        whole_look_for_leaks(whole, cell);
    }
}

static void whole_judge_recording(struct whole_judgement *judgement,
                                  const uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct whole *const whole = judgement->whole;
    const struct recording_options options = {.vfs = memory_disk()};
    struct spill_error error = {{0}};
    struct recording_summary summary;
    if (recording_open(whole->record_path, RECORDING_READ, &options, &judgement->recording,
                       &error) != SPILL_OK) {
        whole_fail(whole, "%s", error.text);
        return;
    }
    recording_summary(judgement->recording, &summary);
    whole->result->records = summary.records;
    if (!summary.closed || summary.signed_sequence != summary.records) {
        whole_fail(whole, "the recording does not end in order");
    }
    const struct recording_meta *const meta = recording_meta(judgement->recording);
    const struct exercise_options exercise_options = {
        .seed = meta->seed, .digests = true, .causes = meta->causes};
    const enum spill_status status =
        exercise_create(whole_scenario(), &exercise_options, &judgement->exercise);
    SPILL_ASSERT(status == SPILL_OK);
    whole_judge_inputs(judgement, digest);
}

void whole_judge(struct whole *whole) {
    struct whole_judgement judgement = {.whole = whole, .bytes = malloc(FRAME_BYTES_MAX)};
    struct spill_error error = {{0}};
    uint8_t digest[CASCADE_DIGEST_BYTES];
    SPILL_ASSERT(judgement.bytes != NULL);
    session_digest(whole->coordinator.session, digest);
    if (session_finish(whole->coordinator.session, &error) != SPILL_OK) {
        whole_fail(whole, "%s", error.text);
    }
    whole_coordinator_stop(whole);
    whole_open_inboxes(&judgement);
    if (!whole->result->failed) {
        whole_judge_recording(&judgement, digest);
    }
    if (!whole->result->failed && whole->result->robots &&
        memcmp(digest, whole_quiet_digest(whole), sizeof digest) != 0) {
        whole_fail(whole, "the exercise is another than in one quiet process");
    }
    recording_close(&judgement.recording);
    exercise_destroy(&judgement.exercise);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        inbox_close(&judgement.inboxes[cell]);
    }
    free(judgement.bytes);
}
