/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/stream/stream.h"

#include <stdlib.h>
#include <string.h>

#include "proto/stream/stream_parts.h"

_Static_assert(STREAM_WINDOW_BYTES > (size_t)FRAME_MESSAGE_BYTES_MAX,
               "the window holds any message");
_Static_assert(FRAME_SNAPSHOT_PARTS_MAX *(size_t)FRAME_MESSAGE_BYTES_MAX <= STREAM_WINDOW_BYTES,
               "the window holds any snapshot");

#ifdef SPILL_STREAM_MUTANTS
uint32_t stream_mutants;
#endif

/* ---- Life ---- */

static void stream_check_options(const struct stream_options *options) {
    const struct frame_position *const committed = &options->committed.position;
    SPILL_ASSERT(options->cell != NULL);
    SPILL_ASSERT(spill_id_valid(options->cell, strlen(options->cell)));
    SPILL_ASSERT(options->program != NULL);
    SPILL_ASSERT(strlen(options->program) <= FRAME_TEXT_BYTES_MAX);
    SPILL_ASSERT(options->cipher != NULL);
    SPILL_ASSERT(options->scratch != NULL);
    SPILL_ASSERT(options->acknowledged <= committed->sequence);
    SPILL_ASSERT(options->window_messages <= STREAM_WINDOW_MESSAGES);
    SPILL_ASSERT(options->key_box_bytes <= FRAME_KEY_BOX_BYTES_MAX);
    if (options->side == STREAM_COORDINATOR) {
        SPILL_ASSERT(options->kept.epoch > 0);
        SPILL_ASSERT(options->kept.start > 0);
        SPILL_ASSERT(options->clock != NULL);
    } else {
        SPILL_ASSERT(options->boot > 0);
    }
}

enum spill_status stream_create(const struct stream_options *options, struct stream **stream) {
    SPILL_ASSERT(options != NULL);
    SPILL_ASSERT(stream != NULL);
    stream_check_options(options);
    struct stream *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->side = options->side;
    memcpy(made->cell, options->cell, strlen(options->cell));
    memcpy(made->program, options->program, strlen(options->program));
    if (options->key_box_bytes > 0) {
        memcpy(made->key_box, options->key_box, options->key_box_bytes);
        made->key_box_bytes = options->key_box_bytes;
    }
    made->cipher = options->cipher;
    made->clock = options->clock;
    made->scratch = options->scratch;
    made->chance = options->chance;
    made->window_messages =
        options->window_messages == 0 ? (size_t)STREAM_WINDOW_MESSAGES : options->window_messages;
    made->snapshot_behind =
        options->snapshot_behind == 0 ? STREAM_SNAPSHOT_BEHIND : options->snapshot_behind;
    made->kept = options->kept;
    made->standing.received = options->received.position;
    made->standing.committed = options->committed.position;
    made->accepted = made->standing.received;
    made->known = made->accepted.sequence;
    made->acknowledged.sequence = options->acknowledged;
    made->acknowledged_said = options->acknowledged;
    made->heard_us = -1;
    made->session = options->side == STREAM_NODE ? (uint64_t)options->boot << 32 : 0;
    made->hello_wanted = options->side == STREAM_NODE;
    *stream = made;
    return SPILL_OK;
}

void stream_destroy(struct stream **stream) {
    free(*stream);
    *stream = NULL;
}

/* ---- What several events do. ---- */

void stream_end_session(struct stream *stream, enum frame_reason reason) {
    stream->phase = STREAM_APART;
    stream->why = reason;
    stream->welcome_pending = stream->ack_pending = stream->time_pending = false;
    stream->quiet_pending = stream->kept_pending = stream->adopt_pending = false;
    stream->claimed = stream->asked = stream->supplied = stream->blocked = false;
    stream->snapshot_wanted = stream->brief_asked = false;
    stream->snapshot_part = 0;
    stream->brief_pending = stream->brief_wanted;
    stream->hello_wanted = stream->side == STREAM_NODE;
    stream->ask_count = 0;
    if (stream->side == STREAM_COORDINATOR) {
        stream->has_grant = false;
    }
}

