/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Values that others published or that have a closed form. Monte Carlo values may be off by four
 * standard errors. */

static void published_near(double mean, double expected, double error) {
    if (fabs(mean - expected) > error) {
        CHECK_FAIL("%.6f is not within %.6f of %.6f", mean, error, expected);
    }
}

/* ---- k of n and the bridge: components that fail with probability 0.1 ---- */

/* An asset that is down from the start with probability 0.1: it may depend on one that is dead. */
static void published_component(struct model *model, const char *id) {
    model_asset(model, id);
    model_need(model, id, "luck");
    struct link_spec *const link = model_link(model, id, "luck", "dead");
    link->coupling_given = true;
    link->coupling_ppm = 100000;
}

/* The share of replicas in which the asset "system" works. */
static double published_works(struct model *model, uint32_t replica_count) {
    int works = 0;
    for (uint32_t replica = 0; replica < replica_count; replica++) {
        cascade_reset(model->cascade, 11, replica);
        model->record_count = 0;
        model_damage(model, 0, "dead", 0);
        model_run(model, MODEL_MINUTE);
        works += model_service(model, "system") == MODEL_Q ? 1 : 0;
    }
    return works / (double)replica_count;
}

static void published_k_of_n(int64_t k, int n, double expected) {
    static const char *const ids[] = {"c1", "c2", "c3", "c4", "c5"};
    static struct model model;
    enum { REPLICAS = 40000 };
    model_begin(&model);
    model_asset(&model, "dead");
    model_asset(&model, "system");
    struct need_spec *const need = model_need(&model, "system", "parts");
    need->aggregator = AGGREGATOR_K_OF_N;
    need->k = k;
    for (int i = 0; i < n; i++) {
        published_component(&model, ids[i]);
        model_link(&model, "system", "parts", ids[i]);
    }
    model_open(&model, 1);
    published_near(published_works(&model, REPLICAS), expected,
                   4 * sqrt(expected * (1 - expected) / REPLICAS));
    model_close(&model);
}

TEST(published, k_of_n_systems_are_as_reliable_as_they_should_be) {
    published_k_of_n(2, 3, .972);
    published_k_of_n(3, 5, .99144);
}

TEST(published, the_bridge_is_as_reliable_as_it_should_be) {
    static struct model model;
    enum { REPLICAS = 40000 };
    /* Two ways in (1, 2), two ways out (3, 4), one across (5): paths 1-3, 2-4, 1-5-4, 2-5-3. */
    static const char *const ids[] = {"c1", "c2", "c3", "c4", "c5"};
    static const char *const paths[][4] = {{"p1", "c1", "c3", NULL},
                                           {"p2", "c2", "c4", NULL},
                                           {"p3", "c1", "c5", "c4"},
                                           {"p4", "c2", "c5", "c3"}};
    model_begin(&model);
    model_asset(&model, "dead");
    for (int i = 0; i < 5; i++) {
        published_component(&model, ids[i]);
    }
    model_asset(&model, "system");
    model_need(&model, "system", "paths")->aggregator = AGGREGATOR_ANY;
    for (int i = 0; i < 4; i++) {
        model_asset(&model, paths[i][0]);
        model_need(&model, paths[i][0], "parts");
        model_link(&model, "system", "paths", paths[i][0]);
        for (int j = 1; j < 4 && paths[i][j] != NULL; j++) {
            model_link(&model, paths[i][0], "parts", paths[i][j]);
        }
    }
    model_open(&model, 1);
    published_near(published_works(&model, REPLICAS), .97848, 4 * sqrt(.97848 * .02152 / REPLICAS));
    model_close(&model);
}

/* ---- Inoperability input-output (Haimes, Santos) ---- */

TEST(published, the_inoperability_of_two_sectors_is_the_fixed_point) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "a")->combination = COMBINE_LINEAR;
    model_asset(&model, "b")->combination = COMBINE_LINEAR;
    model_need(&model, "a", "n")->aggregator = AGGREGATOR_LINEAR;
    model_need(&model, "b", "n")->aggregator = AGGREGATOR_LINEAR;
    model_link(&model, "a", "n", "b")->weight = 400000;
    model_link(&model, "b", "n", "a")->weight = 200000;
    model_open(&model, 1);
    model_damage(&model, 0, "a", 900000);
    model_run(&model, MODEL_MINUTE);
    published_near((double)(MODEL_Q - model_service(&model, "a")), 1e6 * .1 / .92, 5);
    published_near((double)(MODEL_Q - model_service(&model, "b")), 1e6 * .02 / .92, 5);
    model_close(&model);
}

