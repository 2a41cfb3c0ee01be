/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/view.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/world/levels.h"
#include "coordinator/world/view_parts.h"

enum { VIEW_CLASSES = 7 }; /* Of enum script_reads, those that a view tells apart. */

/* The rest of the last report on an asset; its service is in the levels. */
struct view_slot {
    int64_t at_ms;
    uint32_t detected;
    uint32_t triggered;
    enum asset_status status;
};

struct view {
    const struct network *network;
    const struct script *script;
    struct cell_ref cell;
    const struct script_cell *facts;
    int64_t now_ms;
    struct levels *levels;
    struct view_slot *slots;
    uint32_t *told; /* Slots with a report, in any order. */
    size_t told_count;
    uint64_t *told_bits;
    uint64_t *detected;       /* Slots with a detected intrusion. */
    int64_t *detected_counts; /* By campaign, then country; the last country is every one. */
    int64_t *triggered_counts;
    int64_t *trust_ppm; /* By country. */
    int64_t escalation;
    int64_t *ordered;     /* By order. */
    int64_t *released_ms; /* By inject. */
    uint64_t stamp;
    uint64_t stamps[VIEW_CLASSES]; /* When each class changed last. */
};

static size_t view_counts(const struct view *view) {
    return network_campaign_count(view->network) * (network_country_count(view->network) + 1);
}

static void view_mark(struct view *view, unsigned classes) {
    if (classes == 0) {
        return;
    }
    view->stamp++;
    for (unsigned i = 0; i < VIEW_CLASSES; i++) {
        if ((classes >> i & 1U) != 0) {
            view->stamps[i] = view->stamp;
        }
    }
}

unsigned view_changes(const struct view *view, uint64_t *stamp) {
    unsigned classes = 0;
    for (unsigned i = 0; i < VIEW_CLASSES; i++) {
        classes |= (unsigned)(*stamp == 0 || view->stamps[i] > *stamp) << i;
    }
    *stamp = view->stamp;
    return classes;
}

static void view_start(struct view *view) {
    const size_t country_count = network_country_count(view->network);
    for (uint32_t i = 0; i < country_count; i++) {
        view->trust_ppm[i] = network_country_trust_ppm(view->network, (struct country_ref){i});
    }
    view->escalation = view->script->escalation;
    for (size_t i = 0; i < view->script->inject_count; i++) {
        view->released_ms[i] = SPILL_NEVER;
    }
    for (size_t i = 0; i < view->script->order_count; i++) {
        view->ordered[i] = 0;
    }
    view->now_ms = 0;
    view->stamp = 1;
    for (size_t i = 0; i < VIEW_CLASSES; i++) {
        view->stamps[i] = 1;
    }
}

enum spill_status view_create(const struct network *network, const struct script *script,
                              struct cell_ref cell, struct view **view) {
    SPILL_ASSERT(script->network == network);
    SPILL_ASSERT(cell.index < script->cell_count);
    SPILL_ASSERT(view != NULL);
    struct view *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->network = network;
    made->script = script;
    made->cell = cell;
    made->facts = &script->cells[cell.index];
    const size_t slot_count = made->facts->visible_count;
    const size_t words = (slot_count + 63) / 64;
    const enum spill_status status =
        levels_create(network, made->facts->visible, slot_count, &made->levels);
    made->slots = spill_alloc(slot_count, sizeof made->slots[0]);
    made->told = spill_alloc(slot_count, sizeof made->told[0]);
    made->told_bits = spill_alloc(words, sizeof made->told_bits[0]);
    made->detected = spill_alloc(words, sizeof made->detected[0]);
    made->detected_counts = spill_alloc(view_counts(made), sizeof made->detected_counts[0]);
    made->triggered_counts = spill_alloc(view_counts(made), sizeof made->triggered_counts[0]);
    made->trust_ppm = spill_alloc(network_country_count(network), sizeof made->trust_ppm[0]);
    made->ordered = spill_alloc(script->order_count, sizeof made->ordered[0]);
    made->released_ms = spill_alloc(script->inject_count, sizeof made->released_ms[0]);
    if (status != SPILL_OK || made->slots == NULL || made->told == NULL ||
        made->told_bits == NULL || made->detected == NULL || made->detected_counts == NULL ||
        made->triggered_counts == NULL || made->trust_ppm == NULL || made->ordered == NULL ||
        made->released_ms == NULL) {
        view_destroy(&made);
        return SPILL_MEMORY;
    }
    view_start(made);
    *view = made;
    return SPILL_OK;
}

