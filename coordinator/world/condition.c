/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/condition.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/world/nearest.h"

#define CONDITION_NUMBER_MAX INT64_C(1000000000000000)

enum {
    CONDITION_CALLS_MAX = 2 * CONDITION_TERMS_MAX,
    CONDITION_STEPS_MAX = 4 * CONDITION_TERMS_MAX,
    CONDITION_SHOWN_BYTES = 40, /* Of the text, inside words about it. */
};
/* Each open parenthesis keeps at most one left side of "or" and one of "and" waiting. */
_Static_assert(2 * (CONDITION_NESTING_MAX + 1) + 1 <= 64, "truths wait in one 64-bit word");

#define EVERYWHERE (SCOPE_MODEL | SCOPE_EXERCISE | SCOPE_VIEW)
#define TRUE_STATE (SCOPE_MODEL | SCOPE_EXERCISE)

static const struct condition_function_facts condition_table[] = {
    [FUNCTION_TIME] = {"time", "", "exercise time", EVERYWHERE, 0, {0}, {0}, UNIT_MS, false},
    [FUNCTION_SERVICE] = {"service",
                          "asset",
                          "service of an asset",
                          EVERYWHERE,
                          1,
                          {NAME_ASSET},
                          {false},
                          UNIT_PPM,
                          false},
    [FUNCTION_HEALTH] = {"health",
                         "asset",
                         "health of an asset",
                         TRUE_STATE,
                         1,
                         {NAME_ASSET},
                         {false},
                         UNIT_PPM,
                         false},
    [FUNCTION_FAILED] = {"failed",
                         "asset",
                         "whether an asset's service has failed",
                         EVERYWHERE,
                         1,
                         {NAME_ASSET},
                         {false},
                         UNIT_TRUTH,
                         true},
    [FUNCTION_FAILED_COUNT] = {"failed_count",
                               "sector, country",
                               "failed assets",
                               EVERYWHERE,
                               2,
                               {NAME_SECTOR, NAME_COUNTRY},
                               {true, true},
                               UNIT_COUNT,
                               false},
    [FUNCTION_DEGRADED_COUNT] = {"degraded_count",
                                 "sector, country",
                                 "assets below full service, failed ones too",
                                 EVERYWHERE,
                                 2,
                                 {NAME_SECTOR, NAME_COUNTRY},
                                 {true, true},
                                 UNIT_COUNT,
                                 false},
    [FUNCTION_LEVEL] = {"level",
                        "sector, country",
                        "mean service, weighted by people (by asset where nobody is served)",
                        EVERYWHERE,
                        2,
                        {NAME_SECTOR, NAME_COUNTRY},
                        {true, true},
                        UNIT_PPM,
                        false},
    [FUNCTION_PEOPLE_WITHOUT] = {"people_without",
                                 "sector, country",
                                 "people without the service",
                                 EVERYWHERE,
                                 2,
                                 {NAME_SECTOR, NAME_COUNTRY},
                                 {true, true},
                                 UNIT_COUNT,
                                 false},
    [FUNCTION_INFECTED] = {"infected",
                           "campaign, country",
                           "infected or triggered assets; a cell counts those detected",
                           EVERYWHERE,
                           2,
                           {NAME_CAMPAIGN, NAME_COUNTRY},
                           {false, true},
                           UNIT_COUNT,
                           false},
    [FUNCTION_TRIGGERED] = {"triggered",
                            "campaign, country",
                            "assets in which the payload has run",
                            EVERYWHERE,
                            2,
                            {NAME_CAMPAIGN, NAME_COUNTRY},
                            {false, true},
                            UNIT_COUNT,
                            false},
    [FUNCTION_DETECTED] = {"detected",
                           "campaign, country",
                           "assets with a detected intrusion",
                           EVERYWHERE,
                           2,
                           {NAME_CAMPAIGN, NAME_COUNTRY},
                           {false, true},
                           UNIT_COUNT,
                           false},
    [FUNCTION_TRUST] = {"trust",
                        "country",
                        "trust in a country",
                        EVERYWHERE,
                        1,
                        {NAME_COUNTRY},
                        {false},
                        UNIT_PPM,
                        false},
    [FUNCTION_NARRATIVE] = {"narrative",
                            "country",
                            "strength of the hostile narrative in a country",
                            TRUE_STATE,
                            1,
                            {NAME_COUNTRY},
                            {false},
                            UNIT_PPM,
                            false},
    [FUNCTION_DEMAND] = {"demand",
                         "surge, country",
                         "demand of a surge class in a country",
                         TRUE_STATE,
                         2,
                         {NAME_SURGE, NAME_COUNTRY},
                         {false, false},
                         UNIT_PPM,
                         false},
    [FUNCTION_ESCALATION] =
        {"escalation", "", "steps of escalation", EVERYWHERE, 0, {0}, {0}, UNIT_COUNT, false},
    [FUNCTION_FIRED] = {"fired",
                        "rule",
                        "times that a rule has fired",
                        TRUE_STATE,
                        1,
                        {NAME_RULE},
                        {false},
                        UNIT_COUNT,
                        true},
    [FUNCTION_ORDERED] = {"ordered",
                          "order, cell",
                          "accepted orders; a cell counts its own",
                          EVERYWHERE,
                          2,
                          {NAME_ORDER, NAME_CELL},
                          {false, true},
                          UNIT_COUNT,
                          true},
    [FUNCTION_RELEASED] = {"released",
                           "inject",
                           "whether an inject was released (received)",
                           SCOPE_EXERCISE | SCOPE_VIEW,
                           1,
                           {NAME_INJECT},
                           {false},
                           UNIT_TRUTH,
                           true},
    [FUNCTION_ACKNOWLEDGED] = {"acknowledged",
                               "inject, cell",
                               "whether a cell acknowledged an inject",
                               SCOPE_EXERCISE,
                               2,
                               {NAME_INJECT, NAME_CELL},
                               {false, true},
                               UNIT_TRUTH,
                               true},
    [FUNCTION_ANSWERED] = {"answered",
                           "inject, cell",
                           "whether a cell answered an inject",
                           SCOPE_EXERCISE,
                           2,
                           {NAME_INJECT, NAME_CELL},
                           {false, true},
                           UNIT_TRUTH,
                           true},
    [FUNCTION_CHOSE] = {"chose",
                        "inject, cell, option",
                        "whether a cell chose an option of a decision",
                        SCOPE_EXERCISE,
                        3,
                        {NAME_INJECT, NAME_CELL, NAME_OPTION},
                        {false, true, false},
                        UNIT_TRUTH,
                        true},
    [FUNCTION_SINCE] = {"since",
                        "inject",
                        "time since an inject's release; below 0 before it",
                        SCOPE_EXERCISE | SCOPE_VIEW,
                        1,
                        {NAME_INJECT},
                        {false},
                        UNIT_MS,
                        false},
};
_Static_assert(sizeof condition_table / sizeof condition_table[0] == CONDITION_FUNCTION_COUNT,
               "every function has its row");

