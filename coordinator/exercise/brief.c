/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exercise/brief.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/law.h"
#include "coordinator/exercise/tables.h"

enum {
    BRIEF_QUANTILES_MAX = 4096,      /* Of one law; network.h. */
    BRIEF_SPREAD = 32,               /* A byte of a brief takes at most so many in memory … */
    BRIEF_FEW_BYTES = 4096,          /* … beside these, */
    BRIEF_ARENA_BYTES_MAX = 1 << 26, /* and all together these. */
};

_Static_assert(SCRIPT_POLICY_RULES_MAX <= UINT16_MAX, "rules fit a list");
_Static_assert(SPILL_INJECTS_MAX <= UINT16_MAX, "answers fit a list");

/* ---- Tables ---- */

static const char *const brief_law_words[] = {"none",        "fixed",     "uniform",  "triangular",
                                              "exponential", "lognormal", "empirical"};
static const char *const brief_target_words[] = {"none",    "asset",  "tag",
                                                 "country", "border", "pools"};
static const char *const brief_state_words[] = {"any", "degraded", "failed", "detected"};

_Static_assert(sizeof brief_law_words / sizeof brief_law_words[0] == LAW_EMPIRICAL + 1,
               "every law has a word");
_Static_assert(sizeof brief_target_words / sizeof brief_target_words[0] == TARGET_POOLS + 1,
               "every target has a word");
_Static_assert(sizeof brief_state_words / sizeof brief_state_words[0] == WANTED_DETECTED + 1,
               "every state has a word");

static const struct codec_field brief_quantile_fields[] = {
    {.name = "ms", .type = CODEC_NUMBER, .min = 0, .max = LAW_MAX_MS},
};
static const struct codec_record brief_quantile_record = {brief_quantile_fields, 1,
                                                          sizeof(int64_t)};

/* A struct law_spec that is `base` in struct T. */
#define BRIEF_LAW_FIELDS(T, base)                                                                  \
    CODEC_FIELD_ENUM(T, "law", base.kind, brief_law_words),                                        \
        CODEC_FIELD_NUMBER(T, "a_ms", base.a_ms, 0, LAW_MAX_MS),                                   \
        CODEC_FIELD_NUMBER(T, "b_ms", base.b_ms, 0, LAW_MAX_MS),                                   \
        CODEC_FIELD_NUMBER(T, "c_ms", base.c_ms, 0, LAW_MAX_MS),                                   \
        CODEC_FIELD_NUMBER(T, "sigma_ppm", base.sigma_ppm, 0, INT64_MAX),                          \
        CODEC_FIELD_LIST(T, "quantiles", base.quantile_ms, base.quantile_count,                    \
                         BRIEF_QUANTILES_MAX, &brief_quantile_record)

static const struct codec_field brief_country_fields[] = {
    CODEC_FIELD_ID(brief_country, "id", id),
    CODEC_FIELD_NUMBER(brief_country, "trust_ppm", trust_ppm, 0, SPILL_PPM),
};
static const struct codec_record brief_country_record =
    CODEC_RECORD(brief_country, brief_country_fields);

static const struct codec_field brief_order_fields[] = {
    CODEC_FIELD_ID(brief_order, "id", id),
    CODEC_FIELD_ENUM(brief_order, "target", target, brief_target_words),
    CODEC_FIELD_BOOL(brief_order, "may", may),
};
static const struct codec_record brief_order_record = CODEC_RECORD(brief_order, brief_order_fields);

static const struct codec_field brief_asset_fields[] = {
    CODEC_FIELD_ID(brief_asset, "id", id),
    CODEC_FIELD_ID(brief_asset, "country", country),
    CODEC_FIELD_ID(brief_asset, "sector", sector),
    CODEC_FIELD_NUMBER(brief_asset, "people", people, 0, INT64_MAX),
    CODEC_FIELD_BOOL(brief_asset, "seen", seen),
};
static const struct codec_record brief_asset_record = CODEC_RECORD(brief_asset, brief_asset_fields);

static const struct codec_field brief_range_fields[] = {
    CODEC_FIELD_NUMBER(brief_range, "first", first, 0, BRIEF_ASSETS_MAX - 1),
    CODEC_FIELD_NUMBER(brief_range, "count", count, 1, BRIEF_ASSETS_MAX),
};
static const struct codec_record brief_range_record = CODEC_RECORD(brief_range, brief_range_fields);

