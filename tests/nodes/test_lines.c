/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that people at a terminal see what their node has, do what they typed, and find it again
 * after a restart; and that nobody else's text steers their terminal. */
#include "nodes/lines.h"

#include <stdio.h>

#include "coordinator/exercise/output.h"
#include "tests/check.h"
#include "tests/nodes/host.h"
#include "tests/support/temporary.h"

static const char cell_id[] = "nl-csirt";

/* A node with people, and what they read. */
struct desk {
    struct host *host;
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct inbox *inbox;
    struct station *station;
    struct lines *lines;
    enum words_language language;
    FILE *stream;
    char *text;
    size_t text_bytes;
    uint64_t sequence;
};

static void on_message(const struct station_message *message, void *context) {
    lines_show(((struct desk *)context)->lines, message);
}

static void on_link(enum station_link link, enum frame_reason reason, void *context) {
    lines_show_link(((struct desk *)context)->lines, link, reason);
}

static void on_failed(enum spill_status status, const struct spill_error *error, void *context) {
    (void)status;
    (void)context;
    CHECK_FAIL("%s", error->text);
}

static void desk_open(struct desk *desk) {
    const struct inbox_options inbox = {.path = desk->path, .cell = cell_id, .first_boot = 1};
    CHECK_OK(inbox_open(&inbox, &desk->inbox, NULL));
    desk->stream = open_memstream(&desk->text, &desk->text_bytes);
    CHECK(desk->stream != NULL);
    const struct lines_options lines = {.inbox = desk->inbox,
                                        .cell = cell_id,
                                        .language = desk->language,
                                        .stream = desk->stream,
                                        .columns = 60};
    CHECK_OK(lines_create(&lines, &desk->lines, NULL));
    struct station_options options = {
        .loop = &desk->host->loop,
        .context = desk->host->context,
        .inbox = desk->inbox,
        .endpoint = desk->host->endpoint,
        .pair = desk->host->node,
        .cell = cell_id,
        .program = "test",
        .events = {
            .on_message = on_message, .on_link = on_link, .on_failed = on_failed, .context = desk}};
    memcpy(options.server_key, desk->host->pair.public_key, SEAL_KEY_BYTES);
    CHECK_OK(station_open(&options, &desk->station, NULL));
}

static void desk_note(void *context) {
    *(bool *)context = true;
}

static bool is_true(void *context) {
    return *(bool *)context;
}

static void desk_close(struct desk *desk) {
    bool closed = false;
    station_close(&desk->station, desk_note, &closed);
    host_turn_until(desk->host, is_true, &closed);
    lines_destroy(&desk->lines);
    inbox_close(&desk->inbox);
    fclose(desk->stream);
    free(desk->text);
}

static bool is_current(void *context) {
    const struct desk *const desk = context;
    return station_is_current(desk->station) && station_link(desk->station) == STATION_OPEN &&
           inbox_durable(desk->inbox, INBOX_RECEIVED).position.sequence == desk->host->said.count;
}

static void desk_wait(struct desk *desk) {
    host_turn_until(desk->host, is_current, desk);
}

static void desk_say(struct desk *desk, struct output *output) {
    static uint8_t bytes[OUTPUT_BYTES_MAX];
    size_t size_bytes = 0;
    output->kind = OUTPUT_MESSAGE;
    output->message.cell = cell_id;
    output->message.sequence = ++desk->sequence;
    CHECK_EQ(output_fault(output), (const char *)NULL);
    CHECK_OK(output_encode(output, bytes, sizeof bytes, &size_bytes));
    host_say(desk->host, bytes, size_bytes);
}

