/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/http/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CLIENT_FIRST_BYTES = 65536, CLIENT_HANDLES = 2 };

struct client {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    unsigned open_handles;
    char *request;
    size_t request_bytes;
    char *bytes; /* Of the answer, with room for a NUL. */
    size_t size_bytes;
    size_t capacity_bytes;
    enum spill_status status;
    struct spill_error error;
    client_fn on_answer;
    void *context;
};

/* ---- Answers ---- */

/* A field of the head; NULL: it is not there. The head's lines end in NUL, one after another. */
static const char *client_field(const char *head, const char *end, const char *name) {
    const size_t name_bytes = strlen(name);
    for (const char *at = head; at < end; at += strlen(at) + 1) {
        if (strncasecmp(at, name, name_bytes) == 0 && at[name_bytes] == ':') {
            const char *const value = at + name_bytes + 1;
            return value + strspn(value, " \t");
        }
    }
    return NULL;
}

/* Puts the chunks of a body one behind the other. */
static bool client_join(char *body, size_t size_bytes, size_t *joined_bytes) {
    size_t at = 0;
    size_t to = 0;
    while (at < size_bytes) {
        size_t chunk = 0;
        size_t digits = 0;
        while (at < size_bytes && digits < 8 &&
               strchr("0123456789abcdefABCDEF", body[at]) != NULL && body[at] != '\0') {
            const char digit = body[at];
            chunk = chunk * 16 + (size_t)(digit <= '9'   ? digit - '0'
                                          : digit <= 'F' ? digit - 'A' + 10
                                                         : digit - 'a' + 10);
            digits++;
            at++;
        }
        while (at < size_bytes && body[at] != '\n') {
            at++;
        }
        if (digits == 0 || at == size_bytes) {
            return false;
        }
        at++;
        if (chunk == 0) {
            *joined_bytes = to;
            return true;
        }
        if (chunk > size_bytes - at || size_bytes - at - chunk < 2) {
            return false;
        }
        memmove(body + to, body + at, chunk);
        to += chunk;
        at += chunk + 2;
    }
    return false;
}

enum spill_status client_parse(char *bytes, size_t size_bytes, struct client_answer *answer) {
    char *const end = bytes + size_bytes;
    char *at = bytes;
    /* Lines of the head become texts of their own. */
    char *body = NULL;
    for (char *line = bytes; line < end && body == NULL;) {
        char *const feed = memchr(line, '\n', (size_t)(end - line));
        if (feed == NULL || feed == line || feed[-1] != '\r' ||
            memchr(line, '\0', (size_t)(feed - line)) != NULL) {
            return SPILL_INVALID;
        }
        feed[-1] = '\0';
        feed[0] = '\0';
        body = feed - 1 == line ? feed + 1 : NULL;
        line = feed + 1;
    }
    if (body == NULL || strncmp(at, "HTTP/1.", 7) != 0 || strlen(at) < 12 || at[8] != ' ') {
        return SPILL_INVALID;
    }
    unsigned code = 0;
    for (size_t i = 9; i < 12; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return SPILL_INVALID;
        }
        code = code * 10 + (unsigned)(at[i] - '0');
    }
    size_t body_bytes = (size_t)(end - body);
    const char *const encoding = client_field(bytes, body, "Transfer-Encoding");
    const char *const length = client_field(bytes, body, "Content-Length");
    uint64_t length_bytes = 0;
    if (encoding != NULL) {
        if (strcasecmp(encoding, "chunked") != 0 || !client_join(body, body_bytes, &body_bytes)) {
            return SPILL_INVALID;
        }
    } else if (length != NULL) {
        if (!headers_number(length, &length_bytes) || length_bytes > body_bytes) {
            return SPILL_INVALID;
        }
        body_bytes = (size_t)length_bytes;
    }
    body[body_bytes] = '\0';
    *answer = (struct client_answer){.code = code, .body = body, .body_bytes = body_bytes};
    return SPILL_OK;
}

/* ---- On the loop ---- */

static void client_free(struct client *client) {
    free(client->request);
    free(client->bytes);
    free(client);
}

static void client_on_closed(uv_handle_t *handle) {
    struct client *const client = handle->data;
    client->open_handles--;
    if (client->open_handles > 0) {
        return;
    }
    struct client_answer answer = {0};
    if (client->status == SPILL_OK) {
        client->status = client_parse(client->bytes, client->size_bytes, &answer);
        if (client->status != SPILL_OK) {
            (void)spill_fail(&client->error, client->status, "what came back is no answer");
        }
    }
    client->on_answer(client->status, client->status == SPILL_OK ? &answer : NULL, &client->error,
                      client->context);
    client_free(client);
}

static void client_end(struct client *client, enum spill_status status, const char *words) {
    if (uv_is_closing((uv_handle_t *)&client->timer)) {
        return;
    }
    client->status =
        status == SPILL_OK ? SPILL_OK : spill_fail(&client->error, status, "%s", words);
    uv_close((uv_handle_t *)&client->timer, client_on_closed);
    uv_close((uv_handle_t *)&client->tcp, client_on_closed);
}

static void client_on_timer(uv_timer_t *timer) {
    client_end(timer->data, SPILL_UNAVAILABLE, "no answer came in time");
}

