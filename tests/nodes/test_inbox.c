/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that what an inbox called durable is there after a kill, a failing disk and a power cut at
 * any moment, that rot is found and named, and that an inbox belongs to one cell of one exercise.
 */
#include "nodes/inbox.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/nodes/sample.h"
#include "tests/support/faulty.h"
#include "tests/support/temporary.h"
#include "tests/support/victim.h"

enum { KILL_ROUNDS = 25, DISK_ROUNDS = 6, POWER_SEEDS = 2 };

/* Sanitized programs are ten times slower, and meet the same bytes: they look at fewer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(SPILL_PLAIN_RUNNER)
enum { ROT_STEP = 31 };
#else
enum { ROT_STEP = 5 };
#endif

struct place {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
};

static void place_create(struct place *place) {
    temporary_create(&place->folder);
    temporary_path(&place->folder, "a.inbox", place->path);
}

static struct inbox *open_inbox_on(const char *path, const char *vfs) {
    const struct inbox_options options = sample_options(path, vfs);
    struct inbox *inbox = NULL;
    struct spill_error error = {{0}};
    if (inbox_open(&options, &inbox, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return inbox;
}

static struct inbox *open_inbox(const char *path) {
    return open_inbox_on(path, NULL);
}

static void append(struct inbox *inbox, size_t count) {
    for (size_t i = 0; i < count; i++) {
        CHECK_OK(sample_append(inbox, INBOX_RECEIVED, NULL));
        CHECK_OK(sample_append(inbox, INBOX_SENT, NULL));
        CHECK_OK(sample_append(inbox, INBOX_TURNS, NULL));
    }
}

/* Everything in it is what was put in. */
static void check_content(struct inbox *inbox) {
    static uint8_t bytes[FRAME_MESSAGE_BYTES_MAX];
    uint8_t wanted[SAMPLE_BYTES];
    for (unsigned which = 0; which < INBOX_LOG_COUNT; which++) {
        const enum inbox_log log = (enum inbox_log)which;
        struct frame_position position = {0};
        const uint64_t last = inbox_position(inbox, log).sequence;
        for (uint64_t i = 1; i <= last; i++) {
            size_t size_bytes = 0;
            uint8_t head[FRAME_HEAD_BYTES];
            CHECK_OK(inbox_read(inbox, log, i, bytes, &size_bytes, NULL));
            CHECK_BYTES(bytes, size_bytes, wanted, sample_message(log, i, wanted));
            frame_position_next(&position, bytes, size_bytes);
            CHECK_OK(inbox_head(inbox, log, i, head, NULL));
            CHECK_BYTES(head, sizeof head, position.head, sizeof position.head);
        }
        const struct frame_position now = inbox_position(inbox, log);
        CHECK(frame_position_equal(&now, &position));
        size_t size_bytes = 0;
        CHECK_EQ(inbox_read(inbox, log, last + 1, bytes, &size_bytes, NULL), SPILL_NOT_FOUND);
    }
}

TEST(inbox, what_is_committed_is_there_again_and_nothing_else) {
    struct place place;
    place_create(&place);
    struct inbox *inbox = open_inbox(place.path);
    CHECK_EQ(inbox_boot(inbox), SAMPLE_BOOT);
    CHECK_EQ(inbox_kept(inbox).epoch, 0);
    append(inbox, 30);
    CHECK_EQ(inbox_durable(inbox, INBOX_RECEIVED).position.sequence, 0);
    struct stream_kept kept = {.epoch = 3, .start = 8};
    memcpy(kept.exercise, sample_exercise, sizeof kept.exercise);
    inbox_keep(inbox, &kept);
    inbox_acknowledge(inbox, 17);
    inbox_acknowledge(inbox, 11);
    CHECK_EQ(inbox_acknowledged(inbox), 0);
    CHECK_EQ(inbox_kept(inbox).epoch, 0);
    CHECK_OK(inbox_commit(inbox, NULL));
    CHECK_EQ(inbox_durable(inbox, INBOX_SENT).position.sequence, 30);
    append(inbox, 5);
    check_content(inbox);
    inbox_close(&inbox);
    inbox = open_inbox(place.path);
    CHECK_EQ(inbox_boot(inbox), SAMPLE_BOOT + 1);
    CHECK_EQ(inbox_durable(inbox, INBOX_RECEIVED).position.sequence, 30);
    CHECK_EQ(inbox_kept(inbox).epoch, 3);
    CHECK_EQ(inbox_kept(inbox).start, 8);
    CHECK_EQ(inbox_acknowledged(inbox), 17);
    check_content(inbox);
    inbox_close(&inbox);
    temporary_destroy(&place.folder);
}

