/* SPDX-License-Identifier: Apache-2.0 */
/* Needs, backups, service, links and cause: sections 5, 6, 7 and 10 of RULES.md. */
#include "tests/oracle/oracle_rules.h"

static int64_t oracle_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t oracle_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t oracle_weight(const struct oracle_link *link) {
    if (link->need->spec->aggregator != AGGREGATOR_LINEAR && link->spec->weight == 0) {
        return 1;
    }
    return link->spec->weight;
}

/* ---- Section 5: needs ---- */

/* The k-th largest delivered value: that with fewer than k larger ones, and at least k that are as
 * large. */
static int64_t oracle_kth_largest(const struct oracle_need *need) {
    for (size_t i = 0; i < need->link_count; i++) {
        const int64_t value = need->links[i]->delivered;
        int64_t larger = 0;
        int64_t equal = 0;
        for (size_t j = 0; j < need->link_count; j++) {
            larger += need->links[j]->delivered > value;
            equal += need->links[j]->delivered == value;
        }
        if (larger < need->spec->k && larger + equal >= need->spec->k) {
            return value;
        }
    }
    SPILL_ASSERT(false);
    return 0;
}

static int64_t oracle_threshold(struct oracle *oracle, struct oracle_need *need) {
    int64_t failed_weight = 0;
    int64_t weight = 0;
    bool failed = false;
    for (size_t j = 0; j < need->link_count; j++) {
        weight += oracle_weight(need->links[j]);
        if (need->links[j]->delivered < SPILL_FAILED_BELOW) {
            failed = true;
            failed_weight += oracle_weight(need->links[j]);
        }
    }
    int64_t numerator = need->spec->numerator;
    int64_t denominator = need->spec->denominator;
    if (oracle_law_given(&need->spec->fraction_law)) {
        oracle_fire(oracle, ORACLE_THRESHOLD_BY_LAW);
        numerator = oracle_min(SPILL_PPM,
                               fate_law_ms(&need->spec->fraction_law,
                                           fate_draw(oracle->seed, need->entity.hash,
                                                     FATE_THRESHOLD, 0, need->threshold_replica)));
        denominator = SPILL_PPM;
        need->threshold_revealed = need->threshold_revealed || failed;
    }
    if (failed && failed_weight * denominator >= weight * numerator) {
        oracle_fire(oracle, ORACLE_THRESHOLD_BELOW);
        return 0;
    }
    if (failed) {
        oracle_fire(oracle, ORACLE_THRESHOLD_HELD);
    }
    return SPILL_PPM;
}

static int64_t oracle_arrives(struct oracle *oracle, struct oracle_need *need) {
    if (need->link_count == 0) {
        return SPILL_PPM;
    }
    int64_t smallest = SPILL_PPM;
    int64_t largest = 0;
    int64_t weight = 0;
    int64_t weighted = 0;
    int64_t weighted_loss = 0;
    for (size_t j = 0; j < need->link_count; j++) {
        const struct oracle_link *const link = need->links[j];
        const int64_t d = link->delivered;
        smallest = oracle_min(smallest, d);
        largest = oracle_max(largest, d);
        weight += oracle_weight(link);
        weighted += oracle_weight(link) * d;
        weighted_loss += oracle_weight(link) * (SPILL_PPM - d);
    }
    int64_t arrives = SPILL_PPM;
    enum oracle_rule rule = ORACLE_THRESHOLD_BELOW;
    switch (need->spec->aggregator) {
    case AGGREGATOR_ALL:
        arrives = smallest;
        rule = ORACLE_ALL_BELOW;
        break;
    case AGGREGATOR_ANY:
        arrives = largest;
        rule = ORACLE_ANY_BELOW;
        break;
    case AGGREGATOR_K_OF_N:
        arrives = oracle_kth_largest(need);
        rule = ORACLE_K_OF_N_BELOW;
        break;
    case AGGREGATOR_SHARE:
        arrives = weighted / weight;
        rule = ORACLE_SHARE_BELOW;
        break;
    case AGGREGATOR_THRESHOLD:
        arrives = oracle_threshold(oracle, need);
        break;
    case AGGREGATOR_LINEAR: {
        const int64_t loss = (weighted_loss + SPILL_PPM - 1) / SPILL_PPM;
        arrives = oracle_max(0, SPILL_PPM - loss);
        rule = loss >= SPILL_PPM ? ORACLE_LINEAR_EMPTY : ORACLE_LINEAR_BELOW;
        break;
    }
    }
    if (arrives < SPILL_PPM) {
        oracle_fire(oracle, rule);
    }
    return arrives;
}

