/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/stream/stream.h"

#include <string.h>

#include "tests/stream/open_pair.h"

/* ---- Delivery ---- */

/* Messages go both ways, in order, once, and each end learns that the other has them. */
TEST(stream, messages_go_both_ways) {
    open_with(100, 30);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 100);
    CHECK_EQ(stream_acknowledged(node->stream), 30);
    CHECK_EQ(coordinator->last[STREAM_ACKNOWLEDGED].position.sequence, 100);
    CHECK_BYTES(node->taken[100].head, 32, coordinator->own[100].head, 32);
    CHECK_BYTES(coordinator->taken[30].head, 32, node->own[30].head, 32);
    CHECK_EQ(coordinator->sent[FRAME_DATA], 100);
    CHECK_EQ(node->last[STREAM_COMMIT].message_kind, 3);
    CHECK_EQ(node->last[STREAM_COMMIT].tlp, 2);
    CHECK_EQ(coordinator->count[STREAM_ALARM] + node->count[STREAM_ALARM], 0);
    CHECK_EQ(coordinator->count[STREAM_LINK], 1);
    pair_destroy(&pair);
}

/* What is said and not committed is not even asked for. */
TEST(stream, nothing_is_sent_before_it_is_committed) {
    open_with(1, 0);
    pair_say(&pair, coordinator, 20);
    pair_settle(&pair);
    CHECK_EQ(coordinator->sent[FRAME_DATA], 1);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(coordinator->sent[FRAME_DATA], 2);
    pair_destroy(&pair);
}

/* What has come and is not stored is not acknowledged, however often it comes. */
TEST(stream, nothing_is_acknowledged_before_it_is_stored) {
    open_with(1, 0);
    node->auto_store = false;
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(node->taken_count, 2);
    pair_wait(&pair, 3000000);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 1);
    pair_store(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 2);
    pair_destroy(&pair);
}

/* At most 64 messages are under way; one acknowledged lets one more go. */
TEST(stream, window_of_messages_is_kept) {
    open_with(0, 0);
    node->auto_store = false;
    for (int i = 0; i < STREAM_WINDOW_MESSAGES + 1; i++) {
        pair_say(&pair, coordinator, 20);
    }
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(coordinator->sent[FRAME_DATA], STREAM_WINDOW_MESSAGES);
    node->peer_stored = 1;
    stream_stored(node->stream, (struct stream_durable){node->taken[1]});
    pair_settle(&pair);
    CHECK_EQ(coordinator->sent[FRAME_DATA], STREAM_WINDOW_MESSAGES + 1);
    pair_destroy(&pair);
}

