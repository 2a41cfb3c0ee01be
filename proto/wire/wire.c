/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire/wire.h"

#include <stdlib.h>
#include <string.h>

#include "proto/spillover.pb-c.h"

enum {
    WIRE_ALIGN_BYTES = 16,
    WIRE_FIELDS_MAX = 64, /* Bits of a mask. */
    WIRE_VARINT_BYTES_MAX = 10,
    WIRE_TYPE_VARINT = 0,
    WIRE_TYPE_BYTES = 2,
};

static const uint8_t wire_magic[4] = {'S', 'P', 'I', 'L'};
enum {
    WIRE_SESSION_BYTES = 8,
    WIRE_HELLO_BYTES = sizeof wire_magic + 2 + WIRE_SESSION_BYTES, /* Before the body. */
    WIRE_REFUSE_BYTES = 1 + 2 + WIRE_SESSION_BYTES + 1,
};

struct wire {
    uint8_t *arena; /* WIRE_ARENA_BYTES, zero wherever it is not in use. */
    size_t used_bytes;
    size_t used_bytes_max;
    ProtobufCAllocator allocator;
};

/* ---- The arena ---- */

static void *wire_arena_alloc(void *context, size_t size_bytes) {
    struct wire *const wire = context;
    if (size_bytes > WIRE_ARENA_BYTES) {
        return NULL;
    }
    const size_t rounded_bytes =
        (size_bytes + WIRE_ALIGN_BYTES - 1) / WIRE_ALIGN_BYTES * WIRE_ALIGN_BYTES;
    if (rounded_bytes > WIRE_ARENA_BYTES - wire->used_bytes) {
        return NULL;
    }
    void *const memory = wire->arena + wire->used_bytes;
    wire->used_bytes += rounded_bytes;
    return memory;
}

/* Everything is given back at once, by wire_reset. */
static void wire_arena_free(void *context, void *memory) {
    (void)context;
    (void)memory;
}

enum spill_status wire_create(struct wire **wire) {
    SPILL_ASSERT(wire != NULL);
    struct wire *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->arena = spill_alloc(1, WIRE_ARENA_BYTES);
    if (made->arena == NULL) {
        wire_destroy(&made);
        return SPILL_MEMORY;
    }
    made->allocator = (ProtobufCAllocator){
        .alloc = wire_arena_alloc, .free = wire_arena_free, .allocator_data = made};
    *wire = made;
    return SPILL_OK;
}

void wire_destroy(struct wire **wire) {
    if (*wire != NULL) {
        free((*wire)->arena);
        free(*wire);
        *wire = NULL;
    }
}

void wire_reset(struct wire *wire) {
    SPILL_ASSERT(wire->used_bytes <= WIRE_ARENA_BYTES);
    if (wire->used_bytes > wire->used_bytes_max) {
        wire->used_bytes_max = wire->used_bytes;
    }
    memset(wire->arena, 0, wire->used_bytes);
    wire->used_bytes = 0;
}

size_t wire_used_bytes_max(const struct wire *wire) {
    return wire->used_bytes > wire->used_bytes_max ? wire->used_bytes : wire->used_bytes_max;
}

/* ---- Looking before unpacking ---- */

/* Reads a number of 7 bits a byte; false: it does not end, or is longer than 64 bits. */
static bool wire_varint(const uint8_t *bytes, size_t size_bytes, size_t *at, uint64_t *number) {
    uint64_t sum = 0;
    for (size_t i = 0; i < WIRE_VARINT_BYTES_MAX && *at < size_bytes; i++) {
        const uint8_t byte = bytes[(*at)++];
        if (i == WIRE_VARINT_BYTES_MAX - 1 && byte > 1) {
            return false;
        }
        sum |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) {
            *number = sum;
            return true;
        }
    }
    return false;
}

