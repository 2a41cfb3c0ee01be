/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oracle: one trajectory of a network, computed slowly, serially and as literally as possible from
 * RULES.md.
 *
 * It shares nothing with the engine but the input structs of network.h. It keeps no queue and no
 * list of what was touched: in each tick it looks at every timer, and in each round it evaluates
 * every asset. Section numbers in the sources are those of RULES.md. All state is public, so that
 * the comparison can read it; only the functions below write it. Entities of a kind stand in
 * canonical order, so their ranks are those of the engine's references. One thread.
 */
#ifndef SPILL_ORACLE_H
#define SPILL_ORACLE_H

#include "coordinator/cascade/cascade.h"
#include "tests/oracle/fate.h"

/* What the rules distinguish: the oracle counts how often each happened, and the test fails where
 * one never did. */
/* clang-format off: it would nest them. */
#define ORACLE_RULE_MAP(X) \
    X(LAW_FIXED) X(LAW_UNIFORM) X(LAW_TRIANGULAR) X(LAW_EXPONENTIAL) X(LAW_LOGNORMAL) \
    X(LAW_EMPIRICAL) X(LIMIT_OF_ROUNDS) X(SECOND_ROUND) X(TENTH_ROUND) X(ALL_BELOW) \
    X(ANY_BELOW) X(K_OF_N_BELOW) X(SHARE_BELOW) X(THRESHOLD_HELD) X(THRESHOLD_BELOW) \
    X(LINEAR_BELOW) X(LINEAR_EMPTY) X(RESPONSE_BETWEEN) X(BACKUP_STARTS) \
    X(BACKUP_START_FAILS) X(BACKUP_GAP) X(BACKUP_GAP_OF_NOTHING) X(BACKUP_STOPS_IN_GAP) \
    X(BACKUP_STOPS) X(BACKUP_STOPS_PARTLY_USED) X(BACKUP_EXPIRES) X(BACKUP_SECOND) \
    X(BACKUP_EMPTY) X(BACKUP_CARRIES) X(BACKUP_CLEARED) X(BACKUP_SHORTENED_BY_CHARGE) \
    X(BACKUP_SHORTENED_BY_DEMAND) X(BACKUP_RESCALED) X(GAP_ENDS) X(RECHARGE_BEGINS) \
    X(RECHARGE_INTERRUPTED) X(RECHARGE_DONE) X(CONTROL_LOST_WITH_BACKUP) \
    X(BLACK_START_LATCHED) X(BLACK_START_ORDERED) X(BLACK_START_MET) X(BLACK_START_DAMAGED) \
    X(COMBINE_MIN) X(COMBINE_PRODUCT) X(COMBINE_LINEAR) X(MANUAL_WAITS) X(MANUAL_ORDERED) \
    X(MANUAL_WAITING_ENDED) X(MANUAL_ON) X(MANUAL_ENDED) X(MANUAL_RAISES_NEED) \
    X(MANUAL_RAISES_LOST_CONTROL) X(CAP_BITES) X(DEMAND_BITES) X(RESTART_BEGINS) \
    X(RESTART_CANCELLED) X(RESTART_DONE) X(RESTART_DUE_UNDER_DWELL) \
    X(RESTART_IN_LATER_ROUND) X(FALL) X(FALL_IN_LATER_ROUND) X(RISE) X(RISE_BELOW_FULL) \
    X(RISE_WAITS_FOR_ROUND) X(RISE_WAITS_FOR_DWELL) X(RISE_AND_FALL_IN_TICK) \
    X(OFFER_DROPS_PENDING) X(OFFER_REPLACES_PENDING) X(OFFER_TURNS_PENDING) \
    X(OFFER_NEW_ROOT) X(DELAY_OF_NOTHING) X(DELIVERY_IN_LATER_ROUND) X(UNCOUPLED_HELD) \
    X(DAMAGE) X(DAMAGE_WITHOUT_EFFECT) X(DAMAGE_RESTARTS_WORK) X(DAMAGE_OF_QUEUED) \
    X(DAMAGE_UNREPAIRABLE) X(WORK_WITHOUT_POOL) X(FAILURE_AT_START) X(FAILURE_OF_DEAD) \
    X(LIFETIME_ENDS) X(LIFETIME_ENDED_BY_DAMAGE) X(LIFETIME_ANEW) X(REPAIR_ENDS) \
    X(REPAIR_CLEANS) X(REPAIR_PATCHES) X(REPAIR_REDRAWS_CONTACT) X(CREW_ASSIGNED) \
    X(CREW_BY_PRIORITY) X(CREW_BY_CRITICALITY) X(CREW_BY_TIME) X(CREW_BY_HASH) X(AID_LEAVES) \
    X(AID_LIMITED) X(AID_ARRIVES) X(REFUEL) X(REFUEL_RUNNING) X(PRIORITY) X(CAMPAIGN_STARTS) \
    X(CAMPAIGN_STARTS_AGAIN) X(CAMPAIGN_STOPS) X(CAMPAIGN_DELAYED) X(TRIGGER_DELAYED) \
    X(INFECTION) X(INFECTION_OF_ISOLATED_ENTRY) X(DETECTION) X(DETECTION_SHARED) \
    X(TRIGGER_COMMON) X(TRIGGER_COMMON_LATE) X(TRIGGER) X(TRIGGER_LOST) \
    X(TRIGGER_TAKES_HEALTH) X(TRIGGER_TAKES_CONTROL) X(TRIGGER_ENDS_CONTACTS) \
    X(SPREAD_AFTER_TRIGGER) X(CONTACT_DRAWN) X(CONTACT_DRAWN_PAUSED) X(CONTACT_PAUSED) \
    X(CONTACT_RESUMED) X(CONTACT_INFECTS) X(CONTACT_IN_VAIN) X(PUSH_HAPPENS) \
    X(PUSH_DOES_NOT) X(PUSH_INFECTS) X(PUSH_AT_ISOLATED) X(PUSH_IN_VAIN) X(PUSH_UNDER_WAY) \
    X(PATCH_ORDERED) X(PATCH_SHARED) X(PATCH_DONE) X(PATCH_CLEANS) X(PATCH_OF_TRIGGERED) \
    X(PATCH_NOT_ENOUGH) X(ISOLATED) X(RECONNECTED) X(BORDER_CLOSED) X(BORDER_OPENED) \
    X(LINK_CUT) X(LINK_CUT_TWICE) X(LINK_RESTORED) X(BINDING_HEALTH) X(BINDING_NEED) \
    X(BINDING_CAP) X(BINDING_DEMAND) X(BINDING_TIE_IN_FORCE) X(BINDING_TIE_BY_ORDER) \
    X(BINDING_LINK_IN_FORCE) X(BINDING_LINK_BY_TIME) X(BINDING_LINK_BY_HASH) \
    X(BINDING_REPLACED) X(BINDING_NEW_ROOT_ONLY) X(BINDING_LOST_CONTROL) X(ROOT_SHARED) \
    X(NARRATIVE_RISES) X(NARRATIVE_FULL) X(TRUST_FALLS) X(TRUST_RECOVERS) X(TRUST_EASES) \
    X(TRUST_EMPTY) X(DEMAND_RISES) X(DEMAND_FALLS) X(DEMAND_RUN) \
    X(DEMAND_ROOT_DISINFORMATION) X(DEMAND_ROOT_INFORMATION) X(DEMAND_ROOT_CHANGES) \
    X(MESSAGE) X(SPILL_ABROAD) X(SPILL_UNKNOWN) X(REDRAW_COUPLING) X(REDRAW_COUPLING_KEPT) \
    X(REDRAW_TIMER) X(REDRAW_TIMER_TOO_LONG) X(REDRAW_PAUSED_CONTACT) \
    X(REDRAW_RESCALED_AUTONOMY) X(BINDING_LAYER) X(TRIGGER_MEMBER) X(TRIGGER_LINE) \
    X(TRIGGER_BY_HASH) X(LAYER_OWN_ROOT) X(LAYER_CUTS) X(LAYER_RETURNS) X(GIANT_MOVES) \
    X(GIANT_TIE) X(SOURCE_OUT_OF_REACH) X(LOAD_COMES_IN) X(LOAD_AS_AT_REST) X(LOAD_TRIPS) \
    X(LOAD_FIXED_TO_GROUP) X(LOAD_TO_GROUP) X(LOAD_RESTS) X(LOAD_FIXED_TO_NEIGHBOUR) \
    X(LOAD_TO_NEIGHBOUR) X(LOAD_DISTURBED) X(MEMBER_CLOSES) X(PATHS_TRIP) X(TRIGGER_EDGE) \
    X(EDGE_CLOSES) X(FLOW_DEAD) X(FLOW_SHED) X(FLOW_RESERVE) X(FLOW_AT_ONCE) X(FLOW_BEARS) \
    X(FLOW_EASES) X(THRESHOLD_BY_LAW) X(LAG_FALLS) X(LAG_RISES) X(LAG_WAITS) X(LAG_ARRIVES) \
    X(LAG_WITHOUT_LIMIT) X(REDRAW_THRESHOLD) X(REDRAW_THRESHOLD_KEPT)
