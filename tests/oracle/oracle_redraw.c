/* SPDX-License-Identifier: Apache-2.0 */
/* The forecast: section 13 of RULES.md. */
#include "tests/oracle/oracle_rules.h"

/* When a timer would end, had u been drawn when it started. */
typedef int64_t (*oracle_end_fn)(const struct oracle *oracle, const void *subject, uint32_t u);

/* u' for a timer: a new draw, squeezed to where the timer lasts beyond this tick. False: there is
 * no such u. */
static bool oracle_redraw_u(struct oracle *oracle, struct oracle_entity *entity,
                            enum fate_purpose purpose, oracle_end_fn end, const void *subject,
                            uint32_t *redrawn) {
    if (end(oracle, subject, UINT32_MAX) <= oracle->tick) {
        oracle_fire(oracle, ORACLE_REDRAW_TIMER_TOO_LONG);
        return false;
    }
    /* The least u that lasts, by halving: durations rise with u. */
    uint64_t least = 0;
    uint64_t enough = UINT32_MAX;
    while (least < enough) {
        const uint64_t middle = (least + enough) / 2;
        if (end(oracle, subject, (uint32_t)middle) > oracle->tick) {
            enough = middle;
        } else {
            least = middle + 1;
        }
    }
    oracle_fire(oracle, ORACLE_REDRAW_TIMER);
    const uint64_t u = oracle_draw(oracle, entity, purpose);
    *redrawn = (uint32_t)(least + (u * ((UINT64_C(1) << 32) - least) >> 32));
    return true;
}

static int64_t oracle_timer_end_at(const struct oracle *oracle, const void *subject, uint32_t u) {
    const struct oracle_timer *const timer = subject;
    const int64_t ticks = oracle_ticks(oracle, fate_law_ms(timer->law, u));
    return timer->from + (ticks < 1 ? 1 : ticks) + timer->moved;
}

/* The gap of a backup alone may take no time at all. */
static int64_t oracle_gap_end_at(const struct oracle *oracle, const void *subject, uint32_t u) {
    const struct oracle_timer *const timer = subject;
    return timer->from + oracle_ticks(oracle, fate_law_ms(timer->law, u));
}

static int64_t oracle_autonomy_end_at(const struct oracle *oracle, const void *subject,
                                      uint32_t u) {
    const struct oracle_need *const need = subject;
    const int64_t time_ms = fate_law_ms(need->autonomy.law, u);
    return need->autonomy.from + oracle_autonomy_ticks(oracle, need, need->start_charge, time_ms);
}

static int64_t oracle_contact_end_at(const struct oracle *oracle, const void *subject, uint32_t u) {
    struct oracle_contact contact = *(const struct oracle_contact *)subject;
    contact.left_ms = fate_law_ms(&contact.trust->law, u);
    return oracle_contact_due(oracle, &contact);
}

static void oracle_redraw_timer(struct oracle *oracle, struct oracle_timer *timer,
                                struct oracle_entity *entity, enum fate_purpose purpose) {
    if (!oracle_timer_runs(timer) || timer->due <= oracle->tick || timer->law == NULL ||
        timer->law->kind == LAW_NONE) {
        return;
    }
    uint32_t u = 0;
    if (oracle_redraw_u(oracle, entity, purpose, oracle_timer_end_at, timer, &u)) {
        timer->due = oracle_timer_end_at(oracle, timer, u);
    } else {
        timer->due = oracle->tick + 1;
    }
}

static void oracle_redraw_need(struct oracle *oracle, struct oracle_need *need) {
    if (oracle_law_given(&need->spec->fraction_law)) {
        oracle_fire(oracle, need->threshold_revealed ? ORACLE_REDRAW_THRESHOLD_KEPT
                                                     : ORACLE_REDRAW_THRESHOLD);
    }
    if (!need->threshold_revealed) {
        need->threshold_replica = oracle->replica;
    }
    for (size_t j = 0; j < need->spec->backup_count; j++) {
        oracle_redraw_timer(oracle, &need->backups[j].recharge, &need->backups[j].entity,
                            FATE_RECHARGE);
    }
    if (need->active == NULL) {
        return;
    }
    struct oracle_entity *const entity = &need->active->entity;
    uint32_t u = 0;
    if (!need->on) {
        need->gap.due = oracle_redraw_u(oracle, entity, FATE_GAP, oracle_gap_end_at, &need->gap, &u)
                            ? oracle_gap_end_at(oracle, &need->gap, u)
                            : oracle->tick + 1;
    } else {
        if (need->rescaled) {
            oracle_fire(oracle, ORACLE_REDRAW_RESCALED_AUTONOMY);
        }
        need->autonomy.due =
            oracle_redraw_u(oracle, entity, FATE_AUTONOMY, oracle_autonomy_end_at, need, &u)
                ? oracle_autonomy_end_at(oracle, need, u)
                : oracle->tick + 1;
    }
}

