/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coordinate_web: the pages of `spillover coordinate`: where they are served, who gets in, and what
 * they are told of the nodes. Belongs to the loop's thread.
 */
#ifndef COORDINATE_WEB_H
#define COORDINATE_WEB_H

#include "coordinator/control/hub.h"
#include "coordinator/control/web.h"
#include "coordinator/control/web_secrets.h"

struct coordinate_web_options {
    uv_loop_t *loop;
    struct live *live;
    struct hub *hub;
    const struct scenario *scenario;
    const char *record_path;
    const char *address; /* NULL: where they were served before, else a free port of loopback. */
    const char *team;
    bool resumed;
    int64_t starts_us; /* web_starts_us */
};

struct coordinate_web {
    struct web *web;
    struct hub *hub;
    struct web_secrets secrets;
};

/* Opens the web, and keeps its address and tokens beside the recording. Statuses as web_open and
 * web_secrets_open. */
SPILL_CHECKED enum spill_status coordinate_web_open(const struct coordinate_web_options *options,
                                                    struct coordinate_web *web,
                                                    struct spill_error *error);
/* Tells people where to look, with the tokens, on standard error. */
void coordinate_web_tell(const struct coordinate_web *web);
/* The same as JSON for a program: `"web": …, "tokens": …`. */
void coordinate_web_print(const struct coordinate_web *web, char *text, size_t text_bytes);

#endif
