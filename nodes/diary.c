/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/diary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)INPUT_BYTES_MAX <= (int)FRAME_MESSAGE_BYTES_MAX, "an input is a message");
_Static_assert((int)BRIEF_CHUNK_BYTES <= (int)FRAME_MESSAGE_BYTES_MAX,
               "a piece of a brief is a message");

/* One turn: at now_ms, with so many messages received and inputs sent before it. */
struct diary_entry {
    int64_t now_ms;
    uint64_t received;
    uint64_t sent;
};
enum { DIARY_ENTRY_BYTES = 24 };

static void diary_encode(const struct diary_entry *entry, uint8_t bytes[DIARY_ENTRY_BYTES]) {
    const uint64_t numbers[] = {(uint64_t)entry->now_ms, entry->received, entry->sent};
    for (size_t i = 0; i < DIARY_ENTRY_BYTES; i++) {
        bytes[i] = (uint8_t)(numbers[i / 8] >> (8 * (i % 8)));
    }
}

static struct diary_entry diary_decode(const uint8_t bytes[DIARY_ENTRY_BYTES]) {
    uint64_t numbers[3] = {0};
    for (size_t i = 0; i < DIARY_ENTRY_BYTES; i++) {
        numbers[i / 8] |= (uint64_t)bytes[i] << (8 * (i % 8));
    }
    return (struct diary_entry){(int64_t)numbers[0], numbers[1], numbers[2]};
}

/* ---- Writing ---- */

static enum spill_status diary_take(struct inbox *inbox, struct robot *robot, int64_t now_ms,
                                    uint8_t *bytes, size_t *input_count,
                                    struct spill_error *error) {
    struct input input;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && *input_count < ROBOT_TURN_MAX &&
           robot_take(robot, now_ms, &input, 1) > 0) {
        size_t size_bytes = 0;
        const enum spill_status encoded = input_encode(&input, bytes, INPUT_BYTES_MAX, &size_bytes);
        SPILL_ASSERT(encoded == SPILL_OK);
        status = inbox_append(inbox, INBOX_SENT, bytes, size_bytes, NULL, error);
        *input_count += 1;
    }
    return status;
}

enum spill_status diary_turn(struct inbox *inbox, struct robot *robot, int64_t now_ms,
                             size_t *input_count, struct spill_error *error) {
    SPILL_ASSERT(robot_sequence(robot) == inbox_position(inbox, INBOX_RECEIVED).sequence);
    size_t count = 0;
    if (robot_quiet_until_ms(robot) > now_ms) {
        *input_count = 0;
        return SPILL_OK; /* Being asked changes nothing. */
    }
    uint8_t entry_bytes[DIARY_ENTRY_BYTES];
    const struct diary_entry entry = {now_ms, robot_sequence(robot),
                                      inbox_position(inbox, INBOX_SENT).sequence};
    diary_encode(&entry, entry_bytes);
    uint8_t *const bytes = spill_alloc(INPUT_BYTES_MAX, 1);
    if (bytes == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    enum spill_status status =
        inbox_append(inbox, INBOX_TURNS, entry_bytes, sizeof entry_bytes, NULL, error);
    if (status == SPILL_OK) {
        status = diary_take(inbox, robot, now_ms, bytes, &count, error);
    }
    free(bytes);
    if (status == SPILL_OK) {
        *input_count = count;
    }
    return status;
}

/* ---- Reading ---- */

/* What one replay needs. */
struct diary_reader {
    struct inbox *inbox;
    struct robot *robot;
    uint8_t *message; /* FRAME_MESSAGE_BYTES_MAX */
    uint8_t *input;   /* INPUT_BYTES_MAX */
    uint64_t sent;    /* Told so far. */
    int64_t now_ms;
};

static enum spill_status diary_hear(struct diary_reader *reader, uint64_t up_to,
                                    struct spill_error *error) {
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && robot_sequence(reader->robot) < up_to) {
        const uint64_t sequence = robot_sequence(reader->robot) + 1;
        size_t size_bytes = 0;
        status = inbox_read(reader->inbox, INBOX_RECEIVED, sequence, reader->message, &size_bytes,
                            error);
        if (status == SPILL_OK &&
            robot_receive(reader->robot, reader->message, size_bytes, error) != SPILL_OK) {
            status = SPILL_CORRUPT;
        }
    }
    return status;
}

