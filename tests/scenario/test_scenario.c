/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that the scenarios that we ship load, and that what the files say is what the program
 * gets. */
#include "coordinator/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/scenario/sample.h"
#include "tests/support/temporary.h"

static const struct inject *find_inject(const struct scenario *scenario, const char *id) {
    for (size_t i = 0; i < scenario_inject_count(scenario); i++) {
        if (strcmp(scenario_inject(scenario, i)->id, id) == 0) {
            return scenario_inject(scenario, i);
        }
    }
    CHECK_FAIL("no inject '%s'", id);
}

TEST(scenario, tutorial_loads_without_a_fault) {
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(sample_open("tutorial"), SPILL_OK, &faults);
    CHECK_EQ(fault_list_count(faults), 0);
    CHECK_EQ(scenario_id(scenario), "tutorial");
    fault_list_destroy(&faults);
    scenario_free(&scenario);
}

TEST(scenario, flagship_loads) {
    struct scenario *scenario = sample_load(sample_open("amber-tide"), SPILL_OK, NULL);
    CHECK_EQ(scenario_id(scenario), "amber-tide");
    CHECK_LE(8, network_country_count(scenario_network(scenario)));
    CHECK_LE(10, network_sector_count(scenario_network(scenario)));
    CHECK_LE(150, network_asset_count(scenario_network(scenario)));
    CHECK_LE(400, network_link_count(scenario_network(scenario)));
    CHECK_LE(10, script_cell_count(scenario_script(scenario)));
    CHECK_LE(40, scenario_inject_count(scenario));
    scenario_free(&scenario);
}

TEST(scenario, sample_has_no_fault) {
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, &faults);
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        char text[SAMPLE_FAULT_BYTES];
        const struct fault fault = fault_list_at(faults, i);
        fault_print(&fault, text, sizeof text);
        fputs(text, stderr);
    }
    CHECK_EQ(fault_list_count(faults), 0);
    fault_list_destroy(&faults);
    scenario_free(&scenario);
}

TEST(scenario, facts_are_as_the_file_says) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    CHECK_EQ(scenario_id(scenario), "sample");
    CHECK_EQ(scenario_title(scenario).in[LANGUAGE_NL], "Voorbeeld");
    CHECK_EQ(scenario_summary(scenario).in[LANGUAGE_EN], "A summary.");
    CHECK_EQ(scenario_notice(scenario).in[LANGUAGE_EN], "Invented.");
    CHECK_EQ(scenario_classification(scenario), TLP_AMBER);
    CHECK_EQ(scenario_currency(scenario), "EUR");
    CHECK_EQ(scenario_starts_at(scenario), "2026-11-24T09:00 Europe/Amsterdam");
    CHECK_EQ(scenario_duration_ms(scenario), 12 * 3600000);
    CHECK_EQ(scenario_seed(scenario), 7);
    CHECK_EQ(scenario_speed(scenario), 600);
    const struct network *const network = scenario_network(scenario);
    CHECK_EQ(network_asset_count(network), 4);
    CHECK_EQ(network_link_count(network), 7);
    CHECK_EQ(network_trust_count(network), 2);
    CHECK_EQ(network_tick_ms(network), 1000);
    CHECK_EQ(network_horizon_ms(network), 12 * 3600000);
    CHECK_EQ(script_cell_count(scenario_script(scenario)), 2);
    CHECK_EQ(scenario_objective_count(scenario), 1);
    CHECK_EQ(scenario_objective(scenario, 0)->capability.in[LANGUAGE_NL], "Delen");
    CHECK_EQ(scenario_country_name(scenario, (struct country_ref){0}).in[LANGUAGE_EN], "Germany");
    CHECK_EQ(scenario_campaign_name(scenario, (struct campaign_ref){0}).in[LANGUAGE_NL], "Wisser");
    CHECK_EQ(scenario_rule_name(scenario, (struct rule_ref){1}).in[LANGUAGE_NL], "Begin");
    CHECK_EQ(scenario_order_name(scenario, (struct order_ref){0}).in[LANGUAGE_NL], "Bijstand");
    scenario_free(&scenario);
}

