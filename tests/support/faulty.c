/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/faulty.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

enum { FAULTY_FILES_MAX = 16, FAULTY_SECTOR_BYTES = 512 };

/* Something done to a file since its last sync. */
struct faulty_change {
    sqlite3_int64 at;
    int bytes_count; /* -1: cut or extended to `at` bytes. */
    uint8_t *bytes;
};

/* A file by its name, as on the platter, and what is on the way to it. */
struct faulty_entry {
    char path[TEMPORARY_PATH_BYTES];
    bool exists;
    uint8_t *bytes;
    size_t bytes_count;
    struct faulty_change *changes;
    size_t change_count;
};

struct faulty_file {
    sqlite3_file base;
    struct faulty_entry *entry; /* NULL: a nameless file. */
    sqlite3_file *real;
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct faulty_entry entries[FAULTY_FILES_MAX];
    long operations;
    long after;
    bool for_ever;
    bool full;
    bool failed;
    void (*before)(void *context);
    void *context;
} faulty = {.after = -1};

static bool faulty_sectors; /* Neighbours of what is written may be lost with it. */

void faulty_set_sectors(bool sectors) {
    faulty_sectors = sectors;
}

static struct faulty_entry *faulty_entry(const char *path, bool make) {
    for (size_t i = 0; i < FAULTY_FILES_MAX; i++) {
        if (strcmp(faulty.entries[i].path, path) == 0) {
            return &faulty.entries[i];
        }
    }
    for (size_t i = 0; make && i < FAULTY_FILES_MAX; i++) {
        if (faulty.entries[i].path[0] == '\0') {
            snprintf(faulty.entries[i].path, TEMPORARY_PATH_BYTES, "%s", path);
            return &faulty.entries[i];
        }
    }
    CHECK(!make);
    return NULL;
}

static void faulty_forget(struct faulty_entry *entry) {
    for (size_t i = 0; i < entry->change_count; i++) {
        free(entry->changes[i].bytes);
    }
    free(entry->changes);
    free(entry->bytes);
    *entry = (struct faulty_entry){.exists = false};
}

static void faulty_resize(uint8_t **bytes, size_t *bytes_count, size_t wanted) {
    *bytes = realloc(*bytes, wanted + 1);
    CHECK(*bytes != NULL);
    if (wanted > *bytes_count) {
        memset(*bytes + *bytes_count, 0, wanted - *bytes_count);
    }
    *bytes_count = wanted;
}

static void faulty_apply(uint8_t **bytes, size_t *bytes_count, const struct faulty_change *change,
                         int written) {
    if (change->bytes_count < 0) {
        faulty_resize(bytes, bytes_count, (size_t)change->at);
        return;
    }
    const size_t end = (size_t)change->at + (size_t)written;
    if (end > *bytes_count) {
        faulty_resize(bytes, bytes_count, end);
    }
    memcpy(*bytes + change->at, change->bytes, (size_t)written);
}

static void faulty_change(struct faulty_entry *entry, sqlite3_int64 at, const void *bytes,
                          int bytes_count) {
    if (entry == NULL) {
        return;
    }
    entry->changes = realloc(entry->changes, (entry->change_count + 1) * sizeof *entry->changes);
    CHECK(entry->changes != NULL);
    struct faulty_change *const change = &entry->changes[entry->change_count++];
    *change = (struct faulty_change){.at = at, .bytes_count = bytes_count};
    if (bytes_count > 0) {
        change->bytes = malloc((size_t)bytes_count);
        CHECK(change->bytes != NULL);
        memcpy(change->bytes, bytes, (size_t)bytes_count);
    }
}

/* Counts an operation; true when it fails. */
static bool faulty_fails(bool sync) {
    if (faulty.before != NULL) {
        faulty.before(faulty.context);
    }
    const long operation = faulty.operations++;
    if (faulty.after < 0 || operation < faulty.after ||
        (operation > faulty.after && !faulty.for_ever) || (sync && faulty.full)) {
        return false;
    }
    faulty.failed = true;
    return true;
}

/* ---- File methods ---- */

static sqlite3_file *faulty_real(sqlite3_file *file) {
    return ((struct faulty_file *)file)->real;
}

static int faulty_close(sqlite3_file *file) {
    return faulty_real(file)->pMethods->xClose(faulty_real(file));
}

