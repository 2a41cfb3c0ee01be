/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that networks of other programs become packages that the loader takes, with what the
 * source says and nothing guessed, and that bad ones are refused where they are bad. */
#include "coordinator/exchange/graph.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/exchange/edge_list.h"
#include "coordinator/exchange/geojson.h"
#include "coordinator/exchange/graphml.h"
#include "coordinator/exchange/grid.h"
#include "coordinator/scenario/scenario.h"
#include "tests/check.h"
#include "tests/exchange/case9.h"
#include "tests/support/temporary.h"

typedef enum spill_status (*read_fn)(const char *path, const char *bytes, size_t size_bytes,
                                     struct graph *graph, struct spill_error *error);

static struct graph *made(const char *country, const char *sector) {
    struct graph *graph = NULL;
    const struct graph_defaults defaults = {
        .country = country, .sector = sector, .aggregator = "any"};
    CHECK_OK(graph_create(&defaults, &graph));
    return graph;
}

/* Writes the graph as a package and loads it; the graph is gone afterwards. */
static struct scenario *loaded(struct graph *graph, struct package **package) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    temporary_create(&folder);
    temporary_path(&folder, "net", path);
    if (graph_check(graph, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    const struct graph_package facts = {
        .folder = path, .title = "A \"title\" \\ with quotes", .source = "somewhere"};
    if (graph_write(graph, &facts, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    CHECK_EQ(graph_write(graph, &facts, &error), SPILL_EXISTS);
    if (package_open(path, package, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    if (scenario_load(*package, path, &scenario, &faults) != SPILL_OK) {
        CHECK_FAIL("%s", fault_list_at(faults, 0).text);
    }
    CHECK_EQ(fault_list_count(faults), 0);
    fault_list_destroy(&faults);
    graph_destroy(&graph);
    temporary_destroy(&folder);
    return scenario;
}

static void unload(struct scenario *scenario, struct package *package) {
    scenario_free(&scenario);
    package_destroy(&package);
}

static struct asset_ref asset_of(const struct scenario *scenario, const char *id) {
    struct asset_ref asset = {0};
    CHECK_OK(network_find_asset(scenario_network(scenario), id, &asset));
    return asset;
}

static void read_all(read_fn read, const char *text, struct graph *graph) {
    struct spill_error error = {{0}};
    if (read("net", text, strlen(text), graph, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
}

static void refused(read_fn read, const char *text, const char *words) {
    struct graph *graph = made(NULL, "water");
    struct spill_error error = {{0}};
    CHECK_EQ(read("net", text, strlen(text), graph, &error), SPILL_INVALID);
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("\"%s\" is not in: %s", words, error.text);
    }
    graph_destroy(&graph);
}

#define POINT(id, rest, at)                                                                        \
    "{\"type\":\"Feature\",\"properties\":{\"id\":" id rest                                        \
    "},\"geometry\":{\"type\":\"Point\",\"coordinates\":" at "}}"
#define LINE(properties, at)                                                                       \
    "{\"type\":\"Feature\",\"properties\":" properties                                             \
    ",\"geometry\":{\"type\":\"LineString\",\"coordinates\":" at "}}"
#define FEATURES(list) "{\"type\":\"FeatureCollection\",\"features\":[" list "]}"

TEST(graph, geojson_becomes_a_package) {
    struct package *package = NULL;
    struct graph *graph = made(NULL, NULL);
    read_all(
        geojson_read,
        FEATURES(POINT(
            "\"Ede 150\"",
            ",\"name\":\"Ede\",\"country\":\"NL\",\"sector\":\"electricity\","
            "\"place\":\"Ede\",\"people\":118000",
            "[5.66,52.04]") "," POINT("7",
                                      ",\"country\":\"DE\",\"sector\":\"Cooling "
                                      "towers\"",
                                      "[6.9,52.2]") "," LINE("null",
                                                             "[[5.66,52.04],[6,52],"
                                                             "[6.9,52.2]]") "," LINE("{\"from\":7,"
                                                                                     "\"to\":\"Ede "
                                                                                     "150\","
                                                                                     "\"need\":"
                                                                                     "\"steam\"}",
                                                                                     "[]")),
        graph);
    struct scenario *const scenario = loaded(graph, &package);
    const struct network *const network = scenario_network(scenario);
    const struct asset_ref ede = asset_of(scenario, "ede-150");
    const struct asset_ref tower = asset_of(scenario, "7");
    CHECK_EQ(network_asset_count(network), 2);
    CHECK_EQ(network_link_count(network), 2);
    CHECK_EQ(scenario_asset(scenario, ede)->name.in[LANGUAGE_EN], "Ede");
    CHECK_EQ(scenario_asset(scenario, ede)->latitude_e6, 52040000);
    CHECK_EQ(scenario_asset(scenario, ede)->longitude_e6, 5660000);
    CHECK_EQ(network_asset_people(network, ede), 118000);
    CHECK_EQ(network_country_id(network, network_asset_country(network, ede)), "nl");
    CHECK_EQ(network_sector_id(network, network_asset_sector(network, tower)), "cooling-towers");
    size_t count = 0;
    const struct need_ref need = network_asset_needs(network, tower, &count);
    CHECK_EQ(count, 1);
    CHECK_EQ(network_need_id(network, need), "electricity");
    const struct link_ref link = network_need_links(network, need, &count);
    CHECK_EQ(count, 1);
    CHECK_EQ(network_link_supplier(network, link).index, ede.index);
    unload(scenario, package);
}

TEST(graph, geojson_says_which_feature_is_wrong) {
    refused(geojson_read, "{\"type\":", "net:1:");
    refused(geojson_read, "[1]", "it is no FeatureCollection");
    refused(geojson_read, FEATURES(POINT("\"a\"", "", "[5,52]")),
            "features[0]: it has no country; name one for all with --country");
    refused(geojson_read, FEATURES(POINT("\"a\"", ",\"country\":\"nl\"", "[5,152]")),
            "features[0]: 5, 152 are no degrees east and north");
    refused(geojson_read, FEATURES(POINT("null", ",\"country\":\"nl\"", "[5,52]")),
            "features[0]: a point has no id");
    refused(
        geojson_read,
        FEATURES(POINT("\"a\"", ",\"country\":\"nl\"", "[5,52]") "," LINE("{}", "[[5,52],[6,52]]")),
        "features[1]: a line has no properties from and to");
    refused(geojson_read,
            FEATURES(POINT("\"a\"", ",\"country\":\"nl\",\"people\":\"many\"", "[5,52]")),
            "features[0]: people is not a whole number");
    refused(geojson_read, FEATURES("{\"geometry\":{\"type\":\"Polygon\"}}"),
            "features[0]: only Points and LineStrings");
}

#define GRAPHML(inside)                                                                            \
    "<?xml version=\"1.0\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"         \
    "<key id=\"d0\" for=\"node\" attr.name=\"Label\" attr.type=\"string\"/>\n"                     \
    "<key id=\"d1\" for=\"node\" attr.name=\"country\" attr.type=\"string\"/>\n"                   \
    "<key id=\"d2\" for=\"edge\" attr.name=\"need\" attr.type=\"string\"/>\n" inside "</graphml>"

TEST(graph, graphml_becomes_a_package) {
    struct package *package = NULL;
    struct graph *graph = made("nl", "gas");
    read_all(graphml_read,
             GRAPHML("<graph edgedefault=\"undirected\">"
                     "<node id=\"n0\"><data key=\"d0\"> Z\xC3\xBCri &amp; Co </data>"
                     "<data key=\"d1\">CH</data></node><node id=\"n1\"/><node id=\"n2\"/>"
                     "<edge source=\"n0\" target=\"n1\"/>"
                     "<edge source=\"n1\" target=\"n2\" directed=\"true\"><data key=\"d2\">odour"
                     "</data></edge><edge source=\"n1\" target=\"n0\"/></graph>"),
             graph);
    struct scenario *const scenario = loaded(graph, &package);
    const struct network *const network = scenario_network(scenario);
    const struct asset_ref zurich = asset_of(scenario, "n0");
    CHECK_EQ(scenario_asset(scenario, zurich)->name.in[LANGUAGE_EN], "Z\xC3\xBCri & Co");
    CHECK_EQ(network_country_id(network, network_asset_country(network, zurich)), "ch");
    CHECK_EQ(network_link_count(network), 3); /* Both ways once, and one way. */
    unload(scenario, package);
}

TEST(graph, graphml_says_which_line_is_wrong) {
    refused(graphml_read, "<graphml>\n<graph>", "net:2:");
    refused(graphml_read, "<graphml/>", "there is no graph in it");
    refused(graphml_read, "<!DOCTYPE x [<!ENTITY a \"b\">]><graphml/>",
            "document types and entities are not read");
    refused(graphml_read, GRAPHML("<graph>\n<node id=\"a\"/></graph>"), "net:7: it has no country");
    refused(graphml_read, GRAPHML("<graph><node/></graph>"), "net:6: a node has no id");
    refused(graphml_read, GRAPHML("<graph><edge source=\"a\"/></graph>"), "no source or no target");
    refused(graphml_read, GRAPHML("<graph/><graph/>"), "only one graph can be read");
    refused(graphml_read, GRAPHML("<graph><node id=\"a\"><graph/></node></graph>"),
            "only one graph can be read");
    refused(graphml_read, GRAPHML("<graph><hyperedge/></graph>"), "hyperedges and ports");
}

TEST(graph, tables_become_a_package) {
    struct package *package = NULL;
    struct graph *graph = made("nl", "water");
    struct spill_error error = {{0}};
    read_all(edge_list_read, "id;name;people;lat;lon\npump;\"Pump; big\";10;52;5\n", graph);
    read_all(edge_list_read, "supplier;asset;need\npump;well;\nwell;pump;power\nwell;well;\n",
             graph);
    CHECK_OK(graph_add_ends(graph, &error));
    CHECK_EQ(graph_node_count(graph), 2);
    struct scenario *const scenario = loaded(graph, &package);
    CHECK_EQ(scenario_asset(scenario, asset_of(scenario, "pump"))->name.in[LANGUAGE_EN],
             "Pump; big");
    CHECK_EQ(network_link_count(scenario_network(scenario)), 2);
    unload(scenario, package);
}

TEST(graph, tables_say_which_field_is_wrong) {
    refused(edge_list_read, "a,b\n1,2\n", "net:1:1: a table of nodes has a column id");
    refused(edge_list_read, "id,country\n\"x\",\n", "net:2:1: it has no country");
    refused(edge_list_read, "id,country,people\nx,nl,many\n", "net:2:6: this is no number");
    refused(edge_list_read, "id,country,people\nx,nl,-1\ny,nl,-2\n", "(and 1 more)");
    refused(edge_list_read, "from,to\na,\n", "net:2:3: an end of the link is empty");
    refused(edge_list_read, "", "net:");
}

TEST(graph, what_does_not_fit_together_is_refused) {
    struct spill_error error = {{0}};
    struct graph *graph = made("nl", "water");
    CHECK_EQ(graph_check(graph, &error), SPILL_INVALID);
    graph_destroy(&graph);
    graph = made("nl", "water");
    read_all(edge_list_read, "id\na\na\n", graph);
    CHECK_EQ(graph_check(graph, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "two nodes are called 'a'") != NULL);
    graph_destroy(&graph);
    graph = made("nl", "water");
    read_all(edge_list_read, "id\na\n", graph);
    read_all(edge_list_read, "from,to\na,b\n", graph);
    CHECK_EQ(graph_check(graph, &error), SPILL_INVALID);
    CHECK(strstr(error.text, "there is no 'b'") != NULL);
    graph_destroy(&graph);
}

TEST(graph, keys_that_make_one_id_get_numbers) {
    struct package *package = NULL;
    struct graph *graph = made("nl", "water");
    read_all(edge_list_read, "id\nA B\na-b\n\"a  b\"\n\xC3\x9F\n\xC3\xA4\n", graph);
    struct scenario *const scenario = loaded(graph, &package);
    (void)asset_of(scenario, "a-b");
    (void)asset_of(scenario, "a-b--2");
    (void)asset_of(scenario, "a-b--3");
    (void)asset_of(scenario, "node");
    (void)asset_of(scenario, "node--2");
    unload(scenario, package);
}

TEST(graph, power_grid_becomes_a_package) {
    struct package *package = NULL;
    struct matpower *matpower = NULL;
    struct graph *graph = made("us", "electricity");
    struct spill_error error = {{0}};
    CHECK_OK(matpower_parse("case9.m", case9_text, strlen(case9_text), &matpower, &error));
    CHECK_OK(grid_read(matpower, graph, &error));
    matpower_free(&matpower);
    struct scenario *const scenario = loaded(graph, &package);
    const struct network *const network = scenario_network(scenario);
    CHECK_EQ(network_asset_count(network), 12);
    CHECK_EQ(network_link_count(network), 0);
    CHECK_EQ(network_edge_count(network), 12);
    /* What flows is what is published for this case: 76.032609 MW from bus 8 to bus 7. */
    const struct cascade_options options = {.seed = 1};
    struct cascade *cascade = NULL;
    CHECK_OK(cascade_create(network, &options, &cascade));
    cascade_step(cascade);
    int64_t flow_w = 0;
    for (uint32_t i = 0; i < 12; i++) {
        const struct edge_ref edge = {i};
        if (network_edge_from(network, edge).index == asset_of(scenario, "bus-7").index &&
            network_edge_to(network, edge).index == asset_of(scenario, "bus-8").index) {
            flow_w = cascade_edge_flow_w(cascade, edge);
        }
    }
    CHECK_EQ(flow_w, -76032609);
    CHECK_EQ(cascade_failed_count(cascade, (struct country_ref){0}, (struct sector_ref){0}), 0);
    cascade_destroy(&cascade);
    unload(scenario, package);
}

TEST(graph, folder_is_written_whole_or_not_at_all) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct spill_error error = {{0}};
    struct graph *graph = made("nl", "water");
    temporary_create(&folder);
    read_all(edge_list_read, "id\na\n", graph);
    CHECK_OK(graph_check(graph, &error));
    struct graph_package facts = {.title = "t", .source = "s"};
    facts.folder = temporary_path(&folder, "Not an id", path);
    CHECK_EQ(graph_write(graph, &facts, &error), SPILL_INVALID);
    facts.folder = temporary_path(&folder, "no/such/place", path);
    CHECK_EQ(graph_write(graph, &facts, &error), SPILL_IO);
    CHECK(access(path, F_OK) != 0);
    graph_destroy(&graph);
    temporary_destroy(&folder);
}
