/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/cascade/law.h"
#include "coordinator/scenario/zone.h"
#include "coordinator/world/nearest.h"

enum { VALUE_SHOWN_BYTES = 60, VALUE_PIECES_MAX = 4096, VALUE_SIGMA_MAX_PPM = 5000000 };
/* The same as of durations, ten years in ms: amounts are kept as they are. */
#define VALUE_AMOUNT_MAX LAW_MAX_MS

/* ---- Faults ---- */

/* The text as a fault shows it: cut when long. */
static const char *value_shown(const char *text, char shown[VALUE_SHOWN_BYTES + 8]) {
    snprintf(shown, VALUE_SHOWN_BYTES, "%s", text);
    spill_utf8_trim(shown);
    if (strlen(text) > strlen(shown)) {
        strcat(shown, "…");
    }
    return shown;
}

static enum spill_status value_refuse(struct value_fault *fault, bool structural,
                                      size_t offset_bytes, size_t length_bytes, const char *format,
                                      ...) SPILL_PRINTF(5, 6);
static enum spill_status value_refuse(struct value_fault *fault, bool structural,
                                      size_t offset_bytes, size_t length_bytes, const char *format,
                                      ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->error.text, sizeof fault->error.text, format, arguments);
    va_end(arguments);
    spill_utf8_trim(fault->error.text);
    fault->structural = structural;
    fault->offset_bytes = offset_bytes;
    fault->length_bytes = length_bytes;
    return SPILL_INVALID;
}

/* "'x' is not …" */
static enum spill_status value_refuse_type(struct value_fault *fault, enum type type,
                                           const char *text) {
    char shown[VALUE_SHOWN_BYTES + 8];
    return value_refuse(fault, true, 0, strlen(text), "'%s' is not %s", value_shown(text, shown),
                        format_type_words(type));
}

/* ---- Numbers ---- */

/* Digits at the start of text as a number; their count, or 0 when there are none or they are too
 * many. */
static size_t value_digits(const char *text, int64_t *number) {
    const size_t count = strspn(text, "0123456789");
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t digit = text[i] - '0';
        if (total > (INT64_MAX - digit) / 10) {
            return 0;
        }
        total = 10 * total + digit;
    }
    *number = total;
    return count;
}

/* digits ["." digits] as a number of 10^-places; false when it is none, or has more places. */
static bool value_decimal(const char *text, size_t text_bytes, size_t places, int64_t *number) {
    int64_t whole = 0;
    const size_t whole_bytes = value_digits(text, &whole);
    const bool padded = whole_bytes > 1 && text[0] == '0';
    if (whole_bytes == 0 || whole_bytes > 12 || whole_bytes > text_bytes || padded) {
        return false;
    }
    size_t at = whole_bytes;
    size_t part_bytes = 0;
    if (at < text_bytes && text[at] == '.') {
        at++;
        part_bytes = strspn(text + at, "0123456789");
        if (part_bytes == 0 || part_bytes > places) {
            return false;
        }
    }
    if (at + part_bytes != text_bytes) {
        return false;
    }
    int64_t total = whole;
    for (size_t i = 0; i < places; i++) {
        if (total > INT64_MAX / 10 - 9) {
            return false;
        }
        total = 10 * total + (i < part_bytes ? text[at + i] - '0' : 0);
    }
    *number = total;
    return true;
}

static enum spill_status value_integer(const struct key *key, const char *text, int64_t *into,
                                       struct value_fault *fault) {
    const bool negative = text[0] == '-';
    const char *const digits = text + (text[0] == '-' || text[0] == '+');
    const size_t digit_count = strspn(digits, "0123456789");
    if (digit_count == 0 || digits[digit_count] != '\0') {
        return value_refuse_type(fault, key->type, text);
    }
    int64_t least = 0;
    int64_t most = 0;
    format_range(key, &least, &most);
    int64_t number = 0;
    const bool fits = value_digits(digits, &number) == digit_count;
    number = negative ? -number : number;
    if (least == most && number != least) {
        return value_refuse(fault, true, 0, strlen(text),
                            "expected %" PRId64 ": this program knows no other", least);
    }
    if (!fits || number < least || number > most) {
        char shown[VALUE_SHOWN_BYTES + 8];
        return value_refuse(fault, true, 0, strlen(text), "%s is outside %" PRId64 " to %" PRId64,
                            value_shown(text, shown), least, most);
    }
    *into = number;
    return SPILL_OK;
}

