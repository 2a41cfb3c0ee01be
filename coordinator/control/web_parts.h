/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_parts: the inside of a web, for its own sources.
 */
#ifndef SPILL_WEB_PARTS_H
#define SPILL_WEB_PARTS_H

#include "coordinator/control/web.h"

enum {
    WEB_RESUMES_MAX = 32, /* Different places at which streams go on, in one snapshot. */
    WEB_REFUSALS_MAX = 16,
    WEB_ANSWER_BYTES = 4096,
    WEB_BUT_FOR_ROWS_MAX = 500,
};

_Static_assert(WEB_RESUMES_MAX + 2 * OVERVIEW_ROLE_COUNT <= (int)WEB_QUEUE_MAX,
               "a snapshot fits the queue");

extern const char web_json[]; /* The content type. */

enum web_document { WEB_DELTA, WEB_MISSED, WEB_STATE };

/* A document on its way to the loop. */
struct web_item {
    enum web_document kind;
    enum overview_role role;
    uint64_t after;    /* WEB_MISSED: for streams that go on behind this record. */
    uint64_t sequence; /* Which it is as of. */
    struct http_event *event;
};

/* A page's stream. */
struct web_stream {
    struct web *web;
    struct http_stream *stream; /* NULL: the place is free. */
    enum overview_role role;
    bool waits;     /* For a state. */
    bool lost;      /* It was too slow; it waits when it has room. */
    bool has_after; /* It had everything up to this record. */
    uint64_t after;
};

/* What a snapshot is to hold. */
struct web_snapshot {
    struct web *web;
    bool roles[OVERVIEW_ROLE_COUNT];
    struct {
        enum overview_role role;
        uint64_t after;
    } resumes[WEB_RESUMES_MAX];
    size_t resume_count;
};

struct web_refusal {
    enum refusal refusal;
    char text[SPILL_ERROR_TEXT_BYTES];
};

struct web_jobs;

struct web {
    struct web_options options;
    struct http_server *server;
    struct live *live; /* NULL: it has ended. */
    size_t cell_count;
    size_t asset_count;
    uv_async_t doorbell;
    uv_timer_t soon;   /* Something is owed. */
    uv_timer_t second; /* While somebody looks on. */
    unsigned open_handles;
    bool closing;
    void (*on_closed)(void *context);
    void *closed_context;

    /* The loop's. */
    struct web_stream streams[WEB_STREAMS_MAX];
    size_t stream_count;
    struct web_snapshot snapshot;
    bool snapshot_wanted;
    bool snapshot_asked; /* It is on its way. */
    uint64_t sequence;   /* Of the last document. */
    struct overview_seat *seats_seen;
    struct web_jobs *jobs;

    /* The model thread's, once the live has started. */
    struct overview *overview;
    struct writer *writer;
    int64_t told_us;
    int64_t all_us;
    int64_t *awaited_ms; /* When time waited for each cell's robot; -1: it does not. */
    bool failed;         /* Memory ended: nothing more is told. */

    /* Of both, under the lock. */
    uv_mutex_t lock;
    struct web_item items[WEB_QUEUE_MAX];
    size_t item_count;
    size_t watchers[OVERVIEW_ROLE_COUNT];
    bool owed;
    struct overview_seat *seats;
    int64_t disk_bytes; /* Free. */
    struct web_refusal refusals[WEB_REFUSALS_MAX];
    size_t refusal_count; /* Ever. */
};

int64_t web_wall_us(void);
int64_t web_monotonic_us(void);

/* ---- web_model.c: on the model thread ---- */

void web_on_output(const struct output *output, void *context);
void web_on_turn(struct session *session, uint64_t sequence, void *context);
/* For live_call; context is the web, or its snapshot. */
void web_work_tell(struct session *session, uint64_t sequence, void *context);
void web_work_snapshot(struct session *session, uint64_t sequence, void *context);
/* Takes in what is recorded already; on the caller's thread, before the live starts. */
SPILL_CHECKED enum spill_status web_take_recorded(struct web *web, struct spill_error *error);

/* ---- web_streams.c: on the loop ---- */

void web_stream_open(struct web *web, struct http_request *request, enum overview_role role);
/* Takes documents off the queue, and asks for a snapshot if somebody waits. */
void web_deliver(struct web *web);
/* To everybody who has a state: a delta with one more member. */
void web_tell_all(struct web *web, const char *member, const char *json, size_t json_bytes);

/* ---- web_ask.c: on the loop ---- */

void web_on_request(struct http_request *request, void *context);

/* ---- web_jobs.c ---- */

SPILL_CHECKED enum spill_status web_jobs_open(struct web *web, struct spill_error *error);
/* Answers what is done. */
void web_jobs_deliver(struct web *web);
void web_jobs_rest(struct web *web);
void web_jobs_close(struct web *web);
void web_ask_forecast(struct web *web, struct http_request *request);
void web_ask_but_for(struct web *web, struct http_request *request);
/* The last forecast's JSON; NULL: there is none yet. */
const char *web_forecast(const struct web *web, size_t *json_bytes);

#endif