/* Room for what comes next; none: libuv says so to client_on_read. */
static void client_on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room) {
    struct client *const client = handle->data;
    (void)suggested;
    *room = uv_buf_init(NULL, 0);
    if (client->capacity_bytes - client->size_bytes < 2) {
        const size_t more =
            client->capacity_bytes == 0 ? CLIENT_FIRST_BYTES : 2 * client->capacity_bytes;
        char *const grown = more > CLIENT_ANSWER_BYTES_MAX
                                ? NULL
                                : spill_grow(client->bytes, client->capacity_bytes, more, 1);
        if (grown == NULL) {
            return;
        }
        client->bytes = grown;
        client->capacity_bytes = more;
    }
    const size_t left_bytes = client->capacity_bytes - client->size_bytes - 1;
    room->base = client->bytes + client->size_bytes;
    room->len = left_bytes;
}

static void client_on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *room) {
    struct client *const client = stream->data;
    (void)room;
    if (bytes > 0) {
        client->size_bytes += (size_t)bytes;
        (void)uv_timer_start(&client->timer, client_on_timer, CLIENT_PATIENCE_MS, 0);
    } else if (bytes == UV_EOF) {
        client_end(client, SPILL_OK, "");
    } else if (bytes == UV_ENOBUFS) {
        client_end(client, SPILL_LIMIT, "the answer is too large");
    } else if (bytes < 0) {
        client_end(client, SPILL_UNAVAILABLE, uv_strerror((int)bytes));
    }
}

static void client_on_written(uv_write_t *write, int status) {
    struct client *const client = write->data;
    if (status != 0 && status != UV_ECANCELED) {
        client_end(client, SPILL_UNAVAILABLE, uv_strerror(status));
    }
}

static void client_on_connected(uv_connect_t *connect, int status) {
    struct client *const client = connect->data;
    if (status == UV_ECANCELED) {
        return;
    }
    if (status != 0) {
        client_end(client, SPILL_UNAVAILABLE, uv_strerror(status));
        return;
    }
    const uv_buf_t bytes = uv_buf_init(client->request, (unsigned)client->request_bytes);
    client->write.data = client;
    (void)uv_write(&client->write, (uv_stream_t *)&client->tcp, &bytes, 1, client_on_written);
    (void)uv_read_start((uv_stream_t *)&client->tcp, client_on_room, client_on_read);
}

static enum spill_status client_write_request(struct client *client,
                                              const struct client_request *request) {
    const bool post = request->body != NULL;
    const size_t body_bytes = post ? strlen(request->body) : 0;
    client->request = spill_alloc(CLIENT_REQUEST_BYTES_MAX, 1);
    if (client->request == NULL) {
        return SPILL_MEMORY;
    }
    char length[96] = "";
    if (post) {
        snprintf(length, sizeof length, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                 body_bytes);
    }
    const int bytes =
        snprintf(client->request, CLIENT_REQUEST_BYTES_MAX,
                 "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAccept: "
                 "application/json\r\n%s%s%s%s\r\n%s",
                 post ? "POST" : "GET", request->path, request->address,
                 request->token != NULL ? "Authorization: Bearer " : "",
                 request->token != NULL ? request->token : "", request->token != NULL ? "\r\n" : "",
                 length, post ? request->body : "");
    client->request_bytes = (size_t)bytes;
    return bytes > 0 && bytes < CLIENT_REQUEST_BYTES_MAX ? SPILL_OK : SPILL_LIMIT;
}

/* A numeric address and a port. */
static bool client_address(const char *text, struct sockaddr_storage *address) {
    char host[HEADERS_NAME_BYTES_MAX + 1];
    const char *const colon = strrchr(text, ':');
    uint64_t port = 0;
    if (colon == NULL || !headers_number(colon + 1, &port) || port > UINT16_MAX ||
        (size_t)(colon - text) > HEADERS_NAME_BYTES_MAX) {
        return false;
    }
    const bool brackets = text[0] == '[' && colon[-1] == ']';
    const size_t bytes = (size_t)(colon - text) - (brackets ? 2 : 0);
    memcpy(host, text + (brackets ? 1 : 0), bytes);
    host[bytes] = '\0';
    return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)address) == 0 ||
           uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)address) == 0;
}

enum spill_status client_ask(uv_loop_t *loop, const struct client_request *request,
                             client_fn on_answer, void *context, struct spill_error *error) {
    struct sockaddr_storage address = {0};
    if (!client_address(request->address, &address)) {
        return spill_fail(error, SPILL_INVALID, "'%s' is no address", request->address);
    }
    struct client *const client = spill_alloc(1, sizeof *client);
    if (client == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    client->on_answer = on_answer;
    client->context = context;
    const enum spill_status status = client_write_request(client, request);
    if (status != SPILL_OK) {
        client_free(client);
        return spill_fail(error, status, "the request does not fit");
    }
    client->tcp.data = client->timer.data = client->connect.data = client;
    (void)uv_tcp_init(loop, &client->tcp);
    (void)uv_timer_init(loop, &client->timer);
    client->open_handles = CLIENT_HANDLES;
    (void)uv_timer_start(&client->timer, client_on_timer, CLIENT_PATIENCE_MS, 0);
    const int connecting = uv_tcp_connect(&client->connect, &client->tcp,
                                          (const struct sockaddr *)&address, client_on_connected);
    if (connecting != 0) {
        client_end(client, SPILL_UNAVAILABLE, uv_strerror(connecting));
    }
    return SPILL_OK;
}
