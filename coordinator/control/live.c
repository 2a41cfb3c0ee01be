/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/live.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/control/live_parts.h"

/* ---- Boxes ---- */

static size_t live_round_up(size_t bytes) {
    return (bytes + LIVE_ALIGN - 1) / LIVE_ALIGN * LIVE_ALIGN;
}

bool live_box_put(struct live_box *box, size_t limit_bytes, const struct live_item *item,
                  const void *bytes) {
    SPILL_ASSERT(limit_bytes <= box->capacity_bytes);
    SPILL_ASSERT(bytes != NULL || item->size_bytes == 0);
    const size_t needed_bytes = sizeof *item + live_round_up(item->size_bytes);
    if (box->size_bytes > limit_bytes || needed_bytes > limit_bytes - box->size_bytes) {
        return false;
    }
    memcpy(box->bytes + box->size_bytes, item, sizeof *item);
    if (bytes != NULL) {
        memcpy(box->bytes + box->size_bytes + sizeof *item, bytes, item->size_bytes);
    }
    box->size_bytes += needed_bytes;
    box->count++;
    return true;
}
_Static_assert(sizeof(struct live_item) % LIVE_ALIGN == 0, "items follow each other");

const struct live_item *live_box_take(struct live_box *box) {
    if (box->at_bytes == box->size_bytes) {
        box->at_bytes = box->size_bytes = box->count = 0;
        return NULL;
    }
    const struct live_item *const item = (const void *)(box->bytes + box->at_bytes);
    box->at_bytes += sizeof *item + live_round_up(item->size_bytes);
    SPILL_ASSERT(box->at_bytes <= box->size_bytes);
    return item;
}

const struct live_item *live_box_peek(const struct live_box *box) {
    return box->at_bytes == box->size_bytes ? NULL : (const void *)(box->bytes + box->at_bytes);
}

static enum spill_status live_box_create(struct live_box *box, size_t capacity_bytes) {
    box->bytes = spill_alloc(capacity_bytes, 1);
    box->capacity_bytes = capacity_bytes;
    return box->bytes == NULL ? SPILL_MEMORY : SPILL_OK;
}

/* ---- From the model thread ---- */

static void live_deliver_message(struct live *live, const struct live_item *item) {
    const struct stream_durable position = {item->message.position};
    const struct stream_message message = {
        .sequence = item->message.position.sequence,
        .bytes = live_item_bytes(item),
        .size_bytes = item->size_bytes,
        .kind = item->message.kind,
        .tlp = item->message.tlp,
    };
    live->seats[item->cell.index].committed = position.position;
    for (size_t i = 0; i < live->listener_count; i++) {
        const struct live_events *const events = &live->listeners[i];
        if (events->on_message != NULL) {
            events->on_message(item->cell, &position, &message, events->context);
        }
    }
}

static void live_deliver_stored(struct live *live, const struct live_item *item) {
    const struct stream_durable position = {item->position};
    live->seats[item->cell.index].received = item->position;
    for (size_t i = 0; i < live->listener_count; i++) {
        const struct live_events *const events = &live->listeners[i];
        if (events->on_input != NULL) {
            events->on_input(item->cell, &position, events->context);
        }
    }
}

static void live_deliver(struct live *live, const struct live_item *item) {
    switch (item->kind) {
    case LIVE_MESSAGE:
        live_deliver_message(live, item);
        break;
    case LIVE_STORED:
        live_deliver_stored(live, item);
        break;
    case LIVE_SETTLE:
        for (size_t i = 0; i < live->listener_count; i++) {
            const struct live_events *const events = &live->listeners[i];
            if (events->on_settle != NULL) {
                events->on_settle(item->cell, item->now_ms, events->context);
            }
        }
        break;
    case LIVE_REPLY:
        if (item->command.on_reply != NULL) {
            item->command.on_reply(item->command.status, item->command.sequence,
                                   (const char *)live_item_bytes(item), item->command.context);
        }
        break;
    case LIVE_DONE:
        if (item->call.done != NULL) {
            item->call.done(item->call.context);
        }
        break;
    default:
        SPILL_ASSERT(false);
    }
}

static void live_tell_clock(struct live *live) {
    for (size_t i = 0; i < live->listener_count; i++) {
        const struct live_events *const events = &live->listeners[i];
        if (events->on_clock != NULL) {
            events->on_clock(&live->clock, events->context);
        }
    }
}

