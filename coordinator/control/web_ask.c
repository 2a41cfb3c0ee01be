/* SPDX-License-Identifier: Apache-2.0 */
/* What pages and scripts ask for: routes, questions to the model thread, commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/web_parts.h"

const char web_json[] = "application/json; charset=utf-8";

/* ---- Questions ---- */

/* A document that the model thread prints for one request. */
struct web_ask {
    struct web *web;
    struct http_pending *pending;
    enum overview_role role;
    bool why; /* Else the state. */
    struct asset_ref asset;
    enum spill_status status;
    struct writer *writer;
};

static void web_work_ask(struct session *session, uint64_t sequence, void *context) {
    struct web_ask *const ask = context;
    struct overview *const overview = ask->web->overview;
    const char *json = NULL;
    size_t json_bytes = 0;
    overview_mark(overview, sequence);
    if (ask->web->failed) {
        ask->status = SPILL_MEMORY;
        return;
    }
    if (ask->why) {
        overview_print_why(overview, session_exercise(session), ask->asset, ask->writer);
    } else {
        overview_print_state(overview, session_exercise(session), ask->role, ask->writer);
    }
    ask->status = writer_finish(ask->writer, &json, &json_bytes);
}

static void web_on_asked(void *context) {
    struct web_ask *ask = context;
    const char *json = "{\"error\":\"out of memory\"}";
    size_t json_bytes = strlen(json);
    const bool fine =
        ask->status == SPILL_OK && writer_finish(ask->writer, &json, &json_bytes) == SPILL_OK;
    http_pending_answer(&ask->pending, fine ? 200 : 503, web_json, json, json_bytes);
    writer_destroy(&ask->writer);
    free(ask);
}

static void web_ask(struct web *web, struct http_request *request, enum overview_role role,
                    bool why, struct asset_ref asset) {
    struct web_ask *ask = web->live == NULL ? NULL : spill_alloc(1, sizeof *ask);
    if (ask == NULL || writer_create(WEB_DOCUMENT_BYTES_MAX, &ask->writer) != SPILL_OK) {
        free(ask);
        http_answer_error(request, 503,
                          web->live == NULL ? "the exercise is closed" : "out of memory");
        return;
    }
    ask->web = web;
    ask->role = role;
    ask->why = why;
    ask->asset = asset;
    ask->pending = http_later(request);
    if (ask->pending == NULL) {
        writer_destroy(&ask->writer);
        free(ask);
    } else if (live_call(web->live, web_work_ask, web_on_asked, ask) != SPILL_OK) {
        ask->status = SPILL_MEMORY;
        web_on_asked(ask);
    }
}

/* ---- Commands ---- */

struct web_order {
    struct web *web;
    struct http_pending *pending;
};

/* What the exercise called its refusal when it said these words. */
static enum refusal web_refusal_of(struct web *web, const char *words) {
    enum refusal refusal = REFUSAL_NONE;
    uv_mutex_lock(&web->lock);
    const size_t kept =
        web->refusal_count < WEB_REFUSALS_MAX ? web->refusal_count : (size_t)WEB_REFUSALS_MAX;
    for (size_t i = 1; i <= kept && refusal == REFUSAL_NONE; i++) {
        const struct web_refusal *const known =
            &web->refusals[(web->refusal_count - i) % WEB_REFUSALS_MAX];
        refusal = strcmp(known->text, words) == 0 ? known->refusal : REFUSAL_NONE;
    }
    uv_mutex_unlock(&web->lock);
    return refusal;
}

