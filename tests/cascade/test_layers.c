/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Two interdependent layers (Buldyrev, Parshani, Paul, Stanley and Havlin, 2010) ---- */

enum { PAIR_ID_BYTES = 16 };

struct pair {
    struct network_spec spec;
    char (*ids)[PAIR_ID_BYTES];
    struct asset_spec *assets;
    struct need_spec *needs;
    struct link_spec *links;
    struct edge_spec *edges;
    uint64_t *drawn;
    struct network *network;
    struct cascade *cascade;
};

static uint64_t pair_next(uint64_t *state) {
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

static int pair_compare(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* About `wanted` different edges between `count` nodes, from `first` on. */
static size_t pair_edges(struct pair *pair, size_t first, size_t count, size_t wanted,
                         uint64_t *random) {
    for (size_t i = 0; i < wanted; i++) {
        const uint64_t a = pair_next(random) % count;
        const uint64_t b = (a + 1 + pair_next(random) % (count - 1)) % count;
        pair->drawn[i] = a < b ? a * count + b : b * count + a;
    }
    qsort(pair->drawn, wanted, sizeof *pair->drawn, pair_compare);
    size_t made = pair->spec.edge_count;
    for (size_t i = 0; i < wanted; i++) {
        if (i == 0 || pair->drawn[i] != pair->drawn[i - 1]) {
            pair->edges[made++] =
                (struct edge_spec){.from = pair->ids[first + pair->drawn[i] / count],
                                   .to = pair->ids[first + pair->drawn[i] % count]};
        }
    }
    pair->spec.edge_count = made;
    return made;
}

static void pair_open(struct pair *pair, size_t count, int64_t kept_ppm, uint64_t random) {
    static const struct country_spec country = {.id = "aa", .trust_ppm = 700000};
    static const struct sector_spec sectors[] = {{.id = "a"}, {.id = "b"}};
    static const struct layer_spec layers[] = {{.id = "a", .kind = LAYER_GIANT, .sector = "a"},
                                               {.id = "b", .kind = LAYER_GIANT, .sector = "b"}};
    const size_t edges = 2 * count;
    *pair = (struct pair){
        .ids = calloc(2 * count, sizeof *pair->ids),
        .assets = calloc(2 * count, sizeof *pair->assets),
        .needs = calloc(2 * count, sizeof *pair->needs),
        .links = calloc(2 * count, sizeof *pair->links),
        .edges = calloc(2 * edges, sizeof *pair->edges),
        .drawn = calloc(edges, sizeof *pair->drawn),
    };
    for (size_t i = 0; i < 2 * count; i++) {
        const bool first = i < count;
        snprintf(pair->ids[i], PAIR_ID_BYTES, "%c%zu", first ? 'a' : 'b', first ? i : i - count);
        pair->assets[i] = (struct asset_spec){.id = pair->ids[i],
                                              .country = "aa",
                                              .sector = first ? "a" : "b",
                                              .failure_ppm = first ? SPILL_PPM - kept_ppm : 0};
        pair->needs[i] = (struct need_spec){.asset = pair->ids[i], .id = "n"};
        pair->links[i] = (struct link_spec){.asset = pair->ids[i],
                                            .need = "n",
                                            .supplier = pair->ids[first ? i + count : i - count]};
    }
    pair_edges(pair, 0, count, edges, &random);
    pair_edges(pair, count, count, edges, &random);
    pair->spec.countries = &country;
    pair->spec.country_count = 1;
    pair->spec.sectors = sectors;
    pair->spec.sector_count = 2;
    pair->spec.assets = pair->assets;
    pair->spec.asset_count = 2 * count;
    pair->spec.needs = pair->needs;
    pair->spec.need_count = 2 * count;
    pair->spec.links = pair->links;
    pair->spec.link_count = 2 * count;
    pair->spec.layers = layers;
    pair->spec.layer_count = 2;
    pair->spec.edges = pair->edges;
    struct spill_error error = {.text = ""};
    if (network_create(&pair->spec, &pair->network, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct cascade_options options = {.seed = 5};
    CHECK_OK(cascade_create(pair->network, &options, &pair->cascade));
}

static void pair_close(struct pair *pair) {
    cascade_destroy(&pair->cascade);
    network_destroy(&pair->network);
    free(pair->ids);
    free(pair->assets);
    free(pair->needs);
    free(pair->links);
    free(pair->edges);
    free(pair->drawn);
}

/* The share of pairs that work in the end, over all replicas. */
static double pair_works(size_t count, int64_t kept_ppm, uint32_t replica_count) {
    struct pair pair;
    pair_open(&pair, count, kept_ppm, 17);
    double sum = 0;
    for (uint32_t replica = 0; replica < replica_count; replica++) {
        cascade_reset(pair.cascade, 5, replica);
        while (cascade_next_ms(pair.cascade) != SPILL_NEVER) {
            cascade_step(pair.cascade);
        }
        size_t works = 0;
        for (uint32_t i = 0; i < count; i++) {
            works += cascade_service_ppm(pair.cascade, (struct asset_ref){i}) == SPILL_PPM;
        }
        sum += (double)works / (double)count;
    }
    pair_close(&pair);
    return sum / replica_count;
}

/* Sanitized builds take a smaller network, which smears the transition. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PAIR_NODES = 10000 };
#define PAIR_ERROR .02
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { PAIR_NODES = 10000 };
#define PAIR_ERROR .02
#else
enum { PAIR_NODES = 100000 };
#define PAIR_ERROR .005
#endif
#else
enum { PAIR_NODES = 100000 };
#define PAIR_ERROR .005
#endif

TEST(layers, two_interdependent_networks_keep_their_mutual_giant_or_none) {
    static const struct {
        int64_t kept_ppm;
        double expected;
    } cases[] = {{650000, .459778}, {700000, .557616}, {800000, .708841}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double works = pair_works(PAIR_NODES, cases[i].kept_ppm, 2);
        if (fabs(works - cases[i].expected) > PAIR_ERROR) {
            CHECK_FAIL("%.6f is not within %.3f of %.6f", works, PAIR_ERROR, cases[i].expected);
        }
    }
    CHECK_LT(pair_works(PAIR_NODES, 550000, 2), .05);
}

/* ---- Small layers ---- */

/* A layer over sector "power" with these members, in a row. */
static void layers_begin(struct model *model, enum layer_kind kind, const char *const *ids,
                         size_t count) {
    model_begin(model);
    model_layer(model, "net", kind, "power");
    for (size_t i = 0; i < count; i++) {
        model_asset(model, ids[i]);
        if (i > 0) {
            model_edge(model, ids[i - 1], ids[i]);
        }
    }
}

TEST(layers, only_the_largest_part_works_and_the_rest_comes_back) {
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
    static struct model model;
    layers_begin(&model, LAYER_GIANT, ids, 6);
    model.assets[3].repair = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    model_damage(&model, 1000, "d", 0);
    model_run(&model, 2000);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    CHECK_EQ(model_service(&model, "d"), 0);
    CHECK_EQ(model_service(&model, "e"), 0);
    CHECK_EQ(cascade_layer_ppm(model.cascade, model_ref(&model, "e")), 0);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "e"));
    CHECK_EQ((int)cause.limit, (int)LIMIT_LAYER);
    CHECK_EQ(cascade_root(model.cascade, cause.root).id, "strike");
    /* Cut in the round after the one in which it was hit, by its record. */
    CHECK_EQ(model.records[0].round, 0);
    CHECK_EQ(model.records[1].round, 1);
    CHECK_EQ(model.records[1].parent, model.records[0].number);
    model_run(&model, 2 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "d"), MODEL_Q);
    CHECK_EQ(model_service(&model, "e"), MODEL_Q);
    model_close(&model);
}

TEST(layers, of_equal_parts_the_one_with_the_smallest_hash_works) {
    static const char *const ids[] = {"a", "b", "c", "d", "e"};
    static struct model model;
    layers_begin(&model, LAYER_GIANT, ids, 5);
    model_open(&model, 1);
    model_damage(&model, 1000, "c", 0);
    model_run(&model, 2000);
    uint64_t least = UINT64_MAX;
    size_t at = 0;
    for (size_t i = 0; i < 5; i++) {
        const uint64_t hash = chance_hash("asset", ids[i]);
        if (i != 2 && hash < least) {
            least = hash;
            at = i;
        }
    }
    CHECK_EQ(model_service(&model, "a"), at < 2 ? MODEL_Q : 0);
    CHECK_EQ(model_service(&model, "b"), at < 2 ? MODEL_Q : 0);
    CHECK_EQ(model_service(&model, "d"), at < 2 ? 0 : MODEL_Q);
    CHECK_EQ(model_service(&model, "e"), at < 2 ? 0 : MODEL_Q);
    model_close(&model);
}

TEST(layers, what_reaches_no_source_fails) {
    static const char *const ids[] = {"a", "b", "c", "d"};
    static struct model model;
    layers_begin(&model, LAYER_SOURCE, ids, 4);
    model.assets[0].source = true;
    model_open(&model, 1);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_damage(&model, 1000, "c", 0);
    model_run(&model, 2000);
    CHECK_EQ(model_service(&model, "b"), MODEL_Q);
    CHECK_EQ(model_service(&model, "d"), 0);
    model_damage(&model, 3000, "a", 0);
    model_run(&model, 4000);
    CHECK_EQ(model_service(&model, "b"), 0);
    model_close(&model);
}

TEST(layers, an_edge_is_open_while_its_line_is_down) {
    static const char *const ids[] = {"a", "b", "c"};
    static struct model model;
    layers_begin(&model, LAYER_SOURCE, ids, 3);
    model_sector(&model, "cable");
    struct asset_spec *const cable = model_asset(&model, "sea-cable");
    cable->sector = "cable";
    cable->repair = model_fixed(MODEL_HOUR);
    model.assets[0].source = true;
    model.edges[0].line = "sea-cable";
    model_open(&model, 1);
    model_damage(&model, 0, "sea-cable", 0);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "a"), MODEL_Q);
    CHECK_EQ(model_service(&model, "b"), 0);
    CHECK_EQ(model_service(&model, "c"), 0);
    CHECK_EQ(model.records[1].parent, 1);
    model_run(&model, 2 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    model_close(&model);
}

