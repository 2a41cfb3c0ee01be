/* SPDX-License-Identifier: Apache-2.0 */
/* The part of test_stream about sessions: how they begin and end, who is refused, histories that do
 * not fit, and nodes that come late, from far behind or anew. */
#include "proto/stream/stream.h"

#include <string.h>

#include "tests/stream/open_pair.h"

/* ---- Sessions ---- */

/* Frames of an earlier session have no effect, at either end. */
TEST(stream, stale_session_is_ignored) {
    open_with(1, 1);
    pair_restart(&pair, node);
    pair_settle(&pair);
    CHECK(stream_is_open(node->stream));
    struct frame down = pair_data(&pair, coordinator, 2);
    struct frame up = pair_data(&pair, node, 2);
    pair_inject(&pair, node, &down);
    pair_inject(&pair, coordinator, &up);
    CHECK_EQ(node->taken_count, 1);
    CHECK_EQ(coordinator->taken_count, 1);
    struct frame hello = {.kind = FRAME_HELLO,
                          .session = UINT64_C(1) << 32 | 9,
                          .hello = {.major = FRAME_MAJOR, .cell = "ministry-nl", .program = ""}};
    pair_inject(&pair, coordinator, &hello);
    CHECK(stream_is_open(coordinator->stream));
    CHECK_EQ(coordinator->sent[FRAME_WELCOME], 2);
    pair_destroy(&pair);
}

/* A coordinator that started again knows from its disk what the node has, and has sent nothing yet:
 * asked for the time before it has judged what the node says, it answers soundly. */
TEST(stream, time_is_told_before_a_claim_is_judged) {
    open_with(10, 4);
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_drop(coordinator);
    coordinator->options.acknowledged = 10;
    coordinator->holds_heads = true;
    pair_restart(&pair, coordinator);
    const unsigned told = coordinator->sent[FRAME_TIME];
    pair_wait(&pair, 20000000);
    CHECK(!stream_is_open(coordinator->stream));
    CHECK_LT(0u, coordinator->count[STREAM_ASK_HEAD]);
    CHECK_LT(told, coordinator->sent[FRAME_TIME]);
    coordinator->holds_heads = false;
    pair_restart(&pair, coordinator);
    pair_wait(&pair, 20000000);
    CHECK(stream_is_open(coordinator->stream));
    CHECK_EQ(node->peer_stored, 11);
    CHECK_EQ(coordinator->count[STREAM_ALARM] + node->count[STREAM_ALARM], 0);
    pair_destroy(&pair);
}

/* The node starts again, the coordinator starts again: both go on where their disks are. */
TEST(stream, both_come_back_after_crashes) {
    open_with(10, 4);
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_restart(&pair, node);
    pair_wait(&pair, 1000000);
    CHECK_EQ(node->peer_stored, 11);
    pair_say(&pair, node, 20);
    pair_commit(&pair, node);
    pair_restart(&pair, coordinator);
    pair_wait(&pair, 20000000);
    CHECK_EQ(coordinator->peer_stored, 5);
    CHECK_EQ(coordinator->count[STREAM_ALARM] + node->count[STREAM_ALARM], 0);
    CHECK_EQ(node->options.kept.start, 2);
    pair_destroy(&pair);
}

/* A node says what is on its disk, not what has come. */
TEST(stream, hello_says_durable_positions_only) {
    open_with(3, 0);
    node->auto_store = false;
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    pair.now_us += STREAM_HELLO_LAST_US;
    stream_connected(node->stream, pair.now_us);
    pair_pump(&pair, node);
    CHECK_EQ(node->queue[0].frame.kind, FRAME_HELLO);
    CHECK_EQ(node->queue[0].frame.hello.standing.received.sequence, 3);
    pair_settle(&pair);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 3);
    pair_store(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(stream_acknowledged(coordinator->stream), 4);
    CHECK_EQ(node->taken_count, 4);
    pair_destroy(&pair);
}

/* A frame from before the coordinator's crash arrives after it: it names another start, so that
 * what it says about the node is not held against the node. */
