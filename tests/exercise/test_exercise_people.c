/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the rules of EXERCISE.md about people one by one: deliveries, expectations, orders,
 * messages, requests, and what a cell's stream says. */
#include "proto/vocabulary.h"
#include "tests/check.h"
#include "tests/exercise/play.h"

/* ---- Deliveries ---- */

static enum spill_status deliver(struct play *play, const char *cell, uint64_t up_to) {
    const struct input input = {.kind = INPUT_DELIVERED,
                                .who = {WHO_SYSTEM, ""},
                                .delivered = {.cell = cell, .up_to = up_to}};
    return play_apply(play, &input);
}

static enum spill_status connect(struct play *play, const char *cell, bool connected) {
    const struct input input = {.kind = INPUT_CELL_LINK,
                                .who = {WHO_SYSTEM, ""},
                                .link = {.cell = cell, .connected = connected}};
    return play_apply(play, &input);
}

TEST(exercise_people, a_delivery_goes_its_way_once) {
    struct play play;
    play_drill(&play);
    CHECK_OK(connect(&play, "nl-grid", true));
    CHECK_EQ(connect(&play, "nl-grid", true), SPILL_REFUSED);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_EQ(play_delivery(&play, "a-start", "nl-grid").state, DELIVERY_QUEUED);
    CHECK_OK(connect(&play, "nl-grid", false));
    CHECK_EQ(play_delivery(&play, "a-start", "nl-grid").state, DELIVERY_UNDELIVERABLE);
    CHECK_OK(connect(&play, "nl-grid", true));
    const uint64_t sequence = play_delivery(&play, "a-start", "nl-grid").sequence;
    CHECK_OK(deliver(&play, "nl-grid", sequence - 1));
    CHECK_EQ(play_delivery(&play, "a-start", "nl-grid").state, DELIVERY_QUEUED);
    CHECK_OK(deliver(&play, "nl-grid", sequence));
    CHECK_EQ(play_delivery(&play, "a-start", "nl-grid").state, DELIVERY_DELIVERED);
    CHECK_EQ(deliver(&play, "nl-grid", sequence), SPILL_REFUSED);
    CHECK_EQ(deliver(&play, "nl-grid", UINT64_MAX / 4), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_RECEIVED);
    CHECK_OK(play_seen(&play, INPUT_OPENED, "nl-grid", "a-start"));
    CHECK_EQ(play_seen(&play, INPUT_OPENED, "nl-grid", "a-start"), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_ALREADY_DONE);
    CHECK(play_delivery(&play, "a-start", "nl-grid").awaited);
    CHECK_OK(play_seen(&play, INPUT_ACKNOWLEDGED, "nl-grid", "a-start"));
    CHECK(!play_delivery(&play, "a-start", "nl-grid").awaited);
    CHECK_EQ(play_inject(&play, "a-start").state, RUN_RELEASED);
    /* Who acknowledges has opened, and has it. */
    CHECK_OK(play_seen(&play, INPUT_ACKNOWLEDGED, "nl-csirt", "a-start"));
    CHECK_EQ(play_delivery(&play, "a-start", "nl-csirt").delivered_ms, 0);
    CHECK_EQ(play_inject(&play, "a-start").state, RUN_CLOSED);
    play_end(&play);
}

TEST(exercise_people, an_inject_to_others_does_not_exist_for_a_cell) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 15 * PLAY_MIN));
    const char *const ids[] = {"b-timed", "h-decide", "nothing"};
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(play_seen(&play, INPUT_OPENED, "nl-csirt", ids[i]), SPILL_REFUSED);
        CHECK_EQ(play.refusal, REFUSAL_NOT_RECEIVED);
    }
    play_end(&play);
}

TEST(exercise_people, a_decision_is_answered_with_one_of_its_options) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 50 * PLAY_MIN));
    CHECK_EQ(play_answer(&play, "nl-csirt", "h-decide", ""), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_OPTION);
    CHECK_EQ(play_answer(&play, "nl-csirt", "h-decide", "dance"), SPILL_REFUSED);
    CHECK_OK(play_answer(&play, "nl-csirt", "h-decide", "wait"));
    CHECK_EQ(play_delivery(&play, "h-decide", "nl-csirt").option, "wait");
    CHECK_EQ(play_answer(&play, "nl-csirt", "h-decide", "act"), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_ALREADY_DONE);
    CHECK_OK(play_answer(&play, "nl-csirt", "a-start", ""));
    play_end(&play);
}

