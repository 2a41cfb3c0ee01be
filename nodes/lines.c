/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nodes/lines_parts.h"

enum { LINES_REPORTS_SHOWN = 8, LINES_TEXT_BYTES = 1024, LINES_INDENT = 2 };

/* ---- Writing ---- */

const char *lines_text(const struct lines *lines, struct text text) {
    const char *const wanted = text.in[lines->options.language];
    return wanted[0] != '\0' ? wanted : text.in[LANGUAGE_COUNT - 1 - (int)lines->options.language];
}

const char *lines_words(const struct lines *lines, enum words_key key) {
    return words(key, lines->options.language);
}

/* Bytes of the character at text. */
static size_t lines_character(const char *text) {
    size_t bytes = 1;
    while (((unsigned char)text[bytes] & 0xC0) == 0x80) {
        bytes++;
    }
    return bytes;
}

void lines_write(const struct lines *lines, const char *text) {
    FILE *const stream = lines->options.stream;
    while (*text != '\0') {
        uint32_t code = 0;
        const size_t sound = spill_utf8_steers(text, &code);
        for (size_t i = 0; i < sound; i++) {
            fputc(text[i] == '\n' || text[i] == '\t' || text[i] == '\r' ? ' ' : text[i], stream);
        }
        text += sound;
        if (*text != '\0') {
            fputs("\xEF\xBF\xBD", stream);
            text += lines_character(text);
        }
    }
}

void lines_write_paragraphs(const struct lines *lines, const char *text) {
    FILE *const stream = lines->options.stream;
    const int room = lines->options.columns;
    int column = 0;
    while (*text != '\0') {
        char word[LINES_TEXT_BYTES];
        size_t bytes = 0;
        int width = 0;
        while (text[bytes] != '\0' && strchr(" \n\t", text[bytes]) == NULL &&
               bytes < sizeof word - 8) {
            const size_t more = lines_character(text + bytes);
            memcpy(word + bytes, text + bytes, more);
            bytes += more;
            width++;
        }
        word[bytes] = '\0';
        if (bytes > 0) {
            if (column > 0 && column + 1 + width > room) {
                fputc('\n', stream);
                column = 0;
            }
            fputs(column == 0 ? "  " : " ", stream);
            column += width + (column == 0 ? LINES_INDENT : 1);
            lines_write(lines, word);
        }
        text += bytes;
        if (*text == '\n' && column > 0) {
            fputc('\n', stream);
            column = 0;
        }
        text += strspn(text, " \t") + (*text == '\n');
    }
    if (column > 0) {
        fputc('\n', stream);
    }
}

void lines_say(const struct lines *lines, enum words_key key, const struct words_value *values,
               size_t value_count) {
    char text[LINES_TEXT_BYTES];
    (void)words_fill(text, sizeof text, key, lines->options.language, values, value_count);
    lines_write(lines, text);
    fputc('\n', lines->options.stream);
    fflush(lines->options.stream);
}

void lines_tell(struct lines *lines, enum words_key key) {
    lines_say(lines, key, NULL, 0);
}

const char *lines_tlp_name(enum tlp tlp) {
    static const char *const names[] = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT",
                                        "TLP:RED"};
    SPILL_ASSERT((size_t)tlp < sizeof names / sizeof names[0]);
    return names[tlp];
}

void lines_write_bar(const struct lines *lines, enum tlp tlp) {
    FILE *const stream = lines->options.stream;
    const bool colours = lines->options.colours;
    fprintf(stream, "%s%s  ", colours ? "\033[1;7m" : "", lines_words(lines, WORDS_LINES_BAR));
    lines_write(lines, lines->title);
    fputs("  ", stream);
    lines_write(lines, lines->name);
    fprintf(stream, "  %s%s\n", lines_tlp_name(tlp), colours ? "\033[0m" : "");
}

/* Exercise time, and the time on the wall. */
static void lines_write_times(const struct lines *lines, int64_t at_ms, bool wall) {
    char exercise[SPILL_DURATION_TEXT_BYTES];
    char local[16] = "";
    const time_t now = time(NULL);
    struct tm parts = {0};
    localtime_r(&now, &parts);
    if (wall) {
        strftime(local, sizeof local, " (%H:%M:%S)", &parts);
    }
    fprintf(lines->options.stream, "%s%s  ", spill_time_print(at_ms, exercise), local);
}

