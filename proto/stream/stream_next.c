/* SPDX-License-Identifier: Apache-2.0 */
/* What a stream wants its user to do next: facts to act on, frames to send, messages to read. */
#include <string.h>

#include "proto/stream/stream_parts.h"

/* A frame of the session, to where the session came from. */
static bool stream_send(struct stream *stream, struct stream_action *action, struct frame frame) {
    const struct stream_kept *const with =
        stream->side == STREAM_NODE ? &stream->met : &stream->kept;
    stream->out = frame;
    if (frame.kind != FRAME_HELLO && frame.kind != FRAME_REFUSE) {
        stream->out.session = stream->session;
        stream->out.epoch = with->epoch;
        stream->out.start = with->start;
    }
    SPILL_ASSERT(frame_fault(&stream->out) == NULL);
    stream->last = frame.kind;
    action->kind = STREAM_SEND;
    action->frame = &stream->out;
    action->connection =
        frame.kind == FRAME_REFUSE ? stream->refuse_connection : stream->connection;
    return true;
}

static struct frame_standing stream_standing_for_ack(const struct stream *stream) {
    struct frame_standing standing = stream->standing;
    if (STREAM_MUTANT(VOLATILE_ACK)) {
        standing.received = stream->accepted;
    }
    return standing;
}

