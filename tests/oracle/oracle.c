/* SPDX-License-Identifier: Apache-2.0 */
/* Time, chance, the tick with its rounds, integrals: sections 1, 2, 4 and 12 of RULES.md. */
#include "tests/oracle/oracle_rules.h"

#include <stdlib.h>
#include <string.h>

const char *oracle_rule_name(enum oracle_rule rule) {
    static const char *const names[] = {
#define ORACLE_RULE_NAME(name) #name,
        ORACLE_RULE_MAP(ORACLE_RULE_NAME)
#undef ORACLE_RULE_NAME
    };
    return names[rule];
}

void oracle_fire(struct oracle *oracle, enum oracle_rule rule) {
    oracle->fired[rule]++;
}

/* ---- Sections 1 and 2 ---- */

int64_t oracle_ticks(const struct oracle *oracle, int64_t duration_ms) {
    return (duration_ms + oracle->tick_ms - 1) / oracle->tick_ms;
}

int64_t oracle_after(const struct oracle *oracle, int64_t duration_ms) {
    const int64_t ticks = oracle_ticks(oracle, duration_ms);
    return oracle->tick + (ticks < 1 ? 1 : ticks);
}

uint32_t oracle_draw(struct oracle *oracle, struct oracle_entity *entity,
                     enum fate_purpose purpose) {
    const uint32_t index = entity->draws[purpose];
    entity->draws[purpose]++;
    return fate_draw(oracle->seed, entity->hash, purpose, index, oracle->replica);
}

bool oracle_happens(struct oracle *oracle, struct oracle_entity *entity, enum fate_purpose purpose,
                    int64_t probability_ppm) {
    const uint64_t u = oracle_draw(oracle, entity, purpose);
    return (int64_t)(u * (uint64_t)SPILL_PPM >> 32) < probability_ppm;
}

bool oracle_law_given(const struct law_spec *law) {
    return law->kind != LAW_NONE;
}

int64_t oracle_draw_ms(struct oracle *oracle, struct oracle_entity *entity,
                       enum fate_purpose purpose, const struct law_spec *law) {
    static const enum oracle_rule rules[] = {
        [LAW_FIXED] = ORACLE_LAW_FIXED,           [LAW_UNIFORM] = ORACLE_LAW_UNIFORM,
        [LAW_TRIANGULAR] = ORACLE_LAW_TRIANGULAR, [LAW_EXPONENTIAL] = ORACLE_LAW_EXPONENTIAL,
        [LAW_LOGNORMAL] = ORACLE_LAW_LOGNORMAL,   [LAW_EMPIRICAL] = ORACLE_LAW_EMPIRICAL,
    };
    if (law->kind == LAW_NONE) {
        return 0;
    }
    oracle_fire(oracle, rules[law->kind]);
    return fate_law_ms(law, oracle_draw(oracle, entity, purpose));
}

void oracle_timer_start(struct oracle *oracle, struct oracle_timer *timer,
                        struct oracle_entity *entity, enum fate_purpose purpose,
                        const struct law_spec *law) {
    const int64_t duration_ms = oracle_draw_ms(oracle, entity, purpose, law);
    *timer = (struct oracle_timer){
        .from = oracle->tick, .due = oracle_after(oracle, duration_ms), .law = law};
}

void oracle_timer_end(struct oracle_timer *timer) {
    timer->due = ORACLE_NEVER;
}

bool oracle_timer_runs(const struct oracle_timer *timer) {
    return timer->due != ORACLE_NEVER;
}

/* ---- Roots (section 10) ---- */

struct oracle_root *oracle_root_make(struct oracle *oracle, const char *kind, const char *id,
                                     int64_t tick) {
    for (size_t i = 0; i < oracle->root_count; i++) {
        struct oracle_root *const root = &oracle->roots[i];
        if (strcmp(root->kind, kind) == 0 && strcmp(root->id, id) == 0 && root->tick == tick) {
            oracle_fire(oracle, ORACLE_ROOT_SHARED);
            return root;
        }
    }
    SPILL_ASSERT(oracle->root_count < oracle->root_capacity);
    struct oracle_root *const root = &oracle->roots[oracle->root_count];
    oracle->root_count++;
    *root = (struct oracle_root){.kind = kind, .id = id, .tick = tick};
    return root;
}

void oracle_root_hits(struct oracle_root *root, struct oracle_country *country) {
    if (root->country == NULL) {
        root->country = country;
    }
}

