/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/yaml.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

struct yaml_level {
    uint32_t node;
    uint32_t last; /* Last child so far. */
};

struct yaml_reader {
    const struct source *source;
    struct arena *arena;
    struct fault_list *faults;
    struct yaml_node *nodes;
    uint32_t node_count;
    uint32_t node_max;
    struct yaml_level levels[SPILL_YAML_DEPTH_MAX];
    size_t depth;
    bool refused; /* A fault ended the reading. */
    bool memory;
    bool has_document;
    size_t at_bytes; /* Where the last event was. */
};

static void yaml_refuse(struct yaml_reader *reader, size_t offset_bytes, size_t length_bytes,
                        const char *words) {
    const struct place place = {reader->source, offset_bytes, length_bytes};
    fault_add(reader->faults, FAULT_ERROR, FAULT_STRUCTURE, place, "%s", words);
    reader->refused = true;
}

static uint32_t yaml_new_node(struct yaml_reader *reader) {
    if (reader->node_count == SPILL_YAML_NODES_MAX) {
        yaml_refuse(reader, reader->at_bytes, 1, "the file has too many values");
        return YAML_NONE;
    }
    if (reader->node_count == reader->node_max) {
        const uint32_t more = reader->node_max == 0 ? 1024 : 2 * reader->node_max;
        struct yaml_node *const grown =
            spill_grow(reader->nodes, reader->node_max, more, sizeof *reader->nodes);
        if (grown == NULL) {
            reader->memory = true;
            return YAML_NONE;
        }
        reader->nodes = grown;
        reader->node_max = more;
    }
    const uint32_t node = reader->node_count;
    reader->node_count++;
    return node;
}

/* A node for an event, linked behind its elder sibling. */
static uint32_t yaml_append(struct yaml_reader *reader, enum yaml_kind kind,
                            const struct fy_mark *start, const struct fy_mark *end) {
    const uint32_t node = yaml_new_node(reader);
    if (node == YAML_NONE) {
        return node;
    }
    struct yaml_node *const made = &reader->nodes[node];
    made->kind = kind;
    made->offset_bytes = (uint32_t)(start != NULL ? start->input_pos : reader->at_bytes);
    made->length_bytes = start != NULL && end != NULL && end->input_pos > start->input_pos
                             ? (uint32_t)(end->input_pos - start->input_pos)
                             : 0;
    if (end != NULL) {
        reader->at_bytes = end->input_pos;
    }
    if (reader->depth > 0) {
        struct yaml_level *const level = &reader->levels[reader->depth - 1];
        struct yaml_node *const parent = &reader->nodes[level->node];
        if (level->last == YAML_NONE) {
            parent->first = node;
        } else {
            reader->nodes[level->last].next = node;
        }
        level->last = node;
        parent->child_count++;
    }
    return node;
}

/* True when the next node is a key. */
static bool yaml_at_key(const struct yaml_reader *reader) {
    if (reader->depth == 0) {
        return false;
    }
    const struct yaml_node *const parent = &reader->nodes[reader->levels[reader->depth - 1].node];
    return parent->kind == YAML_MAPPING && parent->child_count % 2 == 0;
}

static bool yaml_digits(const char *text, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return count > 0;
}

