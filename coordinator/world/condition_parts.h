/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition_parts: what the files of a condition share: the compiled form, and the compiler's
 * reading of the text.
 */
#ifndef SPILL_CONDITION_PARTS_H
#define SPILL_CONDITION_PARTS_H

#include "coordinator/world/condition.h"

#define CONDITION_NUMBER_MAX INT64_C(1000000000000000)

enum {
    CONDITION_CALLS_MAX = 2 * CONDITION_TERMS_MAX,
    CONDITION_STEPS_MAX = 4 * CONDITION_TERMS_MAX,
    CONDITION_SHOWN_BYTES = 40, /* Of the text, inside words about it. */
};
/* Each open parenthesis keeps at most one left side of "or" and one of "and" waiting. */
_Static_assert(2 * (CONDITION_NESTING_MAX + 1) + 1 <= 64, "truths wait in one 64-bit word");

/* ---- The compiled form ---- */

enum comparison {
    COMPARISON_NONE, /* A predicate: true unless 0. */
    COMPARISON_LESS,
    COMPARISON_LESS_OR_EQUAL,
    COMPARISON_GREATER,
    COMPARISON_GREATER_OR_EQUAL,
    COMPARISON_EQUAL,
    COMPARISON_UNEQUAL,
};

struct condition_value {
    bool is_call;
    uint32_t call_index;
    int64_t number;
};

struct condition_term {
    enum comparison comparison;
    struct condition_value left;
    struct condition_value right;
};

/* Postfix: a term pushes its truth, the others work on the top. */
enum condition_step {
    STEP_TERM,
    STEP_NOT,
    STEP_AND,
    STEP_OR,
    STEP_OPEN, /* Waits while compiling only. */
};

struct condition {
    char *text;
    struct condition_call *calls;
    size_t call_count;
    struct condition_term *terms; /* In the order of their steps. */
    size_t term_count;
    uint8_t *steps;
    size_t step_count;
    int64_t *times_ms;
    size_t time_count;
    int64_t *since_ms;
    size_t since_count;
};

/* ---- Tokens ---- */

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_NUMBER, /* With its unit. */
    TOKEN_COMPARISON,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_STAR,
};

struct token {
    enum token_kind kind;
    size_t offset_bytes;
    size_t length_bytes;
    int64_t number;
    enum condition_unit unit;
    enum comparison comparison;
};

struct compiler {
    const char *text;
    size_t at; /* Behind `token`. */
    struct token token;
    enum condition_scope scope;
    condition_resolve_fn resolve;
    condition_nearest_fn nearest;
    void *context;
    struct condition_fault *fault;
    struct condition_call calls[CONDITION_CALLS_MAX];
    size_t call_count;
    struct condition_term terms[CONDITION_TERMS_MAX];
    size_t term_count;
    uint8_t steps[CONDITION_STEPS_MAX];
    size_t step_count;
    uint8_t waiting[CONDITION_WAITING_MAX];
    size_t waiting_offset[CONDITION_WAITING_MAX];
    size_t waiting_count;
    size_t nesting_count;
};

/* The facts of a function (condition_table.c). */
const struct condition_function_facts *condition_facts(size_t function);

/* condition_tokens.c */

/* Says what is wrong with a piece of the text, and returns the status. */
enum spill_status compiler_fault(const struct compiler *compiler, enum spill_status status,
                                 size_t offset_bytes, size_t length_bytes, const char *format, ...)
    SPILL_PRINTF(5, 6);
/* A piece of the text as words show it: whole, or its beginning. */
const char *compiler_piece(const struct compiler *compiler, const struct token *token,
                           char shown[CONDITION_SHOWN_BYTES]);
/* Whether the token is this word. */
bool compiler_word_is(const struct compiler *compiler, const struct token *token, const char *word);
/* Reads the next token into compiler->token. */
enum spill_status compiler_read(struct compiler *compiler);
/* Reads a name inside a function: an id, or a star. */
enum spill_status compiler_read_name(struct compiler *compiler);

#endif
