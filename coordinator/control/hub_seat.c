/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/hub_parts.h"

/* ---- Streams ---- */

static enum spill_status hub_seat_make_stream(struct hub_seat *seat, struct stream **stream) {
    struct hub *const hub = seat->hub;
    const uint64_t delivered = live_delivered(hub->live, seat->cell);
    const struct stream_options options = {
        .side = STREAM_COORDINATOR,
        .cell = seat->id,
        .program = hub->options.program,
        .committed = live_committed(hub->live, seat->cell),
        .received = live_received(hub->live, seat->cell),
        .acknowledged = seat->acknowledged > delivered ? seat->acknowledged : delivered,
        .kept = hub->kept,
        .cipher = &seat->cipher,
        .scratch = hub->scratch,
        .clock = &seat->clock,
    };
    return stream_create(&options, stream);
}

enum spill_status hub_seat_create(struct hub *hub, struct hub_seat *seat, struct cell_ref cell) {
    uint8_t key[SEAL_KEY_BYTES];
    *seat = (struct hub_seat){
        .hub = hub,
        .cell = cell,
        .id = script_cell_id(scenario_script(hub->options.scenario), cell),
        .clock = hub->clock,
        .since_us = hub_now_us(),
        .lost_us = -1,
        .asked_us = -1,
        .committed = live_committed(hub->live, cell).position.sequence,
        .handed = live_received(hub->live, cell).position.sequence,
    };
    seal_cell_key(hub->secrets.sealing, seat->id, key);
    enum spill_status status = seal_create(key, &seat->seal);
    seal_wipe(key, sizeof key);
    if (status == SPILL_OK) {
        seat->cipher = seal_cipher(seat->seal);
        status = hub_seat_make_stream(seat, &seat->stream);
    }
    return status;
}

void hub_seat_destroy(struct hub_seat *seat) {
    stream_destroy(&seat->stream);
    seal_destroy(&seat->seal);
    free(seat->brief);
    seat->brief = NULL;
}

enum spill_status hub_seat_reset(struct hub_seat *seat) {
    struct stream *stream = NULL;
    const enum spill_status status = hub_seat_make_stream(seat, &stream);
    if (status != SPILL_OK) {
        return status;
    }
    if (seat->open) {
        hub_seat_link(seat, false, FRAME_REASON_HELLO_AGAIN);
    }
    stream_destroy(&seat->stream);
    seat->stream = stream;
    seat->handed = live_received(seat->hub->live, seat->cell).position.sequence;
    seat->wanted = seat->wanted_head = 0;
    return SPILL_OK;
}

/* Nothing of this cell's node is taken any more, until it is readmitted. */
static void hub_seat_end(struct hub_seat *seat, const char *words) {
    seat->ended = true;
    hub_raise(seat->hub, seat, FRAME_REASON_BAD_FRAME, true, words);
    stream_leave(seat->stream, FRAME_REASON_BAD_FRAME);
}

/* ---- What the live is told ---- */

void hub_seat_tell(struct hub_seat *seat) {
    struct live *const live = seat->hub->live;
    if (live == NULL) {
        seat->tell = 0;
    }
    if ((seat->tell & HUB_TELL_LEAVE) != 0 && live_seat_leave(live, seat->cell) == SPILL_OK) {
        seat->tell &= ~(unsigned)HUB_TELL_LEAVE;
    }
    if ((seat->tell & HUB_TELL_JOIN) != 0 &&
        live_seat_join(live, seat->cell, seat->robot) == SPILL_OK) {
        seat->tell &= ~(unsigned)HUB_TELL_JOIN;
    }
    if ((seat->tell & HUB_TELL_DELIVERED) != 0 &&
        live_seat_delivered(live, seat->cell, seat->acknowledged) == SPILL_OK) {
        seat->tell &= ~(unsigned)HUB_TELL_DELIVERED;
    }
    if ((seat->tell & HUB_TELL_GRANT) != 0 &&
        live_seat_grant(live, seat->cell, &seat->grant) == SPILL_OK) {
        seat->tell &= ~(unsigned)HUB_TELL_GRANT;
    }
}

static void hub_seat_join(struct hub_seat *seat) {
    seat->joined = true;
    seat->asked_us = -1;
    seat->tell &= ~(unsigned)(HUB_TELL_LEAVE | HUB_TELL_GRANT);
    seat->tell |= HUB_TELL_JOIN | HUB_TELL_DELIVERED;
    hub_seat_tell(seat);
}

