/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/whole_parts.h"
#include "tests/support/memory_disk.h"

static int64_t whole_node_now(const struct whole *whole, const struct whole_node *node) {
    return whole->now_us + node->clock_us;
}

/* ---- Life ---- */

static enum spill_status whole_node_open_inbox(struct whole *whole, struct whole_node *node,
                                               struct spill_error *error) {
    char path[WHOLE_PATH_BYTES + 8];
    char prefix[WHOLE_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%sinbox", whole_prefix(whole, 1 + node->cell, prefix));
    const struct inbox_options options = {.path = path,
                                          .vfs = memory_disk(),
                                          .cell = whole_cell(whole, node->cell),
                                          .first_boot = 1000};
    return inbox_open(&options, &node->inbox, error);
}

static void whole_node_open_stream(struct whole *whole, struct whole_node *node) {
    enum spill_status status = seal_create(NULL, &node->seal);
    SPILL_ASSERT(status == SPILL_OK);
    node->cipher = seal_cipher(node->seal);
    const struct stream_options options = {
        .side = STREAM_NODE,
        .cell = whole_cell(whole, node->cell),
        .program = "whole",
        .committed = inbox_durable(node->inbox, INBOX_SENT),
        .received = inbox_durable(node->inbox, INBOX_RECEIVED),
        .acknowledged = inbox_acknowledged(node->inbox),
        .kept = inbox_kept(node->inbox),
        .boot = whole_mutant(whole, WHOLE_MUTANT_OLD_BOOT) ? 1000 : inbox_boot(node->inbox),
        .cipher = &node->cipher,
        .scratch = whole->scratch,
        .chance = sim_draw(&whole->chance),
        .window_messages = whole->window_messages,
    };
    status = stream_create(&options, &node->stream);
    SPILL_ASSERT(status == SPILL_OK);
    if (whole->robot[node->cell]) {
        stream_want_brief(node->stream);
    }
}

static void whole_node_drain(struct whole *whole, struct whole_node *node);
static void whole_node_pump(struct whole *whole, struct whole_node *node);

void whole_node_start(struct whole *whole, uint32_t cell) {
    struct whole_node *const node = &whole->nodes[cell];
    SPILL_ASSERT(!node->alive);
    char inject[sizeof node->inject];
    memcpy(inject, node->inject, sizeof inject);
    *node = (struct whole_node){.alive = true,
                                .cell = cell,
                                .tick_us = INT64_MAX,
                                .clock_us = (int64_t)sim_below(&whole->chance, 1000000000)};
    memcpy(node->inject, inject, sizeof inject); /* People remember. */
    struct spill_error error = {{0}};
    const enum spill_status status = whole_node_open_inbox(whole, node, &error);
    if (status != SPILL_OK) {
        whole_trouble(whole, 1 + cell, status, &error);
        return;
    }
    whole_trace(whole, "node %s starts with boot %u, %llu received, %llu sent",
                whole_cell(whole, cell), inbox_boot(node->inbox),
                (unsigned long long)inbox_position(node->inbox, INBOX_RECEIVED).sequence,
                (unsigned long long)inbox_position(node->inbox, INBOX_SENT).sequence);
    whole_node_open_stream(whole, node);
    whole_node_pump(whole, node);
}

void whole_node_stop(struct whole *whole, uint32_t cell) {
    struct whole_node *const node = &whole->nodes[cell];
    node->alive = false;
    stream_destroy(&node->stream);
    seal_destroy(&node->seal);
    robot_destroy(&node->robot);
    inbox_close(&node->inbox);
    free(node->brief);
    node->brief = NULL;
}

/* ---- Committing ---- */

static enum spill_status whole_node_commit(struct whole *whole, struct whole_node *node,
                                           struct spill_error *error) {
    if (!node->dirty) {
        return SPILL_OK;
    }
    if (whole_mutant(whole, WHOLE_MUTANT_SAY_BEFORE_COMMIT)) {
        stream_committed(node->stream,
                         (struct stream_durable){inbox_position(node->inbox, INBOX_SENT)});
        whole_node_drain(whole, node);
    }
    const enum spill_status status = inbox_commit(node->inbox, error);
    if (status == SPILL_OK) {
        node->dirty = false;
        stream_stored(node->stream, inbox_durable(node->inbox, INBOX_RECEIVED));
        stream_committed(node->stream, inbox_durable(node->inbox, INBOX_SENT));
    }
    return status;
}

/* ---- Robots ---- */

static void whole_node_make_robot(struct whole *whole, struct whole_node *node) {
    struct brief *brief = NULL;
    struct spill_error error = {{0}};
    enum spill_status status = brief_decode(node->brief, node->brief_bytes, &brief, &error);
    if (status == SPILL_OK) {
        status = robot_create(brief, &node->robot, &error);
    }
    if (status == SPILL_OK) {
        status = diary_replay(node->inbox, node->robot, &node->robot_ms, &error);
    }
    brief_destroy(&brief);
    if (status != SPILL_OK) {
        whole_trouble(whole, 1 + node->cell, status, &error);
    }
    node->due = true;
}

static void whole_node_take_brief(struct whole *whole, struct whole_node *node,
                                  const struct stream_action *action) {
    if (action->part_count == 0 || node->robot != NULL) {
        whole_fail(whole, "%s got a brief that was not asked for", whole_cell(whole, node->cell));
        return;
    }
    if (action->part == 0) {
        node->brief_bytes = 0;
    }
    node->brief = realloc(node->brief, node->brief_bytes + action->size_bytes);
    SPILL_ASSERT(node->brief != NULL);
    memcpy(node->brief + node->brief_bytes, action->bytes, action->size_bytes);
    node->brief_bytes += action->size_bytes;
    if (action->part + 1 == action->part_count) {
        whole_node_make_robot(whole, node);
    }
}

static enum spill_status whole_node_hear(struct whole *whole, struct whole_node *node,
                                         struct spill_error *error) {
    const uint64_t up_to = inbox_position(node->inbox, INBOX_RECEIVED).sequence;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && robot_sequence(node->robot) < up_to) {
        size_t size_bytes = 0;
        status = inbox_read(node->inbox, INBOX_RECEIVED, robot_sequence(node->robot) + 1,
                            whole->bytes, &size_bytes, error);
        if (status == SPILL_OK) {
            status = robot_receive(node->robot, whole->bytes, size_bytes, error);
        }
    }
    return status;
}