/* ---- Expectations ---- */

TEST(exercise_people, an_expectation_is_met_in_time) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 46 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "h-decide").expectation, EXPECTATION_OPEN);
    CHECK_EQ(play_inject(&play, "h-decide").expected_by_ms, 75 * PLAY_MIN);
    CHECK_OK(play_answer(&play, "nl-csirt", "h-decide", "act"));
    CHECK_EQ(play_inject(&play, "h-decide").expectation, EXPECTATION_MET);
    CHECK_EQ(play_inject(&play, "h-decide").expected_at_ms, 46 * PLAY_MIN);
    CHECK_EQ(play_inject(&play, "h-decide").state, RUN_CLOSED);
    play_end(&play);
}

TEST(exercise_people, an_expectation_is_missed_when_due_and_late_after) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 75 * PLAY_MIN - 1000));
    CHECK_EQ(play_inject(&play, "h-decide").expectation, EXPECTATION_OPEN);
    CHECK_OK(play_advance(&play, 80 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "h-decide").expectation, EXPECTATION_MISSED);
    CHECK_OK(play_answer(&play, "nl-csirt", "h-decide", "act"));
    CHECK_EQ(play_inject(&play, "h-decide").expectation, EXPECTATION_LATE);
    CHECK_EQ(play_inject(&play, "h-decide").expected_at_ms, 80 * PLAY_MIN);
    play_end(&play);
}

TEST(exercise_people, what_only_an_evaluator_can_tell_is_not_observed_by_the_machine) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 70 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "i-observe").expectation, EXPECTATION_NOT_OBSERVED);
    struct input mark = {
        .kind = INPUT_MARK,
        .who = {WHO_EVALUATOR, "eva"},
        .mark = {
            .inject = "i-observe", .cell = "nl-grid", .mark = MARK_PARTLY, .text = "Half of it."}};
    CHECK_OK(play_clock(&play, INPUT_END));
    CHECK_OK(play_apply(&play, &mark));
    CHECK_EQ(play_delivery(&play, "i-observe", "nl-grid").mark, MARK_PARTLY);
    mark.mark.cell = "";
    mark.mark.mark = MARK_MET;
    CHECK_OK(play_apply(&play, &mark));
    CHECK_EQ(play_inject(&play, "i-observe").mark, MARK_MET);
    CHECK_EQ(play_inject(&play, "i-observe").expectation, EXPECTATION_NOT_OBSERVED);
    mark.mark.cell = "nl-csirt";
    CHECK_EQ(play_apply(&play, &mark), SPILL_REFUSED);
    mark.mark.cell = "";
    mark.mark.inject = "x-hand";
    CHECK_EQ(play_apply(&play, &mark), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_WRONG_STATE);
    play_end(&play);
}

TEST(exercise_people, the_end_closes_whatever_is_open) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 46 * PLAY_MIN));
    CHECK_OK(play_command(&play, INPUT_HOLD, "x-hand"));
    CHECK_OK(play_command(&play, INPUT_SKIP, "i-observe"));
    CHECK_OK(play_clock(&play, INPUT_END));
    CHECK_EQ(play_inject(&play, "h-decide").expectation, EXPECTATION_NOT_OBSERVED);
    CHECK_EQ(play_inject(&play, "h-decide").state, RUN_CLOSED);
    CHECK_EQ(play_inject(&play, "x-hand").state, RUN_EXPIRED);
    CHECK_EQ(play_inject(&play, "g-ask").state, RUN_EXPIRED);
    CHECK_EQ(play_inject(&play, "i-observe").state, RUN_SKIPPED);
    CHECK_EQ(play_seen(&play, INPUT_OPENED, "nl-grid", "a-start"), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_ENDED);
    CHECK_EQ(play.message_counts[MESSAGE_ENDEX], 2);
    play_end(&play);
}