static void hub_seat_leave(struct hub_seat *seat) {
    seat->joined = false;
    seat->asked_us = -1;
    seat->lost_us = -1;
    seat->tell &= ~(unsigned)(HUB_TELL_JOIN | HUB_TELL_GRANT);
    seat->tell |= HUB_TELL_LEAVE;
    hub_seat_tell(seat);
    hub_changed(seat->hub);
}

void hub_seat_link(struct hub_seat *seat, bool open, enum frame_reason reason) {
    const int64_t now_us = hub_now_us();
    seat->open = open;
    seat->since_us = now_us;
    seat->reason = reason;
    if (open) {
        seat->ever = true;
        seat->silent = false;
        seat->lost_us = -1;
        hub_seat_join(seat);
        hub_log(seat->hub, "%s: its node is there", seat->id);
    } else {
        free(seat->brief);
        seat->brief = NULL;
        seat->wanted = seat->wanted_head = 0;
        seat->lost_us = now_us;
        hub_log(seat->hub, "%s: its node is gone: %s", seat->id, frame_reason_words(reason));
    }
    hub_changed(seat->hub);
}

void hub_seat_tick(struct hub_seat *seat, int64_t now_us) {
    const struct hub *const hub = seat->hub;
    if (stream_due_us(seat->stream) <= now_us) {
        stream_tick(seat->stream, now_us);
        hub_touch(seat);
    }
    if (seat->tell != 0) {
        hub_seat_tell(seat);
    }
    if (!seat->joined) {
        return;
    }
    const bool fast = hub->clock.speed_permille == 0;
    const int64_t robot_ms = fast ? hub->options.robot_patience_ms : HUB_PACED_PATIENCE_MS;
    const int64_t patience_us = INT64_C(1000) * (seat->robot ? robot_ms : HUB_GRACE_MS);
    if (seat->lost_us >= 0 && now_us - seat->lost_us > patience_us) {
        if (seat->robot) {
            hub_raise(seat->hub, seat, FRAME_REASON_NONE, false,
                      "its robot is gone; time goes on without it");
        }
        hub_seat_leave(seat);
    } else if (seat->open && seat->robot && seat->asked_us >= 0 &&
               now_us - seat->asked_us > patience_us) {
        seat->silent = true;
        hub_raise(seat->hub, seat, FRAME_REASON_NONE, false,
                  "its robot does not answer; time goes on without it");
        hub_seat_leave(seat);
    }
}

/* ---- What its stream says ---- */

static void hub_seat_send(struct hub_seat *seat, const struct stream_action *action) {
    struct hub *const hub = seat->hub;
    const struct loop_peer peer = {(uint32_t)action->connection};
    struct frame frame = *action->frame;
    if (frame.kind == FRAME_WELCOME) {
        /* Each node has a box of its own; the stream knows of one node only. */
        frame.welcome.key_box = seat->box;
        frame.welcome.key_box_bytes = sizeof seat->box;
    }
    const enum spill_status status = hub_send(hub, peer, &frame);
    if (status == SPILL_AGAIN) {
        stream_unsent(seat->stream, hub_now_us());
    } else if (status == SPILL_UNAVAILABLE && seat->has_node &&
               stream_connection(seat->stream) == action->connection) {
        stream_lost(seat->stream, hub_now_us());
    }
}

/* A message from memory, from the batch that was just read, or, later, from the recording. */
static void hub_seat_supply(struct hub_seat *seat, uint64_t sequence) {
    struct hub *const hub = seat->hub;
    struct stream_message message;
    struct frame_position position;
    if (recent_find(hub->recent, seat->cell, sequence, &message, &position) == SPILL_OK) {
        stream_supply(seat->stream, &message);
        return;
    }
    const struct backlog_batch *const batch = &hub->batch;
    const uint64_t first = batch->before.sequence + 1;
    if (hub->has_batch && hub->fetch_seat == seat && sequence >= first &&
        sequence - first < batch->count) {
        stream_supply(seat->stream, &batch->messages[sequence - first]);
        return;
    }
    seat->wanted = sequence;
    seat->wanted_us = 0;
}

static void hub_seat_head(struct hub_seat *seat, uint64_t sequence) {
    struct stream_message message;
    struct frame_position position;
    if (recent_find(seat->hub->recent, seat->cell, sequence, &message, &position) == SPILL_OK) {
        stream_head(seat->stream, sequence, position.head);
        return;
    }
    seat->wanted_head = sequence;
    seat->wanted_us = 0;
}

