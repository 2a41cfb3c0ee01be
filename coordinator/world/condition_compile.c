/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/condition_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/world/nearest.h"

/* ---- Functions and their names ---- */

static enum spill_status compiler_fault_here(const struct compiler *compiler, const char *words) {
    return compiler_fault(compiler, SPILL_INVALID, compiler->token.offset_bytes,
                          compiler->token.length_bytes, "%s", words);
}

static enum spill_status compiler_unknown_function(const struct compiler *compiler) {
    char name[CONDITION_SHOWN_BYTES];
    compiler_piece(compiler, &compiler->token, name);
    struct nearest nearest = nearest_start(name);
    for (size_t i = 0; i < CONDITION_FUNCTION_COUNT; i++) {
        if ((condition_facts(i)->scopes & (unsigned)compiler->scope) != 0) {
            nearest_offer(&nearest, condition_facts(i)->name);
        }
    }
    char words[NEAREST_WORDS_BYTES];
    nearest_words(&nearest, words, sizeof words);
    return compiler_fault(
        compiler, SPILL_INVALID, compiler->token.offset_bytes, compiler->token.length_bytes,
        "there is no function '%s'%s%s", name, words,
        nearest.name == NULL ? "; names stand inside one, as in failed(asset)" : "");
}

static enum spill_status compiler_find_function(const struct compiler *compiler,
                                                enum condition_function *function) {
    static const char *const slips[][2] = {{"AND", "and"}, {"OR", "or"}, {"NOT", "not"}};
    for (size_t i = 0; i < 3; i++) {
        if (compiler_word_is(compiler, &compiler->token, slips[i][0])) {
            return compiler_fault(compiler, SPILL_INVALID, compiler->token.offset_bytes,
                                  compiler->token.length_bytes, "write '%s' in small letters",
                                  slips[i][1]);
        }
    }
    for (size_t i = 0; i < CONDITION_FUNCTION_COUNT; i++) {
        if (!compiler_word_is(compiler, &compiler->token, condition_facts(i)->name)) {
            continue;
        }
        if ((condition_facts(i)->scopes & (unsigned)compiler->scope) == 0) {
            return compiler_fault(
                compiler, SPILL_INVALID, compiler->token.offset_bytes, compiler->token.length_bytes,
                "'%s' is not known %s", condition_facts(i)->name,
                compiler->scope == SCOPE_VIEW ? "to a cell: a policy sees only what its cell sees"
                : compiler->scope == SCOPE_MODEL ? "to the model: it stands in injects only"
                                                 : "here");
        }
        *function = (enum condition_function)i;
        return SPILL_OK;
    }
    return compiler_unknown_function(compiler);
}

static enum spill_status compiler_unknown_name(const struct compiler *compiler,
                                               enum condition_name kind, const char *name,
                                               uint32_t within) {
    struct nearest found = nearest_start(name);
    if (compiler->nearest != NULL) {
        found.name = compiler->nearest(kind, name, within, compiler->context);
    }
    char words[NEAREST_WORDS_BYTES];
    return compiler_fault(compiler, SPILL_INVALID, compiler->token.offset_bytes,
                          compiler->token.length_bytes, "there is no %s '%s'%s",
                          condition_name_words(kind), name,
                          nearest_words(&found, words, sizeof words));
}

static enum spill_status compiler_resolve(const struct compiler *compiler,
                                          const struct condition_function_facts *facts, size_t at,
                                          struct condition_call *call) {
    const struct token *const token = &compiler->token;
    const char *const text = compiler->text + token->offset_bytes;
    if (token->kind == TOKEN_STAR) {
        if (!facts->every[at]) {
            return compiler_fault(compiler, SPILL_INVALID, token->offset_bytes, token->length_bytes,
                                  "'%s' needs one %s: '*' cannot stand here", facts->name,
                                  condition_name_words(facts->kinds[at]));
        }
        call->arguments[at] = CONDITION_EVERY;
        return SPILL_OK;
    }
    if (!spill_id_valid(text, token->length_bytes)) {
        char shown[CONDITION_SHOWN_BYTES];
        return compiler_fault(compiler, SPILL_INVALID, token->offset_bytes, token->length_bytes,
                              "'%s' is not an id: small letters, digits, '-', '_' and '.'",
                              compiler_piece(compiler, token, shown));
    }
    char name[SPILL_ID_BYTES_MAX + 1];
    memcpy(name, text, token->length_bytes);
    name[token->length_bytes] = '\0';
    /* An option belongs to the inject, the first argument. */
    const uint32_t within = facts->kinds[at] == NAME_OPTION ? call->arguments[0] : 0;
    const enum spill_status status =
        compiler->resolve(facts->kinds[at], name, within, &call->arguments[at], compiler->context);
    if (status == SPILL_NOT_FOUND) {
        return compiler_unknown_name(compiler, facts->kinds[at], name, within);
    }
    if (status != SPILL_OK) {
        return compiler_fault(compiler, status, token->offset_bytes, token->length_bytes, "%s: %s",
                              name, spill_status_words(status));
    }
    return SPILL_OK;
}