/* ---- An outage longer than a backup ---- */

static void published_outage(struct law_spec autonomy, double expected) {
    static struct model model;
    enum { REPLICAS = 40000 };
    const struct backup_spec backup = {.id = "diesel", .level_ppm = MODEL_Q, .autonomy = autonomy};
    model_begin(&model);
    model_asset(&model, "grid")->repair = model_exponential(4 * MODEL_HOUR);
    model_asset(&model, "system");
    struct need_spec *const need = model_need(&model, "system", "power");
    need->backups = &backup;
    need->backup_count = 1;
    model_link(&model, "system", "power", "grid");
    model_open(&model, 1);
    int lost = 0;
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        cascade_reset(model.cascade, 12, replica);
        model.record_count = 0;
        model_damage(&model, 0, "grid", 0);
        model_run(&model, 300 * MODEL_HOUR);
        lost += cascade_asset_tally(model.cascade, model_ref(&model, "system")).failure_count > 0
                    ? 1
                    : 0;
    }
    published_near(lost / (double)REPLICAS, expected,
                   4 * sqrt(expected * (1 - expected) / REPLICAS));
    model_close(&model);
}

TEST(published, an_outage_outlasts_a_backup_as_often_as_it_should) {
    published_outage(model_fixed(8 * MODEL_HOUR), exp(-2));
    published_outage(model_exponential(8 * MODEL_HOUR), 1. / 3);
}

/* ---- Networks too large for a model ---- */

enum { PUBLISHED_ID_BYTES = 24 };

struct published_graph {
    struct network_spec spec;
    struct country_spec country;
    struct sector_spec sector;
    char (*ids)[PUBLISHED_ID_BYTES];
    struct asset_spec *assets;
    struct need_spec *needs;
    struct link_spec *links;
    size_t link_max;
    struct network *network;
    struct cascade *cascade;
};

/* Assets "0" to "count-1", each with one need "n". */
static void published_graph_begin(struct published_graph *graph, size_t count, size_t link_max) {
    memset(graph, 0, sizeof *graph);
    graph->country = (struct country_spec){.id = "aa"};
    graph->sector = (struct sector_spec){.id = "s"};
    graph->ids = calloc(count, sizeof *graph->ids);
    graph->assets = calloc(count, sizeof *graph->assets);
    graph->needs = calloc(count, sizeof *graph->needs);
    graph->links = calloc(link_max, sizeof *graph->links);
    graph->link_max = link_max;
    CHECK(graph->ids != NULL && graph->assets != NULL && graph->needs != NULL &&
          graph->links != NULL);
    for (size_t i = 0; i < count; i++) {
        snprintf(graph->ids[i], sizeof graph->ids[i], "%zu", i);
        graph->assets[i] = (struct asset_spec){.id = graph->ids[i], .country = "aa", .sector = "s"};
        graph->needs[i] = (struct need_spec){.asset = graph->ids[i], .id = "n"};
    }
    graph->spec = (struct network_spec){
        .countries = &graph->country,
        .country_count = 1,
        .sectors = &graph->sector,
        .sector_count = 1,
        .assets = graph->assets,
        .asset_count = count,
        .needs = graph->needs,
        .need_count = count,
        .links = graph->links,
    };
}

/* A dependency in each direction. */
static void published_graph_join(struct published_graph *graph, size_t a, size_t b,
                                 int64_t coupling_ppm) {
    CHECK_LE(graph->spec.link_count + 2, graph->link_max);
    for (int direction = 0; direction < 2; direction++) {
        graph->links[graph->spec.link_count++] =
            (struct link_spec){.asset = graph->ids[direction == 0 ? a : b],
                               .need = "n",
                               .supplier = graph->ids[direction == 0 ? b : a],
                               .coupling_given = true,
                               .coupling_ppm = coupling_ppm};
    }
}

