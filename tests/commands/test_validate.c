/* SPDX-License-Identifier: Apache-2.0 */
/* What `validate` prints, how it ends, and what it refuses. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/support/program.h"

static void says(const char *text, const char *words) {
    if (strstr(text, words) == NULL) {
        CHECK_FAIL("\"%s\" is not in:\n%s", words, text);
    }
}

TEST(validate_command, prints_a_table) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "validate", "philox");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    says(result.out, "philox counter 0, key 0");
    says(result.out, "6627e8d5");
    says(result.out, "2 of 2 results reproduced");
    CHECK_EQ(result.error, "");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "validate", "repair", "--machines", "3", "--crews", "1", "--fail",
                      "0.2", "--mend", "2", "--replicas", "20", "--seed", "3");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    says(result.out, "theory");
    says(result.out, "repair N=3 crews=1 fail=0.2 mend=2 down");
    says(result.out, "0.320644"); /* 219/683, by hand. */
    program_result_free(&result);
}

static void row_sound(const json_t *row) {
    const json_t *const expected = json_object_get(row, "expected");
    CHECK(json_is_string(json_object_get(row, "name")));
    CHECK(json_is_number(expected) || json_is_string(expected) || json_is_null(expected));
    CHECK(json_is_number(json_object_get(row, "computed")) ||
          json_is_string(json_object_get(row, "computed")));
    CHECK(json_is_number(json_object_get(row, "allowance")));
    CHECK(json_is_boolean(json_object_get(row, "pass")));
    CHECK(json_is_number(json_object_get(row, "seconds")));
}

/* The one object of a run, its rows checked. */
static json_t *object_of(const struct program_result *result, size_t row_count) {
    json_error_t fault;
    json_t *const root = json_loads(result->out, 0, &fault);
    if (root == NULL) {
        CHECK_FAIL("%s in:\n%s", fault.text, result->out);
    }
    CHECK_EQ(json_string_value(json_object_get(root, "schema")),
             (const char *)"spillover-validate-1");
    const json_t *const rows = json_object_get(root, "rows");
    CHECK_EQ(json_array_size(rows), row_count);
    for (size_t i = 0; i < row_count; i++) {
        row_sound(json_array_get(rows, i));
    }
    return root;
}

TEST(validate_command, prints_one_object) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "validate", "philox", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    json_t *root = object_of(&result, 2);
    CHECK(json_is_true(json_object_get(root, "pass")));
    json_decref(root);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "validate", "lattice", "--length", "3", "--bond", "0.3", "--json",
                      "--replicas", "50");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    root = object_of(&result, 1);
    CHECK(json_is_null(
        json_object_get(json_array_get(json_object_get(root, "rows"), 0), "expected")));
    json_decref(root);
    program_result_free(&result);
}

/* A cascade of 60 assets is too coarse for its law: the row fails, and the program says so. */
TEST(validate_command, exits_with_one_if_a_row_fails) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "validate", "watts", "--nodes", "60", "--degree", "6", "--phi",
                      "0.3", "--seed-fraction", "0.12", "--replicas", "1", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_FOUND);
    json_t *const root = object_of(&result, 1);
    CHECK(json_is_false(json_object_get(root, "pass")));
    json_decref(root);
    program_result_free(&result);
}

TEST(validate_command, refuses_what_makes_no_sense) {
    static const struct {
        const char *arguments[5];
        int code;
        const char *words;
    } cases[] = {
        {{"gravity"}, SPILL_EXIT_USAGE, "gravity"},
        {{"watts", "--phi", "0"}, SPILL_EXIT_USAGE, "--phi"},
        {{"watts", "--phi", "much"}, SPILL_EXIT_USAGE, "--phi"},
        {{"watts", "--coupling", "1"}, SPILL_EXIT_USAGE, "coupling"},
        {{"k-of-n", "--k", "1.5"}, SPILL_EXIT_USAGE, "--k"},
        {{"k-of-n", "--k", "5"}, SPILL_EXIT_INPUT, "above n"},
        {{"--replicas", "0"}, SPILL_EXIT_USAGE, "--replicas"},
        {{"--nodes", "1"}, SPILL_EXIT_USAGE, "--nodes"},
        {{"--seed", "-1"}, SPILL_EXIT_USAGE, "--seed"},
        {{"philox", "more"}, SPILL_EXIT_USAGE, "sage"},
        {{"inoperability", "--matrix", "/nowhere"}, SPILL_EXIT_INPUT, "/nowhere"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *arguments[8] = {program_spillover(), "validate"};
        for (size_t j = 0; j < 5; j++) {
            arguments[2 + j] = cases[i].arguments[j];
        }
        struct program_result result;
        program_run(arguments, &result);
        CHECK_EQ(result.code, cases[i].code);
        says(result.error, cases[i].words);
        program_result_free(&result);
    }
}

TEST(validate_command, help_lists_the_laws_and_the_parameters_of_each) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "validate", "--help");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    says(result.out, "Laws:");
    says(result.out, "k-of-n");
    says(result.out, "--json");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "validate", "watts", "--help");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    says(result.out, "--seed-fraction");
    CHECK(strstr(result.out, "--coupling") == NULL);
    program_result_free(&result);
}