/* ---- The inbox ---- */

bool lines_read(struct lines *lines, uint64_t sequence, struct output *output) {
    struct spill_error error = {0};
    size_t size_bytes = 0;
    codec_arena_reset(lines->arena);
    enum spill_status status = inbox_read(lines->options.inbox, INBOX_RECEIVED, sequence,
                                          lines->bytes, &size_bytes, &error);
    if (status == SPILL_OK) {
        status = output_decode(lines->bytes, size_bytes, lines->arena, output, &error);
    }
    if (status == SPILL_OK && output->kind != OUTPUT_MESSAGE) {
        status = spill_fail(&error, SPILL_INVALID, "not a message");
    }
    if (status != SPILL_OK) {
        char number[32];
        snprintf(number, sizeof number, "%" PRIu64, sequence);
        const struct words_value values[] = {{"number", number}, {"why", error.text}};
        lines_say(lines, WORDS_LINES_UNREADABLE, values, 2);
    }
    return status == SPILL_OK;
}

/* ---- Assets ---- */

static size_t lines_slot(const struct lines *lines, const char *id) {
    uint32_t hash = 2166136261U;
    for (const char *at = id; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    }
    size_t slot = hash % LINES_SLOTS;
    while (lines->slots[slot] != 0 && strcmp(lines->assets[lines->slots[slot] - 1].id, id) != 0) {
        slot = (slot + 1) % LINES_SLOTS;
    }
    return slot;
}

static void lines_hear_assets(struct lines *lines, const struct message *message) {
    for (size_t i = 0; i < message->assets.asset_count; i++) {
        const struct message_asset *const from = &message->assets.assets[i];
        const size_t slot = lines_slot(lines, from->id);
        if (lines->slots[slot] != 0 || lines->asset_count == LINES_ASSETS_MAX) {
            continue;
        }
        struct lines_asset *const asset = &lines->assets[lines->asset_count++];
        lines->slots[slot] = (uint32_t)lines->asset_count;
        snprintf(asset->id, sizeof asset->id, "%s", from->id);
        snprintf(asset->name, sizeof asset->name, "%s", lines_text(lines, from->name));
        spill_utf8_trim(asset->name);
        asset->service_ppm = -1;
    }
}

static void lines_write_asset(const struct lines *lines, const struct lines_asset *asset) {
    static const enum words_key states[] = {WORDS_STATE_NORMAL, WORDS_STATE_DEGRADED,
                                            WORDS_STATE_FAILED, WORDS_STATE_RESTORING,
                                            WORDS_STATE_ISLANDED};
    fputs("  ", lines->options.stream);
    lines_write(lines, asset->name);
    fprintf(lines->options.stream, " (%s): %s, %d %%\n", asset->id,
            lines_words(lines, states[asset->status]), (int)(asset->service_ppm / 10000));
}

static void lines_hear_reports(struct lines *lines, const struct output *output, bool show) {
    const struct message *const message = &output->message;
    size_t shown = 0;
    size_t count = 0;
    for (size_t i = 0; i < message->reports.report_count; i++) {
        const struct message_report *const report = &message->reports.reports[i];
        const size_t slot = lines_slot(lines, report->asset);
        if (report->asset[0] == '\0' || lines->slots[slot] == 0) {
            continue; /* Trust and escalation are looked up, not announced. */
        }
        struct lines_asset *const asset = &lines->assets[lines->slots[slot] - 1];
        const bool changed =
            asset->service_ppm != report->service_ppm || asset->status != report->status;
        /* At first all are well; that is no news. */
        const bool news = changed && (asset->service_ppm >= 0 || report->status != ASSET_NORMAL);
        asset->service_ppm = report->service_ppm;
        asset->status = report->status;
        count += news;
        if (show && news && shown < LINES_REPORTS_SHOWN) {
            if (shown == 0) {
                lines_write_times(lines, output->at_ms, true);
                fprintf(lines->options.stream, "■ %s\n", lines_words(lines, WORDS_LINES_REPORTS));
            }
            lines_write_asset(lines, asset);
            shown++;
        }
    }
    if (show && count > shown) {
        char number[32];
        snprintf(number, sizeof number, "%zu", count - shown);
        const struct words_value values[] = {{"count", number}};
        lines_say(lines, WORDS_LINES_MORE, values, 1);
    }
}

