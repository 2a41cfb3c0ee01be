/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/socket/loop_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "tests/check.h"

#ifndef TEST_MESSAGES
#define TEST_MESSAGES 100000
#endif

enum { DEADLINE_MS = 60000, PEERS = 3 };

/* ---- A loop with a deadline ---- */

static uv_loop_t loop;
static uv_timer_t deadline;
static struct loop_context *context;

static void on_deadline(uv_timer_t *timer) {
    (void)timer;
    CHECK_FAIL("what is waited for did not happen");
}

typedef bool (*happened_fn)(void);

/* Turns the loop until it has happened. */
static void turn_until(happened_fn happened) {
    CHECK_EQ(uv_timer_start(&deadline, on_deadline, DEADLINE_MS, 0), 0);
    while (!happened()) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    CHECK_EQ(uv_timer_stop(&deadline), 0);
}

static void on_enough(uv_timer_t *timer) {
    *(bool *)timer->data = true;
}

/* Turns the loop for a while, for what must not happen. */
static void turn_for(uint64_t duration_ms) {
    bool enough = false;
    deadline.data = &enough;
    CHECK_EQ(uv_timer_start(&deadline, on_enough, duration_ms, 0), 0);
    while (!enough) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
}

/* ---- Keys ---- */

static uint8_t public_keys[PEERS + 1][32],
    secret_keys[PEERS + 1][32]; /* The last is the server's. */
static unsigned admitted_count;

static bool admit_known(const uint8_t *key, const char *address, void *unused) {
    (void)unused;
    CHECK_EQ(address, "127.0.0.1");
    for (size_t i = 0; i < PEERS; i++) {
        if (memcmp(key, public_keys[i], 32) == 0) {
            admitted_count++;
            return true;
        }
    }
    return false;
}

static bool admit_all(const uint8_t *key, const char *address, void *unused) {
    (void)key;
    (void)address;
    (void)unused;
    return true;
}

/* ---- The ends ---- */

struct end {
    struct loop_socket *socket;
    uint64_t received, sent;
    size_t last_bytes;
    uint8_t last_key[32];
    struct loop_peer last_peer;
    uint8_t last[32];
    unsigned connected, refused;
    uint64_t acked; /* Echo mode of a DEALER: what came back, in order. */
    uint64_t wanted;
    bool echo;
    bool close_at_once;
};

static struct end server, clients[PEERS];

static void on_message(struct loop_peer peer, const uint8_t key[32], const uint8_t *bytes,
                       size_t size_bytes, void *mine) {
    struct end *const end = mine;
    end->received++;
    end->last_bytes = size_bytes;
    end->last_peer = peer;
    memcpy(end->last_key, key, 32);
    memcpy(end->last, bytes, size_bytes < sizeof end->last ? size_bytes : sizeof end->last);
    if (end->close_at_once) {
        loop_socket_close(&end->socket, NULL, NULL);
        return;
    }
    if (end->echo) {
        CHECK_OK(loop_socket_send(end->socket, peer, bytes, size_bytes));
    }
}

/* Sends numbers, as many as are wanted, as far as there is room. */
static void send_numbers(struct end *end) {
    /* At most 64 are under way, as a stream would have it. */
    while (end->sent < end->wanted && end->sent - end->received < 64) {
        uint8_t bytes[256] = {0};
        memcpy(bytes, &end->sent, sizeof end->sent);
        if (loop_socket_send(end->socket, (struct loop_peer){0}, bytes, sizeof bytes) != SPILL_OK) {
            return;
        }
        end->sent++;
    }
}

static void on_echo(struct loop_peer peer, const uint8_t key[32], const uint8_t *bytes,
                    size_t size_bytes, void *mine) {
    struct end *const end = mine;
    uint64_t number = 0;
    memcpy(&number, bytes, sizeof number);
    CHECK_EQ(number, end->received);
    on_message(peer, key, bytes, size_bytes, mine);
    send_numbers(end);
}

static void on_writable(void *mine) {
    send_numbers(mine);
}

static void on_connected(void *mine) {
    ((struct end *)mine)->connected++;
}

static void on_refused(void *mine) {
    ((struct end *)mine)->refused++;
}

