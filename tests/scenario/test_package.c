/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a package is exactly the files that belong to it, whatever lies in the folder, and
 * that its hash names them. */
#include "coordinator/scenario/scenario.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

static void write_text(const struct temporary *folder, const char *name, const char *text) {
    temporary_write(folder, name, text, strlen(text));
}

static void make_folder(const struct temporary *folder, const char *name) {
    char path[TEMPORARY_PATH_BYTES];
    CHECK_EQ(mkdir(temporary_path(folder, name, path), 0700), 0);
}

TEST(package, holds_what_belongs_to_it_sorted_by_path) {
    struct temporary folder;
    temporary_create(&folder);
    make_folder(&folder, "texts");
    make_folder(&folder, "attachments");
    make_folder(&folder, "drafts");
    write_text(&folder, "scenario.yaml", "a: b\n");
    write_text(&folder, "msel.csv", "id\n");
    write_text(&folder, "assets.csv", "");
    write_text(&folder, "README.md", "not part of it");
    write_text(&folder, ".hidden.csv", "not part of it");
    write_text(&folder, "scenario.yaml~", "not part of it");
    write_text(&folder, "drafts/msel.csv", "not part of it");
    write_text(&folder, "texts/nl.yaml", "x");
    write_text(&folder, "texts/en.yaml", "x");
    write_text(&folder, "texts/notes.txt", "not part of it");
    write_text(&folder, "attachments/map.png", "\x89PNG");
    struct package *package = NULL;
    CHECK_OK(package_open(folder.path, &package, NULL));
    static const char *const paths[] = {"assets.csv",    "attachments/map.png", "msel.csv",
                                        "scenario.yaml", "texts/en.yaml",       "texts/nl.yaml"};
    CHECK_EQ(package_file_count(package), 6);
    for (size_t i = 0; i < 6; i++) {
        CHECK_EQ(package_file(package, i).path, paths[i]);
    }
    CHECK_EQ(package_file(package, 0).size_bytes, 0);
    CHECK_BYTES(package_file(package, 3).bytes, package_file(package, 3).size_bytes, "a: b\n", 5);
    package_destroy(&package);
    CHECK(package == NULL);
    package_destroy(&package);
    temporary_destroy(&folder);
}

/* Opens a folder that must be refused, with these words. */
static void check_refused(const char *path, enum spill_status wanted, const char *words) {
    struct package *package = NULL;
    struct spill_error error = {{0}};
    CHECK_EQ(package_open(path, &package, &error), wanted);
    CHECK(package == NULL);
    if (strstr(error.text, words) == NULL) {
        CHECK_FAIL("'%s' is not in '%s'", words, error.text);
    }
}

TEST(package, links_and_what_is_no_plain_file_are_refused) {
    struct temporary folder;
    struct temporary other;
    char path[TEMPORARY_PATH_BYTES];
    char target[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_create(&other);
    write_text(&folder, "scenario.yaml", "a: b\n");
    write_text(&other, "secret", "x");
    CHECK_EQ(symlink(temporary_path(&other, "secret", target),
                     temporary_path(&folder, "assets.csv", path)),
             0);
    check_refused(folder.path, SPILL_INVALID, "assets.csv: is a link");
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(symlink(other.path, temporary_path(&folder, "texts", path)), 0);
    check_refused(folder.path, SPILL_INVALID, "texts: is not a folder");
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(mkfifo(temporary_path(&folder, "links.csv", path), 0600), 0);
    check_refused(folder.path, SPILL_INVALID, "links.csv: is not a plain file");
    CHECK_EQ(unlink(path), 0);
    write_text(&folder, "a\\b.csv", "x");
    check_refused(folder.path, SPILL_INVALID, "not a name for a file of a package");
    CHECK_EQ(unlink(temporary_path(&folder, "a\\b.csv", path)), 0);
    make_folder(&folder, "trust.csv");
    check_refused(folder.path, SPILL_INVALID, "trust.csv: is not a plain file");
    temporary_destroy(&folder);
    temporary_destroy(&other);
}

TEST(package, folder_that_is_not_there_is_not_found) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    check_refused(temporary_path(&folder, "none", path), SPILL_NOT_FOUND, "none: ");
    write_text(&folder, "file", "x");
    check_refused(temporary_path(&folder, "file", path), SPILL_NOT_FOUND, "file: ");
    temporary_destroy(&folder);
}

TEST(package, file_one_byte_too_large_is_refused) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    write_text(&folder, "assets.csv", "x");
    CHECK_EQ(truncate(temporary_path(&folder, "assets.csv", path), (off_t)SPILL_FILE_BYTES_MAX + 1),
             0);
    check_refused(folder.path, SPILL_LIMIT, "assets.csv: is larger than");
    temporary_destroy(&folder);
}

static enum spill_status create_one(const char *path) {
    struct package *package = NULL;
    const enum spill_status status =
        package_create(&(struct package_file){path, NULL, 0}, 1, &package, NULL);
    package_destroy(&package);
    return status;
}

