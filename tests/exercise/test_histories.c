/* SPDX-License-Identifier: Apache-2.0 */
/* Proves on random histories, of inputs that make sense and of many that do not, what must hold
 * whatever people do: every change is legal, a refusal changes nothing, how time is split or paced
 * does not matter, a pause makes nothing due, and every exercise can end. */
#include "tests/check.h"
#include "tests/exercise/filler.h"
#include "tests/exercise/play.h"

enum { HISTORIES = 30, LENGTH = 250, KEYS = 40 };

static const char *const cells[] = {"nl-csirt", "nl-grid"};
static const char *const injects[] = {"a-start",  "b-timed",  "c-wait",   "d-expire",  "e-for",
                                      "f-pass",   "g-ask",    "h-decide", "i-observe", "j-order",
                                      "k-chain",  "l-chain",  "m-chain",  "o-model",   "x-hand",
                                      "ad-hoc-1", "ad-hoc-2", "nothing"};
static const char *const orders[] = {"isolate", "reconnect",  "patch",   "share",
                                     "message", "prioritise", "nonsense"};
static const char *const assets[] = {
    "nl-station-a", "nl-station-b", "nl-control", "de-plant", "nl-hospital", "nowhere", ""};
static const char *const options[] = {"act", "wait", "", "else"};

#define PICK(filler, list) (list)[filler_below(filler, sizeof(list) / sizeof(list)[0])]

/* ---- Inputs ---- */

static struct input random_command(struct filler *filler, const struct exercise *exercise) {
    static const enum input_kind kinds[] = {INPUT_INJECT_NOW, INPUT_HOLD,   INPUT_RELEASE,
                                            INPUT_SKIP,       INPUT_CANCEL, INPUT_APPROVE,
                                            INPUT_EDIT,       INPUT_DELAY,  INPUT_VETO};
    struct input input = {.kind = PICK(filler, kinds), .who = {WHO_CONTROL, "excon"}};
    input.command.inject = PICK(filler, injects);
    input.command.title = "";
    input.command.text = input.kind == INPUT_EDIT ? filler_text(filler, 100) : "";
    input.command.why = filler_text(filler, 50);
    if (input.kind == INPUT_DELAY) {
        input.command.until_ms = exercise_now_ms(exercise) +
                                 (int64_t)filler_below(filler, 100) * PLAY_MIN - 5 * PLAY_MIN;
        input.command.until_ms = input.command.until_ms < 0 ? 0 : input.command.until_ms;
    }
    return input;
}

static struct input random_people(struct filler *filler) {
    const char *const cell = PICK(filler, cells);
    struct input input = {
        .who = {WHO_CELL, filler_below(filler, 20) == 0 ? PICK(filler, cells) : cell}};
    char *key = NULL;
    switch (filler_below(filler, 8)) {
    case 0:
        input.kind = INPUT_OPENED;
        input.seen.cell = cell;
        input.seen.inject = PICK(filler, injects);
        break;
    case 1:
    case 2:
        input.kind = INPUT_ACKNOWLEDGED;
        input.seen.cell = cell;
        input.seen.inject = PICK(filler, injects);
        break;
    case 3:
        input.kind = INPUT_ANSWERED;
        input.answer.cell = cell;
        input.answer.inject = filler_below(filler, 2) == 0 ? "h-decide" : PICK(filler, injects);
        input.answer.option = PICK(filler, options);
        input.answer.decision = filler_text(filler, 50);
        input.answer.rationale = "";
        break;
    case 4:
        input.kind = INPUT_RFI;
        input.rfi.cell = cell;
        input.rfi.text = filler_text(filler, 50);
        break;
    case 5:
        input.kind = INPUT_MESSAGE;
        input.message.to = cells;
        input.message.to_count = filler_below(filler, 3);
        input.message.to_control = filler_below(filler, 2) == 0;
        input.message.text = filler_text(filler, 50);
        break;
    default:
        key = filler_take(filler, 16);
        snprintf(key, 16, "key-%zu", filler_below(filler, KEYS));
        input = play_order(cell, key, PICK(filler, orders), PICK(filler, assets),
                           filler_below(filler, 2) == 0 ? "nl" : "");
        input.order.tag = filler_below(filler, 2) == 0 ? "relay-suite" : "";
    }
    return input;
}

