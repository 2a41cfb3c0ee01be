/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/print.h"
#include "coordinator/commands/terminal.h"

enum {
    STORY_IDS_MAX = 4096,
    STORY_NAMES_SHOWN = 3,
    STORY_LINE_BYTES = 1024,
    STORY_CELLS_SHOWN = 3,
    STORY_CELLS_BYTES = 320
};

/* An asset as the story knows it. Ids in failure point into the scenario's own tables. */
struct story_asset {
    struct story_failure failure;
    bool failed;     /* As last told. */
    bool turned;     /* In `turned` of this tick. */
    int64_t without; /* People without its service now. */
};

struct story {
    struct story_options options;
    const struct network *network;
    struct story_asset *assets;
    struct asset_ref *turned; /* Assets that failed or came back in the tick that is being told. */
    size_t turned_count;
    int64_t turned_at_ms;
    size_t failed_now;
    int64_t told_ms;  /* Time of the last output. */
    int64_t *without; /* People, for each country and sector: now, */
    int64_t *worst;   /* and when most were. */
    struct story_counts counts;
    char *ids; /* Texts of root ids that are not ids of the scenario (orders), kept once each. */
    size_t ids_bytes;
};

enum spill_status story_create(const struct story_options *options, struct story **story) {
    SPILL_ASSERT(options->scenario != NULL);
    struct story *created = spill_alloc(1, sizeof *created);
    if (created == NULL) {
        return SPILL_MEMORY;
    }
    created->options = *options;
    created->network = scenario_network(options->scenario);
    const size_t asset_count = network_asset_count(created->network);
    created->assets = spill_alloc(asset_count, sizeof *created->assets);
    created->turned = spill_alloc(asset_count, sizeof *created->turned);
    created->ids = spill_alloc(STORY_IDS_MAX, SPILL_ID_BYTES_MAX + 1);
    const size_t services =
        network_country_count(created->network) * network_sector_count(created->network);
    created->without = spill_alloc(services, sizeof *created->without);
    created->worst = spill_alloc(services, sizeof *created->worst);
    if (created->assets == NULL || created->turned == NULL || created->ids == NULL ||
        created->without == NULL || created->worst == NULL) {
        story_destroy(&created);
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < asset_count; i++) {
        created->assets[i].failure.at_ms = SPILL_NEVER;
    }
    *story = created;
    return SPILL_OK;
}

void story_destroy(struct story **story) {
    struct story *const destroyed = *story;
    if (destroyed == NULL) {
        return;
    }
    *story = NULL;
    free(destroyed->assets);
    free(destroyed->turned);
    free(destroyed->ids);
    free(destroyed->without);
    free(destroyed->worst);
    free(destroyed);
}

/* An output's text is borrowed; this copy lives as long as the story. */
static const char *story_keep(struct story *story, const char *text) {
    for (size_t at = 0; at < story->ids_bytes; at += strlen(story->ids + at) + 1) {
        if (strcmp(story->ids + at, text) == 0) {
            return story->ids + at;
        }
    }
    const size_t size = strlen(text) + 1;
    if (story->ids_bytes + size > (size_t)STORY_IDS_MAX * (SPILL_ID_BYTES_MAX + 1)) {
        return ""; /* Thousands of orders later the summary no longer names each. */
    }
    char *const kept = story->ids + story->ids_bytes;
    memcpy(kept, text, size);
    story->ids_bytes += size;
    return kept;
}

/* ---- Lines ---- */

static const char *story_text(const struct story *story, struct text text) {
    return text.in[story->options.language];
}

static void story_begin(const struct story *story, int64_t at_ms, const char *mark,
                        enum print_style style) {
    char time[SPILL_DURATION_TEXT_BYTES];
    FILE *const stream = story->options.stream;
    const bool colours = story->options.colours;
    fprintf(stream, "%s%s%s  %s%s%s ", print_begin(PRINT_DIM, colours),
            spill_time_print(at_ms, time), print_end(colours), print_begin(style, colours), mark,
            print_end(colours));
}

/* The rest of a line, cut to the terminal's width. */
static void story_line(const struct story *story, int64_t at_ms, const char *mark,
                       enum print_style style, const char *format, ...) SPILL_PRINTF(5, 6);