static enum spill_status value_percent(const struct key *key, const char *text, int64_t *into,
                                       struct value_fault *fault) {
    const size_t text_bytes = strlen(text);
    int64_t ppm = 0;
    if (text_bytes == 0 || text[text_bytes - 1] != '%' ||
        !value_decimal(text, text_bytes - 1, 4, &ppm)) {
        return value_refuse_type(fault, TYPE_PERCENT, text);
    }
    int64_t least = 0;
    int64_t most = 0;
    const struct key percent = {.type = TYPE_PERCENT, .least = key->least, .most = key->most};
    format_range(key->type == TYPE_PERCENT ? key : &percent, &least, &most);
    if (ppm < least || ppm > most) {
        char low[FORMAT_TEXT_BYTES];
        char high[FORMAT_TEXT_BYTES];
        char shown[VALUE_SHOWN_BYTES + 8];
        return value_refuse(fault, false, 0, text_bytes, "%s is outside %s to %s",
                            value_shown(text, shown), format_print_percent(least, low),
                            format_print_percent(most, high));
    }
    *into = ppm;
    return SPILL_OK;
}

static enum spill_status value_weight(const struct key *key, const char *text, int64_t *into,
                                      struct value_fault *fault) {
    const size_t text_bytes = strlen(text);
    if (text_bytes > 0 && text[text_bytes - 1] == '%') {
        static const struct key percent = {.type = TYPE_PERCENT};
        return value_percent(&percent, text, into, fault);
    }
    return value_integer(key, text, into, fault);
}

static enum spill_status value_degrees(const struct key *key, const char *text, int32_t *into,
                                       struct value_fault *fault) {
    const bool negative = text[0] == '-';
    const char *const digits = text + (text[0] == '-' || text[0] == '+');
    int64_t millionths = 0;
    if (!value_decimal(digits, strlen(digits), 6, &millionths)) {
        return value_refuse_type(fault, TYPE_DECIMAL, text);
    }
    millionths = negative ? -millionths : millionths;
    if (millionths < key->least || millionths > key->most) {
        char shown[VALUE_SHOWN_BYTES + 8];
        return value_refuse(fault, true, 0, strlen(text),
                            "%s is outside %" PRId64 " to %" PRId64 " degrees",
                            value_shown(text, shown), key->least / 1000000, key->most / 1000000);
    }
    *into = (int32_t)millionths;
    return SPILL_OK;
}

static enum spill_status value_fraction(const char *text, int64_t *numerator, int64_t *denominator,
                                        struct value_fault *fault) {
    const char *const slash = strchr(text, '/');
    int64_t top = 0;
    int64_t bottom = 0;
    const bool well = slash != NULL && value_digits(text, &top) == (size_t)(slash - text) &&
                      slash > text && slash[1] != '\0' &&
                      value_digits(slash + 1, &bottom) == strlen(slash + 1);
    if (!well) {
        return value_refuse_type(fault, TYPE_FRACTION, text);
    }
    if (top < 1 || bottom < top || bottom > 1000000) {
        char shown[VALUE_SHOWN_BYTES + 8];
        return value_refuse(fault, false, 0, strlen(text),
                            "'%s' is not between 0 and 1, with a denominator of at most a million",
                            value_shown(text, shown));
    }
    *numerator = top;
    *denominator = bottom;
    return SPILL_OK;
}

/* ---- Time ---- */

/* Whether this is written as a duration is: parts in falling order of unit, each at most once. */
static bool value_is_duration(const char *text) {
    static const char *const units[] = {"d", "h", "min", "s", "ms"};
    size_t unit = 0;
    const char *at = text;
    do {
        const size_t digits = strspn(at, "0123456789");
        at += digits;
        const size_t letters = strspn(at, "abcdefghijklmnopqrstuvwxyz");
        while (unit < 5 &&
               (strlen(units[unit]) != letters || memcmp(units[unit], at, letters) != 0)) {
            unit++;
        }
        if (digits == 0 || unit == 5) {
            return false;
        }
        unit++;
        at += letters;
    } while (*at != '\0');
    return true;
}

