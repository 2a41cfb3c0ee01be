/* SPDX-License-Identifier: Apache-2.0 */
/* The document of what does not change during play. */
#include "coordinator/control/overview_parts.h"

#include <stdio.h>
#include <string.h>

enum { OVERVIEW_LOCAL_BYTES = 64 };

static void overview_print_start(const struct overview *overview, struct writer *writer) {
    const char *const starts_at = scenario_starts_at(overview->scenario);
    char local[OVERVIEW_LOCAL_BYTES];
    const char *const space = strchr(starts_at, ' ');
    SPILL_ASSERT(space != NULL);
    snprintf(local, sizeof local, "%.*s", (int)(space - starts_at), starts_at);
    writer_object(writer, "starts_at");
    writer_text(writer, "local", local);
    writer_text(writer, "zone", space + 1);
    writer_number(writer, "utc_us", overview->starts_utc_us);
    writer_end(writer);
}

/* Everybody who lives there gets each sector's service from one asset: the sector that serves the
 * most people serves them all. */
static int64_t overview_people(const int64_t *people, size_t sector_count) {
    int64_t most = 0;
    for (size_t i = 0; i < sector_count; i++) {
        most = people[i] > most ? people[i] : most;
    }
    return most;
}

static void overview_print_countries(const struct overview *overview, struct writer *writer) {
    int64_t people[SPILL_COUNTRIES_MAX][SPILL_SECTORS_MAX] = {{0}};
    for (uint32_t i = 0; i < overview->asset_count; i++) {
        const struct asset_ref asset = {i};
        people[network_asset_country(overview->network, asset).index]
              [network_asset_sector(overview->network, asset).index] +=
            network_asset_people(overview->network, asset);
    }
    writer_array(writer, "countries");
    for (uint32_t i = 0; i < overview->country_count; i++) {
        const struct country_ref country = {i};
        writer_object(writer, NULL);
        writer_text(writer, "id", network_country_id(overview->network, country));
        overview_print_text(writer, "name", scenario_country_name(overview->scenario, country));
        writer_number(writer, "people", overview_people(people[i], overview->sector_count));
        writer_end(writer);
    }
    writer_end(writer);
    writer_array(writer, "sectors");
    for (uint32_t i = 0; i < overview->sector_count; i++) {
        const struct sector_ref sector = {i};
        writer_object(writer, NULL);
        writer_text(writer, "id", network_sector_id(overview->network, sector));
        overview_print_text(writer, "name", scenario_sector_name(overview->scenario, sector));
        writer_end(writer);
    }
    writer_end(writer);
}

static void overview_print_place(const struct asset_facts *facts, struct writer *writer) {
    if (facts->latitude_e6 == INT32_MIN) {
        writer_null(writer, "longitude");
        writer_null(writer, "latitude");
    } else {
        writer_millionths(writer, "longitude", facts->longitude_e6);
        writer_millionths(writer, "latitude", facts->latitude_e6);
    }
}

static void overview_print_facts(const struct overview *overview, struct asset_ref asset,
                                 struct writer *writer) {
    const struct network *const network = overview->network;
    const struct asset_facts *const facts = scenario_asset(overview->scenario, asset);
    writer_object(writer, NULL);
    writer_text(writer, "id", network_asset_id(network, asset));
    overview_print_text(writer, "name", facts->name);
    writer_number(writer, "country", network_asset_country(network, asset).index);
    writer_number(writer, "sector", network_asset_sector(network, asset).index);
    writer_text(writer, "place", facts->place != NULL ? facts->place : "");
    overview_print_place(facts, writer);
    writer_number(writer, "people", network_asset_people(network, asset));
    writer_array(writer, "tags");
    for (size_t i = 0; i < network_asset_tag_count(network, asset); i++) {
        writer_text(writer, NULL, network_tag_id(network, network_asset_tag(network, asset, i)));
    }
    writer_end(writer);
    writer_array(writer, "needs");
    size_t need_count = 0;
    const struct need_ref first = network_asset_needs(network, asset, &need_count);
    for (uint32_t i = 0; i < need_count; i++) {
        const struct need_ref need = {first.index + i};
        writer_object(writer, NULL);
        writer_text(writer, "id", network_need_id(network, need));
        writer_number(writer, "backups", (int64_t)network_need_backup_count(network, need));
        writer_end(writer);
    }
    writer_end(writer);
    writer_end(writer);
}

static void overview_print_links(const struct overview *overview, struct writer *writer) {
    const struct network *const network = overview->network;
    writer_array(writer, "links");
    for (uint32_t i = 0; i < network_link_count(network); i++) {
        const struct link_ref link = {i};
        const struct need_ref need = network_link_need(network, link);
        writer_object(writer, NULL);
        writer_number(writer, "from", network_link_supplier(network, link).index);
        writer_number(writer, "to", network_need_asset(network, need).index);
        writer_text(writer, "need", network_need_id(network, need));
        writer_end(writer);
    }
    writer_end(writer);
}

static void overview_print_cast(const struct overview *overview, struct writer *writer) {
    writer_array(writer, "cells");
    for (uint32_t i = 0; i < overview->cell_count; i++) {
        const struct cell_ref cell = {i};
        const struct cast *const cast = scenario_cast(overview->scenario, cell);
        const struct country_ref country = script_cell_country(overview->script, cell);
        writer_object(writer, NULL);
        writer_text(writer, "id", cast->id);
        overview_print_text(writer, "name", cast->name);
        if (country.index == NETWORK_NO_INDEX) {
            writer_null(writer, "country");
        } else {
            writer_text(writer, "country", network_country_id(overview->network, country));
        }
        writer_text(writer, "clearance", overview_tlp(cast->clearance));
        writer_text(writer, "phone", ""); /* The format has no column for it. */
        writer_truth(writer, "robot", script_cell_policy_count(overview->script, cell) > 0);
        writer_end(writer);
    }
    writer_end(writer);
}

void overview_print_scenario(const struct overview *overview, enum overview_role role,
                             struct writer *writer) {
    const struct scenario *const scenario = overview->scenario;
    writer_object(writer, NULL);
    writer_number(writer, "version", 1);
    writer_text(writer, "id", scenario_id(scenario));
    overview_print_text(writer, "title", scenario_title(scenario));
    writer_array(writer, "languages");
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        writer_text(writer, NULL, words_language_code((enum words_language)i));
    }
    writer_end(writer);
    writer_text(writer, "tlp", overview_tlp(scenario_classification(scenario)));
    overview_print_start(overview, writer);
    writer_number(writer, "tick_ms", network_tick_ms(overview->network));
    writer_number(writer, "ends_ms", scenario_duration_ms(scenario));
    overview_print_countries(overview, writer);
    writer_array(writer, "assets");
    for (uint32_t i = 0; i < overview->asset_count; i++) {
        overview_print_facts(overview, (struct asset_ref){i}, writer);
    }
    writer_end(writer);
    overview_print_links(overview, writer);
    overview_print_cast(overview, writer);
    writer_object(writer, "roles");
    writer_truth(writer, "control", role == OVERVIEW_CONTROL);
    writer_end(writer);
    writer_end(writer);
}
