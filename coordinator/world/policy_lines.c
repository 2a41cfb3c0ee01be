/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/script_parts.h"

size_t policy_line_count(const struct script *script, struct cell_ref cell, const char *team) {
    SPILL_ASSERT(team != NULL);
    const struct script_policy *const policy = script_find_policy(script, cell, team);
    return policy != NULL ? policy->rule_count : 0;
}

static const struct script_policy_rule *
policy_line_rule(const struct script *script, struct cell_ref cell, const char *team, size_t at) {
    const struct script_policy *const policy = script_find_policy(script, cell, team);
    SPILL_ASSERT(policy != NULL);
    SPILL_ASSERT(at < policy->rule_count);
    return &policy->rules[at];
}

struct policy_line policy_line(const struct script *script, struct cell_ref cell, const char *team,
                               size_t at) {
    const struct script_policy_rule *const rule = policy_line_rule(script, cell, team, at);
    return (struct policy_line){.id = rule->id,
                                .when = rule->when,
                                .hold_ms = rule->hold_ms,
                                .each = rule->each,
                                .state = rule->state,
                                .request = rule->request,
                                .thinking = rule->thinking,
                                .times_max = rule->times_max,
                                .again_after_ms = rule->again_after_ms};
}

bool policy_line_may(const struct script *script, struct cell_ref cell, const char *team, size_t at,
                     struct asset_ref asset) {
    const struct script_policy_rule *const rule = policy_line_rule(script, cell, team, at);
    SPILL_ASSERT(rule->each);
    const uint32_t slot = script_slot(script, cell, asset);
    return slot != NETWORK_NO_INDEX && (rule->candidates[slot / 64] >> slot % 64 & 1) != 0;
}
