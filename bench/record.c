/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_record [FOLDER]: how many records a second become durable, committed one, ten, a hundred or
 * a thousand at a time, and how many are checked a second when a recording is opened.
 *
 * A record has 128 bytes of body and 128 of text; files go into FOLDER (TMPDIR, /tmp), whose disk
 * is what the small batches measure. Sizes of batch alternate. Prints the least, the median and the
 * most of the rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/measure.h"
#include "coordinator/record/recording.h"

enum { BENCH_ROUNDS = 5, BENCH_BATCHES = 4, BENCH_BODY_BYTES = 128, BENCH_PATH_BYTES = 1024 };

static const uint64_t bench_batch[BENCH_BATCHES] = {1, 10, 100, 1000};
static const uint64_t bench_records[BENCH_BATCHES] = {500, 5000, 50000, 100000};

static void bench_must(enum spill_status status, const struct spill_error *error) {
    if (status != SPILL_OK) {
        fprintf(stderr, "bench_record: %s\n", error->text);
        exit(SPILL_EXIT_INTERNAL);
    }
}

static void bench_remove(const char *path) {
    static const char *const ends[] = {
        "", "-wal", "-shm", ".secrets/signing.key", ".secrets/salt.key", ".secrets/lock"};
    char name[BENCH_PATH_BYTES + 32];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    snprintf(name, sizeof name, "%s.secrets", path);
    rmdir(name);
}

static double bench_seconds(int64_t since_ns) {
    return (double)(measure_now_ns() - since_ns) / 1e9;
}

static void bench_append(struct recording *recording, uint64_t at) {
    static uint8_t body[BENCH_BODY_BYTES];
    char text[BENCH_BODY_BYTES + 1];
    uint64_t sequence = 0;
    memset(text, ' ', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[0] = '{';
    text[sizeof text - 2] = '}';
    memcpy(body, &at, sizeof at);
    const struct record record = {.kind = RECORD_OUTPUT,
                                  .exercise_ms = (int64_t)at,
                                  .body = body,
                                  .body_bytes = sizeof body,
                                  .text = text};
    struct spill_error error = {{0}};
    bench_must(recording_append(recording, &record, &sequence), &error);
}

/* Records a second that become durable. */
static double bench_write(const char *path, uint64_t batch, uint64_t records) {
    const struct recording_meta meta = {.model_revision = 1};
    const struct recording_options options = {.program = "bench"};
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    uint64_t durable = 0;
    bench_remove(path);
    bench_must(recording_create(path, &meta, NULL, 0, &options, &recording, &error), &error);
    const int64_t began_ns = measure_now_ns();
    for (uint64_t at = 0; at < records; at++) {
        bench_append(recording, at);
        if ((at + 1) % batch == 0) {
            bench_must(recording_commit(recording, measure_now_ns() / 1000, 0, &durable, &error),
                       &error);
        }
    }
    const double seconds = bench_seconds(began_ns);
    bench_must(recording_finish(recording, 0, measure_now_ns() / 1000, 0, &error), &error);
    recording_close(&recording);
    return (double)records / seconds;
}

/* Records a second that are checked: chain, signatures and structure. */
static double bench_check(const char *path) {
    struct recording *recording = NULL;
    struct spill_error error = {{0}};
    const int64_t began_ns = measure_now_ns();
    bench_must(recording_open(path, RECORDING_READ, NULL, &recording, &error), &error);
    const double seconds = bench_seconds(began_ns);
    const double rate = (double)recording_durable(recording) / seconds;
    recording_close(&recording);
    return rate;
}

static int bench_compare(const void *left, const void *right) {
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void bench_print(const char *name, double rates[BENCH_ROUNDS]) {
    static const char *const which[] = {"least", "median", "most"};
    qsort(rates, BENCH_ROUNDS, sizeof rates[0], bench_compare);
    for (size_t i = 0; i < 3; i++) {
        char line[128];
        snprintf(line, sizeof line, "%s, %s", name, which[i]);
        measure_print(line, rates[i * (BENCH_ROUNDS - 1) / 2], "records/s");
    }
}

int main(int argc, char **argv) {
    const char *const temporary = getenv("TMPDIR");
    const char *const folder = argc > 1 ? argv[1] : temporary != NULL ? temporary : "/tmp";
    char path[BENCH_PATH_BYTES];
    double written[BENCH_BATCHES][BENCH_ROUNDS];
    double checked[BENCH_ROUNDS];
    snprintf(path, sizeof path, "%.900s/bench_record.%ld.spill", folder, (long)getpid());
    for (size_t round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t i = 0; i < BENCH_BATCHES; i++) {
            written[i][round] = bench_write(path, bench_batch[i], bench_records[i]);
        }
        checked[round] = bench_check(path);
    }
    bench_remove(path);
    for (size_t i = 0; i < BENCH_BATCHES; i++) {
        char name[64];
        snprintf(name, sizeof name, "recorded, %d a commit", (int)bench_batch[i]);
        bench_print(name, written[i]);
    }
    bench_print("checked at opening", checked);
    return 0;
}
