/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/script_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/nearest.h"

/* ---- Helpers of every step ---- */

static void script_build_tell(struct script_builder *builder, struct script_fault *fault) {
    builder->fault_count++;
    if (builder->on_fault != NULL) {
        builder->on_fault(fault, builder->context);
    }
}

void script_build_fault(struct script_builder *builder, const char *text, const char *format, ...) {
    char words[SPILL_ERROR_TEXT_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    spill_utf8_trim(words);
    struct script_fault fault = {.text = text != NULL ? text : builder->subject};
    fault.length_bytes = fault.text != NULL ? strnlen(fault.text, SPILL_TEXT_BYTES_MAX) : 0;
    snprintf(fault.error.text, sizeof fault.error.text, "%s: %s", builder->where, words);
    script_build_tell(builder, &fault);
}

uint32_t script_build_find(struct script_builder *builder, enum condition_name kind,
                           const char *name) {
    uint32_t index = NETWORK_NO_INDEX;
    if (name == NULL) {
        script_build_fault(builder, NULL, "needs one %s", condition_name_words(kind));
        return index;
    }
    if (script_resolve(builder->script, builder->network, kind, name, &index) != SPILL_OK) {
        struct nearest nearest = nearest_start(name);
        nearest.name = script_nearest(builder->script, builder->network, kind, name);
        char words[NEAREST_WORDS_BYTES];
        script_build_fault(builder, name, "there is no %s '%.*s'%s", condition_name_words(kind),
                           SPILL_ID_BYTES_MAX, name, nearest_words(&nearest, words, sizeof words));
    }
    return index;
}

static int script_compare_ranks(const void *left, const void *right) {
    const struct script_rank *const a = left;
    const struct script_rank *const b = right;
    return strcmp(a->id, b->id);
}

enum spill_status script_build_ranks(struct script_builder *builder, const char *kind,
                                     const void *specs, size_t count, size_t count_max,
                                     script_id_fn id_of, struct script_rank **ranks) {
    if (count > count_max) {
        script_build_fault(builder, NULL, "more than %zu of kind %s", count_max, kind);
        count = 0;
    }
    struct script_rank *const made = spill_alloc(count, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const char *const id = id_of(specs, i);
        made[i] = (struct script_rank){.id = id != NULL ? id : "", .index = i};
        if (!spill_id_valid(made[i].id, strlen(made[i].id))) {
            script_build_fault(builder, id,
                               "'%.*s' is not an id for a %s: small letters, digits, '-', '_', '.'",
                               SPILL_ID_BYTES_MAX, made[i].id, kind);
        }
    }
    qsort(made, count, sizeof *made, script_compare_ranks);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(made[i - 1].id, made[i].id) == 0) {
            script_build_fault(builder, made[i].id, "two of kind %s are called '%.*s'", kind,
                               SPILL_ID_BYTES_MAX, made[i].id);
        }
    }
    *ranks = made;
    return SPILL_OK;
}

enum spill_status script_build_text(const char *text, char **copy) {
    const size_t bytes = strlen(text) + 1;
    char *const made = spill_alloc(bytes, 1);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    memcpy(made, text, bytes);
    *copy = made;
    return SPILL_OK;
}

enum spill_status script_build_law(struct script_builder *builder, const struct law_spec *law,
                                   const char *what, struct law_spec *copy) {
    const char *const words = law_fault(law);
    if (words != NULL) {
        script_build_fault(builder, NULL, "%s: %s", what, words);
        return SPILL_OK;
    }
    struct law_spec made = *law;
    if (law->kind == LAW_EMPIRICAL) {
        int64_t *const quantiles = spill_alloc(law->quantile_count, sizeof *quantiles);
        if (quantiles == NULL) {
            return SPILL_MEMORY;
        }
        memcpy(quantiles, law->quantile_ms, law->quantile_count * sizeof *quantiles);
        made.quantile_ms = quantiles;
    } else {
        made.quantile_ms = NULL;
        made.quantile_count = 0;
    }
    *copy = made;
    return SPILL_OK;
}

void script_build_check_time(struct script_builder *builder, int64_t time_ms, const char *what) {
    if (time_ms < 0 || time_ms > LAW_MAX_MS) {
        script_build_fault(builder, NULL, "%s is outside 0 to ten years", what);
    }
}

/* ---- Conditions ---- */

static enum spill_status script_build_resolve(enum condition_name kind, const char *name,
                                              uint32_t within, uint32_t *index, void *context) {
    (void)within;
    const struct script_builder *const builder = context;
    return script_resolve(builder->script, builder->network, kind, name, index);
}