/* At most 1 MiB is under way, with messages of any size. */
TEST(stream, window_of_bytes_is_kept) {
    open_with(0, 0);
    node->auto_store = false;
    for (int i = 0; i < 10; i++) {
        pair_say(&pair, coordinator, FRAME_MESSAGE_BYTES_MAX);
    }
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(coordinator->sent[FRAME_DATA], STREAM_WINDOW_BYTES / FRAME_MESSAGE_BYTES_MAX);
    node->auto_store = true;
    pair_store(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(node->peer_stored, 10);
    pair_destroy(&pair);
}

/* A message that came before is not taken again, and its sender is told once more how far it is. */
TEST(stream, lower_is_acknowledged_again) {
    open_with(5, 0);
    const unsigned acks = node->sent[FRAME_ACK];
    const unsigned commits = node->count[STREAM_COMMIT];
    const struct frame frame = pair_data(&pair, coordinator, 3);
    pair_inject(&pair, node, &frame);
    CHECK_EQ(node->sent[FRAME_ACK], acks + 1);
    CHECK_EQ(node->count[STREAM_COMMIT], commits);
    CHECK_EQ(node->queue[0].frame.ack.received.sequence, 5);
    pair_destroy(&pair);
}

/* After a gap nothing is taken until both have met again; and HELLO is not said at every frame. */
TEST(stream, gap_says_hello_again_and_not_too_often) {
    open_with(2, 0);
    pair.now_us += 10000000;
    const unsigned hellos = node->sent[FRAME_HELLO];
    for (uint64_t sequence = 4; sequence < 50; sequence++) {
        struct frame frame = pair_data(&pair, coordinator, sequence);
        frame.session = stream_session(node->stream);
        pair_inject(&pair, node, &frame);
    }
    CHECK_EQ(node->sent[FRAME_HELLO], hellos + 1);
    CHECK_EQ(node->taken_count, 2);
    pair_settle(&pair);
    CHECK(stream_is_open(node->stream));
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(node->peer_stored, 3);
    pair_destroy(&pair);
}

/* The coordinator's side of the same: it asks for a HELLO. */
TEST(stream, gap_at_the_coordinator_asks_for_a_hello) {
    open_with(0, 1);
    struct frame frame = pair_data(&pair, node, 3);
    pair_inject(&pair, coordinator, &frame);
    pair_inject(&pair, coordinator, &frame);
    CHECK_EQ(coordinator->sent[FRAME_REFUSE], 1);
    pair_wait(&pair, 1000000);
    CHECK_EQ(coordinator->peer_stored, 1);
    CHECK(stream_is_open(node->stream));
    CHECK_EQ(stream_session(node->stream), (UINT64_C(1) << 32) + 2);
    pair_destroy(&pair);
}

/* The last message of a burst is lost: no later one shows it, so the answers about time do. */
TEST(stream, lost_tail_is_noticed) {
    open_with(1, 1);
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_drop(coordinator);
    pair_say(&pair, node, 20);
    pair_commit(&pair, node);
    pair_drop(node);
    pair_wait(&pair, 6000000);
    CHECK_EQ(node->peer_stored, 2);
    CHECK_EQ(coordinator->peer_stored, 2);
    pair_destroy(&pair);
}

/* A lost acknowledgement is asked for. */
TEST(stream, lost_acknowledgement_is_repeated) {
    open_with(1, 0);
    node->auto_store = false;
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    node->peer_stored = 2;
    stream_stored(node->stream, (struct stream_durable){node->taken[2]});
    pair_pump(&pair, node);
    pair_drop(node);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 1);
    pair_wait(&pair, 6000000);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 2);
    pair_destroy(&pair);
}

/* A full transport pauses the stream; nothing is lost or sent twice. */
TEST(stream, full_transport_pauses) {
    open_with(0, 0);
    coordinator->full = 1;
    for (int i = 0; i < 5; i++) {
        pair_say(&pair, coordinator, 20);
    }
    pair_commit(&pair, coordinator);
    CHECK_EQ(coordinator->sent[FRAME_DATA], 0);
    CHECK_EQ(stream_due_us(coordinator->stream), pair.now_us + STREAM_RETRY_US);
    pair_wait(&pair, STREAM_RETRY_US);
    CHECK_EQ(node->peer_stored, 5);
    CHECK_EQ(coordinator->sent[FRAME_DATA], 5);
    coordinator->full = 1;
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    stream_writable(coordinator->stream);
    pair_settle(&pair);
    CHECK_EQ(node->peer_stored, 6);
    pair_destroy(&pair);
}

/* ---- Addressing ---- */

/* What is for another cell is not taken, and people hear of it once. */
TEST(stream, other_cells_message_is_not_taken) {
    open_with(1, 0);
    struct frame frame = pair_data(&pair, coordinator, 2);
    frame.data.cell = "csirt-de";
    pair_inject(&pair, node, &frame);
    pair_inject(&pair, node, &frame);
    CHECK_EQ(node->taken_count, 1);
    CHECK_EQ(node->count[STREAM_ALARM], 1);
    CHECK_EQ(node->last[STREAM_ALARM].reason, FRAME_REASON_CELL);
    CHECK(!node->last[STREAM_ALARM].halted);
    CHECK(stream_is_open(node->stream));
    pair_destroy(&pair);
}

