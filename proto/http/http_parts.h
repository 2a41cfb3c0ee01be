/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_parts: the inside of the server, for its own sources.
 */
#ifndef SPILL_HTTP_PARTS_H
#define SPILL_HTTP_PARTS_H

#include <microhttpd.h>

#include "proto/http/http.h"

struct http_token {
    char text[HEADERS_TOKEN_BYTES];
    int number;
    size_t streams;
};

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer; /* For what the daemon wants to do by itself. */
    uv_timer_t beat;
    unsigned open_handles;
    char address[HTTP_ADDRESS_BYTES];
    char cookie[32]; /* Its name: of this port, for cookies do not know ports. */
    uint16_t port;
    bool loopback;
    bool secure;
    bool closing;
    bool woken; /* Something was resumed since the daemon ran. */
    struct http_token tokens[HTTP_TOKENS_MAX];
    size_t token_count;
    struct http_request *requests; /* All that live, chained. */
    struct http_event *beat_event;
    size_t stream_count;
    void (*on_closed)(void *context);
    void *closed_context;
};

struct http_pending {
    struct http_request *request; /* NULL: gone. */
};

/* One exchange on a connection. */
struct http_request {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_request *next;
    struct http_request *previous;
    char *path;
    char *body;
    size_t body_bytes;
    int token_at; /* In the server's tokens; HTTP_NO_TOKEN. */
    bool post;
    bool told; /* on_request was called. */
    bool suspended;
    bool answered;
    unsigned refused; /* The code that it is refused with, before anybody looks at it. */
    struct MHD_Response *response;
    unsigned code;
    struct http_pending *pending;
    struct http_stream *stream;
};

/* Adds what every answer has. */
void http_secure(const struct http_server *server, struct MHD_Response *response);
void http_resume(struct http_request *request);
void http_set(struct http_request *request, unsigned code, struct MHD_Response *response);

/* ---- http_listen.c ---- */

/* A socket that listens; the server's address, port and loopback are filled in. */
SPILL_CHECKED enum spill_status http_listen(struct http_server *server, const char *address,
                                            int *listener, struct spill_error *error);

/* ---- http_stream.c ---- */

void http_stream_gone(struct http_stream **stream);
void http_stream_beat(struct http_stream *stream, struct http_event *event);
enum spill_status http_beat_create(struct http_event **event);

#endif
