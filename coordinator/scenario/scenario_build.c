/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "coordinator/scenario/scenario_parts.h"
#include "proto/words.h"

/* ---- Texts ---- */

/* Where one language is missing the other stands in; where both are, there is no text. */
static struct text scenario_text(struct text text) {
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        for (size_t j = 0; j < LANGUAGE_COUNT && text.in[i] == NULL; j++) {
            text.in[i] = text.in[j];
        }
        if (text.in[i] == NULL) {
            text.in[i] = "";
        }
    }
    return text;
}

static struct text scenario_program_words(enum words_key key) {
    return (struct text){{[LANGUAGE_EN] = words(key, WORDS_LANGUAGE_EN),
                          [LANGUAGE_NL] = words(key, WORDS_LANGUAGE_NL)}};
}

/* The program's own words for a sector, or the id itself. */
static struct text scenario_sector_words(const char *id) {
    char name[SPILL_ID_BYTES_MAX + 16];
    snprintf(name, sizeof name, "sector_%s", id);
    enum words_key key;
    return words_find(name, &key) ? scenario_program_words(key) : (struct text){{id, id}};
}

/* ---- The network's specification ---- */

/* Arrays of a network's specification. */
struct scenario_network {
    struct country_spec *countries;
    struct sector_spec *sectors;
    struct pool_spec *pools;
    struct tag_spec *tags;
    struct surge_spec *surges;
    struct need_spec *needs;
    size_t need_count;
    struct campaign_spec *campaigns;
    struct push_spec **pushes; /* Of each campaign. */
    struct layer_spec *layers;
};

static void scenario_spec_kinds(struct loader *loader, struct scenario_network *made) {
    const struct source_scenario *const file = &loader->file;
    for (size_t i = 0; i < file->country_count; i++) {
        made->countries[i] =
            (struct country_spec){file->countries[i].at.id, file->countries[i].trust_ppm};
    }
    for (size_t i = 0; i < file->sector_count; i++) {
        made->sectors[i] = (struct sector_spec){file->sectors[i].at.id};
    }
    for (size_t i = 0; i < file->pool_count; i++) {
        made->pools[i] =
            (struct pool_spec){file->pools[i].at.id, file->pools[i].country, file->pools[i].crews};
    }
    for (size_t i = 0; i < file->tag_count; i++) {
        made->tags[i] =
            (struct tag_spec){file->tags[i].at.id, file->tags[i].patch, file->tags[i].patch_shared};
    }
    for (size_t i = 0; i < file->surge_count; i++) {
        made->surges[i] = file->surges[i].spec;
        made->surges[i].id = file->surges[i].at.id;
    }
    for (size_t i = 0; i < file->layer_count; i++) {
        made->layers[i] = file->layers[i].spec;
        made->layers[i].id = file->layers[i].at.id;
        made->layers[i].to_group = file->layers[i].to == REACH_GROUP;
    }
}

/* Gives every asset the needs of its kind. */
static void scenario_spec_needs(struct loader *loader, struct scenario_network *made) {
    for (size_t i = 0; i < loader->asset_count; i++) {
        const struct source_kind *const kind = &loader->file.kinds[loader->assets[i].kind];
        for (size_t j = 0; j < kind->need_count; j++) {
            struct need_spec *const need = &made->needs[made->need_count];
            *need = kind->needs[j].spec;
            need->asset = loader->asset_specs[i].id;
            need->id = kind->needs[j].at.id;
            made->need_count++;
        }
    }
}

/* Backups of each kind's needs, once for all assets of the kind. */
static bool scenario_spec_backups(struct loader *loader) {
    for (size_t i = 0; i < loader->file.kind_count; i++) {
        struct source_kind *const kind = &loader->file.kinds[i];
        for (size_t j = 0; j < kind->need_count; j++) {
            struct source_need *const need = &kind->needs[j];
            struct backup_spec *const backups =
                arena_alloc(&loader->scratch, need->backup_count, sizeof *backups);
            if (backups == NULL) {
                return false;
            }
            for (size_t k = 0; k < need->backup_count; k++) {
                backups[k] = need->backups[k].spec;
                backups[k].id = need->backups[k].at.id;
            }
            need->varied_backups = backups;
            need->spec.backups = backups;
            need->spec.backup_count = need->backup_count;
        }
    }
    return true;
}

