/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/station.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/station_parts.h"

enum { STATION_LOOP_HANDLES = 3 }; /* Timer, idle, socket. */

static int64_t station_now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

/* ---- How it stands ---- */

static void station_set_link(struct station *station, enum station_link link,
                             enum frame_reason reason) {
    if (station->link == link && station->reason == reason) {
        return;
    }
    station->link = link;
    station->reason = reason;
    station->options.events.on_link(link, reason, station->options.events.context);
}

void station_fail(struct station *station, enum spill_status status,
                  const struct spill_error *error) {
    if (station->failed) {
        return;
    }
    station->failed = true;
    (void)uv_idle_stop(&station->work);
    (void)uv_timer_stop(&station->timer);
    station->options.events.on_failed(status, error, station->options.events.context);
}

/* There is something to commit or to show: at the next turn, with whatever else comes in this one.
 */
static void station_on_work(uv_idle_t *idle);
static void station_wake(struct station *station) {
    if (!station->failed) {
        (void)uv_idle_start(&station->work, station_on_work);
    }
}

/* ---- What the stream says ---- */

static void station_give(struct station *station, const struct frame *frame) {
    size_t size_bytes = 0;
    enum spill_status status = wire_encode(frame, station->frame, FRAME_BYTES_MAX, &size_bytes);
    SPILL_ASSERT(status == SPILL_OK);
    status = loop_socket_send(station->socket, (struct loop_peer){0}, station->frame, size_bytes);
    if (status != SPILL_OK) {
        stream_unsent(station->stream, station_now_us());
    }
}

/* A message of the own log. */
static enum spill_status station_supply(struct station *station, uint64_t sequence,
                                        struct spill_error *error) {
    size_t size_bytes = 0;
    const enum spill_status status =
        inbox_read(station->inbox, INBOX_SENT, sequence, station->message, &size_bytes, error);
    if (status == SPILL_OK) {
        /* Encoded inputs say their kind in their second byte; none is classified. */
        const struct stream_message message = {
            .sequence = sequence,
            .bytes = station->message,
            .size_bytes = size_bytes,
            .kind = size_bytes > 1 ? station->message[1] : 0,
        };
        stream_supply(station->stream, &message);
    }
    return status;
}

static enum spill_status station_supply_head(struct station *station, uint64_t sequence,
                                             struct spill_error *error) {
    uint8_t head[FRAME_HEAD_BYTES];
    const enum spill_status status = inbox_head(station->inbox, INBOX_SENT, sequence, head, error);
    if (status == SPILL_OK) {
        stream_head(station->stream, sequence, head);
    }
    return status;
}

/* Remembers the coordinator, before anything else of the session. */
static enum spill_status station_keep(struct station *station, const struct stream_action *action,
                                      struct spill_error *error) {
    uint8_t key[SEAL_KEY_BYTES];
    const bool opens =
        seal_box_open(&station->options.pair, station->options.server_key, action->kept.exercise,
                      station->cell, action->key_box, action->key_box_bytes, key);
    if (opens) {
        seal_set_key(station->seal, key);
        seal_wipe(key, sizeof key);
        inbox_keep(station->inbox, &action->kept);
        const enum spill_status status = inbox_commit(station->inbox, error);
        if (status != SPILL_OK) {
            return status;
        }
    }
    stream_kept(station->stream, &action->kept, opens);
    return SPILL_OK;
}

static enum spill_status station_adopt(struct station *station, const struct stream_action *action,
                                       struct spill_error *error) {
    enum spill_status status = inbox_adopt(station->inbox, &action->position);
    if (status == SPILL_OK) {
        status = inbox_commit(station->inbox, error);
    }
    if (status == SPILL_OK) {
        stream_committed(station->stream, inbox_durable(station->inbox, INBOX_SENT));
    }
    return status;
}

static void station_link_changed(struct station *station, const struct stream_action *action) {
    if (action->open) {
        station->session_before = stream_known(station->stream);
        station_set_link(station, STATION_OPEN, FRAME_REASON_NONE);
        if (station->options.robot && station->robot == NULL) {
            stream_want_brief(station->stream);
        }
    } else if (action->reason == FRAME_REASON_ENDED) {
        station_set_link(station, STATION_ENDED, action->reason);
    } else if (station->link == STATION_OPEN) {
        station_set_link(station, STATION_AWAY, FRAME_REASON_NONE);
    }
}

static void station_alarm(struct station *station, const struct stream_action *action) {
    station_set_link(station, action->halted ? STATION_HALTED : STATION_REFUSED, action->reason);
}