/* An input of the cell: to the live, which makes it durable. */
static void hub_seat_commit(struct hub_seat *seat, const struct stream_action *action) {
    struct spill_error error = {0};
    if (seat->hub->live == NULL) {
        return;
    }
    enum spill_status status = SPILL_INVALID;
    if (action->size_bytes < 2 || action->bytes[1] != action->message_kind) {
        spill_fail(&error, SPILL_INVALID, "an input of %s is labelled as another kind", seat->id);
    } else {
        status = live_seat_input(seat->hub->live, seat->cell, &action->position, action->bytes,
                                 action->size_bytes, &error);
    }
    if (status == SPILL_OK) {
        seat->handed = action->sequence;
    } else if (status == SPILL_AGAIN) {
        /* No room: as if it had not come. The node sends it again in its next session. */
        if (hub_seat_reset(seat) != SPILL_OK) {
            hub_seat_end(seat, "out of memory");
        }
    } else {
        hub_seat_end(seat, error.text);
    }
}

static void hub_seat_granted(struct hub_seat *seat) {
    if (!seat->robot || !stream_granted(seat->stream, &seat->grant)) {
        return;
    }
    if (!seat->joined) {
        seat->silent = false;
        hub_log(seat->hub, "%s: its robot answers again", seat->id);
        hub_seat_join(seat); /* It is asked again. */
        return;
    }
    seat->asked_us = -1;
    seat->tell |= HUB_TELL_GRANT;
    hub_seat_tell(seat);
}

/* All that a robot is told beyond its stream. */
static enum spill_status hub_seat_make_brief(struct hub_seat *seat) {
    const struct hub_options *const options = &seat->hub->options;
    struct brief *brief = NULL;
    if (seat->hub->live == NULL) {
        return SPILL_UNAVAILABLE;
    }
    enum spill_status status = brief_create(options->scenario, seat->cell, options->team,
                                            live_meta(seat->hub->live)->seed, &brief);
    if (status == SPILL_OK) {
        const size_t capacity_bytes = brief_size_bytes(brief);
        seat->brief = spill_alloc(capacity_bytes, 1);
        status = seat->brief == NULL
                     ? SPILL_MEMORY
                     : brief_encode(brief, seat->brief, capacity_bytes, &seat->brief_bytes);
    }
    brief_destroy(&brief);
    if (status != SPILL_OK) {
        free(seat->brief);
        seat->brief = NULL;
    }
    return status;
}

static void hub_seat_brief(struct hub_seat *seat, uint32_t part) {
    if (!seat->robot || (seat->brief == NULL && hub_seat_make_brief(seat) != SPILL_OK)) {
        stream_brief(seat->stream, part, 0, NULL, 0);
        return;
    }
    const size_t count = (seat->brief_bytes + BRIEF_CHUNK_BYTES - 1) / BRIEF_CHUNK_BYTES;
    if (part >= count) {
        stream_brief(seat->stream, part, 0, NULL, 0);
        return;
    }
    const size_t at_bytes = (size_t)part * BRIEF_CHUNK_BYTES;
    const size_t left_bytes = seat->brief_bytes - at_bytes;
    stream_brief(seat->stream, part, (uint32_t)count, seat->brief + at_bytes,
                 left_bytes < BRIEF_CHUNK_BYTES ? left_bytes : BRIEF_CHUNK_BYTES);
    if (part + 1 == count) {
        free(seat->brief);
        seat->brief = NULL;
    }
}

static void hub_seat_alarm(struct hub_seat *seat, const struct stream_action *action) {
    char words[SPILL_ERROR_TEXT_BYTES];
    snprintf(words, sizeof words,
             "%s (here: %" PRIu64 " of ours, %" PRIu64 " of theirs; there: %" PRIu64 " and %" PRIu64
             ")",
             frame_reason_words(action->reason), action->ours.committed.sequence,
             action->ours.received.sequence, action->theirs.received.sequence,
             action->theirs.committed.sequence);
    hub_raise(seat->hub, seat, action->reason, action->halted, words);
}

static void hub_seat_do(struct hub_seat *seat, const struct stream_action *action) {
    switch (action->kind) {
    case STREAM_SEND:
        hub_seat_send(seat, action);
        break;
    case STREAM_ASK:
        hub_seat_supply(seat, action->sequence);
        break;
    case STREAM_ASK_HEAD:
        hub_seat_head(seat, action->sequence);
        break;
    case STREAM_COMMIT:
        hub_seat_commit(seat, action);
        break;
    case STREAM_ACKNOWLEDGED:
        seat->acknowledged = action->position.sequence;
        seat->tell |= HUB_TELL_DELIVERED;
        hub_seat_tell(seat);
        break;
    case STREAM_ASK_SNAPSHOT:
        /* Every message has its place in the story of a cell: it gets them all. */
        stream_no_snapshot(seat->stream);
        break;
    case STREAM_ASK_BRIEF:
        hub_seat_brief(seat, action->part);
        break;
    case STREAM_GRANTED:
        hub_seat_granted(seat);
        break;
    case STREAM_LINK:
        hub_seat_link(seat, action->open, action->reason);
        break;
    case STREAM_ALARM:
        hub_seat_alarm(seat, action);
        break;
    default:
        SPILL_ASSERT(false); /* A node's. */
    }
}

