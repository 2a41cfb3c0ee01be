/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that the scenarios that we ship load as they are written. */
#include "coordinator/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

enum { TEST_PATH_BYTES = 1024, TEST_FAULT_BYTES = 4096 };

static struct package *test_open(const char *folder) {
    char path[TEST_PATH_BYTES];
    snprintf(path, sizeof path, "%s/scenarios/%s", getenv("SPILL_SOURCE"), folder);
    struct package *package = NULL;
    CHECK_OK(package_open(path, &package, NULL));
    return package;
}

static struct scenario *test_load(const char *folder) {
    struct package *package = test_open(folder);
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    const enum spill_status status = scenario_load(package, folder, &scenario, &faults);
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        char text[TEST_FAULT_BYTES];
        const struct fault fault = fault_list_at(faults, i);
        fault_print(&fault, text, sizeof text);
        fputs(text, stderr);
    }
    CHECK_EQ(status, SPILL_OK);
    CHECK_EQ(fault_list_count(faults), 0);
    fault_list_destroy(&faults);
    package_destroy(&package);
    return scenario;
}

TEST(scenario, tutorial_loads_without_a_fault) {
    struct scenario *scenario = test_load("tutorial");
    CHECK_EQ(scenario_id(scenario), "tutorial");
    CHECK_EQ(network_asset_count(scenario_network(scenario)), 10);
    CHECK_EQ(network_link_count(scenario_network(scenario)), 10);
    CHECK_EQ(network_trust_count(scenario_network(scenario)), 1);
    CHECK_EQ(script_cell_count(scenario_script(scenario)), 2);
    CHECK_EQ(scenario_inject_count(scenario), 6);
    scenario_free(&scenario);
}
