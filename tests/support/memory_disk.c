/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/memory_disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEMORY_DISK_FILES_MAX = 64,
    MEMORY_DISK_PATH_BYTES = 512,
    MEMORY_DISK_OWNERS_MAX = 16, /* Prefixes that were ever cut. */
    MEMORY_DISK_SHARED_MAX = 64, /* Regions of a write-ahead log's index. */
    MEMORY_DISK_SECTOR_BYTES = 512,
};

struct memory_bytes {
    uint8_t *bytes;
    size_t size_bytes;
    size_t capacity_bytes;
};

/* Something done to a file since its last sync. */
struct memory_change {
    sqlite3_int64 at;
    size_t size_bytes;
    size_t offset_bytes; /* In the entry's `written`. */
    bool cut;            /* Cut or extended to `at` bytes. */
};

struct memory_entry {
    char path[MEMORY_DISK_PATH_BYTES];
    struct memory_bytes now;     /* As it is read. */
    struct memory_bytes platter; /* As it was at the last sync. */
    struct memory_bytes written; /* What the changes wrote. */
    struct memory_change *changes;
    size_t change_count, change_capacity;
};

struct memory_owner {
    char prefix[MEMORY_DISK_PATH_BYTES];
    uint64_t left; /* Operations until the power goes; UINT64_MAX: it stays. */
    bool dead;
    unsigned life; /* How often it came back. */
};

struct memory_file {
    sqlite3_file base;
    struct memory_entry *entry;
    struct memory_owner *owner; /* NULL: nobody's. */
    unsigned life;
    unsigned forgotten;
    void *shared[MEMORY_DISK_SHARED_MAX];
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct memory_entry entries[MEMORY_DISK_FILES_MAX];
    struct memory_owner owners[MEMORY_DISK_OWNERS_MAX];
    unsigned forgotten; /* How often. */
    bool lies;
} memory;

/* ---- Bytes ---- */

static void memory_resize(struct memory_bytes *to, size_t size_bytes) {
    if (size_bytes > to->capacity_bytes) {
        const size_t wanted_bytes = size_bytes * 2 + 4096;
        to->bytes = realloc(to->bytes, wanted_bytes);
        SPILL_ASSERT(to->bytes != NULL);
        to->capacity_bytes = wanted_bytes;
    }
    if (size_bytes > to->size_bytes) {
        memset(to->bytes + to->size_bytes, 0, size_bytes - to->size_bytes);
    }
    to->size_bytes = size_bytes;
}

static void memory_put(struct memory_bytes *to, size_t at, const void *bytes, size_t size_bytes) {
    if (at + size_bytes > to->size_bytes) {
        memory_resize(to, at + size_bytes);
    }
    memcpy(to->bytes + at, bytes, size_bytes);
}

static void memory_copy(struct memory_bytes *to, const struct memory_bytes *from) {
    memory_resize(to, 0);
    if (from->size_bytes > 0) {
        memory_put(to, 0, from->bytes, from->size_bytes);
    }
}

/* ---- Entries ---- */

static struct memory_entry *memory_find(const char *path) {
    for (size_t i = 0; i < MEMORY_DISK_FILES_MAX; i++) {
        if (strcmp(memory.entries[i].path, path) == 0) {
            return &memory.entries[i];
        }
    }
    return NULL;
}

static void memory_load(struct memory_entry *entry) {
    FILE *const file = fopen(entry->path, "rb");
    if (file == NULL) {
        return;
    }
    uint8_t bytes[65536];
    for (size_t got = 0; (got = fread(bytes, 1, sizeof bytes, file)) > 0;) {
        memory_put(&entry->platter, entry->platter.size_bytes, bytes, got);
    }
    fclose(file);
    memory_copy(&entry->now, &entry->platter);
}

static struct memory_entry *memory_make(const char *path) {
    struct memory_entry *const entry = memory_find("");
    SPILL_ASSERT(entry != NULL);
    SPILL_ASSERT(strlen(path) < sizeof entry->path);
    snprintf(entry->path, sizeof entry->path, "%s", path);
    memory_load(entry);
    return entry;
}

static void memory_erase(struct memory_entry *entry) {
    entry->path[0] = '\0';
    memory_resize(&entry->now, 0);
    memory_resize(&entry->platter, 0);
    memory_resize(&entry->written, 0);
    entry->change_count = 0;
}