/* A field that this version has: of its type, and within it. */
static const char *wire_field_fault(const ProtobufCFieldDescriptor *field, uint64_t type,
                                    uint64_t number, const uint8_t *content) {
    const bool bytes = field->type == PROTOBUF_C_TYPE_BYTES;
    const bool text = field->type == PROTOBUF_C_TYPE_STRING;
    const uint64_t expected = bytes || text ? WIRE_TYPE_BYTES : WIRE_TYPE_VARINT;
    if (type != expected) {
        return "a field has another type";
    }
    if (text && !spill_utf8_valid((const char *)content, (size_t)number)) {
        return "a text is not UTF-8";
    }
    if (field->type == PROTOBUF_C_TYPE_UINT32 && number > UINT32_MAX) {
        return "a number is out of range";
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL && number > 1) {
        return "a truth value is neither";
    }
    return NULL;
}

/* What is wrong with the fields of a message, or NULL: unpacking itself would take a field twice,
 * a text with a NUL in it, and any number of fields that nobody knows. */
static const char *wire_scan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                             size_t size_bytes, unsigned unknown_max) {
    uint64_t seen = 0;
    unsigned unknown_count = 0;
    size_t at = 0;
    SPILL_ASSERT(descriptor->n_fields <= WIRE_FIELDS_MAX);
    while (at < size_bytes) {
        uint64_t tag = 0, number = 0;
        if (!wire_varint(bytes, size_bytes, &at, &tag) || tag >> 3 == 0 || tag > UINT32_MAX ||
            !wire_varint(bytes, size_bytes, &at, &number)) {
            return "a field is cut off";
        }
        const uint64_t type = tag & 7;
        if (type != WIRE_TYPE_VARINT && type != WIRE_TYPE_BYTES) {
            return "a field has a type that is not used";
        }
        const uint8_t *const content = bytes + at;
        if (type == WIRE_TYPE_BYTES) {
            if (number > size_bytes - at) {
                return "a field is cut off";
            }
            at += (size_t)number;
        }
        const ProtobufCFieldDescriptor *const field =
            protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
        if (field == NULL) {
            if (++unknown_count > unknown_max) {
                return "a field is unknown";
            }
            continue;
        }
        const uint64_t bit = UINT64_C(1) << (field - descriptor->fields);
        if ((seen & bit) != 0) {
            return "a field occurs twice";
        }
        seen |= bit;
        const char *const fault = wire_field_fault(field, type, number, content);
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

/* ---- Between fields and frames ---- */

static ProtobufCBinaryData wire_bytes(const uint8_t *bytes, size_t size_bytes) {
    /* protobuf-c reads from here only; its type has no const. */
    return (ProtobufCBinaryData){.len = size_bytes, .data = (uint8_t *)(uintptr_t)bytes};
}

static char *wire_text(const char *text) {
    return (char *)(uintptr_t)text;
}

static ProtobufCBinaryData wire_head(const struct frame_position *position) {
    return wire_bytes(position->head, position->sequence == 0 ? 0 : FRAME_HEAD_BYTES);
}

/* False: the head has another length than its sequence asks for. */
static bool wire_position(uint64_t sequence, ProtobufCBinaryData head,
                          struct frame_position *position) {
    position->sequence = sequence;
    if (head.len != (sequence == 0 ? 0 : FRAME_HEAD_BYTES)) {
        return false;
    }
    if (head.len > 0) {
        memcpy(position->head, head.data, head.len);
    }
    return true;
}

#define WIRE_STANDING_PUT(message, standing)                                                       \
    (message).received = (standing)->received.sequence;                                            \
    (message).received_head = wire_head(&(standing)->received);                                    \
    (message).committed = (standing)->committed.sequence;                                          \
    (message).committed_head = wire_head(&(standing)->committed)
#define WIRE_STANDING_GET(message, standing)                                                       \
    (wire_position((message)->received, (message)->received_head, &(standing)->received) &&        \
     wire_position((message)->committed, (message)->committed_head, &(standing)->committed))

/* The body of any frame. */
union wire_body {
    ProtobufCMessage base;
    Spillover__Hello hello;
    Spillover__Welcome welcome;
    Spillover__Refuse refuse;
    Spillover__Bye bye;
    Spillover__Data data;
    Spillover__Ack ack;
    Spillover__TimeAsk time_ask;
    Spillover__Time time;
    Spillover__Quiet quiet;
    Spillover__Snapshot snapshot;
    Spillover__BriefAsk brief_ask;
    Spillover__Brief brief;
};

static const uint8_t wire_kind_bytes[FRAME_KIND_COUNT] = {
#define WIRE_BYTE(name, byte, words) byte,
    FRAME_KIND_MAP(WIRE_BYTE)
#undef WIRE_BYTE
};

struct wire_kind {
    const ProtobufCMessageDescriptor *descriptor;
    void (*put)(const struct frame *frame, union wire_body *body);
    /* Returns what is wrong, or NULL; the rest is for frame_fault. */
    const char *(*get)(const union wire_body *body, struct frame *frame);
};

static void wire_put_hello(const struct frame *frame, union wire_body *body) {
    spillover__hello__init(&body->hello);
    if (frame->hello.has_exercise) {
        body->hello.exercise = wire_bytes(frame->hello.exercise, FRAME_EXERCISE_BYTES);
    }
    body->hello.epoch = frame->epoch;
    body->hello.start = frame->start;
    body->hello.cell = wire_text(frame->hello.cell);
    body->hello.program = wire_text(frame->hello.program);
    WIRE_STANDING_PUT(body->hello, &frame->hello.standing);
}

static const char *wire_get_hello(const union wire_body *body, struct frame *frame) {
    const Spillover__Hello *const hello = &body->hello;
    frame->epoch = hello->epoch;
    frame->start = hello->start;
    frame->hello.has_exercise = hello->exercise.len > 0;
    if (frame->hello.has_exercise) {
        if (hello->exercise.len != FRAME_EXERCISE_BYTES) {
            return "an exercise's name has another length";
        }
        memcpy(frame->hello.exercise, hello->exercise.data, FRAME_EXERCISE_BYTES);
    }
    frame->hello.cell = hello->cell;
    frame->hello.program = hello->program;
    return WIRE_STANDING_GET(hello, &frame->hello.standing) ? NULL : "a head has another length";
}

static void wire_put_welcome(const struct frame *frame, union wire_body *body) {
    spillover__welcome__init(&body->welcome);
    body->welcome.exercise = wire_bytes(frame->welcome.exercise, FRAME_EXERCISE_BYTES);
    body->welcome.major = frame->welcome.major;
    body->welcome.minor = frame->welcome.minor;
    body->welcome.readmit = frame->welcome.readmit;
    body->welcome.key_box = wire_bytes(frame->welcome.key_box, frame->welcome.key_box_bytes);
    WIRE_STANDING_PUT(body->welcome, &frame->welcome.standing);
}

static const char *wire_get_welcome(const union wire_body *body, struct frame *frame) {
    const Spillover__Welcome *const welcome = &body->welcome;
    if (welcome->exercise.len != FRAME_EXERCISE_BYTES) {
        return "an exercise's name has another length";
    }
    if (welcome->major > UINT8_MAX || welcome->minor > UINT8_MAX) {
        return "a version is out of range";
    }
    memcpy(frame->welcome.exercise, welcome->exercise.data, FRAME_EXERCISE_BYTES);
    frame->welcome.major = (uint8_t)welcome->major;
    frame->welcome.minor = (uint8_t)welcome->minor;
    frame->welcome.readmit = welcome->readmit != 0;
    frame->welcome.key_box = welcome->key_box.len > 0 ? welcome->key_box.data : NULL;
    frame->welcome.key_box_bytes = welcome->key_box.len;
    return WIRE_STANDING_GET(welcome, &frame->welcome.standing) ? NULL
                                                                : "a head has another length";
}

static void wire_put_refuse(const struct frame *frame, union wire_body *body) {
    spillover__refuse__init(&body->refuse);
    body->refuse.epoch = frame->epoch;
    body->refuse.start = frame->start;
    body->refuse.text = wire_text(frame->end.text);
}

static const char *wire_get_refuse(const union wire_body *body, struct frame *frame) {
    frame->epoch = body->refuse.epoch;
    frame->start = body->refuse.start;
    frame->end.text = body->refuse.text;
    return NULL;
}

static void wire_put_bye(const struct frame *frame, union wire_body *body) {
    spillover__bye__init(&body->bye);
    body->bye.reason = (uint32_t)frame->end.reason;
    body->bye.text = wire_text(frame->end.text);
}

static const char *wire_get_bye(const union wire_body *body, struct frame *frame) {
    if (body->bye.reason >= FRAME_REASON_COUNT) {
        return "an unknown reason";
    }
    frame->end.reason = (enum frame_reason)body->bye.reason;
    frame->end.text = body->bye.text;
    return NULL;
}

static void wire_put_data(const struct frame *frame, union wire_body *body) {
    spillover__data__init(&body->data);
    body->data.cell = wire_text(frame->data.cell);
    body->data.sequence = frame->data.sequence;
    body->data.kind = frame->data.kind;
    body->data.tlp = frame->data.tlp;
    body->data.body = wire_bytes(frame->data.body, frame->data.body_bytes);
}

static const char *wire_get_data(const union wire_body *body, struct frame *frame) {
    if (body->data.kind > UINT8_MAX || body->data.tlp > UINT8_MAX) {
        return "a label is out of range";
    }
    frame->data.cell = body->data.cell;
    frame->data.sequence = body->data.sequence;
    frame->data.kind = (uint8_t)body->data.kind;
    frame->data.tlp = (uint8_t)body->data.tlp;
    frame->data.body = body->data.body.data;
    frame->data.body_bytes = body->data.body.len;
    return NULL;
}

static void wire_put_ack(const struct frame *frame, union wire_body *body) {
    spillover__ack__init(&body->ack);
    WIRE_STANDING_PUT(body->ack, &frame->ack);
}

static const char *wire_get_ack(const union wire_body *body, struct frame *frame) {
    return WIRE_STANDING_GET(&body->ack, &frame->ack) ? NULL : "a head has another length";
}

static void wire_put_time_ask(const struct frame *frame, union wire_body *body) {
    spillover__time_ask__init(&body->time_ask);
    body->time_ask.ask_us = frame->time_ask.ask_us;
    body->time_ask.sent = frame->time_ask.sent;
    body->time_ask.acknowledged = frame->time_ask.acknowledged;
}

static const char *wire_get_time_ask(const union wire_body *body, struct frame *frame) {
    frame->time_ask.ask_us = body->time_ask.ask_us;
    frame->time_ask.sent = body->time_ask.sent;
    frame->time_ask.acknowledged = body->time_ask.acknowledged;
    return NULL;
}

static void wire_put_time(const struct frame *frame, union wire_body *body) {
    spillover__time__init(&body->time);
    body->time.ask_us = frame->time.ask_us;
    body->time.answer_us = frame->time.answer_us;
    body->time.exercise_ms = (uint64_t)frame->time.exercise_ms;
    body->time.speed_permille = (uint64_t)frame->time.speed_permille;
    body->time.clock = (uint32_t)frame->time.clock;
    body->time.committed = frame->time.committed;
    body->time.sent = frame->time.sent;
    body->time.acknowledged = frame->time.acknowledged;
}

static const char *wire_get_time(const union wire_body *body, struct frame *frame) {
    const Spillover__Time *const time = &body->time;
    if (time->exercise_ms > INT64_MAX || time->speed_permille > INT64_MAX ||
        time->clock >= FRAME_CLOCK_COUNT) {
        return "a time that cannot be";
    }
    frame->time.ask_us = time->ask_us;
    frame->time.answer_us = time->answer_us;
    frame->time.exercise_ms = (int64_t)time->exercise_ms;
    frame->time.speed_permille = (int64_t)time->speed_permille;
    frame->time.clock = (enum frame_clock)time->clock;
    frame->time.committed = time->committed;
    frame->time.sent = time->sent;
    frame->time.acknowledged = time->acknowledged;
    return NULL;
}

static void wire_put_quiet(const struct frame *frame, union wire_body *body) {
    spillover__quiet__init(&body->quiet);
    body->quiet.exercise_ms = (uint64_t)frame->quiet.exercise_ms;
    body->quiet.until_ms = (uint64_t)frame->quiet.until_ms;
    body->quiet.received = frame->quiet.received;
    body->quiet.committed = frame->quiet.committed;
}

static const char *wire_get_quiet(const union wire_body *body, struct frame *frame) {
    if (body->quiet.exercise_ms > INT64_MAX || body->quiet.until_ms > INT64_MAX) {
        return "a time that cannot be";
    }
    frame->quiet.exercise_ms = (int64_t)body->quiet.exercise_ms;
    frame->quiet.until_ms = (int64_t)body->quiet.until_ms;
    frame->quiet.received = body->quiet.received;
    frame->quiet.committed = body->quiet.committed;
    return NULL;
}

static void wire_put_snapshot(const struct frame *frame, union wire_body *body) {
    spillover__snapshot__init(&body->snapshot);
    body->snapshot.cell = wire_text(frame->snapshot.cell);
    body->snapshot.sequence = frame->snapshot.position.sequence;
    body->snapshot.head = wire_head(&frame->snapshot.position);
    body->snapshot.part = frame->snapshot.part;
    body->snapshot.part_count = frame->snapshot.part_count;
    body->snapshot.body = wire_bytes(frame->snapshot.body, frame->snapshot.body_bytes);
}

static const char *wire_get_snapshot(const union wire_body *body, struct frame *frame) {
    const Spillover__Snapshot *const snapshot = &body->snapshot;
    frame->snapshot.cell = snapshot->cell;
    frame->snapshot.part = snapshot->part;
    frame->snapshot.part_count = snapshot->part_count;
    frame->snapshot.body = snapshot->body.data;
    frame->snapshot.body_bytes = snapshot->body.len;
    return wire_position(snapshot->sequence, snapshot->head, &frame->snapshot.position)
               ? NULL
               : "a head has another length";
}

static void wire_put_brief_ask(const struct frame *frame, union wire_body *body) {
    spillover__brief_ask__init(&body->brief_ask);
    body->brief_ask.part = frame->brief_ask.part;
}

static const char *wire_get_brief_ask(const union wire_body *body, struct frame *frame) {
    frame->brief_ask.part = body->brief_ask.part;
    return NULL;
}

static void wire_put_brief(const struct frame *frame, union wire_body *body) {
    spillover__brief__init(&body->brief);
    body->brief.cell = wire_text(frame->brief.cell);
    body->brief.part = frame->brief.part;
    body->brief.part_count = frame->brief.part_count;
    body->brief.body = wire_bytes(frame->brief.body, frame->brief.body_bytes);
}

static const char *wire_get_brief(const union wire_body *body, struct frame *frame) {
    frame->brief.cell = body->brief.cell;
    frame->brief.part = body->brief.part;
    frame->brief.part_count = body->brief.part_count;
    frame->brief.body = body->brief.body.len > 0 ? body->brief.body.data : NULL;
    frame->brief.body_bytes = body->brief.body.len;
    return NULL;
}

static const struct wire_kind wire_kinds[FRAME_KIND_COUNT] = {
#define WIRE_KIND(NAME, name)                                                                      \
    [FRAME_##NAME] = {&spillover__##name##__descriptor, wire_put_##name, wire_get_##name}
    WIRE_KIND(HELLO, hello),
    WIRE_KIND(WELCOME, welcome),
    WIRE_KIND(REFUSE, refuse),
    WIRE_KIND(DATA, data),
    WIRE_KIND(ACK, ack),
    WIRE_KIND(TIME_ASK, time_ask),
    WIRE_KIND(TIME, time),
    WIRE_KIND(QUIET, quiet),
    WIRE_KIND(SNAPSHOT, snapshot),
    WIRE_KIND(BYE, bye),
    WIRE_KIND(BRIEF_ASK, brief_ask),
    WIRE_KIND(BRIEF, brief),
#undef WIRE_KIND
};

/* HELLO and REFUSE have the session before the body. All other bodies begin with the same three
 * fields, so that those of any may be read and written as those of an ACK. */
static bool wire_has_session(enum frame_kind kind) {
    return kind != FRAME_HELLO && kind != FRAME_REFUSE;
}

/* ---- Encoding ---- */

static void wire_put_number(uint8_t *bytes, uint64_t number) {
    for (size_t i = 0; i < WIRE_SESSION_BYTES; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
}

static uint64_t wire_get_number(const uint8_t *bytes) {
    uint64_t number = 0;
    for (size_t i = 0; i < WIRE_SESSION_BYTES; i++) {
        number |= (uint64_t)bytes[i] << (8 * i);
    }
    return number;
}

/* What stands before the body; returns its size. */
static size_t wire_put_prefix(const struct frame *frame, uint8_t prefix[WIRE_HELLO_BYTES]) {
    switch (frame->kind) {
    case FRAME_HELLO:
        memcpy(prefix, wire_magic, sizeof wire_magic);
        prefix[4] = frame->hello.major;
        prefix[5] = frame->hello.minor;
        wire_put_number(prefix + 6, frame->session);
        return WIRE_HELLO_BYTES;
    case FRAME_REFUSE:
        prefix[0] = wire_kind_bytes[FRAME_REFUSE];
        prefix[1] = frame->end.major;
        prefix[2] = frame->end.minor;
        wire_put_number(prefix + 3, frame->session);
        prefix[11] = (uint8_t)frame->end.reason;
        return WIRE_REFUSE_BYTES;
    default:
        prefix[0] = wire_kind_bytes[frame->kind];
        return 1;
    }
}

enum spill_status wire_encode(const struct frame *frame, uint8_t *bytes, size_t capacity_bytes,
                              size_t *size_bytes) {
    SPILL_ASSERT(frame != NULL);
    SPILL_ASSERT(frame_fault(frame) == NULL);
    uint8_t prefix[WIRE_HELLO_BYTES];
    union wire_body body;
    const size_t prefix_bytes = wire_put_prefix(frame, prefix);
    wire_kinds[frame->kind].put(frame, &body);
    if (wire_has_session(frame->kind)) {
        body.ack.session = frame->session;
        body.ack.epoch = frame->epoch;
        body.ack.start = frame->start;
    }
    const size_t body_bytes = protobuf_c_message_get_packed_size(&body.base);
    SPILL_ASSERT(prefix_bytes + body_bytes <= FRAME_BYTES_MAX);
    if (prefix_bytes + body_bytes > capacity_bytes) {
        return SPILL_LIMIT;
    }
    memcpy(bytes, prefix, prefix_bytes);
    const size_t packed_bytes = protobuf_c_message_pack(&body.base, bytes + prefix_bytes);
    SPILL_ASSERT(packed_bytes == body_bytes);
    *size_bytes = prefix_bytes + body_bytes;
    return SPILL_OK;
}

/* ---- Decoding ---- */

/* Reads what stands before the body into the frame; returns its size, 0: this is no frame. */
static size_t wire_get_prefix(const uint8_t *bytes, size_t size_bytes, struct frame *frame) {
    if (size_bytes >= WIRE_HELLO_BYTES && memcmp(bytes, wire_magic, sizeof wire_magic) == 0) {
        frame->kind = FRAME_HELLO;
        frame->hello.major = bytes[4];
        frame->hello.minor = bytes[5];
        frame->session = wire_get_number(bytes + 6);
        return WIRE_HELLO_BYTES;
    }
    if (size_bytes >= WIRE_REFUSE_BYTES && bytes[0] == wire_kind_bytes[FRAME_REFUSE]) {
        frame->kind = FRAME_REFUSE;
        frame->end.major = bytes[1];
        frame->end.minor = bytes[2];
        frame->session = wire_get_number(bytes + 3);
        /* A reason of a later version is some reason. */
        frame->end.reason = bytes[11] > FRAME_REASON_NONE && bytes[11] < FRAME_REASON_COUNT
                                ? (enum frame_reason)bytes[11]
                                : FRAME_REASON_VERSION;
        frame->end.text = "";
        return WIRE_REFUSE_BYTES;
    }
    for (size_t i = 0; size_bytes > 0 && i < FRAME_KIND_COUNT; i++) {
        if (bytes[0] == wire_kind_bytes[i] && i != FRAME_HELLO && i != FRAME_REFUSE) {
            frame->kind = (enum frame_kind)i;
            return 1;
        }
    }
    return 0;
}

/* Fills in the frame from its body, or says what is wrong. */
static const char *wire_get_body(struct wire *wire, const uint8_t *bytes, size_t size_bytes,
                                 struct frame *frame) {
    const struct wire_kind *const kind = &wire_kinds[frame->kind];
    const bool later = frame->kind == FRAME_HELLO && frame->hello.minor > FRAME_MINOR;
    const char *fault = wire_scan(kind->descriptor, bytes, size_bytes,
                                  later ? (unsigned)WIRE_UNKNOWN_FIELDS_MAX : 0);
    if (fault != NULL) {
        return fault;
    }
    const union wire_body *const body = (const union wire_body *)protobuf_c_message_unpack(
        kind->descriptor, &wire->allocator, size_bytes, bytes);
    if (body == NULL) {
        return "the fields cannot be read";
    }
    if (wire_has_session(frame->kind)) {
        frame->session = body->ack.session;
        frame->epoch = body->ack.epoch;
        frame->start = body->ack.start;
    }
    fault = kind->get(body, frame);
    return fault != NULL ? fault : frame_fault(frame);
}

enum spill_status wire_decode(struct wire *wire, const uint8_t *bytes, size_t size_bytes,
                              struct frame *frame, struct spill_error *error) {
    SPILL_ASSERT(wire != NULL);
    SPILL_ASSERT(bytes != NULL || size_bytes == 0);
    wire_reset(wire);
    if (size_bytes > FRAME_BYTES_MAX) {
        return spill_fail(error, SPILL_INVALID, "a frame of %zu bytes is too long", size_bytes);
    }
    struct frame made = {.session = 0};
    const size_t prefix_bytes = wire_get_prefix(bytes, size_bytes, &made);
    if (prefix_bytes == 0) {
        return spill_fail(error, SPILL_INVALID, "an unknown kind of frame");
    }
    const bool speaks = made.kind == FRAME_HELLO || made.kind == FRAME_REFUSE;
    const uint8_t major = made.kind == FRAME_HELLO ? made.hello.major : made.end.major;
    const char *const fault =
        speaks && major != FRAME_MAJOR
            ? frame_fault(&made) /* What follows is for those who speak it. */
            : wire_get_body(wire, bytes + prefix_bytes, size_bytes - prefix_bytes, &made);
    if (fault != NULL) {
        return spill_fail(error, SPILL_INVALID, "%s: %s", frame_kind_name(made.kind), fault);
    }
    *frame = made;
    return SPILL_OK;
}
