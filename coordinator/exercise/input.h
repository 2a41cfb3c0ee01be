/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input: everything that can happen to an exercise from outside, as one tagged union.
 *
 * A tick, a command of exercise control, what a cell's people do, what an evaluator sees: each is
 * an input, committed to the recording before it acts. Ids are text, so that a recording can be
 * read without the scenario's order of things. Encoded bytes are canonical (codec.h) and start with
 * INPUT_FORMAT and the kind. Plain data; every function here is pure and may be called by every
 * thread.
 */
#ifndef SPILL_INPUT_H
#define SPILL_INPUT_H

#include "coordinator/exercise/codec.h"

enum {
    INPUT_FORMAT = 1,
    INPUT_TEXT_BYTES_MAX = 16384, /* One text of an input. */
    INPUT_CELLS_MAX = 256,        /* Receivers named in one input. */
    INPUT_BYTES_MAX = 131072,     /* One encoded input. */
    INPUT_ARENA_BYTES = 262144,   /* An arena with room for any input. */
};

/* A speed of a million: a day in a tenth of a second. */
#define INPUT_SPEED_PERMILLE_MAX INT64_C(1000000000)

/* No order moves more than this, either way. */
#define INPUT_AMOUNT_MAX INT64_C(1000000000000)

/* On whose behalf. */
#define WHO_MAP(X)                                                                                 \
    X(SYSTEM, "system")   /* The session itself: time, links, deliveries. */                       \
    X(CONTROL, "control") /* Exercise control; id is the role. */                                  \
    X(CELL, "cell")       /* A participating cell; id is the cell's. */                            \
    X(EVALUATOR, "evaluator")
enum who_kind {
#define WHO_ENUM(name, words) WHO_##name,
    WHO_MAP(WHO_ENUM)
#undef WHO_ENUM
        WHO_KIND_COUNT
};

struct who {
    enum who_kind kind;
    const char *id; /* "" for the system. */
};

/* Kind, name, and who may give it. */
#define INPUT_KIND_MAP(X)                                                                          \
    X(ADVANCE, "advance", SYSTEM)                                                                  \
    X(START, "start", CONTROL)                                                                     \
    X(PAUSE, "pause", CONTROL)                                                                     \
    X(RESUME, "resume", CONTROL)                                                                   \
    X(SPEED, "speed", CONTROL)                                                                     \
    X(JUMP, "jump", CONTROL)                                                                       \
    X(END, "end", CONTROL)                                                                         \
    X(INJECT_NOW, "inject_now", CONTROL) /* Release it, whatever its time, condition or hold. */   \
    X(HOLD, "hold", CONTROL)             /* It is not due until released or delayed. */            \
    X(RELEASE, "release", CONTROL)       /* A held one. */                                         \
    X(SKIP, "skip", CONTROL)                                                                       \
    X(CANCEL, "cancel", CONTROL)                                                                   \
    X(APPROVE, "approve", CONTROL) /* A proposed one: release it. */                               \
    X(EDIT, "edit", CONTROL)       /* Another text, before release. */                             \
    X(DELAY, "delay", CONTROL)     /* It waits until another time, and is looked at again then. */ \
    X(VETO, "veto", CONTROL)       /* A proposed one: it is cancelled. */                          \
    X(AD_HOC, "ad_hoc", CONTROL)   /* A new inject, released at once. */                           \
    X(CELL_LINK, "cell_link", SYSTEM)                                                              \
    X(DELIVERED, "delivered", SYSTEM)                                                              \
    X(OPENED, "opened", CELL)                                                                      \
    X(ACKNOWLEDGED, "acknowledged", CELL)                                                          \
    X(ANSWERED, "answered", CELL)                                                                  \
    X(ORDER, "order", CELL)                                                                        \
    X(MESSAGE, "message", CELL) /* Exercise control may send one too. */                           \
    X(RFI, "rfi", CELL)         /* A request for information, to exercise control. */              \
    X(RFI_ANSWER, "rfi_answer", CONTROL)                                                           \
    X(MARK, "mark", EVALUATOR)                                                                     \
    X(NOTE, "note", EVALUATOR)
enum input_kind {
#define INPUT_ENUM(name, words, who) INPUT_##name,
    INPUT_KIND_MAP(INPUT_ENUM)
#undef INPUT_ENUM
        INPUT_KIND_COUNT
};

/* What an evaluator saw; also the order of merit. */
#define MARK_MAP(X)                                                                                \
    X(NONE, "none")                                                                                \
    X(MET, "met")                                                                                  \
    X(PARTLY, "partly")                                                                            \
    X(LATE, "late")                                                                                \
    X(MISSED, "missed")                                                                            \
    X(NOT_OBSERVED, "not_observed")
