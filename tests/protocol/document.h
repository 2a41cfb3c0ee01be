/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document: the part of proto/PROTOCOL.md that is printed from the tables of the program: kinds,
 * reasons, fields of messages and inputs, and a test vector for each. Header only, for
 * make_document.c, which prints it, and test_document.c, which reads it again.
 */
#ifndef SPILL_TEST_DOCUMENT_H
#define SPILL_TEST_DOCUMENT_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/exercise/brief.h"
#include "coordinator/exercise/tables.h"
#include "proto/seal/seal.h"
#include "proto/wire/wire.h"

#define DOCUMENT_MARK "<!-- Below: printed by ./dev reference. Do not edit. -->\n"

enum { DOCUMENT_HEX_COLUMNS = 96, DOCUMENT_JSON_BYTES = 1 << 16 };

/* What a node may send up. */
static const enum input_kind document_inputs[] = {INPUT_OPENED, INPUT_ACKNOWLEDGED, INPUT_ANSWERED,
                                                  INPUT_ORDER,  INPUT_MESSAGE,      INPUT_RFI};
enum { DOCUMENT_INPUTS = sizeof document_inputs / sizeof document_inputs[0] };

/* ---- Samples ---- */

/* The same every time: keys, names and heads of all vectors. */
static inline void document_count(uint8_t *bytes, size_t size_bytes, unsigned first) {
    for (size_t i = 0; i < size_bytes; i++) {
        bytes[i] = (uint8_t)(first + i);
    }
}

static inline struct frame_position document_position(uint64_t sequence, unsigned first) {
    struct frame_position position = {.sequence = sequence};
    document_count(position.head, FRAME_HEAD_BYTES, first);
    return position;
}

static inline struct frame document_frame(enum frame_kind kind) {
    static uint8_t box[SEAL_BOX_BYTES], body[59];
    const struct frame_standing standing = {.received = document_position(7, 0xA0),
                                            .committed = document_position(3, 0xC0)};
    document_count(box, sizeof box, 0);
    document_count(body, sizeof body, 0x10);
    struct frame frame = {.kind = kind, .session = (UINT64_C(5) << 32) + 1, .epoch = 1, .start = 2};
    switch (kind) {
    case FRAME_HELLO:
        frame.hello.major = FRAME_MAJOR;
        frame.hello.minor = FRAME_MINOR;
        frame.hello.has_exercise = true;
        document_count(frame.hello.exercise, FRAME_EXERCISE_BYTES, 0x40);
        frame.hello.cell = "ministry-nl";
        frame.hello.program = "another node 0.1";
        frame.hello.standing = standing;
        break;
    case FRAME_WELCOME:
        frame.welcome.major = FRAME_MAJOR;
        frame.welcome.minor = FRAME_MINOR;
        document_count(frame.welcome.exercise, FRAME_EXERCISE_BYTES, 0x40);
        frame.welcome.standing.received = standing.committed;
        frame.welcome.standing.committed = document_position(9, 0xE0);
        frame.welcome.key_box = box;
        frame.welcome.key_box_bytes = sizeof box;
        break;
    case FRAME_REFUSE:
    case FRAME_BYE:
        frame.end.major = kind == FRAME_REFUSE ? FRAME_MAJOR : 0;
        frame.end.reason = kind == FRAME_REFUSE ? FRAME_REASON_HELLO_AGAIN : FRAME_REASON_CLOSING;
        frame.end.text = "";
        break;
    case FRAME_DATA:
        frame.data.cell = "ministry-nl";
        frame.data.sequence = 8;
        frame.data.kind = 5;
        frame.data.tlp = 2;
        frame.data.body = body;
        frame.data.body_bytes = sizeof body;
        break;
    case FRAME_ACK:
        frame.ack = standing;
        break;
    case FRAME_TIME_ASK:
        frame.time_ask.ask_us = 123456789;
        frame.time_ask.sent = 3;
        frame.time_ask.acknowledged = 2;
        break;
    case FRAME_TIME:
        frame.time.ask_us = 123456789;
        frame.time.answer_us = 987654321;
        frame.time.exercise_ms = 3600000;
        frame.time.speed_permille = 60000;
        frame.time.clock = FRAME_CLOCK_RUNNING;
        frame.time.committed = 9;
        frame.time.sent = 9;
        frame.time.acknowledged = 7;
        break;
    case FRAME_QUIET:
        frame.quiet.exercise_ms = 3600000;
        frame.quiet.until_ms = 5400000;
        frame.quiet.received = 9;
        frame.quiet.committed = 3;
        break;
    case FRAME_BRIEF_ASK:
        frame.brief_ask.part = 1;
        break;
    case FRAME_BRIEF:
        frame.brief.cell = "ministry-nl";
        frame.brief.part = 1;
        frame.brief.part_count = 2;
        frame.brief.body = body;
        frame.brief.body_bytes = sizeof body;
        break;
    case FRAME_SNAPSHOT:
        frame.snapshot.cell = "ministry-nl";
        frame.snapshot.position = document_position(2000, 0x20);
        frame.snapshot.part = 1;
        frame.snapshot.part_count = 2;
        frame.snapshot.body = body;
        frame.snapshot.body_bytes = sizeof body;
        break;
    case FRAME_KIND_COUNT:
        break;
    }
    return frame;
}

