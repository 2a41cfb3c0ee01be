/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/cascade_state.h"

/* Contacts: amounts of open time on trust links, and what opens and closes those. */

static int64_t contact_due_tick(const struct cascade *cascade, const struct contact_state *state) {
    const int64_t ticks = cascade_ticks(cascade, state->left_ms);
    return state->since - 1 + (ticks > 1 ? ticks : 1);
}

static void contact_run(struct cascade *cascade, uint32_t contact) {
    struct contact_state *const state = &cascade->contacts[contact];
    state->since = cascade->tick + 1;
    cascade_set_timer(cascade, ENTITY_CONTACT, contact, contact_due_tick(cascade, state));
}

void contact_begin(struct cascade *cascade, uint32_t contact) {
    const struct network_contact *const what = &cascade->network->contacts[contact];
    struct contact_state *const state = &cascade->contacts[contact];
    cascade_touch(cascade, ENTITY_CONTACT, contact);
    const uint32_t law = cascade->network->trusts[what->trust].contact;
    state->left_ms = cascade_draw_ms(cascade, law, what->hash, CHANCE_CONTACT, &state->draws);
    state->alive = true;
    state->since = 0;
    if (cascade->trust_closed[what->trust]) {
        cascade_end_timer(cascade, ENTITY_CONTACT, contact);
    } else {
        contact_run(cascade, contact);
    }
}

static void contact_end(struct cascade *cascade, uint32_t contact) {
    struct contact_state *const state = &cascade->contacts[contact];
    if (!state->alive) {
        return;
    }
    cascade_touch(cascade, ENTITY_CONTACT, contact);
    state->alive = false;
    state->left_ms = 0;
    state->since = 0;
    cascade_end_timer(cascade, ENTITY_CONTACT, contact);
}

void contacts_end(struct cascade *cascade, uint32_t exposure) {
    const struct network_exposure *const what = &cascade->network->exposures[exposure];
    for (uint32_t contact = what->first_contact; contact < what[1].first_contact; contact++) {
        contact_end(cascade, contact);
    }
}

void contact_due(struct cascade *cascade, uint32_t contact) {
    const struct contact_state *const state = &cascade->contacts[contact];
    if (!state->alive || state->since == 0 || contact_due_tick(cascade, state) != cascade->tick) {
        return;
    }
    contact_end(cascade, contact);
    exposure_infect(cascade, cascade->network->contacts[contact].to);
}

static void contact_pause(struct cascade *cascade, uint32_t contact) {
    struct contact_state *const state = &cascade->contacts[contact];
    if (!state->alive) {
        return;
    }
    SPILL_ASSERT(state->since != 0);
    cascade_touch(cascade, ENTITY_CONTACT, contact);
    const int64_t ran_ms = (cascade->tick - (state->since - 1)) * cascade->network->tick_ms;
    state->left_ms = state->left_ms > ran_ms ? state->left_ms - ran_ms : 0;
    state->since = 0;
    cascade_end_timer(cascade, ENTITY_CONTACT, contact);
}

static void contact_resume(struct cascade *cascade, uint32_t contact) {
    struct contact_state *const state = &cascade->contacts[contact];
    if (!state->alive) {
        return;
    }
    SPILL_ASSERT(state->since == 0);
    cascade_touch(cascade, ENTITY_CONTACT, contact);
    contact_run(cascade, contact);
}

/* ---- Trust links ---- */

static size_t border_between(const struct cascade *cascade, uint32_t a, uint32_t b) {
    return a < b ? a * cascade->network->country_count + b
                 : b * cascade->network->country_count + a;
}

static bool trust_is_closed(const struct cascade *cascade, uint32_t trust) {
    const struct network *const network = cascade->network;
    const struct network_trust *const what = &network->trusts[trust];
    const uint32_t from = network->assets[what->from].country;
    const uint32_t to = network->assets[what->to].country;
    return cascade->assets[what->from].isolated || cascade->assets[what->to].isolated ||
           (from != to && cascade->borders[border_between(cascade, from, to)]);
}

/* Cuts or restores the service link that a trust link rides on. */
static void trust_carrier(struct cascade *cascade, uint32_t link, bool closed, uint32_t root,
                          uint32_t country) {
    struct link_state *const state = &cascade->links[link];
    cascade_touch(cascade, ENTITY_LINK, link);
    if (closed) {
        state->cut_count++;
        if (state->cut_count == 1) {
            state->cut_root = root;
            root_reach(cascade, root, country);
            link_offer(cascade, link);
        }
        return;
    }
    SPILL_ASSERT(state->cut_count > 0);
    state->cut_count--;
    if (state->cut_count == 0) {
        state->cut_root = 0;
        link_offer(cascade, link);
    }
}

/* Brings a trust link up to date after an isolation or a border changed. */
static void trust_update(struct cascade *cascade, uint32_t trust, uint32_t root, uint32_t country) {
    const bool closed = trust_is_closed(cascade, trust);
    if (closed == cascade->trust_closed[trust]) {
        return;
    }
    cascade_touch(cascade, ENTITY_TRUST, trust);
    cascade->trust_closed[trust] = closed;
    size_t count = 0;
    const uint32_t *const contacts =
        network_group_items(&cascade->network->trust_contacts, trust, &count);
    for (size_t i = 0; i < count; i++) {
        if (closed) {
            contact_pause(cascade, contacts[i]);
        } else {
            contact_resume(cascade, contacts[i]);
        }
    }
    const uint32_t carrier = cascade->network->trusts[trust].carrier;
    if (carrier != NETWORK_NO_INDEX) {
        trust_carrier(cascade, carrier, closed, root, country);
    }
}

void asset_isolate(struct cascade *cascade, uint32_t asset, bool isolated, uint32_t root) {
    const struct network *const network = cascade->network;
    if (cascade->assets[asset].isolated == isolated) {
        return;
    }
    asset_touch(cascade, asset);
    cascade->assets[asset].isolated = isolated;
    const struct network_group *const sides[] = {&network->trust_out, &network->trust_in};
    for (size_t side = 0; side < 2; side++) {
        size_t count = 0;
        const uint32_t *const trusts = network_group_items(sides[side], asset, &count);
        for (size_t i = 0; i < count; i++) {
            trust_update(cascade, trusts[i], root, network->assets[asset].country);
        }
    }
}

void border_close(struct cascade *cascade, uint32_t country, uint32_t other, bool closed,
                  uint32_t root) {
    const struct network *const network = cascade->network;
    if (country == other) {
        return;
    }
    const uint32_t border = (uint32_t)border_between(cascade, country, other);
    if (cascade->borders[border] == closed) {
        return;
    }
    cascade_touch(cascade, ENTITY_BORDER, border);
    cascade->borders[border] = closed;
    for (uint32_t trust = 0; trust < network->trust_count; trust++) {
        const uint32_t from = network->assets[network->trusts[trust].from].country;
        const uint32_t to = network->assets[network->trusts[trust].to].country;
        if ((from == country && to == other) || (from == other && to == country)) {
            trust_update(cascade, trust, root, country);
        }
    }
}
