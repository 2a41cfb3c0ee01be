/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "proto/stream/stream_parts.h"

static bool stream_is_ours(const struct stream *stream, const struct frame *frame) {
    const struct stream_kept *const with =
        stream->side == STREAM_NODE ? &stream->met : &stream->kept;
    const bool same = frame->epoch == with->epoch && frame->start == with->start;
    return (frame->session == stream->session || STREAM_MUTANT(NO_SESSION_CHECK)) &&
           (same || STREAM_MUTANT(NO_START_CHECK));
}

/* A frame that its sender may not send. */
static void stream_misplaced(struct stream *stream, int64_t now_us) {
    stream_raise(stream, FRAME_REASON_BAD_FRAME);
    if (stream->side == STREAM_COORDINATOR) {
        stream_refuse(stream, now_us, stream->connection, stream->session, FRAME_REASON_BAD_FRAME);
    }
    stream_end_session(stream, FRAME_REASON_BAD_FRAME);
}

/* ---- The peer's log. ---- */

static void stream_receive_data(struct stream *stream, int64_t now_us, const struct frame *frame) {
    const uint64_t sequence = frame->data.sequence;
    if (strcmp(frame->data.cell, stream->cell) != 0 && !STREAM_MUTANT(NO_CELL_CHECK)) {
        stream_raise(stream, FRAME_REASON_CELL);
        return;
    }
    if (sequence <= stream->accepted.sequence && !STREAM_MUTANT(NO_REPEAT_CHECK)) {
        stream->ack_pending = true;
        return;
    }
    if (sequence > stream->accepted.sequence + 1 && !STREAM_MUTANT(NO_GAP_CHECK)) {
        stream_begin_again(stream, now_us);
        return;
    }
    if (stream->accepted.sequence - stream->standing.received.sequence >= STREAM_WINDOW_MESSAGES) {
        return; /* A sender that heeds the window never comes here. */
    }
    const enum frame_way way = stream->side == STREAM_NODE ? FRAME_DOWN : FRAME_UP;
    struct frame_label label = stream_label(stream, way, sequence);
    label.kind = frame->data.kind;
    label.tlp = frame->data.tlp;
    size_t size_bytes = 0;
    if (!stream->cipher->open(&label, frame->data.body, frame->data.body_bytes, stream->scratch,
                              &size_bytes, stream->cipher->context) &&
        !STREAM_MUTANT(NO_SEAL_CHECK)) {
        stream_halt(stream, FRAME_REASON_SEAL);
        return;
    }
    SPILL_ASSERT(size_bytes <= STREAM_SCRATCH_BYTES);
    stream->accepted.sequence = sequence - 1; /* No change but for mutants. */
    frame_position_next(&stream->accepted, stream->scratch, size_bytes);
    stream->arrived = true;
    stream->arrival = (struct stream_action){
        .kind = STREAM_COMMIT,
        .sequence = sequence,
        .position = stream->accepted,
        .bytes = stream->scratch,
        .size_bytes = size_bytes,
        .message_kind = frame->data.kind,
        .tlp = frame->data.tlp,
    };
}