/* Memory for the lists of one sample. */
struct document_memory {
    size_t used;
    union {
        char bytes[1 << 16];
        max_align_t align;
    } room;
};

static inline void *document_take(struct document_memory *memory, size_t size_bytes) {
    const size_t at = (memory->used + 15) / 16 * 16;
    SPILL_ASSERT(at + size_bytes <= sizeof memory->room.bytes);
    memory->used = at + size_bytes;
    memset(memory->room.bytes + at, 0, size_bytes);
    return memory->room.bytes + at;
}

static inline void document_fill(struct document_memory *memory, const struct codec_record *record,
                                 void *object);

static const char *const document_cell = "ministry-nl";

/* A list with one entry. */
static inline void document_list(struct document_memory *memory, const struct codec_field *field,
                                 void *object) {
    const size_t one = 1;
    void *const list = document_take(memory, field->type == CODEC_IDS ? sizeof(char *)
                                                                      : field->record->size_bytes);
    if (field->type == CODEC_IDS) {
        *(const char **)list = field->name;
    } else {
        document_fill(memory, field->record, list);
    }
    memcpy((char *)object + field->offset_bytes, &list, sizeof list);
    memcpy((char *)object + field->count_offset_bytes, &one, sizeof one);
}

/* Each field with something of its own: ids and texts say the field's name. */
static inline void document_fill(struct document_memory *memory, const struct codec_record *record,
                                 void *object) {
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *const field = &record->fields[i];
        char *const at = (char *)object + field->offset_bytes;
        int64_t number = 1000 * ((int64_t)i + 1);
        number = number > field->max ? field->max : number;
        const uint32_t mask = 1;
        const int word = field->name_count > 1 ? 1 : 0;
        const bool truth = true;
        const char *said = NULL;
        char *text = NULL;
        switch (field->type) {
        case CODEC_NUMBER:
        case CODEC_COUNTER:
            memcpy(at, &number, sizeof number);
            break;
        case CODEC_MASK:
            memcpy(at, &mask, sizeof mask);
            break;
        case CODEC_ENUM:
            memcpy(at, &word, sizeof word);
            break;
        case CODEC_BOOL:
            memcpy(at, &truth, sizeof truth);
            break;
        case CODEC_ID:
        case CODEC_OPTIONAL_ID:
        case CODEC_TEXT:
            said = strcmp(field->name, "cell") == 0 ? document_cell : field->name;
            memcpy(at, &said, sizeof said);
            break;
        case CODEC_TEXTS:
            for (size_t j = 0; j < LANGUAGE_COUNT; j++) {
                text = document_take(memory, 64);
                (void)snprintf(text, 64, "%s %zu", field->name, j);
                memcpy(at + j * sizeof text, &text, sizeof text);
            }
            break;
        case CODEC_IDS:
        case CODEC_LIST:
            document_list(memory, field, object);
            break;
        }
    }
}

static inline struct output document_message(struct document_memory *memory,
                                             enum message_kind kind) {
    struct output output;
    memset(&output, 0, sizeof output);
    memory->used = 0;
    output.kind = OUTPUT_MESSAGE;
    output.at_ms = 3600000;
    document_fill(memory, tables_message(kind), &output);
    output.message.kind = kind;
    output.message.cell = document_cell;
    output.message.sequence = 7;
    if (kind == MESSAGE_MAIL) {
        output.message.mail.from = (struct who){WHO_CELL, "csirt-nl"};
    }
    if (kind == MESSAGE_REPORTS) {
        ((struct message_report *)(uintptr_t)output.message.reports.reports)->country = "";
    }
    SPILL_ASSERT(output_fault(&output) == NULL);
    return output;
}