static int64_t oracle_allowed(struct oracle *oracle, const struct oracle_need *need,
                              int64_t arrives) {
    const struct response_point *const points = need->spec->response;
    if (need->spec->response_count == 0) {
        return arrives;
    }
    for (size_t i = 0; i + 1 < need->spec->response_count; i++) {
        const struct response_point low = points[i];
        const struct response_point high = points[i + 1];
        if (arrives >= low.arrives_ppm && arrives < high.arrives_ppm) {
            if (arrives > low.arrives_ppm) {
                oracle_fire(oracle, ORACLE_RESPONSE_BETWEEN);
            }
            return low.allows_ppm + (high.allows_ppm - low.allows_ppm) *
                                        (arrives - low.arrives_ppm) /
                                        (high.arrives_ppm - low.arrives_ppm);
        }
    }
    return points[need->spec->response_count - 1].allows_ppm;
}

int64_t oracle_autonomy_ticks(const struct oracle *oracle, const struct oracle_need *need,
                              int64_t charge, int64_t time_ms) {
    int64_t demand = SPILL_PPM;
    if (need->surge < oracle->surge_count) {
        demand = need->asset->country->demand[need->surge];
    }
    const int64_t charged_ms = time_ms * charge / SPILL_PPM;
    const int64_t demanded_ms = charged_ms * SPILL_PPM / demand;
    return oracle_max(1, oracle_ticks(oracle, demanded_ms));
}

void oracle_backup_go_on(struct oracle *oracle, struct oracle_need *need) {
    struct oracle_backup *const backup = need->active;
    const struct law_spec *const law = &backup->spec->autonomy;
    const int64_t time_ms = oracle_draw_ms(oracle, &backup->entity, FATE_AUTONOMY, law);
    need->on = true;
    need->rescaled = false;
    need->start_charge = backup->charge;
    need->autonomy.law = law;
    need->autonomy.from = oracle->tick;
    need->autonomy.due =
        oracle->tick + oracle_autonomy_ticks(oracle, need, backup->charge, time_ms);
    oracle_timer_end(&need->gap);
    if (backup->charge < SPILL_PPM) {
        oracle_fire(oracle, ORACLE_BACKUP_SHORTENED_BY_CHARGE);
    }
    if (need->surge < oracle->surge_count &&
        need->asset->country->demand[need->surge] > SPILL_PPM) {
        oracle_fire(oracle, ORACLE_BACKUP_SHORTENED_BY_DEMAND);
    }
}

/* Step 1: what arrives is enough again. */
static void oracle_backup_stop(struct oracle *oracle, struct oracle_need *need) {
    if (need->on) {
        const struct oracle_timer *const autonomy = &need->autonomy;
        need->active->charge =
            need->start_charge * (autonomy->due - oracle->tick) / (autonomy->due - autonomy->from);
        oracle_fire(oracle, ORACLE_BACKUP_STOPS);
        if (need->active->charge < SPILL_PPM) {
            oracle_fire(oracle, ORACLE_BACKUP_STOPS_PARTLY_USED);
        }
    } else {
        oracle_fire(oracle, ORACLE_BACKUP_STOPS_IN_GAP);
    }
    oracle_timer_end(&need->autonomy);
    oracle_timer_end(&need->gap);
    need->active = NULL;
    need->on = false;
}

/* Step 2 for one backup that is not active while less arrives than it could give: its recharge ends
 * early. */
static void oracle_recharge_interrupt(struct oracle *oracle, struct oracle_backup *backup) {
    struct oracle_timer *const recharge = &backup->recharge;
    if (oracle_timer_runs(recharge)) {
        backup->charge += (SPILL_PPM - backup->charge) * (oracle->tick - recharge->from) /
                          (recharge->due - recharge->from);
        oracle_timer_end(recharge);
        oracle_fire(oracle, ORACLE_RECHARGE_INTERRUPTED);
    }
}

