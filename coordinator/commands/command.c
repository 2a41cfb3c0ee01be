/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/command.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/terminal.h"

enum { COMMAND_NAME_BYTES = 64, COMMAND_LINE_BYTES = 1024 };

static const struct command {
    const char *name;
    enum words_key summary;
    const char *example;
    enum spill_exit (*run)(int argc, char **argv);
} command_table[] = {
#define COMMAND_ROW(name, summary, example) {#name, summary, example, command_##name},
    COMMAND_MAP(COMMAND_ROW)
#undef COMMAND_ROW
};
enum { COMMAND_COUNT = sizeof command_table / sizeof command_table[0] };

static volatile sig_atomic_t command_interrupt_came;

static void command_on_interrupt(int number) {
    (void)number;
    command_interrupt_came = 1;
}

void command_watch_interrupt(void) {
    struct sigaction action = {.sa_handler = command_on_interrupt};
    sigemptyset(&action.sa_mask);
    /* Reset: the second one has its usual effect. */
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool command_interrupted(void) {
    return command_interrupt_came != 0;
}

enum spill_exit command_fail(enum spill_exit code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    terminal_progress_end();
    fflush(stdout);
    fputs("spillover: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return code;
}

enum spill_exit command_fail_status(enum spill_status status, const struct spill_error *error) {
    SPILL_ASSERT(status != SPILL_OK);
    const bool has_words = error != NULL && error->text[0] != '\0';
    return command_fail(spill_exit_of(status), "%s",
                        has_words ? error->text : words_of_status(status, command_language()));
}

enum words_language command_language(void) {
    /* The order in which POSIX looks; the first that is set decides, also when we have no words in
     * it. */
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    enum words_language language = WORDS_LANGUAGE_EN;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *const locale = getenv(variables[i]);
        if (locale != NULL && locale[0] != '\0') {
            return words_language_find(locale, &language) ? language : WORDS_LANGUAGE_EN;
        }
    }
    return language;
}

const char *command_words(enum words_key key) {
    return words(key, command_language());
}

void command_parse(const struct argp *argp, int argc, char **argv, void *input) {
    argp_err_exit_status = SPILL_EXIT_USAGE;
    const error_t failed = argp_parse(argp, argc, argv, 0, NULL, input);
    if (failed != 0) {
        exit(command_fail(SPILL_EXIT_INTERNAL, "%s", strerror(failed)));
    }
}

const char *command_nearest(const char *name) {
    SPILL_ASSERT(name != NULL);
    const char *nearest = NULL;
    size_t nearest_distance = 3; /* Further away is another word. */
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const size_t distance = spill_edit_distance(name, command_table[i].name);
        if (distance < nearest_distance && distance < strlen(command_table[i].name)) {
            nearest = command_table[i].name;
            nearest_distance = distance;
        }
    }
    return nearest;
}

static enum spill_exit command_unknown(const char *name) {
    char shown[COMMAND_NAME_BYTES];
    snprintf(shown, sizeof shown, "%s", name);
    spill_utf8_trim(shown);
    const char *const nearest = command_nearest(shown);
    const struct words_value values[] = {{"name", shown}, {"nearest", nearest}};
    char line[COMMAND_LINE_BYTES];
    words_fill(line, sizeof line,
               nearest != NULL ? WORDS_UNKNOWN_COMMAND_NEAREST : WORDS_UNKNOWN_COMMAND,
               command_language(), values, 2);
    return command_fail(SPILL_EXIT_USAGE, "%s", line);
}

static void command_help(FILE *file) {
    fprintf(file, "%s\n%s\n\n%s\n", command_words(WORDS_HELP_TITLE),
            command_words(WORDS_HELP_USAGE), command_words(WORDS_HELP_COMMANDS));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(file, "  %-10s  %s\n", command_table[i].name,
                command_words(command_table[i].summary));
    }
    fprintf(file, "\n%s\n", command_words(WORDS_HELP_EXAMPLES));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(file, "  %s\n", command_table[i].example);
    }
    fprintf(file, "\n%s\n", command_words(WORDS_HELP_MORE));
}

static enum spill_exit command_run_named(int argc, char **argv) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[0], command_table[i].name) == 0) {
            char name[COMMAND_NAME_BYTES];
            snprintf(name, sizeof name, "spillover %s", argv[0]);
            argv[0] = name;
            return command_table[i].run(argc, argv);
        }
    }
    return command_unknown(argv[0]);
}

static enum spill_exit command_dispatch(int argc, char **argv) {
    if (argc < 2) {
        command_help(stderr);
        return SPILL_EXIT_USAGE;
    }
    const bool help = strcmp(argv[1], "help") == 0;
    if (help && argc > 2) {
        char option[] = "--help";
        char *arguments[] = {argv[2], option, NULL};
        return command_run_named(2, arguments);
    }
    if (help || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        command_help(stdout);
        return SPILL_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        char name[] = "version";
        char *arguments[] = {name, NULL};
        return command_run_named(1, arguments);
    }
    return command_run_named(argc - 1, argv + 1);
}

enum spill_exit command_main(int argc, char **argv) {
    const enum spill_exit code = command_dispatch(argc, argv);
    /* A full disk behind a pipe shows itself here at the latest. */
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == SPILL_EXIT_OK) {
        return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s: %s",
                            command_words(WORDS_ERROR_CANNOT_WRITE_OUTPUT), strerror(errno));
    }
    return code;
}