static inline struct input document_input(struct document_memory *memory, enum input_kind kind) {
    struct input input;
    memset(&input, 0, sizeof input);
    memory->used = 0;
    document_fill(memory, tables_input(kind), &input);
    input.kind = kind;
    input.who = (struct who){WHO_CELL, document_cell};
    SPILL_ASSERT(input_fault(&input) == NULL);
    return input;
}

static inline struct brief document_brief(struct document_memory *memory) {
    struct brief brief;
    memset(&brief, 0, sizeof brief);
    memory->used = 0;
    document_fill(memory, tables_brief(), &brief);
    struct brief_rule *const rule = (struct brief_rule *)(uintptr_t)brief.rules;
    *(struct brief_range *)(uintptr_t)rule->ranges = (struct brief_range){.first = 0, .count = 1};
    brief.answers_after = rule->thinking = (struct law_spec){.kind = LAW_FIXED, .a_ms = 60000};
    SPILL_ASSERT(brief_fault(&brief) == NULL);
    return brief;
}

/* ---- Printing ---- */

static inline void document_hex(FILE *to, const uint8_t *bytes, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes; i++) {
        fprintf(to, "%02x%s", bytes[i],
                (i + 1) % (DOCUMENT_HEX_COLUMNS / 2) == 0 && i + 1 < size_bytes ? "\n" : "");
    }
    fputc('\n', to);
}

static inline void document_hex_inline(FILE *to, const uint8_t *bytes, size_t size_bytes) {
    fputc('"', to);
    for (size_t i = 0; i < size_bytes; i++) {
        fprintf(to, "%02x", bytes[i]);
    }
    fputc('"', to);
}

static inline void document_standing(FILE *to, const struct frame_standing *standing) {
    fprintf(to, ",\"received\":%" PRIu64 ",\"received_head\":", standing->received.sequence);
    document_hex_inline(to, standing->received.head, FRAME_HEAD_BYTES);
    fprintf(to, ",\"committed\":%" PRIu64 ",\"committed_head\":", standing->committed.sequence);
    document_hex_inline(to, standing->committed.head, FRAME_HEAD_BYTES);
}

