/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/why.h"

#include <inttypes.h>
#include <string.h>

enum {
    WHY_LINE_BYTES = 2048,
    WHY_NOUN_BYTES = 512,
    WHY_NUMBER_BYTES = 32,
    WHY_INDENT = 2,
};

/* What every line needs. */
struct why_page {
    const struct scenario *scenario;
    const struct network *network;
    enum words_language language;
    int columns; /* Where lines are broken. */
    FILE *stream;
};

static struct why_page why_page(const struct why *why, enum words_language language, int columns,
                                FILE *stream) {
    _Static_assert((int)WORDS_LANGUAGE_NL == (int)LANGUAGE_NL, "one order of languages");
    const struct scenario *const scenario = why_scenario(why);
    return (struct why_page){.scenario = scenario,
                             .network = scenario_network(scenario),
                             .language = language,
                             .columns = columns,
                             .stream = stream};
}

/* ---- Lines ---- */

static int why_columns(const char *text, size_t bytes) {
    int columns = 0;
    for (size_t i = 0; i < bytes; i++) {
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return columns;
}

/* Prints text behind `head`, broken between words, further lines under its beginning. */
static void why_line(const struct why_page *page, const char *head, const char *text) {
    const int indent = WHY_INDENT + why_columns(head, strlen(head));
    int column = indent;
    fprintf(page->stream, "%*s%s", WHY_INDENT, "", head);
    for (const char *at = text; *at != '\0';) {
        const size_t bytes = strcspn(at, " ");
        const int word = why_columns(at, bytes);
        if (column > indent && column + 1 + word > page->columns) {
            fprintf(page->stream, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', page->stream);
            column++;
        }
        fwrite(at, 1, bytes, page->stream);
        column += word;
        at += bytes + strspn(at + bytes, " ");
    }
    fputc('\n', page->stream);
}

static void why_fill(const struct why_page *page, char *text, size_t text_bytes, enum words_key key,
                     const struct words_value *values, size_t value_count) {
    words_fill(text, text_bytes, key, page->language, values, value_count);
}

/* 278000 as "278 000". */
static char *why_number(int64_t value, char text[WHY_NUMBER_BYTES]) {
    char digits[WHY_NUMBER_BYTES];
    const int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-') {
            /* A space that no line is broken at: U+00A0. */
            text[at++] = '\xC2';
            text[at++] = '\xA0';
        }
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static char *why_count(const struct why_page *page, int64_t count, enum words_key one,
                       enum words_key many, char text[WHY_NOUN_BYTES]) {
    char number[WHY_NUMBER_BYTES];
    const struct words_value value = {"count", why_number(count, number)};
    why_fill(page, text, WHY_NOUN_BYTES, count == 1 ? one : many, &value, 1);
    return text;
}

static const char *why_asset(const struct why_page *page, struct asset_ref asset) {
    return scenario_asset(page->scenario, asset)->name.in[page->language];
}

static const char *why_country(const struct why_page *page, struct country_ref country) {
    return scenario_country_name(page->scenario, country).in[page->language];
}

/* ---- Levels ---- */

static bool why_failed(int64_t service_ppm) {
    return service_ppm < SPILL_FAILED_BELOW;
}

/* Whole per cent; never 100 for what is not whole. */
static char *why_percent(int64_t service_ppm, char text[WHY_NUMBER_BYTES]) {
    int64_t percent = (service_ppm + SPILL_PPM / 200) / (SPILL_PPM / 100);
    percent = percent >= 100 && service_ppm < SPILL_PPM ? 99 : percent;
    snprintf(text, WHY_NUMBER_BYTES, "%" PRId64, percent);
    return text;
}

static char *why_state(const struct why_page *page, int64_t service_ppm,
                       char text[WHY_NOUN_BYTES]) {
    char percent[WHY_NUMBER_BYTES];
    const struct words_value value = {"percent", why_percent(service_ppm, percent)};
    why_fill(page, text, WHY_NOUN_BYTES,
             why_failed(service_ppm) ? WORDS_WHY_STATE_FAILED : WORDS_WHY_STATE_AT, &value, 1);
    return text;
}

static char *why_change(const struct why_page *page, int64_t before_ppm, int64_t after_ppm,
                        char text[WHY_NOUN_BYTES]) {
    char percent[WHY_NUMBER_BYTES];
    const struct words_value value = {"percent", why_percent(after_ppm, percent)};
    enum words_key key = WORDS_WHY_CHANGE_DOWN;
    if (why_failed(after_ppm)) {
        key = why_failed(before_ppm) ? WORDS_WHY_CHANGE_STILL_FAILED : WORDS_WHY_CHANGE_FAILED;
    } else if (after_ppm >= before_ppm) {
        key = after_ppm > before_ppm ? WORDS_WHY_CHANGE_UP : WORDS_WHY_CHANGE_STILL;
    }
    why_fill(page, text, WHY_NOUN_BYTES, key, &value, 1);
    return text;
}

/* ---- Roots ---- */

/* An order's root id is CELL/ORDER#NUMBER. */
static bool why_order_of(const struct why_page *page, const char *id, struct cell_ref *cell,
                         struct order_ref *order) {
    const struct script *const script = scenario_script(page->scenario);
    char text[2 * SPILL_ID_BYTES_MAX + 2];
    const size_t cell_bytes = strcspn(id, "/");
    const size_t bytes = strcspn(id, "#");
    if (bytes >= sizeof text || cell_bytes >= bytes) {
        return false;
    }
    memcpy(text, id, bytes);
    text[bytes] = '\0';
    text[cell_bytes] = '\0';
    return script_find_cell(script, text, cell) == SPILL_OK &&
           script_find_order(script, text + cell_bytes + 1, order) == SPILL_OK;
}

static char *why_root_order(const struct why_page *page, const struct why_root *root,
                            char text[WHY_NOUN_BYTES]) {
    struct cell_ref cell = {0};
    struct order_ref order = {0};
    struct words_value values[] = {{"name", root->id}, {"cell", ""}};
    if (why_order_of(page, root->id, &cell, &order)) {
        values[0].text = scenario_order_name(page->scenario, order).in[page->language];
        values[1].text = scenario_cast(page->scenario, cell)->name.in[page->language];
    }
    why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_ORDER, values, 2);
    return text;
}

/* A root as a noun: the campaign “Relay wiper”. */
static char *why_root_noun(const struct why_page *page, const struct why_root *root,
                           char text[WHY_NOUN_BYTES]) {
    struct words_value value = {"name", root->id};
    if (strcmp(root->kind, "order") == 0) {
        return why_root_order(page, root, text);
    }
    if (strcmp(root->kind, "campaign") == 0) {
        struct campaign_ref campaign = {0};
        if (network_find_campaign(page->network, root->id, &campaign) == SPILL_OK) {
            value.text = scenario_campaign_name(page->scenario, campaign).in[page->language];
        }
        why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_CAMPAIGN, &value, 1);
    } else if (strcmp(root->kind, "effect") == 0) {
        struct rule_ref rule = {0};
        if (script_find_rule(scenario_script(page->scenario), root->id, &rule) == SPILL_OK) {
            value.text = scenario_rule_name(page->scenario, rule).in[page->language];
        }
        why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_EFFECT, &value, 1);
    } else if (strcmp(root->kind, "information") == 0) {
        struct country_ref country = {0};
        value.name = "country";
        if (network_find_country(page->network, root->id, &country) == SPILL_OK) {
            value.text = why_country(page, country);
        }
        why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_INFORMATION, &value, 1);
    } else if (strcmp(root->kind, "layer") == 0) {
        why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_LAYER, &value, 1);
    } else if (strcmp(root->kind, "failure") == 0) {
        struct asset_ref asset = {0};
        if (network_find_asset(page->network, root->id, &asset) == SPILL_OK) {
            value.text = why_asset(page, asset);
        }
        why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_FAILURE, &value, 1);
    } else {
        why_fill(page, text, WHY_NOUN_BYTES, WORDS_WHY_ROOT_UNKNOWN, NULL, 0);
    }
    return text;
}

