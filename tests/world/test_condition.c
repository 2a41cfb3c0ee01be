/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions are parsed as the grammar says, evaluated as written, and refused with words that
 * point at the fault.
 */
#include "coordinator/world/condition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/world/nearest.h"
#include "tests/check.h"

/* Names that exist, by kind; the index is the rank. */
static const char *const names[CONDITION_NAME_COUNT][3] = {
    [NAME_ASSET] = {"plant", "port", "112-centre"},
    [NAME_SECTOR] = {"water", "electricity", "data"},
    [NAME_COUNTRY] = {"nl", "de", "ee"},
    [NAME_CAMPAIGN] = {"wiper", "theft", "flood"},
    [NAME_SURGE] = {"fuel", "cash", "calls"},
    [NAME_RULE] = {"dark", "storm", "rumour"},
    [NAME_ORDER] = {"patch", "isolate", "share"},
    [NAME_CELL] = {"csirt", "grid", "excon"},
    [NAME_INJECT] = {"1-welcome", "2-dark", "3-share"},
    [NAME_OPTION] = {"yes", "no", "later"},
};

static enum spill_status resolve(enum condition_name kind, const char *name, uint32_t within,
                                 uint32_t *index, void *context) {
    (void)context;
    if (kind == NAME_OPTION && within != 1) {
        return SPILL_NOT_FOUND; /* Only the second inject has options. */
    }
    for (uint32_t i = 0; i < 3; i++) {
        if (strcmp(names[kind][i], name) == 0) {
            *index = i;
            return SPILL_OK;
        }
    }
    return SPILL_NOT_FOUND;
}

static const char *nearest_name(enum condition_name kind, const char *name, uint32_t within,
                                void *context) {
    (void)within;
    (void)context;
    struct nearest nearest = nearest_start(name);
    for (size_t i = 0; i < 3; i++) {
        nearest_offer(&nearest, names[kind][i]);
    }
    return nearest.name;
}

/* A world in which every function has the value set for it, whatever its arguments. */
struct state {
    int64_t values[CONDITION_FUNCTION_COUNT];
};

static int64_t read_state(enum condition_function function,
                          const uint32_t arguments[CONDITION_ARGUMENTS_MAX], const void *context) {
    (void)arguments;
    const struct state *const state = context;
    return state->values[function];
}

static bool is_true(const char *text, const struct state *state) {
    struct condition *condition = NULL;
    struct condition_fault fault = {0};
    if (condition_create(text, SCOPE_EXERCISE, resolve, NULL, &condition, &fault) != SPILL_OK) {
        CHECK_FAIL("'%s': %s at %zu", text, fault.error.text, fault.offset_bytes);
    }
    const bool truth = condition_true(condition, read_state, state);
    condition_destroy(&condition);
    CHECK(condition == NULL);
    return truth;
}

/* Checks status, place and a piece of the words of a refused text. */
static void check_refused(const char *text, enum condition_scope scope, enum spill_status status,
                          const char *piece, const char *words) {
    struct condition *condition = NULL;
    struct condition_fault fault = {0};
    CHECK_EQ(condition_create_helped(text, scope, resolve, nearest_name, NULL, &condition, &fault),
             status);
    CHECK(condition == NULL);
    if (strstr(fault.error.text, words) == NULL) {
        CHECK_FAIL("'%s' is refused with '%s', not '%s'", text, fault.error.text, words);
    }
    CHECK_LT(0U, fault.length_bytes);
    if (piece != NULL) {
        char marked[128];
        snprintf(marked, sizeof marked, "%.*s", (int)fault.length_bytes, text + fault.offset_bytes);
        CHECK_EQ((const char *)marked, piece);
    }
}

