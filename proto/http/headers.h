/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headers: the few lines of an HTTP request that decide who may do what. Pure; any thread.
 */
#ifndef SPILL_HEADERS_H
#define SPILL_HEADERS_H

#include "proto/vocabulary.h"

enum {
    HEADERS_TOKEN_BYTES = 44, /* 32 bytes in base64url, 43 characters, and NUL. */
    HEADERS_NAME_BYTES_MAX = 255,
    HEADERS_NAMES_MAX = 16,
};

/* Names besides numeric addresses and "localhost" under which pages may be asked for. */
struct headers_names {
    const char *const *names;
    size_t name_count;
};

/* Whether a request's Host may be answered: a numeric address, "localhost", or one of the names, in
 * any case, with this port (or none, where none means this port). Somebody else's name that points
 * here (DNS rebinding) is not answered. */
bool headers_host_allowed(const char *host, uint16_t port, bool secure,
                          const struct headers_names *names);

/* Whether an Origin is the page that this Host serves: its scheme and the very same host. */
bool headers_origin_same(const char *origin, const char *host, bool secure);

/* The value of a cookie; false: it is not there, or does not fit. */
SPILL_CHECKED bool headers_cookie(const char *header, const char *name, char *value,
                                  size_t value_capacity);

/* The token of "Bearer TOKEN"; false: it is none, or too long to be one. */
SPILL_CHECKED bool headers_bearer(const char *header, char token[HEADERS_TOKEN_BYTES]);

/* True for text that can be a token: 43 characters of base64url. */
bool headers_token_valid(const char *text);

/* A whole number in decimal digits, nothing else; false: it is none, or over INT64_MAX. */
SPILL_CHECKED bool headers_number(const char *text, uint64_t *number);

/* Whether a Content-Type is JSON in UTF-8. */
bool headers_json(const char *content_type);

/* Whether an If-None-Match names this entity tag. */
bool headers_match(const char *if_none_match, const char *tag);

#endif