static struct input random_system(struct filler *filler, const struct exercise *exercise) {
    struct input input = {.who = {WHO_SYSTEM, ""}};
    const size_t at = filler_below(filler, 2);
    if (filler_below(filler, 3) == 0) {
        input.kind = INPUT_CELL_LINK;
        input.link.cell = cells[at];
        input.link.connected = filler_below(filler, 3) != 0;
        return input;
    }
    struct cell_now now;
    exercise_cell(exercise, (struct cell_ref){(uint32_t)at}, &now);
    input.kind = INPUT_DELIVERED;
    input.delivered.cell = cells[at];
    input.delivered.up_to = filler_below(filler, (size_t)now.sequence + 2);
    return input;
}

static struct input random_control(struct filler *filler, const struct exercise *exercise) {
    struct input input = {.who = {WHO_CONTROL, "excon"}};
    switch (filler_below(filler, 6)) {
    case 0:
        input.kind = INPUT_AD_HOC;
        input.ad_hoc.to = cells;
        input.ad_hoc.to_count = filler_below(filler, 3);
        input.ad_hoc.replaces = filler_below(filler, 2) == 0 ? PICK(filler, injects) : "";
        input.ad_hoc.tlp = (enum tlp)filler_below(filler, 5);
        input.ad_hoc.acknowledge = filler_below(filler, 2) == 0;
        input.ad_hoc.channel = "phone";
        input.ad_hoc.from = "Desk";
        input.ad_hoc.title = filler_text(filler, 50);
        input.ad_hoc.text = filler_text(filler, 50);
        break;
    case 1:
        input.kind = INPUT_RFI_ANSWER;
        input.rfi_answer.number = filler_below(filler, 8);
        input.rfi_answer.text = filler_text(filler, 50);
        break;
    case 2:
        input.kind = INPUT_MARK;
        input.who.kind = WHO_EVALUATOR;
        input.mark.inject = PICK(filler, injects);
        input.mark.cell = filler_below(filler, 2) == 0 ? PICK(filler, cells) : "";
        input.mark.mark = (enum mark)filler_below(filler, MARK_COUNT);
        input.mark.text = "";
        break;
    case 3:
        input.kind = INPUT_NOTE;
        input.who.kind = WHO_EVALUATOR;
        input.note.inject = PICK(filler, injects);
        input.note.text = filler_text(filler, 50);
        break;
    default:
        return random_command(filler, exercise);
    }
    return input;
}

static struct input random_clock(struct filler *filler) {
    static const enum input_kind kinds[] = {INPUT_START, INPUT_PAUSE, INPUT_RESUME, INPUT_RESUME};
    return (struct input){.kind = PICK(filler, kinds),
                          .who = {WHO_CONTROL, "excon"},
                          .clock = {.why = filler_text(filler, 20)}};
}

static struct input random_pace(struct filler *filler) {
    struct input input = {.kind = INPUT_SPEED, .who = {WHO_CONTROL, "excon"}};
    input.speed.speed_permille = (int64_t)filler_below(filler, 1000000);
    if (filler_below(filler, 2) == 0) {
        input.kind = INPUT_JUMP;
        input.jump.to_ms = filler_below(filler, 2) == 0
                               ? SPILL_NEVER
                               : (int64_t)filler_below(filler, 13 * 3600) * 1000;
    }
    return input;
}

static struct input random_advance(struct filler *filler, const struct exercise *exercise) {
    const int64_t now_ms = exercise_now_ms(exercise);
    const int64_t next_ms = exercise_next_ms(exercise);
    int64_t until_ms = now_ms + 1000 * (int64_t)(1 + filler_below(filler, 900));
    if (filler_below(filler, 4) == 0 && next_ms != SPILL_NEVER) {
        until_ms = next_ms;
    }
    return (struct input){
        .kind = INPUT_ADVANCE, .who = {WHO_SYSTEM, ""}, .advance = {.until_ms = until_ms}};
}

static struct input random_input(struct filler *filler, const struct exercise *exercise) {
    switch (filler_below(filler, 12)) {
    case 0:
        return filler_input(filler);
    case 1:
        return random_clock(filler);
    case 2:
        return random_pace(filler);
    case 3:
        return random_system(filler, exercise);
    case 4:
    case 5:
        return random_control(filler, exercise);
    case 6:
    case 7:
    case 8:
        return random_people(filler);
    default:
        return random_advance(filler, exercise);
    }
}

/* ---- Histories: inputs as bytes, so that they can be given again. ---- */

struct history {
    struct {
        uint8_t *bytes;
        size_t size_bytes;
    } inputs[LENGTH + 1];
    size_t count;
    struct codec_arena *arena;
};

static void history_add(struct history *history, const struct input *input) {
    uint8_t *const bytes = malloc(INPUT_BYTES_MAX);
    size_t size_bytes = 0;
    CHECK_OK(input_encode(input, bytes, INPUT_BYTES_MAX, &size_bytes));
    history->inputs[history->count].bytes = realloc(bytes, size_bytes);
    history->inputs[history->count].size_bytes = size_bytes;
    history->count++;
}

