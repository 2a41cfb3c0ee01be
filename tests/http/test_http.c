/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves who is let in and who is not, that answers may come later or never, and that streams do
 * not wait for each other.
 */
#include "proto/http/http.h"

#include "proto/http/client.h"
#include "tests/http/raw.h"

enum { TEST_STREAMS = 200, TEST_OWNER = 7, TEST_LARGE_BYTES = 1 << 20 };

static struct http_server *server;
static char token[HEADERS_TOKEN_BYTES];
static bool server_closed;
static unsigned asked;
static int asked_token;
static char asked_body[128];
static char asked_query[128];
static struct http_pending *pending;
static struct http_stream *streams[TEST_STREAMS + 100];
static size_t stream_count;
static size_t streams_closed;
static size_t streams_drained;

static void on_drained(struct http_stream *stream, void *context) {
    (void)stream;
    (void)context;
    streams_drained++;
}

static void on_closed(struct http_stream *stream, void *context) {
    (void)context;
    for (size_t i = 0; i < stream_count; i++) {
        if (streams[i] == stream) {
            streams[i] = NULL;
        }
    }
    streams_closed++;
}

static void on_request(struct http_request *request, void *context) {
    static const unsigned char page[] = "<!doctype html>";
    static const struct http_file file = {.path = "/page",
                                          .content_type = "text/html; charset=utf-8",
                                          .tag = "\"abc\"",
                                          .bytes = page,
                                          .size_bytes = sizeof page - 1};
    static const struct http_stream_events events = {on_drained, on_closed, NULL};
    const char *const path = http_request_path(request);
    size_t body_bytes = 0;
    (void)context;
    asked++;
    asked_token = http_request_token(request);
    snprintf(asked_body, sizeof asked_body, "%s", http_request_body(request, &body_bytes));
    const char *const query = http_request_query(request, "q");
    snprintf(asked_query, sizeof asked_query, "%s", query == NULL ? "(none)" : query);
    if (strcmp(path, "/page") == 0) {
        http_answer_file(request, &file);
    } else if (strcmp(path, "/later") == 0) {
        pending = http_later(request);
    } else if (strcmp(path, "/stream") == 0 && asked_token == TEST_OWNER) {
        if (http_stream_open(request, &events, &streams[stream_count]) == SPILL_OK) {
            stream_count++;
        }
    } else if (strcmp(path, "/thing") == 0) {
        http_answer(request, 200, "text/plain", "thing", 5);
    } else {
        http_answer_error(request, 404, "there is nothing here");
    }
}

