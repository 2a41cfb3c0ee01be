/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/oracle/generate.h"

#include <inttypes.h>
#include <stdio.h>

static const char *generate_or_none(const char *text) {
    return text == NULL ? "-" : text;
}

static void generate_print_law(const char *name, const struct law_spec *law) {
    static const char *const kinds[] = {"none",        "fixed",     "uniform",  "triangular",
                                        "exponential", "lognormal", "empirical"};
    if (law->kind == LAW_NONE) {
        return;
    }
    printf(" %s=%s(%" PRId64 ",%" PRId64 ",%" PRId64, name, kinds[law->kind], law->a_ms, law->b_ms,
           law->c_ms);
    if (law->sigma_ppm != 0) {
        printf(",s%" PRId64, law->sigma_ppm);
    }
    for (size_t i = 0; i < law->quantile_count; i++) {
        printf(" %" PRId64, law->quantile_ms[i]);
    }
    printf(")");
}

static void generate_print_assets(const struct network_spec *spec) {
    static const char *const combinations[] = {"min", "product", "linear"};
    static const char *const starts[] = {"none", "automatic", "ordered"};
    for (size_t i = 0; i < spec->asset_count; i++) {
        const struct asset_spec *const asset = &spec->assets[i];
        printf("asset %s country=%s sector=%s people=%" PRId64 " value=%" PRId64
               " %s criticality=%" PRId64 " pool=%s black=%s manual=%" PRId64
               "%s surge=%s headroom=%" PRId64,
               asset->id, asset->country, asset->sector, asset->people, asset->value_per_hour,
               combinations[asset->combination], asset->criticality, generate_or_none(asset->pool),
               starts[asset->black_start], asset->manual_ppm,
               asset->manual_automatic ? " automatic" : "", generate_or_none(asset->surge),
               asset->headroom_ppm);
        generate_print_law("repair", &asset->repair);
        if (asset->failure_ppm > 0) {
            printf(" failure=%" PRId64, asset->failure_ppm);
        }
        generate_print_law("lifetime", &asset->lifetime);
        if (asset->lag_ppm > 0) {
            printf(" lag=%" PRId64 "/%" PRId64, asset->lag_ppm, asset->lag_ms);
        }
        generate_print_law("restart", &asset->restart);
        generate_print_law("manual", &asset->manual_delay);
        if (spec->layer_count > 0) {
            printf("%s load=%" PRId64 " capacity=%" PRId64 " generation=%" PRId64,
                   asset->source ? " source" : "", asset->load, asset->capacity, asset->generation);
        }
        for (size_t j = 0; j < asset->tag_count; j++) {
            printf("%s%s", j == 0 ? " tags=" : ",", asset->tags[j]);
        }
        printf("\n");
    }
}

static void generate_print_needs(const struct network_spec *spec) {
    static const char *const aggregators[] = {"all",   "any",       "k_of_n",
                                              "share", "threshold", "linear"};
    for (size_t i = 0; i < spec->need_count; i++) {
        const struct need_spec *const need = &spec->needs[i];
        printf("need %s/%s kind=%s %s k=%" PRId64 " %" PRId64 "/%" PRId64 " surge=%s%s%s",
               need->asset, need->id, generate_or_none(need->kind), aggregators[need->aggregator],
               need->k, need->numerator, need->denominator, generate_or_none(need->surge),
               need->black_start ? " black" : "", need->manual_fallback ? " manual" : "");
        generate_print_law("fraction", &need->fraction_law);
        for (size_t j = 0; j < need->response_count; j++) {
            printf(" (%" PRId64 ",%" PRId64 ")", need->response[j].arrives_ppm,
                   need->response[j].allows_ppm);
        }
        printf("\n");
        for (size_t j = 0; j < need->backup_count; j++) {
            const struct backup_spec *const backup = &need->backups[j];
            printf("  backup %s level=%" PRId64 " fails=%" PRId64, backup->id, backup->level_ppm,
                   backup->start_failure_ppm);
            generate_print_law("gap", &backup->gap);
            generate_print_law("autonomy", &backup->autonomy);
            generate_print_law("recharge", &backup->recharge);
            printf("\n");
        }
    }
    for (size_t i = 0; i < spec->link_count; i++) {
        const struct link_spec *const link = &spec->links[i];
        printf("link %s/%s/%s weight=%" PRId64 " down=%" PRId64 " up=%" PRId64, link->asset,
               link->need, link->supplier, link->weight, link->delay_down_ms, link->delay_up_ms);
        if (link->coupling_given) {
            printf(" coupling=%" PRId64, link->coupling_ppm);
        }
        printf("\n");
    }
}

static void generate_print_campaigns(const struct network_spec *spec) {
    for (size_t i = 0; i < spec->trust_count; i++) {
        const struct trust_spec *const trust = &spec->trusts[i];
        printf("trust %s>%s mean=%" PRId64 " carrier=%s\n", trust->from, trust->to,
               trust->mean_contact_ms, generate_or_none(trust->carrier));
    }
    for (size_t i = 0; i < spec->campaign_count; i++) {
        const struct campaign_spec *const campaign = &spec->campaigns[i];
        printf("campaign %s%s%s at=%" PRId64 "%s%s health=%" PRId64 "%s%s", campaign->id,
               campaign->spreads_by_trust ? " spreads" : "",
               campaign->trigger_common ? " common" : "", campaign->trigger_at_ms,
               campaign->takes_control ? " takes-control" : "",
               campaign->takes_health ? " takes-health" : "", campaign->health_ppm,
               campaign->spreads_after_trigger ? " after-trigger" : "",
               campaign->rebuilt_patched ? " rebuilt-patched" : "");
        generate_print_law("trigger", &campaign->trigger_delay);
        generate_print_law("detection", &campaign->detection);
        generate_print_law("shared", &campaign->detection_shared);
        for (size_t j = 0; j < campaign->tag_count; j++) {
            printf("%s%s", j == 0 ? " tags=" : ",", campaign->tags[j]);
        }
        for (size_t j = 0; j < campaign->entry_count; j++) {
            printf("%s%s", j == 0 ? " entries=" : ",", campaign->entries[j]);
        }
        printf("\n");
        for (size_t j = 0; j < campaign->push_count; j++) {
            const struct push_spec *const push = &campaign->pushes[j];
            printf("  push %s tag=%s probability=%" PRId64, push->supplier, push->tag,
                   push->probability_ppm);
            generate_print_law("delay", &push->delay);
            printf("\n");
        }
    }
}

