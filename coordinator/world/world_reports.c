/* SPDX-License-Identifier: Apache-2.0 */
/* The part of world about what cells are told, and what their policies make of it. */
#include <stdlib.h>

#include "coordinator/world/world_parts.h"

/* Trust is reported in whole per cents. */
#define WORLD_TRUST_STEP_PPM (SPILL_PPM / 100)

/* ---- Life ---- */

static size_t world_mail_subjects(const struct world *world, uint32_t cell) {
    return world->script->cells[cell].visible_count + network_country_count(world->network);
}

static enum spill_status world_mail_create(struct world *world, uint32_t cell) {
    struct world_mail *const mail = &world->mails[cell];
    const struct cell_ref ref = {cell};
    if (world->team != NULL && script_find_policy(world->script, ref, world->team) != NULL) {
        const enum spill_status status =
            policy_create(world->network, world->script, ref, world->team, world->seed,
                          world->replica, &mail->policy);
        if (status != SPILL_OK) {
            return status;
        }
        world->intention_capacity += policy_intentions_max(mail->policy);
    }
    mail->kept = world->team == NULL || world->digests || world->sink.on_report != NULL ||
                 mail->policy != NULL;
    if (!mail->kept) {
        return SPILL_OK;
    }
    const size_t subjects = world_mail_subjects(world, cell);
    const int64_t delay_ms = world->script->cells[cell].reporting_delay_ms;
    mail->oldest = NETWORK_NO_INDEX;
    mail->newest = NETWORK_NO_INDEX;
    mail->delay_ms = (delay_ms + world->tick_ms - 1) / world->tick_ms * world->tick_ms;
    mail->reports = spill_alloc(2 * subjects, sizeof mail->reports[0]);
    mail->waiting_counts = spill_alloc(subjects, sizeof mail->waiting_counts[0]);
    mail->first_places = spill_alloc(subjects, sizeof mail->first_places[0]);
    if (mail->reports == NULL || mail->waiting_counts == NULL || mail->first_places == NULL) {
        return SPILL_MEMORY;
    }
    return view_create(world->network, world->script, ref, &mail->view);
}

enum spill_status world_reports_create(struct world *world) {
    const size_t cell_count = world->script->cell_count;
    world->mails = spill_alloc(cell_count, sizeof world->mails[0]);
    world->told_trust_ppm =
        spill_alloc(network_country_count(world->network), sizeof world->told_trust_ppm[0]);
    if (world->mails == NULL || world->told_trust_ppm == NULL) {
        return SPILL_MEMORY;
    }
    enum spill_status status = SPILL_OK;
    for (uint32_t i = 0; i < cell_count && status == SPILL_OK; i++) {
        status = world_mail_create(world, i);
    }
    if (status != SPILL_OK) {
        return status;
    }
    world->intentions = spill_alloc(world->intention_capacity, sizeof world->intentions[0]);
    world->decided = spill_alloc(world->intention_capacity, sizeof world->decided[0]);
    return world->intentions == NULL || world->decided == NULL ? SPILL_MEMORY : SPILL_OK;
}

void world_reports_destroy(struct world *world) {
    for (size_t i = 0; world->mails != NULL && i < world->script->cell_count; i++) {
        free(world->mails[i].reports);
        free(world->mails[i].waiting_counts);
        free(world->mails[i].first_places);
        view_destroy(&world->mails[i].view);
        policy_destroy(&world->mails[i].policy);
    }
    free(world->mails);
    free(world->told_trust_ppm);
    free(world->intentions);
    free(world->decided);
}

/* Empties the queue of a cell. */
static void world_mail_clear(struct world_mail *mail) {
    for (uint32_t place = mail->oldest; place != NETWORK_NO_INDEX;
         place = mail->reports[place].behind) {
        mail->waiting_counts[place / 2] = 0;
    }
    mail->oldest = NETWORK_NO_INDEX;
    mail->newest = NETWORK_NO_INDEX;
    mail->told = false;
}

void world_reports_start(struct world *world) {
    world->policies_next_ms = SPILL_NEVER;
    world->mails_next_ms = SPILL_NEVER;
    world->told_any = false;
    for (size_t i = 0; i < world->script->cell_count; i++) {
        struct world_mail *const mail = &world->mails[i];
        if (!mail->kept) {
            continue;
        }
        world_mail_clear(mail);
        view_reset(mail->view);
        if (mail->policy != NULL) {
            policy_reset(mail->policy, world->seed, world->replica);
            world->policies_next_ms = 0;
        }
    }
    for (uint32_t i = 0; i < network_country_count(world->network); i++) {
        world->told_trust_ppm[i] =
            network_country_trust_ppm(world->network, (struct country_ref){i});
    }
    world->told_escalation = world->escalation;
}