static enum spill_status station_do(struct station *station, const struct stream_action *action,
                                    struct spill_error *error) {
    switch (action->kind) {
    case STREAM_SEND:
        station_give(station, action->frame);
        return SPILL_OK;
    case STREAM_ASK:
        return station_supply(station, action->sequence, error);
    case STREAM_ASK_HEAD:
        return station_supply_head(station, action->sequence, error);
    case STREAM_COMMIT:
        station->dirty = station->robot_due = true;
        return inbox_append(station->inbox, INBOX_RECEIVED, action->bytes, action->size_bytes, NULL,
                            error);
    case STREAM_ACKNOWLEDGED:
        /* Becomes durable with the next commit: less only means that more is compared. */
        inbox_acknowledge(station->inbox, action->position.sequence);
        station->news = true;
        return SPILL_OK;
    case STREAM_KEEP:
        return station_keep(station, action, error);
    case STREAM_ADOPT:
        return station_adopt(station, action, error);
    case STREAM_COMMIT_SNAPSHOT:
        return spill_fail(error, SPILL_REVISION,
                          "the coordinator sent a snapshot, which this version does not know");
    case STREAM_BRIEF:
        station_take_brief(station, action);
        return SPILL_OK;
    case STREAM_TIME:
        station->news = station->robot_due = true;
        return SPILL_OK;
    case STREAM_LINK:
        station_link_changed(station, action);
        return SPILL_OK;
    case STREAM_ALARM:
        station_alarm(station, action);
        return SPILL_OK;
    default:
        return SPILL_OK; /* The coordinator's. */
    }
}

static void station_on_timer(uv_timer_t *timer);

/* Does all that the stream wants, and sees when it wants to be asked again. */
static void station_pump(struct station *station) {
    struct stream_action action;
    struct spill_error error = {0};
    while (!station->failed && stream_next(station->stream, station_now_us(), &action)) {
        const enum spill_status status = station_do(station, &action, &error);
        if (status != SPILL_OK) {
            station_fail(station, status, &error);
        }
    }
    if (station->failed) {
        return;
    }
    if (station->dirty || station->news || station->robot_due) {
        station_wake(station);
    }
    const int64_t due_us = stream_due_us(station->stream);
    if (due_us != INT64_MAX) {
        const int64_t wait_us = due_us - station_now_us();
        (void)uv_timer_start(&station->timer, station_on_timer,
                             wait_us <= 0 ? 0 : (uint64_t)(wait_us + 999) / 1000, 0);
    }
}

static void station_on_timer(uv_timer_t *timer) {
    struct station *const station = timer->data;
    stream_tick(station->stream, station_now_us());
    station_pump(station);
}

/* ---- What the socket says ---- */

static void station_on_frame(struct loop_peer peer, const uint8_t key[LOOP_SOCKET_KEY_BYTES],
                             const uint8_t *bytes, size_t size_bytes, void *context) {
    struct station *const station = context;
    struct frame frame;
    (void)peer;
    (void)key;
    if (station->failed) {
        return;
    }
    if (wire_decode(station->wire, bytes, size_bytes, &frame, NULL) == SPILL_OK) {
        stream_receive(station->stream, station_now_us(), 0, &frame);
    } else {
        stream_receive_bad(station->stream, station_now_us(), 0);
    }
    station_pump(station);
    wire_reset(station->wire);
}

static void station_on_connected(void *context) {
    struct station *const station = context;
    if (!station->failed) {
        stream_connected(station->stream, station_now_us());
        station_pump(station);
    }
}

static void station_on_writable(void *context) {
    struct station *const station = context;
    if (!station->failed) {
        stream_writable(station->stream);
        station_pump(station);
    }
}

static void station_on_refused(void *context) {
    struct station *const station = context;
    if (!station->failed && station->link != STATION_HALTED) {
        station_set_link(station, STATION_REFUSED, FRAME_REASON_NOT_ENROLLED);
    }
}

/* ---- Committing, showing, acting ---- */

static enum spill_status station_commit(struct station *station, struct spill_error *error) {
    if (!station->dirty) {
        return SPILL_OK;
    }
    const enum spill_status status = inbox_commit(station->inbox, error);
    if (status == SPILL_OK) {
        station->dirty = false;
        stream_stored(station->stream, inbox_durable(station->inbox, INBOX_RECEIVED));
        stream_committed(station->stream, inbox_durable(station->inbox, INBOX_SENT));
    }
    return status;
}

