/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that what was told to be durable is there after any failure of the disk, at each of its
 * operations, and after a power cut at each of them. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/record/disk__faulty.h"
#include "tests/record/sample.h"

enum { DISK_RECORDS = 40, DISK_BATCH = 6 };

struct disk {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    uint64_t durable; /* As the recording last told. */
    bool made;        /* recording_create returned. */
    bool finished;
};

static void disk_create(struct disk *disk) {
    *disk = (struct disk){0};
    temporary_create(&disk->folder);
    temporary_path(&disk->folder, "a.spill", disk->path);
}

/* Writes a recording as far as the disk lets it. */
static enum spill_status disk_write(struct disk *disk) {
    const struct recording_meta meta = sample_meta();
    const struct recording_options options = sample_options(faulty_disk());
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    enum spill_status status = recording_create(disk->path, &meta, sample_files, SAMPLE_FILES,
                                                &options, &recording, &error);
    if (status != SPILL_OK) {
        CHECK(error.text[0] != '\0');
        CHECK(recording == NULL);
        return status;
    }
    disk->made = true;
    disk->durable = recording_durable(recording);
    for (uint64_t first = SAMPLE_FIRST; status == SPILL_OK && first < DISK_RECORDS;
         first += DISK_BATCH) {
        sample_append_all(recording, first, first + DISK_BATCH - 1);
        status = recording_commit(recording, (int64_t)first * 1000000, SAMPLE_UTC_US,
                                  &disk->durable, &error);
        if (status == SPILL_OK) {
            CHECK_EQ(disk->durable, first + DISK_BATCH - 1);
        }
        if (first % 4 == 0) {
            recording_checkpoint(recording);
        }
    }
    if (status == SPILL_OK) {
        status = recording_finish(recording, 0, 0, SAMPLE_UTC_US, &error);
        disk->finished = status == SPILL_OK;
        disk->durable = recording_durable(recording);
    }
    CHECK_EQ(recording_durable(recording), disk->durable);
    if (status != SPILL_OK) {
        CHECK_EQ(status, SPILL_IO);
        CHECK(error.text[0] != '\0');
        /* It takes no more, and stays readable. */
        enum spill_status refused = SPILL_OK;
        sample_append(recording, disk->durable + 1, &refused);
        CHECK_EQ(refused, SPILL_IO);
        uint64_t durable = 77;
        CHECK_EQ(recording_commit(recording, 0, 0, &durable, &error), SPILL_IO);
        CHECK_EQ(durable, 77);
        char *const content = sample_content(recording);
        CHECK(strstr(content, "meta") != NULL);
        free(content);
    }
    recording_close(&recording);
    return status;
}

/* Opens what there is at path, and looks whether all that was durable is in it, as it was. */
static void disk_check(const char *path, uint64_t durable) {
    struct recording *recording = sample_open(path, RECORDING_READ);
    CHECK_LE(durable, recording_durable(recording));
    struct recording_cursor *cursor = NULL;
    CHECK_OK(recording_cursor_open(recording, UINT32_MAX, SAMPLE_FIRST, &cursor));
    struct record record;
    while (recording_cursor_next(cursor, &record) == SPILL_OK) {
        uint8_t body[SAMPLE_BODY_BYTES];
        char text[SAMPLE_TEXT_BYTES];
        const struct record written = sample_record(record.sequence, body, text);
        if (record.kind != RECORD_CLOSED) {
            CHECK_EQ(record.kind, written.kind);
            CHECK_BYTES(record.body, record.body_bytes, written.body, written.body_bytes);
        }
    }
    recording_cursor_close(&cursor);
    recording_close(&recording);
}

static void disk_fail_everywhere(bool for_ever, bool full) {
    bool failed = true;
    for (long after = 0; failed; after++) {
        struct disk disk;
        disk_create(&disk);
        faulty_arm(after, for_ever, full);
        const enum spill_status status = disk_write(&disk);
        failed = faulty_failed();
        faulty_arm(-1, false, false);
        if (disk.made) {
            disk_check(disk.path, disk.durable);
        } else {
            CHECK_NE(status, SPILL_OK);
            CHECK_EQ(rmdir(disk.folder.path), 0); /* Nothing is left behind. */
            CHECK_EQ(mkdir(disk.folder.path, 0700), 0);
        }
        temporary_destroy(&disk.folder);
    }
}

