/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/whole_parts.h"
#include "tests/support/memory_disk.h"

static int64_t whole_coordinator_now(const struct whole *whole) {
    return whole->now_us + whole->coordinator.clock_us;
}

/* ---- What the session says ---- */

static void whole_keep_message(struct whole_seat *seat, const struct whole_message *message,
                               const uint8_t *bytes) {
    if (seat->message_count == seat->message_capacity) {
        seat->message_capacity = seat->message_capacity * 2 + 64;
        seat->messages = realloc(seat->messages, seat->message_capacity * sizeof *seat->messages);
        SPILL_ASSERT(seat->messages != NULL);
    }
    struct whole_message *const kept = &seat->messages[seat->message_count++];
    *kept = *message;
    SPILL_ASSERT(kept->position.sequence == seat->message_count);
    kept->bytes = malloc(message->size_bytes);
    SPILL_ASSERT(kept->bytes != NULL);
    memcpy(kept->bytes, bytes, message->size_bytes);
}

static void whole_seat_pump(struct whole *whole, uint32_t cell);

/* A message is durable, says the session: off it goes. */
static void whole_on_send(struct cell_ref cell, const struct session_message *message,
                          void *context) {
    struct whole *const whole = context;
    struct whole_seat *const seat = &whole->coordinator.seats[cell.index];
    const struct whole_message kept = {.position = message->position,
                                       .size_bytes = message->size_bytes,
                                       .kind = message->kind,
                                       .tlp = message->tlp};
    whole_keep_message(seat, &kept, message->bytes);
    stream_committed(seat->stream, (struct stream_durable){message->position});
    whole_seat_pump(whole, cell.index);
}

static void whole_on_settle(struct cell_ref cell, int64_t now_ms, void *context) {
    struct whole *const whole = context;
    whole->coordinator.clock.exercise_ms = now_ms;
    whole->coordinator.seats[cell.index].announce = true;
}

/* Only while a session resumes: all that was ever sent, once more. */
static void whole_on_output(const struct output *output, void *context) {
    struct whole *const whole = context;
    struct cell_ref cell;
    size_t size_bytes = 0;
    if (whole->coordinator.session != NULL || output->kind != OUTPUT_MESSAGE) {
        return;
    }
    const enum spill_status found =
        script_find_cell(scenario_script(whole_scenario()), output->message.cell, &cell);
    SPILL_ASSERT(found == SPILL_OK);
    const enum spill_status encoded =
        output_encode(output, whole->bytes, OUTPUT_BYTES_MAX, &size_bytes);
    SPILL_ASSERT(encoded == SPILL_OK);
    struct whole_seat *const seat = &whole->coordinator.seats[cell.index];
    struct whole_message message = {
        .size_bytes = size_bytes,
        .kind = (uint8_t)output->message.kind,
        .tlp = output->message.kind == MESSAGE_INJECT ? (uint8_t)output->message.inject.tlp : 0};
    if (seat->message_count > 0) {
        message.position = seat->messages[seat->message_count - 1].position;
    }
    frame_position_next(&message.position, whole->bytes, size_bytes);
    whole_keep_message(seat, &message, whole->bytes);
}

static int64_t whole_clock_us(void *context) {
    return whole_coordinator_now(context);
}

/* ---- Life ---- */

static enum spill_status whole_coordinator_open(struct whole *whole, struct spill_error *error) {
    const struct session_options options = {
        .scenario = whole_scenario(),
        .package = whole_package(),
        .record_path = whole->record_path,
        .record_vfs = memory_disk(),
        .clock_us = whole_clock_us,
        .program = "whole",
        .seats = {.send = whole_on_send,
                  .settle = whole_on_settle,
                  .same_process = whole_mutant(whole, WHOLE_MUTANT_SEND_BEFORE_COMMIT),
                  .context = whole},
        .on_output = whole_on_output,
        .context = whole,
    };
    struct session *session = NULL;
    const enum spill_status status = session_resume(&options, NULL, NULL, &session, error);
    whole->coordinator.session = session;
    return status;
}