static enum spill_status value_duration(const char *text, int64_t *into,
                                        struct value_fault *fault) {
    int64_t duration_ms = 0;
    if (spill_duration_parse(text, &duration_ms) == SPILL_OK && duration_ms <= LAW_MAX_MS) {
        *into = duration_ms;
        return SPILL_OK;
    }
    if (value_is_duration(text)) {
        char shown[VALUE_SHOWN_BYTES + 8];
        return value_refuse(fault, false, 0, strlen(text), "%s is longer than ten years",
                            value_shown(text, shown));
    }
    return value_refuse_type(fault, TYPE_DURATION, text);
}

static int64_t value_days_in_month(int64_t year, int64_t month) {
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static enum spill_status value_date_time(const char *text, const char **into,
                                         struct value_fault *fault) {
    static const char form[] = "dddd-dd-ddTdd:dd";
    bool well = strlen(text) == strlen(form);
    for (size_t i = 0; well && i < strlen(form); i++) {
        well = form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
    }
    if (!well) {
        return value_refuse_type(fault, TYPE_DATE_TIME, text);
    }
    int64_t part[5] = {0};
    static const size_t starts[5] = {0, 5, 8, 11, 14};
    for (size_t i = 0; i < 5; i++) {
        (void)value_digits(text + starts[i], &part[i]);
    }
    const bool exists = part[1] >= 1 && part[1] <= 12 && part[2] >= 1 &&
                        part[2] <= value_days_in_month(part[0], part[1]) && part[3] <= 23 &&
                        part[4] <= 59;
    if (!exists) {
        return value_refuse(fault, false, 0, strlen(text), "there is no such day or time");
    }
    *into = text;
    return SPILL_OK;
}

static enum spill_status value_zone(const char *text, const char **into,
                                    struct value_fault *fault) {
    if (zone_exists(text)) {
        *into = text;
        return SPILL_OK;
    }
    struct nearest nearest = nearest_start(text);
    for (size_t i = 0; i < zone_count(); i++) {
        nearest_offer(&nearest, zone_name(i));
    }
    char hint[NEAREST_WORDS_BYTES];
    char shown[VALUE_SHOWN_BYTES + 8];
    return value_refuse(fault, false, 0, strlen(text), "there is no time zone '%s'%s",
                        value_shown(text, shown), nearest_words(&nearest, hint, sizeof hint));
}

/* ---- Laws ---- */

/* A word of a text. */
struct value_piece {
    size_t offset_bytes;
    size_t length_bytes;
};

/* Splits at blanks; the count, which may be more than fit. */
static size_t value_split(const char *text, struct value_piece *pieces, size_t piece_max) {
    size_t count = 0;
    size_t at = 0;
    for (;;) {
        at += strspn(text + at, " \t\r\n");
        if (text[at] == '\0') {
            return count;
        }
        const size_t length = strcspn(text + at, " \t\r\n");
        if (count < piece_max) {
            pieces[count] = (struct value_piece){at, length};
        }
        count++;
        at += length;
    }
}

/* One value of a law: a duration, a share, or a whole number. */
static enum spill_status value_law_value(enum type type, const char *text, struct value_piece piece,
                                         int64_t *into, struct value_fault *fault) {
    static const struct key percent = {.type = TYPE_PERCENT};
    const enum type each = type == TYPE_SHARE_LAW ? TYPE_PERCENT
                           : type == TYPE_AMOUNTS ? TYPE_INTEGER
                                                  : TYPE_DURATION;
    char copy[VALUE_SHOWN_BYTES];
    if (piece.length_bytes >= sizeof copy) {
        return value_refuse(fault, true, piece.offset_bytes, piece.length_bytes, "this is not %s",
                            format_type_words(each));
    }
    memcpy(copy, text + piece.offset_bytes, piece.length_bytes);
    copy[piece.length_bytes] = '\0';
    if (type == TYPE_AMOUNTS) {
        return value_digits(copy, into) == piece.length_bytes && *into <= VALUE_AMOUNT_MAX
                   ? SPILL_OK
                   : value_refuse(fault, false, piece.offset_bytes, piece.length_bytes,
                                  "'%s' is not a whole number up to 315360000000", copy);
    }
    const enum spill_status status = type == TYPE_SHARE_LAW
                                         ? value_percent(&percent, copy, into, fault)
                                         : value_duration(copy, into, fault);
    if (status != SPILL_OK) {
        fault->offset_bytes = piece.offset_bytes;
    }
    return status;
}

static const struct {
    const char *name;
    enum law_kind kind;
    size_t least_values;
    size_t most_values;
} value_laws[] = {
    {"none", LAW_NONE, 0, 0},
    {"fixed", LAW_FIXED, 1, 1},
    {"uniform", LAW_UNIFORM, 2, 2},
    {"triangular", LAW_TRIANGULAR, 3, 3},
    {"exponential", LAW_EXPONENTIAL, 1, 1},
    {"lognormal", LAW_LOGNORMAL, 2, 2},
    {"empirical", LAW_EMPIRICAL, 2, VALUE_PIECES_MAX - 1},
};
enum { VALUE_LAW_COUNT = sizeof value_laws / sizeof value_laws[0] };

static enum spill_status value_law_values(enum type type, const char *text,
                                          const struct value_piece *pieces, size_t value_count,
                                          struct law_spec *law, int64_t *values,
                                          struct value_fault *fault) {
    const size_t duration_count = law->kind == LAW_LOGNORMAL ? 1 : value_count;
    for (size_t i = 0; i < duration_count; i++) {
        const enum spill_status status =
            value_law_value(type, text, pieces[1 + i], &values[i], fault);
        if (status != SPILL_OK) {
            return status;
        }
    }
    for (size_t i = 1; i < duration_count; i++) {
        if (values[i] < values[i - 1]) {
            return value_refuse(fault, false, pieces[1 + i].offset_bytes,
                                pieces[1 + i].length_bytes, "the %s of this law must rise",
                                type == TYPE_SHARE_LAW ? "shares"
                                : type == TYPE_AMOUNTS ? "values"
                                                       : "durations");
        }
    }
    if (law->kind == LAW_LOGNORMAL) {
        const struct value_piece sigma = pieces[2];
        if (!value_decimal(text + sigma.offset_bytes, sigma.length_bytes, 6, &law->sigma_ppm)) {
            return value_refuse(fault, true, sigma.offset_bytes, sigma.length_bytes,
                                "the second value of 'lognormal' is sigma, a number such as 0.6");
        }
        if (law->sigma_ppm > VALUE_SIGMA_MAX_PPM) {
            return value_refuse(fault, false, sigma.offset_bytes, sigma.length_bytes,
                                "sigma is larger than 5");
        }
    }
    return SPILL_OK;
}

static enum spill_status value_law_pieces(enum type type, const char *text,
                                          const struct value_piece *pieces, size_t piece_count,
                                          struct law_spec *into, struct arena *arena,
                                          struct value_fault *fault) {
    struct nearest nearest = {0};
    char name[VALUE_SHOWN_BYTES] = "";
    if (piece_count > 0 && pieces[0].length_bytes < sizeof name) {
        memcpy(name, text + pieces[0].offset_bytes, pieces[0].length_bytes);
    }
    nearest = nearest_start(name);
    size_t law_index = 0;
    while (law_index < VALUE_LAW_COUNT && strcmp(value_laws[law_index].name, name) != 0) {
        nearest_offer(&nearest, value_laws[law_index].name);
        law_index++;
    }
    if (law_index == VALUE_LAW_COUNT) {
        if (nearest.name == NULL) {
            return value_refuse_type(fault, type, text);
        }
        char hint[NEAREST_WORDS_BYTES];
        return value_refuse(fault, true, pieces[0].offset_bytes, pieces[0].length_bytes,
                            "there is no law '%s'%s", name,
                            nearest_words(&nearest, hint, sizeof hint));
    }
    const size_t value_count = piece_count - 1;
    if (value_count < value_laws[law_index].least_values ||
        value_count > value_laws[law_index].most_values) {
        return value_refuse(
            fault, true, 0, strlen(text), "'%s' needs %zu%s value%s, and here are %zu", name,
            value_laws[law_index].least_values, law_index + 1 == VALUE_LAW_COUNT ? " or more" : "",
            value_laws[law_index].least_values == 1 ? "" : "s", value_count);
    }
    struct law_spec law = {.kind = value_laws[law_index].kind};
    int64_t *const values = arena_alloc(arena, value_count + 3, sizeof *values);
    if (values == NULL) {
        return SPILL_MEMORY;
    }
    const enum spill_status status =
        value_law_values(type, text, pieces, value_count, &law, values, fault);
    if (status != SPILL_OK) {
        return status;
    }
    if (law.kind == LAW_EMPIRICAL) {
        law.quantile_ms = values;
        law.quantile_count = value_count;
    } else {
        law.a_ms = values[0];
        law.b_ms = law.kind == LAW_LOGNORMAL ? 0 : values[1];
        law.c_ms = values[2];
    }
    *into = law;
    return SPILL_OK;
}

static enum spill_status value_law(enum type type, const char *text, struct law_spec *into,
                                   struct arena *arena, struct value_fault *fault) {
    struct value_piece few[8];
    const size_t count = value_split(text, few, sizeof few / sizeof few[0]);
    if (count <= sizeof few / sizeof few[0]) {
        return value_law_pieces(type, text, few, count, into, arena, fault);
    }
    if (count > VALUE_PIECES_MAX) {
        return value_refuse(fault, false, 0, strlen(text), "a law has at most %d values",
                            VALUE_PIECES_MAX - 1);
    }
    struct value_piece *const pieces = arena_alloc(arena, count, sizeof *pieces);
    if (pieces == NULL) {
        return SPILL_MEMORY;
    }
    (void)value_split(text, pieces, count);
    return value_law_pieces(type, text, pieces, count, into, arena, fault);
}

/* ---- Words ---- */

static enum spill_status value_choice(const struct key *key, const char *text, int *into,
                                      struct value_fault *fault) {
    struct nearest nearest = nearest_start(text);
    char all[256] = "";
    for (const struct choice *choice = key->choices; choice->word != NULL; choice++) {
        if (strcmp(choice->word, text) == 0) {
            *into = choice->value;
            return SPILL_OK;
        }
        nearest_offer(&nearest, choice->word);
        const size_t all_bytes = strlen(all);
        snprintf(all + all_bytes, sizeof all - all_bytes, "%s%s", all_bytes == 0 ? "" : ", ",
                 choice->word);
    }
    char shown[VALUE_SHOWN_BYTES + 8];
    if (nearest.name != NULL) {
        char hint[NEAREST_WORDS_BYTES];
        return value_refuse(fault, true, 0, strlen(text), "'%s' is not one of %s%s",
                            value_shown(text, shown), all,
                            nearest_words(&nearest, hint, sizeof hint));
    }
    return value_refuse(fault, true, 0, strlen(text), "'%s' is not one of %s",
                        value_shown(text, shown), all);
}

static enum spill_status value_boolean(const char *text, bool *into, struct value_fault *fault) {
    static const char *const yes[] = {"yes", "true", "True", "TRUE"};
    static const char *const no[] = {"no", "false", "False", "FALSE"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *into = strcmp(text, yes[i]) == 0;
            return SPILL_OK;
        }
    }
    char shown[VALUE_SHOWN_BYTES + 8];
    return value_refuse(fault, true, 0, strlen(text), "'%s' is not yes or no",
                        value_shown(text, shown));
}