/* The robot does what it wants to do, without anybody writing down when. */
static enum spill_status whole_node_act_unwritten(struct whole *whole, struct whole_node *node,
                                                  int64_t now_ms, struct spill_error *error) {
    struct input input;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && robot_take(node->robot, now_ms, &input, 1) > 0) {
        size_t size_bytes = 0;
        status = input_encode(&input, whole->bytes, INPUT_BYTES_MAX, &size_bytes);
        SPILL_ASSERT(status == SPILL_OK);
        status = inbox_append(node->inbox, INBOX_SENT, whole->bytes, size_bytes, NULL, error);
        node->dirty = true;
    }
    return status;
}

/* Acts at the time that the coordinator said, once it has heard all there is. */
static enum spill_status whole_node_act(struct whole *whole, struct whole_node *node,
                                        struct spill_error *error) {
    struct stream_clock now;
    int64_t said_us = 0;
    if (node->robot == NULL || !node->due) {
        return SPILL_OK;
    }
    node->due = false;
    enum spill_status status = whole_node_hear(whole, node, error);
    const bool all = robot_sequence(node->robot) >= stream_known(node->stream);
    if (status != SPILL_OK || !stream_is_open(node->stream) ||
        !stream_now(node->stream, &now, &said_us) || !all) {
        return status;
    }
    if (now.exercise_ms >= node->robot_ms) {
        size_t input_count = 0;
        const uint64_t turns = inbox_position(node->inbox, INBOX_TURNS).sequence;
        node->robot_ms = now.exercise_ms;
        status = whole_mutant(whole, WHOLE_MUTANT_NO_DIARY)
                     ? whole_node_act_unwritten(whole, node, now.exercise_ms, error)
                     : diary_turn(node->inbox, node->robot, now.exercise_ms, &input_count, error);
        node->dirty = node->dirty || inbox_position(node->inbox, INBOX_TURNS).sequence > turns;
    }
    node->grants = true;
    return status;
}

/* ---- People ---- */

/* They look at what came, and remember the last inject. */
static void whole_node_look(struct whole *whole, struct whole_node *node,
                            const struct stream_action *action) {
    struct output output;
    struct spill_error error = {{0}};
    codec_arena_reset(whole->arena);
    if (output_decode(action->bytes, action->size_bytes, whole->arena, &output, &error) !=
            SPILL_OK ||
        output.kind != OUTPUT_MESSAGE) {
        whole_fail(whole, "%s got what is no message: %s", whole_cell(whole, node->cell),
                   error.text);
        return;
    }
    const struct message *const message = &output.message;
    if (strcmp(message->cell, whole_cell(whole, node->cell)) != 0 ||
        message->sequence != action->sequence || message->kind != action->message_kind) {
        whole_fail(whole, "%s got message %llu of %s as its %llu", whole_cell(whole, node->cell),
                   (unsigned long long)message->sequence, message->cell,
                   (unsigned long long)action->sequence);
    }
    if (message->kind == MESSAGE_INJECT) {
        (void)snprintf(node->inject, sizeof node->inject, "%s", message->inject.inject);
    }
}