/* ---- Steps ---- */

static enum words_key why_reason_key(const struct why_step *step) {
    switch (step->limit) {
    case LIMIT_NEED:
        if (step->supplier.index == NETWORK_NO_INDEX) {
            return WORDS_WHY_REASON_CONTROL;
        }
        if (step->supplier_ppm < 0) {
            return WORDS_WHY_REASON_CUT;
        }
        return why_failed(step->supplier_ppm) ? WORDS_WHY_REASON_NONE : WORDS_WHY_REASON_LESS;
    case LIMIT_CAP:
        return WORDS_WHY_REASON_CAP;
    case LIMIT_DEMAND:
        return WORDS_WHY_REASON_DEMAND;
    case LIMIT_LAYER:
        return WORDS_WHY_REASON_LAYER;
    default:
        return WORDS_WHY_REASON_HEALTH;
    }
}

/* "Substation Arnhem (Netherlands): failed, no control from Grid control room" */
static void why_step_line(const struct why_page *page, const struct why_root *cause,
                          const struct why_step *step, char *line, size_t line_bytes) {
    char root[WHY_NOUN_BYTES];
    char change[WHY_NOUN_BYTES];
    char plain[WHY_LINE_BYTES / 2];
    char reason[WHY_LINE_BYTES];
    const bool supplied = step->supplier.index != NETWORK_NO_INDEX;
    const struct words_value values[] = {
        {"root", why_root_noun(page, cause, root)},
        {"need", step->need_name.in[page->language]},
        {"supplier", supplied ? why_asset(page, step->supplier) : ""},
    };
    why_fill(page, plain, sizeof plain, why_reason_key(step), values, 3);
    if (step->backup_ended) {
        const struct words_value value = {"reason", plain};
        why_fill(page, reason, sizeof reason, WORDS_WHY_REASON_NO_BACKUP, &value, 1);
    } else {
        snprintf(reason, sizeof reason, "%s", plain);
    }
    const struct country_ref country = network_asset_country(page->network, step->asset);
    snprintf(line, line_bytes, "%s (%s): %s, %s", why_asset(page, step->asset),
             why_country(page, country),
             why_change(page, step->before_ppm, step->after_ppm, change), reason);
}

