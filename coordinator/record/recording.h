/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording: one exercise on disk, as a chain of records in one SQLite file.
 *
 * Everything that is said about an exercise is a record: what it is (meta), the scenario package,
 * every input, every output, the state digests, when it was opened and closed. Each record carries
 * the hash of all before it, and signatures cover the chain, so that any changed byte is refused
 * and named. A recording knows bytes and digests; what an input or output means is its caller's
 * business (coordinator/control/replay.h re-executes one). The tables are described in
 * RECORDING.md.
 *
 * Appending keeps a record in memory; committing makes everything appended durable, in one
 * transaction. Whoever acknowledges something to the world does so after recording_commit named its
 * sequence. When a commit fails, nothing of its batch is in the file, the recording takes no more,
 * and all that was durable stays readable.
 *
 * One thread at a time uses a recording (live: the journal thread). Readers open their own, in any
 * number, also while it is written. It reads no clock: every time is the caller's. It allocates
 * when it is created or opened, not afterwards (SQLite's own page cache aside).
 */
#ifndef SPILL_RECORDING_H
#define SPILL_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/vocabulary.h"

enum {
    RECORDING_FORMAT = 1,                  /* user_version of the file. */
    RECORDING_APPLICATION_ID = 0x5350494c, /* application_id: "SPIL". */
    RECORDING_HASH_BYTES = 32,             /* BLAKE2b-256. */
    RECORDING_KEY_BYTES = 32,              /* Ed25519 public key. */
    RECORDING_SIGNATURE_BYTES = 64,        /* Ed25519 signature. */
    RECORDING_ID_BYTES = 16,               /* Random name of an exercise. */
    RECORDING_FINGERPRINT_TEXT_BYTES =
        48, /* Room for a fingerprint as people read it, NUL included. */
    RECORDING_SIGN_EVERY_RECORDS =
        64, /* A commit signs the head when so many are not signed yet … */
    RECORDING_BATCH_RECORDS_MAX = 16384,  /* Records between two commits. */
    RECORDING_BATCH_BYTES_MAX = 8 << 20,  /* Bytes of bodies and texts between two commits. */
    RECORDING_RECORD_BYTES_MAX = 4 << 20, /* Body and text of one record together. */
    RECORDING_FILE_BYTES_MAX = 256 << 20, /* One file of the package. */
    RECORDING_FILES_MAX = 65536,          /* Files of the package. */
    RECORDING_PATH_BYTES_MAX = 4000,      /* Path of the recording itself. */
};

#define RECORDING_SIGN_EVERY_US                                                                    \
    INT64_C(10000000) /* … or when the oldest of them waited so long.                            \
                       */

/* ---- Records ---- */

enum record_kind {
    RECORD_META = 1, /* Record 1: what this is a recording of, and whose key signs it. */
    RECORD_FILE, /* Records 2 …: a file of the scenario package; text is its path, body its bytes.
                  */
    RECORD_INPUT,  /* An input, committed before it acts. */
    RECORD_OUTPUT, /* An output, in the order in which the exercise gave it. */
    RECORD_DIGEST, /* The state digest after an input; body is its 32 bytes. */
    RECORD_OPENED, /* Somebody resumed it here; text says which program. */
    RECORD_CLOSED, /* It was finished in order. A recording that ends otherwise may lack its end. */
};
enum { RECORD_KIND_COUNT = RECORD_CLOSED + 1 };

/* "input", "output" …, as the file has it; never NULL. */
const char *record_kind_name(enum record_kind kind);

/* One record. For append, sequence and withheld are ignored. */
struct record {
    uint64_t sequence; /* From 1, without gaps. */
    enum record_kind kind;
    int64_t exercise_ms;  /* Exercise time. */
    int64_t monotonic_us; /* The recording machine's monotonic clock. */
    int64_t utc_us;       /* Its wall clock, microseconds since 1970. */
    const uint8_t *body;  /* Canonical bytes; NULL when there are none. */
    size_t body_bytes;
    const char *text; /* The same for people, a JSON object (a file: its path), UTF-8; NULL when
                         there is none. */
    bool
        withheld; /* Its content was taken out of this copy; only its place in the chain is left. */
};

/* What a recording is of. Text is at most SPILL_ID_BYTES_MAX bytes and NUL-terminated. */
struct recording_meta {
    uint8_t exercise_id[RECORDING_ID_BYTES];
    uint32_t model_revision; /* SPILL_MODEL_REVISION of the program that runs it. */
    uint64_t seed;
    bool causes; /* The outputs hold full causes: a re-execution must give them too. */
    uint8_t package_hash[RECORDING_HASH_BYTES]; /* package_hash() of the scenario package inside. */
    int64_t created_utc_us;
    char scenario[SPILL_ID_BYTES_MAX + 1]; /* The scenario's id. */
    char team[SPILL_ID_BYTES_MAX + 1];     /* The robots' policy, for people; may be "". */
    char program[SPILL_ID_BYTES_MAX + 1];  /* "0.1.0", the version that made it. */
    uint8_t signer[RECORDING_KEY_BYTES];   /* Public key; filled in by recording_create, ignored in
                                              its argument. */
};

/* A file of the package; the same layout as struct package_file of the scenario room. */
struct recording_file {
    const char *path;
    const uint8_t *bytes;
    size_t size_bytes;
};

/* ---- Making one ---- */

/* Secret keys. Whoever gives them makes recordings that are the same byte for byte (tests, the
 * golden recording). */
struct recording_keys {
    uint8_t signing_seed[32]; /* Ed25519. */
    uint8_t salt_key[32];     /* From which each record's salt is made. */
};

struct recording_options {
    const struct recording_keys *keys; /* NULL: new random ones. Ignored when opening. */
    const char *vfs;                   /* SQLite's file layer to use; NULL: the system's. */
    const char *program;               /* Opening to resume: the version that does it; NULL: "". */
    int64_t monotonic_us; /* The caller's clocks now, for the records of creating or resuming. */
    int64_t utc_us;
    /* Called now and then while the chain is checked; may be NULL. */
    void (*on_progress)(uint64_t checked, uint64_t records, void *context);
    void *context;
};

struct recording;

/* Makes the file `path` with meta and the package in it, durable, and the folder `path`.secrets
 * (mode 0700) with its keys. SPILL_EXISTS when either exists already: nothing is ever overwritten.
 * On any failure neither is left behind. SPILL_INVALID: meta or a file's path is not well-formed;
 * SPILL_LIMIT: a file is too large; SPILL_IO: error says what failed. */
SPILL_CHECKED enum spill_status
recording_create(const char *path, const struct recording_meta *meta,
                 const struct recording_file *files, size_t file_count,
                 const struct recording_options *options, struct recording **recording,
                 struct spill_error *error);

/* Keeps a copy of a record for the next commit and says which sequence it will have. The caller
 * appends inputs, outputs and digests only. SPILL_LIMIT: the batch is full (commit, then append
 * again) or the record is too large; SPILL_IO: a commit failed before, nothing is taken any more.
 */
SPILL_CHECKED enum spill_status recording_append(struct recording *recording,
                                                 const struct record *record, uint64_t *sequence);

/* Makes all that was appended durable, in order, with a signature when one is due by monotonic_us
 * (the caller's clock now), and tells the last durable sequence. Costs one write to the disk's
 * platter, or nothing when there is nothing to write. SPILL_IO: *durable is what it was; see above.
 * Call it at least every RECORDING_SIGN_EVERY_US. */
SPILL_CHECKED enum spill_status recording_commit(struct recording *recording, int64_t monotonic_us,
                                                 int64_t utc_us, uint64_t *durable,
                                                 struct spill_error *error);

/* Moves what the write-ahead log holds into the file; for idle moments. Failing does no harm and
 * says nothing. */
void recording_checkpoint(struct recording *recording);

/* Commits what was appended, then the record RECORD_CLOSED and a last signature, and makes the file
 * whole: one plain file without write-ahead log, unless readers keep it. Only recording_close may
 * follow. */
SPILL_CHECKED enum spill_status recording_finish(struct recording *recording, int64_t exercise_ms,
                                                 int64_t monotonic_us, int64_t utc_us,
                                                 struct spill_error *error);

/* Makes a finished recording one plain file after all, when readers kept it from that and are gone.
 * Where it cannot be, the file stays as it is, which is as durable. */
void recording_tidy(const char *path);

/* Lets go of the file as it is. What was appended and not committed is dropped. */
void recording_close(struct recording **recording);

/* ---- Reading one ---- */

enum recording_mode {
    RECORDING_READ,    /* Refuses whatever does not verify. */
    RECORDING_RESUME,  /* The same, and takes more records; needs the secrets, and no other writer.
                        */
    RECORDING_SALVAGE, /* Reads the sound part, up to the first record that does not verify. */
};

/* Opens and checks the whole chain, every signature, and the file's structure.
 *   SPILL_NOT_FOUND  there is no such file
 *   SPILL_INVALID    it is not a recording
 *   SPILL_REVISION   it has a newer format; error names both
 *   SPILL_CORRUPT    error names the first record (or other part) that is not what was written
 *   SPILL_REFUSED    resume: the secrets are missing or not its own, or somebody writes to it
 * Salvaging never fails with SPILL_CORRUPT when record 1 is sound; recording_damage then has the
 * words. */
SPILL_CHECKED enum spill_status recording_open(const char *path, enum recording_mode mode,
                                               const struct recording_options *options,
                                               struct recording **recording,
                                               struct spill_error *error);

/* A reader takes in what was committed since it opened or last followed, checked the same way. */
SPILL_CHECKED enum spill_status recording_follow(struct recording *recording,
                                                 struct spill_error *error);

const struct recording_meta *recording_meta(const struct recording *recording);
/* Files of the package, in the order of the file; read with a cursor over RECORD_FILE. */
size_t recording_file_count(const struct recording *recording);

/* What is in it, up to the last durable (or checked) record. */
struct recording_summary {
    uint64_t records; /* Also the last sequence. */
    uint64_t count[RECORD_KIND_COUNT];
    uint64_t withheld; /* Records without their content. */
    uint64_t signatures;
    uint64_t signed_sequence; /* The last record that a signature covers. */
    int64_t exercise_ms;      /* Latest exercise time of any input or digest. */
    int64_t last_utc_us;
    bool closed;                        /* Finished in order: its last record is RECORD_CLOSED. */
    uint8_t head[RECORDING_HASH_BYTES]; /* Hash of the last record. */
};
void recording_summary(const struct recording *recording, struct recording_summary *summary);
/* Salvaging: what is wrong behind the sound part, NULL when nothing is. */
const char *recording_damage(const struct recording *recording);
uint64_t recording_durable(const struct recording *recording);
/* The folder of its secrets, "FILE.secrets"; others may keep theirs in it. */
const char *recording_secrets(const struct recording *recording);

/* A key as people compare it: the first 16 bytes of its BLAKE2b hash, "3f2a 91c0 …"; returns text.
 */
char *recording_fingerprint(const uint8_t key[RECORDING_KEY_BYTES],
                            char text[RECORDING_FINGERPRINT_TEXT_BYTES]);

/* Walks over the durable records in order. */
struct recording_cursor;
/* kinds: bits 1 << RECORD_…; first: the first sequence wanted. The recording outlives its cursors.
 */
SPILL_CHECKED enum spill_status recording_cursor_open(struct recording *recording, uint32_t kinds,
                                                      uint64_t first,
                                                      struct recording_cursor **cursor);
/* The next record, borrowed until the next call; SPILL_NOT_FOUND behind the last. */
SPILL_CHECKED enum spill_status recording_cursor_next(struct recording_cursor *cursor,
                                                      struct record *record);
void recording_cursor_close(struct recording_cursor **cursor);

#endif
