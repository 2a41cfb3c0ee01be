/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that inputs and outputs of every kind survive their bytes, that the bytes are canonical,
 * and that nothing else is taken for one. */
#include <stdio.h>
#include <string.h>

#include "proto/words.h"
#include "tests/check.h"
#include "tests/exercise/filler.h"

enum { ROUNDS = 20000, FUZZ_ROUNDS = 100000, JSON_BYTES = 1 << 20 };

struct bench {
    struct filler filler;
    struct codec_arena *arena;
    uint8_t *bytes;
    uint8_t *again;
    char *json;
};

static struct bench bench_create(uint64_t seed) {
    struct bench bench = {.filler = filler_create(seed)};
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &bench.arena));
    bench.bytes = malloc(OUTPUT_BYTES_MAX);
    bench.again = malloc(OUTPUT_BYTES_MAX);
    bench.json = malloc(JSON_BYTES);
    return bench;
}

static void bench_destroy(struct bench *bench) {
    filler_destroy(&bench->filler);
    codec_arena_destroy(&bench->arena);
    free(bench->bytes);
    free(bench->again);
    free(bench->json);
}

static void bench_reset(struct bench *bench) {
    filler_reset(&bench->filler);
    codec_arena_reset(bench->arena);
}

TEST(codec, an_input_survives_its_bytes) {
    struct bench bench = bench_create(1);
    for (int i = 0; i < ROUNDS; i++) {
        bench_reset(&bench);
        const struct input input = filler_input(&bench.filler);
        CHECK_EQ(input_fault(&input), NULL);
        size_t size_bytes = 0;
        CHECK_OK(input_encode(&input, bench.bytes, INPUT_BYTES_MAX, &size_bytes));
        struct input read;
        CHECK_OK(input_decode(bench.bytes, size_bytes, bench.arena, &read, NULL));
        CHECK_EQ(read.kind, input.kind);
        size_t again_bytes = 0;
        CHECK_OK(input_encode(&read, bench.again, INPUT_BYTES_MAX, &again_bytes));
        CHECK_BYTES(bench.bytes, size_bytes, bench.again, again_bytes);
    }
    bench_destroy(&bench);
}

TEST(codec, an_output_survives_its_bytes) {
    struct bench bench = bench_create(2);
    for (int i = 0; i < ROUNDS; i++) {
        bench_reset(&bench);
        const struct output output = filler_output(&bench.filler);
        CHECK_EQ(output_fault(&output), NULL);
        size_t size_bytes = 0;
        CHECK_OK(output_encode(&output, bench.bytes, OUTPUT_BYTES_MAX, &size_bytes));
        struct output read;
        CHECK_OK(output_decode(bench.bytes, size_bytes, bench.arena, &read, NULL));
        size_t again_bytes = 0;
        CHECK_OK(output_encode(&read, bench.again, OUTPUT_BYTES_MAX, &again_bytes));
        CHECK_BYTES(bench.bytes, size_bytes, bench.again, again_bytes);
    }
    bench_destroy(&bench);
}

/* Decodes whatever it is; what is accepted must be canonical, and fit for print. */
static void bench_take_input(struct bench *bench, size_t size_bytes) {
    struct input read;
    struct spill_error error = {{0}};
    codec_arena_reset(bench->arena);
    const enum spill_status status =
        input_decode(bench->bytes, size_bytes, bench->arena, &read, &error);
    if (status != SPILL_OK) {
        CHECK_EQ(status, SPILL_INVALID);
        CHECK(error.text[0] != '\0');
        CHECK_EQ(codec_arena_used_bytes(bench->arena), 0);
        return;
    }
    size_t again_bytes = 0;
    CHECK_OK(input_encode(&read, bench->again, INPUT_BYTES_MAX, &again_bytes));
    CHECK_BYTES(bench->bytes, size_bytes, bench->again, again_bytes);
    CHECK_LT(input_print_json(&read, bench->json, JSON_BYTES), JSON_BYTES);
}