static const char *script_build_nearest(enum condition_name kind, const char *name, uint32_t within,
                                        void *context) {
    (void)within;
    const struct script_builder *const builder = context;
    return script_nearest(builder->script, builder->network, kind, name);
}

static unsigned script_function_reads(enum condition_function function) {
    switch (function) {
    case FUNCTION_TIME: /* It has its own wake-ups. */
        return 0;
    case FUNCTION_SERVICE:
    case FUNCTION_LEVEL:
    case FUNCTION_PEOPLE_WITHOUT:
        return READS_SERVICE;
    case FUNCTION_FAILED:
    case FUNCTION_FAILED_COUNT:
        return READS_FAILED;
    case FUNCTION_DEGRADED_COUNT:
        return READS_DEGRADED;
    case FUNCTION_INFECTED:
    case FUNCTION_TRIGGERED:
    case FUNCTION_DETECTED:
        return READS_DETECTED | READS_STATE;
    case FUNCTION_TRUST:
    case FUNCTION_ESCALATION:
        return READS_COUNTRY | READS_STATE;
    case FUNCTION_HEALTH:
    case FUNCTION_NARRATIVE:
    case FUNCTION_DEMAND:
        return READS_STATE;
    case FUNCTION_FIRED:
        return READS_FIRED;
    case FUNCTION_ORDERED:
        return READS_ORDERED;
    case FUNCTION_RELEASED:
    case FUNCTION_ACKNOWLEDGED:
    case FUNCTION_ANSWERED:
    case FUNCTION_CHOSE:
    case FUNCTION_SINCE:
        return READS_INJECT;
    }
    return READS_STATE;
}

/* What a cell cannot know though the function stands in its scope. */
static void script_build_check_sight(struct script_builder *builder, const char *text,
                                     const struct condition_call *call) {
    const struct script_cell *const cell = &builder->script->cells[builder->cell.index];
    if (call->function == FUNCTION_ORDERED && call->arguments[1] != CONDITION_EVERY &&
        call->arguments[1] != builder->cell.index) {
        script_build_fault(builder, text, "a cell counts its own orders only, not those of '%s'",
                           builder->script->cells[call->arguments[1]].id);
    }
    if (call->function == FUNCTION_TRUST) {
        const uint32_t country = call->arguments[0];
        if ((cell->countries[country / 64] >> country % 64 & 1) == 0) {
            script_build_fault(builder, text, "cell '%s' has no reports from country '%s'",
                               cell->id,
                               network_country_id(builder->network, (struct country_ref){country}));
        }
    }
    if (call->function == FUNCTION_SERVICE || call->function == FUNCTION_FAILED) {
        const struct asset_ref asset = {call->arguments[0]};
        for (size_t i = 0; i < cell->visible_count; i++) {
            if (cell->visible[i].index == asset.index) {
                return;
            }
        }
        script_build_fault(builder, text, "cell '%s' does not see asset '%s'", cell->id,
                           network_asset_id(builder->network, asset));
    }
}

enum spill_status script_build_condition(struct script_builder *builder, const char *text,
                                         enum condition_scope scope, struct condition **condition,
                                         unsigned *reads) {
    *reads = 0;
    if (text == NULL) {
        return SPILL_OK;
    }
    struct condition_fault fault = {0};
    const enum spill_status status = condition_create_helped(
        text, scope, script_build_resolve, script_build_nearest, builder, condition, &fault);
    if (status == SPILL_MEMORY) {
        return status;
    }
    if (status != SPILL_OK) {
        struct script_fault told = {
            .text = text, .offset_bytes = fault.offset_bytes, .length_bytes = fault.length_bytes};
        /* The words are far shorter than the room: the condition's faults say one thing. */
        snprintf(told.error.text, sizeof told.error.text, "%s: %.*s", builder->where,
                 SPILL_ERROR_TEXT_BYTES / 2, fault.error.text);
        script_build_tell(builder, &told);
        return SPILL_OK;
    }
    const struct condition_call *calls = NULL;
    const size_t call_count = condition_calls(*condition, &calls);
    for (size_t i = 0; i < call_count; i++) {
        *reads |= script_function_reads(calls[i].function);
        if (scope == SCOPE_VIEW) {
            script_build_check_sight(builder, text, &calls[i]);
        }
    }
    return SPILL_OK;
}

/* ---- Effects ---- */