static int faulty_read(sqlite3_file *file, void *bytes, int bytes_count, sqlite3_int64 at) {
    return faulty_real(file)->pMethods->xRead(faulty_real(file), bytes, bytes_count, at);
}

static int faulty_write(sqlite3_file *file, const void *bytes, int bytes_count, sqlite3_int64 at) {
    if (faulty_fails(false)) {
        return faulty.full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    faulty_change(((struct faulty_file *)file)->entry, at, bytes, bytes_count);
    return faulty_real(file)->pMethods->xWrite(faulty_real(file), bytes, bytes_count, at);
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size) {
    if (faulty_fails(false)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    faulty_change(((struct faulty_file *)file)->entry, size, NULL, -1);
    return faulty_real(file)->pMethods->xTruncate(faulty_real(file), size);
}

static int faulty_sync(sqlite3_file *file, int flags) {
    (void)flags; /* The platter is made of memory: the system's sync would only cost time. */
    if (faulty_fails(true)) {
        return SQLITE_IOERR_FSYNC;
    }
    struct faulty_entry *const entry = ((struct faulty_file *)file)->entry;
    for (size_t i = 0; entry != NULL && i < entry->change_count; i++) {
        faulty_apply(&entry->bytes, &entry->bytes_count, &entry->changes[i],
                     entry->changes[i].bytes_count);
        free(entry->changes[i].bytes);
    }
    if (entry != NULL) {
        entry->change_count = 0;
    }
    return SQLITE_OK;
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *size) {
    return faulty_real(file)->pMethods->xFileSize(faulty_real(file), size);
}

static int faulty_lock(sqlite3_file *file, int level) {
    return faulty_real(file)->pMethods->xLock(faulty_real(file), level);
}

static int faulty_unlock(sqlite3_file *file, int level) {
    return faulty_real(file)->pMethods->xUnlock(faulty_real(file), level);
}

static int faulty_reserved(sqlite3_file *file, int *reserved) {
    return faulty_real(file)->pMethods->xCheckReservedLock(faulty_real(file), reserved);
}

static int faulty_control(sqlite3_file *file, int operation, void *argument) {
    return faulty_real(file)->pMethods->xFileControl(faulty_real(file), operation, argument);
}

static int faulty_sector(sqlite3_file *file) {
    (void)file;
    return FAULTY_SECTOR_BYTES;
}

static int faulty_characteristics(sqlite3_file *file) {
    (void)file;
    return faulty_sectors ? 0 : SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int faulty_shm_map(sqlite3_file *file, int page, int page_bytes, int extend,
                          void volatile **map) {
    return faulty_real(file)->pMethods->xShmMap(faulty_real(file), page, page_bytes, extend, map);
}

static int faulty_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return faulty_real(file)->pMethods->xShmLock(faulty_real(file), offset, count, flags);
}

static void faulty_shm_barrier(sqlite3_file *file) {
    faulty_real(file)->pMethods->xShmBarrier(faulty_real(file));
}

static int faulty_shm_unmap(sqlite3_file *file, int remove) {
    return faulty_real(file)->pMethods->xShmUnmap(faulty_real(file), remove);
}

static const sqlite3_io_methods faulty_methods = {
    .iVersion = 2,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_reserved,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector,
    .xDeviceCharacteristics = faulty_characteristics,
    .xShmMap = faulty_shm_map,
    .xShmLock = faulty_shm_lock,
    .xShmBarrier = faulty_shm_barrier,
    .xShmUnmap = faulty_shm_unmap,
};

/* ---- The layer ---- */

/* A file that was there before counts as synced. */
static void faulty_load(struct faulty_entry *entry) {
    FILE *const file = fopen(entry->path, "rb");
    entry->exists = true;
    if (file == NULL) {
        return;
    }
    fclose(file);
    entry->bytes = (uint8_t *)temporary_read(entry->path, &entry->bytes_count);
}

static int faulty_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags,
                       int *out_flags) {
    (void)vfs;
    struct faulty_file *const file = (struct faulty_file *)base;
    *file = (struct faulty_file){.real = (sqlite3_file *)(file + 1)};
    if (path != NULL) {
        file->entry = faulty_entry(path, true);
        if (!file->entry->exists) {
            faulty_load(file->entry);
        }
    }
    const int code = faulty.real->xOpen(faulty.real, path, file->real, flags, out_flags);
    file->base.pMethods = code == SQLITE_OK ? &faulty_methods : NULL;
    return code;
}

static int faulty_delete(sqlite3_vfs *vfs, const char *path, int sync) {
    (void)vfs;
    struct faulty_entry *const entry = faulty_entry(path, false);
    if (entry != NULL) {
        faulty_forget(entry);
    }
    return faulty.real->xDelete(faulty.real, path, sync);
}

static int faulty_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    return faulty.real->xAccess(faulty.real, path, flags, result);
}