/* Shows what is durable and was not shown yet. */
static enum spill_status station_show(struct station *station, struct spill_error *error) {
    const uint64_t up_to = inbox_durable(station->inbox, INBOX_RECEIVED).position.sequence;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && station->shown < up_to && !station->failed) {
        struct station_message message = {.sequence = station->shown + 1,
                                          .bytes = station->exhibit,
                                          .again = station->shown < station->before,
                                          .late = station->shown < station->session_before};
        status = inbox_read(station->inbox, INBOX_RECEIVED, message.sequence, station->exhibit,
                            &message.size_bytes, error);
        if (status == SPILL_OK) {
            station->shown++;
            station->options.events.on_message(&message, station->options.events.context);
        }
    }
    return status;
}

static void station_on_work(uv_idle_t *idle) {
    struct station *const station = idle->data;
    struct spill_error error = {0};
    (void)uv_idle_stop(idle);
    /* What a robot does goes into the same commit as what it heard. */
    enum spill_status status = station_robot_act(station, &error);
    if (status == SPILL_OK) {
        status = station_commit(station, &error);
    }
    if (status == SPILL_OK && station->robot_is_to_grant) {
        station->robot_is_to_grant = false;
        /* What did not fit into this turn was due before: then it grants no time at all. */
        const int64_t quiet_ms = robot_quiet_until_ms(station->robot);
        const int64_t from_ms = station->robot_grant_ms;
        stream_grant(station->stream, from_ms, quiet_ms > from_ms ? quiet_ms : from_ms);
    }
    if (status == SPILL_OK) {
        status = station_show(station, &error);
    }
    if (status != SPILL_OK) {
        station_fail(station, status, &error);
        return;
    }
    if (station->news && !station->failed) {
        station->news = false;
        if (station->options.events.on_time != NULL) {
            station->options.events.on_time(station->options.events.context);
        }
    }
    station_pump(station);
}

enum spill_status station_send(struct station *station, const struct input *input,
                               struct spill_error *error) {
    SPILL_ASSERT(!station->options.robot);
    size_t size_bytes = 0;
    if (station->failed) {
        return spill_fail(error, SPILL_IO, "the node has failed");
    }
    const char *const fault = input_fault(input);
    if (fault != NULL) {
        return spill_fail(error, SPILL_INVALID, "%s", fault);
    }
    enum spill_status status = input_encode(input, station->message, INPUT_BYTES_MAX, &size_bytes);
    if (status != SPILL_OK) {
        return spill_fail(error, SPILL_INVALID, "it is too long");
    }
    status = inbox_append(station->inbox, INBOX_SENT, station->message, size_bytes, NULL, error);
    if (status == SPILL_OK) {
        station->dirty = true;
        status = station_commit(station, error);
    }
    if (status != SPILL_OK) {
        station_fail(station, status, error);
        return status;
    }
    station_pump(station);
    station_wake(station); /* What came with the same commit is to be shown. */
    return SPILL_OK;
}

/* ---- Life ---- */

static enum spill_status station_make_stream(struct station *station) {
    uint64_t chance = 0;
    memcpy(&chance, station->options.pair.public_key, sizeof chance);
    station->cipher = seal_cipher(station->seal);
    const struct stream_options options = {
        .side = STREAM_NODE,
        .cell = station->cell,
        .program = station->options.program,
        .committed = inbox_durable(station->inbox, INBOX_SENT),
        .received = inbox_durable(station->inbox, INBOX_RECEIVED),
        .acknowledged = inbox_acknowledged(station->inbox),
        .kept = inbox_kept(station->inbox),
        .boot = inbox_boot(station->inbox),
        .cipher = &station->cipher,
        .scratch = station->scratch,
        .chance = chance,
    };
    return stream_create(&options, &station->stream);
}