/* Step 2 for one backup that is not active while enough arrives. */
static void oracle_backup_rest(struct oracle *oracle, struct oracle_backup *backup) {
    if (backup->failed) {
        oracle_fire(oracle, ORACLE_BACKUP_CLEARED);
    }
    backup->failed = false;
    if (backup->charge < SPILL_PPM && oracle_law_given(&backup->spec->recharge) &&
        !oracle_timer_runs(&backup->recharge)) {
        oracle_timer_start(oracle, &backup->recharge, &backup->entity, FATE_RECHARGE,
                           &backup->spec->recharge);
        oracle_fire(oracle, ORACLE_RECHARGE_BEGINS);
    }
}

/* Step 3 for one backup: true when it became active. */
static bool oracle_backup_try(struct oracle *oracle, struct oracle_need *need,
                              struct oracle_backup *backup) {
    if (backup->spec->start_failure_ppm > 0 &&
        oracle_happens(oracle, &backup->entity, FATE_BACKUP_START,
                       backup->spec->start_failure_ppm)) {
        backup->failed = true;
        oracle_fire(oracle, ORACLE_BACKUP_START_FAILS);
        return false;
    }
    oracle_fire(oracle, backup == need->backups ? ORACLE_BACKUP_STARTS : ORACLE_BACKUP_SECOND);
    need->active = backup;
    need->on = false;
    int64_t gap_ticks = 0;
    if (oracle_law_given(&backup->spec->gap)) {
        gap_ticks = oracle_ticks(
            oracle, oracle_draw_ms(oracle, &backup->entity, FATE_GAP, &backup->spec->gap));
        if (gap_ticks == 0) {
            oracle_fire(oracle, ORACLE_BACKUP_GAP_OF_NOTHING);
        }
    }
    if (gap_ticks == 0) {
        oracle_backup_go_on(oracle, need);
    } else {
        need->gap = (struct oracle_timer){
            .from = oracle->tick, .due = oracle->tick + gap_ticks, .law = &backup->spec->gap};
        oracle_fire(oracle, ORACLE_BACKUP_GAP);
    }
    return true;
}

static void oracle_need_evaluate(struct oracle *oracle, struct oracle_need *need) {
    need->arrives = oracle_arrives(oracle, need);
    const int64_t allowed = oracle_allowed(oracle, need, need->arrives);
    if (need->control && need->asset->control_lost) {
        need->level = 0;
        if (need->active != NULL) {
            oracle_fire(oracle, ORACLE_CONTROL_LOST_WITH_BACKUP);
        }
        return;
    }
    if (need->active != NULL && allowed >= need->active->spec->level_ppm) {
        oracle_backup_stop(oracle, need);
    }
    for (size_t j = 0; j < need->spec->backup_count; j++) {
        struct oracle_backup *const backup = &need->backups[j];
        if (backup != need->active && allowed >= backup->spec->level_ppm) {
            oracle_backup_rest(oracle, backup);
        } else if (backup != need->active) {
            oracle_recharge_interrupt(oracle, backup);
        }
    }
    for (size_t j = 0; j < need->spec->backup_count && need->active == NULL; j++) {
        struct oracle_backup *const backup = &need->backups[j];
        if (allowed < backup->spec->level_ppm && !backup->failed) {
            if (backup->charge > 0) {
                oracle_backup_try(oracle, need, backup);
            } else {
                oracle_fire(oracle, ORACLE_BACKUP_EMPTY);
            }
        }
    }
    need->level = allowed;
    if (need->active != NULL && need->on) {
        need->level = oracle_max(allowed, need->active->spec->level_ppm);
        oracle_fire(oracle, ORACLE_BACKUP_CARRIES);
    }
}

/* ---- Section 6: service ---- */

/* What a service is computed from. */
struct oracle_inputs {
    int64_t health;
    int64_t levels[ORACLE_NEEDS_MAX];
    int64_t demand_factor;
    int64_t x;
};

