/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a peer sends, in whatever order, with whatever time between: a stream keeps its promises
 * to its user (its assertions hold, it stops talking, it sends within the window and asks only for
 * what there is).
 */
#include <string.h>

#include "proto/stream/stream.h"
#include "tests/fuzz/fuzz.h"

enum { LOG_MAX = 16, BODY_BYTES = 24 };

/* The user of one stream: a log of own messages, and a store that takes everything. */
struct user {
    struct stream *stream;
    struct frame_position own[LOG_MAX + 1];
    uint64_t committed;
    struct frame_position taken, stored;
    uint64_t acknowledged;
};

static uint8_t scratch[STREAM_SCRATCH_BYTES];
static const uint8_t message[BODY_BYTES] = "a message as any other";

static size_t user_seal(const struct frame_label *label, const uint8_t *bytes, size_t size_bytes,
                        uint8_t *sealed, void *context) {
    (void)label;
    (void)context;
    memcpy(sealed, bytes, size_bytes);
    return size_bytes;
}

static bool user_open(const struct frame_label *label, const uint8_t *sealed, size_t sealed_bytes,
                      uint8_t *bytes, size_t *size_bytes, void *context) {
    (void)label;
    (void)context;
    memcpy(bytes, sealed, sealed_bytes);
    *size_bytes = sealed_bytes;
    return sealed[0] != 0xFF;
}

struct input {
    const uint8_t *bytes;
    size_t left_bytes;
};

static uint8_t take(struct input *input) {
    if (input->left_bytes == 0) {
        return 0;
    }
    input->left_bytes--;
    return *input->bytes++;
}

/* Small numbers meet each other; a large one now and then. */
static uint64_t take_number(struct input *input) {
    const uint8_t byte = take(input);
    return byte < 250 ? byte % 20 : UINT64_MAX - (byte - 250);
}

static struct frame_position take_position(struct input *input, const struct user *user) {
    struct frame_position position = {.sequence = take_number(input)};
    const uint8_t how = take(input);
    if (position.sequence <= LOG_MAX && how < 200) {
        position = user->own[position.sequence];
    } else if (position.sequence == user->taken.sequence && how < 250) {
        position = user->taken;
    } else if (position.sequence > 0) {
        position.head[0] = how;
    }
    return position;
}

static struct frame_standing take_standing(struct input *input, const struct user *user) {
    const struct frame_position received = take_position(input, user);
    return (struct frame_standing){.received = received, .committed = take_position(input, user)};
}

static struct frame take_frame(struct input *input, const struct user *user, uint8_t kind) {
    static uint8_t body[BODY_BYTES];
    const uint64_t last = stream_session(user->stream);
    const uint8_t which = take(input);
    struct frame frame = {.kind = (enum frame_kind)(kind % FRAME_KIND_COUNT),
                          .session = which < 200 ? last : last + which - 220,
                          .epoch = 1 + take(input) % 8 / 7,
                          .start = 1 + take(input) % 8 / 7};
    const char *const cell = take(input) < 250 ? "cell" : "other";
    memcpy(body, message, sizeof body);
    body[0] = take(input);
    switch (frame.kind) {
    case FRAME_HELLO:
        frame.hello.major = FRAME_MAJOR + (take(input) > 250);
        frame.hello.minor = take(input) % 4;
        frame.hello.has_exercise = true;
        frame.hello.cell = cell;
        frame.hello.program = "";
        frame.hello.standing = take_standing(input, user);
        break;
    case FRAME_WELCOME:
        frame.welcome.major = FRAME_MAJOR;
        frame.welcome.readmit = take(input) % 8 == 0;
        frame.welcome.standing = take_standing(input, user);
        break;
    case FRAME_REFUSE:
    case FRAME_BYE:
        frame.end.major = FRAME_MAJOR;
        frame.end.reason = (enum frame_reason)(1 + take(input) % (FRAME_REASON_COUNT - 1));
        frame.end.text = "";
        break;
    case FRAME_DATA:
        frame.data.cell = cell;
        frame.data.sequence = take_number(input);
        frame.data.kind = take(input);
        frame.data.body = body;
        frame.data.body_bytes = sizeof body;
        break;
    case FRAME_ACK:
        frame.ack = take_standing(input, user);
        break;
    case FRAME_TIME_ASK:
        frame.time_ask.ask_us = take_number(input);
        frame.time_ask.sent = take_number(input);
        frame.time_ask.acknowledged = take_number(input);
        break;
    case FRAME_TIME:
        frame.time.ask_us = take_number(input);
        frame.time.answer_us = take_number(input);
        frame.time.committed = take_number(input);
        frame.time.sent = take_number(input);
        frame.time.acknowledged = take_number(input);
        break;
    case FRAME_QUIET:
        frame.quiet.until_ms = take(input);
        frame.quiet.received = take_number(input);
        frame.quiet.committed = take_number(input);
        break;
    case FRAME_BRIEF_ASK:
        frame.brief_ask.part = take(input) % 4;
        break;
    case FRAME_BRIEF:
        frame.brief.cell = cell;
        frame.brief.part = take(input) % 4;
        frame.brief.part_count = 1 + take(input) % 4;
        frame.brief.body = body;
        frame.brief.body_bytes = sizeof body;
        break;
    case FRAME_SNAPSHOT:
        frame.snapshot.cell = cell;
        frame.snapshot.position = take_position(input, user);
        frame.snapshot.part = take(input) % FRAME_SNAPSHOT_PARTS_MAX;
        frame.snapshot.part_count = take(input) % (FRAME_SNAPSHOT_PARTS_MAX + 1);
        frame.snapshot.body = body;
        frame.snapshot.body_bytes = sizeof body;
        break;
    case FRAME_KIND_COUNT:
        break;
    }
    return frame;
}