const struct condition_function_facts *condition_functions(size_t *count) {
    SPILL_ASSERT(count != NULL);
    *count = CONDITION_FUNCTION_COUNT;
    return condition_table;
}

const char *condition_name_words(enum condition_name kind) {
    static const char *const words[CONDITION_NAME_COUNT] = {
        [NAME_ASSET] = "asset",       [NAME_SECTOR] = "sector",     [NAME_COUNTRY] = "country",
        [NAME_CAMPAIGN] = "campaign", [NAME_SURGE] = "surge class", [NAME_RULE] = "rule",
        [NAME_ORDER] = "order",       [NAME_CELL] = "cell",         [NAME_INJECT] = "inject",
        [NAME_OPTION] = "option",     [NAME_TAG] = "tag",           [NAME_POOL] = "pool",
        [NAME_POLICY] = "policy",
    };
    SPILL_ASSERT((size_t)kind < CONDITION_NAME_COUNT);
    return words[kind];
}

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

SPILL_PRINTF(5, 6)
static enum spill_status compiler_fault(const struct compiler *compiler, enum spill_status status,
                                        size_t offset_bytes, size_t length_bytes,
                                        const char *format, ...) {
    if (compiler->fault != NULL) {
        compiler->fault->offset_bytes = offset_bytes;
        compiler->fault->length_bytes = length_bytes > 0 ? length_bytes : 1;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(compiler->fault->error.text, sizeof compiler->fault->error.text, format,
                  arguments);
        va_end(arguments);
        spill_utf8_trim(compiler->fault->error.text);
    }
    return status;
}