void stream_raise(struct stream *stream, enum frame_reason reason) {
    if (stream->raised == reason) {
        return; /* Said already, and nothing went well since. */
    }
    stream->raised = reason;
    stream->alarm_pending = true;
    stream->alarm = (struct stream_action){
        .kind = STREAM_ALARM,
        .reason = reason,
        .ours = stream->standing,
        .theirs = stream->offered,
    };
}

void stream_halt(struct stream *stream, enum frame_reason reason) {
    SPILL_ASSERT(reason != FRAME_REASON_NONE);
    if (stream->halted != FRAME_REASON_NONE) {
        return;
    }
    stream->raised = FRAME_REASON_NONE;
    stream_raise(stream, reason);
    stream->alarm.halted = true;
    stream_end_session(stream, reason);
    stream->halted = reason;
    stream->hello_wanted = false;
    stream->bye_pending = stream->session != 0;
    stream->bye_reason = reason;
}

void stream_begin_again(struct stream *stream, int64_t now_us) {
    if (STREAM_MUTANT(ONE_HELLO)) {
        return;
    }
    if (stream->side == STREAM_NODE) {
        stream->hello_wanted = true;
    } else {
        stream_refuse(stream, now_us, stream->connection, stream->session,
                      FRAME_REASON_HELLO_AGAIN);
    }
}

void stream_refuse(struct stream *stream, int64_t now_us, uint64_t connection, uint64_t session,
                   enum frame_reason reason) {
    if (now_us < stream->refuse_us) {
        return; /* Whoever it is will try again. */
    }
    stream->refuse_us = now_us + STREAM_REFUSE_EVERY_US;
    stream->refuse_pending = true;
    stream->refuse_connection = connection;
    stream->refuse_session = session;
    stream->refuse_reason = reason;
}

bool stream_head_at(const struct stream *stream, uint64_t sequence,
                    uint8_t head[FRAME_HEAD_BYTES]) {
    const struct frame_position *known = NULL;
    static const struct frame_position start;
    const struct stream_slot *const slot = &stream->slots[sequence % STREAM_WINDOW_MESSAGES];
    if (sequence == 0) {
        known = &start;
    } else if (sequence == stream->standing.committed.sequence) {
        known = &stream->standing.committed;
    } else if (stream->phase == STREAM_OPEN && sequence == stream->acknowledged.sequence) {
        known = &stream->acknowledged;
    } else if (slot->position.sequence == sequence) {
        known = &slot->position;
    } else {
        return false;
    }
    memcpy(head, known->head, FRAME_HEAD_BYTES);
    return true;
}

struct frame_label stream_label(const struct stream *stream, enum frame_way way,
                                uint64_t sequence) {
    const struct stream_kept *const with =
        stream->side == STREAM_NODE ? &stream->met : &stream->kept;
    return (struct frame_label){
        .exercise = with->exercise,
        .cell = stream->cell,
        .epoch = with->epoch,
        .sequence = sequence,
        .way = way,
    };
}

bool stream_kept_before(const struct stream_kept *first, const struct stream_kept *second) {
    return first->epoch < second->epoch ||
           (first->epoch == second->epoch && first->start < second->start);
}

bool stream_judge_standing(struct stream *stream, const struct frame_standing *theirs) {
    stream->offered = *theirs;
    const struct frame_position *const committed = &theirs->committed;
    enum frame_reason reason = FRAME_REASON_NONE;
    if (theirs->received.sequence > stream->standing.committed.sequence) {
        reason = FRAME_REASON_AHEAD;
    } else if (theirs->received.sequence < stream->acknowledged.sequence && !stream->readmitting) {
        reason = FRAME_REASON_BEHIND;
    } else if (committed->sequence < stream->accepted.sequence) {
        reason = FRAME_REASON_LOST;
    } else if (committed->sequence == stream->accepted.sequence &&
               !frame_position_equal(committed, &stream->accepted)) {
        reason = FRAME_REASON_FORKED;
    }
    if (reason != FRAME_REASON_NONE) {
        stream_halt(stream, reason);
        return false;
    }
    return true;
}

void stream_claim(struct stream *stream, const struct frame_position *position) {
    stream->claim = *position;
    stream->claimed = true;
    stream->claim_asked = false;
}

