/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/socket/loop_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "proto/socket/loop_source.h"

enum {
    LOOP_HANDLES = 4, /* Of one source on the loop. */
    LOOP_ROUTING_ID_BYTES = 5,
    LOOP_SOCKETS_MAX = 8192,
    LOOP_TEXT_BYTES = 64,
    LOOP_EVENT_BYTES = 6,  /* Of a monitor's first part: number and value. */
    LOOP_CURVE_BYTES = 33, /* What CURVE adds to a message, and ZeroMQ counts as part of it. */
};

static const char loop_zap_endpoint[] = "inproc://zeromq.zap.01";

/* ---- Sources ---- */

struct loop_source {
    void *zmq;
    void (*on_readable)(void *zmq, void *context);
    void (*on_writable)(void *zmq, void *context);
    void *context;
    bool touched; /* To be looked at before the loop sleeps. */
    bool want_write;
    bool closing;
    uv_poll_t poll;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    unsigned open_handles;
    void (*on_closed)(void *context);
    void *closed_context;
};

/* What the socket is ready for, ZMQ_POLLIN and ZMQ_POLLOUT; asking also lets it do its own work. */
static int loop_source_events(struct loop_source *source) {
    int events = 0;
    size_t events_bytes = sizeof events;
    if (zmq_getsockopt(source->zmq, ZMQ_EVENTS, &events, &events_bytes) != 0) {
        return 0;
    }
    return events & (ZMQ_POLLIN | (source->want_write ? ZMQ_POLLOUT : 0));
}

static void loop_source_on_poll(uv_poll_t *poll, int status, int events) {
    struct loop_source *const source = poll->data;
    (void)status;
    (void)events;
    source->touched = true;
}

static void loop_source_on_idle(uv_idle_t *idle) {
    (void)idle; /* It is there, so the loop does not sleep. */
}

static void loop_source_on_prepare(uv_prepare_t *prepare) {
    struct loop_source *const source = prepare->data;
    if (!source->touched) {
        return;
    }
    if (loop_source_events(source) != 0) {
        (void)uv_idle_start(&source->idle, loop_source_on_idle);
    } else {
        (void)uv_idle_stop(&source->idle);
        source->touched = false;
    }
}

static void loop_source_on_check(uv_check_t *check) {
    struct loop_source *const source = check->data;
    if (!source->touched) {
        return;
    }
    for (unsigned i = 0; i < LOOP_SOCKET_TURN_MESSAGES && !source->closing; i++) {
        const int events = loop_source_events(source);
        if ((events & ZMQ_POLLOUT) != 0) {
            source->want_write = false;
            source->on_writable(source->zmq, source->context);
        }
        if ((events & ZMQ_POLLIN) == 0 || source->closing) {
            break;
        }
        source->on_readable(source->zmq, source->context);
    }
}

static void loop_source_on_close(uv_handle_t *handle) {
    struct loop_source *const source = handle->data;
    SPILL_ASSERT(source->open_handles > 0);
    source->open_handles--;
    if (source->open_handles > 0) {
        return;
    }
    /* Its descriptor is off the loop: now the socket may go. */
    (void)zmq_close(source->zmq);
    void (*const on_closed)(void *context) = source->on_closed;
    void *const context = source->closed_context;
    free(source);
    if (on_closed != NULL) {
        on_closed(context);
    }
}

enum spill_status loop_source_open(const struct loop_source_options *options,
                                   struct loop_source **source, struct spill_error *error) {
    struct loop_source *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        (void)zmq_close(options->zmq);
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->zmq = options->zmq;
    made->on_readable = options->on_readable;
    made->on_writable = options->on_writable;
    made->context = options->context;
    made->touched = true;
    made->poll.data = made->prepare.data = made->check.data = made->idle.data = made;
    int descriptor = -1;
    size_t descriptor_bytes = sizeof descriptor;
    if (zmq_getsockopt(made->zmq, ZMQ_FD, &descriptor, &descriptor_bytes) != 0 ||
        uv_poll_init(options->loop, &made->poll, descriptor) != 0) {
        (void)zmq_close(made->zmq);
        free(made);
        return spill_fail(error, SPILL_IO, "a socket cannot be watched");
    }
    (void)uv_prepare_init(options->loop, &made->prepare);
    (void)uv_check_init(options->loop, &made->check);
    (void)uv_idle_init(options->loop, &made->idle);
    made->open_handles = LOOP_HANDLES;
    (void)uv_poll_start(&made->poll, UV_READABLE, loop_source_on_poll);
    (void)uv_prepare_start(&made->prepare, loop_source_on_prepare);
    (void)uv_check_start(&made->check, loop_source_on_check);
    *source = made;
    return SPILL_OK;
}