/* A piece of the text as words show it: whole, or its beginning. */
static const char *compiler_piece(const struct compiler *compiler, const struct token *token,
                                  char shown[CONDITION_SHOWN_BYTES]) {
    const size_t bytes = token->length_bytes < CONDITION_SHOWN_BYTES - 1
                             ? token->length_bytes
                             : (size_t)CONDITION_SHOWN_BYTES - 1;
    memcpy(shown, compiler->text + token->offset_bytes, bytes);
    shown[bytes] = '\0';
    spill_utf8_trim(shown);
    return shown;
}

static bool letter_is(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

static bool digit_is(char letter) {
    return letter >= '0' && letter <= '9';
}

static bool name_is(char letter) {
    return letter_is(letter) || digit_is(letter) || letter == '-' || letter == '.';
}

static void compiler_skip_blanks(struct compiler *compiler) {
    while (strchr(" \t\r\n", compiler->text[compiler->at]) != NULL &&
           compiler->text[compiler->at] != '\0') {
        compiler->at++;
    }
}

static bool compiler_word_is(const struct compiler *compiler, const struct token *token,
                             const char *word) {
    return token->kind == TOKEN_WORD && token->length_bytes == strlen(word) &&
           memcmp(compiler->text + token->offset_bytes, word, token->length_bytes) == 0;
}

/* Behind the digits of a number: `.5%` or `%`. */
static enum spill_status compiler_read_percent(struct compiler *compiler, int64_t whole) {
    struct token *const token = &compiler->token;
    const char *const text = compiler->text;
    int64_t ppm = whole * (SPILL_PPM / 100);
    if (text[compiler->at] == '.') {
        compiler->at++;
        int64_t worth_ppm = SPILL_PPM / 100;
        const size_t first = compiler->at;
        for (; digit_is(text[compiler->at]); compiler->at++) {
            worth_ppm /= 10;
            ppm += worth_ppm * (text[compiler->at] - '0');
        }
        token->length_bytes = compiler->at - token->offset_bytes;
        if (compiler->at == first || compiler->at - first > 4) {
            return compiler_fault(compiler, SPILL_INVALID, token->offset_bytes, token->length_bytes,
                                  "a per cent has one to four decimals");
        }
        if (text[compiler->at] != '%') {
            return compiler_fault(compiler, SPILL_INVALID, token->offset_bytes, token->length_bytes,
                                  "only a per cent may have decimals, as in 2.5%%");
        }
    }
    compiler->at++;
    token->length_bytes = compiler->at - token->offset_bytes;
    token->number = ppm;
    token->unit = UNIT_PPM;
    return SPILL_OK;
}

static enum spill_status compiler_read_number(struct compiler *compiler) {
    struct token *const token = &compiler->token;
    const char *const text = compiler->text;
    const bool negative = text[compiler->at] == '-';
    compiler->at += negative;
    const size_t first = compiler->at;
    int64_t number = 0;
    for (; digit_is(text[compiler->at]); compiler->at++) {
        number = number * 10 + (text[compiler->at] - '0');
        if (number > CONDITION_NUMBER_MAX) {
            return compiler_fault(compiler, SPILL_INVALID, token->offset_bytes,
                                  compiler->at - token->offset_bytes, "this number is too large");
        }
    }
    token->kind = TOKEN_NUMBER;
    token->unit = UNIT_COUNT;
    token->number = number;
    enum spill_status status = SPILL_OK;
    if (text[compiler->at] == '.' || text[compiler->at] == '%') {
        status = compiler_read_percent(compiler, number);
    } else if (letter_is(text[compiler->at])) {
        while (letter_is(text[compiler->at]) || digit_is(text[compiler->at])) {
            compiler->at++;
        }
        char duration[CONDITION_SHOWN_BYTES];
        struct token piece = {.offset_bytes = first, .length_bytes = compiler->at - first};
        compiler_piece(compiler, &piece, duration);
        token->unit = UNIT_MS;
        if (piece.length_bytes >= CONDITION_SHOWN_BYTES ||
            spill_duration_parse(duration, &token->number) != SPILL_OK) {
            status =
                compiler_fault(compiler, SPILL_INVALID, first, piece.length_bytes,
                               "'%s' is not a duration; write 90s, 15min, 8h or 1d12h", duration);
        }
    }
    token->length_bytes = compiler->at - token->offset_bytes;
    token->number = negative ? -token->number : token->number;
    return status;
}

/* Signs that other languages have and this one does not. */
static enum spill_status compiler_refuse_sign(const struct compiler *compiler) {
    const char *const at = compiler->text + compiler->at;
    static const struct {
        const char *sign;
        const char *words;
    } slips[] = {
        {"&&", "write 'and'"},
        {"&", "write 'and'"},
        {"||", "write 'or'"},
        {"|", "write 'or'"},
        {"!", "write 'not'"},
        {"=", "write '==' to compare"},
        {"\"", "names stand without quotes"},
        {"'", "names stand without quotes"},
        {"%", "'%' stands behind a number"},
    };
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        const size_t bytes = strlen(slips[i].sign);
        if (strncmp(at, slips[i].sign, bytes) == 0) {
            return compiler_fault(compiler, SPILL_INVALID, compiler->at, bytes, "%s",
                                  slips[i].words);
        }
    }
    size_t bytes = 1;
    while (((unsigned char)at[bytes] & 0xC0U) == 0x80U) {
        bytes++;
    }
    return compiler_fault(compiler, SPILL_INVALID, compiler->at, bytes,
                          "'%.*s' has no meaning in a condition", (int)bytes, at);
}

