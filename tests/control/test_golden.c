/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that the model still gives what it gave when the golden recording was made. If it does
 * not, and that is meant: raise SPILL_MODEL_REVISION and make the recording anew (CONTRIBUTING.md).
 */
#include "coordinator/control/replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/check.h"

TEST(golden, a_recording_of_this_model_revision_replays_as_it_was) {
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/control/golden/tutorial.spill", getenv("SPILL_SOURCE"));
    struct spill_error error = {0};
    struct replay *replay = NULL;
    const enum spill_status status = replay_open(path, NULL, &replay, &error);
    if (status != SPILL_OK) {
        CHECK_FAIL("%s: %s", path, error.text);
    }
    CHECK_EQ(recording_meta(replay_recording(replay))->model_revision,
             (uint32_t)SPILL_MODEL_REVISION);
    static const int threads[] = {1, 3};
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        struct replay_verdict verdict = {0};
        CHECK_OK(replay_verify(replay, threads[i], &verdict, &error));
        if (!verdict.same) {
            CHECK_FAIL("a trajectory changed; is SPILL_MODEL_REVISION raised? %s", verdict.words);
        }
        CHECK_LT((uint64_t)100, verdict.digest_count);
    }
    replay_close(&replay);
}