/* ---- Section 4: the events that are due ---- */

enum oracle_event {
    ORACLE_PUSH_ARRIVES,
    ORACLE_CONTACT_ENDS,
    ORACLE_PATCH_IS_DONE,
    ORACLE_DETECTED,
    ORACLE_TRIGGERS,
    ORACLE_FAILS_AT_START,
    ORACLE_LIFETIME_IS_OVER,
    ORACLE_MEMBER_RECLOSES,
    ORACLE_EDGE_TRIPS,
    ORACLE_EDGE_RECLOSES,
    ORACLE_GAP_IS_OVER,
    ORACLE_AUTONOMY_IS_OVER,
    ORACLE_RECHARGE_IS_OVER,
    ORACLE_REPAIR_IS_OVER,
    ORACLE_RESTART_IS_DUE,
    ORACLE_MANUAL_IS_DUE,
    ORACLE_CREWS_ARRIVE,
    ORACLE_LINK_IS_DUE,
};

/* The key of an event, and the entity that it happens to. */
struct oracle_due {
    int phase;
    uint64_t hash;
    int kind;
    size_t sequence;
    enum oracle_event event;
    void *entity;
};

struct oracle_dues {
    struct oracle_due *items;
    size_t count;
};

static void oracle_due_add(struct oracle_dues *dues, enum oracle_event event, uint64_t hash,
                           void *entity) {
    static const struct {
        int phase;
        int kind;
    } keys[] = {
        [ORACLE_PUSH_ARRIVES] = {1, 1},     [ORACLE_CONTACT_ENDS] = {1, 2},
        [ORACLE_PATCH_IS_DONE] = {1, 3},    [ORACLE_DETECTED] = {1, 4},
        [ORACLE_FAILS_AT_START] = {2, 1},   [ORACLE_LIFETIME_IS_OVER] = {2, 2},
        [ORACLE_TRIGGERS] = {1, 5},         [ORACLE_GAP_IS_OVER] = {3, 1},
        [ORACLE_AUTONOMY_IS_OVER] = {3, 2}, [ORACLE_RECHARGE_IS_OVER] = {3, 3},
        [ORACLE_REPAIR_IS_OVER] = {4, 1},   [ORACLE_RESTART_IS_DUE] = {4, 2},
        [ORACLE_MANUAL_IS_DUE] = {4, 3},    [ORACLE_CREWS_ARRIVE] = {4, 4},
        [ORACLE_LINK_IS_DUE] = {5, 1},      [ORACLE_MEMBER_RECLOSES] = {2, 3},
        [ORACLE_EDGE_TRIPS] = {2, 4},       [ORACLE_EDGE_RECLOSES] = {2, 5},
    };
    struct oracle_due *const items =
        spill_grow(dues->items, dues->count, dues->count + 1, sizeof *items);
    SPILL_ASSERT(items != NULL);
    dues->items = items;
    items[dues->count] = (struct oracle_due){
        .phase = keys[event].phase,
        .hash = hash,
        .kind = keys[event].kind,
        .sequence = dues->count,
        .event = event,
        .entity = entity,
    };
    dues->count++;
}

static int oracle_due_compare(const void *left, const void *right) {
    const struct oracle_due *const a = left;
    const struct oracle_due *const b = right;
    if (a->phase != b->phase) {
        return a->phase < b->phase ? -1 : 1;
    }
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static void oracle_dues_of_cyber(struct oracle *oracle, struct oracle_dues *dues) {
    for (size_t i = 0; i < oracle->push_count; i++) {
        struct oracle_push *const push = &oracle->pushes[i];
        if (push->wait.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_PUSH_ARRIVES, push->entity.hash, push);
        }
    }
    for (size_t i = 0; i < oracle->contact_count; i++) {
        struct oracle_contact *const contact = &oracle->contacts[i];
        if (contact->live && contact->running &&
            oracle_contact_due(oracle, contact) == oracle->tick) {
            oracle_due_add(dues, ORACLE_CONTACT_ENDS, contact->entity.hash, contact);
        }
    }
    for (size_t i = 0; i < oracle->patch_count; i++) {
        struct oracle_patch *const patch = &oracle->patches[i];
        if (patch->wait.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_PATCH_IS_DONE, patch->entity.hash, patch);
        }
    }
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        struct oracle_exposure *const exposure = &oracle->exposures[i];
        if (exposure->detection.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_DETECTED, exposure->entity.hash, exposure);
        }
        if (exposure->trigger.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_TRIGGERS, exposure->entity.hash, exposure);
        }
    }
}

