/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover why: the chain of causes behind an asset's state, from a recording.
 */
#include "coordinator/control/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/open.h"
#include "coordinator/commands/terminal.h"
#include "coordinator/commands/why_but_for.h"
#include "coordinator/control/replay.h"

enum { WHY_WORDS_BYTES = 512 };

struct why_arguments {
    const char *file;
    const char *asset;
    const char *but_for; /* NULL: the chain of causes. */
    int64_t at_ms;       /* SPILL_NEVER: as far as it is recorded. */
    enum words_language language;
    bool json;
};

static error_t why_option(int key, char *argument, struct argp_state *state) {
    struct why_arguments *const arguments = state->input;
    switch (key) {
    case 'a':
        if (spill_time_parse(argument, &arguments->at_ms) != SPILL_OK) {
            argp_error(state, "%s: %s", command_words(WORDS_REPLAY_BAD_TIME), argument);
        }
        return 0;
    case 'l':
        if (!words_language_find(argument, &arguments->language)) {
            argp_error(state, "%s: %s", command_words(WORDS_WHY_BAD_LANGUAGE), argument);
        }
        return 0;
    case 'b':
        arguments->but_for = argument;
        return 0;
    case 'j':
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) {
            argp_usage(state);
        }
        *(state->arg_num == 0 ? &arguments->file : &arguments->asset) = argument;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void why_on_progress(uint64_t done, uint64_t total, void *context) {
    (void)context;
    terminal_progress("%d %%", total > 0 ? (int)(100 * done / total) : 100);
}

static enum spill_status why_read(struct replay *replay, struct why *why,
                                  struct spill_error *error) {
    struct replay_walk *walk = NULL;
    struct replay_event event;
    enum spill_status status = replay_walk_open(replay, INT64_MIN, &walk);
    while (status == SPILL_OK) {
        status = replay_walk_next(walk, &event, error);
        if (status == SPILL_OK && event.output != NULL) {
            status = why_take(why, event.output);
            if (status != SPILL_OK) {
                spill_fail(error, status, "%s", spill_status_words(status));
            }
        }
    }
    replay_walk_close(&walk);
    return status == SPILL_NOT_FOUND ? SPILL_OK : status;
}

static enum spill_exit why_unknown(const struct why_arguments *arguments,
                                   const struct scenario *scenario) {
    const char *nearest[WHY_NEAREST_MAX];
    char line[WHY_WORDS_BYTES];
    char names[WHY_WORDS_BYTES / 2] = "";
    const size_t count = why_nearest(scenario, arguments->asset, nearest);
    for (size_t i = 0; i < count; i++) {
        const size_t bytes = strlen(names);
        snprintf(names + bytes, sizeof names - bytes, "%s%s", i > 0 ? ", " : "", nearest[i]);
    }
    const struct words_value values[] = {{"name", arguments->asset}, {"nearest", names}};
    words_fill(line, sizeof line, count > 0 ? WORDS_WHY_UNKNOWN_NEAREST : WORDS_WHY_UNKNOWN,
               arguments->language, values, 2);
    return command_fail(SPILL_EXIT_INPUT, "%s", line);
}

static int why_width(void) {
    const int columns = terminal_columns(stdout);
    return columns < WHY_COLUMNS ? columns : WHY_COLUMNS;
}

/* What only the model itself knows at that moment; a recording of another revision does without. */
static void why_print_moment(struct replay *replay, const struct why *why,
                             const struct why_chain *chain, const struct why_arguments *arguments) {
    struct exercise *exercise = NULL;
    if (replay_to(replay, chain->asked_ms, NULL, NULL, &exercise, NULL) == SPILL_OK) {
        terminal_progress_end();
        why_print_now(why, world_cascade(exercise_world(exercise)), chain->asset,
                      arguments->language, why_width(), stdout);
    }
    exercise_destroy(&exercise);
}

static void why_answer(struct replay *replay, const struct why *why, struct asset_ref asset,
                       const struct why_arguments *arguments) {
    struct recording_summary summary;
    struct why_chain *const chain = spill_alloc(1, sizeof *chain);
    SPILL_ASSERT(chain != NULL);
    recording_summary(replay_recording(replay), &summary);
    why_explain(why, asset,
                arguments->at_ms != SPILL_NEVER ? arguments->at_ms : summary.exercise_ms, chain);
    terminal_progress_end();
    if (arguments->json) {
        why_print_json(why, chain, stdout);
        putchar('\n');
    } else {
        why_print(why, chain, arguments->language, why_width(), stdout);
        why_print_moment(replay, why, chain, arguments);
    }
    free(chain);
}

/* The same exercise without one root. */
static enum spill_exit why_compare(struct replay *replay, struct asset_ref asset,
                                   const struct why_arguments *arguments) {
    struct recording_summary summary;
    struct spill_error error = {{0}};
    struct but_for *but_for = NULL;
    recording_summary(replay_recording(replay), &summary);
    const enum spill_status status = but_for_run(
        replay, arguments->but_for,
        arguments->at_ms != SPILL_NEVER ? arguments->at_ms : summary.exercise_ms, &but_for, &error);
    terminal_progress_end();
    if (status == SPILL_NOT_FOUND || status == SPILL_INVALID) {
        return command_fail(SPILL_EXIT_INPUT, "%s", error.text);
    }
    if (status != SPILL_OK) {
        return command_fail_status(status, &error);
    }
    if (arguments->json) {
        why_but_for_print_json(but_for, asset, stdout);
    } else {
        why_but_for_print(but_for, asset, arguments->language, why_width(), stdout);
    }
    but_for_destroy(&but_for);
    return SPILL_EXIT_OK;
}

static enum spill_exit why_run(const struct why_arguments *arguments) {
    const struct replay_options options = {.any_revision = arguments->but_for == NULL,
                                           .on_progress = why_on_progress};
    struct spill_error error = {{0}};
    struct replay *replay = NULL;
    struct why *why = NULL;
    struct asset_ref asset = {0};
    enum spill_exit code = SPILL_EXIT_OK;
    enum spill_status status = replay_open(arguments->file, &options, &replay, &error);
    if (status == SPILL_OK && arguments->but_for == NULL &&
        !recording_meta(replay_recording(replay))->causes) {
        status = spill_fail(&error, SPILL_INVALID, "%s",
                            words(WORDS_WHY_NO_CAUSES, arguments->language));
    }
    if (status == SPILL_OK) {
        status = why_create(replay_scenario(replay), &why);
    }
    if (status == SPILL_OK && arguments->at_ms != SPILL_NEVER) {
        struct recording_summary summary;
        recording_summary(replay_recording(replay), &summary);
        code =
            open_time(WORDS_OPEN_BEYOND_RECORDING, "--at", arguments->at_ms, summary.exercise_ms);
    }
    if (status != SPILL_OK) {
        code = command_fail_status(status, &error);
    } else if (code != SPILL_EXIT_OK) {
        ; /* Said already. */
    } else if (why_find(replay_scenario(replay), arguments->asset, &asset) != SPILL_OK) {
        code = why_unknown(arguments, replay_scenario(replay));
    } else if (arguments->but_for != NULL) {
        code = why_compare(replay, asset, arguments);
    } else {
        status = why_read(replay, why, &error);
        if (status == SPILL_OK) {
            why_answer(replay, why, asset, arguments);
        } else {
            code = command_fail_status(status, &error);
        }
    }
    why_destroy(&why);
    replay_close(&replay);
    return code;
}

enum spill_exit command_why(int argc, char **argv) {
    struct why_arguments arguments = {.at_ms = SPILL_NEVER, .language = command_language()};
    const struct argp_option options[] = {
        {"at", 'a', "T", 0, command_words(WORDS_WHY_AT_OPTION), 0},
        {"language", 'l', "en|nl", 0, command_words(WORDS_WHY_LANGUAGE_OPTION), 0},
        {"but-for", 'b', "ROOT", 0, command_words(WORDS_WHY_BUT_FOR_OPTION), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = why_option,
        .args_doc = command_words(WORDS_WHY_ARGUMENTS),
        .doc = command_words(WORDS_COMMAND_WHY),
    };
    command_parse(&argp, argc, argv, &arguments);
    return why_run(&arguments);
}
