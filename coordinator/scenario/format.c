/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/format.h"

#include <string.h>

#include "coordinator/scenario/format_parts.h"

/* Choices are bound as int. */
_Static_assert(sizeof(enum aggregator) == sizeof(int), "enums are bound as int");
_Static_assert(sizeof(enum tlp) == sizeof(int), "enums are bound as int");

const char *const format_languages[LANGUAGE_COUNT] = {[LANGUAGE_EN] = "en", [LANGUAGE_NL] = "nl"};

const struct choice format_tlp[] = {
    {"TLP:CLEAR", TLP_CLEAR}, {"TLP:GREEN", TLP_GREEN},
    {"TLP:AMBER", TLP_AMBER}, {"TLP:AMBER+STRICT", TLP_AMBER_STRICT},
    {"TLP:RED", TLP_RED},     {NULL, 0},
};

static const struct choice language_choices[] = {
    {"en", LANGUAGE_EN}, {"nl", LANGUAGE_NL}, {NULL, 0}};
static const struct choice aggregator_choices[] = {
    {"all", AGGREGATOR_ALL},
    {"any", AGGREGATOR_ANY},
    {"k_of_n", AGGREGATOR_K_OF_N},
    {"share", AGGREGATOR_SHARE},
    {"threshold", AGGREGATOR_THRESHOLD},
    {"linear", AGGREGATOR_LINEAR},
    {NULL, 0},
};
static const struct choice combination_choices[] = {
    {"min", COMBINE_MIN}, {"product", COMBINE_PRODUCT}, {"linear", COMBINE_LINEAR}, {NULL, 0}};
static const struct choice black_start_choices[] = {{"none", BLACK_START_NONE},
                                                    {"automatic", BLACK_START_AUTOMATIC},
                                                    {"ordered", BLACK_START_ORDERED},
                                                    {NULL, 0}};
static const struct choice target_choices[] = {
    {"none", TARGET_NONE},
    {"asset", TARGET_ASSET},
    {"tag", TARGET_TAG},
    {"country", TARGET_COUNTRY},
    {"border", TARGET_BORDER},
    {"pools", TARGET_POOLS},
    {NULL, 0},
};
static const struct choice state_choices[] = {{"any", WANTED_ANY},
                                              {"degraded", WANTED_DEGRADED},
                                              {"failed", WANTED_FAILED},
                                              {"detected", WANTED_DETECTED},
                                              {NULL, 0}};

const char *format_refers_words(enum refers refers) {
    static const char *const words[REFERS_COUNT] = {
        [REFERS_NOTHING] = "name",
        [REFERS_COUNTRY] = "country",
        [REFERS_SECTOR] = "sector",
        [REFERS_POOL] = "crew pool",
        [REFERS_TAG] = "tag",
        [REFERS_SURGE] = "surge",
        [REFERS_KIND] = "kind",
        [REFERS_CAMPAIGN] = "campaign",
        [REFERS_ASSET] = "asset",
        [REFERS_RULE] = "rule",
        [REFERS_ORDER] = "order",
        [REFERS_CELL] = "cell",
        [REFERS_OBJECTIVE] = "objective",
        [REFERS_INJECT] = "inject",
    };
    return words[refers];
}

/* ---- The world ---- */

static const struct key country_key[] = {
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_country, name), .about = "Its name."},
    {"trust", TYPE_PERCENT, 0, AT(source_country, trust_ppm), .initial = "70%",
     .about = "Trust of its people at the start, to which it returns at rest."},
};
static const struct keys country_keys =
    KEYS("country", country_key, source_country, "A country, by its code in small letters.");

static const struct key sector_key[] = {
    {"id", TYPE_ID, KEY_REQUIRED, AT(source_sector, at.id), .about = "Its id."},
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_sector, name), .about = "Its name."},
};
const struct keys format_sector =
    KEYS("sector", sector_key, source_sector, "A sector that the program has no words for.");

static const struct key place_key[] = {
    {"population", TYPE_INTEGER, KEY_REQUIRED, AT(source_place, population), .least = 0,
     .most = 10000000000,
     .about = "People who live there: no sector may serve more people in this place."},
};
static const struct keys place_keys =
    KEYS("place", place_key, source_place,
         "A place, by its name as in the column `place` of assets.csv.");

static const struct key name_key[] = {
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_name, name),
     .about = "Its name, as causal chains use it."},
};
static const struct keys name_keys =
    KEYS("need name", name_key, source_name, "Words for a need that is not named as a sector is.");

static const struct key information_key[] = {
    {"interval", TYPE_DURATION, 0, AT(source_scenario, information.interval_ms), .initial = "15min",
     .about = "Time between updates."},
    {"recover", TYPE_PERCENT, 0, AT(source_scenario, information.recover_ppm), .initial = "2%",
     .about = "Share of the missing trust that returns at each update."},
    {"outage_weight", TYPE_PERCENT, 0, AT(source_scenario, information.outage_weight_ppm),
     .initial = "10%",
     .about = "Trust lost at each update if every person were without every service."},
    {"narrative_weight", TYPE_PERCENT, 0, AT(source_scenario, information.narrative_weight_ppm),
     .initial = "5%", .about = "Trust lost at each update under a full hostile narrative."},
    {"narrative_decay", TYPE_PERCENT, 0, AT(source_scenario, information.narrative_decay_ppm),
     .initial = "10%", .about = "Share of the narrative that fades at each update."},
    {"message_gain", TYPE_PERCENT, 0, AT(source_scenario, information.message_gain_ppm),
     .initial = "3%",
     .about = "Trust that a public message wins, as a share of the trust there is."},
    {"message_counter", TYPE_PERCENT, 0, AT(source_scenario, information.message_counter_ppm),
     .initial = "30%",
     .about = "Share of the narrative that a public message takes away at full trust."},
};
static const struct keys information_keys =
    KEYS("information", information_key, source_scenario,
         "How trust and narrative move; the same for every country.");