/* What does not open halts the stream, by name, at both ends. */
TEST(stream, message_that_does_not_open_halts) {
    open_with(1, 0);
    pair.bad_seal = true;
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(halted_with(node), FRAME_REASON_SEAL);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_SEAL);
    CHECK(!coordinator->last[STREAM_ALARM].halted);
    CHECK_EQ(node->taken_count, 1);
    pair_destroy(&pair);
}

/* A key that the node cannot take out of its box ends there. */
TEST(stream, key_that_does_not_open_halts) {
    pair_create(&pair);
    node->key = false;
    pair_settle(&pair);
    CHECK_EQ(halted_with(node), FRAME_REASON_SEAL);
    CHECK_BYTES(node->last[STREAM_KEEP].key_box, node->last[STREAM_KEEP].key_box_bytes, "box", 3);
    pair_destroy(&pair);
}

/* ---- Time ---- */

TEST(stream, node_learns_the_time) {
    open_with(0, 0);
    struct stream_clock clock;
    int64_t said_us = 0;
    CHECK(stream_now(node->stream, &clock, &said_us));
    CHECK_EQ(clock.exercise_ms, 5000);
    pair.clock.exercise_ms = 65000;
    pair.clock.state = FRAME_CLOCK_RUNNING;
    stream_announce(coordinator->stream);
    pair_settle(&pair);
    CHECK(stream_now(node->stream, &clock, &said_us));
    CHECK_EQ(clock.exercise_ms, 65000);
    CHECK_EQ(clock.state, FRAME_CLOCK_RUNNING);
    int64_t offset_us = 1;
    int64_t error_us = 0;
    CHECK(timing_offset(stream_timing(node->stream), pair.now_us, &offset_us, &error_us));
    CHECK_EQ(offset_us, 0);
    pair_destroy(&pair);
}

/* A node that said hello and was never answered takes its leave of nobody, whatever came instead.
 */
TEST(stream, node_that_was_never_welcomed_leaves_in_silence) {
    pair_create(&pair);
    stream_tick(node->stream, pair.now_us);
    pair_pump(&pair, node);
    CHECK_EQ(node->sent[FRAME_HELLO], 1);
    stream_receive_bad(node->stream, pair.now_us, 0);
    pair_pump(&pair, node);
    stream_leave(node->stream, FRAME_REASON_CLOSING);
    pair_pump(&pair, node);
    CHECK_EQ(node->sent[FRAME_BYE], 0);
    pair_destroy(&pair);
}

/* A coordinator that started again and was not greeted since takes its leave of nobody. */
TEST(stream, coordinator_that_nobody_greeted_leaves_in_silence) {
    pair_create(&pair);
    stream_leave(coordinator->stream, FRAME_REASON_CLOSING);
    pair_pump(&pair, coordinator);
    CHECK_EQ(coordinator->sent[FRAME_BYE], 0);
    pair_destroy(&pair);
}

/* A grant says what the node knew, and holds until it says more. */
TEST(stream, grant_holds_until_the_node_says_more) {
    open_with(2, 1);
    struct stream_grant grant;
    CHECK(!stream_granted(coordinator->stream, &grant));
    stream_grant(node->stream, 5000, 60000);
    pair_settle(&pair);
    CHECK_EQ(coordinator->count[STREAM_GRANTED], 1);
    CHECK(stream_granted(coordinator->stream, &grant));
    CHECK_EQ(grant.exercise_ms, 5000);
    CHECK_EQ(grant.until_ms, 60000);
    CHECK_EQ(grant.received, 2);
    pair_say(&pair, node, 20);
    pair_commit(&pair, node);
    pair_settle(&pair);
    CHECK(!stream_granted(coordinator->stream, &grant));
    stream_grant(node->stream, 5000, 70000);
    pair_settle(&pair);
    CHECK(stream_granted(coordinator->stream, &grant));
    CHECK_EQ(grant.until_ms, 70000);
    /* Asked again for the same time, the node says it again. */
    const unsigned quiets = node->sent[FRAME_QUIET];
    stream_announce(coordinator->stream);
    pair_settle(&pair);
    CHECK_EQ(node->sent[FRAME_QUIET], quiets + 1);
    pair_destroy(&pair);
}

