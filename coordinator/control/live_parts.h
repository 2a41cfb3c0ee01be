/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_parts: the inside of a live, for live.c (the loop's side) and live_model.c (the model
 * thread's) alone.
 *
 * What changes hands are boxes of items. Each way has two boxes: one in which the giver puts items,
 * under the mutex, and one that the taker works through; the taker swaps them. So nobody holds the
 * mutex for longer than it takes to copy one item.
 */
#ifndef SPILL_LIVE_PARTS_H
#define SPILL_LIVE_PARTS_H

#include <pthread.h>

#include "coordinator/control/live.h"

enum {
    LIVE_ALIGN = 16,
    LIVE_COMMAND_BYTES = 8 << 20, /* Commands that wait. */
    LIVE_WORDS_BYTES = SPILL_ERROR_TEXT_BYTES,
};

enum live_item_kind {
    /* To the model: seats, */
    LIVE_JOIN,
    LIVE_LEAVE,
    LIVE_DELIVERED,
    LIVE_GRANT,
    LIVE_INPUT,
    /* commands. */
    LIVE_COMMAND,
    LIVE_CALL,
    /* To the loop. */
    LIVE_MESSAGE,
    LIVE_STORED,
    LIVE_SETTLE,
    LIVE_REPLY,
    LIVE_DONE,
};

/* The bytes of an item follow it. */
struct live_item {
    enum live_item_kind kind;
    struct cell_ref cell;
    size_t size_bytes;
    union {
        bool robot;                     /* JOIN */
        uint64_t up_to;                 /* DELIVERED */
        struct session_grant grant;     /* GRANT */
        struct frame_position position; /* INPUT, STORED */
        struct {
            live_reply_fn on_reply;
            void *context;
            enum spill_status status; /* REPLY; its bytes are words. */
            uint64_t sequence;
        } command; /* COMMAND, REPLY */
        struct {
            live_work_fn work;
            void (*done)(void *context);
            void *context;
        } call; /* CALL, DONE */
        struct {
            struct frame_position position;
            uint8_t kind, tlp;
        } message;      /* MESSAGE */
        int64_t now_ms; /* SETTLE */
    };
};

struct live_box {
    uint8_t *bytes;
    size_t capacity_bytes;
    size_t size_bytes;
    size_t at_bytes; /* Taken. */
    size_t count;
};

/* Copies an item and its bytes; false: not within so many bytes of the box. */
SPILL_CHECKED bool live_box_put(struct live_box *box, size_t limit_bytes,
                                const struct live_item *item, const void *bytes);
/* The next item, borrowed until the box is emptied; NULL: none. */
const struct live_item *live_box_take(struct live_box *box);
/* The same, and it stays; NULL: none. */
const struct live_item *live_box_peek(const struct live_box *box);
static inline const uint8_t *live_item_bytes(const struct live_item *item) {
    return (const uint8_t *)(item + 1);
}

/* What the loop knows of a cell. */
struct live_seat {
    struct frame_position committed;
    struct frame_position received;
    uint64_t delivered; /* When it was opened. */
    bool linked;        /* When it was opened. */
};

/* What the model thread knows of a cell. */
struct live_told {
    struct frame_position received; /* As the loop was told. */
};

struct live {
    /* Set when it is opened, and read by both. */
    struct live_options options;
    struct session *session; /* The model thread's, once that is there. */
    size_t seat_count;
    int64_t tick_ms, end_ms;

    /* The loop's. */
    uv_async_t bell;
    struct live_seat *seats;
    struct codec_arena *arena;
    uint8_t *bytes; /* A command on its way. */
    struct live_box taken;
    struct stream_clock clock; /* As it was told last. */
    bool ended;                /* on_ended was called. */
    bool thread_running;
    void (*on_closed)(void *context);
    void *closed_context;

    /* Shared, under the mutex. */
    pthread_mutex_t mutex;
    pthread_cond_t wake;    /* Something for the model. */
    pthread_cond_t drained; /* The loop has taken the box. */
    pthread_t thread;
    bool started, closing, finished;
    struct live_box seat_box, command_box; /* To the model. */
    struct live_box out;                   /* To the loop. */
    struct stream_clock said;
    bool clock_changed;
    bool failed;
    enum spill_status status; /* Why it failed. */
    struct spill_error words;
    struct live_events listeners[LIVE_LISTENERS_MAX];
    size_t listener_count;

    /* The model's. */
    struct live_box seat_work, command_work;
    struct live_box staged; /* To the loop, once it is durable. */
    struct codec_arena *model_arena;
    struct live_told *told;
    char refused[LIVE_WORDS_BYTES]; /* Why the command was refused. */
    enum spill_status broken;       /* The session failed; SPILL_OK. */
    int64_t anchor_us, anchor_ms;   /* This exercise time at that wall time. */
    enum clock_state paced_state;   /* For which the anchor holds. */
    int64_t paced_permille;         /* 0: as fast as it goes. */
    int64_t stalled_us;             /* Since when time waits; -1: it does not. */
    int64_t advanced_us;            /* When exercise time was advanced last. */
    int64_t step_ms;                /* Exercise time of a slice when as fast as it goes. */
    int64_t turn_us;                /* When on_turn came last. */
    int64_t clock_us;               /* When the clock was told last. */
};

/* The body of the model thread; context is the live. */
void *live_model(void *context);
/* A message of the session. */
void live_send(struct cell_ref cell, const struct session_message *message, void *context);
void live_settle(struct cell_ref cell, int64_t now_ms, void *context);
void live_on_output(const struct output *output, void *context);
int64_t live_now_us(void);
/* The exercise's clock as nodes are told it. */
struct stream_clock live_clock_of(struct session *session, int64_t exercise_ms);

#endif