static const struct key pool_key[] = {
    {"country", TYPE_ID, KEY_REQUIRED, AT(source_pool, country), .refers = REFERS_COUNTRY,
     .about = "Whose crews they are."},
    {"crews", TYPE_INTEGER, KEY_REQUIRED, AT(source_pool, crews), .least = 0, .most = 1000000,
     .about = "Repairs that can go on at one time."},
};
static const struct keys pool_keys = KEYS("pool", pool_key, source_pool, "Repair crews.");

static const struct key tag_key[] = {
    {"patch", TYPE_LAW, 0, AT(source_tag, patch), .initial = "none",
     .about = "From the order to patch until one asset is patched; `none`: at once."},
    {"patch_shared", TYPE_LAW, 0, AT(source_tag, patch_shared), .initial = "none",
     .about = "The same where indicators were shared; `none`: as `patch`."},
};
static const struct keys tag_keys =
    KEYS("tag", tag_key, source_tag,
         "A product, vendor or technology that assets run. Every tag in use is listed here.");

static const struct key surge_key[] = {
    {"start_below", TYPE_PERCENT, KEY_REQUIRED, AT(source_surge, spec.start_below_ppm),
     .about = "Trust below which demand rises …"},
    {"slope", TYPE_PERCENT, KEY_REQUIRED, AT(source_surge, spec.slope_ppm), .most = 10 * SPILL_PPM,
     .about = "… by this share of the missing trust;"},
    {"run_below", TYPE_PERCENT, 0, AT(source_surge, spec.run_below_ppm), .initial = "0%",
     .about = "trust below which a run begins …"},
    {"run_extra", TYPE_PERCENT, 0, AT(source_surge, spec.run_extra_ppm), .most = 10 * SPILL_PPM,
     .initial = "0%", .about = "… and adds this."},
};
static const struct keys surge_keys = KEYS(
    "surge", surge_key, source_surge, "Demand that rises when trust falls: fuel, cash, calls.");

static const struct key uncertain_key[] = {
    {"least", TYPE_PERCENT, KEY_REQUIRED, AT(source_uncertain, range.least_ppm),
     .most = VARY_FACTOR_MAX_PPM, .about = "The least that the factor may be,"},
    {"likely", TYPE_PERCENT, 0, AT(source_uncertain, range.likely_ppm), .most = VARY_FACTOR_MAX_PPM,
     .initial = "100%", .about = "what it is most likely,"},
    {"most", TYPE_PERCENT, KEY_REQUIRED, AT(source_uncertain, range.most_ppm),
     .most = VARY_FACTOR_MAX_PPM, .about = "and the most."},
};
static const struct keys uncertain_keys =
    KEYS("uncertain", uncertain_key, source_uncertain,
         "How far a group of numbers may be from what is written here: a factor on all of them.");

static const struct key backup_key[] = {
    {"id", TYPE_ID, KEY_REQUIRED, AT(source_backup, at.id), .about = "Unique in its need."},
    {"level", TYPE_PERCENT, 0, AT(source_backup, spec.level_ppm), .initial = "100%",
     .about = "What it can carry."},
    {"start_failure", TYPE_PERCENT, 0, AT(source_backup, spec.start_failure_ppm), .initial = "0%",
     .about = "Chance that it does not start."},
    {"gap", TYPE_LAW, 0, AT(source_backup, spec.gap), .initial = "none", .about = "Switch-over."},
    {"autonomy", TYPE_LAW, KEY_REQUIRED, AT(source_backup, spec.autonomy),
     .about = "How long it lasts."},
    {"recharge", TYPE_LAW, 0, AT(source_backup, spec.recharge), .initial = "none",
     .about = "Until it is full again once supply is back; `none`: never by itself."},
};
static const struct keys backup_keys =
    KEYS("backup", backup_key, source_backup, "A backup of a need; they are tried in their order.");

static const struct key need_key[] = {
    {"kind", TYPE_ID, 0, AT(source_need, spec.kind),
     .about =
         "What is needed; default: its id. `control` is what a payload on control takes away."},
    {"aggregator", TYPE_CHOICE, KEY_REQUIRED, AT(source_need, spec.aggregator),
     .choices = aggregator_choices,
     .about = "What arrives from several suppliers: the least, the most, the k-th largest, the "
              "weighted mean, all or nothing by "
              "failed weight, or full less the sum of weighted losses."},
    {"k", TYPE_INTEGER, 0, AT(source_need, spec.k), .least = 1, .most = 1000000,
     .about = "Of `k_of_n`."},
    {"fraction", TYPE_FRACTION, 0, AT(source_need, spec.numerator),
     COUNT_AT(source_need, spec.denominator),
     .about = "Of `threshold`: the share of the weight that must fail, such as `2/3`."},
    {"fraction_law", TYPE_SHARE_LAW, 0, AT(source_need, spec.fraction_law), .initial = "none",
     .about = "The same by chance, drawn once for each asset, such as `uniform 10% 30%`."},
    {"response", TYPE_POINTS, 0, AT(source_need, spec.response),
     COUNT_AT(source_need, spec.response_count), .most = SPILL_RESPONSE_POINTS_MAX,
     .about = "Points [arrives, allows], rising, from 0 % to [100%, 100%]; default: what arrives."},
    {"backups", TYPE_LIST, 0, AT(source_need, backups), COUNT_AT(source_need, backup_count),
     .most = SPILL_NEED_BACKUPS_MAX, .of = &backup_keys,
     .about = "Backups, in the order in which they are tried."},
    {"surge", TYPE_ID, 0, AT(source_need, spec.surge), .refers = REFERS_SURGE,
     .about = "Demand that drains the backups faster."},
    {"black_start", TYPE_BOOLEAN, 0, AT(source_need, spec.black_start), .initial = "false",
     .about = "Counts as met during a black start."},
    {"manual_fallback", TYPE_BOOLEAN, 0, AT(source_need, spec.manual_fallback), .initial = "false",
     .about = "Raised to the manual level while manual mode is on."},
};
static const struct keys need_keys =
    KEYS("need", need_key, source_need, "What assets of a kind need from others.");

