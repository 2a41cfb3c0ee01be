/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a recording with any one byte changed is refused and named, or reads exactly as
 * before. */
#include <fcntl.h>
#include <unistd.h>

#include "tests/record/sample.h"

/* Sanitized programs are ten times slower, and meet the same bytes: they look at fewer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(SPILL_PLAIN_RUNNER)
enum { ROT_STEP = 31 };
#else
enum { ROT_STEP = 1 };
#endif
enum { ROT_RECORDS = 24 };

static char *rot_content(const char *path) {
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status = recording_open(path, RECORDING_READ, NULL, &recording, &error);
    if (status != SPILL_OK) {
        /* Named: the file, and what in it. */
        CHECK(status == SPILL_CORRUPT || status == SPILL_INVALID || status == SPILL_REVISION ||
              status == SPILL_IO);
        CHECK(strstr(error.text, "a.spill: ") != NULL);
        return NULL;
    }
    char *const content = sample_content(recording);
    recording_close(&recording);
    return content;
}

/* Deep inside unused space: of that, some bytes stand for all. */
static bool rot_unused(const char *bytes, size_t bytes_count, size_t at) {
    enum { AROUND = 24, SOME = 37 };
    for (size_t i = at < AROUND ? 0 : at - AROUND; i < bytes_count && i <= at + AROUND; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return at % SOME != 0;
}

/* Every step-th byte, from `first`, with these bits of it flipped. */
static void rot_all(uint8_t bits, size_t first, size_t step) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    sample_write(path, ROT_RECORDS, 16);
    size_t bytes_count = 0;
    char *const bytes = temporary_read(path, &bytes_count);
    char *const sound = rot_content(path);
    CHECK(sound != NULL);
    const int file = open(path, O_WRONLY);
    CHECK_LE(0, file);
    size_t harmless = 0;
    size_t looked = 0;
    for (size_t at = first; at < bytes_count; at += step) {
        if (rot_unused(bytes, bytes_count, at)) {
            continue;
        }
        looked++;
        const char rotten = (char)(bytes[at] ^ bits);
        CHECK_EQ(pwrite(file, &rotten, 1, (off_t)at), 1);
        char *const content = rot_content(path);
        if (content != NULL) {
            harmless++;
            if (strcmp(content, sound) != 0) {
                CHECK_FAIL("byte %zu xor %02x is read as something else", at, bits);
            }
        }
        free(content);
        CHECK_EQ(pwrite(file, &bytes[at], 1, (off_t)at), 1);
    }
    printf("%zu of %zu bytes, xor %02x: %zu harmless\n", looked, bytes_count, bits, harmless);
    close(file);
    free(bytes);
    free(sound);
    temporary_destroy(&folder);
}

TEST(rot, any_byte_inverted_is_refused_or_harmless) {
    rot_all(0xff, 0, ROT_STEP);
}

TEST(rot, any_lowest_bit_flipped_is_refused_or_harmless) {
    rot_all(0x01, 1, 7 * ROT_STEP);
}

TEST(rot, other_bits_flipped_are_refused_or_harmless) {
    for (unsigned bit = 1; bit < 8; bit++) {
        rot_all((uint8_t)(1u << bit), bit, 61 * ROT_STEP);
    }
}

TEST(rot, file_cut_anywhere_is_refused) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    sample_write(path, ROT_RECORDS, 16);
    size_t bytes_count = 0;
    char *const bytes = temporary_read(path, &bytes_count);
    for (size_t length = 0; length < bytes_count; length += 127) {
        temporary_write(&folder, "a.spill", bytes, length);
        char *const content = rot_content(path);
        CHECK(content == NULL);
    }
    free(bytes);
    temporary_destroy(&folder);
}

static void rot_copy(const char *from, const char *to) {
    size_t bytes_count = 0;
    char *const bytes = temporary_read(from, &bytes_count);
    FILE *const file = fopen(to, "wb");
    CHECK(file != NULL);
    CHECK_EQ(fwrite(bytes, 1, bytes_count, file), bytes_count);
    CHECK_EQ(fclose(file), 0);
    free(bytes);
}

/* A crash leaves the log, and SQLite drops in silence what stands behind a bad frame of it. The end
 * may be unfinished work; what came before it was acknowledged. */
TEST(rot, log_that_rots_is_refused_or_loses_its_end_only) {
    enum { BATCHES = 6, BATCH = 5 };
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char copy[TEMPORARY_PATH_BYTES];
    char path_log[TEMPORARY_PATH_BYTES];
    char copy_log[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "a.spill", path);
    temporary_path(&folder, "b.spill", copy);
    temporary_path(&folder, "a.spill-wal", path_log);
    temporary_path(&folder, "b.spill-wal", copy_log);
    struct recording *recording = sample_create(path, NULL);
    uint64_t durable = SAMPLE_FIRST - 1;
    for (int i = 0; i < BATCHES; i++) {
        sample_append_all(recording, durable + 1, durable + BATCH);
        durable += BATCH;
        sample_commit(recording, durable);
    }
    rot_copy(path, copy);
    rot_copy(path_log, copy_log);
    recording_close(&recording);
    size_t bytes_count = 0;
    char *const bytes = temporary_read(copy_log, &bytes_count);
    size_t refused = 0;
    size_t shorter = 0;
    for (size_t at = 0; at < bytes_count; at += at < 1200 ? 1 : (size_t)13 * ROT_STEP) {
        bytes[at] ^= 0x10;
        temporary_write(&folder, "b.spill-wal", bytes, bytes_count);
        bytes[at] ^= 0x10;
        struct spill_error error = {{0}};
        const enum spill_status status =
            recording_open(copy, RECORDING_READ, NULL, &recording, &error);
        if (status != SPILL_OK) {
            CHECK_EQ(status, SPILL_CORRUPT);
            CHECK(strstr(error.text, "b.spill-wal: ") != NULL);
            refused++;
            /* What is left can be read. */
            CHECK_OK(recording_open(copy, RECORDING_SALVAGE, NULL, &recording, &error));
            CHECK(strstr(recording_damage(recording), "write-ahead log is damaged") != NULL);
        } else {
            CHECK_LE(durable - (uint64_t)2 * BATCH, recording_durable(recording));
            shorter += recording_durable(recording) < durable;
        }
        recording_close(&recording);
    }
    printf("%zu bytes of log: %zu refused, %zu lose the end\n", bytes_count, refused, shorter);
    CHECK_LT((size_t)0, refused);
    free(bytes);
    temporary_destroy(&folder);
}