static void web_answer(struct http_pending **pending, unsigned code, uint64_t sequence,
                       const char *refusal, const struct text *text) {
    struct writer *writer = NULL;
    const char *json = "{}";
    size_t json_bytes = 2;
    if (writer_create(WEB_ANSWER_BYTES, &writer) == SPILL_OK) {
        writer_object(writer, NULL);
        writer_truth(writer, "ok", code == 200);
        writer_number(writer, "sequence", (int64_t)sequence);
        if (refusal == NULL) {
            writer_null(writer, "refusal");
        } else {
            writer_text(writer, "refusal", refusal);
        }
        if (text == NULL) {
            writer_null(writer, "words");
        } else {
            writer_object(writer, "words");
            for (int i = 0; i < LANGUAGE_COUNT; i++) {
                writer_text(writer, words_language_code((enum words_language)i), text->in[i]);
            }
            writer_end(writer);
        }
        writer_end(writer);
        (void)!writer_finish(writer, &json, &json_bytes);
    }
    http_pending_answer(pending, code, web_json, json, json_bytes);
    writer_destroy(&writer);
}

/* The words of a refusal in every language; what the exercise said of it is English only. */
static void web_answer_refused(struct http_pending **pending, unsigned code, uint64_t sequence,
                               enum refusal refusal, const char *said) {
    char key_name[SPILL_ID_BYTES_MAX + 1];
    enum words_key key = WORDS_REFUSAL_NONE;
    struct text text = {{said, said}};
    snprintf(key_name, sizeof key_name, "refusal_%s", refusal_name(refusal));
    if (refusal != REFUSAL_NONE && words_find(key_name, &key)) {
        text.in[LANGUAGE_NL] = words(key, WORDS_LANGUAGE_NL);
    }
    web_answer(pending, code, sequence, refusal_name(refusal), &text);
}

static void web_on_reply(enum spill_status status, uint64_t sequence, const char *words_said,
                         void *context) {
    struct web_order *const order = context;
    const char *const said = words_said == NULL ? "" : words_said;
    if (status == SPILL_OK) {
        web_answer(&order->pending, 200, sequence, NULL, NULL);
    } else if (status == SPILL_REFUSED) {
        web_answer_refused(&order->pending, 409, sequence, web_refusal_of(order->web, said), said);
    } else {
        const struct text text = {{said, said}};
        web_answer(&order->pending, 503, sequence, NULL, &text);
    }
    free(order);
}

static void web_control(struct web *web, struct http_request *request) {
    struct spill_error error = {{0}};
    struct web_command *command = NULL;
    size_t body_bytes = 0;
    const char *const body = http_request_body(request, &body_bytes);
    if (web->live == NULL) {
        http_answer_error(request, 503, "the exercise is closed");
        return;
    }
    if (web_command_parse(body, body_bytes, web->options.role, &command, &error) != SPILL_OK) {
        struct http_pending *pending = http_later(request);
        if (pending != NULL) {
            web_answer_refused(&pending, 400, 0, REFUSAL_MALFORMED, error.text);
        }
        return;
    }
    struct web_order *const order = spill_alloc(1, sizeof *order);
    struct http_pending *pending = order == NULL ? NULL : http_later(request);
    if (pending == NULL) {
        if (order == NULL) {
            http_answer_error(request, 503, "out of memory");
        }
        free(order);
    } else {
        *order = (struct web_order){.web = web, .pending = pending};
        const enum spill_status status =
            live_command(web->live, web_command_input(command), web_on_reply, order);
        if (status != SPILL_OK) {
            web_on_reply(status, 0, "too many commands wait", order);
        }
    }
    web_command_free(&command);
}

/* ---- Routes ---- */

static bool web_file(struct web *web, struct http_request *request, const char *path) {
    for (size_t i = 0; i < web->options.file_count; i++) {
        if (strcmp(web->options.files[i].path, path) == 0) {
            http_answer_file(request, &web->options.files[i]);
            return true;
        }
    }
    return false;
}

static bool web_find_asset(struct web *web, struct http_request *request, struct asset_ref *asset) {
    const char *const id = http_request_query(request, "asset");
    if (id == NULL) {
        http_answer_error(request, 400, "which asset? say ?asset=ID");
        return false;
    }
    if (network_find_asset(scenario_network(web->options.scenario), id, asset) != SPILL_OK) {
        http_answer_error(request, 404, "there is no such asset");
        return false;
    }
    return true;
}

