/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a recording survives any allocation that fails, its own or SQLite's. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/record/sample.h"

/* ---- SQLite's memory, from a source that can run dry. ---- */

static sqlite3_mem_methods memory_real;
static long memory_after = -1;
static bool memory_for_ever;
static bool memory_failed;

static bool memory_fails(void) {
    if (memory_after < 0 || memory_after-- > 0) {
        return false;
    }
    memory_failed = true;
    memory_after = memory_for_ever ? 0 : -1;
    return true;
}

static void *memory_malloc(int bytes_count) {
    return memory_fails() ? NULL : memory_real.xMalloc(bytes_count);
}

static void *memory_realloc(void *bytes, int bytes_count) {
    return memory_fails() ? NULL : memory_real.xRealloc(bytes, bytes_count);
}

static void memory_source(void) {
    if (memory_real.xMalloc != NULL) {
        return;
    }
    CHECK_EQ(sqlite3_shutdown(), SQLITE_OK);
    CHECK_EQ(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory_real), SQLITE_OK);
    sqlite3_mem_methods methods = memory_real;
    methods.xMalloc = memory_malloc;
    methods.xRealloc = memory_realloc;
    CHECK_EQ(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    CHECK_EQ(sqlite3_initialize(), SQLITE_OK);
}

/* Out of memory, SQLite waits for other processes to help. Nobody waits here. */
static int memory_sleep(sqlite3_vfs *vfs, int duration_us) {
    (void)vfs;
    return duration_us;
}

static const char *memory_vfs(void) {
    static sqlite3_vfs vfs;
    if (vfs.zName == NULL) {
        vfs = *sqlite3_vfs_find(NULL);
        vfs.zName = "sleepless";
        vfs.xSleep = memory_sleep;
    }
    CHECK_EQ(sqlite3_vfs_register(&vfs, 0), SQLITE_OK);
    return vfs.zName;
}

static struct spill_error memory_words; /* Of the last opening. */

/* ---- A life of a recording, as far as memory lasts. ---- */

struct memory_life {
    char path[TEMPORARY_PATH_BYTES];
    uint64_t durable;
    bool made;
};

static enum spill_status memory_write(struct memory_life *life) {
    const struct recording_meta meta = sample_meta();
    const struct recording_options options = sample_options(NULL);
    struct recording *recording = NULL;
    enum spill_status status =
        recording_create(life->path, &meta, sample_files, SAMPLE_FILES, &options, &recording, NULL);
    if (status == SPILL_OK) {
        life->made = true;
        sample_append_all(recording, SAMPLE_FIRST, 20);
        status = recording_commit(recording, 0, SAMPLE_UTC_US, &life->durable, NULL);
    }
    if (status == SPILL_OK) {
        sample_append_all(recording, 21, 30);
        status = recording_finish(recording, 0, 0, SAMPLE_UTC_US, NULL);
        life->durable = status == SPILL_OK ? 31 : life->durable;
    }
    recording_close(&recording);
    return status;
}

static enum spill_status memory_read(const struct memory_life *life, enum recording_mode mode) {
    const struct recording_options options = sample_options(memory_vfs());
    struct recording *recording = NULL;
    struct recording_cursor *cursor = NULL;
    struct record record;
    enum spill_status status =
        recording_open(life->path, mode, &options, &recording, &memory_words);
    if (status == SPILL_OK) {
        status = recording_cursor_open(recording, UINT32_MAX, 1, &cursor);
    }
    while (status == SPILL_OK) {
        status = recording_cursor_next(cursor, &record);
    }
    if (status == SPILL_NOT_FOUND && mode == RECORDING_READ) {
        status = recording_follow(recording, NULL);
    }
    recording_cursor_close(&cursor);
    recording_close(&recording);
    return status == SPILL_NOT_FOUND ? SPILL_OK : status;
}

static void memory_ours(long after, bool for_ever) {
    spill_alloc_fail_after(after, for_ever);
}

static void memory_of_sqlite(long after, bool for_ever) {
    memory_source();
    memory_after = after;
    memory_for_ever = for_ever;
    memory_failed = false;
}

/* Out of memory is said so, except where SQLite sees a file that it cannot open. */
static void memory_said(enum spill_status status) {
    if (status != SPILL_MEMORY && status != SPILL_IO) {
        CHECK_FAIL("status %d: %s", (int)status, memory_words.text);
    }
}

static void memory_fail_reading(void (*arm)(long after, bool for_ever), bool for_ever,
                                enum recording_mode mode) {
    struct temporary folder;
    struct memory_life life;
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", life.path);
    sample_write(life.path, 60, 20);
    size_t bytes_count = 0;
    char *const bytes = temporary_read(life.path, &bytes_count);
    bool failed = true;
    for (long after = 0; failed; after += 1 + (mode == RECORDING_RESUME ? after / 16 : 0)) {
        arm(after, for_ever);
        const enum spill_status status = memory_read(&life, mode);
        failed = status != SPILL_OK || memory_failed;
        arm(-1, false);
        if (status != SPILL_OK) {
            memory_said(status);
        }
        if (mode == RECORDING_RESUME) {
            CHECK_OK(memory_read(&life, RECORDING_READ));
            char log[TEMPORARY_PATH_BYTES];
            unlink(temporary_path(&folder, "a.spill-wal", log));
            temporary_write(&folder, "a.spill", bytes, bytes_count);
        }
    }
    CHECK_OK(memory_read(&life, RECORDING_READ));
    free(bytes);
    temporary_destroy(&folder);
}

static void memory_fail_everywhere(void (*arm)(long after, bool for_ever), bool for_ever) {
    bool failed = true;
    /* Each life costs many waits for the disk: of SQLite's many allocations, some. */
    for (long after = 0; failed; after += 1 + after / 16) {
        struct temporary folder;
        struct memory_life life = {.durable = 3};
        temporary_create(&folder);
        temporary_path(&folder, "a.spill", life.path);
        arm(after, for_ever);
        enum spill_status status = memory_write(&life);
        failed = status != SPILL_OK || memory_failed;
        arm(-1, false);
        if (status != SPILL_OK) {
            memory_said(status);
        }
        if (!life.made) {
            CHECK_EQ(rmdir(folder.path), 0);
            CHECK_EQ(mkdir(folder.path, 0700), 0);
        } else {
            struct recording *recording = sample_open(life.path, RECORDING_READ);
            CHECK_LE(life.durable, recording_durable(recording));
            recording_close(&recording);
        }
        temporary_destroy(&folder);
    }
    memory_fail_reading(arm, for_ever, RECORDING_READ);
    memory_fail_reading(arm, for_ever, RECORDING_RESUME);
}

TEST(memory, own_allocation_that_fails_once_is_survived) {
    memory_fail_everywhere(memory_ours, false);
}

TEST(memory, own_allocations_that_all_fail_are_survived) {
    memory_fail_everywhere(memory_ours, true);
}

TEST(memory, allocation_of_sqlite_that_fails_once_is_survived) {
    memory_fail_everywhere(memory_of_sqlite, false);
}

TEST(memory, allocations_of_sqlite_that_all_fail_are_survived) {
    memory_fail_everywhere(memory_of_sqlite, true);
}