static void open_loop(loop_admit_fn admit) {
    struct spill_error error = {""};
    memset(&server, 0, sizeof server);
    memset(clients, 0, sizeof clients);
    admitted_count = 0;
    for (size_t i = 0; i <= PEERS; i++) {
        char public_text[41], secret_text[41];
        CHECK_EQ(zmq_curve_keypair(public_text, secret_text), 0);
        CHECK(zmq_z85_decode(public_keys[i], public_text) != NULL);
        CHECK(zmq_z85_decode(secret_keys[i], secret_text) != NULL);
    }
    CHECK_EQ(uv_loop_init(&loop), 0);
    CHECK_EQ(uv_timer_init(&loop, &deadline), 0);
    CHECK_EQ(loop_context_open(&loop, admit, NULL, &context, &error), SPILL_OK);
}

static void open_server(const char *endpoint) {
    struct spill_error error = {""};
    struct loop_socket_options options = {.kind = LOOP_SOCKET_ROUTER,
                                          .endpoint = endpoint,
                                          .message_bytes_max = 4096,
                                          .on_message = on_message,
                                          .context = &server};
    memcpy(options.public_key, public_keys[PEERS], 32);
    memcpy(options.secret_key, secret_keys[PEERS], 32);
    const enum spill_status status = loop_socket_open(context, &options, &server.socket, &error);
    if (status != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

static void open_client(struct end *end, const uint8_t *public_key, const uint8_t *secret_key,
                        const uint8_t *server_key, loop_message_fn message) {
    struct spill_error error = {""};
    struct loop_socket_options options = {.kind = LOOP_SOCKET_DEALER,
                                          .endpoint = loop_socket_endpoint(server.socket),
                                          .on_message = message,
                                          .on_writable = on_writable,
                                          .on_connected = on_connected,
                                          .on_refused = on_refused,
                                          .context = end};
    memcpy(options.public_key, public_key, 32);
    memcpy(options.secret_key, secret_key, 32);
    memcpy(options.server_key, server_key, 32);
    CHECK_EQ(loop_socket_open(context, &options, &end->socket, &error), SPILL_OK);
}

static void open_peer(size_t number) {
    open_client(&clients[number], public_keys[number], secret_keys[number], public_keys[PEERS],
                on_echo);
}

/* Everything is closed, and nothing is left on the loop. */
static void close_loop(void) {
    loop_socket_close(&server.socket, NULL, NULL);
    for (size_t i = 0; i < PEERS; i++) {
        loop_socket_close(&clients[i].socket, NULL, NULL);
    }
    loop_context_close(&context);
    uv_close((uv_handle_t *)&deadline, NULL);
    CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
    CHECK_EQ(uv_loop_close(&loop), 0);
}

/* ---- A ZeroMQ client of somebody else's making ---- */

static void *raw_context;

static void *raw_client(const uint8_t *public_key, const uint8_t *secret_key,
                        const char *routing_id) {
    const int none = 0;
    const int few = 1;
    raw_context = zmq_ctx_new();
    void *const raw = zmq_socket(raw_context, ZMQ_DEALER);
    CHECK(raw != NULL);
    CHECK_EQ(zmq_setsockopt(raw, ZMQ_LINGER, &none, sizeof none), 0);
    CHECK_EQ(zmq_setsockopt(raw, ZMQ_RCVHWM, &few, sizeof few), 0);
    if (public_key != NULL) {
        CHECK_EQ(zmq_setsockopt(raw, ZMQ_CURVE_PUBLICKEY, public_key, 32), 0);
        CHECK_EQ(zmq_setsockopt(raw, ZMQ_CURVE_SECRETKEY, secret_key, 32), 0);
        CHECK_EQ(zmq_setsockopt(raw, ZMQ_CURVE_SERVERKEY, public_keys[PEERS], 32), 0);
    }
    if (routing_id != NULL) {
        CHECK_EQ(zmq_setsockopt(raw, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)), 0);
    }
    CHECK_EQ(zmq_connect(raw, loop_socket_endpoint(server.socket)), 0);
    return raw;
}

static void raw_close(void *raw) {
    CHECK_EQ(zmq_close(raw), 0);
    CHECK_EQ(zmq_ctx_term(raw_context), 0);
}

static bool all_came_back(void) {
    return clients[0].received == clients[0].wanted;
}
static bool server_heard(void) {
    return server.received > 0;
}
static bool client_heard(void) {
    return clients[0].received > 0;
}
static bool refused(void) {
    return clients[0].refused > 0;
}
static bool connected(void) {
    return clients[0].connected > 0;
}
static bool connected_again(void) {
    return clients[0].connected > 1;
}
static bool server_closed(void) {
    return server.socket == NULL;
}
static bool others_are_done(void) {
    return clients[0].received == clients[0].wanted && clients[1].received == clients[1].wanted;
}

/* ---- Tests ---- */

/* A hundred thousand messages and as many answers, in order, none lost, through CURVE and the loop.
 */
TEST(loop_socket, messages_and_answers_all_come) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    server.echo = true;
    open_peer(0);
    clients[0].wanted = TEST_MESSAGES;
    send_numbers(&clients[0]);
    turn_until(all_came_back);
    CHECK_EQ(server.received, TEST_MESSAGES);
    CHECK_EQ(admitted_count, 1);
    CHECK_BYTES(server.last_key, 32, public_keys[0], 32);
    CHECK_BYTES(clients[0].last_key, 32, public_keys[PEERS], 32);
    CHECK_EQ(clients[0].connected, 1);
    close_loop();
}

