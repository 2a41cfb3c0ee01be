/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables: what the tables of inputs, outputs and briefs have in common. For those and their tests.
 */
#ifndef SPILL_TABLES_H
#define SPILL_TABLES_H

#include "coordinator/exercise/output.h"

enum {
    TABLES_TYPE_COUNT = INJECT_ADMINISTRATIVE + 1,
    TABLES_TLP_COUNT = TLP_RED + 1,
};

extern const char *const input_who_words[WHO_KIND_COUNT];
extern const char *const input_mark_words[MARK_COUNT];
extern const char *const input_type_words[TABLES_TYPE_COUNT];
extern const char *const input_tlp_words[TABLES_TLP_COUNT];

/* What each kind carries; the tests make random ones from these. */
const struct codec_record *tables_input(enum input_kind kind);
const struct codec_record *tables_output(enum output_kind kind);
const struct codec_record *tables_message(enum message_kind kind);
const struct codec_record *tables_brief(void);

/* What the table of a struct who cannot say, in English, or NULL. */
const char *tables_who_fault(const struct who *who);

/* Fields of a struct input_order that is `base` in struct T. */
#define TABLES_ORDER_FIELDS(T, base)                                                               \
    CODEC_FIELD_ID(T, "cell", base.cell), CODEC_FIELD_ID(T, "key", base.key),                      \
        CODEC_FIELD_ID(T, "order", base.order), CODEC_FIELD_OPTIONAL_ID(T, "asset", base.asset),   \
        CODEC_FIELD_OPTIONAL_ID(T, "tag", base.tag),                                               \
        CODEC_FIELD_OPTIONAL_ID(T, "country", base.country),                                       \
        CODEC_FIELD_OPTIONAL_ID(T, "other_country", base.other_country),                           \
        CODEC_FIELD_OPTIONAL_ID(T, "pool", base.pool),                                             \
        CODEC_FIELD_OPTIONAL_ID(T, "other_pool", base.other_pool),                                 \
        CODEC_FIELD_NUMBER(T, "amount", base.amount, -INPUT_AMOUNT_MAX, INPUT_AMOUNT_MAX),         \
        CODEC_FIELD_TEXT(T, "rationale", base.rationale, INPUT_TEXT_BYTES_MAX)

#endif
