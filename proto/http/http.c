/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/http/http.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/http/http_parts.h"
#include "proto/http/writer.h"

enum {
    HTTP_HANDLES = 3,
    HTTP_TOKEN_RANDOM_BYTES = 32,
    HTTP_COOKIE_BYTES = 160,
    HTTP_ERROR_BYTES_MAX = 2048,
    HTTP_DISCARD_BYTES_MAX = 1 << 22, /* Of a body that is too large; then the connection is cut. */
};

static const char http_json[] = "application/json; charset=utf-8";

/* ---- Answers ---- */

void http_secure(const struct http_server *server, struct MHD_Response *response) {
    static const char *const headers[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    }
    if (server->secure) {
        (void)MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
    }
}

static void http_on_timer(uv_timer_t *timer);

/* The daemon is told in the loop's next turn: it does not wake up by itself. */
void http_resume(struct http_request *request) {
    struct http_server *const server = request->server;
    MHD_resume_connection(request->connection);
    server->woken = true;
    if (!uv_is_closing((uv_handle_t *)&server->timer)) {
        (void)uv_timer_start(&server->timer, http_on_timer, 0, 0);
    }
}

/* Gives a request its answer; it goes out when the daemon asks next. */
void http_set(struct http_request *request, unsigned code, struct MHD_Response *response) {
    SPILL_ASSERT(!request->answered);
    request->answered = true;
    request->response = response;
    request->code = code;
    if (request->suspended) {
        request->suspended = false;
        http_resume(request);
    }
}

static struct MHD_Response *http_response(const struct http_server *server,
                                          const char *content_type, const void *bytes,
                                          size_t size_bytes) {
    /* The daemon's own type has no const; with this mode it copies. */
    struct MHD_Response *const response = MHD_create_response_from_buffer(
        size_bytes, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        if (content_type != NULL) {
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
        }
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
        http_secure(server, response);
    }
    return response;
}

void http_answer(struct http_request *request, unsigned code, const char *content_type,
                 const void *bytes, size_t size_bytes) {
    http_set(request, code, http_response(request->server, content_type, bytes, size_bytes));
}

void http_answer_error(struct http_request *request, unsigned code, const char *words) {
    struct writer *writer = NULL;
    const char *json = "{}";
    size_t json_bytes = 2;
    if (writer_create(HTTP_ERROR_BYTES_MAX, &writer) == SPILL_OK) {
        writer_object(writer, NULL);
        writer_text(writer, "error", words);
        writer_end(writer);
        (void)!writer_finish(writer, &json, &json_bytes);
    }
    http_answer(request, code, http_json, json, json_bytes);
    writer_destroy(&writer);
}

void http_answer_file(struct http_request *request, const struct http_file *file) {
    const char *const known = http_request_header(request, "If-None-Match");
    const bool same = known != NULL && headers_match(known, file->tag);
    struct MHD_Response *const response = MHD_create_response_from_buffer(
        same ? 0 : file->size_bytes, (void *)(uintptr_t)file->bytes, MHD_RESPMEM_PERSISTENT);
    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, file->tag);
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                                      file->lasting ? "public, max-age=31536000, immutable"
                                                    : "no-cache");
        if (!same) {
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                          file->content_type);
        }
        if (file->gzip && !same) {
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
        }
        http_secure(request->server, response);
    }
    http_set(request, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}

struct http_pending *http_later(struct http_request *request) {
    SPILL_ASSERT(!request->answered);
    SPILL_ASSERT(request->pending == NULL);
    request->pending = spill_alloc(1, sizeof *request->pending);
    if (request->pending == NULL) {
        http_answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return NULL;
    }
    request->pending->request = request;
    return request->pending;
}

void http_pending_answer(struct http_pending **pending, unsigned code, const char *content_type,
                         const void *bytes, size_t size_bytes) {
    struct http_request *const request = (*pending)->request;
    free(*pending);
    *pending = NULL;
    if (request != NULL) {
        request->pending = NULL;
        http_answer(request, code, content_type, bytes, size_bytes);
    }
}

/* ---- Requests ---- */

const char *http_request_path(const struct http_request *request) {
    return request->path;
}

bool http_request_post(const struct http_request *request) {
    return request->post;
}

int http_request_token(const struct http_request *request) {
    return request->token_at < 0 ? HTTP_NO_TOKEN
                                 : request->server->tokens[request->token_at].number;
}

const char *http_request_header(const struct http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_request_query(const struct http_request *request, const char *name) {
    const char *value = NULL;
    size_t value_bytes = 0;
    if (MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND, name,
                                      strlen(name), &value, &value_bytes) != MHD_YES ||
        value == NULL || !spill_utf8_valid(value, value_bytes)) {
        return NULL;
    }
    return value;
}

