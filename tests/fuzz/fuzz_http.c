/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are headers that let nobody in by accident, and an answer or none. */
#include <stdlib.h>
#include <string.h>

#include "proto/http/client.h"
#include "tests/fuzz/fuzz.h"

enum { FUZZ_PORT = 8080 };

static void fuzz_headers(const char *text) {
    static const char *const names[] = {"exercise.example"};
    const struct headers_names ours = {names, 1};
    char value[HEADERS_TOKEN_BYTES];
    uint64_t number = 0;
    if (headers_host_allowed(text, FUZZ_PORT, false, &ours)) {
        /* Nothing but an address, or a name of ours, and the port. */
        const size_t bytes = strlen(text);
        SPILL_ASSERT(bytes > 5);
        SPILL_ASSERT(strcmp(text + bytes - 5, ":8080") == 0 || strrchr(text, ':') != NULL);
        SPILL_ASSERT(strpbrk(text, "/@ \r\n") == NULL);
    }
    if (headers_bearer(text, value)) {
        SPILL_ASSERT(headers_token_valid(value));
    }
    if (headers_cookie(text, "spillover-8080", value, sizeof value)) {
        SPILL_ASSERT(strlen(value) < sizeof value);
        SPILL_ASSERT(strchr(value, ';') == NULL);
    }
    if (headers_number(text, &number)) {
        SPILL_ASSERT(number <= (uint64_t)INT64_MAX);
    }
    SPILL_ASSERT(!headers_origin_same(text, "127.0.0.1:8080", false) ||
                 strlen(text) == strlen("http://127.0.0.1:8080"));
    (void)headers_json(text);
    (void)headers_match(text, "\"abc\"");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    char *const text = malloc(size_bytes + 1);
    struct client_answer answer = {0};
    if (text == NULL) {
        return 0;
    }
    memcpy(text, bytes, size_bytes);
    text[size_bytes] = '\0';
    fuzz_headers(text);
    if (client_parse(text, size_bytes, &answer) == SPILL_OK) {
        SPILL_ASSERT(answer.code <= 999);
        SPILL_ASSERT(answer.body >= text);
        SPILL_ASSERT(answer.body_bytes <= size_bytes);
        SPILL_ASSERT(answer.body[answer.body_bytes] == '\0');
    }
    free(text);
    return 0;
}
