/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model thread. It commits what it records itself, once for all that a turn did, instead of
 * handing it to a thread of its own: whatever a turn did may leave only when it is durable, so
 * everybody would wait for that thread anyway, and the next turn would find nothing new to do.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/control/live_parts.h"

enum {
    LIVE_STEP_LONG_US = 50000,  /* A slice that took longer is halved, */
    LIVE_STEP_SHORT_US = 10000, /* and one that took less doubled. */
    LIVE_ANCHOR_US = 60000000,  /* The anchor moves on by so much. */
    LIVE_OBEY_MAX = 64,         /* Commands that share a commit. */
};
#define LIVE_STEP_MAX_MS (INT64_C(1) << 40)
enum { LIVE_SPEED_PERMILLE = 1000 }; /* Of an exercise to which nobody said one. */

static const char LIVE_WHO[] = "clock";

int64_t live_now_us(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct stream_clock live_clock_of(struct session *session, int64_t exercise_ms) {
    const struct exercise *const exercise = session_exercise(session);
    const bool jumps = exercise_jump_ms(exercise) >= 0;
    return (struct stream_clock){
        .exercise_ms = exercise_ms,
        .speed_permille = jumps ? 0 : exercise_speed_permille(exercise),
        .state = (enum frame_clock)exercise_clock(exercise),
    };
}
_Static_assert((int)FRAME_CLOCK_NOT_STARTED == (int)CLOCK_NOT_STARTED, "the same clocks");
_Static_assert((int)FRAME_CLOCK_RUNNING == (int)CLOCK_RUNNING, "the same clocks");
_Static_assert((int)FRAME_CLOCK_PAUSED == (int)CLOCK_PAUSED, "the same clocks");
_Static_assert((int)FRAME_CLOCK_ENDED == (int)CLOCK_ENDED, "the same clocks");

static const struct exercise *live_exercise(const struct live *live) {
    return session_exercise(live->session);
}

/* Notes that the session failed: it does nothing more. Refusals are no failure. */
static void live_check(struct live *live, enum spill_status status,
                       const struct spill_error *error) {
    if (status == SPILL_OK || status == SPILL_REFUSED || live->broken != SPILL_OK) {
        return;
    }
    live->broken = status;
    pthread_mutex_lock(&live->mutex);
    live->failed = true;
    live->status = status;
    live->words = *error;
    pthread_mutex_unlock(&live->mutex);
}

/* ---- To the loop ---- */

/* Gives what is staged, and durable, to the loop; waits for the loop when it has too much. */
static void live_push(struct live *live) {
    struct live_box *const staged = &live->staged;
    pthread_mutex_lock(&live->mutex);
    while (staged->size_bytes > live->out.capacity_bytes - live->out.size_bytes) {
        uv_async_send(&live->bell);
        pthread_cond_wait(&live->drained, &live->mutex);
    }
    if (live->out.count == 0) {
        const struct live_box empty = live->out;
        live->out = *staged;
        *staged = empty;
    } else if (staged->size_bytes > 0) {
        memcpy(live->out.bytes + live->out.size_bytes, staged->bytes, staged->size_bytes);
        live->out.size_bytes += staged->size_bytes;
        live->out.count += staged->count;
    }
    pthread_mutex_unlock(&live->mutex);
    staged->size_bytes = staged->at_bytes = staged->count = 0;
    uv_async_send(&live->bell);
}

/* Keeps an item until what it tells is durable. */
static void live_stage(struct live *live, const struct live_item *item, const void *bytes) {
    if (live_box_put(&live->staged, live->staged.capacity_bytes, item, bytes)) {
        return;
    }
    struct spill_error error = {0};
    const enum spill_status status = session_keep(live->session, &error);
    live_check(live, status, &error);
    if (status != SPILL_OK) {
        return; /* Nothing leaves any more. */
    }
    live_push(live);
    const bool put = live_box_put(&live->staged, live->staged.capacity_bytes, item, bytes);
    SPILL_ASSERT(put);
}

void live_send(struct cell_ref cell, const struct session_message *message, void *context) {
    const struct live_item item = {
        .kind = LIVE_MESSAGE,
        .cell = cell,
        .size_bytes = message->size_bytes,
        .message = {.position = message->position, .kind = message->kind, .tlp = message->tlp}};
    live_stage(context, &item, message->bytes);
}

void live_settle(struct cell_ref cell, int64_t now_ms, void *context) {
    live_stage(context, &(struct live_item){.kind = LIVE_SETTLE, .cell = cell, .now_ms = now_ms},
               NULL);
}

/* After a commit: which inputs of cells are on the disk. */
static void live_stage_stored(struct live *live) {
    for (uint32_t i = 0; i < live->seat_count; i++) {
        const struct frame_position received =
            session_seat_received(live->session, (struct cell_ref){i});
        if (received.sequence != live->told[i].received.sequence) {
            live->told[i].received = received;
            live_stage(live,
                       &(struct live_item){.kind = LIVE_STORED, .cell = {i}, .position = received},
                       NULL);
        }
    }
}

static void live_reply(struct live *live, const struct live_item *command, enum spill_status status,
                       uint64_t sequence, const char *words) {
    struct live_item item = *command;
    item.kind = LIVE_REPLY;
    item.size_bytes = strlen(words) + 1;
    item.command.status = status;
    item.command.sequence = sequence;
    live_stage(live, &item, words);
}

/* Everything staged is durable: out with it, and with the clock if that has changed. */
static void live_publish(struct live *live, int64_t now_us, int64_t exercise_ms) {
    if (live->broken == SPILL_OK) {
        live_stage_stored(live);
    }
    const struct stream_clock clock = live_clock_of(live->session, exercise_ms);
    pthread_mutex_lock(&live->mutex);
    const bool other =
        clock.state != live->said.state || clock.speed_permille != live->said.speed_permille;
    const bool later = clock.exercise_ms != live->said.exercise_ms &&
                       now_us - live->clock_us >= INT64_C(1000) * LIVE_SLICE_MS;
    if (other || later) {
        live->said = clock;
        live->clock_changed = true;
        live->clock_us = now_us;
    }
    const bool news = live->clock_changed || live->failed;
    pthread_mutex_unlock(&live->mutex);
    if (news || live->staged.count > 0) {
        live_push(live);
    }
}

void live_on_output(const struct output *output, void *context) {
    struct live *const live = context;
    if (output->kind == OUTPUT_REFUSED) {
        snprintf(live->refused, sizeof live->refused, "%s", output->refused.text);
        spill_utf8_trim(live->refused);
    }
    for (size_t i = 0; i < live->listener_count; i++) {
        const struct live_events *const events = &live->listeners[i];
        if (events->on_output != NULL) {
            events->on_output(output, events->context);
        }
    }
}

static void live_tell_turn(struct live *live, int64_t now_us) {
    live->turn_us = now_us;
    const uint64_t sequence = recording_durable(session_recording(live->session));
    for (size_t i = 0; i < live->listener_count; i++) {
        const struct live_events *const events = &live->listeners[i];
        if (events->on_turn != NULL) {
            events->on_turn(live->session, sequence, events->context);
        }
    }
}

/* ---- Time ---- */

static bool live_is_fast(const struct live *live) {
    return live->paced_permille == 0;
}

/* From when on, and from where, time runs as it does now. */
static void live_anchor(struct live *live, int64_t now_us) {
    live->anchor_us = now_us;
    live->anchor_ms = exercise_now_ms(live_exercise(live));
    live->stalled_us = -1;
}

/* Notices that clock or speed changed. */
static void live_pace(struct live *live, int64_t now_us) {
    const struct exercise *const exercise = live_exercise(live);
    const enum clock_state state = exercise_clock(exercise);
    const int64_t permille =
        exercise_jump_ms(exercise) >= 0 ? 0 : exercise_speed_permille(exercise);
    if (state != live->paced_state || permille != live->paced_permille) {
        live->paced_state = state;
        live->paced_permille = permille;
        live_anchor(live, now_us);
    }
}

/* Where exercise time should be. */
static int64_t live_target_ms(struct live *live, int64_t now_us) {
    const struct exercise *const exercise = live_exercise(live);
    const int64_t now_ms = exercise_now_ms(exercise);
    if (exercise_clock(exercise) != CLOCK_RUNNING) {
        return now_ms;
    }
    int64_t target_ms = live->end_ms;
    if (!live_is_fast(live)) {
        while (now_us - live->anchor_us >= LIVE_ANCHOR_US) {
            live->anchor_us += LIVE_ANCHOR_US;
            live->anchor_ms += LIVE_ANCHOR_US / 1000000 * live->paced_permille;
        }
        target_ms = live->anchor_ms + (now_us - live->anchor_us) * live->paced_permille / 1000000;
    } else if (exercise_jump_ms(exercise) >= 0) {
        target_ms = exercise_jump_ms(exercise);
    }
    target_ms = target_ms < live->end_ms ? target_ms : live->end_ms;
    target_ms = target_ms / live->tick_ms * live->tick_ms;
    return target_ms > now_ms ? target_ms : now_ms;
}

/* When exercise time at_ms is there; paced. */
static int64_t live_wall_us(const struct live *live, int64_t at_ms) {
    const int64_t ahead_ms = at_ms - live->anchor_ms;
    if (ahead_ms > INT64_MAX / 1000000 / 2) {
        return INT64_MAX;
    }
    return live->anchor_us + (ahead_ms * 1000000 + live->paced_permille - 1) / live->paced_permille;
}

/* Lets time run towards until_ms, as far as one slice and the robots let it. */
static void live_run(struct live *live, int64_t until_ms) {
    struct spill_error error = {0};
    const int64_t before_ms = exercise_now_ms(live_exercise(live));
    const int64_t step_ms = before_ms + live->step_ms;
    const int64_t began_us = live_now_us();
    const enum spill_status status =
        session_run(live->session, until_ms < step_ms ? until_ms : step_ms, &error);
    live_check(live, status, &error);
    const int64_t took_us = live_now_us() - began_us;
    const int64_t now_ms = exercise_now_ms(live_exercise(live));
    if (now_ms > before_ms) {
        live->advanced_us = began_us;
    }
    if (took_us > LIVE_STEP_LONG_US && live->step_ms > live->tick_ms) {
        live->step_ms = live->step_ms / 2 / live->tick_ms * live->tick_ms;
        live->step_ms = live->step_ms > 0 ? live->step_ms : live->tick_ms;
    } else if (took_us < LIVE_STEP_SHORT_US && now_ms == step_ms &&
               live->step_ms < LIVE_STEP_MAX_MS) {
        live->step_ms *= 2;
    }
}

/* Time that had to wait does not race afterwards. */
static void live_note_stall(struct live *live, int64_t now_us) {
    if (session_awaited(live->session) > 0) {
        live->stalled_us = live->stalled_us < 0 ? now_us : live->stalled_us;
    } else if (live->stalled_us >= 0) {
        if (now_us - live->stalled_us > INT64_C(1000) * LIVE_LAG_MS) {
            live_anchor(live, now_us);
        }
        live->stalled_us = -1;
    }
}

static void live_input(struct live *live, const struct input *input) {
    struct spill_error error = {0};
    if (live->broken == SPILL_OK) {
        live_check(live, session_apply(live->session, input, &error), &error);
    }
}

/* ---- What came in ---- */

static void live_feed_input(struct live *live, const struct live_item *item) {
    struct spill_error error = {0};
    enum spill_status status = SPILL_AGAIN;
    for (int i = 0; status == SPILL_AGAIN && i < 2; i++) {
        status = session_seat_input(live->session, item->cell, &item->position,
                                    live_item_bytes(item), item->size_bytes, &error);
        if (status == SPILL_AGAIN) {
            live_check(live, session_take(live->session, &error), &error);
        }
    }
    SPILL_ASSERT(status == SPILL_OK || live->broken != SPILL_OK); /* It was looked at before. */
}

/* A node may say that it has, or heard, what it was not sent: it says no more than that. */
static void live_feed(struct live *live, const struct live_item *item) {
    const uint64_t sent = session_seat_sent(live->session, item->cell);
    switch (item->kind) {
    case LIVE_JOIN:
        session_seat_join(live->session, item->cell, item->robot);
        break;
    case LIVE_LEAVE:
        session_seat_leave(live->session, item->cell);
        break;
    case LIVE_DELIVERED:
        session_seat_delivered(live->session, item->cell, item->up_to < sent ? item->up_to : sent);
        break;
    case LIVE_GRANT:
        if (item->grant.after <= sent) {
            session_seat_grant(live->session, item->cell, &item->grant);
        }
        break;
    case LIVE_INPUT:
        live_feed_input(live, item);
        break;
    default:
        SPILL_ASSERT(false);
    }
}

static void live_do_call(struct live *live, const struct live_item *item) {
    item->call.work(live->session, recording_durable(session_recording(live->session)),
                    item->call.context);
    struct live_item done = *item;
    done.kind = LIVE_DONE;
    live_stage(live, &done, NULL);
}

static struct input live_decode(struct live *live, const struct live_item *item) {
    struct input input = {0};
    codec_arena_reset(live->model_arena);
    const enum spill_status decoded =
        input_decode(live_item_bytes(item), item->size_bytes, live->model_arena, &input, NULL);
    SPILL_ASSERT(decoded == SPILL_OK); /* It was encoded here. */
    return input;
}

/* Commands that came together are recorded in one commit, before the first acts. */
static void live_obey(struct live *live, const struct live_item *const *items, size_t count) {
    uint64_t sequences[LIVE_OBEY_MAX] = {0};
    struct spill_error error = {0};
    for (size_t i = 0; live->broken == SPILL_OK && i < count; i++) {
        const struct input input = live_decode(live, items[i]);
        live_check(live, session_record(live->session, &input, &sequences[i], &error), &error);
    }
    for (size_t i = 0; i < count; i++) {
        if (live->broken != SPILL_OK) {
            live_reply(live, items[i], live->broken, 0, live->words.text);
            continue;
        }
        const struct input input = live_decode(live, items[i]);
        live->refused[0] = '\0';
        const enum spill_status status = session_apply_recorded(live->session, &input, &error);
        live_check(live, status, &error);
        live_reply(live, items[i], status, sequences[i],
                   status == SPILL_REFUSED ? live->refused
                   : status == SPILL_OK    ? ""
                                           : error.text);
    }
}

/* Commands and calls, in the order in which they came. */
static void live_obey_all(struct live *live) {
    struct live_box *const box = &live->command_work;
    for (const struct live_item *next = live_box_peek(box); next != NULL;
         next = live_box_peek(box)) {
        const struct live_item *items[LIVE_OBEY_MAX];
        size_t count = 0;
        for (; next != NULL && next->kind == LIVE_COMMAND && count < LIVE_OBEY_MAX;
             next = live_box_peek(box)) {
            items[count++] = live_box_take(box);
        }
        live_obey(live, items, count);
        if (next != NULL && next->kind != LIVE_COMMAND) {
            SPILL_ASSERT(next->kind == LIVE_CALL);
            live_do_call(live, live_box_take(box));
        }
    }
    (void)live_box_take(box); /* It is empty. */
}

/* Takes the boxes; false: nothing came in. */
static bool live_take_boxes(struct live *live) {
    pthread_mutex_lock(&live->mutex);
    struct live_box *const pairs[][2] = {{&live->seat_box, &live->seat_work},
                                         {&live->command_box, &live->command_work}};
    for (size_t i = 0; i < 2; i++) {
        const struct live_box empty = *pairs[i][1];
        *pairs[i][1] = *pairs[i][0];
        *pairs[i][0] = empty;
    }
    pthread_mutex_unlock(&live->mutex);
    return live->seat_work.count + live->command_work.count > 0;
}

/* ---- The thread ---- */

/* One turn: what came in, at the time at which it came; then time. */
static void live_turn(struct live *live, bool closing) {
    int64_t now_us = live_now_us();
    const bool news = live_take_boxes(live);
    live_pace(live, now_us);
    int64_t target_ms = live_target_ms(live, now_us);
    if (news && !live_is_fast(live) && live->broken == SPILL_OK &&
        target_ms > exercise_now_ms(live_exercise(live))) {
        live_run(live, target_ms);
    }
    for (const struct live_item *item = live_box_take(&live->seat_work); item != NULL;
         item = live_box_take(&live->seat_work)) {
        if (live->broken == SPILL_OK) {
            live_feed(live, item);
        }
    }
    live_obey_all(live);
    if (live->broken == SPILL_OK) {
        now_us = live_now_us();
        live_pace(live, now_us);
        target_ms = live_target_ms(live, now_us);
        const int64_t now_ms = exercise_now_ms(live_exercise(live));
        const bool due = live_is_fast(live) || session_next_ms(live->session) <= target_ms ||
                         target_ms == live->end_ms ||
                         now_us - live->advanced_us >= INT64_C(1000) * LIVE_QUIET_MS;
        live_run(live, due && !closing ? target_ms : now_ms);
        live_pace(live, now_us);
        live_note_stall(live, now_us);
    }
    const struct exercise *const exercise = live_exercise(live);
    if (!closing && live->broken == SPILL_OK && exercise_clock(exercise) == CLOCK_RUNNING &&
        exercise_now_ms(exercise) >= live->end_ms && session_awaited(live->session) == 0) {
        live_input(live, &(struct input){.kind = INPUT_END,
                                         .who = {.kind = WHO_CONTROL, .id = LIVE_WHO},
                                         .clock = {.why = "its time is over"}});
        live_pace(live, now_us);
    }
    const bool shown = !live_is_fast(live) && live->stalled_us < 0;
    live_publish(live, now_us, shown ? live_target_ms(live, now_us) : exercise_now_ms(exercise));
}

/* Whether exercise time could go on at once. */
static bool live_may_go_on(const struct live *live) {
    const struct exercise *const exercise = live_exercise(live);
    return live->broken == SPILL_OK && live_is_fast(live) &&
           exercise_clock(exercise) == CLOCK_RUNNING && session_awaited(live->session) == 0;
}

/* When the thread must look again, should nothing come in. */
static int64_t live_due_us(struct live *live, bool turn_waits, int64_t now_us) {
    if (live_may_go_on(live)) {
        return now_us;
    }
    int64_t due_us = now_us + INT64_C(1000) * LIVE_QUIET_MS;
    if (turn_waits && live->turn_us + INT64_C(1000) * LIVE_TURN_MS < due_us) {
        due_us = live->turn_us + INT64_C(1000) * LIVE_TURN_MS;
    }
    const struct exercise *const exercise = live_exercise(live);
    if (live->broken == SPILL_OK && exercise_clock(exercise) == CLOCK_RUNNING &&
        !live_is_fast(live) && session_awaited(live->session) == 0) {
        int64_t next_ms = session_next_ms(live->session);
        next_ms = next_ms < live->end_ms ? next_ms : live->end_ms;
        const int64_t wall_us = live_wall_us(live, next_ms);
        due_us = wall_us < due_us ? wall_us : due_us;
    }
    return due_us;
}

/* Waits until something came in, or until due_us. */
static void live_wait(struct live *live, int64_t due_us) {
    const struct timespec until = {.tv_sec = (time_t)(due_us / 1000000),
                                   .tv_nsec = (long)(due_us % 1000000 * 1000)};
    pthread_mutex_lock(&live->mutex);
    while (!live->closing && live->seat_box.count + live->command_box.count == 0 &&
           pthread_cond_timedwait(&live->wake, &live->mutex, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&live->mutex);
}

/* What the thread does first. */
static void live_begin(struct live *live) {
    const struct exercise *const exercise = live_exercise(live);
    live->paced_permille = -1;
    live->stalled_us = -1;
    live->step_ms = live->tick_ms;
    live->advanced_us = live_now_us();
    live->said = live_clock_of(live->session, -1);
    /* A recording may end before the speed that it was to begin with. */
    const bool begins =
        !live->options.resume || (exercise_clock(exercise) == CLOCK_NOT_STARTED &&
                                  exercise_speed_permille(exercise) == LIVE_SPEED_PERMILLE);
    if (begins && live->options.speed_permille != exercise_speed_permille(exercise)) {
        live_input(live, &(struct input){.kind = INPUT_SPEED,
                                         .who = {.kind = WHO_CONTROL, .id = LIVE_WHO},
                                         .speed = {live->options.speed_permille}});
    } else if (live->options.resume && !live->options.run_on &&
               exercise_clock(exercise) == CLOCK_RUNNING) {
        live_input(live, &(struct input){.kind = INPUT_PAUSE,
                                         .who = {.kind = WHO_CONTROL, .id = LIVE_WHO},
                                         .clock = {.why = "the coordinator was started again"}});
    }
}

/* The recording's end, if the exercise has one. */
static void live_finish(struct live *live) {
    struct spill_error error = {0};
    if (live->broken != SPILL_OK) {
        return;
    }
    const bool over = exercise_clock(live_exercise(live)) == CLOCK_ENDED;
    live_check(live,
               over ? session_finish(live->session, &error) : session_keep(live->session, &error),
               &error);
}

void *live_model(void *context) {
    struct live *const live = context;
    pthread_mutex_lock(&live->mutex);
    while (!live->started && !live->closing) {
        pthread_cond_wait(&live->wake, &live->mutex);
    }
    bool closing = live->closing;
    pthread_mutex_unlock(&live->mutex);
    live_begin(live);
    uint64_t told = UINT64_MAX; /* Inputs, when on_turn came last. */
    while (!closing) {
        live_turn(live, false);
        const int64_t now_us = live_now_us();
        const bool changed = session_input_count(live->session) != told;
        const bool idle = !live_may_go_on(live);
        if (changed && live->broken == SPILL_OK &&
            (now_us - live->turn_us >= INT64_C(1000) * LIVE_TURN_MS ||
             (idle && session_awaited(live->session) == 0))) {
            told = session_input_count(live->session);
            live_tell_turn(live, now_us);
        }
        live_wait(live, live_due_us(live, session_input_count(live->session) != told, now_us));
        pthread_mutex_lock(&live->mutex);
        closing = live->closing;
        pthread_mutex_unlock(&live->mutex);
    }
    live_turn(live, true);
    if (session_input_count(live->session) != told && live->broken == SPILL_OK) {
        live_tell_turn(live, live_now_us());
    }
    live_finish(live);
    pthread_mutex_lock(&live->mutex);
    live->finished = true;
    pthread_mutex_unlock(&live->mutex);
    uv_async_send(&live->bell);
    return NULL;
}
