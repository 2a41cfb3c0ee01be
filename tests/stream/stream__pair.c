/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/stream/pair.h"

static const uint8_t pair_exercise[FRAME_EXERCISE_BYTES] = "pair";
static uint8_t pair_scratch[STREAM_SCRATCH_BYTES];
static uint8_t pair_message[FRAME_MESSAGE_BYTES_MAX];

static struct pair_end *pair_other(struct pair *pair, const struct pair_end *end) {
    return end == &pair->node ? &pair->coordinator : &pair->node;
}

/* A seal of one byte: good enough to tell whether it was checked. */
static size_t pair_seal(const struct frame_label *label, const uint8_t *bytes, size_t size_bytes,
                        uint8_t *sealed, void *context) {
    (void)context;
    sealed[0] = (uint8_t)(label->sequence + (label->way == FRAME_UP ? 100 : 0));
    memcpy(sealed + 1, bytes, size_bytes);
    return size_bytes + 1;
}

static bool pair_open(const struct frame_label *label, const uint8_t *sealed, size_t sealed_bytes,
                      uint8_t *bytes, size_t *size_bytes, void *context) {
    const struct pair *const pair = context;
    *size_bytes = sealed_bytes - 1;
    memcpy(bytes, sealed + 1, *size_bytes);
    return !pair->bad_seal &&
           sealed[0] == (uint8_t)(label->sequence + (label->way == FRAME_UP ? 100 : 0));
}

static const uint8_t *pair_bytes(const struct pair_end *end, uint64_t sequence) {
    memset(pair_message, (int)(sequence % 251), end->own_bytes[sequence]);
    pair_message[0] = end->options.side == STREAM_NODE ? 'u' : 'd';
    return pair_message;
}

static void pair_start(struct pair *pair, struct pair_end *end) {
    end->options.committed.position = end->own[end->own_committed];
    end->options.received.position = end->taken[end->peer_stored];
    end->options.cipher =
        &(struct stream_cipher){.seal = pair_seal, .open = pair_open, .context = pair};
    static struct stream_cipher ciphers[2];
    struct stream_cipher *const cipher = &ciphers[end->options.side];
    *cipher = (struct stream_cipher){.seal = pair_seal, .open = pair_open, .context = pair};
    end->options.cipher = cipher;
    CHECK_OK(stream_create(&end->options, &end->stream));
}

static void pair_options(struct pair *pair, struct pair_end *end, enum stream_side side) {
    memset(end, 0, sizeof *end);
    end->auto_store = end->auto_keep = end->key = true;
    end->options = (struct stream_options){
        .side = side,
        .cell = "ministry-nl",
        .program = "test",
        .scratch = pair_scratch,
        .clock = &pair->clock,
        .chance = 7,
        .boot = 1,
    };
    if (side == STREAM_COORDINATOR) {
        end->options.kept = (struct stream_kept){.epoch = 1, .start = 1};
        memcpy(end->options.kept.exercise, pair_exercise, sizeof pair_exercise);
        end->options.key_box = (const uint8_t *)"box";
        end->options.key_box_bytes = 3;
    }
}

void pair_create(struct pair *pair) {
    pair->now_us = 1000000;
    pair->bad_seal = false;
    pair->clock = (struct stream_clock){.exercise_ms = 5000, .speed_permille = 1000};
    pair_options(pair, &pair->coordinator, STREAM_COORDINATOR);
    pair_options(pair, &pair->node, STREAM_NODE);
    pair_start(pair, &pair->coordinator);
    pair_start(pair, &pair->node);
}

void pair_drop(struct pair_end *from) {
    CHECK(from->queue_count > 0);
    free(from->queue[0].body);
    from->queue_count--;
    memmove(&from->queue[0], &from->queue[1], from->queue_count * sizeof from->queue[0]);
}

static void pair_drop_all(struct pair_end *end) {
    while (end->queue_count > 0) {
        pair_drop(end);
    }
}