/* ---- Orders ---- */

TEST(exercise_people, an_order_acts_once_however_often_it_comes) {
    struct play play;
    play_drill(&play);
    const struct input order = play_order("nl-grid", "one", "message", "", "nl");
    CHECK_EQ(play_apply(&play, &order), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_STARTED);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 65 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "j-order").expectation, EXPECTATION_OPEN);
    for (int i = 0; i < 5; i++) {
        CHECK_OK(play_apply(&play, &order));
        CHECK_EQ(play.order_number, 1);
        CHECK_EQ(play.order_repeated, i > 0);
    }
    CHECK_EQ(play_inject(&play, "j-order").expectation, EXPECTATION_MET);
    CHECK_OK(play_advance(&play, 2 * PLAY_H));
    CHECK_OK(play_apply(&play, &order));
    CHECK_OK(play_advance(&play, 4 * PLAY_H));
    CHECK_EQ(play.counts[OUTPUT_ACTED], 1);
    CHECK_EQ(play.message_counts[MESSAGE_ORDER_ACCEPTED], 6);
    CHECK_EQ(play.message_counts[MESSAGE_ORDER_ACTED], 1);
    /* Keys are the cell's own. */
    const struct input other = play_order("nl-csirt", "one", "isolate", "nl-station-b", "");
    CHECK_OK(play_apply(&play, &other));
    CHECK_EQ(play.order_number, 2);
    play_end(&play);
}

TEST(exercise_people, an_order_without_authority_is_answered_the_same_each_time) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    const struct {
        const char *order, *asset;
        enum refusal refusal;
    } wrong[] = {{"isolate", "nl-station-b", REFUSAL_NO_AUTHORITY},
                 {"prioritise", "de-plant", REFUSAL_BAD_TARGET},
                 {"prioritise", "", REFUSAL_BAD_TARGET},
                 {"prioritise", "nl-castle", REFUSAL_UNKNOWN_NAME},
                 {"dance", "nl-station-b", REFUSAL_UNKNOWN_NAME}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char key[10];
        snprintf(key, sizeof key, "k%zu", i);
        const struct input order = play_order("nl-grid", key, wrong[i].order, wrong[i].asset, "");
        for (int j = 0; j < 2; j++) {
            CHECK_EQ(play_apply(&play, &order), SPILL_REFUSED);
            CHECK_EQ(play.refusal, wrong[i].refusal);
            CHECK_EQ(play.order_repeated, j > 0);
        }
    }
    play_end(&play);
}

TEST(exercise_people, orders_of_a_cell_have_a_limit) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    char key[20];
    for (int i = 0; i < EXERCISE_CELL_ORDERS_MAX; i++) {
        snprintf(key, sizeof key, "k%d", i);
        const struct input order = play_order("nl-grid", key, "dance", "", "");
        CHECK_EQ(play_apply(&play, &order), SPILL_REFUSED);
        CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_NAME);
    }
    const struct input more = play_order("nl-grid", "more", "message", "", "nl");
    CHECK_EQ(play_apply(&play, &more), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_FULL);
    const struct input known = play_order("nl-grid", "k7", "dance", "", "");
    CHECK_EQ(play_apply(&play, &known), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_NAME);
    const struct input other = play_order("nl-csirt", "k7", "isolate", "nl-station-b", "");
    CHECK_OK(play_apply(&play, &other));
    play_end(&play);
}

/* ---- Messages and requests ---- */

TEST(exercise_people, cells_write_to_each_other_and_to_control) {
    struct play play;
    play_drill(&play);
    const char *const to[] = {"nl-grid", "nl-grid"};
    struct input input = {.kind = INPUT_MESSAGE,
                          .who = {WHO_CELL, "nl-csirt"},
                          .message = {.to = to, .to_count = 1, .text = "Hello?"}};
    CHECK_OK(play_apply(&play, &input));
    CHECK_EQ(play.message_counts[MESSAGE_MAIL], 1);
    CHECK_EQ(play.message_counts[MESSAGE_BRIEFING], 1);
    input.message.to_count = 2;
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    input.message.to_count = 0;
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NO_RECEIVER);
    input.message.to_control = true;
    CHECK_OK(play_apply(&play, &input));
    CHECK_EQ(play.message_counts[MESSAGE_MAIL], 1);
    input.who = (struct who){WHO_CONTROL, "excon"};
    input.message.to_count = 1;
    CHECK_OK(play_apply(&play, &input));
    CHECK_EQ(play.message_counts[MESSAGE_MAIL], 2);
    input.who = (struct who){WHO_CELL, "nobody"};
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    play_end(&play);
}

