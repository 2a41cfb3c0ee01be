/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that whoever reads along in a recording has the exercise that is recorded, and notices
 * when it is another one. */
#include "coordinator/control/mirror.h"

#include "tests/check.h"
#include "tests/control/play.h"

static enum spill_status follow_all(struct mirror *mirror) {
    size_t count = 1;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && count > 0) {
        status = mirror_follow(mirror, NULL, NULL, &count, NULL);
    }
    return status;
}

/* Read in steps, while it is written and afterwards, it is the same. */
TEST(mirror, exercise_is_the_one_that_is_recorded) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct play play = {0};
    struct mirror *mirror = NULL;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    play_create(&play, path, SPILL_MODEL_REVISION);
    CHECK_OK(mirror_open(path, play.package, play.scenario, &mirror, NULL));
    play_script(&play, 6 * INT64_C(3600000));
    CHECK_OK(follow_all(mirror));
    play_finish(&play);
    mirror_let_go(mirror);
    CHECK_OK(mirror_take_up(mirror, path, NULL));
    CHECK_OK(follow_all(mirror));
    mirror_digest(mirror, digest);
    CHECK_LT(0, mirror_input_count(mirror));
    CHECK_BYTES(digest, sizeof digest, play.digest, sizeof play.digest);
    mirror_close(&mirror);
    play_destroy(&play);
    temporary_destroy(&folder);
}

TEST(mirror, digest_that_is_another_is_noticed) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct play play = {.wrong = PLAY_DIGEST, .wrong_output = 3};
    struct mirror *mirror = NULL;
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    play_create(&play, path, SPILL_MODEL_REVISION);
    play_script(&play, 6 * INT64_C(3600000));
    play_finish(&play);
    CHECK_OK(mirror_open(path, play.package, play.scenario, &mirror, NULL));
    CHECK_EQ(follow_all(mirror), SPILL_CORRUPT);
    mirror_close(&mirror);
    play_destroy(&play);
    temporary_destroy(&folder);
}

TEST(mirror, another_revision_is_refused) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct play play = {0};
    struct mirror *mirror = NULL;
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    play_create(&play, path, SPILL_MODEL_REVISION + 1);
    play_finish(&play);
    CHECK_EQ(mirror_open(path, play.package, play.scenario, &mirror, NULL), SPILL_REVISION);
    play_destroy(&play);
    temporary_destroy(&folder);
}