static struct input history_at(struct history *history, size_t at) {
    struct input input;
    codec_arena_reset(history->arena);
    CHECK_OK(input_decode(history->inputs[at].bytes, history->inputs[at].size_bytes, history->arena,
                          &input, NULL));
    return input;
}

static void history_destroy(struct history *history) {
    for (size_t i = 0; i < history->count; i++) {
        free(history->inputs[i].bytes);
    }
    codec_arena_destroy(&history->arena);
}

/* Plays at random and keeps what was given. The eye of the play looks at each change. */
static void history_play(struct history *history, struct play *play, uint64_t seed) {
    struct filler filler = filler_create(seed);
    memset(history, 0, sizeof *history);
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &history->arena));
    for (int i = 0; i < LENGTH; i++) {
        filler_reset(&filler);
        const struct input input = i == 2 ? (struct input){.kind = INPUT_START,
                                                           .who = {WHO_CONTROL, "excon"},
                                                           .clock = {.why = ""}}
                                          : random_input(&filler, play->exercise);
        /* The end is tried by a test of its own. */
        if (input.kind != INPUT_END) {
            history_add(history, &input);
            (void)play_apply(play, &input);
        }
    }
    filler_destroy(&filler);
}

static void check_same_state(struct play *a, struct play *b) {
    uint8_t one[CASCADE_DIGEST_BYTES];
    uint8_t two[CASCADE_DIGEST_BYTES];
    exercise_digest(a->exercise, one);
    exercise_digest(b->exercise, two);
    CHECK_BYTES(one, sizeof one, two, sizeof two);
}

TEST(histories, change_by_change_they_are_legal_and_the_digest_is_that_of_the_state) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct play play;
        struct history history;
        play_again(&play, &drill);
        history_play(&history, &play, seed);
        uint8_t kept[CASCADE_DIGEST_BYTES];
        uint8_t anew[CASCADE_DIGEST_BYTES];
        exercise_digest(play.exercise, kept);
        exercise_digest_anew(play.exercise, anew);
        CHECK_BYTES(kept, sizeof kept, anew, sizeof anew);
        for (uint32_t i = 0; i < 2; i++) {
            struct cell_now now;
            exercise_cell(play.exercise, (struct cell_ref){i}, &now);
            CHECK_BYTES(now.head, sizeof now.head, play.heads[i], OUTPUT_HEAD_BYTES);
        }
        history_destroy(&history);
        play_end(&play);
    }
    play_end(&drill);
}

/* Otherwise the other tests prove little. */
TEST(histories, they_come_by_everything_that_there_is) {
    struct play drill;
    play_drill(&drill);
    struct play sum = {0};
    for (uint64_t seed = 1; seed <= 4 * HISTORIES; seed++) {
        struct play play;
        struct history history;
        play_again(&play, &drill);
        history_play(&history, &play, seed);
        for (size_t i = 0; i < RUN_STATE_COUNT; i++) {
            sum.reached[i] += play.reached[i];
        }
        for (size_t i = 0; i < EXPECTATION_STATE_COUNT; i++) {
            sum.reached_expectations[i] += play.reached_expectations[i];
        }
        for (size_t i = 0; i < REFUSAL_COUNT; i++) {
            sum.refusals[i] += play.refusals[i];
        }
        for (size_t i = 0; i < OUTPUT_KIND_COUNT; i++) {
            sum.counts[i] += play.counts[i];
        }
        history_destroy(&history);
        play_end(&play);
    }
    for (size_t i = 0; i < RUN_STATE_COUNT; i++) {
        CHECK_LT(0, sum.reached[i]);
    }
    for (size_t i = EXPECTATION_OPEN; i < EXPECTATION_STATE_COUNT; i++) {
        CHECK_EQ(sum.reached_expectations[i] > 0, i != EXPECTATION_PARTLY);
    }
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        /* Limits have tests of their own, these have bytes, and nobody ended them. */
        if (i != REFUSAL_FULL && i != REFUSAL_MALFORMED && i != REFUSAL_ENDED) {
            CHECK_LT(0, sum.refusals[i]);
        }
    }
    for (size_t i = 0; i < OUTPUT_KIND_COUNT; i++) {
        CHECK_LT(0, sum.counts[i]);
    }
    play_end(&drill);
}

