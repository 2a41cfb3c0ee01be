/* SPDX-License-Identifier: Apache-2.0 */
/* The side of a web that is on the model thread: it takes in what happens and prints documents. */
#include <stdio.h>
#include <string.h>

#include "coordinator/control/replay.h"
#include "coordinator/control/web_parts.h"

/* ---- Documents ---- */

/* Makes an event of what the writer holds and puts it in the queue. */
static void web_put(struct web *web, enum web_document kind, enum overview_role role,
                    uint64_t after) {
    static const char *const names[] = {"delta", "delta", "state"};
    const char *json = NULL;
    size_t json_bytes = 0;
    struct web_item item = {
        .kind = kind, .role = role, .after = after, .sequence = overview_sequence(web->overview)};
    enum spill_status status = writer_finish(web->writer, &json, &json_bytes);
    if (status == SPILL_OK) {
        status = http_event_create(item.sequence, names[kind], json, json_bytes, &item.event);
    }
    writer_clear(web->writer);
    if (status != SPILL_OK) {
        web->failed = true;
        return;
    }
    uv_mutex_lock(&web->lock);
    SPILL_ASSERT(web->item_count < WEB_QUEUE_MAX);
    web->items[web->item_count++] = item;
    uv_mutex_unlock(&web->lock);
    (void)uv_async_send(&web->doorbell);
}

/* Room for so many documents, and who looks on. */
static bool web_may_tell(struct web *web, size_t documents, bool watched[OVERVIEW_ROLE_COUNT]) {
    uv_mutex_lock(&web->lock);
    bool any = false;
    for (int i = 0; i < OVERVIEW_ROLE_COUNT; i++) {
        watched[i] = web->watchers[i] > 0;
        any = any || watched[i];
    }
    const bool room = WEB_QUEUE_MAX - web->item_count >= documents;
    web->owed = web->owed || (any && !room);
    uv_mutex_unlock(&web->lock);
    return any && room && !web->failed;
}

static void web_owe(struct web *web) {
    uv_mutex_lock(&web->lock);
    web->owed = true;
    uv_mutex_unlock(&web->lock);
    (void)uv_async_send(&web->doorbell);
}

/* What the loop knows of the seats, and for whom time waits: for a robot that it waited for a look
 * ago, at the same time of the exercise. */
static void web_take_seats(struct web *web, struct session *session) {
    const int64_t now_ms = exercise_now_ms(session_exercise(session));
    uv_mutex_lock(&web->lock);
    overview_disk(web->overview, web->disk_bytes);
    for (uint32_t i = 0; i < web->cell_count; i++) {
        const struct cell_ref cell = {i};
        struct overview_seat seat = web->seats[i];
        const bool awaited = session_seat_awaited(session, cell);
        seat.awaited = awaited && web->awaited_ms[i] == now_ms;
        web->awaited_ms[i] = awaited ? now_ms : -1;
        overview_seat(web->overview, cell, &seat);
    }
    uv_mutex_unlock(&web->lock);
}

/* Prints what changed since the last time, for those who look on. */
static void web_tell(struct web *web, struct session *session, bool all,
                     const bool watched[OVERVIEW_ROLE_COUNT]) {
    struct exercise *const exercise = session_exercise(session);
    const int64_t now_us = web_monotonic_us();
    all = all || now_us - web->all_us >= WEB_ALL_MS * INT64_C(1000);
    if (all) {
        web_take_seats(web, session);
        web->all_us = now_us;
    }
    web->told_us = now_us;
    if (!overview_look(web->overview, exercise, all, web_wall_us())) {
        return;
    }
    for (int i = 0; i < OVERVIEW_ROLE_COUNT && !web->failed; i++) {
        if (watched[i]) {
            overview_print_delta(web->overview, exercise, (enum overview_role)i, web->writer);
            web_put(web, WEB_DELTA, (enum overview_role)i, 0);
        }
    }
    if (!all) {
        web_owe(web); /* The sums, which are not told each time. */
    }
}

/* ---- On the model thread ---- */

void web_on_output(const struct output *output, void *context) {
    struct web *const web = context;
    if (!web->failed && overview_take(web->overview, output, web_wall_us()) != SPILL_OK) {
        web->failed = true;
    }
    if (output->kind == OUTPUT_REFUSED) {
        uv_mutex_lock(&web->lock);
        struct web_refusal *const refusal = &web->refusals[web->refusal_count++ % WEB_REFUSALS_MAX];
        refusal->refusal = output->refused.refusal;
        snprintf(refusal->text, sizeof refusal->text, "%s", output->refused.text);
        uv_mutex_unlock(&web->lock);
    }
}

void web_on_turn(struct session *session, uint64_t sequence, void *context) {
    struct web *const web = context;
    bool watched[OVERVIEW_ROLE_COUNT];
    overview_mark(web->overview, sequence);
    if (!web_may_tell(web, OVERVIEW_ROLE_COUNT, watched)) {
        return;
    }
    if (web_monotonic_us() - web->told_us < WEB_DELTA_MS * INT64_C(1000)) {
        web_owe(web);
        return;
    }
    web_tell(web, session, false, watched);
}

void web_work_tell(struct session *session, uint64_t sequence, void *context) {
    struct web *const web = context;
    bool watched[OVERVIEW_ROLE_COUNT];
    overview_mark(web->overview, sequence);
    if (web_may_tell(web, OVERVIEW_ROLE_COUNT, watched)) {
        web_tell(web, session, false, watched);
    }
}

/* First what changed, to those who have a state; then the new state. So the queue's order is all
 * that a page needs. */
void web_work_snapshot(struct session *session, uint64_t sequence, void *context) {
    struct web_snapshot *const snapshot = context;
    struct web *const web = snapshot->web;
    bool watched[OVERVIEW_ROLE_COUNT];
    overview_mark(web->overview, sequence);
    if (!web_may_tell(web, snapshot->resume_count + 2 * OVERVIEW_ROLE_COUNT, watched)) {
        return; /* It is asked for again. */
    }
    web_tell(web, session, true, watched);
    for (size_t i = 0; i < snapshot->resume_count && !web->failed; i++) {
        const enum overview_role role = snapshot->resumes[i].role;
        const uint64_t after = snapshot->resumes[i].after;
        if (overview_print_missed(web->overview, role, after, web->writer) > 0) {
            web_put(web, WEB_MISSED, role, after);
        }
        writer_clear(web->writer);
    }
    for (int i = 0; i < OVERVIEW_ROLE_COUNT && !web->failed; i++) {
        if (snapshot->roles[i]) {
            overview_print_state(web->overview, session_exercise(session), (enum overview_role)i,
                                 web->writer);
            web_put(web, WEB_STATE, (enum overview_role)i, 0);
        }
    }
}

/* ---- Before the live starts ---- */

enum spill_status web_take_recorded(struct web *web, struct spill_error *error) {
    struct replay *replay = NULL;
    struct replay_walk *walk = NULL;
    struct replay_event event;
    enum spill_status status = replay_open(web->options.record_path, NULL, &replay, error);
    if (status == SPILL_OK) {
        status = replay_walk_open(replay, 0, &walk);
    }
    while (status == SPILL_OK) {
        status = replay_walk_next(walk, &event, error);
        if (status == SPILL_OK && event.output != NULL) {
            status = overview_take(web->overview, event.output, event.record->utc_us);
        }
        if (status == SPILL_OK) {
            overview_mark(web->overview, event.record->sequence);
        }
    }
    replay_walk_close(&walk);
    replay_close(&replay);
    return status == SPILL_NOT_FOUND ? SPILL_OK : status;
}
