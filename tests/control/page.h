/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: what a browser's page does: it follows the stream of events, keeps the state up to date by
 * the deltas, and remembers the log.
 */
#ifndef PAGE_H
#define PAGE_H

#include <inttypes.h>
#include <jansson.h>

#include "tests/http/raw.h"

enum { PAGE_LOG_MAX = 8192 };

struct page {
    struct raw raw;
    size_t taken_bytes; /* Of the raw ones. */
    size_t chunk_bytes; /* Left of the chunk. */
    bool body;          /* The head is over. */
    char *text;         /* The body so far, from the event that is not whole. */
    size_t text_bytes;
    json_t *state;      /* NULL: none yet. */
    json_t *last_delta; /* Likewise. */
    uint64_t id;        /* Of the last event. */
    size_t states;
    size_t deltas;
    size_t forecasts;
    int64_t log[PAGE_LOG_MAX]; /* Sequences, of entries later than those had before. */
    size_t log_count;
    int64_t last_entry;
};

static inline void page_open(struct page *page, const char *address, const char *token,
                             uint64_t after) {
    char request[512];
    char last[64] = "";
    *page = (struct page){.id = after, .last_entry = (int64_t)after};
    if (after > 0) {
        snprintf(last, sizeof last, "Last-Event-ID: %" PRIu64 "\r\n", after);
    }
    raw_open(&page->raw, address);
    snprintf(request, sizeof request,
             "GET /api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n%s\r\n",
             address, token, last);
    raw_send(&page->raw, request);
    page->text = calloc(1, 1);
}

static inline void page_close(struct page *page) {
    raw_close(&page->raw);
    free(page->text);
    json_decref(page->state);
    json_decref(page->last_delta);
}

/* Entries that are later than all before; a state repeats some. */
static inline void page_take_log(struct page *page, const json_t *document) {
    size_t i = 0;
    json_t *entry = NULL;
    const int64_t seen = page->last_entry;
    json_array_foreach(json_object_get(document, "log"), i, entry) {
        const int64_t sequence = json_integer_value(json_object_get(entry, "sequence"));
        if (sequence > seen) {
            CHECK_LE(page->last_entry, sequence);
            CHECK_LT(page->log_count, (size_t)PAGE_LOG_MAX);
            page->log[page->log_count++] = sequence;
            page->last_entry = sequence;
        }
    }
}

static inline void page_merge(json_t *state, json_t *delta) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(delta, name, value) {
        size_t i = 0;
        json_t *element = NULL;
        const bool assets = strcmp(name, "assets") == 0;
        if (strcmp(name, "log") == 0 || strcmp(name, "forecast") == 0) {
            continue;
        }
        if (!assets && strcmp(name, "cells") != 0 && strcmp(name, "injects") != 0) {
            json_object_set(state, name, value);
            continue;
        }
        json_t *const list = json_object_get(state, name);
        json_array_foreach(value, i, element) {
            size_t at = 0;
            if (assets) {
                at = (size_t)json_integer_value(json_object_get(element, "index"));
            } else {
                while (at < json_array_size(list) &&
                       !json_equal(json_object_get(json_array_get(list, at), "id"),
                                   json_object_get(element, "id"))) {
                    at++;
                }
            }
            if (at == json_array_size(list)) {
                json_array_append(list, element);
            } else {
                json_array_set(list, at, element);
            }
        }
    }
}

static inline void page_take_event(struct page *page, char *event) {
    uint64_t id = 0;
    char name[16] = "";
    json_error_t error;
    if (event[0] == ':') {
        return;
    }
    CHECK_EQ(sscanf(event, "id: %" SCNu64 "\nevent: %15s\ndata: ", &id, name), 2);
    CHECK_LE(page->id, id);
    page->id = id;
    const char *const data = strstr(event, "\ndata: ");
    CHECK(data != NULL);
    json_t *const json = json_loads(data + 7, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        CHECK_FAIL("%s", error.text);
    }
    page_take_log(page, json);
    if (strcmp(name, "state") == 0) {
        page->states++;
        json_decref(page->state);
        page->state = json;
        return;
    }
    CHECK_EQ(name, "delta");
    page->deltas++;
    page->forecasts += json_object_get(json, "forecast") != NULL;
    if (page->state != NULL) {
        page_merge(page->state, json);
    }
    json_decref(page->last_delta);
    page->last_delta = json;
}

/* Takes in what came since. */
static inline void page_take(struct page *page) {
    struct raw *const raw = &page->raw;
    if (!page->body) {
        const char *const end = strstr(raw->bytes, "\r\n\r\n");
        if (end == NULL) {
            return;
        }
        CHECK(strstr(raw->bytes, "HTTP/1.1 200 ") == raw->bytes);
        page->taken_bytes = (size_t)(end + 4 - raw->bytes);
        page->body = true;
    }
    while (page->taken_bytes < raw->size_bytes) {
        const char *const at = raw->bytes + page->taken_bytes;
        size_t left_bytes = raw->size_bytes - page->taken_bytes;
        if (page->chunk_bytes == 0) { /* A line with the size of the next chunk. */
            const char *const skip = at[0] == '\r' ? at + 2 : at;
            const char *const feed = left_bytes < 4 ? NULL : strstr(skip, "\r\n");
            if (feed == NULL) {
                break;
            }
            page->chunk_bytes = (size_t)strtoul(skip, NULL, 16);
            page->taken_bytes += (size_t)(feed + 2 - at);
            if (page->chunk_bytes == 0) {
                break;
            }
            continue;
        }
        left_bytes = left_bytes < page->chunk_bytes ? left_bytes : page->chunk_bytes;
        page->text = realloc(page->text, page->text_bytes + left_bytes + 1);
        CHECK(page->text != NULL);
        memcpy(page->text + page->text_bytes, at, left_bytes);
        page->text_bytes += left_bytes;
        page->text[page->text_bytes] = '\0';
        page->chunk_bytes -= left_bytes;
        page->taken_bytes += left_bytes;
    }
    char *event = page->text;
    for (char *end = strstr(event, "\n\n"); end != NULL; end = strstr(event, "\n\n")) {
        *end = '\0';
        page_take_event(page, event);
        event = end + 2;
    }
    page->text_bytes -= (size_t)(event - page->text);
    memmove(page->text, event, page->text_bytes + 1);
}

/* Turns the loop until this holds of the page. */
#define PAGE_UNTIL(page, condition) RAW_UNTIL((page_take(page), (condition)))

#endif