const char *why_step_words(const struct why *why, const struct why_root *root,
                           const struct why_step *step, enum words_language language, char *text,
                           size_t text_bytes) {
    const struct why_page page = why_page(why, language, WHY_COLUMNS, NULL);
    why_step_line(&page, root, step, text, text_bytes);
    spill_utf8_trim(text);
    return text;
}

static void why_print_step(const struct why_page *page, const struct why_chain *chain,
                           const struct why_step *step) {
    char time[SPILL_DURATION_TEXT_BYTES];
    char head[SPILL_DURATION_TEXT_BYTES + 4];
    char line[2 * WHY_LINE_BYTES];
    snprintf(head, sizeof head, "%s  ", spill_time_print(step->at_ms, time));
    why_step_line(page, &chain->root, step, line, sizeof line);
    why_line(page, head, line);
}

static void why_print_root(const struct why_page *page, const struct why_chain *chain) {
    char time[SPILL_DURATION_TEXT_BYTES];
    char head[SPILL_DURATION_TEXT_BYTES + 4];
    char root[WHY_NOUN_BYTES];
    char line[WHY_LINE_BYTES];
    const bool placed = chain->root.country.index != NETWORK_NO_INDEX;
    const struct words_value values[] = {
        {"root", why_root_noun(page, &chain->root, root)},
        {"country", placed ? why_country(page, chain->root.country) : ""},
    };
    why_fill(page, line, sizeof line, placed ? WORDS_WHY_ROOT_FIRST : WORDS_WHY_ROOT, values, 2);
    snprintf(head, sizeof head, "%s  ", spill_time_print(chain->root.at_ms, time));
    why_line(page, head, line);
}