/* ---- Items ---- */

static void lines_write_title(const struct lines *lines, const struct message *message) {
    if (message->kind == MESSAGE_INJECT) {
        lines_write(lines, lines_text(lines, message->inject.from));
        fputs(" — ", lines->options.stream);
        lines_write(lines, lines_text(lines, message->inject.title));
    } else if (message->kind == MESSAGE_MAIL) {
        lines_write(lines, message->mail.from.id);
        fputs(" — ", lines->options.stream);
        lines_write(lines, message->mail.text);
    } else {
        lines_write(lines, message->rfi.question);
        fputs(" — ", lines->options.stream);
        lines_write(lines, message->rfi.text);
    }
}

static void lines_write_headline(const struct lines *lines, size_t at,
                                 const struct message *message, bool wall) {
    const struct lines_item *const item = &lines->items[at];
    FILE *const stream = lines->options.stream;
    lines_write_times(lines, item->at_ms, wall);
    fprintf(stream, "%s %zu", item->opened ? "◇" : "◆", at + 1);
    if (item->kind == MESSAGE_INJECT) {
        fprintf(stream, "  %s", lines_tlp_name(item->tlp));
    }
    if (item->late) {
        fprintf(stream, "  [%s]", lines_words(lines, WORDS_LINES_LATE));
    }
    if (item->decide && !item->answered) {
        fprintf(stream, "  [%s]", lines_words(lines, WORDS_LINES_DECIDE));
    } else if (item->acknowledge && !item->acknowledged) {
        fprintf(stream, "  [%s]", lines_words(lines, WORDS_LINES_ACKNOWLEDGE));
    }
    fputs("  ", stream);
    lines_write_title(lines, message);
    fputc('\n', stream);
    fflush(stream);
}

void lines_write_item(struct lines *lines, size_t at) {
    struct output output;
    if (lines_read(lines, lines->items[at].sequence, &output)) {
        lines_write_headline(lines, at, &output.message, false);
    }
}

static void lines_add_item(struct lines *lines, const struct station_message *from,
                           const struct output *output) {
    const struct message *const message = &output->message;
    if (lines->item_count == LINES_ITEMS_MAX) {
        lines->unlisted++;
        return;
    }
    struct lines_item *const item = &lines->items[lines->item_count++];
    *item = (struct lines_item){.sequence = from->sequence,
                                .at_ms = output->at_ms,
                                .kind = message->kind,
                                .late = from->late && !from->again};
    if (message->kind == MESSAGE_INJECT) {
        snprintf(item->inject, sizeof item->inject, "%s", message->inject.inject);
        item->tlp = message->inject.tlp;
        item->acknowledge = message->inject.acknowledge;
        item->decide = message->inject.option_count > 0;
        for (size_t i = 0; i < lines->done_count; i++) {
            if (strcmp(lines->done[i].inject, item->inject) == 0) {
                item->opened = true;
                item->acknowledged |= lines->done[i].kind != INPUT_OPENED;
                item->answered |= lines->done[i].kind == INPUT_ANSWERED;
            }
        }
    }
    if (!from->again) {
        lines_write_headline(lines, lines->item_count - 1, message, true);
    }
}

/* ---- Messages ---- */

static void lines_hear_briefing(struct lines *lines, const struct message *message, bool show) {
    snprintf(lines->title, sizeof lines->title, "%s", lines_text(lines, message->briefing.title));
    spill_utf8_trim(lines->title);
    snprintf(lines->name, sizeof lines->name, "%s", lines_text(lines, message->briefing.name));
    spill_utf8_trim(lines->name);
    lines->classification = message->briefing.classification;
    if (show) {
        lines_write_bar(lines, message->briefing.classification);
        lines_write_paragraphs(lines, lines_text(lines, message->briefing.notice));
        lines_write_paragraphs(lines, lines_text(lines, message->briefing.role));
        lines_write_paragraphs(lines, lines_text(lines, message->briefing.briefing));
        lines_tell(lines, WORDS_LINES_HELP_HINT);
    }
}

