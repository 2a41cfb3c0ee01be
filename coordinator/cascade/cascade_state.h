/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cascade_state: how a trajectory lies in memory, and what the files of this folder do for each
 * other.
 *
 * Every array has one element for each entity of the network, and all zero is the state at time 0:
 * levels are kept as what is missing from full, references as 1 more than the index, ticks that may
 * be 0 as 1 more. So a trajectory occupies memory only where something happened, and going back to
 * time 0 clears what was touched. Whoever changes an entity first says so with cascade_touch (for
 * an asset, asset_touch).
 *
 * An asset's needs and their backups are part of the asset here: they are touched, hashed and
 * cleared with it.
 */
#ifndef SPILL_CASCADE_STATE_H
#define SPILL_CASCADE_STATE_H

#include "coordinator/cascade/cascade.h"
#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/layers/betweenness.h"
#include "coordinator/cascade/network_parts.h"
#include "coordinator/cascade/queue.h"

/* Kinds of entities; those before ENTITY_TIMED_COUNT have a slot of the same number in the queue.
 */
enum entity_kind {
    ENTITY_ASSET,
    ENTITY_NEED,
    ENTITY_LINK,
    ENTITY_LIFE,
    ENTITY_EXPOSURE,
    ENTITY_CONTACT,
    ENTITY_PUSH,
    ENTITY_PATCH,
    ENTITY_NODE, /* An asset in its layer. */
    ENTITY_EDGE,
    ENTITY_LAYER,
    ENTITY_TIMED_COUNT,
    ENTITY_BACKUP = ENTITY_TIMED_COUNT,
    ENTITY_TRUST,
    ENTITY_POOL,
    ENTITY_COUNTRY,
    ENTITY_INDICATORS, /* Tag * countries + country. */
    ENTITY_CAMPAIGN,
    ENTITY_BORDER, /* Lesser country * countries + greater. */
    ENTITY_CELL,   /* Country * sectors + sector. */
    ENTITY_SPILL,  /* (0 for none, else country of the root + 1) * countries + country. */
    ENTITY_KIND_COUNT,
};

/* Something summed over time: `sum` up to since_ms, growing by `rate` a millisecond after that. */
struct tally {
    int64_t sum;
    int64_t rate;
    int64_t since_ms;
};

enum job_state { JOB_NONE, JOB_QUEUED, JOB_WORKING };
enum manual_state { MANUAL_OFF, MANUAL_WAITING, MANUAL_ON };

struct asset_state {
    int64_t changed;   /* Tick + 1. */
    int64_t wake_tick; /* To be evaluated again; 0: not for itself. */
    int64_t job_tick;  /* Queued since, or at work until. */
    int64_t job_from_tick;
    int64_t restart_from_tick;
    int64_t restart_until_tick; /* 0: none. */
    int64_t manual_from_tick;
    int64_t manual_until_tick; /* While waiting. */
    int64_t priority;
    int64_t bound_since; /* Tick + 1 of the binding in force. */
    int32_t health_loss_ppm;
    int32_t service_loss_ppm;
    int32_t cap_loss_ppm;
    uint32_t health_root; /* Roots, needs and links here are 1 more than the index. */
    uint32_t control_root;
    uint32_t cap_root;
    uint32_t bound_need;
    uint32_t bound_link;
    uint32_t bound_root;
    uint32_t repair_draws;
    uint32_t restart_draws;
    uint32_t manual_draws;
    uint32_t crew_place; /* In the queue of its pool, + 1. */
    uint8_t bound;       /* enum limit_kind. */
    uint8_t job;
    uint8_t manual;
    bool isolated;
    bool control_lost;
    bool start_ordered;
    bool start_latched;
    bool manual_ordered;
};

struct asset_tallies {
    int64_t person_ms; /* Up to since_ms. */
    int64_t value_ms;
    int64_t failed_ms;
    int64_t since_ms;
    int64_t first_failure; /* Time + 1. */
    int64_t failure_count;
};

struct need_state {
    int64_t from_tick; /* Of the active backup's gap, or of its being on. */
    int64_t until_tick;
    int32_t allowed_loss_ppm; /* R, as last computed. */
    int32_t level_loss_ppm;
    int32_t start_loss_ppm; /* Missing from the active backup's charge when it went on. */
    int32_t fraction;       /* Threshold by law, ppm + 1; 0: not drawn. */
    uint8_t active;         /* Place of the active backup + 1. */
    bool on;
    bool stale;     /* A link delivered since R was computed. */
    bool unsettled; /* R or a backup changed since backups_settle. */
    bool moved;     /* A timer of it or of a backup changed. */
};