static void bench_take_output(struct bench *bench, size_t size_bytes) {
    struct output read;
    struct spill_error error = {{0}};
    codec_arena_reset(bench->arena);
    const enum spill_status status =
        output_decode(bench->bytes, size_bytes, bench->arena, &read, &error);
    if (status != SPILL_OK) {
        CHECK_EQ(status, SPILL_INVALID);
        CHECK(error.text[0] != '\0');
        CHECK_EQ(codec_arena_used_bytes(bench->arena), 0);
        return;
    }
    size_t again_bytes = 0;
    CHECK_OK(output_encode(&read, bench->again, OUTPUT_BYTES_MAX, &again_bytes));
    CHECK_BYTES(bench->bytes, size_bytes, bench->again, again_bytes);
    CHECK_LT(output_print_json(&read, bench->json, JSON_BYTES), JSON_BYTES);
}

/* Changes, drops or adds a few bytes; returns the new size. */
static size_t bench_mutate(struct bench *bench, size_t size_bytes) {
    struct filler *const filler = &bench->filler;
    for (size_t i = 1 + filler_below(filler, 3); i > 0 && size_bytes > 0; i--) {
        const size_t at = filler_below(filler, size_bytes);
        switch (filler_below(filler, 5)) {
        case 0:
            bench->bytes[at] ^= (uint8_t)(1U << filler_below(filler, 8));
            break;
        case 1:
            bench->bytes[at] = (uint8_t)filler_random(filler);
            break;
        case 2:
            bench->bytes[at] = filler_below(filler, 2) == 0 ? 0 : 0xFF;
            break;
        case 3:
            size_bytes = at;
            break;
        default:
            memmove(bench->bytes + at + 1, bench->bytes + at, size_bytes - at);
            size_bytes++;
        }
    }
    return size_bytes;
}

TEST(codec, changed_bytes_are_refused_or_another_input) {
    struct bench bench = bench_create(3);
    for (int i = 0; i < FUZZ_ROUNDS; i++) {
        bench_reset(&bench);
        const struct input input = filler_input(&bench.filler);
        size_t size_bytes = 0;
        CHECK_OK(input_encode(&input, bench.bytes, INPUT_BYTES_MAX, &size_bytes));
        bench_take_input(&bench, bench_mutate(&bench, size_bytes));
    }
    bench_destroy(&bench);
}

TEST(codec, changed_bytes_are_refused_or_another_output) {
    struct bench bench = bench_create(4);
    for (int i = 0; i < FUZZ_ROUNDS; i++) {
        bench_reset(&bench);
        const struct output output = filler_output(&bench.filler);
        size_t size_bytes = 0;
        CHECK_OK(output_encode(&output, bench.bytes, OUTPUT_BYTES_MAX, &size_bytes));
        bench_take_output(&bench, bench_mutate(&bench, size_bytes));
    }
    bench_destroy(&bench);
}

TEST(codec, random_bytes_are_no_input_and_no_output) {
    struct bench bench = bench_create(5);
    for (int i = 0; i < FUZZ_ROUNDS; i++) {
        bench_reset(&bench);
        const size_t size_bytes = filler_below(&bench.filler, 200);
        for (size_t j = 0; j < size_bytes; j++) {
            bench.bytes[j] = (uint8_t)filler_random(&bench.filler);
        }
        bench.bytes[0] = INPUT_FORMAT;
        bench_take_input(&bench, size_bytes);
        bench_take_output(&bench, size_bytes);
    }
    bench_destroy(&bench);
}

TEST(codec, every_cut_of_an_input_is_refused) {
    struct bench bench = bench_create(6);
    for (int i = 0; i < 300; i++) {
        bench_reset(&bench);
        const struct input input = filler_input(&bench.filler);
        size_t size_bytes = 0;
        CHECK_OK(input_encode(&input, bench.bytes, INPUT_BYTES_MAX, &size_bytes));
        for (size_t cut_bytes = 0; cut_bytes < size_bytes; cut_bytes++) {
            struct input read = {.kind = INPUT_NOTE};
            CHECK_EQ(input_decode(bench.bytes, cut_bytes, bench.arena, &read, NULL), SPILL_INVALID);
            CHECK_EQ(read.kind, INPUT_NOTE);
        }
    }
    bench_destroy(&bench);
}