void pair_destroy(struct pair *pair) {
    stream_destroy(&pair->coordinator.stream);
    stream_destroy(&pair->node.stream);
    pair_drop_all(&pair->coordinator);
    pair_drop_all(&pair->node);
}

void pair_restart(struct pair *pair, struct pair_end *end) {
    stream_destroy(&end->stream);
    pair_drop_all(&pair->coordinator);
    pair_drop_all(&pair->node);
    end->own_count = end->own_committed;
    end->taken_count = end->peer_stored;
    end->options.boot++;
    if (end->options.side == STREAM_COORDINATOR) {
        end->options.kept.start++;
    }
    pair_start(pair, end);
}

void pair_commit(struct pair *pair, struct pair_end *end) {
    end->own_committed = end->own_count;
    stream_committed(end->stream, (struct stream_durable){end->own[end->own_count]});
    pair_pump(pair, end);
}

void pair_say(struct pair *pair, struct pair_end *end, size_t size_bytes) {
    CHECK_LT(end->own_count + 1, PAIR_LOG_MAX);
    struct frame_position position = end->own[end->own_count];
    end->own_count++;
    end->own_bytes[end->own_count] = size_bytes;
    frame_position_next(&position, pair_bytes(end, end->own_count), size_bytes);
    end->own[end->own_count] = position;
    (void)pair;
}

void pair_store(struct pair *pair, struct pair_end *end) {
    end->peer_stored = end->taken_count;
    stream_stored(end->stream, (struct stream_durable){end->taken[end->taken_count]});
    pair_pump(pair, end);
}

static void pair_queue(struct pair_end *end, const struct frame *frame) {
    CHECK_LT(end->queue_count, PAIR_QUEUE_MAX);
    struct pair_frame *const queued = &end->queue[end->queue_count++];
    *queued = (struct pair_frame){.frame = *frame};
    const uint8_t **const body = frame->kind == FRAME_DATA       ? &queued->frame.data.body
                                 : frame->kind == FRAME_SNAPSHOT ? &queued->frame.snapshot.body
                                 : frame->kind == FRAME_BRIEF    ? &queued->frame.brief.body
                                                                 : NULL;
    const size_t bytes = frame->kind == FRAME_DATA       ? frame->data.body_bytes
                         : frame->kind == FRAME_SNAPSHOT ? frame->snapshot.body_bytes
                         : frame->kind == FRAME_BRIEF    ? frame->brief.body_bytes
                                                         : 0;
    if (bytes > 0) {
        queued->body = malloc(bytes);
        CHECK(queued->body != NULL);
        memcpy(queued->body, *body, bytes);
        *body = queued->body;
    }
}