static void oracle_redraw_contact(struct oracle *oracle, struct oracle_contact *contact) {
    if (!contact->live) {
        return;
    }
    const struct law_spec *const law = &contact->trust->law;
    if (!contact->running) {
        oracle_fire(oracle, ORACLE_REDRAW_PAUSED_CONTACT);
        contact->left_ms = oracle_draw_ms(oracle, &contact->entity, FATE_CONTACT, law);
        return;
    }
    uint32_t u = 0;
    if (oracle_redraw_u(oracle, &contact->entity, FATE_CONTACT, oracle_contact_end_at, contact,
                        &u)) {
        contact->left_ms = fate_law_ms(law, u);
    } else {
        contact->left_ms = (oracle->tick + 1 - contact->since) * oracle->tick_ms;
    }
}

static void oracle_redraw_coupling(struct oracle *oracle, struct oracle_link *link) {
    if (link->revealed) {
        oracle_fire(oracle, ORACLE_REDRAW_COUPLING_KEPT);
        return;
    }
    oracle_fire(oracle, ORACLE_REDRAW_COUPLING);
    oracle_couple(oracle, link);
}

void oracle_redraw(struct oracle *oracle, uint32_t replica) {
    if (replica == 0) {
        return;
    }
    oracle->replica = replica;
    for (size_t i = 0; i < oracle->link_count; i++) {
        oracle_redraw_coupling(oracle, &oracle->links[i]);
    }
    for (size_t i = 0; i < oracle->need_count; i++) {
        oracle_redraw_need(oracle, &oracle->needs[i]);
    }
    for (size_t i = 0; i < oracle->asset_count; i++) {
        struct oracle_asset *const asset = &oracle->assets[i];
        oracle_redraw_timer(oracle, &asset->work, &asset->entity, FATE_REPAIR);
        oracle_redraw_timer(oracle, &asset->restart, &asset->entity, FATE_RESTART);
        oracle_redraw_timer(oracle, &asset->manual_wait, &asset->entity, FATE_MANUAL);
        oracle_redraw_timer(oracle, &asset->lifetime, &asset->entity, FATE_LIFETIME);
        oracle_redraw_timer(oracle, &asset->member.reclosing, &asset->entity, FATE_RECLOSE);
    }
    for (size_t i = 0; i < oracle->edge_count; i++) {
        struct oracle_edge *const edge = &oracle->edges[i];
        oracle_redraw_timer(oracle, &edge->bearing, &edge->entity, FATE_TRIP);
        oracle_redraw_timer(oracle, &edge->reclosing, &edge->entity, FATE_RECLOSE);
    }
    for (size_t i = 0; i < oracle->exposure_count; i++) {
        struct oracle_exposure *const exposure = &oracle->exposures[i];
        oracle_redraw_timer(oracle, &exposure->detection, &exposure->entity, FATE_DETECTION);
        oracle_redraw_timer(oracle, &exposure->trigger, &exposure->entity, FATE_TRIGGER);
    }
    for (size_t i = 0; i < oracle->contact_count; i++) {
        oracle_redraw_contact(oracle, &oracle->contacts[i]);
    }
    for (size_t i = 0; i < oracle->patch_count; i++) {
        oracle_redraw_timer(oracle, &oracle->patches[i].wait, &oracle->patches[i].entity,
                            FATE_PATCH);
    }
    for (size_t i = 0; i < oracle->push_count; i++) {
        oracle_redraw_timer(oracle, &oracle->pushes[i].wait, &oracle->pushes[i].entity,
                            FATE_PUSH_DELAY);
    }
}
