/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the rules of EXERCISE.md one by one: the clock, injects, memory. */
#include "proto/vocabulary.h"
#include "tests/check.h"
#include "tests/exercise/play.h"

/* ---- The clock ---- */

TEST(exercise, time_passes_only_while_it_runs) {
    struct play play;
    play_drill(&play);
    CHECK_EQ(play_advance(&play, PLAY_MIN), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_RUNNING);
    CHECK_EQ(exercise_next_ms(play.exercise), SPILL_NEVER);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, PLAY_MIN));
    CHECK_EQ(exercise_now_ms(play.exercise), PLAY_MIN);
    CHECK_OK(play_clock(&play, INPUT_PAUSE));
    CHECK_EQ(play_advance(&play, 2 * PLAY_MIN), SPILL_REFUSED);
    CHECK_EQ(exercise_next_ms(play.exercise), SPILL_NEVER);
    CHECK_OK(play_clock(&play, INPUT_RESUME));
    CHECK_OK(play_advance(&play, 2 * PLAY_MIN));
    CHECK_OK(play_clock(&play, INPUT_END));
    CHECK_EQ(play_advance(&play, 3 * PLAY_MIN), SPILL_REFUSED);
    play_end(&play);
}

TEST(exercise, the_clock_goes_its_way_only) {
    struct play play;
    play_drill(&play);
    CHECK_EQ(play_clock(&play, INPUT_PAUSE), SPILL_REFUSED);
    CHECK_EQ(play_clock(&play, INPUT_RESUME), SPILL_REFUSED);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_EQ(play_clock(&play, INPUT_START), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_ALREADY_STARTED);
    CHECK_EQ(play_clock(&play, INPUT_RESUME), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_PAUSED);
    CHECK_OK(play_clock(&play, INPUT_END));
    CHECK_EQ(play_clock(&play, INPUT_START), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_ENDED);
    play_end(&play);
}

TEST(exercise, time_goes_to_later_ticks_within_the_exercise) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 5000));
    const int64_t wrong_ms[] = {0, 4000, 5000, 5500, 12 * PLAY_H + 1000};
    for (size_t i = 0; i < sizeof wrong_ms / sizeof wrong_ms[0]; i++) {
        CHECK_EQ(play_advance(&play, wrong_ms[i]), SPILL_REFUSED);
        CHECK_EQ(play.refusal, REFUSAL_BAD_TIME);
    }
    CHECK_OK(play_advance(&play, 12 * PLAY_H));
    play_end(&play);
}

TEST(exercise, an_input_is_for_those_whose_it_is) {
    struct play play;
    play_drill(&play);
    struct input input = {.kind = INPUT_START, .who = {WHO_CELL, "nl-csirt"}, .clock = {""}};
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_YOURS);
    CHECK_OK(play_clock(&play, INPUT_START));
    input = (struct input){.kind = INPUT_OPENED,
                           .who = {WHO_CELL, "nl-grid"},
                           .seen = {.cell = "nl-csirt", .inject = "a-start"}};
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_YOURS);
    input.seen.cell = "nobody";
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_CELL);
    input.seen.inject = NULL;
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_MALFORMED);
    play_end(&play);
}

TEST(exercise, speed_and_jumps_are_said_and_change_nothing) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    uint8_t before[CASCADE_DIGEST_BYTES];
    uint8_t after[CASCADE_DIGEST_BYTES];
    exercise_digest(play.exercise, before);
    const struct input speed = {
        .kind = INPUT_SPEED, .who = {WHO_CONTROL, "excon"}, .speed = {.speed_permille = 60000}};
    const struct input jump = {
        .kind = INPUT_JUMP, .who = {WHO_CONTROL, "excon"}, .jump = {.to_ms = SPILL_NEVER}};
    CHECK_OK(play_apply(&play, &speed));
    CHECK_OK(play_apply(&play, &jump));
    CHECK_EQ(exercise_speed_permille(play.exercise), 60000);
    /* The next inject that time alone makes due. */
    CHECK_EQ(exercise_jump_ms(play.exercise), 10 * PLAY_MIN);
    exercise_digest(play.exercise, after);
    CHECK_BYTES(before, sizeof before, after, sizeof after);
    CHECK_OK(play_advance(&play, 10 * PLAY_MIN));
    CHECK_EQ(exercise_jump_ms(play.exercise), -1);
    play_end(&play);
}

/* ---- Injects ---- */