static void whole_seat_open(struct whole *whole, uint32_t cell) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    struct whole_seat *const seat = &coordinator->seats[cell];
    const struct cell_ref ref = {cell};
    uint8_t master[SEAL_KEY_BYTES] = "master";
    uint8_t key[SEAL_KEY_BYTES];
    seal_cell_key(master, whole_cell(whole, cell), key);
    seal_box_close(&whole->server, whole->keys[cell].public_key, whole->exercise,
                   whole_cell(whole, cell), key, seat->key_box);
    enum spill_status status = seal_create(key, &seat->seal);
    SPILL_ASSERT(status == SPILL_OK);
    seat->cipher = seal_cipher(seat->seal);
    seat->tick_us = INT64_MAX;
    const struct stream_options options = {
        .side = STREAM_COORDINATOR,
        .cell = whole_cell(whole, cell),
        .program = "whole",
        .committed = {session_seat_position(coordinator->session, ref)},
        .received = {session_seat_received(coordinator->session, ref)},
        .acknowledged = session_seat_delivered_told(coordinator->session, ref),
        .kept = coordinator->kept,
        .cipher = &seat->cipher,
        .scratch = whole->scratch,
        .clock = &coordinator->clock,
        .key_box = seat->key_box,
        .key_box_bytes = sizeof seat->key_box,
        .window_messages = whole->window_messages,
    };
    status = stream_create(&options, &seat->stream);
    SPILL_ASSERT(status == SPILL_OK);
    SPILL_ASSERT(options.committed.position.sequence == seat->message_count);
    seat->input_count = options.received.position.sequence;
}

void whole_coordinator_start(struct whole *whole) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    SPILL_ASSERT(!coordinator->alive);
    const uint64_t epoch = coordinator->epoch == 0 ? 1 : coordinator->epoch;
    *coordinator =
        (struct whole_coordinator){.alive = true,
                                   .epoch = epoch + (sim_permille(&whole->chance, 150) ? 1 : 0),
                                   .clock_us = (int64_t)sim_below(&whole->chance, 1000000000)};
    whole->result->epochs = coordinator->epoch;
    struct spill_error error = {{0}};
    const enum spill_status status = whole_coordinator_open(whole, &error);
    if (status != SPILL_OK) {
        whole_trouble(whole, 0, status, &error);
        return;
    }
    struct recording_summary summary;
    recording_summary(session_recording(coordinator->session), &summary);
    coordinator->kept.epoch = coordinator->epoch;
    coordinator->kept.start = summary.count[RECORD_OPENED];
    memcpy(coordinator->kept.exercise, whole->exercise, FRAME_EXERCISE_BYTES);
    coordinator->clock.exercise_ms = exercise_now_ms(session_exercise(coordinator->session));
    coordinator->clock.state =
        (enum frame_clock)exercise_clock(session_exercise(coordinator->session));
    whole_trace(whole, "coordinator starts, epoch %llu start %llu, %llu records, %lld ms",
                (unsigned long long)coordinator->kept.epoch,
                (unsigned long long)coordinator->kept.start, (unsigned long long)summary.records,
                (long long)coordinator->clock.exercise_ms);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        whole_seat_open(whole, cell);
        struct cell_now now;
        exercise_cell(session_exercise(coordinator->session), (struct cell_ref){cell}, &now);
        if (now.connected && !whole_mutant(whole, WHOLE_MUTANT_FORGET_ROBOTS)) {
            /* It was there and may come back; a robot is waited for. */
            session_seat_join(coordinator->session, (struct cell_ref){cell}, whole->robot[cell]);
        }
    }
    whole_coordinator_turn(whole);
}

void whole_coordinator_stop(struct whole *whole) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    coordinator->alive = false;
    session_close(&coordinator->session);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        struct whole_seat *const seat = &coordinator->seats[cell];
        stream_destroy(&seat->stream);
        seal_destroy(&seat->seal);
        for (size_t i = 0; i < seat->message_count; i++) {
            free(seat->messages[i].bytes);
        }
        free(seat->messages);
        *seat = (struct whole_seat){.stream = NULL};
    }
}

/* ---- What the streams say ---- */

static void whole_seat_input(struct whole *whole, uint32_t cell,
                             const struct stream_action *action) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    struct spill_error error = {{0}};
    const enum spill_status status =
        session_seat_input(coordinator->session, (struct cell_ref){cell}, &action->position,
                           action->bytes, action->size_bytes, &error);
    if (status != SPILL_OK) {
        whole_fail(whole, "the session does not take input %llu of %s: %s",
                   (unsigned long long)action->sequence, whole_cell(whole, cell), error.text);
    }
    coordinator->seats[cell].input_count = action->sequence;
    if (whole_mutant(whole, WHOLE_MUTANT_TAKE_BEFORE_COMMIT)) {
        stream_stored(coordinator->seats[cell].stream, (struct stream_durable){action->position});
    }
}

static void whole_seat_grant(struct whole *whole, uint32_t cell) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    struct stream_grant grant;
    if (stream_granted(coordinator->seats[cell].stream, &grant)) {
        session_seat_grant(coordinator->session, (struct cell_ref){cell},
                           &(struct session_grant){.after = grant.received,
                                                   .said = grant.committed,
                                                   .at_ms = grant.exercise_ms,
                                                   .quiet_until_ms = grant.until_ms});
    }
}