TEST(stream, frames_from_before_a_restart_prove_nothing) {
    open_with(5, 0);
    const struct frame hello = {.kind = FRAME_HELLO,
                                .session = stream_session(node->stream),
                                .hello = {.major = 1, .cell = "ministry-nl", .program = ""}};
    const struct frame ack = {.kind = FRAME_ACK,
                              .session = stream_session(node->stream),
                              .epoch = 1,
                              .start = 1,
                              .ack = {.received = coordinator->own[3]}};
    coordinator->options.acknowledged = 5;
    pair_restart(&pair, coordinator);
    pair_inject(&pair, coordinator, &hello);
    pair_inject(&pair, coordinator, &ack);
    CHECK_EQ(coordinator->count[STREAM_ALARM], 0);
    CHECK_EQ(stream_halted(coordinator->stream), FRAME_REASON_NONE);
    pair_wait(&pair, 20000000);
    CHECK(stream_is_open(coordinator->stream));
    pair_destroy(&pair);
}

/* A session does not begin before the coordinator is remembered on disk. */
TEST(stream, coordinator_is_kept_before_the_session_begins) {
    pair_create(&pair);
    node->auto_keep = false;
    pair_settle(&pair);
    CHECK(!stream_is_open(node->stream));
    CHECK_EQ(node->last[STREAM_KEEP].kept.epoch, 1);
    const struct stream_kept kept = node->last[STREAM_KEEP].kept;
    stream_kept(node->stream, &kept, true);
    pair_settle(&pair);
    CHECK(stream_is_open(node->stream));
    CHECK(stream_is_open(coordinator->stream));
    pair_destroy(&pair);
}

/* HELLOs without an answer come ever more seldom, never in step, never less than once in 12 s. */
TEST(stream, hello_backs_off) {
    pair_create(&pair);
    int64_t last_us = 0;
    int64_t longest_us = 0;
    unsigned hellos = 0;
    for (int64_t i = 0; i < 6000; i++) {
        pair.now_us += 10000;
        stream_tick(node->stream, pair.now_us);
        pair_pump(&pair, node);
        if (node->sent[FRAME_HELLO] > hellos) {
            hellos = node->sent[FRAME_HELLO];
            longest_us = pair.now_us - last_us > longest_us && last_us > 0 ? pair.now_us - last_us
                                                                           : longest_us;
            last_us = pair.now_us;
            pair_drop(node);
        }
    }
    CHECK_LT(8u, hellos);
    CHECK_LT(hellos, 25u);
    CHECK_LE(longest_us, STREAM_HELLO_LAST_US * 3 / 2);
    CHECK_LT(4000000, longest_us);
    pair_destroy(&pair);
}

/* Without a sound both ends notice, and say so once. */
TEST(stream, silence_ends_the_link) {
    open_with(1, 0);
    pair.now_us += STREAM_SILENCE_US;
    stream_tick(node->stream, pair.now_us);
    stream_tick(coordinator->stream, pair.now_us);
    pair_pump(&pair, node);
    pair_pump(&pair, coordinator);
    CHECK_EQ(node->count[STREAM_LINK], 2);
    CHECK_EQ(coordinator->count[STREAM_LINK], 2);
    CHECK(!coordinator->last[STREAM_LINK].open);
    pair_settle(&pair);
    CHECK_EQ(coordinator->count[STREAM_LINK], 3);
    CHECK(coordinator->last[STREAM_LINK].open);
    pair_destroy(&pair);
}

/* A link that is idle is not a lost one. */
TEST(stream, idle_link_stays) {
    open_with(1, 1);
    pair_wait(&pair, INT64_C(3600000000));
    CHECK_EQ(node->count[STREAM_LINK], 1);
    CHECK_EQ(coordinator->count[STREAM_LINK], 1);
    CHECK_LT(node->sent[FRAME_TIME_ASK], 800u);
    pair_destroy(&pair);
}

/* The connection is gone: nothing more is sent there, and the node finds its way back. */
TEST(stream, lost_connection_is_found_again) {
    open_with(1, 0);
    stream_lost(coordinator->stream, pair.now_us);
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    CHECK_EQ(coordinator->queue_count, 0);
    pair_wait(&pair, 20000000);
    CHECK_EQ(node->peer_stored, 2);
    pair_destroy(&pair);
}