void view_destroy(struct view **view) {
    SPILL_ASSERT(view != NULL);
    struct view *const made = *view;
    if (made == NULL) {
        return;
    }
    levels_destroy(&made->levels);
    free(made->slots);
    free(made->told);
    free(made->told_bits);
    free(made->detected);
    free(made->detected_counts);
    free(made->triggered_counts);
    free(made->trust_ppm);
    free(made->ordered);
    free(made->released_ms);
    free(made);
    *view = NULL;
}

void view_reset(struct view *view) {
    SPILL_ASSERT(view != NULL);
    levels_reset(view->levels);
    for (size_t i = 0; i < view->told_count; i++) {
        const uint32_t slot = view->told[i];
        view->slots[slot] = (struct view_slot){0};
        view->told_bits[slot / 64] = 0;
        view->detected[slot / 64] = 0;
    }
    view->told_count = 0;
    memset(view->detected_counts, 0, view_counts(view) * sizeof view->detected_counts[0]);
    memset(view->triggered_counts, 0, view_counts(view) * sizeof view->triggered_counts[0]);
    view_start(view);
}

void view_copy(struct view *to, const struct view *from) {
    SPILL_ASSERT(to->script == from->script);
    SPILL_ASSERT(to->cell.index == from->cell.index);
    view_reset(to);
    levels_copy(to->levels, from->levels);
    for (size_t i = 0; i < from->told_count; i++) {
        const uint32_t slot = from->told[i];
        to->slots[slot] = from->slots[slot];
        to->told[i] = slot;
        to->told_bits[slot / 64] = from->told_bits[slot / 64];
        to->detected[slot / 64] = from->detected[slot / 64];
    }
    to->told_count = from->told_count;
    memcpy(to->detected_counts, from->detected_counts,
           view_counts(from) * sizeof to->detected_counts[0]);
    memcpy(to->triggered_counts, from->triggered_counts,
           view_counts(from) * sizeof to->triggered_counts[0]);
    memcpy(to->trust_ppm, from->trust_ppm,
           network_country_count(from->network) * sizeof to->trust_ppm[0]);
    memcpy(to->ordered, from->ordered, from->script->order_count * sizeof to->ordered[0]);
    memcpy(to->released_ms, from->released_ms,
           from->script->inject_count * sizeof to->released_ms[0]);
    memcpy(to->stamps, from->stamps, sizeof to->stamps);
    to->stamp = from->stamp;
    to->escalation = from->escalation;
    to->now_ms = from->now_ms;
}

bool view_has_country(const struct view *view, struct country_ref country) {
    SPILL_ASSERT(country.index < network_country_count(view->network));
    return (view->facts->countries[country.index / 64] >> country.index % 64 & 1) != 0;
}

static void view_apply_country(struct view *view, const struct report *report) {
    SPILL_ASSERT(view_has_country(view, report->country));
    view->trust_ppm[report->country.index] = report->trust_ppm;
    view->escalation = report->escalation;
    view_mark(view, READS_COUNTRY);
}

/* Counts the campaigns that came into a set of bits, or left it. */
static void view_count(const struct view *view, int64_t *counts, struct country_ref country,
                       uint32_t before, uint32_t after) {
    const size_t row = network_country_count(view->network) + 1;
    uint32_t differing = before ^ after;
    for (size_t campaign = 0; differing != 0; campaign++, differing >>= 1) {
        if ((differing & 1U) != 0) {
            const int64_t sign = (after >> campaign & 1U) != 0 ? 1 : -1;
            counts[campaign * row + country.index] += sign;
            counts[campaign * row + row - 1] += sign;
        }
    }
}

void view_apply(struct view *view, const struct report *report) {
    SPILL_ASSERT(view != NULL);
    if (report->asset.index == NETWORK_NO_INDEX) {
        view_apply_country(view, report);
        return;
    }
    const uint32_t slot = script_slot(view->script, view->cell, report->asset);
    SPILL_ASSERT(slot != NETWORK_NO_INDEX);
    const uint64_t bit = UINT64_C(1) << slot % 64;
    if ((view->told_bits[slot / 64] & bit) == 0) {
        view->told_bits[slot / 64] |= bit;
        view->told[view->told_count++] = slot;
    }
    struct view_slot *const known = &view->slots[slot];
    unsigned changed = levels_set(view->levels, slot, report->service_ppm);
    if (known->detected != report->detected || known->triggered != report->triggered) {
        const struct country_ref country = network_asset_country(view->network, report->asset);
        view_count(view, view->detected_counts, country, known->detected, report->detected);
        view_count(view, view->triggered_counts, country, known->triggered, report->triggered);
        view->detected[slot / 64] =
            (view->detected[slot / 64] & ~bit) | (report->detected != 0 ? bit : 0);
        changed |= READS_DETECTED;
    }
    *known = (struct view_slot){report->at_ms, report->detected, report->triggered, report->status};
    view_mark(view, changed);
}