/* One field of an effect: its text resolved, missing (left to the target), or a fault. */
static uint32_t script_build_field(struct script_builder *builder, enum condition_name kind,
                                   unsigned field, const char *name, unsigned needed,
                                   unsigned given, unsigned *missing) {
    if ((needed & field) == 0) {
        return NETWORK_NO_INDEX;
    }
    if (name == NULL && (given & field) != 0) {
        *missing |= field;
        return NETWORK_NO_INDEX;
    }
    return script_build_find(builder, kind, name);
}

static void script_build_amounts(struct script_builder *builder, const struct effect_spec *spec,
                                 unsigned needed, bool requested, struct action *action) {
    if ((needed & FIELD_PPM) != 0) {
        action->amount_ppm = spec->amount;
        if (spec->amount < 0 || spec->amount > SPILL_PPM) {
            script_build_fault(builder, NULL, "an amount is outside 0 to 100%%");
        }
    }
    if ((needed & FIELD_COUNT) != 0) {
        action->count = spec->amount;
        const bool crews = spec->action == ACTION_MUTUAL_AID;
        if (spec->amount < (crews ? !requested : -SCRIPT_AMOUNT_MAX) ||
            spec->amount > SCRIPT_AMOUNT_MAX) {
            script_build_fault(builder, NULL, "an amount is outside %s to a million",
                               crews ? "1" : "minus a million");
        }
    }
    if ((needed & FIELD_DURATION) != 0) {
        action->duration_ms = spec->duration_ms;
        script_build_check_time(builder, spec->duration_ms, "a duration");
        if (spec->action == ACTION_DISINFORMATION && spec->duration_ms == 0) {
            script_build_fault(builder, NULL, "disinformation needs a duration");
        }
    }
}

/* given: fields that a target will supply; 0 for a rule. */
static void script_build_effect(struct script_builder *builder, const struct effect_spec *spec,
                                bool of_order, unsigned given, struct script_effect *effect) {
    effect->kind = spec->kind;
    effect->requested = of_order && spec->amount == 0;
    if (spec->kind == EFFECT_ESCALATE) {
        effect->steps = spec->amount;
        if (spec->amount < -SCRIPT_AMOUNT_MAX || spec->amount > SCRIPT_AMOUNT_MAX) {
            script_build_fault(builder, NULL, "an escalation is more than a million steps");
        }
        return;
    }
    SPILL_ASSERT((size_t)spec->action < ACTION_KIND_COUNT);
    const unsigned needed = script_action_fields(spec->action);
    struct action *const action = &effect->action;
    unsigned *const missing = &effect->missing;
    *action = (struct action){.kind = spec->action};
    action->asset.index =
        script_build_field(builder, NAME_ASSET, FIELD_ASSET, spec->asset, needed, given, missing);
    action->country.index = script_build_field(builder, NAME_COUNTRY, FIELD_COUNTRY, spec->country,
                                               needed, given, missing);
    action->other_country.index = script_build_field(builder, NAME_COUNTRY, FIELD_OTHER_COUNTRY,
                                                     spec->other_country, needed, given, missing);
    action->tag.index =
        script_build_field(builder, NAME_TAG, FIELD_TAG, spec->tag, needed, given, missing);
    action->pool.index =
        script_build_field(builder, NAME_POOL, FIELD_POOL, spec->pool, needed, given, missing);
    action->other_pool.index = script_build_field(builder, NAME_POOL, FIELD_OTHER_POOL,
                                                  spec->other_pool, needed, given, missing);
    action->campaign.index = script_build_field(builder, NAME_CAMPAIGN, FIELD_CAMPAIGN,
                                                spec->campaign, needed, given, missing);
    effect->requested = effect->requested && (needed & (FIELD_PPM | FIELD_COUNT)) != 0;
    script_build_amounts(builder, spec, needed, effect->requested, action);
    if ((needed & FIELD_OTHER_COUNTRY) != 0 && *missing == 0 &&
        action->country.index == action->other_country.index) {
        script_build_fault(builder, spec->other_country, "a border needs two different countries");
    }
    if ((needed & FIELD_OTHER_POOL) != 0 && *missing == 0 &&
        action->pool.index == action->other_pool.index) {
        script_build_fault(builder, spec->other_pool, "mutual aid needs two different pools");
    }
}

static enum spill_status script_build_effects(struct script_builder *builder,
                                              const struct effect_spec *specs, size_t count,
                                              bool of_order, unsigned given,
                                              struct script_effect **effects,
                                              size_t *effect_count) {
    if (count == 0 || count > SCRIPT_EFFECTS_MAX) {
        script_build_fault(builder, NULL, "needs 1 to %d effects", SCRIPT_EFFECTS_MAX);
        count = 0;
    }
    *effects = spill_alloc(count, sizeof **effects);
    if (*effects == NULL) {
        return SPILL_MEMORY;
    }
    *effect_count = count;
    for (size_t i = 0; i < count; i++) {
        script_build_effect(builder, &specs[i], of_order, given, &(*effects)[i]);
    }
    return SPILL_OK;
}