/* The other end of another connection with the same key is not this session. */
TEST(stream, frames_of_another_connection_are_refused) {
    open_with(0, 1);
    struct frame frame = pair_data(&pair, node, 2);
    stream_receive(coordinator->stream, pair.now_us, 2, &frame);
    pair_pump(&pair, coordinator);
    CHECK_EQ(coordinator->taken_count, 1);
    CHECK_EQ(coordinator->last[STREAM_SEND].connection, 2);
    CHECK_EQ(coordinator->sent[FRAME_REFUSE], 1);
    pair_destroy(&pair);
}

/* Who leaves says so, once, and nothing afterwards. */
TEST(stream, bye_is_said_once) {
    open_with(1, 1);
    stream_leave(coordinator->stream, FRAME_REASON_CLOSING);
    pair_settle(&pair);
    CHECK_EQ(coordinator->sent[FRAME_BYE], 1);
    CHECK(!node->last[STREAM_LINK].open);
    CHECK_EQ(node->last[STREAM_LINK].reason, FRAME_REASON_CLOSING);
    const unsigned sends = coordinator->count[STREAM_SEND];
    pair_wait(&pair, 20000000);
    CHECK_EQ(coordinator->count[STREAM_SEND], sends);
    CHECK_EQ(stream_due_us(coordinator->stream), INT64_MAX);
    pair_destroy(&pair);
}

/* What cannot be understood ends the session, and a good HELLO begins a new one. */
TEST(stream, bad_frame_ends_the_session) {
    open_with(1, 0);
    stream_receive_bad(coordinator->stream, pair.now_us, 1);
    pair_pump(&pair, coordinator);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_BAD_FRAME);
    CHECK(!stream_is_open(coordinator->stream));
    pair_wait(&pair, 20000000);
    CHECK(stream_is_open(coordinator->stream));
    struct frame welcome = {.kind = FRAME_WELCOME,
                            .session = stream_session(node->stream),
                            .epoch = 1,
                            .start = 1,
                            .welcome = {.major = 1}};
    pair_inject(&pair, coordinator, &welcome);
    CHECK(!stream_is_open(coordinator->stream));
    pair_destroy(&pair);
}

/* ---- Refusals ---- */

static void hello_is_refused(struct frame frame, enum frame_reason reason) {
    pair_create(&pair);
    frame.kind = FRAME_HELLO;
    frame.session = 77;
    frame.hello.program = "";
    pair_inject(&pair, coordinator, &frame);
    CHECK_EQ(coordinator->sent[FRAME_WELCOME], 0);
    CHECK_EQ(coordinator->sent[FRAME_REFUSE], 1);
    CHECK_EQ(coordinator->queue[0].frame.end.reason, reason);
    CHECK_EQ(coordinator->queue[0].frame.session, 77);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, reason);
    pair_destroy(&pair);
}

TEST(stream, other_version_is_refused) {
    hello_is_refused((struct frame){.hello = {.major = FRAME_MAJOR + 1, .cell = "ministry-nl"}},
                     FRAME_REASON_VERSION);
}

TEST(stream, other_exercise_is_refused) {
    hello_is_refused((struct frame){.hello = {.major = FRAME_MAJOR,
                                              .cell = "ministry-nl",
                                              .has_exercise = true,
                                              .exercise = "another"}},
                     FRAME_REASON_EXERCISE);
}

TEST(stream, other_cell_is_refused) {
    hello_is_refused((struct frame){.hello = {.major = FRAME_MAJOR, .cell = "csirt-de"}},
                     FRAME_REASON_CELL);
}