static enum spill_status compiler_wrong_count(const struct compiler *compiler,
                                              const struct condition_function_facts *facts,
                                              const struct token *name) {
    const size_t end = compiler->token.offset_bytes + compiler->token.length_bytes;
    return compiler_fault(compiler, SPILL_INVALID, name->offset_bytes, end - name->offset_bytes,
                          "write %s(%s)", facts->name, facts->arguments);
}

/* `(name, name)` behind a function; leaves the token behind it. */
static enum spill_status compiler_read_arguments(struct compiler *compiler,
                                                 const struct condition_function_facts *facts,
                                                 struct condition_call *call) {
    const struct token name = compiler->token;
    enum spill_status status = compiler_read(compiler);
    if (status == SPILL_OK && compiler->token.kind != TOKEN_OPEN) {
        return compiler_fault(compiler, SPILL_INVALID, name.offset_bytes, name.length_bytes,
                              "write %s(%s)", facts->name, facts->arguments);
    }
    for (size_t i = 0; i < facts->argument_count && status == SPILL_OK; i++) {
        status = compiler_read_name(compiler);
        if (status != SPILL_OK) {
            return status;
        }
        if (compiler->token.kind != TOKEN_WORD && compiler->token.kind != TOKEN_STAR) {
            return compiler_wrong_count(compiler, facts, &name);
        }
        status = compiler_resolve(compiler, facts, i, call);
        if (status == SPILL_OK && i + 1 < facts->argument_count) {
            status = compiler_read(compiler);
            if (status == SPILL_OK && compiler->token.kind != TOKEN_COMMA) {
                return compiler_wrong_count(compiler, facts, &name);
            }
        }
    }
    if (status == SPILL_OK) {
        status = compiler_read(compiler);
    }
    if (status == SPILL_OK && compiler->token.kind != TOKEN_CLOSE) {
        return compiler_wrong_count(compiler, facts, &name);
    }
    return status == SPILL_OK ? compiler_read(compiler) : status;
}

/* ---- Terms ---- */

/* A value and where it stands. */
struct operand {
    struct condition_value value;
    const struct condition_function_facts *facts; /* NULL: a number. */
    enum condition_unit unit;
    size_t offset_bytes;
    size_t length_bytes;
};

static enum spill_status compiler_read_operand(struct compiler *compiler, struct operand *operand) {
    const struct token start = compiler->token;
    *operand = (struct operand){.offset_bytes = start.offset_bytes};
    enum spill_status status = SPILL_OK;
    if (start.kind == TOKEN_NUMBER) {
        operand->value.number = start.number;
        operand->unit = start.unit;
        operand->length_bytes = start.length_bytes;
        return compiler_read(compiler);
    }
    if (start.kind == TOKEN_END) {
        return compiler_fault(compiler, SPILL_INVALID, start.offset_bytes, 1,
                              "the condition ends too early");
    }
    if (start.kind != TOKEN_WORD || compiler_word_is(compiler, &start, "and") ||
        compiler_word_is(compiler, &start, "or") || compiler_word_is(compiler, &start, "not")) {
        return compiler_fault_here(compiler, "a function or number is missing before this");
    }
    enum condition_function function = FUNCTION_TIME;
    status = compiler_find_function(compiler, &function);
    if (status != SPILL_OK) {
        return status;
    }
    SPILL_ASSERT(compiler->call_count < CONDITION_CALLS_MAX);
    struct condition_call *const call = &compiler->calls[compiler->call_count];
    *call = (struct condition_call){.function = function};
    operand->facts = condition_facts(function);
    operand->unit = operand->facts->unit;
    operand->value.is_call = true;
    operand->value.call_index = (uint32_t)compiler->call_count++;
    status = compiler_read_arguments(compiler, operand->facts, call);
    /* The token behind it is read already: the call ends before it, blanks apart. */
    size_t end = compiler->token.offset_bytes;
    while (end > start.offset_bytes && compiler->text[end - 1] != ')') {
        end--;
    }
    operand->length_bytes = end - start.offset_bytes;
    return status;
}

