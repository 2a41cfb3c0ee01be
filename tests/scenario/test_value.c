/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that scalars of the format become exact integers, or are refused at the piece that is
 * wrong. */
#include "coordinator/scenario/value.h"

#include <stdio.h>
#include <string.h>

#include "coordinator/scenario/zone.h"
#include "tests/check.h"

static enum spill_status parse(struct key key, const char *text, void *into) {
    struct arena arena = {0};
    struct value_fault fault = {0};
    const enum spill_status status = value_parse(&key, text, into, &arena, &fault);
    CHECK((status == SPILL_OK) == (fault.error.text[0] == '\0'));
    arena_free(&arena);
    return status;
}

TEST(value, percentages_are_exact) {
    static const struct {
        const char *text;
        int64_t ppm;
    } cases[] = {{"0%", 0},         {"80%", 800000},      {"2.5%", 25000},
                 {"0.0001%", 1},    {"99.9999%", 999999}, {"100.0000%", 1000000},
                 {"33.33%", 333300}};
    const struct key key = {.type = TYPE_PERCENT};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ppm = -1;
        CHECK_OK(parse(key, cases[i].text, &ppm));
        CHECK_EQ(ppm, cases[i].ppm);
    }
    static const char *const bad[] = {
        "",    "%",        "80",        "80 %", "-1%",  "+1%",  "1.%",
        ".5%", "1.00001%", "100.0001%", "101%", "007%", "1e1%", "99999999999999999999%"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ppm = -1;
        CHECK_EQ(parse(key, bad[i], &ppm), SPILL_INVALID);
        CHECK_EQ(ppm, -1);
    }
    char text[FORMAT_TEXT_BYTES];
    CHECK_EQ(format_print_percent(25000, text), "2.5%");
    CHECK_EQ(format_print_percent(1, text), "0.0001%");
    CHECK_EQ(format_print_percent(1000000, text), "100%");
}

TEST(value, degrees_have_no_floating_surprises) {
    static const struct {
        const char *text;
        int32_t e6;
    } cases[] = {{"0.1", 100000},  {"51.9851", 51985100}, {"-0.000001", -1},
                 {"90", 90000000}, {"4.35", 4350000},     {"+8.2", 8200000}};
    const struct key key = {.type = TYPE_DECIMAL, .least = -90000000, .most = 90000000};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t e6 = 7;
        CHECK_OK(parse(key, cases[i].text, &e6));
        CHECK_EQ(e6, cases[i].e6);
    }
    static const char *const bad[] = {"90.000001", "1.0000001", "1,5", "N52", "", "-", "1e2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int32_t e6 = 7;
        CHECK_EQ(parse(key, bad[i], &e6), SPILL_INVALID);
    }
}

TEST(value, integers_keep_to_their_range) {
    const struct key key = {.type = TYPE_INTEGER, .least = -5, .most = 5};
    int64_t number = 0;
    CHECK_OK(parse(key, "-5", &number));
    CHECK_EQ(number, -5);
    CHECK_OK(parse(key, "+5", &number));
    CHECK_EQ(parse(key, "6", &number), SPILL_INVALID);
    CHECK_EQ(parse(key, "-6", &number), SPILL_INVALID);
    CHECK_EQ(parse(key, "5.0", &number), SPILL_INVALID);
    CHECK_EQ(parse(key, "0x5", &number), SPILL_INVALID);
    CHECK_EQ(parse(key, "9223372036854775808", &number), SPILL_INVALID);
    CHECK_EQ(parse(key, "", &number), SPILL_INVALID);
    CHECK_OK(parse((struct key){.type = TYPE_INTEGER, .most = INT64_MAX}, "9223372036854775807",
                   &number));
    CHECK_EQ(number, INT64_MAX);
}

TEST(value, laws) {
    const struct key key = {.type = TYPE_LAW};
    struct law_spec law;
    CHECK_OK(parse(key, "none", &law));
    CHECK_EQ(law.kind, LAW_NONE);
    CHECK_OK(parse(key, "fixed 8h", &law));
    CHECK_EQ(law.kind, LAW_FIXED);
    CHECK_EQ(law.a_ms, 8 * 3600000);
    CHECK_OK(parse(key, "  triangular 1h\t2h 6h ", &law));
    CHECK_EQ(law.b_ms, 2 * 3600000);
    CHECK_EQ(law.c_ms, 6 * 3600000);
    CHECK_OK(parse(key, "lognormal 2h 0.600001", &law));
    CHECK_EQ(law.sigma_ppm, 600001);
    CHECK_EQ(law.b_ms, 0);
    CHECK_OK(parse(key, "exponential 1d12h", &law));
    CHECK_EQ(law.a_ms, 36 * 3600000);
    CHECK_OK(parse(key, "uniform 1h 1h", &law));
    static const char *const bad[] = {"",
                                      "8h",
                                      "fixed",
                                      "fixed 8",
                                      "fixed 8h 9h",
                                      "uniform 2h 1h",
                                      "triangular 1h 3h 2h",
                                      "lognormal 2h",
                                      "lognormal 2h 5.1",
                                      "lognormal 2h 1h",
                                      "empirical 1h",
                                      "empirical 2h 1h",
                                      "normal 1h 2h",
                                      "fixed 3651d",
                                      "none 1h"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(key, bad[i], &law) != SPILL_INVALID) {
            CHECK_FAIL("'%s' is taken for a law", bad[i]);
        }
    }
}