static enum spill_status value_ids(const struct key *key, const char *text,
                                   const char *const **into, size_t *count, struct arena *arena,
                                   struct value_fault *fault) {
    const size_t piece_count = value_split(text, NULL, 0);
    struct value_piece *const pieces = arena_alloc(arena, piece_count, sizeof *pieces);
    const char **const ids = arena_alloc(arena, piece_count, sizeof *ids);
    if (pieces == NULL || ids == NULL) {
        return SPILL_MEMORY;
    }
    (void)value_split(text, pieces, piece_count);
    for (size_t i = 0; i < piece_count; i++) {
        ids[i] = arena_text(arena, text + pieces[i].offset_bytes, pieces[i].length_bytes);
        if (ids[i] == NULL) {
            return SPILL_MEMORY;
        }
        const bool every = (key->flags & KEY_EVERY) != 0 && strcmp(ids[i], "*") == 0;
        if (!every && !spill_id_valid(ids[i], pieces[i].length_bytes)) {
            char shown[VALUE_SHOWN_BYTES + 8];
            return value_refuse(fault, true, pieces[i].offset_bytes, pieces[i].length_bytes,
                                "'%s' is not an id; ids are separated by blanks",
                                value_shown(ids[i], shown));
        }
    }
    *into = ids;
    *count = piece_count;
    return SPILL_OK;
}

