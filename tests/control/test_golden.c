/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that this program plays the exercise that an earlier one recorded. When it does not, a
 * trajectory has changed: raise SPILL_MODEL_REVISION in proto/vocabulary.h, make the golden
 * recording anew with `./dev golden`, and commit both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/replay.h"
#include "tests/check.h"
#include "tests/support/temporary.h"

static const char golden_advice[] =
    "if the change is meant, raise SPILL_MODEL_REVISION and make the recording anew: ./dev golden";

static struct replay *golden_open(void) {
    char path[TEMPORARY_PATH_BYTES];
    struct replay *replay = NULL;
    struct spill_error error = {{0}};
    snprintf(path, sizeof path, "%s/tests/control/golden/tutorial.spill", getenv("SPILL_SOURCE"));
    if (replay_open(path, NULL, &replay, &error) != SPILL_OK) {
        CHECK_FAIL("%s; %s", error.text, golden_advice);
    }
    return replay;
}

TEST(golden, recording_of_an_earlier_program_is_played_the_same) {
    struct replay *replay = golden_open();
    for (int threads = 1; threads <= 3; threads++) {
        struct replay_verdict verdict;
        struct spill_error error = {{0}};
        if (replay_verify(replay, threads, &verdict, &error) != SPILL_OK) {
            CHECK_FAIL("%s; %s", error.text, golden_advice);
        }
        if (!verdict.same) {
            CHECK_FAIL("record %llu: %s; %s", (unsigned long long)verdict.sequence, verdict.words,
                       golden_advice);
        }
        CHECK_LT((uint64_t)100, verdict.output_count);
    }
    replay_close(&replay);
}

/* Else it would prove little. */
TEST(golden, recording_has_something_of_everything) {
    struct replay *replay = golden_open();
    struct replay_walk *walk = NULL;
    struct replay_event event;
    size_t inputs[INPUT_KIND_COUNT] = {0};
    size_t outputs[OUTPUT_KIND_COUNT] = {0};
    CHECK_OK(replay_walk_open(replay, INT64_MIN, &walk));
    while (replay_walk_next(walk, &event, NULL) == SPILL_OK) {
        if (event.input != NULL) {
            inputs[event.input->kind]++;
        } else if (event.output != NULL) {
            outputs[event.output->kind]++;
        }
    }
    replay_walk_close(&walk);
    static const enum input_kind wanted_inputs[] = {
        INPUT_ADVANCE,   INPUT_START,  INPUT_PAUSE,        INPUT_RESUME,   INPUT_END,
        INPUT_HOLD,      INPUT_AD_HOC, INPUT_INJECT_NOW,   INPUT_APPROVE,  INPUT_DELIVERED,
        INPUT_CELL_LINK, INPUT_OPENED, INPUT_ACKNOWLEDGED, INPUT_ANSWERED, INPUT_ORDER,
        INPUT_RFI,       INPUT_NOTE,   INPUT_MARK};
    static const enum output_kind wanted_outputs[] = {
        OUTPUT_REFUSED, OUTPUT_CLOCK, OUTPUT_INJECT, OUTPUT_DELIVERY, OUTPUT_EXPECTATION,
        OUTPUT_MARK,    OUTPUT_NOTE,  OUTPUT_LINK,   OUTPUT_ORDER,    OUTPUT_ACTED,
        OUTPUT_RFI,     OUTPUT_FIRED, OUTPUT_CHANGE, OUTPUT_CAUSE,    OUTPUT_MESSAGE};
    for (size_t i = 0; i < sizeof wanted_inputs / sizeof wanted_inputs[0]; i++) {
        if (inputs[wanted_inputs[i]] == 0) {
            CHECK_FAIL("it has no input '%s'", input_kind_name(wanted_inputs[i]));
        }
    }
    for (size_t i = 0; i < sizeof wanted_outputs / sizeof wanted_outputs[0]; i++) {
        if (outputs[wanted_outputs[i]] == 0) {
            CHECK_FAIL("it has no output '%s'", output_kind_name(wanted_outputs[i]));
        }
    }
    replay_close(&replay);
}
