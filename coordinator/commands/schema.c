/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "coordinator/commands/command.h"
#include "coordinator/scenario/scenario.h"

static error_t schema_option(int key, char *argument, struct argp_state *state) {
    (void)argument;
    bool *const reference = state->input;
    switch (key) {
    case 'r':
        *reference = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum spill_exit command_schema(int argc, char **argv) {
    bool reference = false;
    const struct argp_option options[] = {
        {"reference", 'r', NULL, 0, command_words(WORDS_SCHEMA_REFERENCE_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = schema_option,
        .doc = command_words(WORDS_COMMAND_SCHEMA),
    };
    command_parse(&argp, argc, argv, &reference);
    fputs(reference ? scenario_reference() : scenario_schema(), stdout);
    return SPILL_EXIT_OK;
}