static void say_briefing(struct desk *desk) {
    desk_say(desk, &(struct output){
                       .message = {.kind = MESSAGE_BRIEFING,
                                   .briefing = {.exercise = "amber-tide",
                                                .title = {{"Amber Tide", "Amberen Vloed"}},
                                                .notice = {{"Invented.", "Verzonnen."}},
                                                .classification = TLP_AMBER,
                                                .starts_at = "2026-11-24T09:00:00",
                                                .duration_ms = 3600000,
                                                .tick_ms = 1000,
                                                .currency = "EUR",
                                                .name = {{"National CSIRT", "Nationaal CSIRT"}},
                                                .role = {{"You warn.", "U waarschuwt."}},
                                                .briefing = {{"It is Monday.", "Het is maandag."}},
                                                .kind = "csirt",
                                                .country = "nl"}}});
}

static void say_inject(struct desk *desk, const char *id, const char *title, bool decide) {
    static const struct message_option options[] = {{"wait", {{"Wait and see", "Afwachten"}}},
                                                    {"cut", {{"Cut it off", "Afsluiten"}}}};
    desk_say(desk, &(struct output){.at_ms = 60000,
                                    .message = {.kind = MESSAGE_INJECT,
                                                .inject = {.inject = id,
                                                           .tlp = TLP_RED,
                                                           .channel = "mail",
                                                           .from = {{"Ministry", "Ministerie"}},
                                                           .title = {{title, title}},
                                                           .body = {{"All of it.", "Alles."}},
                                                           .place = "",
                                                           .acknowledge = true,
                                                           .options = options,
                                                           .option_count = decide ? 2 : 0}}});
}

static void desk_begin(struct desk *desk, enum words_language language) {
    memset(desk, 0, sizeof *desk);
    desk->language = language;
    temporary_create(&desk->folder);
    temporary_path(&desk->folder, "inbox", desk->path);
    desk->host = host_create(cell_id);
    say_briefing(desk);
}

static void desk_end(struct desk *desk) {
    desk_close(desk);
    host_destroy(&desk->host);
    temporary_destroy(&desk->folder);
}

/* What was shown since the last call must, or must not, have these words. */
static void check_shown(struct desk *desk, const char *wanted) {
    fflush(desk->stream);
    if (strstr(desk->text, wanted) == NULL) {
        CHECK_FAIL("'%s' is not in: %s", wanted, desk->text);
    }
}

static void check_not_shown(struct desk *desk, const char *unwanted) {
    fflush(desk->stream);
    if (strstr(desk->text, unwanted) != NULL) {
        CHECK_FAIL("'%s' is in: %s", unwanted, desk->text);
    }
}

static void desk_type(struct desk *desk, const char *line) {
    fflush(desk->stream);
    rewind(desk->stream);
    CHECK(lines_take(desk->lines, line, desk->station));
    fputc('\n', desk->stream);
    fflush(desk->stream);
    desk->text[ftell(desk->stream)] = '\0';
}

/* The at-th input that came to the coordinator, from 0. */
static struct input heard(struct desk *desk, struct codec_arena *arena, size_t at) {
    struct input input;
    desk_wait(desk);
    CHECK_LT(at, desk->host->heard.count);
    CHECK_OK(input_decode(desk->host->heard.bytes[at], desk->host->heard.size_bytes[at], arena,
                          &input, NULL));
    CHECK_EQ(input.who.id, (const char *)cell_id);
    return input;
}

/* ---- Tests ---- */

