/* SPDX-License-Identifier: Apache-2.0 */
/* The part of world about its state as a whole: copies, forecasts, digests. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/world_parts.h"

/* ---- Copies ---- */

static void world_copy_orders(struct world *to, const struct world *from) {
    const size_t row = to->script->cell_count + 1;
    world_orders_start(to);
    memcpy(to->waiting, from->waiting, from->waiting_count * sizeof to->waiting[0]);
    memcpy(to->orders, from->orders, from->order_count * sizeof to->orders[0]);
    memcpy(to->ordered, from->ordered, to->script->order_count * row * sizeof to->ordered[0]);
    memcpy(to->costs, from->costs, to->script->cell_count * sizeof to->costs[0]);
    to->waiting_count = from->waiting_count;
    to->firing_count = from->firing_count;
    to->dropped_count = from->dropped_count;
    to->sequence = from->sequence;
    to->order_count = from->order_count;
    /* What policies have decided goes on only where the same policies do. */
    const bool same_team =
        to->team != NULL && from->team != NULL && strcmp(to->team, from->team) == 0;
    if (same_team) {
        SPILL_ASSERT(to->intention_capacity == from->intention_capacity);
        memcpy(to->intentions, from->intentions, from->intention_count * sizeof to->intentions[0]);
        to->intention_count = from->intention_count;
    }
}

void world_copy(struct world *to, const struct world *from) {
    SPILL_ASSERT(to->script == from->script);
    SPILL_ASSERT(to->network == from->network);
    SPILL_ASSERT(to->team == NULL || from->team == NULL || strcmp(to->team, from->team) == 0);
    cascade_copy(to->cascade, from->cascade);
    levels_copy(to->levels, from->levels);
    to->seed = from->seed;
    to->replica = from->replica;
    to->now_ms = from->now_ms;
    to->ran = from->ran;
    to->escalation = from->escalation;
    memcpy(to->rules, from->rules, to->script->rule_count * sizeof to->rules[0]);
    memcpy(to->live_rules, from->live_rules, from->live_count * sizeof to->live_rules[0]);
    to->live_count = from->live_count;
    to->rules_read = from->rules_read;
    to->changes = from->changes;
    to->rules_next_ms = from->rules_next_ms;
    world_copy_orders(to, from);
    world_reports_copy(to, from);
}

/* ---- Forecasts ---- */

