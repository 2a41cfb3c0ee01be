/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not matter to a layer does not: other names, the same grid in other units, another time
 * of day, an idle member in the middle of an edge. And what MODEL.md promises of `source` holds.
 */
#include "tests/cascade/model.h"

#include <stdio.h>

enum { MORPH_MEMBERS = 16, MORPH_USERS = 8, MORPH_CASES = 60, MORPH_ID_BYTES = 16 };

/* One random world of a number, changed in ways that must not matter. */
struct morph {
    enum layer_kind kind;
    uint64_t number;
    bool renamed;     /* Ids in another order. */
    int64_t scale;    /* Of loads, generation, limits; 0: 1. */
    int64_t farther;  /* Of reactances; 0: 1. */
    int64_t shift_ms; /* Of everything that happens. */
    bool split;       /* Every third edge has an idle member in the middle. */
    bool slow;        /* Dependencies take their time. */
    bool more;        /* More damage. */
};

struct morph_world {
    struct model model;
    uint64_t state;
    char members[MORPH_MEMBERS][MORPH_ID_BYTES];
    char users[MORPH_USERS][MORPH_ID_BYTES];
    char middles[2 * MODEL_MAX][MORPH_ID_BYTES];
};

static uint64_t morph_below(struct morph_world *world, uint64_t count) {
    world->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = world->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return (mixed ^ mixed >> 31) % count;
}

static int64_t morph_scale(const struct morph *morph) {
    return morph->scale == 0 ? 1 : morph->scale;
}

static void morph_edge(struct morph_world *world, const struct morph *morph, const char *from,
                       const char *to) {
    struct model *const model = &world->model;
    const size_t at = model->spec.edge_count;
    const int64_t reactance =
        2 * (1 + (int64_t)morph_below(world, 20)) * (morph->farther == 0 ? 1 : morph->farther);
    const bool middle = morph_below(world, 3) == 0;
    if (!middle || !morph->split) {
        model_edge(model, from, to)->reactance = reactance;
        return;
    }
    snprintf(world->middles[at], MORPH_ID_BYTES, "middle%zu", at);
    model_asset(model, world->middles[at]);
    model_edge(model, from, world->middles[at])->reactance = reactance / 2;
    model_edge(model, world->middles[at], to)->reactance = reactance / 2;
}

static void morph_members(struct morph_world *world, const struct morph *morph) {
    struct model *const model = &world->model;
    struct layer_spec *const layer = model_layer(model, "net", morph->kind, "power");
    layer->to_group = morph->number % 2 == 0;
    layer->transfer = TRANSFER_FIXED;
    layer->amount = 60 * morph_scale(morph);
    layer->tolerance_ppm = 300000;
    for (size_t i = 0; i < MORPH_MEMBERS; i++) {
        const size_t name = morph->renamed ? MORPH_MEMBERS - 1 - i : i;
        snprintf(world->members[i], MORPH_ID_BYTES, "%s%02zu", morph->renamed ? "x" : "m", name);
        struct asset_spec *const asset = model_asset(model, world->members[i]);
        asset->source = i % 5 == 0;
        asset->load = (100 + (int64_t)morph_below(world, 100)) * morph_scale(morph);
        asset->generation = i % 3 == 0 ? 700 * morph_scale(morph) : 0;
        if (morph->kind == LAYER_SHARE_LOAD) {
            asset->capacity = 250 * morph_scale(morph);
            asset->generation = 0;
        }
    }
    for (size_t i = 0; i < MORPH_MEMBERS; i++) {
        morph_edge(world, morph, world->members[i], world->members[(i + 1) % MORPH_MEMBERS]);
    }
    for (size_t i = 0; i < 6; i++) {
        const size_t from = morph_below(world, MORPH_MEMBERS);
        morph_edge(world, morph, world->members[from],
                   world->members[(from + 3 + i) % MORPH_MEMBERS]);
    }
}

/* Users need members, and some members need users: what falls may come back to the layer. */
static void morph_users(struct morph_world *world, const struct morph *morph) {
    struct model *const model = &world->model;
    model_sector(model, "data");
    for (size_t i = 0; i < MORPH_USERS; i++) {
        snprintf(world->users[i], MORPH_ID_BYTES, "user%zu", i);
        model_asset(model, world->users[i])->sector = "data";
        model_need(model, world->users[i], "power")->aggregator =
            i % 2 == 0 ? AGGREGATOR_ALL : AGGREGATOR_ANY;
        const size_t first = morph_below(world, MORPH_MEMBERS);
        const size_t second = (first + 1 + morph_below(world, 5)) % MORPH_MEMBERS;
        model_link(model, world->users[i], "power", world->members[first]);
        model_link(model, world->users[i], "power", world->members[second]);
        const size_t back = (first + 7) % MORPH_MEMBERS;
        if (i % 3 == 0) {
            model_need(model, world->members[back], world->users[i]);
            model_link(model, world->members[back], world->users[i], world->users[i]);
        }
    }
    for (size_t i = 0; i < model->spec.link_count; i++) {
        const int64_t delay_ms = (int64_t)morph_below(world, 900000);
        model->links[i].delay_down_ms = morph->slow ? delay_ms : 0;
    }
}