void loop_source_close(struct loop_source **source, void (*on_closed)(void *context),
                       void *context) {
    struct loop_source *const closing = *source;
    SPILL_ASSERT(!closing->closing);
    closing->closing = true;
    closing->on_closed = on_closed;
    closing->closed_context = context;
    uv_close((uv_handle_t *)&closing->poll, loop_source_on_close);
    uv_close((uv_handle_t *)&closing->prepare, loop_source_on_close);
    uv_close((uv_handle_t *)&closing->check, loop_source_on_close);
    uv_close((uv_handle_t *)&closing->idle, loop_source_on_close);
    *source = NULL;
}

void *loop_source_zmq(const struct loop_source *source) {
    return source->zmq;
}

void loop_source_touch(struct loop_source *source) {
    source->touched = true;
}

void loop_source_want_write(struct loop_source *source, bool wanted) {
    source->want_write = wanted;
    source->touched = true;
}

/* ---- The context ---- */

struct loop_context {
    uv_loop_t *loop;
    void *zmq;
    loop_admit_fn admit;
    void *admit_context;
    struct loop_source *zap;
    unsigned socket_count;
    uint64_t monitors; /* Ever opened: each has a name of its own. */
    bool closing;
};

static void loop_context_on_question(void *zmq, void *context) {
    const struct loop_context *const owner = context;
    zap_answer(zmq, owner->admit, owner->admit_context);
}

static enum spill_status loop_context_fail(struct spill_error *error, const char *what) {
    return spill_fail(error, SPILL_IO, "%s: %s", what, zmq_strerror(zmq_errno()));
}

static void loop_context_free(struct loop_context *context) {
    if (context->zmq != NULL) {
        while (zmq_ctx_term(context->zmq) != 0 && zmq_errno() == EINTR) {
        }
    }
    free(context);
}

enum spill_status loop_context_open(uv_loop_t *loop, loop_admit_fn admit, void *admit_context,
                                    struct loop_context **context, struct spill_error *error) {
    struct loop_context *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    *made = (struct loop_context){
        .loop = loop, .zmq = zmq_ctx_new(), .admit = admit, .admit_context = admit_context};
    enum spill_status status = SPILL_OK;
    void *zap = NULL;
    if (made->zmq == NULL || zmq_ctx_set(made->zmq, ZMQ_MAX_SOCKETS, LOOP_SOCKETS_MAX) != 0 ||
        (zap = zmq_socket(made->zmq, ZMQ_REP)) == NULL) {
        status = loop_context_fail(error, "ZeroMQ does not start");
        goto fail;
    }
    /* Asked from the first handshake on: without a handler everybody would be admitted. */
    if (zmq_bind(zap, loop_zap_endpoint) != 0) {
        status = loop_context_fail(error, loop_zap_endpoint);
        (void)zmq_close(zap);
        goto fail;
    }
    const struct loop_source_options options = {
        .loop = loop, .zmq = zap, .on_readable = loop_context_on_question, .context = made};
    status = loop_source_open(&options, &made->zap, error);
    if (status != SPILL_OK) {
        goto fail;
    }
    *context = made;
    return SPILL_OK;
fail:
    loop_context_free(made);
    return status;
}

static void loop_context_on_closed(void *context) {
    loop_context_free(context);
}

/* The question socket goes last: ZeroMQ may still ask while sockets close. */
static void loop_context_close_if_done(struct loop_context *context) {
    if (context->closing && context->socket_count == 0 && context->zap != NULL) {
        loop_source_close(&context->zap, loop_context_on_closed, context);
    }
}

void loop_context_close(struct loop_context **context) {
    if (*context != NULL) {
        (*context)->closing = true;
        loop_context_close_if_done(*context);
        *context = NULL;
    }
}

/* ---- Sockets ---- */

struct loop_socket {
    struct loop_context *context;
    struct loop_socket_options options;
    char endpoint[LOOP_SOCKET_ENDPOINT_BYTES];
    struct loop_source *source;
    struct loop_source *monitor; /* Of a DEALER; else NULL. */
    uv_timer_t anew;             /* Of a DEALER: calls again. */
    unsigned open_sources;
    loop_event_fn on_closed;
    void *closed_context;
};