/* The least u whose delay, begun at began_ms, ends after now; 2^32 if none does. */
static uint64_t world_least_draw(const struct world *world, const struct law_spec *law,
                                 int64_t began_ms) {
    uint64_t low = 0;
    uint64_t high = UINT64_C(1) << 32;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const int64_t duration_ms = law_duration_ms(law, (uint32_t)middle);
        if (world_after_ms(world, began_ms, duration_ms) > world->now_ms) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Draws the delay of one firing again, conditional on lasting beyond now. */
static void world_redraw_waiting(struct world *world, struct world_waiting *waiting) {
    const struct script_rule *const rule = &world->script->rules[waiting->rule];
    struct world_rule *const state = &world->rules[waiting->rule];
    if (rule->delay.kind == LAW_NONE) {
        return;
    }
    const uint64_t least = world_least_draw(world, &rule->delay, waiting->began_ms);
    const uint32_t u =
        chance_draw(world->seed, world->replica, rule->hash, CHANCE_EFFECT_DELAY, state->draws++);
    const uint64_t range = (UINT64_C(1) << 32) - least;
    if (range == 0) {
        waiting->at_ms = world->now_ms + world->tick_ms;
        return;
    }
    const uint32_t conditional = (uint32_t)(least + law_scale(range, u));
    waiting->at_ms =
        world_after_ms(world, waiting->began_ms, law_duration_ms(&rule->delay, conditional));
}

void world_redraw(struct world *world, uint32_t replica) {
    SPILL_ASSERT(world != NULL);
    if (replica == 0) {
        return;
    }
    cascade_redraw(world->cascade, replica);
    world->replica = replica;
    for (size_t i = 0; i < world->script->cell_count; i++) {
        if (world->mails[i].policy != NULL) {
            policy_redraw(world->mails[i].policy, replica);
        }
    }
    /* In the order in which they fired, so that draws do not depend on the heap; then the heap is
     * made again. */
    for (size_t i = 1; i < world->waiting_count; i++) {
        const struct world_waiting moving = world->waiting[i];
        size_t j = i;
        for (; j > 0 && world->waiting[j - 1].sequence > moving.sequence; j--) {
            world->waiting[j] = world->waiting[j - 1];
        }
        world->waiting[j] = moving;
    }
    const size_t count = world->waiting_count;
    for (size_t i = 0; i < count; i++) {
        if (world->waiting[i].rule != NETWORK_NO_INDEX) {
            world_redraw_waiting(world, &world->waiting[i]);
        }
    }
    world->waiting_count = 0;
    for (size_t i = 0; i < count; i++) {
        world_wait(world, world->waiting[i]);
    }
}

/* ---- Digest ---- */

enum { DIGEST_FIELDS_MAX = 16, DIGEST_NAME_BYTES = 3 * (SPILL_ID_BYTES_MAX + 1) + 32 };

/* Adds BLAKE2b-256(`kind:id`, a zero byte, fields as int64 little-endian) to a 256-bit sum,
 * little-endian. */
static void digest_add(uint8_t sum[CASCADE_DIGEST_BYTES], const char *name, const int64_t *fields,
                       size_t field_count) {
    uint8_t bytes[DIGEST_NAME_BYTES + 8 * DIGEST_FIELDS_MAX];
    const size_t name_bytes = strlen(name) + 1;
    SPILL_ASSERT(name_bytes <= DIGEST_NAME_BYTES);
    SPILL_ASSERT(field_count <= DIGEST_FIELDS_MAX);
    memcpy(bytes, name, name_bytes);
    size_t at = name_bytes;
    for (size_t i = 0; i < field_count; i++) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            bytes[at++] = (uint8_t)((uint64_t)fields[i] >> shift);
        }
    }
    uint8_t hash[CASCADE_DIGEST_BYTES];
    crypto_generichash(hash, sizeof hash, bytes, at, NULL, 0);
    unsigned carry = 0;
    for (size_t i = 0; i < CASCADE_DIGEST_BYTES; i++) {
        carry += (unsigned)sum[i] + hash[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static void digest_rules(const struct world *world, uint8_t sum[CASCADE_DIGEST_BYTES]) {
    for (size_t i = 0; i < world->script->rule_count; i++) {
        const struct world_rule *const rule = &world->rules[i];
        const struct script_rule *const facts = &world->script->rules[i];
        if (rule->fired_count == 0 && rule->since_ms < 0) {
            continue;
        }
        char name[DIGEST_NAME_BYTES];
        snprintf(name, sizeof name, "rule:%s", facts->id);
        /* How long it has held no longer matters to a rule that is spent. */
        const int64_t fields[] = {rule->fired_count, rule->spent, rule->spent ? -1 : rule->since_ms,
                                  rule->draws};
        digest_add(sum, name, fields, 4);
    }
}

static int64_t digest_index(uint32_t index) {
    return index == NETWORK_NO_INDEX ? -1 : (int64_t)index;
}

static void digest_waiting(const struct world *world, const struct world_waiting *waiting,
                           uint8_t sum[CASCADE_DIGEST_BYTES]) {
    char name[DIGEST_NAME_BYTES];
    if (waiting->order == NETWORK_NO_INDEX) {
        snprintf(name, sizeof name, "firing:%s", world->script->rules[waiting->rule].id);
        const int64_t fields[] = {waiting->at_ms, waiting->began_ms};
        digest_add(sum, name, fields, 2);
        return;
    }
    const struct world_order *const order = &world->orders[waiting->order];
    const struct order_request *const request = &order->request;
    snprintf(name, sizeof name, "order:%s", order->name);
    const int64_t fields[] = {waiting->at_ms,
                              waiting->began_ms,
                              digest_index(request->asset.index),
                              digest_index(request->tag.index),
                              digest_index(request->country.index),
                              digest_index(request->other_country.index),
                              digest_index(request->pool.index),
                              digest_index(request->other_pool.index),
                              request->amount};
    digest_add(sum, name, fields, 9);
}

static void digest_ordered(const struct world *world, uint8_t sum[CASCADE_DIGEST_BYTES]) {
    const size_t row = world->script->cell_count + 1;
    for (size_t i = 0; i < world->script->order_count; i++) {
        for (size_t j = 0; j < world->script->cell_count; j++) {
            const int64_t count = world->ordered[i * row + j];
            if (count > 0) {
                char name[DIGEST_NAME_BYTES];
                snprintf(name, sizeof name, "ordered:%s/%s", world->script->cells[j].id,
                         world->script->orders[i].id);
                digest_add(sum, name, &count, 1);
            }
        }
    }
}

static void digest_mail(const struct world *world, uint32_t cell,
                        uint8_t sum[CASCADE_DIGEST_BYTES]) {
    const struct world_mail *const mail = &world->mails[cell];
    const struct script_cell *const facts = &world->script->cells[cell];
    for (uint32_t place = mail->oldest; place != NETWORK_NO_INDEX;
         place = mail->reports[place].behind) {
        const struct world_report *const report = &mail->reports[place];
        const uint32_t subject = place / 2;
        const bool of_asset = subject < facts->visible_count;
        const struct country_ref country = {subject - (uint32_t)facts->visible_count};
        char name[DIGEST_NAME_BYTES];
        snprintf(name, sizeof name, "%s:%s/%s", of_asset ? "report" : "country-report", facts->id,
                 of_asset ? network_asset_id(world->network, facts->visible[subject])
                          : network_country_id(world->network, country));
        const int64_t fields[] = {report->at_ms,    report->level,     report->status,
                                  report->detected, report->triggered, report->escalation};
        digest_add(sum, name, fields, 6);
    }
}

static void digest_told(const struct world *world, uint8_t sum[CASCADE_DIGEST_BYTES]) {
    if (world->escalation != world->script->escalation ||
        world->told_escalation != world->script->escalation) {
        const int64_t fields[] = {world->escalation, world->told_escalation};
        digest_add(sum, "escalation:world", fields, 2);
    }
    for (uint32_t i = 0; i < network_country_count(world->network); i++) {
        const struct country_ref country = {i};
        if (world->told_trust_ppm[i] != network_country_trust_ppm(world->network, country)) {
            char name[DIGEST_NAME_BYTES];
            snprintf(name, sizeof name, "told:%s", network_country_id(world->network, country));
            digest_add(sum, name, &world->told_trust_ppm[i], 1);
        }
    }
}

void world_digest(struct world *world, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    SPILL_ASSERT(world != NULL);
    SPILL_ASSERT(world->digests);
    uint8_t sum[CASCADE_DIGEST_BYTES];
    cascade_digest(world->cascade, sum);
    digest_rules(world, sum);
    for (size_t i = 0; i < world->waiting_count; i++) {
        digest_waiting(world, &world->waiting[i], sum);
    }
    digest_ordered(world, sum);
    digest_told(world, sum);
    for (uint32_t i = 0; i < world->script->cell_count; i++) {
        digest_mail(world, i, sum);
    }
    memcpy(digest, sum, sizeof sum);
}
