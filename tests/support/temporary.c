/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"

enum { TEMPORARY_DEPTH_MAX = 16 };

void temporary_create(struct temporary *temporary) {
    const char *const parent = getenv("TMPDIR");
    const int path_bytes =
        snprintf(temporary->path, sizeof temporary->path, "%s/spillover-test-XXXXXX",
                 parent != NULL && parent[0] == '/' ? parent : "/tmp");
    CHECK_LT(path_bytes, (int)sizeof temporary->path);
    if (mkdtemp(temporary->path) == NULL) {
        CHECK_FAIL("cannot make %s: %s", temporary->path, strerror(errno));
    }
}

/* Empties the folder behind an open directory descriptor, which it closes. */
static void temporary_empty(int folder, int depth) {
    CHECK_LT(depth, TEMPORARY_DEPTH_MAX);
    DIR *const listing = fdopendir(folder);
    CHECK(listing != NULL);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        const int inner = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (inner >= 0) {
            temporary_empty(inner, depth + 1);
        }
        CHECK_EQ(unlinkat(folder, entry->d_name, inner >= 0 ? AT_REMOVEDIR : 0), 0);
    }
    closedir(listing);
}

void temporary_destroy(struct temporary *temporary) {
    if (temporary->path[0] == '\0') {
        return;
    }
    const int folder = open(temporary->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    CHECK_LE(0, folder);
    temporary_empty(folder, 0);
    CHECK_EQ(rmdir(temporary->path), 0);
    temporary->path[0] = '\0';
}

char *temporary_path(const struct temporary *temporary, const char *name,
                     char path[TEMPORARY_PATH_BYTES]) {
    const int path_bytes = snprintf(path, TEMPORARY_PATH_BYTES, "%s/%s", temporary->path, name);
    CHECK_LT(path_bytes, (int)TEMPORARY_PATH_BYTES);
    return path;
}

void temporary_write(const struct temporary *temporary, const char *name, const void *bytes,
                     size_t bytes_count) {
    char path[TEMPORARY_PATH_BYTES];
    FILE *const file = fopen(temporary_path(temporary, name, path), "wb");
    if (file == NULL) {
        CHECK_FAIL("cannot write %s: %s", path, strerror(errno));
    }
    CHECK_EQ(fwrite(bytes, 1, bytes_count, file), bytes_count);
    CHECK_EQ(fclose(file), 0);
}

char *temporary_read(const char *path, size_t *bytes_count) {
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        CHECK_FAIL("cannot read %s: %s", path, strerror(errno));
    }
    struct stat status;
    CHECK_EQ(fstat(fileno(file), &status), 0);
    const size_t size = (size_t)status.st_size;
    char *const bytes = malloc(size + 1);
    CHECK(bytes != NULL);
    CHECK_EQ(fread(bytes, 1, size, file), size);
    bytes[size] = '\0';
    fclose(file);
    *bytes_count = size;
    return bytes;
}