static void web_scenario(struct web *web, struct http_request *request, enum overview_role role) {
    struct writer *writer = NULL;
    const char *json = NULL;
    size_t json_bytes = 0;
    enum spill_status status = writer_create(WEB_DOCUMENT_BYTES_MAX, &writer);
    if (status == SPILL_OK) {
        /* What it reads does not change: any thread may. */
        overview_print_scenario(web->overview, role, writer);
        status = writer_finish(writer, &json, &json_bytes);
    }
    if (status == SPILL_OK) {
        http_answer(request, 200, web_json, json, json_bytes);
    } else {
        http_answer_error(request, 503, "out of memory");
    }
    writer_destroy(&writer);
}

enum web_route {
    WEB_SCENARIO,
    WEB_STATE_NOW,
    WEB_EVENTS,
    WEB_WHY_ASSET,
    WEB_BUT_FOR,
    WEB_FORECAST_LAST,
    WEB_FORECAST_NEW,
    WEB_CONTROL,
};

static const struct {
    const char *path;
    bool post;
    bool control_only;
    enum web_route route;
} web_routes[] = {
    {"/api/v1/scenario", false, false, WEB_SCENARIO},
    {"/api/v1/state", false, false, WEB_STATE_NOW},
    {"/api/v1/events", false, false, WEB_EVENTS},
    {"/api/v1/why", false, false, WEB_WHY_ASSET},
    {"/api/v1/but-for", false, true, WEB_BUT_FOR},
    {"/api/v1/forecast", false, false, WEB_FORECAST_LAST},
    {"/api/v1/forecast", true, true, WEB_FORECAST_NEW},
    {"/api/v1/control", true, true, WEB_CONTROL},
};

static void web_route_to(struct web *web, struct http_request *request, enum web_route route,
                         enum overview_role role) {
    struct asset_ref asset = {0};
    const char *forecast = NULL;
    size_t forecast_bytes = 0;
    switch (route) {
    case WEB_SCENARIO:
        web_scenario(web, request, role);
        break;
    case WEB_STATE_NOW:
        web_ask(web, request, role, false, asset);
        break;
    case WEB_EVENTS:
        web_stream_open(web, request, role);
        break;
    case WEB_WHY_ASSET:
        if (web_find_asset(web, request, &asset)) {
            web_ask(web, request, role, true, asset);
        }
        break;
    case WEB_BUT_FOR:
        web_ask_but_for(web, request);
        break;
    case WEB_FORECAST_LAST:
        forecast = web_forecast(web, &forecast_bytes);
        if (forecast == NULL) {
            http_answer_error(request, 404, "there is no forecast yet");
        } else {
            http_answer(request, 200, web_json, forecast, forecast_bytes);
        }
        break;
    case WEB_FORECAST_NEW:
        web_ask_forecast(web, request);
        break;
    case WEB_CONTROL:
        web_control(web, request);
        break;
    }
}

void web_on_request(struct http_request *request, void *context) {
    struct web *const web = context;
    const char *const path = http_request_path(request);
    const bool post = http_request_post(request);
    const int token = http_request_token(request);
    bool known = false;
    for (size_t i = 0; i < sizeof web_routes / sizeof web_routes[0]; i++) {
        if (strcmp(web_routes[i].path, path) != 0) {
            continue;
        }
        known = true;
        if (web_routes[i].post != post) {
            continue;
        }
        if (token == HTTP_NO_TOKEN) {
            http_answer_error(request, 401, "this needs a token");
        } else if (web_routes[i].control_only && token != OVERVIEW_CONTROL) {
            http_answer_error(request, 403, "this token may look on, and no more");
        } else {
            web_route_to(web, request, web_routes[i].route, (enum overview_role)token);
        }
        return;
    }
    if (known || post) {
        http_answer_error(request, 405, "not like that");
        return;
    }
    const char *const name = strcmp(path, "/") == 0          ? "/index.html"
                             : strcmp(path, "/control") == 0 ? "/control.html"
                                                             : path;
    if (!web_file(web, request, name)) {
        http_answer_error(request, 404, "there is nothing here");
    }
}