TEST(inbox, a_message_has_a_longest) {
    struct place place;
    place_create(&place);
    struct inbox *inbox = open_inbox(place.path);
    uint8_t *const bytes = calloc(FRAME_MESSAGE_BYTES_MAX + 1, 1);
    CHECK_EQ(inbox_append(inbox, INBOX_RECEIVED, bytes, FRAME_MESSAGE_BYTES_MAX + 1, NULL, NULL),
             SPILL_LIMIT);
    CHECK_OK(inbox_append(inbox, INBOX_RECEIVED, bytes, FRAME_MESSAGE_BYTES_MAX, NULL, NULL));
    CHECK_OK(inbox_commit(inbox, NULL));
    inbox_close(&inbox);
    inbox = open_inbox(place.path);
    CHECK_EQ(inbox_durable(inbox, INBOX_RECEIVED).position.sequence, 1);
    inbox_close(&inbox);
    free(bytes);
    temporary_destroy(&place.folder);
}

TEST(inbox, an_empty_log_may_begin_later) {
    struct place place;
    place_create(&place);
    struct inbox *inbox = open_inbox(place.path);
    const struct frame_position later = {.sequence = 41, .head = {7}};
    struct frame_position position = {0};
    uint8_t head[FRAME_HEAD_BYTES];
    CHECK_OK(inbox_adopt(inbox, &later));
    CHECK_OK(inbox_append(inbox, INBOX_SENT, (const uint8_t *)"a", 1, &position, NULL));
    CHECK_EQ(position.sequence, 42);
    CHECK_EQ(inbox_adopt(inbox, &later), SPILL_EXISTS);
    CHECK_OK(inbox_commit(inbox, NULL));
    inbox_close(&inbox);
    inbox = open_inbox(place.path);
    const struct frame_position found = inbox_durable(inbox, INBOX_SENT).position;
    CHECK(frame_position_equal(&found, &position));
    CHECK_OK(inbox_head(inbox, INBOX_SENT, 41, head, NULL));
    CHECK_BYTES(head, sizeof head, later.head, sizeof later.head);
    CHECK_EQ(inbox_acknowledged(inbox), 41);
    inbox_close(&inbox);
    temporary_destroy(&place.folder);
}

static void check_refused(const struct inbox_options *options, enum spill_status status,
                          const char *words) {
    struct inbox *inbox = NULL;
    struct spill_error error = {{0}};
    CHECK_EQ(inbox_open(options, &inbox, &error), status);
    CHECK(inbox == NULL);
    CHECK(strstr(error.text, "a.inbox: ") != NULL);
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("%s", error.text);
    }
}

TEST(inbox, an_inbox_is_of_one_cell_in_one_exercise_and_one_process) {
    struct place place;
    place_create(&place);
    struct inbox *inbox = open_inbox(place.path);
    struct inbox_options options = sample_options(place.path, NULL);
    check_refused(&options, SPILL_REFUSED, "another process has this inbox");
    inbox_close(&inbox);
    options.cell = "nl-grid";
    check_refused(&options, SPILL_REFUSED, "the inbox of cell 'nl-csirt', not of 'nl-grid'");
    options = sample_options(place.path, NULL);
    uint8_t other[FRAME_EXERCISE_BYTES] = {1};
    options.exercise = other;
    check_refused(&options, SPILL_REFUSED, "another exercise, 616e2065786572636973652030303031");
    options.exercise = NULL;
    CHECK_OK(inbox_open(&options, &inbox, NULL));
    CHECK_EQ(inbox_boot(inbox), SAMPLE_BOOT + 1); /* Who was refused did not count. */
    inbox_close(&inbox);
    temporary_destroy(&place.folder);
}

static void execute(const char *path, const char *sql) {
    sqlite3 *database = NULL;
    CHECK_EQ(sqlite3_open(path, &database), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_close(database), SQLITE_OK);
}