static int faulty_full_path(sqlite3_vfs *vfs, const char *path, int bytes_count, char *full) {
    (void)vfs;
    return faulty.real->xFullPathname(faulty.real, path, bytes_count, full);
}

static int faulty_randomness(sqlite3_vfs *vfs, int bytes_count, char *bytes) {
    (void)vfs;
    return faulty.real->xRandomness(faulty.real, bytes_count, bytes);
}

static int faulty_sleep(sqlite3_vfs *vfs, int duration_us) {
    (void)vfs;
    return faulty.real->xSleep(faulty.real, duration_us);
}

static int faulty_time(sqlite3_vfs *vfs, double *time) {
    (void)vfs;
    return faulty.real->xCurrentTime(faulty.real, time);
}

static int faulty_error(sqlite3_vfs *vfs, int bytes_count, char *words) {
    (void)vfs;
    return faulty.real->xGetLastError(faulty.real, bytes_count, words);
}

const char *faulty_disk(void) {
    if (faulty.real == NULL) {
        faulty.real = sqlite3_vfs_find(NULL);
        CHECK(faulty.real != NULL);
        faulty.vfs = (sqlite3_vfs){
            .iVersion = 1,
            .szOsFile = (int)sizeof(struct faulty_file) + faulty.real->szOsFile,
            .mxPathname = faulty.real->mxPathname,
            .zName = "faulty",
            .xOpen = faulty_open,
            .xDelete = faulty_delete,
            .xAccess = faulty_access,
            .xFullPathname = faulty_full_path,
            .xRandomness = faulty_randomness,
            .xSleep = faulty_sleep,
            .xCurrentTime = faulty_time,
            .xGetLastError = faulty_error,
        };
        CHECK_EQ(sqlite3_vfs_register(&faulty.vfs, 0), SQLITE_OK);
    }
    return "faulty";
}

void faulty_arm(long after, bool for_ever, bool full) {
    for (size_t i = 0; i < FAULTY_FILES_MAX; i++) {
        faulty_forget(&faulty.entries[i]);
    }
    faulty.operations = 0;
    faulty.failed = false;
    faulty.after = after;
    faulty.for_ever = for_ever;
    faulty.full = full;
    faulty.before = NULL;
}

long faulty_operations(void) {
    return faulty.operations;
}

bool faulty_failed(void) {
    return faulty.failed;
}

void faulty_on_operation(void (*before)(void *context), void *context) {
    faulty.before = before;
    faulty.context = context;
}

static uint64_t faulty_draw(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

bool faulty_platter(const char *from, const char *to, uint64_t seed) {
    const struct faulty_entry *const entry = faulty_entry(from, false);
    if (entry == NULL || !entry->exists) {
        return false;
    }
    uint64_t state = seed;
    uint8_t *bytes = NULL;
    size_t bytes_count = 0;
    faulty_resize(&bytes, &bytes_count, entry->bytes_count);
    if (entry->bytes_count > 0) {
        memcpy(bytes, entry->bytes, entry->bytes_count);
    }
    for (size_t i = 0; seed != 0 && i < entry->change_count; i++) {
        const struct faulty_change *const change = &entry->changes[i];
        const uint64_t chance = faulty_draw(&state) % 4;
        if (chance == 0) {
            continue;
        }
        int written = change->bytes_count;
        if (chance == 1 && written > FAULTY_SECTOR_BYTES) {
            /* The head passed over some of its sectors only. */
            const int sectors = written / FAULTY_SECTOR_BYTES;
            written = (int)(faulty_draw(&state) % (uint64_t)sectors) * FAULTY_SECTOR_BYTES;
        }
        faulty_apply(&bytes, &bytes_count, change, written);
    }
    FILE *const file = fopen(to, "wb");
    CHECK(file != NULL);
    CHECK_EQ(fwrite(bytes, 1, bytes_count, file), bytes_count);
    CHECK_EQ(fclose(file), 0);
    free(bytes);
    return true;
}
