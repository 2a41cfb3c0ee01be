/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage: a small model with one cell and a script written down in a test, and what tests ask of its
 * world.
 */
#ifndef SPILL_TEST_STAGE_H
#define SPILL_TEST_STAGE_H

#include "coordinator/world/world.h"
#include "tests/cascade/model.h"

enum { STAGE_MAX = 16, STAGE_LOG_MAX = 256 };

struct stage {
    struct model model;
    struct script_spec spec;
    struct rule_spec rules[STAGE_MAX];
    struct effect_spec effects[STAGE_MAX];
    struct order_spec orders[STAGE_MAX];
    struct effect_spec order_effects[STAGE_MAX];
    struct cell_spec cells[2];
    struct filter_spec sees;
    struct authority_spec authority[STAGE_MAX];
    struct policy_spec policy;
    struct policy_rule_spec policy_rules[STAGE_MAX];
    struct script *script;
    struct world *world;
    /* What the world told. */
    struct {
        char what; /* 'f' fired, 'a' acted, 'r' reported. */
        int64_t at_ms;
        uint32_t index;
        struct report report;
    } log[STAGE_LOG_MAX];
    size_t log_count;
};

static const char *const stage_tags[] = {"suite"};

/* Country aa with plant and server (which carries the tag suite), bb with port; nobody is repaired
 * by himself. The cell "watch" of aa sees everything without delay and may give every order added;
 * "far" is another. */
static inline void stage_begin(struct stage *stage) {
    memset(stage, 0, sizeof *stage);
    struct model *const model = &stage->model;
    model_begin(model);
    model_country(model, "bb");
    model_tag(model, "suite");
    model_pool(model, "crews", 2);
    model_pool(model, "friends", 3)->country = "bb";
    model_asset(model, "plant");
    struct asset_spec *const server = model_asset(model, "server");
    server->tags = stage_tags;
    server->tag_count = 1;
    model_asset(model, "port")->country = "bb";
    struct campaign_spec *const wiper = model_campaign(model, "wiper");
    static const char *const entries[] = {"server"};
    wiper->tags = stage_tags;
    wiper->tag_count = 1;
    wiper->entries = entries;
    wiper->entry_count = 1;
    wiper->detection = model_fixed(MODEL_HOUR);
    wiper->trigger_delay = model_fixed(3 * MODEL_HOUR);
    wiper->takes_health = true;
    stage->policy = (struct policy_spec){.id = "doctrine", .rules = stage->policy_rules};
    stage->cells[0] = (struct cell_spec){.id = "watch",
                                         .country = "aa",
                                         .sees = &stage->sees,
                                         .sees_count = 1,
                                         .authority = stage->authority,
                                         .policies = &stage->policy,
                                         .policy_count = 1};
    stage->cells[1] = (struct cell_spec){.id = "far", .country = "bb"};
    stage->spec = (struct script_spec){
        .rules = stage->rules, .orders = stage->orders, .cells = stage->cells, .cell_count = 2};
}

/* A rule with one effect: damage of an asset to nothing; NULL: a step of escalation. */
static inline struct rule_spec *stage_rule(struct stage *stage, const char *id, const char *when,
                                           const char *asset) {
    const size_t i = stage->spec.rule_count++;
    CHECK_LT(i, (size_t)STAGE_MAX);
    stage->effects[i] = asset != NULL
                            ? (struct effect_spec){.action = ACTION_DAMAGE, .asset = asset}
                            : (struct effect_spec){.kind = EFFECT_ESCALATE, .amount = 1};
    stage->rules[i] = (struct rule_spec){
        .id = id, .when = when, .effects = &stage->effects[i], .effect_count = 1};
    return &stage->rules[i];
}

static inline struct order_spec *stage_order(struct stage *stage, const char *id,
                                             enum target_kind target, enum action_kind action) {
    const size_t i = stage->spec.order_count++;
    CHECK_LT(i, (size_t)STAGE_MAX);
    stage->order_effects[i] = (struct effect_spec){.action = action};
    stage->orders[i] = (struct order_spec){
        .id = id, .target = target, .effects = &stage->order_effects[i], .effect_count = 1};
    stage->authority[i] = (struct authority_spec){.order = id};
    stage->cells[0].authority_count = i + 1;
    return &stage->orders[i];
}