/* clang-format on */

enum oracle_rule {
#define ORACLE_RULE_ENUM(name) ORACLE_##name,
    ORACLE_RULE_MAP(ORACLE_RULE_ENUM)
#undef ORACLE_RULE_ENUM
        ORACLE_RULE_COUNT,
};

const char *oracle_rule_name(enum oracle_rule rule);

enum { ORACLE_NEVER = -1, ORACLE_ROUNDS_MAX = 10000 };

/* Something that draws: its hash, and the index of its next draw for each purpose. */
struct oracle_entity {
    uint64_t hash;
    uint32_t draws[FATE_PURPOSE_COUNT];
};

/* A running time. `moved` is what orders added to it, in ticks. */
struct oracle_timer {
    int64_t from;
    int64_t due; /* ORACLE_NEVER: not running. */
    int64_t moved;
    const struct law_spec *law; /* NULL: without chance. */
};

struct oracle_country;

struct oracle_root {
    const char *kind;
    const char *id;
    int64_t tick;
    struct oracle_country *country; /* NULL: not known (yet). */
    int64_t person_ms;
};

struct oracle_country {
    const char *id;
    size_t rank;
    int64_t resting;
    int64_t trust;
    int64_t narrative;
    int64_t *demand;                    /* One for each surge class. */
    bool *holds;                        /* Indicators, one for each tag. */
    struct oracle_root *disinformation; /* Latest, or NULL. */
    struct oracle_root *demand_root;
    int64_t first_demand; /* Tick of the first update with demand above Q. */
    int64_t *person_ms;   /* One for each sector. */
    int64_t *value_ms;
    int64_t *spill_ms; /* Loss here, by the root's country; the last element is for none. */
};