static const struct key kind_key[] = {
    {"sector", TYPE_ID, KEY_COLUMN, AT(source_kind, spec.sector), .refers = REFERS_SECTOR,
     .about = "Required, here or in assets.csv."},
    {"people", TYPE_INTEGER, KEY_COLUMN, AT(source_kind, spec.people), .least = 0,
     .most = 10000000000, .initial = "0",
     .about = "People who get this sector's service from the asset."},
    {"value_per_hour", TYPE_INTEGER, KEY_COLUMN, AT(source_kind, spec.value_per_hour),
     .initial = "0", .about = "Lost at service 0, in the scenario's currency."},
    {"tags", TYPE_IDS, KEY_COLUMN, AT(source_kind, spec.tags),
     COUNT_AT(source_kind, spec.tag_count), .refers = REFERS_TAG,
     .about = "Products, vendors and technologies that it runs."},
    {"combination", TYPE_CHOICE, KEY_COLUMN, AT(source_kind, spec.combination),
     .choices = combination_choices, .initial = "min",
     .about = "How health and needs make the service."},
    {"lag", TYPE_PERCENT, KEY_COLUMN, AT(source_kind, spec.lag_ppm), .initial = "0%",
     .about = "Share of the way to where its limits are that its service goes in one step; 0 %: "
              "all at once. Not together with `restart`."},
    {"lag_step", TYPE_DURATION, KEY_COLUMN, AT(source_kind, spec.lag_ms), .initial = "1min",
     .about = "Time of a step."},
    {"criticality", TYPE_INTEGER, KEY_COLUMN, AT(source_kind, spec.criticality), .least = 0,
     .most = 1000000, .initial = "0", .about = "In the queue for repair the larger goes first."},
    {"repair", TYPE_LAW, KEY_COLUMN, AT(source_kind, spec.repair), .initial = "none",
     .about = "`none`: never repaired."},
    {"pool", TYPE_ID, KEY_COLUMN, AT(source_kind, spec.pool), .refers = REFERS_POOL,
     .about = "Crews that repair it; none: repaired without waiting."},
    {"failure", TYPE_PERCENT, KEY_COLUMN, AT(source_kind, spec.failure_ppm), .initial = "0%",
     .about = "Chance that it is broken at the start."},
    {"lifetime", TYPE_LAW, KEY_COLUMN, AT(source_kind, spec.lifetime), .initial = "none",
     .about = "Until it breaks by itself, anew after each repair; `none`: never."},
    {"restart", TYPE_LAW, KEY_COLUMN, AT(source_kind, spec.restart), .initial = "none",
     .about = "From supply back until service back, after a failure."},
    {"black_start", TYPE_CHOICE, KEY_COLUMN, AT(source_kind, spec.black_start),
     .choices = black_start_choices, .initial = "none",
     .about = "Whether it starts without the needs that are marked so."},
    {"manual", TYPE_PERCENT, KEY_COLUMN, AT(source_kind, spec.manual_ppm), .initial = "0%",
     .about = "Service by hand; 0 %: cannot."},
    {"manual_delay", TYPE_LAW, KEY_COLUMN, AT(source_kind, spec.manual_delay), .initial = "none",
     .about = "Until it runs by hand."},
    {"manual_automatic", TYPE_BOOLEAN, KEY_COLUMN, AT(source_kind, spec.manual_automatic),
     .initial = "false", .about = "By itself; false: only after an order."},
    {"surge", TYPE_ID, KEY_COLUMN, AT(source_kind, spec.surge), .refers = REFERS_SURGE,
     .about = "Demand that it must meet."},
    {"headroom", TYPE_PERCENT, KEY_COLUMN, AT(source_kind, spec.headroom_ppm), .least = SPILL_PPM,
     .most = 1000 * SPILL_PPM, .initial = "100%", .about = "Demand that it can meet in full."},
    {"source", TYPE_BOOLEAN, KEY_COLUMN, AT(source_kind, spec.source), .initial = "false",
     .about = "In a layer of kind `source`: feeds those connected to it."},
    {"load", TYPE_INTEGER, KEY_COLUMN, AT(source_kind, spec.load), .initial = "0",
     .about = "In a layer: its load at rest (`share_load`; 0: by the layer), or what it takes in W "
              "(`dc_flow`)."},
    {"capacity", TYPE_INTEGER, KEY_COLUMN, AT(source_kind, spec.capacity), .initial = "0",
     .about = "In a layer: what it bears (`share_load`; 0: by the layer), or can give at most in W "
              "(`dc_flow`; 0: `generation`)."},
    {"generation", TYPE_INTEGER, KEY_COLUMN, AT(source_kind, spec.generation), .initial = "0",
     .about = "In a layer of kind `dc_flow`: what it gives at rest, W."},
    {"needs", TYPE_MAP, 0, AT(source_kind, needs), COUNT_AT(source_kind, need_count),
     .most = SPILL_ASSET_NEEDS_MAX, .of = &need_keys,
     .about = "What it needs, by an id of your choice; a need without suppliers is met."},
};
const struct keys format_kind = KEYS("kind", kind_key, source_kind,
                                     "A template: what assets of one kind have in common. A column "
                                     "of assets.csv overrides the key of its name.");