TEST(inbox, whatever_was_changed_is_named) {
    static const struct {
        const char *sql;
        enum spill_status status;
        const char *words;
    } cases[] = {
        {"UPDATE received SET bytes = x'00' WHERE sequence = 3", SPILL_CORRUPT,
         "received message 3 is not what was written"},
        {"UPDATE sent SET head = zeroblob(32) WHERE sequence = 4", SPILL_CORRUPT,
         "sent message 4 is not what was written"},
        {"DELETE FROM turns WHERE sequence = 5", SPILL_CORRUPT, "turns message 5 is missing"},
        {"DELETE FROM received WHERE sequence >= 8", SPILL_CORRUPT,
         "received messages end at 7 and not at 10"},
        {"UPDATE standing SET boot = 3", SPILL_CORRUPT, "its standing is not what was written"},
        {"UPDATE standing SET acknowledged = 0", SPILL_CORRUPT, "its standing is not what"},
        {"DELETE FROM standing", SPILL_CORRUPT, "its standing is not what was written"},
        {"CREATE TABLE more(a)", SPILL_CORRUPT, "the definition of its tables was changed"},
        {"PRAGMA application_id = 5", SPILL_INVALID, "not an inbox of Spillover"},
        {"PRAGMA user_version = 2", SPILL_REVISION, "inbox format 2; this program reads 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct place place;
        place_create(&place);
        struct inbox *inbox = open_inbox(place.path);
        append(inbox, 10);
        inbox_acknowledge(inbox, 2);
        CHECK_OK(inbox_commit(inbox, NULL));
        inbox_close(&inbox);
        execute(place.path, cases[i].sql);
        const struct inbox_options options = sample_options(place.path, NULL);
        check_refused(&options, cases[i].status, cases[i].words);
        temporary_destroy(&place.folder);
    }
}

TEST(inbox, a_byte_that_rots_is_found_or_harmless) {
    struct place place;
    place_create(&place);
    struct inbox *inbox = open_inbox(place.path);
    append(inbox, 10);
    CHECK_OK(inbox_commit(inbox, NULL));
    inbox_close(&inbox);
    size_t bytes_count = 0;
    char *const bytes = temporary_read(place.path, &bytes_count);
    char *const rotten = malloc(bytes_count);
    size_t found = 0;
    for (size_t at = 0; at < bytes_count; at += ROT_STEP) {
        memcpy(rotten, bytes, bytes_count);
        rotten[at] = (char)(rotten[at] ^ (1 << at % 8));
        temporary_write(&place.folder, "b.inbox", rotten, bytes_count);
        char path[TEMPORARY_PATH_BYTES];
        const struct inbox_options options =
            sample_options(temporary_path(&place.folder, "b.inbox", path), faulty_disk());
        faulty_arm(-1, false, false); /* A disk that syncs at once. */
        struct spill_error error = {{0}};
        if (inbox_open(&options, &inbox, &error) != SPILL_OK) {
            CHECK(strstr(error.text, "b.inbox: ") != NULL);
            found++;
        } else {
            CHECK_EQ(inbox_boot(inbox), SAMPLE_BOOT + 1);
            CHECK_EQ(inbox_position(inbox, INBOX_RECEIVED).sequence, 10);
            check_content(inbox);
            inbox_close(&inbox);
        }
        unlink(path);
    }
    CHECK_LE(bytes_count / ROT_STEP / 8, found);
    free(rotten);
    free(bytes);
    temporary_destroy(&place.folder);
}

/* ---- Disks that fail ---- */

/* A life of an inbox, as far as the disk lets it; what it called durable. */
static enum spill_status live(const char *path, uint64_t *durable, uint32_t *boot) {
    const struct inbox_options options = sample_options(path, faulty_disk());
    struct inbox *inbox = NULL;
    struct spill_error error = {{0}};
    enum spill_status status = inbox_open(&options, &inbox, &error);
    if (status != SPILL_OK) {
        CHECK(error.text[0] != '\0');
        return status;
    }
    *boot = inbox_boot(inbox);
    for (size_t i = 0; i < DISK_ROUNDS && status == SPILL_OK; i++) {
        for (size_t j = 0; j <= i && status == SPILL_OK; j++) {
            status = sample_append(inbox, INBOX_RECEIVED, &error);
            status = status == SPILL_OK ? sample_append(inbox, INBOX_SENT, &error) : status;
        }
        status = status == SPILL_OK ? inbox_commit(inbox, &error) : status;
        *durable = inbox_durable(inbox, INBOX_RECEIVED).position.sequence;
    }
    if (status != SPILL_OK) {
        CHECK_EQ(status, SPILL_IO);
        CHECK_EQ(sample_append(inbox, INBOX_RECEIVED, &error), SPILL_IO);
        CHECK_EQ(inbox_commit(inbox, &error), SPILL_IO);
        CHECK_EQ(inbox_durable(inbox, INBOX_RECEIVED).position.sequence, *durable);
    }
    inbox_close(&inbox);
    return status;
}

static void check_kept(const char *path, const char *vfs, uint64_t durable, uint32_t boot) {
    struct inbox *inbox = open_inbox_on(path, vfs);
    CHECK_LE(durable, inbox_position(inbox, INBOX_RECEIVED).sequence);
    if (boot > 0) {
        CHECK_LT(boot, inbox_boot(inbox));
    }
    check_content(inbox);
    inbox_close(&inbox);
}

/* The disk fails at each of its operations in turn, once or for ever; and the power at each. */
static void check_disk(bool for_ever, bool full) {
    bool failed = true;
    for (long after = 0; failed; after++) {
        struct place place;
        uint64_t durable = 0;
        uint32_t boot = 0;
        place_create(&place);
        faulty_disk();
        faulty_arm(after, for_ever, full);
        const enum spill_status status = live(place.path, &durable, &boot);
        failed = faulty_failed();
        CHECK(failed || status == SPILL_OK);
        faulty_arm(-1, false, false);
        check_kept(place.path, faulty_disk(), durable, boot);
        temporary_destroy(&place.folder);
    }
}

TEST(inbox, a_disk_that_fails_once_loses_nothing_durable) {
    check_disk(false, false);
}

TEST(inbox, a_disk_that_fails_for_ever_loses_nothing_durable) {
    check_disk(true, false);
}

TEST(inbox, a_full_disk_loses_nothing_durable) {
    check_disk(true, true);
}

TEST(inbox, a_power_cut_at_any_moment_loses_nothing_durable) {
    bool failed = true;
    for (long after = 0; failed; after++) {
        struct place place;
        char cut[TEMPORARY_PATH_BYTES];
        char log[TEMPORARY_PATH_BYTES];
        char cut_log[TEMPORARY_PATH_BYTES];
        uint64_t durable = 0;
        uint32_t boot = 0;
        place_create(&place);
        temporary_path(&place.folder, "a.inbox-wal", log);
        temporary_path(&place.folder, "b.inbox", cut);
        temporary_path(&place.folder, "b.inbox-wal", cut_log);
        faulty_disk();
        faulty_arm(after, true, false);
        (void)live(place.path, &durable, &boot);
        failed = faulty_failed();
        for (uint64_t seed = 0; seed < POWER_SEEDS; seed++) {
            unlink(cut);
            unlink(cut_log);
            if (faulty_platter(place.path, cut, seed)) {
                (void)faulty_platter(log, cut_log, seed);
                check_kept(cut, NULL, durable, boot);
            }
        }
        faulty_arm(-1, false, false);
        temporary_destroy(&place.folder);
    }
}

TEST(inbox, a_killed_node_loses_nothing_that_it_called_durable) {
    struct place place;
    uint64_t durable = 0;
    uint32_t boot = 0;
    place_create(&place);
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        struct victim victim;
        victim_start(&victim, "nodes/child_inbox", place.path, round + 1);
        const uint64_t wanted = durable + 1 + round * 7 % 50;
        while (victim.told < wanted) {
            CHECK(victim_read(&victim));
        }
        /* Not always right behind a commit. */
        const struct timespec some = {.tv_nsec = (long)(round % 8) * 150000};
        nanosleep(&some, NULL);
        victim_kill(&victim);
        struct inbox *inbox = open_inbox(place.path);
        CHECK_LE(victim.told, inbox_position(inbox, INBOX_RECEIVED).sequence);
        CHECK_LT(boot + 1, inbox_boot(inbox)); /* The victim's start counted too. */
        durable = inbox_position(inbox, INBOX_RECEIVED).sequence;
        boot = inbox_boot(inbox);
        check_content(inbox);
        inbox_close(&inbox);
    }
    temporary_destroy(&place.folder);
}

TEST(inbox, an_inbox_that_finds_no_memory_is_not_opened) {
    struct place place;
    place_create(&place);
    const struct inbox_options options = sample_options(place.path, NULL);
    struct inbox *inbox = NULL;
    spill_alloc_fail_after(0, false);
    CHECK_EQ(inbox_open(&options, &inbox, NULL), SPILL_MEMORY);
    spill_alloc_fail_after(-1, false);
    CHECK(inbox == NULL);
    temporary_destroy(&place.folder);
}
