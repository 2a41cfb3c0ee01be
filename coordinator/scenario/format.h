/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format: the format of a scenario as tables: every key and column, its type, range, default and
 * meaning.
 *
 * One table drives everything: the loader binds values to the structs below by it, the JSON Schema
 * and the reference in scenarios/README.md are printed from it. So they cannot say different
 * things. Constants only; any thread.
 */
#ifndef SPILL_FORMAT_H
#define SPILL_FORMAT_H

#include <stddef.h>

#include "coordinator/scenario/scenario.h"

enum type {
    TYPE_ID,        /* const char * */
    TYPE_IDS,       /* const char *const *, and a count */
    TYPE_TEXT,      /* const char * */
    TYPE_WORDS,     /* struct text: {en: …, nl: …} */
    TYPE_INTEGER,   /* int64_t */
    TYPE_PERCENT,   /* int64_t, ppm */
    TYPE_WEIGHT,    /* int64_t: a number, or a percentage as ppm */
    TYPE_DURATION,  /* int64_t, ms */
    TYPE_LAW,       /* struct law_spec */
    TYPE_AMOUNTS,   /* The same, of whole numbers. */
    TYPE_SHARE_LAW, /* struct law_spec, of ppm instead of ms */
    TYPE_DECIMAL,   /* int32_t, millionths */
    TYPE_CONDITION, /* const char * */
    TYPE_CHOICE,    /* An enum: one of the words. */
    TYPE_CHOICES,   /* uint32_t: a bit for each word. */
    TYPE_BOOLEAN,   /* bool */
    TYPE_FRACTION,  /* int64_t at offset, and at count_offset: "2/3" */
    TYPE_CURRENCY,  /* const char *: three capitals */
    TYPE_DATE_TIME, /* const char *: 2026-11-24T09:00 */
    TYPE_ZONE,      /* const char *: IANA name */
    TYPE_CARRIER,   /* const char *: "asset/need/supplier" */
    TYPE_POINTS,    /* struct response_point *, and a count */
    TYPE_OBJECT,    /* A struct, in place. */
    TYPE_LIST,      /* An array of structs that begin with struct item, and a count. */
    TYPE_MAP,       /* The same, from a mapping of id to value. */
    TYPE_LISTS,     /* struct source_policy *, and a count: a mapping of id to list. */
    TYPE_SECTORS,   /* struct source_sector *, and a count: ids, or ids with names */
    TYPE_EFFECTS,   /* struct source_effect *, and a count: actions of a rule */
    TYPE_ORDERED,   /* The same: actions of an order, completed by its target */
};

/* What an id must be the id of. */
enum refers {
    REFERS_NOTHING,
    REFERS_COUNTRY,
    REFERS_SECTOR,
    REFERS_POOL,
    REFERS_TAG,
    REFERS_SURGE,
    REFERS_KIND,
    REFERS_CAMPAIGN,
    REFERS_ASSET,
    REFERS_RULE,
    REFERS_ORDER,
    REFERS_CELL,
    REFERS_OBJECTIVE,
    REFERS_INJECT,
};
enum { REFERS_COUNT = REFERS_INJECT + 1 };
/* "country", "crew pool" … */
const char *format_refers_words(enum refers refers);

enum key_flags {
    KEY_REQUIRED = 1,
    KEY_COLUMN = 2,   /* Of a kind: assets.csv may have a column of this name, too. */
    KEY_EVERY = 4,    /* A list of ids that may be `*`. */
    KEY_TEXT_IDS = 8, /* A map whose keys are any text. */
};

struct choice {
    const char *word; /* NULL ends the list. */
    int value;
};

struct keys;

/* One key of a mapping, or one column of a table. */
struct key {
    const char *name;
    enum type type;
    unsigned flags;
    size_t offset; /* In the struct that it is bound to. */
    size_t count_offset;
    enum refers refers;
    enum condition_scope scope;
    int64_t least; /* Of numbers; of percentages in ppm. Both 0: 0 to 100 % of a percentage, 0 to
                      10^12 of an integer. */
    int64_t most;
    const struct choice *choices;
    const struct keys *of; /* What an object holds, or each element of a list or map. */
    const char *initial;   /* The default, as it would be written; NULL: none. */
    const char *about;     /* For the reference: one line of Markdown. */
};