/* ---- The script ---- */

static const struct key push_key[] = {
    {"supplier", TYPE_ID, KEY_REQUIRED, AT(source_push, spec.supplier), .refers = REFERS_ASSET,
     .about = "Whose infection starts the push."},
    {"tag", TYPE_ID, KEY_REQUIRED, AT(source_push, spec.tag), .refers = REFERS_TAG,
     .about = "Its customers carry this tag."},
    {"probability", TYPE_PERCENT, 0, AT(source_push, spec.probability_ppm), .initial = "100%",
     .about = "For each customer."},
    {"delay", TYPE_LAW, 0, AT(source_push, spec.delay), .initial = "none",
     .about = "From infection to arrival."},
};
static const struct keys push_keys =
    KEYS("push", push_key, source_push, "Spread through a supplier's update.");

static const struct key trigger_key[] = {
    {"at", TYPE_DURATION, 0, AT(source_trigger, at_ms), .about = "One time for all, or"},
    {"after", TYPE_LAW, 0, AT(source_trigger, after), .about = "so long after each infection."},
};
static const struct keys trigger_keys =
    KEYS("trigger", trigger_key, source_trigger, "When the payload runs: exactly one of these.");

static const struct key payload_key[] = {
    {"health", TYPE_PERCENT, 0, AT(source_payload, health_ppm),
     .about = "Lowers health to this; left out: health stays."},
    {"control", TYPE_BOOLEAN, 0, AT(source_payload, control), .initial = "false",
     .about = "Takes the need of kind `control`."},
};
static const struct keys payload_keys =
    KEYS("payload", payload_key, source_payload, "What it does.");

static const struct key campaign_key[] = {
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_campaign, name), .about = "Its name."},
    {"tags", TYPE_IDS, KEY_REQUIRED, AT(source_campaign, spec.tags),
     COUNT_AT(source_campaign, spec.tag_count), .refers = REFERS_TAG,
     .about = "What it targets: assets with one of these that is not patched."},
    {"entries", TYPE_IDS, 0, AT(source_campaign, spec.entries),
     COUNT_AT(source_campaign, spec.entry_count), .refers = REFERS_ASSET,
     .about = "Assets infected when it starts."},
    {"spreads_by_trust", TYPE_BOOLEAN, 0, AT(source_campaign, spec.spreads_by_trust),
     .initial = "false", .about = "Along trust.csv."},
    {"pushes", TYPE_LIST, 0, AT(source_campaign, pushes), COUNT_AT(source_campaign, push_count),
     .most = FORMAT_PUSHES_MAX, .of = &push_keys, .about = "Through suppliers' updates."},
    {"trigger", TYPE_OBJECT, KEY_REQUIRED, AT(source_campaign, trigger), .of = &trigger_keys,
     .about = "When the payload runs."},
    {"payload", TYPE_OBJECT, KEY_REQUIRED, AT(source_campaign, payload), .of = &payload_keys,
     .about = "What it does."},
    {"spreads_after_trigger", TYPE_BOOLEAN, 0, AT(source_campaign, spec.spreads_after_trigger),
     .initial = "false", .about = "Whether a triggered asset goes on spreading."},
    {"rebuilt_patched", TYPE_BOOLEAN, 0, AT(source_campaign, spec.rebuilt_patched),
     .initial = "false", .about = "Whether a repaired asset is patched, too."},
    {"detection", TYPE_LAW, 0, AT(source_campaign, spec.detection), .initial = "none",
     .about = "From infection until it is noticed; `none`: at the trigger."},
    {"detection_shared", TYPE_LAW, 0, AT(source_campaign, spec.detection_shared), .initial = "none",
     .about = "The same in a country that holds the indicators; `none`: as `detection`."},
};
static const struct keys campaign_keys =
    KEYS("campaign", campaign_key, source_campaign, "An intruder.");

static const struct key rule_key[] = {
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_rule, name),
     .about = "What happens, as people read it."},
    {"at", TYPE_DURATION, 0, AT(source_rule, spec.at_ms), .initial = "0min",
     .about = "Not before this time of the exercise."},
    {"when", TYPE_CONDITION, 0, AT(source_rule, spec.when), .scope = SCOPE_MODEL,
     .about = "A condition on the model; left out: at its time."},
    {"for", TYPE_DURATION, 0, AT(source_rule, spec.hold_ms), .initial = "0min",
     .about = "How long it must hold without a break."},
    {"delay", TYPE_LAW, 0, AT(source_rule, spec.delay), .initial = "none",
     .about = "From firing to effect; `none`: the next tick."},
    {"times", TYPE_INTEGER, 0, AT(source_rule, spec.times_max), .least = 1, .most = 1000000,
     .initial = "1", .about = "How often; again only after its condition was false in between."},
    {"do", TYPE_EFFECTS, KEY_REQUIRED, AT(source_rule, effects),
     COUNT_AT(source_rule, effect_count), .most = SCRIPT_EFFECTS_MAX, .about = "Its effects."},
};
static const struct keys rule_keys =
    KEYS("rule", rule_key, source_rule,
         "What happens by itself: the adversary, the weather, the storyline.");

