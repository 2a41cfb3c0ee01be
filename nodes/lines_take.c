/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/lines_parts.h"

enum { LINES_RECEIVERS_MAX = 32, LINES_STATUS_SHOWN = 40, LINES_TARGETS_SHOWN = 40 };

/* What is left of the line that is being taken. */
struct lines_rest {
    const char *at;
};

/* The next word, "" at the end; false: it is longer than an id. */
static bool lines_word(struct lines_rest *rest, char word[LINES_ID_BYTES]) {
    rest->at += strspn(rest->at, " \t\r");
    const size_t bytes = strcspn(rest->at, " \t\r");
    const bool fits = bytes < LINES_ID_BYTES;
    memcpy(word, rest->at, fits ? bytes : 0);
    word[fits ? bytes : 0] = '\0';
    rest->at += bytes;
    return fits;
}

/* All that is left, without the spaces around it. */
static void lines_all(struct lines_rest *rest, char *text, size_t capacity_bytes) {
    rest->at += strspn(rest->at, " \t\r");
    size_t bytes = strlen(rest->at);
    while (bytes > 0 && strchr(" \t\r", rest->at[bytes - 1]) != NULL) {
        bytes--;
    }
    bytes = bytes < capacity_bytes ? bytes : capacity_bytes - 1;
    memcpy(text, rest->at, bytes);
    text[bytes] = '\0';
    spill_utf8_trim(text);
}

static bool lines_number(const char *word, int64_t *number) {
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(word, &end, 10);
    if (word[0] == '\0' || *end != '\0' || errno != 0) {
        return false;
    }
    *number = value;
    return true;
}

/* Commits and sends an input; says so when it cannot be. */
static bool lines_send(struct lines *lines, struct station *station, struct input *input) {
    struct spill_error error = {0};
    input->who = (struct who){WHO_CELL, lines->options.cell};
    if (station_send(station, input, &error) == SPILL_OK) {
        return true;
    }
    const struct words_value values[] = {{"why", error.text}};
    lines_say(lines, WORDS_LINES_NOT_SENT, values, 1);
    return false;
}

/* ---- Items ---- */

/* The item whose number comes next; LINES_NONE, and it is said, when there is none. */
static size_t lines_item_of(struct lines *lines, struct lines_rest *rest) {
    char word[LINES_ID_BYTES];
    int64_t number = 0;
    if (lines_word(rest, word) && lines_number(word, &number) && number >= 1 &&
        (size_t)number <= lines->item_count) {
        return (size_t)number - 1;
    }
    const struct words_value values[] = {{"number", word}};
    lines_say(lines, WORDS_LINES_NO_ITEM, values, 1);
    return LINES_NONE;
}

static bool lines_is_open(const struct lines_item *item) {
    return item->kind == MESSAGE_INJECT && (!item->opened || (item->decide && !item->answered) ||
                                            (item->acknowledge && !item->acknowledged));
}

static void lines_list(struct lines *lines, struct lines_rest *rest) {
    char word[LINES_ID_BYTES];
    const bool all = lines_word(rest, word) && word[0] != '\0';
    size_t shown = 0;
    for (size_t i = 0; i < lines->item_count; i++) {
        if (all || lines_is_open(&lines->items[i])) {
            lines_write_item(lines, i);
            shown++;
        }
    }
    if (shown == 0) {
        lines_tell(lines, WORDS_LINES_NOTHING_OPEN);
    }
}

static void lines_mark_opened(struct lines *lines, struct station *station,
                              struct lines_item *item) {
    if (item->kind != MESSAGE_INJECT || item->opened) {
        return;
    }
    struct input input = {.kind = INPUT_OPENED,
                          .seen = {.cell = lines->options.cell, .inject = item->inject}};
    item->opened = lines_send(lines, station, &input);
}

static void lines_write_options(struct lines *lines, size_t at, const struct message *message) {
    for (size_t i = 0; i < message->inject.option_count; i++) {
        fprintf(lines->options.stream, "  %zu  %s  ", i + 1, message->inject.options[i].id);
        lines_write(lines, lines_text(lines, message->inject.options[i].text));
        fputc('\n', lines->options.stream);
    }
    char number[32];
    snprintf(number, sizeof number, "%zu", at + 1);
    const struct words_value values[] = {{"number", number}};
    if (lines->items[at].decide && !lines->items[at].answered) {
        lines_say(lines, WORDS_LINES_HOW_TO_ANSWER, values, 1);
    } else if (lines->items[at].acknowledge && !lines->items[at].acknowledged) {
        lines_say(lines, WORDS_LINES_HOW_TO_ACKNOWLEDGE, values, 1);
    }
}