TEST(layers, what_is_not_connected_from_the_start_is_the_layers_own_doing) {
    static const char *const ids[] = {"a", "b", "c"};
    static struct model model;
    layers_begin(&model, LAYER_GIANT, ids, 3);
    model.spec.edge_count = 1;
    model_open(&model, 1);
    CHECK_EQ(cascade_next_ms(model.cascade), 0);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "c"), 0);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "c"));
    const struct root root = cascade_root(model.cascade, cause.root);
    CHECK_EQ(root.kind, "layer");
    CHECK_EQ(root.id, "net");
    CHECK_EQ(root.at_ms, 0);
    CHECK_EQ(root.country.index, 0U);
    model_close(&model);
}

/* ---- Load that is shared ---- */

/* Runs to the end, and counts who tripped. */
static int layers_tripped(const struct model *model, const char *const *ids, size_t count) {
    while (cascade_next_ms(model->cascade) != SPILL_NEVER) {
        cascade_step(model->cascade);
    }
    int tripped = 0;
    for (size_t i = 0; i < count; i++) {
        tripped += cascade_tripped(model->cascade, model_ref(model, ids[i])) ? 1 : 0;
        CHECK_EQ(cascade_tripped(model->cascade, model_ref(model, ids[i])),
                 model_service(model, ids[i]) == 0);
    }
    return tripped;
}