static void oracle_dues_of_service(struct oracle *oracle, struct oracle_dues *dues) {
    const int64_t tick = oracle->tick;
    for (size_t i = 0; i < oracle->need_count; i++) {
        struct oracle_need *const need = &oracle->needs[i];
        if (need->gap.due == tick) {
            oracle_due_add(dues, ORACLE_GAP_IS_OVER, need->active->entity.hash, need);
        }
        if (need->autonomy.due == tick) {
            oracle_due_add(dues, ORACLE_AUTONOMY_IS_OVER, need->active->entity.hash, need);
        }
        for (size_t j = 0; j < need->spec->backup_count; j++) {
            if (need->backups[j].recharge.due == tick) {
                oracle_due_add(dues, ORACLE_RECHARGE_IS_OVER, need->backups[j].entity.hash,
                               &need->backups[j]);
            }
        }
    }
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        if (tick == 0 &&
            (asset->spec->failure_ppm > 0 || oracle_law_given(&asset->spec->lifetime))) {
            oracle_due_add(dues, ORACLE_FAILS_AT_START, asset->entity.hash, asset);
        }
        if (asset->lifetime.due == tick) {
            oracle_due_add(dues, ORACLE_LIFETIME_IS_OVER, asset->entity.hash, asset);
        }
        if (asset->work.due == tick) {
            oracle_due_add(dues, ORACLE_REPAIR_IS_OVER, asset->entity.hash, asset);
        }
        if (asset->restart.due == tick) {
            oracle_due_add(dues, ORACLE_RESTART_IS_DUE, asset->entity.hash, asset);
        }
        if (asset->manual_wait.due == tick) {
            oracle_due_add(dues, ORACLE_MANUAL_IS_DUE, asset->entity.hash, asset);
        }
    }
    for (size_t i = 0; i < oracle->aid_count; i++) {
        if (oracle->aids[i].due == tick) {
            oracle_due_add(dues, ORACLE_CREWS_ARRIVE, oracle->aids[i].pool->entity.hash,
                           &oracle->aids[i]);
        }
    }
    for (size_t i = 0; i < oracle->link_count; i++) {
        struct oracle_link *const link = &oracle->links[i];
        if (link->pending && link->pending_tick == tick && link->pending_round == 0) {
            oracle_due_add(dues, ORACLE_LINK_IS_DUE, link->entity.hash, link);
        }
    }
}

static void oracle_dues_of_layers(struct oracle *oracle, struct oracle_dues *dues) {
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        if (asset->member.reclosing.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_MEMBER_RECLOSES, asset->entity.hash, asset);
        }
    }
    for (size_t i = 0; i < oracle->edge_count; i++) {
        struct oracle_edge *const edge = &oracle->edges[i];
        if (edge->bearing.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_EDGE_TRIPS, edge->entity.hash, edge);
        }
        if (edge->reclosing.due == oracle->tick) {
            oracle_due_add(dues, ORACLE_EDGE_RECLOSES, edge->entity.hash, edge);
        }
    }
}

static void oracle_gap_over(struct oracle *oracle, struct oracle_need *need) {
    oracle_fire(oracle, ORACLE_GAP_ENDS);
    oracle_backup_go_on(oracle, need);
}

static void oracle_autonomy_over(struct oracle *oracle, struct oracle_need *need) {
    oracle_fire(oracle, ORACLE_BACKUP_EXPIRES);
    need->active->charge = 0;
    need->active = NULL;
    need->on = false;
    oracle_timer_end(&need->autonomy);
}