void view_set_time(struct view *view, int64_t now_ms) {
    SPILL_ASSERT(now_ms >= view->now_ms);
    view->now_ms = now_ms;
}

void view_receive(struct view *view, uint32_t inject, int64_t released_ms) {
    SPILL_ASSERT(inject < view->script->inject_count);
    view->released_ms[inject] = released_ms;
    view_mark(view, READS_INJECT);
}

void view_ordered(struct view *view, struct order_ref order) {
    SPILL_ASSERT(order.index < view->script->order_count);
    view->ordered[order.index]++;
    view_mark(view, READS_ORDERED);
}

bool view_report(const struct view *view, struct asset_ref asset, struct report *report) {
    SPILL_ASSERT(report != NULL);
    const uint32_t slot = script_slot(view->script, view->cell, asset);
    if (slot == NETWORK_NO_INDEX) {
        return false;
    }
    const struct view_slot *const known = &view->slots[slot];
    *report = (struct report){.at_ms = known->at_ms,
                              .asset = asset,
                              .country = network_asset_country(view->network, asset),
                              .service_ppm = levels_service_ppm(view->levels, slot),
                              .status = known->status,
                              .detected = known->detected,
                              .triggered = known->triggered};
    return true;
}

const struct asset_ref *view_assets(const struct view *view, size_t *count) {
    *count = view->facts->visible_count;
    return view->facts->visible;
}

const uint64_t *view_wanted(const struct view *view, enum wanted_state state) {
    switch (state) {
    case WANTED_ANY:
        return NULL;
    case WANTED_DEGRADED:
        return levels_degraded_bits(view->levels);
    case WANTED_FAILED:
        return levels_failed_bits(view->levels);
    case WANTED_DETECTED:
        return view->detected;
    }
    return NULL;
}

int64_t view_released_ms(const struct view *view, uint32_t inject) {
    SPILL_ASSERT(inject < view->script->inject_count);
    return view->released_ms[inject];
}

static int64_t view_asset_ppm(const struct view *view, uint32_t asset) {
    const uint32_t slot = script_slot(view->script, view->cell, (struct asset_ref){asset});
    return slot == NETWORK_NO_INDEX ? SPILL_PPM : levels_service_ppm(view->levels, slot);
}

static int64_t view_campaign_count(const struct view *view, const int64_t *counts,
                                   uint32_t campaign, uint32_t country) {
    const size_t row = network_country_count(view->network) + 1;
    return counts[campaign * row + (country == CONDITION_EVERY ? row - 1 : country)];
}

int64_t view_read(enum condition_function function,
                  const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *context) {
    const struct view *const view = context;
    switch (function) {
    case FUNCTION_TIME:
        return view->now_ms;
    case FUNCTION_SERVICE:
        return view_asset_ppm(view, arguments[0]);
    case FUNCTION_FAILED:
        return view_asset_ppm(view, arguments[0]) < SPILL_FAILED_BELOW;
    case FUNCTION_FAILED_COUNT:
        return levels_failed_count(view->levels, arguments[0], arguments[1]);
    case FUNCTION_DEGRADED_COUNT:
        return levels_degraded_count(view->levels, arguments[0], arguments[1]);
    case FUNCTION_LEVEL:
        return levels_mean_ppm(view->levels, arguments[0], arguments[1]);
    case FUNCTION_PEOPLE_WITHOUT:
        return levels_people_without(view->levels, arguments[0], arguments[1]);
    case FUNCTION_INFECTED:
    case FUNCTION_DETECTED:
        return view_campaign_count(view, view->detected_counts, arguments[0], arguments[1]);
    case FUNCTION_TRIGGERED:
        return view_campaign_count(view, view->triggered_counts, arguments[0], arguments[1]);
    case FUNCTION_TRUST:
        return view->trust_ppm[arguments[0]];
    case FUNCTION_ESCALATION:
        return view->escalation;
    case FUNCTION_ORDERED:
        return view->ordered[arguments[0]];
    case FUNCTION_RELEASED:
        return view->released_ms[arguments[0]] != SPILL_NEVER;
    case FUNCTION_SINCE:
        return view->released_ms[arguments[0]] == SPILL_NEVER
                   ? -1
                   : view->now_ms - view->released_ms[arguments[0]];
    case FUNCTION_HEALTH:
    case FUNCTION_NARRATIVE:
    case FUNCTION_DEMAND:
    case FUNCTION_FIRED:
    case FUNCTION_ACKNOWLEDGED:
    case FUNCTION_ANSWERED:
    case FUNCTION_CHOSE:
        break; /* Conditions of SCOPE_VIEW do not have them. */
    }
    SPILL_ASSERT(false && "a function that a view cannot answer");
    return 0;
}