/* The peer's history is a part of ours: the session begins, or the window moves on. */
static void stream_conclude(struct stream *stream) {
    const uint64_t sequence = stream->claim.sequence;
    stream->claimed = false;
    const bool first = stream->phase == STREAM_JUDGING;
    if (first) {
        const uint64_t before = stream->sent;
        stream->sent = STREAM_MUTANT(RESUME_FROM_SENT) && before > sequence ? before : sequence;
        stream->window_bytes = 0;
        stream->phase = STREAM_OPEN;
        stream->readmitting = false;
        stream->raised = FRAME_REASON_NONE;
        stream->why = FRAME_REASON_NONE;
        stream->ack_pending = stream->ack_pending || stream->side == STREAM_NODE;
        stream->snapshot_wanted =
            stream->side == STREAM_COORDINATOR &&
            stream->standing.committed.sequence - sequence > stream->snapshot_behind;
        stream->hello_wanted = false;
    }
    for (size_t i = 0; i < STREAM_WINDOW_MESSAGES; i++) {
        struct stream_slot *const slot = &stream->slots[i];
        const bool clear = first && !STREAM_MUTANT(RESUME_FROM_SENT);
        if (slot->position.sequence != 0 && (clear || slot->position.sequence <= sequence)) {
            stream->window_bytes -= first ? 0 : slot->size_bytes;
            *slot = (struct stream_slot){.size_bytes = 0};
        }
    }
    stream->acknowledged = stream->claim;
    if (stream->sent < sequence) {
        /* It took in more from an earlier session than this one has sent. */
        stream->sent = sequence;
        stream->supplied = stream->asked = stream->brief_asked = false;
        stream->snapshot_wanted = false;
        stream->snapshot_part = 0;
    }
    stream->hello_count = 0;
    SPILL_ASSERT(stream->sent <= stream->standing.committed.sequence);
    SPILL_ASSERT(stream->acknowledged.sequence <= stream->sent);
}

/* Node: compares what the WELCOME said. */
static void stream_judge_welcome(struct stream *stream) {
    const struct frame_standing offered = stream->offered;
    if (stream_judge_standing(stream, &offered)) {
        stream->known = offered.committed.sequence;
        stream_claim(stream, &offered.received);
        stream->phase = STREAM_JUDGING;
    }
}

/* ---- Events ---- */

void stream_tick(struct stream *stream, int64_t now_us) {
    SPILL_ASSERT(stream != NULL);
    const bool silent = stream->heard_us >= 0 && now_us - stream->heard_us >= STREAM_SILENCE_US;
    if (silent && (stream->side == STREAM_COORDINATOR || stream->phase == STREAM_OPEN)) {
        if (stream->phase != STREAM_APART) {
            stream_end_session(stream, FRAME_REASON_HELLO_AGAIN);
        }
    } else if (silent && stream->link) {
        stream->why = FRAME_REASON_HELLO_AGAIN; /* Its HELLOs have no answer. */
    }
    if (stream->blocked && now_us - stream->blocked_us >= STREAM_RETRY_US) {
        stream->blocked = false;
    }
}

void stream_connected(struct stream *stream, int64_t now_us) {
    SPILL_ASSERT(stream->side == STREAM_NODE);
    if (stream->halted == FRAME_REASON_NONE && !stream->left) {
        stream->hello_wanted = true;
        stream->hello_count = 0;
        if (stream->hello_us > now_us + STREAM_HELLO_FIRST_US) {
            stream->hello_us = now_us + STREAM_HELLO_FIRST_US;
        }
    }
}

void stream_lost(struct stream *stream, int64_t now_us) {
    (void)now_us;
    if (stream->halted == FRAME_REASON_NONE && !stream->left) {
        stream_end_session(stream, FRAME_REASON_HELLO_AGAIN);
    }
}

void stream_committed(struct stream *stream, struct stream_durable durable) {
    struct frame_position *const committed = &stream->standing.committed;
    SPILL_ASSERT(durable.position.sequence >= committed->sequence);
    *committed = durable.position;
    if (stream->phase == STREAM_ADOPTING) {
        SPILL_ASSERT(frame_position_equal(committed, &stream->offered.received));
        stream->acknowledged = *committed;
        stream->acknowledged_said = committed->sequence;
        stream_judge_welcome(stream);
    }
}

