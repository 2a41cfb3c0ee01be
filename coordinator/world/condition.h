/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition: what must be true before something happens, written as text and compiled once.
 *
 *   condition  := any ; any := all ("or" all)* ; all := one ("and" one)*
 *   one        := "not" one | "(" any ")" | value compare value | predicate
 *   compare    := "<" | "<=" | ">" | ">=" | "==" | "!="
 *   value      := number ["%"] | duration (8h, 15min) | function "(" [name ("," name)*] ")"
 *
 * One language serves the script's rules, injects, expected actions and cells' policies. Names
 * inside a function are ids; `*` means every one. A level in per cent (up to four decimals) is ppm
 * x 10 000 inside. "not" binds closest, then "and", then "or". A function of truth (0 or 1) or of
 * times stands alone as a predicate; others are compared. What is compared must agree in unit: a
 * level with per cent, a time with a duration, a count with a plain number; 0 fits all. One side of
 * a comparison is a function. Numbers may be negative.
 *
 * The functions, the scope in which each may stand and what it returns are one table in
 * condition.c, printed by condition_functions for the format's reference.
 *
 * Compiled conditions are immutable, hold no pointers to what they read, and are evaluated through
 * a reader that the caller supplies; evaluation allocates nothing and never recurses. Nesting,
 * length and counts have named limits.
 */
#ifndef SPILL_CONDITION_H
#define SPILL_CONDITION_H

#include "proto/vocabulary.h"

enum condition_scope {
    SCOPE_MODEL = 1,    /* Rules of the world: true state. */
    SCOPE_EXERCISE = 2, /* Injects and expected actions: true state, and what people did. */
    SCOPE_VIEW = 4,     /* Policies of a cell: only what the cell can see. */
};

enum condition_function {
    FUNCTION_TIME,           /* time() ms */
    FUNCTION_SERVICE,        /* service(asset) ppm */
    FUNCTION_HEALTH,         /* health(asset) ppm; not in SCOPE_VIEW */
    FUNCTION_FAILED,         /* failed(asset) 0 or 1 */
    FUNCTION_FAILED_COUNT,   /* failed_count(sector, country) assets; * for every */
    FUNCTION_DEGRADED_COUNT, /* degraded_count(sector, country): below full, failed ones too */
    FUNCTION_LEVEL, /* level(sector, country) ppm: mean service weighted by people (by asset, if no
                       people) */
    FUNCTION_PEOPLE_WITHOUT, /* people_without(sector, country) people */
    FUNCTION_INFECTED,       /* infected(campaign, country) assets; in SCOPE_VIEW: detected ones */
    FUNCTION_TRIGGERED,      /* triggered(campaign, country) assets; in SCOPE_VIEW: detected ones */
    FUNCTION_DETECTED,       /* detected(campaign, country) assets */
    FUNCTION_TRUST,          /* trust(country) ppm */
    FUNCTION_NARRATIVE,      /* narrative(country) ppm; not in SCOPE_VIEW */
    FUNCTION_DEMAND,         /* demand(surge, country) ppm; not in SCOPE_VIEW */
    FUNCTION_ESCALATION,     /* escalation() steps */
    FUNCTION_FIRED,          /* fired(rule) times; not in SCOPE_VIEW */
    FUNCTION_ORDERED,        /* ordered(order, cell) accepted orders; * for every cell */
    FUNCTION_RELEASED,       /* released(inject) 0 or 1; SCOPE_EXERCISE, SCOPE_VIEW (received) */
    FUNCTION_ACKNOWLEDGED,   /* acknowledged(inject, cell) 0 or 1; SCOPE_EXERCISE */
    FUNCTION_ANSWERED,       /* answered(inject, cell) 0 or 1; SCOPE_EXERCISE */
    FUNCTION_CHOSE,          /* chose(inject, cell, option) 0 or 1; SCOPE_EXERCISE */
    FUNCTION_SINCE, /* since(inject) ms since its release, -1 before; SCOPE_EXERCISE, SCOPE_VIEW */
};
enum { CONDITION_FUNCTION_COUNT = FUNCTION_SINCE + 1, CONDITION_ARGUMENTS_MAX = 3 };

/* What kind of id an argument is; the resolver turns its text into an index. */
enum condition_name {
    NAME_ASSET,
    NAME_SECTOR,
    NAME_COUNTRY,
    NAME_CAMPAIGN,
    NAME_SURGE,
    NAME_RULE,
    NAME_ORDER,
    NAME_CELL,
    NAME_INJECT,
    NAME_OPTION, /* Resolved with the inject before it as `within`. */
    NAME_TAG,    /* These never stand in a condition; scripts name them. */
    NAME_POOL,
    NAME_POLICY,
};
enum { CONDITION_NAME_COUNT = NAME_POLICY + 1 };
#define CONDITION_EVERY UINT32_MAX /* `*` */