struct backup_state {
    int64_t recharge_from_tick;
    int64_t recharge_until_tick; /* 0: none. */
    int32_t charge_loss_ppm;
    uint32_t start_draws;
    uint32_t gap_draws;
    uint32_t autonomy_draws;
    uint32_t recharge_draws;
    bool failed;
};

/* Of an asset that may fail by chance. */
struct life_state {
    int64_t from_tick;
    int64_t due_tick; /* 0: none runs. */
    int64_t first;    /* Tick + 1 of its first failure by chance. */
    uint32_t root;    /* + 1 */
    uint32_t draws;
};

enum link_coupling { COUPLING_OPEN, COUPLING_BITES, COUPLING_HOLDS };

struct link_state {
    int64_t delivered; /* Tick + 1 of delivered_at. */
    int64_t due_tick;
    int32_t delivered_loss_ppm;
    int32_t pending_loss_ppm;
    uint32_t root; /* + 1. */
    uint32_t pending_root;
    uint32_t cut_root;  /* + 1. */
    uint32_t cut_count; /* Closed trust links that it carries. */
    uint16_t delivered_round;
    uint8_t coupling;
    bool pending;
    bool pending_now; /* Due in this tick, in the next round. */
    bool listed;      /* In the list of the next round. */
};

enum exposure_phase { EXPOSURE_CLEAN, EXPOSURE_INFECTED, EXPOSURE_TRIGGERED };

struct exposure_state {
    int64_t trigger_from_tick;
    int64_t trigger_due_tick; /* 0: none. */
    int64_t detection_from_tick;
    int64_t detection_due_tick;
    uint32_t trigger_draws;
    uint32_t detection_draws;
    uint8_t phase;
    bool detected;
    bool detection_shared; /* The law of the running detection. */
};

struct contact_state {
    int64_t left_ms;
    int64_t since; /* Tick + 1; 0: paused. */
    uint32_t draws;
    bool alive;
};

struct push_state {
    int64_t from_tick;
    int64_t due_tick; /* 0: none. */
    uint32_t push_draws;
    uint32_t delay_draws;
};

struct patch_state {
    int64_t from_tick;
    int64_t due_tick; /* 0: none. */
    uint32_t draws;
    bool patched;
    bool shared; /* The law of the running patch. */
};

/* An asset in its layer. What it may give at most is in node_losses, whether it is down in
 * node_downs. */
struct node_state {
    int64_t load; /* share_load, once drawn: */
    int64_t rest_load;
    int64_t capacity;
    int64_t reclose_from_tick;
    int64_t reclose_tick; /* 0: none. */
    int32_t own_loss_ppm; /* Of its own level, as the layer knows it, */
    int32_t now_loss_ppm; /* and as last computed. */
    uint32_t root;        /* + 1: why it may give less than full. */
    uint32_t reclose_draws;
    bool tripped;
    bool out;   /* share_load: it carries nothing. */
    bool drawn; /* Load and capacity. */
};

struct edge_state {
    int64_t trip_from_tick;
    int64_t trip_tick; /* 0: it is not over its limit, or trips at once. */
    int64_t reclose_from_tick;
    int64_t reclose_tick;
    uint32_t root; /* + 1: why it is over its limit, or tripped. */
    uint32_t trip_draws;
    uint32_t reclose_draws;
    bool tripped;
};

/* Who moved a layer in this round: the one with the smallest hash. */
struct layer_trigger {
    uint64_t hash;
    uint64_t record;
    uint32_t root; /* + 1; 0: nobody. */
};

struct layer_state {
    int64_t rest;       /* share_load: load that could not be shared evenly. */
    uint32_t root;      /* + 1: of the latest trigger. */
    uint32_t out_count; /* share_load: members that are out. */
    bool listed;        /* To be evaluated after this round. */
    struct layer_trigger trigger;
};

struct pool_state {
    int64_t crews_more; /* Than at time 0. */
    int64_t crews_busy;
    uint32_t queue_count;
    bool listed; /* To be looked at, at the end of the tick. */
};

struct country_state {
    int64_t trust_lost_ppm; /* Resting trust less trust; may be below 0. */
    int64_t narrative_ppm;
    int64_t demand_since; /* Tick + 1 of the first update with demand above Q. */
    uint32_t demand_root; /* + 1; 0 while no demand is above Q. */
    uint32_t lie_root;    /* + 1: of the latest disinformation. */
    int64_t without;      /* People without service, over all sectors. */
};

