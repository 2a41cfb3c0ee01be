/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/record/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

enum { SECRETS_PATH_BYTES = RECORDING_PATH_BYTES_MAX + 32, SECRETS_TEXT_BYTES = 2 * 32 + 1 };

static const char secrets_signing_name[] = "signing.key";
static const char secrets_salt_name[] = "salt.key";
static const char secrets_lock_name[] = "lock";

struct secrets {
    char folder[SECRETS_PATH_BYTES];
    struct recording_keys keys;
    int lock; /* File descriptor; -1: not held. */
};

static enum spill_status secrets_fail(struct spill_error *error, enum spill_status status,
                                      const char *path) {
    return spill_fail(error, status, "%s: %s", path, strerror(errno));
}

static void secrets_path(const struct secrets *secrets, const char *name,
                         char path[SECRETS_PATH_BYTES]) {
    const int written = snprintf(path, SECRETS_PATH_BYTES, "%s/%s", secrets->folder, name);
    SPILL_ASSERT(written > 0);
    SPILL_ASSERT(written < SECRETS_PATH_BYTES);
}

/* The name that a folder gives its new entry is durable only when the folder is. */
static bool secrets_sync(const char *folder) {
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

static bool secrets_write_all(int descriptor, const char *text, size_t bytes) {
    size_t at = 0;
    while (at < bytes) {
        const ssize_t written = write(descriptor, text + at, bytes - at);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? (size_t)written : 0;
    }
    return fsync(descriptor) == 0;
}

static enum spill_status secrets_write(const struct secrets *secrets, const char *name,
                                       const uint8_t key[32], struct spill_error *error) {
    char path[SECRETS_PATH_BYTES];
    char text[SECRETS_TEXT_BYTES];
    secrets_path(secrets, name, path);
    sodium_bin2hex(text, sizeof text, key, 32);
    text[SECRETS_TEXT_BYTES - 1] = '\n';
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return secrets_fail(error, SPILL_IO, path);
    }
    const bool written = secrets_write_all(descriptor, text, sizeof text);
    sodium_memzero(text, sizeof text);
    if (close(descriptor) != 0 || !written) {
        return secrets_fail(error, SPILL_IO, path);
    }
    return SPILL_OK;
}

static enum spill_status secrets_read(const struct secrets *secrets, const char *name,
                                      uint8_t key[32], struct spill_error *error) {
    char path[SECRETS_PATH_BYTES];
    char text[SECRETS_TEXT_BYTES + 1];
    secrets_path(secrets, name, path);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return spill_fail(error, SPILL_REFUSED,
                          "%s: %s; without its keys a recording can be read but not continued",
                          path, strerror(errno));
    }
    const ssize_t bytes = read(descriptor, text, sizeof text);
    close(descriptor);
    size_t key_bytes = 0;
    const bool sound =
        bytes == SECRETS_TEXT_BYTES && text[SECRETS_TEXT_BYTES - 1] == '\n' &&
        sodium_hex2bin(key, 32, text, SECRETS_TEXT_BYTES - 1, NULL, &key_bytes, NULL) == 0 &&
        key_bytes == 32;
    sodium_memzero(text, sizeof text);
    return sound ? SPILL_OK : spill_fail(error, SPILL_REFUSED, "%s: not a key", path);
}

static enum spill_status secrets_lock(struct secrets *secrets, struct spill_error *error) {
    char path[SECRETS_PATH_BYTES];
    secrets_path(secrets, secrets_lock_name, path);
    secrets->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (secrets->lock < 0) {
        return secrets_fail(error, SPILL_REFUSED, path);
    }
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(secrets->lock, F_SETLK, &lock) != 0) {
        return spill_fail(error, SPILL_REFUSED, "%s: another process writes to this recording",
                          secrets->folder);
    }
    return SPILL_OK;
}

static struct secrets *secrets_new(const char *recording_path) {
    struct secrets *const secrets = spill_alloc(1, sizeof *secrets);
    if (secrets != NULL) {
        secrets->lock = -1;
        const int written =
            snprintf(secrets->folder, sizeof secrets->folder, "%s.secrets", recording_path);
        SPILL_ASSERT(written > 0);
        SPILL_ASSERT(written <= RECORDING_PATH_BYTES_MAX + 8);
    }
    return secrets;
}

enum spill_status secrets_create(const char *recording_path, const struct recording_keys *keys,
                                 struct secrets **secrets, struct spill_error *error) {
    struct secrets *made = secrets_new(recording_path);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    if (mkdir(made->folder, 0700) != 0) {
        const enum spill_status status =
            secrets_fail(error, errno == EEXIST ? SPILL_EXISTS : SPILL_IO, made->folder);
        secrets_close(&made);
        return status;
    }
    if (keys != NULL) {
        made->keys = *keys;
    } else {
        randombytes_buf(&made->keys, sizeof made->keys);
    }
    enum spill_status status =
        secrets_write(made, secrets_signing_name, made->keys.signing_seed, error);
    if (status == SPILL_OK) {
        status = secrets_write(made, secrets_salt_name, made->keys.salt_key, error);
    }
    if (status == SPILL_OK) {
        status = secrets_lock(made, error);
    }
    if (status == SPILL_OK && !secrets_sync(made->folder)) {
        status = secrets_fail(error, SPILL_IO, made->folder);
    }
    if (status != SPILL_OK) {
        secrets_remove(&made);
        return status;
    }
    *secrets = made;
    return SPILL_OK;
}

enum spill_status secrets_open(const char *recording_path, struct secrets **secrets,
                               struct spill_error *error) {
    struct secrets *made = secrets_new(recording_path);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    enum spill_status status =
        secrets_read(made, secrets_signing_name, made->keys.signing_seed, error);
    if (status == SPILL_OK) {
        status = secrets_read(made, secrets_salt_name, made->keys.salt_key, error);
    }
    if (status == SPILL_OK) {
        status = secrets_lock(made, error);
    }
    if (status != SPILL_OK) {
        secrets_close(&made);
        return status;
    }
    *secrets = made;
    return SPILL_OK;
}

const struct recording_keys *secrets_keys(const struct secrets *secrets) {
    return &secrets->keys;
}

void secrets_close(struct secrets **secrets) {
    if (*secrets == NULL) {
        return;
    }
    if ((*secrets)->lock >= 0) {
        close((*secrets)->lock);
    }
    sodium_memzero(&(*secrets)->keys, sizeof(*secrets)->keys);
    free(*secrets);
    *secrets = NULL;
}

void secrets_remove(struct secrets **secrets) {
    if (*secrets == NULL) {
        return;
    }
    const char *const names[] = {secrets_signing_name, secrets_salt_name, secrets_lock_name};
    char path[SECRETS_PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        secrets_path(*secrets, names[i], path);
        unlink(path);
    }
    rmdir((*secrets)->folder);
    secrets_close(secrets);
}
