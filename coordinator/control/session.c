/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/session_parts.h"

/* ---- Boxes ---- */

static enum spill_status session_box_create(struct session_box *box, size_t capacity_bytes) {
    box->bytes = spill_alloc(capacity_bytes, 1);
    box->items = spill_alloc(SESSION_INBOX_MAX, sizeof *box->items);
    box->capacity_bytes = capacity_bytes;
    return box->bytes == NULL || box->items == NULL ? SPILL_MEMORY : SPILL_OK;
}

static void session_box_destroy(struct session_box *box) {
    free(box->bytes);
    free(box->items);
    *box = (struct session_box){0};
}

/* The item's place, size and order are filled in. */
static bool session_box_put(struct session_box *box, struct session_item item, const uint8_t *bytes,
                            size_t size_bytes) {
    if (box->item_count == SESSION_INBOX_MAX ||
        size_bytes > box->capacity_bytes - box->size_bytes) {
        return false;
    }
    memcpy(box->bytes + box->size_bytes, bytes, size_bytes);
    item.order = (uint32_t)box->item_count;
    item.offset_bytes = box->size_bytes;
    item.size_bytes = size_bytes;
    box->items[box->item_count++] = item;
    box->size_bytes += size_bytes;
    return true;
}

static void session_box_empty(struct session_box *box) {
    box->item_count = 0;
    box->size_bytes = 0;
}

/* By cell, and in order of coming in within a cell. */
static int session_compare_items(const void *a, const void *b) {
    const struct session_item *const left = a;
    const struct session_item *const right = b;
    return left->cell != right->cell ? (left->cell > right->cell) - (left->cell < right->cell)
                                     : (left->order > right->order) - (left->order < right->order);
}

/* ---- The recording ---- */

int64_t session_clock_us(const struct session *session, clockid_t clock) {
    if (session->options.keys != NULL) {
        /* The same file each time: exercise time stands in for both clocks. */
        return session->exercise == NULL ? 0 : exercise_now_ms(session->exercise) * 1000;
    }
    if (session->options.clock_us != NULL) {
        return session->options.clock_us(session->options.context);
    }
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

enum spill_status session_commit(struct session *session, struct spill_error *error) {
    if (session->recording == NULL) {
        return SPILL_OK;
    }
    uint64_t durable = 0;
    return recording_commit(session->recording, session_clock_us(session, CLOCK_MONOTONIC),
                            session_clock_us(session, CLOCK_REALTIME), &durable, error);
}

/* Before an input acts or a message is sent. */
static enum spill_status session_commit_first(struct session *session, struct spill_error *error) {
    return session->options.seats.same_process ? SPILL_OK : session_commit(session, error);
}

enum spill_status session_append(struct session *session, enum record_kind kind,
                                 const uint8_t *body, size_t body_bytes, const char *text,
                                 struct spill_error *error) {
    if (session->recording == NULL) {
        return SPILL_OK;
    }
    const struct record record = {
        .kind = kind,
        .exercise_ms = exercise_now_ms(session->exercise),
        .monotonic_us = session_clock_us(session, CLOCK_MONOTONIC),
        .utc_us = session_clock_us(session, CLOCK_REALTIME),
        .body = body,
        .body_bytes = body_bytes,
        .text = text,
    };
    uint64_t sequence = 0;
    enum spill_status status = recording_append(session->recording, &record, &sequence);
    if (status == SPILL_LIMIT) {
        status = session_commit(session, error);
        if (status != SPILL_OK) {
            return status;
        }
        status = recording_append(session->recording, &record, &sequence);
    }
    if (status == SPILL_OK && kind == RECORD_INPUT) {
        session->input_sequence = sequence;
    }
    return status == SPILL_OK ? SPILL_OK
                              : spill_fail(error, status, "the recording takes no more: %s",
                                           spill_status_words(status));
}

/* ---- What the exercise says ---- */

/* Sends what is in the outbox, after a commit. */
static enum spill_status session_send(struct session *session, struct spill_error *error) {
    if (session->outbox.item_count == 0) {
        return SPILL_OK;
    }
    const enum spill_status status = session_commit_first(session, error);
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t i = 0; i < session->outbox.item_count; i++) {
        const struct session_item *const item = &session->outbox.items[i];
        const struct session_message message = {
            .position = item->position,
            .bytes = session->outbox.bytes + item->offset_bytes,
            .size_bytes = item->size_bytes,
            .kind = item->kind,
            .tlp = item->tlp,
        };
        session->seats[item->cell].sent = item->position.sequence;
        session->options.seats.send((struct cell_ref){item->cell}, &message,
                                    session->options.seats.context);
    }
    session_box_empty(&session->outbox);
    return SPILL_OK;
}

