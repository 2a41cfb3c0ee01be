/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that nobody has a seat who is not in the roster, that a file is taken whole or not at all,
 * and that what people wrote into it stays. */
#include "coordinator/control/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/support/temporary.h"

static struct roster *roster;
static struct spill_error error;

static struct roster_entry entry_of(uint8_t key, const char *cells, const char *name) {
    struct roster_entry entry = {.not_after_s = SPILL_NEVER};
    memset(entry.key, key, sizeof entry.key);
    snprintf(entry.cells, sizeof entry.cells, "%s", cells);
    snprintf(entry.name, sizeof entry.name, "%s", name);
    return entry;
}

static enum spill_status parse(const char *text) {
    return roster_parse(text, strlen(text), "roster", &roster, &error);
}

/* Who is not enrolled, is revoked, or is past the last moment has no seat; and only its own. */
TEST(roster, only_who_is_enrolled_has_a_seat) {
    CHECK_OK(roster_create(&roster));
    struct roster_entry entry = entry_of(7, "nl-csirt,be-grid", "rack 4");
    entry.not_after_s = 1000;
    CHECK_EQ(roster_judge(roster, entry.key, NULL, 5), ROSTER_UNKNOWN);
    CHECK_OK(roster_enrol(roster, &entry, &error));
    CHECK_EQ(roster_judge(roster, entry.key, NULL, 5), ROSTER_ADMITTED);
    CHECK_EQ(roster_judge(roster, entry.key, "nl-csirt", 1000), ROSTER_ADMITTED);
    CHECK_EQ(roster_judge(roster, entry.key, "be-grid", 1000), ROSTER_ADMITTED);
    CHECK_EQ(roster_judge(roster, entry.key, "be-gri", 1000), ROSTER_OTHER_CELL);
    CHECK_EQ(roster_judge(roster, entry.key, "be-grid2", 1000), ROSTER_OTHER_CELL);
    CHECK_EQ(roster_judge(roster, entry.key, "nl-csirt", 1001), ROSTER_EXPIRED);
    CHECK_OK(roster_revoke(roster, entry.key));
    CHECK_OK(roster_revoke(roster, entry.key));
    CHECK_EQ(roster_judge(roster, entry.key, "nl-csirt", 5), ROSTER_REVOKED);
    CHECK_EQ(roster_enrol(roster, &entry, &error), SPILL_EXISTS);
    const struct roster_entry other = entry_of(8, "be-grid", "");
    CHECK_EQ(roster_judge(roster, other.key, NULL, 5), ROSTER_UNKNOWN);
    CHECK_EQ(roster_revoke(roster, other.key), SPILL_NOT_FOUND);
    roster_destroy(&roster);
}

/* Written and read again it is the same, with the words of people where they were. */
TEST(roster, file_comes_back) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    temporary_create(&folder);
    temporary_path(&folder, "roster", path);
    CHECK_EQ(roster_load(path, &roster, &error), SPILL_NOT_FOUND);
    char key[SEAL_TEXT_BYTES];
    const struct roster_entry first = entry_of(1, "nl-csirt", "Anna's laptop");
    char text[1024];
    snprintf(text, sizeof text,
             "spillover roster 1\n# The room on the left.\n\n"
             "node\t%s  people nl-csirt   - Anna's laptop  \r\n# The end.",
             seal_key_print(first.key, key));
    CHECK_OK(parse(text));
    struct roster_entry second = entry_of(2, "a,b", "");
    second.role = ROSTER_ROBOT;
    CHECK_OK(roster_time_parse("2028-02-29T23:59:59Z", &second.not_after_s));
    CHECK_OK(roster_enrol(roster, &second, &error));
    CHECK_OK(roster_revoke(roster, first.key));
    CHECK_OK(roster_save(roster, path, &error));
    roster_destroy(&roster);
    size_t bytes = 0;
    char *const got = temporary_read(path, &bytes);
    char other[SEAL_TEXT_BYTES];
    snprintf(text, sizeof text,
             "spillover roster 1\n# The room on the left.\n\n"
             "revoked %s people nl-csirt - Anna's laptop\n# The end.\n"
             "node %s robot a,b 2028-02-29T23:59:59Z\n",
             key, seal_key_print(second.key, other));
    CHECK_EQ((const char *)got, (const char *)text);
    free(got);
    CHECK_OK(roster_load(path, &roster, &error));
    CHECK_EQ(roster_count(roster), 2);
    CHECK_EQ(roster_find(roster, second.key), roster_entry(roster, 1));
    CHECK_BYTES(roster_entry(roster, 1), sizeof second, &second, sizeof second);
    CHECK_OK(roster_save(roster, path, &error)); /* What is there is replaced. */
    roster_destroy(&roster);
    temporary_destroy(&folder);
}