struct campaign_state {
    int64_t delay_ticks;
    uint32_t root; /* + 1. */
    bool active;
};

enum { CAMPAIGN_INFECTED, CAMPAIGN_TRIGGERED, CAMPAIGN_DETECTED, CAMPAIGN_COUNTS };

struct cell_state {
    struct tally person;
    struct tally value;
    int64_t failed_count;
};

struct root_state {
    const char *kind;
    const char *id;
    uint64_t hash;
    int64_t tick;
    struct tally person;
    uint32_t number;  /* + 1, in the order of acting; 0: has not acted. */
    uint32_t country; /* + 1. */
    uint32_t place;   /* In the table. */
};

/* An action until it is over: waiting, or disinformation in force, or crews on the road. */
struct waiting_action {
    struct action action;
    int64_t tick;
    uint64_t sequence;
    uint32_t root; /* + 1; 0: the action names none. */
    uint32_t next; /* + 1: in the list of free slots, or of disinformation in force. */
    bool arrives;  /* Crews on the road; after all actions of its tick. */
};

/* Something to be sorted by a 64-bit key. */
struct sort_key {
    uint64_t key;
    uint32_t value;
};

/* Flags of an asset within a tick. */
enum { ASSET_LISTED = 1, ASSET_MARKED = 2, ASSET_NOTICED = 4, ASSET_WHOLE = 8 };

/* Why an asset's level is what it is; needs, links and roots are 1 more than the index. */
struct binding {
    enum limit_kind limit;
    uint32_t need;
    uint32_t link;
    uint32_t root;
};

/* An asset as it was before this tick first touched it. */
struct asset_before {
    uint32_t asset;
    int32_t service_loss_ppm;
    uint8_t status;
};

/* What an evaluation found out. */
struct outcome {
    struct asset_before asset;
    struct binding before;
    bool evaluated; /* False: it was full, for the same levels. */
    bool recorded;  /* The service changed, or what binds it. */
};

struct cascade {
    const struct network *network;
    uint64_t seed;
    uint32_t replica;
    bool digests;
    struct cascade_without without;
    cascade_cause_fn on_cause;
    void *context;

    int64_t tick;       /* The last that ran; -1 before the first. */
    int64_t reached_ms; /* Up to which time integrals are asked for. */
    int64_t next_tick;  /* In which something is due, or SPILL_NEVER. */
    uint32_t round;
    uint64_t event_count;

    struct asset_state *assets;
    struct asset_tallies *asset_tallies;
    struct need_state *needs;
    struct backup_state *backups;
    struct link_state *links;
    struct life_state *lives;
    struct tally *link_tallies;
    struct exposure_state *exposures;
    struct contact_state *contacts;
    struct push_state *pushes;
    struct patch_state *patches;
    struct node_state *nodes;
    int32_t *node_losses; /* What is missing from full in what a layer lets its member give. */
    bool *node_downs;     /* Failed by itself, or tripped. */
    struct edge_state *edges;
    struct layer_state *layers;
    bool *trust_closed;
    struct pool_state *pools;
    uint32_t *crew_queues; /* For each pool a heap of assets. */
    struct country_state *countries;
    int64_t *demand_more; /* Country * surges + surge: demand above Q. */
    bool *indicators;
    struct campaign_state *campaigns;
    int64_t *campaign_counts; /* (Campaign * countries + country) * CAMPAIGN_COUNTS. */
    bool *borders;
    struct cell_state *cells;
    struct tally *spill;

    /* Causes: only with on_cause. */
    uint64_t record_count;
    uint64_t *asset_records;
    uint64_t *link_records;
    uint64_t *pending_records;
    uint64_t *node_records;
    uint64_t *edge_records;
    uint64_t *layer_records;

    /* Roots: a table of all that were named, and those that acted, in order. */
    struct root_state *roots;
    size_t root_count;
    uint32_t *root_slots; /* Open addressing: root + 1. */
    uint32_t *acted;
    size_t acted_count;

    /* Actions: a heap of waiting slots. */
    struct waiting_action *actions;
    uint32_t *action_heap;
    size_t action_heap_count;
    size_t action_used_count; /* Slots that were ever used. */
    uint32_t action_free;     /* + 1. */
    uint32_t lies;            /* + 1: disinformation in force. */
    uint64_t action_sequence;

