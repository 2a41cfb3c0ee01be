/* SPDX-License-Identifier: Apache-2.0 */
/* The part of format about the types of its values. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/scenario/format.h"

bool format_is_scalar(enum type type) {
    switch (type) {
    case TYPE_WORDS:
    case TYPE_CHOICES:
    case TYPE_POINTS:
    case TYPE_OBJECT:
    case TYPE_LIST:
    case TYPE_MAP:
    case TYPE_LISTS:
    case TYPE_SECTORS:
    case TYPE_EFFECTS:
    case TYPE_ORDERED:
        return false;
    default:
        return true;
    }
}

const char *format_type_words(enum type type) {
    switch (type) {
    case TYPE_ID:
        return "an id: small letters, digits, '-', '_' and '.', first a letter or digit";
    case TYPE_IDS:
        return "ids";
    case TYPE_INTEGER:
        return "a whole number";
    case TYPE_PERCENT:
        return "a percentage such as 80% or 2.5%";
    case TYPE_WEIGHT:
        return "a whole number, or a percentage";
    case TYPE_DURATION:
        return "a duration such as 90s, 15min, 8h or 1d12h";
    case TYPE_LAW:
        return "a law of duration such as 'fixed 8h', 'uniform 1h 3h', 'triangular 1h 2h 6h', "
               "'exponential 4h', "
               "'lognormal 2h 0.6', 'empirical 1h 2h 4h' or 'none'";
    case TYPE_AMOUNTS:
        return "a law of whole numbers such as 'fixed 100', 'uniform 0 1000' or 'none'";
    case TYPE_SHARE_LAW:
        return "a law of shares such as 'fixed 20%', 'uniform 10% 30%', 'triangular 10% 20% 50%', "
               "'exponential 20%', 'lognormal 20% 0.6', 'empirical 5% 20% 60%' or 'none'";
    case TYPE_DECIMAL:
        return "degrees with up to six decimals, such as 51.9851";
    case TYPE_CHOICE:
        return "one of a few words";
    case TYPE_BOOLEAN:
        return "true or false";
    case TYPE_FRACTION:
        return "a fraction such as 2/3";
    case TYPE_CURRENCY:
        return "three capitals such as EUR";
    case TYPE_DATE_TIME:
        return "a local time such as 2026-11-24T09:00";
    case TYPE_ZONE:
        return "a time zone such as Europe/Amsterdam";
    case TYPE_CARRIER:
        return "a link, written asset/need/supplier";
    default:
        return "text";
    }
}

void format_range(const struct key *key, int64_t *least, int64_t *most) {
    *least = key->least;
    *most = key->most;
    if (*least == 0 && *most == 0) {
        *most = key->type == TYPE_PERCENT ? SPILL_PPM : INT64_C(1000000000000);
    }
}

char *format_print_percent(int64_t ppm, char text[FORMAT_TEXT_BYTES]) {
    SPILL_ASSERT(ppm >= 0);
    const int64_t rest = ppm % 10000;
    if (rest == 0) {
        snprintf(text, FORMAT_TEXT_BYTES, "%" PRId64 "%%", ppm / 10000);
        return text;
    }
    char digits[8];
    snprintf(digits, sizeof digits, "%04" PRId64, rest);
    size_t digit_count = 4;
    while (digits[digit_count - 1] == '0') {
        digit_count--;
    }
    snprintf(text, FORMAT_TEXT_BYTES, "%" PRId64 ".%.*s%%", ppm / 10000, (int)digit_count, digits);
    return text;
}