/* 6.1; leaves in `inputs` the levels of the needs as they count. */
static void oracle_black_start(struct oracle *oracle, struct oracle_asset *asset,
                               struct oracle_inputs *inputs) {
    bool some_below = false;
    for (size_t i = 0; i < asset->need_count; i++) {
        inputs->levels[i] = asset->needs[i]->level;
        some_below = some_below ||
                     (asset->needs[i]->spec->black_start && asset->needs[i]->level < SPILL_PPM);
    }
    if (asset->black_start_latched && (asset->health < SPILL_PPM || !some_below)) {
        oracle_fire(oracle, some_below ? ORACLE_BLACK_START_DAMAGED : ORACLE_BLACK_START_MET);
        asset->black_start_latched = false;
        asset->black_start_ordered = false;
    }
    const bool wanted =
        asset->spec->black_start == BLACK_START_AUTOMATIC ||
        (asset->spec->black_start == BLACK_START_ORDERED && asset->black_start_ordered);
    if (oracle->round == 0 && !asset->black_start_latched && asset->service == 0 &&
        asset->health == SPILL_PPM && wanted && some_below) {
        asset->black_start_latched = true;
        oracle_fire(oracle, asset->black_start_ordered ? ORACLE_BLACK_START_ORDERED
                                                       : ORACLE_BLACK_START_LATCHED);
    }
    for (size_t i = 0; i < asset->need_count; i++) {
        if (asset->black_start_latched && asset->needs[i]->spec->black_start) {
            inputs->levels[i] = SPILL_PPM;
        }
    }
}

/* 6.2, before the cap. */
static int64_t oracle_combine(struct oracle *oracle, const struct oracle_asset *asset,
                              const struct oracle_inputs *inputs) {
    int64_t least = inputs->health;
    int64_t product = inputs->health;
    int64_t rest = inputs->health;
    for (size_t i = 0; i < asset->need_count; i++) {
        least = oracle_min(least, inputs->levels[i]);
        product = product * inputs->levels[i] / SPILL_PPM;
        rest -= SPILL_PPM - inputs->levels[i];
    }
    int64_t x = least;
    enum oracle_rule rule = ORACLE_COMBINE_MIN;
    if (asset->spec->combination == COMBINE_PRODUCT) {
        x = product;
        rule = ORACLE_COMBINE_PRODUCT;
    } else if (asset->spec->combination == COMBINE_LINEAR) {
        x = oracle_max(0, rest);
        rule = ORACLE_COMBINE_LINEAR;
    }
    if (x < SPILL_PPM) {
        oracle_fire(oracle, rule);
    }
    return x;
}

/* 6.3. */
static void oracle_manual_mode(struct oracle *oracle, struct oracle_asset *asset,
                               struct oracle_inputs *inputs) {
    const int64_t manual_ppm = asset->spec->manual_ppm;
    if (manual_ppm == 0) {
        return;
    }
    const int64_t unassisted = oracle_min(inputs->x, asset->cap);
    if (unassisted >= manual_ppm) {
        if (asset->manual != ORACLE_MANUAL_OFF) {
            oracle_fire(oracle, asset->manual == ORACLE_MANUAL_IS_ON ? ORACLE_MANUAL_ENDED
                                                                     : ORACLE_MANUAL_WAITING_ENDED);
            asset->manual = ORACLE_MANUAL_OFF;
            asset->manual_ordered = false;
            oracle_timer_end(&asset->manual_wait);
        }
    } else if (asset->manual == ORACLE_MANUAL_OFF &&
               (asset->spec->manual_automatic || asset->manual_ordered)) {
        asset->manual = ORACLE_MANUAL_WAITING;
        oracle_timer_start(oracle, &asset->manual_wait, &asset->entity, FATE_MANUAL,
                           &asset->spec->manual_delay);
        oracle_fire(oracle,
                    asset->spec->manual_automatic ? ORACLE_MANUAL_WAITS : ORACLE_MANUAL_ORDERED);
    }
    if (asset->manual == ORACLE_MANUAL_IS_ON) {
        inputs->health = oracle_max(inputs->health, manual_ppm);
        for (size_t i = 0; i < asset->need_count; i++) {
            if (asset->needs[i]->spec->manual_fallback && inputs->levels[i] < manual_ppm) {
                inputs->levels[i] = manual_ppm;
                oracle_fire(oracle, ORACLE_MANUAL_RAISES_NEED);
                if (asset->needs[i]->control && asset->control_lost) {
                    oracle_fire(oracle, ORACLE_MANUAL_RAISES_LOST_CONTROL);
                }
            }
        }
        inputs->x = oracle_max(unassisted, oracle_combine(oracle, asset, inputs));
    }
}

