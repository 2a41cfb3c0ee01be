/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that the tree is what the file says, resolved as YAML 1.2 resolves, and that every node
 * knows its place. */
#include "coordinator/scenario/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

struct tree_test {
    struct source source;
    struct arena arena;
    struct fault_list *faults;
    struct yaml yaml;
};

static void open_text(struct tree_test *test, const char *text) {
    *test = (struct tree_test){.source = {"t.yaml", text, strlen(text), 0}};
    test->faults = fault_list_create("");
    CHECK(test->faults != NULL);
    CHECK_OK(yaml_load(&test->source, &test->arena, test->faults, &test->yaml));
}

static void close_test(struct tree_test *test) {
    arena_free(&test->arena);
    fault_list_destroy(&test->faults);
}

TEST(yaml, plain_scalars_resolve_as_the_core_schema_says) {
    static const struct {
        const char *text;
        enum yaml_type type;
    } cases[] = {
        {"12", YAML_INTEGER},    {"-3", YAML_INTEGER},   {"+7", YAML_INTEGER},
        {"0o17", YAML_INTEGER},  {"0xfF", YAML_INTEGER}, {"1.5", YAML_NUMBER},
        {"-.5", YAML_NUMBER},    {"1e3", YAML_NUMBER},   {"2.", YAML_NUMBER},
        {".inf", YAML_NUMBER},   {".nan", YAML_NUMBER},  {"true", YAML_BOOLEAN},
        {"False", YAML_BOOLEAN}, {"null", YAML_NULL},    {"~", YAML_NULL},
        {"", YAML_NULL},         {"yes", YAML_TEXT},     {"on", YAML_TEXT},
        {"12h", YAML_TEXT},      {"80%", YAML_TEXT},     {"1_000", YAML_TEXT},
        {"0x", YAML_TEXT},       {"1.2.3", YAML_TEXT},   {".", YAML_TEXT},
        {"\"12\"", YAML_TEXT},   {"'true'", YAML_TEXT},  {"2026-11-24T09:00", YAML_TEXT},
        {"e3", YAML_TEXT},       {"-", YAML_TEXT},
    };
    for (size_t i = 0; i + 1 < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "k: %s\n", cases[i].text);
        struct tree_test test;
        open_text(&test, text);
        const uint32_t value = yaml_find(&test.yaml, 1, "k");
        CHECK_NE(value, YAML_NONE);
        if (test.yaml.nodes[value].type != cases[i].type) {
            CHECK_FAIL("'%s' resolves to %d", cases[i].text, (int)test.yaml.nodes[value].type);
        }
        close_test(&test);
    }
}

static void check_place(struct place place, size_t line, size_t column, size_t length_bytes) {
    size_t found_line = 0;
    size_t found_column = 0;
    source_position(place, &found_line, &found_column);
    CHECK_EQ(found_line, line);
    CHECK_EQ(found_column, column);
    CHECK_EQ(place.length_bytes, length_bytes);
}

TEST(yaml, nodes_know_their_places) {
    struct tree_test test;
    open_text(&test,
              "é: \"x\"\nlist:\n  - one\n  - {a: 'b'}\nmap:\n  key: value\nempty:\nflow: [1, 2]\n");
    check_place(yaml_place(&test.yaml, yaml_find(&test.yaml, 1, "é")), 1, 4,
                3); /* With its quotes. */
    const uint32_t list = yaml_find(&test.yaml, 1, "list");
    CHECK_EQ(test.yaml.nodes[list].kind, YAML_SEQUENCE);
    CHECK_EQ(test.yaml.nodes[list].child_count, 2);
    const uint32_t one = test.yaml.nodes[list].first;
    check_place(yaml_place(&test.yaml, one), 3, 5, 3);
    const uint32_t inner = test.yaml.nodes[one].next;
    check_place(yaml_place(&test.yaml, inner), 4, 5, 1);
    check_place(yaml_place(&test.yaml, yaml_find(&test.yaml, inner, "a")), 4, 9, 3);
    const uint32_t map = yaml_find(&test.yaml, 1, "map");
    check_place(yaml_place(&test.yaml, map), 6, 3, 3); /* Its first key. */
    CHECK_EQ(yaml_find(&test.yaml, map, "kex"), YAML_NONE);
    CHECK_EQ(yaml_find(&test.yaml, one, "x"), YAML_NONE);
    close_test(&test);
}

TEST(yaml, places_inside_text_see_through_quotes_and_folding) {
    struct tree_test test;
    open_text(&test, "plain: abc def\nsingle: 'it''s x'\ndouble: \"a b\"\nfolded: >\n  one\n  "
                     "two\nlines: one\n  two\nescape: \"\\u0041b\"\n");
    check_place(yaml_place_within(&test.yaml, yaml_find(&test.yaml, 1, "plain"), 4, 3), 1, 12, 3);
    check_place(yaml_place_within(&test.yaml, yaml_find(&test.yaml, 1, "single"), 5, 1), 2, 16, 1);
    check_place(yaml_place_within(&test.yaml, yaml_find(&test.yaml, 1, "double"), 2, 1), 3, 12, 1);
    check_place(yaml_place_within(&test.yaml, yaml_find(&test.yaml, 1, "folded"), 4, 3), 6, 3, 3);
    check_place(yaml_place_within(&test.yaml, yaml_find(&test.yaml, 1, "lines"), 4, 3), 8, 3, 3);
    /* An escape hides the place: the whole scalar. */
    check_place(yaml_place_within(&test.yaml, yaml_find(&test.yaml, 1, "escape"), 1, 1), 9, 9, 9);
    close_test(&test);
}

TEST(yaml, nesting_has_its_limit) {
    for (size_t depth = SPILL_YAML_DEPTH_MAX; depth <= SPILL_YAML_DEPTH_MAX + 1; depth++) {
        char text[2 * SPILL_YAML_DEPTH_MAX + 8] = "";
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        struct tree_test test;
        open_text(&test, text);
        CHECK_EQ(fault_list_count(test.faults), depth - SPILL_YAML_DEPTH_MAX);
        CHECK_EQ(test.yaml.node_count, depth == SPILL_YAML_DEPTH_MAX ? depth + 1 : 1);
        close_test(&test);
    }
}

TEST(yaml, alias_bomb_is_refused_at_its_first_anchor) {
    struct tree_test test;
    open_text(&test, "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n");
    CHECK_EQ(fault_list_count(test.faults), 1);
    CHECK_EQ(fault_list_at(test.faults, 0).line, 1);
    CHECK_EQ(fault_list_at(test.faults, 0).column, 4);
    CHECK_EQ(test.yaml.node_count, 1);
    close_test(&test);
}

TEST(yaml, failing_allocations_are_reported) {
    static const char text[] = "a: {b: [c, \"d\", >-\n e]}\n";
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct tree_test test = {.source = {"t.yaml", text, sizeof text - 1, 0}};
        test.faults = fault_list_create("");
        spill_alloc_fail_after(after, false);
        status = yaml_load(&test.source, &test.arena, test.faults, &test.yaml);
        spill_alloc_fail_after(-1, false);
        close_test(&test);
    }
    CHECK_OK(status);
}