static void lines_open(struct lines *lines, struct lines_rest *rest, struct station *station) {
    struct output output;
    const size_t at = lines_item_of(lines, rest);
    if (at == LINES_NONE || !lines_read(lines, lines->items[at].sequence, &output)) {
        return;
    }
    const struct message *const message = &output.message;
    lines_write_bar(lines,
                    message->kind == MESSAGE_INJECT ? message->inject.tlp : lines->classification);
    lines_write_item(lines, at);
    if (!lines_read(lines, lines->items[at].sequence, &output)) {
        return;
    }
    if (message->kind == MESSAGE_INJECT) {
        lines_write_paragraphs(lines, lines_text(lines, message->inject.body));
        lines_write_options(lines, at, message);
    } else {
        lines_write_paragraphs(lines, message->kind == MESSAGE_MAIL ? message->mail.text
                                                                    : message->rfi.text);
    }
    fflush(lines->options.stream);
    lines_mark_opened(lines, station, &lines->items[at]);
}

static void lines_acknowledge(struct lines *lines, struct lines_rest *rest,
                              struct station *station) {
    const size_t at = lines_item_of(lines, rest);
    if (at == LINES_NONE) {
        return;
    }
    struct lines_item *const item = &lines->items[at];
    if (item->kind != MESSAGE_INJECT || item->acknowledged) {
        lines_tell(lines, WORDS_LINES_NOTHING_TO_DO);
        return;
    }
    struct input input = {.kind = INPUT_ACKNOWLEDGED,
                          .seen = {.cell = lines->options.cell, .inject = item->inject}};
    item->acknowledged = lines_send(lines, station, &input);
    item->opened = item->opened || item->acknowledged;
    if (item->acknowledged) {
        lines_tell(lines, WORDS_LINES_DONE);
    }
}

/* The id of an option that was named by id or number; NULL: there is none such. */
static const char *lines_option(const struct message *message, const char *word) {
    int64_t number = 0;
    for (size_t i = 0; i < message->inject.option_count; i++) {
        if (strcmp(message->inject.options[i].id, word) == 0) {
            return message->inject.options[i].id;
        }
    }
    return lines_number(word, &number) && number >= 1 &&
                   (size_t)number <= message->inject.option_count
               ? message->inject.options[number - 1].id
               : NULL;
}

static void lines_answer(struct lines *lines, struct lines_rest *rest, struct station *station) {
    struct output output;
    char word[LINES_ID_BYTES];
    char text[INPUT_TEXT_BYTES_MAX + 1];
    const size_t at = lines_item_of(lines, rest);
    if (at == LINES_NONE || !lines_read(lines, lines->items[at].sequence, &output)) {
        return;
    }
    struct lines_item *const item = &lines->items[at];
    if (item->kind != MESSAGE_INJECT || item->answered) {
        lines_tell(lines, WORDS_LINES_NOTHING_TO_DO);
        return;
    }
    struct input input = {.kind = INPUT_ANSWERED,
                          .answer = {.cell = lines->options.cell,
                                     .inject = item->inject,
                                     .option = "",
                                     .decision = "",
                                     .rationale = ""}};
    if (item->decide) {
        const bool fits = lines_word(rest, word);
        const char *const option = fits ? lines_option(&output.message, word) : NULL;
        if (option == NULL) {
            lines_write_options(lines, at, &output.message);
            return;
        }
        input.answer.option = option;
    }
    lines_all(rest, text, sizeof text);
    *(item->decide ? &input.answer.rationale : &input.answer.decision) = text;
    if (lines_send(lines, station, &input)) {
        item->opened = item->acknowledged = item->answered = true;
        lines_tell(lines, WORDS_LINES_DONE);
    }
}

/* ---- Orders ---- */

/* The words behind an order's id, in the program's language. */
static enum words_key lines_target_words(enum target_kind target) {
    static const enum words_key keys[] = {
        [TARGET_NONE] = WORDS_LINES_TARGET_NONE,     [TARGET_ASSET] = WORDS_LINES_TARGET_ASSET,
        [TARGET_TAG] = WORDS_LINES_TARGET_TAG,       [TARGET_COUNTRY] = WORDS_LINES_TARGET_COUNTRY,
        [TARGET_BORDER] = WORDS_LINES_TARGET_BORDER, [TARGET_POOLS] = WORDS_LINES_TARGET_POOLS,
    };
    return keys[target];
}

