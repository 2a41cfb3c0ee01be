/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: a small HTTP/1.1 server on a libuv loop, for pages and scripts.
 *
 * It knows nothing of exercises. It lets nobody in whom its rules do not: the Host must be ours,
 * an Origin the page's own; a body is JSON and bounded; who asks is known by a token, which a page
 * gives once, by POST to the session's path, and has as a cookie from then on, and a script sends
 * as "Authorization: Bearer". What a token may do is the owner's business: each has a number of
 * the owner's. Every answer forbids what pages do not need (CSP, framing, sniffing, referrers).
 *
 * Streams are Server-Sent Events. Each has a queue with a bound; a reader that is too slow fills
 * its own and no other. Everything here belongs to the loop's thread.
 */
#ifndef SPILL_HTTP_H
#define SPILL_HTTP_H

#include <uv.h>

#include "proto/http/headers.h"

enum {
    HTTP_ADDRESS_BYTES = 64,
    HTTP_BODY_BYTES_MAX = 1 << 17,
    HTTP_CONNECTIONS_MAX = 1024,
    HTTP_CONNECTION_BYTES = 32768, /* Of a connection's buffers; the head of a request fits in. */
    HTTP_BACKLOG = 128,            /* Connections that wait to be accepted. */
    HTTP_IDLE_S = 10,              /* A connection that moves no byte so long is closed … */
    HTTP_STREAM_IDLE_S = 30,       /* … a stream that does not take what is sent, after this. */
    HTTP_TOKENS_MAX = 64,
    HTTP_TOKEN_STREAMS_MAX = 256, /* Open streams of one token. */
    HTTP_STREAM_EVENTS_MAX = 64,  /* Waiting in one stream; then SPILL_AGAIN. */
    HTTP_STREAM_BYTES_MAX = 4 << 20,
    HTTP_STREAM_BUFFER_BYTES = 1 << 18, /* What the system holds for a stream. */
    HTTP_BEAT_MS = 10000,               /* An idle stream gets a comment so often. */
    HTTP_NO_TOKEN = -1,
};

struct http_server;
struct http_request; /* Lives for the call of on_request. */
struct http_pending; /* A request whose answer comes later. */
struct http_stream;
struct http_event; /* Bytes that many streams share. */

/* A request is whole. The callee answers it with one of http_answer…, http_later or
 * http_stream_open, once. */
typedef void (*http_request_fn)(struct http_request *request, void *context);

struct http_options {
    uv_loop_t *loop;
    const char *address;        /* "127.0.0.1:0", "[::1]:8080": numeric. */
    struct headers_names names; /* Copied by reference: kept until the server is closed. */
    const char *certificate;    /* PEM; NULL: without TLS. Kept, as the key. */
    const char *certificate_key;
    const char *session_path; /* Where a token becomes a cookie: "/api/v1/session". Kept. */
    http_request_fn on_request;
    void *context;
};

/* SPILL_INVALID: the address is none; SPILL_UNAVAILABLE: it cannot be bound. error says why. */
SPILL_CHECKED enum spill_status http_server_open(const struct http_options *options,
                                                 struct http_server **server,
                                                 struct spill_error *error);
/* Every stream is told that it is closed, then nobody is told anything; what is pending may still
 * be answered, into the void. on_closed, which may be NULL, when nothing is left on the loop. */
void http_server_close(struct http_server **server, void (*on_closed)(void *context),
                       void *context);
/* "127.0.0.1:41234"; borrowed. */
const char *http_server_address(const struct http_server *server);
bool http_server_loopback(const struct http_server *server);

/* ---- Tokens ---- */

/* 32 random bytes as text. */
void http_token_make(char token[HEADERS_TOKEN_BYTES]);
/* From now on whoever shows this token is `number` (0 or more). SPILL_LIMIT: there are too many;
 * SPILL_INVALID: it is no token. */
SPILL_CHECKED enum spill_status http_server_admit(struct http_server *server, const char *token,
                                                  int number);

/* ---- Requests: for the call of on_request ---- */

const char *http_request_path(const struct http_request *request);
bool http_request_post(const struct http_request *request); /* Else it is a GET. */
/* The number of the token that came with it; HTTP_NO_TOKEN. */
int http_request_token(const struct http_request *request);
/* A parameter of the query, UTF-8 without NUL; NULL: it is not there, or not that. */
const char *http_request_query(const struct http_request *request, const char *name);
const char *http_request_header(const struct http_request *request, const char *name);
/* NUL-terminated behind its size. */
const char *http_request_body(const struct http_request *request, size_t *size_bytes);

/* Bytes are copied. */
void http_answer(struct http_request *request, unsigned code, const char *content_type,
                 const void *bytes, size_t size_bytes);
/* {"error": words}, for people. */
void http_answer_error(struct http_request *request, unsigned code, const char *words);

/* A file that is part of the program: kept, not copied. */
struct http_file {
    const char *path; /* "/assets/index-1a2b.js" */
    const char *content_type;
    const char *tag; /* An entity tag in its quotes. */
    const unsigned char *bytes;
    size_t size_bytes;
    bool gzip;    /* The bytes are compressed. */
    bool lasting; /* Its name changes with its content. */
};
void http_answer_file(struct http_request *request, const struct http_file *file);

/* ---- Later ---- */

struct http_pending *http_later(struct http_request *request);
/* As http_answer; the request may be gone by now. */
void http_pending_answer(struct http_pending **pending, unsigned code, const char *content_type,
                         const void *bytes, size_t size_bytes);

/* ---- Streams ---- */

/* `id: N`, `event: NAME`, `data: …` with these bytes, which hold no line's end. */
SPILL_CHECKED enum spill_status http_event_create(uint64_t id, const char *name, const char *data,
                                                  size_t data_bytes, struct http_event **event);
/* One more holder; each releases once. */
struct http_event *http_event_hold(struct http_event *event);
void http_event_release(struct http_event **event);

struct http_stream_events {
    /* After SPILL_AGAIN: everything that waited is gone. May send. */
    void (*on_drained)(struct http_stream *stream, void *context);
    void (*on_closed)(struct http_stream *stream, void *context);
    void *context;
};

/* Answers a request with a stream. SPILL_LIMIT: its token has too many; the request was answered
 * with 429. SPILL_MEMORY: with 503. */
SPILL_CHECKED enum spill_status http_stream_open(struct http_request *request,
                                                 const struct http_stream_events *events,
                                                 struct http_stream **stream);
/* Holds the event until it is sent. SPILL_AGAIN: too much waits; nothing was taken, and on_drained
 * comes. */
SPILL_CHECKED enum spill_status http_stream_send(struct http_stream *stream,
                                                 struct http_event *event);
/* Ends it after what waits; on_closed comes. */
void http_stream_end(struct http_stream *stream);
size_t http_server_stream_count(const struct http_server *server);

#endif