TEST(scenario, rows_override_their_kind_and_places_are_exact) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    const struct network *const network = scenario_network(scenario);
    struct asset_ref station;
    CHECK_OK(network_find_asset(network, "nl-station", &station));
    const struct asset_facts *const facts = scenario_asset(scenario, station);
    CHECK_EQ(facts->latitude_e6, -51970000);
    CHECK_EQ(facts->longitude_e6, 5930001);
    CHECK_EQ(facts->place, "Ede");
    CHECK_EQ(facts->kind, "substation");
    CHECK_EQ(network_asset_people(network, station), 118000);
    CHECK_EQ(network_asset_value_per_hour(network, station), 300000);
    struct tag_ref relay;
    struct tag_ref modem;
    CHECK_OK(network_find_tag(network, "relay-suite", &relay));
    CHECK_OK(network_find_tag(network, "turbine-modem", &modem));
    CHECK(network_asset_has_tag(network, station, relay));
    CHECK(!network_asset_has_tag(network, station, modem));
    struct asset_ref control;
    CHECK_OK(network_find_asset(network, "nl-control", &control));
    CHECK(network_asset_has_tag(network, control, modem));
    CHECK_EQ(scenario_asset(scenario, control)->latitude_e6, INT32_MIN);
    CHECK_EQ(scenario_asset(scenario, control)->place, "");
    scenario_free(&scenario);
}

TEST(scenario, needs_and_sectors_have_words) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    const struct network *const network = scenario_network(scenario);
    struct asset_ref pump;
    CHECK_OK(network_find_asset(network, "nl-pump", &pump));
    size_t count = 0;
    const struct need_ref first = network_asset_needs(network, pump, &count);
    CHECK_EQ(count, 3);
    /* electricity, mix, quorum: the program's words for the sector, the scenario's for the id, and
     * for the kind. */
    CHECK_EQ(scenario_need_name(scenario, first).in[LANGUAGE_NL], "elektriciteit");
    CHECK_EQ(scenario_need_name(scenario, (struct need_ref){first.index + 1}).in[LANGUAGE_EN],
             "mix");
    CHECK_EQ(scenario_need_name(scenario, (struct need_ref){first.index + 2}).in[LANGUAGE_EN],
             "control system");
    struct asset_ref station;
    CHECK_OK(network_find_asset(network, "nl-station", &station));
    const struct need_ref second = network_asset_needs(network, station, &count);
    CHECK_EQ(network_need_id(network, (struct need_ref){second.index + 2}), "feed");
    CHECK_EQ(scenario_need_name(scenario, (struct need_ref){second.index + 2}).in[LANGUAGE_NL],
             "voeding");
    struct sector_ref windmills;
    CHECK_OK(network_find_sector(network, "windmills", &windmills));
    CHECK_EQ(scenario_sector_name(scenario, windmills).in[LANGUAGE_NL], "windmolens");
    scenario_free(&scenario);
}

TEST(scenario, injects_are_as_the_list_says) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    const struct script *const script = scenario_script(scenario);
    const struct inject *const dark = find_inject(scenario, "2-dark");
    CHECK_EQ(dark->storyline, "blackout");
    CHECK_EQ(dark->incident, "now");
    CHECK_EQ(dark->type, INJECT_TASK);
    CHECK_EQ(dark->category, CATEGORY_EXPECTED_ACTION);
    CHECK_EQ(dark->at_ms, SPILL_NEVER);
    CHECK_EQ(condition_text(dark->when), "people_without(electricity, nl) > 50000");
    CHECK_EQ(dark->hold_ms, 300000);
    CHECK_EQ(dark->expires_ms, 7200000);
    CHECK_EQ(dark->to_count, 2);
    CHECK_EQ(script_cell_id(script, dark->to[0]), "grid"); /* In the order of the list. */
    CHECK_EQ(script_cell_id(script, dark->to[1]), "csirt");
    CHECK_EQ(dark->releasable_count, 2);
    CHECK_EQ(dark->channel, "alarm");
    CHECK_EQ(dark->tlp, TLP_AMBER);
    CHECK_EQ(dark->controller, "power");
    CHECK(dark->proposed);
    CHECK_EQ(dark->unattended, UNATTENDED_PASS);
    CHECK_EQ(dark->unattended_ms, 300000);
    CHECK(dark->acknowledge);
    CHECK_EQ(dark->due_ms, 45 * 60000);
    CHECK_EQ(condition_text(dark->expected), "ordered(shed, grid) >= 1");
    CHECK_EQ(dark->objective_count, 1);
    CHECK_EQ(scenario_objective(scenario, dark->objectives[0])->id, "share");
    CHECK_EQ(network_asset_id(scenario_network(scenario), dark->place), "nl-station");
    CHECK_EQ(dark->title.in[LANGUAGE_NL], "Donker");
    CHECK_EQ(dark->body.in[LANGUAGE_EN], "It is dark.");
    CHECK_EQ(dark->from.in[LANGUAGE_NL], "Net");
    CHECK_EQ(dark->controller_notes.in[LANGUAGE_EN], "Wait.");
    CHECK_EQ(dark->expected_text.in[LANGUAGE_NL], "Afschakelen.");
    scenario_free(&scenario);
}