const char *http_request_body(const struct http_request *request, size_t *size_bytes) {
    *size_bytes = request->body_bytes;
    return request->body != NULL ? request->body : "";
}

/* ---- Who it is ---- */

void http_token_make(char token[HEADERS_TOKEN_BYTES]) {
    unsigned char bytes[HTTP_TOKEN_RANDOM_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(token, HEADERS_TOKEN_BYTES, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

enum spill_status http_server_admit(struct http_server *server, const char *token, int number) {
    SPILL_ASSERT(number >= 0);
    if (!headers_token_valid(token)) {
        return SPILL_INVALID;
    }
    if (server->token_count == HTTP_TOKENS_MAX) {
        return SPILL_LIMIT;
    }
    struct http_token *const entry = &server->tokens[server->token_count++];
    memcpy(entry->text, token, HEADERS_TOKEN_BYTES);
    entry->number = number;
    return SPILL_OK;
}

/* In the same time for every wrong one. */
static int http_find_token(const struct http_server *server, const char *text) {
    int found = HTTP_NO_TOKEN;
    for (size_t i = 0; i < server->token_count; i++) {
        if (sodium_memcmp(server->tokens[i].text, text, HEADERS_TOKEN_BYTES) == 0) {
            found = (int)i;
        }
    }
    return found;
}

static int http_identify(const struct http_request *request) {
    char token[HEADERS_TOKEN_BYTES] = "";
    const char *const authorization = http_request_header(request, "Authorization");
    const char *const cookies = http_request_header(request, "Cookie");
    if (authorization != NULL) {
        return headers_bearer(authorization, token) ? http_find_token(request->server, token)
                                                    : HTTP_NO_TOKEN;
    }
    if (cookies != NULL && headers_cookie(cookies, request->server->cookie, token, sizeof token) &&
        headers_token_valid(token)) {
        return http_find_token(request->server, token);
    }
    return HTTP_NO_TOKEN;
}

/* {"token": "…"} -> a cookie that scripts in the page cannot read. */
static void http_session(struct http_request *request) {
    static const char key[] = "\"token\"";
    char cookie[HTTP_COOKIE_BYTES];
    char token[HEADERS_TOKEN_BYTES] = "";
    const char *at = request->body == NULL ? NULL : strstr(request->body, key);
    if (at != NULL) {
        at += sizeof key - 1;
        at += strspn(at, " \t\r\n:\"");
        snprintf(token, sizeof token, "%s", at);
        token[strcspn(token, "\"")] = '\0';
    }
    if (!headers_token_valid(token) || http_find_token(request->server, token) < 0) {
        http_answer_error(request, MHD_HTTP_FORBIDDEN, "this token is not known");
        return;
    }
    snprintf(cookie, sizeof cookie, "%s=%s; HttpOnly; SameSite=Strict; Path=/%s",
             request->server->cookie, token, request->server->secure ? "; Secure" : "");
    struct MHD_Response *const response = http_response(request->server, NULL, "", 0);
    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
    }
    http_set(request, MHD_HTTP_NO_CONTENT, response);
}

/* The code with which a request is refused by its head alone; 0: it is not. */
static unsigned http_judge(struct http_request *request, const char *method) {
    const struct http_server *const server = request->server;
    const char *const host = http_request_header(request, "Host");
    const char *const origin = http_request_header(request, "Origin");
    const char *const length = http_request_header(request, "Content-Length");
    const char *const type = http_request_header(request, "Content-Type");
    uint64_t length_bytes = 0;
    request->post = strcmp(method, "POST") == 0;
    if (!request->post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    if (host == NULL ||
        !headers_host_allowed(host, server->port, server->secure, &server->options.names)) {
        return MHD_HTTP_MISDIRECTED_REQUEST;
    }
    if (origin != NULL && !headers_origin_same(origin, host, server->secure)) {
        return MHD_HTTP_FORBIDDEN;
    }
    if (length != NULL &&
        (!headers_number(length, &length_bytes) || length_bytes > HTTP_BODY_BYTES_MAX)) {
        return MHD_HTTP_CONTENT_TOO_LARGE;
    }
    if (request->post && (type == NULL ? length_bytes > 0 : !headers_json(type))) {
        return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }
    /* A cookie alone proves nothing about who made the browser send it. */
    if (request->post && origin == NULL && http_request_header(request, "Authorization") == NULL) {
        return MHD_HTTP_FORBIDDEN;
    }
    return 0;
}

static const char *http_refusal(unsigned code) {
    switch (code) {
    case MHD_HTTP_METHOD_NOT_ALLOWED:
        return "only GET, HEAD and POST are answered";
    case MHD_HTTP_MISDIRECTED_REQUEST:
        return "this server does not answer for that host";
    case MHD_HTTP_CONTENT_TOO_LARGE:
        return "the body is too large";
    case MHD_HTTP_UNSUPPORTED_MEDIA_TYPE:
        return "the body must be application/json";
    default:
        return "requests from other origins are refused";
    }
}

/* ---- The daemon's callbacks ---- */

static struct http_request *http_begin(struct http_server *server,
                                       struct MHD_Connection *connection, const char *url,
                                       const char *method) {
    struct http_request *const request = spill_alloc(1, sizeof *request);
    const size_t path_bytes = strlen(url) + 1;
    char *const path = request == NULL ? NULL : spill_alloc(path_bytes, 1);
    if (path == NULL) {
        free(request);
        return NULL;
    }
    memcpy(path, url, path_bytes);
    request->server = server;
    request->connection = connection;
    request->path = path;
    request->next = server->requests;
    if (server->requests != NULL) {
        server->requests->previous = request;
    }
    server->requests = request;
    request->refused = http_judge(request, method);
    request->token_at = http_identify(request);
    return request;
}

/* Takes a piece of the body in; false: the connection is to be cut. */
static bool http_take(struct http_request *request, const char *bytes, size_t size_bytes) {
    if (request->refused == 0 && size_bytes > HTTP_BODY_BYTES_MAX - request->body_bytes) {
        request->refused = MHD_HTTP_CONTENT_TOO_LARGE;
    }
    if (request->refused != 0) {
        request->body_bytes += size_bytes;
        return request->body_bytes <= HTTP_DISCARD_BYTES_MAX;
    }
    char *const grown =
        spill_grow(request->body, request->body_bytes, request->body_bytes + size_bytes + 1, 1);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + request->body_bytes, bytes, size_bytes);
    request->body = grown;
    request->body_bytes += size_bytes;
    grown[request->body_bytes] = '\0';
    return true;
}

static void http_tell(struct http_request *request) {
    request->told = true;
    if (request->refused != 0) {
        http_answer_error(request, request->refused, http_refusal(request->refused));
    } else if (request->server->closing) {
        http_answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is going down");
    } else if (strcmp(request->path, request->server->options.session_path) == 0) {
        if (request->post) {
            http_session(request);
        } else {
            http_answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "POST a token here");
        }
    } else {
        request->server->options.on_request(request, request->server->options.context);
        SPILL_ASSERT(request->answered || request->pending != NULL);
    }
}

static enum MHD_Result http_on_access(void *context, struct MHD_Connection *connection,
                                      const char *url, const char *method, const char *version,
                                      const char *bytes, size_t *size_bytes, void **state) {
    struct http_server *const server = context;
    struct http_request *request = *state;
    (void)version;
    if (request == NULL) {
        request = http_begin(server, connection, url, method);
        *state = request;
        return request == NULL ? MHD_NO : MHD_YES;
    }
    if (*size_bytes > 0) {
        const bool taken = http_take(request, bytes, *size_bytes);
        *size_bytes = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    if (!request->told) {
        http_tell(request);
    }
    if (request->response == NULL) {
        if (request->pending == NULL) {
            return MHD_NO; /* Memory had ended. */
        }
        request->suspended = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    const enum MHD_Result queued = MHD_queue_response(connection, request->code, request->response);
    MHD_destroy_response(request->response); /* The daemon holds its own. */
    request->response = NULL;
    return queued;
}

static void http_on_completed(void *context, struct MHD_Connection *connection, void **state,
                              enum MHD_RequestTerminationCode code) {
    struct http_server *const server = context;
    struct http_request *const request = *state;
    (void)connection;
    (void)code;
    if (request == NULL) {
        return;
    }
    *state = NULL;
    if (request->stream != NULL) {
        http_stream_gone(&request->stream);
    }
    if (request->pending != NULL) {
        request->pending->request = NULL;
    }
    if (request->response != NULL) {
        MHD_destroy_response(request->response);
    }
    if (request->next != NULL) {
        request->next->previous = request->previous;
    }
    if (request->previous != NULL) {
        request->previous->next = request->next;
    } else {
        server->requests = request->next;
    }
    free(request->path);
    free(request->body);
    free(request);
}

/* ---- On the loop ---- */

static void http_turn(struct http_server *server) {
    server->woken = false;
    (void)MHD_run(server->daemon);
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (server->woken) {
        (void)uv_timer_start(&server->timer, http_on_timer, 0, 0);
    } else if (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES) {
        (void)uv_timer_start(&server->timer, http_on_timer, wait_ms, 0);
    } else {
        (void)uv_timer_stop(&server->timer);
    }
}

static void http_on_timer(uv_timer_t *timer) {
    http_turn(timer->data);
}

static void http_on_poll(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    http_turn(poll->data);
}

static void http_on_beat(uv_timer_t *timer) {
    struct http_server *const server = timer->data;
    for (struct http_request *i = server->requests; i != NULL; i = i->next) {
        if (i->stream != NULL) {
            http_stream_beat(i->stream, server->beat_event);
        }
    }
}

static void http_on_handle_closed(uv_handle_t *handle) {
    struct http_server *const server = handle->data;
    SPILL_ASSERT(server->open_handles > 0);
    server->open_handles--;
    if (server->open_handles > 0) {
        return;
    }
    void (*const on_closed)(void *context) = server->on_closed;
    void *const context = server->closed_context;
    MHD_stop_daemon(server->daemon);
    SPILL_ASSERT(server->requests == NULL);
    http_event_release(&server->beat_event);
    sodium_memzero(server->tokens, sizeof server->tokens);
    free(server);
    if (on_closed != NULL) {
        on_closed(context);
    }
}

/* Everything that waits is let go first: a daemon does not stop with connections suspended. */
void http_server_close(struct http_server **server, void (*on_closed)(void *context),
                       void *context) {
    struct http_server *const closing = *server;
    SPILL_ASSERT(!closing->closing);
    closing->closing = true;
    closing->on_closed = on_closed;
    closing->closed_context = context;
    for (struct http_request *i = closing->requests; i != NULL; i = i->next) {
        if (i->pending != NULL) {
            i->pending->request = NULL;
            i->pending = NULL;
            http_answer_error(i, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is going down");
        }
        if (i->stream != NULL) {
            http_stream_end(i->stream);
        }
    }
    (void)MHD_run(closing->daemon);
    uv_close((uv_handle_t *)&closing->poll, http_on_handle_closed);
    uv_close((uv_handle_t *)&closing->timer, http_on_handle_closed);
    uv_close((uv_handle_t *)&closing->beat, http_on_handle_closed);
    *server = NULL;
}

/* ---- Opening ---- */

static struct MHD_Daemon *http_start(struct http_server *server, int listener) {
    const unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (server->secure ? MHD_USE_TLS : 0);
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_CONNECTION_BYTES, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {server->secure ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0,
         (void *)(uintptr_t)server->options.certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)server->options.certificate_key},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, NULL, NULL, http_on_access, server,
                            MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, server,
                            MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

static void http_watch(struct http_server *server) {
    const union MHD_DaemonInfo *const info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    SPILL_ASSERT(info != NULL);
    server->poll.data = server->timer.data = server->beat.data = server;
    const int status = uv_poll_init(server->options.loop, &server->poll, info->epoll_fd);
    SPILL_ASSERT(status == 0);
    (void)uv_timer_init(server->options.loop, &server->timer);
    (void)uv_timer_init(server->options.loop, &server->beat);
    server->open_handles = HTTP_HANDLES;
    (void)uv_poll_start(&server->poll, UV_READABLE, http_on_poll);
    (void)uv_timer_start(&server->beat, http_on_beat, HTTP_BEAT_MS, HTTP_BEAT_MS);
}

enum spill_status http_server_open(const struct http_options *options, struct http_server **server,
                                   struct spill_error *error) {
    struct http_server *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->options = *options;
    made->secure = options->certificate != NULL;
    int listener = -1;
    enum spill_status status = http_listen(made, options->address, &listener, error);
    if (status == SPILL_OK && http_beat_create(&made->beat_event) != SPILL_OK) {
        status = spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    if (status == SPILL_OK) {
        made->daemon = http_start(made, listener);
        if (made->daemon == NULL) {
            status = spill_fail(error, SPILL_UNAVAILABLE, "no pages can be served on %s%s",
                                made->address,
                                made->secure ? ": the certificate or its key is not good" : "");
        }
    }
    if (status != SPILL_OK) {
        if (listener >= 0) {
            (void)close(listener);
        }
        http_event_release(&made->beat_event);
        free(made);
        return status;
    }
    http_watch(made);
    *server = made;
    return SPILL_OK;
}

const char *http_server_address(const struct http_server *server) {
    return server->address;
}

bool http_server_loopback(const struct http_server *server) {
    return server->loopback;
}

size_t http_server_stream_count(const struct http_server *server) {
    return server->stream_count;
}