static void whole_seat_brief(struct whole *whole, uint32_t cell, uint32_t part) {
    struct stream *const stream = whole->coordinator.seats[cell].stream;
    const size_t chunk_bytes = whole->brief_sizes[cell] / WHOLE_BRIEF_PARTS + 1;
    const size_t at = part * chunk_bytes;
    const uint32_t part_count =
        (uint32_t)((whole->brief_sizes[cell] + chunk_bytes - 1) / chunk_bytes);
    if (!whole->robot[cell] || part >= part_count) {
        stream_brief(stream, part, 0, NULL, 0);
        return;
    }
    const size_t left_bytes = whole->brief_sizes[cell] - at;
    stream_brief(stream, part, part_count, whole->brief_bytes[cell] + at,
                 left_bytes < chunk_bytes ? left_bytes : chunk_bytes);
}

static void whole_seat_supply(struct whole_seat *seat, uint64_t sequence) {
    SPILL_ASSERT(sequence <= seat->message_count);
    const struct whole_message *const message = &seat->messages[sequence - 1];
    stream_supply(seat->stream, &(struct stream_message){.sequence = sequence,
                                                         .bytes = message->bytes,
                                                         .size_bytes = message->size_bytes,
                                                         .kind = message->kind,
                                                         .tlp = message->tlp});
}

static void whole_seat_act(struct whole *whole, uint32_t cell, const struct stream_action *action) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    struct whole_seat *const seat = &coordinator->seats[cell];
    const struct cell_ref ref = {cell};
    switch (action->kind) {
    case STREAM_SEND: {
        const enum spill_status sent =
            whole_send(whole, true, cell, action->connection, action->frame);
        if (sent == SPILL_AGAIN) {
            stream_unsent(seat->stream, whole_coordinator_now(whole));
        } else if (sent == SPILL_UNAVAILABLE &&
                   stream_connection(seat->stream) == action->connection) {
            stream_lost(seat->stream, whole_coordinator_now(whole));
        }
        break;
    }
    case STREAM_ASK:
        whole_seat_supply(seat, action->sequence);
        break;
    case STREAM_ASK_HEAD:
        SPILL_ASSERT(action->sequence > 0 && action->sequence <= seat->message_count);
        stream_head(seat->stream, action->sequence,
                    seat->messages[action->sequence - 1].position.head);
        break;
    case STREAM_COMMIT:
        whole_seat_input(whole, cell, action);
        break;
    case STREAM_ACKNOWLEDGED:
        session_seat_delivered(coordinator->session, ref, action->position.sequence);
        break;
    case STREAM_ASK_SNAPSHOT:
        stream_no_snapshot(seat->stream);
        break;
    case STREAM_ASK_BRIEF:
        whole_seat_brief(whole, cell, action->part);
        break;
    case STREAM_GRANTED:
        whole_seat_grant(whole, cell);
        break;
    case STREAM_LINK:
        if (action->open && !seat->joined) {
            seat->joined = true;
            session_seat_join(coordinator->session, ref, whole->robot[cell]);
        }
        break;
    case STREAM_ALARM:
        whole_alarm(whole, "the coordinator", action);
        break;
    default:
        whole_fail(whole, "the coordinator is told to do what is not its part");
        break;
    }
}

static void whole_seat_pump(struct whole *whole, uint32_t cell) {
    struct whole_seat *const seat = &whole->coordinator.seats[cell];
    struct stream_action action;
    while (!whole->result->failed && !whole_is_dark(whole, 0) &&
           stream_next(seat->stream, whole_coordinator_now(whole), &action)) {
        whole_seat_act(whole, cell, &action);
    }
    const int64_t due_us = stream_due_us(seat->stream);
    const int64_t tick_us = due_us == INT64_MAX ? INT64_MAX : due_us - whole->coordinator.clock_us;
    if (tick_us != seat->tick_us && tick_us != INT64_MAX) {
        whole_schedule(whole, tick_us > whole->now_us ? tick_us - whole->now_us : 0,
                       WHOLE_EVENT_TICK, 0, cell);
    }
    seat->tick_us = tick_us;
}

/* ---- Turns ---- */