TEST(scenario, empty_fields_take_their_defaults) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    const struct inject *const maybe = find_inject(scenario, "4-maybe");
    CHECK_EQ(maybe->at_ms, SPILL_NEVER);
    CHECK_EQ(maybe->expires_ms, SPILL_NEVER);
    CHECK_EQ(maybe->due_ms, SPILL_NEVER);
    CHECK_EQ(maybe->hold_ms, 0);
    CHECK(maybe->when == NULL);
    CHECK(maybe->expected == NULL);
    CHECK(!maybe->proposed);
    CHECK_EQ(maybe->unattended, UNATTENDED_HOLD);
    CHECK_EQ(maybe->place.index, NETWORK_NO_INDEX);
    CHECK_EQ(maybe->incident, "");
    CHECK_EQ(maybe->expected_text.in[LANGUAGE_EN], "");
    const struct inject *const welcome = find_inject(scenario, "1-welcome");
    CHECK_EQ(welcome->at_ms, 0);
    CHECK_EQ(welcome->category, CATEGORY_CONTEXTUAL);
    CHECK_EQ(welcome->to_count, 2); /* `*` */
    scenario_free(&scenario);
}

TEST(scenario, options_keep_their_order_and_are_expected_in_every_language) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    const struct inject *const choose = find_inject(scenario, "3-choose");
    CHECK_EQ(choose->option_count, 2);
    CHECK_EQ(choose->options[0].id, "act");
    CHECK_EQ(choose->options[0].text.in[LANGUAGE_NL], "Doe");
    CHECK(choose->options[0].expected);
    CHECK_EQ(choose->options[1].id, "wait");
    CHECK(!choose->options[1].expected);
    scenario_free(&scenario);
}

TEST(scenario, cells_are_as_the_file_says) {
    struct scenario *scenario = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    const struct script *const script = scenario_script(scenario);
    struct cell_ref csirt;
    struct cell_ref grid;
    CHECK_OK(script_find_cell(script, "csirt", &csirt));
    CHECK_OK(script_find_cell(script, "grid", &grid));
    const struct cast *const cast = scenario_cast(scenario, csirt);
    CHECK_EQ(cast->id, "csirt");
    CHECK_EQ(cast->role.in[LANGUAGE_NL], "Coördineert");
    CHECK_EQ(cast->language, LANGUAGE_NL);
    CHECK_EQ(cast->clearance, TLP_AMBER_STRICT);
    CHECK(!cast->fictional);
    CHECK_EQ(cast->answers_after.kind, LAW_UNIFORM);
    CHECK_EQ(cast->answers_after.b_ms, 600000);
    CHECK(scenario_cast(scenario, grid)->fictional);
    CHECK_EQ(scenario_cast(scenario, grid)->clearance, TLP_AMBER);
    CHECK_EQ(script_cell_reporting_delay_ms(script, csirt), 600000);
    CHECK_EQ(script_escalation(script), 2);
    scenario_free(&scenario);
}

/* ---- Order ---- */