struct session_seat *session_find_seat(struct session *session, const char *id) {
    struct cell_ref cell = {0};
    const enum spill_status known =
        script_find_cell(scenario_script(session->options.scenario), id, &cell);
    SPILL_ASSERT(known == SPILL_OK);
    return &session->seats[cell.index];
}

void session_count_message(struct session_seat *seat, const struct message *message,
                           const uint8_t *bytes, size_t size_bytes) {
    frame_position_next(&seat->position, bytes, size_bytes);
    SPILL_ASSERT(seat->position.sequence == message->sequence);
    if (message->kind == MESSAGE_INJECT) {
        seat->inject = message->sequence;
    }
}

static enum spill_status session_post(struct session *session, const struct message *message,
                                      const uint8_t *bytes, size_t size_bytes) {
    struct session_seat *const seat = session_find_seat(session, message->cell);
    session_count_message(seat, message, bytes, size_bytes);
    const struct session_item item = {
        .cell = (uint32_t)(seat - session->seats),
        .position = seat->position,
        .kind = (uint8_t)message->kind,
        .tlp = message->kind == MESSAGE_INJECT ? (uint8_t)message->inject.tlp : 0,
    };
    if (session_box_put(&session->outbox, item, bytes, size_bytes)) {
        return SPILL_OK;
    }
    const enum spill_status status = session_send(session, &session->words);
    if (status != SPILL_OK) {
        return status;
    }
    const bool fits = session_box_put(&session->outbox, item, bytes, size_bytes);
    SPILL_ASSERT(fits);
    return SPILL_OK;
}

static void session_on_output(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                              void *context) {
    struct session *const session = context;
    if (session->failure != SPILL_OK) {
        return;
    }
    if (session->recording != NULL) {
        const size_t needed = output_print_json(output, session->json, SESSION_JSON_BYTES);
        SPILL_ASSERT(needed < SESSION_JSON_BYTES);
    }
    session->failure =
        session_append(session, RECORD_OUTPUT, bytes, size_bytes, session->json, &session->words);
    if (session->failure == SPILL_OK && output->kind == OUTPUT_MESSAGE) {
        session->failure = session_post(session, &output->message, bytes, size_bytes);
    }
    if (session->options.on_output != NULL) {
        session->options.on_output(output, session->options.context);
    }
}

/* ---- Inputs ---- */

static enum spill_status session_record_input(struct session *session, const struct input *input,
                                              const uint8_t *bytes, size_t size_bytes,
                                              struct spill_error *error) {
    if (session->recording != NULL) {
        const size_t needed = input_print_json(input, session->json, SESSION_JSON_BYTES);
        SPILL_ASSERT(needed < SESSION_JSON_BYTES);
    }
    return session_append(session, RECORD_INPUT, bytes, size_bytes, session->json, error);
}

/* Applies an input that is durable. */
static enum spill_status session_act(struct session *session, const struct input *input,
                                     struct spill_error *error) {
    const enum spill_status applied =
        exercise_apply(session->exercise, input, session_on_output, session);
    session->input_count++;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    exercise_digest(session->exercise, digest);
    if (session->failure == SPILL_OK && memcmp(digest, session->digest, sizeof digest) != 0) {
        memcpy(session->digest, digest, sizeof digest);
        session->failure =
            session_append(session, RECORD_DIGEST, digest, sizeof digest, NULL, &session->words);
    }
    return session->failure == SPILL_OK
               ? applied
               : spill_fail(error, session->failure, "%s", session->words.text);
}

