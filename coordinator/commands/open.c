/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/open.h"

#include <stdio.h>

#include "coordinator/commands/command.h"

enum { OPEN_FAULT_BYTES = 8192 };

static void open_print_errors(const struct fault_list *faults) {
    char text[OPEN_FAULT_BYTES];
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        const struct fault fault = fault_list_at(faults, i);
        if (fault.severity == FAULT_ERROR) {
            fault_print(&fault, text, sizeof text);
            fputs(text, stderr);
        }
    }
}

enum spill_exit open_scenario(const char *folder, struct package **package,
                              struct scenario **scenario) {
    struct spill_error error = {0};
    struct package *opened = NULL;
    enum spill_status status = package_open(folder, &opened, &error);
    if (status != SPILL_OK) {
        return status == SPILL_NOT_FOUND ? command_fail(SPILL_EXIT_INPUT, "%s", error.text)
                                         : command_fail_status(status, &error);
    }
    struct fault_list *faults = NULL;
    status = scenario_load(opened, folder, scenario, &faults);
    if (status != SPILL_OK) {
        if (faults != NULL) {
            open_print_errors(faults);
        }
        char count[24];
        char line[256];
        snprintf(count, sizeof count, "%zu", faults == NULL ? 0 : fault_list_errors(faults));
        const struct words_value values[] = {{"count", count}, {"scenario", folder}};
        words_fill(line, sizeof line, WORDS_OPEN_FAULTS, command_language(), values, 2);
        fault_list_destroy(&faults);
        package_destroy(&opened);
        return status == SPILL_INVALID ? command_fail(SPILL_EXIT_INPUT, "%s", line)
                                       : command_fail_status(status, NULL);
    }
    fault_list_destroy(&faults);
    *package = opened;
    return SPILL_EXIT_OK;
}
