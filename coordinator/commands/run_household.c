/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/run_household.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/seal/key_file.h"

enum { HOUSEHOLD_LOG_BYTES = 65536 };

const char *run_household_path(const struct run_household *household, const char *name,
                               const char *ending, char path[RUN_HOUSEHOLD_PATH_BYTES]) {
    const int bytes =
        snprintf(path, RUN_HOUSEHOLD_PATH_BYTES, "%s/%s%s", household->folder, name, ending);
    SPILL_ASSERT(bytes > 0);
    SPILL_ASSERT(bytes < RUN_HOUSEHOLD_PATH_BYTES);
    return path;
}

static enum spill_status household_fail(const struct run_household *household,
                                        struct spill_error *error) {
    return spill_fail(error, SPILL_IO, "%s: %s", household->folder, strerror(errno));
}

/* A folder that nobody else looks into. */
static enum spill_status household_make_folder(struct run_household *household,
                                               struct spill_error *error) {
    const char *const wanted = getenv("TMPDIR");
    const char *const parent = wanted != NULL && wanted[0] != '\0' ? wanted : "/tmp";
    /* Names of files in it fit too. */
    if (strlen(parent) > RUN_HOUSEHOLD_PATH_BYTES - 2 * (SPILL_ID_BYTES_MAX + 1)) {
        return spill_fail(error, SPILL_LIMIT, "TMPDIR is too long");
    }
    snprintf(household->folder, sizeof household->folder, "%s/spillover-XXXXXX", parent);
    if (mkdtemp(household->folder) == NULL) {
        const enum spill_status status = household_fail(household, error);
        household->folder[0] = '\0';
        return status;
    }
    return SPILL_OK;
}

static enum spill_status household_make_pipes(struct run_household *household,
                                              struct spill_error *error) {
    char path[RUN_HOUSEHOLD_PATH_BYTES];
    household->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    household->log = open(run_household_path(household, "log", "", path),
                          O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (household->null < 0 || household->log < 0 || pipe(household->leash) != 0) {
        return household_fail(household, error);
    }
    for (size_t i = 0; i < 2; i++) {
        (void)fcntl(household->leash[i], F_SETFD, FD_CLOEXEC);
    }
    return SPILL_OK;
}

/* A key for one cell, and its line in the roster. */
static enum spill_status household_enrol(const struct run_household *household, const char *cell,
                                         bool people, struct roster *roster,
                                         struct spill_error *error) {
    char path[RUN_HOUSEHOLD_PATH_BYTES];
    struct seal_pair pair;
    struct roster_entry entry = {.role = people ? ROSTER_PEOPLE : ROSTER_ROBOT,
                                 .not_after_s = SPILL_NEVER};
    seal_pair_random(&pair);
    enum spill_status status = key_file_write(run_household_path(household, cell, ".key", path),
                                              KEY_FILE_NODE, pair.secret_key, error);
    if (status == SPILL_OK) {
        memcpy(entry.key, pair.public_key, SEAL_KEY_BYTES);
        snprintf(entry.cells, sizeof entry.cells, "%s", cell);
        status = roster_enrol(roster, &entry, error);
    }
    seal_wipe(&pair, sizeof pair);
    return status;
}

static enum spill_status household_make_keys(const struct run_household *household,
                                             const struct script *script, const char *people,
                                             struct spill_error *error) {
    char path[RUN_HOUSEHOLD_PATH_BYTES];
    struct roster *roster = NULL;
    enum spill_status status = roster_create(&roster);
    for (uint32_t i = 0; status == SPILL_OK && i < script_cell_count(script); i++) {
        const char *const cell = script_cell_id(script, (struct cell_ref){i});
        status = household_enrol(household, cell, people != NULL && strcmp(cell, people) == 0,
                                 roster, error);
    }
    if (status == SPILL_OK) {
        status = roster_save(roster, run_household_path(household, "roster", "", path), error);
    } else if (status == SPILL_MEMORY) {
        (void)spill_fail(error, status, "out of memory");
    }
    roster_destroy(&roster);
    return status;
}

enum spill_status run_household_open(struct run_household *household, const struct script *script,
                                     const char *people, struct spill_error *error) {
    *household = (struct run_household){.leash = {-1, -1}, .null = -1, .log = -1};
    enum spill_status status = household_make_folder(household, error);
    if (status == SPILL_OK) {
        status = household_make_pipes(household, error);
    }
    if (status == SPILL_OK) {
        status = household_make_keys(household, script, people, error);
    }
    if (status != SPILL_OK) {
        run_household_close(household);
    }
    return status;
}

static void household_close_descriptor(int *descriptor) {
    if (*descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
}

void run_household_close(struct run_household *household) {
    household_close_descriptor(&household->leash[0]);
    household_close_descriptor(&household->leash[1]);
    household_close_descriptor(&household->null);
    household_close_descriptor(&household->log);
    DIR *const folder = household->folder[0] == '\0' ? NULL : opendir(household->folder);
    if (folder == NULL) {
        return;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL) {
        (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    (void)rmdir(household->folder);
    household->folder[0] = '\0';
}

bool run_household_last_words(const struct run_household *household, char *text,
                              size_t capacity_bytes) {
    static const char mark[] = "spillover: ";
    char *const log = spill_alloc(HOUSEHOLD_LOG_BYTES, 1);
    bool found = false;
    if (log == NULL) {
        return false;
    }
    const off_t end = lseek(household->log, 0, SEEK_END);
    const off_t begin = end > HOUSEHOLD_LOG_BYTES - 1 ? end - (HOUSEHOLD_LOG_BYTES - 1) : 0;
    const ssize_t bytes = pread(household->log, log, HOUSEHOLD_LOG_BYTES - 1, begin);
    for (char *line = bytes > 0 ? log : NULL; line != NULL && *line != '\0';) {
        char *const line_end = strchr(line, '\n');
        if (line_end != NULL) {
            *line_end = '\0';
        }
        if (strncmp(line, mark, sizeof mark - 1) == 0) {
            snprintf(text, capacity_bytes, "%s", line);
            spill_utf8_trim(text);
            found = true;
        }
        line = line_end == NULL ? NULL : line_end + 1;
    }
    free(log);
    return found;
}