/* A frame as one JSON object. */
static inline void document_frame_json(FILE *to, const struct frame *frame) {
    fprintf(to, "{\"session\":%" PRIu64 ",\"epoch\":%" PRIu64 ",\"start\":%" PRIu64, frame->session,
            frame->epoch, frame->start);
    switch (frame->kind) {
    case FRAME_HELLO:
        fprintf(to, ",\"major\":%u,\"minor\":%u,\"exercise\":", frame->hello.major,
                frame->hello.minor);
        document_hex_inline(to, frame->hello.exercise, FRAME_EXERCISE_BYTES);
        fprintf(to, ",\"cell\":\"%s\",\"program\":\"%s\"", frame->hello.cell, frame->hello.program);
        document_standing(to, &frame->hello.standing);
        break;
    case FRAME_WELCOME:
        fprintf(to, ",\"major\":%u,\"minor\":%u,\"readmit\":%s,\"exercise\":", frame->welcome.major,
                frame->welcome.minor, frame->welcome.readmit ? "true" : "false");
        document_hex_inline(to, frame->welcome.exercise, FRAME_EXERCISE_BYTES);
        fprintf(to, ",\"key_box\":");
        document_hex_inline(to, frame->welcome.key_box, frame->welcome.key_box_bytes);
        document_standing(to, &frame->welcome.standing);
        break;
    case FRAME_REFUSE:
    case FRAME_BYE:
        fprintf(to, ",\"reason\":%d,\"text\":\"%s\"", (int)frame->end.reason, frame->end.text);
        break;
    case FRAME_DATA:
        fprintf(to, ",\"cell\":\"%s\",\"sequence\":%" PRIu64 ",\"kind\":%u,\"tlp\":%u,\"body\":",
                frame->data.cell, frame->data.sequence, frame->data.kind, frame->data.tlp);
        document_hex_inline(to, frame->data.body, frame->data.body_bytes);
        break;
    case FRAME_ACK:
        document_standing(to, &frame->ack);
        break;
    case FRAME_TIME_ASK:
        fprintf(to, ",\"ask_us\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"acknowledged\":%" PRIu64,
                frame->time_ask.ask_us, frame->time_ask.sent, frame->time_ask.acknowledged);
        break;
    case FRAME_TIME:
        fprintf(to,
                ",\"ask_us\":%" PRIu64 ",\"answer_us\":%" PRIu64 ",\"exercise_ms\":%" PRId64
                ",\"speed_permille\":%" PRId64 ",\"clock\":%d,\"committed\":%" PRIu64
                ",\"sent\":%" PRIu64 ",\"acknowledged\":%" PRIu64,
                frame->time.ask_us, frame->time.answer_us, frame->time.exercise_ms,
                frame->time.speed_permille, (int)frame->time.clock, frame->time.committed,
                frame->time.sent, frame->time.acknowledged);
        break;
    case FRAME_QUIET:
        fprintf(to,
                ",\"exercise_ms\":%" PRId64 ",\"until_ms\":%" PRId64 ",\"received\":%" PRIu64
                ",\"committed\":%" PRIu64,
                frame->quiet.exercise_ms, frame->quiet.until_ms, frame->quiet.received,
                frame->quiet.committed);
        break;
    case FRAME_BRIEF_ASK:
        fprintf(to, ",\"part\":%u", frame->brief_ask.part);
        break;
    case FRAME_BRIEF:
        fprintf(to, ",\"cell\":\"%s\",\"part\":%u,\"part_count\":%u,\"body\":", frame->brief.cell,
                frame->brief.part, frame->brief.part_count);
        document_hex_inline(to, frame->brief.body, frame->brief.body_bytes);
        break;
    case FRAME_SNAPSHOT:
        fprintf(to, ",\"cell\":\"%s\",\"sequence\":%" PRIu64 ",\"head\":", frame->snapshot.cell,
                frame->snapshot.position.sequence);
        document_hex_inline(to, frame->snapshot.position.head, FRAME_HEAD_BYTES);
        fprintf(to, ",\"part\":%u,\"part_count\":%u,\"body\":", frame->snapshot.part,
                frame->snapshot.part_count);
        document_hex_inline(to, frame->snapshot.body, frame->snapshot.body_bytes);
        break;
    case FRAME_KIND_COUNT:
        break;
    }
    fputc('}', to);
}

/* What a field holds, in words. */
static inline void document_field(FILE *to, const struct codec_field *field) {
    fprintf(to, "| `%s` | ", field->name);
    switch (field->type) {
    case CODEC_NUMBER:
        if (field->min == INT64_MIN && field->max == INT64_MAX) {
            fprintf(to, "number");
        } else if (field->max >= INT64_MAX - 1) {
            fprintf(to, "number, at least %" PRId64, field->min);
        } else {
            fprintf(to, "number, %" PRId64 " to %" PRId64, field->min, field->max);
        }
        break;
    case CODEC_COUNTER:
        fprintf(to, "number, 0 to 9223372036854775807");
        break;
    case CODEC_MASK:
        fprintf(to, "number, 0 to 4294967295");
        break;
    case CODEC_ENUM:
        fprintf(to, "one of");
        for (size_t i = 0; i < field->name_count; i++) {
            fprintf(to, "%s %zu %s", i == 0 ? "" : ",", i, field->names[i]);
        }
        break;
    case CODEC_BOOL:
        fprintf(to, "0 or 1");
        break;
    case CODEC_ID:
        fprintf(to, "id");
        break;
    case CODEC_OPTIONAL_ID:
        fprintf(to, "id, or empty");
        break;
    case CODEC_TEXT:
        fprintf(to, "text, at most %" PRId64 " bytes", field->max);
        break;
    case CODEC_TEXTS:
        fprintf(to, "two texts, English and Dutch, at most %" PRId64 " bytes each", field->max);
        break;
    case CODEC_IDS:
        fprintf(to, "list of at most %" PRId64 " ids", field->max);
        break;
    case CODEC_LIST:
        fprintf(to, "list of at most %" PRId64 " entries, each:", field->max);
        for (size_t i = 0; i < field->record->field_count; i++) {
            fprintf(to, "%s `%s`", i == 0 ? "" : ",", field->record->fields[i].name);
        }
        break;
    }
    fprintf(to, " |\n");
}

