/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/protocol/document.h"

#include <stdlib.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

_Static_assert((int)OUTPUT_BYTES_MAX <= (int)FRAME_MESSAGE_BYTES_MAX, "a frame holds any message");
_Static_assert((int)BRIEF_CHUNK_BYTES <= (int)FRAME_MESSAGE_BYTES_MAX, "a frame holds any part");
_Static_assert((int)BRIEF_CHUNKS_MAX <= (int)FRAME_BRIEF_PARTS_MAX, "frames for any brief");
_Static_assert((int)INPUT_BYTES_MAX <= (int)FRAME_MESSAGE_BYTES_MAX, "a frame holds any input");
_Static_assert((int)OUTPUT_HEAD_BYTES == (int)FRAME_HEAD_BYTES, "heads are heads");
_Static_assert((int)FRAME_CLOCK_RUNNING == (int)CLOCK_RUNNING, "the clock's words");
_Static_assert((int)FRAME_CLOCK_COUNT == (int)CLOCK_STATE_COUNT, "the clock's words");
_Static_assert((int)MESSAGE_KIND_COUNT < (int)FRAME_LABEL_BRIEF, "a label for each kind");

static char *document; /* The whole file. */
static const char *printed;

static void start(void) {
    char path[TEMPORARY_PATH_BYTES];
    size_t bytes = 0;
    (void)snprintf(path, sizeof path, "%s/proto/PROTOCOL.md", getenv("SPILL_SOURCE"));
    document = temporary_read(path, &bytes);
    printed = strstr(document, DOCUMENT_MARK);
    CHECK(printed != NULL);
    printed += strlen(DOCUMENT_MARK);
}

static void finish(void) {
    free(document);
}

/* What the document says of kinds, reasons, fields and vectors is what the program does. */
TEST(protocol, document_is_what_the_tables_say) {
    start();
    char *now = NULL;
    size_t now_bytes = 0;
    char path[TEMPORARY_PATH_BYTES];
    FILE *const to = open_memstream(&now, &now_bytes);
    CHECK(to != NULL);
    (void)snprintf(path, sizeof path, "%s/proto/spillover.proto", getenv("SPILL_SOURCE"));
    char *const schema = temporary_read(path, &now_bytes);
    document_print(to, schema);
    CHECK_EQ(fclose(to), 0);
    free(schema);
    if (strcmp(printed, now) != 0) {
        CHECK_FAIL("proto/PROTOCOL.md is not what the tables say: ./dev reference");
    }
    free(now);
    finish();
}

/* One vector of the document: its first line, its JSON, its bytes. */
struct vector {
    char what[16], name[32];
    const char *json;
    size_t json_bytes;
    uint8_t bytes[4096];
    size_t size_bytes;
};

