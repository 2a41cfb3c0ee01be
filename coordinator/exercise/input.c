/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exercise/input.h"

#include <string.h>

#include "coordinator/exercise/tables.h"

/* ---- Words ---- */

static const char *const input_kind_words[] = {
#define INPUT_WORDS(name, words, who) words,
    INPUT_KIND_MAP(INPUT_WORDS)
#undef INPUT_WORDS
};
const char *const input_who_words[WHO_KIND_COUNT] = {
#define WHO_WORDS(name, words) words,
    WHO_MAP(WHO_WORDS)
#undef WHO_WORDS
};
const char *const input_mark_words[MARK_COUNT] = {
#define MARK_WORDS(name, words) words,
    MARK_MAP(MARK_WORDS)
#undef MARK_WORDS
};
const char *const input_type_words[TABLES_TYPE_COUNT] = {
    "information", "media", "social", "task", "decision", "administrative"};
const char *const input_tlp_words[TABLES_TLP_COUNT] = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER",
                                                       "TLP:AMBER+STRICT", "TLP:RED"};

const char *input_kind_name(enum input_kind kind) {
    SPILL_ASSERT((unsigned)kind < INPUT_KIND_COUNT);
    return input_kind_words[kind];
}

const char *who_kind_name(enum who_kind kind) {
    SPILL_ASSERT((unsigned)kind < WHO_KIND_COUNT);
    return input_who_words[kind];
}

const char *mark_name(enum mark mark) {
    SPILL_ASSERT((unsigned)mark < MARK_COUNT);
    return input_mark_words[mark];
}

/* ---- Tables ---- */