enum mark {
#define MARK_ENUM(name, words) MARK_##name,
    MARK_MAP(MARK_ENUM)
#undef MARK_ENUM
        MARK_COUNT
};

/* An order as a cell gives it; ids are "" where the order's target does not use them. */
struct input_order {
    const char *cell;
    const char *key; /* The cell's own: an order with a key that was used before has no effect. */
    const char *order;
    const char *asset;
    const char *tag;
    const char *country;
    const char *other_country;
    const char *pool;
    const char *other_pool;
    int64_t amount;
    const char *rationale;
};

/* Text is never NULL: "" where there is none. `why` is free text for the log. */
struct input {
    enum input_kind kind;
    struct who who;
    union {
        struct {
            int64_t until_ms; /* Exercise time, a multiple of the tick. */
            bool heed;        /* Stop in the first tick that says something to a cell. */
        } advance;
        struct { /* START, PAUSE, RESUME, END */
            const char *why;
        } clock;
        struct {
            int64_t
                speed_permille; /* Exercise milliseconds a wall second. 0: as fast as it goes. */
        } speed;
        struct {
            int64_t to_ms; /* SPILL_NEVER: to the next event. */
        } jump;
        struct { /* INJECT_NOW, HOLD, RELEASE, SKIP, CANCEL, APPROVE, EDIT, DELAY, VETO */
            const char *inject;
            int64_t until_ms;  /* DELAY; else 0. */
            const char *title; /* EDIT: "" leaves it. In every language, as text. */
            const char *text;  /* EDIT: "" leaves it. */
            const char *why;
        } command;
        struct {
            const char *const *to; /* Cells. */
            size_t to_count;
            const char *replaces; /* An inject that this one supersedes, or "". */
            enum inject_type type;
            enum tlp tlp;
            bool acknowledge;
            const char *channel;
            const char *from;
            const char *title;
            const char *text;
        } ad_hoc;
        struct {
            const char *cell;
            bool connected;
        } link;
        struct {
            const char *cell;
            uint64_t up_to; /* Every message of the cell's stream up to this sequence is durable. */
        } delivered;
        struct { /* OPENED, ACKNOWLEDGED */
            const char *cell;
            const char *inject;
        } seen;
        struct {
            const char *cell;
            const char *inject;
            const char *option; /* "" when the inject has none. */
            const char *decision;
            const char *rationale;
        } answer;
        struct input_order order;
        struct {
            const char *const *to; /* Cells. */
            size_t to_count;
            bool to_control;
            const char *text;
        } message;
        struct {
            const char *cell;
            const char *text;
        } rfi;
        struct {
            uint64_t number; /* As the exercise numbered it. */
            const char *text;
        } rfi_answer;
        struct {
            const char *inject;
            const char *cell; /* "": the inject as a whole. */
            enum mark mark;   /* MARK_NONE takes a mark back. */
            const char *text;
        } mark;
        struct {
            const char *inject; /* The one that it is about, or "". */
            const char *text;
        } note;
    };
};

/* "advance", "order" …; never NULL. */
const char *input_kind_name(enum input_kind kind);
const char *who_kind_name(enum who_kind kind);
const char *mark_name(enum mark mark);

/* What is wrong with an input in itself (ids malformed, text too long or not UTF-8, numbers out of
 * range), in English, or NULL. Whether the exercise takes it is another question. */
const char *input_fault(const struct input *input);

/* Writes the canonical bytes. SPILL_INVALID: it has a fault. SPILL_LIMIT: they are more than
 * capacity_bytes or INPUT_BYTES_MAX. */
SPILL_CHECKED enum spill_status input_encode(const struct input *input, uint8_t *bytes,
                                             size_t capacity_bytes, size_t *size_bytes);

/* Reads canonical bytes. Texts and lists are copied into the arena, which is not reset here: the
 * input is good until the caller resets it. SPILL_INVALID: error says what is wrong and where;
 * SPILL_LIMIT: the arena is full. *input is untouched on failure. */
SPILL_CHECKED enum spill_status input_decode(const uint8_t *bytes, size_t size_bytes,
                                             struct codec_arena *arena, struct input *input,
                                             struct spill_error *error);

/* One JSON object, for people and exports. Returns the bytes needed without the NUL, as snprintf;
 * what does not fit is left out. */
size_t input_print_json(const struct input *input, char *text, size_t capacity_bytes);

#endif