enum {
    FORMAT_KEYS_MAX = 40,
    FORMAT_KINDS_MAX = 4096,
    FORMAT_PLACES_MAX = 65535,
    FORMAT_PUSHES_MAX = 1024, /* Of one campaign. */
    FORMAT_OBJECTIVES_MAX = 1024,
    FORMAT_OPTIONS_MAX = 32, /* Of one decision. */
    FORMAT_TEXT_BYTES = 32,
};

struct keys {
    const char *name;  /* In the schema's definitions and as the reference's heading: "cell". */
    const char *about; /* One line of Markdown. */
    const struct key *key;
    size_t count;
    size_t size_bytes; /* Of the struct. */
};

/* True for types that one text gives. */
bool format_is_scalar(enum type type);
/* What a value of this type looks like, for people: "a duration such as 90s, 15min or 1d12h". */
const char *format_type_words(enum type type);
/* The least and most of a number, with the defaults of its type. */
void format_range(const struct key *key, int64_t *least, int64_t *most);
/* ppm as a percentage; returns text. */
char *format_print_percent(int64_t ppm, char text[FORMAT_TEXT_BYTES]);

/* An action of `do`. Its keys come in an order: a plain value stands for the first that the target
 * does not give. */
struct action_format {
    const char *name;
    enum effect_kind kind;
    enum action_kind action;
    enum action_kind tag_action; /* When it names a tag and no asset; else the same. */
    struct keys keys;            /* Bound to struct source_effect. */
};
const struct action_format *format_actions(size_t *count);
/* Whether the target of an order gives the key of an action. */
bool format_target_gives(enum target_kind target, const char *key);

/* ---- What the file says, as bound. `node` is the value in the YAML tree, `key` the key of a map's
 * element. ---- */

struct item {
    uint32_t node;
    uint32_t key;
    const char *id;
};

struct source_country {
    struct item at;
    struct text name;
    int64_t trust_ppm;
};

struct source_sector {
    struct item at;
    struct text name; /* Empty: from the program's own words. */
};

struct source_place {
    struct item at;
    int64_t population;
};

struct source_name {
    struct item at;
    struct text name;
};

struct source_pool {
    struct item at;
    const char *country;
    int64_t crews;
};

struct source_tag {
    struct item at;
    struct law_spec patch;
    struct law_spec patch_shared;
};

struct source_surge {
    struct item at;
    struct surge_spec spec;
};

struct source_uncertain {
    struct item at; /* Its id is a parameter's name. */
    struct vary_range range;
};

struct source_backup {
    struct item at;
    struct backup_spec spec;
};

struct source_need {
    struct item at;
    struct need_spec spec;
    struct backup_spec *varied_backups; /* The same as spec.backups, while it is built. */
    struct source_backup *backups;
    size_t backup_count;
};

enum source_reach { REACH_NEIGHBOURS, REACH_GROUP };

struct source_layer {
    struct item at;
    struct layer_spec spec;
    enum source_reach to;
};

struct source_kind {
    struct item at;
    struct asset_spec spec;
    struct source_need *needs;
    size_t need_count;
};

struct source_push {
    struct item at;
    struct push_spec spec;
};

struct source_trigger {
    int64_t at_ms;
    struct law_spec after;
};

struct source_payload {
    int64_t health_ppm;
    bool control;
};

struct source_campaign {
    struct item at;
    struct text name;
    struct campaign_spec spec;
    struct source_push *pushes;
    size_t push_count;
    struct source_trigger trigger;
    struct source_payload payload;
};

struct source_effect {
    struct item at;
    const struct action_format *format;
    uint32_t given; /* A bit for each of the action's keys. */
    struct effect_spec spec;
};

struct source_rule {
    struct item at;
    struct text name;
    struct rule_spec spec;
    struct source_effect *effects;
    size_t effect_count;
};

