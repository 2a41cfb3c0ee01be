/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: one trajectory of a cascade and its script.
 *
 * It runs the cascade's ticks, the script's rules, the reports to cells and, in ensembles, the cells' policies. It is a pure
 * function of network, script, seed, replica and the ordered list of orders. Live play gives it orders through
 * world_order; an ensemble names a team and the cells' policies give them; with the same orders the two agree bit for bit.
 * One thread at a time; no allocation after create.
 *
 * Order inside one tick t: the cascade's tick (if due) · conditions of rules, in order of rule id, effects of those that fire
 * act at t + one tick (or after their drawn delay) · reports that became due at t, by cell, oldest first · policies of cells, by cell ·
 * orders submitted at t, in order.
 */
#ifndef SPILL_WORLD_H
#define SPILL_WORLD_H

#include "coordinator/world/policy.h"

struct world;

/* What a world tells while it advances; every member may be NULL. Called in order, on the caller's thread. */
struct world_sink {
    void (*on_change)(int64_t at_ms, const struct asset_ref *changed, size_t count, void *context);
    void (*on_fired)(int64_t at_ms, struct rule_ref rule, void *context);
    /* A report reaches a cell now (report->at_ms plus its delay). */
    void (*on_report)(int64_t at_ms, struct cell_ref cell, const struct report *report, void *context);
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
    struct world_sink sink;
};

SPILL_CHECKED enum spill_status world_create(const struct network *network, const struct script *script,
                                             const struct world_options *options, struct world **world);
void world_destroy(struct world **world);
void world_reset(struct world *world, uint64_t seed, uint32_t replica);
/* Same network and script; sinks stay. If `to` has a team and `from` has none, to's policies start from from's views. */
void world_copy(struct world *to, const struct world *from);
void world_redraw(struct world *world, uint32_t replica);

int64_t world_now_ms(const struct world *world);
/* Time of the next tick in which anything at all is due; SPILL_NEVER. */
int64_t world_next_ms(const struct world *world);
/* Runs every tick up to and including until_ms (a multiple of the tick). */
void world_advance(struct world *world, int64_t until_ms);

/* An order given now (after the tick at world_now_ms): refused with words if the cell lacks authority or the target does
 * not fit; else it acts after its drawn latency, at the earliest in the next tick. */
SPILL_CHECKED enum spill_status world_order(struct world *world, struct cell_ref cell, const struct order_request *request,
                                            uint32_t *number, int64_t *acts_at_ms, struct spill_error *error);
bool world_may_order(const struct world *world, struct cell_ref cell, const struct order_request *request,
                     struct spill_error *error);

const struct cascade *world_cascade(const struct world *world);
const struct view *world_view(const struct world *world, struct cell_ref cell);
int64_t world_escalation(const struct world *world);
int64_t world_fired_count(const struct world *world, struct rule_ref rule);
int64_t world_ordered_count(const struct world *world, struct order_ref order, struct cell_ref cell);
int64_t world_cost(const struct world *world, struct cell_ref cell);
/* Reads a SCOPE_MODEL function of the true state; context is the world. */
int64_t world_read(enum condition_function function, const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *world);
void world_digest(struct world *world, uint8_t digest[CASCADE_DIGEST_BYTES]);

/* One team for all replicas, thread by thread, is the ensemble's business: coordinator/ensemble. */
#endif
