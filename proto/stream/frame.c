/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/stream/frame.h"

#include <sodium.h>
#include <string.h>

const char *frame_kind_name(enum frame_kind kind) {
    static const char *const names[] = {
#define FRAME_NAME(name, byte, words) words,
        FRAME_KIND_MAP(FRAME_NAME)
#undef FRAME_NAME
    };
    SPILL_ASSERT((size_t)kind < FRAME_KIND_COUNT);
    return names[kind];
}

const char *frame_reason_name(enum frame_reason reason) {
    static const char *const names[] = {
#define FRAME_NAME(name, words) words,
        FRAME_REASON_MAP(FRAME_NAME)
#undef FRAME_NAME
    };
    SPILL_ASSERT((size_t)reason < FRAME_REASON_COUNT);
    return names[reason];
}

const char *frame_reason_words(enum frame_reason reason) {
    static const char *const words[FRAME_REASON_COUNT] = {
        [FRAME_REASON_NONE] = "nothing is wrong",
        [FRAME_REASON_HELLO_AGAIN] =
            "there is no such session, or something was lost: say hello again",
        [FRAME_REASON_VERSION] = "there is no version of the protocol that both sides speak",
        [FRAME_REASON_EXERCISE] = "another exercise is played here",
        [FRAME_REASON_CELL] = "the message or key is not for this cell",
        [FRAME_REASON_NOT_ENROLLED] = "the key is not enrolled, or no longer",
        [FRAME_REASON_SESSION] =
            "another node has this seat, or this one has forgotten its last session",
        [FRAME_REASON_OLD] = "this coordinator is older than one that the node has seen",
        [FRAME_REASON_BAD_FRAME] = "a frame could not be understood",
        [FRAME_REASON_CLOSING] = "the program stops, and may be back",
        [FRAME_REASON_ENDED] = "the exercise is over",
        [FRAME_REASON_AHEAD] =
            "the other side has more than was ever sent to it: this disk has lost something",
        [FRAME_REASON_BEHIND] =
            "the other side has less than it acknowledged: its disk has lost something",
        [FRAME_REASON_LOST] = "the other side has less than it sent: its disk has lost something",
        [FRAME_REASON_FORGOT] =
            "this side has less than it acknowledged: this disk has lost something",
        [FRAME_REASON_FORKED] = "the two sides have different histories",
        [FRAME_REASON_SEAL] = "a message or a key does not open",
        [FRAME_REASON_STORE] = "a stored message is not the one that was written",
    };
    SPILL_ASSERT((size_t)reason < FRAME_REASON_COUNT);
    return words[reason];
}

enum frame_reason frame_reason_mirror(enum frame_reason reason) {
    switch (reason) {
    case FRAME_REASON_AHEAD:
        return FRAME_REASON_LOST;
    case FRAME_REASON_LOST:
        return FRAME_REASON_AHEAD;
    case FRAME_REASON_BEHIND:
        return FRAME_REASON_FORGOT;
    default:
        return reason;
    }
}

static const char *frame_text_fault(const char *text, size_t bytes_max) {
    if (text == NULL) {
        return "a text is missing";
    }
    const size_t bytes = strnlen(text, bytes_max + 1);
    if (bytes > bytes_max) {
        return "a text is too long";
    }
    return spill_utf8_valid(text, bytes) ? NULL : "a text is not UTF-8";
}

static const char *frame_cell_fault(const char *cell) {
    const bool valid = cell != NULL && spill_id_valid(cell, strnlen(cell, SPILL_ID_BYTES_MAX + 1));
    return valid ? NULL : "a cell's id is malformed";
}

static const char *frame_position_fault(const struct frame_position *position) {
    static const uint8_t zeros[FRAME_HEAD_BYTES];
    const bool first = position->sequence == 0;
    return !first || memcmp(position->head, zeros, sizeof zeros) == 0
               ? NULL
               : "a head before the first message is not zero";
}

static const char *frame_standing_fault(const struct frame_standing *standing) {
    const char *const fault = frame_position_fault(&standing->received);
    return fault != NULL ? fault : frame_position_fault(&standing->committed);
}

static const char *frame_body_fault(const uint8_t *body, size_t body_bytes) {
    return body != NULL && body_bytes > 0 && body_bytes <= FRAME_BODY_BYTES_MAX
               ? NULL
               : "a body is missing or too large";
}

static const char *frame_hello_fault(const struct frame *frame) {
    if (frame->hello.major != FRAME_MAJOR) {
        return NULL; /* Nothing else of it is known. */
    }
    const char *fault = frame_cell_fault(frame->hello.cell);
    if (fault == NULL) {
        fault = frame_text_fault(frame->hello.program, FRAME_TEXT_BYTES_MAX);
    }
    if (fault == NULL) {
        fault = frame_standing_fault(&frame->hello.standing);
    }
    if (fault == NULL && !frame->hello.has_exercise && (frame->epoch != 0 || frame->start != 0)) {
        fault = "an epoch without an exercise";
    }
    return fault;
}

