/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/web_secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WEB_SECRETS_PATH_BYTES = 4096, WEB_SECRETS_FILE_BYTES = 1024 };

static const char *const web_secrets_names[OVERVIEW_ROLE_COUNT] = {"observer", "control"};

static enum spill_status web_secrets_path(const char *folder, const char *name,
                                          char path[WEB_SECRETS_PATH_BYTES]) {
    const int bytes = snprintf(path, WEB_SECRETS_PATH_BYTES, "%s/%s", folder, name);
    return bytes > 0 && bytes < WEB_SECRETS_PATH_BYTES ? SPILL_OK : SPILL_LIMIT;
}

enum spill_status web_secrets_parse(char *text, struct web_secrets *secrets) {
    struct web_secrets found = {.address = ""};
    char *line = text;
    while (*line != '\0') {
        char *const end = line + strcspn(line, "\n");
        char *const space = memchr(line, ' ', (size_t)(end - line));
        if (*end != '\n' || space == NULL) {
            return SPILL_INVALID;
        }
        *end = '\0';
        *space = '\0';
        char *into = NULL;
        size_t into_bytes = HEADERS_TOKEN_BYTES;
        for (int i = 0; i < OVERVIEW_ROLE_COUNT; i++) {
            into = strcmp(line, web_secrets_names[i]) == 0 ? found.tokens[i] : into;
        }
        if (strcmp(line, "address") == 0) {
            into = found.address;
            into_bytes = sizeof found.address;
        } else if (into == NULL || !headers_token_valid(space + 1)) {
            return SPILL_INVALID;
        }
        if (into[0] != '\0' || strlen(space + 1) >= into_bytes) {
            return SPILL_INVALID;
        }
        memcpy(into, space + 1, strlen(space + 1) + 1);
        line = end + 1;
    }
    for (int i = 0; i < OVERVIEW_ROLE_COUNT; i++) {
        if (found.tokens[i][0] == '\0') {
            return SPILL_INVALID;
        }
    }
    *secrets = found;
    return SPILL_OK;
}

enum spill_status web_secrets_read(const char *folder, struct web_secrets *secrets,
                                   struct spill_error *error) {
    char path[WEB_SECRETS_PATH_BYTES];
    char text[WEB_SECRETS_FILE_BYTES];
    struct stat facts = {0};
    if (web_secrets_path(folder, "pages", path) != SPILL_OK) {
        return spill_fail(error, SPILL_LIMIT, "the path of the secrets is too long");
    }
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return spill_fail(error, errno == ENOENT ? SPILL_NOT_FOUND : SPILL_IO, "%s: %s", path,
                          strerror(errno));
    }
    const ssize_t bytes =
        fstat(file, &facts) == 0 ? read(file, text, sizeof text - 1) : (ssize_t)-1;
    (void)close(file);
    enum spill_status status = SPILL_OK;
    if (bytes < 0) {
        status = spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
    } else if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        status = spill_fail(error, SPILL_REFUSED,
                            "%s: others may read it; make it its owner's only (chmod 600)", path);
    } else {
        text[bytes] = '\0';
        status = strlen(text) == (size_t)bytes ? web_secrets_parse(text, secrets) : SPILL_INVALID;
        if (status != SPILL_OK) {
            (void)spill_fail(error, status, "%s: it does not hold tokens for pages", path);
        }
    }
    sodium_memzero(text, sizeof text);
    return status;
}

enum spill_status web_secrets_open(const char *folder, struct web_secrets *secrets,
                                   struct spill_error *error) {
    const enum spill_status status = web_secrets_read(folder, secrets, error);
    if (status == SPILL_NOT_FOUND) {
        *secrets = (struct web_secrets){.address = ""};
        for (int i = 0; i < OVERVIEW_ROLE_COUNT; i++) {
            http_token_make(secrets->tokens[i]);
        }
        return SPILL_OK;
    }
    return status;
}

/* A new file beside the old one, then in its place. */
enum spill_status web_secrets_keep(const char *folder, const struct web_secrets *secrets,
                                   struct spill_error *error) {
    char path[WEB_SECRETS_PATH_BYTES];
    char made[WEB_SECRETS_PATH_BYTES];
    char text[WEB_SECRETS_FILE_BYTES];
    if (web_secrets_path(folder, "pages", path) != SPILL_OK ||
        web_secrets_path(folder, "pages.new", made) != SPILL_OK) {
        return spill_fail(error, SPILL_LIMIT, "the path of the secrets is too long");
    }
    const int bytes = snprintf(text, sizeof text, "control %s\nobserver %s\naddress %s\n",
                               secrets->tokens[OVERVIEW_CONTROL],
                               secrets->tokens[OVERVIEW_OBSERVER], secrets->address);
    (void)unlink(made);
    const int file = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool kept = file >= 0 && write(file, text, (size_t)bytes) == bytes && fsync(file) == 0;
    if (file >= 0) {
        kept = close(file) == 0 && kept;
    }
    kept = kept && rename(made, path) == 0;
    const int directory = kept ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    kept = directory >= 0 && fsync(directory) == 0;
    const enum spill_status status =
        kept ? SPILL_OK : spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
    if (directory >= 0) {
        (void)close(directory);
    }
    sodium_memzero(text, sizeof text);
    return status;
}

void web_secrets_wipe(struct web_secrets *secrets) {
    sodium_memzero(secrets, sizeof *secrets);
}