/* ---- Rules and orders ---- */

static void script_build_at(struct script_builder *builder, const char *kind, const char *id) {
    snprintf(builder->where, sizeof builder->where, "%s '%.*s'", kind, SPILL_ID_BYTES_MAX, id);
    builder->subject = id;
}

static enum spill_status script_build_rule(struct script_builder *builder,
                                           const struct rule_spec *spec, struct script_rule *rule) {
    script_build_at(builder, "rule", spec->id);
    rule->hash = chance_hash("effect", rule->id);
    rule->at_ms = spec->at_ms;
    rule->hold_ms = spec->hold_ms;
    rule->times_max = spec->times_max == 0 ? 1 : spec->times_max;
    script_build_check_time(builder, spec->at_ms, "its time");
    script_build_check_time(builder, spec->hold_ms, "its hold");
    if (rule->times_max < 1 || rule->times_max > SCRIPT_TIMES_MAX) {
        script_build_fault(builder, NULL, "fires 1 to %d times", SCRIPT_TIMES_MAX);
    }
    if (rule->times_max > 1 && spec->when == NULL) {
        script_build_fault(builder, NULL, "fires once only: without a condition nothing ends");
    }
    enum spill_status status =
        script_build_condition(builder, spec->when, SCOPE_MODEL, &rule->when, &rule->reads);
    if (status == SPILL_OK) {
        status = script_build_law(builder, &spec->delay, "its delay", &rule->delay);
    }
    if (status == SPILL_OK) {
        status = script_build_effects(builder, spec->effects, spec->effect_count, false, 0,
                                      &rule->effects, &rule->effect_count);
    }
    return status;
}

static enum spill_status script_build_order(struct script_builder *builder,
                                            const struct order_spec *spec,
                                            struct script_order *order) {
    script_build_at(builder, "order", spec->id);
    order->target = spec->target;
    order->cost = spec->cost;
    if (spec->cost < 0 || spec->cost > INT64_MAX / SCRIPT_TIMES_MAX / 1000) {
        script_build_fault(builder, NULL, "its cost is negative or too large");
    }
    enum spill_status status =
        script_build_law(builder, &spec->latency, "its latency", &order->latency);
    if (status == SPILL_OK) {
        status = script_build_effects(builder, spec->effects, spec->effect_count, true,
                                      script_target_fields(spec->target), &order->effects,
                                      &order->effect_count);
    }
    return status;
}

static const char *script_rule_spec_id(const void *specs, size_t index) {
    return ((const struct rule_spec *)specs)[index].id;
}

static const char *script_order_spec_id(const void *specs, size_t index) {
    return ((const struct order_spec *)specs)[index].id;
}

static const char *script_cell_spec_id(const void *specs, size_t index) {
    return ((const struct cell_spec *)specs)[index].id;
}

static const char *script_inject_spec_id(const void *specs, size_t index) {
    return ((const char *const *)specs)[index];
}

/* All ids first, since conditions name rules, orders and cells. */
struct script_ranks {
    struct script_rank *rules;
    struct script_rank *orders;
    struct script_rank *cells;
    struct script_rank *injects;
};

static enum spill_status script_build_all_ranks(struct script_builder *builder,
                                                struct script_ranks *ranks) {
    const struct script_spec *const spec = builder->spec;
    snprintf(builder->where, sizeof builder->where, "script");
    if (network_campaign_count(builder->network) > VIEW_CAMPAIGNS_MAX && spec->cell_count > 0) {
        script_build_fault(builder, NULL, "more than %d campaigns", VIEW_CAMPAIGNS_MAX);
    }
    if (spec->escalation < -SCRIPT_AMOUNT_MAX || spec->escalation > SCRIPT_AMOUNT_MAX) {
        script_build_fault(builder, NULL, "the escalation at the start is beyond a million steps");
    }
    enum spill_status status =
        script_build_ranks(builder, "rule", spec->rules, spec->rule_count, SCRIPT_RULES_MAX,
                           script_rule_spec_id, &ranks->rules);
    if (status == SPILL_OK) {
        status = script_build_ranks(builder, "order", spec->orders, spec->order_count,
                                    SCRIPT_ORDERS_MAX, script_order_spec_id, &ranks->orders);
    }
    if (status == SPILL_OK) {
        status = script_build_ranks(builder, "cell", spec->cells, spec->cell_count, SPILL_CELLS_MAX,
                                    script_cell_spec_id, &ranks->cells);
    }
    if (status == SPILL_OK) {
        status = script_build_ranks(builder, "inject", spec->injects, spec->inject_count,
                                    SPILL_INJECTS_MAX, script_inject_spec_id, &ranks->injects);
    }
    return status;
}