/* A key that is not on the list does not get in, and its owner is told; nothing of it arrives. */
TEST(loop_socket, unknown_key_is_refused) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    char public_text[41], secret_text[41];
    uint8_t public_key[32], secret_key[32];
    CHECK_EQ(zmq_curve_keypair(public_text, secret_text), 0);
    CHECK(zmq_z85_decode(public_key, public_text) != NULL);
    CHECK(zmq_z85_decode(secret_key, secret_text) != NULL);
    open_client(&clients[0], public_key, secret_key, public_keys[PEERS], on_echo);
    clients[0].wanted = 1;
    send_numbers(&clients[0]);
    turn_until(refused);
    CHECK_EQ(server.received, 0);
    CHECK_EQ(clients[0].connected, 0);
    CHECK_EQ(clients[0].sent, 0);
    close_loop();
}

/* Without anybody to ask, nobody gets in. */
TEST(loop_socket, nobody_is_admitted_by_default) {
    open_loop(NULL);
    open_server("tcp://127.0.0.1:*");
    open_peer(0);
    turn_until(refused);
    CHECK_EQ(clients[0].connected, 0);
    close_loop();
}

/* The self-test tells a house with a door from one without. */
TEST(loop_socket, self_test_knows_an_open_door) {
    struct spill_error error = {""};
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    CHECK_EQ(loop_socket_self_test(server.socket, &error), SPILL_OK);
    close_loop();
    open_loop(admit_all);
    open_server("tcp://127.0.0.1:*");
    CHECK_EQ(loop_socket_self_test(server.socket, &error), SPILL_REFUSED);
    CHECK(strstr(error.text, "admits a key that nobody knows") != NULL);
    close_loop();
}

/* A client that expects another server, or speaks without keys at all, gets nowhere. */
TEST(loop_socket, wrong_server_key_and_no_key_get_nowhere) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    server.echo = true;
    open_client(&clients[1], public_keys[1], secret_keys[1], public_keys[2], on_echo);
    void *const raw = raw_client(NULL, NULL, NULL);
    CHECK_EQ(zmq_send(raw, "hello", 5, ZMQ_DONTWAIT), 5);
    /* One that is sound, for comparison; then as long again. */
    open_peer(0);
    clients[0].wanted = 1000;
    send_numbers(&clients[0]);
    turn_until(all_came_back);
    turn_for(300);
    CHECK_EQ(clients[1].connected, 0);
    CHECK_EQ(server.received, 1000);
    raw_close(raw);
    close_loop();
}

/* A peer cannot pass for another by taking its routing id: who brings one is not heard at all. */
TEST(loop_socket, routing_id_is_no_identity) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    server.echo = true;
    open_peer(0);
    clients[0].wanted = 1;
    send_numbers(&clients[0]);
    turn_until(all_came_back);
    const uint32_t number = server.last_peer.number;
    const char stolen[] = {
        'a', (char)(number >> 24), (char)(number >> 16), (char)(number >> 8), (char)number, '\0'};
    void *const raw = raw_client(public_keys[1], secret_keys[1], stolen);
    CHECK_EQ(zmq_send(raw, "mine", 4, 0), 4);
    turn_for(300);
    CHECK_EQ(server.received, 1);
    /* What is meant for the first still reaches the first. */
    CHECK_OK(loop_socket_send(server.socket, server.last_peer, (const uint8_t *)&(uint64_t){1}, 8));
    clients[0].wanted = 2;
    turn_until(all_came_back);
    CHECK_BYTES(server.last_key, 32, public_keys[0], 32);
    char got[8];
    CHECK_EQ(zmq_recv(raw, got, sizeof got, ZMQ_DONTWAIT), -1);
    raw_close(raw);
    close_loop();
}