static void live_tell_end(struct live *live, enum spill_status status) {
    if (live->ended) {
        return;
    }
    live->ended = true;
    for (size_t i = 0; i < live->listener_count; i++) {
        const struct live_events *const events = &live->listeners[i];
        if (events->on_ended != NULL) {
            events->on_ended(status, &live->words, events->context);
        }
    }
}

static void live_free(struct live *live) {
    session_close(&live->session);
    free(live->seats);
    free(live->told);
    free(live->bytes);
    codec_arena_destroy(&live->arena);
    codec_arena_destroy(&live->model_arena);
    struct live_box *const boxes[] = {&live->seat_box,  &live->command_box,  &live->out,
                                      &live->seat_work, &live->command_work, &live->staged,
                                      &live->taken};
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        free(boxes[i]->bytes);
    }
    pthread_cond_destroy(&live->wake);
    pthread_cond_destroy(&live->drained);
    pthread_mutex_destroy(&live->mutex);
    free(live);
}

static void live_bell_closed(uv_handle_t *handle) {
    struct live *const live = handle->data;
    void (*const on_closed)(void *context) = live->on_closed;
    void *const context = live->closed_context;
    live_free(live);
    if (on_closed != NULL) {
        on_closed(context);
    }
}

/* One box for each ring of the bell, so that sockets and pages have their turn in between. */
static void live_on_bell(uv_async_t *bell) {
    struct live *const live = bell->data;
    pthread_mutex_lock(&live->mutex);
    const struct live_box empty = live->taken;
    live->taken = live->out;
    live->out = empty;
    const bool clock_changed = live->clock_changed;
    live->clock_changed = false;
    if (clock_changed) {
        live->clock = live->said;
    }
    const bool finished = live->finished;
    const bool failed = live->failed;
    pthread_cond_signal(&live->drained);
    pthread_mutex_unlock(&live->mutex);
    const bool more = live->taken.count > 0;
    if (clock_changed) {
        live_tell_clock(live);
    }
    for (const struct live_item *item = live_box_take(&live->taken); item != NULL;
         item = live_box_take(&live->taken)) {
        live_deliver(live, item);
    }
    if (more) {
        uv_async_send(&live->bell); /* There may be another box by now. */
        return;
    }
    if (failed) {
        live_tell_end(live, live->status);
    }
    if (finished && live->thread_running) {
        live->thread_running = false;
        pthread_join(live->thread, NULL);
        live_tell_end(live, SPILL_OK);
        uv_close((uv_handle_t *)&live->bell, live_bell_closed);
    }
}

/* ---- To the model thread ---- */

static enum spill_status live_put(struct live *live, struct live_box *box, size_t limit_bytes,
                                  const struct live_item *item, const void *bytes) {
    pthread_mutex_lock(&live->mutex);
    const bool full = box == &live->command_box && box->count >= LIVE_CALLS_MAX;
    const bool put = !full && live_box_put(box, limit_bytes, item, bytes);
    if (put) {
        pthread_cond_signal(&live->wake);
    }
    pthread_mutex_unlock(&live->mutex);
    return put ? SPILL_OK : SPILL_AGAIN;
}

static enum spill_status live_put_seat(struct live *live, const struct live_item *item) {
    SPILL_ASSERT(item->cell.index < live->seat_count);
    return live_put(live, &live->seat_box, LIVE_QUEUE_BYTES, item, NULL);
}

enum spill_status live_seat_join(struct live *live, struct cell_ref cell, bool robot) {
    return live_put_seat(live,
                         &(struct live_item){.kind = LIVE_JOIN, .cell = cell, .robot = robot});
}

enum spill_status live_seat_leave(struct live *live, struct cell_ref cell) {
    return live_put_seat(live, &(struct live_item){.kind = LIVE_LEAVE, .cell = cell});
}

enum spill_status live_seat_delivered(struct live *live, struct cell_ref cell, uint64_t up_to) {
    return live_put_seat(live,
                         &(struct live_item){.kind = LIVE_DELIVERED, .cell = cell, .up_to = up_to});
}

enum spill_status live_seat_grant(struct live *live, struct cell_ref cell,
                                  const struct stream_grant *grant) {
    return live_put_seat(live, &(struct live_item){.kind = LIVE_GRANT,
                                                   .cell = cell,
                                                   .grant = {.after = grant->received,
                                                             .said = grant->committed,
                                                             .at_ms = grant->exercise_ms,
                                                             .quiet_until_ms = grant->until_ms}});
}

