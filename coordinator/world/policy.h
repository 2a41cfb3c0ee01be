/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what a cell does by itself: a pure function of its view, its own past orders and chance.
 *
 * Ensembles call it for every cell, robots for theirs; both with the same seed and replica get the same orders at the same
 * exercise times. It owns counters for each rule and target; it allocates only when created.
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

/* team: id of the policy of the cell; a cell without that policy does nothing ("passive" needs no entry). */
SPILL_CHECKED enum spill_status policy_create(const struct network *network, const struct script *script, struct cell_ref cell,
                                              const char *team, uint64_t seed, uint32_t replica, struct policy **policy);
void policy_destroy(struct policy **policy);
void policy_reset(struct policy *policy, uint64_t seed, uint32_t replica);
void policy_copy(struct policy *to, const struct policy *from);
void policy_redraw(struct policy *policy, uint32_t replica);

/* Looks at the view at now_ms and appends what it decides; call it after every change of the view and at
 * policy_next_ms. Returns the number of intentions written (at most capacity; more stay for the next call). */
size_t policy_decide(struct policy *policy, const struct view *view, int64_t now_ms, struct intention *intentions,
                     size_t capacity);
/* Next time at which it could decide something though its view does not change; SPILL_NEVER. */
int64_t policy_next_ms(const struct policy *policy);

#endif