/* A later minor version of the same major one is welcome, and spoken to in ours. */
TEST(stream, highest_common_version_wins) {
    pair_create(&pair);
    struct frame frame = {
        .kind = FRAME_HELLO,
        .session = 5,
        .hello = {
            .major = FRAME_MAJOR, .minor = FRAME_MINOR + 3, .cell = "ministry-nl", .program = ""}};
    pair_inject(&pair, coordinator, &frame);
    CHECK_EQ(coordinator->sent[FRAME_WELCOME], 1);
    CHECK_EQ(coordinator->queue[0].frame.welcome.minor, FRAME_MINOR);
    pair_destroy(&pair);
}

/* A node that has seen a promoted coordinator is not talked into following the old one, and the old
 * one learns of it. */
TEST(stream, older_epoch_is_refused_by_both) {
    open_with(2, 0);
    node->options.kept.epoch = 2;
    pair_restart(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(halted_with(coordinator), FRAME_REASON_OLD);
    CHECK_EQ(node->last[STREAM_ALARM].reason, FRAME_REASON_OLD);
    CHECK(!stream_is_open(node->stream));
    pair_destroy(&pair);
    /* And one that does not look: */
    pair_create(&pair);
    node->options.kept.epoch = 2;
    node->options.kept.start = 1;
    memcpy(node->options.kept.exercise, coordinator->options.kept.exercise, FRAME_EXERCISE_BYTES);
    pair_restart(&pair, node);
    pair_pump(&pair, node);
    struct frame welcome = {.kind = FRAME_WELCOME,
                            .session = stream_session(node->stream),
                            .epoch = 1,
                            .start = 9,
                            .welcome = {.major = 1}};
    memcpy(welcome.welcome.exercise, coordinator->options.kept.exercise, FRAME_EXERCISE_BYTES);
    pair_inject(&pair, node, &welcome);
    CHECK_EQ(node->count[STREAM_KEEP], 0);
    CHECK_EQ(node->sent[FRAME_BYE], 1);
    CHECK(!stream_is_open(node->stream));
    pair_destroy(&pair);
}

/* Another exercise at the address of the last one is not followed. */
TEST(stream, node_stays_with_its_exercise) {
    open_with(2, 0);
    memcpy(coordinator->options.kept.exercise, "something else", 14);
    pair_restart(&pair, coordinator);
    pair_wait(&pair, 20000000);
    CHECK_EQ(node->last[STREAM_ALARM].reason, FRAME_REASON_EXERCISE);
    CHECK(!stream_is_open(node->stream));
    pair_destroy(&pair);
}

/* ---- Histories that do not fit ---- */

/* The coordinator's disk went back: the node has more than is there. */
TEST(stream, node_that_is_ahead_halts) {
    open_with(5, 0);
    coordinator->own_committed = 3;
    pair_restart(&pair, coordinator);
    pair_wait(&pair, 20000000);
    CHECK_EQ(halted_with(node), FRAME_REASON_LOST);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_AHEAD);
    pair_destroy(&pair);
}

/* The node's disk went back: it has less than it acknowledged. */
TEST(stream, node_that_is_behind_halts) {
    open_with(5, 0);
    node->peer_stored = 3;
    pair_restart(&pair, node);
    pair_wait(&pair, 1000000);
    CHECK_EQ(halted_with(coordinator), FRAME_REASON_BEHIND);
    CHECK_EQ(coordinator->last[STREAM_ALARM].theirs.received.sequence, 3);
    CHECK_EQ(node->last[STREAM_ALARM].reason, FRAME_REASON_FORGOT);
    /* It asks on, seldom, and is let in when an operator says so. */
    const unsigned hellos = node->sent[FRAME_HELLO];
    pair_wait(&pair, 60000000);
    CHECK_LT(node->sent[FRAME_HELLO], hellos + 20);
    stream_readmit(coordinator->stream);
    pair_wait(&pair, 20000000);
    CHECK(stream_is_open(coordinator->stream));
    CHECK_EQ(node->peer_stored, 5);
    pair_destroy(&pair);
}

/* The node's disk went back: it has said things that it does not know any more. */
TEST(stream, node_that_lost_what_it_said_halts) {
    open_with(1, 5);
    node->own_committed = 3;
    pair_restart(&pair, node);
    pair_wait(&pair, 1000000);
    CHECK_EQ(halted_with(node), FRAME_REASON_AHEAD);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_LOST);
    pair_destroy(&pair);
}