    struct queue queue;
    uint32_t first[ENTITY_KIND_COUNT + 1]; /* Entity number of the first of each kind. */

    /* Lists; each has room for all. */
    uint8_t *touched_flags; /* By entity. */
    uint32_t *touched;      /* Entities other than assets. */
    size_t touched_count;
    struct asset_ref *touched_assets;
    size_t touched_asset_count;
    uint8_t *asset_flags;
    uint32_t *evaluate;
    size_t evaluate_count;
    uint32_t *evaluating; /* The list of the round that runs. */
    uint32_t *round_links;
    size_t round_link_count;
    uint32_t *delivering;
    struct asset_before *marked;
    size_t marked_count;
    struct asset_ref *changed;
    size_t changed_count;
    uint32_t *noticed; /* Assets whose detected intrusions changed in this tick. */
    struct asset_ref *noticed_refs;
    size_t noticed_count;
    uint32_t *due;
    struct sort_key *due_keys;
    uint32_t *pool_list;
    size_t pool_list_count;
    uint32_t *sort_spare;
    uint32_t *layer_list; /* To be evaluated after this round. */
    size_t layer_list_count;
    uint32_t *layers_evaluating; /* The list of the round that runs. */
    uint8_t *node_marks;         /* For whoever evaluates a layer. */
    uint32_t *node_queue;
    struct betweenness_room betweenness; /* Empty without such a layer. */
    struct flow_solver **flow_solvers;   /* By layer; NULL: of another kind. */
    int32_t *flow_shares;                /* By node. */
    int64_t *edge_flows;      /* W, from the lesser end to the greater, as last computed. */
    int32_t *levels;          /* Room for the delivered values of each need. */
    struct outcome *outcomes; /* Of a round that the team evaluates, asset by asset of the list. */

    /* Digest: only with `digests`. */
    uint64_t (*digest_parts)[4]; /* What each entity adds to the sum. */
    uint64_t digest_sum[4];
    uint32_t *dirty;
    size_t dirty_count;
};

enum { TOUCHED = 1, TOUCHED_DIRTY = 2 };

/* ---- cascade_touch.c: who was touched ---- */

/* Says that an entity is about to change. */
void cascade_touch(struct cascade *cascade, enum entity_kind kind, uint32_t index);
/* The same for an asset, its needs and backups; remembers how it was before this tick. */
void asset_touch(struct cascade *cascade, uint32_t asset);
/* Remembers how an asset was before this tick. */
void asset_mark(struct cascade *cascade, uint32_t asset);
/* The same, when it has changed already. */
void asset_mark_as(struct cascade *cascade, const struct asset_before *before);
struct asset_before asset_now(const struct cascade *cascade, uint32_t asset);
/* Touches an asset and has it evaluated in the coming evaluation. */
void asset_evaluate_later(struct cascade *cascade, uint32_t asset);
/* The same when only what arrives at its needs, or their backups, changed: if no level does, no
 * more is looked at. */
void asset_supply_later(struct cascade *cascade, uint32_t asset);
/* Says that what is detected on an asset changed in this tick. */
void asset_notice(struct cascade *cascade, uint32_t asset);
/* Collects what changed in this tick. */
void cascade_collect_changed(struct cascade *cascade);
enum entity_kind cascade_kind_of(const struct cascade *cascade, uint32_t entity);
/* Sorts by key; no two are equal. */
void cascade_sort_keys(struct sort_key *keys, size_t count);
/* Sorts assets by index, with room for as many. */
void cascade_sort_assets(uint32_t *assets, uint32_t *spare, size_t count);

/* Time of the running tick. */
static inline int64_t cascade_tick_ms(const struct cascade *cascade) {
    return cascade->tick * cascade->network->tick_ms;
}

/* after(d) of RULES.md: the tick in which a duration that starts in this tick ends. */
int64_t cascade_after(const struct cascade *cascade, int64_t duration_ms);
/* ceil(d / tick). */
int64_t cascade_ticks(const struct cascade *cascade, int64_t duration_ms);
/* The next draw of an entity for a purpose; *draws counts them. */
uint32_t cascade_draw(const struct cascade *cascade, uint64_t hash, enum chance_purpose purpose,
                      uint32_t *draws);
/* A duration by a law; a law that is none gives 0 and counts no draw. */
int64_t cascade_draw_ms(const struct cascade *cascade, uint32_t law, uint64_t hash,
                        enum chance_purpose purpose, uint32_t *draws);

