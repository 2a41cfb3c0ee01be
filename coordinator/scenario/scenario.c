/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/scenario_parts.h"
#include "coordinator/scenario/scenario_texts.h"

/* ---- Loading ---- */

/* The files of the format, in the order in which their faults are shown. */
static const char *const scenario_files[FILE_COUNT] = {
    [FILE_SCENARIO] = "scenario.yaml",
    [FILE_ASSETS] = "assets.csv",
    [FILE_LINKS] = "links.csv",
    [FILE_TRUST] = "trust.csv",
    [FILE_EDGES] = "edges.csv",
    [FILE_MSEL] = "msel.csv",
    [FILE_TEXTS + LANGUAGE_EN] = "texts/en.yaml",
    [FILE_TEXTS + LANGUAGE_NL] = "texts/nl.yaml",
};

/* Gives each source its bytes, and refuses files that the format does not know: a misspelt name
 * would be passed over. */
static void scenario_take_sources(struct loader *loader) {
    for (unsigned i = 0; i < FILE_COUNT; i++) {
        loader->sources[i] = (struct source){.path = scenario_files[i], .rank = i};
    }
    const size_t file_count = package_file_count(loader->package);
    struct source *const unknown = arena_alloc(&loader->scratch, file_count, sizeof *unknown);
    if (unknown == NULL) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < file_count; i++) {
        const struct package_file file = package_file(loader->package, i);
        struct source *source = NULL;
        struct nearest nearest = nearest_start(file.path);
        for (size_t j = 0; j < FILE_COUNT; j++) {
            source = strcmp(file.path, scenario_files[j]) == 0 ? &loader->sources[j] : source;
            nearest_offer(&nearest, scenario_files[j]);
        }
        if (source != NULL) {
            source->bytes = (const char *)file.bytes;
            source->size_bytes = file.size_bytes;
        } else if (strncmp(file.path, "attachments/", strlen("attachments/")) != 0) {
            char hint[NEAREST_WORDS_BYTES];
            unknown[i] = (struct source){.path = file.path, .rank = FILE_COUNT};
            loader_error(loader, (struct place){&unknown[i], PLACE_WHOLE, 0},
                         "this file is not part of the format%s",
                         nearest_words(&nearest, hint, sizeof hint));
        }
    }
}

/* Nothing of the links outlives loading but what the network copies. */
static void scenario_read_links(struct loader *loader) {
    loader->binder.arena = &loader->scratch;
    loader_read_links(loader);
    loader_read_trust(loader);
    loader_read_edges(loader);
    loader->binder.arena = loader->keep;
}

static bool scenario_no_memory(const struct loader *loader) {
    return loader->binder.memory || loader->keep->failed || loader->scratch.failed ||
           fault_list_failed(loader->faults);
}

/* What was read without memory is not whole, so nothing looks at it. */
static void scenario_read(struct loader *loader) {
    static void (*const steps[])(struct loader *) = {
        scenario_take_sources, loader_read_scenario, loader_read_assets,    scenario_read_links,
        loader_read_msel,      loader_read_texts,    loader_check_mentions, loader_check_world,
        loader_check_tables,   loader_check_layers,  loader_check_script,   loader_check_msel,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && !scenario_no_memory(loader); i++) {
        steps[i](loader);
    }
}

enum spill_status scenario_load(const struct package *package, const char *shown_folder,
                                struct scenario **scenario, struct fault_list **faults) {
    return scenario_load_varied(package, shown_folder, NULL, scenario, faults);
}

enum spill_status scenario_load_varied(const struct package *package, const char *shown_folder,
                                       const struct vary_factors *factors,
                                       struct scenario **scenario, struct fault_list **faults) {
    SPILL_ASSERT(package != NULL);
    SPILL_ASSERT(shown_folder != NULL);
    SPILL_ASSERT(scenario != NULL);
    SPILL_ASSERT(faults != NULL);
    struct scenario *made = spill_alloc(1, sizeof *made);
    struct loader *const loader = spill_alloc(1, sizeof *loader);
    struct fault_list *found = fault_list_create(shown_folder);
    enum spill_status status = SPILL_MEMORY;
    if (made == NULL || loader == NULL || found == NULL) {
        goto fail;
    }
    loader->package = package;
    loader->factors = factors;
    loader->keep = &made->arena;
    loader->faults = found;
    loader->binder =
        (struct binder){.arena = loader->keep, .faults = found, .hash_key = loader->hash_key};
    uint8_t hash[32];
    package_hash(package, hash);
    memcpy(loader->hash_key, hash, sizeof loader->hash_key);
    scenario_read(loader);
    status = scenario_no_memory(loader)     ? SPILL_MEMORY
             : fault_list_errors(found) > 0 ? SPILL_INVALID
                                            : scenario_build(loader, made);
    if (scenario_no_memory(loader)) {
        status = SPILL_MEMORY;
    }
    if (status != SPILL_MEMORY) {
        fault_list_finish(found);
        status = fault_list_failed(found) ? SPILL_MEMORY : status;
    }
    bind_free(&loader->binder);
    arena_free(&loader->scratch);
    if (status != SPILL_OK) {
        goto fail;
    }
    free(loader);
    *scenario = made;
    *faults = found;
    return SPILL_OK;
fail:
    free(loader);
    scenario_free(&made);
    if (status == SPILL_MEMORY) {
        fault_list_destroy(&found);
    } else {
        *faults = found;
    }
    return status;
}