static void check_calls(const char *text, enum condition_function function,
                        const uint32_t arguments[CONDITION_ARGUMENTS_MAX]) {
    struct condition *condition = NULL;
    CHECK_OK(condition_create(text, SCOPE_EXERCISE, resolve, NULL, &condition, NULL));
    const struct condition_call *calls = NULL;
    CHECK_EQ(condition_calls(condition, &calls), 1);
    CHECK_EQ(calls[0].function, function);
    for (size_t i = 0; i < CONDITION_ARGUMENTS_MAX; i++) {
        CHECK_EQ(calls[0].arguments[i], arguments[i]);
    }
    CHECK_EQ(condition_text(condition), text);
    condition_destroy(&condition);
}

TEST(condition, every_function_is_parsed_with_its_arguments) {
    const uint32_t every = CONDITION_EVERY;
    const struct {
        const char *text;
        enum condition_function function;
        uint32_t arguments[CONDITION_ARGUMENTS_MAX];
    } cases[] = {
        {"time() >= 8h", FUNCTION_TIME, {0}},
        {"service(port) < 50%", FUNCTION_SERVICE, {1}},
        {"health(112-centre) < 2.5%", FUNCTION_HEALTH, {2}},
        {"failed(port)", FUNCTION_FAILED, {1}},
        {"failed_count(*, de) > 3", FUNCTION_FAILED_COUNT, {every, 1}},
        {"degraded_count(data, *) > 3", FUNCTION_DEGRADED_COUNT, {2, every}},
        {"level(electricity, nl) <= 80%", FUNCTION_LEVEL, {1, 0}},
        {"people_without(*, *) > 1000000", FUNCTION_PEOPLE_WITHOUT, {every, every}},
        {"infected(theft, *) != 0", FUNCTION_INFECTED, {1, every}},
        {"triggered(wiper, ee) >= 1", FUNCTION_TRIGGERED, {0, 2}},
        {"detected(flood, de) == 2", FUNCTION_DETECTED, {2, 1}},
        {"trust(ee) < 40%", FUNCTION_TRUST, {2}},
        {"narrative(nl) > 10%", FUNCTION_NARRATIVE, {0}},
        {"demand(cash, de) > 150%", FUNCTION_DEMAND, {1, 1}},
        {"escalation() > -2", FUNCTION_ESCALATION, {0}},
        {"fired(rumour)", FUNCTION_FIRED, {2}},
        {"ordered(isolate, *)", FUNCTION_ORDERED, {1, every}},
        {"released(2-dark)", FUNCTION_RELEASED, {1}},
        {"acknowledged(1-welcome, grid)", FUNCTION_ACKNOWLEDGED, {0, 1}},
        {"answered(3-share, *)", FUNCTION_ANSWERED, {2, every}},
        {"chose(2-dark, csirt, later)", FUNCTION_CHOSE, {1, 0, 2}},
        {"since(3-share) > 30min", FUNCTION_SINCE, {2}},
    };
    CHECK_EQ(sizeof cases / sizeof cases[0], CONDITION_FUNCTION_COUNT);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQ(cases[i].function, i);
        check_calls(cases[i].text, cases[i].function, cases[i].arguments);
    }
}

TEST(condition, the_table_says_what_the_parser_does) {
    size_t count = 0;
    const struct condition_function_facts *const facts = condition_functions(&count);
    CHECK_EQ(count, CONDITION_FUNCTION_COUNT);
    for (size_t i = 0; i < count; i++) {
        size_t commas = 0;
        for (const char *at = facts[i].arguments; *at != '\0'; at++) {
            commas += *at == ',';
        }
        CHECK_EQ(facts[i].argument_count, facts[i].arguments[0] == '\0' ? 0 : commas + 1);
        CHECK_NE(facts[i].scopes & SCOPE_EXERCISE, 0U);
    }
}