TEST(histories, given_again_they_say_the_same) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES / 4; seed++) {
        struct play first;
        struct play second;
        struct history history;
        play_again(&first, &drill);
        play_again(&second, &drill);
        history_play(&history, &first, seed);
        for (size_t i = 0; i < history.count; i++) {
            const struct input input = history_at(&history, i);
            (void)play_apply(&second, &input);
        }
        CHECK_BYTES(first.all, sizeof first.all, second.all, sizeof second.all);
        check_same_state(&first, &second);
        history_destroy(&history);
        play_end(&second);
        play_end(&first);
    }
    play_end(&drill);
}

TEST(histories, how_time_is_split_does_not_matter) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct play whole;
        struct play split;
        struct history history;
        struct filler filler = filler_create(seed + 1000);
        play_again(&whole, &drill);
        play_again(&split, &drill);
        history_play(&history, &whole, seed);
        for (size_t i = 0; i < history.count; i++) {
            const struct input input = history_at(&history, i);
            const int64_t now_ms = exercise_now_ms(split.exercise);
            const bool goes = input.kind == INPUT_ADVANCE && input.who.kind == WHO_SYSTEM &&
                              exercise_clock(split.exercise) == CLOCK_RUNNING &&
                              input.advance.until_ms > now_ms &&
                              input.advance.until_ms % 1000 == 0 &&
                              input.advance.until_ms <= 12 * PLAY_H;
            for (int j = 0; goes && j < 3; j++) {
                const int64_t left =
                    (input.advance.until_ms - exercise_now_ms(split.exercise)) / 1000;
                if (left > 1) {
                    CHECK_OK(play_advance(
                        &split, exercise_now_ms(split.exercise) +
                                    1000 * (int64_t)(1 + filler_below(&filler, (size_t)left - 1))));
                }
            }
            (void)play_apply(&split, &input);
        }
        CHECK_BYTES(whole.all, sizeof whole.all, split.all, sizeof split.all);
        check_same_state(&whole, &split);
        history_destroy(&history);
        filler_destroy(&filler);
        play_end(&split);
        play_end(&whole);
    }
    play_end(&drill);
}

TEST(histories, heeding_stops_in_the_tick_of_the_first_message_and_changes_nothing) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct play whole;
        struct play heeding;
        struct history history;
        play_again(&whole, &drill);
        play_again(&heeding, &drill);
        history_play(&history, &whole, seed);
        for (size_t i = 0; i < history.count; i++) {
            struct input input = history_at(&history, i);
            const bool goes = input.kind == INPUT_ADVANCE && input.who.kind == WHO_SYSTEM;
            if (goes) {
                input.advance.heed = true;
            }
            enum spill_status status = play_apply(&heeding, &input);
            size_t stops = 0;
            while (goes && status == SPILL_OK &&
                   exercise_now_ms(heeding.exercise) < input.advance.until_ms) {
                status = play_apply(&heeding, &input);
                SPILL_ASSERT(++stops < 100000);
            }
        }
        CHECK_BYTES(whole.all, sizeof whole.all, heeding.all, sizeof heeding.all);
        check_same_state(&whole, &heeding);
        history_destroy(&history);
        play_end(&heeding);
        play_end(&whole);
    }
    play_end(&drill);
}

TEST(histories, speed_and_jumps_fire_nothing_twice_and_skip_nothing) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct play plain;
        struct play paced;
        struct history history;
        struct filler filler = filler_create(seed + 2000);
        play_again(&plain, &drill);
        play_again(&paced, &drill);
        history_play(&history, &plain, seed);
        for (size_t i = 0; i < history.count; i++) {
            for (size_t j = filler_below(&filler, 3); j > 0; j--) {
                filler_reset(&filler);
                const struct input pace = random_pace(&filler);
                (void)play_apply(&paced, &pace);
            }
            const struct input input = history_at(&history, i);
            (void)play_apply(&paced, &input);
        }
        CHECK_BYTES(plain.changes, sizeof plain.changes, paced.changes, sizeof paced.changes);
        CHECK_BYTES(plain.heads, sizeof plain.heads, paced.heads, sizeof paced.heads);
        check_same_state(&plain, &paced);
        history_destroy(&history);
        filler_destroy(&filler);
        play_end(&paced);
        play_end(&plain);
    }
    play_end(&drill);
}

/* A pause between two inputs of a running exercise, with time that wants to pass in it. */
static void pause_for_long(struct play *play) {
    CHECK_OK(play_clock(play, INPUT_PAUSE));
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(exercise_next_ms(play->exercise), SPILL_NEVER);
        CHECK_EQ(play_advance(play, exercise_now_ms(play->exercise) + 10 * PLAY_H), SPILL_REFUSED);
    }
    CHECK_OK(play_clock(play, INPUT_RESUME));
}