/* CASCADE (Dobson, Carreras and Newman, 2005): five components, disturbance and transfer a tenth of
 * the range of loads. */
TEST(layers, fixed_transfers_fail_as_many_as_the_quasi_binomial_says) {
    static const char *const ids[] = {"a", "b", "c", "d", "e"};
    static const double exact[] = {59049. / 100000, 128. / 625, 1029. / 10000,
                                   36. / 625,       1. / 32,    81. / 6250};
    enum { REPLICAS = 40000 };
    static struct model model;
    layers_begin(&model, LAYER_SHARE_LOAD, ids, 5);
    struct layer_spec *const layer = &model.layers[0];
    layer->load = (struct law_spec){.kind = LAW_UNIFORM, .b_ms = 999999};
    layer->capacity = model_fixed(1000000);
    layer->disturbance = 100000;
    layer->transfer = TRANSFER_FIXED;
    layer->amount = 100000;
    layer->to_group = true;
    model_open(&model, 1);
    int counts[6] = {0};
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        cascade_reset(model.cascade, 3, replica);
        model.record_count = 0;
        counts[layers_tripped(&model, ids, 5)]++;
    }
    for (int i = 0; i <= 5; i++) {
        const double p = counts[i] / (double)REPLICAS;
        if (fabs(p - exact[i]) > 4 * sqrt(exact[i] * (1 - exact[i]) / REPLICAS)) {
            CHECK_FAIL("%d failures: %.5f, not %.5f", i, p, exact[i]);
        }
    }
    model_close(&model);
}