TEST(condition, and_binds_closer_than_or_and_not_closest) {
    /* a, b and c in all eight states, against C's own operators. */
    for (unsigned bits = 0; bits < 8; bits++) {
        const bool a = (bits & 1) != 0;
        const bool b = (bits & 2) != 0;
        const bool c = (bits & 4) != 0;
        const struct state state = {
            .values = {[FUNCTION_FAILED] = a, [FUNCTION_FIRED] = b, [FUNCTION_RELEASED] = c}};
#define A "failed(port)"
#define B "fired(dark)"
#define C "released(2-dark)"
        CHECK_EQ(is_true(A " or " B " and " C, &state), a || (b && c));
        CHECK_EQ(is_true(A " and " B " or " C, &state), (a && b) || c);
        CHECK_EQ(is_true("(" A " or " B ") and " C, &state), (a || b) && c);
        CHECK_EQ(is_true("not " A " and " B, &state), !a && b);
        CHECK_EQ(is_true("not (" A " and " B ")", &state), !(a && b));
        CHECK_EQ(is_true("not not " A " or not " C, &state), a || !c);
        CHECK_EQ(is_true("not " A " == 1 or " B, &state), !a || b);
        CHECK_EQ(is_true("((" A ")) and (" B " or (" C " and " A "))", &state),
                 a && (b || (c && a)));
#undef A
#undef B
#undef C
    }
}

TEST(condition, comparisons_mean_what_they_say) {
    const struct state state = {.values = {[FUNCTION_FAILED_COUNT] = 3,
                                           [FUNCTION_SERVICE] = 500000,
                                           [FUNCTION_TRUST] = 400000,
                                           [FUNCTION_ESCALATION] = -2,
                                           [FUNCTION_TIME] = 5400000,
                                           [FUNCTION_SINCE] = -1}};
    CHECK(is_true("failed_count(*, *) < 4", &state));
    CHECK(!is_true("failed_count(*, *) < 3", &state));
    CHECK(is_true("failed_count(*, *) <= 3", &state));
    CHECK(is_true("failed_count(*, *) > 2", &state));
    CHECK(!is_true("3 > failed_count(*, *)", &state));
    CHECK(is_true("3 >= failed_count(*, *)", &state));
    CHECK(is_true("failed_count(*, *) == 3", &state));
    CHECK(!is_true("failed_count(*, *) != 3", &state));
    CHECK(is_true("service(port) == 50%", &state));
    CHECK(is_true("service(port) < 50.0001%", &state));
    CHECK(is_true("service(port) > 49.9999%", &state));
    CHECK(is_true("trust(nl) < service(port)", &state));
    CHECK(is_true("escalation() == -2", &state));
    CHECK(is_true("time() == 90min", &state));
    CHECK(is_true("time() == 1h30min", &state));
    CHECK(is_true("\n time( )\t>=\r\n1h ", &state));
    CHECK(is_true("since(2-dark) < 0", &state));
    CHECK(!is_true("since(2-dark) >= 0", &state));
}

TEST(condition, times_are_those_at_which_it_can_turn) {
    struct condition *condition = NULL;
    CHECK_OK(
        condition_create("time() >= 2h and (time() < 4h or 3h < time()) and since(2-dark) > 5s "
                         "and time() != 2h and failed(port) and -1s < time()",
                         SCOPE_EXERCISE, resolve, NULL, &condition, NULL));
    const int64_t *times_ms = NULL;
    const int64_t *since_ms = NULL;
    CHECK_EQ(condition_times(condition, &times_ms), 4);
    CHECK_EQ(times_ms[0], 7200000);
    CHECK_EQ(times_ms[1], 7200001);
    CHECK_EQ(times_ms[2], 10800001);
    CHECK_EQ(times_ms[3], 14400000);
    CHECK_EQ(condition_since(condition, &since_ms), 1);
    CHECK_EQ(since_ms[0], 5001);
    condition_destroy(&condition);
}