/* 6.4. */
static void oracle_cap_and_demand(struct oracle *oracle, const struct oracle_asset *asset,
                                  struct oracle_inputs *inputs) {
    if (asset->cap < inputs->x) {
        oracle_fire(oracle, ORACLE_CAP_BITES);
    }
    inputs->x = oracle_min(inputs->x, asset->cap);
    inputs->demand_factor = SPILL_PPM;
    if (asset->surge < oracle->surge_count) {
        const int64_t demand = asset->country->demand[asset->surge];
        const int64_t headroom =
            asset->spec->headroom_ppm == 0 ? SPILL_PPM : asset->spec->headroom_ppm;
        inputs->demand_factor = oracle_min(SPILL_PPM, headroom * SPILL_PPM / demand);
        inputs->x = inputs->x * inputs->demand_factor / SPILL_PPM;
        if (inputs->demand_factor < SPILL_PPM) {
            oracle_fire(oracle, ORACLE_DEMAND_BITES);
        }
    }
}

/* 6.5: true while a restart holds the service back. */
static bool oracle_restart(struct oracle *oracle, struct oracle_asset *asset, int64_t x) {
    if (!oracle_law_given(&asset->spec->restart) || asset->manual == ORACLE_MANUAL_IS_ON) {
        return false;
    }
    if (x <= asset->service) {
        if (asset->restarting) {
            oracle_fire(oracle, ORACLE_RESTART_CANCELLED);
        }
        asset->restarting = false;
        oracle_timer_end(&asset->restart);
        return false;
    }
    if (asset->service >= SPILL_FAILED_BELOW) {
        return false;
    }
    if (!asset->restarting) {
        asset->restarting = true;
        oracle_timer_start(oracle, &asset->restart, &asset->entity, FATE_RESTART,
                           &asset->spec->restart);
        oracle_fire(oracle,
                    oracle->round == 0 ? ORACLE_RESTART_BEGINS : ORACLE_RESTART_IN_LATER_ROUND);
    }
    return asset->restart.due > oracle->tick;
}

/* ---- Section 10: cause ---- */

/* Among the links that bind equally: that in force, the latest delivered, the smallest hash. */
static bool oracle_link_precedes(struct oracle *oracle, const struct oracle_link *a,
                                 const struct oracle_link *b, const struct oracle_link *in_force) {
    if (a == in_force || b == in_force) {
        oracle_fire(oracle, ORACLE_BINDING_LINK_IN_FORCE);
        return a == in_force;
    }
    if (a->delivered_tick != b->delivered_tick) {
        oracle_fire(oracle, ORACLE_BINDING_LINK_BY_TIME);
        return a->delivered_tick > b->delivered_tick;
    }
    if (a->delivered_round != b->delivered_round) {
        oracle_fire(oracle, ORACLE_BINDING_LINK_BY_TIME);
        return a->delivered_round > b->delivered_round;
    }
    oracle_fire(oracle, ORACLE_BINDING_LINK_BY_HASH);
    return a->entity.hash < b->entity.hash;
}

/* How strongly a link binds its need; the largest binds. */
static int64_t oracle_link_binds(const struct oracle_need *need, const struct oracle_link *link) {
    switch (need->spec->aggregator) {
    case AGGREGATOR_ALL:
        return -link->delivered;
    case AGGREGATOR_ANY:
        return link->delivered;
    case AGGREGATOR_K_OF_N:
        return link->delivered == need->arrives;
    default:
        return oracle_weight(link) * (SPILL_PPM - link->delivered);
    }
}

static struct oracle_link *oracle_binding_link(struct oracle *oracle,
                                               const struct oracle_asset *asset,
                                               const struct oracle_need *need) {
    const struct oracle_link *const in_force =
        asset->binding.need == need ? asset->binding.link : NULL;
    struct oracle_link *best = NULL;
    for (size_t j = 0; j < need->link_count; j++) {
        struct oracle_link *const link = need->links[j];
        if (best == NULL) {
            best = link;
            continue;
        }
        const int64_t binds = oracle_link_binds(need, link);
        const int64_t best_binds = oracle_link_binds(need, best);
        if (binds > best_binds ||
            (binds == best_binds && oracle_link_precedes(oracle, link, best, in_force))) {
            best = link;
        }
    }
    return best;
}

struct oracle_limit {
    enum limit_kind kind;
    struct oracle_need *need;
    int64_t loss;
};