static void why_print_steps(const struct why_page *page, const struct why_chain *chain) {
    if (chain->root.kind[0] != '\0') {
        why_print_root(page, chain);
    }
    for (size_t i = 0; i < chain->step_count; i++) {
        if (chain->left_out > 0 && i == chain->step_count / 2) {
            char number[WHY_NUMBER_BYTES];
            char line[WHY_LINE_BYTES];
            const struct words_value value = {"count",
                                              why_number((int64_t)chain->left_out, number)};
            why_fill(page, line, sizeof line, WORDS_WHY_LEFT_OUT, &value, 1);
            why_line(page, "", line);
        }
        why_print_step(page, chain, &chain->steps[i]);
    }
}

/* ---- What followed ---- */

static void why_print_hits(const struct why_page *page, const struct why_chain *chain) {
    char line[WHY_LINE_BYTES];
    char assets[WHY_NOUN_BYTES];
    char countries[WHY_NOUN_BYTES];
    char people[WHY_NOUN_BYTES];
    const struct words_value values[] = {
        {"assets", why_count(page, (int64_t)chain->hit_count, WORDS_ASSET_COUNT_ONE,
                             WORDS_ASSET_COUNT_MANY, assets)},
        {"countries", why_count(page, (int64_t)chain->hit_country_count, WORDS_COUNTRY_COUNT_ONE,
                                WORDS_COUNTRY_COUNT_MANY, countries)},
        {"people", why_count(page, chain->hit_people, WORDS_PEOPLE_COUNT_ONE,
                             WORDS_PEOPLE_COUNT_MANY, people)},
    };
    const enum words_key key = chain->hit_count == 0    ? WORDS_WHY_HITS_NONE
                               : chain->hit_people == 0 ? WORDS_WHY_HITS_NOBODY
                                                        : WORDS_WHY_HITS;
    why_fill(page, line, sizeof line, key, values, 3);
    why_line(page, "", line);
    const size_t named = chain->hit_count < WHY_HITS_MAX ? chain->hit_count : WHY_HITS_MAX;
    for (size_t i = 0; i < named; i++) {
        const struct why_hit *const hit = &chain->hits[i];
        char time[SPILL_DURATION_TEXT_BYTES];
        char head[SPILL_DURATION_TEXT_BYTES + 8];
        char change[WHY_NOUN_BYTES];
        const struct country_ref country = network_asset_country(page->network, hit->asset);
        snprintf(head, sizeof head, "  %s  ", spill_time_print(hit->at_ms, time));
        snprintf(line, sizeof line, "%s (%s): %s", why_asset(page, hit->asset),
                 why_country(page, country), why_change(page, SPILL_PPM, hit->lowest_ppm, change));
        why_line(page, head, line);
    }
    if (chain->hit_count > named) {
        char number[WHY_NUMBER_BYTES];
        const struct words_value value = {"count",
                                          why_number((int64_t)(chain->hit_count - named), number)};
        why_fill(page, line, sizeof line, WORDS_WHY_HITS_MORE, &value, 1);
        why_line(page, "  ", line);
    }
}

static void why_print_total(const struct why_page *page, const struct why_chain *chain) {
    char line[WHY_LINE_BYTES];
    char root[WHY_NOUN_BYTES];
    char assets[WHY_NOUN_BYTES];
    char countries[WHY_NOUN_BYTES];
    const struct words_value values[] = {
        {"root", why_root_noun(page, &chain->root, root)},
        {"assets", why_count(page, (int64_t)chain->root.asset_count, WORDS_ASSET_COUNT_ONE,
                             WORDS_ASSET_COUNT_MANY, assets)},
        {"countries", why_count(page, (int64_t)chain->root.country_count, WORDS_COUNTRY_COUNT_ONE,
                                WORDS_COUNTRY_COUNT_MANY, countries)},
    };
    if (chain->root.kind[0] != '\0') {
        why_fill(page, line, sizeof line, WORDS_WHY_ROOT_TOTAL, values, 3);
        why_line(page, "", line);
    }
}

static void why_print_title(const struct why_page *page, const struct why_chain *chain) {
    const struct asset_facts *const facts = scenario_asset(page->scenario, chain->asset);
    const struct country_ref country = network_asset_country(page->network, chain->asset);
    const bool placed = facts->place != NULL && facts->place[0] != '\0';
    fprintf(page->stream, "%s (%s)%s%s, %s\n", facts->name.in[page->language],
            network_asset_id(page->network, chain->asset), placed ? ", " : "",
            placed ? facts->place : "", why_country(page, country));
}