static enum spill_status value_text(const struct key *key, const char *text, const char **into,
                                    struct value_fault *fault) {
    const size_t text_bytes = strlen(text);
    bool well = true;
    if (key->type == TYPE_ID) {
        well = spill_id_valid(text, text_bytes);
    } else if (key->type == TYPE_CURRENCY) {
        well = text_bytes == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
    } else if (key->type == TYPE_CARRIER) {
        const char *const first = strchr(text, '/');
        const char *const second = first == NULL ? NULL : strchr(first + 1, '/');
        well = second != NULL && spill_id_valid(text, (size_t)(first - text)) &&
               spill_id_valid(first + 1, (size_t)(second - first - 1)) &&
               spill_id_valid(second + 1, strlen(second + 1));
    } else if (key->type == TYPE_TEXT || key->type == TYPE_CONDITION) {
        if (text_bytes == 0 || text_bytes > SPILL_TEXT_BYTES_MAX) {
            return value_refuse(fault, text_bytes == 0, 0, 1,
                                text_bytes == 0 ? "this text is empty"
                                                : "this text is longer than %d bytes",
                                SPILL_TEXT_BYTES_MAX);
        }
        uint32_t code = 0;
        if (spill_utf8_steers(text, &code) < text_bytes) {
            return value_refuse(fault, false, 0, text_bytes,
                                "this text has a character that steers the terminal: U+%04" PRIX32,
                                code);
        }
    }
    if (!well) {
        return value_refuse_type(fault, key->type, text);
    }
    *into = text;
    return SPILL_OK;
}

