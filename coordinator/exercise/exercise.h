/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exercise: one world and its people, as a pure function of (scenario, seed, ordered inputs).
 *
 * It owns the clock, the injects and their states, what each cell was sent and said, expectations,
 * orders and requests, and the world beneath. It reads no clock, file, socket or random stream, and
 * allocates nothing after exercise_create: what people can make it keep has named limits, and an
 * input over a limit is refused. One thread at a time uses an exercise. EXERCISE.md states every
 * rule.
 *
 * Whoever drives it commits an input, applies it, and does with the outputs what they are for. The
 * same inputs in the same order give the same outputs and digests, byte for byte; how an advance is
 * split does not matter.
 */
#ifndef SPILL_EXERCISE_H
#define SPILL_EXERCISE_H

#include "coordinator/exercise/input.h"
#include "coordinator/exercise/output.h"

enum {
    EXERCISE_AD_HOC_MAX = 256,          /* Injects made during play. */
    EXERCISE_AD_HOC_CELLS_MAX = 4096,   /* Their receivers in all. */
    EXERCISE_RFIS_MAX = 4096,           /* Requests for information. */
    EXERCISE_CELL_ORDERS_MAX = 1024,    /* Orders of one cell, refused ones too. */
    EXERCISE_ORDERS_MAX = 262144,       /* Orders in all. */
    EXERCISE_NOTES_BYTES_MAX = 4 << 20, /* Edited texts, ad hoc injects and requests together. */
};

struct exercise_options {
    uint64_t seed;
    bool digests; /* Keep what exercise_digest needs. */
    bool causes;  /* Say OUTPUT_CAUSE. */
    struct cascade_without without;
};

struct exercise;

/* Called for each output, in order, while an input is applied; bytes are its canonical encoding.
 * Both are borrowed for the call. */
typedef void (*exercise_output_fn)(const struct output *output, const uint8_t *bytes,
                                   size_t size_bytes, void *context);

/* The scenario is kept until the exercise is destroyed. Nothing has happened yet, not even tick 0.
 * SPILL_LIMIT: a text of the scenario does not fit the message that it is for. SPILL_INVALID: an
 * inject would go to a cell that may not have it (scenarios that were checked have none). */
SPILL_CHECKED enum spill_status exercise_create(const struct scenario *scenario,
                                                const struct exercise_options *options,
                                                struct exercise **exercise);
void exercise_destroy(struct exercise **exercise);

/* Applies one input. Returns SPILL_OK, or SPILL_REFUSED after an OUTPUT_REFUSED (or, for an order
 * that was understood, an OUTPUT_ORDER that says so): then nothing else changed. output may be
 * NULL. */
enum spill_status exercise_apply(struct exercise *exercise, const struct input *input,
                                 exercise_output_fn output, void *context);

/* The state digest (EXERCISE.md, Digest). Needs options.digests; costs what changed since the last
 * call. */
void exercise_digest(struct exercise *exercise, uint8_t digest[CASCADE_DIGEST_BYTES]);

/* ---- Time ---- */

enum clock_state exercise_clock(const struct exercise *exercise);
/* Exercise time; 0 before the start. */
int64_t exercise_now_ms(const struct exercise *exercise);
/* The earliest exercise time after now at which anything at all is due: in the world, an inject, an
 * expectation, a proposal that nobody decides on. SPILL_NEVER unless the exercise runs. */
int64_t exercise_next_ms(const struct exercise *exercise);
/* As the last SPEED input said; 1000 before one. Pacing is the session's business. */
int64_t exercise_speed_permille(const struct exercise *exercise);
/* Until when the last jump goes; -1 when there is none or it is over. */
int64_t exercise_jump_ms(const struct exercise *exercise);

const struct scenario *exercise_scenario(const struct exercise *exercise);
const struct world *exercise_world(const struct exercise *exercise);

/* ---- Injects: those of the scenario in its order, then ad hoc ones in order of their making. ----
 */

struct inject_ref {
    uint32_t index;
};

size_t exercise_inject_count(const struct exercise *exercise);
SPILL_CHECKED enum spill_status exercise_find_inject(const struct exercise *exercise,
                                                     const char *id, struct inject_ref *inject);

struct inject_now {
    const struct inject *facts; /* Of an ad hoc inject, made up likewise. Not the edited text: */
    struct text title;          /* As it was or will be sent. */
    struct text body;
    bool edited;
    enum run_state state;
    int64_t planned_ms;  /* Its time, delays included; SPILL_NEVER: by condition or hand. */
    int64_t armed_ms;    /* -1: not (yet). */
    int64_t holds_ms;    /* Armed: since when its condition holds; -1: it does not. */
    int64_t proposed_ms; /* -1: not. */
    int64_t released_ms; /* -1: not. */
    int64_t due_ms;      /* When it changes by time alone, should nothing else; SPILL_NEVER. */
    enum expectation_state expectation;
    int64_t expected_by_ms; /* SPILL_NEVER: nothing is expected, or it is not released. */
    int64_t expected_at_ms; /* When it was met or late; -1. */
    enum mark mark;         /* Of the inject as a whole. */
};
void exercise_inject(const struct exercise *exercise, struct inject_ref inject,
                     struct inject_now *now);

/* The at-th receiver's part, in the order of facts->to. */
struct delivery_now {
    struct cell_ref cell;
    enum delivery_state state;
    uint64_t sequence;    /* Of the message; 0: not released. */
    int64_t delivered_ms; /* -1: not (yet), and so on. */
    int64_t opened_ms;
    int64_t acknowledged_ms;
    int64_t answered_ms;
    const char *option; /* Chosen, or "". */
    bool awaited;       /* Something that this cell must still do. */
    enum mark mark;
};
void exercise_delivery(const struct exercise *exercise, struct inject_ref inject, size_t at,
                       struct delivery_now *now);

/* ---- Cells ---- */

struct cell_now {
    bool connected;
    uint64_t sequence;  /* Of the last message sent to it; 0: none. */
    uint64_t delivered; /* Up to where its stream is durable at its node. */
    size_t unread;      /* Injects that it has not opened. */
    size_t awaited;     /* Injects on which it must still act. */
    size_t order_count; /* Accepted ones. */
    int64_t heard_ms;   /* Exercise time of its last input; -1: none. */
    uint8_t head[OUTPUT_HEAD_BYTES];
};
void exercise_cell(const struct exercise *exercise, struct cell_ref cell, struct cell_now *now);

/* Reads a function of SCOPE_EXERCISE now: a reader for conditions; context is the exercise. */
int64_t exercise_read(enum condition_function function,
                      const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *exercise);

/* ---- Requests for information, numbered from 1. ---- */

struct rfi_now {
    struct cell_ref cell;
    const char *text;
    int64_t asked_ms;
    int64_t answered_ms; /* -1: open. */
};
size_t exercise_rfi_count(const struct exercise *exercise);
void exercise_rfi(const struct exercise *exercise, uint64_t number, struct rfi_now *now);

/* Whether a running state may follow another; the same for deliveries and expectations. */
bool run_state_may_follow(enum run_state before, enum run_state after);
bool delivery_state_may_follow(enum delivery_state before, enum delivery_state after);
bool expectation_state_may_follow(enum expectation_state before, enum expectation_state after);

#endif