static void begin(void) {
    struct spill_error error = {{0}};
    const struct http_options options = {.loop = &raw_loop,
                                         .address = "127.0.0.1:0",
                                         .session_path = "/session",
                                         .on_request = on_request};
    raw_begin();
    server_closed = false;
    asked = 0;
    stream_count = streams_closed = streams_drained = 0;
    if (http_server_open(&options, &server, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    http_token_make(token);
    CHECK_OK(http_server_admit(server, token, TEST_OWNER));
}

static void on_server_closed(void *context) {
    *(bool *)context = true;
}

static void end(void) {
    http_server_close(&server, on_server_closed, &server_closed);
    RAW_UNTIL(server_closed);
    raw_end();
}

/* One exchange on a connection of its own; the answer up to its end. */
static void exchange(struct raw *raw, const char *first, const char *headers, const char *body) {
    char request[4096];
    raw_open(raw, http_server_address(server));
    snprintf(request, sizeof request, "%s HTTP/1.1\r\nConnection: close\r\n%s\r\n%s", first,
             headers, body);
    raw_send(raw, request);
    RAW_UNTIL(raw->closed);
}

static const char *host(void) {
    static char line[128];
    snprintf(line, sizeof line, "Host: %s\r\n", http_server_address(server));
    return line;
}

static void refused(const char *first, const char *headers, const char *body, const char *code) {
    struct raw raw;
    const unsigned before = asked;
    exchange(&raw, first, headers, body);
    if (!raw_has(&raw, code)) {
        CHECK_FAIL("%s %s: not %s but %.200s", first, headers, code, raw.bytes);
    }
    CHECK_EQ(asked, before);
    raw_close(&raw);
}

TEST(http, request_is_answered_and_forbids_what_pages_do_not_need) {
    struct raw raw;
    begin();
    exchange(&raw, "GET /thing?q=a%20b%C3%A9", host(), "");
    CHECK(raw_has(&raw, "HTTP/1.1 200 "));
    CHECK(raw_has(&raw, "\r\n\r\nthing"));
    CHECK(raw_has(&raw, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
    CHECK(raw_has(&raw, "X-Content-Type-Options: nosniff"));
    CHECK(raw_has(&raw, "Cache-Control: no-store"));
    CHECK_EQ(asked_query, "a b\xC3\xA9");
    CHECK_EQ(asked_token, HTTP_NO_TOKEN);
    raw_close(&raw);
    exchange(&raw, "GET /thing?q=a%00b", host(), "");
    CHECK_EQ(asked_query, "(none)");
    raw_close(&raw);
    exchange(&raw, "GET /thing?q=%FF", host(), "");
    CHECK_EQ(asked_query, "(none)");
    raw_close(&raw);
    exchange(&raw, "GET /../../etc/passwd", host(), "");
    CHECK(raw_has(&raw, "HTTP/1.1 404 "));
    CHECK(raw_has(&raw, "{\"error\":\"there is nothing here\"}"));
    raw_close(&raw);
    CHECK(http_server_loopback(server));
    end();
}

TEST(http, foreign_hosts_and_origins_are_refused) {
    char headers[512];
    char port[16];
    begin();
    snprintf(port, sizeof port, "%s", strchr(http_server_address(server), ':'));
    refused("GET /thing", "", "", "HTTP/1.1 400 "); /* By HTTP/1.1 itself. */
    snprintf(headers, sizeof headers, "Host: evil.example%s\r\n", port);
    refused("GET /thing", headers, "", "HTTP/1.1 421 ");
    refused("GET /thing", "Host: 127.0.0.1:1\r\n", "", "HTTP/1.1 421 ");
    snprintf(headers, sizeof headers, "%sOrigin: https://evil.example\r\n", host());
    refused("GET /thing", headers, "", "HTTP/1.1 403 ");
    snprintf(headers, sizeof headers, "%sOrigin: null\r\n", host());
    refused("GET /thing", headers, "", "HTTP/1.1 403 ");
    /* Another port of this machine is somebody else. */
    snprintf(headers, sizeof headers, "%sOrigin: http://127.0.0.1:1\r\n", host());
    refused("GET /thing", headers, "", "HTTP/1.1 403 ");
    /* A POST must say where it comes from, or show a token that no browser sends by itself. */
    snprintf(headers, sizeof headers, "%sContent-Type: application/json\r\nContent-Length: 2\r\n",
             host());
    refused("POST /thing", headers, "{}", "HTTP/1.1 403 ");
    snprintf(headers, sizeof headers,
             "%sOrigin: http://%s\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n", host(),
             http_server_address(server));
    refused("POST /thing", headers, "{}", "HTTP/1.1 415 ");
    snprintf(headers, sizeof headers, "%sContent-Length: 2\r\n", host());
    refused("PUT /thing", headers, "{}", "HTTP/1.1 405 ");
    refused("OPTIONS /thing", host(), "", "HTTP/1.1 405 ");
    end();
}

TEST(http, localhost_is_ours_too) {
    struct raw raw;
    char headers[128];
    begin();
    snprintf(headers, sizeof headers, "Host: localhost%s\r\nOrigin: http://localhost%s\r\n",
             strchr(http_server_address(server), ':'), strchr(http_server_address(server), ':'));
    exchange(&raw, "GET /thing", headers, "");
    CHECK(raw_has(&raw, "HTTP/1.1 200 "));
    raw_close(&raw);
    end();
}

TEST(http, token_becomes_a_cookie_that_scripts_cannot_read) {
    struct raw raw;
    char headers[1024];
    char body[128];
    begin();
    snprintf(body, sizeof body, "{\"token\": \"%s\"}", token);
    snprintf(headers, sizeof headers,
             "%sOrigin: http://%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n",
             host(), http_server_address(server), strlen(body));
    exchange(&raw, "POST /session", headers, body);
    CHECK(raw_has(&raw, "HTTP/1.1 204 "));
    CHECK(raw_has(&raw, "; HttpOnly; SameSite=Strict; Path=/\r\n"));
    char cookie[256];
    snprintf(cookie, sizeof cookie, "Set-Cookie: spillover-%s=%s;",
             strchr(http_server_address(server), ':') + 1, token);
    CHECK(raw_has(&raw, cookie));
    raw_close(&raw);
    snprintf(headers, sizeof headers, "%sCookie: other=1; spillover-%s=%s\r\n", host(),
             strchr(http_server_address(server), ':') + 1, token);
    exchange(&raw, "GET /thing", headers, "");
    CHECK_EQ(asked_token, TEST_OWNER);
    raw_close(&raw);
    snprintf(headers, sizeof headers, "%sAuthorization: Bearer %s\r\n", host(), token);
    exchange(&raw, "GET /thing", headers, "");
    CHECK_EQ(asked_token, TEST_OWNER);
    raw_close(&raw);
    char wrong[HEADERS_TOKEN_BYTES];
    memcpy(wrong, token, sizeof wrong);
    wrong[10] = wrong[10] == 'a' ? 'b' : 'a';
    snprintf(headers, sizeof headers, "%sAuthorization: Bearer %s\r\n", host(), wrong);
    exchange(&raw, "GET /thing", headers, "");
    CHECK_EQ(asked_token, HTTP_NO_TOKEN);
    raw_close(&raw);
    snprintf(body, sizeof body, "{\"token\": \"%s\"}", wrong);
    snprintf(headers, sizeof headers,
             "%sOrigin: http://%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n",
             host(), http_server_address(server), strlen(body));
    exchange(&raw, "POST /session", headers, body);
    CHECK(raw_has(&raw, "HTTP/1.1 403 "));
    CHECK(!raw_has(&raw, "Set-Cookie"));
    raw_close(&raw);
    CHECK_EQ(http_server_admit(server, "short", 1), SPILL_INVALID);
    end();
}

TEST(http, bodies_have_a_bound) {
    struct raw raw;
    char headers[1024];
    char body[101];
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    begin();
    snprintf(
        headers, sizeof headers,
        "%sAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n",
        host(), token);
    exchange(&raw, "POST /thing", headers, body);
    CHECK(raw_has(&raw, "HTTP/1.1 200 "));
    CHECK_EQ(asked_body, body);
    raw_close(&raw);
    snprintf(
        headers, sizeof headers,
        "%sAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n",
        host(), token, HTTP_BODY_BYTES_MAX + 1);
    raw_open(&raw, http_server_address(server));
    raw_send(&raw, "POST /thing HTTP/1.1\r\nConnection: close\r\n");
    raw_send(&raw, headers);
    raw_send(&raw, "\r\n");
    const unsigned before = asked;
    char *const large = malloc(HTTP_BODY_BYTES_MAX + 2);
    CHECK(large != NULL);
    memset(large, 'y', HTTP_BODY_BYTES_MAX + 1);
    large[HTTP_BODY_BYTES_MAX + 1] = '\0';
    raw_send(&raw, large);
    free(large);
    RAW_UNTIL(raw.closed);
    CHECK(raw_has(&raw, "HTTP/1.1 413 "));
    CHECK_EQ(asked, before);
    raw_close(&raw);
    end();
}

TEST(http, answers_may_come_later_or_find_nobody) {
    struct raw raw;
    char request[256];
    begin();
    raw_open(&raw, http_server_address(server));
    snprintf(request, sizeof request, "GET /later HTTP/1.1\r\n%s\r\n", host());
    raw_send(&raw, request);
    RAW_UNTIL(pending != NULL);
    http_pending_answer(&pending, 200, "text/plain", "at last", 7);
    RAW_UNTIL(raw_has(&raw, "at last"));
    /* The same connection again; this time nobody waits for the answer. */
    raw_send(&raw, request);
    RAW_UNTIL(pending != NULL);
    raw_close(&raw);
    http_pending_answer(&pending, 200, "text/plain", "too late", 8);
    /* And once more, and the server closes first. */
    raw_open(&raw, http_server_address(server));
    raw_send(&raw, request);
    RAW_UNTIL(pending != NULL);
    http_server_close(&server, on_server_closed, &server_closed);
    RAW_UNTIL(server_closed);
    http_pending_answer(&pending, 200, "text/plain", "too late", 8);
    CHECK(pending == NULL);
    raw_close(&raw);
    raw_end();
}

TEST(http, file_that_is_known_is_not_sent_again) {
    struct raw raw;
    char headers[256];
    begin();
    exchange(&raw, "GET /page", host(), "");
    CHECK(raw_has(&raw, "ETag: \"abc\""));
    CHECK(raw_has(&raw, "<!doctype html>"));
    raw_close(&raw);
    snprintf(headers, sizeof headers, "%sIf-None-Match: \"x\", W/\"abc\"\r\n", host());
    exchange(&raw, "GET /page", headers, "");
    CHECK(raw_has(&raw, "HTTP/1.1 304 "));
    CHECK(!raw_has(&raw, "doctype"));
    raw_close(&raw);
    exchange(&raw, "HEAD /page", host(), "");
    CHECK(raw_has(&raw, "HTTP/1.1 200 "));
    CHECK(!raw_has(&raw, "doctype"));
    raw_close(&raw);
    end();
}

/* ---- Streams ---- */

static void open_stream(struct raw *raw) {
    char request[512];
    raw_open(raw, http_server_address(server));
    snprintf(request, sizeof request, "GET /stream HTTP/1.1\r\n%sAuthorization: Bearer %s\r\n\r\n",
             host(), token);
    raw_send(raw, request);
}

static struct http_event *make_event(uint64_t id, const char *data, size_t data_bytes) {
    struct http_event *event = NULL;
    CHECK_OK(http_event_create(id, "delta", data, data_bytes, &event));
    return event;
}

TEST(http, two_hundred_streams_get_every_event) {
    static struct raw raws[TEST_STREAMS];
    begin();
    for (size_t i = 0; i < TEST_STREAMS; i++) {
        open_stream(&raws[i]);
    }
    RAW_UNTIL(stream_count == TEST_STREAMS);
    CHECK_EQ(http_server_stream_count(server), (size_t)TEST_STREAMS);
    for (uint64_t id = 1; id <= 20; id++) {
        char data[32];
        const int bytes = snprintf(data, sizeof data, "{\"n\":%d}", (int)id);
        struct http_event *event = make_event(id, data, (size_t)bytes);
        for (size_t i = 0; i < TEST_STREAMS; i++) {
            CHECK_OK(http_stream_send(streams[i], event));
        }
        http_event_release(&event);
        (void)uv_run(&raw_loop, UV_RUN_NOWAIT);
    }
    for (size_t i = 0; i < TEST_STREAMS; i++) {
        RAW_UNTIL(raw_has(&raws[i], "id: 20\nevent: delta\ndata: {\"n\":20}\n\n"));
        for (int id = 1; id <= 20; id++) {
            char line[32];
            snprintf(line, sizeof line, "id: %d\n", id);
            CHECK(raw_has(&raws[i], line));
        }
    }
    for (size_t i = 0; i < TEST_STREAMS; i += 2) {
        raw_close(&raws[i]);
    }
    /* The others are open. */
    http_server_close(&server, on_server_closed, &server_closed);
    RAW_UNTIL(server_closed);
    CHECK_EQ(streams_closed, (size_t)TEST_STREAMS);
    for (size_t i = 1; i < TEST_STREAMS; i += 2) {
        raw_close(&raws[i]);
    }
    raw_end();
}

TEST(http, slow_reader_fills_its_own_queue_and_no_other) {
    struct raw slow;
    struct raw quick;
    char *const data = malloc(TEST_LARGE_BYTES);
    CHECK(data != NULL);
    memset(data, 'z', TEST_LARGE_BYTES);
    begin();
    open_stream(&slow);
    RAW_UNTIL(stream_count == 1);
    raw_read(&slow, false);
    open_stream(&quick);
    RAW_UNTIL(stream_count == 2);
    enum spill_status status = SPILL_OK;
    uint64_t sent = 0;
    while (status == SPILL_OK && sent < 100) {
        struct http_event *event = make_event(++sent, data, TEST_LARGE_BYTES);
        status = http_stream_send(streams[0], event);
        CHECK_OK(http_stream_send(streams[1], event));
        http_event_release(&event);
        char last[32];
        snprintf(last, sizeof last, "id: %d\n", (int)sent);
        RAW_UNTIL(raw_has(&quick, last) && quick.bytes[quick.size_bytes - 1] == '\n');
        raw_forget(&quick);
    }
    CHECK_EQ(status, SPILL_AGAIN);
    CHECK_LT(sent, (uint64_t)20);
    /* Once it reads, it gets what it was promised, and its owner hears of it. */
    CHECK_EQ(streams_drained, (size_t)0);
    raw_read(&slow, true);
    RAW_UNTIL(streams_drained == 1);
    struct http_event *event = make_event(1000, "{}", 2);
    CHECK_OK(http_stream_send(streams[0], event));
    http_event_release(&event);
    RAW_UNTIL(raw_has(&slow, "id: 1000\n"));
    raw_close(&slow);
    raw_close(&quick);
    end();
    free(data);
}

TEST(http, token_has_so_many_streams_and_no_more) {
    static struct raw raws[HTTP_TOKEN_STREAMS_MAX + 1];
    begin();
    for (size_t i = 0; i < HTTP_TOKEN_STREAMS_MAX; i++) {
        open_stream(&raws[i]);
    }
    RAW_UNTIL(stream_count == HTTP_TOKEN_STREAMS_MAX);
    open_stream(&raws[HTTP_TOKEN_STREAMS_MAX]);
    RAW_UNTIL(raw_has(&raws[HTTP_TOKEN_STREAMS_MAX], "HTTP/1.1 429 "));
    http_stream_end(streams[0]);
    RAW_UNTIL(streams_closed == 1);
    raw_close(&raws[HTTP_TOKEN_STREAMS_MAX]);
    open_stream(&raws[HTTP_TOKEN_STREAMS_MAX]);
    RAW_UNTIL(stream_count == HTTP_TOKEN_STREAMS_MAX + 1);
    for (size_t i = 0; i <= HTTP_TOKEN_STREAMS_MAX; i++) {
        raw_close(&raws[i]);
    }
    end();
}

/* ---- Opening ---- */

TEST(http, what_is_no_address_is_refused) {
    static const char *const wrong[] = {
        "",           "127.0.0.1",   "localhost:0", "127.0.0.1:65536",
        "127.0.0.1:", "127.0.0.1:x", "[::1:0",      "1.2.3:0:0"};
    struct http_options options = {
        .loop = &raw_loop, .session_path = "/session", .on_request = on_request};
    raw_begin();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct spill_error error = {{0}};
        options.address = wrong[i];
        CHECK_EQ(http_server_open(&options, &server, &error), SPILL_INVALID);
        CHECK(error.text[0] != '\0');
    }
    struct spill_error error = {{0}};
    options.address = "192.0.2.1:0"; /* Nobody has this one. */
    CHECK_EQ(http_server_open(&options, &server, &error), SPILL_UNAVAILABLE);
    for (long after = 0; after < 2; after++) {
        options.address = "127.0.0.1:0";
        spill_alloc_fail_after(after, true);
        CHECK_EQ(http_server_open(&options, &server, &error), SPILL_MEMORY);
        spill_alloc_fail_after(-1, false);
    }
    raw_end();
}

/* ---- The client ---- */

struct heard {
    bool done;
    enum spill_status status;
    unsigned code;
    char body[256];
    size_t body_bytes;
};

static void on_answer(enum spill_status status, const struct client_answer *answer,
                      const struct spill_error *error, void *context) {
    struct heard *const heard = context;
    heard->done = true;
    heard->status = status;
    if (answer != NULL) {
        heard->code = answer->code;
        heard->body_bytes = answer->body_bytes;
        snprintf(heard->body, sizeof heard->body, "%s", answer->body);
    } else {
        CHECK(error->text[0] != '\0');
    }
}

TEST(http, client_asks_and_is_answered) {
    begin();
    struct heard heard = {.done = false};
    struct client_request request = {.address = http_server_address(server), .path = "/thing"};
    CHECK_OK(client_ask(&raw_loop, &request, on_answer, &heard, NULL));
    RAW_UNTIL(heard.done);
    CHECK_OK(heard.status);
    CHECK_EQ(heard.code, 200U);
    CHECK_EQ(heard.body, "thing");
    heard.done = false;
    request.token = token;
    request.body = "{\"a\":1}";
    CHECK_OK(client_ask(&raw_loop, &request, on_answer, &heard, NULL));
    RAW_UNTIL(heard.done);
    CHECK_EQ(heard.code, 200U);
    CHECK_EQ(asked_token, TEST_OWNER);
    CHECK_EQ(asked_body, "{\"a\":1}");
    /* Nobody is there. */
    char gone[HTTP_ADDRESS_BYTES];
    snprintf(gone, sizeof gone, "%s", http_server_address(server));
    http_server_close(&server, on_server_closed, &server_closed);
    RAW_UNTIL(server_closed);
    heard.done = false;
    request.address = gone;
    CHECK_OK(client_ask(&raw_loop, &request, on_answer, &heard, NULL));
    RAW_UNTIL(heard.done);
    CHECK_EQ(heard.status, SPILL_UNAVAILABLE);
    request.address = "localhost:1";
    CHECK_EQ(client_ask(&raw_loop, &request, on_answer, &heard, NULL), SPILL_INVALID);
    raw_end();
}