/* A grant does not overtake what the node has said. */
TEST(stream, grant_waits_for_what_was_said) {
    open_with(1, 0);
    struct stream_grant grant;
    coordinator->auto_store = false;
    for (int i = 0; i < STREAM_WINDOW_MESSAGES + 1; i++) {
        pair_say(&pair, node, 20);
    }
    pair_commit(&pair, node);
    stream_grant(node->stream, 5000, 60000);
    pair_settle(&pair);
    CHECK_EQ(node->sent[FRAME_QUIET], 0);
    CHECK(!stream_granted(coordinator->stream, &grant));
    pair_store(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(node->sent[FRAME_QUIET], 1);
    CHECK(stream_granted(coordinator->stream, &grant));
    pair_destroy(&pair);
}

/* ---- Briefs ---- */

/* The node of a robot gets its brief part by part, again after a crash, and not in its stream. */
TEST(stream, robot_gets_its_brief) {
    open_with(1, 1);
    coordinator->brief_parts = 5;
    stream_want_brief(node->stream);
    pair_settle(&pair);
    CHECK_EQ(node->count[STREAM_BRIEF], 5);
    CHECK_EQ(node->last[STREAM_BRIEF].part, 4);
    CHECK_EQ(node->last[STREAM_BRIEF].part_count, 5);
    CHECK_EQ(node->taken_count, 1);
    pair_restart(&pair, node);
    stream_want_brief(node->stream);
    pair_settle(&pair);
    CHECK_EQ(node->count[STREAM_BRIEF], 10);
    pair_destroy(&pair);
}

/* A part that is lost is asked for again; a session in between changes nothing. */
TEST(stream, lost_part_of_a_brief_is_asked_for_again) {
    open_with(1, 1);
    coordinator->brief_parts = 3;
    stream_want_brief(node->stream);
    pair_pump(&pair, node);
    CHECK(pair_pass(&pair, node));
    pair_drop(coordinator);
    pair_wait(&pair, 6000000);
    CHECK_EQ(node->count[STREAM_BRIEF], 3);
    stream_want_brief(node->stream);
    pair_pump(&pair, node);
    CHECK(pair_pass(&pair, node));
    CHECK(pair_pass(&pair, coordinator));
    stream_lost(coordinator->stream, pair.now_us);
    pair_wait(&pair, 20000000);
    CHECK_EQ(node->count[STREAM_BRIEF], 6);
    pair_destroy(&pair);
}

/* People get none. */
TEST(stream, seat_without_a_brief) {
    open_with(1, 1);
    stream_want_brief(node->stream);
    pair_settle(&pair);
    CHECK_EQ(node->count[STREAM_BRIEF], 1);
    CHECK_EQ(node->last[STREAM_BRIEF].part_count, 0);
    CHECK_EQ(node->last[STREAM_BRIEF].size_bytes, 0);
    pair_destroy(&pair);
}

/* ---- Memory, promises ---- */

TEST(stream, out_of_memory_is_told) {
    pair_create(&pair);
    struct stream *stream = NULL;
    spill_alloc_fail_after(0, true);
    CHECK_EQ(stream_create(&node->options, &stream), SPILL_MEMORY);
    spill_alloc_fail_after(-1, false);
    CHECK_EQ(stream, NULL);
    stream_destroy(&stream);
    pair_destroy(&pair);
}

/* Nobody can say that something is stored which never came. */
TEST_ABORTS(stream, storing_what_never_came_is_a_broken_promise) {
    open_with(1, 0);
    stream_stored(node->stream, (struct stream_durable){{.sequence = 2}});
}

/* Nor that the own log has become shorter. */
TEST_ABORTS(stream, shorter_log_is_a_broken_promise) {
    open_with(2, 0);
    stream_committed(coordinator->stream, (struct stream_durable){coordinator->own[1]});
}