static bool scenario_spec_campaigns(struct loader *loader, struct scenario_network *made) {
    const struct source_scenario *const file = &loader->file;
    for (size_t i = 0; i < file->campaign_count; i++) {
        const struct source_campaign *const source = &file->campaigns[i];
        struct campaign_spec *const campaign = &made->campaigns[i];
        struct push_spec *const pushes =
            arena_alloc(&loader->scratch, source->push_count, sizeof *pushes);
        if (pushes == NULL) {
            return false;
        }
        for (size_t j = 0; j < source->push_count; j++) {
            pushes[j] = source->pushes[j].spec;
        }
        const uint32_t trigger = yaml_find(&loader->yaml, source->at.node, "trigger");
        const uint32_t payload = yaml_find(&loader->yaml, source->at.node, "payload");
        *campaign = source->spec;
        campaign->id = source->at.id;
        made->pushes[i] = pushes;
        campaign->pushes = pushes;
        campaign->push_count = source->push_count;
        campaign->trigger_common = yaml_find(&loader->yaml, trigger, "at") != YAML_NONE;
        campaign->trigger_at_ms = source->trigger.at_ms;
        campaign->trigger_delay = source->trigger.after;
        campaign->takes_health = yaml_find(&loader->yaml, payload, "health") != YAML_NONE;
        campaign->health_ppm = source->payload.health_ppm;
        campaign->takes_control = source->payload.control;
    }
    return true;
}

static size_t scenario_need_total(const struct loader *loader) {
    size_t count = 0;
    for (size_t i = 0; i < loader->asset_count; i++) {
        count += loader->file.kinds[loader->assets[i].kind].need_count;
    }
    return count;
}

static int64_t *scenario_quantiles(size_t count, void *context) {
    struct arena *const arena = context;
    return arena_alloc(arena, count, sizeof(int64_t));
}

/* Every number that a factor is for, in the arrays that the network is about to be made of. */
static enum spill_status scenario_vary(struct loader *loader, struct scenario_network *made) {
    const struct vary_factors *const factors = loader->factors;
    struct source_scenario *const file = &loader->file;
    const struct vary_spec spec = {
        .assets = loader->asset_specs,
        .asset_count = loader->asset_count,
        .links = loader->links,
        .link_count = loader->link_count,
        .campaigns = made->campaigns,
        .campaign_count = file->campaign_count,
        .tags = made->tags,
        .tag_count = file->tag_count,
    };
    enum spill_status status = vary_apply(factors, &spec, scenario_quantiles, &loader->scratch);
    for (size_t i = 0; i < file->campaign_count && status == SPILL_OK; i++) {
        const struct vary_spec pushes = {.pushes = made->pushes[i],
                                         .push_count = file->campaigns[i].push_count};
        status = vary_apply(factors, &pushes, scenario_quantiles, &loader->scratch);
    }
    for (size_t i = 0; i < file->kind_count && status == SPILL_OK; i++) {
        for (size_t j = 0; j < file->kinds[i].need_count && status == SPILL_OK; j++) {
            const struct source_need *const need = &file->kinds[i].needs[j];
            const struct vary_spec backups = {.backups = need->varied_backups,
                                              .backup_count = need->backup_count};
            status = vary_apply(factors, &backups, scenario_quantiles, &loader->scratch);
        }
    }
    return status;
}