enum spill_status live_seat_input(struct live *live, struct cell_ref cell,
                                  const struct frame_position *position, const uint8_t *bytes,
                                  size_t size_bytes, struct spill_error *error) {
    SPILL_ASSERT(cell.index < live->seat_count);
    const char *const id = script_cell_id(scenario_script(live->options.session.scenario), cell);
    struct input input = {0};
    codec_arena_reset(live->arena);
    if (input_decode(bytes, size_bytes, live->arena, &input, error) != SPILL_OK) {
        return SPILL_INVALID;
    }
    if (input.who.kind != WHO_CELL || strcmp(input.who.id, id) != 0) {
        return spill_fail(error, SPILL_INVALID, "cell %s sent an input of %s %s", id,
                          who_kind_name(input.who.kind), input.who.id);
    }
    const struct live_item item = {
        .kind = LIVE_INPUT, .cell = cell, .size_bytes = size_bytes, .position = *position};
    return live_put(live, &live->seat_box, LIVE_QUEUE_BYTES - LIVE_RESERVE_BYTES, &item, bytes);
}

enum spill_status live_command(struct live *live, const struct input *input, live_reply_fn on_reply,
                               void *context) {
    size_t size_bytes = 0;
    if (input->who.kind == WHO_CELL || input->who.kind == WHO_SYSTEM ||
        input_encode(input, live->bytes, INPUT_BYTES_MAX, &size_bytes) != SPILL_OK) {
        return SPILL_INVALID;
    }
    const struct live_item item = {.kind = LIVE_COMMAND,
                                   .size_bytes = size_bytes,
                                   .command = {.on_reply = on_reply, .context = context}};
    return live_put(live, &live->command_box, LIVE_COMMAND_BYTES, &item, live->bytes);
}

enum spill_status live_call(struct live *live, live_work_fn work, void (*done)(void *context),
                            void *context) {
    const struct live_item item = {.kind = LIVE_CALL,
                                   .call = {.work = work, .done = done, .context = context}};
    return live_put(live, &live->command_box, LIVE_COMMAND_BYTES, &item, NULL);
}

/* ---- How it stands ---- */

struct stream_durable live_committed(const struct live *live, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < live->seat_count);
    return (struct stream_durable){live->seats[cell.index].committed};
}

struct stream_durable live_received(const struct live *live, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < live->seat_count);
    return (struct stream_durable){live->seats[cell.index].received};
}

uint64_t live_delivered(const struct live *live, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < live->seat_count);
    return live->seats[cell.index].delivered;
}

bool live_linked(const struct live *live, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < live->seat_count);
    return live->seats[cell.index].linked;
}

struct stream_clock live_clock(const struct live *live) {
    return live->clock;
}

/* Neither changes once the recording is open. */
const struct recording_meta *live_meta(const struct live *live) {
    return recording_meta(session_recording(live->session));
}

const char *live_secrets(const struct live *live) {
    return recording_secrets(session_recording(live->session));
}

/* ---- Opening and closing ---- */

static enum spill_status live_create_parts(struct live *live) {
    live->seats = spill_alloc(live->seat_count, sizeof *live->seats);
    live->told = spill_alloc(live->seat_count, sizeof *live->told);
    live->bytes = spill_alloc(INPUT_BYTES_MAX, 1);
    enum spill_status status =
        live->seats == NULL || live->told == NULL || live->bytes == NULL ? SPILL_MEMORY : SPILL_OK;
    if (status == SPILL_OK) {
        status = codec_arena_create(INPUT_ARENA_BYTES, &live->arena);
    }
    if (status == SPILL_OK) {
        status = codec_arena_create(INPUT_ARENA_BYTES, &live->model_arena);
    }
    struct live_box *const large[] = {&live->seat_box, &live->seat_work, &live->out, &live->staged,
                                      &live->taken};
    for (size_t i = 0; status == SPILL_OK && i < sizeof large / sizeof large[0]; i++) {
        status = live_box_create(large[i], LIVE_QUEUE_BYTES);
    }
    struct live_box *const commands[] = {&live->command_box, &live->command_work};
    for (size_t i = 0; status == SPILL_OK && i < sizeof commands / sizeof commands[0]; i++) {
        status = live_box_create(commands[i], LIVE_COMMAND_BYTES);
    }
    return status;
}