static void loop_socket_receive(struct loop_socket *socket, void *zmq, zmq_msg_t *message) {
    struct loop_peer peer = {0};
    if (socket->options.kind == LOOP_SOCKET_ROUTER) {
        uint8_t routing_id[LOOP_ROUTING_ID_BYTES + 1];
        const int id_bytes = zmq_recv(zmq, routing_id, sizeof routing_id, ZMQ_DONTWAIT);
        if (id_bytes < 0) {
            return;
        }
        /* ZeroMQ's own numbers begin with 0. A peer that brings a name of its own gets no answer.
         */
        peer.number = id_bytes == LOOP_ROUTING_ID_BYTES && routing_id[0] == 0
                          ? (uint32_t)routing_id[1] << 24 | (uint32_t)routing_id[2] << 16 |
                                (uint32_t)routing_id[3] << 8 | routing_id[4]
                          : 0;
    }
    if (zmq_msg_recv(message, zmq, ZMQ_DONTWAIT) < 0) {
        return;
    }
    bool whole = zmq_msg_more(message) == 0;
    uint8_t key[LOOP_SOCKET_KEY_BYTES];
    memcpy(key, socket->options.server_key, sizeof key);
    if (socket->options.kind == LOOP_SOCKET_ROUTER) {
        whole = whole && peer.number != 0 && zap_key(zmq_msg_gets(message, "User-Id"), key);
    }
    if (whole) {
        socket->options.on_message(peer, key, zmq_msg_data(message), zmq_msg_size(message),
                                   socket->options.context);
        return;
    }
    /* One part is a message here; what has more is thrown away with all of its parts. */
    while (zmq_msg_more(message) != 0 && zmq_msg_recv(message, zmq, ZMQ_DONTWAIT) >= 0) {
    }
}

static void loop_socket_on_readable(void *zmq, void *context) {
    zmq_msg_t message;
    (void)zmq_msg_init(&message);
    loop_socket_receive(context, zmq, &message);
    (void)zmq_msg_close(&message);
}

static void loop_socket_on_writable(void *zmq, void *context) {
    const struct loop_socket *const socket = context;
    (void)zmq;
    if (socket->options.on_writable != NULL) {
        socket->options.on_writable(socket->options.context);
    }
}

/* ---- Monitors: what happens to the connections of a DEALER. ---- */

/* Takes in one event; 0: none. */
static uint16_t loop_monitor_event(void *zmq) {
    uint8_t event[LOOP_EVENT_BYTES];
    uint8_t endpoint[LOOP_SOCKET_ENDPOINT_BYTES];
    uint16_t number = 0;
    if (zmq_recv(zmq, event, sizeof event, ZMQ_DONTWAIT) != (int)sizeof event) {
        return 0;
    }
    memcpy(&number, event, sizeof number);
    (void)zmq_recv(zmq, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    return number;
}

/* ZeroMQ itself calls again when a connection breaks, and never when its peer turns it away. */
static void loop_socket_on_anew(uv_timer_t *timer) {
    const struct loop_socket *const socket = timer->data;
    void *const zmq = loop_source_zmq(socket->source);
    (void)zmq_disconnect(zmq, socket->endpoint);
    (void)zmq_connect(zmq, socket->endpoint);
    loop_source_touch(socket->source);
}

static void loop_socket_on_event(void *zmq, void *context) {
    struct loop_socket *const socket = context;
    const uint16_t event = loop_monitor_event(zmq);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        (void)uv_timer_stop(&socket->anew);
        if (socket->options.on_connected != NULL) {
            socket->options.on_connected(socket->options.context);
        }
    } else if (event != 0) {
        (void)uv_timer_start(&socket->anew, loop_socket_on_anew, LOOP_SOCKET_RECONNECT_MAX_MS, 0);
        if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && socket->options.on_refused != NULL) {
            socket->options.on_refused(socket->options.context);
        }
    }
}

/* A socket that hears of the connections of another one; NULL: it cannot be had. */
static void *loop_monitor_make(struct loop_context *context, void *zmq) {
    char name[LOOP_TEXT_BYTES];
    const int linger_ms = 0;
    (void)snprintf(name, sizeof name, "inproc://monitor-%llu",
                   (unsigned long long)++context->monitors);
    if (zmq_socket_monitor(zmq, name,
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                               ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) != 0) {
        return NULL;
    }
    void *const pair = zmq_socket(context->zmq, ZMQ_PAIR);
    if (pair != NULL && (zmq_setsockopt(pair, ZMQ_LINGER, &linger_ms, sizeof linger_ms) != 0 ||
                         zmq_connect(pair, name) != 0)) {
        (void)zmq_close(pair);
        return NULL;
    }
    return pair;
}