static void stream_receive_snapshot(struct stream *stream, int64_t now_us,
                                    const struct frame *frame) {
    const uint32_t part = frame->snapshot.part;
    if (strcmp(frame->snapshot.cell, stream->cell) != 0) {
        stream_raise(stream, FRAME_REASON_CELL);
        return;
    }
    if (frame->snapshot.position.sequence <= stream->accepted.sequence) {
        stream->ack_pending = true;
        return;
    }
    const bool next =
        part == stream->snapshot_part &&
        (part == 0 || frame_position_equal(&frame->snapshot.position, &stream->snapshot_position));
    if (!next) {
        stream_begin_again(stream, now_us);
        return;
    }
    struct frame_label label = stream_label(stream, FRAME_DOWN, frame->snapshot.position.sequence);
    label.kind = FRAME_LABEL_SNAPSHOT;
    label.part = part;
    size_t size_bytes = 0;
    if (!stream->cipher->open(&label, frame->snapshot.body, frame->snapshot.body_bytes,
                              stream->scratch, &size_bytes, stream->cipher->context)) {
        stream_halt(stream, FRAME_REASON_SEAL);
        return;
    }
    stream->snapshot_position = frame->snapshot.position;
    stream->snapshot_part = part + 1;
    if (stream->snapshot_part == frame->snapshot.part_count) {
        stream->accepted = frame->snapshot.position;
        stream->snapshot_part = 0;
    }
    stream->arrived = true;
    stream->arrival = (struct stream_action){
        .kind = STREAM_COMMIT_SNAPSHOT,
        .sequence = frame->snapshot.position.sequence,
        .position = frame->snapshot.position,
        .bytes = stream->scratch,
        .size_bytes = size_bytes,
        .part = part,
        .part_count = frame->snapshot.part_count,
    };
}

/* ---- Briefs. ---- */

static void stream_receive_brief(struct stream *stream, const struct frame *frame) {
    if (!stream->brief_wanted || frame->brief.part != stream->brief_part) {
        return; /* Asked for twice. */
    }
    size_t size_bytes = 0;
    struct frame_label label = stream_label(stream, FRAME_DOWN, 0);
    label.kind = FRAME_LABEL_BRIEF;
    label.part = frame->brief.part;
    if (strcmp(frame->brief.cell, stream->cell) != 0) {
        stream_raise(stream, FRAME_REASON_CELL);
        return;
    }
    if (frame->brief.part_count > 0 &&
        !stream->cipher->open(&label, frame->brief.body, frame->brief.body_bytes, stream->scratch,
                              &size_bytes, stream->cipher->context)) {
        stream_halt(stream, FRAME_REASON_SEAL);
        return;
    }
    stream->arrived = true;
    stream->arrival = (struct stream_action){
        .kind = STREAM_BRIEF,
        .bytes = stream->scratch,
        .size_bytes = size_bytes,
        .part = frame->brief.part,
        .part_count = frame->brief.part_count,
    };
    stream->brief_part++;
    stream->brief_wanted = stream->brief_part < frame->brief.part_count;
    stream->brief_pending = stream->brief_wanted;
}

/* ---- What the peer has of ours. ---- */

static void stream_receive_ack(struct stream *stream, const struct frame *frame) {
    const struct frame_position *const received = &frame->ack.received;
    if (frame->ack.committed.sequence > stream->known) {
        stream->known = frame->ack.committed.sequence;
    }
    if (stream->phase == STREAM_GREETED && stream->side == STREAM_COORDINATOR) {
        /* The first of a session that names this start: made after the WELCOME, so it is fresh,
         * whatever else is still under way. Only now is there a judgement. */
        if (stream_judge_standing(stream, &frame->ack)) {
            stream_claim(stream, received);
            stream->phase = STREAM_JUDGING;
        }
        return;
    }
    if (stream->phase == STREAM_JUDGING && stream->side == STREAM_NODE) {
        return; /* What it said in the WELCOME is being looked at. */
    }
    const struct frame_position *const last =
        stream->claimed ? &stream->claim : &stream->acknowledged;
    if (received->sequence < last->sequence) {
        return; /* Overtaken by a later one. */
    }
    if (received->sequence > stream->standing.committed.sequence) {
        stream_halt(stream, FRAME_REASON_AHEAD);
    } else if (received->sequence > last->sequence) {
        stream_claim(stream, received);
    } else if (!frame_position_equal(received, last)) {
        stream_halt(stream, FRAME_REASON_FORKED);
    }
}

/* ---- Coordinator ---- */

