/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: the coordinator's end of one cell's stream, on a loop, with its logs in memory: as much of
 * a coordinator as a node can tell. Header only; for tests.
 */
#ifndef SPILL_TEST_NODES_HOST_H
#define SPILL_TEST_NODES_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/seal/seal.h"
#include "proto/socket/loop_socket.h"
#include "proto/wire/wire.h"
#include "tests/check.h"

enum { HOST_LOG_MAX = 4096, HOST_DEADLINE_MS = 60000 };

struct host_log {
    uint8_t *bytes[HOST_LOG_MAX];
    size_t size_bytes[HOST_LOG_MAX];
    struct frame_position positions[HOST_LOG_MAX + 1];
    size_t count;
};

struct host {
    uv_loop_t loop;
    uv_timer_t deadline;
    struct loop_context *context;
    struct loop_socket *socket;
    struct wire *wire;
    struct seal *seal;
    struct stream_cipher cipher;
    struct stream *stream;
    struct stream_clock clock;
    struct seal_pair pair; /* The coordinator's, */
    struct seal_pair node; /* and the node's. */
    uint8_t master[SEAL_KEY_BYTES];
    uint8_t exercise[FRAME_EXERCISE_BYTES];
    const char *cell;
    uint64_t start;
    char endpoint[LOOP_SOCKET_ENDPOINT_BYTES];
    struct host_log said;  /* Down. */
    struct host_log heard; /* Up. */
    const uint8_t *brief;  /* NULL: none. */
    size_t brief_bytes;
    size_t brief_chunk_bytes;
    size_t grant_count;
    struct stream_grant grant; /* The last. */
    bool deaf;                 /* It takes nothing that comes. */
    bool stranger;             /* It admits nobody. */
    uint8_t scratch[STREAM_SCRATCH_BYTES];
    uint8_t frame[FRAME_BYTES_MAX];
};

static inline void host_log_add(struct host_log *log, const uint8_t *bytes, size_t size_bytes) {
    CHECK_LT(log->count, (size_t)HOST_LOG_MAX);
    log->bytes[log->count] = malloc(size_bytes + 1);
    CHECK(log->bytes[log->count] != NULL);
    memcpy(log->bytes[log->count], bytes, size_bytes);
    log->size_bytes[log->count] = size_bytes;
    log->positions[log->count + 1] = log->positions[log->count];
    frame_position_next(&log->positions[log->count + 1], bytes, size_bytes);
    log->count++;
}

static inline struct stream_durable host_durable(const struct host_log *log) {
    return (struct stream_durable){log->positions[log->count]};
}

static inline int64_t host_now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

static inline void host_give_brief(struct host *host, uint32_t part) {
    const size_t chunk = host->brief_chunk_bytes;
    const size_t parts = host->brief == NULL ? 0 : (host->brief_bytes + chunk - 1) / chunk;
    const size_t at = part * chunk;
    const size_t left = at < host->brief_bytes ? host->brief_bytes - at : 0;
    stream_brief(host->stream, part, (uint32_t)parts, host->brief == NULL ? NULL : host->brief + at,
                 left < chunk ? left : chunk);
}

static inline void host_do(struct host *host, const struct stream_action *action) {
    size_t size_bytes = 0;
    switch (action->kind) {
    case STREAM_SEND:
        CHECK_OK(wire_encode(action->frame, host->frame, FRAME_BYTES_MAX, &size_bytes));
        if (loop_socket_send(host->socket, (struct loop_peer){(uint32_t)action->connection},
                             host->frame, size_bytes) == SPILL_AGAIN) {
            stream_unsent(host->stream, host_now_us());
        }
        return;
    case STREAM_ASK: {
        const size_t at = (size_t)action->sequence - 1;
        CHECK_LT(at, host->said.count);
        stream_supply(host->stream,
                      &(struct stream_message){.sequence = action->sequence,
                                               .bytes = host->said.bytes[at],
                                               .size_bytes = host->said.size_bytes[at],
                                               .kind = 1,
                                               .tlp = 2});
        return;
    }
    case STREAM_ASK_HEAD:
        stream_head(host->stream, action->sequence, host->said.positions[action->sequence].head);
        return;
    case STREAM_COMMIT:
        CHECK_EQ(action->sequence, host->heard.count + 1);
        host_log_add(&host->heard, action->bytes, action->size_bytes);
        stream_stored(host->stream, host_durable(&host->heard));
        return;
    case STREAM_ASK_SNAPSHOT:
        stream_no_snapshot(host->stream);
        return;
    case STREAM_ASK_BRIEF:
        host_give_brief(host, action->part);
        return;
    case STREAM_LINK:
        if (action->open) {
            stream_announce(host->stream);
        }
        return;
    case STREAM_GRANTED:
        host->grant_count += stream_granted(host->stream, &host->grant);
        return;
    default:
        return;
    }
}

static inline void host_pump(struct host *host) {
    struct stream_action action;
    while (stream_next(host->stream, host_now_us(), &action)) {
        host_do(host, &action);
    }
}

static inline void host_on_message(struct loop_peer peer, const uint8_t *key, const uint8_t *bytes,
                                   size_t size_bytes, void *context) {
    struct host *const host = context;
    struct frame frame;
    CHECK_BYTES(key, SEAL_KEY_BYTES, host->node.public_key, SEAL_KEY_BYTES);
    if (host->deaf) {
        return;
    }
    CHECK_OK(wire_decode(host->wire, bytes, size_bytes, &frame, NULL));
    stream_receive(host->stream, host_now_us(), peer.number, &frame);
    host_pump(host);
    wire_reset(host->wire);
}

