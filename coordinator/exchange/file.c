/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum spill_status exchange_file_read(const char *path, size_t bytes_max, char **bytes,
                                     size_t *size_bytes, struct spill_error *error) {
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return spill_fail(error, errno == ENOENT ? SPILL_NOT_FOUND : SPILL_IO, "%s: %s", path,
                          strerror(errno));
    }
    struct stat facts;
    char *read = NULL;
    enum spill_status status = SPILL_OK;
    if (fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        status = spill_fail(error, SPILL_IO, "%s: it is no plain file", path);
    } else if ((uint64_t)facts.st_size > bytes_max) {
        status =
            spill_fail(error, SPILL_LIMIT, "%s: it is larger than %zu MiB", path, bytes_max >> 20);
    } else {
        read = spill_alloc((size_t)facts.st_size + 1, 1);
        if (read == NULL) {
            status = spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
        } else if (fread(read, 1, (size_t)facts.st_size, file) != (size_t)facts.st_size) {
            status = spill_fail(error, SPILL_IO, "%s: it cannot be read", path);
        }
    }
    fclose(file);
    if (status != SPILL_OK) {
        free(read);
        return status;
    }
    *bytes = read;
    *size_bytes = (size_t)facts.st_size;
    return SPILL_OK;
}