/* The rows of a table behind its header, the other way round; freed by the caller. */
static char *reversed(const char *text) {
    const size_t bytes = strlen(text);
    char *const made = spill_alloc(bytes + 1, 1);
    CHECK(made != NULL);
    const size_t header = (size_t)(strchr(text, '\n') - text) + 1;
    memcpy(made, text, header);
    size_t at = header;
    size_t end = bytes;
    while (end > header) {
        size_t start = end - 1;
        while (text[start - 1] != '\n') {
            start--;
        }
        memcpy(made + at, text + start, end - start);
        at += end - start;
        end = start;
    }
    return made;
}

static struct package *package_reversed(void) {
    struct package_file files[SAMPLE_FILES];
    char *made[SAMPLE_FILES] = {NULL};
    for (size_t i = 0; i < SAMPLE_FILES; i++) {
        files[i] = sample_files[i];
        if (strstr(files[i].path, ".csv") != NULL) {
            made[i] = reversed((const char *)files[i].bytes);
            files[i].bytes = (const uint8_t *)made[i];
        }
    }
    struct package *package = NULL;
    CHECK_OK(package_create(files, SAMPLE_FILES, &package, NULL));
    for (size_t i = 0; i < SAMPLE_FILES; i++) {
        free(made[i]);
    }
    return package;
}

/* The digest after some hours of a trajectory in which much happens. */
static void trajectory(const struct network *network, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    struct cascade *cascade = NULL;
    CHECK_OK(
        cascade_create(network, &(struct cascade_options){.seed = 5, .digests = true}, &cascade));
    struct campaign_ref wiper;
    CHECK_OK(network_find_campaign(network, "wiper", &wiper));
    CHECK_OK(cascade_act(cascade, 0,
                         &(struct action){.kind = ACTION_CAMPAIGN_START,
                                          .campaign = wiper,
                                          .root_kind = "effect",
                                          .root_id = "x"}));
    while (cascade_next_ms(cascade) <= 6 * 3600000) {
        cascade_step(cascade);
    }
    cascade_digest(cascade, digest);
    cascade_destroy(&cascade);
}

TEST(scenario, order_of_rows_changes_nothing) {
    struct scenario *one = sample_load(sample_package(NULL, NULL, NULL), SPILL_OK, NULL);
    struct scenario *other = sample_load(package_reversed(), SPILL_OK, NULL);
    uint8_t digest[CASCADE_DIGEST_BYTES];
    uint8_t other_digest[CASCADE_DIGEST_BYTES];
    trajectory(scenario_network(one), digest);
    trajectory(scenario_network(other), other_digest);
    CHECK_BYTES(digest, sizeof digest, other_digest, sizeof other_digest);
    CHECK_EQ(scenario_inject_count(one), scenario_inject_count(other));
    for (size_t i = 0; i < scenario_inject_count(one); i++) {
        const struct inject *const a = scenario_inject(one, i);
        const struct inject *const b = scenario_inject(other, i);
        CHECK_EQ(a->id, b->id);
        CHECK_EQ(a->body.in[LANGUAGE_EN], b->body.in[LANGUAGE_EN]);
        CHECK_EQ(a->place.index, b->place.index);
        CHECK_EQ(a->to[0].index, b->to[0].index);
    }
    for (uint32_t i = 0; i < network_asset_count(scenario_network(one)); i++) {
        CHECK_EQ(scenario_asset(one, (struct asset_ref){i})->name.in[LANGUAGE_EN],
                 scenario_asset(other, (struct asset_ref){i})->name.in[LANGUAGE_EN]);
    }
    scenario_free(&one);
    scenario_free(&other);
}

/* The file with a byte order mark and the line ends of another house; freed by the caller. */
static char *from_elsewhere(const char *text) {
    char *const made = spill_alloc(2 * strlen(text) + 4, 1);
    CHECK(made != NULL);
    strcpy(made, "\xEF\xBB\xBF");
    size_t bytes = 3;
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            made[bytes++] = '\r';
        }
        made[bytes++] = *text;
    }
    return made;
}