static struct input whole_node_word(struct whole *whole, const struct whole_node *node, char *text,
                                    size_t text_bytes) {
    const char *const cell = whole_cell(whole, node->cell);
    struct input input = {.who = {WHO_CELL, cell}};
    (void)snprintf(text, text_bytes, "words %llu", (unsigned long long)++whole->words);
    switch (node->inject[0] == '\0' ? 0 : sim_below(&whole->chance, 5)) {
    case 0:
        input.kind = INPUT_MESSAGE;
        input.message.to_control = true;
        input.message.text = text;
        break;
    case 1:
        input.kind = INPUT_RFI;
        input.rfi.cell = cell;
        input.rfi.text = text;
        break;
    case 2:
        input.kind = INPUT_ANSWERED;
        input.answer.cell = cell;
        input.answer.inject = node->inject;
        input.answer.option = "";
        input.answer.decision = text;
        input.answer.rationale = "";
        break;
    default:
        input.kind = INPUT_ACKNOWLEDGED;
        input.seen.cell = cell;
        input.seen.inject = node->inject;
        break;
    }
    return input;
}

bool whole_node_say(struct whole *whole, uint32_t cell) {
    struct whole_node *const node = &whole->nodes[cell];
    if (!node->alive || inbox_position(node->inbox, INBOX_RECEIVED).sequence == 0) {
        return false;
    }
    char text[64];
    struct spill_error error = {{0}};
    const struct input input = whole_node_word(whole, node, text, sizeof text);
    size_t size_bytes = 0;
    enum spill_status status = input_encode(&input, whole->bytes, INPUT_BYTES_MAX, &size_bytes);
    SPILL_ASSERT(status == SPILL_OK);
    status = inbox_append(node->inbox, INBOX_SENT, whole->bytes, size_bytes, NULL, &error);
    node->dirty = true;
    if (status == SPILL_OK) {
        status = whole_node_commit(whole, node, &error);
    }
    if (status != SPILL_OK) {
        whole_trouble(whole, 1 + cell, status, &error);
        return true;
    }
    whole_trace(whole, "node %s says %s", whole_cell(whole, cell), input_kind_name(input.kind));
    whole_node_pump(whole, node);
    return true;
}

/* ---- What the stream says ---- */

static void whole_node_keep(struct whole *whole, struct whole_node *node,
                            const struct stream_action *action) {
    struct spill_error error = {{0}};
    uint8_t key[SEAL_KEY_BYTES];
    const struct stream_kept kept = inbox_kept(node->inbox);
    const bool open =
        seal_box_open(&whole->keys[node->cell], whole->server.public_key, action->kept.exercise,
                      whole_cell(whole, node->cell), action->key_box, action->key_box_bytes, key);
    if (open) {
        seal_set_key(node->seal, key);
    }
    if (kept.epoch != action->kept.epoch || kept.start != action->kept.start) {
        inbox_keep(node->inbox, &action->kept);
        node->dirty = true;
        const enum spill_status status = whole_node_commit(whole, node, &error);
        if (status != SPILL_OK) {
            whole_trouble(whole, 1 + node->cell, status, &error);
            return;
        }
    }
    stream_kept(node->stream, &action->kept, open);
}

static void whole_node_store(struct whole *whole, struct whole_node *node,
                             const struct stream_action *action) {
    struct spill_error error = {{0}};
    whole_node_look(whole, node, action);
    const enum spill_status status =
        inbox_append(node->inbox, INBOX_RECEIVED, action->bytes, action->size_bytes, NULL, &error);
    if (status != SPILL_OK) {
        whole_trouble(whole, 1 + node->cell, status, &error);
        return;
    }
    node->dirty = node->due = true;
    if (whole_mutant(whole, WHOLE_MUTANT_ACK_BEFORE_COMMIT)) {
        stream_stored(node->stream,
                      (struct stream_durable){inbox_position(node->inbox, INBOX_RECEIVED)});
    }
}

static void whole_node_supply(struct whole *whole, struct whole_node *node, uint64_t sequence) {
    struct spill_error error = {{0}};
    struct input input;
    size_t size_bytes = 0;
    enum spill_status status =
        inbox_read(node->inbox, INBOX_SENT, sequence, whole->bytes, &size_bytes, &error);
    if (status == SPILL_OK) {
        codec_arena_reset(whole->arena);
        status = input_decode(whole->bytes, size_bytes, whole->arena, &input, &error);
    }
    if (status != SPILL_OK) {
        whole_trouble(whole, 1 + node->cell, status, &error);
        return;
    }
    stream_supply(node->stream, &(struct stream_message){.sequence = sequence,
                                                         .bytes = whole->bytes,
                                                         .size_bytes = size_bytes,
                                                         .kind = (uint8_t)input.kind});
}