/* Load that is handed to all others is never lost while somebody is left: a bundle of fibres holds,
 * or breaks as a whole. */
TEST(layers, a_bundle_of_fibres_keeps_its_load_or_breaks) {
    enum { FIBRES = 50, REPLICAS = 200 };
    static char names[FIBRES][8];
    static const char *ids[FIBRES];
    static struct model model;
    for (size_t i = 0; i < FIBRES; i++) {
        snprintf(names[i], sizeof names[i], "f%02zu", i);
        ids[i] = names[i];
    }
    layers_begin(&model, LAYER_SHARE_LOAD, ids, FIBRES);
    struct layer_spec *const layer = &model.layers[0];
    layer->capacity = (struct law_spec){.kind = LAW_UNIFORM, .a_ms = 1, .b_ms = 1000000};
    layer->to_group = true;
    int broken = 0;
    int held = 0;
    /* A bundle of strengths uniform in [0, 1] holds a quarter a fibre. */
    for (int64_t force = 150000; force <= 350000; force += 200000) {
        layer->disturbance = force;
        model_open(&model, 1);
        for (uint32_t replica = 0; replica < REPLICAS; replica++) {
            cascade_reset(model.cascade, 3, replica);
            model.record_count = 0;
            const int tripped = layers_tripped(&model, ids, FIBRES);
            broken += force == 350000 && tripped == FIBRES ? 1 : 0;
            held += force == 150000 && tripped < FIBRES / 2 ? 1 : 0;
        }
        model_close(&model);
    }
    CHECK_LT(REPLICAS * 9 / 10, broken);
    CHECK_LT(REPLICAS * 9 / 10, held);
}

