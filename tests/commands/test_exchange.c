/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that import makes packages that check and run take, that export writes what a recording
 * came to, and that one reads what the other wrote. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/check.h"
#include "tests/control/play.h"
#include "tests/support/program.h"

static void write_text(const char *path, const char *text) {
    FILE *const file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

TEST(exchange_command, imported_network_is_checked_and_played) {
    struct temporary temporary;
    struct program_result result;
    char source[TEMPORARY_PATH_BYTES];
    char folder[TEMPORARY_PATH_BYTES];
    char record[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    write_text(temporary_path(&temporary, "net.csv", source), "from,to\na,b\nb,c\nc,c\n");
    temporary_path(&temporary, "net", folder);
    temporary_path(&temporary, "net.spill", record);
    PROGRAM_SPILLOVER(&result, "import", source, "--to", folder, "--country", "nl", "--sector",
                      "water");
    CHECK_EQ(result.error, "");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    CHECK(strstr(result.out, "3 assets, 2 links; 1 loops or doubles were left out") != NULL);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "check", folder);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "run", folder, "--speed", "max", "--quiet", "--record", record);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "import", source, "--to", folder, "--country", "nl", "--sector",
                      "water");
    CHECK_EQ(result.code, SPILL_EXIT_CANNOT_CREATE);
    program_result_free(&result);
    temporary_destroy(&temporary);
}

TEST(exchange_command, bad_networks_are_bad_input) {
    struct temporary temporary;
    struct program_result result;
    char source[TEMPORARY_PATH_BYTES];
    char folder[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    temporary_path(&temporary, "net", folder);
    write_text(temporary_path(&temporary, "net.m", source), "x = 3 * y;\n");
    PROGRAM_SPILLOVER(&result, "import", source, "--to", folder, "--country", "nl", "--sector",
                      "electricity");
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    CHECK(strstr(result.error, "net.m:1: this is code, not data: x = 3 * y;") != NULL);
    CHECK(access(folder, F_OK) != 0);
    program_result_free(&result);
    write_text(temporary_path(&temporary, "net.txt", source), "");
    PROGRAM_SPILLOVER(&result, "import", source, "--to", folder);
    CHECK_EQ(result.code, SPILL_EXIT_INPUT);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "import", source);
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
    temporary_destroy(&temporary);
}

TEST(exchange_command, export_is_geojson_that_import_reads) {
    struct temporary temporary;
    struct program_result result;
    char record[TEMPORARY_PATH_BYTES];
    char out[TEMPORARY_PATH_BYTES];
    char folder[TEMPORARY_PATH_BYTES];
    temporary_create(&temporary);
    play_all(temporary_path(&temporary, "a.spill", record));
    temporary_path(&temporary, "a.geojson", out);
    temporary_path(&temporary, "again", folder);
    PROGRAM_SPILLOVER(&result, "export", record, "--at", "6h", "--to", out);
    CHECK_EQ(result.error, "");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    json_t *const root = json_load_file(out, 0, NULL);
    CHECK(root != NULL);
    const json_t *const features = json_object_get(root, "features");
    size_t failed_count = 0;
    for (size_t i = 0; i < json_array_size(features); i++) {
        const json_t *const properties = json_object_get(json_array_get(features, i), "properties");
        const char *const status = json_string_value(json_object_get(properties, "status"));
        if (status != NULL && strcmp(status, "failed") == 0) {
            failed_count++;
            CHECK_EQ(json_string_value(json_object_get(properties, "root")),
                     "campaign:relay-wiper");
            CHECK_LE(json_integer_value(json_object_get(properties, "first_failure_ms")),
                     6 * PLAY_HOUR_MS);
        }
    }
    CHECK_LT(0, failed_count);
    CHECK_EQ(json_integer_value(json_object_get(root, "at_ms")), 6 * PLAY_HOUR_MS);
    json_decref(root);
    PROGRAM_SPILLOVER(&result, "import", out, "--to", folder);
    CHECK_EQ(result.error, "");
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "check", folder);
    CHECK_EQ(result.code, SPILL_EXIT_OK);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "export", record, "--at", "1000h");
    CHECK_EQ(result.code, SPILL_EXIT_USAGE);
    program_result_free(&result);
    temporary_destroy(&temporary);
}
