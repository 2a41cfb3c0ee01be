/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play: an exercise to test, and an eye on all that it says: every change must be legal and begin
 * where the last one ended, every message the next of its cell and for it. Header only; for tests.
 * The process is the test's, so nothing here is freed twice or shared.
 */
#ifndef SPILL_TEST_PLAY_H
#define SPILL_TEST_PLAY_H

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/exercise/exercise_parts.h"
#include "tests/check.h"

#define PLAY_MIN INT64_C(60000)
#define PLAY_H (60 * PLAY_MIN)
/* A small scenario with an inject for each way through the machine. */
#define PLAY_DRILL "tests/exercise/drill"

enum { PLAY_INJECTS_MAX = 512, PLAY_CELLS_MAX = 32, PLAY_PATH_BYTES = 4096 };

/* What the eye remembers. */
struct play {
    struct package *package;
    struct scenario *scenario;
    struct exercise *exercise;
    uint64_t sequence[PLAY_CELLS_MAX];
    uint8_t heads[PLAY_CELLS_MAX][OUTPUT_HEAD_BYTES];
    int64_t at_ms;
    size_t counts[OUTPUT_KIND_COUNT];
    size_t message_counts[MESSAGE_KIND_COUNT];
    size_t output_count;
    enum run_state states[PLAY_INJECTS_MAX];
    int64_t released_ms[PLAY_INJECTS_MAX];
    size_t release_counts[PLAY_INJECTS_MAX];
    enum expectation_state expectations[PLAY_INJECTS_MAX];
    size_t reached[RUN_STATE_COUNT];
    size_t reached_expectations[EXPECTATION_STATE_COUNT];
    size_t refusals[REFUSAL_COUNT];
    enum refusal refusal;  /* Of the last input. */
    uint64_t order_number; /* That the last order was given, or got again. */
    bool order_repeated;
    uint8_t all[32];     /* Hash of every output. */
    uint8_t changes[32]; /* Of changes of injects and expectations, with their times. */
    struct codec_arena *arena;
};

/* ---- Packages ---- */

/* A folder of the sources as a package. */
static inline struct package *play_open_package(const char *folder) {
    char path[PLAY_PATH_BYTES];
    const char *const source = getenv("SPILL_SOURCE");
    struct spill_error error = {{0}};
    struct package *package = NULL;
    CHECK(source != NULL);
    snprintf(path, sizeof path, "%s/%s", source, folder);
    if (package_open(path, &package, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return package;
}

static inline struct scenario *play_load(const struct package *package) {
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    const enum spill_status status = scenario_load(package, "drill", &scenario, &faults);
    if (status != SPILL_OK) {
        char text[1000] = "";
        const struct fault fault =
            fault_list_count(faults) > 0 ? fault_list_at(faults, 0) : (struct fault){0};
        if (fault.text != NULL) {
            fault_print(&fault, text, sizeof text);
        }
        CHECK_FAIL("%s: %s", spill_status_words(status), text);
    }
    fault_list_destroy(&faults);
    return scenario;
}

/* ---- The eye ---- */

static inline void play_mix(uint8_t hash[32], const uint8_t *bytes, size_t size_bytes) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, hash, 32);
    crypto_generichash_update(&state, bytes, size_bytes);
    crypto_generichash_final(&state, hash, 32);
}

static inline size_t play_inject_index(const struct play *play, const char *id) {
    struct inject_ref inject = {0};
    CHECK_OK(exercise_find_inject(play->exercise, id, &inject));
    CHECK_LT(inject.index, PLAY_INJECTS_MAX);
    return inject.index;
}

static inline bool play_is_addressed(const struct inject *facts, struct cell_ref cell) {
    for (size_t i = 0; i < facts->to_count; i++) {
        if (facts->to[i].index == cell.index) {
            return true;
        }
    }
    return false;
}

static inline void play_see_inject(struct play *play, const struct output *output) {
    const size_t at = play_inject_index(play, output->inject.inject);
    CHECK_EQ(output->inject.before, play->states[at]);
    CHECK(output->inject.before == output->inject.after ||
          run_state_may_follow(output->inject.before, output->inject.after));
    /* In a pause nothing is due. */
    const bool by_itself = output->inject.why == CHANGE_TIME ||
                           output->inject.why == CHANGE_CONDITION ||
                           output->inject.why == CHANGE_UNATTENDED;
    CHECK(!by_itself || play->exercise->clock == CLOCK_RUNNING);
    play->states[at] = output->inject.after;
    play->reached[output->inject.after]++;
    if (output->inject.after == RUN_RELEASED) {
        play->released_ms[at] = output->at_ms;
        play->release_counts[at]++;
        CHECK_EQ(play->release_counts[at], 1);
    }
}

