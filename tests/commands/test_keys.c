/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "coordinator/control/roster.h"
#include "proto/seal/key_file.h"
#include "tests/check.h"
#include "tests/support/program.h"
#include "tests/support/temporary.h"

static void public_key(const char *verb, const char *path, char key[SEAL_TEXT_BYTES]) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "keys", verb, path, "--json");
    CHECK_EQ(result.code, 0);
    json_t *const object = json_loads(result.out, 0, NULL);
    CHECK_EQ(json_string_value(json_object_get(object, "schema")), "spillover-keys-1");
    CHECK_EQ(json_string_value(json_object_get(object, "kind")), "node");
    const char *const text = json_string_value(json_object_get(object, "public_key"));
    CHECK(text != NULL);
    CHECK_EQ(strlen(text), (size_t)SEAL_TEXT_BYTES - 1);
    memcpy(key, text, SEAL_TEXT_BYTES);
    json_decref(object);
    program_result_free(&result);
}

/* What is shown belongs to the secret in the file, and the secret is never shown. */
TEST(keys, new_key_is_in_a_file_of_its_own_and_its_public_part_is_shown) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char made[SEAL_TEXT_BYTES];
    char shown[SEAL_TEXT_BYTES];
    char secret[SEAL_TEXT_BYTES];
    struct seal_pair pair;
    uint8_t parsed[SEAL_KEY_BYTES];
    struct stat facts;
    struct program_result result;
    temporary_create(&folder);
    temporary_path(&folder, "a.key", path);
    public_key("new", path, made);
    public_key("show", path, shown);
    CHECK_EQ((const char *)made, (const char *)shown);
    CHECK_EQ(stat(path, &facts), 0);
    CHECK_EQ(facts.st_mode & 0777, (mode_t)0600);
    CHECK_OK(key_file_read(path, KEY_FILE_NODE, pair.secret_key, NULL));
    seal_key_print(pair.secret_key, secret);
    seal_pair_of(pair.secret_key, &pair);
    CHECK_OK(seal_key_parse(made, parsed));
    CHECK_BYTES(parsed, SEAL_KEY_BYTES, pair.public_key, SEAL_KEY_BYTES);
    PROGRAM_SPILLOVER(&result, "keys", "show", path);
    CHECK_EQ(result.code, 0);
    CHECK(strstr(result.out, made) != NULL);
    CHECK(strstr(result.out, secret) == NULL);
    program_result_free(&result);
    temporary_destroy(&folder);
}

TEST(keys, nothing_is_overwritten_and_what_is_no_key_is_refused) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct program_result result;
    temporary_create(&folder);
    temporary_write(&folder, "a.key", "mine", 4);
    temporary_path(&folder, "a.key", path);
    CHECK_EQ(chmod(path, 0600), 0);
    PROGRAM_SPILLOVER(&result, "keys", "new", path);
    CHECK_EQ(result.code, 73);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "show", path);
    CHECK_EQ(result.code, 2);
    CHECK(strstr(result.error, "not a node key") != NULL);
    program_result_free(&result);
    size_t size_bytes = 0;
    char *const text = temporary_read(path, &size_bytes);
    CHECK_EQ((const char *)text, "mine");
    free(text);
    temporary_destroy(&folder);
}

TEST(keys, bad_arguments_are_usage_errors) {
    struct program_result result;
    PROGRAM_SPILLOVER(&result, "keys");
    CHECK_EQ(result.code, 64);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "make", "a.key");
    CHECK_EQ(result.code, 64);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "new", "a.key", "b.key");
    CHECK_EQ(result.code, 64);
    program_result_free(&result);
}

/* Who is enrolled is in the roster as a coordinator reads it, once, and can be taken out. */
TEST(keys, roster_says_who_may_sit_where) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char roster_path[TEMPORARY_PATH_BYTES];
    char key[SEAL_TEXT_BYTES];
    uint8_t parsed[SEAL_KEY_BYTES];
    struct program_result result;
    struct roster *roster = NULL;
    temporary_create(&folder);
    public_key("new", temporary_path(&folder, "a.key", path), key);
    CHECK_OK(seal_key_parse(key, parsed));
    temporary_path(&folder, "roster", roster_path);
    PROGRAM_SPILLOVER(&result, "keys", "revoke", roster_path, key);
    CHECK_EQ(result.code, 2);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "enrol", roster_path, key, "nl-csirt,nl-tso", "--robot",
                      "--until", "2026-12-01T12:00Z", "--name", "rack 4");
    CHECK_EQ(result.code, 0);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "enrol", roster_path, key, "nl-csirt");
    CHECK_EQ(result.code, 73);
    program_result_free(&result);
    CHECK_OK(roster_load(roster_path, &roster, NULL));
    CHECK_EQ(roster_count(roster), 1);
    CHECK_EQ(roster_judge(roster, parsed, "nl-tso", 0), ROSTER_ADMITTED);
    CHECK_EQ(roster_judge(roster, parsed, "be-csirt", 0), ROSTER_OTHER_CELL);
    CHECK_EQ(roster_judge(roster, parsed, "nl-tso", INT64_C(4000000000)), ROSTER_EXPIRED);
    CHECK_EQ(roster_find(roster, parsed)->role, ROSTER_ROBOT);
    CHECK_EQ((const char *)roster_find(roster, parsed)->name, "rack 4");
    roster_destroy(&roster);
    PROGRAM_SPILLOVER(&result, "keys", "revoke", roster_path, key);
    CHECK_EQ(result.code, 0);
    program_result_free(&result);
    CHECK_OK(roster_load(roster_path, &roster, NULL));
    CHECK_EQ(roster_judge(roster, parsed, "nl-tso", 0), ROSTER_REVOKED);
    roster_destroy(&roster);
    PROGRAM_SPILLOVER(&result, "keys", "enrol", roster_path, key, "NL csirt");
    CHECK_EQ(result.code, 64);
    program_result_free(&result);
    PROGRAM_SPILLOVER(&result, "keys", "enrol", roster_path, "short", "nl-csirt");
    CHECK_EQ(result.code, 64);
    program_result_free(&result);
    temporary_destroy(&folder);
}