static enum spill_status station_make(struct station *station) {
    station->scratch = spill_alloc(STREAM_SCRATCH_BYTES, 1);
    station->frame = spill_alloc(FRAME_BYTES_MAX, 1);
    station->message = spill_alloc(FRAME_MESSAGE_BYTES_MAX, 1);
    station->exhibit = spill_alloc(FRAME_MESSAGE_BYTES_MAX, 1);
    if (station->scratch == NULL || station->frame == NULL || station->message == NULL ||
        station->exhibit == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = wire_create(&station->wire);
    if (status == SPILL_OK) {
        status = seal_create(NULL, &station->seal);
    }
    return status == SPILL_OK ? station_make_stream(station) : status;
}

static void station_destroy(struct station *station) {
    robot_destroy(&station->robot);
    stream_destroy(&station->stream);
    seal_destroy(&station->seal);
    wire_destroy(&station->wire);
    seal_wipe(&station->options.pair, sizeof station->options.pair);
    free(station->brief);
    free(station->exhibit);
    free(station->message);
    free(station->frame);
    free(station->scratch);
    free(station);
}

static enum spill_status station_call(struct station *station, struct spill_error *error) {
    struct loop_socket_options options = {
        .kind = LOOP_SOCKET_DEALER,
        .endpoint = station->options.endpoint,
        .message_bytes_max = FRAME_BYTES_MAX,
        .on_message = station_on_frame,
        .on_writable = station_on_writable,
        .on_connected = station_on_connected,
        .on_refused = station_on_refused,
        .context = station,
    };
    memcpy(options.public_key, station->options.pair.public_key, SEAL_KEY_BYTES);
    memcpy(options.secret_key, station->options.pair.secret_key, SEAL_KEY_BYTES);
    memcpy(options.server_key, station->options.server_key, SEAL_KEY_BYTES);
    const enum spill_status status =
        loop_socket_open(station->options.context, &options, &station->socket, error);
    seal_wipe(options.secret_key, sizeof options.secret_key);
    return status;
}

enum spill_status station_open(const struct station_options *options, struct station **station,
                               struct spill_error *error) {
    SPILL_ASSERT(options->events.on_message != NULL);
    SPILL_ASSERT(options->events.on_link != NULL);
    SPILL_ASSERT(options->events.on_failed != NULL);
    struct station *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->options = *options;
    made->inbox = options->inbox;
    SPILL_ASSERT(strlen(options->cell) <= SPILL_ID_BYTES_MAX);
    memcpy(made->cell, options->cell, strlen(options->cell));
    made->before = inbox_durable(made->inbox, INBOX_RECEIVED).position.sequence;
    enum spill_status status = station_make(made);
    if (status == SPILL_OK) {
        status = station_call(made, error);
    } else {
        (void)spill_fail(error, status, "out of memory");
    }
    if (status != SPILL_OK) {
        station_destroy(made);
        return status;
    }
    made->timer.data = made->work.data = made;
    (void)uv_timer_init(options->loop, &made->timer);
    (void)uv_idle_init(options->loop, &made->work);
    made->handles_open = STATION_LOOP_HANDLES;
    station_wake(made);
    *station = made;
    return SPILL_OK;
}

static void station_on_part_closed(struct station *station) {
    SPILL_ASSERT(station->handles_open > 0);
    station->handles_open--;
    if (station->handles_open > 0) {
        return;
    }
    void (*const on_closed)(void *context) = station->on_closed;
    void *const context = station->closed_context;
    station_destroy(station);
    if (on_closed != NULL) {
        on_closed(context);
    }
}

static void station_on_handle_closed(uv_handle_t *handle) {
    station_on_part_closed(handle->data);
}

static void station_on_socket_closed(void *context) {
    station_on_part_closed(context);
}

void station_close(struct station **station, void (*on_closed)(void *context), void *context) {
    struct station *const closing = *station;
    if (closing == NULL) {
        return;
    }
    *station = NULL;
    struct stream_action action;
    if (!closing->failed) {
        closing->failed = true; /* No more events. */
        stream_leave(closing->stream, FRAME_REASON_CLOSING);
        while (stream_next(closing->stream, station_now_us(), &action)) {
            if (action.kind == STREAM_SEND) {
                station_give(closing, action.frame);
            }
        }
    }
    closing->on_closed = on_closed;
    closing->closed_context = context;
    loop_socket_close(&closing->socket, station_on_socket_closed, closing);
    uv_close((uv_handle_t *)&closing->timer, station_on_handle_closed);
    uv_close((uv_handle_t *)&closing->work, station_on_handle_closed);
}

/* ---- Reading ---- */

uint64_t station_sent(const struct station *station) {
    return inbox_durable(station->inbox, INBOX_SENT).position.sequence;
}

uint64_t station_acknowledged(const struct station *station) {
    return stream_acknowledged(station->stream);
}

bool station_is_current(const struct station *station) {
    return station->link == STATION_OPEN && station->shown == stream_known(station->stream) &&
           station_acknowledged(station) == station_sent(station);
}

enum station_link station_link(const struct station *station) {
    return station->link;
}

enum frame_reason station_reason(const struct station *station) {
    return station->reason;
}

bool station_clock(const struct station *station, struct station_clock *clock) {
    struct stream_clock said = {0};
    int64_t said_us = 0;
    if (!stream_now(station->stream, &said, &said_us)) {
        return false;
    }
    const struct timing *const timing = stream_timing(station->stream);
    const int64_t now_us = station_now_us();
    *clock = (struct station_clock){
        .state = said.state,
        .now_ms = timing_exercise_ms(timing, now_us, said_us, said.exercise_ms, said.speed_permille,
                                     said.state == FRAME_CLOCK_RUNNING),
        .speed_permille = said.speed_permille,
        .stale = station->link != STATION_OPEN || timing_is_stale(timing, now_us),
    };
    return true;
}