/* Uniform over half to one and a half times the pause, so that nodes do not come in step. */
static int64_t stream_hello_pause_us(const struct stream *stream) {
    const unsigned doublings = stream->hello_count < 16 ? stream->hello_count : 16;
    int64_t pause_us = (int64_t)STREAM_HELLO_FIRST_US << doublings;
    pause_us = pause_us < STREAM_HELLO_LAST_US ? pause_us : STREAM_HELLO_LAST_US;
    uint64_t draw = (stream->chance ^ stream->session) + UINT64_C(0x9E3779B97F4A7C15);
    draw = (draw ^ draw >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    draw = (draw ^ draw >> 27) * UINT64_C(0x94D049BB133111EB);
    draw ^= draw >> 31;
    return pause_us / 2 + (int64_t)(draw % (uint64_t)pause_us);
}

bool stream_hello_is_due(const struct stream *stream, int64_t now_us) {
    const bool phase = stream->phase == STREAM_APART || stream->phase == STREAM_GREETED ||
                       stream->phase == STREAM_OPEN;
    return stream->hello_wanted && phase && now_us >= stream->hello_us;
}

static bool stream_send_hello(struct stream *stream, int64_t now_us, struct stream_action *action) {
    stream_end_session(stream, stream->why);
    stream->session++;
    SPILL_ASSERT((stream->session & UINT32_MAX) != 0);
    stream->phase = STREAM_GREETED;
    stream->hello_us = now_us + stream_hello_pause_us(stream);
    stream->hello_count++;
    struct frame frame = {
        .kind = FRAME_HELLO,
        .session = stream->session,
        .hello = {.major = FRAME_MAJOR,
                  .minor = FRAME_MINOR,
                  .has_exercise = stream->kept.epoch != 0,
                  .cell = stream->cell,
                  .program = stream->program,
                  .standing = stream->standing},
    };
    if (frame.hello.has_exercise) {
        frame.epoch = stream->kept.epoch;
        frame.start = stream->kept.start;
        memcpy(frame.hello.exercise, stream->kept.exercise, FRAME_EXERCISE_BYTES);
    }
    if (STREAM_MUTANT(VOLATILE_HELLO)) {
        frame.hello.standing.received = stream->accepted;
    }
    return stream_send(stream, action, frame);
}

static bool stream_send_welcome(struct stream *stream, struct stream_action *action) {
    stream->welcome_pending = false;
    struct frame frame = {
        .kind = FRAME_WELCOME,
        .welcome = {.major = FRAME_MAJOR,
                    .minor = stream->minor,
                    .readmit = stream->readmitting,
                    .standing = stream->standing,
                    .key_box = stream->key_box,
                    .key_box_bytes = stream->key_box_bytes},
    };
    memcpy(frame.welcome.exercise, stream->kept.exercise, FRAME_EXERCISE_BYTES);
    if (STREAM_MUTANT(VOLATILE_HELLO)) {
        frame.welcome.standing.received = stream->accepted;
    }
    return stream_send(stream, action, frame);
}

static bool stream_send_end(struct stream *stream, struct stream_action *action,
                            enum frame_kind kind) {
    struct frame frame = {
        .kind = kind,
        .end = {.major = FRAME_MAJOR, .minor = FRAME_MINOR, .reason = stream->bye_reason},
    };
    if (kind == FRAME_REFUSE) {
        stream->refuse_pending = false;
        frame.session = stream->refuse_session;
        frame.epoch = stream->kept.epoch;
        frame.start = stream->kept.start;
        frame.end.reason = stream->refuse_reason;
    } else {
        stream->bye_pending = false;
    }
    frame.end.text = frame_reason_words(frame.end.reason);
    return stream_send(stream, action, frame);
}

static bool stream_send_time(struct stream *stream, int64_t now_us, struct stream_action *action) {
    stream->time_pending = false;
    const struct frame frame = {
        .kind = FRAME_TIME,
        .time = {.ask_us = stream->time_ask_us,
                 .answer_us = (uint64_t)now_us,
                 .exercise_ms = stream->clock->exercise_ms,
                 .speed_permille = stream->clock->speed_permille,
                 .clock = stream->clock->state,
                 .committed = stream->standing.committed.sequence,
                 .sent = stream->sent,
                 /* Not judged yet: what the node has is known from before, and nothing is sent. */
                 .acknowledged = stream->acknowledged.sequence < stream->sent
                                     ? stream->acknowledged.sequence
                                     : stream->sent},
    };
    return stream_send(stream, action, frame);
}

static bool stream_send_time_ask(struct stream *stream, int64_t now_us,
                                 struct stream_action *action) {
    const bool busy = stream->sent > stream->acknowledged.sequence ||
                      stream->known > stream->standing.received.sequence;
    stream->ask_us = now_us + (stream->ask_count < 4 ? STREAM_ASK_SOON_US
                               : busy                ? STREAM_ASK_BUSY_US
                                                     : STREAM_ASK_IDLE_US);
    stream->ask_count++;
    const struct frame frame = {
        .kind = FRAME_TIME_ASK,
        .time_ask = {.ask_us = now_us > 0 ? (uint64_t)now_us : 1,
                     .sent = stream->sent,
                     .acknowledged = stream->acknowledged.sequence},
    };
    return stream_send(stream, action, frame);
}

static bool stream_send_quiet(struct stream *stream, struct stream_action *action) {
    stream->quiet_pending = false;
    const struct frame frame = {
        .kind = FRAME_QUIET,
        .quiet = {.exercise_ms = stream->grant.exercise_ms,
                  .until_ms = stream->grant.until_ms,
                  .received = stream->grant.received,
                  .committed = stream->grant.committed},
    };
    return stream_send(stream, action, frame);
}

/* Frames about the session itself; they go out before messages do. */
static bool stream_next_frame(struct stream *stream, int64_t now_us, struct stream_action *action) {
    const bool open = stream->phase == STREAM_OPEN;
    if (stream->refuse_pending) {
        return stream_send_end(stream, action, FRAME_REFUSE);
    }
    /* A node that was never welcomed has nobody to take leave of, nor a coordinator that nobody
     * greeted since its start. */
    stream->bye_pending =
        stream->bye_pending &&
        (stream->side == STREAM_COORDINATOR ? stream->session != 0 : stream->met.epoch != 0);
    if (stream->bye_pending) {
        return stream_send_end(stream, action, FRAME_BYE);
    }
    /* Who begins anew counts on from what it is told: nothing may be on its way to the disk. */
    const bool settled =
        !stream->readmitting || stream->accepted.sequence == stream->standing.received.sequence;
    if (stream->welcome_pending && settled) {
        return stream_send_welcome(stream, action);
    }
    if (stream_hello_is_due(stream, now_us)) {
        return stream_send_hello(stream, now_us, action);
    }
    if (open && stream->ack_pending) {
        stream->ack_pending = false;
        return stream_send(
            stream, action,
            (struct frame){.kind = FRAME_ACK, .ack = stream_standing_for_ack(stream)});
    }
    if (stream->time_pending && stream->phase >= STREAM_JUDGING) {
        return stream_send_time(stream, now_us, action);
    }
    if (open && stream->side == STREAM_NODE && now_us >= stream->ask_us) {
        return stream_send_time_ask(stream, now_us, action);
    }
    if (open && stream->brief_pending && stream->side == STREAM_NODE) {
        stream->brief_pending = false;
        return stream_send(
            stream, action,
            (struct frame){.kind = FRAME_BRIEF_ASK, .brief_ask = {.part = stream->brief_part}});
    }
    if (open && stream->quiet_pending && stream->sent >= stream->grant.committed) {
        return stream_send_quiet(stream, action);
    }
    return false;
}

/* What is asked of the user: a brief's part, or messages, as far as the window allows. */
static bool stream_next_message(struct stream *stream, struct stream_action *action) {
    if (stream->phase != STREAM_OPEN || stream->asked) {
        return false;
    }
    if (stream->brief_pending && stream->side == STREAM_COORDINATOR) {
        stream->brief_pending = false;
        stream->asked = stream->brief_asked = true;
        *action = (struct stream_action){.kind = STREAM_ASK_BRIEF, .part = stream->brief_part};
        return true;
    }
    if (stream->snapshot_wanted) {
        stream->asked = true;
        *action = (struct stream_action){.kind = STREAM_ASK_SNAPSHOT,
                                         .sequence = stream->acknowledged.sequence,
                                         .part = stream->snapshot_part};
        return true;
    }
    const bool room = stream->sent - stream->acknowledged.sequence < stream->window_messages &&
                      stream->window_bytes <= STREAM_WINDOW_BYTES - (size_t)FRAME_MESSAGE_BYTES_MAX;
    if (stream->sent < stream->standing.committed.sequence && (room || STREAM_MUTANT(NO_WINDOW))) {
        stream->asked = true;
        *action = (struct stream_action){.kind = STREAM_ASK, .sequence = stream->sent + 1};
        return true;
    }
    return false;
}

/* What the user must do or should know, before anything is sent. */
static bool stream_next_fact(struct stream *stream, struct stream_action *action) {
    if (stream->arrived) {
        stream->arrived = false;
        *action = stream->arrival;
        return true;
    }
    if (stream->supplied) {
        stream->supplied = stream->asked = false;
        return stream_send(stream, action, stream->data);
    }
    if (stream->alarm_pending) {
        stream->alarm_pending = false;
        *action = stream->alarm;
        return true;
    }
    if (stream->link != (stream->phase == STREAM_OPEN) &&
        (stream->phase == STREAM_OPEN || stream->why != FRAME_REASON_NONE)) {
        stream->link = !stream->link;
        *action = (struct stream_action){
            .kind = STREAM_LINK, .open = stream->link, .reason = stream->why};
        return true;
    }
    if (stream->kept_pending) {
        stream->kept_pending = false;
        *action = (struct stream_action){.kind = STREAM_KEEP,
                                         .kept = stream->met,
                                         .key_box = stream->key_box,
                                         .key_box_bytes = stream->key_box_bytes};
        return true;
    }
    if (stream->adopt_pending) {
        stream->adopt_pending = false;
        *action =
            (struct stream_action){.kind = STREAM_ADOPT, .position = stream->offered.received};
        return true;
    }
    return false;
}

/* Looks at what the peer says it has; true: the head there is needed from the store. */
static bool stream_next_claim(struct stream *stream, struct stream_action *action) {
    uint8_t head[FRAME_HEAD_BYTES];
    if (!stream->claimed || stream->claim_asked) {
        return false;
    }
    stream->claim_asked = true;
    if (stream_head_at(stream, stream->claim.sequence, head)) {
        stream_head(stream, stream->claim.sequence, head);
        return false;
    }
    *action = (struct stream_action){.kind = STREAM_ASK_HEAD, .sequence = stream->claim.sequence};
    return true;
}

static bool stream_next_news(struct stream *stream, struct stream_action *action) {
    if (stream->phase == STREAM_OPEN && stream->acknowledged.sequence > stream->acknowledged_said) {
        stream->acknowledged_said = stream->acknowledged.sequence;
        *action =
            (struct stream_action){.kind = STREAM_ACKNOWLEDGED, .position = stream->acknowledged};
        return true;
    }
    if (stream->time_said) {
        stream->time_said = false;
        *action = (struct stream_action){.kind = STREAM_TIME};
        return true;
    }
    struct stream_grant grant;
    if (stream->granted_said && stream_granted(stream, &grant)) {
        stream->granted_said = false;
        *action = (struct stream_action){.kind = STREAM_GRANTED};
        return true;
    }
    return false;
}

bool stream_next(struct stream *stream, int64_t now_us, struct stream_action *action) {
    SPILL_ASSERT(stream != NULL);
    SPILL_ASSERT(action != NULL);
    if (stream_next_claim(stream, action)) {
        return true;
    }
    if (stream_next_fact(stream, action) || stream_next_news(stream, action)) {
        return true;
    }
    if (stream->blocked) {
        return false;
    }
    return stream_next_frame(stream, now_us, action) || stream_next_message(stream, action);
}
