/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/hub.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/control/hub_parts.h"

int64_t hub_now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

static int64_t hub_utc_ms(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- What people are told ---- */

void hub_changed(struct hub *hub) {
    if (hub->options.on_change != NULL) {
        hub->options.on_change(hub->options.context);
    }
}

void hub_log(struct hub *hub, const char *format, ...) {
    char words[SPILL_ERROR_TEXT_BYTES + SPILL_ID_BYTES_MAX + 16];
    if (hub->options.on_log == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    hub->options.on_log(words, hub->options.context);
}

void hub_raise(struct hub *hub, const struct hub_seat *seat, enum frame_reason reason, bool halted,
               const char *words) {
    struct hub_alarm *const alarm = &hub->alarms[hub->alarm_count % HUB_ALARMS_MAX];
    *alarm = (struct hub_alarm){
        .number = ++hub->alarm_count,
        .utc_ms = hub_utc_ms(),
        .has_cell = seat != NULL,
        .cell = seat != NULL ? seat->cell : (struct cell_ref){0},
        .reason = reason,
        .halted = halted,
    };
    snprintf(alarm->words, sizeof alarm->words, "%s", words);
    hub_log(hub, "%s%s%s", seat != NULL ? seat->id : "", seat != NULL ? ": " : "", alarm->words);
    hub_changed(hub);
}

/* ---- Turns of the loop ---- */

static void hub_on_work(uv_idle_t *work) {
    struct hub *const hub = work->data;
    bool any = false;
    for (size_t i = 0; i < hub->seat_count; i++) {
        struct hub_seat *const seat = &hub->seats[i];
        if (seat->dirty) {
            seat->dirty = false;
            hub_seat_pump(seat);
            any = any || seat->dirty;
        }
    }
    hub_fetch_next(hub);
    if (!any) {
        uv_idle_stop(work);
    }
}

void hub_touch(struct hub_seat *seat) {
    seat->dirty = true;
    if (!seat->hub->closing && !uv_is_active((uv_handle_t *)&seat->hub->work)) {
        uv_idle_start(&seat->hub->work, hub_on_work);
    }
}

/* Whoever was revoked, or is past the last moment, leaves now. */
static void hub_judge(struct hub *hub) {
    const int64_t now_s = hub_utc_ms() / 1000;
    for (size_t i = 0; i < hub->seat_count; i++) {
        struct hub_seat *const seat = &hub->seats[i];
        if (!seat->has_key) {
            continue;
        }
        const enum roster_verdict verdict = roster_judge(hub->roster, seat->key, seat->id, now_s);
        const struct roster_entry *const entry = roster_find(hub->roster, seat->key);
        if (verdict == ROSTER_ADMITTED && (entry->role == ROSTER_ROBOT) == seat->robot) {
            continue;
        }
        const struct frame bye = {
            .kind = FRAME_BYE,
            .session = stream_session(seat->stream),
            .epoch = hub->kept.epoch,
            .start = hub->kept.start,
            .end = {.reason = FRAME_REASON_NOT_ENROLLED,
                    .text = frame_reason_words(FRAME_REASON_NOT_ENROLLED)},
        };
        if (stream_session(seat->stream) != 0) {
            (void)hub_send(hub, seat->peer, &bye); /* It notices later, if there is no room. */
        }
        seat->has_key = seat->has_node = false;
        stream_lost(seat->stream, hub_now_us());
        hub_raise(hub, seat, FRAME_REASON_NOT_ENROLLED, false,
                  verdict == ROSTER_ADMITTED ? "its node has another role now"
                                             : roster_verdict_words(verdict));
        hub_touch(seat);
    }
}

static void hub_on_timer(uv_timer_t *timer) {
    struct hub *const hub = timer->data;
    const int64_t now_us = hub_now_us();
    for (size_t i = 0; i < hub->seat_count; i++) {
        hub_seat_tick(&hub->seats[i], now_us);
    }
    if (now_us - hub->judge_us > INT64_C(1000) * HUB_JUDGE_MS) {
        hub->judge_us = now_us;
        hub_judge(hub);
    }
    hub_fetch_next(hub);
}

/* ---- From the live ---- */

static void hub_on_live_message(struct cell_ref cell, const struct stream_durable *position,
                                const struct stream_message *message, void *context) {
    struct hub *const hub = context;
    struct hub_seat *const seat = &hub->seats[cell.index];
    recent_put(hub->recent, cell, &position->position, message);
    seat->committed = position->position.sequence;
    stream_committed(seat->stream, *position);
    hub_touch(seat);
}

static void hub_on_live_input(struct cell_ref cell, const struct stream_durable *position,
                              void *context) {
    struct hub *const hub = context;
    struct hub_seat *const seat = &hub->seats[cell.index];
    if (position->position.sequence <= seat->handed) {
        stream_stored(seat->stream, *position);
    } else if (hub_seat_reset(seat) != SPILL_OK) {
        /* What an earlier stream had handed over is durable: this one must begin behind it. */
        hub_raise(hub, seat, FRAME_REASON_NONE, true, "out of memory");
    }
    hub_touch(seat);
}

static void hub_on_live_settle(struct cell_ref cell, int64_t now_ms, void *context) {
    struct hub *const hub = context;
    struct hub_seat *const seat = &hub->seats[cell.index];
    seat->clock = hub->clock;
    seat->clock.exercise_ms = now_ms;
    seat->announce = true;
    seat->asked_us = seat->asked_us < 0 ? hub_now_us() : seat->asked_us;
    hub_touch(seat);
}

static void hub_on_live_clock(const struct stream_clock *clock, void *context) {
    struct hub *const hub = context;
    const int64_t now_us = hub_now_us();
    const bool other =
        clock->state != hub->clock.state || clock->speed_permille != hub->clock.speed_permille;
    const bool fast =
        clock->speed_permille == 0 && now_us - hub->announce_us > INT64_C(1000) * HUB_ANNOUNCE_MS;
    hub->clock = *clock;
    hub->clock_us = now_us;
    if (!other && !fast) {
        return;
    }
    hub->announce_us = now_us;
    for (size_t i = 0; i < hub->seat_count; i++) {
        struct hub_seat *const seat = &hub->seats[i];
        if (seat->robot) {
            seat->clock.state = clock->state;
            seat->clock.speed_permille = clock->speed_permille;
        } else {
            seat->announce = true;
            hub_touch(seat);
        }
    }
}

static void hub_on_live_ended(enum spill_status status, const struct spill_error *error,
                              void *context) {
    struct hub *const hub = context;
    if (status != SPILL_OK) {
        hub_raise(hub, NULL, FRAME_REASON_STORE, true, error->text);
    }
    hub->ended = hub->clock.state == FRAME_CLOCK_ENDED;
    hub->live = NULL;
}

/* ---- From the socket ---- */

enum spill_status hub_send(struct hub *hub, struct loop_peer peer, const struct frame *frame) {
    size_t size_bytes = 0;
    const enum spill_status encoded = wire_encode(frame, hub->frame, FRAME_BYTES_MAX, &size_bytes);
    SPILL_ASSERT(encoded == SPILL_OK);
    return loop_socket_send(hub->socket, peer, hub->frame, size_bytes);
}

/* Turns somebody away who has no seat. Not often: whoever it is will try again. */
static void hub_refuse(struct hub *hub, struct loop_peer peer, uint64_t session,
                       enum frame_reason reason) {
    const int64_t now_us = hub_now_us();
    if (now_us - hub->refuse_us < INT64_C(1000) * HUB_REFUSE_EVERY_MS) {
        return;
    }
    hub->refuse_us = now_us;
    const struct frame frame = {
        .kind = FRAME_REFUSE,
        .session = session,
        .epoch = hub->kept.epoch,
        .start = hub->kept.start,
        .end = {.major = FRAME_MAJOR,
                .minor = FRAME_MINOR,
                .reason = reason,
                .text = frame_reason_words(reason)},
    };
    (void)hub_send(hub, peer, &frame);
}

/* Says that somebody was turned away, not too often. */
static void hub_tell_stranger(struct hub *hub, const uint8_t key[SEAL_KEY_BYTES], const char *where,
                              const char *why) {
    const int64_t now_us = hub_now_us();
    if (hub->testing || now_us - hub->stranger_us < INT64_C(1000) * HUB_STRANGER_EVERY_MS) {
        return;
    }
    hub->stranger_us = now_us;
    char fingerprint[SEAL_FINGERPRINT_BYTES];
    char words[SPILL_ERROR_TEXT_BYTES];
    snprintf(words, sizeof words, "turned away: %s, key %s: %s", where,
             seal_fingerprint(key, fingerprint), why);
    hub_raise(hub, NULL, FRAME_REASON_NOT_ENROLLED, false, words);
}

static bool hub_admit(const uint8_t key[LOOP_SOCKET_KEY_BYTES], const char *address,
                      void *context) {
    struct hub *const hub = context;
    const enum roster_verdict verdict = roster_judge(hub->roster, key, NULL, hub_utc_ms() / 1000);
    if (verdict != ROSTER_ADMITTED) {
        hub_tell_stranger(hub, key, address, roster_verdict_words(verdict));
    }
    return verdict == ROSTER_ADMITTED && !hub->closing;
}

static struct hub_seat *hub_seat_of(struct hub *hub, struct loop_peer peer) {
    for (size_t i = 0; i < hub->seat_count; i++) {
        if (hub->seats[i].has_node && hub->seats[i].peer.number == peer.number) {
            return &hub->seats[i];
        }
    }
    return NULL;
}

/* The node with this key has the seat from now on. */
static void hub_seat_take(struct hub *hub, struct hub_seat *seat, struct loop_peer peer,
                          const uint8_t key[SEAL_KEY_BYTES]) {
    uint8_t cell_key[SEAL_KEY_BYTES];
    const struct roster_entry *const entry = roster_find(hub->roster, key);
    SPILL_ASSERT(entry != NULL);
    /* A connection has one seat. */
    struct hub_seat *const before = hub_seat_of(hub, peer);
    if (before != NULL && before != seat) {
        before->has_node = false;
        stream_lost(before->stream, hub_now_us());
        hub_touch(before);
    }
    const bool robot = entry->role == ROSTER_ROBOT;
    if (robot != seat->robot) {
        seat->robot = robot;
        seat->clock.state = hub->clock.state;
        seat->clock.speed_permille = hub->clock.speed_permille;
    }
    seat->has_node = seat->has_key = true;
    seat->peer = peer;
    memcpy(seat->key, key, SEAL_KEY_BYTES);
    seal_cell_key(hub->secrets.sealing, seat->id, cell_key);
    seal_box_close(&hub->secrets.server, key, hub->kept.exercise, seat->id, cell_key, seat->box);
    seal_wipe(cell_key, sizeof cell_key);
}

static void hub_on_hello(struct hub *hub, struct loop_peer peer, const uint8_t key[SEAL_KEY_BYTES],
                         const struct frame *frame) {
    struct cell_ref cell = {0};
    if (frame->hello.major != FRAME_MAJOR) {
        hub_refuse(hub, peer, frame->session, FRAME_REASON_VERSION);
        return;
    }
    const enum roster_verdict verdict =
        roster_judge(hub->roster, key, frame->hello.cell, hub_utc_ms() / 1000);
    if (verdict != ROSTER_ADMITTED) {
        const bool cells = verdict == ROSTER_OTHER_CELL;
        hub_refuse(hub, peer, frame->session,
                   cells ? FRAME_REASON_CELL : FRAME_REASON_NOT_ENROLLED);
        hub_tell_stranger(hub, key, frame->hello.cell, roster_verdict_words(verdict));
        return;
    }
    if (script_find_cell(scenario_script(hub->options.scenario), frame->hello.cell, &cell) !=
        SPILL_OK) {
        hub_refuse(hub, peer, frame->session, FRAME_REASON_CELL);
        hub_tell_stranger(hub, key, frame->hello.cell, "there is no such cell in this exercise");
        return;
    }
    struct hub_seat *const seat = &hub->seats[cell.index];
    if (seat->ended) {
        hub_refuse(hub, peer, frame->session, FRAME_REASON_BAD_FRAME);
        return;
    }
    stream_receive(seat->stream, hub_now_us(), peer.number, frame);
    if (stream_session(seat->stream) == frame->session &&
        stream_connection(seat->stream) == peer.number) {
        hub_seat_take(hub, seat, peer, key);
    }
    hub_seat_pump(seat);
}

static void hub_on_message(struct loop_peer peer, const uint8_t key[LOOP_SOCKET_KEY_BYTES],
                           const uint8_t *bytes, size_t size_bytes, void *context) {
    struct hub *const hub = context;
    struct frame frame;
    struct spill_error error = {0};
    if (hub->closing) {
        return;
    }
    struct hub_seat *const seat = hub_seat_of(hub, peer);
    const bool theirs = seat != NULL && memcmp(seat->key, key, SEAL_KEY_BYTES) == 0;
    if (wire_decode(hub->wire, bytes, size_bytes, &frame, &error) != SPILL_OK) {
        if (theirs) {
            hub_raise(hub, seat, FRAME_REASON_BAD_FRAME, false, error.text);
            stream_receive_bad(seat->stream, hub_now_us(), peer.number);
            hub_seat_pump(seat);
        }
    } else if (frame.kind == FRAME_HELLO) {
        hub_on_hello(hub, peer, key, &frame);
    } else if (theirs && !seat->ended) {
        stream_receive(seat->stream, hub_now_us(), peer.number, &frame);
        hub_seat_pump(seat);
    } else if (frame.kind != FRAME_BYE && frame.kind != FRAME_REFUSE) {
        hub_refuse(hub, peer, frame.session, FRAME_REASON_HELLO_AGAIN);
    }
    wire_reset(hub->wire);
}

/* ---- The roster ---- */

enum spill_status hub_reload_roster(struct hub *hub, struct spill_error *error) {
    struct roster *roster = NULL;
    const enum spill_status status = roster_load(hub->roster_path, &roster, error);
    if (status != SPILL_OK) {
        return status;
    }
    roster_destroy(&hub->roster);
    hub->roster = roster;
    hub_judge(hub);
    return SPILL_OK;
}

static void hub_on_watch(uv_fs_poll_t *watch, int failed, const uv_stat_t *before,
                         const uv_stat_t *after) {
    struct hub *const hub = watch->data;
    struct spill_error error = {0};
    (void)before;
    (void)after;
    if (failed != 0) {
        hub_raise(hub, NULL, FRAME_REASON_NONE, false,
                  "the roster cannot be read; the one before stays");
    } else if (hub_reload_roster(hub, &error) != SPILL_OK) {
        hub_raise(hub, NULL, FRAME_REASON_NONE, false, error.text);
    } else {
        hub_log(hub, "the roster was read again: %zu nodes", roster_count(hub->roster));
    }
}

/* ---- Opening ---- */

static enum spill_status hub_create_parts(struct hub *hub) {
    const struct hub_options *const options = &hub->options;
    const size_t path_bytes = strlen(options->roster_path) + 1;
    hub->seat_count = script_cell_count(scenario_script(options->scenario));
    hub->roster_path = spill_alloc(path_bytes, 1);
    hub->scratch = spill_alloc(STREAM_SCRATCH_BYTES, 1);
    hub->frame = spill_alloc(FRAME_BYTES_MAX, 1);
    hub->alarms = spill_alloc(HUB_ALARMS_MAX, sizeof *hub->alarms);
    hub->batch.bytes = spill_alloc(BACKLOG_BYTES, 1);
    if (hub->roster_path == NULL || hub->scratch == NULL || hub->frame == NULL ||
        hub->alarms == NULL || hub->batch.bytes == NULL) {
        return SPILL_MEMORY;
    }
    memcpy(hub->roster_path, options->roster_path, path_bytes);
    enum spill_status status = wire_create(&hub->wire);
    if (status == SPILL_OK) {
        status = recent_create(hub->seat_count, HUB_RECENT_BYTES, &hub->recent);
    }
    if (status == SPILL_OK) {
        status = backlog_create(options->scenario, options->record_path, &hub->backlog);
    }
    return status;
}

static enum spill_status hub_create_seats(struct hub *hub) {
    memcpy(hub->kept.exercise, live_meta(hub->live)->exercise_id, FRAME_EXERCISE_BYTES);
    hub->kept.epoch = hub->secrets.epoch;
    hub->kept.start = hub->secrets.start;
    hub->clock = live_clock(hub->live);
    hub->clock_us = hub_now_us();
    hub->seats = spill_alloc(hub->seat_count, sizeof *hub->seats);
    enum spill_status status = hub->seats == NULL ? SPILL_MEMORY : SPILL_OK;
    for (size_t i = 0; status == SPILL_OK && i < hub->seat_count; i++) {
        status = hub_seat_create(hub, &hub->seats[i], (struct cell_ref){(uint32_t)i});
    }
    return status;
}

static enum spill_status hub_bind(struct hub *hub, struct spill_error *error) {
    const char *const wanted = hub->options.bind;
    const size_t wanted_bytes = strlen(wanted);
    const bool any = wanted_bytes > 2 && strcmp(wanted + wanted_bytes - 2, ":0") == 0;
    struct loop_socket_options options = {
        .kind = LOOP_SOCKET_ROUTER,
        .endpoint = any && hub->secrets.endpoint[0] != '\0' ? hub->secrets.endpoint : wanted,
        .message_bytes_max = FRAME_BYTES_MAX,
        .on_message = hub_on_message,
        .context = hub,
    };
    memcpy(options.public_key, hub->secrets.server.public_key, SEAL_KEY_BYTES);
    memcpy(options.secret_key, hub->secrets.server.secret_key, SEAL_KEY_BYTES);
    enum spill_status status =
        loop_context_open(hub->options.loop, hub_admit, hub, &hub->context, error);
    if (status == SPILL_OK) {
        status = loop_socket_open(hub->context, &options, &hub->socket, error);
    }
    seal_wipe(options.secret_key, sizeof options.secret_key);
    if (status == SPILL_OK) {
        hub->testing = true;
        status = loop_socket_self_test(hub->socket, error);
        hub->testing = false;
    }
    if (status != SPILL_OK) {
        return status;
    }
    snprintf(hub->secrets.endpoint, sizeof hub->secrets.endpoint, "%s",
             loop_socket_endpoint(hub->socket));
    return hub_secrets_keep(live_secrets(hub->live), &hub->secrets, error);
}

/* Whoever was linked when the recording was left will be back: time waits for robots among them. */
static void hub_expect(struct hub *hub) {
    for (size_t i = 0; i < hub->seat_count; i++) {
        struct hub_seat *const seat = &hub->seats[i];
        if (!live_linked(hub->live, seat->cell)) {
            continue;
        }
        seat->joined = true;
        seat->lost_us = hub_now_us();
        for (size_t at = 0; at < roster_count(hub->roster); at++) {
            const struct roster_entry *const entry = roster_entry(hub->roster, at);
            seat->robot = seat->robot || (entry->role == ROSTER_ROBOT && !entry->revoked &&
                                          roster_has_cell(entry, seat->id));
        }
        if (seat->robot) {
            seat->tell |= HUB_TELL_JOIN;
            hub_seat_tell(seat);
        }
    }
}

static void hub_listen(struct hub *hub) {
    const struct live_events events = {
        .on_message = hub_on_live_message,
        .on_input = hub_on_live_input,
        .on_settle = hub_on_live_settle,
        .on_clock = hub_on_live_clock,
        .on_ended = hub_on_live_ended,
        .context = hub,
    };
    live_listen(hub->live, &events);
    uv_timer_start(&hub->timer, hub_on_timer, HUB_TICK_MS, HUB_TICK_MS);
    uv_fs_poll_start(&hub->watch, hub_on_watch, hub->roster_path, HUB_ROSTER_MS);
}

static void hub_init_handles(struct hub *hub) {
    uv_loop_t *const loop = hub->options.loop;
    const int timer = uv_timer_init(loop, &hub->timer);
    SPILL_ASSERT(timer == 0);
    const int work = uv_idle_init(loop, &hub->work);
    SPILL_ASSERT(work == 0);
    const int watch = uv_fs_poll_init(loop, &hub->watch);
    SPILL_ASSERT(watch == 0);
    hub->timer.data = hub->work.data = hub->watch.data = hub;
    hub->handle_count = 3;
}

enum spill_status hub_open(const struct hub_options *options, struct hub **hub,
                           struct spill_error *error) {
    SPILL_ASSERT(options->live != NULL);
    SPILL_ASSERT(options->roster_path != NULL);
    struct hub *opened = spill_alloc(1, sizeof *opened);
    if (opened == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    opened->options = *options;
    opened->live = options->live;
    if (opened->options.robot_patience_ms == 0) {
        opened->options.robot_patience_ms = HUB_ROBOT_PATIENCE_MS;
    }
    hub_init_handles(opened);
    enum spill_status status = hub_create_parts(opened);
    if (status != SPILL_OK) {
        spill_fail(error, status, "%s", spill_status_words(status));
    } else {
        status = roster_load(options->roster_path, &opened->roster, error);
    }
    if (status == SPILL_OK) {
        status = hub_secrets_open(live_secrets(opened->live), &opened->secrets, error);
    }
    if (status == SPILL_OK) {
        status = hub_create_seats(opened);
        if (status != SPILL_OK) {
            spill_fail(error, status, "%s", spill_status_words(status));
        }
    }
    if (status == SPILL_OK) {
        status = hub_bind(opened, error);
    }
    if (status != SPILL_OK) {
        hub_close(&opened, NULL, NULL);
        return status;
    }
    hub_listen(opened);
    hub_expect(opened);
    *hub = opened;
    return SPILL_OK;
}

/* ---- Closing ---- */

static void hub_free(struct hub *hub) {
    void (*const on_closed)(void *context) = hub->on_closed;
    void *const context = hub->closed_context;
    for (size_t i = 0; hub->seats != NULL && i < hub->seat_count; i++) {
        hub_seat_destroy(&hub->seats[i]);
    }
    free(hub->seats);
    free(hub->roster_path);
    free(hub->scratch);
    free(hub->frame);
    free(hub->alarms);
    free(hub->batch.bytes);
    wire_destroy(&hub->wire);
    recent_destroy(&hub->recent);
    backlog_destroy(&hub->backlog);
    roster_destroy(&hub->roster);
    hub_secrets_close(&hub->secrets);
    free(hub);
    if (on_closed != NULL) {
        on_closed(context);
    }
}

void hub_gone(struct hub *hub) {
    if (--hub->handle_count > 0) {
        return;
    }
    if (hub->context != NULL) {
        loop_context_close(&hub->context);
    }
    hub_free(hub);
}

static void hub_on_handle_closed(uv_handle_t *handle) {
    hub_gone(handle->data);
}

static void hub_on_socket_closed(void *context) {
    hub_gone(context);
}

static void hub_close_handles(struct hub *hub) {
    uv_close((uv_handle_t *)&hub->timer, hub_on_handle_closed);
    uv_close((uv_handle_t *)&hub->work, hub_on_handle_closed);
    uv_close((uv_handle_t *)&hub->watch, hub_on_handle_closed);
    if (hub->socket != NULL) {
        hub->handle_count++;
        loop_socket_close(&hub->socket, hub_on_socket_closed, hub);
    }
}

static void hub_on_goodbye(uv_timer_t *timer) {
    hub_close_handles(timer->data);
}

void hub_close(struct hub **hub, void (*on_closed)(void *context), void *context) {
    struct hub *const closed = *hub;
    *hub = NULL;
    const enum frame_reason reason = closed->ended ? FRAME_REASON_ENDED : FRAME_REASON_CLOSING;
    const bool goodbye = closed->socket != NULL && hub_open_count(closed) > 0;
    closed->on_closed = on_closed;
    closed->closed_context = context;
    closed->closing = true;
    for (size_t i = 0; closed->socket != NULL && i < closed->seat_count; i++) {
        stream_leave(closed->seats[i].stream, reason);
        hub_seat_pump(&closed->seats[i]);
    }
    uv_idle_stop(&closed->work);
    uv_fs_poll_stop(&closed->watch);
    uv_timer_stop(&closed->timer);
    if (goodbye) {
        /* What a node has not read when its connection ends is lost to it. */
        uv_timer_start(&closed->timer, hub_on_goodbye, HUB_GOODBYE_MS, 0);
    } else {
        hub_close_handles(closed);
    }
}

/* ---- How it stands ---- */

const char *hub_endpoint(const struct hub *hub) {
    return hub->secrets.endpoint;
}

const uint8_t *hub_server_key(const struct hub *hub) {
    return hub->secrets.server.public_key;
}

void hub_readmit(struct hub *hub, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < hub->seat_count);
    struct hub_seat *const seat = &hub->seats[cell.index];
    if (hub->live == NULL) {
        return;
    }
    if (seat->ended && hub_seat_reset(seat) == SPILL_OK) {
        seat->ended = false;
    }
    stream_readmit(seat->stream);
    hub_log(hub, "%s: readmitted", seat->id);
    hub_touch(seat);
    hub_changed(hub);
}

void hub_seat(const struct hub *hub, struct cell_ref cell, struct hub_seat_now *now) {
    SPILL_ASSERT(cell.index < hub->seat_count);
    const struct hub_seat *const seat = &hub->seats[cell.index];
    const enum frame_reason halted = stream_halted(seat->stream);
    const bool stands = seat->ended || halted != FRAME_REASON_NONE;
    const int64_t heard_us = stream_heard_us(seat->stream);
    *now = (struct hub_seat_now){
        .link = stands       ? HUB_HALTED
                : seat->open ? HUB_OPEN
                : seat->ever ? HUB_LOST
                             : HUB_NEVER,
        .reason = halted != FRAME_REASON_NONE ? halted : seat->reason,
        .robot = seat->robot,
        .silent = seat->silent,
        .since_ms = seat->since_us / 1000,
        .heard_ms = heard_us < 0 ? -1 : heard_us / 1000,
        .committed = seat->committed,
        .acknowledged = seat->acknowledged,
        .has_key = seat->has_key,
    };
    memcpy(now->key, seat->key, SEAL_KEY_BYTES);
}

size_t hub_open_count(const struct hub *hub) {
    size_t count = 0;
    for (size_t i = 0; i < hub->seat_count; i++) {
        count += hub->seats[i].open;
    }
    return count;
}

bool hub_is_done(const struct hub *hub) {
    for (size_t i = 0; i < hub->seat_count; i++) {
        const struct hub_seat *const seat = &hub->seats[i];
        if (seat->open && seat->acknowledged < seat->committed) {
            return false;
        }
    }
    return true;
}

uint64_t hub_alarm_count(const struct hub *hub) {
    return hub->alarm_count;
}

bool hub_alarm(const struct hub *hub, uint64_t number, struct hub_alarm *alarm) {
    if (number == 0 || number > hub->alarm_count || hub->alarm_count - number >= HUB_ALARMS_MAX) {
        return false;
    }
    *alarm = hub->alarms[(number - 1) % HUB_ALARMS_MAX];
    return true;
}