static enum spill_status session_encode_and_record(struct session *session,
                                                   const struct input *input,
                                                   struct spill_error *error) {
    size_t size_bytes = 0;
    const enum spill_status status =
        input_encode(input, session->bytes, INPUT_BYTES_MAX, &size_bytes);
    if (status != SPILL_OK) {
        const char *const fault = input_fault(input);
        return spill_fail(error, status, "%s", fault != NULL ? fault : spill_status_words(status));
    }
    return session_record_input(session, input, session->bytes, size_bytes, error);
}

/* Encodes, records, commits, applies. */
static enum spill_status session_input(struct session *session, const struct input *input,
                                       struct spill_error *error) {
    enum spill_status status = session_encode_and_record(session, input, error);
    if (status == SPILL_OK) {
        status = session_commit_first(session, error);
    }
    return status == SPILL_OK ? session_act(session, input, error) : status;
}

/* After an input, whose status it was: sends what it said, and makes all of it durable. */
static enum spill_status session_finish_input(struct session *session, enum spill_status status,
                                              struct spill_error *error) {
    const enum spill_status sent =
        status == SPILL_OK || status == SPILL_REFUSED ? session_send(session, error) : status;
    const enum spill_status durable = sent == SPILL_OK ? session_commit(session, error) : sent;
    return durable == SPILL_OK ? status : durable;
}

enum spill_status session_apply(struct session *session, const struct input *input,
                                struct spill_error *error) {
    SPILL_ASSERT(session->recorded_count == 0);
    return session_finish_input(session, session_input(session, input, error), error);
}

enum spill_status session_record(struct session *session, const struct input *input,
                                 uint64_t *sequence, struct spill_error *error) {
    SPILL_ASSERT(!session->recorded_durable);
    const enum spill_status status = session_encode_and_record(session, input, error);
    if (status == SPILL_OK) {
        session->recorded_count++;
        *sequence = session->input_sequence;
    }
    return status;
}

enum spill_status session_apply_recorded(struct session *session, const struct input *input,
                                         struct spill_error *error) {
    SPILL_ASSERT(session->recorded_count > 0);
    if (!session->recorded_durable) {
        const enum spill_status status = session_commit_first(session, error);
        if (status != SPILL_OK) {
            return status;
        }
        session->recorded_durable = true;
    }
    const enum spill_status status = session_act(session, input, error);
    if (--session->recorded_count > 0) {
        return status;
    }
    session->recorded_durable = false;
    return session_finish_input(session, status, error);
}

/* ---- Seats ---- */

static struct session_seat *session_seat(struct session *session, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < session->seat_count);
    return &session->seats[cell.index];
}

void session_seat_join(struct session *session, struct cell_ref cell, bool robot) {
    struct session_seat *const seat = session_seat(session, cell);
    seat->joined = true;
    seat->robot = robot;
    seat->granted = false;
    seat->again = false;
    seat->asked_ms = -1;
}

void session_seat_leave(struct session *session, struct cell_ref cell) {
    session_seat(session, cell)->joined = false;
}

void session_seat_delivered(struct session *session, struct cell_ref cell, uint64_t up_to) {
    struct session_seat *const seat = session_seat(session, cell);
    SPILL_ASSERT(up_to <= seat->sent);
    seat->delivered = up_to > seat->delivered ? up_to : seat->delivered;
}

enum spill_status session_seat_input(struct session *session, struct cell_ref cell,
                                     const struct frame_position *position, const uint8_t *bytes,
                                     size_t size_bytes, struct spill_error *error) {
    struct session_seat *const seat = session_seat(session, cell);
    if (position != NULL && position->sequence <= seat->queued.sequence) {
        return SPILL_OK;
    }
    struct input input = {0};
    codec_arena_reset(session->arena);
    const enum spill_status status = input_decode(bytes, size_bytes, session->arena, &input, error);
    if (status != SPILL_OK) {
        return SPILL_INVALID;
    }
    if (input.who.kind != WHO_CELL || strcmp(input.who.id, seat->id) != 0) {
        return spill_fail(error, SPILL_INVALID, "cell %s sent an input of %s %s", seat->id,
                          who_kind_name(input.who.kind), input.who.id);
    }
    const struct session_item item = {.cell = cell.index};
    if (!session_box_put(&session->inbox, item, bytes, size_bytes)) {
        return SPILL_AGAIN;
    }
    frame_position_next(&seat->queued, bytes, size_bytes);
    /* The stream has compared the histories; both count the same messages. */
    SPILL_ASSERT(position == NULL || frame_position_equal(position, &seat->queued));
    return SPILL_OK;
}