TEST(histories, a_pause_makes_nothing_due_however_long) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct play plain;
        struct play paused;
        struct history history;
        struct filler filler = filler_create(seed + 3000);
        play_again(&plain, &drill);
        play_again(&paused, &drill);
        history_play(&history, &plain, seed);
        for (size_t i = 0; i < history.count; i++) {
            if (exercise_clock(paused.exercise) == CLOCK_RUNNING && filler_below(&filler, 8) == 0) {
                pause_for_long(&paused);
            }
            const struct input input = history_at(&history, i);
            /* How far a stream has come differs by the clock's messages. */
            if (input.kind != INPUT_DELIVERED) {
                (void)play_apply(&paused, &input);
            }
        }
        for (size_t i = 0; i < plain.exercise->inject_count; i++) {
            const struct exercise_inject *const one = &plain.exercise->injects[i];
            const struct exercise_inject *const two = &paused.exercise->injects[i];
            CHECK_EQ(one->released_ms, two->released_ms);
            CHECK_EQ(one->expectation, two->expectation);
            CHECK_EQ(one->expected_at_ms, two->expected_at_ms);
            CHECK_EQ(one->armed_ms, two->armed_ms);
            CHECK_EQ(one->holds_ms, two->holds_ms);
        }
        uint8_t one[CASCADE_DIGEST_BYTES];
        uint8_t two[CASCADE_DIGEST_BYTES];
        world_digest(plain.exercise->world, one);
        world_digest(paused.exercise->world, two);
        CHECK_BYTES(one, sizeof one, two, sizeof two);
        history_destroy(&history);
        filler_destroy(&filler);
        play_end(&paused);
        play_end(&plain);
    }
    play_end(&drill);
}

TEST(histories, every_one_can_end) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct play play;
        struct filler filler = filler_create(seed);
        play_again(&play, &drill);
        const size_t length = filler_below(&filler, LENGTH);
        for (size_t i = 0; i < length; i++) {
            filler_reset(&filler);
            const struct input input = random_input(&filler, play.exercise);
            (void)play_apply(&play, &input);
        }
        if (exercise_clock(play.exercise) != CLOCK_ENDED) {
            CHECK_OK(play_clock(&play, INPUT_END));
        }
        CHECK_EQ(exercise_next_ms(play.exercise), SPILL_NEVER);
        for (size_t i = 0; i < play.exercise->inject_count; i++) {
            const struct exercise_inject *const inject = &play.exercise->injects[i];
            CHECK_LE(RUN_CLOSED, inject->state);
            CHECK_NE(inject->expectation, EXPECTATION_OPEN);
        }
        /* Whatever comes afterwards. */
        for (size_t i = 0; i < 100; i++) {
            filler_reset(&filler);
            const struct input input = random_input(&filler, play.exercise);
            const enum spill_status status = play_apply(&play, &input);
            CHECK(status == SPILL_REFUSED || input.kind == INPUT_CELL_LINK ||
                  input.kind == INPUT_DELIVERED || input.kind == INPUT_MARK ||
                  input.kind == INPUT_NOTE);
        }
        filler_destroy(&filler);
        play_end(&play);
    }
    play_end(&drill);
}

TEST(histories, what_people_count_is_what_is_counted) {
    struct play drill;
    play_drill(&drill);
    for (uint64_t seed = 1; seed <= HISTORIES / 2; seed++) {
        struct play play;
        struct history history;
        play_again(&play, &drill);
        history_play(&history, &play, seed);
        size_t unread[2] = {0};
        size_t awaited[2] = {0};
        for (size_t i = 0; i < play.exercise->delivery_count; i++) {
            const struct exercise_delivery *const delivery = &play.exercise->deliveries[i];
            const struct exercise_inject *const inject = &play.exercise->injects[delivery->inject];
            const enum delivery_state done = exercise_delivery_done(inject->facts);
            CHECK_EQ(delivery->state != DELIVERY_NONE, inject->released_ms >= 0);
            unread[delivery->cell.index] +=
                delivery->state != DELIVERY_NONE && delivery->state < DELIVERY_OPENED;
            awaited[delivery->cell.index] += delivery->state != DELIVERY_NONE &&
                                             delivery->state < done && done > DELIVERY_DELIVERED;
        }
        for (uint32_t i = 0; i < 2; i++) {
            struct cell_now now;
            exercise_cell(play.exercise, (struct cell_ref){i}, &now);
            CHECK_EQ(now.unread, unread[i]);
            CHECK_EQ(now.awaited, awaited[i]);
        }
        history_destroy(&history);
        play_end(&play);
    }
    play_end(&drill);
}