TEST(lines, inject_is_shown_opened_acknowledged_and_answered) {
    struct desk desk;
    struct codec_arena *arena = NULL;
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &arena));
    desk_begin(&desk, WORDS_LANGUAGE_EN);
    desk_open(&desk);
    desk_wait(&desk);
    check_shown(&desk, "EXERCISE EXERCISE EXERCISE  Amber Tide  National CSIRT  TLP:AMBER\n");
    check_shown(&desk, "It is Monday.");
    say_inject(&desk, "100-a", "A time bomb", true);
    say_inject(&desk, "110-b", "Please confirm", false);
    desk_wait(&desk);
    check_shown(&desk, "D+0 00:01:00 (");
    check_shown(&desk, "◆ 1  TLP:RED  [decide]  Ministry — A time bomb\n");
    check_shown(&desk, "◆ 2  TLP:RED  [acknowledge]  Ministry — Please confirm\n");
    check_not_shown(&desk, "[late]");
    desk_type(&desk, "open 1");
    check_shown(&desk, "All of it.");
    check_shown(&desk, "  2  cut  Cut it off\n");
    CHECK_EQ(heard(&desk, arena, 0).kind, INPUT_OPENED);
    CHECK_EQ(heard(&desk, arena, 0).seen.inject, "100-a");
    desk_type(&desk, "open 1"); /* Again: nothing new. */
    desk_type(&desk, "ack 2");
    CHECK_EQ(heard(&desk, arena, 1).kind, INPUT_ACKNOWLEDGED);
    desk_type(&desk, "answer 1 nonsense because");
    check_shown(&desk, "answer 1 OPTION why");
    desk_type(&desk, "answer 1 2 It spreads.  ");
    const struct input answer = heard(&desk, arena, 2);
    CHECK_EQ(answer.kind, INPUT_ANSWERED);
    CHECK_EQ(answer.answer.option, "cut");
    CHECK_EQ(answer.answer.rationale, "It spreads.");
    desk_type(&desk, "answer 1 wait");
    check_shown(&desk, "nothing to do");
    desk_type(&desk, "list");
    check_shown(&desk, "Nothing is left to be done");
    CHECK_EQ(desk.host->heard.count, 3);
    codec_arena_destroy(&arena);
    desk_end(&desk);
}

/* A new process knows what was done, and marks what came meanwhile. */
TEST(lines, restart_is_where_it_was_and_what_was_missed_is_late) {
    struct desk desk;
    desk_begin(&desk, WORDS_LANGUAGE_EN);
    desk_open(&desk);
    say_inject(&desk, "100-a", "A time bomb", true);
    say_inject(&desk, "110-b", "Please confirm", false);
    desk_wait(&desk);
    desk_type(&desk, "ack 2");
    desk_wait(&desk);
    desk_close(&desk);
    say_inject(&desk, "120-c", "While you were away", false);
    desk_open(&desk);
    desk_wait(&desk);
    check_shown(&desk, "EXERCISE EXERCISE EXERCISE  Amber Tide");
    check_shown(&desk, "2 items, 1 not opened");
    check_shown(&desk, "◆ 3  TLP:RED  [late]  [acknowledge]  Ministry — While you were away");
    check_not_shown(&desk, "A time bomb");
    desk_type(&desk, "list");
    check_shown(&desk, "◆ 1  TLP:RED  [decide]");
    check_shown(&desk, "◆ 3");
    check_not_shown(&desk, "Please confirm");
    desk_type(&desk, "list all");
    check_shown(&desk, "◇ 2  TLP:RED  Ministry — Please confirm");
    desk_end(&desk);
}

