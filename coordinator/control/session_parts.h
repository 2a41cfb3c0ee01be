/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_parts: the inside of a session, for session.c and session_resume.c alone.
 */
#ifndef SPILL_SESSION_PARTS_H
#define SPILL_SESSION_PARTS_H

#include <time.h>

#include "coordinator/control/session.h"

enum { SESSION_JSON_BYTES = 2 << 20 };

/* What is known of one cell's node. */
struct session_seat {
    const char *id;
    bool joined, joined_told;       /* There now; as the last CELL_LINK input said. */
    bool tell_link, tell_delivered; /* Such an input is on its way, recorded and not applied. */
    bool robot;
    struct frame_position position; /* Of its stream, with what is in the outbox. */
    struct frame_position queued;   /* Of its own stream, with what is in the inbox, */
    struct frame_position received; /* and as recorded. */
    uint64_t sent;                  /* Last message of its stream that was sent. */
    uint64_t inject;                /* The last of them that is an inject. */
    uint64_t delivered;             /* Up to where it is durable there, and … */
    uint64_t delivered_told;        /* … as the last DELIVERED input said. */
    bool granted;                   /* The last grant, if there is one that counts: */
    struct session_grant grant;
    bool again;       /* It had more to do, and was asked again: the same grant does not count. */
    int64_t turns_ms; /* At this time it had so many turns. */
    int turn_count;
    int64_t asked_ms; /* Asked to settle at this time, after so many messages. */
    uint64_t asked_after;
};

/* One message or input in a box: its place in the box's bytes. */
struct session_item {
    uint32_t cell;
    uint32_t order; /* Of coming in. */
    size_t offset_bytes;
    size_t size_bytes;
    struct frame_position position; /* Messages. */
    uint8_t kind, tlp;              /* Messages. */
};

/* Bytes on their way, in order of coming in. */
struct session_box {
    uint8_t *bytes;
    size_t capacity_bytes;
    size_t size_bytes;
    struct session_item *items;
    size_t item_count;
};

struct session {
    struct session_options options;
    struct exercise *exercise;
    struct recording *recording; /* NULL: nothing is recorded. */
    struct session_seat *seats;
    size_t seat_count;
    struct session_box outbox;
    struct session_box inbox;
    struct codec_arena *arena;
    uint8_t *bytes; /* Of the input that is being encoded. */
    char *json;
    uint8_t digest[CASCADE_DIGEST_BYTES]; /* As last recorded. */
    uint64_t input_count;
    uint64_t input_sequence;   /* Record of the last one. */
    size_t recorded_count;     /* Recorded, by session_record, and not applied yet, */
    bool recorded_durable;     /* and whether the commit for them was made. */
    enum spill_status failure; /* The first that an output met; SPILL_OK. */
    struct spill_error words;
};

int64_t session_clock_us(const struct session *session, clockid_t clock);
SPILL_CHECKED enum spill_status session_commit(struct session *session, struct spill_error *error);
SPILL_CHECKED enum spill_status session_append(struct session *session, enum record_kind kind,
                                               const uint8_t *body, size_t body_bytes,
                                               const char *text, struct spill_error *error);
/* Everything but the recording; of the seed in options. */
SPILL_CHECKED enum spill_status session_create_parts(struct session *session);
/* The seat of a cell that an input or output names. */
struct session_seat *session_find_seat(struct session *session, const char *id);
/* A message that the exercise says: it moves its seat on. */
void session_count_message(struct session_seat *seat, const struct message *message,
                           const uint8_t *bytes, size_t size_bytes);

#endif
