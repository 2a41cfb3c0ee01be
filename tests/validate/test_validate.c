/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The laws give the published numbers, quickly or at small size; a setting of the engine that is
 * spoiled makes its row fail; closed forms agree with what was published; nothing depends on
 * threads.
 */
#include "coordinator/validate/validate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/validate/validate_parts.h"
#include "tests/check.h"
#include "tests/support/temporary.h"

enum { ROWS_MAX = 128 };

struct rows {
    struct validate_row rows[ROWS_MAX];
    size_t count;
    uint64_t nodes;
    uint64_t replicas;
    int threads;
    void (*spoil)(struct validate_world *world);
    bool stop;
    enum spill_status status;
    struct spill_error error;
};

static void rows_add(const struct validate_row *row, void *context) {
    struct rows *const rows = context;
    CHECK_LT(rows->count, (size_t)ROWS_MAX);
    rows->rows[rows->count++] = *row;
}

static bool rows_progress(const char *name, double share, void *context) {
    const struct rows *const rows = context;
    CHECK(name != NULL);
    CHECK(share >= 0 && share <= 1);
    return !rows->stop;
}

static struct validate_options rows_options(struct rows *rows) {
    rows->count = 0;
    return (struct validate_options){.seed = 5,
                                     .threads = rows->threads != 0 ? rows->threads : 2,
                                     .nodes = rows->nodes,
                                     .replicas = rows->replicas,
                                     .on_row = rows_add,
                                     .on_progress = rows_progress,
                                     .context = rows,
                                     .spoil = rows->spoil};
}

static const struct validate_law *rows_law(const char *name) {
    size_t count = 0;
    const struct validate_law *const *const laws = validate_laws(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(laws[i]->name, name) == 0) {
            return laws[i];
        }
    }
    CHECK_FAIL("no law %s", name);
    return NULL;
}

/* Asks a law for a point; "degree=4 coupling=0.5". */
static void rows_ask(struct rows *rows, const char *name, const char *values) {
    const struct validate_law *const law = rows_law(name);
    struct validate_value given[VALIDATE_PARAMETERS_MAX];
    char word[VALIDATE_PARAMETERS_MAX][256];
    for (size_t i = 0; i < law->parameter_count; i++) {
        given[i] = (struct validate_value){.number = law->parameters[i].initial};
        char mark[64];
        snprintf(mark, sizeof mark, "%s=", law->parameters[i].name);
        const char *const at = strstr(values, mark);
        if (at != NULL && sscanf(at + strlen(mark), "%255s", word[i]) == 1) {
            given[i].text = word[i];
            (void)sscanf(word[i], "%lf", &given[i].number);
        }
    }
    const struct validate_options options = rows_options(rows);
    rows->status = validate_point(&options, law, given, &rows->error);
}

static void rows_all_pass(const struct rows *rows, size_t count) {
    CHECK_OK(rows->status);
    CHECK_EQ(rows->count, count);
    for (size_t i = 0; i < rows->count; i++) {
        if (!rows->rows[i].pass) {
            CHECK_FAIL("%s: %g is not within %g of %g", rows->rows[i].name, rows->rows[i].computed,
                       rows->rows[i].allowance, rows->rows[i].expected);
        }
    }
}

static void rows_near(double value, double published, double off) {
    if (!(fabs(value - published) <= off)) {
        CHECK_FAIL("%.8f is not %.8f", value, published);
    }
}

/* ---- Quick rows ---- */

