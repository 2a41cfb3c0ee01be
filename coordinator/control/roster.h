/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster: which key may take which seat.
 *
 * A roster is a text file that people can read and edit:
 *
 *     spillover roster 1
 *     # state KEY role CELLS NOT-AFTER NAME
 *     node    >rCx…w0 people nl-csirt,nl-ministry 2026-12-01T12:00Z Anna's laptop
 *     revoked 9dKf…2@ robot  be-grid              -                 rack 4
 *
 * The first line says what it is and its format. Lines that start with # and empty lines are for
 * people and stay where they are. KEY is the node's public key, 40 characters (seal_key_print); a
 * node for people, or for a robot, which is told its brief; cells with commas between; the last
 * moment (UTC, "-": none); then whatever people call the node. Who is not in it, is revoked in it,
 * or is past its time may take no seat: nobody is let in by default.
 *
 * The roster only says which key speaks for which cell; what a cell may do is in the scenario. It
 * reads no clock. Any thread, one at a time for each object.
 */
#ifndef SPILL_ROSTER_H
#define SPILL_ROSTER_H

#include "proto/seal/seal.h"

enum {
    ROSTER_FORMAT = 1,
    ROSTER_ENTRIES_MAX = 16384,
    ROSTER_CELLS_BYTES = 1024, /* The cells of one node, with commas between and a NUL. */
    ROSTER_NAME_BYTES = 128,   /* With a NUL. */
    ROSTER_FILE_BYTES_MAX = 16 << 20,
    ROSTER_LINE_BYTES_MAX = 2048,
    ROSTER_TIME_BYTES = 32, /* Room for a time as text. */
};

enum roster_role { ROSTER_PEOPLE, ROSTER_ROBOT };
enum { ROSTER_ROLE_COUNT = ROSTER_ROBOT + 1 };

/* "people", "robot". */
const char *roster_role_name(enum roster_role role);

struct roster_entry {
    uint8_t key[SEAL_KEY_BYTES];
    enum roster_role role;
    bool revoked;
    int64_t not_after_s;            /* Seconds since 1970 UTC; SPILL_NEVER: no end. */
    char cells[ROSTER_CELLS_BYTES]; /* "a,b,c": ids, at least one. */
    char name[ROSTER_NAME_BYTES];   /* One line; may be "". */
};

/* Whether a key may take the seat of a cell. */
enum roster_verdict {
    ROSTER_ADMITTED,
    ROSTER_UNKNOWN,
    ROSTER_REVOKED,
    ROSTER_EXPIRED,
    ROSTER_OTHER_CELL, /* It is a node of ours, and that is not its seat. */
};

struct roster;

/* A roster without entries. */
SPILL_CHECKED enum spill_status roster_create(struct roster **roster);
void roster_destroy(struct roster **roster);

/* From text; `name` is the file's, for words. SPILL_INVALID: error says which line is wrong and
 * why; SPILL_LIMIT: there is too much of it. */
SPILL_CHECKED enum spill_status roster_parse(const char *text, size_t text_bytes, const char *name,
                                             struct roster **roster, struct spill_error *error);
/* From a file. Also SPILL_NOT_FOUND, SPILL_IO. */
SPILL_CHECKED enum spill_status roster_load(const char *path, struct roster **roster,
                                            struct spill_error *error);
/* Writes the file anew, whole or not at all (mode 0644: nothing in it is secret); what was there is
 * replaced. SPILL_IO. */
SPILL_CHECKED enum spill_status roster_save(const struct roster *roster, const char *path,
                                            struct spill_error *error);

/* Adds a node at the end. SPILL_EXISTS: the key is there already (revoked or not); SPILL_INVALID: a
 * field is not well-formed, error says which; SPILL_LIMIT: it is full. */
SPILL_CHECKED enum spill_status
roster_enrol(struct roster *roster, const struct roster_entry *entry, struct spill_error *error);
/* SPILL_NOT_FOUND. Revoking again changes nothing. */
SPILL_CHECKED enum spill_status roster_revoke(struct roster *roster,
                                              const uint8_t key[SEAL_KEY_BYTES]);

size_t roster_count(const struct roster *roster);
const struct roster_entry *roster_entry(const struct roster *roster, size_t at);
/* NULL: the key is not there. */
const struct roster_entry *roster_find(const struct roster *roster,
                                       const uint8_t key[SEAL_KEY_BYTES]);

/* cell NULL: whether it may come in at all. now_s: seconds since 1970. */
enum roster_verdict roster_judge(const struct roster *roster, const uint8_t key[SEAL_KEY_BYTES],
                                 const char *cell, int64_t now_s);
/* What a verdict means, an English sentence for logs. */
const char *roster_verdict_words(enum roster_verdict verdict);
/* Whether an entry has this cell. */
bool roster_has_cell(const struct roster_entry *entry, const char *cell);

/* "2026-12-01T12:00Z" or "2026-12-01T12:00:30Z", or "-" for SPILL_NEVER, to seconds since 1970 and
 * back; returns text. SPILL_INVALID: it is no time. */
SPILL_CHECKED enum spill_status roster_time_parse(const char *text, int64_t *time_s);
char *roster_time_print(int64_t time_s, char text[ROSTER_TIME_BYTES]);

#endif
