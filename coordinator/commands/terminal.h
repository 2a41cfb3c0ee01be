/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal: what the program may do on the terminal that it may be running on.
 *
 * Tells whether there is one, how wide it is and whether it shows colours, and keeps one line of
 * progress on standard error. Called by main's thread only. In a pipe or a file it prints nothing.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdio.h>

#include "proto/vocabulary.h"

/* Whether this stream is a terminal. */
bool terminal_is(FILE *stream);

/* Whether to colour what goes to this stream: a terminal, TERM not "dumb", NO_COLOR not set. */
bool terminal_colours(FILE *stream);

enum { TERMINAL_COLUMNS_DEFAULT = 80, TERMINAL_COLUMNS_MIN = 20, TERMINAL_COLUMNS_MAX = 500 };

/* Columns of the stream's terminal, then COLUMNS, then the default; within the bounds above. */
int terminal_columns(FILE *stream);

/* Bytes at the start of text, whole characters, that take at most `columns` columns; counts a
 * character as one column. */
size_t terminal_fit(const char *text, int columns);

/* Replaces the progress line, cut to the width; at most ten times a second, so call it as often as
 * is handy. Does nothing when standard error is no terminal. Reads the monotonic clock. */
void terminal_progress(const char *format, ...) SPILL_PRINTF(1, 2);

/* Clears the progress line, before anything else is printed. Does nothing when there is none. */
void terminal_progress_end(void);

#endif
