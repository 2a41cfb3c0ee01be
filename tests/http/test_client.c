/* SPDX-License-Identifier: Apache-2.0 */
/* Proves what is an answer and what is not. */
#include "proto/http/client.h"

#include <string.h>

#include "tests/check.h"

static enum spill_status parse(const char *text, struct client_answer *answer) {
    static char bytes[1024];
    CHECK_LT(strlen(text), sizeof bytes);
    memset(bytes, '#', sizeof bytes);
    memcpy(bytes, text, strlen(text));
    return client_parse(bytes, strlen(text), answer);
}

TEST(client, bodies_come_with_a_length_in_chunks_or_to_the_end) {
    struct client_answer answer = {0};
    CHECK_OK(parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", &answer));
    CHECK_EQ(answer.code, 200U);
    CHECK_EQ(answer.body, "abc");
    CHECK_OK(parse("HTTP/1.1 404 Not Found\r\n\r\nabc", &answer));
    CHECK_EQ(answer.code, 404U);
    CHECK_EQ(answer.body, "abc");
    CHECK_OK(parse("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
                   &answer));
    CHECK_EQ(answer.body, "abc0123456789");
    CHECK_EQ(answer.body_bytes, (size_t)13);
    CHECK_OK(parse("HTTP/1.1 204 No Content\r\n\r\n", &answer));
    CHECK_EQ(answer.body, "");
}

TEST(client, what_is_cut_off_or_no_answer_is_refused) {
    static const char *const wrong[] = {
        "",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    };
    struct client_answer answer = {.code = 7};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (parse(wrong[i], &answer) != SPILL_INVALID) {
            CHECK_FAIL("%s", wrong[i]);
        }
        CHECK_EQ(answer.code, 7U);
    }
}