static inline void play_see_message(struct play *play, const struct output *output,
                                    const uint8_t *bytes, size_t size_bytes) {
    const struct message *const message = &output->message;
    struct cell_ref cell = {0};
    CHECK_OK(script_find_cell(scenario_script(play->scenario), message->cell, &cell));
    play->message_counts[message->kind]++;
    play->sequence[cell.index]++;
    CHECK_EQ(message->sequence, play->sequence[cell.index]);
    CHECK_EQ(message->kind == MESSAGE_BRIEFING, message->sequence == 1);
    output_head(play->heads[cell.index], bytes, size_bytes);
    const struct cast *const cast = scenario_cast(play->scenario, cell);
    if (message->kind == MESSAGE_INJECT) {
        const size_t at = play_inject_index(play, message->inject.inject);
        CHECK_EQ(play->states[at], RUN_RELEASED);
        CHECK(play_is_addressed(play->exercise->injects[at].facts, cell));
        CHECK_LE(message->inject.tlp, cast->clearance);
    }
    for (size_t i = 0; message->kind == MESSAGE_REPORTS && i < message->reports.report_count; i++) {
        struct asset_ref asset = {0};
        if (message->reports.reports[i].asset[0] != '\0') {
            CHECK_OK(network_find_asset(scenario_network(play->scenario),
                                        message->reports.reports[i].asset, &asset));
            CHECK(script_cell_sees(scenario_script(play->scenario), cell, asset));
        }
    }
}

static inline void play_see(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                            void *context) {
    struct play *const play = context;
    CHECK_LE(play->at_ms, output->at_ms);
    play->at_ms = output->at_ms;
    play->counts[output->kind]++;
    play->output_count++;
    play_mix(play->all, bytes, size_bytes);
    /* What is said can be read. */
    struct output read;
    codec_arena_reset(play->arena);
    CHECK_OK(output_decode(bytes, size_bytes, play->arena, &read, NULL));
    CHECK_EQ(read.kind, output->kind);
    switch (output->kind) {
    case OUTPUT_REFUSED:
        play->refusal = output->refused.refusal;
        play->refusals[play->refusal]++;
        break;
    case OUTPUT_ORDER:
        play->refusal = output->order.refusal;
        play->refusals[play->refusal]++;
        play->order_number = output->order.number;
        play->order_repeated = output->order.repeated;
        break;
    case OUTPUT_INJECT:
        play_see_inject(play, output);
        play_mix(play->changes, bytes, size_bytes);
        break;
    case OUTPUT_DELIVERY:
        CHECK(delivery_state_may_follow(output->delivery.before, output->delivery.after));
        break;
    case OUTPUT_EXPECTATION: {
        const size_t at = play_inject_index(play, output->expectation.inject);
        CHECK_EQ(output->expectation.before, play->expectations[at]);
        CHECK(expectation_state_may_follow(output->expectation.before, output->expectation.after));
        play->expectations[at] = output->expectation.after;
        play->reached_expectations[output->expectation.after]++;
        play_mix(play->changes, bytes, size_bytes);
        break;
    }
    case OUTPUT_MESSAGE:
        play_see_message(play, output, bytes, size_bytes);
        break;
    default:
        break;
    }
}

/* ---- Playing ---- */

/* An exercise on a package, which the play takes over. */
static inline void play_begin(struct play *play, struct package *package, uint64_t seed) {
    memset(play, 0, sizeof *play);
    play->package = package;
    play->scenario = play_load(package);
    const struct exercise_options options = {.seed = seed, .digests = true, .causes = true};
    CHECK_OK(exercise_create(play->scenario, &options, &play->exercise));
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &play->arena));
}

static inline void play_drill(struct play *play) {
    play_begin(play, play_open_package(PLAY_DRILL), 7);
}

/* The same exercise from the beginning. */
static inline void play_again(struct play *play, const struct play *from) {
    memset(play, 0, sizeof *play);
    play->scenario = from->scenario;
    CHECK_OK(exercise_create(play->scenario, &from->exercise->options, &play->exercise));
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &play->arena));
}

static inline void play_end(struct play *play) {
    exercise_destroy(&play->exercise);
    codec_arena_destroy(&play->arena);
    if (play->package != NULL) {
        scenario_free(&play->scenario);
        package_destroy(&play->package);
    }
}

/* Nothing is overdue, whatever is due next is announced, and armed injects know whether their
 * conditions hold. */
static inline void play_check_due(const struct play *play) {
    struct exercise *const exercise = play->exercise;
    if (exercise->clock != CLOCK_RUNNING) {
        return;
    }
    const int64_t next_ms = exercise_next_ms(exercise);
    CHECK_LT(exercise->now_ms, next_ms);
    for (size_t i = 0; i < exercise->inject_count; i++) {
        const struct exercise_inject *const inject = &exercise->injects[i];
        const int64_t due_ms = exercise_due_ms(exercise, inject);
        CHECK_LT(exercise->now_ms, due_ms);
        CHECK(due_ms == SPILL_NEVER || next_ms < due_ms + exercise->tick_ms);
        if (inject->expectation == EXPECTATION_OPEN) {
            CHECK_LT(exercise->now_ms, inject->expected_by_ms);
            CHECK_LT(next_ms, inject->expected_by_ms + exercise->tick_ms);
            CHECK(inject->facts->expected == NULL ||
                  !condition_true(inject->facts->expected, exercise_read, exercise));
        }
        if (inject->state == RUN_ARMED && inject->facts->when != NULL) {
            const bool holds = condition_true(inject->facts->when, exercise_read, exercise);
            CHECK_EQ(holds, inject->holds_ms >= 0);
            const int64_t expires_ms = inject->facts->expires_ms;
            CHECK(holds || expires_ms == SPILL_NEVER ||
                  next_ms < inject->armed_ms + expires_ms + exercise->tick_ms);
        }
    }
}

