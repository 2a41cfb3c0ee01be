/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that no damage to the bytes of a package crashes the loader, makes it hang or leak:
 * flipped, removed, doubled and cut bytes, in a fixed random order. Every fault lies in a file that
 * there is, inside it.
 */
#include "coordinator/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/scenario/sample.h"

/* Under the thread sanitizer, which has nothing to find here, a sample of the samples. */
#ifdef SPILL_PLAIN_RUNNER
enum { MUTATION_ROUNDS = 200 };
#else
enum { MUTATION_ROUNDS = 1500 };
#endif
enum { MUTATION_FILES_MAX = 16, MUTATION_PIECE_BYTES = 40 };

static uint64_t random_state;

/* splitmix64 */
static uint64_t random_next(void) {
    random_state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mix = random_state;
    mix = (mix ^ mix >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mix = (mix ^ mix >> 27) * UINT64_C(0x94D049BB133111EB);
    return mix ^ mix >> 31;
}

static size_t random_below(size_t bound) {
    return bound == 0 ? 0 : (size_t)(random_next() % bound);
}

/* Damages bytes in place; returns the new size. There is room for MUTATION_PIECE_BYTES more. */
static size_t damage(uint8_t *bytes, size_t size_bytes) {
    static const char pieces[][MUTATION_PIECE_BYTES] = {"\"",
                                                        "'",
                                                        "[",
                                                        "{",
                                                        "}",
                                                        ":",
                                                        "- ",
                                                        "&a ",
                                                        "*a",
                                                        "!x ",
                                                        "|\n",
                                                        ">\n",
                                                        "\t",
                                                        "\n",
                                                        "\r\n",
                                                        ",",
                                                        ";",
                                                        "\xEF\xBB\xBF",
                                                        "\xFF",
                                                        "\xF0\x9F\x98\x80",
                                                        "99999999999999999999",
                                                        "(((((((",
                                                        "%",
                                                        "? ",
                                                        "# ",
                                                        "---\n",
                                                        "<<: ",
                                                        "~",
                                                        "\\u0000",
                                                        "or or",
                                                        "e\xCC\x81"};
    const size_t at = random_below(size_bytes);
    switch (random_below(5)) {
    case 0:
        bytes[at] ^= (uint8_t)(1U << random_below(8));
        return size_bytes;
    case 1:
        return at; /* Cut. */
    case 2: {
        const size_t count = random_below(MUTATION_PIECE_BYTES) < size_bytes - at
                                 ? random_below(size_bytes - at < 20 ? size_bytes - at : 20)
                                 : 0;
        memmove(bytes + at, bytes + at + count, size_bytes - at - count);
        return size_bytes - count;
    }
    case 3: {
        const size_t count =
            size_bytes - at < MUTATION_PIECE_BYTES ? size_bytes - at : MUTATION_PIECE_BYTES;
        memmove(bytes + at + count, bytes + at, size_bytes - at);
        return size_bytes + count;
    }
    default: {
        const char *const piece = pieces[random_below(sizeof pieces / sizeof pieces[0])];
        memmove(bytes + at + strlen(piece), bytes + at, size_bytes - at);
        memcpy(bytes + at, piece, strlen(piece));
        return size_bytes + strlen(piece);
    }
    }
}

static void check_faults(const struct package *package, const struct fault_list *faults) {
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        const struct fault fault = fault_list_at(faults, i);
        char text[SAMPLE_FAULT_BYTES];
        CHECK_LT(0, fault_print(&fault, text, sizeof text));
        CHECK(spill_utf8_valid(fault.text, strlen(fault.text)));
        CHECK_LT(0, fault.length);
        if (fault.line > 0) {
            CHECK(sample_text(package, fault.file) != NULL);
            CHECK_LT(0, fault.column);
        }
    }
}

static void mutate(const struct package *sound, size_t damage_count) {
    struct package_file files[MUTATION_FILES_MAX];
    const size_t count = package_file_count(sound);
    CHECK_LE(count, MUTATION_FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        files[i] = package_file(sound, i);
    }
    const size_t chosen = random_below(count);
    uint8_t *const bytes =
        spill_alloc(files[chosen].size_bytes + damage_count * MUTATION_PIECE_BYTES + 1, 1);
    CHECK(bytes != NULL);
    memcpy(bytes, files[chosen].bytes, files[chosen].size_bytes);
    for (size_t i = 0; i < damage_count && files[chosen].size_bytes > 0; i++) {
        files[chosen].size_bytes = damage(bytes, files[chosen].size_bytes);
    }
    files[chosen].bytes = bytes;
    struct package *package = NULL;
    CHECK_OK(package_create(files, count, &package, NULL));
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    const enum spill_status status = scenario_load(package, "", &scenario, &faults);
    CHECK(status == SPILL_OK || status == SPILL_INVALID);
    CHECK_EQ(status == SPILL_OK, scenario != NULL);
    CHECK_EQ(status == SPILL_OK, fault_list_errors(faults) == 0);
    check_faults(package, faults);
    scenario_free(&scenario);
    fault_list_destroy(&faults);
    package_destroy(&package);
    free(bytes);
}

TEST(mutation, damaged_sample_is_loaded_or_refused) {
    random_state = 1;
    struct package *package = sample_package(NULL, NULL, NULL);
    for (size_t i = 0; i < MUTATION_ROUNDS; i++) {
        mutate(package, 1 + random_below(3));
    }
    package_destroy(&package);
}

TEST(mutation, damaged_tutorial_is_loaded_or_refused) {
    random_state = 2;
    struct package *package = sample_open("tutorial");
    for (size_t i = 0; i < MUTATION_ROUNDS; i++) {
        mutate(package, 1 + random_below(8));
    }
    package_destroy(&package);
}