static void why_print_summary(const struct why_page *page, const struct why_chain *chain) {
    char asked[SPILL_DURATION_TEXT_BYTES];
    char since[SPILL_DURATION_TEXT_BYTES];
    char restored[SPILL_DURATION_TEXT_BYTES];
    char worst[SPILL_DURATION_TEXT_BYTES];
    char state[WHY_NOUN_BYTES];
    char line[WHY_LINE_BYTES];
    const bool lost = chain->since_ms != SPILL_NEVER;
    const bool again = chain->restored_ms != SPILL_NEVER;
    const struct words_value values[] = {
        {"time", spill_time_print(chain->asked_ms, asked)},
        {"since", spill_time_print(lost ? chain->since_ms : 0, since)},
        {"restored", spill_time_print(again ? chain->restored_ms : 0, restored)},
        {"worst", spill_time_print(chain->explained_ms, worst)},
        {"state", why_state(page, chain->explained_ppm, state)},
    };
    why_fill(page, line, sizeof line,
             !lost   ? WORDS_WHY_WHOLE_ALWAYS
             : again ? WORDS_WHY_WHOLE_AGAIN
                     : WORDS_WHY_LOSS,
             values, 5);
    why_line(page, "", line);
}

void why_print(const struct why *why, const struct why_chain *chain, enum words_language language,
               int columns, FILE *stream) {
    const struct why_page page = why_page(why, language, columns, stream);
    why_print_title(&page, chain);
    why_print_summary(&page, chain);
    if (chain->since_ms != SPILL_NEVER) {
        why_print_steps(&page, chain);
        why_print_hits(&page, chain);
        why_print_total(&page, chain);
    }
}

void why_print_now(const struct why *why, const struct cascade *cascade, struct asset_ref asset,
                   enum words_language language, int columns, FILE *stream) {
    const struct why_page page = why_page(why, language, columns, stream);
    char line[WHY_LINE_BYTES];
    char time[SPILL_DURATION_TEXT_BYTES];
    int64_t ends_ms = 0;
    size_t count = 0;
    const struct need_ref first = network_asset_needs(page.network, asset, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct need_ref need = {first.index + i};
        if (cascade_on_backup(cascade, need, &ends_ms)) {
            const struct words_value values[] = {
                {"need", scenario_need_name(page.scenario, need).in[page.language]},
                {"time", spill_time_print(ends_ms, time)}};
            why_fill(&page, line, sizeof line, WORDS_WHY_NOW_BACKUP, values, 2);
            why_line(&page, "", line);
        }
    }
    if (cascade_isolated(cascade, asset)) {
        why_line(&page, "", words(WORDS_WHY_NOW_ISOLATED, page.language));
    }
    if (cascade_repairing(cascade, asset, &ends_ms)) {
        const struct words_value value = {"time", spill_time_print(ends_ms, time)};
        why_fill(&page, line, sizeof line, WORDS_WHY_NOW_REPAIR, &value, 1);
        why_line(&page, "", line);
    }
}

/* ---- JSON ---- */

static void why_json_text(FILE *stream, const char *text) {
    fputc('"', stream);
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\') {
            fputc('\\', stream);
        }
        if (c < 0x20) {
            fprintf(stream, "\\u%04x", c);
        } else {
            fputc(c, stream);
        }
    }
    fputc('"', stream);
}

static void why_json_asset(const struct why_page *page, const char *name, struct asset_ref asset) {
    fprintf(page->stream, "\"%s\": ", name);
    if (asset.index == NETWORK_NO_INDEX) {
        fputs("null", page->stream);
    } else {
        why_json_text(page->stream, network_asset_id(page->network, asset));
    }
}

static void why_json_country(const struct why_page *page, struct country_ref country) {
    fputs("\"country\": ", page->stream);
    if (country.index == NETWORK_NO_INDEX) {
        fputs("null", page->stream);
    } else {
        why_json_text(page->stream, network_country_id(page->network, country));
    }
}