void session_seat_grant(struct session *session, struct cell_ref cell,
                        const struct session_grant *grant) {
    struct session_seat *const seat = session_seat(session, cell);
    SPILL_ASSERT(grant->after <= seat->sent);
    if (seat->again && grant->at_ms == seat->grant.at_ms && grant->said == seat->grant.said &&
        grant->quiet_until_ms <= grant->at_ms) {
        return; /* The one before, said once more. */
    }
    seat->granted = true;
    seat->again = false;
    seat->grant = *grant;
}

/* Whether exercise time may leave the moment at which it stands, for this seat. */
static bool session_settled(const struct session_seat *seat, int64_t now_ms) {
    if (!seat->joined || !seat->robot) {
        return true;
    }
    return seat->granted && seat->grant.after == seat->sent && seat->delivered == seat->sent &&
           (seat->grant.quiet_until_ms > now_ms || seat->grant.at_ms == now_ms);
}

/* Robots that have more to do at this moment will be asked again. */
static bool session_turn_again(struct session *session) {
    const int64_t now_ms = exercise_now_ms(session->exercise);
    bool any = false;
    for (size_t i = 0; i < session->seat_count; i++) {
        struct session_seat *const seat = &session->seats[i];
        if (!seat->joined || !seat->robot || seat->grant.at_ms != now_ms ||
            seat->grant.quiet_until_ms > now_ms) {
            continue;
        }
        if (seat->turns_ms != now_ms) {
            seat->turns_ms = now_ms;
            seat->turn_count = 0;
        }
        if (seat->turn_count < SESSION_TURNS_MAX) {
            seat->turn_count++;
            seat->granted = false;
            seat->again = true;
            seat->asked_ms = -1;
            any = true;
        }
    }
    return any;
}

bool session_seat_awaited(const struct session *session, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < session->seat_count);
    return !session_settled(&session->seats[cell.index], exercise_now_ms(session->exercise));
}

struct frame_position session_seat_position(const struct session *session, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < session->seat_count);
    return session->seats[cell.index].position;
}

uint64_t session_seat_sent(const struct session *session, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < session->seat_count);
    return session->seats[cell.index].sent;
}

struct frame_position session_seat_received(const struct session *session, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < session->seat_count);
    return session->seats[cell.index].received;
}

uint64_t session_seat_delivered_told(const struct session *session, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < session->seat_count);
    return session->seats[cell.index].delivered_told;
}

size_t session_awaited(const struct session *session) {
    const int64_t now_ms = exercise_now_ms(session->exercise);
    size_t count = 0;
    for (size_t i = 0; i < session->seat_count; i++) {
        count += !session_settled(&session->seats[i], now_ms);
    }
    return count;
}

/* Asks every robot that has not settled, once for each moment and message. */
static void session_ask(struct session *session) {
    const int64_t now_ms = exercise_now_ms(session->exercise);
    for (size_t i = 0; i < session->seat_count; i++) {
        struct session_seat *const seat = &session->seats[i];
        if (!session_settled(seat, now_ms) &&
            (seat->asked_ms != now_ms || seat->asked_after != seat->sent)) {
            seat->asked_ms = now_ms;
            seat->asked_after = seat->sent;
            session->options.seats.settle((struct cell_ref){(uint32_t)i}, now_ms,
                                          session->options.seats.context);
        }
    }
}

static struct input session_link_input(const struct session_seat *seat) {
    return (struct input){.kind = INPUT_CELL_LINK,
                          .who = {.kind = WHO_SYSTEM, .id = ""},
                          .link = {.cell = seat->id, .connected = seat->joined_told}};
}

static struct input session_delivered_input(const struct session_seat *seat) {
    return (struct input){.kind = INPUT_DELIVERED,
                          .who = {.kind = WHO_SYSTEM, .id = ""},
                          .delivered = {.cell = seat->id, .up_to = seat->delivered_told}};
}