TEST(codec, what_is_behind_the_end_is_refused) {
    struct bench bench = bench_create(7);
    for (int i = 0; i < 300; i++) {
        bench_reset(&bench);
        const struct output output = filler_output(&bench.filler);
        size_t size_bytes = 0;
        CHECK_OK(output_encode(&output, bench.bytes, OUTPUT_BYTES_MAX, &size_bytes));
        bench.bytes[size_bytes] = 0;
        struct output read;
        CHECK_EQ(output_decode(bench.bytes, size_bytes + 1, bench.arena, &read, NULL),
                 SPILL_INVALID);
    }
    bench_destroy(&bench);
}

static const struct input note = {.kind = INPUT_NOTE,
                                  .who = {WHO_EVALUATOR, "eva"},
                                  .note = {.inject = "", .text = "Slow \"start\"\n"}};

TEST(codec, an_input_reads_as_json) {
    char text[200];
    const size_t needed = input_print_json(&note, text, sizeof text);
    CHECK_EQ(text, "{\"kind\":\"note\",\"who\":\"evaluator\",\"by\":\"eva\",\"inject\":\"\","
                   "\"text\":\"Slow \\\"start\\\"\\u000a\"}");
    CHECK_EQ(needed, strlen(text));
    char cut[20];
    CHECK_EQ(input_print_json(&note, cut, sizeof cut), needed);
    CHECK_EQ(strlen(cut), sizeof cut - 1);
    CHECK_EQ(input_print_json(&note, NULL, 0), needed);
}

TEST(codec, time_that_does_not_come_is_null_in_json) {
    const struct input jump = {
        .kind = INPUT_JUMP, .who = {WHO_CONTROL, "excon"}, .jump = {.to_ms = SPILL_NEVER}};
    char text[200];
    input_print_json(&jump, text, sizeof text);
    CHECK_EQ(text, "{\"kind\":\"jump\",\"who\":\"control\",\"by\":\"excon\",\"to_ms\":null}");
}

TEST(codec, faults_are_named_and_not_encoded) {
    struct input input = note;
    uint8_t bytes[200];
    size_t size_bytes = 7;
    input.who.id = "Eva!";
    CHECK_EQ(input_fault(&input), "an id is not well-formed");
    CHECK_EQ(input_encode(&input, bytes, sizeof bytes, &size_bytes), SPILL_INVALID);
    input = note;
    input.who.id = "";
    CHECK_NE(input_fault(&input), NULL);
    input = note;
    input.note.text = "\xC3";
    CHECK_EQ(input_fault(&input), "a text is not well-formed UTF-8");
    input.note.text = NULL;
    CHECK_EQ(input_fault(&input), "a text is missing");
    input = note;
    input.kind = INPUT_KIND_COUNT;
    CHECK_NE(input_fault(&input), NULL);
    CHECK_EQ(input_encode(&note, bytes, 10, &size_bytes), SPILL_LIMIT);
    CHECK_EQ(size_bytes, 7);
}

TEST(codec, a_text_may_have_its_limit_and_not_more) {
    char *const text = malloc(INPUT_TEXT_BYTES_MAX + 2);
    memset(text, 'x', INPUT_TEXT_BYTES_MAX + 1);
    text[INPUT_TEXT_BYTES_MAX + 1] = '\0';
    struct input input = note;
    input.note.text = text;
    CHECK_EQ(input_fault(&input), "a text is too long");
    text[INPUT_TEXT_BYTES_MAX] = '\0';
    CHECK_EQ(input_fault(&input), NULL);
    free(text);
}

TEST(codec, a_list_may_have_its_limit_and_not_more) {
    const char *to[INPUT_CELLS_MAX + 1];
    for (size_t i = 0; i < INPUT_CELLS_MAX + 1; i++) {
        to[i] = "nl-csirt";
    }
    struct input input = {.kind = INPUT_MESSAGE,
                          .who = {WHO_CONTROL, "excon"},
                          .message = {.to = to, .to_count = INPUT_CELLS_MAX, .text = ""}};
    CHECK_EQ(input_fault(&input), NULL);
    input.message.to_count++;
    CHECK_EQ(input_fault(&input), "a list is too long");
}

