/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition: what must be true before something happens, written as text and compiled once.
 *
 *   condition  := any ; any := all ("or" all)* ; all := one ("and" one)*
 *   one        := "not" one | "(" any ")" | value compare value | predicate
 *   compare    := "<" | "<=" | ">" | ">=" | "==" | "!="
 *   value      := number ["%"] | duration (8h, 15min) | function "(" [name ("," name)*] ")"
 *
 * One language serves the script's rules, injects, expected actions and cells' policies. Names inside a function are
 * ids; `*` means every one. A level in per cent is ppm x 10 000 inside. The functions, the scope in which each may stand
 * and what it returns are one table in condition.c, printed by condition_functions for the format's reference.
 *
 * Compiled conditions are immutable, hold no pointers to what they read, and are evaluated through a reader that the
 * caller supplies; evaluation allocates nothing and never recurses. Nesting, length and counts have named limits.
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
    FUNCTION_TIME,            /* time() ms */
    FUNCTION_SERVICE,         /* service(asset) ppm */
    FUNCTION_HEALTH,          /* health(asset) ppm; not in SCOPE_VIEW */
    FUNCTION_FAILED,          /* failed(asset) 0 or 1 */
    FUNCTION_FAILED_COUNT,    /* failed_count(sector, country) assets; * for every */
    FUNCTION_DEGRADED_COUNT,  /* degraded_count(sector, country): below full, failed ones too */
    FUNCTION_LEVEL,           /* level(sector, country) ppm: mean service weighted by people (by asset, if no people) */
    FUNCTION_PEOPLE_WITHOUT,  /* people_without(sector, country) people */
    FUNCTION_INFECTED,        /* infected(campaign, country) assets; in SCOPE_VIEW: detected ones */
    FUNCTION_TRIGGERED,       /* triggered(campaign, country) assets; in SCOPE_VIEW: detected ones */
    FUNCTION_DETECTED,        /* detected(campaign, country) assets */
    FUNCTION_TRUST,           /* trust(country) ppm */
    FUNCTION_NARRATIVE,       /* narrative(country) ppm; not in SCOPE_VIEW */
    FUNCTION_DEMAND,          /* demand(surge, country) ppm */
    FUNCTION_ESCALATION,      /* escalation() steps */
    FUNCTION_FIRED,           /* fired(rule) times; not in SCOPE_VIEW */
    FUNCTION_ORDERED,         /* ordered(order, cell) accepted orders; * for every cell */
    FUNCTION_RELEASED,        /* released(inject) 0 or 1; SCOPE_EXERCISE, SCOPE_VIEW (received) */
    FUNCTION_ACKNOWLEDGED,    /* acknowledged(inject, cell) 0 or 1; SCOPE_EXERCISE */
    FUNCTION_ANSWERED,        /* answered(inject, cell) 0 or 1; SCOPE_EXERCISE */
    FUNCTION_CHOSE,           /* chose(inject, cell, option) 0 or 1; SCOPE_EXERCISE */
    FUNCTION_SINCE,           /* since(inject) ms since its release, -1 before; SCOPE_EXERCISE, SCOPE_VIEW */
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
};
#define CONDITION_EVERY UINT32_MAX /* `*` */

/* Turns a name into an index. SPILL_NOT_FOUND if there is none. */
typedef enum spill_status (*condition_resolve_fn)(enum condition_name kind, const char *name, uint32_t within,
                                                  uint32_t *index, void *context);
/* Gives the value of a function now. */
typedef int64_t (*condition_read_fn)(enum condition_function function, const uint32_t arguments[CONDITION_ARGUMENTS_MAX],
                                     const void *context);

struct condition;

/* Where a fault is: byte offset in the text (for a caret) and length; words in error. */
struct condition_fault {
    size_t offset_bytes;
    size_t length_bytes;
    struct spill_error error;
};

SPILL_CHECKED enum spill_status condition_create(const char *text, enum condition_scope scope, condition_resolve_fn resolve,
                                                 void *context, struct condition **condition,
                                                 struct condition_fault *fault);
void condition_destroy(struct condition **condition);
bool condition_true(const struct condition *condition, condition_read_fn read, const void *context);
/* Times (ms) at which its value can change by time alone (constants compared with time()); returns their count. For
 * since(inject) the caller wakes at release + constant: those constants come from condition_since. */
size_t condition_times(const struct condition *condition, const int64_t **times_ms);
size_t condition_since(const struct condition *condition, const int64_t **durations_ms);
/* The text as it was written; borrowed. */
const char *condition_text(const struct condition *condition);

struct condition_function_facts {
    const char *name;
    const char *arguments; /* "sector, country" */
    const char *returns;   /* English, one line. */
    unsigned scopes;
    size_t argument_count;
    enum condition_name kinds[CONDITION_ARGUMENTS_MAX];
};
const struct condition_function_facts *condition_functions(size_t *count);

#endif
