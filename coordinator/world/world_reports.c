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

/* Who is told of an asset: whoever sees it, or, in a lean world, whose policy looks at it. */
static enum spill_status world_watchers_create(struct world *world) {
    const struct script *const script = world->script;
    const size_t asset_count = network_asset_count(world->network);
    size_t words = 1;
    for (size_t i = 0; i < script->cell_count; i++) {
        words += (script->cells[i].visible_count + 63) / 64;
    }
    uint64_t *const watched = spill_alloc(words, sizeof watched[0]);
    uint64_t **const of_cell = spill_alloc(script->cell_count, sizeof of_cell[0]);
    world->watchers = spill_alloc(script->first_watcher[asset_count], sizeof world->watchers[0]);
    world->first_watcher = spill_alloc(asset_count + 1, sizeof world->first_watcher[0]);
    if (watched == NULL || of_cell == NULL || world->watchers == NULL ||
        world->first_watcher == NULL) {
        free(watched);
        free(of_cell);
        return SPILL_MEMORY;
    }
    uint64_t *next = watched;
    for (size_t i = 0; i < script->cell_count; i++) {
        struct world_mail *const mail = &world->mails[i];
        of_cell[i] = next;
        next += (script->cells[i].visible_count + 63) / 64;
        if (mail->policy != NULL && world->lean) {
            policy_watch(mail->policy, of_cell[i], mail->countries);
        }
    }
    uint32_t count = 0;
    for (size_t i = 0; i < asset_count; i++) {
        world->first_watcher[i] = count;
        for (uint32_t j = script->first_watcher[i]; j < script->first_watcher[i + 1]; j++) {
            const struct script_watcher watcher = script->watchers[j];
            const uint64_t word = of_cell[watcher.cell.index][watcher.slot / 64];
            if (!world->lean || (word >> watcher.slot % 64 & 1) != 0) {
                world->watchers[count++] = watcher;
            }
        }
    }
    world->first_watcher[asset_count] = count;
    free(watched);
    free(of_cell);
    return SPILL_OK;
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
    mail->kept = !world->lean || mail->policy != NULL;
    if (!mail->kept) {
        return SPILL_OK;
    }
    for (size_t i = 0; i < SPILL_COUNTRIES_MAX / 64 && !world->lean; i++) {
        mail->countries[i] = world->script->cells[cell].countries[i];
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
    world->trust_ppm =
        spill_alloc(network_country_count(world->network), sizeof world->trust_ppm[0]);
    world->mail_next_ms = spill_alloc(cell_count, sizeof world->mail_next_ms[0]);
    world->policy_next_ms = spill_alloc(cell_count, sizeof world->policy_next_ms[0]);
    if (world->mails == NULL || world->told_trust_ppm == NULL || world->trust_ppm == NULL ||
        world->mail_next_ms == NULL || world->policy_next_ms == NULL) {
        return SPILL_MEMORY;
    }
    world->lean = world->team != NULL && !world->digests && world->sink.on_report == NULL;
    enum spill_status status = SPILL_OK;
    for (uint32_t i = 0; i < cell_count && status == SPILL_OK; i++) {
        status = world_mail_create(world, i);
    }
    if (status == SPILL_OK) {
        status = world_watchers_create(world);
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
    free(world->watchers);
    free(world->first_watcher);
    free(world->trust_ppm);
    free(world->mail_next_ms);
    free(world->policy_next_ms);
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
}

void world_reports_start(struct world *world) {
    world->policies_next_ms = SPILL_NEVER;
    world->mails_next_ms = SPILL_NEVER;
    for (size_t i = 0; i < world->script->cell_count; i++) {
        struct world_mail *const mail = &world->mails[i];
        world->mail_next_ms[i] = SPILL_NEVER;
        world->policy_next_ms[i] = SPILL_NEVER;
        if (!mail->kept) {
            continue;
        }
        world_mail_clear(mail);
        view_reset(mail->view);
        if (mail->policy != NULL) {
            policy_reset(mail->policy, world->seed, world->replica);
            world->policy_next_ms[i] = 0;
            world->policies_next_ms = 0;
        }
    }
    for (uint32_t i = 0; i < network_country_count(world->network); i++) {
        const int64_t trust_ppm =
            network_country_trust_ppm(world->network, (struct country_ref){i});
        world->told_trust_ppm[i] = trust_ppm;
        world->trust_ppm[i] = trust_ppm;
    }
    world->told_escalation = world->escalation;
    world->detected = 0;
}

void world_reports_wake(struct world *world, uint32_t cell, int64_t at_ms) {
    world->policy_next_ms[cell] = world_min(world->policy_next_ms[cell], at_ms);
    world->policies_next_ms = world_min(world->policies_next_ms, at_ms);
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
static void world_mail_post(struct world *world, uint32_t cell, uint32_t subject,
                            const struct world_report *report) {
    struct world_mail *const mail = &world->mails[cell];
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
        /* A second report is never the oldest, so only a queue that was empty gets a new time. */
        mail->oldest = place;
        world->mail_next_ms[cell] = report->at_ms + mail->delay_ms;
        world->mails_next_ms = world_min(world->mails_next_ms, world->mail_next_ms[cell]);
    }
    mail->newest = place;
}

void world_reports_observe(struct world *world) {
    size_t count = 0;
    (void)cascade_noticed(world->cascade, &count);
    if (count == 0) {
        return;
    }
    world->detected = 0;
    for (uint32_t i = 0; i < network_campaign_count(world->network); i++) {
        const bool detected = cascade_detected_count(world->cascade, (struct campaign_ref){i},
                                                     (struct country_ref){NETWORK_NO_INDEX}) > 0;
        world->detected |= (uint32_t)detected << i;
    }
}

static struct world_report world_report_of(const struct world *world, struct asset_ref asset) {
    struct world_report report = {.at_ms = world->now_ms,
                                  .level = levels_service_ppm(world->levels, asset.index),
                                  .status = cascade_status(world->cascade, asset)};
    uint32_t campaigns = world->detected;
    for (uint32_t i = 0; campaigns != 0; i++, campaigns >>= 1) {
        const struct campaign_ref campaign = {i};
        if ((campaigns & 1U) == 0 || !cascade_detected(world->cascade, campaign, asset)) {
            continue;
        }
        report.detected |= UINT32_C(1) << i;
        if (cascade_triggered(world->cascade, campaign, asset)) {
            report.triggered |= UINT32_C(1) << i;
        }
    }
    return report;
}

void world_reports_asset(struct world *world, struct asset_ref asset) {
    const uint32_t first = world->first_watcher[asset.index];
    const uint32_t end = world->first_watcher[asset.index + 1];
    if (first == end) {
        return;
    }
    const struct world_report report = world_report_of(world, asset);
    for (uint32_t i = first; i < end; i++) {
        world_mail_post(world, world->watchers[i].cell.index, world->watchers[i].slot, &report);
    }
}

static void world_report_country(struct world *world, struct country_ref country) {
    const struct world_report report = {.at_ms = world->now_ms,
                                        .level = world->trust_ppm[country.index],
                                        .escalation = world->escalation};
    world->told_trust_ppm[country.index] = report.level;
    for (uint32_t i = 0; i < world->script->cell_count; i++) {
        const struct world_mail *const mail = &world->mails[i];
        if ((mail->countries[country.index / 64] >> country.index % 64 & 1) != 0) {
            world_mail_post(
                world, i, (uint32_t)world->script->cells[i].visible_count + country.index, &report);
        }
    }
}

void world_reports_countries(struct world *world) {
    if ((world->changes & READS_STATE) == 0) {
        return;
    }
    const bool escalated = world->escalation != world->told_escalation;
    for (uint32_t i = 0; i < network_country_count(world->network); i++) {
        const struct country_ref country = {i};
        const int64_t trust_ppm = cascade_trust_ppm(world->cascade, country);
        if (trust_ppm == world->trust_ppm[i] && !escalated) {
            continue;
        }
        world->trust_ppm[i] = trust_ppm;
        if (escalated ||
            trust_ppm / WORLD_TRUST_STEP_PPM != world->told_trust_ppm[i] / WORLD_TRUST_STEP_PPM) {
            world_report_country(world, country);
        }
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
    if (mail->policy != NULL) {
        world_reports_wake(world, cell, world->now_ms);
    }
    if (world->sink.on_report != NULL) {
        world->sink.on_report(world->now_ms, (struct cell_ref){cell}, &report, world->sink.context);
    }
}

/* Everything of one cell that is due. */
static void world_mail_deliver(struct world *world, uint32_t cell) {
    const struct world_mail *const mail = &world->mails[cell];
    int64_t next_ms = world->mail_next_ms[cell];
    while (next_ms <= world->now_ms) {
        world_mail_arrive(world, cell);
        next_ms = mail->oldest != NETWORK_NO_INDEX
                      ? mail->reports[mail->oldest].at_ms + mail->delay_ms
                      : SPILL_NEVER;
    }
    world->mail_next_ms[cell] = next_ms;
}

void world_reports_deliver(struct world *world) {
    if (world->now_ms < world->mails_next_ms) {
        return;
    }
    int64_t next_ms = SPILL_NEVER;
    for (uint32_t i = 0; i < world->script->cell_count; i++) {
        if (world->mail_next_ms[i] <= world->now_ms) {
            world_mail_deliver(world, i);
        }
        next_ms = world_min(next_ms, world->mail_next_ms[i]);
    }
    world->mails_next_ms = next_ms;
}

/* ---- Deciding ---- */

static void world_policy_decide(struct world *world, uint32_t cell) {
    const struct world_mail *const mail = &world->mails[cell];
    view_set_time(mail->view, world->now_ms);
    const size_t count = policy_decide(mail->policy, mail->view, world->now_ms, world->decided,
                                       world->intention_capacity);
    for (size_t i = 0; i < count; i++) {
        world_orders_intend(world, cell, &world->decided[i]);
    }
    world->policy_next_ms[cell] = world_tick_of(world, policy_next_ms(mail->policy));
    SPILL_ASSERT(world->policy_next_ms[cell] > world->now_ms);
}

void world_reports_decide(struct world *world) {
    if (world->now_ms < world->policies_next_ms) {
        return;
    }
    int64_t next_ms = SPILL_NEVER;
    for (uint32_t i = 0; i < world->script->cell_count; i++) {
        if (world->policy_next_ms[i] <= world->now_ms) {
            world_policy_decide(world, i);
        }
        next_ms = world_min(next_ms, world->policy_next_ms[i]);
    }
    world->policies_next_ms = next_ms;
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
    SPILL_ASSERT(to->lean || !from->lean);
    to->mails_next_ms = from->mails_next_ms;
    to->policies_next_ms = SPILL_NEVER;
    for (uint32_t i = 0; i < to->script->cell_count; i++) {
        struct world_mail *const mail = &to->mails[i];
        to->mail_next_ms[i] = SPILL_NEVER;
        to->policy_next_ms[i] = SPILL_NEVER;
        if (!mail->kept) {
            continue;
        }
        SPILL_ASSERT(from->mails[i].kept);
        world_mail_clear(mail);
        world_mail_copy(mail, &from->mails[i]);
        to->mail_next_ms[i] = from->mail_next_ms[i];
        if (mail->policy != NULL && from->mails[i].policy != NULL) {
            policy_copy(mail->policy, from->mails[i].policy);
            world_reports_wake(to, i, from->policy_next_ms[i]);
        } else if (mail->policy != NULL) {
            world_policy_begin(to, i);
            world_reports_wake(to, i, to->now_ms < 0 ? 0 : to->now_ms + to->tick_ms);
        }
    }
    for (size_t i = 0; i < network_country_count(to->network); i++) {
        to->told_trust_ppm[i] = from->told_trust_ppm[i];
        to->trust_ppm[i] = from->trust_ppm[i];
    }
    to->told_escalation = from->told_escalation;
    to->detected = from->detected;
}