static enum spill_status scenario_build_network(struct loader *loader, struct scenario *scenario) {
    const struct source_scenario *const file = &loader->file;
    struct arena *const scratch = &loader->scratch;
    struct scenario_network made = {
        .countries = arena_alloc(scratch, file->country_count, sizeof *made.countries),
        .sectors = arena_alloc(scratch, file->sector_count, sizeof *made.sectors),
        .pools = arena_alloc(scratch, file->pool_count, sizeof *made.pools),
        .tags = arena_alloc(scratch, file->tag_count, sizeof *made.tags),
        .surges = arena_alloc(scratch, file->surge_count, sizeof *made.surges),
        .needs = arena_alloc(scratch, scenario_need_total(loader), sizeof *made.needs),
        .campaigns = arena_alloc(scratch, file->campaign_count, sizeof *made.campaigns),
        .pushes = arena_alloc(scratch, file->campaign_count, sizeof(struct push_spec *)),
        .layers = arena_alloc(scratch, file->layer_count, sizeof *made.layers),
    };
    if (scratch->failed || !scenario_spec_backups(loader) ||
        !scenario_spec_campaigns(loader, &made)) {
        return SPILL_MEMORY;
    }
    scenario_spec_kinds(loader, &made);
    scenario_spec_needs(loader, &made);
    if (loader->factors != NULL && scenario_vary(loader, &made) != SPILL_OK) {
        return SPILL_MEMORY;
    }
    const struct network_spec spec = {
        .tick_ms = file->tick_ms,
        .dwell_ms = file->dwell_ms,
        .horizon_ms = file->duration_ms,
        .information = file->information,
        .countries = made.countries,
        .country_count = file->country_count,
        .sectors = made.sectors,
        .sector_count = file->sector_count,
        .pools = made.pools,
        .pool_count = file->pool_count,
        .tags = made.tags,
        .tag_count = file->tag_count,
        .surges = made.surges,
        .surge_count = file->surge_count,
        .assets = loader->asset_specs,
        .asset_count = loader->asset_count,
        .needs = made.needs,
        .need_count = made.need_count,
        .links = loader->links,
        .link_count = loader->link_count,
        .trusts = loader->trusts,
        .trust_count = loader->trust_count,
        .campaigns = made.campaigns,
        .campaign_count = file->campaign_count,
        .layers = made.layers,
        .layer_count = file->layer_count,
        .edges = loader->edges,
        .edge_count = loader->edge_count,
    };
    struct spill_error error = {{0}};
    const enum spill_status status = network_create(&spec, &scenario->network, &error);
    if (status != SPILL_OK && status != SPILL_MEMORY) {
        /* Never on input that passed the checks; if it does, its words are better than none. */
        loader_error(loader, (struct place){&loader->sources[FILE_SCENARIO], PLACE_WHOLE, 0}, "%s",
                     error.text);
        return SPILL_INVALID;
    }
    return status;
}

/* ---- The script's specification ---- */

static struct effect_spec *scenario_effects(struct arena *arena,
                                            const struct source_effect *effects, size_t count) {
    struct effect_spec *const specs = arena_alloc(arena, count, sizeof *specs);
    for (size_t i = 0; specs != NULL && i < count; i++) {
        specs[i] = effects[i].spec;
    }
    return specs;
}

static struct policy_spec *scenario_policies(struct loader *loader,
                                             const struct source_cell *cell) {
    struct policy_spec *const policies =
        arena_alloc(&loader->scratch, cell->policy_count, sizeof *policies);
    for (size_t i = 0; policies != NULL && i < cell->policy_count; i++) {
        const struct source_policy *const source = &cell->policies[i];
        struct policy_rule_spec *const rules =
            arena_alloc(&loader->scratch, source->rule_count, sizeof *rules);
        if (rules == NULL) {
            return NULL;
        }
        for (size_t j = 0; j < source->rule_count; j++) {
            rules[j] = source->rules[j].spec;
            rules[j].id = source->rules[j].at.id;
            rules[j].each = yaml_find(&loader->yaml, source->rules[j].at.node, "each") != YAML_NONE;
            rules[j].where = source->rules[j].each.where;
            rules[j].state = source->rules[j].each.state;
        }
        policies[i] = (struct policy_spec){source->at.id, rules, source->rule_count};
    }
    return policies;
}

static bool scenario_spec_cell(struct loader *loader, const struct source_cell *source,
                               struct cell_spec *cell) {
    struct arena *const scratch = &loader->scratch;
    struct filter_spec *const sees = arena_alloc(scratch, source->sees_count, sizeof *sees);
    struct authority_spec *const authority =
        arena_alloc(scratch, source->authority_count, sizeof *authority);
    const struct policy_spec *const policies = scenario_policies(loader, source);
    if (sees == NULL || authority == NULL || policies == NULL) {
        return false;
    }
    for (size_t i = 0; i < source->sees_count; i++) {
        sees[i] = source->sees[i].spec;
    }
    for (size_t i = 0; i < source->authority_count; i++) {
        authority[i] =
            (struct authority_spec){source->authority[i].order, source->authority[i].where};
    }
    *cell = (struct cell_spec){
        .id = source->at.id,
        .country = source->country,
        .sees = sees,
        .sees_count = source->sees_count,
        .reporting_delay_ms = source->reporting_delay_ms,
        .authority = authority,
        .authority_count = source->authority_count,
        .policies = policies,
        .policy_count = source->policy_count,
    };
    return true;
}

