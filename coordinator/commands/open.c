/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/open.h"

#include <stdio.h>
#include <string.h>

#include "coordinator/commands/command.h"

enum { OPEN_FAULT_BYTES = 8192, OPEN_TEAMS_BYTES = 1024 };

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

/* Whether an earlier cell has a policy of the same name. */
static bool open_team_is_named(const struct script *script, uint32_t cells, const char *team) {
    for (uint32_t i = 0; i < cells; i++) {
        const struct cell_ref cell = {i};
        for (size_t j = 0; j < script_cell_policy_count(script, cell); j++) {
            if (strcmp(script_cell_policy_id(script, cell, j), team) == 0) {
                return true;
            }
        }
    }
    return false;
}

enum spill_exit open_team(const struct scenario *scenario, const char *team) {
    const struct script *const script = scenario_script(scenario);
    if (script_has_team(script, team)) {
        return SPILL_EXIT_OK;
    }
    static const char passive[] = "passive";
    char teams[OPEN_TEAMS_BYTES];
    size_t bytes = (size_t)snprintf(teams, sizeof teams, "%s", passive);
    for (uint32_t i = 0; i < script_cell_count(script); i++) {
        const struct cell_ref cell = {i};
        for (size_t j = 0; j < script_cell_policy_count(script, cell); j++) {
            const char *const id = script_cell_policy_id(script, cell, j);
            if (strcmp(id, passive) != 0 && !open_team_is_named(script, i, id) &&
                bytes < sizeof teams) {
                bytes += (size_t)snprintf(teams + bytes, sizeof teams - bytes, ", %s", id);
            }
        }
    }
    char line[2 * OPEN_TEAMS_BYTES];
    const struct words_value values[] = {{"team", team}, {"teams", teams}};
    words_fill(line, sizeof line, WORDS_OPEN_TEAM, command_language(), values, 2);
    return command_fail(SPILL_EXIT_USAGE, "%s", line);
}

const char *open_default_team(const struct scenario *scenario) {
    static const char doctrine[] = "doctrine";
    return script_has_team(scenario_script(scenario), doctrine) ? doctrine : "passive";
}

enum spill_exit open_time(enum words_key beyond, const char *option, int64_t time_ms,
                          int64_t end_ms) {
    if (time_ms <= end_ms) {
        return SPILL_EXIT_OK;
    }
    char line[OPEN_TEAMS_BYTES];
    char times[2][SPILL_DURATION_TEXT_BYTES];
    const struct words_value values[] = {{"option", option},
                                         {"time", spill_time_print(time_ms, times[0])},
                                         {"end", spill_time_print(end_ms, times[1])}};
    words_fill(line, sizeof line, beyond, command_language(), values, 3);
    return command_fail(SPILL_EXIT_USAGE, "%s", line);
}
