/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/hub_secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/seal/key_file.h"

enum { HUB_SECRETS_PATH_BYTES = 4096, HUB_SECRETS_TEXT_BYTES = 1024 };

static const char HUB_SECRETS_FORM[] =
    "spillover coordinator 1\nepoch %" SCNu64 "\nstart %" SCNu64 "\nendpoint %255s\n";

static enum spill_status hub_secrets_path(const char *folder, const char *name,
                                          char path[HUB_SECRETS_PATH_BYTES],
                                          struct spill_error *error) {
    const int bytes = snprintf(path, HUB_SECRETS_PATH_BYTES, "%s/%s", folder, name);
    return bytes < 0 || bytes >= HUB_SECRETS_PATH_BYTES
               ? spill_fail(error, SPILL_IO, "the path is too long")
               : SPILL_OK;
}

static enum spill_status hub_secrets_fail(struct spill_error *error, const char *path) {
    return spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
}

/* The key in a file, or a new one that is there from now on. */
static enum spill_status hub_secrets_key(const char *folder, const char *name,
                                         enum key_file_kind kind, uint8_t key[SEAL_KEY_BYTES],
                                         struct spill_error *error) {
    char path[HUB_SECRETS_PATH_BYTES];
    enum spill_status status = hub_secrets_path(folder, name, path, error);
    if (status == SPILL_OK) {
        status = key_file_read(path, kind, key, error);
    }
    if (status == SPILL_NOT_FOUND) {
        seal_random(key);
        status = key_file_write(path, kind, key, error);
    }
    return status;
}

/* The file is there with its whole content, or as it was. */
static enum spill_status hub_secrets_write(const char *folder, const char *text,
                                           struct spill_error *error) {
    char path[HUB_SECRETS_PATH_BYTES];
    char temporary[HUB_SECRETS_PATH_BYTES];
    enum spill_status status = hub_secrets_path(folder, "coordinator", path, error);
    if (status == SPILL_OK) {
        status = hub_secrets_path(folder, "coordinator.new", temporary, error);
    }
    if (status != SPILL_OK) {
        return status;
    }
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return hub_secrets_fail(error, temporary);
    }
    const size_t text_bytes = strlen(text);
    const bool written =
        write(descriptor, text, text_bytes) == (ssize_t)text_bytes && fsync(descriptor) == 0;
    if (!written) {
        status = hub_secrets_fail(error, temporary);
    }
    if (close(descriptor) != 0 && status == SPILL_OK) {
        status = hub_secrets_fail(error, temporary);
    }
    if (status == SPILL_OK && rename(temporary, path) != 0) {
        status = hub_secrets_fail(error, path);
    }
    const int parent = status == SPILL_OK ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (status == SPILL_OK && (parent < 0 || fsync(parent) != 0)) {
        status = hub_secrets_fail(error, folder);
    }
    if (parent >= 0) {
        close(parent);
    }
    return status;
}

static enum spill_status hub_secrets_read(const char *folder, struct hub_secrets *secrets,
                                          struct spill_error *error) {
    char path[HUB_SECRETS_PATH_BYTES];
    char text[HUB_SECRETS_TEXT_BYTES];
    enum spill_status status = hub_secrets_path(folder, "coordinator", path, error);
    if (status != SPILL_OK) {
        return status;
    }
    FILE *const file = fopen(path, "rbe");
    if (file == NULL) {
        return errno == ENOENT ? SPILL_NOT_FOUND : hub_secrets_fail(error, path);
    }
    const size_t bytes = fread(text, 1, sizeof text - 1, file);
    text[bytes] = '\0';
    fclose(file);
    if (sscanf(text, HUB_SECRETS_FORM, &secrets->epoch, &secrets->start, secrets->endpoint) != 3 ||
        secrets->epoch == 0) {
        return spill_fail(error, SPILL_INVALID, "%s: not what a coordinator wrote", path);
    }
    secrets->endpoint[strcmp(secrets->endpoint, "-") == 0 ? 0 : strlen(secrets->endpoint)] = '\0';
    return SPILL_OK;
}

enum spill_status hub_secrets_keep(const char *folder, const struct hub_secrets *secrets,
                                   struct spill_error *error) {
    char text[HUB_SECRETS_TEXT_BYTES];
    const int bytes = snprintf(
        text, sizeof text,
        "spillover coordinator 1\nepoch %" PRIu64 "\nstart %" PRIu64 "\nendpoint %s\n",
        secrets->epoch, secrets->start, secrets->endpoint[0] == '\0' ? "-" : secrets->endpoint);
    SPILL_ASSERT(bytes > 0);
    SPILL_ASSERT((size_t)bytes < sizeof text);
    return hub_secrets_write(folder, text, error);
}

enum spill_status hub_secrets_open(const char *folder, struct hub_secrets *secrets,
                                   struct spill_error *error) {
    struct hub_secrets opened = {.epoch = 1};
    uint8_t secret_key[SEAL_KEY_BYTES] = {0};
    enum spill_status status =
        hub_secrets_key(folder, "server.key", KEY_FILE_SERVER, secret_key, error);
    if (status == SPILL_OK) {
        seal_pair_of(secret_key, &opened.server);
        status = hub_secrets_key(folder, "sealing.key", KEY_FILE_SEALING, opened.sealing, error);
    }
    if (status == SPILL_OK) {
        status = hub_secrets_read(folder, &opened, error);
        status = status == SPILL_NOT_FOUND ? SPILL_OK : status;
    }
    if (status == SPILL_OK) {
        opened.start++;
        status = hub_secrets_keep(folder, &opened, error);
    }
    if (status == SPILL_OK) {
        *secrets = opened;
    }
    seal_wipe(secret_key, sizeof secret_key);
    seal_wipe(&opened, sizeof opened);
    return status;
}

void hub_secrets_close(struct hub_secrets *secrets) {
    seal_wipe(secrets, sizeof *secrets);
}