static enum spill_status live_open_session(struct live *live,
                                           void (*on_progress)(uint64_t done, uint64_t total,
                                                               void *context),
                                           void *progress_context, struct spill_error *error) {
    struct session_options options = live->options.session;
    options.seats = (struct session_seats){
        .send = live_send, .settle = live_settle, .same_process = true, .context = live};
    options.on_output = live_on_output;
    options.context = live;
    const enum spill_status status =
        live->options.resume
            ? session_resume(&options, on_progress, progress_context, &live->session, error)
            : session_open(&options, &live->session, error);
    if (status != SPILL_OK) {
        return status;
    }
    for (size_t i = 0; i < live->seat_count; i++) {
        const struct cell_ref cell = {(uint32_t)i};
        struct cell_now now;
        exercise_cell(session_exercise(live->session), cell, &now);
        live->seats[i] = (struct live_seat){
            .committed = session_seat_position(live->session, cell),
            .received = session_seat_received(live->session, cell),
            .delivered = session_seat_delivered_told(live->session, cell),
            .linked = now.connected,
        };
        live->told[i].received = live->seats[i].received;
    }
    const struct exercise *const exercise = session_exercise(live->session);
    live->clock = live_clock_of(live->session, exercise_now_ms(exercise));
    return SPILL_OK;
}

static void live_make_locks(struct live *live) {
    pthread_condattr_t monotonic;
    const int attributes = pthread_condattr_init(&monotonic);
    SPILL_ASSERT(attributes == 0);
    const int clock = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    SPILL_ASSERT(clock == 0);
    const int mutex = pthread_mutex_init(&live->mutex, NULL);
    SPILL_ASSERT(mutex == 0);
    const int wake = pthread_cond_init(&live->wake, &monotonic);
    SPILL_ASSERT(wake == 0);
    const int drained = pthread_cond_init(&live->drained, &monotonic);
    SPILL_ASSERT(drained == 0);
    pthread_condattr_destroy(&monotonic);
}

enum spill_status live_open(const struct live_options *options,
                            void (*on_progress)(uint64_t done, uint64_t total, void *context),
                            void *progress_context, struct live **live, struct spill_error *error) {
    SPILL_ASSERT(options->loop != NULL);
    SPILL_ASSERT(options->session.record_path != NULL);
    struct live *opened = spill_alloc(1, sizeof *opened);
    if (opened == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    const struct scenario *const scenario = options->session.scenario;
    opened->options = *options;
    opened->seat_count = script_cell_count(scenario_script(scenario));
    opened->tick_ms = network_tick_ms(scenario_network(scenario));
    opened->end_ms = scenario_duration_ms(scenario) / opened->tick_ms * opened->tick_ms;
    live_make_locks(opened);
    enum spill_status status = live_create_parts(opened);
    if (status != SPILL_OK) {
        spill_fail(error, status, "%s", spill_status_words(status));
    } else {
        status = live_open_session(opened, on_progress, progress_context, error);
    }
    if (status == SPILL_OK && uv_async_init(options->loop, &opened->bell, live_on_bell) != 0) {
        status = spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    if (status != SPILL_OK) {
        live_free(opened);
        return status;
    }
    opened->bell.data = opened;
    if (pthread_create(&opened->thread, NULL, live_model, opened) != 0) {
        uv_close((uv_handle_t *)&opened->bell, live_bell_closed);
        return spill_fail(error, SPILL_MEMORY, "there can be no more threads");
    }
    opened->thread_running = true;
    *live = opened;
    return SPILL_OK;
}

void live_listen(struct live *live, const struct live_events *events) {
    pthread_mutex_lock(&live->mutex);
    SPILL_ASSERT(!live->started);
    SPILL_ASSERT(live->listener_count < LIVE_LISTENERS_MAX);
    live->listeners[live->listener_count++] = *events;
    pthread_mutex_unlock(&live->mutex);
}

void live_start(struct live *live) {
    pthread_mutex_lock(&live->mutex);
    live->started = true;
    pthread_cond_signal(&live->wake);
    pthread_mutex_unlock(&live->mutex);
}

void live_close(struct live **live, void (*on_closed)(void *context), void *context) {
    struct live *const closed = *live;
    *live = NULL;
    closed->on_closed = on_closed;
    closed->closed_context = context;
    pthread_mutex_lock(&closed->mutex);
    closed->closing = true;
    pthread_cond_signal(&closed->wake);
    pthread_mutex_unlock(&closed->mutex);
}