/* A message of several parts is nothing of ours. */
TEST(loop_socket, message_of_parts_is_thrown_away) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    void *const raw = raw_client(public_keys[1], secret_keys[1], NULL);
    CHECK_EQ(zmq_send(raw, "one", 3, ZMQ_SNDMORE), 3);
    CHECK_EQ(zmq_send(raw, "two", 3, ZMQ_SNDMORE), 3);
    CHECK_EQ(zmq_send(raw, "three", 5, 0), 5);
    CHECK_EQ(zmq_send(raw, "whole", 5, 0), 5);
    turn_until(server_heard);
    CHECK_EQ(server.received, 1);
    CHECK_BYTES(server.last, server.last_bytes, "whole", 5);
    raw_close(raw);
    close_loop();
}

/* Who sends too much at once is cut off; a byte less is taken. */
TEST(loop_socket, oversized_message_cuts_its_sender_off) {
    static uint8_t bytes[4097];
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    open_peer(0);
    turn_until(connected);
    CHECK_OK(loop_socket_send(clients[0].socket, (struct loop_peer){0}, bytes, 4096));
    turn_until(server_heard);
    CHECK_EQ(server.last_bytes, 4096);
    CHECK_OK(loop_socket_send(clients[0].socket, (struct loop_peer){0}, bytes, 4097));
    turn_until(connected_again);
    CHECK_EQ(server.received, 1);
    close_loop();
}

/* One peer reads nothing. The queue to it fills up and says so; the others notice nothing. */
TEST(loop_socket, slow_reader_does_not_stall_others) {
    static uint8_t bytes[4096];
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    void *const raw = raw_client(public_keys[2], secret_keys[2], NULL);
    CHECK_EQ(zmq_send(raw, "hello", 5, 0), 5);
    turn_until(server_heard);
    const struct loop_peer slow = server.last_peer;
    /* More than every buffer on the way holds: it stays full. (On a machine that is so busy that
     * this takes longer than LOOP_SOCKET_SILENT_MS the silent peer is cut off, which is as good.)
     */
    unsigned full = 0;
    enum spill_status status = SPILL_OK;
    for (unsigned sent = 0; full < 20 && status != SPILL_UNAVAILABLE; sent++) {
        CHECK_LT(sent, 1000000u);
        status = loop_socket_send(server.socket, slow, bytes, sizeof bytes);
        full = status == SPILL_AGAIN ? full + 1 : 0;
        if (status == SPILL_AGAIN) {
            turn_for(2);
        }
    }
    server.echo = true;
    for (size_t i = 0; i < 2; i++) {
        open_peer(i);
        clients[i].wanted = 2000;
        send_numbers(&clients[i]);
    }
    turn_until(others_are_done);
    CHECK_EQ(server.received, 4001);
    CHECK_NE(loop_socket_send(server.socket, slow, bytes, sizeof bytes), SPILL_OK);
    raw_close(raw);
    close_loop();
}

/* What is sent to somebody who has gone is refused, not kept. */
TEST(loop_socket, message_to_a_lost_peer_is_refused) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    open_peer(0);
    clients[0].wanted = 1;
    send_numbers(&clients[0]);
    turn_until(server_heard);
    loop_socket_close(&clients[0].socket, NULL, NULL);
    enum spill_status status = SPILL_OK;
    for (int i = 0; i < 100 && status == SPILL_OK; i++) {
        turn_for(20);
        status = loop_socket_send(server.socket, server.last_peer, (const uint8_t *)"x", 1);
    }
    CHECK_EQ(status, SPILL_UNAVAILABLE);
    CHECK_EQ(loop_socket_send(server.socket, (struct loop_peer){12345}, (const uint8_t *)"x", 1),
             SPILL_UNAVAILABLE);
    close_loop();
}

/* The server goes and comes back on its port; the client finds it again by itself, and what it
 * would have sent meanwhile was refused to it. */