TEST(validate, rows_that_are_quick_come_out_as_published) {
    static struct rows rows;
    rows_ask(&rows, "philox", "");
    rows_all_pass(&rows, 2);
    CHECK(rows.rows[0].is_text);
    rows_ask(&rows, "inoperability", "");
    rows_all_pass(&rows, 2);
    rows_near(rows.rows[0].expected, .1 / .92, 1e-12);
    rows.replicas = 5000;
    rows_ask(&rows, "k-of-n", "k=2 n=3 up=0.9");
    rows_all_pass(&rows, 1);
    rows_near(rows.rows[0].expected, .972, 1e-9);
    rows_ask(&rows, "k-of-n", "k=3 n=5 up=0.9");
    rows_near(rows.rows[0].expected, .99144, 1e-9);
    rows_all_pass(&rows, 1);
    rows_ask(&rows, "backup", "outage-mean=4 autonomy=fixed:8");
    rows_near(rows.rows[0].expected, exp(-2), 1e-12);
    rows_all_pass(&rows, 1);
    rows_ask(&rows, "backup", "outage-mean=4 autonomy=exp:8");
    rows_near(rows.rows[0].expected, 1. / 3, 1e-12);
    rows_all_pass(&rows, 1);
    rows_ask(&rows, "lattice", "length=8 bond=0.5");
    rows_all_pass(&rows, 1);
    rows.replicas = 300;
    rows_ask(&rows, "si", "");
    rows_near(rows.rows[0].expected, 10.354755, 1e-6);
    rows_all_pass(&rows, 1);
    rows.replicas = 32;
    rows_ask(&rows, "repair", "machines=5 crews=1 fail=0.1 mend=1");
    rows_near(rows.rows[0].expected, .639522, 1e-6);
    rows_all_pass(&rows, 1);
    rows_ask(&rows, "repair", "machines=5 crews=2 fail=0.1 mend=1");
    rows_near(rows.rows[0].expected, .464794, 1e-6);
    rows_ask(&rows, "repair", "machines=5 crews=5 fail=0.1 mend=1");
    rows_near(rows.rows[0].expected, .454545, 1e-6);
}

TEST(validate, cascades_on_random_graphs_come_out_as_published_on_small_ones) {
    static struct rows rows = {.nodes = 10000, .replicas = 20};
    rows_ask(&rows, "cascade", "degree=4 coupling=0.5");
    rows_near(rows.rows[0].expected, .796812, 1e-6);
    rows_all_pass(&rows, 1);
    rows_ask(&rows, "watts", "phi=0.18 degree=4 seed-fraction=0.005");
    rows_near(rows.rows[0].expected, .98028, 1e-5);
    rows_all_pass(&rows, 1);
    rows.nodes = 5000;
    rows.replicas = 300;
    rows_ask(&rows, "watts", "phi=0.18 degree=2");
    rows_near(rows.rows[0].expected, .754, 5e-4);
    rows_near(rows.rows[1].expected, .7966, 5e-4);
    CHECK(rows.rows[0].pass);
}

TEST(validate, layers_come_out_as_published) {
    static struct rows rows = {.nodes = 20000, .replicas = 4};
    rows_ask(&rows, "interdependent", "layers=2 degree=4 keep=0.8");
    rows_near(rows.rows[0].expected, .708841, 1e-6);
    CHECK_OK(rows.status);
    rows_near(rows.rows[0].computed, .708841, .02); /* So small a network smears it. */
    rows_ask(&rows, "interdependent", "layers=2 degree=4 keep=0.55");
    rows_all_pass(&rows, 1);
    rows_near(rows.rows[0].computed, 1, 0);
    rows_ask(&rows, "interdependent", "layers=1 degree=2 keep=1");
    rows_near(rows.rows[0].computed, .796812, .02);
    rows = (struct rows){.replicas = 5000};
    rows_ask(&rows, "loading", "components=5 disturbance=0.1 transfer=0.1");
    rows_all_pass(&rows, 6);
    rows_near(rows.rows[0].expected, 59049. / 1e5, 1e-9);
    rows_near(rows.rows[3].expected, 36. / 625, 1e-9);
    rows_near(rows.rows[5].expected, 81. / 6250, 1e-9);
    rows_ask(&rows, "loading", "components=3 disturbance=0 transfer=0.5");
    rows_all_pass(&rows, 4);
    rows_near(rows.rows[0].computed, 1, 0);
    rows_ask(&rows, "betweenness", "ring=11 tolerance=0.99");
    rows_all_pass(&rows, 1);
    rows_near(rows.rows[0].expected, 2, 0);
    rows_ask(&rows, "betweenness", "ring=51 tolerance=0.4");
    rows_all_pass(&rows, 1);
    CHECK(rows.rows[0].expected > 2);
    rows_ask(&rows, "betweenness", "ring=11 tolerance=1");
    rows_all_pass(&rows, 1);
    rows_near(rows.rows[0].expected, 0, 0);
    rows_ask(&rows, "dcflow", "");
    rows_all_pass(&rows, 10);
    rows_near(rows.rows[9].expected, 630, 1e-9);
    rows_ask(&rows, "dcflow", "out-branch=6");
    rows_all_pass(&rows, 20);
    rows_near(rows.rows[17].computed, 163, 1e-6);
    rows_near(rows.rows[15].computed, 0, 0);
}