static bool yaml_is_among(const char *text, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* [-+]? ( [0-9]* "." [0-9]* | [0-9]+ ) ( [eE] [-+]? [0-9]+ )?, at least one digit before the
 * exponent. */
static bool yaml_is_number(const char *text) {
    const char *at = text + (*text == '-' || *text == '+');
    const size_t whole = strspn(at, "0123456789");
    at += whole;
    size_t part = 0;
    if (*at == '.') {
        at++;
        part = strspn(at, "0123456789");
        at += part;
    }
    if (whole + part == 0) {
        return false;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        const size_t exponent = strspn(at, "0123456789");
        return exponent > 0 && at[exponent] == '\0';
    }
    return *at == '\0';
}

/* YAML 1.2, section 10.3.2. */
static enum yaml_type yaml_resolve(const char *text) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    static const char *const numbers[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                          "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
    if (yaml_is_among(text, nulls, sizeof nulls / sizeof nulls[0])) {
        return YAML_NULL;
    }
    if (yaml_is_among(text, booleans, sizeof booleans / sizeof booleans[0])) {
        return YAML_BOOLEAN;
    }
    const char *const digits = text + (*text == '-' || *text == '+');
    if (yaml_digits(digits, strlen(digits))) {
        return YAML_INTEGER;
    }
    if (text[0] == '0' &&
        ((text[1] == 'o' && text[2] != '\0' && text[2 + strspn(text + 2, "01234567")] == '\0') ||
         (text[1] == 'x' && text[2] != '\0' &&
          text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0'))) {
        return YAML_INTEGER;
    }
    return yaml_is_number(text) || yaml_is_among(text, numbers, sizeof numbers / sizeof numbers[0])
               ? YAML_NUMBER
               : YAML_TEXT;
}

static void yaml_take_scalar(struct yaml_reader *reader, struct fy_event *event) {
    const bool key = yaml_at_key(reader);
    const struct fy_mark *const start = fy_event_start_mark(event);
    const uint32_t node = yaml_append(reader, YAML_SCALAR, start, fy_event_end_mark(event));
    if (node == YAML_NONE) {
        return;
    }
    size_t text_bytes = 0;
    const char *const text =
        event->scalar.value == NULL ? "" : fy_token_get_text(event->scalar.value, &text_bytes);
    if (text == NULL) {
        reader->memory = true;
        return;
    }
    struct yaml_node *const made = &reader->nodes[node];
    made->text = arena_text(reader->arena, text, text_bytes);
    made->text_bytes = (uint32_t)text_bytes;
    if (made->text == NULL) {
        reader->memory = true;
        return;
    }
    const bool plain =
        event->scalar.value == NULL || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    made->type = plain && !key ? yaml_resolve(made->text) : YAML_TEXT;
    if (start != NULL && !plain && made->offset_bytes > 0 &&
        (reader->source->bytes[made->offset_bytes - 1] == '"' ||
         reader->source->bytes[made->offset_bytes - 1] == '\'')) {
        /* The quotes belong to the scalar: a caret under the whole is easier to see. */
        made->offset_bytes--;
        made->length_bytes += 2;
    }
    while (!plain && made->length_bytes > 0 && reader->source->bytes[made->offset_bytes] == ' ') {
        made->offset_bytes++; /* A block begins behind its indentation. */
        made->length_bytes--;
    }
    if (!spill_utf8_valid(made->text, text_bytes)) {
        yaml_refuse(reader, made->offset_bytes, made->length_bytes,
                    "an escape here stands for a character that text cannot hold");
    } else if (key && text_bytes == 0) {
        yaml_refuse(reader, made->offset_bytes, made->length_bytes, "a key is empty");
    }
}

static void yaml_begin(struct yaml_reader *reader, enum yaml_kind kind, struct fy_event *event) {
    const struct fy_mark *const start = fy_event_start_mark(event);
    const size_t at_bytes = start != NULL ? start->input_pos : reader->at_bytes;
    if (yaml_at_key(reader)) {
        yaml_refuse(reader, at_bytes, 1, "a key must be text");
        return;
    }
    if (reader->depth == SPILL_YAML_DEPTH_MAX) {
        yaml_refuse(reader, at_bytes, 1, "values are nested too deeply");
        return;
    }
    const uint32_t node = yaml_append(reader, kind, start, fy_event_end_mark(event));
    if (node != YAML_NONE) {
        reader->levels[reader->depth] = (struct yaml_level){node, YAML_NONE};
        reader->depth++;
    }
}

/* Refuses what JSON does not have. */
static bool yaml_refuse_extras(struct yaml_reader *reader, struct fy_event *event) {
    static const char anchor_words[] =
        "anchors and aliases ('&', '*') are not part of the format: write the value out";
    static const char tag_words[] = "tags ('!') are not part of the format";
    struct fy_token *anchor = NULL;
    struct fy_token *tag = NULL;
    switch (event->type) {
    case FYET_ALIAS:
        anchor = event->alias.anchor;
        break;
    case FYET_SCALAR:
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
        break;
    case FYET_MAPPING_START:
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
        break;
    case FYET_SEQUENCE_START:
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
        break;
    default:
        return false;
    }
    struct fy_token *const extra = anchor != NULL ? anchor : tag;
    if (extra == NULL && event->type != FYET_ALIAS) {
        return false;
    }
    const struct fy_mark *const start = extra != NULL ? fy_token_start_mark(extra) : NULL;
    size_t at_bytes = start != NULL ? start->input_pos : reader->at_bytes;
    if (extra == anchor && at_bytes > 0) {
        at_bytes--; /* The mark stands behind the '&' or '*'. */
    }
    yaml_refuse(reader, at_bytes, 1, extra == tag && extra != NULL ? tag_words : anchor_words);
    return true;
}

static void yaml_take(struct yaml_reader *reader, struct fy_event *event) {
    if (yaml_refuse_extras(reader, event)) {
        return;
    }
    const struct fy_mark *const start = fy_event_start_mark(event);
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (reader->has_document) {
            yaml_refuse(reader, start != NULL ? start->input_pos : reader->at_bytes, 3,
                        "a second document begins here; the file holds one");
        }
        reader->has_document = true;
        break;
    case FYET_SCALAR:
        yaml_take_scalar(reader, event);
        break;
    case FYET_MAPPING_START:
        yaml_begin(reader, YAML_MAPPING, event);
        break;
    case FYET_SEQUENCE_START:
        yaml_begin(reader, YAML_SEQUENCE, event);
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        SPILL_ASSERT(reader->depth > 0);
        reader->depth--;
        break;
    default:
        break;
    }
}

/* The parser's own complaint, at the place that it names. */
static void yaml_take_errors(struct yaml_reader *reader, struct fy_diag *diag) {
    void *iterator = NULL;
    const struct fy_diag_error *const first = fy_diag_errors_iterate(diag, &iterator);
    struct place place = {reader->source, PLACE_WHOLE, 0};
    if (first == NULL) {
        fault_add(reader->faults, FAULT_ERROR, FAULT_STRUCTURE, place, "this is not YAML");
        return;
    }
    place.offset_bytes = source_offset(reader->source, (size_t)(first->line > 0 ? first->line : 1),
                                       (size_t)(first->column > 0 ? first->column : 1));
    place.length_bytes = 1;
    fault_add(reader->faults, FAULT_ERROR, FAULT_STRUCTURE, place, "this is not YAML: %s",
              first->msg);
}

static void yaml_read(struct yaml_reader *reader, struct fy_parser *parser, struct fy_diag *diag) {
    while (!reader->refused && !reader->memory) {
        struct fy_event *const event = fy_parser_parse(parser);
        if (event == NULL) {
            break;
        }
        yaml_take(reader, event);
        fy_parser_event_free(parser, event);
    }
    if (!reader->refused && !reader->memory && fy_parser_get_stream_error(parser)) {
        yaml_take_errors(reader, diag);
        reader->refused = true;
    }
}

static enum spill_status yaml_run(struct yaml_reader *reader) {
    struct fy_diag_cfg diag_facts;
    fy_diag_cfg_default(&diag_facts);
    diag_facts.fp = NULL;
    struct fy_diag *const diag = fy_diag_create(&diag_facts);
    if (diag == NULL) {
        return SPILL_MEMORY;
    }
    fy_diag_set_collect_errors(diag, true);
    /* Keys twice are left to the reader of the tree, who says where the first one is. */
    const struct fy_parse_cfg facts = {
        .search_path = "",
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE |
                 FYPCF_ALLOW_DUPLICATE_KEYS,
        .diag = diag,
    };
    struct fy_parser *const parser = fy_parser_create(&facts);
    if (parser == NULL ||
        fy_parser_set_string(parser, reader->source->bytes, reader->source->size_bytes) != 0) {
        fy_parser_destroy(parser);
        fy_diag_destroy(diag);
        return SPILL_MEMORY;
    }
    yaml_read(reader, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return reader->memory ? SPILL_MEMORY : SPILL_OK;
}

enum spill_status yaml_load(const struct source *source, struct arena *arena,
                            struct fault_list *faults, struct yaml *yaml) {
    SPILL_ASSERT(source != NULL);
    SPILL_ASSERT(source->bytes != NULL);
    static const struct yaml_node none[2];
    *yaml = (struct yaml){source, none, 1};
    struct yaml_reader reader = {.source = source, .arena = arena, .faults = faults};
    const size_t bad_byte = source_bad_byte(source);
    if (bad_byte < source->size_bytes) {
        yaml_refuse(&reader, bad_byte, 1, "the file is not UTF-8 text");
        return SPILL_OK;
    }
    if (yaml_new_node(&reader) != YAML_NONE || reader.memory) { /* Number 0 is nobody's. */
        return SPILL_MEMORY;
    }
    const enum spill_status status = yaml_run(&reader);
    if (status == SPILL_OK && !reader.refused) {
        struct yaml_node *const nodes = arena_alloc(arena, reader.node_count, sizeof *nodes);
        if (nodes != NULL) {
            memcpy(nodes, reader.nodes, reader.node_count * sizeof *nodes);
            *yaml = (struct yaml){source, nodes, reader.node_count};
        }
    }
    free(reader.nodes);
    return status == SPILL_OK && arena->failed ? SPILL_MEMORY : status;
}

struct place yaml_place(const struct yaml *yaml, uint32_t node) {
    if (node == YAML_NONE || node >= yaml->node_count) {
        return (struct place){yaml->source, PLACE_WHOLE, 0};
    }
    const struct yaml_node *const at = &yaml->nodes[node];
    if (at->kind != YAML_SCALAR && at->length_bytes == 0 && at->first != YAML_NONE) {
        /* A block mapping has no sign of its own: its first key stands for it. */
        const struct yaml_node *const first = &yaml->nodes[at->first];
        return (struct place){yaml->source, first->offset_bytes, first->length_bytes};
    }
    return (struct place){yaml->source, at->offset_bytes, at->length_bytes};
}

static bool yaml_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

struct place yaml_place_within(const struct yaml *yaml, uint32_t node, size_t offset_bytes,
                               size_t length_bytes) {
    SPILL_ASSERT(node != YAML_NONE);
    SPILL_ASSERT(node < yaml->node_count);
    const struct yaml_node *const scalar = &yaml->nodes[node];
    const char *const bytes = yaml->source->bytes;
    size_t at = scalar->offset_bytes;
    const size_t end = at + scalar->length_bytes;
    const bool quoted = at < end && (bytes[at] == '"' || bytes[at] == '\'');
    at += quoted;
    /* Text and source side by side: folded lines differ in blanks, doubled quotes in one byte; an
     * escape ends the search. */
    for (size_t i = 0; i < offset_bytes && i < scalar->text_bytes; i++) {
        if (yaml_blank(scalar->text[i]) && at < end && yaml_blank(bytes[at])) {
            at++;
            while (at < end && yaml_blank(bytes[at]) && !yaml_blank(scalar->text[i + 1])) {
                at++;
            }
        } else if (at < end && bytes[at] == scalar->text[i]) {
            at += quoted && bytes[at] == '\'' && at + 1 < end && bytes[at + 1] == '\'' ? 2 : 1;
        } else {
            return yaml_place(yaml, node);
        }
    }
    return (struct place){yaml->source, at, length_bytes};
}

uint32_t yaml_find(const struct yaml *yaml, uint32_t mapping, const char *key) {
    if (mapping == YAML_NONE || yaml->nodes[mapping].kind != YAML_MAPPING) {
        return YAML_NONE;
    }
    for (uint32_t at = yaml->nodes[mapping].first; at != YAML_NONE;) {
        const uint32_t value = yaml->nodes[at].next;
        SPILL_ASSERT(value != YAML_NONE);
        if (strcmp(yaml->nodes[at].text, key) == 0) {
            return value;
        }
        at = yaml->nodes[value].next;
    }
    return YAML_NONE;
}
