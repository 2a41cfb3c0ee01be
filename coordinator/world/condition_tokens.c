/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/condition_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum spill_status compiler_fault(const struct compiler *compiler, enum spill_status status,
                                 size_t offset_bytes, size_t length_bytes, const char *format,
                                 ...) {
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
const char *compiler_piece(const struct compiler *compiler, const struct token *token,
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

bool compiler_word_is(const struct compiler *compiler, const struct token *token,
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
enum spill_status compiler_read(struct compiler *compiler) {
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
enum spill_status compiler_read_name(struct compiler *compiler) {
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