TEST(condition, faults_point_at_their_place_and_help) {
    const enum condition_scope scope = SCOPE_EXERCISE;
    const enum spill_status invalid = SPILL_INVALID;
    check_refused("", scope, invalid, NULL, "empty");
    check_refused("  ", scope, invalid, NULL, "empty");
    check_refused("failed(prot)", scope, invalid, "prot", "no asset 'prot'; did you mean 'port'?");
    check_refused("failed(zzzzz)", scope, invalid, "zzzzz", "there is no asset 'zzzzz'");
    check_refused("trust(nll) < 5%", scope, invalid, "nll", "no country 'nll'; did you mean 'nl'?");
    check_refused("faild(port)", scope, invalid, "faild", "did you mean 'failed'?");
    check_refused("port", scope, invalid, "port", "names stand inside one");
    check_refused("failed", scope, invalid, "failed", "write failed(asset)");
    check_refused("failed()", scope, invalid, "failed()", "write failed(asset)");
    check_refused("failed(port, plant)", scope, invalid, "failed(port,", "write failed(asset)");
    check_refused("trust(nl, de) < 5%", scope, invalid, "trust(nl,", "write trust(country)");
    check_refused("ordered(patch)", scope, invalid, "ordered(patch)", "write ordered(order, cell)");
    check_refused("time(8h) > 8h", scope, invalid, "time(8h", "write time()");
    check_refused("trust(*) < 5%", scope, invalid, "*", "'trust' needs one country");
    check_refused("chose(1-welcome, csirt, yes)", scope, invalid, "yes", "no option 'yes'");
    check_refused("failed(Port)", scope, invalid, "Port", "not an id");
    check_refused("service(port) < 50", scope, invalid, "50", "is a level");
    check_refused("service(port) < 5h", scope, invalid, "5h", "is a level");
    check_refused("failed_count(*, *) > 5%", scope, invalid, "5%", "is a number");
    check_refused("time() > 90", scope, invalid, "90", "is a time");
    check_refused("failed(port) == 100%", scope, invalid, "100%", "is 0 or 1");
    check_refused("service(port) < time()", scope, invalid, "time()", "is a level");
    check_refused("service(port)", scope, invalid, "service(port)", "compare service");
    check_refused("3 < 4", scope, invalid, "3 < 4", "needs a function");
    check_refused("3", scope, invalid, "3", "a number alone");
    check_refused("1 < escalation() < 3", scope, invalid, "<", "two comparisons");
    check_refused("failed(port) = 1", scope, invalid, "=", "'=='");
    check_refused("failed(port) && failed(plant)", scope, invalid, "&&", "'and'");
    check_refused("failed(port) || failed(plant)", scope, invalid, "||", "'or'");
    check_refused("!failed(port)", scope, invalid, "!", "'not'");
    check_refused("failed(port) AND failed(plant)", scope, invalid, "AND", "'and' or 'or'");
    check_refused("NOT failed(port)", scope, invalid, "NOT", "small letters");
    check_refused("failed(\"port\")", scope, invalid, "\"", "without quotes");
    check_refused("failed(port) and", scope, invalid, NULL, "ends too early");
    check_refused("and failed(port)", scope, invalid, "and", "is missing before this");
    check_refused("failed(port) failed(plant)", scope, invalid, "failed", "'and' or 'or'");
    check_refused("(failed(port)", scope, invalid, "(", "never closed");
    check_refused("failed(port))", scope, invalid, ")", "never opened");
    check_refused("time() > 8x", scope, invalid, "8x", "is not a duration");
    check_refused("time() > 8h30", scope, invalid, "8h30", "is not a duration");
    check_refused("service(port) < 1.23456%", scope, invalid, "1.23456", "one to four decimals");
    check_refused("service(port) < 1.5", scope, invalid, "1.5", "only a per cent");
    check_refused("failed_count(*, *) > 99999999999999999999", scope, invalid, NULL, "too large");
    check_refused("failed(port) and \xc3\xa9", scope, invalid, "\xc3\xa9", "has no meaning");
    check_refused("failed(port) and \xff", scope, invalid, NULL, "UTF-8");
}