/* ---- Opening ---- */

static bool loop_set(void *zmq, int option, int value) {
    return zmq_setsockopt(zmq, option, &value, sizeof value) == 0;
}

static bool loop_set_limits(void *zmq, const struct loop_socket_options *options) {
    const size_t wanted_bytes = options->message_bytes_max == 0
                                    ? (size_t)LOOP_SOCKET_MESSAGE_BYTES_MAX
                                    : options->message_bytes_max;
    const int64_t message_bytes_max = (int64_t)wanted_bytes + LOOP_CURVE_BYTES;
    return zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &message_bytes_max, sizeof message_bytes_max) == 0 &&
           loop_set(zmq, ZMQ_SNDHWM, LOOP_SOCKET_QUEUE_MESSAGES) &&
           loop_set(zmq, ZMQ_RCVHWM, LOOP_SOCKET_QUEUE_MESSAGES) &&
           loop_set(zmq, ZMQ_BACKLOG, LOOP_SOCKET_BACKLOG) &&
           loop_set(zmq, ZMQ_LINGER, LOOP_SOCKET_LINGER_MS) &&
           loop_set(zmq, ZMQ_HANDSHAKE_IVL, LOOP_SOCKET_HANDSHAKE_MS) &&
           loop_set(zmq, ZMQ_HEARTBEAT_IVL, LOOP_SOCKET_HEARTBEAT_MS) &&
           loop_set(zmq, ZMQ_HEARTBEAT_TIMEOUT, LOOP_SOCKET_SILENT_MS) &&
           loop_set(zmq, ZMQ_HEARTBEAT_TTL, LOOP_SOCKET_SILENT_MS) &&
           loop_set(zmq, ZMQ_RECONNECT_IVL, LOOP_SOCKET_RECONNECT_MS) &&
           loop_set(zmq, ZMQ_RECONNECT_IVL_MAX, LOOP_SOCKET_RECONNECT_MAX_MS) &&
           loop_set(zmq, ZMQ_IPV6, strchr(options->endpoint, '[') != NULL);
}

static bool loop_set_keys(void *zmq, const struct loop_socket_options *options) {
    const bool router = options->kind == LOOP_SOCKET_ROUTER;
    const bool own = zmq_setsockopt(zmq, ZMQ_CURVE_PUBLICKEY, options->public_key,
                                    sizeof options->public_key) == 0 &&
                     zmq_setsockopt(zmq, ZMQ_CURVE_SECRETKEY, options->secret_key,
                                    sizeof options->secret_key) == 0;
    if (router) {
        return own && loop_set(zmq, ZMQ_CURVE_SERVER, 1) &&
               loop_set(zmq, ZMQ_ROUTER_MANDATORY, 1) &&
               zmq_setsockopt(zmq, ZMQ_ZAP_DOMAIN, "spillover", 9) == 0;
    }
    /* Nothing waits for a connection that is not there: what would be old by then is not sent. */
    return own && loop_set(zmq, ZMQ_IMMEDIATE, 1) &&
           zmq_setsockopt(zmq, ZMQ_CURVE_SERVERKEY, options->server_key,
                          sizeof options->server_key) == 0;
}

/* The endpoint as it was bound, with its port. */
static bool loop_socket_find_endpoint(struct loop_socket *socket, void *zmq) {
    size_t endpoint_bytes = sizeof socket->endpoint;
    return zmq_getsockopt(zmq, ZMQ_LAST_ENDPOINT, socket->endpoint, &endpoint_bytes) == 0;
}

static void loop_socket_free(struct loop_socket *socket) {
    memset(socket->options.secret_key, 0, sizeof socket->options.secret_key);
    free(socket);
}

