/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { TERMINAL_LINE_BYTES = 2048 };

#define TERMINAL_PROGRESS_EVERY_MS INT64_C(100)

static bool terminal_progress_shown;
static int64_t terminal_progress_at_ms = INT64_MIN / 2;

bool terminal_is(FILE *stream) {
    return isatty(fileno(stream)) == 1;
}

bool terminal_colours(FILE *stream) {
    const char *const no_color = getenv("NO_COLOR");
    const char *const term = getenv("TERM");
    return terminal_is(stream) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

int terminal_columns(FILE *stream) {
    struct winsize size = {0};
    long columns = 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0) {
        columns = size.ws_col;
    }
    const char *const variable = getenv("COLUMNS");
    if (columns == 0 && variable != NULL) {
        columns = strtol(variable, NULL, 10);
    }
    if (columns <= 0) {
        return TERMINAL_COLUMNS_DEFAULT;
    }
    return columns < TERMINAL_COLUMNS_MIN   ? TERMINAL_COLUMNS_MIN
           : columns > TERMINAL_COLUMNS_MAX ? TERMINAL_COLUMNS_MAX
                                            : (int)columns;
}

size_t terminal_fit(const char *text, int columns) {
    SPILL_ASSERT(text != NULL);
    SPILL_ASSERT(columns >= 0);
    size_t at = 0;
    for (int column = 0; column < columns && text[at] != '\0'; column++) {
        do {
            at++;
        } while (((unsigned char)text[at] & 0xC0) == 0x80);
    }
    return at;
}

static int64_t terminal_now_ms(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void terminal_progress(const char *format, ...) {
    SPILL_ASSERT(format != NULL);
    const int64_t now_ms = terminal_now_ms();
    if (now_ms - terminal_progress_at_ms < TERMINAL_PROGRESS_EVERY_MS || !terminal_is(stderr)) {
        return;
    }
    terminal_progress_at_ms = now_ms;
    char line[TERMINAL_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    /* One column stays free: a full line would wrap, and only its last row could be replaced. */
    const size_t line_bytes = terminal_fit(line, terminal_columns(stderr) - 1);
    fprintf(stderr, "\r%.*s\033[K", (int)line_bytes, line);
    fflush(stderr);
    terminal_progress_shown = true;
}

void terminal_progress_end(void) {
    if (terminal_progress_shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        terminal_progress_shown = false;
        terminal_progress_at_ms = INT64_MIN / 2;
    }
}
