/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of events. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/http/http_parts.h"

enum { HTTP_EVENT_HEAD_BYTES = 96, HTTP_STREAM_BLOCK_BYTES = 16384 };

struct http_event {
    size_t holders;
    size_t size_bytes;
    char bytes[];
};

struct http_stream {
    struct http_request *request;
    struct http_stream_events events;
    struct http_event *queue[HTTP_STREAM_EVENTS_MAX]; /* A ring; the first is being sent. */
    size_t first;
    size_t count;
    size_t waiting_bytes;
    size_t sent_bytes; /* Of the first. */
    bool suspended;
    bool ending;
    bool full; /* Somebody was told to come again. */
};

/* ---- Events ---- */

static enum spill_status http_event_make(const char *head, size_t head_bytes, const char *data,
                                         size_t data_bytes, struct http_event **event) {
    struct http_event *const made =
        spill_alloc(sizeof *made + head_bytes + data_bytes + 2, sizeof(char));
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->holders = 1;
    memcpy(made->bytes, head, head_bytes);
    memcpy(made->bytes + head_bytes, data, data_bytes);
    memcpy(made->bytes + head_bytes + data_bytes, "\n\n", 2);
    made->size_bytes = head_bytes + data_bytes + 2;
    *event = made;
    return SPILL_OK;
}

enum spill_status http_event_create(uint64_t id, const char *name, const char *data,
                                    size_t data_bytes, struct http_event **event) {
    char head[HTTP_EVENT_HEAD_BYTES];
    SPILL_ASSERT(memchr(data, '\n', data_bytes) == NULL);
    SPILL_ASSERT(memchr(data, '\r', data_bytes) == NULL);
    const int bytes = snprintf(head, sizeof head, "id: %" PRIu64 "\nevent: %s\ndata: ", id, name);
    SPILL_ASSERT(bytes > 0 && (size_t)bytes < sizeof head);
    return http_event_make(head, (size_t)bytes, data, data_bytes, event);
}

enum spill_status http_beat_create(struct http_event **event) {
    return http_event_make(":", 1, "", 0, event);
}

struct http_event *http_event_hold(struct http_event *event) {
    event->holders++;
    return event;
}

void http_event_release(struct http_event **event) {
    if (*event != NULL) {
        SPILL_ASSERT((*event)->holders > 0);
        (*event)->holders--;
        if ((*event)->holders == 0) {
            free(*event);
        }
        *event = NULL;
    }
}

/* ---- The queue ---- */

static void http_stream_pop(struct http_stream *stream) {
    struct http_event **const event = &stream->queue[stream->first];
    stream->waiting_bytes -= (*event)->size_bytes;
    http_event_release(event);
    stream->first = (stream->first + 1) % HTTP_STREAM_EVENTS_MAX;
    stream->count--;
    stream->sent_bytes = 0;
}

static void http_stream_wake(struct http_stream *stream) {
    if (stream->suspended) {
        stream->suspended = false;
        http_resume(stream->request);
    }
}

enum spill_status http_stream_send(struct http_stream *stream, struct http_event *event) {
    SPILL_ASSERT(!stream->ending);
    /* One that is larger than all may wait alone. */
    if (stream->full || stream->count == HTTP_STREAM_EVENTS_MAX ||
        (stream->count > 0 && stream->waiting_bytes + event->size_bytes > HTTP_STREAM_BYTES_MAX)) {
        stream->full = true;
        return SPILL_AGAIN;
    }
    stream->queue[(stream->first + stream->count) % HTTP_STREAM_EVENTS_MAX] =
        http_event_hold(event);
    stream->count++;
    stream->waiting_bytes += event->size_bytes;
    http_stream_wake(stream);
    return SPILL_OK;
}

void http_stream_beat(struct http_stream *stream, struct http_event *event) {
    if (stream->count == 0 && !stream->ending) {
        (void)!http_stream_send(stream, event);
    }
}

void http_stream_end(struct http_stream *stream) {
    stream->ending = true;
    http_stream_wake(stream);
}

/* The daemon has room for bytes. */
static ssize_t http_stream_read(void *context, uint64_t position, char *bytes, size_t room_bytes) {
    struct http_stream *const stream = context;
    (void)position;
    if (stream->count > 0 && stream->sent_bytes == stream->queue[stream->first]->size_bytes) {
        http_stream_pop(stream);
    }
    if (stream->count == 0 && stream->full) {
        stream->full = false;
        stream->events.on_drained(stream, stream->events.context);
    }
    if (stream->count == 0) {
        if (stream->ending) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
        stream->suspended = true;
        MHD_suspend_connection(stream->request->connection);
        return 0;
    }
    const struct http_event *const event = stream->queue[stream->first];
    const size_t left_bytes = event->size_bytes - stream->sent_bytes;
    const size_t size_bytes = left_bytes < room_bytes ? left_bytes : room_bytes;
    memcpy(bytes, event->bytes + stream->sent_bytes, size_bytes);
    stream->sent_bytes += size_bytes;
    return (ssize_t)size_bytes;
}

/* ---- Opening and closing ---- */

enum spill_status http_stream_open(struct http_request *request,
                                   const struct http_stream_events *events,
                                   struct http_stream **stream) {
    struct http_server *const server = request->server;
    SPILL_ASSERT(request->token_at >= 0);
    struct http_token *const token = &server->tokens[request->token_at];
    if (token->streams == HTTP_TOKEN_STREAMS_MAX) {
        http_answer_error(request, MHD_HTTP_TOO_MANY_REQUESTS, "too many open streams");
        return SPILL_LIMIT;
    }
    struct http_stream *const made = spill_alloc(1, sizeof *made);
    struct MHD_Response *const response =
        made == NULL ? NULL
                     : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_STREAM_BLOCK_BYTES,
                                                         http_stream_read, made, NULL);
    if (response == NULL) {
        free(made);
        http_answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return SPILL_MEMORY;
    }
    made->request = request;
    made->events = *events;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    http_secure(server, response);
    request->stream = made;
    token->streams++;
    server->stream_count++;
    (void)MHD_set_connection_option(request->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                    (unsigned)HTTP_STREAM_IDLE_S);
    http_set(request, MHD_HTTP_OK, response);
    *stream = made;
    return SPILL_OK;
}

void http_stream_gone(struct http_stream **stream) {
    struct http_stream *const gone = *stream;
    struct http_server *const server = gone->request->server;
    SPILL_ASSERT(server->stream_count > 0);
    server->stream_count--;
    server->tokens[gone->request->token_at].streams--;
    gone->events.on_closed(gone, gone->events.context);
    while (gone->count > 0) {
        http_stream_pop(gone);
    }
    free(gone);
    *stream = NULL;
}