void stream_stored(struct stream *stream, struct stream_durable durable) {
    struct frame_position *const received = &stream->standing.received;
    SPILL_ASSERT(durable.position.sequence >= received->sequence);
    SPILL_ASSERT(durable.position.sequence <= stream->accepted.sequence);
    if (durable.position.sequence == stream->accepted.sequence) {
        SPILL_ASSERT(frame_position_equal(&durable.position, &stream->accepted));
    }
    *received = durable.position;
    stream->ack_pending = stream->phase == STREAM_OPEN;
}

void stream_unsent(struct stream *stream, int64_t now_us) {
    stream->blocked = true;
    stream->blocked_us = now_us;
    switch (stream->last) {
    case FRAME_WELCOME:
        stream->welcome_pending = true;
        break;
    case FRAME_ACK:
        stream->ack_pending = true;
        break;
    case FRAME_QUIET:
        stream->quiet_pending = true;
        break;
    case FRAME_BYE:
        stream->bye_pending = true;
        break;
    case FRAME_DATA: {
        struct stream_slot *const slot = &stream->slots[stream->sent % STREAM_WINDOW_MESSAGES];
        SPILL_ASSERT(slot->position.sequence == stream->sent);
        stream->window_bytes -= slot->size_bytes;
        *slot = (struct stream_slot){.size_bytes = 0};
        stream->sent--;
        break;
    }
    case FRAME_BRIEF_ASK:
    case FRAME_BRIEF:
        stream->brief_pending = true;
        break;
    case FRAME_SNAPSHOT:
        stream_begin_again(stream, now_us); /* All parts, or none. */
        break;
    default:
        break; /* HELLO, REFUSE and the time: there will be others. */
    }
}

void stream_writable(struct stream *stream) {
    stream->blocked = false;
}

void stream_leave(struct stream *stream, enum frame_reason reason) {
    SPILL_ASSERT(reason != FRAME_REASON_NONE);
    stream->bye_pending = stream->phase != STREAM_APART;
    stream->bye_reason = reason;
    stream_end_session(stream, reason);
    stream->left = true;
    stream->hello_wanted = false;
}

void stream_readmit(struct stream *stream) {
    SPILL_ASSERT(stream->side == STREAM_COORDINATOR);
    stream_end_session(stream, FRAME_REASON_HELLO_AGAIN);
    stream->halted = FRAME_REASON_NONE;
    stream->raised = FRAME_REASON_NONE;
    stream->readmitting = true;
    stream->session = 0;
    stream->bye_pending = false;
}

void stream_grant(struct stream *stream, int64_t exercise_ms, int64_t until_ms) {
    SPILL_ASSERT(stream->side == STREAM_NODE);
    SPILL_ASSERT(until_ms >= exercise_ms);
    stream->has_grant = true;
    stream->grant.exercise_ms = exercise_ms;
    stream->grant.until_ms = until_ms;
    stream->grant.received = stream->standing.received.sequence;
    stream->grant.committed = stream->standing.committed.sequence;
    stream->quiet_pending = true;
}

void stream_want_brief(struct stream *stream) {
    SPILL_ASSERT(stream->side == STREAM_NODE);
    stream->brief_wanted = stream->brief_pending = true;
    stream->brief_part = 0;
}

void stream_announce(struct stream *stream) {
    SPILL_ASSERT(stream->side == STREAM_COORDINATOR);
    if (stream->phase == STREAM_OPEN && !stream->time_pending) {
        stream->time_pending = true;
        stream->time_ask_us = 0;
    }
}

/* ---- Answers ---- */