TEST(codec, a_full_arena_is_said_and_left_as_it_was) {
    struct codec_arena *arena = NULL;
    CHECK_OK(codec_arena_create(16, &arena));
    uint8_t bytes[200];
    size_t size_bytes = 0;
    CHECK_OK(input_encode(&note, bytes, sizeof bytes, &size_bytes));
    struct input read;
    struct spill_error error;
    CHECK_EQ(input_decode(bytes, size_bytes, arena, &read, &error), SPILL_LIMIT);
    CHECK_EQ(codec_arena_used_bytes(arena), 0);
    codec_arena_destroy(&arena);
}

TEST(codec, the_largest_input_fits_its_arena) {
    struct bench bench = bench_create(8);
    char *const text = malloc(INPUT_TEXT_BYTES_MAX + 1);
    memset(text, 'x', INPUT_TEXT_BYTES_MAX);
    text[INPUT_TEXT_BYTES_MAX] = '\0';
    char id[SPILL_ID_BYTES_MAX + 1];
    memset(id, 'a', sizeof id);
    id[SPILL_ID_BYTES_MAX] = '\0';
    const char *to[INPUT_CELLS_MAX];
    for (size_t i = 0; i < INPUT_CELLS_MAX; i++) {
        to[i] = id;
    }
    const struct input input = {.kind = INPUT_AD_HOC,
                                .who = {WHO_CONTROL, id},
                                .ad_hoc = {.to = to,
                                           .to_count = INPUT_CELLS_MAX,
                                           .replaces = id,
                                           .channel = "mail",
                                           .from = text,
                                           .title = text,
                                           .text = text}};
    size_t size_bytes = 0;
    CHECK_OK(input_encode(&input, bench.bytes, INPUT_BYTES_MAX, &size_bytes));
    struct codec_arena *arena = NULL;
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &arena));
    struct input read;
    CHECK_OK(input_decode(bench.bytes, size_bytes, arena, &read, NULL));
    codec_arena_destroy(&arena);
    free(text);
    bench_destroy(&bench);
}

TEST(codec, an_arena_that_finds_no_memory_is_not_made) {
    for (long after = 0; after < 2; after++) {
        struct codec_arena *arena = NULL;
        spill_alloc_fail_after(after, false);
        CHECK_EQ(codec_arena_create(100, &arena), SPILL_MEMORY);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(arena, NULL);
    }
}

TEST(codec, heads_depend_on_every_message_and_their_order) {
    uint8_t one[OUTPUT_HEAD_BYTES] = {0};
    uint8_t two[OUTPUT_HEAD_BYTES] = {0};
    output_head(one, (const uint8_t *)"ab", 2);
    output_head(one, (const uint8_t *)"c", 1);
    output_head(two, (const uint8_t *)"a", 1);
    output_head(two, (const uint8_t *)"bc", 2);
    CHECK(memcmp(one, two, sizeof one) != 0);
}

TEST(codec, every_refusal_has_words_for_people) {
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        char name[100];
        enum words_key key = WORDS_COUNT;
        snprintf(name, sizeof name, "refusal_%s", refusal_name((enum refusal)i));
        CHECK(words_find(name, &key));
    }
}

/* The format: a change of these bytes is another INPUT_FORMAT. */
TEST(codec, an_input_has_these_bytes) {
    const uint8_t expected[] = {1,   27,                 /* note */
                                3,   3,   'e', 'v', 'a', /* by whom */
                                0,                       /* no inject */
                                15,  0,   0,   0,        /* text */
                                'S', 'l', 'o', 'w', ' ', '"', 's', 't', 'a', 'r', 't', '"', '\n'};
    uint8_t bytes[100];
    size_t size_bytes = 0;
    struct input input = note;
    input.note.text = "Slow \"start\"\n\xC3\xA9";
    CHECK_OK(input_encode(&input, bytes, sizeof bytes, &size_bytes));
    CHECK_EQ(size_bytes, sizeof expected + 2);
    CHECK_BYTES(bytes, sizeof expected, expected, sizeof expected);
    const struct input delay = {
        .kind = INPUT_ADVANCE, .who = {WHO_SYSTEM, ""}, .advance = {.until_ms = 0x0102}};
    const uint8_t advance[] = {1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0 /* heed */};
    CHECK_OK(input_encode(&delay, bytes, sizeof bytes, &size_bytes));
    CHECK_BYTES(bytes, size_bytes, advance, sizeof advance);
}