/* The coordinator's disk went back: it has less than it acknowledged. */
TEST(stream, coordinator_that_forgot_halts) {
    open_with(1, 5);
    coordinator->peer_stored = 3;
    pair_restart(&pair, coordinator);
    pair_wait(&pair, 20000000);
    CHECK_EQ(halted_with(node), FRAME_REASON_BEHIND);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_FORGOT);
    pair_destroy(&pair);
}

/* The same numbers and other messages: two histories. */
TEST(stream, other_hash_halts) {
    open_with(5, 0);
    node->taken[5].head[0] ^= 1;
    pair_restart(&pair, node);
    pair_wait(&pair, 1000000);
    CHECK_EQ(halted_with(node), FRAME_REASON_FORKED);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_FORKED);
    pair_destroy(&pair);
    /* Behind the newest, only the store knows the hash. */
    open_with(5, 0);
    node->auto_store = false;
    node->taken[5].head[0] ^= 1;
    pair_restart(&pair, node);
    pair_say(&pair, coordinator, 20);
    coordinator->own_committed++;
    pair_restart(&pair, coordinator);
    pair_wait(&pair, 20000000);
    CHECK_EQ(coordinator->count[STREAM_ASK_HEAD], 1);
    CHECK_EQ(halted_with(coordinator), FRAME_REASON_FORKED);
    pair_destroy(&pair);
}

/* An acknowledgement with another hash, in the middle of a session. */
TEST(stream, acknowledgement_with_another_hash_halts) {
    open_with(2, 0);
    struct frame ack = {.kind = FRAME_ACK,
                        .session = stream_session(node->stream),
                        .epoch = 1,
                        .start = 1,
                        .ack = {.received = coordinator->own[2]}};
    ack.ack.received.head[5] ^= 1;
    pair_inject(&pair, coordinator, &ack);
    CHECK_EQ(halted_with(coordinator), FRAME_REASON_FORKED);
    pair_destroy(&pair);
}

/* An acknowledgement of what was never said. */
TEST(stream, acknowledgement_of_the_future_halts) {
    open_with(2, 0);
    struct frame ack = {.kind = FRAME_ACK,
                        .session = stream_session(node->stream),
                        .epoch = 1,
                        .start = 1,
                        .ack = {.received = {.sequence = 3}}};
    pair_inject(&pair, coordinator, &ack);
    CHECK_EQ(halted_with(coordinator), FRAME_REASON_AHEAD);
    pair_destroy(&pair);
}

/* The store gives back another message than was written: it does not leave the house. */
TEST(stream, message_that_changed_in_the_store_is_not_sent) {
    open_with(2, 0);
    pair_say(&pair, coordinator, 20);
    coordinator->own_bytes[3] = 19;
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(halted_with(coordinator), FRAME_REASON_STORE);
    CHECK_EQ(node->taken_count, 2);
    pair_destroy(&pair);
}

/* ---- Late joiners, snapshots, new machines ---- */

TEST(stream, late_joiner_gets_everything) {
    pair_create(&pair);
    for (int i = 0; i < 500; i++) {
        pair_say(&pair, coordinator, 20);
    }
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(node->peer_stored, 500);
    CHECK_EQ(coordinator->count[STREAM_ASK_SNAPSHOT], 0);
    pair_destroy(&pair);
}

static void far_behind(bool no_snapshot) {
    pair_create(&pair);
    coordinator->no_snapshot = no_snapshot;
    for (int i = 0; i < STREAM_SNAPSHOT_BEHIND + 1; i++) {
        pair_say(&pair, coordinator, 20);
    }
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    pair_say(&pair, coordinator, 20);
    pair_commit(&pair, coordinator);
    pair_settle(&pair);
    CHECK_EQ(node->peer_stored, STREAM_SNAPSHOT_BEHIND + 2);
    CHECK_EQ(stream_acknowledged(coordinator->stream), STREAM_SNAPSHOT_BEHIND + 2);
}