static const struct codec_field brief_rule_fields[] = {
    CODEC_FIELD_ID(brief_rule, "id", id),
    CODEC_FIELD_TEXT(brief_rule, "when", when, CONDITION_TEXT_BYTES_MAX),
    CODEC_FIELD_NUMBER(brief_rule, "hold_ms", hold_ms, 0, LAW_MAX_MS),
    CODEC_FIELD_ID(brief_rule, "order", order),
    CODEC_FIELD_BOOL(brief_rule, "each", each),
    CODEC_FIELD_ENUM(brief_rule, "state", state, brief_state_words),
    CODEC_FIELD_LIST(brief_rule, "ranges", ranges, range_count, BRIEF_RANGES_MAX,
                     &brief_range_record),
    CODEC_FIELD_OPTIONAL_ID(brief_rule, "asset", asset),
    CODEC_FIELD_OPTIONAL_ID(brief_rule, "tag", tag),
    CODEC_FIELD_OPTIONAL_ID(brief_rule, "country", country),
    CODEC_FIELD_OPTIONAL_ID(brief_rule, "other_country", other_country),
    CODEC_FIELD_OPTIONAL_ID(brief_rule, "pool", pool),
    CODEC_FIELD_OPTIONAL_ID(brief_rule, "other_pool", other_pool),
    CODEC_FIELD_NUMBER(brief_rule, "amount", amount, -INPUT_AMOUNT_MAX, INPUT_AMOUNT_MAX),
    BRIEF_LAW_FIELDS(brief_rule, thinking),
    CODEC_FIELD_NUMBER(brief_rule, "times_max", times_max, 1, SCRIPT_TIMES_MAX),
    CODEC_FIELD_NUMBER(brief_rule, "again_after_ms", again_after_ms, 0, LAW_MAX_MS),
};
static const struct codec_record brief_rule_record = CODEC_RECORD(brief_rule, brief_rule_fields);

static const struct codec_field brief_answer_fields[] = {
    CODEC_FIELD_ID(brief_answer, "inject", inject),
    CODEC_FIELD_ID(brief_answer, "option", option),
};
static const struct codec_record brief_answer_record =
    CODEC_RECORD(brief_answer, brief_answer_fields);

static const struct codec_field brief_fields[] = {
    CODEC_FIELD_ID(brief, "cell", cell),
    CODEC_FIELD_ID(brief, "country", country),
    CODEC_FIELD_ID(brief, "team", team),
    CODEC_FIELD_ANY(brief, "seed", seed),
    CODEC_FIELD_MASK(brief, "replica", replica),
    CODEC_FIELD_NUMBER(brief, "tick_ms", tick_ms, 1, LAW_MAX_MS),
    CODEC_FIELD_NUMBER(brief, "horizon_ms", horizon_ms, 1, LAW_MAX_MS),
    CODEC_FIELD_NUMBER(brief, "escalation", escalation, -SCRIPT_AMOUNT_MAX, SCRIPT_AMOUNT_MAX),
    BRIEF_LAW_FIELDS(brief, answers_after),
    CODEC_FIELD_LIST(brief, "countries", countries, country_count, SPILL_COUNTRIES_MAX,
                     &brief_country_record),
    CODEC_FIELD_IDS(brief, "sectors", sectors, sector_count, SPILL_SECTORS_MAX),
    CODEC_FIELD_IDS(brief, "campaigns", campaigns, campaign_count, VIEW_CAMPAIGNS_MAX),
    CODEC_FIELD_LIST(brief, "orders", orders, order_count, SCRIPT_ORDERS_MAX, &brief_order_record),
    CODEC_FIELD_IDS(brief, "injects", injects, inject_count, SPILL_INJECTS_MAX),
    CODEC_FIELD_LIST(brief, "assets", assets, asset_count, BRIEF_ASSETS_MAX, &brief_asset_record),
    CODEC_FIELD_LIST(brief, "rules", rules, rule_count, SCRIPT_POLICY_RULES_MAX,
                     &brief_rule_record),
    CODEC_FIELD_LIST(brief, "answers", answers, answer_count, SPILL_INJECTS_MAX,
                     &brief_answer_record),
};
static const struct codec_record brief_record = CODEC_RECORD(brief, brief_fields);

const struct codec_record *tables_brief(void) {
    return &brief_record;
}

/* ---- Faults ---- */

static const char *brief_rule_fault(const struct brief *brief, const struct brief_rule *rule) {
    if (rule->each != (rule->range_count > 0)) {
        return rule->each ? "a rule for each asset has no assets"
                          : "a rule for one target has ranges of assets";
    }
    int64_t free_from = 0;
    for (size_t i = 0; i < rule->range_count; i++) {
        const struct brief_range *const range = &rule->ranges[i];
        if (range->first < free_from || range->first + range->count > (int64_t)brief->asset_count) {
            return "a range of assets is out of place";
        }
        free_from = range->first + range->count + 1; /* Neighbours would be one range. */
    }
    return law_fault(&rule->thinking);
}