static void lines_write_targets(const struct lines *lines, const char *const *ids, size_t count) {
    for (size_t i = 0; i < count && i < LINES_TARGETS_SHOWN; i++) {
        fprintf(lines->options.stream, "%s%s", i == 0 ? "    " : " ", ids[i]);
    }
    if (count > 0) {
        fprintf(lines->options.stream, "%s\n", count > LINES_TARGETS_SHOWN ? " …" : "");
    }
}

static void lines_write_order(struct lines *lines, const struct lines_order *order, bool targets) {
    struct output output;
    if (!lines_read(lines, order->sequence, &output)) {
        return;
    }
    const struct message_order *const menu = &output.message.menu;
    fprintf(lines->options.stream, "  %s %s — ", order->id,
            lines_words(lines, lines_target_words(order->target)));
    lines_write(lines, lines_text(lines, menu->name));
    fputc('\n', lines->options.stream);
    if (targets) {
        lines_write_targets(lines, menu->assets, menu->asset_count);
        lines_write_targets(lines, menu->tags, menu->tag_count);
        lines_write_targets(lines, menu->countries, menu->country_count);
        lines_write_targets(lines, menu->pools, menu->pool_count);
    }
    fflush(lines->options.stream);
}

static const struct lines_order *lines_find_order(const struct lines *lines, const char *id) {
    for (size_t i = 0; i < lines->order_count; i++) {
        if (strcmp(lines->orders[i].id, id) == 0) {
            return &lines->orders[i];
        }
    }
    return NULL;
}

static void lines_write_menu(struct lines *lines) {
    for (size_t i = 0; i < lines->order_count; i++) {
        lines_write_order(lines, &lines->orders[i], false);
    }
    if (lines->order_count == 0) {
        lines_tell(lines, WORDS_LINES_NO_ORDERS);
    }
}

/* What an order points at, from the line. */
struct lines_target {
    char first[LINES_ID_BYTES], second[LINES_ID_BYTES];
    int64_t amount;
};

static bool lines_take_target(struct lines_rest *rest, enum target_kind kind,
                              struct lines_target *target) {
    char amount[LINES_ID_BYTES];
    *target = (struct lines_target){.amount = 0};
    if (kind == TARGET_NONE) {
        return true;
    }
    if (!lines_word(rest, target->first) || target->first[0] == '\0') {
        return false;
    }
    if (kind == TARGET_ASSET || kind == TARGET_COUNTRY) {
        return true;
    }
    if (!lines_word(rest, target->second) || target->second[0] == '\0') {
        return false;
    }
    return kind != TARGET_POOLS ||
           (lines_word(rest, amount) && lines_number(amount, &target->amount));
}

static void lines_order(struct lines *lines, struct lines_rest *rest, struct station *station) {
    char id[LINES_ID_BYTES];
    char key[LINES_ID_BYTES];
    char text[INPUT_TEXT_BYTES_MAX + 1];
    struct lines_target target;
    const struct lines_order *order = NULL;
    if (!lines_word(rest, id) || (order = lines_find_order(lines, id)) == NULL) {
        lines_write_menu(lines);
        return;
    }
    if (!lines_take_target(rest, order->target, &target)) {
        lines_write_order(lines, order, true);
        return;
    }
    lines_all(rest, text, sizeof text);
    /* A number that is used once, also by those who come after this process. */
    snprintf(key, sizeof key, "lines-%" PRIu64, station_sent(station) + 1);
    struct input input = {.kind = INPUT_ORDER,
                          .order = {.cell = lines->options.cell,
                                    .key = key,
                                    .order = order->id,
                                    .asset = "",
                                    .tag = "",
                                    .country = "",
                                    .other_country = "",
                                    .pool = "",
                                    .other_pool = "",
                                    .amount = target.amount,
                                    .rationale = text}};
    switch (order->target) {
    case TARGET_NONE:
        break;
    case TARGET_ASSET:
        input.order.asset = target.first;
        break;
    case TARGET_TAG:
        input.order.tag = target.first;
        input.order.country = target.second;
        break;
    case TARGET_COUNTRY:
        input.order.country = target.first;
        break;
    case TARGET_BORDER:
        input.order.country = target.first;
        input.order.other_country = target.second;
        break;
    case TARGET_POOLS:
        input.order.pool = target.first;
        input.order.other_pool = target.second;
        break;
    }
    if (lines_send(lines, station, &input)) {
        lines_tell(lines, WORDS_LINES_ORDER_GIVEN);
    }
}

/* ---- Words to others ---- */

