/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/stream/frame.h"

#include <string.h>

#include "tests/check.h"

static struct frame sound_data(void) {
    static const uint8_t body[] = "sealed";
    return (struct frame){
        .kind = FRAME_DATA,
        .session = 1,
        .epoch = 1,
        .start = 1,
        .data = {.cell = "csirt-nl", .sequence = 1, .body = body, .body_bytes = sizeof body},
    };
}

/* Names and words are there for every kind and reason, each its own. */
TEST(frame, everything_has_a_name) {
    CHECK_EQ(frame_kind_name(FRAME_HELLO), "hello");
    CHECK_EQ(frame_reason_name(FRAME_REASON_FORKED), "forked");
    for (int i = 0; i < FRAME_REASON_COUNT; i++) {
        CHECK_LT(10u, strlen(frame_reason_words((enum frame_reason)i)));
        CHECK_LE(strlen(frame_reason_words((enum frame_reason)i)), FRAME_TEXT_BYTES_MAX);
    }
}

/* What one side calls AHEAD the other calls LOST; a mirror twice is the same again, or close. */
TEST(frame, reasons_have_a_mirror) {
    CHECK_EQ(frame_reason_mirror(FRAME_REASON_AHEAD), FRAME_REASON_LOST);
    CHECK_EQ(frame_reason_mirror(FRAME_REASON_LOST), FRAME_REASON_AHEAD);
    CHECK_EQ(frame_reason_mirror(FRAME_REASON_BEHIND), FRAME_REASON_FORGOT);
    CHECK_EQ(frame_reason_mirror(FRAME_REASON_SEAL), FRAME_REASON_SEAL);
}

TEST(frame, faults_of_data_are_found) {
    struct frame frame = sound_data();
    CHECK_EQ(frame_fault(&frame), NULL);
    frame.data.sequence = 0;
    CHECK_NE(frame_fault(&frame), NULL);
    frame = sound_data();
    frame.data.cell = "No Cell";
    CHECK_EQ(frame_fault(&frame), "a cell's id is malformed");
    frame.data.cell = NULL;
    CHECK_NE(frame_fault(&frame), NULL);
    frame = sound_data();
    frame.data.kind = FRAME_LABEL_SNAPSHOT;
    CHECK_NE(frame_fault(&frame), NULL);
    frame = sound_data();
    frame.session = 0;
    CHECK_EQ(frame_fault(&frame), "a frame without a session");
    frame = sound_data();
    frame.data.body_bytes = FRAME_BODY_BYTES_MAX;
    CHECK_EQ(frame_fault(&frame), NULL);
    frame.data.body_bytes++;
    CHECK_NE(frame_fault(&frame), NULL);
    frame.data.body_bytes = 0;
    CHECK_NE(frame_fault(&frame), NULL);
}

TEST(frame, faults_of_hello_are_found) {
    const struct frame sound = {
        .kind = FRAME_HELLO, .session = 1, .hello = {.major = 1, .cell = "a", .program = "p"}};
    struct frame frame = sound;
    CHECK_EQ(frame_fault(&frame), NULL);
    frame.epoch = 1;
    CHECK_EQ(frame_fault(&frame), "an epoch without an exercise");
    frame = sound;
    frame.hello.program = "\xff";
    CHECK_EQ(frame_fault(&frame), "a text is not UTF-8");
    char text[FRAME_TEXT_BYTES_MAX + 2];
    memset(text, 'x', sizeof text);
    text[FRAME_TEXT_BYTES_MAX + 1] = '\0';
    frame.hello.program = text;
    CHECK_EQ(frame_fault(&frame), "a text is too long");
    text[FRAME_TEXT_BYTES_MAX] = '\0';
    CHECK_EQ(frame_fault(&frame), NULL);
    frame = sound;
    frame.hello.standing.received.head[3] = 1;
    CHECK_EQ(frame_fault(&frame), "a head before the first message is not zero");
}

TEST(frame, faults_of_the_others_are_found) {
    struct frame frame = {.kind = FRAME_BYE, .session = 1, .epoch = 1, .start = 1};
    frame.end.text = "";
    CHECK_EQ(frame_fault(&frame), "an unknown reason");
    frame.end.reason = FRAME_REASON_COUNT;
    CHECK_EQ(frame_fault(&frame), "an unknown reason");
    frame.end.reason = FRAME_REASON_CLOSING;
    CHECK_EQ(frame_fault(&frame), NULL);
    frame = (struct frame){.kind = FRAME_TIME, .session = 1, .epoch = 1, .start = 1};
    CHECK_EQ(frame_fault(&frame), NULL);
    frame.time.sent = 1;
    CHECK_NE(frame_fault(&frame), NULL);
    frame.time.sent = 0;
    frame.time.clock = (enum frame_clock)FRAME_CLOCK_COUNT;
    CHECK_NE(frame_fault(&frame), NULL);
    frame = (struct frame){.kind = FRAME_QUIET, .session = 1, .epoch = 1, .start = 1};
    CHECK_EQ(frame_fault(&frame), NULL);
    frame.quiet.until_ms = -1;
    CHECK_NE(frame_fault(&frame), NULL);
    frame = (struct frame){.kind = FRAME_TIME_ASK, .session = 1, .epoch = 1, .start = 1};
    CHECK_NE(frame_fault(&frame), NULL);
    frame.kind = FRAME_KIND_COUNT;
    CHECK_EQ(frame_fault(&frame), "an unknown kind of frame");
    frame = (struct frame){.kind = FRAME_SNAPSHOT,
                           .session = 1,
                           .epoch = 1,
                           .start = 1,
                           .snapshot = {.cell = "a",
                                        .position = {.sequence = 5},
                                        .part_count = FRAME_SNAPSHOT_PARTS_MAX,
                                        .part = FRAME_SNAPSHOT_PARTS_MAX - 1,
                                        .body = (const uint8_t *)"x",
                                        .body_bytes = 1}};
    CHECK_EQ(frame_fault(&frame), NULL);
    frame.snapshot.part++;
    CHECK_NE(frame_fault(&frame), NULL);
    frame.snapshot.part_count++;
    CHECK_NE(frame_fault(&frame), NULL);
}

/* The head is BLAKE2b-256 of the head before and the bytes: a value computed elsewhere. */
TEST(frame, head_is_the_hash_of_head_and_bytes) {
    static const uint8_t expected[FRAME_HEAD_BYTES] = {
        0x5d, 0xb8, 0x27, 0xe5, 0xe9, 0x25, 0xe6, 0xb9, 0x33, 0xa8, 0x65,
        0x96, 0xa0, 0x44, 0x6c, 0x34, 0x5c, 0x0d, 0x74, 0xd7, 0x7f, 0x55,
        0xa7, 0x51, 0xad, 0xe5, 0xd7, 0xc7, 0x16, 0x2e, 0xea, 0xd8};
    struct frame_position position = {.sequence = 0};
    frame_position_next(&position, (const uint8_t *)"abc", 3);
    CHECK_EQ(position.sequence, 1);
    CHECK_BYTES(position.head, FRAME_HEAD_BYTES, expected, sizeof expected);
    struct frame_position other = position;
    CHECK(frame_position_equal(&position, &other));
    other.sequence++;
    CHECK(!frame_position_equal(&position, &other));
    other = position;
    other.head[31] ^= 1;
    CHECK(!frame_position_equal(&position, &other));
}