static void memory_change(struct memory_entry *entry, const struct memory_change *change,
                          const void *bytes) {
    if (entry->change_count == entry->change_capacity) {
        entry->change_capacity = entry->change_capacity * 2 + 64;
        entry->changes = realloc(entry->changes, entry->change_capacity * sizeof *entry->changes);
        SPILL_ASSERT(entry->changes != NULL);
    }
    struct memory_change *const kept = &entry->changes[entry->change_count++];
    *kept = *change;
    kept->offset_bytes = entry->written.size_bytes;
    if (bytes != NULL) {
        memory_put(&entry->written, kept->offset_bytes, bytes, change->size_bytes);
    }
}

static void memory_apply(struct memory_entry *entry, const struct memory_change *change,
                         size_t size_bytes) {
    if (change->cut) {
        memory_resize(&entry->platter, (size_t)change->at);
    } else {
        memory_put(&entry->platter, (size_t)change->at, entry->written.bytes + change->offset_bytes,
                   size_bytes);
    }
}

static void memory_settle(struct memory_entry *entry) {
    entry->change_count = 0;
    memory_resize(&entry->written, 0);
}

/* ---- Power ---- */

static struct memory_owner *memory_owner(const char *path) {
    for (size_t i = 0; i < MEMORY_DISK_OWNERS_MAX; i++) {
        struct memory_owner *const owner = &memory.owners[i];
        if (owner->prefix[0] != '\0' && strncmp(path, owner->prefix, strlen(owner->prefix)) == 0) {
            return owner;
        }
    }
    return NULL;
}

static struct memory_owner *memory_owner_make(const char *prefix) {
    struct memory_owner *owner = memory_owner(prefix);
    for (size_t i = 0; owner == NULL && i < MEMORY_DISK_OWNERS_MAX; i++) {
        if (memory.owners[i].prefix[0] == '\0') {
            owner = &memory.owners[i];
            *owner = (struct memory_owner){.left = UINT64_MAX};
            snprintf(owner->prefix, sizeof owner->prefix, "%s", prefix);
        }
    }
    SPILL_ASSERT(owner != NULL);
    return owner;
}

static bool memory_is_dead(const struct memory_file *file) {
    return file->forgotten != memory.forgotten ||
           (file->owner != NULL && (file->owner->dead || file->owner->life != file->life));
}

/* Counts an operation; true: there is no power for it. */
static bool memory_fails(struct memory_file *file) {
    if (memory_is_dead(file)) {
        return true;
    }
    if (file->owner != NULL && file->owner->left != UINT64_MAX && file->owner->left-- == 0) {
        file->owner->left = UINT64_MAX;
        file->owner->dead = true;
    }
    return memory_is_dead(file);
}

void memory_disk_cut(const char *prefix, uint64_t after) {
    struct memory_owner *const owner = memory_owner_make(prefix);
    SPILL_ASSERT(after < UINT64_MAX);
    owner->left = after == 0 ? UINT64_MAX : after;
    owner->dead = owner->dead || after == 0;
}

void memory_disk_spare(const char *prefix) {
    memory_owner_make(prefix)->left = UINT64_MAX;
}

bool memory_disk_is_cut(const char *prefix) {
    return memory_owner_make(prefix)->dead;
}