/* Finds the next tick in which something is due. */
void cascade_find_next(struct cascade *cascade);

static inline void cascade_set_timer(struct cascade *cascade, enum entity_kind kind, uint32_t index,
                                     int64_t due_tick) {
    queue_set(&cascade->queue, cascade->first[kind] + index, due_tick);
}

static inline void cascade_end_timer(struct cascade *cascade, enum entity_kind kind,
                                     uint32_t index) {
    queue_cancel(&cascade->queue, cascade->first[kind] + index);
}

/* ---- evaluate.c: service from health and needs ---- */

/* Evaluates every listed asset (RULES.md, sections 5 and 6), then offers what changed to its links.
 */
void cascade_evaluate(struct cascade *cascade);

/* Demand of a surge class in a country; Q without a class. */
int64_t cascade_demand(const struct cascade *cascade, uint32_t country, uint32_t surge);

/* ---- arrives.c: what arrives at a need ---- */

int64_t need_arrives(const struct cascade *cascade, uint32_t need);
/* Draws the threshold of a need that has a law for it, when it first matters. */
void need_draw_fraction(struct cascade *cascade, uint32_t need);
int64_t need_allows(const struct cascade *cascade, uint32_t need, int64_t arrives_ppm);
/* The link that binds a need (+ 1), with the one in force (+ 1) winning ties; 0: none. */
uint32_t need_binding_link(const struct cascade *cascade, uint32_t need, uint32_t in_force);

/* ---- backups.c ---- */

/* Starts and stops the backups of a need for what its supply allows; returns its level. */
int64_t backups_settle(struct cascade *cascade, uint32_t need, int64_t allowed_ppm);
/* Handles what is due at a need in this tick. */
void need_due(struct cascade *cascade, uint32_t need);
/* Puts the earliest timer of a need into the queue. */
void need_schedule(struct cascade *cascade, uint32_t need);
void need_refuel(struct cascade *cascade, uint32_t need);
/* Demand changed under a backup that is on. */
void need_rescale(struct cascade *cascade, uint32_t need, int64_t demand_before_ppm,
                  int64_t demand_ppm);
/* The duration in ticks of a backup's autonomy, T drawn, from this charge under this demand. */
int64_t backup_autonomy_ticks(const struct cascade *cascade, int64_t drawn_ms, int64_t charge_ppm,
                              int64_t demand_ppm);

/* ---- links.c ---- */

/* Offers its supplier's service, or 0 if it is cut, over a link. */
void link_offer(struct cascade *cascade, uint32_t link);
void link_due(struct cascade *cascade, uint32_t link);
/* Delivers what was made for this round; false if there was nothing. */
bool cascade_deliver_round(struct cascade *cascade);
/* Moves what is left after the last round to the next tick. */
void cascade_postpone_round(struct cascade *cascade);

/* ---- repair.c: damage, jobs, crews ---- */

void asset_damage(struct cascade *cascade, uint32_t asset, int64_t amount_ppm, uint32_t root);
void asset_lose_control(struct cascade *cascade, uint32_t asset, uint32_t root);
void asset_set_priority(struct cascade *cascade, uint32_t asset, int64_t priority);
/* Handles what is due at an asset in this tick. */
void asset_due(struct cascade *cascade, uint32_t asset);
/* Puts the earliest timer of an asset into the queue. */
void asset_schedule(struct cascade *cascade, uint32_t asset);
int64_t pool_free_crews(const struct cascade *cascade, uint32_t pool);
/* Crews joined or left a pool. */
void pool_change(struct cascade *cascade, uint32_t pool, int64_t crews);
void cascade_assign_crews(struct cascade *cascade);

/* ---- life.c: failures by chance ---- */

/* Failures at the start, and the first lifetimes; in tick 0. */
void cascade_begin_lives(struct cascade *cascade);
/* Handles a lifetime that is due in this tick. */
void life_due(struct cascade *cascade, uint32_t life);
/* The asset's health fell; and it was repaired. */
void asset_end_life(struct cascade *cascade, uint32_t asset);
void asset_begin_life(struct cascade *cascade, uint32_t asset);

/* ---- cyber.c, contact.c ---- */