/* All limits of an asset: health, needs in order of their hash, cap, demand, layer. */
static size_t oracle_limits(const struct oracle_asset *asset, const struct oracle_inputs *inputs,
                            struct oracle_limit *limits) {
    size_t count = 0;
    limits[count++] = (struct oracle_limit){LIMIT_HEALTH, NULL, SPILL_PPM - inputs->health};
    for (size_t i = 0; i < asset->need_count; i++) {
        limits[count++] =
            (struct oracle_limit){LIMIT_NEED, asset->needs[i], SPILL_PPM - inputs->levels[i]};
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 1 && limits[j].need->entity.hash < limits[j - 1].need->entity.hash;
             j--) {
            const struct oracle_limit larger = limits[j - 1];
            limits[j - 1] = limits[j];
            limits[j] = larger;
        }
    }
    limits[count++] = (struct oracle_limit){LIMIT_CAP, NULL, SPILL_PPM - asset->cap};
    limits[count++] = (struct oracle_limit){LIMIT_DEMAND, NULL, SPILL_PPM - inputs->demand_factor};
    if (asset->member.layer != NULL) {
        limits[count++] = (struct oracle_limit){LIMIT_LAYER, NULL, SPILL_PPM - asset->member.level};
    }
    return count;
}

static struct oracle_binding oracle_bind(struct oracle *oracle, const struct oracle_asset *asset,
                                         const struct oracle_inputs *inputs) {
    struct oracle_limit limits[ORACLE_NEEDS_MAX + 4];
    const size_t count = oracle_limits(asset, inputs, limits);
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (limits[i].loss > limits[best].loss) {
            best = i;
        } else if (limits[i].loss == limits[best].loss && limits[i].loss > 0) {
            const bool in_force =
                limits[i].kind == asset->binding.limit && limits[i].need == asset->binding.need;
            oracle_fire(oracle,
                        in_force ? ORACLE_BINDING_TIE_IN_FORCE : ORACLE_BINDING_TIE_BY_ORDER);
            best = in_force ? i : best;
        }
    }
    struct oracle_binding binding = {.limit = limits[best].kind, .need = limits[best].need};
    if (limits[best].loss == 0) {
        oracle_fire(oracle, ORACLE_LAG_WITHOUT_LIMIT);
        return asset->binding;
    }
    switch (binding.limit) {
    case LIMIT_NONE:
        break;
    case LIMIT_HEALTH:
        binding.root = asset->health_root;
        oracle_fire(oracle, ORACLE_BINDING_HEALTH);
        break;
    case LIMIT_NEED:
        if (binding.need->control && asset->control_lost) {
            binding.root = asset->control_root;
            oracle_fire(oracle, ORACLE_BINDING_LOST_CONTROL);
        } else {
            binding.link = oracle_binding_link(oracle, asset, binding.need);
            binding.root = binding.link->root;
            oracle_fire(oracle, ORACLE_BINDING_NEED);
        }
        break;
    case LIMIT_CAP:
        binding.root = asset->cap_root;
        oracle_fire(oracle, ORACLE_BINDING_CAP);
        break;
    case LIMIT_DEMAND:
        binding.root = asset->country->demand_root;
        oracle_fire(oracle, ORACLE_BINDING_DEMAND);
        break;
    case LIMIT_LAYER:
        binding.root = asset->member.root;
        oracle_fire(oracle, ORACLE_BINDING_LAYER);
        break;
    }
    return binding;
}

static void oracle_record_write(struct oracle *oracle, struct oracle_asset *asset, int64_t before,
                                struct oracle_binding binding) {
    if (oracle->record_count == oracle->record_capacity) {
        const size_t capacity = 2 * oracle->record_capacity + 64;
        struct oracle_record *const records =
            spill_grow(oracle->records, oracle->record_capacity, capacity, sizeof *records);
        SPILL_ASSERT(records != NULL);
        oracle->records = records;
        oracle->record_capacity = capacity;
    }
    oracle->records[oracle->record_count] = (struct oracle_record){
        .parent = binding.link != NULL           ? binding.link->record
                  : binding.limit == LIMIT_LAYER ? asset->member.record
                                                 : 0,
        .round = (uint32_t)oracle->round,
        .asset = asset,
        .before = before,
        .after = asset->service,
        .binding = binding,
    };
    oracle->record_count++;
    oracle->record_total++;
    asset->record = oracle->record_total;
    asset->record_tick = oracle->tick;
    asset->binding = binding;
}