struct oracle_pool {
    const char *id;
    struct oracle_entity entity;
    int64_t crews;
    int64_t free_crews;
};

struct oracle_tag {
    const char *id;
    const struct tag_spec *spec; /* NULL: carried, but not listed. */
};

struct oracle_backup {
    const struct backup_spec *spec;
    struct oracle_entity entity;
    int64_t charge;
    bool failed;
    struct oracle_timer recharge;
};

struct oracle_asset;
struct oracle_need;

struct oracle_link {
    const struct link_spec *spec;
    struct oracle_entity entity;
    struct oracle_need *need;
    struct oracle_asset *supplier;
    bool coupled;
    bool revealed; /* Something below Q was offered. */
    int64_t delivered;
    struct oracle_root *root;
    uint64_t record;
    int64_t delivered_tick;
    int64_t delivered_round;
    bool pending;
    int64_t pending_value;
    int64_t pending_tick;
    int64_t pending_round; /* Round of that tick in which it is delivered. */
    struct oracle_root *pending_root;
    uint64_t pending_record;
    bool cut;
    struct oracle_root *cut_root;
    int64_t person_ms;
};

struct oracle_need {
    const struct need_spec *spec;
    struct oracle_entity entity;
    struct oracle_asset *asset;
    bool control;
    size_t surge; /* surge_count: none. */
    struct oracle_link **links;
    size_t link_count;
    struct oracle_backup *backups;
    struct oracle_backup *active; /* NULL: none. */
    bool on;                      /* The active one is past its gap. */
    bool rescaled;
    struct oracle_timer gap;
    struct oracle_timer autonomy;
    int64_t start_charge;
    uint32_t threshold_replica; /* Whose draw it is. */
    bool threshold_revealed;    /* A supplier failed. */
    int64_t arrives;
    int64_t level;
};