TEST(layers, load_goes_to_neighbours_and_comes_back_when_all_are_in_again) {
    static const char *const ids[] = {"a", "b", "c", "d"};
    static struct model model;
    layers_begin(&model, LAYER_SHARE_LOAD, ids, 4);
    model.layers[0].reclose = model_fixed(MODEL_HOUR);
    for (size_t i = 0; i < 4; i++) {
        model.assets[i].load = 100;
        model.assets[i].capacity = i == 2 ? 140 : 1000;
    }
    model.assets[1].repair = model_fixed(2 * MODEL_HOUR);
    model_open(&model, 1);
    /* b hands 50 to a and 50 to c, who trips and hands 150 to d. */
    model_damage(&model, 1000, "b", 0);
    model_run(&model, MODEL_MINUTE);
    CHECK(cascade_tripped(model.cascade, model_ref(&model, "c")));
    CHECK_EQ(model_service(&model, "c"), 0);
    CHECK_EQ(model_service(&model, "a"), MODEL_Q);
    CHECK_EQ(model_service(&model, "d"), MODEL_Q);
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "c"));
    CHECK_EQ(cascade_root(model.cascade, cause.root).id, "strike");
    model_run(&model, 90 * MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "c"), MODEL_Q);
    model_run(&model, 3 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "b"), MODEL_Q);
    /* As at the start: the same blow does the same. */
    model_damage(&model, 4 * MODEL_HOUR, "b", 0);
    model_run(&model, 4 * MODEL_HOUR + MODEL_MINUTE);
    CHECK(cascade_tripped(model.cascade, model_ref(&model, "c")));
    model_close(&model);
}

/* ---- Shortest paths (Motter and Lai, 2002) ---- */

enum { LAYERS_RING = 11 };

/* How many of a ring trip when one is taken out. */
static int layers_ring(int64_t tolerance_ppm, const char *ids[LAYERS_RING], bool *antipodal) {
    static struct model model;
    layers_begin(&model, LAYER_BETWEENNESS, ids, LAYERS_RING);
    model_edge(&model, ids[LAYERS_RING - 1], ids[0]);
    model.layers[0].tolerance_ppm = tolerance_ppm;
    model_open(&model, 1);
    model_damage(&model, 0, ids[0], 0);
    const int tripped = layers_tripped(&model, &ids[1], LAYERS_RING - 1);
    /* In the first round; then nobody carries more than before. */
    *antipodal = cascade_tripped(model.cascade, model_ref(&model, ids[5])) &&
                 cascade_tripped(model.cascade, model_ref(&model, ids[6]));
    model_close(&model);
    return tripped;
}

TEST(layers, an_odd_ring_needs_twice_its_load_to_bear_the_loss_of_one) {
    const char *ids[LAYERS_RING] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
    bool antipodal = false;
    CHECK_EQ(layers_ring(1000000, ids, &antipodal), 0);
    CHECK_EQ(layers_ring(990000, ids, &antipodal), 2);
    CHECK(antipodal);
    CHECK_EQ(layers_ring(999999, ids, &antipodal), 2);
}

/* ---- Power flow: MATPOWER's case9 (Chow's book, page 70) ---- */

enum { CASE_BRANCHES = 9 };

static const struct case_branch {
    const char *from;
    const char *to;
    int64_t reactance; /* In 10^-4 per unit. */
    int64_t flow_w;
} case_branches[CASE_BRANCHES] = {
    {"b1", "b4", 576, 67000000},   {"b4", "b5", 920, 28967391},  {"b5", "b6", 1700, -61032609},
    {"b3", "b6", 586, 85000000},   {"b6", "b7", 1008, 23967391}, {"b7", "b8", 720, -76032609},
    {"b8", "b2", 625, -163000000}, {"b8", "b9", 1610, 86967391}, {"b9", "b4", 850, -38032609},
};

/* Nine buses; every branch rides on a line of its own name, "l1" and so on. */
static void case_begin(struct model *model) {
    static const char *const buses[] = {"b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"};
    static const char *const lines[] = {"l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9"};
    layers_begin(model, LAYER_DC_FLOW, buses, 9);
    model_sector(model, "lines");
    model->spec.edge_count = 0;
    model->assets[0].generation = 67000000;
    model->assets[1].generation = 163000000;
    model->assets[2].generation = 85000000;
    model->assets[4].load = 90000000;
    model->assets[6].load = 100000000;
    model->assets[8].load = 125000000;
    for (size_t i = 0; i < CASE_BRANCHES; i++) {
        struct edge_spec *const edge =
            model_edge(model, case_branches[i].from, case_branches[i].to);
        edge->reactance = case_branches[i].reactance;
        edge->line = lines[i];
        model_asset(model, lines[i])->sector = "lines";
    }
}

