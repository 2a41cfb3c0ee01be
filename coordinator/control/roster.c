/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ROSTER_FIELDS = 5, /* Before the name. */
    ROSTER_PATH_BYTES = 4096,
    ROSTER_DAY_S = 86400,
    ROSTER_YEAR_MIN = 1970,
    ROSTER_YEAR_MAX = 9999,
};

static const char ROSTER_FIRST_LINE[] = "spillover roster 1";

/* A line of the file: an entry, or words for people. */
struct roster_line {
    char *words; /* NULL: an entry. */
    size_t entry;
};

struct roster {
    struct roster_line *lines;
    size_t line_count;
    struct roster_entry *entries;
    size_t entry_count;
};

const char *roster_role_name(enum roster_role role) {
    static const char *const names[ROSTER_ROLE_COUNT] = {"people", "robot"};
    SPILL_ASSERT((size_t)role < ROSTER_ROLE_COUNT);
    return names[role];
}

const char *roster_verdict_words(enum roster_verdict verdict) {
    switch (verdict) {
    case ROSTER_ADMITTED:
        return "it may take that seat";
    case ROSTER_UNKNOWN:
        return "the key is not in the roster";
    case ROSTER_REVOKED:
        return "the key was revoked";
    case ROSTER_EXPIRED:
        return "the key's time is over";
    case ROSTER_OTHER_CELL:
        return "the key does not speak for that cell";
    }
    SPILL_ASSERT(false);
    return "";
}

/* ---- Time ---- */

static bool roster_leap(int64_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t roster_month_days(int64_t year, int64_t month) {
    static const int64_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && roster_leap(year));
}