/* The binding limit in force. */
struct oracle_binding {
    enum limit_kind limit;
    struct oracle_need *need;
    struct oracle_link *link;
    struct oracle_root *root;
};

struct oracle_layer;

/* What an asset is in its layer (section 15). */
struct oracle_member {
    struct oracle_layer *layer; /* NULL: in none. */
    int64_t own;                /* y. */
    int64_t own_before;         /* At the start of the round. */
    int64_t level;              /* Lambda. */
    int64_t next_level;
    struct oracle_root *root;
    uint64_t record;
    bool tripped;
    bool out;
    bool left; /* Went out in this evaluation. */
    bool drawn;
    int64_t load;
    int64_t rest_load;
    int64_t capacity;
    struct oracle_timer reclosing;
    size_t place; /* Among the members of its layer. */
};

struct oracle_edge {
    const struct edge_spec *spec;
    struct oracle_entity entity;
    struct oracle_asset *low;
    struct oracle_asset *high;
    const char *circuit;
    struct oracle_asset *line; /* NULL: none. */
    struct oracle_layer *layer;
    bool tripped;
    bool tripped_now; /* By an event of this tick. */
    struct oracle_timer bearing;
    struct oracle_timer reclosing;
    struct oracle_root *root;
    uint64_t record;
    int64_t flow; /* From low to high. */
};

struct oracle_layer {
    const struct layer_spec *spec;
    struct oracle_asset **members; /* In canonical order. */
    size_t member_count;
    struct oracle_edge **edges; /* In canonical order. */
    size_t edge_count;
    struct oracle_root *root;
    uint64_t record;
    int64_t rest;
    bool asks; /* For another round. */
};

enum oracle_manual { ORACLE_MANUAL_OFF, ORACLE_MANUAL_WAITING, ORACLE_MANUAL_IS_ON };
enum oracle_job { ORACLE_JOB_NONE, ORACLE_JOB_QUEUED, ORACLE_JOB_AT_WORK };

struct oracle_asset {
    const struct asset_spec *spec;
    size_t rank;
    struct oracle_entity entity;
    struct oracle_country *country;
    size_t sector;
    size_t surge; /* surge_count: none. */
    struct oracle_pool *pool;
    struct oracle_need **needs;
    size_t need_count;
    int64_t health;
    struct oracle_root *health_root;
    int64_t service;
    int64_t changed_at;
    int64_t cap;
    struct oracle_root *cap_root;
    bool isolated;
    bool control_lost;
    struct oracle_root *control_root;
    bool black_start_ordered;
    bool black_start_latched;
    enum oracle_manual manual;
    bool manual_ordered;
    struct oracle_timer manual_wait;
    bool restarting; /* Begun and not over; it holds the service until it is due. */
    struct oracle_timer restart;
    int64_t priority;
    enum oracle_job job;
    int64_t queued_since;
    struct oracle_timer work;
    struct oracle_timer lifetime;
    struct oracle_root *failure_root; /* NULL: it never failed by chance. */
    struct oracle_member member;
    int64_t service_before; /* At the start of the round. */
    struct oracle_binding binding;
    uint64_t record;
    int64_t record_tick;
    bool moved_in_tick;
    bool rose_in_tick;
    struct asset_tally tally;
};

enum oracle_exposed { ORACLE_CLEAN, ORACLE_INFECTED, ORACLE_TRIGGERED };

struct oracle_campaign;

struct oracle_exposure {
    struct oracle_entity entity;
    struct oracle_campaign *campaign;
    struct oracle_asset *asset;
    enum oracle_exposed state;
    bool detected;
    struct oracle_timer detection;
    struct oracle_timer trigger;
};

struct oracle_trust {
    const struct trust_spec *spec;
    struct oracle_asset *from;
    struct oracle_asset *to;
    struct oracle_link *carrier; /* NULL: none. */
    struct law_spec law;
    bool open;
};

struct oracle_contact {
    struct oracle_entity entity;
    struct oracle_campaign *campaign;
    struct oracle_trust *trust;
    bool live; /* Drawn and not ended. */
    bool running;
    int64_t left_ms;
    int64_t since;
};

struct oracle_patch {
    struct oracle_entity entity;
    struct oracle_tag *tag;
    struct oracle_asset *asset;
    bool patched;
    struct oracle_timer wait;
};