static void lines_hear_menu(struct lines *lines, uint64_t sequence, const struct message *message) {
    if (lines->order_count < LINES_ORDERS_MAX) {
        struct lines_order *const order = &lines->orders[lines->order_count++];
        snprintf(order->id, sizeof order->id, "%s", message->menu.id);
        order->target = message->menu.target;
        order->sequence = sequence;
    }
}

static void lines_hear_order(struct lines *lines, const struct output *output) {
    const struct message *const message = &output->message;
    char at[SPILL_DURATION_TEXT_BYTES];
    char refusal[64];
    enum words_key key = WORDS_REFUSAL_NONE;
    (void)snprintf(refusal, sizeof refusal, "refusal_%s", refusal_name(message->order.refusal));
    const bool found = words_find(refusal, &key);
    SPILL_ASSERT(found);
    const struct words_value values[] = {
        {"order", message->order.order},
        {"time", spill_time_print(message->order.acts_at_ms, at)},
        {"why", lines_words(lines, key)},
    };
    lines_write_times(lines, output->at_ms, true);
    fputs("➤ ", lines->options.stream);
    lines_say(lines,
              message->kind == MESSAGE_ORDER_ACCEPTED  ? WORDS_LINES_ORDER_ACCEPTED
              : message->kind == MESSAGE_ORDER_REFUSED ? WORDS_LINES_ORDER_REFUSED
                                                       : WORDS_LINES_ORDER_ACTED,
              values, 3);
}

static void lines_hear_clock(struct lines *lines, const struct output *output) {
    static const enum words_key keys[] = {WORDS_LINES_CLOCK_NOT_STARTED, WORDS_LINES_CLOCK_RUNNING,
                                          WORDS_LINES_CLOCK_PAUSED, WORDS_LINES_CLOCK_ENDED};
    const enum clock_state state =
        output->message.kind == MESSAGE_ENDEX ? CLOCK_ENDED : output->message.clock.state;
    lines_write_times(lines, output->at_ms, true);
    lines_tell(lines, keys[state]);
}

void lines_show(struct lines *lines, const struct station_message *message) {
    struct output output;
    const bool show = !message->again;
    if (show) {
        lines_greet(lines);
    }
    if (!lines_read(lines, message->sequence, &output)) {
        return;
    }
    switch (output.message.kind) {
    case MESSAGE_BRIEFING:
        lines_hear_briefing(lines, &output.message, show);
        return;
    case MESSAGE_MENU:
        lines_hear_menu(lines, message->sequence, &output.message);
        return;
    case MESSAGE_ASSETS:
        lines_hear_assets(lines, &output.message);
        return;
    case MESSAGE_REPORTS:
        lines_hear_reports(lines, &output, show);
        return;
    case MESSAGE_INJECT:
    case MESSAGE_MAIL:
    case MESSAGE_RFI_ANSWER:
        lines_add_item(lines, message, &output);
        return;
    case MESSAGE_ORDER_ACCEPTED:
    case MESSAGE_ORDER_REFUSED:
    case MESSAGE_ORDER_ACTED:
        if (show) {
            lines_hear_order(lines, &output);
        }
        return;
    case MESSAGE_CLOCK:
    case MESSAGE_ENDEX:
        if (show) {
            lines_hear_clock(lines, &output);
        }
        return;
    default:
        return;
    }
}

void lines_greet(struct lines *lines) {
    if (lines->greeted) {
        return;
    }
    lines->greeted = true;
    if (lines->title[0] == '\0') {
        return; /* Nothing has come yet. */
    }
    lines_write_bar(lines, lines->classification);
    size_t unread = 0;
    for (size_t i = 0; i < lines->item_count; i++) {
        unread += lines->items[i].inject[0] != '\0' && !lines->items[i].opened;
    }
    char count[32];
    char open[32];
    snprintf(count, sizeof count, "%zu", lines->item_count);
    snprintf(open, sizeof open, "%zu", unread);
    const struct words_value values[] = {{"count", count}, {"open", open}};
    lines_say(lines, WORDS_LINES_AGAIN, values, 2);
}