/* Inputs that are recorded now are acknowledged, robots are asked. */
static void whole_coordinator_tell(struct whole *whole) {
    struct whole_coordinator *const coordinator = &whole->coordinator;
    coordinator->clock.exercise_ms = exercise_now_ms(session_exercise(coordinator->session));
    coordinator->clock.state =
        (enum frame_clock)exercise_clock(session_exercise(coordinator->session));
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        struct whole_seat *const seat = &coordinator->seats[cell];
        const struct stream_durable received = {
            session_seat_received(coordinator->session, (struct cell_ref){cell})};
        if (received.position.sequence > stream_received(seat->stream).sequence) {
            stream_stored(seat->stream, received);
        }
        if (seat->announce) {
            seat->announce = false;
            stream_announce(seat->stream);
        }
        whole_seat_pump(whole, cell);
    }
}

/* Until when the exercise may run by now. */
static int64_t whole_until_ms(const struct whole *whole) {
    const int64_t tick_ms = network_tick_ms(scenario_network(whole_scenario()));
    if (whole->started_us < 0) {
        return 0;
    }
    const int64_t since_us = whole->now_us - whole->started_us;
    return since_us >= whole->pace_us
               ? whole->horizon_ms
               : whole->horizon_ms / 1000 * since_us / whole->pace_us * 1000 / tick_ms * tick_ms;
}

void whole_coordinator_turn(struct whole *whole) {
    struct spill_error error = {{0}};
    SPILL_ASSERT(!whole->coordinator.busy);
    whole->coordinator.busy = true;
    const enum spill_status status =
        session_run(whole->coordinator.session, whole_until_ms(whole), &error);
    whole->coordinator.busy = false;
    if (status != SPILL_OK) {
        whole_trouble(whole, 0, status, &error);
    } else if (!whole_is_dark(whole, 0)) {
        whole_coordinator_tell(whole);
    }
}

/* ---- Exercise control ---- */

static bool whole_all_joined(const struct whole *whole) {
    const struct exercise *const exercise = session_exercise(whole->coordinator.session);
    for (uint32_t cell = 0; cell < whole->cell_count; cell++) {
        struct cell_now now;
        exercise_cell(exercise, (struct cell_ref){cell}, &now);
        if (!now.connected) {
            return false;
        }
    }
    return true;
}

/* What exercise control would do now; false: nothing. */
static bool whole_next_command(struct whole *whole, struct input *input) {
    const struct exercise *const exercise = session_exercise(whole->coordinator.session);
    *input = (struct input){.who = {WHO_CONTROL, "excon"}, .clock = {.why = ""}};
    switch (exercise_clock(exercise)) {
    case CLOCK_NOT_STARTED:
        input->kind = INPUT_START;
        return whole_all_joined(whole);
    case CLOCK_RUNNING:
        if (exercise_now_ms(exercise) >= whole->horizon_ms) {
            input->kind = INPUT_END;
            return session_awaited(whole->coordinator.session) == 0;
        }
        input->kind = INPUT_PAUSE;
        return whole->commands > 0 && whole->commands-- > 0;
    case CLOCK_PAUSED:
        input->kind = INPUT_RESUME;
        return true;
    default:
        return false;
    }
}

void whole_coordinator_command(struct whole *whole) {
    struct input input;
    struct spill_error error = {{0}};
    const bool started =
        exercise_clock(session_exercise(whole->coordinator.session)) != CLOCK_NOT_STARTED;
    if (started && whole->started_us < 0) {
        whole->started_us = whole->now_us;
    }
    if (!whole_next_command(whole, &input)) {
        return;
    }
    whole_trace(whole, "exercise control: %s", input_kind_name(input.kind));
    whole->coordinator.busy = true;
    uint64_t sequence = 0;
    enum spill_status status =
        session_record(whole->coordinator.session, &input, &sequence, &error);
    if (status == SPILL_OK) {
        status = session_apply_recorded(whole->coordinator.session, &input, &error);
    }
    whole->coordinator.busy = false;
    if (status != SPILL_OK) {
        whole_trouble(whole, 0, status, &error);
        return;
    }
    whole_coordinator_turn(whole);
}

/* ---- Events ---- */

void whole_coordinator_receive(struct whole *whole, uint32_t cell, uint64_t connection,
                               const struct frame *frame) {
    struct whole_seat *const seat = &whole->coordinator.seats[cell];
    stream_receive(seat->stream, whole_coordinator_now(whole), connection, frame);
    whole_seat_pump(whole, cell);
    if (!whole->result->failed && !whole_is_dark(whole, 0)) {
        whole_coordinator_turn(whole);
    }
}

void whole_coordinator_tick(struct whole *whole, uint32_t cell) {
    struct whole_seat *const seat = &whole->coordinator.seats[cell];
    if (seat->tick_us <= whole->now_us) {
        seat->tick_us = INT64_MAX;
        stream_tick(seat->stream, whole_coordinator_now(whole));
        whole_seat_pump(whole, cell);
    }
}
