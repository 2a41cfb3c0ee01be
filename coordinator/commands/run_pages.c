/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/run_pages.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/terminal.h"

extern char **environ;

static void pages_address(const json_t *ready, const char *page, const char *role, char *address) {
    const char *const web = json_string_value(json_object_get(ready, "web"));
    const char *const token =
        json_string_value(json_object_get(json_object_get(ready, "tokens"), role));
    address[0] = '\0';
    if (web != NULL && token != NULL &&
        snprintf(address, RUN_PAGES_BYTES, "%s%s#token=%s", web, page, token) >= RUN_PAGES_BYTES) {
        address[0] = '\0';
    }
}

void run_pages_read(const json_t *ready, struct run_pages *pages) {
    pages_address(ready, "/control", "control", pages->control);
    pages_address(ready, "/", "observer", pages->situation);
}

static bool pages_set(const char *variable) {
    const char *const value = getenv(variable);
    return value != NULL && value[0] != '\0';
}

/* By whatever the desktop opens addresses with. It outlives this program; nobody waits for it. */
static void pages_open(const char *address) {
    char program[] = "xdg-open";
    char argument[RUN_PAGES_BYTES];
    snprintf(argument, sizeof argument, "%s", address);
    char *const arguments[] = {program, argument, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return;
    }
    if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, 0, 1) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, 0, 2) == 0) {
        /* Where there is none, the addresses on the terminal do. */
        (void)posix_spawnp(&child, program, &actions, NULL, arguments, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
}

static void pages_print(enum words_key key, const char *address) {
    char line[2 * RUN_PAGES_BYTES];
    const struct words_value values[] = {{"address", address}};
    words_fill(line, sizeof line, key, command_language(), values, 1);
    puts(line);
}

void run_pages_tell(const struct run_pages *pages, const struct run_arguments *arguments) {
    if (arguments->json || arguments->quiet || pages->control[0] == '\0' ||
        pages->situation[0] == '\0') {
        return;
    }
    terminal_progress_end();
    pages_print(WORDS_RUN_PAGE_CONTROL, pages->control);
    pages_print(WORDS_RUN_PAGE_SITUATION, pages->situation);
    putchar('\n');
    fflush(stdout);
    /* At full speed the exercise is over before anybody has looked. */
    if (arguments->browser && arguments->speed > 0 && terminal_is(stdout) &&
        (pages_set("DISPLAY") || pages_set("WAYLAND_DISPLAY"))) {
        pages_open(pages->control);
    }
}
