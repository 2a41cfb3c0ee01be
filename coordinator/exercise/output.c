/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exercise/output.h"

#include <sodium.h>
#include <string.h>

#include "coordinator/exercise/tables.h"

/* ---- Words ---- */

#define OUTPUT_WORDS(name, words) words,
static const char *const output_kind_words[] = {OUTPUT_KIND_MAP(OUTPUT_WORDS)};
static const char *const output_message_words[] = {MESSAGE_KIND_MAP(OUTPUT_WORDS)};
static const char *const output_clock_words[] = {CLOCK_MAP(OUTPUT_WORDS)};
static const char *const output_run_words[] = {RUN_MAP(OUTPUT_WORDS)};
static const char *const output_delivery_words[] = {DELIVERY_MAP(OUTPUT_WORDS)};
static const char *const output_expectation_words[] = {EXPECTATION_MAP(OUTPUT_WORDS)};
static const char *const output_change_words[] = {CHANGE_MAP(OUTPUT_WORDS)};
static const char *const output_refusal_words[] = {REFUSAL_MAP(OUTPUT_WORDS)};
static const char *const output_named_words[] = {NAMED_MAP(OUTPUT_WORDS)};
static const char *const output_input_words[] = {
#define OUTPUT_INPUT_WORDS(name, words, who) words,
    INPUT_KIND_MAP(OUTPUT_INPUT_WORDS)
#undef OUTPUT_INPUT_WORDS
};
#undef OUTPUT_WORDS

static const char *const output_language_words[] = {"en", "nl"};
static const char *const output_target_words[] = {"none",    "asset",  "tag",
                                                  "country", "border", "pools"};
static const char *const output_status_words[] = {"normal", "degraded", "failed", "restoring",
                                                  "islanded"};
static const char *const output_limit_words[] = {"none", "health", "need",
                                                 "cap",  "demand", "layer"};
#define OUTPUT_COUNT(words) (sizeof(words) / sizeof(words)[0])
_Static_assert(OUTPUT_COUNT(output_language_words) == LANGUAGE_COUNT, "a word for each language");
_Static_assert(OUTPUT_COUNT(output_target_words) == TARGET_POOLS + 1, "a word for each target");
_Static_assert(OUTPUT_COUNT(output_status_words) == ASSET_ISLANDED + 1, "a word for each status");
_Static_assert(OUTPUT_COUNT(output_limit_words) == LIMIT_LAYER + 1, "a word for each limit");

#define OUTPUT_NAME(function, type, words)                                                         \
    const char *function(enum type value) {                                                        \
        SPILL_ASSERT((size_t)value < OUTPUT_COUNT(words));                                         \
        return (words)[value];                                                                     \
    }
OUTPUT_NAME(output_kind_name, output_kind, output_kind_words)
OUTPUT_NAME(message_kind_name, message_kind, output_message_words)
OUTPUT_NAME(clock_state_name, clock_state, output_clock_words)
OUTPUT_NAME(run_state_name, run_state, output_run_words)
OUTPUT_NAME(delivery_state_name, delivery_state, output_delivery_words)
OUTPUT_NAME(expectation_state_name, expectation_state, output_expectation_words)
OUTPUT_NAME(change_why_name, change_why, output_change_words)
OUTPUT_NAME(refusal_name, refusal, output_refusal_words)
#undef OUTPUT_NAME

/* ---- Tables of what stands in lists ---- */

enum { OUTPUT_NAME_BYTES = 1024 }; /* A name or place. */

static const struct codec_field output_name_fields[] = {
    CODEC_FIELD_ENUM(message_name, "kind", kind, output_named_words),
    CODEC_FIELD_ID(message_name, "id", id),
    CODEC_FIELD_TEXTS(message_name, "name", name, OUTPUT_NAME_BYTES),
};
static const struct codec_record output_name_record =
    CODEC_RECORD(message_name, output_name_fields);

