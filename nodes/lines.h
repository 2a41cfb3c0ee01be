/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines: a cell's exercise as lines of text, for people at a terminal or behind a pipe: what the
 * node received, one line each, and what people type.
 *
 * It shows what the station shows, that is what is durable, and keeps a list of it with numbers to
 * type; the texts themselves stay in the inbox. What people do becomes inputs of the station. Text
 * from elsewhere cannot steer the terminal. After a restart the list is as it was, from the inbox.
 *
 * It belongs to the loop's thread, and allocates when created. More than LINES_ITEMS_MAX items are
 * counted and not listed.
 */
#ifndef SPILL_LINES_H
#define SPILL_LINES_H

#include <stdio.h>

#include "nodes/station.h"
#include "proto/words.h"

enum {
    LINES_ITEMS_MAX = 32768, /* Injects, mails and answers that can be listed. */
    LINES_ASSETS_MAX = 65535,
    LINES_ORDERS_MAX = 1024, /* Entries of the menu. */
    LINES_NAME_BYTES = 96,
};

struct lines_options {
    struct inbox *inbox; /* Kept until the lines are destroyed. */
    const char *cell;    /* Likewise. */
    enum words_language language;
    FILE *stream; /* Where to show; kept. */
    bool colours;
    int columns;
};

struct lines;

/* Reads from the inbox what was done before. SPILL_CORRUPT: something that was sent is no input. */
SPILL_CHECKED enum spill_status lines_create(const struct lines_options *options,
                                             struct lines **lines, struct spill_error *error);
void lines_destroy(struct lines **lines);

/* A message, for station_events. */
void lines_show(struct lines *lines, const struct station_message *message);
void lines_show_link(struct lines *lines, enum station_link link, enum frame_reason reason);
/* Words for people, in a line of their own. */
void lines_tell(struct lines *lines, enum words_key key);

/* Does what a line says. False: they want to leave. */
bool lines_take(struct lines *lines, const char *line, struct station *station);

#endif