static const struct key order_key[] = {
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_order, name), .about = "As the menu shows it."},
    {"target", TYPE_CHOICE, 0, AT(source_order, spec.target), .choices = target_choices,
     .initial = "none", .about = "What it points at; completes its effects."},
    {"latency", TYPE_LAW, 0, AT(source_order, spec.latency), .initial = "none",
     .about = "From acceptance to effect; `none`: the next tick."},
    {"cost", TYPE_INTEGER, 0, AT(source_order, spec.cost), .initial = "0",
     .about = "In the scenario's currency."},
    {"do", TYPE_ORDERED, KEY_REQUIRED, AT(source_order, effects),
     COUNT_AT(source_order, effect_count), .most = SCRIPT_EFFECTS_MAX, .about = "Its effects."},
};
static const struct keys order_keys =
    KEYS("order", order_key, source_order, "What cells may order.");

static const struct key objective_key[] = {
    {"title", TYPE_WORDS, KEY_REQUIRED, AT(source_objective, title),
     .about = "What the exercise tests."},
    {"capability", TYPE_WORDS, 0, AT(source_objective, capability),
     .about = "The capability that it belongs to."},
};
static const struct keys objective_keys =
    KEYS("objective", objective_key, source_objective, "What the exercise is for.");

/* ---- The cells ---- */

#define FILTER_KEYS(structure, path)                                                               \
    {"countries",                                                                                  \
     TYPE_IDS,                                                                                     \
     0,                                                                                            \
     AT(structure, path.countries),                                                                \
     COUNT_AT(structure, path.country_count),                                                      \
     .refers = REFERS_COUNTRY,                                                                     \
     .about = "In one of these countries."},                                                       \
        {"sectors",                                                                                \
         TYPE_IDS,                                                                                 \
         0,                                                                                        \
         AT(structure, path.sectors),                                                              \
         COUNT_AT(structure, path.sector_count),                                                   \
         .refers = REFERS_SECTOR,                                                                  \
         .about = "In one of these sectors."},                                                     \
        {"tags",                                                                                   \
         TYPE_IDS,                                                                                 \
         0,                                                                                        \
         AT(structure, path.tags),                                                                 \
         COUNT_AT(structure, path.tag_count),                                                      \
         .refers = REFERS_TAG,                                                                     \
         .about = "With one of these tags."},                                                      \
    {                                                                                              \
        "assets", TYPE_IDS, 0, AT(structure, path.assets), COUNT_AT(structure, path.asset_count),  \
            .refers = REFERS_ASSET, .about = "One of these."                                       \
    }

static const struct key filter_key[] = {FILTER_KEYS(source_filter, spec)};
static const struct keys filter_keys =
    KEYS("filter", filter_key, source_filter,
         "Assets that match every key given; a key left out matches every asset.");

static const struct key where_key[] = {FILTER_KEYS(source_authority, where)};
static const struct keys where_keys =
    KEYS("filter", where_key, source_authority, "A filter, as above.");

static const struct key each_key[] = {
    {"state", TYPE_CHOICE, 0, AT(source_each, state), .choices = state_choices, .initial = "any",
     .about = "As the cell's last report has it: any, below full service, failed, or a detected "
              "intrusion."},
    FILTER_KEYS(source_each, where),
};
static const struct keys each_keys =
    KEYS("each", each_key, source_each, "Visible assets in a state: one order for each of them.");

static const struct key authority_key[] = {
    {"order", TYPE_ID, KEY_REQUIRED, AT(source_authority, order), .refers = REFERS_ORDER,
     .about = "An order of the menu."},
    {"where", TYPE_OBJECT, 0, 0, .of = &where_keys,
     .about = "A filter: assets that it may touch; of tags, countries, borders and pools "
              "`countries` counts. Left out: all."},
};
static const struct keys authority_keys =
    KEYS("authority", authority_key, source_authority, "What a cell may order.");

static const struct key policy_rule_key[] = {
    {"id", TYPE_ID, KEY_REQUIRED, AT(source_policy_rule, at.id),
     .about = "Unique in its policy; the order's rationale."},
    {"when", TYPE_CONDITION, 0, AT(source_policy_rule, spec.when), .scope = SCOPE_VIEW,
     .about = "A condition on what the cell can see; left out: always."},
    {"for", TYPE_DURATION, 0, AT(source_policy_rule, spec.hold_ms), .initial = "0min",
     .about = "How long it must hold without a break."},
    {"order", TYPE_ID, KEY_REQUIRED, AT(source_policy_rule, spec.order), .refers = REFERS_ORDER,
     .about = "What to order."},
    {"each", TYPE_OBJECT, 0, AT(source_policy_rule, each), .of = &each_keys,
     .about = "One order for each such asset. Without it, the target is named:"},
    {"asset", TYPE_ID, 0, AT(source_policy_rule, spec.asset), .refers = REFERS_ASSET,
     .about = "Of an order on an asset."},
    {"tag", TYPE_ID, 0, AT(source_policy_rule, spec.tag), .refers = REFERS_TAG,
     .about = "Of an order on a tag."},
    {"country", TYPE_ID, 0, AT(source_policy_rule, spec.country), .refers = REFERS_COUNTRY,
     .about = "Of an order on a tag (default: the cell's own), a country or a border."},
    {"with", TYPE_ID, 0, AT(source_policy_rule, spec.other_country), .refers = REFERS_COUNTRY,
     .about = "The other side of a border."},
    {"from", TYPE_ID, 0, AT(source_policy_rule, spec.pool), .refers = REFERS_POOL,
     .about = "The pool that gives crews …"},
    {"to", TYPE_ID, 0, AT(source_policy_rule, spec.other_pool), .refers = REFERS_POOL,
     .about = "… and the one that gets them."},
    {"amount", TYPE_INTEGER, 0, AT(source_policy_rule, spec.amount), .least = 0, .most = 1000000,
     .initial = "0",
     .about = "Crews or priority, in place of the order's own; 0: the order's own."},
    {"thinking", TYPE_LAW, 0, AT(source_policy_rule, spec.thinking), .initial = "none",
     .about = "From seeing to ordering."},
    {"times", TYPE_INTEGER, 0, AT(source_policy_rule, spec.times_max), .least = 1, .most = 1000000,
     .initial = "1", .about = "How often, for each target."},
    {"again_after", TYPE_DURATION, 0, AT(source_policy_rule, spec.again_after_ms),
     .initial = "0min", .about = "Between two orders for one target."},
};
static const struct keys policy_rule_keys =
    KEYS("policy rule", policy_rule_key, source_policy_rule,
         "When the cell's own picture makes it true, the cell gives the order.");

