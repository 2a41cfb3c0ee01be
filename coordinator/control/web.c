/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "coordinator/control/web_parts.h"

enum { WEB_HANDLES = 3, WEB_ZONE_BYTES = 128 };

static const char web_session_path[] = "/api/v1/session";

/* ---- Clocks ---- */

static int64_t web_clock_us(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t web_wall_us(void) {
    return web_clock_us(CLOCK_REALTIME);
}

int64_t web_monotonic_us(void) {
    return web_clock_us(CLOCK_MONOTONIC);
}

int64_t web_starts_us(const struct scenario *scenario) {
    /* "2026-11-24T09:00 Europe/Amsterdam" */
    struct tm local = {.tm_isdst = -1};
    char zone[WEB_ZONE_BYTES] = "";
    char kept[WEB_ZONE_BYTES] = "";
    if (sscanf(scenario_starts_at(scenario), "%d-%d-%dT%d:%d%*[^ ] %127s", &local.tm_year,
               &local.tm_mon, &local.tm_mday, &local.tm_hour, &local.tm_min, zone) != 6 &&
        sscanf(scenario_starts_at(scenario), "%d-%d-%dT%d:%d %127s", &local.tm_year, &local.tm_mon,
               &local.tm_mday, &local.tm_hour, &local.tm_min, zone) != 6) {
        return 0;
    }
    local.tm_year -= 1900;
    local.tm_mon -= 1;
    const char *const before = getenv("TZ");
    snprintf(kept, sizeof kept, "%s", before == NULL ? "" : before);
    (void)setenv("TZ", zone, 1);
    tzset();
    const time_t at = mktime(&local);
    if (before == NULL) {
        (void)unsetenv("TZ");
    } else {
        (void)setenv("TZ", kept, 1);
    }
    tzset();
    return at == (time_t)-1 ? 0 : (int64_t)at * 1000000;
}

/* ---- On the loop ---- */

static void web_work_nothing(void *context) {
    web_deliver(context);
}

static void web_on_soon(uv_timer_t *timer) {
    struct web *const web = timer->data;
    if (web->live != NULL) {
        (void)!live_call(web->live, web_work_tell, web_work_nothing, web);
    }
}

/* How it stands with the cells' nodes, for the model thread; and what changes without an output. */
static void web_on_second(uv_timer_t *timer) {
    struct web *const web = timer->data;
    if (web->stream_count == 0 || web->live == NULL) {
        return;
    }
    struct statvfs disk = {0};
    const bool known =
        web->options.record_path != NULL && statvfs(web->options.record_path, &disk) == 0;
    uv_mutex_lock(&web->lock);
    web->disk_bytes = known ? (int64_t)disk.f_bavail * (int64_t)disk.f_frsize : -1;
    uv_mutex_unlock(&web->lock);
    if (web->options.seat != NULL) {
        for (uint32_t i = 0; i < web->cell_count; i++) {
            web->options.seat((struct cell_ref){i}, &web->seats_seen[i], web->options.context);
        }
        uv_mutex_lock(&web->lock);
        memcpy(web->seats, web->seats_seen, web->cell_count * sizeof web->seats[0]);
        uv_mutex_unlock(&web->lock);
    }
    (void)!live_call(web->live, web_work_tell, web_work_nothing, web);
}

static void web_on_doorbell(uv_async_t *doorbell) {
    struct web *const web = doorbell->data;
    uv_mutex_lock(&web->lock);
    const bool owed = web->owed;
    web->owed = false;
    uv_mutex_unlock(&web->lock);
    web_deliver(web);
    web_jobs_deliver(web);
    if (owed && !uv_is_active((uv_handle_t *)&web->soon)) {
        (void)uv_timer_start(&web->soon, web_on_soon, WEB_DELTA_MS, 0);
    }
}

static void web_on_ended(enum spill_status status, const struct spill_error *error, void *context) {
    struct web *const web = context;
    struct writer *writer = NULL;
    const char *json = NULL;
    size_t json_bytes = 0;
    web->live = NULL;
    web_deliver(web);
    if (status == SPILL_OK || writer_create(WEB_ANSWER_BYTES, &writer) != SPILL_OK) {
        return;
    }
    writer_array(writer, NULL);
    writer_object(writer, NULL);
    writer_text(writer, "part", status == SPILL_IO ? "disk" : "record");
    writer_text(writer, "level", "bad");
    writer_object(writer, "words");
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        writer_text(writer, words_language_code((enum words_language)i), error->text);
    }
    writer_end(writer);
    writer_null(writer, "cell");
    writer_end(writer);
    writer_end(writer);
    if (writer_finish(writer, &json, &json_bytes) == SPILL_OK) {
        web_tell_all(web, "alarms", json, json_bytes);
    }
    writer_destroy(&writer);
}

/* ---- Opening ---- */

static void web_free(struct web *web) {
    for (size_t i = 0; i < web->item_count; i++) {
        http_event_release(&web->items[i].event);
    }
    overview_destroy(&web->overview);
    writer_destroy(&web->writer);
    uv_mutex_destroy(&web->lock);
    free(web->seats);
    free(web->seats_seen);
    free(web->awaited_ms);
    free(web);
}