void scenario_free(struct scenario **scenario) {
    SPILL_ASSERT(scenario != NULL);
    struct scenario *const made = *scenario;
    if (made == NULL) {
        return;
    }
    for (size_t i = 0; i < made->inject_count; i++) {
        condition_destroy(&made->injects[i].when);
        condition_destroy(&made->injects[i].expected);
    }
    script_destroy(&made->script);
    network_destroy(&made->network);
    arena_free(&made->arena);
    free(made);
    *scenario = NULL;
}

/* ---- Facts ---- */

const struct network *scenario_network(const struct scenario *scenario) {
    return scenario->network;
}

const struct script *scenario_script(const struct scenario *scenario) {
    return scenario->script;
}

const char *scenario_id(const struct scenario *scenario) {
    return scenario->id;
}

struct text scenario_title(const struct scenario *scenario) {
    return scenario->title;
}

struct text scenario_summary(const struct scenario *scenario) {
    return scenario->summary;
}

struct text scenario_notice(const struct scenario *scenario) {
    return scenario->notice;
}

enum tlp scenario_classification(const struct scenario *scenario) {
    return scenario->classification;
}

const char *scenario_currency(const struct scenario *scenario) {
    return scenario->currency;
}

const char *scenario_starts_at(const struct scenario *scenario) {
    return scenario->starts_at;
}

int64_t scenario_duration_ms(const struct scenario *scenario) {
    return scenario->duration_ms;
}

uint64_t scenario_seed(const struct scenario *scenario) {
    return scenario->seed;
}

int64_t scenario_speed(const struct scenario *scenario) {
    return scenario->speed;
}

struct vary_range scenario_uncertain(const struct scenario *scenario, enum parameter parameter) {
    SPILL_ASSERT((size_t)parameter < PARAMETER_COUNT);
    return scenario->uncertain[parameter];
}

size_t scenario_inject_count(const struct scenario *scenario) {
    return scenario->inject_count;
}

const struct inject *scenario_inject(const struct scenario *scenario, size_t at) {
    SPILL_ASSERT(at < scenario->inject_count);
    return &scenario->injects[at];
}

size_t scenario_objective_count(const struct scenario *scenario) {
    return scenario->objective_count;
}

const struct objective *scenario_objective(const struct scenario *scenario, size_t at) {
    SPILL_ASSERT(at < scenario->objective_count);
    return &scenario->objectives[at];
}

const struct cast *scenario_cast(const struct scenario *scenario, struct cell_ref cell) {
    SPILL_ASSERT(cell.index < script_cell_count(scenario->script));
    return &scenario->casts[cell.index];
}

const struct asset_facts *scenario_asset(const struct scenario *scenario, struct asset_ref asset) {
    SPILL_ASSERT(asset.index < network_asset_count(scenario->network));
    return &scenario->assets[asset.index];
}

struct text scenario_country_name(const struct scenario *scenario, struct country_ref country) {
    SPILL_ASSERT(country.index < network_country_count(scenario->network));
    return scenario->countries[country.index];
}

struct text scenario_sector_name(const struct scenario *scenario, struct sector_ref sector) {
    SPILL_ASSERT(sector.index < network_sector_count(scenario->network));
    return scenario->sectors[sector.index];
}

struct text scenario_campaign_name(const struct scenario *scenario, struct campaign_ref campaign) {
    SPILL_ASSERT(campaign.index < network_campaign_count(scenario->network));
    return scenario->campaigns[campaign.index];
}

struct text scenario_rule_name(const struct scenario *scenario, struct rule_ref rule) {
    SPILL_ASSERT(rule.index < script_rule_count(scenario->script));
    return scenario->rules[rule.index];
}

struct text scenario_order_name(const struct scenario *scenario, struct order_ref order) {
    SPILL_ASSERT(order.index < script_order_count(scenario->script));
    return scenario->orders[order.index];
}

struct text scenario_need_name(const struct scenario *scenario, struct need_ref need) {
    SPILL_ASSERT(need.index < network_need_count(scenario->network));
    return scenario->need_words[scenario->need_words_index[need.index]];
}

/* ---- The format ---- */

const char *scenario_schema(void) {
    return scenario_schema_text;
}

const char *scenario_reference(void) {
    return scenario_reference_text;
}