static void published_graph_open(struct published_graph *graph) {
    struct spill_error error = {.text = ""};
    if (network_create(&graph->spec, &graph->network, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct cascade_options options = {.seed = 1};
    CHECK_OK(cascade_create(graph->network, &options, &graph->cascade));
}

static void published_graph_close(struct published_graph *graph) {
    cascade_destroy(&graph->cascade);
    network_destroy(&graph->network);
    free(graph->ids);
    free(graph->assets);
    free(graph->needs);
    free(graph->links);
}

static void published_graph_strike(struct published_graph *graph, const char *id) {
    struct action strike = {.kind = ACTION_DAMAGE, .root_kind = "effect", .root_id = "strike"};
    CHECK_OK(network_find_asset(graph->network, id, &strike.asset));
    CHECK_OK(cascade_act(graph->cascade, 0, &strike));
}

static double published_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static int published_compare(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* An Erdos-Renyi graph: so many random pairs, each once. */
static void published_graph_random(struct published_graph *graph, size_t count, double mean_degree,
                                   int64_t coupling_ppm) {
    const size_t edge_count = (size_t)(mean_degree * (double)count / 2);
    uint64_t *const edges = calloc(edge_count, sizeof *edges);
    CHECK(edges != NULL);
    uint64_t random = 3;
    published_graph_begin(graph, count, 2 * edge_count);
    for (size_t made = 0; made < edge_count;) {
        for (; made < edge_count; made++) {
            const uint64_t a = (uint64_t)(published_random(&random) * (double)count);
            const uint64_t b = (uint64_t)(published_random(&random) * (double)count);
            edges[made] = a == b ? 0 : a < b ? a * count + b : b * count + a;
        }
        qsort(edges, edge_count, sizeof *edges, published_compare);
        made = 0;
        for (size_t i = 0; i < edge_count; i++) {
            if (edges[i] != 0 && (made == 0 || edges[i] != edges[made - 1])) {
                edges[made++] = edges[i];
            }
        }
    }
    for (size_t i = 0; i < edge_count; i++) {
        published_graph_join(graph, (size_t)(edges[i] / count), (size_t)(edges[i] % count),
                             coupling_ppm);
    }
    free(edges);
}

/* Runs one replica with one asset struck; returns the share of assets that failed. */
static double published_strike_one(struct published_graph *graph, uint32_t replica) {
    cascade_reset(graph->cascade, 21, replica);
    uint64_t random = replica + UINT64_C(77);
    (void)published_random(&random);
    const size_t seed = (size_t)(published_random(&random) * (double)graph->spec.asset_count);
    published_graph_strike(graph, graph->ids[seed]);
    cascade_step(graph->cascade);
    return (double)cascade_failed_count(graph->cascade, (struct country_ref){0},
                                        (struct sector_ref){0}) /
           (double)graph->spec.asset_count;
}

/* Independent cascade: the size of an outbreak solves S = 1 - exp(-zTS). */
static void published_outbreak(double mean_degree, int64_t coupling_ppm, double expected) {
    enum { NODES = 30000, REPLICAS = 32 };
    struct published_graph graph;
    published_graph_random(&graph, NODES, mean_degree, coupling_ppm);
    published_graph_open(&graph);
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        const double size = published_strike_one(&graph, replica);
        if (size > .05) {
            sum += size;
            squares += size * size;
            count++;
        }
    }
    CHECK_LT(8, count);
    const double mean = sum / count;
    published_near(mean, expected, .005 + 4 * sqrt((squares / count - mean * mean) / count));
    published_graph_close(&graph);
}

TEST(published, outbreaks_of_the_independent_cascade_have_their_size) {
    published_outbreak(3, 500000, .582812);
    published_outbreak(4, 500000, .796812);
}

TEST(published, watts_cascades_are_triggered_as_often_and_as_large_as_they_should_be) {
    enum { NODES = 10000, REPLICAS = 200 };
    struct published_graph graph;
    published_graph_random(&graph, NODES, 4, SPILL_PPM);
    for (size_t i = 0; i < NODES; i++) {
        graph.needs[i].aggregator = AGGREGATOR_THRESHOLD;
        graph.needs[i].numerator = 18;
        graph.needs[i].denominator = 100;
    }
    published_graph_open(&graph);
    int count = 0;
    double sum = 0;
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        const double size = published_strike_one(&graph, replica);
        sum += size > .05 ? size : 0;
        count += size > .05 ? 1 : 0;
    }
    published_near(count / (double)REPLICAS, .865, .01 + 4 * sqrt(.865 * .135 / REPLICAS));
    published_near(sum / count, .9801, .005);
    published_graph_close(&graph);
}

/* L rows of L + 1, bonds half open, none along the first and last column: crossed exactly half of
 * the time. */
static void published_crossing(size_t rows, uint32_t replica_count) {
    const size_t columns = rows + 1;
    struct published_graph graph;
    published_graph_begin(&graph, rows * columns, 4 * rows * columns);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            const size_t at = row * columns + column;
            if (column + 1 < columns) {
                published_graph_join(&graph, at, at + 1, SPILL_PPM / 2);
            }
            if (row + 1 < rows && column > 0 && column + 1 < columns) {
                published_graph_join(&graph, at, at + columns, SPILL_PPM / 2);
            }
        }
    }
    published_graph_open(&graph);
    int crossed = 0;
    for (uint32_t replica = 0; replica < replica_count; replica++) {
        cascade_reset(graph.cascade, 31, replica);
        for (size_t row = 0; row < rows; row++) {
            published_graph_strike(&graph, graph.ids[row * columns]);
        }
        cascade_step(graph.cascade);
        bool reached = false;
        for (size_t row = 0; row < rows; row++) {
            struct asset_ref last = {0};
            CHECK_OK(network_find_asset(graph.network, graph.ids[row * columns + rows], &last));
            reached = reached || cascade_service_ppm(graph.cascade, last) == 0;
        }
        crossed += reached ? 1 : 0;
    }
    published_near(crossed / (double)replica_count, .5, 4 * .5 / sqrt(replica_count));
    published_graph_close(&graph);
}