struct oracle_push {
    struct oracle_entity entity;
    struct oracle_campaign *campaign;
    const struct push_spec *spec;
    struct oracle_asset *supplier;
    struct oracle_asset *customer;
    struct oracle_timer wait;
};

struct oracle_campaign {
    const struct campaign_spec *spec;
    bool active;
    struct oracle_root *root;
    int64_t delay; /* Ticks. */
};

struct oracle_aid {
    struct oracle_pool *pool;
    int64_t crews;
    int64_t due;
};

struct oracle_rumour {
    struct oracle_country *country;
    int64_t amount;
    int64_t until; /* First tick in which it is no longer in force. */
};

/* One action with names instead of references; NULL where its kind uses none. All text is borrowed.
 */
struct oracle_action {
    int64_t at_ms;
    enum action_kind kind;
    const char *asset;
    const char *country;
    const char *other_country;
    const char *tag;
    const char *pool;
    const char *other_pool;
    const char *campaign;
    int64_t amount_ppm;
    int64_t count;
    int64_t duration_ms;
    const char *root_kind;
    const char *root_id;
};

/* One cause record (section 10). */
struct oracle_record {
    uint64_t parent;
    uint32_t round;
    struct oracle_asset *asset;
    int64_t before;
    int64_t after;
    struct oracle_binding binding;
};

struct oracle {
    const struct network_spec *spec;
    uint64_t seed;
    uint32_t replica;
    int64_t tick_ms;
    int64_t dwell;
    int64_t interval; /* Of information, ticks. */
    int64_t tick;     /* Last tick run; -1 before the first. */
    int64_t round;

    struct oracle_country *countries;
    size_t country_count;
    const char **sectors;
    size_t sector_count;
    struct oracle_pool *pools;
    size_t pool_count;
    struct oracle_tag *tags;
    size_t tag_count;
    const struct surge_spec **surges;
    size_t surge_count;
    struct oracle_asset *assets;
    size_t asset_count;
    struct oracle_need *needs;
    size_t need_count;
    struct oracle_link *links;
    size_t link_count;
    struct oracle_trust *trusts;
    size_t trust_count;
    struct oracle_campaign *campaigns;
    size_t campaign_count;
    struct oracle_exposure *exposures;
    size_t exposure_count;
    struct oracle_contact *contacts;
    size_t contact_count;
    struct oracle_patch *patches;
    size_t patch_count;
    struct oracle_push *pushes;
    size_t push_count;
    struct oracle_layer *layers;
    size_t layer_count;
    struct oracle_edge *edges;
    size_t edge_count;
    bool *closed; /* Borders: country_count x country_count. */

    struct oracle_aid *aids;
    size_t aid_count;
    struct oracle_rumour *rumours;
    size_t rumour_count;
    struct oracle_action *actions;
    size_t action_count;
    struct oracle_root *roots; /* Room for all that can be. */
    size_t root_count;
    size_t root_capacity;
    struct oracle_record *records; /* Of the last tick. */
    size_t record_count;
    size_t record_capacity;
    uint64_t record_total;

    uint64_t fired[ORACLE_RULE_COUNT];
};

/* The specification is borrowed until the oracle is destroyed, and must be one that network_create
 * accepts. At most `action_count_max` actions will be given. */
struct oracle *oracle_create(const struct network_spec *spec, uint64_t seed, uint32_t replica,
                             size_t action_count_max);
void oracle_destroy(struct oracle **oracle);

/* Gives an action; its text is borrowed until the oracle is destroyed. */
void oracle_act(struct oracle *oracle, const struct oracle_action *action);

/* Runs the next tick; the first call runs tick 0. */
void oracle_step(struct oracle *oracle);

/* Section 13. */
void oracle_redraw(struct oracle *oracle, uint32_t replica);

/* Section 14. `fresh` was made from the same specification and never stepped. */
void oracle_digest(const struct oracle *oracle, const struct oracle *fresh,
                   uint8_t digest[CASCADE_DIGEST_BYTES]);

/* ---- What a reader asks ---- */

enum asset_status oracle_status(const struct oracle_asset *asset);
int64_t oracle_people_without(const struct oracle_asset *asset);
struct oracle_exposure *oracle_exposure_find(const struct oracle *oracle,
                                             const struct oracle_campaign *campaign,
                                             const struct oracle_asset *asset);

#endif