static int64_t case_flow_w(const struct model *model, size_t branch) {
    for (uint32_t i = 0; i < CASE_BRANCHES; i++) {
        const struct edge_ref edge = {i};
        if (network_edge_from(model->network, edge).index ==
                model_ref(model, case_branches[branch].from).index &&
            network_edge_to(model->network, edge).index ==
                model_ref(model, case_branches[branch].to).index) {
            return cascade_edge_flow_w(model->cascade, edge);
        }
    }
    CHECK_FAIL("no branch %zu", branch);
    return 0;
}

TEST(layers, the_flows_of_a_small_grid_are_those_of_the_book) {
    static struct model model;
    case_begin(&model);
    model_open(&model, 1);
    model_run(&model, MODEL_MINUTE);
    for (size_t i = 0; i < CASE_BRANCHES; i++) {
        CHECK_EQ(case_flow_w(&model, i), case_branches[i].flow_w);
    }
    CHECK_EQ(model.record_count, (size_t)0); /* At rest all are served. */
    model_close(&model);
}

TEST(layers, an_overloaded_branch_trips_after_its_time_and_the_island_is_served_its_share) {
    static struct model model;
    case_begin(&model);
    model.edges[7].limit_w = 100000000;
    model.layers[0].trip = model_fixed(10 * MODEL_MINUTE);
    model_open(&model, 1);
    /* Without branch 7-8, all that comes from bus 2 goes to bus 9. */
    model_damage(&model, MODEL_HOUR, "l6", 0);
    model_run(&model, MODEL_HOUR + MODEL_MINUTE);
    CHECK_EQ(case_flow_w(&model, 7), 163000000);
    CHECK_EQ(model_service(&model, "b9"), MODEL_Q);
    CHECK_EQ(model_when(&model, "b9", 482539, 2 * MODEL_HOUR), 70 * MODEL_MINUTE);
    CHECK_EQ(case_flow_w(&model, 7), 0);
    CHECK_EQ(model_service(&model, "b7"), 482539);  /* 152 MW for 315. */
    CHECK_EQ(model_service(&model, "b2"), MODEL_Q); /* Nobody asks for its power. */
    const struct asset_cause cause = cascade_asset_cause(model.cascade, model_ref(&model, "b9"));
    CHECK_EQ((int)cause.limit, (int)LIMIT_LAYER);
    CHECK_EQ(cascade_root(model.cascade, cause.root).id, "strike");
    CHECK_EQ(model.records[1].parent, model.records[0].number);
    model_close(&model);
}

TEST(layers, reserves_are_used_before_anybody_is_shed) {
    static const char *const ids[] = {"a", "b", "c"};
    static struct model model;
    layers_begin(&model, LAYER_DC_FLOW, ids, 3);
    /* So large that products of two need more than 64 bits. */
    model.assets[0].generation = INT64_C(600000000000);
    model.assets[0].capacity = INT64_C(900000000000);
    model.assets[1].load = INT64_C(1000000000000);
    model.assets[2].generation = INT64_C(400000000000);
    model.assets[2].repair = model_fixed(MODEL_HOUR);
    model_open(&model, 1);
    model_run(&model, 0);
    CHECK_EQ(cascade_edge_flow_w(model.cascade, (struct edge_ref){0}), INT64_C(600000000000));
    CHECK_EQ(cascade_edge_flow_w(model.cascade, (struct edge_ref){1}), INT64_C(-400000000000));
    model_damage(&model, 1000, "c", 750000);
    model_run(&model, MODEL_MINUTE);
    CHECK_EQ(cascade_edge_flow_w(model.cascade, (struct edge_ref){0}), INT64_C(700000000000));
    CHECK_EQ(model_service(&model, "b"), MODEL_Q);
    model_damage(&model, 2 * MODEL_MINUTE, "c", 0);
    model_run(&model, 3 * MODEL_MINUTE);
    CHECK_EQ(model_service(&model, "b"), 900000);
    model_run(&model, 2 * MODEL_HOUR);
    CHECK_EQ(model_service(&model, "b"), MODEL_Q);
    CHECK_EQ(cascade_edge_flow_w(model.cascade, (struct edge_ref){1}), INT64_C(-400000000000));
    model_close(&model);
}