/* How far a lag lets it go of this gap. */
static int64_t oracle_lag_step(const struct oracle_asset *asset, int64_t gap) {
    return (gap * asset->spec->lag_ppm + SPILL_PPM - 1) / SPILL_PPM;
}

/* Whether a lag lets the service move in this tick and round. */
static bool oracle_lag_allows(struct oracle *oracle, const struct oracle_asset *asset) {
    const int64_t lag = oracle_max(1, oracle_ticks(oracle, asset->spec->lag_ms));
    if (asset->spec->lag_ppm == 0 ||
        (oracle->round == 0 && oracle->tick >= asset->changed_at + lag)) {
        return true;
    }
    oracle_fire(oracle, ORACLE_LAG_WAITS);
    return false;
}

/* 6.6 and 6.7: s moves to x, or by a lag towards it. */
static void oracle_service_move(struct oracle *oracle, struct oracle_asset *asset,
                                const struct oracle_inputs *inputs) {
    const int64_t before = asset->service;
    if (asset->spec->lag_ppm == 0) {
        asset->service = inputs->x;
    } else if (inputs->x < before) {
        asset->service -= oracle_lag_step(asset, before - inputs->x);
        oracle_fire(oracle, ORACLE_LAG_FALLS);
    } else {
        asset->service += oracle_lag_step(asset, inputs->x - before);
        oracle_fire(oracle, ORACLE_LAG_RISES);
    }
    if (asset->spec->lag_ppm > 0 && asset->service == inputs->x) {
        oracle_fire(oracle, ORACLE_LAG_ARRIVES);
    }
    asset->changed_at = oracle->tick;
    asset->moved_in_tick = true;
    if (before >= SPILL_FAILED_BELOW && asset->service < SPILL_FAILED_BELOW) {
        asset->tally.failure_count++;
        if (asset->tally.first_failure_ms == SPILL_NEVER) {
            asset->tally.first_failure_ms = oracle->tick * oracle->tick_ms;
        }
    }
    const struct oracle_binding none = {.limit = LIMIT_NONE};
    const bool full = asset->service == SPILL_PPM;
    oracle_record_write(oracle, asset, before, full ? none : oracle_bind(oracle, asset, inputs));
}

static void oracle_fall(struct oracle *oracle, struct oracle_asset *asset,
                        const struct oracle_inputs *inputs) {
    if (!oracle_lag_allows(oracle, asset)) {
        return;
    }
    oracle_fire(oracle, oracle->round == 0 ? ORACLE_FALL : ORACLE_FALL_IN_LATER_ROUND);
    if (asset->rose_in_tick) {
        oracle_fire(oracle, ORACLE_RISE_AND_FALL_IN_TICK);
    }
    oracle_service_move(oracle, asset, inputs);
}

static void oracle_rise(struct oracle *oracle, struct oracle_asset *asset,
                        const struct oracle_inputs *inputs, bool held) {
    if (oracle->round > 0) {
        oracle_fire(oracle, ORACLE_RISE_WAITS_FOR_ROUND);
        return;
    }
    if (oracle->tick < asset->changed_at + oracle->dwell) {
        oracle_fire(oracle, ORACLE_RISE_WAITS_FOR_DWELL);
        if (asset->restarting && !held) {
            oracle_fire(oracle, ORACLE_RESTART_DUE_UNDER_DWELL);
        }
        return;
    }
    if (held || !oracle_lag_allows(oracle, asset)) {
        return;
    }
    oracle_fire(oracle, inputs->x < SPILL_PPM ? ORACLE_RISE_BELOW_FULL : ORACLE_RISE);
    if (asset->restarting) {
        oracle_fire(oracle, ORACLE_RESTART_DONE);
    }
    asset->restarting = false;
    oracle_timer_end(&asset->restart);
    asset->rose_in_tick = true;
    oracle_service_move(oracle, asset, inputs);
}