TEST(condition, scopes_are_kept) {
    check_refused("health(port) < 5%", SCOPE_VIEW, SPILL_INVALID, "health",
                  "only what its cell sees");
    check_refused("fired(dark)", SCOPE_VIEW, SPILL_INVALID, "fired", "only what its cell sees");
    check_refused("narrative(nl) > 5%", SCOPE_VIEW, SPILL_INVALID, "narrative", "not known");
    check_refused("released(2-dark)", SCOPE_MODEL, SPILL_INVALID, "released", "in injects only");
    check_refused("chose(2-dark, csirt, yes)", SCOPE_VIEW, SPILL_INVALID, "chose", "not known");
    struct condition *condition = NULL;
    CHECK_OK(condition_create("released(2-dark) and detected(wiper, *) > 0", SCOPE_VIEW, resolve,
                              NULL, &condition, NULL));
    condition_destroy(&condition);
}

/* Fills text with `count` copies of piece between begin and end. */
static char *repeated(const char *begin, const char *piece, size_t count, const char *end) {
    char *const text = spill_alloc(strlen(begin) + strlen(piece) * count + strlen(end) + 1, 1);
    CHECK(text != NULL);
    strcpy(text, begin);
    char *at = text + strlen(begin);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, piece, strlen(piece));
        at += strlen(piece);
    }
    strcpy(at, end);
    return text;
}

static void check_limit(const char *begin, const char *piece, size_t count, const char *end,
                        enum spill_status status) {
    char *text = repeated(begin, piece, count, end);
    struct condition *condition = NULL;
    CHECK_EQ(condition_create(text, SCOPE_EXERCISE, resolve, NULL, &condition, NULL), status);
    condition_destroy(&condition);
    free(text);
}

TEST(condition, limits_hold_and_one_past_them_is_refused) {
    check_limit("fired(dark)", " or fired(dark)", CONDITION_TERMS_MAX - 1, "", SPILL_OK);
    check_limit("fired(dark)", " or fired(dark)", CONDITION_TERMS_MAX, "", SPILL_LIMIT);
    check_limit("", "(", CONDITION_NESTING_MAX + 1, "", SPILL_LIMIT);
    check_limit("", "not ", CONDITION_WAITING_MAX, "fired(dark)", SPILL_OK);
    check_limit("", "not ", CONDITION_WAITING_MAX + 1, "fired(dark)", SPILL_LIMIT);
    check_limit("fired(dark)", " ", CONDITION_TEXT_BYTES_MAX - 11, "", SPILL_OK);
    check_limit("fired(dark)", " ", CONDITION_TEXT_BYTES_MAX - 10, "", SPILL_LIMIT);
    /* The deepest stack of truths. */
    char *const open =
        repeated("", "fired(dark) or fired(dark) and (", CONDITION_NESTING_MAX, "fired(dark)");
    char *const text = repeated(open, ")", CONDITION_NESTING_MAX, "");
    const struct state state = {.values = {[FUNCTION_FIRED] = 1}};
    CHECK(is_true(text, &state));
    free(open);
    free(text);
}

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t count) {
    random_state = random_state * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)random_state * count) >> 32);
}

enum { SOUND_BYTES = 4096, SOUND_PART_BYTES = 64 };

/* A sound condition, built by wrapping, so without recursion; returns its value beside it. */
static bool random_sound(char text[SOUND_BYTES], int size) {
    bool truth = random_below(2) != 0;
    strcpy(text, truth ? "failed(port)" : "fired(dark)");
    for (int i = 0; i < size; i++) {
        const bool other = random_below(2) != 0;
        const char *const words = other ? "escalation() < 5" : "trust(nl) > 90%";
        char before[SOUND_PART_BYTES] = "(";
        char behind[SOUND_PART_BYTES] = "";
        switch (random_below(4)) {
        case 0:
            strcat(strcpy(behind, ") and "), words);
            truth = truth && other;
            break;
        case 1:
            strcat(strcpy(before, words), " or (");
            strcpy(behind, ")");
            truth = truth || other;
            break;
        case 2:
            strcpy(before, "not (");
            strcpy(behind, ")");
            truth = !truth;
            break;
        default:
            strcpy(before, "");
            strcat(strcpy(behind, " or "), words);
            truth = truth || other;
            break;
        }
        memmove(text + strlen(before), text, strlen(text) + 1);
        memcpy(text, before, strlen(before));
        strcat(text, behind);
    }
    return truth;
}