static inline struct policy_rule_spec *stage_policy_rule(struct stage *stage, const char *id,
                                                         const char *when, const char *order) {
    const size_t i = stage->policy.rule_count++;
    CHECK_LT(i, (size_t)STAGE_MAX);
    stage->policy_rules[i] = (struct policy_rule_spec){.id = id, .when = when, .order = order};
    return &stage->policy_rules[i];
}

static inline void stage_log(struct stage *stage, char what, int64_t at_ms, uint32_t index,
                             const struct report *report) {
    if (stage->log_count == STAGE_LOG_MAX) {
        return; /* What comes later is not asked about. */
    }
    stage->log[stage->log_count].what = what;
    stage->log[stage->log_count].at_ms = at_ms;
    stage->log[stage->log_count].index = index;
    stage->log[stage->log_count].report = report != NULL ? *report : (struct report){0};
    stage->log_count++;
}

static inline void stage_on_fired(int64_t at_ms, struct rule_ref rule, void *context) {
    stage_log(context, 'f', at_ms, rule.index, NULL);
}

static inline void stage_on_acted(int64_t at_ms, struct cell_ref cell, uint32_t number,
                                  void *context) {
    (void)cell;
    stage_log(context, 'a', at_ms, number, NULL);
}

static inline void stage_on_report(int64_t at_ms, struct cell_ref cell, const struct report *report,
                                   void *context) {
    if (strcmp(script_cell_id(((struct stage *)context)->script, cell), "watch") == 0) {
        stage_log(context, 'r', at_ms, report->asset.index, report);
    }
}

static inline void stage_open(struct stage *stage, const char *team) {
    struct spill_error error = {.text = ""};
    model_build(&stage->model);
    if (script_create(&stage->spec, stage->model.network, &stage->script, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct world_options options = {.seed = 11,
                                          .team = team,
                                          .digests = true,
                                          .sink = {.on_fired = stage_on_fired,
                                                   .on_acted = stage_on_acted,
                                                   .on_report = stage_on_report,
                                                   .context = stage}};
    CHECK_OK(world_create(stage->model.network, stage->script, &options, &stage->world));
}

static inline void stage_close(struct stage *stage) {
    world_destroy(&stage->world);
    script_destroy(&stage->script);
    model_close(&stage->model);
}

/* The n-th time (from 0) at which something of a kind was told; -1: it was not. */
static inline int64_t stage_when(const struct stage *stage, char what, uint32_t index, size_t n) {
    for (size_t i = 0; i < stage->log_count; i++) {
        if (stage->log[i].what == what && stage->log[i].index == index && n-- == 0) {
            return stage->log[i].at_ms;
        }
    }
    return -1;
}

static inline int64_t stage_fired(const struct stage *stage, const char *id, size_t n) {
    struct rule_ref rule = {0};
    CHECK_OK(script_find_rule(stage->script, id, &rule));
    return stage_when(stage, 'f', rule.index, n);
}

static inline int64_t stage_service(const struct stage *stage, const char *asset) {
    return cascade_service_ppm(world_cascade(stage->world), model_ref(&stage->model, asset));
}

/* A request without a target. */
static inline struct order_request stage_request(const struct stage *stage, const char *order) {
    struct order_request request = {.asset = {NETWORK_NO_INDEX},
                                    .tag = {NETWORK_NO_INDEX},
                                    .country = {NETWORK_NO_INDEX},
                                    .other_country = {NETWORK_NO_INDEX},
                                    .pool = {NETWORK_NO_INDEX},
                                    .other_pool = {NETWORK_NO_INDEX}};
    CHECK_OK(script_find_order(stage->script, order, &request.order));
    return request;
}

static inline struct order_request stage_about(const struct stage *stage, const char *order,
                                               const char *asset) {
    struct order_request request = stage_request(stage, order);
    request.asset = model_ref(&stage->model, asset);
    return request;
}

static inline struct cell_ref stage_cell(const struct stage *stage, const char *id) {
    struct cell_ref cell = {0};
    CHECK_OK(script_find_cell(stage->script, id, &cell));
    return cell;
}

#endif