enum spill_status value_parse(const struct key *key, const char *text, void *into,
                              struct arena *arena, struct value_fault *fault) {
    SPILL_ASSERT(format_is_scalar(key->type));
    SPILL_ASSERT(text != NULL);
    char *const base = into;
    void *const at = base + key->offset;
    switch (key->type) {
    case TYPE_IDS:
        return value_ids(key, text, at, (size_t *)(void *)(base + key->count_offset), arena, fault);
    case TYPE_INTEGER:
        return value_integer(key, text, at, fault);
    case TYPE_PERCENT:
        return value_percent(key, text, at, fault);
    case TYPE_WEIGHT:
        return value_weight(key, text, at, fault);
    case TYPE_DURATION:
        return value_duration(text, at, fault);
    case TYPE_LAW:
    case TYPE_AMOUNTS:
    case TYPE_SHARE_LAW:
        return value_law(key->type, text, at, arena, fault);
    case TYPE_DECIMAL:
        return value_degrees(key, text, at, fault);
    case TYPE_CHOICE:
        return value_choice(key, text, at, fault);
    case TYPE_BOOLEAN:
        return value_boolean(text, at, fault);
    case TYPE_FRACTION:
        return value_fraction(text, at, (int64_t *)(void *)(base + key->count_offset), fault);
    case TYPE_DATE_TIME:
        return value_date_time(text, at, fault);
    case TYPE_ZONE:
        return value_zone(text, at, fault);
    default:
        return value_text(key, text, at, fault);
    }
}