static void lines_message(struct lines *lines, struct lines_rest *rest, struct station *station) {
    char ids[LINES_RECEIVERS_MAX][LINES_ID_BYTES];
    const char *to[LINES_RECEIVERS_MAX];
    char text[INPUT_TEXT_BYTES_MAX + 1];
    struct input input = {.kind = INPUT_MESSAGE, .message = {.to = to, .text = text}};
    rest->at += strspn(rest->at, " \t");
    const size_t list_bytes = strcspn(rest->at, " \t\r");
    for (size_t at = 0; at < list_bytes;) {
        const size_t bytes = strcspn(rest->at + at, ", \t\r");
        if (bytes == 0 || bytes >= LINES_ID_BYTES ||
            input.message.to_count == LINES_RECEIVERS_MAX) {
            lines_tell(lines, WORDS_LINES_HOW_TO_WRITE);
            return;
        }
        char *const id = ids[input.message.to_count];
        memcpy(id, rest->at + at, bytes);
        id[bytes] = '\0';
        at += bytes + 1;
        if (strcmp(id, lines_words(lines, WORDS_LINES_CONTROL)) == 0 ||
            strcmp(id, words(WORDS_LINES_CONTROL, WORDS_LANGUAGE_EN)) == 0) {
            input.message.to_control = true;
        } else {
            to[input.message.to_count++] = id;
        }
    }
    rest->at += list_bytes;
    lines_all(rest, text, sizeof text);
    if ((input.message.to_count == 0 && !input.message.to_control) || text[0] == '\0') {
        lines_tell(lines, WORDS_LINES_HOW_TO_WRITE);
    } else if (lines_send(lines, station, &input)) {
        lines_tell(lines, WORDS_LINES_DONE);
    }
}

static void lines_rfi(struct lines *lines, struct lines_rest *rest, struct station *station) {
    char text[INPUT_TEXT_BYTES_MAX + 1];
    lines_all(rest, text, sizeof text);
    struct input input = {.kind = INPUT_RFI, .rfi = {.cell = lines->options.cell, .text = text}};
    if (text[0] == '\0') {
        lines_tell(lines, WORDS_LINES_HOW_TO_ASK);
    } else if (lines_send(lines, station, &input)) {
        lines_tell(lines, WORDS_LINES_DONE);
    }
}

/* ---- How things stand ---- */

static void lines_status(struct lines *lines) {
    static const enum words_key states[] = {WORDS_STATE_NORMAL, WORDS_STATE_DEGRADED,
                                            WORDS_STATE_FAILED, WORDS_STATE_RESTORING,
                                            WORDS_STATE_ISLANDED};
    size_t count = 0;
    for (size_t i = 0; i < lines->asset_count; i++) {
        const struct lines_asset *const asset = &lines->assets[i];
        if (asset->service_ppm < 0 || asset->status == ASSET_NORMAL) {
            continue;
        }
        if (count++ < LINES_STATUS_SHOWN) {
            fputs("  ", lines->options.stream);
            lines_write(lines, asset->name);
            fprintf(lines->options.stream, " (%s): %s, %d %%\n", asset->id,
                    lines_words(lines, states[asset->status]), (int)(asset->service_ppm / 10000));
        }
    }
    char number[32];
    snprintf(number, sizeof number, "%zu",
             count > LINES_STATUS_SHOWN ? count - LINES_STATUS_SHOWN : 0);
    const struct words_value values[] = {{"count", number}};
    if (count > LINES_STATUS_SHOWN) {
        lines_say(lines, WORDS_LINES_MORE, values, 1);
    } else if (count == 0) {
        lines_tell(lines, WORDS_LINES_ALL_WELL);
    }
}

static void lines_clock(struct lines *lines, const struct station *station) {
    static const enum words_key keys[] = {WORDS_LINES_CLOCK_NOT_STARTED, WORDS_LINES_CLOCK_RUNNING,
                                          WORDS_LINES_CLOCK_PAUSED, WORDS_LINES_CLOCK_ENDED};
    struct station_clock clock;
    char time[SPILL_DURATION_TEXT_BYTES];
    if (!station_clock(station, &clock)) {
        lines_tell(lines, WORDS_LINES_NO_CLOCK);
        return;
    }
    fprintf(lines->options.stream, "%s  %s%s%s\n", spill_time_print(clock.now_ms, time),
            lines_words(lines, keys[clock.state]), clock.stale ? "  " : "",
            clock.stale ? lines_words(lines, WORDS_LINES_STALE) : "");
    fflush(lines->options.stream);
}

/* ---- Commands ---- */

