/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: asks a server one thing and gives its answer, for commands that talk to a running
 * program.
 *
 * It is no browser: one request for each connection, numeric addresses, no redirects, no cookies.
 * Belongs to the loop's thread.
 */
#ifndef SPILL_CLIENT_H
#define SPILL_CLIENT_H

#include <uv.h>

#include "proto/http/headers.h"

enum {
    CLIENT_ANSWER_BYTES_MAX = 256 << 20,
    CLIENT_REQUEST_BYTES_MAX = 1 << 18,
    CLIENT_PATIENCE_MS = 30000, /* Without a byte. */
};

struct client_request {
    const char *address; /* "127.0.0.1:41234" */
    const char *path;    /* With its query. */
    const char *token;   /* NULL: none. */
    const char *body;    /* JSON; NULL: a GET. */
};

struct client_answer {
    unsigned code;
    const char *body; /* NUL-terminated behind its size. */
    size_t body_bytes;
};

/* answer: NULL unless status is SPILL_OK, else borrowed. SPILL_UNAVAILABLE: nobody answers there;
 * SPILL_INVALID: what came is no answer; SPILL_LIMIT: it is too large. */
typedef void (*client_fn)(enum spill_status status, const struct client_answer *answer,
                          const struct spill_error *error, void *context);

/* Everything is copied; on_answer comes once. Failing now, it does not come. */
SPILL_CHECKED enum spill_status client_ask(uv_loop_t *loop, const struct client_request *request,
                                           client_fn on_answer, void *context,
                                           struct spill_error *error);

/* Takes an answer apart, in place: status line, header fields, and a body with a length, in chunks,
 * or up to the end. SPILL_INVALID: it is none, or not whole. Pure. */
SPILL_CHECKED enum spill_status client_parse(char *bytes, size_t size_bytes,
                                             struct client_answer *answer);

#endif