static enum spill_status loop_socket_watch(struct loop_socket *socket, void *zmq, void *monitor,
                                           struct spill_error *error) {
    const struct loop_source_options options = {.loop = socket->context->loop,
                                                .zmq = zmq,
                                                .on_readable = loop_socket_on_readable,
                                                .on_writable = loop_socket_on_writable,
                                                .context = socket};
    const struct loop_source_options events = {.loop = socket->context->loop,
                                               .zmq = monitor,
                                               .on_readable = loop_socket_on_event,
                                               .context = socket};
    enum spill_status status = loop_source_open(&options, &socket->source, error);
    if (status != SPILL_OK) {
        if (monitor != NULL) {
            (void)zmq_close(monitor);
        }
        return status;
    }
    socket->open_sources = 1;
    if (monitor != NULL) {
        status = loop_source_open(&events, &socket->monitor, error);
    }
    if (socket->monitor != NULL) {
        (void)uv_timer_init(socket->context->loop, &socket->anew);
        socket->anew.data = socket;
        socket->open_sources += 2; /* The monitor, and the timer. */
    }
    return status;
}

enum spill_status loop_socket_open(struct loop_context *context,
                                   const struct loop_socket_options *options,
                                   struct loop_socket **socket, struct spill_error *error) {
    SPILL_ASSERT(options->on_message != NULL);
    SPILL_ASSERT(options->message_bytes_max <= LOOP_SOCKET_MESSAGE_BYTES_MAX);
    const bool router = options->kind == LOOP_SOCKET_ROUTER;
    struct loop_socket *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->context = context;
    made->options = *options;
    void *monitor = NULL;
    void *const zmq = zmq_socket(context->zmq, router ? ZMQ_ROUTER : ZMQ_DEALER);
    if (zmq == NULL || !loop_set_limits(zmq, options) || !loop_set_keys(zmq, options) ||
        (!router && (monitor = loop_monitor_make(context, zmq)) == NULL)) {
        const enum spill_status status = loop_context_fail(error, "a socket cannot be made");
        if (zmq != NULL) {
            (void)zmq_close(zmq);
        }
        loop_socket_free(made);
        return status;
    }
    const int bound =
        router ? zmq_bind(zmq, options->endpoint) : zmq_connect(zmq, options->endpoint);
    if (bound != 0 || !loop_socket_find_endpoint(made, zmq)) {
        const enum spill_status status = spill_fail(error, SPILL_UNAVAILABLE, "%s: %s",
                                                    options->endpoint, zmq_strerror(zmq_errno()));
        if (monitor != NULL) {
            (void)zmq_close(monitor);
        }
        (void)zmq_close(zmq);
        loop_socket_free(made);
        return status;
    }
    context->socket_count++;
    const enum spill_status status = loop_socket_watch(made, zmq, monitor, error);
    if (status != SPILL_OK) {
        if (made->source != NULL) {
            loop_socket_close(&made, NULL, NULL); /* Half open: it goes as a whole one would. */
        } else {
            context->socket_count--;
            loop_socket_free(made);
        }
        return status;
    }
    *socket = made;
    return SPILL_OK;
}

static void loop_socket_on_source_closed(void *context) {
    struct loop_socket *const socket = context;
    SPILL_ASSERT(socket->open_sources > 0);
    socket->open_sources--;
    if (socket->open_sources > 0) {
        return;
    }
    struct loop_context *const owner = socket->context;
    const loop_event_fn on_closed = socket->on_closed;
    void *const closed_context = socket->closed_context;
    loop_socket_free(socket);
    SPILL_ASSERT(owner->socket_count > 0);
    owner->socket_count--;
    if (on_closed != NULL) {
        on_closed(closed_context);
    }
    loop_context_close_if_done(owner);
}

static void loop_socket_on_timer_closed(uv_handle_t *handle) {
    loop_socket_on_source_closed(handle->data);
}

void loop_socket_close(struct loop_socket **socket, loop_event_fn on_closed, void *context) {
    struct loop_socket *const closing = *socket;
    if (closing == NULL) {
        return;
    }
    closing->on_closed = on_closed;
    closing->closed_context = context;
    if (closing->monitor != NULL) {
        (void)zmq_socket_monitor(loop_source_zmq(closing->source), NULL, 0);
        loop_source_close(&closing->monitor, loop_socket_on_source_closed, closing);
        uv_close((uv_handle_t *)&closing->anew, loop_socket_on_timer_closed);
    }
    loop_source_close(&closing->source, loop_socket_on_source_closed, closing);
    *socket = NULL;
}

const char *loop_socket_endpoint(const struct loop_socket *socket) {
    return socket->endpoint;
}