void lines_show_link(struct lines *lines, enum station_link link, enum frame_reason reason) {
    static const enum words_key keys[] = {WORDS_LINES_LINK_AWAY, WORDS_LINES_LINK_OPEN,
                                          WORDS_LINES_LINK_REFUSED, WORDS_LINES_LINK_HALTED,
                                          WORDS_LINES_LINK_ENDED};
    const struct words_value values[] = {{"why", frame_reason_words(reason)}};
    lines_greet(lines);
    lines_say(lines, keys[link], values, 1);
}

/* ---- Life ---- */

/* What was done with injects, as the inbox has it. */
static enum spill_status lines_remember(struct lines *lines, struct spill_error *error) {
    const uint64_t last = inbox_position(lines->options.inbox, INBOX_SENT).sequence;
    enum spill_status status = SPILL_OK;
    for (uint64_t at = 1; at <= last && status == SPILL_OK; at++) {
        struct input input;
        size_t size_bytes = 0;
        status = inbox_read(lines->options.inbox, INBOX_SENT, at, lines->bytes, &size_bytes, error);
        if (status == SPILL_NOT_FOUND) {
            status = SPILL_OK; /* Of a life that was lost. */
            continue;
        }
        codec_arena_reset(lines->sent_arena);
        if (status == SPILL_OK &&
            input_decode(lines->bytes, size_bytes, lines->sent_arena, &input, error) != SPILL_OK) {
            return SPILL_CORRUPT;
        }
        const bool about =
            status == SPILL_OK && (input.kind == INPUT_OPENED || input.kind == INPUT_ACKNOWLEDGED ||
                                   input.kind == INPUT_ANSWERED);
        if (about && lines->done_count < LINES_ITEMS_MAX) {
            struct lines_done *const done = &lines->done[lines->done_count++];
            done->kind = input.kind;
            snprintf(done->inject, sizeof done->inject, "%s",
                     input.kind == INPUT_ANSWERED ? input.answer.inject : input.seen.inject);
        }
    }
    return status;
}

enum spill_status lines_create(const struct lines_options *options, struct lines **lines,
                               struct spill_error *error) {
    struct lines *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->options = *options;
    enum spill_status status = codec_arena_create(OUTPUT_ARENA_BYTES, &made->arena);
    if (status == SPILL_OK) {
        status = codec_arena_create(INPUT_ARENA_BYTES, &made->sent_arena);
    }
    made->bytes = spill_alloc(FRAME_MESSAGE_BYTES_MAX, 1);
    made->items = spill_alloc(LINES_ITEMS_MAX, sizeof made->items[0]);
    made->done = spill_alloc(LINES_ITEMS_MAX, sizeof made->done[0]);
    made->assets = spill_alloc(LINES_ASSETS_MAX, sizeof made->assets[0]);
    made->slots = spill_alloc(LINES_SLOTS, sizeof made->slots[0]);
    made->orders = spill_alloc(LINES_ORDERS_MAX, sizeof made->orders[0]);
    if (status != SPILL_OK || made->bytes == NULL || made->items == NULL || made->done == NULL ||
        made->assets == NULL || made->slots == NULL || made->orders == NULL) {
        status = spill_fail(error, SPILL_MEMORY, "out of memory");
    } else {
        status = lines_remember(made, error);
    }
    if (status != SPILL_OK) {
        lines_destroy(&made);
        return status;
    }
    *lines = made;
    return SPILL_OK;
}

void lines_destroy(struct lines **lines) {
    struct lines *const made = *lines;
    if (made == NULL) {
        return;
    }
    *lines = NULL;
    codec_arena_destroy(&made->arena);
    codec_arena_destroy(&made->sent_arena);
    free(made->bytes);
    free(made->items);
    free(made->done);
    free(made->assets);
    free(made->slots);
    free(made->orders);
    free(made);
}
