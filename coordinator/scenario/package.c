/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/scenario/scenario.h"

/* The folders of a package; files are looked for in them and nowhere below. */
static const char *const package_folders[] = {".", "texts", "attachments"};
enum { PACKAGE_FOLDER_COUNT = sizeof package_folders / sizeof package_folders[0] };

struct package {
    struct package_file *files; /* Path and bytes are owned. */
    size_t file_count;
    size_t file_max;
};

/* Relative, '/' between parts, no empty part, no part that starts with a dot, nothing unprintable.
 */
static bool package_path_valid(const char *path) {
    const size_t path_bytes = strlen(path);
    if (path_bytes == 0 || path_bytes > SPILL_PATH_BYTES_MAX ||
        !spill_utf8_valid(path, path_bytes)) {
        return false;
    }
    for (size_t i = 0; i < path_bytes; i++) {
        const bool starts = i == 0 || path[i - 1] == '/';
        const unsigned char c = (unsigned char)path[i];
        if ((starts && (c == '.' || c == '/')) || c < 0x20 || c == 0x7F || c == '\\') {
            return false;
        }
    }
    return path[path_bytes - 1] != '/';
}

/* Adds a file; takes bytes over, on failure too. */
static enum spill_status package_add(struct package *package, const char *path, uint8_t *bytes,
                                     size_t size_bytes, struct spill_error *error) {
    if (package->file_count == SPILL_PACKAGE_FILES_MAX) {
        free(bytes);
        return spill_fail(error, SPILL_LIMIT, "a package holds at most %d files",
                          SPILL_PACKAGE_FILES_MAX);
    }
    if (package->file_count == package->file_max) {
        const size_t more = package->file_max == 0 ? 16 : 2 * package->file_max;
        struct package_file *const grown =
            spill_grow(package->files, package->file_max, more, sizeof *package->files);
        if (grown == NULL) {
            free(bytes);
            return spill_fail(error, SPILL_MEMORY, "out of memory");
        }
        package->files = grown;
        package->file_max = more;
    }
    char *const copy = spill_alloc(strlen(path) + 1, 1);
    if (copy == NULL) {
        free(bytes);
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    memcpy(copy, path, strlen(path));
    package->files[package->file_count] = (struct package_file){copy, bytes, size_bytes};
    package->file_count++;
    return SPILL_OK;
}

static int package_order(const void *left, const void *right) {
    const struct package_file *const a = left;
    const struct package_file *const b = right;
    return strcmp(a->path, b->path);
}

/* Sorts, and refuses a path that is there twice. */
static enum spill_status package_sort(struct package *package, struct spill_error *error) {
    if (package->file_count > 0) {
        qsort(package->files, package->file_count, sizeof *package->files, package_order);
    }
    for (size_t i = 1; i < package->file_count; i++) {
        if (strcmp(package->files[i - 1].path, package->files[i].path) == 0) {
            return spill_fail(error, SPILL_INVALID, "%s: the file is in the package twice",
                              package->files[i].path);
        }
    }
    return SPILL_OK;
}

/* Reads to the end of an open file, whose size was expected_bytes when it was looked at. */
static enum spill_status package_read_bytes(int file, const char *shown, size_t expected_bytes,
                                            uint8_t **bytes, size_t *size_bytes,
                                            struct spill_error *error) {
    /* One byte more than expected: a file that grew meanwhile shows itself, and the text has a NUL
     * behind it. */
    uint8_t *const read_bytes = spill_alloc(expected_bytes + 1, 1);
    if (read_bytes == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s: out of memory", shown);
    }
    size_t at = 0;
    for (;;) {
        const ssize_t got = read(file, read_bytes + at, expected_bytes + 1 - at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 || at + (size_t)got > expected_bytes) {
            const char *const why =
                got < 0 ? strerror(errno) : "the file changed while it was read";
            free(read_bytes);
            return spill_fail(error, SPILL_IO, "%s: %s", shown, why);
        }
        if (got == 0) {
            break;
        }
        at += (size_t)got;
    }
    read_bytes[at] = 0;
    *bytes = read_bytes;
    *size_bytes = at;
    return SPILL_OK;
}

static enum spill_status package_read(int folder, const char *name, const char *shown,
                                      uint8_t **bytes, size_t *size_bytes,
                                      struct spill_error *error) {
    /* Without O_NONBLOCK a named pipe would keep us waiting. */
    const int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 && errno == ELOOP) {
        return spill_fail(error, SPILL_INVALID, "%s: is a link; a package holds plain files only",
                          shown);
    }
    if (file < 0) {
        return spill_fail(error, SPILL_IO, "%s: %s", shown, strerror(errno));
    }
    struct stat facts;
    enum spill_status status = SPILL_OK;
    if (fstat(file, &facts) != 0) {
        status = spill_fail(error, SPILL_IO, "%s: %s", shown, strerror(errno));
    } else if (!S_ISREG(facts.st_mode)) {
        status = spill_fail(error, SPILL_INVALID, "%s: is not a plain file", shown);
    } else if (facts.st_size > SPILL_FILE_BYTES_MAX) {
        status = spill_fail(error, SPILL_LIMIT, "%s: is larger than %d bytes", shown,
                            SPILL_FILE_BYTES_MAX);
    } else {
        status = package_read_bytes(file, shown, (size_t)facts.st_size, bytes, size_bytes, error);
    }
    close(file);
    return status;
}