/* Makes the world, lets it suffer, and runs it for four hours. */
static void morph_run(struct morph_world *world, const struct morph *morph) {
    model_begin(&world->model);
    world->model.record_count = 0;
    world->model.spec.dwell_ms = 10 * MODEL_MINUTE; /* Parts that need each other take turns. */
    world->state = morph->number;
    morph_members(world, morph);
    morph_users(world, morph);
    model_open(&world->model, 1);
    for (size_t i = 0; i < 4; i++) {
        const size_t at = morph_below(world, MORPH_MEMBERS);
        if (i < 3 || morph->more) {
            model_damage(&world->model, morph->shift_ms + (int64_t)i * MODEL_MINUTE,
                         world->members[at], 0);
        }
    }
    model_run(&world->model, morph->shift_ms + 4 * MODEL_HOUR);
}

/* Every member and user of one world gives at least as much as in the other, or just as much. */
static void morph_compare(const struct morph_world *low, const struct morph_world *high, bool same,
                          const struct morph *morph) {
    for (size_t i = 0; i < MORPH_MEMBERS + MORPH_USERS; i++) {
        const bool user = i >= MORPH_MEMBERS;
        const size_t at = user ? i - MORPH_MEMBERS : i;
        const int64_t a = model_service(&low->model, user ? low->users[at] : low->members[at]);
        const int64_t b = model_service(&high->model, user ? high->users[at] : high->members[at]);
        if (a > b || (same && a != b)) {
            CHECK_FAIL("kind %d, case %llu, %s %zu: %lld and %lld", (int)morph->kind,
                       (unsigned long long)morph->number, user ? "user" : "member", at,
                       (long long)a, (long long)b);
        }
    }
}

static struct morph_world morph_plain;
static struct morph_world morph_changed;

/* The plain world of a number, and the same changed. Returns how many members and users failed. */
static size_t morph_check(const struct morph *changed, bool same) {
    const struct morph plain = {.kind = changed->kind, .number = changed->number};
    morph_run(&morph_plain, &plain);
    morph_run(&morph_changed, changed);
    morph_compare(&morph_changed, &morph_plain, same, changed);
    const struct cascade *const cascade = morph_plain.model.cascade;
    const int64_t failed =
        cascade_failed_count(cascade, (struct country_ref){0}, (struct sector_ref){0}) +
        cascade_failed_count(cascade, (struct country_ref){0}, (struct sector_ref){1});
    model_close(&morph_plain.model);
    model_close(&morph_changed.model);
    return (size_t)failed;
}

/* More fails than was hit in some of the cases: else nothing was shown. */
static void morph_check_all(const enum layer_kind *kinds, size_t kind_count, struct morph changed) {
    for (size_t i = 0; i < kind_count; i++) {
        size_t spread = 0;
        for (uint64_t number = 0; number < MORPH_CASES; number++) {
            changed.kind = kinds[i];
            changed.number = number;
            spread += morph_check(&changed, true) > 5 ? 1 : 0;
        }
        CHECK_LT((size_t)(MORPH_CASES / 10), spread);
    }
}

/* Only a tie between equal parts asks for a hash, so `giant` is left out. */
TEST(metamorphic, other_names_change_nothing) {
    static const enum layer_kind kinds[] = {LAYER_SOURCE, LAYER_SHARE_LOAD, LAYER_BETWEENNESS,
                                            LAYER_DC_FLOW};
    morph_check_all(kinds, 4, (struct morph){.renamed = true});
}

TEST(metamorphic, another_time_of_day_changes_nothing) {
    static const enum layer_kind kinds[] = {LAYER_GIANT, LAYER_SOURCE, LAYER_SHARE_LOAD,
                                            LAYER_BETWEENNESS, LAYER_DC_FLOW};
    morph_check_all(kinds, 5, (struct morph){.shift_ms = 5 * MODEL_HOUR + 3000});
}

TEST(metamorphic, other_units_change_nothing) {
    static const enum layer_kind kinds[] = {LAYER_SHARE_LOAD, LAYER_DC_FLOW};
    morph_check_all(kinds, 2, (struct morph){.scale = 1000});
    static const enum layer_kind flow[] = {LAYER_DC_FLOW};
    morph_check_all(flow, 1, (struct morph){.farther = 7});
}

TEST(metamorphic, an_idle_member_in_the_middle_of_an_edge_changes_nothing) {
    static const enum layer_kind kinds[] = {LAYER_SOURCE, LAYER_DC_FLOW};
    morph_check_all(kinds, 2, (struct morph){.split = true});
}

TEST(metamorphic, with_sources_the_end_does_not_depend_on_delays) {
    static const enum layer_kind kinds[] = {LAYER_SOURCE};
    morph_check_all(kinds, 1, (struct morph){.slow = true});
}

TEST(metamorphic, with_sources_more_damage_never_helps) {
    for (uint64_t number = 0; number < MORPH_CASES; number++) {
        const struct morph changed = {.kind = LAYER_SOURCE, .number = number, .more = true};
        (void)morph_check(&changed, false);
    }
}
