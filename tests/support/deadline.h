/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deadline: waiting for something that another thread or process does, without ever waiting for
 * ever. Reads the monotonic clock.
 */
#ifndef DEADLINE_H
#define DEADLINE_H

#include "proto/vocabulary.h"

/* Whether what is waited for has happened; must be quick. */
typedef bool (*deadline_reached_fn)(void *context);

/* Asks `reached` until it says yes, and returns true; false after duration_ms. Sanitizers slow
 * programs down: take ten times what is needed, since a test that passes never waits that long. */
SPILL_CHECKED bool deadline_wait(int64_t duration_ms, deadline_reached_fn reached, void *context);

/* Milliseconds of the monotonic clock. */
int64_t deadline_now_ms(void);

#endif