/* A plain 0 is 0 in every unit; truths are counted. */
static bool unit_fits(const struct operand *operand, enum condition_unit unit) {
    const enum condition_unit own = operand->unit == UNIT_TRUTH ? UNIT_COUNT : operand->unit;
    const enum condition_unit other = unit == UNIT_TRUTH ? UNIT_COUNT : unit;
    return own == other ||
           (operand->facts == NULL && own == UNIT_COUNT && operand->value.number == 0);
}

static enum spill_status compiler_check_units(const struct compiler *compiler,
                                              const struct operand *left,
                                              const struct operand *right) {
    if (left->facts == NULL && right->facts == NULL) {
        return compiler_fault(compiler, SPILL_INVALID, left->offset_bytes,
                              right->offset_bytes + right->length_bytes - left->offset_bytes,
                              "a comparison needs a function on one side");
    }
    const struct operand *const function = left->facts != NULL ? left : right;
    const struct operand *const other = left->facts != NULL ? right : left;
    if (unit_fits(other, function->unit)) {
        return SPILL_OK;
    }
    static const char *const words[] = {
        [UNIT_COUNT] = "is a number: compare it with a plain one, as in > 3",
        [UNIT_PPM] = "is a level: compare it with per cent, as in < 50%",
        [UNIT_MS] = "is a time: compare it with a duration, as in >= 90min",
        [UNIT_TRUTH] = "is 0 or 1: let it stand alone, or behind 'not'",
    };
    return compiler_fault(compiler, SPILL_INVALID, other->offset_bytes, other->length_bytes,
                          "%s(…) %s", function->facts->name, words[function->unit]);
}

static enum spill_status compiler_add_step(struct compiler *compiler, enum condition_step step) {
    if (compiler->step_count == CONDITION_STEPS_MAX) {
        return compiler_fault(compiler, SPILL_LIMIT, compiler->token.offset_bytes, 1,
                              "the condition is too long");
    }
    compiler->steps[compiler->step_count++] = (uint8_t)step;
    return SPILL_OK;
}

/* value [compare value]; leaves the token behind it. */
static enum spill_status compiler_read_term(struct compiler *compiler) {
    if (compiler->term_count == CONDITION_TERMS_MAX) {
        return compiler_fault(compiler, SPILL_LIMIT, compiler->token.offset_bytes, 1,
                              "more than %d comparisons in one condition", CONDITION_TERMS_MAX);
    }
    struct condition_term *const term = &compiler->terms[compiler->term_count];
    struct operand left;
    enum spill_status status = compiler_read_operand(compiler, &left);
    if (status != SPILL_OK) {
        return status;
    }
    *term = (struct condition_term){.comparison = COMPARISON_NONE, .left = left.value};
    if (compiler->token.kind == TOKEN_COMPARISON) {
        term->comparison = compiler->token.comparison;
        status = compiler_read(compiler);
        struct operand right;
        if (status == SPILL_OK) {
            status = compiler_read_operand(compiler, &right);
        }
        if (status == SPILL_OK) {
            term->right = right.value;
            status = compiler_check_units(compiler, &left, &right);
        }
        if (status == SPILL_OK && compiler->token.kind == TOKEN_COMPARISON) {
            status = compiler_fault_here(compiler, "write two comparisons with 'and' between them");
        }
    } else if (left.facts == NULL) {
        status = compiler_fault(compiler, SPILL_INVALID, left.offset_bytes, left.length_bytes,
                                "a number alone is no condition; compare a function with it");
    } else if (!left.facts->predicate) {
        status = compiler_fault(compiler, SPILL_INVALID, left.offset_bytes, left.length_bytes,
                                "compare %s(…) with something, as in %s", left.facts->name,
                                left.unit == UNIT_PPM  ? "< 50%"
                                : left.unit == UNIT_MS ? ">= 90min"
                                                       : "> 3");
    }
    if (status != SPILL_OK) {
        return status;
    }
    compiler->term_count++;
    return compiler_add_step(compiler, STEP_TERM);
}

/* ---- Operators: shunting-yard ---- */

static enum spill_status compiler_wait(struct compiler *compiler, enum condition_step step) {
    if (compiler->waiting_count == CONDITION_WAITING_MAX ||
        (step == STEP_OPEN && compiler->nesting_count == CONDITION_NESTING_MAX)) {
        return compiler_fault(compiler, SPILL_LIMIT, compiler->token.offset_bytes,
                              compiler->token.length_bytes,
                              "nested too deeply: at most %d parentheses", CONDITION_NESTING_MAX);
    }
    compiler->nesting_count += step == STEP_OPEN;
    compiler->waiting_offset[compiler->waiting_count] = compiler->token.offset_bytes;
    compiler->waiting[compiler->waiting_count++] = (uint8_t)step;
    return SPILL_OK;
}