static void why_json_time(FILE *stream, const char *name, int64_t at_ms) {
    if (at_ms == SPILL_NEVER) {
        fprintf(stream, "\"%s\": null", name);
    } else {
        fprintf(stream, "\"%s\": %" PRId64, name, at_ms);
    }
}

static void why_json_step(const struct why_page *page, const struct why_step *step) {
    static const char *const limits[] = {"none", "health", "need", "cap", "demand", "layer"};
    SPILL_ASSERT((size_t)step->limit < sizeof limits / sizeof limits[0]);
    fprintf(page->stream, "{\"number\": %" PRIu64 ", \"at_ms\": %" PRId64 ", ", step->number,
            step->at_ms);
    why_json_asset(page, "asset", step->asset);
    fputs(", ", page->stream);
    why_json_country(page, network_asset_country(page->network, step->asset));
    fprintf(page->stream,
            ", \"before_ppm\": %" PRId64 ", \"after_ppm\": %" PRId64
            ", \"limit\": \"%s\", \"need\": ",
            step->before_ppm, step->after_ppm, limits[step->limit]);
    why_json_text(page->stream, step->need);
    fputs(", ", page->stream);
    why_json_asset(page, "supplier", step->supplier);
    fprintf(page->stream, ", \"backup_ended\": %s}", step->backup_ended ? "true" : "false");
}

static void why_json_root(const struct why_page *page, const struct why_root *root) {
    if (root->kind[0] == '\0') {
        fputs("null", page->stream);
        return;
    }
    fputs("{\"kind\": ", page->stream);
    why_json_text(page->stream, root->kind);
    fputs(", \"id\": ", page->stream);
    why_json_text(page->stream, root->id);
    fprintf(page->stream, ", \"at_ms\": %" PRId64 ", ", root->at_ms);
    why_json_country(page, root->country);
    fprintf(page->stream, ", \"assets\": %zu, \"countries\": %zu}", root->asset_count,
            root->country_count);
}

void why_print_json(const struct why *why, const struct why_chain *chain, FILE *stream) {
    const struct why_page page = why_page(why, WORDS_LANGUAGE_EN, WHY_COLUMNS, stream);
    fputs("{\"schema\": \"spillover-why-1\", ", stream);
    why_json_asset(&page, "asset", chain->asset);
    fputs(", ", stream);
    why_json_country(&page, network_asset_country(page.network, chain->asset));
    fprintf(stream,
            ", \"asked_ms\": %" PRId64 ", \"service_ppm\": %" PRId64 ", \"explained_ms\": %" PRId64
            ", \"explained_ppm\": %" PRId64 ", ",
            chain->asked_ms, chain->service_ppm, chain->explained_ms, chain->explained_ppm);
    why_json_time(stream, "since_ms", chain->since_ms);
    fputs(", ", stream);
    why_json_time(stream, "restored_ms", chain->restored_ms);
    fputs(", \"root\": ", stream);
    why_json_root(&page, &chain->root);
    fprintf(stream, ", \"left_out\": %zu, \"steps\": [", chain->left_out);
    for (size_t i = 0; i < chain->step_count; i++) {
        fputs(i > 0 ? ", " : "", stream);
        why_json_step(&page, &chain->steps[i]);
    }
    fprintf(stream,
            "], \"followed\": {\"assets\": %zu, \"countries\": %zu, \"people\": %" PRId64
            ", \"named\": [",
            chain->hit_count, chain->hit_country_count, chain->hit_people);
    for (size_t i = 0; i < chain->hit_count && i < WHY_HITS_MAX; i++) {
        const struct why_hit *const hit = &chain->hits[i];
        fputs(i > 0 ? ", {" : "{", stream);
        why_json_asset(&page, "asset", hit->asset);
        fprintf(stream, ", \"at_ms\": %" PRId64 ", \"lowest_ppm\": %" PRId64 ", \"depth\": %zu}",
                hit->at_ms, hit->lowest_ppm, hit->depth);
    }
    fputs("]}}", stream);
}