static const char *frame_welcome_fault(const struct frame *frame) {
    if (frame->welcome.key_box_bytes > FRAME_KEY_BOX_BYTES_MAX ||
        (frame->welcome.key_box == NULL && frame->welcome.key_box_bytes > 0)) {
        return "a key's box is too large";
    }
    return frame_standing_fault(&frame->welcome.standing);
}

static const char *frame_end_fault(const struct frame *frame) {
    if (frame->end.reason <= FRAME_REASON_NONE || frame->end.reason >= FRAME_REASON_COUNT) {
        return "an unknown reason";
    }
    return frame_text_fault(frame->end.text, FRAME_TEXT_BYTES_MAX);
}

static const char *frame_data_fault(const struct frame *frame) {
    if (frame->data.sequence == 0 || frame->data.kind >= FRAME_LABEL_BRIEF) {
        return "a message without a number or kind";
    }
    const char *const fault = frame_cell_fault(frame->data.cell);
    return fault != NULL ? fault : frame_body_fault(frame->data.body, frame->data.body_bytes);
}

static const char *frame_time_fault(const struct frame *frame) {
    const bool sound = frame->time.exercise_ms >= 0 && frame->time.speed_permille >= 0 &&
                       frame->time.clock >= 0 && (int)frame->time.clock < FRAME_CLOCK_COUNT &&
                       frame->time.sent <= frame->time.committed &&
                       frame->time.acknowledged <= frame->time.sent;
    return sound ? NULL : "a time that cannot be";
}

static const char *frame_snapshot_fault(const struct frame *frame) {
    if (frame->snapshot.position.sequence == 0 || frame->snapshot.part_count == 0 ||
        frame->snapshot.part >= frame->snapshot.part_count ||
        frame->snapshot.part_count > FRAME_SNAPSHOT_PARTS_MAX) {
        return "a part of a snapshot without a place";
    }
    const char *const fault = frame_cell_fault(frame->snapshot.cell);
    return fault != NULL ? fault
                         : frame_body_fault(frame->snapshot.body, frame->snapshot.body_bytes);
}

static const char *frame_brief_fault(const struct frame *frame) {
    const char *const fault = frame_cell_fault(frame->brief.cell);
    if (fault != NULL) {
        return fault;
    }
    if (frame->brief.part_count == 0) {
        return frame->brief.part == 0 && frame->brief.body_bytes == 0 ? NULL : "a part of no brief";
    }
    return frame->brief.part < frame->brief.part_count &&
                   frame->brief.part_count <= FRAME_BRIEF_PARTS_MAX
               ? frame_body_fault(frame->brief.body, frame->brief.body_bytes)
               : "a part of a brief without a place";
}

const char *frame_fault(const struct frame *frame) {
    SPILL_ASSERT(frame != NULL);
    const bool speaks = frame->kind == FRAME_HELLO || frame->kind == FRAME_REFUSE;
    if (!speaks && (frame->session == 0 || frame->epoch == 0 || frame->start == 0)) {
        return "a frame without a session";
    }
    switch (frame->kind) {
    case FRAME_HELLO:
        return frame->session == 0 ? "a frame without a session" : frame_hello_fault(frame);
    case FRAME_WELCOME:
        return frame_welcome_fault(frame);
    case FRAME_REFUSE:
    case FRAME_BYE:
        return frame_end_fault(frame);
    case FRAME_DATA:
        return frame_data_fault(frame);
    case FRAME_ACK:
        return frame_standing_fault(&frame->ack);
    case FRAME_TIME_ASK:
        return frame->time_ask.ask_us == 0 || frame->time_ask.acknowledged > frame->time_ask.sent
                   ? "a question that cannot be"
                   : NULL;
    case FRAME_TIME:
        return frame_time_fault(frame);
    case FRAME_QUIET:
        return frame->quiet.exercise_ms < 0 || frame->quiet.until_ms < frame->quiet.exercise_ms
                   ? "a time that cannot be"
                   : NULL;
    case FRAME_SNAPSHOT:
        return frame_snapshot_fault(frame);
    case FRAME_BRIEF_ASK:
        return frame->brief_ask.part < FRAME_BRIEF_PARTS_MAX ? NULL : "a part that cannot be";
    case FRAME_BRIEF:
        return frame_brief_fault(frame);
    case FRAME_KIND_COUNT:
        break;
    }
    return "an unknown kind of frame";
}

void frame_position_next(struct frame_position *position, const uint8_t *bytes, size_t size_bytes) {
    SPILL_ASSERT(position->sequence < UINT64_MAX);
    SPILL_ASSERT(bytes != NULL);
    crypto_generichash_state state;
    /* These fail only for sizes out of range. */
    (void)crypto_generichash_init(&state, NULL, 0, FRAME_HEAD_BYTES);
    (void)crypto_generichash_update(&state, position->head, FRAME_HEAD_BYTES);
    (void)crypto_generichash_update(&state, bytes, size_bytes);
    (void)crypto_generichash_final(&state, position->head, FRAME_HEAD_BYTES);
    position->sequence++;
}

bool frame_position_equal(const struct frame_position *a, const struct frame_position *b) {
    return a->sequence == b->sequence && memcmp(a->head, b->head, FRAME_HEAD_BYTES) == 0;
}