/* Whether a HELLO can be answered with a WELCOME at all; else says why not. */
static bool stream_hello_fits(struct stream *stream, int64_t now_us, uint64_t connection,
                              const struct frame *frame) {
    enum frame_reason reason = FRAME_REASON_NONE;
    const struct stream_kept seen = {.epoch = frame->epoch, .start = frame->start};
    const bool newer = stream_kept_before(&stream->kept, &seen);
    if (frame->hello.major != FRAME_MAJOR) {
        reason = FRAME_REASON_VERSION;
    } else if (frame->hello.has_exercise &&
               memcmp(frame->hello.exercise, stream->kept.exercise, FRAME_EXERCISE_BYTES) != 0) {
        reason = FRAME_REASON_EXERCISE;
    } else if (strcmp(frame->hello.cell, stream->cell) != 0) {
        reason = FRAME_REASON_CELL;
    } else if (newer && !STREAM_MUTANT(NO_START_CHECK)) {
        reason = FRAME_REASON_OLD;
    }
    if (reason == FRAME_REASON_NONE) {
        return true;
    }
    stream_refuse(stream, now_us, connection, frame->session, reason);
    if (reason == FRAME_REASON_OLD) {
        stream_halt(stream, reason); /* Somebody else was promoted, or this disk went back. */
    } else {
        stream_raise(stream, reason);
    }
    return false;
}

static void stream_receive_hello(struct stream *stream, int64_t now_us, uint64_t connection,
                                 const struct frame *frame) {
    if (!stream_hello_fits(stream, now_us, connection, frame)) {
        return;
    }
    if (frame->session < stream->session && !STREAM_MUTANT(NO_SESSION_CHECK)) {
        /* Stale. The node has gone on since and does not mind the answer; or it is another one. */
        stream_refuse(stream, now_us, connection, frame->session, FRAME_REASON_SESSION);
        if (stream->phase == STREAM_APART) {
            stream_raise(stream, FRAME_REASON_SESSION);
        }
        return;
    }
    if (frame->session == stream->session) {
        if (connection == stream->connection && stream->phase != STREAM_APART) {
            stream->welcome_pending = true;
        } else {
            stream_refuse(stream, now_us, connection, frame->session, FRAME_REASON_HELLO_AGAIN);
        }
        return;
    }
    stream_end_session(stream, FRAME_REASON_NONE);
    stream->session = frame->session;
    stream->connection = connection;
    const uint8_t ours = FRAME_MINOR;
    stream->minor = ours > frame->hello.minor ? frame->hello.minor : ours;
    stream->heard_us = now_us;
    stream->known = frame->hello.standing.committed.sequence;
    stream->phase = STREAM_GREETED;
    stream->welcome_pending = true;
}

/* The peer says what it sent and knows to have arrived: frames come in order, so what is missing
 * was lost. */
static void stream_receive_tally(struct stream *stream, int64_t now_us, uint64_t sent,
                                 uint64_t acknowledged) {
    if (sent > stream->accepted.sequence) {
        stream_begin_again(stream, now_us);
    }
    if (acknowledged < stream->standing.received.sequence) {
        stream->ack_pending = true;
    }
}

static void stream_receive_time_ask(struct stream *stream, int64_t now_us,
                                    const struct frame *frame) {
    stream_receive_tally(stream, now_us, frame->time_ask.sent, frame->time_ask.acknowledged);
    stream->time_pending = true;
    stream->time_ask_us = frame->time_ask.ask_us;
}

static void stream_receive_bye(struct stream *stream, const struct frame *frame) {
    if (frame->end.reason >= FRAME_REASON_AHEAD || frame->end.reason == FRAME_REASON_OLD) {
        stream_raise(stream, frame_reason_mirror(frame->end.reason));
    }
    stream_end_session(stream, frame->end.reason);
}