static const struct codec_field output_asset_fields[] = {
    CODEC_FIELD_ID(message_asset, "id", id),
    CODEC_FIELD_TEXTS(message_asset, "name", name, OUTPUT_NAME_BYTES),
    CODEC_FIELD_ID(message_asset, "country", country),
    CODEC_FIELD_ID(message_asset, "sector", sector),
    CODEC_FIELD_TEXT(message_asset, "place", place, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TEXT(message_asset, "kind", kind, OUTPUT_NAME_BYTES),
    CODEC_FIELD_NUMBER(message_asset, "latitude_e6", latitude_e6, INT32_MIN, INT32_MAX),
    CODEC_FIELD_NUMBER(message_asset, "longitude_e6", longitude_e6, INT32_MIN, INT32_MAX),
};
static const struct codec_record output_asset_record =
    CODEC_RECORD(message_asset, output_asset_fields);

static const struct codec_field output_option_fields[] = {
    CODEC_FIELD_ID(message_option, "id", id),
    CODEC_FIELD_TEXTS(message_option, "text", text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_record output_option_record =
    CODEC_RECORD(message_option, output_option_fields);

static const struct codec_field output_report_fields[] = {
    CODEC_FIELD_TIME(message_report, "at_ms", at_ms),
    CODEC_FIELD_OPTIONAL_ID(message_report, "asset", asset),
    CODEC_FIELD_OPTIONAL_ID(message_report, "country", country),
    CODEC_FIELD_NUMBER(message_report, "service_ppm", service_ppm, 0, SPILL_PPM),
    CODEC_FIELD_ENUM(message_report, "status", status, output_status_words),
    CODEC_FIELD_MASK(message_report, "detected", detected),
    CODEC_FIELD_MASK(message_report, "triggered", triggered),
    CODEC_FIELD_NUMBER(message_report, "trust_ppm", trust_ppm, 0, SPILL_PPM),
    CODEC_FIELD_ANY(message_report, "escalation", escalation),
};
static const struct codec_record output_report_record =
    CODEC_RECORD(message_report, output_report_fields);

/* ---- Tables of messages ---- */

static const struct codec_field output_head_fields[] = {
    CODEC_FIELD_ID(output, "cell", message.cell),
    CODEC_FIELD_COUNTER(output, "sequence", message.sequence),
    CODEC_FIELD_ENUM(output, "message", message.kind, output_message_words),
};

static const struct codec_field output_briefing_fields[] = {
    CODEC_FIELD_ID(output, "exercise", message.briefing.exercise),
    CODEC_FIELD_TEXTS(output, "title", message.briefing.title, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TEXTS(output, "notice", message.briefing.notice, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_ENUM(output, "classification", message.briefing.classification, input_tlp_words),
    CODEC_FIELD_TEXT(output, "starts_at", message.briefing.starts_at, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TIME(output, "duration_ms", message.briefing.duration_ms),
    CODEC_FIELD_TIME(output, "tick_ms", message.briefing.tick_ms),
    CODEC_FIELD_TEXT(output, "currency", message.briefing.currency, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TEXTS(output, "name", message.briefing.name, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TEXTS(output, "role", message.briefing.role, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXTS(output, "briefing", message.briefing.briefing, SPILL_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(output, "kind", message.briefing.kind, OUTPUT_NAME_BYTES),
    CODEC_FIELD_ID(output, "country", message.briefing.country),
    CODEC_FIELD_ENUM(output, "language", message.briefing.language, output_language_words),
    CODEC_FIELD_ENUM(output, "clearance", message.briefing.clearance, input_tlp_words),
    CODEC_FIELD_BOOL(output, "fictional", message.briefing.fictional),
    CODEC_FIELD_TIME(output, "reporting_delay_ms", message.briefing.reporting_delay_ms),
};
static const struct codec_field output_names_fields[] = {
    CODEC_FIELD_LIST(output, "names", message.names.names, message.names.name_count,
                     OUTPUT_REPORTS_MAX, &output_name_record),
};
static const struct codec_field output_menu_fields[] = {
    CODEC_FIELD_ID(output, "order", message.menu.id),
    CODEC_FIELD_TEXTS(output, "name", message.menu.name, OUTPUT_NAME_BYTES),
    CODEC_FIELD_ENUM(output, "target", message.menu.target, output_target_words),
    CODEC_FIELD_ANY(output, "cost", message.menu.cost),
    CODEC_FIELD_IDS(output, "assets", message.menu.assets, message.menu.asset_count,
                    OUTPUT_TARGETS_MAX),
    CODEC_FIELD_IDS(output, "tags", message.menu.tags, message.menu.tag_count, OUTPUT_TARGETS_MAX),
    CODEC_FIELD_IDS(output, "countries", message.menu.countries, message.menu.country_count,
                    OUTPUT_TARGETS_MAX),
    CODEC_FIELD_IDS(output, "pools", message.menu.pools, message.menu.pool_count,
                    OUTPUT_TARGETS_MAX),
    CODEC_FIELD_BOOL(output, "more", message.menu.more),
};
static const struct codec_field output_assets_fields[] = {
    CODEC_FIELD_LIST(output, "assets", message.assets.assets, message.assets.asset_count,
                     OUTPUT_REPORTS_MAX, &output_asset_record),
};
static const struct codec_field output_message_clock_fields[] = {
    CODEC_FIELD_ENUM(output, "state", message.clock.state, output_clock_words),
};
static const struct codec_field output_message_inject_fields[] = {
    CODEC_FIELD_ID(output, "inject", message.inject.inject),
    CODEC_FIELD_ENUM(output, "type", message.inject.type, input_type_words),
    CODEC_FIELD_ENUM(output, "tlp", message.inject.tlp, input_tlp_words),
    CODEC_FIELD_TEXT(output, "channel", message.inject.channel, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TEXTS(output, "from", message.inject.from, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXTS(output, "title", message.inject.title, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXTS(output, "body", message.inject.body, SPILL_TEXT_BYTES_MAX),
    CODEC_FIELD_OPTIONAL_ID(output, "place", message.inject.place),
    CODEC_FIELD_BOOL(output, "acknowledge", message.inject.acknowledge),
    CODEC_FIELD_LIST(output, "options", message.inject.options, message.inject.option_count,
                     OUTPUT_OPTIONS_MAX, &output_option_record),
};
static const struct codec_field output_reports_fields[] = {
    CODEC_FIELD_IDS(output, "campaigns", message.reports.campaigns, message.reports.campaign_count,
                    VIEW_CAMPAIGNS_MAX),
    CODEC_FIELD_LIST(output, "reports", message.reports.reports, message.reports.report_count,
                     OUTPUT_REPORTS_MAX, &output_report_record),
};
static const struct codec_field output_message_order_fields[] = {
    CODEC_FIELD_ID(output, "key", message.order.key),
    CODEC_FIELD_ID(output, "order", message.order.order),
    CODEC_FIELD_COUNTER(output, "number", message.order.number),
    CODEC_FIELD_TIME(output, "acts_at_ms", message.order.acts_at_ms),
    CODEC_FIELD_ENUM(output, "refusal", message.order.refusal, output_refusal_words),
    CODEC_FIELD_TEXT(output, "text", message.order.text, SPILL_ERROR_TEXT_BYTES),
};
static const struct codec_field output_message_mail_fields[] = {
    CODEC_FIELD_ENUM(output, "who", message.mail.from.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", message.mail.from.id),
    CODEC_FIELD_IDS(output, "to", message.mail.to, message.mail.to_count, INPUT_CELLS_MAX),
    CODEC_FIELD_TEXT(output, "text", message.mail.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_message_rfi_fields[] = {
    CODEC_FIELD_COUNTER(output, "number", message.rfi.number),
    CODEC_FIELD_TEXT(output, "question", message.rfi.question, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(output, "text", message.rfi.text, INPUT_TEXT_BYTES_MAX),
};

static const struct codec_record output_message_records[MESSAGE_KIND_COUNT] = {
    [MESSAGE_BRIEFING] = CODEC_RECORD(output, output_briefing_fields),
    [MESSAGE_NAMES] = CODEC_RECORD(output, output_names_fields),
    [MESSAGE_MENU] = CODEC_RECORD(output, output_menu_fields),
    [MESSAGE_ASSETS] = CODEC_RECORD(output, output_assets_fields),
    [MESSAGE_CLOCK] = CODEC_RECORD(output, output_message_clock_fields),
    [MESSAGE_INJECT] = CODEC_RECORD(output, output_message_inject_fields),
    [MESSAGE_REPORTS] = CODEC_RECORD(output, output_reports_fields),
    [MESSAGE_ORDER_ACCEPTED] = CODEC_RECORD(output, output_message_order_fields),
    [MESSAGE_ORDER_REFUSED] = CODEC_RECORD(output, output_message_order_fields),
    [MESSAGE_ORDER_ACTED] = CODEC_RECORD(output, output_message_order_fields),
    [MESSAGE_MAIL] = CODEC_RECORD(output, output_message_mail_fields),
    [MESSAGE_RFI_TAKEN] = CODEC_RECORD(output, output_message_rfi_fields),
    [MESSAGE_RFI_ANSWER] = CODEC_RECORD(output, output_message_rfi_fields),
    [MESSAGE_ENDEX] = {NULL, 0, 0},
};

/* ---- Tables of outputs ---- */

static const struct codec_field output_at_fields[] = {
    CODEC_FIELD_TIME(output, "at_ms", at_ms),
};
static const struct codec_record output_at_record = CODEC_RECORD(output, output_at_fields);

static const struct codec_field output_refused_fields[] = {
    CODEC_FIELD_ENUM(output, "who", refused.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", refused.who.id),
    CODEC_FIELD_ENUM(output, "input", refused.input, output_input_words),
    CODEC_FIELD_ENUM(output, "refusal", refused.refusal, output_refusal_words),
    CODEC_FIELD_TEXT(output, "text", refused.text, SPILL_ERROR_TEXT_BYTES),
};
static const struct codec_field output_clock_fields[] = {
    CODEC_FIELD_ENUM(output, "who", clock.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", clock.who.id),
    CODEC_FIELD_ENUM(output, "state", clock.state, output_clock_words),
    CODEC_FIELD_NUMBER(output, "speed_permille", clock.speed_permille, 0, INPUT_SPEED_PERMILLE_MAX),
    CODEC_FIELD_TIME(output, "jump_ms", clock.jump_ms),
    CODEC_FIELD_TEXT(output, "why", clock.why, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_inject_fields[] = {
    CODEC_FIELD_ENUM(output, "who", inject.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", inject.who.id),
    CODEC_FIELD_ID(output, "inject", inject.inject),
    CODEC_FIELD_ENUM(output, "before", inject.before, output_run_words),
    CODEC_FIELD_ENUM(output, "after", inject.after, output_run_words),
    CODEC_FIELD_ENUM(output, "why", inject.why, output_change_words),
    CODEC_FIELD_TIME(output, "due_ms", inject.due_ms),
    CODEC_FIELD_TEXT(output, "text", inject.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_delivery_fields[] = {
    CODEC_FIELD_ID(output, "inject", delivery.inject),
    CODEC_FIELD_ID(output, "cell", delivery.cell),
    CODEC_FIELD_ENUM(output, "before", delivery.before, output_delivery_words),
    CODEC_FIELD_ENUM(output, "after", delivery.after, output_delivery_words),
    CODEC_FIELD_OPTIONAL_ID(output, "option", delivery.option),
    CODEC_FIELD_TEXT(output, "decision", delivery.decision, INPUT_TEXT_BYTES_MAX),
    CODEC_FIELD_TEXT(output, "rationale", delivery.rationale, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_expectation_fields[] = {
    CODEC_FIELD_ID(output, "inject", expectation.inject),
    CODEC_FIELD_ENUM(output, "before", expectation.before, output_expectation_words),
    CODEC_FIELD_ENUM(output, "after", expectation.after, output_expectation_words),
    CODEC_FIELD_TIME(output, "due_ms", expectation.due_ms),
};
static const struct codec_field output_mark_fields[] = {
    CODEC_FIELD_ENUM(output, "who", mark.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", mark.who.id),
    CODEC_FIELD_ID(output, "inject", mark.inject),
    CODEC_FIELD_OPTIONAL_ID(output, "cell", mark.cell),
    CODEC_FIELD_ENUM(output, "before", mark.before, input_mark_words),
    CODEC_FIELD_ENUM(output, "after", mark.after, input_mark_words),
    CODEC_FIELD_TEXT(output, "text", mark.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_note_fields[] = {
    CODEC_FIELD_ENUM(output, "who", note.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", note.who.id),
    CODEC_FIELD_OPTIONAL_ID(output, "inject", note.inject),
    CODEC_FIELD_TEXT(output, "text", note.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_link_fields[] = {
    CODEC_FIELD_ID(output, "cell", link.cell),
    CODEC_FIELD_BOOL(output, "connected", link.connected),
};
static const struct codec_field output_order_fields[] = {
    TABLES_ORDER_FIELDS(output, order.order),
    CODEC_FIELD_BOOL(output, "repeated", order.repeated),
    CODEC_FIELD_COUNTER(output, "number", order.number),
    CODEC_FIELD_TIME(output, "acts_at_ms", order.acts_at_ms),
    CODEC_FIELD_ENUM(output, "refusal", order.refusal, output_refusal_words),
    CODEC_FIELD_TEXT(output, "text", order.text, SPILL_ERROR_TEXT_BYTES),
};
static const struct codec_field output_acted_fields[] = {
    CODEC_FIELD_ID(output, "cell", acted.cell),
    CODEC_FIELD_ID(output, "order", acted.order),
    CODEC_FIELD_COUNTER(output, "number", acted.number),
};
static const struct codec_field output_mail_fields[] = {
    CODEC_FIELD_ENUM(output, "who", mail.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", mail.who.id),
    CODEC_FIELD_IDS(output, "to", mail.to, mail.to_count, INPUT_CELLS_MAX),
    CODEC_FIELD_BOOL(output, "to_control", mail.to_control),
    CODEC_FIELD_TEXT(output, "text", mail.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_rfi_fields[] = {
    CODEC_FIELD_ENUM(output, "who", rfi.who.kind, input_who_words),
    CODEC_FIELD_OPTIONAL_ID(output, "by", rfi.who.id),
    CODEC_FIELD_COUNTER(output, "number", rfi.number),
    CODEC_FIELD_ID(output, "cell", rfi.cell),
    CODEC_FIELD_BOOL(output, "answered", rfi.answered),
    CODEC_FIELD_TEXT(output, "text", rfi.text, INPUT_TEXT_BYTES_MAX),
};
static const struct codec_field output_fired_fields[] = {
    CODEC_FIELD_ID(output, "rule", fired.rule),
};
static const struct codec_field output_change_fields[] = {
    CODEC_FIELD_ID(output, "asset", change.asset),
    CODEC_FIELD_NUMBER(output, "service_ppm", change.service_ppm, 0, SPILL_PPM),
    CODEC_FIELD_NUMBER(output, "health_ppm", change.health_ppm, 0, SPILL_PPM),
    CODEC_FIELD_ENUM(output, "status", change.status, output_status_words),
};
static const struct codec_field output_cause_fields[] = {
    CODEC_FIELD_COUNTER(output, "number", cause.number),
    CODEC_FIELD_COUNTER(output, "parent", cause.parent),
    CODEC_FIELD_TIME(output, "round", cause.round),
    CODEC_FIELD_ID(output, "asset", cause.asset),
    CODEC_FIELD_NUMBER(output, "before_ppm", cause.before_ppm, 0, SPILL_PPM),
    CODEC_FIELD_NUMBER(output, "after_ppm", cause.after_ppm, 0, SPILL_PPM),
    CODEC_FIELD_ENUM(output, "limit", cause.limit, output_limit_words),
    CODEC_FIELD_OPTIONAL_ID(output, "need", cause.need),
    CODEC_FIELD_OPTIONAL_ID(output, "supplier", cause.supplier),
    CODEC_FIELD_TEXT(output, "root_kind", cause.root_kind, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TEXT(output, "root_id", cause.root_id, OUTPUT_NAME_BYTES),
    CODEC_FIELD_TIME(output, "root_at_ms", cause.root_at_ms),
    CODEC_FIELD_OPTIONAL_ID(output, "root_country", cause.root_country),
    CODEC_FIELD_BOOL(output, "backup_ended", cause.backup_ended),
};

static const struct codec_record output_records[OUTPUT_KIND_COUNT] = {
    [OUTPUT_REFUSED] = CODEC_RECORD(output, output_refused_fields),
    [OUTPUT_CLOCK] = CODEC_RECORD(output, output_clock_fields),
    [OUTPUT_INJECT] = CODEC_RECORD(output, output_inject_fields),
    [OUTPUT_DELIVERY] = CODEC_RECORD(output, output_delivery_fields),
    [OUTPUT_EXPECTATION] = CODEC_RECORD(output, output_expectation_fields),
    [OUTPUT_MARK] = CODEC_RECORD(output, output_mark_fields),
    [OUTPUT_NOTE] = CODEC_RECORD(output, output_note_fields),
    [OUTPUT_LINK] = CODEC_RECORD(output, output_link_fields),
    [OUTPUT_ORDER] = CODEC_RECORD(output, output_order_fields),
    [OUTPUT_ACTED] = CODEC_RECORD(output, output_acted_fields),
    [OUTPUT_MAIL] = CODEC_RECORD(output, output_mail_fields),
    [OUTPUT_RFI] = CODEC_RECORD(output, output_rfi_fields),
    [OUTPUT_FIRED] = CODEC_RECORD(output, output_fired_fields),
    [OUTPUT_CHANGE] = CODEC_RECORD(output, output_change_fields),
    [OUTPUT_CAUSE] = CODEC_RECORD(output, output_cause_fields),
    [OUTPUT_MESSAGE] = CODEC_RECORD(output, output_head_fields),
};

const struct codec_record *tables_output(enum output_kind kind) {
    SPILL_ASSERT((unsigned)kind < OUTPUT_KIND_COUNT);
    return &output_records[kind];
}

const struct codec_record *tables_message(enum message_kind kind) {
    SPILL_ASSERT((unsigned)kind < MESSAGE_KIND_COUNT);
    return &output_message_records[kind];
}

/* ---- Checking, bytes, JSON ---- */

/* What the tables cannot say about reports: bits beyond the campaigns named. */
static const char *output_reports_fault(const struct message *message) {
    const uint64_t known = (UINT64_C(1) << message->reports.campaign_count) - 1;
    for (size_t i = 0; i < message->reports.report_count; i++) {
        const struct message_report *const report = &message->reports.reports[i];
        if (((uint64_t)(report->detected | report->triggered) & ~known) != 0) {
            return "a report names a campaign that is not listed";
        }
        if ((report->asset[0] == '\0') == (report->country[0] == '\0')) {
            return "a report is about one asset or one country";
        }
    }
    return NULL;
}

/* What the tables cannot say, or NULL. */
static const char *output_sense(const struct output *output) {
    switch (output->kind) {
    case OUTPUT_REFUSED:
        return tables_who_fault(&output->refused.who);
    case OUTPUT_CLOCK:
        return tables_who_fault(&output->clock.who);
    case OUTPUT_INJECT:
        return tables_who_fault(&output->inject.who);
    case OUTPUT_MARK:
        return tables_who_fault(&output->mark.who);
    case OUTPUT_NOTE:
        return tables_who_fault(&output->note.who);
    case OUTPUT_MAIL:
        return tables_who_fault(&output->mail.who);
    case OUTPUT_RFI:
        return tables_who_fault(&output->rfi.who);
    case OUTPUT_MESSAGE:
        if (output->message.kind == MESSAGE_REPORTS) {
            return output_reports_fault(&output->message);
        }
        return output->message.kind == MESSAGE_MAIL ? tables_who_fault(&output->message.mail.from)
                                                    : NULL;
    default:
        return NULL;
    }
}

const char *output_fault(const struct output *output) {
    SPILL_ASSERT(output != NULL);
    if ((unsigned)output->kind >= OUTPUT_KIND_COUNT) {
        return "there is no such kind of output";
    }
    const char *fault = codec_check(&output_at_record, output);
    if (fault == NULL) {
        fault = codec_check(&output_records[output->kind], output);
    }
    if (fault == NULL && output->kind == OUTPUT_MESSAGE) {
        fault = codec_check(&output_message_records[output->message.kind], output);
    }
    return fault != NULL ? fault : output_sense(output);
}

enum spill_status output_encode(const struct output *output, uint8_t *bytes, size_t capacity_bytes,
                                size_t *size_bytes) {
    SPILL_ASSERT(bytes != NULL);
    SPILL_ASSERT(size_bytes != NULL);
    if (output_fault(output) != NULL) {
        return SPILL_INVALID;
    }
    struct codec_writer writer = {
        .bytes = bytes,
        .capacity_bytes = capacity_bytes < OUTPUT_BYTES_MAX ? capacity_bytes : OUTPUT_BYTES_MAX};
    codec_write_byte(&writer, OUTPUT_FORMAT);
    codec_write_byte(&writer, (uint8_t)output->kind);
    codec_write(&writer, &output_at_record, output);
    codec_write(&writer, &output_records[output->kind], output);
    if (output->kind == OUTPUT_MESSAGE) {
        codec_write(&writer, &output_message_records[output->message.kind], output);
    }
    if (writer.full) {
        return SPILL_LIMIT;
    }
    *size_bytes = writer.size_bytes;
    return SPILL_OK;
}

enum spill_status output_decode(const uint8_t *bytes, size_t size_bytes, struct codec_arena *arena,
                                struct output *output, struct spill_error *error) {
    SPILL_ASSERT(bytes != NULL || size_bytes == 0);
    SPILL_ASSERT(arena != NULL);
    const size_t used_bytes = codec_arena_used_bytes(arena);
    struct codec_reader reader = {.bytes = bytes, .size_bytes = size_bytes, .arena = arena};
    if (size_bytes > OUTPUT_BYTES_MAX) {
        reader.fault = "it is too long";
    }
    struct output read;
    memset(&read, 0, sizeof read);
    const uint8_t format = codec_read_byte(&reader);
    if (reader.fault == NULL && format != OUTPUT_FORMAT) {
        reader.fault = "it has another format";
    }
    const uint8_t kind = codec_read_byte(&reader);
    if (reader.fault == NULL && kind >= OUTPUT_KIND_COUNT) {
        reader.fault = "there is no such kind of output";
    }
    codec_read(&reader, &output_at_record, &read);
    if (reader.fault == NULL) {
        read.kind = (enum output_kind)kind;
        codec_read(&reader, &output_records[read.kind], &read);
    }
    if (reader.fault == NULL && read.kind == OUTPUT_MESSAGE) {
        codec_read(&reader, &output_message_records[read.message.kind], &read);
    }
    codec_read_end(&reader);
    if (reader.fault == NULL) {
        reader.fault = output_sense(&read);
    }
    if (reader.fault != NULL) {
        codec_arena_rewind(arena, used_bytes);
    } else {
        SPILL_ASSERT(output_fault(&read) == NULL);
        *output = read;
    }
    return codec_read_status(&reader, error);
}

size_t output_print_json(const struct output *output, char *text, size_t capacity_bytes) {
    SPILL_ASSERT(text != NULL || capacity_bytes == 0);
    struct codec_writer writer = {.bytes = (uint8_t *)text, .capacity_bytes = capacity_bytes};
    const char *const fault = output_fault(output);
    codec_print_open(&writer);
    if (fault != NULL) {
        codec_print_text(&writer, "fault", fault);
    } else {
        codec_print(&writer, &output_at_record, output);
        codec_print_text(&writer, "kind", output_kind_words[output->kind]);
        codec_print(&writer, &output_records[output->kind], output);
        if (output->kind == OUTPUT_MESSAGE) {
            codec_print(&writer, &output_message_records[output->message.kind], output);
        }
    }
    codec_print_close(&writer);
    return codec_print_end(&writer);
}

void output_head(uint8_t head[OUTPUT_HEAD_BYTES], const uint8_t *bytes, size_t size_bytes) {
    SPILL_ASSERT(bytes != NULL);
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, OUTPUT_HEAD_BYTES);
    crypto_generichash_update(&state, head, OUTPUT_HEAD_BYTES);
    crypto_generichash_update(&state, bytes, size_bytes);
    crypto_generichash_final(&state, head, OUTPUT_HEAD_BYTES);
}
