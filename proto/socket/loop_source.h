/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_source: one ZeroMQ socket of any kind, watched by a loop. The inside of loop_socket and zap.
 *
 * ZeroMQ's descriptor tells only that something may have changed, once. So the poll callback is
 * empty; before the loop sleeps, `prepare` looks at the socket itself and keeps the loop awake
 * while there is work; after it, `check` does the work, a little for each turn. A socket that was
 * touched (sent to, received from, woken by its descriptor) is looked at again; others cost
 * nothing.
 */
#ifndef SPILL_LOOP_SOURCE_H
#define SPILL_LOOP_SOURCE_H

#include <uv.h>

#include "proto/vocabulary.h"

struct loop_source;

struct loop_source_options {
    uv_loop_t *loop;
    void *zmq; /* The socket; owned from now on, also on failure. */
    /* Receives and handles one message; there is one, most likely. */
    void (*on_readable)(void *zmq, void *context);
    void (*on_writable)(void *zmq, void *context); /* While wanted; may be NULL. */
    void *context;
};

SPILL_CHECKED enum spill_status loop_source_open(const struct loop_source_options *options,
                                                 struct loop_source **source,
                                                 struct spill_error *error);
/* on_closed when nothing of it is left on the loop and the socket is closed. */
void loop_source_close(struct loop_source **source, void (*on_closed)(void *context),
                       void *context);

void *loop_source_zmq(const struct loop_source *source);
/* Something was done to the socket outside on_readable. */
void loop_source_touch(struct loop_source *source);
void loop_source_want_write(struct loop_source *source, bool wanted);

/* ---- zap.c ---- */

/* Answers one question of ZeroMQ, "may this key come in?", by asking admit; NULL: no. */
void zap_answer(void *zmq, bool (*admit)(const uint8_t *key, const char *address, void *context),
                void *context);
/* The key that a peer proved to have, from the user id that came with its message. */
SPILL_CHECKED bool zap_key(const char *user_id, uint8_t key[32]);

#endif