static inline void document_record(FILE *to, const struct codec_record *record) {
    if (record->field_count == 0) {
        fprintf(to, "Nothing more.\n");
        return;
    }
    fprintf(to, "| field | |\n|---|---|\n");
    for (size_t i = 0; i < record->field_count; i++) {
        document_field(to, &record->fields[i]);
    }
    for (size_t i = 0; i < record->field_count; i++) {
        if (record->fields[i].type == CODEC_LIST) {
            fprintf(to, "\nAn entry of `%s`:\n\n", record->fields[i].name);
            document_record(to, record->fields[i].record);
        }
    }
}

static inline void document_print_kinds(FILE *to) {
    static const char *const bytes[] = {
#define DOCUMENT_BYTE(name, byte, words) #byte,
        FRAME_KIND_MAP(DOCUMENT_BYTE)
#undef DOCUMENT_BYTE
    };
    fprintf(to, "\n## Kinds of frame\n\n| frame | first byte |\n|---|---|\n");
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        fprintf(to, "| %s | `%s` |\n", frame_kind_name((enum frame_kind)i), bytes[i]);
    }
    fprintf(to, "\n## Reasons\n\n| | reason | means |\n|---|---|---|\n");
    for (int i = 1; i < FRAME_REASON_COUNT; i++) {
        fprintf(to, "| %d | %s | %s |\n", i, frame_reason_name((enum frame_reason)i),
                frame_reason_words((enum frame_reason)i));
    }
}

static inline void document_print_tables(FILE *to) {
    fprintf(to, "\n## Messages to a cell\n\nKind of output: %d. The head of each:\n\n",
            (int)OUTPUT_MESSAGE);
    document_record(to, tables_output(OUTPUT_MESSAGE));
    for (int i = 0; i < MESSAGE_KIND_COUNT; i++) {
        fprintf(to, "\n### %d %s\n\n", i, message_kind_name((enum message_kind)i));
        document_record(to, tables_message((enum message_kind)i));
    }
    fprintf(to, "\n## Inputs of a cell\n");
    for (size_t i = 0; i < DOCUMENT_INPUTS; i++) {
        fprintf(to, "\n### %d %s\n\n", (int)document_inputs[i],
                input_kind_name(document_inputs[i]));
        document_record(to, tables_input(document_inputs[i]));
    }
    fprintf(to, "\n## The brief of a robot\n\n");
    document_record(to, tables_brief());
}

static inline void document_vector(FILE *to, const char *what, const char *name, const char *json,
                                   const uint8_t *bytes, size_t size_bytes) {
    fprintf(to, "\n```\n%s %s\n%s\n", what, name, json);
    document_hex(to, bytes, size_bytes);
    fprintf(to, "```\n");
}

static inline void document_print_frames(FILE *to) {
    static uint8_t bytes[FRAME_BYTES_MAX];
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        const struct frame frame = document_frame((enum frame_kind)i);
        size_t size_bytes = 0;
        const enum spill_status status = wire_encode(&frame, bytes, sizeof bytes, &size_bytes);
        SPILL_ASSERT(status == SPILL_OK);
        fprintf(to, "\n```\nframe %s\n", frame_kind_name((enum frame_kind)i));
        document_frame_json(to, &frame);
        fputc('\n', to);
        document_hex(to, bytes, size_bytes);
        fprintf(to, "```\n");
    }
}

static inline void document_print_messages(FILE *to) {
    static struct document_memory memory;
    static uint8_t bytes[OUTPUT_BYTES_MAX];
    static char json[DOCUMENT_JSON_BYTES];
    size_t size_bytes = 0;
    for (int i = 0; i < MESSAGE_KIND_COUNT; i++) {
        const struct output output = document_message(&memory, (enum message_kind)i);
        const enum spill_status status = output_encode(&output, bytes, sizeof bytes, &size_bytes);
        SPILL_ASSERT(status == SPILL_OK);
        (void)output_print_json(&output, json, sizeof json);
        document_vector(to, "message", message_kind_name((enum message_kind)i), json, bytes,
                        size_bytes);
    }
    for (size_t i = 0; i < DOCUMENT_INPUTS; i++) {
        const struct input input = document_input(&memory, document_inputs[i]);
        const enum spill_status status = input_encode(&input, bytes, sizeof bytes, &size_bytes);
        SPILL_ASSERT(status == SPILL_OK);
        (void)input_print_json(&input, json, sizeof json);
        document_vector(to, "input", input_kind_name(document_inputs[i]), json, bytes, size_bytes);
    }
    const struct brief brief = document_brief(&memory);
    const enum spill_status status = brief_encode(&brief, bytes, sizeof bytes, &size_bytes);
    SPILL_ASSERT(status == SPILL_OK);
    struct codec_writer writer = {.bytes = (uint8_t *)json, .capacity_bytes = sizeof json - 1};
    codec_print_open(&writer);
    codec_print(&writer, tables_brief(), &brief);
    codec_print_close(&writer);
    (void)codec_print_end(&writer);
    document_vector(to, "message", "brief", json, bytes, size_bytes);
}