/* Records what there is to tell of a seat. */
static enum spill_status session_record_seat(struct session *session, struct session_seat *seat,
                                             struct spill_error *error) {
    enum spill_status status = SPILL_OK;
    seat->tell_link = seat->joined != seat->joined_told;
    if (seat->tell_link) {
        seat->joined_told = seat->joined;
        const struct input input = session_link_input(seat);
        status = session_encode_and_record(session, &input, error);
    }
    seat->tell_delivered =
        seat->delivered_told < seat->inject && seat->delivered != seat->delivered_told;
    if (status == SPILL_OK && seat->tell_delivered) {
        seat->delivered_told = seat->delivered;
        const struct input input = session_delivered_input(seat);
        status = session_encode_and_record(session, &input, error);
    }
    return status;
}

static enum spill_status session_apply_seat(struct session *session, struct session_seat *seat,
                                            struct spill_error *error) {
    enum spill_status status = SPILL_OK;
    if (seat->tell_link) {
        const struct input input = session_link_input(seat);
        status = session_act(session, &input, error);
    }
    if ((status == SPILL_OK || status == SPILL_REFUSED) && seat->tell_delivered) {
        const struct input input = session_delivered_input(seat);
        status = session_act(session, &input, error);
    }
    seat->tell_link = seat->tell_delivered = false;
    return status == SPILL_REFUSED ? SPILL_OK : status;
}

/* Joins, departures and deliveries of injects become inputs, by cell, all durable in one commit.
 * Where an exercise stands with its other messages is nothing that it asks. */
static enum spill_status session_tell_seats(struct session *session, bool *any,
                                            struct spill_error *error) {
    enum spill_status status = SPILL_OK;
    bool told = false;
    for (size_t i = 0; status == SPILL_OK && i < session->seat_count; i++) {
        struct session_seat *const seat = &session->seats[i];
        status = session_record_seat(session, seat, error);
        told = told || seat->tell_link || seat->tell_delivered;
    }
    if (status != SPILL_OK || !told) {
        return status;
    }
    *any = true;
    status = session_commit_first(session, error);
    for (size_t i = 0; status == SPILL_OK && i < session->seat_count; i++) {
        status = session_apply_seat(session, &session->seats[i], error);
    }
    return status;
}

/* What cells did: all of it durable in one commit, then applied, by cell. */
static enum spill_status session_take_inbox(struct session *session, bool *any,
                                            struct spill_error *error) {
    struct session_box *const inbox = &session->inbox;
    if (inbox->item_count == 0) {
        return SPILL_OK;
    }
    *any = true;
    qsort(inbox->items, inbox->item_count, sizeof inbox->items[0], session_compare_items);
    enum spill_status status = SPILL_OK;
    for (int pass = 0; status == SPILL_OK && pass < 2; pass++) {
        for (size_t i = 0; status == SPILL_OK && i < inbox->item_count; i++) {
            const struct session_item *const item = &inbox->items[i];
            struct input input = {0};
            codec_arena_reset(session->arena);
            status = input_decode(inbox->bytes + item->offset_bytes, item->size_bytes,
                                  session->arena, &input, error);
            SPILL_ASSERT(status == SPILL_OK); /* It was decoded when it came in. */
            if (pass == 0) {
                status = session_record_input(session, &input, inbox->bytes + item->offset_bytes,
                                              item->size_bytes, error);
                frame_position_next(&session->seats[item->cell].received,
                                    inbox->bytes + item->offset_bytes, item->size_bytes);
            } else {
                status = session_act(session, &input, error);
                status = status == SPILL_REFUSED ? SPILL_OK : status;
            }
        }
        if (status == SPILL_OK && pass == 0) {
            status = session_commit_first(session, error);
        }
    }
    session_box_empty(inbox);
    return status;
}

/* ---- Time ---- */