enum lines_command {
    LINES_HELP,
    LINES_LIST,
    LINES_OPEN,
    LINES_ACKNOWLEDGE,
    LINES_ANSWER,
    LINES_ORDER,
    LINES_MESSAGE,
    LINES_RFI,
    LINES_STATUS,
    LINES_CLOCK,
    LINES_LEAVE,
};

/* Its word in each language is taken, whatever the program speaks. */
static const enum words_key lines_commands[] = {
    [LINES_HELP] = WORDS_LINES_COMMAND_HELP,       [LINES_LIST] = WORDS_LINES_COMMAND_LIST,
    [LINES_OPEN] = WORDS_LINES_COMMAND_OPEN,       [LINES_ACKNOWLEDGE] = WORDS_LINES_COMMAND_ACK,
    [LINES_ANSWER] = WORDS_LINES_COMMAND_ANSWER,   [LINES_ORDER] = WORDS_LINES_COMMAND_ORDER,
    [LINES_MESSAGE] = WORDS_LINES_COMMAND_MESSAGE, [LINES_RFI] = WORDS_LINES_COMMAND_RFI,
    [LINES_STATUS] = WORDS_LINES_COMMAND_STATUS,   [LINES_CLOCK] = WORDS_LINES_COMMAND_CLOCK,
    [LINES_LEAVE] = WORDS_LINES_COMMAND_LEAVE,
};
enum { LINES_COMMAND_COUNT = sizeof lines_commands / sizeof lines_commands[0] };

static const enum words_key lines_helps[LINES_COMMAND_COUNT] = {
    [LINES_HELP] = WORDS_LINES_HELP_HELP,       [LINES_LIST] = WORDS_LINES_HELP_LIST,
    [LINES_OPEN] = WORDS_LINES_HELP_OPEN,       [LINES_ACKNOWLEDGE] = WORDS_LINES_HELP_ACK,
    [LINES_ANSWER] = WORDS_LINES_HELP_ANSWER,   [LINES_ORDER] = WORDS_LINES_HELP_ORDER,
    [LINES_MESSAGE] = WORDS_LINES_HELP_MESSAGE, [LINES_RFI] = WORDS_LINES_HELP_RFI,
    [LINES_STATUS] = WORDS_LINES_HELP_STATUS,   [LINES_CLOCK] = WORDS_LINES_HELP_CLOCK,
    [LINES_LEAVE] = WORDS_LINES_HELP_LEAVE,
};

static size_t lines_find_command(const char *word) {
    for (size_t i = 0; i < LINES_COMMAND_COUNT; i++) {
        for (int language = 0; language < WORDS_LANGUAGE_COUNT; language++) {
            if (strcmp(word, words(lines_commands[i], (enum words_language)language)) == 0) {
                return i;
            }
        }
    }
    return LINES_COMMAND_COUNT;
}

static void lines_help(struct lines *lines) {
    for (size_t i = 0; i < LINES_COMMAND_COUNT; i++) {
        fprintf(lines->options.stream, "  %s %s\n", lines_words(lines, lines_commands[i]),
                lines_words(lines, lines_helps[i]));
    }
    fflush(lines->options.stream);
}

bool lines_take(struct lines *lines, const char *line, struct station *station) {
    char word[LINES_ID_BYTES];
    struct lines_rest rest = {line};
    if (!spill_utf8_valid(line, strlen(line))) {
        lines_tell(lines, WORDS_LINES_NOT_TEXT);
        return true;
    }
    const bool fits = lines_word(&rest, word);
    if (fits && word[0] == '\0') {
        return true;
    }
    switch (fits ? lines_find_command(word) : (size_t)LINES_COMMAND_COUNT) {
    case LINES_HELP:
        lines_help(lines);
        return true;
    case LINES_LIST:
        lines_list(lines, &rest);
        return true;
    case LINES_OPEN:
        lines_open(lines, &rest, station);
        return true;
    case LINES_ACKNOWLEDGE:
        lines_acknowledge(lines, &rest, station);
        return true;
    case LINES_ANSWER:
        lines_answer(lines, &rest, station);
        return true;
    case LINES_ORDER:
        lines_order(lines, &rest, station);
        return true;
    case LINES_MESSAGE:
        lines_message(lines, &rest, station);
        return true;
    case LINES_RFI:
        lines_rfi(lines, &rest, station);
        return true;
    case LINES_STATUS:
        lines_status(lines);
        return true;
    case LINES_CLOCK:
        lines_clock(lines, station);
        return true;
    case LINES_LEAVE:
        return false;
    default:
        lines_tell(lines, WORDS_LINES_UNKNOWN);
        return true;
    }
}
