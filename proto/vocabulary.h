/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocabulary: the words that every module shares.
 *
 * Status codes, the assertion that stays on in release builds, the error text that a caller lends,
 * checked allocation sizes, and the named limits of the whole program. It owns nothing, may be
 * called from every thread, and never allocates, prints or reads a clock.
 */
#ifndef SPILL_VOCABULARY_H
#define SPILL_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPILL_CHECKED __attribute__((warn_unused_result))
#define SPILL_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define SPILL_NORETURN __attribute__((noreturn))

/* What a function that can fail returns. A code is added only when some caller acts differently on
 * it. */
#define SPILL_STATUS_MAP(X)                                                                        \
    X(OK, "ok")                                                                                    \
    X(INVALID, "the input is not valid")                                                           \
    X(LIMIT, "a named limit was reached")                                                          \
    X(MEMORY, "out of memory")                                                                     \
    X(IO, "a file or device failed")                                                               \
    X(EXISTS, "it exists already")                                                                 \
    X(NOT_FOUND, "it was not found")                                                               \
    X(CORRUPT, "stored bytes are not what was written")                                            \
    X(REVISION, "it was made by another model revision or format")                                 \
    X(REFUSED, "the order or command is not allowed")                                              \
    X(AGAIN, "nothing now; try again later")                                                       \
    X(UNAVAILABLE, "the peer cannot be reached")                                                   \
    X(INTERRUPTED, "interrupted")

enum spill_status {
#define SPILL_STATUS_ENUM(name, words) SPILL_##name,
    SPILL_STATUS_MAP(SPILL_STATUS_ENUM)
#undef SPILL_STATUS_ENUM
};

/* English words for a status, for logs; never NULL. */
const char *spill_status_words(enum spill_status status);

/* Exit codes of the program, documented in its man page. */
enum spill_exit {
    SPILL_EXIT_OK = 0,
    SPILL_EXIT_FOUND = 1, /* A check found something. */
    SPILL_EXIT_INPUT = 2, /* Bad scenario or input file. */
    SPILL_EXIT_USAGE = 64,
    SPILL_EXIT_UNAVAILABLE = 69,
    SPILL_EXIT_INTERNAL = 70,
    SPILL_EXIT_CANNOT_CREATE = 73,
    SPILL_EXIT_INTERRUPTED = 130,
};

/* The exit code that a command returns for a status. */
enum spill_exit spill_exit_of(enum spill_status status);

/* Raised whenever any trajectory changes: a recording is re-executed by its own revision only. */
enum { SPILL_MODEL_REVISION = 1 };

enum {
    SPILL_ERROR_TEXT_BYTES = 512,
    SPILL_ID_BYTES_MAX = 63, /* Longest id of an asset, cell, inject …, without its NUL. */
    SPILL_ASSETS_MAX = 4000000,
    SPILL_LINKS_MAX = 64000000,
    SPILL_NEEDS_MAX = 16000000,
    SPILL_BACKUPS_MAX = 16000000,
    SPILL_TRUSTS_MAX = 64000000,
    SPILL_PAIRS_MAX =
        64000000, /* Exposures, contacts, pushes or patches that campaigns make possible. */
    SPILL_RESPONSE_POINTS_MAX = 64, /* Of one need. */
    SPILL_ASSET_NEEDS_MAX = 256,    /* Of one asset. */
    SPILL_NEED_BACKUPS_MAX = 64,    /* Of one need. */
    SPILL_TAGS_MAX = 65535,
    SPILL_POOLS_MAX = 65535,
    SPILL_SURGES_MAX = 64,
    SPILL_CAMPAIGNS_MAX = 1024,
    SPILL_ROUNDS_MAX = 10000, /* Rounds of one tick of the cascade. */
    SPILL_LAYERS_MAX = 256,
    SPILL_EDGES_MAX = 64000000,
    SPILL_COUNTRIES_MAX = 256,
    SPILL_SECTORS_MAX = 64,
    SPILL_CELLS_MAX = 4096,
    SPILL_INJECTS_MAX = 16384,
    SPILL_TEXT_BYTES_MAX = 65536,   /* Longest text of one inject in one language. */
    SPILL_FILE_BYTES_MAX = 1 << 30, /* Largest file of a scenario package. */
    SPILL_PACKAGE_FILES_MAX = 4096, /* Files of a package, attachments among them. */
    SPILL_PATH_BYTES_MAX = 255,     /* Longest path inside a package, without its NUL. */
    SPILL_YAML_DEPTH_MAX = 32,      /* Values inside values. */
    SPILL_YAML_NODES_MAX = 4000000, /* Values of one YAML file. */
    SPILL_CSV_COLUMNS_MAX = 64,     /* Columns of one table. */
};

