/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that every query that RECORDING.md shows runs on a recording and finds something, and that
 * the views which it lists are there with the columns that it names. */
#include <ctype.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/control/play.h"

struct document {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    char *text;
    sqlite3 *database;
};

static void document_create(struct document *document) {
    char path[TEMPORARY_PATH_BYTES];
    size_t bytes_count = 0;
    temporary_create(&document->folder);
    temporary_path(&document->folder, "a.spill", document->path);
    play_all(document->path);
    snprintf(path, sizeof path, "%s/coordinator/record/RECORDING.md", getenv("SPILL_SOURCE"));
    document->text = temporary_read(path, &bytes_count);
    CHECK_EQ(sqlite3_open_v2(document->path, &document->database, SQLITE_OPEN_READONLY, NULL),
             SQLITE_OK);
}

static void document_destroy(struct document *document) {
    CHECK_EQ(sqlite3_close(document->database), SQLITE_OK);
    free(document->text);
    temporary_destroy(&document->folder);
}

/* Runs the statements of one block; each finds at least one row. */
static void document_run(const struct document *document, const char *sql, const char *end) {
    while (sql < end) {
        sqlite3_stmt *statement = NULL;
        const char *tail = NULL;
        if (sqlite3_prepare_v2(document->database, sql, (int)(end - sql), &statement, &tail) !=
            SQLITE_OK) {
            CHECK_FAIL("%s: %.200s", sqlite3_errmsg(document->database), sql);
        }
        if (statement != NULL && sqlite3_step(statement) != SQLITE_ROW) {
            CHECK_FAIL("%s: nothing is found by %.200s", sqlite3_errmsg(document->database), sql);
        }
        sqlite3_finalize(statement);
        sql = tail;
    }
}

TEST(document, every_query_finds_something) {
    static const char opening[] = "```sql\n";
    struct document document;
    size_t count = 0;
    document_create(&document);
    const char *at = document.text;
    while ((at = strstr(at, opening)) != NULL) {
        at += sizeof opening - 1;
        const char *const end = strstr(at, "```");
        CHECK(end != NULL);
        document_run(&document, at, end);
        at = end;
        count++;
    }
    CHECK_LE((size_t)8, count);
    document_destroy(&document);
}

TEST(document, every_view_has_the_columns_that_are_listed) {
    struct document document;
    document_create(&document);
    const char *at = strstr(document.text, "| view | columns |");
    size_t count = 0;
    CHECK(at != NULL);
    at = strchr(strchr(at, '\n') + 1, '\n') + 1;
    for (; strncmp(at, "| `", 3) == 0; at = strchr(at, '\n') + 1) {
        char sql[2048];
        size_t bytes = 0;
        const char *const name = at + 3;
        const char *const columns = strstr(name, "` | ") + 4;
        const char *const end = strchr(at, '\n');
        /* Words behind a colon explain; `a`, `b` are columns. */
        bytes += (size_t)snprintf(sql, sizeof sql, "SELECT ");
        bool inside = false;
        bool first = true;
        for (const char *c = columns; c < end && *c != ':'; c++) {
            if (*c == '`') {
                inside = !inside;
                bytes += (size_t)snprintf(sql + bytes, sizeof sql - bytes, "%s",
                                          inside && !first ? ", " : "");
                first = false;
            } else if (inside) {
                bytes += (size_t)snprintf(sql + bytes, sizeof sql - bytes, "%c", *c);
            }
        }
        snprintf(sql + bytes, sizeof sql - bytes, " FROM %.*s", (int)strcspn(name, "`"), name);
        document_run(&document, sql, sql + strlen(sql));
        count++;
    }
    CHECK_EQ(count, 9);
    document_destroy(&document);
}