/* x = s < Q: another binding may be in force now. */
static void oracle_rebind(struct oracle *oracle, struct oracle_asset *asset,
                          const struct oracle_inputs *inputs) {
    const struct oracle_binding old = asset->binding;
    const struct oracle_binding now = oracle_bind(oracle, asset, inputs);
    const bool same_limit = now.limit == old.limit && now.need == old.need && now.link == old.link;
    if (same_limit && now.root == old.root) {
        return;
    }
    oracle_fire(oracle, same_limit ? ORACLE_BINDING_NEW_ROOT_ONLY : ORACLE_BINDING_REPLACED);
    oracle_record_write(oracle, asset, asset->service, now);
}

void oracle_evaluate(struct oracle *oracle, struct oracle_asset *asset) {
    for (size_t i = 0; i < asset->need_count; i++) {
        oracle_need_evaluate(oracle, asset->needs[i]);
    }
    struct oracle_inputs inputs = {.health = asset->health};
    oracle_black_start(oracle, asset, &inputs);
    inputs.x = oracle_combine(oracle, asset, &inputs);
    oracle_manual_mode(oracle, asset, &inputs);
    oracle_cap_and_demand(oracle, asset, &inputs);
    if (asset->member.layer != NULL) {
        asset->member.own = inputs.x;
        inputs.x = oracle_min(inputs.x, asset->member.level);
    }
    const bool held = oracle_restart(oracle, asset, inputs.x);
    if (inputs.x < asset->service) {
        oracle_fall(oracle, asset, &inputs);
    } else if (inputs.x > asset->service) {
        oracle_rise(oracle, asset, &inputs, held);
    } else if (asset->service < SPILL_PPM) {
        oracle_rebind(oracle, asset, &inputs);
    }
}

/* ---- Section 7: links ---- */

void oracle_couple(struct oracle *oracle, struct oracle_link *link) {
    const uint64_t u =
        fate_draw(oracle->seed, link->entity.hash, FATE_COUPLING, 0, oracle->replica);
    const int64_t coupling_ppm = link->spec->coupling_given ? link->spec->coupling_ppm : SPILL_PPM;
    link->coupled = (int64_t)(u * (uint64_t)SPILL_PPM >> 32) < coupling_ppm;
}

void oracle_offer(struct oracle *oracle, struct oracle_link *link) {
    const int64_t x = link->cut ? 0 : link->supplier->service;
    if (x < SPILL_PPM) {
        link->revealed = true;
    }
    if (!link->coupled) {
        if (x < SPILL_PPM) {
            oracle_fire(oracle, ORACLE_UNCOUPLED_HELD);
        }
        return;
    }
    if (x == link->delivered) {
        if (link->pending) {
            oracle_fire(oracle, ORACLE_OFFER_DROPS_PENDING);
        }
        link->pending = false;
        return;
    }
    struct oracle_root *const root = link->cut ? link->cut_root : link->supplier->binding.root;
    const bool same_side =
        link->pending && (link->pending_value < link->delivered) == (x < link->delivered);
    if (same_side) {
        if (link->pending_value != x) {
            oracle_fire(oracle, ORACLE_OFFER_REPLACES_PENDING);
        } else if (link->pending_root != root) {
            oracle_fire(oracle, ORACLE_OFFER_NEW_ROOT);
        }
    } else {
        const int64_t delay_ms =
            x < link->delivered ? link->spec->delay_down_ms : link->spec->delay_up_ms;
        const int64_t delay = oracle_ticks(oracle, delay_ms);
        if (link->pending) {
            oracle_fire(oracle, ORACLE_OFFER_TURNS_PENDING);
        }
        if (delay == 0) {
            oracle_fire(oracle, ORACLE_DELAY_OF_NOTHING);
        }
        link->pending_tick = oracle->tick + delay;
        link->pending_round = delay == 0 ? oracle->round + 1 : 0;
    }
    link->pending = true;
    link->pending_value = x;
    link->pending_root = root;
    link->pending_record = link->cut ? 0 : link->supplier->record;
}

void oracle_deliver(struct oracle *oracle, struct oracle_link *link) {
    SPILL_ASSERT(link->pending);
    link->delivered = link->pending_value;
    link->root = link->pending_root;
    link->record = link->pending_record;
    link->delivered_tick = oracle->tick;
    link->delivered_round = oracle->round;
    link->pending = false;
    if (oracle->round > 0) {
        oracle_fire(oracle, ORACLE_DELIVERY_IN_LATER_ROUND);
    }
}