static void pair_answer(struct pair *pair, struct pair_end *end,
                        const struct stream_action *action) {
    switch (action->kind) {
    case STREAM_SEND:
        if (end->full > 0) {
            end->full--;
            stream_unsent(end->stream, pair->now_us);
            break;
        }
        end->sent[action->frame->kind]++;
        pair_queue(end, action->frame);
        break;
    case STREAM_ASK:
        CHECK_LE(action->sequence, end->own_committed);
        stream_supply(end->stream,
                      &(struct stream_message){.sequence = action->sequence,
                                               .bytes = pair_bytes(end, action->sequence),
                                               .size_bytes = end->own_bytes[action->sequence],
                                               .kind = 3,
                                               .tlp = 2});
        break;
    case STREAM_ASK_HEAD:
        if (!end->holds_heads) {
            stream_head(end->stream, action->sequence, end->own[action->sequence].head);
        }
        break;
    case STREAM_COMMIT:
        end->taken[++end->taken_count] = action->position;
        CHECK_EQ(end->taken_count, action->sequence);
        if (end->auto_store) {
            end->peer_stored = end->taken_count;
            stream_stored(end->stream, (struct stream_durable){action->position});
        }
        break;
    case STREAM_KEEP:
        if (end->auto_keep) {
            end->options.kept = action->kept;
            stream_kept(end->stream, &action->kept, end->key);
        }
        break;
    case STREAM_ADOPT:
        end->own_count = end->own_committed = action->position.sequence;
        end->own[end->own_count] = action->position;
        stream_committed(end->stream, (struct stream_durable){action->position});
        break;
    case STREAM_ASK_SNAPSHOT:
        if (end->no_snapshot) {
            stream_no_snapshot(end->stream);
        } else {
            stream_snapshot(end->stream, &end->own[end->own_committed], action->part, 3,
                            (const uint8_t *)"part", 4);
        }
        break;
    case STREAM_COMMIT_SNAPSHOT:
        if (action->part + 1 == action->part_count) {
            end->taken_count = end->peer_stored = action->position.sequence;
            end->taken[end->taken_count] = action->position;
            stream_stored(end->stream, (struct stream_durable){action->position});
        }
        break;
    case STREAM_ASK_BRIEF:
        stream_brief(end->stream, action->part, end->brief_parts, (const uint8_t *)"brief", 5);
        break;
    case STREAM_BRIEF:
        CHECK_BYTES(action->bytes, action->size_bytes, "brief", action->part_count > 0 ? 5 : 0);
        break;
    case STREAM_ACKNOWLEDGED:
    case STREAM_TIME:
    case STREAM_GRANTED:
    case STREAM_LINK:
    case STREAM_ALARM:
        break;
    }
}

void pair_pump(struct pair *pair, struct pair_end *end) {
    struct stream_action action;
    for (unsigned i = 0; stream_next(end->stream, pair->now_us, &action); i++) {
        CHECK_LT(i, 10000u);
        end->count[action.kind]++;
        end->last[action.kind] = action;
        pair_answer(pair, end, &action);
    }
}

bool pair_pass(struct pair *pair, struct pair_end *from) {
    if (from->queue_count == 0) {
        return false;
    }
    struct pair_end *const to = pair_other(pair, from);
    stream_receive(to->stream, pair->now_us, to == &pair->node ? 0 : 1, &from->queue[0].frame);
    pair_pump(pair, to);
    pair_drop(from);
    return true;
}

void pair_settle(struct pair *pair) {
    pair_pump(pair, &pair->coordinator);
    pair_pump(pair, &pair->node);
    for (unsigned i = 0; pair_pass(pair, &pair->node) || pair_pass(pair, &pair->coordinator); i++) {
        CHECK_LT(i, 100000u);
    }
}

void pair_wait(struct pair *pair, int64_t duration_us) {
    const int64_t until_us = pair->now_us + duration_us;
    while (pair->now_us < until_us) {
        int64_t due_us = stream_due_us(pair->node.stream);
        if (stream_due_us(pair->coordinator.stream) < due_us) {
            due_us = stream_due_us(pair->coordinator.stream);
        }
        due_us = due_us <= pair->now_us ? pair->now_us + 1 : due_us;
        pair->now_us = due_us < until_us ? due_us : until_us;
        stream_tick(pair->node.stream, pair->now_us);
        stream_tick(pair->coordinator.stream, pair->now_us);
        pair_settle(pair);
    }
}

void pair_inject(struct pair *pair, struct pair_end *to, const struct frame *frame) {
    stream_receive(to->stream, pair->now_us, to == &pair->node ? 0 : 1, frame);
    pair_pump(pair, to);
}

struct frame pair_data(const struct pair *pair, const struct pair_end *from, uint64_t sequence) {
    static uint8_t body[64];
    const struct frame_label label = {.sequence = sequence,
                                      .way = from == &pair->node ? FRAME_UP : FRAME_DOWN};
    const size_t bytes = pair_seal(&label, (const uint8_t *)"by hand", 7, body, NULL);
    return (struct frame){
        .kind = FRAME_DATA,
        .session = UINT64_C(1) << 32 | 1,
        .epoch = 1,
        .start = 1,
        .data = {.cell = "ministry-nl", .sequence = sequence, .body = body, .body_bytes = bytes},
    };
}