void campaign_start(struct cascade *cascade, uint32_t campaign);
void campaign_stop(struct cascade *cascade, uint32_t campaign);
void campaign_delay(struct cascade *cascade, uint32_t campaign, int64_t duration_ms);
void exposure_infect(struct cascade *cascade, uint32_t exposure);
bool exposure_susceptible(const struct cascade *cascade, uint32_t exposure);
void exposure_due(struct cascade *cascade, uint32_t exposure);
void push_due(struct cascade *cascade, uint32_t push);
void patch_due(struct cascade *cascade, uint32_t patch);
void asset_rebuilt(struct cascade *cascade, uint32_t asset);
void tag_patch(struct cascade *cascade, uint32_t tag, uint32_t country);
void tag_share(struct cascade *cascade, uint32_t tag, uint32_t country);
void contact_due(struct cascade *cascade, uint32_t contact);
void contact_begin(struct cascade *cascade, uint32_t contact);
void contacts_end(struct cascade *cascade, uint32_t exposure);
void asset_isolate(struct cascade *cascade, uint32_t asset, bool isolated, uint32_t root);
void border_close(struct cascade *cascade, uint32_t country, uint32_t other, bool closed,
                  uint32_t root);
void exposure_schedule(struct cascade *cascade, uint32_t exposure);
/* The law of an exposure's detection, or of a patch: 0 is none. */
uint32_t exposure_detection_law(const struct cascade *cascade, uint32_t exposure, bool shared);
uint32_t patch_law(const struct cascade *cascade, uint32_t patch, bool shared);

/* ---- actions.c ---- */

void cascade_run_actions(struct cascade *cascade);
/* Tick of the next action or arrival, or SPILL_NEVER. */
int64_t cascade_next_action_tick(const struct cascade *cascade);
void action_release(struct cascade *cascade, uint32_t slot);

/* ---- roots.c ---- */

/* The root with this key, named if it is new; SPILL_LIMIT when the table is full, which it never is
 * for a campaign's, a country's, an asset's or a layer's own root. Index + 1. */
SPILL_CHECKED enum spill_status root_name(struct cascade *cascade, const char *kind, const char *id,
                                          int64_t tick, bool own, uint32_t *root);
/* The root has acted. */
/* Whether cascade_options says that it never acts. kind may be NULL. */
bool root_is_left_out(const struct cascade *cascade, const char *kind, const char *id);
void root_make(struct cascade *cascade, uint32_t root);
/* The root reached an asset of this country. */
void root_reach(struct cascade *cascade, uint32_t root, uint32_t country);
size_t cascade_roots_max(const struct network *network);
/* Places in the table of roots: a power of two, at least twice the roots. */
size_t cascade_root_slots(const struct network *network);

/* ---- tally.c ---- */

static inline int64_t tally_at(const struct tally *tally, int64_t at_ms) {
    return tally->sum + tally->rate * (at_ms - tally->since_ms);
}
void tally_change(struct tally *tally, int64_t at_ms, int64_t change);
/* An asset's service or binding changed from this to what it is now. */
void asset_tally(struct cascade *cascade, uint32_t asset, int32_t loss_before_ppm,
                 uint32_t link_before, uint32_t root_before);

/* ---- layers/layers.c: what is not local ---- */

/* What an asset's layer lets it give of what it could give by itself, which the layer will see. */
int64_t node_limit(struct cascade *cascade, uint32_t node, int64_t own_ppm);
/* An asset was evaluated: its layer, and those whose edges ride on it, see what became of it. */
void asset_tell_layers(struct cascade *cascade, uint32_t asset, int32_t service_loss_before_ppm);
/* Evaluates the layers that this round concerns (RULES.md, section 15). */
void cascade_evaluate_layers(struct cascade *cascade);
/* Whether some layer acts in the next round. */
bool cascade_layers_act(const struct cascade *cascade);
/* Moves what is left after the last round to the next tick. */
void cascade_postpone_layers(struct cascade *cascade);
/* In tick 0: layers that are not at rest by themselves. */
void cascade_begin_layers(struct cascade *cascade);
/* Handles what is due of a member, an edge or a layer in this tick. */
void node_due(struct cascade *cascade, uint32_t node);
void edge_due(struct cascade *cascade, uint32_t edge);
void layer_due(struct cascade *cascade, uint32_t layer);

/* ---- information.c ---- */

void cascade_update_information(struct cascade *cascade);
/* The next update that could change something, or SPILL_NEVER. */
int64_t cascade_next_update_tick(const struct cascade *cascade);
void country_message(struct cascade *cascade, uint32_t country);

/* ---- digest.c ---- */

/* Takes everything out of the sum; the entities that were touched are clean. */
void digest_clear(struct cascade *cascade);

#endif