/* Where nothing of it is run, the closed forms alone are looked at. */
TEST(validate, closed_forms_agree_with_what_was_published) {
    static struct rows rows = {.nodes = 100, .replicas = 1};
    rows_ask(&rows, "cascade", "degree=3 coupling=0.5");
    rows_near(rows.rows[0].expected, .582812, 1e-6);
    rows_ask(&rows, "cascade", "degree=1 coupling=0.5");
    rows_near(rows.rows[0].expected, 0, 1e-6);
    rows_ask(&rows, "watts", "phi=0.18 degree=4");
    rows_near(rows.rows[0].expected, .865, 5e-4);
    rows_ask(&rows, "watts", "phi=0.18 degree=0.9");
    rows_near(rows.rows[0].expected, 0, 1e-6);
    rows_ask(&rows, "watts", "phi=0.18 degree=6.5");
    rows_near(rows.rows[0].expected, 0, 1e-6);
    rows_ask(&rows, "watts", "phi=0.18 degree=2 seed-fraction=0.005");
    rows_near(rows.rows[0].expected, .79832, 1e-5);
    rows_ask(&rows, "watts", "phi=0.18 degree=6 seed-fraction=0.005");
    rows_near(rows.rows[0].expected, .99750, 1e-5);
}

TEST(validate, a_point_that_no_law_knows_is_computed_and_cannot_fail) {
    static struct rows rows = {.replicas = 50};
    rows_ask(&rows, "lattice", "length=4 bond=0.4");
    CHECK_OK(rows.status);
    CHECK_EQ(rows.count, (size_t)1);
    CHECK(!rows.rows[0].known);
    CHECK(isnan(rows.rows[0].expected));
    CHECK(rows.rows[0].pass);
}

TEST(validate, rows_do_not_depend_on_threads) {
    static struct rows one = {.threads = 1, .replicas = 1500};
    static struct rows many = {.threads = 7, .replicas = 1500};
    static const char *const laws[] = {"k-of-n", "backup", "lattice"};
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        rows_ask(&one, laws[i], "length=8");
        rows_ask(&many, laws[i], "length=8");
        CHECK_EQ(one.count, many.count);
        for (size_t j = 0; j < one.count; j++) {
            CHECK_EQ(memcmp(&one.rows[j].computed, &many.rows[j].computed, sizeof(double)), 0);
            CHECK_EQ(memcmp(&one.rows[j].error, &many.rows[j].error, sizeof(double)), 0);
        }
    }
}

/* ---- A spoiled setting makes its row fail ---- */

static void spoil_failure(struct validate_world *world) {
    for (size_t i = 0; i < world->spec.asset_count; i++) {
        world->assets[i].failure_ppm += world->assets[i].failure_ppm / 2;
    }
}

static void spoil_weight(struct validate_world *world) {
    world->links[0].weight += 1000;
}

static void spoil_coupling(struct validate_world *world) {
    for (size_t i = 0; i < world->spec.link_count; i++) {
        world->links[i].coupling_ppm += 50000;
    }
}

static void spoil_threshold(struct validate_world *world) {
    for (size_t i = 0; i < world->spec.need_count; i++) {
        world->needs[i].numerator = 260000;
    }
}

static void spoil_repair(struct validate_world *world) {
    for (size_t i = 0; i < world->spec.asset_count; i++) {
        world->assets[i].repair.a_ms += world->assets[i].repair.a_ms / 5;
    }
}

static void spoil_delay(struct validate_world *world) {
    struct trust_spec *const trusts = (struct trust_spec *)(uintptr_t)world->spec.trusts;
    for (size_t i = 0; i < world->spec.trust_count; i++) {
        trusts[i].mean_contact_ms += trusts[i].mean_contact_ms / 5;
    }
}

static void spoil_layer(struct validate_world *world) {
    struct layer_spec *const layer = (struct layer_spec *)(uintptr_t)world->spec.layers;
    layer->disturbance += 20000;
    layer->tolerance_ppm += 20000;
}