/* The next tick, later than now, in which a robot wants to do something by itself. */
static int64_t session_quiet_ms(const struct session *session) {
    int64_t quiet_ms = SPILL_NEVER;
    const int64_t now_ms = exercise_now_ms(session->exercise);
    const int64_t tick_ms = network_tick_ms(scenario_network(session->options.scenario));
    for (size_t i = 0; i < session->seat_count; i++) {
        const struct session_seat *const seat = &session->seats[i];
        if (!seat->joined || !seat->robot || seat->grant.quiet_until_ms > SPILL_NEVER - tick_ms) {
            continue;
        }
        /* On the tick at or after the robot's time. */
        int64_t at_ms = (seat->grant.quiet_until_ms + tick_ms - 1) / tick_ms * tick_ms;
        at_ms = at_ms > now_ms ? at_ms : now_ms / tick_ms * tick_ms + tick_ms;
        quiet_ms = at_ms < quiet_ms ? at_ms : quiet_ms;
    }
    return quiet_ms;
}

enum spill_status session_take(struct session *session, struct spill_error *error) {
    bool any = false;
    return session_take_inbox(session, &any, error);
}

int64_t session_next_ms(const struct session *session) {
    const int64_t due_ms = exercise_next_ms(session->exercise);
    const int64_t quiet_ms = session_quiet_ms(session);
    return due_ms < quiet_ms ? due_ms : quiet_ms;
}

/* Everything that belongs to the moment at which time stands. *settled: nothing is left to do in
 * it. */
static enum spill_status session_settle(struct session *session, bool *settled,
                                        struct spill_error *error) {
    *settled = false;
    for (;;) {
        enum spill_status status = session_send(session, error);
        if (status != SPILL_OK) {
            return status;
        }
        session_ask(session);
        if (session_awaited(session) > 0) {
            return SPILL_OK;
        }
        bool any = false;
        status = session_tell_seats(session, &any, error);
        if (status == SPILL_OK) {
            status = session_take_inbox(session, &any, error);
        }
        any = session_turn_again(session) || any;
        if (status != SPILL_OK || !any) {
            *settled = status == SPILL_OK;
            return status;
        }
    }
}

/* Time runs until a cell is told something: a robot may do something about it before more time
 * passes. */
static enum spill_status session_go(struct session *session, int64_t until_ms,
                                    struct spill_error *error) {
    for (;;) {
        bool settled = false;
        const enum spill_status status = session_settle(session, &settled, error);
        if (status != SPILL_OK || !settled || exercise_clock(session->exercise) != CLOCK_RUNNING) {
            return status;
        }
        const int64_t quiet_ms = session_quiet_ms(session);
        const int64_t to_ms = quiet_ms < until_ms ? quiet_ms : until_ms;
        if (to_ms <= exercise_now_ms(session->exercise)) {
            return SPILL_OK;
        }
        const struct input input = {.kind = INPUT_ADVANCE,
                                    .who = {.kind = WHO_SYSTEM, .id = ""},
                                    .advance = {.until_ms = to_ms, .heed = true}};
        const enum spill_status advanced = session_input(session, &input, error);
        if (advanced != SPILL_OK) {
            return advanced;
        }
    }
}

enum spill_status session_run(struct session *session, int64_t until_ms,
                              struct spill_error *error) {
    const enum spill_status status = session_go(session, until_ms, error);
    return status == SPILL_OK ? session_commit(session, error) : status;
}

/* ---- Opening and closing ---- */

static enum spill_status session_open_recording(struct session *session,
                                                struct spill_error *error) {
    const struct session_options *const options = &session->options;
    if (options->record_path == NULL) {
        return SPILL_OK;
    }
    struct recording_meta meta = {
        .model_revision = SPILL_MODEL_REVISION,
        .seed = options->seed,
        .created_utc_us = session_clock_us(session, CLOCK_REALTIME),
        .causes = options->causes,
    };
    if (options->keys == NULL) {
        randombytes_buf(meta.exercise_id, sizeof meta.exercise_id);
    }
    package_hash(options->package, meta.package_hash);
    snprintf(meta.scenario, sizeof meta.scenario, "%s", scenario_id(options->scenario));
    snprintf(meta.team, sizeof meta.team, "%s", options->team);
    snprintf(meta.program, sizeof meta.program, "%s", options->program);
    const size_t file_count = package_file_count(options->package);
    struct recording_file *const files = spill_alloc(file_count, sizeof *files);
    if (files == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < file_count; i++) {
        const struct package_file file = package_file(options->package, i);
        files[i] = (struct recording_file){
            .path = file.path, .bytes = file.bytes, .size_bytes = file.size_bytes};
    }
    const struct recording_options recording_options = {
        .keys = options->keys,
        .vfs = options->record_vfs,
        .program = options->program,
        .monotonic_us = session_clock_us(session, CLOCK_MONOTONIC),
        .utc_us = session_clock_us(session, CLOCK_REALTIME),
    };
    const enum spill_status status =
        recording_create(options->record_path, &meta, files, file_count, &recording_options,
                         &session->recording, error);
    free(files);
    return status;
}