TEST(exercise_people, a_request_is_numbered_and_answered_once) {
    struct play play;
    play_drill(&play);
    const struct input ask = {.kind = INPUT_RFI,
                              .who = {WHO_CELL, "nl-csirt"},
                              .rfi = {.cell = "nl-csirt", .text = "Who runs this?"}};
    CHECK_OK(play_apply(&play, &ask));
    CHECK_EQ(exercise_rfi_count(play.exercise), 1);
    struct rfi_now now;
    exercise_rfi(play.exercise, 1, &now);
    CHECK_EQ(now.text, "Who runs this?");
    CHECK_EQ(now.answered_ms, -1);
    struct input answer = {.kind = INPUT_RFI_ANSWER,
                           .who = {WHO_CONTROL, "excon"},
                           .rfi_answer = {.number = 1, .text = "We do."}};
    CHECK_OK(play_apply(&play, &answer));
    CHECK_EQ(play_apply(&play, &answer), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_ALREADY_DONE);
    answer.rfi_answer.number = 0;
    CHECK_EQ(play_apply(&play, &answer), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_REQUEST);
    CHECK_EQ(play.message_counts[MESSAGE_RFI_TAKEN], 1);
    CHECK_EQ(play.message_counts[MESSAGE_RFI_ANSWER], 1);
    play_end(&play);
}

TEST(exercise_people, requests_have_a_limit) {
    struct play play;
    play_drill(&play);
    const struct input ask = {
        .kind = INPUT_RFI, .who = {WHO_CELL, "nl-csirt"}, .rfi = {.cell = "nl-csirt", .text = "?"}};
    for (int i = 0; i < EXERCISE_RFIS_MAX; i++) {
        CHECK_OK(play_apply(&play, &ask));
    }
    CHECK_EQ(play_apply(&play, &ask), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_FULL);
    play_end(&play);
}

/* ---- Streams ---- */

TEST(exercise_people, a_stream_starts_with_the_briefing_whenever_its_cell_comes) {
    struct play early;
    struct play late;
    play_drill(&early);
    play_again(&late, &early);
    CHECK_OK(connect(&early, "nl-csirt", true));
    CHECK_EQ(early.message_counts[MESSAGE_BRIEFING], 1);
    CHECK_OK(play_clock(&early, INPUT_START));
    CHECK_OK(play_clock(&late, INPUT_START));
    CHECK_OK(connect(&late, "nl-csirt", true));
    CHECK_BYTES(early.heads[0], OUTPUT_HEAD_BYTES, late.heads[0], OUTPUT_HEAD_BYTES);
    struct cell_now now;
    exercise_cell(early.exercise, (struct cell_ref){0}, &now);
    CHECK_BYTES(early.heads[0], OUTPUT_HEAD_BYTES, now.head, OUTPUT_HEAD_BYTES);
    CHECK_EQ(now.sequence, early.sequence[0]);
    play_end(&late);
    play_end(&early);
}

/* Counts what a briefing says. */
struct briefing {
    size_t assets;
    size_t orders;
    size_t names;
    size_t isolate_targets;
    size_t reconnect_targets;
    size_t cut_count;
    size_t asset_messages;
    char patch_country[SPILL_ID_BYTES_MAX + 1];
};