TEST(condition, random_sound_conditions_have_the_value_of_their_parts) {
    const struct state state = {.values = {[FUNCTION_FAILED] = 1}};
    for (int i = 0; i < 2000; i++) {
        char text[SOUND_BYTES];
        const bool truth = random_sound(text, 1 + (int)random_below(12));
        if (is_true(text, &state) != truth) {
            CHECK_FAIL("'%s' should be %d", text, truth);
        }
    }
}

TEST(condition, random_text_is_refused_inside_its_bounds_or_accepted) {
    static const char *const pieces[] = {"failed(port)",
                                         "and",
                                         "or",
                                         "not",
                                         "(",
                                         ")",
                                         " ",
                                         "time()",
                                         ">=",
                                         "<",
                                         "==",
                                         "8h",
                                         "50%",
                                         "-3",
                                         "*",
                                         ",",
                                         "port",
                                         "service(",
                                         "chose(2-dark,csirt,yes)",
                                         "\xc3\xa9",
                                         "%",
                                         "=",
                                         "1.5",
                                         "\xff",
                                         "99999999999999999999",
                                         "since(",
                                         "2-dark",
                                         "\n",
                                         "!",
                                         "-",
                                         ".",
                                         "_",
                                         "0",
                                         "\x01"};
    size_t accepted = 0;
    for (int i = 0; i < 40000; i++) {
        char text[512] = "";
        const uint32_t count = random_below(14);
        for (uint32_t j = 0; j < count; j++) {
            strcat(text, pieces[random_below(sizeof pieces / sizeof pieces[0])]);
        }
        struct condition *condition = NULL;
        struct condition_fault fault = {0};
        const enum spill_status status = condition_create_helped(
            text, SCOPE_EXERCISE, resolve, nearest_name, NULL, &condition, &fault);
        if (status == SPILL_OK) {
            const struct state state = {{0}};
            condition_true(condition, read_state, &state);
            condition_destroy(&condition);
            accepted++;
        } else {
            CHECK(condition == NULL);
            CHECK_LE(fault.offset_bytes, strlen(text));
            CHECK_LT(0U, fault.length_bytes);
            CHECK_NE(fault.error.text[0], '\0');
            CHECK(spill_utf8_valid(fault.error.text, strlen(fault.error.text)));
        }
    }
    CHECK_LT(100U, accepted);
}

TEST(condition, every_failed_allocation_is_reported_and_leaks_nothing) {
    for (long after = 0;; after++) {
        struct condition *condition = NULL;
        spill_alloc_fail_after(after, false);
        const enum spill_status status = condition_create(
            "failed(port) and time() > 8h", SCOPE_EXERCISE, resolve, NULL, &condition, NULL);
        spill_alloc_fail_after(-1, false);
        if (status == SPILL_OK) {
            CHECK_LT(5, after);
            condition_destroy(&condition);
            break;
        }
        CHECK_EQ(status, SPILL_MEMORY);
        CHECK(condition == NULL);
    }
}

TEST(nearest, a_slip_is_near_and_another_word_is_not) {
    struct nearest nearest = nearest_start("substaton");
    nearest_offer(&nearest, "station");
    CHECK_EQ(nearest.name, "station");
    nearest_offer(&nearest, "substation");
    CHECK_EQ(nearest.name, "substation");
    nearest_offer(&nearest, "waterworks");
    CHECK_EQ(nearest.name, "substation");
    struct nearest none = nearest_start("xyz");
    nearest_offer(&none, "waterworks");
    char words[NEAREST_WORDS_BYTES];
    CHECK_EQ(nearest_words(&none, words, sizeof words), "");
    CHECK_EQ(nearest_words(&nearest, words, sizeof words), "; did you mean 'substation'?");
}

/* ---- Foresight ---- */

struct spans {
    int64_t least[CONDITION_FUNCTION_COUNT];
    int64_t most[CONDITION_FUNCTION_COUNT];
};

