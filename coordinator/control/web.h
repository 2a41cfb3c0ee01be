/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web: the control interface of a live exercise: pages, and the documents and commands behind them
 * (coordinator/pages/src/api.ts, openapi.json), over HTTP.
 *
 * A web listens to the live. On the model thread it keeps an overview and prints what changed, at
 * most ten times a second; on the loop's thread it serves. Between the two goes one queue, so that
 * a page gets a state and then every change since, in order, none twice. A page that cannot keep up
 * gets a new state when it can. Forecasts and "but for" run on a thread of their own.
 *
 * Everything here is called on the loop's thread. A web is opened before its live is started, is
 * told to rest before the live is closed, and is closed after the live has ended.
 */
#ifndef SPILL_WEB_H
#define SPILL_WEB_H

#include "coordinator/control/live.h"
#include "coordinator/control/overview.h"
#include "proto/http/http.h"

enum {
    WEB_DELTA_MS = 100, /* Between two deltas, at least … */
    WEB_ALL_MS = 1000,  /* … and two looks at everything. */
    WEB_STREAMS_MAX = 1024,
    WEB_QUEUE_MAX = 64, /* Documents on their way to the loop; then changes wait. */
    WEB_DOCUMENT_BYTES_MAX = 256 << 20,
    WEB_FORECAST_REPLICAS = 1000,
    WEB_JOBS_MAX = 8, /* Forecasts and "but for" that wait. */
};

struct web_options {
    uv_loop_t *loop;
    struct live *live; /* Kept until the web is closed. */
    const struct scenario *scenario;
    const char *address;     /* "127.0.0.1:0" */
    const char *record_path; /* For "but for", and to take in what was recorded; NULL: none. */
    bool resumed;            /* The recording holds outputs already. */
    int64_t starts_us;       /* web_starts_us */
    const char *role;        /* In whose name commands are given: "exdir". */
    const char *team;        /* By which policies robots act in a forecast. */
    int forecast_threads;    /* 0: as many as there are. */
    const char *tokens[OVERVIEW_ROLE_COUNT]; /* Of each role; copied. */
    const struct http_file *files;           /* The pages; kept. */
    size_t file_count;
    /* How it stands with a cell's node; NULL: nothing is known. */
    void (*seat)(struct cell_ref cell, struct overview_seat *seat, void *context);
    void *context;
};

struct web;

/* SPILL_UNAVAILABLE: the address cannot be bound; SPILL_INVALID: it is none, or a token is. */
SPILL_CHECKED enum spill_status web_open(const struct web_options *options, struct web **web,
                                         struct spill_error *error);
/* The live is about to be closed: no more forecasts; one that runs is stopped and waited for. */
void web_rest(struct web *web);
/* After the live's on_ended. Ends every stream; on_closed, when nothing of it is left. */
void web_close(struct web **web, void (*on_closed)(void *context), void *context);
const char *web_address(const struct web *web);
bool web_loopback(const struct web *web);

/* When a scenario begins by the wall clock, in microseconds since 1970; 0 when this machine does
 * not know its time zone. It asks the C library, whose time zone is the process's: call it before
 * there are threads. */
int64_t web_starts_us(const struct scenario *scenario);

/* ---- Commands as JSON: pure, for web and its tests ---- */

struct web_command;
/* Reads api.ts's Command. SPILL_INVALID: error says what is wrong, in English. */
SPILL_CHECKED enum spill_status web_command_parse(const char *json, size_t json_bytes,
                                                  const char *role, struct web_command **command,
                                                  struct spill_error *error);
void web_command_free(struct web_command **command);
/* Borrowed from the command. */
const struct input *web_command_input(const struct web_command *command);

#endif