TEST(lines, orders_messages_and_questions_become_inputs) {
    static const char *const assets[] = {"nl-tso", "nl-dso"};
    static const struct message_order menu = {.id = "isolate",
                                              .name = {{"Isolate", "Isoleer"}},
                                              .target = TARGET_ASSET,
                                              .assets = assets,
                                              .asset_count = 2};
    struct desk desk;
    struct codec_arena *arena = NULL;
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &arena));
    desk_begin(&desk, WORDS_LANGUAGE_EN);
    desk_open(&desk);
    desk_say(&desk, &(struct output){.message = {.kind = MESSAGE_MENU, .menu = menu}});
    desk_wait(&desk);
    desk_type(&desk, "order");
    check_shown(&desk, "isolate ASSET why… — Isolate");
    desk_type(&desk, "order isolate");
    check_shown(&desk, "nl-tso nl-dso");
    desk_type(&desk, "order isolate nl-tso it is theirs");
    const struct input order = heard(&desk, arena, 0);
    CHECK_EQ(order.kind, INPUT_ORDER);
    CHECK_EQ(order.order.asset, "nl-tso");
    CHECK_EQ(order.order.rationale, "it is theirs");
    CHECK_EQ(order.order.key, "lines-1");
    desk_type(&desk, "message be-csirt,control look at this");
    const struct input mail = heard(&desk, arena, 1);
    CHECK_EQ(mail.message.to_count, 1);
    CHECK(mail.message.to_control);
    CHECK_EQ(mail.message.text, "look at this");
    desk_type(&desk, "rfi which port?");
    CHECK_EQ(heard(&desk, arena, 2).rfi.text, "which port?");
    desk_say(&desk, &(struct output){.message = {.kind = MESSAGE_ORDER_REFUSED,
                                                 .order = {.key = "lines-1",
                                                           .order = "isolate",
                                                           .refusal = REFUSAL_NO_AUTHORITY,
                                                           .text = "no"}}});
    desk_wait(&desk);
    check_shown(&desk, "isolate: refused: the cell has no authority for that order");
    codec_arena_destroy(&arena);
    desk_end(&desk);
}

/* Escape sequences, overrides and line ends of another cell's text do nothing here. */
TEST(lines, text_of_others_cannot_steer_the_terminal) {
    struct desk desk;
    desk_begin(&desk, WORDS_LANGUAGE_EN);
    desk_open(&desk);
    desk_say(&desk, &(struct output){.message = {.kind = MESSAGE_MAIL,
                                                 .mail = {.from = {WHO_CELL, "be-csirt"},
                                                          .text = "a\033[2Jb\u202ec\nD+9 ◆ 7"}}});
    desk_wait(&desk);
    check_shown(&desk, "be-csirt — a\uFFFD[2Jb\uFFFDc D+9 ◆ 7\n");
    desk_type(&desk, "open 1");
    check_shown(&desk, "a\uFFFD[2Jb\uFFFDc\n");
    check_not_shown(&desk, "\033");
    check_not_shown(&desk, "\u202e");
    CHECK_EQ(desk.host->heard.count, 0); /* Mail is not reported as opened. */
    desk_end(&desk);
}

TEST(lines, nonsense_is_answered_with_help_and_sends_nothing) {
    static const char *const lines[] = {
        "nonsense",
        "open",
        "open 0",
        "open 99999999999999999999",
        "ack x",
        "answer",
        "answer 7 cut",
        "order x",
        "message",
        "message ,",
        "rfi",
        "open -1",
        "\xff\xfe",
        "open 1x",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct desk desk;
    desk_begin(&desk, WORDS_LANGUAGE_NL);
    desk_open(&desk);
    desk_wait(&desk);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        desk_type(&desk, lines[i]);
        CHECK_LT(1, strlen(desk.text));
    }
    desk_type(&desk, "   ");
    desk_type(&desk, "help"); /* Both languages are taken. */
    check_shown(&desk, "  lijst [alles]");
    desk_type(&desk, "klok");
    CHECK_EQ(station_sent(desk.station), 0);
    CHECK(!lines_take(desk.lines, "weg", desk.station));
    desk_end(&desk);
}

TEST(lines, failing_allocation_leaves_nothing_behind) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    const struct inbox_options options = {
        .path = temporary_path(&folder, "inbox", path), .cell = cell_id, .first_boot = 1};
    struct inbox *inbox = NULL;
    CHECK_OK(inbox_open(&options, &inbox, NULL));
    const struct lines_options made = {.inbox = inbox, .cell = cell_id, .stream = stdout};
    struct lines *lines = NULL;
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        spill_alloc_fail_after(after, false);
        status = lines_create(&made, &lines, NULL);
        spill_alloc_fail_after(-1, false);
    }
    CHECK_OK(status);
    lines_destroy(&lines);
    inbox_close(&inbox);
    temporary_destroy(&folder);
}