static bool package_ends(const char *name, const char *end) {
    const size_t name_bytes = strlen(name);
    const size_t end_bytes = strlen(end);
    return name_bytes > end_bytes && strcmp(name + name_bytes - end_bytes, end) == 0;
}

/* Whether a file of this folder belongs to the package; a README or an editor's backup does not. */
static bool package_wants(const char *folder, const char *name) {
    if (name[0] == '.') {
        return false;
    }
    if (strcmp(folder, ".") == 0) {
        return package_ends(name, ".csv") || strcmp(name, "scenario.yaml") == 0;
    }
    return strcmp(folder, "attachments") == 0 || package_ends(name, ".yaml");
}

static enum spill_status package_read_entry(struct package *package, int folder,
                                            const char *folder_name, const char *name,
                                            const char *shown_root, struct spill_error *error) {
    char path[SPILL_PATH_BYTES_MAX + 1];
    char shown[2 * SPILL_PATH_BYTES_MAX];
    const bool top = strcmp(folder_name, ".") == 0;
    const int path_bytes =
        snprintf(path, sizeof path, "%s%s%s", top ? "" : folder_name, top ? "" : "/", name);
    snprintf(shown, sizeof shown, "%s/%s", shown_root, path);
    if (path_bytes < 0 || (size_t)path_bytes >= sizeof path || !package_path_valid(path)) {
        return spill_fail(error, SPILL_INVALID, "%s: not a name for a file of a package", shown);
    }
    uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    const enum spill_status status = package_read(folder, name, shown, &bytes, &size_bytes, error);
    return status != SPILL_OK ? status : package_add(package, path, bytes, size_bytes, error);
}

/* Reads what belongs to the package in one of its folders; a folder that is not there holds
 * nothing. */
static enum spill_status package_read_folder(struct package *package, int root,
                                             const char *folder_name, const char *shown_root,
                                             struct spill_error *error) {
    const int folder = openat(root, folder_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT) {
        return SPILL_OK;
    }
    if (folder < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        return spill_fail(error, SPILL_INVALID, "%s/%s: is not a folder", shown_root, folder_name);
    }
    DIR *const entries = folder < 0 ? NULL : fdopendir(folder);
    if (entries == NULL) {
        const int why = errno;
        if (folder >= 0) {
            close(folder);
        }
        return spill_fail(error, SPILL_IO, "%s/%s: %s", shown_root, folder_name, strerror(why));
    }
    enum spill_status status = SPILL_OK;
    for (const struct dirent *entry = readdir(entries); status == SPILL_OK && entry != NULL;
         entry = readdir(entries)) {
        if (package_wants(folder_name, entry->d_name)) {
            status =
                package_read_entry(package, folder, folder_name, entry->d_name, shown_root, error);
        }
    }
    closedir(entries);
    return status;
}