static void stream_coordinator_receive(struct stream *stream, int64_t now_us, uint64_t connection,
                                       const struct frame *frame) {
    if (frame->kind == FRAME_HELLO) {
        stream_receive_hello(stream, now_us, connection, frame);
        return;
    }
    if (frame->session < stream->session && !STREAM_MUTANT(NO_SESSION_CHECK)) {
        return; /* Stale: its sender has said hello again since. */
    }
    if (!stream_is_ours(stream, frame) || connection != stream->connection ||
        stream->phase == STREAM_APART) {
        if (frame->kind != FRAME_BYE) {
            stream_refuse(stream, now_us, connection, frame->session, FRAME_REASON_HELLO_AGAIN);
        }
        return;
    }
    stream->heard_us = now_us;
    if (stream->phase == STREAM_GREETED && frame->kind != FRAME_ACK && frame->kind != FRAME_BYE) {
        stream->welcome_pending = true; /* The ACK that begins the session is lost. */
        return;
    }
    switch (frame->kind) {
    case FRAME_DATA:
        stream_receive_data(stream, now_us, frame);
        break;
    case FRAME_ACK:
        stream_receive_ack(stream, frame);
        break;
    case FRAME_TIME_ASK:
        stream_receive_time_ask(stream, now_us, frame);
        break;
    case FRAME_QUIET:
        stream->has_grant = true;
        stream->grant.exercise_ms = frame->quiet.exercise_ms;
        stream->grant.until_ms = frame->quiet.until_ms;
        stream->grant.received = frame->quiet.received;
        stream->grant.committed = frame->quiet.committed;
        stream->granted_said = true;
        break;
    case FRAME_BRIEF_ASK:
        stream->brief_pending = true;
        stream->brief_part = frame->brief_ask.part;
        break;
    case FRAME_BYE:
        stream_receive_bye(stream, frame);
        break;
    default:
        stream_misplaced(stream, now_us);
        break;
    }
}

/* ---- Node ---- */

static void stream_receive_welcome(struct stream *stream, int64_t now_us,
                                   const struct frame *frame) {
    if (frame->session != stream->session && !STREAM_MUTANT(NO_SESSION_CHECK)) {
        return;
    }
    if (stream->phase == STREAM_OPEN && stream_is_ours(stream, frame)) {
        stream->heard_us = now_us;
        stream->ack_pending = true; /* The ACK that begins the session is lost. */
        return;
    }
    if (stream->phase != STREAM_GREETED) {
        return;
    }
    const struct stream_kept met = {.epoch = frame->epoch, .start = frame->start};
    if (frame->welcome.major != FRAME_MAJOR || frame->welcome.minor > FRAME_MINOR) {
        stream_raise(stream, FRAME_REASON_VERSION);
        return;
    }
    if (stream->kept.epoch != 0 &&
        memcmp(stream->kept.exercise, frame->welcome.exercise, FRAME_EXERCISE_BYTES) != 0) {
        stream_raise(stream, FRAME_REASON_EXERCISE);
        return;
    }
    if (stream_kept_before(&met, &stream->kept) && !STREAM_MUTANT(NO_START_CHECK)) {
        stream_raise(stream, FRAME_REASON_OLD); /* Retired: another may come to this address. */
        stream->met = met;
        stream->bye_pending = true;
        stream->bye_reason = FRAME_REASON_OLD;
        stream_end_session(stream, FRAME_REASON_OLD);
        return;
    }
    SPILL_ASSERT(frame->welcome.key_box_bytes <= sizeof stream->key_box);
    if (stream->met.epoch != met.epoch || stream->met.start != met.start) {
        /* Its clock may be another machine's. */
        stream->timing = (struct timing){.sample_count = 0};
        stream->now_known = false;
    }
    stream->heard_us = now_us;
    stream->met = met;
    memcpy(stream->met.exercise, frame->welcome.exercise, FRAME_EXERCISE_BYTES);
    stream->offered = frame->welcome.standing;
    stream->readmitted = frame->welcome.readmit;
    stream->key_box_bytes = frame->welcome.key_box_bytes;
    if (stream->key_box_bytes > 0) {
        memcpy(stream->key_box, frame->welcome.key_box, stream->key_box_bytes);
    }
    stream->phase = STREAM_KEEPING;
    stream->kept_pending = true;
}

