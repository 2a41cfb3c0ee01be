/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of documents: a state, then every change since. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/web_parts.h"

enum { WEB_HEAD_BYTES = 64 };

/* ---- Sending ---- */

static bool web_send(struct web_stream *stream, uint64_t sequence, struct http_event *event) {
    if (http_stream_send(stream->stream, event) != SPILL_OK) {
        stream->lost = true;
        stream->waits = false;
        return false;
    }
    stream->has_after = true;
    stream->after = sequence;
    return true;
}

/* Whether the snapshot that was asked for was made for this stream. */
static bool web_in_snapshot(const struct web *web, const struct web_stream *stream) {
    if (!stream->has_after) {
        return true;
    }
    for (size_t i = 0; i < web->snapshot.resume_count; i++) {
        if (web->snapshot.resumes[i].role == stream->role &&
            web->snapshot.resumes[i].after == stream->after) {
            return true;
        }
    }
    return false; /* The next one is. */
}

static void web_send_forecast(struct web *web, struct web_stream *stream) {
    size_t json_bytes = 0;
    const char *const json = web_forecast(web, &json_bytes);
    char head[WEB_HEAD_BYTES];
    struct http_event *event = NULL;
    if (json == NULL) {
        return;
    }
    const int head_bytes =
        snprintf(head, sizeof head, "{\"sequence\":%" PRIu64 ",\"forecast\":", web->sequence);
    char *const text = spill_alloc((size_t)head_bytes + json_bytes + 1, 1);
    if (text != NULL) {
        memcpy(text, head, (size_t)head_bytes);
        memcpy(text + head_bytes, json, json_bytes);
        text[(size_t)head_bytes + json_bytes] = '}';
        if (http_event_create(web->sequence, "delta", text, (size_t)head_bytes + json_bytes + 1,
                              &event) == SPILL_OK) {
            (void)web_send(stream, web->sequence, event);
            http_event_release(&event);
        }
    }
    free(text);
}

static void web_deliver_item(struct web *web, const struct web_item *item) {
    for (size_t i = 0; i < WEB_STREAMS_MAX; i++) {
        struct web_stream *const stream = &web->streams[i];
        if (stream->stream == NULL || stream->role != item->role || stream->lost) {
            continue;
        }
        if (item->kind == WEB_DELTA) {
            if (!stream->waits) {
                (void)web_send(stream, item->sequence, item->event);
            }
        } else if (stream->waits && item->kind == WEB_MISSED) {
            if (stream->has_after && stream->after == item->after &&
                http_stream_send(stream->stream, item->event) != SPILL_OK) {
                stream->lost = true;
            }
        } else if (stream->waits && web_in_snapshot(web, stream)) {
            stream->waits = false;
            if (web_send(stream, item->sequence, item->event)) {
                web_send_forecast(web, stream);
            }
        }
    }
}

/* ---- Snapshots ---- */

static void web_on_snapshot(void *context) {
    struct web_snapshot *const snapshot = context;
    struct web *const web = snapshot->web;
    web_deliver(web); /* What it printed; the doorbell may come later. */
    web->snapshot_asked = false;
    web_deliver(web);
}

/* Asks for a state for everybody who waits, once at a time. */
static void web_ask_snapshot(struct web *web) {
    struct web_snapshot *const snapshot = &web->snapshot;
    if (web->snapshot_asked || web->live == NULL) {
        return;
    }
    bool any = false;
    *snapshot = (struct web_snapshot){.web = web};
    for (size_t i = 0; i < WEB_STREAMS_MAX; i++) {
        const struct web_stream *const stream = &web->streams[i];
        if (stream->stream == NULL || !stream->waits) {
            continue;
        }
        any = true;
        snapshot->roles[stream->role] = true;
        if (!web_in_snapshot(web, stream) && snapshot->resume_count < WEB_RESUMES_MAX) {
            snapshot->resumes[snapshot->resume_count].role = stream->role;
            snapshot->resumes[snapshot->resume_count].after = stream->after;
            snapshot->resume_count++;
        }
    }
    if (any && live_call(web->live, web_work_snapshot, web_on_snapshot, snapshot) == SPILL_OK) {
        web->snapshot_asked = true;
    }
}