TEST(exercise, an_inject_comes_at_its_time) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_EQ(play_inject(&play, "a-start").released_ms, 0);
    CHECK_OK(play_advance(&play, 10 * PLAY_MIN - 1000));
    CHECK_EQ(play_inject(&play, "b-timed").state, RUN_WAITING);
    CHECK_EQ(play_inject(&play, "b-timed").due_ms, 10 * PLAY_MIN);
    CHECK_OK(play_advance(&play, 10 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "b-timed").state, RUN_RELEASED);
    CHECK_EQ(play_delivery(&play, "b-timed", "nl-grid").state, DELIVERY_UNDELIVERABLE);
    CHECK_EQ(play_delivery(&play, "b-timed", "nl-csirt").state, DELIVERY_NONE);
    play_end(&play);
}

TEST(exercise, a_release_makes_others_true_at_once_in_any_order_of_ids) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 20 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "m-chain").released_ms, 10 * PLAY_MIN);
    CHECK_EQ(play_inject(&play, "l-chain").released_ms, 10 * PLAY_MIN);
    CHECK_EQ(play_inject(&play, "k-chain").released_ms, 10 * PLAY_MIN);
    play_end(&play);
}

TEST(exercise, a_false_condition_waits) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 5 * PLAY_H));
    CHECK_EQ(play_inject(&play, "c-wait").state, RUN_ARMED);
    CHECK_EQ(play_inject(&play, "c-wait").armed_ms, 20 * PLAY_MIN);
    CHECK_OK(play_command(&play, INPUT_INJECT_NOW, "x-hand"));
    CHECK_EQ(play_inject(&play, "c-wait").released_ms, 5 * PLAY_H);
    play_end(&play);
}

TEST(exercise, a_condition_that_stays_false_too_long_expires) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 39 * PLAY_MIN - 1000));
    CHECK_EQ(play_inject(&play, "d-expire").state, RUN_ARMED);
    CHECK_OK(play_advance(&play, 39 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "d-expire").state, RUN_EXPIRED);
    CHECK_EQ(play_command(&play, INPUT_INJECT_NOW, "d-expire"), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_WRONG_STATE);
    play_end(&play);
}

TEST(exercise, a_condition_holds_for_its_while_without_a_break) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 40 * PLAY_MIN));
    CHECK_OK(play_seen(&play, INPUT_ACKNOWLEDGED, "nl-csirt", "a-start"));
    CHECK_EQ(play_inject(&play, "e-for").holds_ms, -1);
    CHECK_OK(play_advance(&play, 50 * PLAY_MIN));
    CHECK_OK(play_seen(&play, INPUT_ACKNOWLEDGED, "nl-grid", "a-start"));
    CHECK_EQ(play_inject(&play, "e-for").holds_ms, 50 * PLAY_MIN);
    CHECK_OK(play_advance(&play, 60 * PLAY_MIN - 1000));
    CHECK_EQ(play_inject(&play, "e-for").state, RUN_ARMED);
    CHECK_OK(play_advance(&play, 60 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "e-for").state, RUN_RELEASED);
    play_end(&play);
}

TEST(exercise, a_break_begins_the_while_anew) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 129 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "p-window").holds_ms, 120 * PLAY_MIN);
    CHECK_OK(play_advance(&play, 5 * PLAY_H));
    CHECK_EQ(play_inject(&play, "p-window").released_ms, 160 * PLAY_MIN);
    play_end(&play);
}

TEST(exercise, a_due_time_between_two_ticks_is_over_at_the_second) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 4 * PLAY_H));
    CHECK_EQ(play_inject(&play, "q-odd").expected_by_ms, 3 * PLAY_H + 1500);
    CHECK_EQ(play_inject(&play, "q-odd").expected_at_ms, 3 * PLAY_H + 2000);
    CHECK_EQ(play_inject(&play, "q-odd").expectation, EXPECTATION_LATE);
    play_end(&play);
}

TEST(exercise, a_proposed_inject_passes_unattended_or_stays) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 36 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "f-pass").state, RUN_PROPOSED);
    CHECK_EQ(play_inject(&play, "f-pass").due_ms, 40 * PLAY_MIN);
    CHECK_EQ(play_inject(&play, "g-ask").state, RUN_PROPOSED);
    CHECK_OK(play_advance(&play, 40 * PLAY_MIN));
    CHECK_EQ(play_inject(&play, "f-pass").released_ms, 40 * PLAY_MIN);
    CHECK_OK(play_advance(&play, 11 * PLAY_H));
    CHECK_EQ(play_inject(&play, "g-ask").state, RUN_PROPOSED);
    CHECK_OK(play_command(&play, INPUT_APPROVE, "g-ask"));
    CHECK_EQ(play_inject(&play, "g-ask").state, RUN_RELEASED);
    play_end(&play);
}

