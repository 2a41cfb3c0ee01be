/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: one trajectory of a cascade and its script.
 *
 * It runs the cascade's ticks, the script's rules, the reports to cells and, in ensembles, the
 * cells' policies. It is a pure function of network, script, seed, replica and the ordered list of
 * orders. Live play gives it orders through world_order; an ensemble names a team and the cells'
 * policies give them; with the same orders the two agree bit for bit. One thread at a time; no
 * allocation after create.
 *
 * Order inside one tick t: effects of rules and orders that are due, in the order in which they
 * fired or were accepted · the cascade's tick (if due) · conditions of all rules, then those that
 * fire, in order of rule id; their effects act at t + one tick (or after their drawn delay) ·
 * reports that became due at t, by cell, oldest first · policies of cells, by cell · orders
 * submitted at t, in order. The tick at 0 always runs.
 *
 * Reports. A change of an asset's service, status or detected intrusions in tick t is reported to
 * every cell that sees it and reaches the cell in the tick at or after t + its reporting delay. At
 * most two reports on one asset are on their way to one cell: a newer change takes the place of the
 * second, and reaches the cell after its own delay, so a cell may miss a change that was soon
 * followed by another but never learns anything early, and never later than two delays after.
 * Reports on a country go to cells of that country and cells that see an asset there, when the
 * whole per cents of its trust, or the escalation, differ from those of the last report; the same
 * bound holds.
 */
#ifndef SPILL_WORLD_H
#define SPILL_WORLD_H

#include "coordinator/world/policy.h"

enum {
    WORLD_ORDERS_MAX = 32768, /* Accepted in one trajectory; one more is refused. */
    WORLD_FIRINGS_MAX = 4096, /* Of rules, whose effects have not acted yet; a rule that finds no
                                 room fires later. */
};

struct world;

/* What a world tells while it advances; every member may be NULL. Called in order, on the caller's
 * thread. */
struct world_sink {
    void (*on_change)(int64_t at_ms, const struct asset_ref *changed, size_t count, void *context);
    void (*on_fired)(int64_t at_ms, struct rule_ref rule, void *context);
    /* A report reaches a cell now (report->at_ms plus its delay). */
    void (*on_report)(int64_t at_ms, struct cell_ref cell, const struct report *report,
                      void *context);
    /* An order acts now. number: as world_order gave it. */
    void (*on_acted)(int64_t at_ms, struct cell_ref cell, uint32_t number, void *context);
    cascade_cause_fn on_cause;
    void *context;
};

struct world_options {
    uint64_t seed;
    uint32_t replica;
    const char *team; /* NULL: nobody acts by policy (live play). */
    bool digests;
    struct cascade_without without;
    struct world_sink sink;
};

/* Network and script are kept until world_destroy, the team's name is copied. A world with a team,
 * without on_report and without digests is lean: cells are told only what changes a decision of
 * their policies in that team. It goes the same way, but its views are not whole. */
SPILL_CHECKED enum spill_status world_create(const struct network *network,
                                             const struct script *script,
                                             const struct world_options *options,
                                             struct world **world);
void world_destroy(struct world **world);
/* Back to the start; costs what the trajectory touched. */
void world_reset(struct world *world, uint64_t seed, uint32_t replica);
/* Same network and script; sinks, team and whether digests are kept stay. If `to` has a team and
 * `from` has none, to's policies start from from's views, and take note of the orders that their
 * cells gave. `to` borrows the names of from's orders: `from` may go on, but is reset or destroyed
 * only after `to` is reset, copied to or destroyed. A lean world is copied to lean ones only. */
void world_copy(struct world *to, const struct world *from);
/* For a forecast (RULES.md, Forecast): draws from here on belong to this replica, and what is
 * hidden is drawn anew: timers of the cascade and delays of effects. Latencies of accepted orders,
 * and what policies have decided, were revealed and stay. Replica 0 changes nothing. */
void world_redraw(struct world *world, uint32_t replica);

/* Up to when the world has run; -1 before the first tick. */
int64_t world_now_ms(const struct world *world);
/* The seed of its chance. */
uint64_t world_seed(const struct world *world);
/* Time of the next tick in which anything at all is due; SPILL_NEVER. */
int64_t world_next_ms(const struct world *world);
/* Runs every tick up to and including until_ms (a multiple of the tick, not before now). How a way
 * is split does not matter. */
void world_advance(struct world *world, int64_t until_ms);

/* An order given now (after the tick at world_now_ms): SPILL_REFUSED with words if the cell lacks
 * authority or the target does not fit, SPILL_LIMIT after WORLD_ORDERS_MAX; else it acts after its
 * drawn latency, at the earliest in the next tick. Numbers count accepted orders of all cells from
 * 0. Outputs and error may be NULL. */
SPILL_CHECKED enum spill_status world_order(struct world *world, struct cell_ref cell,
                                            const struct order_request *request, uint32_t *number,
                                            int64_t *acts_at_ms, struct spill_error *error);
/* Whether world_order would take it, limits apart. */
bool world_may_order(const struct world *world, struct cell_ref cell,
                     const struct order_request *request, struct spill_error *error);

/* An accepted order. */
struct world_order_facts {
    struct cell_ref cell;
    struct order_request request;
    int64_t given_ms;
    int64_t acts_at_ms;
    const char *name; /* "cell/order#2": its root's id; borrowed. */
};
size_t world_order_count(const struct world *world);
struct world_order_facts world_order_at(const struct world *world, uint32_t number);

const struct cascade *world_cascade(const struct world *world);
/* What a cell knows. In a lean world it lacks what its policy does not look at, and is NULL for a
 * cell without policy. */
const struct view *world_view(const struct world *world, struct cell_ref cell);
int64_t world_escalation(const struct world *world);
/* Actions for which the cascade had no room (CASCADE_ACTIONS_MAX, CASCADE_ROOTS_MAX): they never
 * act. */
int64_t world_dropped_count(const struct world *world);
int64_t world_fired_count(const struct world *world, struct rule_ref rule);
/* Accepted orders; cell.index CONDITION_EVERY: of every cell. */
int64_t world_ordered_count(const struct world *world, struct order_ref order,
                            struct cell_ref cell);
int64_t world_cost(const struct world *world, struct cell_ref cell);
/* Reads a function of the true state (those of SCOPE_MODEL); context is the world. */
int64_t world_read(enum condition_function function,
                   const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *world);
/* The state digest: the cascade's, and BLAKE2b-256 of each entity of the world that is not as at
 * the start, summed modulo 2^256. Needs options.digests. Policies and views are not part of it:
 * they follow from reports and orders. */
void world_digest(struct world *world, uint8_t digest[CASCADE_DIGEST_BYTES]);

#endif
