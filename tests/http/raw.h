/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw: a connection that sends what a test writes and keeps what comes, on the test's loop.
 */
#ifndef RAW_H
#define RAW_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tests/check.h"

enum { RAW_DEADLINE_MS = 60000, RAW_ADDRESS_BYTES = 64 };

struct raw {
    uv_tcp_t tcp;
    uv_connect_t connect;
    char *bytes; /* NUL-terminated. */
    size_t size_bytes;
    size_t capacity_bytes;
    bool closed; /* By the other side. */
    bool gone;
    bool reading;
};

static uv_loop_t raw_loop;
static uv_timer_t raw_deadline;
static const char *raw_awaited; /* For the words of a test that fails. */

static inline void raw_on_deadline(uv_timer_t *timer) {
    (void)timer;
    CHECK_FAIL("did not happen in time: %s", raw_awaited);
}

/* Turns the loop until `condition` holds. */
#define RAW_UNTIL(condition)                                                                       \
    do {                                                                                           \
        raw_awaited = #condition;                                                                  \
        CHECK_EQ(uv_timer_start(&raw_deadline, raw_on_deadline, RAW_DEADLINE_MS, 0), 0);           \
        while (!(condition)) {                                                                     \
            (void)uv_run(&raw_loop, UV_RUN_ONCE);                                                  \
        }                                                                                          \
        CHECK_EQ(uv_timer_stop(&raw_deadline), 0);                                                 \
    } while (0)

static inline void raw_begin(void) {
    CHECK_EQ(uv_loop_init(&raw_loop), 0);
    CHECK_EQ(uv_timer_init(&raw_loop, &raw_deadline), 0);
}

/* Nothing is left on the loop. */
static inline void raw_end(void) {
    uv_close((uv_handle_t *)&raw_deadline, NULL);
    CHECK_EQ(uv_run(&raw_loop, UV_RUN_DEFAULT), 0);
    CHECK_EQ(uv_loop_close(&raw_loop), 0);
}

static inline void raw_on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room) {
    struct raw *const raw = handle->data;
    if (raw->capacity_bytes - raw->size_bytes < suggested + 1) {
        raw->capacity_bytes = 2 * raw->capacity_bytes + suggested + 1;
        raw->bytes = realloc(raw->bytes, raw->capacity_bytes);
        CHECK(raw->bytes != NULL);
    }
    *room = uv_buf_init(raw->bytes + raw->size_bytes, (unsigned)suggested);
}

static inline void raw_on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *room) {
    struct raw *const raw = stream->data;
    (void)room;
    if (bytes < 0) {
        raw->closed = true;
        (void)uv_read_stop(stream);
        return;
    }
    raw->size_bytes += (size_t)bytes;
    raw->bytes[raw->size_bytes] = '\0';
}

static inline void raw_read(struct raw *raw, bool wanted) {
    if (wanted) {
        CHECK_EQ(uv_read_start((uv_stream_t *)&raw->tcp, raw_on_room, raw_on_read), 0);
    } else {
        (void)uv_read_stop((uv_stream_t *)&raw->tcp);
    }
}

static inline void raw_on_connected(uv_connect_t *connect, int status) {
    struct raw *const raw = connect->data;
    CHECK_EQ(status, 0);
    raw->reading = true;
    raw_read(raw, true);
}

/* Connects to "127.0.0.1:PORT" and waits until it is. */
static inline void raw_open(struct raw *raw, const char *address) {
    struct sockaddr_in to;
    const char *const colon = strchr(address, ':');
    CHECK(colon != NULL);
    *raw = (struct raw){.capacity_bytes = 1};
    raw->bytes = calloc(1, 1);
    raw->tcp.data = raw->connect.data = raw;
    CHECK_EQ(uv_ip4_addr("127.0.0.1", atoi(colon + 1), &to), 0);
    CHECK_EQ(uv_tcp_init(&raw_loop, &raw->tcp), 0);
    CHECK_EQ(
        uv_tcp_connect(&raw->connect, &raw->tcp, (const struct sockaddr *)&to, raw_on_connected),
        0);
    RAW_UNTIL(raw->reading);
}

static inline void raw_send(struct raw *raw, const char *text) {
    const uv_buf_t bytes = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    CHECK_EQ(uv_try_write((uv_stream_t *)&raw->tcp, &bytes, 1), (int)strlen(text));
}

static inline void raw_forget(struct raw *raw) {
    raw->size_bytes = 0;
    raw->bytes[0] = '\0';
}

static inline bool raw_has(const struct raw *raw, const char *text) {
    return strstr(raw->bytes, text) != NULL;
}

static inline void raw_on_closed(uv_handle_t *handle) {
    ((struct raw *)handle->data)->gone = true;
}

static inline void raw_close(struct raw *raw) {
    uv_close((uv_handle_t *)&raw->tcp, raw_on_closed);
    RAW_UNTIL(raw->gone);
    free(raw->bytes);
    raw->bytes = NULL;
}

#endif