/* Lets the operators act that bind at least as closely as `step`, down to an open parenthesis. */
static enum spill_status compiler_release(struct compiler *compiler, enum condition_step step) {
    static const int binding[] = {[STEP_NOT] = 3, [STEP_AND] = 2, [STEP_OR] = 1, [STEP_OPEN] = 0};
    while (compiler->waiting_count > 0) {
        const enum condition_step top =
            (enum condition_step)compiler->waiting[compiler->waiting_count - 1];
        if (top == STEP_OPEN || binding[top] < binding[step]) {
            break;
        }
        compiler->waiting_count--;
        const enum spill_status status = compiler_add_step(compiler, top);
        if (status != SPILL_OK) {
            return status;
        }
    }
    return SPILL_OK;
}

/* not, "(" and one term; afterwards an operator is due. */
static enum spill_status compiler_read_one(struct compiler *compiler) {
    for (;;) {
        enum condition_step step = STEP_NOT;
        if (compiler->token.kind == TOKEN_OPEN) {
            step = STEP_OPEN;
        } else if (!compiler_word_is(compiler, &compiler->token, "not")) {
            return compiler_read_term(compiler);
        }
        enum spill_status status = compiler_wait(compiler, step);
        if (status == SPILL_OK) {
            status = compiler_read(compiler);
        }
        if (status != SPILL_OK) {
            return status;
        }
    }
}

static enum spill_status compiler_close(struct compiler *compiler) {
    const enum spill_status status = compiler_release(compiler, STEP_OPEN);
    if (status != SPILL_OK) {
        return status;
    }
    if (compiler->waiting_count == 0) {
        return compiler_fault_here(compiler, "this parenthesis was never opened");
    }
    SPILL_ASSERT(compiler->nesting_count > 0);
    compiler->waiting_count--;
    compiler->nesting_count--;
    return compiler_read(compiler);
}

/* Behind one: ")" as often as it comes, then "and" or "or" (more follows) or the end. */
static enum spill_status compiler_read_operator(struct compiler *compiler, bool *more) {
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && compiler->token.kind == TOKEN_CLOSE) {
        status = compiler_close(compiler);
    }
    *more = false;
    if (status != SPILL_OK || compiler->token.kind == TOKEN_END) {
        return status;
    }
    const bool both = compiler_word_is(compiler, &compiler->token, "and");
    if (!both && !compiler_word_is(compiler, &compiler->token, "or")) {
        return compiler_fault_here(compiler, "'and' or 'or' is missing before this");
    }
    *more = true;
    const enum condition_step step = both ? STEP_AND : STEP_OR;
    status = compiler_release(compiler, step);
    if (status == SPILL_OK) {
        status = compiler_wait(compiler, step);
    }
    return status == SPILL_OK ? compiler_read(compiler) : status;
}

static enum spill_status compiler_run(struct compiler *compiler) {
    enum spill_status status = compiler_read(compiler);
    if (status == SPILL_OK && compiler->token.kind == TOKEN_END) {
        return compiler_fault(compiler, SPILL_INVALID, 0, 1, "the condition is empty");
    }
    for (bool more = true; more && status == SPILL_OK;) {
        status = compiler_read_one(compiler);
        if (status == SPILL_OK) {
            status = compiler_read_operator(compiler, &more);
        }
    }
    if (status == SPILL_OK) {
        status = compiler_release(compiler, STEP_OPEN);
    }
    if (status == SPILL_OK && compiler->waiting_count > 0) {
        return compiler_fault(compiler, SPILL_INVALID,
                              compiler->waiting_offset[compiler->waiting_count - 1], 1,
                              "this parenthesis is never closed");
    }
    return status;
}

/* ---- From the compiler to the condition ---- */