TEST(exercise, the_director_edits_delays_vetoes_a_proposal) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 36 * PLAY_MIN));
    CHECK_OK(play_command(&play, INPUT_VETO, "f-pass"));
    CHECK_EQ(play_inject(&play, "f-pass").state, RUN_CANCELLED);
    CHECK_OK(play_delay(&play, "g-ask", 2 * PLAY_H));
    CHECK_EQ(play_inject(&play, "g-ask").state, RUN_WAITING);
    CHECK_OK(play_advance(&play, 2 * PLAY_H));
    CHECK_EQ(play_inject(&play, "g-ask").state, RUN_PROPOSED);
    struct input edit = {.kind = INPUT_EDIT,
                         .who = {WHO_CONTROL, "excon"},
                         .command = {.inject = "g-ask", .title = "", .text = "", .why = ""}};
    CHECK_EQ(play_apply(&play, &edit), SPILL_REFUSED);
    edit.command.text = "Another text.";
    CHECK_OK(play_apply(&play, &edit));
    CHECK_EQ(play_inject(&play, "g-ask").body.in[LANGUAGE_NL], "Another text.");
    CHECK_EQ(play_inject(&play, "g-ask").title.in[LANGUAGE_NL], "Titel");
    CHECK_OK(play_command(&play, INPUT_APPROVE, "g-ask"));
    CHECK_EQ(play_apply(&play, &edit), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_WRONG_STATE);
    play_end(&play);
}

TEST(exercise, a_held_inject_waits_for_its_release_or_another_time) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_command(&play, INPUT_HOLD, "b-timed"));
    CHECK_OK(play_command(&play, INPUT_HOLD, "h-decide"));
    CHECK_EQ(play_command(&play, INPUT_HOLD, "h-decide"), SPILL_REFUSED);
    CHECK_OK(play_advance(&play, 2 * PLAY_H));
    CHECK_EQ(play_inject(&play, "b-timed").state, RUN_HELD);
    CHECK_OK(play_command(&play, INPUT_RELEASE, "b-timed"));
    CHECK_EQ(play_inject(&play, "b-timed").released_ms, 2 * PLAY_H);
    CHECK_EQ(play_delay(&play, "h-decide", 2 * PLAY_H), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_BAD_TIME);
    CHECK_OK(play_delay(&play, "h-decide", 3 * PLAY_H));
    CHECK_OK(play_advance(&play, 3 * PLAY_H));
    CHECK_EQ(play_inject(&play, "h-decide").released_ms, 3 * PLAY_H);
    play_end(&play);
}

TEST(exercise, skipped_and_cancelled_injects_stay_so) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_command(&play, INPUT_SKIP, "b-timed"));
    CHECK_OK(play_command(&play, INPUT_CANCEL, "h-decide"));
    CHECK_OK(play_advance(&play, 2 * PLAY_H));
    CHECK_EQ(play_inject(&play, "b-timed").state, RUN_SKIPPED);
    CHECK_EQ(play_inject(&play, "h-decide").state, RUN_CANCELLED);
    CHECK_EQ(play_inject(&play, "m-chain").state, RUN_ARMED);
    CHECK_EQ(play_command(&play, INPUT_INJECT_NOW, "b-timed"), SPILL_REFUSED);
    CHECK_EQ(play_command(&play, INPUT_SKIP, "a-start"), SPILL_REFUSED);
    CHECK_EQ(play_command(&play, INPUT_SKIP, "nothing"), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_INJECT);
    play_end(&play);
}

TEST(exercise, fire_now_ignores_a_pause_and_nothing_else_comes_in_one) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 30 * PLAY_MIN));
    CHECK_OK(play_clock(&play, INPUT_PAUSE));
    CHECK_OK(play_command(&play, INPUT_INJECT_NOW, "x-hand"));
    CHECK_EQ(play_inject(&play, "x-hand").state, RUN_RELEASED);
    CHECK_EQ(play_inject(&play, "c-wait").state, RUN_ARMED);
    CHECK_OK(play_clock(&play, INPUT_RESUME));
    CHECK_EQ(play_inject(&play, "c-wait").released_ms, 30 * PLAY_MIN);
    play_end(&play);
}

static struct input ad_hoc(const char *const *to, size_t to_count) {
    return (struct input){.kind = INPUT_AD_HOC,
                          .who = {WHO_CONTROL, "excon"},
                          .ad_hoc = {.to = to,
                                     .to_count = to_count,
                                     .replaces = "",
                                     .type = INJECT_TASK,
                                     .tlp = TLP_AMBER,
                                     .acknowledge = true,
                                     .channel = "phone",
                                     .from = "Minister",
                                     .title = "Call me",
                                     .text = "Now."}};
}