/* What the tables cannot say. */
static const char *brief_whole_fault(const struct brief *brief) {
    const char *fault = law_fault(&brief->answers_after);
    for (size_t i = 1; i < brief->asset_count && fault == NULL; i++) {
        if (strcmp(brief->assets[i - 1].id, brief->assets[i].id) >= 0) {
            fault = "assets are not sorted";
        }
    }
    for (size_t i = 1; i < brief->answer_count && fault == NULL; i++) {
        if (strcmp(brief->answers[i - 1].inject, brief->answers[i].inject) >= 0) {
            fault = "answers are not sorted";
        }
    }
    for (size_t i = 0; i < brief->rule_count && fault == NULL; i++) {
        fault = brief_rule_fault(brief, &brief->rules[i]);
    }
    return fault;
}

const char *brief_fault(const struct brief *brief) {
    SPILL_ASSERT(brief != NULL);
    const char *const fault = codec_check(&brief_record, brief);
    return fault != NULL ? fault : brief_whole_fault(brief);
}

/* ---- Bytes ---- */

/* A brief that was decoded. The brief comes first: one is the other's address. */
struct brief_parts {
    struct brief brief;
    struct codec_arena *arena;
};

size_t brief_size_bytes(const struct brief *brief) {
    SPILL_ASSERT(brief_fault(brief) == NULL);
    struct codec_writer writer = {.bytes = NULL};
    codec_write_byte(&writer, BRIEF_FORMAT);
    codec_write(&writer, &brief_record, brief);
    return writer.size_bytes;
}

enum spill_status brief_encode(const struct brief *brief, uint8_t *bytes, size_t capacity_bytes,
                               size_t *size_bytes) {
    SPILL_ASSERT(bytes != NULL);
    SPILL_ASSERT(size_bytes != NULL);
    if (brief_fault(brief) != NULL) {
        return SPILL_INVALID;
    }
    struct codec_writer writer = {
        .bytes = bytes,
        .capacity_bytes = capacity_bytes < BRIEF_BYTES_MAX ? capacity_bytes : BRIEF_BYTES_MAX};
    codec_write_byte(&writer, BRIEF_FORMAT);
    codec_write(&writer, &brief_record, brief);
    if (writer.full) {
        return SPILL_LIMIT;
    }
    *size_bytes = writer.size_bytes;
    return SPILL_OK;
}

static void brief_read(struct codec_reader *reader, struct brief *brief) {
    const uint8_t format = codec_read_byte(reader);
    if (reader->fault == NULL && format != BRIEF_FORMAT) {
        reader->fault = "it has another format";
    }
    codec_read(reader, &brief_record, brief);
    codec_read_end(reader);
    if (reader->fault == NULL) {
        reader->fault = brief_whole_fault(brief);
    }
}

enum spill_status brief_decode(const uint8_t *bytes, size_t size_bytes, struct brief **brief,
                               struct spill_error *error) {
    SPILL_ASSERT(bytes != NULL || size_bytes == 0);
    SPILL_ASSERT(brief != NULL);
    if (size_bytes > BRIEF_BYTES_MAX) {
        return spill_fail(error, SPILL_INVALID, "it is too long");
    }
    const size_t wanted_bytes = BRIEF_FEW_BYTES + BRIEF_SPREAD * size_bytes;
    struct brief_parts *const parts = spill_alloc(1, sizeof *parts);
    struct brief *made = (struct brief *)(void *)parts;
    if (parts == NULL ||
        codec_arena_create(wanted_bytes < BRIEF_ARENA_BYTES_MAX ? wanted_bytes
                                                                : BRIEF_ARENA_BYTES_MAX,
                           &parts->arena) != SPILL_OK) {
        free(parts);
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    struct codec_reader reader = {.bytes = bytes, .size_bytes = size_bytes, .arena = parts->arena};
    brief_read(&reader, &parts->brief);
    if (reader.fault != NULL) {
        brief_destroy(&made);
        return codec_read_status(&reader, error);
    }
    SPILL_ASSERT(brief_fault(made) == NULL);
    *brief = made;
    return SPILL_OK;
}

void brief_destroy(struct brief **brief) {
    SPILL_ASSERT(brief != NULL);
    struct brief_parts *const parts = (struct brief_parts *)(void *)*brief;
    if (parts == NULL) {
        return;
    }
    codec_arena_destroy(&parts->arena);
    free(parts);
    *brief = NULL;
}