/* ---- Posting ---- */

static void world_mail_unlink(struct world_mail *mail, uint32_t place) {
    const struct world_report *const report = &mail->reports[place];
    if (report->before != NETWORK_NO_INDEX) {
        mail->reports[report->before].behind = report->behind;
    } else {
        mail->oldest = report->behind;
    }
    if (report->behind != NETWORK_NO_INDEX) {
        mail->reports[report->behind].before = report->before;
    } else {
        mail->newest = report->before;
    }
}

/* Puts a report on its way; the newer of two that wait gives its place up. */
static void world_mail_post(struct world *world, struct world_mail *mail, uint32_t subject,
                            const struct world_report *report) {
    uint32_t place = 2 * subject + mail->first_places[subject];
    if (mail->waiting_counts[subject] > 0) {
        place ^= 1U;
    }
    if (mail->waiting_counts[subject] == 2) {
        world_mail_unlink(mail, place);
    } else {
        mail->waiting_counts[subject]++;
    }
    struct world_report *const posted = &mail->reports[place];
    *posted = *report;
    posted->before = mail->newest;
    posted->behind = NETWORK_NO_INDEX;
    if (mail->newest != NETWORK_NO_INDEX) {
        mail->reports[mail->newest].behind = place;
    } else {
        mail->oldest = place;
    }
    mail->newest = place;
    const int64_t due_ms = mail->reports[mail->oldest].at_ms + mail->delay_ms;
    world->mails_next_ms = world_min(world->mails_next_ms, due_ms);
}

void world_reports_asset(struct world *world, struct asset_ref asset) {
    const struct script *const script = world->script;
    const uint32_t first = script->first_watcher[asset.index];
    const uint32_t end = script->first_watcher[asset.index + 1];
    struct world_report report = {.at_ms = -1};
    for (uint32_t i = first; i < end; i++) {
        struct world_mail *const mail = &world->mails[script->watchers[i].cell.index];
        if (!mail->kept) {
            continue;
        }
        if (report.at_ms < 0) {
            /* Looked up once, and only if somebody is told. */
            report.at_ms = world->now_ms;
            report.level = levels_service_ppm(world->levels, asset.index);
            report.status = cascade_status(world->cascade, asset);
            for (uint32_t j = 0; j < network_campaign_count(world->network); j++) {
                const struct campaign_ref campaign = {j};
                const bool detected = cascade_detected(world->cascade, campaign, asset);
                report.detected |= (uint32_t)detected << j;
                report.triggered |=
                    (uint32_t)(detected && cascade_triggered(world->cascade, campaign, asset)) << j;
            }
        }
        world_mail_post(world, mail, script->watchers[i].slot, &report);
    }
}

static void world_report_country(struct world *world, struct country_ref country) {
    const int64_t trust_ppm = cascade_trust_ppm(world->cascade, country);
    if (trust_ppm / WORLD_TRUST_STEP_PPM ==
            world->told_trust_ppm[country.index] / WORLD_TRUST_STEP_PPM &&
        world->escalation == world->told_escalation) {
        return;
    }
    world->told_trust_ppm[country.index] = trust_ppm;
    const struct world_report report = {
        .at_ms = world->now_ms, .level = trust_ppm, .escalation = world->escalation};
    for (size_t i = 0; i < world->script->cell_count; i++) {
        const struct script_cell *const cell = &world->script->cells[i];
        if (world->mails[i].kept &&
            (cell->countries[country.index / 64] >> country.index % 64 & 1) != 0) {
            world_mail_post(world, &world->mails[i], (uint32_t)cell->visible_count + country.index,
                            &report);
        }
    }
}

void world_reports_countries(struct world *world) {
    if ((world->changes & READS_STATE) == 0) {
        return;
    }
    for (uint32_t i = 0; i < network_country_count(world->network); i++) {
        world_report_country(world, (struct country_ref){i});
    }
    world->told_escalation = world->escalation;
}

/* ---- Arriving ---- */