static void story_line(const struct story *story, int64_t at_ms, const char *mark,
                       enum print_style style, const char *format, ...) {
    if (story->options.stream == NULL) {
        return;
    }
    char line[STORY_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *at = line; *at != '\0'; at++) {
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    }
    story_begin(story, at_ms, mark, style);
    const int room = story->options.columns - 17;
    const size_t bytes = terminal_fit(line, room > 20 ? room : 20);
    fprintf(story->options.stream, "%.*s%s\n", (int)bytes, line, line[bytes] == '\0' ? "" : "…");
}

static const char *story_asset_name(const struct story *story, struct asset_ref asset) {
    return story_text(story, scenario_asset(story->options.scenario, asset)->name);
}

/* Assets of one country and sector that turned the same way in one tick share a line. */
static void story_tell_group(struct story *story, size_t first) {
    const struct asset_ref leader = story->turned[first];
    const bool failed = story->assets[leader.index].failed;
    const struct country_ref country = network_asset_country(story->network, leader);
    const struct sector_ref sector = network_asset_sector(story->network, leader);
    char names[STORY_LINE_BYTES] = "";
    size_t names_bytes = 0;
    size_t count = 0;
    for (size_t i = first; i < story->turned_count; i++) {
        const struct asset_ref asset = story->turned[i];
        struct story_asset *const facts = &story->assets[asset.index];
        if (!facts->turned || facts->failed != failed ||
            network_asset_country(story->network, asset).index != country.index ||
            network_asset_sector(story->network, asset).index != sector.index) {
            continue;
        }
        facts->turned = false;
        if (count < STORY_NAMES_SHOWN && names_bytes < sizeof names) {
            names_bytes += (size_t)snprintf(names + names_bytes, sizeof names - names_bytes, "%s%s",
                                            count == 0 ? "" : ", ", story_asset_name(story, asset));
        }
        count++;
    }
    char more[64] = "";
    if (count > STORY_NAMES_SHOWN) {
        char number[24];
        snprintf(number, sizeof number, "%zu", count - STORY_NAMES_SHOWN);
        const struct words_value value = {"count", number};
        words_fill(more, sizeof more, WORDS_STORY_AND_MORE,
                   (enum words_language)story->options.language, &value, 1);
    }
    story_line(
        story, story->turned_at_ms, failed ? "■" : "●", failed ? PRINT_FAILED : PRINT_RESTORING,
        "%-3s %s: %s%s", network_country_id(story->network, country),
        story_text(story, scenario_sector_name(story->options.scenario, sector)), names, more);
}

/* ---- Outputs ---- */

/* A tick is over: was it the worst moment? Not earlier, for in a tick one asset falls and another
 * rises. */
static void story_weigh(struct story *story) {
    const size_t services =
        network_country_count(story->network) * network_sector_count(story->network);
    for (size_t i = 0; i < services; i++) {
        story->worst[i] = story->without[i] > story->worst[i] ? story->without[i] : story->worst[i];
    }
}

void story_flush(struct story *story) {
    for (size_t i = 0; i < story->turned_count; i++) {
        if (story->assets[story->turned[i].index].turned) {
            story_tell_group(story, i);
        }
    }
    story->turned_count = 0;
    story_weigh(story);
}

static size_t story_service(const struct story *story, struct country_ref country,
                            struct sector_ref sector) {
    return country.index * network_sector_count(story->network) + sector.index;
}

static void story_take_people(struct story *story, struct asset_ref asset, int64_t service_ppm) {
    struct story_asset *const facts = &story->assets[asset.index];
    const int64_t without =
        network_asset_people(story->network, asset) * (SPILL_PPM - service_ppm) / SPILL_PPM;
    const size_t service = story_service(story, network_asset_country(story->network, asset),
                                         network_asset_sector(story->network, asset));
    story->without[service] += without - facts->without;
    facts->without = without;
}

static void story_take_change(struct story *story, const struct output *output) {
    struct asset_ref asset = {NETWORK_NO_INDEX};
    if (network_find_asset(story->network, output->change.asset, &asset) != SPILL_OK) {
        return;
    }
    struct story_asset *const facts = &story->assets[asset.index];
    const int64_t service_ppm = output->change.service_ppm;
    story_take_people(story, asset, service_ppm);
    /* Failed below a tenth; back only at full service, so that nobody is told of each step. */
    const bool failed = facts->failed ? service_ppm < SPILL_PPM : service_ppm < SPILL_FAILED_BELOW;
    if (failed == facts->failed) {
        return;
    }
    facts->failed = failed;
    story->failed_now = failed ? story->failed_now + 1 : story->failed_now - 1;
    story->turned_at_ms = output->at_ms;
    if (!facts->turned) {
        facts->turned = true;
        SPILL_ASSERT(story->turned_count < network_asset_count(story->network));
        story->turned[story->turned_count++] = asset;
    }
}

