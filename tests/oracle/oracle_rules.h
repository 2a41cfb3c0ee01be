/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oracle_rules: what the parts of the oracle share among themselves; only they include it.
 */
#ifndef SPILL_ORACLE_RULES_H
#define SPILL_ORACLE_RULES_H

#include "tests/oracle/oracle.h"

enum { ORACLE_NEEDS_MAX = 64, ORACLE_LINKS_MAX = 64 }; /* Of one asset; of one need. */

void oracle_fire(struct oracle *oracle, enum oracle_rule rule);

/* ceil(duration / tick), and the tick in which a duration that starts now ends (section 1). */
int64_t oracle_ticks(const struct oracle *oracle, int64_t duration_ms);
int64_t oracle_after(const struct oracle *oracle, int64_t duration_ms);

/* The next draw of the entity for this purpose, and an event of this probability (section 2). */
uint32_t oracle_draw(struct oracle *oracle, struct oracle_entity *entity,
                     enum fate_purpose purpose);
bool oracle_happens(struct oracle *oracle, struct oracle_entity *entity, enum fate_purpose purpose,
                    int64_t probability_ppm);

/* Draws whether the dependency bites. */
void oracle_couple(struct oracle *oracle, struct oracle_link *link);

bool oracle_law_given(const struct law_spec *law);
/* Draws a duration, in ms. */
int64_t oracle_draw_ms(struct oracle *oracle, struct oracle_entity *entity,
                       enum fate_purpose purpose, const struct law_spec *law);
/* Starts a timer now, until after(draw). */
void oracle_timer_start(struct oracle *oracle, struct oracle_timer *timer,
                        struct oracle_entity *entity, enum fate_purpose purpose,
                        const struct law_spec *law);
void oracle_timer_end(struct oracle_timer *timer);
bool oracle_timer_runs(const struct oracle_timer *timer);

/* The root of this key, made if it is new. */
struct oracle_root *oracle_root_make(struct oracle *oracle, const char *kind, const char *id,
                                     int64_t tick);
/* The root's first damage, infection or cut was in this country. */
void oracle_root_hits(struct oracle_root *root, struct oracle_country *country);

/* Sections 5 to 7 and 10. */
void oracle_evaluate(struct oracle *oracle, struct oracle_asset *asset);
void oracle_offer(struct oracle *oracle, struct oracle_link *link);
void oracle_deliver(struct oracle *oracle, struct oracle_link *link);
/* The active backup of the need goes on in this tick. */
void oracle_backup_go_on(struct oracle *oracle, struct oracle_need *need);
/* Duration in ticks of an autonomy of this many ms, with the charge and the demand of now. */
int64_t oracle_autonomy_ticks(const struct oracle *oracle, const struct oracle_need *need,
                              int64_t charge, int64_t time_ms);

/* Section 8. */
void oracle_damage(struct oracle *oracle, struct oracle_asset *asset, int64_t amount,
                   struct oracle_root *root);
/* Tick 0 of an asset that may fail by chance; and its failure. */
void oracle_life_start(struct oracle *oracle, struct oracle_asset *asset);
void oracle_fail(struct oracle *oracle, struct oracle_asset *asset);
void oracle_job_queue(struct oracle *oracle, struct oracle_asset *asset);
void oracle_repair_end(struct oracle *oracle, struct oracle_asset *asset);
void oracle_crews_assign(struct oracle *oracle);
void oracle_action_apply(struct oracle *oracle, const struct oracle_action *action);

/* Section 9. */
struct oracle_campaign *oracle_campaign_find(struct oracle *oracle, const char *id);
bool oracle_carries(const struct oracle_asset *asset, const char *tag);
bool oracle_campaign_targets(const struct oracle_campaign *campaign, const struct oracle_tag *tag);
struct oracle_patch *oracle_patch_find(const struct oracle *oracle, const struct oracle_tag *tag,
                                       const struct oracle_asset *asset);
bool oracle_able_to_spread(const struct oracle_exposure *exposure);
void oracle_infect(struct oracle *oracle, struct oracle_exposure *exposure);
void oracle_campaign_start(struct oracle *oracle, struct oracle_campaign *campaign);
void oracle_campaign_stop(struct oracle *oracle, struct oracle_campaign *campaign);
void oracle_campaign_postpone(struct oracle *oracle, struct oracle_campaign *campaign,
                              int64_t duration_ms);
void oracle_contact_draw(struct oracle *oracle, struct oracle_contact *contact);
void oracle_contact_end(struct oracle_contact *contact);
/* The tick in which a running contact ends. */
int64_t oracle_contact_due(const struct oracle *oracle, const struct oracle_contact *contact);
/* Ends contacts out of the asset: those of the campaign, or of every campaign for NULL. */
void oracle_contacts_end_from(struct oracle *oracle, const struct oracle_asset *asset,
                              const struct oracle_campaign *campaign);
void oracle_exposure_clean(struct oracle_exposure *exposure);
void oracle_contact_arrives(struct oracle *oracle, struct oracle_contact *contact);
void oracle_push_arrives(struct oracle *oracle, struct oracle_push *push);
void oracle_patch_done(struct oracle *oracle, struct oracle_patch *patch);
void oracle_detect(struct oracle *oracle, struct oracle_exposure *exposure);
void oracle_trigger(struct oracle *oracle, struct oracle_exposure *exposure);
void oracle_patch_order(struct oracle *oracle, struct oracle_tag *tag,
                        struct oracle_country *country);
/* Looks which trust links are open now, and pauses, resumes, cuts and restores what rides on them.
 * The root and country are those of the order that changed something. */
void oracle_trusts_review(struct oracle *oracle, struct oracle_root *root,
                          struct oracle_country *country);

/* Section 15. */
void oracle_build_layers(struct oracle *oracle);
void oracle_destroy_layers(struct oracle *oracle);
/* Remembers what members and lines give before they are evaluated in a round. */
void oracle_layers_look(struct oracle *oracle);
void oracle_layers_evaluate(struct oracle *oracle);
/* Whether a layer asks for another round, or changed what a member may give. */
bool oracle_layers_ask(const struct oracle *oracle);
void oracle_member_recloses(struct oracle *oracle, struct oracle_asset *asset);
void oracle_edge_trips(struct oracle *oracle, struct oracle_edge *edge);
void oracle_edge_recloses(struct oracle *oracle, struct oracle_edge *edge);
bool oracle_is_up(const struct oracle_asset *asset);

/* Section 11. */
void oracle_information(struct oracle *oracle);
void oracle_message(struct oracle *oracle, struct oracle_country *country);

#endif
