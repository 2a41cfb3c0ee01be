/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/version.h"

#include <stdio.h>

#include "coordinator/commands/command.h"

const char *version_number(void) {
    return SPILL_VERSION;
}

const char *version_commit(void) {
    return SPILL_COMMIT;
}

static error_t version_option(int key, char *argument, struct argp_state *state) {
    (void)argument;
    bool *const json = state->input;
    switch (key) {
    case 'j':
        *json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum spill_exit command_version(int argc, char **argv) {
    bool json = false;
    const struct argp_option options[] = {
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = version_option,
        .doc = command_words(WORDS_COMMAND_VERSION),
    };
    command_parse(&argp, argc, argv, &json);
    if (json) {
        printf("{\"schema\": \"spillover-version-1\", \"version\": \"%s\", \"model_revision\": %d, "
               "\"commit\": \"%s\"}\n",
               version_number(), SPILL_MODEL_REVISION, version_commit());
        return SPILL_EXIT_OK;
    }
    char revision[16];
    char line[256];
    snprintf(revision, sizeof revision, "%d", SPILL_MODEL_REVISION);
    const struct words_value values[] = {
        {"version", version_number()}, {"revision", revision}, {"commit", version_commit()}};
    words_fill(line, sizeof line, WORDS_VERSION_LINE, command_language(), values, 3);
    puts(line);
    return SPILL_EXIT_OK;
}