static void generate_print_layers(const struct network_spec *spec) {
    static const char *const kinds[] = {"giant", "source", "share_load", "betweenness", "dc_flow"};
    for (size_t i = 0; i < spec->layer_count; i++) {
        const struct layer_spec *const layer = &spec->layers[i];
        printf("layer %s %s sector=%s tag=%s tolerance=%" PRId64 "%s%s amount=%" PRId64
               " disturbance=%" PRId64,
               layer->id, kinds[layer->kind], layer->sector, generate_or_none(layer->tag),
               layer->tolerance_ppm, layer->transfer == TRANSFER_FIXED ? " fixed" : "",
               layer->to_group ? " group" : "", layer->amount, layer->disturbance);
        generate_print_law("reclose", &layer->reclose);
        generate_print_law("load", &layer->load);
        generate_print_law("capacity", &layer->capacity);
        generate_print_law("trip", &layer->trip);
        printf("\n");
    }
    for (size_t i = 0; i < spec->edge_count; i++) {
        const struct edge_spec *const edge = &spec->edges[i];
        printf("edge %s/%s/%s line=%s reactance=%" PRId64 " limit=%" PRId64 "\n", edge->from,
               edge->to, generate_or_none(edge->circuit), generate_or_none(edge->line),
               edge->reactance, edge->limit_w);
    }
}

static void generate_print_basics(const struct generate_scenario *scenario) {
    const struct network_spec *const spec = &scenario->spec;
    const struct information_spec *const information = &spec->information;
    printf("scenario %" PRIu64 " tick=%" PRId64 " dwell=%" PRId64 " ticks=%" PRId64 " seed=%" PRIu64
           " replica=%" PRIu32 " redraw=%" PRIu32 " after tick %" PRId64 "\n",
           scenario->number, spec->tick_ms, spec->dwell_ms, scenario->ticks, scenario->seed,
           scenario->replica, scenario->redraw_replica, scenario->redraw_after);
    printf("information interval=%" PRId64 " recover=%" PRId64 " outage=%" PRId64
           " narrative=%" PRId64 " decay=%" PRId64 " gain=%" PRId64 " counter=%" PRId64 "\n",
           information->interval_ms, information->recover_ppm, information->outage_weight_ppm,
           information->narrative_weight_ppm, information->narrative_decay_ppm,
           information->message_gain_ppm, information->message_counter_ppm);
    for (size_t i = 0; i < spec->country_count; i++) {
        printf("country %s trust=%" PRId64 "\n", spec->countries[i].id,
               spec->countries[i].trust_ppm);
    }
    for (size_t i = 0; i < spec->pool_count; i++) {
        printf("pool %s crews=%" PRId64 "\n", spec->pools[i].id, spec->pools[i].crews);
    }
    for (size_t i = 0; i < spec->tag_count; i++) {
        printf("tag %s", spec->tags[i].id);
        generate_print_law("patch", &spec->tags[i].patch);
        generate_print_law("shared", &spec->tags[i].patch_shared);
        printf("\n");
    }
    for (size_t i = 0; i < spec->surge_count; i++) {
        const struct surge_spec *const surge = &spec->surges[i];
        printf("surge %s start=%" PRId64 " slope=%" PRId64 " run=%" PRId64 " extra=%" PRId64 "\n",
               surge->id, surge->start_below_ppm, surge->slope_ppm, surge->run_below_ppm,
               surge->run_extra_ppm);
    }
}

static void generate_print_action(const struct generate_action *given) {
    static const char *const kinds[] = {
        "damage",           "campaign-start", "campaign-stop",   "campaign-delay",
        "disinformation",   "isolate-asset",  "reconnect-asset", "isolate-tag",
        "reconnect-tag",    "close-border",   "open-border",     "patch-tag",
        "share-indicators", "priority",       "mutual-aid",      "refuel",
        "black-start",      "limit",          "manual-mode",     "public-message",
    };
    const struct oracle_action *const action = &given->action;
    printf("at %" PRId64 " ms (given after %" PRId64
           "): %s asset=%s country=%s,%s tag=%s pool=%s>%s campaign=%s amount=%" PRId64
           " count=%" PRId64 " duration=%" PRId64 " root=%s:%s\n",
           action->at_ms, given->given_after, kinds[action->kind], generate_or_none(action->asset),
           generate_or_none(action->country), generate_or_none(action->other_country),
           generate_or_none(action->tag), generate_or_none(action->pool),
           generate_or_none(action->other_pool), generate_or_none(action->campaign),
           action->amount_ppm, action->count, action->duration_ms, action->root_kind,
           action->root_id);
}

void generate_print(const struct generate_scenario *scenario) {
    generate_print_basics(scenario);
    generate_print_assets(&scenario->spec);
    generate_print_needs(&scenario->spec);
    generate_print_campaigns(&scenario->spec);
    generate_print_layers(&scenario->spec);
    for (size_t i = 0; i < scenario->action_count; i++) {
        generate_print_action(&scenario->actions[i]);
    }
}