static inline bool host_admit(const uint8_t *key, const char *address, void *context) {
    const struct host *const host = context;
    (void)address;
    return !host->stranger && memcmp(key, host->node.public_key, SEAL_KEY_BYTES) == 0;
}

/* Takes up its work: at first, and again after host_stop, at the same port and one start later. */
static inline void host_start(struct host *host) {
    uint8_t box[SEAL_BOX_BYTES];
    uint8_t key[SEAL_KEY_BYTES];
    seal_cell_key(host->master, host->cell, key);
    CHECK_OK(seal_create(key, &host->seal));
    seal_box_close(&host->pair, host->node.public_key, host->exercise, host->cell, key, box);
    host->cipher = seal_cipher(host->seal);
    CHECK_OK(wire_create(&host->wire));
    host->start++;
    struct stream_options options = {.side = STREAM_COORDINATOR,
                                     .cell = host->cell,
                                     .program = "host",
                                     .committed = host_durable(&host->said),
                                     .received = host_durable(&host->heard),
                                     .kept = {.epoch = 1, .start = host->start},
                                     .cipher = &host->cipher,
                                     .scratch = host->scratch,
                                     .clock = &host->clock,
                                     .key_box = box,
                                     .key_box_bytes = sizeof box};
    memcpy(options.kept.exercise, host->exercise, FRAME_EXERCISE_BYTES);
    CHECK_OK(stream_create(&options, &host->stream));
    struct loop_socket_options socket = {.kind = LOOP_SOCKET_ROUTER,
                                         .endpoint = host->endpoint,
                                         .message_bytes_max = FRAME_BYTES_MAX,
                                         .on_message = host_on_message,
                                         .context = host};
    memcpy(socket.public_key, host->pair.public_key, SEAL_KEY_BYTES);
    memcpy(socket.secret_key, host->pair.secret_key, SEAL_KEY_BYTES);
    /* The port is free again once ZeroMQ has let go of it. */
    const int64_t give_up_us = host_now_us() + (int64_t)HOST_DEADLINE_MS * 1000;
    while (loop_socket_open(host->context, &socket, &host->socket, NULL) != SPILL_OK) {
        CHECK_LT(host_now_us(), give_up_us);
        (void)uv_run(&host->loop, UV_RUN_NOWAIT);
    }
    snprintf(host->endpoint, sizeof host->endpoint, "%s", loop_socket_endpoint(host->socket));
}

static inline void host_note(void *context) {
    *(bool *)context = true;
}

/* Is gone, as after a crash: without a word. */
static inline void host_stop(struct host *host) {
    bool closed = false;
    loop_socket_close(&host->socket, host_note, &closed);
    while (!closed) {
        (void)uv_run(&host->loop, UV_RUN_ONCE);
    }
    stream_destroy(&host->stream);
    seal_destroy(&host->seal);
    wire_destroy(&host->wire);
}

static inline struct host *host_create(const char *cell) {
    struct host *const host = calloc(1, sizeof *host);
    CHECK(host != NULL);
    host->cell = cell;
    host->brief_chunk_bytes = FRAME_MESSAGE_BYTES_MAX;
    host->clock = (struct stream_clock){.speed_permille = 1000, .state = FRAME_CLOCK_RUNNING};
    seal_pair_random(&host->pair);
    seal_pair_random(&host->node);
    seal_random(host->master);
    uint8_t name[SEAL_KEY_BYTES];
    seal_random(name);
    memcpy(host->exercise, name, FRAME_EXERCISE_BYTES);
    snprintf(host->endpoint, sizeof host->endpoint, "tcp://127.0.0.1:0");
    CHECK_EQ(uv_loop_init(&host->loop), 0);
    CHECK_EQ(uv_timer_init(&host->loop, &host->deadline), 0);
    CHECK_OK(loop_context_open(&host->loop, host_admit, host, &host->context, NULL));
    host_start(host);
    return host;
}

static inline void host_log_free(struct host_log *log) {
    for (size_t i = 0; i < log->count; i++) {
        free(log->bytes[i]);
    }
}

/* Nothing may be left on the loop. */
static inline void host_destroy(struct host **host) {
    host_stop(*host);
    loop_context_close(&(*host)->context);
    uv_close((uv_handle_t *)&(*host)->deadline, NULL);
    CHECK_EQ(uv_run(&(*host)->loop, UV_RUN_DEFAULT), 0);
    CHECK_EQ(uv_loop_close(&(*host)->loop), 0);
    host_log_free(&(*host)->said);
    host_log_free(&(*host)->heard);
    free(*host);
    *host = NULL;
}

static inline void host_say(struct host *host, const void *bytes, size_t size_bytes) {
    host_log_add(&host->said, bytes, size_bytes);
    if (host->stream != NULL) {
        stream_committed(host->stream, host_durable(&host->said));
        host_pump(host);
    }
}

/* Asks a robot to act at this time. */
static inline void host_tell_time(struct host *host, int64_t now_ms) {
    host->clock.exercise_ms = now_ms;
    stream_announce(host->stream);
    host_pump(host);
}

static inline void host_on_deadline(uv_timer_t *timer) {
    (void)timer;
    CHECK_FAIL("what is waited for did not happen");
}

/* Turns the loop until it has happened. */
static inline void host_turn_until(struct host *host, bool (*happened)(void *context),
                                   void *context) {
    CHECK_EQ(uv_timer_start(&host->deadline, host_on_deadline, HOST_DEADLINE_MS, 0), 0);
    while (!happened(context)) {
        (void)uv_run(&host->loop, UV_RUN_ONCE);
    }
    CHECK_EQ(uv_timer_stop(&host->deadline), 0);
}

#endif