static void stream_receive_refuse(struct stream *stream, int64_t now_us,
                                  const struct frame *frame) {
    if (frame->session != stream->session) {
        return; /* Of an earlier HELLO. */
    }
    if (frame->end.reason == FRAME_REASON_HELLO_AGAIN) {
        stream_begin_again(stream, now_us);
        return;
    }
    stream_raise(stream, frame_reason_mirror(frame->end.reason));
    stream_end_session(stream, frame->end.reason);
    /* Only people can help; the node asks on, seldom. */
    stream->hello_us = now_us + STREAM_HELLO_LAST_US;
}

static void stream_receive_time(struct stream *stream, int64_t now_us, const struct frame *frame) {
    if (frame->time.ask_us != 0) {
        timing_add(&stream->timing, (int64_t)frame->time.ask_us, (int64_t)frame->time.answer_us,
                   now_us);
        stream->hello_count = 0; /* The link works both ways. */
    }
    stream->now = (struct stream_clock){
        .exercise_ms = frame->time.exercise_ms,
        .speed_permille = frame->time.speed_permille,
        .state = frame->time.clock,
    };
    stream->now_said_us = frame->time.answer_us;
    stream->now_known = true;
    stream->time_said = true;
    if (frame->time.committed > stream->known) {
        stream->known = frame->time.committed;
    }
    stream_receive_tally(stream, now_us, frame->time.sent, frame->time.acknowledged);
    stream->brief_pending = stream->brief_pending || stream->brief_wanted; /* It may be lost. */
    if (stream->has_grant && stream->grant.exercise_ms >= stream->now.exercise_ms) {
        stream->quiet_pending = true;
    }
}

static void stream_node_receive(struct stream *stream, int64_t now_us, const struct frame *frame) {
    if (frame->kind == FRAME_WELCOME) {
        stream_receive_welcome(stream, now_us, frame);
        return;
    }
    if (frame->kind == FRAME_REFUSE) {
        stream_receive_refuse(stream, now_us, frame);
        return;
    }
    if (!stream_is_ours(stream, frame) || stream->phase != STREAM_OPEN) {
        return; /* Of an earlier session. */
    }
    stream->heard_us = now_us;
    switch (frame->kind) {
    case FRAME_DATA:
        stream_receive_data(stream, now_us, frame);
        break;
    case FRAME_SNAPSHOT:
        stream_receive_snapshot(stream, now_us, frame);
        break;
    case FRAME_ACK:
        stream_receive_ack(stream, frame);
        break;
    case FRAME_TIME:
        stream_receive_time(stream, now_us, frame);
        break;
    case FRAME_BRIEF:
        stream_receive_brief(stream, frame);
        break;
    case FRAME_BYE:
        stream_receive_bye(stream, frame);
        break;
    default:
        stream_misplaced(stream, now_us);
        break;
    }
}

/* ---- Both ---- */

void stream_receive(struct stream *stream, int64_t now_us, uint64_t connection,
                    const struct frame *frame) {
    SPILL_ASSERT(stream != NULL);
    SPILL_ASSERT(frame_fault(frame) == NULL);
    SPILL_ASSERT(!stream->arrived); /* The caller did not ask stream_next until it said false. */
    if (stream->left) {
        return;
    }
    if (stream->side == STREAM_NODE) {
        if (stream->halted == FRAME_REASON_NONE) {
            stream_node_receive(stream, now_us, frame);
        }
    } else if (stream->halted != FRAME_REASON_NONE) {
        stream_refuse(stream, now_us, connection, frame->session, stream->halted);
    } else {
        stream_coordinator_receive(stream, now_us, connection, frame);
    }
}

void stream_receive_bad(struct stream *stream, int64_t now_us, uint64_t connection) {
    SPILL_ASSERT(stream != NULL);
    if (stream->left || stream->halted != FRAME_REASON_NONE) {
        return;
    }
    if (stream->side == STREAM_COORDINATOR && connection != stream->connection) {
        stream_refuse(stream, now_us, connection, 0, FRAME_REASON_BAD_FRAME);
        return;
    }
    stream_misplaced(stream, now_us);
}