void stream_supply(struct stream *stream, const struct stream_message *message) {
    SPILL_ASSERT(message->size_bytes > 0);
    SPILL_ASSERT(message->size_bytes <= FRAME_MESSAGE_BYTES_MAX);
    if (!stream->asked || stream->brief_asked || stream->supplied ||
        message->sequence != stream->sent + 1) {
        return; /* Asked for in a session that is over. */
    }
    struct frame_position position = {.sequence = stream->sent};
    const bool known = stream_head_at(stream, stream->sent, position.head);
    SPILL_ASSERT(known || STREAM_MUTANT(RESUME_FROM_SENT) || STREAM_MUTANT(NO_WINDOW));
    frame_position_next(&position, message->bytes, message->size_bytes);
    const struct frame_position *const committed = &stream->standing.committed;
    if (position.sequence == committed->sequence && !frame_position_equal(&position, committed) &&
        known) {
        stream_halt(stream, FRAME_REASON_STORE);
        return;
    }
    const enum frame_way way = stream->side == STREAM_NODE ? FRAME_UP : FRAME_DOWN;
    struct frame_label label = stream_label(stream, way, position.sequence);
    label.kind = message->kind;
    label.tlp = message->tlp;
    const size_t sealed_bytes = stream->cipher->seal(&label, message->bytes, message->size_bytes,
                                                     stream->scratch, stream->cipher->context);
    SPILL_ASSERT(sealed_bytes > 0);
    SPILL_ASSERT(sealed_bytes <= FRAME_BODY_BYTES_MAX);
    stream->data = (struct frame){
        .kind = FRAME_DATA,
        .data = {.cell = stream->cell,
                 .sequence = position.sequence,
                 .kind = message->kind,
                 .tlp = message->tlp,
                 .body = stream->scratch,
                 .body_bytes = sealed_bytes},
    };
    stream->supplied = true;
    stream->slots[position.sequence % STREAM_WINDOW_MESSAGES] =
        (struct stream_slot){.position = position, .size_bytes = message->size_bytes};
    stream->sent = position.sequence;
    stream->window_bytes += message->size_bytes;
}

void stream_head(struct stream *stream, uint64_t sequence, const uint8_t head[FRAME_HEAD_BYTES]) {
    if (!stream->claimed || !stream->claim_asked || stream->claim.sequence != sequence) {
        return; /* Asked for in a session that is over. */
    }
    if (memcmp(head, stream->claim.head, FRAME_HEAD_BYTES) != 0) {
        stream_halt(stream, FRAME_REASON_FORKED);
        return;
    }
    stream_conclude(stream);
}

void stream_kept(struct stream *stream, const struct stream_kept *kept, bool key) {
    SPILL_ASSERT(stream->side == STREAM_NODE);
    if (stream_kept_before(kept, &stream->kept) && !STREAM_MUTANT(NO_START_CHECK)) {
        return; /* Overtaken: a newer one was kept since. */
    }
    stream->kept = *kept;
    if (stream->phase != STREAM_KEEPING || stream->met.epoch != kept->epoch ||
        stream->met.start != kept->start) {
        return;
    }
    if (!key) {
        stream_halt(stream, FRAME_REASON_SEAL);
        return;
    }
    const uint64_t theirs = stream->offered.received.sequence;
    if (stream->readmitted && stream->standing.committed.sequence == 0 && theirs > 0) {
        stream->phase = STREAM_ADOPTING;
        stream->adopt_pending = true;
        return;
    }
    stream_judge_welcome(stream);
}

void stream_snapshot(struct stream *stream, const struct frame_position *position, uint32_t part,
                     uint32_t part_count, const uint8_t *bytes, size_t size_bytes) {
    SPILL_ASSERT(part < part_count);
    SPILL_ASSERT(part_count <= FRAME_SNAPSHOT_PARTS_MAX);
    SPILL_ASSERT(size_bytes > 0);
    SPILL_ASSERT(size_bytes <= FRAME_MESSAGE_BYTES_MAX);
    if (!stream->asked || stream->brief_asked || !stream->snapshot_wanted || stream->supplied ||
        part != stream->snapshot_part) {
        return; /* Asked for in a session that is over. */
    }
    SPILL_ASSERT(position->sequence > stream->sent);
    SPILL_ASSERT(position->sequence <= stream->standing.committed.sequence);
    struct frame_label label = stream_label(stream, FRAME_DOWN, position->sequence);
    label.kind = FRAME_LABEL_SNAPSHOT;
    label.part = part;
    const size_t sealed_bytes =
        stream->cipher->seal(&label, bytes, size_bytes, stream->scratch, stream->cipher->context);
    SPILL_ASSERT(sealed_bytes > 0);
    SPILL_ASSERT(sealed_bytes <= FRAME_BODY_BYTES_MAX);
    stream->data = (struct frame){
        .kind = FRAME_SNAPSHOT,
        .snapshot = {.cell = stream->cell,
                     .position = *position,
                     .part = part,
                     .part_count = part_count,
                     .body = stream->scratch,
                     .body_bytes = sealed_bytes},
    };
    stream->supplied = true;
    stream->snapshot_part = part + 1;
    if (stream->snapshot_part == part_count) {
        /* The messages that it stands for count as sent; the next goes when it is acknowledged. */
        stream->snapshot_wanted = false;
        stream->snapshot_part = 0;
        stream->slots[position->sequence % STREAM_WINDOW_MESSAGES] =
            (struct stream_slot){.position = *position, .size_bytes = 0};
        stream->sent = position->sequence;
    }
}

