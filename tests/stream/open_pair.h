/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_pair: the pair of streams that the test at hand plays with, opened.
 */
#ifndef OPEN_PAIR_H
#define OPEN_PAIR_H

#include "tests/check.h"
#include "tests/stream/pair.h"

static struct pair pair;
static struct pair_end *const coordinator = &pair.coordinator;
static struct pair_end *const node = &pair.node;

/* Both ends open, each having said and delivered so many messages. */
static inline void open_with(uint64_t down, uint64_t up) {
    pair_create(&pair);
    pair_settle(&pair);
    CHECK(stream_is_open(coordinator->stream));
    CHECK(stream_is_open(node->stream));
    for (uint64_t i = 0; i < down; i++) {
        pair_say(&pair, coordinator, 20);
    }
    pair_commit(&pair, coordinator);
    for (uint64_t i = 0; i < up; i++) {
        pair_say(&pair, node, 20);
    }
    pair_commit(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(node->peer_stored, down);
    CHECK_EQ(coordinator->peer_stored, up);
}

/* The alarm with which one end halted. */
static inline enum frame_reason halted_with(const struct pair_end *end) {
    CHECK_EQ(end->count[STREAM_ALARM], 1);
    CHECK(end->last[STREAM_ALARM].halted);
    CHECK_EQ(stream_halted(end->stream), end->last[STREAM_ALARM].reason);
    CHECK(!stream_is_open(end->stream));
    return end->last[STREAM_ALARM].reason;
}

#endif