static uint64_t memory_draw(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void memory_mend(struct memory_entry *entry, uint64_t *state) {
    for (size_t i = 0; *state != 0 && i < entry->change_count; i++) {
        const struct memory_change *const change = &entry->changes[i];
        const uint64_t chance = memory_draw(state) % 4;
        size_t size_bytes = change->size_bytes;
        if (chance == 0) {
            continue;
        }
        if (chance == 1 && size_bytes > MEMORY_DISK_SECTOR_BYTES) {
            /* Some of its sectors only. */
            size_bytes = memory_draw(state) % (size_bytes / MEMORY_DISK_SECTOR_BYTES) *
                         MEMORY_DISK_SECTOR_BYTES;
        }
        memory_apply(entry, change, size_bytes);
    }
    memory_settle(entry);
    memory_copy(&entry->now, &entry->platter);
}

void memory_disk_mend(const char *prefix, uint64_t seed) {
    struct memory_owner *const owner = memory_owner_make(prefix);
    owner->dead = false;
    owner->left = UINT64_MAX;
    owner->life++;
    uint64_t state = seed;
    for (size_t i = 0; i < MEMORY_DISK_FILES_MAX; i++) {
        struct memory_entry *const entry = &memory.entries[i];
        if (entry->path[0] != '\0' && strncmp(entry->path, prefix, strlen(prefix)) == 0) {
            memory_mend(entry, &state);
        }
    }
}

void memory_disk_forget(void) {
    for (size_t i = 0; i < MEMORY_DISK_FILES_MAX; i++) {
        memory_erase(&memory.entries[i]);
    }
    memset(memory.owners, 0, sizeof memory.owners);
    memory.forgotten++;
    memory.lies = false;
}

void memory_disk_lie(bool lies) {
    memory.lies = lies;
}

const uint8_t *memory_disk_bytes(const char *path, size_t *size_bytes) {
    const struct memory_entry *const entry = memory_find(path);
    if (entry == NULL) {
        return NULL;
    }
    *size_bytes = entry->now.size_bytes;
    return entry->now.bytes;
}

/* ---- File methods ---- */

static int memory_file_unmap(sqlite3_file *base, int remove) {
    (void)remove;
    struct memory_file *const file = (struct memory_file *)base;
    for (size_t i = 0; i < MEMORY_DISK_SHARED_MAX; i++) {
        free(file->shared[i]);
        file->shared[i] = NULL;
    }
    return SQLITE_OK;
}

static int memory_file_close(sqlite3_file *base) {
    return memory_file_unmap(base, 0);
}

static int memory_file_read(sqlite3_file *base, void *bytes, int size_bytes, sqlite3_int64 at) {
    struct memory_file *const file = (struct memory_file *)base;
    if (memory_is_dead(file)) {
        return SQLITE_IOERR_READ;
    }
    const struct memory_bytes *const now = &file->entry->now;
    const size_t wanted_bytes = (size_t)size_bytes;
    const size_t from = (size_t)at < now->size_bytes ? (size_t)at : now->size_bytes;
    const size_t there_bytes =
        now->size_bytes - from < wanted_bytes ? now->size_bytes - from : wanted_bytes;
    if (there_bytes > 0) {
        memcpy(bytes, now->bytes + from, there_bytes);
    }
    memset((char *)bytes + there_bytes, 0, wanted_bytes - there_bytes);
    return there_bytes == wanted_bytes ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int memory_file_write(sqlite3_file *base, const void *bytes, int size_bytes,
                             sqlite3_int64 at) {
    struct memory_file *const file = (struct memory_file *)base;
    if (memory_fails(file)) {
        return SQLITE_IOERR_WRITE;
    }
    const struct memory_change change = {.at = at, .size_bytes = (size_t)size_bytes};
    memory_change(file->entry, &change, bytes);
    memory_put(&file->entry->now, (size_t)at, bytes, (size_t)size_bytes);
    return SQLITE_OK;
}

static int memory_file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct memory_file *const file = (struct memory_file *)base;
    if (memory_fails(file)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    memory_change(file->entry, &(struct memory_change){.at = size, .cut = true}, NULL);
    memory_resize(&file->entry->now, (size_t)size);
    return SQLITE_OK;
}

static int memory_file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    struct memory_file *const file = (struct memory_file *)base;
    if (memory_fails(file)) {
        return SQLITE_IOERR_FSYNC;
    }
    struct memory_entry *const entry = file->entry;
    if (memory.lies) {
        return SQLITE_OK;
    }
    for (size_t i = 0; i < entry->change_count; i++) {
        memory_apply(entry, &entry->changes[i], entry->changes[i].size_bytes);
    }
    memory_settle(entry);
    return SQLITE_OK;
}

static int memory_file_size(sqlite3_file *base, sqlite3_int64 *size) {
    const struct memory_file *const file = (const struct memory_file *)base;
    if (memory_is_dead(file)) {
        return SQLITE_IOERR_FSTAT;
    }
    *size = (sqlite3_int64)file->entry->now.size_bytes;
    return SQLITE_OK;
}

static int memory_file_lock(sqlite3_file *base, int level) {
    (void)level;
    return memory_is_dead((struct memory_file *)base) ? SQLITE_IOERR_LOCK : SQLITE_OK;
}

static int memory_file_unlock(sqlite3_file *base, int level) {
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int memory_file_reserved(sqlite3_file *base, int *reserved) {
    (void)base;
    *reserved = 0;
    return SQLITE_OK;
}

static int memory_file_control(sqlite3_file *base, int operation, void *argument) {
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int memory_file_sector(sqlite3_file *base) {
    (void)base;
    return MEMORY_DISK_SECTOR_BYTES;
}

static int memory_file_characteristics(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int memory_file_map(sqlite3_file *base, int region, int region_bytes, int extend,
                           void volatile **map) {
    struct memory_file *const file = (struct memory_file *)base;
    SPILL_ASSERT(region < MEMORY_DISK_SHARED_MAX);
    if (file->shared[region] == NULL && extend != 0) {
        file->shared[region] = calloc(1, (size_t)region_bytes);
        SPILL_ASSERT(file->shared[region] != NULL);
    }
    *map = file->shared[region];
    return SQLITE_OK;
}

static int memory_file_map_lock(sqlite3_file *base, int offset, int count, int flags) {
    (void)base;
    (void)offset;
    (void)count;
    (void)flags;
    return SQLITE_OK;
}

static void memory_file_barrier(sqlite3_file *base) {
    (void)base;
}

static const sqlite3_io_methods memory_methods = {
    .iVersion = 2,
    .xClose = memory_file_close,
    .xRead = memory_file_read,
    .xWrite = memory_file_write,
    .xTruncate = memory_file_truncate,
    .xSync = memory_file_sync,
    .xFileSize = memory_file_size,
    .xLock = memory_file_lock,
    .xUnlock = memory_file_unlock,
    .xCheckReservedLock = memory_file_reserved,
    .xFileControl = memory_file_control,
    .xSectorSize = memory_file_sector,
    .xDeviceCharacteristics = memory_file_characteristics,
    .xShmMap = memory_file_map,
    .xShmLock = memory_file_map_lock,
    .xShmBarrier = memory_file_barrier,
    .xShmUnmap = memory_file_unmap,
};

/* ---- The layer ---- */

static int memory_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags,
                       int *out_flags) {
    (void)vfs;
    struct memory_file *const file = (struct memory_file *)base;
    *file = (struct memory_file){.forgotten = memory.forgotten};
    SPILL_ASSERT(path != NULL); /* Temporary tables stay in memory. */
    file->owner = memory_owner(path);
    if (file->owner != NULL && file->owner->dead) {
        return SQLITE_CANTOPEN;
    }
    file->life = file->owner != NULL ? file->owner->life : 0;
    file->entry = memory_find(path);
    if (file->entry == NULL) {
        file->entry = memory_make(path);
    }
    file->base.pMethods = &memory_methods;
    if (out_flags != NULL) {
        *out_flags = flags;
    }
    return SQLITE_OK;
}

static int memory_delete(sqlite3_vfs *vfs, const char *path, int sync) {
    (void)vfs;
    (void)sync;
    const struct memory_owner *const owner = memory_owner(path);
    struct memory_entry *const entry = memory_find(path);
    if (owner != NULL && owner->dead) {
        return SQLITE_IOERR_DELETE;
    }
    if (entry == NULL) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    memory_erase(entry);
    return SQLITE_OK;
}

static int memory_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    (void)flags;
    const struct memory_entry *const entry = memory_find(path);
    *result = entry != NULL && (flags != SQLITE_ACCESS_EXISTS || entry->now.size_bytes > 0);
    return SQLITE_OK;
}

static int memory_full_path(sqlite3_vfs *vfs, const char *path, int size_bytes, char *full) {
    (void)vfs;
    const int needed = snprintf(full, (size_t)size_bytes, "%s", path);
    return needed < size_bytes ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int memory_randomness(sqlite3_vfs *vfs, int size_bytes, char *bytes) {
    (void)vfs;
    memset(bytes, 7, (size_t)size_bytes); /* The same each time. */
    return size_bytes;
}

static int memory_sleep(sqlite3_vfs *vfs, int duration_us) {
    (void)vfs;
    return duration_us;
}

static int memory_time(sqlite3_vfs *vfs, double *time) {
    (void)vfs;
    *time = 2460000.5;
    return SQLITE_OK;
}

static int memory_error(sqlite3_vfs *vfs, int size_bytes, char *words) {
    (void)vfs;
    (void)size_bytes;
    (void)words;
    return 0;
}

const char *memory_disk(void) {
    if (memory.vfs.zName == NULL) {
        memory.vfs = (sqlite3_vfs){
            .iVersion = 1,
            .szOsFile = (int)sizeof(struct memory_file),
            .mxPathname = MEMORY_DISK_PATH_BYTES,
            .zName = "memory disk",
            .xOpen = memory_open,
            .xDelete = memory_delete,
            .xAccess = memory_access,
            .xFullPathname = memory_full_path,
            .xRandomness = memory_randomness,
            .xSleep = memory_sleep,
            .xCurrentTime = memory_time,
            .xGetLastError = memory_error,
        };
        const int registered = sqlite3_vfs_register(&memory.vfs, 0);
        SPILL_ASSERT(registered == SQLITE_OK);
    }
    return "memory disk";
}