static void world_mail_arrive(struct world *world, uint32_t cell) {
    struct world_mail *const mail = &world->mails[cell];
    const struct script_cell *const facts = &world->script->cells[cell];
    const uint32_t place = mail->oldest;
    const uint32_t subject = place / 2;
    const struct world_report *const posted = &mail->reports[place];
    struct report report = {.at_ms = posted->at_ms,
                            .asset = {NETWORK_NO_INDEX},
                            .status = posted->status,
                            .detected = posted->detected,
                            .triggered = posted->triggered};
    if (subject < facts->visible_count) {
        report.asset = facts->visible[subject];
        report.country = network_asset_country(world->network, report.asset);
        report.service_ppm = posted->level;
    } else {
        report.country.index = subject - (uint32_t)facts->visible_count;
        report.trust_ppm = posted->level;
        report.escalation = posted->escalation;
    }
    world_mail_unlink(mail, place);
    mail->waiting_counts[subject]--;
    mail->first_places[subject] ^= 1U;
    view_apply(mail->view, &report);
    mail->told = true;
    world->told_any = true;
    if (world->sink.on_report != NULL) {
        world->sink.on_report(world->now_ms, (struct cell_ref){cell}, &report, world->sink.context);
    }
}

void world_reports_deliver(struct world *world) {
    if (world->now_ms < world->mails_next_ms) {
        return;
    }
    int64_t next_ms = SPILL_NEVER;
    for (uint32_t i = 0; i < world->script->cell_count; i++) {
        struct world_mail *const mail = &world->mails[i];
        if (!mail->kept) {
            continue;
        }
        while (mail->oldest != NETWORK_NO_INDEX &&
               mail->reports[mail->oldest].at_ms + mail->delay_ms <= world->now_ms) {
            world_mail_arrive(world, i);
        }
        if (mail->oldest != NETWORK_NO_INDEX) {
            next_ms = world_min(next_ms, mail->reports[mail->oldest].at_ms + mail->delay_ms);
        }
    }
    world->mails_next_ms = next_ms;
}

/* ---- Deciding ---- */

void world_reports_decide(struct world *world) {
    if (!world->told_any && world->now_ms < world->policies_next_ms) {
        return;
    }
    world->told_any = false;
    int64_t next_ms = SPILL_NEVER;
    for (uint32_t i = 0; i < world->script->cell_count; i++) {
        struct world_mail *const mail = &world->mails[i];
        if (mail->policy == NULL) {
            continue;
        }
        if (mail->told || policy_next_ms(mail->policy) <= world->now_ms) {
            view_set_time(mail->view, world->now_ms);
            const size_t count = policy_decide(mail->policy, mail->view, world->now_ms,
                                               world->decided, world->intention_capacity);
            for (size_t j = 0; j < count; j++) {
                world_orders_intend(world, i, &world->decided[j]);
            }
            mail->told = false;
        }
        next_ms = world_min(next_ms, policy_next_ms(mail->policy));
    }
    world->policies_next_ms = world_tick_of(world, next_ms);
}

/* ---- Copying ---- */

static void world_mail_copy(struct world_mail *to, const struct world_mail *from) {
    for (uint32_t place = from->oldest; place != NETWORK_NO_INDEX;
         place = from->reports[place].behind) {
        to->reports[place] = from->reports[place];
        to->waiting_counts[place / 2] = from->waiting_counts[place / 2];
        to->first_places[place / 2] = from->first_places[place / 2];
    }
    to->oldest = from->oldest;
    to->newest = from->newest;
    to->told = from->told;
    view_copy(to->view, from->view);
}

/* A policy that begins now knows what its cell has ordered so far. */
static void world_policy_begin(struct world *world, uint32_t cell) {
    struct policy *const policy = world->mails[cell].policy;
    policy_reset(policy, world->seed, world->replica);
    for (size_t i = 0; i < world->order_count; i++) {
        const struct world_order *const order = &world->orders[i];
        if (order->cell.index == cell) {
            policy_note(policy, &order->request, order->given_ms);
        }
    }
}

void world_reports_copy(struct world *to, const struct world *from) {
    bool begin = false;
    for (uint32_t i = 0; i < to->script->cell_count; i++) {
        struct world_mail *const mail = &to->mails[i];
        if (!mail->kept) {
            continue;
        }
        SPILL_ASSERT(from->mails[i].kept);
        world_mail_clear(mail);
        world_mail_copy(mail, &from->mails[i]);
        if (mail->policy != NULL && from->mails[i].policy != NULL) {
            policy_copy(mail->policy, from->mails[i].policy);
        } else if (mail->policy != NULL) {
            world_policy_begin(to, i);
            begin = true;
        }
    }
    for (size_t i = 0; i < network_country_count(to->network); i++) {
        to->told_trust_ppm[i] = from->told_trust_ppm[i];
    }
    to->told_escalation = from->told_escalation;
    to->mails_next_ms = from->mails_next_ms;
    to->told_any = from->told_any;
    to->policies_next_ms = from->policies_next_ms;
    if (begin) {
        to->policies_next_ms = to->now_ms < 0 ? 0 : to->now_ms + to->tick_ms;
    }
}