static enum spill_status web_make(const struct web_options *options, struct web **web,
                                  struct spill_error *error) {
    struct web *const made = spill_alloc(1, sizeof *made);
    if (made == NULL || uv_mutex_init(&made->lock) != 0) {
        free(made);
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->options = *options;
    made->live = options->live;
    made->disk_bytes = -1;
    made->cell_count = script_cell_count(scenario_script(options->scenario));
    made->asset_count = network_asset_count(scenario_network(options->scenario));
    made->seats = spill_alloc(made->cell_count, sizeof *made->seats);
    made->seats_seen = spill_alloc(made->cell_count, sizeof *made->seats_seen);
    made->awaited_ms = spill_alloc(made->cell_count, sizeof *made->awaited_ms);
    enum spill_status status =
        made->seats == NULL || made->seats_seen == NULL || made->awaited_ms == NULL ? SPILL_MEMORY
                                                                                    : SPILL_OK;
    if (status == SPILL_OK) {
        for (size_t i = 0; i < made->cell_count; i++) {
            made->seats[i].heard_us = made->seats_seen[i].heard_us = -1;
            made->awaited_ms[i] = -1;
        }
        status = overview_create(options->scenario, options->starts_us, &made->overview);
    }
    if (status == SPILL_OK) {
        status = writer_create(WEB_DOCUMENT_BYTES_MAX, &made->writer);
    }
    if (status == SPILL_OK && options->resumed) {
        status = web_take_recorded(made, error);
    } else if (status != SPILL_OK) {
        (void)spill_fail(error, status, "out of memory");
    }
    if (status != SPILL_OK) {
        web_free(made);
        return status;
    }
    *web = made;
    return SPILL_OK;
}

static enum spill_status web_serve(struct web *web, struct spill_error *error) {
    const struct http_options options = {.loop = web->options.loop,
                                         .address = web->options.address,
                                         .session_path = web_session_path,
                                         .on_request = web_on_request,
                                         .context = web};
    enum spill_status status = http_server_open(&options, &web->server, error);
    for (int i = 0; status == SPILL_OK && i < OVERVIEW_ROLE_COUNT; i++) {
        status = http_server_admit(web->server, web->options.tokens[i], i);
        if (status != SPILL_OK) {
            (void)spill_fail(error, status, "a token for pages is malformed");
            http_server_close(&web->server, NULL, NULL);
        }
    }
    return status;
}

enum spill_status web_open(const struct web_options *options, struct web **web,
                           struct spill_error *error) {
    struct web *made = NULL;
    enum spill_status status = web_make(options, &made, error);
    if (status != SPILL_OK) {
        return status;
    }
    status = web_serve(made, error);
    if (status == SPILL_OK) {
        status = web_jobs_open(made, error);
        if (status != SPILL_OK) {
            http_server_close(&made->server, NULL, NULL);
        }
    }
    if (status != SPILL_OK) {
        web_free(made);
        return status;
    }
    made->doorbell.data = made->soon.data = made->second.data = made;
    const int async = uv_async_init(options->loop, &made->doorbell, web_on_doorbell);
    SPILL_ASSERT(async == 0);
    (void)uv_timer_init(options->loop, &made->soon);
    (void)uv_timer_init(options->loop, &made->second);
    made->open_handles = WEB_HANDLES;
    (void)uv_timer_start(&made->second, web_on_second, 0, WEB_ALL_MS);
    const struct live_events events = {.on_output = web_on_output,
                                       .on_turn = web_on_turn,
                                       .on_ended = web_on_ended,
                                       .context = made};
    live_listen(options->live, &events);
    *web = made;
    return SPILL_OK;
}

const char *web_address(const struct web *web) {
    return http_server_address(web->server);
}

bool web_loopback(const struct web *web) {
    return http_server_loopback(web->server);
}

/* ---- Closing ---- */

void web_rest(struct web *web) {
    web_jobs_rest(web);
}

static void web_on_handle_closed(uv_handle_t *handle) {
    struct web *const web = handle->data;
    SPILL_ASSERT(web->open_handles > 0);
    web->open_handles--;
    if (web->open_handles == 0) {
        void (*const on_closed)(void *context) = web->on_closed;
        void *const context = web->closed_context;
        web_free(web);
        if (on_closed != NULL) {
            on_closed(context);
        }
    }
}

static void web_on_server_closed(void *context) {
    struct web *const web = context;
    uv_close((uv_handle_t *)&web->doorbell, web_on_handle_closed);
    uv_close((uv_handle_t *)&web->soon, web_on_handle_closed);
    uv_close((uv_handle_t *)&web->second, web_on_handle_closed);
}

void web_close(struct web **web, void (*on_closed)(void *context), void *context) {
    struct web *const closing = *web;
    SPILL_ASSERT(!closing->closing);
    closing->live = NULL; /* One that never started has no last callback. */
    closing->closing = true;
    closing->on_closed = on_closed;
    closing->closed_context = context;
    web_jobs_rest(closing);
    web_jobs_close(closing);
    http_server_close(&closing->server, web_on_server_closed, closing);
    *web = NULL;
}
