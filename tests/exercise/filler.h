/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filler: random inputs and outputs of every kind, made from their tables. Header only; for the
 * tests of this folder. Everything made lives until filler_reset.
 */
#ifndef SPILL_TEST_FILLER_H
#define SPILL_TEST_FILLER_H

#include <stdlib.h>
#include <string.h>

#include "coordinator/exercise/tables.h"

enum { FILLER_BYTES = 1 << 20, FILLER_LIST_MAX = 5 };

struct filler {
    uint64_t state;
    uint8_t *bytes;
    size_t used_bytes;
};

/* xorshift64*: tests need no more. */
static inline uint64_t filler_random(struct filler *filler) {
    filler->state ^= filler->state >> 12;
    filler->state ^= filler->state << 25;
    filler->state ^= filler->state >> 27;
    return filler->state * UINT64_C(2685821657736338717);
}

static inline size_t filler_below(struct filler *filler, size_t count) {
    return (size_t)(filler_random(filler) >> 11) % count;
}

static inline void *filler_take(struct filler *filler, size_t size_bytes) {
    const size_t start = (filler->used_bytes + 15) / 16 * 16;
    SPILL_ASSERT(start + size_bytes <= FILLER_BYTES);
    filler->used_bytes = start + size_bytes;
    memset(filler->bytes + start, 0, size_bytes);
    return filler->bytes + start;
}

static inline struct filler filler_create(uint64_t seed) {
    return (struct filler){.state = seed * 2 + 1, .bytes = malloc(FILLER_BYTES)};
}

static inline void filler_reset(struct filler *filler) {
    filler->used_bytes = 0;
}

static inline void filler_destroy(struct filler *filler) {
    free(filler->bytes);
    filler->bytes = NULL;
}

static inline const char *filler_id(struct filler *filler) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    const size_t length =
        filler_below(filler, 8) == 0 ? SPILL_ID_BYTES_MAX : 1 + filler_below(filler, 12);
    char *const id = filler_take(filler, length + 1);
    for (size_t i = 0; i < length; i++) {
        id[i] = letters[filler_below(filler, i == 0 ? 36 : 39)];
    }
    return id;
}

static inline const char *filler_text(struct filler *filler, size_t max_bytes) {
    static const char *const parts[] = {"a", "Z", " ", "\"",   "\\",   "\n",   "\t",
                                        "é", "€", "😀", "\x01", "\x7f", "wörd "};
    char *const text = filler_take(filler, max_bytes < 400 ? max_bytes + 1 : 401);
    size_t used = 0;
    for (size_t i = filler_below(filler, 40); i > 0; i--) {
        const char *const part = parts[filler_below(filler, sizeof parts / sizeof parts[0])];
        if (used + strlen(part) > max_bytes || used + strlen(part) > 400) {
            break;
        }
        memcpy(text + used, part, strlen(part));
        used += strlen(part);
    }
    return text;
}

static inline int64_t filler_number(struct filler *filler, int64_t min, int64_t max) {
    switch (filler_below(filler, 4)) {
    case 0:
        return min;
    case 1:
        return max;
    default: {
        const uint64_t span = (uint64_t)max - (uint64_t)min;
        const uint64_t number = filler_random(filler) >> filler_below(filler, 60);
        return (int64_t)((uint64_t)min + (span == UINT64_MAX ? number : number % (span + 1)));
    }
    }
}

static inline void filler_fill(struct filler *filler, const struct codec_record *record,
                               void *object);

static inline void filler_list(struct filler *filler, const struct codec_field *field,
                               void *object) {
    size_t count = filler_below(filler, FILLER_LIST_MAX);
    count = count > (size_t)field->max ? (size_t)field->max : count;
    const size_t element_bytes =
        field->type == CODEC_IDS ? sizeof(char *) : field->record->size_bytes;
    char *const list = filler_take(filler, count * element_bytes + 1);
    for (size_t i = 0; i < count; i++) {
        if (field->type == CODEC_IDS) {
            ((const char **)(void *)list)[i] = filler_id(filler);
        } else {
            filler_fill(filler, field->record, list + i * element_bytes);
        }
    }
    memcpy((char *)object + field->offset_bytes, &list, sizeof list);
    memcpy((char *)object + field->count_offset_bytes, &count, sizeof count);
}