static void spoil_reactance(struct validate_world *world) {
    struct edge_spec *const edges = (struct edge_spec *)(uintptr_t)world->spec.edges;
    edges[3].reactance += edges[3].reactance / 1000;
}

static void spoil_edges(struct validate_world *world) {
    world->spec.edge_count -= world->spec.edge_count / 20;
}

static void spoil_check(void (*spoil)(struct validate_world *world), const char *law,
                        const char *values, uint64_t nodes, uint64_t replicas) {
    static struct rows rows;
    rows = (struct rows){.nodes = nodes, .replicas = replicas, .spoil = spoil};
    rows_ask(&rows, law, values);
    CHECK_OK(rows.status);
    bool failed = false;
    for (size_t i = 0; i < rows.count; i++) {
        failed = failed || !rows.rows[i].pass;
    }
    if (!failed) {
        CHECK_FAIL("%s passes with a spoiled setting: %g for %g, %g", law, rows.rows[0].computed,
                   rows.rows[0].expected, rows.rows[0].allowance);
    }
}

TEST(validate, a_spoiled_setting_makes_its_row_fail) {
    spoil_check(spoil_failure, "k-of-n", "k=2 n=3 up=0.9", 0, 5000);
    spoil_check(spoil_weight, "inoperability", "", 0, 0);
    spoil_check(spoil_coupling, "cascade", "degree=4 coupling=0.5", 10000, 20);
    spoil_check(spoil_coupling, "lattice", "length=32", 0, 2000);
    spoil_check(spoil_threshold, "watts", "phi=0.18 degree=4 seed-fraction=0.005", 10000, 4);
    spoil_check(spoil_repair, "repair", "", 0, 64);
    spoil_check(spoil_repair, "backup", "autonomy=fixed:8", 0, 5000);
    spoil_check(spoil_delay, "si", "", 0, 500);
    spoil_check(spoil_layer, "loading", "", 0, 10000);
    spoil_check(spoil_layer, "betweenness", "ring=11 tolerance=0.99", 0, 0);
    spoil_check(spoil_reactance, "dcflow", "", 0, 0);
    spoil_check(spoil_edges, "interdependent", "keep=0.8", 20000, 4);
}

/* ---- Refusals ---- */

static void refuse(const char *law, const char *values, uint64_t nodes, const char *words) {
    static struct rows rows;
    rows = (struct rows){.nodes = nodes, .replicas = 1};
    rows_ask(&rows, law, values);
    CHECK_EQ(rows.status, SPILL_INVALID);
    CHECK_EQ(rows.count, (size_t)0);
    if (strstr(rows.error.text, words) == NULL) {
        CHECK_FAIL("\"%s\" does not say \"%s\"", rows.error.text, words);
    }
}

TEST(validate, points_that_make_no_sense_are_refused) {
    refuse("k-of-n", "k=4 n=3", 0, "above n");
    refuse("cascade", "degree=40", 50, "so high a degree");
    refuse("cascade", "degree=10", 1000000, "more nodes or edges");
    refuse("watts", "degree=40", 50, "so high a degree");
    refuse("si", "", 5000, "2 to 1000");
    refuse("backup", "autonomy=often:8", 0, "fixed:H or exp:H");
    refuse("backup", "autonomy=fixed:", 0, "fixed:H or exp:H");
    refuse("backup", "autonomy=exp:-1", 0, "fixed:H or exp:H");
    refuse("backup", "autonomy=8", 0, "fixed:H or exp:H");
    refuse("inoperability", "matrix=/nowhere/at/all", 0, "/nowhere/at/all");
    refuse("interdependent", "degree=40", 50, "so high a degree");
    refuse("dcflow", "out-branch=10", 0, "9 branches");
}

static void matrix_write(const struct temporary *folder, const char *text) {
    temporary_write(folder, "matrix.csv", text, strlen(text));
}