/* Applies one event, unless an earlier event of this tick has taken it away. */
static void oracle_due_apply(struct oracle *oracle, const struct oracle_due *due) {
    const int64_t tick = oracle->tick;
    struct oracle_need *const need = due->entity;
    struct oracle_asset *const asset = due->entity;
    struct oracle_exposure *const exposure = due->entity;
    struct oracle_contact *const contact = due->entity;
    struct oracle_backup *const backup = due->entity;
    struct oracle_aid *const aid = due->entity;
    struct oracle_link *const link = due->entity;
    if (due->event == ORACLE_PUSH_ARRIVES) {
        oracle_push_arrives(oracle, due->entity);
    } else if (due->event == ORACLE_CONTACT_ENDS) {
        if (contact->live && contact->running && oracle_contact_due(oracle, contact) == tick) {
            oracle_contact_arrives(oracle, contact);
        }
    } else if (due->event == ORACLE_PATCH_IS_DONE) {
        oracle_patch_done(oracle, due->entity);
    } else if (due->event == ORACLE_DETECTED && exposure->detection.due == tick) {
        oracle_detect(oracle, exposure);
    } else if (due->event == ORACLE_TRIGGERS && exposure->trigger.due == tick) {
        oracle_trigger(oracle, exposure);
    } else if (due->event == ORACLE_FAILS_AT_START) {
        oracle_life_start(oracle, asset);
    } else if (due->event == ORACLE_LIFETIME_IS_OVER && asset->lifetime.due == tick) {
        oracle_fire(oracle, ORACLE_LIFETIME_ENDS);
        oracle_timer_end(&asset->lifetime);
        oracle_fail(oracle, asset);
    } else if (due->event == ORACLE_GAP_IS_OVER && need->gap.due == tick) {
        oracle_gap_over(oracle, need);
    } else if (due->event == ORACLE_AUTONOMY_IS_OVER && need->autonomy.due == tick) {
        oracle_autonomy_over(oracle, need);
    } else if (due->event == ORACLE_RECHARGE_IS_OVER && backup->recharge.due == tick) {
        oracle_fire(oracle, ORACLE_RECHARGE_DONE);
        backup->charge = SPILL_PPM;
        oracle_timer_end(&backup->recharge);
    } else if (due->event == ORACLE_REPAIR_IS_OVER && asset->work.due == tick) {
        oracle_repair_end(oracle, asset);
    } else if (due->event == ORACLE_MANUAL_IS_DUE && asset->manual_wait.due == tick) {
        oracle_fire(oracle, ORACLE_MANUAL_ON);
        asset->manual = ORACLE_MANUAL_IS_ON;
        oracle_timer_end(&asset->manual_wait);
    } else if (due->event == ORACLE_MEMBER_RECLOSES) {
        oracle_member_recloses(oracle, asset);
    } else if (due->event == ORACLE_EDGE_TRIPS) {
        oracle_edge_trips(oracle, due->entity);
    } else if (due->event == ORACLE_EDGE_RECLOSES) {
        oracle_edge_recloses(oracle, due->entity);
    } else if (due->event == ORACLE_CREWS_ARRIVE) {
        oracle_fire(oracle, ORACLE_AID_ARRIVES);
        aid->pool->crews += aid->crews;
        aid->pool->free_crews += aid->crews;
    } else if (due->event == ORACLE_LINK_IS_DUE && link->pending && link->pending_tick == tick &&
               link->pending_round == 0) {
        oracle_deliver(oracle, link);
    }
    /* A restart that is due needs nothing here: 6.5 sees that its time has come. */
}

static void oracle_events(struct oracle *oracle) {
    /* Phase 0: actions in the order in which they were given. */
    for (size_t i = 0; i < oracle->action_count; i++) {
        if (oracle_ticks(oracle, oracle->actions[i].at_ms) == oracle->tick) {
            oracle_action_apply(oracle, &oracle->actions[i]);
        }
    }
    /* What is due was due before the tick began, since nothing but a link ends in the tick in which
     * it starts. */
    struct oracle_dues dues = {0};
    oracle_dues_of_cyber(oracle, &dues);
    oracle_dues_of_layers(oracle, &dues);
    oracle_dues_of_service(oracle, &dues);
    if (dues.count > 1) {
        qsort(dues.items, dues.count, sizeof *dues.items, oracle_due_compare);
    }
    for (size_t i = 0; i < dues.count; i++) {
        oracle_due_apply(oracle, &dues.items[i]);
    }
    free(dues.items);
}

/* ---- Section 4: the rounds ---- */

static void oracle_evaluate_all(struct oracle *oracle) {
    oracle_layers_look(oracle);
    for (size_t i = 0; i < oracle->asset_count; i++) {
        oracle_evaluate(oracle, &oracle->assets[i]);
    }
    for (size_t i = 0; i < oracle->link_count; i++) {
        oracle_offer(oracle, &oracle->links[i]);
    }
    oracle_layers_evaluate(oracle);
}

static bool oracle_link_waits(const struct oracle *oracle, const struct oracle_link *link) {
    return link->pending && link->pending_tick == oracle->tick;
}