static int time_compare(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The moments at which comparisons of one function with numbers turn; rising, each once. */
static size_t condition_turns(const struct condition *condition, enum condition_function function,
                              int64_t *turns_ms) {
    size_t count = 0;
    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *const term = &condition->terms[i];
        if (term->comparison == COMPARISON_NONE || term->left.is_call == term->right.is_call) {
            continue;
        }
        const bool mirrored = term->right.is_call;
        const struct condition_value *const value = mirrored ? &term->right : &term->left;
        if (condition->calls[value->call_index].function != function) {
            continue;
        }
        const int64_t number_ms = mirrored ? term->left.number : term->right.number;
        const enum comparison comparison = term->comparison;
        const bool equal = comparison == COMPARISON_EQUAL || comparison == COMPARISON_UNEQUAL;
        const bool from_it =
            comparison == (mirrored ? COMPARISON_GREATER : COMPARISON_LESS) ||
            comparison == (mirrored ? COMPARISON_LESS_OR_EQUAL : COMPARISON_GREATER_OR_EQUAL);
        if (equal || from_it) {
            turns_ms[count++] = number_ms;
        }
        if (equal || !from_it) {
            turns_ms[count++] = number_ms + 1;
        }
    }
    qsort(turns_ms, count, sizeof turns_ms[0], time_compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (turns_ms[i] >= 0 && (kept == 0 || turns_ms[i] != turns_ms[kept - 1])) {
            turns_ms[kept++] = turns_ms[i];
        }
    }
    return kept;
}

static enum spill_status condition_build(const struct compiler *compiler, const char *text,
                                         struct condition **condition) {
    struct condition *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    const size_t text_bytes = strlen(text);
    made->text = spill_alloc(text_bytes + 1, 1);
    made->calls = spill_alloc(compiler->call_count, sizeof made->calls[0]);
    made->terms = spill_alloc(compiler->term_count, sizeof made->terms[0]);
    made->steps = spill_alloc(compiler->step_count, sizeof made->steps[0]);
    made->times_ms = spill_alloc(2 * compiler->term_count, sizeof made->times_ms[0]);
    made->since_ms = spill_alloc(2 * compiler->term_count, sizeof made->since_ms[0]);
    if (made->text == NULL || made->calls == NULL || made->terms == NULL || made->steps == NULL ||
        made->times_ms == NULL || made->since_ms == NULL) {
        condition_destroy(&made);
        return SPILL_MEMORY;
    }
    memcpy(made->text, text, text_bytes);
    memcpy(made->calls, compiler->calls, compiler->call_count * sizeof made->calls[0]);
    memcpy(made->terms, compiler->terms, compiler->term_count * sizeof made->terms[0]);
    memcpy(made->steps, compiler->steps, compiler->step_count * sizeof made->steps[0]);
    made->call_count = compiler->call_count;
    made->term_count = compiler->term_count;
    made->step_count = compiler->step_count;
    made->time_count = condition_turns(made, FUNCTION_TIME, made->times_ms);
    made->since_count = condition_turns(made, FUNCTION_SINCE, made->since_ms);
    *condition = made;
    return SPILL_OK;
}

enum spill_status condition_create_helped(const char *text, enum condition_scope scope,
                                          condition_resolve_fn resolve,
                                          condition_nearest_fn nearest, void *context,
                                          struct condition **condition,
                                          struct condition_fault *fault) {
    SPILL_ASSERT(text != NULL);
    SPILL_ASSERT(resolve != NULL);
    SPILL_ASSERT(condition != NULL);
    struct compiler *compiler = spill_alloc(1, sizeof *compiler);
    if (compiler == NULL) {
        return SPILL_MEMORY;
    }
    compiler->text = text;
    compiler->scope = scope;
    compiler->resolve = resolve;
    compiler->nearest = nearest;
    compiler->context = context;
    compiler->fault = fault;
    enum spill_status status = SPILL_OK;
    if (strnlen(text, CONDITION_TEXT_BYTES_MAX + 1) > CONDITION_TEXT_BYTES_MAX) {
        status = compiler_fault(compiler, SPILL_LIMIT, CONDITION_TEXT_BYTES_MAX, 1,
                                "the condition is longer than %d bytes", CONDITION_TEXT_BYTES_MAX);
    } else if (!spill_utf8_valid(text, strlen(text))) {
        status = compiler_fault(compiler, SPILL_INVALID, 0, 1, "the condition is not UTF-8 text");
    } else {
        status = compiler_run(compiler);
    }
    if (status == SPILL_OK) {
        status = condition_build(compiler, text, condition);
    }
    free(compiler);
    return status;
}

enum spill_status condition_create(const char *text, enum condition_scope scope,
                                   condition_resolve_fn resolve, void *context,
                                   struct condition **condition, struct condition_fault *fault) {
    return condition_create_helped(text, scope, resolve, NULL, context, condition, fault);
}

void condition_destroy(struct condition **condition) {
    SPILL_ASSERT(condition != NULL);
    if (*condition == NULL) {
        return;
    }
    free((*condition)->text);
    free((*condition)->calls);
    free((*condition)->terms);
    free((*condition)->steps);
    free((*condition)->times_ms);
    free((*condition)->since_ms);
    free(*condition);
    *condition = NULL;
}