static void story_take_cause(struct story *story, const struct output *output) {
    struct asset_ref asset = {NETWORK_NO_INDEX};
    if (output->cause.after_ppm >= SPILL_FAILED_BELOW ||
        network_find_asset(story->network, output->cause.asset, &asset) != SPILL_OK) {
        return;
    }
    struct story_failure *const failure = &story->assets[asset.index].failure;
    if (failure->at_ms != SPILL_NEVER) {
        return;
    }
    *failure = (struct story_failure){
        .at_ms = output->at_ms,
        .limit = output->cause.limit,
        .need = story_keep(story, output->cause.need),
        .supplier = story_keep(story, output->cause.supplier),
        .root_kind = story_keep(story, output->cause.root_kind),
        .root_id = story_keep(story, output->cause.root_id),
        .root_country = story_keep(story, output->cause.root_country),
    };
}

static void story_take_message(struct story *story, const struct output *output) {
    if (output->message.kind == MESSAGE_INJECT && output->message.inject.option_count > 0) {
        story->counts.answerable++;
    }
}

static const char *tlp_words(enum tlp tlp) {
    static const char *const names[] = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT",
                                        "TLP:RED"};
    SPILL_ASSERT((size_t)tlp < sizeof names / sizeof names[0]);
    return names[tlp];
}

static const struct inject *story_inject(const struct story *story, const char *id) {
    for (size_t i = 0; i < scenario_inject_count(story->options.scenario); i++) {
        const struct inject *const inject = scenario_inject(story->options.scenario, i);
        if (strcmp(inject->id, id) == 0) {
            return inject;
        }
    }
    return NULL;
}

/* Receivers by id, the first few. */
static void story_print_cells(const struct story *story, const struct inject *inject, char *text,
                              size_t text_bytes) {
    const struct script *const script = scenario_script(story->options.scenario);
    const size_t shown =
        inject->to_count > STORY_CELLS_SHOWN + 1 ? STORY_CELLS_SHOWN : inject->to_count;
    size_t bytes = 0;
    text[0] = '\0';
    for (size_t i = 0; i < shown && bytes < text_bytes; i++) {
        bytes += (size_t)snprintf(text + bytes, text_bytes - bytes, "%s%s", i == 0 ? "" : " ",
                                  script_cell_id(script, inject->to[i]));
    }
    if (shown < inject->to_count && bytes < text_bytes) {
        snprintf(text + bytes, text_bytes - bytes, " +%zu", inject->to_count - shown);
    }
}

static void story_take_inject(struct story *story, const struct output *output) {
    const struct inject *const inject = story_inject(story, output->inject.inject);
    if (output->inject.before == output->inject.after) {
        return;
    }
    if (output->inject.after == RUN_RELEASED) {
        story->counts.released++;
    }
    if (inject == NULL ||
        (output->inject.after != RUN_RELEASED && output->inject.after != RUN_PROPOSED)) {
        return;
    }
    char cells[STORY_CELLS_BYTES];
    story_print_cells(story, inject, cells, sizeof cells);
    const bool proposed = output->inject.after == RUN_PROPOSED;
    story_line(story, output->at_ms, proposed ? "◇" : "◆", PRINT_BOLD, "%s → %s  %s  %s",
               inject->id, cells, tlp_words(inject->tlp), story_text(story, inject->title));
}

/* What an order points at: an asset by its name, a product and a country, two countries, two pools.
 */
static void story_print_target(const struct story *story, const struct input_order *order,
                               char *text, size_t text_bytes) {
    struct asset_ref asset = {0};
    if (order->asset[0] != '\0') {
        const bool known = network_find_asset(story->network, order->asset, &asset) == SPILL_OK;
        snprintf(text, text_bytes, " — %s", known ? story_asset_name(story, asset) : order->asset);
        return;
    }
    const char *const first = order->tag[0] != '\0'    ? order->tag
                              : order->pool[0] != '\0' ? order->pool
                                                       : order->country;
    const char *const second = order->tag[0] != '\0'    ? order->country
                               : order->pool[0] != '\0' ? order->other_pool
                                                        : order->other_country;
    snprintf(text, text_bytes, "%s%s%s%s", first[0] != '\0' ? " — " : "", first,
             second[0] != '\0' ? " → " : "", second);
}

