/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_socket: ZeroMQ sockets on a libuv loop, with CURVE always on.
 *
 * A coordinator binds a ROUTER, a node connects a DEALER. Who the peer is, is its public key, as
 * the admitting callback saw it in the handshake and as each message carries it; never its routing
 * id. Without an admitting callback nobody is admitted. A loop_socket knows nothing of frames: it
 * moves messages of bytes, at most 64 for each turn of the loop, so that no peer starves the
 * others.
 *
 * Everything here belongs to the loop's thread, and callbacks come from the loop. ZeroMQ has one
 * I/O thread of its own. Closing is asynchronous, as with every handle of libuv: after the last
 * close callback nothing is left on the loop. Bytes are copied by sending and borrowed in
 * callbacks.
 */
#ifndef SPILL_LOOP_SOCKET_H
#define SPILL_LOOP_SOCKET_H

#include <uv.h>

#include "proto/vocabulary.h"

enum {
    LOOP_SOCKET_KEY_BYTES = 32,
    LOOP_SOCKET_ENDPOINT_BYTES = 256,
    LOOP_SOCKET_MESSAGE_BYTES_MAX = 1 << 20,
    LOOP_SOCKET_TURN_MESSAGES = 64,   /* In one turn of the loop. */
    LOOP_SOCKET_QUEUE_MESSAGES = 256, /* To or from one peer; then SPILL_AGAIN. */
    LOOP_SOCKET_BACKLOG = 1024,       /* Connections that wait to be accepted. */
    LOOP_SOCKET_HANDSHAKE_MS = 5000,  /* A peer that takes longer is cut off. */
    LOOP_SOCKET_HEARTBEAT_MS = 5000,
    LOOP_SOCKET_SILENT_MS = 15000,       /* Without a heartbeat the connection is cut. */
    LOOP_SOCKET_LINGER_MS = 1000,        /* What was sent before closing has so long to go. */
    LOOP_SOCKET_RECONNECT_MS = 100,      /* Between attempts, at first … */
    LOOP_SOCKET_RECONNECT_MAX_MS = 4000, /* … and later. */
    LOOP_SOCKET_SELF_TEST_MS = 10000,
};

/* ---- The context: one for the process. ---- */

struct loop_context;

/* Whether a key may come in. `address` is where it comes from, for logs. */
typedef bool (*loop_admit_fn)(const uint8_t key[LOOP_SOCKET_KEY_BYTES], const char *address,
                              void *context);

/* Makes the context and starts asking `admit` about every peer that wants to come in; NULL: nobody
 * may. The loop is kept until the context is closed. */
SPILL_CHECKED enum spill_status loop_context_open(uv_loop_t *loop, loop_admit_fn admit,
                                                  void *admit_context,
                                                  struct loop_context **context,
                                                  struct spill_error *error);
/* Every socket was closed before. Leaves the loop at its next turns; until then it is kept. Waits
 * for what lingers, at most LOOP_SOCKET_LINGER_MS. */
void loop_context_close(struct loop_context **context);

/* ---- Sockets ---- */

enum loop_socket_kind { LOOP_SOCKET_ROUTER, LOOP_SOCKET_DEALER };

/* A connection of a ROUTER, as long as it lives. A DEALER has one peer, 0. */
struct loop_peer {
    uint32_t number;
};

/* A message came. key: of the peer (ROUTER), the server's own (DEALER). */
typedef void (*loop_message_fn)(struct loop_peer peer, const uint8_t key[LOOP_SOCKET_KEY_BYTES],
                                const uint8_t *bytes, size_t size_bytes, void *context);
typedef void (*loop_event_fn)(void *context);

struct loop_socket_options {
    enum loop_socket_kind kind;
    const char *endpoint; /* "tcp://127.0.0.1:0": a ROUTER binds it, a DEALER connects to it. */
    uint8_t public_key[LOOP_SOCKET_KEY_BYTES];
    uint8_t secret_key[LOOP_SOCKET_KEY_BYTES];
    uint8_t server_key[LOOP_SOCKET_KEY_BYTES]; /* DEALER. */
    size_t message_bytes_max; /* 0: LOOP_SOCKET_MESSAGE_BYTES_MAX. Who sends more is cut off. */
    loop_message_fn on_message;
    loop_event_fn on_writable;  /* DEALER, may be NULL: after SPILL_AGAIN, there is room again. */
    loop_event_fn on_connected; /* DEALER, may be NULL: a new connection; the one before is gone. */
    loop_event_fn on_refused;   /* DEALER, may be NULL: the server does not admit this key. It is
                                   tried again. */
    void *context;              /* Of the callbacks. */
};

struct loop_socket;

/* SPILL_UNAVAILABLE: the endpoint cannot be bound or is no endpoint; error says why. */
SPILL_CHECKED enum spill_status loop_socket_open(struct loop_context *context,
                                                 const struct loop_socket_options *options,
                                                 struct loop_socket **socket,
                                                 struct spill_error *error);

/* No more callbacks of the options; on_closed, which may be NULL, when all is gone. */
void loop_socket_close(struct loop_socket **socket, loop_event_fn on_closed, void *context);

/* The endpoint with the port that was bound; borrowed. */
const char *loop_socket_endpoint(const struct loop_socket *socket);

/* Queues a message, whole or not at all. SPILL_AGAIN: the queue to that peer is full, or (DEALER)
 * there is no connection now. SPILL_UNAVAILABLE (ROUTER): that connection is gone. */
SPILL_CHECKED enum spill_status loop_socket_send(struct loop_socket *socket, struct loop_peer peer,
                                                 const uint8_t *bytes, size_t size_bytes);

/* Proves that a ROUTER turns strangers away: connects to it with a key that nobody knows. Turns the
 * loop until it is known; not for use in a callback. SPILL_REFUSED: the stranger came in. */
SPILL_CHECKED enum spill_status loop_socket_self_test(struct loop_socket *router,
                                                      struct spill_error *error);

#endif
