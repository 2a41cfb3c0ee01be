/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `ensemble` prints: a page that fits, JSON and CSV that do not show how it was run, one
 * replica alone, a forecast from a recording, and how it refuses.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/control/play.h"
#include "tests/support/program.h"

static const char *tutorial(void) {
    static char folder[TEMPORARY_PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/scenarios/tutorial", getenv("SPILL_SOURCE"));
    return folder;
}

static void check_says(const char *text, const char *words) {
    if (strstr(text, words) == NULL) {
        CHECK_FAIL("\"%s\" is not in:\n%s", words, text);
    }
}

/* No line is wider than a page. */
static void check_fits(const char *text) {
    int columns = 0;
    for (const char *at = text; *at != '\0'; at++) {
        columns = *at == '\n' ? 0 : columns + (((unsigned char)*at & 0xC0) != 0x80);
        if (columns > 100) {
            CHECK_FAIL("a line of more than 100 columns in:\n%s", text);
        }
    }
}

TEST(ensemble_command, prints_a_page_that_fits) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replicas", "60", "--threads", "2");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.error, "spillover: ") == NULL);
    check_fits(result.out);
    check_says(result.out, "First spill: 60 replicas of 16 h, team doctrine, seed 17");
    check_says(result.out, "Substation Ede");
    check_says(result.out, "Germany → Netherlands");
    check_says(result.out, "Relay wiper");
    check_says(result.out, "person-hours lost a replica");
    check_says(result.out, "2 threads");
    program_result_free(&result);
}

/* The object without how it was run, as text. */
static char *results_of(const char *text) {
    json_error_t fault;
    json_t *const root = json_loads(text, 0, &fault);
    if (root == NULL) {
        CHECK_FAIL("%s in:\n%s", fault.text, text);
    }
    CHECK_EQ(json_string_value(json_object_get(root, "schema")), "spillover-ensemble-1");
    CHECK(json_is_object(json_object_get(root, "run")));
    json_object_del(root, "run");
    char *const results = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return results;
}

TEST(ensemble_command, json_does_not_show_the_number_of_threads) {
    static const char *const threads[] = {"1", "2", "3"};
    char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct program_result result;
        PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replicas", "40", "--json",
                          "--threads", threads[i], "--team", "passive", "--until", "9h");
        CHECK_EQ(result.code, SPILL_EXIT_OK);
        char *const results = results_of(result.out);
        if (first != NULL) {
            CHECK_EQ((const char *)results, (const char *)first);
            free(results);
        } else {
            first = results;
            check_says(first, "\"team\":\"passive\"");
            check_says(first, "\"until_ms\":32400000");
        }
        program_result_free(&result);
    }
    free(first);
}

TEST(ensemble_command, csv_files_are_written) {
    struct temporary temporary;
    struct program_result result;
    char folder[TEMPORARY_PATH_BYTES];
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    temporary_path(&temporary, "results", folder);
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replicas", "20", "--csv", folder);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    static const struct {
        const char *name;
        const char *begins;
    } files[] = {{"totals.csv", "replica,person_hours\n0,"},
                 {"groups.csv", "sector,country,at_ms,down_by,down_at\n"},
                 {"assets.csv", "asset,country,sector,down,"},
                 {"over_time.csv", "asset,at_ms,down_by,down_at\n"},
                 {"spill.csv", "from,hit,mean_person_hours,"},
                 {"roots.csv", "kind,id,order,replicas,"},
                 {"links.csv", "asset,need,supplier,"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t bytes = 0;
        snprintf(path, sizeof path, "results/%s", files[i].name);
        char file[TEMPORARY_PATH_BYTES];
        char *const text = temporary_read(temporary_path(&temporary, path, file), &bytes);
        if (strncmp(text, files[i].begins, strlen(files[i].begins)) != 0) {
            CHECK_FAIL("%s begins with:\n%.200s", files[i].name, text);
        }
        free(text);
    }
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replicas", "2", "--csv",
                      temporary_path(&temporary, "no/such/folder", path));
    CHECK_EQ(result.code, SPILL_EXIT_CANNOT_CREATE);
    program_result_free(&result);
    temporary_destroy(&temporary);
}

/* The worst replica's number and loss, as the ensemble has them. */
static json_int_t worst_of(const char *text, char number[24]) {
    json_t *const root = json_loads(text, 0, NULL);
    CHECK(root != NULL);
    const json_t *const total = json_object_get(root, "total");
    snprintf(number, 24, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(total, "worst_replica")));
    const json_t *const down = json_object_get(total, "assets_down");
    const json_int_t most = (json_int_t)json_array_size(down) - 1;
    json_decref(root);
    return most;
}

TEST(ensemble_command, one_replica_is_told_with_its_causes) {
    struct program_result result;
    char worst[24];
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replicas", "40", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    const json_int_t most = worst_of(result.out, worst);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replica", worst);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    check_says(result.out, "100→0%");
    check_says(result.out, "Relay wiper");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--replica", worst, "--causes", "--json");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    json_t *const root = json_loads(result.out, 0, NULL);
    CHECK(root != NULL);
    const json_t *const causes = json_object_get(root, "causes");
    CHECK_LE((size_t)most, json_array_size(causes));
    for (size_t i = 0; i < json_array_size(causes); i++) {
        const json_t *const cause = json_array_get(causes, i);
        CHECK_EQ(json_integer_value(json_object_get(cause, "number")), (json_int_t)i + 1);
        CHECK_LE(json_integer_value(json_object_get(cause, "parent")), (json_int_t)i);
    }
    json_decref(root);
    program_result_free(&result);
}

TEST(ensemble_command, a_forecast_starts_from_a_moment_of_a_recording) {
    struct temporary temporary;
    struct program_result result;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    play_all(temporary_path(&temporary, "a.spill", path));
    PROGRAM_SPILLOVER(&result, "ensemble", "--from", path, "--at", "1h", "--replicas", "20",
                      "--json");
    CHECK(strstr(result.error, "spillover: ") == NULL);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    check_says(result.out, "\"start_ms\":3600000");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "ensemble", "--from", path, "--at", "1000h");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    check_says(result.error, "--at D+41 16:00:00 is after the end of the recording");
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "ensemble", "--from", path);
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), "--from", path, "--at", "1h");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
    temporary_destroy(&temporary);
}

TEST(ensemble_command, refuses_with_words) {
    static const struct {
        const char *option;
        const char *value;
        enum spill_exit code;
        const char *words;
    } cases[] = {
        {"--replicas", "0", SPILL_EXIT_USAGE, "--replicas takes a whole number from 1"},
        {"--replicas", "x", SPILL_EXIT_USAGE, "--replicas takes a whole number from 1"},
        {"--threads", "100000", SPILL_EXIT_USAGE, "--threads takes a whole number"},
        {"--until", "soon", SPILL_EXIT_USAGE, "not an exercise time: soon"},
        {"--below", "120%", SPILL_EXIT_USAGE, "--below takes a share"},
        {"--until", "1000h", SPILL_EXIT_USAGE,
         "--until D+41 16:00:00 is after the end of the exercise"},
        {"--team", "nonsense", SPILL_EXIT_USAGE, "passive, doctrine"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program_result result;
        PROGRAM_SPILLOVER(&result, "ensemble", tutorial(), cases[i].option, cases[i].value);
        CHECK_EQ(result.code, (int)cases[i].code);
        check_says(result.error, cases[i].words);
        program_result_free(&result);
    }
}