static void read_spans(enum condition_function function,
                       const uint32_t arguments[CONDITION_ARGUMENTS_MAX], int64_t *least,
                       int64_t *most, const void *context) {
    (void)arguments;
    const struct spans *const spans = context;
    *least = spans->least[function];
    *most = spans->most[function];
}

static void check_prospect(const char *text, bool may_hold, bool may_fail) {
    struct spans spans = {{0}, {0}};
    spans.most[FUNCTION_TIME] = 72 * 3600000;
    spans.most[FUNCTION_SERVICE] = SPILL_PPM;
    spans.most[FUNCTION_FAILED] = 1;
    spans.most[FUNCTION_PEOPLE_WITHOUT] = 1000;
    struct condition *condition = NULL;
    CHECK_OK(condition_create(text, SCOPE_EXERCISE, resolve, NULL, &condition, NULL));
    const struct condition_prospect prospect = condition_foresee(condition, read_spans, &spans);
    if (prospect.may_hold != may_hold || prospect.may_fail != may_fail) {
        CHECK_FAIL("'%s': may hold %d, may fail %d", text, prospect.may_hold, prospect.may_fail);
    }
    condition_destroy(&condition);
}

TEST(condition, foresight_knows_what_can_never_be) {
    check_prospect("service(plant) < 50%", true, true);
    check_prospect("service(plant) <= 100%", true, false);
    check_prospect("service(plant) < 0%", false, true);
    check_prospect("service(plant) >= 0%", true, false);
    check_prospect("service(plant) > 100%", false, true);
    check_prospect("service(plant) == 101%", false, true);
    check_prospect("service(plant) != 101%", true, false);
    check_prospect("time() > 72h", false, true);
    check_prospect("time() >= 72h", true, true);
    check_prospect("failed(plant)", true, true);
    check_prospect("fired(dark) >= 1", false, true); /* It fires 0 to 0 times here. */
    check_prospect("fired(dark) == 0", true, false);
    check_prospect("not (fired(dark) == 0)", false, true);
    check_prospect("not failed(plant)", true, true);
    check_prospect("failed(plant) and time() > 72h", false, true);
    check_prospect("failed(plant) or time() > 72h", true, true);
    check_prospect("failed(plant) or time() <= 72h", true, false);
    check_prospect("people_without(water, nl) > 1000 or people_without(water, de) > 999", true,
                   true);
    check_prospect("not (failed(plant) and time() > 72h) and not time() < 0h", true, false);
}

TEST(condition, foresight_never_denies_what_happens) {
    /* Whatever the values inside their spans, a condition that is true may hold, and one that is
     * false may fail. */
    static const char *const texts[] = {
        "failed(plant) and (time() < 2h or not service(plant) >= 50%)",
        "not (failed(plant) or service(plant) == 100%) and people_without(water, nl) != 3",
        "time() >= 1h and time() <= 2h or failed(plant) and not failed(port)",
    };
    uint64_t mix = 1;
    for (size_t round = 0; round < 3000; round++) {
        struct spans spans = {{0}, {0}};
        struct state state = {{0}};
        for (size_t i = 0; i < CONDITION_FUNCTION_COUNT; i++) {
            mix = mix * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            static const int64_t marks[] = {0, 1, 3, 500000, 1000000, 3600000, 7200000, 9000000};
            const int64_t a = marks[mix >> 61];
            const int64_t b = marks[mix >> 58 & 7];
            spans.least[i] = a < b ? a : b;
            spans.most[i] = a < b ? b : a;
            state.values[i] = (mix >> 33 & 1) != 0 ? spans.least[i] : spans.most[i];
        }
        struct condition *condition = NULL;
        CHECK_OK(
            condition_create(texts[round % 3], SCOPE_EXERCISE, resolve, NULL, &condition, NULL));
        const struct condition_prospect prospect = condition_foresee(condition, read_spans, &spans);
        CHECK(condition_true(condition, read_state, &state) ? prospect.may_hold
                                                            : prospect.may_fail);
        condition_destroy(&condition);
    }
}