/* Applies an input; a refusal leaves the state as it was, but for orders' answers. */
static inline enum spill_status play_apply(struct play *play, const struct input *input) {
    uint8_t before[CASCADE_DIGEST_BYTES];
    uint8_t after[CASCADE_DIGEST_BYTES];
    exercise_digest(play->exercise, before);
    const size_t output_count = play->output_count;
    const size_t order_count = play->counts[OUTPUT_ORDER];
    play->refusal = REFUSAL_NONE;
    const enum spill_status status = exercise_apply(play->exercise, input, play_see, play);
    exercise_digest(play->exercise, after);
    CHECK(status == SPILL_OK || status == SPILL_REFUSED);
    CHECK_EQ(status == SPILL_REFUSED, play->refusal != REFUSAL_NONE);
    if (status == SPILL_REFUSED && play->counts[OUTPUT_ORDER] == order_count) {
        CHECK_EQ(play->output_count, output_count + 1);
        CHECK_BYTES(before, sizeof before, after, sizeof after);
    }
    play_check_due(play);
    return status;
}

static inline enum spill_status play_clock(struct play *play, enum input_kind kind) {
    const struct input input = {.kind = kind, .who = {WHO_CONTROL, "excon"}, .clock = {.why = ""}};
    return play_apply(play, &input);
}

static inline enum spill_status play_advance(struct play *play, int64_t until_ms) {
    const struct input input = {
        .kind = INPUT_ADVANCE, .who = {WHO_SYSTEM, ""}, .advance = {.until_ms = until_ms}};
    return play_apply(play, &input);
}

static inline enum spill_status play_command(struct play *play, enum input_kind kind,
                                             const char *inject) {
    const struct input input = {
        .kind = kind,
        .who = {WHO_CONTROL, "excon"},
        .command = {.inject = inject, .title = "", .text = "", .why = "because"}};
    return play_apply(play, &input);
}

static inline enum spill_status play_delay(struct play *play, const char *inject,
                                           int64_t until_ms) {
    const struct input input = {
        .kind = INPUT_DELAY,
        .who = {WHO_CONTROL, "excon"},
        .command = {.inject = inject, .until_ms = until_ms, .title = "", .text = "", .why = ""}};
    return play_apply(play, &input);
}

static inline enum spill_status play_seen(struct play *play, enum input_kind kind, const char *cell,
                                          const char *inject) {
    const struct input input = {
        .kind = kind, .who = {WHO_CELL, cell}, .seen = {.cell = cell, .inject = inject}};
    return play_apply(play, &input);
}

static inline enum spill_status play_answer(struct play *play, const char *cell, const char *inject,
                                            const char *option) {
    const struct input input = {
        .kind = INPUT_ANSWERED,
        .who = {WHO_CELL, cell},
        .answer = {
            .cell = cell, .inject = inject, .option = option, .decision = "", .rationale = "why"}};
    return play_apply(play, &input);
}

static inline struct input play_order(const char *cell, const char *key, const char *order,
                                      const char *asset, const char *country) {
    return (struct input){.kind = INPUT_ORDER,
                          .who = {WHO_CELL, cell},
                          .order = {.cell = cell,
                                    .key = key,
                                    .order = order,
                                    .asset = asset,
                                    .tag = "",
                                    .country = country,
                                    .other_country = "",
                                    .pool = "",
                                    .other_pool = "",
                                    .rationale = ""}};
}

static inline struct inject_now play_inject(const struct play *play, const char *id) {
    struct inject_ref inject = {0};
    struct inject_now now;
    CHECK_OK(exercise_find_inject(play->exercise, id, &inject));
    exercise_inject(play->exercise, inject, &now);
    return now;
}

static inline struct delivery_now play_delivery(const struct play *play, const char *id,
                                                const char *cell) {
    struct inject_ref inject = {0};
    struct cell_ref ref = {0};
    struct delivery_now now = {0};
    CHECK_OK(exercise_find_inject(play->exercise, id, &inject));
    CHECK_OK(script_find_cell(scenario_script(play->scenario), cell, &ref));
    const struct inject_now facts = play_inject(play, id);
    for (size_t i = 0; i < facts.facts->to_count; i++) {
        if (facts.facts->to[i].index == ref.index) {
            exercise_delivery(play->exercise, inject, i, &now);
        }
    }
    return now;
}

#endif