/* What a value counts. */
enum condition_unit {
    UNIT_COUNT, /* Assets, people, steps, times: a plain number. */
    UNIT_PPM,   /* Written in per cent. */
    UNIT_MS,    /* Written as a duration. */
    UNIT_TRUTH, /* 0 or 1. */
};

enum {
    CONDITION_TEXT_BYTES_MAX = 4096,
    CONDITION_TERMS_MAX = 128,   /* Comparisons and predicates. */
    CONDITION_NESTING_MAX = 24,  /* Open parentheses. */
    CONDITION_WAITING_MAX = 128, /* Operators that wait for their right side, parentheses too. */
};

/* Turns a name into an index. SPILL_NOT_FOUND if there is none; any other failure ends
 * condition_create with it. */
typedef enum spill_status (*condition_resolve_fn)(enum condition_name kind, const char *name,
                                                  uint32_t within, uint32_t *index, void *context);
/* The name of that kind most like a mistyped one, for the words of a fault; NULL: none is near. */
typedef const char *(*condition_nearest_fn)(enum condition_name kind, const char *name,
                                            uint32_t within, void *context);
/* Gives the value of a function now. */
typedef int64_t (*condition_read_fn)(enum condition_function function,
                                     const uint32_t arguments[CONDITION_ARGUMENTS_MAX],
                                     const void *context);

struct condition;

/* Where a fault is: byte offset in the text (for a caret) and length; words in error. */
struct condition_fault {
    size_t offset_bytes;
    size_t length_bytes;
    struct spill_error error;
};

/* Compiles text (copied). SPILL_INVALID, SPILL_LIMIT: *fault (may be NULL) says what and where. */
SPILL_CHECKED enum spill_status condition_create(const char *text, enum condition_scope scope,
                                                 condition_resolve_fn resolve, void *context,
                                                 struct condition **condition,
                                                 struct condition_fault *fault);
/* The same, and `nearest` (may be NULL) helps the words about an unknown name. */
SPILL_CHECKED enum spill_status
condition_create_helped(const char *text, enum condition_scope scope, condition_resolve_fn resolve,
                        condition_nearest_fn nearest, void *context, struct condition **condition,
                        struct condition_fault *fault);
void condition_destroy(struct condition **condition);
bool condition_true(const struct condition *condition, condition_read_fn read, const void *context);
/* Times (ms), rising, at which its value can change by time alone: those compared with time(), and
 * one ms later where the comparison turns behind them; returns their count. For since(inject) the
 * caller wakes at release + duration, with the durations of condition_since. */
size_t condition_times(const struct condition *condition, const int64_t **times_ms);
size_t condition_since(const struct condition *condition, const int64_t **durations_ms);
/* Every function that it reads, with its arguments, in the order of the text; each call once as it
 * is written. */
struct condition_call {
    enum condition_function function;
    uint32_t arguments[CONDITION_ARGUMENTS_MAX]; /* Those that the function does not have are 0. */
};
size_t condition_calls(const struct condition *condition, const struct condition_call **calls);
/* Between what a function's value always is, in this scenario. */
typedef void (*condition_bounds_fn)(enum condition_function function,
                                    const uint32_t arguments[CONDITION_ARGUMENTS_MAX],
                                    int64_t *least, int64_t *most, const void *context);
/* Whether it may ever be true, or ever false, given those bounds. Each part is looked at by itself,
 * so "may" can be too generous, never "may not". */
struct condition_prospect {
    bool may_hold;
    bool may_fail;
};
struct condition_prospect condition_foresee(const struct condition *condition,
                                            condition_bounds_fn bounds, const void *context);
/* The text as it was written; borrowed. */
const char *condition_text(const struct condition *condition);

struct condition_function_facts {
    const char *name;
    const char *arguments; /* "sector, country" */
    const char *returns;   /* English, one line. */
    unsigned scopes;
    size_t argument_count;
    enum condition_name kinds[CONDITION_ARGUMENTS_MAX];
    bool every[CONDITION_ARGUMENTS_MAX]; /* `*` may stand there. */
    enum condition_unit unit;
    bool predicate; /* May stand alone: true unless 0. */
};
/* In the order of enum condition_function. */
const struct condition_function_facts *condition_functions(size_t *count);
/* "asset", "sector" …: a kind of name in words. */
const char *condition_name_words(enum condition_name kind);

#endif