TEST(published, a_square_lattice_is_crossed_half_of_the_time) {
    published_crossing(8, 20000);
    published_crossing(32, 2000);
}

/* ---- An epidemic on the complete graph: 2 H(99) units of time until all have it ---- */

TEST(published, an_epidemic_on_the_complete_graph_takes_its_time) {
    enum { NODES = 100, REPLICAS = 400 };
    static const char *const tags[] = {"t"};
    static const char *const entries[] = {"0"};
    static struct trust_spec trusts[NODES * (NODES - 1)];
    const int64_t unit_ms = MODEL_HOUR;
    struct published_graph graph;
    published_graph_begin(&graph, NODES, 1);
    size_t trust_count = 0;
    for (size_t from = 0; from < NODES; from++) {
        graph.assets[from].tags = tags;
        graph.assets[from].tag_count = 1;
        for (size_t to = 0; to < NODES; to++) {
            if (from != to) {
                trusts[trust_count++] = (struct trust_spec){.from = graph.ids[from],
                                                            .to = graph.ids[to],
                                                            .mean_contact_ms = NODES * unit_ms};
            }
        }
    }
    const struct campaign_spec campaign = {.id = "worm",
                                           .tags = tags,
                                           .tag_count = 1,
                                           .entries = entries,
                                           .entry_count = 1,
                                           .spreads_by_trust = true,
                                           .trigger_delay =
                                               model_fixed(INT64_C(10000) * MODEL_HOUR)};
    graph.spec.tick_ms = 1;
    graph.spec.trusts = trusts;
    graph.spec.trust_count = trust_count;
    graph.spec.campaigns = &campaign;
    graph.spec.campaign_count = 1;
    published_graph_open(&graph);
    double sum = 0;
    double squares = 0;
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        cascade_reset(graph.cascade, 41, replica);
        const struct action start = {.kind = ACTION_CAMPAIGN_START};
        CHECK_OK(cascade_act(graph.cascade, 0, &start));
        const struct campaign_ref worm = {0};
        while (cascade_infected_count(graph.cascade, worm, (struct country_ref){0}) < NODES) {
            cascade_step(graph.cascade);
        }
        const double units = (double)cascade_now_ms(graph.cascade) / (double)unit_ms;
        sum += units;
        squares += units * units;
    }
    const double mean = sum / REPLICAS;
    published_near(mean, 10.354755, 4 * sqrt((squares / REPLICAS - mean * mean) / REPLICAS));
    published_graph_close(&graph);
}

/* ---- The greatest fixed point ---- */

enum { FIXPOINT_NODES = 40, FIXPOINT_LINKS = 120, FIXPOINT_CASES = 200 };

struct fixpoint {
    struct published_graph graph;
    uint64_t random;
};

static size_t fixpoint_below(struct fixpoint *fixpoint, size_t count) {
    return (size_t)(published_random(&fixpoint->random) * (double)count);
}