static bool scenario_spec_script(struct loader *loader, struct script_spec *spec) {
    const struct source_scenario *const file = &loader->file;
    struct arena *const scratch = &loader->scratch;
    struct rule_spec *const rules = arena_alloc(scratch, file->rule_count, sizeof *rules);
    struct order_spec *const orders = arena_alloc(scratch, file->order_count, sizeof *orders);
    struct cell_spec *const cells = arena_alloc(scratch, file->cell_count, sizeof *cells);
    const char **const injects = arena_alloc(scratch, loader->inject_count, sizeof *injects);
    if (scratch->failed) {
        return false;
    }
    for (size_t i = 0; i < file->rule_count; i++) {
        rules[i] = file->rules[i].spec;
        rules[i].id = file->rules[i].at.id;
        rules[i].effects =
            scenario_effects(scratch, file->rules[i].effects, file->rules[i].effect_count);
        rules[i].effect_count = file->rules[i].effect_count;
    }
    for (size_t i = 0; i < file->order_count; i++) {
        orders[i] = file->orders[i].spec;
        orders[i].id = file->orders[i].at.id;
        orders[i].effects =
            scenario_effects(scratch, file->orders[i].effects, file->orders[i].effect_count);
        orders[i].effect_count = file->orders[i].effect_count;
    }
    for (size_t i = 0; i < file->cell_count; i++) {
        if (!scenario_spec_cell(loader, &file->cells[i], &cells[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < loader->inject_count; i++) {
        injects[i] = loader->injects[i].row.inject.id;
    }
    *spec = (struct script_spec){
        .rules = rules,
        .rule_count = file->rule_count,
        .orders = orders,
        .order_count = file->order_count,
        .cells = cells,
        .cell_count = file->cell_count,
        .escalation = file->escalation,
        .injects = injects,
        .inject_count = loader->inject_count,
    };
    return !scratch->failed;
}

/* Where a text of the specification stands in the file: by its address, which only one value has.
 */
static bool scenario_find_mention(const struct loader *loader, const char *text,
                                  const struct mention **found) {
    for (size_t i = 0; i < loader->binder.mention_count; i++) {
        if (loader->binder.mentions[i].text == text) {
            *found = &loader->binder.mentions[i];
            return true;
        }
    }
    return false;
}

static struct place scenario_fault_place(const struct loader *loader,
                                         const struct script_fault *fault) {
    const struct mention *mention = NULL;
    if (fault->text != NULL && scenario_find_mention(loader, fault->text, &mention)) {
        return origin_place_within(&mention->origin, mention->offset_bytes + fault->offset_bytes,
                                   fault->length_bytes);
    }
    for (uint32_t i = 1; fault->text != NULL && i < loader->yaml.node_count; i++) {
        if (loader->yaml.nodes[i].text == fault->text) {
            return yaml_place(&loader->yaml, i);
        }
    }
    return (struct place){&loader->sources[FILE_SCENARIO], PLACE_WHOLE, 0};
}

static void scenario_tell_fault(const struct script_fault *fault, void *context) {
    struct loader *const loader = context;
    loader_error(loader, scenario_fault_place(loader, fault), "%s", fault->error.text);
}

static enum spill_status scenario_build_script(struct loader *loader, struct scenario *scenario) {
    struct script_spec spec;
    if (!scenario_spec_script(loader, &spec)) {
        return SPILL_MEMORY;
    }
    return script_create_reporting(&spec, scenario->network, &scenario->script, scenario_tell_fault,
                                   loader);
}

/* ---- What people see ---- */

static bool scenario_build_names(struct loader *loader, struct scenario *scenario) {
    const struct source_scenario *const file = &loader->file;
    struct arena *const arena = &scenario->arena;
    scenario->countries = arena_alloc(arena, file->country_count, sizeof *scenario->countries);
    scenario->sectors = arena_alloc(arena, file->sector_count, sizeof *scenario->sectors);
    scenario->campaigns = arena_alloc(arena, file->campaign_count, sizeof *scenario->campaigns);
    scenario->rules = arena_alloc(arena, file->rule_count, sizeof *scenario->rules);
    scenario->orders = arena_alloc(arena, file->order_count, sizeof *scenario->orders);
    scenario->objectives = arena_alloc(arena, file->objective_count, sizeof *scenario->objectives);
    if (arena->failed) {
        return false;
    }
    for (size_t i = 0; i < file->country_count; i++) {
        scenario->countries[loader->index[REFERS_COUNTRY].rank[i]] =
            scenario_text(file->countries[i].name);
    }
    for (size_t i = 0; i < file->sector_count; i++) {
        const struct text name = scenario_text(file->sectors[i].name);
        scenario->sectors[loader->index[REFERS_SECTOR].rank[i]] =
            name.in[0][0] != '\0' ? name : scenario_sector_words(file->sectors[i].at.id);
    }
    for (size_t i = 0; i < file->campaign_count; i++) {
        scenario->campaigns[loader->index[REFERS_CAMPAIGN].rank[i]] =
            scenario_text(file->campaigns[i].name);
    }
    for (size_t i = 0; i < file->rule_count; i++) {
        scenario->rules[loader->index[REFERS_RULE].rank[i]] = scenario_text(file->rules[i].name);
    }
    for (size_t i = 0; i < file->order_count; i++) {
        scenario->orders[loader->index[REFERS_ORDER].rank[i]] = scenario_text(file->orders[i].name);
    }
    for (size_t i = 0; i < file->objective_count; i++) {
        const struct source_objective *const source = &file->objectives[i];
        scenario->objectives[loader->index[REFERS_OBJECTIVE].rank[i]] = (struct objective){
            source->at.id, scenario_text(source->title), scenario_text(source->capability)};
    }
    scenario->objective_count = file->objective_count;
    return true;
}

static bool scenario_build_casts(struct loader *loader, struct scenario *scenario) {
    const struct source_scenario *const file = &loader->file;
    scenario->casts = arena_alloc(&scenario->arena, file->cell_count, sizeof *scenario->casts);
    if (scenario->casts == NULL) {
        return false;
    }
    for (size_t i = 0; i < file->cell_count; i++) {
        struct cast *const cast = &scenario->casts[loader->index[REFERS_CELL].rank[i]];
        *cast = file->cells[i].cast;
        cast->id = file->cells[i].at.id;
        cast->name = scenario_text(cast->name);
        cast->role = scenario_text(cast->role);
        cast->briefing = scenario_text(cast->briefing);
    }
    return true;
}

static bool scenario_build_assets(struct loader *loader, struct scenario *scenario) {
    scenario->assets = arena_alloc(&scenario->arena, loader->asset_count, sizeof *scenario->assets);
    if (scenario->assets == NULL) {
        return false;
    }
    for (size_t i = 0; i < loader->asset_count; i++) {
        const struct source_asset *const row = &loader->assets[i].row;
        struct text name = {{row->name[LANGUAGE_EN], row->name[LANGUAGE_NL]}};
        if (name.in[LANGUAGE_EN] == NULL && name.in[LANGUAGE_NL] == NULL) {
            name = (struct text){{row->id, row->id}};
        }
        scenario->assets[loader->index[REFERS_ASSET].rank[i]] = (struct asset_facts){
            .name = scenario_text(name),
            .place = row->place == NULL ? "" : row->place,
            .kind = row->kind,
            .latitude_e6 = row->latitude_e6,
            .longitude_e6 = row->longitude_e6,
        };
    }
    return true;
}

/* The words of one need of a kind: the scenario's for its id or kind, else those of a sector, else
 * the id. */
static struct text scenario_need_words(const struct loader *loader,
                                       const struct source_need *need) {
    const char *const kind = need->spec.kind == NULL ? need->at.id : need->spec.kind;
    const char *const wanted[] = {need->at.id, kind};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < loader->file.need_count; j++) {
            if (strcmp(loader->file.needs[j].at.id, wanted[i]) == 0) {
                return scenario_text(loader->file.needs[j].name);
            }
        }
    }
    return scenario_sector_words(kind);
}

static bool scenario_build_needs(struct loader *loader, struct scenario *scenario) {
    const struct source_scenario *const file = &loader->file;
    size_t word_count = 0;
    for (size_t i = 0; i < file->kind_count; i++) {
        word_count += file->kinds[i].need_count;
    }
    scenario->need_words = arena_alloc(&scenario->arena, word_count, sizeof *scenario->need_words);
    scenario->need_words_index =
        arena_alloc(&scenario->arena, network_need_count(scenario->network),
                    sizeof *scenario->need_words_index);
    uint32_t *const first = arena_alloc(&loader->scratch, file->kind_count, sizeof *first);
    if (scenario->need_words == NULL || scenario->need_words_index == NULL || first == NULL) {
        return false;
    }
    uint32_t next = 0;
    for (size_t i = 0; i < file->kind_count; i++) {
        first[i] = next;
        for (size_t j = 0; j < file->kinds[i].need_count; j++) {
            scenario->need_words[next] = scenario_need_words(loader, &file->kinds[i].needs[j]);
            next++;
        }
    }
    for (uint32_t i = 0; i < network_need_count(scenario->network); i++) {
        const uint32_t asset = network_need_asset(scenario->network, (struct need_ref){i}).index;
        const uint32_t kind_index = loader->assets[loader->index[REFERS_ASSET].sorted[asset]].kind;
        const struct source_kind *const kind = &file->kinds[kind_index];
        const char *const id = network_need_id(scenario->network, (struct need_ref){i});
        size_t at = 0;
        while (strcmp(kind->needs[at].at.id, id) != 0) {
            at++;
            SPILL_ASSERT(at < kind->need_count);
        }
        scenario->need_words_index[i] = first[kind_index] + (uint32_t)at;
    }
    return true;
}

/* ---- Injects ---- */

static enum spill_status scenario_compile(struct loader *loader, const char *text,
                                          struct condition **condition) {
    if (text == NULL) {
        *condition = NULL;
        return SPILL_OK;
    }
    const enum spill_status status =
        condition_create(text, SCOPE_EXERCISE, loader_resolve, loader, condition, NULL);
    SPILL_ASSERT(status == SPILL_OK || status == SPILL_MEMORY);
    return status;
}

static bool scenario_inject_receivers(struct loader *loader, const struct source_inject *row,
                                      struct arena *arena, struct inject *inject) {
    const bool every = row->to_count == 1 && strcmp(row->to[0], "*") == 0;
    inject->to_count = every ? loader->index[REFERS_CELL].count : row->to_count;
    inject->to = arena_alloc(arena, inject->to_count, sizeof *inject->to);
    inject->releasable_count = row->releasable_count;
    inject->releasable_to =
        arena_alloc(arena, row->releasable_count, sizeof *inject->releasable_to);
    if (inject->to == NULL || inject->releasable_to == NULL) {
        return false;
    }
    for (size_t i = 0; i < inject->to_count; i++) {
        const uint32_t position = every ? 0 : loader_find(loader, REFERS_CELL, row->to[i]);
        inject->to[i].index = every ? (uint32_t)i : loader->index[REFERS_CELL].rank[position];
    }
    for (size_t i = 0; i < row->releasable_count; i++) {
        const uint32_t position = loader_find(loader, REFERS_COUNTRY, row->releasable_to[i]);
        inject->releasable_to[i].index = loader->index[REFERS_COUNTRY].rank[position];
    }
    return true;
}

static bool scenario_inject_objectives(struct loader *loader, const struct source_inject *row,
                                       struct arena *arena, struct inject *inject) {
    uint32_t *const objectives = arena_alloc(arena, row->objective_count, sizeof *objectives);
    if (objectives == NULL) {
        return false;
    }
    for (size_t i = 0; i < row->objective_count; i++) {
        objectives[i] = loader->index[REFERS_OBJECTIVE]
                            .rank[loader_find(loader, REFERS_OBJECTIVE, row->objectives[i])];
    }
    inject->objectives = objectives;
    inject->objective_count = row->objective_count;
    return true;
}

/* The same option in a language. */
static const struct source_option *scenario_find_option(const struct source_inject_text *text,
                                                        const char *id) {
    for (size_t i = 0; text != NULL && i < text->option_count; i++) {
        if (strcmp(text->options[i].at.id, id) == 0) {
            return &text->options[i];
        }
    }
    return NULL;
}

static bool scenario_inject_options(const struct loader_inject *source, struct arena *arena,
                                    struct inject *inject) {
    const struct source_inject_text *first = NULL;
    for (size_t i = 0; i < LANGUAGE_COUNT && first == NULL; i++) {
        first = source->texts[i] != NULL && source->texts[i]->option_count > 0 ? source->texts[i]
                                                                               : NULL;
    }
    if (first == NULL) {
        return true;
    }
    struct inject_option *const options = arena_alloc(arena, first->option_count, sizeof *options);
    if (options == NULL) {
        return false;
    }
    for (size_t i = 0; i < first->option_count; i++) {
        options[i].id = first->options[i].at.id;
        for (size_t j = 0; j < LANGUAGE_COUNT; j++) {
            const struct source_option *const option =
                scenario_find_option(source->texts[j], options[i].id);
            options[i].text.in[j] = option == NULL ? NULL : option->text;
            options[i].expected = options[i].expected || (option != NULL && option->expected);
        }
        options[i].text = scenario_text(options[i].text);
    }
    inject->options = options;
    inject->option_count = first->option_count;
    return true;
}

static void scenario_inject_texts(const struct loader_inject *source, struct inject *inject) {
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        const struct source_inject_text *const text = source->texts[i];
        if (text != NULL) {
            inject->title.in[i] = text->title;
            inject->from.in[i] = text->from;
            inject->body.in[i] = text->text;
            inject->controller_notes.in[i] = text->controller;
            inject->expected_text.in[i] = text->expected;
        }
    }
    inject->title = scenario_text(inject->title);
    inject->from = scenario_text(inject->from);
    inject->body = scenario_text(inject->body);
    inject->controller_notes = scenario_text(inject->controller_notes);
    inject->expected_text = scenario_text(inject->expected_text);
}