static enum spill_status script_build_ids(struct script_builder *builder,
                                          const struct script_ranks *ranks) {
    struct script *const script = builder->script;
    const struct script_spec *const spec = builder->spec;
    script->rules = spill_alloc(spec->rule_count, sizeof script->rules[0]);
    script->orders = spill_alloc(spec->order_count, sizeof script->orders[0]);
    script->cells = spill_alloc(spec->cell_count, sizeof script->cells[0]);
    script->injects = spill_alloc(spec->inject_count, sizeof script->injects[0]);
    if (script->rules == NULL || script->orders == NULL || script->cells == NULL ||
        script->injects == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = SPILL_OK;
    for (; script->rule_count < spec->rule_count && status == SPILL_OK; script->rule_count++) {
        status = script_build_text(ranks->rules[script->rule_count].id,
                                   &script->rules[script->rule_count].id);
    }
    for (; script->order_count < spec->order_count && status == SPILL_OK; script->order_count++) {
        status = script_build_text(ranks->orders[script->order_count].id,
                                   &script->orders[script->order_count].id);
    }
    for (; script->cell_count < spec->cell_count && status == SPILL_OK; script->cell_count++) {
        status = script_build_text(ranks->cells[script->cell_count].id,
                                   &script->cells[script->cell_count].id);
    }
    for (; script->inject_count < spec->inject_count && status == SPILL_OK;
         script->inject_count++) {
        status = script_build_text(ranks->injects[script->inject_count].id,
                                   &script->injects[script->inject_count]);
    }
    return status;
}

static enum spill_status script_build_parts(struct script_builder *builder,
                                            const struct script_ranks *ranks) {
    struct script *const script = builder->script;
    enum spill_status status = script_build_ids(builder, ranks);
    for (size_t i = 0; i < script->rule_count && status == SPILL_OK; i++) {
        status = script_build_rule(builder, &builder->spec->rules[ranks->rules[i].index],
                                   &script->rules[i]);
    }
    for (size_t i = 0; i < script->order_count && status == SPILL_OK; i++) {
        status = script_build_order(builder, &builder->spec->orders[ranks->orders[i].index],
                                    &script->orders[i]);
    }
    if (status == SPILL_OK) {
        status = script_build_cells(builder, ranks->cells);
    }
    return status;
}

enum spill_status script_create_reporting(const struct script_spec *spec,
                                          const struct network *network, struct script **script,
                                          script_fault_fn on_fault, void *context) {
    SPILL_ASSERT(spec != NULL);
    SPILL_ASSERT(network != NULL);
    SPILL_ASSERT(script != NULL);
    struct script *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = network;
    made->escalation = spec->escalation;
    struct script_builder builder = {.spec = spec,
                                     .network = network,
                                     .script = made,
                                     .on_fault = on_fault,
                                     .context = context,
                                     .cell = {NETWORK_NO_INDEX}};
    struct script_ranks ranks = {0};
    enum spill_status status = script_build_all_ranks(&builder, &ranks);
    /* Ids that are not sound would only bring faults that follow from them. */
    if (status == SPILL_OK && builder.fault_count == 0) {
        status = script_build_parts(&builder, &ranks);
    }
    if (status == SPILL_OK && builder.fault_count > 0) {
        status = SPILL_INVALID;
    }
    free(ranks.rules);
    free(ranks.orders);
    free(ranks.cells);
    free(ranks.injects);
    if (status != SPILL_OK) {
        script_destroy(&made);
        return status;
    }
    *script = made;
    return SPILL_OK;
}

/* Keeps the first fault. */
struct script_first_fault {
    struct spill_error *error;
    bool told;
};

static void script_keep_first(const struct script_fault *fault, void *context) {
    struct script_first_fault *const first = context;
    if (!first->told && first->error != NULL) {
        *first->error = fault->error;
    }
    first->told = true;
}

enum spill_status script_create(const struct script_spec *spec, const struct network *network,
                                struct script **script, struct spill_error *error) {
    struct script_first_fault first = {.error = error};
    return script_create_reporting(spec, network, script, script_keep_first, &first);
}