TEST(value, laws_of_shares) {
    const struct key key = {.type = TYPE_SHARE_LAW};
    struct law_spec law;
    CHECK_OK(parse(key, "uniform 10% 30.5%", &law));
    CHECK_EQ(law.kind, LAW_UNIFORM);
    CHECK_EQ(law.a_ms, 100000);
    CHECK_EQ(law.b_ms, 305000);
    CHECK_OK(parse(key, "none", &law));
    CHECK_EQ(law.kind, LAW_NONE);
    static const char *const bad[] = {"",           "10%",     "uniform 30% 10%", "uniform 1h 2h",
                                      "fixed 101%", "fixed 1", "fixed -1%"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(key, bad[i], &law) != SPILL_INVALID) {
            CHECK_FAIL("'%s' is taken for a law of shares", bad[i]);
        }
    }
}

TEST(value, empirical_law_has_its_limit) {
    const struct key key = {.type = TYPE_LAW};
    char text[10 + 3 * 4097] = "empirical";
    for (size_t i = 0; i < 4096; i++) {
        strcat(text + 3 * i, " 1h");
    }
    struct arena arena = {0};
    struct value_fault fault = {0};
    struct law_spec law;
    CHECK_EQ(value_parse(&key, text, &law, &arena, &fault), SPILL_INVALID);
    text[9 + 3 * 4095] = '\0';
    CHECK_OK(value_parse(&key, text, &law, &arena, &fault));
    CHECK_EQ(law.quantile_count, 4095);
    CHECK_EQ(law.quantile_ms[4094], 3600000);
    arena_free(&arena);
}

TEST(value, fault_points_at_the_piece) {
    const struct key key = {.type = TYPE_LAW};
    struct arena arena = {0};
    struct value_fault fault = {0};
    struct law_spec law;
    CHECK_EQ(value_parse(&key, "uniform 1h 2x", &law, &arena, &fault), SPILL_INVALID);
    CHECK_EQ(fault.offset_bytes, 11);
    CHECK_EQ(fault.length_bytes, 2);
    CHECK(fault.structural);
    CHECK_EQ(value_parse(&key, "uniform 2h 1h", &law, &arena, &fault), SPILL_INVALID);
    CHECK(!fault.structural);
    arena_free(&arena);
}

TEST(value, days_and_zones_exist) {
    const char *text = NULL;
    const struct key day = {.type = TYPE_DATE_TIME};
    CHECK_OK(parse(day, "2028-02-29T23:59", &text));
    CHECK_EQ(text, "2028-02-29T23:59");
    static const char *const bad[] = {"2027-02-29T00:00", "2100-02-29T00:00", "2026-13-01T00:00",
                                      "2026-00-01T00:00", "2026-04-31T00:00", "2026-01-01T24:00",
                                      "2026-01-01T00:60", "2026-01-01 00:00", "26-01-01T00:00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(parse(day, bad[i], &text), SPILL_INVALID);
    }
    const struct key zone = {.type = TYPE_ZONE};
    CHECK_OK(parse(zone, "Europe/Amsterdam", &text));
    CHECK_OK(parse(zone, "UTC", &text));
    CHECK_EQ(parse(zone, "Europe/Rotterdam", &text), SPILL_INVALID);
    for (size_t i = 1; i < zone_count(); i++) {
        CHECK_LT(zone_name(i - 1), zone_name(i)); /* Sorted, so that each is found. */
        CHECK(zone_exists(zone_name(i)));
    }
}

TEST(value, every_default_of_the_format_parses) {
    static const struct keys *const tables[] = {&format_scenario, &format_kind,  &format_assets,
                                                &format_links,    &format_trust, &format_msel};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        CHECK_LE(tables[i]->count, FORMAT_KEYS_MAX);
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct key *const key = &tables[i]->key[j];
            if (key->initial != NULL) {
                struct key alone = *key;
                alone.offset = 0;
                int64_t room[16];
                CHECK_OK(parse(alone, key->initial, room));
            }
        }
    }
}