static void story_take_order(struct story *story, const struct output *output) {
    if (output->order.repeated) {
        return;
    }
    if (output->order.number == 0) {
        story->counts.refused_orders++;
        return;
    }
    story->counts.orders++;
    const struct input_order *const order = &output->order.order;
    const struct script *const script = scenario_script(story->options.scenario);
    struct order_ref entry = {0};
    const char *name = order->order;
    if (script_find_order(script, order->order, &entry) == SPILL_OK) {
        name = story_text(story, scenario_order_name(story->options.scenario, entry));
    }
    char target[STORY_CELLS_BYTES];
    story_print_target(story, order, target, sizeof target);
    story_line(story, output->at_ms, "➤", PRINT_NORMAL_STATE, "%s: %s%s", order->cell, name,
               target);
}

static void story_take_fired(struct story *story, const struct output *output) {
    const struct script *const script = scenario_script(story->options.scenario);
    struct rule_ref rule = {0};
    story->counts.fired++;
    if (script_find_rule(script, output->fired.rule, &rule) == SPILL_OK) {
        story_line(story, output->at_ms, "!", PRINT_DEGRADED, "%s",
                   story_text(story, scenario_rule_name(story->options.scenario, rule)));
    }
}

void story_take(const struct output *output, void *context) {
    struct story *const story = context;
    if (output->at_ms != story->told_ms) {
        story_weigh(story);
        story->told_ms = output->at_ms;
    }
    if (story->turned_count > 0 &&
        (output->at_ms != story->turned_at_ms || output->kind == OUTPUT_FIRED)) {
        story_flush(story);
    }
    switch (output->kind) {
    case OUTPUT_CHANGE:
        story_take_change(story, output);
        break;
    case OUTPUT_CAUSE:
        story_take_cause(story, output);
        break;
    case OUTPUT_INJECT:
        story_take_inject(story, output);
        break;
    case OUTPUT_ORDER:
        story_take_order(story, output);
        break;
    case OUTPUT_FIRED:
        story_take_fired(story, output);
        break;
    case OUTPUT_MESSAGE:
        story_take_message(story, output);
        break;
    case OUTPUT_DELIVERY:
        story->counts.acknowledged += output->delivery.after == DELIVERY_ACKNOWLEDGED;
        story->counts.answered += output->delivery.after == DELIVERY_ANSWERED;
        break;
    case OUTPUT_EXPECTATION:
        story->counts.met += output->expectation.after == EXPECTATION_MET;
        story->counts.missed += output->expectation.after == EXPECTATION_MISSED;
        story->counts.not_observed += output->expectation.after == EXPECTATION_NOT_OBSERVED;
        if (output->expectation.after == EXPECTATION_LATE) {
            story->counts.late++;
            /* It was counted as missed when it was due. */
            story->counts.missed -= output->expectation.before == EXPECTATION_MISSED;
        }
        break;
    default:
        break;
    }
}

void story_status(const struct story *story, const struct exercise *exercise, char *text,
                  size_t text_bytes) {
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    int64_t without = 0;
    for (uint32_t country = 0; country < network_country_count(story->network); country++) {
        for (uint32_t sector = 0; sector < network_sector_count(story->network); sector++) {
            without += cascade_people_without(cascade, (struct country_ref){country},
                                              (struct sector_ref){sector});
        }
    }
    char time[SPILL_DURATION_TEXT_BYTES];
    char failed[24];
    char people[PRINT_NUMBER_BYTES];
    char injects[24];
    snprintf(failed, sizeof failed, "%zu", story->failed_now);
    snprintf(injects, sizeof injects, "%zu", story->counts.released);
    const struct words_value values[] = {
        {"time", spill_time_print(exercise_now_ms(exercise), time)},
        {"failed", failed},
        {"people", print_short(without, people)},
        {"injects", injects}};
    words_fill(text, text_bytes, WORDS_STORY_STATUS, (enum words_language)story->options.language,
               values, 4);
}

struct story_failure story_failure(const struct story *story, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network_asset_count(story->network));
    return story->assets[asset.index].failure;
}

int64_t story_worst_without(const struct story *story, struct country_ref country,
                            struct sector_ref sector) {
    return story->worst[story_service(story, country, sector)];
}

struct story_counts story_counts(const struct story *story) {
    return story->counts;
}