static bool oracle_some_link_waits(const struct oracle *oracle) {
    for (size_t i = 0; i < oracle->link_count; i++) {
        if (oracle_link_waits(oracle, &oracle->links[i])) {
            return true;
        }
    }
    return false;
}

static void oracle_rounds(struct oracle *oracle) {
    oracle->round = 0;
    oracle_events(oracle);
    oracle_evaluate_all(oracle);
    for (oracle->round = 1; oracle->round < ORACLE_ROUNDS_MAX &&
                            (oracle_some_link_waits(oracle) || oracle_layers_ask(oracle));
         oracle->round++) {
        for (size_t i = 0; i < oracle->link_count; i++) {
            if (oracle_link_waits(oracle, &oracle->links[i])) {
                oracle_deliver(oracle, &oracle->links[i]);
            }
        }
        oracle_evaluate_all(oracle);
        if (oracle->round == 2 || oracle->round == 10) {
            oracle_fire(oracle, oracle->round == 2 ? ORACLE_SECOND_ROUND : ORACLE_TENTH_ROUND);
        }
    }
    for (size_t i = 0; i < oracle->link_count; i++) {
        struct oracle_link *const link = &oracle->links[i];
        if (oracle_link_waits(oracle, link)) {
            oracle_fire(oracle, ORACLE_LIMIT_OF_ROUNDS);
            link->pending_tick = oracle->tick + 1;
            link->pending_round = 0;
        }
    }
}

/* ---- Section 12 ---- */

int64_t oracle_people_without(const struct oracle_asset *asset) {
    return asset->spec->people * (SPILL_PPM - asset->service) / SPILL_PPM;
}

/* The values after the last tick count until this one. */
static void oracle_integrate(struct oracle *oracle) {
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        struct oracle_country *const country = asset->country;
        const int64_t person_ms = oracle_people_without(asset) * oracle->tick_ms;
        const int64_t value_ms = asset->spec->value_per_hour * (SPILL_PPM - asset->service) /
                                 SPILL_PPM * oracle->tick_ms;
        asset->tally.person_ms += person_ms;
        asset->tally.value_ms += value_ms;
        if (asset->service < SPILL_FAILED_BELOW) {
            asset->tally.failed_ms += oracle->tick_ms;
        }
        country->person_ms[asset->sector] += person_ms;
        country->value_ms[asset->sector] += value_ms;
        struct oracle_root *const root = asset->binding.root;
        size_t from = oracle->country_count;
        if (root != NULL) {
            root->person_ms += person_ms;
            from = root->country != NULL ? root->country->rank : oracle->country_count;
        }
        country->spill_ms[from] += person_ms;
        if (person_ms > 0 && from != country->rank) {
            oracle_fire(oracle,
                        from == oracle->country_count ? ORACLE_SPILL_UNKNOWN : ORACLE_SPILL_ABROAD);
        }
        if (asset->binding.link != NULL) {
            asset->binding.link->person_ms += person_ms;
        }
    }
}

enum asset_status oracle_status(const struct oracle_asset *asset) {
    if (asset->isolated) {
        return ASSET_ISLANDED;
    }
    if (asset->service == SPILL_PPM) {
        return ASSET_NORMAL;
    }
    if (asset->job == ORACLE_JOB_AT_WORK || asset->restarting) {
        return ASSET_RESTORING;
    }
    return asset->service < SPILL_FAILED_BELOW ? ASSET_FAILED : ASSET_DEGRADED;
}

void oracle_act(struct oracle *oracle, const struct oracle_action *action) {
    SPILL_ASSERT(oracle_ticks(oracle, action->at_ms) > oracle->tick);
    struct oracle_action *const actions = spill_grow(oracle->actions, oracle->action_count,
                                                     oracle->action_count + 1, sizeof *actions);
    SPILL_ASSERT(actions != NULL);
    oracle->actions = actions;
    actions[oracle->action_count] = *action;
    oracle->action_count++;
}

void oracle_step(struct oracle *oracle) {
    if (oracle->tick >= 0) {
        oracle_integrate(oracle);
    }
    oracle->tick++;
    oracle->record_count = 0;
    for (size_t i = 0; i < oracle->asset_count; i++) {
        oracle->assets[i].moved_in_tick = false;
        oracle->assets[i].rose_in_tick = false;
    }
    oracle_rounds(oracle);
    oracle_crews_assign(oracle);
    if (oracle->tick > 0 && oracle->tick % oracle->interval == 0) {
        oracle_information(oracle);
    }
}