enum spill_status session_create_parts(struct session *session) {
    const struct session_options *const options = &session->options;
    session->bytes = spill_alloc(INPUT_BYTES_MAX, 1);
    session->json = spill_alloc(SESSION_JSON_BYTES, 1);
    session->seat_count = script_cell_count(scenario_script(options->scenario));
    session->seats = spill_alloc(session->seat_count, sizeof *session->seats);
    if (session->bytes == NULL || session->json == NULL || session->seats == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < session->seat_count; i++) {
        session->seats[i].id =
            script_cell_id(scenario_script(options->scenario), (struct cell_ref){(uint32_t)i});
    }
    enum spill_status status = session_box_create(&session->outbox, SESSION_OUTBOX_BYTES);
    if (status == SPILL_OK) {
        status = session_box_create(&session->inbox, SESSION_INBOX_BYTES);
    }
    if (status == SPILL_OK) {
        status = codec_arena_create(INPUT_ARENA_BYTES, &session->arena);
    }
    const struct exercise_options exercise_options = {
        .seed = options->seed, .digests = true, .causes = options->causes};
    return status == SPILL_OK
               ? exercise_create(options->scenario, &exercise_options, &session->exercise)
               : status;
}

enum spill_status session_open(const struct session_options *options, struct session **session,
                               struct spill_error *error) {
    SPILL_ASSERT(options->scenario != NULL);
    SPILL_ASSERT(options->package != NULL);
    SPILL_ASSERT(options->team != NULL);
    SPILL_ASSERT(options->seats.send != NULL);
    SPILL_ASSERT(options->seats.settle != NULL);
    struct session *opened = spill_alloc(1, sizeof *opened);
    if (opened == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    opened->options = *options;
    enum spill_status status = session_create_parts(opened);
    if (status != SPILL_OK) {
        spill_fail(error, status, "cannot begin the exercise: %s", spill_status_words(status));
    } else {
        status = session_open_recording(opened, error);
    }
    if (status != SPILL_OK) {
        session_close(&opened);
        return status;
    }
    *session = opened;
    return SPILL_OK;
}

enum spill_status session_keep(struct session *session, struct spill_error *error) {
    return session_commit(session, error);
}

enum spill_status session_finish(struct session *session, struct spill_error *error) {
    if (session->recording == NULL) {
        return SPILL_OK;
    }
    return recording_finish(session->recording, exercise_now_ms(session->exercise),
                            session_clock_us(session, CLOCK_MONOTONIC),
                            session_clock_us(session, CLOCK_REALTIME), error);
}

void session_close(struct session **session) {
    struct session *const closed = *session;
    if (closed == NULL) {
        return;
    }
    *session = NULL;
    free(closed->seats);
    session_box_destroy(&closed->outbox);
    session_box_destroy(&closed->inbox);
    exercise_destroy(&closed->exercise);
    recording_close(&closed->recording);
    codec_arena_destroy(&closed->arena);
    free(closed->bytes);
    free(closed->json);
    free(closed);
}

struct recording *session_recording(struct session *session) {
    return session->recording;
}

struct exercise *session_exercise(struct session *session) {
    return session->exercise;
}

uint64_t session_input_count(const struct session *session) {
    return session->input_count;
}

uint64_t session_input_sequence(const struct session *session) {
    return session->input_sequence;
}

void session_digest(struct session *session, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    exercise_digest(session->exercise, digest);
}