static const struct key cell_key[] = {
    {"name", TYPE_WORDS, KEY_REQUIRED, AT(source_cell, cast.name), .about = "Its name."},
    {"role", TYPE_WORDS, KEY_REQUIRED, AT(source_cell, cast.role),
     .about = "What it does, in a line."},
    {"briefing", TYPE_WORDS, KEY_REQUIRED, AT(source_cell, cast.briefing),
     .about = "What its players read first."},
    {"kind", TYPE_ID, KEY_REQUIRED, AT(source_cell, cast.kind),
     .about = "`ministry`, `csirt`, `operator`, `eu`, `nato`, `media`, `exercise-control` …"},
    {"country", TYPE_ID, KEY_REQUIRED, AT(source_cell, country), .refers = REFERS_COUNTRY,
     .about = "Where it is."},
    {"language", TYPE_CHOICE, 0, AT(source_cell, cast.language), .choices = language_choices,
     .initial = "en", .about = "Which it reads."},
    {"clearance", TYPE_CHOICE, 0, AT(source_cell, cast.clearance), .choices = format_tlp,
     .initial = "TLP:AMBER", .about = "The most that it may receive."},
    {"fictional", TYPE_BOOLEAN, 0, AT(source_cell, cast.fictional), .initial = "false",
     .about = "Whether it stands for nobody that exists; pages say so."},
    {"sees", TYPE_LIST, 0, AT(source_cell, sees), COUNT_AT(source_cell, sees_count),
     .most = SCRIPT_FILTERS_MAX, .of = &filter_keys,
     .about = "Filters: assets on which it gets reports match any of them."},
    {"reporting_delay", TYPE_DURATION, 0, AT(source_cell, reporting_delay_ms), .initial = "0min",
     .about = "Until a report reaches it."},
    {"answers_after", TYPE_LAW, 0, AT(source_cell, cast.answers_after),
     .initial = "uniform 2min 10min",
     .about = "How long its robot takes to acknowledge and answer."},
    {"authority", TYPE_LIST, 0, AT(source_cell, authority), COUNT_AT(source_cell, authority_count),
     .most = SCRIPT_AUTHORITY_MAX, .of = &authority_keys, .about = "What it may order."},
    {"policies", TYPE_LISTS, 0, AT(source_cell, policies), COUNT_AT(source_cell, policy_count),
     .most = SCRIPT_POLICIES_MAX, .of = &policy_rule_keys,
     .about = "By team (`doctrine` plays unless another is chosen; nobody needs a `passive` one): "
              "a list of rules."},
};
static const struct keys cell_keys = KEYS("cell", cell_key, source_cell, "Who plays.");

/* ---- scenario.yaml ---- */