/* Keys, a box, a sealed message and heads, from secrets that are counted up. */
static inline void document_print_seals(FILE *to) {
    static const char plain[] = "The lights are out.";
    uint8_t master[SEAL_KEY_BYTES], secret[SEAL_KEY_BYTES], cell_key[SEAL_KEY_BYTES];
    uint8_t exercise[FRAME_EXERCISE_BYTES], box[SEAL_BOX_BYTES];
    uint8_t sealed[sizeof plain - 1 + SEAL_EXTRA_BYTES];
    struct seal_pair server, node;
    char text[SEAL_TEXT_BYTES];
    char fingerprint[SEAL_FINGERPRINT_BYTES];
    document_count(master, sizeof master, 0);
    document_count(exercise, sizeof exercise, 0x40);
    document_count(secret, sizeof secret, 0x60);
    seal_pair_of(secret, &server);
    document_count(secret, sizeof secret, 0x80);
    seal_pair_of(secret, &node);
    seal_cell_key(master, "ministry-nl", cell_key);
    seal_box_close(&server, node.public_key, exercise, "ministry-nl", cell_key, box);
    struct seal *seal = NULL;
    const enum spill_status status = seal_create(cell_key, &seal);
    SPILL_ASSERT(status == SPILL_OK);
    const struct frame_label label = {.exercise = exercise,
                                      .cell = "ministry-nl",
                                      .epoch = 1,
                                      .sequence = 7,
                                      .way = FRAME_DOWN,
                                      .kind = 5,
                                      .tlp = 2};
    (void)seal_close(seal, &label, (const uint8_t *)plain, sizeof plain - 1, sealed);
    seal_destroy(&seal);
    struct frame_position position = {.sequence = 0};
    frame_position_next(&position, (const uint8_t *)plain, sizeof plain - 1);
    fprintf(to, "\n```\nmaster key\n");
    document_hex(to, master, sizeof master);
    fprintf(to, "coordinator's secret key, public key, the same as text\n");
    document_hex(to, server.secret_key, SEAL_KEY_BYTES);
    document_hex(to, server.public_key, SEAL_KEY_BYTES);
    fprintf(to, "%s\n", seal_key_print(server.public_key, text));
    fprintf(to, "node's secret key, public key, the same as text, its fingerprint\n");
    document_hex(to, node.secret_key, SEAL_KEY_BYTES);
    document_hex(to, node.public_key, SEAL_KEY_BYTES);
    fprintf(to, "%s\n%s\n", seal_key_print(node.public_key, text),
            seal_fingerprint(node.public_key, fingerprint));
    fprintf(to, "exercise\n");
    document_hex(to, exercise, sizeof exercise);
    fprintf(to, "key of cell ministry-nl, and its box for the node\n");
    document_hex(to, cell_key, sizeof cell_key);
    document_hex(to, box, sizeof box);
    fprintf(to, "\"%s\" sealed: down, epoch 1, sequence 7, kind 5, TLP 2\n", plain);
    document_hex(to, sealed, sizeof sealed);
    fprintf(to, "head after that as the first message of a stream\n");
    document_hex(to, position.head, FRAME_HEAD_BYTES);
    fprintf(to, "```\n");
}

/* All of it; `schema`: the text of proto/spillover.proto. */
static inline void document_print(FILE *to, const char *schema) {
    document_print_kinds(to);
    fprintf(to, "\n## Schema of the bodies\n\n```proto\n%s```\n", schema);
    document_print_tables(to);
    fprintf(to, "\n## Test vectors: keys and seals\n");
    document_print_seals(to);
    fprintf(to, "\n## Test vectors: frames\n");
    document_print_frames(to);
    fprintf(to, "\n## Test vectors: messages and inputs\n");
    document_print_messages(to);
}

#endif
