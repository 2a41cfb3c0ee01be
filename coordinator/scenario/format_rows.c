/* SPDX-License-Identifier: Apache-2.0 */
/* The part of format about the tables and the texts. */
#include "coordinator/scenario/format_parts.h"

static const struct choice inject_type_choices[] = {
    {"information", INJECT_INFORMATION},
    {"media", INJECT_MEDIA},
    {"social", INJECT_SOCIAL},
    {"task", INJECT_TASK},
    {"decision", INJECT_DECISION},
    {"administrative", INJECT_ADMINISTRATIVE},
    {NULL, 0},
};
static const struct choice category_choices[] = {{"contextual", CATEGORY_CONTEXTUAL},
                                                 {"expected action", CATEGORY_EXPECTED_ACTION},
                                                 {"contingency", CATEGORY_CONTINGENCY},
                                                 {NULL, 0}};
static const struct choice unattended_choices[] = {
    {"pass", UNATTENDED_PASS}, {"hold", UNATTENDED_HOLD}, {NULL, 0}};

/* ---- The tables ---- */

static const struct key asset_key[] = {
    {"id", TYPE_ID, KEY_REQUIRED, AT(source_asset, id), .about = "Stable; never renumbered."},
    {"kind", TYPE_ID, KEY_REQUIRED, AT(source_asset, kind), .refers = REFERS_KIND,
     .about = "One of `kinds`."},
    {"name_en", TYPE_TEXT, 0, AT(source_asset, name[LANGUAGE_EN]), .about = "Its name in English."},
    {"name_nl", TYPE_TEXT, 0, AT(source_asset, name[LANGUAGE_NL]), .about = "Its name in Dutch."},
    {"country", TYPE_ID, KEY_REQUIRED, AT(source_asset, country), .refers = REFERS_COUNTRY,
     .about = "Where it is."},
    {"place", TYPE_TEXT, 0, AT(source_asset, place),
     .about = "The town or region: people count once for each sector and place."},
    {"lat", TYPE_DECIMAL, 0, AT(source_asset, latitude_e6), .least = -90000000, .most = 90000000,
     .about = "Degrees north, up to six decimals."},
    {"lon", TYPE_DECIMAL, 0, AT(source_asset, longitude_e6), .least = -180000000, .most = 180000000,
     .about = "Degrees east."},
};
const struct keys format_assets = KEYS("assets.csv", asset_key, source_asset, "One row an asset.");

static const struct key link_key[] = {
    {"supplier", TYPE_ID, KEY_REQUIRED, AT(source_link, spec.supplier), .refers = REFERS_ASSET,
     .about = "Who supplies."},
    {"asset", TYPE_ID, KEY_REQUIRED, AT(source_link, spec.asset), .refers = REFERS_ASSET,
     .about = "Who needs it."},
    {"need", TYPE_ID, KEY_REQUIRED, AT(source_link, spec.need),
     .about = "One of the needs of the asset's kind."},
    {"weight", TYPE_WEIGHT, 0, AT(source_link, spec.weight), .least = 1, .most = 1000000000,
     .about = "Of `share` and `threshold`: a number, default 1. Of `linear`: a percentage."},
    {"coupling", TYPE_PERCENT, 0, AT(source_link, spec.coupling_ppm), .initial = "100%",
     .about = "Chance that the dependency bites."},
    {"delay_down", TYPE_DURATION, 0, AT(source_link, spec.delay_down_ms), .initial = "0min",
     .about = "Until a loss arrives."},
    {"delay_up", TYPE_DURATION, 0, AT(source_link, spec.delay_up_ms), .initial = "0min",
     .about = "Until a recovery arrives."},
};
const struct keys format_links = KEYS("links.csv", link_key, source_link,
                                      "One row a dependency: who supplies which need of whom.");

static const struct key trust_key[] = {
    {"from", TYPE_ID, KEY_REQUIRED, AT(source_trust, spec.from), .refers = REFERS_ASSET,
     .about = "Where an intruder comes from."},
    {"to", TYPE_ID, KEY_REQUIRED, AT(source_trust, spec.to), .refers = REFERS_ASSET,
     .about = "Where it gets."},
    {"mean_contact", TYPE_DURATION, KEY_REQUIRED, AT(source_trust, spec.mean_contact_ms),
     .about = "Mean time of open contact until it does."},
    {"carrier", TYPE_CARRIER, 0, AT(source_trust, spec.carrier),
     .about = "The link that it rides on, as `asset/need/supplier`: isolation cuts that one, too."},
};
const struct keys format_trust =
    KEYS("trust.csv", trust_key, source_trust, "One row a road for an intruder.");