static bool compiler_read_comparison(struct compiler *compiler) {
    static const struct {
        const char *sign;
        enum comparison comparison;
    } signs[] = {
        {"<=", COMPARISON_LESS_OR_EQUAL}, {">=", COMPARISON_GREATER_OR_EQUAL},
        {"==", COMPARISON_EQUAL},         {"!=", COMPARISON_UNEQUAL},
        {"<", COMPARISON_LESS},           {">", COMPARISON_GREATER},
    };
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        const size_t bytes = strlen(signs[i].sign);
        if (strncmp(compiler->text + compiler->at, signs[i].sign, bytes) == 0) {
            compiler->token.kind = TOKEN_COMPARISON;
            compiler->token.comparison = signs[i].comparison;
            compiler->at += bytes;
            return true;
        }
    }
    return false;
}

/* Reads the next token into compiler->token. */
static enum spill_status compiler_read(struct compiler *compiler) {
    compiler_skip_blanks(compiler);
    const char *const text = compiler->text;
    const char letter = text[compiler->at];
    struct token *const token = &compiler->token;
    *token = (struct token){.kind = TOKEN_END, .offset_bytes = compiler->at};
    if (letter == '\0') {
        return SPILL_OK;
    }
    if (digit_is(letter) || (letter == '-' && digit_is(text[compiler->at + 1]))) {
        return compiler_read_number(compiler);
    }
    if (letter_is(letter)) {
        token->kind = TOKEN_WORD;
        while (name_is(text[compiler->at])) {
            compiler->at++;
        }
    } else if (!compiler_read_comparison(compiler)) {
        static const char signs[] = "(),*";
        static const enum token_kind kinds[] = {TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_STAR};
        const char *const found = strchr(signs, letter);
        if (found == NULL) {
            return compiler_refuse_sign(compiler);
        }
        token->kind = kinds[found - signs];
        compiler->at++;
    }
    token->length_bytes = compiler->at - token->offset_bytes;
    return SPILL_OK;
}