static int hex_digit(char c) {
    const char *const digits = "0123456789abcdef";
    const char *const at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* The next vector behind *at, as a reader of the document would take it; false: there is none. */
static bool next_vector(const char **at, struct vector *vector) {
    for (const char *fence = strstr(*at, "\n```\n"); fence != NULL;
         fence = strstr(fence + 1, "\n```\n")) {
        const char *const line = fence + 5;
        if (sscanf(line, "%15s %31s", vector->what, vector->name) != 2 ||
            strchr("fmi", line[0]) == NULL || strncmp(line, "master", 6) == 0) {
            continue;
        }
        vector->json = strchr(line, '\n') + 1;
        const char *hex = strchr(vector->json, '\n');
        vector->json_bytes = (size_t)(hex - vector->json);
        vector->size_bytes = 0;
        for (hex++; *hex != '`'; hex++) {
            if (*hex == '\n') {
                continue;
            }
            CHECK(hex_digit(hex[0]) >= 0 && hex_digit(hex[1]) >= 0);
            CHECK_LT(vector->size_bytes, sizeof vector->bytes);
            vector->bytes[vector->size_bytes++] =
                (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
            hex++;
        }
        *at = hex;
        return true;
    }
    return false;
}

static void frame_says(const struct vector *vector, struct wire *wire) {
    struct frame frame;
    struct spill_error error = {""};
    char *json = NULL;
    size_t json_bytes = 0;
    CHECK_EQ(wire_decode(wire, vector->bytes, vector->size_bytes, &frame, &error), SPILL_OK);
    CHECK_EQ(frame_kind_name(frame.kind), vector->name);
    FILE *const to = open_memstream(&json, &json_bytes);
    document_frame_json(to, &frame);
    CHECK_EQ(fclose(to), 0);
    CHECK_BYTES(json, json_bytes, vector->json, vector->json_bytes);
    free(json);
}

static void brief_says(const struct vector *vector) {
    static uint8_t again[sizeof vector->bytes];
    struct brief *brief = NULL;
    size_t again_bytes = 0;
    CHECK_OK(brief_decode(vector->bytes, vector->size_bytes, &brief, NULL));
    CHECK_OK(brief_encode(brief, again, sizeof again, &again_bytes));
    CHECK_BYTES(again, again_bytes, vector->bytes, vector->size_bytes);
    brief_destroy(&brief);
}

static void message_says(const struct vector *vector, struct codec_arena *arena) {
    static char json[DOCUMENT_JSON_BYTES];
    struct output output;
    struct input input;
    size_t json_bytes = 0;
    codec_arena_reset(arena);
    if (strcmp(vector->name, "brief") == 0) {
        brief_says(vector);
        return;
    }
    if (strcmp(vector->what, "message") == 0) {
        CHECK_OK(output_decode(vector->bytes, vector->size_bytes, arena, &output, NULL));
        CHECK_EQ(message_kind_name(output.message.kind), vector->name);
        json_bytes = output_print_json(&output, json, sizeof json);
    } else {
        CHECK_OK(input_decode(vector->bytes, vector->size_bytes, arena, &input, NULL));
        CHECK_EQ(input_kind_name(input.kind), vector->name);
        json_bytes = input_print_json(&input, json, sizeof json);
    }
    CHECK_BYTES(json, json_bytes, vector->json, vector->json_bytes);
}

/* The bytes in the document are frames, messages and inputs, and say what stands beside them. */
TEST(protocol, vectors_say_what_stands_beside_them) {
    start();
    struct wire *wire = NULL;
    struct codec_arena *arena = NULL;
    CHECK_OK(wire_create(&wire));
    CHECK_OK(codec_arena_create(OUTPUT_ARENA_BYTES, &arena));
    static struct vector vector;
    unsigned frames = 0, messages = 0;
    for (const char *at = printed; next_vector(&at, &vector);) {
        if (strcmp(vector.what, "frame") == 0) {
            frames++;
            frame_says(&vector, wire);
        } else {
            messages++;
            message_says(&vector, arena);
        }
    }
    CHECK_EQ(frames, FRAME_KIND_COUNT);
    CHECK_EQ(messages, MESSAGE_KIND_COUNT + DOCUMENT_INPUTS + 1);
    wire_destroy(&wire);
    codec_arena_destroy(&arena);
    finish();
}

/* Every limit that the document states as a table is the program's. */
TEST(protocol, limits_are_those_of_the_program) {
    start();
    static const struct {
        const char *name;
        long long value;
    } limits[] = {
        {"frame", FRAME_BYTES_MAX},
        {"message", FRAME_MESSAGE_BYTES_MAX},
        {"window, messages", STREAM_WINDOW_MESSAGES},
        {"window, bytes", STREAM_WINDOW_BYTES},
        {"parts of a snapshot", FRAME_SNAPSHOT_PARTS_MAX},
        {"parts of a brief", FRAME_BRIEF_PARTS_MAX},
        {"part of a brief, opened, bytes", BRIEF_CHUNK_BYTES},
        {"input", INPUT_BYTES_MAX},
        {"words in a frame, bytes", FRAME_TEXT_BYTES_MAX},
        {"unknown fields in a HELLO", WIRE_UNKNOWN_FIELDS_MAX},
        {"id, bytes", SPILL_ID_BYTES_MAX},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char row[128];
        (void)snprintf(row, sizeof row, "| %s | %lld |", limits[i].name, limits[i].value);
        if (strstr(document, row) == NULL) {
            CHECK_FAIL("proto/PROTOCOL.md does not say: %s", row);
        }
    }
    finish();
}