TEST(package, paths_stay_inside_and_within_their_length) {
    static const char *const bad[] = {"",     "/a",       "../a", "a/../b", "a/./b", "./a",
                                      "a//b", "a/",       ".git", "a/.git", "a\\b",  "a\nb",
                                      "\xff", "texts/..", "..",   "."};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(create_one(bad[i]), SPILL_INVALID);
    }
    CHECK_OK(create_one("attachments/Übersicht (2).png"));
    char path[SPILL_PATH_BYTES_MAX + 2];
    memset(path, 'a', sizeof path);
    path[SPILL_PATH_BYTES_MAX] = '\0';
    CHECK_OK(create_one(path));
    path[SPILL_PATH_BYTES_MAX] = 'a';
    path[SPILL_PATH_BYTES_MAX + 1] = '\0';
    CHECK_EQ(create_one(path), SPILL_INVALID);
}

TEST(package, same_path_twice_is_refused) {
    const struct package_file files[] = {
        {"a.csv", NULL, 0}, {"b.csv", NULL, 0}, {"a.csv", NULL, 0}};
    struct package *package = NULL;
    CHECK_EQ(package_create(files, 3, &package, NULL), SPILL_INVALID);
}

TEST(package, one_file_too_many_is_refused) {
    const size_t count = SPILL_PACKAGE_FILES_MAX + 1;
    struct package_file *const files = spill_alloc(count, sizeof *files);
    char(*const paths)[16] = spill_alloc(count, sizeof *paths);
    CHECK(files != NULL);
    CHECK(paths != NULL);
    for (size_t i = 0; i < count; i++) {
        snprintf(paths[i], sizeof paths[i], "a%zu", i);
        files[i].path = paths[i];
    }
    struct package *package = NULL;
    CHECK_EQ(package_create(files, count, &package, NULL), SPILL_LIMIT);
    CHECK_OK(package_create(files, count - 1, &package, NULL));
    package_destroy(&package);
    free(files);
    free(paths);
}

static void hash_of(const struct package_file *files, size_t count, uint8_t hash[32]) {
    struct package *package = NULL;
    CHECK_OK(package_create(files, count, &package, NULL));
    package_hash(package, hash);
    package_destroy(&package);
}

TEST(package, hash_is_of_paths_and_contents_and_not_of_order) {
    const uint8_t ab[] = {'a', 'b'};
    const struct package_file one[] = {{"x.csv", ab, 2}, {"y.csv", ab, 1}};
    const struct package_file other[] = {{"y.csv", ab, 1}, {"x.csv", ab, 2}};
    const struct package_file moved[] = {{"x.csv", ab, 1}, {"y.csv", ab, 2}};
    uint8_t hash[32];
    uint8_t other_hash[32];
    hash_of(one, 2, hash);
    hash_of(other, 2, other_hash);
    CHECK_BYTES(hash, 32, other_hash, 32);
    hash_of(moved, 2, other_hash);
    CHECK(memcmp(hash, other_hash, 32) != 0);
}

TEST(package, hash_is_what_it_was) {
    /* blake2b-256 of "spillover package 1\0", then path and contents, each behind its length in 8
     * bytes, little-endian. */
    static const uint8_t wanted[32] = {0x32, 0xba, 0x90, 0xfc, 0x77, 0x0f, 0x5f, 0x2f,
                                       0x65, 0xc7, 0xbb, 0x99, 0xff, 0xe1, 0x01, 0xd7,
                                       0x3d, 0x91, 0xfd, 0xa0, 0x84, 0x02, 0xfc, 0x8b,
                                       0xa0, 0xfd, 0xad, 0xcc, 0xc1, 0xea, 0xbf, 0x73};
    uint8_t hash[32];
    hash_of(&(struct package_file){"scenario.yaml", (const uint8_t *)"a: b\n", 5}, 1, hash);
    CHECK_BYTES(hash, 32, wanted, 32);
}

TEST(package, failing_allocations_leave_nothing) {
    struct temporary folder;
    temporary_create(&folder);
    write_text(&folder, "scenario.yaml", "a: b\n");
    write_text(&folder, "assets.csv", "id\n");
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct package *package = NULL;
        spill_alloc_fail_after(after, false);
        status = package_open(folder.path, &package, NULL);
        spill_alloc_fail_after(-1, false);
        CHECK((status == SPILL_OK) == (package != NULL));
        package_destroy(&package);
    }
    CHECK_OK(status);
    status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct package *package = NULL;
        const struct package_file files[] = {{"a", (const uint8_t *)"x", 1}, {"b", NULL, 0}};
        spill_alloc_fail_after(after, false);
        status = package_create(files, 2, &package, NULL);
        spill_alloc_fail_after(-1, false);
        package_destroy(&package);
    }
    CHECK_OK(status);
    temporary_destroy(&folder);
}