static const struct key msel_key[] = {
    {"id", TYPE_ID, KEY_REQUIRED, AT(source_inject, inject.id),
     .about = "Stable; never renumbered."},
    {"storyline", TYPE_TEXT, 0, AT(source_inject, inject.storyline),
     .about = "The story that it belongs to;"},
    {"event", TYPE_TEXT, 0, AT(source_inject, inject.event), .about = "the event in it;"},
    {"incident", TYPE_TEXT, 0, AT(source_inject, inject.incident),
     .about = "the incident of the event."},
    {"type", TYPE_CHOICE, KEY_REQUIRED, AT(source_inject, inject.type),
     .choices = inject_type_choices, .about = "What it is."},
    {"category", TYPE_CHOICE, 0, AT(source_inject, inject.category), .choices = category_choices,
     .initial = "contextual", .about = "What it is for."},
    {"at", TYPE_DURATION, 0, AT(source_inject, inject.at_ms),
     .about = "Exercise time. Empty: as soon as its condition holds."},
    {"when", TYPE_CONDITION, 0, AT(source_inject, when), .scope = SCOPE_EXERCISE,
     .about =
         "A condition; false at its time, the inject waits. Without time and condition: by hand."},
    {"for", TYPE_DURATION, 0, AT(source_inject, inject.hold_ms), .initial = "0min",
     .about = "How long the condition must hold without a break."},
    {"expires", TYPE_DURATION, 0, AT(source_inject, inject.expires_ms),
     .about = "So long after its time (the start, if it has none) an inject that still waits for "
              "its condition expires. Empty: never."},
    {"to", TYPE_IDS, KEY_REQUIRED | KEY_EVERY, AT(source_inject, to),
     COUNT_AT(source_inject, to_count), .refers = REFERS_CELL,
     .about = "Cells, or `*` for every one."},
    {"channel", TYPE_ID, 0, AT(source_inject, inject.channel), .initial = "mail",
     .about = "`mail`, `phone`, `news`, `social`, `alarm`, `chat` …"},
    {"tlp", TYPE_CHOICE, 0, AT(source_inject, inject.tlp), .choices = format_tlp,
     .initial = "TLP:CLEAR", .about = "Not above the clearance of any receiver."},
    {"releasable_to", TYPE_IDS, 0, AT(source_inject, releasable_to),
     COUNT_AT(source_inject, releasable_count), .refers = REFERS_COUNTRY,
     .about = "Countries; empty: those of the receivers."},
    {"controller", TYPE_ID, 0, AT(source_inject, inject.controller), .initial = "excon",
     .about = "Role of the controller in charge."},
    {"proposed", TYPE_BOOLEAN, 0, AT(source_inject, inject.proposed), .initial = "no",
     .about = "Whether the director decides on it when its condition holds."},
    {"unattended", TYPE_CHOICE, 0, AT(source_inject, inject.unattended),
     .choices = unattended_choices, .initial = "hold",
     .about = "What becomes of a proposed one that nobody decides on: it passes, or waits."},
    {"unattended_after", TYPE_DURATION, 0, AT(source_inject, inject.unattended_ms),
     .initial = "0min", .about = "When it passes."},
    {"acknowledge", TYPE_BOOLEAN, 0, AT(source_inject, inject.acknowledge), .initial = "no",
     .about = "Whether each receiver must acknowledge it."},
    {"due", TYPE_DURATION, 0, AT(source_inject, inject.due_ms),
     .about = "After release, the expected action."},
    {"expected", TYPE_CONDITION, 0, AT(source_inject, expected), .scope = SCOPE_EXERCISE,
     .about = "A condition that is true once it was done; empty: an evaluator says so."},
    {"objectives", TYPE_IDS, 0, AT(source_inject, objectives),
     COUNT_AT(source_inject, objective_count), .refers = REFERS_OBJECTIVE,
     .about = "What it tests."},
    {"place", TYPE_ID, 0, AT(source_inject, place), .refers = REFERS_ASSET,
     .about = "The asset that it is about."},
};
const struct keys format_msel = KEYS("msel.csv", msel_key, source_inject, "One row an inject.");

/* ---- Texts ---- */

static const struct key option_key[] = {
    {"text", TYPE_TEXT, KEY_REQUIRED, AT(source_option, text), .about = "The choice in words."},
    {"expected", TYPE_BOOLEAN, 0, AT(source_option, expected), .initial = "false",
     .about = "What doctrine would choose; said in one language it holds in all."},
};
static const struct keys option_keys =
    KEYS("option", option_key, source_option, "A choice of a decision.");

static const struct key inject_text_key[] = {
    {"title", TYPE_TEXT, KEY_REQUIRED, AT(source_inject_text, title), .about = "The subject."},
    {"from", TYPE_TEXT, KEY_REQUIRED, AT(source_inject_text, from),
     .about = "The sender, as the receiver reads it."},
    {"text", TYPE_TEXT, KEY_REQUIRED, AT(source_inject_text, text), .about = "What it says."},
    {"controller", TYPE_TEXT, 0, AT(source_inject_text, controller),
     .about = "For controllers and evaluators only."},
    {"expected", TYPE_TEXT, 0, AT(source_inject_text, expected),
     .about = "The expected action in words."},
    {"options", TYPE_MAP, 0, AT(source_inject_text, options),
     COUNT_AT(source_inject_text, option_count), .most = FORMAT_OPTIONS_MAX, .of = &option_keys,
     .about = "Of a decision, by id; the same ids in every language."},
};
static const struct keys inject_text_keys =
    KEYS("inject text", inject_text_key, source_inject_text, "One inject in one language.");

static const struct key texts_key[] = {
    {"injects", TYPE_MAP, 0, AT(source_texts, injects), COUNT_AT(source_texts, inject_count),
     .most = SPILL_INJECTS_MAX, .of = &inject_text_keys, .about = "By the id of msel.csv."},
};
const struct keys format_texts =
    KEYS("texts", texts_key, source_texts, "The file texts/LANGUAGE.yaml.");