TEST(loop_socket, client_comes_back_by_itself) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    server.echo = true;
    open_peer(0);
    clients[0].wanted = 1;
    send_numbers(&clients[0]);
    turn_until(all_came_back);
    char endpoint[LOOP_SOCKET_ENDPOINT_BYTES];
    (void)snprintf(endpoint, sizeof endpoint, "%s", loop_socket_endpoint(server.socket));
    loop_socket_close(&server.socket, NULL, NULL);
    enum spill_status status = SPILL_OK;
    for (int i = 0; i < 100 && status == SPILL_OK; i++) {
        turn_for(20);
        status = loop_socket_send(clients[0].socket, (struct loop_peer){0},
                                  (const uint8_t *)&(uint64_t){7}, 8);
    }
    CHECK_EQ(status, SPILL_AGAIN);
    open_server(endpoint);
    turn_until(connected_again);
    clients[0].wanted = 2;
    send_numbers(&clients[0]);
    turn_until(all_came_back);
    close_loop();
}

/* A socket may be closed from within its own callback. */
TEST(loop_socket, socket_closes_in_its_callback) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    server.close_at_once = true;
    open_peer(0);
    clients[0].wanted = 64;
    send_numbers(&clients[0]);
    turn_until(connected);
    send_numbers(&clients[0]);
    turn_until(server_closed);
    CHECK_EQ(server.received, 1);
    close_loop();
}

/* The first to speak may be the server, once it knows the peer. */
TEST(loop_socket, server_speaks_unasked) {
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    open_client(&clients[0], public_keys[0], secret_keys[0], public_keys[PEERS], on_message);
    turn_until(connected);
    CHECK_OK(loop_socket_send(clients[0].socket, (struct loop_peer){0}, (const uint8_t *)"hi", 2));
    turn_until(server_heard);
    CHECK_OK(loop_socket_send(server.socket, server.last_peer, (const uint8_t *)"there", 5));
    turn_until(client_heard);
    CHECK_BYTES(clients[0].last, clients[0].last_bytes, "there", 5);
    close_loop();
}

TEST(loop_socket, endpoint_that_cannot_be_is_told) {
    struct spill_error error = {""};
    open_loop(admit_known);
    struct loop_socket_options options = {
        .kind = LOOP_SOCKET_ROUTER, .endpoint = "tcp://192.0.2.1:1", .on_message = on_message};
    memcpy(options.public_key, public_keys[PEERS], 32);
    memcpy(options.secret_key, secret_keys[PEERS], 32);
    struct loop_socket *socket = NULL;
    CHECK_EQ(loop_socket_open(context, &options, &socket, &error), SPILL_UNAVAILABLE);
    CHECK(strstr(error.text, "tcp://192.0.2.1:1: ") == error.text);
    options.endpoint = "nonsense";
    CHECK_EQ(loop_socket_open(context, &options, &socket, &error), SPILL_UNAVAILABLE);
    options.kind = LOOP_SOCKET_DEALER;
    CHECK_EQ(loop_socket_open(context, &options, &socket, &error), SPILL_UNAVAILABLE);
    CHECK_EQ(socket, NULL);
    close_loop();
}

/* Out of memory at each allocation in turn: told, and nothing is left on the loop. */
TEST(loop_socket, out_of_memory_is_told) {
    struct spill_error error = {""};
    open_loop(admit_known);
    open_server("tcp://127.0.0.1:*");
    struct loop_socket_options options = {.kind = LOOP_SOCKET_DEALER,
                                          .endpoint = loop_socket_endpoint(server.socket),
                                          .on_message = on_message};
    memcpy(options.public_key, public_keys[0], 32);
    memcpy(options.secret_key, secret_keys[0], 32);
    memcpy(options.server_key, public_keys[PEERS], 32);
    struct loop_socket *socket = NULL;
    for (long after = 0; after < 3; after++) {
        spill_alloc_fail_after(after, false);
        CHECK_EQ(loop_socket_open(context, &options, &socket, &error), SPILL_MEMORY);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(socket, NULL);
    }
    close_loop();
    CHECK_EQ(uv_loop_init(&loop), 0);
    for (long after = 0; after < 2; after++) {
        spill_alloc_fail_after(after, false);
        CHECK_EQ(loop_context_open(&loop, NULL, NULL, &context, &error), SPILL_MEMORY);
        spill_alloc_fail_after(-1, false);
    }
    CHECK_EQ(uv_loop_close(&loop), 0);
}