static inline void filler_field(struct filler *filler, const struct codec_field *field,
                                void *object) {
    char *const at = (char *)object + field->offset_bytes;
    const int64_t number = field->type == CODEC_ENUM || field->type == CODEC_BOOL
                               ? 0
                               : filler_number(filler, field->min, field->max);
    const uint32_t mask = (uint32_t)filler_random(filler);
    const int word = field->type == CODEC_ENUM ? (int)filler_below(filler, field->name_count) : 0;
    const bool truth = filler_below(filler, 2) == 1;
    const char *text = "";
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
        text = field->type == CODEC_ID || truth ? filler_id(filler) : "";
        memcpy(at, &text, sizeof text);
        break;
    case CODEC_TEXT:
    case CODEC_TEXTS:
        for (size_t i = 0; i < (field->type == CODEC_TEXTS ? LANGUAGE_COUNT : 1); i++) {
            text = filler_text(filler, (size_t)field->max);
            memcpy(at + i * sizeof text, &text, sizeof text);
        }
        break;
    case CODEC_IDS:
    case CODEC_LIST:
        filler_list(filler, field, object);
        break;
    }
}

static inline void filler_fill(struct filler *filler, const struct codec_record *record,
                               void *object) {
    for (size_t i = 0; i < record->field_count; i++) {
        filler_field(filler, &record->fields[i], object);
    }
}

static inline struct who filler_who(struct filler *filler, enum who_kind kind) {
    return (struct who){kind, kind == WHO_SYSTEM ? "" : filler_id(filler)};
}

/* A well-formed input; nothing says that an exercise would take it. */
static inline struct input filler_input(struct filler *filler) {
    struct input input;
    memset(&input, 0, sizeof input);
    input.kind = (enum input_kind)filler_below(filler, INPUT_KIND_COUNT);
    input.who = filler_who(filler, (enum who_kind)filler_below(filler, WHO_KIND_COUNT));
    filler_fill(filler, tables_input(input.kind), &input);
    return input;
}

/* Makes what the tables cannot promise true: who, and the bits of reports. */
static inline void filler_mend(struct filler *filler, struct output *output) {
    const struct who who = filler_who(filler, (enum who_kind)filler_below(filler, WHO_KIND_COUNT));
    switch (output->kind) {
    case OUTPUT_REFUSED:
        output->refused.who = who;
        break;
    case OUTPUT_CLOCK:
        output->clock.who = who;
        break;
    case OUTPUT_INJECT:
        output->inject.who = who;
        break;
    case OUTPUT_MARK:
        output->mark.who = who;
        break;
    case OUTPUT_NOTE:
        output->note.who = who;
        break;
    case OUTPUT_MAIL:
        output->mail.who = who;
        break;
    case OUTPUT_RFI:
        output->rfi.who = who;
        break;
    case OUTPUT_MESSAGE:
        if (output->message.kind == MESSAGE_MAIL) {
            output->message.mail.from = who;
        }
        if (output->message.kind != MESSAGE_REPORTS) {
            break;
        }
        for (size_t i = 0; i < output->message.reports.report_count; i++) {
            /* Made above, in the filler's own memory. */
            struct message_report *const report =
                (struct message_report *)(uintptr_t)&output->message.reports.reports[i];
            const uint32_t known = (UINT32_C(1) << output->message.reports.campaign_count) - 1;
            report->detected &= known;
            report->triggered &= known;
            report->asset = i % 2 == 0 ? filler_id(filler) : "";
            report->country = i % 2 == 0 ? "" : filler_id(filler);
        }
        break;
    default:
        break;
    }
}

static inline struct output filler_output(struct filler *filler) {
    struct output output;
    memset(&output, 0, sizeof output);
    output.kind = (enum output_kind)filler_below(filler, OUTPUT_KIND_COUNT);
    output.at_ms = filler_number(filler, 0, INT64_MAX);
    filler_fill(filler, tables_output(output.kind), &output);
    if (output.kind == OUTPUT_MESSAGE) {
        filler_fill(filler, tables_message(output.message.kind), &output);
    }
    filler_mend(filler, &output);
    return output;
}

#endif