TEST(validate, a_matrix_comes_from_a_file) {
    static struct rows rows;
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char values[TEMPORARY_PATH_BYTES + 16];
    temporary_create(&folder);
    snprintf(values, sizeof values, "matrix=%s", temporary_path(&folder, "matrix.csv", path));
    matrix_write(&folder, "# three sectors\n0,0.4,0.1,0.1\n0.2;0;0;0\n\n0 0.5 0 0.05 # last\n");
    rows_ask(&rows, "inoperability", values);
    rows_all_pass(&rows, 3);
    rows_near(rows.rows[1].expected, .2 * rows.rows[0].expected, 1e-12);
    rows_near(rows.rows[2].expected, .5 * rows.rows[1].expected + .05, 1e-12);
    matrix_write(&folder, "0,0.4,0.1\n0.2,0,zero\n");
    refuse("inoperability", values, 0, "matrix.csv:2: ");
    matrix_write(&folder, "0,0.4,0.1\n");
    refuse("inoperability", values, 0, "1 lines of numbers where 2");
    matrix_write(&folder, "0.5,0.4,0.1\n0.2,0,0\n");
    refuse("inoperability", values, 0, "row 1: a sector does not depend on itself");
    matrix_write(&folder, "0,1.4,0.1\n0.2,0,0\n");
    refuse("inoperability", values, 0, "matrix.csv:1: ");
    matrix_write(&folder, "");
    refuse("inoperability", values, 0, "0 lines");
    temporary_destroy(&folder);
}

/* A case of three buses in a row and one line beside: 30 MW from the reference bus, 20 from the
 * last. */
TEST(validate, a_case_comes_from_a_file) {
    static const char text[] = "function mpc = case3\n"
                               "mpc.version = '2';\n"
                               "mpc.baseMVA = 100;\n"
                               "mpc.bus = [\n"
                               "1 3 0 0 0 0 1 1 0 345 1 1.1 0.9;\n"
                               "2 1 50 0 0 0 1 1 0 345 1 1.1 0.9;\n"
                               "3 2 0 0 0 0 1 1 0 345 1 1.1 0.9;\n"
                               "];\n"
                               "mpc.gen = [\n"
                               "1 77 0 300 -300 1 100 1 250 0;\n"
                               "3 20 0 300 -300 1 100 1 250 0;\n"
                               "];\n"
                               "mpc.branch = [\n"
                               "1 2 0 0.1 0 0 0 0 0 0 1 -360 360;\n"
                               "2 3 0 0.1 0 0 0 0 0 0 1 -360 360;\n"
                               "1 3 0 0.2 0 0 0 0 0 0 1 -360 360;\n"
                               "];\n";
    static struct rows rows;
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char values[TEMPORARY_PATH_BYTES + 32];
    temporary_create(&folder);
    temporary_write(&folder, "case3.m", text, strlen(text));
    snprintf(values, sizeof values, "case=%s out-branch=3",
             temporary_path(&folder, "case3.m", path));
    rows_ask(&rows, "dcflow", values);
    CHECK_OK(rows.status);
    CHECK_EQ(rows.count, (size_t)8);
    /* By hand: 50 MW are taken at bus 2; angles follow from two equations. */
    rows_near(rows.rows[0].computed, 27.5, 1e-5);
    rows_near(rows.rows[1].computed, -22.5, 1e-5);
    rows_near(rows.rows[2].computed, 2.5, 1e-5);
    rows_near(rows.rows[3].computed, 52.5, 1e-5);
    rows_near(rows.rows[4].computed, 30, 1e-5);
    rows_near(rows.rows[5].computed, -20, 1e-5);
    rows_near(rows.rows[6].computed, 0, 0);
    CHECK(!rows.rows[0].known);
    temporary_write(&folder, "case3.m", "mpc.bus = zeros(3);\n", 20);
    refuse("dcflow", values, 0, "case3.m:1");
    temporary_destroy(&folder);
}

TEST(validate, it_stops_when_told_to) {
    static struct rows rows = {.stop = true};
    const struct validate_options options = rows_options(&rows);
    CHECK_EQ(validate_all(&options, &rows.error), SPILL_INTERRUPTED);
    CHECK_EQ(rows.count, (size_t)0);
}

TEST(validate, no_memory_is_said) {
    static struct rows rows;
    long after = 0;
    do {
        rows = (struct rows){.threads = 1, .replicas = 1};
        spill_alloc_fail_after(after++, true);
        rows_ask(&rows, "k-of-n", "");
        spill_alloc_fail_after(-1, false);
        CHECK(rows.status == SPILL_OK || rows.status == SPILL_MEMORY);
        CHECK_EQ(rows.count, rows.status == SPILL_OK ? (size_t)1 : (size_t)0);
    } while (rows.status != SPILL_OK);
    CHECK_LT(10, after);
}
