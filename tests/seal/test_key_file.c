/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/seal/key_file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

static struct temporary folder;
static char path[TEMPORARY_PATH_BYTES];
static uint8_t key[SEAL_KEY_BYTES], got[SEAL_KEY_BYTES];
static struct spill_error error;

static void start(void) {
    temporary_create(&folder);
    temporary_path(&folder, "node.key", path);
    seal_random(key);
}

static size_t files(void) {
    size_t count = 0;
    DIR *const entries = opendir(folder.path);
    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

/* Written, ours alone, read again; and nothing else is left in the folder. */
TEST(key_file, key_comes_back) {
    start();
    struct stat facts;
    CHECK_OK(key_file_write(path, KEY_FILE_NODE, key, &error));
    CHECK_EQ(stat(path, &facts), 0);
    CHECK_EQ(facts.st_mode & 0777, 0600);
    CHECK_OK(key_file_read(path, KEY_FILE_NODE, got, &error));
    CHECK_BYTES(key, sizeof key, got, sizeof got);
    CHECK_EQ(files(), 1);
    temporary_destroy(&folder);
}

/* A key that is there is never overwritten. */
TEST(key_file, existing_file_stays) {
    start();
    uint8_t other[SEAL_KEY_BYTES] = {1};
    CHECK_OK(key_file_write(path, KEY_FILE_NODE, key, &error));
    CHECK_EQ(key_file_write(path, KEY_FILE_NODE, other, &error), SPILL_EXISTS);
    CHECK_OK(key_file_read(path, KEY_FILE_NODE, got, &error));
    CHECK_BYTES(key, sizeof key, got, sizeof got);
    CHECK_EQ(files(), 1);
    temporary_destroy(&folder);
}

/* A key that others may read is no secret. */
TEST(key_file, key_that_others_may_read_is_refused) {
    start();
    CHECK_OK(key_file_write(path, KEY_FILE_NODE, key, &error));
    CHECK_EQ(chmod(path, 0640), 0);
    CHECK_EQ(key_file_read(path, KEY_FILE_NODE, got, &error), SPILL_REFUSED);
    temporary_destroy(&folder);
}

TEST(key_file, other_kinds_and_other_files_are_refused) {
    start();
    CHECK_OK(key_file_write(path, KEY_FILE_SERVER, key, &error));
    CHECK_EQ(key_file_read(path, KEY_FILE_NODE, got, &error), SPILL_INVALID);
    CHECK_EQ(key_file_read("/nonexistent/key", KEY_FILE_NODE, got, &error), SPILL_NOT_FOUND);
    CHECK_EQ(key_file_write("/nonexistent/key", KEY_FILE_NODE, key, &error), SPILL_IO);
    static const char *const texts[] = {
        "",
        "spillover node key 1\n",
        "spillover node key 2\nabc\n",
        "spillover node key 1\nnJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.%F",
        "spillover node key 1\nnJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.% \n",
        "spillover node key 1\nnJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.%F\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        temporary_write(&folder, "wrong", texts[i], strlen(texts[i]));
        char wrong[TEMPORARY_PATH_BYTES];
        CHECK_EQ(chmod(temporary_path(&folder, "wrong", wrong), 0600), 0);
        CHECK_EQ(key_file_read(wrong, KEY_FILE_NODE, got, &error), SPILL_INVALID);
        CHECK(strstr(error.text, "not a node key") != NULL);
    }
    temporary_destroy(&folder);
}

/* One byte too long. */
TEST(key_file, path_has_a_limit) {
    static char longest[KEY_FILE_PATH_BYTES_MAX + 2];
    memset(longest, 'x', KEY_FILE_PATH_BYTES_MAX + 1);
    CHECK_EQ(key_file_write(longest, KEY_FILE_NODE, key, &error), SPILL_LIMIT);
}
