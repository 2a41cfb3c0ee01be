/* SPDX-License-Identifier: Apache-2.0 */
/*
 * knowledge: what a brief says, as a network and a script of its cell alone.
 *
 * The cell's view and policy are made from these as they would be from the whole. Chance hashes
 * ids, and ranks of the cell's own things keep their order, so that everything that the cell would
 * decide comes out the same; what the brief does not name does not exist here. Immutable once made.
 */
#ifndef SPILL_KNOWLEDGE_H
#define SPILL_KNOWLEDGE_H

#include "coordinator/exercise/brief.h"

struct knowledge;

/* The brief is copied. SPILL_INVALID: its parts do not fit each other; error says which. */
SPILL_CHECKED enum spill_status knowledge_create(const struct brief *brief,
                                                 struct knowledge **knowledge,
                                                 struct spill_error *error);
void knowledge_destroy(struct knowledge **knowledge);

/* Borrowed from the knowledge. */
const struct network *knowledge_network(const struct knowledge *knowledge);
const struct script *knowledge_script(const struct knowledge *knowledge);

/* The only cell there is. */
struct cell_ref knowledge_cell(const struct knowledge *knowledge);

/* Stands for a campaign: itself, or, if the brief does not name it, the one that is all others. */
struct campaign_ref knowledge_campaign(const struct knowledge *knowledge, const char *id);

#endif