static enum spill_status diary_do(struct diary_reader *reader, const struct diary_entry *entry,
                                  struct spill_error *error) {
    struct input input;
    if (robot_sequence(reader->robot) != entry->received || reader->sent != entry->sent ||
        entry->now_ms < reader->now_ms) {
        return spill_fail(error, SPILL_CORRUPT, "a turn of the robot is out of order");
    }
    reader->now_ms = entry->now_ms;
    for (int i = 0; i < ROBOT_TURN_MAX && robot_take(reader->robot, entry->now_ms, &input, 1) > 0;
         i++) {
        size_t input_bytes = 0;
        size_t sent_bytes = 0;
        const enum spill_status encoded =
            input_encode(&input, reader->input, INPUT_BYTES_MAX, &input_bytes);
        SPILL_ASSERT(encoded == SPILL_OK);
        const enum spill_status status = inbox_read(reader->inbox, INBOX_SENT, reader->sent + 1,
                                                    reader->message, &sent_bytes, error);
        if (status != SPILL_OK && status != SPILL_NOT_FOUND) {
            return status;
        }
        if (status == SPILL_NOT_FOUND || sent_bytes != input_bytes ||
            memcmp(reader->message, reader->input, input_bytes) != 0) {
            return spill_fail(error, SPILL_CORRUPT,
                              "told again, the robot sends something else as its input %" PRIu64,
                              reader->sent + 1);
        }
        reader->sent++;
    }
    return SPILL_OK;
}

static enum spill_status diary_read(struct diary_reader *reader, struct spill_error *error) {
    struct inbox *const inbox = reader->inbox;
    enum spill_status status = SPILL_OK;
    const uint64_t turn_count = inbox_position(inbox, INBOX_TURNS).sequence;
    for (uint64_t i = 1; i <= turn_count && status == SPILL_OK; i++) {
        size_t size_bytes = 0;
        status = inbox_read(inbox, INBOX_TURNS, i, reader->message, &size_bytes, error);
        if (status == SPILL_OK && size_bytes != DIARY_ENTRY_BYTES) {
            status = spill_fail(error, SPILL_CORRUPT, "a turn of the robot is malformed");
        }
        if (status == SPILL_OK) {
            const struct diary_entry entry = diary_decode(reader->message);
            /* After an adoption its first input has a later number. */
            reader->sent = i == 1 ? entry.sent : reader->sent;
            status = diary_hear(reader, entry.received, error);
            status = status == SPILL_OK ? diary_do(reader, &entry, error) : status;
        }
    }
    if (status == SPILL_OK) {
        status = diary_hear(reader, inbox_position(inbox, INBOX_RECEIVED).sequence, error);
    }
    if (status == SPILL_OK && turn_count > 0 &&
        reader->sent != inbox_position(inbox, INBOX_SENT).sequence) {
        status = spill_fail(error, SPILL_CORRUPT,
                            "told again, the robot ends at input %" PRIu64 " and not at %" PRIu64,
                            reader->sent, inbox_position(inbox, INBOX_SENT).sequence);
    }
    return status;
}

enum spill_status diary_replay(struct inbox *inbox, struct robot *robot, int64_t *now_ms,
                               struct spill_error *error) {
    SPILL_ASSERT(robot_sequence(robot) == 0);
    struct diary_reader reader = {.inbox = inbox,
                                  .robot = robot,
                                  .message = spill_alloc(FRAME_MESSAGE_BYTES_MAX, 1),
                                  .input = spill_alloc(INPUT_BYTES_MAX, 1)};
    const enum spill_status status = reader.message == NULL || reader.input == NULL
                                         ? spill_fail(error, SPILL_MEMORY, "out of memory")
                                         : diary_read(&reader, error);
    free(reader.message);
    free(reader.input);
    if (status == SPILL_OK) {
        *now_ms = reader.now_ms;
    }
    return status;
}
