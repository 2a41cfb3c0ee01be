/* SPDX-License-Identifier: Apache-2.0 */
/* The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
#include "coordinator/record/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/record/recording.h"

enum {
    LOG_HEADER_BYTES = 32,
    LOG_FRAME_HEADER_BYTES = 24,
    LOG_PAGE_BYTES_MIN = 512,
    LOG_PAGE_BYTES_MAX = 65536,
    LOG_ATTEMPTS = 5,
    LOG_NAME_BYTES = RECORDING_PATH_BYTES_MAX + 64,
};

#define LOG_MAGIC UINT32_C(0x377f0682) /* The lowest bit: numbers of checksums are big-endian. */

struct log {
    int file;
    uint8_t header[LOG_HEADER_BYTES];
    uint32_t page_bytes;
    bool big;
    uint8_t *frame; /* Header and page of one. */
};

/* What a look at all frames found. */
struct log_found {
    uint64_t frame; /* The first that does not check, from 1; 0: none. */
    bool later;     /* Frames of a later transaction stand behind it. */
};

static uint32_t log_big(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t log_word(const struct log *log, const uint8_t *bytes) {
    return log->big ? log_big(bytes)
                    : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
                          (uint32_t)bytes[1] << 8 | bytes[0];
}

static void log_sum(const struct log *log, const uint8_t *bytes, size_t bytes_count,
                    uint32_t sum[2]) {
    for (size_t i = 0; i + 8 <= bytes_count; i += 8) {
        sum[0] += log_word(log, bytes + i) + sum[1];
        sum[1] += log_word(log, bytes + i + 4) + sum[0];
    }
}

/* True when all bytes were there. */
static bool log_read(const struct log *log, uint64_t at, uint8_t *bytes, size_t bytes_count) {
    size_t have = 0;
    while (have < bytes_count) {
        const ssize_t count =
            pread(log->file, bytes + have, bytes_count - have, (off_t)(at + have));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        have += (size_t)count;
    }
    return true;
}

/* A header that is there and sound; sum: its checksum. Zeros are none: nothing was written behind
 * them. */
static bool log_header(struct log *log, bool *none, uint32_t sum[2]) {
    static const uint8_t zeros[LOG_HEADER_BYTES];
    *none = !log_read(log, 0, log->header, sizeof log->header) ||
            memcmp(log->header, zeros, sizeof zeros) == 0;
    if (*none) {
        return true;
    }
    const uint32_t magic = log_big(log->header);
    log->page_bytes = log_big(log->header + 8);
    log->big = (magic & 1) != 0;
    sum[0] = 0;
    sum[1] = 0;
    log_sum(log, log->header, 24, sum);
    return (magic & ~UINT32_C(1)) == LOG_MAGIC && log->page_bytes >= LOG_PAGE_BYTES_MIN &&
           log->page_bytes <= LOG_PAGE_BYTES_MAX &&
           (log->page_bytes & (log->page_bytes - 1)) == 0 && sum[0] == log_big(log->header + 24) &&
           sum[1] == log_big(log->header + 28);
}

static bool log_fetch(const struct log *log, uint64_t frame) {
    const size_t frame_bytes = LOG_FRAME_HEADER_BYTES + log->page_bytes;
    return log_read(log, LOG_HEADER_BYTES + (frame - 1) * frame_bytes, log->frame, frame_bytes);
}

/* Whether the fetched frame belongs to this filling of the log: bit 0 and 1 for its two salts. */
static unsigned log_salts(const struct log *log) {
    return (unsigned)(memcmp(log->frame + 8, log->header + 16, 4) == 0) |
           (unsigned)(memcmp(log->frame + 12, log->header + 20, 4) == 0) << 1;
}

/* Takes the fetched frame into the checksum; whether it is sound. */
static bool log_sound(const struct log *log, uint32_t sum[2]) {
    log_sum(log, log->frame, 8, sum);
    log_sum(log, log->frame + LOG_FRAME_HEADER_BYTES, log->page_bytes, sum);
    return log_salts(log) == 3 && sum[0] == log_big(log->frame + 16) &&
           sum[1] == log_big(log->frame + 20);
}

/* Goes over all frames. The last one of a transaction may be repeated, to fill a sector of the
 * disk. */
static struct log_found log_scan(const struct log *log, const uint32_t start[2]) {
    struct log_found found = {.frame = 0};
    uint32_t sum[2] = {start[0], start[1]};
    uint32_t last =
        0; /* Page with which the transaction in front of this frame ended; 0: it goes on. */
    bool ended = false; /* A transaction that began at or behind the bad frame has ended. */
    for (uint64_t frame = 1; log_fetch(log, frame); frame++) {
        const unsigned salts = log_salts(log);
        const uint32_t page = log_big(log->frame);
        const bool ends = log_big(log->frame + 4) != 0;
        const bool repeated = ends && page == last;
        if (found.frame == 0 && !log_sound(log, sum)) {
            found.frame = frame;
            /* A frame of another filling has both salts changed. */
            found.later = salts == 1 || salts == 2;
        }
        if (found.frame != 0 && salts == 3 && !repeated) {
            found.later = found.later || ended;
            ended = ended || ends;
        }
        last = salts == 3 && ends ? page : repeated ? last : 0;
    }
    return found;
}

/* Looks again as long as somebody writes to it. */
static enum spill_status log_look(struct log *log, const char *path, struct spill_error *error) {
    struct log_found found = {.frame = 0};
    uint8_t before[LOG_HEADER_BYTES];
    bool sound = false;
    for (int attempt = 0; attempt < LOG_ATTEMPTS; attempt++) {
        uint32_t sum[2];
        bool none = false;
        sound = log_header(log, &none, sum);
        if (none) {
            return SPILL_OK;
        }
        memcpy(before, log->header, sizeof before);
        if (!sound) {
            continue;
        }
        free(log->frame);
        log->frame = spill_alloc(LOG_FRAME_HEADER_BYTES + log->page_bytes, 1);
        if (log->frame == NULL) {
            return spill_fail(error, SPILL_MEMORY, "out of memory");
        }
        found = log_scan(log, sum);
        if (!found.later && log_read(log, 0, log->header, sizeof log->header) &&
            memcmp(before, log->header, sizeof before) == 0) {
            return SPILL_OK;
        }
    }
    if (!sound) {
        return spill_fail(error, SPILL_CORRUPT, "%s: the head of the write-ahead log is damaged",
                          path);
    }
    return found.later ? spill_fail(error, SPILL_CORRUPT,
                                    "%s: the write-ahead log is damaged in frame %" PRIu64
                                    "; what was recorded behind it cannot be read",
                                    path, found.frame)
                       : SPILL_OK;
}

enum spill_status log_check(const char *database_path, struct spill_error *error) {
    char path[LOG_NAME_BYTES];
    snprintf(path, sizeof path, "%.*s-wal", RECORDING_PATH_BYTES_MAX, database_path);
    struct log log = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    if (log.file < 0) {
        return errno == ENOENT ? SPILL_OK
                               : spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
    }
    const enum spill_status status = log_look(&log, path, error);
    free(log.frame);
    close(log.file);
    return status;
}