enum spill_status loop_socket_send(struct loop_socket *socket, struct loop_peer peer,
                                   const uint8_t *bytes, size_t size_bytes) {
    void *const zmq = loop_source_zmq(socket->source);
    loop_source_touch(socket->source);
    if (socket->options.kind == LOOP_SOCKET_ROUTER) {
        const uint8_t routing_id[LOOP_ROUTING_ID_BYTES] = {
            0, (uint8_t)(peer.number >> 24), (uint8_t)(peer.number >> 16),
            (uint8_t)(peer.number >> 8), (uint8_t)peer.number};
        if (zmq_send(zmq, routing_id, sizeof routing_id, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
            /* EHOSTUNREACH, or the context ends. */
            return zmq_errno() == EAGAIN ? SPILL_AGAIN : SPILL_UNAVAILABLE;
        }
    }
    /* Once the routing id is taken, there is room for the rest. */
    if (zmq_send(zmq, bytes, size_bytes, ZMQ_DONTWAIT) < 0) {
        if (socket->options.kind == LOOP_SOCKET_DEALER) {
            loop_source_want_write(socket->source, true);
        }
        return SPILL_AGAIN;
    }
    return SPILL_OK;
}

/* ---- The self-test ---- */

struct loop_self_test {
    bool refused, admitted, late;
    unsigned closing;
};

static void loop_self_test_on_refused(void *context) {
    ((struct loop_self_test *)context)->refused = true;
}

static void loop_self_test_on_connected(void *context) {
    ((struct loop_self_test *)context)->admitted = true;
}

static void loop_self_test_on_message(struct loop_peer peer,
                                      const uint8_t key[LOOP_SOCKET_KEY_BYTES],
                                      const uint8_t *bytes, size_t size_bytes, void *context) {
    (void)peer;
    (void)key;
    (void)bytes;
    (void)size_bytes;
    ((struct loop_self_test *)context)->admitted = true;
}

static void loop_self_test_on_late(uv_timer_t *timer) {
    ((struct loop_self_test *)timer->data)->late = true;
}

static void loop_self_test_on_closed(void *context) {
    ((struct loop_self_test *)context)->closing--;
}

static void loop_self_test_on_timer_closed(uv_handle_t *timer) {
    ((struct loop_self_test *)timer->data)->closing--;
}

enum spill_status loop_socket_self_test(struct loop_socket *router, struct spill_error *error) {
    SPILL_ASSERT(router->options.kind == LOOP_SOCKET_ROUTER);
    struct loop_self_test test = {.refused = false};
    struct loop_socket_options options = {.kind = LOOP_SOCKET_DEALER,
                                          .endpoint = router->endpoint,
                                          .on_message = loop_self_test_on_message,
                                          .on_connected = loop_self_test_on_connected,
                                          .on_refused = loop_self_test_on_refused,
                                          .context = &test};
    char public_text[LOOP_TEXT_BYTES];
    char secret_text[LOOP_TEXT_BYTES];
    if (zmq_curve_keypair(public_text, secret_text) != 0 ||
        zmq_z85_decode(options.public_key, public_text) == NULL ||
        zmq_z85_decode(options.secret_key, secret_text) == NULL) {
        return loop_context_fail(error, "this ZeroMQ has no CURVE");
    }
    memcpy(options.server_key, router->options.public_key, sizeof options.server_key);
    struct loop_socket *stranger = NULL;
    const enum spill_status status = loop_socket_open(router->context, &options, &stranger, error);
    if (status != SPILL_OK) {
        return status;
    }
    uv_loop_t *const loop = router->context->loop;
    uv_timer_t timer;
    (void)uv_timer_init(loop, &timer);
    timer.data = &test;
    (void)uv_timer_start(&timer, loop_self_test_on_late, LOOP_SOCKET_SELF_TEST_MS, 0);
    while (!test.refused && !test.admitted && !test.late) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    test.closing = 2;
    loop_socket_close(&stranger, loop_self_test_on_closed, &test);
    uv_close((uv_handle_t *)&timer, loop_self_test_on_timer_closed);
    while (test.closing > 0) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    if (test.admitted) {
        return spill_fail(error, SPILL_REFUSED, "%s admits a key that nobody knows",
                          router->endpoint);
    }
    return test.refused
               ? SPILL_OK
               : spill_fail(error, SPILL_UNAVAILABLE, "%s answers no stranger at all within %d s",
                            router->endpoint, LOOP_SOCKET_SELF_TEST_MS / 1000);
}