static const struct codec_field input_who_fields[] = {
    CODEC_FIELD_ENUM(input, "who", who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(input, "by", who.id),
};
static const struct codec_record input_who_record = CODEC_RECORD(input, input_who_fields);

static const struct codec_field input_advance_fields[] = {
    CODEC_FIELD_NUMBER(input, "until_ms", advance.until_ms, 0, INT64_MAX - 1),
    CODEC_FIELD_BOOL(input, "heed", advance.heed),
};
static const struct codec_field input_clock_fields[] = {
    CODEC_FIELD_TEXT(input, "why", clock.why, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_speed_fields[] = {
    CODEC_FIELD_NUMBER(input, "speed_permille", speed.speed_permille, 0, INPUT_SPEED_PERMILLE_MAX),
};
static const struct codec_field input_jump_fields[] = {
    CODEC_FIELD_NUMBER(input, "to_ms", jump.to_ms, 0, INT64_MAX),
};
static const struct codec_field input_command_fields[] = {
    CODEC_FIELD_ID(input, "inject", command.inject),
    CODEC_FIELD_NUMBER(input, "until_ms", command.until_ms, 0, INT64_MAX - 1),
    CODEC_FIELD_TEXT(input, "title", command.title, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(input, "text", command.text, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(input, "why", command.why, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_ad_hoc_fields[] = {
    CODEC_FIELD_IDS(input, "to", ad_hoc.to, ad_hoc.to_count, INPUT_CELLS_MAX),
    CODEC_FIELD_OPTIONAL_ID(input, "replaces", ad_hoc.replaces),
    CODEC_FIELD_ENUM(input, "type", ad_hoc.type, input_type_words),
    CODEC_FIELD_ENUM(input, "tlp", ad_hoc.tlp, input_tlp_words),
    CODEC_FIELD_BOOL(input, "acknowledge", ad_hoc.acknowledge),
    CODEC_FIELD_TEXT(input, "channel", ad_hoc.channel, SPILL_ID_BYTES_MAX),
    CODEC_FIELD_TEXT(input, "from", ad_hoc.from, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(input, "title", ad_hoc.title, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(input, "text", ad_hoc.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_link_fields[] = {
    CODEC_FIELD_ID(input, "cell", link.cell),
    CODEC_FIELD_BOOL(input, "connected", link.connected),
};
static const struct codec_field input_delivered_fields[] = {
    CODEC_FIELD_ID(input, "cell", delivered.cell),
    CODEC_FIELD_COUNTER(input, "up_to", delivered.up_to),
};
static const struct codec_field input_seen_fields[] = {
    CODEC_FIELD_ID(input, "cell", seen.cell),
    CODEC_FIELD_ID(input, "inject", seen.inject),
};
static const struct codec_field input_answer_fields[] = {
    CODEC_FIELD_ID(input, "cell", answer.cell),
    CODEC_FIELD_ID(input, "inject", answer.inject),
    CODEC_FIELD_OPTIONAL_ID(input, "option", answer.option),
    CODEC_FIELD_TEXT(input, "decision", answer.decision, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(input, "rationale", answer.rationale, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_order_fields[] = {TABLES_ORDER_FIELDS(input, order)};
static const struct codec_field input_message_fields[] = {
    CODEC_FIELD_IDS(input, "to", message.to, message.to_count, INPUT_CELLS_MAX),
    CODEC_FIELD_BOOL(input, "to_control", message.to_control),
    CODEC_FIELD_TEXT(input, "text", message.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_rfi_fields[] = {
    CODEC_FIELD_ID(input, "cell", rfi.cell),
    CODEC_FIELD_TEXT(input, "text", rfi.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_rfi_answer_fields[] = {
    CODEC_FIELD_COUNTER(input, "number", rfi_answer.number),
    CODEC_FIELD_TEXT(input, "text", rfi_answer.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_mark_fields[] = {
    CODEC_FIELD_ID(input, "inject", mark.inject),
    CODEC_FIELD_OPTIONAL_ID(input, "cell", mark.cell),
    CODEC_FIELD_ENUM(input, "mark", mark.mark, input_mark_words),
    CODEC_FIELD_TEXT(input, "text", mark.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field input_note_fields[] = {
    CODEC_FIELD_OPTIONAL_ID(input, "inject", note.inject),
    CODEC_FIELD_TEXT(input, "text", note.text, INPUT_TEXT_BYTES_MAX),
};

/* What each kind carries. */
static const struct codec_record input_records[INPUT_KIND_COUNT] = {
    [INPUT_ADVANCE] = CODEC_RECORD(input, input_advance_fields),
    [INPUT_START] = CODEC_RECORD(input, input_clock_fields),
    [INPUT_PAUSE] = CODEC_RECORD(input, input_clock_fields),
    [INPUT_RESUME] = CODEC_RECORD(input, input_clock_fields),
    [INPUT_SPEED] = CODEC_RECORD(input, input_speed_fields),
    [INPUT_JUMP] = CODEC_RECORD(input, input_jump_fields),
    [INPUT_END] = CODEC_RECORD(input, input_clock_fields),
    [INPUT_INJECT_NOW] = CODEC_RECORD(input, input_command_fields),
    [INPUT_HOLD] = CODEC_RECORD(input, input_command_fields),
    [INPUT_RELEASE] = CODEC_RECORD(input, input_command_fields),
    [INPUT_SKIP] = CODEC_RECORD(input, input_command_fields),
    [INPUT_CANCEL] = CODEC_RECORD(input, input_command_fields),
    [INPUT_APPROVE] = CODEC_RECORD(input, input_command_fields),
    [INPUT_EDIT] = CODEC_RECORD(input, input_command_fields),
    [INPUT_DELAY] = CODEC_RECORD(input, input_command_fields),
    [INPUT_VETO] = CODEC_RECORD(input, input_command_fields),
    [INPUT_AD_HOC] = CODEC_RECORD(input, input_ad_hoc_fields),
    [INPUT_CELL_LINK] = CODEC_RECORD(input, input_link_fields),
    [INPUT_DELIVERED] = CODEC_RECORD(input, input_delivered_fields),
    [INPUT_OPENED] = CODEC_RECORD(input, input_seen_fields),
    [INPUT_ACKNOWLEDGED] = CODEC_RECORD(input, input_seen_fields),
    [INPUT_ANSWERED] = CODEC_RECORD(input, input_answer_fields),
    [INPUT_ORDER] = CODEC_RECORD(input, input_order_fields),
    [INPUT_MESSAGE] = CODEC_RECORD(input, input_message_fields),
    [INPUT_RFI] = CODEC_RECORD(input, input_rfi_fields),
    [INPUT_RFI_ANSWER] = CODEC_RECORD(input, input_rfi_answer_fields),
    [INPUT_MARK] = CODEC_RECORD(input, input_mark_fields),
    [INPUT_NOTE] = CODEC_RECORD(input, input_note_fields),
};

const struct codec_record *tables_input(enum input_kind kind) {
    SPILL_ASSERT((unsigned)kind < INPUT_KIND_COUNT);
    return &input_records[kind];
}

/* ---- Checking, bytes, JSON ---- */

const char *tables_who_fault(const struct who *who) {
    return (who->kind == WHO_SYSTEM) == (who->id[0] == '\0')
               ? NULL
               : "everybody but the system has a name";
}

const char *input_fault(const struct input *input) {
    SPILL_ASSERT(input != NULL);
    if ((unsigned)input->kind >= INPUT_KIND_COUNT) {
        return "there is no such kind of input";
    }
    const char *fault = codec_check(&input_who_record, input);
    if (fault == NULL) {
        fault = tables_who_fault(&input->who);
    }
    return fault != NULL ? fault : codec_check(&input_records[input->kind], input);
}

enum spill_status input_encode(const struct input *input, uint8_t *bytes, size_t capacity_bytes,
                               size_t *size_bytes) {
    SPILL_ASSERT(bytes != NULL);
    SPILL_ASSERT(size_bytes != NULL);
    if (input_fault(input) != NULL) {
        return SPILL_INVALID;
    }
    struct codec_writer writer = {
        .bytes = bytes,
        .capacity_bytes = capacity_bytes < INPUT_BYTES_MAX ? capacity_bytes : INPUT_BYTES_MAX};
    codec_write_byte(&writer, INPUT_FORMAT);
    codec_write_byte(&writer, (uint8_t)input->kind);
    codec_write(&writer, &input_who_record, input);
    codec_write(&writer, &input_records[input->kind], input);
    if (writer.full) {
        return SPILL_LIMIT;
    }
    *size_bytes = writer.size_bytes;
    return SPILL_OK;
}

enum spill_status input_decode(const uint8_t *bytes, size_t size_bytes, struct codec_arena *arena,
                               struct input *input, struct spill_error *error) {
    SPILL_ASSERT(bytes != NULL || size_bytes == 0);
    SPILL_ASSERT(arena != NULL);
    const size_t used_bytes = codec_arena_used_bytes(arena);
    struct codec_reader reader = {.bytes = bytes, .size_bytes = size_bytes, .arena = arena};
    if (size_bytes > INPUT_BYTES_MAX) {
        reader.fault = "it is too long";
    }
    struct input read;
    memset(&read, 0, sizeof read);
    const uint8_t format = codec_read_byte(&reader);
    if (reader.fault == NULL && format != INPUT_FORMAT) {
        reader.fault = "it has another format";
    }
    const uint8_t kind = codec_read_byte(&reader);
    if (reader.fault == NULL && kind >= INPUT_KIND_COUNT) {
        reader.fault = "there is no such kind of input";
    }
    codec_read(&reader, &input_who_record, &read);
    if (reader.fault == NULL) {
        reader.fault = tables_who_fault(&read.who);
    }
    if (reader.fault == NULL) {
        read.kind = (enum input_kind)kind;
        codec_read(&reader, &input_records[read.kind], &read);
    }
    codec_read_end(&reader);
    if (reader.fault != NULL) {
        codec_arena_rewind(arena, used_bytes);
    } else {
        SPILL_ASSERT(input_fault(&read) == NULL);
        *input = read;
    }
    return codec_read_status(&reader, error);
}

size_t input_print_json(const struct input *input, char *text, size_t capacity_bytes) {
    SPILL_ASSERT(text != NULL || capacity_bytes == 0);
    struct codec_writer writer = {.bytes = (uint8_t *)text, .capacity_bytes = capacity_bytes};
    const char *const fault = input_fault(input);
    codec_print_open(&writer);
    if (fault != NULL) {
        codec_print_text(&writer, "fault", fault);
    } else {
        codec_print_text(&writer, "kind", input_kind_words[input->kind]);
        codec_print(&writer, &input_who_record, input);
        codec_print(&writer, &input_records[input->kind], input);
    }
    codec_print_close(&writer);
    return codec_print_end(&writer);
}