void stream_no_snapshot(struct stream *stream) {
    if (stream->snapshot_wanted && stream->snapshot_part == 0) {
        stream->snapshot_wanted = false;
        stream->asked = stream->asked && stream->brief_asked;
    }
}

void stream_brief(struct stream *stream, uint32_t part, uint32_t part_count, const uint8_t *bytes,
                  size_t size_bytes) {
    SPILL_ASSERT(part_count <= FRAME_BRIEF_PARTS_MAX);
    SPILL_ASSERT(size_bytes <= FRAME_MESSAGE_BYTES_MAX);
    SPILL_ASSERT(part >= part_count || size_bytes > 0);
    if (!stream->brief_asked || part != stream->brief_part) {
        return; /* Asked for in a session that is over. */
    }
    stream->brief_asked = false;
    stream->supplied = true;
    stream->data = (struct frame){
        .kind = FRAME_BRIEF,
        .brief = {.cell = stream->cell, .part_count = part < part_count ? part_count : 0},
    };
    if (part < part_count) {
        struct frame_label label = stream_label(stream, FRAME_DOWN, 0);
        label.kind = FRAME_LABEL_BRIEF;
        label.part = part;
        stream->data.brief.part = part;
        stream->data.brief.body = stream->scratch;
        stream->data.brief.body_bytes = stream->cipher->seal(
            &label, bytes, size_bytes, stream->scratch, stream->cipher->context);
    }
}

/* ---- How it stands ---- */

bool stream_is_open(const struct stream *stream) {
    return stream->phase == STREAM_OPEN;
}

enum frame_reason stream_halted(const struct stream *stream) {
    return stream->halted;
}

uint64_t stream_session(const struct stream *stream) {
    return stream->session;
}

uint64_t stream_connection(const struct stream *stream) {
    return stream->connection;
}

static int64_t stream_earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t stream_due_us(const struct stream *stream) {
    if (stream->blocked) {
        return stream->blocked_us + STREAM_RETRY_US;
    }
    int64_t due_us = INT64_MAX;
    if (stream_hello_is_due(stream, INT64_MAX)) {
        due_us = stream_earlier(due_us, stream->hello_us);
    }
    if (stream->link || (stream->side == STREAM_COORDINATOR && stream->phase != STREAM_APART)) {
        due_us = stream_earlier(due_us, stream->heard_us + STREAM_SILENCE_US);
    }
    if (stream->phase == STREAM_OPEN && stream->side == STREAM_NODE) {
        due_us = stream_earlier(due_us, stream->ask_us);
    }
    return due_us;
}

int64_t stream_heard_us(const struct stream *stream) {
    return stream->heard_us;
}

struct frame_position stream_received(const struct stream *stream) {
    return stream->standing.received;
}

uint64_t stream_acknowledged(const struct stream *stream) {
    return stream->acknowledged.sequence;
}

uint64_t stream_sent(const struct stream *stream) {
    return stream->sent;
}

uint64_t stream_known(const struct stream *stream) {
    return stream->known;
}

bool stream_granted(const struct stream *stream, struct stream_grant *grant) {
    if (stream->phase != STREAM_OPEN || !stream->has_grant ||
        stream->grant.committed != stream->accepted.sequence) {
        return false;
    }
    *grant = (struct stream_grant){.exercise_ms = stream->grant.exercise_ms,
                                   .until_ms = stream->grant.until_ms,
                                   .received = stream->grant.received,
                                   .committed = stream->grant.committed};
    return true;
}

bool stream_now(const struct stream *stream, struct stream_clock *clock, int64_t *said_us) {
    if (!stream->now_known) {
        return false;
    }
    *clock = stream->now;
    *said_us = (int64_t)stream->now_said_us;
    return true;
}

const struct timing *stream_timing(const struct stream *stream) {
    return &stream->timing;
}