TEST(stream, node_far_behind_is_offered_a_snapshot) {
    far_behind(false);
    CHECK_EQ(coordinator->count[STREAM_ASK_SNAPSHOT], 3);
    CHECK_EQ(node->count[STREAM_COMMIT_SNAPSHOT], 3);
    CHECK_EQ(node->count[STREAM_COMMIT], 1);
    pair_destroy(&pair);
}

TEST(stream, snapshot_may_be_declined) {
    far_behind(true);
    CHECK_EQ(node->count[STREAM_COMMIT_SNAPSHOT], 0);
    CHECK_EQ(node->count[STREAM_COMMIT], STREAM_SNAPSHOT_BEHIND + 2);
    pair_destroy(&pair);
}

/* A node may turn out to have more than the snapshot that it is being offered stands for, from an
 * earlier session; then there is no need for the rest of it. */
TEST(stream, snapshot_that_is_not_needed_any_more_is_left) {
    pair_create(&pair);
    for (int i = 0; i < STREAM_SNAPSHOT_BEHIND + 1; i++) {
        pair_say(&pair, coordinator, 20);
    }
    pair_commit(&pair, coordinator);
    pair_pump(&pair, node);
    CHECK(pair_pass(&pair, node));
    CHECK(pair_pass(&pair, coordinator));
    coordinator->full = 1;
    CHECK(pair_pass(&pair, node));
    CHECK(stream_is_open(coordinator->stream));
    CHECK_EQ(coordinator->count[STREAM_ASK_SNAPSHOT], 1);
    const struct frame ack = {.kind = FRAME_ACK,
                              .session = stream_session(coordinator->stream),
                              .epoch = 1,
                              .start = 1,
                              .ack = {.received = coordinator->own[STREAM_SNAPSHOT_BEHIND + 1]}};
    pair_inject(&pair, coordinator, &ack);
    CHECK_EQ(stream_acknowledged(coordinator->stream), STREAM_SNAPSHOT_BEHIND + 1);
    stream_writable(coordinator->stream);
    pair_pump(&pair, coordinator);
    CHECK_EQ(coordinator->count[STREAM_ASK_SNAPSHOT], 1);
    CHECK_EQ(coordinator->sent[FRAME_SNAPSHOT], 0);
    pair_destroy(&pair);
}

/* A node whose machine was replaced begins anew, once an operator has said so, and not before; what
 * it says then comes after what the old one said. */
TEST(stream, replaced_node_is_readmitted_by_an_operator) {
    open_with(5, 3);
    node->peer_stored = node->own_committed = 0;
    memset(&node->options.kept, 0, sizeof node->options.kept);
    pair_restart(&pair, node);
    pair_wait(&pair, 20000000);
    CHECK_EQ(halted_with(node), FRAME_REASON_AHEAD);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_LOST);
    stream_readmit(coordinator->stream);
    memset(&node->options.kept, 0, sizeof node->options.kept);
    pair_restart(&pair, node);
    pair_wait(&pair, 20000000);
    CHECK_EQ(node->peer_stored, 5);
    CHECK_EQ(node->last[STREAM_ADOPT].position.sequence, 3);
    pair_say(&pair, node, 20);
    pair_commit(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(coordinator->peer_stored, 4);
    pair_destroy(&pair);
}

/* A node that forgot its last session as well is told so, and waits for the operator. */
TEST(stream, forgotten_session_waits_for_an_operator) {
    open_with(5, 0);
    pair_restart(&pair, node);
    pair_settle(&pair);
    node->peer_stored = 0;
    node->options.boot = 0;
    memset(&node->options.kept, 0, sizeof node->options.kept);
    stream_lost(coordinator->stream, pair.now_us);
    pair_restart(&pair, node);
    pair_settle(&pair);
    CHECK_EQ(node->last[STREAM_ALARM].reason, FRAME_REASON_SESSION);
    CHECK_EQ(coordinator->last[STREAM_ALARM].reason, FRAME_REASON_SESSION);
    stream_readmit(coordinator->stream);
    pair_wait(&pair, 20000000);
    CHECK_EQ(node->peer_stored, 5);
    pair_destroy(&pair);
}