/* Inside a function a name may begin with a digit, so names are read by themselves. */
static enum spill_status compiler_read_name(struct compiler *compiler) {
    compiler_skip_blanks(compiler);
    if (!name_is(compiler->text[compiler->at])) {
        return compiler_read(compiler);
    }
    struct token *const token = &compiler->token;
    *token = (struct token){.kind = TOKEN_WORD, .offset_bytes = compiler->at};
    while (name_is(compiler->text[compiler->at])) {
        compiler->at++;
    }
    token->length_bytes = compiler->at - token->offset_bytes;
    return SPILL_OK;
}

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
        if ((condition_table[i].scopes & (unsigned)compiler->scope) != 0) {
            nearest_offer(&nearest, condition_table[i].name);
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
        if (!compiler_word_is(compiler, &compiler->token, condition_table[i].name)) {
            continue;
        }
        if ((condition_table[i].scopes & (unsigned)compiler->scope) == 0) {
            return compiler_fault(
                compiler, SPILL_INVALID, compiler->token.offset_bytes, compiler->token.length_bytes,
                "'%s' is not known %s", condition_table[i].name,
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
    operand->facts = &condition_table[function];
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

/* ---- Evaluation ---- */

static int64_t condition_value_now(const struct condition *condition,
                                   const struct condition_value *value, condition_read_fn read,
                                   const void *context) {
    if (!value->is_call) {
        return value->number;
    }
    const struct condition_call *const call = &condition->calls[value->call_index];
    return read(call->function, call->arguments, context);
}

static bool condition_term_true(const struct condition *condition,
                                const struct condition_term *term, condition_read_fn read,
                                const void *context) {
    const int64_t left = condition_value_now(condition, &term->left, read, context);
    if (term->comparison == COMPARISON_NONE) {
        return left != 0;
    }
    const int64_t right = condition_value_now(condition, &term->right, read, context);
    switch (term->comparison) {
    case COMPARISON_LESS:
        return left < right;
    case COMPARISON_LESS_OR_EQUAL:
        return left <= right;
    case COMPARISON_GREATER:
        return left > right;
    case COMPARISON_GREATER_OR_EQUAL:
        return left >= right;
    case COMPARISON_EQUAL:
        return left == right;
    case COMPARISON_UNEQUAL:
        return left != right;
    case COMPARISON_NONE:
        break;
    }
    return left != 0;
}

bool condition_true(const struct condition *condition, condition_read_fn read,
                    const void *context) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(read != NULL);
    uint64_t truths = 0; /* The top is bit 0. */
    size_t term_index = 0;
    for (size_t i = 0; i < condition->step_count; i++) {
        switch ((enum condition_step)condition->steps[i]) {
        case STEP_TERM:
            truths = truths << 1 |
                     condition_term_true(condition, &condition->terms[term_index++], read, context);
            break;
        case STEP_NOT:
            truths ^= 1;
            break;
        case STEP_AND:
            truths = (truths >> 1 & ~UINT64_C(1)) | (truths >> 1 & truths & 1);
            break;
        case STEP_OR:
            truths = truths >> 1 | (truths & 1);
            break;
        case STEP_OPEN:
            break;
        }
    }
    return (truths & 1) != 0;
}

/* ---- Foresight ---- */

struct condition_span {
    int64_t least;
    int64_t most;
};

static struct condition_span condition_span_of(const struct condition *condition,
                                               const struct condition_value *value,
                                               condition_bounds_fn bounds, const void *context) {
    struct condition_span span = {value->number, value->number};
    if (value->is_call) {
        const struct condition_call *const call = &condition->calls[value->call_index];
        bounds(call->function, call->arguments, &span.least, &span.most, context);
        SPILL_ASSERT(span.least <= span.most);
    }
    return span;
}

static struct condition_prospect condition_term_prospect(const struct condition *condition,
                                                         const struct condition_term *term,
                                                         condition_bounds_fn bounds,
                                                         const void *context) {
    const struct condition_span left = condition_span_of(condition, &term->left, bounds, context);
    if (term->comparison == COMPARISON_NONE) {
        const bool only_zero = left.least == 0 && left.most == 0;
        return (struct condition_prospect){!only_zero, left.least <= 0 && left.most >= 0};
    }
    const struct condition_span right = condition_span_of(condition, &term->right, bounds, context);
    const bool fixed_equal =
        left.least == left.most && right.least == right.most && left.least == right.least;
    const bool meet = left.least <= right.most && right.least <= left.most;
    switch (term->comparison) {
    case COMPARISON_LESS:
        return (struct condition_prospect){left.least < right.most, left.most >= right.least};
    case COMPARISON_LESS_OR_EQUAL:
        return (struct condition_prospect){left.least <= right.most, left.most > right.least};
    case COMPARISON_GREATER:
        return (struct condition_prospect){left.most > right.least, left.least <= right.most};
    case COMPARISON_GREATER_OR_EQUAL:
        return (struct condition_prospect){left.most >= right.least, left.least < right.most};
    case COMPARISON_EQUAL:
        return (struct condition_prospect){meet, !fixed_equal};
    case COMPARISON_UNEQUAL:
    case COMPARISON_NONE:
        break;
    }
    return (struct condition_prospect){!fixed_equal, meet};
}

struct condition_prospect condition_foresee(const struct condition *condition,
                                            condition_bounds_fn bounds, const void *context) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(bounds != NULL);
    uint64_t holds = 0; /* The tops are bit 0, as in condition_true. */
    uint64_t fails = 0;
    size_t term_index = 0;
    for (size_t i = 0; i < condition->step_count; i++) {
        const uint64_t holds_below = holds >> 1;
        const uint64_t fails_below = fails >> 1;
        switch ((enum condition_step)condition->steps[i]) {
        case STEP_TERM: {
            const struct condition_prospect term = condition_term_prospect(
                condition, &condition->terms[term_index++], bounds, context);
            holds = holds << 1 | term.may_hold;
            fails = fails << 1 | term.may_fail;
            break;
        }
        case STEP_NOT: {
            const uint64_t swapped = (holds ^ fails) & 1;
            holds ^= swapped;
            fails ^= swapped;
            break;
        }
        case STEP_AND:
            holds = (holds_below & ~UINT64_C(1)) | (holds_below & holds & 1);
            fails = fails_below | (fails & 1);
            break;
        case STEP_OR:
            holds = holds_below | (holds & 1);
            fails = (fails_below & ~UINT64_C(1)) | (fails_below & fails & 1);
            break;
        case STEP_OPEN:
            break;
        }
    }
    return (struct condition_prospect){(holds & 1) != 0, (fails & 1) != 0};
}

size_t condition_times(const struct condition *condition, const int64_t **times_ms) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(times_ms != NULL);
    *times_ms = condition->times_ms;
    return condition->time_count;
}

size_t condition_since(const struct condition *condition, const int64_t **durations_ms) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(durations_ms != NULL);
    *durations_ms = condition->since_ms;
    return condition->since_count;
}

size_t condition_calls(const struct condition *condition, const struct condition_call **calls) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(calls != NULL);
    *calls = condition->calls;
    return condition->call_count;
}

const char *condition_text(const struct condition *condition) {
    SPILL_ASSERT(condition != NULL);
    return condition->text;
}