/* The time, as the node is to be told it. People's runs on between two inputs; a robot's stands
 * where it was asked to act, so that it acts then and at no other time. */
static void hub_seat_set_clock(struct hub_seat *seat, int64_t now_us) {
    const struct hub *const hub = seat->hub;
    if (seat->robot) {
        return;
    }
    seat->clock = hub->clock;
    if (hub->clock.state == FRAME_CLOCK_RUNNING && hub->clock.speed_permille > 0) {
        const int64_t most_us = INT64_C(2000) * LIVE_QUIET_MS;
        const int64_t since_us =
            now_us - hub->clock_us < most_us ? now_us - hub->clock_us : most_us;
        seat->clock.exercise_ms += since_us * hub->clock.speed_permille / 1000000;
        const int64_t end_ms = scenario_duration_ms(hub->options.scenario);
        seat->clock.exercise_ms =
            seat->clock.exercise_ms < end_ms ? seat->clock.exercise_ms : end_ms;
    }
}

void hub_seat_pump(struct hub_seat *seat) {
    const int64_t now_us = hub_now_us();
    struct stream_action action;
    hub_seat_set_clock(seat, now_us);
    for (int i = 0; i < HUB_PUMP_MAX; i++) {
        if (stream_next(seat->stream, now_us, &action)) {
            hub_seat_do(seat, &action);
            continue;
        }
        if (!seat->announce || stream_sent(seat->stream) != seat->committed) {
            return;
        }
        seat->announce = false;
        stream_announce(seat->stream);
    }
    hub_touch(seat);
}

/* ---- Reading the recording ---- */

static void hub_fetch_work(uv_work_t *work) {
    struct hub *const hub = work->data;
    hub->fetch_status = backlog_read(hub->backlog, hub->fetch_seat->cell, hub->fetch_from,
                                     &hub->batch, &hub->fetch_error);
}

static void hub_fetch_done(uv_work_t *work, int cancelled) {
    struct hub *const hub = work->data;
    struct hub_seat *const seat = hub->fetch_seat;
    (void)cancelled;
    hub->fetching = false;
    if (hub->closing) {
        hub_gone(hub);
        return;
    }
    hub->handle_count--;
    if (hub->fetch_status != SPILL_OK) {
        seat->wanted_us = hub_now_us() + INT64_C(1000) * HUB_FETCH_AGAIN_MS;
        hub_raise(hub, seat, FRAME_REASON_STORE, false, hub->fetch_error.text);
    } else if (seat->wanted_head > 0 && hub->fetch_from == seat->wanted_head + 1) {
        stream_head(seat->stream, seat->wanted_head, hub->batch.before.head);
        seat->wanted_head = 0;
    } else if (hub->fetch_from == seat->wanted && hub->batch.count > 0) {
        seat->wanted = 0;
        stream_supply(seat->stream, &hub->batch.messages[0]);
    }
    hub->has_batch = hub->fetch_status == SPILL_OK;
    hub_seat_pump(seat);
    hub->has_batch = false;
    hub_fetch_next(hub);
}

void hub_fetch_next(struct hub *hub) {
    const int64_t now_us = hub_now_us();
    for (size_t i = 0; i < hub->seat_count && !hub->fetching && !hub->closing; i++) {
        struct hub_seat *const seat = &hub->seats[(hub->fetch_next + i) % hub->seat_count];
        if (seat->wanted + seat->wanted_head == 0 || now_us < seat->wanted_us) {
            continue;
        }
        hub->fetch_next = seat->cell.index + 1;
        hub->fetch_seat = seat;
        hub->fetch_from = seat->wanted_head > 0 ? seat->wanted_head + 1 : seat->wanted;
        hub->fetch_error = (struct spill_error){{0}};
        hub->fetch.data = hub;
        hub->fetching = true;
        hub->handle_count++;
        const int queued =
            uv_queue_work(hub->options.loop, &hub->fetch, hub_fetch_work, hub_fetch_done);
        SPILL_ASSERT(queued == 0);
    }
}