/* What a layer decides after the last round of a tick acts in the next tick. */
TEST(layers, a_cut_after_the_last_round_waits_for_the_next_tick) {
    enum { CHAIN = SPILL_ROUNDS_MAX };
    static struct asset_spec assets[CHAIN + 1];
    static struct need_spec needs[CHAIN];
    static struct link_spec links[CHAIN];
    static char ids[CHAIN + 1][PAIR_ID_BYTES];
    static struct model model;
    model_begin(&model);
    model_sector(&model, "grid");
    model_layer(&model, "net", LAYER_SOURCE, "grid");
    for (size_t i = 0; i <= CHAIN; i++) {
        snprintf(ids[i], sizeof ids[i], "n%zu", 100000 + i);
        assets[i] = (struct asset_spec){
            .id = ids[i], .country = "aa", .sector = i < CHAIN - 1 ? "power" : "grid"};
        if (i > 0 && i < CHAIN) {
            needs[i] = (struct need_spec){.asset = ids[i], .id = "n"};
            links[i] = (struct link_spec){.asset = ids[i], .need = "n", .supplier = ids[i - 1]};
        }
    }
    assets[CHAIN - 1].source = true; /* Fails in the last round, and feeds the last asset. */
    model_edge(&model, ids[CHAIN - 1], ids[CHAIN]);
    model.spec.assets = assets;
    model.spec.asset_count = CHAIN + 1;
    model.spec.needs = needs + 1;
    model.spec.need_count = CHAIN - 1;
    model.spec.links = links + 1;
    model.spec.link_count = CHAIN - 1;
    model_build(&model);
    const struct cascade_options options = {.seed = 1};
    CHECK_OK(cascade_create(model.network, &options, &model.cascade));
    model_damage(&model, 0, ids[0], 0);
    cascade_step(model.cascade);
    CHECK_EQ(model_service(&model, ids[CHAIN - 1]), 0);
    CHECK_EQ(model_service(&model, ids[CHAIN]), MODEL_Q);
    CHECK_EQ(cascade_next_ms(model.cascade), 1000);
    cascade_step(model.cascade);
    CHECK_EQ(model_service(&model, ids[CHAIN]), 0);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    model_close(&model);
}

TEST(layers, faults_are_refused_by_name) {
    static const char *const ids[] = {"a", "b", "c"};
    static struct model model;
    for (int fault = 0; fault < 9; fault++) {
        layers_begin(&model, LAYER_GIANT, ids, 3);
        model_sector(&model, "data");
        switch (fault) {
        case 0:
            model.layers[0].sector = "nowhere";
            break;
        case 1:
            model.layers[0].tag = "unknown";
            break;
        case 2:
            model_layer(&model, "other", LAYER_GIANT, "power");
            break;
        case 3:
            model.edges[1].to = "nobody";
            break;
        case 4:
            model.edges[1].to = "b";
            break;
        case 5:
            model_edge(&model, "b", "a");
            break;
        case 6:
            model.edges[0].line = "c";
            break;
        case 7:
            model.assets[2].sector = "data";
            break;
        default:
            model.assets[2].load = -1;
            break;
        }
        struct network *network = NULL;
        struct spill_error error = {.text = ""};
        CHECK_EQ(network_create(&model.spec, &network, &error), SPILL_INVALID);
        CHECK_NE(error.text[0], '\0');
    }
}