enum spill_status package_open(const char *folder, struct package **package,
                               struct spill_error *error) {
    SPILL_ASSERT(folder != NULL);
    SPILL_ASSERT(package != NULL);
    const int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        const enum spill_status why =
            errno == ENOENT || errno == ENOTDIR ? SPILL_NOT_FOUND : SPILL_IO;
        return spill_fail(error, why, "%s: %s", folder, strerror(errno));
    }
    enum spill_status status = SPILL_OK;
    struct package *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        status = spill_fail(error, SPILL_MEMORY, "out of memory");
        goto fail;
    }
    for (size_t i = 0; status == SPILL_OK && i < PACKAGE_FOLDER_COUNT; i++) {
        status = package_read_folder(made, root, package_folders[i], folder, error);
    }
    if (status == SPILL_OK) {
        status = package_sort(made, error);
    }
    if (status != SPILL_OK) {
        goto fail;
    }
    close(root);
    *package = made;
    return SPILL_OK;
fail:
    package_destroy(&made);
    close(root);
    return status;
}

static enum spill_status package_copy(struct package *package, const struct package_file *file,
                                      struct spill_error *error) {
    SPILL_ASSERT(file->path != NULL);
    SPILL_ASSERT(file->bytes != NULL || file->size_bytes == 0);
    if (!package_path_valid(file->path)) {
        return spill_fail(error, SPILL_INVALID,
                          "a file of the package has a path that is not allowed");
    }
    if (file->size_bytes > SPILL_FILE_BYTES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "%s: is larger than %d bytes", file->path,
                          SPILL_FILE_BYTES_MAX);
    }
    uint8_t *const bytes = spill_alloc(file->size_bytes + 1, 1);
    if (bytes == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    if (file->size_bytes > 0) {
        memcpy(bytes, file->bytes, file->size_bytes);
    }
    return package_add(package, file->path, bytes, file->size_bytes, error);
}

enum spill_status package_create(const struct package_file *files, size_t file_count,
                                 struct package **package, struct spill_error *error) {
    SPILL_ASSERT(files != NULL || file_count == 0);
    SPILL_ASSERT(package != NULL);
    struct package *made = spill_alloc(1, sizeof *made);
    enum spill_status status =
        made == NULL ? spill_fail(error, SPILL_MEMORY, "out of memory") : SPILL_OK;
    for (size_t i = 0; status == SPILL_OK && i < file_count; i++) {
        status = package_copy(made, &files[i], error);
    }
    if (status == SPILL_OK) {
        status = package_sort(made, error);
    }
    if (status != SPILL_OK) {
        package_destroy(&made);
        return status;
    }
    *package = made;
    return SPILL_OK;
}

void package_destroy(struct package **package) {
    SPILL_ASSERT(package != NULL);
    if (*package == NULL) {
        return;
    }
    for (size_t i = 0; i < (*package)->file_count; i++) {
        free((void *)(*package)->files[i].path);
        free((void *)(*package)->files[i].bytes);
    }
    free((*package)->files);
    free(*package);
    *package = NULL;
}

size_t package_file_count(const struct package *package) {
    SPILL_ASSERT(package != NULL);
    return package->file_count;
}

struct package_file package_file(const struct package *package, size_t at) {
    SPILL_ASSERT(at < package->file_count);
    return package->files[at];
}

static void package_hash_sized(crypto_generichash_state *state, const void *bytes,
                               size_t size_bytes) {
    uint8_t size[8];
    for (size_t i = 0; i < sizeof size; i++) {
        size[i] = (uint8_t)((uint64_t)size_bytes >> (8 * i));
    }
    crypto_generichash_update(state, size, sizeof size);
    crypto_generichash_update(state, bytes, size_bytes);
}

void package_hash(const struct package *package, uint8_t hash[32]) {
    static const char domain[] = "spillover package 1";
    SPILL_ASSERT(package != NULL);
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const uint8_t *)domain, sizeof domain);
    for (size_t i = 0; i < package->file_count; i++) {
        const struct package_file *const file = &package->files[i];
        package_hash_sized(&state, file->path, strlen(file->path));
        package_hash_sized(&state, file->bytes, file->size_bytes);
    }
    crypto_generichash_final(&state, hash, 32);
}