/* A roster with any fault is none: who wrote it is told the line. */
TEST(roster, faults_are_named) {
    char key[SEAL_TEXT_BYTES];
    const struct roster_entry entry = entry_of(1, "a", "");
    seal_key_print(entry.key, key);
    const struct {
        const char *line, *words;
    } wrong[] = {
        {"node KEY", "roster:2: a line is"},
        {"nodes KEY people a -", "roster:2: a line begins"},
        {"node 1234 people a -", "roster:2: the second word"},
        {"node KEY persons a -", "roster:2: the role"},
        {"node KEY people a,, -", "roster:2: the cells"},
        {"node KEY people A -", "roster:2: the cells"},
        {"node KEY people a 2026-02-29T00:00Z", "roster:2: the last moment"},
        {"node KEY people a 2026-02-28", "roster:2: the last moment"},
        {"node KEY people a 2026-13-01T00:00Z", "roster:2: the last moment"},
        {"node KEY people a 2026-01-01T24:00Z", "roster:2: the last moment"},
        {"node KEY people a - \033[2J", "roster:2: the name"},
        {"node KEY people a -\n\nnode KEY people b -", "roster:4: the key"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[1024] = "spillover roster 1\n";
        for (const char *at = wrong[i].line; *at != '\0'; at++) {
            const bool named = strncmp(at, "KEY", 3) == 0;
            const size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, named ? "%s" : "%.1s", named ? key : at);
            at += named ? 2 : 0;
        }
        CHECK_EQ(parse(text), SPILL_INVALID);
        if (strncmp(error.text, wrong[i].words, strlen(wrong[i].words)) != 0) {
            CHECK_FAIL("%s: %s", wrong[i].line, error.text);
        }
    }
    CHECK_EQ(parse(""), SPILL_INVALID);
    CHECK_EQ(parse("spillover roster 2\n"), SPILL_INVALID);
    CHECK_EQ(roster_parse("spillover roster 1\n#\0\n", 22, "roster", &roster, &error),
             SPILL_INVALID);
    CHECK_OK(parse("spillover roster 1"));
    CHECK_EQ(roster_count(roster), 0);
    struct roster_entry bad = entry_of(3, "a", "two\nlines");
    CHECK_EQ(roster_enrol(roster, &bad, &error), SPILL_INVALID);
    bad = entry_of(3, "", "");
    CHECK_EQ(roster_enrol(roster, &bad, &error), SPILL_INVALID);
    memset(bad.cells, 'a', sizeof bad.cells);
    CHECK_EQ(roster_enrol(roster, &bad, &error), SPILL_INVALID);
    CHECK_EQ(roster_count(roster), 0);
    roster_destroy(&roster);
}

/* One line, one node or one byte too many is refused. */
TEST(roster, limits_are_kept) {
    char *text = malloc(ROSTER_LINE_BYTES_MAX + 64);
    const int first = sprintf(text, "spillover roster 1\n");
    memset(text + first, '#', ROSTER_LINE_BYTES_MAX + 1);
    CHECK_OK(roster_parse(text, (size_t)first + ROSTER_LINE_BYTES_MAX, "roster", &roster, &error));
    roster_destroy(&roster);
    CHECK_EQ(
        roster_parse(text, (size_t)first + ROSTER_LINE_BYTES_MAX + 1, "roster", &roster, &error),
        SPILL_LIMIT);
    CHECK_EQ(roster_parse(text, ROSTER_FILE_BYTES_MAX + 1, "roster", &roster, &error), SPILL_LIMIT);
    free(text);
    CHECK_OK(roster_create(&roster));
    struct roster_entry entry = entry_of(1, "a", "");
    for (uint32_t i = 0; i < ROSTER_ENTRIES_MAX; i++) {
        memcpy(entry.key, &i, sizeof i);
        CHECK_OK(roster_enrol(roster, &entry, &error));
    }
    memset(entry.key, 9, sizeof entry.key);
    CHECK_EQ(roster_enrol(roster, &entry, &error), SPILL_LIMIT);
    CHECK_EQ(roster_count(roster), ROSTER_ENTRIES_MAX);
    roster_destroy(&roster);
}

/* Times are those of the calendar, and come back as they were. */
TEST(roster, times_come_back) {
    const struct {
        const char *text;
        int64_t time_s;
    } times[] = {{"1970-01-01T00:00Z", 0},
                 {"2000-02-29T12:00Z", 951825600},
                 {"2026-11-21T21:30:05Z", 1795296605},
                 {"2100-03-01T00:00Z", INT64_C(4107542400)},
                 {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
                 {"-", SPILL_NEVER}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int64_t time_s = -1;
        char text[ROSTER_TIME_BYTES];
        CHECK_OK(roster_time_parse(times[i].text, &time_s));
        CHECK_EQ(time_s, times[i].time_s);
        CHECK_EQ((const char *)roster_time_print(time_s, text), times[i].text);
    }
}

TEST(roster, every_allocation_may_fail) {
    char key[SEAL_TEXT_BYTES];
    const struct roster_entry entry = entry_of(1, "a", "");
    char text[256];
    snprintf(text, sizeof text, "spillover roster 1\n# Words.\nnode %s robot a -\n",
             seal_key_print(entry.key, key));
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status != SPILL_OK; after++) {
        CHECK_LT(after, 100L);
        spill_alloc_fail_after(after, false);
        status = parse(text);
        spill_alloc_fail_after(-1, false);
        CHECK(status == SPILL_OK || status == SPILL_MEMORY);
    }
    roster_destroy(&roster);
}