TEST(exercise, an_ad_hoc_inject_goes_out_at_once_and_may_replace_another) {
    struct play play;
    play_drill(&play);
    const char *const to[] = {"nl-grid", "nl-csirt", "nl-grid"};
    struct input input = ad_hoc(to, 2);
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_STARTED);
    CHECK_OK(play_clock(&play, INPUT_START));
    input.ad_hoc.replaces = "b-timed";
    CHECK_OK(play_apply(&play, &input));
    CHECK_EQ(play_inject(&play, "b-timed").state, RUN_SUPERSEDED);
    CHECK_EQ(play_inject(&play, "ad-hoc-1").state, RUN_RELEASED);
    CHECK_EQ(play_inject(&play, "ad-hoc-1").title.in[LANGUAGE_EN], "Call me");
    CHECK_OK(play_seen(&play, INPUT_ACKNOWLEDGED, "nl-csirt", "ad-hoc-1"));
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_WRONG_STATE);
    input.ad_hoc.replaces = "nothing";
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_UNKNOWN_INJECT);
    input.ad_hoc.replaces = "";
    input.ad_hoc.to_count = 3;
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_MALFORMED);
    input.ad_hoc.to_count = 0;
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NO_RECEIVER);
    input.ad_hoc.to_count = 2;
    input.ad_hoc.tlp = TLP_AMBER_STRICT;
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_NOT_CLEARED);
    play_end(&play);
}

TEST(exercise, ad_hoc_injects_have_a_limit) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    const char *const to[] = {"nl-grid"};
    const struct input input = ad_hoc(to, 1);
    for (int i = 0; i < EXERCISE_AD_HOC_MAX; i++) {
        CHECK_OK(play_apply(&play, &input));
    }
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_FULL);
    play_end(&play);
}

TEST(exercise, receivers_of_ad_hoc_injects_have_a_limit) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    const char *const to[] = {"nl-grid", "nl-csirt"};
    play.exercise->ad_hoc_cell_count = EXERCISE_AD_HOC_CELLS_MAX - 3;
    const struct input input = ad_hoc(to, 2);
    CHECK_OK(play_apply(&play, &input));
    CHECK_EQ(play_apply(&play, &input), SPILL_REFUSED);
    CHECK_EQ(play.refusal, REFUSAL_FULL);
    const struct input one = ad_hoc(to, 1);
    CHECK_OK(play_apply(&play, &one));
    play_end(&play);
}

TEST(exercise, texts_have_a_limit) {
    struct play play;
    play_drill(&play);
    CHECK_OK(play_clock(&play, INPUT_START));
    char *const text = malloc(INPUT_TEXT_BYTES_MAX + 1);
    memset(text, 'x', INPUT_TEXT_BYTES_MAX);
    text[INPUT_TEXT_BYTES_MAX] = '\0';
    const struct input edit = {
        .kind = INPUT_EDIT,
        .who = {WHO_CONTROL, "excon"},
        .command = {.inject = "x-hand", .title = text, .text = text, .why = ""}};
    enum spill_status status = SPILL_OK;
    size_t count = 0;
    while (status == SPILL_OK) {
        status = play_apply(&play, &edit);
        count++;
    }
    CHECK_EQ(play.refusal, REFUSAL_FULL);
    CHECK_EQ(count, EXERCISE_NOTES_BYTES_MAX / (2 * (INPUT_TEXT_BYTES_MAX + 1)) + 1);
    const struct input rfi = {.kind = INPUT_RFI,
                              .who = {WHO_CELL, "nl-csirt"},
                              .rfi = {.cell = "nl-csirt", .text = text}};
    while (play_apply(&play, &rfi) == SPILL_OK) {
    }
    CHECK_EQ(play.refusal, REFUSAL_FULL);
    free(text);
    play_end(&play);
}

/* ---- Memory ---- */

TEST(exercise, one_that_finds_no_memory_is_not_made) {
    struct play play;
    play_drill(&play);
    const struct exercise_options options = {.seed = 1, .digests = true, .causes = true};
    enum spill_status status = SPILL_MEMORY;
    long after = 0;
    for (; status == SPILL_MEMORY; after++) {
        struct exercise *exercise = NULL;
        spill_alloc_fail_after(after, false);
        status = exercise_create(play.scenario, &options, &exercise);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(exercise == NULL, status == SPILL_MEMORY);
        exercise_destroy(&exercise);
    }
    CHECK_OK(status);
    CHECK_LT(30, after);
    play_end(&play);
}

TEST(exercise, playing_finds_no_memory_and_needs_none) {
    struct play play;
    play_drill(&play);
    spill_alloc_fail_after(0, true);
    CHECK_OK(play_clock(&play, INPUT_START));
    CHECK_OK(play_advance(&play, 3 * PLAY_H));
    const struct input order = play_order("nl-grid", "one", "message", "", "nl");
    CHECK_OK(play_apply(&play, &order));
    CHECK_OK(play_advance(&play, 12 * PLAY_H));
    CHECK_OK(play_clock(&play, INPUT_END));
    spill_alloc_fail_after(-1, false);
    play_end(&play);
}