void web_deliver(struct web *web) {
    struct web_item items[WEB_QUEUE_MAX];
    uv_mutex_lock(&web->lock);
    const size_t count = web->item_count;
    memcpy(items, web->items, count * sizeof items[0]);
    web->item_count = 0;
    uv_mutex_unlock(&web->lock);
    for (size_t i = 0; i < count; i++) {
        web->sequence = items[i].sequence;
        web_deliver_item(web, &items[i]);
        http_event_release(&items[i].event);
    }
    web_ask_snapshot(web);
}

void web_tell_all(struct web *web, const char *member, const char *json, size_t json_bytes) {
    char head[WEB_HEAD_BYTES];
    struct http_event *event = NULL;
    const int head_bytes =
        snprintf(head, sizeof head, "{\"sequence\":%" PRIu64 ",\"%s\":", web->sequence, member);
    char *const text = spill_alloc((size_t)head_bytes + json_bytes + 1, 1);
    if (text == NULL) {
        return;
    }
    memcpy(text, head, (size_t)head_bytes);
    memcpy(text + head_bytes, json, json_bytes);
    text[(size_t)head_bytes + json_bytes] = '}';
    if (http_event_create(web->sequence, "delta", text, (size_t)head_bytes + json_bytes + 1,
                          &event) == SPILL_OK) {
        for (size_t i = 0; i < WEB_STREAMS_MAX; i++) {
            struct web_stream *const stream = &web->streams[i];
            if (stream->stream != NULL && !stream->waits && !stream->lost) {
                (void)web_send(stream, web->sequence, event);
            }
        }
        http_event_release(&event);
    }
    free(text);
}

/* ---- Opening and closing ---- */

static void web_on_stream_drained(struct http_stream *stream, void *context) {
    struct web_stream *const slot = context;
    (void)stream;
    slot->lost = false;
    slot->waits = true;
    web_ask_snapshot(slot->web);
}

static void web_count_watcher(struct web *web, enum overview_role role, bool comes) {
    uv_mutex_lock(&web->lock);
    web->watchers[role] += comes ? 1 : 0;
    web->watchers[role] -= comes ? 0 : 1;
    uv_mutex_unlock(&web->lock);
    web->stream_count += comes ? 1 : 0;
    web->stream_count -= comes ? 0 : 1;
}

static void web_on_stream_closed(struct http_stream *stream, void *context) {
    struct web_stream *const slot = context;
    (void)stream;
    slot->stream = NULL;
    web_count_watcher(slot->web, slot->role, false);
}

void web_stream_open(struct web *web, struct http_request *request, enum overview_role role) {
    struct web_stream *slot = NULL;
    for (size_t i = 0; i < WEB_STREAMS_MAX && slot == NULL; i++) {
        slot = web->streams[i].stream == NULL ? &web->streams[i] : NULL;
    }
    if (slot == NULL) {
        http_answer_error(request, 503, "too many open streams");
        return;
    }
    const struct http_stream_events events = {
        .on_drained = web_on_stream_drained, .on_closed = web_on_stream_closed, .context = slot};
    const char *const last = http_request_header(request, "Last-Event-ID");
    uint64_t after = 0;
    const bool has_after = last != NULL && headers_number(last, &after);
    *slot = (struct web_stream){
        .web = web, .role = role, .waits = true, .has_after = has_after, .after = after};
    struct http_stream *stream = NULL;
    if (http_stream_open(request, &events, &stream) != SPILL_OK) {
        return;
    }
    slot->stream = stream;
    web_count_watcher(web, role, true);
    web_ask_snapshot(web);
}
