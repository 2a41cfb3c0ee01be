/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/seal/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_FILE_TEXT_BYTES = 128, KEY_FILE_NAME_BYTES = KEY_FILE_PATH_BYTES_MAX + 32 };

const char *key_file_kind_name(enum key_file_kind kind) {
    static const char *const names[KEY_FILE_KIND_COUNT] = {"node", "server", "sealing"};
    SPILL_ASSERT((size_t)kind < KEY_FILE_KIND_COUNT);
    return names[kind];
}

static enum spill_status key_file_fail(struct spill_error *error, enum spill_status status,
                                       const char *path) {
    return spill_fail(error, status, "%s: %s", path, strerror(errno));
}

/* All of it, and on the disk. */
static bool key_file_put(int descriptor, const char *text, size_t text_bytes) {
    size_t at = 0;
    while (at < text_bytes) {
        const ssize_t written = write(descriptor, text + at, text_bytes - at);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? (size_t)written : 0;
    }
    return fsync(descriptor) == 0;
}

/* The new name is durable when its folder is. */
static bool key_file_sync_folder(const char *path) {
    char folder[KEY_FILE_NAME_BYTES];
    const char *const slash = strrchr(path, '/');
    const size_t bytes = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, bytes);
    memcpy(folder + bytes, bytes == 0 ? "." : "", bytes == 0 ? 2 : 1);
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

enum spill_status key_file_write(const char *path, enum key_file_kind kind,
                                 const uint8_t secret_key[SEAL_KEY_BYTES],
                                 struct spill_error *error) {
    char temporary[KEY_FILE_NAME_BYTES];
    char key[SEAL_TEXT_BYTES];
    char text[KEY_FILE_TEXT_BYTES];
    if (strlen(path) > KEY_FILE_PATH_BYTES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "the path is too long");
    }
    (void)snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return key_file_fail(error, SPILL_IO, temporary);
    }
    const int text_bytes = snprintf(text, sizeof text, "spillover %s key 1\n%s\n",
                                    key_file_kind_name(kind), seal_key_print(secret_key, key));
    SPILL_ASSERT(text_bytes > 0);
    SPILL_ASSERT(text_bytes < KEY_FILE_TEXT_BYTES);
    const bool put = key_file_put(descriptor, text, (size_t)text_bytes);
    seal_wipe(text, sizeof text);
    seal_wipe(key, sizeof key);
    enum spill_status status = SPILL_OK;
    if (close(descriptor) != 0 || !put) {
        status = key_file_fail(error, SPILL_IO, temporary);
    } else if (link(temporary, path) != 0) {
        /* A link, unlike a new name, does not replace what is there. */
        status = key_file_fail(error, errno == EEXIST ? SPILL_EXISTS : SPILL_IO, path);
    } else if (!key_file_sync_folder(path)) {
        status = key_file_fail(error, SPILL_IO, path);
        (void)unlink(path);
    }
    (void)unlink(temporary);
    return status;
}

/* Reads what is in the file, if it is small and ours alone. */
static enum spill_status key_file_get(const char *path, char text[KEY_FILE_TEXT_BYTES],
                                      struct spill_error *error) {
    struct stat facts;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return key_file_fail(error, errno == ENOENT ? SPILL_NOT_FOUND : SPILL_IO, path);
    }
    enum spill_status status = SPILL_OK;
    if (fstat(descriptor, &facts) != 0) {
        status = key_file_fail(error, SPILL_IO, path);
    } else if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        status = spill_fail(error, SPILL_REFUSED,
                            "%s: others may read this key; chmod 600, or make another", path);
    } else {
        const ssize_t bytes = read(descriptor, text, KEY_FILE_TEXT_BYTES - 1);
        if (bytes < 0) {
            status = key_file_fail(error, SPILL_IO, path);
        }
        text[bytes < 0 ? 0 : bytes] = '\0';
    }
    close(descriptor);
    return status;
}

enum spill_status key_file_read(const char *path, enum key_file_kind kind,
                                uint8_t secret_key[SEAL_KEY_BYTES], struct spill_error *error) {
    char text[KEY_FILE_TEXT_BYTES];
    char first[KEY_FILE_TEXT_BYTES];
    enum spill_status status = key_file_get(path, text, error);
    if (status != SPILL_OK) {
        return status;
    }
    const int first_bytes =
        snprintf(first, sizeof first, "spillover %s key 1\n", key_file_kind_name(kind));
    SPILL_ASSERT(first_bytes > 0);
    char *const key = text + first_bytes;
    const size_t key_bytes = SEAL_TEXT_BYTES - 1;
    const bool form = strncmp(text, first, (size_t)first_bytes) == 0 &&
                      strlen(key) == key_bytes + 1 && key[key_bytes] == '\n';
    if (form) {
        key[key_bytes] = '\0';
    }
    if (!form || seal_key_parse(key, secret_key) != SPILL_OK) {
        status =
            spill_fail(error, SPILL_INVALID, "%s: not a %s key", path, key_file_kind_name(kind));
    }
    seal_wipe(text, sizeof text);
    return status;
}