static void user_do(struct user *user, const struct stream_action *action) {
    struct stream *const stream = user->stream;
    switch (action->kind) {
    case STREAM_SEND:
        SPILL_ASSERT(frame_fault(action->frame) == NULL);
        if (action->frame->kind == FRAME_DATA) {
            SPILL_ASSERT(action->frame->data.sequence <= user->committed);
        }
        break;
    case STREAM_ASK:
        SPILL_ASSERT(action->sequence > 0);
        SPILL_ASSERT(action->sequence <= user->committed);
        stream_supply(stream, &(struct stream_message){.sequence = action->sequence,
                                                       .bytes = message,
                                                       .size_bytes = sizeof message});
        break;
    case STREAM_ASK_HEAD:
        SPILL_ASSERT(action->sequence <= user->committed);
        stream_head(stream, action->sequence, user->own[action->sequence].head);
        break;
    case STREAM_COMMIT:
        SPILL_ASSERT(action->sequence == user->taken.sequence + 1);
        user->taken = action->position;
        break;
    case STREAM_COMMIT_SNAPSHOT:
        SPILL_ASSERT(action->position.sequence > user->taken.sequence);
        if (action->part + 1 == action->part_count) {
            user->taken = action->position;
        }
        break;
    case STREAM_ACKNOWLEDGED:
        SPILL_ASSERT(action->position.sequence > user->acknowledged);
        SPILL_ASSERT(action->position.sequence <= user->committed);
        user->acknowledged = action->position.sequence;
        break;
    case STREAM_KEEP:
        stream_kept(stream, &action->kept, true);
        break;
    case STREAM_ADOPT:
        /* The own log begins there; this user's is made for it. */
        SPILL_ASSERT(user->committed == 0);
        stream_leave(stream, FRAME_REASON_CLOSING);
        break;
    case STREAM_ASK_SNAPSHOT:
        stream_snapshot(stream, &user->own[user->committed], action->part, 2, message,
                        sizeof message);
        break;
    case STREAM_ASK_BRIEF:
        stream_brief(stream, action->part, 3, message, sizeof message);
        break;
    case STREAM_BRIEF:
    case STREAM_TIME:
    case STREAM_GRANTED:
    case STREAM_LINK:
    case STREAM_ALARM:
        break;
    }
}

static void user_pump(struct user *user, int64_t now_us) {
    struct stream_action action;
    for (unsigned i = 0; stream_next(user->stream, now_us, &action); i++) {
        SPILL_ASSERT(i < 1000);
        user_do(user, &action);
    }
}

static void user_step(struct user *user, struct input *input, int64_t *now_us) {
    const uint8_t what = take(input);
    if (what < 200) {
        const struct frame frame = take_frame(input, user, what);
        if (frame_fault(&frame) == NULL) {
            stream_receive(user->stream, *now_us, what < 190 ? 0 : 1, &frame);
        }
    } else if (what < 215) {
        *now_us += (int64_t)take(input) * 100000;
        stream_tick(user->stream, *now_us);
    } else if (what < 225 && user->committed < LOG_MAX) {
        user->committed++;
        stream_committed(user->stream, (struct stream_durable){user->own[user->committed]});
    } else if (what < 235) {
        user->stored = user->taken;
        stream_stored(user->stream, (struct stream_durable){user->stored});
    } else if (what < 240) {
        stream_receive_bad(user->stream, *now_us, 0);
    } else if (what < 245 && stream_connection(user->stream) != UINT64_MAX) {
        stream_lost(user->stream, *now_us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    static const struct stream_cipher cipher = {.seal = user_seal, .open = user_open};
    static const struct stream_clock clock;
    struct input input = {.bytes = bytes, .left_bytes = size_bytes};
    struct user user = {.committed = 0};
    for (uint64_t i = 0; i < LOG_MAX; i++) {
        user.own[i + 1] = user.own[i];
        frame_position_next(&user.own[i + 1], message, sizeof message);
    }
    const uint8_t first = take(&input);
    user.committed = first % 5;
    const struct stream_options options = {
        .side = first < 128 ? STREAM_COORDINATOR : STREAM_NODE,
        .cell = "cell",
        .program = "fuzz",
        .committed = {user.own[user.committed]},
        .kept = {.epoch = 1, .start = 1},
        .boot = 1,
        .cipher = &cipher,
        .scratch = scratch,
        .clock = &clock,
        .window_messages = 1 + first % 3,
        .snapshot_behind = 3,
    };
    SPILL_ASSERT(stream_create(&options, &user.stream) == SPILL_OK);
    int64_t now_us = 1000000;
    if (options.side == STREAM_NODE && first % 2 == 0) {
        stream_want_brief(user.stream);
    }
    user_pump(&user, now_us);
    while (input.left_bytes > 0) {
        user_step(&user, &input, &now_us);
        user_pump(&user, now_us);
    }
    stream_destroy(&user.stream);
    return 0;
}