TEST(disk, operation_that_fails_once_loses_nothing_acknowledged) {
    disk_fail_everywhere(false, false);
}

TEST(disk, disk_that_breaks_loses_nothing_acknowledged) {
    disk_fail_everywhere(true, false);
}

TEST(disk, full_disk_loses_nothing_acknowledged) {
    disk_fail_everywhere(true, true);
}

/* Takes what is on the platter in front of one operation. */
struct disk_crash {
    struct disk *disk;
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    uint64_t seed;
    uint64_t durable;
    bool made;
    bool happened;
};

static void disk_crash_now(void *context) {
    struct disk_crash *const crash = context;
    char from[TEMPORARY_PATH_BYTES + 8];
    char to[TEMPORARY_PATH_BYTES + 8];
    crash->happened = true;
    crash->durable = crash->disk->durable;
    crash->made = crash->disk->made;
    if (!crash->made) {
        return;
    }
    CHECK(faulty_platter(crash->disk->path, crash->path, crash->seed));
    snprintf(from, sizeof from, "%s-wal", crash->disk->path);
    snprintf(to, sizeof to, "%s-wal", crash->path);
    faulty_platter(from, to, crash->seed);
    snprintf(from, sizeof from, "%s-journal", crash->disk->path);
    snprintf(to, sizeof to, "%s-journal", crash->path);
    faulty_platter(from, to, crash->seed);
}

/* The secrets are no matter of SQLite's. */
static void disk_copy_secrets(const struct disk *disk, const struct disk_crash *crash) {
    static const char *const names[] = {"signing.key", "salt.key"};
    char path[TEMPORARY_PATH_BYTES];
    CHECK_EQ(mkdir(temporary_path(&crash->folder, "a.spill.secrets", path), 0700), 0);
    for (size_t i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "a.spill.secrets/%s", names[i]);
        size_t bytes_count = 0;
        char *const bytes = temporary_read(temporary_path(&disk->folder, name, path), &bytes_count);
        temporary_write(&crash->folder, name, bytes, bytes_count);
        free(bytes);
    }
}

/* Whoever finds such a recording goes on with it. */
static void disk_resume(const struct disk *disk, const struct disk_crash *crash) {
    disk_copy_secrets(disk, crash);
    struct recording *recording = sample_open(crash->path, RECORDING_RESUME);
    const uint64_t first = recording_durable(recording) + 1;
    CHECK_LE(crash->durable + 2, first);
    sample_append_all(recording, first, first + 9);
    sample_commit(recording, first + 9);
    sample_finish(recording, first + 9);
    recording_close(&recording);
    recording = sample_open(crash->path, RECORDING_READ);
    CHECK_EQ(recording_durable(recording), first + 10);
    recording_close(&recording);
}

TEST(disk, power_cut_anywhere_loses_nothing_acknowledged) {
    bool happened = true;
    size_t cuts = 0;
    for (long at = 0; happened; at++) {
        for (uint64_t seed = 0; seed < 4; seed++) {
            struct disk disk;
            struct disk_crash crash = {.disk = &disk, .seed = seed};
            disk_create(&disk);
            temporary_create(&crash.folder);
            temporary_path(&crash.folder, "a.spill", crash.path);
            faulty_arm(-1, false, false);
            faulty_on_operation(at, disk_crash_now, &crash);
            CHECK_OK(disk_write(&disk));
            happened = crash.happened;
            if (crash.made) {
                disk_check(crash.path, crash.durable);
                if (seed == (uint64_t)at % 4) {
                    disk_resume(&disk, &crash);
                }
                cuts++;
            }
            temporary_destroy(&crash.folder);
            temporary_destroy(&disk.folder);
        }
    }
    printf("%zu power cuts\n", cuts);
    CHECK_LT((size_t)40, cuts);
}

TEST(disk, first_records_survive_a_power_cut_behind_create) {
    struct disk disk;
    disk_create(&disk);
    faulty_arm(-1, false, false);
    struct recording *recording = sample_create(disk.path, faulty_disk());
    char path[TEMPORARY_PATH_BYTES];
    CHECK(faulty_platter(disk.path, temporary_path(&disk.folder, "b.spill", path), 0));
    disk_check(path, 3);
    recording_close(&recording);
    temporary_destroy(&disk.folder);
}