#define SPILL_PPM INT64_C(1000000)         /* Q of the model: full service. */
#define SPILL_FAILED_BELOW INT64_C(100000) /* A service below this has failed (ppm). */
#define SPILL_NEVER INT64_MAX              /* A time that does not come. */

/* Words for people about one failure. The caller lends it; NULL is allowed everywhere it is taken.
 */
struct spill_error {
    char text[SPILL_ERROR_TEXT_BYTES];
};

/* Fills error->text (cut at a character boundary when too long) and returns status, so that a
 * caller can write `return spill_fail(error, SPILL_INVALID, "…", …);`. */
enum spill_status spill_fail(struct spill_error *error, enum spill_status status,
                             const char *format, ...) SPILL_PRINTF(3, 4);

/* calloc with a checked product; NULL when out of memory, when the product overflows, or when the
 * test hook says so. A zero count gives a valid pointer of one element. Freed with free(). */
void *spill_alloc(size_t count, size_t size_bytes);

/* Grows an array to new_count elements, zeroing what is new; NULL leaves the old array as it was.
 */
void *spill_grow(void *array, size_t old_count, size_t new_count, size_t size_bytes);

/* For failing-allocation tests: the next `after` allocations succeed, then one (or all, if
 * `for_ever`) fails. A negative `after` switches the hook off. Not thread-safe; tests only. */
void spill_alloc_fail_after(long after, bool for_ever);
/* Whether the hook wants the allocation that is about to be made to fail; counts it. For allocators
 * that hand out pieces of what they took from spill_alloc. */
bool spill_alloc_must_fail(void);

/* A broken promise inside the program: prints file, line and condition, and aborts. Stays on in
 * release. Never used on input from a file, a peer or a user. One condition per assert. */
SPILL_NORETURN void spill_assert_failed(const char *file, int line, const char *condition);
#define SPILL_ASSERT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            spill_assert_failed(__FILE__, __LINE__, #condition);                                   \
        }                                                                                          \
    } while (0)

/* True for an id: 1 to SPILL_ID_BYTES_MAX of a-z, 0-9, '-', '_' and '.', starting with a letter or
 * digit. (Country codes and sector names obey it too; codes such as NL are written in lower case
 * inside ids.) */
bool spill_id_valid(const char *text, size_t text_bytes);

/* True for well-formed UTF-8 without NUL, without surrogates and not overlong. */
bool spill_utf8_valid(const char *text, size_t text_bytes);

/* True for a character that steers a terminal or turns the direction of writing, so that a reader
 * would see other words than those that are there: control characters of both kinds, embeddings,
 * overrides and isolates. */
bool spill_code_steers(uint32_t code);

/* Where in a text the first character stands that steers, tabs and ends of lines aside; the length
 * when there is none. *code is set to it; to U+FFFD for a byte that belongs to no character. */
size_t spill_utf8_steers(const char *text, uint32_t *code);

/* Takes an incomplete character off the end of text that was cut to fit its buffer. */
void spill_utf8_trim(char *text);

/* Milliseconds from text with a unit, "90s", "15min", "8h", "1d12h", "250ms"; SPILL_INVALID
 * otherwise. Range 0 to ten years. */
SPILL_CHECKED enum spill_status spill_duration_parse(const char *text, int64_t *duration_ms);

enum { SPILL_DURATION_TEXT_BYTES = 32 };

/* Exercise time as people read it, "D+1 03:42:18"; returns text. */
char *spill_time_print(int64_t time_ms, char text[SPILL_DURATION_TEXT_BYTES]);

/* Exercise time as people write it: "D+1 03:42:18" (seconds, or the whole time of day, may be left
 * out), "27:42" or "27:42:18" from the start, or a duration from the start, "27h42min".
 * SPILL_INVALID otherwise. Range 0 to ten years. */
SPILL_CHECKED enum spill_status spill_time_parse(const char *text, int64_t *time_ms);

/* Edits (insert, remove, replace a byte) that turn one name into the other; of longer names the
 * first SPILL_DISTANCE_BYTES bytes count. For "did you mean". */
enum { SPILL_DISTANCE_BYTES = 192 };
size_t spill_edit_distance(const char *from, const char *to);

#endif