/* Days from 1970-01-01 to the first of January. */
static int64_t roster_year_days(int64_t year) {
    const int64_t before = year - 1;
    return 365 * (year - ROSTER_YEAR_MIN) + (before / 4 - before / 100 + before / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* A number of exactly so many digits, and the character behind it. */
static bool roster_digits(const char **text, size_t digits, char behind, int64_t *number) {
    int64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        const char digit = (*text)[i];
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    if ((*text)[digits] != behind) {
        return false;
    }
    *text += digits + 1;
    *number = value;
    return true;
}

enum spill_status roster_time_parse(const char *text, int64_t *time_s) {
    if (strcmp(text, "-") == 0) {
        *time_s = SPILL_NEVER;
        return SPILL_OK;
    }
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    const bool date = roster_digits(&text, 4, '-', &year) && roster_digits(&text, 2, '-', &month) &&
                      roster_digits(&text, 2, 'T', &day) && roster_digits(&text, 2, ':', &hour);
    const bool form =
        date && (roster_digits(&text, 2, 'Z', &minute) ||
                 (roster_digits(&text, 2, ':', &minute) && roster_digits(&text, 2, 'Z', &second)));
    if (!form || *text != '\0' || year < ROSTER_YEAR_MIN || month < 1 || month > 12 || day < 1 ||
        day > roster_month_days(year, month) || hour > 23 || minute > 59 || second > 59) {
        return SPILL_INVALID;
    }
    int64_t days = roster_year_days(year) + day - 1;
    for (int64_t i = 1; i < month; i++) {
        days += roster_month_days(year, i);
    }
    *time_s = days * ROSTER_DAY_S + hour * 3600 + minute * 60 + second;
    return SPILL_OK;
}

/* The last second that roster_time_parse knows. */
static int64_t roster_time_max(void) {
    return roster_year_days(ROSTER_YEAR_MAX + 1) * ROSTER_DAY_S - 1;
}

char *roster_time_print(int64_t time_s, char text[ROSTER_TIME_BYTES]) {
    if (time_s == SPILL_NEVER) {
        memcpy(text, "-", 2);
        return text;
    }
    SPILL_ASSERT(time_s >= 0);
    SPILL_ASSERT(time_s <= roster_time_max());
    int64_t days = time_s / ROSTER_DAY_S;
    int64_t year = ROSTER_YEAR_MIN + days / 366;
    while (roster_year_days(year + 1) <= days) {
        year++;
    }
    days -= roster_year_days(year);
    int64_t month = 1;
    for (; days >= roster_month_days(year, month); month++) {
        days -= roster_month_days(year, month);
    }
    const int64_t second = time_s % ROSTER_DAY_S;
    const int minute_bytes =
        snprintf(text, ROSTER_TIME_BYTES,
                 "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02" PRId64 ":%02" PRId64, year, month,
                 days + 1, second / 3600, second / 60 % 60);
    SPILL_ASSERT(minute_bytes > 0);
    if (second % 60 == 0) {
        snprintf(text + minute_bytes, ROSTER_TIME_BYTES - (size_t)minute_bytes, "Z");
    } else {
        snprintf(text + minute_bytes, ROSTER_TIME_BYTES - (size_t)minute_bytes, ":%02" PRId64 "Z",
                 second % 60);
    }
    return text;
}

/* ---- Entries ---- */

/* What is wrong with the cells of an entry, or NULL. */
static const char *roster_cells_fault(const char *cells) {
    for (const char *cell = cells;;) {
        const size_t cell_bytes = strcspn(cell, ",");
        if (!spill_id_valid(cell, cell_bytes)) {
            return "the cells are no ids with commas between";
        }
        if (cell[cell_bytes] == '\0') {
            return NULL;
        }
        cell += cell_bytes + 1;
    }
}

static const char *roster_name_fault(const char *name) {
    uint32_t code = 0;
    const size_t name_bytes = strlen(name);
    if (!spill_utf8_valid(name, name_bytes) || strpbrk(name, "\t\r\n") != NULL ||
        spill_utf8_steers(name, &code) < name_bytes) {
        return "the name is not one line of plain text";
    }
    if (name_bytes > 0 && (name[0] == ' ' || name[name_bytes - 1] == ' ')) {
        return "the name begins or ends with a space";
    }
    return NULL;
}

/* What is wrong with an entry in itself, or NULL. */
static const char *roster_fault(const struct roster_entry *entry) {
    if ((size_t)entry->role >= ROSTER_ROLE_COUNT) {
        return "the role is people or robot";
    }
    if (entry->not_after_s != SPILL_NEVER &&
        (entry->not_after_s < 0 || entry->not_after_s > roster_time_max())) {
        return "the last moment is out of range";
    }
    if (memchr(entry->cells, '\0', sizeof entry->cells) == NULL ||
        memchr(entry->name, '\0', sizeof entry->name) == NULL) {
        return "a text is too long";
    }
    const char *const cells = roster_cells_fault(entry->cells);
    return cells != NULL ? cells : roster_name_fault(entry->name);
}

bool roster_has_cell(const struct roster_entry *entry, const char *cell) {
    const size_t wanted_bytes = strlen(cell);
    for (const char *at = entry->cells;; at += strcspn(at, ",") + 1) {
        const size_t at_bytes = strcspn(at, ",");
        if (at_bytes == wanted_bytes && memcmp(at, cell, at_bytes) == 0) {
            return true;
        }
        if (at[at_bytes] == '\0') {
            return false;
        }
    }
}

size_t roster_count(const struct roster *roster) {
    return roster->entry_count;
}

const struct roster_entry *roster_entry(const struct roster *roster, size_t at) {
    SPILL_ASSERT(at < roster->entry_count);
    return &roster->entries[at];
}

static struct roster_entry *roster_seek(const struct roster *roster,
                                        const uint8_t key[SEAL_KEY_BYTES]) {
    for (size_t i = 0; i < roster->entry_count; i++) {
        if (memcmp(roster->entries[i].key, key, SEAL_KEY_BYTES) == 0) {
            return &roster->entries[i];
        }
    }
    return NULL;
}

const struct roster_entry *roster_find(const struct roster *roster,
                                       const uint8_t key[SEAL_KEY_BYTES]) {
    return roster_seek(roster, key);
}

enum roster_verdict roster_judge(const struct roster *roster, const uint8_t key[SEAL_KEY_BYTES],
                                 const char *cell, int64_t now_s) {
    const struct roster_entry *const entry = roster_seek(roster, key);
    if (entry == NULL) {
        return ROSTER_UNKNOWN;
    }
    if (entry->revoked) {
        return ROSTER_REVOKED;
    }
    if (now_s > entry->not_after_s) {
        return ROSTER_EXPIRED;
    }
    return cell != NULL && !roster_has_cell(entry, cell) ? ROSTER_OTHER_CELL : ROSTER_ADMITTED;
}

/* ---- Changing ---- */

enum spill_status roster_create(struct roster **roster) {
    struct roster *const created = spill_alloc(1, sizeof *created);
    if (created == NULL) {
        return SPILL_MEMORY;
    }
    *roster = created;
    return SPILL_OK;
}

void roster_destroy(struct roster **roster) {
    struct roster *const destroyed = *roster;
    if (destroyed == NULL) {
        return;
    }
    *roster = NULL;
    for (size_t i = 0; i < destroyed->line_count; i++) {
        free(destroyed->lines[i].words);
    }
    free(destroyed->lines);
    free(destroyed->entries);
    free(destroyed);
}

/* Room for one more behind `count` elements: twice as many whenever a power of two is full, so that
 * a long roster is not copied for each of its lines. */
static void *roster_grow(void *array, size_t count, size_t size_bytes) {
    const bool full = (count & (count - 1)) == 0;
    return full ? spill_grow(array, count, count == 0 ? 1 : 2 * count, size_bytes) : array;
}

/* One more line; the words are the roster's from now on, also on failure. */
static enum spill_status roster_add_line(struct roster *roster, char *words) {
    struct roster_line *const lines =
        roster_grow(roster->lines, roster->line_count, sizeof *roster->lines);
    if (lines == NULL) {
        free(words);
        return SPILL_MEMORY;
    }
    roster->lines = lines;
    lines[roster->line_count++] =
        (struct roster_line){.words = words, .entry = roster->entry_count};
    return SPILL_OK;
}

enum spill_status roster_enrol(struct roster *roster, const struct roster_entry *entry,
                               struct spill_error *error) {
    const char *const fault = roster_fault(entry);
    if (fault != NULL) {
        return spill_fail(error, SPILL_INVALID, "%s", fault);
    }
    if (roster_seek(roster, entry->key) != NULL) {
        char key[SEAL_TEXT_BYTES];
        return spill_fail(error, SPILL_EXISTS, "the key %s is in the roster already",
                          seal_key_print(entry->key, key));
    }
    if (roster->entry_count == ROSTER_ENTRIES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "a roster has at most %d nodes", ROSTER_ENTRIES_MAX);
    }
    struct roster_entry *const entries =
        roster_grow(roster->entries, roster->entry_count, sizeof *roster->entries);
    if (entries == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    roster->entries = entries;
    const enum spill_status status = roster_add_line(roster, NULL);
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    entries[roster->entry_count++] = *entry;
    return SPILL_OK;
}

enum spill_status roster_revoke(struct roster *roster, const uint8_t key[SEAL_KEY_BYTES]) {
    struct roster_entry *const entry = roster_seek(roster, key);
    if (entry == NULL) {
        return SPILL_NOT_FOUND;
    }
    entry->revoked = true;
    return SPILL_OK;
}

/* ---- Reading ---- */

/* The next word of a line, ended by a NUL; NULL: there is none. */
static char *roster_word(char **rest) {
    char *const word = *rest + strspn(*rest, " \t");
    if (*word == '\0') {
        return NULL;
    }
    char *const end = word + strcspn(word, " \t");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

/* The fields of a line; returns what is wrong with it, or NULL. */
static const char *roster_read_entry(char *line, struct roster_entry *entry) {
    char *fields[ROSTER_FIELDS] = {NULL};
    char *rest = line;
    for (size_t i = 0; i < ROSTER_FIELDS; i++) {
        fields[i] = roster_word(&rest);
        if (fields[i] == NULL) {
            return "a line is: node or revoked, KEY, people or robot, CELLS, NOT-AFTER, NAME";
        }
    }
    rest += strspn(rest, " \t");
    for (size_t end = strlen(rest); end > 0 && strchr(" \t", rest[end - 1]) != NULL; end--) {
        rest[end - 1] = '\0';
    }
    *entry = (struct roster_entry){.revoked = strcmp(fields[0], "revoked") == 0};
    if (!entry->revoked && strcmp(fields[0], "node") != 0) {
        return "a line begins with node, revoked or #";
    }
    if (seal_key_parse(fields[1], entry->key) != SPILL_OK) {
        return "the second word is no key";
    }
    entry->role =
        strcmp(fields[2], roster_role_name(ROSTER_ROBOT)) == 0 ? ROSTER_ROBOT : ROSTER_PEOPLE;
    if (strcmp(fields[2], roster_role_name(entry->role)) != 0) {
        return "the role is people or robot";
    }
    if (strlen(fields[3]) >= sizeof entry->cells || strlen(rest) >= sizeof entry->name) {
        return "a text is too long";
    }
    memcpy(entry->cells, fields[3], strlen(fields[3]) + 1);
    memcpy(entry->name, rest, strlen(rest) + 1);
    if (roster_time_parse(fields[4], &entry->not_after_s) != SPILL_OK) {
        return "the last moment is like 2026-12-01T12:00Z, or -";
    }
    return NULL;
}

static enum spill_status roster_read_line(struct roster *roster, const char *text,
                                          size_t text_bytes, struct spill_error *error) {
    char line[ROSTER_LINE_BYTES_MAX + 1];
    if (text_bytes > ROSTER_LINE_BYTES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "the line is too long");
    }
    if (!spill_utf8_valid(text, text_bytes)) {
        return spill_fail(error, SPILL_INVALID, "the line is not text in UTF-8");
    }
    memcpy(line, text, text_bytes);
    line[text_bytes] = '\0';
    if (line[strspn(line, " \t")] == '\0' || line[0] == '#') {
        char *const words = spill_alloc(text_bytes + 1, 1);
        if (words == NULL) {
            return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
        }
        memcpy(words, line, text_bytes + 1);
        return roster_add_line(roster, words);
    }
    struct roster_entry entry;
    const char *const fault = roster_read_entry(line, &entry);
    return fault != NULL ? spill_fail(error, SPILL_INVALID, "%s", fault)
                         : roster_enrol(roster, &entry, error);
}

enum spill_status roster_parse(const char *text, size_t text_bytes, const char *name,
                               struct roster **roster, struct spill_error *error) {
    if (text_bytes > ROSTER_FILE_BYTES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "%s: too large for a roster", name);
    }
    struct roster *made = NULL;
    enum spill_status status = roster_create(&made);
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    size_t number = 0;
    for (size_t at = 0; status == SPILL_OK && (at < text_bytes || number == 0);) {
        const char *const end = at < text_bytes ? memchr(text + at, '\n', text_bytes - at) : NULL;
        const size_t next = end == NULL ? text_bytes : (size_t)(end - text) + 1;
        size_t line_bytes = end == NULL ? text_bytes - at : next - 1 - at;
        line_bytes -= line_bytes > 0 && text[at + line_bytes - 1] == '\r';
        struct spill_error words = {{0}};
        number++;
        if (number > 1) {
            status = roster_read_line(made, text + at, line_bytes, &words);
        } else if (line_bytes != strlen(ROSTER_FIRST_LINE) ||
                   memcmp(text + at, ROSTER_FIRST_LINE, line_bytes) != 0) {
            status =
                spill_fail(&words, SPILL_INVALID, "the first line must be: %s", ROSTER_FIRST_LINE);
        }
        if (status != SPILL_OK) {
            /* A key that is there twice is a fault of the file. */
            status = status == SPILL_EXISTS ? SPILL_INVALID : status;
            spill_fail(error, status, "%s:%zu: %s", name, number, words.text);
        }
        at = next;
    }
    if (status != SPILL_OK) {
        roster_destroy(&made);
        return status;
    }
    *roster = made;
    return SPILL_OK;
}

static enum spill_status roster_fail(struct spill_error *error, enum spill_status status,
                                     const char *path) {
    return spill_fail(error, status, "%s: %s", path, strerror(errno));
}

/* The whole file, freed by the caller. */
static enum spill_status roster_read_file(const char *path, char **text, size_t *text_bytes,
                                          struct spill_error *error) {
    FILE *const file = fopen(path, "rbe");
    if (file == NULL) {
        return roster_fail(error, errno == ENOENT ? SPILL_NOT_FOUND : SPILL_IO, path);
    }
    struct stat facts;
    enum spill_status status = SPILL_OK;
    char *bytes = NULL;
    size_t bytes_count = 0;
    if (fstat(fileno(file), &facts) != 0) {
        status = roster_fail(error, SPILL_IO, path);
    } else if (facts.st_size > ROSTER_FILE_BYTES_MAX) {
        status = spill_fail(error, SPILL_LIMIT, "%s: too large for a roster", path);
    } else if ((bytes = spill_alloc((size_t)facts.st_size + 1, 1)) == NULL) {
        status = spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    } else {
        bytes_count = fread(bytes, 1, (size_t)facts.st_size, file);
        if (ferror(file) != 0) {
            status = roster_fail(error, SPILL_IO, path);
        }
    }
    fclose(file);
    if (status != SPILL_OK) {
        free(bytes);
        return status;
    }
    *text = bytes;
    *text_bytes = bytes_count;
    return SPILL_OK;
}

enum spill_status roster_load(const char *path, struct roster **roster, struct spill_error *error) {
    char *text = NULL;
    size_t text_bytes = 0;
    enum spill_status status = roster_read_file(path, &text, &text_bytes, error);
    if (status == SPILL_OK) {
        status = roster_parse(text, text_bytes, path, roster, error);
    }
    free(text);
    return status;
}

/* ---- Writing ---- */

static bool roster_print(const struct roster *roster, FILE *file) {
    bool written = fprintf(file, "%s\n", ROSTER_FIRST_LINE) > 0;
    for (size_t i = 0; written && i < roster->line_count; i++) {
        const struct roster_line *const line = &roster->lines[i];
        if (line->words != NULL) {
            written = fprintf(file, "%s\n", line->words) > 0;
            continue;
        }
        const struct roster_entry *const entry = &roster->entries[line->entry];
        char key[SEAL_TEXT_BYTES];
        char until[ROSTER_TIME_BYTES];
        written = fprintf(file, "%s %s %s %s %s%s%s\n", entry->revoked ? "revoked" : "node",
                          seal_key_print(entry->key, key), roster_role_name(entry->role),
                          entry->cells, roster_time_print(entry->not_after_s, until),
                          entry->name[0] == '\0' ? "" : " ", entry->name) > 0;
    }
    return written && fflush(file) == 0 && fsync(fileno(file)) == 0;
}

enum spill_status roster_save(const struct roster *roster, const char *path,
                              struct spill_error *error) {
    char temporary[ROSTER_PATH_BYTES];
    const int path_bytes =
        snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    if (path_bytes < 0 || (size_t)path_bytes >= sizeof temporary) {
        return spill_fail(error, SPILL_IO, "the path is too long");
    }
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return roster_fail(error, SPILL_IO, temporary);
    }
    FILE *const file = fdopen(descriptor, "wb");
    enum spill_status status = SPILL_OK;
    if (file == NULL) {
        status = roster_fail(error, SPILL_IO, temporary);
        close(descriptor);
    } else {
        if (!roster_print(roster, file)) {
            status = roster_fail(error, SPILL_IO, temporary);
        }
        if (fclose(file) != 0 && status == SPILL_OK) {
            status = roster_fail(error, SPILL_IO, temporary);
        }
    }
    if (status == SPILL_OK && rename(temporary, path) != 0) {
        status = roster_fail(error, SPILL_IO, path);
    }
    if (status != SPILL_OK) {
        (void)unlink(temporary);
    }
    return status;
}