TEST(scenario, byte_order_marks_and_other_line_ends_change_nothing) {
    struct package_file files[SAMPLE_FILES];
    char *made[SAMPLE_FILES];
    for (size_t i = 0; i < SAMPLE_FILES; i++) {
        made[i] = from_elsewhere((const char *)sample_files[i].bytes);
        files[i] =
            (struct package_file){sample_files[i].path, (const uint8_t *)made[i], strlen(made[i])};
    }
    struct package *package = NULL;
    CHECK_OK(package_create(files, SAMPLE_FILES, &package, NULL));
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(package, SPILL_OK, &faults);
    CHECK_EQ(fault_list_count(faults), 0);
    CHECK_EQ(find_inject(scenario, "2-dark")->body.in[LANGUAGE_EN], "It is dark.");
    CHECK_EQ(find_inject(scenario, "3-choose")->options[1].text.in[LANGUAGE_NL], "Wacht");
    fault_list_destroy(&faults);
    scenario_free(&scenario);
    for (size_t i = 0; i < SAMPLE_FILES; i++) {
        free(made[i]);
    }
}

/* ---- What is written about the format ---- */

static char *read_source(const char *path) {
    char full[SAMPLE_PATH_BYTES];
    snprintf(full, sizeof full, "%s/%s", getenv("SPILL_SOURCE"), path);
    size_t bytes = 0;
    return temporary_read(full, &bytes);
}

TEST(scenario, reference_is_the_tables_of_the_loader) {
    char *const text = read_source("scenarios/README.md");
    static const char mark[] = "a test compares. -->\n\n";
    const char *const at = strstr(text, mark);
    CHECK(at != NULL);
    if (strcmp(at + strlen(mark), scenario_reference()) != 0) {
        CHECK_FAIL("scenarios/README.md is not what `spillover schema --reference` prints");
    }
    free(text);
}

TEST(scenario, committed_schema_is_the_programs) {
    char *const text = read_source("coordinator/scenario/scenario.schema.json");
    if (strcmp(text, scenario_schema()) != 0) {
        CHECK_FAIL(
            "coordinator/scenario/scenario.schema.json is not what `spillover schema` prints");
    }
    free(text);
}

/* Takes the files of the example out of the reference: a line `name`, then a fenced block. */
static size_t example_files(char *text, struct package_file *files, size_t file_max) {
    size_t count = 0;
    for (char *at = strstr(text, "\n`"); at != NULL && count < file_max; at = strstr(at, "\n`")) {
        char *const path = at + 2;
        char *const path_end = strstr(path, "`\n\n```");
        char *const line_end = strchr(path, '\n');
        if (path_end == NULL || path_end > line_end) {
            at = path;
            continue;
        }
        char *const bytes = strchr(path_end + 3, '\n') + 1;
        char *const end = strstr(bytes, "\n```");
        CHECK(end != NULL);
        *path_end = '\0';
        files[count] =
            (struct package_file){path, (const uint8_t *)bytes, (size_t)(end + 1 - bytes)};
        count++;
        at = end + 1;
    }
    return count;
}

TEST(scenario, example_of_the_reference_loads) {
    char *const text = read_source("scenarios/README.md");
    struct package_file files[8];
    const size_t count = example_files(text, files, 8);
    CHECK_EQ(count, 6);
    struct package *package = NULL;
    CHECK_OK(package_create(files, count, &package, NULL));
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(package, SPILL_OK, &faults);
    CHECK_EQ(fault_list_count(faults), 0);
    CHECK_EQ(scenario_id(scenario), "smallest");
    fault_list_destroy(&faults);
    scenario_free(&scenario);
    free(text);
}

/* ---- Memory ---- */

TEST(scenario, failing_allocations_are_reported_and_leave_nothing) {
    struct package *package = sample_package(NULL, NULL, NULL);
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct scenario *scenario = NULL;
        struct fault_list *faults = NULL;
        spill_alloc_fail_after(after, false);
        status = scenario_load(package, "", &scenario, &faults);
        spill_alloc_fail_after(-1, false);
        CHECK((status == SPILL_OK) == (scenario != NULL));
        CHECK((status == SPILL_MEMORY) == (faults == NULL));
        CHECK(status == SPILL_OK || status == SPILL_MEMORY);
        scenario_free(&scenario);
        fault_list_destroy(&faults);
    }
    package_destroy(&package);
}