static const struct key scenario_key[] = {
    {"format", TYPE_INTEGER, KEY_REQUIRED, AT(source_scenario, format), .least = SCENARIO_FORMAT,
     .most = SCENARIO_FORMAT, .about = "The format's version: 1."},
    {"id", TYPE_ID, KEY_REQUIRED, AT(source_scenario, at.id),
     .about = "The scenario's id; its folder has the same name."},
    {"title", TYPE_WORDS, KEY_REQUIRED, AT(source_scenario, title), .about = "Its title."},
    {"summary", TYPE_WORDS, KEY_REQUIRED, AT(source_scenario, summary),
     .about = "What it is about, in two lines."},
    {"notice", TYPE_WORDS, KEY_REQUIRED, AT(source_scenario, notice),
     .about = "What in it is real and what is invented."},
    {"classification", TYPE_CHOICE, 0, AT(source_scenario, classification), .choices = format_tlp,
     .initial = "TLP:CLEAR", .about = "Of the scenario as a whole."},
    {"languages", TYPE_CHOICES, KEY_REQUIRED, AT(source_scenario, languages),
     .choices = language_choices,
     .about = "In which it is written; a text missing in one of them is a warning."},
    {"currency", TYPE_CURRENCY, 0, AT(source_scenario, currency), .initial = "EUR",
     .about = "Of every amount."},
    {"starts_at", TYPE_DATE_TIME, KEY_REQUIRED, AT(source_scenario, starts_at),
     .about = "Local time at the start."},
    {"zone", TYPE_ZONE, KEY_REQUIRED, AT(source_scenario, zone), .about = "Its time zone."},
    {"duration", TYPE_DURATION, KEY_REQUIRED, AT(source_scenario, duration_ms),
     .about = "Of the exercise."},
    {"tick", TYPE_DURATION, 0, AT(source_scenario, tick_ms), .initial = "1s",
     .about = "The model's step."},
    {"dwell", TYPE_DURATION, 0, AT(source_scenario, dwell_ms), .initial = "0s",
     .about = "After a change a service does not rise for so long; at least one tick."},
    {"seed", TYPE_INTEGER, 0, AT(source_scenario, seed), .most = INT64_MAX, .initial = "1",
     .about = "Of chance."},
    {"speed", TYPE_INTEGER, 0, AT(source_scenario, speed), .least = 1, .most = 1000000,
     .initial = "60", .about = "Exercise seconds in a second of a robots' run."},
    {"escalation", TYPE_INTEGER, 0, AT(source_scenario, escalation), .least = 0, .most = 1000,
     .initial = "0", .about = "Step at the start."},
    {"countries", TYPE_MAP, KEY_REQUIRED, AT(source_scenario, countries),
     COUNT_AT(source_scenario, country_count), .most = SPILL_COUNTRIES_MAX, .of = &country_keys,
     .about = "By code."},
    {"sectors", TYPE_SECTORS, KEY_REQUIRED, AT(source_scenario, sectors),
     COUNT_AT(source_scenario, sector_count), .most = SPILL_SECTORS_MAX,
     .about = "Ids, such as `electricity`; one that the program has no words for as `{id: …, name: "
              "{en: …, nl: …}}`."},
    {"places", TYPE_MAP, KEY_TEXT_IDS, AT(source_scenario, places),
     COUNT_AT(source_scenario, place_count), .most = FORMAT_PLACES_MAX, .of = &place_keys,
     .about = "By name."},
    {"needs", TYPE_MAP, 0, AT(source_scenario, needs), COUNT_AT(source_scenario, need_count),
     .most = FORMAT_KINDS_MAX, .of = &name_keys,
     .about = "Words for needs, by the id or kind of the need."},
    {"information", TYPE_OBJECT, 0, 0, .of = &information_keys, .about = "Trust and narrative."},
    {"pools", TYPE_MAP, 0, AT(source_scenario, pools), COUNT_AT(source_scenario, pool_count),
     .most = SPILL_POOLS_MAX, .of = &pool_keys, .about = "Repair crews."},
    {"tags", TYPE_MAP, 0, AT(source_scenario, tags), COUNT_AT(source_scenario, tag_count),
     .most = SPILL_TAGS_MAX, .of = &tag_keys, .about = "Products and vendors."},
    {"surges", TYPE_MAP, 0, AT(source_scenario, surges), COUNT_AT(source_scenario, surge_count),
     .most = SPILL_SURGES_MAX, .of = &surge_keys, .about = "Demand under low trust."},
    {"uncertain", TYPE_MAP, 0, AT(source_scenario, uncertain),
     COUNT_AT(source_scenario, uncertain_count), .most = PARAMETER_COUNT, .of = &uncertain_keys,
     .about =
         "What is not well known, for `ensemble --parameters`: `repair`, `restart`, `autonomy`, "
         "`coupling`, `spread`, `detection`, `patch`."},
    {"kinds", TYPE_MAP, KEY_REQUIRED, AT(source_scenario, kinds),
     COUNT_AT(source_scenario, kind_count), .most = FORMAT_KINDS_MAX, .of = &format_kind,
     .about = "Templates of assets."},
    {"layers", TYPE_MAP, 0, AT(source_scenario, layers), COUNT_AT(source_scenario, layer_count),
     .most = SPILL_LAYERS_MAX, .of = &format_layer, .about = "What is not local."},
    {"campaigns", TYPE_MAP, 0, AT(source_scenario, campaigns),
     COUNT_AT(source_scenario, campaign_count), .most = SPILL_CAMPAIGNS_MAX, .of = &campaign_keys,
     .about = "Intruders."},
    {"rules", TYPE_MAP, 0, AT(source_scenario, rules), COUNT_AT(source_scenario, rule_count),
     .most = SCRIPT_RULES_MAX, .of = &rule_keys, .about = "What happens by itself."},
    {"orders", TYPE_MAP, 0, AT(source_scenario, orders), COUNT_AT(source_scenario, order_count),
     .most = SCRIPT_ORDERS_MAX, .of = &order_keys, .about = "The menu of orders."},
    {"objectives", TYPE_MAP, 0, AT(source_scenario, objectives),
     COUNT_AT(source_scenario, objective_count), .most = FORMAT_OBJECTIVES_MAX,
     .of = &objective_keys, .about = "What the exercise tests."},
    {"cells", TYPE_MAP, KEY_REQUIRED, AT(source_scenario, cells),
     COUNT_AT(source_scenario, cell_count), .most = SPILL_CELLS_MAX, .of = &cell_keys,
     .about = "Who plays."},
};
const struct keys format_scenario =
    KEYS("scenario", scenario_key, source_scenario, "The file scenario.yaml.");

/* ---- Actions ---- */

#define ACTION_KEYS(array)                                                                         \
    {                                                                                              \
        .name = "action", .about = "", .key = array, .count = sizeof array / sizeof array[0],      \
        .size_bytes = sizeof(struct source_effect)                                                 \
    }
#define ASSET_KEY                                                                                  \
    {                                                                                              \
        "asset", TYPE_ID, 0, AT(source_effect, spec.asset), .refers = REFERS_ASSET,                \
                                                            .about = "The asset."                  \
    }
#define COUNTRY_KEY                                                                                \
    {                                                                                              \
        "country", TYPE_ID, 0, AT(source_effect, spec.country), .refers = REFERS_COUNTRY,          \
                                                                .about = "The country."            \
    }
#define CAMPAIGN_KEY                                                                               \
    {                                                                                              \
        "campaign", TYPE_ID, KEY_REQUIRED, AT(source_effect, spec.campaign),                       \
            .refers = REFERS_CAMPAIGN, .about = "The campaign."                                    \
    }