/* A random network without backups, repair or restarts; delays from the second number only. */
static void fixpoint_make(struct fixpoint *fixpoint, uint64_t number, uint64_t delays,
                          int64_t coupling_more_ppm) {
    struct published_graph *const graph = &fixpoint->graph;
    published_graph_begin(graph, FIXPOINT_NODES, FIXPOINT_LINKS);
    fixpoint->random = number;
    for (size_t i = 0; i < FIXPOINT_NODES; i++) {
        graph->assets[i].combination = (enum combination)fixpoint_below(fixpoint, 3);
        struct need_spec *const need = &graph->needs[i];
        need->aggregator = (enum aggregator)fixpoint_below(fixpoint, 6);
        need->k = 1;
        need->denominator = 4;
        need->numerator = 1 + (int64_t)fixpoint_below(fixpoint, 4);
    }
    uint64_t delay_random = delays;
    for (size_t i = 0; i < FIXPOINT_LINKS; i++) {
        const size_t customer = fixpoint_below(fixpoint, FIXPOINT_NODES);
        const size_t supplier = (customer + 1 + i % (FIXPOINT_NODES - 1)) % FIXPOINT_NODES;
        const bool linear = graph->needs[customer].aggregator == AGGREGATOR_LINEAR;
        const int64_t weight = linear ? (int64_t)fixpoint_below(fixpoint, 700000)
                                      : 1 + (int64_t)fixpoint_below(fixpoint, 4);
        const int64_t coupling_ppm = (int64_t)fixpoint_below(fixpoint, 900001) + coupling_more_ppm;
        bool twice = false;
        for (size_t j = 0; j < graph->spec.link_count; j++) {
            twice = twice || (graph->links[j].asset == graph->ids[customer] &&
                              graph->links[j].supplier == graph->ids[supplier]);
        }
        if (!twice) {
            graph->links[graph->spec.link_count++] = (struct link_spec){
                .asset = graph->ids[customer],
                .need = "n",
                .supplier = graph->ids[supplier],
                .weight = weight,
                .coupling_given = true,
                .coupling_ppm = coupling_ppm,
                .delay_down_ms =
                    (int64_t)(published_random(&delay_random) * (delays == 0 ? 0 : 600000)),
            };
        }
    }
    published_graph_open(graph);
}

/* Damages some assets, more of them with `more`, and runs to the end. */
static void fixpoint_run(struct fixpoint *fixpoint, bool more) {
    for (uint32_t i = 0; i < 6; i++) {
        struct action strike = {.kind = ACTION_DAMAGE,
                                .asset = {(uint32_t)fixpoint_below(fixpoint, FIXPOINT_NODES)},
                                .amount_ppm = (int64_t)fixpoint_below(fixpoint, 900000),
                                .root_kind = "effect",
                                .root_id = "strike"};
        if (more || i < 3) {
            strike.amount_ppm = more ? strike.amount_ppm / 2 : strike.amount_ppm;
            CHECK_OK(cascade_act(fixpoint->graph.cascade, i * 60000, &strike));
        }
    }
    while (cascade_next_ms(fixpoint->graph.cascade) != SPILL_NEVER) {
        cascade_step(fixpoint->graph.cascade);
    }
}

/* Every service of `low` is at most that of `high`. */
static void fixpoint_ordered(const struct fixpoint *low, const struct fixpoint *high,
                             uint64_t number) {
    for (uint32_t i = 0; i < FIXPOINT_NODES; i++) {
        const int64_t low_ppm = cascade_service_ppm(low->graph.cascade, (struct asset_ref){i});
        const int64_t high_ppm = cascade_service_ppm(high->graph.cascade, (struct asset_ref){i});
        if (low_ppm > high_ppm) {
            CHECK_FAIL("case %llu: asset %u", (unsigned long long)number, i);
        }
    }
}

TEST(published, without_repair_the_end_does_not_depend_on_delays) {
    for (uint64_t number = 0; number < FIXPOINT_CASES; number++) {
        struct fixpoint quick;
        struct fixpoint slow;
        fixpoint_make(&quick, number, 0, 0);
        fixpoint_make(&slow, number, number + 1, 0);
        fixpoint_run(&quick, false);
        fixpoint_run(&slow, false);
        fixpoint_ordered(&quick, &slow, number);
        fixpoint_ordered(&slow, &quick, number);
        published_graph_close(&slow.graph);
        published_graph_close(&quick.graph);
    }
}

TEST(published, without_repair_more_damage_or_coupling_never_helps) {
    for (uint64_t number = 0; number < FIXPOINT_CASES; number++) {
        struct fixpoint less;
        struct fixpoint damaged;
        struct fixpoint coupled;
        fixpoint_make(&less, number, number + 1, 0);
        fixpoint_make(&damaged, number, number + 1, 0);
        fixpoint_make(&coupled, number, number + 1, 100000);
        fixpoint_run(&less, false);
        fixpoint_run(&damaged, true);
        fixpoint_run(&coupled, false);
        fixpoint_ordered(&damaged, &less, number);
        fixpoint_ordered(&coupled, &less, number);
        published_graph_close(&coupled.graph);
        published_graph_close(&damaged.graph);
        published_graph_close(&less.graph);
    }
}
