/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire/wire.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

static uint8_t bytes[FRAME_BYTES_MAX + 1];
static uint8_t body[FRAME_BODY_BYTES_MAX];
static struct wire *wire;

static void start(void) {
    CHECK_OK(wire_create(&wire));
}

static void finish(void) {
    CHECK_LE(wire_used_bytes_max(wire), WIRE_ARENA_BYTES);
    wire_destroy(&wire);
}

static uint64_t draw(uint64_t *state) {
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t word = (*state ^ *state >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    return word ^ word >> 31;
}

/* A number of any size. */
static uint64_t draw_number(uint64_t *state) {
    return draw(state) >> draw(state) % 64;
}

static struct frame_position draw_position(uint64_t *state) {
    struct frame_position position = {.sequence = draw(state) % 3 == 0 ? 0 : draw_number(state)};
    for (size_t i = 0; position.sequence > 0 && i < FRAME_HEAD_BYTES; i++) {
        position.head[i] = (uint8_t)draw(state);
    }
    return position;
}

static struct frame_standing draw_standing(uint64_t *state) {
    const struct frame_position received = draw_position(state);
    return (struct frame_standing){.received = received, .committed = draw_position(state)};
}

/* A sound frame of this kind. */
static struct frame draw_frame(enum frame_kind kind, uint64_t *state) {
    struct frame frame = {.kind = kind,
                          .session = draw_number(state) | 1,
                          .epoch = draw_number(state) | 1,
                          .start = draw_number(state) | 1};
    const size_t body_bytes = 1 + (size_t)(draw(state) % 2000);
    switch (kind) {
    case FRAME_HELLO:
        frame.hello.major = FRAME_MAJOR;
        frame.hello.minor = FRAME_MINOR;
        frame.hello.has_exercise = true;
        memcpy(frame.hello.exercise, "sixteen bytes are", FRAME_EXERCISE_BYTES);
        frame.hello.cell = "ministry-nl";
        frame.hello.program = draw(state) % 2 == 0 ? "" : "spillover 0.1.0 \xc3\xa9";
        frame.hello.standing = draw_standing(state);
        break;
    case FRAME_WELCOME:
        frame.welcome.major = FRAME_MAJOR;
        frame.welcome.readmit = draw(state) % 2 == 0;
        frame.welcome.standing = draw_standing(state);
        frame.welcome.key_box = body;
        frame.welcome.key_box_bytes = (size_t)(draw(state) % FRAME_KEY_BOX_BYTES_MAX);
        break;
    case FRAME_REFUSE:
    case FRAME_BYE:
        frame.end.major = kind == FRAME_REFUSE ? FRAME_MAJOR : 0;
        frame.end.reason = (enum frame_reason)(1 + draw(state) % (FRAME_REASON_COUNT - 1));
        frame.end.text = frame_reason_words(frame.end.reason);
        break;
    case FRAME_DATA:
        frame.data.cell = "csirt-de";
        frame.data.sequence = draw_number(state) | 1;
        frame.data.kind = (uint8_t)(draw(state) % FRAME_LABEL_SNAPSHOT);
        frame.data.tlp = (uint8_t)draw(state);
        frame.data.body = body;
        frame.data.body_bytes = body_bytes;
        break;
    case FRAME_ACK:
        frame.ack = draw_standing(state);
        break;
    case FRAME_TIME_ASK:
        frame.time_ask.ask_us = draw_number(state) | 1;
        frame.time_ask.sent = draw_number(state);
        frame.time_ask.acknowledged = draw(state) % (frame.time_ask.sent + 1);
        break;
    case FRAME_TIME:
        frame.time.ask_us = draw_number(state);
        frame.time.answer_us = draw_number(state);
        frame.time.exercise_ms = (int64_t)(draw_number(state) >> 1);
        frame.time.speed_permille = (int64_t)(draw_number(state) >> 1);
        frame.time.clock = (enum frame_clock)(draw(state) % FRAME_CLOCK_COUNT);
        frame.time.committed = draw_number(state) >> 1;
        frame.time.sent = draw(state) % (frame.time.committed + 1);
        frame.time.acknowledged = draw(state) % (frame.time.sent + 1);
        break;
    case FRAME_QUIET:
        frame.quiet.until_ms = (int64_t)(draw_number(state) >> 1);
        frame.quiet.exercise_ms = frame.quiet.until_ms / 2;
        frame.quiet.received = draw_number(state);
        frame.quiet.committed = draw_number(state);
        break;
    case FRAME_BRIEF_ASK:
        frame.brief_ask.part = (uint32_t)(draw(state) % FRAME_BRIEF_PARTS_MAX);
        break;
    case FRAME_BRIEF:
        frame.brief.cell = "csirt-de";
        frame.brief.part_count = (uint32_t)(draw(state) % (FRAME_BRIEF_PARTS_MAX + 1));
        if (frame.brief.part_count > 0) {
            frame.brief.part = (uint32_t)(draw(state) % frame.brief.part_count);
            frame.brief.body = body;
            frame.brief.body_bytes = body_bytes;
        }
        break;
    case FRAME_SNAPSHOT:
        frame.snapshot.cell = "csirt-de";
        frame.snapshot.position = draw_position(state);
        frame.snapshot.position.sequence |= 1;
        frame.snapshot.part_count = 1 + (uint32_t)(draw(state) % FRAME_SNAPSHOT_PARTS_MAX);
        frame.snapshot.part = (uint32_t)(draw(state) % frame.snapshot.part_count);
        frame.snapshot.body = body;
        frame.snapshot.body_bytes = body_bytes;
        break;
    case FRAME_KIND_COUNT:
        break;
    }
    return frame;
}

static size_t encoded(const struct frame *frame) {
    size_t size_bytes = 0;
    CHECK_OK(wire_encode(frame, bytes, FRAME_BYTES_MAX, &size_bytes));
    return size_bytes;
}

/* Every frame comes back as it was, field by field: the bytes of what came back are the same. */
TEST(wire, every_frame_comes_back) {
    static uint8_t again[FRAME_BYTES_MAX];
    start();
    uint64_t state = 1;
    for (int round = 0; round < 2000; round++) {
        const enum frame_kind kind = (enum frame_kind)(round % FRAME_KIND_COUNT);
        const struct frame frame = draw_frame(kind, &state);
        CHECK_EQ(frame_fault(&frame), NULL);
        const size_t size_bytes = encoded(&frame);
        struct frame back;
        CHECK_OK(wire_decode(wire, bytes, size_bytes, &back, NULL));
        CHECK_EQ(back.kind, kind);
        CHECK_EQ(back.session, frame.session);
        CHECK_EQ(back.epoch, frame.epoch);
        CHECK_EQ(back.start, frame.start);
        size_t again_bytes = 0;
        CHECK_OK(wire_encode(&back, again, sizeof again, &again_bytes));
        CHECK_BYTES(bytes, size_bytes, again, again_bytes);
    }
    finish();
}

/* Some fields looked at one by one, so that a pair of equal mistakes does not pass. */
TEST(wire, fields_are_where_they_belong) {
    start();
    uint64_t state = 5;
    struct frame frame = draw_frame(FRAME_TIME, &state);
    struct frame back;
    CHECK_OK(wire_decode(wire, bytes, encoded(&frame), &back, NULL));
    CHECK_EQ(back.time.ask_us, frame.time.ask_us);
    CHECK_EQ(back.time.answer_us, frame.time.answer_us);
    CHECK_EQ(back.time.exercise_ms, frame.time.exercise_ms);
    CHECK_EQ(back.time.speed_permille, frame.time.speed_permille);
    CHECK_EQ(back.time.clock, frame.time.clock);
    CHECK_EQ(back.time.committed, frame.time.committed);
    CHECK_EQ(back.time.sent, frame.time.sent);
    CHECK_EQ(back.time.acknowledged, frame.time.acknowledged);
    frame = draw_frame(FRAME_HELLO, &state);
    frame.hello.standing.received = (struct frame_position){.sequence = 7, .head = {1, 2, 3}};
    frame.hello.standing.committed = (struct frame_position){.sequence = 0};
    CHECK_OK(wire_decode(wire, bytes, encoded(&frame), &back, NULL));
    CHECK(frame_position_equal(&back.hello.standing.received, &frame.hello.standing.received));
    CHECK(frame_position_equal(&back.hello.standing.committed, &frame.hello.standing.committed));
    CHECK_EQ(back.hello.cell, "ministry-nl");
    CHECK_BYTES(back.hello.exercise, 16, frame.hello.exercise, 16);
    finish();
}

/* HELLO begins with bytes that never change. */
TEST(wire, hello_begins_with_fixed_bytes) {
    uint64_t state = 2;
    struct frame frame = draw_frame(FRAME_HELLO, &state);
    frame.session = UINT64_C(0x0102030405060708);
    CHECK_LT(14u, encoded(&frame));
    CHECK_BYTES(bytes, 14, "SPIL\x01\x00\x08\x07\x06\x05\x04\x03\x02\x01", 14);
}

/* A frame cut off anywhere, or with any bit turned, is refused or is another sound frame. */
TEST(wire, damaged_frames_do_no_harm) {
    static uint8_t damaged[FRAME_BYTES_MAX];
    start();
    uint64_t state = 3;
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        const struct frame frame = draw_frame((enum frame_kind)i, &state);
        const size_t size_bytes = encoded(&frame);
        struct frame back;
        for (size_t cut = 0; cut < size_bytes; cut++) {
            if (wire_decode(wire, bytes, cut, &back, NULL) == SPILL_OK) {
                CHECK_EQ(frame_fault(&back), NULL);
            }
        }
        for (size_t bit = 0; bit < 8 * size_bytes; bit++) {
            memcpy(damaged, bytes, size_bytes);
            damaged[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (wire_decode(wire, damaged, size_bytes, &back, NULL) == SPILL_OK) {
                CHECK_EQ(frame_fault(&back), NULL);
            }
        }
    }
    finish();
}

static void refused(const void *frame, size_t size_bytes, const char *words) {
    struct frame back = {.session = 99};
    struct spill_error error;
    CHECK_EQ(wire_decode(wire, frame, size_bytes, &back, &error), SPILL_INVALID);
    CHECK_EQ(error.text, words);
    CHECK_EQ(back.session, 99);
}

TEST(wire, what_is_no_frame_is_refused_with_the_reason) {
    start();
    refused("", 0, "an unknown kind of frame");
    refused("X", 1, "an unknown kind of frame");
    refused("SPIL", 4, "an unknown kind of frame");
    refused("A", 1, "ack: a frame without a session");
    refused("A\x08", 2, "ack: a field is cut off");
    refused("A\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 12, "ack: a field is cut off");
    refused("A\x08\x01\x08\x01", 5, "ack: a field occurs twice");
    refused("A\xf8\x01\x01", 4, "ack: a field is unknown");
    refused("A\x0a\x01\x01", 4, "ack: a field has another type");
    refused("A\x0d\x01\x01\x01\x01", 6, "ack: a field has a type that is not used");
    refused("A\x0b\x0c", 3, "ack: a field has a type that is not used");
    refused("A\x2a\x20\x01", 4, "ack: a field is cut off");
    refused("A\x08\x01\x10\x01\x18\x01\x20\x05\x2a\x01\x01", 12, "ack: a head has another length");
    refused("D\x22\x03\x61\x00\x62", 6, "data: a text is not UTF-8");
    refused("D\x22\x02\xc3\x28", 5, "data: a text is not UTF-8");
    refused("D\x30\x80\x80\x80\x80\x10", 7, "data: a number is out of range");
    refused("W\x38\x02", 3, "welcome: a truth value is neither");
    finish();
}

/* One byte too many. */
TEST(wire, longest_frame) {
    start();
    uint64_t state = 4;
    struct frame frame = draw_frame(FRAME_DATA, &state);
    frame.data.body_bytes = FRAME_BODY_BYTES_MAX;
    const size_t size_bytes = encoded(&frame);
    CHECK_LE(size_bytes, FRAME_BYTES_MAX);
    struct frame back;
    CHECK_OK(wire_decode(wire, bytes, size_bytes, &back, NULL));
    CHECK_EQ(back.data.body_bytes, FRAME_BODY_BYTES_MAX);
    size_t needed = 0;
    CHECK_EQ(wire_encode(&frame, bytes, size_bytes - 1, &needed), SPILL_LIMIT);
    CHECK_EQ(needed, 0);
    memset(bytes, 'A', sizeof bytes);
    refused(bytes, FRAME_BYTES_MAX + 1, "a frame of 262145 bytes is too long");
    finish();
}

/* A quarter of a megabyte of fields that cost two bytes each: refused before anything is made of
 * them. */
TEST(wire, many_small_fields_take_no_memory) {
    start();
    for (size_t i = 0; i < FRAME_BYTES_MAX; i += 2) {
        bytes[i + 1] = 0x4A; /* Field 9, bytes … */
        bytes[i + 2] = 0x00; /* … of none. */
    }
    bytes[0] = 'N';
    refused(bytes, FRAME_BYTES_MAX - 1, "snapshot: a field occurs twice");
    for (size_t i = 1; i + 2 < FRAME_BYTES_MAX; i += 3) {
        bytes[i] = 0xFA; /* A field that nobody knows. */
        bytes[i + 1] = 0x01;
        bytes[i + 2] = 0x00;
    }
    refused(bytes, 1 + 3 * 80000, "snapshot: a field is unknown");
    memcpy(bytes, "SPIL\x01\xff\x01\0\0\0\0\0\0\0\0", 14);
    for (size_t i = 14; i + 2 < FRAME_BYTES_MAX; i += 3) {
        bytes[i] = 0xFA;
        bytes[i + 1] = 0x01;
        bytes[i + 2] = 0x00;
    }
    refused(bytes, 14 + 3 * 80000, "hello: a field is unknown");
    CHECK_LE(wire_used_bytes_max(wire), 8192u);
    finish();
}

/* A later minor version may say more in its HELLO; ours may not, and no other frame. */
TEST(wire, hello_of_a_later_version_is_understood) {
    start();
    uint64_t state = 6;
    struct frame frame = draw_frame(FRAME_HELLO, &state);
    const size_t size_bytes = encoded(&frame);
    memcpy(bytes + size_bytes, "\xfa\x01\x02hi", 5);
    refused(bytes, size_bytes + 5, "hello: a field is unknown");
    bytes[5]++;
    struct frame back;
    CHECK_OK(wire_decode(wire, bytes, size_bytes + 5, &back, NULL));
    CHECK_EQ(back.hello.minor, FRAME_MINOR + 1);
    CHECK_EQ(back.hello.cell, "ministry-nl");
    finish();
}

/* Of another major version only what never changes is read. */
TEST(wire, other_major_version_is_told_apart) {
    start();
    struct frame back;
    CHECK_OK(wire_decode(wire, (const uint8_t *)"SPIL\x07\x02\x05\0\0\0\0\0\0\0gibberish", 23,
                         &back, NULL));
    CHECK_EQ(back.kind, FRAME_HELLO);
    CHECK_EQ(back.hello.major, 7);
    CHECK_EQ(back.session, 5);
    CHECK_OK(wire_decode(wire, (const uint8_t *)"R\x07\x02\x05\0\0\0\0\0\0\0\xEEgibberish", 21,
                         &back, NULL));
    CHECK_EQ(back.kind, FRAME_REFUSE);
    CHECK_EQ(back.session, 5);
    CHECK_EQ(back.end.reason, FRAME_REASON_VERSION);
    finish();
}

TEST(wire, out_of_memory_is_told) {
    for (long after = 0; after < 2; after++) {
        struct wire *made = NULL;
        spill_alloc_fail_after(after, false);
        CHECK_EQ(wire_create(&made), SPILL_MEMORY);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(made, NULL);
    }
    wire_destroy(&(struct wire *){NULL});
}