struct source_order {
    struct item at;
    struct text name;
    struct order_spec spec;
    struct source_effect *effects;
    size_t effect_count;
};

struct source_objective {
    struct item at;
    struct text title;
    struct text capability;
};

struct source_filter {
    struct item at;
    struct filter_spec spec;
};

struct source_authority {
    struct item at;
    const char *order;
    struct filter_spec where;
};

struct source_each {
    enum wanted_state state;
    struct filter_spec where;
};

struct source_policy_rule {
    struct item at;
    struct policy_rule_spec spec;
    struct source_each each;
};

struct source_policy {
    struct item at;
    struct source_policy_rule *rules;
    size_t rule_count;
};

struct source_cell {
    struct item at;
    struct cast cast;
    const char *country;
    struct source_filter *sees;
    size_t sees_count;
    int64_t reporting_delay_ms;
    struct source_authority *authority;
    size_t authority_count;
    struct source_policy *policies;
    size_t policy_count;
};

struct source_scenario {
    struct item at;
    int64_t format;
    struct text title, summary, notice;
    enum tlp classification;
    uint32_t languages; /* A bit for each. */
    const char *currency, *starts_at, *zone;
    int64_t duration_ms, tick_ms, dwell_ms, seed, speed, escalation;
    struct information_spec information;
    struct source_country *countries;
    size_t country_count;
    struct source_sector *sectors;
    size_t sector_count;
    struct source_place *places;
    size_t place_count;
    struct source_name *needs;
    size_t need_count;
    struct source_pool *pools;
    size_t pool_count;
    struct source_tag *tags;
    size_t tag_count;
    struct source_surge *surges;
    size_t surge_count;
    struct source_uncertain *uncertain;
    size_t uncertain_count;
    struct source_kind *kinds;
    size_t kind_count;
    struct source_layer *layers;
    size_t layer_count;
    struct source_campaign *campaigns;
    size_t campaign_count;
    struct source_rule *rules;
    size_t rule_count;
    struct source_order *orders;
    size_t order_count;
    struct source_objective *objectives;
    size_t objective_count;
    struct source_cell *cells;
    size_t cell_count;
};

/* ---- Rows of the tables. ---- */

struct source_asset {
    const char *id, *kind, *country, *place;
    const char *name[LANGUAGE_COUNT];
    int32_t latitude_e6, longitude_e6;
};

struct source_link {
    struct link_spec spec;
};

struct source_trust {
    struct trust_spec spec;
};

struct source_edge {
    struct edge_spec spec;
};

struct source_inject {
    struct inject inject;
    const char *when, *expected, *place;
    const char *const *to;
    size_t to_count;
    const char *const *releasable_to;
    size_t releasable_count;
    const char *const *objectives;
    size_t objective_count;
};

struct source_option {
    struct item at;
    const char *text;
    bool expected;
};

struct source_inject_text {
    struct item at;
    const char *title, *from, *text, *controller, *expected;
    struct source_option *options;
    size_t option_count;
};

struct source_texts {
    struct item at;
    struct source_inject_text *injects;
    size_t inject_count;
};

extern const struct keys
    format_sector; /* One of sectors, when it has a name of its own; struct source_sector */
extern const struct keys format_scenario; /* scenario.yaml, struct source_scenario */
extern const struct keys
    format_kind; /* One of kinds; its KEY_COLUMN keys are columns of assets.csv, too. */
extern const struct keys format_assets; /* assets.csv, struct source_asset */
extern const struct keys format_links;  /* links.csv, struct source_link */
extern const struct keys format_trust;  /* trust.csv, struct source_trust */
extern const struct keys format_layer;  /* One of layers, struct source_layer */
extern const struct keys format_edges;  /* edges.csv, struct source_edge */
extern const struct keys format_msel;   /* msel.csv, struct source_inject */
extern const struct keys format_texts;  /* texts/LANGUAGE.yaml, struct source_texts */

/* "en", "nl": by enum language. */
extern const char *const format_languages[LANGUAGE_COUNT];
/* "TLP:CLEAR" …: by enum tlp. */
extern const struct choice format_tlp[];

#endif
