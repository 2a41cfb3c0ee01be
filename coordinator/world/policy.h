/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what a cell does by itself: a pure function of its view, its own past orders and chance.
 *
 * Ensembles call it for every cell, robots for theirs; both with the same seed and replica get the
 * same orders at the same exercise times. It owns counters for each rule and target; it allocates
 * only when created.
 */
#ifndef SPILL_POLICY_H
#define SPILL_POLICY_H

#include "coordinator/world/view.h"

/* An order as a cell gives it. */
struct order_request {
    struct order_ref order;
    struct asset_ref asset; /* Index NETWORK_NO_INDEX where not used, here and below. */
    struct tag_ref tag;
    struct country_ref country;
    struct country_ref other_country;
    struct pool_ref pool;
    struct pool_ref other_pool;
    int64_t amount;
};

/* An order that the policy has decided to give at at_ms. */
struct intention {
    int64_t at_ms;
    struct order_request request;
    const char *rule; /* The policy rule's id: the rationale. */
};

struct policy;

/* team: id of the policy of the cell; a cell without that policy does nothing ("passive" needs no
 * entry). Network and script are kept until policy_destroy. */
SPILL_CHECKED enum spill_status policy_create(const struct network *network,
                                              const struct script *script, struct cell_ref cell,
                                              const char *team, uint64_t seed, uint32_t replica,
                                              struct policy **policy);
void policy_destroy(struct policy **policy);
void policy_reset(struct policy *policy, uint64_t seed, uint32_t replica);
/* Both of the same cell and team. */
void policy_copy(struct policy *to, const struct policy *from);
/* From here on, thinking is drawn with this replica. */
void policy_redraw(struct policy *policy, uint32_t replica);

/* Looks at the view at now_ms (a multiple of the tick, never back) and writes what it decides, by
 * rule, then asset; call it after every change of the view and at policy_next_ms. Returns the
 * number of intentions written (at most capacity; then more may be left, and the next call, at the
 * same time, goes on). Each is to be given at its at_ms (a tick, now_ms or later), whatever happens
 * in between. */
size_t policy_decide(struct policy *policy, const struct view *view, int64_t now_ms,
                     struct intention *intentions, size_t capacity);
/* Next time at which it could decide something though its view does not change; SPILL_NEVER. */
int64_t policy_next_ms(const struct policy *policy);
/* Most intentions that can be on their way at once. */
size_t policy_intentions_max(const struct policy *policy);
/* Adds what it looks at: bits by slot of the cell, bits by country of reports on countries. A
 * report on anything else changes none of its decisions. */
void policy_watch(const struct policy *policy, uint64_t *slots, uint64_t *countries);
/* Takes note of an order that the cell gave by other means at at_ms: it counts as given by the
 * rules that would give it. */
void policy_note(struct policy *policy, const struct order_request *request, int64_t at_ms);

/* ---- The lines of a policy as they were compiled, for those who tell them to a robot. ---- */

struct policy_line {
    const char *id;
    const struct condition *when; /* NULL: always. */
    int64_t hold_ms;
    bool each;
    enum wanted_state state;
    struct order_request request; /* With each, without its asset. */
    struct law_spec thinking;
    int64_t times_max;
    int64_t again_after_ms;
};

/* 0 where the cell has no policy for the team. Lines are sorted by id; what they point to belongs to the script. */
size_t policy_line_count(const struct script *script, struct cell_ref cell, const char *team);
struct policy_line policy_line(const struct script *script, struct cell_ref cell, const char *team, size_t at);
/* Whether a line with `each` may order about an asset: it matches, and the cell has the authority. */
bool policy_line_may(const struct script *script, struct cell_ref cell, const char *team, size_t at,
                     struct asset_ref asset);

#endif
