/* SPDX-License-Identifier: Apache-2.0 */
/* Proves what `spillover check` prints and how it exits, on the program itself. */
#include "coordinator/scenario/scenario.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/check.h"
#include "tests/scenario/sample.h"
#include "tests/support/program.h"
#include "tests/support/temporary.h"

/* Writes the sample with one change into a folder. */
static void write_sample(const struct temporary *folder, const char *path, const char *from,
                         const char *to) {
    char texts[TEMPORARY_PATH_BYTES];
    CHECK_EQ(mkdir(temporary_path(folder, "texts", texts), 0700), 0);
    struct package *package = sample_package(path, from, to);
    for (size_t i = 0; i < package_file_count(package); i++) {
        const struct package_file file = package_file(package, i);
        temporary_write(folder, file.path, file.bytes, file.size_bytes);
    }
    package_destroy(&package);
}

TEST(check, sound_scenario_gives_a_summary) {
    struct temporary folder;
    temporary_create(&folder);
    write_sample(&folder, NULL, NULL, NULL);
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "check", folder.path);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK_EQ(result.error, "");
    CHECK_EQ(result.out, "sample: 4 assets, 7 links, 2 cells, 4 injects (1 media, 1 task, 1 "
                         "decision, 1 administrative)\n");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "check", "--strict", folder.path);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(check, every_fault_is_shown_with_its_line) {
    struct temporary folder;
    temporary_create(&folder);
    write_sample(&folder, "links.csv", "nl-control,nl-pump,quorum", "nl-contrl,nl-pump,quorum");
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "check", folder.path);
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    char wanted[2 * TEMPORARY_PATH_BYTES];
    snprintf(wanted, sizeof wanted,
             "%s/links.csv:7:1: error: there is no asset 'nl-contrl'; did you mean 'nl-control'?\n"
             "    nl-contrl,nl-pump,quorum,2,,,\n"
             "    ^~~~~~~~~\n"
             "1 error\n",
             folder.path);
    CHECK_EQ(result.out, wanted);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(check, warnings_count_only_when_strict) {
    struct temporary folder;
    temporary_create(&folder);
    write_sample(&folder, "links.csv", "feed,,90%", "feed,5,90%");
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "check", folder.path);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.out, "warning: weights do not count") != NULL);
    CHECK(strstr(result.out, "\n1 warning\nsample: 4 assets") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "check", "--strict", folder.path);
    CHECK_EQ(result.code, SPILL_EXIT_FOUND);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(check, json_says_the_same) {
    struct temporary folder;
    temporary_create(&folder);
    write_sample(&folder, "links.csv", "feed,,90%", "feed,5,90");
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "check", "--json", folder.path);
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    json_t *const object = json_loads(result.out, JSON_REJECT_DUPLICATES, NULL);
    CHECK(object != NULL);
    CHECK_EQ(json_string_value(json_object_get(object, "schema")), "spillover-check-1");
    CHECK_EQ(json_integer_value(json_object_get(object, "errors")), 1);
    CHECK_EQ(json_integer_value(json_object_get(object, "warnings")), 1);
    CHECK(json_is_null(json_object_get(object, "summary")));
    const json_t *const fault = json_array_get(json_object_get(object, "faults"), 1);
    CHECK_EQ(json_string_value(json_object_get(fault, "severity")), "error");
    CHECK_EQ(json_integer_value(json_object_get(fault, "line")), 2);
    CHECK_EQ(json_integer_value(json_object_get(fault, "column")), 28);
    CHECK_EQ(json_integer_value(json_object_get(fault, "length")), 2);
    json_decref(object);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(check, folder_that_is_not_there_is_an_input_error) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "check", "/nowhere/at/all");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    CHECK(strstr(result.error, "/nowhere/at/all") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "check");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
}
