/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that what was told to be durable is there after any failure of the disk, at each of its
 * operations, and after a power cut at each of them. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/faulty.h"
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

/* What the power would leave if it went in front of each operation. */
enum { DISK_CUTS_MAX = 1024, DISK_SEEDS = 4 };

struct disk_cut {
    uint64_t durable; /* As told by then. */
    bool made;
};

struct disk_cuts {
    const struct disk *disk;
    struct temporary folder; /* a-N-SEED, a-N-SEED-wal … */
    struct disk_cut cuts[DISK_CUTS_MAX];
    size_t count;
};

static char *disk_cut_path(const struct disk_cuts *cuts, size_t at, uint64_t seed,
                           char path[TEMPORARY_PATH_BYTES]) {
    char name[64];
    snprintf(name, sizeof name, "a-%zu-%d", at, (int)seed);
    return temporary_path(&cuts->folder, name, path);
}

static void disk_cut(void *context) {
    static const char *const ends[] = {"", "-wal", "-journal"};
    struct disk_cuts *const cuts = context;
    CHECK_LT(cuts->count, (size_t)DISK_CUTS_MAX);
    const size_t at = cuts->count++;
    cuts->cuts[at] = (struct disk_cut){.durable = cuts->disk->durable, .made = cuts->disk->made};
    for (uint64_t seed = 0; cuts->disk->made && seed < DISK_SEEDS; seed++) {
        char path[TEMPORARY_PATH_BYTES];
        disk_cut_path(cuts, at, seed, path);
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            char from[TEMPORARY_PATH_BYTES + 16];
            char to[TEMPORARY_PATH_BYTES + 16];
            snprintf(from, sizeof from, "%s%s", cuts->disk->path, ends[i]);
            snprintf(to, sizeof to, "%s%s", path, ends[i]);
            faulty_platter(from, to, seed == 0 ? 0 : seed + DISK_SEEDS * at);
        }
    }
}

/* The secrets are no matter of SQLite's. */
static void disk_copy_secrets(const struct disk *disk, const char *path) {
    static const char *const names[] = {"signing.key", "salt.key"};
    char from[2 * TEMPORARY_PATH_BYTES];
    char to[2 * TEMPORARY_PATH_BYTES];
    snprintf(to, sizeof to, "%s.secrets", path);
    CHECK_EQ(mkdir(to, 0700), 0);
    for (size_t i = 0; i < 2; i++) {
        size_t bytes_count = 0;
        snprintf(from, sizeof from, "%s.secrets/%s", disk->path, names[i]);
        snprintf(to, sizeof to, "%s.secrets/%s", path, names[i]);
        char *const bytes = temporary_read(from, &bytes_count);
        FILE *const file = fopen(to, "wb");
        CHECK(file != NULL);
        CHECK_EQ(fwrite(bytes, 1, bytes_count, file), bytes_count);
        fclose(file);
        free(bytes);
    }
}

/* Whoever finds such a recording goes on with it. */
static void disk_resume(const struct disk *disk, const char *path, uint64_t durable) {
    disk_copy_secrets(disk, path);
    struct recording *recording = sample_open(path, RECORDING_RESUME);
    const uint64_t first = recording_durable(recording) + 1;
    CHECK_LE(durable + 2, first);
    sample_append_all(recording, first, first + 9);
    sample_commit(recording, first + 9);
    sample_finish(recording, first + 9);
    recording_close(&recording);
    recording = sample_open(path, RECORDING_READ);
    CHECK_EQ(recording_durable(recording), first + 10);
    recording_close(&recording);
}

static void disk_cut_everywhere(void) {
    static struct disk_cuts cuts;
    struct disk disk;
    cuts.count = 0;
    disk_create(&disk);
    temporary_create(&cuts.folder);
    cuts.disk = &disk;
    faulty_arm(-1, false, false);
    faulty_on_operation(disk_cut, &cuts);
    CHECK_OK(disk_write(&disk));
    disk_cut(&cuts); /* And behind the last one. */
    faulty_arm(-1, false, false);
    size_t checked = 0;
    for (size_t at = 0; at < cuts.count; at++) {
        for (uint64_t seed = 0; cuts.cuts[at].made && seed < DISK_SEEDS; seed++) {
            char path[TEMPORARY_PATH_BYTES];
            disk_cut_path(&cuts, at, seed, path);
            disk_check(path, cuts.cuts[at].durable);
            if (seed == at % DISK_SEEDS) {
                disk_resume(&disk, path, cuts.cuts[at].durable);
            }
            checked++;
        }
    }
    printf("%zu power cuts\n", checked);
    CHECK_LT((size_t)100, checked);
    temporary_destroy(&cuts.folder);
    temporary_destroy(&disk.folder);
}

TEST(disk, power_cut_anywhere_loses_nothing_acknowledged) {
    disk_cut_everywhere();
}

TEST(disk, power_cut_that_takes_whole_sectors_loses_nothing_acknowledged) {
    faulty_set_sectors(true);
    disk_cut_everywhere();
    faulty_set_sectors(false);
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