static void whole_node_act_on(struct whole *whole, struct whole_node *node,
                              const struct stream_action *action) {
    struct spill_error error = {{0}};
    uint8_t head[FRAME_HEAD_BYTES];
    switch (action->kind) {
    case STREAM_SEND: {
        const enum spill_status sent =
            whole_send(whole, false, node->cell, whole->connection[node->cell], action->frame);
        if (sent == SPILL_AGAIN) {
            stream_unsent(node->stream, whole_node_now(whole, node));
        }
        break;
    }
    case STREAM_ASK:
        whole_node_supply(whole, node, action->sequence);
        break;
    case STREAM_ASK_HEAD:
        if (inbox_head(node->inbox, INBOX_SENT, action->sequence, head, &error) == SPILL_OK) {
            stream_head(node->stream, action->sequence, head);
        } else {
            whole_trouble(whole, 1 + node->cell, SPILL_IO, &error);
        }
        break;
    case STREAM_COMMIT:
        whole_node_store(whole, node, action);
        break;
    case STREAM_ACKNOWLEDGED:
        inbox_acknowledge(node->inbox, action->position.sequence);
        node->dirty = true;
        break;
    case STREAM_KEEP:
        whole_node_keep(whole, node, action);
        break;
    case STREAM_BRIEF:
        whole_node_take_brief(whole, node, action);
        break;
    case STREAM_TIME:
        node->due = true;
        break;
    case STREAM_ALARM:
        whole_alarm(whole, whole_cell(whole, node->cell), action);
        break;
    case STREAM_LINK:
        break;
    default:
        whole_fail(whole, "node %s is told to do what is not its part",
                   whole_cell(whole, node->cell));
        break;
    }
}

static void whole_node_drain(struct whole *whole, struct whole_node *node) {
    struct stream_action action;
    while (!whole->result->failed && !whole_is_dark(whole, 1 + node->cell) &&
           stream_next(node->stream, whole_node_now(whole, node), &action)) {
        whole_node_act_on(whole, node, &action);
    }
}

/* All that the stream wants, one commit, and what follows from it. */
static void whole_node_pump(struct whole *whole, struct whole_node *node) {
    struct spill_error error = {{0}};
    const uint32_t process = 1 + node->cell;
    for (bool more = true; more && !whole->result->failed && !whole_is_dark(whole, process);) {
        whole_node_drain(whole, node);
        enum spill_status status = whole_node_act(whole, node, &error);
        more = node->dirty || node->grants;
        if (status == SPILL_OK) {
            status = whole_node_commit(whole, node, &error);
        }
        if (status != SPILL_OK) {
            whole_trouble(whole, process, status, &error);
            return;
        }
        if (node->grants) {
            node->grants = false;
            const int64_t until_ms = robot_quiet_until_ms(node->robot);
            stream_grant(node->stream, node->robot_ms,
                         until_ms > node->robot_ms ? until_ms : node->robot_ms);
        }
    }
    if (whole->result->failed || whole_is_dark(whole, process)) {
        return;
    }
    const int64_t due_us = stream_due_us(node->stream);
    const int64_t tick_us = due_us == INT64_MAX ? INT64_MAX : due_us - node->clock_us;
    if (tick_us != node->tick_us && tick_us != INT64_MAX) {
        whole_schedule(whole, tick_us > whole->now_us ? tick_us - whole->now_us : 0,
                       WHOLE_EVENT_TICK, process, node->cell);
    }
    node->tick_us = tick_us;
}

void whole_node_receive(struct whole *whole, uint32_t cell, const struct frame *frame) {
    struct whole_node *const node = &whole->nodes[cell];
    stream_receive(node->stream, whole_node_now(whole, node), 0, frame);
    whole_node_pump(whole, node);
}

void whole_node_tick(struct whole *whole, uint32_t cell) {
    struct whole_node *const node = &whole->nodes[cell];
    if (node->tick_us <= whole->now_us) {
        node->tick_us = INT64_MAX;
        stream_tick(node->stream, whole_node_now(whole, node));
        whole_node_pump(whole, node);
    }
}

void whole_node_connected(struct whole *whole, uint32_t cell) {
    struct whole_node *const node = &whole->nodes[cell];
    stream_connected(node->stream, whole_node_now(whole, node));
    whole_node_pump(whole, node);
}