static enum spill_status scenario_build_inject(struct loader *loader,
                                               const struct loader_inject *source,
                                               struct arena *arena, struct inject *inject) {
    const struct source_inject *const row = &source->row;
    *inject = row->inject;
    scenario_inject_texts(source, inject);
    if (row->place != NULL) {
        inject->place.index =
            loader->index[REFERS_ASSET].rank[loader_find(loader, REFERS_ASSET, row->place)];
    }
    if (!scenario_inject_receivers(loader, row, arena, inject) ||
        !scenario_inject_objectives(loader, row, arena, inject) ||
        !scenario_inject_options(source, arena, inject)) {
        return SPILL_MEMORY;
    }
    const enum spill_status status = scenario_compile(loader, row->when, &inject->when);
    return status == SPILL_OK ? scenario_compile(loader, row->expected, &inject->expected) : status;
}

static enum spill_status scenario_build_injects(struct loader *loader, struct scenario *scenario) {
    scenario->injects =
        arena_alloc(&scenario->arena, loader->inject_count, sizeof *scenario->injects);
    if (scenario->injects == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = SPILL_OK;
    for (size_t i = 0; i < loader->inject_count && status == SPILL_OK; i++) {
        const struct loader_inject *const source =
            &loader->injects[loader->index[REFERS_INJECT].sorted[i]];
        scenario->inject_count = i + 1; /* Half-built ones are freed, too. */
        status = scenario_build_inject(loader, source, &scenario->arena, &scenario->injects[i]);
    }
    return status;
}

static void scenario_build_uncertain(const struct source_scenario *file,
                                     struct scenario *scenario) {
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        scenario->uncertain[i] = (struct vary_range){SPILL_PPM, SPILL_PPM, SPILL_PPM};
    }
    for (size_t i = 0; i < file->uncertain_count; i++) {
        enum parameter parameter;
        if (parameter_find(file->uncertain[i].at.id, &parameter) == SPILL_OK) {
            scenario->uncertain[parameter] = file->uncertain[i].range;
        }
    }
}

enum spill_status scenario_build(struct loader *loader, struct scenario *scenario) {
    const struct source_scenario *const file = &loader->file;
    scenario->id = file->at.id;
    scenario->title = scenario_text(file->title);
    scenario->summary = scenario_text(file->summary);
    scenario->notice = scenario_text(file->notice);
    scenario->classification = file->classification;
    scenario->currency = file->currency;
    scenario->starts_at = arena_print(&scenario->arena, "%s %s", file->starts_at, file->zone);
    scenario->duration_ms = file->duration_ms;
    scenario->seed = (uint64_t)file->seed;
    scenario->speed = file->speed;
    scenario_build_uncertain(file, scenario);
    enum spill_status status = scenario_build_network(loader, scenario);
    if (status == SPILL_OK) {
        status = scenario_build_script(loader, scenario);
    }
    if (status != SPILL_OK) {
        return status;
    }
    if (!scenario_build_names(loader, scenario) || !scenario_build_casts(loader, scenario) ||
        !scenario_build_assets(loader, scenario) || !scenario_build_needs(loader, scenario) ||
        scenario->starts_at == NULL) {
        return SPILL_MEMORY;
    }
    return scenario_build_injects(loader, scenario);
}