static void read_briefing(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                          void *context) {
    struct briefing *const briefing = context;
    (void)bytes;
    (void)size_bytes;
    if (output->kind != OUTPUT_MESSAGE) {
        return;
    }
    const struct message *const message = &output->message;
    if (message->kind == MESSAGE_ASSETS) {
        briefing->assets += message->assets.asset_count;
        briefing->asset_messages++;
    } else if (message->kind == MESSAGE_NAMES) {
        briefing->names += message->names.name_count;
    } else if (message->kind == MESSAGE_MENU) {
        briefing->orders++;
        briefing->cut_count += message->menu.more;
        if (strcmp(message->menu.id, "reconnect") == 0) {
            briefing->reconnect_targets = message->menu.asset_count;
        }
        if (strcmp(message->menu.id, "isolate") == 0) {
            briefing->isolate_targets = message->menu.asset_count;
        }
        if (strcmp(message->menu.id, "patch") == 0 && message->menu.country_count == 1) {
            snprintf(briefing->patch_country, sizeof briefing->patch_country, "%s",
                     message->menu.countries[0]);
        }
    }
}

TEST(exercise_people, the_briefing_has_the_menu_and_what_the_cell_sees) {
    struct play play;
    play_drill(&play);
    struct briefing briefing = {0};
    const struct input input = {.kind = INPUT_CELL_LINK,
                                .who = {WHO_SYSTEM, ""},
                                .link = {.cell = "nl-csirt", .connected = true}};
    CHECK_OK(exercise_apply(play.exercise, &input, read_briefing, &briefing));
    CHECK_EQ(briefing.assets, 9); /* Eight Dutch ones and the vendor. */
    CHECK_EQ(briefing.orders, 4); /* Isolate, reconnect, patch, share. */
    CHECK_EQ(briefing.names, 2 + 2 + 5);
    CHECK_EQ(briefing.isolate_targets, 6); /* Dutch electricity and telecom. */
    CHECK_EQ(briefing.patch_country, "nl");
    play_end(&play);
}

/* The drill, with so many assets more, whose names are long. */
static struct package *crowded_package(size_t count) {
    struct package *drill = play_open_package(PLAY_DRILL);
    struct package_file files[32];
    const size_t file_count = package_file_count(drill);
    CHECK_LE(file_count, 32);
    char name[1001];
    memset(name, 'N', sizeof name);
    name[sizeof name - 1] = '\0';
    char *const text = malloc(20000 + count * 2200);
    for (size_t i = 0; i < file_count; i++) {
        files[i] = package_file(drill, i);
        if (strcmp(files[i].path, "assets.csv") == 0) {
            memcpy(text, files[i].bytes, files[i].size_bytes);
            size_t used = files[i].size_bytes;
            for (size_t j = 0; j < count; j++) {
                used += (size_t)sprintf(text + used, "nl-x%05zu,waterworks,%s,%s,nl,Ede,,,0,0,,\n",
                                        j, name, name);
            }
            files[i].bytes = (const uint8_t *)text;
            files[i].size_bytes = used;
        }
    }
    struct package *package = NULL;
    CHECK_OK(package_create(files, file_count, &package, NULL));
    free(text);
    package_destroy(&drill);
    return package;
}

TEST(exercise_people, long_lists_come_in_several_messages_and_are_cut_where_said) {
    struct play play;
    play_begin(&play, crowded_package(OUTPUT_TARGETS_MAX + 100), 1);
    struct briefing briefing = {0};
    const struct input input = {.kind = INPUT_CELL_LINK,
                                .who = {WHO_SYSTEM, ""},
                                .link = {.cell = "nl-csirt", .connected = true}};
    CHECK_OK(exercise_apply(play.exercise, &input, read_briefing, &briefing));
    CHECK_EQ(briefing.assets, 9 + OUTPUT_TARGETS_MAX + 100);
    /* A frame does not hold 128 of them. */
    CHECK_LT(briefing.assets / 128 + 1, briefing.asset_messages);
    CHECK_EQ(briefing.reconnect_targets, OUTPUT_TARGETS_MAX);
    CHECK_EQ(briefing.cut_count, 1);
    play_end(&play);
}

TEST(exercise_people, reports_come_after_the_cells_delay) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 12 * PLAY_H));
    CHECK_LT(0, play.message_counts[MESSAGE_REPORTS]);
    CHECK_LT(0, play.counts[OUTPUT_CAUSE]);
    CHECK_LT(0, play.counts[OUTPUT_CHANGE]);
    CHECK_LT(0, play.counts[OUTPUT_FIRED]);
    play_end(&play);
}