#define TAG_KEY                                                                                    \
    { "tag", TYPE_ID, 0, AT(source_effect, spec.tag), .refers = REFERS_TAG, .about = "The tag." }

static const struct key damage_key[] = {
    ASSET_KEY,
    {"health", TYPE_PERCENT, 0, AT(source_effect, spec.amount), .initial = "0%",
     .about = "Health becomes at most this."},
};
static const struct key campaign_only_key[] = {CAMPAIGN_KEY};
static const struct key campaign_delay_key[] = {
    CAMPAIGN_KEY,
    {"by", TYPE_DURATION, KEY_REQUIRED, AT(source_effect, spec.duration_ms),
     .about = "How much later its triggers come."},
};
static const struct key disinformation_key[] = {
    COUNTRY_KEY,
    {"amount", TYPE_PERCENT, KEY_REQUIRED, AT(source_effect, spec.amount),
     .about = "Added to the narrative at each update."},
    {"duration", TYPE_DURATION, KEY_REQUIRED, AT(source_effect, spec.duration_ms),
     .about = "For how long."},
};
static const struct key isolate_key[] = {ASSET_KEY, TAG_KEY, COUNTRY_KEY};
static const struct key border_key[] = {
    COUNTRY_KEY,
    {"with", TYPE_ID, 0, AT(source_effect, spec.other_country), .refers = REFERS_COUNTRY,
     .about = "The other country."},
};
static const struct key tag_country_key[] = {TAG_KEY, COUNTRY_KEY};
static const struct key priority_key[] = {
    ASSET_KEY,
    {"priority", TYPE_INTEGER, KEY_REQUIRED, AT(source_effect, spec.amount), .least = 0,
     .most = 1000000, .about = "The larger goes first."},
};
static const struct key aid_key[] = {
    {"from", TYPE_ID, 0, AT(source_effect, spec.pool), .refers = REFERS_POOL,
     .about = "The pool that gives crews."},
    {"to", TYPE_ID, 0, AT(source_effect, spec.other_pool), .refers = REFERS_POOL,
     .about = "The pool that gets them."},
    {"crews", TYPE_INTEGER, KEY_REQUIRED, AT(source_effect, spec.amount), .least = 1,
     .most = 1000000, .about = "How many."},
    {"travel", TYPE_DURATION, 0, AT(source_effect, spec.duration_ms), .initial = "0min",
     .about = "How long they are on the road."},
};
static const struct key asset_only_key[] = {ASSET_KEY};
static const struct key limit_key[] = {
    ASSET_KEY,
    {"level", TYPE_PERCENT, KEY_REQUIRED, AT(source_effect, spec.amount),
     .about = "Service is at most this; 100 % lifts it."},
};
static const struct key country_only_key[] = {COUNTRY_KEY};
static const struct key escalate_key[] = {
    {"steps", TYPE_INTEGER, KEY_REQUIRED, AT(source_effect, spec.amount), .least = -1000,
     .most = 1000, .about = "Up or down."},
};

#define ACTION(name, action, array)                                                                \
    { name, EFFECT_ACTION, action, action, ACTION_KEYS(array) }

static const struct action_format actions[] = {
    ACTION("damage", ACTION_DAMAGE, damage_key),
    ACTION("campaign_start", ACTION_CAMPAIGN_START, campaign_only_key),
    ACTION("campaign_stop", ACTION_CAMPAIGN_STOP, campaign_only_key),
    ACTION("campaign_delay", ACTION_CAMPAIGN_DELAY, campaign_delay_key),
    ACTION("disinformation", ACTION_DISINFORMATION, disinformation_key),
    {"isolate", EFFECT_ACTION, ACTION_ISOLATE_ASSET, ACTION_ISOLATE_TAG, ACTION_KEYS(isolate_key)},
    {"reconnect", EFFECT_ACTION, ACTION_RECONNECT_ASSET, ACTION_RECONNECT_TAG,
     ACTION_KEYS(isolate_key)},
    ACTION("close_border", ACTION_CLOSE_BORDER, border_key),
    ACTION("open_border", ACTION_OPEN_BORDER, border_key),
    ACTION("patch", ACTION_PATCH_TAG, tag_country_key),
    ACTION("share_indicators", ACTION_SHARE_INDICATORS, tag_country_key),
    ACTION("priority", ACTION_PRIORITY, priority_key),
    ACTION("mutual_aid", ACTION_MUTUAL_AID, aid_key),
    ACTION("refuel", ACTION_REFUEL, asset_only_key),
    ACTION("black_start", ACTION_BLACK_START, asset_only_key),
    ACTION("limit", ACTION_LIMIT, limit_key),
    ACTION("manual_mode", ACTION_MANUAL_MODE, asset_only_key),
    ACTION("public_message", ACTION_PUBLIC_MESSAGE, country_only_key),
    {"escalate", EFFECT_ESCALATE, ACTION_DAMAGE, ACTION_DAMAGE, ACTION_KEYS(escalate_key)},
};

const struct action_format *format_actions(size_t *count) {
    *count = sizeof actions / sizeof actions[0];
    return actions;
}

bool format_target_gives(enum target_kind target, const char *key) {
    static const char *const given[][3] = {
        [TARGET_NONE] = {NULL},
        [TARGET_ASSET] = {"asset", "country", NULL},
        [TARGET_TAG] = {"tag", "country", NULL},
        [TARGET_COUNTRY] = {"country", NULL},
        [TARGET_BORDER] = {"country", "with", NULL},
        [TARGET_POOLS] = {"from", "to", NULL},
    };
    for (size_t i = 0; i < 3 && given[target][i] != NULL; i++) {
        if (strcmp(given[target][i], key) == 0) {
            return true;
        }
    }
    return false;
}
