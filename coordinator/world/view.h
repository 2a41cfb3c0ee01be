/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view: what one cell knows of the model: the last report on each asset that it can see, and what
 * follows from it.
 *
 * Reports reach a cell after its reporting delay; nothing else of the model does. The same code
 * keeps the view at the coordinator (ensembles) and in a node (robots, pages), so that both decide
 * from the same knowledge. A view owns its arrays, allocates only when created, and is used by one
 * thread at a time.
 */
#ifndef SPILL_VIEW_H
#define SPILL_VIEW_H

#include "coordinator/world/script.h"

enum { VIEW_CAMPAIGNS_MAX = 32 };

/* One report, about one asset or one country. */
struct report {
    int64_t at_ms;          /* When it was so. The cell learns it at at_ms + its reporting delay. */
    struct asset_ref asset; /* Index NETWORK_NO_INDEX: a report on a country. */
    struct country_ref country;
    int64_t service_ppm;
    enum asset_status status;
    uint32_t detected;  /* Bit for each campaign: a detected intrusion. */
    uint32_t triggered; /* Bit for each campaign: detected, and the payload has run. */
    int64_t trust_ppm;  /* Country reports: of the country, */
    int64_t escalation; /* and of the world. */
};

struct view;

/* Network and script are kept until view_destroy. */
SPILL_CHECKED enum spill_status view_create(const struct network *network,
                                            const struct script *script, struct cell_ref cell,
                                            struct view **view);
void view_destroy(struct view **view);
/* Back to the start: everything in full service, nothing known to be infected. Costs what was told.
 */
void view_reset(struct view *view);
/* Both of the same cell. */
void view_copy(struct view *to, const struct view *from);
/* Takes a report in. Reports on assets that the cell does not see, or on countries that it has no
 * reports from (all but its own and those of the assets that it sees), are a broken promise of the
 * caller. */
void view_apply(struct view *view, const struct report *report);
/* For conditions of SCOPE_VIEW. */
int64_t view_read(enum condition_function function,
                  const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *view);
/* What time() and since() count from; never back. */
void view_set_time(struct view *view, int64_t now_ms);
/* The cell received an inject (its rank in the script's list) that was released at released_ms. */
void view_receive(struct view *view, uint32_t inject, int64_t released_ms);
/* An order of the cell was accepted. */
void view_ordered(struct view *view, struct order_ref order);
/* The last report on an asset: false, and *report as it was, if the cell does not see it. Before
 * any report: full service, at_ms 0. */
bool view_report(const struct view *view, struct asset_ref asset, struct report *report);
/* Assets that the cell sees, rising by index. */
const struct asset_ref *view_assets(const struct view *view, size_t *count);
bool view_has_country(const struct view *view, struct country_ref country);

#endif
